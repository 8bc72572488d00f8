//! What a process knows of the feeds that it takes in: whether they go on, stand still, or hang on a lost history.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::timeout;

use crate::metric;

/// The feeds of one log. Each replica looks for itself; nothing of it is stored.
#[derive(Debug)]
pub struct FeedStates {
    log: &'static str,
    feeds: Mutex<BTreeMap<&'static str, FeedStatus>>,
    again: Notify,
    ends: Mutex<BTreeMap<&'static str, End>>,
    end_wanted: Notify,
    end_seen: Notify,
}

/// Where a source says that it ends.
#[derive(Debug, Clone, Copy, Default)]
struct End {
    /// Whether somebody waits for it.
    is_wanted: bool,
    /// When it was last asked, in microseconds since 1970 UTC by this process's clock, and what it answered.
    seen: Option<(i64, u64)>,
}

/// How a feed fares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum FeedStatus {
    /// It takes in what comes.
    #[default]
    Following,
    /// Source, database or broker do not answer; it tries again.
    Failing {
        /// What went wrong.
        reason: String,
    },
    /// It stands still until somebody acts: an event of an unknown type, or one that cannot be taken in and names no fund.
    Stopped {
        /// Which event, and why.
        reason: String,
    },
    /// What was taken in is not the history that the source holds: `jixiao refollow`.
    Forked {
        /// What the source said.
        reason: String,
    },
}

impl FeedStatus {
    /// Why it does not follow; empty where it does.
    pub fn reason(&self) -> &str {
        match self {
            Self::Following => "",
            Self::Failing { reason } | Self::Stopped { reason } | Self::Forked { reason } => reason,
        }
    }
}

impl FeedStates {
    pub(crate) fn new(log: &'static str, sources: &[&'static str]) -> Self {
        let (feeds, ends) = <(Mutex<_>, Mutex<_>)>::default();
        let [again, end_wanted, end_seen] = std::array::from_fn(|_| Notify::new());
        let states = Self { log, feeds, again, ends, end_wanted, end_seen };
        for source in sources {
            states.set(source, FeedStatus::Following);
        }
        states
    }

    fn feeds(&self) -> MutexGuard<'_, BTreeMap<&'static str, FeedStatus>> {
        // Whoever panicked with it in hand had written a whole value or none.
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How the feed of a source fares.
    pub fn status(&self, source: &str) -> FeedStatus {
        self.feeds().get(source).cloned().unwrap_or_default()
    }

    /// The sources whose history was lost in part: answers that rest on them are stale.
    pub fn forked(&self) -> Vec<&'static str> {
        let feeds = self.feeds();
        let forked = feeds.iter().filter(|(_, status)| matches!(status, FeedStatus::Forked { .. }));
        forked.map(|(source, _)| *source).collect()
    }

    /// Notes how a feed fares, and says so where that is news.
    pub(crate) fn set(&self, source: &'static str, status: FeedStatus) {
        let gauge = |name, is_so: bool| {
            metrics::gauge!(name, "service" => self.log, "source" => source).set(f64::from(u8::from(is_so)));
        };
        gauge(metric::FORKS, matches!(status, FeedStatus::Forked { .. }));
        gauge(metric::FEED_STOPPED, matches!(status, FeedStatus::Stopped { .. }));
        let before = self.feeds().insert(source, status);
        let status = self.status(source);
        if before.as_ref().is_none_or(|before| *before == status) {
            return;
        }
        let (consumer, reason) = (self.log, status.reason());
        match &status {
            FeedStatus::Following => tracing::info!(consumer, source, "a feed goes on"),
            FeedStatus::Failing { .. } => tracing::warn!(consumer, source, reason, "a feed waits"),
            FeedStatus::Stopped { .. } => tracing::error!(consumer, source, reason, "a feed stopped"),
            FeedStatus::Forked { .. } => tracing::error!(
                consumer,
                source,
                reason,
                "the source lost its end: answers are stale until `jixiao refollow {source}`"
            ),
        }
    }

    /// Has feeds that stand still look at once.
    pub(crate) fn look_again(&self) {
        self.again.notify_waiters();
    }

    /// Returns when a feed that stands still should look at once.
    pub(crate) async fn asked_to_look(&self) {
        self.again.notified().await;
    }

    fn ends(&self) -> MutexGuard<'_, BTreeMap<&'static str, End>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a source was last asked for its end, and the position that it answered.
    pub(crate) fn end(&self, source: &str) -> Option<(i64, u64)> {
        self.ends().get(source)?.seen
    }

    /// Has the feed of a source ask for its end at once, and returns when one was told, or after a while.
    pub(crate) async fn ask_end(&self, source: &'static str, at_most: Duration) {
        let mut seen = pin!(self.end_seen.notified());
        seen.as_mut().enable();
        self.ends().entry(source).or_default().is_wanted = true;
        self.end_wanted.notify_waiters();
        let _ = timeout(at_most, seen).await;
    }

    /// Returns once somebody waits for a source's end: the feed asks it then.
    pub(crate) async fn end_wanted(&self, source: &'static str) {
        loop {
            let mut wanted = pin!(self.end_wanted.notified());
            wanted.as_mut().enable();
            if std::mem::take(&mut self.ends().entry(source).or_default().is_wanted) {
                return;
            }
            wanted.await;
        }
    }

    /// Notes what a source that was asked at a time answered.
    pub(crate) fn saw_end(&self, source: &'static str, asked: i64, position: u64) {
        self.ends().entry(source).or_default().seen = Some((asked, position));
        self.end_seen.notify_waiters();
    }
}
