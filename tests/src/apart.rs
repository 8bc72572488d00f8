//! The services apart: a process each, or several, every service on a PostgreSQL database and role of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::cleanup::Sandbox;
use crate::program::{self, Output};
use crate::{port, postgres};

/// The services, sources before those that take them in.
pub const SERVICES: [&str; 4] = ["registry", "ledger", "targets", "scoring"];

/// How long a service may take until it is ready.
const START: Duration = Duration::from_mins(1);

/// PEM files of transport security.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The authority.
    pub ca: PathBuf,
    /// The certificate.
    pub cert: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

impl Tls {
    /// The arguments of the program that name them.
    pub fn arguments(&self) -> Vec<String> {
        [("--tls-ca", &self.ca), ("--tls-cert", &self.cert), ("--tls-key", &self.key)]
            .into_iter()
            .flat_map(|(flag, file)| [flag.to_owned(), file.display().to_string()])
            .collect()
    }
}

/// How to set services up. `Setup::new(postgres)` is one of each, without a broker, in plain.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The PostgreSQL server of all four databases.
    pub postgres: postgres::Endpoint,
    /// How many processes of each service.
    pub replicas: usize,
    /// `--nats-url`.
    pub nats_url: Option<String>,
    /// Whether each service connects to NATS as the user of its own name.
    pub nats_users: bool,
    /// Transport security, for all services and for the sandbox's own client commands.
    pub tls: Option<Tls>,
    /// A database URL in place of the sandbox's own, by service: through a proxy, for example. `{role}` and `{database}`
    /// in it stand for the sandbox's.
    pub database_urls: Vec<(&'static str, String)>,
    /// More arguments of each service.
    pub args: Vec<String>,
    /// Environment variables of each service.
    pub env: Vec<(String, String)>,
}

impl Setup {
    /// One process of each service on this PostgreSQL.
    pub fn new(postgres: &postgres::Endpoint) -> Self {
        Self {
            postgres: postgres.clone(),
            replicas: 1,
            nats_url: None,
            nats_users: false,
            tls: None,
            database_urls: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
        }
    }
}

/// Four services. They end when dropped.
#[derive(Debug)]
pub struct Apart {
    setup: Setup,
    nodes: Vec<Node>,
}

impl Apart {
    /// Makes databases and roles, runs `jixiao migrate` and starts all services; returns when all are ready.
    #[track_caller]
    pub fn start(setup: Setup) -> Self {
        let mut apart = Self::prepare(setup);
        for service in SERVICES {
            apart.migrate(service).success();
        }
        for node in &mut apart.nodes {
            node.start();
        }
        for node in &mut apart.nodes {
            node.wait_ready();
        }
        apart
    }

    /// Makes empty databases and roles. Nothing is migrated or started.
    #[track_caller]
    pub fn prepare(setup: Setup) -> Self {
        let databases = SERVICES.map(|service| {
            let name = setup.postgres.fresh_name(service);
            setup.postgres.create_database(&name);
            setup.postgres.query("postgres", &format!("CREATE ROLE \"{name}\" LOGIN"));
            name
        });
        let ports: Vec<[(u16, u16); 4]> =
            (0..setup.replicas).map(|_| SERVICES.map(|_| (port::free(), port::free()))).collect();
        let mut nodes = Vec::new();
        for replica in 0..setup.replicas {
            for (at, service) in SERVICES.into_iter().enumerate() {
                let (port, admin_port) = ports[replica][at];
                let scheme = if setup.tls.is_some() { "https" } else { "http" };
                // Its own replica's first, so that its failure is seen, and then the others.
                let sources = (0..3)
                    .map(|source| {
                        let urls: Vec<String> = (0..setup.replicas)
                            .map(|turn| ports[(replica + turn) % setup.replicas][source].0)
                            .map(|port| format!("{scheme}://localhost:{port}"))
                            .collect();
                        (SERVICES[source], urls.join(","))
                    })
                    .collect();
                nodes.push(Node {
                    service,
                    replica,
                    database: databases[at].clone(),
                    port,
                    admin_port,
                    sources,
                    setup: setup.clone(),
                    sandbox: Sandbox::new("jixiao-apart-"),
                });
            }
        }
        Self { setup, nodes }
    }

    /// Runs `jixiao migrate` of a service as the owner of its database.
    #[track_caller]
    pub fn migrate(&self, service: &str) -> Output {
        self.migrate_command(service).output().expect("jixiao starts").into()
    }

