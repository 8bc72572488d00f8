//! What a command changes in an evaluation: indicators, and the sums that they are part of.
//!
//! A sum moves by the difference between an indicator's old and new result, so that a change costs what depends on it,
//! whatever the size of the fund.

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Cause, EvaluationChange, IndicatorResult, ScoringEvent, Standing, SumResult};
use jixiao_events::{Evaluated, IndicatorId, NodeId};
use serde::Serialize;

use super::evaluate::{Slot, View, compute};
use super::overrides;
use super::state::{Evaluation, ScoringState, indicator_key, sum_key};
use super::sums::Sums;

/// The most bytes of results in one event, below the log's limit of 256 KiB with room for the rest of the event.
const MAX_BYTES: usize = 200 * 1024;

/// What changed, before it is packed into events.
#[derive(Debug, Default)]
struct Changes {
    indicators: Vec<(IndicatorResult, Option<Standing>)>,
    removed: Vec<(IndicatorId, Option<Standing>)>,
    sums: Vec<SumResult>,
    removed_sums: Vec<NodeId>,
    indicators_touched: u32,
    sums_touched: u32,
}

/// Computes some indicators anew and moves their sums by what changed.
pub fn revise(
    view: &View<'_>,
    of: &Evaluated,
    evaluation: &Evaluation,
    scheme: &Scheme,
    slots: &[Slot<'_>],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut changes = Changes::default();
    let mut touched_sums = BTreeSet::new();
    let stored =
        |node: &NodeId| view.get(&sum_key(of, Some(node))).and_then(ScoringState::as_sum).map(Arc::as_ref);
    let mut sums = Sums::new(scheme, &stored);
    for slot in slots {
        let indicator = slot.indicator();
        let old =
            view.get(&indicator_key(of, &indicator)).and_then(ScoringState::as_indicator).map(Arc::as_ref);
        let new = compute(view, of, scheme, slot);
        if old.is_none() && new.is_none() {
            continue;
        }
        changes.indicators_touched += 1;
        touched_sums.extend(slot.sums());
        if old == new.as_ref() {
            continue;
        }
        sums.moved(slot, old, new.as_ref());
        match new {
            Some(new) => changes.indicators.push((new, old.map(stood))),
            None => changes.removed.push((indicator, old.map(stood))),
        }
    }
    sums.grade(|total| overrides::best_grade(view, of, scheme, total));
    changes.sums_touched = u32::try_from(touched_sums.len()).unwrap_or(u32::MAX);
    changes.sums = sums.into_rows().filter(|sum| stored(&sum.node).is_none_or(|old| old != sum)).collect();
    changes.pack(of, evaluation, cause)
}

/// Computes a whole evaluation, for one that is opened, gets another scheme or lost facts. `old` is what was there
/// before.
pub fn compute_all<'o>(
    view: &View<'_>,
    of: &Evaluated,
    evaluation: &Evaluation,
    scheme: &Scheme,
    slots: &[Slot<'_>],
    old: impl Iterator<Item = &'o ScoringState>,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut changes = Changes::default();
    let mut old_indicators = BTreeSet::new();
    let mut old_sums = BTreeSet::new();
    for state in old {
        match state {
            ScoringState::Indicator(result) => drop(old_indicators.insert(result.indicator.clone())),
            ScoringState::Sum(sum) => drop(old_sums.insert(sum.node.clone())),
            _ => {}
        }
    }
    let mut sums = Sums::new(scheme, &|_| None);
    sums.all();
    for slot in slots {
        let Some(new) = compute(view, of, scheme, slot) else {
            continue;
        };
        changes.indicators_touched += 1;
        sums.moved(slot, None, Some(&new));
        old_indicators.remove(&new.indicator);
        let before = view.get(&indicator_key(of, &new.indicator)).and_then(ScoringState::as_indicator);
        if before.is_none_or(|before| **before != new) {
            let before = before.map(|before| stood(before));
            changes.indicators.push((new, before));
        }
    }
    let stood_before = |indicator: IndicatorId| {
        let before = view.get(&indicator_key(of, &indicator)).and_then(ScoringState::as_indicator);
        let before = before.map(|before| stood(before));
        (indicator, before)
    };
    changes.removed = old_indicators.into_iter().map(stood_before).collect();
    sums.grade(|total| overrides::best_grade(view, of, scheme, total));
    let rows: Vec<_> = sums.into_rows().collect();
    changes.sums_touched = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    changes.removed_sums =
        old_sums.into_iter().filter(|node| !rows.iter().any(|sum| sum.node == *node)).collect();
    changes.sums = rows
        .into_iter()
        .filter(|sum| {
            let before = view.get(&sum_key(of, Some(&sum.node))).and_then(ScoringState::as_sum);
            before.is_none_or(|before| before.as_ref() != sum)
        })
        .collect();
    changes.pack(of, evaluation, cause)
}

impl Changes {
    /// As events of bounded size: none where nothing changed, one for nearly all causes, more for large ones. What was
    /// touched is counted in the first.
    fn pack(self, of: &Evaluated, evaluation: &Evaluation, cause: &Cause) -> Vec<ScoringEvent> {
        let empty = || EvaluationChange {
            fund: of.fund.clone(),
            project: of.project.clone(),
            scheme: evaluation.scheme.clone(),
            version: evaluation.version,
            cause: cause.clone(),
            indicators: Vec::new(),
            before: Vec::new(),
            removed: Vec::new(),
            sums: Vec::new(),
            removed_sums: Vec::new(),
            indicators_touched: 0,
            sums_touched: 0,
        };
        let mut parts = Parts { done: Vec::new(), open: empty(), bytes: 0, items: 0, empty };
        for (result, before) in self.indicators {
            let part = parts.room_for(bytes(&result) + before.as_ref().map_or(0, bytes));
            part.indicators.push(result);
            part.before.extend(before);
        }
        for (indicator, before) in self.removed {
            let part = parts.room_for(bytes(&indicator) + before.as_ref().map_or(0, bytes));
            part.removed.push(indicator);
            part.before.extend(before);
        }
        for sum in self.sums {
            parts.room_for(bytes(&sum)).sums.push(sum);
        }
        for node in self.removed_sums {
            parts.room_for(bytes(&node)).removed_sums.push(node);
        }
        let mut changes = parts.finish();
        if let Some(first) = changes.first_mut() {
            first.indicators_touched = self.indicators_touched;
            first.sums_touched = self.sums_touched;
        }
        changes.into_iter().map(ScoringEvent::EvaluationChanged).collect()
    }
}

/// Changes as they fill up.
struct Parts<F> {
    done: Vec<EvaluationChange>,
    open: EvaluationChange,
    bytes: usize,
    items: usize,
    empty: F,
}

impl<F: Fn() -> EvaluationChange> Parts<F> {
    /// The part that one more item of a size goes into.
    fn room_for(&mut self, bytes: usize) -> &mut EvaluationChange {
        if self.items > 0 && self.bytes + bytes > MAX_BYTES {
            self.done.push(std::mem::replace(&mut self.open, (self.empty)()));
            self.bytes = 0;
            self.items = 0;
        }
        self.bytes += bytes;
        self.items += 1;
        &mut self.open
    }

    fn finish(mut self) -> Vec<EvaluationChange> {
        if self.items > 0 {
            self.done.push(self.open);
        }
        self.done
    }
}

/// The size of an item as stored, with its comma.
fn bytes(item: &impl Serialize) -> usize {
    serde_json::to_string(item).map_or(MAX_BYTES, |text| text.len() + 1)
}

/// How an indicator stands by its result.
pub(crate) fn stood(result: &IndicatorResult) -> Standing {
    Standing {
        indicator: result.indicator.clone(),
        weight: result.weight,
        self_score: result.self_score,
        score: result.score,
        status: result.status,
        measured: result.measured,
    }
}
