//! An indicator's points in words: what was measured, from what, and what the rule made of it.

use jixiao_events::scheme::{Measure, Node, NodeBody, Rule, Scheme};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus};

use crate::rules::{self, Described, Words};

/// Why an indicator has its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explained {
    /// The rule in words.
    pub(crate) rule: Words,
    /// The weight, the measure and the rule's parameters. A target's weight is its own and no parameter.
    pub(crate) parameters: Vec<Described>,
    /// How the measured value comes from the inputs.
    pub(crate) formula: Option<Words>,
    /// How the points come from the measured value.
    pub(crate) result: Words,
    /// How the points were rounded.
    pub(crate) rounding: Words,
    /// The points before rounding.
    pub(crate) unrounded: Option<String>,
}

/// Explains an indicator of a node; `None` for a node that has none.
pub(crate) fn explain(scheme: &Scheme, node: &Node, result: &IndicatorResult) -> Option<Explained> {
    let (rule, measure) = match &node.body {
        NodeBody::Group { .. } => return None,
        NodeBody::EachTarget { rule, .. } => (rule, None),
        NodeBody::Indicator { measure, rule, .. } => (rule, measure.as_ref()),
    };
    let mut parameters = Vec::new();
    if matches!(node.body, NodeBody::Indicator { .. }) {
        parameters.push(Described::new("weight", &node.weight));
    }
    if let Some(measure) = measure {
        parameters.push(Described {
            key: "measure".to_owned(),
            value: <&str>::from(measure.value).to_owned(),
            basis: measure.basis,
            source: measure.source.clone(),
        });
    }
    parameters.extend(rules::parameters(rule));
    parameters.extend(scheme.decimals.iter().map(|decimals| Described::new("decimals", decimals)));
    let unrounded = value_of(result, "unrounded").map(str::to_owned);
    Some(Explained {
        rule: rules::words(rule),
        parameters,
        formula: match measure {
            Some(measure) => Some(measured_by(measure.value, result)),
            None => attained_by(result),
        },
        result: words_of(rule, result),
        rounding: rounding(scheme, unrounded.is_some()),
        unrounded: unrounded.or_else(|| result.score.map(|score| score.to_string())),
    })
}

/// The node of a scheme that an indicator belongs to: itself, or for a target the node above.
pub(crate) fn node_of<'s>(scheme: &'s Scheme, result: &IndicatorResult) -> Option<&'s Node> {
    let own = |node: &&Node| node.node.as_str() == result.indicator.as_str();
    let group = result.indicator.group();
    let above =
        |node: &&Node| Some(&node.node) == group.as_ref() && matches!(node.body, NodeBody::EachTarget { .. });
    scheme.nodes.iter().find(own).or_else(|| scheme.nodes.iter().find(above))
}

fn value_of<'r>(result: &'r IndicatorResult, quantity: &str) -> Option<&'r str> {
    result.input(quantity)?.value.as_deref()
}

/// Letters of the formulas: the input, its name in Chinese, in English.
const LETTERS: [(&str, &str, &str, &str); 5] = [
    ("{o}", "budget.original", "年初预算", "original budget"),
    ("{i}", "budget.adjustment_increase", "调增", "increases"),
    ("{d}", "budget.adjustment_decrease", "调减", "decreases"),
    ("{r}", "budget.received", "到位资金", "received"),
    ("{p}", "budget.expenditure", "支出", "paid"),
];

