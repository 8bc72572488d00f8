//! What is kept, and under which keys.
//!
//! | key | state |
//! | --- | --- |
//! | `scheme/{scheme}` | the newest version of a scheme |
//! | `scheme-version/{scheme}/{version}` | one version of it, for good |
//! | `scheme-year/{year}/{scheme}` | its versions that may be used: approved, not withdrawn |
//! | `evaluation/{fund}` | by which scheme and version a fund is evaluated |
//! | `fund/{fund}` | what is known of the fund |
//! | `money/{fund}/{quantity}` | a running sum |
//! | `count/{fund}/{quantity}` | a running count |
//! | `own-projects/{fund}` | a running count of the projects that came as its own since the start of the year |
//! | `project/{fund}/{project}` | a project's membership and state |
//! | `target/{fund}/{project or -}/{target}` | a target: definition, actual, self-score |
//! | `target-place/{fund}/{target}` | where a target's key is: an indicator knows its target only by id |
//! | `self/{fund}/{indicator}` | the self-score of an indicator that is no target |
//! | `manual/{fund}/{indicator}` | a person's judgement |
//! | `judged/{fund}/{indicator}` | what a person said of it, other than points |
//! | `money-months/{fund}/{quantity}` | a running sum by month |
//! | `named-targets/{fund}/{name}` | the targets of one name, while they are few |
//! | `given/{fund}/{indicator}` | the scores that people gave beside the computed one |
//! | `given-sum/{fund}/{node}` | their sums |
//! | `described/{fund}` | the record of the evaluation: purpose, basis, team |
//! | `stated/{fund}/{quantity}/{place}` | a stated figure |
//! | `indicator/{fund}/{indicator}` | an indicator, computed |
//! | `sum/{fund}/{node}` | a sum, computed |
//! | `explained/{fund}/{target, project or group}` | the newest reason why targets are not met |
//! | `tied/{fund}/{project}/{target}` | a reason that names both: the target may be none of the project's |
//! | `filing/{fund}/{project}` | a project's contract filing and acceptance |
//! | `life/{fund}/{project}` | the dated steps of a project: approval, tenders, contract, acceptance, increases, payments |
//! | `adjustment/{fund}/{entry}` | an adjustment of the budget |
//! | `scope-money/{fund}/{project or group}` | the money of a project or group |
//! | `target-changes/{fund}/{project or -}` | what a report says of changes of targets |
//! | `project-targets/{fund}/{project}` | which targets a project has, while they are few |
//! | `stated-places/{fund}` | which figures are stated, while they are few |
//! | `attained/{fund}/{percent}` | the targets that are met in part, and just so far |
//! | `findings/{fund}/{scope}` | the findings that stand |
//! | `answers/{fund}/{scope}` | the newest answers to them |
//! | `finding-counts/{fund}` | how many of each check |
//! | `paper/{fund}/{number, title or name}` | the citations of a document, or an annex, by its name |
//! | `year/{fund}/{statement}` | a year that a paper says it is of |
//! | `achievements/{fund}/{target}` | figures among the achievements that are a target's actual |
//! | `reasons/{fund}/{target, project or group}` | the reasons why it fell short |
//! | `universals/{fund}/all` | sentences that all targets are met |
//! | `wording/{digest of words}` | where something is said in the same words, over all funds, while that is few |
//! | `clock/{fund}` | the day that a fund's clock has come to |
//! | `warnings/{fund}` | the warnings that stand, by monitor |
//! | `portfolio/{fund}` | what a portfolio shows of the fund |
//! | `category/{fund}/{category}` | what is summed over the projects of a support category |
//! | `evaluation/{fund}:{project}`, and so on | the same of a project that is evaluated by itself: evaluation, manual, judged, given, given-sum, described, indicator, sum, changes |
//! | `changes/{fund}` | no state: the history of the evaluation |
//! | `finding-changes/{fund}` | no state: the history of its findings |
//! | `warning-changes/{fund}` | no state: the history of its warnings |
//! | `openings` | no state: the history of all evaluations that were opened |
//!
//! Facts are kept whether or not a fund, project or scheme is known yet: what is computed from them depends on what was
//! taken in, never on the order in which the feeds came.

mod approved;
mod few;
mod judged;
mod key;
mod life;
mod monitoring;
mod portfolio;
mod project;
mod target;

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::finding::Finding;
use jixiao_events::ledger::{Direction, Scope};
use jixiao_events::portfolio::CategorySum;
use jixiao_events::registry::{DisplayUnit, FilingState};
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{EventRef, GivenSum, IndicatorResult, ScopeQuantity, SumResult};
use jixiao_events::targets::TargetRef;
use jixiao_events::{
    FundKind, IndicatorId, Money, MonitorId, Names, Number, PartialDate, ProjectId, SchemeId, SourceEvent,
    TargetId,
};
use serde::{Deserialize, Serialize};

