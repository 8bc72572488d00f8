//! How the points come from what is known: one line a step, each with its values and ending in what it gives, so that the
//! last line ends in the points as they are shown.

use jixiao_events::Number;
use jixiao_events::scheme::{
    Anchor, Band, Between, Case, Counted, Gate, Item, Level, Rule, Scale, Side, Step,
};

use super::words::{Terms, both};
use crate::rules::{self, Holds, Outcome, Seen, Words};

/// What a rule made of what it saw, step by step. `None` while there is nothing to show: a person has to judge, or a
/// value is missing.
pub(super) fn by_rule(rule: &Rule, seen: &Seen<'_>, terms: &Terms<'_>) -> Option<(Vec<Words>, Number)> {
    let points = rules::outcome(rule, seen).points()?;
    let mut steps = match rule {
        Rule::AllOrNothing { .. } => vec![within_bounds(seen, points)?],
        Rule::Steps { steps } => vec![step(steps, seen)?],
        Rule::ProRata { full_at } => vec![capped(
            &format!("{} × {} / {}", seen.weight, seen.measured?, full_at.value),
            seen.weight.checked_mul(seen.measured?)?.checked_div(full_at.value)?,
            seen.weight,
        )],
        Rule::InverseRatio { full_at } => vec![inverse(full_at.value, seen)?],
        Rule::Curve { anchors, between } => vec![curve(anchors, between.value, seen)?],
        Rule::Bands { bands } => vec![band(bands, seen)?],
        Rule::Deduct { .. } => deducted(rule, seen)?,
        Rule::DeductPerFinding { each, cap, floor } => {
            let found = seen.measured?.max(Number::ZERO);
            let lost = found.checked_mul(each.value)?;
            let mut steps = vec![
                both(format!("{found} 项 × {} 分", each.value), format!("{found} found × {}", each.value))
                    .ends(lost),
            ];
            steps.extend(left(
                lost,
                cap.as_ref().map(|cap| cap.value),
                floor.as_ref().map(|floor| floor.value),
                seen.weight,
            )?);
            steps
        }
        Rule::Manual { coefficient, .. } => {
            vec![by_person(coefficient.as_ref().is_some_and(|by| by.value), seen)?]
        }
        Rule::Levels { levels } => vec![level(levels, seen)?],
        Rule::Checklist { items } => vec![checklist(items, seen)],
        Rule::Cases { cases, .. } => vec![case(cases, seen, terms)],
    };
    let last = steps.pop()?;
    steps.push(last.ends(points));
    Some((steps, points))
}

/// A step before it says what it gives.
pub(super) trait Ends {
    /// The step with what it gives.
    fn ends(self, number: Number) -> Words;
}

impl Ends for Words {
    fn ends(self, number: Number) -> Words {
        let ending = format!(" = {number}");
        // A step that said so already does not say it twice.
        if self.zh.ends_with(&ending) && self.en.ends_with(&ending) {
            return self;
        }
        Words { zh: self.zh + &ending, en: self.en + &ending }
    }
}

/// A formula whose value is kept from 0 to the weight.
fn capped(formula: &str, value: Number, weight: Number) -> Words {
    if value > weight {
        return both(
            format!("{formula} = {value}，以权重 {weight} 为上限"),
            format!("{formula} = {value}, at most the weight of {weight}"),
        );
    }
    if value < Number::ZERO {
        return both(format!("{formula} = {value}，不低于 0"), format!("{formula} = {value}, not below 0"));
    }
    both(formula.to_owned(), formula.to_owned())
}

fn within_bounds(seen: &Seen<'_>, points: Number) -> Option<Words> {
    let measured = seen.measured?;
    Some(if points > Number::ZERO {
        both(
            format!("{measured} 符合要求，得满分"),
            format!("{measured} is within the bounds: the whole weight"),
        )
    } else {
        both(
            format!("{measured} 不符合要求，不得分"),
            format!("{measured} is not within the bounds: nothing"),
        )
    })
}

fn step(steps: &[Step], seen: &Seen<'_>) -> Option<Words> {
    let measured = seen.measured?;
    let weight = seen.weight;
    Some(match steps.iter().find(|step| measured >= step.from.value) {
        Some(Step { from, factor }) => both(
            format!("{measured} 达到 {} 一档：{weight} × {}", from.value, factor.value),
            format!("{measured} reaches the step of {}: {weight} × {}", from.value, factor.value),
        ),
        None => both(format!("{measured} 未达到最低一档"), format!("{measured} is below the lowest step")),
    })
}

