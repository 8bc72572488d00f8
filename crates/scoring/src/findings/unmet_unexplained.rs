//! A target that is not met, for no reason given.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;

use super::targets::{earned_by, is_due};
use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "unmet_unexplained",
    severity: Severity::Warning,
    title: Text { zh: "未完成且未说明原因", en: "Unmet without explanation" },
    rule: Text {
        zh: "已自评或年度已关闭的目标，未完成、未实施或未填实际值的，应说明原因；原因可针对目标、项目或项目组。",
        en: "A target that is scored, or whose year is closed, and that is not met, not started or without an actual needs a reason: for itself, its project or its group.",
    },
    example: Text {
        zh: "目标 30 个，实际 18 个，未完成原因一节未提及。",
        en: "18 of 30 interfaces, and the section on reasons does not name it.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，未完成，未说明原因",
        en: "Target \"{name}\": {target} wanted, {actual} reached, not met, and no reason is given",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let is_missed = match target.result.status {
        IndicatorStatus::Unmet | IndicatorStatus::NoActual => true,
        // What such a project reports as reached is wrong, but it is not left unexplained.
        IndicatorStatus::NotStarted => {
            earned_by(case, target, &target.defined.definition).is_none_or(|(_, met)| !met)
        }
        _ => false,
    };
    (is_missed && target.explained.is_none() && is_due(case, target))
        .then(|| Found::new(target.subject()).target(target))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::{World, closed, explained, grouped, project, targets::*};

    const CODE: &str = "unmet_unexplained";

    fn said(world: &World) -> Vec<(String, String)> {
        world.said(CODE)
    }

    #[test]
    fn a_reason_for_the_target_its_project_or_its_group_clears_it() {
        let expected = says("target:d35", "目标“指标”：目标值 ≥ 30 个，实际 18 个，未完成，未说明原因");
        let reasons = [
            explained(None, None, &["d35"]),
            explained(Some("p"), None, &[]),
            explained(None, Some("new-2019"), &[]),
        ];
        for reason in reasons {
            let mut world = opened();
            world.steps(&[grouped("p", "new-2019", ProjectState::InProgress)]);
            world.steps(&row("p", "d35", "30", "18", "0.5"));
            assert_eq!(said(&world), expected);
            assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3"]);
            world.steps(std::slice::from_ref(&reason));
            assert_eq!(said(&world), []);

            // The reason may also be there before the project and the target are.
            let mut world = opened();
            world.steps(&[reason]);
            world.steps(&row("p", "d35", "30", "18", "0.5"));
            world.steps(&[grouped("p", "new-2019", ProjectState::InProgress)]);
            assert_eq!(said(&world), []);
        }
    }

    #[test]
    fn a_reason_for_another_explains_nothing() {
        let mut world = opened();
        world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
        world.steps(&row("p", "d35", "30", "18", "0.5"));
        world.steps(&[explained(Some("p"), None, &["d36"]), explained(Some("q"), None, &[])]);
        assert_eq!(said(&world).len(), 1);
    }

    #[test]
    fn nobody_has_to_explain_what_is_met_or_still_open() {
        let mut world = opened();
        world.steps(&row("p", "d19", "30", "30", "1"));
        world.steps(&unscored("p", "d35", "30", "18"));
        assert_eq!(said(&world), []);
        world.steps(&[closed()]);
        assert_eq!(
            said(&world),
            says("target:d35", "目标“指标”：目标值 ≥ 30 个，实际 18 个，未完成，未说明原因")
        );
    }

    #[test]
    fn without_an_actual_and_never_started_it_is_not_met_either() {
        let mut world = opened();
        world.steps(&[project("idle", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&row("idle", "d38", "1", "0", "0"));
        world.steps(&row("idle", "d29", "80", "80", "1"));
        world.steps(&[set_at_least("p", "d16", "90"), scored("p", "d16", "0")]);
        assert_eq!(said(&world).len(), 2);
        assert!(said(&world)[0].1.contains("实际 -，未完成"), "{:?}", said(&world));
    }
}
