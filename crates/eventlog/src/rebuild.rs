//! States folded anew from the log alone, beside a running server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cache::{evolve, feed_key, meta};
use crate::domain::{Domain, Row};
use crate::event::StoredEvent;
use crate::store::{Head, Lock, LogStore, StateRow, StoreError, StoreTx};

/// Events folded at once.
const PAGE: u32 = 1_000;

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
    let mut lock = store.lock(Lock::Rebuild).await?.ok_or(RebuildError::Running)?;
    let (tx, head) = store.snapshot().await?;
    tx.rollback().await?;
    let generation = head.generation + 1;
    // What a rebuild that died left behind: before its swap, or after it.
    remove(store, generation).await?;
    remove(store, head.generation.saturating_sub(1)).await?;
    let mut position = 0;
    // Most of the log without the lock, a page a transaction.
    loop {
        let (mut reader, seen) = store.snapshot().await?;
        let events = reader.events_after(position, PAGE).await?;
        reader.rollback().await?;
        let Some(last) = events.last() else { break };
        position = last.position;
        let (mut tx, _) = store.begin().await?;
        // Without it another rebuild may write to the same generation.
        lock.check().await?;
        fold::<D>(tx.as_mut(), generation, &events).await?;
        tx.commit().await?;
        // What came meanwhile is left for the end, else this never ends beside a busy writer.
        if seen.position - position < u64::from(PAGE) {
            break;
        }
    }
    let (mut tx, head) = store.begin().await?;
    lock.check().await?;
    while position < head.position {
        let events = tx.events_after(position, PAGE).await?;
        let Some(last) = events.last() else { break };
        position = last.position;
        fold::<D>(tx.as_mut(), generation, &events).await?;
    }
    let comparable = head.fold_version == D::FOLD_VERSION;
    let (states, differed) = compare(tx.as_mut(), comparable.then_some(head.generation), generation).await?;
    if !differed.is_empty() {
        let (keys, first) = (differed.len(), &differed[..differed.len().min(SHOWN)]);
        tracing::error!(
            log = D::LOG,
            keys,
            ?first,
            "the states in use differed from the log: the rebuilt ones win"
        );
    }
    let replaced = head.generation;
    tx.move_head(&Head { generation, fold_version: D::FOLD_VERSION, ..head }).await?;
    tx.commit().await?;
    store.wake(position);
    if let Err(error) = remove(store, replaced).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "old states are left for the next rebuild");
    }
    if let Err(error) = lock.release().await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the server gives the lock of rebuilds back later"
        );
    }
    Ok(Rebuilt { events: position, states, differed })
}

/// Removes a generation's states, some a transaction: a database lets no statement run for ever.
async fn remove(store: &Arc<dyn LogStore>, generation: u64) -> Result<(), StoreError> {
    loop {
        let (mut tx, _) = store.begin().await?;
        let removed = tx.remove_states(generation, PAGE).await?;
        if removed == 0 {
            return tx.rollback().await;
        }
        tx.commit().await?;
    }
}

/// Folds events into a generation's states.
async fn fold<D: Domain>(
    tx: &mut dyn StoreTx,
    generation: u64,
    events: &[StoredEvent],
) -> Result<(), StoreError> {
    let corrupt =
        |key: &str, error: serde_json::Error| StoreError::Corrupt(format!("{key} does not read: {error}"));
    let mut read: Vec<(&StoredEvent, D::Event)> = Vec::with_capacity(events.len());
    for stored in events {
        let event = serde_json::from_str(&stored.payload)
            .map_err(|error| corrupt(&format!("event {} of {}", stored.position, D::LOG), error))?;
        read.push((stored, event));
    }
    // As this program sees them: the rows may name the keys of an older one.
    let keys: BTreeSet<String> = read.iter().flat_map(|(_, event)| D::keys(event)).collect();
    let keys: Vec<String> = keys.into_iter().collect();
    let mut rows: BTreeMap<String, Row<D::State>> = BTreeMap::new();
    for row in tx.states(generation, &keys).await? {
        let state = serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, error))?;
        rows.insert(row.key, Row { position: row.position, state });
    }
    let mut checkpoints = BTreeMap::new();
    for (stored, event) in read {
        let meta = meta(stored);
        for key in D::keys(&event) {
            let row = rows.entry(key.clone()).or_insert(Row { position: 0, state: None });
            evolve::<D>(&key, row, &event, &meta, None);
        }
        if let Some(checkpoint) = D::checkpoint(&event) {
            checkpoints.insert(feed_key(&checkpoint.log), checkpoint);
        }
    }
    let mut written = Vec::with_capacity(rows.len() + checkpoints.len());
    for (key, row) in rows {
        let state = serde_json::to_string(&row.state).map_err(|error| corrupt(&key, error))?;
        written.push(StateRow { key, position: row.position, state });
    }
    for (key, checkpoint) in checkpoints {
        let state = serde_json::to_string(&checkpoint).map_err(|error| corrupt(&key, error))?;
        written.push(StateRow { key, position: checkpoint.position, state });
    }
    tx.upsert(generation, &written).await
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
            self.ended = page.len() < PAGE as usize;
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
