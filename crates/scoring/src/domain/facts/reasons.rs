//! Why something fell short, as facts about what it is the reason for.

use jixiao_events::finding::Subject;
use jixiao_events::ledger::{EntryKind, Scope};
use jixiao_events::scoring::{Fact, ReasonOf};
use jixiao_events::{EntryId, FundId, GroupId, ProjectId, TargetId};

use crate::domain::state::scope_subject;

/// Of a project, else of a group; of the targets themselves where neither is named.
pub(super) fn of_misses(
    fund: &FundId,
    explanation: &str,
    project: Option<&ProjectId>,
    group: Option<&GroupId>,
    targets: &[TargetId],
    text: &str,
) -> Vec<Fact> {
    let whole = match (project, group) {
        (Some(project), _) => Some(Subject::Project { project: project.clone() }),
        (None, Some(group)) => Some(Subject::Group { group: group.clone() }),
        (None, None) => None,
    };
    let about: Vec<Subject> = match whole {
        Some(whole) => vec![whole],
        None => targets.iter().map(|target| Subject::Target { target: target.clone() }).collect(),
    };
    let given = |about| Fact::ReasonGiven {
        fund: fund.clone(),
        about,
        reason: explanation.to_owned(),
        of: ReasonOf::Misses,
        targets: targets.to_vec(),
        text: text.to_owned(),
    };
    about.into_iter().map(given).collect()
}

/// Nothing for the fund as a whole: its money may be unspent for many reasons.
pub(super) fn of_unspent(fund: &FundId, entry: &EntryId, scope: &Scope, text: &str) -> Option<Fact> {
    Some(Fact::ReasonGiven {
        fund: fund.clone(),
        about: about(scope)?,
        reason: entry.to_string(),
        of: ReasonOf::Unspent,
        targets: Vec::new(),
        text: text.to_owned(),
    })
}

/// A reason that goes with its entry.
pub(super) fn taken_back(fund: &FundId, of: &EntryId, kind: EntryKind, scope: &Scope) -> Option<Fact> {
    let is_one = kind == EntryKind::UnspentExplanation;
    let (fund, about) = (fund.clone(), about(scope).filter(|_| is_one)?);
    Some(Fact::ReasonTakenBack { fund, about, reason: of.to_string() })
}

fn about(scope: &Scope) -> Option<Subject> {
    (*scope != Scope::Fund).then(|| scope_subject(scope))
}
