//! A target of a project that the fund does not carry.

use jixiao_events::finding::Severity;
use jixiao_events::registry::Membership;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "target_without_project",
    severity: Severity::Warning,
    title: Text { zh: "目标没有对应的项目", en: "Target without a project" },
    rule: Text {
        zh: "目标应属于本资金的项目：明细目标的项目，或未完成原因所指的项目，应在资金的项目之中。",
        en: "A target belongs to a project of the fund: the project of a detail target, and the one that the reason for a miss names, is one of the fund's.",
    },
    example: Text {
        zh: "总目标“政务云平台 VPN 授权用户数”的未完成原因是政务云项目未实施，项目表中却没有政务云。",
        en: "An overall target was missed since the government cloud was not carried out; the fund has no such project.",
    },
    message: Text {
        zh: "目标“{name}”（目标值 {target}，实际 {actual}）属于项目“{project}”，本资金却没有该项目",
        en: "Target \"{name}\" ({target} wanted, {actual} reached) belongs to project \"{project}\", which is none of the fund's",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let found = || Found::new(target.subject()).target(target);
    let (project, found) = match (&target.facts.target.project, target.explained) {
        (Some(_), _) => (target.project?, found()),
        (None, Some(explained)) => {
            (case.project(explained.project.as_ref()?)?, found().because(&explained.event))
        }
        (None, None) => return None,
    };
    (project.membership != Membership::InFund)
        .then(|| found.figure("project", &project.name.zh).because(&project.event))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};
    use jixiao_events::targets::{TargetLevel, UnitMatch};

    use crate::domain::tests::{
        actual, definition, explained, project, set, target_ref, targets::*, withdrawn,
    };

    const CODE: &str = "target_without_project";
    const TEXT: &str = "目标“指标”（目标值 ≥ 12000 个，实际 0 个）属于项目“cloud”，本资金却没有该项目";

    #[test]
    fn an_overall_target_that_a_reason_ties_to_a_project_that_is_only_named() {
        let o02 = target_ref(None, "o02");
        let named = project("cloud", Membership::NamedOnly, ProjectState::NotStarted);
        let overall = [
            set(o02.clone(), definition(TargetLevel::Overall, "2", "12000", Some("个"))),
            actual(o02.clone(), "0", None, UnitMatch::Assumed),
            explained(Some("cloud"), None, &["o02"]),
        ];
        let orders = [
            [&overall[..], std::slice::from_ref(&named)].concat(),
            [std::slice::from_ref(&named), &overall[..]].concat(),
            [&overall[2..], &overall[..2], std::slice::from_ref(&named)].concat(),
        ];
        for order in orders {
            let mut world = opened();
            world.steps(&order);
            assert_eq!(world.said(CODE), says("target:o02", TEXT), "{order:?}");
            assert_eq!(world.evidence(CODE), ["registry-2", "targets-1", "targets-2", "targets-3"]);
            world.steps(&[withdrawn(o02.clone())]);
            assert_eq!(world.said(CODE), []);
        }
    }

    #[test]
    fn a_detail_target_of_a_project_that_is_only_named() {
        let mut world = opened();
        world.steps(&row("cloud", "d1", "12000", "0", "0"));
        assert_eq!(world.said(CODE), [], "the project is not known yet");
        world.steps(&[project("cloud", Membership::NamedOnly, ProjectState::InProgress)]);
        assert_eq!(world.said(CODE), says("target:d1", TEXT));
    }

    #[test]
    fn a_project_of_the_fund_has_targets() {
        let mut world = opened();
        world.steps(&[project("cloud", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&row("cloud", "d1", "12000", "0", "0"));
        world.steps(&[explained(Some("cloud"), None, &["d1"])]);
        assert_eq!(world.said(CODE), []);
    }
}
