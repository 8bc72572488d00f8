//! Broken variants: with a step left out, the judge objects to some seed.

use std::sync::Arc;

use jixiao_eventlog::Broken;

use super::database::Faults;
use super::nemesis::{Nemesis, WELL};
use super::world::{Plan, World, run, simulated};
use super::{judge, plan};

/// Seeds that a variant is run with at most.
const SEEDS: u64 = 200;

/// Runs seeds until the judge objects to one.
fn is_caught(step: Broken) {
    assert!(
        (1..=SEEDS).any(|seed| !run(Plan { broken: Some(step), ..plan(seed) }).violations.is_empty()),
        "{SEEDS} seeds are clean with {step:?} left out: the simulation sees nothing"
    );
}

#[test]
fn checkpoint_before_effect() {
    is_caught(Broken::CheckpointBeforeEffect);
}

#[test]
fn duplicate_not_dropped() {
    is_caught(Broken::DuplicateNotDropped);
}

#[test]
fn gap_accepted() {
    is_caught(Broken::GapAccepted);
}

#[test]
fn hash_not_compared() {
    is_caught(Broken::HashNotCompared);
}

#[test]
fn relay_trusts_its_own_position() {
    is_caught(Broken::RelayTrustsOwnPosition);
}

#[test]
fn acknowledgement_before_commit() {
    is_caught(Broken::AckBeforeCommit);
}

#[test]
fn refusal_from_a_stale_cache() {
    is_caught(Broken::RefusalFromStaleCache);
    is_caught(Broken::NoCatchUp);
}

/// Rebuilds beside busy clients of a slow database; what the judge finds after any of them.
async fn rebuilds_beside_clients(broken: Option<Broken>) -> Vec<String> {
    let world = World::new(1, broken);
    let _nemesis = Nemesis::new(&world);
    world.north.database.set_faults(Faults { latency: 20, ..WELL });
    world.start();
    let clients: Vec<_> = (0..6)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.deposits(20).await })
        })
        .collect();
    let mut found = Vec::new();
    while found.is_empty() && clients.iter().any(|client| !client.is_finished()) {
        Arc::clone(&world.north).rebuild().await;
        found = judge::states(&world);
    }
    found
}

#[test]
fn rebuild_without_the_lock() {
    let found = simulated(rebuilds_beside_clients(None));
    assert_eq!(found, Vec::<String>::new());
    let found = simulated(rebuilds_beside_clients(Some(Broken::RebuildWithoutLock)));
    assert!(!found.is_empty(), "the judge objects to no rebuild: the simulation sees nothing");
}

/// `EarlyRefusal` needs two commands in one batch and has a scenario of its own.
#[test]
fn steps_of_the_appender() {
    is_caught(Broken::KeepCacheAfterFailedCommit);
    is_caught(Broken::NoRequestLookup);
    is_caught(Broken::NoRowPositions);
}
