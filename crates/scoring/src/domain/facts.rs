//! What scoring uses of the events of the other services. Every one of their variants is named here.

mod about;
mod reasons;

use jixiao_events::ledger::{Booking, Direction, EntryKind, LedgerEvent, Scope, StatedMoney};
use jixiao_events::registry::{
    Document, FilingKind, Fund, Membership, Project, RegistryEvent, Statement, StatementKind,
};
use jixiao_events::scoring::{CountQuantity, DatedKind, Fact, MoneyQuantity, ScopeQuantity};
use jixiao_events::targets::TargetEvent;
use jixiao_events::{EntryId, FundId, Money};

pub use self::about::{explained_subjects, fact_fund, fact_keys, fact_target};

/// The facts of an event of the registry. A project that was registered as removed, or only as named, never counts.
pub fn of_registry(event: &RegistryEvent) -> Vec<Fact> {
    match event {
        RegistryEvent::FundCreated(created) => {
            let Fund { fund, name, fiscal_year, agency, display_unit, time_zone, documents, kind, .. } =
                created;
            let known = Fact::Fund {
                fund: fund.clone(),
                name: name.clone(),
                fiscal_year: *fiscal_year,
                display_unit: *display_unit,
                time_zone: time_zone.clone(),
                agency: Some(agency.clone()),
                kind: *kind,
            };
            let cited = documents.iter().map(|document| cited(fund, document));
            std::iter::once(known).chain(cited).collect()
        }
        RegistryEvent::FundDocumentAdded { fund, document } => vec![cited(fund, document)],
        RegistryEvent::FundYearClosed { fund, on, .. } => {
            vec![Fact::YearClosed { fund: fund.clone(), on: *on }]
        }
        RegistryEvent::ProjectRegistered(Project {
            fund,
            project,
            name,
            membership,
            origin,
            state,
            group,
            state_on,
            approved_on,
            category,
            implementing_agency,
            ..
        }) => {
            let known = Fact::Project {
                fund: fund.clone(),
                project: project.clone(),
                name: name.clone(),
                membership: *membership,
                origin: *origin,
                state: *state,
                group: group.clone(),
                state_on: *state_on,
                approved_on: *approved_on,
                category: category.clone(),
                agency: implementing_agency.clone(),
            };
            let comes = (*membership == Membership::InFund).then(|| projects(fund, 1));
            std::iter::once(known).chain(comes).collect()
        }
        RegistryEvent::ProjectStateChanged { fund, project, to, leaves_fund, on, .. } => {
            let changed = Fact::ProjectState {
                fund: fund.clone(),
                project: project.clone(),
                state: *to,
                leaves_fund: *leaves_fund,
                on: *on,
            };
            let goes = leaves_fund.then(|| projects(fund, -1));
            std::iter::once(changed).chain(goes).collect()
        }
        RegistryEvent::FilingRecorded { fund, project, kind, state, on, not_filed_change, .. } => {
            let (fund, project, kind) = (fund.clone(), project.clone(), *kind);
            let counted = not_filed(&fund, kind, *not_filed_change);
            vec![counted, Fact::Filing { fund, project, kind, state: *state, on: *on }]
        }
        RegistryEvent::FilingCountStated { fund, kind, not_filed_change, .. } => {
            vec![not_filed(fund, *kind, *not_filed_change)]
        }
        RegistryEvent::StatementRecorded(Statement {
            kind: StatementKind::TargetChange,
            fund,
            project,
            statement,
            text,
            value,
            previous_value,
            unit,
            ..
        }) => vec![Fact::TargetChangeStated {
            fund: fund.clone(),
            project: project.clone(),
            statement: statement.clone(),
            text: text.clone(),
            value: value.clone(),
            previous_value: previous_value.clone(),
            unit: unit.clone(),
        }],
        RegistryEvent::TenderRecorded { fund, project, tender } => vec![Fact::Tender {
            fund: fund.clone(),
            project: project.clone(),
            noticed_on: tender.noticed_on,
            opened_on: tender.opened_on,
        }],
        RegistryEvent::StatementRecorded(statement) => of_statement(statement).into_iter().collect(),
        RegistryEvent::AgencyRegistered { .. }
        | RegistryEvent::AgencyReorganized { .. }
        | RegistryEvent::TransferRecorded(_) => Vec::new(),
    }
}

fn cited(fund: &FundId, document: &Document) -> Fact {
    Fact::DocumentCited { fund: fund.clone(), document: document.clone() }
}

