//! What happened to a fund's money.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::money::Money;
use crate::names::{AgencyId, EntryId, FundId, GroupId, ProjectId};
use crate::registry::{Membership, ProjectState};
use crate::source::{Approval, SourceEvent};

/// An event of the ledger's log. Stored for good: add variants, never change one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LedgerEvent {
    /// An event of the registry was taken in.
    RegistryTakenIn {
        /// The event.
        source: SourceEvent,
        /// What the ledger uses of it; `None` where it uses nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fact: Option<LedgerFact>,
    },
    /// The start-of-year budget (年初预算) was approved.
    BudgetApproved(Booking),
    /// The budget moved within the year (预算调整).
    BudgetAdjusted {
        /// Up or down; the amount itself is above zero.
        direction: Direction,
        /// The entry.
        #[serde(flatten)]
        booking: Booking,
    },
    /// The holding of the budget moved from one agency to another; the fund's total stays.
    BudgetTransferred {
        /// The agency that gave.
        from: AgencyId,
        /// The agency that took.
        to: AgencyId,
        /// The entry.
        #[serde(flatten)]
        booking: Booking,
    },
    /// The money of a scope was split between agencies. Memorandum: the fund's total stays.
    BudgetSplit {
        /// Who got how much; the parts add up to the entry's amount.
        parts: Vec<Share>,
        /// The entry; its amount is the money before the split.
        #[serde(flatten)]
        booking: Booking,
    },
    /// Unallocated money of the fund was allocated to a project or group (分配).
    BudgetAllocated(Booking),
    /// Available money was bound by a contract (承诺).
    MoneyCommitted {
        /// The contract, as its parties number it.
        contract: String,
        /// The entry.
        #[serde(flatten)]
        booking: Booking,
    },
    /// The treasury's money arrived (到位).
    MoneyReceived(Booking),
    /// A payment was asked for (支付申请).
    PaymentRequested {
        /// The commitment that it draws on; `None` where it draws on what is available.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        commitment: Option<EntryId>,
        /// The entry.
        #[serde(flatten)]
        booking: Booking,
    },
    /// The treasury paid (支付). Recorded whatever it does.
    PaymentMade {
        /// The payment request that it settles; `None` where there was none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request: Option<EntryId>,
        /// By how much it went over what its scope had available; `None` where it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_limit: Option<Money>,
        /// Whether it is the last payment of its contract (尾款), which waits for the acceptance; false where it is not
        /// stated.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_final: bool,
        /// The entry.
        #[serde(flatten)]
        booking: Booking,
    },
    /// Unspent money went back to the treasury (收回).
    MoneyRefunded(Booking),
    /// An entry was taken back by its mirror image. Nothing is ever edited or deleted.
    EntryReversed {
        /// The entry that is taken back.
        of: EntryId,
        /// What kind of entry that was.
        kind: EntryKind,
        /// The commitment or payment request that gets its rest back; `None` where that entry drew on none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gives_back: Option<EntryId>,
        /// By how much the payment that is taken back went over what was available; `None` where it did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        over_limit: Option<Money>,
        /// The mirror image; its amount is the other entry's.
        #[serde(flatten)]
        booking: Booking,
    },
    /// Why some money is unspent. An entry of its own, no movement.
    UnspentExplained {
        /// The fund.
        fund: FundId,
        /// Its id.
        entry: EntryId,
        /// Whose money.
        scope: Scope,
        /// How much of it is explained.
        amount: Money,
        /// The reason given.
        reason: String,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A source says something about the money of a scope that is part of sums booked elsewhere. No movement.
    MoneyStated {
        /// The fund.
        fund: FundId,
        /// Its id.
        entry: EntryId,
        /// Whose money.
        scope: Scope,
        /// What is said.
        kind: StatedMoney,
        /// How much.
        amount: Money,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
}

/// What the ledger uses of the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum LedgerFact {
    /// A fund exists.
    Fund {
        /// The fund.
        fund: FundId,
        /// Its fiscal year.
        fiscal_year: i16,
        /// Its competent agency.
        agency: AgencyId,
    },
    /// A fund's year is closed.
    YearClosed {
        /// The fund.
        fund: FundId,
        /// From which day.
        on: PartialDate,
    },
    /// An agency exists.
    Agency {
        /// The agency.
        agency: AgencyId,
    },
    /// A project exists, or moved on.
    Project {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Whether the fund carries it; `None` where the event does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        membership: Option<Membership>,
        /// The group that money is stated for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// Its state.
        state: ProjectState,
    },
}

