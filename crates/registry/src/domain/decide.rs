//! What follows from a command. Checks are in the order of [`RegistryRefusal`].

use std::collections::BTreeSet;

use jixiao_eventlog::States;
use jixiao_events::registry::{
    Document, FilingState, Fund, Membership, Project, ProjectState, RegistryEvent, Reorganization, Statement,
    Tender, Transfer, TransferPart,
};
use jixiao_events::{AgencyId, FundId, Money, PartialDate, ProjectId};

use super::{
    AgencyRecord, FilingRecord, FundRecord, MAX_DOCUMENTS, ProjectRecord, RegistryCommand, RegistryRefusal,
    RegistryState, StatedCount, evolve, keys, keys_of, may_follow,
};

type Seen<'a, 'b> = &'b States<'a, RegistryState>;
type Decided = Result<RegistryEvent, RegistryRefusal>;

/// The keys that a command has to see: its own, those that it names, those that its event evolves.
pub(crate) fn needs(command: &RegistryCommand, states: Seen<'_, '_>) -> Vec<String> {
    match command {
        RegistryCommand::RegisterAgency { agency, .. } => vec![keys::agency(agency)],
        RegistryCommand::ReorganizeAgencies { from, into, .. } => {
            from.iter().chain(into).map(keys::agency).collect()
        }
        RegistryCommand::CreateFund(fund) => {
            let agencies =
                [Some(&fund.agency), fund.predecessor.as_ref()].into_iter().flatten().map(keys::agency);
            agencies.chain([keys::fund(&fund.fund)]).collect()
        }
        RegistryCommand::AddFundDocument { fund, .. } | RegistryCommand::CloseFundYear { fund, .. } => {
            vec![keys::fund(fund)]
        }
        RegistryCommand::CreateProject(project) => {
            let agencies = agencies_of(project).map(keys::agency);
            agencies
                .chain([keys::fund(&project.fund), keys::project(&project.fund, &project.project)])
                .collect()
        }
        RegistryCommand::ChangeProjectState { fund, project, .. }
        | RegistryCommand::RecordTender { fund, project, .. } => {
            vec![keys::fund(fund), keys::project(fund, project)]
        }
        RegistryCommand::RecordFiling(FilingRecord { fund, project, kind, state, .. }) => {
            let filing = keys::filing(fund, *kind, project);
            // The tally of the state that the filing leaves is known only once the filing is.
            let left = match states.get(&filing) {
                Some(RegistryState::Filing(before)) => Some(keys::filing_count(fund, *kind, before.state)),
                _ => None,
            };
            let entered = keys::filing_count(fund, *kind, *state);
            [keys::fund(fund), keys::project(fund, project), filing, entered]
                .into_iter()
                .chain(left)
                .collect()
        }
        RegistryCommand::StateFilingCount { fund, kind, state, .. } => {
            vec![keys::fund(fund), keys::filing_count(fund, *kind, *state)]
        }
        RegistryCommand::RecordTransfer { transfer, from, to, parts, .. } => {
            let named = parts.iter().flat_map(|part| {
                let project = part.project.as_ref().map(|project| keys::project(&part.fund, project));
                [Some(keys::fund(&part.fund)), project].into_iter().flatten()
            });
            [keys::transfer(transfer), keys::agency(from), keys::agency(to)]
                .into_iter()
                .chain(named)
                .collect()
        }
        RegistryCommand::RecordStatement(Statement { fund, project, statement, .. }) => {
            let project = project.as_ref().map(|project| keys::project(fund, project));
            [keys::fund(fund), keys::statement(fund, statement)].into_iter().chain(project).collect()
        }
    }
}

