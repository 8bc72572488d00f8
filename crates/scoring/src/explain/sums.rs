//! How a group's points, and those of everything, come from their parts.

use std::fmt::Write;

use jixiao_events::scheme::{Combine, Node, NodeBody, Outside, Override, Scheme, Term};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus, SumResult};
use jixiao_events::{Names, Number};

use super::points::Ends;
use super::words::{Terms, both, parts_words};
use super::{parameters, words};
use crate::domain::evaluate::{final_grade, grade};
use crate::rules::{Described, Words};

/// More parts than this are told as their sum, not one by one.
const SPELT: usize = 20;

/// What stands directly below a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its path.
    pub(crate) path: String,
    /// What it is called.
    pub(crate) name: Names,
    /// Its points; 0 where it has none yet.
    pub(crate) score: Number,
    /// Its weight as it stands in the sum.
    pub(crate) weight: Number,
    /// What of its weight is not applicable.
    pub(crate) not_applicable: Number,
    /// Indicators of it that wait or have no value.
    pub(crate) not_scored: u32,
    /// Whether it stands outside the total.
    pub(crate) outside: Option<Outside>,
}

impl Part {
    /// An indicator or a target.
    pub(crate) fn indicator(scheme: &Scheme, result: &IndicatorResult) -> Self {
        let is_left_out = result.status == IndicatorStatus::NotApplicable;
        let left_out = if is_left_out { result.weight } else { Number::ZERO };
        Self {
            path: result.indicator.to_string(),
            name: result.name.clone(),
            score: result.score.unwrap_or_default(),
            weight: result.weight - left_out,
            not_applicable: left_out,
            not_scored: u32::from(!is_left_out && result.score.is_none()),
            outside: outside(scheme, result.indicator.as_str()),
        }
    }

    /// A node with a sum of its own.
    pub(crate) fn node(node: &Node, row: &SumResult) -> Self {
        Self {
            path: node.node.to_string(),
            name: node.name.clone(),
            score: row.score,
            weight: row.filled_weight,
            not_applicable: row.not_applicable.unwrap_or_default(),
            not_scored: row.not_scored,
            outside: node.outside.as_ref().map(|outside| outside.value),
        }
    }
}

fn outside(scheme: &Scheme, path: &str) -> Option<Outside> {
    let node = scheme.nodes.iter().find(|node| node.node.as_str() == path)?;
    node.outside.as_ref().map(|outside| outside.value)
}

/// Why a sum has its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SumExplained {
    /// How the points come together, in words.
    pub(crate) rule: Words,
    /// Every number and choice of the scheme that had a part in it.
    pub(crate) parameters: Vec<Described>,
    /// Each step to the points; the last ends in them.
    pub(crate) steps: Vec<Words>,
    /// How it stands.
    pub(crate) result: Words,
    /// How the points were rounded.
    pub(crate) rounding: Words,
    /// Of everything: how the grade was decided, step by step. None for a group.
    pub(crate) grade: Vec<Words>,
}

/// Explains the sum of a node, or of everything where there is none. `parts` are those directly below it, all of them or
/// the first; `value` gives what a term of an override is worth.
pub(crate) fn explain(
    scheme: &Scheme,
    node: Option<&Node>,
    row: &SumResult,
    parts: &[Part],
    value: &dyn Fn(&Term) -> Option<Number>,
) -> SumExplained {
    let steps = match node {
        Some(node) => of_node(node, row, parts),
        None => of_everything(scheme, row, parts),
    };
    let (rule, all) = match node {
        Some(node) => (words::of_sum(node), node_parameters(scheme, node)),
        None => (total_words(scheme), total_parameters(scheme)),
    };
    let decides = if node.is_none() { grade_steps(scheme, row, value) } else { Vec::new() };
    SumExplained { rule, parameters: all, steps, result: standing(row), rounding: rounding(), grade: decides }
}

fn rounding() -> Words {
    both(
        "各部分按其保留的小数精确相加；按比例折算的保留 12 位小数；等级由未取舍的总分决定",
        "parts add up exactly as they are kept; what is in proportion is kept to 12 decimals; the unrounded total decides the grade",
    )
}

/// How the points below a node come together.
pub(super) fn combine_words(node: &Node, combine: &Combine) -> Vec<Words> {
    let weight = node.weight.value;
    if combine.is_best_of() {
        return vec![both("下级各项择优计分，只取得分最高的一项", "only the best of what is below counts")];
    }
    let mut all = Vec::new();
    match &combine.out_of {
        Some(out_of) => all.push(both(
            format!("得分 = 权重 {weight} × 下级得分之和 / {}", out_of.value),
            format!("the weight of {weight} × the points below / {}", out_of.value),
        )),
        None => all.push(both("得分为下级得分之和", "the sum of the points below")),
    }
    if combine.redistributes() {
        all.push(both(
            "不适用部分的分值按比例转给其余部分",
            "what is not applicable leaves its points to the rest in proportion",
        ));
    }
    all
}

