//! The sandbox itself: what it starts, it also ends.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use jixiao_tests::cleanup::Sandbox;
use jixiao_tests::postgres::{self, Postgres};
use jixiao_tests::{port, sql};

/// Set in the child process of `a_killed_test_leaves_nothing`.
const CHILD: &str = "JIXIAO_TEST_SANDBOX_CHILD";

#[test]
fn postgres_keeps_what_it_committed_through_kill9() {
    let mut postgres = Postgres::start();
    postgres.create_database("durable");
    assert_eq!(postgres.query("durable", "SHOW fsync"), [[Some("on".into())]]);
    postgres.query("durable", "CREATE TABLE t (n int, s text); INSERT INTO t VALUES (1, '绩效'), (2, NULL)");

    postgres.kill9();
    assert!(!port::accepts(postgres.port()));
    postgres.restart();
    let rows = postgres.query("durable", "SELECT n, s FROM t ORDER BY n");
    assert_eq!(rows, [[Some("1".into()), Some("绩效".into())], [Some("2".into()), None]]);

    postgres.restart();
    assert_eq!(postgres.query("durable", "SELECT count(*) FROM t"), [[Some("2".into())]]);

    let port = postgres.port();
    drop(postgres);
    assert!(!port::accepts(port));
}

#[test]
fn a_standby_takes_over_without_the_last_commits() {
    let mut primary = Postgres::start();
    primary.create_database("db");
    primary.query("db", "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    let mut standby = primary.standby();
    primary.query("db", "INSERT INTO t VALUES (2)");
    standby.catch_up(&primary);
    standby.cut_off();
    primary.query("db", "INSERT INTO t VALUES (3)");
    let port = primary.port();
    standby.take_over(&mut primary);
    assert_eq!(standby.port(), port);
    let rows = standby.query("db", "INSERT INTO t VALUES (4); SELECT n FROM t ORDER BY n");
    assert_eq!(rows, [["1"], ["2"], ["4"]].map(|row| row.map(|n| Some(n.to_owned()))));
}

#[test]
fn a_database_is_restored_while_sessions_use_it() {
    let postgres = postgres::shared();
    let name = postgres.fresh_name("restored");
    postgres.create_database(&name);
    postgres.query(&name, "CREATE TABLE t (n int); INSERT INTO t VALUES (1)");
    let (port, database) = (postgres.port(), name.clone());
    let session = thread::spawn(move || sql::query(port, &database, "SELECT pg_sleep(60)"));
    let there = format!("SELECT 1 FROM pg_stat_activity WHERE datname = '{name}'");
    while postgres.query("postgres", &there).is_empty() {
        assert!(!session.is_finished(), "the session runs until it is cut");
        thread::sleep(Duration::from_millis(10));
    }
    let copy = postgres.back_up(&name);
    assert!(session.join().unwrap().is_err(), "the session was cut");
    postgres.query(&name, "INSERT INTO t VALUES (2)");
    postgres.restore(&name, &copy);
    assert_eq!(postgres.query(&name, "SELECT n FROM t"), [[Some("1".to_owned())]]);
}

#[test]
fn the_shared_postgres_gives_each_test_its_own_database() {
    let postgres = postgres::shared();
    let (one, two) = (postgres.fresh_database("sandbox"), postgres.fresh_database("sandbox"));
    assert_ne!(one, two);
    let name = one.rsplit('/').next().unwrap();
    assert_eq!(postgres.query(name, "SELECT current_database()"), [[Some(name.to_owned())]]);
    let refusal = sql::query(postgres.port(), "no_such_database", "SELECT 1").unwrap_err();
    assert!(refusal.to_string().contains("no_such_database"), "{refusal}");
}

/// Runs this test again in a process of its own, which is killed while it has a sandbox.
#[test]
#[cfg(target_os = "linux")] // looks into /proc
fn a_killed_test_leaves_nothing() {
    if std::env::var_os(CHILD).is_some() {
        let mut sandbox = Sandbox::new("jixiao-orphan-");
        sandbox.spawn(Command::new("sleep").arg("600"));
        std::fs::write(std::env::var_os(CHILD).unwrap(), sandbox.folder().to_str().unwrap()).unwrap();
        thread::sleep(Duration::from_mins(10));
    }
    let note = tempfile::NamedTempFile::new().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::a_killed_test_leaves_nothing"])
        .env(CHILD, note.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let folder = || std::fs::read_to_string(note.path()).unwrap();
    wait_until("the child has a sandbox", || !folder().is_empty());
    let pid = std::fs::read_to_string(Path::new(&folder()).join("pids")).unwrap();
    assert!(is_alive(&pid));

    child.kill().unwrap();
    child.wait().unwrap();
    wait_until("the folder is removed", || !Path::new(&folder()).exists());
    assert!(!is_alive(&pid));
}

#[cfg(target_os = "linux")]
fn wait_until(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(20), "never came: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(target_os = "linux")]
/// Whether the process runs; one that ended and waits for its parent's attention (state Z) does not.
fn is_alive(pid: &str) -> bool {
    // The state follows the command's name, which is in parentheses.
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with('Z'))
}
