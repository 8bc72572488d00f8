//! What is known of an indicator before its rule is asked.

use std::collections::BTreeMap;

use jixiao_events::attainment::{Attainment, Judgement, judge, standing, unit_match};
use jixiao_events::scheme::{
    Answer, ByHand, CriterionRules, Gate, LateIn, Measure, Node, NodeBody, Rule, Scheme,
};
use jixiao_events::scoring::{IndicatorStatus, Input};
use jixiao_events::targets::{Criterion, Measured, TargetRef};
use jixiao_events::{Evaluated, FundId, IndicatorId, Names, Number, PartialDate, ProjectId};

use super::evaluate::{Slot, View};
use super::measure;
use super::state::{
    Cited, Judged, ProjectFacts, ScoringState, TargetFacts, judged_key, manual_key, project_key, self_key,
    target_key,
};
use super::texts::{answer_text, criterion, measured_text};
use crate::rules::Seen;

/// What is known of an indicator before its rule is asked.
pub(super) struct Sight<'a> {
    pub(super) name: Names,
    pub(super) weight: Number,
    pub(super) self_score: Option<Number>,
    pub(super) measured: Option<Number>,
    pub(super) rule: &'a Rule,
    pub(super) inputs: Vec<Input>,
    /// A person's points.
    pub(super) given: Option<Number>,
    pub(super) judged: Judged,
    /// The level that was reached, in words.
    pub(super) level: Option<String>,
    pub(super) gates: &'a [Gate],
    pub(super) by_hand: Option<ByHand>,
    pub(super) standing: Standing,
}

/// Whether something decides before the rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Status and points are decided.
    Decided(IndicatorStatus, Option<Number>),
    /// A person said that it is not applicable.
    NotApplicable,
    /// Only a person's points decide: the criterion is in words, and no rule has levels for it.
    Words,
    /// The rule decides.
    Needs,
}

impl Sight<'_> {
    /// Asks a rule with what is seen.
    pub(super) fn with<T>(
        &self,
        figure: &dyn Fn(Measure) -> Option<Number>,
        ask: impl FnOnce(&Rule, &Seen<'_>) -> T,
    ) -> T {
        let answers: BTreeMap<String, Answer> = self.judged.answers();
        let seen = Seen {
            weight: self.weight,
            measured: self.measured,
            judged: self.given,
            coefficient: self.judged.coefficient.as_ref().map(|said| said.value),
            self_score: self.self_score,
            level: self.level.as_deref(),
            answers: &answers,
            figure,
        };
        ask(self.rule, &seen)
    }
}

/// What is known of an indicator.
pub(super) fn look<'a>(
    view: &View<'_>,
    of: &Evaluated,
    scheme: &'a Scheme,
    slot: &Slot<'a>,
) -> Option<Sight<'a>> {
    match slot {
        Slot::Node(node) => look_at_node(view, of, scheme, node),
        Slot::Target(node, target) => look_at_target(view, of, scheme, node, target),
    }
}

fn look_at_node<'a>(view: &View<'_>, of: &Evaluated, scheme: &Scheme, node: &'a Node) -> Option<Sight<'a>> {
    let NodeBody::Indicator { measure, rule, gates, by_hand, .. } = &node.body else {
        return None;
    };
    let indicator = IndicatorId::from(node.node.clone());
    let filed = view.get(&self_key(of, &indicator)).and_then(ScoringState::as_self_score);
    let judged = judged_of(view, of, &indicator);
    let mut inputs = Vec::new();
    let answers = judged.answers();
    let measured = measure::measured(view, of, scheme.fiscal_year, &node.body, &answers, &mut inputs);
    measure::note_compared(view, of, &node.body, &mut inputs);
    let given = given(view, of, &indicator, &judged, &mut inputs);
    note_judged(&judged, &mut inputs);
    if let Some(filed) = filed {
        inputs.push(input("self_score", Some(filed.score.to_string()), None, Some(&filed.event)));
    }
    let is_left_out =
        judged.not_applicable.is_some() && node.optional.as_ref().is_some_and(|optional| optional.value);
    let standing = match (measure, measured) {
        _ if is_left_out => Standing::NotApplicable,
        (Some(measure), None) if measure.value == Measure::Answer => {
            Standing::Decided(IndicatorStatus::AwaitsJudgement, None)
        }
        (Some(_), None) => Standing::Decided(IndicatorStatus::NoValue, None),
        _ => Standing::Needs,
    };
    Some(Sight {
        name: node.name.clone(),
        weight: node.weight.value,
        self_score: filed.map(|filed| filed.score),
        measured,
        rule,
        inputs,
        given,
        level: judged.level.as_ref().map(|said| said.value.0.clone()),
        judged,
        gates,
        by_hand: by_hand.as_ref().map(|by_hand| by_hand.value),
        standing,
    })
}

