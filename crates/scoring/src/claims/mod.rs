//! Claims checked: the figures that a written report states, against the facts and against each other.
//!
//! Pure: no I/O, no clock, no rounding but that of the report. What a quantity may mean is in [`quantity`], what it is by
//! each definition in [`reading`], whether a written figure is that value in [`rounding`], what its text says in [`text`], and
//! what has to hold between claims in [`relations`]. `docs/claims.md` explains all of it to people.
//!
//! A claim is a mismatch only where a complete reading was computed and no reading at all gives the figure.

pub mod exact;
pub mod names;
pub mod quantity;
pub mod reading;
pub mod relations;
pub mod rounding;
pub mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jixiao_events::Number;

pub use self::exact::Exact;
pub use self::quantity::{Quantity, ScopeMoney};
use self::reading::{Missing, Reading};
use self::relations::{Holds, Kind, Relation};
use self::rounding::{Fit, Unit, Written, scales};
use crate::domain::figures::Figures;

/// The reading of a rate that follows from what the report states itself.
pub const FROM_CLAIMS: &str = "from_claims";

/// A figure that a report states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What quantity: a term of the vocabulary, or one that the scheme declares.
    pub quantity: String,
    /// The figure as written.
    pub stated: String,
    /// Its value.
    pub value: Number,
    /// Its unit as written.
    pub unit: Option<String>,
    /// Where it is stated.
    pub place: String,
}

/// What became of claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// One for each claim, in their order.
    pub results: Vec<Checked>,
    /// What has to hold between them.
    pub relations: Vec<Relation>,
}

/// A claim against the facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What came of it.
    pub outcome: Outcome,
    /// Every reading of the quantity, and what the figure would be by it.
    pub readings: Vec<Compared>,
}

/// What came of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A reading gives it.
    Match,
    /// A reading gives it only when cut off instead of rounded.
    Truncated,
    /// No reading gives it.
    Mismatch,
    /// What is missing is said with the readings.
    NotComputable,
}

/// A reading beside a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// The reading.
    pub reading: Reading,
    /// Its value in the claim's unit, exact; or what is missing.
    pub value: Result<Exact, Missing>,
    /// Whether that gives the claim; [`Fit::No`] without a value.
    pub fit: Fit,
}

/// Checks claims against the facts and against each other.
pub fn verify(claims: &[Claim], figures: &Figures) -> Verification {
    let (results, relations) = verify_some(claims, figures, &|_| true);
    Verification { results: results.into_values().collect(), relations }
}

/// Checks the claims of some quantities: what came of them, by their place among all, and the relations that are about
/// them. `is_asked` knows a quantity by the name that a claim has and by its own, where that is an alias.
pub fn verify_some(
    claims: &[Claim],
    figures: &Figures,
    is_asked: &dyn Fn(&str) -> bool,
) -> (BTreeMap<usize, Checked>, Vec<Relation>) {
    let asked = claims.iter().enumerate().filter(|(_, claim)| is_asked(&claim.quantity));
    let mut results: BTreeMap<usize, Checked> =
        asked.map(|(at, claim)| (at, check(claim, figures))).collect();
    let relations = relations::relations(claims, figures, is_asked);
    for relation in &relations {
        let of = relation.claims.first().and_then(|at| Some((claims.get(*at)?, results.get_mut(at)?)));
        if let Some((claim, checked)) = of {
            follow(claim, checked, relation, claims);
        }
    }
    (results, relations)
}

/// The quantities of claims, by the names that these have and by their own, of which verifying may come to something else
/// after the facts changed: they themselves are another figure now, or what they divide is. Between wholes and parts
/// nothing changes but by what is stated.
pub fn moved(claims: &[Claim], before: &Figures, after: &Figures) -> BTreeSet<String> {
    let mut known: BTreeMap<String, bool> = BTreeMap::new();
    let mut is_another = |name: &str| {
        if let Some(known) = known.get(name) {
            return *known;
        }
        let is_another = reading::named(before, name) != reading::named(after, name);
        known.insert(name.to_owned(), is_another);
        is_another
    };
    let mut moved = BTreeSet::new();
    for claim in claims {
        let own = relations::own_name(after, &claim.quantity);
        if !moved.contains(&claim.quantity)
            && (is_another(&own) || relations::divided(after, &own).iter().any(|name| is_another(name)))
        {
            moved.extend([own, claim.quantity.clone()]);
        }
    }
    moved
}

