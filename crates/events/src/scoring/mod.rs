//! What happened to evaluations.

mod described;
mod fact;
mod given;
mod judgement;
mod life;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};

pub use self::described::{
    EvaluationDescribed, EvaluationKind, EvaluationRecord, KnownMethod, Member, Method, Period,
};
pub use self::fact::{CountQuantity, DatedKind, Fact, MoneyQuantity, ReasonOf, ScopeQuantity};
pub use self::given::{Given, GivenSum, GivenSumsChanged, ScoreRecorded, Scorer};
pub use self::judgement::Judgement;
pub use self::life::{SchemeApproved, SchemeWithdrawn};
use crate::date::PartialDate;
use crate::finding::{Finding, FindingAnswer, Severity};
use crate::monitoring::{Warning, WarningLevel};
use crate::names::{FundId, IndicatorId, NodeId, ProjectId, SchemeId};
use crate::number::Number;
use crate::portfolio::CategorySum;
use crate::scheme::Scheme;
use crate::source::{Names, SourceEvent};

/// An event of the scoring log. Stored for good: add variants, never change one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ScoringEvent {
    /// An event of another service was taken in.
    SourceTakenIn {
        /// The event.
        source: SourceEvent,
        /// Its type, `budget_adjusted`.
        event_type: String,
        /// Every fact used from it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        facts: Vec<Fact>,
    },
    /// A scheme was loaded, or got a new version.
    SchemeLoaded {
        /// Its version, from 1.
        version: u32,
        /// The rules.
        scheme: Arc<Scheme>,
        /// The file that they were read from, as it was.
        text: String,
        /// Whether it may be used only once it is approved. Versions that were loaded before approvals were kept say
        /// nothing, and may be used as they are.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        draft: bool,
    },
    /// A version of a scheme may be used from now on, and never changes.
    SchemeApproved(SchemeApproved),
    /// A version of a scheme may not be used any more. What is evaluated by it stays so.
    SchemeWithdrawn(SchemeWithdrawn),
    /// A fund is evaluated by a scheme from now on.
    EvaluationOpened {
        /// The fund.
        fund: FundId,
        /// The project that is evaluated by itself; `None`: the fund as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The scheme.
        scheme: SchemeId,
        /// The scheme's version.
        version: u32,
        /// The day that the evaluation is made on: the version is in effect then. `None` where it was not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
    },
    /// What an evaluation is for, what it rests on and who makes it.
    EvaluationDescribed(EvaluationDescribed),
    /// A person judged an indicator.
    ManualScoreSet {
        /// The fund.
        fund: FundId,
        /// The project that is evaluated by itself; `None`: the fund as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The indicator.
        indicator: IndicatorId,
        /// The points.
        score: Number,
        /// Why.
        reason: String,
        /// When it was judged.
        on: PartialDate,
        /// What proves it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
    },
    /// A person told what a rule asks for, or judged otherwise than by points.
    IndicatorJudged {
        /// The fund.
        fund: FundId,
        /// The project that is evaluated by itself; `None`: the fund as a whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The indicator.
        indicator: IndicatorId,
        /// What was said.
        judgement: Judgement,
        /// Why.
        reason: String,
        /// When it was judged.
        on: PartialDate,
        /// What proves it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
    },
    /// A reviewer, or the finance bureau, scored an indicator. It stands beside the computed points and changes none.
    ScoreRecorded(ScoreRecorded),
    /// Indicators with such scores came into the evaluation or left it.
    GivenSumsChanged(GivenSumsChanged),
    /// A published report states a figure (a claim). A later one at the same place takes the place of an earlier one.
    FigureStated {
        /// The fund.
        fund: FundId,
        /// What quantity, `score.total`, `score.management.funds_use`.
        quantity: String,
        /// The figure.
        value: Number,
        /// The figure as written.
        stated: String,
        /// Its unit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// Whether it is stated or derived from what is stated.
        basis: String,
        /// Where it is stated.
        place: String,
    },
    /// Points, or what they rest on, changed.
    EvaluationChanged(EvaluationChange),
    /// A check found something.
    FindingRaised {
        /// What.
        finding: Finding,
        /// Why now.
        cause: Cause,
    },
    /// A finding still stands, on other figures or evidence.
    FindingRevised {
        /// The finding as it is now.
        finding: Finding,
        /// How much it weighed before, where that changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        was: Option<Severity>,
        /// Why now.
        cause: Cause,
    },
    /// What a check had found is so no longer.
    FindingCleared {
        /// The finding as it was.
        finding: Finding,
        /// Why now.
        cause: Cause,
    },
    /// Whoever is responsible answered a finding that stands. A later answer takes the place of an earlier one.
    FindingAnswered {
        /// The finding as it was answered.
        finding: Finding,
        /// The answer; who gave it is the event's actor.
        answer: FindingAnswer,
    },
    /// A day has come for a fund: the clock said so. What hangs on the date is judged by the newest such day.
    DateReached {
        /// The fund.
        fund: FundId,
        /// The day, in the fund's own time zone.
        on: PartialDate,
    },
    /// A monitor warns.
    WarningRaised {
        /// The warning.
        warning: Warning,
        /// Why now.
        cause: Cause,
    },
    /// A monitor warns in another level than before.
    WarningChanged {
        /// The warning as it is now.
        warning: Warning,
        /// Its level before.
        was: WarningLevel,
        /// Why now.
        cause: Cause,
    },
    /// A monitor no longer warns.
    WarningCleared {
        /// The warning: its level as it was, its figures as they are now.
        warning: Warning,
        /// Why now.
        cause: Cause,
    },
    /// What is summed over the projects of some support categories moved.
    CategoriesChanged {
        /// The fund.
        fund: FundId,
        /// The sums that moved, as they are now. One of nothing is gone.
        categories: Vec<CategorySum>,
        /// Why.
        cause: Cause,
    },
}

