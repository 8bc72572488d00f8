//! What scoring uses of the events of the other services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::finding::Subject;
use crate::ledger::{Direction, Scope, Share};
use crate::money::Money;
use crate::names::{AgencyId, EntryId, FundId, GroupId, ProjectId, TargetId};
use crate::number::Number;
use crate::registry::{
    Coverage, DisplayUnit, Document, FilingKind, FilingState, Membership, Origin, ProjectState,
};
use crate::source::Names;
use crate::subject::FundKind;
use crate::targets::{Measured, ScoreSubject, TargetDefinition, TargetRef, UnitMatch};

/// One fact taken from a source event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A fund exists.
    Fund {
        /// The fund.
        fund: FundId,
        /// Its names.
        name: Names,
        /// Its fiscal year.
        fiscal_year: i16,
        /// The unit that people read its money in.
        display_unit: DisplayUnit,
        /// The time zone of its dates.
        time_zone: String,
        /// The competent agency; `None` in what was taken in before that was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<AgencyId>,
        /// What kind of money it is.
        #[serde(default, skip_serializing_if = "FundKind::is_special_fund")]
        kind: FundKind,
    },
    /// A fund's year is closed.
    YearClosed {
        /// The fund.
        fund: FundId,
        /// From which day.
        on: PartialDate,
    },
    /// A project is as registered.
    Project {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Its names.
        name: Names,
        /// Whether the fund carries it.
        membership: Membership,
        /// How it came into the year.
        origin: Origin,
        /// Its state.
        state: ProjectState,
        /// The group that money and reasons may be stated for; `None` where it is in none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// Since when it is in its state; `None` where that is not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state_on: Option<PartialDate>,
        /// When it was approved (立项), where it has come to another state since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approved_on: Option<PartialDate>,
        /// Its support category; `None` where it has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        category: Option<String>,
        /// Who carries it out; `None` where that is not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<AgencyId>,
    },
    /// A project moved on.
    ProjectState {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Its state now.
        state: ProjectState,
        /// Whether the fund carried it until now and does so no longer.
        leaves_fund: bool,
        /// When; `None` where it is not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
    },
    /// A running sum of money changed.
    Money {
        /// The fund.
        fund: FundId,
        /// Which sum.
        quantity: MoneyQuantity,
        /// By how much; below zero for a reversal.
        change: Money,
    },
    /// A running count changed.
    Count {
        /// The fund.
        fund: FundId,
        /// Which count.
        quantity: CountQuantity,
        /// By how much.
        change: i64,
    },
    /// A target is, from now on, so defined.
    Target {
        /// The target.
        target: TargetRef,
        /// Its version.
        version: u32,
        /// What is to be reached.
        definition: TargetDefinition,
    },
    /// A target no longer counts.
    TargetWithdrawn {
        /// The target.
        target: TargetRef,
    },
    /// A target's actual.
    Actual {
        /// The target.
        target: TargetRef,
        /// What was reached.
        value: Measured,
        /// Its own unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// Whether it is in the target's unit.
        unit_match: UnitMatch,
        /// The date that it is of.
        on: PartialDate,
    },
    /// A self-score.
    SelfScore {
        /// The fund.
        fund: FundId,
        /// What is scored.
        subject: ScoreSubject,
        /// The points.
        score: Number,
        /// When it was filed; `None` in what was taken in before this was kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// Why, as the filer put it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A contract filing or an acceptance of a project.
    Filing {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Which of the two.
        kind: FilingKind,
        /// Whether it is filed.
        state: FilingState,
        /// When it was filed; `None` where it is not stated or not filed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
    },
    /// A reason why targets are not met.
    MissExplained {
        /// The fund.
        fund: FundId,
        /// The explanation's id.
        explanation: String,
        /// The project that it names; `None` where it names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The group of projects that it names; `None` where it names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// The targets that it names; empty: all of the project or group.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetId>,
    },
    /// An entry of the ledger that changes the budget.
    Adjustment {
        /// The fund.
        fund: FundId,
        /// The entry.
        entry: EntryId,
        /// Up or down.
        direction: Direction,
        /// Whose budget.
        scope: Scope,
        /// By how much.
        amount: Money,
        /// When.
        on: PartialDate,
        /// Who approved it; `None` where nobody is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<String>,
    },
    /// An adjustment was taken back.
    AdjustmentReversed {
        /// The fund.
        fund: FundId,
        /// The entry that counts no longer.
        entry: EntryId,
    },
    /// A project was put out to tender.
    Tender {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// When the notice was published.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        noticed_on: Option<PartialDate>,
        /// From when bids are opened.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opened_on: Option<PartialDate>,
    },
    /// An entry of the ledger for a project, of a kind that has its time in the project's life.
    Dated {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The entry.
        entry: EntryId,
        /// What it is.
        kind: DatedKind,
        /// How much.
        amount: Money,
        /// The business date.
        on: PartialDate,
    },
    /// The money of a project was split between agencies.
    Split {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The entry.
        entry: EntryId,
        /// Who got how much.
        parts: Vec<Share>,
    },
    /// Such an entry was taken back.
    DatedReversed {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The entry that counts no longer.
        entry: EntryId,
    },
    /// A sum of money of a project or group changed, or was stated anew.
    ScopeMoney {
        /// The fund.
        fund: FundId,
        /// Whose money; never the fund's as a whole.
        scope: Scope,
        /// Which sum.
        quantity: ScopeQuantity,
        /// By how much, below zero for a reversal; for a stated one: its amount now.
        amount: Money,
    },
    /// What a report says of a change of a target.
    TargetChangeStated {
        /// The fund.
        fund: FundId,
        /// The project; `None` where it names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The statement's id.
        statement: String,
        /// What it says.
        text: String,
        /// The value after the change; `None` where none is stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// The value before it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_value: Option<String>,
        /// The unit of both.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
    },
    /// A document is cited as what a fund stands on.
    DocumentCited {
        /// The fund.
        fund: FundId,
        /// The document as it is cited.
        document: Document,
    },
    /// An annex is referred to.
    AnnexReferred {
        /// The fund.
        fund: FundId,
        /// The statement's id.
        statement: String,
        /// The annex as it is called.
        name: String,
        /// Whether it is attached; `None` where that is not known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attached: Option<bool>,
    },
    /// A paper says what year it, or the fund, is of.
    YearStated {
        /// The fund.
        fund: FundId,
        /// The statement's id.
        statement: String,
        /// What is of that year.
        text: String,
        /// The year as printed.
        value: String,
    },
    /// A figure among the achievements that is a target's actual.
    AchievementStated {
        /// The fund.
        fund: FundId,
        /// The statement's id.
        statement: String,
        /// The target.
        target: TargetId,
        /// Of what the figure is.
        text: String,
        /// The figure as printed.
        value: String,
        /// Its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The date that it is of; `None` where none is stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
    },
    /// Somebody says why targets are missed, or money is unspent, of a target, a project or a group.
    ReasonGiven {
        /// The fund.
        fund: FundId,
        /// Of what.
        about: Subject,
        /// Its id: an explanation's, or an entry's of the ledger.
        reason: String,
        /// What it is the reason of.
        of: ReasonOf,
        /// The targets that it names; empty: all of the project or group.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetId>,
        /// What is said.
        text: String,
    },
    /// The entry of the ledger that gave a reason was reversed.
    ReasonTakenBack {
        /// The fund.
        fund: FundId,
        /// Of what.
        about: Subject,
        /// The entry's id.
        reason: String,
    },
    /// A sentence says that all targets are met, or all but some.
    UniversalStated {
        /// The fund.
        fund: FundId,
        /// The statement's id.
        statement: String,
        /// What it says.
        text: String,
        /// Which targets it is about.
        covers: Coverage,
        /// Those that it leaves out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        excepted: Vec<TargetId>,
    },
}

