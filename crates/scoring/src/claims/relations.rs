//! What has to hold between claims, whatever the facts are.
//!
//! | relation | holds when |
//! | --- | --- |
//! | the same quantity stated twice | what the figures may stand for overlaps |
//! | a rate, its numerator and its denominator | one of the rate's definitions gives it from the stated figures |
//! | a whole and its parts | the parts add up to it |
//!
//! A figure that was rounded stands for everything that rounds to it, in a sum at the finest decimals that are written in
//! it, so that sums of rounded money are not blamed for their last digit. What is counted (things, points) is exact.
//!
//! A part that is not stated accuses nobody: it is said what it would have to be. It is a disagreement where it would have
//! to be below zero, and where the report enumerates: it states the whole and at least two parts of a division at one
//! place, as in "14 projects, of which 3 … and 10 …", so that what is left over is missing from the enumeration.
//!
//! Where figures are stated so often that not every choice among them was tried, only what holds is said.

mod choices;
mod made;

use std::collections::BTreeSet;

use jixiao_events::Money;
use jixiao_events::scheme::QuantityBody;

use self::choices::{Chosen, MAX_SAME, NotAllTried, choices, sums};
use self::made::{Made, Whole};
use super::exact::Exact;
use super::quantity::Quantity;
use super::reading;
use super::rounding::{Fit, Unit, Written, parts, scales};
use super::{Claim, Outcome, check};
use crate::domain::figures::Figures;

/// What has to hold between some claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Which kind.
    pub kind: Kind,
    /// The quantity that it is about: the one stated twice, the rate, the whole.
    pub quantity: String,
    /// The claims of that quantity, by their place among all.
    pub claims: Vec<usize>,
    /// Whether it holds.
    pub outcome: Holds,
    /// Of a rate and of a whole: the other figures.
    pub terms: Vec<Term>,
    /// What the terms give, in the unit of the first claim.
    pub expected: Option<Exact>,
    /// Of a rate that does not hold: figures that would give it in the place of a term.
    pub reproduced_by: Vec<Candidate>,
}

/// What kind of relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The same quantity more than once.
    Same,
    /// A rate against what it divides.
    Rate,
    /// Parts against their whole.
    Whole,
}

/// Whether a relation holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// It holds.
    Agrees,
    /// It cannot hold.
    Disagrees,
    /// It holds if a part that is not stated is what the term says.
    PartNotStated,
}

/// One figure of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The quantity.
    pub quantity: String,
    /// What it does.
    pub role: Role,
    /// The claim that states it; `None` where none does.
    pub claim: Option<usize>,
    /// Where none does: what it would have to be, in the unit of the relation's first claim.
    pub would_be: Option<Exact>,
}

/// What a term does in its relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// It is added.
    Plus,
    /// It is taken off.
    Minus,
    /// It is divided.
    Numerator,
    /// It divides.
    Denominator,
}

/// A figure that would make a rate hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The quantity.
    pub quantity: String,
    /// The place that it would take.
    pub role: Role,
    /// The figure.
    pub value: Exact,
    /// The claim that states it; `None` for a computed one.
    pub claim: Option<usize>,
    /// The reading that computes it; empty for a stated one and where there is only one.
    pub reading: String,
}

/// A claim with what it may stand for.
#[derive(Debug, Clone)]
struct Stated<'c> {
    at: usize,
    claim: &'c Claim,
    /// The quantity by its own name.
    name: String,
    written: Written,
    /// One of its unit.
    scale: Exact,
    base: String,
    /// Whether it is a share without a unit.
    is_bare_share: bool,
    from: Exact,
    to: Exact,
}

/// The relations between claims that are about some quantities: same ones, then rates, then wholes, in the order of the
/// claims.
pub fn relations(claims: &[Claim], figures: &Figures, is_asked: &dyn Fn(&str) -> bool) -> Vec<Relation> {
    let stated = claims.iter().enumerate().filter_map(|(at, claim)| stated(at, claim, figures)).collect();
    let all = All { stated, figures };
    let asked: Vec<_> = all.stated.iter().filter(|one| is_asked(&one.name)).collect();
    let mut found: Vec<Relation> = asked.iter().filter_map(|one| all.same(one)).collect();
    let counting = || asked.iter().copied().filter(|one| all.counts(one));
    found.extend(counting().filter_map(|one| all.rate(one)));
    for one in counting() {
        found.extend(all.wholes(&one.name).iter().filter_map(|whole| all.either(one, whole)));
    }
    found
}

