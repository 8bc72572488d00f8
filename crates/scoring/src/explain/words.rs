//! What a node of a scheme says, in words: its rule, what is asked for, and what limits or changes its points.

use jixiao_events::Number;
use jixiao_events::scheme::{
    Ask, AskKind, ByHand, Case, Condition, CriterionRules, LateIn, Measure, Node, NodeBody, Outside, Rule,
    Term,
};

use crate::domain::measure::count_of;
use crate::rules::{self, Seen, Words};

/// Words of both languages.
pub(super) fn both(zh: impl Into<String>, en: impl Into<String>) -> Words {
    Words { zh: zh.into(), en: en.into() }
}

/// What the terms of conditions are called.
pub(super) struct Terms<'a> {
    asks: &'a [Ask],
    rule: Option<&'a Rule>,
}

impl<'a> Terms<'a> {
    /// Of a node.
    pub(super) fn of(node: &'a Node) -> Self {
        match &node.body {
            NodeBody::Indicator { asks, rule, .. } => Self { asks, rule: Some(rule) },
            NodeBody::Group { .. } | NodeBody::EachTarget { .. } => Self::none(),
        }
    }

    /// Of conditions that ask nothing of their own.
    pub(super) fn none() -> Self {
        Self { asks: &[], rule: None }
    }

    fn name(&self, term: &Term) -> Words {
        match term {
            Term::Value {} => both("实测值", "the measured value"),
            Term::Total {} => both("总分", "the total"),
            Term::Number { number } => both(number.to_string(), number.to_string()),
            Term::Measure { measure } => measure_name(*measure),
            Term::Answer { node: None, ask } => self.asked(ask),
            Term::Answer { node: Some(node), ask } => {
                both(format!("{node} 的“{ask}”"), format!("\"{ask}\" of {node}"))
            }
        }
    }

    /// What is asked for, by its id.
    pub(super) fn asked(&self, ask: &str) -> Words {
        let items = match self.rule {
            Some(Rule::Checklist { items }) => items.as_slice(),
            _ => &[],
        };
        let asked = self.asks.iter().find(|other| other.ask == ask).map(|ask| &ask.name);
        let name = asked.or_else(|| items.iter().find(|item| item.item == ask).map(|item| &item.name));
        match name {
            Some(name) => {
                both(format!("“{}”", name.zh), format!("\"{}\"", name.en.as_ref().unwrap_or(&name.zh)))
            }
            None => both(format!("“{ask}”"), format!("\"{ask}\"")),
        }
    }

    /// Whether a term is answered with yes or no.
    fn is_yes_no(&self, term: &Term) -> bool {
        let Term::Answer { node: None, ask } = term else { return matches!(term, Term::Answer { .. }) };
        let asked = self.asks.iter().find(|other| other.ask == *ask);
        asked.is_none_or(|ask| matches!(ask.kind, AskKind::YesNo {}))
    }

    /// Conditions that all have to hold.
    pub(super) fn conditions(&self, when: &[Condition]) -> Words {
        let each = when.iter().map(|condition| {
            let op = <&str>::from(condition.op);
            let [left, right] = self.sides(condition);
            both(format!("{} {op} {}", left.zh, right.zh), format!("{} {op} {}", left.en, right.en))
        });
        Words::joined(each, "，且", " and ")
    }

    /// The same with the values that are compared.
    pub(super) fn with_values(&self, when: &[Condition], seen: &Seen<'_>) -> Words {
        self.filled(when, &|term| rules::value_of(term, seen).ok())
    }

    /// The same with the values that are given.
    pub(super) fn filled(&self, when: &[Condition], value: &dyn Fn(&Term) -> Option<Number>) -> Words {
        let each = when.iter().map(|condition| {
            let op = <&str>::from(condition.op);
            let [left, right] = self.sides(condition);
            let filled = |term: &Term, words: &Words, other: &Term| {
                let known = value(term).filter(|_| !matches!(term, Term::Number { .. }));
                let yes_no = self.is_yes_no(term) && matches!(other, Term::Number { .. });
                match known {
                    Some(known) if yes_no => {
                        let (zh, en) = if known == Number::ONE { ("是", "yes") } else { ("否", "no") };
                        both(format!("{}（{zh}）", words.zh), format!("{} ({en})", words.en))
                    }
                    Some(known) => {
                        both(format!("{}（{known}）", words.zh), format!("{} ({known})", words.en))
                    }
                    None => words.clone(),
                }
            };
            let left = filled(&condition.left, &left, &condition.right);
            let right = filled(&condition.right, &right, &condition.left);
            both(format!("{} {op} {}", left.zh, right.zh), format!("{} {op} {}", left.en, right.en))
        });
        Words::joined(each, "，且", " and ")
    }

