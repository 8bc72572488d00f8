//! How an event changes what is known. Total: any subset of events folds without a panic.

use jixiao_eventlog::Meta;
use jixiao_events::ledger::{
    AccountKind, Booking, Direction, EntryKind, Holder, LedgerEvent, LedgerFact, Posting, Scope,
};
use jixiao_events::registry::Membership;
use jixiao_events::{Approval, EntryId, FundId, Money, PartialDate};

use super::postings::{debited, holder};
use super::state::{AccountRow, Detail, Entry, FundFacts, OpenCommitment, ProjectFacts, State, Totals};
use super::{NAMED, key};

/// The keys whose state or history an event belongs to.
pub(crate) fn keys(event: &LedgerEvent) -> Vec<String> {
    let Some(booked) = Booked::of(event) else {
        let LedgerEvent::RegistryTakenIn { fact: Some(fact), .. } = event else { return Vec::new() };
        return fact_keys(fact);
    };
    let fund = booked.fund;
    let mut keys = vec![key::totals(fund)];
    keys.extend(booked.touched().map(|entry| key::entry(fund, entry)));
    keys.extend(accounts(fund, booked.postings));
    keys.sort_unstable();
    keys.dedup();
    keys
}

pub(crate) fn fact_keys(fact: &LedgerFact) -> Vec<String> {
    match fact {
        LedgerFact::Fund { fund, .. } | LedgerFact::YearClosed { fund, .. } => vec![key::fund(fund)],
        LedgerFact::Agency { agency } => vec![key::agency(agency)],
        LedgerFact::Project { fund, project, group, .. } => {
            let group = group.as_ref().map(|group| key::group(fund, group));
            group.into_iter().chain([key::project(fund, project)]).collect()
        }
    }
}

/// The keys of the accounts that postings move.
pub(crate) fn accounts(fund: &FundId, postings: &[Posting]) -> impl Iterator<Item = String> {
    postings
        .iter()
        .flat_map(|posting| [&posting.debit.holder, &posting.credit.holder])
        .map(move |holder| key::account(fund, holder))
}

/// Folds an event into the state of one of its keys.
pub(crate) fn evolve(at: &str, state: &mut Option<State>, event: &LedgerEvent, meta: &Meta) {
    if let LedgerEvent::RegistryTakenIn { fact, .. } = event {
        if let Some(fact) = fact {
            take_in(at, state, fact);
        }
        return;
    }
    let Some(booked) = Booked::of(event) else { return };
    if at == key::totals(booked.fund) {
        if let State::Totals(totals) = state.get_or_insert_with(|| State::Totals(Totals::default())) {
            sum(totals, &booked);
        }
    } else if at == key::entry(booked.fund, booked.entry) {
        *state = Some(State::Entry(Box::new(booked.entry(meta))));
    } else if let Some(State::Entry(entry)) = state {
        touch(entry, &booked);
    } else if let Some(holder) = booked.holder_at(at)
        && let State::Account(row) =
            state.get_or_insert_with(|| State::Account(AccountRow::new(holder.clone())))
    {
        for posting in booked.postings {
            row.post(posting);
        }
        bind(row, &booked);
    }
}

fn take_in(at: &str, state: &mut Option<State>, fact: &LedgerFact) {
    match fact {
        LedgerFact::Fund { fiscal_year, agency, .. } => {
            let closed_on = match state {
                Some(State::Fund(known)) => known.closed_on,
                _ => None,
            };
            *state =
                Some(State::Fund(FundFacts { fiscal_year: *fiscal_year, agency: agency.clone(), closed_on }));
        }
        LedgerFact::YearClosed { on, .. } => {
            if let Some(State::Fund(known)) = state {
                known.closed_on = Some(*on);
            }
        }
        LedgerFact::Agency { .. } => *state = Some(State::Agency),
        LedgerFact::Project { fund, project, membership, group, state: now } => {
            if at != key::project(fund, project) {
                *state = Some(State::Group);
                return;
            }
            let known = match state {
                Some(State::Project(known)) => Some(known),
                _ => None,
            };
            *state = Some(State::Project(ProjectFacts {
                membership: (*membership)
                    .or(known.as_ref().map(|known| known.membership))
                    .unwrap_or(Membership::InFund),
                group: group.clone().or(known.and_then(|known| known.group.clone())),
                state: *now,
            }));
        }
    }
}

