//! Two replicas of each service under load, while everything is killed: replicas in turn, then each service, PostgreSQL
//! and nats-server again and again.

use std::time::{Duration, Instant};

use jixiao_tests::judge::Case;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres::Postgres;
use jixiao_tests::program;
use tokio::process::Command;
use tokio::time::sleep;

use super::fleet::{Fleet, Plan};
use crate::judged::{LOGS, answers, funds};
use crate::load::Load;
use crate::wuxi::{EXAMPLE, FUNDS};

/// Rounds of kill -9.
fn rounds() -> usize {
    if std::env::var_os("JIXIAO_LONG").is_some() { 100 } else { 20 }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_doubled_or_overspent_while_everything_is_killed() {
    let mut postgres = Postgres::start();
    let mut nats = Nats::start();
    let plan = Plan { postgres: &postgres, database_ports: Vec::new(), nats: Some(&nats), replicas: 2 };
    let mut fleet = Fleet::start(plan).await;
    let imported = Command::from(fleet.command(&["import", EXAMPLE])).output().await.unwrap();
    program::Output::from(imported).success();
    let mut told = Load::prepare(&mut fleet.api(0)).await;
    let load = Load::start("load", &[fleet.api(0), fleet.api(1)], 32);
    load.goes_on(60, Duration::from_secs(20), "before anything is killed").await;

    // Replicas in turn: the other goes on alone.
    for at in [0, 1] {
        for service in LOGS {
            fleet.replica(service, at).kill9();
        }
        let during = format!("while replica {at} of each service is dead");
        load.goes_on(40, Duration::from_secs(20), &during).await;
        for service in LOGS {
            fleet.replica(service, at).launch();
        }
        for service in LOGS {
            fleet.replica(service, at).wait();
        }
    }
    // Each service, PostgreSQL and nats-server, one after the other.
    let began = Instant::now();
    for round in 0..rounds() {
        for (n, service) in LOGS.into_iter().enumerate() {
            let replica = fleet.replica(service, (round + n) % 2);
            replica.kill9();
            replica.launch();
            sleep(Duration::from_millis(100)).await;
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
    let logs = fleet.converged(Duration::from_secs(60)).await;
    for at in [0, 1] {
        let answers = answers(&mut fleet.api(at), &fleet.server(at), &funds(&logs), &FUNDS).await;
        let case = Case { logs: logs.clone(), acknowledged: told.clone(), answers: Some(answers) };
        assert_eq!(case.objections(), Vec::<String>::new(), "as replica {at} answers");
    }
}
