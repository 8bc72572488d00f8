//! The judge of fault tests: a plain fold of the logs that survived, compared with all that was acknowledged and answered.
//!
//! It shares no code with the services: this library depends on no crate of theirs. All it knows of them is the JSON of
//! their events (`crates/events/schemas`) and the documented input of the hash.
//!
//! | of | it checks |
//! | --- | --- |
//! | every log | positions 1, 2, 3 …, the chain of hashes, times that never go back, one effect a request |
//! | the history | what was acknowledged is there once, whole, at its acknowledged position and hash |
//! | intakes | of each source log each position once and in order, naming the true event; all of them at the end |
//! | the ledger | no account beyond its limit at any position; balances and totals as answered |
//! | the registry | projects and their states as answered |
//! | evaluations | sums of their parts; indicators of the newest facts; canonical answers as folded |

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::fold::{Evaluations, Ledger, Registry, Targets, text};
use crate::postgres::Endpoint;

/// The columns of an event, in the order of [`Event::from_row`].
const COLUMNS: &str = "position, id, keys, type, payload, causation, correlation, actor, approval, effective, \
     recorded_time, request_id, request_index, request_hash, previous_hash, hash";

/// An event as it is in its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The log.
    pub log: String,
    /// The columns of its row, in the order of the table; `None` for NULL.
    columns: Vec<Option<String>>,
    /// The payload, read.
    pub payload: Value,
}

impl Event {
    /// An event from its columns: position, id, keys (a line each), type, payload, causation, correlation, actor, approval,
    /// effective, recorded time in microseconds, request id, index and hash, previous hash, hash.
    pub fn from_row(log: &str, columns: Vec<Option<String>>) -> Self {
        assert_eq!(columns.len(), 16, "a row of {log} has the columns of an event");
        let payload = columns[4].as_deref().map(serde_json::from_str);
        let payload = payload.and_then(Result::ok).unwrap_or_default();
        Self { log: log.to_owned(), columns, payload }
    }

    fn column(&self, at: usize) -> &str {
        self.columns[at].as_deref().unwrap_or_default()
    }

    /// Its position, from 1.
    pub fn position(&self) -> u64 {
        self.column(0).parse().unwrap_or_default()
    }

    /// Its id.
    pub fn id(&self) -> &str {
        self.column(1)
    }

    /// Its type, `budget_adjusted`.
    pub fn kind(&self) -> &str {
        self.column(3)
    }

    /// The request behind it.
    pub fn request_id(&self) -> &str {
        self.column(11)
    }

    /// Its hash.
    pub fn hash(&self) -> &str {
        self.column(15)
    }

    /// The hash that its row should have: SHA-256 over `1`, the log and all columns but the last, each as 1 byte for
    /// presence, 8 bytes of length and its text.
    pub fn true_hash(&self) -> String {
        let mut hash = Sha256::new();
        let columns = self.columns.iter().take(15).map(Option::as_deref);
        for text in [Some("1"), Some(self.log.as_str())].into_iter().chain(columns) {
            let Some(text) = text else {
                hash.update([0]);
                continue;
            };
            hash.update([1]);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hex::encode(hash.finalize())
    }

    /// Replaces a column, for tests of the judge.
    pub fn tamper(&mut self, column: usize, text: &str) {
        self.columns[column] = Some(text.to_owned());
        *self = Self::from_row(&self.log, std::mem::take(&mut self.columns));
    }
}

/// Reads a log's rows straight from its database.
#[track_caller]
pub fn read_log(server: &Endpoint, database: &str, log: &str) -> Vec<Event> {
    let rows = server.query(database, &format!("SELECT {COLUMNS} FROM events ORDER BY position"));
    rows.into_iter().map(|columns| Event::from_row(log, columns)).collect()
}

/// One acknowledged request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The log that it was acknowledged for.
    pub log: String,
    /// The request.
    pub request_id: String,
    /// The ids of its events, in order.
    pub event_ids: Vec<String>,
    /// The position of the last of them.
    pub position: u64,
    /// The hash of the last of them.
    pub hash: String,
}

