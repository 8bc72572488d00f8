//! What a service is to its log: pure functions over keyed states.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::event::StoredEvent;
use crate::own::Decoded;
use crate::position::Position;

/// A service's rules, as its log needs them. No I/O, no clock, no randomness.
///
/// State is kept as one document a key; keys are paths such as `fund/smart-city-2019`. Keys that begin with `feed/`,
/// `parked/` or `void/` and event types that begin with `log_` are the log's own.
pub trait Domain: Send + Sync + Sized + 'static {
    /// What is asked for. A delivery of another log's event is one too.
    type Command: Send + Sync + 'static;
    /// What happened. Stored as JSON for good.
    type Event: Serialize + DeserializeOwned + Send + Sync + 'static;
    /// What is known under one key.
    type State: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// Why a command is refused.
    type Refusal: std::error::Error + Clone + Send + Sync + 'static;

    /// The log's name: `registry`, `ledger`, `targets`, `scoring`.
    const LOG: &'static str;
    /// Raised with every change of [`Domain::evolve`] or [`Domain::State`] that folds the same events to other states.
    const FOLD_VERSION: u32;
    /// The logs that it takes in.
    const SOURCES: &'static [&'static str] = &[];

    /// What [`Domain::decide`] has to see. Called again with what was loaded until it names nothing new, so one key may
    /// lead to the next.
    fn needs(command: &Self::Command, states: &States<'_, Self::State>) -> Vec<Need>;

    /// What follows from a command. It sees just what [`Domain::needs`] named. An accepted command appends at least one
    /// event; a delivery's first event is its intake.
    fn decide(
        states: &States<'_, Self::State>,
        command: &Self::Command,
    ) -> Result<Vec<Self::Event>, Self::Refusal>;

    /// The keys whose state or history an event belongs to. All of them were named by [`Domain::needs`].
    fn keys(event: &Self::Event) -> Vec<String>;

    /// Folds an event into the state of one of its keys. Total: any subset of events folds without a panic.
    fn evolve(key: &str, state: &mut Option<Self::State>, event: &Self::Event, meta: &Meta);

    /// The event's type as stored, `budget_adjusted`.
    fn event_type(event: &Self::Event) -> &'static str;

    /// The business date that an event counts from, as written; `None` where it has none.
    fn effective(event: &Self::Event) -> Option<String>;

    /// On whose approval it happened, as JSON; `None` where the event knows no approval.
    fn approval(event: &Self::Event) -> Option<String>;

    /// The command that takes in an event of one of [`Domain::SOURCES`].
    fn delivery(source: &StoredEvent) -> Result<Self::Command, DeliveryFault> {
        Err(DeliveryFault::UnknownType { log: source.log.clone(), event_type: source.event_type.clone() })
    }

    /// Where an intake leaves its feed; `None` for any other event.
    fn checkpoint(_event: &Self::Event) -> Option<Checkpoint> {
        None
    }

    /// When its source recorded what an intake took in, in microseconds since 1970 UTC; `None` for any other event.
    fn source_time(_event: &Self::Event) -> Option<i64> {
        None
    }

    /// Whether the states under a key, or under all keys that begin so, are computed from others and stored for speed: at
    /// a moment of the past they are computed anew from the facts that counted then, never folded.
    fn is_computed(_key: &str) -> bool {
        false
    }

    /// Whether an event only says what was computed, from all that was known when it was appended.
    fn is_result(_event: &Self::Event) -> bool {
        false
    }

    /// The command that computes anew what is stored about a fund, after intakes that it was computed from were voided.
    /// It may be accepted without an event. `None` where nothing computed is stored.
    fn recompute(_fund: &str, _voided: &Voided<'_>) -> Option<Self::Command> {
        None
    }

    /// The command that computes anew what is stored about any fund from the state under a key of no fund, after intakes
    /// that it was folded from were voided. It may be accepted without an event. `None` where nothing is.
    fn recompute_shared(_key: &str, _voided: &Voided<'_>) -> Option<Self::Command> {
        None
    }
}

