//! Scores that a reviewer or the finance bureau gives, beside the computed points, which they never change.
//!
//! A sum of them counts the indicators that the evaluation has now: it moves with a score, and with indicators that come
//! and go, by the difference. A score of an indicator that left stays in its row, and counts again if that comes back.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::{Need, States};
use jixiao_events::scoring::{GivenSum, GivenSumsChanged, ScoreRecorded, Scorer, ScoringEvent};
use jixiao_events::{Evaluated, IndicatorId, NodeId, Number, PartialDate};

use super::ScoringRefusal;
use super::evaluate::{View, total};
use super::state::{
    Cited, GivenScore, GivenScores, ScoringState, evaluation_key, given_key, given_sum_key, indicator_key,
    rows,
};

/// What is asked to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scored {
    /// The fund or project.
    pub of: Evaluated,
    /// The indicator.
    pub indicator: IndicatorId,
    /// As whom.
    pub by: Scorer,
    /// Who scored, where that is another than who sends it.
    pub author: Option<String>,
    /// The points.
    pub score: Number,
    /// Why.
    pub reason: String,
    /// When it was scored.
    pub on: PartialDate,
}

/// Both scorers.
pub const SCORERS: [Scorer; 2] = [Scorer::Reviewer, Scorer::Finance];

/// The sums that an indicator is part of, from the nearest to that of everything.
fn sums_of(indicator: &IndicatorId) -> impl Iterator<Item = NodeId> {
    std::iter::successors(indicator.group(), NodeId::parent).chain(total())
}

/// What recording a score has to see.
pub(super) fn needs(scored: &Scored) -> Vec<Need> {
    let Scored { of, indicator, .. } = scored;
    let own = [evaluation_key(of), indicator_key(of, indicator)];
    own.into_iter().chain(keys(of, indicator)).map(Need::Key).collect()
}

fn keys(of: &Evaluated, indicator: &IndicatorId) -> impl Iterator<Item = String> {
    let sums = sums_of(indicator).map(|node| given_sum_key(of, Some(&node)));
    std::iter::once(given_key(of, indicator)).chain(sums)
}

/// Records a score.
pub(super) fn record(
    states: &States<'_, ScoringState>,
    scored: &Scored,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let Scored { of, indicator, by, score, .. } = scored;
    if states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation).is_none() {
        return Err(ScoringRefusal::EvaluationNotOpen(of.clone()));
    }
    let Some(result) = states.get(&indicator_key(of, indicator)).and_then(ScoringState::as_indicator) else {
        return Err(ScoringRefusal::IndicatorNotFound { of: of.clone(), indicator: indicator.clone() });
    };
    if *score < Number::ZERO || *score > result.weight {
        let (score, least, most) = (*score, Number::ZERO, result.weight);
        return Err(ScoringRefusal::ScoreOutOfRange { score, least, most });
    }
    let before = states.get(&given_key(of, indicator)).and_then(ScoringState::as_given);
    let before = before.and_then(|given| given.by(*by)).map(|given| given.score);
    let sums = sums_of(indicator).map(|node| {
        let loaded = states.get(&given_sum_key(of, Some(&node))).and_then(ScoringState::as_given_sum);
        let mut sum = loaded.cloned().unwrap_or_else(|| GivenSum::of_nothing(node));
        let part = sum.by_mut(*by);
        if let Some(before) = before {
            part.take_off(before);
        }
        part.add(*score);
        sum
    });
    Ok(vec![ScoringEvent::ScoreRecorded(ScoreRecorded {
        fund: of.fund.clone(),
        project: of.project.clone(),
        indicator: indicator.clone(),
        by: *by,
        author: scored.author.clone(),
        score: *score,
        reason: scored.reason.clone(),
        on: scored.on,
        sums: sums.collect(),
    })])
}

/// The indicators that changes of an evaluation bring in, and those that they take away.
fn moved(changes: &[ScoringEvent]) -> (BTreeSet<&IndicatorId>, BTreeSet<&IndicatorId>) {
    let (mut came, mut gone) = (BTreeSet::new(), BTreeSet::new());
    for change in changes {
        let ScoringEvent::EvaluationChanged(change) = change else { continue };
        let before: BTreeSet<_> = change.before.iter().map(|before| &before.indicator).collect();
        let now = change.indicators.iter().map(|now| &now.indicator);
        came.extend(now.filter(|indicator| !before.contains(indicator)));
        gone.extend(&change.removed);
    }
    (came, gone)
}

/// What following changes of an evaluation has to see.
pub(super) fn follow_needs(of: &Evaluated, changes: &[ScoringEvent]) -> Vec<Need> {
    let (came, gone) = moved(changes);
    came.union(&gone).flat_map(|indicator| keys(of, indicator)).map(Need::Key).collect()
}

