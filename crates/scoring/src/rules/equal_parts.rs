//! A number of points in equal parts.

use jixiao_events::Number;

/// Points in so many equal parts of so many decimals at most, which add up to the points exactly: what is left after
/// rounding down goes to the first parts, a unit of the last decimal each. Points with more decimals than the parts may
/// have leave a rest below one unit, which the first part has.
pub fn equal_parts(points: Number, count: usize, decimals: u32) -> Vec<Number> {
    let Some(parts) = i64::try_from(count).ok().filter(|count| *count > 0).map(Number::from) else {
        return Vec::new();
    };
    let unit = Number::unit(decimals);
    let whole = points.checked_div(unit).map_or(Number::ZERO, Number::floor);
    let each = whole.checked_div(parts).map_or(Number::ZERO, Number::floor);
    let one_more = whole - each.checked_mul(parts).unwrap_or_default();
    let mut left = points;
    let mut all: Vec<_> = (0..count)
        .map(|place| {
            let is_more = i64::try_from(place).is_ok_and(|place| Number::from(place) < one_more);
            let part = if is_more { each + Number::ONE } else { each };
            let part = part.checked_mul(unit).unwrap_or_default();
            left = left - part;
            part
        })
        .collect();
    if let Some(first) = all.first_mut() {
        *first += left;
    }
    all
}
