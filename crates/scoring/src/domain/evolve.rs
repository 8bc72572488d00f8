//! Folds events into states. Nothing is computed here: results come ready-made in their events.

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_eventlog::Meta;
use jixiao_events::FundId;
use jixiao_events::registry::Membership;
use jixiao_events::scoring::{EvaluationChange, Fact, ScoringEvent};
use jixiao_events::targets::{ScoreSubject, TargetRef, UnitMatch};

use super::state::{
    Actual, Cited, Defined, Evaluation, FundFacts, LoadedScheme, ManualScore, ProjectFacts, RunningCount,
    RunningSum, ScoringState, SelfScore, StatedFigure, TargetFacts, changes_key, count_key, evaluation_key,
    fund_key, indicator_key, manual_key, money_key, place_key, project_key, scheme_key, scheme_version_key,
    self_key, stated_key, sum_key, target_key,
};

/// The keys that a fact belongs to.
pub fn fact_keys(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::Fund { fund, .. } | Fact::YearClosed { fund, .. } => vec![fund_key(fund)],
        Fact::Project { fund, project, .. } | Fact::ProjectState { fund, project, .. } => {
            vec![project_key(fund, project)]
        }
        Fact::Money { fund, quantity, .. } => vec![money_key(fund, *quantity)],
        Fact::Count { fund, quantity, .. } => vec![count_key(fund, *quantity)],
        Fact::Target { target, .. }
        | Fact::TargetWithdrawn { target }
        | Fact::Actual { target, .. }
        | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => {
            vec![target_key(target), place_key(&target.fund, &target.target)]
        }
        Fact::SelfScore { fund, subject: ScoreSubject::Indicator { indicator }, .. } => {
            vec![self_key(fund, indicator)]
        }
    }
}

/// The fund that a fact is about.
pub fn fact_fund(fact: &Fact) -> &FundId {
    match fact {
        Fact::Fund { fund, .. }
        | Fact::YearClosed { fund, .. }
        | Fact::Project { fund, .. }
        | Fact::ProjectState { fund, .. }
        | Fact::Money { fund, .. }
        | Fact::Count { fund, .. }
        | Fact::SelfScore { fund, .. } => fund,
        Fact::Target { target, .. } | Fact::TargetWithdrawn { target } | Fact::Actual { target, .. } => {
            &target.fund
        }
    }
}

/// The target that a fact is about.
pub fn fact_target(fact: &Fact) -> Option<&TargetRef> {
    match fact {
        Fact::Target { target, .. }
        | Fact::TargetWithdrawn { target }
        | Fact::Actual { target, .. }
        | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => Some(target),
        Fact::Fund { .. }
        | Fact::YearClosed { .. }
        | Fact::Project { .. }
        | Fact::ProjectState { .. }
        | Fact::Money { .. }
        | Fact::Count { .. }
        | Fact::SelfScore { .. } => None,
    }
}

/// The keys of an event.
pub fn keys(event: &ScoringEvent) -> Vec<String> {
    match event {
        ScoringEvent::SourceTakenIn { facts, .. } => {
            facts.iter().flat_map(fact_keys).collect::<BTreeSet<_>>().into_iter().collect()
        }
        ScoringEvent::SchemeLoaded { version, scheme, .. } => {
            vec![scheme_key(&scheme.scheme), scheme_version_key(&scheme.scheme, *version)]
        }
        ScoringEvent::EvaluationOpened { fund, .. } => vec![evaluation_key(fund)],
        ScoringEvent::ManualScoreSet { fund, indicator, .. } => vec![manual_key(fund, indicator)],
        ScoringEvent::FigureStated { fund, quantity, place, .. } => vec![stated_key(fund, quantity, place)],
        ScoringEvent::EvaluationChanged(change) => {
            let EvaluationChange { fund, indicators, removed, sums, removed_sums, .. } = change;
            let indicators = indicators.iter().map(|result| indicator_key(fund, &result.indicator));
            let removed = removed.iter().map(|indicator| indicator_key(fund, indicator));
            let sums = sums.iter().map(|sum| sum_key(fund, Some(&sum.node)));
            let removed_sums = removed_sums.iter().map(|node| sum_key(fund, Some(node)));
            let history = std::iter::once(changes_key(fund));
            history.chain(indicators).chain(removed).chain(sums).chain(removed_sums).collect()
        }
    }
}

