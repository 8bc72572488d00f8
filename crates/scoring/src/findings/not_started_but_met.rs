//! A target that a project which never started is said to have met.

use jixiao_events::Number;
use jixiao_events::finding::Severity;
use jixiao_events::registry::ProjectState;
use jixiao_events::targets::{Criterion, Measured};

use super::targets::earned_by;
use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "not_started_but_met",
    severity: Severity::Error,
    title: Text { zh: "项目未实施却记为完成", en: "Not started but met" },
    rule: Text {
        zh: "未实施的项目不可能完成目标，也不应得分。",
        en: "A project that never started has met no target and earns no points.",
    },
    example: Text {
        zh: "项目未实施，目标 80%，实际 80%，自评满分。",
        en: "The project never started, yet 80 % of 80 % is reported and earns the whole weight.",
    },
    message: Text {
        zh: "目标“{name}”：项目“{project}”未实施，却记为目标值 {target}，实际 {actual}，自评 {self_score} 分（权重 {weight} 分）",
        en: "Target \"{name}\": project \"{project}\" never started, yet {actual} of {target} is reported, with a self-score of {self_score} of {weight}",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let project = target.project.filter(|project| project.state == ProjectState::NotStarted)?;
    let is_scored = target.result.self_score.is_some_and(|score| score > Number::ZERO);
    (is_scored || is_reached(case, target)).then(|| {
        Found::new(target.subject())
            .target(target)
            .figure("project", &project.name.zh)
            .scores(target)
            .because(&project.event)
    })
}

/// Whether something was reached that meets the target. Nothing at all also stays below a ceiling.
fn is_reached(case: &Case<'_>, target: &TargetCase<'_>) -> bool {
    let definition = &target.defined.definition;
    let is_something = match target.facts.actual.as_ref().map(|actual| &actual.value) {
        Some(Measured::Number { value }) => *value > Number::ZERO,
        Some(Measured::YesNo { yes }) => *yes,
        Some(Measured::Date { .. }) => true,
        Some(Measured::Level { .. }) | None => false,
    };
    let is_ceiling = matches!(definition.criterion, Criterion::AtMost { .. });
    is_something && !is_ceiling && earned_by(case, target, definition).is_some_and(|(_, met)| met)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::{moved, project, targets::*};

    #[test]
    fn eighty_of_eighty_of_a_project_that_never_started() {
        let mut world = opened();
        world.steps(&[project("safety", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&row("safety", "d29", "80", "80", "1"));
        let text = "目标“指标”：项目“safety”未实施，却记为目标值 ≥ 80 个，实际 80 个，自评 1 分（权重 1 分）";
        assert_eq!(world.said("not_started_but_met"), says("target:d29", text));
        assert_eq!(
            world.evidence("not_started_but_met"),
            ["registry-2", "targets-1", "targets-2", "targets-3"]
        );
        world.steps(&[moved("safety", ProjectState::NotStarted, ProjectState::InProgress)]);
        assert_eq!(world.said("not_started_but_met"), []);
    }

    #[test]
    fn reached_without_a_score_or_scored_without_being_reached() {
        for (actual, score, expected) in
            [("80", "0", 1), ("0", "1", 1), ("0", "0.5", 1), ("0", "0", 0), ("79", "0", 0)]
        {
            let mut world = opened();
            world.steps(&[project("safety", Membership::InFund, ProjectState::NotStarted)]);
            world.steps(&row("safety", "d29", "80", actual, score));
            assert_eq!(world.said("not_started_but_met").len(), expected, "{actual} {score}");
        }
    }

    #[test]
    fn a_ceiling_that_nothing_reached_is_no_achievement() {
        let mut world = opened();
        world.steps(&[project("idle", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&[set_at_most("idle", "d48", "1")]);
        world.steps(&[reported("idle", "d48", "0"), scored("idle", "d48", "0")]);
        assert_eq!(world.said("not_started_but_met"), []);
        world.steps(&[scored("idle", "d48", "1")]);
        assert_eq!(world.said("not_started_but_met").len(), 1);
    }
}
