//! What happened to performance targets, their actuals and scores.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::names::{AgencyId, FundId, GroupId, IndicatorId, ProjectId, TargetId};
use crate::number::Number;
use crate::registry::{Membership, ProjectState};
use crate::source::{Approval, SourceEvent};

/// An event of the targets' log. Stored for good: add variants, never change one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TargetEvent {
    /// An event of the registry was taken in.
    RegistryTakenIn {
        /// The event.
        source: SourceEvent,
        /// What is used of it; `None` where nothing is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fact: Option<TargetFact>,
    },
    /// A target (绩效目标) was set. Version 1.
    TargetSet {
        /// The target.
        target: TargetRef,
        /// What is to be reached.
        definition: TargetDefinition,
        /// When it counts from; `None` where it is not stated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// On whose approval.
        #[serde(default)]
        approval: Approval,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A target got a new version.
    TargetRevised {
        /// The target.
        target: TargetRef,
        /// The new version, from 2.
        version: u32,
        /// What is to be reached now.
        definition: TargetDefinition,
        /// When it counts from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// On whose approval.
        #[serde(default)]
        approval: Approval,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A target no longer counts, e.g. because its project left.
    TargetWithdrawn {
        /// The target.
        target: TargetRef,
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<PartialDate>,
        /// On whose approval; the reason is part of it.
        #[serde(default)]
        approval: Approval,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// An actual (实际完成值) was reported. A later one takes the place of an earlier one.
    ActualRecorded {
        /// The target.
        target: TargetRef,
        /// What was reached.
        value: Measured,
        /// Its own unit as given; `None` means the target's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// Whether it is in the target's unit.
        unit_match: UnitMatch,
        /// The day, month or year that it is of.
        on: PartialDate,
        /// How it is written in the source.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// What proves it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        evidence: Vec<String>,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// A unit scored itself (自评). Kept as filed, also above the weight.
    SelfScoreRecorded {
        /// The fund.
        fund: FundId,
        /// What is scored.
        subject: ScoreSubject,
        /// The points.
        score: Number,
        /// Whether they exceed the target's weight; false for an indicator, whose weight only its scheme knows.
        above_weight: bool,
        /// When it was filed.
        on: PartialDate,
        /// Why, as the filer put it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Why targets were missed.
    MissExplained {
        /// The fund.
        fund: FundId,
        /// Its id: a slug of the caller's, unique within the fund.
        explanation: String,
        /// The project that it is about; `None` for a group or the fund.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        project: Option<ProjectId>,
        /// The group of projects that it is about.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// The targets that it names; none where it names only a project or group.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<TargetId>,
        /// The reason given.
        reason: String,
        /// The document or line that says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
}

/// What targets use of the registry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum TargetFact {
    /// A fund exists.
    Fund {
        /// The fund.
        fund: FundId,
        /// Its fiscal year.
        fiscal_year: i16,
    },
    /// A fund's year is closed.
    YearClosed {
        /// The fund.
        fund: FundId,
        /// From which day.
        on: PartialDate,
    },
    /// A project exists, or moved on.
    Project {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
        /// Whether the fund carries it; `None` where the event does not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        membership: Option<Membership>,
        /// The group that money is stated for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// Its state.
        state: ProjectState,
    },
}

/// A target and where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct TargetRef {
    /// The fund.
    pub fund: FundId,
    /// The project; `None` for a target of the fund as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<ProjectId>,
    /// Its id within the fund.
    pub target: TargetId,
}

/// What is to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetDefinition {
    /// Overall or per project.
    pub level: TargetLevel,
    /// Its class in the form, from the general to the special: `output.quantity` (产出、数量); `None` where none is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The indicator's name as printed.
    pub name: String,
    /// Its weight in points, above zero.
    pub weight: Number,
    /// When it is met.
    pub criterion: Criterion,
    /// The unit of its value; `None` where none is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How it is written in the source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The agency that answers for it (责任单位), where that is told; else whoever carries out its project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgencyId>,
    /// What was reached of it in an earlier year, where that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
}

/// What was reached of a target in an earlier year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Baseline {
    /// The value, in the target's unit.
    pub value: Number,
    /// The day, month or year that it is of.
    pub on: PartialDate,
}

/// Whether a target is of the fund as a whole or of a project.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TargetLevel {
    /// Of the fund as a whole (总体绩效目标).
    Overall,
    /// Of a project (明细绩效目标).
    Detail,
}

/// When a target is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(tag = "direction", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Criterion {
    /// The actual is at least this.
    AtLeast {
        /// The value.
        value: Number,
    },
    /// The actual is at most this.
    AtMost {
        /// The value.
        value: Number,
    },
    /// The actual is exactly this.
    Equal {
        /// The value.
        value: Number,
    },
    /// The actual is in this range, ends included.
    Between {
        /// The lower end.
        min: Number,
        /// The upper end.
        max: Number,
    },
    /// It was done by this date.
    ByDate {
        /// The deadline, a last day included.
        by: PartialDate,
    },
    /// Yes or no, as expected.
    YesNo {
        /// The answer that meets it.
        expected: bool,
    },
    /// A level in words; only a person can say whether it is met.
    Qualitative {
        /// The level expected.
        expected: String,
    },
}

/// What was reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Measured {
    /// A number.
    Number {
        /// The value, in the actual's unit.
        value: Number,
    },
    /// A date.
    Date {
        /// When it was done.
        done: PartialDate,
    },
    /// Yes or no.
    YesNo {
        /// The answer.
        yes: bool,
    },
    /// A level in words.
    Level {
        /// The level.
        level: String,
    },
}

/// Whether an actual is in its target's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum UnitMatch {
    /// The same unit, or neither has one.
    Same,
    /// None was given: the target's.
    Assumed,
    /// Another unit, or another kind of value: kept and marked, never compared.
    Different,
}

/// What a self-score is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum ScoreSubject {
    /// A target.
    Target {
        /// The target.
        target: TargetRef,
    },
    /// An indicator of the scheme that is no target.
    Indicator {
        /// The indicator.
        indicator: IndicatorId,
    },
    /// Such an indicator of a project that is evaluated by itself.
    ProjectIndicator {
        /// The project.
        project: ProjectId,
        /// The indicator.
        indicator: IndicatorId,
    },
}
