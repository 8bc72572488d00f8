//! A scratch copy of a log's states: loaded as needed, from one snapshot, decided over and folded into in memory.
//!
//! | what | how |
//! | --- | --- |
//! | states now | the rows |
//! | states at a moment | the fold of each key's history, without what does not count then; what is computed starts absent |
//! | what is computed, at a moment | by the domain's own command, [`Scratch::compute`] |
//! | decide, fold | the domain's own functions, as in a batch |
//! | written | nothing |

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use crate::cache::meta;
use crate::domain::{Domain, Folded, Meta, Need, Row, States};
use crate::event::StoredEvent;
use crate::key::fund_of;
use crate::log::{Log, ReadError, WAIT};
use crate::moment::Moment;
use crate::own::{Decoded, Voids, feed_in};
use crate::read::{Part, Query, Snapshot, WHOLE_BYTES, Wanted, refuse_parked};
use crate::store::{Head, Side, StoreError, StoreTx};

/// Rows, or events of histories, read at once.
const PAGE: u32 = 1_000;

/// More keys beside each other than this are read as their prefix.
const CROWD: usize = 50;

/// States of one moment in memory, over one snapshot of a log. Dropped, it leaves nothing behind.
///
/// It holds a read-only transaction as long as it lives, and at most about [`WHOLE_BYTES`] of what it read: more is
/// [`ReadError::TooMuch`].
pub struct Scratch<D: Domain> {
    pub(crate) tx: Box<dyn StoreTx>,
    pub(crate) head: Head,
    moment: Moment,
    voids: Voids,
    pub(crate) folded: Folded<D>,
    recorded_time: i64,
    bytes: usize,
    _turn: OwnedSemaphorePermit,
}

impl<D: Domain> Log<D> {
    /// A scratch copy of the states at a moment. Nothing is loaded yet.
    ///
    /// Each holds a connection and up to 64 MiB while it lives, so that few live at once: others wait for their turn, and
    /// [`ReadError::Busy`] is the answer to who waits too long. Whoever holds one must not wait for another.
    pub async fn scratch(&self, moment: Moment) -> Result<Scratch<D>, ReadError> {
        let turn = timeout(WAIT, Arc::clone(&self.scratches).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(ReadError::Busy) };
        let (mut tx, head) = self.store.snapshot().await?;
        if head.fold_version != D::FOLD_VERSION {
            // Another version of the program owns the states; what they hold means something else here.
            return Err(ReadError::Unavailable);
        }
        let mut voids = Voids::default();
        if !moment.is_now() {
            for source in D::SOURCES {
                voids.extend(&feed_in(tx.as_mut(), head.generation, source).await?);
            }
        }
        let recorded_time = (self.clock)().max(head.recorded_time);
        let folded = Folded::after(head.position);
        Ok(Scratch { tx, head, moment, voids, folded, recorded_time, bytes: 0, _turn: turn })
    }
}

impl<D: Domain> Scratch<D> {
    /// Decides a command over the states as they are here, loading what it needs. Nothing is folded.
    pub async fn decide(
        &mut self,
        command: &D::Command,
    ) -> Result<Result<Vec<D::Event>, D::Refusal>, ReadError> {
        loop {
            let missing = self.folded.missing(command);
            if missing.is_empty() {
                return Ok(D::decide(&self.folded.states(), command));
            }
            self.load(missing).await?;
        }
    }

    /// Decides a command and folds what follows, as if a request of `actor` had appended it now.
    pub async fn execute(
        &mut self,
        command: &D::Command,
        request_id: &str,
        actor: &str,
    ) -> Result<Result<Vec<D::Event>, D::Refusal>, ReadError> {
        let decided = self.decide(command).await?;
        for (index, event) in (0_u32..).zip(decided.iter().flatten()) {
            let id = StoredEvent::id_for(D::LOG, request_id, index);
            self.fold(event, &id, actor).await?;
        }
        Ok(decided)
    }

