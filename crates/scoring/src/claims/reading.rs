//! The readings of a quantity: each definition that is in use, its exact value from the facts, and what it came from.

use jixiao_events::budget::{Budget, Denominator, Reading as Rate};
use jixiao_events::registry::{Membership, Origin};
use jixiao_events::scheme::QuantityBody;
use jixiao_events::scoring::{
    CountQuantity, EventRef, IndicatorResult, IndicatorStatus, MoneyQuantity, SumResult,
};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Money, Number};

use super::exact::Exact;
use super::quantity::{Part, Projects, Quantity};
use super::rounding::Unit;
use crate::domain::figures::{Figures, ScopeFigure};
use crate::domain::state::{ProjectFacts, TOTAL, count_key, money_key};

/// A quantity by one definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The definition: `cuts_only`, `by_self_scores`; empty where there is only one.
    pub name: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Its value in that unit, never rounded; or what is missing.
    pub value: Result<Exact, Missing>,
    /// Of a rate: what was divided by what.
    pub ratio: Option<(Exact, Exact)>,
    /// How many of its rows have no value yet. Such a reading may reproduce a figure; it accuses none.
    pub incomplete: u32,
    /// Where it came from.
    pub evidence: Vec<Evidence>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// A running sum or count, whose events are found by its key.
    Key(String),
    /// Inputs of the indicators at or below a node; `None`: of all.
    Rows {
        /// The node.
        node: Option<String>,
        /// Which inputs; none: all.
        inputs: &'static [&'static str],
    },
    /// One event.
    Event(EventRef),
}

/// What is missing to compute a quantity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Missing {
    /// Neither the vocabulary nor the scheme has it.
    Unknown,
    /// The scheme declares it as one that is only stated: no fact computes it.
    OnlyStated,
    /// The fund has no evaluation.
    NoEvaluation,
    /// The evaluation has no such node.
    NoNode(String),
    /// No fact of this quantity is recorded.
    NotRecorded(String),
    /// The origin of so many projects is not stated.
    Origins(u32),
    /// The divisor is not above zero.
    Divisor(String),
    /// So many rows have no value.
    Rows(u32),
    /// No target has this name.
    NoTarget(String),
    /// The target has no number as its actual.
    NoActual,
    /// Stated in a unit that this quantity is not measured in.
    Unit(String),
    /// This answer does not look at single rows or projects; verifying the claim does.
    NotLookedAt,
}

impl Reading {
    fn new(name: &str, unit: Unit, value: Result<Exact, Missing>, evidence: Vec<Evidence>) -> Self {
        Self { name: name.to_owned(), unit, value, ratio: None, incomplete: 0, evidence }
    }

    fn missing(unit: Unit, missing: Missing) -> Vec<Self> {
        vec![Self::new("", unit, Err(missing), Vec::new())]
    }

    /// A rate; `of` names the divisor where it is not above zero.
    fn rate(name: &str, numerator: &Exact, divisor: &Exact, of: &str, evidence: Vec<Evidence>) -> Self {
        let is_above = *divisor > Exact::zero();
        let value = numerator.over(divisor).filter(|_| is_above);
        let value = value.ok_or_else(|| Missing::Divisor(of.to_owned()));
        let ratio = value.is_ok().then(|| (numerator.clone(), divisor.clone()));
        Self { ratio, ..Self::new(name, Unit::Share, value, evidence) }
    }

    fn incomplete(mut self, rows: u32) -> Self {
        self.incomplete = rows;
        self
    }
}

/// Every reading of a quantity by name, an alias of the scheme or a sum or rate that it declares included.
pub fn named(figures: &Figures, name: &str) -> Vec<Reading> {
    let declared = figures.scheme.as_ref().and_then(|scheme| {
        scheme.quantities.iter().find(|quantity| quantity.name == name).map(|quantity| &quantity.body)
    });
    let missing = |missing| Reading::missing(Unit::Own(None), missing);
    match declared {
        None => match Quantity::parse(name) {
            None => missing(Missing::Unknown),
            Some(quantity) => readings(figures, &quantity),
        },
        Some(QuantityBody::Stated {}) => missing(Missing::OnlyStated),
        Some(QuantityBody::Alias { is }) => named(figures, is),
        Some(QuantityBody::Sum { parts }) => {
            let mut value = Exact::zero();
            let mut evidence = Vec::new();
            let mut unit = Unit::Own(None);
            for part in parts {
                let Some(reading) = named(figures, part).into_iter().find(|reading| reading.value.is_ok())
                else {
                    return missing(Missing::NotRecorded(part.clone()));
                };
                value = value.plus(&reading.value.unwrap_or_else(|_| Exact::zero()));
                evidence.extend(reading.evidence);
                unit = reading.unit;
            }
            vec![Reading::new("sum_of_parts", unit, Ok(value), evidence)]
        }
        Some(QuantityBody::Rate { numerator, denominator }) => {
            let mut rates = Vec::new();
            for above in named(figures, numerator) {
                for below in named(figures, denominator) {
                    let (above, below) = match (&above.value, &below.value) {
                        (Ok(top), Ok(bottom)) => ((top, &above), (bottom, &below)),
                        (Err(lacking), _) | (_, Err(lacking)) => return missing(lacking.clone()),
                    };
                    let evidence = [above.1.evidence.clone(), below.1.evidence.clone()].concat();
                    let name = format!("{}/{}", above.1.name, below.1.name);
                    rates.push(Reading::rate(
                        name.trim_matches('/'),
                        above.0,
                        below.0,
                        denominator,
                        evidence,
                    ));
                }
            }
            rates
        }
    }
}

