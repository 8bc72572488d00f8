//! The registry's rules: pure functions over keyed states.
//!
//! | state key | holds | evolved by |
//! | --- | --- | --- |
//! | `agency/{agency}` | [`AgencyRecord`] | `AgencyRegistered`, `AgencyReorganized` |
//! | `fund/{fund}` | [`FundRecord`]: at most [`MAX_DOCUMENTS`] documents, counts of projects | `FundCreated`, `FundDocumentAdded`, `FundYearClosed`, `ProjectRegistered`, `ProjectStateChanged` that leaves it, `TransferRecorded` of it |
//! | `project/{fund}/{project}` | [`ProjectRecord`] | `ProjectRegistered`, `ProjectStateChanged`, `TenderRecorded`, `TransferRecorded` of it; history only: `FilingRecorded`, `StatementRecorded` |
//! | `filing/{fund}/{kind}/{project}` | [`FilingRecord`] | `FilingRecorded` |
//! | `filing-count/{fund}/{kind}/{state}` | [`FilingTally`]: numbers only, at most eight rows a fund | `FilingCountStated`, `FilingRecorded` into or out of the state |
//! | `transfer/{transfer}` | [`Transfer`] | `TransferRecorded` |
//! | `statement/{fund}/{statement}` | [`Statement`] | `StatementRecorded` |
//!
//! No row grows with a fund's projects: a list reads a page of rows, a count is kept as a number.

use jixiao_events::registry::{
    Document, FilingKind, FilingState, Fund, Project, ProjectState, Reorganization, Statement, Tender,
    Transfer, TransferPart,
};
use jixiao_events::{AgencyId, FundId, Money, Names, PartialDate, ProjectId};
use serde::{Deserialize, Serialize};

mod decide;
mod evolve;
pub mod keys;
mod lifecycle;
mod refusal;
#[cfg(test)]
mod tests;

pub(crate) use decide::{decide, needs};
pub(crate) use evolve::{effective, evolve, keys_of};
pub use lifecycle::may_follow;
pub use refusal::RegistryRefusal;

/// The most documents that a fund stands on: they are kept in its row, which must not grow without end.
pub const MAX_DOCUMENTS: usize = 200;

/// What is asked of the registry.
#[derive(Debug, Clone, PartialEq)]
pub enum RegistryCommand {
    /// Makes an agency known.
    RegisterAgency {
        /// Its id.
        agency: AgencyId,
        /// Its names.
        name: Names,
        /// What else is said of it.
        note: Option<String>,
    },
    /// Renames, merges or splits agencies.
    ReorganizeAgencies {
        /// How.
        kind: Reorganization,
        /// What was there before.
        from: Vec<AgencyId>,
        /// What is there after.
        into: Vec<AgencyId>,
        /// When it took effect.
        on: PartialDate,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Sets up a fund.
    CreateFund(Fund),
    /// Adds a document to a fund.
    AddFundDocument {
        /// The fund.
        fund: FundId,
        /// The document.
        document: Document,
    },
    /// Closes a fund's fiscal year.
    CloseFundYear {
        /// The fund.
        fund: FundId,
        /// The day from which it is closed.
        on: PartialDate,
        /// Why, or by which document.
        source: Option<String>,
    },
    /// Makes a project known.
    CreateProject(Project),
    /// Moves a project on in its life.
    ChangeProjectState {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The state that it enters.
        to: ProjectState,
        /// When; `None` where it is not stated.
        on: Option<PartialDate>,
        /// Why.
        reason: Option<String>,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Records a tender.
    RecordTender {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// The tender.
        tender: Tender,
    },
    /// Records a contract filing or acceptance.
    RecordFiling(FilingRecord),
    /// Records a count without names.
    StateFilingCount {
        /// The fund.
        fund: FundId,
        /// Filing or acceptance.
        kind: FilingKind,
        /// The state that is counted.
        state: FilingState,
        /// The count.
        stated: StatedCount,
    },
    /// Records a transfer between agencies.
    RecordTransfer {
        /// Its id: a slug of the caller's.
        transfer: String,
        /// The agency that gave.
        from: AgencyId,
        /// The agency that took.
        to: AgencyId,
        /// When it took effect.
        on: PartialDate,
        /// The total as stated.
        total: Option<Money>,
        /// The parts that are named.
        parts: Vec<TransferPart>,
        /// The document or line that says so.
        source: Option<String>,
    },
    /// Records a statement.
    RecordStatement(Statement),
}

/// What is known under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistryState {
    /// Under `agency/`.
    Agency(AgencyRecord),
    /// Under `fund/`.
    Fund(FundRecord),
    /// Under `project/`.
    Project(ProjectRecord),
    /// Under `filing/`.
    Filing(FilingRecord),
    /// Under `filing-count/`.
    FilingCount(FilingTally),
    /// Under `transfer/`.
    Transfer(Transfer),
    /// Under `statement/`.
    Statement(Statement),
}

/// An agency and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgencyRecord {
    /// Its id.
    pub agency: AgencyId,
    /// Its names.
    pub name: Names,
    /// What else is said of it.
    pub note: Option<String>,
    /// When it ended by a renaming, merger or split; `None` while it exists.
    pub until: Option<PartialDate>,
    /// What it came from.
    pub predecessors: Vec<AgencyLink>,
    /// What it became.
    pub successors: Vec<AgencyLink>,
}