/// What one cause changed in one fund's evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EvaluationChange {
    /// The fund.
    pub fund: FundId,
    /// The project that is evaluated by itself; `None`: the fund as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// The scheme.
    pub scheme: SchemeId,
    /// The scheme's version.
    pub version: u32,
    /// Why.
    pub cause: Cause,
    /// The indicators that changed, as they are now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub indicators: Vec<IndicatorResult>,
    /// Those of them, and of the removed, that were there before, as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Standing>,
    /// The indicators that no longer count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<IndicatorId>,
    /// The sums that changed, as they are now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sums: Vec<SumResult>,
    /// The sums that the scheme no longer has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed_sums: Vec<NodeId>,
    /// How many indicators were computed anew for the cause. A change too large for one event is split: the first part
    /// counts for all.
    pub indicators_touched: u32,
    /// How many sums were.
    pub sums_touched: u32,
}

/// How an indicator stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// The indicator.
    pub indicator: IndicatorId,
    /// Its weight in points.
    pub weight: Number,
    /// What its unit gave itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_score: Option<Number>,
    /// The computed points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Number>,
    /// How it stood.
    pub status: IndicatorStatus,
    /// The measured value, or the attainment in percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Number>,
}

/// Why an evaluation changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Cause {
    /// An event of another service.
    Source {
        /// Its log.
        log: String,
        /// Its id.
        id: String,
        /// Its type.
        event_type: String,
    },
    /// The evaluation was opened, or its scheme changed.
    Opened,
    /// A person judged an indicator.
    Judged {
        /// The indicator.
        indicator: IndicatorId,
    },
    /// A report's figure was stated.
    Stated {
        /// The quantity.
        quantity: String,
        /// Where it is stated.
        place: String,
    },
    /// A day has come.
    Date {
        /// The day.
        on: PartialDate,
    },
    /// Events of another service that were taken in are no longer held by its log: everything was computed anew.
    Voided {
        /// Its log.
        log: String,
        /// The id of scoring's own event that voids them.
        id: String,
    },
}

