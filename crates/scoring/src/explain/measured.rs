//! How a measured value comes from the inputs: the formula, with its values.

use jixiao_events::scheme::{Answer, Ask, AskKind, Choice, LateIn, Measure};
use jixiao_events::scoring::{IndicatorResult, ScopeQuantity};
use jixiao_events::targets::{Criterion, Measured};
use jixiao_events::{Number, PartialDate};

use super::Known;
use super::words::both;
use crate::rules::Words;

/// Letters of the formulas: the input, its name in Chinese, in English.
const LETTERS: [(&str, &str, &str, &str); 5] = [
    ("{o}", "budget.original", "年初预算", "original budget"),
    ("{i}", "budget.adjustment_increase", "调增", "increases"),
    ("{d}", "budget.adjustment_decrease", "调减", "decreases"),
    ("{r}", "budget.received", "到位资金", "received"),
    ("{p}", "budget.expenditure", "支出", "paid"),
];

/// How a measure comes from the inputs of an indicator.
pub(super) fn by_measure(
    measure: Measure,
    asks: &[Ask],
    known: &Known<'_>,
    result: &IndicatorResult,
) -> Words {
    let formula = match measure {
        Measure::AdjustmentRateGross => "({i} + {d}) / {o} × 100",
        Measure::AdjustmentRateNet => "|{i} − {d}| / {o} × 100",
        Measure::AdjustmentRateSignedNet => "({i} − {d}) / {o} × 100",
        Measure::AdjustmentRateCutsOnly => "{d} / {o} × 100",
        Measure::ExecutionRateOriginal => "{p} / {o} × 100",
        Measure::ExecutionRateAdjusted => "{p} / ({o} + {i} − {d}) × 100",
        Measure::ExecutionRateReceived => "{p} / {r} × 100",
        Measure::ContractsNotFiled => {
            return counted("未备案合同的项目数", "projects without a filed contract", result);
        }
        Measure::AcceptancesNotFiled => {
            return counted("应验收未验收的项目数", "projects not accepted though due", result);
        }
        Measure::Adjustments => return counted("预算调整次数", "adjustments of the budget", result),
        Measure::ReceiptRate => "{r} / ({o} + {i} − {d}) × 100",
        Measure::SavingRate => "({o} + {i} − {d} − {p}) / ({o} + {i} − {d}) × 100",
        Measure::Answer => return answered(asks, known, result),
        Measure::OverProjects => return over_projects(result),
    };
    let fill = |pick: fn(&(&str, &'static str, &'static str, &'static str)) -> &'static str| {
        LETTERS.iter().fold(formula.to_owned(), |text, row| text.replace(row.0, pick(row)))
    };
    let values =
        LETTERS.iter().fold(formula.to_owned(), |text, row| text.replace(row.0, booked(result, row.1)));
    let (zh, en) = match result.measured {
        Some(measured) => (format!("{measured} %"), format!("{measured} %")),
        None => ("无法计算（分母不大于零）".to_owned(), "no value: the divisor is not above zero".to_owned()),
    };
    Words {
        zh: format!("{} = {values} = {zh}", fill(|row| row.2)),
        en: format!("{} = {values} = {en}", fill(|row| row.3)),
    }
}

/// A sum of money of the inputs: of everything, or up to a month.
fn booked<'r>(result: &'r IndicatorResult, quantity: &str) -> &'r str {
    let is_it =
        |name: &str| name == quantity || name.split_once('@').is_some_and(|(name, _)| name == quantity);
    let found = result.inputs.iter().find(|input| is_it(&input.quantity));
    found.and_then(|input| input.value.as_deref()).unwrap_or("0.00")
}

/// The targets of one name taken together: each by its target, percentages weighed by the money of their projects.
fn over_projects(result: &IndicatorResult) -> Words {
    let of = |kind: &str| -> Vec<String> {
        let inputs = result.inputs.iter().filter(|input| input.quantity.starts_with(kind));
        inputs
            .map(|input| input.value.as_deref().unwrap_or("–").trim_start_matches("≥ ").to_owned())
            .collect()
    };
    let weights = budgets(result);
    let summed = |values: Vec<String>| {
        let weighed = |(at, value): (usize, String)| match weights.get(at) {
            Some(weight) => format!("{value} × {weight}"),
            None => value,
        };
        values.into_iter().enumerate().map(weighed).collect::<Vec<_>>().join(" + ")
    };
    let (actuals, targets) = (summed(of("actual ")), summed(of("target ")));
    let (by_zh, by_en) = if weights.is_empty() {
        ("", "")
    } else {
        ("，各按项目预算加权", ", each weighed by its project's budget")
    };
    let (zh, en) = match result.measured {
        Some(measured) => (format!("{measured} %"), format!("{measured} %")),
        None => ("无法计算".to_owned(), "no value".to_owned()),
    };
    both(
        format!("各项目实际值之和 / 目标值之和 × 100{by_zh} = ({actuals}) / ({targets}) × 100 = {zh}"),
        format!("sum of actuals / sum of targets × 100{by_en} = ({actuals}) / ({targets}) × 100 = {en}"),
    )
}

