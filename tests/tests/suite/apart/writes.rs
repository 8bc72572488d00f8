//! Services apart whose connections to PostgreSQL break, and clients that read what they wrote, at any replica.

use std::time::Duration;

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_tests::apart::SERVICES;
use jixiao_tests::nats::Nats;
use jixiao_tests::pgproxy::{Fault, PgProxy, Step, Way};
use jixiao_tests::postgres;
use tokio::time::{Instant, sleep};
use tonic::Code;

use super::fleet::Fleet;
use crate::api::{increase, money, not_stated};
use crate::judged::acknowledged;
use crate::load::{Load, NEAR};

const EXECUTION: &str = "funds/smart-city-2019/indicators/management.funds_use.execution_rate";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_is_read_at_every_replica() {
    let nats = Nats::start();
    let postgres = postgres::shared();
    let proxies = [PgProxy::start(postgres.port()).await, PgProxy::start(postgres.port()).await];
    let mut fleet = Fleet::start(postgres, Some(&nats), 2, &proxies).await;
    let mut told = fleet.fill().await;
    let mut apis = fleet.apis();

    // What is paid at either replica of the ledger is at once in the evaluation of both replicas of scoring. Only the
    // position is passed on.
    for n in 0..10_i64 {
        let id = format!("paid-{n}");
        let payment = ledger::RecordPaymentRequest {
            request_id: id.clone(),
            scope: "funds/smart-city-2019".to_owned(),
            entry_id: id.clone(),
            amount: money(100_000),
            on: "2019-12-20".to_owned(),
            approval: not_stated(),
            ..Default::default()
        };
        let at = usize::try_from(n % 2).unwrap();
        let paid = apis[at].ledger.record_payment(payment).await.unwrap().into_inner().recorded.unwrap();
        told.push(acknowledged(&id, &paid));
        for api in &mut apis {
            let indicator = api.indicator(EXECUTION, &[&paid]).await;
            let listed = indicator.inputs.iter().flat_map(|input| &input.events);
            let listed = listed.filter(|event| paid.event_ids.contains(&event.id)).count();
            assert_eq!(listed, 1, "payment {n} is in the evaluation that waited for it");
        }
    }
    // A position of the future is refused with a hint to come again, never answered by what is there.
    let far = jixiao_eventlog::Position { log: "ledger".into(), position: 1_000_000, hash: "a".repeat(64) };
    let request = scoring::GetEvaluationRequest {
        name: "funds/smart-city-2019".to_owned(),
        wait_for: vec![far.to_token()],
        ..Default::default()
    };
    let mut early = fleet.patient(1, Duration::from_secs(30)).scoring;
    let early = early.get_evaluation(request).await.unwrap_err();
    assert_eq!(early.code(), Code::Unavailable, "{early}");

    // The answer to COMMIT is lost and so is the database behind this replica: the other one has the request, or takes it.
    for (n, way) in [Way::Back, Way::There, Way::Back, Way::There].into_iter().enumerate() {
        let (at, id) = (n % 2, format!("dark-{n}"));
        proxies[at].arm(fleet.database("ledger"), Step::Commit, way, Fault::Dark);
        let request = increase(&id, NEAR[1], 1);
        let lost = apis[at].ledger.adjust_budget(request.clone()).await.unwrap_err();
        let cut = [Code::Unavailable, Code::Cancelled, Code::DeadlineExceeded];
        assert!(cut.contains(&lost.code()), "{lost}");
        let began = Instant::now();
        let done = loop {
            match apis[1 - at].ledger.adjust_budget(request.clone()).await {
                Ok(done) => break done.into_inner().recorded.unwrap(),
                Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status}"),
            }
            assert!(began.elapsed() < Duration::from_secs(15), "waited 15 s for the other replica");
            sleep(Duration::from_millis(50)).await;
        };
        told.push(acknowledged(&id, &done));
        proxies[at].open();
    }
    assert_eq!(proxies.each_ref().map(PgProxy::hits), [2, 2], "every fault has hit");

    // And everything breaks everywhere, under load.
    let hit = || proxies.iter().map(PgProxy::hits).sum::<u64>();
    let before = hit();
    let load = Load::start("load", &apis, 16);
    for n in 0..60 {
        let step = [Step::Begin, Step::Statement, Step::Commit][n % 3];
        let way = [Way::There, Way::Back][n / 3 % 2];
        let fault =
            [Fault::Cut, Fault::Halve, Fault::Delay(Duration::from_millis(200)), Fault::Dark][n / 6 % 4];
        let database = fleet.database(SERVICES[n / 2 % 4]);
        proxies[n % 2].arm(database, step, way, fault);
        sleep(Duration::from_millis(60)).await;
        proxies[n % 2].open();
    }
    for proxy in &proxies {
        proxy.disarm();
        proxy.open();
    }
    assert!(hit() - before >= 10, "{} of 60 faults have hit under load", hit() - before);
    load.goes_on(30, Duration::from_secs(30), "after the last fault").await;
    told.extend(load.end().await);
    fleet.judge(told, Duration::from_secs(30)).await;
}
