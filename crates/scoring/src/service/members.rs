//! The targets that an explanation is of beside those whose rows it shows: those that share a weight, and those that were
//! taken away.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::Query;
use jixiao_events::scheme::{Measure, Node, NodeBody, Scheme};
use jixiao_events::targets::{TargetDefinition, TargetRef};
use jixiao_events::{Evaluated, ProjectId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Status;

use super::about;
use super::reader::Reader;
use super::snapshot::page_of;
use crate::domain::measure::is_of;
use crate::domain::state::{
    Cited, Few, ProjectFacts, ScoringState, TargetFacts, named_targets_key, project_key, project_scope_key,
    target_key, targets_of,
};
use crate::provenance::{Found, Provenance};
use crate::to_proto;

/// The most targets that are looked at.
pub(super) const TARGETS: usize = 2_000;

/// Targets, with the projects that they are of.
#[derive(Default)]
pub(super) struct Members {
    targets: Vec<TargetFacts>,
    projects: BTreeMap<ProjectId, ProjectFacts>,
}

impl Members {
    /// Those of which an indicator, or the weight of one, is made beside its own; none for most.
    pub(super) async fn of_node(
        reader: &Reader<'_>,
        of: &Evaluated,
        node: &Node,
        provenance: &mut Provenance<'_>,
    ) -> Result<Self, Status> {
        match &node.body {
            NodeBody::EachTarget { equal_parts: Some(_), .. } => {
                let prefix = targets_of(of);
                let states = reader.read(Query::new().whole(&prefix, None, TARGETS)).await?;
                let rows = page_of(&states, &prefix).rows.iter();
                Self::with(reader, of, rows.map(|(_, state)| state), provenance).await
            }
            NodeBody::Indicator { measure: Some(measure), targets: Some(name), .. }
                if measure.value == Measure::OverProjects =>
            {
                let key = named_targets_key(&of.fund, &name.value);
                let named = reader.read(Query::new().key(&key)).await?;
                let named = named.get(&key).and_then(ScoringState::as_named_targets);
                let keys: Vec<_> = named
                    .into_iter()
                    .flat_map(Few::iter)
                    .filter(|target| is_of(of, target))
                    .map(target_key)
                    .collect();
                let states = reader.read(Query::new().keys(keys.clone())).await?;
                Self::with(reader, of, keys.iter().filter_map(|key| states.get(key)), provenance).await
            }
            _ => Ok(Self::default()),
        }
    }

    /// Those targets, with their projects; what set them is made known.
    pub(super) async fn with(
        reader: &Reader<'_>,
        of: &Evaluated,
        targets: impl Iterator<Item = &ScoringState>,
        provenance: &mut Provenance<'_>,
    ) -> Result<Self, Status> {
        let mut members = Self::default();
        for state in targets {
            if let Some(facts) = state.as_target() {
                provenance.cite_all(about::cited(state));
                provenance.state(target_key(&facts.target), state);
                members.targets.push(facts.clone());
            }
        }
        let projects = members.targets.iter().filter_map(|facts| facts.target.project.clone());
        let projects: BTreeSet<ProjectId> = projects.collect();
        let keys = projects
            .iter()
            .flat_map(|project| [project_key(&of.fund, project), project_scope_key(&of.fund, project)]);
        let states = reader.read(Query::new().keys(keys)).await?;
        for project in projects {
            let scope = project_scope_key(&of.fund, &project);
            if let Some(state) = states.get(&scope) {
                provenance.cite_all(about::cited(state));
                provenance.state(scope, state);
            }
            let key = project_key(&of.fund, &project);
            if let Some(facts) = states.get(&key).and_then(ScoringState::as_project) {
                members.projects.insert(project, facts.clone());
            }
        }
        // A target of a project that came back is there by what brought it back.
        for facts in &members.targets {
            if let (Some(defined), Some(project)) = (&facts.defined, members.project(&facts.target)) {
                provenance.rests_on(&defined.event, project.decided_by());
            }
        }
        Ok(members)
    }

    fn project(&self, target: &TargetRef) -> Option<&ProjectFacts> {
        self.projects.get(target.project.as_ref()?)
    }

    fn has_left(&self, facts: &TargetFacts) -> bool {
        self.project(&facts.target).is_some_and(ProjectFacts::has_left)
    }

    /// What took a target from a node: the events without any one of which it would be there. Where two each did, neither is
    /// one.
    fn gone<'m>(&'m self, scheme: &Scheme, node: &Node, facts: &'m TargetFacts) -> Vec<&'m Cited> {
        let takes_in = |definition| takes_in(scheme, node, definition);
        let is_there = facts.defined.as_ref().is_some_and(|defined| takes_in(&defined.definition));
        let project = self.project(&facts.target);
        let has_left = self.has_left(facts);
        match (is_there, facts.superseded()) {
            (true, _) if has_left => project.into_iter().flat_map(ProjectFacts::decided_by).collect(),
            (false, Some((before, event))) if !has_left && takes_in(before) => vec![event],
            _ => Vec::new(),
        }
    }

    /// How many targets were taken from nodes, by what, as an input of their explanation; `None` where none was.
    pub(super) fn gone_from(&self, scheme: &Scheme, nodes: &[&Node], most: u64) -> Option<pb::Input> {
        let of_nodes =
            nodes.iter().flat_map(|node| self.targets.iter().map(|facts| self.gone(scheme, node, facts)));
        input("targets.gone", &of_nodes.filter(|events| !events.is_empty()).collect::<Vec<_>>(), most)
    }

    /// How many targets share the weight of a node in equal parts, by what, as an input of the explanation of one of them.
    pub(super) fn sharing(&self, scheme: &Scheme, node: &Node, most: u64) -> Option<pb::Input> {
        let NodeBody::EachTarget { equal_parts: Some(_), .. } = &node.body else { return None };
        let there = self.targets.iter().filter(|facts| !self.has_left(facts));
        let sharing = there.filter_map(|facts| {
            let defined =
                facts.defined.as_ref().filter(|defined| takes_in(scheme, node, &defined.definition))?;
            let project = self.project(&facts.target).into_iter().flat_map(ProjectFacts::decided_by);
            Some(std::iter::once(&defined.event).chain(project).collect())
        });
        input("targets.sharing", &sharing.collect::<Vec<_>>(), most)
    }
}

/// Whether a node is about a target as it is defined.
fn takes_in(scheme: &Scheme, node: &Node, definition: &TargetDefinition) -> bool {
    match &node.body {
        NodeBody::EachTarget { .. } => {
            let own = scheme.each_target(definition.level, definition.class.as_deref());
            own.is_some_and(|own| own.node == node.node)
        }
        NodeBody::Indicator { targets: Some(name), .. } => definition.name == name.value,
        NodeBody::Indicator { .. } | NodeBody::Group { .. } => false,
    }
}

/// How many targets there are, each by its events; `None` where there are none.
fn input(quantity: &str, targets: &[Vec<&Cited>], most: u64) -> Option<pb::Input> {
    let mut found = Found::default();
    for event in targets.iter().flatten() {
        found.add((vec![to_proto::cited(event)], 1));
    }
    let (quantity, value, unit) = (quantity.to_owned(), targets.len().to_string(), String::new());
    let (events, event_count) = found.cut(most);
    (!targets.is_empty()).then_some(pb::Input { quantity, value, unit, events, event_count })
}