    /// Decides a command that computes, and folds what follows into what is computed alone: facts are what they were then,
    /// whatever an event that is appended today would do to them.
    pub async fn compute(&mut self, command: &D::Command) -> Result<Result<(), D::Refusal>, ReadError> {
        let events = match self.decide(command).await? {
            Ok(events) => events,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for event in &events {
            let computed: Vec<_> = D::keys(event).into_iter().filter(|key| D::is_computed(key)).collect();
            self.load(computed.iter().cloned().map(Need::Key).collect()).await?;
            let position = self.folded.position + 1;
            let (id, actor) = Default::default();
            let meta = Meta { position, id, recorded_time: self.recorded_time, actor };
            self.folded.fold_into(computed, event, &meta);
        }
        Ok(Ok(()))
    }

    /// Folds one more event, as if `actor` had appended it now under `id`.
    pub async fn fold(&mut self, event: &D::Event, id: &str, actor: &str) -> Result<(), ReadError> {
        let keys = D::keys(event).into_iter().map(Need::Key);
        self.load(keys.collect()).await?;
        let position = self.folded.position + 1;
        let (id, actor, recorded_time) = (id.to_owned(), actor.to_owned(), self.recorded_time);
        self.folded.fold_as(event, &Meta { position, id, recorded_time, actor });
        Ok(())
    }

    /// The keys that a function names of states: loaded, and asked for again until it names none that is not here. One key
    /// may so lead to the next, as in [`Domain::needs`].
    pub async fn follow(
        &mut self,
        keys: impl Fn(&States<'_, D::State>) -> Vec<String> + Send,
    ) -> Result<Vec<String>, ReadError> {
        loop {
            let named = keys(&self.folded.states());
            let needs: Vec<_> = named.iter().cloned().map(Need::Key).collect();
            if needs.iter().all(|need| self.folded.has(need)) {
                return Ok(named);
            }
            self.load(needs).await?;
        }
    }

    /// The state under a key.
    pub async fn get(&mut self, key: &str) -> Result<Option<&D::State>, ReadError> {
        self.load(vec![Need::Key(key.to_owned())]).await?;
        Ok(self.folded.get(key))
    }

    /// Reads states as [`Log::read`] does, with what was folded here on top. The position is the snapshot's.
    pub async fn read(&mut self, query: Query) -> Result<Snapshot<D::State>, ReadError> {
        let Query { keys, pages, .. } = query;
        self.load(keys.iter().cloned().map(Need::Key).collect()).await?;
        let known = keys.into_iter().filter_map(|key| {
            let state = self.folded.get(&key).cloned();
            state.map(|state| (key, state))
        });
        let states: BTreeMap<String, D::State> = known.collect();
        let mut shown = Vec::with_capacity(pages.len());
        for wanted in &pages {
            shown.push(self.page(wanted).await?);
        }
        let prefixes = pages.into_iter().map(|wanted| wanted.prefix).collect();
        Ok(Snapshot::new::<D>(&self.head, shown, prefixes, states))
    }

    /// Loads what is not here yet.
    async fn load(&mut self, needs: Vec<Need>) -> Result<(), ReadError> {
        let (mut keys, mut prefixes) = (Vec::new(), Vec::new());
        for need in needs {
            match need {
                need if self.folded.has(&need) => {}
                // All that there is under the prefix is here.
                Need::Key(key) if self.is_under(&key) => {
                    self.folded.put(key, Row { position: 0, state: None });
                }
                Need::Key(key) => keys.push(key),
                Need::Prefix(prefix) => prefixes.push(prefix),
            }
        }
        if !keys.is_empty() {
            let funds = keys.iter().filter_map(|key| fund_of(key)).collect();
            refuse_parked::<D>(self.tx.as_mut(), &self.head, funds).await?;
            self.load_keys(keys).await?;
        }
        for prefix in prefixes {
            self.load_after(&prefix, "", usize::MAX).await?;
            self.folded.prefixes.insert(prefix);
        }
        Ok(())
    }

    async fn load_keys(&mut self, keys: Vec<String>) -> Result<(), ReadError> {
        if self.moment.is_now() {
            for row in self.tx.states(self.head.generation, &keys).await? {
                self.took(row.state.len())?;
                self.put(row.key, row.position, &row.state)?;
            }
        } else {
            for prefix in crowded(&keys).into_keys().filter(|prefix| !D::is_computed(prefix)) {
                self.load_after(&prefix, "", usize::MAX).await?;
                self.folded.prefixes.insert(prefix);
            }
            for key in keys.iter().filter(|key| !D::is_computed(key)) {
                if self.is_under(key) {
                    continue;
                }
                let (mut row, mut after) = (Row { position: 0, state: None }, 0);
                loop {
                    let events = self.tx.history(key, Side::After(after), PAGE).await?;
                    let Some(last) = events.last() else { break };
                    after = last.position;
                    for event in &events {
                        self.took(event.payload.len())?;
                        self.evolve(key, &mut row, event)?;
                    }
                }
                self.folded.put(key.clone(), row);
            }
        }
        for key in keys {
            self.folded.put(key, Row { position: 0, state: None });
        }
        Ok(())
    }

    /// Loads the states under a prefix after a key, until `most` of them are there; the last key that was looked at
    /// where more may follow.
    async fn load_after(
        &mut self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Option<String>, ReadError> {
        refuse_parked::<D>(self.tx.as_mut(), &self.head, fund_of(prefix).into_iter().collect()).await?;
        if self.moment.is_now() {
            return self.rows_after(prefix, after, most).await;
        }
        if D::is_computed(prefix) {
            return Ok(None);
        }
        let mut place = (after.to_owned(), u64::MAX >> 1);
        let mut under_way: Option<(String, Row<D::State>)> = None;
        let mut found = 0;
        loop {
            let events = self.tx.histories(prefix, (&place.0, place.1), PAGE).await?;
            let Some((key, last)) = events.last() else {
                self.took_in(under_way.take(), &mut found);
                return Ok(None);
            };
            place = (key.clone(), last.position);
            let shown = events.iter().filter_map(|(key, _)| fund_of(key));
            let wide = shown.filter(|_| fund_of(prefix).is_none()).collect();
            refuse_parked::<D>(self.tx.as_mut(), &self.head, wide).await?;
            for (key, event) in &events {
                self.took(event.payload.len())?;
                if under_way.as_ref().is_none_or(|(of, _)| of != key) {
                    let before = under_way.take().map(|(of, row)| {
                        let looked_at = of.clone();
                        self.took_in(Some((of, row)), &mut found);
                        looked_at
                    });
                    if found >= most {
                        return Ok(before);
                    }
                    under_way = Some((key.clone(), Row { position: 0, state: None }));
                }
                if let Some((_, row)) = &mut under_way {
                    self.evolve(key, row, event)?;
                }
            }
        }
    }

    async fn rows_after(
        &mut self,
        prefix: &str,
        after: &str,
        most: usize,
    ) -> Result<Option<String>, ReadError> {
        let (mut after, mut found) = (after.to_owned(), 0);
        loop {
            let limit = u32::try_from(most.saturating_sub(found)).unwrap_or(u32::MAX).min(PAGE);
            if limit == 0 {
                return Ok(Some(after));
            }
            let rows = self.tx.page(self.head.generation, prefix, &after, limit).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            after.clone_from(&last.key);
            found += rows.len();
            let shown = rows.iter().filter_map(|row| fund_of(&row.key));
            let wide = shown.filter(|_| fund_of(prefix).is_none()).collect();
            refuse_parked::<D>(self.tx.as_mut(), &self.head, wide).await?;
            for row in rows {
                self.took(row.state.len())?;
                self.put(row.key, row.position, &row.state)?;
            }
        }
    }

    /// A page of what is here, after what it lacks was loaded.
    async fn page(&mut self, wanted: &Wanted) -> Result<Part<(String, D::State)>, ReadError> {
        let Wanted { prefix, after, limit, .. } = wanted;
        let limit = *limit as usize;
        let until = if self.folded.prefixes.contains(prefix) {
            None
        } else {
            self.load_after(prefix, after, limit).await?
        };
        let first = if after < prefix { Bound::Included(prefix) } else { Bound::Excluded(after) };
        let rows = self.folded.rows.range::<String, _>((first, Bound::Unbounded));
        let mut rows = rows
            .take_while(|(key, _)| key.starts_with(prefix.as_str()))
            .take_while(|(key, _)| until.as_ref().is_none_or(|until| *key <= until))
            .filter_map(|(key, row)| row.state.as_ref().map(|state| (key.clone(), state.clone())));
        let shown: Vec<_> = rows.by_ref().take(limit).collect();
        let more = until.is_some() || rows.next().is_some();
        Ok(Part { rows: shown, more })
    }

    /// Whether a key is under a prefix that was loaded.
    fn is_under(&self, key: &str) -> bool {
        self.folded.prefixes.iter().any(|prefix| key.starts_with(prefix))
    }

    /// Folds a stored event into a row, if it counts.
    fn evolve(&self, key: &str, row: &mut Row<D::State>, stored: &StoredEvent) -> Result<(), StoreError> {
        if self.voids.covers(stored) {
            return Ok(());
        }
        let decoded = stored.decode::<D::Event>().map_err(|error| {
            StoreError::Corrupt(format!("event {} of {} does not read: {error}", stored.position, D::LOG))
        })?;
        if let Decoded::Domain(event) = decoded
            && self.moment.counts(stored, D::source_time(&event))
            // As of a date what followed from events of other dates says nothing.
            && !(self.moment.as_of.is_some() && D::is_result(&event))
            // The index may hold a key that an older program gave the event.
            && D::keys(&event).iter().any(|of| of == key)
        {
            D::evolve(key, &mut row.state, &event, &meta(stored));
            row.position = stored.position;
        }
        Ok(())
    }

    fn put(&mut self, key: String, position: u64, state: &str) -> Result<(), StoreError> {
        let state = serde_json::from_str(state)
            .map_err(|error| StoreError::Corrupt(format!("the state {key} does not read: {error}")))?;
        self.folded.put(key, Row { position, state });
        Ok(())
    }

    fn took_in(&mut self, folded: Option<(String, Row<D::State>)>, found: &mut usize) {
        if let Some((key, row)) = folded {
            *found += usize::from(row.state.is_some());
            self.folded.put(key, row);
        }
    }

    /// Counts what was read.
    fn took(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.bytes += bytes;
        if self.bytes > WHOLE_BYTES { Err(ReadError::TooMuch) } else { Ok(()) }
    }
}

/// The prefixes of keys that are many beside each other: one read of all that is there costs less than one of each.
fn crowded(keys: &[String]) -> BTreeMap<String, usize> {
    let mut beside: BTreeMap<String, usize> = BTreeMap::new();
    for (parent, _) in keys.iter().filter_map(|key| key.rsplit_once('/')) {
        *beside.entry(format!("{parent}/")).or_default() += 1;
    }
    beside.retain(|prefix, count| *count > CROWD && fund_of(prefix).is_some());
    beside
}

impl<D: Domain> std::fmt::Debug for Scratch<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scratch({}, {})", D::LOG, self.moment)
    }
}
