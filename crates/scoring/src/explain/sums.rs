//! How a group's points, and those of everything, come from their parts.

use jixiao_events::scheme::{Combine, Node};

use super::words::both;
use crate::rules::Words;

/// How the points below a node come together.
pub(super) fn combine_words(node: &Node, combine: &Combine) -> Vec<Words> {
    let weight = node.weight.value;
    if combine.is_best_of() {
        return vec![both("下级各项择优计分，只取得分最高的一项", "only the best of what is below counts")];
    }
    let mut all = Vec::new();
    match &combine.out_of {
        Some(out_of) => all.push(both(
            format!("得分 = 权重 {weight} × 下级得分之和 / {}", out_of.value),
            format!("the weight of {weight} × the points below / {}", out_of.value),
        )),
        None => all.push(both("得分为下级得分之和", "the sum of the points below")),
    }
    if combine.redistributes() {
        all.push(both(
            "不适用部分的分值按比例转给其余部分",
            "what is not applicable leaves its points to the rest in proportion",
        ));
    }
    all
}
