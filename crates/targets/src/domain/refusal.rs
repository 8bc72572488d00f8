//! Why a command is refused.

use jixiao_events::{FundId, GroupId, Number, ProjectId, TargetId};

/// Why a command is refused, in order of precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetRefusal {
    /// A weight of zero or below earns nothing.
    #[error("the weight must be above zero, got {0}")]
    WeightNotPositive(Number),
    /// No value lies in the range.
    #[error("the range from {min} to {max} is empty: its lower end is above its upper end")]
    RangeReversed {
        /// The lower end as given.
        min: Number,
        /// The upper end as given.
        max: Number,
    },
    /// Points are zero or above; above the weight they are kept as filed.
    #[error("a self-score must not be below zero, got {0}")]
    ScoreNegative(Number),
    /// An explanation of nothing.
    #[error("an explanation names a project, a group or targets, this one none of them")]
    NothingExplained,
    /// One explanation is about one of the two.
    #[error("an explanation is about a project or about a group, this one names both")]
    ProjectAndGroup,
    /// A target is listed more than once.
    #[error("the explanation names the target {0} more than once")]
    TargetRepeated(TargetId),
    /// The registry has told of no such fund (yet).
    #[error("no fund {0} is known here")]
    FundNotFound(FundId),
    /// The registry has told of no such project of the fund (yet).
    #[error("the fund {fund} has no project {project}")]
    ProjectNotFound {
        /// The fund.
        fund: FundId,
        /// The project.
        project: ProjectId,
    },
    /// No project of the fund is in such a group.
    #[error("no project of the fund {fund} is in a group {group}")]
    GroupNotFound {
        /// The fund.
        fund: FundId,
        /// The group.
        group: GroupId,
    },
    /// The fund has no such target.
    #[error("the fund {fund} has no target {target}")]
    TargetNotFound {
        /// The fund.
        fund: FundId,
        /// The target.
        target: TargetId,
    },
    /// The id is taken, maybe by a withdrawn target: its history stays.
    #[error("the fund {fund} has a target {target} already")]
    TargetExists {
        /// The fund.
        fund: FundId,
        /// The target.
        target: TargetId,
    },
    /// The id is taken.
    #[error("the fund {fund} has an explanation {explanation} already")]
    ExplanationExists {
        /// The fund.
        fund: FundId,
        /// The explanation.
        explanation: String,
    },
    /// Withdrawing is final.
    #[error("the target {target} of the fund {fund} is withdrawn")]
    TargetWithdrawn {
        /// The fund.
        fund: FundId,
        /// The target.
        target: TargetId,
    },
    /// The definition is the one in force, date, approval and source aside.
    #[error("the target {target} of the fund {fund} is defined so already, in version {version}")]
    NothingChanges {
        /// The fund.
        fund: FundId,
        /// The target.
        target: TargetId,
        /// The version in force.
        version: u32,
    },
}
