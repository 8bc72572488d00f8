//! The whole log folded into a second generation of states, beside a running server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cache::{evolve, meta};
use crate::domain::{Domain, Row};
use crate::event::StoredEvent;
use crate::key::fund_of;
use crate::own::{Decoded, OwnStates, Void, Voids, corrupt, delivered};
use crate::rebuild::RebuildError;
use crate::store::{Head, HeldLock, Lock, LogStore, StateRow, StoreError, StoreTx};

/// Events folded at once.
pub(crate) const PAGE: u32 = 1_000;

/// A fold under way. What was voided is left out.
pub(crate) struct Fold {
    pub(crate) generation: u64,
    /// The last event folded.
    pub(crate) position: u64,
    /// The states of the log's own events so far.
    pub(crate) own: OwnStates,
    voids: Voids,
    /// What is about to be voided too, and what that touches.
    pending: Option<(Voids, Touched)>,
    lock: Box<dyn HeldLock>,
}

/// What a void that is not recorded yet touches.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// The funds of the voided intakes.
    pub(crate) funds: BTreeSet<String>,
    /// Their keys that are of no fund.
    pub(crate) shared: BTreeSet<String>,
    /// Whether there was a voided intake yet.
    is_under_way: bool,
    /// The request of the last event of the log's own: what it computes anew is no client's decision.
    own_request: String,
    /// The events that clients' commands appended after the first voided intake, with their funds.
    commands: Vec<(u64, Vec<String>)>,
}

impl Touched {
    fn note(&mut self, row: &StoredEvent, is_voided: bool) {
        let funds = row.keys.iter().filter_map(|key| fund_of(key)).map(str::to_owned);
        if is_voided {
            self.is_under_way = true;
            self.funds.extend(funds);
            self.shared.extend(row.keys.iter().filter(|key| fund_of(key).is_none()).cloned());
        } else if row.is_of_the_log() {
            self.own_request.clone_from(&row.request_id);
        } else if self.is_under_way
            && delivered(&row.request_id).is_none()
            && row.request_id != self.own_request
        {
            self.commands.push((row.position, funds.collect()));
        }
    }

    /// The positions of the commands' events for the funds of the voided intakes.
    pub(crate) fn decided(&self) -> Vec<u64> {
        let touches = |funds: &[String]| funds.iter().any(|fund| self.funds.contains(fund));
        self.commands.iter().filter(|(_, funds)| touches(funds)).map(|(position, _)| *position).collect()
    }
}

impl Fold {
    /// Takes the lock of rebuilds, removes what others left behind, and folds most of the log: a page a transaction,
    /// without the head's lock in between. `pending`: void the intakes of a source after a position too.
    pub(crate) async fn begin<D: Domain>(
        store: &Arc<dyn LogStore>,
        pending: Option<(&str, u64)>,
    ) -> Result<Self, RebuildError> {
        let lock = store.lock(Lock::Rebuild).await?.ok_or(RebuildError::Running)?;
        let (mut tx, head) = store.snapshot().await?;
        let voids = Voids::read(tx.as_mut(), D::SOURCES).await?;
        tx.rollback().await?;
        let pending = pending.map(|(source, after)| {
            let mut voids = Voids::default();
            voids.add(source, Void { at: u64::MAX, after });
            (voids, Touched::default())
        });
        let (generation, own) = (head.generation + 1, OwnStates::default());
        let mut fold = Self { generation, position: 0, own, voids, pending, lock };
        match fold.most::<D>(store, &head).await {
            Ok(()) => Ok(fold),
            Err(error) => {
                fold.abandon().await;
                Err(error.into())
            }
        }
    }

    /// Folds all but what comes meanwhile.
    async fn most<D: Domain>(&mut self, store: &Arc<dyn LogStore>, head: &Head) -> Result<(), StoreError> {
        // What a rebuild that died left behind: before its swap, or after it.
        remove(store, self.generation).await?;
        remove(store, head.generation.saturating_sub(1)).await?;
        loop {
            let (mut reader, seen) = store.snapshot().await?;
            let events = reader.events_after(self.position, PAGE).await?;
            reader.rollback().await?;
            if events.is_empty() {
                return Ok(());
            }
            let (mut tx, _) = store.begin().await?;
            // Without it another rebuild may write to the same generation.
            self.lock.check().await?;
            self.page::<D>(tx.as_mut(), &events).await?;
            tx.commit().await?;
            // What came meanwhile is left for the end, else this never ends beside a busy writer.
            if seen.position.saturating_sub(self.position) < u64::from(PAGE) {
                return Ok(());
            }
        }
    }

