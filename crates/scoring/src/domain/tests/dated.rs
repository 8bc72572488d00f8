//! Dated steps of a project's life, for the tests of the checks.

use jixiao_events::ledger::Share;
use jixiao_events::registry::Tender;

use super::money_findings::{filing, of_project};
use super::*;

/// A project that came to a state on a day.
pub(crate) fn came_to(project: &str, state: ProjectState, on: Option<&str>) -> Step {
    let Step::Registry(RegistryEvent::ProjectStateChanged {
        fund,
        project,
        from,
        to,
        leaves_fund,
        reason,
        source,
        ..
    }) = moved(project, ProjectState::NotStated, state)
    else {
        unreachable!("moved makes a change of state")
    };
    let on = on.map(|on| on.parse().unwrap());
    Step::Registry(RegistryEvent::ProjectStateChanged {
        fund,
        project,
        from,
        to,
        leaves_fund,
        on,
        reason,
        source,
    })
}

/// A project that was approved on a day and is in another state by now.
pub(crate) fn approved_project(id: &str, state: ProjectState, on: &str) -> Step {
    let Step::Registry(RegistryEvent::ProjectRegistered(of_none)) = project(id, Membership::InFund, state)
    else {
        unreachable!("project makes a registration")
    };
    let approved_on = Some(on.parse().unwrap());
    Step::Registry(RegistryEvent::ProjectRegistered(Project { approved_on, ..of_none }))
}

/// An acceptance that was recorded as of a day.
pub(crate) fn accepted_on(project: &str, on: &str) -> Step {
    let mut step = filing(project, FilingKind::Acceptance, FilingState::Filed, 0);
    if let Step::Registry(RegistryEvent::FilingRecorded { on: of, .. }) = &mut step {
        *of = Some(on.parse().unwrap());
    }
    step
}

fn booked(project: &str, entry: &str, amount: &str, on: &str) -> Booking {
    Booking {
        entry: entry.parse().unwrap(),
        scope: of_project(project),
        on: on.parse().unwrap(),
        ..booking(amount)
    }
}

pub(crate) fn paid_on(project: &str, entry: &str, amount: &str, on: &str, is_final: bool) -> Step {
    let booking = booked(project, entry, amount, on);
    Step::Ledger(LedgerEvent::PaymentMade { request: None, over_limit: None, is_final, booking })
}

pub(crate) fn increased_on(project: &str, entry: &str, amount: &str, on: &str) -> Step {
    let booking = booked(project, entry, amount, on);
    Step::Ledger(LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking })
}

/// An increase, or else a payment, that was taken back.
pub(crate) fn taken_back(project: &str, entry: &str, amount: &str, is_increase: bool) -> Step {
    let kind = if is_increase { EntryKind::Increase } else { EntryKind::Payment };
    let booking = booked(project, &format!("back-{entry}"), amount, "2019-12");
    let of = entry.parse().unwrap();
    Step::Ledger(LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking })
}

pub(crate) fn tendered(project: &str, noticed_on: Option<&str>, opened_on: Option<&str>) -> Step {
    let date = |on: Option<&str>| on.map(|on| on.parse().unwrap());
    let (noticed_on, opened_on) = (date(noticed_on), date(opened_on));
    Step::Registry(RegistryEvent::TenderRecorded {
        fund: fund_id(),
        project: project.parse().unwrap(),
        tender: Tender { notice_number: None, method: None, noticed_on, opened_on, source: None },
    })
}

/// A split of a project's money between agencies.
pub(crate) fn split(project: &str, parts: &[(&str, &str)]) -> Step {
    let parts =
        parts.iter().map(|(agency, amount)| Share { agency: agency.parse().unwrap(), amount: wan(amount) });
    let (parts, booking) = (parts.collect(), booked(project, "split", "1", "2019"));
    Step::Ledger(LedgerEvent::BudgetSplit { parts, booking })
}

/// An entry of some kind that was taken back.
pub(crate) fn taken_back_as(project: &str, entry: &str, kind: EntryKind) -> Step {
    let booking = booked(project, &format!("back-{entry}"), "1", "2019-12");
    let of = entry.parse().unwrap();
    Step::Ledger(LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking })
}
