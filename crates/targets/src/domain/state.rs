//! What is known under each key.

use jixiao_events::attainment::{self, Attainment, Judgement};
use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::targets::{Measured, TargetDefinition, TargetRef, UnitMatch};
use jixiao_events::{Approval, FundId, GroupId, IndicatorId, Number, PartialDate, ProjectId, TargetId};
use serde::{Deserialize, Serialize};

/// What is known under one key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum TargetsState {
    /// A fund.
    Fund(FundDocument),
    /// A project.
    Project(ProjectDocument),
    /// A group that some project is in.
    Group,
    /// A target.
    Target(Box<TargetDocument>),
    /// That a target belongs to a project.
    TargetOfProject {
        /// The target.
        target: TargetId,
    },
    /// The self-score of an indicator that is no target.
    IndicatorScore {
        /// The indicator.
        indicator: IndicatorId,
        /// The score.
        score: ScoreDocument,
    },
    /// An explanation.
    Explanation(Explanation),
}

/// A fund, as far as targets care.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FundDocument {
    /// Its fiscal year; `None` only where the fund's own event is missing.
    pub fiscal_year: Option<i16>,
    /// From when its year is closed. Actuals, self-scores and explanations come after that, so it refuses nothing.
    pub closed_on: Option<PartialDate>,
}

/// A project, as far as targets care.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProjectDocument {
    /// Its state in the registry.
    pub state: ProjectState,
    /// Whether the fund carries it; `None` only where the project's own event is missing.
    pub membership: Option<Membership>,
    /// The group that it is in.
    pub group: Option<GroupId>,
}

/// A target with what counts of it now. What was before is in the history of its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetDocument {
    /// The target.
    pub target: TargetRef,
    /// The version in force.
    pub version: u32,
    /// What is to be reached.
    pub definition: TargetDefinition,
    /// When the version counts from.
    pub on: Option<PartialDate>,
    /// On whose approval the version is.
    pub approval: Approval,
    /// The document or line that states the version.
    pub source: Option<String>,
    /// `None` while it counts.
    pub withdrawal: Option<Withdrawal>,
    /// The last actual.
    pub actual: Option<ActualDocument>,
    /// The last self-score.
    pub self_score: Option<ScoreDocument>,
}

/// That a target no longer counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Withdrawal {
    /// From when.
    pub on: Option<PartialDate>,
    /// On whose approval and why.
    pub approval: Approval,
    /// The document or line that says so.
    pub source: Option<String>,
}

/// What was reached. Whether its unit is the target's is derived, since the target's may be revised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActualDocument {
    /// The value.
    pub value: Measured,
    /// Its own unit as given.
    pub unit: Option<String>,
    /// The day, month or year that it is of.
    pub on: PartialDate,
    /// How it is written in the source.
    pub text: Option<String>,
    /// What proves it.
    pub evidence: Vec<String>,
    /// The document or line that says so.
    pub source: Option<String>,
    /// The id of the event that recorded it.
    pub event: String,
}

/// What a unit gave itself. Whether it is above the weight is derived, since the weight may be revised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreDocument {
    /// The points as filed.
    pub score: Number,
    /// When it was filed.
    pub on: PartialDate,
    /// Why, as the filer put it.
    pub reason: Option<String>,
    /// The document or line that says so.
    pub source: Option<String>,
    /// The id of the event that recorded it.
    pub event: String,
}

/// Why targets were missed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The fund.
    pub fund: FundId,
    /// Its id within the fund.
    pub explanation: String,
    /// The project that it is about.
    pub project: Option<ProjectId>,
    /// The group of projects that it is about.
    pub group: Option<GroupId>,
    /// The targets that it names.
    pub targets: Vec<TargetId>,
    /// The reason given.
    pub reason: String,
    /// The document or line that says so.
    pub source: Option<String>,
    /// The id of the event that recorded it.
    pub event: String,
}

/// Where a target stands now, its project's state taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The project's state that counts; `None` for a target of the fund as a whole.
    pub project: Option<ProjectState>,
    /// The actual's unit against the version in force; `None` without an actual.
    pub unit_match: Option<UnitMatch>,
    /// Whether it is met; `None` once it is withdrawn.
    pub status: Option<Attainment>,
    /// Actual by target in percent, see [`Judgement::percent`].
    pub percent: Option<Number>,
}

impl TargetDocument {
    /// Where it stands. `project` is that of its project.
    pub fn standing(&self, project: Option<&ProjectDocument>) -> Standing {
        let project = project.map(|project| attainment::standing(project.membership, project.state));
        let actual = self.actual.as_ref().map(|actual| {
            (&actual.value, attainment::unit_match(&self.definition, &actual.value, actual.unit.as_deref()))
        });
        let unit_match = actual.map(|(_, units)| units);
        if self.withdrawal.is_some() {
            return Standing { project, unit_match, status: None, percent: None };
        }
        let Judgement { status, percent } = attainment::judge(&self.definition, actual, project);
        Standing { project, unit_match, status: Some(status), percent }
    }

    /// Whether the last self-score exceeds the weight in force.
    pub fn is_scored_above_weight(&self) -> bool {
        self.self_score.as_ref().is_some_and(|filed| filed.score > self.definition.weight)
    }
}

impl TargetsState {
    /// The project, if it is one.
    pub fn project(&self) -> Option<&ProjectDocument> {
        if let Self::Project(project) = self { Some(project) } else { None }
    }

    /// The target, if it is one.
    pub fn target(&self) -> Option<&TargetDocument> {
        if let Self::Target(target) = self { Some(target) } else { None }
    }
}
