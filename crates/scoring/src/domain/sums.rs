//! The sums of an evaluation, from the bottom up.
//!
//! Each sum node holds what its parts come to and gives its own part to the node above. When an indicator changes, the
//! nodes above it move by the difference of what was below them: what a node gives on is a function of its own row alone,
//! so that a change costs the depth of the tree, whatever its breadth.
//!
//! | node | gives on |
//! | --- | --- |
//! | plain | what is below it |
//! | filled by other points than its weight, or with what is not applicable going to the rest | its weight × below / what can be had |
//! | best of | the part with the most points |
//! | bonus, penalty | its points, at most its weight, and no weight; a total that is filled in proportion leaves them as they are |

use std::collections::BTreeMap;

use jixiao_events::scheme::{Combine, Node, NodeBody, Outside, Scheme};
use jixiao_events::scoring::{Below, Contribution, IndicatorResult, IndicatorStatus, SumResult};
use jixiao_events::{NodeId, Number};

use super::evaluate::{Slot, total};
use super::state::TOTAL;
use crate::rules::EXACT_DECIMALS;

/// Sums as they move.
pub(super) struct Sums<'s> {
    scheme: &'s Scheme,
    stored: &'s dyn Fn(&NodeId) -> Option<&'s SumResult>,
    rows: BTreeMap<NodeId, SumResult>,
}

/// What a node or an indicator gives to the sum above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Part {
    weight: Number,
    self_score: Number,
    score: Number,
    not_applicable: Number,
    indicators: u32,
    self_missing: u32,
    not_scored: u32,
    met: u32,
    self_full: u32,
}

impl<'s> Sums<'s> {
    /// Nothing moved yet; `stored` gives a sum as it is.
    pub(super) fn new(scheme: &'s Scheme, stored: &'s dyn Fn(&NodeId) -> Option<&'s SumResult>) -> Self {
        Self { scheme, stored, rows: BTreeMap::new() }
    }

    /// Has a row for every sum, moved or not.
    pub(super) fn all(&mut self) {
        let groups = self.scheme.nodes.iter().filter(|node| !matches!(node.body, NodeBody::Indicator { .. }));
        for node in groups.map(|node| node.node.clone()).chain(total()) {
            self.row(&node);
        }
    }

    /// Says what grade is left by the points of everything; nothing where the scheme has no overrides.
    pub(super) fn grade(&mut self, best_grade: impl Fn(Number) -> Option<String>) {
        if let Some(node) = total().filter(|_| !self.scheme.overrides.is_empty()) {
            let row = self.row(&node);
            row.best_grade = best_grade(row.score);
        }
    }

    /// The rows that were looked at.
    pub(super) fn into_rows(self) -> impl Iterator<Item = SumResult> {
        self.rows.into_values()
    }

    /// Moves the sums above a place by what its indicator was and is.
    pub(super) fn moved(
        &mut self,
        slot: &Slot<'_>,
        old: Option<&IndicatorResult>,
        new: Option<&IndicatorResult>,
    ) {
        let mut path = slot.indicator().to_string();
        // What stands at the top, outside the total, has no weight there.
        let is_outside = matches!(slot, Slot::Node(node) if node.outside.is_some());
        let part = |result| {
            let part = Part::of(result);
            if is_outside {
                Part { weight: Number::ZERO, not_applicable: Number::ZERO, ..part }
            } else {
                part
            }
        };
        let (mut before, mut after) = (old.map(part), new.map(part));
        for node in slot.sums() {
            let scheme = self.scheme;
            let row = self.row(&node);
            let (was, is_new) = (given(scheme, row), row.indicators == 0);
            put(scheme, row, &path, before.as_ref(), after.as_ref());
            before = Some(was).filter(|_| !is_new);
            after = Some(given(scheme, row)).filter(|_| row.indicators > 0);
            path = node.to_string();
        }
    }

    fn row(&mut self, node: &NodeId) -> &mut SumResult {
        let (scheme, stored) = (self.scheme, self.stored);
        self.rows
            .entry(node.clone())
            .or_insert_with(|| stored(node).cloned().unwrap_or_else(|| empty(scheme, node)))
    }
}

/// A sum of nothing yet.
fn empty(scheme: &Scheme, node: &NodeId) -> SumResult {
    let weight = scheme.node(node).map_or(scheme.total.value, |node| node.weight.value);
    SumResult {
        node: node.clone(),
        weight,
        filled_weight: Number::ZERO,
        self_score: Number::ZERO,
        self_missing: 0,
        score: Number::ZERO,
        not_scored: 0,
        indicators: 0,
        met: 0,
        self_full: 0,
        not_applicable: None,
        best_grade: None,
        below: None,
    }
}

