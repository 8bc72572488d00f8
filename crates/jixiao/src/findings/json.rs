//! Findings for programs.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::findings::Check;
use serde::Serialize;

use super::{Counts, Listed};
use crate::answer::code;
use crate::output::{Event, Pair};

/// The findings that stand.
#[derive(Debug, Serialize)]
pub(super) struct AllStanding<'a> {
    fund: &'a str,
    counts: Counts,
    findings: Vec<Finding<'a>>,
    position: &'a str,
}

impl<'a> AllStanding<'a> {
    pub(super) fn of(listed: &'a Listed) -> Self {
        let findings = listed.findings.iter().map(Finding::of).collect();
        Self { fund: &listed.fund, counts: listed.counts, findings, position: &listed.position }
    }
}

/// A finding.
#[derive(Debug, Serialize)]
pub(crate) struct Finding<'a> {
    name: &'a str,
    code: &'a str,
    severity: &'static str,
    subject: &'a str,
    subject_kind: &'a str,
    subject_names: Pair<'a>,
    message: Pair<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer<'a>>,
    figures: Vec<Figure<'a>>,
    event_count: u64,
    events: Vec<Event<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hypotheses: Vec<Hypothesis<'a>>,
    hypotheses_fit: u32,
    hypotheses_tried: u32,
}

/// What would explain a difference.
#[derive(Debug, Serialize)]
pub(crate) struct Hypothesis<'a> {
    kind: &'a str,
    about: &'a str,
    measure: &'a str,
    value: &'a str,
    parts: Vec<Figure<'a>>,
    rows: u32,
    message: Pair<'a>,
}

impl<'a> Hypothesis<'a> {
    pub(crate) fn of(fits: &'a pb::Hypothesis) -> Self {
        Self {
            kind: &fits.kind,
            about: &fits.about,
            measure: &fits.measure,
            value: &fits.value,
            parts: fits.parts.iter().map(Figure::of).collect(),
            rows: fits.rows,
            message: Pair::of(fits.message.as_ref()),
        }
    }
}

#[derive(Debug, Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: &'a str,
    unit: &'a str,
}

impl<'a> Figure<'a> {
    fn of(figure: &'a pb::FindingFigure) -> Self {
        Self { name: &figure.name, value: &figure.value, unit: &figure.unit }
    }
}

impl<'a> Finding<'a> {
    pub(crate) fn of(finding: &'a pb::Finding) -> Self {
        Self {
            name: &finding.name,
            code: &finding.code,
            severity: severity(finding.severity()),
            subject: &finding.subject,
            subject_kind: &finding.subject_kind,
            subject_names: Pair::of(finding.subject_names.as_ref()),
            message: Pair::of(finding.message.as_ref()),
            answer: finding.answer.as_ref().map(Answer::of),
            figures: finding.figures.iter().map(Figure::of).collect(),
            event_count: finding.event_count,
            events: finding.events.iter().map(Event::of).collect(),
            hypotheses: finding.hypotheses.iter().map(Hypothesis::of).collect(),
            hypotheses_fit: finding.hypotheses_fit,
            hypotheses_tried: finding.hypotheses_tried,
        }
    }
}

/// What whoever is responsible says to a finding.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    kind: &'static str,
    text: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    deadline: &'a str,
    on: &'a str,
    actor: &'a str,
    event_id: &'a str,
    recorded_time: &'a str,
    before_revision: bool,
}

impl<'a> Answer<'a> {
    fn of(answer: &'a pb::FindingAnswer) -> Self {
        Self {
            kind: code(answer.kind()),
            text: &answer.text,
            deadline: &answer.deadline,
            on: &answer.on,
            actor: &answer.actor,
            event_id: &answer.event_id,
            recorded_time: &answer.recorded_time,
            before_revision: answer.before_revision,
        }
    }
}

/// Something that happened to a finding.
#[derive(Debug, Serialize)]
pub(super) struct Change<'a> {
    event_id: &'a str,
    recorded_time: &'a str,
    what: &'static str,
    finding: Option<Finding<'a>>,
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Event<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer<'a>>,
    /// Where the next watch goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'a str>,
}

impl<'a> Change<'a> {
    pub(super) fn of(change: &'a pb::FindingChange, position: Option<&'a str>) -> Self {
        Self {
            event_id: &change.event_id,
            recorded_time: &change.recorded_time,
            what: match change.kind() {
                pb::FindingChangeKind::Raised => "raised",
                pb::FindingChangeKind::Revised => "revised",
                pb::FindingChangeKind::Cleared => "cleared",
                pb::FindingChangeKind::Answered => "answered",
                pb::FindingChangeKind::Unspecified => "",
            },
            finding: change.finding.as_ref().map(Finding::of),
            cause: match change.cause() {
                pb::CauseKind::Source => "source",
                pb::CauseKind::Opened => "opened",
                pb::CauseKind::Judged => "judged",
                pb::CauseKind::Voided => "voided",
                pb::CauseKind::Stated => "stated",
                pb::CauseKind::Answered => "answered",
                pb::CauseKind::Date => "date",
                pb::CauseKind::Unspecified => "",
            },
            source: change.source.as_ref().map(Event::of),
            answer: change.answer.as_ref().map(Answer::of),
            position,
        }
    }
}

fn severity(severity: pb::Severity) -> &'static str {
    match severity {
        pb::Severity::Error => "error",
        pb::Severity::Warning => "warning",
        pb::Severity::Notice => "notice",
        pb::Severity::Unspecified => "",
    }
}

/// A check.
pub(super) fn check(check: &Check) -> serde_json::Value {
    let pair = |text: jixiao_scoring::findings::Text| serde_json::json!({ "zh": text.zh, "en": text.en });
    serde_json::json!({
        "code": check.code,
        "severity": check.severity,
        "title": pair(check.title),
        "rule": pair(check.rule),
        "example": pair(check.example),
    })
}
