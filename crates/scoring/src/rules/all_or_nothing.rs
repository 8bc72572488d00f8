//! The weight within the thresholds, else nothing.

use jixiao_events::Number;
use jixiao_events::scheme::Parameter;

use super::Words;

/// The weight where the value reaches both thresholds. Without any, as for a target: nothing, since a target that is
/// met never asks.
pub(super) fn points(
    at_least: Option<&Parameter<Number>>,
    at_most: Option<&Parameter<Number>>,
    weight: Number,
    measured: Number,
) -> Number {
    let is_bounded = at_least.is_some() || at_most.is_some();
    let is_enough = at_least.is_none_or(|bound| measured >= bound.value);
    let is_little = at_most.is_none_or(|bound| measured <= bound.value);
    if is_bounded && is_enough && is_little { weight } else { Number::ZERO }
}

pub(super) fn words(at_least: Option<&Parameter<Number>>, at_most: Option<&Parameter<Number>>) -> Words {
    let (zh, en) = match (at_least, at_most) {
        (None, None) => ("达到目标".to_owned(), "met".to_owned()),
        (Some(low), None) => (format!("不低于 {}", low.value), format!("at least {}", low.value)),
        (None, Some(high)) => (format!("不高于 {}", high.value), format!("at most {}", high.value)),
        (Some(low), Some(high)) => (
            format!("在 {} 至 {} 之间", low.value, high.value),
            format!("from {} to {}", low.value, high.value),
        ),
    };
    Words {
        zh: format!("{zh}得满分，否则不得分"), en: format!("the whole weight when {en}, else nothing")
    }
}