/// Every reading of a known quantity.
pub fn readings(figures: &Figures, quantity: &Quantity) -> Vec<Reading> {
    let of = Facts { figures };
    match quantity {
        Quantity::Money(money) => {
            // An adjustment that did not happen is nothing, once there is a budget that it could have moved.
            let is_nothing = matches!(money, MoneyQuantity::Increase | MoneyQuantity::Decrease)
                && figures.money.contains_key(&MoneyQuantity::Original);
            let sum = figures.money.get(money).copied().or(is_nothing.then_some(Money::ZERO));
            let value = sum.map(Exact::from).ok_or_else(|| Facts::not_recorded(*money));
            vec![Reading::new("", Unit::Money, value, of.money(&[*money]))]
        }
        Quantity::Adjusted => {
            let value = of.budget().map(|budget| budget.adjusted().into());
            vec![Reading::new("", Unit::Money, value, of.money(&ADJUSTED))]
        }
        Quantity::Unspent => {
            let value = of.budget().and_then(|budget| {
                of.paid().map(|_| Exact::from(budget.adjusted()).minus(&budget.paid.into()))
            });
            vec![Reading::new("", Unit::Money, value, of.money(&SPENDING))]
        }
        Quantity::AdjustmentRate(rate) => {
            let rates = [Rate::CutsOnly, Rate::Gross, Rate::Net, Rate::SignedNet];
            rates
                .into_iter()
                .filter(|one| rate.is_none_or(|rate| rate == *one))
                .map(|one| of.adjustment_rate(one))
                .collect()
        }
        Quantity::ExecutionRate(of_what) => {
            let all = [Denominator::Adjusted, Denominator::Received, Denominator::Original];
            all.into_iter()
                .filter(|one| of_what.is_none_or(|of_what| of_what == *one))
                .map(|one| of.execution_rate(one))
                .collect()
        }
        Quantity::Scope(scope) => {
            let Some(found) = figures.scopes.get(scope) else {
                return Reading::missing(Unit::Money, Missing::NotRecorded(scope.to_string()));
            };
            let reading = |figure: &ScopeFigure| {
                let evidence = figure.events.iter().cloned().map(Evidence::Event).collect();
                Reading::new(figure.reading, Unit::Money, Ok(figure.money.into()), evidence)
            };
            found.iter().map(reading).collect()
        }
        Quantity::Projects(Projects::Total) => of.count(CountQuantity::Projects),
        Quantity::NotFiled(count) => of.count(*count),
        // Whether what was taken over was there at the start of the year depends on when it was.
        Quantity::Projects(Projects::StartOfYear) => vec![
            of.start_of_year("with_taken_over", &[Origin::NewInYear]),
            of.start_of_year("without_taken_over", &[Origin::NewInYear, Origin::TakenOver]),
        ],
        Quantity::Projects(Projects::Own) => vec![of.projects(Origin::StartOfYear)],
        Quantity::Projects(Projects::TakenOver) => vec![of.projects(Origin::TakenOver)],
        Quantity::Projects(Projects::New) => vec![of.projects(Origin::NewInYear)],
        Quantity::Projects(Projects::OtherAgencies) => vec![of.projects(Origin::OtherAgency)],
        Quantity::Projects(Projects::Removed) => vec![of.removed()],
        Quantity::Targets(level, part) => of.targets(*level, *part),
        Quantity::OnlyUnmet(name) => of.only_unmet(name),
        Quantity::Actual(name) => of.actuals(name),
        Quantity::Score(node) => of.points(node, |score, _| score),
        Quantity::Deduction(node) => of.points(node, |score, weight| weight.minus(&score)),
        Quantity::Weight(node) => of.weights(node),
    }
}

