//! Feeds: a source's events, in order, however they come.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use crate::event::StoredEvent;
use crate::log::{ReadError, Source};
use crate::position::Position;

/// Without news for so long, the source is asked for its end: the loss of the last message is otherwise invisible.
pub(crate) const QUIET: Duration = Duration::from_secs(10);

/// Brings a source's events to a consumer: in one process by tailing the log, across processes by a broker.
///
/// It may repeat, lose and reorder what it hints at; what [`Feed::read`] gives follows its position without a gap.
#[async_trait]
pub trait Feed: Send + Sync + 'static {
    /// The source's log.
    fn log(&self) -> &'static str;

    /// Events right after a position, in order; none where there are none yet.
    async fn read(&self, after: &Position, limit: usize) -> Result<Vec<StoredEvent>, ReadError>;

    /// Where the source says that it ends: its own answer, no broker's.
    async fn end(&self) -> Result<Position, ReadError>;

    /// Returns when there may be events after a position, or after a while.
    async fn news(&self, after: &Position);
}

/// The feed of one process: it tails the source's log.
pub struct InProcessFeed {
    source: Arc<dyn Source>,
}

impl std::fmt::Debug for InProcessFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InProcessFeed({})", self.source.name())
    }
}

impl InProcessFeed {
    /// A feed of a log of this process.
    pub fn new(source: Arc<dyn Source>) -> Arc<Self> {
        Arc::new(Self { source })
    }
}

#[async_trait]
impl Feed for InProcessFeed {
    fn log(&self) -> &'static str {
        self.source.name()
    }

    async fn read(&self, after: &Position, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        Ok(self.source.read_after(after, limit).await?.0)
    }

    async fn end(&self) -> Result<Position, ReadError> {
        self.source.head().await
    }

    async fn news(&self, after: &Position) {
        let mut wakes = self.source.wakes();
        wakes.mark_unchanged();
        // Subscribed first, then looked: a commit between the two is seen either way.
        if self.source.head().await.is_ok_and(|head| head.position > after.position) {
            return;
        }
        let _ = timeout(QUIET, wakes.changed()).await;
    }
}
