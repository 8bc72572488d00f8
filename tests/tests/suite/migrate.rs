//! `jixiao migrate`: a service's database, made by its owner, with just the rights that the service needs.

use std::thread;
use std::time::{Duration, Instant};

use jixiao_tests::apart::{Apart, Node, Setup};
use jixiao_tests::postgres;
use jixiao_tests::program::{self, Output};

/// Waits for a line of a node's log.
#[track_caller]
fn wait_for_log(node: &mut Node, text: &str) {
    let began = Instant::now();
    while !node.stderr().contains(text) {
        let patient = node.is_running() && began.elapsed() < Duration::from_secs(20);
        assert!(patient, "no \"{text}\" in:\n{}", node.stderr());
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn twice_and_by_four_at_once() {
    let apart = Apart::prepare(Setup::new(postgres::shared()));
    let mut running: Vec<_> =
        (0..4).map(|_| apart.migrate_command("ledger").spawn().expect("jixiao starts")).collect();
    for child in &mut running {
        assert!(child.wait().unwrap().success());
    }
    apart.migrate("ledger").success();
    let database = apart.database("ledger");
    let head = postgres::shared().query(database, "SELECT log, position::TEXT FROM head");
    assert_eq!(head, [[Some("ledger".to_owned()), Some("0".to_owned())]]);
}

#[test]
fn the_role_cannot_change_what_is_recorded() {
    let mut apart = Apart::prepare(Setup::new(postgres::shared()));
    apart.migrate("registry").success();
    let node = apart.node("registry", 0);
    node.start();
    node.wait_ready();
    let register = node.url();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut api = crate::api::Api::new(&register);
        let request = jixiao_proto::jixiao::registry::v1::RegisterAgencyRequest {
            request_id: "one".to_owned(),
            agency_id: "one".to_owned(),
            names: crate::api::names("局"),
            ..Default::default()
        };
        api.registry.register_agency(request).await.unwrap();
    });
    let role = apart.database("registry").to_owned();
    let sql = |statement: &str| {
        let statements = format!("SET SESSION AUTHORIZATION \"{role}\"; {statement}");
        jixiao_tests::sql::query(postgres::shared().port(), &role, &statements)
    };
    assert_eq!(sql("SELECT actor FROM events").unwrap(), [[Some("anonymous".to_owned())]]);
    for statement in [
        "UPDATE events SET actor = 'another'",
        "DELETE FROM events",
        "TRUNCATE events",
        "TRUNCATE events CASCADE",
        "UPDATE event_keys SET key = 'another'",
        "DELETE FROM event_keys",
        "ALTER TABLE events DISABLE TRIGGER ALL",
        "ALTER TABLE events DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON events",
        "CREATE TRIGGER mine BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        "CREATE RULE mine AS ON INSERT TO events DO INSTEAD NOTHING",
        "SET session_replication_role = replica",
        "ALTER TABLE events OWNER TO CURRENT_USER",
        "DROP TABLE events",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS TRIGGER LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TABLE mine (one INTEGER)",
        "CREATE TEMPORARY TABLE mine (one INTEGER)",
        "CREATE SCHEMA mine",
        "INSERT INTO head SELECT * FROM head",
        "DELETE FROM head",
        "UPDATE _sqlx_migrations SET version = 9",
    ] {
        let error = sql(statement).expect_err(statement).to_string();
        // 42501 is "insufficient privilege": the trigger behind it is not even reached.
        assert!(error.contains("42501"), "{statement}: {error}");
    }
    assert_eq!(sql("SELECT count(*)::TEXT FROM events").unwrap(), [[Some("1".to_owned())]]);
}

#[test]
fn a_service_waits_for_its_schema_and_works_on_a_newer_one() {
    let mut apart = Apart::prepare(Setup::new(postgres::shared()));
    let database = apart.database("registry").to_owned();
    let node = apart.node("registry", 0);
    node.start();
    wait_for_log(node, "the database holds no log yet: run `jixiao migrate registry`");
    assert_eq!((node.health("liveness"), node.health("")), (Some(true), Some(false)));
    let tables = "SELECT count(*)::TEXT FROM pg_tables WHERE schemaname = 'public'";
    let made = postgres::shared().query(&database, tables);
    assert_eq!(made, [[Some("0".to_owned())]], "a service makes nothing");

    apart.migrate("registry").success();
    let node = apart.node("registry", 0);
    node.wait_ready();
    node.stop();
    let version = |version: u32| {
        postgres::shared().query(&database, &format!("UPDATE _sqlx_migrations SET version = {version}"));
    };
    // The job of the next version has run already; its rollout has not.
    version(99);
    node.start();
    node.wait_ready();
    wait_for_log(node, "the database's schema is newer than this program");
    node.kill9();
    version(0);
    node.start();
    wait_for_log(node, "the database's schema has version 0, older than 1");
}

#[test]
fn a_role_that_could_change_events_is_refused() {
    let mut apart = Apart::prepare(Setup {
        database_urls: vec![("registry", format!("{}/{{database}}", owner()))],
        ..Setup::new(postgres::shared())
    });
    apart.migrate("registry").success();
    let node = apart.node("registry", 0);
    node.start();
    wait_for_log(node, "the role postgres is a superuser or has the rights of the owner of the table events");
    assert_eq!(node.health(""), Some(false));
}

#[test]
fn what_is_wrong_is_named() {
    let apart = Apart::prepare(Setup::new(postgres::shared()));
    apart.migrate("ledger").success();
    let database = apart.database("ledger");
    let url = postgres::shared().url(database);
    // What comes with another role no REVOKE takes away.
    let (member, other) = (&format!("{database}_member"), format!("{database}_other"));
    let make = format!(
        "CREATE ROLE \"{other}\"; GRANT UPDATE ON events TO \"{other}\";
         CREATE ROLE \"{member}\" LOGIN IN ROLE \"{other}\""
    );
    postgres::shared().query(database, &make);
    let run = |service: &str, url: &str, role: &str| -> Output {
        program::run(&["migrate", service, "--database-url", url, "--role", role])
    };
    let rows = [
        (
            run("ledger", &url, "nobody at all"),
            4,
            "the role nobody at all does not exist; make it by CREATE ROLE",
        ),
        (run("targets", &url, database), 4, "this database holds the log of ledger, not of targets"),
        (run("ledger", &url, "postgres"), 4, "the role postgres is a superuser"),
        (
            run("ledger", &url, "postgres"),
            4,
            "make a role for this service alone (CREATE ROLE ledger LOGIN, say) and run `jixiao migrate ledger --role` with its name",
        ),
        (run("ledger", &url, member), 4, "may UPDATE the table events, and a service must not"),
        (run("ledger", &url, member), 4, "make a role for this service alone"),
        (run("ledger", &url, ""), 2, "--role"),
        (run("money", &url, database), 2, "there is no service money; there are: registry, ledger"),
        (run("ledger", "mysql://x", database), 2, "write postgres://"),
        (run("ledger", "postgres://a@db.example/x", database), 2, "--tls-ca"),
    ];
    for (output, code, said) in rows {
        assert!(output.code == Some(code) && output.stderr.contains(said), "{said}: {output:?}");
    }
}

/// The URL of the shared server as its superuser, without a database.
fn owner() -> String {
    let url = postgres::shared().url("");
    url.trim_end_matches('/').to_owned()
}
