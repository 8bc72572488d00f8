//! Hypotheses: what would explain a difference between two figures, to the last digit. Asked for when findings are read or
//! claims verified, never stored: a hypothesis accuses nobody.
//!
//! | hypothesis | the difference is | of |
//! | --- | --- | --- |
//! | unallocated weight | what a group's parts leave of its weight | points |
//! | transposed columns | what a group's scores add up to more or less than its weights | points |
//! | subset | the sum, or the number, of the rows or projects of one level, project state, origin, membership or group | points, targets, projects, money |
//! | scope money | the money of one project or group | money |
//! | other sum | another sum of the fund, left out or counted once too often; twice it, for one of the wrong sign | money |
//! | transposed digits | two neighbouring digits of the figure in each other's place | money |
//! | unit slip | a factor of 10, 100 or 10,000 between the two | money |
//! | shifted scores | a project's self-scores moved by some rows | a target's score |
//!
//! Every one that fits is said, with what it sums, and how many were tried: of many, one may fit by chance. The money of a
//! single project is no subset besides.

mod money;
mod points;
mod projects;
mod shifts;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jixiao_events::finding::{Figure, Finding, Subject};
use jixiao_events::scheme::QuantityBody;
use jixiao_events::scoring::IndicatorResult;
use jixiao_events::{Names, Number};

use crate::claims::exact::Exact;
use crate::claims::quantity::Quantity;
use crate::claims::relations::{Holds, Kind as RelationKind, Relation};
use crate::claims::rounding::{Written, scales};
use crate::claims::{Checked, Claim, Outcome};
use crate::domain::figures::Figures;
use crate::domain::state::ProjectFacts;

/// The most figures of a sum that a hypothesis lists.
pub const MAX_PARTS: usize = 20;

/// The most figures of a sum that are written in words.
const MAX_WRITTEN: usize = 5;

/// What hypotheses are tried on. A list of which there was too much to be read is empty.
#[derive(Debug, Clone)]
pub struct Facts<'r> {
    /// Scheme, sums and the money of projects and groups.
    pub figures: &'r Figures,
    /// The rows of the evaluation.
    pub rows: Vec<Row<'r>>,
    /// The projects, by id.
    pub projects: Vec<Known<'r>>,
}

/// A project and its id.
#[derive(Debug, Clone, Copy)]
pub struct Known<'r> {
    /// Its id.
    pub id: &'r str,
    /// What is known of it.
    pub facts: &'r ProjectFacts,
}

/// A row of an evaluation: an indicator, and the project of the target that it stands for.
#[derive(Debug, Clone, Copy)]
pub struct Row<'r> {
    /// The indicator.
    pub result: &'r IndicatorResult,
    /// Its project.
    pub project: Option<Known<'r>>,
}

/// What fits a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hypothesis {
    /// Which kind.
    pub kind: Kind,
    /// Of what: a node's path, `state:carried_over`, `origin:new_in_year`, `membership:removed`, `group:new-2019`,
    /// `project:smart-tourism`, `budget.refunded`.
    pub about: String,
    /// What of it: `weight`, `self_score`, `lost`, `rows`, `met`, `full`, `projects`, `paid`, `twice`, `times_10000`, `+2`.
    pub measure: String,
    /// What it comes to, in the unit of the figures; empty where it is no amount.
    pub value: String,
    /// What was summed, at most [`MAX_PARTS`] of it; nothing where the value is no sum.
    pub parts: Vec<Figure>,
    /// How many there are.
    pub rows: u32,
    /// The same in words.
    pub message: Names,
}

/// What kind of hypothesis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// What a group's parts leave of its weight.
    UnallocatedWeight,
    /// Scores for weights.
    TransposedColumns,
    /// Some of the rows or projects.
    Subset,
    /// The money of one project or group.
    ScopeMoney,
    /// Another sum of the fund.
    OtherSum,
    /// Two digits of the figure changed places.
    TransposedDigits,
    /// Another unit.
    UnitSlip,
    /// Self-scores that moved by some rows.
    ShiftedScores,
}

/// What was tried, and what fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hypotheses {
    /// Those that fit.
    pub fit: Vec<Hypothesis>,
    /// How many were tried.
    pub tried: u32,
}

