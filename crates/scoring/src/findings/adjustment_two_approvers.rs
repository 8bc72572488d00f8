//! An adjustment of the budget of which two are named as its approver.

use jixiao_events::EntryId;
use jixiao_events::finding::Severity;

use super::adjustment_without_approver::about;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "adjustment_two_approvers",
    severity: Severity::Notice,
    title: Text { zh: "调整有两个批准人", en: "Adjustment with two approvers" },
    rule: Text {
        zh: "一笔预算调整由一人或一个机关批准；资料注明两个的，可能前后不一，也可能是会签，应予核实。",
        en: "An adjustment is approved by one person or body. Where two are named, the sources may differ, or both signed: it is to be looked at.",
    },
    example: Text {
        zh: "45 万元的调增，一处称由市政府批准，另一处称由分管市领导批准。",
        en: "An increase of 45 is approved by the city government in one place, by the leader in charge in another.",
    },
    message: Text {
        zh: "预算调整 {amount}（{on}）注明了 {count} 个批准人：{approvers}",
        en: "The adjustment of {amount} ({on}) names {count} approvers: {approvers}",
    },
    looks: Looks::Entry(find),
};

fn find(case: &Case<'_>, entry: &EntryId) -> Option<Found> {
    let adjustment = case.adjustment(entry)?;
    let text = adjustment.approver.as_deref()?;
    let mut approvers: Vec<&str> = names(text).collect();
    approvers.dedup();
    (approvers.len() > 1).then(|| {
        about(entry, adjustment).figure("count", &approvers.len()).figure("approvers", &approvers.join("、"))
    })
}

/// The names in a text. 和 and 与 do not part them: offices have them in their names.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split(['、', ';', '；', ',', '，', '/', '／', '\n']);
    parts.flat_map(|part| part.split(" and ")).map(str::trim).filter(|name| !name.is_empty())
}
