//! What happened to funds, agencies and projects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::money::Money;
use crate::names::{AgencyId, FundId, GroupId, ProjectId, TargetId};
use crate::source::Names;
use crate::subject::FundKind;

/// An event of the registry's log. Stored for good: add variants, never change one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum RegistryEvent {
    /// An agency or implementing unit is known from now on.
    AgencyRegistered {
        /// Its id.
        agency: AgencyId,
        /// Its names.
        name: Names,
        /// What else is said of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Agencies were renamed, merged or split on a date.
    AgencyReorganized {
        /// How.
        kind: Reorganization,
        /// What was there before.
        from: Vec<AgencyId>,
        /// What is there after.
        into: Vec<AgencyId>,
        /// When it took effect.
        on: PartialDate,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A special fund (专项资金) of one fiscal year was set up.
    FundCreated(Fund),
    /// A document became a basis, rule or background of a fund.
    FundDocumentAdded {
        /// The fund.
        fund: FundId,
        /// The document.
        document: Document,
    },
    /// The fiscal year of a fund was closed.
    FundYearClosed {
        /// The fund.
        fund: FundId,
        /// The day from which it is closed.
        on: PartialDate,
        /// Why, or by which document.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A project (项目) of a fund is known from now on.
    ProjectRegistered(Project),
    /// A project moved on in its life.
    ProjectStateChanged {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The state that it leaves.
        from: ProjectState,
        /// The state that it enters.
        to: ProjectState,
        /// Whether the fund carried it until now and does so no longer.
        leaves_fund: bool,
        /// When; `None` where it is not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A project was put out to tender (招标).
    TenderRecorded {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The tender.
        tender: Tender,
    },
    /// The state of one project's contract filing (合同备案) or acceptance (验收) became known.
    FilingRecorded {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Filing or acceptance.
        kind: FilingKind,
        /// Its state now.
        state: FilingState,
        /// Its state before; `None` the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<FilingState>,
        /// When it was filed; `None` where it is not stated or not filed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// Why it need not be filed, and who said so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        waiver: Option<String>,
        /// Whether this project is one of those that a stated count already counts.
        inside_count: bool,
        /// Whether it was one of those before; `None` the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous_inside_count: Option<bool>,
        /// By how much this changes the number of projects known as not filed, those that only a count knows included.
        not_filed_change: i64,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A source gave only a count of projects with a filing state, no names. A later count takes the place of an earlier one.
    FilingCountStated {
        /// The fund.
        fund: FundId,
        /// Filing or acceptance.
        kind: FilingKind,
        /// The state that is counted.
        state: FilingState,
        /// How many projects, those named elsewhere included.
        count: u32,
        /// What the count was before; `None` the first time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        previous: Option<u32>,
        /// Only projects above this much money are counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<Money>,
        /// By how much this changes the number of projects known as not filed, those that only a count knows included.
        not_filed_change: i64,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Functions and money moved from one agency to another.
    TransferRecorded(Transfer),
    /// A source says something about a fund or project that no other event holds.
    StatementRecorded(Statement),
}

/// How agencies were reorganized.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Reorganization {
    /// One agency under a new name and id.
    Renamed,
    /// Several into one.
    Merged,
    /// One into several.
    Split,
}

/// A special fund of one fiscal year.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fund {
    /// Its id.
    pub fund: FundId,
    /// Its names.
    pub name: Names,
    /// The fiscal year (预算年度).
    pub fiscal_year: i16,
    /// The competent agency (主管部门).
    pub agency: AgencyId,
    /// The department of the agency that manages it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The agency that had it before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<AgencyId>,
    /// The unit that people read its money in.
    pub display_unit: DisplayUnit,
    /// The time zone of its calendar dates, an IANA name.
    pub time_zone: String,
    /// Legal basis and management rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// Categories of support (支持方向).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub support_categories: Vec<String>,
    /// What kind of money it is.
    #[serde(default, skip_serializing_if = "FundKind::is_special_fund")]
    pub kind: FundKind,
}

/// The unit that people read money in. Storage is always in yuan.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DisplayUnit {
    /// 元.
    Yuan,
    /// 万元, 10,000 yuan.
    WanYuan,
    /// 亿元, 100,000,000 yuan.
    YiYuan,
}

/// A document that a fund stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// What it is to the fund.
    pub role: DocumentRole,
    /// Its title.
    pub title: String,
    /// Its number (文号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Who issued it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issuers: Vec<String>,
    /// From when it holds; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_from: Option<PartialDate>,
    /// Until when it holds; `None` where that is not known, or where it has no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<PartialDate>,
    /// Where it is cited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What a document is to a fund.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum DocumentRole {
    /// Why the fund exists (设立依据).
    LegalBasis,
    /// How it is managed (管理依据).
    ManagementRule,
    /// How it is evaluated (评价依据).
    EvaluationBasis,
    /// A review of its budget (预算评审).
    BudgetReview,
    /// Background.
    Background,
}

/// A project of a fund.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// The fund.
    pub fund: FundId,
    /// Its id within the fund.
    pub project: ProjectId,
    /// Its names.
    pub name: Names,
    /// Whether the fund carries it.
    pub membership: Membership,
    /// How it came into the year.
    pub origin: Origin,
    /// The implementing agency or unit (实施单位).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementing_agency: Option<AgencyId>,
    /// A second one that shares it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_agency: Option<AgencyId>,
    /// Its support category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The group that money is stated for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Its state when it was registered.
    pub state: ProjectState,
    /// Since when; `None` where it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_on: Option<PartialDate>,
    /// When it was approved (立项), where it has come to another state since; `None` where it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_on: Option<PartialDate>,
    /// Whether it is carried over into the next year; `None` where it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carried_over: Option<bool>,
    /// What else is said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Whether a fund carries a project.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Membership {
    /// It is one of the fund's projects.
    InFund,
    /// It was one and left within the year.
    Removed,
    /// It is named by the fund's papers without being listed.
    NamedOnly,
}

