//! An evaluation in one pass over what was told, written from docs/rules.md: no state, nothing kept, no code of scoring.

use std::collections::BTreeMap;

use jixiao_events::scheme::{ByHand, CriterionRules, LateIn, Measure, Node, NodeBody, Outside, Rule, Scheme};
use jixiao_events::scoring::IndicatorStatus;
use jixiao_events::targets::{Criterion, Measured, TargetRef};
use jixiao_events::{PartialDate, ProjectId};

use super::ratio::Ratio;
use super::rules::{self, Before, Points};
use super::told::{Standing, Target, Told};

/// Decimals that points are kept to where the scheme states none.
const EXACT: u32 = 12;

/// An indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub weight: Ratio,
    pub status: IndicatorStatus,
    pub value: Option<Ratio>,
    pub score: Option<Ratio>,
    pub self_score: Option<Ratio>,
}

/// A sum: of a node, or of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    pub filled: Ratio,
    pub score: Ratio,
    pub self_score: Ratio,
    pub left_out: Ratio,
    pub indicators: u32,
    pub not_scored: u32,
    pub self_missing: u32,
    pub met: u32,
    pub self_full: u32,
}

/// An evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    pub lines: BTreeMap<String, Line>,
    pub sums: BTreeMap<String, Sum>,
    pub grade: String,
}

/// Evaluates what was told by a scheme.
pub fn evaluate(told: &Told, scheme: &Scheme) -> Evaluation {
    let pass = Pass { told, scheme, projects: told.projects(), targets: told.targets() };
    let mut lines = BTreeMap::new();
    for node in &scheme.nodes {
        match &node.body {
            NodeBody::Group { .. } => {}
            NodeBody::Indicator { .. } => drop(lines.insert(node.node.to_string(), pass.indicator(node))),
            NodeBody::EachTarget { .. } => {
                let members = pass.members(node);
                let weights = weights(node, &members);
                for ((target, known), weight) in members.into_iter().zip(weights) {
                    let path = format!("{}.{}", node.node, target.target);
                    let line = pass.target(node, &path, target, known, weight);
                    lines.insert(path, line);
                }
            }
        }
    }
    let mut sums = BTreeMap::new();
    let total = super::sums::total(scheme, &lines, &mut sums);
    let grade = rules::grade(scheme, told, total.score);
    Evaluation { lines, sums, grade }
}

struct Pass<'a> {
    told: &'a Told,
    scheme: &'a Scheme,
    projects: BTreeMap<&'a ProjectId, Standing>,
    targets: BTreeMap<&'a TargetRef, Target>,
}

/// The weights of the targets of a node: their own, or equal parts of the node's.
fn weights(node: &Node, members: &[(&TargetRef, &Target)]) -> Vec<Ratio> {
    let NodeBody::EachTarget { equal_parts, .. } = &node.body else { return Vec::new() };
    let Some(decimals) = equal_parts else {
        let own = |(_, known): &(_, &Target)| known.definition.as_ref().unwrap().weight.into();
        return members.iter().map(own).collect();
    };
    if members.is_empty() {
        return Vec::new();
    }
    let whole = Ratio::from(node.weight.value);
    let units = Ratio::whole(10_i128.pow(decimals.value));
    let count = Ratio::whole(members.len() as i128);
    let part = (whole * units).over(count).unwrap().floor();
    // What is left goes to the first ones, a unit each; less than a unit goes to the first.
    let left = whole * units - part * count;
    let mut parts: Vec<Ratio> = (0..members.len() as i128)
        .map(|at| part + if Ratio::whole(at) < left.floor() { Ratio::whole(1) } else { Ratio::ZERO })
        .collect();
    parts[0] = parts[0] + left - left.floor();
    parts.into_iter().map(|part| part.over(units).unwrap()).collect()
}

impl<'a> Pass<'a> {
    fn has_left(&self, target: &TargetRef) -> bool {
        self.standing(target) == Standing::Left
    }

    fn standing(&self, target: &TargetRef) -> Standing {
        let project = target.project.as_ref();
        project.and_then(|project| self.projects.get(project)).copied().unwrap_or(Standing::Runs)
    }

