//! What an event makes of the states under its keys. Total: an event about what is not there changes nothing.

use jixiao_events::PartialDate;
use jixiao_events::registry::{
    FilingKind, FilingState, Fund, Membership, Project, ProjectState, RegistryEvent, Reorganization,
    Transfer, TransferPart,
};
use jixiao_events::{AgencyId, FundId};

use super::{
    AgencyLink, AgencyRecord, Closing, FilingRecord, FilingTally, FundRecord, ProjectRecord, RegistryState,
    StatedCount, keys,
};

pub(crate) fn keys_of(event: &RegistryEvent) -> Vec<String> {
    match event {
        RegistryEvent::AgencyRegistered { agency, .. } => vec![keys::agency(agency)],
        RegistryEvent::AgencyReorganized { from, into, .. } => {
            from.iter().chain(into).map(keys::agency).collect()
        }
        RegistryEvent::FundCreated(fund) => vec![keys::fund(&fund.fund)],
        RegistryEvent::FundDocumentAdded { fund, .. } | RegistryEvent::FundYearClosed { fund, .. } => {
            vec![keys::fund(fund)]
        }
        RegistryEvent::ProjectRegistered(project) => {
            vec![keys::fund(&project.fund), keys::project(&project.fund, &project.project)]
        }
        // Only what leaves moves the fund's counts; the rest must not queue up at the fund's row.
        RegistryEvent::ProjectStateChanged { fund, project, leaves_fund: true, .. } => {
            vec![keys::fund(fund), keys::project(fund, project)]
        }
        RegistryEvent::ProjectStateChanged { fund, project, .. }
        | RegistryEvent::TenderRecorded { fund, project, .. } => vec![keys::project(fund, project)],
        RegistryEvent::FilingRecorded { fund, project, kind, state, previous, .. } => {
            let left =
                previous.filter(|left| left != state).map(|left| keys::filing_count(fund, *kind, left));
            let filing = keys::filing(fund, *kind, project);
            let entered = keys::filing_count(fund, *kind, *state);
            [keys::project(fund, project), filing, entered].into_iter().chain(left).collect()
        }
        RegistryEvent::FilingCountStated { fund, kind, state, .. } => {
            vec![keys::filing_count(fund, *kind, *state)]
        }
        RegistryEvent::TransferRecorded(transfer) => {
            let parts = transfer.parts.iter().map(|TransferPart { fund, project, .. }| match project {
                Some(project) => keys::project(fund, project),
                None => keys::fund(fund),
            });
            std::iter::once(keys::transfer(&transfer.transfer)).chain(parts).collect()
        }
        RegistryEvent::StatementRecorded(statement) => {
            let project = statement.project.as_ref().map(|project| keys::project(&statement.fund, project));
            [keys::statement(&statement.fund, &statement.statement)].into_iter().chain(project).collect()
        }
    }
}

pub(crate) fn effective(event: &RegistryEvent) -> Option<PartialDate> {
    match event {
        RegistryEvent::AgencyReorganized { on, .. } | RegistryEvent::FundYearClosed { on, .. } => Some(*on),
        RegistryEvent::ProjectRegistered(project) => project.state_on,
        RegistryEvent::ProjectStateChanged { on, .. } | RegistryEvent::FilingRecorded { on, .. } => *on,
        RegistryEvent::TenderRecorded { tender, .. } => tender.noticed_on,
        RegistryEvent::TransferRecorded(transfer) => Some(transfer.on),
        RegistryEvent::StatementRecorded(statement) => statement.on,
        RegistryEvent::AgencyRegistered { .. }
        | RegistryEvent::FundCreated(_)
        | RegistryEvent::FundDocumentAdded { .. }
        | RegistryEvent::FilingCountStated { .. } => None,
    }
}

pub(crate) fn evolve(key: &str, state: &mut Option<RegistryState>, event: &RegistryEvent) {
    match event {
        RegistryEvent::AgencyRegistered { agency, name, note } => {
            *state = Some(RegistryState::Agency(AgencyRecord {
                agency: agency.clone(),
                name: name.clone(),
                note: note.clone(),
                until: None,
                predecessors: Vec::new(),
                successors: Vec::new(),
            }));
        }
        RegistryEvent::AgencyReorganized { kind, from, into, on, source } => {
            let Some(RegistryState::Agency(agency)) = state else { return };
            let link = |other: &AgencyId| link(other, *kind, *on, source.as_ref());
            if from.contains(&agency.agency) {
                agency.until = Some(*on);
                agency.successors.extend(into.iter().map(link));
            } else {
                agency.predecessors.extend(from.iter().map(link));
            }
        }
        RegistryEvent::FundCreated(fund) => *state = Some(RegistryState::Fund(new_fund(fund))),
        RegistryEvent::FundDocumentAdded { document, .. } => {
            if let Some(RegistryState::Fund(fund)) = state {
                fund.fund.documents.push(document.clone());
            }
        }
        RegistryEvent::FundYearClosed { on, source, .. } => {
            if let Some(RegistryState::Fund(fund)) = state {
                fund.closing = Some(Closing { on: *on, source: source.clone() });
            }
        }
        RegistryEvent::ProjectRegistered(project) => register_project(key, state, project),
        RegistryEvent::ProjectStateChanged { to, leaves_fund, on, reason, source, .. } => match state {
            Some(RegistryState::Fund(fund)) if *leaves_fund => {
                fund.in_fund = fund.in_fund.saturating_sub(1);
                fund.removed = fund.removed.saturating_add(1);
            }
            Some(RegistryState::Project(project)) => {
                project.project.state = *to;
                project.project.state_on = *on;
                project.state_reason.clone_from(reason);
                if source.is_some() {
                    project.project.source.clone_from(source);
                }
                if *leaves_fund {
                    project.project.membership = Membership::Removed;
                }
                if *to == ProjectState::CarriedOver {
                    project.project.carried_over = Some(true);
                }
            }
            _ => {}
        },
        RegistryEvent::TenderRecorded { tender, .. } => {
            if let Some(RegistryState::Project(project)) = state {
                project.tender = Some(tender.clone());
            }
        }
        RegistryEvent::FilingRecorded { .. } => record_filing(key, state, event),
        RegistryEvent::FilingCountStated { kind, state: counted, count, threshold, source, .. } => {
            let mut tally = tally(state.as_ref(), *kind, *counted);
            let stated = StatedCount { count: *count, threshold: *threshold, source: source.clone() };
            tally.stated = Some(stated);
            // The new count was taken after they moved on.
            tally.moved_on = 0;
            *state = Some(RegistryState::FilingCount(tally));
        }
        RegistryEvent::TransferRecorded(transfer) => move_to_agency(key, state, transfer),
        RegistryEvent::StatementRecorded(statement) => {
            if key == keys::statement(&statement.fund, &statement.statement) {
                *state = Some(RegistryState::Statement(statement.clone()));
            }
        }
    }
}

