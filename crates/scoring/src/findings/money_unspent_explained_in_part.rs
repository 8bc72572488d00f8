//! Money that is left, of which only a part is explained.

use jixiao_events::Money;
use jixiao_events::finding::Severity;
use jixiao_events::scoring::MoneyQuantity;

use super::money_unspent_unexplained::Unspent;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "money_unspent_explained_in_part",
    severity: Severity::Warning,
    title: Text { zh: "结余资金仅部分说明", en: "Unspent, explained in part" },
    rule: Text {
        zh: "对未支出资金的说明应涵盖全部未支出数。",
        en: "Who explains why money is unspent explains all of it.",
    },
    example: Text {
        zh: "未支出 1216.7 万元，只说明了其中 628.2 万元的原因。",
        en: "Of 1,216.7 unspent only 628.2 is explained.",
    },
    message: Text {
        zh: "未支出 {unspent}，仅说明 {explained}，尚有 {unexplained} 未说明原因",
        en: "Of {unspent} unspent {explained} is explained; {unexplained} is not",
    },
    looks: Looks::Fund(find),
};

/// While the year is open money may still be spent: only where somebody began to explain it something is left out.
fn find(case: &Case<'_>) -> Vec<Found> {
    let Some(unspent) = Unspent::of(case) else { return Vec::new() };
    let is_part = unspent.explained > Money::ZERO && unspent.explained < unspent.left;
    let found = is_part.then(|| {
        unspent
            .found()
            .yuan("explained", unspent.explained)
            .yuan("unexplained", unspent.left - unspent.explained)
            .summed(MoneyQuantity::UnspentExplained)
    });
    found.into_iter().collect()
}
