//! What follows from a command.

use std::collections::BTreeSet;

use jixiao_eventlog::States;
use jixiao_events::ledger::{
    AccountKind, Booking, Direction, EntryKind, Holder, LedgerEvent, Posting, Scope, Share,
};
use jixiao_events::registry::Membership;
use jixiao_events::{AgencyId, Approval, EntryId, FundId, Money, PartialDate};

use super::command::{Draft, LedgerCommand};
use super::key;
use super::postings::{self, debited};
use super::refusal::{Holds, KindWord, LedgerRefusal, resource};
use super::seen::Seen;
use super::state::{Entry, FundFacts, State};

/// What follows from a command. The checks are in the order of [`LedgerRefusal`].
pub(crate) fn decide(
    states: &States<'_, State>,
    command: &LedgerCommand,
) -> Result<Vec<LedgerEvent>, LedgerRefusal> {
    let seen = Seen(states);
    let event = match command {
        LedgerCommand::TakeIn { source, fact } => {
            LedgerEvent::RegistryTakenIn { source: source.clone(), fact: fact.clone() }
        }
        LedgerCommand::ApproveBudget { draft, agency } => seen.approve(draft, agency.as_ref())?,
        LedgerCommand::AdjustBudget { draft, direction } => seen.adjust(draft, *direction)?,
        LedgerCommand::TransferBudget { draft, from, to } => seen.transfer(draft, from, to)?,
        LedgerCommand::SplitBudget { draft, parts } => seen.split(draft, parts)?,
        LedgerCommand::AllocateBudget(draft) => seen.allocate(draft)?,
        LedgerCommand::CommitMoney { draft, contract } => seen.commit(draft, contract)?,
        LedgerCommand::RecordReceipt(draft) => {
            seen.recordable(draft)?;
            LedgerEvent::MoneyReceived(draft.book(postings::receipt(&draft.scope, draft.amount)))
        }
        LedgerCommand::RequestPayment { draft, commitment } => seen.request(draft, commitment.as_ref())?,
        LedgerCommand::RecordPayment { draft, request, is_final } => {
            seen.pay(draft, request.as_ref(), *is_final)?
        }
        LedgerCommand::RecordRefund(draft) => {
            seen.recordable(draft)?;
            seen.available(&draft.fund, &draft.scope, draft.amount)?;
            LedgerEvent::MoneyRefunded(draft.book(postings::refund(&draft.scope, draft.amount)))
        }
        LedgerCommand::ReverseEntry { fund, of, entry, on, approval, source } => {
            seen.reverse(fund, of, entry, (*on, approval, source.as_ref()))?
        }
        LedgerCommand::ExplainUnspent { fund, entry, scope, amount, reason, source } => {
            seen.sayable(fund, entry, scope, *amount)?;
            LedgerEvent::UnspentExplained {
                fund: fund.clone(),
                entry: entry.clone(),
                scope: scope.clone(),
                amount: *amount,
                reason: reason.clone(),
                source: source.clone(),
            }
        }
        LedgerCommand::StateMoney { fund, entry, scope, kind, amount, source } => {
            seen.sayable(fund, entry, scope, *amount)?;
            LedgerEvent::MoneyStated {
                fund: fund.clone(),
                entry: entry.clone(),
                scope: scope.clone(),
                kind: *kind,
                amount: *amount,
                source: source.clone(),
            }
        }
    };
    Ok(vec![event])
}

/// One method a command.
impl Seen<'_, '_> {
    fn approve(&self, draft: &Draft, agency: Option<&AgencyId>) -> Result<LedgerEvent, LedgerRefusal> {
        positive(draft.amount)?;
        if draft.scope != Scope::Fund {
            return Err(LedgerRefusal::ScopeNotFund);
        }
        let fund = self.fund(&draft.fund)?;
        if let Some(agency) = agency {
            self.agency(agency)?;
        }
        self.fresh(&draft.fund, &draft.entry)?;
        open(&draft.fund, fund)?;
        if let Some(entry) = self.totals(&draft.fund).original_entry {
            return Err(LedgerRefusal::BudgetAlreadyApproved { fund: draft.fund.clone(), entry });
        }
        let held_by = agency.unwrap_or(&fund.agency);
        Ok(LedgerEvent::BudgetApproved(draft.book(postings::original(held_by, draft.amount))))
    }

