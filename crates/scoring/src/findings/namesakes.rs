//! Targets of one name: an overall target, and the detail targets of projects that are called the same.
//!
//! Findings about them are the overall target's. So a change of any target touches all of its name, and the check of an
//! overall one sees the details of its name, while they are few.

use std::collections::BTreeSet;

use jixiao_eventlog::States;
use jixiao_events::finding::Subject;
use jixiao_events::scoring::Fact;
use jixiao_events::targets::{TargetDefinition, TargetLevel, TargetRef};
use jixiao_events::{FundId, Number, TargetId};

use super::{Case, Found, TargetCase};
use crate::domain::facts::fact_fund;
use crate::domain::state::{Few, ScoringState, named_targets_key, place_key, target_key};

/// The most targets of one name that are compared.
const NAMESAKES: usize = 30;

/// Adds the targets of the names of those that are touched: of the name that one has, and of the one that it gets.
pub(super) fn touch(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    facts: &[Fact],
    scopes: &mut BTreeSet<Subject>,
) {
    let targets = scopes.iter().filter_map(|scope| match scope {
        Subject::Target { target } => Some(target),
        _ => None,
    });
    let had: BTreeSet<&str> = targets.filter_map(|target| name_of(states, fund, target)).collect();
    let gets = facts.iter().filter(|fact| fact_fund(fact) == fund).filter_map(|fact| match fact {
        Fact::Target { definition, .. } => Some(definition.name.as_str()),
        _ => None,
    });
    let names: BTreeSet<&str> = had.into_iter().chain(gets).collect();
    let of_names = names.into_iter().flat_map(|name| members(states, fund, name));
    scopes.extend(of_names.map(|member| Subject::Target { target: member.target.clone() }));
}

/// The targets that one is compared with: those of the name of an overall one. `keys` gets the key of their row.
pub(super) fn needed(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    target: &TargetId,
    keys: &mut Vec<String>,
) -> Vec<TargetId> {
    let Some(definition) = definition(states, fund, target) else { return Vec::new() };
    keys.push(named_targets_key(fund, &definition.name));
    if definition.level != TargetLevel::Overall {
        return Vec::new();
    }
    members(states, fund, &definition.name).map(|member| member.target.clone()).collect()
}

fn name_of<'s>(states: &States<'s, ScoringState>, fund: &FundId, target: &TargetId) -> Option<&'s str> {
    definition(states, fund, target).map(|definition| definition.name.as_str())
}

fn definition<'s>(
    states: &States<'s, ScoringState>,
    fund: &FundId,
    target: &TargetId,
) -> Option<&'s TargetDefinition> {
    let place = states.get(&place_key(fund, target))?.as_place()?;
    let facts = states.get(&target_key(place))?.as_target()?;
    facts.defined.as_ref().map(|defined| &defined.definition)
}

/// The targets that have, or had, a name; none where they are too many.
fn members<'s>(
    states: &States<'s, ScoringState>,
    fund: &FundId,
    name: &str,
) -> impl Iterator<Item = &'s TargetRef> + use<'s> {
    let row = states.get(&named_targets_key(fund, name)).and_then(ScoringState::as_named_targets);
    few(row)
}

/// The targets of one name; none where they are too many to be compared.
pub(crate) fn few(row: Option<&Few<TargetRef>>) -> impl Iterator<Item = &TargetRef> {
    row.filter(|row| row.iter().count() <= NAMESAKES).into_iter().flat_map(Few::iter)
}

/// The detail targets that are called as an overall one is now and have its unit; none of another level's.
pub(super) fn details<'v>(case: &Case<'v>, overall: &TargetCase<'v>) -> Vec<TargetCase<'v>> {
    let definition = &overall.defined.definition;
    if definition.level != TargetLevel::Overall {
        return Vec::new();
    }
    let row = case.view.get(&named_targets_key(case.fund, &definition.name));
    let row = few(row.and_then(ScoringState::as_named_targets));
    let details =
        row.filter(|member| member.project.is_some()).filter_map(|member| case.target(&member.target));
    details.filter(|detail| is_same(definition, &detail.defined.definition)).collect()
}

fn is_same(overall: &TargetDefinition, detail: &TargetDefinition) -> bool {
    let unit = |definition: &TargetDefinition| definition.unit.as_deref().map(str::trim).map(str::to_owned);
    detail.level == TargetLevel::Detail && detail.name == overall.name && unit(detail) == unit(overall)
}

/// The share of its weight that a target's unit gave it.
pub(super) fn share(target: &TargetCase<'_>) -> Option<Number> {
    target.result.self_score?.checked_div(target.result.weight)
}

impl Found {
    /// With a detail target beside the overall one, its figures called `detail_…`, and the events that set them.
    #[must_use]
    pub(super) fn detail(self, detail: &TargetCase<'_>) -> Self {
        let project = detail.project.map_or("-", |project| project.name.zh.as_str());
        let mut found = self.figure("project", &project);
        for quantity in ["target", "actual"] {
            let input = detail.result.input(quantity);
            let value = input.and_then(|input| input.value.as_deref()).unwrap_or("-");
            let unit = input.and_then(|input| input.unit.as_deref());
            found = found.figure_in(&format!("detail_{quantity}"), &value, unit);
        }
        let score = detail.result.self_score.map_or_else(|| "-".to_owned(), |score| score.to_string());
        let found = found.figure("detail_self_score", &score).figure("detail_weight", &detail.result.weight);
        found.set_by(detail.result, &["target", "actual", "self_score"])
    }
}
