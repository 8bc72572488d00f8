//! The states that a command sees, and what its own events make of them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_eventlog::{Meta, States};
use jixiao_events::budget::Budget;
use jixiao_events::scheme::{Node, NodeBody, Scheme};
use jixiao_events::scoring::{MoneyQuantity, ScoringEvent};
use jixiao_events::{Evaluated, FundId, IndicatorId, Money, Number};

use super::state::{ScoringState, TargetFacts, indicator_key, money_key, targets_of};
use super::{evolve, sight};
use crate::rules::equal_parts;

/// The states as loaded, with what the events of this command have changed on top.
pub struct View<'a> {
    states: &'a States<'a, ScoringState>,
    changed: BTreeMap<String, Option<ScoringState>>,
    /// The parts of nodes that are divided equally, as far as they were asked for.
    parts: RefCell<BTreeMap<String, Arc<BTreeMap<IndicatorId, Number>>>>,
}

impl<'a> View<'a> {
    /// Nothing changed yet.
    pub fn new(states: &'a States<'a, ScoringState>) -> Self {
        Self { states, changed: BTreeMap::new(), parts: RefCell::default() }
    }

    /// The states as loaded.
    pub fn states(&self) -> &'a States<'a, ScoringState> {
        self.states
    }

    /// Folds one event of this command on top. Facts cite their source, so that the row's own place does not matter.
    pub fn fold(&mut self, event: &ScoringEvent) {
        let meta = Meta { position: 0, id: String::new(), recorded_time: 0, actor: String::new() };
        self.parts.borrow_mut().clear();
        for key in evolve::keys(event) {
            let loaded = self.states.get(&key);
            let state = self.changed.entry(key.clone()).or_insert_with(|| loaded.cloned());
            evolve::evolve(&key, state, event, &meta);
        }
    }

    /// The state under a key.
    pub fn get(&self, key: &str) -> Option<&ScoringState> {
        match self.changed.get(key) {
            Some(state) => state.as_ref(),
            None => self.states.get(key),
        }
    }

    /// The states without what this command changed.
    #[must_use]
    pub fn before(&self) -> Self {
        Self::new(self.states)
    }

    /// The keys whose states this command changed.
    pub fn changed(&self) -> impl Iterator<Item = &str> {
        self.changed.keys().map(String::as_str)
    }

    /// A running sum of a fund's money; zero while nothing is booked.
    pub fn money(&self, fund: &FundId, quantity: MoneyQuantity) -> Money {
        self.get(&money_key(fund, quantity))
            .and_then(ScoringState::as_money)
            .map_or(Money::ZERO, |money| money.sum)
    }

    /// The sums of a fund's budget.
    pub fn budget(&self, fund: &FundId) -> Budget {
        Budget {
            original: self.money(fund, MoneyQuantity::Original),
            increases: self.money(fund, MoneyQuantity::Increase),
            decreases: self.money(fund, MoneyQuantity::Decrease),
            received: self.money(fund, MoneyQuantity::Received),
            paid: self.money(fund, MoneyQuantity::Paid),
        }
    }

    /// The part of its node's weight that a target has, where the node divides it equally; `None` where it does not, and
    /// for what is no target of it.
    ///
    /// Who joins or leaves a node moves the parts of all: then all targets are loaded. Whatever else happens, the part is
    /// what it was.
    pub fn equal_part(
        &self,
        of: &Evaluated,
        scheme: &Scheme,
        node: &Node,
        indicator: &IndicatorId,
    ) -> Option<Number> {
        let NodeBody::EachTarget { equal_parts: Some(decimals), .. } = &node.body else { return None };
        let prefix = targets_of(of);
        if !self.states.is_whole(&prefix) {
            let stored = self.get(&indicator_key(of, indicator)).and_then(ScoringState::as_indicator);
            return stored.map(|result| result.weight);
        }
        let divide = || {
            let mut members: Vec<_> = self
                .targets(&prefix)
                .filter_map(|facts| self.member(&of.fund, scheme, node, facts))
                .collect();
            members.sort();
            let parts = equal_parts(node.weight.value, members.len(), decimals.value);
            Arc::new(members.into_iter().zip(parts).collect::<BTreeMap<_, _>>())
        };
        let mut all = self.parts.borrow_mut();
        all.entry(format!("{of}/{}", node.node)).or_insert_with(divide).get(indicator).copied()
    }

    /// All targets under a prefix that was loaded whole.
    fn targets<'v>(&'v self, prefix: &'v str) -> impl Iterator<Item = &'v TargetFacts> {
        let changed = self.changed.range(prefix.to_owned()..);
        let changed = changed.take_while(move |(key, _)| key.starts_with(prefix));
        let loaded = self.states.prefix(prefix).filter(|(key, _)| !self.changed.contains_key(*key));
        let loaded = loaded.map(|(_, state)| state);
        loaded.chain(changed.filter_map(|(_, state)| state.as_ref())).filter_map(ScoringState::as_target)
    }

    /// The indicator of a target, where it is one of a node.
    fn member(
        &self,
        fund: &FundId,
        scheme: &Scheme,
        node: &Node,
        facts: &TargetFacts,
    ) -> Option<IndicatorId> {
        let definition = &facts.defined.as_ref()?.definition;
        let own = scheme.each_target(definition.level, definition.class.as_deref())?;
        let is_there = own.node == node.node && !sight::has_left(self, fund, facts);
        is_there.then(|| node.node.target(&facts.target.target))
    }
}
