//! `serve`: the server, from its ports to its end.

mod admin;
mod folder;
mod gate;
mod health;
mod ready;
mod signals;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::nats::{self, Broker, BrokerFault};
use jixiao_eventlog::store::StoreError;
use jixiao_eventlog::{Location, OpenError, RebuildError};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tonic::service::Routes;
use tonic::transport::Server;

use crate::compose::{ComposeError, Plan, Service, Services, grpc_names};
use crate::failure::{Failure, root_cause};
use crate::language::Language;
use crate::output::Output;
use crate::settings::{Nats, Settings, shown_url};
use crate::telemetry;
use crate::text::error as text;
use crate::transport::{Identity, channel, incoming};
use health::Health;
use ready::Ready;

pub use health::LIVENESS;
pub use signals::{Signals, stop_signal};

/// How long calls under way may take once the server stops. Everything together has to end within 10 s.
const CALLS: Duration = Duration::from_secs(7);

/// How old a connection becomes before the client is asked to make a new one: it then finds replicas that are new.
const CONNECTION_AGE: Duration = Duration::from_mins(5);

/// How long a feed may lag where nobody says.
const MAX_LAG: Duration = Duration::from_mins(1);

/// The pauses before a log that does not open is tried again, in seconds; the last one repeats.
const PAUSES: [u64; 4] = [1, 2, 3, 5];

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// Where clients reach it.
    pub address: SocketAddr,
    language: Language,
    health: Health,
    opened: watch::Sender<Option<Routes>>,
    ending: watch::Sender<bool>,
    server: JoinHandle<Result<(), tonic::transport::Error>>,
    services: Option<Services>,
    ready: Option<Ready>,
    max_lag: Duration,
    // Held as long as the server runs.
    lock: Option<File>,
}

/// Runs a server until it is told to stop.
pub async fn run(settings: &Settings, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let fault = |error: io::Error| Failure::Local(text::server_fault(language, error));
    let mut signals = Signals::new().map_err(fault)?;
    let health = Health::new(grpc_names(settings.service)).await;
    let metrics = match settings.admin_listen {
        None => None,
        Some(address) => {
            let listener = bind("admin-listen", address, language).await?;
            let metrics = telemetry::metrics::install()
                .map_err(|error| Failure::Local(text::server_fault(language, error)))?;
            for service in settings.services() {
                telemetry::metrics::declare(service, settings.nats.is_some());
            }
            tracing::info!("health and metrics on {}", listener.local_addr().map_err(fault)?);
            admin::serve(listener, &health, metrics.clone());
            Some(metrics)
        }
    };
    let identity = match &settings.tls {
        None => None,
        Some(files) => {
            let service = settings.service.map_or("all", Service::name);
            let identity = Identity::open(files, service);
            Some(identity.map_err(|error| Failure::Usage(text::tls_unusable(language, error)))?)
        }
    };
    let listener = bind("listen", settings.listen, language).await?;
    let mut server = Running::begin(listener, identity, health, language)?;
    let broker = match (settings.service, &settings.nats) {
        (Some(service), Some(nats)) => Some(connect_broker(service, nats, settings, language).await?),
        _ => None,
    };
    server.max_lag = settings.max_lag;
    let plan = Plan {
        service: settings.service,
        location: settings.location.clone(),
        sources: settings
            .sources
            .iter()
            .map(|(log, urls)| (*log, channel(urls.clone(), settings.tls.clone(), None)))
            .collect(),
        broker: broker.clone(),
        ending: server.ending.subscribe(),
        clock: None,
    };
    let result = tokio::select! {
        () = signals.stop() => Ok(()),
        result = server.serve(&plan, metrics) => result,
        fault = broker_fault(broker) => Err(Failure::Local(text::broker_unusable(language, fault))),
    };
    tokio::select! {
        () = server.stop() => {}
        () = signals.stop() => tracing::warn!("told twice to stop: ending at once"),
    }
    result
}

