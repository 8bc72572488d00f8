//! More points than the weight.

use jixiao_events::IndicatorId;
use jixiao_events::finding::{Evidence, Severity};

use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "score_above_weight",
    severity: Severity::Error,
    title: Text { zh: "得分高于权重", en: "Score above weight" },
    rule: Text {
        zh: "自评分不得高于指标或目标的权重。",
        en: "A self-score may not exceed the weight of its indicator or target.",
    },
    example: Text { zh: "权重 3 分，自评 4 分。", en: "A weight of 3 points, a self-score of 4." },
    message: Text {
        zh: "“{name}”自评 {self_score} 分，高于权重 {weight} 分",
        en: "\"{name}\" has a self-score of {self_score}, above its weight of {weight}",
    },
    looks: Looks::Points(find),
};

fn find(case: &Case<'_>, indicator: &IndicatorId) -> Option<Found> {
    let result = case.indicator(indicator)?;
    let self_score = result.self_score.filter(|score| *score > result.weight)?;
    let subject = case.subject_of(indicator);
    let found = Found::new(subject)
        .figure("name", &result.name.zh)
        .figure("self_score", &self_score)
        .figure("weight", &result.weight);
    let events =
        result.inputs.iter().filter(|input| matches!(input.quantity.as_str(), "self_score" | "target"));
    Some(
        events
            .filter_map(|input| input.event.clone())
            .fold(found, |found, event| found.by(Evidence::Event(event))),
    )
}