fn link(agency: &AgencyId, kind: Reorganization, on: PartialDate, source: Option<&String>) -> AgencyLink {
    AgencyLink { agency: agency.clone(), kind, on, source: source.cloned() }
}

/// A fund or project that the giving agency had is the taking one's now. One that was registered with the taking agency
/// already, or with a third, stays as it is.
fn move_to_agency(key: &str, state: &mut Option<RegistryState>, transfer: &Transfer) {
    if key == keys::transfer(&transfer.transfer) {
        *state = Some(RegistryState::Transfer(transfer.clone()));
        return;
    }
    match state {
        Some(RegistryState::Fund(FundRecord { fund, .. })) if fund.agency == transfer.from => {
            fund.agency = transfer.to.clone();
            fund.predecessor = Some(transfer.from.clone());
        }
        Some(RegistryState::Project(ProjectRecord { project, .. })) => {
            for agency in [&mut project.implementing_agency, &mut project.second_agency] {
                if agency.as_ref() == Some(&transfer.from) {
                    *agency = Some(transfer.to.clone());
                }
            }
        }
        _ => {}
    }
}

fn new_fund(fund: &Fund) -> FundRecord {
    FundRecord { fund: fund.clone(), closing: None, in_fund: 0, removed: 0, named_only: 0 }
}

fn register_project(key: &str, state: &mut Option<RegistryState>, project: &Project) {
    if key == keys::project(&project.fund, &project.project) {
        *state = Some(RegistryState::Project(ProjectRecord {
            project: project.clone(),
            state_reason: None,
            tender: None,
        }));
    } else if let Some(RegistryState::Fund(fund)) = state {
        let count = match project.membership {
            Membership::InFund => &mut fund.in_fund,
            Membership::Removed => &mut fund.removed,
            Membership::NamedOnly => &mut fund.named_only,
        };
        *count = count.saturating_add(1);
    }
}

fn record_filing(key: &str, state: &mut Option<RegistryState>, event: &RegistryEvent) {
    let RegistryEvent::FilingRecorded {
        fund,
        project,
        kind,
        state: entered,
        previous,
        on,
        waiver,
        inside_count,
        previous_inside_count,
        not_filed_change: _,
        source,
    } = event
    else {
        return;
    };
    if key == keys::filing(fund, *kind, project) {
        *state = Some(RegistryState::Filing(FilingRecord {
            fund: fund.clone(),
            project: project.clone(),
            kind: *kind,
            state: *entered,
            on: *on,
            waiver: waiver.clone(),
            inside_count: *inside_count,
            source: source.clone(),
        }));
        return;
    }
    let Some(counted) = counted_state(key, fund, *kind, [Some(*entered), *previous]) else { return };
    let mut tally = tally(state.as_ref(), *kind, counted);
    let was_here = *previous == Some(counted);
    let is_here = *entered == counted;
    let was_inside = *previous_inside_count == Some(true);
    if was_here {
        let before = if was_inside { &mut tally.named } else { &mut tally.beside };
        *before = before.saturating_sub(1);
    }
    if is_here {
        let after = if *inside_count { &mut tally.named } else { &mut tally.beside };
        *after = after.saturating_add(1);
    }
    if was_here && was_inside && !is_here && tally.stated.is_some() {
        tally.moved_on = tally.moved_on.saturating_add(1);
    }
    // Back in the state and inside its count again: it no longer counts as moved on.
    if is_here && *inside_count && previous.is_some_and(|previous| previous != counted) {
        tally.moved_on = tally.moved_on.saturating_sub(1);
    }
    *state = Some(RegistryState::FilingCount(tally));
}

/// Which of the states a tally's key counts; `None` for a key of another kind.
fn counted_state(
    key: &str,
    fund: &FundId,
    kind: FilingKind,
    states: [Option<FilingState>; 2],
) -> Option<FilingState> {
    states.into_iter().flatten().find(|state| key == keys::filing_count(fund, kind, *state))
}

fn tally(state: Option<&RegistryState>, kind: FilingKind, counted: FilingState) -> FilingTally {
    match state {
        Some(RegistryState::FilingCount(tally)) => tally.clone(),
        _ => FilingTally { kind, state: counted, stated: None, named: 0, moved_on: 0, beside: 0 },
    }
}
