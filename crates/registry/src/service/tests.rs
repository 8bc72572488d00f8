//! The service over a log on disk: what goes in by gRPC comes out by gRPC.

use jixiao_eventlog::store::SqliteStore;
use jixiao_eventlog::{Domain, Options};
use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::types::v1::{Names, Recorded};
use tonic::Code;
use tonic_types::StatusExt;

use super::*;

const FUND: &str = "funds/smart-city-2019";

struct Served {
    registry: Registry,
    _folder: tempfile::TempDir,
}

async fn serve() -> Served {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    let store = SqliteStore::open(RegistryDomain::LOG, &path, RegistryDomain::FOLD_VERSION).await.unwrap();
    let log = Log::open(Arc::new(store), Options::default()).await.unwrap();
    Served { registry: Registry::new(log), _folder: folder }
}

fn names(zh: &str) -> Names {
    Names { zh: zh.to_owned(), en: String::new() }
}

fn yuan(units: i64) -> Money {
    Money { currency_code: "CNY".to_owned(), units, nanos: 0 }
}

fn agency(id: &str) -> pb::RegisterAgencyRequest {
    pb::RegisterAgencyRequest {
        request_id: format!("agency {id}"),
        agency_id: id.to_owned(),
        names: Some(names(id)),
        ..Default::default()
    }
}

