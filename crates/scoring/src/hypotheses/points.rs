//! Differences of points and of numbers of targets.

use std::collections::BTreeMap;

use jixiao_events::scheme::{Node, NodeBody, Scheme};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus};
use jixiao_events::{NodeId, Number};

use super::{Facts, Kind, Row, Said, Trial, parts};
use crate::claims::exact::Exact;
use crate::domain::state::TOTAL;

/// What groups leave of their weights, and what their scores differ from them by. What the parts of `own` leave is no
/// explanation of what they leave.
pub(super) fn weights(trial: &mut Trial<'_>, facts: &Facts<'_>, own: Option<&NodeId>) {
    let Some(scheme) = facts.figures.scheme.as_deref() else { return };
    for group in scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::Group { .. })) {
        let node = &group.node;
        if own != Some(node) {
            let below = below(scheme, node, |child| Some(child.weight.value)).unwrap_or_default();
            trial.value(&Exact::from(group.weight.value + -below), || Said {
                kind: Kind::UnallocatedWeight,
                about: node.to_string(),
                measure: "weight".to_owned(),
                parts: Vec::new(),
                words: [
                    format!("“{}”未分配到下级的分值（{} − {below}）", group.name.zh, group.weight.value),
                    format!(
                        "what the parts of {node} leave of its weight ({} − {below})",
                        group.weight.value
                    ),
                ],
            });
        }
        let result =
            |child: &Node| facts.rows.iter().find(|row| row.result.indicator.as_str() == child.node.as_str());
        let scores = below(scheme, node, |child| result(child)?.result.self_score);
        let weights = below(scheme, node, |child| Some(result(child)?.result.weight));
        if let Some((scores, weights)) = scores.zip(weights) {
            trial.value(&Exact::from(scores + -weights), || Said {
                kind: Kind::TransposedColumns,
                about: node.to_string(),
                measure: "self_score".to_owned(),
                parts: Vec::new(),
                words: [
                    format!("“{}”下级得分与权重两列之差（{scores} − {weights}）", group.name.zh),
                    format!("what the scores below {node} differ from the weights by ({scores} − {weights})"),
                ],
            });
        }
    }
}

/// The sum over the nodes right below a group; `None` where there is none, or one of them has no value.
fn below(scheme: &Scheme, group: &NodeId, value: impl Fn(&Node) -> Option<Number>) -> Option<Number> {
    let children = scheme.nodes.iter().filter(|node| node.node.parent().as_ref() == Some(group));
    let mut values = children.map(value).peekable();
    values.peek()?;
    values.try_fold(Number::ZERO, |sum, value| Some(sum + value?))
}

/// The points of some of the rows below a node.
pub(super) fn rows(trial: &mut Trial<'_>, facts: &Facts<'_>, node: &str) {
    let is_below = |row: &&Row<'_>| node == TOTAL || row.result.indicator.is_within(node);
    let rows: Vec<&Row<'_>> = facts.rows.iter().filter(is_below).collect();
    let filed = |row: &IndicatorResult| row.self_score.unwrap_or_default();
    by(trial, &rows, "weight", &["目标的权重合计", "weights"], |row| row.weight);
    by(trial, &rows, "self_score", &["目标的自评分合计", "self-scores"], filed);
    by(trial, &rows, "lost", &["目标的失分合计", "points lost"], |row| row.weight + -filed(row));
}

/// The numbers of some of the targets.
pub(super) fn targets(trial: &mut Trial<'_>, facts: &Facts<'_>) {
    let rows: Vec<&Row<'_>> = facts.rows.iter().collect();
    let one = |is: bool| if is { Number::ONE } else { Number::ZERO };
    let is_full = |row: &IndicatorResult| row.self_score.is_some_and(|score| score >= row.weight);
    by(trial, &rows, "rows", &["目标", "targets"], |_| Number::ONE);
    by(trial, &rows, "met", &["目标（均已完成）", "targets met"], |row| {
        one(row.status == IndicatorStatus::Met)
    });
    by(trial, &rows, "full", &["目标（均得满分）", "targets scored in full"], |row| {
        one(is_full(row))
    });
}

fn by(
    trial: &mut Trial<'_>,
    rows: &[&Row<'_>],
    measure: &str,
    words: &[&str; 2],
    value: impl Fn(&IndicatorResult) -> Number,
) {
    let mut subsets: BTreeMap<String, Vec<(&str, Exact)>> = BTreeMap::new();
    for row in rows {
        // The targets of a level are the rows right below its node.
        let level = row.result.indicator.group().filter(|_| row.result.input("target").is_some());
        let of_project = row.project.into_iter().flat_map(|project| parts(project.facts));
        for part in of_project.chain(level.map(|level| level.to_string())) {
            let member = (row.result.indicator.as_str(), Exact::from(value(row.result)));
            subsets.entry(part).or_default().push(member);
        }
    }
    trial.subsets(&subsets, 1, measure, words);
}
