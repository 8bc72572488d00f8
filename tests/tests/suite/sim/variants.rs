//! Broken variants: with a step left out, the judge objects to some seed.

use jixiao_eventlog::Broken;

use super::plan;
use super::world::{Plan, run};

/// Seeds that a variant is run with at most.
const SEEDS: u64 = 50;

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

#[test]
fn rebuild_without_the_lock() {
    is_caught(Broken::RebuildWithoutLock);
}

/// `EarlyRefusal` needs two commands in one batch and has a scenario of its own.
#[test]
fn steps_of_the_appender() {
    is_caught(Broken::KeepCacheAfterFailedCommit);
    is_caught(Broken::NoRequestLookup);
    is_caught(Broken::NoRowPositions);
}
