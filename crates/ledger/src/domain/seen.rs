//! What a command has to see, and the states by what they are.

use jixiao_eventlog::{Need, States};
use jixiao_events::ledger::{AccountKind, Holder, Scope, Share};
use jixiao_events::{AgencyId, EntryId, FundId, Money};

use super::command::{Draft, LedgerCommand};
use super::evolve::{accounts, fact_keys};
use super::refusal::LedgerRefusal;
use super::state::{AccountRow, Entry, FundFacts, ProjectFacts, State, Totals};
use super::{key, postings};

/// What [`super::decide()`] has to see of a command.
pub(crate) fn needs(command: &LedgerCommand, states: &States<'_, State>) -> Vec<Need> {
    let seen = Seen(states);
    let mut keys = match command {
        LedgerCommand::TakeIn { fact, .. } => fact.iter().flat_map(fact_keys).collect(),
        LedgerCommand::ApproveBudget { draft, .. }
        | LedgerCommand::AdjustBudget { draft, .. }
        | LedgerCommand::TransferBudget { draft, .. }
        | LedgerCommand::SplitBudget { draft, .. }
        | LedgerCommand::AllocateBudget(draft)
        | LedgerCommand::CommitMoney { draft, .. }
        | LedgerCommand::RecordReceipt(draft)
        | LedgerCommand::RequestPayment { draft, .. }
        | LedgerCommand::RecordPayment { draft, .. }
        | LedgerCommand::RecordRefund(draft) => {
            let Draft { fund, entry, scope, .. } = draft;
            let mut keys = said(fund, entry, scope);
            keys.push(key::account(fund, &postings::holder(scope)));
            keys
        }
        LedgerCommand::ReverseEntry { fund, entry, .. } => said(fund, entry, &Scope::Fund),
        LedgerCommand::ExplainUnspent { fund, entry, scope, .. }
        | LedgerCommand::StateMoney { fund, entry, scope, .. } => said(fund, entry, scope),
    };
    let agency = |fund: &FundId, agency: &AgencyId| {
        [key::agency(agency), key::account(fund, &postings::agency(agency))]
    };
    match command {
        LedgerCommand::ApproveBudget { draft, agency: Some(held_by) } => {
            keys.extend(agency(&draft.fund, held_by));
        }
        LedgerCommand::ApproveBudget { draft, agency: None } => {
            // The fund names the agency: one round more.
            keys.extend(seen.fund(&draft.fund).iter().flat_map(|fund| agency(&draft.fund, &fund.agency)));
        }
        LedgerCommand::TransferBudget { draft, from, to } => {
            keys.extend([from, to].into_iter().flat_map(|side| agency(&draft.fund, side)));
        }
        LedgerCommand::SplitBudget { draft, parts } => {
            keys.extend(parts.iter().flat_map(|Share { agency: with, .. }| agency(&draft.fund, with)));
        }
        // What a project or group gains or loses can be the fund's.
        LedgerCommand::AdjustBudget { draft, .. } | LedgerCommand::AllocateBudget(draft) => {
            keys.push(key::account(&draft.fund, &Holder::Fund));
        }
        LedgerCommand::RequestPayment { draft, commitment: other }
        | LedgerCommand::RecordPayment { draft, request: other, .. } => {
            keys.extend(other.iter().map(|other| key::entry(&draft.fund, other)));
        }
        LedgerCommand::ReverseEntry { fund, of, .. } => {
            keys.push(key::entry(fund, of));
            if let Some(of) = seen.find(fund, of) {
                keys.extend(accounts(fund, &of.postings));
                keys.extend(of.refers_to.iter().map(|other| key::entry(fund, other)));
            }
        }
        LedgerCommand::CommitMoney { .. }
        | LedgerCommand::RecordReceipt(_)
        | LedgerCommand::RecordRefund(_)
        | LedgerCommand::ExplainUnspent { .. }
        | LedgerCommand::StateMoney { .. }
        | LedgerCommand::TakeIn { .. } => {}
    }
    keys.into_iter().map(Need::Key).collect()
}

/// What every entry sees.
fn said(fund: &FundId, entry: &EntryId, scope: &Scope) -> Vec<String> {
    let mut keys = vec![key::fund(fund), key::totals(fund), key::entry(fund, entry)];
    keys.extend(key::scope(fund, scope));
    keys
}

/// The states that a command sees.
pub(super) struct Seen<'s, 'a>(pub(super) &'s States<'a, State>);

impl<'a> Seen<'_, 'a> {
    pub(super) fn fund(&self, fund: &FundId) -> Result<&'a FundFacts, LedgerRefusal> {
        match self.0.get(&key::fund(fund)) {
            Some(State::Fund(facts)) => Ok(facts),
            _ => Err(LedgerRefusal::FundUnknown(fund.clone())),
        }
    }

    pub(super) fn project(&self, fund: &FundId, scope: &Scope) -> Option<&'a ProjectFacts> {
        match self.0.get(&key::scope(fund, scope)?) {
            Some(State::Project(facts)) => Some(facts),
            _ => None,
        }
    }

    pub(super) fn totals(&self, fund: &FundId) -> Totals {
        match self.0.get(&key::totals(fund)) {
            Some(State::Totals(totals)) => totals.clone(),
            _ => Totals::default(),
        }
    }

    pub(super) fn account(&self, fund: &FundId, holder: &Holder) -> Option<&'a AccountRow> {
        match self.0.get(&key::account(fund, holder)) {
            Some(State::Account(row)) => Some(row),
            _ => None,
        }
    }

    pub(super) fn balance(&self, fund: &FundId, holder: &Holder, kind: AccountKind) -> Money {
        self.account(fund, holder).map(|row| row.balance(kind)).unwrap_or_default()
    }

    pub(super) fn find(&self, fund: &FundId, entry: &EntryId) -> Option<&'a Entry> {
        match self.0.get(&key::entry(fund, entry)) {
            Some(State::Entry(entry)) => Some(entry),
            _ => None,
        }
    }

    pub(super) fn entry(&self, fund: &FundId, entry: &EntryId) -> Result<&'a Entry, LedgerRefusal> {
        let unknown = || LedgerRefusal::EntryUnknown { fund: fund.clone(), entry: entry.clone() };
        self.find(fund, entry).ok_or_else(unknown)
    }
}