/// An indicator of an evaluation, computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IndicatorResult {
    /// The indicator.
    pub indicator: IndicatorId,
    /// Its name.
    pub name: Names,
    /// Its weight in points.
    pub weight: Number,
    /// What its unit gave itself; `None` where it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_score: Option<Number>,
    /// The computed points, rounded as the scheme says; `None` where they cannot be computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Number>,
    /// How it stands.
    pub status: IndicatorStatus,
    /// The rule's kind, `steps`.
    pub rule: String,
    /// The measured value, or the attainment in percent; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Number>,
    /// What it was computed from.
    pub inputs: Vec<Input>,
}

impl IndicatorResult {
    /// One of its inputs, by what it is.
    pub fn input(&self, quantity: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.quantity == quantity)
    }

    /// The one event that set an input; `None` where it is not known or came from many.
    pub fn event(&self, quantity: &str) -> Option<&EventRef> {
        self.input(quantity)?.event.as_ref()
    }
}

/// How an indicator stands.
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
pub enum IndicatorStatus {
    /// The target is met.
    Met,
    /// The target is not met.
    Unmet,
    /// Scored by a rule that knows no met or unmet, or by a person.
    Scored,
    /// The project has not started: nothing can be met.
    NotStarted,
    /// The actual is in another unit than the target: not compared.
    UnitMismatch,
    /// There is no actual.
    NoActual,
    /// The measure has no value yet, e.g. no original budget is approved.
    NoValue,
    /// A person has to judge.
    AwaitsJudgement,
    /// A person said that it is not applicable: no points, and none to be had.
    NotApplicable,
}

/// One input of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// What it is: `budget.original`, `target`, `actual`, `self_score`, `project_state`, `manual_score`.
    pub quantity: String,
    /// Its value as text, exact; `None` where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The one event that set it; `None` where it is a running sum, whose events are found by its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventRef>,
}

/// An event of any log by its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct EventRef {
    /// The log.
    pub log: String,
    /// The event's id.
    pub id: String,
}

/// A sum node of an evaluation: a group, or the root, whose id is empty on paper and `total` here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SumResult {
    /// The node.
    pub node: NodeId,
    /// Its weight as stated.
    pub weight: Number,
    /// The weights of the indicators below it.
    pub filled_weight: Number,
    /// The self-scores below it.
    pub self_score: Number,
    /// Indicators below it without a self-score.
    pub self_missing: u32,
    /// The computed points below it.
    pub score: Number,
    /// Indicators below it whose points cannot be computed.
    pub not_scored: u32,
    /// Indicators below it.
    pub indicators: u32,
    /// Indicators below it that are met.
    pub met: u32,
    /// Indicators below it whose self-score is at least their weight.
    pub self_full: u32,
    /// The weights of what below it is not applicable; `None`: all of it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_applicable: Option<Number>,
    /// Of the sum of everything: the best grade that is left, whatever the points; `None` where the points decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_grade: Option<String>,
    /// The points directly below it before they were brought together; `None` where they add up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Below>,
}

/// The points directly below a sum node before they are brought together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct Below {
    /// The weights of what is applicable.
    pub weight: Number,
    /// The self-scores.
    pub self_score: Number,
    /// The computed points.
    pub score: Number,
    /// Of a node of which only the best counts: what each has. Of a total that is filled in proportion: what stands
    /// outside of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub of: Vec<Contribution>,
}

/// What one node or indicator adds to the sum above it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Its path.
    pub path: String,
    /// Its weight; 0 where it is not applicable.
    pub weight: Number,
    /// Its self-score; 0 where there is none.
    pub self_score: Number,
    /// Its computed points; 0 where there are none.
    pub score: Number,
    /// Indicators of it without a self-score.
    pub self_missing: u32,
    /// Indicators of it whose points cannot be computed.
    pub not_scored: u32,
}
