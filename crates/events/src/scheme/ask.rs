//! What a person is asked for, and what the person answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Parameter;
use crate::date::PartialDate;
use crate::number::Number;
use crate::source::Names;

/// Something that only a person can say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    /// Its id within the indicator.
    pub ask: String,
    /// What it is called.
    pub name: Names,
    /// What an answer looks like.
    pub kind: AskKind,
}

/// What an answer looks like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AskKind {
    /// A number.
    Number {
        /// Its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// The least that is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Parameter<Number>>,
        /// The most that is taken.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Parameter<Number>>,
    },
    /// A day, month or year.
    Date {},
    /// Yes or no.
    YesNo {},
    /// How many chose each of some answers of a survey (满意度调查).
    Survey {
        /// The answers that could be chosen.
        choices: Vec<Choice>,
    },
}

/// An answer of a survey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    /// Its id.
    pub choice: String,
    /// What it is called.
    pub name: Names,
    /// What it is worth, 0 to 1: 1 for satisfied.
    pub share: Parameter<Number>,
}

/// What a person answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// A number.
    Number {
        /// The number, in the unit of what was asked.
        value: Number,
    },
    /// A date.
    Date {
        /// The date; a month or year counts from its last day.
        date: PartialDate,
    },
    /// Yes or no.
    YesNo {
        /// Whether yes.
        yes: bool,
    },
    /// How many chose each answer of a survey.
    Survey {
        /// By the answer's id; one that is not named was not chosen.
        counts: std::collections::BTreeMap<String, u64>,
    },
}
