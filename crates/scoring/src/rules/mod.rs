//! How what is known of an indicator becomes points. One file a kind of rule.
//!
//! | rule | sees | points |
//! | --- | --- | --- |
//! | all or nothing | a value | the weight within the thresholds, else 0 |
//! | steps | a percentage | the weight times the factor of the highest step reached, else 0 |
//! | pro rata | a percentage | the weight times measured / full, at most the weight |
//! | inverse ratio | a value | the weight times full / measured, at most the weight |
//! | curve | a value | the weight times the share at its place between anchors |
//! | bands | a value | those of the band that holds it, or a person's within the band's |
//! | deduct, deduct per finding | a value | the weight less so much for each unit |
//! | cases | values | those of the first case whose conditions hold |
//! | checklist | answers | those of what is there, none without a gate |
//! | levels | a level | those that the level allows, a person's within them |
//! | manual | nothing | a person's, or the self-score where that stands |
//!
//! A target that is met has its whole weight whatever the rule; the rule says what one earns that is not.

mod all_or_nothing;
mod bands;
mod cases;
mod checklist;
mod curve;
mod deduct;
mod deduct_per_finding;
mod equal_parts;
mod inverse_ratio;
mod levels;
mod manual;
mod pro_rata;
mod steps;

use std::collections::BTreeMap;

use jixiao_events::Number;
use jixiao_events::scheme::{Answer, Basis, Condition, Gate, Measure, Rule, Scheme, Term};

pub(crate) use bands::band_at;
pub use equal_parts::equal_parts;
pub use levels::is_called;
pub use manual::manual_points;

/// Decimals that points are kept to where a scheme states no rounding. Sums of such points stay exact, so that they
/// come out the same in whatever order they are added.
pub const EXACT_DECIMALS: u32 = 12;

/// Decimals that points of a measured value have before they are rounded: far more than any rounding has, and fewer than
/// what a quotient that was cut at 28 digits may be wrong by.
const UNCUT_DECIMALS: u32 = 20;

/// What a rule sees.
pub struct Seen<'a> {
    /// The weight in points.
    pub weight: Number,
    /// What was measured; `None` where there is no value.
    pub measured: Option<Number>,
    /// A person's points.
    pub judged: Option<Number>,
    /// A person's coefficient.
    pub coefficient: Option<Number>,
    /// What the unit gave itself.
    pub self_score: Option<Number>,
    /// The level that was reached, in words.
    pub level: Option<&'a str>,
    /// A person's answers.
    pub answers: &'a BTreeMap<String, Answer>,
    /// A figure of the fund.
    pub figure: &'a dyn Fn(Measure) -> Option<Number>,
}

/// What a rule makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Points, from 0 to the weight, unrounded.
    Points(Number),
    /// A person has to judge, or to answer.
    Awaits,
    /// There is no value to go by, or a product leaves the decimal range.
    NoValue,
}

impl Outcome {
    /// The points, if there are any.
    pub fn points(self) -> Option<Number> {
        match self {
            Self::Points(points) => Some(points),
            Self::Awaits | Self::NoValue => None,
        }
    }
}

/// The points by a rule.
pub fn outcome(rule: &Rule, seen: &Seen<'_>) -> Outcome {
    let found = match rule {
        Rule::Manual { self_score_stands, coefficient } => {
            return manual::outcome(self_score_stands.value, coefficient.as_ref(), seen);
        }
        Rule::Levels { levels } => return levels::outcome(levels, seen),
        Rule::Checklist { items } => return checklist::outcome(items, seen),
        Rule::Cases { cases, otherwise } => return cases::outcome(cases, otherwise.value, seen),
        Rule::Bands { bands } => return bands::outcome(bands, seen),
        Rule::AllOrNothing { .. }
        | Rule::Steps { .. }
        | Rule::ProRata { .. }
        | Rule::InverseRatio { .. }
        | Rule::Curve { .. }
        | Rule::Deduct { .. }
        | Rule::DeductPerFinding { .. } => {
            seen.measured.and_then(|measured| points(rule, seen.weight, measured))
        }
    };
    found.map_or(Outcome::NoValue, Outcome::Points)
}

/// The points for a measured value, from 0 to the weight, unrounded. `None` for a rule that needs more than a value, and
/// where a product leaves the decimal range.
pub fn points(rule: &Rule, weight: Number, measured: Number) -> Option<Number> {
    let points = match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            Some(all_or_nothing::points(at_least.as_ref(), at_most.as_ref(), weight, measured))
        }
        Rule::Steps { steps } => steps::points(steps, weight, measured),
        Rule::ProRata { full_at } => pro_rata::points(full_at.value, weight, measured),
        Rule::InverseRatio { full_at } => inverse_ratio::points(full_at.value, weight, measured),
        Rule::Curve { anchors, between } => curve::points(anchors, between.value, weight, measured),
        Rule::Bands { bands } => {
            bands::band(bands, measured).filter(|band| band.at_least.is_none()).map(|band| band.points.value)
        }
        Rule::DeductPerFinding { each, cap, floor } => {
            deduct_per_finding::points(each.value, cap.as_ref(), floor.as_ref(), weight, measured)
        }
        Rule::Deduct { .. } => deduct::points(rule, weight, measured),
        Rule::Manual { .. } | Rule::Levels { .. } | Rule::Checklist { .. } | Rule::Cases { .. } => None,
    }?;
    Some(within(uncut(points), weight))
}