/// A rate that follows from the figures stated for what it divides is not accused of what is wrong with those: it has one
/// reading more.
fn follow(claim: &Claim, checked: &mut Checked, relation: &Relation, claims: &[Claim]) {
    let holds = relation.kind == Kind::Rate && relation.outcome == Holds::Agrees;
    let Some(value) = relation.expected.clone().filter(|_| holds && checked.outcome == Outcome::Mismatch)
    else {
        return;
    };
    // Terms that were rounded may give the figure though, as written, they just miss it.
    let is_cut = Written::new(&claim.stated, claim.value).fit(&value) == Fit::Cuts;
    let (fit, outcome) = if is_cut { (Fit::Cuts, Outcome::Truncated) } else { (Fit::Rounds, Outcome::Match) };
    checked.outcome = outcome;
    let stated = |term: &relations::Term| claims.get(term.claim?).map(|claim| Exact::from(claim.value));
    let ratio = match relation.terms.as_slice() {
        [above, below] => stated(above).zip(stated(below)),
        _ => None,
    };
    let reading = Reading {
        name: FROM_CLAIMS.to_owned(),
        unit: Unit::Share,
        value: Ok(value.clone()),
        ratio,
        incomplete: 0,
        evidence: Vec::new(),
    };
    checked.readings.push(Compared { reading, value: Ok(value), fit });
}

/// Checks one claim against the facts.
pub fn check(claim: &Claim, figures: &Figures) -> Checked {
    let written = Written::new(&claim.stated, claim.value);
    let readings = compare(&written, claim.unit.as_deref(), &reading::named(figures, &claim.quantity));
    let best = readings.iter().map(|compared| compared.fit).min();
    let outcome = match best {
        Some(Fit::Rounds) => Outcome::Match,
        Some(Fit::Cuts) => Outcome::Truncated,
        Some(Fit::No) if readings.iter().any(Compared::accuses) => Outcome::Mismatch,
        Some(Fit::No) | None => Outcome::NotComputable,
    };
    Checked { outcome, readings }
}

impl Compared {
    /// Whether it was computed from complete facts.
    fn accuses(&self) -> bool {
        self.value.is_ok() && self.reading.incomplete == 0
    }
}

impl Checked {
    /// The readings that were computed from complete facts.
    pub fn accusing(&self) -> impl Iterator<Item = &Compared> {
        self.readings.iter().filter(|compared| compared.accuses())
    }

    /// What the quantity is by the reading that gives the claim, else by the first that has a value.
    pub fn computed(&self) -> Option<Number> {
        let with_value = self.readings.iter().filter(|compared| compared.value.is_ok());
        let best = with_value.min_by_key(|compared| compared.fit)?;
        best.value.as_ref().ok()?.number()
    }
}

/// Puts readings beside a figure, all in one unit: of the units that it may be written in, the first that fits best.
fn compare(written: &Written, unit: Option<&str>, readings: &[Reading]) -> Vec<Compared> {
    let of_scale = |at: usize| -> Vec<Compared> {
        let compared = readings.iter().map(|reading| {
            let scales = scales(&reading.unit, unit);
            let scale = scales.get(at).or(scales.first());
            let in_unit = |value: &Exact| value.over(scale?);
            let value = reading.value.clone().and_then(|value| {
                in_unit(&value).ok_or_else(|| Missing::Unit(unit.unwrap_or_default().to_owned()))
            });
            let written = match scale {
                Some(scale) if reading.unit == Unit::Share => written.clone().of_share(scale),
                _ => written.clone(),
            };
            let fit = value.as_ref().map_or(Fit::No, |value| written.fit(value));
            Compared { reading: reading.clone(), value, fit }
        });
        compared.collect()
    };
    let most = readings.iter().map(|reading| scales(&reading.unit, unit).len()).max().unwrap_or_default();
    let best = |compared: &Vec<Compared>| compared.iter().map(|one| one.fit).min();
    (0..most.max(1)).map(of_scale).min_by_key(best).unwrap_or_default()
}
