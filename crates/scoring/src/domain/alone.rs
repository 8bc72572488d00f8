//! Projects that are evaluated by themselves, beside their fund: by another scheme, from the same facts.
//!
//! Such an evaluation has indicators, sums, judgements and scores of its own. Findings, monitoring and portfolios are about
//! funds: none of them looks at it. What has to be seen is a project's own: its money, filings and targets.

use std::collections::BTreeSet;

use jixiao_eventlog::{Need, States};
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Cause, Fact, ScoringEvent};
use jixiao_events::{Evaluated, FundId};

use super::affected::{affected, moves_parts};
use super::evaluate::View;
use super::state::{
    Evaluation, LoadedScheme, ScoringState, changes_key, evaluation_key, filing_key, project_evaluations,
    project_key, project_scope_key, rows, scheme_version_key, targets_of,
};
use super::{all_slots, booked, change, evaluate_all, followed, given, opened, overrides};

/// The rows that belong to the evaluation of a project alone.
const OWN_ROWS: [&str; 6] = ["manual", "judged", "given", "given-sum", "indicator", "sum"];

/// Where all is that is recorded of a project, and of its evaluation: single keys, and prefixes. Nothing that is computed.
pub(super) fn recorded(of: &Evaluated) -> (Vec<String>, Vec<String>) {
    let fund = &of.fund;
    let own = of.project.iter().flat_map(|project| {
        [project_key(fund, project), project_scope_key(fund, project), filing_key(fund, project)]
    });
    let keys = own.chain([evaluation_key(of)]).collect();
    let said = ["self", "manual", "judged", "given"].map(|kind| rows(kind, of));
    (keys, said.into_iter().chain([targets_of(of)]).collect())
}

/// What computing a project's whole evaluation has to see.
pub(super) fn whole_needs(states: &States<'_, ScoringState>, of: &Evaluated, scheme: &Scheme) -> Vec<Need> {
    let (keys, _) = recorded(of);
    let prefixes = OWN_ROWS.map(|kind| rows(kind, of)).into_iter().chain([targets_of(of)]);
    let slots = all_slots(states, of, scheme);
    let of_slots = slots.iter().flat_map(|slot| slot.keys(of, states));
    let keys = keys.into_iter().chain(of_slots).chain(overrides::keys(of, scheme));
    keys.map(Need::Key).chain(prefixes.map(Need::Prefix)).collect()
}

/// Everything of a project's evaluation, from the facts alone.
pub(super) fn compute_all(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    evaluation: &Evaluation,
    loaded: &LoadedScheme,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let slots = all_slots(states, of, &loaded.scheme);
    let changes = evaluate_all(states, of, evaluation, loaded, &slots, cause);
    followed(&mut View::new(states), of, cause, changes)
}

/// The projects of a fund that are evaluated by themselves, once those are loaded.
fn open_of(states: &States<'_, ScoringState>, fund: &FundId) -> Vec<Evaluated> {
    let prefix = project_evaluations(fund);
    let projects = states.prefix(&prefix).filter(|(_, state)| state.as_evaluation().is_some());
    let ids = projects.filter_map(|(key, _)| key.strip_prefix(&prefix)?.parse().ok());
    ids.map(|project| Evaluated::new(fund, Some(&project))).collect()
}

/// What computing all projects' evaluations of a fund anew has to see.
pub(super) fn recompute_needs(states: &States<'_, ScoringState>, fund: &FundId) -> Vec<Need> {
    let mut needs = vec![Need::Prefix(project_evaluations(fund))];
    for of in open_of(states, fund) {
        needs.push(Need::Key(changes_key(&of)));
        needs.extend(scheme_need(states, &of));
        if let Some((_, loaded)) = opened(states, &of) {
            needs.extend(whole_needs(states, &of, &loaded.scheme));
        }
    }
    needs
}

/// All projects' evaluations of a fund, computed anew.
pub(super) fn recompute(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let projects = open_of(states, fund).into_iter();
    let all = projects.filter_map(|of| {
        let (open, loaded) = opened(states, &of)?;
        Some(compute_all(states, &of, open, loaded, cause))
    });
    all.flatten().collect()
}

/// The version by which it is evaluated.
fn scheme_need(states: &States<'_, ScoringState>, of: &Evaluated) -> Option<Need> {
    let open = states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation)?;
    Some(Need::Key(scheme_version_key(&open.scheme, open.version)))
}

/// The projects whose own evaluations some facts may change.
fn touched(facts: &[Fact]) -> BTreeSet<Evaluated> {
    facts.iter().filter_map(booked::project_of).collect()
}

/// What following facts has to see; `taken` is the event that holds them.
pub(super) fn take_in_needs(
    states: &States<'_, ScoringState>,
    facts: &[Fact],
    taken: &ScoringEvent,
    cause: &Cause,
) -> Vec<Need> {
    let mut needs = Vec::new();
    for of in touched(facts) {
        needs.push(Need::Key(evaluation_key(&of)));
        needs.extend(scheme_need(states, &of));
        let Some((open, loaded)) = opened(states, &of) else { continue };
        let (keys, _) = recorded(&of);
        needs.extend(keys.into_iter().chain([changes_key(&of)]).map(Need::Key));
        if facts.iter().any(|fact| moves_targets(states, &of, fact)) {
            needs.push(Need::Prefix(targets_of(&of)));
        }
        let slots = affected(states, facts, &of, &loaded.scheme);
        needs.extend(slots.iter().flat_map(|slot| slot.keys(&of, states)).map(Need::Key));
        needs.extend(overrides::keys(&of, &loaded.scheme).into_iter().map(Need::Key));
        // Which scores of people count follows from the indicators that there are, once those are computed.
        let mut view = View::new(states);
        view.fold(taken);
        let changes = change::revise(&view, &of, open, &loaded.scheme, &slots, cause);
        needs.extend(given::follow_needs(&of, &changes));
    }
    needs
}

/// Whether a fact may change which targets of a project count, or what parts they have.
fn moves_targets(states: &States<'_, ScoringState>, of: &Evaluated, fact: &Fact) -> bool {
    matches!(fact, Fact::Project { .. } | Fact::ProjectState { .. }) || moves_parts(states, of, fact)
}

/// What facts change in the evaluations of projects; `view` has them on top.
pub(super) fn take_in(
    states: &States<'_, ScoringState>,
    view: &mut View<'_>,
    facts: &[Fact],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut events = Vec::new();
    for of in touched(facts) {
        let Some((open, loaded)) = opened(states, &of) else { continue };
        let slots = affected(states, facts, &of, &loaded.scheme);
        let changes = change::revise(view, &of, open, &loaded.scheme, &slots, cause);
        events.extend(followed(view, &of, cause, changes));
    }
    events
}
