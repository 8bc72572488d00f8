//! From a command to what happened, or to why it is refused.

use std::collections::BTreeSet;

use jixiao_eventlog::{Need, States};
use jixiao_events::attainment;
use jixiao_events::targets::{
    Criterion, ScoreSubject, TargetDefinition, TargetEvent, TargetFact, TargetLevel, TargetRef,
};
use jixiao_events::{Evaluated, FundId, Number, ProjectId, TargetId};

use super::command::{
    ExplainMiss, NewDefinition, RecordActual, RecordSelfScore, ReviseTarget, ScoreOf, SetTarget,
    TargetCommand, WithdrawTarget,
};
use super::keys;
use super::refusal::TargetRefusal;
use super::state::{TargetDocument, TargetsState};

/// The states that a command has to see.
pub fn needs(command: &TargetCommand) -> Vec<Need> {
    let mut needed = Vec::new();
    match command {
        TargetCommand::SetTarget(SetTarget { target: TargetRef { fund, project, target }, .. }) => {
            needed.extend([keys::fund(fund), keys::target(fund, target)]);
            if let Some(project) = project {
                needed.extend([keys::project(fund, project), keys::target_of_project(fund, project, target)]);
            }
        }
        TargetCommand::ReviseTarget(ReviseTarget { fund, target, .. })
        | TargetCommand::WithdrawTarget(WithdrawTarget { fund, target, .. })
        | TargetCommand::RecordActual(RecordActual { fund, target, .. }) => {
            needed.extend([keys::fund(fund), keys::target(fund, target)]);
        }
        TargetCommand::RecordSelfScore(RecordSelfScore { fund, subject, .. }) => {
            needed.push(keys::fund(fund));
            needed.push(match subject {
                ScoreOf::Target(target) => keys::target(fund, target),
                ScoreOf::Indicator(project, indicator) => {
                    keys::indicator_score(&Evaluated::new(fund, project.as_ref()), indicator)
                }
            });
            if let ScoreOf::Indicator(Some(project), _) = subject {
                needed.push(keys::project(fund, project));
            }
        }
        TargetCommand::ExplainMiss(ExplainMiss { fund, explanation, project, group, targets, .. }) => {
            needed.extend([keys::fund(fund), keys::explanation(fund, explanation)]);
            needed.extend(project.iter().map(|project| keys::project(fund, project)));
            needed.extend(group.iter().map(|group| keys::group(fund, group)));
            needed.extend(targets.iter().map(|target| keys::target(fund, target)));
        }
        TargetCommand::TakeIn { fact, .. } => needed.extend(fact.iter().flat_map(keys_of_fact)),
    }
    needed.into_iter().map(Need::Key).collect()
}

/// The states that a fact of the registry changes.
pub(super) fn keys_of_fact(fact: &TargetFact) -> Vec<String> {
    match fact {
        TargetFact::Fund { fund, .. } | TargetFact::YearClosed { fund, .. } => vec![keys::fund(fund)],
        TargetFact::Project { fund, project, group, .. } => {
            let group = group.iter().map(|group| keys::group(fund, group));
            [keys::project(fund, project)].into_iter().chain(group).collect()
        }
    }
}

/// What follows from a command. Checks are in the order of [`TargetRefusal`].
pub fn decide(
    states: &States<'_, TargetsState>,
    command: &TargetCommand,
) -> Result<Vec<TargetEvent>, TargetRefusal> {
    let known = Known(states);
    let event = match command {
        TargetCommand::SetTarget(command) => known.set(command)?,
        TargetCommand::ReviseTarget(command) => known.revise(command)?,
        TargetCommand::WithdrawTarget(command) => known.withdraw(command)?,
        TargetCommand::RecordActual(command) => known.record_actual(command)?,
        TargetCommand::RecordSelfScore(command) => known.record_self_score(command)?,
        TargetCommand::ExplainMiss(command) => known.explain(command)?,
        TargetCommand::TakeIn { source, fact } => {
            TargetEvent::RegistryTakenIn { source: source.clone(), fact: fact.clone() }
        }
    };
    Ok(vec![event])
}

/// What was loaded for a command.
struct Known<'a>(&'a States<'a, TargetsState>);

impl<'a> Known<'a> {
    fn set(&self, command: &SetTarget) -> Result<TargetEvent, TargetRefusal> {
        let SetTarget { target, definition, on, approval, source } = command;
        check_definition(definition)?;
        self.fund(&target.fund)?;
        if let Some(project) = &target.project {
            self.project(&target.fund, project)?;
        }
        if self.target(&target.fund, &target.target).is_ok() {
            let TargetRef { fund, target, .. } = target.clone();
            return Err(TargetRefusal::TargetExists { fund, target });
        }
        Ok(TargetEvent::TargetSet {
            target: target.clone(),
            definition: define(target, definition),
            on: *on,
            approval: approval.clone(),
            source: source.clone(),
        })
    }

    fn revise(&self, command: &ReviseTarget) -> Result<TargetEvent, TargetRefusal> {
        let ReviseTarget { fund, target, definition, on, approval, source } = command;
        check_definition(definition)?;
        let document = self.target_in_force(fund, target)?;
        let definition = define(&document.target, definition);
        if definition == document.definition {
            return Err(TargetRefusal::NothingChanges {
                fund: fund.clone(),
                target: target.clone(),
                version: document.version,
            });
        }
        Ok(TargetEvent::TargetRevised {
            target: document.target.clone(),
            version: document.version.saturating_add(1),
            definition,
            on: *on,
            approval: approval.clone(),
            source: source.clone(),
        })
    }

