//! Every figure about a fund that a report may state, as computed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::budget::Budget;
use jixiao_events::scheme::{Node, NodeBody, Scheme};
use jixiao_events::scoring::{
    CountQuantity, EventRef, IndicatorResult, MoneyQuantity, ScopeQuantity, SumResult,
};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Evaluated, FundId, Money, NodeId, ProjectId};

use super::booked;
use super::state::{
    self, ProjectFacts, ScoringState, TOTAL, count_key, filing_key, money_key, own_projects_key,
    project_scope_key,
};
use crate::claims::ScopeMoney;
use crate::claims::quantity::ScopeKind;

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

/// The keys of the money and counts of a fund, or of one of its projects.
pub fn keys(of: impl Into<Evaluated>) -> Vec<String> {
    let Evaluated { fund, project } = &of.into();
    if let Some(project) = project {
        return vec![project_scope_key(fund, project), filing_key(fund, project)];
    }
    let money = MONEY.iter().map(|quantity| money_key(fund, *quantity));
    let counts = COUNTS.iter().map(|quantity| count_key(fund, *quantity));
    money.chain(counts).chain([own_projects_key(fund)]).collect()
}

/// A fund's figures at one moment.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The fund.
    pub fund: FundId,
    /// The sums of money, in yuan.
    pub money: BTreeMap<MoneyQuantity, Money>,
    /// The counts.
    pub counts: BTreeMap<CountQuantity, i64>,
    /// Whether it carried projects of its own at the start of the year, neither taken over nor another agency's.
    pub has_own_projects: bool,
    /// The sums of points by node.
    pub sums: BTreeMap<NodeId, Arc<SumResult>>,
    /// The rules; `None` while no evaluation is open.
    pub scheme: Option<Arc<Scheme>>,
    /// The indicators; `None` where they were not read.
    pub rows: Option<Vec<Arc<IndicatorResult>>>,
    /// The projects that the fund carries or carried; `None` where they were not read.
    pub projects: Option<Vec<ProjectFacts>>,
    /// Money of projects and groups, by each reading that there is.
    pub scopes: BTreeMap<ScopeMoney, Vec<ScopeFigure>>,
}

/// Money of a project or group by one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeFigure {
    /// The reading: `booked`, `adjusted`, `stated`, `arranged_less_paid`.
    pub reading: &'static str,
    /// How much.
    pub money: Money,
    /// The newest events that moved or stated it.
    pub events: Vec<EventRef>,
}