/// How the sums of given scores follow changes of an evaluation; `None` where none moves.
pub(super) fn follow(view: &View<'_>, of: &Evaluated, changes: &[ScoringEvent]) -> Option<ScoringEvent> {
    let (came, gone) = moved(changes);
    let mut sums: BTreeMap<NodeId, GivenSum> = BTreeMap::new();
    let all = came.into_iter().map(|indicator| (indicator, true));
    for (indicator, comes) in all.chain(gone.into_iter().map(|indicator| (indicator, false))) {
        let Some(given) = view.get(&given_key(of, indicator)).and_then(ScoringState::as_given) else {
            continue;
        };
        for node in sums_of(indicator) {
            let sum = sums.entry(node.clone()).or_insert_with(|| {
                let loaded = view.get(&given_sum_key(of, Some(&node))).and_then(ScoringState::as_given_sum);
                loaded.cloned().unwrap_or_else(|| GivenSum::of_nothing(node))
            });
            for by in SCORERS {
                let Some(GivenScore { score, .. }) = given.by(by) else { continue };
                if comes {
                    sum.by_mut(by).add(*score);
                } else {
                    sum.by_mut(by).take_off(*score);
                }
            }
        }
    }
    if sums.is_empty() {
        return None;
    }
    Some(changed(of, sums.into_values().collect()))
}

/// The sums of given scores from the scores alone, where an evaluation was computed from nothing; `None` where they are
/// what they were. All of the fund is loaded then.
pub(super) fn recount(
    states: &States<'_, ScoringState>,
    view: &View<'_>,
    of: &Evaluated,
) -> Option<ScoringEvent> {
    let (scores, sums) = (rows("given", of), rows("given-sum", of));
    let mut counted: BTreeMap<NodeId, GivenSum> = BTreeMap::new();
    for (key, state) in states.prefix(&scores) {
        let indicator = key.strip_prefix(&scores).and_then(|id| id.parse::<IndicatorId>().ok());
        let (Some(indicator), Some(given)) = (indicator, state.as_given()) else { continue };
        if view.get(&indicator_key(of, &indicator)).is_none() {
            continue;
        }
        for node in sums_of(&indicator) {
            let sum = counted.entry(node.clone()).or_insert_with(|| GivenSum::of_nothing(node));
            for by in SCORERS {
                if let Some(given) = given.by(by) {
                    sum.by_mut(by).add(given.score);
                }
            }
        }
    }
    let before: BTreeMap<NodeId, &GivenSum> = states
        .prefix(&sums)
        .filter_map(|(_, state)| state.as_given_sum())
        .map(|sum| (sum.node.clone(), sum))
        .collect();
    let gone = before.keys().filter(|node| !counted.contains_key(*node)).cloned().map(GivenSum::of_nothing);
    let mut changed: Vec<GivenSum> = gone.collect();
    changed.extend(counted.into_values().filter(|sum| before.get(&sum.node) != Some(&sum)));
    (!changed.is_empty()).then(|| self::changed(of, changed))
}

fn changed(of: &Evaluated, sums: Vec<GivenSum>) -> ScoringEvent {
    let Evaluated { fund, project } = of.clone();
    ScoringEvent::GivenSumsChanged(GivenSumsChanged { fund, project, sums })
}

/// The keys of a recorded score.
pub(super) fn recorded_keys(recorded: &ScoreRecorded) -> Vec<String> {
    let ScoreRecorded { fund, project, indicator, sums, .. } = recorded;
    let of = &Evaluated::new(fund, project.as_ref());
    std::iter::once(given_key(of, indicator)).chain(sum_keys(of, sums)).collect()
}

/// The keys of sums.
pub(super) fn sum_keys(of: &Evaluated, sums: &[GivenSum]) -> Vec<String> {
    sums.iter().map(|sum| given_sum_key(of, Some(&sum.node))).collect()
}

/// Folds a recorded score into its row or into one of its sums.
pub(super) fn fold(key: &str, state: &mut Option<ScoringState>, recorded: &ScoreRecorded, event: Cited) {
    if key.starts_with("given-sum/") {
        fold_sums(key, state, &recorded.sums);
        return;
    }
    let ScoreRecorded { by, author, score, reason, on, .. } = recorded;
    let mut given: GivenScores = state.as_ref().and_then(ScoringState::as_given).cloned().unwrap_or_default();
    let (author, reason) = (author.clone(), reason.clone());
    given.put(*by, GivenScore { score: *score, author, reason, on: *on, event });
    *state = Some(ScoringState::Given(given));
}

/// Folds sums into the one under a key. One of nothing has no row.
pub(super) fn fold_sums(key: &str, state: &mut Option<ScoringState>, sums: &[GivenSum]) {
    let node = key.rsplit('/').next();
    if let Some(sum) = sums.iter().find(|sum| Some(sum.node.as_str()) == node) {
        *state = Some(sum.clone()).filter(|sum| !sum.is_nothing()).map(ScoringState::GivenSum);
    }
}
