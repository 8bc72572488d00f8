//! Schemes: the rules of an evaluation, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::names::{NodeId, SchemeId};
use crate::number::Number;
use crate::source::Names;
use crate::targets::TargetLevel;

/// The rules of an evaluation: a tree of groups and indicators, in the order of the form, and the grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scheme {
    /// Its id.
    pub scheme: SchemeId,
    /// Its names.
    pub name: Names,
    /// The fiscal year that it is for.
    pub fiscal_year: i16,
    /// The region that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The points of a full score, the stated 100.
    pub total: Parameter<Number>,
    /// Why the nodes at the top may fill another sum than the total: it was published so. `None`: they have to fill it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_published: Option<String>,
    /// The execution rate (paid / adjusted budget, in percent) below which a year's execution is a finding; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_bound: Option<Parameter<Number>>,
    /// How many decimals a score is rounded to, half up, once; `None` leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<Parameter<u32>>,
    /// Groups and indicators, parents before their children.
    pub nodes: Vec<Node>,
    /// Grades, best first.
    pub grades: Vec<Grade>,
    /// Quantities that reports state under other names than the vocabulary's, or beyond it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<Quantity>,
}

impl Scheme {
    /// The node that has an indicator for each target of a level; `None` where the scheme evaluates none of it.
    pub fn each_target(&self, level: TargetLevel) -> Option<&Node> {
        let is_it = |node: &&Node| matches!(node.body, NodeBody::EachTarget { level: of, .. } if of == level);
        self.nodes.iter().find(is_it)
    }
}

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

/// A value of a scheme and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Parameter<T> {
    /// The value.
    pub value: T,
    /// What it rests on.
    pub basis: Basis,
    /// Where it is stated, or from what it is inferred, or why it is assumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// What a parameter rests on.
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
pub enum Basis {
    /// A source states it.
    Stated,
    /// It follows from what a source states.
    Inferred,
    /// No source says it.
    Assumed,
}

/// A group or an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Node {
    /// Its id: the path from the top.
    pub node: NodeId,
    /// Its names.
    pub name: Names,
    /// Its points.
    pub weight: Parameter<Number>,
    /// What it is.
    pub body: NodeBody,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum NodeBody {
    /// A sum of the nodes below it.
    Group {
        /// Why its children may fill less than its weight: it was published so. `None`: they have to fill it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_published: Option<String>,
    },
    /// A sum of one indicator for each target of a level, each with its target's weight.
    EachTarget {
        /// The level.
        level: TargetLevel,
        /// How each is scored.
        rule: Rule,
        /// Why the targets may fill another sum than the node's weight; `None`: what they do not fill is only shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_published: Option<String>,
    },
    /// An indicator.
    Indicator {
        /// What is measured; `None` for a manual rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measure: Option<Parameter<Measure>>,
        /// How it is scored.
        rule: Rule,
        /// The checks whose findings contradict all of its points, since it earns them for "none found"; `None`: none does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_found: Option<Parameter<Vec<String>>>,
    },
}

/// What an indicator measures.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
pub enum Measure {
    /// (ups + downs) / original, in percent (财预〔2013〕53号).
    #[serde(rename = "budget.adjustment_rate.gross")]
    #[strum(serialize = "budget.adjustment_rate.gross")]
    AdjustmentRateGross,
    /// |adjusted − original| / original, in percent.
    #[serde(rename = "budget.adjustment_rate.net")]
    #[strum(serialize = "budget.adjustment_rate.net")]
    AdjustmentRateNet,
    /// (adjusted − original) / original, in percent, below zero for a cut.
    #[serde(rename = "budget.adjustment_rate.signed_net")]
    #[strum(serialize = "budget.adjustment_rate.signed_net")]
    AdjustmentRateSignedNet,
    /// downs / original, in percent.
    #[serde(rename = "budget.adjustment_rate.cuts_only")]
    #[strum(serialize = "budget.adjustment_rate.cuts_only")]
    AdjustmentRateCutsOnly,
    /// paid / original, in percent.
    #[serde(rename = "budget.execution_rate.original")]
    #[strum(serialize = "budget.execution_rate.original")]
    ExecutionRateOriginal,
    /// paid / adjusted, in percent.
    #[serde(rename = "budget.execution_rate.adjusted")]
    #[strum(serialize = "budget.execution_rate.adjusted")]
    ExecutionRateAdjusted,
    /// paid / received, in percent.
    #[serde(rename = "budget.execution_rate.received")]
    #[strum(serialize = "budget.execution_rate.received")]
    ExecutionRateReceived,
    /// Projects whose contract is not filed.
    #[serde(rename = "filings.contract_filing.not_filed")]
    #[strum(serialize = "filings.contract_filing.not_filed")]
    ContractsNotFiled,
    /// Projects that are not accepted though they had to be.
    #[serde(rename = "filings.acceptance.not_filed")]
    #[strum(serialize = "filings.acceptance.not_filed")]
    AcceptancesNotFiled,
}

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
    },
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
    /// Its points.
    pub points: Parameter<Number>,
}

/// A grade by the unrounded total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Grade {
    /// Its id.
    pub grade: String,
    /// Its names.
    pub name: Names,
    /// The lowest total that earns it, included.
    pub from: Parameter<Number>,
}