fn inverse(full_at: Number, seen: &Seen<'_>) -> Option<Words> {
    let (measured, weight) = (seen.measured?, seen.weight);
    Some(if measured <= full_at {
        both(
            format!("{measured} 不高于 {full_at}，得满分"),
            format!("{measured} is not above {full_at}: the whole weight"),
        )
    } else {
        let formula = format!("{weight} × {full_at} / {measured}");
        both(formula.clone(), formula)
    })
}

/// Between which anchors the value lies, and what lies there.
fn curve(anchors: &[Anchor], between: Between, seen: &Seen<'_>) -> Option<Words> {
    let (measured, weight) = (seen.measured?, seen.weight);
    let place = anchors.iter().position(|anchor| anchor.at.value.number() >= measured);
    let single = |anchor: &Anchor, zh: &str, en: &str| {
        let (at, share) = (anchor.at.value, anchor.share.value);
        both(format!("{zh} {at}：{weight} × {share}"), format!("{en} {at}: {weight} × {share}"))
    };
    let Some(place) = place else {
        return Some(single(anchors.last()?, "高于最后一点", "beyond the last anchor, at"));
    };
    let next = anchors.get(place)?;
    if next.at.value.number() == measured {
        return Some(single(next, "正在", "just at"));
    }
    let Some(before) = place.checked_sub(1).and_then(|before| anchors.get(before)) else {
        return Some(single(next, "低于第一点", "before the first anchor, at"));
    };
    let (from, to) = (before.at.value, next.at.value);
    let (share, next_share) = (before.share.value, next.share.value);
    let (zh, en) = (format!("在 {from} 与 {to} 之间"), format!("between {from} and {to}"));
    if between == Between::Step {
        let lower = share.min(next_share);
        return Some(both(
            format!("{zh}，按较低一档：{weight} × {lower}"),
            format!("{en}, the lower one: {weight} × {lower}"),
        ));
    }
    // Of dates the days between them; of numbers the numbers themselves.
    let (along, width) = if matches!(from, Scale::Date(_)) || matches!(to, Scale::Date(_)) {
        let along = measured.checked_sub(from.number())?;
        (along.to_string(), to.number().checked_sub(from.number())?.to_string())
    } else {
        (format!("({measured} − {from})"), format!("({to} − {from})"))
    };
    let formula = format!("{weight} × ({share} + ({next_share} − {share}) × {along} / {width})");
    Some(both(format!("{zh}：{formula}"), format!("{en}: {formula}")))
}

fn band(bands: &[Band], seen: &Seen<'_>) -> Option<Words> {
    let measured = seen.measured?;
    let at = rules::band_at(bands, measured)?;
    let band = bands.get(at)?;
    let number = at.saturating_add(1);
    let (end_zh, end_en) = match (&band.up_to, at.checked_sub(1).and_then(|below| bands.get(below))) {
        (Some(up_to), _) if band.inclusive => {
            (format!("不高于 {}", up_to.value), format!("up to {}", up_to.value))
        }
        (Some(up_to), _) => (format!("低于 {}", up_to.value), format!("below {}", up_to.value)),
        (None, Some(Band { up_to: Some(below), .. })) => {
            (format!("{} 以上", below.value), format!("beyond {}", below.value))
        }
        (None, _) => ("全部".to_owned(), "all".to_owned()),
    };
    let (zh, en) = (
        format!("{measured} 在第 {number} 档（{end_zh}）"),
        format!("{measured} is in band {number} ({end_en})"),
    );
    Some(match &band.at_least {
        None => both(zh, en),
        // Of a target that weighs less there may be nothing to choose.
        Some(least) if least.value >= seen.weight => both(zh, en),
        Some(least) => {
            let (least, most) = (least.value, band.points.value.min(seen.weight));
            both(
                format!("{zh}，在 {least} 至 {most} 分之间由人评定"),
                format!("{en}; a person chose from {least} to {most}"),
            )
        }
    })
}

