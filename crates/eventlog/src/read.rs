//! What is read of a log: states of one moment, histories, in parts that an answer holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Domain;
use crate::event::StoredEvent;
use crate::key::fund_of;
use crate::log::{Log, ReadError};
use crate::moment::Moment;
use crate::own::{PARKED, ParkedFund, Voids, feed_in, parked_in, parked_key, read_parked};
use crate::position::Position;
use crate::store::{Head, PAGE_BYTES, Side, StoreError, StoreTx};

/// The most bytes of states that are read of what has to be seen whole.
pub const WHOLE_BYTES: usize = 64 * 1024 * 1024;

/// The least events of a history that are read at once behind voided ones.
const AFTER_VOIDED: usize = 256;

/// What to read in one snapshot.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub(crate) keys: Vec<String>,
    pub(crate) pages: Vec<Wanted>,
    moment: Moment,
}

/// Rows to read.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) prefix: String,
    pub(crate) after: String,
    pub(crate) limit: u32,
    /// Whether up to the limit, up to [`WHOLE_BYTES`]; else up to [`PAGE_BYTES`].
    is_whole: bool,
}

impl Query {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// As of a moment. Without one, as stored now.
    ///
    /// What was then is folded from the histories of what is asked for, so that a read costs those: [`ReadError::TooMuch`]
    /// where they have more than [`WHOLE_BYTES`]. What is computed reads as absent ([`Domain::is_computed`]): it is
    /// computed anew on a [`crate::Scratch`].
    #[must_use]
    pub fn at(mut self, moment: Moment) -> Self {
        self.moment = moment;
        self
    }

    /// And the state under a key.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// And the states under many keys.
    #[must_use]
    pub fn keys(mut self, keys: impl IntoIterator<Item = String>) -> Self {
        self.keys.extend(keys);
        self
    }

    /// And up to `limit` states whose keys begin with `prefix` and come after the key `after`, or what one answer holds.
    #[must_use]
    pub fn page(mut self, prefix: impl Into<String>, after: Option<&str>, limit: usize) -> Self {
        let limit = u32::try_from(limit).unwrap_or(u32::MAX);
        let after = after.unwrap_or_default().to_owned();
        self.pages.push(Wanted { prefix: prefix.into(), after, limit, is_whole: false });
        self
    }

    /// And the states whose keys begin with `prefix` and come after the key `after`, up to `most` of them and to
    /// [`WHOLE_BYTES`]: for what has to be seen whole. It takes a place among the pages.
    #[must_use]
    pub fn whole(self, prefix: impl Into<String>, after: Option<&str>, most: usize) -> Self {
        let mut all = self.page(prefix, after, most);
        all.pages.last_mut().into_iter().for_each(|wanted| wanted.is_whole = true);
        all
    }
}

/// A part of a list, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    /// What was read. Few where they are long: about [`PAGE_BYTES`] at most, [`WHOLE_BYTES`] of what is wanted whole.
    pub rows: Vec<T>,
    /// Whether more may follow after the last.
    pub more: bool,
}

impl<T> Default for Part<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), more: false }
    }
}

/// What was read: one moment of a log.
#[derive(Debug, Clone)]
pub struct Snapshot<S> {
    /// The position that it reflects, for the wire.
    pub position: String,
    /// The same position.
    pub head: Position,
    /// The pages asked for, as many and in that order, each in key order.
    pub pages: Vec<Part<(String, S)>>,
    prefixes: Vec<String>,
    states: BTreeMap<String, S>,
}

impl<S> Snapshot<S> {
    pub(crate) fn new<D: Domain<State = S>>(
        head: &Head,
        pages: Vec<Part<(String, S)>>,
        prefixes: Vec<String>,
        states: BTreeMap<String, S>,
    ) -> Self {
        let head = Position { log: D::LOG.to_owned(), position: head.position, hash: head.hash.clone() };
        Self { position: head.to_token(), head, pages, prefixes, states }
    }

    /// The state under a key that was asked for; `None` where there is none.
    pub fn get(&self, key: &str) -> Option<&S> {
        self.states.get(key)
    }

    /// The page of the states whose keys begin so; `None` where it was not asked for.
    pub fn page(&self, prefix: &str) -> Option<&Part<(String, S)>> {
        self.pages.get(self.prefixes.iter().position(|asked| asked == prefix)?)
    }
}

