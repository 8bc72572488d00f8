//! A target that its unit did not score.

use jixiao_events::finding::Severity;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "self_score_not_stated",
    severity: Severity::Notice,
    title: Text { zh: "未自评", en: "Self-score not stated" },
    rule: Text {
        zh: "年度关闭后，每个目标都应有自评分。",
        en: "Once the year is closed, every target has a self-score.",
    },
    example: Text {
        zh: "目标 50%，实际 57%，自评分空白。",
        en: "57 % reached of 50 % wanted, and a blank self-score.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，年度已关闭，未填自评分（权重 {weight} 分）",
        en: "Target \"{name}\": {target} wanted, {actual} reached; the year is closed and no self-score is stated (weight {weight})",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    (case.is_closed() && target.result.self_score.is_none())
        .then(|| Found::new(target.subject()).target(target).scores(target))
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::{closed, targets::*};

    const CODE: &str = "self_score_not_stated";

    #[test]
    fn a_blank_self_score_once_the_year_is_closed() {
        let mut world = opened();
        world.steps(&unscored("p", "d17", "50", "57"));
        world.steps(&row("p", "d18", "50", "57", "1"));
        assert_eq!(world.said(CODE), []);
        world.steps(&[closed()]);
        let text = "目标“指标”：目标值 ≥ 50 个，实际 57 个，年度已关闭，未填自评分（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d17", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2"]);
        world.steps(&[scored("p", "d17", "1")]);
        assert_eq!(world.said(CODE), []);
    }
}
