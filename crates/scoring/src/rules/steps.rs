//! Fixed partial steps: the factor of the highest step reached.

use jixiao_events::Number;
use jixiao_events::scheme::Step;

use super::{Described, Words};

/// The weight times the factor of the highest step that the percentage reaches; 0 below the lowest.
pub(super) fn points(steps: &[Step], weight: Number, measured: Number) -> Option<Number> {
    match steps.iter().find(|step| measured >= step.from.value) {
        Some(step) => weight.checked_mul(step.factor.value),
        None => Some(Number::ZERO),
    }
}

pub(super) fn parameters(steps: &[Step]) -> Vec<Described> {
    let of_step = |(at, step): (usize, &Step)| {
        [
            Described::new(format!("steps[{at}].from"), &step.from),
            Described::new(format!("steps[{at}].factor"), &step.factor),
        ]
    };
    steps.iter().enumerate().flat_map(of_step).collect()
}

pub(super) fn words(steps: &[Step], unit: Option<&str>) -> Words {
    let each = steps.iter().map(|step| {
        let Words { zh, en } = Words::amount(step.from.value, unit);
        let factor = step.factor.value;
        Words {
            zh: format!("达到 {zh}及以上得权重的 {factor} 倍；"),
            en: format!("{factor} of it from {en} on; "),
        }
    });
    let Words { zh, en } = Words::joined(each, "", "");
    Words {
        zh: format!("达到目标得满分；{zh}其余不得分"),
        en: format!("the whole weight when met; {en}else nothing"),
    }
}
