//! Which scopes a change touches, and what has to be seen to check one.

use std::collections::BTreeSet;

use jixiao_eventlog::{Need, States};
use jixiao_events::finding::Subject;
use jixiao_events::ledger::Scope;
use jixiao_events::registry::Membership;
use jixiao_events::scheme::{NodeBody, QuantityBody, Scheme};
use jixiao_events::scoring::{EvaluationChange, Fact, ScoringEvent};
use jixiao_events::targets::ScoreSubject;
use jixiao_events::{FundId, GroupId, IndicatorId, ProjectId, TargetId};

use super::namesakes;
use crate::claims;
use crate::domain::evaluate::{indicator_slots, target_slots};
use crate::domain::evolve::partly_met;
use crate::domain::facts::{explained_subjects, fact_fund};
use crate::domain::figures;
use crate::domain::papers::{self, achievements_key, paper_key, reasons_key, universals_key, year_key};
use crate::domain::state::{
    ScoringState, adjustment_key, answers_key, attained_key, explained_key, filing_key, finding_changes_key,
    finding_counts_key, findings_key, fund_key, indicator_key, life_key, place_key, portfolio_key,
    project_key, project_targets, project_targets_key, scope_money_key, scope_subject, stated_key,
    stated_places_key, sum_key, target_changes_key, target_key, tied_targets,
};
use crate::domain::wordings;

/// The scopes of a fund that some facts, and the changes of the evaluation that follow from them, touch.
pub fn touched(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    facts: &[Fact],
    changes: &[ScoringEvent],
) -> BTreeSet<Subject> {
    let mut scopes = BTreeSet::from([Subject::Fund]);
    let of_fund = |fact: &&Fact| fact_fund(fact) == fund;
    for fact in facts.iter().filter(of_fund) {
        of_fact(states, fact, &mut scopes);
    }
    for event in changes {
        if let ScoringEvent::EvaluationChanged(change) = event {
            of_change(change, &mut scopes);
        }
    }
    namesakes::touch(states, fund, facts, &mut scopes);
    scopes
}

fn of_fact(states: &States<'_, ScoringState>, fact: &Fact, scopes: &mut BTreeSet<Subject>) {
    match fact {
        Fact::Fund { .. }
        | Fact::Money { .. }
        | Fact::Count { .. }
        | Fact::SelfScore { subject: ScoreSubject::ProjectIndicator { .. }, .. }
        | Fact::TargetChangeStated { project: None, .. } => {}
        // What a project or group did not spend, and a target did not reach, matters from now on.
        Fact::YearClosed { fund, .. } => {
            scopes.extend(all_targets(states, fund));
            let prefix = format!("scope-money/{fund}/");
            scopes
                .extend(states.prefix(&prefix).filter_map(|(key, _)| subject_of(key.strip_prefix(&prefix)?)));
        }
        Fact::Project { fund, project, group, .. } => {
            of_project(states, fund, project, scopes);
            scopes.extend(group.clone().map(|group| Subject::Group { group }));
        }
        Fact::ProjectState { fund, project, .. } => of_project(states, fund, project, scopes),
        Fact::Target { target, .. }
        | Fact::TargetWithdrawn { target }
        | Fact::Actual { target, .. }
        | Fact::SelfScore { subject: ScoreSubject::Target { target }, .. } => {
            scopes.insert(Subject::Target { target: target.target.clone() });
            scopes.extend(target.project.clone().map(|project| Subject::Project { project }));
        }
        Fact::SelfScore { subject: ScoreSubject::Indicator { indicator }, .. } => {
            scopes.insert(Subject::Indicator { indicator: indicator.clone() });
        }
        Fact::Filing { project, .. }
        | Fact::Tender { project, .. }
        | Fact::Dated { project, .. }
        | Fact::Split { project, .. }
        | Fact::DatedReversed { project, .. }
        | Fact::TargetChangeStated { project: Some(project), .. } => {
            scopes.insert(Subject::Project { project: project.clone() });
        }
        Fact::MissExplained { fund, project, group, targets, .. } => {
            // A reason may name a project that is not its targets' own.
            scopes.extend(project.clone().map(|project| Subject::Project { project }));
            for subject in explained_subjects(project.as_ref(), group.as_ref(), targets) {
                match subject {
                    Subject::Project { project } => of_project(states, fund, &project, scopes),
                    Subject::Group { group } => {
                        for project in projects_of(states, fund, &group) {
                            of_project(states, fund, &project, scopes);
                        }
                    }
                    target => drop(scopes.insert(target)),
                }
            }
        }
        Fact::Adjustment { entry, .. } | Fact::AdjustmentReversed { entry, .. } => {
            scopes.insert(Subject::Entry { entry: entry.clone() });
        }
        Fact::ScopeMoney { scope, .. } => drop(scopes.insert(scope_subject(scope))),
        Fact::DocumentCited { .. }
        | Fact::AnnexReferred { .. }
        | Fact::YearStated { .. }
        | Fact::ReasonGiven { .. }
        | Fact::ReasonTakenBack { .. }
        | Fact::AchievementStated { .. } => scopes.extend(papers::subjects(fact)),
        // Any target may be the one that is not as the sentence says.
        Fact::UniversalStated { fund, .. } => scopes.extend(all_targets(states, fund)),
    }
}

