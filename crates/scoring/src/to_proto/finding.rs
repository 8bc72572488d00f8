//! Findings and checks.

use jixiao_edge::pb_names;
use jixiao_eventlog::StoredEvent;
use jixiao_events::Names;
use jixiao_events::finding::{Evidence, Figure, Finding, FindingAnswer, Severity};
use jixiao_events::scoring::Cause;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1 as types;

use super::answer::answer;
use super::{cause, reference};
use crate::findings::{self, Check, Text, finding_id, subject_name};
use crate::hypotheses::Hypotheses;

fn text(text: Text) -> types::Names {
    pb_names(&Names { zh: text.zh.to_owned(), en: Some(text.en.to_owned()) })
}

pub(crate) fn check(check: &Check) -> pb::Check {
    pb::Check {
        code: check.code.to_owned(),
        severity: severity(check.severity).into(),
        title: Some(text(check.title)),
        rule: Some(text(check.rule)),
        example: Some(text(check.example)),
    }
}

fn severity(severity: Severity) -> pb::Severity {
    match severity {
        Severity::Notice => pb::Severity::Notice,
        Severity::Warning => pb::Severity::Warning,
        Severity::Error => pb::Severity::Error,
    }
}

/// A finding with the events behind it.
pub(crate) fn finding(of: &Finding, events: Vec<pb::EventRef>, event_count: u64) -> pb::Finding {
    let Finding { fund, subject: about, code, severity: weighs, figures, .. } = of;
    let said = findings::check(code).map(|check| {
        let [zh, en] = check.say(of);
        pb_names(&Names { zh, en: Some(en) })
    });
    pb::Finding {
        name: format!("{}/findings/{}", fund.resource(), finding_id(of)),
        code: code.clone(),
        severity: severity(*weighs).into(),
        subject: subject_name(fund, about),
        subject_kind: <&str>::from(about).to_owned(),
        message: said,
        figures: figures.iter().map(figure).collect(),
        events,
        event_count,
        ..Default::default()
    }
}

/// The most hypotheses that are said of a difference.
const HYPOTHESES: usize = 20;

/// A finding with what would explain its difference.
pub(crate) fn explained(finding: pb::Finding, explained: Hypotheses) -> pb::Finding {
    let (hypotheses, hypotheses_fit, hypotheses_tried) = self::hypotheses(explained);
    pb::Finding { hypotheses, hypotheses_fit, hypotheses_tried, ..finding }
}

/// The hypotheses that fit, at most so many; how many fit in all, and how many were tried.
pub(crate) fn hypotheses(Hypotheses { fit, tried }: Hypotheses) -> (Vec<pb::Hypothesis>, u32, u32) {
    let count = u32::try_from(fit.len()).unwrap_or(u32::MAX);
    let said = fit.into_iter().take(HYPOTHESES).map(|one| pb::Hypothesis {
        kind: <&str>::from(one.kind).to_owned(),
        about: one.about,
        measure: one.measure,
        rows: one.rows,
        message: Some(pb_names(&one.message)),
        value: one.value,
        parts: one.parts.iter().map(figure).collect(),
    });
    (said.collect(), count, tried)
}

fn figure(figure: &Figure) -> pb::FindingFigure {
    pb::FindingFigure {
        name: figure.name.clone(),
        value: figure.value.clone(),
        unit: figure.unit.clone().unwrap_or_default(),
    }
}

/// What a check did to a finding, as its event holds it.
pub(crate) fn finding_change(
    stored: &StoredEvent,
    kind: pb::FindingChangeKind,
    changed: &Finding,
    because: &Cause,
) -> pb::FindingChange {
    let (why, source) = cause(stored, because);
    pb::FindingChange { kind: kind.into(), cause: why.into(), source, ..happened(stored, changed) }
}

/// An answer to a finding, as its event holds it.
pub(crate) fn finding_answered(
    stored: &StoredEvent,
    answered: &Finding,
    said: &FindingAnswer,
) -> pb::FindingChange {
    pb::FindingChange {
        kind: pb::FindingChangeKind::Answered.into(),
        cause: pb::CauseKind::Answered.into(),
        answer: Some(answer(stored, said)),
        ..happened(stored, answered)
    }
}

fn happened(stored: &StoredEvent, to: &Finding) -> pb::FindingChange {
    let events: Vec<_> = to
        .evidence
        .iter()
        .filter_map(|evidence| match evidence {
            Evidence::Event(event) => Some(reference(event)),
            Evidence::Sum { .. } | Evidence::Stated { .. } | Evidence::Node { .. } => None,
        })
        .collect();
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    pb::FindingChange {
        event_id: stored.id.clone(),
        recorded_time: stored.recorded_text(),
        finding: Some(finding(to, events, count)),
        ..Default::default()
    }
}
