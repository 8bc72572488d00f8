//! What a simulated database holds, each row with the commit that wrote it: a snapshot sees the rows up to its own commit,
//! and a crash takes back those that were never synced.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::{GENESIS, MAX_PAYLOAD};
use jixiao_eventlog::store::{Head, PAGE_BYTES, Side, StateRow};

/// A generation and a key.
type StateKey = (u64, String);

/// The versions of a state, the newest last: the commit, and the row's position and state unless it was removed.
type Versions = Vec<(u64, Option<(u64, String)>)>;

/// The rows of one log.
#[derive(Debug)]
pub struct Tables {
    heads: Vec<(u64, Head)>,
    events: BTreeMap<u64, (u64, Arc<StoredEvent>)>,
    ids: BTreeSet<String>,
    requests: BTreeMap<(String, u32), u64>,
    keys: BTreeSet<(String, u64)>,
    states: BTreeMap<StateKey, Versions>,
}

/// What a transaction has written and not committed.
#[derive(Debug, Default)]
pub struct Writes {
    pub events: Vec<Arc<StoredEvent>>,
    /// Keys of events that are there already.
    pub index: Vec<(String, u64)>,
    pub states: BTreeMap<StateKey, Option<(u64, String)>>,
    pub head: Option<Head>,
}

impl Writes {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.index.is_empty() && self.states.is_empty() && self.head.is_none()
    }
}

/// What a reader sees: the commits up to one, and its own writes.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    pub tables: &'a Tables,
    pub commit: u64,
    pub own: &'a Writes,
}

impl Tables {
    pub fn new(fold_version: u32) -> Self {
        let head =
            Head { position: 0, hash: GENESIS.to_owned(), recorded_time: 0, generation: 1, fold_version };
        Self {
            heads: vec![(0, head)],
            events: BTreeMap::new(),
            ids: BTreeSet::new(),
            requests: BTreeMap::new(),
            keys: BTreeSet::new(),
            states: BTreeMap::new(),
        }
    }

    /// Writes a transaction as one commit.
    pub fn write(&mut self, commit: u64, writes: Writes) {
        for event in writes.events {
            self.ids.insert(event.id.clone());
            self.requests.insert((event.request_id.clone(), event.request_index), event.position);
            self.keys.extend(event.keys.iter().map(|key| (key.clone(), event.position)));
            self.events.insert(event.position, (commit, event));
        }
        self.keys.extend(writes.index);
        for (key, row) in writes.states {
            self.states.entry(key).or_default().push((commit, row));
        }
        if let Some(head) = writes.head {
            self.heads.push((commit, head));
        }
    }

    /// Takes back all commits after one.
    pub fn forget_after(&mut self, commit: u64) {
        self.heads.retain(|(written, _)| *written <= commit);
        for versions in self.states.values_mut() {
            versions.retain(|(written, _)| *written <= commit);
        }
        self.states.retain(|_, versions| !versions.is_empty());
        let lost: Vec<u64> =
            self.events.iter().filter(|(_, (written, _))| *written > commit).map(|(at, _)| *at).collect();
        for position in lost {
            if let Some((_, event)) = self.events.remove(&position) {
                self.ids.remove(&event.id);
                self.requests.remove(&(event.request_id.clone(), event.request_index));
                self.keys.retain(|(_, at)| *at != position);
            }
        }
    }

    /// Why an event cannot be appended after a transaction's own ones; the constraints of the table.
    pub fn refuses(&self, own: &Writes, event: &StoredEvent) -> Option<&'static str> {
        let texts = [
            Some(&event.payload),
            Some(&event.actor),
            Some(&event.request_id),
            Some(&event.event_type),
            event.causation.as_ref(),
            event.correlation.as_ref(),
            event.trace.as_ref(),
            event.approval.as_ref(),
            event.effective.as_ref(),
        ];
        let texts = texts.into_iter().flatten().chain(&event.keys);
        if texts.into_iter().any(|text| text.contains('\0')) {
            return Some("a text holds U+0000");
        }
        if event.position == 0 || event.payload.len() > MAX_PAYLOAD {
            return Some("a check is violated");
        }
        let distinct: BTreeSet<_> = event.keys.iter().collect();
        if distinct.len() < event.keys.len() {
            return Some("a key stands twice");
        }
        let request = (event.request_id.clone(), event.request_index);
        let taken = self.events.contains_key(&event.position)
            || self.ids.contains(&event.id)
            || self.requests.contains_key(&request)
            || own.events.iter().any(|other| {
                other.position == event.position
                    || other.id == event.id
                    || (other.request_id == event.request_id && other.request_index == event.request_index)
            });
        taken.then_some("a unique value stands twice")
    }
}

