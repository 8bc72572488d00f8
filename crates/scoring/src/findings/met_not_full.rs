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

#[cfg(test)]
mod tests {
    use crate::domain::tests::targets::*;

    const CODE: &str = "met_not_full";

    #[test]
    fn eighty_seven_of_forty_five_for_half() {
        let mut world = opened();
        world.steps(&row("p", "d14", "45", "87", "0.5"));
        let text = "目标“指标”：目标值 ≥ 45 个，实际 87 个，已完成，自评却只得 0.5 分（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d14", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3"]);
        world.steps(&[scored("p", "d14", "1")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn half_for_ninety_nine_of_a_hundred_is_a_matter_of_the_scheme() {
        let mut world = opened();
        world.steps(&row("p", "d11", "100", "99", "0.5"));
        world.steps(&row("p", "d12", "100", "100", "1"));
        world.steps(&unscored("p", "d13", "100", "100"));
        assert_eq!(world.said(CODE), []);
        world.steps(&[reported("p", "d11", "100")]);
        assert_eq!(world.said(CODE).len(), 1);
    }
}
