//! Findings and checks.

use jixiao_edge::pb_names;
use jixiao_eventlog::StoredEvent;
use jixiao_events::finding::{Evidence, Figure, Finding, Severity, Subject};
use jixiao_events::scoring::Cause;
use jixiao_events::{FundId, Names};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1 as types;
use uuid::Uuid;

use super::{cause, reference};
use crate::findings::{self, Check, Text};
use crate::hypotheses::Hypotheses;

/// The namespace of findings' ids: UUIDv5 of the DNS namespace and `jixiao.findings`.
const FINDING_IDS: Uuid = Uuid::from_u128(0x61ef_f550_f185_56d2_9681_1ca0_01a1_65f0);

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

/// The resource name of what a finding is about.
pub(crate) fn subject(fund: &FundId, subject: &Subject) -> String {
    match subject {
        Subject::Fund => fund.resource(),
        Subject::Node { node } => format!("{}/nodes/{node}", fund.resource()),
        Subject::Quantity { quantity } => format!("{}/quantities/{quantity}", fund.resource()),
        Subject::Project { project } => fund.project(project),
        Subject::Group { group } => fund.group(group),
        Subject::Target { target } => fund.target(target),
        Subject::Indicator { indicator } => fund.indicator(indicator),
        Subject::Entry { entry } => fund.entry(entry),
        Subject::Attainment { percent } => format!("{}/attainments/{percent}", fund.resource()),
    }
}

/// A finding with the events behind it.
pub(crate) fn finding(finding: &Finding, events: Vec<pb::EventRef>, event_count: u64) -> pb::Finding {
    let Finding { fund, subject: about, code, severity: weighs, figures, .. } = finding;
    let subject = subject(fund, about);
    let id = Uuid::new_v5(&FINDING_IDS, format!("{code} {subject}").as_bytes());
    let said = findings::check(code).map(|check| {
        let [zh, en] = check.say(finding);
        pb_names(&Names { zh, en: Some(en) })
    });
    pb::Finding {
        name: format!("{}/findings/{id}", fund.resource()),
        code: code.clone(),
        severity: severity(*weighs).into(),
        subject,
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

/// What happened to a finding, as its event holds it.
pub(crate) fn finding_change(
    stored: &StoredEvent,
    kind: pb::FindingChangeKind,
    changed: &Finding,
    because: &Cause,
) -> pb::FindingChange {
    let (why, source) = cause(stored, because);
    let events: Vec<_> = changed
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
        kind: kind.into(),
        finding: Some(finding(changed, events, count)),
        cause: why.into(),
        source,
    }
}
