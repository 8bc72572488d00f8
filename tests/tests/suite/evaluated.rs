//! A project evaluated by itself and an agency's whole spending, over gRPC and the command line, on both stores.

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::FundKind;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use tonic::Code;
use tonic_types::StatusExt;

use crate::api::{Api, money, names, not_stated};
use crate::wuxi::EXAMPLE;

const FUND: &str = "funds/smart-city-2019";
const PROJECT: &str = "funds/smart-city-2019/projects/smart-tourism";

/// A scheme for one subject: the execution rate, the filing of the contract, and the targets.
pub fn scheme(id: &str, subject: &str) -> String {
    format!(
        r#"
scheme = "{id}"
name = {{ zh = "自评" }}
fiscal_year = 2019
subject = "{subject}"
basis = "assumed"
total = 27

[[node]]
node = "execution"
kind = "indicator"
name = {{ zh = "预算执行率" }}
weight = 10
measure = "budget.execution_rate.adjusted"
rule = {{ kind = "pro_rata", full_at = 100 }}

[[node]]
node = "contract"
kind = "indicator"
name = {{ zh = "合同备案" }}
weight = 10
measure = "filings.contract_filing.not_filed"
rule = {{ kind = "deduct_per_finding", each = 10, cap = 10, floor = 0 }}

[[node]]
node = "targets"
kind = "each_target"
level = "detail"
name = {{ zh = "绩效目标" }}
weight = 7
rule = {{ kind = "pro_rata", full_at = 100 }}

[[grade]]
grade = "excellent"
name = {{ zh = "优" }}
from = 20

[[grade]]
grade = "poor"
name = {{ zh = "差" }}
from = 0
"#
    )
}

pub async fn load(api: &mut Api, id: &str, subject: &str) {
    let request = pb::LoadSchemeRequest {
        request_id: format!("load {id}"),
        text: scheme(id, subject),
        approval: not_stated(),
        ..Default::default()
    };
    api.scoring.load_scheme(request).await.unwrap();
}

pub async fn open(api: &mut Api, of: &str, scheme: &str) -> Result<(), (Code, String)> {
    let request = pb::OpenEvaluationRequest {
        request_id: format!("open {of} {scheme}"),
        fund: of.to_owned(),
        scheme: if scheme.is_empty() { String::new() } else { format!("schemes/{scheme}") },
        wait_for: api.heads().await,
        ..Default::default()
    };
    let refused = |status: tonic::Status| {
        let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
        (status.code(), reason)
    };
    api.scoring.open_evaluation(request).await.map(|_| ()).map_err(refused)
}

async fn evaluation(api: &mut Api, of: &str, as_of: &str) -> pb::Evaluation {
    let (name, wait_for, as_of) = (of.to_owned(), api.heads().await, as_of.to_owned());
    let request = pb::GetEvaluationRequest { name, wait_for, as_of, ..Default::default() };
    api.scoring.get_evaluation(request).await.unwrap().into_inner().evaluation.unwrap()
}

async fn total(api: &mut Api, of: &str, as_of: &str) -> String {
    let sums = evaluation(api, of, as_of).await.sums;
    sums.into_iter().find(|sum| sum.node == "total").unwrap().score
}

async fn allocate(api: &mut Api, yuan: i64) {
    let request = ledger::AllocateBudgetRequest {
        request_id: "allocate".to_owned(),
        scope: PROJECT.to_owned(),
        entry_id: "to-tourism".to_owned(),
        amount: money(yuan),
        on: "2019-03-01".to_owned(),
        approval: not_stated(),
        ..Default::default()
    };
    api.ledger.allocate_budget(request).await.unwrap();
}

