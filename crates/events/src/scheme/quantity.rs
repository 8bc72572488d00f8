//! Quantities that a scheme declares.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A quantity that a report may state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quantity {
    /// Its name in claims.
    pub name: String,
    /// What it is.
    pub body: QuantityBody,
}

/// What a quantity of a scheme is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum QuantityBody {
    /// Another name of a quantity.
    Alias {
        /// That quantity.
        is: String,
    },
    /// The sum of other quantities.
    Sum {
        /// Those quantities.
        parts: Vec<String>,
    },
    /// One quantity divided by another.
    Rate {
        /// What is divided.
        numerator: String,
        /// By what.
        denominator: String,
    },
    /// Only stated: no fact computes it. It can be compared with other claims.
    Stated {},
}