/// What a statement can be held against; nothing where that was not said.
fn of_statement(said: &Statement) -> Option<Fact> {
    let (fund, statement, text) = (said.fund.clone(), said.statement.clone(), said.text.clone());
    let value = said.value.clone();
    match said.kind {
        StatementKind::Achievement => Some(Fact::AchievementStated {
            fund,
            statement,
            target: said.target.clone()?,
            text,
            value: value?,
            unit: said.unit.clone(),
            on: said.on,
        }),
        StatementKind::Universal => {
            let (covers, excepted) = (said.covers?, said.excepted.clone());
            Some(Fact::UniversalStated { fund, statement, text, covers, excepted })
        }
        StatementKind::Annex => {
            let (name, attached) = (value.unwrap_or(text), said.attached);
            Some(Fact::AnnexReferred { fund, statement, name, attached })
        }
        StatementKind::Year => Some(Fact::YearStated { fund, statement, text, value: value? }),
        StatementKind::Date | StatementKind::TargetChange | StatementKind::Other => None,
    }
}

fn projects(fund: &FundId, change: i64) -> Fact {
    Fact::Count { fund: fund.clone(), quantity: CountQuantity::Projects, change }
}

fn adjustments(fund: &FundId, change: i64) -> Fact {
    Fact::Count { fund: fund.clone(), quantity: CountQuantity::Adjustments, change }
}

/// The facts of an event of the ledger. Money that is told of one project or group counts in its own sums too.
pub fn of_ledger(event: &LedgerEvent) -> Vec<Fact> {
    match event {
        // From then on it is known how often it was adjusted: not yet.
        LedgerEvent::BudgetApproved(booking) => {
            vec![money(booking, MoneyQuantity::Original), adjustments(&booking.fund, 0)]
        }
        LedgerEvent::BudgetAdjusted { direction, booking } => {
            let (of_fund, of_scope) = match direction {
                Direction::Increase => (MoneyQuantity::Increase, ScopeQuantity::Increase),
                Direction::Decrease => (MoneyQuantity::Decrease, ScopeQuantity::Decrease),
            };
            let entry = Fact::Adjustment {
                fund: booking.fund.clone(),
                entry: booking.entry.clone(),
                direction: *direction,
                scope: booking.scope.clone(),
                amount: booking.amount,
                on: booking.on,
                approver: booking.approval.approver.clone(),
            };
            let dated = (*direction == Direction::Increase).then(|| dated(booking, DatedKind::Increase));
            let of_scope = scoped(booking, of_scope).into_iter().chain(dated.flatten());
            let all = [money(booking, of_fund), adjustments(&booking.fund, 1), entry];
            all.into_iter().chain(of_scope).collect()
        }
        LedgerEvent::MoneyReceived(booking) => {
            let of_scope = scoped(booking, ScopeQuantity::Received);
            std::iter::once(money(booking, MoneyQuantity::Received)).chain(of_scope).collect()
        }
        LedgerEvent::PaymentMade { is_final, booking, .. } => {
            let kind = if *is_final { DatedKind::FinalPayment } else { DatedKind::Payment };
            let of_scope = scoped(booking, ScopeQuantity::Paid).into_iter().chain(dated(booking, kind));
            std::iter::once(money(booking, MoneyQuantity::Paid)).chain(of_scope).collect()
        }
        LedgerEvent::MoneyRefunded(booking) => vec![money(booking, MoneyQuantity::Refunded)],
        LedgerEvent::BudgetAllocated(booking) => {
            scoped(booking, ScopeQuantity::Allocated).into_iter().collect()
        }
        LedgerEvent::UnspentExplained { fund, entry, scope, amount, reason, .. } => {
            let of_scope = scope_money(fund, scope, ScopeQuantity::UnspentExplained, *amount);
            let of_fund = changed(fund, MoneyQuantity::UnspentExplained, *amount);
            let given = reasons::of_unspent(fund, entry, scope, reason);
            std::iter::once(of_fund).chain(of_scope).chain(given).collect()
        }
        LedgerEvent::MoneyStated { fund, scope, kind, amount, .. } => {
            let quantity = match kind {
                StatedMoney::Arranged => ScopeQuantity::StatedArranged,
                StatedMoney::Paid => ScopeQuantity::StatedPaid,
                StatedMoney::Unspent => ScopeQuantity::StatedUnspent,
            };
            scope_money(fund, scope, quantity, *amount).into_iter().collect()
        }
        LedgerEvent::EntryReversed { of, kind, booking, .. } => {
            let Booking { fund, scope, amount, .. } = booking;
            let of_fund = quantity_of(*kind).map(|quantity| changed(fund, quantity, -*amount));
            let of_scope =
                scope_quantity_of(*kind).and_then(|quantity| scope_money(fund, scope, quantity, -*amount));
            let adjustment = matches!(kind, EntryKind::Increase | EntryKind::Decrease)
                .then(|| {
                    [
                        Fact::AdjustmentReversed { fund: fund.clone(), entry: of.clone() },
                        adjustments(fund, -1),
                    ]
                })
                .into_iter()
                .flatten();
            let dated = matches!(kind, EntryKind::Increase | EntryKind::Payment | EntryKind::Split)
                .then(|| dated_back(booking, of));
            let back = reasons::taken_back(fund, of, *kind, scope);
            of_fund.into_iter().chain(adjustment).chain(of_scope).chain(dated.flatten()).chain(back).collect()
        }
        LedgerEvent::BudgetSplit { parts, booking } => match booking.scope.clone() {
            Scope::Project { project } => vec![Fact::Split {
                fund: booking.fund.clone(),
                project,
                entry: booking.entry.clone(),
                parts: parts.clone(),
            }],
            _ => Vec::new(),
        },
        // Registry's facts come from the registry itself; the rest moves money within the fund, or not at all.
        LedgerEvent::RegistryTakenIn { .. }
        | LedgerEvent::BudgetTransferred { .. }
        | LedgerEvent::MoneyCommitted { .. }
        | LedgerEvent::PaymentRequested { .. } => Vec::new(),
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
        TargetEvent::SelfScoreRecorded { fund, subject, score, on, reason, .. } => vec![Fact::SelfScore {
            fund: fund.clone(),
            subject: subject.clone(),
            score: *score,
            on: Some(*on),
            reason: reason.clone(),
        }],
        TargetEvent::MissExplained { fund, explanation, project, group, targets, reason, .. } => {
            let explained = Fact::MissExplained {
                fund: fund.clone(),
                explanation: explanation.clone(),
                project: project.clone(),
                group: group.clone(),
                targets: targets.clone(),
            };
            let given =
                reasons::of_misses(fund, explanation, project.as_ref(), group.as_ref(), targets, reason);
            std::iter::once(explained).chain(given).collect()
        }
        TargetEvent::RegistryTakenIn { .. } => Vec::new(),
    }
}

