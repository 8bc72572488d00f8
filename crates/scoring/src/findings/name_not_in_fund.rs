//! A project that is named and is none of the fund's.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::registry::Membership;

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::{ScoringState, explained_key};

pub(super) const CHECK: Check = Check {
    code: "name_not_in_fund",
    severity: Severity::Warning,
    title: Text { zh: "提及的项目不在资金之中", en: "A name that is no project of the fund" },
    rule: Text {
        zh: "报告的原因、备案或说明中提及的项目，应在资金的项目之中。",
        en: "A project that a reason, a filing or a statement names is one of the fund's.",
    },
    example: Text {
        zh: "未完成原因提到“政务云”项目，项目表中没有该项目。",
        en: "A reason names the project \"government cloud\"; the list of projects does not have it.",
    },
    message: Text {
        zh: "提及了项目“{project}”，本资金的项目中却没有它",
        en: "The project \"{project}\" is named, but is none of the fund's projects",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let Some(known) = case.project(project).filter(|known| known.membership == Membership::NamedOnly) else {
        return Vec::new();
    };
    let subject = Subject::Project { project: project.clone() };
    let reason = case.view.get(&explained_key(case.fund, &subject)).and_then(ScoringState::as_explained);
    let filings =
        case.filings(project).into_iter().flat_map(|filings| [&filings.contract, &filings.acceptance]);
    let statements = case.target_changes(project).into_iter().flat_map(|changes| changes.values());
    let named_by = reason
        .map(|reason| &reason.event)
        .into_iter()
        .chain(filings.flatten().map(|filing| &filing.event))
        .chain(statements.map(|statement| &statement.event));
    let found = Found::new(subject).figure("project", &known.name.zh).because(&known.event);
    vec![named_by.fold(found, Found::because)]
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::{explained, project, targets::*};

    const CODE: &str = "name_not_in_fund";

    #[test]
    fn a_project_that_is_only_named() {
        let mut world = opened();
        world.steps(&[
            project("cloud", Membership::NamedOnly, ProjectState::NotStarted),
            project("own", Membership::InFund, ProjectState::NotStarted),
            project("gone", Membership::Removed, ProjectState::MovedToLaterYear),
            explained(Some("own"), None, &[]),
            explained(Some("gone"), None, &[]),
            explained(Some("cloud"), None, &[]),
        ]);
        let text = "提及了项目“cloud”，本资金的项目中却没有它";
        assert_eq!(world.said(CODE), says("project:cloud", text));
        assert_eq!(world.evidence(CODE), ["registry-2", "targets-3"]);
        world.steps(&[project("cloud", Membership::InFund, ProjectState::NotStarted)]);
        assert_eq!(world.said(CODE), []);
    }
}
