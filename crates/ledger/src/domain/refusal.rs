//! Why the ledger refuses a command.

use std::fmt;

use jixiao_events::ledger::{EntryKind, Scope};
use jixiao_events::registry::Membership;
use jixiao_events::{AgencyId, EntryId, FundId, GroupId, Money, PartialDate, ProjectId};

use super::state::OpenCommitment;

/// Why a command was refused, in order of precedence.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LedgerRefusal {
    /// Nothing, or less: the direction is said by the kind of entry, never by a sign.
    #[error("the amount must be above zero, got {0}")]
    AmountNotPositive(Money),
    /// The start-of-year budget is the fund's.
    #[error(
        "the start-of-year budget is approved for the fund as a whole; allocate it to projects and groups"
    )]
    ScopeNotFund,
    /// The fund cannot allocate to itself.
    #[error("an allocation names the project or group that gets the money, not the fund")]
    ScopeIsFund,
    /// A transfer has two sides.
    #[error("{0} cannot transfer to itself")]
    SameAgency(AgencyId),
    /// A part of a split of nothing, or less.
    #[error("the part of {agency} must be above zero, got {amount}")]
    PartNotPositive {
        /// The agency.
        agency: AgencyId,
        /// Its part.
        amount: Money,
    },
    /// An agency has two parts of one split.
    #[error("{0} has more than one part of the split")]
    AgencyTwice(AgencyId),
    /// Nothing of a split is left over or invented.
    #[error("the parts add up to {parts}, the split is of {amount}")]
    PartsDoNotAddUp {
        /// The sum of the parts.
        parts: Money,
        /// The money before the split.
        amount: Money,
    },
    /// The registry's fact is not taken in, or the fund does not exist.
    #[error("the ledger has not seen the fund {0} yet")]
    FundUnknown(FundId),
    /// The registry's fact is not taken in, or the project does not exist.
    #[error("the ledger has not seen the project {project} of {fund} yet")]
    ProjectUnknown {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// No project that the ledger has seen names the group.
    #[error("the ledger has not seen a project of {fund} in the group {group} yet")]
    GroupUnknown {
        /// The fund.
        fund: FundId,
        /// The group.
        group: GroupId,
    },
    /// The registry's fact is not taken in, or the agency does not exist.
    #[error("the ledger has not seen the agency {0} yet")]
    AgencyUnknown(AgencyId),
    /// The id is taken, by whatever kind of entry.
    #[error("the entry {entry} exists already: {kind}")]
    EntryExists {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
        /// What is there.
        kind: KindWord,
    },
    /// No such entry to take back, to draw on or to settle.
    #[error("there is no entry {entry} in {fund}")]
    EntryUnknown {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
    },
    /// A payment request draws on commitments only.
    #[error("{entry} is no commitment: {kind}")]
    NotACommitment {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: KindWord,
    },
    /// A payment settles payment requests only.
    #[error("{entry} is no payment request: {kind}")]
    NotAPaymentRequest {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: KindWord,
    },
    /// Money of one scope is not spent on another.
    #[error("{entry} is about the money of {theirs}, not of {ours}")]
    ScopeDiffers {
        /// The fund.
        fund: FundId,
        /// The commitment or request that is named.
        entry: EntryId,
        /// Its scope's resource name.
        theirs: String,
        /// The command's.
        ours: String,
    },
    /// A reversal stays; book the entry anew instead.
    #[error("{entry} is a reversal, which cannot be taken back: book the entry anew")]
    IsReversal {
        /// The fund.
        fund: FundId,
        /// The reversal.
        entry: EntryId,
    },
    /// Once is enough.
    #[error("{entry} was taken back by {by} already")]
    AlreadyReversed {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
        /// The reversal.
        by: EntryId,
    },
    /// After the year only the treasury's facts and what is said about them are recorded.
    #[error("the year of {fund} is closed from {on}")]
    YearClosed {
        /// The fund.
        fund: FundId,
        /// From which day.
        on: PartialDate,
    },
    /// There is one start-of-year budget.
    #[error("the start-of-year budget of {fund} is approved already, by the entry {entry}")]
    BudgetAlreadyApproved {
        /// The fund.
        fund: FundId,
        /// The entry that did.
        entry: EntryId,
    },
    /// What is not approved cannot be adjusted.
    #[error("no start-of-year budget of {0} is approved yet")]
    BudgetNotApproved(FundId),
    /// A project that the fund does not carry gets and binds no new money. What was bound before can be asked for.
    #[error("{fund} does not carry the project {project} ({}), which gets and binds no new money", membership_word(*.membership))]
    ProjectOutsideFund {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Removed, or only named.
        membership: Membership,
    },
    /// Requests that draw on it would hang in the air.
    #[error("payment requests drew {drawn} on the commitment {entry}: take them back first")]
    CommitmentDrawnOn {
        /// The fund.
        fund: FundId,
        /// The commitment.
        entry: EntryId,
        /// How much of it was drawn.
        drawn: Money,
    },
    /// Payments that settle it would hang in the air.
    #[error("payments settled {paid} of the request {entry}: take them back first")]
    RequestPaid {
        /// The fund.
        fund: FundId,
        /// The request.
        entry: EntryId,
        /// How much of it was paid.
        paid: Money,
    },
    /// An agency gives only what it holds.
    #[error("{agency} holds {holds}, {amount} are to be taken from it")]
    HoldingExceeded {
        /// The agency.
        agency: AgencyId,
        /// What it holds.
        holds: Money,
        /// What is to be taken.
        amount: Money,
    },
    /// The hard stop on a contract.
    #[error(
        "{amount} exceed the {rest} left of the commitment {commitment}: payment requests hold {drawn} of it"
    )]
    CommitmentExceeded {
        /// The fund.
        fund: FundId,
        /// The commitment.
        commitment: EntryId,
        /// What is left of it.
        rest: Money,
        /// What requests drew.
        drawn: Money,
        /// What is asked for.
        amount: Money,
    },
    /// The hard stop on a scope.
    #[error("{amount} exceed the {available} that {} has available; {holds}", resource(.fund, .scope))]
    AvailableExceeded {
        /// The fund.
        fund: FundId,
        /// Whose money.
        scope: Scope,
        /// What is asked for.
        amount: Money,
        /// What is available.
        available: Money,
        /// What holds the rest.
        holds: Box<Holds>,
    },
    /// A reversal of an increase whose appropriation a decrease took since.
    #[error("decreases left {left} of what was appropriated to {}, {amount} are to be taken back: reverse them first", resource(.fund, .scope))]
    AppropriationCut {
        /// The fund.
        fund: FundId,
        /// Whose money.
        scope: Scope,
        /// What is left.
        left: Money,
        /// What is to be taken back.
        amount: Money,
    },
}

