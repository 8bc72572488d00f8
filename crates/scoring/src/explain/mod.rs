//! Why points are what they are: the rule in words, what it rests on, and each step from the inputs to the points.
//!
//! | room | says |
//! | --- | --- |
//! | `words` | a node's rule, what is asked for, what limits its points |
//! | `parameters` | every number and choice of a node with its basis |
//! | `measured` | how the measured value comes from the inputs |
//! | `points` | how the points come from the measured value, one line a step |
//! | `sums` | how a group's points, and those of everything, come from their parts |

mod measured;
pub(crate) mod parameters;
mod points;
mod standing;
pub(crate) mod sums;
#[cfg(test)]
mod tests;
pub(crate) mod words;

use std::collections::BTreeMap;

use jixiao_events::attainment::{Attainment, judge, unit_match};
use jixiao_events::budget::Budget;
use jixiao_events::scheme::{
    ByHand, CriterionRules, Gate, LateIn, Measure, Node, NodeBody, Outside, Rule, Scheme,
};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus, MoneyQuantity};
use jixiao_events::targets::{Criterion, Measured};
use jixiao_events::{Money, Number};

use self::points::Ends;
use self::words::{Terms, both};
use crate::domain::measure::{count_of, rate};
use crate::domain::sight::missed;
use crate::domain::state::{Judged, TargetFacts};
use crate::rules::{self, Described, Seen, Words};

/// Why an indicator has its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explained {
    /// The rule in words, with what limits and changes its points.
    pub(crate) rule: Words,
    /// Every parameter that had a part in it. A target's weight is its own and no parameter.
    pub(crate) parameters: Vec<Described>,
    /// How the measured value comes from the inputs.
    pub(crate) formula: Option<Words>,
    /// How it stands, in words.
    pub(crate) result: Words,
    /// Each step to the points with its values; the last ends in the points. None where there are no points.
    pub(crate) steps: Vec<Words>,
    /// How the points were rounded.
    pub(crate) rounding: Words,
    /// The points before rounding.
    pub(crate) unrounded: Option<String>,
}

/// What else is known of an indicator.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    /// What persons said of it, other than points.
    pub(crate) judged: &'a Judged,
    /// The target that it is of.
    pub(crate) target: Option<&'a TargetFacts>,
}

