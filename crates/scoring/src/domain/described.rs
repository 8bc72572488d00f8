//! The record of an evaluation: purpose, scope, basis, methods, period, team, report.

use jixiao_eventlog::{Need, States};
use jixiao_events::Evaluated;
use jixiao_events::scoring::{EvaluationDescribed, EvaluationRecord, ScoringEvent};

use super::ScoringRefusal;
use super::state::{ScoringState, described_key, evaluation_key};

/// What describing an evaluation has to see.
pub(super) fn needs(of: &Evaluated) -> Vec<Need> {
    vec![Need::Key(evaluation_key(of)), Need::Key(described_key(of))]
}

/// Describes an evaluation; the new record takes the place of the one before.
pub(super) fn describe(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    record: &EvaluationRecord,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    if states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation).is_none() {
        return Err(ScoringRefusal::EvaluationNotOpen(of.clone()));
    }
    let before = states.get(&described_key(of)).and_then(ScoringState::as_described);
    if before.is_some_and(|before| before.record == *record) {
        return Err(ScoringRefusal::RecordUnchanged(of.clone()));
    }
    let Evaluated { fund, project } = of.clone();
    let record = record.clone();
    Ok(vec![ScoringEvent::EvaluationDescribed(EvaluationDescribed { fund, project, record })])
}
