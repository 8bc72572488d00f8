//! What indicators measure: the values, and what they are made of.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::States;
use jixiao_events::budget::{Budget, Denominator, Reading};
use jixiao_events::scheme::{Answer, Ask, AskKind, Condition, Measure, NodeBody, Rule, Term};
use jixiao_events::scoring::{CountQuantity, Input, MoneyQuantity, ScopeQuantity};
use jixiao_events::targets::{Criterion, Measured, TargetRef};
use jixiao_events::{Evaluated, FundId, Money, Number};

use super::booked;
use super::sight::{has_left, input};
use super::state::{Few, ScoringState, named_targets_key, project_key, project_scope_key, target_key};
use super::texts::{criterion, measured_text};
use super::view::View;
use crate::rules;

/// The sums of money that a measure is made of.
pub fn money_of(measure: Measure) -> &'static [MoneyQuantity] {
    use MoneyQuantity::{Decrease, Increase, Original, Paid, Received};
    match measure {
        Measure::AdjustmentRateGross | Measure::AdjustmentRateNet | Measure::AdjustmentRateSignedNet => {
            &[Original, Increase, Decrease]
        }
        Measure::AdjustmentRateCutsOnly => &[Original, Decrease],
        Measure::ExecutionRateOriginal => &[Original, Paid],
        Measure::ExecutionRateAdjusted | Measure::SavingRate => &[Original, Increase, Decrease, Paid],
        Measure::ExecutionRateReceived => &[Received, Paid],
        Measure::ReceiptRate => &[Original, Increase, Decrease, Received],
        Measure::ContractsNotFiled
        | Measure::AcceptancesNotFiled
        | Measure::Adjustments
        | Measure::Answer
        | Measure::OverProjects => &[],
    }
}

/// The count that a measure is.
pub fn count_of(measure: Measure) -> Option<CountQuantity> {
    match measure {
        Measure::ContractsNotFiled => Some(CountQuantity::ContractsNotFiled),
        Measure::AcceptancesNotFiled => Some(CountQuantity::AcceptancesNotFiled),
        Measure::Adjustments => Some(CountQuantity::Adjustments),
        Measure::AdjustmentRateGross
        | Measure::AdjustmentRateNet
        | Measure::AdjustmentRateSignedNet
        | Measure::AdjustmentRateCutsOnly
        | Measure::ExecutionRateOriginal
        | Measure::ExecutionRateAdjusted
        | Measure::ExecutionRateReceived
        | Measure::ReceiptRate
        | Measure::SavingRate
        | Measure::Answer
        | Measure::OverProjects => None,
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
        Measure::ReceiptRate => budget.receipt_rate_percent(),
        Measure::SavingRate => budget.saving_rate_percent(),
        Measure::ContractsNotFiled
        | Measure::AcceptancesNotFiled
        | Measure::Adjustments
        | Measure::Answer
        | Measure::OverProjects => None,
    }
}

/// The figures that the conditions of an indicator compare, beside what it measures.
pub fn compared(body: &NodeBody) -> BTreeSet<Measure> {
    let NodeBody::Indicator { rule, gates, .. } = body else {
        return BTreeSet::new();
    };
    let cases = match rule {
        Rule::Cases { cases, .. } => cases.as_slice(),
        _ => &[],
    };
    let when = cases.iter().map(|case| &case.when).chain(gates.iter().map(|gate| &gate.when));
    figures_in(when.flatten()).collect()
}

/// The figures of a fund that conditions name.
pub fn figures_in<'c>(when: impl Iterator<Item = &'c Condition>) -> impl Iterator<Item = Measure> {
    let terms = when.flat_map(|condition| [&condition.left, &condition.right]);
    terms.filter_map(|term| match term {
        Term::Measure { measure } => Some(*measure),
        Term::Value {} | Term::Answer { .. } | Term::Total {} | Term::Number { .. } => None,
    })
}

/// Everything that an indicator measures or compares.
pub fn all_of(body: &NodeBody) -> BTreeSet<Measure> {
    let mut all = compared(body);
    if let NodeBody::Indicator { measure: Some(measure), .. } = body {
        all.insert(measure.value);
    }
    all
}

