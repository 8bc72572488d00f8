//! Connections to PostgreSQL that break at the worst moments; the client repeats its request at the other replica.

use std::time::Duration;

use jixiao_proto::jixiao::registry::v1::{RegisterAgencyRequest, RegisterAgencyResponse};
use jixiao_tests::judge::Case;
use jixiao_tests::pgproxy::{Fault, PgProxy, Step, Way};
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use tokio::time::{Instant, sleep, timeout};
use tonic::{Code, Response, Status};

use crate::api::{Api, increase, names};
use crate::judged::{acknowledged, answers, converged, funds, places};
use crate::load::{Load, NEAR};
use crate::wuxi::{EXAMPLE, FUNDS};

/// Every place of a transaction, and what happens there.
fn faults() -> Vec<(Step, Way, Fault)> {
    let delay = Fault::Delay(Duration::from_millis(300));
    let mut faults = Vec::new();
    for step in [Step::Begin, Step::Statement, Step::Commit] {
        for way in [Way::There, Way::Back] {
            for fault in [Fault::Cut, Fault::Halve, delay, Fault::Dark] {
                faults.push((step, way, fault));
            }
        }
    }
    faults
}

async fn agency(api: &mut Api, id: &str) -> Result<Response<RegisterAgencyResponse>, Status> {
    let request = RegisterAgencyRequest {
        request_id: id.to_owned(),
        agency_id: id.to_owned(),
        names: names("局"),
        ..Default::default()
    };
    api.registry.register_agency(request).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_at_one_replica_is_repeated_at_the_other() {
    let postgres = postgres::shared();
    let prefix = postgres.fresh_name("commits");
    let proxies = [PgProxy::start(postgres.port()).await, PgProxy::start(postgres.port()).await];
    let start = |proxy: &PgProxy| {
        let url = proxy.url(&prefix);
        tokio::task::spawn_blocking(move || Server::start_on(&url))
    };
    let servers = [start(&proxies[0]).await.unwrap(), start(&proxies[1]).await.unwrap()];
    let import = servers[0].command(&["import", EXAMPLE]);
    let imported = tokio::process::Command::from(import).output().await.unwrap();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let longest = Duration::from_secs(15);
    let mut apis = [0, 1].map(|at| Api::apart([servers[at].url().as_str(); 4], longest));
    let mut told = Load::prepare(&mut apis[0]).await;

    // One place after the other, at either replica.
    let mut hits = [0, 0];
    for (n, (step, way, fault)) in faults().into_iter().enumerate() {
        let at = n % 2;
        let place = format!("{fault:?} at {step:?} {way:?}");
        let id = format!("broken-{n}");
        let request = increase(&id, NEAR[0], 1);
        proxies[at].arm("_ledger", step, way, fault);
        let first = apis[at].ledger.adjust_budget(request.clone()).await;
        hits[at] += 1;
        assert_eq!(proxies[at].hits(), hits[at], "{place}: the fault has hit");
        let second = apis[1 - at].ledger.adjust_budget(request).await;
        let second = second.unwrap_or_else(|status| panic!("{place}: the other replica says {status}"));
        let second = second.into_inner().recorded.unwrap();
        match (first, fault) {
            (Ok(first), Fault::Dark) => panic!("{place}: acknowledged without a database: {first:?}"),
            // It found out by itself what had become of its commit.
            (Ok(first), _) => assert_eq!(first.into_inner().recorded.unwrap(), second, "{place}"),
            (Err(status), _) => assert_eq!(status.code(), Code::Unavailable, "{place}: {status}"),
        }
        told.push(acknowledged(&id, &second));
        proxies[at].open();
    }

    // A connection falls silent while its transaction holds the head: the server gives the transaction up.
    proxies[0].arm("_registry", Step::Commit, Way::There, Fault::HalfOpen);
    let mut frozen = Api::apart([servers[0].url().as_str(); 4], Duration::from_secs(1));
    let silent = agency(&mut frozen, "silent").await.unwrap_err();
    assert!(matches!(silent.code(), Code::Cancelled | Code::DeadlineExceeded), "{silent}");
    let (began, bound) = (Instant::now(), Duration::from_secs(25));
    let done = loop {
        match agency(&mut apis[1], "silent").await {
            Ok(done) => break done.into_inner().recorded.unwrap(),
            Err(status) => assert_eq!(status.code(), Code::Unavailable, "{status}"),
        }
        assert!(began.elapsed() < bound, "waited {bound:?} for the other replica to take the request");
        sleep(Duration::from_millis(100)).await;
    };
    told.push(acknowledged("silent", &done));
    if std::env::var_os("JIXIAO_LONG").is_some() {
        // The one that waited in vain gives up after 40 s and goes on.
        let again = timeout(Duration::from_mins(1), async {
            while agency(&mut frozen, "after the silence").await.is_err() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        again.await.expect("waited 60 s for the replica whose connection fell silent");
    }

    // And all of it under load, at both.
    let hit = || proxies.iter().map(PgProxy::hits).sum::<u64>();
    let before = hit();
    let load = Load::start("load", &apis, 8);
    for round in 0..2 {
        for (n, (step, way, fault)) in faults().into_iter().enumerate() {
            let log = ["_ledger", "_scoring", "_targets"][n % 3];
            let proxy = &proxies[(n + round) % 2];
            proxy.arm(log, step, way, fault);
            sleep(Duration::from_millis(60)).await;
            proxy.open();
        }
    }
    for proxy in &proxies {
        proxy.disarm();
        proxy.open();
    }
    assert!(hit() - before >= 10, "{} of 48 faults have hit under load", hit() - before);
    load.goes_on(20, Duration::from_secs(20), "after the last fault").await;
    told.extend(load.end().await);
    let logs = converged(&places(postgres, &prefix), Duration::from_secs(30)).await;
    let at = usize::from(std::env::var_os("JIXIAO_LONG").is_none());
    let answers = answers(&mut apis[at], &servers[at].url(), &funds(&logs), &FUNDS).await;
    let case = Case { logs, acknowledged: told, answers: Some(answers) };
    assert_eq!(case.objections(), Vec::<String>::new());
}