/// Folds an event into the state of one of its keys.
pub fn evolve(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent, meta: &Meta) {
    let own = |event_type: &str, effective| Cited {
        log: super::LOG.to_owned(),
        id: meta.id.clone(),
        event_type: event_type.to_owned(),
        effective,
        actor: meta.actor.clone(),
        recorded_time: meta.recorded_time,
    };
    match event {
        ScoringEvent::SourceTakenIn { source, event_type, facts } => {
            let cited = Cited::source(source, event_type);
            let of_key: Vec<_> =
                facts.iter().filter(|fact| fact_keys(fact).iter().any(|other| other == key)).collect();
            let is_there = !of_key.is_empty();
            for fact in of_key {
                match fact_target(fact) {
                    Some(target) if key.starts_with("target-place/") => {
                        *state = Some(ScoringState::Place(target.clone()));
                    }
                    _ => fold_fact(state, fact, &cited),
                }
            }
            // One event counts once, however many of its facts move a sum.
            match state {
                Some(ScoringState::Money(money)) if is_there => money.events += 1,
                Some(ScoringState::Count(count)) if is_there => count.events += 1,
                _ => {}
            }
        }
        ScoringEvent::SchemeLoaded { version, scheme, text } => {
            *state = Some(ScoringState::Scheme(LoadedScheme {
                version: *version,
                scheme: Arc::clone(scheme),
                text: text.as_str().into(),
            }));
        }
        ScoringEvent::EvaluationOpened { scheme, version, .. } => {
            *state = Some(ScoringState::Evaluation(Evaluation { scheme: scheme.clone(), version: *version }));
        }
        ScoringEvent::ManualScoreSet { score, reason, on, .. } => {
            *state = Some(ScoringState::Manual(ManualScore {
                score: *score,
                reason: reason.clone(),
                on: *on,
                event: own("manual_score_set", Some(*on)),
            }));
        }
        ScoringEvent::FigureStated { quantity, value, stated, unit, basis, place, .. } => {
            *state = Some(ScoringState::Stated(StatedFigure {
                quantity: quantity.clone(),
                value: *value,
                stated: stated.clone(),
                unit: unit.clone(),
                basis: basis.clone(),
                place: place.clone(),
                event: own("figure_stated", None),
            }));
        }
        ScoringEvent::EvaluationChanged(change) => {
            fold_change(key, state, change);
        }
    }
}

fn fold_change(key: &str, state: &mut Option<ScoringState>, change: &EvaluationChange) {
    let mut parts = key.splitn(3, '/');
    let (kind, id) = (parts.next(), parts.nth(1));
    match (kind, id) {
        (Some("indicator"), Some(id)) => {
            if let Some(result) = change.indicators.iter().find(|result| result.indicator.as_str() == id) {
                *state = Some(ScoringState::Indicator(Arc::new(result.clone())));
            } else if change.removed.iter().any(|indicator| indicator.as_str() == id) {
                *state = None;
            }
        }
        (Some("sum"), Some(id)) => {
            if let Some(sum) = change.sums.iter().find(|sum| sum.node.as_str() == id) {
                *state = Some(ScoringState::Sum(Arc::new(sum.clone())));
            } else if change.removed_sums.iter().any(|node| node.as_str() == id) {
                *state = None;
            }
        }
        // The history of the changes has no state.
        _ => {}
    }
}

fn fold_fact(state: &mut Option<ScoringState>, fact: &Fact, cited: &Cited) {
    match fact {
        Fact::Fund { name, fiscal_year, display_unit, time_zone, .. } => {
            *state = Some(ScoringState::Fund(FundFacts {
                name: name.clone(),
                fiscal_year: *fiscal_year,
                display_unit: *display_unit,
                time_zone: time_zone.clone(),
                closed: None,
            }));
        }
        Fact::YearClosed { on, .. } => {
            if let Some(ScoringState::Fund(fund)) = state {
                fund.closed = Some(*on);
            }
        }
        Fact::Project { name, membership, origin, state: now, .. } => {
            *state = Some(ScoringState::Project(ProjectFacts {
                name: name.clone(),
                membership: *membership,
                origin: *origin,
                state: *now,
                event: cited.clone(),
            }));
        }
        Fact::ProjectState { state: now, leaves_fund, .. } => {
            if let Some(ScoringState::Project(project)) = state {
                project.state = *now;
                if *leaves_fund {
                    project.membership = Membership::Removed;
                }
                project.event = cited.clone();
            }
        }
        Fact::Money { change, .. } => {
            if let ScoringState::Money(money) =
                state.get_or_insert(ScoringState::Money(RunningSum::default()))
            {
                money.sum += *change;
            }
        }
        Fact::Count { change, .. } => {
            if let ScoringState::Count(count) =
                state.get_or_insert(ScoringState::Count(RunningCount::default()))
            {
                count.count = count.count.saturating_add(*change);
            }
        }
        Fact::Target { target, version, definition } => with_target(state, target, |facts| {
            let (version, definition) = (*version, definition.clone());
            facts.defined = Some(Defined { version, definition, event: cited.clone() });
        }),
        Fact::TargetWithdrawn { target } => with_target(state, target, |facts| facts.defined = None),
        Fact::Actual { target, value, unit, unit_match, .. } => with_target(state, target, |facts| {
            let unit = match (unit_match, &facts.defined) {
                (UnitMatch::Assumed, Some(defined)) => defined.definition.unit.clone(),
                _ => unit.clone(),
            };
            facts.actual = Some(Actual { value: value.clone(), unit, event: cited.clone() });
        }),
        Fact::SelfScore { subject, score, .. } => {
            let self_score = SelfScore { score: *score, event: cited.clone() };
            match subject {
                ScoreSubject::Target { target } => {
                    with_target(state, target, |facts| facts.self_score = Some(self_score));
                }
                ScoreSubject::Indicator { .. } => *state = Some(ScoringState::SelfScore(self_score)),
            }
        }
    }
}

/// Changes the target under a key, there or new; a state of another kind gives way, so that every fold is total.
fn with_target(state: &mut Option<ScoringState>, target: &TargetRef, change: impl FnOnce(&mut TargetFacts)) {
    let mut facts = match state.take() {
        Some(ScoringState::Target(facts)) => facts,
        _ => Box::new(TargetFacts { target: target.clone(), defined: None, actual: None, self_score: None }),
    };
    change(&mut facts);
    *state = Some(ScoringState::Target(facts));
}
