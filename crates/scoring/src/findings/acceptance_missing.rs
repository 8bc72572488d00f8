//! An acceptance that is missing.

use jixiao_events::finding::Severity;
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::CountQuantity;

use super::filings::missing;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "acceptance_missing",
    severity: Severity::Warning,
    title: Text { zh: "验收缺失", en: "Acceptance missing" },
    rule: Text {
        zh: "应验收的项目都已验收；只有数目、没有项目名称的，按数目指出。",
        en: "Every project that needs an acceptance has one. Where only a number of projects is stated, it is a finding about the fund.",
    },
    example: Text { zh: "7 个项目未验收。", en: "Seven projects have no acceptance." },
    message: Text { zh: "{name}：{missing} 个项目未验收", en: "{name}: {missing} without acceptance" },
    looks: Looks::Scope(find),
};

fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    missing(case, scope, CountQuantity::AcceptancesNotFiled, |filings| filings.acceptance.as_ref(), |_| false)
}
