//! What is kept, and under which keys.
//!
//! | key | state |
//! | --- | --- |
//! | `scheme/{scheme}` | the newest version of a scheme |
//! | `scheme-version/{scheme}/{version}` | one version of it, for good |
//! | `evaluation/{fund}` | by which scheme and version a fund is evaluated |
//! | `fund/{fund}` | what is known of the fund |
//! | `money/{fund}/{quantity}` | a running sum |
//! | `count/{fund}/{quantity}` | a running count |
//! | `project/{fund}/{project}` | a project's membership and state |
//! | `target/{fund}/{project or -}/{target}` | a target: definition, actual, self-score |
//! | `target-place/{fund}/{target}` | where a target's key is: an indicator knows its target only by id |
//! | `self/{fund}/{indicator}` | the self-score of an indicator that is no target |
//! | `manual/{fund}/{indicator}` | a person's judgement |
//! | `stated/{fund}/{quantity}/{place}` | a stated figure |
//! | `indicator/{fund}/{indicator}` | an indicator, computed |
//! | `sum/{fund}/{node}` | a sum, computed |
//! | `changes/{fund}` | no state: the history of the evaluation |
//!
//! Facts are kept whether or not a fund, project or scheme is known yet: what is computed from them depends on what was
//! taken in, never on the order in which the feeds came.

use std::sync::Arc;

use crate::claims::Claim;
use jixiao_events::registry::{DisplayUnit, Membership, Origin, ProjectState};
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{CountQuantity, EventRef, IndicatorResult, MoneyQuantity, SumResult};
use jixiao_events::targets::{Measured, TargetDefinition, TargetRef};
use jixiao_events::{
    FundId, IndicatorId, Money, Names, NodeId, Number, PartialDate, ProjectId, SchemeId, SourceEvent,
    TargetId,
};
use serde::{Deserialize, Serialize};

/// The node that stands for everything: the root of the sums.
pub const TOTAL: &str = "total";

/// What is known under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScoringState {
    /// A version of a scheme.
    Scheme(LoadedScheme),
    /// By what a fund is evaluated.
    Evaluation(Evaluation),
    /// A fund.
    Fund(FundFacts),
    /// A running sum.
    Money(RunningSum),
    /// A running count.
    Count(RunningCount),
    /// A project.
    Project(ProjectFacts),
    /// A target.
    Target(Box<TargetFacts>),
    /// Where a target is.
    Place(TargetRef),
    /// A self-score.
    SelfScore(SelfScore),
    /// A person's judgement.
    Manual(ManualScore),
    /// A stated figure.
    Stated(StatedFigure),
    /// An indicator, computed.
    Indicator(Arc<IndicatorResult>),
    /// A sum, computed.
    Sum(Arc<SumResult>),
}

/// A version of a scheme as it was loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadedScheme {
    /// From 1.
    pub version: u32,
    /// The rules.
    pub scheme: Arc<Scheme>,
    /// The file's text.
    pub text: Arc<str>,
}

/// By what a fund is evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The scheme.
    pub scheme: SchemeId,
    /// Its version.
    pub version: u32,
}

/// What is known of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundFacts {
    /// Its names.
    pub name: Names,
    /// Its fiscal year.
    pub fiscal_year: i16,
    /// The unit that people read its money in.
    pub display_unit: DisplayUnit,
    /// The time zone of its dates.
    pub time_zone: String,
    /// From when its year is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<PartialDate>,
}

/// A running sum of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunningSum {
    /// The sum, in yuan.
    pub sum: Money,
    /// How many events it came from.
    pub events: u64,
}

/// A running count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunningCount {
    /// The count.
    pub count: i64,
    /// How many events it came from.
    pub events: u64,
}

/// An event that a fact came from, with what people ask of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// Its log.
    pub log: String,
    /// Its id.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// The business date that it counts from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<PartialDate>,
    /// Who sent the command behind it.
    pub actor: String,
    /// When its own log recorded it: microseconds since 1970 UTC.
    pub recorded_time: i64,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFacts {
    /// Its names.
    pub name: Names,
    /// Whether the fund carries it.
    pub membership: Membership,
    /// How it came into the year.
    pub origin: Origin,
    /// Its state.
    pub state: ProjectState,
    /// What set the state.
    pub event: Cited,
}

/// A target. Each part is there once its event was taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetFacts {
    /// The target.
    pub target: TargetRef,
    /// What is to be reached; `None` while that is not known, or since it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defined: Option<Defined>,
    /// What was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Actual>,
    /// What its unit gave itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_score: Option<SelfScore>,
}

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defined {
    /// The version.
    pub version: u32,
    /// The definition.
    pub definition: TargetDefinition,
    /// What set it.
    pub event: Cited,
}

/// What was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actual {
    /// The value.
    pub value: Measured,
    /// Its unit: its own, or the target's when it was recorded without one. A later version of the target in another
    /// unit does not change what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What set it.
    pub event: Cited,
}

/// A self-score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfScore {
    /// The points.
    pub score: Number,
    /// What set it.
    pub event: Cited,
}

/// A person's judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualScore {
    /// The points.
    pub score: Number,
    /// Why.
    pub reason: String,
    /// When it was judged.
    pub on: PartialDate,
    /// What set it.
    pub event: Cited,
}

