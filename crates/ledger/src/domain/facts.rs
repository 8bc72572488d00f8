//! What the ledger uses of the registry's events.

use jixiao_events::ledger::LedgerFact;
use jixiao_events::registry::{Fund, Membership, Project, RegistryEvent};

/// What the ledger uses of an event of the registry; `None` where it uses nothing.
pub(crate) fn fact(event: &RegistryEvent) -> Option<LedgerFact> {
    match event {
        RegistryEvent::AgencyRegistered { agency, .. } => Some(LedgerFact::Agency { agency: agency.clone() }),
        RegistryEvent::FundCreated(Fund { fund, fiscal_year, agency, .. }) => {
            Some(LedgerFact::Fund { fund: fund.clone(), fiscal_year: *fiscal_year, agency: agency.clone() })
        }
        RegistryEvent::FundYearClosed { fund, on, .. } => {
            Some(LedgerFact::YearClosed { fund: fund.clone(), on: *on })
        }
        RegistryEvent::ProjectRegistered(Project { fund, project, membership, group, state, .. }) => {
            Some(LedgerFact::Project {
                fund: fund.clone(),
                project: project.clone(),
                membership: Some(*membership),
                group: group.clone(),
                state: *state,
            })
        }
        RegistryEvent::ProjectStateChanged { fund, project, to, leaves_fund, .. } => {
            Some(LedgerFact::Project {
                fund: fund.clone(),
                project: project.clone(),
                membership: leaves_fund.then_some(Membership::Removed),
                group: None,
                state: *to,
            })
        }
        // Agencies that a reorganization names are registered by events of their own; who holds the budget is moved by the
        // ledger's own transfers.
        RegistryEvent::AgencyReorganized { .. }
        | RegistryEvent::FundDocumentAdded { .. }
        | RegistryEvent::TenderRecorded { .. }
        | RegistryEvent::FilingRecorded { .. }
        | RegistryEvent::FilingCountStated { .. }
        | RegistryEvent::TransferRecorded(_)
        | RegistryEvent::StatementRecorded(_) => None,
    }
}
