//! The rules, a line a case, on the funds of examples/wuxi-2019.

use std::fmt::Debug;
use std::str::FromStr;

use jixiao_eventlog::{Domain, Folded};
use jixiao_events::registry::{
    DisplayUnit, DocumentRole, FilingKind, FilingState, Membership, Origin, ProjectState, RegistryEvent,
    StatementKind,
};
use jixiao_events::{FundId, FundKind, Money};

use super::*;
use crate::log::RegistryDomain;

mod facts;
mod refusals;

pub(super) const SMART: &str = "smart-city-2019";
pub(super) const TOURISM: &str = "smart-tourism";
pub(super) const BUREAU: &str = "big-data-bureau";
pub(super) const COMMISSION: &str = "economy-informatisation-commission";
pub(super) const INDUSTRY: &str = "industry-informatisation-bureau";

/// An id, a date: whatever the place asks for.
pub(super) fn id<T: FromStr<Err: Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

pub(super) fn ids(texts: &[&str]) -> Vec<AgencyId> {
    texts.iter().map(|text| id(text)).collect()
}

pub(super) fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

pub(super) fn date(text: &str) -> Option<PartialDate> {
    (!text.is_empty()).then(|| id(text))
}

pub(super) fn wan(text: &str) -> Money {
    Money::try_from_wan(text.parse().unwrap()).unwrap()
}

pub(super) fn named(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: None }
}

pub(super) fn agency(agency: &str) -> RegistryCommand {
    RegistryCommand::RegisterAgency { agency: id(agency), name: named(agency), note: None }
}

pub(super) fn reorganize(kind: Reorganization, from: &[&str], into: &[&str], on: &str) -> RegistryCommand {
    RegistryCommand::ReorganizeAgencies { kind, from: ids(from), into: ids(into), on: id(on), source: None }
}

pub(super) fn smart_city() -> Fund {
    Fund {
        fund: id(SMART),
        name: named("无锡市信息技术产业（智慧城市）扶持资金"),
        fiscal_year: 2019,
        agency: id(BUREAU),
        department: text("数据应用和安全处"),
        predecessor: Some(id(COMMISSION)),
        display_unit: DisplayUnit::WanYuan,
        time_zone: "Asia/Shanghai".to_owned(),
        documents: vec![document("关于促进智慧城市健康发展的指导意见", "发改高技〔2014〕1770号")],
        support_categories: Vec::new(),
        kind: FundKind::SpecialFund,
    }
}

pub(super) fn document(title: &str, number: &str) -> Document {
    Document {
        role: DocumentRole::LegalBasis,
        title: title.to_owned(),
        number: text(number),
        issuers: Vec::new(),
        valid_from: None,
        valid_to: None,
        source: None,
    }
}

pub(super) fn project(project: &str, membership: Membership, state: ProjectState) -> Project {
    Project {
        fund: id(SMART),
        project: id(project),
        name: named(project),
        membership,
        origin: Origin::NotStated,
        implementing_agency: None,
        second_agency: None,
        category: None,
        group: None,
        state,
        state_on: None,
        approved_on: None,
        carried_over: None,
        note: None,
        source: None,
    }
}

pub(super) fn tourism() -> Project {
    project(TOURISM, Membership::InFund, ProjectState::NotStated)
}

pub(super) fn change(project: &str, to: ProjectState) -> RegistryCommand {
    let (on, reason, source) = (None, None, None);
    RegistryCommand::ChangeProjectState { fund: id(SMART), project: id(project), to, on, reason, source }
}

pub(super) fn filing(project: &str, state: FilingState, inside_count: bool) -> FilingRecord {
    FilingRecord {
        fund: id(SMART),
        project: id(project),
        kind: FilingKind::ContractFiling,
        state,
        on: None,
        waiver: None,
        inside_count,
        source: text("237"),
    }
}

pub(super) fn count(state: FilingState, count: u32) -> RegistryCommand {
    let stated = StatedCount { count, threshold: None, source: text("237") };
    RegistryCommand::StateFilingCount { fund: id(SMART), kind: FilingKind::ContractFiling, state, stated }
}

pub(super) fn part(fund: &str, project: &str, amount: Option<Money>) -> TransferPart {
    TransferPart { fund: id(fund), project: text(project).map(|project| id(&project)), amount, on: None }
}

pub(super) fn transfer(
    from: &str,
    to: &str,
    total: Option<Money>,
    parts: Vec<TransferPart>,
) -> RegistryCommand {
    let (from, to, on) = (id(from), id(to), id("2019"));
    RegistryCommand::RecordTransfer { transfer: "t".to_owned(), from, to, on, total, parts, source: None }
}

pub(super) fn statement(project: &str, statement: &str) -> Statement {
    Statement {
        fund: id(SMART),
        project: text(project).map(|project| id(&project)),
        statement: statement.to_owned(),
        kind: StatementKind::Year,
        text: "the achievements open with the fund of the year".to_owned(),
        value: text("2018"),
        previous_value: None,
        unit: None,
        approved_by: None,
        on: None,
        target: None,
        excepted: Vec::new(),
        covers: None,
        attached: None,
        source: text("412"),
    }
}

pub(super) fn close(on: &str) -> RegistryCommand {
    RegistryCommand::CloseFundYear { fund: id(SMART), on: id(on), source: None }
}

/// The agencies, the fund and one project.
pub(super) fn set_up() -> Vec<RegistryCommand> {
    vec![
        agency(BUREAU),
        agency(COMMISSION),
        agency(INDUSTRY),
        RegistryCommand::CreateFund(smart_city()),
        RegistryCommand::CreateProject(tourism()),
    ]
}

/// What is known after the set-up and more.
pub(super) fn after(more: &[RegistryCommand]) -> Folded<RegistryDomain> {
    let mut folded = Folded::default();
    for command in set_up().iter().chain(more) {
        folded.execute(command, "test").unwrap();
    }
    folded
}

pub(super) fn fund_after(more: &[RegistryCommand]) -> FundRecord {
    match after(more).get(&keys::fund(&id(SMART))) {
        Some(RegistryState::Fund(fund)) => fund.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn project_after(project: &str, more: &[RegistryCommand]) -> ProjectRecord {
    match after(more).get(&keys::project(&id(SMART), &id(project))) {
        Some(RegistryState::Project(project)) => project.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn agency_after(agency: &str, more: &[RegistryCommand]) -> AgencyRecord {
    match after(more).get(&keys::agency(&id(agency))) {
        Some(RegistryState::Agency(agency)) => agency.clone(),
        other => panic!("{other:?}"),
    }
}

pub(super) fn tally_after(state: FilingState, more: &[RegistryCommand]) -> FilingTally {
    match after(more).get(&keys::filing_count(&id(SMART), FilingKind::ContractFiling, state)) {
        Some(RegistryState::FilingCount(tally)) => tally.clone(),
        other => panic!("{other:?}"),
    }
}
