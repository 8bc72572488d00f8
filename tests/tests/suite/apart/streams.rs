//! Writes stop while consumers are behind, and the broker loses what it had: all converges all the same.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use async_nats::jetstream;
use futures::StreamExt;
use jixiao_eventlog::nats::stream_name;
use jixiao_tests::apart::SERVICES;
use jixiao_tests::cleanup::send;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;
use tokio::time::sleep;

use super::fleet::{Fleet, sources};
use crate::load::Load;

/// What becomes of the streams while the broker is stopped.
enum Loss {
    /// The storage is deleted.
    Deleted,
    /// An old copy takes its place.
    Old(PathBuf),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_lost_everything_holds_nothing_up() {
    let mut nats = Nats::start();
    let mut fleet = Fleet::start(postgres::shared(), Some(&nats), 1, &[]).await;
    let mut told = fleet.fill().await;
    fleet.converged(Duration::from_secs(20)).await;
    nats.stop();
    let old = nats.save();
    nats.restart();

    for (name, loss) in [("old", Loss::Old(old)), ("deleted", Loss::Deleted)] {
        // Consumers fall behind: neither their sources nor the broker are reached.
        let gates = |fleet: &Fleet, open: bool| {
            for service in SERVICES {
                for from in sources(service).iter().chain(["nats"].iter().filter(|_| service != "registry")) {
                    let gate = fleet.gate(service, from);
                    if open { gate.open() } else { gate.close() }
                }
            }
        };
        gates(&fleet, false);
        let load = Load::start(name, &fleet.apis(), 8);
        load.goes_on(100, Duration::from_secs(20), "while consumers are behind").await;
        told.extend(load.end().await);
        nats.stop();
        match loss {
            Loss::Deleted => nats.wipe(),
            Loss::Old(copy) => nats.restore(&copy),
        }
        // No new event and no `nats apply` from here.
        nats.restart();
        gates(&fleet, true);
        fleet.judge(told.clone(), Duration::from_secs(30)).await;
    }
}

/// The positions that a stream holds, in its order.
async fn positions(context: &jetstream::Context, log: &str) -> Vec<u64> {
    let mut stream = context.get_stream(stream_name(log)).await.unwrap();
    let held = stream.info().await.unwrap().state.messages;
    let every = jetstream::consumer::pull::OrderedConfig::default();
    let messages = stream.create_consumer(every).await.unwrap().messages().await.unwrap();
    let messages = messages.take(usize::try_from(held).unwrap());
    let position = |message: jetstream::Message| {
        message.headers.as_ref().unwrap().get("ce-sequence").unwrap().as_str().parse::<u64>().unwrap()
    };
    messages.map(|message| position(message.unwrap())).collect().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_frozen_past_the_duplicate_window_does_no_harm() {
    let nats = Nats::start();
    let mut fleet = Fleet::start(postgres::shared(), Some(&nats), 2, &[]).await;
    let context = jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    // What was published longer ago than this, the broker does not know again.
    let window = Duration::from_secs(2);
    let mut config = context.get_stream(stream_name("ledger")).await.unwrap().cached_info().config.clone();
    config.duplicate_window = window;
    context.update_stream(&config).await.unwrap();
    let mut told = fleet.fill().await;
    let both = Load::start("both", &fleet.apis(), 8);
    both.goes_on(200, Duration::from_secs(20), "before anything is frozen").await;

    // The replica that relays is stopped in the middle of its work; nobody tells its twin.
    let leads = |fleet: &mut Fleet, replica| {
        fleet.node("ledger", replica).metric("jixiao_leads", &["service=\"ledger\""]) == Some(1.0)
    };
    let frozen = [0, 1].into_iter().find(|replica| leads(&mut fleet, *replica)).expect("a replica leads");
    let pid = fleet.node("ledger", frozen).pid().unwrap();
    send("STOP", pid);
    let twin = fleet.api(1 - frozen);
    let load = Load::start("twin", &[twin.clone(), twin], 8);
    load.goes_on(100, Duration::from_secs(30), "while one replica is frozen").await;
    let published = positions(&context, "ledger").await.len();
    let began = Instant::now();
    while positions(&context, "ledger").await.len() < published + 100 {
        assert!(began.elapsed() < Duration::from_secs(30), "the twin publishes nothing");
        sleep(Duration::from_millis(200)).await;
    }
    sleep(window).await;
    send("CONT", pid);
    load.goes_on(100, Duration::from_secs(20), "after it goes on").await;
    told.extend(load.end().await);
    told.extend(both.end().await);
    fleet.judge(told, Duration::from_secs(30)).await;

    // Each event is in the stream once, in order: what the frozen one sent late was not taken.
    let length = fleet.logs()["ledger"].len() as u64;
    let began = Instant::now();
    while positions(&context, "ledger").await != (1..=length).collect::<Vec<_>>() {
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "the stream holds {:?}, not 1 to {length}",
            positions(&context, "ledger").await
        );
        sleep(Duration::from_millis(500)).await;
    }
}