/// Tries every hypothesis on the difference that a finding shows; nothing for one that shows none.
pub fn of_finding(finding: &Finding, facts: &Facts<'_>) -> Hypotheses {
    let figure = |name: &str| finding.figures.iter().find(|figure| figure.name == name);
    let value = |name: &str| figure(name).and_then(|figure| figure.value.parse::<Number>().ok());
    match &finding.subject {
        Subject::Quantity { quantity } => {
            let Some((stated, unit)) = value("stated").zip(figure("stated").map(|figure| &figure.unit))
            else {
                return Hypotheses::default();
            };
            let other = ["computed", "other"].into_iter().find_map(|name| {
                let other = figure(name)?;
                Some((Exact::from(value(name)?), other.unit.as_deref()))
            });
            let written = Written::new(&stated.to_string(), stated);
            let stated = (written, unit.as_deref());
            other.map_or_else(Hypotheses::default, |other| of_figures(quantity, stated, other, facts))
        }
        Subject::Node { node } => {
            let Some((weight, filled)) = value("weight").zip(value("filled")) else {
                return Hypotheses::default();
            };
            let difference = Difference::of_points(Written::new(&weight.to_string(), weight), filled.into());
            let mut trial = Trial::new(&difference);
            points::weights(&mut trial, facts, Some(node));
            points::rows(&mut trial, facts, node.as_str());
            trial.all
        }
        Subject::Target { target } if matches!(finding.code.as_str(), "met_not_full" | "unmet_but_full") => {
            shifts::of_target(target.as_str(), facts)
        }
        _ => Hypotheses::default(),
    }
}

/// Tries every hypothesis on what a claim that is a mismatch differs from the facts by; nothing for another one.
pub fn of_claim(claim: &Claim, checked: &Checked, facts: &Facts<'_>) -> Hypotheses {
    let right = checked.accusing().next().and_then(|compared| compared.value.clone().ok());
    match right.filter(|_| checked.outcome == Outcome::Mismatch) {
        Some(right) => {
            let unit = claim.unit.as_deref();
            let stated = (Written::new(&claim.stated, claim.value), unit);
            of_figures(&claim.quantity, stated, (right, unit), facts)
        }
        None => Hypotheses::default(),
    }
}

/// Tries every hypothesis on what a relation that does not hold is off by; nothing for another one.
pub fn of_relation(relation: &Relation, claims: &[Claim], facts: &Facts<'_>) -> Hypotheses {
    let mut stated = relation.claims.iter().filter_map(|at| claims.get(*at));
    let Some(first) = stated.next().filter(|_| relation.outcome == Holds::Disagrees) else {
        return Hypotheses::default();
    };
    let unit = first.unit.as_deref();
    let other = match relation.kind {
        RelationKind::Whole => relation.expected.clone().map(|expected| (expected, unit)),
        RelationKind::Same => {
            let other = stated.find(|other| (other.value, &other.unit) != (first.value, &first.unit));
            other.map(|other| (Exact::from(other.value), other.unit.as_deref()))
        }
        // What would give a rate is said by the relation itself.
        RelationKind::Rate => None,
    };
    let written = (Written::new(&first.stated, first.value), unit);
    other.map_or_else(Hypotheses::default, |other| of_figures(&relation.quantity, written, other, facts))
}

/// The same for all: a figure as it is stated, and as it is by something else, each in its unit.
fn of_figures(
    quantity: &str,
    (written, unit): (Written, Option<&str>),
    (right, right_unit): (Exact, Option<&str>),
    facts: &Facts<'_>,
) -> Hypotheses {
    let scheme = facts.figures.scheme.as_ref();
    let declared = scheme.and_then(|scheme| scheme.quantities.iter().find(|one| one.name == quantity));
    if let Some(QuantityBody::Alias { is }) = declared.map(|declared| &declared.body) {
        return of_figures(is, (written, unit), (right, right_unit), facts);
    }
    let Some(known) = Quantity::parse(quantity).filter(|_| declared.is_none()) else {
        return Hypotheses::default();
    };
    let scale = |unit| scales(&known.unit(), unit).into_iter().next();
    let Some((scale, right_scale)) = scale(unit).zip(scale(right_unit)) else {
        return Hypotheses::default();
    };
    let Some(right) = right.times(&right_scale).over(&scale) else { return Hypotheses::default() };
    let unit = unit.map(str::to_owned);
    let difference = Difference { written, right, scale, unit, is_counted: known.is_counted() };
    if difference.right == difference.written.value {
        return Hypotheses::default();
    }
    let mut trial = Trial::new(&difference);
    match &known {
        Quantity::Score(node) | Quantity::Deduction(node) | Quantity::Weight(node) => {
            points::weights(&mut trial, facts, None);
            points::rows(&mut trial, facts, node);
        }
        Quantity::Targets(_, part) if *part != crate::claims::quantity::Part::Rate => {
            points::targets(&mut trial, facts);
        }
        Quantity::Projects(_) | Quantity::NotFiled(_) => projects::counts(&mut trial, facts),
        Quantity::Money(_) | Quantity::Adjusted | Quantity::Unspent | Quantity::Scope(_) => {
            money::sums(&mut trial, facts, &known);
            money::figure(&mut trial, quantity);
        }
        _ => {}
    }
    trial.all
}

