//! A contract filing that is missing.

use jixiao_events::finding::Severity;
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::CountQuantity;

use super::filing_before_contract::is_before_contract;
use super::filings::missing;
use super::{Case, Check, Found, Looks, Text};

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

/// What has no contract yet has none to file.
fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    missing(
        case,
        scope,
        CountQuantity::ContractsNotFiled,
        |filings| filings.contract.as_ref(),
        |known| is_before_contract(known.state),
    )
}