    /// The targets below a node: of its level and class, where no node has a longer class that fits.
    fn members(&self, node: &Node) -> Vec<(&'a TargetRef, &Target)> {
        let fits = |node: &Node, known: &Target| {
            let NodeBody::EachTarget { level, class, .. } = &node.body else { return None };
            let definition = known.definition.as_ref()?;
            let of = definition.class.as_deref().unwrap_or_default();
            let is_within =
                |class: &str| of == class || of.starts_with(class) && of.as_bytes()[class.len()] == b'.';
            match class {
                _ if *level != definition.level => None,
                None => Some(0),
                Some(class) => is_within(&class.value).then_some(class.value.len()),
            }
        };
        let is_member = |target: &TargetRef, known: &Target| {
            let length = fits(node, known);
            let longest = self.scheme.nodes.iter().filter_map(|other| fits(other, known)).max();
            length.is_some() && length == longest && !self.has_left(target)
        };
        let of_node = self.targets.iter().filter(|(target, known)| is_member(target, known));
        let mut members: Vec<_> = of_node.map(|(target, known)| (*target, known)).collect();
        members.sort_by_key(|(target, _)| target.target.to_string());
        members
    }

    fn is_penalty(&self, node: &Node) -> bool {
        let top = node.node.as_str().split('.').next();
        let top = self.scheme.nodes.iter().find(|other| Some(other.node.as_str()) == top);
        top.and_then(|top| top.outside.as_ref()).is_some_and(|outside| outside.value == Outside::Penalty)
    }

    /// Rounded, and of a penalty what is lost.
    fn kept(&self, node: &Node, weight: Ratio, points: Ratio) -> Ratio {
        let points = if self.is_penalty(node) { points - weight } else { points };
        let decimals = self.scheme.decimals.as_ref().map_or(EXACT, |decimals| decimals.value);
        points.rounded(decimals)
    }

    fn indicator(&self, node: &Node) -> Line {
        let NodeBody::Indicator { measure, month, targets, asks, rule, gates, by_hand, .. } = &node.body
        else {
            unreachable!()
        };
        let weight = Ratio::from(node.weight.value);
        let said = self.told.said(node.node.as_str());
        let self_score = self.told.self_score(node.node.as_str());
        let measure = measure.as_ref().map(|measure| measure.value);
        let until = month.as_ref().map(|month| (self.scheme.fiscal_year, i8::try_from(month.value).unwrap()));
        let value = match measure {
            None => None,
            Some(Measure::Answer) => {
                let ask = &asks[0];
                said.answers.get(&ask.ask).and_then(|answer| rules::answered(&ask.kind, answer))
            }
            Some(Measure::OverProjects) => self.over_projects(&targets.as_ref().unwrap().value),
            Some(measure) => self.told.figure(measure, until),
        };
        let line = |status, score| Line { weight, status, value, score, self_score };
        if said.not_applicable && node.optional.as_ref().is_some_and(|optional| optional.value) {
            return line(IndicatorStatus::NotApplicable, None);
        }
        let level = said.level.as_deref();
        let before = Before { told: self.told, weight, value, said: &said, self_score, level };
        let by_rule = match (measure, value) {
            (Some(Measure::Answer), None) => Points::Wait,
            (Some(_), None) => Points::Missing,
            _ => before.gated(gates, before.points(rule)),
        };
        let by_hand = by_hand.as_ref().map(|by_hand| by_hand.value);
        let points = match (by_hand, by_rule) {
            (Some(ByHand::Replace), _) if said.points.is_some() => {
                Points::Are(said.points.unwrap().min(weight))
            }
            (Some(ByHand::Deduct), Points::Are(points)) => {
                Points::Are((points - said.deduction.unwrap_or_default()).max(Ratio::ZERO))
            }
            _ => by_rule,
        };
        match points {
            Points::Are(points) => line(IndicatorStatus::Scored, Some(self.kept(node, weight, points))),
            Points::Wait => line(IndicatorStatus::AwaitsJudgement, None),
            Points::Missing => line(IndicatorStatus::NoValue, None),
        }
    }

