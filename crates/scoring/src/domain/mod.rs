//! The rules of scoring as pure functions: commands, refusals, and what follows from them.

mod affected;
mod alone;
pub mod answer;
pub mod booked;
pub mod change;
mod command;
mod described;
pub mod evaluate;
pub mod evolve;
pub mod facts;
pub mod figures;
pub mod given;
mod judge;
pub mod life;
pub mod measure;
pub mod monitoring;
mod overrides;
pub mod papers;
mod portfolio;
pub(crate) mod sight;
mod slot;
pub mod state;
mod sums;
pub mod texts;
mod view;
pub mod wordings;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_eventlog::{Need, States};
use jixiao_events::finding::Subject;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Cause, Fact, ScoringEvent};
use jixiao_events::{Evaluated, FundId, IndicatorId, SchemeId, SourceEvent};

use self::affected::{affected, moves_parts};
pub(crate) use self::command::versions;
pub use self::command::{ScoringCommand, ScoringRefusal};
use self::evaluate::{Slot, View, indicator_slots, target_slot, target_slots};
use self::life::{ApprovedBy, Wanted};
use self::state::{
    Evaluation, HasEvaluation, LoadedScheme, OPENINGS, ScoringState, changes_key, clock_key, evaluation_key,
    fund_key, own_projects_key, place_key, portfolio_key, project_targets, rows, scheme_key,
    scheme_version_key, scheme_year_key, stated_key, stated_places_key, target_prefix, targets_of,
};
use crate::findings;

/// The name of the service's log.
pub const LOG: &str = "scoring";

/// The rows of a fund: everything that its evaluation and its findings rest on, and they themselves.
const OF_A_FUND: &[&str] = &[
    "target",
    "target-place",
    "project",
    "project-targets",
    "self",
    "manual",
    "judged",
    "given",
    "given-sum",
    "money",
    "money-months",
    "named-targets",
    "count",
    "scope-money",
    "adjustment",
    "filing",
    "life",
    "explained",
    "tied",
    "target-changes",
    "stated",
    "indicator",
    "sum",
    "attained",
    "findings",
    "answers",
    "paper",
    "year",
    "achievements",
    "universals",
    "category",
    "reasons",
];

/// Where all is that is recorded about what is evaluated: single keys, and prefixes. Nothing that is computed.
pub fn recorded(of: &Evaluated) -> (Vec<String>, Vec<String>) {
    let fund = &of.fund;
    if of.project.is_some() {
        let (keys, prefixes) = alone::recorded(of);
        return (keys.into_iter().chain([fund_key(fund)]).collect(), prefixes);
    }
    let keys = vec![fund_key(fund), evaluation_key(fund), own_projects_key(fund)];
    let kinds = OF_A_FUND.iter().filter(|kind| !state::is_computed(kind));
    (keys, kinds.map(|kind| format!("{kind}/{fund}/")).collect())
}

/// The most bytes that a scheme may have as stored, its file's text included.
pub const MAX_SCHEME_BYTES: usize = 200 * 1024;

