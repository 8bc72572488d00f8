//! Writes stop while consumers are behind, and the broker loses what it had: all converges all the same.

use std::path::PathBuf;
use std::time::Duration;

use jixiao_tests::apart::SERVICES;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;

use super::fleet::{Fleet, sources};
use crate::load::Load;

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
    let mut fleet = Fleet::start(postgres::shared(), Some(&nats), 1, &[]).await;
    let mut told = fleet.fill().await;
    fleet.converged(Duration::from_secs(20)).await;
    nats.stop();
    let old = nats.save();
    nats.restart();

    for (name, loss) in [("old", Loss::Old(old)), ("deleted", Loss::Deleted)] {
        // Consumers fall behind: neither their sources nor the broker are reached.
        let gates = |fleet: &Fleet, open: bool| {
            for service in SERVICES {
                for from in sources(service).iter().chain(["nats"].iter().filter(|_| service != "registry")) {
                    let gate = fleet.gate(service, from);
                    if open { gate.open() } else { gate.close() }
                }
            }
        };
        gates(&fleet, false);
        let load = Load::start(name, &fleet.apis(), 8);
        load.goes_on(100, Duration::from_secs(20), "while consumers are behind").await;
        told.extend(load.end().await);
        nats.stop();
        match loss {
            Loss::Deleted => nats.wipe(),
            Loss::Old(copy) => nats.restore(&copy),
        }
        // No new event and no `nats apply` from here.
        nats.restart();
        gates(&fleet, true);
        fleet.judge(told.clone(), Duration::from_secs(30)).await;
    }
}
