//! The example, imported into four processes, gives the bytes of one process; also where whole feeds are held back.

use std::process::Stdio;
use std::time::{Duration, Instant};

use jixiao_eventlog::nats;
use jixiao_tests::apart::SERVICES;
use jixiao_tests::judge::read_log;
use jixiao_tests::nats::Nats;
use jixiao_tests::server::Server;
use jixiao_tests::{postgres, program};
use tokio::process::Command;
use tokio::time::sleep;

use super::fleet::{Beside, Fleet, sources};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

/// Waits until another scoring has taken in all of a source.
async fn taken_in(beside: &Beside, source: &str, wanted: usize) {
    let (began, bound) = (Instant::now(), Duration::from_secs(20));
    loop {
        let taken = read_log(postgres::shared(), &beside.database, "scoring");
        let taken = taken.iter().filter(|event| event.payload["source"]["log"] == source).count();
        if taken == wanted {
            return;
        }
        assert!(began.elapsed() < bound, "waited {bound:?} for {source}: {taken} of {wanted} were taken in");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_processes_and_a_broker_give_the_bytes_of_one_process() {
    let embedded = Server::start();
    embedded.cli(&["import", EXAMPLE]).success();
    let expected = FUNDS.map(|fund| canonical(&embedded, fund));
    drop(embedded);

    let broker = Nats::start();
    let mut fleet = Fleet::start(postgres::shared(), Some(&broker), 1, &[]).await;
    fleet.cli(&["import", EXAMPLE]).await.success();
    for (fund, expected) in FUNDS.iter().zip(&expected) {
        let got = fleet.cli(&["evaluate", fund, "--canonical", "--wait"]).await.success().stdout;
        assert_eq!(&got, expected, "{fund}");
    }
    fleet.judge(Vec::new(), Duration::from_secs(20)).await;

    // All of it was published, and whoever takes it in through the broker has done so.
    let admin = async_nats::jetstream::new(async_nats::connect(broker.url()).await.unwrap());
    for (log, events) in fleet.logs() {
        let mut stream = admin.get_stream(nats::stream_name(&log)).await.unwrap();
        assert_eq!(stream.info().await.unwrap().state.messages, events.len() as u64, "{log}'s stream");
        for consumer in SERVICES.into_iter().filter(|service| sources(service).contains(&log.as_str())) {
            let info = stream.consumer_info(consumer).await.unwrap();
            assert_eq!(info.num_pending, 0, "{consumer} has been brought all of {log}");
        }
    }

    // Other scorings beside it: whole feeds held back and let go in each order.
    let mut runs = tokio::task::JoinSet::new();
    let lengths = sources("scoring").iter().map(|source| fleet.logs()[*source].len()).collect::<Vec<_>>();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (n, order) in orders.into_iter().enumerate() {
        let beside = Beside::start(&mut fleet).await;
        runs.spawn(in_order(beside, order, n % 2 == 0, lengths.clone(), expected.clone()));
    }
    while let Some(run) = runs.join_next().await {
        run.unwrap();
    }
}

/// Lets the feeds of another scoring go in an order. Its own commands come before everything, or last; the rest of the
/// example is there already.
async fn in_order(
    beside: Beside,
    order: [usize; 3],
    own_first: bool,
    lengths: Vec<usize>,
    expected: [String; 2],
) {
    let import = || {
        let mut command = program::command(&["import", EXAMPLE, "--server", &beside.server]);
        command.stdout(Stdio::null());
        Command::from(command).spawn().unwrap()
    };
    let first = own_first.then(import);
    for source in order {
        sleep(Duration::from_millis(100)).await;
        beside.gates[source].open();
        taken_in(&beside, sources("scoring")[source], lengths[source]).await;
    }
    let mut import = first.unwrap_or_else(import);
    assert!(import.wait().await.unwrap().success(), "the import with feeds in the order {order:?}");
    for (fund, expected) in FUNDS.iter().zip(&expected) {
        let command = program::command(&["evaluate", fund, "--canonical", "--server", &beside.server]);
        let got = program::Output::from(Command::from(command).output().await.unwrap());
        assert_eq!(&got.success().stdout, expected, "{fund} with feeds in the order {order:?}");
    }
}
