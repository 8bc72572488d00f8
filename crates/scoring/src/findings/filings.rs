//! What the checks of missing contract filings and acceptances share.

use jixiao_events::finding::{Evidence, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::registry::FilingState;
use jixiao_events::scoring::CountQuantity;

use super::{Case, Found};
use crate::domain::state::{Filing, Filings, ProjectFacts, scope_subject};

/// What is not filed: so many projects of a fund, or one that is named. A named project may have nothing to file yet.
pub(super) fn missing(
    case: &Case<'_>,
    scope: &Scope,
    quantity: CountQuantity,
    filing: fn(&Filings) -> Option<&Filing>,
    may_wait: fn(&ProjectFacts) -> bool,
) -> Option<Found> {
    match scope {
        Scope::Fund => {
            let missing = case.count(quantity).filter(|missing| *missing > 0)?;
            let found = Found::new(Subject::Fund).figure("name", &case.facts()?.name.zh);
            let quantity = <&str>::from(quantity).to_owned();
            Some(found.figure("missing", &missing).by(Evidence::Sum { quantity }))
        }
        Scope::Project { project } => {
            let known = case.project(project);
            let filing = not_filed(filing(case.filings(project)?))?;
            if known.is_some_and(may_wait) {
                return None;
            }
            let name = known.map_or(project.as_str(), |known| known.name.zh.as_str());
            let found = Found::new(scope_subject(scope)).figure("name", &name).figure("missing", &1);
            Some(found.because(&filing.event))
        }
        Scope::Group { .. } => None,
    }
}

/// A filing that is said to be missing.
pub(super) fn not_filed(filing: Option<&Filing>) -> Option<&Filing> {
    filing.filter(|filing| filing.state == FilingState::NotFiled)
}
