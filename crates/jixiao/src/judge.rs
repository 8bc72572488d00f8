//! `judge`: what a person says of an indicator.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::judgement_said::Judgement as Said;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cli::{self, Survey};
use crate::client::Client;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::Output;
use crate::text::scheme as text;

/// Records a judgement.
pub async fn run(arguments: &cli::Judge, output: Output) -> Result<(), Failure> {
    let judgement = judgement(arguments);
    if judgement.is_none() && arguments.points.is_none() {
        return Err(Failure::Usage(text::nothing_said(output.language)));
    }
    let client = Client::open(&arguments.server, output.language)?;
    let name = format!("funds/{}/indicators/{}", arguments.evaluated(), arguments.indicator);
    let request_id = Uuid::new_v4().to_string();
    let (reason, on, evidence) = (arguments.reason.clone(), arguments.on.clone(), arguments.evidence.clone());
    let recorded = match judgement {
        None => {
            let score = arguments.points.clone().unwrap_or_default();
            let wait_for = Vec::new();
            let request =
                pb::SetManualScoreRequest { request_id, wait_for, name, score, reason, on, evidence };
            client.answer(client.scoring().set_manual_score(request).await)?.recorded
        }
        Some(judgement) => {
            let (wait_for, judgement) = (Vec::new(), Some(judgement));
            let request =
                pb::JudgeIndicatorRequest { request_id, wait_for, name, reason, on, evidence, judgement };
            client.answer(client.scoring().judge_indicator(request).await)?.recorded
        }
    };
    let recorded = recorded.unwrap_or_default();
    if output.is_json() {
        return Ok(output.json(&json!({
            "name": recorded.name,
            "event_ids": recorded.event_ids,
            "recorded_time": recorded.recorded_time,
            "position": recorded.position,
        }))?);
    }
    Ok(output.line(&text::judgement_recorded(output.language, &arguments.indicator))?)
}

/// What is said otherwise than by points alone.
fn judgement(arguments: &cli::Judge) -> Option<pb::judge_indicator_request::Judgement> {
    use pb::judge_indicator_request::Judgement;
    if arguments.withdraw {
        return Some(Judgement::Withdrawn(pb::Withdrawal {}));
    }
    if arguments.not_applicable {
        return Some(Judgement::NotApplicable(pb::NotApplicable {}));
    }
    if let Some(level) = &arguments.level {
        let points = arguments.points.clone().unwrap_or_default();
        return Some(Judgement::Level(pb::LevelReached { level: level.clone(), points }));
    }
    if let Some(coefficient) = &arguments.coefficient {
        return Some(Judgement::Coefficient(coefficient.clone()));
    }
    if let Some(points) = &arguments.deduct {
        return Some(Judgement::Deduction(points.clone()));
    }
    let answers = answers(arguments);
    (!answers.is_empty()).then_some(Judgement::Answers(pb::Answers { answers }))
}

fn answers(arguments: &cli::Judge) -> Vec<pb::Answer> {
    use pb::answer::Value;
    let answer = |ask: &str, value| pb::Answer { ask: ask.to_owned(), value: Some(value) };
    let number = |(ask, number): &(String, String)| answer(ask, Value::Number(number.clone()));
    let date = |(ask, date): &(String, String)| answer(ask, Value::Date(date.clone()));
    let survey = |Survey { asked, counts }: &Survey| {
        let count =
            |(choice, count): &(String, i64)| pb::SurveyCount { choice: choice.clone(), count: *count };
        answer(asked, Value::Survey(pb::SurveyCounts { counts: counts.iter().map(count).collect() }))
    };
    let numbers = arguments.number.iter().map(number);
    let dates = arguments.date.iter().map(date);
    let yes = arguments.yes.iter().map(|ask| answer(ask, Value::Yes(true)));
    let no = arguments.no.iter().map(|ask| answer(ask, Value::Yes(false)));
    numbers.chain(dates).chain(yes).chain(no).chain(arguments.survey.iter().map(survey)).collect()
}

/// What was said, for programs.
pub(crate) fn written(said: &Said) -> Value {
    match said {
        Said::Level(pb::LevelReached { level, points }) => json!({ "level": level, "points": points }),
        Said::Coefficient(coefficient) => json!({ "coefficient": coefficient }),
        Said::Deduction(points) => json!({ "deduction": points }),
        Said::Answers(answers) => {
            let answers = answers.answers.iter().map(|answer| (answer.ask.clone(), value(answer)));
            json!({ "answers": Value::Object(answers.collect()) })
        }
        Said::NotApplicable(_) => json!({ "not_applicable": true }),
        Said::Withdrawn(_) => json!({ "withdrawn": true }),
    }
}