/// The budgets that percentages are weighed by, in the order of their targets: what was allocated and moved, else what
/// is stated. The first input of a project is one of these two, and what moved follows it.
fn budgets(result: &IndicatorResult) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let names: [(&str, &str); 4] = [
        (ScopeQuantity::Allocated.into(), ""),
        (ScopeQuantity::StatedArranged.into(), ""),
        (ScopeQuantity::Increase.into(), " + "),
        (ScopeQuantity::Decrease.into(), " − "),
    ];
    for input in &result.inputs {
        let of = input.quantity.split_once(' ').map(|(quantity, _)| quantity);
        let Some((_, sign)) = names.iter().find(|(name, _)| of == Some(*name)) else { continue };
        let value = input.value.as_deref().unwrap_or("0");
        match all.last_mut() {
            Some(last) if !sign.is_empty() => {
                let inner = last.trim_start_matches('(').trim_end_matches(')').to_owned();
                *last = format!("({inner}{sign}{value})");
            }
            _ => all.push(value.to_owned()),
        }
    }
    all
}

/// What a person answered; of a survey the worth of its answers.
fn answered(asks: &[Ask], known: &Known<'_>, result: &IndicatorResult) -> Words {
    let survey = asks.first().and_then(|ask| match (&ask.kind, &known.judged.answers.get(&ask.ask)?.value) {
        (AskKind::Survey { choices }, Answer::Survey { counts }) => Some((choices, counts)),
        _ => None,
    });
    let Some((choices, counts)) = survey else {
        let said = asks.first().and_then(|ask| known.judged.answers.get(&ask.ask)).map(|said| &said.value);
        return match said {
            // Measured are days; people read dates.
            Some(Answer::Date { date }) => both(format!("填报值 = {date}"), format!("as answered = {date}")),
            Some(Answer::YesNo { yes: true }) => both("填报值：是 = 1", "as answered: yes = 1"),
            Some(Answer::YesNo { yes: false }) => both("填报值：否 = 0", "as answered: no = 0"),
            _ => counted("填报值", "as answered", result),
        };
    };
    let count = |choice: &Choice| counts.get(&choice.choice).copied().unwrap_or_default();
    let worth: Vec<_> =
        choices.iter().map(|choice| format!("{} × {}", count(choice), choice.share.value)).collect();
    let all: Vec<_> = choices.iter().map(|choice| count(choice).to_string()).collect();
    let formula = format!("({}) / ({}) × 100", worth.join(" + "), all.join(" + "));
    let (zh, en) = match result.measured {
        Some(measured) => (format!("{measured} %"), format!("{measured} %")),
        None => ("无法计算（没有有效答卷）".to_owned(), "no value: nobody answered".to_owned()),
    };
    both(
        format!("满意程度之和 / 有效答卷数 × 100 = {formula} = {zh}"),
        format!("worth of the answers / answers × 100 = {formula} = {en}"),
    )
}

fn counted(zh: &str, en: &str, result: &IndicatorResult) -> Words {
    match result.measured {
        Some(measured) => Words { zh: format!("{zh} = {measured}"), en: format!("{en} = {measured}") },
        None => Words { zh: format!("{zh}：尚无记录"), en: format!("{en}: nothing is recorded yet") },
    }
}

/// How far a target is reached, or by how much it is missed, where that is a number. `value` is what its rule gets.
pub(super) fn of_target(known: &Known<'_>, late: LateIn, result: &IndicatorResult) -> Option<Words> {
    let value = result.measured?;
    let facts = known.target?;
    let criterion = &facts.defined.as_ref()?.definition.criterion;
    let ratio = |actual: &Number, target: &Number, zh: &str, en: &str| {
        let formula = format!("{actual} / {target} × 100 = {value} %");
        both(format!("实际值 / {zh} × 100 = {formula}"), format!("actual / {en} × 100 = {formula}"))
    };
    match (criterion, &facts.actual.as_ref()?.value) {
        (
            Criterion::AtLeast { value: target }
            | Criterion::AtMost { value: target }
            | Criterion::Equal { value: target },
            Measured::Number { value: actual },
        ) => Some(ratio(actual, target, "目标值", "target")),
        (Criterion::Between { min, max }, Measured::Number { value: actual }) => {
            let passed = if actual < min { min } else { max };
            Some(ratio(actual, passed, "所越过的一端", "the end passed"))
        }
        (Criterion::ByDate { by }, Measured::Date { done }) => Some(lateness(*by, *done, late, value)),
        _ => None,
    }
}

fn lateness(by: PartialDate, done: PartialDate, late: LateIn, value: Number) -> Words {
    let (by_day, done_day) = (by.last_day(), done.last_day());
    let days = done.day_number() - by.day_number();
    match late {
        LateIn::Days => both(
            format!("逾期天数：{by_day} 至 {done_day} = {value}"),
            format!("days late, {by_day} to {done_day} = {value}"),
        ),
        LateIn::Months => both(
            format!("逾期月数（不足一月按一月）：{by_day} 至 {done_day} = {value}"),
            format!("months late, one that has begun counted whole, {by_day} to {done_day} = {value}"),
        ),
        LateIn::Percent => both(
            format!("逾期 {days} 天 / 1 月 1 日至 {by_day} 的天数 × 100 = {value} %"),
            format!("{days} days late / the days from 1 January to {by_day} × 100 = {value} %"),
        ),
    }
}