/// The points that a rule allows a person to give, from the least to the most; `None` where none are asked for.
pub fn allowed(rule: &Rule, seen: &Seen<'_>) -> Option<(Number, Number)> {
    match rule {
        Rule::Manual { coefficient, .. } => {
            let is_by_points = coefficient.as_ref().is_none_or(|by_coefficient| !by_coefficient.value);
            is_by_points.then_some((Number::ZERO, seen.weight))
        }
        Rule::Levels { levels } => levels::allowed(levels, seen),
        Rule::Bands { bands } => bands::allowed(bands, seen),
        Rule::AllOrNothing { .. }
        | Rule::Steps { .. }
        | Rule::ProRata { .. }
        | Rule::InverseRatio { .. }
        | Rule::Curve { .. }
        | Rule::Deduct { .. }
        | Rule::DeductPerFinding { .. }
        | Rule::Checklist { .. }
        | Rule::Cases { .. } => None,
    }
}

/// Whether conditions all hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// All of them do.
    Yes,
    /// One does not, whatever the others are.
    No,
    /// None is known not to hold, and one waits for an answer.
    Awaits,
    /// None is known not to hold, and one has no value.
    NoValue,
}

/// Whether conditions all hold of what is seen.
pub fn holds(when: &[Condition], seen: &Seen<'_>) -> Holds {
    let mut all = Holds::Yes;
    for Condition { left, op, right } in when {
        match (value_of(left, seen), value_of(right, seen)) {
            (Ok(left), Ok(right)) if op.holds(left, right) => {}
            (Ok(_), Ok(_)) => return Holds::No,
            (Err(missing), _) | (_, Err(missing)) => {
                if all != Holds::Awaits {
                    all = missing;
                }
            }
        }
    }
    all
}

/// The value of a term; what it waits for, or that there is none.
pub(crate) fn value_of(term: &Term, seen: &Seen<'_>) -> Result<Number, Holds> {
    match term {
        Term::Value {} => seen.measured.ok_or(Holds::NoValue),
        Term::Number { number } => Ok(*number),
        Term::Measure { measure } => (seen.figure)(*measure).ok_or(Holds::NoValue),
        Term::Answer { node: None, ask } => seen.answers.get(ask).and_then(answered).ok_or(Holds::Awaits),
        // No scheme that was checked asks another indicator here, or for the total.
        Term::Answer { node: Some(_), .. } | Term::Total {} => Err(Holds::NoValue),
    }
}

/// An answer as a number: yes is 1, no 0, a date its day; `None` for a survey.
pub fn answered(answer: &Answer) -> Option<Number> {
    match answer {
        Answer::Number { value } => Some(*value),
        Answer::Date { date } => Some(date.day_number()),
        Answer::YesNo { yes } => Some(if *yes { Number::ONE } else { Number::ZERO }),
        Answer::Survey { .. } => None,
    }
}

/// What is left of points behind the gates that apply. `Awaits` or `NoValue` while it is not known whether one does.
pub fn gated(gates: &[Gate], points: Number, seen: &Seen<'_>) -> Outcome {
    let mut left = points;
    for gate in gates.iter().filter(|gate| gate.at_most.value < points) {
        match holds(&gate.when, seen) {
            Holds::Yes => left = left.min(gate.at_most.value),
            Holds::No => {}
            Holds::Awaits => return Outcome::Awaits,
            Holds::NoValue => return Outcome::NoValue,
        }
    }
    Outcome::Points(left)
}

/// Points as they are kept: rounded half up, once, to the scheme's decimals.
pub fn rounded(scheme: &Scheme, points: Number) -> Number {
    points.round_half_up(decimals(scheme))
}

/// The decimals that a scheme's points are rounded to.
pub fn decimals(scheme: &Scheme) -> u32 {
    scheme.decimals.as_ref().map_or(EXACT_DECIMALS, |decimals| decimals.value.min(EXACT_DECIMALS))
}

/// A parameter of a rule, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// What it is: `steps[0].from`.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it rests on.
    pub basis: Basis,
    /// Where it is from.
    pub source: Option<String>,
}

impl Described {
    /// A parameter under a key.
    pub fn new<T: ToString>(key: impl Into<String>, parameter: &jixiao_events::scheme::Parameter<T>) -> Self {
        let value = parameter.value.to_string();
        Self { key: key.into(), value, basis: parameter.basis, source: parameter.source.clone() }
    }

