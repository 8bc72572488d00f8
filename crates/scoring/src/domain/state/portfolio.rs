//! What is kept of a fund for portfolios: one small row, moved by differences.

use std::collections::BTreeMap;

use jixiao_events::budget::Budget;
use jixiao_events::finding::{Finding, Severity};
use jixiao_events::monitoring::WarningLevel;
use jixiao_events::registry::DisplayUnit;
use jixiao_events::scoring::{MoneyQuantity, SumResult};
use jixiao_events::{AgencyId, FundKind, Money, MonitorId, Names, NodeId, Number, PartialDate};
use serde::{Deserialize, Serialize};

use super::{Evaluation, TOTAL};

/// A fund in a portfolio. Each part is there once its event came.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PortfolioRow {
    /// What the registry says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<PortfolioFund>,
    /// From when its year is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<PartialDate>,
    /// By what it is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Its sums of money, in yuan.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub money: BTreeMap<MoneyQuantity, Money>,
    /// Projects that it carries.
    #[serde(default)]
    pub projects: i64,
    /// Its points, once it is evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Points>,
    /// Indicators below each sum of its evaluation: how many, and how many are met. Of targets, those of the nodes that hold
    /// targets.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub below: BTreeMap<NodeId, [u32; 2]>,
    /// Findings that stand, by severity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub findings: BTreeMap<Severity, u64>,
    /// Warnings that stand, by monitor.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub warnings: BTreeMap<MonitorId, WarningLevel>,
    /// The day that its clock has come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
}

/// What the registry says of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioFund {
    /// Its names.
    pub name: Names,
    /// Its fiscal year.
    pub fiscal_year: i16,
    /// Its competent agency; `None` where it was taken in before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyId>,
    /// The unit that people read its money in.
    pub display_unit: DisplayUnit,
    /// What kind of money it is.
    #[serde(default, skip_serializing_if = "FundKind::is_special_fund")]
    pub kind: FundKind,
}

/// The points of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Points {
    /// As computed.
    pub score: Number,
    /// As its units gave them.
    pub self_score: Number,
    /// Indicators whose points cannot be computed.
    pub not_scored: u32,
}

impl PortfolioRow {
    /// A sum of its money, in yuan.
    pub fn money(&self, quantity: MoneyQuantity) -> Money {
        self.money.get(&quantity).copied().unwrap_or(Money::ZERO)
    }

    /// The same with what is computed as a copy of another moment has it, in place of what was folded of events about it.
    #[must_use]
    pub fn computed<'s>(
        mut self,
        sums: impl Iterator<Item = &'s SumResult>,
        findings: impl Iterator<Item = &'s Finding>,
        warnings: impl Iterator<Item = (&'s MonitorId, WarningLevel)>,
    ) -> Self {
        self.points = None;
        self.below.clear();
        self.findings.clear();
        self.fold_sums(sums);
        for finding in findings {
            self.count(finding.severity, 1);
        }
        self.warnings = warnings.map(|(monitor, level)| (monitor.clone(), level)).collect();
        self
    }

    /// Takes sums of its evaluation over.
    pub(crate) fn fold_sums<'s>(&mut self, sums: impl Iterator<Item = &'s SumResult>) {
        for sum in sums {
            if sum.node.as_str() == TOTAL {
                let (score, self_score, not_scored) = (sum.score, sum.self_score, sum.not_scored);
                self.points = Some(Points { score, self_score, not_scored });
            }
            self.below.insert(sum.node.clone(), [sum.indicators, sum.met]);
        }
    }

    /// Counts findings of a severity, or takes them off.
    pub(crate) fn count(&mut self, severity: Severity, change: i64) {
        let count = self.findings.entry(severity).or_default();
        *count = count.saturating_add_signed(change);
        self.findings.retain(|_, count| *count > 0);
    }

    /// Its budget.
    pub fn budget(&self) -> Budget {
        Budget {
            original: self.money(MoneyQuantity::Original),
            increases: self.money(MoneyQuantity::Increase),
            decreases: self.money(MoneyQuantity::Decrease),
            received: self.money(MoneyQuantity::Received),
            paid: self.money(MoneyQuantity::Paid),
        }
    }
}