async fn pay(api: &mut Api, entry: &str, yuan: i64, on: &str) {
    let request = ledger::RecordPaymentRequest {
        request_id: entry.to_owned(),
        scope: PROJECT.to_owned(),
        entry_id: entry.to_owned(),
        amount: money(yuan),
        on: on.to_owned(),
        approval: not_stated(),
        ..Default::default()
    };
    api.ledger.record_payment(request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_project_is_evaluated_by_itself_beside_its_fund() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("evaluated"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        let fund_before = total(&mut api, FUND, "").await;
        load(&mut api, "project-self", "project").await;
        load(&mut api, "fund-only", "fund").await;

        let nowhere = format!("{FUND}/projects/nowhere");
        let not_found = (Code::NotFound, "PROJECT_NOT_FOUND".to_owned());
        assert_eq!(open(&mut api, &nowhere, "project-self").await, Err(not_found));
        let differs = (Code::FailedPrecondition, "SUBJECT_DIFFERS".to_owned());
        assert_eq!(open(&mut api, PROJECT, "fund-only").await, Err(differs.clone()));
        assert_eq!(open(&mut api, FUND, "project-self").await, Err(differs));
        open(&mut api, PROJECT, "project-self").await.unwrap();

        // Nothing is allocated: no value. Of seven targets one is in another unit, one is not reached.
        let indicator = format!("{PROJECT}/indicators/execution");
        let none = api.indicator(&indicator, &[]).await;
        assert_eq!((none.status(), none.measured.as_str()), (pb::IndicatorStatus::NoValue, ""));
        let contract = api.indicator(&format!("{PROJECT}/indicators/contract"), &[]).await;
        assert_eq!((contract.measured.as_str(), contract.score.as_str()), ("1", "0"));
        assert_eq!(contract.inputs[0].events.len(), 1);
        let first = total(&mut api, PROJECT, "").await;
        assert_eq!(evaluation(&mut api, PROJECT, "").await.name, PROJECT);

        allocate(&mut api, 200_000).await;
        pay(&mut api, "first", 50_000, "2019-06-01").await;
        pay(&mut api, "second", 100_000, "2019-09-01").await;
        let add = |points: &str| {
            let points: jixiao_events::Number = points.parse().unwrap();
            (first.parse::<jixiao_events::Number>().unwrap() + points).to_string()
        };
        assert_eq!(total(&mut api, PROJECT, "").await, add("7.5"));
        // By a date: the actuals are those of the year's end, so that money alone counts in August.
        assert_eq!(total(&mut api, PROJECT, "2019-08").await, "2.5");
        let explained = api.indicator(&indicator, &[]).await;
        assert_eq!((explained.measured.as_str(), explained.score.as_str()), ("75", "7.5"));
        let events = |quantity: &str| {
            let input = explained.inputs.iter().find(|input| input.quantity == quantity).unwrap();
            (input.value.clone(), input.event_count, input.events.len())
        };
        assert_eq!(events("budget.original"), ("200000.00".to_owned(), 1, 1));
        assert_eq!(events("budget.expenditure"), ("150000.00".to_owned(), 2, 2));
        assert_eq!(events("budget.adjustment_increase"), ("0.00".to_owned(), 0, 0));

        let at = |as_of: &str| Some(pb::Moment { as_of: as_of.to_owned(), known_at: String::new() });
        let request = pb::CompareEvaluationsRequest {
            name: PROJECT.to_owned(),
            from: at("2019-06"),
            to: at("2019-09"),
            wait_for: api.heads().await,
            ..Default::default()
        };
        let compared = api.scoring.compare_evaluations(request).await.unwrap().into_inner();
        let execution = compared.indicators.iter().find(|one| one.indicator == "execution").unwrap();
        assert_eq!((execution.name.as_str(), execution.score_change.as_str()), (indicator.as_str(), "5"));
        assert_eq!(execution.events.len(), 1);

        // What is judged and listed is the project's own; the fund's total moves by its own money alone.
        let request = pb::RecordScoreRequest {
            request_id: "review".to_owned(),
            name: indicator.clone(),
            by: pb::Scorer::Reviewer.into(),
            score: "7".to_owned(),
            reason: "复核".to_owned(),
            on: "2020-06-05".to_owned(),
            ..Default::default()
        };
        api.scoring.record_score(request).await.unwrap();
        let request = pb::ListIndicatorsRequest { parent: PROJECT.to_owned(), ..Default::default() };
        let listed = api.scoring.list_indicators(request).await.unwrap().into_inner().indicators;
        assert!(listed.iter().all(|one| one.name.starts_with(PROJECT)), "{listed:?}");
        assert_eq!((listed.len(), listed.iter().filter(|one| one.reviewer.is_some()).count()), (9, 1));
        let request = pb::ListChangesRequest { parent: PROJECT.to_owned(), ..Default::default() };
        let changes = api.scoring.list_changes(request).await.unwrap().into_inner().changes;
        assert_eq!(changes.len(), 4, "{changes:?}");
        let judged = pb::ListChangesRequest { parent: FUND.to_owned(), ..Default::default() };
        let of_fund = api.scoring.list_changes(judged).await.unwrap().into_inner().changes;
        assert!(
            of_fund.iter().flat_map(|change| &change.indicators).all(|one| !one.name.contains("/projects/"))
        );
        assert!(!fund_before.is_empty());

        let told =
            server.cli(&["evaluate", "smart-city-2019", "--project", "smart-tourism", "--format", "json"]);
        assert!(told.success().stdout.contains("execution"));
        let told = server.cli(&["explain", "smart-city-2019", "execution", "--project", "smart-tourism"]);
        assert!(told.success().stdout.contains("75"));
        let told = server.cli(&["score", "smart-city-2019", "execution", "--project", "smart-tourism"]);
        assert!(told.success().stdout.contains("复核"));
        let moments = ["--from", "2019-06", "--to", "2019-09"];
        let compare = ["compare", "smart-city-2019", "--project", "smart-tourism"];
        assert!(server.cli(&[&compare[..], &moments[..]].concat()).success().stdout.contains("execution"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agencys_whole_spending_is_a_fund_of_its_own_kind() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let create = registry::CreateFundRequest {
        request_id: "agency".to_owned(),
        fund_id: "bureau-2019".to_owned(),
        names: names("大数据局部门整体支出"),
        fiscal_year: 2019,
        agency: "agencies/big-data-bureau".to_owned(),
        display_unit: registry::DisplayUnit::WanYuan.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        kind: FundKind::AgencySpending.into(),
        ..Default::default()
    };
    api.registry.create_fund(create).await.unwrap();
    let of_kind = registry::GetFundRequest { name: "funds/bureau-2019".to_owned(), ..Default::default() };
    let fund = api.registry.get_fund(of_kind).await.unwrap().into_inner().fund.unwrap();
    assert_eq!(fund.kind(), FundKind::AgencySpending);
    load(&mut api, "project-self", "project").await;
    load(&mut api, "agency-whole", "agency").await;
    let differs = (Code::FailedPrecondition, "SUBJECT_DIFFERS".to_owned());
    assert_eq!(open(&mut api, "funds/bureau-2019", "project-self").await, Err(differs));
    // Of those of the year only one is for an agency.
    load(&mut api, "agency-other", "fund").await;
    let schemes = ["wuxi-2019-smart-city", "wuxi-2019-e-government"].map(|id| format!("schemes/{id}"));
    for name in schemes {
        let request = pb::GetSchemeRequest { name, ..Default::default() };
        let scheme = api.scoring.get_scheme(request).await.unwrap().into_inner().scheme.unwrap();
        assert_eq!(scheme.subject(), pb::SchemeSubject::Fund);
    }
    open(&mut api, "funds/bureau-2019", "agency-whole").await.unwrap();
    assert_eq!(evaluation(&mut api, "funds/bureau-2019", "").await.scheme, "schemes/agency-whole");

    let summary = async |api: &mut Api, filter: &str| {
        let (wait_for, filter) = (api.heads().await, filter.to_owned());
        let request = pb::SummarizePortfolioRequest { wait_for, filter, ..Default::default() };
        api.scoring.summarize_portfolio(request).await.unwrap().into_inner().total.unwrap().funds
    };
    // It has the money of the special funds in it.
    assert_eq!(summary(&mut api, "").await, 2);
    assert_eq!(summary(&mut api, "fiscal_year = 2019").await, 2);
    assert_eq!(summary(&mut api, "kind = FUND_KIND_AGENCY_SPENDING").await, 1);
    let request = pb::ListPortfolioRequest { wait_for: api.heads().await, ..Default::default() };
    assert_eq!(api.scoring.list_portfolio(request).await.unwrap().into_inner().funds.len(), 3);
}