/// Explains an indicator of a node; `None` for a node that has none.
pub(crate) fn explain(
    scheme: &Scheme,
    node: &Node,
    result: &IndicatorResult,
    known: &Known<'_>,
) -> Option<Explained> {
    let unrounded = value_of(result, "unrounded").map(str::to_owned);
    let rounding = rounding(scheme, unrounded.is_some());
    let (rule, parameters, formula, steps) = match &node.body {
        NodeBody::Group { .. } => return None,
        NodeBody::EachTarget { rule, rules, .. } => {
            let target = TargetRule::of(rules, rule, known, scheme.fiscal_year);
            let late = target.late.unwrap_or(LateIn::Days);
            let words = words::of_target(node, target.rule, target.late, target.kind == Some("qualitative"));
            let parameters = parameters::of_target(scheme, node, target.kind);
            let formula = measured::of_target(known, late, result);
            (words, parameters, formula, steps_of(scheme, node, result, known, &target))
        }
        NodeBody::Indicator { measure, rule, asks, .. } => {
            let formula =
                measure.as_ref().map(|measure| measured::by_measure(measure.value, asks, known, result));
            let target = TargetRule { rule: Some(rule), kind: None, late: None, is_decided: false };
            let parameters = parameters::of_points(scheme, node);
            (words::of_node(node), parameters, formula, steps_of(scheme, node, result, known, &target))
        }
    };
    Some(Explained {
        rule,
        parameters,
        formula,
        result: standing::words(node, result, known),
        steps: steps.unwrap_or_default(),
        rounding,
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

/// The rule that a target is scored by, by the kind of its criterion.
struct TargetRule<'a> {
    /// `None`: what is not met earns nothing, and what is in words is a person's.
    rule: Option<&'a Rule>,
    /// Under which key of the node that rule stands; `None`: it is the node's own.
    kind: Option<&'static str>,
    /// In what its lateness is told.
    late: Option<LateIn>,
    /// Whether met or unmet decides, before any rule is asked.
    is_decided: bool,
}

impl<'a> TargetRule<'a> {
    fn of(rules: &'a CriterionRules, rule: &'a Rule, known: &Known<'_>, fiscal_year: i16) -> Self {
        let found = known.target.and_then(|facts| {
            let definition = &facts.defined.as_ref()?.definition;
            let actual = facts.actual.as_ref();
            let compared = actual
                .map(|actual| (&actual.value, unit_match(definition, &actual.value, actual.unit.as_deref())));
            Some((definition, actual, judge(definition, compared, None)))
        });
        let Some((definition, actual, judgement)) = found else {
            return Self { rule: Some(rule), kind: None, late: None, is_decided: false };
        };
        // Another kind of actual is not scored; the words are those of the criterion's own kind all the same.
        let (kind, of_kind) = match &definition.criterion {
            Criterion::AtLeast { .. } | Criterion::YesNo { .. } => (None, Some(rule)),
            Criterion::AtMost { .. } => (Some("at_most"), rules.at_most.as_ref()),
            Criterion::Equal { .. } => (Some("equal"), rules.equal.as_ref()),
            Criterion::Between { .. } => (Some("between"), rules.between.as_ref()),
            Criterion::ByDate { .. } => (Some("by_date"), rules.by_date.as_ref()),
            Criterion::Qualitative { .. } => (Some("qualitative"), rules.qualitative.as_ref()),
        };
        let is_late = matches!(definition.criterion, Criterion::ByDate { .. }) && of_kind.is_some();
        let late = is_late.then(|| rules.late_in.as_ref().map_or(LateIn::Days, |late_in| late_in.value));
        let (asked, value) = match (judgement.status, actual) {
            (Attainment::Unmet, Some(actual)) => {
                let (rule, value) = missed(rules, rule, &definition.criterion, &actual.value, fiscal_year);
                (rule, judgement.percent.or(value))
            }
            (Attainment::NeedsJudgement, _) => (rules.qualitative.as_ref(), judgement.percent),
            _ => (Some(rule), judgement.percent),
        };
        if matches!(rule, Rule::Manual { .. }) {
            let is_own = asked.is_none_or(|asked| asked == rule);
            let kind = kind.filter(|_| !is_own);
            return Self {
                rule: asked.or(Some(rule)),
                kind,
                late: late.filter(|_| !is_own),
                is_decided: false,
            };
        }
        let is_decided = match judgement.status {
            Attainment::Unmet => asked.is_none() || value.is_none(),
            Attainment::NeedsJudgement => false,
            _ => true,
        };
        Self { rule: of_kind, kind, late, is_decided }
    }
}

/// A figure of the fund as the inputs of an indicator have it.
fn figure_of(result: &IndicatorResult, measure: Measure) -> Option<Number> {
    if let Some(quantity) = count_of(measure) {
        return value_of(result, quantity.into())?.parse().ok();
    }
    let money = |quantity: MoneyQuantity| {
        value_of(result, quantity.into()).and_then(|sum| sum.parse().ok()).unwrap_or(Money::ZERO)
    };
    let budget = Budget {
        original: money(MoneyQuantity::Original),
        increases: money(MoneyQuantity::Increase),
        decreases: money(MoneyQuantity::Decrease),
        received: money(MoneyQuantity::Received),
        paid: money(MoneyQuantity::Paid),
    };
    rate(&budget, measure)
}

/// Each step to the points. `None` where there are none.
fn steps_of(
    scheme: &Scheme,
    node: &Node,
    result: &IndicatorResult,
    known: &Known<'_>,
    target: &TargetRule<'_>,
) -> Option<Vec<Words>> {
    let score = result.score?;
    let weight = result.weight;
    let given = value_of(result, "manual_score").and_then(|score| score.parse().ok());
    let judged = given.or_else(|| known.judged.level.as_ref().and_then(|said| said.value.1));
    let (gates, by_hand): (&[Gate], _) = match &node.body {
        NodeBody::Indicator { gates, by_hand, .. } => (gates, by_hand.as_ref().map(|by_hand| by_hand.value)),
        NodeBody::Group { .. } | NodeBody::EachTarget { .. } => (&[], None),
    };
    let (mut steps, mut points) = match (result.status, target.rule) {
        (IndicatorStatus::Met, _) if target.is_decided => {
            (vec![both("达到目标，得满分", "met: the whole weight").ends(weight)], Some(weight))
        }
        (IndicatorStatus::NotStarted, _) => {
            let step = both("项目未实施，不得分", "the project has not started: nothing");
            (vec![step.ends(Number::ZERO)], Some(Number::ZERO))
        }
        (IndicatorStatus::Unmet, _) if target.is_decided => {
            let step =
                both("未达到目标，没有可用的部分得分规则", "not met, and no rule gives points for a part");
            (vec![step.ends(Number::ZERO)], Some(Number::ZERO))
        }
        (_, None) => {
            let points = judged?.min(weight).max(Number::ZERO);
            (vec![both("人工评定", "judged by a person").ends(points)], Some(points))
        }
        (_, Some(rule)) => match by_rule(rule, gates, node, result, known, judged) {
            Some((steps, points)) => (steps, Some(points)),
            None => (Vec::new(), None),
        },
    };
    match (by_hand, judged, &known.judged.deduction) {
        (Some(ByHand::Replace), Some(given), _) => {
            let points_given = given.min(weight);
            let step = match points {
                Some(points) => both(
                    format!("人工评分 {given} 代替计算所得 {points}"),
                    format!("a person's {given} in place of the {points} computed"),
                ),
                None => both(
                    format!("人工评分 {given}，尚无计算所得"),
                    format!("a person's {given}; nothing is computed yet"),
                ),
            };
            steps.push(step.ends(points_given));
            points = Some(points_given);
        }
        (Some(ByHand::Deduct), _, Some(said)) => {
            let (before, off) = (points?, said.value);
            let left = (before - off).max(Number::ZERO);
            let least = if before < off { ("，最低 0 分", ", never below 0") } else { ("", "") };
            let step = both(
                format!("人工扣分：{before} − {off}{}", least.0),
                format!("a person takes off: {before} − {off}{}", least.1),
            );
            steps.push(step.ends(left));
            points = Some(left);
        }
        _ => {}
    }
    let mut points = points?;
    if scheme.outside(&node.node) == Some(Outside::Penalty) {
        let lost = points - weight;
        let step = both(
            format!("减分项只计失去的分数：{points} − {weight}"),
            format!("a penalty counts what is lost: {points} − {weight}"),
        );
        steps.push(step.ends(lost));
        points = lost;
    }
    if points != score {
        let decimals = rules::decimals(scheme);
        let step = both(
            format!("四舍五入至 {decimals} 位小数：{points}"),
            format!("rounded half up to {decimals} decimals: {points}"),
        );
        steps.push(step.ends(score));
    }
    Some(steps)
}

/// What the rule makes of what it sees, and what gates leave of it.
fn by_rule(
    rule: &Rule,
    gates: &[Gate],
    node: &Node,
    result: &IndicatorResult,
    known: &Known<'_>,
    judged: Option<Number>,
) -> Option<(Vec<Words>, Number)> {
    let answers: BTreeMap<_, _> = known.judged.answers();
    let reported = known.target.and_then(|facts| match &facts.actual.as_ref()?.value {
        Measured::Level { level } => Some(level.as_str()),
        _ => None,
    });
    let seen = Seen {
        weight: result.weight,
        measured: result.measured,
        judged,
        coefficient: known.judged.coefficient.as_ref().map(|said| said.value),
        self_score: result.self_score,
        level: known.judged.level.as_ref().map(|said| said.value.0.as_str()).or(reported),
        answers: &answers,
        figure: &|measure| figure_of(result, measure),
    };
    let terms = Terms::of(node);
    let (mut steps, points) = points::by_rule(rule, &seen, &terms)?;
    let (limited, left) = points::by_gates(gates, points, &seen, &terms)?;
    steps.extend(limited);
    Some((steps, left))
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
    both(format!("{zh} {decimals} 位小数"), format!("{en} {decimals} decimals"))
}
