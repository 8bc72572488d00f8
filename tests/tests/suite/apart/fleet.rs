//! The services apart behind gates: between a service and each of its sources, and between it and NATS, a test may cut.

use std::collections::BTreeMap;
use std::time::Duration;

use jixiao_tests::apart::{Apart, Node, SERVICES, Setup};
use jixiao_tests::gate::Gate;
use jixiao_tests::judge::{Case, Event};
use jixiao_tests::nats::Nats;
use jixiao_tests::pgproxy::PgProxy;
use jixiao_tests::postgres::Endpoint;
use jixiao_tests::program::{self, Output};
use tokio::process::Command;

use crate::api::Api;
use crate::judged::{self, answers, funds};
use crate::load::Load;
use crate::wuxi::{EXAMPLE, FUNDS};

/// No call of a client takes longer: it asks another replica then.
const LONGEST: Duration = Duration::from_secs(5);

/// The sources of a service.
pub fn sources(service: &str) -> &'static [&'static str] {
    match service {
        "registry" => &[],
        "scoring" => &["registry", "ledger", "targets"],
        _ => &["registry"],
    }
}

/// Services apart on one PostgreSQL, joined by a broker if there is one. They end when dropped.
pub struct Fleet {
    postgres: Endpoint,
    /// Services with a PostgreSQL of their own.
    own: Vec<(&'static str, Endpoint)>,
    apart: Apart,
    replicas: usize,
    /// By consumer and source, or by service and `nats`.
    gates: BTreeMap<(&'static str, &'static str), Gate>,
}

impl Fleet {
    /// So many replicas of each service, all ready. `proxies` stand between the replicas of their number and PostgreSQL.
    pub async fn start(
        postgres: &Endpoint,
        nats: Option<&Nats>,
        replicas: usize,
        proxies: &[PgProxy],
    ) -> Self {
        Self::start_with(postgres, nats, replicas, proxies, Vec::new()).await
    }