fn value(answer: &pb::Answer) -> Value {
    use pb::answer::Value as Given;
    match &answer.value {
        None => Value::Null,
        Some(Given::Number(number)) => json!(number),
        Some(Given::Date(date)) => json!(date),
        Some(Given::Yes(yes)) => json!(yes),
        Some(Given::Survey(survey)) => {
            let counts = survey.counts.iter().map(|count| (count.choice.clone(), json!(count.count)));
            Value::Object(counts.collect())
        }
    }
}

/// Why a score was given, for people: with what was said where that is not points alone, and with what proves it.
pub(crate) fn because(score: &pb::Score, language: Language) -> String {
    let comma = language.pick("、", ", ");
    let mut reason = score.reason.clone();
    if let Some(said) = score.said.as_ref().and_then(|said| said.judgement.as_ref()) {
        let semicolon = language.pick("；", "; ");
        reason = format!("{}{semicolon}{reason}", words(said, language));
    }
    if !score.evidence.is_empty() {
        reason = text::proven_by(language, reason, score.evidence.join(comma));
    }
    reason
}

fn words(said: &Said, language: Language) -> String {
    match said {
        Said::Level(pb::LevelReached { level, points }) if points.is_empty() => text::level(language, level),
        Said::Level(pb::LevelReached { level, points }) => text::level_with(language, level, points),
        Said::Coefficient(coefficient) => text::coefficient(language, coefficient),
        Said::Deduction(points) => text::deduction(language, points),
        Said::Answers(answers) => {
            let colon = language.pick("：", ": ");
            let answer = |answer: &pb::Answer| format!("{}{colon}{}", answer.ask, answered(answer, language));
            answers.answers.iter().map(answer).collect::<Vec<_>>().join(language.pick("；", "; "))
        }
        Said::NotApplicable(_) => text::not_applicable(language),
        Said::Withdrawn(_) => text::judgements_withdrawn(language),
    }
}

fn answered(answer: &pb::Answer, language: Language) -> String {
    use pb::answer::Value as Given;
    match &answer.value {
        None => String::new(),
        Some(Given::Number(said) | Given::Date(said)) => said.clone(),
        Some(Given::Yes(true)) => text::yes(language),
        Some(Given::Yes(false)) => text::no(language),
        Some(Given::Survey(survey)) => {
            let counts =
                survey.counts.iter().map(|count| text::counted(language, &count.choice, count.count));
            counts.collect::<Vec<_>>().join(language.pick("，", ", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_stands_before_why() {
        use pb::answer::Value as Given;
        let answer = |ask: &str, value| pb::Answer { ask: ask.to_owned(), value: Some(value) };
        let counts = ["good", "poor"].map(|choice| pb::SurveyCount { choice: choice.to_owned(), count: 3 });
        let answers = vec![
            answer("held", Given::Date("2019-10".to_owned())),
            answer("honest", Given::Yes(true)),
            answer("led", Given::Yes(false)),
            answer("survey", Given::Survey(pb::SurveyCounts { counts: counts.to_vec() })),
            answer("visits", Given::Number("12".to_owned())),
        ];
        let level =
            |points: &str| Said::Level(pb::LevelReached { level: "A".to_owned(), points: points.to_owned() });
        for (said, zh, en) in [
            (level("8"), "等次 A（8 分）；why", "level A (8 points); why"),
            (level(""), "等次 A；why", "level A; why"),
            (Said::Coefficient("0.85".to_owned()), "系数 0.85；why", "coefficient 0.85; why"),
            (Said::Deduction("1.5".to_owned()), "扣 1.5 分；why", "1.5 points off; why"),
            (
                Said::Answers(pb::Answers { answers }),
                "held：2019-10；honest：是；led：否；survey：good 3 份，poor 3 份；visits：12；why",
                "held: 2019-10; honest: yes; led: no; survey: good 3, poor 3; visits: 12; why",
            ),
            (Said::NotApplicable(pb::NotApplicable {}), "不适用；why", "not applicable; why"),
            (
                Said::Withdrawn(pb::Withdrawal {}),
                "撤回此前评定；why",
                "what was said before counts no longer; why",
            ),
        ] {
            let said = Some(pb::JudgementSaid { judgement: Some(said) });
            let score = pb::Score { reason: "why".to_owned(), said, ..Default::default() };
            assert_eq!(because(&score, Language::Chinese), zh);
            assert_eq!(because(&score, Language::English), en);
        }
        let evidence = vec!["a".to_owned(), "b".to_owned()];
        let score = pb::Score { reason: "why".to_owned(), evidence, ..Default::default() };
        assert_eq!(because(&score, Language::Chinese), "why（依据：a、b）");
        assert_eq!(because(&score, Language::English), "why (evidence: a, b)");
    }
}