    fn withdraw(&self, command: &WithdrawTarget) -> Result<TargetEvent, TargetRefusal> {
        let WithdrawTarget { fund, target, on, approval, source } = command;
        let document = self.target_in_force(fund, target)?;
        Ok(TargetEvent::TargetWithdrawn {
            target: document.target.clone(),
            on: *on,
            approval: approval.clone(),
            source: source.clone(),
        })
    }

    fn record_actual(&self, command: &RecordActual) -> Result<TargetEvent, TargetRefusal> {
        let RecordActual { fund, target, value, unit, on, text, evidence, source } = command;
        let document = self.target_in_force(fund, target)?;
        Ok(TargetEvent::ActualRecorded {
            target: document.target.clone(),
            value: value.clone(),
            unit: unit.clone(),
            unit_match: attainment::unit_match(&document.definition, value, unit.as_deref()),
            on: *on,
            text: text.clone(),
            evidence: evidence.clone(),
            source: source.clone(),
        })
    }

    fn record_self_score(&self, command: &RecordSelfScore) -> Result<TargetEvent, TargetRefusal> {
        let RecordSelfScore { fund, subject, score, on, reason, source } = command;
        if *score < Number::ZERO {
            return Err(TargetRefusal::ScoreNegative(*score));
        }
        let (subject, above_weight) = match subject {
            ScoreOf::Target(target) => {
                let document = self.target_in_force(fund, target)?;
                let above_weight = *score > document.definition.weight;
                (ScoreSubject::Target { target: document.target.clone() }, above_weight)
            }
            ScoreOf::Indicator(project, indicator) => {
                self.fund(fund)?;
                let indicator = indicator.clone();
                let subject = match project.clone() {
                    None => ScoreSubject::Indicator { indicator },
                    Some(project) => {
                        self.project(fund, &project)?;
                        ScoreSubject::ProjectIndicator { project, indicator }
                    }
                };
                (subject, false)
            }
        };
        Ok(TargetEvent::SelfScoreRecorded {
            fund: fund.clone(),
            subject,
            score: *score,
            above_weight,
            on: *on,
            reason: reason.clone(),
            source: source.clone(),
        })
    }

    fn explain(&self, command: &ExplainMiss) -> Result<TargetEvent, TargetRefusal> {
        let ExplainMiss { fund, explanation, project, group, targets, reason, source } = command;
        if project.is_none() && group.is_none() && targets.is_empty() {
            return Err(TargetRefusal::NothingExplained);
        }
        if project.is_some() && group.is_some() {
            return Err(TargetRefusal::ProjectAndGroup);
        }
        let mut named = BTreeSet::new();
        if let Some(repeated) = targets.iter().find(|target| !named.insert(*target)) {
            return Err(TargetRefusal::TargetRepeated(repeated.clone()));
        }
        self.fund(fund)?;
        if let Some(project) = project {
            self.project(fund, project)?;
        }
        if let Some(group) = group
            && self.0.get(&keys::group(fund, group)).is_none()
        {
            return Err(TargetRefusal::GroupNotFound { fund: fund.clone(), group: group.clone() });
        }
        for target in targets {
            self.target(fund, target)?;
        }
        if self.0.get(&keys::explanation(fund, explanation)).is_some() {
            let (fund, explanation) = (fund.clone(), explanation.clone());
            return Err(TargetRefusal::ExplanationExists { fund, explanation });
        }
        Ok(TargetEvent::MissExplained {
            fund: fund.clone(),
            explanation: explanation.clone(),
            project: project.clone(),
            group: group.clone(),
            targets: targets.clone(),
            reason: reason.clone(),
            source: source.clone(),
        })
    }

    fn fund(&self, fund: &FundId) -> Result<(), TargetRefusal> {
        match self.0.get(&keys::fund(fund)) {
            Some(_) => Ok(()),
            None => Err(TargetRefusal::FundNotFound(fund.clone())),
        }
    }

    fn project(&self, fund: &FundId, project: &ProjectId) -> Result<(), TargetRefusal> {
        match self.0.get(&keys::project(fund, project)) {
            Some(_) => Ok(()),
            None => Err(TargetRefusal::ProjectNotFound { fund: fund.clone(), project: project.clone() }),
        }
    }

    fn target(&self, fund: &FundId, target: &TargetId) -> Result<&'a TargetDocument, TargetRefusal> {
        let document = self.0.get(&keys::target(fund, target)).and_then(TargetsState::target);
        document.ok_or_else(|| TargetRefusal::TargetNotFound { fund: fund.clone(), target: target.clone() })
    }

    /// A target that counts.
    fn target_in_force(&self, fund: &FundId, target: &TargetId) -> Result<&'a TargetDocument, TargetRefusal> {
        self.fund(fund)?;
        let document = self.target(fund, target)?;
        if document.withdrawal.is_some() {
            return Err(TargetRefusal::TargetWithdrawn { fund: fund.clone(), target: target.clone() });
        }
        Ok(document)
    }
}

fn check_definition(definition: &NewDefinition) -> Result<(), TargetRefusal> {
    if definition.weight <= Number::ZERO {
        return Err(TargetRefusal::WeightNotPositive(definition.weight));
    }
    match definition.criterion {
        Criterion::Between { min, max } if min > max => Err(TargetRefusal::RangeReversed { min, max }),
        _ => Ok(()),
    }
}

/// The definition of a target: its level follows from whether it has a project.
fn define(target: &TargetRef, definition: &NewDefinition) -> TargetDefinition {
    let NewDefinition { name, weight, class, criterion, unit, text, owner, baseline } = definition.clone();
    let level = if target.project.is_some() { TargetLevel::Detail } else { TargetLevel::Overall };
    TargetDefinition { level, class, name, weight, criterion, unit, text, owner, baseline }
}
