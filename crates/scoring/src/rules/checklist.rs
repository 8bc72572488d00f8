//! Points for each thing that is there.

use jixiao_events::Number;
use jixiao_events::scheme::{Answer, Item};

use super::{Described, Outcome, Seen, Words, within};

/// The points of what is there; in equal parts, weight × there / all: one division. Nothing without a gate. Until all is
/// answered nothing is scored, but a gate that is missing decides at once.
pub(super) fn outcome(items: &[Item], seen: &Seen<'_>) -> Outcome {
    let answer = |item: &Item| match seen.answers.get(&item.item) {
        Some(Answer::YesNo { yes }) => Some(*yes),
        _ => None,
    };
    if items.iter().any(|item| is_gate(item) && answer(item) == Some(false)) {
        return Outcome::Points(Number::ZERO);
    }
    let Some(answers) = items.iter().map(answer).collect::<Option<Vec<_>>>() else {
        return Outcome::Awaits;
    };
    let there = items.iter().zip(answers).filter(|(_, is_there)| *is_there).map(|(item, _)| item);
    let points = if items.iter().all(|item| item.points.is_some()) {
        Some(there.filter_map(|item| item.points.as_ref()).map(|points| points.value).sum())
    } else {
        let count = |count: usize| i64::try_from(count).map(Number::from).ok();
        let shares = count(there.count()).zip(count(items.len()));
        shares.and_then(|(there, all)| seen.weight.checked_mul(there)?.checked_div(all))
    };
    points.map_or(Outcome::NoValue, |points| Outcome::Points(within(points, seen.weight)))
}

fn is_gate(item: &Item) -> bool {
    item.gate.as_ref().is_some_and(|gate| gate.value)
}

pub(super) fn parameters(items: &[Item]) -> Vec<Described> {
    let of_item = |item: &Item| {
        let points = item.points.iter().map(|points| Described::new(format!("{}.points", item.item), points));
        let gate = item.gate.iter().map(|gate| Described::new(format!("{}.gate", item.item), gate));
        points.chain(gate).collect::<Vec<_>>()
    };
    items.iter().flat_map(of_item).collect()
}

pub(super) fn words(items: &[Item]) -> Words {
    let each = items.iter().map(|item| {
        let points = item.points.as_ref().map(|points| points.value);
        let zh = points.map(|points| format!("（{points} 分）")).unwrap_or_default();
        let en = points.map(|points| format!(" ({points})")).unwrap_or_default();
        let (gate_zh, gate_en) =
            if is_gate(item) { ("，缺此项不得分", ", nothing without it") } else { ("", "") };
        let name_en = item.name.en.as_ref().unwrap_or(&item.name.zh);
        Words { zh: format!("{}{zh}{gate_zh}", item.name.zh), en: format!("{name_en}{en}{gate_en}") }
    });
    let Words { zh, en } = Words::joined(each, "；", "; ");
    if items.iter().all(|item| item.points.is_some()) {
        Words { zh: format!("逐项得分：{zh}"), en: format!("points for each that is there: {en}") }
    } else {
        Words {
            zh: format!("逐项平均得分：{zh}"), en: format!("equal points for each that is there: {en}")
        }
    }
}