pub use self::approved::*;
pub use self::few::Few;
pub use self::judged::{Judged, Said};
pub use self::key::*;
pub use self::life::{Divided, Entry, Life, Since, Tendered, fold_life, life_key, told_life};
pub use self::monitoring::{Clock, StandingWarning};
pub use self::portfolio::{Points, PortfolioFund, PortfolioRow};
pub use self::project::ProjectFacts;
pub use self::target::{Actual, Defined, SelfScore, TakenBack, TargetFacts};
use super::answer::Answers;
use super::papers::{Achievement, Paper, Reason, Universal, YearStated};
use super::wordings::WordingPlace;
use crate::claims::Claim;

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
    /// What a person said of an indicator.
    Judged(Box<Judged>),
    /// A running sum by month, 2019-07; of what has no date under an empty text.
    MoneyMonths(BTreeMap<String, RunningSum>),
    /// The targets of one name.
    NamedTargets(Few<TargetRef>),
    /// A stated figure.
    Stated(StatedFigure),
    /// An indicator, computed.
    Indicator(Arc<IndicatorResult>),
    /// A sum, computed.
    Sum(Arc<SumResult>),
    /// A reason why targets are not met.
    Explained(Explained),
    /// The dated steps of a project's life.
    Life(Box<Life>),
    /// A project's filings.
    Filings(Filings),
    /// An adjustment of the budget.
    Adjustment(Adjustment),
    /// The money of a project or group.
    ScopeMoney(ScopeMoney),
    /// What a report says of changes of targets, by statement.
    TargetChanges(BTreeMap<String, TargetChange>),
    /// The targets of a project.
    ProjectTargets(Few<TargetId>),
    /// Stated figures by quantity and place.
    StatedPlaces(Few<(String, String)>),
    /// Targets that are met in part, and just so far.
    Attained(BTreeMap<IndicatorId, Partial>),
    /// The findings of a scope, by check and what tells apart those of one check.
    Findings(BTreeMap<String, Arc<Finding>>),
    /// The answers to the findings of a scope.
    Answers(Answers),
    /// A document or annex by one of its names.
    Paper(Paper),
    /// A year that a paper says it is of.
    YearStated(YearStated),
    /// Achievements that are a target's actual, by statement.
    Achievements(BTreeMap<String, Achievement>),
    /// Sentences that all targets are met, by statement.
    Universals(BTreeMap<String, Universal>),
    /// Reasons why something fell short.
    Reasons(BTreeMap<String, Reason>),
    /// Where something is said in the same words.
    Wording(Few<WordingPlace>),
    /// How many findings stand, by check.
    FindingCounts(BTreeMap<String, u64>),
    /// The day that a fund's clock has come to.
    Clock(Clock),
    /// The warnings that stand.
    Warnings(BTreeMap<MonitorId, StandingWarning>),
    /// What a portfolio shows of a fund.
    Portfolio(Box<PortfolioRow>),
    /// What is summed over the projects of a support category.
    Category(Box<CategorySum>),
    /// The versions of a scheme that may be used.
    SchemeYear(BTreeMap<u32, InForce>),
    /// The scores that people gave to an indicator.
    Given(GivenScores),
    /// The sums of such scores.
    GivenSum(GivenSum),
    /// The record of an evaluation.
    Described(Box<Described>),
}

/// A reason why targets are not met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Its id.
    pub explanation: String,
    /// The project that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// What gave it.
    pub event: Cited,
}

/// A project's contract filing and acceptance; `None` while nothing is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filings {
    /// The contract filing (备案).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<Filing>,
    /// The acceptance (验收).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<Filing>,
}

/// A filing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// Whether it is filed.
    pub state: FilingState,
    /// What says so.
    pub event: Cited,
}

/// An adjustment of the budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Up or down.
    pub direction: Direction,
    /// Whose budget.
    pub scope: Scope,
    /// By how much, in yuan.
    pub amount: Money,
    /// When.
    pub on: PartialDate,
    /// Who approved it; `None` where nobody is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approver: Option<String>,
    /// What booked it.
    pub event: Cited,
}

/// The money of a project or group, in yuan.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScopeMoney {
    /// Each sum that was ever moved or stated, and the newest event that did so. What it is now: [`ScopeMoney::sum`].
    pub sums: BTreeMap<ScopeQuantity, ScopeSum>,
    /// How many adjustments count; `None` while none was booked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adjustments: Option<i64>,
}

