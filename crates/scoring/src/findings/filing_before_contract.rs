//! A contract filing that is missed of a project that has no contract.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::registry::ProjectState;

use super::filings::not_filed;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "filing_before_contract",
    severity: Severity::Warning,
    title: Text { zh: "未签约却要求备案", en: "Filing missed before a contract" },
    rule: Text {
        zh: "没有签订合同的项目（未实施、未采购）没有合同可备案，不应计入未备案数。",
        en: "A project without a contract (never started, not yet procured) has none to file, and does not count among those that did not.",
    },
    example: Text {
        zh: "项目从未实施，却列为合同未备案。",
        en: "A project that never started is listed as one whose contract is not filed.",
    },
    message: Text {
        zh: "项目“{name}”（{state}）没有合同，却被列为合同未备案",
        en: "Project \"{name}\" ({state}) has no contract, yet its contract is listed as not filed",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let known = case.project(project).filter(|known| is_before_contract(known.state))?;
        let filing = not_filed(case.filings(project)?.contract.as_ref())?;
        let state = match known.state {
            ProjectState::Proposed => "申报",
            ProjectState::Approved => "立项",
            _ => "未实施",
        };
        let found = Found::new(Subject::Project { project: project.clone() });
        let found = found.figure("name", &known.name.zh).figure("state", &state);
        Some(found.because(&filing.event).because(&known.event))
    };
    found().into_iter().collect()
}

/// Whether a project in a state has not come to a contract.
pub(super) fn is_before_contract(state: ProjectState) -> bool {
    matches!(state, ProjectState::Proposed | ProjectState::Approved | ProjectState::NotStarted)
}