    fn adjust(&self, draft: &Draft, direction: Direction) -> Result<LedgerEvent, LedgerRefusal> {
        self.bookable(draft)?;
        let Draft { fund, scope, amount, .. } = draft;
        if self.totals(fund).original_entry.is_none() {
            return Err(LedgerRefusal::BudgetNotApproved(fund.clone()));
        }
        let postings = match direction {
            Direction::Increase => {
                self.carried(fund, scope)?;
                postings::increase(scope, *amount)
            }
            Direction::Decrease => {
                self.available(fund, scope, *amount)?;
                let appropriated = self.balance(fund, &postings::holder(scope), AccountKind::Appropriation);
                postings::decrease(scope, *amount, appropriated)
            }
        };
        Ok(LedgerEvent::BudgetAdjusted { direction, booking: draft.book(postings) })
    }

    fn transfer(&self, draft: &Draft, from: &AgencyId, to: &AgencyId) -> Result<LedgerEvent, LedgerRefusal> {
        positive(draft.amount)?;
        if from == to {
            return Err(LedgerRefusal::SameAgency(from.clone()));
        }
        let fund = self.scope(&draft.fund, &draft.scope)?;
        self.agency(from)?;
        self.agency(to)?;
        self.fresh(&draft.fund, &draft.entry)?;
        open(&draft.fund, fund)?;
        self.holding(&draft.fund, from, draft.amount)?;
        let booking = draft.book(postings::transfer(from, to, draft.amount));
        Ok(LedgerEvent::BudgetTransferred { from: from.clone(), to: to.clone(), booking })
    }

    fn split(&self, draft: &Draft, parts: &[Share]) -> Result<LedgerEvent, LedgerRefusal> {
        positive(draft.amount)?;
        if let Some(Share { agency, amount }) = parts.iter().find(|part| part.amount <= Money::ZERO) {
            return Err(LedgerRefusal::PartNotPositive { agency: agency.clone(), amount: *amount });
        }
        let mut agencies = BTreeSet::new();
        if let Some(twice) = parts.iter().find(|part| !agencies.insert(&part.agency)) {
            return Err(LedgerRefusal::AgencyTwice(twice.agency.clone()));
        }
        let sum: Money = parts.iter().map(|part| part.amount).sum();
        if sum != draft.amount {
            return Err(LedgerRefusal::PartsDoNotAddUp { parts: sum, amount: draft.amount });
        }
        let fund = self.scope(&draft.fund, &draft.scope)?;
        for part in parts {
            self.agency(&part.agency)?;
        }
        self.fresh(&draft.fund, &draft.entry)?;
        open(&draft.fund, fund)?;
        let booking = draft.book(postings::split(&draft.scope, parts));
        Ok(LedgerEvent::BudgetSplit { parts: parts.to_vec(), booking })
    }

    fn allocate(&self, draft: &Draft) -> Result<LedgerEvent, LedgerRefusal> {
        positive(draft.amount)?;
        if draft.scope == Scope::Fund {
            return Err(LedgerRefusal::ScopeIsFund);
        }
        self.bookable(draft)?;
        self.carried(&draft.fund, &draft.scope)?;
        self.available(&draft.fund, &Scope::Fund, draft.amount)?;
        Ok(LedgerEvent::BudgetAllocated(draft.book(postings::allocation(&draft.scope, draft.amount))))
    }

    fn commit(&self, draft: &Draft, contract: &str) -> Result<LedgerEvent, LedgerRefusal> {
        self.bookable(draft)?;
        self.carried(&draft.fund, &draft.scope)?;
        self.available(&draft.fund, &draft.scope, draft.amount)?;
        let booking = draft.book(postings::commitment(&draft.scope, draft.amount));
        Ok(LedgerEvent::MoneyCommitted { contract: contract.to_owned(), booking })
    }

