//! A contract filing that is missing.

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::registry::FilingState;
use jixiao_events::scoring::CountQuantity;

use super::filing_before_contract::is_before_contract;
use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::{Filing, scope_subject};

pub(super) const CHECK: Check = Check {
    code: "filing_missing",
    severity: Severity::Warning,
    title: Text { zh: "合同备案缺失", en: "Contract filing missing" },
    rule: Text {
        zh: "应合同备案的项目都已合同备案；只有数目、没有项目名称的，按数目指出。",
        en: "Every project that needs a contract filing has one. Where only a number of projects is stated, it is a finding about the fund.",
    },
    example: Text { zh: "7 个项目未合同备案。", en: "Seven projects have no contract filing." },
    message: Text {
        zh: "{name}：{missing} 个项目未合同备案",
        en: "{name}: {missing} without contract filing",
    },
    looks: Looks::Scope(find),
};

fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    match scope {
        Scope::Fund => {
            let missing = case.count(CountQuantity::ContractsNotFiled).filter(|missing| *missing > 0)?;
            let found = Found::new(Subject::Fund).figure("name", &case.facts()?.name.zh);
            let quantity = <&str>::from(CountQuantity::ContractsNotFiled).to_owned();
            Some(found.figure("missing", &missing).by(Evidence::Sum { quantity }))
        }
        Scope::Project { project } => {
            let known = case.project(project);
            let is_missing = |filing: &&Filing| filing.state == FilingState::NotFiled;
            let filing = case.filings(project)?.contract.as_ref().filter(is_missing)?;
            // What has no contract yet has none to file.
            if known.is_some_and(|known| is_before_contract(known.state)) {
                return None;
            }
            let name = known.map_or(project.as_str(), |known| known.name.zh.as_str());
            let found = Found::new(scope_subject(scope)).figure("name", &name).figure("missing", &1);
            Some(found.because(&filing.event))
        }
        Scope::Group { .. } => None,
    }
}