/// What all entries have in common.
struct Booked<'a> {
    fund: &'a FundId,
    entry: &'a EntryId,
    kind: EntryKind,
    scope: &'a Scope,
    amount: Money,
    on: Option<PartialDate>,
    approval: Option<&'a Approval>,
    source: Option<&'a String>,
    postings: &'a [Posting],
    refers_to: Option<&'a EntryId>,
    /// The kind of the entry that a reversal takes back.
    reverses: Option<EntryKind>,
    gives_back: Option<&'a EntryId>,
    over_limit: Option<Money>,
    detail: Detail,
}

impl<'a> Booked<'a> {
    /// `None` for an intake.
    fn of(event: &'a LedgerEvent) -> Option<Self> {
        Some(match event {
            LedgerEvent::RegistryTakenIn { .. } => return None,
            LedgerEvent::BudgetApproved(booking) => Self::new(EntryKind::OriginalBudget, booking),
            LedgerEvent::BudgetAdjusted { direction: Direction::Increase, booking } => {
                Self::new(EntryKind::Increase, booking)
            }
            LedgerEvent::BudgetAdjusted { direction: Direction::Decrease, booking } => {
                Self::new(EntryKind::Decrease, booking)
            }
            LedgerEvent::BudgetTransferred { from, to, booking } => Self {
                detail: Detail::Agencies { from: from.clone(), to: to.clone() },
                ..Self::new(EntryKind::Transfer, booking)
            },
            LedgerEvent::BudgetSplit { parts, booking } => {
                Self { detail: Detail::Parts(parts.clone()), ..Self::new(EntryKind::Split, booking) }
            }
            LedgerEvent::BudgetAllocated(booking) => Self::new(EntryKind::Allocation, booking),
            LedgerEvent::MoneyCommitted { contract, booking } => Self {
                detail: Detail::Contract(contract.clone()),
                ..Self::new(EntryKind::Commitment, booking)
            },
            LedgerEvent::MoneyReceived(booking) => Self::new(EntryKind::Receipt, booking),
            LedgerEvent::PaymentRequested { commitment, booking } => {
                Self { refers_to: commitment.as_ref(), ..Self::new(EntryKind::PaymentRequest, booking) }
            }
            LedgerEvent::PaymentMade { request, over_limit, is_final, booking } => Self {
                refers_to: request.as_ref(),
                over_limit: *over_limit,
                detail: if *is_final { Detail::FinalPayment } else { Detail::None },
                ..Self::new(EntryKind::Payment, booking)
            },
            LedgerEvent::MoneyRefunded(booking) => Self::new(EntryKind::Refund, booking),
            LedgerEvent::EntryReversed { of, kind, gives_back, over_limit, booking } => Self {
                refers_to: Some(of),
                reverses: Some(*kind),
                gives_back: gives_back.as_ref(),
                over_limit: *over_limit,
                ..Self::new(EntryKind::Reversal, booking)
            },
            LedgerEvent::UnspentExplained { fund, entry, scope, amount, reason, source } => Self {
                source: source.as_ref(),
                detail: Detail::Reason(reason.clone()),
                ..Self::said(EntryKind::UnspentExplanation, fund, entry, scope, *amount)
            },
            LedgerEvent::MoneyStated { fund, entry, scope, kind, amount, source } => Self {
                source: source.as_ref(),
                detail: Detail::Stated(*kind),
                ..Self::said(EntryKind::Statement, fund, entry, scope, *amount)
            },
        })
    }

    fn new(kind: EntryKind, booking: &'a Booking) -> Self {
        let Booking { fund, entry, scope, amount, on, approval, source, postings } = booking;
        Self {
            on: Some(*on),
            approval: Some(approval),
            source: source.as_ref(),
            postings,
            ..Self::said(kind, fund, entry, scope, *amount)
        }
    }

    /// An entry that moves nothing.
    fn said(kind: EntryKind, fund: &'a FundId, entry: &'a EntryId, scope: &'a Scope, amount: Money) -> Self {
        Self {
            fund,
            entry,
            kind,
            scope,
            amount,
            on: None,
            approval: None,
            source: None,
            postings: &[],
            refers_to: None,
            reverses: None,
            gives_back: None,
            over_limit: None,
            detail: Detail::None,
        }
    }

