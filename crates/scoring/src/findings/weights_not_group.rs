//! A group whose parts do not make up its weight.

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::scheme::NodeBody;
use jixiao_events::{NodeId, Number};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::TOTAL;

pub(super) const CHECK: Check = Check {
    code: "weights_not_group",
    severity: Severity::Error,
    title: Text { zh: "权重之和不等于上级权重", en: "Weights that do not make up their group" },
    rule: Text {
        zh: "下级权重之和等于上级权重；不足的分值谁也得不到，超出的分值没有来源。",
        en: "The weights below a group add up to its own. What they do not fill nobody can earn; what they fill beyond it nobody gave.",
    },
    example: Text {
        zh: "绩效目标类指标权重 60 分，下级为 7 + 43 = 50 分。",
        en: "A group of 60 points is divided into 7 + 43.",
    },
    message: Text {
        zh: "“{name}”权重 {weight} 分，下级权重 {parts} = {filled} 分，相差 {difference} 分",
        en: "\"{name}\" has {weight} points, its parts {parts} = {filled} differ by {difference}",
    },
    looks: Looks::Fund(find),
};

fn find(case: &Case<'_>) -> Vec<Found> {
    let scheme = case.scheme;
    let total = TOTAL.parse().ok().and_then(|total: NodeId| {
        let name = scheme.name.zh.as_str();
        of_group(case, &total, name, scheme.total.value)
    });
    let groups = scheme.nodes.iter().filter_map(|node| match &node.body {
        NodeBody::Group { .. } => of_group(case, &node.node, &node.name.zh, node.weight.value),
        NodeBody::EachTarget { .. } => of_targets(case, &node.node, &node.name.zh, node.weight.value),
        NodeBody::Indicator { .. } => None,
    });
    total.into_iter().chain(groups).collect()
}

/// What the scheme divides a group into. The event behind it is the one that opened the evaluation.
fn of_group(case: &Case<'_>, group: &NodeId, name: &str, weight: Number) -> Option<Found> {
    let parent = Some(group).filter(|group| group.as_str() != TOTAL);
    let children = case.scheme.nodes.iter().filter(|node| node.node.parent().as_ref() == parent);
    let weights: Vec<Number> = children.map(|node| node.weight.value).collect();
    let filled = weights.iter().fold(Number::ZERO, |sum, weight| sum + *weight);
    let parts = weights.iter().map(Number::to_string).collect::<Vec<_>>().join(" + ");
    found(group, name, weight, filled, &parts)
}

/// What the targets of a level fill. While none is set there is nothing to blame.
fn of_targets(case: &Case<'_>, node: &NodeId, name: &str, weight: Number) -> Option<Found> {
    let sum = case.sum(node.as_str()).filter(|sum| sum.indicators > 0)?;
    found(node, name, weight, sum.filled_weight, &format!("{} 个目标", sum.indicators))
}

fn found(node: &NodeId, name: &str, weight: Number, filled: Number, parts: &str) -> Option<Found> {
    (filled != weight).then(|| {
        Found::new(Subject::Node { node: node.clone() })
            .figure("name", &name)
            .figure("weight", &weight)
            .figure("parts", &parts)
            .figure("filled", &filled)
            .figure("difference", &(weight + -filled))
            .by(Evidence::Node { node: node.clone() })
    })
}
