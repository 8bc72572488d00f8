//! From the wire to commands: every bad field of a request at once. Public for clients that check before they write.

mod statement;

use jiff::tz::TimeZone;
use jixiao_edge::Fields;
use jixiao_events::registry::{
    DisplayUnit, Document, DocumentRole, FilingKind, FilingState, Fund, Membership, Origin, Project,
    ProjectState, Reorganization, Statement, StatementKind, Tender, TransferPart,
};
use jixiao_events::{AgencyId, EntryId, FundId, FundKind, GroupId, Money, ProjectId};
use jixiao_proto::jixiao::registry::v1 as pb;
use jixiao_proto::jixiao::types::v1::FundKind as PbFundKind;
use tonic::Status;

use crate::domain::{FilingRecord, RegistryCommand, StatedCount};

/// The name of the resource that a command is about, and the command.
pub type Named = (String, RegistryCommand);

/// The most characters of a number, a unit, a department, a category, an issuer.
const SHORT: usize = 200;
/// The most characters of a title, a source, a value as printed.
const LINE: usize = 500;
/// The most characters of a note, a reason, a text.
const LONG: usize = 4_000;
/// The most agencies on one side of a reorganization.
const MAX_SIDE: usize = 100;
/// The most documents or support categories that a fund is set up with. The log refuses an event that is too large.
const MAX_LISTED: usize = 200;
/// The most issuers of a document.
const MAX_ISSUERS: usize = 20;
/// The most parts of a transfer: a part takes some 220 bytes of an event's 256 KiB.
const MAX_PARTS: usize = 1_000;

/// A [`RegistryCommand::RegisterAgency`].
pub fn register_agency(request: &pb::RegisterAgencyRequest, mut fields: Fields) -> Result<Named, Status> {
    let agency = fields.id::<AgencyId>("agency_id", &request.agency_id);
    let name = fields.names("names", request.names.as_ref());
    let note = fields.text("note", &request.note, LONG);
    let (agency, name) = fields.all((agency, name))?;
    Ok((agency.resource(), RegistryCommand::RegisterAgency { agency, name, note }))
}

/// A [`RegistryCommand::ReorganizeAgencies`], named after the first agency before.
pub fn reorganize_agencies(
    request: &pb::ReorganizeAgenciesRequest,
    mut fields: Fields,
) -> Result<Named, Status> {
    let kind = fields.choice("kind", request.kind, |kind| match kind {
        pb::Reorganization::Unspecified => None,
        pb::Reorganization::Renamed => Some(Reorganization::Renamed),
        pb::Reorganization::Merged => Some(Reorganization::Merged),
        pb::Reorganization::Split => Some(Reorganization::Split),
    });
    let from = agencies(&mut fields, "from", &request.from);
    let into = agencies(&mut fields, "into", &request.into);
    let on = fields.date("on", &request.on);
    let source = fields.text("source", &request.source, LINE);
    let (kind, on) = fields.all((kind, on))?;
    let name = from.first().map(AgencyId::resource).unwrap_or_default();
    Ok((name, RegistryCommand::ReorganizeAgencies { kind, from, into, on, source }))
}

/// A [`RegistryCommand::CreateFund`].
pub fn create_fund(request: &pb::CreateFundRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.id::<FundId>("fund_id", &request.fund_id);
    let name = fields.names("names", request.names.as_ref());
    let fiscal_year = fiscal_year(&mut fields, request.fiscal_year);
    let agency = fields.agency("agency", &request.agency);
    let department = fields.text("department", &request.department, SHORT);
    let predecessor = optional_agency(&mut fields, "predecessor", &request.predecessor);
    let display_unit = fields.choice("display_unit", request.display_unit, |unit| match unit {
        pb::DisplayUnit::Unspecified => None,
        pb::DisplayUnit::Yuan => Some(DisplayUnit::Yuan),
        pb::DisplayUnit::WanYuan => Some(DisplayUnit::WanYuan),
        pb::DisplayUnit::YiYuan => Some(DisplayUnit::YiYuan),
    });
    let time_zone = time_zone(&mut fields, &request.time_zone);
    at_most(&mut fields, "documents", request.documents.len(), MAX_LISTED);
    let documents = request.documents.iter().take(MAX_LISTED).enumerate();
    let documents =
        documents.filter_map(|(at, given)| document(&mut fields, &format!("documents[{at}]"), given));
    let documents = documents.collect();
    let support_categories =
        texts(&mut fields, "support_categories", &request.support_categories, MAX_LISTED);
    let kind = match request.kind {
        0 => Some(FundKind::SpecialFund),
        kind => fields.choice("kind", kind, |kind| match kind {
            PbFundKind::Unspecified => None,
            PbFundKind::SpecialFund => Some(FundKind::SpecialFund),
            PbFundKind::AgencySpending => Some(FundKind::AgencySpending),
        }),
    };
    let (fund, name, fiscal_year, agency, display_unit, time_zone, kind) =
        fields.all((fund, name, fiscal_year, agency, display_unit, time_zone, kind))?;
    Ok((
        fund.resource(),
        RegistryCommand::CreateFund(Fund {
            fund,
            name,
            fiscal_year,
            agency,
            department,
            predecessor,
            display_unit,
            time_zone,
            documents,
            support_categories,
            kind,
        }),
    ))
}