    /// The entries whose rows it changes.
    fn touched(&self) -> impl Iterator<Item = &'a EntryId> {
        [Some(self.entry), self.refers_to, self.gives_back].into_iter().flatten()
    }

    /// The holder whose accounts are under a key.
    fn holder_at(&self, at: &str) -> Option<&'a Holder> {
        self.postings
            .iter()
            .flat_map(|posting| [&posting.debit.holder, &posting.credit.holder])
            .find(|holder| key::account(self.fund, holder) == at)
    }

    fn entry(&self, meta: &Meta) -> Entry {
        let has_rest = matches!(self.kind, EntryKind::Commitment | EntryKind::PaymentRequest);
        Entry {
            fund: self.fund.clone(),
            entry: self.entry.clone(),
            kind: self.kind,
            scope: self.scope.clone(),
            amount: self.amount,
            on: self.on,
            approval: self.approval.cloned(),
            source: self.source.cloned(),
            postings: self.postings.to_vec(),
            rest: has_rest.then_some(self.amount),
            reversed_by: None,
            refers_to: self.refers_to.cloned(),
            // A reversal of a payment over the limit is none itself.
            over_limit: self.over_limit.filter(|_| self.kind == EntryKind::Payment),
            detail: self.detail.clone(),
            event_id: meta.id.clone(),
            recorded_time: meta.recorded_time,
            actor: meta.actor.clone(),
        }
    }
}

/// An entry that a later one draws on, settles, takes back or gives back to.
fn touch(entry: &mut Entry, booked: &Booked<'_>) {
    let reversed = booked.kind == EntryKind::Reversal && booked.refers_to == Some(&entry.entry);
    if reversed {
        entry.reversed_by = Some(booked.entry.clone());
        entry.rest = entry.rest.map(|_| Money::ZERO);
        return;
    }
    // What a request takes from a commitment is credited to committed, what a payment takes from a request to requested.
    let from = match entry.kind {
        EntryKind::Commitment => AccountKind::Committed,
        EntryKind::PaymentRequest => AccountKind::Requested,
        _ => return,
    };
    entry.rest = entry.rest.map(|rest| rest + debited(booked.postings, from));
}

fn sum(totals: &mut Totals, booked: &Booked<'_>) {
    totals.committed += debited(booked.postings, AccountKind::Committed);
    totals.requested += debited(booked.postings, AccountKind::Requested);
    let (kind, amount, back) = match booked.reverses {
        Some(kind) => (kind, -booked.amount, true),
        None => (booked.kind, booked.amount, false),
    };
    let count = |count: &mut u32| {
        *count = if back { count.saturating_sub(1) } else { count.saturating_add(1) };
    };
    match kind {
        EntryKind::OriginalBudget => {
            totals.original += amount;
            totals.original_entry = (!back).then(|| booked.entry.clone());
        }
        EntryKind::Increase => {
            totals.increases += amount;
            count(&mut totals.adjustments);
        }
        EntryKind::Decrease => {
            totals.decreases += amount;
            count(&mut totals.adjustments);
        }
        EntryKind::Transfer => totals.transferred += amount,
        EntryKind::Allocation => totals.allocated += amount,
        EntryKind::Receipt => totals.received += amount,
        EntryKind::Payment => {
            totals.paid += amount;
            if booked.over_limit.is_some() {
                count(&mut totals.payments_over_limit);
                let payment = if back { booked.refers_to } else { Some(booked.entry) };
                totals.over_limit_payments.retain(|listed| Some(listed) != payment);
                if !back {
                    totals.over_limit_payments.insert(0, booked.entry.clone());
                    totals.over_limit_payments.truncate(NAMED);
                }
            }
        }
        EntryKind::Refund => totals.refunded += amount,
        EntryKind::UnspentExplanation => totals.explained += amount,
        EntryKind::Split
        | EntryKind::Commitment
        | EntryKind::PaymentRequest
        | EntryKind::Reversal
        | EntryKind::Statement => {}
    }
}

/// Keeps the list of commitments that bind a holder's money.
fn bind(row: &mut AccountRow, booked: &Booked<'_>) {
    if row.holder != holder(booked.scope) {
        return;
    }
    if let (EntryKind::Commitment, Detail::Contract(contract)) = (booked.kind, &booked.detail) {
        if row.commitments.len() >= NAMED {
            // One that nothing is left of makes room.
            let spent = row.commitments.iter().position(|listed| listed.rest == Money::ZERO);
            spent.map(|spent| row.commitments.remove(spent));
        }
        if row.commitments.len() < NAMED {
            row.commitments.push(OpenCommitment {
                entry: booked.entry.clone(),
                contract: contract.clone(),
                rest: booked.amount,
            });
        }
        return;
    }
    if booked.reverses == Some(EntryKind::Commitment) {
        row.commitments.retain(|listed| Some(&listed.entry) != booked.refers_to);
        return;
    }
    let moved = debited(booked.postings, AccountKind::Committed);
    let drawn_on = booked.gives_back.or(booked.refers_to);
    if let Some(listed) = row.commitments.iter_mut().find(|listed| Some(&listed.entry) == drawn_on) {
        listed.rest += moved;
    }
}