/// What every entry of the ledger says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Booking {
    /// The fund.
    pub fund: FundId,
    /// The entry's id within the fund.
    pub entry: EntryId,
    /// Whose money it is.
    pub scope: Scope,
    /// How much, above zero.
    pub amount: Money,
    /// The business date that it counts from.
    pub on: PartialDate,
    /// On whose approval; each part says "not stated" by its absence.
    #[serde(default)]
    pub approval: Approval,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The double entry: each posting debits one account and credits another by the same amount.
    pub postings: Vec<Posting>,
}

/// Whose money: the fund's as a whole, a project's, a group's. Money known only for a fund or group stays there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Scope {
    /// The fund as a whole.
    Fund,
    /// One project.
    Project {
        /// The project.
        project: ProjectId,
    },
    /// A group of projects.
    Group {
        /// The group.
        group: GroupId,
    },
}

/// One amount from one account to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Posting {
    /// The account that gains it.
    pub debit: Account,
    /// The account that gives it.
    pub credit: Account,
    /// How much, above zero.
    pub amount: Money,
}

/// An account of a fund.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Account {
    /// Whose account.
    pub holder: Holder,
    /// What it counts.
    pub kind: AccountKind,
}

/// Whose account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Holder {
    /// The fund's.
    Fund,
    /// A project's.
    Project {
        /// The project.
        project: ProjectId,
    },
    /// A group's.
    Group {
        /// The group.
        group: GroupId,
    },
    /// An agency's.
    Agency {
        /// The agency.
        agency: AgencyId,
    },
}

impl From<Scope> for Holder {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Fund => Self::Fund,
            Scope::Project { project } => Self::Project { project },
            Scope::Group { group } => Self::Group { group },
        }
    }
}

/// What an account counts. Three books: authority to spend, cash, and who holds it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AccountKind {
    /// Authority: what the budget gave; the source of all the others.
    Appropriation,
    /// Authority: neither allocated, committed, asked for, paid nor refunded.
    Available,
    /// Authority: bound by contracts.
    Committed,
    /// Authority: asked for and not yet paid.
    Requested,
    /// Authority: paid.
    Paid,
    /// Authority: given back to the treasury.
    Refunded,
    /// Cash: where received money comes from.
    Treasury,
    /// Cash: received and not yet paid out.
    Cash,
    /// Cash: paid out.
    PaidOut,
    /// Holding: where an agency's holding comes from.
    Appropriated,
    /// Holding: the part of the original budget that an agency holds.
    Holding,
    /// Holding, memorandum: a scope's money before it was split.
    BeforeSplit,
    /// Holding, memorandum: an agency's share of a split.
    Share,
}

/// An agency's part of a split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// The agency.
    pub agency: AgencyId,
    /// Its part.
    pub amount: Money,
}

/// Up or down.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// More (调增).
    Increase,
    /// Less (调减).
    Decrease,
}

/// What kind of entry it is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EntryKind {
    /// Start-of-year budget.
    OriginalBudget,
    /// Adjustment up.
    Increase,
    /// Adjustment down.
    Decrease,
    /// Transfer between agencies.
    Transfer,
    /// Split between agencies.
    Split,
    /// Allocation.
    Allocation,
    /// Commitment.
    Commitment,
    /// Receipt.
    Receipt,
    /// Payment request.
    PaymentRequest,
    /// Payment.
    Payment,
    /// Refund to the treasury.
    Refund,
    /// Reversal of another entry.
    Reversal,
    /// Explanation of unspent money.
    UnspentExplanation,
    /// Statement about money.
    Statement,
}

/// What a source says about money.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StatedMoney {
    /// Arranged for it in the budget.
    Arranged,
    /// Paid of it.
    Paid,
    /// Unspent of it.
    Unspent,
}
