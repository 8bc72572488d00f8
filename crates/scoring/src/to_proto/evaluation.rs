//! A fund's evaluation for the wire.

use jixiao_edge::{pb_money, pb_names};
use jixiao_events::registry::DisplayUnit;
use jixiao_events::scheme::{Grade, Measure, Node, NodeBody, Scheme};
use jixiao_events::scoring::{CountQuantity, MoneyQuantity, SumResult};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{FundId, Names};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::scheme::{level, parameter};
use super::{number, stated_figure};
use crate::domain::evaluate::{final_grade, grade};
use crate::domain::figures::Figures;
use crate::domain::measure::rate;
use crate::domain::state::{FundFacts, LoadedScheme, StatedFigure, TOTAL};
use crate::rules::Described;

/// The evaluation of a fund at one moment.
pub(crate) fn evaluation(
    fund: &FundId,
    facts: &FundFacts,
    loaded: &LoadedScheme,
    figures: &Figures,
    stated: &[StatedFigure],
) -> pb::Evaluation {
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
            Some(sum(figures.sum(node)?, of, scheme, stated))
        })
        .collect();
    let beside_sums =
        |stated: &&StatedFigure| figures.sums.keys().any(|node| is_about(stated, node.as_str()));
    pb::Evaluation {
        name: fund.resource(),
        names: Some(pb_names(&facts.name)),
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
        total: Some(parameter(&Described::new("total", &scheme.total))),
        sums,
        grade: total.and_then(|total| final_grade(scheme, total)).map(pb_grade),
        self_grade: total.and_then(|total| grade(scheme, total.self_score)).map(pb_grade),
        stated_figures: stated
            .iter()
            .filter(|stated| !beside_sums(stated))
            .map(|stated| stated_figure(stated, figures))
            .collect(),
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

fn sum(sum: &SumResult, node: Option<&Node>, scheme: &Scheme, stated: Vec<pb::StatedFigure>) -> pb::Sum {
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
