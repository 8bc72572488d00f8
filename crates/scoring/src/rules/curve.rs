//! Anchors: the share of the weight at given values, and what lies between them.

use jixiao_events::Number;
use jixiao_events::scheme::{Anchor, Between, Parameter};

use super::{Described, Words};

/// The weight times the share at a value. In proportion: share + (value − at) × (next share − share) / (next at − at),
/// the product first, one division. By steps: the lower share of the two anchors around it. Before the first anchor and
/// after the last the share stays. `None` without an anchor, which no scheme that was checked has.
pub(super) fn points(
    anchors: &[Anchor],
    between: Between,
    weight: Number,
    measured: Number,
) -> Option<Number> {
    let after = anchors.iter().position(|anchor| anchor.at.value.number() >= measured);
    let (before, next) = match after {
        None => (anchors.last()?, None),
        Some(0) => (anchors.first()?, None),
        Some(after) => {
            let next = anchors.get(after)?;
            // Just on an anchor, the anchor's share.
            if next.at.value.number() == measured {
                (next, None)
            } else {
                (anchors.get(after.checked_sub(1)?)?, Some(next))
            }
        }
    };
    let share = before.share.value;
    let Some(next) = next else {
        return weight.checked_mul(share);
    };
    match between {
        Between::Step => weight.checked_mul(share.min(next.share.value)),
        Between::Linear => {
            let (from, to) = (before.at.value.number(), next.at.value.number());
            let rise = next.share.value.checked_sub(share)?;
            let along = measured.checked_sub(from)?;
            // weight × (share × (to − from) + rise × along) / (to − from)
            let width = to.checked_sub(from)?;
            let risen = share.checked_mul(width)?.checked_add(rise.checked_mul(along)?)?;
            weight.checked_mul(risen)?.checked_div(width)
        }
    }
}

pub(super) fn parameters(anchors: &[Anchor], between: &Parameter<Between>) -> Vec<Described> {
    let of_anchor = |(at, anchor): (usize, &Anchor)| {
        [
            Described::new(format!("anchors[{at}].at"), &anchor.at),
            Described::new(format!("anchors[{at}].share"), &anchor.share),
        ]
    };
    let anchors = anchors.iter().enumerate().flat_map(of_anchor);
    anchors.chain([Described::word("between", between)]).collect()
}

pub(super) fn words(anchors: &[Anchor], between: Between) -> Words {
    let each = anchors.iter().map(|Anchor { at, share }| Words {
        zh: format!("{} 得权重的 {} 倍", at.value, share.value),
        en: format!("{} of it at {}", share.value, at.value),
    });
    let Words { zh, en } = Words::joined(each, "，", ", ");
    let (between_zh, between_en) = match between {
        Between::Linear => ("其间按直线内插", "in proportion between them"),
        Between::Step => ("其间按较低一档", "the lower one between them"),
    };
    Words { zh: format!("{zh}；{between_zh}"), en: format!("of the weight {en}; {between_en}") }
}
