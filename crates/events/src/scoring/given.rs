//! Scores that people give beside the computed points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::names::{FundId, IndicatorId, NodeId, ProjectId};
use crate::number::Number;

/// Who scores beside the unit itself and the rules.
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
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Scorer {
    /// Whoever reviews the self-evaluation: the competent agency, an expert, a third party (复核).
    Reviewer,
    /// The finance bureau (财政评价).
    Finance,
}

/// A score of an indicator. A later one of the same scorer takes the place of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreRecorded {
    /// The fund.
    pub fund: FundId,
    /// The project that is evaluated by itself; `None`: the fund as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The indicator.
    pub indicator: IndicatorId,
    /// As whom.
    pub by: Scorer,
    /// Who scored, where that is another than who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The points, from 0 to the indicator's weight.
    pub score: Number,
    /// Why.
    pub reason: String,
    /// When it was scored.
    pub on: PartialDate,
    /// The sums that it is part of, as they are now.
    pub sums: Vec<GivenSum>,
}

/// The sums of such scores moved with the indicators that the evaluation has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GivenSumsChanged {
    /// The fund.
    pub fund: FundId,
    /// The project that is evaluated by itself; `None`: the fund as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The sums that changed, as they are now.
    pub sums: Vec<GivenSum>,
}

/// The scores that people gave to the indicators of a sum node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GivenSum {
    /// The node; `total` for everything.
    pub node: NodeId,
    /// The reviewer's.
    #[serde(default, skip_serializing_if = "Given::is_nothing")]
    pub reviewer: Given,
    /// The finance bureau's.
    #[serde(default, skip_serializing_if = "Given::is_nothing")]
    pub finance: Given,
}

/// Scores of one scorer together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Given {
    /// The points.
    pub score: Number,
    /// How many indicators they were given to.
    pub indicators: u32,
}

impl GivenSum {
    /// Nothing yet.
    pub fn of_nothing(node: NodeId) -> Self {
        Self { node, reviewer: Given::default(), finance: Given::default() }
    }

    /// Those of one scorer.
    pub fn by(&self, scorer: Scorer) -> &Given {
        match scorer {
            Scorer::Reviewer => &self.reviewer,
            Scorer::Finance => &self.finance,
        }
    }

    /// The same, to be changed.
    pub fn by_mut(&mut self, scorer: Scorer) -> &mut Given {
        match scorer {
            Scorer::Reviewer => &mut self.reviewer,
            Scorer::Finance => &mut self.finance,
        }
    }

    /// Whether nobody gave anything.
    pub fn is_nothing(&self) -> bool {
        self.reviewer.is_nothing() && self.finance.is_nothing()
    }
}

impl Given {
    /// Whether nothing was given.
    pub fn is_nothing(&self) -> bool {
        self.indicators == 0
    }

    /// Adds the score of one more indicator.
    pub fn add(&mut self, score: Number) {
        self.score += score;
        self.indicators = self.indicators.saturating_add(1);
    }

    /// Takes the score of an indicator off.
    pub fn take_off(&mut self, score: Number) {
        self.score += -score;
        self.indicators = self.indicators.saturating_sub(1);
    }
}
