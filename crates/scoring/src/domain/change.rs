//! What a command changes in an evaluation: indicators, and the sums that they are part of.
//!
//! A sum moves by the difference between an indicator's old and new result, so that a change costs what depends on it,
//! whatever the size of the fund.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_events::scheme::{NodeBody, Scheme};
use jixiao_events::scoring::{
    Cause, EvaluationChange, IndicatorResult, IndicatorStatus, ScoringEvent, Standing, SumResult,
};
use jixiao_events::{FundId, IndicatorId, NodeId, Number};
use serde::Serialize;

use super::evaluate::{Slot, View, compute, total};
use super::state::{Evaluation, ScoringState, indicator_key, sum_key};
use crate::rules::EXACT_DECIMALS;

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
    fund: &FundId,
    evaluation: &Evaluation,
    scheme: &Scheme,
    slots: &[Slot<'_>],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut changes = Changes::default();
    let mut touched_sums = BTreeSet::new();
    let mut sums: BTreeMap<NodeId, SumResult> = BTreeMap::new();
    for slot in slots {
        let indicator = slot.indicator();
        let old =
            view.get(&indicator_key(fund, &indicator)).and_then(ScoringState::as_indicator).map(Arc::as_ref);
        let new = compute(view, fund, scheme, slot);
        if old.is_none() && new.is_none() {
            continue;
        }
        changes.indicators_touched += 1;
        touched_sums.extend(slot.sums());
        if old == new.as_ref() {
            continue;
        }
        for node in slot.sums() {
            let sum = sums.entry(node.clone()).or_insert_with(|| {
                let loaded = view.get(&sum_key(fund, Some(&node))).and_then(ScoringState::as_sum);
                loaded.map_or_else(|| empty_sum(scheme, &node), |sum| SumResult::clone(sum))
            });
            if let Some(old) = old {
                take_off(sum, old);
            }
            if let Some(new) = &new {
                add(sum, new);
            }
        }
        match new {
            Some(new) => changes.indicators.push((new, old.map(stood))),
            None => changes.removed.push((indicator, old.map(stood))),
        }
    }
    changes.sums_touched = u32::try_from(touched_sums.len()).unwrap_or(u32::MAX);
    changes.sums = sums
        .into_values()
        .filter(|sum| {
            let old = view.get(&sum_key(fund, Some(&sum.node))).and_then(ScoringState::as_sum);
            old.is_none_or(|old| old.as_ref() != sum)
        })
        .collect();
    changes.pack(fund, evaluation, cause)
}

/// Computes a whole evaluation, for one that is opened, gets another scheme or lost facts. `old` is what was there
/// before.
pub fn compute_all<'o>(
    view: &View<'_>,
    fund: &FundId,
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
    let groups = scheme.nodes.iter().filter(|node| !matches!(node.body, NodeBody::Indicator { .. }));
    let mut sums: BTreeMap<NodeId, SumResult> = groups
        .map(|node| node.node.clone())
        .chain(total())
        .map(|node| (node.clone(), empty_sum(scheme, &node)))
        .collect();
    for slot in slots {
        let Some(new) = compute(view, fund, scheme, slot) else {
            continue;
        };
        changes.indicators_touched += 1;
        for node in slot.sums() {
            if let Some(sum) = sums.get_mut(&node) {
                add(sum, &new);
            }
        }
        old_indicators.remove(&new.indicator);
        let before = view.get(&indicator_key(fund, &new.indicator)).and_then(ScoringState::as_indicator);
        if before.is_none_or(|before| **before != new) {
            let before = before.map(|before| stood(before));
            changes.indicators.push((new, before));
        }
    }
    let stood_before = |indicator: IndicatorId| {
        let before = view.get(&indicator_key(fund, &indicator)).and_then(ScoringState::as_indicator);
        let before = before.map(|before| stood(before));
        (indicator, before)
    };
    changes.removed = old_indicators.into_iter().map(stood_before).collect();
    changes.removed_sums = old_sums.into_iter().filter(|node| !sums.contains_key(node)).collect();
    changes.sums_touched = u32::try_from(sums.len()).unwrap_or(u32::MAX);
    changes.sums = sums
        .into_values()
        .filter(|sum| {
            let before = view.get(&sum_key(fund, Some(&sum.node))).and_then(ScoringState::as_sum);
            before.is_none_or(|before| before.as_ref() != sum)
        })
        .collect();
    changes.pack(fund, evaluation, cause)
}

impl Changes {
    /// As events of bounded size: none where nothing changed, one for nearly all causes, more for large ones. What was
    /// touched is counted in the first.
    fn pack(self, fund: &FundId, evaluation: &Evaluation, cause: &Cause) -> Vec<ScoringEvent> {
        let empty = || EvaluationChange {
            fund: fund.clone(),
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

/// A sum of nothing yet.
fn empty_sum(scheme: &Scheme, node: &NodeId) -> SumResult {
    let stated = scheme.nodes.iter().find(|other| other.node == *node).map(|node| node.weight.value);
    SumResult {
        node: node.clone(),
        weight: stated.unwrap_or(scheme.total.value),
        filled_weight: Number::ZERO,
        self_score: Number::ZERO,
        self_missing: 0,
        score: Number::ZERO,
        not_scored: 0,
        indicators: 0,
        met: 0,
        self_full: 0,
    }
}

fn add(sum: &mut SumResult, result: &IndicatorResult) {
    let part = Part::of(result);
    sum.filled_weight += part.weight;
    sum.self_score += part.self_score;
    sum.score += part.score;
    sum.self_missing = sum.self_missing.saturating_add(part.self_missing);
    sum.not_scored = sum.not_scored.saturating_add(part.not_scored);
    sum.indicators = sum.indicators.saturating_add(1);
    sum.met = sum.met.saturating_add(part.met);
    sum.self_full = sum.self_full.saturating_add(part.self_full);
}

fn take_off(sum: &mut SumResult, result: &IndicatorResult) {
    let part = Part::of(result);
    sum.filled_weight += -part.weight;
    sum.self_score += -part.self_score;
    sum.score += -part.score;
    sum.self_missing = sum.self_missing.saturating_sub(part.self_missing);
    sum.not_scored = sum.not_scored.saturating_sub(part.not_scored);
    sum.indicators = sum.indicators.saturating_sub(1);
    sum.met = sum.met.saturating_sub(part.met);
    sum.self_full = sum.self_full.saturating_sub(part.self_full);
}

/// What an indicator adds to each of its sums.
struct Part {
    weight: Number,
    self_score: Number,
    score: Number,
    self_missing: u32,
    not_scored: u32,
    met: u32,
    self_full: u32,
}

impl Part {
    fn of(result: &IndicatorResult) -> Self {
        let count = u32::from;
        Self {
            weight: summand(result.weight),
            self_score: summand(result.self_score.unwrap_or_default()),
            score: summand(result.score.unwrap_or_default()),
            self_missing: count(result.self_score.is_none()),
            not_scored: count(result.score.is_none()),
            met: count(result.status == IndicatorStatus::Met),
            self_full: count(result.self_score.is_some_and(|score| score >= result.weight)),
        }
    }
}

/// A value as it enters a sum. 28 digits hold a decimal, not always a sum of decimals, and a sum that rounds depends on
/// the order of what is added; so each enters with at most 12 decimals and at most a billion, which no real point
/// reaches, and all sums of up to 10^7 of them are exact.
fn summand(value: Number) -> Number {
    let limit = Number::from(1_000_000_000_i64);
    value.round_half_up(EXACT_DECIMALS).min(limit).max(-limit)
}
