//! The keys that states are kept under.

use jixiao_events::{Evaluated, FundId, GroupId, IndicatorId, ProjectId, TargetId};

/// A fund that the registry told of.
pub fn fund(fund: &FundId) -> String {
    format!("fund/{fund}")
}

/// A project that the registry told of.
pub fn project(fund: &FundId, project: &ProjectId) -> String {
    format!("project/{fund}/{project}")
}

/// A group that some project is in.
pub fn group(fund: &FundId, group: &GroupId) -> String {
    format!("group/{fund}/{group}")
}

/// A target.
pub fn target(fund: &FundId, target: &TargetId) -> String {
    format!("{}{target}", targets(fund))
}

/// What the keys of all targets of a fund begin with.
pub fn targets(fund: &FundId) -> String {
    format!("target/{fund}/")
}

/// That a target belongs to a project: lists of a project's targets read these, not the whole fund.
pub fn target_of_project(fund: &FundId, project: &ProjectId, target: &TargetId) -> String {
    format!("{}{target}", targets_of_project(fund, project))
}

/// What the keys of all targets of a project begin with.
pub fn targets_of_project(fund: &FundId, project: &ProjectId) -> String {
    format!("target-of-project/{fund}/{project}/")
}

/// The self-score of an indicator that is no target.
pub fn indicator_score(of: &Evaluated, indicator: &IndicatorId) -> String {
    format!("{}{indicator}", indicator_scores(of))
}

/// What the keys of all self-scores of the indicators of one evaluation begin with.
pub fn indicator_scores(of: &Evaluated) -> String {
    format!("indicator-score/{of}/")
}

/// An explanation.
pub fn explanation(fund: &FundId, explanation: &str) -> String {
    format!("{}{explanation}", explanations(fund))
}

/// What the keys of all explanations of a fund begin with.
pub fn explanations(fund: &FundId) -> String {
    format!("explanation/{fund}/")
}