/// What a command has to see.
pub fn needs(command: &ScoringCommand, states: &States<'_, ScoringState>) -> Vec<Need> {
    match command {
        ScoringCommand::TakeIn { source, event_type, facts } => {
            take_in_needs(states, source, event_type, facts)
        }
        ScoringCommand::LoadScheme { scheme, .. } => {
            let id = &scheme.scheme;
            let newest = states.get(&scheme_key(id)).and_then(ScoringState::as_scheme);
            let version = newest.map_or(1, |loaded| loaded.version.saturating_add(1));
            let year = scheme_year_key(scheme.fiscal_year, id);
            [scheme_key(id), scheme_version_key(id, version), year].map(Need::Key).into()
        }
        ScoringCommand::Recompute { fund, .. } => {
            let mut needs = alone::recompute_needs(states, fund);
            needs.push(Need::Key(evaluation_key(fund)));
            match states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation) {
                None => needs.extend(
                    ["project", "scope-money", "category"].map(|kind| Need::Prefix(rows(kind, fund))),
                ),
                Some(Evaluation { scheme, version }) => {
                    needs.push(Need::Key(changes_key(fund)));
                    needs.push(Need::Key(scheme_version_key(scheme, *version)));
                    needs.extend(whole_needs(states, &fund.into(), scheme, *version));
                }
            }
            needs
        }
        ScoringCommand::RecheckWording { wording, .. } => wordings::recheck_needs(states, wording),
        ScoringCommand::OpenEvaluation { of, wanted } => {
            let mut needs = life::choose_needs(states, of, wanted);
            needs.extend([evaluation_key(of), changes_key(of)].map(Need::Key));
            if of.project.is_none() {
                needs.extend([OPENINGS.to_owned(), portfolio_key(&of.fund)].map(Need::Key));
            }
            if let Ok((scheme, version)) = life::choose(states, of, wanted) {
                needs.extend(whole_needs(states, of, &scheme, version));
            }
            needs
        }
        ScoringCommand::ReachDate { fund, .. } => {
            let mut needs: Vec<_> =
                [fund_key(fund), evaluation_key(fund), clock_key(fund), portfolio_key(fund)]
                    .map(Need::Key)
                    .into();
            if let Some(open) = states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation) {
                needs.push(Need::Key(scheme_version_key(&open.scheme, open.version)));
            }
            if let Some((_, loaded)) = opened(states, fund) {
                needs.extend(monitoring::keys(fund, &loaded.scheme).into_iter().map(Need::Key));
            }
            needs
        }
        ScoringCommand::ApproveScheme { scheme, version, .. }
        | ScoringCommand::WithdrawScheme { scheme, version, .. } => life::needs(scheme, *version, states),
        ScoringCommand::DescribeEvaluation { of, .. } => described::needs(of),
        ScoringCommand::RecordScore(scored) => given::needs(scored),
        ScoringCommand::SetManualScore { of, indicator, .. }
        | ScoringCommand::JudgeIndicator { of, indicator, .. } => judge::needs(states, of, indicator),
        ScoringCommand::AnswerFinding(command) => answer::needs(command, states),
        ScoringCommand::StateFigure { fund, quantity, place, .. } => {
            let mut needs: Vec<_> = [
                fund_key(fund),
                evaluation_key(fund),
                stated_key(fund, quantity, place),
                stated_places_key(fund),
            ]
            .map(Need::Key)
            .into();
            if let Some(open) = states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation) {
                needs.push(Need::Key(scheme_version_key(&open.scheme, open.version)));
            }
            if let Some((_, loaded)) = opened(states, fund) {
                let scopes = BTreeSet::from([Subject::Fund]);
                needs.extend(findings::needs(states, fund, &loaded.scheme, &scopes));
            }
            needs
        }
    }
}

/// What follows from a command.
pub fn decide(
    states: &States<'_, ScoringState>,
    command: &ScoringCommand,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    match command {
        ScoringCommand::TakeIn { source, event_type, facts } => {
            Ok(take_in(states, source, event_type, facts))
        }
        ScoringCommand::LoadScheme { scheme, text, approved } => {
            load_scheme(states, scheme, text, approved.as_ref())
        }
        ScoringCommand::OpenEvaluation { of, wanted } => open(states, of, wanted),
        ScoringCommand::ApproveScheme { scheme, version, approved } => {
            life::approve(states, scheme, *version, approved)
        }
        ScoringCommand::WithdrawScheme { scheme, version, reason, on } => {
            life::withdraw(states, scheme, *version, reason, *on)
        }
        ScoringCommand::DescribeEvaluation { of, record } => described::describe(states, of, record),
        ScoringCommand::RecordScore(scored) => given::record(states, scored),
        ScoringCommand::ReachDate { fund, on } => monitoring::reach(states, fund, *on),
        ScoringCommand::Recompute { fund, log, voided } => {
            let cause = Cause::Voided { log: log.clone(), id: voided.clone() };
            let mut events = match opened(states, fund) {
                Some(open) => review_all(View::new(states), states, fund, open, &cause),
                None => portfolio::review_all(&mut View::new(states), states, fund, &[], &cause),
            };
            events.extend(alone::recompute(states, fund, &cause));
            Ok(events)
        }
        ScoringCommand::RecheckWording { wording, log, voided } => {
            let cause = Cause::Voided { log: log.clone(), id: voided.clone() };
            Ok(wordings::recheck(states, wording, &cause))
        }
        ScoringCommand::SetManualScore { of, indicator, score, reason, on, evidence } => {
            judge::points(states, of, indicator, *score, reason, *on, evidence)
        }
        ScoringCommand::JudgeIndicator { of, indicator, judgement, reason, on, evidence } => {
            judge::otherwise(states, of, indicator, judgement, reason, *on, evidence)
        }
        ScoringCommand::AnswerFinding(command) => answer::decide(command, states),
        ScoringCommand::StateFigure { fund, quantity, value, stated, unit, basis, place } => {
            if states.get(&fund_key(fund)).is_none() {
                return Err(ScoringRefusal::FundNotFound(fund.clone()));
            }
            let figure = ScoringEvent::FigureStated {
                fund: fund.clone(),
                quantity: quantity.clone(),
                value: *value,
                stated: stated.clone(),
                unit: unit.clone(),
                basis: basis.clone(),
                place: place.clone(),
            };
            let mut view = View::new(states);
            view.fold(&figure);
            let mut events = vec![figure];
            if let Some((_, loaded)) = opened(states, fund) {
                let cause = Cause::Stated { quantity: quantity.clone(), place: place.clone() };
                let scopes = BTreeSet::from([Subject::Fund]);
                events.extend(findings::review(&mut view, fund, &loaded.scheme, &scopes, &cause));
            }
            Ok(events)
        }
    }
}

