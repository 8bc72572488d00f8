//! The evaluation of a fund or a project for the wire.

use jixiao_edge::{pb_money, pb_names};
use jixiao_events::registry::DisplayUnit;
use jixiao_events::scheme::{Grade, Measure, Node, NodeBody, Scheme};
use jixiao_events::scoring::{CountQuantity, GivenSum, MoneyQuantity, Scorer, SumResult};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Evaluated, Names, NodeId};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::scheme::{level, parameter};
use super::{life, number, stated_figure};
use crate::domain::evaluate::{final_grade, grade};
use crate::domain::figures::Figures;
use crate::domain::measure::rate;
use crate::domain::state::{Described, FundFacts, LoadedScheme, StatedFigure, TOTAL};
use crate::rules::Described as Parameter;

/// What is evaluated, and by what.
pub(crate) struct Head<'s> {
    /// The fund, or one of its projects.
    pub(crate) of: &'s Evaluated,
    /// What people call it.
    pub(crate) names: &'s Names,
    /// What is known of the fund.
    pub(crate) facts: &'s FundFacts,
    /// The scheme.
    pub(crate) loaded: &'s LoadedScheme,
}

/// The evaluation of a fund or a project at one moment.
pub(crate) fn evaluation(
    head: &Head<'_>,
    figures: &Figures,
    stated: &[StatedFigure],
    given: &Given<'_>,
) -> pb::Evaluation {
    let Head { of, names, facts, loaded } = head;
    let scheme = &loaded.scheme;
    let total = figures.total();
    // Figures about points stand with their sums; those of a node that the scheme does not have stay with the others.
    let is_about = |stated: &StatedFigure, node: &str| {
        [stated.quantity.strip_prefix("score."), stated.quantity.strip_prefix("weight.")]
            .contains(&Some(node))
    };
    let sums = std::iter::once((TOTAL, None))
        .chain(scheme.nodes.iter().map(|node| (node.node.as_str(), Some(node))))
        .filter_map(|(node, of)| {
            let stated = stated.iter().filter(|stated| is_about(stated, node));
            let stated = stated.map(|stated| stated_figure(stated, figures)).collect();
            Some(sum(figures.sum(node)?, of, scheme, stated, given.sum(node)))
        })
        .collect();
    let beside_sums =
        |stated: &&StatedFigure| figures.sums.keys().any(|node| is_about(stated, node.as_str()));
    pb::Evaluation {
        name: of.resource(),
        names: Some(pb_names(names)),
        fiscal_year: facts.fiscal_year.into(),
        display_unit: display_unit(facts.display_unit).into(),
        time_zone: facts.time_zone.clone(),
        year_closed_on: facts.closed.map(|on| on.to_string()).unwrap_or_default(),
        scheme: scheme.scheme.resource(),
        scheme_version: loaded.version,
        scheme_names: Some(pb_names(&scheme.name)),
        budget: Some(budget(figures)),
        projects: figures.count(CountQuantity::Projects),
        contracts_not_filed: figures.count(CountQuantity::ContractsNotFiled),
        acceptances_not_filed: figures.count(CountQuantity::AcceptancesNotFiled),
        targets: targets(figures),
        total: Some(parameter(&Parameter::new("total", &scheme.total))),
        sums,
        grade: total.and_then(|total| final_grade(scheme, total)).map(pb_grade),
        self_grade: total.and_then(|total| grade(scheme, total.self_score)).map(pb_grade),
        stated_figures: stated
            .iter()
            .filter(|stated| !beside_sums(stated))
            .map(|stated| stated_figure(stated, figures))
            .collect(),
        record: given.record.map(life::described),
        reviewer_grade: given.grade(scheme, Scorer::Reviewer, total),
        finance_grade: given.grade(scheme, Scorer::Finance, total),
    }
}

/// Whether the points at and below a node simply add up; `None`: those of everything.
fn adds_up(scheme: &Scheme, top: Option<&NodeId>) -> bool {
    let is_within = |node: &&Node| {
        top.is_none_or(|top| {
            std::iter::successors(Some(node.node.clone()), NodeId::parent).any(|at| at == *top)
        })
    };
    let plain = scheme.nodes.iter().filter(is_within).all(|node| match &node.body {
        NodeBody::Group { combine, .. } | NodeBody::EachTarget { combine, .. } => combine.is_plain(),
        NodeBody::Indicator { .. } => true,
    });
    let is_total = top.is_none();
    let has_outside = is_total && scheme.nodes.iter().any(|node| node.outside.is_some());
    let redistributes =
        is_total && scheme.redistribute.as_ref().is_some_and(|redistribute| redistribute.value);
    plain && !has_outside && !redistributes
}