/// Intakes that no longer count: what made it so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Voided<'a> {
    /// The source's log.
    pub source: &'a str,
    /// The id of this log's event that voids them.
    pub event: &'a str,
}

/// What a command has to see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// The state under one key.
    Key(String),
    /// The states under all keys that begin so. Costs what is there: only where all of it is touched.
    Prefix(String),
}

/// What an event's row says beside the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Its position, from 1.
    pub position: u64,
    /// Its id, a UUID.
    pub id: String,
    /// When it was recorded: microseconds since 1970 UTC.
    pub recorded_time: i64,
    /// Who sent the command.
    pub actor: String,
}

/// How far a feed was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Checkpoint {
    /// The source's log.
    pub log: String,
    /// The last position taken in.
    pub position: u64,
    /// The hash there.
    pub hash: String,
}

impl From<Checkpoint> for Position {
    fn from(checkpoint: Checkpoint) -> Self {
        let Checkpoint { log, position, hash } = checkpoint;
        Self { log, position, hash }
    }
}

/// Why an event of a source is not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryFault {
    /// The type is newer than this program. Stops the feed until the upgrade.
    #[error("the {log} log holds an event of the unknown type {event_type}: upgrade this service to go on")]
    UnknownType {
        /// The source's log.
        log: String,
        /// The type.
        event_type: String,
    },
    /// The payload does not read as its type says. Parks the funds that the event names.
    #[error("event {position} of the {log} log does not read: {reason}")]
    Unreadable {
        /// The source's log.
        log: String,
        /// Its position.
        position: u64,
        /// What is wrong.
        reason: String,
    },
}

/// States by key, as loaded for a batch. What was loaded and is not there is known to be absent.
#[derive(Debug)]
pub struct States<'a, S> {
    pub(crate) rows: &'a BTreeMap<String, Row<S>>,
    pub(crate) prefixes: &'a BTreeSet<String>,
}

/// A state and the position that it reflects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row<S> {
    pub(crate) position: u64,
    pub(crate) state: Option<S>,
}

impl<'a, S> States<'a, S> {
    /// The state under a key; `None` where there is none, or where it was not loaded (yet).
    pub fn get(&self, key: &str) -> Option<&'a S> {
        self.rows.get(key).and_then(|row| row.state.as_ref())
    }

    /// Whether a key was loaded, be there a state or not.
    pub fn is_loaded(&self, key: &str) -> bool {
        self.rows.contains_key(key)
    }

    /// The states under a prefix that was needed, in the order of their keys.
    pub fn prefix<'p>(&self, prefix: &'p str) -> impl Iterator<Item = (&'a str, &'a S)> + use<'a, 'p, S> {
        self.rows
            .range(prefix.to_owned()..)
            .take_while(move |(key, _)| key.starts_with(prefix))
            .filter_map(|(key, row)| row.state.as_ref().map(|state| (key.as_str(), state)))
    }

    /// Whether all states under a prefix were loaded.
    pub fn is_whole(&self, prefix: &str) -> bool {
        self.prefixes.contains(prefix)
    }

    /// Whether a need is met already.
    pub(crate) fn has(&self, need: &Need) -> bool {
        match need {
            Need::Key(key) => self.is_loaded(key),
            Need::Prefix(prefix) => self.prefixes.contains(prefix),
        }
    }
}

/// States in memory, and a fold over events: all of a log's, as a test or an import folds them, or those that a
/// [`crate::Scratch`] has loaded.
#[derive(Debug)]
pub struct Folded<D: Domain> {
    pub(crate) rows: BTreeMap<String, Row<D::State>>,
    pub(crate) prefixes: BTreeSet<String>,
    pub(crate) position: u64,
}

impl<D: Domain> Default for Folded<D> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), prefixes: BTreeSet::new(), position: 0 }
    }
}