/// What computing a whole evaluation by a version of a scheme has to see.
fn whole_needs(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    scheme: &SchemeId,
    version: u32,
) -> Vec<Need> {
    let key = scheme_version_key(scheme, version);
    let Some(loaded) = states.get(&key).and_then(ScoringState::as_scheme) else {
        return Vec::new();
    };
    if of.project.is_some() {
        return alone::whole_needs(states, of, &loaded.scheme);
    }
    let fund = &of.fund;
    // All of it, so that nothing has to be computed to know what is needed.
    let mut needs: Vec<_> = OF_A_FUND.iter().map(|kind| Need::Prefix(format!("{kind}/{fund}/"))).collect();
    needs.extend(findings::needs(states, fund, &loaded.scheme, &BTreeSet::from([Subject::Fund])));
    needs.extend(monitoring::keys(fund, &loaded.scheme).into_iter().map(Need::Key));
    needs.extend(wordings::needs(states, &wordings::all(states, fund), &[]));
    needs
}

fn take_in_needs(
    states: &States<'_, ScoringState>,
    source: &SourceEvent,
    event_type: &str,
    facts: &[Fact],
) -> Vec<Need> {
    let mut keys: BTreeSet<String> = facts.iter().flat_map(facts::fact_keys).collect();
    let mut prefixes = BTreeSet::new();
    let mut needs = Vec::new();
    for fact in facts {
        let fund = facts::fact_fund(fact);
        keys.insert(evaluation_key(fund));
        let Some(open) = states.get(&evaluation_key(fund)).and_then(ScoringState::as_evaluation) else {
            continue;
        };
        keys.insert(changes_key(fund));
        keys.insert(scheme_version_key(&open.scheme, open.version));
        if let Fact::Project { project, .. } | Fact::ProjectState { project, .. } = fact {
            prefixes.insert(project_targets(fund, project));
        }
        if moves_parts(states, &fund.into(), fact) {
            prefixes.extend([target_prefix(fund), format!("project/{fund}/")]);
        }
    }
    for fund in funds(facts) {
        if let Some((open, loaded)) = opened(states, fund) {
            prefixes.extend(findings::prefixes(facts));
            keys.extend(monitoring::keys(fund, &loaded.scheme));
            let of = Evaluated::from(fund);
            let slots = affected(states, facts, &of, &loaded.scheme);
            keys.extend(overrides::keys(&of, &loaded.scheme));
            keys.extend(slots.iter().flat_map(|slot| slot.keys(&of, states)));
            // Which findings may change follows from what the evaluation comes to, once that is loaded.
            let mut view = View::new(states);
            view.fold(&taken_in(source, event_type, facts));
            let cause = source_cause(source, event_type);
            let changes = change::revise(&view, &of, open, &loaded.scheme, &slots, &cause);
            needs.extend(given::follow_needs(&of, &changes));
            let scopes = findings::touched(states, fund, facts, &changes);
            needs.extend(findings::needs(states, fund, &loaded.scheme, &scopes));
            keys.extend(portfolio::keys(states, fund, facts, &slots));
        } else {
            keys.extend(portfolio::keys(states, fund, facts, &[]));
        }
    }
    needs.extend(wordings::needs(states, &wordings::touched(facts), facts));
    needs.extend(keys.into_iter().map(Need::Key));
    needs.extend(prefixes.into_iter().map(Need::Prefix));
    let taken = taken_in(source, event_type, facts);
    needs.extend(alone::take_in_needs(states, facts, &taken, &source_cause(source, event_type)));
    needs
}