/// The keys of what an indicator measures and compares, as far as what is loaded leads to them.
pub fn keys(of: &Evaluated, body: &NodeBody, states: &States<'_, ScoringState>) -> Vec<String> {
    let NodeBody::Indicator { month, targets, .. } = body else {
        return Vec::new();
    };
    let mut keys = Vec::new();
    for measure in all_of(body) {
        if month.is_some() {
            keys.extend(booked::month_keys(of, measure));
        }
        if month.is_none() || count_of(measure).is_some() {
            keys.extend(booked::keys(of, measure));
        }
    }
    if let Some(name) = targets {
        let named = named_targets_key(&of.fund, &name.value);
        let members = states.get(&named).and_then(ScoringState::as_named_targets);
        for target in members.into_iter().flat_map(Few::iter).filter(|target| is_of(of, target)) {
            keys.push(target_key(target));
            if let Some(project) = &target.project {
                keys.extend([project_key(&of.fund, project), project_scope_key(&of.fund, project)]);
            }
        }
        keys.push(named);
    }
    keys
}

/// Whether a target is one of what is evaluated: of a fund all are, of a project its own.
pub fn is_of(of: &Evaluated, target: &TargetRef) -> bool {
    target.fund == of.fund && (of.project.is_none() || target.project == of.project)
}

/// A figure that conditions compare, with everything that is booked.
pub fn figure(view: &View<'_>, of: &Evaluated, measure: Measure) -> Option<Number> {
    match count_of(measure) {
        Some(quantity) => booked::counted(view, of, quantity).map(|(count, _)| count),
        None => rate(&booked::budget(view, of, measure, None)?, measure),
    }
}

/// Notes what the conditions of an indicator compare, beside what it measures.
pub fn note_compared(view: &View<'_>, of: &Evaluated, body: &NodeBody, inputs: &mut Vec<Input>) {
    for measure in compared(body) {
        match count_of(measure) {
            Some(quantity) => drop(note_count(view, of, quantity, inputs)),
            None => note_money(view, of, measure, None, inputs),
        }
    }
}

fn note(inputs: &mut Vec<Input>, input: Input) {
    if !inputs.iter().any(|other| other.quantity == input.quantity) {
        inputs.push(input);
    }
}

fn note_count(
    view: &View<'_>,
    of: &Evaluated,
    quantity: CountQuantity,
    inputs: &mut Vec<Input>,
) -> Option<Number> {
    let counted = booked::counted(view, of, quantity);
    let value = counted.map(|(count, _)| count.to_string());
    note(inputs, input(quantity.into(), value, None, counted.and_then(|(_, event)| event)));
    counted.map(|(count, _)| count)
}

fn note_money(
    view: &View<'_>,
    of: &Evaluated,
    measure: Measure,
    until: Option<&str>,
    inputs: &mut Vec<Input>,
) {
    for quantity in money_of(measure) {
        let sum = booked::money(view, of, *quantity, until).map(|sum| sum.to_string());
        let name = <&str>::from(*quantity);
        let name = until.map_or_else(|| name.to_owned(), |until| format!("{name}@{until}"));
        note(inputs, input(&name, sum, Some("CNY".to_owned()), None));
    }
}

/// What an indicator of a scheme of a fiscal year measures, its inputs noted; `None` where there is no value.
pub fn measured(
    view: &View<'_>,
    of: &Evaluated,
    fiscal_year: i16,
    body: &NodeBody,
    answers: &BTreeMap<String, Answer>,
    inputs: &mut Vec<Input>,
) -> Option<Number> {
    let NodeBody::Indicator { measure: Some(measure), month, targets, asks, .. } = body else {
        return None;
    };
    let measure = measure.value;
    match measure {
        Measure::Answer => asks.first().and_then(|ask| asked(ask, answers.get(&ask.ask)?)),
        Measure::OverProjects => over_projects(view, of, &targets.as_ref()?.value, inputs),
        _ => {
            if let Some(quantity) = count_of(measure) {
                return note_count(view, of, quantity, inputs);
            }
            let until = month.as_ref().map(|month| format!("{fiscal_year:04}-{:02}", month.value));
            note_money(view, of, measure, until.as_deref(), inputs);
            rate(&booked::budget(view, of, measure, until.as_deref())?, measure)
        }
    }
}

/// An answer as what is measured: of a survey the mean worth of the valid answers, in percent; `None` without one.
fn asked(ask: &Ask, answer: &Answer) -> Option<Number> {
    let (AskKind::Survey { choices }, Answer::Survey { counts }) = (&ask.kind, answer) else {
        return rules::answered(answer);
    };
    let (mut worth, mut all) = (Number::ZERO, Number::ZERO);
    for choice in choices {
        let count = counts.get(&choice.choice).copied().unwrap_or_default();
        let count = Number::from(i64::try_from(count).ok()?);
        worth = worth.checked_add(count.checked_mul(choice.share.value)?)?;
        all = all.checked_add(count)?;
    }
    worth.checked_mul(Number::HUNDRED)?.checked_div(all)
}