fn look_at_target<'a>(
    view: &View<'_>,
    of: &Evaluated,
    scheme: &'a Scheme,
    node: &'a Node,
    target: &TargetRef,
) -> Option<Sight<'a>> {
    let NodeBody::EachTarget { rule, rules, .. } = &node.body else {
        return None;
    };
    let facts = view.get(&target_key(target)).and_then(ScoringState::as_target)?;
    let defined = facts.defined.as_ref()?;
    let definition = &defined.definition;
    let own = scheme.each_target(definition.level, definition.class.as_deref())?;
    if own.node != node.node {
        return None;
    }
    let Judgement { status: attainment, percent } =
        attained(view, &of.fund, facts).filter(|judgement| judgement.status != Attainment::Left)?;
    let indicator = node.node.target(&target.target);
    let weight = view.equal_part(of, scheme, node, &indicator).unwrap_or(definition.weight);
    let judged = judged_of(view, of, &indicator);

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
    if let Some((state, event)) = project(view, &of.fund, target.project.as_ref()) {
        inputs.push(input("project_state", Some(state.to_owned()), None, Some(event)));
    }
    let given = given(view, of, &indicator, &judged, &mut inputs);
    note_judged(&judged, &mut inputs);
    if let Some(filed) = &facts.self_score {
        inputs.push(input("self_score", Some(filed.score.to_string()), None, Some(&filed.event)));
    }

    let (by_criterion, measured) = match (attainment, actual) {
        (Attainment::Unmet, Some(actual)) => {
            let (rule, value) = missed(rules, rule, &definition.criterion, &actual.value, scheme.fiscal_year);
            (rule, percent.or(value))
        }
        (Attainment::NeedsJudgement, _) => (rules.qualitative.as_ref(), percent),
        _ => (Some(rule), percent),
    };
    let nothing = Some(Number::ZERO);
    let standing = match (attainment, by_criterion) {
        // A project that never started has met nothing, whoever judges.
        (Attainment::NotStarted | Attainment::Left, _) => {
            Standing::Decided(IndicatorStatus::NotStarted, nothing)
        }
        _ if matches!(rule, Rule::Manual { .. }) => Standing::Needs,
        (Attainment::Met, _) => Standing::Decided(IndicatorStatus::Met, Some(weight)),
        (Attainment::Unmet, Some(_)) if measured.is_some() => Standing::Needs,
        (Attainment::Unmet, _) => Standing::Decided(IndicatorStatus::Unmet, nothing),
        (Attainment::UnitMismatch, _) => Standing::Decided(IndicatorStatus::UnitMismatch, None),
        (Attainment::NoActual, _) => Standing::Decided(IndicatorStatus::NoActual, None),
        (Attainment::NeedsJudgement, None) => Standing::Words,
        (Attainment::NeedsJudgement, Some(_)) => Standing::Needs,
    };
    let reached = judged.level.as_ref().map(|said| said.value.0.clone()).or_else(|| match &actual?.value {
        Measured::Level { level } => Some(level.clone()),
        _ => None,
    });
    Some(Sight {
        name: Names { zh: definition.name.clone(), en: None },
        weight,
        self_score: facts.self_score.as_ref().map(|filed| filed.score),
        measured,
        rule: by_criterion.filter(|_| standing == Standing::Needs).unwrap_or(rule),
        inputs,
        given,
        judged,
        level: reached,
        gates: &[],
        by_hand: None,
        standing,
    })
}