    fn request(&self, draft: &Draft, commitment: Option<&EntryId>) -> Result<LedgerEvent, LedgerRefusal> {
        let Draft { fund, scope, amount, .. } = draft;
        let facts = self.recordable(draft)?;
        let drawn = commitment.map(|commitment| self.entry(fund, commitment)).transpose()?;
        if let Some(drawn) = drawn {
            if drawn.kind != EntryKind::Commitment {
                let (fund, entry, kind) = (fund.clone(), drawn.entry.clone(), KindWord(drawn.kind));
                return Err(LedgerRefusal::NotACommitment { fund, entry, kind });
            }
            same_scope(draft, drawn)?;
            standing(drawn)?;
        }
        open(fund, facts)?;
        if let Some(drawn) = drawn {
            // What was bound while the fund carried the project may still be asked for.
            let rest = drawn.rest.unwrap_or_default();
            if rest < *amount {
                return Err(LedgerRefusal::CommitmentExceeded {
                    fund: fund.clone(),
                    commitment: drawn.entry.clone(),
                    rest,
                    drawn: drawn.amount - rest,
                    amount: *amount,
                });
            }
        } else {
            self.carried(fund, scope)?;
            self.available(fund, scope, *amount)?;
        }
        let booking = draft.book(postings::request(scope, *amount, drawn.is_some()));
        Ok(LedgerEvent::PaymentRequested { commitment: commitment.cloned(), booking })
    }

    /// Recorded whatever it does: what a request that was taken back or paid already does not cover comes from what is
    /// available, even where there is nothing.
    fn pay(
        &self,
        draft: &Draft,
        request: Option<&EntryId>,
        is_final: bool,
    ) -> Result<LedgerEvent, LedgerRefusal> {
        let Draft { fund, scope, amount, .. } = draft;
        self.recordable(draft)?;
        let mut settled = Money::ZERO;
        if let Some(request) = request {
            let request = self.entry(fund, request)?;
            if request.kind != EntryKind::PaymentRequest {
                let (fund, entry, kind) = (fund.clone(), request.entry.clone(), KindWord(request.kind));
                return Err(LedgerRefusal::NotAPaymentRequest { fund, entry, kind });
            }
            same_scope(draft, request)?;
            settled = request.rest.unwrap_or_default().min(*amount);
        }
        let available = self.balance(fund, &postings::holder(scope), AccountKind::Available);
        // What is below zero already was flagged with the payment that did it.
        let over = *amount - settled - available.max(Money::ZERO);
        Ok(LedgerEvent::PaymentMade {
            request: request.cloned(),
            over_limit: (over > Money::ZERO).then_some(over),
            is_final,
            booking: draft.book(postings::payment(scope, *amount, settled)),
        })
    }

    fn reverse(
        &self,
        fund: &FundId,
        of: &EntryId,
        entry: &EntryId,
        (on, approval, source): (PartialDate, &Approval, Option<&String>),
    ) -> Result<LedgerEvent, LedgerRefusal> {
        let facts = self.fund(fund)?;
        self.fresh(fund, entry)?;
        let of = self.entry(fund, of)?;
        if of.kind == EntryKind::Reversal {
            return Err(LedgerRefusal::IsReversal { fund: fund.clone(), entry: of.entry.clone() });
        }
        standing(of)?;
        if !recorded_after_the_year(of.kind) {
            open(fund, facts)?;
        }
        let used = of.rest.map_or(Money::ZERO, |rest| of.amount - rest);
        if used > Money::ZERO {
            let (fund, entry) = (fund.clone(), of.entry.clone());
            return Err(match of.kind {
                EntryKind::PaymentRequest => LedgerRefusal::RequestPaid { fund, entry, paid: used },
                _ => LedgerRefusal::CommitmentDrawnOn { fund, entry, drawn: used },
            });
        }
        let postings = postings::mirror(&of.postings);
        self.takeable(fund, &postings)?;
        // A payment gives back to the request that it settled, a request to the commitment that it drew on.
        let draws = [AccountKind::Committed, AccountKind::Requested]
            .into_iter()
            .any(|kind| debited(&postings, kind) > Money::ZERO);
        let gives_back = of.refers_to.clone().filter(|_| draws);
        Ok(LedgerEvent::EntryReversed {
            of: of.entry.clone(),
            kind: of.kind,
            gives_back,
            over_limit: of.over_limit,
            booking: Booking {
                fund: fund.clone(),
                entry: entry.clone(),
                scope: of.scope.clone(),
                amount: of.amount,
                on,
                approval: approval.clone(),
                source: source.cloned(),
                postings,
            },
        })
    }
}

