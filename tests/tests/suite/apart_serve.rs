//! Services apart give what one process gives.

use jixiao_tests::apart::{Apart, SERVICES, Setup};
use jixiao_tests::postgres;
use jixiao_tests::server::Server;

use crate::wuxi::{EXAMPLE, FUNDS, canonical};

/// The canonical evaluation of all that was acknowledged before, from services apart.
fn canonical_apart(apart: &Apart, fund: &str) -> String {
    apart.cli(&["evaluate", fund, "--canonical", "--wait"]).success().stdout
}

#[test]
fn four_processes_give_the_bytes_of_one() {
    let embedded = Server::start();
    embedded.cli(&["import", EXAMPLE]).success();
    let apart = Apart::start(Setup::new(postgres::shared()));
    apart.cli(&["import", EXAMPLE]).success();
    for fund in FUNDS {
        assert_eq!(canonical_apart(&apart, fund), canonical(&embedded, fund), "{fund}");
    }
    // Every log is read from the service that holds it.
    let audited = apart.cli(&["audit", "--format", "json"]).success().stdout;
    for service in SERVICES {
        assert!(audited.contains(&format!("\"log\":\"{service}\"")), "{audited}");
    }
    let explained = apart.cli(&["explain", FUNDS[0], "execution_rate"]).success().stdout;
    assert!(explained.contains("ledger"), "{explained}");
    let events = apart.cli(&["events", "targets"]).success().stdout;
    assert!(events.lines().count() > 50, "{events}");
}
