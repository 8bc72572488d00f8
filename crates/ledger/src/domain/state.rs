//! What the ledger knows, one document a key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use jixiao_events::budget::Budget;
use jixiao_events::ledger::{AccountKind, EntryKind, Holder, Posting, Scope, Share, StatedMoney};
use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::{AgencyId, Approval, EntryId, FundId, GroupId, Money, PartialDate};

/// What is known under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Under `fund/{fund}`.
    Fund(FundFacts),
    /// Under `agency/{agency}`: it exists.
    Agency,
    /// Under `project/{fund}/{project}`.
    Project(ProjectFacts),
    /// Under `group/{fund}/{group}`: a project names it.
    Group,
    /// Under `totals/{fund}`.
    Totals(Totals),
    /// Under `account/{fund}/{holder}`.
    Account(AccountRow),
    /// Under `entry/{fund}/{entry}`.
    Entry(Box<Entry>),
}

/// What the registry says of a fund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FundFacts {
    /// Its fiscal year.
    pub fiscal_year: i16,
    /// Its competent agency.
    pub agency: AgencyId,
    /// From which day its year is closed; `None` while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_on: Option<PartialDate>,
}

/// What the registry says of a project.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectFacts {
    /// Whether the fund carries it.
    pub membership: Membership,
    /// The group that money is stated for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Where it is in its life.
    pub state: ProjectState,
}

/// The running sums of a fund, reversals taken off.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Totals {
    /// The entry that approved the original budget; `None` while none is approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original_entry: Option<EntryId>,
    /// Start-of-year budget.
    pub original: Money,
    /// Adjustments up.
    pub increases: Money,
    /// Adjustments down.
    pub decreases: Money,
    /// How many adjustments there are.
    pub adjustments: u32,
    /// Moved between agencies.
    pub transferred: Money,
    /// Allocated from the fund to projects and groups.
    pub allocated: Money,
    /// Bound by contracts and not yet asked for.
    pub committed: Money,
    /// Asked for and not yet paid.
    pub requested: Money,
    /// Arrived.
    pub received: Money,
    /// Paid.
    pub paid: Money,
    /// Given back.
    pub refunded: Money,
    /// What explanations of unspent money speak of.
    pub explained: Money,
    /// How many payments went over what was available.
    pub payments_over_limit: u32,
    /// The latest of them, at most [`super::NAMED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over_limit_payments: Vec<EntryId>,
}

impl Totals {
    /// The five sums that the rates are read from.
    pub fn budget(&self) -> Budget {
        Budget {
            original: self.original,
            increases: self.increases,
            decreases: self.decreases,
            received: self.received,
            paid: self.paid,
        }
    }
}

/// The accounts of one holder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountRow {
    /// Whose they are.
    pub holder: Holder,
    /// The balances that ever moved, each on its normal side.
    pub balances: BTreeMap<AccountKind, Money>,
    /// Commitments that bind its money, at most [`super::NAMED`]; one with nothing left gives way to a new one. What they
    /// leave of the balance of [`AccountKind::Committed`] is bound by others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commitments: Vec<OpenCommitment>,
}

impl AccountRow {
    /// No account moved yet.
    pub fn new(holder: Holder) -> Self {
        Self { holder, balances: BTreeMap::new(), commitments: Vec::new() }
    }

    /// The balance on the account's normal side.
    pub fn balance(&self, kind: AccountKind) -> Money {
        self.balances.get(&kind).copied().unwrap_or_default()
    }

    /// Takes one posting, as far as it concerns this holder.
    pub(crate) fn post(&mut self, posting: &Posting) {
        for (account, on) in [(&posting.debit, Side::Debit), (&posting.credit, Side::Credit)] {
            if account.holder == self.holder {
                let balance = self.balances.entry(account.kind).or_default();
                *balance += if side(account.kind) == on { posting.amount } else { -posting.amount };
            }
        }
    }
}

/// A commitment and what is left of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCommitment {
    /// Its entry.
    pub entry: EntryId,
    /// The contract.
    pub contract: String,
    /// What is not yet asked for.
    pub rest: Money,
}

impl OpenCommitment {
    /// The beginning of the contract: ten of them go into one answer's headers, which are bounded.
    pub fn short_contract(&self) -> String {
        const KEPT: usize = 24;
        let mut short: String = self.contract.chars().take(KEPT).collect();
        if short.len() < self.contract.len() {
            short.push('…');
        }
        short
    }
}

/// The side that an account grows on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Its balance is debits less credits.
    Debit,
    /// Its balance is credits less debits.
    Credit,
}

/// The side that an account grows on: the sources of money by credits, its uses by debits.
pub fn side(kind: AccountKind) -> Side {
    match kind {
        AccountKind::Appropriation
        | AccountKind::Treasury
        | AccountKind::Appropriated
        | AccountKind::BeforeSplit => Side::Credit,
        AccountKind::Available
        | AccountKind::Committed
        | AccountKind::Requested
        | AccountKind::Paid
        | AccountKind::Refunded
        | AccountKind::Cash
        | AccountKind::PaidOut
        | AccountKind::Holding
        | AccountKind::Share => Side::Debit,
    }
}

/// An entry as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The fund.
    pub fund: FundId,
    /// Its id.
    pub entry: EntryId,
    /// What kind it is.
    pub kind: EntryKind,
    /// Whose money.
    pub scope: Scope,
    /// How much, above zero.
    pub amount: Money,
    /// Its business date; `None` for explanations and statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
    /// On whose approval; `None` for explanations and statements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The double entry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub postings: Vec<Posting>,
    /// What is left: of a commitment to be asked for, of a payment request to be paid. `None` for any other kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Money>,
    /// The entry that took it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_by: Option<EntryId>,
    /// The commitment that a request draws on, the request that a payment settles, the entry that a reversal takes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refers_to: Option<EntryId>,
    /// By how much a payment went over what was available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_limit: Option<Money>,
    /// What only its kind says.
    #[serde(default, skip_serializing_if = "Detail::is_none")]
    pub detail: Detail,
    /// The id of the event that recorded it.
    pub event_id: String,
    /// When that was recorded: microseconds since 1970 UTC.
    pub recorded_time: i64,
    /// Who sent it.
    pub actor: String,
}

/// What only one kind of entry says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Nothing.
    #[default]
    None,
    /// A payment that is the last of its contract.
    FinalPayment,
    /// A commitment's contract.
    Contract(String),
    /// An explanation's reason.
    Reason(String),
    /// What a statement says.
    Stated(StatedMoney),
    /// Who gave and who took a transfer.
    Agencies {
        /// The agency that gave.
        from: AgencyId,
        /// The agency that took.
        to: AgencyId,
    },
    /// Who got how much of a split.
    Parts(Vec<Share>),
}

impl Detail {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}
