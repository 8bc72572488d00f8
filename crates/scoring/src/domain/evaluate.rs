//! Computes indicators from facts. The same facts give the same result, whatever led to them.

use std::collections::BTreeMap;

use jixiao_eventlog::{Meta, States};
use jixiao_events::attainment::{Attainment, Judgement, judge, standing, unit_match};
use jixiao_events::budget::{Budget, Denominator, Reading};
use jixiao_events::scheme::{Grade, Measure, Node, NodeBody, Rule, Scheme};
use jixiao_events::scoring::{
    CountQuantity, IndicatorResult, IndicatorStatus, Input, MoneyQuantity, ScoringEvent,
};
use jixiao_events::targets::{Criterion, Measured, TargetRef};
use jixiao_events::{FundId, IndicatorId, Money, Names, NodeId, Number, ProjectId};

use super::evolve;
use super::state::{
    Cited, ScoringState, TOTAL, TargetFacts, count_key, indicator_key, manual_key, money_key, project_key,
    self_key, sum_key, target_key,
};
use crate::rules;

/// The states as loaded, with what the events of this command have changed on top.
pub struct View<'a> {
    states: &'a States<'a, ScoringState>,
    changed: BTreeMap<String, Option<ScoringState>>,
}

impl<'a> View<'a> {
    /// Nothing changed yet.
    pub fn new(states: &'a States<'a, ScoringState>) -> Self {
        Self { states, changed: BTreeMap::new() }
    }

    /// Folds one event of this command on top. Facts cite their source, so that the row's own place does not matter.
    pub fn fold(&mut self, event: &ScoringEvent) {
        let meta = Meta { position: 0, id: String::new(), recorded_time: 0, actor: String::new() };
        for key in evolve::keys(event) {
            let loaded = self.states.get(&key);
            let state = self.changed.entry(key.clone()).or_insert_with(|| loaded.cloned());
            evolve::evolve(&key, state, event, &meta);
        }
    }

    /// The state under a key.
    pub fn get(&self, key: &str) -> Option<&ScoringState> {
        match self.changed.get(key) {
            Some(state) => state.as_ref(),
            None => self.states.get(key),
        }
    }

    /// The states without what this command changed.
    #[must_use]
    pub fn before(&self) -> Self {
        Self::new(self.states)
    }

    /// The keys whose states this command changed.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.changed.keys().map(String::as_str)
    }

    fn money(&self, fund: &FundId, quantity: MoneyQuantity) -> Money {
        self.get(&money_key(fund, quantity))
            .and_then(ScoringState::as_money)
            .map_or(Money::ZERO, |money| money.sum)
    }

    /// The sums of a fund's budget.
    pub fn budget(&self, fund: &FundId) -> Budget {
        Budget {
            original: self.money(fund, MoneyQuantity::Original),
            increases: self.money(fund, MoneyQuantity::Increase),
            decreases: self.money(fund, MoneyQuantity::Decrease),
            received: self.money(fund, MoneyQuantity::Received),
            paid: self.money(fund, MoneyQuantity::Paid),
        }
    }
}

/// A place of an evaluation that an indicator fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot<'s> {
    /// An indicator of the scheme.
    Node(&'s Node),
    /// A target below a node of the scheme.
    Target(&'s Node, TargetRef),
}

impl Slot<'_> {
    /// The indicator.
    pub fn indicator(&self) -> IndicatorId {
        match self {
            Self::Node(node) => node.node.clone().into(),
            Self::Target(node, target) => node.node.target(&target.target),
        }
    }

    /// The sums that it is part of, from the nearest to that of everything.
    pub fn sums(&self) -> Vec<NodeId> {
        let nearest = match self {
            Self::Node(node) => node.node.parent(),
            Self::Target(node, _) => Some(node.node.clone()),
        };
        std::iter::successors(nearest, NodeId::parent).chain(total()).collect()
    }

    /// The keys of what it is computed from, of its result and of its sums.
    pub fn keys(&self, fund: &FundId) -> Vec<String> {
        let indicator = self.indicator();
        let mut keys = vec![indicator_key(fund, &indicator), manual_key(fund, &indicator)];
        keys.extend(self.sums().iter().map(|node| sum_key(fund, Some(node))));
        match self {
            Self::Node(node) => {
                keys.push(self_key(fund, &indicator));
                if let NodeBody::Indicator { measure: Some(measure), .. } = &node.body {
                    keys.extend(money_of(measure.value).iter().map(|quantity| money_key(fund, *quantity)));
                    keys.extend(count_of(measure.value).map(|quantity| count_key(fund, quantity)));
                }
            }
            Self::Target(_, target) => {
                keys.push(target_key(target));
                keys.extend(target.project.iter().map(|project| project_key(fund, project)));
            }
        }
        keys
    }
}