/// Checks that several commands share.
impl Seen<'_, '_> {
    /// What an entry needs whatever the year: an amount, a known scope, an id of its own.
    fn recordable(&self, draft: &Draft) -> Result<&FundFacts, LedgerRefusal> {
        self.sayable(&draft.fund, &draft.entry, &draft.scope, draft.amount)
    }

    /// [`Self::recordable`], and the year is open.
    fn bookable(&self, draft: &Draft) -> Result<(), LedgerRefusal> {
        let facts = self.recordable(draft)?;
        open(&draft.fund, facts)
    }

    fn sayable(
        &self,
        fund: &FundId,
        entry: &EntryId,
        scope: &Scope,
        amount: Money,
    ) -> Result<&FundFacts, LedgerRefusal> {
        positive(amount)?;
        let facts = self.scope(fund, scope)?;
        self.fresh(fund, entry)?;
        Ok(facts)
    }

    fn scope(&self, fund: &FundId, scope: &Scope) -> Result<&FundFacts, LedgerRefusal> {
        let facts = self.fund(fund)?;
        match scope {
            Scope::Fund => {}
            Scope::Project { project } => {
                if self.project(fund, scope).is_none() {
                    let (fund, project) = (fund.clone(), project.clone());
                    return Err(LedgerRefusal::ProjectUnknown { fund, project });
                }
            }
            Scope::Group { group } => {
                if self.0.get(&key::group(fund, group)).is_none() {
                    return Err(LedgerRefusal::GroupUnknown { fund: fund.clone(), group: group.clone() });
                }
            }
        }
        Ok(facts)
    }

    fn agency(&self, agency: &AgencyId) -> Result<(), LedgerRefusal> {
        match self.0.get(&key::agency(agency)) {
            Some(_) => Ok(()),
            None => Err(LedgerRefusal::AgencyUnknown(agency.clone())),
        }
    }

    fn fresh(&self, fund: &FundId, entry: &EntryId) -> Result<(), LedgerRefusal> {
        match self.find(fund, entry) {
            None => Ok(()),
            Some(there) => Err(LedgerRefusal::EntryExists {
                fund: fund.clone(),
                entry: entry.clone(),
                kind: KindWord(there.kind),
            }),
        }
    }

    /// The fund carries the project, so that it may get and bind new money.
    fn carried(&self, fund: &FundId, scope: &Scope) -> Result<(), LedgerRefusal> {
        let (Scope::Project { project }, Some(facts)) = (scope, self.project(fund, scope)) else {
            return Ok(());
        };
        match facts.membership {
            Membership::InFund => Ok(()),
            membership @ (Membership::Removed | Membership::NamedOnly) => {
                let (fund, project) = (fund.clone(), project.clone());
                Err(LedgerRefusal::ProjectOutsideFund { fund, project, membership })
            }
        }
    }

    fn holding(&self, fund: &FundId, agency: &AgencyId, amount: Money) -> Result<(), LedgerRefusal> {
        let holds = self.balance(fund, &postings::agency(agency), AccountKind::Holding);
        if holds < amount {
            return Err(LedgerRefusal::HoldingExceeded { agency: agency.clone(), holds, amount });
        }
        Ok(())
    }

    /// The hard stop.
    fn available(&self, fund: &FundId, scope: &Scope, amount: Money) -> Result<(), LedgerRefusal> {
        let available = self.balance(fund, &postings::holder(scope), AccountKind::Available);
        if available < amount {
            return Err(LedgerRefusal::AvailableExceeded {
                fund: fund.clone(),
                scope: scope.clone(),
                amount,
                available,
                holds: Box::new(self.holds(fund, scope)),
            });
        }
        Ok(())
    }