/// Units beyond, what they cost, and what is left.
fn deducted(rule: &Rule, seen: &Seen<'_>) -> Option<Vec<Words>> {
    let Rule::Deduct { each, per, from, side, counted, cap, floor } = rule else { return None };
    let measured = seen.measured?;
    let from = from.as_ref().map_or(Scale::Number(Number::ZERO), |from| from.value);
    let side = side.as_ref().map_or(Side::Above, |side| side.value);
    let beyond = measured.checked_sub(from.number())?;
    let signed = match side {
        Side::Above => beyond,
        Side::Below => -beyond,
        Side::Either => beyond.abs(),
    };
    let difference = match (from, side) {
        // A date is told as the days from it on.
        (Scale::Date(_), _) => signed.to_string(),
        (Scale::Number(from), Side::Above) if from.is_zero() => measured.to_string(),
        (Scale::Number(from), Side::Above) => format!("({measured} − {from})"),
        (Scale::Number(from), Side::Below) => format!("({from} − {measured})"),
        (Scale::Number(from), Side::Either) => format!("|{measured} − {from}|"),
    };
    let units = signed.max(Number::ZERO);
    let per = per.as_ref().map_or(Number::ONE, |per| per.value);
    let mut exact = both(difference.clone(), difference.clone());
    if per != Number::ONE {
        exact = both(format!("{difference} / {per}"), format!("{difference} / {per}"));
    }
    if signed < Number::ZERO {
        let none = both(
            format!("{} = {}，没有超出", exact.zh, signed.checked_div(per)?),
            format!("{} = {}: nothing beyond", exact.en, signed.checked_div(per)?),
        );
        let mut steps = vec![none.ends(Number::ZERO)];
        steps.extend(left(Number::ZERO, None, floor.as_ref().map(|floor| floor.value), seen.weight)?);
        return Some(steps);
    }
    let counted = counted.as_ref().map_or(Counted::InProportion, |counted| counted.value);
    let share = units.checked_div(per)?;
    let (lost, step) = match counted {
        Counted::InProportion => (
            units.checked_mul(each.value)?.checked_div(per)?,
            both(format!("{} × {}", exact.zh, each.value), format!("{} × {}", exact.en, each.value)),
        ),
        Counted::Begun | Counted::Whole => {
            let (whole, zh, en) = if counted == Counted::Begun {
                (share.ceil(), "不足一档按一档", "one that has begun counts whole")
            } else {
                (share.floor(), "不足一档不计", "only whole ones count")
            };
            (
                whole.checked_mul(each.value)?,
                both(
                    format!("{} = {share}，{zh}：{whole} × {}", exact.zh, each.value),
                    format!("{} = {share}, {en}: {whole} × {}", exact.en, each.value),
                ),
            )
        }
    };
    let mut steps = vec![step.ends(lost)];
    let (cap, floor) = (cap.as_ref().map(|cap| cap.value), floor.as_ref().map(|floor| floor.value));
    steps.extend(left(lost, cap, floor, seen.weight)?);
    Some(steps)
}

/// What is left of a weight: less what was lost, at most the cap, at least the floor.
fn left(lost: Number, cap: Option<Number>, floor: Option<Number>, weight: Number) -> Option<Vec<Words>> {
    let mut steps = Vec::new();
    let mut lost = lost;
    if let Some(cap) = cap.filter(|cap| *cap < lost) {
        steps.push(both(format!("最多扣 {cap} 分"), format!("at most {cap} less")).ends(cap));
        lost = cap;
    }
    let left = weight.checked_sub(lost)?;
    let least = floor.unwrap_or(Number::ZERO).max(Number::ZERO);
    let formula = format!("{weight} − {lost}");
    steps.push(if left < least {
        both(format!("{formula} = {left}，最低 {least} 分"), format!("{formula} = {left}, at least {least}"))
    } else {
        both(formula.clone(), formula)
    });
    Some(steps)
}

fn by_person(by_coefficient: bool, seen: &Seen<'_>) -> Option<Words> {
    let weight = seen.weight;
    if let Some(coefficient) = seen.coefficient.filter(|_| by_coefficient) {
        return Some(both(
            format!("人工评定系数：{weight} × {coefficient}"),
            format!("a person's coefficient: {weight} × {coefficient}"),
        ));
    }
    Some(match seen.judged.filter(|_| !by_coefficient) {
        Some(points) => capped_words("人工评定", "judged by a person", points, weight),
        None => capped_words(
            "尚未评定，以自评为准",
            "not judged yet, the self-score stands",
            seen.self_score?,
            weight,
        ),
    })
}

/// Points that somebody gave, kept from 0 to the weight.
fn capped_words(zh: &str, en: &str, points: Number, weight: Number) -> Words {
    if points > weight {
        return both(
            format!("{zh} {points} 分，以权重 {weight} 为上限"),
            format!("{en}: {points}, at most the weight of {weight}"),
        );
    }
    both(zh.to_owned(), en.to_owned())
}

