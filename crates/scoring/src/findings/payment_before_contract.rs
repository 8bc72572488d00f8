//! Payments of a project before its contract.

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::scoring::DatedKind;
use jixiao_events::{Money, ProjectId};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::Entry;

/// The most entries that are cited.
pub(super) const CITED: usize = 20;

pub(super) const CHECK: Check = Check {
    code: "payment_before_contract",
    severity: Severity::Error,
    title: Text { zh: "签约前已支付", en: "Paid before the contract" },
    rule: Text {
        zh: "项目的款项应在合同签订之后支付：支付日期早于合同签订日期（项目进入签约状态之日）的，予以指出。日期只到月或年的，只在无论哪一天都更早时指出。",
        en: "A project is paid once its contract is signed: not on a day before the one on which it came under contract. Of a date that is only known to the month or year, only where every day of it is earlier.",
    },
    example: Text {
        zh: "合同签订于 2019-06-10，5 月已支付 20 万元。",
        en: "The contract was signed on 2019-06-10; 20 were paid in May.",
    },
    message: Text {
        zh: "项目“{name}”的合同签订于 {contracted_on}，此前已支付 {payments} 笔、共 {paid}（最早 {first_on}）",
        en: "The contract of project \"{name}\" was signed on {contracted_on}; before that {payments} payments were made, {paid} together (the first on {first_on})",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let (known, life) = (case.project(project)?, case.life(project)?);
        let contracted = life.contracted.as_ref()?;
        let is_payment = |kind| matches!(kind, DatedKind::Payment | DatedKind::FinalPayment);
        let mut early = life.booked(is_payment);
        early.retain(|entry| entry.on.is_before(contracted.on));
        let first = early.first()?;
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("name", &known.name.zh)
            .figure("contracted_on", &contracted.on)
            .figure("payments", &early.len())
            .yuan("paid", sum(&early))
            .figure("first_on", &first.on)
            .by(Evidence::Event(contracted.event.clone()));
        Some(found.entries(&early))
    };
    found().into_iter().collect()
}

/// What some entries come to.
pub(super) fn sum(entries: &[&Entry]) -> Money {
    entries.iter().fold(Money::ZERO, |sum, entry| sum + entry.amount)
}

impl Found {
    /// Since some entries were booked.
    #[must_use]
    pub(super) fn entries(self, entries: &[&Entry]) -> Self {
        let events = entries.iter().take(CITED).map(|entry| Evidence::Event(entry.event.clone()));
        events.fold(self, Self::by)
    }
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::dated::{came_to, paid_on, taken_back};
    use crate::domain::tests::{project, targets::*};

    const CODE: &str = "payment_before_contract";

    #[test]
    fn twenty_in_may_for_a_contract_of_june() {
        let contract = came_to("p", ProjectState::Contracted, Some("2019-06-10"));
        let payments =
            [paid_on("p", "one", "20", "2019-05", false), paid_on("p", "two", "5", "2019-06-10", false)];
        let orders = [
            [&payments[..], std::slice::from_ref(&contract)].concat(),
            [std::slice::from_ref(&contract), &payments[..]].concat(),
        ];
        for order in orders {
            let mut world = opened();
            world.steps(&[project("p", Membership::InFund, ProjectState::Procured)]);
            world.steps(&order);
            let text = "项目“p”的合同签订于 2019-06-10，此前已支付 1 笔、共 20 万元（最早 2019-05）";
            assert_eq!(world.said(CODE), says("project:p", text));
            assert_eq!(world.evidence(CODE), ["ledger-1", "registry-3"]);
            world.steps(&[taken_back("p", "one", "20", false)]);
            assert_eq!(world.said(CODE), []);
        }
    }

    #[test]
    fn a_date_that_may_be_later_accuses_nobody() {
        for (paid, contracted) in
            [("2019", Some("2019-06-10")), ("2019-06", Some("2019-06-10")), ("2018", None)]
        {
            let mut world = opened();
            world.steps(&[project("p", Membership::InFund, ProjectState::Procured)]);
            world.steps(&[
                came_to("p", ProjectState::Contracted, contracted),
                paid_on("p", "one", "20", paid, false),
            ]);
            assert_eq!(world.said(CODE), [], "{paid} {contracted:?}");
        }
    }
}
