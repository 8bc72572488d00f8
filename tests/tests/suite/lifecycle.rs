//! Services that start before what they need, lose it, and are told to stop under load.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{fs, thread};

use hyper_util::rt::TokioIo;
use jixiao::language::Language;
use jixiao_eventlog::Location;
use jixiao_proto::jixiao::registry::v1::RegisterAgencyRequest;
use jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient;
use jixiao_proto::jixiao::scoring::v1::GetSchemeRequest;
use jixiao_tests::apart::{Apart, Node, Setup, get, health};
use jixiao_tests::{port, postgres};
use tokio::net::{TcpListener, TcpStream};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::api::{Api, names};

/// The processor time that a process has used so far.
fn cpu(node: &Node) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", node.pid().unwrap())).unwrap();
    // The fields after the program's name in parentheses; user and system time are the 14th and 15th of all.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}

/// The memory that it holds, in kibibytes.
fn memory(node: &Node) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", node.pid().unwrap())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[track_caller]
fn wait_until(what: &str, within: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < within, "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn agency(id: &str) -> RegisterAgencyRequest {
    RegisterAgencyRequest {
        request_id: id.to_owned(),
        agency_id: id.to_owned(),
        names: names("局"),
        ..Default::default()
    }
}

fn registry(url: &str) -> RegistryServiceClient<Channel> {
    RegistryServiceClient::new(Endpoint::from_shared(url.to_owned()).unwrap().connect_lazy())
}

/// Uses a processor for at most a tenth of a while, and not ever more memory.
#[track_caller]
fn assert_at_rest(node: &Node, seconds: u64) {
    let before = (cpu(node), memory(node));
    thread::sleep(Duration::from_secs(seconds));
    let used = cpu(node).saturating_sub(before.0);
    assert!(used < Duration::from_millis(seconds * 100), "{used:?} of processor time in {seconds} s");
    assert!(memory(node) < before.1 + 20_000, "{} kB were {} kB", memory(node), before.1);
}

#[test]
fn a_database_that_comes_late_and_goes_away() {
    let mut database = postgres::Postgres::start();
    let mut apart = Apart::prepare(Setup::new(&database));
    apart.migrate("registry").success();
    apart.migrate("ledger").success();
    database.kill9();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let register = |url: String, id: &str| {
        runtime.block_on(async {
            registry(&url).register_agency(agency(id)).await.map_err(|status| status.code())
        })
    };
    let node = apart.node("registry", 0);
    node.start();
    wait_until("the plain port is up first", Duration::from_secs(5), || {
        node.health("liveness") == Some(true)
    });
    let grpc = node.url();
    for (port, name) in [(&node.admin_url(), ""), (&grpc, ""), (&grpc, "jixiao.registry.v1.RegistryService")]
    {
        assert_eq!(health(port, name), Some(false), "{port} {name}");
    }
    assert_eq!(health(&grpc, "liveness"), Some(true));
    assert_eq!(node.metric("jixiao_database_up", &["registry"]), Some(0.0));
    let refused = register(grpc.clone(), "early").map(|_| ());
    assert_eq!(refused, Err(Code::Unavailable));
    assert_at_rest(node, 5);

    database.restart();
    node.wait_ready();
    assert_eq!(health(&grpc, "jixiao.registry.v1.RegistryService"), Some(true));
    register(grpc.clone(), "early").unwrap();

    // The ledger takes in from the registry; its own readiness does not hang on that one.
    let ledger = apart.node("ledger", 0);
    ledger.start();
    ledger.wait_ready();
    apart.node("registry", 0).kill9();
    assert_at_rest(apart.node("ledger", 0), 5);
    assert!(apart.node("ledger", 0).is_ready(), "another service is down, this one is not");
    let node = apart.node("registry", 0);
    node.start();
    node.wait_ready();

    database.kill9();
    wait_until("not ready without a database", Duration::from_secs(10), || node.health("") == Some(false));
    assert_eq!(node.health("liveness"), Some(true), "a restart would not help");
    assert_eq!(node.metric("jixiao_database_up", &["registry"]), Some(0.0));
    assert_at_rest(node, 5);
    database.restart();
    wait_until("ready again", Duration::from_secs(30), || node.is_ready());
    register(grpc, "late").unwrap();
    assert_eq!(node.metric("jixiao_database_up", &["registry"]), Some(1.0));
}