/// What the services answer at the end, once all has come to rest.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// Balances on their normal side in fen, by fund, holder and account kind: `funds/a`, `agencies/b`, `available`.
    pub balances: BTreeMap<(String, String, String), i64>,
    /// A fund's totals in fen, by fund and name: `a`, `original`.
    pub totals: BTreeMap<(String, String), i64>,
    /// States of projects, by fund and project.
    pub projects: BTreeMap<(String, String), String>,
    /// Canonical evaluations by fund.
    pub evaluations: BTreeMap<String, Value>,
}

/// A run to judge.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The logs that survived, by name.
    pub logs: BTreeMap<String, Vec<Event>>,
    /// What was acknowledged and has to be there.
    pub acknowledged: Vec<Acknowledged>,
    /// What was answered; `None` where only the logs are judged, which may still be behind each other.
    pub answers: Option<Answers>,
}

/// The sources of each log, as documented.
const SOURCES: [(&str, &[&str]); 3] =
    [("ledger", &["registry"]), ("targets", &["registry"]), ("scoring", &["registry", "ledger", "targets"])];

impl Case {
    /// Everything that is not as it should be; empty for a good run.
    pub fn objections(&self) -> Vec<String> {
        let mut objections = Vec::new();
        self.logs.iter().for_each(|(name, log)| chain(name, log, &mut objections));
        self.history(&mut objections);
        self.intakes(&mut objections);
        let ledger = Ledger::fold(self.log("ledger"), &mut objections);
        let registry = Registry::fold(self.log("registry"));
        let targets = Targets::fold(self.log("targets"));
        let evaluations = Evaluations::fold(self.log("scoring"), &mut objections);
        if let Some(answers) = &self.answers {
            same("balance", &ledger.balances(), &answers.balances, &mut objections);
            same("total", &ledger.totals, &answers.totals, &mut objections);
            same("project", &registry.projects, &answers.projects, &mut objections);
            evaluations.newest(&ledger, &registry, &targets, &mut objections);
            evaluations.compare(&answers.evaluations, &ledger, &registry, &mut objections);
        }
        objections
    }