/// How everything comes together.
pub(crate) fn total_words(scheme: &Scheme) -> Words {
    let mut all = vec![both("得分为各部分得分之和", "the sum of the points of its parts")];
    if redistributes(scheme) {
        all.push(both(
            "不适用部分的分值按比例转给其余部分",
            "what is not applicable leaves its points to the rest in proportion",
        ));
    }
    if scheme.nodes.iter().any(|node| node.outside.is_some()) {
        all.push(both("加上加分、扣除减分，最低 0 分", "with bonuses and less penalties, never below 0"));
    }
    all.extend(
        scheme
            .as_published
            .as_ref()
            .map(|why| both(format!("按公布：{why}"), format!("as published: {why}"))),
    );
    let grades = scheme.grades.iter().map(|grade| {
        let name_en = grade.name.en.as_ref().unwrap_or(&grade.name.zh);
        both(
            format!("{} 分起为{}", grade.from.value, grade.name.zh),
            format!("{name_en} from {}", grade.from.value),
        )
    });
    let Words { zh, en } = Words::joined(grades, "，", ", ");
    all.push(both(format!("等级：{zh}"), format!("grades: {en}")));
    all.extend(scheme.overrides.iter().map(|applies| {
        let name_en = applies.name.en.as_ref().unwrap_or(&applies.name.zh);
        let Words { zh, en } = Terms::none().conditions(&applies.when);
        let (grade_zh, grade_en) = grade_name(scheme, &applies.grade.value);
        both(
            format!("{}：若 {zh}，等级不高于{grade_zh}", applies.name.zh),
            format!("{name_en}: where {en}, no better than {grade_en}"),
        )
    }));
    Words::joined(all, "；", "; ")
}

fn grade_name(scheme: &Scheme, id: &str) -> (String, String) {
    let found = scheme.grades.iter().find(|grade| grade.grade == id).map(|grade| &grade.name);
    let zh = found.map_or(id, |name| &name.zh);
    let en = found.map_or(id, |name| name.en.as_ref().unwrap_or(&name.zh));
    (zh.to_owned(), en.to_owned())
}

fn redistributes(scheme: &Scheme) -> bool {
    scheme.redistribute.as_ref().is_some_and(|redistribute| redistribute.value)
}

fn node_parameters(scheme: &Scheme, node: &Node) -> Vec<Described> {
    let mut all = parameters::of_node(node);
    if let NodeBody::EachTarget { equal_parts, combine, .. } = &node.body {
        // Its rules are those of its targets, each of which tells them.
        all = vec![Described::new("weight", &node.weight)];
        all.extend(node.outside.iter().map(|outside| Described::word("outside", outside)));
        all.extend(equal_parts.iter().map(|decimals| Described::new("equal_parts", decimals)));
        all.extend(parameters::of_combine(combine));
    }
    all.extend(
        below(scheme, Some(node)).map(|part| Described::new(format!("{}.weight", part.node), &part.weight)),
    );
    all
}

/// What decides everything: total, weights at the top, grades, overrides.
pub(crate) fn total_parameters(scheme: &Scheme) -> Vec<Described> {
    let mut all = vec![Described::new("total", &scheme.total)];
    all.extend(scheme.redistribute.iter().map(|is_so| Described::new("redistribute", is_so)));
    for part in below(scheme, None) {
        all.push(Described::new(format!("{}.weight", part.node), &part.weight));
        let of =
            |outside| Described { key: format!("{}.outside", part.node), ..Described::word("", outside) };
        all.extend(part.outside.iter().map(of));
    }
    all.extend(
        scheme.grades.iter().map(|grade| Described::new(format!("grades.{}.from", grade.grade), &grade.from)),
    );
    all.extend(scheme.overrides.iter().enumerate().map(|(at, applies)| of_override(at, applies)));
    all
}

/// The parameter of an override, under its conditions.
fn of_override(at: usize, applies: &Override) -> Described {
    let when: Vec<_> = applies.when.iter().map(ToString::to_string).collect();
    Described::new(format!("override[{at}].grade: {}", when.join(" and ")), &applies.grade)
}

/// The nodes directly below another, or at the top.
pub(crate) fn below<'s>(scheme: &'s Scheme, node: Option<&'s Node>) -> impl Iterator<Item = &'s Node> {
    let parent = node.map(|node| node.node.clone());
    scheme.nodes.iter().filter(move |child| child.node.parent() == parent)
}