fn stated<'c>(at: usize, claim: &'c Claim, figures: &Figures) -> Option<Stated<'c>> {
    let name = own_name(figures, &claim.quantity);
    let unit = claim.unit.as_deref();
    let mut written = Written::new(&claim.stated, claim.value);
    let known = Quantity::parse(&name);
    let measured_in = match declared(figures, &name) {
        Some(QuantityBody::Rate { .. }) => Some(Unit::Share),
        _ => known.as_ref().map(Quantity::unit).filter(|unit| !matches!(unit, Unit::Own(_))),
    };
    let is_counted = known.is_some_and(|quantity| quantity.is_counted());
    let is_bare_share = measured_in == Some(Unit::Share) && unit.is_none();
    let (scale, base) = match measured_in {
        None => {
            let (scale, base) = parts(unit.unwrap_or_default());
            (scale, base.to_owned())
        }
        // Without a unit 0.67 is a share and 67 a percentage.
        Some(_) if is_bare_share => {
            let is_fraction = written.value.abs() <= Exact::from(1);
            let scale = if is_fraction { Exact::from(1) } else { Exact::decimal(2) };
            written = written.of_share(&scale);
            (scale, String::new())
        }
        Some(measured_in) => (scales(&measured_in, unit).into_iter().next()?, String::new()),
    };
    let (from, to) =
        if is_counted { (written.value.clone(), written.value.clone()) } else { written.range() };
    let (from, to) = (from.times(&scale), to.times(&scale));
    Some(Stated { at, claim, name, written, scale, base, is_bare_share, from, to })
}

/// What the scheme declares a quantity to be.
fn declared<'f>(figures: &'f Figures, name: &str) -> Option<&'f QuantityBody> {
    let mut quantities = figures.scheme.iter().flat_map(|scheme| scheme.quantities.iter());
    quantities.find(|quantity| quantity.name == name).map(|quantity| &quantity.body)
}

/// What a rate divides and what by, by any of its definitions.
pub(super) fn divided(figures: &Figures, name: &str) -> Vec<String> {
    let divisions = All { stated: Vec::new(), figures }.divisions(name).into_iter();
    divisions.flat_map(|(above, below)| above.into_iter().map(|(_, name)| name).chain([below])).collect()
}

/// The name of what an alias stands for.
pub(super) fn own_name(figures: &Figures, name: &str) -> String {
    match declared(figures, name) {
        Some(QuantityBody::Alias { is }) => own_name(figures, is),
        _ => name.to_owned(),
    }
}

/// What a figure may stand for.
struct Span {
    value: Exact,
    from: Exact,
    to: Exact,
}

impl Span {
    /// Half up: 1.5 is written 2 and never 1, so that where it ends is no part of it.
    fn holds(&self, value: &Exact) -> bool {
        self.value == *value || (self.from <= *value && *value < self.to)
    }
}

impl Stated<'_> {
    fn value(&self) -> Exact {
        self.written.value.times(&self.scale)
    }

    /// How far what it may stand for is from what is written, at most.
    fn half(&self) -> Exact {
        self.to.minus(&self.value())
    }

    /// How it may be meant: in which scale, and how it is written in that. Without a unit 0.5 may be a half, and half a
    /// percent as well.
    fn meanings(&self) -> Vec<(Exact, Written)> {
        let mut all = vec![(self.scale.clone(), self.written.clone())];
        if self.is_bare_share {
            let one = Exact::from(1);
            let other = if self.scale == one { Exact::decimal(2) } else { one };
            let written = Written::new(&self.claim.stated, self.claim.value).of_share(&other);
            all.push((other, written));
        }
        all
    }

    /// What it may stand for, by each way that it may be meant.
    fn spans(&self) -> Vec<Span> {
        let first = Span { value: self.value(), from: self.from.clone(), to: self.to.clone() };
        let others = self.meanings().into_iter().skip(1).map(|(scale, written)| {
            let (from, to) = written.range();
            Span { value: written.value.times(&scale), from: from.times(&scale), to: to.times(&scale) }
        });
        std::iter::once(first).chain(others).collect()
    }

    /// A value in this claim's unit.
    fn in_unit(&self, value: &Exact) -> Option<Exact> {
        value.over(&self.scale)
    }
}

