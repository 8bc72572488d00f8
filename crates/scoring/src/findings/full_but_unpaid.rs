//! Targets with all of their points while little of their project's money is paid.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::registry::Membership;
use jixiao_events::scoring::IndicatorStatus;

use super::{Case, Check, Found, Looks, TargetCase, Text, progress};

/// The most targets whose events are cited.
const CITED: usize = 10;

pub(super) const CHECK: Check = Check {
    code: "full_but_unpaid",
    severity: Severity::Warning,
    title: Text { zh: "目标满分而资金支付很少", en: "Full points, little paid" },
    rule: Text {
        zh: "目标自评满分的项目，其资金的支付比例不低于评价方案的下限：目标已全部实现而资金大多未付的，应核实。只有账上为该项目记的支付（而非报告所述）时，为提示。",
        en: "Where a target of a project earns all of its points, the share of the project's money that the scheme states is paid. Where only booked payments of the project are known, and no report states what was paid, it is a notice.",
    },
    example: Text {
        zh: "项目安排 70 万元，只支付 6 万元，目标却自评满分。",
        en: "6 of 70 are paid, yet the project's target has all of its points.",
    },
    message: Text {
        zh: "项目“{project}”安排 {arranged}，支付 {paid}（{rate}，低于方案下限 {bound}，依据：{basis}），其目标“{name}”等 {targets} 项却自评满分",
        en: "Of {arranged} of project \"{project}\" {paid} is paid ({rate}, below the bound {bound} of the scheme, {basis}), yet {targets} of its targets have all of their points, \"{name}\" first",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let bound = case.scheme.findings.paid_when_full.as_ref()?;
        let known = case.project(project).filter(|known| known.membership == Membership::InFund)?;
        let paid = progress::paid(case, project).filter(|paid| paid.percent < bound.value)?;
        let full: Vec<_> = case.targets_of(project).into_iter().filter(is_full).collect();
        let first = full.first()?;
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("project", &known.name.zh)
            .paid_share(case, &paid)
            .bound(bound, Some("%"))
            .figure("name", &first.result.name.zh)
            .figure("targets", &full.len());
        let cited = full.iter().take(CITED);
        Some(cited.fold(found, |found, target| found.set_by(target.result, &["actual", "self_score"])))
    };
    found().into_iter().collect()
}

/// Whether a target is met and has all of its points. What is not met and has them is another check's.
fn is_full(target: &TargetCase<'_>) -> bool {
    let result = target.result;
    result.status == IndicatorStatus::Met && result.self_score.is_some_and(|score| score >= result.weight)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::money_findings::{allocated, of_project, paid_of, stated_money, unspent};
    use crate::domain::tests::{World, closed, moved, project, targets::*};

    const CODE: &str = "full_but_unpaid";

    fn with_a_full_target() -> World {
        let mut world = opened();
        world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
        world.steps(&row("p", "d01", "5", "5", "1"));
        world
    }

    #[test]
    fn six_of_seventy_and_all_points() {
        let mut world = with_a_full_target();
        let arranged = jixiao_events::ledger::StatedMoney::Arranged;
        world.steps(&[stated_money(of_project("p"), arranged, "70")]);
        assert_eq!(world.said(CODE), [], "what is paid is not known");
        world.steps(&[stated_money(of_project("p"), jixiao_events::ledger::StatedMoney::Paid, "6")]);
        let text = "项目“p”安排 70 万元，支付 6 万元（8.57%，低于方案下限 50%，依据：assumed），其目标“指标”等 1 项却自评满分";
        assert_eq!(world.said(CODE), says("project:p", text));
        assert_eq!(world.evidence(CODE), ["ledger-1", "ledger-2", "targets-2", "targets-3"]);
        world.steps(&[scored("p", "d01", "0.5")]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[scored("p", "d01", "1")]);
        assert_eq!(world.said(CODE).len(), 1);
        world.steps(&[stated_money(of_project("p"), jixiao_events::ledger::StatedMoney::Paid, "35")]);
        assert_eq!(world.said(CODE), [], "half is the bound");
    }

    #[test]
    fn what_is_left_says_what_was_paid() {
        let mut world = with_a_full_target();
        world.steps(&[unspent(of_project("p"), "60")]);
        assert_eq!(world.said(CODE), [], "of how much is not known");
        world.steps(&[allocated(of_project("p"), "100")]);
        assert!(world.said(CODE)[0].1.contains("安排 100 万元，支付 40 万元"), "{:?}", world.said(CODE));
        world.steps(&[moved("p", ProjectState::InProgress, ProjectState::NotStarted)]);
        assert_eq!(world.said(CODE), [], "another check's");
    }

    #[test]
    fn bookings_tell_at_the_end_of_the_year() {
        let mut world = with_a_full_target();
        world.steps(&[allocated(of_project("p"), "100"), paid_of(of_project("p"), "10")]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[closed()]);
        assert_eq!(world.said(CODE).len(), 1);
        // An unmet target of all points is another check's.
        world.steps(&[reported("p", "d01", "4")]);
        assert_eq!(world.said(CODE), []);
    }
}
