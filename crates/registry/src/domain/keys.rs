//! The keys of the registry's states. Ids hold no `/`, so no two keys meet.

use jixiao_events::registry::{FilingKind, FilingState};
use jixiao_events::{AgencyId, FundId, ProjectId};

/// All agencies.
pub const AGENCIES: &str = "agency/";
/// All funds.
pub const FUNDS: &str = "fund/";
/// All transfers.
pub const TRANSFERS: &str = "transfer/";
pub(super) const PROJECTS: &str = "project/";
pub(super) const FILINGS: &str = "filing/";

/// An agency's key.
pub fn agency(agency: &AgencyId) -> String {
    format!("{AGENCIES}{agency}")
}

/// A fund's key.
pub fn fund(fund: &FundId) -> String {
    format!("{FUNDS}{fund}")
}

/// All projects of a fund.
pub fn projects(fund: &FundId) -> String {
    format!("{PROJECTS}{fund}/")
}

/// A project's key.
pub fn project(fund: &FundId, project: &ProjectId) -> String {
    format!("{PROJECTS}{fund}/{project}")
}

/// All filings and acceptances of a fund that are known by project.
pub fn filings(fund: &FundId) -> String {
    format!("{FILINGS}{fund}/")
}

/// The key of one project's filing or acceptance.
pub fn filing(fund: &FundId, kind: FilingKind, project: &ProjectId) -> String {
    format!("{FILINGS}{fund}/{}/{project}", <&str>::from(kind))
}

/// The key of a fund's tally of one filing state.
pub fn filing_count(fund: &FundId, kind: FilingKind, state: FilingState) -> String {
    format!("filing-count/{fund}/{}/{}", <&str>::from(kind), <&str>::from(state))
}

/// The keys of all tallies that a fund can have: one for each kind and state.
pub fn filing_counts(fund: &FundId) -> Vec<String> {
    let states = [FilingState::Filed, FilingState::NotFiled, FilingState::Waived, FilingState::Unknown];
    [FilingKind::ContractFiling, FilingKind::Acceptance]
        .into_iter()
        .flat_map(|kind| states.map(|state| filing_count(fund, kind, state)))
        .collect()
}

/// A transfer's key.
pub fn transfer(transfer: &str) -> String {
    format!("{TRANSFERS}{transfer}")
}

/// All statements about a fund.
pub fn statements(fund: &FundId) -> String {
    format!("statement/{fund}/")
}

/// A statement's key.
pub fn statement(fund: &FundId, statement: &str) -> String {
    format!("statement/{fund}/{statement}")
}
