//! A log and the sources that feed it, whatever its domain: what an operator asks of it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use crate::batch::Context;
use crate::domain::Domain;
use crate::feed_status::FeedStatus;
use crate::log::{Log, ReadError, Source};
use crate::own::ParkedFund;
use crate::position::Position;
use crate::refollow::{RefollowError, Refollowed};
use crate::retry::{Resumed, RetryError};

/// How long a source may take to say where it ends.
const ANSWER: Duration = Duration::from_secs(2);

/// How a feed of a log fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedReport {
    /// The log that takes in.
    pub consumer: &'static str,
    /// The source.
    pub source: &'static str,
    /// How this process sees it.
    pub status: FeedStatus,
    /// How far it was taken in.
    pub checkpoint: Position,
    /// Where the source ends; `None` where it does not answer.
    pub head: Option<Position>,
}

/// A log that takes in others.
#[async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// The log.
    fn log(&self) -> &'static str;

    /// How its feeds fare, in the order of their sources.
    async fn feeds(&self) -> Result<Vec<FeedReport>, ReadError>;

    /// Its parked funds after one, in the order of their ids.
    async fn parked(&self, after: &str, limit: usize) -> Result<Vec<ParkedFund>, ReadError>;

    /// Why a fund is parked; `None` if it is not.
    async fn parked_fund(&self, fund: &str) -> Result<Option<ParkedFund>, ReadError>;

    /// As [`Log::wait_for`].
    async fn wait_for(&self, positions: &[Position]) -> Result<(), ReadError>;

    /// As [`Log::retry_parked`].
    async fn retry_parked(&self, fund: &str, context: &Context) -> Result<Resumed, RetryError>;

    /// As [`Log::refollow`].
    async fn refollow(&self, source: &str, context: &Context) -> Result<Refollowed, RefollowError>;
}

/// A log with the sources that feed it.
#[derive(Clone)]
pub struct Fed<D: Domain> {
    log: Arc<Log<D>>,
    sources: Vec<Arc<dyn Source>>,
}

impl<D: Domain> std::fmt::Debug for Fed<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entry(&self.log).entries(self.sources.iter().map(|source| source.name())).finish()
    }
}

impl<D: Domain> Fed<D> {
    /// A log, and where each of its sources is read.
    pub fn new(log: Arc<Log<D>>, sources: Vec<Arc<dyn Source>>) -> Arc<Self> {
        Arc::new(Self { log, sources })
    }
}

#[async_trait]
impl<D: Domain> Consumer for Fed<D> {
    fn log(&self) -> &'static str {
        D::LOG
    }

    async fn feeds(&self) -> Result<Vec<FeedReport>, ReadError> {
        let mut reports = Vec::with_capacity(self.sources.len());
        for source in &self.sources {
            let head = timeout(ANSWER, source.head()).await;
            reports.push(FeedReport {
                consumer: D::LOG,
                source: source.name(),
                status: self.log.feeds().status(source.name()),
                checkpoint: self.log.checkpoint(source.name()).await?,
                head: head.ok().and_then(Result::ok),
            });
        }
        reports.sort_by_key(|report| report.source);
        Ok(reports)
    }

    async fn parked(&self, after: &str, limit: usize) -> Result<Vec<ParkedFund>, ReadError> {
        self.log.parked(after, limit).await
    }

    async fn parked_fund(&self, fund: &str) -> Result<Option<ParkedFund>, ReadError> {
        self.log.parked_fund(fund).await
    }

    async fn wait_for(&self, positions: &[Position]) -> Result<(), ReadError> {
        self.log.wait_for(positions).await
    }

    async fn retry_parked(&self, fund: &str, context: &Context) -> Result<Resumed, RetryError> {
        self.log.retry_parked(fund, &self.sources, context).await
    }

    async fn refollow(&self, source: &str, context: &Context) -> Result<Refollowed, RefollowError> {
        let found = self.sources.iter().find(|known| known.name() == source);
        let unknown = || RefollowError::UnknownSource { log: D::LOG, source_log: source.to_owned() };
        self.log.refollow(found.ok_or_else(unknown)?.as_ref(), context).await
    }
}