fn measured_by(measure: Measure, result: &IndicatorResult) -> Words {
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
        Measure::Answer => return counted("填报值", "as answered", result),
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

/// The targets of one name taken together.
fn over_projects(result: &IndicatorResult) -> Words {
    let of = |kind: &str| {
        let values = result.inputs.iter().filter(|input| input.quantity.starts_with(kind));
        let values: Vec<_> = values.map(|input| input.value.as_deref().unwrap_or("–")).collect();
        values.join(" + ")
    };
    let (actuals, targets) = (of("actual "), of("target ").replace("≥ ", ""));
    let is_weighed = result.inputs.iter().any(|input| input.quantity.starts_with("budget."));
    let (by_zh, by_en) = if is_weighed {
        ("，各按项目预算加权", ", each weighed by its project's budget")
    } else {
        ("", "")
    };
    let (zh, en) = match result.measured {
        Some(measured) => (format!("{measured} %"), format!("{measured} %")),
        None => ("无法计算".to_owned(), "no value".to_owned()),
    };
    Words {
        zh: format!("各项目实际值之和 / 目标值之和 × 100{by_zh} = ({actuals}) / ({targets}) × 100 = {zh}"),
        en: format!("sum of actuals / sum of targets × 100{by_en} = ({actuals}) / ({targets}) × 100 = {en}"),
    }
}

fn counted(zh: &str, en: &str, result: &IndicatorResult) -> Words {
    match result.measured {
        Some(measured) => Words { zh: format!("{zh} = {measured}"), en: format!("{en} = {measured}") },
        None => Words { zh: format!("{zh}：尚无记录"), en: format!("{en}: nothing is recorded yet") },
    }
}

/// How far a target is reached, where that is a percentage.
fn attained_by(result: &IndicatorResult) -> Option<Words> {
    let percent = result.measured?;
    let target = value_of(result, "target")?.trim_start_matches("≥ ");
    let actual = value_of(result, "actual")?;
    Some(Words {
        zh: format!("实际值 / 目标值 × 100 = {actual} / {target} × 100 = {percent} %"),
        en: format!("actual / target × 100 = {actual} / {target} × 100 = {percent} %"),
    })
}

fn words_of(rule: &Rule, result: &IndicatorResult) -> Words {
    let weight = result.weight;
    let score = result.score.map(|score| score.to_string()).unwrap_or_default();
    let both = |zh: String, en: String| Words { zh, en };
    match result.status {
        IndicatorStatus::Met => {
            both(format!("已达到目标：得满分 {weight} 分"), format!("met: the whole weight of {weight}"))
        }
        IndicatorStatus::Unmet => both(
            format!("未达到目标：按规则得 {score} 分（权重 {weight}）"),
            format!("not met: {score} of {weight} by the rule"),
        ),
        IndicatorStatus::Scored if result.input("manual_score").is_some() => both(
            format!("人工评定：{score} 分（权重 {weight}）"),
            format!("judged by a person: {score} of {weight}"),
        ),
        IndicatorStatus::Scored if matches!(rule, Rule::Manual { .. }) => {
            let given = result.self_score.map(|given| given.to_string()).unwrap_or_default();
            both(
                format!("尚未评定，自评 {given} 分，以权重 {weight} 为上限：得 {score} 分"),
                format!("not judged yet: the self-score of {given} stands, at most {weight}: {score}"),
            )
        }
        IndicatorStatus::Scored => {
            let measured = result.measured.map(|measured| measured.to_string()).unwrap_or_default();
            both(
                format!("测得 {measured}：按规则得 {score} 分（权重 {weight}）"),
                format!("measured {measured}: {score} of {weight} by the rule"),
            )
        }
        IndicatorStatus::NotStarted => both(
            "项目未实施：任何方向的目标都不算完成，得 0 分".to_owned(),
            "the project has not started: nothing can be met, 0 points".to_owned(),
        ),
        IndicatorStatus::UnitMismatch => {
            let unit =
                |quantity| result.input(quantity).and_then(|input| input.unit.clone()).unwrap_or_default();
            let (target, actual) = (unit("target"), unit("actual"));
            both(
                format!("实际值的单位或类型（{actual}）与目标（{target}）不同：不比较，不计分"),
                format!(
                    "the actual ({actual}) is of another unit or kind than the target ({target}): not compared, no points"
                ),
            )
        }
        IndicatorStatus::NoActual => both(
            "没有实际完成值：不计分".to_owned(),
            "no actual is reported: no points can be computed".to_owned(),
        ),
        IndicatorStatus::NoValue => both(
            "尚无数据可供计算：不计分".to_owned(),
            "the measure has no value yet: no points can be computed".to_owned(),
        ),
        IndicatorStatus::AwaitsJudgement => {
            both("等待人工评定".to_owned(), "a person has to judge".to_owned())
        }
        IndicatorStatus::NotApplicable => both(
            "经评定不适用：不计分，也不占权重".to_owned(),
            "not applicable, as a person said: no points, and none to be had".to_owned(),
        ),
    }
}

fn rounding(scheme: &Scheme, is_changed: bool) -> Words {
    let decimals = rules::decimals(scheme);
    let (zh, en) = match (&scheme.decimals, is_changed) {
        (Some(_), true) => ("四舍五入一次，保留", "rounded half up, once, to"),
        (Some(_), false) => ("无需四舍五入，保留", "nothing to round at"),
        (None, true) => (
            "方案未规定取舍；为使合计精确，保留",
            "the scheme states no rounding; kept, so that sums are exact, to",
        ),
        (None, false) => {
            ("方案未规定取舍，未取舍；至多保留", "the scheme states no rounding and none was needed, up to")
        }
    };
    Words { zh: format!("{zh} {decimals} 位小数"), en: format!("{en} {decimals} decimals") }
}
