//! The weight less so much for each finding.

use jixiao_events::Number;
use jixiao_events::scheme::Parameter;

use super::Words;

/// weight − min(count × each, cap), at least the floor.
pub(super) fn points(
    each: Number,
    cap: Option<&Parameter<Number>>,
    floor: Option<&Parameter<Number>>,
    weight: Number,
    measured: Number,
) -> Option<Number> {
    let lost = measured.max(Number::ZERO).checked_mul(each)?;
    let lost = cap.map_or(lost, |cap| lost.min(cap.value));
    let left = weight.checked_sub(lost)?;
    Some(floor.map_or(left, |floor| left.max(floor.value)))
}

pub(super) fn words(
    each: Number,
    cap: Option<&Parameter<Number>>,
    floor: Option<&Parameter<Number>>,
) -> Words {
    let cap_zh = cap.map(|cap| format!("，最多扣 {} 分", cap.value)).unwrap_or_default();
    let cap_en = cap.map(|cap| format!(", at most {} less", cap.value)).unwrap_or_default();
    let floor_zh = floor.map(|floor| format!("，最低 {} 分", floor.value)).unwrap_or_default();
    let floor_en = floor.map(|floor| format!(", at least {} left", floor.value)).unwrap_or_default();
    Words {
        zh: format!("每发现一项扣 {each} 分{cap_zh}{floor_zh}"),
        en: format!("{each} less for each finding{cap_en}{floor_en}"),
    }
}