impl ScopeMoney {
    /// A sum; `None` while nothing moved or stated it. A reversal is as if the entry had not been: where all that was
    /// booked was taken back, there is no sum either. Entries are above zero, so that something stands just where the sum
    /// is.
    pub fn sum(&self, quantity: ScopeQuantity) -> Option<&ScopeSum> {
        self.sums.get(&quantity).filter(|sum| quantity.is_stated() || sum.sum > Money::ZERO)
    }
}

/// A sum of money of a project or group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeSum {
    /// The sum.
    pub sum: Money,
    /// The newest event that moved or stated it.
    pub event: Cited,
    /// How many events moved it.
    pub events: u64,
    /// The same by month, 2019-07; of what has no date under an empty text. Of what is booked only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub months: BTreeMap<String, RunningSum>,
}

/// What a report says of a change of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetChange {
    /// What it says.
    pub text: String,
    /// The value after the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The value before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_value: Option<String>,
    /// The unit of both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// What states it.
    pub event: Cited,
}

/// A target that is met in part: what its unit gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partial {
    /// Its name.
    pub name: Names,
    /// Its weight in points.
    pub weight: Number,
    /// Its self-score.
    pub self_score: Number,
    /// What set the self-score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<EventRef>,
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
    /// Where it stands in its life.
    #[serde(default)]
    pub life: SchemeLife,
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
    /// What kind of money it is.
    #[serde(default, skip_serializing_if = "FundKind::is_special_fund")]
    pub kind: FundKind,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_none(count: &u64) -> bool {
    *count == 0
}

/// A running count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RunningCount {
    /// The count.
    pub count: i64,
    /// How many events moved it.
    pub events: u64,
    /// How many more said that it is what it was: nothing is missing, none came.
    #[serde(default, skip_serializing_if = "is_none")]
    pub still: u64,
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

/// A person's judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManualScore {
    /// The points.
    pub score: Number,
    /// Why.
    pub reason: String,
    /// When it was judged.
    pub on: PartialDate,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
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
    /// What a person said.
    as_judged Judged Judged;
    /// A running sum by month.
    as_money_months MoneyMonths BTreeMap<String, RunningSum>;
    /// The targets of one name.
    as_named_targets NamedTargets Few<TargetRef>;
    /// A stated figure.
    as_stated Stated StatedFigure;
    /// An indicator.
    as_indicator Indicator Arc<IndicatorResult>;
    /// A sum.
    as_sum Sum Arc<SumResult>;
    /// A reason why targets are not met.
    as_explained Explained Explained;
    /// The dated steps of a project's life.
    as_life Life Life;
    /// A project's filings.
    as_filings Filings Filings;
    /// An adjustment.
    as_adjustment Adjustment Adjustment;
    /// The money of a project or group.
    as_scope_money ScopeMoney ScopeMoney;
    /// What a report says of changes of targets.
    as_target_changes TargetChanges BTreeMap<String, TargetChange>;
    /// The targets of a project.
    as_project_targets ProjectTargets Few<TargetId>;
    /// Where figures are stated.
    as_stated_places StatedPlaces Few<(String, String)>;
    /// Targets that are met in part.
    as_attained Attained BTreeMap<IndicatorId, Partial>;
    /// Findings.
    as_findings Findings BTreeMap<String, Arc<Finding>>;
    /// Answers to findings.
    as_answers Answers Answers;
    /// A document or annex.
    as_paper Paper Paper;
    /// A year that is stated.
    as_year_stated YearStated YearStated;
    /// Achievements of a target.
    as_achievements Achievements BTreeMap<String, Achievement>;
    /// Sentences about all targets.
    as_universals Universals BTreeMap<String, Universal>;
    /// Reasons why something fell short.
    as_reasons Reasons BTreeMap<String, Reason>;
    /// Where something is said in the same words.
    as_wording Wording Few<WordingPlace>;
    /// How many findings stand.
    as_finding_counts FindingCounts BTreeMap<String, u64>;
    /// The day that a fund's clock has come to.
    as_clock Clock Clock;
    /// The warnings that stand.
    as_warnings Warnings BTreeMap<MonitorId, StandingWarning>;
    /// What a portfolio shows of a fund.
    as_portfolio Portfolio PortfolioRow;
    /// What is summed over the projects of a support category.
    as_category Category CategorySum;
    /// The versions of a scheme that may be used.
    as_scheme_year SchemeYear BTreeMap<u32, InForce>;
    /// Scores that people gave.
    as_given Given GivenScores;
    /// Their sums.
    as_given_sum GivenSum GivenSum;
    /// The record of an evaluation.
    as_described Described Described;
}
