//! `score`: the scores of an indicator side by side, and recording one.

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::{self, ScoreBy};
use crate::client::{Client, PAGE_SIZE};
use crate::failure::Failure;
use crate::judge;
use crate::language::Language;
use crate::output::{Column, Output, Table};
use crate::text::scheme as text;

/// A score for programs.
#[derive(Debug, Serialize)]
struct GivenScore<'a> {
    by: &'static str,
    score: &'a str,
    author: &'a str,
    on: &'a str,
    reason: &'a str,
    /// What a person said where that is not points alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    evidence: &'a [String],
    actor: &'a str,
    log: &'a str,
    event_id: &'a str,
    recorded_time: &'a str,
}

/// Lists the scores of an indicator, or records one.
pub async fn run(arguments: &cli::Score, output: Output) -> Result<(), Failure> {
    match arguments.by {
        Some(by) => record(arguments, by, output).await,
        None => list(arguments, output).await,
    }
}

async fn record(arguments: &cli::Score, by: ScoreBy, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let given = |text: &Option<String>| text.clone().unwrap_or_default();
    let by = match by {
        ScoreBy::Reviewer => pb::Scorer::Reviewer,
        ScoreBy::Finance => pb::Scorer::Finance,
    };
    let request = pb::RecordScoreRequest {
        request_id: Uuid::new_v4().to_string(),
        name: name(arguments),
        by: by.into(),
        score: given(&arguments.points),
        reason: given(&arguments.reason),
        on: given(&arguments.on),
        author: given(&arguments.author),
        ..Default::default()
    };
    let recorded = client.answer(client.scoring().record_score(request).await)?.recorded.unwrap_or_default();
    if output.is_json() {
        let (name, event_ids, position) = (recorded.name, recorded.event_ids, recorded.position);
        return Ok(output
            .json(&serde_json::json!({ "name": name, "event_ids": event_ids, "position": position }))?);
    }
    Ok(output.line(&text::score_recorded(output.language, &arguments.indicator))?)
}

fn name(arguments: &cli::Score) -> String {
    format!("funds/{}/indicators/{}", arguments.evaluated(), arguments.indicator)
}

async fn list(arguments: &cli::Score, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let client = Client::open(&arguments.server, language)?;
    let (mut scores, mut page_token) = (Vec::new(), String::new());
    let position = loop {
        let request = pb::ListScoresRequest {
            parent: name(arguments),
            page_size: PAGE_SIZE,
            page_token,
            ..Default::default()
        };
        let page = client.answer(client.scoring().list_scores(request).await)?;
        scores.extend(page.scores);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break page.position;
        }
    };
    client.tell_stale(output);
    if output.is_json() {
        let scores: Vec<_> = scores.iter().map(score).collect();
        let (fund, indicator) = (&arguments.fund, &arguments.indicator);
        return Ok(output.json(&serde_json::json!({
            "fund": fund, "project": arguments.project.as_deref().unwrap_or_default(), "indicator": indicator, "scores": scores, "position": position,
        }))?);
    }
    if scores.is_empty() {
        return Ok(output.line(&text::no_scores(language))?);
    }
    let columns = [Column::Word, Column::Figure, Column::Word, Column::Text, Column::Text, Column::Text];
    let mut table = Table::new(&columns).head([
        text::by(language),
        text::points(language),
        text::on(language),
        text::author(language),
        text::reason(language),
        text::recorded(language),
    ]);
    for score in &scores {
        table.row([
            by(score.by(), language),
            score.score.clone(),
            score.on.clone(),
            if score.author.is_empty() { score.actor.clone() } else { score.author.clone() },
            judge::because(score, language),
            score.recorded_time.get(..19).unwrap_or_default().replace('T', " "),
        ]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

fn by(scorer: pb::Scorer, language: Language) -> String {
    match scorer {
        pb::Scorer::Self_ => text::by_self(language),
        pb::Scorer::Reviewer => text::by_reviewer(language),
        pb::Scorer::Finance => text::by_finance(language),
        pb::Scorer::Computed => text::by_computed(language),
        pb::Scorer::Judged => text::by_judgement(language),
        pb::Scorer::Unspecified => String::new(),
    }
}

fn score(score: &pb::Score) -> GivenScore<'_> {
    GivenScore {
        by: match score.by() {
            pb::Scorer::Self_ => "self",
            pb::Scorer::Reviewer => "reviewer",
            pb::Scorer::Finance => "finance",
            pb::Scorer::Computed => "computed",
            pb::Scorer::Judged => "judged",
            pb::Scorer::Unspecified => "",
        },
        score: &score.score,
        author: &score.author,
        on: &score.on,
        reason: &score.reason,
        said: score.said.as_ref().and_then(|said| said.judgement.as_ref()).map(judge::written),
        evidence: &score.evidence,
        actor: &score.actor,
        log: &score.log,
        event_id: &score.event_id,
        recorded_time: &score.recorded_time,
    }
}