    /// The same, with services whose database is on a server of its own.
    pub async fn start_with(
        postgres: &Endpoint,
        nats: Option<&Nats>,
        replicas: usize,
        proxies: &[PgProxy],
        own: Vec<(&'static str, Endpoint)>,
    ) -> Self {
        let setup = Setup { replicas, ..Setup::new(postgres) };
        let mut apart = Apart::prepare(setup);
        if let Some(nats) = nats {
            program::run(&["nats", "apply", "--nats-url", &nats.url()]).success();
        }
        let mut gates = BTreeMap::new();
        for service in SERVICES {
            for source in sources(service) {
                let ports = (0..replicas).map(|at| apart.node(source, at).port()).collect();
                gates.insert((service, *source), Gate::start(ports, true).await);
            }
            if let Some(nats) = nats {
                gates.insert((service, "nats"), Gate::start(vec![nats.port()], true).await);
            }
        }
        for node in apart.nodes() {
            for source in sources(node.service()) {
                node.set_source(source, &gates[&(node.service(), *source)].url());
            }
            if let Some(gate) = gates.get(&(node.service(), "nats")) {
                node.set_nats(&format!("nats://127.0.0.1:{}", gate.port()));
            }
            if let Some(proxy) = proxies.get(node.replica()) {
                node.set_postgres(proxy.port());
            }
        }
        for service in SERVICES {
            let database = apart.database(service).to_owned();
            match own.iter().find(|(of, _)| *of == service) {
                None => apart.migrate(service).success(),
                Some((_, server)) => {
                    (0..replicas).for_each(|at| apart.node(service, at).set_postgres(server.port()));
                    prepare(server, &database, service)
                }
            };
        }
        apart.nodes().for_each(Node::start);
        apart.nodes().for_each(Node::wait_ready);
        Self { postgres: postgres.clone(), own, apart, replicas, gates }
    }

    /// The gate between a service and one of its sources, or NATS.
    pub fn gate(&self, service: &'static str, from: &'static str) -> &Gate {
        &self.gates[&(service, from)]
    }

    /// One process.
    pub fn node(&mut self, service: &str, replica: usize) -> &mut Node {
        self.apart.node(service, replica)
    }

    /// The name of a service's database and role.
    pub fn database(&self, service: &str) -> &str {
        self.apart.database(service)
    }

    /// A client of one replica of each service.
    pub fn api(&mut self, replica: usize) -> Api {
        self.patient(replica, LONGEST)
    }

    /// A client that waits so long for an answer.
    pub fn patient(&mut self, replica: usize, longest: Duration) -> Api {
        let urls = SERVICES.map(|service| self.apart.node(service, replica).url());
        Api::apart(urls.each_ref().map(String::as_str), longest)
    }

    /// Clients of all replicas.
    pub fn apis(&mut self) -> Vec<Api> {
        (0..self.replicas).map(|replica| self.api(replica)).collect()
    }

    /// Runs a client command against the first replicas to its end.
    pub async fn cli(&self, args: &[&str]) -> Output {
        Command::from(self.apart.command(0, args)).output().await.expect("jixiao starts").into()
    }

    /// Imports the example and creates the funds of the load; returns what was acknowledged.
    pub async fn fill(&mut self) -> Vec<jixiao_tests::judge::Acknowledged> {
        self.cli(&["import", EXAMPLE]).await.success();
        Load::prepare(&mut self.api(0)).await
    }

    fn places(&self) -> judged::Places {
        SERVICES.map(|service| {
            let own = self.own.iter().find(|(of, _)| *of == service).map(|(_, server)| server);
            (own.unwrap_or(&self.postgres).clone(), self.apart.database(service).to_owned())
        })
    }

    /// The logs, straight from the databases.
    pub fn logs(&self) -> BTreeMap<String, Vec<Event>> {
        judged::logs(&self.places())
    }

    /// Waits until all has been taken in; fails after the bound.
    pub async fn converged(&self, bound: Duration) -> BTreeMap<String, Vec<Event>> {
        judged::converged(&self.places(), bound).await
    }

    /// Waits until all has been taken in and judges it, as every replica answers.
    pub async fn judge(&mut self, told: Vec<jixiao_tests::judge::Acknowledged>, bound: Duration) {
        let logs = self.converged(bound).await;
        let mut case = Case { logs, acknowledged: told, answers: None };
        for replica in 0..self.replicas {
            let server = self.apart.servers(replica);
            let mut api = self.patient(replica, Duration::from_secs(30));
            case.answers = Some(answers(&mut api, &server, &funds(&case.logs), &FUNDS).await);
            assert_eq!(case.objections(), Vec::<String>::new(), "as replica {replica} answers");
        }
    }
}

/// Makes a database, its role and the schema of a service's log in it.
fn prepare(server: &Endpoint, database: &str, service: &str) -> Output {
    server.create_database(database);
    server.query("postgres", &format!("CREATE ROLE \"{database}\" LOGIN"));
    let owner = server.url(database);
    program::run(&["migrate", service, "--role", database, "--database-url", &owner]).success()
}

/// Another process of scoring with a database of its own, that reads its sources through gates of its own.
pub struct Beside {
    pub database: String,
    pub gates: Vec<Gate>,
    pub server: String,
    _node: jixiao_tests::cleanup::Sandbox,
}

impl Beside {
    /// It runs, and all its gates are closed.
    pub async fn start(fleet: &mut Fleet) -> Self {
        let database = fleet.postgres.fresh_name("beside");
        prepare(&fleet.postgres, &database, "scoring");
        let port = jixiao_tests::port::free();
        let mut command = program::command(&["serve", "scoring", "--listen", &format!("127.0.0.1:{port}")]);
        let url = format!("postgres://{database}@127.0.0.1:{}/{database}", fleet.postgres.port());
        command.args(["--database-url", &url]);
        let mut gates = Vec::new();
        let mut server = format!("scoring=http://localhost:{port}");
        for source in sources("scoring") {
            let node = fleet.node(source, 0);
            server = format!("{server},{source}={}", node.url());
            let gate = Gate::start(vec![node.port()], false).await;
            command.args([&format!("--{source}-url"), &gate.url()]);
            gates.push(gate);
        }
        let mut node = jixiao_tests::cleanup::Sandbox::new("jixiao-beside-");
        node.spawn(&mut command);
        let began = std::time::Instant::now();
        while !jixiao_tests::port::accepts(port) {
            let bound = Duration::from_secs(30);
            assert!(node.is_running() && began.elapsed() < bound, "waited {bound:?} for another scoring");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { database, gates, server, _node: node }
    }
}
