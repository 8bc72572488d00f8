//! The record of an evaluation: purpose, scope, basis, methods, period, team, report.

use jixiao_eventlog::{Need, States};
use jixiao_events::FundId;
use jixiao_events::scoring::{EvaluationDescribed, EvaluationRecord, ScoringEvent};

use super::ScoringRefusal;
use super::state::{ScoringState, described_key, evaluation_key};

/// What describing an evaluation has to see.
pub(super) fn needs(fund: &FundId) -> Vec<Need> {
    vec![Need::Key(evaluation_key(fund)), Need::Key(described_key(fund))]
}

/// Describes an evaluation; the new record takes the place of the one before.
pub(super) fn describe(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    record: &EvaluationRecord,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    if states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation).is_none() {
        return Err(ScoringRefusal::EvaluationNotOpen(fund.clone()));
    }
    let before = states.get(&described_key(fund)).and_then(ScoringState::as_described);
    if before.is_some_and(|before| before.record == *record) {
        return Err(ScoringRefusal::RecordUnchanged(fund.clone()));
    }
    let (fund, record) = (fund.clone(), record.clone());
    Ok(vec![ScoringEvent::EvaluationDescribed(EvaluationDescribed { fund, record })])
}