    fn target(&self, node: &Node, path: &str, target: &TargetRef, known: &Target, weight: Ratio) -> Line {
        use IndicatorStatus::{
            AwaitsJudgement, Met, NoActual, NoValue, NotStarted, Scored, UnitMismatch, Unmet,
        };
        let NodeBody::EachTarget { rule, rules, .. } = &node.body else { unreachable!() };
        let definition = known.definition.as_ref().unwrap();
        let said = self.told.said(path);
        let reported = match &known.actual {
            Some((Measured::Level { level }, _)) => Some(level.as_str()),
            _ => None,
        };
        let level = said.level.as_deref().or(reported);
        let line = |status, value, points: Option<Ratio>| Line {
            weight,
            status,
            value,
            score: points.map(|points| self.kept(node, weight, points)),
            self_score: known.self_score,
        };
        // Points by a rule: of a value they say how far what is not met was met.
        let by = |rule: &Rule, value: Option<Ratio>, status| {
            let self_score = known.self_score;
            let before = Before { told: self.told, weight, value, said: &said, self_score, level };
            match before.points(rule) {
                Points::Are(points) => line(status, value, Some(points)),
                Points::Wait => line(AwaitsJudgement, value, None),
                Points::Missing => line(NoValue, value, None),
            }
        };
        if self.standing(target) == Standing::NeverMet {
            return line(NotStarted, None, Some(Ratio::ZERO));
        }
        let attained = attained(&definition.criterion, definition.unit.as_deref(), known.actual.as_ref());
        let percent = match attained {
            Attained::Met(percent) | Attained::Unmet(percent) => percent,
            _ => None,
        };
        if matches!(rule, Rule::Manual { .. }) && attained != Attained::InWords {
            let missed = || self.missed(rules, &definition.criterion, known).1;
            let value =
                if matches!(attained, Attained::Unmet(_)) { percent.or_else(missed) } else { percent };
            return by(rule, value, Scored);
        }
        match attained {
            Attained::None => line(NoActual, None, None),
            Attained::OtherUnit => line(UnitMismatch, None, None),
            Attained::Met(percent) => line(Met, percent, Some(weight)),
            Attained::InWords => match (&rules.qualitative, rule) {
                (Some(levels), _) => by(levels, None, Scored),
                (None, Rule::Manual { .. }) => by(rule, None, Scored),
                (None, _) => match said.points {
                    Some(points) => line(Scored, None, Some(points.min(weight).max(Ratio::ZERO))),
                    None => line(AwaitsJudgement, None, None),
                },
            },
            Attained::Unmet(percent) => {
                let (own, value) = self.missed(rules, &definition.criterion, known);
                match (percent, own, value) {
                    (Some(percent), ..) => by(rule, Some(percent), Unmet),
                    (None, Some(own), Some(value)) => by(own, Some(value), Unmet),
                    (None, _, value) => line(Unmet, value, Some(Ratio::ZERO)),
                }
            }
        }
    }