#[test]
fn without_nats_a_service_is_degraded_and_not_unready() {
    let nobody = port::free();
    let setup =
        Setup { nats_url: Some(format!("nats://127.0.0.1:{nobody}")), ..Setup::new(postgres::shared()) };
    let mut apart = Apart::start(setup);
    apart.cli(&["import", crate::wuxi::EXAMPLE]).success();
    let evaluation = apart.cli(&["evaluate", "smart-city-2019", "--canonical", "--wait"]).success();
    assert!(evaluation.stdout.contains("smart-city-2019"));
    for node in apart.nodes() {
        assert_eq!(node.metric("jixiao_broker_up", &[node.service()]), Some(0.0), "{}", node.service());
        assert!(node.is_ready(), "{}", node.service());
    }
    assert_at_rest(apart.node("scoring", 0), 5);
}

#[test]
fn the_plain_port_has_health_and_metrics_and_nothing_else() {
    let mut apart = Apart::prepare(Setup::new(postgres::shared()));
    apart.migrate("registry").success();
    let node = apart.node("registry", 0);
    node.start();
    node.wait_ready();
    assert!(node.metrics().contains("jixiao_log_position"));
    for path in ["/", "/metrics/", "/health", "/jixiao.registry.v1.RegistryService/RegisterAgency"] {
        assert!(get(node.admin_port(), path).starts_with("HTTP/1.1 404"), "{path}");
    }
    let admin = node.admin_url();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let status = registry(&admin).register_agency(agency("one")).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
        // Neither has the service's port what is another service's.
        let mut service = Api::new(&node.url());
        let status = service.scoring.get_scheme(GetSchemeRequest::default()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
    });
}

#[test]
fn a_feed_that_lags_too_long_makes_its_service_not_ready() {
    let mut apart = Apart::prepare(Setup {
        args: vec!["--max-lag".into(), "2".into()],
        ..Setup::new(postgres::shared())
    });
    for service in ["registry", "ledger"] {
        apart.migrate(service).success();
        apart.node(service, 0).start();
    }
    let database = apart.database("ledger").to_owned();
    let source = apart.node("registry", 0).url();
    apart.node("registry", 0).wait_ready();
    let ledger = apart.node("ledger", 0);
    ledger.wait_ready();
    // Reads go on while somebody holds the ledger's head; nothing can be taken in.
    let port = postgres::shared().port();
    let holder = thread::spawn(move || {
        let hold = "BEGIN; SELECT 1 FROM head FOR UPDATE; SELECT pg_sleep(8); COMMIT";
        jixiao_tests::sql::query(port, &database, hold).unwrap();
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { registry(&source).register_agency(agency("one")).await.unwrap() });
    wait_until("not ready", Duration::from_secs(7), || ledger.health("") == Some(false));
    assert_eq!(ledger.metric("jixiao_database_up", &["ledger"]), Some(1.0));
    assert_eq!(ledger.metric("jixiao_feed_lag_events", &["registry"]), Some(1.0));
    assert!(ledger.stderr().contains("ledger is behind registry for too long"), "{}", ledger.stderr());
    holder.join().unwrap();
    wait_until("ready again", Duration::from_secs(10), || ledger.is_ready());
    // While the source is down the lag is not known, which is none.
    apart.node("registry", 0).kill9();
    let ledger = apart.node("ledger", 0);
    wait_until("unknown", Duration::from_secs(10), || {
        ledger.metric("jixiao_feed_lag_seconds", &["registry"]).is_some_and(f64::is_nan)
    });
    thread::sleep(Duration::from_secs(3));
    assert!(ledger.is_ready());
}

#[test]
fn a_server_exports_every_metric_that_there_is() {
    let folder = tempfile::tempdir().unwrap();
    let authority = jixiao_tests::tls::Authority::new(folder.path(), "ours");
    let nats = jixiao_tests::nats::Nats::start();
    jixiao_tests::program::run(&["nats", "apply", "--nats-url", &nats.url()]).success();
    let mut apart = Apart::start(Setup {
        nats_url: Some(nats.url()),
        tls: Some(authority.sign("services")),
        ..Setup::new(postgres::shared())
    });
    apart.cli(&["import", crate::wuxi::EXAMPLE]).success();
    apart.cli(&["evaluate", "smart-city-2019", "--canonical", "--wait"]).success();
    let scoring = apart.node("scoring", 0);
    let names: Vec<&str> = include_str!("../../../crates/eventlog/src/metric.rs")
        .split('"')
        .filter(|text| {
            text.starts_with("jixiao_") && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        })
        .collect();
    assert!(names.len() > 20, "{names:?}");
    // An alert may only rest on what is exported.
    let alerts = include_str!("../../../deploy/alerts.yaml");
    let used =
        alerts.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).filter(|w| w.starts_with("jixiao_"));
    let used: Vec<&str> = used.map(|name| name.trim_end_matches("_bucket")).collect();
    assert!(used.len() > 10, "{used:?}");
    for name in used {
        assert!(names.contains(&name), "{name} is no metric");
    }
    let missing = || -> Vec<&str> {
        let metrics = scoring.metrics();
        let is_there = |name: &str| {
            metrics.lines().any(|line| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['{', ' ']) || rest.starts_with("_bucket{"))
            })
        };
        names.iter().copied().filter(|name| !is_there(name)).collect()
    };
    wait_until("all are there", Duration::from_secs(15), || missing().is_empty());
    assert_eq!(missing(), [""; 0]);
    // What was counted is what the log says.
    let accepted = scoring.metric("jixiao_commands_total", &["accepted"]).unwrap();
    let position = scoring.metric("jixiao_log_position", &[]).unwrap();
    assert_eq!(scoring.metric("jixiao_broker_up", &[]), Some(1.0));
    let events = apart.cli(&["events", "scoring", "--format", "json"]).success().stdout;
    let events: Vec<serde_json::Value> =
        events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let requests = events.iter().map(|event| event["request_id"].as_str().unwrap());
    // A delivery's request names the place in the source's log.
    let commands: std::collections::BTreeSet<&str> = requests.filter(|id| !id.contains('@')).collect();
    assert_eq!(accepted.to_string(), commands.len().to_string());
    assert_eq!(position.to_string(), events.len().to_string());
}

