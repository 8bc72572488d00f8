//! The example, imported into four processes, gives the bytes of one process; also where whole feeds are held back.

use std::time::{Duration, Instant};

use jixiao_tests::gate::Gate;
use jixiao_tests::judge::{Case, read_log};
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use jixiao_tests::{port, program};
use tokio::process::Command;
use tokio::time::sleep;

use super::fleet::{Fleet, Plan, Replica, prepare};
use crate::judged::{answers, funds};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

/// Waits until a database of scoring has taken in all of a source.
async fn taken_in(fleet: &Fleet, database: &str, source: &str) {
    let wanted = fleet.logs()[source].len();
    let (began, bound) = (Instant::now(), Duration::from_secs(20));
    loop {
        let taken = read_log(&fleet.postgres, database, "scoring");
        let taken = taken.iter().filter(|event| event.payload["source"]["log"] == source).count();
        if taken == wanted {
            return;
        }
        assert!(began.elapsed() < bound, "waited {bound:?} for {source}: {taken} of {wanted} were taken in");
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_give_the_bytes_of_one() {
    let embedded = Server::start();
    embedded.cli(&["import", EXAMPLE]).success();
    let expected = FUNDS.map(|fund| canonical(&embedded, fund));
    drop(embedded);

    let nats = Nats::start();
    let plan =
        Plan { postgres: postgres::shared(), database_ports: Vec::new(), nats: Some(&nats), replicas: 1 };
    let mut fleet = Fleet::start(plan).await;
    let imported = Command::from(fleet.command(&["import", EXAMPLE])).output().await.unwrap();
    program::Output::from(imported).success();
    for (fund, expected) in FUNDS.iter().zip(&expected) {
        let got = Command::from(fleet.command(&["evaluate", fund, "--canonical", "--wait"])).output().await;
        assert_eq!(&program::Output::from(got.unwrap()).success().stdout, expected, "{fund}");
    }
    let logs = fleet.converged(Duration::from_secs(20)).await;
    let answers = answers(&mut fleet.api(0), &fleet.server(0), &funds(&logs), &FUNDS).await;
    let case = Case { logs, acknowledged: Vec::new(), answers: Some(answers) };
    assert_eq!(case.objections(), Vec::<String>::new());

    // Another scoring beside it, six times: whole feeds held back and let go in each order.
    let names = ["registry", "ledger", "targets"];
    for (n, order) in
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].into_iter().enumerate()
    {
        let database = fleet.postgres.fresh_name("order");
        prepare(&fleet.postgres, &database, "scoring");
        let mut gates = Vec::new();
        let mut args = vec![
            "--database-url".to_owned(),
            format!("postgres://{database}@127.0.0.1:{}/{database}", fleet.postgres.port()),
        ];
        for source in names {
            let gate = Gate::start(vec![fleet.replica(source, 0).port()], false).await;
            args.extend([format!("--{source}-url"), gate.url()]);
            gates.push(gate);
        }
        let mut scoring = Replica::new("scoring", port::free(), args);
        scoring.launch();
        scoring.wait();
        let others = names.map(|source| format!("{source}={}", fleet.replica(source, 0).url()));
        let server = format!("{},scoring={}", others.join(","), scoring.url());
        // Its own commands come before everything, or last. The rest of the example is there already.
        let import = || {
            let mut command = program::command(&["import", EXAMPLE, "--server", &server]);
            command.stdout(std::process::Stdio::null());
            Command::from(command).spawn().unwrap()
        };
        let mut first = (n % 2 == 0).then(import);
        for source in order {
            sleep(Duration::from_millis(100)).await;
            gates[source].open();
            taken_in(&fleet, &database, names[source]).await;
        }
        let mut import = first.take().unwrap_or_else(import);
        assert!(import.wait().await.unwrap().success(), "the import with feeds in the order {order:?}");
        for (fund, expected) in FUNDS.iter().zip(&expected) {
            let mut command = program::command(&["evaluate", fund, "--canonical", "--server", &server]);
            command.stderr(std::process::Stdio::inherit());
            let got = Command::from(command).output().await.unwrap();
            assert_eq!(&program::Output::from(got).success().stdout, expected, "{fund} by {order:?}");
        }
    }
}
