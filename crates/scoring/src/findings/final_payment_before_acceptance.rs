//! The last payment of a project before its acceptance.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::scoring::DatedKind;

use super::payment_before_contract::sum;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "final_payment_before_acceptance",
    severity: Severity::Error,
    title: Text { zh: "验收前已付尾款", en: "Final payment before acceptance" },
    rule: Text {
        zh: "尾款应在验收之后支付：登记为尾款的支付，其日期早于项目验收之日（进入验收状态或验收登记之日中较早者）的，予以指出。",
        en: "The last payment of a contract waits for the acceptance: what is recorded as the last payment is not dated before the day of the acceptance, the earlier of its state and its record.",
    },
    example: Text {
        zh: "项目 2019-12-03 验收，尾款 10 万元却于 11 月支付。",
        en: "Accepted on 2019-12-03; the last 10 were paid in November.",
    },
    message: Text {
        zh: "项目“{name}”于 {accepted_on} 验收，尾款 {paid} 却已于 {paid_on} 支付",
        en: "Project \"{name}\" was accepted on {accepted_on}, yet its last payment, {paid}, was made on {paid_on}",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let (known, life) = (case.project(project)?, case.life(project)?);
        let accepted = life.accepted.as_ref()?;
        let mut early = life.booked(|kind| kind == DatedKind::FinalPayment);
        early.retain(|entry| entry.on.is_before(accepted.on));
        let first = early.first()?;
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("name", &known.name.zh)
            .figure("accepted_on", &accepted.on)
            .yuan("paid", sum(&early))
            .figure("paid_on", &first.on)
            .by(Evidence::Event(accepted.event.clone()));
        Some(found.entries(&early))
    };
    found().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::dated::{accepted_on, came_to, paid_on, taken_back};
    use crate::domain::tests::{project, targets::*};

    const CODE: &str = "final_payment_before_acceptance";

    #[test]
    fn paid_in_november_and_accepted_in_december() {
        let mut world = opened();
        world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
        world.steps(&[
            paid_on("p", "first", "90", "2019-05", false),
            paid_on("p", "last", "10", "2019-11", true),
            came_to("p", ProjectState::Accepted, Some("2019-12-03")),
        ]);
        let text = "项目“p”于 2019-12-03 验收，尾款 10 万元 却已于 2019-11 支付";
        assert_eq!(world.said(CODE), says("project:p", text));
        assert_eq!(world.evidence(CODE), ["ledger-2", "registry-3"]);
        world.steps(&[accepted_on("p", "2019-11")]);
        assert_eq!(world.said(CODE), [], "the record is of an earlier day");
    }

    #[test]
    fn other_payments_and_those_after_it_wait_for_nothing() {
        let mut world = opened();
        world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
        world.steps(&[
            paid_on("p", "first", "90", "2019-05", false),
            paid_on("p", "last", "10", "2019-12-03", true),
        ]);
        world.steps(&[accepted_on("p", "2019-12-03")]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[paid_on("p", "early", "1", "2019-01", true)]);
        assert_eq!(world.said(CODE).len(), 1);
        world.steps(&[taken_back("p", "early", "1", false)]);
        assert_eq!(world.said(CODE), []);
    }
}