/// The rule for a target that is not met, by the kind of its criterion, and the value that it gets; none earns nothing.
pub(crate) fn missed<'a>(
    rules: &'a CriterionRules,
    rule: &'a Rule,
    criterion: &Criterion,
    actual: &Measured,
    fiscal_year: i16,
) -> (Option<&'a Rule>, Option<Number>) {
    let percent = |actual: Number, of: Number| {
        if of <= Number::ZERO { None } else { actual.checked_mul(Number::HUNDRED)?.checked_div(of) }
    };
    match (criterion, actual) {
        (Criterion::AtMost { value }, Measured::Number { value: actual }) => {
            (rules.at_most.as_ref(), percent(*actual, *value))
        }
        (Criterion::Equal { value }, Measured::Number { value: actual }) => {
            (rules.equal.as_ref(), percent(*actual, *value))
        }
        (Criterion::Between { min, max }, Measured::Number { value: actual }) => {
            let passed = if actual < min { *min } else { *max };
            (rules.between.as_ref(), percent(*actual, passed))
        }
        (Criterion::ByDate { by }, Measured::Date { done }) => {
            let late_in = rules.late_in.as_ref().map_or(LateIn::Days, |late_in| late_in.value);
            (rules.by_date.as_ref(), late(*by, *done, late_in, fiscal_year))
        }
        _ => (Some(rule), None),
    }
}

/// How late something was done.
fn late(by: PartialDate, done: PartialDate, late_in: LateIn, fiscal_year: i16) -> Option<Number> {
    let days = done.day_number() - by.day_number();
    match late_in {
        LateIn::Days => Some(days),
        LateIn::Months => {
            let (by, done) = (by.last_day(), done.last_day());
            let months = i64::from(done.year() - by.year()) * 12 + i64::from(done.month() - by.month());
            // From the last day of February on a month ends with the last of March.
            let is_begun = done.day() > by.day() && by.day() != by.days_in_month();
            Some(Number::from(months + i64::from(is_begun)))
        }
        LateIn::Percent => {
            let last_of_before = PartialDate::Year(fiscal_year.saturating_sub(1));
            let planned = by.day_number() - last_of_before.day_number();
            if planned <= Number::ZERO {
                None
            } else {
                days.checked_mul(Number::HUNDRED)?.checked_div(planned)
            }
        }
    }
}

/// What persons said of an indicator, other than points.
fn judged_of(view: &View<'_>, of: &Evaluated, indicator: &IndicatorId) -> Judged {
    view.get(&judged_key(of, indicator)).and_then(ScoringState::as_judged).cloned().unwrap_or_default()
}

/// A person's points, be they given as such or with a level.
fn given(
    view: &View<'_>,
    of: &Evaluated,
    indicator: &IndicatorId,
    judged: &Judged,
    inputs: &mut Vec<Input>,
) -> Option<Number> {
    let manual = view.get(&manual_key(of, indicator)).and_then(ScoringState::as_manual);
    let with_level = judged.level.as_ref().and_then(|said| said.value.1);
    if let Some(manual) = manual {
        // Its event is found by its key: the command that judges computes before its event has an id.
        inputs.push(input("manual_score", Some(manual.score.to_string()), None, None));
    }
    manual.map(|manual| manual.score).or(with_level)
}

/// Notes what persons said; the events are found by their key.
fn note_judged(judged: &Judged, inputs: &mut Vec<Input>) {
    let mut note = |quantity: &str, value: String| inputs.push(input(quantity, Some(value), None, None));
    if let Some(said) = &judged.level {
        let (level, points) = &said.value;
        note("level", points.map_or_else(|| level.clone(), |points| format!("{level}, {points}")));
    }
    if let Some(said) = &judged.coefficient {
        note("coefficient", said.value.to_string());
    }
    if let Some(said) = &judged.deduction {
        note("deduction", said.value.to_string());
    }
    if judged.not_applicable.is_some() {
        note("not_applicable", "yes".to_owned());
    }
    if judged.withdrawn.is_some() {
        note("withdrawn", "yes".to_owned());
    }
    for (ask, said) in &judged.answers {
        note(&format!("answer.{ask}"), answer_text(&said.value));
    }
}

/// Judges a target as it is known now; `None` while it is not defined.
fn attained(view: &View<'_>, fund: &FundId, facts: &TargetFacts) -> Option<Judgement> {
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

/// An input of an indicator.
pub(super) fn input(
    quantity: &str,
    value: Option<String>,
    unit: Option<String>,
    event: Option<&Cited>,
) -> Input {
    Input { quantity: quantity.to_owned(), value, unit, event: event.map(Cited::reference) }
}

/// Whether a target's project left its fund.
pub(super) fn has_left(view: &View<'_>, fund: &FundId, facts: &TargetFacts) -> bool {
    let project = facts.target.project.as_ref();
    let project = project.and_then(|project| view.get(&project_key(fund, project))?.as_project());
    project.is_some_and(ProjectFacts::has_left)
}
