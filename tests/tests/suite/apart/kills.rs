//! Two replicas of each service under load, while everything is killed: replicas in turn, then each service, PostgreSQL
//! and nats-server again and again.

use std::time::{Duration, Instant};

use jixiao_tests::apart::SERVICES;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres::Postgres;
use tokio::time::sleep;

use super::fleet::Fleet;
use crate::load::Load;

/// Rounds of kill -9.
fn rounds() -> usize {
    if std::env::var_os("JIXIAO_LONG").is_some() { 100 } else { 20 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_overspent_while_everything_is_killed() {
    let mut postgres = Postgres::start();
    let mut nats = Nats::start();
    let mut fleet = Fleet::start(&postgres, Some(&nats), 2, &[]).await;
    let mut told = fleet.fill().await;
    let load = Load::start("load", &fleet.apis(), 32);
    load.goes_on(60, Duration::from_secs(20), "before anything is killed").await;

    // Replicas in turn: the other goes on alone.
    for at in [0, 1] {
        for service in SERVICES {
            fleet.node(service, at).kill9();
        }
        let during = format!("while replica {at} of each service is dead");
        load.goes_on(40, Duration::from_secs(20), &during).await;
        for service in SERVICES {
            fleet.node(service, at).start();
        }
        for service in SERVICES {
            fleet.node(service, at).wait_ready();
        }
    }
    // Each service, PostgreSQL and nats-server, one after the other.
    let began = Instant::now();
    for round in 0..rounds() {
        for (n, service) in SERVICES.into_iter().enumerate() {
            let node = fleet.node(service, (round + n) % 2);
            node.kill9();
            node.start();
            sleep(Duration::from_millis(50)).await;
        }
        nats.kill9();
        sleep(Duration::from_millis(50)).await;
        nats.restart();
        postgres.kill9();
        postgres.restart();
        let during = format!("after round {round}, {:?} after the first", began.elapsed());
        load.goes_on(10, Duration::from_secs(30), &during).await;
    }
    load.goes_on(60, Duration::from_secs(30), "after everything was killed").await;
    told.extend(load.end().await);
    fleet.judge(told, Duration::from_mins(1)).await;
}
