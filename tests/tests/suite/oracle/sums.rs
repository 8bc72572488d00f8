//! How points come together, from the top down: each sum is asked for what is below it.

use std::collections::BTreeMap;

use jixiao_events::scheme::{Combine, Node, NodeBody, Outside, Scheme};
use jixiao_events::scoring::IndicatorStatus;

use super::evaluator::{Line, Sum};
use super::ratio::Ratio;

/// Decimals of a share of points.
const EXACT: u32 = 12;

/// What a node or an indicator gives to the sum above it. Its `filled` is the weight that it has there.
fn of_line(line: &Line) -> Sum {
    let is_left_out = line.status == IndicatorStatus::NotApplicable;
    let one_if = u32::from;
    Sum {
        filled: if is_left_out { Ratio::ZERO } else { line.weight },
        left_out: if is_left_out { line.weight } else { Ratio::ZERO },
        score: line.score.unwrap_or_default(),
        self_score: if is_left_out { Ratio::ZERO } else { line.self_score.unwrap_or_default() },
        indicators: 1,
        not_scored: one_if(!is_left_out && line.score.is_none()),
        self_missing: one_if(!is_left_out && line.self_score.is_none()),
        met: one_if(line.status == IndicatorStatus::Met),
        self_full: one_if(line.self_score.is_some_and(|score| score >= line.weight)),
    }
}

fn add(parts: &[Sum]) -> Sum {
    parts.iter().fold(Sum::default(), |all, part| Sum {
        filled: all.filled + part.filled,
        score: all.score + part.score,
        self_score: all.self_score + part.self_score,
        left_out: all.left_out + part.left_out,
        indicators: all.indicators + part.indicators,
        not_scored: all.not_scored + part.not_scored,
        self_missing: all.self_missing + part.self_missing,
        met: all.met + part.met,
        self_full: all.self_full + part.self_full,
    })
}

/// A whole times the share that some points are of those that can be had.
fn share(whole: Ratio, points: Ratio, of: Ratio) -> Ratio {
    if of > Ratio::ZERO { (whole * points).over(of).unwrap().rounded(EXACT) } else { Ratio::ZERO }
}

fn scaled(all: Sum, whole: Ratio, of: Ratio) -> Sum {
    Sum {
        filled: share(whole, all.filled, of),
        score: share(whole, all.score, of),
        self_score: share(whole, all.self_score, of),
        ..all
    }
}

/// The sum of a node as it stands, and what it gives to the sum above.
fn brought_together(weight: Ratio, combine: &Combine, parts: &[(String, Sum)]) -> (Sum, Sum) {
    let all = add(&parts.iter().map(|(_, part)| *part).collect::<Vec<_>>());
    let nothing_left = |is_so: bool| if is_so { weight } else { Ratio::ZERO };
    if combine.best_of.as_ref().is_some_and(|best_of| best_of.value) {
        // The most points, of those that are applicable, and rather of those that are all scored; the first of equal ones.
        let mut applicable: Vec<_> = parts.iter().filter(|(_, part)| part.filled != Ratio::ZERO).collect();
        applicable.sort_by(|(path, part), (other_path, other)| {
            let rank = |part: &Sum| (part.not_scored > 0, -part.score);
            rank(part).cmp(&rank(other)).then_with(|| path.cmp(other_path))
        });
        let Some((_, best)) = applicable.first() else {
            let sum = Sum { filled: Ratio::ZERO, score: Ratio::ZERO, self_score: Ratio::ZERO, ..all };
            let left_out = nothing_left(all.left_out != Ratio::ZERO);
            return (sum, Sum { left_out, ..sum });
        };
        let Sum { filled, score, self_score, not_scored, self_missing, .. } = *best;
        let sum = Sum { filled, score, self_score, not_scored, self_missing, ..all };
        return (sum, Sum { left_out: Ratio::ZERO, ..sum });
    }
    let out_of = combine.out_of.as_ref().map_or(weight, |out_of| out_of.value.into());
    if combine.redistribute.as_ref().is_some_and(|redistribute| redistribute.value) {
        let sum = scaled(all, weight, out_of - all.left_out);
        let is_empty = all.left_out != Ratio::ZERO && all.left_out >= out_of;
        return (sum, Sum { left_out: nothing_left(is_empty), ..sum });
    }
    if combine.out_of.is_some() {
        let sum = scaled(all, weight, out_of);
        return (sum, Sum { left_out: share(weight, all.left_out, out_of), ..sum });
    }
    (all, all)
}

/// What a node gives to the sum above, its own sum and those below noted.
fn of_node(
    scheme: &Scheme,
    node: &Node,
    lines: &BTreeMap<String, Line>,
    sums: &mut BTreeMap<String, Sum>,
) -> Sum {
    let path = node.node.to_string();
    let is_below = |other: &str| other.rsplit_once('.').is_some_and(|(parent, _)| parent == path);
    let weight = Ratio::from(node.weight.value);
    let (sum, given) = match &node.body {
        NodeBody::Indicator { .. } => return of_line(&lines[&path]),
        NodeBody::EachTarget { combine, .. } => {
            let of_targets = lines.iter().filter(|(other, _)| is_below(other));
            let parts: Vec<_> = of_targets.map(|(other, line)| (other.clone(), of_line(line))).collect();
            brought_together(weight, combine, &parts)
        }
        NodeBody::Group { combine, .. } => {
            let below: Vec<&Node> =
                scheme.nodes.iter().filter(|other| is_below(other.node.as_str())).collect();
            let mut part = |other: &Node| (other.node.to_string(), of_node(scheme, other, lines, sums));
            let parts: Vec<_> =
                below.into_iter().map(&mut part).filter(|(_, part)| part.indicators > 0).collect();
            brought_together(weight, combine, &parts)
        }
    };
    let (sum, given) = match node.outside.as_ref().map(|outside| outside.value) {
        None => (sum, given),
        Some(outside) => {
            let limited = |points: Ratio| match outside {
                Outside::Bonus => points.min(weight),
                Outside::Penalty => points.max(-weight),
            };
            let sum = Sum { score: limited(sum.score), self_score: limited(sum.self_score), ..sum };
            (sum, sum)
        }
    };
    sums.insert(path, sum);
    given
}

/// The sum of everything, each sum noted.
pub fn total(scheme: &Scheme, lines: &BTreeMap<String, Line>, sums: &mut BTreeMap<String, Sum>) -> Sum {
    let top = scheme.nodes.iter().filter(|node| !node.node.as_str().contains('.'));
    let (mut inside, mut outside) = (Vec::new(), Vec::new());
    for node in top {
        let part = of_node(scheme, node, lines, sums);
        if node.outside.is_some() {
            // Points beyond the total have no weight in it.
            outside.push(Sum { filled: Ratio::ZERO, left_out: Ratio::ZERO, ..part });
        } else {
            inside.push(part);
        }
    }
    let mut total = add(&inside);
    if scheme.redistribute.as_ref().is_some_and(|redistribute| redistribute.value) {
        let whole = Ratio::from(scheme.total.value);
        total = scaled(total, whole, whole - total.left_out);
    }
    let mut total = add(&[vec![total], outside].concat());
    total.score = total.score.max(Ratio::ZERO);
    if scheme.redistribute.is_some() || scheme.nodes.iter().any(|node| node.outside.is_some()) {
        total.self_score = total.self_score.max(Ratio::ZERO);
    }
    sums.insert("total".to_owned(), total);
    total
}