    /// A parameter whose value is one of some words.
    pub fn word<T: Copy + Into<&'static str>>(
        key: impl Into<String>,
        parameter: &jixiao_events::scheme::Parameter<T>,
    ) -> Self {
        let value = parameter.value.into().to_owned();
        Self { key: key.into(), value, basis: parameter.basis, source: parameter.source.clone() }
    }
}

/// The parameters of a rule, in the order of the file.
pub fn parameters(rule: &Rule) -> Vec<Described> {
    match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            let at_least = at_least.iter().map(|value| Described::new("at_least", value));
            at_least.chain(at_most.iter().map(|value| Described::new("at_most", value))).collect()
        }
        Rule::Steps { steps } => steps::parameters(steps),
        Rule::ProRata { full_at } | Rule::InverseRatio { full_at } => {
            vec![Described::new("full_at", full_at)]
        }
        Rule::Curve { anchors, between } => curve::parameters(anchors, between),
        Rule::Bands { bands } => bands::parameters(bands),
        Rule::DeductPerFinding { each, cap, floor } => {
            let each = std::iter::once(Described::new("each", each));
            let cap = cap.iter().map(|value| Described::new("cap", value));
            each.chain(cap).chain(floor.iter().map(|value| Described::new("floor", value))).collect()
        }
        Rule::Deduct { .. } => deduct::parameters(rule),
        Rule::Manual { self_score_stands, coefficient } => {
            let stands = Described::new("self_score_stands", self_score_stands);
            let coefficient = coefficient.iter().map(|value| Described::new("coefficient", value));
            std::iter::once(stands).chain(coefficient).collect()
        }
        Rule::Levels { levels } => levels::parameters(levels),
        Rule::Checklist { items } => checklist::parameters(items),
        Rule::Cases { cases, otherwise } => cases::parameters(cases, otherwise),
    }
}

/// A rule in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// Parts, with what stands between them in each language.
    pub fn joined(parts: impl IntoIterator<Item = Self>, zh: &str, en: &str) -> Self {
        let (all_zh, all_en): (Vec<_>, Vec<_>) = parts.into_iter().map(|words| (words.zh, words.en)).unzip();
        Self { zh: all_zh.join(zh), en: all_en.join(en) }
    }

    /// A number with its unit, % or another; in Chinese with a space behind it where one belongs there.
    fn amount(number: Number, unit: Option<&str>) -> Self {
        match unit {
            Some("%") => Self { zh: format!("{number}% "), en: format!("{number} %") },
            Some(unit) => Self { zh: format!("{number} {unit}"), en: format!("{number} {unit}") },
            None => Self { zh: format!("{number} "), en: number.to_string() },
        }
    }
}

/// What a rule says, in words, with its figures; of what is measured in a unit, % or another.
pub fn words(rule: &Rule, unit: Option<&str>) -> Words {
    match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            all_or_nothing::words(at_least.as_ref(), at_most.as_ref())
        }
        Rule::Steps { steps } => steps::words(steps, unit),
        Rule::ProRata { full_at } => pro_rata::words(full_at.value, unit),
        Rule::InverseRatio { full_at } => inverse_ratio::words(full_at.value),
        Rule::Curve { anchors, between } => curve::words(anchors, between.value),
        Rule::Bands { bands } => bands::words(bands),
        Rule::DeductPerFinding { each, cap, floor } => {
            deduct_per_finding::words(each.value, cap.as_ref(), floor.as_ref())
        }
        Rule::Deduct { .. } => deduct::words(rule),
        Rule::Manual { self_score_stands, coefficient } => {
            manual::words(self_score_stands.value, coefficient.as_ref())
        }
        Rule::Levels { levels } => levels::words(levels),
        Rule::Checklist { items } => checklist::words(items),
        Rule::Cases { cases, otherwise } => cases::words(cases, otherwise.value),
    }
}

/// Points of a value whose quotient may have been cut at its 28th digit, as the fraction that they are as far as rounding
/// goes: 10.5 × 70 / 113.95…(cut) is 6.4499…98, and 6.45 in truth. At [`UNCUT_DECIMALS`] whatever was cut is gone, so that
/// points which are half of a unit are just that. No others become it: those of a fraction whose divisor is q are at least
/// 1 / (2 q × 10^decimals) from a half, which is more for any q up to 10^15 and four decimals.
fn uncut(points: Number) -> Number {
    points.round_half_up(UNCUT_DECIMALS)
}

/// From 0 to the weight.
fn within(points: Number, weight: Number) -> Number {
    points.min(weight).max(Number::ZERO)
}

/// Points that a person chose, where they are within what is allowed. What was given before the allowed changed under it
/// has to be given anew. Where just one number is allowed there is nothing to choose.
fn chosen(judged: Option<Number>, (least, most): (Number, Number)) -> Outcome {
    if least == most {
        return Outcome::Points(most);
    }
    judged.filter(|points| (least..=most).contains(points)).map_or(Outcome::Awaits, Outcome::Points)
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
