//! What persons say of an indicator.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::number::Number;
use crate::scheme::Answer;

/// What a person says of an indicator, other than points. A later one of the same kind takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Judgement {
    /// The level that was reached, in the words of the rule.
    Level {
        /// The level.
        level: String,
        /// The points within what the level allows; `None` where it allows just one value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        points: Option<Number>,
    },
    /// The share of the weight, 0 to 1.
    Coefficient {
        /// It.
        coefficient: Number,
    },
    /// Points off what the rule computes.
    Deduction {
        /// How many.
        points: Number,
    },
    /// Answers to what the indicator asks. Those that are not named stay as they are.
    Answers {
        /// By what was asked.
        answers: BTreeMap<String, Answer>,
    },
    /// It is not applicable.
    NotApplicable {},
    /// All that persons said of it counts no longer, points too.
    Withdrawn {},
}