/// An agency at the other side of a reorganization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyLink {
    /// The agency.
    pub agency: AgencyId,
    /// How.
    pub kind: Reorganization,
    /// When it took effect.
    pub on: PartialDate,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// A fund, whether its year is closed, and how many projects it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FundRecord {
    /// The fund, with the documents added since.
    pub fund: Fund,
    /// How its year was closed; `None` while it is open.
    pub closing: Option<Closing>,
    /// How many projects it carries.
    pub in_fund: u32,
    /// How many projects left it within the year.
    pub removed: u32,
    /// How many projects its papers name without listing them.
    pub named_only: u32,
}

/// How a fund's year was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// The day from which it is closed.
    pub on: PartialDate,
    /// Why, or by which document.
    pub source: Option<String>,
}

/// A project as it is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectRecord {
    /// The project, with the state and membership that it has now.
    pub project: Project,
    /// Why it entered its state.
    pub state_reason: Option<String>,
    /// Its latest tender.
    pub tender: Option<Tender>,
}

/// The contract filing or acceptance of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingRecord {
    /// The fund.
    pub fund: FundId,
    /// The project.
    pub project: ProjectId,
    /// Filing or acceptance.
    pub kind: FilingKind,
    /// Its state.
    pub state: FilingState,
    /// When it was filed or waived.
    pub on: Option<PartialDate>,
    /// Why it need not be filed, and who said so.
    pub waiver: Option<String>,
    /// Whether the project is one of those that a stated count already counts.
    pub inside_count: bool,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// How many projects of a fund have a filing state: what a source states, and what is recorded by name beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilingTally {
    /// Filing or acceptance.
    pub kind: FilingKind,
    /// The state that is counted.
    pub state: FilingState,
    /// The latest stated count; `None` while none is stated.
    pub stated: Option<StatedCount>,
    /// Projects named as inside the stated count that have the state now.
    pub named: u32,
    /// Projects named as inside the stated count that left the state since it was stated.
    pub moved_on: u32,
    /// Projects named with the state that are not inside the stated count.
    pub beside: u32,
}

/// A count that a source states without names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedCount {
    /// How many projects, those named elsewhere included.
    pub count: u32,
    /// Only projects above this much money are counted.
    pub threshold: Option<Money>,
    /// The document or line that says so.
    pub source: Option<String>,
}

impl FilingTally {
    /// How many projects the stated count counts that nobody names: stated less named less moved on, not below zero
    /// (sources that name more than they count are recorded as they are). `None` without a stated count.
    ///
    /// Source: examples/wuxi-2019 states 7 contracts not filed and names 3 of them, so 4 stay unnamed.
    pub fn unnamed(&self) -> Option<u32> {
        let stated = self.stated.as_ref()?;
        Some(stated.count.saturating_sub(self.named).saturating_sub(self.moved_on))
    }

    /// How many projects have the state now, as far as anybody says: the stated less those that moved on, but at least
    /// the named, and those beside the count.
    pub fn known(&self) -> u32 {
        self.named.saturating_add(self.unnamed().unwrap_or(0)).saturating_add(self.beside)
    }
}
