//! How an indicator stands, in words.

use jixiao_events::scheme::{Node, NodeBody, Rule};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus};

use super::Known;
use super::words::{Terms, both};
use crate::rules::Words;

/// How an indicator stands, and what it waits for.
pub(super) fn words(node: &Node, result: &IndicatorResult, known: &Known<'_>) -> Words {
    let is_manual = matches!(
        &node.body,
        NodeBody::Indicator { rule: Rule::Manual { .. }, .. }
            | NodeBody::EachTarget { rule: Rule::Manual { .. }, .. }
    );
    let weight = result.weight;
    let score = result.score.map(|score| score.to_string()).unwrap_or_default();
    match result.status {
        IndicatorStatus::Met => {
            both(format!("已达到目标：得满分 {weight} 分"), format!("met: the whole weight of {weight}"))
        }
        IndicatorStatus::Unmet => both(
            format!("未达到目标：按规则得 {score} 分（权重 {weight}）"),
            format!("not met: {score} of {weight} by the rule"),
        ),
        IndicatorStatus::Scored if result.input("manual_score").is_some() => both(
            format!("人工评定：{score} 分（权重 {weight}）"),
            format!("judged by a person: {score} of {weight}"),
        ),
        IndicatorStatus::Scored if is_manual && known.judged.coefficient.is_none() => {
            let given = result.self_score.map(|given| given.to_string()).unwrap_or_default();
            both(
                format!("尚未评定，自评 {given} 分，以权重 {weight} 为上限：得 {score} 分"),
                format!("not judged yet: the self-score of {given} stands, at most {weight}: {score}"),
            )
        }
        IndicatorStatus::Scored => match result.measured {
            Some(measured) => both(
                format!("测得 {measured}：按规则得 {score} 分（权重 {weight}）"),
                format!("measured {measured}: {score} of {weight} by the rule"),
            ),
            None => both(
                format!("按规则得 {score} 分（权重 {weight}）"),
                format!("{score} of {weight} by the rule"),
            ),
        },
        IndicatorStatus::NotStarted => both(
            "项目未实施：任何方向的目标都不算完成，得 0 分".to_owned(),
            "the project has not started: nothing can be met, 0 points".to_owned(),
        ),
        IndicatorStatus::UnitMismatch => {
            let unit =
                |quantity| result.input(quantity).and_then(|input| input.unit.clone()).unwrap_or_default();
            let (target, actual) = (unit("target"), unit("actual"));
            both(
                format!("实际值的单位或类型（{actual}）与目标（{target}）不同：不比较，不计分"),
                format!(
                    "the actual ({actual}) is of another unit or kind than the target ({target}): not compared, no points"
                ),
            )
        }
        IndicatorStatus::NoActual => both(
            "没有实际完成值：不计分".to_owned(),
            "no actual is reported: no points can be computed".to_owned(),
        ),
        IndicatorStatus::NoValue => both(
            "尚无数据可供计算：不计分".to_owned(),
            "the measure has no value yet: no points can be computed".to_owned(),
        ),
        IndicatorStatus::AwaitsJudgement => {
            let open = open_asks(node, known);
            if open.zh.is_empty() {
                both("等待人工评定", "a person has to judge")
            } else {
                both(format!("等待填报：{}", open.zh), format!("waits for an answer: {}", open.en))
            }
        }
        IndicatorStatus::NotApplicable => both(
            "经评定不适用：不计分，也不占权重".to_owned(),
            "not applicable, as a person said: no points, and none to be had".to_owned(),
        ),
    }
}

/// What is asked for and not answered.
fn open_asks(node: &Node, known: &Known<'_>) -> Words {
    let NodeBody::Indicator { asks, rule, .. } = &node.body else { return both("", "") };
    let items = match rule {
        Rule::Checklist { items } => items.as_slice(),
        _ => &[],
    };
    let terms = Terms::of(node);
    let all = asks.iter().map(|ask| &ask.ask).chain(items.iter().map(|item| &item.item));
    let open = all.filter(|ask| !known.judged.answers.contains_key(*ask));
    Words::joined(open.map(|ask| terms.asked(ask)), "、", ", ")
}
