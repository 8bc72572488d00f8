//! What is known of a target.

use jixiao_events::targets::{Measured, TargetDefinition, TargetRef};
use jixiao_events::{Number, PartialDate};
use serde::{Deserialize, Serialize};

use super::Cited;

/// A target. Each part is there once its event was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// The target.
    pub target: TargetRef,
    /// What is to be reached; `None` while that is not known, or since it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defined: Option<Defined>,
    /// What was to be reached before the newest revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Defined>,
    /// What was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Actual>,
    /// What its unit gave itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_score: Option<SelfScore>,
}

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// The version.
    pub version: u32,
    /// The definition.
    pub definition: TargetDefinition,
    /// What set it.
    pub event: Cited,
}

/// What was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actual {
    /// The value.
    pub value: Measured,
    /// Its unit: its own, or the target's when it was recorded without one. A later version of the target in another
    /// unit does not change what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What set it.
    pub event: Cited,
}

/// A self-score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfScore {
    /// The points.
    pub score: Number,
    /// Why, as the filer put it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a target: the version that it had when it was scored; `None` while none was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// When it was filed; `None` where that was not kept yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
    /// What set it.
    pub event: Cited,
}
