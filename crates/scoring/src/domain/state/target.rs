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
    /// What took it back, and what was to be reached until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<TakenBack>,
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

/// A withdrawal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenBack {
    /// What was to be reached until then.
    pub definition: TargetDefinition,
    /// What took it back.
    pub event: Cited,
}

impl TargetFacts {
    /// What was to be reached before the newest event of its definition, and that event, where that was a revision or the
    /// withdrawal.
    pub fn superseded(&self) -> Option<(&TargetDefinition, &Cited)> {
        match (&self.withdrawn, &self.previous, &self.defined) {
            (Some(withdrawn), _, _) => Some((&withdrawn.definition, &withdrawn.event)),
            (None, Some(previous), Some(defined)) => Some((&previous.definition, &defined.event)),
            _ => None,
        }
    }
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
    /// What gave the target the unit that was taken for its own; `None` where it came with one, or the target had none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit_from: Option<Cited>,
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
