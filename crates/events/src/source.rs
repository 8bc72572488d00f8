//! What every event can say about where it came from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::date::PartialDate;

/// An event of another service's log, as its consumer took it in: enough to find it, prove it and date it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceEvent {
    /// The log that holds it: `registry`, `ledger`, `targets`.
    pub log: String,
    /// Its position in that log, from 1.
    pub position: u64,
    /// Its id, a UUID.
    pub id: String,
    /// Its hash, which chains all events before it.
    pub hash: String,
    /// When its own log recorded it: microseconds since 1970 UTC.
    pub recorded_time: i64,
    /// The business date that it counts from; `None` where it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<PartialDate>,
    /// Who sent the command behind it.
    pub actor: String,
}

/// A name in Chinese and, where there is one, in English.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Names {
    /// Chinese.
    pub zh: String,
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// On whose approval something happened. `None` says: not stated by whoever recorded it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Who approved: an office or a role, never a person's name where the source leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// When it was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_on: Option<PartialDate>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