/// A figure as it is stated and as it would be right.
#[derive(Debug, Clone)]
struct Difference {
    written: Written,
    /// In the unit of the stated one.
    right: Exact,
    /// One of that unit.
    scale: Exact,
    unit: Option<String>,
    /// Whether both are exact, not rounded.
    is_counted: bool,
}

impl Difference {
    fn of_points(written: Written, right: Exact) -> Self {
        Self { written, right, scale: Exact::from(1), unit: None, is_counted: true }
    }

    /// Whether a figure is what is written.
    fn is_written(&self, figure: &Exact) -> bool {
        let figure = if self.is_counted { figure.clone() } else { figure.half_up(self.written.decimals) };
        figure == self.written.value
    }
}

/// Values put beside a difference, one after the other.
#[derive(Debug)]
struct Trial<'d> {
    difference: &'d Difference,
    all: Hypotheses,
}

/// What a trial makes of a value: everything of a hypothesis but the value.
struct Said {
    kind: Kind,
    about: String,
    measure: String,
    parts: Vec<Figure>,
    /// What the difference is, in Chinese and English.
    words: [String; 2],
}

impl<'d> Trial<'d> {
    fn new(difference: &'d Difference) -> Self {
        Self { difference, all: Hypotheses::default() }
    }

    /// Tries a value, in the base unit of the quantity; nothing is no hypothesis.
    fn value(&mut self, value: &Exact, said: impl FnOnce() -> Said) {
        let Some(value) = value.over(&self.difference.scale).filter(|value| *value != Exact::zero()) else {
            return;
        };
        let right = &self.difference.right;
        let fits = [right.plus(&value), right.minus(&value)];
        let fits = fits.iter().any(|figure| self.difference.is_written(figure));
        self.tried(fits, || {
            let said = said();
            (value.to_string(), said)
        });
    }

    /// Counts a hypothesis, and keeps it where it fits.
    fn tried(&mut self, fits: bool, said: impl FnOnce() -> (String, Said)) {
        self.all.tried = self.all.tried.saturating_add(1);
        if fits {
            let (value, said) = said();
            self.all.fit.push(said.hypothesis(value, self.difference.unit.as_deref()));
        }
    }

    /// A part of a sum in the unit of the figures.
    fn part(&self, name: &str, value: &Exact) -> Figure {
        let value = value.over(&self.difference.scale).unwrap_or_else(Exact::zero);
        Figure { name: name.to_owned(), value: value.to_string(), unit: self.difference.unit.clone() }
    }

    /// Tries the sum of the values of some members, by what they have in common: of so many at least, empty ones aside.
    fn subsets(
        &mut self,
        members: &BTreeMap<String, Vec<(&str, Exact)>>,
        least: usize,
        measure: &str,
        words: &[&str; 2],
    ) {
        for (part, members) in members {
            let with: Vec<&(&str, Exact)> =
                members.iter().filter(|(_, value)| *value != Exact::zero()).collect();
            if with.len() < least {
                continue;
            }
            let sum = with.iter().fold(Exact::zero(), |sum, (_, value)| sum.plus(value));
            let parts: Vec<Figure> = with.iter().map(|(name, value)| self.part(name, value)).collect();
            self.value(&sum, || {
                let count = parts.len();
                let zh = format!("{part} 的 {count} 个{}", words[0]);
                let en = format!("the {} of {count} of {part}", words[1]);
                Said {
                    kind: Kind::Subset,
                    about: part.clone(),
                    measure: measure.to_owned(),
                    parts,
                    words: [zh, en],
                }
            });
        }
    }
}

impl Said {
    fn hypothesis(self, value: String, unit: Option<&str>) -> Hypothesis {
        let Self { kind, about, measure, mut parts, words: [zh, en] } = self;
        let rows = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let sum = match parts.len() {
            0 => String::new(),
            1..=MAX_WRITTEN => parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(" + "),
            _ => "…".to_owned(),
        };
        let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        let sum = match (value.as_str(), parts.len()) {
            ("", _) => String::new(),
            (value, 0 | 1) => format!(" {value}{unit}"),
            (value, _) => format!(" {sum} = {value}{unit}"),
        };
        parts.truncate(MAX_PARTS);
        let colon = if sum.is_empty() { "" } else { ":" };
        let message = Names { zh: format!("恰为{zh}{sum}"), en: Some(format!("is {en}{colon}{sum}")) };
        Hypothesis { kind, about, measure, value, parts, rows, message }
    }
}

/// What a project has in common with others.
fn parts(project: &ProjectFacts) -> impl Iterator<Item = String> {
    let state: &str = project.state.into();
    let origin: &str = project.origin.into();
    let group = project.group.as_ref().map(|group| format!("group:{group}"));
    [format!("state:{state}"), format!("origin:{origin}")].into_iter().chain(group)
}