    /// The rule and the value of a target that is not met, where its criterion has those of its own.
    fn missed<'r>(
        &self,
        rules: &'r CriterionRules,
        criterion: &Criterion,
        known: &Target,
    ) -> (Option<&'r Rule>, Option<Ratio>) {
        let percent = |actual: Ratio, of: Ratio| {
            if of > Ratio::ZERO { (actual * Ratio::whole(100)).over(of) } else { None }
        };
        match (criterion, known.actual.as_ref().map(|(value, _)| value)) {
            (Criterion::AtMost { value }, Some(Measured::Number { value: actual })) => {
                (rules.at_most.as_ref(), percent((*actual).into(), (*value).into()))
            }
            (Criterion::Equal { value }, Some(Measured::Number { value: actual })) => {
                (rules.equal.as_ref(), percent((*actual).into(), (*value).into()))
            }
            (Criterion::Between { min, max }, Some(Measured::Number { value: actual })) => {
                let passed = if actual < min { min } else { max };
                (rules.between.as_ref(), percent((*actual).into(), (*passed).into()))
            }
            (Criterion::ByDate { by }, Some(Measured::Date { done })) => {
                let late_in = rules.late_in.as_ref().map_or(LateIn::Days, |late_in| late_in.value);
                (rules.by_date.as_ref(), self.late(*by, *done, late_in))
            }
            _ => (None, None),
        }
    }

    fn late(&self, by: PartialDate, done: PartialDate, late_in: LateIn) -> Option<Ratio> {
        let days =
            |from: PartialDate, to: PartialDate| Ratio::from(to.day_number()) - from.day_number().into();
        let late = days(by, done);
        match late_in {
            LateIn::Days => Some(late),
            LateIn::Percent => {
                let planned = days(PartialDate::Year(self.scheme.fiscal_year - 1), by);
                if planned > Ratio::ZERO { (late * Ratio::whole(100)).over(planned) } else { None }
            }
            LateIn::Months => {
                // As many months as are needed for the day to come round, the last of a month for the last of another.
                let (by, done) = (by.last_day(), done.last_day());
                let round = |months: i32| {
                    let month = by
                        .first_of_month()
                        .checked_add(jiff::Span::new().months(months))
                        .unwrap()
                        .last_of_month();
                    let day = if by == by.last_of_month() { month.day() } else { by.day().min(month.day()) };
                    month.with().day(day).build().unwrap()
                };
                (0..1_000).find(|months| round(*months) >= done).map(|months| Ratio::whole(months.into()))
            }
        }
    }

    /// The sum of the actuals by the sum of the targets of one name, in percent; percentages weighed by money.
    fn over_projects(&self, name: &str) -> Option<Ratio> {
        let is_of = |target: &TargetRef, known: &Target| {
            known.definition.as_ref().is_some_and(|definition| definition.name == name)
                && !self.has_left(target)
        };
        let members: Vec<_> = self.targets.iter().filter(|(target, known)| is_of(target, known)).collect();
        let unit_of = |known: &Target| known.definition.as_ref().unwrap().unit.clone().unwrap_or_default();
        let unit = unit_of(members.first()?.1);
        let (mut wanted, mut reached) = (Ratio::ZERO, Ratio::ZERO);
        for (target, known) in members {
            let (actual, of_actual) = known.actual.as_ref()?;
            let is_same = unit_of(known).trim() == unit.trim()
                && of_actual.as_ref().is_none_or(|of_actual| of_actual.trim() == unit.trim());
            let (Criterion::AtLeast { value }, Measured::Number { value: actual }, true) =
                (&known.definition.as_ref().unwrap().criterion, actual, is_same)
            else {
                return None;
            };
            let is_share = ["%", "％", "‰"].contains(&unit.trim());
            let by = if is_share { self.told.budget_of(target.project.as_ref()?)? } else { Ratio::whole(1) };
            wanted = wanted + by * (*value).into();
            reached = reached + by * (*actual).into();
        }
        if wanted > Ratio::ZERO { (reached * Ratio::whole(100)).over(wanted) } else { None }
    }
}

/// Whether a target is met, and how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attained {
    Met(Option<Ratio>),
    Unmet(Option<Ratio>),
    None,
    OtherUnit,
    InWords,
}

fn attained(
    criterion: &Criterion,
    unit: Option<&str>,
    actual: Option<&(Measured, Option<String>)>,
) -> Attained {
    let Some((value, of_actual)) = actual else { return Attained::None };
    let unit = unit.map(str::trim).unwrap_or_default();
    let of_actual = of_actual.as_deref().map(str::trim).unwrap_or_default();
    // Where none is said, the target's is meant.
    let is_same = of_actual == unit || of_actual.is_empty();
    let is_met = match (criterion, value) {
        (Criterion::AtLeast { value: wanted }, Measured::Number { value }) if is_same => value >= wanted,
        (Criterion::AtMost { value: wanted }, Measured::Number { value }) if is_same => value <= wanted,
        (Criterion::Equal { value: wanted }, Measured::Number { value }) if is_same => value == wanted,
        (Criterion::Between { min, max }, Measured::Number { value }) if is_same => {
            (min..=max).contains(&value)
        }
        (Criterion::ByDate { by }, Measured::Date { done }) => done.last_day() <= by.last_day(),
        (Criterion::YesNo { expected }, Measured::YesNo { yes }) => yes == expected,
        (Criterion::Qualitative { .. }, Measured::Level { .. }) => return Attained::InWords,
        _ => return Attained::OtherUnit,
    };
    let percent = match (criterion, value) {
        (Criterion::AtLeast { value: wanted }, Measured::Number { value })
            if Ratio::from(*wanted) > Ratio::ZERO =>
        {
            (Ratio::from(*value) * Ratio::whole(100)).over((*wanted).into())
        }
        _ => None,
    };
    if is_met { Attained::Met(percent) } else { Attained::Unmet(percent) }
}
