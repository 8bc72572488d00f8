//! The services apart, as many replicas of each as a test wants: processes of `jixiao serve SERVICE`, each service with a
//! database and role of its own, on a PostgreSQL and a nats-server that the test may kill.
//!
//! Between a service and each of its sources, and between it and NATS, is a gate that a test may close.

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use jixiao_tests::cleanup::Sandbox;
use jixiao_tests::gate::Gate;
use jixiao_tests::judge::Event;
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres::Endpoint;
use jixiao_tests::program::{self, Output};
use jixiao_tests::port;

use crate::api::Api;
use crate::judged::{self, LOGS};

/// How long a replica may take until it accepts connections.
const START: Duration = Duration::from_secs(30);

/// What a fleet is made of.
pub struct Plan<'a> {
    /// The server of the services' databases.
    pub postgres: &'a Endpoint,
    /// Where services find their databases, if not at the server itself: each replica's port.
    pub database_ports: Vec<u16>,
    /// The broker; `None` for a fleet without one.
    pub nats: Option<&'a Nats>,
    /// Replicas of each service.
    pub replicas: usize,
}

/// Services that run apart. They end when dropped.
pub struct Fleet {
    pub postgres: Endpoint,
    /// Databases and roles are `<prefix>_registry` and so on.
    pub prefix: String,
    /// By consumer and source, or by service and `nats`.
    gates: BTreeMap<(&'static str, &'static str), Gate>,
    replicas: BTreeMap<&'static str, Vec<Replica>>,
}

/// The sources of a service.
pub fn sources(service: &str) -> &'static [&'static str] {
    match service {
        "registry" => &[],
        "scoring" => &["registry", "ledger", "targets"],
        _ => &["registry"],
    }
}

impl Fleet {
    /// Prepares databases and streams and starts everything.
    pub async fn start(plan: Plan<'_>) -> Self {
        let prefix = plan.postgres.fresh_name("apart");
        for service in LOGS {
            prepare(plan.postgres, &format!("{prefix}_{service}"), service);
        }
        if let Some(nats) = plan.nats {
            apply(nats);
        }
        let ports: BTreeMap<_, Vec<u16>> = LOGS
            .map(|service| (service, (0..plan.replicas).map(|_| port::free()).collect()))
            .into();
        let mut gates = BTreeMap::new();
        for service in LOGS {
            for source in sources(service) {
                gates.insert((service, *source), Gate::start(ports[source].clone(), true).await);
            }
            if let Some(nats) = plan.nats {
                gates.insert((service, "nats"), Gate::start(vec![nats.port()], true).await);
            }
        }
        let mut fleet = Self { postgres: plan.postgres.clone(), prefix, gates, replicas: BTreeMap::new() };
        for service in LOGS {
            for (at, port) in ports[service].iter().enumerate() {
                let database_port = plan.database_ports.get(at).copied().unwrap_or(plan.postgres.port());
                let replica = fleet.replica_of(service, *port, database_port);
                fleet.replicas.entry(service).or_default().push(replica);
            }
        }
        let all = fleet.replicas.values_mut().flatten();
        all.for_each(Replica::launch);
        let all = fleet.replicas.values_mut().flatten();
        all.for_each(Replica::wait);
        fleet
    }

    fn replica_of(&self, service: &'static str, port: u16, database_port: u16) -> Replica {
        let database = format!("{}_{service}", self.prefix);
        let mut args = vec![
            "--database-url".to_owned(),
            format!("postgres://{database}@127.0.0.1:{database_port}/{database}"),
        ];
        for source in sources(service) {
            args.extend([format!("--{source}-url"), self.gates[&(service, *source)].url()]);
        }
        if let Some(gate) = self.gates.get(&(service, "nats")) {
            args.extend(["--nats-url".to_owned(), format!("nats://127.0.0.1:{}", gate.port())]);
        }
        Replica::new(service, port, args)
    }

    /// The gate between a service and one of its sources, or NATS.
    pub fn gate(&self, service: &'static str, from: &'static str) -> &Gate {
        &self.gates[&(service, from)]
    }

    /// A replica of a service.
    pub fn replica(&mut self, service: &'static str, at: usize) -> &mut Replica {
        &mut self.replicas.get_mut(service).unwrap()[at]
    }

    /// Where a replica of a service is reached.
    pub fn url(&self, service: &str, at: usize) -> String {
        self.replicas[service][at].url()
    }

    /// What `--server` takes: the services' replicas of one number.
    pub fn server(&self, at: usize) -> String {
        LOGS.map(|service| format!("{service}={}", self.replicas[service][at].url())).join(",")
    }

    /// A client of the services' replicas of one number, whose calls take no longer than 5 s.
    pub fn api(&self, at: usize) -> Api {
        let urls = LOGS.map(|service| self.replicas[service][at].url());
        Api::apart(urls.each_ref().map(String::as_str), Duration::from_secs(5))
    }

    /// Runs a client command against the first replicas to its end.
    #[track_caller]
    pub fn cli(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("jixiao starts").into()
    }

    /// A client command of the first replicas.
    #[track_caller]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program::command(args);
        command.env("JIXIAO_SERVER", self.server(0));
        command
    }

    /// The logs, straight from the databases.
    pub fn logs(&self) -> BTreeMap<String, Vec<Event>> {
        judged::logs(&self.postgres, &self.prefix)
    }

    /// Waits until all has been taken in; fails after the bound.
    pub async fn converged(&self, bound: Duration) -> BTreeMap<String, Vec<Event>> {
        judged::converged(&self.postgres, &self.prefix, bound).await
    }
}

/// Makes a service's database and role and the log's schema in it.
#[track_caller]
pub fn prepare(postgres: &Endpoint, database: &str, service: &str) {
    postgres.create_database(database);
    postgres.query("postgres", &format!("CREATE ROLE \"{database}\" LOGIN"));
    let url = postgres.url(database);
    program::run(&["migrate", service, "--database-url", &url, "--role", database]).success();
}

/// Declares the streams and consumers.
#[track_caller]
pub fn apply(nats: &Nats) {
    program::run(&["nats", "apply", "--nats-url", &nats.url()]).success();
}

/// One process of a service.
pub struct Replica {
    service: &'static str,
    port: u16,
    args: Vec<String>,
    sandbox: Sandbox,
}

impl Replica {
    /// Not started yet.
    pub fn new(service: &'static str, port: u16, args: Vec<String>) -> Self {
        Self { service, port, args, sandbox: Sandbox::new(&format!("jixiao-{service}-")) }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it and goes on.
    #[track_caller]
    pub fn launch(&mut self) {
        let mut command = program::command(&["serve", self.service]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]).args(&self.args);
        self.sandbox.spawn(&mut command);
    }

    /// Waits until it accepts connections.
    #[track_caller]
    pub fn wait(&mut self) {
        let began = Instant::now();
        while !port::accepts(self.port) {
            assert!(
                self.sandbox.is_running() && began.elapsed() < START,
                "waited for {} to accept connections: {}",
                self.service,
                self.sandbox.log("stderr")
            );
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kills it at once.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.sandbox.end("KILL");
    }

    /// Lets it hang, or go on: `STOP`, `CONT`.
    #[track_caller]
    pub fn signal(&self, signal: &str) {
        self.sandbox.signal(signal);
    }

    /// Everything it wrote to its standard error.
    pub fn stderr(&self) -> String {
        self.sandbox.log("stderr")
    }
}