/// The parts one by one, or how many there are, with their sum.
fn together(parts: &[Part], sum: Number, how_many: usize) -> Words {
    if parts.is_empty() {
        return both("下级没有得分", "nothing below has points").ends(sum);
    }
    if how_many > SPELT || parts.len() < how_many {
        return both(format!("{how_many} 项得分之和"), format!("the sum of {how_many} parts")).ends(sum);
    }
    let mut text = both("", "");
    for (at, part) in parts.iter().enumerate() {
        let name_en = part.name.en.as_ref().unwrap_or(&part.name.zh);
        let sign = match (at, part.score < Number::ZERO) {
            (0, false) => "",
            (0, true) => "−",
            (_, false) => " + ",
            (_, true) => " − ",
        };
        let points = part.score.abs();
        // Writing to a text cannot fail.
        let _ = write!(text.zh, "{sign}{points}（{}）", part.name.zh);
        let _ = write!(text.en, "{sign}{points} ({name_en})");
    }
    text.ends(sum)
}

fn count_of(node: Option<&Node>, row: &SumResult, parts: &[Part]) -> usize {
    match node.map(|node| &node.body) {
        Some(NodeBody::EachTarget { .. }) => usize::try_from(row.indicators).unwrap_or(usize::MAX),
        _ => parts.len(),
    }
}

fn of_node(node: &Node, row: &SumResult, parts: &[Part]) -> Vec<Words> {
    let (NodeBody::Group { combine, .. } | NodeBody::EachTarget { combine, .. }) = &node.body else {
        return Vec::new();
    };
    let below = row.below.as_ref().map_or(row.score, |below| below.score);
    if combine.is_best_of() && node.outside.is_none() {
        return vec![best(parts).ends(row.score)];
    }
    let mut steps = vec![together(parts, below, count_of(Some(node), row, parts))];
    if let Some(outside) = node.outside.as_ref().map(|outside| outside.value) {
        let weight = node.weight.value;
        if below != row.score {
            let step = match outside {
                Outside::Bonus => {
                    both(format!("加分最多 {weight} 分"), format!("a bonus of at most {weight}"))
                }
                Outside::Penalty => {
                    both(format!("减分最多 {weight} 分"), format!("a penalty of at most {weight}"))
                }
            };
            steps.push(step.ends(row.score));
        }
        return steps;
    }
    if combine.is_plain() {
        return steps;
    }
    let weight = row.weight;
    let full = combine.out_of.as_ref().map_or(weight, |out_of| out_of.value);
    steps.push(
        shared(weight, below, full, row.not_applicable.filter(|_| combine.redistributes())).ends(row.score),
    );
    steps
}

/// weight × points / what can be had.
fn shared(weight: Number, points: Number, full: Number, left_out: Option<Number>) -> Words {
    let of = left_out.map_or_else(|| full.to_string(), |left_out| format!("({full} − {left_out})"));
    if left_out.is_some_and(|left_out| left_out >= full) {
        return both("全部不适用，没有可得的分数", "all of it is not applicable: nothing can be had");
    }
    let formula = format!("{weight} × {points} / {of}");
    match left_out {
        Some(_) => both(
            format!("不适用部分转给其余：{formula}"),
            format!("what is not applicable goes to the rest: {formula}"),
        ),
        None => both(formula.clone(), formula),
    }
}

/// The best of several.
fn best(parts: &[Part]) -> Words {
    let each = parts.iter().map(|part| {
        let name_en = part.name.en.as_ref().unwrap_or(&part.name.zh);
        if part.weight.is_zero() {
            return both(format!("{}不适用", part.name.zh), format!("{name_en} not applicable"));
        }
        if part.not_scored > 0 {
            return both(format!("{}尚无得分", part.name.zh), format!("{name_en} without points yet"));
        }
        both(format!("{}（{}）", part.score, part.name.zh), format!("{} ({name_en})", part.score))
    });
    let Words { zh, en } = Words::joined(each, "、", ", ");
    both(format!("择优：{zh}"), format!("the best of: {en}"))
}