/// A target that is part of a measure over projects.
struct Member<'v> {
    target: &'v TargetRef,
    wanted: Number,
    reached: Number,
}

/// Actual by target of the targets of one name, in percent: the sum of the actuals by the sum of the targets; of
/// percentages, each weighed by its project's budget. `None` while one of them has no actual or another unit, or what
/// it is weighed by is not known.
fn over_projects(view: &View<'_>, of: &Evaluated, name: &str, inputs: &mut Vec<Input>) -> Option<Number> {
    let fund = &of.fund;
    let named = view.get(&named_targets_key(fund, name)).and_then(ScoringState::as_named_targets)?;
    let mut members = Vec::new();
    let mut unit: Option<&str> = None;
    let mut is_whole = true;
    for target in named.iter().filter(|target| is_of(of, target)) {
        let facts = view.get(&target_key(target)).and_then(ScoringState::as_target);
        let Some((facts, defined)) = facts.and_then(|facts| Some((facts, facts.defined.as_ref()?))) else {
            continue;
        };
        if defined.definition.name != name || has_left(view, fund, facts) {
            continue;
        }
        let id = &target.target;
        let target_text = criterion(&defined.definition.criterion);
        let of_target = defined.definition.unit.clone();
        inputs.push(input(&format!("target {id}"), Some(target_text), of_target, Some(&defined.event)));
        let actual = facts.actual.as_ref();
        inputs.push(input(
            &format!("actual {id}"),
            actual.map(|actual| measured_text(&actual.value)),
            actual.and_then(|actual| actual.unit.clone()),
            actual.map(|actual| &actual.event),
        ));
        let own_unit = defined.definition.unit.as_deref().map(str::trim).unwrap_or_default();
        let fits = *unit.get_or_insert(own_unit) == own_unit
            && actual.is_none_or(|actual| {
                actual.unit.as_deref().is_none_or(|of_actual| of_actual.trim() == own_unit)
            });
        match (&defined.definition.criterion, actual.map(|actual| &actual.value)) {
            (Criterion::AtLeast { value: wanted }, Some(Measured::Number { value: reached })) if fits => {
                members.push(Member { target, wanted: *wanted, reached: *reached });
            }
            _ => is_whole = false,
        }
    }
    if !is_whole {
        return None;
    }
    let is_share = matches!(unit?, "%" | "％" | "‰");
    let (mut wanted, mut reached) = (Number::ZERO, Number::ZERO);
    for member in members {
        let by = if is_share { budget_of(view, fund, member.target, inputs)? } else { Number::ONE };
        wanted = wanted.checked_add(member.wanted.checked_mul(by)?)?;
        reached = reached.checked_add(member.reached.checked_mul(by)?)?;
    }
    if wanted <= Number::ZERO {
        return None;
    }
    reached.checked_mul(Number::HUNDRED)?.checked_div(wanted)
}

/// The budget of a target's project, in yuan: what was allocated and moved, else what a report states.
fn budget_of(view: &View<'_>, fund: &FundId, target: &TargetRef, inputs: &mut Vec<Input>) -> Option<Number> {
    use ScopeQuantity::{Allocated, Decrease, Increase, StatedArranged};
    let project = target.project.as_ref()?;
    let money = view.get(&project_scope_key(fund, project)).and_then(ScoringState::as_scope_money)?;
    let mut note = |quantity: ScopeQuantity| {
        // What took all of it back is why there is none.
        let moved = money.sums.get(&quantity)?;
        let sum = money.sum(quantity).map(|sum| sum.sum);
        let name = format!("{} {project}", <&str>::from(quantity));
        let value = sum.map(|sum| sum.to_string());
        inputs.push(input(&name, value, Some("CNY".to_owned()), Some(&moved.event)));
        sum
    };
    let budget = match note(Allocated) {
        Some(allocated) => {
            let [ups, downs] = [Increase, Decrease].map(|quantity| note(quantity).unwrap_or(Money::ZERO));
            allocated + ups - downs
        }
        None => note(StatedArranged)?,
    };
    budget.yuan()
}
