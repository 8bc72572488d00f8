//! Schemes: the rules of an evaluation, as data.
//!
//! An indicator measures something ([`Measure`]), a rule makes points of it ([`Rule`]), gates limit them ([`Gate`]), and
//! what only a person knows is asked for ([`Ask`]). Groups say how the points below them come together ([`Combine`]).

mod ask;
mod condition;
mod measure;
mod quantity;
mod rule;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::bounds::Bounds;
use crate::date::PartialDate;
use crate::monitoring::Monitor;
use crate::names::{NodeId, SchemeId};
use crate::number::Number;
use crate::source::Names;
use crate::subject::SchemeSubject;
use crate::targets::TargetLevel;

pub use self::ask::{Answer, Ask, AskKind, Choice};
pub use self::condition::{Condition, Gate, Op, Term};
pub use self::measure::Measure;
pub use self::quantity::{Quantity, QuantityBody};
pub use self::rule::{
    Anchor, Band, Between, Case, Counted, CriterionRules, Item, LateIn, Level, Rule, Scale, Side, Step,
};

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
    /// What it evaluates; `None`: anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SchemeSubject>,
    /// The first day that it is in effect; `None`: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<PartialDate>,
    /// The last day that it is in effect; `None`: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<PartialDate>,
    /// The points of a full score, the stated 100.
    pub total: Parameter<Number>,
    /// Why the nodes at the top may fill another sum than the total: it was published so. `None`: they have to fill it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_published: Option<String>,
    /// The execution rate (paid / adjusted budget, in percent) below which a year's execution is a finding; `None`: none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_bound: Option<Parameter<Number>>,
    /// From where on other figures are a finding.
    #[serde(default, skip_serializing_if = "Bounds::is_empty")]
    pub findings: Bounds,
    /// How many decimals a score is rounded to, half up, once; `None` leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<Parameter<u32>>,
    /// Groups and indicators, parents before their children.
    pub nodes: Vec<Node>,
    /// Grades, best first.
    pub grades: Vec<Grade>,
    /// Whether the points of what is not applicable at the top go to the rest in proportion, so that the total stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redistribute: Option<Parameter<bool>>,
    /// When the grade is another than the total's (一票否决): the worst of those that apply stands where it is below it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// Quantities that reports state under other names than the vocabulary's, or beyond it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<Quantity>,
    /// What is watched within the year.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub monitoring: Vec<Monitor>,
}

impl Scheme {
    /// The node that has an indicator for a target of a level and class: of several the one of the longest class. `None`
    /// where the scheme evaluates none of it.
    pub fn each_target(&self, level: TargetLevel, class: Option<&str>) -> Option<&Node> {
        let fit = |node: &&Node| match &node.body {
            NodeBody::EachTarget { level: of, class: wanted, .. } if *of == level => match wanted {
                None => Some(0),
                Some(wanted) => class
                    .filter(|class| is_of_class(class, &wanted.value))
                    .map(|_| wanted.value.len().saturating_add(1)),
            },
            _ => None,
        };
        self.nodes.iter().filter(|node| fit(node).is_some()).max_by_key(fit)
    }

    /// A node by its path.
    pub fn node(&self, path: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|node| node.node == *path)
    }

    /// How a node counts outside the total: as the node at the top above it says.
    pub fn outside(&self, path: &NodeId) -> Option<Outside> {
        let mut top = path.clone();
        while let Some(parent) = top.parent() {
            top = parent;
        }
        self.node(&top)?.outside.as_ref().map(|outside| outside.value)
    }
}

/// Whether a class is another, or one below it: `output.quantity` is of `output`.
fn is_of_class(class: &str, of: &str) -> bool {
    class.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
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
    /// How it counts outside the total; `None`: it is part of the total. Only at the top: what is below goes with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Parameter<Outside>>,
    /// Whether a person may say that it is not applicable; `None`: nobody may. Only of an indicator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub optional: Option<Parameter<bool>>,
}

/// How points count that are no part of the total.
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
pub enum Outside {
    /// Added to it, at most the node's weight (加分).
    Bonus,
    /// What is lost of the node's weight is taken off it, at most the weight (减分).
    Penalty,
}