/// Entries that have their time in a project's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatedKind {
    /// More budget for it.
    Increase,
    /// A payment.
    Payment,
    /// The last payment of its contract (尾款).
    FinalPayment,
}

/// What a reason is the reason of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonOf {
    /// Targets are missed.
    Misses,
    /// Money is unspent.
    Unspent,
}

/// A sum of money of a project or group.
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
    EnumString,
    VariantNames,
)]
pub enum ScopeQuantity {
    /// Adjustments up.
    #[serde(rename = "budget.adjustment_increase")]
    #[strum(serialize = "budget.adjustment_increase")]
    Increase,
    /// Adjustments down.
    #[serde(rename = "budget.adjustment_decrease")]
    #[strum(serialize = "budget.adjustment_decrease")]
    Decrease,
    /// Received.
    #[serde(rename = "budget.received")]
    #[strum(serialize = "budget.received")]
    Received,
    /// Allocated out of the fund.
    #[serde(rename = "budget.allocated")]
    #[strum(serialize = "budget.allocated")]
    Allocated,
    /// Paid.
    #[serde(rename = "budget.expenditure")]
    #[strum(serialize = "budget.expenditure")]
    Paid,
    /// Unspent money that is explained.
    #[serde(rename = "budget.unspent_explained")]
    #[strum(serialize = "budget.unspent_explained")]
    UnspentExplained,
    /// Arranged, as a report states it.
    #[serde(rename = "budget.arranged")]
    #[strum(serialize = "budget.arranged")]
    StatedArranged,
    /// Paid, as a report states it.
    #[serde(rename = "budget.paid")]
    #[strum(serialize = "budget.paid")]
    StatedPaid,
    /// Unspent, as a report states it.
    #[serde(rename = "budget.unspent")]
    #[strum(serialize = "budget.unspent")]
    StatedUnspent,
}

