//! An adjustment of the budget on nobody's approval.

use jixiao_events::EntryId;
use jixiao_events::finding::{Severity, Subject};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::Adjustment;

pub(super) const CHECK: Check = Check {
    code: "adjustment_without_approver",
    severity: Severity::Warning,
    title: Text { zh: "调整无批准人", en: "Adjustment without approver" },
    rule: Text {
        zh: "年中预算调整须注明批准人。", en: "An adjustment of the budget names who approved it."
    },
    example: Text {
        zh: "调减 354 万元，未注明由谁批准。",
        en: "A decrease of 354; nobody is named who approved it.",
    },
    message: Text {
        zh: "预算调整 {amount}（{on}）未注明批准人",
        en: "The adjustment of {amount} ({on}) names nobody who approved it",
    },
    looks: Looks::Entry(find),
};

fn find(case: &Case<'_>, entry: &EntryId) -> Option<Found> {
    let adjustment = case.adjustment(entry)?;
    let is_named = adjustment.approver.as_ref().is_some_and(|approver| !approver.trim().is_empty());
    (!is_named).then(|| about(entry, adjustment))
}

/// About an adjustment.
pub(super) fn about(entry: &EntryId, adjustment: &Adjustment) -> Found {
    let direction: &str = adjustment.direction.into();
    Found::new(Subject::Entry { entry: entry.clone() })
        .yuan("amount", adjustment.amount)
        .figure("on", &adjustment.on)
        .figure("direction", &direction)
        .because(&adjustment.event)
}