fn all_targets(states: &States<'_, ScoringState>, fund: &FundId) -> Vec<Subject> {
    let prefix = format!("target-place/{fund}/");
    let places = states.prefix(&prefix).filter_map(|(_, state)| state.as_place());
    places.map(|place| Subject::Target { target: place.target.clone() }).collect()
}

/// A project, its group, all of its targets and those that reasons tie to it.
fn of_project(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    project: &ProjectId,
    scopes: &mut BTreeSet<Subject>,
) {
    scopes.insert(Subject::Project { project: project.clone() });
    let known = states.get(&project_key(fund, project)).and_then(ScoringState::as_project);
    scopes.extend(known.and_then(|known| known.group.clone()).map(|group| Subject::Group { group }));
    let prefix = project_targets(fund, project);
    let targets = states.prefix(&prefix).filter_map(|(_, state)| state.as_target());
    scopes.extend(targets.map(|target| Subject::Target { target: target.target.target.clone() }));
    let prefix = tied_targets(fund, project);
    let tied = states.prefix(&prefix).filter_map(|(key, _)| key.strip_prefix(&prefix)?.parse().ok());
    scopes.extend(tied.map(|target| Subject::Target { target }));
}

/// The projects of a group that the fund carries.
fn projects_of(states: &States<'_, ScoringState>, fund: &FundId, group: &GroupId) -> Vec<ProjectId> {
    let prefix = format!("project/{fund}/");
    let rows = states.prefix(&prefix).filter(|(_, state)| {
        state.as_project().is_some_and(|project| {
            project.membership == Membership::InFund && project.group.as_ref() == Some(group)
        })
    });
    rows.filter_map(|(key, _)| key.strip_prefix(&prefix)?.parse().ok()).collect()
}

/// The attainments that indicators left and came to. What else changed follows from a fact.
fn of_change(change: &EvaluationChange, scopes: &mut BTreeSet<Subject>) {
    let now = change.indicators.iter().map(|now| (now.status, now.measured));
    let was = change.before.iter().map(|was| (was.status, was.measured));
    let percents = now.chain(was).filter_map(|(status, measured)| partly_met(status, measured));
    scopes.extend(percents.map(|percent| Subject::Attainment { percent }));
    let indicators = change.indicators.iter().map(|result| &result.indicator).chain(&change.removed);
    scopes.extend(indicators.map(|indicator| Subject::Indicator { indicator: indicator.clone() }));
}

/// The rows that are a scope of their own each.
const KINDS: [&str; 9] = [
    "project",
    "target-place",
    "adjustment",
    "scope-money",
    "attained",
    "paper",
    "year",
    "reasons",
    "findings",
];