/// The node of the sum of everything. Always there: `total` is a node's path.
pub fn total() -> Option<NodeId> {
    TOTAL.parse().ok()
}

/// The indicators of a scheme that are no targets.
pub fn indicator_slots(scheme: &Scheme) -> impl Iterator<Item = Slot<'_>> {
    scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::Indicator { .. })).map(Slot::Node)
}

/// Every place that a target may fill.
pub fn target_slots<'s>(scheme: &'s Scheme, target: &TargetRef) -> impl Iterator<Item = Slot<'s>> {
    let nodes = scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::EachTarget { .. }));
    nodes.map(move |node| Slot::Target(node, target.clone()))
}

/// The place that a target fills as it is defined now.
pub fn target_slot<'s>(scheme: &'s Scheme, facts: &TargetFacts) -> Option<Slot<'s>> {
    let defined = facts.defined.as_ref()?;
    let node = scheme.each_target(defined.definition.level)?;
    Some(Slot::Target(node, facts.target.clone()))
}

/// The sums of money that a measure is made of.
pub fn money_of(measure: Measure) -> &'static [MoneyQuantity] {
    use MoneyQuantity::{Decrease, Increase, Original, Paid, Received};
    match measure {
        Measure::AdjustmentRateGross | Measure::AdjustmentRateNet | Measure::AdjustmentRateSignedNet => {
            &[Original, Increase, Decrease]
        }
        Measure::AdjustmentRateCutsOnly => &[Original, Decrease],
        Measure::ExecutionRateOriginal => &[Original, Paid],
        Measure::ExecutionRateAdjusted => &[Original, Increase, Decrease, Paid],
        Measure::ExecutionRateReceived => &[Received, Paid],
        Measure::ContractsNotFiled | Measure::AcceptancesNotFiled => &[],
    }
}

/// The count that a measure is.
pub fn count_of(measure: Measure) -> Option<CountQuantity> {
    match measure {
        Measure::ContractsNotFiled => Some(CountQuantity::ContractsNotFiled),
        Measure::AcceptancesNotFiled => Some(CountQuantity::AcceptancesNotFiled),
        Measure::AdjustmentRateGross
        | Measure::AdjustmentRateNet
        | Measure::AdjustmentRateSignedNet
        | Measure::AdjustmentRateCutsOnly
        | Measure::ExecutionRateOriginal
        | Measure::ExecutionRateAdjusted
        | Measure::ExecutionRateReceived => None,
    }
}

/// A rate of a budget, in percent; `None` for a count and while what it divides by is not above zero.
pub fn rate(budget: &Budget, measure: Measure) -> Option<Number> {
    match measure {
        Measure::AdjustmentRateGross => budget.adjustment_rate_percent(Reading::Gross),
        Measure::AdjustmentRateNet => budget.adjustment_rate_percent(Reading::Net),
        Measure::AdjustmentRateSignedNet => budget.adjustment_rate_percent(Reading::SignedNet),
        Measure::AdjustmentRateCutsOnly => budget.adjustment_rate_percent(Reading::CutsOnly),
        Measure::ExecutionRateOriginal => budget.execution_rate_percent(Denominator::Original),
        Measure::ExecutionRateAdjusted => budget.execution_rate_percent(Denominator::Adjusted),
        Measure::ExecutionRateReceived => budget.execution_rate_percent(Denominator::Received),
        Measure::ContractsNotFiled | Measure::AcceptancesNotFiled => None,
    }
}

/// The best grade that a total earns, unrounded; `None` below the lowest.
pub fn grade(scheme: &Scheme, total: Number) -> Option<&Grade> {
    scheme.grades.iter().find(|grade| total >= grade.from.value)
}

/// Computes an indicator; `None` for a target that is not defined, withdrawn, of another level than the node's, or of a
/// project that left the fund.
pub fn compute(view: &View<'_>, fund: &FundId, scheme: &Scheme, slot: &Slot<'_>) -> Option<IndicatorResult> {
    let computed = match slot {
        Slot::Node(node) => of_node(view, fund, node),
        Slot::Target(node, target) => of_target(view, fund, node, target),
    }?;
    let Computed { name, weight, self_score, status, points, measured, rule, mut inputs } = computed;
    let score = points.map(|points| rules::rounded(scheme, points));
    if let (Some(points), Some(score)) = (points, score)
        && points != score
    {
        inputs.push(input("unrounded", Some(points.to_string()), None, None));
    }
    let indicator = slot.indicator();
    let rule = <&str>::from(rule).to_owned();
    Some(IndicatorResult { indicator, name, weight, self_score, score, status, rule, measured, inputs })
}