    /// The same, to start in the background.
    #[track_caller]
    pub fn migrate_command(&self, service: &str) -> Command {
        let database = self.database(service).to_owned();
        let mut command = program::command(&["migrate", service, "--role", &database]);
        let url = format!("{}?sslmode=disable", self.setup.postgres.url(&database));
        command.args(["--database-url", &url]);
        command
    }

    /// The name of a service's database, and of its role.
    #[track_caller]
    pub fn database(&self, service: &str) -> &str {
        &self.find(service, 0).database
    }

    /// One process of a service, replica 0, 1 ….
    #[track_caller]
    pub fn node(&mut self, service: &str, replica: usize) -> &mut Node {
        let found = self.nodes.iter_mut().find(|node| node.service == service && node.replica == replica);
        found.unwrap_or_else(|| panic!("no replica {replica} of {service}"))
    }

    /// All processes.
    pub fn nodes(&mut self) -> impl Iterator<Item = &mut Node> {
        self.nodes.iter_mut()
    }

    /// What `--server` takes, with that replica of each service.
    #[track_caller]
    pub fn servers(&self, replica: usize) -> String {
        let each = SERVICES.map(|service| format!("{service}={}", self.find(service, replica).url()));
        each.join(",")
    }

    /// A client command against that replica of each service.
    #[track_caller]
    pub fn command(&self, replica: usize, args: &[&str]) -> Command {
        let mut command = program::command(args);
        command.env("JIXIAO_SERVER", self.servers(replica));
        if let Some(tls) = &self.setup.tls {
            command.env("JIXIAO_TLS_CA", &tls.ca);
            command.env("JIXIAO_TLS_CERT", &tls.cert);
            command.env("JIXIAO_TLS_KEY", &tls.key);
        }
        command
    }

    /// Runs a client command against the first replica of each service to its end.
    #[track_caller]
    pub fn cli(&self, args: &[&str]) -> Output {
        self.command(0, args).output().expect("jixiao starts").into()
    }

    #[track_caller]
    fn find(&self, service: &str, replica: usize) -> &Node {
        let found = self.nodes.iter().find(|node| node.service == service && node.replica == replica);
        found.unwrap_or_else(|| panic!("no replica {replica} of {service}"))
    }
}

/// One process of one service.
#[derive(Debug)]
pub struct Node {
    service: &'static str,
    replica: usize,
    database: String,
    port: u16,
    admin_port: u16,
    sources: Vec<(&'static str, String)>,
    setup: Setup,
    sandbox: Sandbox,
}

impl Node {
    /// Its service.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Which of its service's processes it is, from 0.
    pub fn replica(&self) -> usize {
        self.replica
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        let scheme = if self.setup.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://localhost:{}", self.port)
    }

