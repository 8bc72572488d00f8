//! A log loses its end: a standby that was behind takes over, a database is restored from an older copy. The fork is
//! reported, answers are marked stale, and following the log again makes everything agree.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use jixiao_proto::jixiao::eventlog::v1::feed_service_client::FeedServiceClient;
use jixiao_proto::jixiao::eventlog::v1::{FeedStatus, ListFeedsRequest, RefollowFeedRequest};
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1::GetEvaluationRequest;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::apart::SERVICES;
use jixiao_tests::judge::Acknowledged;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres::{self, Postgres};
use tokio::time::sleep;
use tonic::transport::Endpoint;

use super::fleet::{Fleet, sources};
use crate::api::{Api, increase, money, not_stated};
use crate::judged::acknowledged;
use crate::load::Load;

/// How long a fork may go unnoticed: a quiet feed asks its source for its head every 10 s.
const NOTICED: Duration = Duration::from_secs(30);

/// The services that take a log in.
fn consumers(log: &str) -> Vec<&'static str> {
    SERVICES.into_iter().filter(|service| sources(service).contains(&log)).collect()
}

/// Waits until each consumer of a log says that it is forked, or that it is not.
async fn reported(fleet: &mut Fleet, log: &'static str, forked: bool) {
    for consumer in consumers(log) {
        let began = Instant::now();
        let label = format!("source=\"{log}\"");
        loop {
            let metric = fleet.node(consumer, 0).metric("jixiao_forks", &[&label]);
            if metric == Some(f64::from(u8::from(forked))) {
                break;
            }
            assert!(
                began.elapsed() < NOTICED,
                "waited {NOTICED:?} for {consumer} to report the fork of {log}, or its end: {metric:?}"
            );
            sleep(Duration::from_millis(200)).await;
        }
    }
}

/// Lets every consumer of a log follow it again.
async fn refollow(fleet: &mut Fleet, log: &'static str) {
    for consumer in consumers(log) {
        let url = fleet.node(consumer, 0).url();
        let mut feeds = FeedServiceClient::new(Endpoint::from_shared(url).unwrap().connect_lazy());
        let listed = feeds.list_feeds(ListFeedsRequest::default()).await.unwrap().into_inner().feeds;
        let forked = listed.into_iter().filter(|feed| feed.status() == FeedStatus::Forked);
        assert_eq!(forked.map(|feed| feed.source).collect::<Vec<_>>(), [log], "the feeds of {consumer}");
        let request = RefollowFeedRequest {
            consumer: consumer.to_owned(),
            source: log.to_owned(),
            request_id: format!("refollow {consumer} {log}"),
            ..Default::default()
        };
        feeds
            .refollow_feed(request)
            .await
            .unwrap_or_else(|status| panic!("{consumer} follows {log}: {status}"));
    }
}

/// The sources that scoring's and targets' answers are marked with as stale.
async fn stale(fleet: &mut Fleet) -> [BTreeSet<String>; 2] {
    let mut api = fleet.api(0);
    let name = "funds/smart-city-2019".to_owned();
    let request = GetEvaluationRequest { name, ..Default::default() };
    let evaluation = api.scoring.get_evaluation(request).await.unwrap();
    let name = "funds/smart-city-2019/targets/d20".to_owned();
    let target =
        api.targets.get_target(targets::GetTargetRequest { name, ..Default::default() }).await.unwrap();
    [evaluation.metadata(), target.metadata()].map(|metadata| {
        let marked = metadata.get("jixiao-stale").map(|value| value.to_str().unwrap()).unwrap_or_default();
        marked.split(',').filter(|source| !source.is_empty()).map(str::to_owned).collect()
    })
}

/// The total of the evaluation, with an event in it.
async fn total(api: &mut Api, with: Option<&Recorded>) -> String {
    let name = "funds/smart-city-2019".to_owned();
    let wait_for = with.map(|recorded| recorded.position.clone()).into_iter().collect();
    let answer = api
        .scoring
        .get_evaluation(GetEvaluationRequest { name, wait_for, ..Default::default() })
        .await
        .unwrap();
    let sums = answer.into_inner().evaluation.unwrap().sums;
    sums.into_iter().find(|sum| sum.node == "total").unwrap().score
}

/// Waits until an event is in the evaluation, whose total it has to move.
async fn moves(api: &mut Api, recorded: &Recorded, before: &mut String) {
    let now = total(api, Some(recorded)).await;
    assert_ne!(now, *before, "the total moves by {recorded:?}");
    *before = now;
}