/// Every scope of a fund of which everything is loaded, those of findings that stand among them.
pub fn all(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    scheme: &Scheme,
    changes: &[ScoringEvent],
) -> BTreeSet<Subject> {
    let mut scopes = touched(states, fund, &[], changes);
    let indicators = indicator_slots(scheme).map(|slot| Subject::Indicator { indicator: slot.indicator() });
    scopes.extend(indicators);
    for kind in KINDS {
        let prefix = format!("{kind}/{fund}/");
        for (key, state) in states.prefix(&prefix) {
            let Some(id) = key.strip_prefix(&prefix) else { continue };
            let scope = match kind {
                "project" => id.parse().ok().map(|project| Subject::Project { project }),
                "target-place" => id.parse().ok().map(|target| Subject::Target { target }),
                "adjustment" => id.parse().ok().map(|entry| Subject::Entry { entry }),
                "attained" => id.parse().ok().map(|percent| Subject::Attainment { percent }),
                "paper" => Some(Subject::Document { document: id.to_owned() }),
                "year" => Some(Subject::Statement { statement: id.to_owned() }),
                _ => subject_of(id),
            };
            scopes.extend(scope);
            let group = state.as_project().and_then(|project| project.group.clone());
            scopes.extend(group.map(|group| Subject::Group { group }));
        }
    }
    scopes
}

/// A scope from what its key ends with.
fn subject_of(text: &str) -> Option<Subject> {
    if text == "fund" {
        return Some(Subject::Fund);
    }
    let (kind, id) = text.split_once(':')?;
    Some(match kind {
        "project" => Subject::Project { project: id.parse().ok()? },
        "group" => Subject::Group { group: id.parse().ok()? },
        "target" => Subject::Target { target: id.parse().ok()? },
        "indicator" => Subject::Indicator { indicator: id.parse().ok()? },
        "entry" => Subject::Entry { entry: id.parse().ok()? },
        "attainment" => Subject::Attainment { percent: id.parse().ok()? },
        "document" => Subject::Document { document: id.to_owned() },
        "statement" => Subject::Statement { statement: id.to_owned() },
        _ => return None,
    })
}