    /// Its gRPC port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its plain port for health and metrics.
    pub fn admin_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.admin_port)
    }

    /// Its plain port.
    pub fn admin_port(&self) -> u16 {
        self.admin_port
    }

    /// Its process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.sandbox.pid()
    }

    /// Whether it runs.
    pub fn is_running(&mut self) -> bool {
        self.sandbox.is_running()
    }

    /// Everything it wrote to its standard error, over all its starts.
    pub fn stderr(&self) -> String {
        self.sandbox.log("stderr")
    }

    /// A folder for the test's files, which goes with it.
    pub fn folder(&self) -> &Path {
        self.sandbox.folder()
    }

    /// Where it reads its sources from its next start on: a proxy, for example.
    pub fn set_source(&mut self, source: &str, url: &str) {
        for (name, urls) in &mut self.sources {
            if *name == source {
                url.clone_into(urls);
            }
        }
    }

    /// Its transport security from its next start on.
    pub fn set_tls(&mut self, tls: Tls) {
        self.setup.tls = Some(tls);
    }

    /// Where it reaches NATS from its next start on: a gate, for example.
    pub fn set_nats(&mut self, url: &str) {
        self.setup.nats_url = Some(url.to_owned());
    }

    /// The loopback port where it reaches PostgreSQL from its next start on: a proxy's, for example.
    pub fn set_postgres(&mut self, port: u16) {
        let url = format!("postgres://{{role}}@127.0.0.1:{port}/{{database}}");
        self.setup.database_urls.retain(|(service, _)| *service != self.service);
        self.setup.database_urls.push((self.service, url));
    }

    /// Starts the process; it may not be ready yet when this returns.
    #[track_caller]
    pub fn start(&mut self) {
        let mut command = program::command(&["serve", self.service]);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(["--admin-listen", &format!("127.0.0.1:{}", self.admin_port)]);
        let own = self.setup.database_urls.iter().find(|(service, _)| *service == self.service);
        let url = own.map_or_else(
            || {
                let plain = if self.setup.tls.is_some() { "?sslmode=disable" } else { "" };
                format!("postgres://{{role}}@127.0.0.1:{}/{{database}}{plain}", self.setup.postgres.port())
            },
            |(_, url)| url.clone(),
        );
        let url = url.replace("{role}", &self.database).replace("{database}", &self.database);
        command.args(["--database-url", &url]);
        for (source, urls) in &self.sources {
            command.args([&format!("--{source}-url"), urls.as_str()]);
        }
        if let Some(url) = &self.setup.nats_url {
            command.args(["--nats-url", url]);
            if self.setup.nats_users {
                command.args(["--nats-user", self.service]);
            }
        }
        if let Some(tls) = &self.setup.tls {
            command.args(tls.arguments());
        }
        command.args(&self.setup.args).envs(self.setup.env.iter().cloned());
        self.sandbox.spawn(&mut command);
    }

    /// Waits until it is ready.
    #[track_caller]
    pub fn wait_ready(&mut self) {
        let began = Instant::now();
        while !self.is_ready() {
            assert!(
                self.sandbox.is_running() && began.elapsed() < START,
                "{} {} does not get ready:\n{}",
                self.service,
                self.replica,
                self.stderr()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether it says that calls are welcome.
    pub fn is_ready(&self) -> bool {
        self.health("") == Some(true)
    }

    /// What its plain port says of a name's health; `None` where nobody answers or the name is not known.
    pub fn health(&self, name: &str) -> Option<bool> {
        health(&self.admin_url(), name)
    }

    /// What it exports at `/metrics`.
    #[track_caller]
    pub fn metrics(&self) -> String {
        let response = get(self.admin_port, "/metrics");
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
        response.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// The value of a metric whose labels hold all of these texts; `None` where there is none.
    #[track_caller]
    pub fn metric(&self, name: &str, labels: &[&str]) -> Option<f64> {
        let metrics = self.metrics();
        let mut lines = metrics.lines().filter(|line| !line.starts_with('#'));
        let found = lines.find(|line| {
            let (series, _) = line.rsplit_once(' ').unwrap_or_default();
            let (of, rest) = series.split_once('{').unwrap_or((series, ""));
            of == name && labels.iter().all(|label| rest.contains(label))
        })?;
        found.rsplit_once(' ')?.1.parse().ok()
    }

    /// Kills it at once, without a chance to write anything.
    #[track_caller]
    pub fn kill9(&mut self) {
        self.sandbox.end("KILL");
    }

    /// Asks it to stop and waits for its end; returns its exit code.
    #[track_caller]
    pub fn stop(&mut self) -> Option<i32> {
        self.sandbox.end("TERM")
    }

    /// Starts it again, after [`Self::kill9`], [`Self::stop`] or running, and waits until it is ready.
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        self.start();
        self.wait_ready();
    }

    /// Sends it a signal by name, such as STOP and CONT.
    #[track_caller]
    pub fn signal(&self, signal: &str) {
        let pid = self.pid().expect("a running process").to_string();
        let sent = Command::new("sh").args(["-c", r#"kill -s "$1" "$2""#, "kill", signal, &pid]).status();
        assert!(sent.is_ok_and(|status| status.success()), "no signal {signal} to {pid}");
    }
}

/// What a plain gRPC port says of a name's health; `None` where nobody answers or the name is not known.
pub fn health(url: &str, name: &str) -> Option<bool> {
    let (url, name) = (url.to_owned(), name.to_owned());
    // On a thread of its own: the caller may be inside a runtime.
    let asked = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
        runtime.block_on(async {
            let endpoint = tonic::transport::Endpoint::from_shared(url).ok()?;
            let endpoint = endpoint.connect_timeout(Duration::from_secs(1)).timeout(Duration::from_secs(2));
            let mut client = HealthClient::new(endpoint.connect().await.ok()?);
            let answer = client.check(HealthCheckRequest { service: name }).await.ok()?;
            Some(answer.into_inner().status() == ServingStatus::Serving)
        })
    });
    asked.join().ok().flatten()
}

/// The response to a plain GET on a loopback port, head and body.
#[track_caller]
pub fn get(port: u16, path: &str) -> String {
    use std::io::{Read, Write};
    let mut stream =
        std::net::TcpStream::connect((std::net::Ipv4Addr::LOCALHOST, port)).expect("the port accepts");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).expect("a response");
    response
}
