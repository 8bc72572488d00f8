//! What the appender knows without asking: states as of a position.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::broken::Broken;
use crate::domain::{Checkpoint, Domain, Meta, Row};
use crate::event::{GENESIS, StoredEvent};
use crate::store::{Head, StateRow, StoreError, StoreTx};

/// State rows read at once under a prefix.
const PREFIX_PAGE: u32 = 5_000;

/// States as of a position, for deciding only; reads never use it.
pub(crate) struct Cache<D: Domain> {
    pub(crate) position: u64,
    pub(crate) hash: String,
    pub(crate) generation: u64,
    pub(crate) rows: BTreeMap<String, Row<D::State>>,
    pub(crate) feeds: BTreeMap<String, Checkpoint>,
}

impl<D: Domain> Cache<D> {
    /// An empty cache as of a head.
    pub(crate) fn at(head: &Head) -> Self {
        Self {
            position: head.position,
            hash: head.hash.clone(),
            generation: head.generation,
            rows: BTreeMap::new(),
            feeds: BTreeMap::new(),
        }
    }

    pub(crate) fn move_to(&mut self, head: &Head) {
        self.position = head.position;
        self.hash.clone_from(&head.hash);
    }

    /// Folds a stored event into the rows that are here and do not reflect it yet.
    pub(crate) fn apply(&mut self, stored: &StoredEvent, broken: Option<Broken>) -> Result<(), StoreError> {
        let event: D::Event = serde_json::from_str(&stored.payload).map_err(|error| {
            StoreError::Corrupt(format!("event {} of {} does not read: {error}", stored.position, D::LOG))
        })?;
        for key in D::keys(&event) {
            if let Some(row) = self.rows.get_mut(&key) {
                evolve::<D>(&key, row, &event, &meta(stored), broken);
            }
        }
        if let Some(checkpoint) = D::checkpoint(&event)
            && let Some(known) = self.feeds.get_mut(&checkpoint.log)
        {
            *known = checkpoint;
        }
        self.position = stored.position;
        self.hash.clone_from(&stored.hash);
        Ok(())
    }

    /// Loads the rows under keys, as of `position`; a key without a row is known to be absent.
    pub(crate) async fn load_keys(
        &mut self,
        tx: &mut dyn StoreTx,
        position: u64,
        keys: Vec<String>,
    ) -> Result<(), StoreError> {
        for row in tx.states(self.generation, &keys).await? {
            let state = serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, &error))?;
            self.rows.insert(row.key, Row { position: row.position, state });
        }
        for key in keys {
            self.rows.entry(key).or_insert(Row { position, state: None });
        }
        Ok(())
    }

    /// Loads the rows under a prefix that are not here.
    pub(crate) async fn load_prefix(&mut self, tx: &mut dyn StoreTx, prefix: &str) -> Result<(), StoreError> {
        let mut after = String::new();
        loop {
            let page = tx.page(self.generation, prefix, &after, PREFIX_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after.clone_from(&last.key);
            for row in page {
                if let Entry::Vacant(vacant) = self.rows.entry(row.key) {
                    let state =
                        serde_json::from_str(&row.state).map_err(|error| corrupt(vacant.key(), &error))?;
                    vacant.insert(Row { position: row.position, state });
                }
            }
        }
    }

    /// The touched rows as they are stored.
    pub(crate) fn rows_of(&self, touched: &BTreeSet<String>) -> Result<Vec<StateRow>, StoreError> {
        let json =
            |key: &str, state: Result<String, serde_json::Error>| state.map_err(|error| corrupt(key, &error));
        touched
            .iter()
            .map(|key| {
                if let Some(checkpoint) = key.strip_prefix("feed/").and_then(|log| self.feeds.get(log)) {
                    let state = json(key, serde_json::to_string(checkpoint))?;
                    return Ok(StateRow { key: key.clone(), position: checkpoint.position, state });
                }
                let row =
                    self.rows.get(key).ok_or_else(|| StoreError::Corrupt(format!("{key} is not loaded")))?;
                let state = json(key, serde_json::to_string(&row.state))?;
                Ok(StateRow { key: key.clone(), position: row.position, state })
            })
            .collect()
    }
}

pub(crate) fn meta(stored: &StoredEvent) -> Meta {
    Meta {
        position: stored.position,
        id: stored.id.clone(),
        recorded_time: stored.recorded_time,
        actor: stored.actor.clone(),
    }
}

/// Folds an event into a row that does not reflect it yet.
pub(crate) fn evolve<D: Domain>(
    key: &str,
    row: &mut Row<D::State>,
    event: &D::Event,
    meta: &Meta,
    broken: Option<Broken>,
) {
    if row.position < meta.position || broken == Some(Broken::NoRowPositions) {
        D::evolve(key, &mut row.state, event, meta);
        row.position = meta.position;
    }
}

/// The key of a feed's checkpoint.
pub(crate) fn feed_key(source: &str) -> String {
    format!("feed/{source}")
}

pub(crate) fn corrupt(key: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("the state {key} does not read: {error}"))
}

/// How far a source was taken in, as a transaction sees it.
pub(crate) async fn checkpoint_in(
    tx: &mut dyn StoreTx,
    generation: u64,
    source: &str,
) -> Result<Checkpoint, StoreError> {
    match tx.states(generation, &[feed_key(source)]).await?.pop() {
        None => Ok(Checkpoint { log: source.to_owned(), position: 0, hash: GENESIS.to_owned() }),
        Some(row) => serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, &error)),
    }
}