/// How a sum comes together.
enum How {
    /// The points below it, and nothing else.
    Plain,
    /// In proportion: of so many points that can be had, and whether what is not applicable goes to the rest.
    Scaled { out_of: Number, redistributes: bool },
    /// The best alone.
    BestOf,
    /// Outside the total.
    Outside(Outside),
    /// The total of a scheme with points outside of it, never below zero.
    Total { redistributes: bool },
}

fn how(scheme: &Scheme, row: &SumResult) -> How {
    let Some(node) = scheme.node(&row.node).filter(|_| row.node.as_str() != TOTAL) else {
        let redistributes = scheme.redistribute.as_ref().is_some_and(|redistribute| redistribute.value);
        let is_plain = !redistributes && scheme.nodes.iter().all(|node| node.outside.is_none());
        return if is_plain { How::Plain } else { How::Total { redistributes } };
    };
    if let Some(outside) = &node.outside {
        return How::Outside(outside.value);
    }
    let combine = match &node.body {
        NodeBody::Group { combine, .. } | NodeBody::EachTarget { combine, .. } => combine,
        NodeBody::Indicator { .. } => return How::Plain,
    };
    of_combine(node, combine)
}

fn of_combine(node: &Node, combine: &Combine) -> How {
    if combine.is_plain() {
        return How::Plain;
    }
    if combine.is_best_of() {
        return How::BestOf;
    }
    let out_of = combine.out_of.as_ref().map_or(node.weight.value, |out_of| out_of.value);
    How::Scaled { out_of, redistributes: combine.redistributes() }
}

/// Puts a part in the place of another, and brings the sum together anew.
fn put(scheme: &Scheme, row: &mut SumResult, path: &str, before: Option<&Part>, after: Option<&Part>) {
    let (was, is) = (before.copied().unwrap_or_default(), after.copied().unwrap_or_default());
    let count = |all: u32, was: u32, is: u32| all.saturating_sub(was).saturating_add(is);
    row.indicators = count(row.indicators, was.indicators, is.indicators);
    row.self_missing = count(row.self_missing, was.self_missing, is.self_missing);
    row.not_scored = count(row.not_scored, was.not_scored, is.not_scored);
    row.met = count(row.met, was.met, is.met);
    row.self_full = count(row.self_full, was.self_full, is.self_full);
    let left_out = row.not_applicable.unwrap_or_default() - was.not_applicable + is.not_applicable;
    row.not_applicable = Some(left_out).filter(|left_out| !left_out.is_zero());
    let how = how(scheme, row);
    if matches!(how, How::Plain) {
        row.filled_weight = row.filled_weight - was.weight + is.weight;
        row.self_score = row.self_score - was.self_score + is.self_score;
        row.score = row.score - was.score + is.score;
        return;
    }
    let below = row.below.get_or_insert_default();
    below.weight = below.weight - was.weight + is.weight;
    below.self_score = below.self_score - was.self_score + is.self_score;
    below.score = below.score - was.score + is.score;
    if stands_apart(scheme, &how, path) {
        below.of.retain(|part| part.path != path);
        below.of.extend(after.map(|part| part.contribution(path)));
        below.of.sort_by(|one, other| one.path.cmp(&other.path));
    }
    (row.filled_weight, row.self_score, row.score) = together(&how, row.weight, left_out, below);
    if let (How::BestOf, Some(best)) = (&how, best(below)) {
        (row.self_missing, row.not_scored) = (best.self_missing, best.not_scored);
    }
    // A sum of nothing any more is as one of nothing yet.
    row.below = row.below.take().filter(|_| row.indicators > 0);
}

/// Whether what a part gives is kept beside the sum of all parts: alternatives, and points outside of a total of which the
/// rest is brought into proportion.
fn stands_apart(scheme: &Scheme, how: &How, path: &str) -> bool {
    match how {
        How::BestOf => true,
        How::Total { redistributes: true } => {
            scheme.nodes.iter().any(|node| node.node.as_str() == path && node.outside.is_some())
        }
        How::Plain | How::Scaled { .. } | How::Outside(_) | How::Total { redistributes: false } => false,
    }
}