/// What people gave beside what is computed.
pub(crate) struct Given<'s> {
    /// The record of the evaluation.
    pub(crate) record: Option<&'s Described>,
    /// The sums of their scores.
    pub(crate) sums: Vec<&'s GivenSum>,
}

impl Given<'_> {
    fn sum(&self, node: &str) -> Option<&GivenSum> {
        self.sums.iter().copied().find(|sum| sum.node.as_str() == node)
    }

    /// The grade by one scorer's points, once every indicator has them.
    fn grade(&self, scheme: &Scheme, by: Scorer, total: Option<&SumResult>) -> Option<pb::Grade> {
        let given = self.sum(TOTAL)?.by(by);
        let is_whole =
            adds_up(scheme, None) && total.is_some_and(|total| given.indicators == total.indicators);
        grade(scheme, given.score).filter(|_| is_whole).map(pb_grade)
    }
}

/// The money of a fund, with its rates.
pub(crate) fn budget(figures: &Figures) -> pb::Budget {
    let budget = figures.budget();
    let money = |quantity| Some(pb_money(figures.money(quantity)));
    let percent = |measure| number(rate(&budget, measure));
    pb::Budget {
        original: money(MoneyQuantity::Original),
        increase: money(MoneyQuantity::Increase),
        decrease: money(MoneyQuantity::Decrease),
        adjusted: Some(pb_money(budget.adjusted())),
        received: money(MoneyQuantity::Received),
        paid: money(MoneyQuantity::Paid),
        refunded: money(MoneyQuantity::Refunded),
        unspent_explained: money(MoneyQuantity::UnspentExplained),
        adjustment_rate_gross: percent(Measure::AdjustmentRateGross),
        adjustment_rate_net: percent(Measure::AdjustmentRateNet),
        adjustment_rate_signed_net: percent(Measure::AdjustmentRateSignedNet),
        adjustment_rate_cuts_only: percent(Measure::AdjustmentRateCutsOnly),
        execution_rate_original: percent(Measure::ExecutionRateOriginal),
        execution_rate_adjusted: percent(Measure::ExecutionRateAdjusted),
        execution_rate_received: percent(Measure::ExecutionRateReceived),
    }
}

fn targets(figures: &Figures) -> Vec<pb::TargetCounts> {
    let of_level = |of| {
        figures.level(of).map(|sum| pb::TargetCounts {
            level: level(of).into(),
            total: sum.indicators,
            met: sum.met,
            self_full: sum.self_full,
            not_scored: sum.not_scored,
        })
    };
    [TargetLevel::Overall, TargetLevel::Detail].into_iter().filter_map(of_level).collect()
}

fn sum(
    sum: &SumResult,
    node: Option<&Node>,
    scheme: &Scheme,
    stated: Vec<pb::StatedFigure>,
    given: Option<&GivenSum>,
) -> pb::Sum {
    let adds_up = adds_up(scheme, node.map(|node| &node.node));
    let everything = Names { zh: "合计".to_owned(), en: Some("Total".to_owned()) };
    let as_published = match node.map(|node| &node.body) {
        None => scheme.as_published.clone(),
        Some(NodeBody::Group { as_published, .. } | NodeBody::EachTarget { as_published, .. }) => {
            as_published.clone()
        }
        Some(NodeBody::Indicator { .. }) => None,
    };
    pb::Sum {
        node: sum.node.to_string(),
        names: Some(pb_names(node.map_or(&everything, |node| &node.name))),
        weight: sum.weight.to_string(),
        filled_weight: sum.filled_weight.to_string(),
        unallocated_weight: (sum.weight - sum.filled_weight).to_string(),
        self_score: sum.self_score.to_string(),
        self_missing: sum.self_missing,
        score: sum.score.to_string(),
        not_scored: sum.not_scored,
        indicators: sum.indicators,
        met: sum.met,
        self_full: sum.self_full,
        as_published: as_published.unwrap_or_default(),
        stated_figures: stated,
        reviewer: adds_up.then(|| life::score_sum(given, Scorer::Reviewer, sum.indicators)),
        finance: adds_up.then(|| life::score_sum(given, Scorer::Finance, sum.indicators)),
    }
}

/// A grade that is reached.
pub(crate) fn pb_grade(grade: &Grade) -> pb::Grade {
    pb::Grade {
        grade: grade.grade.clone(),
        names: Some(pb_names(&grade.name)),
        from: grade.from.value.to_string(),
    }
}

fn display_unit(unit: DisplayUnit) -> pb::DisplayUnit {
    match unit {
        DisplayUnit::Yuan => pb::DisplayUnit::Yuan,
        DisplayUnit::WanYuan => pb::DisplayUnit::WanYuan,
        DisplayUnit::YiYuan => pb::DisplayUnit::YiYuan,
    }
}
