//! What a server promises of a commit: settings, and warnings that come with it. Each needs a server of its own.

use std::time::Duration;

use jixiao_eventlog::store::StoreError;
use jixiao_eventlog::{ExecuteError, Location, Log, Options};
use jixiao_tests::postgres::Postgres;

use crate::toy::{Bank, balance_of, deposit};

#[tokio::test]
async fn a_server_that_could_lose_commits_is_refused() {
    let postgres = Postgres::start();
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        postgres.query("postgres", &format!("ALTER SYSTEM SET {setting} = off"));
        postgres.query("postgres", "SELECT pg_reload_conf()");
        tokio::time::sleep(Duration::from_millis(300)).await;
        let location = Location::Postgres(postgres.url("risky"));
        let error = location.open::<Bank>().await.err().expect("refused");
        let named = matches!(
            &error,
            jixiao_eventlog::OpenError::Store(StoreError::NotDurable { setting: found, .. }) if *found == setting
        );
        assert!(named, "{setting}: {error}");
        postgres.query("postgres", &format!("ALTER SYSTEM RESET {setting}"));
        postgres.query("postgres", "SELECT pg_reload_conf()");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

/// A COMMIT that waits for a standby can be cut short: committed here, with a warning, and lost with this server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_with_a_warning_is_not_acknowledged() {
    let postgres = Postgres::start();
    let location = Location::Postgres(postgres.url("warned"));
    let log = Log::<Bank>::open(location.open::<Bank>().await.unwrap(), Options::default()).await.unwrap();
    deposit(&log, "r1", "a", 1).await.unwrap();
    let set = |names: &str| {
        postgres.query("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        postgres.query("postgres", "SELECT pg_reload_conf()");
    };
    // No such standby: every COMMIT waits, until it is told not to.
    set("nobody");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let give_up = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    for _ in 0..2 {
        // The second time it is a repeat of what the log holds: no safer than the first.
        let asked = tokio::spawn({
            let log = log.clone();
            async move { deposit(&log, "r2", "a", 10).await }
        });
        while !asked.is_finished() {
            postgres.query("postgres", give_up);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(asked.await.unwrap(), Err(ExecuteError::Unavailable));
        assert_eq!(balance_of(&log, "a").await, 11, "it was committed here all the same");
    }
    set("");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(deposit(&log, "r2", "a", 10).await.unwrap().repeated);
    assert_eq!(balance_of(&log, "a").await, 11);
}
