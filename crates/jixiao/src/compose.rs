//! The composition: the only file that knows which services there are and which feeds join them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jixiao_edge::{Feeds, Stale};
use jixiao_eventlog::nats::{Broker, Uses};
use jixiao_eventlog::{
    BrokerFeed, Clock, Consumer, Domain, EventLog, Fed, Feed, Following, InProcessFeed, Lead, Location, Log,
    OpenError, Options, RebuildError, Rebuilt, RelayOptions, Relaying, RemoteSource, Source, follow, rebuild,
    relay,
};
use jixiao_ledger::LedgerDomain;
use jixiao_proto::jixiao::eventlog::v1::{event_log_service_server, feed_service_server};
use jixiao_proto::jixiao::ledger::v1::ledger_service_server;
use jixiao_proto::jixiao::registry::v1::registry_service_server;
use jixiao_proto::jixiao::scoring::v1::scoring_service_server;
use jixiao_proto::jixiao::targets::v1::target_service_server;
use jixiao_registry::RegistryDomain;
use jixiao_scoring::{Clocks, ScoringDomain, keep_clocks};
use jixiao_targets::TargetsDomain;
use tokio::sync::watch;
use tonic::service::{Routes, RoutesBuilder};
use tonic::transport::Channel;

/// The logs, sources before those that take them in.
pub const LOGS: [&str; 4] = [RegistryDomain::LOG, LedgerDomain::LOG, TargetsDomain::LOG, ScoringDomain::LOG];

/// A service of the system. Each owns the log of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Funds and projects.
    Registry,
    /// Money.
    Ledger,
    /// Targets and what became of them.
    Targets,
    /// Evaluations.
    Scoring,
}

impl Service {
    /// All of them, sources before those that take them in.
    pub const ALL: [Self; 4] = [Self::Registry, Self::Ledger, Self::Targets, Self::Scoring];

    /// The service of that name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// Its name and its log's.
    pub fn name(self) -> &'static str {
        match self {
            Self::Registry => RegistryDomain::LOG,
            Self::Ledger => LedgerDomain::LOG,
            Self::Targets => TargetsDomain::LOG,
            Self::Scoring => ScoringDomain::LOG,
        }
    }

    /// The logs that it takes in.
    pub fn sources(self) -> &'static [&'static str] {
        match self {
            Self::Registry => RegistryDomain::SOURCES,
            Self::Ledger => LedgerDomain::SOURCES,
            Self::Targets => TargetsDomain::SOURCES,
            Self::Scoring => ScoringDomain::SOURCES,
        }
    }

    /// What it uses of a broker.
    pub fn uses(self) -> Uses {
        Uses { service: self.name(), publishes: true, takes_in: self.sources() }
    }

    /// The name of its gRPC service.
    pub fn grpc_name(self) -> &'static str {
        match self {
            Self::Registry => registry_service_server::SERVICE_NAME,
            Self::Ledger => ledger_service_server::SERVICE_NAME,
            Self::Targets => target_service_server::SERVICE_NAME,
            Self::Scoring => scoring_service_server::SERVICE_NAME,
        }
    }
}

/// The names of the gRPC services of a process, for health.
pub fn grpc_names(service: Option<Service>) -> Vec<&'static str> {
    let mut names: Vec<_> = Service::ALL
        .into_iter()
        .filter(|one| service.is_none_or(|only| only == *one))
        .map(Service::grpc_name)
        .collect();
    names.extend([event_log_service_server::SERVICE_NAME, feed_service_server::SERVICE_NAME]);
    names
}

/// Why the services cannot be composed.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// A log's store does not open.
    #[error("{source}")]
    Open {
        /// The log.
        log: &'static str,
        /// Why.
        source: OpenError,
    },
    /// A log's states are not usable and could not be made so.
    #[error("{source}")]
    Rebuild {
        /// The log.
        log: &'static str,
        /// Why.
        source: RebuildError,
    },
    /// Nobody said where a source is.
    #[error("the {source_log} log, which {log} takes in, is nowhere: name its service's address")]
    NoSource {
        /// The log that takes it in.
        log: &'static str,
        /// The source's log.
        source_log: &'static str,
    },
}

impl ComposeError {
    /// The log that it is about.
    pub fn log(&self) -> &'static str {
        match self {
            Self::Open { log, .. } | Self::Rebuild { log, .. } | Self::NoSource { log, .. } => log,
        }
    }

    /// Whether trying again may help.
    pub fn may_heal(&self) -> bool {
        match self {
            Self::Open { source: OpenError::Store(error), .. }
            | Self::Rebuild { source: RebuildError::Store(error), .. } => error.may_heal(),
            Self::Open { source: OpenError::Password { .. }, .. } => true,
            Self::Open { .. } | Self::Rebuild { .. } | Self::NoSource { .. } => false,
        }
    }
}