    /// Both sides of a condition; a number beside a yes or no is one.
    fn sides(&self, condition: &Condition) -> [Words; 2] {
        let Condition { left, right, .. } = condition;
        let side = |term: &Term, other: &Term| match term {
            Term::Number { number } if matches!(other, Term::Answer { .. }) && self.is_yes_no(other) => {
                if *number == Number::ONE {
                    both("是", "yes")
                } else {
                    both("否", "no")
                }
            }
            _ => self.name(term),
        };
        [side(left, right), side(right, left)]
    }
}

/// What a measure is called.
pub(super) fn measure_name(measure: Measure) -> Words {
    let (zh, en) = match measure {
        Measure::AdjustmentRateGross => ("预算调整率（调增加调减）", "the adjustment rate, ups and downs"),
        Measure::AdjustmentRateNet => ("预算调整率（净额）", "the adjustment rate, net"),
        Measure::AdjustmentRateSignedNet => {
            ("预算调整率（带符号净额）", "the adjustment rate, net with its sign")
        }
        Measure::AdjustmentRateCutsOnly => ("预算调减率", "the adjustment rate, cuts only"),
        Measure::ExecutionRateOriginal => {
            ("预算执行率（按年初预算）", "the execution rate by the original budget")
        }
        Measure::ExecutionRateAdjusted => {
            ("预算执行率（按调整后预算）", "the execution rate by the adjusted budget")
        }
        Measure::ExecutionRateReceived => {
            ("预算执行率（按到位资金）", "the execution rate by the money received")
        }
        Measure::ContractsNotFiled => ("未备案合同的项目数", "projects without a filed contract"),
        Measure::AcceptancesNotFiled => ("应验收未验收的项目数", "projects not accepted though due"),
        Measure::Adjustments => ("预算调整次数", "adjustments of the budget"),
        Measure::ReceiptRate => ("资金到位率", "the receipt rate"),
        Measure::SavingRate => ("成本节约率", "the saving rate"),
        Measure::Answer => ("填报值", "the answer"),
        Measure::OverProjects => ("各项目目标合计完成率", "the targets over projects"),
    };
    both(zh, en)
}

/// The unit of the percentages that targets are scored by.
const PERCENT: Option<&str> = Some("%");

/// The unit of what an indicator measures; `None` for a count, and for an answer without one.
fn unit_of(measure: Measure, asks: &[Ask]) -> Option<&str> {
    match (measure, asks.first().map(|ask| &ask.kind)) {
        (Measure::Answer, Some(AskKind::Number { unit, .. })) => unit.as_deref(),
        (Measure::Answer, Some(AskKind::Survey { .. })) => PERCENT,
        (Measure::Answer, _) => None,
        _ => PERCENT.filter(|_| count_of(measure).is_none()),
    }
}

/// A rule in words, its conditions by what they are called.
fn rule_words(rule: &Rule, terms: &Terms<'_>, unit: Option<&str>) -> Words {
    let Rule::Cases { cases, otherwise } = rule else { return rules::words(rule, unit) };
    let each = cases.iter().map(|Case { when, points }| {
        let Words { zh, en } = terms.conditions(when);
        both(format!("{zh} 得 {} 分", points.value), format!("{en}: {}", points.value))
    });
    let Words { zh, en } = Words::joined(each, "；", "; ");
    let otherwise = otherwise.value;
    both(
        format!("取第一个成立的情形：{zh}；其余得 {otherwise} 分"),
        format!("by the first case that holds: {en}; else {otherwise}"),
    )
}

