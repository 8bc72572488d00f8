//! The composition: the only file that knows which services there are and which feeds join them.

use std::path::PathBuf;
use std::sync::Arc;

use jixiao_edge::{Feeds, Stale};
use jixiao_eventlog::{
    Consumer, Domain, EventLog, Fed, Following, InProcessFeed, Location, Log, OpenError, Options,
    RebuildError, Rebuilt, Source, follow, rebuild,
};
use jixiao_ledger::LedgerDomain;
use jixiao_registry::RegistryDomain;
use jixiao_scoring::ScoringDomain;
use jixiao_targets::TargetsDomain;
use tonic::server::NamedService;
use tonic::service::{Routes, RoutesBuilder};

/// The logs, sources before those that take them in.
pub const LOGS: [&str; 4] = [RegistryDomain::LOG, LedgerDomain::LOG, TargetsDomain::LOG, ScoringDomain::LOG];

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
}

impl ComposeError {
    /// The log that it is about.
    pub fn log(&self) -> &'static str {
        match self {
            Self::Open { log, .. } | Self::Rebuild { log, .. } => log,
        }
    }
}

/// Every service of the system in this process. Dropping it ends the feeds between them.
#[derive(Debug)]
pub struct Services {
    routes: Routes,
    names: Vec<&'static str>,
    // Held as long as the services run.
    _feeds: Vec<Following>,
}

impl Services {
    /// Opens the four logs at a location, joins them and makes their services.
    pub async fn open(location: &Location) -> Result<Self, ComposeError> {
        let registry = open::<RegistryDomain>(location).await?;
        let ledger = open::<LedgerDomain>(location).await?;
        let targets = open::<TargetsDomain>(location).await?;
        let scoring = open::<ScoringDomain>(location).await?;
        let feeds = vec![
            join(&registry, &ledger),
            join(&registry, &targets),
            join(&registry, &scoring),
            join(&ledger, &scoring),
            join(&targets, &scoring),
        ];
        let logs: Vec<Arc<dyn Source>> =
            vec![registry.clone(), ledger.clone(), targets.clone(), scoring.clone()];
        let event_log = EventLog::new(logs.clone()).server();
        let from = |names: &[&str]| -> Vec<Arc<dyn Source>> {
            logs.iter().filter(|log| names.contains(&log.name())).cloned().collect()
        };
        let consumers: Vec<Arc<dyn Consumer>> = vec![
            Fed::new(ledger.clone(), from(LedgerDomain::SOURCES)),
            Fed::new(targets.clone(), from(TargetsDomain::SOURCES)),
            Fed::new(scoring.clone(), from(ScoringDomain::SOURCES)),
        ];
        let feed_service = Feeds::new(consumers).server();
        let mut routes = RoutesBuilder::default();
        let mut names = Vec::new();
        let registry = jixiao_registry::server(registry);
        let ledger = Stale::new(jixiao_ledger::server(ledger.clone()), ledger.feeds());
        let targets = Stale::new(jixiao_targets::server(targets.clone()), targets.feeds());
        let scoring = Stale::new(jixiao_scoring::server(scoring.clone()), scoring.feeds());
        names.extend([
            name_of(&registry),
            name_of(&ledger),
            name_of(&targets),
            name_of(&scoring),
            name_of(&event_log),
            name_of(&feed_service),
        ]);
        routes.add_service(registry).add_service(ledger).add_service(targets).add_service(scoring);
        routes.add_service(event_log).add_service(feed_service);
        Ok(Self { routes: routes.routes(), names, _feeds: feeds })
    }

    /// What a server serves.
    pub fn routes(&self) -> Routes {
        self.routes.clone()
    }

    /// The names of the gRPC services, for health.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }
}

/// Computes one log's states anew. `None`: there is no such log.
pub async fn rebuild_log(location: &Location, log: &str) -> Option<Result<Rebuilt, ComposeError>> {
    Some(match log {
        RegistryDomain::LOG => rebuild_of::<RegistryDomain>(location).await,
        LedgerDomain::LOG => rebuild_of::<LedgerDomain>(location).await,
        TargetsDomain::LOG => rebuild_of::<TargetsDomain>(location).await,
        ScoringDomain::LOG => rebuild_of::<ScoringDomain>(location).await,
        _ => return None,
    })
}

/// The file of a log in a data folder.
pub fn log_file(folder: &std::path::Path, log: &str) -> PathBuf {
    folder.join(format!("{log}.sqlite"))
}

async fn open<D: Domain>(location: &Location) -> Result<Arc<Log<D>>, ComposeError> {
    let store = location.open::<D>().await.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
    let opened = Log::open(store, Options::default()).await;
    opened.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })
}

/// A feed from one log to the consumer that takes it in.
fn join<S: Domain, D: Domain>(source: &Arc<Log<S>>, consumer: &Arc<Log<D>>) -> Following {
    follow(Arc::clone(consumer), InProcessFeed::new(Arc::clone(source) as Arc<dyn Source>))
}

async fn rebuild_of<D: Domain>(location: &Location) -> Result<Rebuilt, ComposeError> {
    let store = location.open::<D>().await.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
    rebuild::<D>(&store).await.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })
}

fn name_of<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}