/// A stated figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatedFigure {
    /// What quantity.
    pub quantity: String,
    /// The figure.
    pub value: Number,
    /// The figure as written.
    pub stated: String,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Stated or derived.
    pub basis: String,
    /// Where it is stated.
    pub place: String,
    /// What set it.
    pub event: Cited,
}

impl StatedFigure {
    /// As a claim to be checked.
    pub fn claim(&self) -> Claim {
        Claim {
            quantity: self.quantity.clone(),
            stated: self.stated.clone(),
            value: self.value,
            unit: self.unit.clone(),
            place: self.place.clone(),
        }
    }
}

impl Cited {
    /// An event of another service as it was taken in.
    pub fn source(source: &SourceEvent, event_type: &str) -> Self {
        Self {
            log: source.log.clone(),
            id: source.id.clone(),
            event_type: event_type.to_owned(),
            effective: source.effective,
            actor: source.actor.clone(),
            recorded_time: source.recorded_time,
        }
    }

    /// Its log and id.
    pub fn reference(&self) -> EventRef {
        EventRef { log: self.log.clone(), id: self.id.clone() }
    }
}

/// One `as_…` each: a state of another kind under a key reads as absent, so that every fold is total.
macro_rules! as_kind {
    ($($(#[$doc:meta])* $name:ident $kind:ident $ty:ty;)*) => {
        impl ScoringState {
            $($(#[$doc])*
            pub fn $name(&self) -> Option<&$ty> {
                match self {
                    Self::$kind(state) => Some(state),
                    _ => None,
                }
            })*
        }
    };
}

as_kind! {
    /// A version of a scheme.
    as_scheme Scheme LoadedScheme;
    /// By what a fund is evaluated.
    as_evaluation Evaluation Evaluation;
    /// A fund.
    as_fund Fund FundFacts;
    /// A running sum.
    as_money Money RunningSum;
    /// A running count.
    as_count Count RunningCount;
    /// A project.
    as_project Project ProjectFacts;
    /// A target.
    as_target Target TargetFacts;
    /// Where a target is.
    as_place Place TargetRef;
    /// A self-score.
    as_self_score SelfScore SelfScore;
    /// A judgement.
    as_manual Manual ManualScore;
    /// A stated figure.
    as_stated Stated StatedFigure;
    /// An indicator.
    as_indicator Indicator Arc<IndicatorResult>;
    /// A sum.
    as_sum Sum Arc<SumResult>;
}

/// The key of a scheme's newest version.
pub fn scheme_key(scheme: &SchemeId) -> String {
    format!("scheme/{scheme}")
}

/// The key of one version of a scheme.
pub fn scheme_version_key(scheme: &SchemeId, version: u32) -> String {
    format!("scheme-version/{scheme}/{version}")
}

/// The key of what a fund is evaluated by.
pub fn evaluation_key(fund: &FundId) -> String {
    format!("evaluation/{fund}")
}

/// The key of a fund.
pub fn fund_key(fund: &FundId) -> String {
    format!("fund/{fund}")
}

/// The key of a running sum.
pub fn money_key(fund: &FundId, quantity: MoneyQuantity) -> String {
    format!("money/{fund}/{}", <&str>::from(quantity))
}

/// The key of a running count.
pub fn count_key(fund: &FundId, quantity: CountQuantity) -> String {
    format!("count/{fund}/{}", <&str>::from(quantity))
}

/// The key of a project.
pub fn project_key(fund: &FundId, project: &ProjectId) -> String {
    format!("project/{fund}/{project}")
}

/// The prefix of a project's targets.
pub fn project_targets(fund: &FundId, project: &ProjectId) -> String {
    format!("target/{fund}/{project}/")
}

/// The key of a target. `-` is no project's id: a target of the fund as a whole.
pub fn target_key(target: &TargetRef) -> String {
    let project = target.project.as_ref().map_or("-", ProjectId::as_str);
    format!("target/{}/{project}/{}", target.fund, target.target)
}

/// The key of where a target is.
pub fn place_key(fund: &FundId, target: &TargetId) -> String {
    format!("target-place/{fund}/{target}")
}

/// The key of the self-score of an indicator that is no target.
pub fn self_key(fund: &FundId, indicator: &IndicatorId) -> String {
    format!("self/{fund}/{indicator}")
}

/// The key of a person's judgement.
pub fn manual_key(fund: &FundId, indicator: &IndicatorId) -> String {
    format!("manual/{fund}/{indicator}")
}

/// The key of a stated figure.
pub fn stated_key(fund: &FundId, quantity: &str, place: &str) -> String {
    format!("stated/{fund}/{quantity}/{place}")
}

/// The key of an indicator.
pub fn indicator_key(fund: &FundId, indicator: &IndicatorId) -> String {
    format!("indicator/{fund}/{indicator}")
}

/// The key of a sum; `None` for the sum of everything.
pub fn sum_key(fund: &FundId, node: Option<&NodeId>) -> String {
    format!("sum/{fund}/{}", node.map_or(TOTAL, NodeId::as_str))
}

/// The key of the history of a fund's evaluation.
pub fn changes_key(fund: &FundId) -> String {
    format!("changes/{fund}")
}