struct All<'c> {
    stated: Vec<Stated<'c>>,
    figures: &'c Figures,
}

impl<'c> All<'c> {
    /// The claims of a quantity.
    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Stated<'c>> {
        self.stated.iter().filter(move |other| other.name == name)
    }

    /// Whether a claim is one of the first of its quantity, whose terms are looked at.
    fn counts(&self, one: &Stated<'_>) -> bool {
        self.of(&one.name).take(MAX_SAME).any(|other| other.at == one.at)
    }

    /// The first of several claims of one quantity speaks for all.
    fn same(&self, one: &Stated<'_>) -> Option<Relation> {
        let is_same = |other: &&Stated<'_>| other.name == one.name && other.base == one.base;
        let claims: Vec<&Stated<'_>> = self.stated.iter().filter(is_same).collect();
        if claims.len() < 2 || claims.first().is_none_or(|first| first.at != one.at) {
            return None;
        }
        let all: Vec<Vec<Span>> = claims.iter().map(|claim| claim.spans()).collect();
        // What they have in common begins where one of them does.
        let begins: BTreeSet<&Exact> =
            all.iter().flatten().flat_map(|span| [&span.from, &span.value]).collect();
        let is_common = |value: &&Exact| all.iter().all(|spans| spans.iter().any(|span| span.holds(value)));
        let outcome = if begins.iter().any(is_common) { Holds::Agrees } else { Holds::Disagrees };
        Some(Relation {
            kind: Kind::Same,
            quantity: one.name.clone(),
            claims: claims.iter().map(|claim| claim.at).collect(),
            outcome,
            terms: Vec::new(),
            expected: None,
            reproduced_by: Vec::new(),
        })
    }

    fn rate(&self, rate: &Stated<'_>) -> Option<Relation> {
        let mut first: Option<Relation> = None;
        let (mut is_open, mut is_cut) = (false, false);
        for (above, below) in self.divisions(&rate.name) {
            // What did not move the budget is not stated; what did and is not stated leaves the rate open.
            let has_moved = |name: &str| {
                let money = name.parse().ok().map(|quantity| self.figures.money(quantity));
                money.is_some_and(|money| money != Money::ZERO)
            };
            let is_optional =
                |name: &str| name.starts_with("budget.adjustment_") && above.len() > 1 && !has_moved(name);
            let names: Vec<&(Role, String)> = above
                .iter()
                .filter(|(_, name)| !is_optional(name) || self.of(name).next().is_some())
                .collect();
            let mut slots: Vec<Vec<&Stated<'_>>> =
                names.iter().map(|(_, name)| self.near(rate, name)).collect();
            slots.push(self.near(rate, &below));
            if names.is_empty() || slots.iter().any(Vec::is_empty) {
                is_open = true;
                continue;
            }
            let (choices, is_all) = choices(&slots);
            is_cut |= !is_all;
            for chosen in choices {
                let Some((divisor, divided)) = chosen.split_last() else { continue };
                if divisor.from <= Exact::zero() {
                    continue;
                }
                let roles = names.iter().map(|(role, _)| *role);
                let (from, to) = sum(roles.clone().zip(divided.iter().copied()));
                let ends = [
                    from.over(&divisor.from),
                    from.over(&divisor.to),
                    to.over(&divisor.from),
                    to.over(&divisor.to),
                ];
                // Without a unit 0.5 may be a half, and half a percent as well.
                let gives_rate = |(scale, written): &(Exact, Written)| {
                    let ends: Vec<Exact> = ends.iter().flatten().filter_map(|end| end.over(scale)).collect();
                    let ends = ends.iter().min().zip(ends.iter().max());
                    ends.is_some_and(|(from, to)| gives(written, from, to))
                };
                let holds = rate.meanings().iter().any(gives_rate);
                let exact = exact_sum(roles.clone().zip(divided.iter().copied())).over(&divisor.value());
                let term = |role, of: &Stated<'_>| Term {
                    quantity: of.name.clone(),
                    role,
                    claim: Some(of.at),
                    would_be: None,
                };
                let mut terms: Vec<Term> = roles
                    .zip(divided.iter().copied())
                    .map(|(role, of)| term(if role == Role::Minus { role } else { Role::Numerator }, of))
                    .collect();
                terms.push(term(Role::Denominator, divisor));
                let relation = Relation {
                    kind: Kind::Rate,
                    quantity: rate.name.clone(),
                    claims: vec![rate.at],
                    outcome: if holds { Holds::Agrees } else { Holds::Disagrees },
                    terms,
                    expected: exact.and_then(|exact| rate.in_unit(&exact)),
                    reproduced_by: Vec::new(),
                };
                if holds {
                    return Some(relation);
                }
                first.get_or_insert(relation);
            }
        }
        let mut relation = first?;
        // It may be by a definition whose figures the report does not state.
        let is_computed =
            || matches!(check(rate.claim, self.figures).outcome, Outcome::Match | Outcome::Truncated);
        if is_cut || (is_open && is_computed()) {
            return None;
        }
        relation.reproduced_by = self.candidates(rate, &relation.terms);
        Some(relation)
    }

    /// The claims of a quantity that stand where the rate does; else all of them.
    fn near<'a>(&'a self, rate: &Stated<'_>, name: &'a str) -> Vec<&'a Stated<'c>> {
        let all: Vec<_> = self.of(name).collect();
        let here: Vec<_> = all.iter().copied().filter(|one| one.claim.place == rate.claim.place).collect();
        if here.is_empty() { all } else { here }
    }

    /// Figures of the same quantities, stated elsewhere or computed, that give the rate in the place of one term.
    fn candidates(&self, rate: &Stated<'_>, terms: &[Term]) -> Vec<Candidate> {
        let [above, below] = terms else { return Vec::new() };
        let find = |term: &Term| self.stated.iter().find(|one| Some(one.at) == term.claim).map(Stated::value);
        let (Some(top), Some(bottom)) = (find(above), find(below)) else { return Vec::new() };
        let mut found: Vec<Candidate> = Vec::new();
        for (term, is_below) in [(below, true), (above, false)] {
            let elsewhere = self.of(&term.quantity).take(MAX_SAME);
            let elsewhere = elsewhere.map(|one| (one.value(), Some(one.at), String::new()));
            let computed = reading::named(self.figures, &term.quantity).into_iter();
            let computed = computed.filter_map(|reading| Some((reading.value.ok()?, None, reading.name)));
            for (value, claim, reading) in elsewhere.chain(computed) {
                let ratio = if is_below { top.over(&value) } else { value.over(&bottom) };
                let is_it = ratio
                    .and_then(|ratio| rate.in_unit(&ratio))
                    .is_some_and(|ratio| rate.written.fit(&ratio) != Fit::No);
                if is_it && !found.iter().any(|other| other.role == term.role && other.value == value) {
                    found.push(Candidate {
                        quantity: term.quantity.clone(),
                        role: term.role,
                        value,
                        claim,
                        reading,
                    });
                }
            }
        }
        found
    }

    /// A whole of its parts; of one part more where it cannot hold without.
    fn either(&self, one: &Stated<'_>, whole: &Whole) -> Option<Relation> {
        let relation = self.whole(one, &whole.plus, &whole.minus, whole.made).ok()??;
        let Some(name) = whole.perhaps.as_ref().filter(|_| relation.outcome == Holds::Disagrees) else {
            return Some(relation);
        };
        let plus = [whole.plus.as_slice(), std::slice::from_ref(name)].concat();
        let fits = |with: &Relation| {
            let mut would_be = with.terms.iter().filter_map(|term| term.would_be.as_ref());
            with.outcome != Holds::Disagrees && !would_be.any(Exact::is_negative)
        };
        let with = self.whole(one, &plus, &whole.minus, whole.made).ok()?;
        with.filter(fits).or(Some(relation))
    }

    /// `None` where it says nothing.
    fn whole(
        &self,
        one: &Stated<'_>,
        plus: &[String],
        minus: &[String],
        made: Made,
    ) -> Result<Option<Relation>, NotAllTried> {
        let named = plus.iter().map(|name| (Role::Plus, name));
        let named = named.chain(minus.iter().map(|name| (Role::Minus, name)));
        let (mut there, mut absent) = (Vec::new(), Vec::new());
        for (role, name) in named {
            let claims: Vec<_> = self.of(name).filter(|other| other.base == one.base).collect();
            if claims.is_empty() { absent.push((role, name)) } else { there.push((role, claims)) }
        }
        if there.is_empty() || (there.len() == 1 && absent.len() > 1) {
            return Ok(None);
        }
        let (choices, is_all) = sums(one, &there);
        // Next to 328.2 a 4000 is 4000.0: all stand for what rounds to them at the finest decimals among them.
        let terms = u32::try_from(there.len() + 1).unwrap_or(u32::MAX);
        let left_by = |choice: &Chosen| {
            let either_way = choice.half.times(&Exact::from(terms));
            let left = one.value().minus(&choice.exact);
            (left.minus(&either_way), left.plus(&either_way))
        };
        let adds_up = |choice: &Chosen| {
            let (least, most) = left_by(choice);
            least <= Exact::zero() && Exact::zero() <= most
        };
        // Where a part is stated twice, the choice that adds up counts, else the one that stands where the whole does.
        let rated = choices.into_iter().map(|choice| ((adds_up(&choice), choice.here), choice));
        let best = rated.reduce(|best, other| if other.0 > best.0 { other } else { best });
        let Some(((holds, here), best)) = best else { return Ok(None) };
        if !holds && !is_all {
            return Err(NotAllTried);
        }
        let (least, most) = left_by(&best);
        let Chosen { terms: chosen, exact, .. } = best;
        let left = one.value().minus(&exact);
        let outcome = match (absent.as_slice(), made) {
            (_, Made::MovedAmongOthers) if !absent.is_empty() => {
                let [_] = absent.as_slice() else { return Ok(None) };
                if holds { Holds::Agrees } else { Holds::PartNotStated }
            }
            _ if holds => Holds::Agrees,
            ([], _) => Holds::Disagrees,
            // What is absent cannot be below zero.
            ([(Role::Plus, _)], _) if most.is_negative() => Holds::Disagrees,
            ([(Role::Minus, _)], _) if least > Exact::zero() => Holds::Disagrees,
            ([_], Made::Divided) if here >= 2 => Holds::Disagrees,
            ([_], _) => Holds::PartNotStated,
            (_, Made::Divided | Made::Listed) if most.is_negative() => Holds::Disagrees,
            _ => return Ok(None),
        };
        let is_only = absent.len() == 1;
        let would_be = |role| {
            let value = if role == Role::Minus { Exact::zero().minus(&left) } else { left.clone() };
            one.in_unit(&value).filter(|_| is_only)
        };
        let name_of =
            |at: usize| self.stated.iter().find(|other| other.at == at).map(|other| other.name.clone());
        let stated = chosen.iter().map(|(role, at)| Term {
            quantity: name_of(*at).unwrap_or_default(),
            role: *role,
            claim: Some(*at),
            would_be: None,
        });
        let missing = absent.iter().map(|(role, name)| Term {
            quantity: (*name).clone(),
            role: *role,
            claim: None,
            would_be: would_be(*role),
        });
        Ok(Some(Relation {
            kind: Kind::Whole,
            quantity: one.name.clone(),
            claims: vec![one.at],
            outcome,
            terms: stated.chain(missing).collect(),
            expected: one.in_unit(&exact),
            reproduced_by: Vec::new(),
        }))
    }
}

/// From and to which a sum may lie.
fn sum<'a, 'c: 'a>(terms: impl Iterator<Item = (Role, &'a Stated<'c>)>) -> (Exact, Exact) {
    terms.fold((Exact::zero(), Exact::zero()), |(from, to), (role, one)| match role {
        Role::Minus => (from.minus(&one.to), to.minus(&one.from)),
        _ => (from.plus(&one.from), to.plus(&one.to)),
    })
}

/// The sum of the figures as written.
fn exact_sum<'a, 'c: 'a>(terms: impl Iterator<Item = (Role, &'a Stated<'c>)>) -> Exact {
    terms.fold(Exact::zero(), |sum, (role, one)| match role {
        Role::Minus => sum.minus(&one.value()),
        _ => sum.plus(&one.value()),
    })
}

/// Whether something between two values gives a figure, rounded or cut.
fn gives(written: &Written, from: &Exact, to: &Exact) -> bool {
    if from == to {
        return written.fit(from) != Fit::No;
    }
    let (least, most) = written.range();
    *from <= most && least <= *to
}
