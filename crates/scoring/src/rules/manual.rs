//! A person's points with a reason.

use jixiao_events::Number;
use jixiao_events::scheme::Parameter;

use super::{Outcome, Seen, Words, within};

/// The weight times a person's coefficient, or a person's points; else the self-score where that stands.
pub(super) fn outcome(
    self_score_stands: bool,
    coefficient: Option<&Parameter<bool>>,
    seen: &Seen<'_>,
) -> Outcome {
    let judged = match coefficient {
        Some(by_coefficient) if by_coefficient.value => {
            seen.coefficient.and_then(|coefficient| seen.weight.checked_mul(coefficient))
        }
        _ => seen.judged,
    };
    manual_points(self_score_stands, seen.weight, judged, seen.self_score)
        .map_or(Outcome::Awaits, Outcome::Points)
}

/// A person's points, else the self-score where that stands, from 0 to the weight; `None` while a person has to judge.
pub fn manual_points(
    self_score_stands: bool,
    weight: Number,
    judged: Option<Number>,
    self_score: Option<Number>,
) -> Option<Number> {
    judged.or(self_score.filter(|_| self_score_stands)).map(|points| within(points, weight))
}

pub(super) fn words(self_score_stands: bool, coefficient: Option<&Parameter<bool>>) -> Words {
    let (zh, en) = if self_score_stands {
        ("，评定之前以自评分为准，不超过权重", "; until then the self-score stands, at most the weight")
    } else {
        ("", "")
    };
    let (what_zh, what_en) = match coefficient {
        Some(by_coefficient) if by_coefficient.value => (
            "人工评定系数（0 至 1）并说明理由，得分 = 权重 × 系数",
            "the weight times a person's coefficient, 0 to 1, with its reason",
        ),
        _ => ("人工评定并说明理由", "a person's judgement with its reason"),
    };
    Words { zh: format!("{what_zh}{zh}"), en: format!("{what_en}{en}") }
}
