//! Conditions, and what follows from them.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{Measure, Parameter};
use crate::number::Number;

/// A comparison of two values: `budget.receipt_rate < 100`, `answer.harm = yes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// What is compared.
    pub left: Term,
    /// How.
    pub op: Op,
    /// With what.
    pub right: Term,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "term", rename_all = "snake_case")]
pub enum Term {
    /// What the indicator measures.
    Value {},
    /// What a person answered, as a number: yes is 1, no 0, a date its day.
    Answer {
        /// The indicator; `None`: the one that has the condition.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<crate::names::NodeId>,
        /// What was asked.
        ask: String,
    },
    /// A figure of the fund.
    Measure {
        /// Which.
        measure: Measure,
    },
    /// The points of everything, unrounded. Only where a grade is decided.
    Total {},
    /// A number; `yes` is 1, `no` 0.
    Number {
        /// It.
        number: Number,
    },
}

/// A comparison.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
pub enum Op {
    /// Below.
    #[serde(rename = "<")]
    #[strum(serialize = "<")]
    Below,
    /// At most.
    #[serde(rename = "<=")]
    #[strum(serialize = "<=")]
    AtMost,
    /// Equal.
    #[serde(rename = "=")]
    #[strum(serialize = "=")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    #[strum(serialize = "!=")]
    NotEqual,
    /// At least.
    #[serde(rename = ">=")]
    #[strum(serialize = ">=")]
    AtLeast,
    /// Above.
    #[serde(rename = ">")]
    #[strum(serialize = ">")]
    Above,
}

impl Op {
    /// Whether it holds between two values.
    pub fn holds(self, left: Number, right: Number) -> bool {
        match self {
            Self::Below => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::NotEqual => left != right,
            Self::AtLeast => left >= right,
            Self::Above => left > right,
        }
    }
}

/// Why a text is no [`Condition`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Not two terms with an operator between them.
    #[error(
        "\"{0}\" is no condition: write two values with <, <=, =, !=, >= or > and blanks between them, as in \
         `budget.receipt_rate < 100`"
    )]
    Form(String),
    /// Not a term.
    #[error(
        "\"{0}\" is no value of a condition: it is `value`, `total`, `answer.ASK`, `answer.NODE.ASK`, a measure, a number, \
         `yes` or `no`"
    )]
    Term(String),
}

impl FromStr for Condition {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let form = || ConditionError::Form(text.to_owned());
        let mut parts = text.split_whitespace();
        let (Some(left), Some(op), Some(right), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(form());
        };
        Ok(Self { left: left.parse()?, op: op.parse().map_err(|_| form())?, right: right.parse()? })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.left, <&str>::from(self.op), self.right)
    }
}

impl FromStr for Term {
    type Err = ConditionError;

    fn from_str(text: &str) -> Result<Self, ConditionError> {
        let error = || ConditionError::Term(text.to_owned());
        if let Some(path) = text.strip_prefix("answer.") {
            let (node, ask) = match path.rsplit_once('.') {
                None => (None, path),
                Some((node, ask)) => (Some(node.parse().map_err(|_| error())?), ask),
            };
            return if ask.is_empty() {
                Err(error())
            } else {
                Ok(Self::Answer { node, ask: ask.to_owned() })
            };
        }
        match text {
            "value" => Ok(Self::Value {}),
            "total" => Ok(Self::Total {}),
            "yes" => Ok(Self::Number { number: Number::ONE }),
            "no" => Ok(Self::Number { number: Number::ZERO }),
            _ => match (text.parse(), text.parse()) {
                (Ok(measure), _) => Ok(Self::Measure { measure }),
                (_, Ok(number)) => Ok(Self::Number { number }),
                _ => Err(error()),
            },
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value {} => f.write_str("value"),
            Self::Answer { node: None, ask } => write!(f, "answer.{ask}"),
            Self::Answer { node: Some(node), ask } => write!(f, "answer.{node}.{ask}"),
            Self::Measure { measure } => f.write_str((*measure).into()),
            Self::Total {} => f.write_str("total"),
            Self::Number { number } => write!(f, "{number}"),
        }
    }
}

/// What limits points: where all its conditions hold, no more than so many are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Gate {
    /// When it applies.
    pub when: Vec<Condition>,
    /// The most points that are left.
    pub at_most: Parameter<Number>,
}