pub(crate) fn decide(states: Seen<'_, '_>, command: &RegistryCommand) -> Decided {
    match command.clone() {
        RegistryCommand::RegisterAgency { agency, name, note } => {
            if agency_of(states, &agency).is_ok() {
                return Err(RegistryRefusal::AgencyExists(agency));
            }
            Ok(RegistryEvent::AgencyRegistered { agency, name, note })
        }
        RegistryCommand::ReorganizeAgencies { kind, from, into, on, source } => {
            reorganize(states, kind, &from, &into, on)?;
            Ok(RegistryEvent::AgencyReorganized { kind, from, into, on, source })
        }
        RegistryCommand::CreateFund(fund) => create_fund(states, fund),
        RegistryCommand::AddFundDocument { fund, document } => {
            let known = fund_of(states, &fund)?;
            may_add(&fund, &known.fund.documents, &document)?;
            Ok(RegistryEvent::FundDocumentAdded { fund, document })
        }
        RegistryCommand::CloseFundYear { fund, on, source } => {
            let known = fund_of(states, &fund)?;
            year_is_open(known)?;
            let fiscal_year = known.fund.fiscal_year;
            if on.year() < fiscal_year {
                return Err(RegistryRefusal::CloseBeforeYear { fund, fiscal_year, on });
            }
            Ok(RegistryEvent::FundYearClosed { fund, on, source })
        }
        RegistryCommand::CreateProject(project) => create_project(states, project),
        RegistryCommand::ChangeProjectState { fund, project, to, on, reason, source } => {
            let known = &project_of(states, &fund, &project)?.project;
            let from = known.state;
            if from == to {
                return Err(RegistryRefusal::StateUnchanged { fund, project, state: to });
            }
            if !may_follow(from, to) {
                return Err(RegistryRefusal::TransitionNotAllowed { fund, project, from, to });
            }
            let is_carried = known.membership == Membership::InFund;
            if to == ProjectState::Removed && !is_carried {
                return Err(RegistryRefusal::NotInFund { fund, project });
            }
            let leaves_fund = is_carried && to.has_left();
            Ok(RegistryEvent::ProjectStateChanged {
                fund,
                project,
                from,
                to,
                leaves_fund,
                on,
                reason,
                source,
            })
        }
        RegistryCommand::RecordTender { fund, project, tender } => {
            record_tender(states, fund, project, tender)
        }
        RegistryCommand::RecordFiling(filing) => record_filing(states, &filing),
        RegistryCommand::StateFilingCount { fund, kind, state, stated } => {
            fund_of(states, &fund)?;
            let before = match states.get(&keys::filing_count(&fund, kind, state)) {
                Some(RegistryState::FilingCount(tally)) => tally.stated.as_ref(),
                _ => None,
            };
            if before == Some(&stated) {
                return Err(RegistryRefusal::CountUnchanged { fund, kind, state });
            }
            let previous = before.map(|before| before.count);
            let StatedCount { count, threshold, source } = stated;
            let not_filed_change = 0;
            let event = RegistryEvent::FilingCountStated {
                fund,
                kind,
                state,
                count,
                previous,
                threshold,
                not_filed_change,
                source,
            };
            Ok(with_not_filed_change(states, event))
        }
        RegistryCommand::RecordTransfer { transfer, from, to, on, total, parts, source } => {
            let unnamed_rest = check_parts(&from, &to, total, &parts)?;
            for part in &parts {
                fund_of(states, &part.fund)?;
            }
            for (fund, project) in parts.iter().filter_map(|part| Some((&part.fund, part.project.as_ref()?)))
            {
                project_of(states, fund, project)?;
            }
            for agency in [&from, &to] {
                agency_of(states, agency)?;
            }
            if states.get(&keys::transfer(&transfer)).is_some() {
                return Err(RegistryRefusal::TransferExists(transfer));
            }
            Ok(RegistryEvent::TransferRecorded(Transfer {
                transfer,
                from,
                to,
                on,
                total,
                parts,
                unnamed_rest,
                source,
            }))
        }
        RegistryCommand::RecordStatement(statement) => {
            let Statement { fund, project, statement: id, .. } = &statement;
            fund_of(states, fund)?;
            if let Some(project) = project {
                project_of(states, fund, project)?;
            }
            if states.get(&keys::statement(fund, id)).is_some() {
                return Err(RegistryRefusal::StatementExists { fund: fund.clone(), statement: id.clone() });
            }
            Ok(RegistryEvent::StatementRecorded(statement))
        }
    }
}

fn reorganize(
    states: Seen<'_, '_>,
    kind: Reorganization,
    from: &[AgencyId],
    into: &[AgencyId],
    on: PartialDate,
) -> Result<(), RegistryRefusal> {
    let fits = match kind {
        Reorganization::Renamed => from.len() == 1 && into.len() == 1,
        Reorganization::Merged => from.len() >= 2 && into.len() == 1,
        Reorganization::Split => from.len() == 1 && into.len() >= 2,
    };
    if !fits {
        return Err(RegistryRefusal::ReorganizationSides { kind, from: from.len(), into: into.len() });
    }
    let mut named = BTreeSet::new();
    if let Some(twice) = from.iter().chain(into).find(|agency| !named.insert(*agency)) {
        return Err(RegistryRefusal::AgencyNamedTwice(twice.clone()));
    }
    let known = |agencies: &[AgencyId]| {
        agencies.iter().map(|agency| agency_of(states, agency).cloned()).collect::<Result<Vec<_>, _>>()
    };
    let (before, after) = (known(from)?, known(into)?);
    if let Some((agency, until)) = before.into_iter().find_map(|agency| Some((agency.agency, agency.until?)))
    {
        return Err(RegistryRefusal::AgencyEnded { agency, until });
    }
    // Sources arrive out of order: an agency that ended on the same day or later may still turn out to be a successor.
    let ended = after.into_iter().find_map(|agency| {
        agency.until.filter(|until| until.last_day() < on.last_day()).map(|until| (agency.agency, until))
    });
    match ended {
        Some((agency, until)) => Err(RegistryRefusal::SuccessorEnded { agency, until, on }),
        None => Ok(()),
    }
}