/// A [`RegistryCommand::AddFundDocument`].
pub fn add_fund_document(request: &pb::AddFundDocumentRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("name", &request.name);
    let document =
        document(&mut fields, "document", request.document.as_ref().unwrap_or(&pb::Document::default()));
    let (fund, document) = fields.all((fund, document))?;
    Ok((fund.resource(), RegistryCommand::AddFundDocument { fund, document }))
}

/// A [`RegistryCommand::CloseFundYear`].
pub fn close_fund_year(request: &pb::CloseFundYearRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("name", &request.name);
    let on = fields.date("on", &request.on);
    let source = fields.text("source", &request.source, LINE);
    let (fund, on) = fields.all((fund, on))?;
    Ok((fund.resource(), RegistryCommand::CloseFundYear { fund, on, source }))
}

/// A [`RegistryCommand::CreateProject`].
pub fn create_project(request: &pb::CreateProjectRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("parent", &request.parent);
    let project = fields.id::<ProjectId>("project_id", &request.project_id);
    let name = fields.names("names", request.names.as_ref());
    let membership = fields.choice("membership", request.membership, |membership| match membership {
        pb::Membership::Unspecified => None,
        pb::Membership::InFund => Some(Membership::InFund),
        pb::Membership::Removed => Some(Membership::Removed),
        pb::Membership::NamedOnly => Some(Membership::NamedOnly),
    });
    let origin = fields.choice("origin", request.origin, |origin| match origin {
        pb::Origin::Unspecified => None,
        pb::Origin::StartOfYear => Some(Origin::StartOfYear),
        pb::Origin::TakenOver => Some(Origin::TakenOver),
        pb::Origin::NewInYear => Some(Origin::NewInYear),
        pb::Origin::OtherAgency => Some(Origin::OtherAgency),
        pb::Origin::NotStated => Some(Origin::NotStated),
    });
    let implementing_agency =
        optional_agency(&mut fields, "implementing_agency", &request.implementing_agency);
    let second_agency = optional_agency(&mut fields, "second_agency", &request.second_agency);
    let category = fields.text("category", &request.category, SHORT);
    let group = group(&mut fields, &request.group, fund.as_ref());
    let state = project_state(&mut fields, request.state);
    let state_on = fields.optional_date("state_on", &request.state_on);
    let approved_on = fields.optional_date("approved_on", &request.approved_on);
    let note = fields.text("note", &request.note, LONG);
    let source = fields.text("source", &request.source, LINE);
    let (fund, project, name, membership, origin, state) =
        fields.all((fund, project, name, membership, origin, state))?;
    Ok((
        fund.project(&project),
        RegistryCommand::CreateProject(Project {
            fund,
            project,
            name,
            membership,
            origin,
            implementing_agency,
            second_agency,
            category,
            group,
            state,
            state_on,
            approved_on,
            carried_over: request.carried_over,
            note,
            source,
        }),
    ))
}

/// A [`RegistryCommand::ChangeProjectState`].
pub fn change_project_state(
    request: &pb::ChangeProjectStateRequest,
    mut fields: Fields,
) -> Result<Named, Status> {
    let named = fields.project("name", &request.name);
    let to = project_state(&mut fields, request.state);
    let on = fields.optional_date("on", &request.on);
    let reason = fields.text("reason", &request.reason, LONG);
    let source = fields.text("source", &request.source, LINE);
    let ((fund, project), to) = fields.all((named, to))?;
    let name = fund.project(&project);
    Ok((name, RegistryCommand::ChangeProjectState { fund, project, to, on, reason, source }))
}

