//! Points in proportion, at most the weight.

use jixiao_events::Number;

use super::Words;

/// weight × measured / `full_at`; capped by the caller. The product first: one division, one rounding in the 28th digit.
pub(super) fn points(full_at: Number, weight: Number, measured: Number) -> Option<Number> {
    weight.checked_mul(measured)?.checked_div(full_at)
}

pub(super) fn words(full_at: Number, unit: Option<&str>) -> Words {
    let Words { zh, en } = Words::amount(full_at, unit);
    Words {
        zh: format!("按比例得分，达到 {zh}得满分"),
        en: format!("in proportion, the whole weight from {en} on"),
    }
}