/// Which services to run, and where everything is that they need.
#[derive(Clone)]
pub struct Plan {
    /// The one service; `None` for all of them.
    pub service: Option<Service>,
    /// Where the logs are kept.
    pub location: Location,
    /// Connections to the services whose logs are taken in and not kept here, by log.
    pub sources: BTreeMap<&'static str, Channel>,
    /// The broker; `None`: feeds read their sources directly and nothing is published.
    pub broker: Option<Arc<Broker>>,
    /// Turns true when the server is about to stop.
    pub ending: watch::Receiver<bool>,
    /// What tells the days of funds; `None`: the machine's clock.
    pub clock: Option<Clock>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Plan({:?}, {:?})", self.service, self.location)
    }
}

impl Plan {
    /// All services at one place.
    pub fn all(location: Location, ending: watch::Receiver<bool>) -> Self {
        Self { service: None, location, sources: BTreeMap::new(), broker: None, ending, clock: None }
    }

    fn runs(&self, service: Service) -> bool {
        self.service.is_none_or(|only| only == service)
    }

    /// Opens a log that is kept here, and begins to try for its lead.
    async fn open<D: Domain>(&self, service: Service) -> Result<Option<Here<D>>, ComposeError> {
        if !self.runs(service) {
            return Ok(None);
        }
        let store = self.location.open::<D>().await;
        let store = store.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
        let opened = Log::open(Arc::clone(&store), Options::default()).await;
        let log = opened.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })?;
        Ok(Some(Here { log, lead: Lead::start(D::LOG, store) }))
    }
}

/// The services that run in this process. Dropping them ends the feeds between them.
pub struct Services {
    routes: Routes,
    logs: Vec<Arc<dyn Source>>,
    consumers: Vec<Arc<dyn Consumer>>,
    // Held as long as the services run.
    leads: Vec<Arc<Lead>>,
    feeds: Vec<Following>,
    relays: Vec<Relaying>,
    clocks: Option<Clocks>,
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.logs.iter().map(|log| log.name())).finish()
    }
}

impl Services {
    /// Opens the logs of a plan, joins them to their sources and makes their services.
    pub async fn open(plan: &Plan) -> Result<Self, ComposeError> {
        let registry = plan.open::<RegistryDomain>(Service::Registry).await?;
        let ledger = plan.open::<LedgerDomain>(Service::Ledger).await?;
        let targets = plan.open::<TargetsDomain>(Service::Targets).await?;
        let scoring = plan.open::<ScoringDomain>(Service::Scoring).await?;
        let mut joining = Joining::new(plan);
        joining.here(registry.as_ref());
        joining.here(ledger.as_ref());
        joining.here(targets.as_ref());
        joining.here(scoring.as_ref());
        joining.join(registry.as_ref())?;
        joining.join(ledger.as_ref())?;
        joining.join(targets.as_ref())?;
        joining.join(scoring.as_ref())?;
        let clocks = scoring.as_ref().map(|here| (Arc::clone(&here.log), Arc::clone(&here.lead)));
        let Joining { logs, leads, feeds, relays, consumers, .. } = joining;

        let mut routes = RoutesBuilder::default();
        routes.add_service(EventLog::new(logs.clone()).ending(plan.ending.clone()).server());
        routes.add_service(Feeds::new(consumers.clone()).server());
        if let Some(Here { log, .. }) = registry {
            routes.add_service(jixiao_registry::server(log));
        }
        // What others' events lead to may rest on a history that is lost: then the answers say so.
        if let Some(Here { log, .. }) = ledger {
            routes.add_service(Stale::new(jixiao_ledger::server(Arc::clone(&log)), log.feeds()));
        }
        if let Some(Here { log, .. }) = targets {
            routes.add_service(Stale::new(jixiao_targets::server(Arc::clone(&log)), log.feeds()));
        }
        if let Some(Here { log, .. }) = scoring {
            routes.add_service(Stale::new(
                jixiao_scoring::server(Arc::clone(&log), plan.ending.clone()),
                log.feeds(),
            ));
        }
        let clocks = clocks.map(|(log, lead)| keep_clocks(log, lead, plan.clock.clone()));
        Ok(Self { routes: routes.routes(), logs, consumers, leads, feeds, relays, clocks })
    }

    /// What a server serves.
    pub fn routes(&self) -> Routes {
        self.routes.clone()
    }

    /// The logs that are kept here.
    pub fn logs(&self) -> &[Arc<dyn Source>] {
        &self.logs
    }

    /// The logs that are kept here and take in others.
    pub fn consumers(&self) -> &[Arc<dyn Consumer>] {
        &self.consumers
    }