    /// A mirror image takes only what is still there.
    fn takeable(&self, fund: &FundId, mirror: &[Posting]) -> Result<(), LedgerRefusal> {
        for Posting { credit, amount, .. } in mirror {
            if let (AccountKind::Holding, Holder::Agency { agency }) = (credit.kind, &credit.holder) {
                self.holding(fund, agency, *amount)?;
            }
        }
        for Posting { credit, amount, .. } in mirror {
            if let (AccountKind::Available, Some(scope)) = (credit.kind, scope_of(&credit.holder)) {
                self.available(fund, &scope, *amount)?;
            }
        }
        for Posting { debit, amount, .. } in mirror {
            if let (AccountKind::Appropriation, Some(scope)) = (debit.kind, scope_of(&debit.holder)) {
                let left = self.balance(fund, &debit.holder, AccountKind::Appropriation);
                if left < *amount {
                    let (fund, amount) = (fund.clone(), *amount);
                    return Err(LedgerRefusal::AppropriationCut { fund, scope, left, amount });
                }
            }
        }
        Ok(())
    }

    fn holds(&self, fund: &FundId, scope: &Scope) -> Holds {
        let holder = postings::holder(scope);
        let balance = |kind| self.balance(fund, &holder, kind);
        let row = self.account(fund, &holder);
        let mut commitments = row.map(|row| row.commitments.clone()).unwrap_or_default();
        commitments.retain(|commitment| commitment.rest > Money::ZERO);
        Holds {
            allocated: if *scope == Scope::Fund { self.totals(fund).allocated } else { Money::ZERO },
            committed: balance(AccountKind::Committed),
            commitments,
            requested: balance(AccountKind::Requested),
            paid: balance(AccountKind::Paid),
            refunded: balance(AccountKind::Refunded),
        }
    }
}

fn positive(amount: Money) -> Result<(), LedgerRefusal> {
    if amount <= Money::ZERO { Err(LedgerRefusal::AmountNotPositive(amount)) } else { Ok(()) }
}

fn open(fund: &FundId, facts: &FundFacts) -> Result<(), LedgerRefusal> {
    match facts.closed_on {
        None => Ok(()),
        Some(on) => Err(LedgerRefusal::YearClosed { fund: fund.clone(), on }),
    }
}

fn same_scope(draft: &Draft, other: &Entry) -> Result<(), LedgerRefusal> {
    if draft.scope == other.scope {
        return Ok(());
    }
    Err(LedgerRefusal::ScopeDiffers {
        fund: draft.fund.clone(),
        entry: other.entry.clone(),
        theirs: resource(&draft.fund, &other.scope),
        ours: resource(&draft.fund, &draft.scope),
    })
}

/// Not taken back.
fn standing(entry: &Entry) -> Result<(), LedgerRefusal> {
    match &entry.reversed_by {
        None => Ok(()),
        Some(by) => Err(LedgerRefusal::AlreadyReversed {
            fund: entry.fund.clone(),
            entry: entry.entry.clone(),
            by: by.clone(),
        }),
    }
}

/// What may be recorded after the year may also be taken back then.
fn recorded_after_the_year(kind: EntryKind) -> bool {
    match kind {
        EntryKind::Receipt
        | EntryKind::Payment
        | EntryKind::Refund
        | EntryKind::UnspentExplanation
        | EntryKind::Statement => true,
        EntryKind::OriginalBudget
        | EntryKind::Increase
        | EntryKind::Decrease
        | EntryKind::Transfer
        | EntryKind::Split
        | EntryKind::Allocation
        | EntryKind::Commitment
        | EntryKind::PaymentRequest
        | EntryKind::Reversal => false,
    }
}

fn scope_of(holder: &Holder) -> Option<Scope> {
    match holder {
        Holder::Fund => Some(Scope::Fund),
        Holder::Project { project } => Some(Scope::Project { project: project.clone() }),
        Holder::Group { group } => Some(Scope::Group { group: group.clone() }),
        Holder::Agency { .. } => None,
    }
}
