//! The keys that states are kept under; the table is in the header of [`super`].

use jixiao_events::ledger::{Holder, Scope};
use jixiao_events::{AgencyId, EntryId, FundId, GroupId, ProjectId};

pub(crate) fn fund(fund: &FundId) -> String {
    format!("fund/{fund}")
}

pub(crate) fn agency(agency: &AgencyId) -> String {
    format!("agency/{agency}")
}

pub(crate) fn project(fund: &FundId, project: &ProjectId) -> String {
    format!("project/{fund}/{project}")
}

pub(crate) fn group(fund: &FundId, group: &GroupId) -> String {
    format!("group/{fund}/{group}")
}

pub(crate) fn totals(fund: &FundId) -> String {
    format!("totals/{fund}")
}

/// All accounts of a fund begin so.
pub(crate) fn accounts(fund: &FundId) -> String {
    format!("account/{fund}/")
}

pub(crate) fn account(fund: &FundId, holder: &Holder) -> String {
    let accounts = accounts(fund);
    match holder {
        Holder::Fund => format!("{accounts}fund"),
        Holder::Project { project } => format!("{accounts}projects/{project}"),
        Holder::Group { group } => format!("{accounts}groups/{group}"),
        Holder::Agency { agency } => format!("{accounts}agencies/{agency}"),
    }
}

/// All entries of a fund begin so.
pub(crate) fn entries(fund: &FundId) -> String {
    format!("entry/{fund}/")
}

pub(crate) fn entry(fund: &FundId, entry: &EntryId) -> String {
    format!("{}{entry}", entries(fund))
}

/// What the registry says of a scope's project or group; `None` for the fund itself.
pub(crate) fn scope(fund: &FundId, scope: &Scope) -> Option<String> {
    match scope {
        Scope::Fund => None,
        Scope::Project { project: id } => Some(project(fund, id)),
        Scope::Group { group: id } => Some(group(fund, id)),
    }
}
