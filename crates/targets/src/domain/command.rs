//! What is asked of the targets service.

use jixiao_events::targets::{Baseline, Criterion, Measured, TargetFact, TargetRef};
use jixiao_events::{
    AgencyId, Approval, FundId, GroupId, IndicatorId, Number, PartialDate, ProjectId, SourceEvent, TargetId,
};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum TargetCommand {
    /// Set a target.
    SetTarget(SetTarget),
    /// Give a target a new version.
    ReviseTarget(ReviseTarget),
    /// Withdraw a target.
    WithdrawTarget(WithdrawTarget),
    /// Record what was reached.
    RecordActual(RecordActual),
    /// Record a self-score.
    RecordSelfScore(RecordSelfScore),
    /// Record why targets were missed.
    ExplainMiss(ExplainMiss),
    /// Take in an event of the registry.
    TakeIn {
        /// The event.
        source: SourceEvent,
        /// What is used of it.
        fact: Option<TargetFact>,
    },
}

/// What is to be reached. Its level follows from the target: one with a project is a detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDefinition {
    /// The indicator's name as printed.
    pub name: String,
    /// Its weight in points.
    pub weight: Number,
    /// Its class in the form; `None` where none is stated.
    pub class: Option<String>,
    /// When it is met.
    pub criterion: Criterion,
    /// The unit of its value; `None` where none is stated.
    pub unit: Option<String>,
    /// How it is written in the source.
    pub text: Option<String>,
    /// The agency that answers for it; `None` where that is not told.
    pub owner: Option<AgencyId>,
    /// What was reached of it in an earlier year; `None` where that is not told.
    pub baseline: Option<Baseline>,
}

/// Set a target.
#[derive(Debug, Clone, PartialEq)]
pub struct SetTarget {
    /// The target, with its project if it is a detail.
    pub target: TargetRef,
    /// What is to be reached.
    pub definition: NewDefinition,
    /// When it counts from.
    pub on: Option<PartialDate>,
    /// On whose approval.
    pub approval: Approval,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// Give a target a new version.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviseTarget {
    /// The fund.
    pub fund: FundId,
    /// The target.
    pub target: TargetId,
    /// What is to be reached from now on, whole.
    pub definition: NewDefinition,
    /// When it counts from.
    pub on: Option<PartialDate>,
    /// On whose approval and why.
    pub approval: Approval,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// Withdraw a target.
#[derive(Debug, Clone, PartialEq)]
pub struct WithdrawTarget {
    /// The fund.
    pub fund: FundId,
    /// The target.
    pub target: TargetId,
    /// From when.
    pub on: Option<PartialDate>,
    /// On whose approval and why.
    pub approval: Approval,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// Record what was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordActual {
    /// The fund.
    pub fund: FundId,
    /// The target.
    pub target: TargetId,
    /// What was reached.
    pub value: Measured,
    /// Its own unit as given; `None` means the target's.
    pub unit: Option<String>,
    /// The day, month or year that it is of.
    pub on: PartialDate,
    /// How it is written in the source.
    pub text: Option<String>,
    /// What proves it.
    pub evidence: Vec<String>,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// Record a self-score.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSelfScore {
    /// The fund.
    pub fund: FundId,
    /// What is scored.
    pub subject: ScoreOf,
    /// The points.
    pub score: Number,
    /// When it was filed.
    pub on: PartialDate,
    /// Why, as the filer put it.
    pub reason: Option<String>,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// What a self-score is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScoreOf {
    /// A target.
    Target(TargetId),
    /// An indicator of the scheme that is no target: of the fund, or of a project that is evaluated by itself. Which ones
    /// there are only scoring knows.
    Indicator(Option<ProjectId>, IndicatorId),
}

/// Record why targets were missed.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainMiss {
    /// The fund.
    pub fund: FundId,
    /// Its id: a slug, unique within the fund.
    pub explanation: String,
    /// The project that it is about.
    pub project: Option<ProjectId>,
    /// The group of projects that it is about.
    pub group: Option<GroupId>,
    /// The targets that it names. They need not be the project's: an overall target may be missed for a project's sake.
    pub targets: Vec<TargetId>,
    /// The reason given.
    pub reason: String,
    /// The document or line that says so.
    pub source: Option<String>,
}
