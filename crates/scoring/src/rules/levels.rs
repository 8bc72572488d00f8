//! A level in words, each with the points that it allows.

use jixiao_events::Number;
use jixiao_events::scheme::Level;

use super::{Described, Outcome, Seen, Words, chosen};

/// The points of the level that was reached, a person's within them where it allows several.
pub(super) fn outcome(levels: &[Level], seen: &Seen<'_>) -> Outcome {
    match allowed(levels, seen) {
        None => Outcome::Awaits,
        Some(range) => chosen(seen.judged, range),
    }
}

/// The least and the most points of the level that was reached; `None` while none of them was.
pub(super) fn allowed(levels: &[Level], seen: &Seen<'_>) -> Option<(Number, Number)> {
    let reached = seen.level?;
    let level = levels.iter().find(|level| is_called(level, reached))?;
    let most = seen.weight.checked_mul(level.to.value)?;
    let least = level.from.as_ref().map_or(Some(most), |from| seen.weight.checked_mul(from.value))?;
    Some((least, most))
}

/// Whether a level is meant by some words: its own, or its name.
pub fn is_called(level: &Level, words: &str) -> bool {
    let words = words.trim();
    level.level == words || level.name.zh == words || level.name.en.as_deref() == Some(words)
}

pub(super) fn parameters(levels: &[Level]) -> Vec<Described> {
    let of_level = |level: &Level| {
        let from = level.from.iter().map(|from| Described::new(format!("{}.from", level.level), from));
        from.chain([Described::new(format!("{}.to", level.level), &level.to)]).collect::<Vec<_>>()
    };
    levels.iter().flat_map(of_level).collect()
}

pub(super) fn words(levels: &[Level]) -> Words {
    let each = levels.iter().map(|level| {
        let to = level.to.value;
        let name_en = level.name.en.as_ref().unwrap_or(&level.name.zh);
        match &level.from {
            Some(from) => Words {
                zh: format!("{}得权重的 {} 至 {to} 倍", level.name.zh, from.value),
                en: format!("{name_en}: {} to {to} of it", from.value),
            },
            None => Words {
                zh: format!("{}得权重的 {to} 倍", level.name.zh),
                en: format!("{name_en}: {to} of it"),
            },
        }
    });
    let Words { zh, en } = Words::joined(each, "，", ", ");
    Words { zh: format!("按等次：{zh}"), en: format!("by level, of the weight: {en}") }
}