    fn log(&self, name: &str) -> &[Event] {
        self.logs.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    fn history(&self, objections: &mut Vec<String>) {
        let mut there: BTreeMap<(&str, &str), Vec<&Event>> = BTreeMap::new();
        for (name, log) in &self.logs {
            for event in log {
                there.entry((name, event.request_id())).or_default().push(event);
            }
        }
        for request in &self.acknowledged {
            let found = there.get(&(request.log.as_str(), request.request_id.as_str()));
            let found = found.map(Vec::as_slice).unwrap_or_default();
            let ids = found.iter().map(|event| event.id());
            let last = found.last().map(|event| (event.position(), event.hash()));
            if !ids.eq(request.event_ids.iter().map(String::as_str))
                || last != Some((request.position, request.hash.as_str()))
            {
                objections.push(format!(
                    "acknowledged {} of {} at {} is not there as acknowledged: {last:?}",
                    request.request_id, request.log, request.position
                ));
            }
        }
    }

    /// Intakes, with what was voided after a fork taken away. What was held while a fund was parked comes once more when it
    /// is retried.
    fn intakes(&self, objections: &mut Vec<String>) {
        for (name, sources) in SOURCES {
            let mut taken: BTreeMap<&str, u64> = sources.iter().map(|source| (*source, 0)).collect();
            let mut held: BTreeSet<(&str, u64)> = BTreeSet::new();
            let voided = voided(self.log(name));
            let counts =
                |event: &&Event| !voided.contains(&event.position()) && event.payload["source"].is_object();
            for event in self.log(name).iter().filter(counts) {
                let source = &event.payload["source"];
                let (log, position) = (text(source, "log"), source["position"].as_u64().unwrap_or_default());
                let at = format!("{name} {}: intake of {log} {position}", event.position());
                let Some(last) = taken.get_mut(log) else {
                    objections.push(format!("{at}: no source of it"));
                    continue;
                };
                let origin =
                    usize::try_from(position).ok().and_then(|at| self.log(log).get(at.checked_sub(1)?));
                let named = (text(source, "id"), text(source, "hash"));
                if origin.map(|origin| (origin.id(), origin.hash())) != Some(named) {
                    objections.push(format!("{at} names another event"));
                }
                if !event.request_id().starts_with(&format!("{log}@{position}@{}", named.1)) {
                    objections.push(format!("{at} answers {}", event.request_id()));
                }
                if event.request_id().ends_with("@retried") {
                    if !held.remove(&(log, position)) {
                        objections.push(format!("{at} was retried and not held"));
                    }
                    continue;
                }
                if position != *last + 1 {
                    objections.push(format!("{at} follows {last}"));
                }
                *last = position;
                if ["log_fund_parked", "log_intake_held"].contains(&event.kind()) {
                    held.insert((log, position));
                }
            }
            for (source, last) in taken {
                if self.answers.is_some() && last != self.log(source).len() as u64 {
                    objections
                        .push(format!("{name} took in {last} of {} of {source}", self.log(source).len()));
                }
            }
            if self.answers.is_some() && !held.is_empty() {
                objections.push(format!("{name} still holds {held:?}"));
            }
        }
    }
}

/// The positions of a log's events that a later one voids: intakes that their source no longer holds, and what followed
/// from them in the same requests.
pub(crate) fn voided(log: &[Event]) -> BTreeSet<u64> {
    let mut voided = BTreeSet::new();
    for event in log.iter().filter(|event| event.kind() == "log_feed_voided") {
        let source = text(&event.payload, "log");
        let after = event.payload["after"]["position"].as_u64().unwrap_or_default();
        let before = || log.iter().filter(|other| other.position() < event.position());
        let lost = before().filter(|other| {
            let of = &other.payload["source"];
            text(of, "log") == source && of["position"].as_u64().is_some_and(|position| position > after)
        });
        let lost: BTreeSet<&str> = lost.map(Event::request_id).collect();
        voided.extend(before().filter(|other| lost.contains(other.request_id())).map(Event::position));
    }
    voided
}

fn chain(name: &str, log: &[Event], objections: &mut Vec<String>) {
    let mut previous = "0".repeat(64);
    let mut time = 0;
    let mut requests = BTreeSet::new();
    for (event, position) in log.iter().zip(1..) {
        let at = format!("{name} {position}");
        if event.position() != position {
            objections.push(format!("{at}: has position {}", event.position()));
        }
        if event.hash() != event.true_hash() {
            objections.push(format!("{at}: the hash is not of its content"));
        }
        if event.column(14) != previous {
            objections.push(format!("{at}: follows another event"));
        }
        if !requests.insert((event.request_id(), event.column(12))) {
            objections.push(format!("{at}: {} took effect twice", event.request_id()));
        }
        let recorded: i64 = event.column(10).parse().unwrap_or_default();
        if recorded < time {
            objections.push(format!("{at}: recorded before the one before it"));
        }
        time = recorded;
        event.hash().clone_into(&mut previous);
    }
}

/// Objects to every difference between what was folded and what was answered.
fn same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    folded: &BTreeMap<K, V>,
    answered: &BTreeMap<K, V>,
    objections: &mut Vec<String>,
) {
    for key in folded.keys().chain(answered.keys()).collect::<BTreeSet<_>>() {
        let (fold, answer) = (folded.get(key), answered.get(key));
        if fold != answer {
            objections.push(format!("{what} {key:?}: folded {fold:?}, answered {answer:?}"));
        }
    }
}

/// A decimal of an event, zero where there is none.
pub(crate) fn decimal(value: &Value) -> Decimal {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_default()
}