fn taken_in(source: &SourceEvent, event_type: &str, facts: &[Fact]) -> ScoringEvent {
    ScoringEvent::SourceTakenIn {
        source: source.clone(),
        event_type: event_type.to_owned(),
        facts: facts.to_vec(),
    }
}

fn source_cause(source: &SourceEvent, event_type: &str) -> Cause {
    Cause::Source { log: source.log.clone(), id: source.id.clone(), event_type: event_type.to_owned() }
}

fn take_in(
    states: &States<'_, ScoringState>,
    source: &SourceEvent,
    event_type: &str,
    facts: &[Fact],
) -> Vec<ScoringEvent> {
    let mut view = View::new(states);
    let taken = taken_in(source, event_type, facts);
    view.fold(&taken);
    let cause = source_cause(source, event_type);
    let mut events = vec![taken];
    for fund in funds(facts) {
        if let Some((open, loaded)) = opened(states, fund) {
            let of = Evaluated::from(fund);
            let slots = affected(states, facts, &of, &loaded.scheme);
            let changes = change::revise(&view, &of, open, &loaded.scheme, &slots, &cause);
            let scopes = findings::touched(states, fund, facts, &changes);
            events.extend(reviewed(&mut view, fund, &loaded.scheme, &scopes, &cause, changes));
            events.extend(portfolio::review(&mut view, fund, facts, &slots, &cause));
        } else {
            events.extend(portfolio::review(&mut view, fund, facts, &[], &cause));
        }
    }
    events.extend(wordings::review(&mut view, states, &wordings::touched(facts), facts, &cause));
    events.extend(alone::take_in(states, &mut view, facts, &cause));
    events
}

/// Changes of an evaluation, and the sums of people's scores that follow them.
fn followed(
    view: &mut View<'_>,
    of: &Evaluated,
    cause: &Cause,
    mut changes: Vec<ScoringEvent>,
) -> Vec<ScoringEvent> {
    for change in &changes {
        view.fold(change);
    }
    let given = match cause {
        Cause::Opened | Cause::Voided { .. } => given::recount(view.states(), view, of),
        _ => given::follow(view, of, &changes),
    };
    changes.extend(given);
    changes
}

/// Changes of an evaluation, and the changes of its findings and warnings that follow.
fn reviewed(
    view: &mut View<'_>,
    fund: &FundId,
    scheme: &Arc<Scheme>,
    scopes: &BTreeSet<Subject>,
    cause: &Cause,
    changes: Vec<ScoringEvent>,
) -> Vec<ScoringEvent> {
    let mut changes = followed(view, &fund.into(), cause, changes);
    changes.extend(findings::review(view, fund, scheme, scopes, cause));
    changes.extend(monitoring::review(view, fund, scheme, cause));
    changes
}

fn load_scheme(
    states: &States<'_, ScoringState>,
    scheme: &Arc<Scheme>,
    text: &str,
    approved: Option<&ApprovedBy>,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let bytes = [serde_json::to_string(scheme.as_ref()), serde_json::to_string(text)]
        .into_iter()
        .map(|json| json.map_or(usize::MAX, |json| json.len()))
        .fold(0_usize, usize::saturating_add);
    if bytes > MAX_SCHEME_BYTES {
        return Err(ScoringRefusal::SchemeTooLarge { bytes });
    }
    let newest = states.get(&scheme_key(&scheme.scheme)).and_then(ScoringState::as_scheme);
    if let Some(loaded) = newest
        && *loaded.text == *text
    {
        return Err(ScoringRefusal::SchemeUnchanged {
            scheme: scheme.scheme.clone(),
            version: loaded.version,
        });
    }
    let version = newest.map_or(1, |loaded| loaded.version.saturating_add(1));
    let loaded = ScoringEvent::SchemeLoaded {
        version,
        scheme: Arc::clone(scheme),
        text: text.to_owned(),
        draft: true,
    };
    let approved = approved.map(|approved| life::approved_version(scheme, version, approved));
    Ok(std::iter::once(loaded).chain(approved).collect())
}