/// Writes what moves the total by the end of a log that will be lost, and by others' events that stay: their points are
/// then added to a total that is no longer true.
async fn mixed(fleet: &mut Fleet, log: &str, name: &str, number: &str) -> Vec<Acknowledged> {
    let mut api = fleet.api(0);
    let mut before = total(&mut api, None).await;
    let mut told = Vec::new();
    if log == "registry" {
        // Five projects in the place of seven lack a filing: half a point more.
        for project in ["spatio-temporal-cloud", "smart-work-safety"] {
            let id = format!("filed-{name}-{project}");
            let filed = registry::RecordFilingRequest {
                request_id: id.clone(),
                name: format!("funds/smart-city-2019/projects/{project}"),
                kind: registry::FilingKind::ContractFiling.into(),
                state: registry::FilingState::Filed.into(),
                on: "2019-12-20".to_owned(),
                inside_count: true,
                ..Default::default()
            };
            let filed = api.registry.record_filing(filed).await.unwrap().into_inner().recorded.unwrap();
            told.push((id, filed));
        }
        moves(&mut api, &told[1].1, &mut before).await;
    }
    // From 70 % or less of the budget to more than 85 %: two points more.
    let id = format!("paid-{name}");
    let paid = ledger::RecordPaymentRequest {
        request_id: id.clone(),
        scope: "funds/smart-city-2019".to_owned(),
        entry_id: id.clone(),
        amount: money(8_000_000),
        on: "2019-12-20".to_owned(),
        approval: not_stated(),
        ..Default::default()
    };
    let paid = api.ledger.record_payment(paid).await.unwrap().into_inner().recorded.unwrap();
    moves(&mut api, &paid, &mut before).await;
    told.push((id, paid));
    // A point less by 0, a point more by 1 after that.
    let id = format!("reached-{name}");
    let reached = targets::RecordActualRequest {
        request_id: id.clone(),
        name: "funds/smart-city-2019/targets/d21".to_owned(),
        measured: Some(targets::Measured { value: Some(targets::measured::Value::Number(number.into())) }),
        unit: "个".to_owned(),
        on: "2019-12-31".to_owned(),
        ..Default::default()
    };
    let reached = api.targets.record_actual(reached).await.unwrap().into_inner().recorded.unwrap();
    moves(&mut api, &reached, &mut before).await;
    told.push((id, reached));
    if log != "ledger" {
        // Back to less than 80 %: the two points are gone again.
        let id = format!("raised-{name}");
        let raised = increase(&id, "smart-city-2019", 10_000_000);
        let raised = api.ledger.adjust_budget(raised).await.unwrap().into_inner().recorded.unwrap();
        moves(&mut api, &raised, &mut before).await;
        told.push((id, raised));
    }
    told.iter().map(|(id, recorded)| acknowledged(id, recorded)).collect()
}

/// What of a history is still there once a log has lost all after a position.
fn survived(told: &mut Vec<Acknowledged>, log: &str, head: u64) {
    told.retain(|request| request.log != log || request.position <= head);
}

/// The log has lost its end: reported, marked, followed again, judged.
async fn forked(fleet: &mut Fleet, log: &'static str, head: u64, told: &mut Vec<Acknowledged>) {
    survived(told, log, head);
    let taken =
        |service: &str| if sources(service).contains(&log) { vec![log.to_owned()] } else { Vec::new() };
    reported(fleet, log, true).await;
    assert_eq!(
        stale(fleet).await,
        ["scoring", "targets"].map(|service| taken(service).into_iter().collect()),
        "answers that rest on the lost end of {log} say so"
    );
    // The log goes on meanwhile, from where it is now.
    let load = Load::start(&format!("after-{log}"), &fleet.apis(), 8);
    load.goes_on(60, Duration::from_secs(30), &format!("after {log} lost its end")).await;
    told.extend(load.end().await);
    let relayed = fleet.node(log, 0).metric("jixiao_relay_forks_total", &[]);
    assert!(relayed.is_some_and(|forks| forks >= 1.0), "{log}'s stream ended with what is lost: {relayed:?}");
    if !consumers(log).is_empty() {
        refollow(fleet, log).await;
        reported(fleet, log, false).await;
    }
    fleet.judge(told.clone(), Duration::from_secs(30)).await;
    assert_eq!(stale(fleet).await, [BTreeSet::new(), BTreeSet::new()], "nothing is stale any more");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_that_lacks_the_last_commits_takes_over() {
    let nats = Nats::start();
    let mut primary = Postgres::start();
    let mut standby = primary.standby();
    let own = vec![("ledger", (*primary).clone())];
    let mut fleet = Fleet::start_with(postgres::shared(), Some(&nats), 1, &[], own).await;
    let mut told = fleet.fill().await;
    fleet.converged(Duration::from_secs(20)).await;
    standby.catch_up(&primary);
    let head = fleet.logs()["ledger"].len() as u64;
    standby.cut_off();
    told.extend(mixed(&mut fleet, "ledger", "standby", "0").await);
    let load = Load::start("lost", &fleet.apis(), 8);
    load.goes_on(100, Duration::from_secs(30), "that the standby does not get").await;
    told.extend(load.end().await);
    let logs = fleet.converged(Duration::from_secs(20)).await;
    assert!(logs["ledger"].len() as u64 > head + 10, "the standby lacks a good part");
    standby.take_over(&mut primary);
    assert_eq!(fleet.logs()["ledger"].len() as u64, head, "what was acknowledged since is lost");
    forked(&mut fleet, "ledger", head, &mut told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_database_alone_is_restored_from_an_older_backup() {
    let nats = Nats::start();
    let postgres = postgres::shared();
    let mut fleet = Fleet::start(postgres, Some(&nats), 1, &[]).await;
    let mut told = fleet.fill().await;
    // What the targets lose leaves them at the 1 before it.
    for (log, number) in SERVICES.into_iter().zip(["0", "1", "0", "0"]) {
        fleet.converged(Duration::from_secs(20)).await;
        let database = fleet.database(log).to_owned();
        let copy = postgres.back_up(&database);
        let head = fleet.logs()[log].len() as u64;
        told.extend(mixed(&mut fleet, log, log, number).await);
        let load = Load::start(&format!("lost-{log}"), &fleet.apis(), 8);
        load.goes_on(80, Duration::from_secs(30), "after the backup").await;
        told.extend(load.end().await);
        let logs = fleet.converged(Duration::from_secs(20)).await;
        assert!(logs[log].len() as u64 > head + 5, "{log} went on after its backup");
        postgres.restore(&database, &copy);
        forked(&mut fleet, log, head, &mut told).await;
    }
}
