//! The life of a scheme's versions: draft, approved, withdrawn.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::date::PartialDate;
use crate::names::SchemeId;
use crate::source::Approval;
use crate::subject::SchemeSubject;

/// A version of a scheme was approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemeApproved {
    /// The scheme.
    pub scheme: SchemeId,
    /// The version.
    pub version: u32,
    /// The fiscal year that it is for.
    pub fiscal_year: i16,
    /// The region that it is for; `None`: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What it evaluates; `None`: anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<SchemeSubject>,
    /// The first day that it is in effect; `None`: from the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_from: Option<PartialDate>,
    /// The last day that it is in effect; `None`: without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_to: Option<PartialDate>,
    /// On whose approval.
    pub approval: Approval,
    /// The document that says so, by number or title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// A version of a scheme was withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SchemeWithdrawn {
    /// The scheme.
    pub scheme: SchemeId,
    /// The version.
    pub version: u32,
    /// The fiscal year that it is for.
    pub fiscal_year: i16,
    /// Why.
    pub reason: String,
    /// When.
    pub on: PartialDate,
}