fn open(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    wanted: &Wanted,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let (scheme, version) = life::choose(states, of, wanted)?;
    let Some(loaded) = states.get(&scheme_version_key(&scheme, version)).and_then(ScoringState::as_scheme)
    else {
        return Err(ScoringRefusal::SchemeNotFound(scheme));
    };
    let evaluation = Evaluation { scheme: scheme.clone(), version };
    if states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation) == Some(&evaluation) {
        return Err(ScoringRefusal::EvaluationUnchanged { of: of.clone(), scheme, version });
    }
    let Evaluated { fund, project } = of.clone();
    let opened = ScoringEvent::EvaluationOpened { fund, project, scheme, version, on: wanted.on };
    let mut view = View::new(states);
    // Other funds look by which scheme this one is evaluated.
    view.fold(&opened);
    let mut events = vec![opened];
    events.extend(match of.project {
        Some(_) => alone::compute_all(states, of, &evaluation, loaded, &Cause::Opened),
        None => review_all(view, states, &of.fund, (&evaluation, loaded), &Cause::Opened),
    });
    Ok(events)
}

/// Everything of an evaluation and its findings, from the facts alone.
fn review_all(
    mut view: View<'_>,
    states: &States<'_, ScoringState>,
    fund: &FundId,
    (evaluation, loaded): (&Evaluation, &LoadedScheme),
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let of = Evaluated::from(fund);
    let slots = all_slots(states, &of, &loaded.scheme);
    let changes = evaluate_all(states, &of, evaluation, loaded, &slots, cause);
    let scopes = findings::all(states, fund, &loaded.scheme, &changes);
    let mut events = reviewed(&mut view, fund, &loaded.scheme, &scopes, cause, changes);
    events.extend(portfolio::review_all(&mut view, states, fund, &slots, cause));
    events.extend(wordings::review(&mut view, states, &wordings::all(states, fund), &[], cause));
    events
}

/// Every place of an evaluation.
fn all_slots<'s>(states: &States<'_, ScoringState>, of: &Evaluated, scheme: &'s Scheme) -> Vec<Slot<'s>> {
    let targets = targets_of(of);
    let of_targets = states.prefix(&targets).filter_map(|(_, state)| target_slot(scheme, state.as_target()?));
    indicator_slots(scheme).chain(of_targets).collect()
}

/// Every indicator and sum of an evaluation.
fn evaluate_all(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    evaluation: &Evaluation,
    loaded: &LoadedScheme,
    slots: &[Slot<'_>],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let view = View::new(states);
    let (indicators, sums) = (rows("indicator", of), rows("sum", of));
    let old = states.prefix(&indicators).chain(states.prefix(&sums)).map(|(_, state)| state);
    change::compute_all(&view, of, evaluation, &loaded.scheme, slots, old, cause)
}

/// By what a fund or a project is evaluated, once both are loaded.
fn opened<'a>(
    states: &States<'a, ScoringState>,
    of: &impl HasEvaluation,
) -> Option<(&'a Evaluation, &'a LoadedScheme)> {
    let open = states.get(&evaluation_key(of))?.as_evaluation()?;
    let loaded = states.get(&scheme_version_key(&open.scheme, open.version))?.as_scheme()?;
    Some((open, loaded))
}

fn funds(facts: &[Fact]) -> BTreeSet<&FundId> {
    facts.iter().map(facts::fact_fund).collect()
}

/// The place that an indicator fills.
fn slot_of<'s>(
    states: &States<'_, ScoringState>,
    of: &Evaluated,
    scheme: &'s Scheme,
    indicator: &IndicatorId,
) -> Option<Slot<'s>> {
    if let Some(slot) = indicator_slots(scheme).find(|slot| slot.indicator() == *indicator) {
        return Some(slot);
    }
    let target = states.get(&place_key(&of.fund, &indicator.target()?))?.as_place()?;
    if !measure::is_of(of, target) {
        return None;
    }
    target_slots(scheme, target).find(|slot| slot.indicator() == *indicator)
}