fn create_fund(states: Seen<'_, '_>, fund: Fund) -> Decided {
    if !(1949..=2199).contains(&fund.fiscal_year) {
        return Err(RegistryRefusal::FiscalYearOutOfRange(fund.fiscal_year));
    }
    for agency in [Some(&fund.agency), fund.predecessor.as_ref()].into_iter().flatten() {
        agency_of(states, agency)?;
    }
    if fund_of(states, &fund.fund).is_ok() {
        return Err(RegistryRefusal::FundExists(fund.fund));
    }
    for (index, document) in fund.documents.iter().enumerate() {
        may_add(&fund.fund, fund.documents.get(..index).unwrap_or_default(), document)?;
    }
    Ok(RegistryEvent::FundCreated(fund))
}

/// Whether a fund that stands on `documents` may stand on one more.
fn may_add(fund: &FundId, documents: &[Document], document: &Document) -> Result<(), RegistryRefusal> {
    // One that is cited again with a period that was not known before is another.
    let about = |of: &Document| (of.role, of.title.clone(), of.number.clone(), of.valid_from, of.valid_to);
    let same = |other: &Document| about(other) == about(document);
    if documents.iter().any(same) {
        return Err(RegistryRefusal::DocumentExists { fund: fund.clone(), title: document.title.clone() });
    }
    if documents.len() >= MAX_DOCUMENTS {
        return Err(RegistryRefusal::TooManyDocuments { fund: fund.clone() });
    }
    Ok(())
}

fn create_project(states: Seen<'_, '_>, project: Project) -> Decided {
    if project.state.has_left() && project.membership == Membership::InFund {
        return Err(RegistryRefusal::LeftYetInFund);
    }
    let fund = fund_of(states, &project.fund)?;
    for agency in agencies_of(&project) {
        agency_of(states, agency)?;
    }
    if project_of(states, &project.fund, &project.project).is_ok() {
        return Err(RegistryRefusal::ProjectExists { fund: project.fund, project: project.project });
    }
    year_is_open(fund)?;
    Ok(RegistryEvent::ProjectRegistered(project))
}

fn record_tender(states: Seen<'_, '_>, fund: FundId, project: ProjectId, tender: Tender) -> Decided {
    let Tender { notice_number, method, noticed_on, opened_on, source: _ } = &tender;
    if notice_number.is_none() && method.is_none() && noticed_on.is_none() && opened_on.is_none() {
        return Err(RegistryRefusal::TenderEmpty);
    }
    if project_of(states, &fund, &project)?.tender.as_ref() == Some(&tender) {
        return Err(RegistryRefusal::TenderUnchanged { fund, project });
    }
    Ok(RegistryEvent::TenderRecorded { fund, project, tender })
}

fn record_filing(states: Seen<'_, '_>, filing: &FilingRecord) -> Decided {
    let waived = filing.state == FilingState::Waived;
    if waived && filing.waiver.is_none() {
        return Err(RegistryRefusal::WaiverWithoutText);
    }
    if !waived && filing.waiver.is_some() {
        return Err(RegistryRefusal::TextWithoutWaiver(filing.state));
    }
    if filing.on.is_some() && matches!(filing.state, FilingState::NotFiled | FilingState::Unknown) {
        return Err(RegistryRefusal::DateWithoutFiling(filing.state));
    }
    project_of(states, &filing.fund, &filing.project)?;
    let before = match states.get(&keys::filing(&filing.fund, filing.kind, &filing.project)) {
        Some(RegistryState::Filing(before)) => Some(before),
        _ => None,
    };
    let FilingRecord { fund, project, kind, state, on, waiver, inside_count, source } = filing.clone();
    if before == Some(filing) {
        return Err(RegistryRefusal::FilingUnchanged { fund, project, kind });
    }
    let event = RegistryEvent::FilingRecorded {
        fund,
        project,
        kind,
        state,
        previous: before.map(|before| before.state),
        on,
        waiver,
        inside_count,
        previous_inside_count: before.map(|before| before.inside_count),
        not_filed_change: 0,
        source,
    };
    Ok(with_not_filed_change(states, event))
}

