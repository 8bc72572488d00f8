//! The life of schemes, the records of evaluations and the scores of people for the wire.

use jixiao_edge::{pb_approval, pb_names};
use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::recorded_text;
use jixiao_events::scheme::Answer;
use jixiao_events::scoring::{
    EvaluationKind, EvaluationRecord, GivenSum, Judgement, Method, ScoreRecorded, Scorer,
};
use jixiao_events::{Names, Number, PartialDate};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::number;
use crate::domain::state::{Approved, Cited, Described, GivenScore, SelfScore, Stage, Withdrawn};

pub(super) fn stage(stage: Stage) -> pb::SchemeStage {
    match stage {
        Stage::Draft => pb::SchemeStage::Draft,
        Stage::Approved => pb::SchemeStage::Approved,
        Stage::Withdrawn => pb::SchemeStage::Withdrawn,
    }
}

pub(super) fn approval(approved: &Approved) -> pb::SchemeApproval {
    pb::SchemeApproval {
        approval: Some(pb_approval(&approved.approval)),
        document: approved.document.clone().unwrap_or_default(),
        actor: approved.event.actor.clone(),
        event_id: approved.event.id.clone(),
        recorded_time: recorded_text(approved.event.recorded_time),
    }
}

pub(super) fn withdrawal(withdrawn: &Withdrawn) -> pb::SchemeWithdrawal {
    pb::SchemeWithdrawal {
        reason: withdrawn.reason.clone(),
        on: withdrawn.on.to_string(),
        actor: withdrawn.event.actor.clone(),
        event_id: withdrawn.event.id.clone(),
        recorded_time: recorded_text(withdrawn.event.recorded_time),
    }
}

/// A record and what recorded it: actor, event, time.
pub(crate) fn record(
    record: &EvaluationRecord,
    actor: &str,
    event_id: &str,
    recorded_time: String,
) -> pb::EvaluationRecord {
    let kind = match record.kind {
        None => pb::EvaluationKind::Unspecified,
        Some(EvaluationKind::UnitSelf) => pb::EvaluationKind::UnitSelf,
        Some(EvaluationKind::Department) => pb::EvaluationKind::Department,
        Some(EvaluationKind::Finance) => pb::EvaluationKind::Finance,
    };
    let team = record.team.iter().map(|member| pb::TeamMember {
        name: member.name.clone(),
        role: member.role.clone().unwrap_or_default(),
        organisation: member.organisation.clone().unwrap_or_default(),
    });
    pb::EvaluationRecord {
        kind: kind.into(),
        purpose: record.purpose.clone().unwrap_or_default(),
        scope: record.scope.clone().unwrap_or_default(),
        basis: record.basis.clone(),
        methods: record.methods.iter().map(method).collect(),
        period_from: date(record.period.map(|period| period.from)),
        period_to: date(record.period.and_then(|period| period.to)),
        team: team.collect(),
        report_date: date(record.report_date),
        actor: actor.to_owned(),
        event_id: event_id.to_owned(),
        recorded_time,
    }
}

/// The record that stands.
pub(super) fn described(described: &Described) -> pb::EvaluationRecord {
    let Described { record: of, event } = described;
    record(of, &event.actor, &event.id, recorded_text(event.recorded_time))
}

fn method(method: &Method) -> pb::EvaluationMethod {
    let (word, [zh, en]) = match method {
        Method::Known { method } => (<&str>::from(*method), method.names().map(|name| Some(name.to_owned()))),
        Method::Other { name } => ("", [Some(name.clone()), None]),
    };
    let names = pb_names(&Names { zh: zh.unwrap_or_default(), en });
    pb::EvaluationMethod { method: word.to_owned(), names: Some(names) }
}

