//! How a value becomes points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::{Condition, Parameter};
use crate::date::PartialDate;
use crate::number::Number;
use crate::source::Names;

/// How a measured value, or a target's attainment in percent, becomes points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(tag = "rule", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rule {
    /// The weight when met, else nothing. For an indicator, met is decided by a threshold.
    AllOrNothing {
        /// Met from this value on, in the measure's unit; `None` for targets, which say themselves when they are met.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_least: Option<Parameter<Number>>,
        /// Met up to this value.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_most: Option<Parameter<Number>>,
    },
    /// The weight when met; else the factor of the highest step that the attainment reaches; else nothing.
    Steps {
        /// Steps, highest first.
        steps: Vec<Step>,
    },
    /// The weight times the attainment, at most the weight.
    ProRata {
        /// The attainment in percent that earns the whole weight.
        full_at: Parameter<Number>,
    },
    /// Points by the band that the value falls into. Bands leave no gap and do not overlap.
    Bands {
        /// Bands, lowest first.
        bands: Vec<Band>,
    },
    /// The weight less so much for each finding counted.
    DeductPerFinding {
        /// Points lost for each.
        each: Parameter<Number>,
        /// At most so many points are lost; `None`: all of the weight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<Parameter<Number>>,
        /// At least so many points stay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<Parameter<Number>>,
    },
    /// A person's points with a reason, from nothing to the weight.
    Manual {
        /// Whether the self-score, at most the weight, stands until a person has judged.
        self_score_stands: Parameter<bool>,
        /// Whether the person gives a coefficient, 0 to 1, that the weight is multiplied by; `None`: points.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        coefficient: Option<Parameter<bool>>,
    },
    /// The weight up to a value, beyond it the weight times that value by the measured one: lower is better.
    InverseRatio {
        /// Up to this value the whole weight is earned.
        full_at: Parameter<Number>,
    },
    /// The share of the weight at given values, and between them by steps or in proportion.
    Curve {
        /// Anchors, lowest value first. Before the first and after the last the share stays what it is there.
        anchors: Vec<Anchor>,
        /// What lies between two anchors.
        between: Parameter<Between>,
    },
    /// The weight less so much for every so many units beyond a value.
    Deduct {
        /// Points lost for each.
        each: Parameter<Number>,
        /// How many units cost that much; `None`: one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        per: Option<Parameter<Number>>,
        /// The value beyond which points are lost; `None`: zero.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Parameter<Scale>>,
        /// On which side of it; `None`: above.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        side: Option<Parameter<Side>>,
        /// How units that are not whole count; `None`: in proportion.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        counted: Option<Parameter<Counted>>,
        /// At most so many points are lost; `None`: all of the weight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<Parameter<Number>>,
        /// At least so many points stay.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        floor: Option<Parameter<Number>>,
    },
    /// Points for each thing that is there.
    Checklist {
        /// What has to be there.
        items: Vec<Item>,
    },
    /// A level in words, each with the points that it allows.
    Levels {
        /// Levels, best first.
        levels: Vec<Level>,
    },
    /// The points of the first case whose conditions hold.
    Cases {
        /// Cases, in the order in which they are tried.
        cases: Vec<Case>,
        /// The points where none holds.
        otherwise: Parameter<Number>,
    },
}

/// How targets are scored by the kind of their criterion, where the node's rule does not fit.
///
/// A target that is met has its whole weight. What a rule gets of one that is not:
///
/// | criterion | value |
/// | --- | --- |
/// | at most, equal | actual / target × 100; none where the target is zero, which then earns nothing |
/// | between | actual / the end that it passed × 100 |
/// | by date | how late it is, in what [`LateIn`] says |
/// | qualitative | the level that was reached; the rule is one of levels |
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct CriterionRules {
    /// Targets that are to stay at or below a value; `None`: nothing when not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Rule>,
    /// Targets that are to be just a value; `None`: nothing when not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equal: Option<Rule>,
    /// Targets that are to lie between two values; `None`: nothing when not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub between: Option<Rule>,
    /// Targets that are to be met by a date; `None`: nothing when not met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_date: Option<Rule>,
    /// In what the lateness of those is told; `None`: in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_in: Option<Parameter<LateIn>>,
    /// Targets in words; `None`: a person's points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qualitative: Option<Rule>,
}

impl CriterionRules {
    /// Whether there is none.
    pub fn is_empty(rules: &Self) -> bool {
        *rules == Self::default()
    }
}

/// In what lateness is told.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LateIn {
    /// Days after the target's date.
    Days,
    /// Months after it, a month that has begun counted whole.
    Months,
    /// Days after it, in percent of the days from the first of the fiscal year to it.
    Percent,
}

/// A place on the scale that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scale {
    /// A number, in the measure's unit.
    Number(Number),
    /// A date.
    Date(PartialDate),
}

impl Scale {
    /// As it is measured: a date is the days from 1970-01-01 to its last day.
    pub fn number(self) -> Number {
        match self {
            Self::Number(number) => number,
            Self::Date(date) => date.day_number(),
        }
    }
}

impl std::fmt::Display for Scale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Date(date) => date.fmt(f),
        }
    }
}

/// A value and the share of the weight that it earns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Anchor {
    /// The value.
    pub at: Parameter<Scale>,
    /// The share, 0 to 1.
    pub share: Parameter<Number>,
}

/// What lies between two anchors.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Between {
    /// A straight line.
    Linear,
    /// The share of the worse of the two: an anchor has to be reached.
    Step,
}

/// On which side of a value points are lost.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Side {
    /// Above it.
    Above,
    /// Below it.
    Below,
    /// On both.
    Either,
}

/// How units that are not whole count.
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
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Counted {
    /// In proportion.
    InProportion,
    /// One that has begun counts whole.
    Begun,
    /// Only whole ones count.
    Whole,
}

/// Something that has to be there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Its id: what a person answers with yes or no.
    pub item: String,
    /// What it is.
    pub name: Names,
    /// Its points; `None` on all of them: the weight in equal parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Parameter<Number>>,
    /// Whether nothing is earned at all without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Parameter<bool>>,
}

/// A level in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Level {
    /// The words, as actuals and judgements give them.
    pub level: String,
    /// What it is called.
    pub name: Names,
    /// The most that it earns, as a share of the weight, 0 to 1.
    pub to: Parameter<Number>,
    /// The least; `None`: the same, so that no person has to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Parameter<Number>>,
}

/// Points where conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Case {
    /// The conditions, all of them.
    pub when: Vec<Condition>,
    /// The points.
    pub points: Parameter<Number>,
}

/// A step of partial attainment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Reached from this attainment on, in percent.
    pub from: Parameter<Number>,
    /// The share of the weight that it earns, 0 to 1.
    pub factor: Parameter<Number>,
}

/// A band: from its lower end to the next one's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Its upper end; `None` for the last band, which is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Parameter<Number>>,
    /// Whether the upper end belongs to it.
    pub inclusive: bool,
    /// Its points; with `at_least` the most of them.
    pub points: Parameter<Number>,
    /// The least of its points, of which a person chooses; `None`: it has just those points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Parameter<Number>>,
}