/// Weight, self-score and points of a sum from what is below it.
fn together(how: &How, weight: Number, left_out: Number, below: &Below) -> (Number, Number, Number) {
    let all = (below.weight, below.self_score, below.score);
    let scaled = |by: Number| (share(all.0, weight, by), share(all.1, weight, by), share(all.2, weight, by));
    match how {
        How::Plain => all,
        How::Scaled { out_of, redistributes } => {
            scaled(if *redistributes { *out_of - left_out } else { *out_of })
        }
        How::BestOf => {
            best(below).map_or_else(Default::default, |best| (best.weight, best.self_score, best.score))
        }
        How::Outside(Outside::Bonus) => (below.weight, below.self_score.min(weight), below.score.min(weight)),
        How::Outside(Outside::Penalty) => {
            (below.weight, below.self_score.max(-weight), below.score.max(-weight))
        }
        How::Total { redistributes: false } => (all.0, all.1.max(Number::ZERO), all.2.max(Number::ZERO)),
        How::Total { redistributes: true } => {
            let outside = |points: fn(&Contribution) -> Number| below.of.iter().map(points).sum::<Number>();
            let (self_score, score) = (outside(|part| part.self_score), outside(|part| part.score));
            let by = weight - left_out;
            let inside = |all: Number, outside: Number| share(all - outside, weight, by) + outside;
            let (self_score, score) = (inside(all.1, self_score), inside(all.2, score));
            (share(all.0, weight, by), self_score.max(Number::ZERO), score.max(Number::ZERO))
        }
    }
}

/// weight × points / what can be had: the product first, one division. Nothing where nothing can be had.
fn share(points: Number, weight: Number, of: Number) -> Number {
    let shared = if of > Number::ZERO {
        points.checked_mul(weight).and_then(|product| product.checked_div(of))
    } else {
        None
    };
    shared.unwrap_or_default().round_half_up(EXACT_DECIMALS)
}

/// The part that counts of several: the one with the most points of those that have any, the first of equal ones.
fn best(below: &Below) -> Option<&Contribution> {
    let rank = |part: &&Contribution| (!part.weight.is_zero(), part.not_scored == 0, part.score);
    below.of.iter().rev().max_by_key(rank).filter(|best| !best.weight.is_zero())
}

/// What a sum gives to the one above it.
fn given(scheme: &Scheme, row: &SumResult) -> Part {
    let how = how(scheme, row);
    let left_out = row.not_applicable.unwrap_or_default();
    let (weight, not_applicable) = match how {
        How::Plain | How::Total { .. } => (row.filled_weight, left_out),
        How::Scaled { out_of, redistributes: false } => {
            (row.filled_weight, share(left_out, row.weight, out_of))
        }
        // What is left fills the whole weight; where nothing is left, all of it is not applicable.
        How::Scaled { out_of, redistributes: true } => {
            let is_empty = !left_out.is_zero() && out_of <= left_out;
            (row.filled_weight, if is_empty { row.weight } else { Number::ZERO })
        }
        How::BestOf => {
            let is_empty = row.filled_weight.is_zero() && !left_out.is_zero();
            (row.filled_weight, if is_empty { row.weight } else { Number::ZERO })
        }
        How::Outside(_) => (Number::ZERO, Number::ZERO),
    };
    Part {
        weight,
        self_score: row.self_score,
        score: row.score,
        not_applicable,
        indicators: row.indicators,
        self_missing: row.self_missing,
        not_scored: row.not_scored,
        met: row.met,
        self_full: row.self_full,
    }
}

impl Part {
    /// Of an indicator.
    fn of(result: &IndicatorResult) -> Self {
        let count = u32::from;
        let is_left_out = result.status == IndicatorStatus::NotApplicable;
        let weight = summand(result.weight);
        Self {
            weight: if is_left_out { Number::ZERO } else { weight },
            self_score: if is_left_out {
                Number::ZERO
            } else {
                summand(result.self_score.unwrap_or_default())
            },
            score: summand(result.score.unwrap_or_default()),
            not_applicable: if is_left_out { weight } else { Number::ZERO },
            indicators: 1,
            self_missing: count(!is_left_out && result.self_score.is_none()),
            not_scored: count(!is_left_out && result.score.is_none()),
            met: count(result.status == IndicatorStatus::Met),
            self_full: count(result.self_score.is_some_and(|score| score >= result.weight)),
        }
    }

    fn contribution(&self, path: &str) -> Contribution {
        let Self { weight, self_score, score, self_missing, not_scored, .. } = *self;
        Contribution { path: path.to_owned(), weight, self_score, score, self_missing, not_scored }
    }
}

/// A value as it enters a sum. 28 digits hold a decimal, not always a sum of decimals, and a sum that rounds depends on
/// the order of what is added; so each enters with at most 12 decimals and at most a billion, which no real point
/// reaches, and all sums of up to 10^7 of them are exact.
fn summand(value: Number) -> Number {
    let limit = Number::from(1_000_000_000_i64);
    value.round_half_up(EXACT_DECIMALS).min(limit).max(-limit)
}
