//! Answers to findings: given by whoever is responsible, to a finding that stands.
//!
//! An answer never touches the finding: that stands until its cause is gone. While it stands its newest answer is kept
//! beside it. What becomes of that:
//!
//! | the finding is | its answer |
//! | --- | --- |
//! | answered again | gives way to the later one |
//! | revised | stays, and is marked as given before that |
//! | cleared | goes: the history has it |
//! | raised again | is not there: whoever is responsible says anew what holds now |
//!
//! A deadline is kept as part of the answer and is nothing but a date here: what follows once it has passed is for whoever
//! has a clock.

use std::collections::BTreeMap;

use jixiao_eventlog::{Meta, Need, States};
use jixiao_events::finding::{AnswerKind, Finding, FindingAnswer};
use jixiao_events::scoring::ScoringEvent;
use jixiao_events::{FindingId, FundId, PartialDate};
use serde::{Deserialize, Serialize};

use super::state::{Cited, ScoringState, answers_key, finding_changes_key, finding_tag, fund_key};
use super::{LOG, ScoringRefusal};
use crate::findings::finding_id;

/// An answer that holds, as it is kept beside its finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// What was said.
    pub answer: FindingAnswer,
    /// Whether the finding came to other figures or evidence since.
    pub before_revision: bool,
    /// The event that holds it, and who gave it.
    pub event: Cited,
}

/// The answers to the findings of a scope, by what tells those apart. Findings without one are not in it.
pub type Answers = BTreeMap<String, Given>;

/// An answer to be recorded. Who gives it is the sender of the command.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerFinding {
    /// The fund.
    pub fund: FundId,
    /// The finding.
    pub finding: FindingId,
    /// What is said.
    pub answer: FindingAnswer,
}

/// Why an answer is refused, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerRefusal {
    /// What is to be rectified has no day.
    #[error("a finding that is to be rectified needs the day until when: give a deadline")]
    DeadlineMissing,
    /// Nothing is to be rectified.
    #[error("a deadline is for a finding that is to be rectified: leave {deadline} out, or answer so")]
    DeadlineNotNeeded {
        /// The deadline.
        deadline: PartialDate,
    },
    /// It had passed when the answer was given.
    #[error("the deadline {deadline} is before the answer itself, which is of {on}")]
    DeadlineBeforeAnswer {
        /// The deadline.
        deadline: PartialDate,
        /// When the answer was given.
        on: PartialDate,
    },
    /// No such fund was taken in from the registry.
    #[error("fund {0} is not known here")]
    FundNotFound(FundId),
    /// It was never raised, or its cause is gone.
    #[error("no finding {finding} stands about fund {fund}: it was never raised, or is cleared by now")]
    NotStanding {
        /// The fund.
        fund: FundId,
        /// The finding.
        finding: FindingId,
    },
}

/// What has to be seen to answer a finding: those of the fund, since its id says nothing of what it is about.
pub(super) fn needs(command: &AnswerFinding, states: &States<'_, ScoringState>) -> Vec<Need> {
    let AnswerFinding { fund, finding, .. } = command;
    let mut needs = vec![
        Need::Key(fund_key(fund)),
        Need::Key(finding_changes_key(fund)),
        Need::Prefix(findings_of(fund)),
    ];
    let standing = find(states, fund, finding);
    needs.extend(standing.map(|standing| Need::Key(answers_key(fund, &standing.subject))));
    needs
}

/// The answer, as an event.
pub(super) fn decide(
    command: &AnswerFinding,
    states: &States<'_, ScoringState>,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let AnswerFinding { fund, finding, answer } = command;
    match (answer.kind, answer.deadline) {
        (AnswerKind::ToBeRectified, None) => return Err(AnswerRefusal::DeadlineMissing.into()),
        (AnswerKind::ToBeRectified, Some(deadline)) if deadline.last_day() < answer.on.last_day() => {
            return Err(AnswerRefusal::DeadlineBeforeAnswer { deadline, on: answer.on }.into());
        }
        (AnswerKind::Explained | AnswerKind::Accepted, Some(deadline)) => {
            return Err(AnswerRefusal::DeadlineNotNeeded { deadline }.into());
        }
        (AnswerKind::ToBeRectified, Some(_)) | (AnswerKind::Explained | AnswerKind::Accepted, None) => {}
    }
    if states.get(&fund_key(fund)).is_none() {
        return Err(AnswerRefusal::FundNotFound(fund.clone()).into());
    }
    let Some(standing) = find(states, fund, finding) else {
        let (fund, finding) = (fund.clone(), finding.clone());
        return Err(AnswerRefusal::NotStanding { fund, finding }.into());
    };
    Ok(vec![ScoringEvent::FindingAnswered { finding: standing, answer: answer.clone() }])
}

/// The finding of an id, if it stands.
fn find(states: &States<'_, ScoringState>, fund: &FundId, id: &FindingId) -> Option<Finding> {
    let prefix = findings_of(fund);
    let scopes = states.prefix(&prefix).filter_map(|(_, state)| state.as_findings());
    let mut findings = scopes.flat_map(BTreeMap::values);
    findings.find(|finding| finding_id(finding) == id.as_str()).map(|finding| Finding::clone(finding))
}

fn findings_of(fund: &FundId) -> String {
    format!("findings/{fund}/")
}

/// The keys of an answer.
pub(super) fn keys(finding: &Finding) -> Vec<String> {
    let Finding { fund, subject, .. } = finding;
    vec![answers_key(fund, subject), finding_changes_key(fund)]
}

/// Folds what happens to a finding into the answers of its scope.
pub(super) fn fold(state: &mut Option<ScoringState>, event: &ScoringEvent, meta: &Meta) {
    let mut answers = match state.take() {
        Some(ScoringState::Answers(answers)) => answers,
        _ => Answers::new(),
    };
    match event {
        ScoringEvent::FindingAnswered { finding, answer } => {
            let event = Cited {
                log: LOG.to_owned(),
                id: meta.id.clone(),
                event_type: <&str>::from(event).to_owned(),
                effective: Some(answer.on),
                actor: meta.actor.clone(),
                recorded_time: meta.recorded_time,
            };
            let given = Given { answer: answer.clone(), before_revision: false, event };
            answers.insert(finding_tag(finding), given);
        }
        ScoringEvent::FindingRevised { finding, .. } => {
            if let Some(given) = answers.get_mut(&finding_tag(finding)) {
                given.before_revision = true;
            }
        }
        ScoringEvent::FindingCleared { finding, .. } => drop(answers.remove(&finding_tag(finding))),
        // One that is raised has no answer, unless it was there all the time: it is computed anew for a moment, or after
        // the event that first raised it was lost.
        _ => {}
    }
    *state = Some(answers).filter(|answers| !answers.is_empty()).map(ScoringState::Answers);
}