const ADJUSTED: [MoneyQuantity; 3] =
    [MoneyQuantity::Original, MoneyQuantity::Increase, MoneyQuantity::Decrease];
const SPENDING: [MoneyQuantity; 4] =
    [MoneyQuantity::Original, MoneyQuantity::Increase, MoneyQuantity::Decrease, MoneyQuantity::Paid];

/// The most targets of one name that are readings of it.
const MAX_NAMESAKES: usize = 20;

/// Inputs that say whether a target is met.
const MET_BY: &[&str] = &["target", "actual", "project_state"];
const SELF_SCORES: &[&str] = &["self_score"];
const TARGETS: &[&str] = &["target"];
const ALL: &[&str] = &[];

struct Facts<'f> {
    figures: &'f Figures,
}

impl Facts<'_> {
    fn not_recorded(money: MoneyQuantity) -> Missing {
        Missing::NotRecorded(<&str>::from(money).to_owned())
    }

    fn money(&self, money: &[MoneyQuantity]) -> Vec<Evidence> {
        let there = money.iter().filter(|money| self.figures.money.contains_key(money));
        there.map(|money| Evidence::Key(money_key(&self.figures.fund, *money))).collect()
    }

    /// The budget; missing while no original one is approved.
    fn budget(&self) -> Result<Budget, Missing> {
        let is_there = self.figures.money.contains_key(&MoneyQuantity::Original);
        if is_there { Ok(self.figures.budget()) } else { Err(Self::not_recorded(MoneyQuantity::Original)) }
    }

    fn paid(&self) -> Result<Money, Missing> {
        self.figures
            .money
            .get(&MoneyQuantity::Paid)
            .copied()
            .ok_or_else(|| Self::not_recorded(MoneyQuantity::Paid))
    }

    fn adjustment_rate(&self, rate: Rate) -> Reading {
        let name = <&str>::from(rate);
        let budget = match self.budget() {
            Ok(budget) => budget,
            Err(missing) => return Reading::new(name, Unit::Share, Err(missing), Vec::new()),
        };
        let (up, down) = (Exact::from(budget.increases), Exact::from(budget.decreases));
        let moved = match rate {
            Rate::Gross => up.plus(&down),
            Rate::Net => up.minus(&down).abs(),
            Rate::SignedNet => up.minus(&down),
            Rate::CutsOnly => down,
        };
        Reading::rate(name, &moved, &budget.original.into(), "budget.original", self.money(&ADJUSTED))
    }

    fn execution_rate(&self, of: Denominator) -> Reading {
        let name = <&str>::from(of);
        let absent = |missing| Reading::new(name, Unit::Share, Err(missing), Vec::new());
        let paid = match self.paid() {
            Ok(paid) => paid.into(),
            Err(missing) => return absent(missing),
        };
        let budget = self.figures.budget();
        let (divisor, divisor_name, evidence) = match of {
            Denominator::Adjusted => (budget.adjusted(), "budget.adjusted", self.money(&SPENDING)),
            Denominator::Original => (
                budget.original,
                "budget.original",
                self.money(&[MoneyQuantity::Original, MoneyQuantity::Paid]),
            ),
            Denominator::Received => {
                if !self.figures.money.contains_key(&MoneyQuantity::Received) {
                    return absent(Self::not_recorded(MoneyQuantity::Received));
                }
                (
                    budget.received,
                    "budget.received",
                    self.money(&[MoneyQuantity::Received, MoneyQuantity::Paid]),
                )
            }
        };
        Reading::rate(name, &paid, &divisor.into(), divisor_name, evidence)
    }

    fn count(&self, count: CountQuantity) -> Vec<Reading> {
        let value = self.figures.counts.get(&count).map(|count| Exact::from(*count));
        let value = value.ok_or_else(|| Missing::NotRecorded(<&str>::from(count).to_owned()));
        vec![Reading::new("", Unit::Count, value, vec![Evidence::Key(count_key(&self.figures.fund, count))])]
    }

    /// The projects of an origin that the fund carries: only once every project says where it is from.
    fn projects(&self, origin: Origin) -> Reading {
        self.counted("", |project| project.membership == Membership::InFund && project.origin == origin, true)
    }

    /// The projects that left.
    fn removed(&self) -> Reading {
        self.counted("", |project| project.membership == Membership::Removed, false)
    }

    /// What is there and came otherwise than during the year, and what left.
    fn start_of_year(&self, name: &str, during: &[Origin]) -> Reading {
        let was_there = |project: &ProjectFacts| match project.membership {
            Membership::InFund => !during.contains(&project.origin),
            Membership::Removed => true,
            Membership::NamedOnly => false,
        };
        self.counted(name, was_there, true)
    }

    fn counted(&self, name: &str, is_one: impl Fn(&ProjectFacts) -> bool, by_origin: bool) -> Reading {
        let Some(projects) = &self.figures.projects else {
            return Reading::new(name, Unit::Count, Err(Missing::NotLookedAt), Vec::new());
        };
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let is_open = |project: &&ProjectFacts| {
            project.membership == Membership::InFund && project.origin == Origin::NotStated
        };
        let open = number(projects.iter().filter(is_open).count());
        let found: Vec<_> = projects.iter().filter(|project| is_one(project)).collect();
        let value = if by_origin && open > 0 {
            Err(Missing::Origins(open))
        } else {
            Ok(Exact::from(number(found.len())))
        };
        let evidence = found.iter().map(|project| Evidence::Event(project.event.reference())).collect();
        Reading::new(name, Unit::Count, value, evidence)
    }

    /// The sum of the targets of a level, or of both.
    fn levels(&self, level: Option<TargetLevel>) -> Result<Vec<&SumResult>, Missing> {
        if self.figures.scheme.is_none() {
            return Err(Missing::NoEvaluation);
        }
        let levels = match level {
            Some(level) => vec![level],
            None => vec![TargetLevel::Overall, TargetLevel::Detail],
        };
        let of_level = |level: TargetLevel| {
            let name = if level == TargetLevel::Overall { "targets.overall" } else { "targets.detail" };
            self.figures.level(level).ok_or_else(|| Missing::NoNode(name.to_owned()))
        };
        levels.into_iter().map(of_level).collect()
    }

    fn targets(&self, level: Option<TargetLevel>, part: Part) -> Vec<Reading> {
        let unit = if part == Part::Rate { Unit::Share } else { Unit::Count };
        let sums = match self.levels(level) {
            Ok(sums) => sums,
            Err(missing) => return Reading::missing(unit, missing),
        };
        let sum = |of: fn(&SumResult) -> u32| sums.iter().map(|sum| of(sum)).fold(0, u32::saturating_add);
        let rows = |inputs: &'static [&'static str]| -> Vec<Evidence> {
            sums.iter().map(|sum| Evidence::Rows { node: Some(sum.node.to_string()), inputs }).collect()
        };
        let total = Exact::from(sum(|sum| sum.indicators));
        if part == Part::Total {
            return vec![Reading::new("", unit, Ok(total), rows(TARGETS))];
        }
        let attained = [
            ("by_value", sum(|sum| sum.met), MET_BY, sum(|sum| sum.not_scored)),
            ("by_full_self_score", sum(|sum| sum.self_full), SELF_SCORES, sum(|sum| sum.self_missing)),
        ];
        let reading = |(name, count, inputs, open): (&str, u32, &'static [&'static str], u32)| {
            let count = Exact::from(count);
            let reading = match part {
                Part::Rate => Reading::rate(name, &count, &total, "targets.total", rows(inputs)),
                Part::Total | Part::Attained => Reading::new(name, unit.clone(), Ok(count), rows(inputs)),
            };
            reading.incomplete(open)
        };
        attained.into_iter().map(reading).collect()
    }

    fn rows_named(&self, name: &str) -> Result<Vec<&IndicatorResult>, Missing> {
        let rows = self.figures.rows.as_ref().ok_or(Missing::NotLookedAt)?;
        let of_target = |row: &&IndicatorResult| row.inputs.iter().any(|input| input.quantity == "target");
        let found: Vec<_> =
            rows.iter().map(AsRef::as_ref).filter(of_target).filter(|row| row.name.zh == name).collect();
        if found.is_empty() { Err(Missing::NoTarget(name.to_owned())) } else { Ok(found) }
    }

    fn only_unmet(&self, name: &str) -> Vec<Reading> {
        let unit = Unit::Count;
        let overall = match self.levels(Some(TargetLevel::Overall)) {
            Ok(sums) => sums.first().map(|sum| sum.node.to_string()).unwrap_or_default(),
            Err(missing) => return Reading::missing(unit, missing),
        };
        let is_overall =
            |row: &&IndicatorResult| row.indicator.group().is_some_and(|group| group.as_str() == overall);
        let named = match self.rows_named(name) {
            Ok(rows) => rows.into_iter().find(|row| is_overall(row)),
            Err(missing) => return Reading::missing(unit, missing),
        };
        let Some(named) = named else {
            return Reading::missing(unit, Missing::NoTarget(name.to_owned()));
        };
        let rows = self.figures.rows.iter().flatten().map(AsRef::as_ref).filter(is_overall);
        let unmet: Vec<_> = rows.filter(|row| row.status != IndicatorStatus::Met).collect();
        // "All but this one": the named one has to be among the unmet, else the count is another one.
        let value = if named.status == IndicatorStatus::Met { 0 } else { unmet.len() };
        let value = Ok(Exact::from(u32::try_from(value).unwrap_or(u32::MAX)));
        let evidence = vec![Evidence::Rows { node: Some(overall), inputs: MET_BY }];
        vec![Reading::new("by_value", unit, value, evidence)]
    }

    fn actuals(&self, name: &str) -> Vec<Reading> {
        let rows = match self.rows_named(name) {
            Ok(rows) => rows,
            Err(missing) => return Reading::missing(Unit::Own(None), missing),
        };
        let reading = |row: &IndicatorResult| {
            let actual = row.input("actual");
            let value = actual.and_then(|actual| actual.value.as_ref()?.parse::<Number>().ok());
            let value = value.map(Exact::from).ok_or(Missing::NoActual);
            let unit = Unit::Own(actual.and_then(|actual| actual.unit.clone()));
            let event = actual.and_then(|actual| actual.event.clone());
            Reading::new(
                row.indicator.as_str(),
                unit,
                value,
                event.map(Evidence::Event).into_iter().collect(),
            )
        };
        rows.into_iter().take(MAX_NAMESAKES).map(reading).collect()
    }

    fn indicator(&self, node: &str) -> Result<&IndicatorResult, Missing> {
        if self.figures.scheme.is_none() {
            return Err(Missing::NoEvaluation);
        }
        let rows = self.figures.rows.as_ref().ok_or(Missing::NotLookedAt)?;
        let found = rows.iter().find(|row| row.indicator.as_str() == node);
        found.map(AsRef::as_ref).ok_or_else(|| Missing::NoNode(node.to_owned()))
    }

    fn rows(node: &str, inputs: &'static [&'static str]) -> Vec<Evidence> {
        vec![Evidence::Rows { node: (node != TOTAL).then(|| node.to_owned()), inputs }]
    }

    /// Points by self-scores and by the rules, or something of points and weight.
    fn points(&self, node: &str, of: impl Fn(Exact, &Exact) -> Exact) -> Vec<Reading> {
        let (weight, own, computed) = match self.figures.sum(node) {
            Some(sum) => {
                (sum.weight, (Some(sum.self_score), sum.self_missing), (Some(sum.score), sum.not_scored))
            }
            None => match self.indicator(node) {
                Ok(row) => (row.weight, (row.self_score, 0), (row.score, 0)),
                Err(missing) => return Reading::missing(Unit::Points, missing),
            },
        };
        let weight = Exact::from(weight);
        let reading = |name, (points, open): (Option<Number>, u32), inputs| {
            let value = points.map(|points| of(points.into(), &weight)).ok_or(Missing::Rows(1));
            Reading::new(name, Unit::Points, value, Self::rows(node, inputs)).incomplete(open)
        };
        vec![reading("by_self_scores", own, SELF_SCORES), reading("by_rules", computed, ALL)]
    }

    /// A weight as the scheme states it, and as its rows fill it.
    fn weights(&self, node: &str) -> Vec<Reading> {
        let Some(sum) = self.figures.sum(node) else {
            let value = self.indicator(node).map(|row| Exact::from(row.weight));
            return vec![Reading::new("by_scheme", Unit::Points, value, Self::rows(node, TARGETS))];
        };
        let filled =
            Reading::new("by_rows", Unit::Points, Ok(sum.filled_weight.into()), Self::rows(node, TARGETS));
        vec![Reading::new("by_scheme", Unit::Points, Ok(sum.weight.into()), Vec::new()), filled]
    }
}

/// The names of the nodes below a node, of the nodes at the top for [`TOTAL`].
pub(super) fn children<'f>(figures: &'f Figures, node: &str) -> Vec<&'f str> {
    let nodes = figures.scheme.iter().flat_map(|scheme| scheme.nodes.iter());
    let is_child = |child: &&jixiao_events::scheme::Node| match child.node.parent() {
        None => node == TOTAL,
        Some(parent) => parent.as_str() == node,
    };
    nodes.filter(is_child).map(|child| child.node.as_str()).collect()
}
