//! What facts are about: their fund, their target, the keys of the states that they set.

use jixiao_events::finding::Subject;
use jixiao_events::registry::{Membership, Origin};
use jixiao_events::scoring::Fact;
use jixiao_events::targets::{ScoreSubject, TargetRef};
use jixiao_events::{Evaluated, FundId, GroupId, ProjectId, TargetId};

use crate::domain::state::{
    adjustment_key, count_key, explained_key, filing_key, fund_key, money_key, money_months_key,
    named_targets_key, own_projects_key, place_key, project_key, project_targets_key, scope_money_key,
    self_key, target_changes_key, target_key, tied_key, told_life,
};
use crate::domain::{papers, portfolio, wordings};

/// The keys that a fact belongs to.
pub fn fact_keys(fact: &Fact) -> Vec<String> {
    let mut keys = own_keys(fact);
    keys.extend(told_life(fact));
    keys.extend(portfolio::key_of(fact));
    keys.extend(wordings::key_of(fact));
    keys
}

/// The keys of what a fact itself sets.
fn own_keys(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Fund { fund, .. } | Fact::YearClosed { fund, .. } => vec![fund_key(fund)],
        Fact::Project { fund, project, .. } if is_own(fact) => {
            vec![project_key(fund, project), own_projects_key(fund)]
        }
        Fact::Project { fund, project, .. } | Fact::ProjectState { fund, project, .. } => {
            vec![project_key(fund, project)]
        }
        Fact::Money { fund, quantity, .. } => {
            vec![money_key(fund, *quantity), money_months_key(fund, *quantity)]
        }
        Fact::Count { fund, quantity, .. } => vec![count_key(fund, *quantity)],
        Fact::Target { target, definition, .. } => {
            let project = target.project.iter().map(|project| project_targets_key(&target.fund, project));
            let named = named_targets_key(&target.fund, &definition.name);
            let own = [target_key(target), place_key(&target.fund, &target.target), named];
            own.into_iter().chain(project).collect()
        }
        Fact::TargetWithdrawn { target }
        | Fact::Actual { target, .. }
        | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => {
            vec![target_key(target), place_key(&target.fund, &target.target)]
        }
        Fact::SelfScore { fund, subject: ScoreSubject::Indicator { indicator }, .. } => {
            vec![self_key(fund, indicator)]
        }
        Fact::SelfScore { fund, subject: ScoreSubject::ProjectIndicator { project, indicator }, .. } => {
            vec![self_key(&Evaluated::new(fund, Some(project)), indicator)]
        }
        Fact::Filing { fund, project, .. } => vec![filing_key(fund, project)],
        Fact::MissExplained { fund, project, group, targets, .. } => {
            let explained = explained_subjects(project.as_ref(), group.as_ref(), targets)
                .map(|subject| explained_key(fund, &subject));
            let tied = project
                .iter()
                .flat_map(|project| targets.iter().map(|target| tied_key(fund, project, target)));
            explained.chain(tied).collect()
        }
        Fact::Adjustment { fund, entry, .. } | Fact::AdjustmentReversed { fund, entry } => {
            vec![adjustment_key(fund, entry)]
        }
        Fact::ScopeMoney { fund, scope, .. } => vec![scope_money_key(fund, scope)],
        Fact::TargetChangeStated { fund, project, .. } => vec![target_changes_key(fund, project.as_ref())],
        Fact::Tender { .. } | Fact::Dated { .. } | Fact::Split { .. } | Fact::DatedReversed { .. } => {
            Vec::new()
        }
        Fact::DocumentCited { .. }
        | Fact::AnnexReferred { .. }
        | Fact::YearStated { .. }
        | Fact::AchievementStated { .. }
        | Fact::ReasonGiven { .. }
        | Fact::ReasonTakenBack { .. }
        | Fact::UniversalStated { .. } => papers::keys(fact),
    }
}

/// Whether a project comes that a fund carries as its own since the start of the year.
fn is_own(fact: &Fact) -> bool {
    matches!(fact, Fact::Project { membership: Membership::InFund, origin: Origin::StartOfYear, .. })
}

/// Whose misses a reason explains: those of the targets that it names, else of the project, else of the group.
pub fn explained_subjects(
    project: Option<&ProjectId>,
    group: Option<&GroupId>,
    targets: &[TargetId],
) -> impl Iterator<Item = Subject> {
    let of_targets = targets.iter().map(|target| Subject::Target { target: target.clone() });
    let of_all = match (targets, project, group) {
        ([], Some(project), _) => Some(Subject::Project { project: project.clone() }),
        ([], None, Some(group)) => Some(Subject::Group { group: group.clone() }),
        _ => None,
    };
    of_targets.chain(of_all)
}

/// The fund that a fact is about.
pub fn fact_fund(fact: &Fact) -> &FundId {
    match fact {
        Fact::Fund { fund, .. }
        | Fact::YearClosed { fund, .. }
        | Fact::Project { fund, .. }
        | Fact::ProjectState { fund, .. }
        | Fact::Money { fund, .. }
        | Fact::Count { fund, .. }
        | Fact::SelfScore { fund, .. }
        | Fact::Filing { fund, .. }
        | Fact::MissExplained { fund, .. }
        | Fact::Adjustment { fund, .. }
        | Fact::AdjustmentReversed { fund, .. }
        | Fact::ScopeMoney { fund, .. }
        | Fact::Tender { fund, .. }
        | Fact::Dated { fund, .. }
        | Fact::Split { fund, .. }
        | Fact::DatedReversed { fund, .. }
        | Fact::TargetChangeStated { fund, .. }
        | Fact::DocumentCited { fund, .. }
        | Fact::AnnexReferred { fund, .. }
        | Fact::YearStated { fund, .. }
        | Fact::AchievementStated { fund, .. }
        | Fact::ReasonGiven { fund, .. }
        | Fact::ReasonTakenBack { fund, .. }
        | Fact::UniversalStated { fund, .. } => fund,
        Fact::Target { target, .. } | Fact::TargetWithdrawn { target } | Fact::Actual { target, .. } => {
            &target.fund
        }
    }
}

/// The target that a fact is about.
pub fn fact_target(fact: &Fact) -> Option<&TargetRef> {
    match fact {
        Fact::Target { target, .. }
        | Fact::TargetWithdrawn { target }
        | Fact::Actual { target, .. }
        | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => Some(target),
        Fact::Fund { .. }
        | Fact::YearClosed { .. }
        | Fact::Project { .. }
        | Fact::ProjectState { .. }
        | Fact::Money { .. }
        | Fact::Count { .. }
        | Fact::SelfScore { .. }
        | Fact::Filing { .. }
        | Fact::MissExplained { .. }
        | Fact::Adjustment { .. }
        | Fact::AdjustmentReversed { .. }
        | Fact::ScopeMoney { .. }
        | Fact::Tender { .. }
        | Fact::Dated { .. }
        | Fact::Split { .. }
        | Fact::DatedReversed { .. }
        | Fact::TargetChangeStated { .. }
        | Fact::DocumentCited { .. }
        | Fact::AnnexReferred { .. }
        | Fact::YearStated { .. }
        | Fact::AchievementStated { .. }
        | Fact::ReasonGiven { .. }
        | Fact::ReasonTakenBack { .. }
        | Fact::UniversalStated { .. } => None,
    }
}