impl Figures {
    /// Of a fund, or of one of its projects, from states: `get` looks one up by its key, `sums` are its sums.
    pub fn new<'s>(
        of: impl Into<Evaluated>,
        get: impl Fn(&str) -> Option<&'s ScoringState>,
        sums: impl Iterator<Item = &'s ScoringState>,
        scheme: Option<Arc<Scheme>>,
    ) -> Self {
        let Evaluated { fund, project } = of.into();
        let (fund, sums) = (&fund, sums.filter_map(ScoringState::as_sum));
        let sums = sums.map(|sum| (sum.node.clone(), Arc::clone(sum))).collect();
        if let Some(project) = project {
            let (money, counts) = of_project(fund, &project, &get);
            let (fund, has_own_projects) = (fund.clone(), false);
            let (rows, projects, scopes) = Default::default();
            return Self { fund, money, counts, has_own_projects, sums, scheme, rows, projects, scopes };
        }
        let money = MONEY.iter().filter_map(|quantity| {
            let state = get(&money_key(fund, *quantity))?.as_money()?;
            Some((*quantity, state.sum))
        });
        let counts = COUNTS.iter().filter_map(|quantity| {
            let state = get(&count_key(fund, *quantity))?.as_count()?;
            Some((*quantity, state.count))
        });
        Self {
            fund: fund.clone(),
            money: money.collect(),
            counts: counts.collect(),
            has_own_projects: get(&own_projects_key(fund)).is_some(),
            sums,
            scheme,
            rows: None,
            projects: None,
            scopes: BTreeMap::new(),
        }
    }

    /// Adds the money of a project or group: `scope` is how quantities name it, `project:top-level-design`.
    pub fn add_scope(&mut self, scope: &str, money: &state::ScopeMoney) {
        use ScopeQuantity as Sum;
        let sum = |quantity: Sum, reading: &'static str| {
            let sum = money.sum(quantity)?;
            Some(ScopeFigure { reading, money: sum.sum, events: vec![sum.event.reference()] })
        };
        let either = |stated, booked| sum(stated, "stated").or_else(|| sum(booked, "booked"));
        // What was allocated and then moved.
        let adjusted = [Sum::Allocated, Sum::Increase, Sum::Decrease].into_iter().filter_map(|quantity| {
            let figure = sum(quantity, "adjusted")?;
            let money = if quantity == Sum::Decrease { -figure.money } else { figure.money };
            Some(ScopeFigure { money, ..figure })
        });
        let adjusted = adjusted.reduce(|all, moved| ScopeFigure {
            reading: "adjusted",
            money: all.money + moved.money,
            events: [all.events, moved.events].concat(),
        });
        let arranged = sum(Sum::StatedArranged, "stated").or_else(|| adjusted.clone());
        let paid = either(Sum::StatedPaid, Sum::Paid);
        let is_moved = [Sum::Increase, Sum::Decrease].iter().any(|quantity| money.sum(*quantity).is_some());
        let left = arranged.zip(paid).map(|(arranged, paid)| ScopeFigure {
            reading: "arranged_less_paid",
            money: arranged.money - paid.money,
            events: [arranged.events, paid.events].concat(),
        });
        let all = [
            (ScopeKind::Arranged, sum(Sum::Allocated, "booked")),
            (ScopeKind::Arranged, adjusted.filter(|_| is_moved)),
            (ScopeKind::Arranged, sum(Sum::StatedArranged, "stated")),
            (ScopeKind::Paid, sum(Sum::Paid, "booked")),
            (ScopeKind::Paid, sum(Sum::StatedPaid, "stated")),
            (ScopeKind::Unspent, left),
            (ScopeKind::Unspent, sum(Sum::StatedUnspent, "stated")),
            (ScopeKind::UnspentExplained, sum(Sum::UnspentExplained, "booked")),
            (ScopeKind::AdjustmentIncrease, sum(Sum::Increase, "booked")),
            (ScopeKind::AdjustmentDecrease, sum(Sum::Decrease, "booked")),
        ];
        for (kind, figure) in all {
            let of = ScopeMoney { kind, scope: scope.to_owned(), agency: None };
            if let Some(figure) = figure {
                self.scopes.entry(of).or_default().push(figure);
            }
        }
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

    /// The sum of the targets of a level; `None` where the scheme has them in several nodes, or in none.
    pub fn level(&self, level: TargetLevel) -> Option<&SumResult> {
        let is_it = |node: &&Node| matches!(node.body, NodeBody::EachTarget { level: of, .. } if of == level);
        let mut nodes = self.scheme.as_ref()?.nodes.iter().filter(is_it);
        let (Some(only), None) = (nodes.next(), nodes.next()) else { return None };
        self.sum(only.node.as_str())
    }

    /// The sum of everything.
    pub fn total(&self) -> Option<&SumResult> {
        self.sum(TOTAL)
    }
}

/// The money and the counts of a project, as far as they are known.
fn of_project<'s>(
    fund: &FundId,
    project: &ProjectId,
    get: impl Fn(&str) -> Option<&'s ScoringState>,
) -> (BTreeMap<MoneyQuantity, Money>, BTreeMap<CountQuantity, i64>) {
    let booked = get(&project_scope_key(fund, project)).and_then(ScoringState::as_scope_money);
    let money = MONEY.iter().filter_map(|quantity| {
        let sum = booked?.sum(booked::of_project(*quantity)?)?;
        Some((*quantity, sum.sum))
    });
    let filings = get(&filing_key(fund, project)).and_then(ScoringState::as_filings);
    let counts = COUNTS.iter().filter_map(|quantity| {
        let (missing, _) = booked::missing(filings?, booked::filing_of(*quantity)?)?;
        Some((*quantity, missing))
    });
    (money.collect(), counts.collect())
}
