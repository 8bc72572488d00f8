//! Weights and scores of a group that fit the form once they change places.

use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scheme::{Node, NodeBody};
use jixiao_events::{IndicatorId, Number};

use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "weight_and_score_transposed",
    severity: Severity::Warning,
    title: Text { zh: "权重与得分疑似对调", en: "Weights and scores that seem transposed" },
    rule: Text {
        zh: "下级权重之和不等于本级权重，而下级得分之和恰等于本级权重，且每项得分都不低于权重：两列很可能填反。",
        en: "The weights below a group do not make it up, but the scores do, and none is below its weight: the two columns have probably changed places.",
    },
    example: Text {
        zh: "本级权重 8 分，下级权重 3 + 3、得分 4 + 4，报告称得 6 分：对调后两处均吻合。",
        en: "A group of 8 with weights 3 + 3 and scores 4 + 4, of which the report states 6 as earned: transposed, both fit.",
    },
    message: Text {
        zh: "“{name}”权重 {weight} 分，下级权重合计 {weights}、得分合计 {scores}：两列对调后吻合",
        en: "\"{name}\" has {weight} points; its weights add up to {weights}, its scores to {scores}: transposed, they fit",
    },
    looks: Looks::Fund(find),
};

fn find(case: &Case<'_>) -> Vec<Found> {
    let groups = case.scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::Group { .. }));
    groups.filter_map(|group| of_group(case, group)).collect()
}

fn of_group(case: &Case<'_>, group: &Node) -> Option<Found> {
    let children = case.scheme.nodes.iter().filter(|node| node.node.parent().as_ref() == Some(&group.node));
    let (mut weights, mut scores, mut filed) = (Number::ZERO, Number::ZERO, Vec::new());
    for child in children {
        if !matches!(child.body, NodeBody::Indicator { .. }) {
            return None;
        }
        let result = case.indicator(&IndicatorId::from(child.node.clone()))?;
        let score = result.self_score.filter(|score| *score >= result.weight)?;
        weights += result.weight;
        scores += score;
        filed.push(result);
    }
    // Where the report states what the group earned, that has to be the sum of the other column.
    let name = format!("score.{}", group.node);
    let stated: Vec<_> = case.stated().into_iter().filter(|figure| figure.quantity == name).collect();
    let fits = weights < scores
        && scores == group.weight.value
        && (stated.is_empty() || stated.iter().any(|figure| figure.value == weights));
    fits.then(|| {
        let found = Found::new(Subject::Node { node: group.node.clone() })
            .figure("name", &group.name.zh)
            .figure("weight", &group.weight.value)
            .figure("weights", &weights)
            .figure("scores", &scores);
        let found =
            stated.iter().fold(found, |found, figure| found.states("stated", "place", &figure.claim()));
        filed.into_iter().fold(found, |found, result| found.set_by(result, &["self_score"]))
    })
}
