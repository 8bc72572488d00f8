//! What an evaluation comes to, before and after: the figures that people compare.

use jixiao_events::Number;
use jixiao_proto::jixiao::scoring::v1 as pb;

use crate::evaluate::figure::{Unit, money};

/// A figure of an evaluation before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Compared {
    /// Which, `budget.execution_rate.adjusted`, `score.total`.
    pub(super) quantity: String,
    /// As it is; empty where there is none.
    pub(super) before: String,
    /// As it would be; empty where there would be none.
    pub(super) after: String,
}

impl Compared {
    /// Whether it would change.
    pub(super) fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// The points of an evaluation as a whole.
pub(super) const TOTAL: &str = "total";

/// Points of everything and of each node, `score.…` and `self_score.…`, in the order of the scheme.
pub(super) fn points(answer: &pb::SimulateResponse) -> Vec<Compared> {
    let sums = |evaluation: &Option<pb::Evaluation>| -> Vec<pb::Sum> {
        evaluation.as_ref().map(|evaluation| evaluation.sums.clone()).unwrap_or_default()
    };
    let (before, after) = (sums(&answer.before), sums(&answer.after));
    let mut nodes: Vec<&str> = after.iter().map(|sum| sum.node.as_str()).collect();
    let gone = before.iter().map(|sum| sum.node.as_str()).filter(|node| !nodes.contains(node));
    let gone: Vec<&str> = gone.collect();
    nodes.extend(gone);
    let of =
        |sums: &[pb::Sum], node: &str| sums.iter().find(|sum| sum.node == node).cloned().unwrap_or_default();
    let compared = nodes.into_iter().flat_map(|node| {
        let (before, after) = (of(&before, node), of(&after, node));
        let score = (format!("score.{node}"), before.score, after.score);
        let self_score = (format!("self_score.{node}"), before.self_score, after.self_score);
        [score, self_score].map(|(quantity, before, after)| Compared { quantity, before, after })
    });
    compared.collect()
}

/// Money in a unit, and rates in percent.
pub(super) fn budget(answer: &pb::SimulateResponse, unit: Unit) -> Vec<Compared> {
    let amount = |amount: Option<&jixiao_proto::google::r#type::Money>| {
        unit.amount(money(amount)).map(|amount: Number| amount.to_string()).unwrap_or_default()
    };
    let of = |evaluation: &Option<pb::Evaluation>| -> Vec<(&'static str, String)> {
        let Some(budget) = evaluation.as_ref().and_then(|evaluation| evaluation.budget.clone()) else {
            return Vec::new();
        };
        vec![
            ("budget.original", amount(budget.original.as_ref())),
            ("budget.adjustment_increase", amount(budget.increase.as_ref())),
            ("budget.adjustment_decrease", amount(budget.decrease.as_ref())),
            ("budget.adjusted", amount(budget.adjusted.as_ref())),
            ("budget.received", amount(budget.received.as_ref())),
            ("budget.expenditure", amount(budget.paid.as_ref())),
            ("budget.refunded", amount(budget.refunded.as_ref())),
            ("budget.unspent_explained", amount(budget.unspent_explained.as_ref())),
            ("budget.adjustment_rate.gross", budget.adjustment_rate_gross),
            ("budget.adjustment_rate.net", budget.adjustment_rate_net),
            ("budget.adjustment_rate.signed_net", budget.adjustment_rate_signed_net),
            ("budget.adjustment_rate.cuts_only", budget.adjustment_rate_cuts_only),
            ("budget.execution_rate.original", budget.execution_rate_original),
            ("budget.execution_rate.adjusted", budget.execution_rate_adjusted),
            ("budget.execution_rate.received", budget.execution_rate_received),
        ]
    };
    let (before, after) = (of(&answer.before), of(&answer.after));
    let shown = if after.is_empty() { &before } else { &after };
    let value = |figures: &[(&'static str, String)], name: &str| {
        figures.iter().find(|(of, _)| *of == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let compared = shown.iter().map(|(name, _)| Compared {
        quantity: (*name).to_owned(),
        before: value(&before, name),
        after: value(&after, name),
    });
    compared.collect()
}

/// The unit that the fund's money is shown in.
pub(super) fn unit(answer: &pb::SimulateResponse) -> Unit {
    let evaluation = answer.after.as_ref().or(answer.before.as_ref());
    evaluation.map_or(Unit::Yuan, |evaluation| Unit::of(evaluation.display_unit()))
}