impl View<'_> {
    pub fn head(&self) -> Option<Head> {
        let committed = || self.tables.heads.iter().rev().find(|(commit, _)| *commit <= self.commit);
        self.own.head.clone().or_else(|| committed().map(|(_, head)| head.clone()))
    }

    fn event(&self, position: u64) -> Option<&Arc<StoredEvent>> {
        let committed = self.tables.events.get(&position).filter(|(commit, _)| *commit <= self.commit);
        committed
            .map(|(_, event)| event)
            .or_else(|| self.own.events.iter().find(|event| event.position == position))
    }

    fn all_after(&self, position: u64) -> impl Iterator<Item = &Arc<StoredEvent>> {
        let committed = self.tables.events.range(position + 1..);
        let committed =
            committed.filter(|(_, (commit, _))| *commit <= self.commit).map(|(_, (_, event))| event);
        committed.chain(self.own.events.iter().filter(move |event| event.position > position))
    }

    pub fn events_after(&self, position: u64, limit: u32) -> Vec<StoredEvent> {
        let events = self.all_after(position).take(limit as usize);
        until_long(events, |event| event.payload.len()).map(|event| StoredEvent::clone(event)).collect()
    }

    pub fn hash_at(&self, position: u64) -> Option<String> {
        if position == 0 {
            return Some(GENESIS.to_owned());
        }
        self.event(position).map(|event| event.hash.clone())
    }

    pub fn requests(&self, ids: &[String]) -> Vec<StoredEvent> {
        let mut found = BTreeMap::new();
        for id in ids {
            let rows = self.tables.requests.range((id.clone(), 0)..=(id.clone(), u32::MAX));
            let committed = rows.filter_map(|(_, position)| self.event(*position));
            let own = self.own.events.iter().filter(|event| event.request_id == *id);
            for event in committed.chain(own) {
                found.insert(event.position, StoredEvent::clone(event));
            }
        }
        found.into_values().collect()
    }

    fn state(&self, key: &StateKey) -> Option<StateRow> {
        let row = if let Some(row) = self.own.states.get(key) {
            row.as_ref()
        } else {
            let versions = self.tables.states.get(key)?;
            let seen = versions.iter().rev().find(|(commit, _)| *commit <= self.commit)?;
            seen.1.as_ref()
        };
        row.map(|(position, state)| StateRow {
            key: key.1.clone(),
            position: *position,
            state: state.clone(),
        })
    }

    pub fn states(&self, generation: u64, keys: &[String]) -> Vec<StateRow> {
        let keys: BTreeSet<_> = keys.iter().collect();
        keys.into_iter().filter_map(|key| self.state(&(generation, key.clone()))).collect()
    }

    /// The keys of a generation's rows that are not below `from`, in order.
    fn state_keys(&self, generation: u64, from: &str) -> BTreeSet<StateKey> {
        let range = (generation, from.to_owned())..(generation + 1, String::new());
        let committed = self.tables.states.range(range.clone()).map(|(key, _)| key);
        committed.chain(self.own.states.range(range).map(|(key, _)| key)).cloned().collect()
    }

    pub fn page(&self, generation: u64, prefix: &str, after: &str, limit: u32) -> Vec<StateRow> {
        let rows = self
            .state_keys(generation, prefix.max(after))
            .into_iter()
            .take_while(|(_, key)| key.starts_with(prefix) || key.as_str() <= after)
            .filter(|(_, key)| key.as_str() > after)
            .filter_map(|key| self.state(&key))
            .filter(|row| row.state != "null")
            .take(limit as usize);
        until_long(rows, |row| row.state.len()).collect()
    }

    /// Up to so many keys of a generation that have a row.
    pub fn some_keys(&self, generation: u64, limit: u32) -> Vec<StateKey> {
        let keys = self.state_keys(generation, "").into_iter();
        keys.filter(|key| self.state(key).is_some()).take(limit as usize).collect()
    }

    fn positions(&self, key: &str, from: u64, to: u64) -> BTreeSet<u64> {
        let committed = self.tables.keys.range((key.to_owned(), from)..(key.to_owned(), to));
        let own =
            self.own.events.iter().filter(|event| {
                (from..to).contains(&event.position) && event.keys.iter().any(|its| its == key)
            });
        committed.map(|(_, position)| *position).chain(own.map(|event| event.position)).collect()
    }

    pub fn history(&self, key: &str, side: Side, limit: u32) -> Vec<StoredEvent> {
        match side {
            Side::After(position) => {
                self.at(self.positions(key, position.saturating_add(1), u64::MAX).into_iter(), limit)
            }
            Side::Before(position) => self.at(self.positions(key, 0, position).into_iter().rev(), limit),
        }
    }

    pub fn histories(&self, prefix: &str, after: (&str, u64), limit: u32) -> Vec<(String, StoredEvent)> {
        let committed = self.tables.keys.range((prefix.to_owned(), 0)..);
        let committed = committed.take_while(|(key, _)| key.starts_with(prefix)).cloned();
        let own = self.own.events.iter();
        let own = own.flat_map(|event| event.keys.iter().map(|key| (key.clone(), event.position)));
        let places: BTreeSet<_> = committed.chain(own.filter(|(key, _)| key.starts_with(prefix))).collect();
        let after = (after.0.to_owned(), after.1);
        let rows = places.into_iter().filter(|place| *place > after).take(limit as usize);
        let rows = rows.filter_map(|(key, position)| Some((key, self.event(position)?)));
        until_long(rows, |(_, event)| event.payload.len())
            .map(|(key, event)| (key, StoredEvent::clone(event)))
            .collect()
    }

    fn at(&self, positions: impl Iterator<Item = u64>, limit: u32) -> Vec<StoredEvent> {
        let events = positions.filter_map(|position| self.event(position)).take(limit as usize);
        until_long(events, |event| event.payload.len()).map(|event| StoredEvent::clone(event)).collect()
    }
}

/// Rows until they have the bytes of a page.
fn until_long<T>(rows: impl Iterator<Item = T>, bytes_of: impl Fn(&T) -> usize) -> impl Iterator<Item = T> {
    rows.scan(0, move |bytes, row| {
        let fits = *bytes < PAGE_BYTES;
        *bytes += bytes_of(&row);
        fits.then_some(row)
    })
}
