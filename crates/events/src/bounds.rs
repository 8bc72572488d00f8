//! Bounds of a scheme beyond which an evaluation's figures are a finding.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::number::Number;
use crate::scheme::Parameter;

/// From where on figures are a finding, as a scheme says it. Where it states no bound, nothing is found by it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// The attainment (actual / target, in percent, above 100) from which on an exceeded target needs a reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over_target: Option<Parameter<Number>>,
    /// The share of a project's money, in percent, that is paid where a target of it earns all of its points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_when_full: Option<Parameter<Number>>,
    /// The most percentage points that the progress of targets and that of money may lie apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress_gap: Option<Parameter<Number>>,
    /// The days from the notice of a tender within which nothing of it can be paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tender_days: Option<Parameter<u32>>,
    /// The most that a target may differ from the actual of an earlier year, in percent of that actual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier_year: Option<Parameter<Number>>,
}

impl Bounds {
    /// Whether it states none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
