//! From what happened to what is known.

use jixiao_events::Evaluated;
use jixiao_events::targets::{ScoreSubject, TargetEvent, TargetFact, TargetRef};

use super::decide::keys_of_fact;
use super::keys;
use super::state::{
    ActualDocument, Explanation, FundDocument, ProjectDocument, ScoreDocument, TargetDocument, TargetsState,
    Withdrawal,
};

/// The keys whose state or history an event belongs to.
pub fn keys_of(event: &TargetEvent) -> Vec<String> {
    match event {
        TargetEvent::RegistryTakenIn { fact, .. } => fact.iter().flat_map(keys_of_fact).collect(),
        TargetEvent::TargetSet { target: TargetRef { fund, project, target }, .. } => {
            let of_project = project.iter().map(|project| keys::target_of_project(fund, project, target));
            [keys::target(fund, target)].into_iter().chain(of_project).collect()
        }
        TargetEvent::TargetRevised { target, .. }
        | TargetEvent::TargetWithdrawn { target, .. }
        | TargetEvent::ActualRecorded { target, .. } => vec![keys::target(&target.fund, &target.target)],
        TargetEvent::SelfScoreRecorded { fund, subject, .. } => vec![match subject {
            ScoreSubject::Target { target } => keys::target(fund, &target.target),
            ScoreSubject::Indicator { indicator } => keys::indicator_score(&fund.into(), indicator),
            ScoreSubject::ProjectIndicator { project, indicator } => {
                keys::indicator_score(&Evaluated::new(fund, Some(project)), indicator)
            }
        }],
        TargetEvent::MissExplained { fund, explanation, .. } => vec![keys::explanation(fund, explanation)],
    }
}

/// Folds an event into the state of one of its keys. `event_id` is the id of the event's row.
///
/// What is said of a target that is not known (a log without its beginning) is left out.
pub fn evolve(key: &str, state: &mut Option<TargetsState>, event: &TargetEvent, event_id: &str) {
    match event {
        TargetEvent::RegistryTakenIn { fact, .. } => {
            if let Some(fact) = fact {
                take_in(key, state, fact);
            }
        }
        TargetEvent::TargetSet { target, definition, on, approval, source } => {
            *state = Some(if key == keys::target(&target.fund, &target.target) {
                TargetsState::Target(Box::new(TargetDocument {
                    target: target.clone(),
                    version: 1,
                    definition: definition.clone(),
                    on: *on,
                    approval: approval.clone(),
                    source: source.clone(),
                    withdrawal: None,
                    actual: None,
                    self_score: None,
                }))
            } else {
                TargetsState::TargetOfProject { target: target.target.clone() }
            });
        }
        TargetEvent::TargetRevised { version, definition, on, approval, source, .. } => {
            if let Some(document) = target_of(state) {
                document.version = *version;
                document.definition = definition.clone();
                document.on = *on;
                document.approval = approval.clone();
                document.source.clone_from(source);
            }
        }
        TargetEvent::TargetWithdrawn { on, approval, source, .. } => {
            if let Some(document) = target_of(state) {
                document.withdrawal =
                    Some(Withdrawal { on: *on, approval: approval.clone(), source: source.clone() });
            }
        }
        // The unit is compared when it is read: a later version of the target may have another one.
        TargetEvent::ActualRecorded { value, unit, on, text, evidence, source, target: _, unit_match: _ } => {
            if let Some(document) = target_of(state) {
                document.actual = Some(ActualDocument {
                    value: value.clone(),
                    unit: unit.clone(),
                    on: *on,
                    text: text.clone(),
                    evidence: evidence.clone(),
                    source: source.clone(),
                    event: event_id.to_owned(),
                });
            }
        }
        TargetEvent::SelfScoreRecorded { subject, score, on, reason, source, fund: _, above_weight: _ } => {
            let filed = ScoreDocument {
                score: *score,
                on: *on,
                reason: reason.clone(),
                source: source.clone(),
                event: event_id.to_owned(),
            };
            match subject {
                ScoreSubject::Target { .. } => {
                    if let Some(document) = target_of(state) {
                        document.self_score = Some(filed);
                    }
                }
                ScoreSubject::Indicator { indicator } | ScoreSubject::ProjectIndicator { indicator, .. } => {
                    let indicator = indicator.clone();
                    *state = Some(TargetsState::IndicatorScore { indicator, score: filed });
                }
            }
        }
        TargetEvent::MissExplained { fund, explanation, project, group, targets, reason, source } => {
            *state = Some(TargetsState::Explanation(Explanation {
                fund: fund.clone(),
                explanation: explanation.clone(),
                project: project.clone(),
                group: group.clone(),
                targets: targets.clone(),
                reason: reason.clone(),
                source: source.clone(),
                event: event_id.to_owned(),
            }));
        }
    }
}

fn take_in(key: &str, state: &mut Option<TargetsState>, fact: &TargetFact) {
    let fund =
        if let Some(TargetsState::Fund(fund)) = state { fund.clone() } else { FundDocument::default() };
    match fact {
        TargetFact::Fund { fiscal_year, .. } => {
            *state = Some(TargetsState::Fund(FundDocument { fiscal_year: Some(*fiscal_year), ..fund }));
        }
        TargetFact::YearClosed { on, .. } => {
            *state = Some(TargetsState::Fund(FundDocument { closed_on: Some(*on), ..fund }));
        }
        TargetFact::Project { fund, project, membership, group, state: entered } => {
            *state = Some(if key == keys::project(fund, project) {
                // A change of state says nothing about membership and group: what was told before stays.
                let before = state.as_ref().and_then(TargetsState::project);
                TargetsState::Project(ProjectDocument {
                    state: *entered,
                    membership: membership.or(before.and_then(|before| before.membership)),
                    group: group.clone().or(before.and_then(|before| before.group.clone())),
                })
            } else {
                TargetsState::Group
            });
        }
    }
}

fn target_of(state: &mut Option<TargetsState>) -> Option<&mut TargetDocument> {
    if let Some(TargetsState::Target(document)) = state { Some(document) } else { None }
}