/// The prefixes that have to be loaded to know which scopes some facts touch.
pub fn prefixes(facts: &[Fact]) -> BTreeSet<String> {
    let mut prefixes = BTreeSet::new();
    for fact in facts {
        match fact {
            Fact::YearClosed { fund, .. } => {
                prefixes.extend(["scope-money", "target-place"].map(|kind| format!("{kind}/{fund}/")));
            }
            Fact::UniversalStated { fund, .. } => drop(prefixes.insert(format!("target-place/{fund}/"))),
            Fact::Project { fund, project, .. } | Fact::ProjectState { fund, project, .. } => {
                prefixes.insert(tied_targets(fund, project));
            }
            Fact::MissExplained { fund, project, group, targets, .. } => {
                for subject in explained_subjects(project.as_ref(), group.as_ref(), targets) {
                    match subject {
                        Subject::Project { project } => {
                            prefixes.extend([project_targets(fund, &project), tied_targets(fund, &project)]);
                        }
                        Subject::Group { .. } => {
                            prefixes.extend([format!("project/{fund}/"), format!("target/{fund}/")]);
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    prefixes
}

/// What has to be seen to check some scopes: more each time that more is loaded.
pub fn needs(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    scheme: &Scheme,
    scopes: &BTreeSet<Subject>,
) -> Vec<Need> {
    let mut keys =
        vec![fund_key(fund), finding_counts_key(fund), finding_changes_key(fund), portfolio_key(fund)];
    for scope in scopes {
        keys.extend([findings_key(fund, scope), answers_key(fund, scope)]);
        if matches!(scope, Subject::Project { .. } | Subject::Group { .. } | Subject::Target { .. }) {
            keys.push(reasons_key(fund, scope));
        }
        keys.extend(wordings::keys(states, fund, scope));
        match scope {
            Subject::Fund | Subject::Node { .. } | Subject::Quantity { .. } => {
                keys.extend(figures::keys(fund));
                let groups =
                    scheme.nodes.iter().filter(|node| !matches!(node.body, NodeBody::Indicator { .. }));
                keys.extend(
                    groups.map(|node| Some(&node.node)).chain([None]).map(|node| sum_key(fund, node)),
                );
                for slot in indicator_slots(scheme) {
                    of_indicator(fund, &slot.indicator(), &mut keys);
                }
                let places = stated_places_key(fund);
                if let Some(few) = states.get(&places).and_then(ScoringState::as_stated_places) {
                    keys.extend(few.iter().map(|(quantity, place)| stated_key(fund, quantity, place)));
                    let names = few.iter().map(|(quantity, _)| quantity.as_str());
                    let scopes = quantity_scopes(scheme, names);
                    keys.extend(scopes.map(|scope| format!("scope-money/{fund}/{scope}")));
                }
                keys.push(places);
            }
            Subject::Project { project } => {
                of_scope(states, fund, project, &mut keys);
                keys.extend([filing_key(fund, project), target_changes_key(fund, Some(project))]);
                keys.push(life_key(fund, project));
                let few = states.get(&project_targets_key(fund, project));
                if let Some(few) = few.and_then(ScoringState::as_project_targets) {
                    few.iter().for_each(|target| of_target(states, fund, scheme, target, &mut keys));
                }
                keys.push(project_targets_key(fund, project));
            }
            Subject::Group { group } => {
                keys.push(explained_key(fund, &Subject::Group { group: group.clone() }));
                keys.push(scope_money_key(fund, &Scope::Group { group: group.clone() }));
            }
            Subject::Target { target } => {
                of_target(states, fund, scheme, target, &mut keys);
                for other in namesakes::needed(states, fund, target, &mut keys) {
                    of_target(states, fund, scheme, &other, &mut keys);
                }
            }
            Subject::Indicator { indicator } => of_indicator(fund, indicator, &mut keys),
            Subject::Entry { entry } => {
                if let Some(adjustment) =
                    states.get(&adjustment_key(fund, entry)).and_then(ScoringState::as_adjustment)
                {
                    keys.push(scope_money_key(fund, &adjustment.scope));
                }
                keys.push(adjustment_key(fund, entry));
            }
            Subject::Attainment { percent } => keys.push(attained_key(fund, *percent)),
            Subject::Document { document } => keys.push(paper_key(fund, document)),
            Subject::Statement { statement } => keys.push(year_key(fund, statement)),
        }
    }
    keys.into_iter().map(Need::Key).collect()
}

/// The projects and groups whose money stated figures are about, an alias of the scheme included, as keys have them.
pub(super) fn quantity_scopes<'q>(
    scheme: &'q Scheme,
    names: impl Iterator<Item = &'q str>,
) -> impl Iterator<Item = String> {
    let made_of = scheme.quantities.iter().flat_map(|quantity| match &quantity.body {
        QuantityBody::Alias { is } => std::slice::from_ref(is),
        QuantityBody::Sum { parts } => parts.as_slice(),
        QuantityBody::Rate { .. } | QuantityBody::Stated {} => &[],
    });
    let scopes: BTreeSet<_> =
        names.chain(made_of.map(String::as_str)).filter_map(claims::Quantity::scope).collect();
    scopes.into_iter()
}

fn of_indicator(fund: &FundId, indicator: &IndicatorId, keys: &mut Vec<String>) {
    keys.push(indicator_key(fund, indicator));
}

/// A project and its money, and its group's.
fn of_scope(states: &States<'_, ScoringState>, fund: &FundId, project: &ProjectId, keys: &mut Vec<String>) {
    keys.push(project_key(fund, project));
    keys.push(scope_money_key(fund, &Scope::Project { project: project.clone() }));
    let known = states.get(&project_key(fund, project)).and_then(ScoringState::as_project);
    if let Some(group) = known.and_then(|known| known.group.clone()) {
        keys.push(explained_key(fund, &Subject::Group { group: group.clone() }));
        keys.push(scope_money_key(fund, &Scope::Group { group }));
    }
    keys.push(explained_key(fund, &Subject::Project { project: project.clone() }));
}

fn of_target(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    scheme: &Scheme,
    target: &TargetId,
    keys: &mut Vec<String>,
) {
    keys.extend([place_key(fund, target), achievements_key(fund, target), universals_key(fund)]);
    keys.push(explained_key(fund, &Subject::Target { target: target.clone() }));
    // A reason may name a project that is not the target's own.
    let explained = states.get(&explained_key(fund, &Subject::Target { target: target.clone() }));
    let named =
        explained.and_then(ScoringState::as_explained).and_then(|explained| explained.project.as_ref());
    keys.extend(named.map(|project| project_key(fund, project)));
    let Some(place) = states.get(&place_key(fund, target)).and_then(ScoringState::as_place) else { return };
    keys.push(target_key(place));
    keys.extend(target_slots(scheme, place).map(|slot| indicator_key(fund, &slot.indicator())));
    if let Some(project) = &place.project {
        of_scope(states, fund, project, keys);
    }
}