/// Whether a call was never sent: hyper gives the request back that waited for a connection when that was closed, and h2 does
/// not send one that comes in the moment of a GOAWAY. gRPC's own libraries repeat such a call by themselves, whatever the
/// policy (gRFC A6, transparent retries); tonic does not.
fn never_sent(status: &tonic::Status) -> bool {
    let mut cause = std::error::Error::source(status);
    let mut last = String::new();
    while let Some(error) = cause {
        last = error.to_string();
        cause = error.source();
    }
    match status.code() {
        Code::Cancelled => last == "connection closed",
        Code::Internal => last == "connection error received: not a result of an error",
        _ => false,
    }
}

/// Calls as gRPC's standard retry policy has it: up to five attempts, on UNAVAILABLE alone, with pauses that double.
async fn call(client: &mut RegistryServiceClient<Channel>, id: &str, retried: &AtomicU32) {
    let mut pause = Duration::from_millis(100);
    let mut attempt = 0;
    loop {
        attempt += 1;
        match client.register_agency(agency(id)).await {
            Ok(_) => return,
            Err(status) if never_sent(&status) => attempt -= 1,
            Err(status) if status.code() == Code::Unavailable && attempt < 5 => {
                retried.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(Duration::from_secs(1));
            }
            Err(status) => panic!("attempt {attempt} of {id}: {status:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_are_restarted_under_load_and_no_call_fails() {
    let mut apart = Apart::prepare(Setup { replicas: 2, ..Setup::new(postgres::shared()) });
    apart.migrate("registry").success();
    let mut endpoints = Vec::new();
    for replica in 0..2 {
        let node = apart.node("registry", replica);
        node.start();
        node.wait_ready();
        let endpoint = Endpoint::from_shared(node.url()).unwrap();
        endpoints.push(endpoint.connect_timeout(Duration::from_secs(1)));
    }
    let stop = Arc::new(AtomicBool::new(false));
    let retried = Arc::new(AtomicU32::new(0));
    let clients: Vec<_> = (0..32)
        .map(|client| {
            let channel = Channel::balance_list(endpoints.clone().into_iter());
            let (stop, retried) = (Arc::clone(&stop), Arc::clone(&retried));
            tokio::spawn(async move {
                let mut registry = RegistryServiceClient::new(channel);
                let mut calls = 0_usize;
                while !stop.load(Ordering::Relaxed) {
                    call(&mut registry, &format!("agency-{client}-{calls}"), &retried).await;
                    calls += 1;
                }
                calls
            })
        })
        .collect();
    let apart = tokio::task::spawn_blocking(move || {
        for replica in [0, 1, 0, 1] {
            thread::sleep(Duration::from_millis(500));
            let node = apart.node("registry", replica);
            let began = Instant::now();
            assert_eq!(node.stop(), Some(0), "it ends in order");
            assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
            node.start();
            node.wait_ready();
        }
        apart
    })
    .await
    .unwrap();
    stop.store(true, Ordering::Relaxed);
    let mut calls = 0;
    for client in clients {
        calls += client.await.unwrap();
    }
    assert!(calls > 200, "{calls} calls");
    let servers = apart.servers(0);
    let url = servers.split_once('=').unwrap().1.split(',').next().unwrap().to_owned();
    let events = Api::new(&url).read("registry").await;
    assert_eq!(events.len(), calls, "each call once, after {} repetitions", retried.load(Ordering::Relaxed));
}

#[tokio::test]
async fn a_connection_that_grew_old_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let location = Location::Folder(folder.path().to_owned());
    let server = jixiao::serve::start(&location, listener, Language::English).await.unwrap();
    let (made, address) = (Arc::new(AtomicU32::new(0)), server.address);
    let count = Arc::clone(&made);
    let connector = tower::service_fn(move |_: tonic::codegen::http::Uri| {
        count.fetch_add(1, Ordering::SeqCst);
        async move { TcpStream::connect(address).await.map(TokioIo::new) }
    });
    let channel = Endpoint::from_static("http://localhost").connect_with_connector_lazy(connector);
    let mut health = HealthClient::new(channel);
    // A replica that is new gets its share of the clients within five minutes.
    for (minutes, connections) in [(0, 1), (4, 1), (1, 2), (4, 2), (1, 3)] {
        tokio::time::pause();
        tokio::time::advance(Duration::from_mins(minutes)).await;
        tokio::time::resume();
        // So that the client has heard of it.
        tokio::time::sleep(Duration::from_millis(300)).await;
        health.check(HealthCheckRequest::default()).await.unwrap();
        assert_eq!(made.load(Ordering::SeqCst), connections, "after {minutes} minutes more");
    }
    drop(health);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once_and_one_within_ten_seconds() {
    let mut apart = Apart::prepare(Setup::new(postgres::shared()));
    apart.migrate("registry").success();
    apart.migrate("ledger").success();
    let node = apart.node("ledger", 0);
    for (signals, between) in
        [(1, Duration::from_secs(5)..Duration::from_secs(10)), (2, Duration::ZERO..Duration::from_secs(3))]
    {
        node.start();
        node.wait_ready();
        // A call that waits for what never comes, longer than a drain takes.
        let mut api = Api::new(&node.url());
        let nowhere =
            jixiao_eventlog::Position { log: "registry".into(), position: 9, hash: "ab".repeat(32) };
        let request = jixiao_proto::jixiao::ledger::v1::ApproveBudgetRequest {
            request_id: "waits".to_owned(),
            wait_for: vec![nowhere.to_token()],
            scope: "funds/f".to_owned(),
            entry_id: "original".to_owned(),
            amount: crate::api::money(1),
            on: "2026-01-01".to_owned(),
            approval: crate::api::not_stated(),
            agency: "agencies/a".to_owned(),
            ..Default::default()
        };
        let call = tokio::spawn(async move { api.ledger.approve_budget(request).await });
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(!call.is_finished(), "{:?}", call.await);
        let began = Instant::now();
        if signals == 2 {
            node.signal("TERM");
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(node.is_running(), "the call is under way");
            assert_eq!(node.health(""), Some(false), "readiness goes first");
        }
        assert_eq!(node.stop(), Some(0));
        assert!(between.contains(&began.elapsed()), "{signals} signals: {:?}", began.elapsed());
        assert!(call.await.unwrap().is_err());
    }
}