fn date(date: Option<PartialDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

fn scorer(by: Scorer) -> pb::Scorer {
    match by {
        Scorer::Reviewer => pb::Scorer::Reviewer,
        Scorer::Finance => pb::Scorer::Finance,
    }
}

/// What a scorer's scores in a sum come to, among so many indicators.
pub(super) fn score_sum(sum: Option<&GivenSum>, by: Scorer, indicators: u32) -> pb::ScoreSum {
    let given = sum.map(|sum| *sum.by(by)).unwrap_or_default();
    pb::ScoreSum { score: given.score.to_string(), missing: indicators.saturating_sub(given.indicators) }
}

/// The newest score of a reviewer or the finance bureau.
pub(crate) fn given_score(by: Scorer, given: &GivenScore) -> pb::Score {
    let author = given.author.clone().unwrap_or_default();
    score_by(scorer(by), Some(given.score), author, given.on.to_string(), given.reason.clone(), &given.event)
}

/// A self-score.
pub(crate) fn self_score(given: &SelfScore) -> pb::Score {
    let on = date(given.on.or(given.event.effective));
    let reason = given.reason.clone().unwrap_or_default();
    score_by(pb::Scorer::Self_, Some(given.score), String::new(), on, reason, &given.event)
}

fn score_by(
    by: pb::Scorer,
    score: Option<Number>,
    author: String,
    on: String,
    reason: String,
    event: &Cited,
) -> pb::Score {
    pb::Score {
        by: by.into(),
        score: number(score),
        author,
        on,
        reason,
        actor: event.actor.clone(),
        log: event.log.clone(),
        event_id: event.id.clone(),
        recorded_time: recorded_text(event.recorded_time),
        ..Default::default()
    }
}

/// A score as its event holds it.
pub(crate) fn recorded_score(stored: &StoredEvent, recorded: &ScoreRecorded) -> pb::Score {
    pb::Score {
        by: scorer(recorded.by).into(),
        score: recorded.score.to_string(),
        author: recorded.author.clone().unwrap_or_default(),
        on: recorded.on.to_string(),
        reason: recorded.reason.clone(),
        ..of_event(stored)
    }
}

/// Computed points as the event of a change holds them.
pub(crate) fn computed_score(stored: &StoredEvent, score: Option<Number>) -> pb::Score {
    pb::Score { by: pb::Scorer::Computed.into(), score: number(score), ..of_event(stored) }
}

/// What a person said, points or otherwise, as its event holds it; `told` are reason, date and evidence.
pub(crate) fn judged_score(
    stored: &StoredEvent,
    points: Option<Number>,
    judgement: Option<&Judgement>,
    told: (&str, PartialDate, &[String]),
) -> pb::Score {
    let (reason, on, evidence) = told;
    pb::Score {
        by: pb::Scorer::Judged.into(),
        score: number(points),
        on: on.to_string(),
        reason: reason.to_owned(),
        said: judgement.map(said),
        evidence: evidence.to_vec(),
        ..of_event(stored)
    }
}

fn said(judgement: &Judgement) -> pb::JudgementSaid {
    use pb::judgement_said::Judgement as Said;
    let said = match judgement {
        Judgement::Level { level, points } => {
            Said::Level(pb::LevelReached { level: level.clone(), points: number(*points) })
        }
        Judgement::Coefficient { coefficient } => Said::Coefficient(coefficient.to_string()),
        Judgement::Deduction { points } => Said::Deduction(points.to_string()),
        Judgement::Answers { answers } => {
            let answer = |(ask, answer): (&String, &Answer)| pb::Answer {
                ask: ask.clone(),
                value: Some(answer_value(answer)),
            };
            Said::Answers(pb::Answers { answers: answers.iter().map(answer).collect() })
        }
        Judgement::NotApplicable {} => Said::NotApplicable(pb::NotApplicable {}),
        Judgement::Withdrawn {} => Said::Withdrawn(pb::Withdrawal {}),
    };
    pb::JudgementSaid { judgement: Some(said) }
}

fn answer_value(answer: &Answer) -> pb::answer::Value {
    use pb::answer::Value;
    match answer {
        Answer::Number { value } => Value::Number(value.to_string()),
        Answer::Date { date } => Value::Date(date.to_string()),
        Answer::YesNo { yes } => Value::Yes(*yes),
        Answer::Survey { counts } => {
            let count = |(choice, count): (&String, &u64)| pb::SurveyCount {
                choice: choice.clone(),
                // A count was read from an int64.
                count: i64::try_from(*count).unwrap_or(i64::MAX),
            };
            Value::Survey(pb::SurveyCounts { counts: counts.iter().map(count).collect() })
        }
    }
}

fn of_event(stored: &StoredEvent) -> pb::Score {
    pb::Score {
        actor: stored.actor.clone(),
        log: stored.log.clone(),
        event_id: stored.id.clone(),
        recorded_time: stored.recorded_text(),
        ..Default::default()
    }
}
