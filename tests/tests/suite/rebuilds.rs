//! Rebuilds: beside writers, after an upgrade, after another that died.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jixiao_eventlog::store::{Head, Lock, StateRow};
use jixiao_eventlog::{Domain, Log, Options, Query, ReadError, metric, rebuild};

use crate::contract::judge;
use crate::stores::Place;
use crate::toy::{Bank, UpgradedBank, deposit, withdraw};

/// Many deposits at once, one yuan each, on few accounts.
async fn deposits(log: &Arc<Log<Bank>>, count: usize) {
    let tasks: Vec<_> = (0..count)
        .map(|n| {
            let log = Arc::clone(log);
            tokio::spawn(async move { deposit(&log, &format!("r{n}"), &format!("a{}", n % 5), 1).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_rebuild_runs_beside_writers_and_changes_nothing() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        for n in 0..50 {
            deposit(&log, &format!("r{n}"), &format!("a{}", n % 5), 3).await.unwrap();
        }
        // It never pauses: a rebuild has to end all the same.
        let stop = Arc::new(AtomicBool::new(false));
        let writer = {
            let log = Arc::clone(&log);
            let stop = Arc::clone(&stop);
            tokio::spawn(async move {
                let mut written = 0;
                while !stop.load(Ordering::SeqCst) {
                    deposit(&log, &format!("w{written}"), &format!("a{}", written % 5), 1).await.unwrap();
                    written += 1;
                }
                written
            })
        };
        let store = place.store::<Bank>().await;
        for _ in 0..3 {
            let rebuilt = tokio::time::timeout(Duration::from_secs(20), rebuild::<Bank>(&store)).await;
            let rebuilt = rebuilt.expect("a rebuild ends beside a writer").unwrap();
            assert_eq!(rebuilt.differed, Vec::<String>::new(), "{}", place.name);
        }
        stop.store(true, Ordering::SeqCst);
        let written = writer.await.unwrap();
        let balances = judge(&log).await;
        assert_eq!(balances.values().sum::<u64>(), 150 + written);
        let a0 = balances["a0"];
        // A state that was tampered with is found, named and mended; a server with a warm cache goes on with the mended one.
        let (mut tx, head) = store.begin().await.unwrap();
        let row = StateRow { key: "account/a0".into(), position: head.position, state: "999".into() };
        tx.upsert(head.generation, &[row]).await.unwrap();
        tx.commit().await.unwrap();
        let counted = || crate::joined::counted(metric::REBUILD_DIFFERENCES, &["bank"]);
        let before = counted();
        let rebuilt = rebuild::<Bank>(&store).await.unwrap();
        assert_eq!(rebuilt.differed, ["account/a0"], "{}", place.name);
        assert!(counted() > before, "the difference was not counted");
        assert!(withdraw(&log, "over", "a0", a0 + 1).await.is_err());
        withdraw(&log, "all", "a0", a0).await.unwrap();
        judge(&log).await;
    }
}

#[tokio::test]
async fn one_rebuild_at_a_time() {
    for place in Place::all() {
        let (one, other) = (place.store::<Bank>().await, place.store::<Bank>().await);
        let lock = one.lock(Lock::Rebuild).await.unwrap();
        assert!(lock.is_some());
        assert!(rebuild::<Bank>(&other).await.is_err(), "{}", place.name);
        drop(lock);
        // PostgreSQL gives the lock back when it notices that the connection is gone.
        let mut tries = 0;
        while other.lock(Lock::Rebuild).await.unwrap().is_none() {
            tries += 1;
            assert!(tries < 100, "{}: the lock is never given back", place.name);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

#[tokio::test]
async fn an_upgrade_folds_by_its_own_keys() {
    for place in Place::all() {
        // More than a page of a rebuild, so that states are read back between pages.
        let old = place.log::<Bank>().await;
        deposits(&old, 2_300).await;
        let new = place.log::<UpgradedBank>().await;
        let snapshot = new.read(Query::new().key("turnover")).await.unwrap();
        assert_eq!(snapshot.get("turnover"), Some(&2_300), "{}", place.name);
        // The old program is out: its states mean something else now.
        assert!(deposit(&old, "late", "a0", 1).await.is_err());
        assert_eq!(old.read(Query::new().key("account/a0")).await.unwrap_err(), ReadError::Unavailable);
    }
}

#[tokio::test]
async fn a_start_waits_for_a_rebuild_that_runs() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        deposits(&log, 10).await;
        let store = place.store::<UpgradedBank>().await;
        let lock = store.lock(Lock::Rebuild).await.unwrap();
        let opening = tokio::spawn(Log::<UpgradedBank>::open(store, Options::default()));
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!opening.is_finished(), "{}: neither refused nor let in", place.name);
        drop(lock);
        opening.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_a_dead_rebuild_left_behind_counts_for_nothing() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        deposits(&log, 10).await;
        let store = place.store::<Bank>().await;
        // One died before its swap, an earlier one after it.
        let (mut tx, head) = store.begin().await.unwrap();
        let generation = head.generation + 4;
        let left = |key: &str| vec![StateRow { key: key.into(), position: 99, state: "7".into() }];
        tx.upsert(generation - 1, &left("account/a0")).await.unwrap();
        tx.upsert(generation + 1, &left("account/a0")).await.unwrap();
        tx.upsert(generation + 1, &left("account/dead")).await.unwrap();
        tx.move_head(&Head { generation, fold_version: 0, ..head }).await.unwrap();
        tx.commit().await.unwrap();
        rebuild::<Bank>(&store).await.unwrap();
        judge(&log).await;
        let (mut tx, head) = store.begin().await.unwrap();
        assert_eq!((head.generation, head.fold_version), (generation + 1, Bank::FOLD_VERSION));
        let mut rows = Vec::new();
        for generation in generation - 1..=generation + 1 {
            rows.push(tx.page(generation, "", "", 100).await.unwrap().len());
        }
        assert_eq!(rows, [0, 0, 5], "{}", place.name);
    }
}

/// A session that is gone has lost its lock, and another rebuild may write to the same generation.
#[tokio::test]
async fn a_rebuild_that_lost_its_lock_notices() {
    let place = Place::postgres();
    let store = place.store::<Bank>().await;
    let mut lock = store.lock(Lock::Rebuild).await.unwrap().unwrap();
    lock.check().await.unwrap();
    let jixiao_eventlog::Location::Postgres(url) = place.location() else { unreachable!() };
    let pool = sqlx::PgPool::connect(&format!("{url}_bank")).await.unwrap();
    let end = "SELECT pg_terminate_backend(pid) FROM pg_locks
               WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    sqlx::query(end).execute(&pool).await.unwrap();
    assert!(lock.check().await.is_err());
}
