//! The places of an evaluation that indicators fill.

use jixiao_eventlog::States;
use jixiao_events::scheme::{Node, NodeBody, Scheme};
use jixiao_events::targets::TargetRef;
use jixiao_events::{Evaluated, IndicatorId, NodeId};

use super::measure;
use super::state::{
    ScoringState, TOTAL, TargetFacts, indicator_key, judged_key, manual_key, project_key, self_key, sum_key,
    target_key,
};

/// A place of an evaluation that an indicator fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slot<'s> {
    /// An indicator of the scheme.
    Node(&'s Node),
    /// A target below a node of the scheme.
    Target(&'s Node, TargetRef),
}

impl<'s> Slot<'s> {
    /// The node: the indicator's own, or that above the target.
    pub fn node(&self) -> &'s Node {
        match self {
            Self::Node(node) | Self::Target(node, _) => node,
        }
    }

    /// The indicator.
    pub fn indicator(&self) -> IndicatorId {
        match self {
            Self::Node(node) => node.node.clone().into(),
            Self::Target(node, target) => node.node.target(&target.target),
        }
    }

    /// The sums that it is part of, from the nearest to that of everything.
    pub fn sums(&self) -> Vec<NodeId> {
        let nearest = match self {
            Self::Node(node) => node.node.parent(),
            Self::Target(node, _) => Some(node.node.clone()),
        };
        std::iter::successors(nearest, NodeId::parent).chain(total()).collect()
    }

    /// The keys of what it is computed from, of its result and of its sums, as far as what is loaded leads to them.
    pub fn keys(&self, of: &Evaluated, states: &States<'_, ScoringState>) -> Vec<String> {
        let indicator = self.indicator();
        let mut keys =
            vec![indicator_key(of, &indicator), manual_key(of, &indicator), judged_key(of, &indicator)];
        keys.extend(self.sums().iter().map(|node| sum_key(of, Some(node))));
        match self {
            Self::Node(node) => {
                keys.push(self_key(of, &indicator));
                keys.extend(measure::keys(of, &node.body, states));
            }
            Self::Target(_, target) => {
                keys.push(target_key(target));
                keys.extend(target.project.iter().map(|project| project_key(&of.fund, project)));
            }
        }
        keys
    }
}

/// The node of the sum of everything. Always there: `total` is a node's path.
pub fn total() -> Option<NodeId> {
    TOTAL.parse().ok()
}

/// The indicators of a scheme that are no targets.
pub fn indicator_slots(scheme: &Scheme) -> impl Iterator<Item = Slot<'_>> {
    scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::Indicator { .. })).map(Slot::Node)
}

/// Every place that a target may fill.
pub fn target_slots<'s>(scheme: &'s Scheme, target: &TargetRef) -> impl Iterator<Item = Slot<'s>> {
    let nodes = scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::EachTarget { .. }));
    nodes.map(move |node| Slot::Target(node, target.clone()))
}

/// The place that a target fills as it is defined now.
pub fn target_slot<'s>(scheme: &'s Scheme, facts: &TargetFacts) -> Option<Slot<'s>> {
    let defined = facts.defined.as_ref()?;
    let definition = &defined.definition;
    let node = scheme.each_target(definition.level, definition.class.as_deref())?;
    Some(Slot::Target(node, facts.target.clone()))
}
