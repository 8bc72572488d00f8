//! How many commands a server takes a second, how long each takes, and how soon the evaluation follows.
//!
//! `cargo bench -p jixiao-tests`, on an otherwise idle machine. Everything runs in this one process over loopback gRPC:
//! the clients share the processors with the server. PostgreSQL is a private one with its default durability.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement fails where it stands and prints"
)]

use std::time::{Duration, Instant};

use jixiao::compose::{Plan, Services};
use jixiao_eventlog::Location;
use jixiao_tests::postgres;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

#[allow(dead_code, unreachable_pub, clippy::unnecessary_wraps, reason = "shared with the end-to-end tests")]
#[path = "../tests/suite/api.rs"]
mod api;

use api::{Api, increase, payment_request};

/// Commands each client sends, one after the other.
const EACH: usize = 100;

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[(sorted.len() * percent / 100).min(sorted.len() - 1)].as_secs_f64() * 1e3
}

async fn measure(name: &str, location: &Location) {
    let ending = tokio::sync::watch::Sender::new(false);
    let services = Services::open(&Plan::all(location.clone(), ending.subscribe())).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = Server::builder().add_routes(services.routes());
    let serving =
        tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true))));
    let mut api = Api::new(&url);
    api.fund("bench", 1_000_000_000).await;
    for clients in [1, 8, 64] {
        let began = Instant::now();
        let tasks: Vec<_> = (0..clients)
            .map(|client| {
                let mut api = Api::new(&url);
                tokio::spawn(async move {
                    let mut latencies = Vec::with_capacity(EACH);
                    for n in 0..EACH {
                        let id = format!("c{clients}-{client}-{n}");
                        let sent = Instant::now();
                        api.ledger.request_payment(payment_request(&id, "bench", 1)).await.unwrap();
                        latencies.push(sent.elapsed());
                    }
                    latencies
                })
            })
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            latencies.extend(task.await.unwrap());
        }
        let seconds = began.elapsed().as_secs_f64();
        latencies.sort();
        let rate = latencies.len() as f64 / seconds;
        let (median, worst) = (percentile(&latencies, 50), percentile(&latencies, 99));
        println!(
            "{name:<11} {clients:>3} clients  {rate:>6.0} commands/s  p50 {median:>6.1} ms  p99 {worst:>6.1} ms"
        );
    }
    // From the answer to an adjustment until scoring reflects it.
    let mut lags = Vec::new();
    for n in 0..50 {
        let request = increase(&format!("lag-{n}"), "bench", 1);
        let done = api.ledger.adjust_budget(request).await.unwrap().into_inner().recorded.unwrap();
        let answered = Instant::now();
        let request = jixiao_proto::jixiao::scoring::v1::ListSchemesRequest {
            wait_for: vec![done.position],
            ..Default::default()
        };
        api.scoring.list_schemes(request).await.unwrap();
        lags.push(answered.elapsed());
    }
    lags.sort();
    let (median, worst) = (percentile(&lags, 50), percentile(&lags, 99));
    println!("{name:<11} taken in by scoring after the answer: p50 {median:.1} ms  p99 {worst:.1} ms");
    serving.abort();
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    measure("SQLite", &Location::Folder(folder.path().to_owned())).await;
    let server = postgres::shared();
    measure("PostgreSQL", &Location::Postgres(server.url(&server.fresh_name("bench")))).await;
}