/// A [`RegistryCommand::RecordTender`].
pub fn record_tender(request: &pb::RecordTenderRequest, mut fields: Fields) -> Result<Named, Status> {
    let named = fields.project("name", &request.name);
    let given = request.tender.clone().unwrap_or_default();
    let tender = Tender {
        notice_number: fields.text("tender.notice_number", &given.notice_number, SHORT),
        method: fields.text("tender.method", &given.method, SHORT),
        noticed_on: fields.optional_date("tender.noticed_on", &given.noticed_on),
        opened_on: fields.optional_date("tender.opened_on", &given.opened_on),
        source: fields.text("tender.source", &given.source, LINE),
    };
    let ((fund, project),) = fields.all((named,))?;
    Ok((fund.project(&project), RegistryCommand::RecordTender { fund, project, tender }))
}

/// A [`RegistryCommand::RecordFiling`], named after its project.
pub fn record_filing(request: &pb::RecordFilingRequest, mut fields: Fields) -> Result<Named, Status> {
    let named = fields.project("name", &request.name);
    let kind = filing_kind(&mut fields, request.kind);
    let state = filing_state(&mut fields, request.state);
    let on = fields.optional_date("on", &request.on);
    let waiver = fields.text("waiver", &request.waiver, LONG);
    let source = fields.text("source", &request.source, LINE);
    let ((fund, project), kind, state) = fields.all((named, kind, state))?;
    let name = fund.project(&project);
    let inside_count = request.inside_count;
    let filing = FilingRecord { fund, project, kind, state, on, waiver, inside_count, source };
    Ok((name, RegistryCommand::RecordFiling(filing)))
}

/// A [`RegistryCommand::StateFilingCount`], named after its fund.
pub fn state_filing_count(
    request: &pb::StateFilingCountRequest,
    mut fields: Fields,
) -> Result<Named, Status> {
    let fund = fields.fund("name", &request.name);
    let kind = filing_kind(&mut fields, request.kind);
    let state = filing_state(&mut fields, request.state);
    let threshold = fields.optional_money("threshold", request.threshold.as_ref());
    if threshold.is_some_and(Money::is_negative) {
        fields.violation("threshold", "OUT_OF_RANGE", "must not be below zero");
    }
    let source = fields.text("source", &request.source, LINE);
    let (fund, kind, state) = fields.all((fund, kind, state))?;
    let stated = StatedCount { count: request.count, threshold, source };
    Ok((fund.resource(), RegistryCommand::StateFilingCount { fund, kind, state, stated }))
}

/// A [`RegistryCommand::RecordTransfer`].
pub fn record_transfer(request: &pb::RecordTransferRequest, mut fields: Fields) -> Result<Named, Status> {
    let transfer = fields.id::<EntryId>("transfer_id", &request.transfer_id);
    let from = fields.agency("from", &request.from);
    let to = fields.agency("to", &request.to);
    let on = fields.date("on", &request.on);
    let total = fields.optional_money("total", request.total.as_ref());
    at_most(&mut fields, "parts", request.parts.len(), MAX_PARTS);
    let parts = request.parts.iter().take(MAX_PARTS).enumerate();
    let parts = parts.filter_map(|(at, given)| part(&mut fields, &format!("parts[{at}]"), given)).collect();
    let source = fields.text("source", &request.source, LINE);
    let (transfer, from, to, on) = fields.all((transfer, from, to, on))?;
    let transfer = transfer.to_string();
    let name = transfer_name(&transfer);
    Ok((name, RegistryCommand::RecordTransfer { transfer, from, to, on, total, parts, source }))
}

