//! What clients saw: the judge compares it with the logs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jixiao_eventlog::{Position, StoredEvent};

/// What clients saw, in order.
#[derive(Debug, Clone, Default)]
pub struct History(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
pub struct Seen {
    /// Acknowledged requests: the log, the request, its rows.
    pub acknowledged: Vec<(&'static str, String, Vec<StoredEvent>)>,
    pub refused: Vec<Refused>,
    pub read: Vec<Read>,
    /// What no client may ever be told.
    pub faults: Vec<String>,
    heads: BTreeMap<&'static str, u64>,
}

/// A refusal: the log has to agree with it at the place that it was decided on.
#[derive(Debug)]
pub struct Refused {
    pub request: String,
    pub seen: Position,
    /// The last position that was acknowledged when the request was sent.
    pub known: u64,
    pub fund: String,
    pub asked: u64,
    pub left: i64,
}

/// A state as it was read.
#[derive(Debug)]
pub struct Read {
    pub at: Position,
    pub fund: String,
    /// As JSON; `null` where there was none.
    pub state: String,
    /// Positions that had to be reflected.
    pub waited_for: Vec<Position>,
}

impl History {
    pub fn acknowledge(&self, log: &'static str, request: &str, rows: Vec<StoredEvent>) {
        let mut seen = self.seen();
        let last = rows.last().map_or(0, |row| row.position);
        let head = seen.heads.entry(log).or_default();
        *head = last.max(*head);
        seen.acknowledged.push((log, request.to_owned(), rows));
    }

    /// The last position of a log that was acknowledged to anybody.
    pub fn head(&self, log: &str) -> u64 {
        self.seen().heads.get(log).copied().unwrap_or_default()
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
