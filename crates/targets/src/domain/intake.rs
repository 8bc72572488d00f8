//! What targets use of the registry.

use jixiao_events::registry::{Membership, RegistryEvent};
use jixiao_events::targets::TargetFact;

/// What targets use of an event of the registry; `None` where nothing is.
pub fn fact(event: &RegistryEvent) -> Option<TargetFact> {
    match event {
        RegistryEvent::FundCreated(fund) => {
            Some(TargetFact::Fund { fund: fund.fund.clone(), fiscal_year: fund.fiscal_year })
        }
        RegistryEvent::FundYearClosed { fund, on, source: _ } => {
            Some(TargetFact::YearClosed { fund: fund.clone(), on: *on })
        }
        RegistryEvent::ProjectRegistered(project) => Some(TargetFact::Project {
            fund: project.fund.clone(),
            project: project.project.clone(),
            membership: Some(project.membership),
            group: project.group.clone(),
            state: project.state,
        }),
        RegistryEvent::ProjectStateChanged { fund, project, to, leaves_fund, .. } => {
            Some(TargetFact::Project {
                fund: fund.clone(),
                project: project.clone(),
                membership: leaves_fund.then_some(Membership::Removed),
                group: None,
                state: *to,
            })
        }
        RegistryEvent::AgencyRegistered { .. }
        | RegistryEvent::AgencyReorganized { .. }
        | RegistryEvent::FundDocumentAdded { .. }
        | RegistryEvent::TenderRecorded { .. }
        | RegistryEvent::FilingRecorded { .. }
        | RegistryEvent::FilingCountStated { .. }
        | RegistryEvent::TransferRecorded(_)
        | RegistryEvent::StatementRecorded(_) => None,
    }
}
