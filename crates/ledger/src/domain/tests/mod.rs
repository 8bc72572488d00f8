//! The rules over folded events.

mod figures;
mod invariants;
mod refusals;
mod reversals;

use jixiao_eventlog::Folded;
use jixiao_events::ledger::{
    AccountKind, Direction, Holder, LedgerEvent, LedgerFact, Scope, Share, StatedMoney,
};
use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::{Approval, FundId, Money, SourceEvent};

use super::{Draft, LedgerCommand, LedgerRefusal, State, Totals, account_key, entry_key, totals_key};
use crate::LedgerDomain;

const FUND: &str = "smart-city-2019";
const BUREAU: &str = "big-data-bureau";
const COMMISSION: &str = "economy-informatisation-commission";

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

fn wan(text: &str) -> Money {
    Money::try_from_wan(text.parse().unwrap()).unwrap()
}

fn fund() -> Scope {
    Scope::Fund
}

fn project(name: &str) -> Scope {
    Scope::Project { project: id(name) }
}

fn group(name: &str) -> Scope {
    Scope::Group { group: id(name) }
}

fn draft(entry: &str, scope: Scope, amount: &str) -> Draft {
    Draft {
        fund: id(FUND),
        entry: id(entry),
        scope,
        amount: wan(amount),
        on: id("2019"),
        approval: Approval::default(),
        source: Some("report line 139".to_owned()),
    }
}

fn approve(entry: &str, amount: &str) -> LedgerCommand {
    LedgerCommand::ApproveBudget { draft: draft(entry, fund(), amount), agency: Some(id(COMMISSION)) }
}

fn increase(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::AdjustBudget { draft: draft(entry, scope, amount), direction: Direction::Increase }
}

fn decrease(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::AdjustBudget { draft: draft(entry, scope, amount), direction: Direction::Decrease }
}

fn transfer(entry: &str, from: &str, to: &str, amount: &str) -> LedgerCommand {
    LedgerCommand::TransferBudget { draft: draft(entry, fund(), amount), from: id(from), to: id(to) }
}

fn split(entry: &str, scope: Scope, amount: &str, parts: &[(&str, &str)]) -> LedgerCommand {
    let part = |(agency, amount): &(&str, &str)| Share { agency: id(agency), amount: wan(amount) };
    LedgerCommand::SplitBudget { draft: draft(entry, scope, amount), parts: parts.iter().map(part).collect() }
}

fn allocate(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::AllocateBudget(draft(entry, scope, amount))
}

fn commit(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::CommitMoney { draft: draft(entry, scope, amount), contract: format!("K-{entry}") }
}

fn receive(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::RecordReceipt(draft(entry, scope, amount))
}

fn request(entry: &str, scope: Scope, amount: &str, commitment: Option<&str>) -> LedgerCommand {
    LedgerCommand::RequestPayment { draft: draft(entry, scope, amount), commitment: commitment.map(id) }
}

fn pay(entry: &str, scope: Scope, amount: &str, request: Option<&str>) -> LedgerCommand {
    LedgerCommand::RecordPayment {
        draft: draft(entry, scope, amount),
        request: request.map(id),
        is_final: false,
    }
}

fn refund(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::RecordRefund(draft(entry, scope, amount))
}

fn reverse(entry: &str, of: &str) -> LedgerCommand {
    LedgerCommand::ReverseEntry {
        fund: id(FUND),
        of: id(of),
        entry: id(entry),
        on: id("2019"),
        approval: Approval::default(),
        source: None,
    }
}

fn explain(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::ExplainUnspent {
        fund: id(FUND),
        entry: id(entry),
        scope,
        amount: wan(amount),
        reason: "set up late".to_owned(),
        source: Some("report line 438".to_owned()),
    }
}

fn say(entry: &str, scope: Scope, amount: &str) -> LedgerCommand {
    LedgerCommand::StateMoney {
        fund: id(FUND),
        entry: id(entry),
        scope,
        kind: StatedMoney::Unspent,
        amount: wan(amount),
        source: None,
    }
}

fn take_in(fact: LedgerFact) -> LedgerCommand {
    let source = SourceEvent {
        log: "registry".to_owned(),
        position: 1,
        id: String::new(),
        hash: String::new(),
        recorded_time: 0,
        effective: None,
        actor: "test".to_owned(),
    };
    LedgerCommand::TakeIn { source, fact: Some(fact) }
}

fn closed() -> LedgerCommand {
    take_in(LedgerFact::YearClosed { fund: id(FUND), on: id("2020-01-10") })
}

fn carries(
    name: &str,
    membership: Option<Membership>,
    group: Option<&str>,
    state: ProjectState,
) -> LedgerCommand {
    take_in(LedgerFact::Project {
        fund: id(FUND),
        project: id(name),
        membership,
        group: group.map(id),
        state,
    })
}

/// A ledger and what is asked of it.
struct Ledger(Folded<LedgerDomain>);

impl Ledger {
    /// The registry's facts of the smart-city fund.
    fn known() -> Self {
        let not_stated = ProjectState::NotStated;
        let in_fund = Some(Membership::InFund);
        Self(Folded::default()).given(&[
            take_in(LedgerFact::Agency { agency: id(COMMISSION) }),
            take_in(LedgerFact::Agency { agency: id(BUREAU) }),
            take_in(LedgerFact::Fund { fund: id(FUND), fiscal_year: 2019, agency: id(BUREAU) }),
            carries("top-level-design", in_fund, None, ProjectState::NotStarted),
            carries("smart-tourism", in_fund, None, not_stated),
            carries("open-data-platform", in_fund, Some("new-2019"), ProjectState::NotStarted),
            carries("water-informatisation", Some(Membership::NamedOnly), None, not_stated),
            carries("big-data-centre-phase-3", in_fund, None, ProjectState::Approved),
            carries("big-data-centre-phase-3", Some(Membership::Removed), None, ProjectState::Removed),
        ])
    }

    fn given(mut self, commands: &[LedgerCommand]) -> Self {
        for command in commands {
            self.0.execute(command, "test").unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        }
        self
    }

    fn decide(&mut self, command: &LedgerCommand) -> Result<LedgerEvent, LedgerRefusal> {
        self.0.decide(command).map(|mut events| events.remove(0))
    }

    #[track_caller]
    fn refuses(&mut self, command: &LedgerCommand, refusal: LedgerRefusal) {
        assert_eq!(self.decide(command), Err(refusal), "{command:?}");
    }

    #[track_caller]
    fn accepts(&mut self, command: &LedgerCommand) {
        self.decide(command).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
    }

    fn totals(&self) -> Totals {
        match self.0.get(&totals_key(&fund_id())) {
            Some(State::Totals(totals)) => totals.clone(),
            _ => Totals::default(),
        }
    }

    fn balance(&self, holder: &Holder, kind: AccountKind) -> Money {
        match self.0.get(&account_key(&fund_id(), holder)) {
            Some(State::Account(row)) => row.balance(kind),
            _ => Money::ZERO,
        }
    }

    fn available(&self, scope: Scope) -> Money {
        self.balance(&scope.into(), AccountKind::Available)
    }

    fn rest(&self, entry: &str) -> Option<Money> {
        match self.0.get(&entry_key(&fund_id(), &id(entry))) {
            Some(State::Entry(entry)) => entry.rest,
            _ => None,
        }
    }
}

fn fund_id() -> FundId {
    id(FUND)
}
