//! Which indicators may change by facts.

use std::collections::BTreeMap;

use jixiao_eventlog::States;
use jixiao_events::scheme::{Measure, Node, NodeBody, Scheme};
use jixiao_events::scoring::Fact;
use jixiao_events::targets::{ScoreSubject, TargetRef};
use jixiao_events::{Evaluated, IndicatorId};

use super::evaluate::{Slot, indicator_slots, target_slot, target_slots};
use super::state::{ScoringState, project_targets, target_key, targets_of};
use super::{booked, facts, measure, opened};

/// The places whose indicators may change by some facts, in the evaluation of a fund or of one of its projects.
pub(super) fn affected<'s>(
    states: &States<'_, ScoringState>,
    facts: &[Fact],
    of: &Evaluated,
    scheme: &'s Scheme,
) -> Vec<Slot<'s>> {
    let mut slots: BTreeMap<IndicatorId, Slot<'s>> = BTreeMap::new();
    let mut put = |slot: Slot<'s>| drop(slots.insert(slot.indicator(), slot));
    for fact in facts.iter().filter(|fact| is_about(fact, of)) {
        match fact {
            // Those of a project are told apart by its own facts.
            Fact::Money { .. } | Fact::Count { .. } if of.project.is_some() => {}
            Fact::Money { quantity, .. } => {
                let uses = |measure| measure::money_of(measure).contains(quantity);
                measured_by(scheme, uses).for_each(&mut put);
            }
            Fact::Count { quantity, .. } => {
                let uses = |measure| measure::count_of(measure) == Some(*quantity);
                measured_by(scheme, uses).for_each(&mut put);
            }
            Fact::Project { project, .. } | Fact::ProjectState { project, .. } => {
                measured_by(scheme, |measure| measure == Measure::OverProjects).for_each(&mut put);
                let prefix = project_targets(&of.fund, project);
                let targets = states.prefix(&prefix).filter_map(|(_, state)| state.as_target());
                targets.filter_map(|target| target_slot(scheme, target)).for_each(&mut put);
            }
            Fact::Target { target, .. }
            | Fact::TargetWithdrawn { target }
            | Fact::Actual { target, .. }
            | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => {
                // All levels: a new version may move it from one to the other.
                target_slots(scheme, target).for_each(&mut put);
                over_names(states, scheme, target, fact).for_each(&mut put);
            }
            // A project's own are told apart by what the fact is about.
            Fact::SelfScore { subject: ScoreSubject::ProjectIndicator { .. }, .. }
                if of.project.is_none() => {}
            Fact::SelfScore {
                subject:
                    ScoreSubject::Indicator { indicator } | ScoreSubject::ProjectIndicator { indicator, .. },
                ..
            } => {
                indicator_slots(scheme).filter(|slot| slot.indicator() == *indicator).for_each(&mut put);
            }
            Fact::Fund { .. }
            | Fact::YearClosed { .. }
            | Fact::MissExplained { .. }
            | Fact::Adjustment { .. }
            | Fact::AdjustmentReversed { .. }
            | Fact::Tender { .. }
            | Fact::Dated { .. }
            | Fact::Split { .. }
            | Fact::DatedReversed { .. }
            | Fact::TargetChangeStated { .. }
            | Fact::DocumentCited { .. }
            | Fact::AnnexReferred { .. }
            | Fact::YearStated { .. }
            | Fact::AchievementStated { .. }
            | Fact::ReasonGiven { .. }
            | Fact::ReasonTakenBack { .. }
            | Fact::UniversalStated { .. } => {}
            Fact::Filing { kind, .. } => {
                let counts = |measure| measure::count_of(measure).and_then(booked::filing_of) == Some(*kind);
                let own = of.project.iter().flat_map(|_| measured_by(scheme, counts));
                own.for_each(&mut put);
            }
            Fact::ScopeMoney { quantity, .. } => {
                let is_own = of.project.is_some();
                let uses =
                    |measure| measure == Measure::OverProjects || is_own && booked::uses(measure, *quantity);
                measured_by(scheme, uses).for_each(&mut put);
            }
        }
    }
    if facts.iter().any(|fact| is_about(fact, of) && moves_parts(states, of, fact)) {
        let targets = targets_of(of);
        let all = states.prefix(&targets).filter_map(|(_, state)| target_slot(scheme, state.as_target()?));
        for slot in all.filter(|slot| is_divided(slot.node())) {
            slots.insert(slot.indicator(), slot);
        }
    }
    slots.into_values().collect()
}

/// Whether a fact may change an evaluation: of a fund any fact about it, of a project those about the project.
fn is_about(fact: &Fact, of: &Evaluated) -> bool {
    *facts::fact_fund(fact) == of.fund
        && of.project.as_ref().is_none_or(|_| booked::project_of(fact).as_ref() == Some(of))
}

/// Whether a node's weight is divided among its targets.
fn is_divided(node: &Node) -> bool {
    matches!(node.body, NodeBody::EachTarget { equal_parts: Some(_), .. })
}

/// Whether a fact may change which targets share a node's weight.
pub(super) fn moves_parts(states: &States<'_, ScoringState>, of: &Evaluated, fact: &Fact) -> bool {
    let is_about_members = matches!(
        fact,
        Fact::Target { .. } | Fact::TargetWithdrawn { .. } | Fact::Project { .. } | Fact::ProjectState { .. }
    );
    is_about_members
        && opened(states, of).is_some_and(|(_, loaded)| loaded.scheme.nodes.iter().any(is_divided))
}

fn measured_by(scheme: &Scheme, uses: impl Fn(Measure) -> bool) -> impl Iterator<Item = Slot<'_>> {
    indicator_slots(scheme).filter(move |slot| measure::all_of(&slot.node().body).into_iter().any(&uses))
}

/// The indicators over projects that take in the targets of a target's name, as it was and as a fact has it.
fn over_names<'s>(
    states: &States<'_, ScoringState>,
    scheme: &'s Scheme,
    target: &TargetRef,
    fact: &Fact,
) -> impl Iterator<Item = Slot<'s>> {
    let known = states.get(&target_key(target)).and_then(ScoringState::as_target);
    let was = known.and_then(|facts| Some(facts.defined.as_ref()?.definition.name.clone()));
    let is = match fact {
        Fact::Target { definition, .. } => Some(definition.name.clone()),
        _ => None,
    };
    let names = [was, is];
    indicator_slots(scheme).filter(move |slot| match &slot.node().body {
        NodeBody::Indicator { targets: Some(name), .. } => names.iter().flatten().any(|of| *of == name.value),
        _ => false,
    })
}
