//! A tender that comes too late for its money to be paid within the year.

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::registry::Membership;
use jixiao_events::scoring::{DatedKind, ScopeQuantity};
use jixiao_events::{Money, PartialDate, ProjectId};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::Tendered;

pub(super) const CHECK: Check = Check {
    code: "tender_too_late",
    severity: Severity::Warning,
    title: Text { zh: "招标过晚当年无法支付", en: "Tendered too late to pay" },
    rule: Text {
        zh: "本年有资金的项目，其招标应来得及在当年签约支付：所有招标都要到年度末之后才开标（登记的开标日，或公告日加评价方案所定的最短天数），且此前没有合同也没有支付的，予以指出。",
        en: "A project with money of this year is tendered in time to be paid within it: all of its tenders open after the year's end, by the day that is recorded, or by that of the notice and the least days that the scheme states, and it has neither a contract nor a payment before.",
    },
    example: Text {
        zh: "2019-12-19 发布招标公告，2020-01-15 开标，2019 年却为其安排资金 145 万元。",
        en: "Noticed on 2019-12-19, opened on 2020-01-15, with 145 of the budget of 2019.",
    },
    message: Text {
        zh: "项目“{name}”招标公告 {noticed_on}，最早 {possible_on} 开标（依据：{basis}），{year} 年已不可能支付，当年却有资金 {money}",
        en: "The tender of project \"{name}\", noticed on {noticed_on}, opens on {possible_on} at the earliest ({basis}): nothing of the {money} that it has of {year} can be paid in that year",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let known = case.project(project).filter(|known| known.membership == Membership::InFund)?;
        let life = case.life(project)?;
        let year = PartialDate::Year(case.facts()?.fiscal_year);
        let money = money_of(case, project)?;
        let is_served = life.contracted.as_ref().is_some_and(|since| !year.is_before(since.on))
            || !life.booked(|kind| kind != DatedKind::Increase).is_empty();
        if is_served || life.too_many.tenders || life.too_many.entries {
            return None;
        }
        let opens: Option<Vec<_>> = life.tenders.iter().map(|tender| opens(case, tender)).collect();
        // The earliest of them decides.
        let (tender, possible_on, basis) = opens?.into_iter().min_by_key(|(_, on, _)| on.first_day())?;
        if !year.is_before(possible_on) {
            return None;
        }
        let noticed_on = tender.noticed_on.map_or_else(|| "-".to_owned(), |on| on.to_string());
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("name", &known.name.zh)
            .figure("noticed_on", &noticed_on)
            .figure("possible_on", &possible_on)
            .figure("basis", &basis)
            .figure("year", &year)
            .yuan("money", money);
        let events = life.tenders.iter().map(|tender| Evidence::Event(tender.event.clone()));
        let found = events.fold(found, Found::by);
        let sums = &case.scope_money(&Scope::Project { project: project.clone() })?.sums;
        Some(sums.values().fold(found, |found, sum| found.because(&sum.event)))
    };
    found().into_iter().collect()
}

/// The earliest day on which a tender can be opened, and what that rests on. `None` where it cannot be said.
fn opens<'t>(case: &Case<'_>, tender: &'t Tendered) -> Option<(&'t Tendered, PartialDate, &'static str)> {
    if let Some(on) = tender.opened_on {
        return Some((tender, on, "stated"));
    }
    let days = case.scheme.findings.tender_days.as_ref()?;
    let on = tender.noticed_on?.days_after(days.value)?;
    Some((tender, on, days.basis.into()))
}

/// The money of this year that a project is known to have, at least.
fn money_of(case: &Case<'_>, project: &ProjectId) -> Option<Money> {
    let scope = Scope::Project { project: project.clone() };
    let sum = |quantity| case.scope_sum(&scope, quantity).unwrap_or(Money::ZERO);
    let moved = sum(ScopeQuantity::Allocated) + sum(ScopeQuantity::Increase) - sum(ScopeQuantity::Decrease);
    let known = sum(ScopeQuantity::StatedArranged).max(sum(ScopeQuantity::StatedUnspent)).max(moved);
    (known > Money::ZERO).then_some(known)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::dated::{came_to, paid_on, tendered};
    use crate::domain::tests::money_findings::{of_project, unspent};
    use crate::domain::tests::{World, project, targets::*};

    const CODE: &str = "tender_too_late";

    fn with_money() -> World {
        let mut world = opened();
        world.steps(&[
            project("p", Membership::InFund, ProjectState::NotStarted),
            unspent(of_project("p"), "145"),
        ]);
        world
    }

    #[test]
    fn noticed_in_december_and_opened_in_january() {
        let mut world = with_money();
        world.steps(&[tendered("p", Some("2019-12-19"), Some("2020-01-15"))]);
        let text = "项目“p”招标公告 2019-12-19，最早 2020-01-15 开标（依据：stated），2019 年已不可能支付，当年却有资金 145 万元";
        assert_eq!(world.said(CODE), says("project:p", text));
        assert_eq!(world.evidence(CODE), ["ledger-1", "registry-3"]);
        world.steps(&[tendered("p", Some("2019-03-01"), None)]);
        assert_eq!(world.said(CODE), [], "another one was in time");
    }

    #[test]
    fn a_notice_takes_the_days_that_the_scheme_states() {
        for (noticed, expected) in [("2019-12-12", 1), ("2019-12-11", 0), ("2019-12", 0), ("2020", 1)] {
            let mut world = with_money();
            world.steps(&[tendered("p", Some(noticed), None)]);
            assert_eq!(world.said(CODE).len(), expected, "{noticed}");
        }
    }

    #[test]
    fn without_money_or_with_a_contract_it_is_not_late() {
        let late = tendered("p", Some("2019-12-19"), Some("2020-01-15"));
        let mut world = opened();
        world.steps(&[project("p", Membership::InFund, ProjectState::NotStarted), late.clone()]);
        assert_eq!(world.said(CODE), []);
        let served = [
            came_to("p", ProjectState::Contracted, Some("2019-11")),
            paid_on("p", "one", "3", "2019", false),
        ];
        for served in served {
            let mut world = with_money();
            world.steps(&[served, late.clone()]);
            assert_eq!(world.said(CODE), []);
        }
        // Nobody says when it is opened.
        let mut world = with_money();
        world.steps(&[tendered("p", None, None)]);
        assert_eq!(world.said(CODE), []);
    }
}
