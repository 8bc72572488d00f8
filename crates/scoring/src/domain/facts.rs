//! What scoring uses of the events of the other services. Every one of their variants is named here.

use jixiao_events::ledger::{Booking, Direction, EntryKind, LedgerEvent};
use jixiao_events::registry::{FilingKind, Fund, Membership, Project, RegistryEvent};
use jixiao_events::scoring::{CountQuantity, Fact, MoneyQuantity};
use jixiao_events::targets::TargetEvent;
use jixiao_events::{FundId, Money};

/// The facts of an event of the registry. A project that was registered as removed, or only as named, never counts.
pub fn of_registry(event: &RegistryEvent) -> Vec<Fact> {
    match event {
        RegistryEvent::FundCreated(Fund { fund, name, fiscal_year, display_unit, time_zone, .. }) => {
            vec![Fact::Fund {
                fund: fund.clone(),
                name: name.clone(),
                fiscal_year: *fiscal_year,
                display_unit: *display_unit,
                time_zone: time_zone.clone(),
            }]
        }
        RegistryEvent::FundYearClosed { fund, on, .. } => {
            vec![Fact::YearClosed { fund: fund.clone(), on: *on }]
        }
        RegistryEvent::ProjectRegistered(Project {
            fund, project, name, membership, origin, state, ..
        }) => {
            let known = Fact::Project {
                fund: fund.clone(),
                project: project.clone(),
                name: name.clone(),
                membership: *membership,
                origin: *origin,
                state: *state,
            };
            let comes = (*membership == Membership::InFund).then(|| projects(fund, 1));
            std::iter::once(known).chain(comes).collect()
        }
        RegistryEvent::ProjectStateChanged { fund, project, to, leaves_fund, .. } => {
            let changed = Fact::ProjectState {
                fund: fund.clone(),
                project: project.clone(),
                state: *to,
                leaves_fund: *leaves_fund,
            };
            let goes = leaves_fund.then(|| projects(fund, -1));
            std::iter::once(changed).chain(goes).collect()
        }
        RegistryEvent::FilingRecorded { fund, kind, not_filed_change, .. }
        | RegistryEvent::FilingCountStated { fund, kind, not_filed_change, .. } => {
            vec![not_filed(fund, *kind, *not_filed_change)]
        }
        RegistryEvent::AgencyRegistered { .. }
        | RegistryEvent::AgencyReorganized { .. }
        | RegistryEvent::FundDocumentAdded { .. }
        | RegistryEvent::TenderRecorded { .. }
        | RegistryEvent::TransferRecorded(_)
        | RegistryEvent::StatementRecorded(_) => Vec::new(),
    }
}

fn projects(fund: &FundId, change: i64) -> Fact {
    Fact::Count { fund: fund.clone(), quantity: CountQuantity::Projects, change }
}

/// The facts of an event of the ledger.
pub fn of_ledger(event: &LedgerEvent) -> Vec<Fact> {
    match event {
        LedgerEvent::BudgetApproved(booking) => vec![money(booking, MoneyQuantity::Original)],
        LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking } => {
            vec![money(booking, MoneyQuantity::Increase)]
        }
        LedgerEvent::BudgetAdjusted { direction: Direction::Decrease, booking } => {
            vec![money(booking, MoneyQuantity::Decrease)]
        }
        LedgerEvent::MoneyReceived(booking) => vec![money(booking, MoneyQuantity::Received)],
        LedgerEvent::PaymentMade { booking, .. } => vec![money(booking, MoneyQuantity::Paid)],
        LedgerEvent::MoneyRefunded(booking) => vec![money(booking, MoneyQuantity::Refunded)],
        LedgerEvent::UnspentExplained { fund, amount, .. } => {
            vec![changed(fund, MoneyQuantity::UnspentExplained, *amount)]
        }
        LedgerEvent::EntryReversed { kind, booking, .. } => quantity_of(*kind)
            .map(|quantity| changed(&booking.fund, quantity, -booking.amount))
            .into_iter()
            .collect(),
        // Registry's facts come from the registry itself; the rest moves money within the fund, or not at all.
        LedgerEvent::RegistryTakenIn { .. }
        | LedgerEvent::BudgetTransferred { .. }
        | LedgerEvent::BudgetSplit { .. }
        | LedgerEvent::BudgetAllocated(_)
        | LedgerEvent::MoneyCommitted { .. }
        | LedgerEvent::PaymentRequested { .. }
        | LedgerEvent::MoneyStated { .. } => Vec::new(),
    }
}

/// The facts of an event of the targets.
pub fn of_targets(event: &TargetEvent) -> Vec<Fact> {
    match event {
        TargetEvent::TargetSet { target, definition, .. } => {
            vec![Fact::Target { target: target.clone(), version: 1, definition: definition.clone() }]
        }
        TargetEvent::TargetRevised { target, version, definition, .. } => {
            vec![Fact::Target { target: target.clone(), version: *version, definition: definition.clone() }]
        }
        TargetEvent::TargetWithdrawn { target, .. } => vec![Fact::TargetWithdrawn { target: target.clone() }],
        TargetEvent::ActualRecorded { target, value, unit, unit_match, on, .. } => vec![Fact::Actual {
            target: target.clone(),
            value: value.clone(),
            unit: unit.clone(),
            unit_match: *unit_match,
            on: *on,
        }],
        TargetEvent::SelfScoreRecorded { fund, subject, score, .. } => {
            vec![Fact::SelfScore { fund: fund.clone(), subject: subject.clone(), score: *score }]
        }
        TargetEvent::RegistryTakenIn { .. } | TargetEvent::MissExplained { .. } => Vec::new(),
    }
}

fn money(booking: &Booking, quantity: MoneyQuantity) -> Fact {
    changed(&booking.fund, quantity, booking.amount)
}

fn changed(fund: &FundId, quantity: MoneyQuantity, change: Money) -> Fact {
    Fact::Money { fund: fund.clone(), quantity, change }
}

/// The sum that entries of a kind add to.
fn quantity_of(kind: EntryKind) -> Option<MoneyQuantity> {
    match kind {
        EntryKind::OriginalBudget => Some(MoneyQuantity::Original),
        EntryKind::Increase => Some(MoneyQuantity::Increase),
        EntryKind::Decrease => Some(MoneyQuantity::Decrease),
        EntryKind::Receipt => Some(MoneyQuantity::Received),
        EntryKind::Payment => Some(MoneyQuantity::Paid),
        EntryKind::Refund => Some(MoneyQuantity::Refunded),
        EntryKind::UnspentExplanation => Some(MoneyQuantity::UnspentExplained),
        EntryKind::Transfer
        | EntryKind::Split
        | EntryKind::Allocation
        | EntryKind::Commitment
        | EntryKind::PaymentRequest
        | EntryKind::Reversal
        | EntryKind::Statement => None,
    }
}

/// A change of nothing is a fact too: from then on it is known that none is missing.
fn not_filed(fund: &FundId, kind: FilingKind, change: i64) -> Fact {
    let quantity = match kind {
        FilingKind::ContractFiling => CountQuantity::ContractsNotFiled,
        FilingKind::Acceptance => CountQuantity::AcceptancesNotFiled,
    };
    Fact::Count { fund: fund.clone(), quantity, change }
}