/// A [`RegistryCommand::RecordStatement`].
pub fn record_statement(request: &pb::RecordStatementRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("parent", &request.parent);
    let statement = fields.id::<EntryId>("statement_id", &request.statement_id);
    let project = optional_project(&mut fields, &request.project, fund.as_ref());
    let kind = fields.choice("kind", request.kind, |kind| match kind {
        pb::StatementKind::Unspecified => None,
        pb::StatementKind::Achievement => Some(StatementKind::Achievement),
        pb::StatementKind::Universal => Some(StatementKind::Universal),
        pb::StatementKind::Annex => Some(StatementKind::Annex),
        pb::StatementKind::Year => Some(StatementKind::Year),
        pb::StatementKind::Date => Some(StatementKind::Date),
        pb::StatementKind::TargetChange => Some(StatementKind::TargetChange),
        pb::StatementKind::Other => Some(StatementKind::Other),
    });
    let text = fields.required_text("text", &request.text, LONG);
    let value = fields.text("value", &request.value, LINE);
    let previous_value = fields.text("previous_value", &request.previous_value, LINE);
    let unit = fields.text("unit", &request.unit, SHORT);
    let approved_by = fields.text("approved_by", &request.approved_by, SHORT);
    let on = fields.optional_date("on", &request.on);
    let held = statement::held(&mut fields, request, kind, fund.as_ref());
    let source = fields.text("source", &request.source, LINE);
    let (fund, statement, kind, text) = fields.all((fund, statement, kind, text))?;
    let statement = statement.to_string();
    Ok((
        statement_name(&fund, &statement),
        RegistryCommand::RecordStatement(Statement {
            fund,
            project,
            statement,
            kind,
            text,
            value,
            previous_value,
            unit,
            approved_by,
            on,
            target: held.target,
            excepted: held.excepted,
            covers: held.covers,
            attached: held.attached,
            source,
        }),
    ))
}

/// `transfers/{transfer}`
pub(crate) fn transfer_name(transfer: &str) -> String {
    format!("transfers/{transfer}")
}

/// `funds/{fund}/statements/{statement}`
pub(crate) fn statement_name(fund: &FundId, statement: &str) -> String {
    format!("{}/statements/{statement}", fund.resource())
}

fn fiscal_year(fields: &mut Fields, year: i32) -> Option<i16> {
    // Which years there are is the domain's to say; here only that it is one.
    let read = i16::try_from(year).ok();
    if read.is_none() {
        fields.violation("fiscal_year", "NOT_A_YEAR", format!("{year} is no year"));
    }
    read
}

fn time_zone(fields: &mut Fields, name: &str) -> Option<String> {
    let name = fields.required_text("time_zone", name, SHORT)?;
    let known = TimeZone::get(&name).ok().and_then(|zone| zone.iana_name().map(str::to_owned));
    if known.is_none() {
        let description = format!("\"{name}\" is no IANA time zone such as Asia/Shanghai");
        fields.violation("time_zone", "NOT_A_TIME_ZONE", description);
    }
    known
}

fn document(fields: &mut Fields, at: &str, given: &pb::Document) -> Option<Document> {
    let role = fields.choice(&format!("{at}.role"), given.role, |role| match role {
        pb::DocumentRole::Unspecified => None,
        pb::DocumentRole::LegalBasis => Some(DocumentRole::LegalBasis),
        pb::DocumentRole::ManagementRule => Some(DocumentRole::ManagementRule),
        pb::DocumentRole::EvaluationBasis => Some(DocumentRole::EvaluationBasis),
        pb::DocumentRole::BudgetReview => Some(DocumentRole::BudgetReview),
        pb::DocumentRole::Background => Some(DocumentRole::Background),
    });
    let title = fields.required_text(&format!("{at}.title"), &given.title, LINE);
    let number = fields.text(&format!("{at}.number"), &given.number, SHORT);
    let issuers = texts(fields, &format!("{at}.issuers"), &given.issuers, MAX_ISSUERS);
    let source = fields.text(&format!("{at}.source"), &given.source, LINE);
    let valid_from = fields.optional_date(&format!("{at}.valid_from"), &given.valid_from);
    let valid_to = fields.optional_date(&format!("{at}.valid_to"), &given.valid_to);
    if let (Some(from), Some(to)) = (valid_from, valid_to)
        && to.last_day() < from.last_day()
    {
        let description = format!("{to} is before {from}, from when it holds");
        fields.violation(&format!("{at}.valid_to"), "BEFORE_VALID_FROM", description);
    }
    Some(Document { role: role?, title: title?, number, issuers, valid_from, valid_to, source })
}

fn part(fields: &mut Fields, at: &str, given: &pb::TransferPart) -> Option<TransferPart> {
    let resource = format!("{at}.resource");
    let named = if given.resource.contains("/projects/") {
        fields.project(&resource, &given.resource).map(|(fund, project)| (fund, Some(project)))
    } else {
        fields.fund(&resource, &given.resource).map(|fund| (fund, None))
    };
    let amount = fields.optional_money(&format!("{at}.amount"), given.amount.as_ref());
    let on = fields.optional_date(&format!("{at}.on"), &given.on);
    let (fund, project) = named?;
    Some(TransferPart { fund, project, amount, on })
}

