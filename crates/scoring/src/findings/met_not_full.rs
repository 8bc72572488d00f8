//! A target that is met without all of its points.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "met_not_full",
    severity: Severity::Error,
    title: Text { zh: "已完成却未得满分", en: "Met but not full" },
    rule: Text {
        zh: "完成的目标应得满分：实际值达到目标值，自评分却低于权重。",
        en: "A target that is met earns its whole weight: the actual reaches the target, the self-score is below the weight.",
    },
    example: Text {
        zh: "目标 200 家，实际 205 家，自评 0 分（权重 1 分）。",
        en: "Target 200, actual 205, self-score 0 of 1.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，已完成，自评却只得 {self_score} 分（权重 {weight} 分）",
        en: "Target \"{name}\": {target} wanted, {actual} reached, met, yet its self-score is {self_score} of {weight}",
    },
    looks: Looks::Target(find),
};

fn find(_: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let result = target.result;
    let self_score = result.self_score.filter(|score| *score < result.weight)?;
    (result.status == IndicatorStatus::Met).then(|| {
        Found::new(target.subject())
            .target(target)
            .figure("self_score", &self_score)
            .figure("weight", &result.weight)
    })
}