/// Everything that a node says: its rule, then each thing that is beside it.
pub(crate) fn of_node(node: &Node) -> Words {
    let mut all = Vec::new();
    match &node.body {
        NodeBody::Group { .. } => all.extend(super::sums::node_words(node)),
        NodeBody::EachTarget { rule, rules, equal_parts, combine, class, .. } => {
            all.push(rule_words(rule, &Terms::none(), PERCENT));
            all.extend(criterion_words(rules));
            if let Some(class) = class {
                all.push(both(
                    format!("只含类别 {} 及其下级的指标", class.value),
                    format!("only targets of the class {} and those below it", class.value),
                ));
            }
            all.extend(equal_parts.as_ref().map(|decimals| parts_words(node.weight.value, decimals.value)));
            all.extend(super::sums::combine_words(node, combine));
        }
        NodeBody::Indicator { .. } => all.extend(indicator_words(node)),
    }
    all.extend(outside_words(node));
    Words::joined(all, "；", "; ")
}

fn outside_words(node: &Node) -> Option<Words> {
    node.outside.as_ref().map(|outside| match outside.value {
        Outside::Bonus => both("总分之外的加分", "a bonus outside the total"),
        Outside::Penalty => both(
            "总分之外的减分：失去的分数从总分中扣除",
            "a penalty outside the total: what is lost of it is taken off",
        ),
    })
}

/// What a group's or target node's sum says.
pub(super) fn of_sum(node: &Node) -> Words {
    let mut all = super::sums::node_words(node);
    all.extend(outside_words(node));
    Words::joined(all, "；", "; ")
}

fn indicator_words(node: &Node) -> Vec<Words> {
    let NodeBody::Indicator { measure, rule, month, asks, gates, by_hand, evidence, targets, .. } =
        &node.body
    else {
        return Vec::new();
    };
    let terms = Terms::of(node);
    let unit = measure.as_ref().and_then(|measure| unit_of(measure.value, asks));
    let mut all = vec![rule_words(rule, &terms, unit)];
    all.extend(month.as_ref().map(|month| {
        let month = month.value;
        both(
            format!("资金截至当年 {month} 月底"),
            format!("money as it stood at the end of month {month} of the year"),
        )
    }));
    all.extend(targets.as_ref().map(|name| {
        let name = &name.value;
        both(
            format!("合计各项目名为“{name}”的指标"),
            format!("over the targets called \"{name}\" of all projects"),
        )
    }));
    if !asks.is_empty() {
        let Words { zh, en } = Words::joined(asks.iter().map(asked), "、", ", ");
        all.push(both(format!("须填报：{zh}"), format!("asked for: {en}")));
    }
    all.extend(gates.iter().map(|gate| {
        let Words { zh, en } = terms.conditions(&gate.when);
        let most = gate.at_most.value;
        both(format!("若 {zh}，最多得 {most} 分"), format!("where {en}: at most {most}"))
    }));
    all.extend(by_hand.as_ref().map(|by_hand| match by_hand.value {
        ByHand::Replace => {
            both("可由人另行评分，代替计算所得", "a person may give other points than those computed")
        }
        ByHand::Deduct => both(
            "可由人在计算所得上扣分，最低 0 分",
            "a person may take points off those computed, never below 0",
        ),
    }));
    if node.optional.as_ref().is_some_and(|optional| optional.value) {
        all.push(both("可评定为不适用", "a person may say that it is not applicable"));
    }
    if evidence.as_ref().is_some_and(|evidence| evidence.value) {
        all.push(both("人工评定须附证据", "a person's judgement needs evidence"));
    }
    all
}

/// Something that is asked for, with what an answer looks like.
pub(crate) fn asked(ask: &Ask) -> Words {
    let (zh, en) = (&ask.name.zh, ask.name.en.as_ref().unwrap_or(&ask.name.zh));
    match &ask.kind {
        AskKind::Number { unit, at_least, at_most } => {
            let unit_zh = unit.as_ref().map(|unit| format!("，{unit}")).unwrap_or_default();
            let unit_en = unit.as_ref().map(|unit| format!(", in {unit}")).unwrap_or_default();
            let least_zh =
                at_least.as_ref().map(|least| format!("，不低于 {}", least.value)).unwrap_or_default();
            let least_en =
                at_least.as_ref().map(|least| format!(", at least {}", least.value)).unwrap_or_default();
            let most_zh = at_most.as_ref().map(|most| format!("，不高于 {}", most.value)).unwrap_or_default();
            let most_en =
                at_most.as_ref().map(|most| format!(", at most {}", most.value)).unwrap_or_default();
            both(
                format!("{zh}（数值{unit_zh}{least_zh}{most_zh}）"),
                format!("{en} (a number{unit_en}{least_en}{most_en})"),
            )
        }
        AskKind::Date {} => both(format!("{zh}（日期）"), format!("{en} (a date)")),
        AskKind::YesNo {} => both(format!("{zh}（是或否）"), format!("{en} (yes or no)")),
        AskKind::Survey { choices } => {
            let each = choices.iter().map(|choice| {
                let share = choice.share.value;
                let name_en = choice.name.en.as_ref().unwrap_or(&choice.name.zh);
                both(format!("{} 计 {share}", choice.name.zh), format!("{name_en} counts {share}"))
            });
            let each = Words::joined(each, "，", ", ");
            both(format!("{zh}（问卷：{}）", each.zh), format!("{en} (a survey: {})", each.en))
        }
    }
}