fn agencies(fields: &mut Fields, field: &str, names: &[String]) -> Vec<AgencyId> {
    at_most(fields, field, names.len(), MAX_SIDE);
    if names.is_empty() {
        fields.violation(field, "REQUIRED", "name at least one agency".to_owned());
    }
    let read = names.iter().take(MAX_SIDE).enumerate();
    read.filter_map(|(at, name)| fields.agency(&format!("{field}[{at}]"), name)).collect()
}

fn texts(fields: &mut Fields, field: &str, given: &[String], most: usize) -> Vec<String> {
    at_most(fields, field, given.len(), most);
    let read = given.iter().take(most).enumerate();
    read.filter_map(|(at, text)| fields.required_text(&format!("{field}[{at}]"), text, SHORT)).collect()
}

fn at_most(fields: &mut Fields, field: &str, given: usize, most: usize) {
    if given > most {
        fields.violation(field, "TOO_MANY", format!("at most {most}, got {given}"));
    }
}

fn optional_agency(fields: &mut Fields, field: &str, name: &str) -> Option<AgencyId> {
    if name.is_empty() { None } else { fields.agency(field, name) }
}

fn group(fields: &mut Fields, name: &str, fund: Option<&FundId>) -> Option<GroupId> {
    if name.is_empty() {
        return None;
    }
    let (of, group) = fields.group("group", name)?;
    same_fund(fields, "group", &of, fund);
    Some(group)
}

fn optional_project(fields: &mut Fields, name: &str, fund: Option<&FundId>) -> Option<ProjectId> {
    if name.is_empty() {
        return None;
    }
    let (of, project) = fields.project("project", name)?;
    same_fund(fields, "project", &of, fund);
    Some(project)
}

fn same_fund(fields: &mut Fields, field: &str, of: &FundId, fund: Option<&FundId>) {
    if fund.is_some_and(|fund| fund != of) {
        fields.violation(field, "OTHER_FUND", format!("belongs to {}, not to the parent", of.resource()));
    }
}

fn project_state(fields: &mut Fields, state: i32) -> Option<ProjectState> {
    fields.choice("state", state, |state| match state {
        pb::ProjectState::Unspecified => None,
        pb::ProjectState::NotStated => Some(ProjectState::NotStated),
        pb::ProjectState::Proposed => Some(ProjectState::Proposed),
        pb::ProjectState::Approved => Some(ProjectState::Approved),
        pb::ProjectState::Procured => Some(ProjectState::Procured),
        pb::ProjectState::Contracted => Some(ProjectState::Contracted),
        pb::ProjectState::InProgress => Some(ProjectState::InProgress),
        pb::ProjectState::Accepted => Some(ProjectState::Accepted),
        pb::ProjectState::Closed => Some(ProjectState::Closed),
        pb::ProjectState::NotStarted => Some(ProjectState::NotStarted),
        pb::ProjectState::CarriedOver => Some(ProjectState::CarriedOver),
        pb::ProjectState::MovedToLaterYear => Some(ProjectState::MovedToLaterYear),
        pb::ProjectState::Cancelled => Some(ProjectState::Cancelled),
        pb::ProjectState::Removed => Some(ProjectState::Removed),
    })
}

fn filing_kind(fields: &mut Fields, kind: i32) -> Option<FilingKind> {
    fields.choice("kind", kind, |kind| match kind {
        pb::FilingKind::Unspecified => None,
        pb::FilingKind::ContractFiling => Some(FilingKind::ContractFiling),
        pb::FilingKind::Acceptance => Some(FilingKind::Acceptance),
    })
}

fn filing_state(fields: &mut Fields, state: i32) -> Option<FilingState> {
    fields.choice("state", state, |state| match state {
        pb::FilingState::Unspecified => None,
        pb::FilingState::Filed => Some(FilingState::Filed),
        pb::FilingState::NotFiled => Some(FilingState::NotFiled),
        pb::FilingState::Waived => Some(FilingState::Waived),
        pb::FilingState::Unknown => Some(FilingState::Unknown),
    })
}
