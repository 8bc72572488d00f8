//! The keys of what is kept.

use std::fmt;

use jixiao_events::finding::{Finding, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::{CountQuantity, MoneyQuantity};
use jixiao_events::targets::TargetRef;
use jixiao_events::{EntryId, Evaluated, FundId, IndicatorId, NodeId, Number, ProjectId, SchemeId, TargetId};

/// The node that stands for everything: the root of the sums.
pub const TOTAL: &str = "total";

/// What may have an evaluation of its own. In keys it is written as it is displayed: a fund by its id, one of its projects
/// with both, so that what begins with a fund's rows never takes in those of its projects.
pub trait HasEvaluation: fmt::Display {}

impl HasEvaluation for FundId {}
impl HasEvaluation for Evaluated {}

/// The prefix of the rows of one kind that belong to an evaluation.
pub fn rows(kind: &str, of: &impl HasEvaluation) -> String {
    format!("{kind}/{of}/")
}

/// The prefix of the evaluations of a fund's projects.
pub fn project_evaluations(fund: &FundId) -> String {
    format!("evaluation/{fund}:")
}

/// The prefix of the targets that an evaluation may have.
pub fn targets_of(of: &Evaluated) -> String {
    match &of.project {
        Some(project) => project_targets(&of.fund, project),
        None => target_prefix(&of.fund),
    }
}

/// The key of a scheme's newest version.
pub fn scheme_key(scheme: &SchemeId) -> String {
    format!("scheme/{scheme}")
}

/// The key of one version of a scheme.
pub fn scheme_version_key(scheme: &SchemeId, version: u32) -> String {
    format!("scheme-version/{scheme}/{version}")
}

/// The key of by what a fund or a project is evaluated.
pub fn evaluation_key(of: &impl HasEvaluation) -> String {
    format!("evaluation/{of}")
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

/// The key of how many projects a fund has carried as its own since the start of the year.
pub fn own_projects_key(fund: &FundId) -> String {
    format!("own-projects/{fund}")
}

/// The key of a project.
pub fn project_key(fund: &FundId, project: &ProjectId) -> String {
    format!("project/{fund}/{project}")
}

/// The prefix of a project's targets.
pub fn project_targets(fund: &FundId, project: &ProjectId) -> String {
    format!("target/{fund}/{project}/")
}

/// What the keys of all targets of a fund begin with.
pub fn target_prefix(fund: &FundId) -> String {
    format!("target/{fund}/")
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
pub fn self_key(of: &impl HasEvaluation, indicator: &IndicatorId) -> String {
    format!("self/{of}/{indicator}")
}

/// The key of a person's judgement.
pub fn manual_key(of: &impl HasEvaluation, indicator: &IndicatorId) -> String {
    format!("manual/{of}/{indicator}")
}

/// The key of what a person said of an indicator, other than points.
pub fn judged_key(of: &impl HasEvaluation, indicator: &IndicatorId) -> String {
    format!("judged/{of}/{indicator}")
}

/// The key of a running sum by month.
pub fn money_months_key(fund: &FundId, quantity: MoneyQuantity) -> String {
    format!("money-months/{fund}/{}", <&str>::from(quantity))
}

/// The key of the targets of one name.
pub fn named_targets_key(fund: &FundId, name: &str) -> String {
    format!("named-targets/{fund}/{name}")
}

/// The key of the money of a project.
pub fn project_scope_key(fund: &FundId, project: &ProjectId) -> String {
    scope_money_key(fund, &Scope::Project { project: project.clone() })
}

/// The key of a stated figure.
pub fn stated_key(fund: &FundId, quantity: &str, place: &str) -> String {
    format!("stated/{fund}/{quantity}/{place}")
}

/// The key of an indicator.
pub fn indicator_key(of: &impl HasEvaluation, indicator: &IndicatorId) -> String {
    format!("indicator/{of}/{indicator}")
}

/// The key of a sum; `None` for the sum of everything.
pub fn sum_key(of: &impl HasEvaluation, node: Option<&NodeId>) -> String {
    format!("sum/{of}/{}", node.map_or(TOTAL, NodeId::as_str))
}

/// The key of the reason why some targets are not met: those of a target, a project or a group.
pub fn explained_key(fund: &FundId, subject: &Subject) -> String {
    format!("explained/{fund}/{}", scope_text(subject))
}

/// The key of a target that a reason ties to a project.
pub fn tied_key(fund: &FundId, project: &ProjectId, target: &TargetId) -> String {
    format!("{}{target}", tied_targets(fund, project))
}

/// The prefix of the targets that reasons tie to a project.
pub fn tied_targets(fund: &FundId, project: &ProjectId) -> String {
    format!("tied/{fund}/{project}/")
}

/// The key of a project's filings.
pub fn filing_key(fund: &FundId, project: &ProjectId) -> String {
    format!("filing/{fund}/{project}")
}

/// The key of an adjustment.
pub fn adjustment_key(fund: &FundId, entry: &EntryId) -> String {
    format!("adjustment/{fund}/{entry}")
}

/// The key of the money of a project or group.
pub fn scope_money_key(fund: &FundId, scope: &Scope) -> String {
    format!("scope-money/{fund}/{}", scope_text(&scope_subject(scope)))
}

/// The key of what a report says of changes of a project's targets; `None`: of those that name no project.
pub fn target_changes_key(fund: &FundId, project: Option<&ProjectId>) -> String {
    format!("target-changes/{fund}/{}", project.map_or("-", ProjectId::as_str))
}

/// The key of which targets a project has.
pub fn project_targets_key(fund: &FundId, project: &ProjectId) -> String {
    format!("project-targets/{fund}/{project}")
}

/// The key of which figures are stated.
pub fn stated_places_key(fund: &FundId) -> String {
    format!("stated-places/{fund}")
}

/// The key of the targets of one attainment.
pub fn attained_key(fund: &FundId, percent: Number) -> String {
    format!("attained/{fund}/{percent}")
}

/// The key of the findings about a subject and what is looked at with it.
pub fn findings_key(fund: &FundId, subject: &Subject) -> String {
    format!("findings/{fund}/{}", scope_text(subject))
}

/// The key of the reasons why a target, a project or a group fell short.
pub fn reasons_key(fund: &FundId, about: &Subject) -> String {
    format!("reasons/{fund}/{}", scope_text(about))
}

/// The key of the answers to those findings.
pub fn answers_key(fund: &FundId, scope: &Subject) -> String {
    format!("answers/{fund}/{}", scope_text(scope))
}

/// What tells a finding apart from the others of its scope: the check, and for a part of the fund which.
pub fn finding_tag(finding: &Finding) -> String {
    match &finding.subject {
        Subject::Node { node } => format!("{}/{node}", finding.code),
        Subject::Quantity { quantity } => format!("{}/{quantity}", finding.code),
        _ => finding.code.clone(),
    }
}

/// The key of how many findings stand.
pub fn finding_counts_key(fund: &FundId) -> String {
    format!("finding-counts/{fund}")
}

/// The key of the history of a fund's findings.
pub fn finding_changes_key(fund: &FundId) -> String {
    format!("finding-changes/{fund}")
}

/// What is looked at together when a subject is checked: a node and a stated figure with the fund.
pub fn scope_of(subject: &Subject) -> Subject {
    match subject {
        Subject::Node { .. } | Subject::Quantity { .. } => Subject::Fund,
        other => other.clone(),
    }
}

/// A scope of the ledger as a subject.
pub fn scope_subject(scope: &Scope) -> Subject {
    match scope.clone() {
        Scope::Fund => Subject::Fund,
        Scope::Project { project } => Subject::Project { project },
        Scope::Group { group } => Subject::Group { group },
    }
}

/// A subject as a scope of the ledger; `None` for what has no money of its own.
pub fn subject_scope(subject: &Subject) -> Option<Scope> {
    match subject.clone() {
        Subject::Fund => Some(Scope::Fund),
        Subject::Project { project } => Some(Scope::Project { project }),
        Subject::Group { group } => Some(Scope::Group { group }),
        _ => None,
    }
}

/// A scope as part of a key.
fn scope_text(subject: &Subject) -> String {
    match subject {
        Subject::Fund | Subject::Node { .. } | Subject::Quantity { .. } => "fund".to_owned(),
        Subject::Project { project } => format!("project:{project}"),
        Subject::Group { group } => format!("group:{group}"),
        Subject::Target { target } => format!("target:{target}"),
        Subject::Indicator { indicator } => format!("indicator:{indicator}"),
        Subject::Entry { entry } => format!("entry:{entry}"),
        Subject::Attainment { percent } => format!("attainment:{percent}"),
        Subject::Document { document } => format!("document:{document}"),
        Subject::Statement { statement } => format!("statement:{statement}"),
    }
}

/// The key of the day that a fund's clock has come to.
pub fn clock_key(fund: &FundId) -> String {
    format!("clock/{fund}")
}

/// The key of the warnings of a fund that stand.
pub fn warnings_key(fund: &FundId) -> String {
    format!("warnings/{fund}")
}

/// The key of the history of a fund's warnings.
pub fn warning_changes_key(fund: &FundId) -> String {
    format!("warning-changes/{fund}")
}

/// The key of a fund in a portfolio.
pub fn portfolio_key(fund: &FundId) -> String {
    format!("portfolio/{fund}")
}

/// The key of the sums of a support category of a fund.
pub fn category_key(fund: &FundId, category: &str) -> String {
    format!("category/{fund}/{category}")
}

/// The key of the history of all evaluations that were opened.
pub const OPENINGS: &str = "openings";

/// The key of the history of an evaluation.
pub fn changes_key(of: &impl HasEvaluation) -> String {
    format!("changes/{of}")
}

/// The kinds of what is computed from facts by a scheme, and stored for speed. A fund's row in a portfolio holds facts too.
const COMPUTED: [&str; 8] =
    ["indicator", "sum", "given-sum", "attained", "findings", "finding-counts", "warnings", "category"];

/// Whether what is kept under a key, or under all that begin so, is computed.
pub fn is_computed(key: &str) -> bool {
    key.split('/').next().is_some_and(|kind| COMPUTED.contains(&kind))
}
