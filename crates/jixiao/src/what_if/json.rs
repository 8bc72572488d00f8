//! A what-if for programs.

use jixiao_events::FundId;
use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1::Outcome;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::Names;
use serde_json::{Value, json};

use super::ask::Answered;
use super::figures::{self, Compared};
use super::file::Supposed;
use super::status;
use crate::evaluate::status_word;
use crate::findings::Finding;
use crate::output::{Event, refusal_json};

/// The whole answer as one value.
pub(super) fn written(fund: &FundId, project: Option<&str>, answered: &Answered) -> Value {
    let answer = &answered.scoring;
    let commands = answered.commands.iter().map(|(supposed, outcome)| command(supposed, outcome));
    let not_taken_in = answered.not_taken_in.iter().map(|(service, event, left)| {
        let reason = left.reason.as_ref().map(|reason| refusal_json(&status(reason))["error"].clone());
        json!({ "service": service.name(), "event": named(event), "reason": reason })
    });
    let figures = figures::points(answer).into_iter().chain(figures::budget(answer, figures::unit(answer)));
    json!({
        "fund": fund,
        "project": project.unwrap_or_default(),
        "commands": commands.collect::<Vec<_>>(),
        "not_taken_in": not_taken_in.collect::<Vec<_>>(),
        "scheme": { "before": scheme(answer.before.as_ref()), "after": scheme(answer.after.as_ref()) },
        "grade": { "before": grade(answer.before.as_ref(), false), "after": grade(answer.after.as_ref(), false) },
        "self_grade": { "before": grade(answer.before.as_ref(), true), "after": grade(answer.after.as_ref(), true) },
        "money_unit": figures::unit(answer),
        "figures": figures.map(|figure| compared(&figure)).collect::<Vec<_>>(),
        "indicators": answer.indicators.iter().map(indicator).collect::<Vec<_>>(),
        "indicator_count": answer.indicator_count,
        "findings": answer.findings.iter().map(finding).collect::<Vec<_>>(),
        "finding_count": answer.finding_count,
        "position": answer.position,
    })
}

fn command(supposed: &Supposed, outcome: &Outcome) -> Value {
    json!({
        "service": supposed.service.name(),
        "command": supposed.command,
        "line": supposed.line,
        "accepted": outcome.refusal.is_none(),
        "already_done": outcome.already_done,
        "name": outcome.name,
        "events": outcome.events.iter().map(named).collect::<Vec<_>>(),
        "refusal": outcome.refusal.as_ref().map(|refusal| refusal_json(&status(refusal))["error"].clone()),
    })
}

fn named(event: &CloudEvent) -> Value {
    json!({ "id": event.id, "type": event.r#type })
}

fn compared(figure: &Compared) -> Value {
    let Compared { quantity, before, after } = figure;
    json!({ "quantity": quantity, "before": before, "after": after, "differs": figure.differs() })
}

fn scheme(evaluation: Option<&pb::Evaluation>) -> Value {
    evaluation.map_or(
        Value::Null,
        |evaluation| json!({ "scheme": evaluation.scheme, "version": evaluation.scheme_version }),
    )
}

fn grade(evaluation: Option<&pb::Evaluation>, is_own: bool) -> Value {
    let grade =
        evaluation.and_then(
            |evaluation| {
                if is_own { evaluation.self_grade.as_ref() } else { evaluation.grade.as_ref() }
            },
        );
    grade.map_or(Value::Null, |grade| json!({ "grade": grade.grade, "names": pair(grade.names.as_ref()) }))
}

fn pair(names: Option<&Names>) -> Value {
    names.map_or(Value::Null, |names| json!({ "zh": names.zh, "en": names.en }))
}

fn indicator(difference: &pb::SimulatedIndicator) -> Value {
    let standing = |standing: Option<&pb::Standing>| {
        standing.map_or(Value::Null, |standing| {
            json!({
                "weight": standing.weight,
                "self_score": standing.self_score,
                "score": standing.score,
                "status": status_word(standing.status()),
                "measured": standing.measured,
            })
        })
    };
    json!({
        "name": difference.name,
        "names": pair(difference.names.as_ref()),
        "before": standing(difference.before.as_ref()),
        "after": standing(difference.after.as_ref()),
        "causes": difference.causes.iter().map(Event::of).collect::<Vec<_>>(),
    })
}

fn finding(difference: &pb::SimulatedFinding) -> Value {
    json!({
        "what": match difference.kind() {
            pb::FindingChangeKind::Raised => "raised",
            pb::FindingChangeKind::Revised => "revised",
            pb::FindingChangeKind::Cleared => "cleared",
            pb::FindingChangeKind::Answered => "answered",
            pb::FindingChangeKind::Unspecified => "",
        },
        "finding": difference.finding.as_ref().map(Finding::of),
        "before": difference.before.as_ref().map(Finding::of),
        "causes": difference.causes.iter().map(Event::of).collect::<Vec<_>>(),
    })
}