/// Whether only a person can judge it.
pub fn needs_person(view: &View<'_>, fund: &FundId, slot: &Slot<'_>) -> bool {
    match slot {
        Slot::Node(node) => matches!(node.body, NodeBody::Indicator { rule: Rule::Manual { .. }, .. }),
        Slot::Target(node, target) => {
            let facts = view.get(&target_key(target)).and_then(ScoringState::as_target);
            let is_manual = matches!(node.body, NodeBody::EachTarget { rule: Rule::Manual { .. }, .. });
            is_manual
                || facts
                    .and_then(|facts| judged(view, fund, facts))
                    .is_some_and(|judgement| judgement.status == Attainment::NeedsJudgement)
        }
    }
}

/// An indicator before its points are rounded.
struct Computed<'a> {
    name: Names,
    weight: Number,
    self_score: Option<Number>,
    status: IndicatorStatus,
    points: Option<Number>,
    measured: Option<Number>,
    rule: &'a Rule,
    inputs: Vec<Input>,
}

fn of_node<'a>(view: &View<'_>, fund: &FundId, node: &'a Node) -> Option<Computed<'a>> {
    let NodeBody::Indicator { measure, rule, .. } = &node.body else {
        return None;
    };
    let indicator = IndicatorId::from(node.node.clone());
    let weight = node.weight.value;
    let filed = view.get(&self_key(fund, &indicator)).and_then(ScoringState::as_self_score);
    let self_score = filed.map(|filed| filed.score);
    let mut inputs = Vec::new();
    let (status, points, measured) = match (measure, rule) {
        (_, Rule::Manual { self_score_stands }) => {
            let judged = manual(view, fund, &indicator, &mut inputs);
            let points = rules::manual_points(self_score_stands.value, weight, judged, self_score);
            (scored_or(points, IndicatorStatus::AwaitsJudgement), points, None)
        }
        (Some(measure), rule) => {
            let measured = measure_of(view, fund, measure.value, &mut inputs);
            let points = measured.and_then(|measured| rules::points(rule, weight, measured));
            (scored_or(points, IndicatorStatus::NoValue), points, measured)
        }
        // No scheme that was checked has a measured rule without a measure.
        (None, _) => (IndicatorStatus::NoValue, None, None),
    };
    if let Some(filed) = filed {
        inputs.push(input("self_score", Some(filed.score.to_string()), None, Some(&filed.event)));
    }
    Some(Computed { name: node.name.clone(), weight, self_score, status, points, measured, rule, inputs })
}

fn of_target<'a>(view: &View<'_>, fund: &FundId, node: &'a Node, target: &TargetRef) -> Option<Computed<'a>> {
    let NodeBody::EachTarget { level, rule, .. } = &node.body else {
        return None;
    };
    let facts = view.get(&target_key(target)).and_then(ScoringState::as_target)?;
    let defined = facts.defined.as_ref().filter(|defined| defined.definition.level == *level)?;
    let Judgement { status: attainment, percent } =
        judged(view, fund, facts).filter(|judgement| judgement.status != Attainment::Left)?;
    let definition = &defined.definition;
    let weight = definition.weight;
    let self_score = facts.self_score.as_ref().map(|filed| filed.score);

    let mut inputs = vec![input(
        "target",
        Some(criterion(&definition.criterion)),
        definition.unit.clone(),
        Some(&defined.event),
    )];
    let actual = facts.actual.as_ref();
    inputs.push(input(
        "actual",
        actual.map(|actual| measured_text(&actual.value)),
        actual.and_then(|actual| actual.unit.clone()),
        actual.map(|actual| &actual.event),
    ));
    if let Some(project) = project(view, fund, target.project.as_ref()) {
        let (state, event) = project;
        inputs.push(input("project_state", Some(state.to_owned()), None, Some(event)));
    }
    let judged = manual(view, fund, &node.node.target(&target.target), &mut inputs);
    if let Some(filed) = &facts.self_score {
        inputs.push(input("self_score", Some(filed.score.to_string()), None, Some(&filed.event)));
    }

    let (status, points) = match (attainment, rule) {
        // A project that never started has met nothing, whoever judges.
        (Attainment::NotStarted | Attainment::Left, _) => (IndicatorStatus::NotStarted, Some(Number::ZERO)),
        (_, Rule::Manual { self_score_stands }) => {
            let points = rules::manual_points(self_score_stands.value, weight, judged, self_score);
            (scored_or(points, IndicatorStatus::AwaitsJudgement), points)
        }
        (Attainment::Met, _) => (IndicatorStatus::Met, Some(weight)),
        (Attainment::Unmet, rule) => match percent {
            Some(percent) => match rules::points(rule, weight, percent) {
                Some(points) => (IndicatorStatus::Unmet, Some(points)),
                None => (IndicatorStatus::NoValue, None),
            },
            None => (IndicatorStatus::Unmet, Some(Number::ZERO)),
        },
        (Attainment::UnitMismatch, _) => (IndicatorStatus::UnitMismatch, None),
        (Attainment::NoActual, _) => (IndicatorStatus::NoActual, None),
        (Attainment::NeedsJudgement, _) => {
            let points = rules::manual_points(false, weight, judged, None);
            (scored_or(points, IndicatorStatus::AwaitsJudgement), points)
        }
    };
    let name = Names { zh: definition.name.clone(), en: None };
    Some(Computed { name, weight, self_score, status, points, measured: percent, rule, inputs })
}