/// Begins to connect to the broker. That it is away is no reason to wait.
async fn connect_broker(
    service: Service,
    nats: &Nats,
    settings: &Settings,
    language: Language,
) -> Result<Arc<Broker>, Failure> {
    let tls = settings.tls.as_ref().filter(|_| nats.is_tls()).map(|files| nats::TlsFiles {
        ca: files.ca.clone(),
        identity: Some((files.cert.clone(), files.key.clone())),
    });
    let connection = nats::Connection {
        url: nats.url.clone(),
        user: nats.user.clone(),
        password_file: nats.password_file.clone(),
        tls,
    };
    let connected = Broker::connect(&connection, service.uses()).await;
    connected.map_err(|reason| Failure::Usage(text::broker_unusable(language, reason)))
}

/// Returns when the broker is one that must not be used.
async fn broker_fault(broker: Option<Arc<Broker>>) -> BrokerFault {
    match broker {
        Some(broker) => broker.fault().await,
        None => std::future::pending().await,
    }
}

/// Takes the port that a setting names.
pub async fn bind(setting: &str, address: SocketAddr, language: Language) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Local(if error.kind() == io::ErrorKind::AddrInUse {
            text::port_in_use(language, address, setting)
        } else {
            text::cannot_listen(language, address, error, setting)
        })
    })
}

/// Opens all logs at a location and serves them on a port that is taken already.
pub async fn start(
    location: &Location,
    listener: TcpListener,
    language: Language,
) -> Result<Running, Failure> {
    let health = Health::new(grpc_names(None)).await;
    let mut server = Running::begin(listener, None, health, language)?;
    let plan = Plan::all(location.clone(), server.ending.subscribe());
    server.open(&plan).await?;
    Ok(server)
}

impl Running {
    /// Serves health, and lets all other calls wait.
    fn begin(
        listener: TcpListener,
        identity: Option<Arc<Identity>>,
        health: Health,
        language: Language,
    ) -> Result<Self, Failure> {
        let address =
            listener.local_addr().map_err(|error| Failure::Local(text::server_fault(language, error)))?;
        let opened = watch::Sender::new(None);
        let ending = watch::Sender::new(false);
        let routes = gate::routes(&health, opened.subscribe());
        let mut until = ending.subscribe();
        let server = tokio::spawn(async move {
            let until = async {
                // A dropped sender stops the server too.
                let _ = until.wait_for(|ending| *ending).await;
            };
            let incoming = incoming(listener, identity);
            let mut server = Server::builder()
                // Keeps watchers that went away without a word from holding on to their streams.
                .http2_keepalive_interval(Some(Duration::from_secs(30)))
                .max_connection_age(CONNECTION_AGE);
            server.add_routes(routes).serve_with_incoming_shutdown(incoming, until).await
        });
        Ok(Self {
            address,
            language,
            health,
            opened,
            ending,
            server,
            services: None,
            ready: None,
            max_lag: MAX_LAG,
            lock: None,
        })
    }

    /// Opens and serves until something fails for good.
    async fn serve(&mut self, plan: &Plan, metrics: Option<PrometheusHandle>) -> Result<(), Failure> {
        self.open(plan).await?;
        if let (Some(ready), Some(metrics)) = (&mut self.ready, metrics) {
            ready.keep(metrics);
        }
        tracing::info!("listening on {}", self.address);
        Err(Failure::Local(text::server_fault(self.language, self.fault().await)))
    }

