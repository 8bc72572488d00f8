//! A target that was made easier and is scored as it was before.

use jixiao_events::finding::Severity;

use super::targets::earned_by;
use super::{Case, Check, Found, Looks, TargetCase, Text};
use crate::domain::texts::criterion;

pub(super) const CHECK: Check = Check {
    code: "lowered_target_old_scored",
    severity: Severity::Warning,
    title: Text { zh: "目标已调低仍按原目标计分", en: "Lowered target, old one scored" },
    rule: Text {
        zh: "目标经批准调整后应按新目标计分：实际值达到新目标而未达到原目标，自评分却等于按原目标应得的分数。",
        en: "An approved change of a target counts: the actual meets the new target and misses the old, yet the self-score is what the old one would earn.",
    },
    example: Text {
        zh: "目标由 80 个调为 45 个，实际 50 个，自评 0.5 分（权重 1 分）：50/80 得一半。",
        en: "80 was lowered to 45, 50 was reached, the self-score is 0.5 of 1: half, as for 50 of 80.",
    },
    message: Text {
        zh: "目标“{name}”由 {old_target} 调为 {target}，实际 {actual}，已达新目标，自评 {self_score} 分却是按原目标计的（权重 {weight} 分）",
        en: "Target \"{name}\" was changed from {old_target} to {target}; {actual} meets it, yet the self-score {self_score} is what the old one would earn (weight {weight})",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let old = target.facts.previous.as_ref()?;
    let score = target.result.self_score?;
    let (by_old, old_met) = earned_by(case, target, &old.definition)?;
    let (by_new, new_met) = earned_by(case, target, &target.defined.definition)?;
    let is_old = score == by_old && score < by_new;
    (!old_met && new_met && is_old).then(|| {
        let old_target = criterion(&old.definition.criterion);
        Found::new(target.subject())
            .target(target)
            .figure_in("old_target", &old_target, old.definition.unit.as_deref())
            .scores(target)
            .because(&old.event)
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::targets::*;

    const CODE: &str = "lowered_target_old_scored";

    #[test]
    fn half_for_fifty_of_eighty_though_forty_five_were_wanted() {
        let mut world = opened();
        world.steps(&row("p", "d35", "80", "50", "0.5"));
        assert_eq!(world.said(CODE), [], "half is right for 50 of 80");
        world.steps(&[revise_at_least("p", "d35", 2, "45")]);
        let text = "目标“指标”由 ≥ 80 个 调为 ≥ 45 个，实际 50 个，已达新目标，自评 0.5 分却是按原目标计的（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d35", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3", "targets-4"]);
        world.steps(&[scored("p", "d35", "1")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn another_score_or_a_raised_target_is_something_else() {
        for (old, new, actual, score) in [
            ("80", "45", "50", "0"),
            ("80", "45", "40", "0.5"),
            ("45", "80", "50", "0.5"),
            ("50", "45", "50", "1"),
        ] {
            let mut world = opened();
            world.steps(&row("p", "d35", old, actual, score));
            world.steps(&[revise_at_least("p", "d35", 2, new)]);
            assert_eq!(world.said(CODE), [], "{old} {new} {actual} {score}");
        }
    }
}