    /// Folds the rest under the head's lock, up to the locked head.
    pub(crate) async fn finish<D: Domain>(
        &mut self,
        tx: &mut dyn StoreTx,
        head: &Head,
    ) -> Result<(), RebuildError> {
        self.lock.check().await?;
        if head.generation + 1 != self.generation {
            return Err(RebuildError::Running);
        }
        while self.position < head.position {
            let events = tx.events_after(self.position, PAGE).await?;
            if events.is_empty() {
                break;
            }
            self.page::<D>(tx, &events).await?;
        }
        Ok(())
    }

    /// What the void that is about to be recorded touches.
    pub(crate) fn touched(&self) -> Option<&Touched> {
        self.pending.as_ref().map(|(_, touched)| touched)
    }

    /// Without a swap: gives the lock back. The next rebuild removes what this one wrote.
    pub(crate) async fn abandon(self) {
        if let Err(error) = self.lock.release().await {
            tracing::debug!(error = &error as &dyn std::error::Error, "a lock is given back later");
        }
    }

    /// After the swap: removes the states that were replaced and gives the lock back.
    pub(crate) async fn end(self, store: &Arc<dyn LogStore>) {
        if let Err(error) = remove(store, self.generation - 1).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old states are left for the next rebuild"
            );
        }
        if let Err(error) = self.lock.release().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the server gives the lock of rebuilds back later"
            );
        }
    }

    /// Whether a row counts. Notes what the pending void touches.
    fn counts(&mut self, row: &StoredEvent) -> bool {
        if self.voids.covers(row) {
            return false;
        }
        let Some((pending, touched)) = &mut self.pending else { return true };
        let is_voided = pending.covers(row);
        touched.note(row, is_voided);
        !is_voided
    }

    /// Folds the next events.
    async fn page<D: Domain>(
        &mut self,
        tx: &mut dyn StoreTx,
        events: &[StoredEvent],
    ) -> Result<(), StoreError> {
        let mut read: Vec<(&StoredEvent, D::Event)> = Vec::with_capacity(events.len());
        let mut touched: BTreeSet<String> = BTreeSet::new();
        for stored in events {
            self.position = stored.position;
            if !self.counts(stored) {
                continue;
            }
            let decoded = stored.decode().map_err(|error| {
                StoreError::Corrupt(format!("event {} of {} does not read: {error}", stored.position, D::LOG))
            })?;
            match decoded {
                Decoded::Log(event) => touched.extend(self.own.fold(&event, stored)),
                Decoded::Domain(event) => {
                    touched.extend(D::checkpoint(&event).and_then(|checkpoint| self.own.intake(&checkpoint)));
                    read.push((stored, event));
                }
            }
        }
        // As this program sees them: the rows may name the keys of an older one.
        let keys: BTreeSet<String> = read.iter().flat_map(|(_, event)| D::keys(event)).collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let mut rows: BTreeMap<String, Row<D::State>> = BTreeMap::new();
        for row in tx.states(self.generation, &keys).await? {
            let state = serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, &error))?;
            rows.insert(row.key, Row { position: row.position, state });
        }
        let mut unindexed = Vec::new();
        for (stored, event) in &read {
            let meta = meta(stored);
            for key in D::keys(event) {
                if !stored.keys.contains(&key) {
                    unindexed.push((key.clone(), stored.position));
                }
                let row = rows.entry(key.clone()).or_insert(Row { position: 0, state: None });
                evolve::<D>(&key, row, event, &meta, None);
            }
        }
        let mut written = Vec::with_capacity(rows.len() + touched.len());
        for (key, row) in rows {
            let state = serde_json::to_string(&row.state).map_err(|error| corrupt(&key, &error))?;
            written.push(StateRow { key, position: row.position, state });
        }
        for key in touched {
            written.extend(self.own.row(&key)?);
        }
        if !unindexed.is_empty() {
            // Histories, and what is folded from them at a moment, have the keys of this program too.
            tx.index(&unindexed).await?;
        }
        tx.upsert(self.generation, &written).await
    }
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
