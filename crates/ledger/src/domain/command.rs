//! What is asked of the ledger.

use jixiao_events::ledger::{Booking, Direction, LedgerFact, Posting, Scope, Share, StatedMoney};
use jixiao_events::{AgencyId, Approval, EntryId, FundId, Money, PartialDate, SourceEvent};

/// What is asked of the ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum LedgerCommand {
    /// Approve the start-of-year budget.
    ApproveBudget {
        /// The entry; its scope is the fund.
        draft: Draft,
        /// The agency that holds it; `None` means the fund's competent agency.
        agency: Option<AgencyId>,
    },
    /// Move the budget within the year.
    AdjustBudget {
        /// The entry.
        draft: Draft,
        /// Up or down.
        direction: Direction,
    },
    /// Move the holding of the budget between agencies.
    TransferBudget {
        /// The entry.
        draft: Draft,
        /// The agency that gives.
        from: AgencyId,
        /// The agency that takes.
        to: AgencyId,
    },
    /// Note a split between agencies.
    SplitBudget {
        /// The entry; its amount is the money before the split.
        draft: Draft,
        /// Who got how much.
        parts: Vec<Share>,
    },
    /// Allocate unallocated money of the fund to the entry's scope.
    AllocateBudget(Draft),
    /// Bind available money.
    CommitMoney {
        /// The entry.
        draft: Draft,
        /// The contract, as its parties number it.
        contract: String,
    },
    /// Record a receipt.
    RecordReceipt(Draft),
    /// Ask for a payment.
    RequestPayment {
        /// The entry.
        draft: Draft,
        /// The commitment that it draws on.
        commitment: Option<EntryId>,
    },
    /// Record a payment that the treasury made.
    RecordPayment {
        /// The entry.
        draft: Draft,
        /// The payment request that it settles.
        request: Option<EntryId>,
        /// Whether it is the last payment of its contract (尾款).
        is_final: bool,
    },
    /// Record a refund to the treasury.
    RecordRefund(Draft),
    /// Take an entry back.
    ReverseEntry {
        /// The fund.
        fund: FundId,
        /// The entry to take back.
        of: EntryId,
        /// The reversal's own id.
        entry: EntryId,
        /// The business date of the reversal.
        on: PartialDate,
        /// On whose approval.
        approval: Approval,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Explain unspent money.
    ExplainUnspent {
        /// The fund.
        fund: FundId,
        /// The entry's id.
        entry: EntryId,
        /// Whose money.
        scope: Scope,
        /// How much of it.
        amount: Money,
        /// The reason given.
        reason: String,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Keep a statement about money.
    StateMoney {
        /// The fund.
        fund: FundId,
        /// The entry's id.
        entry: EntryId,
        /// Whose money.
        scope: Scope,
        /// What is said.
        kind: StatedMoney,
        /// How much.
        amount: Money,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Take in an event of the registry.
    TakeIn {
        /// The event.
        source: SourceEvent,
        /// What the ledger uses of it.
        fact: Option<LedgerFact>,
    },
}

/// An entry as asked for: all but its double entry, which the rules decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The fund.
    pub fund: FundId,
    /// The entry's id within the fund.
    pub entry: EntryId,
    /// Whose money.
    pub scope: Scope,
    /// How much; refused unless above zero.
    pub amount: Money,
    /// The business date that it counts from.
    pub on: PartialDate,
    /// On whose approval.
    pub approval: Approval,
    /// The document or line that says so.
    pub source: Option<String>,
}

impl Draft {
    /// The entry with its double entry.
    pub(crate) fn book(&self, postings: Vec<Posting>) -> Booking {
        let Self { fund, entry, scope, amount, on, approval, source } = self.clone();
        Booking { fund, entry, scope, amount, on, approval, source, postings }
    }
}
