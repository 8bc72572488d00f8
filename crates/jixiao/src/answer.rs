//! `answer`: what whoever is responsible says to a finding.

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;
use uuid::Uuid;

use crate::cli;
use crate::client::Client;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Output, seconds};
use crate::text::answer as text;

/// An answer that was recorded, for programs.
#[derive(Debug, Serialize)]
struct Answered<'a> {
    finding: &'a str,
    kind: &'static str,
    event_id: &'a str,
    recorded_time: &'a str,
    position: &'a str,
}

/// Records an answer.
pub async fn run(arguments: &cli::Answer, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let whole = format!("funds/{}/findings/", arguments.fund);
    let id = arguments.finding.strip_prefix(&whole).unwrap_or(&arguments.finding);
    let kind = pb::AnswerKind::from(arguments.kind);
    let request = pb::AnswerFindingRequest {
        request_id: Uuid::new_v4().to_string(),
        wait_for: Vec::new(),
        name: format!("{whole}{id}"),
        kind: kind.into(),
        text: arguments.text.clone(),
        deadline: arguments.deadline.clone().unwrap_or_default(),
        on: arguments.on.clone(),
    };
    let call = || {
        let (mut scoring, request) = (client.scoring(), request.clone());
        async move { scoring.answer_finding(request).await }
    };
    let recorded = client.patiently(call).await?.recorded.unwrap_or_default();
    if output.is_json() {
        let answered = Answered {
            finding: &recorded.name,
            kind: code(kind),
            event_id: recorded.event_ids.first().map_or("", String::as_str),
            recorded_time: &recorded.recorded_time,
            position: &recorded.position,
        };
        return Ok(output.json(&answered)?);
    }
    let language = output.language;
    let said = named(kind, language);
    Ok(output.line(&text::answered(language, &recorded.name, said, seconds(&recorded.recorded_time)))?)
}

/// What becomes of a finding, for programs.
pub(crate) fn code(kind: pb::AnswerKind) -> &'static str {
    match kind {
        pb::AnswerKind::Explained => "explained",
        pb::AnswerKind::Accepted => "accepted",
        pb::AnswerKind::ToBeRectified => "to_be_rectified",
        pb::AnswerKind::Unspecified => "",
    }
}

/// The same for people.
fn named(kind: pb::AnswerKind, language: Language) -> String {
    match kind {
        pb::AnswerKind::Explained => text::explained(language),
        pb::AnswerKind::Accepted => text::accepted(language),
        pb::AnswerKind::ToBeRectified => text::to_be_rectified(language),
        pb::AnswerKind::Unspecified => text::not_given(language),
    }
}

/// An answer for people, in one line.
pub(crate) fn line(answer: &pb::FindingAnswer, language: Language) -> String {
    let mut about = vec![named(answer.kind(), language)];
    if !answer.deadline.is_empty() {
        about.push(text::until(language, &answer.deadline));
    }
    about.push(text::by(language, &answer.actor, &answer.on));
    if answer.before_revision {
        about.push(text::before_revision(language));
    }
    let about = about.join(language.pick("，", ", "));
    text::said(language, about, &answer.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_until_when_and_by_whom() {
        let mut answer = pb::FindingAnswer {
            kind: pb::AnswerKind::ToBeRectified.into(),
            text: "refiled".to_owned(),
            deadline: "2020-09-30".to_owned(),
            on: "2020-07-01".to_owned(),
            actor: "zhang.wei".to_owned(),
            ..Default::default()
        };
        let (zh, en) = (Language::Chinese, Language::English);
        assert_eq!(line(&answer, zh), "答复（待整改，期限 2020-09-30，zhang.wei 答于 2020-07-01）：refiled");
        assert_eq!(
            line(&answer, en),
            "answer (to be rectified, by 2020-09-30, given by zhang.wei on 2020-07-01): refiled"
        );
        answer = pb::FindingAnswer {
            kind: pb::AnswerKind::Explained.into(),
            deadline: String::new(),
            before_revision: true,
            ..answer
        };
        assert_eq!(line(&answer, zh), "答复（说明，zhang.wei 答于 2020-07-01，此后问题有变化）：refiled");
        assert_eq!(
            line(&answer, en),
            "answer (explained, given by zhang.wei on 2020-07-01, before the finding was revised): refiled"
        );
    }
}