    /// Ends feeds and relays, and gives the lead to another replica. What they had begun is done whole or not at all.
    pub async fn stop(&mut self) {
        self.feeds.clear();
        self.relays.clear();
        self.clocks = None;
        let leads = self.leads.drain(..).map(|lead| tokio::spawn(async move { lead.release().await }));
        for released in leads.collect::<Vec<_>>() {
            // A panic over there is logged there.
            let _ = released.await;
        }
    }
}

/// A log that is kept here.
struct Here<D: Domain> {
    log: Arc<Log<D>>,
    lead: Arc<Lead>,
}

/// Joins logs to their sources, which are here or elsewhere, and to the broker.
struct Joining<'a> {
    plan: &'a Plan,
    logs: Vec<Arc<dyn Source>>,
    leads: Vec<Arc<Lead>>,
    feeds: Vec<Following>,
    relays: Vec<Relaying>,
    consumers: Vec<Arc<dyn Consumer>>,
}

impl<'a> Joining<'a> {
    fn new(plan: &'a Plan) -> Self {
        let (logs, leads, feeds, relays, consumers) = Default::default();
        Self { plan, logs, leads, feeds, relays, consumers }
    }

    fn here<D: Domain>(&mut self, here: Option<&Here<D>>) {
        self.logs.extend(here.map(|here| Arc::clone(&here.log) as Arc<dyn Source>));
        self.leads.extend(here.map(|here| Arc::clone(&here.lead)));
    }

    /// Follows all sources of a log that is here, and publishes the log where there is a broker.
    fn join<D: Domain>(&mut self, here: Option<&Here<D>>) -> Result<(), ComposeError> {
        let Some(Here { log, lead }) = here else { return Ok(()) };
        let mut sources: Vec<Arc<dyn Source>> = Vec::new();
        for name in D::SOURCES {
            let local = self.logs.iter().find(|source| source.name() == *name);
            let feed: Arc<dyn Feed> = match (local, self.plan.sources.get(name)) {
                (Some(source), _) => {
                    sources.push(Arc::clone(source));
                    InProcessFeed::new(Arc::clone(source))
                }
                (None, Some(channel)) => {
                    let source = RemoteSource::new(name, channel.clone());
                    sources.push(source.clone());
                    let inbox = self.plan.broker.as_ref().map(|broker| broker.inbox(name, D::LOG));
                    BrokerFeed::new(D::LOG, source, inbox)
                }
                (None, None) => return Err(ComposeError::NoSource { log: D::LOG, source_log: name }),
            };
            self.feeds.push(follow(Arc::clone(log), feed, Arc::clone(lead)));
        }
        if !sources.is_empty() {
            self.consumers.push(Fed::new(Arc::clone(log), sources));
        }
        if let Some(broker) = &self.plan.broker {
            let source = Arc::clone(log) as Arc<dyn Source>;
            let stream = broker.stream(D::LOG);
            self.relays.push(relay(source, stream, Arc::clone(lead), RelayOptions::default()));
        }
        Ok(())
    }
}

/// Computes one log's states anew. `None`: there is no such log.
pub async fn rebuild_log(location: &Location, log: &str) -> Option<Result<Rebuilt, ComposeError>> {
    Some(match Service::of_name(log)? {
        Service::Registry => rebuild_of::<RegistryDomain>(location).await,
        Service::Ledger => rebuild_of::<LedgerDomain>(location).await,
        Service::Targets => rebuild_of::<TargetsDomain>(location).await,
        Service::Scoring => rebuild_of::<ScoringDomain>(location).await,
    })
}

/// Makes or updates the schema of a service's log, and gives its role what it needs.
pub async fn migrate(
    service: Service,
    url: &str,
    password_file: Option<&Path>,
    role: &str,
) -> Result<(), ComposeError> {
    use jixiao_eventlog::migrate;
    let migrated = match service {
        Service::Registry => migrate::<RegistryDomain>(url, password_file, role).await,
        Service::Ledger => migrate::<LedgerDomain>(url, password_file, role).await,
        Service::Targets => migrate::<TargetsDomain>(url, password_file, role).await,
        Service::Scoring => migrate::<ScoringDomain>(url, password_file, role).await,
    };
    migrated.map_err(|source| ComposeError::Open { log: service.name(), source })
}

/// The file of a log in a data folder.
pub fn log_file(folder: &Path, log: &str) -> PathBuf {
    folder.join(format!("{log}.sqlite"))
}

async fn rebuild_of<D: Domain>(location: &Location) -> Result<Rebuilt, ComposeError> {
    let store = location.open::<D>().await.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
    rebuild::<D>(&store).await.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })
}