fn level(levels: &[Level], seen: &Seen<'_>) -> Option<Words> {
    let reached = seen.level?;
    let level = levels.iter().find(|level| rules::is_called(level, reached))?;
    let (name, weight, to) = (&level.name, seen.weight, level.to.value);
    let name_en = name.en.as_ref().unwrap_or(&name.zh);
    let most = weight.checked_mul(to)?;
    Some(match &level.from {
        Some(from) if from.value != to && !weight.is_zero() => {
            let least = weight.checked_mul(from.value)?;
            both(
                format!(
                    "等次“{}”：{weight} × {} 至 {weight} × {to}，即 {least} 至 {most} 分之间由人评定",
                    name.zh, from.value
                ),
                format!(
                    "level {name_en}: a person chose from {weight} × {} to {weight} × {to}, which is {least} to {most}",
                    from.value
                ),
            )
        }
        _ => both(format!("等次“{}”：{weight} × {to}", name.zh), format!("level {name_en}: {weight} × {to}")),
    })
}

fn checklist(items: &[Item], seen: &Seen<'_>) -> Words {
    let answer = |item: &Item| {
        let answer = seen.answers.get(&item.item);
        answer.and_then(rules::answered).map(|answer| answer == Number::ONE)
    };
    let is_gate = |item: &&Item| item.gate.as_ref().is_some_and(|gate| gate.value);
    if let Some(gate) = items.iter().filter(is_gate).find(|item| answer(item) == Some(false)) {
        let name_en = gate.name.en.as_ref().unwrap_or(&gate.name.zh);
        return both(format!("缺少“{}”，不得分", gate.name.zh), format!("{name_en} is not there: nothing"));
    }
    let there: Vec<_> = items.iter().filter(|item| answer(item) == Some(true)).collect();
    if !items.iter().all(|item| item.points.is_some()) {
        let formula = format!("{} × {} / {}", seen.weight, there.len(), items.len());
        return both(
            format!("{} 项中有 {} 项：{formula}", items.len(), there.len()),
            format!("{} of {} are there: {formula}", there.len(), items.len()),
        );
    }
    let each = there.iter().filter_map(|item| {
        let points = item.points.as_ref()?.value;
        let name_en = item.name.en.as_ref().unwrap_or(&item.name.zh);
        Some(both(format!("{} {points}", item.name.zh), format!("{name_en} {points}")))
    });
    let all = Words::joined(each, " + ", " + ");
    if there.is_empty() {
        return both("一项也没有".to_owned(), "none is there".to_owned());
    }
    let sum: Number = there.iter().filter_map(|item| Some(item.points.as_ref()?.value)).sum();
    if sum > seen.weight {
        let weight = seen.weight;
        return both(
            format!("{} = {sum}，以权重 {weight} 为上限", all.zh),
            format!("{} = {sum}, at most the weight of {weight}", all.en),
        );
    }
    all
}

fn case(cases: &[Case], seen: &Seen<'_>, terms: &Terms<'_>) -> Words {
    let found = cases.iter().enumerate().find(|(_, case)| rules::holds(&case.when, seen) == Holds::Yes);
    match found {
        Some((at, case)) => {
            let number = at.saturating_add(1);
            let Words { zh, en } = terms.with_values(&case.when, seen);
            both(format!("情形 {number} 成立：{zh}"), format!("case {number} holds: {en}"))
        }
        None => both("各情形均不成立".to_owned(), "no case holds".to_owned()),
    }
}

/// What gates left of points; each gate that holds and leaves less than the rule gave is a step.
pub(super) fn by_gates(
    gates: &[Gate],
    points: Number,
    seen: &Seen<'_>,
    terms: &Terms<'_>,
) -> Option<(Vec<Words>, Number)> {
    let Outcome::Points(left) = rules::gated(gates, points, seen) else { return None };
    let mut steps = Vec::new();
    let mut now = points;
    for gate in gates.iter().filter(|gate| gate.at_most.value < points) {
        if rules::holds(&gate.when, seen) != Holds::Yes {
            continue;
        }
        let most = gate.at_most.value;
        now = now.min(most);
        let Words { zh, en } = terms.with_values(&gate.when, seen);
        steps.push(
            both(format!("限制：{zh}，最多 {most} 分"), format!("gate: {en}, at most {most}")).ends(now),
        );
    }
    Some((steps, left))
}
