//! The composition: the only file that knows which services there are and which feeds join them.

use std::path::PathBuf;
use std::sync::Arc;

use jixiao_eventlog::{
    Domain, EventLog, Following, InProcessFeed, Lead, Location, Log, OpenError, Options, RebuildError,
    Rebuilt, Source, follow, rebuild,
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
        let (registry, _) = open::<RegistryDomain>(location).await?;
        let (ledger, ledger_lead) = open::<LedgerDomain>(location).await?;
        let (targets, targets_lead) = open::<TargetsDomain>(location).await?;
        let (scoring, scoring_lead) = open::<ScoringDomain>(location).await?;
        let feeds = vec![
            join(&registry, &ledger, &ledger_lead),
            join(&registry, &targets, &targets_lead),
            join(&registry, &scoring, &scoring_lead),
            join(&ledger, &scoring, &scoring_lead),
            join(&targets, &scoring, &scoring_lead),
        ];
        let logs: Vec<Arc<dyn Source>> =
            vec![registry.clone(), ledger.clone(), targets.clone(), scoring.clone()];
        let event_log = EventLog::new(logs).server();
        let mut routes = RoutesBuilder::default();
        let mut names = Vec::new();
        let registry = jixiao_registry::server(registry);
        let ledger = jixiao_ledger::server(ledger);
        let targets = jixiao_targets::server(targets);
        let scoring = jixiao_scoring::server(scoring);
        names.extend([
            name_of(&registry),
            name_of(&ledger),
            name_of(&targets),
            name_of(&scoring),
            name_of(&event_log),
        ]);
        routes.add_service(registry).add_service(ledger).add_service(targets).add_service(scoring);
        routes.add_service(event_log);
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

/// Opens a log, and begins to try for its lead.
async fn open<D: Domain>(location: &Location) -> Result<(Arc<Log<D>>, Arc<Lead>), ComposeError> {
    let store = location.open::<D>().await.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
    let opened = Log::open(Arc::clone(&store), Options::default()).await;
    let log = opened.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })?;
    Ok((log, Lead::start(D::LOG, store)))
}

/// A feed from one log to the consumer that takes it in.
fn join<S: Domain, D: Domain>(source: &Arc<Log<S>>, consumer: &Arc<Log<D>>, lead: &Arc<Lead>) -> Following {
    let feed = InProcessFeed::new(Arc::clone(source) as Arc<dyn Source>);
    follow(Arc::clone(consumer), feed, Arc::clone(lead))
}

async fn rebuild_of<D: Domain>(location: &Location) -> Result<Rebuilt, ComposeError> {
    let store = location.open::<D>().await.map_err(|source| ComposeError::Open { log: D::LOG, source })?;
    rebuild::<D>(&store).await.map_err(|source| ComposeError::Rebuild { log: D::LOG, source })
}

fn name_of<S: NamedService>(_: &S) -> &'static str {
    S::NAME
}
