//! A target that is not met with all of its points.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "unmet_but_full",
    severity: Severity::Error,
    title: Text { zh: "未完成却得满分", en: "Unmet but full" },
    rule: Text {
        zh: "未完成的目标不应得满分：实际值未达到目标值，自评分却等于或高于权重。",
        en: "A target that is not met does not earn its whole weight: the actual misses the target, the self-score is the weight or more.",
    },
    example: Text {
        zh: "目标 50 家，实际 42 家，自评 1 分（权重 1 分）。",
        en: "Target 50, actual 42, self-score 1 of 1.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，未完成，自评却得 {self_score} 分（权重 {weight} 分）",
        en: "Target \"{name}\": {target} wanted, {actual} reached, not met, yet its self-score is {self_score} of {weight}",
    },
    looks: Looks::Target(find),
};

fn find(_: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let result = target.result;
    let self_score = result.self_score.filter(|score| *score >= result.weight)?;
    (result.status == IndicatorStatus::Unmet).then(|| {
        Found::new(target.subject())
            .target(target)
            .figure("self_score", &self_score)
            .figure("weight", &result.weight)
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::targets::*;

    const CODE: &str = "unmet_but_full";

    #[test]
    fn forty_two_of_fifty_for_everything() {
        let mut world = opened();
        world.steps(&row("p", "d20", "50", "42", "1"));
        let text = "目标“指标”：目标值 ≥ 50 个，实际 42 个，未完成，自评却得 1 分（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d20", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3"]);
        world.steps(&[reported("p", "d20", "50")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn less_than_everything_is_a_matter_of_the_scheme() {
        let mut world = opened();
        world.steps(&row("p", "d20", "50", "42", "0.99"));
        world.steps(&unscored("p", "d21", "50", "42"));
        assert_eq!(world.said(CODE), []);
    }
}
