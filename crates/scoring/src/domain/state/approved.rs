//! What is kept of the life of schemes, of scores that people give, and of the records of evaluations.

use jixiao_events::scoring::{EvaluationRecord, Scorer};
use jixiao_events::{Approval, IndicatorId, NodeId, Number, PartialDate, SchemeId, SchemeSubject};
use serde::{Deserialize, Serialize};

use super::{Cited, HasEvaluation, TOTAL};

/// Where a version of a scheme stands in its life.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SchemeLife {
    /// Whether it may be used only once it is approved. Versions of before approvals were kept may be used as they are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub draft: bool,
    /// Its approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Approved>,
    /// Its withdrawal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Withdrawn>,
}

/// An approval of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// On whose approval.
    pub approval: Approval,
    /// The document that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// What recorded it.
    pub event: Cited,
}

/// A withdrawal of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// Why.
    pub reason: String,
    /// When.
    pub on: PartialDate,
    /// What recorded it.
    pub event: Cited,
}

/// How far a version of a scheme is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It has to be approved first.
    Draft,
    /// It may be used, and never changes.
    Approved,
    /// It may not be used any more.
    Withdrawn,
}

impl SchemeLife {
    /// How far it is.
    pub fn stage(&self) -> Stage {
        match (&self.withdrawn, &self.approved, self.draft) {
            (Some(_), ..) => Stage::Withdrawn,
            (None, None, true) => Stage::Draft,
            (None, ..) => Stage::Approved,
        }
    }
}

/// A version of a scheme that may be used: for whom and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InForce {
    /// The region; `None`: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What it evaluates; `None`: anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SchemeSubject>,
    /// The first day; `None`: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<PartialDate>,
    /// The last day; `None`: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<PartialDate>,
}

/// The scores that people gave to an indicator, the newest of each scorer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GivenScores {
    /// The reviewer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<GivenScore>,
    /// The finance bureau's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finance: Option<GivenScore>,
}

/// A score that a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenScore {
    /// The points.
    pub score: Number,
    /// Who scored, where that is another than who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    pub on: PartialDate,
    /// What recorded it.
    pub event: Cited,
}

impl GivenScores {
    /// That of one scorer.
    pub fn by(&self, scorer: Scorer) -> Option<&GivenScore> {
        match scorer {
            Scorer::Reviewer => self.reviewer.as_ref(),
            Scorer::Finance => self.finance.as_ref(),
        }
    }

    /// Puts that of one scorer in place of an earlier one.
    pub fn put(&mut self, scorer: Scorer, score: GivenScore) {
        match scorer {
            Scorer::Reviewer => self.reviewer = Some(score),
            Scorer::Finance => self.finance = Some(score),
        }
    }
}

/// The record of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Described {
    /// The record.
    pub record: EvaluationRecord,
    /// What recorded it.
    pub event: Cited,
}

/// The key of which versions of a scheme of a year may be used.
pub fn scheme_year_key(year: i16, scheme: &SchemeId) -> String {
    format!("{}{scheme}", scheme_year(year))
}

/// The prefix of the schemes of a year.
pub fn scheme_year(year: i16) -> String {
    format!("scheme-year/{year}/")
}

/// The key of the scores that people gave to an indicator.
pub fn given_key(of: &impl HasEvaluation, indicator: &IndicatorId) -> String {
    format!("given/{of}/{indicator}")
}

/// The key of the sums of such scores; `None` for the sum of everything.
pub fn given_sum_key(of: &impl HasEvaluation, node: Option<&NodeId>) -> String {
    format!("given-sum/{of}/{}", node.map_or(TOTAL, NodeId::as_str))
}

/// The key of the record of an evaluation.
pub fn described_key(of: &impl HasEvaluation) -> String {
    format!("described/{of}")
}
