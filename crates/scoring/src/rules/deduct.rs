//! The weight less so much for every so many units beyond a value.

use jixiao_events::Number;
use jixiao_events::scheme::{Counted, Rule, Side};

use super::{Described, Words};

/// weight − min(units / per × each, cap), at least the floor; units are those beyond `from` on the side that counts.
/// In proportion the product comes first: one division.
pub(super) fn points(rule: &Rule, weight: Number, measured: Number) -> Option<Number> {
    let Rule::Deduct { each, per, from, side, counted, cap, floor } = rule else {
        return None;
    };
    let from = from.as_ref().map_or(Number::ZERO, |from| from.value.number());
    let beyond = measured.checked_sub(from)?;
    let units = match side.as_ref().map_or(Side::Above, |side| side.value) {
        Side::Above => beyond,
        Side::Below => -beyond,
        Side::Either => beyond.abs(),
    }
    .max(Number::ZERO);
    let per = per.as_ref().map_or(Number::ONE, |per| per.value);
    let lost = match counted.as_ref().map_or(Counted::InProportion, |counted| counted.value) {
        Counted::InProportion => units.checked_mul(each.value)?.checked_div(per)?,
        Counted::Whole => units.checked_div(per)?.floor().checked_mul(each.value)?,
        Counted::Begun => units.checked_div(per)?.ceil().checked_mul(each.value)?,
    };
    let lost = cap.as_ref().map_or(lost, |cap| lost.min(cap.value));
    let left = weight.checked_sub(lost)?;
    Some(floor.as_ref().map_or(left, |floor| left.max(floor.value)))
}

pub(super) fn parameters(rule: &Rule) -> Vec<Described> {
    let Rule::Deduct { each, per, from, side, counted, cap, floor } = rule else {
        return Vec::new();
    };
    let all = [
        Some(Described::new("each", each)),
        per.as_ref().map(|per| Described::new("per", per)),
        from.as_ref().map(|from| Described::new("from", from)),
        side.as_ref().map(|side| Described::word("side", side)),
        counted.as_ref().map(|counted| Described::word("counted", counted)),
        cap.as_ref().map(|cap| Described::new("cap", cap)),
        floor.as_ref().map(|floor| Described::new("floor", floor)),
    ];
    all.into_iter().flatten().collect()
}

pub(super) fn words(rule: &Rule) -> Words {
    let Rule::Deduct { each, per, from, side, counted, cap, floor } = rule else {
        return Words { zh: String::new(), en: String::new() };
    };
    let each = each.value;
    let from = from.as_ref().map_or_else(|| "0".to_owned(), |from| from.value.to_string());
    let per = per.as_ref().map_or(Number::ONE, |per| per.value);
    let (side_zh, side_en) = match side.as_ref().map_or(Side::Above, |side| side.value) {
        Side::Above => ("高于", "above"),
        Side::Below => ("低于", "below"),
        Side::Either => ("偏离", "off"),
    };
    let (counted_zh, counted_en) =
        match counted.as_ref().map_or(Counted::InProportion, |counted| counted.value) {
            Counted::InProportion => ("按比例", "in proportion"),
            Counted::Begun => ("不足一档按一档", "one that has begun counted whole"),
            Counted::Whole => ("不足一档不计", "only whole ones counted"),
        };
    let cap_zh = cap.as_ref().map(|cap| format!("，最多扣 {} 分", cap.value)).unwrap_or_default();
    let cap_en = cap.as_ref().map(|cap| format!(", at most {} less", cap.value)).unwrap_or_default();
    let floor_zh = floor.as_ref().map(|floor| format!("，最低 {} 分", floor.value)).unwrap_or_default();
    let floor_en = floor.as_ref().map(|floor| format!(", at least {} left", floor.value)).unwrap_or_default();
    Words {
        zh: format!("{side_zh} {from} 每 {per} 扣 {each} 分（{counted_zh}）{cap_zh}{floor_zh}"),
        en: format!("{each} less for every {per} {side_en} {from}, {counted_en}{cap_en}{floor_en}"),
    }
}
