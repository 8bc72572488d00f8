//! An event's row: what is stored, hashed and published.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The namespace of event ids: UUIDv5 of the DNS namespace and `jixiao.events`.
const EVENT_IDS: Uuid = Uuid::from_u128(0x8a4b_6a0e_3c0d_5c1e_9f57_2f0d_5b7c_61a3);

/// The version of the hash's input, its first part.
const HASH_VERSION: &str = "1";

/// The hash before the first event.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The most bytes that an event's payload may have: 256 KiB.
pub const MAX_PAYLOAD: usize = 256 * 1024;

/// An event as its log holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The log.
    pub log: String,
    /// Its place, 1, 2, 3 … without a gap.
    pub position: u64,
    /// A UUID made of log, request id and index.
    pub id: String,
    /// The keys whose state or history it belongs to.
    pub keys: Vec<String>,
    /// Its type, `budget_adjusted`.
    pub event_type: String,
    /// The event as JSON, the very bytes that are hashed and published.
    pub payload: String,
    /// The event that led to the command.
    pub causation: Option<String>,
    /// What the command belongs to, over several services.
    pub correlation: Option<String>,
    /// The trace that it was part of; not hashed.
    pub trace: Option<String>,
    /// Who sent the command.
    pub actor: String,
    /// On whose approval, as JSON.
    pub approval: Option<String>,
    /// The business date that it counts from.
    pub effective: Option<String>,
    /// When it was recorded: microseconds since 1970 UTC.
    pub recorded_time: i64,
    /// The request that it answers.
    pub request_id: String,
    /// Its place among the events of that request, from 0.
    pub request_index: u32,
    /// The hash of the request's content.
    pub request_hash: String,
    /// The hash of the event before.
    pub previous_hash: String,
    /// The hash of all the above but the trace.
    pub hash: String,
}

impl StoredEvent {
    /// The id of the event that a request appends at an index of a log.
    pub fn id_for(log: &str, request_id: &str, index: u32) -> String {
        // Length-prefixed, so that no two triples read the same.
        let name = format!("{}:{log}{}:{request_id}{index}", log.len(), request_id.len());
        Uuid::new_v5(&EVENT_IDS, name.as_bytes()).to_string()
    }

    /// The hash that belongs to this row: SHA-256 over its columns, each with its length before it.
    pub fn compute_hash(&self) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: Option<&str>| match text {
            // A missing column differs from an empty one.
            None => hash.update([0]),
            Some(text) => {
                hash.update([1]);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        };
        part(Some(HASH_VERSION));
        part(Some(&self.log));
        part(Some(&self.position.to_string()));
        part(Some(&self.id));
        part(Some(&self.keys_text()));
        part(Some(&self.event_type));
        part(Some(&self.payload));
        part(self.causation.as_deref());
        part(self.correlation.as_deref());
        part(Some(&self.actor));
        part(self.approval.as_deref());
        part(self.effective.as_deref());
        part(Some(&self.recorded_time.to_string()));
        part(Some(&self.request_id));
        part(Some(&self.request_index.to_string()));
        part(Some(&self.request_hash));
        part(Some(&self.previous_hash));
        hex::encode(hash.finalize())
    }

    /// The keys as one text, a line each: keys hold no line breaks.
    pub(crate) fn keys_text(&self) -> String {
        self.keys.join("\n")
    }

    /// When it was recorded, RFC 3339 with microseconds, UTC.
    pub fn recorded_text(&self) -> String {
        recorded_text(self.recorded_time)
    }
}

/// Microseconds since 1970 UTC as RFC 3339 with microseconds.
pub fn recorded_text(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |time| format!("{time:.6}"))
}

/// Microseconds since 1970 UTC of an RFC 3339 text with its offset; `None` for anything else.
pub fn recorded_from(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// The hash of a request's content: what `request_hash` holds.
pub fn request_hash(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}