fn of_everything(scheme: &Scheme, row: &SumResult, parts: &[Part]) -> Vec<Words> {
    let below = row.below.as_ref().map_or(row.score, |below| below.score);
    let mut steps = vec![together(parts, below, parts.len())];
    let mut points = below;
    if redistributes(scheme) {
        let left_out = row.not_applicable.unwrap_or_default();
        let apart = row.below.as_ref().map_or(&[][..], |below| &below.of);
        let apart: Number = apart.iter().map(|part| part.score).sum();
        if !left_out.is_zero() || points != row.score {
            let (of, inside) = (row.weight - left_out, below - apart);
            let step = shared(row.weight, inside, row.weight, row.not_applicable);
            points = inside
                .checked_mul(row.weight)
                .and_then(|product| product.checked_div(of))
                .unwrap_or_default();
            points = points.round_half_up(crate::rules::EXACT_DECIMALS);
            steps.push(step.ends(points));
            if !apart.is_zero() {
                let all = points + apart;
                let [zh, en] = ["加分与减分不折算", "bonuses and penalties stay what they are"];
                let formula = |colon: &str| format!("{colon}{points} + {apart}").replace("+ -", "− ");
                steps
                    .push(both(format!("{zh}{}", formula("：")), format!("{en}{}", formula(": "))).ends(all));
                points = all;
            }
        }
    }
    if points < Number::ZERO {
        steps.push(both("总分最低 0 分", "a total is never below 0").ends(row.score));
    }
    steps
}

/// How a sum stands, and what it lacks.
fn standing(row: &SumResult) -> Words {
    let SumResult { score, weight, filled_weight, not_scored, indicators, .. } = row;
    let mut all = vec![both(
        format!("得 {score} 分，权重 {weight}，共 {indicators} 项"),
        format!("{score} of {weight}, {indicators} indicators"),
    )];
    if *not_scored > 0 {
        all.push(both(
            format!("{not_scored} 项尚无得分，按 0 计"),
            format!("{not_scored} of them without points yet, counted as 0"),
        ));
    }
    if let Some(left_out) = row.not_applicable {
        all.push(both(format!("{left_out} 分不适用"), format!("{left_out} not applicable")));
    }
    let unfilled = *weight - *filled_weight;
    if unfilled > Number::ZERO && row.not_applicable.is_none() {
        all.push(both(
            format!("{unfilled} 分没有指标可得"),
            format!("{unfilled} that no indicator can earn"),
        ));
    }
    Words::joined(all, "；", "; ")
}

/// How the grade was decided: by the points, then by overrides.
fn grade_steps(scheme: &Scheme, row: &SumResult, value: &dyn Fn(&Term) -> Option<Number>) -> Vec<Words> {
    let mut steps = Vec::new();
    let total = row.score;
    match grade(scheme, total) {
        Some(earned) => {
            let (zh, en) = grade_name(scheme, &earned.grade);
            let from = earned.from.value;
            steps.push(both(
                format!("总分 {total} 不低于 {from}：{zh}"),
                format!("the total of {total} is at least {from}: {en}"),
            ));
        }
        None => {
            return vec![both(
                format!("总分 {total} 低于最低等级"),
                format!("the total of {total} is below every grade"),
            )];
        }
    }
    for applies in &scheme.overrides {
        let holds = applies.when.iter().all(|condition| {
            let both_sides = value(&condition.left).zip(value(&condition.right));
            both_sides.is_some_and(|(left, right)| condition.op.holds(left, right))
        });
        let Words { zh, en } = Terms::none().filled(&applies.when, value);
        let name_en = applies.name.en.as_ref().unwrap_or(&applies.name.zh);
        let (grade_zh, grade_en) = grade_name(scheme, &applies.grade.value);
        steps.push(if holds {
            both(
                format!("{}成立：{zh}，等级不高于{grade_zh}", applies.name.zh),
                format!("{name_en} applies: {en}, no better than {grade_en}"),
            )
        } else {
            both(format!("{}不成立：{zh}", applies.name.zh), format!("{name_en} does not apply: {en}"))
        });
    }
    if let Some(last) = final_grade(scheme, row).filter(|_| !scheme.overrides.is_empty()) {
        let (zh, en) = grade_name(scheme, &last.grade);
        steps.push(both(format!("等级：{zh}"), format!("grade: {en}")));
    }
    steps
}

/// What a sum's node says: how its points come together, and how its targets share them.
pub(super) fn node_words(node: &Node) -> Vec<Words> {
    match &node.body {
        NodeBody::Group { combine, as_published } => {
            let mut all = combine_words(node, combine);
            all.extend(
                as_published
                    .as_ref()
                    .map(|why| both(format!("按公布：{why}"), format!("as published: {why}"))),
            );
            all
        }
        NodeBody::EachTarget { combine, as_published, equal_parts, .. } => {
            let mut all = combine_words(node, combine);
            all.extend(equal_parts.as_ref().map(|decimals| parts_words(node.weight.value, decimals.value)));
            all.extend(
                as_published
                    .as_ref()
                    .map(|why| both(format!("按公布：{why}"), format!("as published: {why}"))),
            );
            all
        }
        NodeBody::Indicator { .. } => Vec::new(),
    }
}
