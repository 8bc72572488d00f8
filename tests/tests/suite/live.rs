//! What a client sends to one service changes the evaluation, by itself and traceably.

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::server::Server;

use crate::api::{Api, increase, money, not_stated};
use crate::wuxi::EXAMPLE;

const EXECUTION: &str = "funds/smart-city-2019/indicators/management.funds_use.execution_rate";
const ADJUSTMENT: &str = "funds/smart-city-2019/indicators/management.funds_use.adjustment_rate";
const TRACKING: &str = "funds/smart-city-2019/indicators/management.operation.tracking";
const TARGET: &str = "funds/smart-city-2019/indicators/targets.detail.d20";

/// Whether an indicator lists the event.
fn lists(indicator: &scoring::Indicator, recorded: &Recorded) -> bool {
    let events = indicator.inputs.iter().flat_map(|input| &input.events);
    events.into_iter().any(|event| recorded.event_ids.contains(&event.id))
}

/// The newest change of the fund's evaluation that this event caused.
async fn change(api: &mut Api, recorded: &Recorded) -> scoring::Change {
    let mut request = scoring::ListChangesRequest {
        parent: "funds/smart-city-2019".to_owned(),
        page_size: 1_000,
        wait_for: vec![recorded.position.clone()],
        ..Default::default()
    };
    loop {
        let page = api.scoring.list_changes(request.clone()).await.unwrap().into_inner();
        let caused = |change: &scoring::Change| {
            change.source.as_ref().is_some_and(|source| recorded.event_ids.contains(&source.id))
        };
        if let Some(change) = page.changes.into_iter().find(caused) {
            return change;
        }
        assert!(!page.next_page_token.is_empty(), "no change names the event as its cause");
        request.page_token = page.next_page_token;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_any_service_changes_the_evaluation() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let start = api.heads().await;
    let request = scoring::GetEvaluationRequest {
        name: "funds/smart-city-2019".into(),
        wait_for: start,
        ..Default::default()
    };
    api.scoring.get_evaluation(request).await.unwrap();

    // An adjustment: both rates move.
    let before = (api.indicator(ADJUSTMENT, &[]).await, api.indicator(EXECUTION, &[]).await);
    let mut request = increase("live-decrease", "smart-city-2019", 1_000_000);
    request.direction = ledger::Direction::Decrease.into();
    let adjusted = api.ledger.adjust_budget(request).await.unwrap().into_inner().recorded.unwrap();
    let after = (api.indicator(ADJUSTMENT, &[&adjusted]).await, api.indicator(EXECUTION, &[&adjusted]).await);
    assert_eq!((before.0.measured.as_str(), after.0.measured.as_str()), ("16.725", "19.225"));
    assert_ne!(before.1.measured, after.1.measured);
    assert!(lists(&after.0, &adjusted) && lists(&after.1, &adjusted) && !lists(&before.0, &adjusted));
    assert_eq!(change(&mut api, &adjusted).await.indicators_touched, 2);

    // A payment: the execution rate follows and earns points.
    let payment = ledger::RecordPaymentRequest {
        request_id: "live-payment".into(),
        scope: "funds/smart-city-2019".into(),
        entry_id: "live-payment".into(),
        amount: money(8_000_000),
        on: "2019-12-20".into(),
        approval: not_stated(),
        ..Default::default()
    };
    let paid = api.ledger.record_payment(payment).await.unwrap().into_inner().recorded.unwrap();
    let execution = api.indicator(EXECUTION, &[&paid]).await;
    assert!(lists(&execution, &paid));
    assert_ne!(execution.score, after.1.score, "91 % of the adjusted budget earn points that 69 % do not");
    let change_of_payment = change(&mut api, &paid).await;
    assert_eq!(change_of_payment.indicators_touched, 1);
    assert!(change_of_payment.sums.iter().any(|sum| sum.node == "total"), "and the total with it");

    // Two filings: the deduction shrinks below its cap.
    let before = api.indicator(TRACKING, &[]).await;
    let mut filed = Vec::new();
    for project in ["smart-tourism", "spatio-temporal-cloud"] {
        let filing = registry::RecordFilingRequest {
            request_id: format!("live-{project}"),
            name: format!("funds/smart-city-2019/projects/{project}"),
            kind: registry::FilingKind::ContractFiling.into(),
            state: registry::FilingState::Filed.into(),
            on: "2019-12-21".into(),
            inside_count: true,
            ..Default::default()
        };
        filed.push(api.registry.record_filing(filing).await.unwrap().into_inner().recorded.unwrap());
    }
    let after = api.indicator(TRACKING, &[&filed[0], &filed[1]]).await;
    assert_eq!((before.measured.as_str(), after.measured.as_str()), ("7", "5"));
    assert_eq!((before.score.as_str(), after.score.as_str()), ("7", "7.5"));
    assert!(filed.iter().all(|recorded| lists(&after, recorded)));

    // An actual: the target is met.
    let before = api.indicator(TARGET, &[]).await;
    let actual = targets::RecordActualRequest {
        request_id: "live-actual".into(),
        name: "funds/smart-city-2019/targets/d20".into(),
        measured: Some(targets::Measured { value: Some(targets::measured::Value::Number("51".into())) }),
        unit: "家".into(),
        on: "2019-12-31".into(),
        ..Default::default()
    };
    let actual = api.targets.record_actual(actual).await.unwrap().into_inner().recorded.unwrap();
    let after = api.indicator(TARGET, &[&actual]).await;
    assert_eq!((before.score.as_str(), after.score.as_str()), ("0.5", "1"), "84 % earn half, 102 % all");
    assert!(lists(&after, &actual));
    let change = change(&mut api, &actual).await;
    assert_eq!((change.indicators_touched, change.sums_touched), (1, 3), "the target, and the sums above it");
}