/// The event with the change that its own fold makes to what is known as not filed: others need not fold it again.
fn with_not_filed_change(states: Seen<'_, '_>, mut event: RegistryEvent) -> RegistryEvent {
    let (RegistryEvent::FilingRecorded { fund, kind, .. }
    | RegistryEvent::FilingCountStated { fund, kind, .. }) = &event
    else {
        return event;
    };
    let key = keys::filing_count(fund, *kind, FilingState::NotFiled);
    let known = |state: Option<&RegistryState>| match state {
        Some(RegistryState::FilingCount(tally)) => i64::from(tally.known()),
        _ => 0,
    };
    let mut state = states.get(&key).cloned();
    let before = known(state.as_ref());
    if keys_of(&event).contains(&key) {
        evolve(&key, &mut state, &event);
    }
    let change = known(state.as_ref()) - before;
    if let RegistryEvent::FilingRecorded { not_filed_change, .. }
    | RegistryEvent::FilingCountStated { not_filed_change, .. } = &mut event
    {
        *not_filed_change = change;
    }
    event
}

/// What of a transfer's total its parts leave unnamed: the money of parts without a stated amount is in it.
fn check_parts(
    from: &AgencyId,
    to: &AgencyId,
    total: Option<Money>,
    parts: &[TransferPart],
) -> Result<Option<Money>, RegistryRefusal> {
    if from == to {
        return Err(RegistryRefusal::TransferToItself(from.clone()));
    }
    if total.is_none() && parts.is_empty() {
        return Err(RegistryRefusal::TransferEmpty);
    }
    let amounts = || parts.iter().filter_map(|part| part.amount);
    if let Some(amount) = total.into_iter().chain(amounts()).find(|amount| *amount <= Money::ZERO) {
        return Err(RegistryRefusal::AmountNotPositive(amount));
    }
    let whole: BTreeSet<&FundId> =
        parts.iter().filter(|part| part.project.is_none()).map(|part| &part.fund).collect();
    let mut named = BTreeSet::new();
    for TransferPart { fund, project, .. } in parts {
        if !named.insert((fund, project)) || project.is_some() && whole.contains(fund) {
            let resource = project.as_ref().map_or_else(|| fund.resource(), |project| fund.project(project));
            return Err(RegistryRefusal::PartsOverlap(resource));
        }
    }
    let Some(total) = total else { return Ok(None) };
    let parts: Money = amounts().sum();
    if parts > total {
        return Err(RegistryRefusal::PartsAboveTotal { parts, total });
    }
    Ok(Some(total - parts))
}

fn agencies_of(project: &Project) -> impl Iterator<Item = &AgencyId> {
    [project.implementing_agency.as_ref(), project.second_agency.as_ref()].into_iter().flatten()
}

fn year_is_open(fund: &FundRecord) -> Result<(), RegistryRefusal> {
    match &fund.closing {
        Some(closing) => Err(RegistryRefusal::YearClosed { fund: fund.fund.fund.clone(), on: closing.on }),
        None => Ok(()),
    }
}

fn agency_of<'a>(states: Seen<'a, '_>, agency: &AgencyId) -> Result<&'a AgencyRecord, RegistryRefusal> {
    match states.get(&keys::agency(agency)) {
        Some(RegistryState::Agency(record)) => Ok(record),
        _ => Err(RegistryRefusal::AgencyNotFound(agency.clone())),
    }
}

fn fund_of<'a>(states: Seen<'a, '_>, fund: &FundId) -> Result<&'a FundRecord, RegistryRefusal> {
    match states.get(&keys::fund(fund)) {
        Some(RegistryState::Fund(record)) => Ok(record),
        _ => Err(RegistryRefusal::FundNotFound(fund.clone())),
    }
}

/// A project of a fund: without the fund, that is what is missing.
fn project_of<'a>(
    states: Seen<'a, '_>,
    fund: &FundId,
    project: &ProjectId,
) -> Result<&'a ProjectRecord, RegistryRefusal> {
    fund_of(states, fund)?;
    match states.get(&keys::project(fund, project)) {
        Some(RegistryState::Project(record)) => Ok(record),
        _ => Err(RegistryRefusal::ProjectNotFound { fund: fund.clone(), project: project.clone() }),
    }
}