/// How a project came into the year.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Origin {
    /// There at the start of the year.
    StartOfYear,
    /// Taken over from another agency's fund.
    TakenOver,
    /// New in the year.
    NewInYear,
    /// Carried out by another agency.
    OtherAgency,
    /// Not stated.
    NotStated,
}

/// Where a project is in its life.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ProjectState {
    /// Not stated.
    NotStated,
    /// Proposed (申报).
    Proposed,
    /// Approved (立项).
    Approved,
    /// Procured (采购).
    Procured,
    /// Under contract (签约).
    Contracted,
    /// Being carried out (实施中).
    InProgress,
    /// Accepted (验收).
    Accepted,
    /// Closed (结项).
    Closed,
    /// Not started (未实施).
    NotStarted,
    /// Carried over into the next year (结转).
    CarriedOver,
    /// Moved to a later year before it began.
    MovedToLaterYear,
    /// Cancelled.
    Cancelled,
    /// Removed from the fund.
    Removed,
}

impl ProjectState {
    /// Whether a project in this state has left its fund's year: the fund carries it no longer, its targets do not count.
    pub fn has_left(self) -> bool {
        match self {
            Self::MovedToLaterYear | Self::Removed => true,
            Self::NotStated
            | Self::Proposed
            | Self::Approved
            | Self::Procured
            | Self::Contracted
            | Self::InProgress
            | Self::Accepted
            | Self::Closed
            | Self::NotStarted
            | Self::CarriedOver
            | Self::Cancelled => false,
        }
    }
}

/// A tender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tender {
    /// The number of the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_number: Option<String>,
    /// The procurement method (采购方式).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// When the notice was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed_on: Option<PartialDate>,
    /// From when bids are opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_on: Option<PartialDate>,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What is filed.
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
pub enum FilingKind {
    /// The contract filed with the competent bureau (合同备案).
    ContractFiling,
    /// The acceptance of the finished work (验收).
    Acceptance,
}

/// The state of a filing or acceptance.
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
pub enum FilingState {
    /// Filed.
    Filed,
    /// Not filed.
    NotFiled,
    /// Need not be filed.
    Waived,
    /// Not known.
    Unknown,
}

/// Functions and money that moved from one agency to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Transfer {
    /// Its id: a slug of the caller's.
    pub transfer: String,
    /// The agency that gave.
    pub from: AgencyId,
    /// The agency that took.
    pub to: AgencyId,
    /// When it took effect.
    pub on: PartialDate,
    /// The total as stated; `None` where only parts are stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// The parts that are named.
    pub parts: Vec<TransferPart>,
    /// Total less parts: what is not named. `None` without a total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unnamed_rest: Option<Money>,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// A named part of a transfer: a fund, or one project of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransferPart {
    /// The fund.
    pub fund: FundId,
    /// The project, where only that moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Its money; `None` where it is not stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When the part moved, where that differs or is known better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
}

/// Something that a source says about a fund or project, kept as it was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Statement {
    /// The fund.
    pub fund: FundId,
    /// The project, where it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Its id: a slug of the caller's, unique within the fund.
    pub statement: String,
    /// What kind of statement it is.
    pub kind: StatementKind,
    /// What is said, shortened.
    pub text: String,
    /// The figure or value in it, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value that it replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_value: Option<String>,
    /// The unit of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Who approved, where it is a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
    /// Its date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
    /// The target whose actual it is, of an achievement; `None` where it is no target's, or nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<TargetId>,
    /// The targets that a sentence about all of them leaves out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excepted: Vec<TargetId>,
    /// Which targets a sentence about all of them is about; `None` where nobody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<Coverage>,
    /// Whether an annex is attached; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<bool>,
    /// The document or line that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Which targets a sentence about all of them is about.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Coverage {
    /// All targets of the fund.
    Targets,
    /// Its overall targets (总体绩效目标).
    OverallTargets,
    /// The detail targets of its projects (明细绩效目标).
    DetailTargets,
}

/// What kind of statement it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum StatementKind {
    /// A figure among the achievements.
    Achievement,
    /// A sentence about all of something.
    Universal,
    /// An annex that is referred to: `value` is its name, `text` where there is no value.
    Annex,
    /// The year that a paper says it, or the fund, is of: in `value`.
    Year,
    /// A date.
    Date,
    /// A change of a target that the tables do not have.
    TargetChange,
    /// Anything else.
    Other,
}
