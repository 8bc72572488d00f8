//! More points than the weight.

use jixiao_events::IndicatorId;
use jixiao_events::finding::Severity;

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
    Some(found.set_by(result, &["self_score", "target"]))
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::{of_indicator, self_score, targets::*};

    const CODE: &str = "score_above_weight";
    const CLARITY: &str = "management.target_setting.clarity";

    #[test]
    fn an_indicator_until_its_score_is_put_right() {
        let mut world = opened();
        world.steps(&[self_score(of_indicator(CLARITY), "4")]);
        assert_eq!(world.said(CODE), [], "all of its weight is allowed");
        world.steps(&[self_score(of_indicator(CLARITY), "4.01")]);
        let text = "“绩效目标明确性”自评 4.01 分，高于权重 4 分";
        assert_eq!(world.said(CODE), says("indicator:management.target_setting.clarity", text));
        assert_eq!(world.evidence(CODE), ["targets-2"]);
        world.steps(&[self_score(of_indicator(CLARITY), "3")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn a_target() {
        let mut world = opened();
        world.steps(&row("p", "d1", "10", "10", "1"));
        assert_eq!(world.said(CODE), []);
        world.steps(&[scored("p", "d1", "1.5")]);
        assert_eq!(world.said(CODE), says("target:d1", "“指标”自评 1.5 分，高于权重 1 分"));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-4"]);
    }
}