impl<D: Domain> Folded<D> {
    /// Nothing loaded yet of a log that ends at a position.
    pub(crate) fn after(position: u64) -> Self {
        Self { position, ..Self::default() }
    }

    /// What is here, as a decision sees it.
    pub(crate) fn states(&self) -> States<'_, D::State> {
        States { rows: &self.rows, prefixes: &self.prefixes }
    }

    /// Whether a need was loaded.
    pub(crate) fn has(&self, need: &Need) -> bool {
        self.states().has(need)
    }

    /// What a command needs that was not loaded.
    pub(crate) fn missing(&self, command: &D::Command) -> Vec<Need> {
        let states = self.states();
        let mut missing = D::needs(command, &states);
        missing.retain(|need| !states.has(need));
        missing
    }

    /// Puts a row where none was loaded. One that was may reflect what was folded here.
    pub(crate) fn put(&mut self, key: String, row: Row<D::State>) {
        self.rows.entry(key).or_insert(row);
    }

    /// Folds one more event, as if recorded by `actor` under `id`.
    pub fn fold(&mut self, event: &D::Event, id: &str, actor: &str) {
        let (position, id, actor) = (self.position + 1, id.to_owned(), actor.to_owned());
        self.fold_as(event, &Meta { position, id, recorded_time: 0, actor });
    }

    /// Folds one more event as its row says.
    pub(crate) fn fold_as(&mut self, event: &D::Event, meta: &Meta) {
        self.fold_into(D::keys(event), event, meta);
    }

    /// Folds one more event into some of its keys.
    pub(crate) fn fold_into(&mut self, keys: Vec<String>, event: &D::Event, meta: &Meta) {
        self.position = meta.position;
        for key in keys {
            let row = self.rows.entry(key.clone()).or_insert(Row { position: 0, state: None });
            D::evolve(&key, &mut row.state, event, meta);
            row.position = meta.position;
        }
    }

    /// Decides a command over what was folded, seeing just what [`Domain::needs`] names.
    pub fn decide(&mut self, command: &D::Command) -> Result<Vec<D::Event>, D::Refusal> {
        let mut seen: BTreeMap<String, Row<D::State>> = BTreeMap::new();
        let mut prefixes = BTreeSet::new();
        loop {
            let states = States { rows: &seen, prefixes: &prefixes };
            let mut missing = D::needs(command, &states);
            missing.retain(|need| !states.has(need));
            if missing.is_empty() {
                return D::decide(&states, command);
            }
            for need in missing {
                match need {
                    Need::Key(key) => {
                        let row = self.rows.get(&key).cloned();
                        seen.insert(key, row.unwrap_or(Row { position: 0, state: None }));
                    }
                    Need::Prefix(prefix) => {
                        let found = self.rows.iter().filter(|(key, _)| key.starts_with(&prefix));
                        seen.extend(found.map(|(key, row)| (key.clone(), row.clone())));
                        prefixes.insert(prefix);
                    }
                }
            }
        }
    }

    /// Decides a command and folds what follows.
    pub fn execute(&mut self, command: &D::Command, actor: &str) -> Result<Vec<D::Event>, D::Refusal> {
        let events = self.decide(command)?;
        for event in &events {
            let id = format!("{}@{}", D::LOG, self.position + 1);
            self.fold(event, &id, actor);
        }
        Ok(events)
    }

    /// Folds an event as its log holds it. Events of the log itself touch none of these states.
    pub fn fold_stored(&mut self, stored: &StoredEvent) -> Result<(), serde_json::Error> {
        if let Decoded::Domain(event) = stored.decode::<D::Event>()? {
            self.fold(&event, &stored.id, &stored.actor);
        }
        Ok(())
    }

    /// The state under a key.
    pub fn get(&self, key: &str) -> Option<&D::State> {
        self.rows.get(key).and_then(|row| row.state.as_ref())
    }

    /// All states under a prefix, in the order of their keys.
    pub fn prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a D::State)> {
        States { rows: &self.rows, prefixes: &self.prefixes }.prefix(prefix)
    }
}
