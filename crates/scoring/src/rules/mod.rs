//! How a measured value becomes points. One file a kind of rule.
//!
//! | rule | measured | points |
//! | --- | --- | --- |
//! | all or nothing | a value | the weight within the thresholds, else 0 |
//! | steps | a percentage | the weight times the factor of the highest step reached, else 0 |
//! | pro rata | a percentage | the weight times measured / full, at most the weight |
//! | bands | a value | those of the band that holds it |
//! | deduct per finding | a count | the weight less so much for each |
//! | manual | nothing | a person's, or the self-score where that stands |
//!
//! A target that is met has its whole weight whatever the rule; the rule says what one earns that is not.

mod all_or_nothing;
mod bands;
mod deduct_per_finding;
mod manual;
mod pro_rata;
mod steps;

use jixiao_events::Number;
use jixiao_events::scheme::{Basis, Rule, Scheme};

pub use manual::manual_points;

/// Decimals that points are kept to where a scheme states no rounding. Sums of such points stay exact, so that they
/// come out the same in whatever order they are added.
pub const EXACT_DECIMALS: u32 = 12;

/// The points for a measured value, from 0 to the weight, unrounded. `None` for a manual rule, which measures nothing,
/// and where a product leaves the decimal range.
pub fn points(rule: &Rule, weight: Number, measured: Number) -> Option<Number> {
    let points = match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            Some(all_or_nothing::points(at_least.as_ref(), at_most.as_ref(), weight, measured))
        }
        Rule::Steps { steps } => steps::points(steps, weight, measured),
        Rule::ProRata { full_at } => pro_rata::points(full_at.value, weight, measured),
        Rule::Bands { bands } => bands::points(bands, measured),
        Rule::DeductPerFinding { each, cap, floor } => {
            deduct_per_finding::points(each.value, cap.as_ref(), floor.as_ref(), weight, measured)
        }
        Rule::Manual { .. } => None,
    }?;
    Some(within(points, weight))
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
}

/// The parameters of a rule, in the order of the file.
pub fn parameters(rule: &Rule) -> Vec<Described> {
    match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            let at_least = at_least.iter().map(|value| Described::new("at_least", value));
            at_least.chain(at_most.iter().map(|value| Described::new("at_most", value))).collect()
        }
        Rule::Steps { steps } => steps::parameters(steps),
        Rule::ProRata { full_at } => vec![Described::new("full_at", full_at)],
        Rule::Bands { bands } => bands::parameters(bands),
        Rule::DeductPerFinding { each, cap, floor } => {
            let each = std::iter::once(Described::new("each", each));
            let cap = cap.iter().map(|value| Described::new("cap", value));
            each.chain(cap).chain(floor.iter().map(|value| Described::new("floor", value))).collect()
        }
        Rule::Manual { self_score_stands } => vec![Described::new("self_score_stands", self_score_stands)],
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

/// What a rule says, in words, with its figures.
pub fn words(rule: &Rule) -> Words {
    match rule {
        Rule::AllOrNothing { at_least, at_most } => {
            all_or_nothing::words(at_least.as_ref(), at_most.as_ref())
        }
        Rule::Steps { steps } => steps::words(steps),
        Rule::ProRata { full_at } => pro_rata::words(full_at.value),
        Rule::Bands { bands } => bands::words(bands),
        Rule::DeductPerFinding { each, cap, floor } => {
            deduct_per_finding::words(each.value, cap.as_ref(), floor.as_ref())
        }
        Rule::Manual { self_score_stands } => manual::words(self_score_stands.value),
    }
}

/// From 0 to the weight.
fn within(points: Number, weight: Number) -> Number {
    points.min(weight).max(Number::ZERO)
}

#[cfg(test)]
mod tests;
