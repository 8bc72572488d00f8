//! Lower is better: the weight times full / measured.

use jixiao_events::Number;

use super::Words;

/// weight × `full_at` / measured; the weight up to `full_at`. The product first: one division.
pub(super) fn points(full_at: Number, weight: Number, measured: Number) -> Option<Number> {
    if measured <= full_at { Some(weight) } else { weight.checked_mul(full_at)?.checked_div(measured) }
}

pub(super) fn words(full_at: Number) -> Words {
    Words {
        zh: format!("不高于 {full_at} 得满分，超过时得分 = 权重 × {full_at} / 实测值"),
        en: format!("the whole weight up to {full_at}, beyond it the weight × {full_at} / measured"),
    }
}