impl ScopeQuantity {
    /// Whether a report states it: a later statement takes the place of an earlier one, where entries add up.
    pub fn is_stated(self) -> bool {
        match self {
            Self::StatedArranged | Self::StatedPaid | Self::StatedUnspent => true,
            Self::Increase
            | Self::Decrease
            | Self::Received
            | Self::Allocated
            | Self::Paid
            | Self::UnspentExplained => false,
        }
    }
}

/// A running sum of money of a fund.
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
    EnumString,
    VariantNames,
)]
pub enum MoneyQuantity {
    /// Start-of-year budget.
    #[serde(rename = "budget.original")]
    #[strum(serialize = "budget.original")]
    Original,
    /// Adjustments up.
    #[serde(rename = "budget.adjustment_increase")]
    #[strum(serialize = "budget.adjustment_increase")]
    Increase,
    /// Adjustments down.
    #[serde(rename = "budget.adjustment_decrease")]
    #[strum(serialize = "budget.adjustment_decrease")]
    Decrease,
    /// Received from the treasury.
    #[serde(rename = "budget.received")]
    #[strum(serialize = "budget.received")]
    Received,
    /// Paid.
    #[serde(rename = "budget.expenditure")]
    #[strum(serialize = "budget.expenditure")]
    Paid,
    /// Refunded to the treasury.
    #[serde(rename = "budget.refunded")]
    #[strum(serialize = "budget.refunded")]
    Refunded,
    /// Unspent money that is explained.
    #[serde(rename = "budget.unspent_explained")]
    #[strum(serialize = "budget.unspent_explained")]
    UnspentExplained,
}

/// A running count of a fund.
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
    EnumString,
    VariantNames,
)]
pub enum CountQuantity {
    /// Projects that the fund carries.
    #[serde(rename = "projects.total")]
    #[strum(serialize = "projects.total")]
    Projects,
    /// Projects whose contract is not filed.
    #[serde(rename = "filings.contract_filing.not_filed")]
    #[strum(serialize = "filings.contract_filing.not_filed")]
    ContractsNotFiled,
    /// Projects that are not accepted though they had to be.
    #[serde(rename = "filings.acceptance.not_filed")]
    #[strum(serialize = "filings.acceptance.not_filed")]
    AcceptancesNotFiled,
    /// Adjustments of the budget that stand.
    #[serde(rename = "budget.adjustments")]
    #[strum(serialize = "budget.adjustments")]
    Adjustments,
}