/// What holds the money of a scope, beside what is available.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holds {
    /// Allocated to projects and groups; the fund's only.
    pub allocated: Money,
    /// Bound by contracts.
    pub committed: Money,
    /// Some of those contracts with what is left of each, at most [`super::NAMED`].
    pub commitments: Vec<OpenCommitment>,
    /// Asked for and not yet paid.
    pub requested: Money,
    /// Paid.
    pub paid: Money,
    /// Given back to the treasury.
    pub refunded: Money,
}

impl Holds {
    /// What contracts bind that are not among [`Holds::commitments`].
    pub fn unnamed(&self) -> Money {
        self.committed - self.commitments.iter().map(|commitment| commitment.rest).sum()
    }
}

/// `held by allocations 100.00, commitments 60.00 (c1, contract 2019-7: 50.00; others: 10.00), payments 20.00`
impl fmt::Display for Holds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut commitments = self.committed.to_string();
        let mut named: Vec<String> = self
            .commitments
            .iter()
            .map(|commitment| {
                let OpenCommitment { entry, rest, .. } = commitment;
                format!("{entry}, contract {}: {rest}", commitment.short_contract())
            })
            .collect();
        if !named.is_empty() {
            let unnamed = self.unnamed();
            if unnamed > Money::ZERO {
                named.push(format!("others: {unnamed}"));
            }
            commitments = format!("{commitments} ({})", named.join("; "));
        }
        let held: Vec<String> = [
            ("allocations", self.allocated, None),
            ("commitments", self.committed, Some(commitments)),
            ("payment requests", self.requested, None),
            ("payments", self.paid, None),
            ("refunds", self.refunded, None),
        ]
        .into_iter()
        .filter(|(_, amount, _)| *amount > Money::ZERO)
        .map(|(what, amount, text)| format!("{what} {}", text.unwrap_or_else(|| amount.to_string())))
        .collect();
        if held.is_empty() {
            f.write_str("nothing else holds money of it")
        } else {
            write!(f, "held by {}", held.join(", "))
        }
    }
}

/// A kind of entry in a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindWord(pub EntryKind);

impl fmt::Display for KindWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            EntryKind::OriginalBudget => "an original budget",
            EntryKind::Increase => "an increase",
            EntryKind::Decrease => "a decrease",
            EntryKind::Transfer => "a transfer",
            EntryKind::Split => "a split",
            EntryKind::Allocation => "an allocation",
            EntryKind::Commitment => "a commitment",
            EntryKind::Receipt => "a receipt",
            EntryKind::PaymentRequest => "a payment request",
            EntryKind::Payment => "a payment",
            EntryKind::Refund => "a refund",
            EntryKind::Reversal => "a reversal",
            EntryKind::UnspentExplanation => "an explanation of unspent money",
            EntryKind::Statement => "a statement about money",
        })
    }
}

/// The resource name of a scope.
pub(crate) fn resource(fund: &FundId, scope: &Scope) -> String {
    match scope {
        Scope::Fund => fund.resource(),
        Scope::Project { project } => fund.project(project),
        Scope::Group { group } => fund.group(group),
    }
}

fn membership_word(membership: Membership) -> &'static str {
    match membership {
        Membership::InFund => "in the fund",
        Membership::Removed => "removed",
        Membership::NamedOnly => "named only",
    }
}