/// The rules of targets by the kind of their criterion.
fn criterion_words(rules: &CriterionRules) -> Vec<Words> {
    let of = |rule: &Option<Rule>, unit: Option<&str>, zh: &str, en: &str| {
        rule.as_ref().map(|rule| {
            let words = rules::words(rule, unit);
            both(format!("{zh}：{}", words.zh), format!("{en}: {}", words.en))
        })
    };
    let late = rules.late_in.as_ref().map_or(LateIn::Days, |late_in| late_in.value);
    let (late_zh, late_en) = late_words(late);
    let all = [
        of(
            &rules.at_most,
            PERCENT,
            "不高于某值的指标未完成时（按实际值 / 目标值，%）",
            "targets at most a value, when not met (actual / target in %)",
        ),
        of(
            &rules.equal,
            PERCENT,
            "等于某值的指标未完成时（按实际值 / 目标值，%）",
            "targets equal to a value, when not met (actual / target in %)",
        ),
        of(
            &rules.between,
            PERCENT,
            "在两值之间的指标未完成时（按实际值 / 所越过的一端，%）",
            "targets between two values, when not met (actual / the end passed in %)",
        ),
        of(
            &rules.by_date,
            late_unit(late),
            &format!("按期完成的指标逾期时（{late_zh}）"),
            &format!("targets by a date, when late ({late_en})"),
        ),
        of(&rules.qualitative, None, "以文字表述的指标", "targets in words"),
    ];
    all.into_iter().flatten().collect()
}

/// The unit of lateness, where it is not said with the rule.
fn late_unit(late: LateIn) -> Option<&'static str> {
    PERCENT.filter(|_| late == LateIn::Percent)
}

pub(super) fn late_words(late: LateIn) -> (&'static str, &'static str) {
    match late {
        LateIn::Days => ("按逾期天数", "in days"),
        LateIn::Months => ("按逾期月数，不足一月按一月", "in months, one that has begun counted whole"),
        LateIn::Percent => {
            ("按逾期天数占 1 月 1 日至期限天数的 %", "days late in % of those from 1 January to the date")
        }
    }
}

/// How a weight is divided among targets.
pub(super) fn parts_words(weight: Number, decimals: u32) -> Words {
    both(
        format!("权重 {weight} 平均分给各指标，保留 {decimals} 位小数，余数给排在前面的"),
        format!(
            "the weight of {weight} in equal parts to {decimals} decimals, what is left going to the first ones"
        ),
    )
}

/// The rule of one target: that of its criterion's kind, and how its weight is made.
pub(super) fn of_target(
    node: &Node,
    by_criterion: Option<&Rule>,
    late: Option<LateIn>,
    is_in_words: bool,
) -> Words {
    let mut all = Vec::new();
    match by_criterion {
        None if is_in_words => all.push(both(
            "以文字表述的指标，人工评定并说明理由",
            "a target in words: a person's judgement with its reason",
        )),
        Some(rule) => all.push(rule_words(rule, &Terms::none(), late.map_or(PERCENT, late_unit))),
        None => all.push(both("达到目标得满分，否则不得分", "the whole weight when met, else nothing")),
    }
    if let Some(late) = late {
        let (zh, en) = late_words(late);
        all.push(both(zh, format!("lateness {en}")));
    }
    if let NodeBody::EachTarget { equal_parts: Some(decimals), .. } = &node.body {
        all.push(parts_words(node.weight.value, decimals.value));
    }
    Words::joined(all, "；", "; ")
}