/// Judges a target as it is known now; `None` while it is not defined.
fn judged(view: &View<'_>, fund: &FundId, facts: &TargetFacts) -> Option<Judgement> {
    let definition = &facts.defined.as_ref()?.definition;
    let project = facts.target.project.as_ref().and_then(|project| {
        let project = view.get(&project_key(fund, project)).and_then(ScoringState::as_project)?;
        Some(standing(Some(project.membership), project.state))
    });
    let actual = facts.actual.as_ref().map(|actual| {
        // Compared anew: a later version of the target may have another unit.
        (&actual.value, unit_match(definition, &actual.value, actual.unit.as_deref()))
    });
    Some(judge(definition, actual, project))
}

fn project<'v>(
    view: &'v View<'_>,
    fund: &FundId,
    project: Option<&ProjectId>,
) -> Option<(&'static str, &'v Cited)> {
    let facts = view.get(&project_key(fund, project?)).and_then(ScoringState::as_project)?;
    Some((standing(Some(facts.membership), facts.state).into(), &facts.event))
}

fn manual(
    view: &View<'_>,
    fund: &FundId,
    indicator: &IndicatorId,
    inputs: &mut Vec<Input>,
) -> Option<Number> {
    let judged = view.get(&manual_key(fund, indicator)).and_then(ScoringState::as_manual)?;
    // Its event is found by its key: the command that judges computes before its event has an id.
    inputs.push(input("manual_score", Some(judged.score.to_string()), None, None));
    Some(judged.score)
}

/// The measured value, its inputs noted.
fn measure_of(view: &View<'_>, fund: &FundId, measure: Measure, inputs: &mut Vec<Input>) -> Option<Number> {
    if let Some(quantity) = count_of(measure) {
        // While nothing is recorded about filings, "none missing" is not known.
        let count =
            view.get(&count_key(fund, quantity)).and_then(ScoringState::as_count).map(|count| count.count);
        inputs.push(input(quantity.into(), count.map(|count| count.to_string()), None, None));
        return count.map(Number::from);
    }
    for quantity in money_of(measure) {
        let sum = view.money(fund, *quantity).to_string();
        inputs.push(input((*quantity).into(), Some(sum), Some("CNY".to_owned()), None));
    }
    rate(&view.budget(fund), measure)
}

fn input(quantity: &str, value: Option<String>, unit: Option<String>, event: Option<&Cited>) -> Input {
    Input { quantity: quantity.to_owned(), value, unit, event: event.map(Cited::reference) }
}

fn scored_or(points: Option<Number>, without: IndicatorStatus) -> IndicatorStatus {
    if points.is_some() { IndicatorStatus::Scored } else { without }
}

/// When a target is met, in signs that need no language.
pub fn criterion(criterion: &Criterion) -> String {
    match criterion {
        Criterion::AtLeast { value } => format!("≥ {value}"),
        Criterion::AtMost { value } => format!("≤ {value}"),
        Criterion::Equal { value } => format!("= {value}"),
        Criterion::Between { min, max } => format!("{min} … {max}"),
        Criterion::ByDate { by } => format!("≤ {by}"),
        Criterion::YesNo { expected } => yes_no(*expected).to_owned(),
        Criterion::Qualitative { expected } => expected.clone(),
    }
}

fn measured_text(value: &Measured) -> String {
    match value {
        Measured::Number { value } => value.to_string(),
        Measured::Date { done } => done.to_string(),
        Measured::YesNo { yes } => yes_no(*yes).to_owned(),
        Measured::Level { level } => level.clone(),
    }
}

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}
