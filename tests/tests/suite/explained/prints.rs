//! Evaluations in full: each result with what its inputs are made of, to be held against another.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use jixiao_eventlog::Folded;
use jixiao_events::FundId;
use jixiao_events::scheme::{Node, NodeBody, Scheme, Term};
use jixiao_events::scoring::{CountQuantity, IndicatorResult, MoneyQuantity, ScopeQuantity};
use jixiao_scoring::ScoringDomain;
use jixiao_scoring::domain::booked;
use jixiao_scoring::domain::measure::{count_of, money_of};
use jixiao_scoring::domain::state::{
    ProjectFacts, ScoringState, TOTAL, count_key, judged_key, manual_key, money_key, money_months_key,
    project_key, project_scope_key,
};

type World = Folded<ScoringDomain>;

/// An evaluation in full.
#[derive(Debug, PartialEq, Eq)]
pub struct Prints {
    rows: BTreeMap<String, String>,
    sums: BTreeMap<String, String>,
    overrides: String,
}

impl Prints {
    pub fn of(world: &World, fund: &FundId, scheme: &Scheme) -> Self {
        let printer = Printer { world, fund, scheme };
        let states = |kind: &str| {
            let prefix = format!("{kind}/{fund}/");
            world.prefix(&prefix).map(|(_, state)| state.clone()).collect::<Vec<_>>()
        };
        let rows = states("indicator");
        let rows = rows.iter().filter_map(ScoringState::as_indicator).map(Arc::as_ref);
        let sums = states("sum");
        let sums = sums.iter().filter_map(ScoringState::as_sum);
        Self {
            rows: rows.map(|row| (row.indicator.to_string(), printer.row(row))).collect(),
            sums: sums.map(|sum| (sum.node.to_string(), json(&**sum))).collect(),
            overrides: printer.overrides(),
        }
    }

    pub fn paths(&self) -> Vec<String> {
        self.rows.keys().chain(self.sums.keys()).cloned().collect()
    }

    /// Whether what a path shows is another thing in another evaluation.
    pub fn differ(&self, other: &Self, path: &str) -> bool {
        if !self.sums.contains_key(path) {
            return self.rows.get(path) != other.rows.get(path);
        }
        let below = format!("{path}.");
        let rows = |prints: &Self| {
            let rows = prints.rows.iter().filter(|(row, _)| path == TOTAL || row.starts_with(&below));
            rows.map(|(row, print)| (row.clone(), print.clone())).collect::<Vec<_>>()
        };
        self.sums.get(path) != other.sums.get(path)
            || rows(self) != rows(other)
            || path == TOTAL && self.overrides != other.overrides
    }
}

/// Whether an input follows from the others.
fn is_computed(quantity: &str) -> bool {
    ["unrounded", "computed"].contains(&quantity)
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

struct Printer<'a> {
    world: &'a World,
    fund: &'a FundId,
    scheme: &'a Scheme,
}

impl Printer<'_> {
    fn state(&self, key: &str) -> Option<&ScoringState> {
        self.world.get(key)
    }

    /// A result, with what those of its inputs are made of that no single event set, and who shares its weight.
    fn row(&self, row: &IndicatorResult) -> String {
        let mut text = json(row);
        for input in &row.inputs {
            let made_of = match input.quantity.as_str() {
                "manual_score" => self.state(&manual_key(self.fund, &row.indicator)).map(json),
                quantity => self.money(quantity).or_else(|| {
                    let judged = self.state(&judged_key(self.fund, &row.indicator));
                    judged.filter(|_| input.event.is_none() && !is_computed(quantity)).map(json)
                }),
            };
            write!(text, "\n{} {made_of:?}", input.quantity).unwrap();
        }
        if let Some(node) = self.sharing(row) {
            let members = self.members(node);
            write!(text, "\n{members:?}").unwrap();
        }
        text
    }

    /// A sum of money or a count, with how many events moved it.
    fn money(&self, quantity: &str) -> Option<String> {
        if let Some((quantity, until)) = quantity.split_once('@') {
            let key = money_months_key(self.fund, quantity.parse().unwrap());
            let months = self.state(&key).and_then(ScoringState::as_money_months);
            return Some(json(&booked::up_to(months, Some(until)).collect::<Vec<_>>()));
        }
        if let Some((sum, project)) = quantity.split_once(' ')
            && let Ok(sum) = sum.parse::<ScopeQuantity>()
        {
            let key = project_scope_key(self.fund, &project.parse().unwrap());
            return self.state(&key)?.as_scope_money()?.sums.get(&sum).map(json);
        }
        if let Ok(quantity) = quantity.parse::<MoneyQuantity>() {
            return self.state(&money_key(self.fund, quantity)).map(json);
        }
        let count = self.state(&count_key(self.fund, quantity.parse::<CountQuantity>().ok()?))?.as_count()?;
        // What says that a count is nothing is behind it while nothing moved it.
        let by = if count.events > 0 { count.events } else { count.still };
        Some(format!("{} by {by}", count.count))
    }

    /// The node of a target whose weight is an equal part.
    fn sharing(&self, row: &IndicatorResult) -> Option<&Node> {
        self.scheme.nodes.iter().find(|node| {
            let is_divided = matches!(node.body, NodeBody::EachTarget { equal_parts: Some(_), .. });
            is_divided && row.indicator.group().as_ref() == Some(&node.node)
        })
    }

    /// The targets of a node by what defines them.
    fn members(&self, node: &Node) -> Vec<String> {
        let prefix = format!("target/{}/", self.fund);
        let targets = self.world.prefix(&prefix).filter_map(|(_, state)| state.as_target());
        let project = |project| self.state(&project_key(self.fund, project))?.as_project();
        targets
            .filter(|facts| {
                let project = facts.target.project.as_ref().and_then(project);
                !project.is_some_and(ProjectFacts::has_left)
            })
            .filter_map(|facts| {
                let defined = facts.defined.as_ref()?;
                let definition = &defined.definition;
                let own = self.scheme.each_target(definition.level, definition.class.as_deref())?;
                (own.node == node.node).then(|| format!("{} {}", facts.target.target, defined.event.id))
            })
            .collect()
    }

    /// What the overrides of the grade look at.
    fn overrides(&self) -> String {
        let mut text = String::new();
        for condition in self.scheme.overrides.iter().flat_map(|applies| &applies.when) {
            for term in [&condition.left, &condition.right] {
                match term {
                    Term::Measure { measure } => {
                        let money = money_of(*measure).iter().map(|money| <&str>::from(*money));
                        for quantity in money.chain(count_of(*measure).map(<&str>::from)) {
                            writeln!(text, "{quantity} {:?}", self.money(quantity)).unwrap();
                        }
                    }
                    Term::Answer { node: Some(node), ask } => {
                        let judged = self.state(&judged_key(self.fund, &node.clone().into()));
                        let said =
                            judged.and_then(ScoringState::as_judged).and_then(|said| said.answers.get(ask));
                        writeln!(text, "{node} {ask} {:?}", said.map(json)).unwrap();
                    }
                    _ => {}
                }
            }
        }
        text
    }
}
