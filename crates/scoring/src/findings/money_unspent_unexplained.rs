//! Money that is left at the end of the year, and nobody says why.

use jixiao_events::Money;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scoring::MoneyQuantity;

use super::{Case, Check, Found, Looks, Text};

/// What says how much of a budget is spent.
pub(super) const SPENDING: [MoneyQuantity; 4] =
    [MoneyQuantity::Original, MoneyQuantity::Increase, MoneyQuantity::Decrease, MoneyQuantity::Paid];

pub(super) const CHECK: Check = Check {
    code: "money_unspent_unexplained",
    severity: Severity::Warning,
    title: Text { zh: "结余资金未说明", en: "Unspent and unexplained" },
    rule: Text {
        zh: "年度结束后仍有未支出的资金，应说明原因。",
        en: "What is not spent of the adjusted budget once the year is closed is explained.",
    },
    example: Text {
        zh: "调整后预算 3659.2 万元，支出 2442.5 万元，未支出 1216.7 万元，没有任何说明。",
        en: "Of 3,659.2 only 2,442.5 is spent; nobody says why 1,216.7 is not.",
    },
    message: Text {
        zh: "年度已结束，未支出 {unspent}（调整后预算 {adjusted}，支出 {paid}），未说明原因",
        en: "The year is closed with {unspent} unspent (adjusted budget {adjusted}, paid {paid}), and no reason is given",
    },
    looks: Looks::Fund(find),
};

fn find(case: &Case<'_>) -> Vec<Found> {
    let Some(unspent) = Unspent::of(case) else { return Vec::new() };
    let is_due = case.is_closed() && unspent.left > Money::ZERO && unspent.explained <= Money::ZERO;
    is_due.then(|| unspent.found()).into_iter().collect()
}

/// What a fund did not spend.
pub(super) struct Unspent {
    adjusted: Money,
    paid: Money,
    /// Adjusted less paid.
    pub(super) left: Money,
    /// How much of it is explained.
    pub(super) explained: Money,
}

impl Unspent {
    /// `None` while no budget is approved.
    pub(super) fn of(case: &Case<'_>) -> Option<Self> {
        case.money(MoneyQuantity::Original)?;
        let budget = case.view.budget(case.fund);
        let explained = case.money(MoneyQuantity::UnspentExplained).unwrap_or(Money::ZERO);
        Some(Self { adjusted: budget.adjusted(), paid: budget.paid, left: budget.unspent(), explained })
    }

    /// With the figures of the budget.
    pub(super) fn found(&self) -> Found {
        let found = Found::new(Subject::Fund)
            .yuan("unspent", self.left)
            .yuan("adjusted", self.adjusted)
            .yuan("paid", self.paid);
        SPENDING.into_iter().fold(found, Found::summed)
    }
}
