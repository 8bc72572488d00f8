//! A acceptance that is missing.

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::registry::FilingState;
use jixiao_events::scoring::CountQuantity;

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::{Filing, scope_subject};

pub(super) const CHECK: Check = Check {
    code: "acceptance_missing",
    severity: Severity::Warning,
    title: Text { zh: "验收缺失", en: "Acceptance missing" },
    rule: Text {
        zh: "应验收的项目都已验收；只有数目、没有项目名称的，按数目指出。",
        en: "Every project that needs a acceptance has one. Where only a number of projects is stated, it is a finding about the fund.",
    },
    example: Text { zh: "7 个项目未验收。", en: "Seven projects have no acceptance." },
    message: Text { zh: "{name}：{missing} 个项目未验收", en: "{name}: {missing} without acceptance" },
    looks: Looks::Scope(find),
};

fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    match scope {
        Scope::Fund => {
            let missing = case.count(CountQuantity::AcceptancesNotFiled).filter(|missing| *missing > 0)?;
            let found = Found::new(Subject::Fund).figure("name", &case.facts()?.name.zh);
            let quantity = <&str>::from(CountQuantity::AcceptancesNotFiled).to_owned();
            Some(found.figure("missing", &missing).by(Evidence::Sum { quantity }))
        }
        Scope::Project { project } => {
            let known = case.project(project);
            let is_missing = |filing: &&Filing| filing.state == FilingState::NotFiled;
            let filing = case.filings(project)?.acceptance.as_ref().filter(is_missing)?;
            let name = known.map_or(project.as_str(), |known| known.name.zh.as_str());
            let found = Found::new(scope_subject(scope)).figure("name", &name).figure("missing", &1);
            Some(found.because(&filing.event))
        }
        Scope::Group { .. } => None,
    }
}
