//! A simulation: the real log, relay, feeds and consumers over a simulated database and broker, under a clock that stands
//! still while they think, all chance from one seed.

mod broker;
mod clients;
pub mod database;
mod domain;
mod history;
mod judge;
mod nemesis;
mod outages;
mod process;
pub mod random;
mod service;
mod source;
mod store;
mod tables;
mod trace;
mod variants;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jixiao_eventlog::Domain;

use self::database::Database;
pub use self::judge::judged;
use self::process::Process;
pub use self::random::Dice;
use self::store::SimStore;
use self::world::{Plan, Report, run};

/// Simulated databases without faults, one a log: a third place for the contract of a log.
#[derive(Debug, Default)]
pub struct Databases(Mutex<BTreeMap<&'static str, Arc<Database>>>);

impl Databases {
    /// A store of the log, as if opened by a process of its own.
    pub fn store<D: Domain>(&self) -> SimStore {
        let mut databases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let database = databases
            .entry(D::LOG)
            .or_insert_with(|| Database::new(D::LOG, D::FOLD_VERSION, Dice::new(0), None));
        SimStore::open(database, &Process::start(D::LOG.to_owned(), None))
    }
}

/// One seed of the run in `./test`.
fn plan(seed: u64) -> Plan {
    Plan { seed, clients: 6, requests: 16, broken: None }
}

/// Fails with all that there is to know about a seed, and how to see it again.
fn expect_clean(plan: Plan, report: &Report) {
    assert!(
        report.violations.is_empty(),
        "seed {}: {} events, {} steps\n{}\n\nthe end of it:\n{}\nto see it again: JIXIAO_SEED={} cargo nextest run -p jixiao-tests sim::one_seed",
        plan.seed,
        report.events,
        report.steps,
        report.violations.join("\n"),
        report.end,
        plan.seed,
    );
}

/// Runs the share `share` of [`SHARES`] of all seeds, so that the runner can take several at once.
fn seeds(share: u64) {
    let seeds = if std::env::var_os("JIXIAO_LONG").is_some() { 10_000 } else { 200 };
    let seeds = std::env::var("JIXIAO_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(seeds);
    for seed in (1..=seeds).filter(|seed| seed % SHARES == share) {
        expect_clean(plan(seed), &run(plan(seed)));
    }
}

const SHARES: u64 = 4;

#[test]
fn seeds_1_of_4() {
    seeds(0);
}

#[test]
fn seeds_2_of_4() {
    seeds(1);
}

#[test]
fn seeds_3_of_4() {
    seeds(2);
}

#[test]
fn seeds_4_of_4() {
    seeds(3);
}

/// The seed that `JIXIAO_SEED` names.
#[test]
fn one_seed() {
    let seed = std::env::var("JIXIAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let report = run(plan(seed));
    println!(
        "{} events, {} acknowledged, {} refused, {} steps",
        report.events, report.acknowledged, report.refused, report.steps
    );
    expect_clean(plan(seed), &report);
}

#[test]
fn a_seed_has_one_history() {
    for seed in 1..=8 {
        let (one, other) = (run(plan(seed)), run(plan(seed)));
        assert_eq!(
            (one.steps, one.digest),
            (other.steps, other.digest),
            "seed {seed} ran differently the second time"
        );
    }
}
