//! Portfolios: what is summed over the projects of one support category (支持方向).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::number::Number;

/// The projects of one support category of a fund, summed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CategorySum {
    /// The category, as the registry has it.
    pub category: String,
    /// Projects that the fund carries.
    pub projects: u32,
    /// What is arranged for its projects: allocated and moved where any of that is booked, else what is stated.
    pub arranged: Money,
    /// What is paid for its projects: booked, else stated.
    pub paid: Money,
    /// Targets of its projects that count.
    pub targets: u32,
    /// Those that are met.
    pub met: u32,
    /// The weights of its targets.
    pub weight: Number,
    /// The points that they earn.
    pub points: Number,
}
