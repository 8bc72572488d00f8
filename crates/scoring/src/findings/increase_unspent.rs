//! An increase within the year that was not spent.

use jixiao_events::Money;
use jixiao_events::finding::Severity;
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::ScopeQuantity;

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::scope_subject;

pub(super) const CHECK: Check = Check {
    code: "increase_unspent",
    severity: Severity::Warning,
    title: Text { zh: "调增资金未支出", en: "Increase unspent" },
    rule: Text {
        zh: "年中为项目（或一组项目）调增的资金应当年支出：年度结束时未支出，或报告已载明未支出的，予以指出。",
        en: "What a project or a group of projects got on top within the year is spent within the year: not once the year is closed, or where a report states it unspent. Where only no payment of it is booked, it is a notice.",
    },
    example: Text {
        zh: "11 月调增 45 万元，报告称该项目 145 万元未支出。",
        en: "45 on top in November; the report states 145 of the project as unspent.",
    },
    message: Text {
        zh: "年中调增 {increase}，其中 {unspent} 未支出",
        en: "Of an increase of {increase} within the year {unspent} is not spent",
    },
    looks: Looks::Scope(find),
};

fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    if *scope == Scope::Fund {
        return None;
    }
    let sum = |quantity| case.scope_sum(scope, quantity);
    let increase = sum(ScopeQuantity::Increase).filter(|increase| *increase > Money::ZERO)?;
    let paid = sum(ScopeQuantity::StatedPaid).or(sum(ScopeQuantity::Paid));
    let (left, severity, used) = if let Some(left) = sum(ScopeQuantity::StatedUnspent) {
        (left, Severity::Warning, &[ScopeQuantity::StatedUnspent][..])
    } else if !case.is_closed() {
        return None;
    } else if let Some(paid) = paid {
        // What was allocated and then moved, or as much as is said to be arranged.
        let of = |quantity| sum(quantity).unwrap_or(Money::ZERO);
        let moved = of(ScopeQuantity::Allocated) + increase - of(ScopeQuantity::Decrease);
        let arranged = sum(ScopeQuantity::StatedArranged).unwrap_or(moved);
        let used = &[
            ScopeQuantity::StatedArranged,
            ScopeQuantity::Allocated,
            ScopeQuantity::Decrease,
            ScopeQuantity::StatedPaid,
            ScopeQuantity::Paid,
        ][..];
        (arranged - paid, Severity::Warning, used)
    } else {
        // It may have been paid out of what is booked for the fund as a whole.
        (increase, Severity::Notice, &[][..])
    };
    let unspent = left.min(increase);
    if unspent <= Money::ZERO {
        return None;
    }
    let money = case.scope_money(scope)?;
    let used = used.iter().chain([&ScopeQuantity::Increase]).filter_map(|quantity| money.sums.get(quantity));
    let found = Found::new(scope_subject(scope)).yuan("increase", increase).yuan("unspent", unspent);
    Some(used.fold(found, |found, sum| found.because(&sum.event)).weighing(severity))
}
