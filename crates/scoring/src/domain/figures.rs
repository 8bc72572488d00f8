//! Every figure about a fund that a report may state, as computed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::budget::Budget;
use jixiao_events::scheme::{Measure, NodeBody, Scheme};
use jixiao_events::scoring::{CountQuantity, MoneyQuantity, SumResult};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{FundId, Money, NodeId, Number};

use super::evaluate::rate;
use super::state::{ScoringState, TOTAL, count_key, money_key};

/// The sums of money that are kept of a fund.
pub const MONEY: [MoneyQuantity; 7] = [
    MoneyQuantity::Original,
    MoneyQuantity::Increase,
    MoneyQuantity::Decrease,
    MoneyQuantity::Received,
    MoneyQuantity::Paid,
    MoneyQuantity::Refunded,
    MoneyQuantity::UnspentExplained,
];

/// The counts that are kept of a fund.
pub const COUNTS: [CountQuantity; 3] =
    [CountQuantity::Projects, CountQuantity::ContractsNotFiled, CountQuantity::AcceptancesNotFiled];

/// The keys of a fund's money and counts.
pub fn keys(fund: &FundId) -> Vec<String> {
    let money = MONEY.iter().map(|quantity| money_key(fund, *quantity));
    money.chain(COUNTS.iter().map(|quantity| count_key(fund, *quantity))).collect()
}

/// A fund's figures at one moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The sums of money, in yuan.
    pub money: BTreeMap<MoneyQuantity, Money>,
    /// The counts.
    pub counts: BTreeMap<CountQuantity, i64>,
    /// The sums of points by node.
    pub sums: BTreeMap<NodeId, Arc<SumResult>>,
    /// The rules; `None` while no evaluation is open.
    pub scheme: Option<Arc<Scheme>>,
}

impl Figures {
    /// From states: `get` looks one up by its key, `sums` are the fund's sums.
    pub fn new<'s>(
        fund: &FundId,
        get: impl Fn(&str) -> Option<&'s ScoringState>,
        sums: impl Iterator<Item = &'s ScoringState>,
        scheme: Option<Arc<Scheme>>,
    ) -> Self {
        let money = MONEY.iter().filter_map(|quantity| {
            let state = get(&money_key(fund, *quantity))?.as_money()?;
            Some((*quantity, state.sum))
        });
        let counts = COUNTS.iter().filter_map(|quantity| {
            let state = get(&count_key(fund, *quantity))?.as_count()?;
            Some((*quantity, state.count))
        });
        let sums = sums.filter_map(ScoringState::as_sum).map(|sum| (sum.node.clone(), Arc::clone(sum)));
        Self { money: money.collect(), counts: counts.collect(), sums: sums.collect(), scheme }
    }

    /// One sum of money, in yuan.
    pub fn money(&self, quantity: MoneyQuantity) -> Money {
        self.money.get(&quantity).copied().unwrap_or(Money::ZERO)
    }

    /// One count; 0 while nothing is recorded.
    pub fn count(&self, quantity: CountQuantity) -> i64 {
        self.counts.get(&quantity).copied().unwrap_or(0)
    }

    /// The budget.
    pub fn budget(&self) -> Budget {
        Budget {
            original: self.money(MoneyQuantity::Original),
            increases: self.money(MoneyQuantity::Increase),
            decreases: self.money(MoneyQuantity::Decrease),
            received: self.money(MoneyQuantity::Received),
            paid: self.money(MoneyQuantity::Paid),
        }
    }

    /// The sum of a node, by its path; `total` for everything.
    pub fn sum(&self, node: &str) -> Option<&SumResult> {
        self.sums.get(&node.parse().ok()?).map(Arc::as_ref)
    }

    /// The sum of the targets of a level.
    pub fn level(&self, level: TargetLevel) -> Option<&SumResult> {
        let nodes = &self.scheme.as_ref()?.nodes;
        let node = nodes.iter().find(
            |node| matches!(&node.body, NodeBody::EachTarget { level: other, .. } if *other == level),
        )?;
        self.sum(node.node.as_str())
    }

    /// A stated quantity as computed here, in the unit that it is stated in, unrounded. `None` where nothing here
    /// computes just that, or not in that unit.
    ///
    /// Points (`score.…`) are compared with the self-scores: a unit's report states what it gave itself. How many
    /// targets are attained is left open: by the self-scores and by the rules are two answers, both are shown.
    pub fn stated(&self, quantity: &str, unit: Option<&str>) -> Option<Number> {
        if let Some(node) = quantity.strip_prefix("score.") {
            return self.sum(node).map(|sum| sum.self_score);
        }
        if let Some(node) = quantity.strip_prefix("weight.") {
            return self.sum(node).map(|sum| sum.filled_weight);
        }
        if let Ok(money) = quantity.parse::<MoneyQuantity>() {
            return in_unit(self.money(money), unit);
        }
        let indicators = |level| self.level(level).map(|sum| Number::from(sum.indicators));
        match quantity {
            "budget.adjusted" => in_unit(self.budget().adjusted(), unit),
            "budget.adjustment_rate" => self.rate_of("budget.adjustment_rate."),
            "budget.execution_rate" => self.rate_of("budget.execution_rate."),
            "projects.total" => Some(Number::from(self.count(CountQuantity::Projects))),
            "filings.missing" => Some(Number::from(self.count(CountQuantity::ContractsNotFiled))),
            "targets.overall.total" => indicators(TargetLevel::Overall),
            "targets.detail.total" => indicators(TargetLevel::Detail),
            "targets.total" => Some(indicators(TargetLevel::Overall)? + indicators(TargetLevel::Detail)?),
            _ => None,
        }
    }

    /// The rate by the definition that the scheme measures.
    fn rate_of(&self, prefix: &str) -> Option<Number> {
        let measures = self.scheme.as_ref()?.nodes.iter().filter_map(|node| match &node.body {
            NodeBody::Indicator { measure: Some(measure), .. } => Some(measure.value),
            _ => None,
        });
        let mut of_kind = measures.filter(|measure: &Measure| <&str>::from(*measure).starts_with(prefix));
        rate(&self.budget(), of_kind.next()?)
    }

    /// The sum of everything.
    pub fn total(&self) -> Option<&SumResult> {
        self.sum(TOTAL)
    }
}

/// Money in a unit as people write it; `None` for another unit.
fn in_unit(money: Money, unit: Option<&str>) -> Option<Number> {
    match unit? {
        "元" => money.yuan(),
        "万元" => money.wan(),
        "亿元" => money.wan()?.checked_div(Number::from(10_000_i64)),
        _ => None,
    }
}