fn money(booking: &Booking, quantity: MoneyQuantity) -> Fact {
    changed(&booking.fund, quantity, booking.amount)
}

fn changed(fund: &FundId, quantity: MoneyQuantity, change: Money) -> Fact {
    Fact::Money { fund: fund.clone(), quantity, change }
}

fn scoped(booking: &Booking, quantity: ScopeQuantity) -> Option<Fact> {
    scope_money(&booking.fund, &booking.scope, quantity, booking.amount)
}

/// An entry for one project that has its time in the project's life.
fn dated(booking: &Booking, kind: DatedKind) -> Option<Fact> {
    let Booking { fund, scope: Scope::Project { project }, entry, amount, on, .. } = booking else {
        return None;
    };
    let (fund, project, entry) = (fund.clone(), project.clone(), entry.clone());
    Some(Fact::Dated { fund, project, entry, kind, amount: *amount, on: *on })
}

/// Such an entry, taken back.
fn dated_back(booking: &Booking, of: &EntryId) -> Option<Fact> {
    let Booking { fund, scope: Scope::Project { project }, .. } = booking else { return None };
    Some(Fact::DatedReversed { fund: fund.clone(), project: project.clone(), entry: of.clone() })
}

/// Nothing for the fund as a whole, whose sums are its own.
fn scope_money(fund: &FundId, scope: &Scope, quantity: ScopeQuantity, amount: Money) -> Option<Fact> {
    let (fund, scope) = (fund.clone(), Some(scope.clone()).filter(|scope| *scope != Scope::Fund)?);
    Some(Fact::ScopeMoney { fund, scope, quantity, amount })
}

/// The sum of a project or group that entries of a kind add to.
fn scope_quantity_of(kind: EntryKind) -> Option<ScopeQuantity> {
    match kind {
        EntryKind::Increase => Some(ScopeQuantity::Increase),
        EntryKind::Decrease => Some(ScopeQuantity::Decrease),
        EntryKind::Allocation => Some(ScopeQuantity::Allocated),
        EntryKind::Receipt => Some(ScopeQuantity::Received),
        EntryKind::Payment => Some(ScopeQuantity::Paid),
        EntryKind::UnspentExplanation => Some(ScopeQuantity::UnspentExplained),
        EntryKind::OriginalBudget
        | EntryKind::Transfer
        | EntryKind::Split
        | EntryKind::Commitment
        | EntryKind::PaymentRequest
        | EntryKind::Refund
        | EntryKind::Reversal
        | EntryKind::Statement => None,
    }
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
