//! Findings: what an evaluation's own figures contradict, with the figures and the events that show it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::date::PartialDate;
use crate::names::{EntryId, FundId, GroupId, IndicatorId, NodeId, ProjectId, TargetId};
use crate::number::Number;
use crate::scoring::EventRef;

/// Something that a check found. Which check it was, and about what, makes it the same finding over time; its figures and
/// evidence may change while it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The fund.
    pub fund: FundId,
    /// What it is about.
    pub subject: Subject,
    /// The check, `met_not_full`.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The figures that show it, in the order in which a person would name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
    /// What the figures come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// What whoever is responsible says to a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingAnswer {
    /// What becomes of it.
    pub kind: AnswerKind,
    /// Why it is so, or what will be done.
    pub text: String,
    /// Until when it is put right; `None` where nothing is to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<PartialDate>,
    /// When the answer was given.
    pub on: PartialDate,
}

/// What becomes of a finding that is answered. It stands until its cause is gone, whatever the answer.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AnswerKind {
    /// There is a reason for it (说明).
    Explained,
    /// It is right, and left as it is (认可).
    Accepted,
    /// It is right, and will be put right by a day (整改).
    ToBeRectified,
}

/// How much a finding weighs.
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
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Worth a look: something is not stated, or could be meant otherwise.
    Notice,
    /// Something that the rules ask for is missing.
    Warning,
    /// Two figures cannot both be right, or a rule was broken.
    Error,
}

/// What a finding is about.
#[derive(
    Debug,
    Clone,
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
#[serde(tag = "of", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Subject {
    /// The fund as a whole.
    Fund,
    /// A group of the scheme.
    Node {
        /// The group.
        node: NodeId,
    },
    /// A figure that a report states.
    Quantity {
        /// The quantity, `score.total`.
        quantity: String,
    },
    /// A project.
    Project {
        /// The project.
        project: ProjectId,
    },
    /// A group of projects.
    Group {
        /// The group.
        group: GroupId,
    },
    /// A target.
    Target {
        /// The target.
        target: TargetId,
    },
    /// An indicator that is no target.
    Indicator {
        /// The indicator.
        indicator: IndicatorId,
    },
    /// An entry of the ledger.
    Entry {
        /// The entry.
        entry: EntryId,
    },
    /// A document or annex, by its number, else its title or name, written one way.
    Document {
        /// The number, title or name.
        document: String,
    },
    /// A statement of the registry.
    Statement {
        /// Its id.
        statement: String,
    },
    /// All targets of one attainment.
    Attainment {
        /// The attainment in percent.
        percent: Number,
    },
}

/// A figure of a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What it is, `weight`, `actual`.
    pub name: String,
    /// Its value as text, exact.
    pub value: String,
    /// Its unit; `None` where it has none. Money is in yuan, `CNY`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// What a figure comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Evidence {
    /// One event.
    Event(EventRef),
    /// A running sum or count, `budget.expenditure`: the events that moved it are found by its key.
    Sum {
        /// The quantity.
        quantity: String,
    },
    /// A figure that a report states; the event that states it is found by its key.
    Stated {
        /// The quantity.
        quantity: String,
        /// Where it is stated.
        place: String,
    },
    /// The points below a node: the changes of the evaluation that moved them are found by its key.
    Node {
        /// The node.
        node: NodeId,
    },
}
