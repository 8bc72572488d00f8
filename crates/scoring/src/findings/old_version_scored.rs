//! A self-score that was filed for an earlier version of its target.

use jixiao_events::finding::Severity;

use super::targets::earned_by;
use super::{Case, Check, Found, Looks, TargetCase, Text};
use crate::domain::texts::criterion;

pub(super) const CHECK: Check = Check {
    code: "old_version_scored",
    severity: Severity::Warning,
    title: Text { zh: "按旧版目标自评", en: "Scored by an earlier version" },
    rule: Text {
        zh: "自评应按现行目标：自评填报之后目标又经修订，自评分等于按旧版应得的分数、不等于按现行版应得的分数，而未重新自评的，予以指出。目标调低后仍按原目标计分的，由“目标已调低仍按原目标计分”指出。",
        en: "What counts is the version in force: a target was revised after its self-score was filed, the self-score is what the earlier version would earn and not what the present one earns, and it was not filed anew. A target that was lowered so that it is met is `lowered_target_old_scored`.",
    },
    example: Text {
        zh: "目标 30 个、实际 30 个、自评 1 分，之后目标调为 60 个，自评仍为 1 分。",
        en: "30 of 30 earned 1 point; then 60 was wanted, and the point stands.",
    },
    message: Text {
        zh: "目标“{name}”自评 {self_score} 分（权重 {weight} 分）是按第 {scored_version} 版（{old_target}）填报的，现行第 {version} 版为 {target}，实际 {actual}，应得 {due} 分",
        en: "Target \"{name}\": the self-score {self_score} of {weight} was filed for version {scored_version} ({old_target}); version {version} in force wants {target}, {actual} is reached, which earns {due}",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let score = target.facts.self_score.as_ref()?;
    let scored_version = score.version.filter(|version| *version < target.defined.version)?;
    // What was wanted when it was scored is only known of the version before.
    let old = target.facts.previous.as_ref().filter(|old| old.version == scored_version)?;
    let (by_old, old_met) = earned_by(case, target, &old.definition)?;
    let (due, is_met) = earned_by(case, target, &target.defined.definition)?;
    let is_lowered = !old_met && is_met && score.score < due;
    (score.score == by_old && by_old != due && !is_lowered).then(|| {
        Found::new(target.subject())
            .target(target)
            .scores(target)
            .figure("scored_version", &scored_version)
            .figure_in("old_target", &criterion(&old.definition.criterion), old.definition.unit.as_deref())
            .figure("version", &target.defined.version)
            .figure("due", &due)
            .because(&old.event)
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::targets::*;

    const CODE: &str = "old_version_scored";

    #[test]
    fn a_target_that_was_raised_after_it_was_scored() {
        let mut world = opened();
        world.steps(&row("p", "d35", "30", "30", "1"));
        assert_eq!(world.said(CODE), []);
        world.steps(&[revise_at_least("p", "d35", 2, "60")]);
        let text = "目标“指标”自评 1 分（权重 1 分）是按第 1 版（≥ 30 个）填报的，现行第 2 版为 ≥ 60 个，实际 30 个，应得 0 分";
        assert_eq!(world.said(CODE), says("target:d35", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3", "targets-4"]);
        world.steps(&[scored("p", "d35", "1")]);
        assert_eq!(world.said(CODE), [], "filed anew, whatever it is");
        world.steps(&[revise_at_least("p", "d35", 3, "30")]);
        assert_eq!(world.said(CODE), [], "the point is right");
    }

    #[test]
    fn other_scores_and_lowered_targets_are_other_checks() {
        for (old, new, actual, score) in [
            ("80", "45", "50", "0.5"),
            ("30", "60", "30", "0.5"),
            ("30", "31", "40", "1"),
            ("30", "60", "20", "0"),
        ] {
            let mut world = opened();
            world.steps(&row("p", "d35", old, actual, score));
            world.steps(&[revise_at_least("p", "d35", 2, new)]);
            assert_eq!(world.said(CODE), [], "{old} {new} {actual} {score}");
        }
    }
}
