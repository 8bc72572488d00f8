//! Dated steps of a project's life, as events.

use jixiao_events::ledger::{Booking, LedgerEvent, Share};
use jixiao_events::registry::{ProjectState, RegistryEvent, Tender};

use super::fund::{Dates, Project};
use super::world::{FUND, booking, id, of_project};

/// The steps of a project that are told with a date, the approval aside; its state is in the end what it was.
pub fn of_registry(at: usize, project: &Project) -> Vec<RegistryEvent> {
    let mut events = Vec::new();
    for (state, on) in [
        (ProjectState::Contracted, project.dates.contracted),
        (ProjectState::Accepted, project.dates.accepted),
    ] {
        if on.is_some() {
            events.extend([came_to(at, state, on), came_to(at, project.state, None)]);
        }
    }
    events.extend(project.dates.tender.map(|(noticed, opened)| tendered(at, noticed, opened)));
    events
}

fn came_to(at: usize, to: ProjectState, on: Option<&str>) -> RegistryEvent {
    RegistryEvent::ProjectStateChanged {
        fund: id(FUND),
        project: id(&format!("p{at}")),
        from: ProjectState::NotStated,
        to,
        leaves_fund: false,
        on: on.map(id),
        reason: None,
        source: None,
    }
}

/// A tender of a project.
pub fn tendered(at: usize, noticed_on: &str, opened_on: &str) -> RegistryEvent {
    let (noticed_on, opened_on) = (Some(id(noticed_on)), Some(id(opened_on)));
    let tender = Tender { notice_number: None, method: None, noticed_on, opened_on, source: None };
    RegistryEvent::TenderRecorded { fund: id(FUND), project: id(&format!("p{at}")), tender }
}

/// A split of a project's money between two agencies.
pub fn split(at: usize, hundreds: i64) -> LedgerEvent {
    let booking = booking(&format!("split-{at}"), of_project(at), hundreds, None);
    let part = |agency: &str| Share { agency: id(agency), amount: booking.amount };
    let parts = vec![part("bureau"), part("office")];
    LedgerEvent::BudgetSplit { parts, booking }
}

/// A payment of a project.
pub fn payment(entry: &str, at: usize, hundreds: i64, dates: &Dates) -> LedgerEvent {
    let booking = booking(entry, of_project(at), hundreds, None);
    let booking = Booking { on: id(dates.paid.unwrap_or("2019")), ..booking };
    LedgerEvent::PaymentMade { request: None, over_limit: None, is_final: dates.is_paid_last, booking }
}