    /// Opens the services of a plan. One service waits for its database; all together fail at once without theirs.
    async fn open(&mut self, plan: &Plan) -> Result<(), Failure> {
        if let Location::Folder(folder) = &plan.location {
            self.lock = Some(folder::lock(folder, self.language)?);
        }
        let mut attempts = 0;
        let services = loop {
            match Services::open(plan).await {
                Ok(services) => break services,
                Err(error) if plan.service.is_some() && error.may_heal() => {
                    let pause = PAUSES[attempts.min(PAUSES.len() - 1)];
                    attempts += 1;
                    let reason = reason(&error);
                    tracing::warn!(
                        log = error.log(),
                        "the log does not open, trying again in {pause} s: {reason}"
                    );
                    sleep(Duration::from_secs(pause)).await;
                }
                Err(error) => return Err(compose_failure(&error, &plan.location, self.language)),
            }
        };
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(jixiao_proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(|error| Failure::Local(text::server_fault(self.language, error)))?;
        self.opened.send_replace(Some(services.routes().add_service(reflection)));
        self.ready = Some(Ready::watch(&services, self.health.clone(), self.max_lag).await);
        self.services = Some(services);
        Ok(())
    }

    /// Returns if the server ends by itself, with the reason.
    pub async fn fault(&mut self) -> String {
        match (&mut self.server).await {
            Ok(Ok(())) => String::new(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Says that it is going, takes no more calls, lets those under way end, ends.
    pub async fn stop(mut self) {
        // Readiness first, and nobody sets it again.
        if let Some(ready) = self.ready.take() {
            ready.end().await;
        }
        self.health.set(false).await;
        self.ending.send_replace(true);
        if timeout(CALLS, &mut self.server).await.is_err() {
            self.server.abort();
        }
        if let Some(services) = &mut self.services {
            services.stop().await;
        }
    }
}

/// An error with what is behind it.
fn reason(error: &ComposeError) -> String {
    let cause = root_cause(error);
    let reason = error.to_string();
    if reason.contains(&cause) { reason } else { format!("{reason}: {cause}") }
}

/// What a failed composition means: a database that does not answer is not reachable, a folder fails here.
pub fn compose_failure(error: &ComposeError, location: &Location, language: Language) -> Failure {
    if let ComposeError::Open { source: OpenError::Password { path, source }, .. } = error {
        return Failure::Usage(text::setting_file(language, "database-password-file", path, source));
    }
    let away = matches!(
        error,
        ComposeError::Open { source: OpenError::Store(StoreError::Unavailable(_)), .. }
            | ComposeError::Rebuild { source: RebuildError::Store(StoreError::Unavailable(_)), .. }
    );
    let reason = reason(error);
    let said = match location {
        Location::Folder(_) => text::log_not_opened(language, error.log(), reason),
        Location::Postgres(url) | Location::Database { url, .. } => {
            let shown = shown_url(url);
            let host = shown.split("://").last().unwrap_or_default();
            let host = host.trim_start_matches("…@").trim_end_matches("?…");
            if away {
                text::database_not_opened(language, error.log(), host, reason)
            } else {
                text::database_unfit(language, error.log(), host, reason)
            }
        }
    };
    match location {
        Location::Postgres(_) | Location::Database { .. }
            if matches!(error, ComposeError::Open { source: OpenError::Url, .. }) =>
        {
            Failure::Usage(said)
        }
        Location::Folder(_) => Failure::Local(said),
        Location::Postgres(_) | Location::Database { .. } => Failure::Unreachable(said),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn health_and_reflection_know_every_service() {
        use tonic_health::pb::HealthCheckRequest;
        use tonic_health::pb::health_client::HealthClient;
        use tonic_reflection::pb::v1::ServerReflectionRequest;
        use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

        let folder = tempfile::tempdir().unwrap();
        let location = Location::Folder(folder.path().to_owned());
        let listener = bind("listen", "127.0.0.1:0".parse().unwrap(), Language::English).await.unwrap();
        let server = start(&location, listener, Language::English).await.unwrap();
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
        let channel = endpoint.connect().await.unwrap();
        let names: Vec<String> = grpc_names(None).iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), 6);
        for service in names.iter().cloned().chain([String::new()]) {
            let health =
                HealthClient::new(channel.clone()).check(HealthCheckRequest { service }).await.unwrap();
            assert_eq!(health.into_inner().status, 1);
        }
        let list = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut reflection = ServerReflectionClient::new(channel.clone());
        let mut answers =
            reflection.server_reflection_info(tokio_stream::once(list)).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().and_then(|answer| answer.message_response);
        let Some(MessageResponse::ListServicesResponse(listed)) = answer else { panic!("{answer:?}") };
        for name in &names {
            assert!(listed.service.iter().any(|service| service.name == *name), "{name}");
        }
        drop((answers, reflection, channel));
        server.stop().await;
        assert!(endpoint.connect().await.is_err());
    }

    #[tokio::test]
    async fn a_taken_port_is_said_to_be_in_use() {
        let first = bind("listen", "127.0.0.1:0".parse().unwrap(), Language::English).await.unwrap();
        for language in [Language::English, Language::Chinese] {
            let second = bind("admin-listen", first.local_addr().unwrap(), language).await;
            let Err(Failure::Local(said)) = second else { panic!("taken twice") };
            assert!(said.contains("in use") && said.contains("--admin-listen"), "{said}");
        }
    }
}
