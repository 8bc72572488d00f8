//! States folded anew from the log alone, beside a running server.

use std::sync::Arc;

use crate::broken::Broken;
use crate::domain::Domain;
use crate::fold::{Fold, PAGE};
use crate::metric;
use crate::store::{Head, LogStore, StateRow, StoreError, StoreTx};

/// Keys that differed and that the program's log names.
const SHOWN: usize = 20;

/// What a rebuild came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// Events folded.
    pub events: u64,
    /// States written.
    pub states: u64,
    /// Keys whose state differed from the one in use, with equal fold versions: a fault, mended by this.
    pub differed: Vec<String>,
}

/// Why a rebuild was not done.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// Another one runs.
    #[error("another rebuild of this log is running: wait for its end")]
    Running,
    /// The states were made by a newer program.
    #[error(
        "the states of the {log} log are of version {found}, this program knows {known}: use the newer program"
    )]
    NewerStates {
        /// The log.
        log: &'static str,
        /// Their version.
        found: u32,
        /// The version known here.
        known: u32,
    },
    /// The database failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Folds the whole log into a second generation of states, catches up under the head's lock, compares and swaps.
pub async fn rebuild<D: Domain>(store: &Arc<dyn LogStore>) -> Result<Rebuilt, RebuildError> {
    rebuild_with::<D>(store, None).await
}

/// The same with a step left out. Tests alone do that.
pub async fn rebuild_with<D: Domain>(
    store: &Arc<dyn LogStore>,
    broken: Option<Broken>,
) -> Result<Rebuilt, RebuildError> {
    let mut fold = Fold::begin::<D>(store, None).await?;
    let rebuilt = swap::<D>(store, &mut fold, broken).await;
    match rebuilt {
        Ok(_) => fold.end(store).await,
        Err(_) => fold.abandon().await,
    }
    rebuilt
}

/// Catches up under the head's lock, compares and swaps.
async fn swap<D: Domain>(
    store: &Arc<dyn LogStore>,
    fold: &mut Fold,
    broken: Option<Broken>,
) -> Result<Rebuilt, RebuildError> {
    let (mut tx, head) = store.begin().await?;
    if broken != Some(Broken::RebuildWithoutLock) {
        fold.finish::<D>(tx.as_mut(), &head).await?;
    }
    let comparable = head.fold_version == D::FOLD_VERSION;
    let (states, differed) =
        compare(tx.as_mut(), comparable.then_some(head.generation), fold.generation).await?;
    if !differed.is_empty() {
        let (keys, first) = (differed.len(), &differed[..differed.len().min(SHOWN)]);
        metrics::counter!(metric::REBUILD_DIFFERENCES, "service" => D::LOG).increment(keys as u64);
        tracing::error!(
            log = D::LOG,
            keys,
            ?first,
            "the states in use differed from the log: the rebuilt ones win"
        );
    }
    let events = head.position;
    tx.move_head(&Head { generation: fold.generation, fold_version: D::FOLD_VERSION, ..head }).await?;
    tx.commit().await?;
    store.wake(events);
    Ok(Rebuilt { events, states, differed })
}

/// Walks two generations side by side: how many states the new one has, and which keys differ. Without an old one that
/// compares, only the number.
async fn compare(tx: &mut dyn StoreTx, old: Option<u64>, new: u64) -> Result<(u64, Vec<String>), StoreError> {
    let mut count = 0;
    let mut differed = Vec::new();
    let (mut left, mut right) = (Walk::new(old.unwrap_or_default()), Walk::new(new));
    left.ended = old.is_none();
    loop {
        let (one, other) = (left.peek(tx).await?.cloned(), right.peek(tx).await?.cloned());
        let (one, other) = match (one, other) {
            (None, None) => return Ok((count, differed)),
            (Some(one), Some(other)) if one.key == other.key => (Some(one), Some(other)),
            (Some(one), Some(other)) if one.key < other.key => (Some(one), None),
            (Some(_), Some(other)) => (None, Some(other)),
            (one, other) => (one, other),
        };
        if old.is_some() && one != other {
            differed.extend(one.as_ref().or(other.as_ref()).map(|row| row.key.clone()));
        }
        if one.is_some() {
            left.next();
        }
        if other.is_some() {
            right.next();
            count += 1;
        }
    }
}

/// The states of a generation in key order, a page at a time.
struct Walk {
    generation: u64,
    after: String,
    page: std::collections::VecDeque<StateRow>,
    ended: bool,
}

impl Walk {
    fn new(generation: u64) -> Self {
        Self { generation, after: String::new(), page: std::collections::VecDeque::new(), ended: false }
    }

    async fn peek(&mut self, tx: &mut dyn StoreTx) -> Result<Option<&StateRow>, StoreError> {
        if self.page.is_empty() && !self.ended {
            let page = tx.page(self.generation, "", &self.after, PAGE).await?;
            self.ended = page.is_empty();
            if let Some(last) = page.last() {
                self.after.clone_from(&last.key);
            }
            self.page.extend(page);
        }
        Ok(self.page.front())
    }

    fn next(&mut self) {
        self.page.pop_front();
    }
}
