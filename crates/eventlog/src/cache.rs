//! What the appender knows without asking: states as of a position.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::broken::Broken;
use crate::domain::{Domain, Meta, Row};
use crate::event::StoredEvent;
use crate::own::{Decoded, OwnStates, corrupt};
use crate::store::{Head, StateRow, StoreError, StoreTx};

/// State rows read at once under a prefix.
const PREFIX_PAGE: u32 = 5_000;

/// States as of a position, for deciding only; reads never use it.
pub(crate) struct Cache<D: Domain> {
    pub(crate) position: u64,
    pub(crate) hash: String,
    pub(crate) generation: u64,
    pub(crate) rows: BTreeMap<String, Row<D::State>>,
    /// The states of the log's own events; `None` until they are loaded.
    pub(crate) own: Option<OwnStates>,
}

impl<D: Domain> Cache<D> {
    /// An empty cache as of a head.
    pub(crate) fn at(head: &Head) -> Self {
        Self {
            position: head.position,
            hash: head.hash.clone(),
            generation: head.generation,
            rows: BTreeMap::new(),
            own: None,
        }
    }

    pub(crate) fn move_to(&mut self, head: &Head) {
        self.position = head.position;
        self.hash.clone_from(&head.hash);
    }

    /// Folds a stored event into the rows that are here and do not reflect it yet.
    pub(crate) fn apply(&mut self, stored: &StoredEvent, broken: Option<Broken>) -> Result<(), StoreError> {
        let decoded = stored.decode::<D::Event>().map_err(|error| {
            StoreError::Corrupt(format!("event {} of {} does not read: {error}", stored.position, D::LOG))
        })?;
        match (decoded, &mut self.own) {
            (Decoded::Log(event), Some(own)) => drop(own.fold(&event, stored)),
            (Decoded::Log(_), None) => {}
            (Decoded::Domain(event), own) => {
                for key in D::keys(&event) {
                    if let Some(row) = self.rows.get_mut(&key) {
                        evolve::<D>(&key, row, &event, &meta(stored), broken);
                    }
                }
                if let (Some(checkpoint), Some(own)) = (D::checkpoint(&event), own) {
                    own.intake(&checkpoint);
                }
            }
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

    /// Loads the states of the log's own events, as of the cache's position.
    pub(crate) async fn load_own(&mut self, tx: &mut dyn StoreTx) -> Result<(), StoreError> {
        if self.own.is_none() {
            self.own = Some(OwnStates::load(tx, self.generation, D::SOURCES).await?);
        }
        Ok(())
    }

    /// The touched rows as they are stored.
    pub(crate) fn rows_of(&self, touched: &BTreeSet<String>) -> Result<Vec<StateRow>, StoreError> {
        touched
            .iter()
            .map(|key| {
                if let Some(own) = &self.own
                    && let Some(row) = own.row(key)?
                {
                    return Ok(row);
                }
                let row =
                    self.rows.get(key).ok_or_else(|| StoreError::Corrupt(format!("{key} is not loaded")))?;
                let state = serde_json::to_string(&row.state).map_err(|error| corrupt(key, &error))?;
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