fn fund() -> pb::CreateFundRequest {
    pb::CreateFundRequest {
        request_id: "fund".to_owned(),
        fund_id: "smart-city-2019".to_owned(),
        names: Some(names("无锡市信息技术产业（智慧城市）扶持资金")),
        fiscal_year: 2019,
        agency: "agencies/big-data-bureau".to_owned(),
        display_unit: pb::DisplayUnit::WanYuan.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        documents: vec![pb::Document {
            role: pb::DocumentRole::LegalBasis.into(),
            title: "关于促进智慧城市健康发展的指导意见".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn project(id: &str) -> pb::CreateProjectRequest {
    pb::CreateProjectRequest {
        request_id: format!("project {id}"),
        parent: FUND.to_owned(),
        project_id: id.to_owned(),
        names: Some(names(id)),
        membership: pb::Membership::InFund.into(),
        origin: pb::Origin::NewInYear.into(),
        group: format!("{FUND}/groups/new-2019"),
        state: pb::ProjectState::NotStarted.into(),
        carried_over: Some(true),
        ..Default::default()
    }
}

fn unfiled(project: &str) -> pb::RecordFilingRequest {
    pb::RecordFilingRequest {
        request_id: format!("filing {project}"),
        name: format!("{FUND}/projects/{project}"),
        kind: pb::FilingKind::ContractFiling.into(),
        state: pb::FilingState::NotFiled.into(),
        inside_count: true,
        ..Default::default()
    }
}

async fn set_up(registry: &Registry) {
    for id in ["big-data-bureau", "economy-informatisation-commission"] {
        registry.register_agency(Request::new(agency(id))).await.unwrap();
    }
    registry.create_fund(Request::new(fund())).await.unwrap();
    for id in ["a", "b", "c"] {
        registry.create_project(Request::new(project(id))).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_created_is_read_back() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let name = FUND.to_owned();
    let answer =
        registry.get_fund(Request::new(pb::GetFundRequest { name, ..Default::default() })).await.unwrap();
    let found = answer.into_inner().fund.unwrap();
    assert_eq!(
        (found.project_count, found.documents.len(), found.time_zone.as_str()),
        (3, 1, "Asia/Shanghai")
    );
    let name = format!("{FUND}/projects/b");
    let request = pb::GetProjectRequest { name: name.clone(), ..Default::default() };
    let found = registry.get_project(Request::new(request)).await.unwrap().into_inner().project.unwrap();
    assert_eq!((found.name, found.carried_over), (name, Some(true)));
    assert_eq!(found.group, format!("{FUND}/groups/new-2019"));
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer() {
    let Served { registry, _folder } = serve().await;
    let said =
        |answer: Response<pb::RegisterAgencyResponse>| -> Recorded { answer.into_inner().recorded.unwrap() };
    let first = said(registry.register_agency(Request::new(agency("a"))).await.unwrap());
    registry.register_agency(Request::new(agency("b"))).await.unwrap();
    let again = said(registry.register_agency(Request::new(agency("a"))).await.unwrap());
    assert_eq!((&first, first.name.as_str()), (&again, "agencies/a"));
    let mut other = agency("a");
    other.note = "another".to_owned();
    assert_eq!(registry.register_agency(Request::new(other)).await.unwrap_err().code(), Code::AlreadyExists);
}

#[tokio::test]
async fn lists_page_by_key() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let parent = FUND.to_owned();
        let request = pb::ListProjectsRequest { parent, page_size: 2, page_token, ..Default::default() };
        let answer = registry.list_projects(Request::new(request)).await.unwrap().into_inner();
        seen.push(
            answer.projects.into_iter().map(|project| project.name.replace(FUND, "")).collect::<Vec<_>>(),
        );
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, [vec!["/projects/a", "/projects/b"], vec!["/projects/c"]]);
    let unknown = pb::ListProjectsRequest { parent: "funds/f".to_owned(), ..Default::default() };
    assert_eq!(registry.list_projects(Request::new(unknown)).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn filings_come_with_their_counts() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let count = pb::StateFilingCountRequest {
        request_id: "count".to_owned(),
        name: FUND.to_owned(),
        kind: pb::FilingKind::ContractFiling.into(),
        state: pb::FilingState::NotFiled.into(),
        count: 7,
        ..Default::default()
    };
    registry.state_filing_count(Request::new(count)).await.unwrap();
    for project in ["a", "b", "c"] {
        registry.record_filing(Request::new(unfiled(project))).await.unwrap();
    }
    let request = pb::ListFilingsRequest { parent: FUND.to_owned(), page_size: 2, ..Default::default() };
    let answer = registry.list_filings(Request::new(request)).await.unwrap().into_inner();
    assert_eq!((answer.filings.len(), answer.counts.len()), (2, 1));
    let count = &answer.counts[0];
    let shown = (count.stated_count, count.named_count, count.unnamed_count, count.known_count);
    assert_eq!(shown, (Some(7), 3, Some(4), 7));
}

#[tokio::test]
async fn transfers_show_their_rest() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let transfer = pb::RecordTransferRequest {
        request_id: "transfer".to_owned(),
        transfer_id: "t".to_owned(),
        from: "agencies/economy-informatisation-commission".to_owned(),
        to: "agencies/big-data-bureau".to_owned(),
        on: "2019".to_owned(),
        total: Some(yuan(84_002_099)),
        parts: vec![pb::TransferPart {
            resource: FUND.to_owned(),
            amount: Some(yuan(40_000_000)),
            on: "2019-02".to_owned(),
        }],
        ..Default::default()
    };
    registry.record_transfer(Request::new(transfer)).await.unwrap();
    let answer = registry.list_transfers(Request::new(pb::ListTransfersRequest::default())).await.unwrap();
    let transfers = answer.into_inner().transfers;
    assert_eq!(transfers[0].unnamed_rest, Some(yuan(44_002_099)));
    assert_eq!(transfers[0].parts[0].resource, FUND);
}

#[tokio::test]
async fn every_bad_field_is_named_at_once() {
    let Served { registry, _folder } = serve().await;
    let bad = pb::CreateFundRequest {
        fund_id: "智慧".to_owned(),
        names: None,
        fiscal_year: 99_999,
        agency: "big-data-bureau".to_owned(),
        display_unit: 9,
        time_zone: "Asia/Wuxi".to_owned(),
        documents: vec![pb::Document::default()],
        ..fund()
    };
    let status = registry.create_fund(Request::new(bad)).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let fields: Vec<_> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    let expect = [
        "fund_id",
        "names",
        "fiscal_year",
        "agency",
        "display_unit",
        "time_zone",
        "documents[0].role",
        "documents[0].title",
    ];
    assert_eq!(fields, expect);
}

#[tokio::test]
async fn a_refusal_names_reason_and_resource() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let close = |request_id: &str| {
        let (name, on) = (FUND.to_owned(), "2019-12-31".to_owned());
        let request_id = request_id.to_owned();
        Request::new(pb::CloseFundYearRequest { request_id, name, on, ..Default::default() })
    };
    registry.close_fund_year(close("1")).await.unwrap();
    let status = registry.close_fund_year(close("2")).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().reason, "YEAR_CLOSED");
    assert_eq!(details.resource_info().unwrap().resource_name, FUND);
    let zh = &details.localized_message().unwrap().message;
    assert_eq!(zh, "专项资金 smart-city-2019 的预算年度已于 2019-12-31 关闭");
    let statement = pb::RecordStatementRequest {
        request_id: "s".to_owned(),
        parent: FUND.to_owned(),
        statement_id: "s".to_owned(),
        project: format!("{FUND}/projects/nowhere"),
        kind: pb::StatementKind::Other.into(),
        text: "text".to_owned(),
        ..Default::default()
    };
    let status = registry.record_statement(Request::new(statement)).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "PROJECT_NOT_FOUND");
}

#[tokio::test]
async fn agencies_and_statements_are_listed() {
    let Served { registry, _folder } = serve().await;
    set_up(&registry).await;
    let reorganize = pb::ReorganizeAgenciesRequest {
        request_id: "r".to_owned(),
        kind: pb::Reorganization::Renamed.into(),
        from: vec!["agencies/economy-informatisation-commission".to_owned()],
        into: vec!["agencies/big-data-bureau".to_owned()],
        on: "2019-02".to_owned(),
        ..Default::default()
    };
    registry.reorganize_agencies(Request::new(reorganize)).await.unwrap();
    let answer = registry.list_agencies(Request::new(pb::ListAgenciesRequest::default())).await.unwrap();
    let agencies = answer.into_inner().agencies;
    assert_eq!(agencies[0].predecessors[0].agency, "agencies/economy-informatisation-commission");
    assert_eq!((agencies[1].until.as_str(), agencies[1].successors.len()), ("2019-02", 1));
    let statement = pb::RecordStatementRequest {
        request_id: "s".to_owned(),
        parent: FUND.to_owned(),
        statement_id: "year".to_owned(),
        kind: pb::StatementKind::Year.into(),
        text: "the achievements open with the fund of the year".to_owned(),
        value: "2018".to_owned(),
        ..Default::default()
    };
    registry.record_statement(Request::new(statement)).await.unwrap();
    let request = pb::ListStatementsRequest { parent: FUND.to_owned(), ..Default::default() };
    let statements = registry.list_statements(Request::new(request)).await.unwrap().into_inner().statements;
    assert_eq!(
        (statements[0].value.as_str(), statements[0].name.as_str()),
        ("2018", "funds/smart-city-2019/statements/year")
    );
}
