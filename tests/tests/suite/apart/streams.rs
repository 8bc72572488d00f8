//! Writes stop while consumers are behind, and the broker loses what it had: all converges all the same.

use std::path::PathBuf;
use std::time::Duration;

use jixiao_tests::judge::Case;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;
use jixiao_tests::program;
use tokio::process::Command;

use super::fleet::{Fleet, Plan, sources};
use crate::judged::{LOGS, answers, funds};
use crate::load::Load;
use crate::wuxi::{EXAMPLE, FUNDS};

/// What becomes of the streams while the broker is stopped.
enum Loss {
    /// The storage is deleted.
    Deleted,
    /// An old copy takes its place.
    Old(PathBuf),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_lost_everything_holds_nothing_up() {
    let mut nats = Nats::start();
    let plan =
        Plan { postgres: postgres::shared(), database_ports: Vec::new(), nats: Some(&nats), replicas: 1 };
    let fleet = Fleet::start(plan).await;
    let imported = Command::from(fleet.command(&["import", EXAMPLE])).output().await.unwrap();
    program::Output::from(imported).success();
    let mut told = Load::prepare(&mut fleet.api(0)).await;
    fleet.converged(Duration::from_secs(20)).await;
    nats.stop();
    let old = nats.save();
    nats.restart();

    for (name, loss) in [("old", Loss::Old(old)), ("deleted", Loss::Deleted)] {
        // Consumers fall behind: neither their sources nor the broker are reached.
        let gates = |open: bool| {
            for service in LOGS {
                for from in sources(service).iter().chain(["nats"].iter().filter(|_| service != "registry")) {
                    let gate = fleet.gate(service, from);
                    if open { gate.open() } else { gate.close() }
                }
            }
        };
        gates(false);
        let load = Load::start(name, &[fleet.api(0), fleet.api(0)], 8);
        load.goes_on(100, Duration::from_secs(20), "while consumers are behind").await;
        told.extend(load.end().await);
        nats.stop();
        match loss {
            Loss::Deleted => nats.wipe(),
            Loss::Old(copy) => nats.restore(&copy),
        }
        // No new event and no `nats apply` from here.
        nats.restart();
        gates(true);
        let logs = fleet.converged(Duration::from_secs(30)).await;
        let answers = answers(&mut fleet.api(0), &fleet.server(0), &funds(&logs), &FUNDS).await;
        let case = Case { logs, acknowledged: told.clone(), answers: Some(answers) };
        assert_eq!(case.objections(), Vec::<String>::new(), "the broker's streams are {name}");
    }
}