impl<D: Domain> Log<D> {
    /// Reads states in one snapshot. Never from the appender's cache.
    ///
    /// What is asked for by name about a parked fund is refused. A page over many funds is refused where it would show a
    /// parked one: its states stand still, and a list without them would lie too.
    pub async fn read(&self, query: Query) -> Result<Snapshot<D::State>, ReadError> {
        if !query.moment.is_now() {
            return self.scratch(query.moment).await?.read(query).await;
        }
        let (mut tx, head) = self.store.snapshot().await?;
        if head.fold_version != D::FOLD_VERSION {
            // Another version of the program owns the states; what they hold means something else here.
            return Err(ReadError::Unavailable);
        }
        let read = |state: &str, key: &str| {
            serde_json::from_str::<Option<D::State>>(state)
                .map_err(|error| StoreError::Corrupt(format!("the state {key} does not read: {error}")))
        };
        let named = query.keys.iter().filter_map(|key| fund_of(key));
        let named = named.chain(query.pages.iter().filter_map(|wanted| fund_of(&wanted.prefix)));
        refuse_parked::<D>(tx.as_mut(), &head, named.collect()).await?;
        let mut states = BTreeMap::new();
        if !query.keys.is_empty() {
            for row in tx.states(head.generation, &query.keys).await? {
                if let Some(state) = read(&row.state, &row.key)? {
                    states.insert(row.key, state);
                }
            }
        }
        let mut pages = Vec::with_capacity(query.pages.len());
        for Wanted { prefix, after, limit, is_whole } in &query.pages {
            let mut page = Part::default();
            let (mut after, mut read_bytes) = (after.clone(), 0);
            loop {
                let limit = limit.saturating_sub(u32::try_from(page.rows.len()).unwrap_or(u32::MAX));
                let rows = tx.page(head.generation, prefix, &after, limit).await?;
                let bytes: usize = rows.iter().map(|row| row.state.len()).sum();
                read_bytes += bytes;
                let is_short = rows.len() < limit as usize;
                page.more = !is_short || bytes >= PAGE_BYTES;
                let shown = rows.iter().filter_map(|row| fund_of(&row.key));
                refuse_parked::<D>(tx.as_mut(), &head, shown.filter(|_| fund_of(prefix).is_none()).collect())
                    .await?;
                let last = rows.last().map(|row| row.key.clone());
                for row in rows {
                    if let Some(state) = read(&row.state, &row.key)? {
                        page.rows.push((row.key, state));
                    }
                }
                match last {
                    Some(last) if *is_whole && is_short && page.more && read_bytes < WHOLE_BYTES => {
                        after = last;
                    }
                    _ => break,
                }
            }
            pages.push(page);
        }
        tx.rollback().await?;
        let prefixes = query.pages.into_iter().map(|wanted| wanted.prefix).collect();
        Ok(Snapshot::new::<D>(&head, pages, prefixes, states))
    }

    /// The events that belong to a key, on one side of a position of this log, the nearest to it first: up to `limit`, or
    /// what one answer holds. Those that were voided are left out.
    pub async fn history(&self, key: &str, side: Side, limit: usize) -> Result<Part<StoredEvent>, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        refuse_parked::<D>(tx.as_mut(), &head, fund_of(key).into_iter().collect()).await?;
        let mut voids = Voids::default();
        for source in D::SOURCES {
            let feed = feed_in(tx.as_mut(), head.generation, source).await?;
            voids.extend(&feed);
        }
        let mut events: Vec<StoredEvent> = Vec::new();
        let (mut side, mut bytes, mut more, mut least) = (side, 0, true, 1);
        while more && events.len() < limit && bytes < PAGE_BYTES {
            let wanted = u32::try_from((limit - events.len()).max(least)).unwrap_or(u32::MAX);
            let page = tx.history(key, side, wanted).await?;
            more = !page.is_empty();
            side = page.last().map_or(side, |last| side.beyond(last));
            let counting = page.into_iter().filter(|row| !voids.covers(row));
            events.extend(counting.inspect(|row| bytes += row.payload.len()));
            // Where one was voided, others near it were: they are not passed over one by one.
            least = AFTER_VOIDED;
        }
        events.truncate(limit);
        tx.rollback().await?;
        Ok(Part { rows: events, more })
    }

    /// The parked funds after one, in the order of their ids, up to `limit`.
    pub async fn parked(&self, after: &str, limit: usize) -> Result<Vec<ParkedFund>, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        let mut after = if after.is_empty() { String::new() } else { parked_key(after) };
        let mut found = Vec::new();
        while found.len() < limit {
            let wanted = u32::try_from(limit - found.len()).unwrap_or(u32::MAX);
            let rows = tx.page(head.generation, PARKED, &after, wanted).await?;
            let Some(last) = rows.last() else { break };
            after.clone_from(&last.key);
            for row in &rows {
                found.extend(read_parked(row)?);
            }
        }
        tx.rollback().await?;
        Ok(found)
    }
}

/// Refuses a read that would show a parked fund.
pub(crate) async fn refuse_parked<D: Domain>(
    tx: &mut dyn StoreTx,
    head: &Head,
    funds: BTreeSet<&str>,
) -> Result<(), ReadError> {
    if D::SOURCES.is_empty() {
        // Nothing is taken in, so that nothing is ever parked.
        return Ok(());
    }
    match parked_in(tx, head.generation, &funds).await?.into_iter().next() {
        None => Ok(()),
        Some(parked) => Err(ReadError::Parked(Box::new(parked))),
    }
}