/// How the points below a node come together. Nothing of it: they add up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Combine {
    /// The points that what is below fills, where that is not the node's weight: it earns its weight times their share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out_of: Option<Parameter<Number>>,
    /// Whether the points of what is not applicable go to the rest in proportion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redistribute: Option<Parameter<bool>>,
    /// Whether only the best of what is below counts: each has the node's weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<Parameter<bool>>,
}

impl Combine {
    /// Whether the points simply add up.
    pub fn is_plain(&self) -> bool {
        self.out_of.is_none() && !self.redistributes() && !self.is_best_of()
    }

    /// Whether the points of what is not applicable go to the rest.
    pub fn redistributes(&self) -> bool {
        self.redistribute.as_ref().is_some_and(|redistribute| redistribute.value)
    }

    /// Whether only the best counts.
    pub fn is_best_of(&self) -> bool {
        self.best_of.as_ref().is_some_and(|best_of| best_of.value)
    }
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
        /// How the points below it come together.
        #[serde(default, skip_serializing_if = "Combine::is_plain")]
        combine: Combine,
    },
    /// A sum of one indicator for each target of a level, each with its target's weight.
    EachTarget {
        /// The level.
        level: TargetLevel,
        /// The class of its targets, with those below it; `None`: those of the level that no other node has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<Parameter<String>>,
        /// How each is scored.
        rule: Rule,
        /// How those are scored whose criterion the rule does not fit.
        #[serde(default, skip_serializing_if = "CriterionRules::is_empty")]
        rules: Box<CriterionRules>,
        /// To how many decimals the node's weight is divided among its targets in equal parts, which add up to it; `None`:
        /// each target has its own weight.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        equal_parts: Option<Parameter<u32>>,
        /// How the points below it come together.
        #[serde(default, skip_serializing_if = "Combine::is_plain")]
        combine: Combine,
        /// Why the targets may fill another sum than the node's weight; `None`: what they do not fill is only shown.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        as_published: Option<String>,
    },
    /// An indicator.
    Indicator {
        /// What is measured; `None` for a manual rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        measure: Option<Parameter<Measure>>,
        /// The end of the month, 1 to 12, at which money is looked at; `None`: all that is booked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        month: Option<Parameter<u32>>,
        /// Of a measure over projects: the name of the targets that it takes together.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        targets: Option<Parameter<String>>,
        /// What a person is asked for.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        asks: Vec<Ask>,
        /// How it is scored.
        rule: Rule,
        /// What limits its points, whatever the rule gives.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gates: Vec<Gate>,
        /// What a person may do to computed points; `None`: nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by_hand: Option<Parameter<ByHand>>,
        /// Whether a person's judgement has to name what proves it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        evidence: Option<Parameter<bool>>,
        /// The checks whose findings contradict all of its points, since it earns them for "none found"; `None`: none does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        none_found: Option<Parameter<Vec<String>>>,
    },
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

impl NodeBody {
    /// An indicator with a measure and a rule, and nothing else.
    pub fn indicator(measure: Option<Parameter<Measure>>, rule: Rule) -> Self {
        let (month, targets, by_hand, evidence, none_found) = Default::default();
        let (asks, gates) = (Vec::new(), Vec::new());
        Self::Indicator { measure, month, targets, asks, rule, gates, by_hand, evidence, none_found }
    }

    /// One indicator for each target of a level, each with its own weight.
    pub fn each_target(level: TargetLevel, rule: Rule, as_published: Option<String>) -> Self {
        let (class, rules, equal_parts, combine) = Default::default();
        Self::EachTarget { level, class, rule, rules, equal_parts, combine, as_published }
    }
}

/// What a person may do to points that a rule computes.
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
pub enum ByHand {
    /// Give other points, from nothing to the weight.
    Replace,
    /// Take points off; nothing is the least that stays.
    Deduct,
}

/// A grade that stands whatever the total is, where all its conditions hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Override {
    /// What it is called.
    pub name: Names,
    /// When it applies.
    pub when: Vec<Condition>,
    /// The best grade that is left.
    pub grade: Parameter<String>,
}
