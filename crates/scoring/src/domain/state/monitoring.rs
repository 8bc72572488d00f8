//! What is kept of monitoring.

use jixiao_events::monitoring::WarningLevel;
use jixiao_events::{Names, PartialDate};
use serde::{Deserialize, Serialize};

use super::Cited;

/// The day that a fund's clock has come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The day, in the fund's own time zone.
    pub on: PartialDate,
    /// What said so.
    pub event: Cited,
}

/// A warning that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingWarning {
    /// The monitor's names.
    pub name: Names,
    /// How loud it is.
    pub level: WarningLevel,
    /// What raised it.
    pub raised: Cited,
    /// What gave it its level.
    pub changed: Cited,
}
