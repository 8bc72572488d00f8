//! A budget that is executed below the bound of its scheme.

use jixiao_events::budget::Denominator;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scoring::MoneyQuantity;

use super::money_unspent_unexplained::SPENDING;
use super::{Case, Check, Found, Looks, Text};

pub(super) const CHECK: Check = Check {
    code: "execution_below_bound",
    severity: Severity::Warning,
    title: Text { zh: "预算执行率低于下限", en: "Execution below the bound" },
    rule: Text {
        zh: "年度结束后，或报告已载明执行情况时，预算执行率（支出/调整后预算）不低于评价方案的下限。",
        en: "Once the year is closed, or a report states its execution, paid / adjusted budget is not below the bound that the scheme sets.",
    },
    example: Text {
        zh: "方案下限 80%，执行率 66.75%。", en: "The bound is 80 %, the rate 66.75 %."
    },
    message: Text {
        zh: "预算执行率 {rate}，低于方案下限 {bound}（依据：{basis}）",
        en: "The execution rate {rate} is below the bound {bound} of the scheme ({basis})",
    },
    looks: Looks::Fund(find),
};

fn find(case: &Case<'_>) -> Vec<Found> {
    let found = || {
        let bound = case.scheme.execution_bound.as_ref()?;
        case.money(MoneyQuantity::Original)?;
        case.money(MoneyQuantity::Paid).filter(|_| is_told(case)).or_else(|| {
            // What was never paid is zero once the year is closed.
            case.is_closed().then_some(jixiao_events::Money::ZERO)
        })?;
        let budget = case.view.budget(case.fund);
        let rate = budget.execution_rate_percent(Denominator::Adjusted)?;
        if rate >= bound.value {
            return None;
        }
        let found = Found::new(Subject::Fund)
            .figure_in("rate", &rate.round_half_up(2), Some("%"))
            .figure_in("bound", &bound.value, Some("%"))
            .figure("basis", &<&str>::from(bound.basis))
            .yuan("adjusted", budget.adjusted())
            .yuan("paid", budget.paid);
        let found = bound.source.iter().fold(found, |found, source| found.figure("source", source));
        Some(SPENDING.into_iter().fold(found, Found::summed))
    };
    found().into_iter().collect()
}

/// Whether the year's execution is known: while the year is open, only by a report that states it.
pub(super) fn is_told(case: &Case<'_>) -> bool {
    let is_execution =
        |quantity: &str| quantity == "budget.expenditure" || quantity.starts_with("budget.execution_rate");
    case.is_closed() || case.stated().iter().any(|figure| is_execution(&figure.quantity))
}
