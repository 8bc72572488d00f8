//! A person's points with a reason.

use jixiao_events::Number;

use super::{Words, within};

/// A person's points, else the self-score where that stands, from 0 to the weight; `None` while a person has to judge.
pub fn manual_points(
    self_score_stands: bool,
    weight: Number,
    judged: Option<Number>,
    self_score: Option<Number>,
) -> Option<Number> {
    judged.or(self_score.filter(|_| self_score_stands)).map(|points| within(points, weight))
}

pub(super) fn words(self_score_stands: bool) -> Words {
    let (zh, en) = if self_score_stands {
        ("，评定之前以自评分为准，不超过权重", "; until then the self-score stands, at most the weight")
    } else {
        ("", "")
    };
    Words {
        zh: format!("人工评定并说明理由{zh}"), en: format!("a person's judgement with its reason{en}")
    }
}
