//! An evaluation as it is shown: one model, read by people and by programs.

use std::collections::BTreeMap;

use jixiao_events::Number;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1 as types;
use serde::Serialize;

use super::difference::{Account, Sum, account};
use super::fetch::{Fetched, Holder};
use super::figure::{BadAnswer, Figure, Stated, Unit, money, number, required};
use super::fund_and_project;
use super::given::{Points, Record};

/// An evaluation with everything that is shown of it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The fund, `funds/smart-city-2019`.
    pub fund: String,
    /// The project that is evaluated by itself, `smart-tourism`; empty for the fund as a whole.
    pub project: String,
    /// What is evaluated: `fund`, `project` or `agency` (an agency's whole spending).
    pub subject: &'static str,
    /// What it is called.
    pub names: Named,
    /// The business date that is asked about; empty for all dates.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub as_of: String,
    /// The recorded time that is asked about; empty for now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub known_at: String,
    /// Its fiscal year.
    pub fiscal_year: i32,
    /// The agency that is responsible for it.
    pub agency: Named,
    /// The department of the agency.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub department: String,
    /// The day from which its year is closed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub year_closed_on: String,
    /// The scheme that it is evaluated by, `schemes/wuxi-2019`.
    pub scheme: String,
    /// The scheme's version.
    pub scheme_version: u32,
    /// What it is for, what it rests on and who makes it; absent while nobody has said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<Record>,
    /// The unit of the money below.
    pub unit: Unit,
    /// The sums of the budget.
    pub money: Vec<Figure>,
    /// The rates, in percent, by each definition.
    pub rates: Vec<Figure>,
    /// Projects, filings, targets.
    pub counts: Vec<Figure>,
    /// Groups and the indicators that are no targets, in the order of the scheme.
    pub nodes: Vec<Node>,
    /// The sum of everything.
    pub total: Node,
    /// The points of a full score as the scheme states them.
    pub full: Number,
    /// The grades.
    pub grades: Grades,
    /// Why the stated total differs from its rows; absent where no total is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// The targets, where they are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Node>,
    /// Stated figures that differ from what is computed and do not stand beside a figure above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<Stated>,
    /// How many stated figures nothing here computes.
    pub not_computed: usize,
    /// Every stated figure, where they are asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated_figures: Vec<Stated>,
    /// What it reflects. Opaque.
    pub position: String,
}

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Chinese.
    pub zh: String,
    /// English.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub en: String,
}

impl Named {
    /// As the server tells it; empty where it does not.
    pub(super) fn of(names: Option<&types::Names>) -> Self {
        names.map_or(Self { zh: String::new(), en: String::new() }, |names| Self {
            zh: names.zh.clone(),
            en: names.en.clone(),
        })
    }
}

/// What a line of the points is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The sum of everything.
    Total,
    /// A sum of what is below it.
    Group,
    /// A sum of the targets of a level.
    Targets,
    /// An indicator.
    Indicator,
    /// An indicator that is a target.
    Target,
}

/// A line of the points.
#[derive(Debug, Clone, Serialize)]
pub struct Node {
    /// Its path; `total` for the sum of everything.
    pub node: String,
    /// What it is called.
    pub names: Named,
    /// What it is.
    pub kind: Kind,
    /// How deep it stands in the tree, from 0.
    pub depth: usize,
    /// Its points.
    pub weight: Number,
    /// Of a sum: the weights of the indicators below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filled_weight: Option<Number>,
    /// Of a sum: its own points that none of its children can earn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unallocated: Option<Number>,
    /// Why its children fill another sum than its weight.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub as_published: String,
    /// What its units gave themselves: the sum of the single rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_score: Option<Number>,
    /// The computed points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<Number>,
    /// The reviewer's points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Points>,
    /// The finance bureau's points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finance: Option<Points>,
    /// The points as a report states them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<Stated>,
    /// The weight as a report states it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated_weight: Vec<Stated>,
    /// Of an indicator: how it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Of an indicator: its measured value, in percent or as counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<Number>,
    /// Of a sum: the indicators below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub indicators: Option<u32>,
    /// Of a sum: indicators without computed points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_scored: Option<u32>,
    /// Of a sum: indicators without a self-score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_missing: Option<u32>,
}

/// The grades that totals reach.
#[derive(Debug, Clone, Serialize)]
pub struct Grades {
    /// By the computed total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Grade>,
    /// By the self-scores.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub by_self_scores: Option<Grade>,
    /// By the reviewer's scores, once every indicator has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewer: Option<Grade>,
    /// By the finance bureau's scores, once every indicator has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finance: Option<Grade>,
}

/// A grade.
#[derive(Debug, Clone, Serialize)]
pub struct Grade {
    /// Its id.
    pub grade: String,
    /// What it is called.
    pub names: Named,
    /// The lowest total that earns it, included.
    pub from: Number,
}

/// What is shown of what was read. With `all`, every target and every stated figure.
pub fn report(fetched: &Fetched, holder: &Holder, all: bool) -> Result<Report, BadAnswer> {
    let evaluation = &fetched.evaluation;
    let stated: Vec<Stated> = fetched.stated_figures.iter().map(Stated::of).collect::<Result<_, _>>()?;
    let unit = Unit::of(evaluation.display_unit());
    let money = budget_figures(evaluation, unit, &stated)?;
    let rates = rate_figures(evaluation, &stated)?;
    let counts = count_figures(evaluation, &stated);
    let (nodes, total) = nodes(fetched, &stated)?;
    let full = match &evaluation.total {
        Some(total) => required(&total.value)?,
        None => total.weight,
    };
    let account = total.stated.iter().find_map(|stated| stated.value).map(|stated_total| {
        let sums: Vec<Sum> = nodes.iter().map(|node| as_sum(node, &nodes)).collect();
        account(total.weight, stated_total, &sums)
    });

    let shown_beside = |figure: &Stated| {
        let about_points = |prefix: &str| {
            let node = figure.quantity.strip_prefix(prefix);
            node.is_some_and(|path| path == total.node || nodes.iter().any(|node| node.node == path))
        };
        let beside = |figures: &[Figure]| {
            figures.iter().any(|shown| {
                shown
                    .stated
                    .iter()
                    .any(|beside| beside.place == figure.place && beside.stated == figure.stated)
            })
        };
        about_points("score.")
            || about_points("weight.")
            || beside(&money)
            || beside(&rates)
            || beside(&counts)
    };
    let differing =
        stated.iter().filter(|figure| figure.agrees == Some(false) && !shown_beside(figure)).cloned();
    let differing = differing.collect();
    let not_computed =
        stated.iter().filter(|figure| figure.computed.is_none() && !shown_beside(figure)).count();
    let (as_of, known_at) = fetched.moment.fields();
    let (fund, project) = fund_and_project(&evaluation.name);
    Ok(Report {
        fund: fund.to_owned(),
        project: project.to_owned(),
        subject: match holder.fund.kind() {
            _ if !project.is_empty() => "project",
            types::FundKind::AgencySpending => "agency",
            types::FundKind::SpecialFund | types::FundKind::Unspecified => "fund",
        },
        names: Named::of(evaluation.names.as_ref()),
        as_of,
        known_at,
        fiscal_year: evaluation.fiscal_year,
        agency: Named::of(holder.agency.names.as_ref()),
        department: holder.fund.department.clone(),
        year_closed_on: evaluation.year_closed_on.clone(),
        scheme: evaluation.scheme.clone(),
        scheme_version: evaluation.scheme_version,
        record: evaluation.record.as_ref().map(Record::of),
        unit,
        money,
        rates,
        counts,
        targets: if all { targets(fetched, &nodes)? } else { Vec::new() },
        nodes,
        total,
        full,
        grades: Grades {
            computed: grade(evaluation.grade.as_ref())?,
            by_self_scores: grade(evaluation.self_grade.as_ref())?,
            reviewer: grade(evaluation.reviewer_grade.as_ref())?,
            finance: grade(evaluation.finance_grade.as_ref())?,
        },
        account,
        differing,
        not_computed,
        stated_figures: if all { stated } else { Vec::new() },
        position: fetched.position.clone(),
    })
}

fn budget_figures(
    evaluation: &pb::Evaluation,
    unit: Unit,
    stated: &[Stated],
) -> Result<Vec<Figure>, BadAnswer> {
    let budget = evaluation.budget.as_ref().ok_or_else(|| BadAnswer("budget".to_owned()))?;
    let (adjusted, paid) = (money(budget.adjusted.as_ref()), money(budget.paid.as_ref()));
    let rows = [
        ("budget.original", money(budget.original.as_ref())),
        ("budget.adjustment_increase", money(budget.increase.as_ref())),
        ("budget.adjustment_decrease", money(budget.decrease.as_ref())),
        ("budget.adjusted", adjusted),
        ("budget.received", money(budget.received.as_ref())),
        ("budget.expenditure", paid),
        ("budget.refunded", money(budget.refunded.as_ref())),
        ("budget.unspent", adjusted - paid),
        ("budget.unspent_explained", money(budget.unspent_explained.as_ref())),
    ];
    let figure = |(quantity, amount)| {
        // A stated amount may be in another unit than the fund's: compared in its own.
        let mut figure = Figure::new(quantity, None, unit.amount(amount), stated, &[quantity]);
        let about = stated.iter().filter(|stated| stated.quantity == quantity);
        for (beside, stated) in figure.stated.iter_mut().zip(about) {
            let own =
                [Unit::Yuan, Unit::WanYuan, Unit::YiYuan].into_iter().find(|unit| unit.zh() == stated.unit);
            let value = own.unwrap_or(unit).amount(amount);
            beside.reproduced = value.is_some_and(|value| stated.is_reproduced_by(value));
        }
        Figure { yuan: Some(amount), ..figure }
    };
    Ok(rows.into_iter().map(figure).collect())
}

fn rate_figures(evaluation: &pb::Evaluation, stated: &[Stated]) -> Result<Vec<Figure>, BadAnswer> {
    let budget = evaluation.budget.as_ref().ok_or_else(|| BadAnswer("budget".to_owned()))?;
    let rows = [
        ("budget.adjustment_rate", "gross", &budget.adjustment_rate_gross),
        ("budget.adjustment_rate", "net", &budget.adjustment_rate_net),
        ("budget.adjustment_rate", "signed_net", &budget.adjustment_rate_signed_net),
        ("budget.adjustment_rate", "cuts_only", &budget.adjustment_rate_cuts_only),
        ("budget.execution_rate", "adjusted", &budget.execution_rate_adjusted),
        ("budget.execution_rate", "original", &budget.execution_rate_original),
        ("budget.execution_rate", "received", &budget.execution_rate_received),
    ];
    let figure = |(quantity, definition, value): (&str, &'static str, &String)| {
        Ok(Figure::new(quantity, Some(definition), number(value)?, stated, &[quantity]))
    };
    rows.into_iter().map(figure).collect()
}

fn count_figures(evaluation: &pb::Evaluation, stated: &[Stated]) -> Vec<Figure> {
    let count = |quantity: &str, value: i64, quantities: &[&str]| {
        Figure::new(quantity, None, Some(Number::from(value)), stated, quantities)
    };
    let mut figures = vec![
        count("projects.total", evaluation.projects, &["projects.total"]),
        count(
            "filings.contract_filing.not_filed",
            evaluation.contracts_not_filed,
            &["filings.missing", "filings.contract_filing.not_filed"],
        ),
        count(
            "filings.acceptance.not_filed",
            evaluation.acceptances_not_filed,
            &["filings.acceptance.not_filed"],
        ),
    ];
    let all =
        |of: fn(&pb::TargetCounts) -> u32| evaluation.targets.iter().map(|level| i64::from(of(level))).sum();
    let mut targets = |name: &str, total: i64, met: i64, self_full: i64| {
        let (totals, attained) = (format!("{name}.total"), format!("{name}.attained"));
        figures.push(count(&totals, total, &[&totals]));
        // A report does not say by which of the two it counts: its figure stands beside both.
        figures.push(count(&format!("{name}.met"), met, &[&attained]));
        figures.push(count(&format!("{name}.self_full"), self_full, &[&attained]));
    };
    targets("targets", all(|level| level.total), all(|level| level.met), all(|level| level.self_full));
    for level in &evaluation.targets {
        let name = match level.level() {
            pb::TargetLevel::Overall => "targets.overall",
            pb::TargetLevel::Detail => "targets.detail",
            pb::TargetLevel::Unspecified => continue,
        };
        targets(name, level.total.into(), level.met.into(), level.self_full.into());
    }
    figures
}

/// The tree of the scheme with its points, and the sum of everything.
fn nodes(fetched: &Fetched, stated: &[Stated]) -> Result<(Vec<Node>, Node), BadAnswer> {
    let about = |prefix: &str, node: &str| -> Vec<Stated> {
        let quantity = format!("{prefix}{node}");
        stated.iter().filter(|figure| figure.quantity == quantity).cloned().collect()
    };
    let sums: BTreeMap<&str, &pb::Sum> =
        fetched.evaluation.sums.iter().map(|sum| (sum.node.as_str(), sum)).collect();
    let indicators: BTreeMap<&str, &pb::Indicator> =
        fetched.indicators.iter().map(|indicator| (indicator.indicator.as_str(), indicator)).collect();
    let sum_node = |sum: &pb::Sum, kind, depth| -> Result<Node, BadAnswer> {
        Ok(Node {
            node: sum.node.clone(),
            names: Named::of(sum.names.as_ref()),
            kind,
            depth,
            weight: required(&sum.weight)?,
            filled_weight: number(&sum.filled_weight)?,
            unallocated: number(&sum.unallocated_weight)?,
            as_published: sum.as_published.clone(),
            self_score: number(&sum.self_score)?,
            score: number(&sum.score)?,
            reviewer: Points::of_sum(sum.reviewer.as_ref(), sum.indicators)?,
            finance: Points::of_sum(sum.finance.as_ref(), sum.indicators)?,
            stated: about("score.", &sum.node),
            stated_weight: about("weight.", &sum.node),
            status: None,
            measured: None,
            indicators: Some(sum.indicators),
            not_scored: Some(sum.not_scored),
            self_missing: Some(sum.self_missing),
        })
    };
    let mut nodes = Vec::new();
    for node in &fetched.scheme.nodes {
        let depth = node.node.matches('.').count();
        let kind = match node.kind() {
            pb::NodeKind::Group => Kind::Group,
            pb::NodeKind::EachTarget => Kind::Targets,
            pb::NodeKind::Indicator | pb::NodeKind::Unspecified => {
                if let Some(indicator) = indicators.get(node.node.as_str()) {
                    let mut node = indicator_node(indicator, Kind::Indicator, depth)?;
                    node.stated = about("score.", &node.node);
                    node.stated_weight = about("weight.", &node.node);
                    nodes.push(node);
                }
                continue;
            }
        };
        if let Some(sum) = sums.get(node.node.as_str()) {
            nodes.push(sum_node(sum, kind, depth)?);
        }
    }
    let total = sums.get("total").ok_or_else(|| BadAnswer("sums".to_owned()))?;
    let mut total = sum_node(total, Kind::Total, 0)?;
    // The server tells what is unfilled below a node, at any depth; here each node answers for its own children.
    let inner = |node: Option<&str>| -> Number {
        nodes.iter().filter(|child| parent(&child.node) == node).filter_map(|child| child.unallocated).sum()
    };
    let of_children: Vec<Number> = nodes.iter().map(|node| inner(Some(&node.node))).collect();
    total.unallocated = total.unallocated.map(|all| all - inner(None));
    for (node, inner) in nodes.iter_mut().zip(of_children) {
        node.unallocated = node.unallocated.map(|all| all - inner);
    }
    Ok((nodes, total))
}

fn indicator_node(indicator: &pb::Indicator, kind: Kind, depth: usize) -> Result<Node, BadAnswer> {
    Ok(Node {
        node: indicator.indicator.clone(),
        names: Named::of(indicator.names.as_ref()),
        kind,
        depth,
        weight: required(&indicator.weight)?,
        filled_weight: None,
        unallocated: None,
        as_published: String::new(),
        self_score: number(&indicator.self_score)?,
        score: number(&indicator.score)?,
        reviewer: Points::of(indicator.reviewer.as_ref())?,
        finance: Points::of(indicator.finance.as_ref())?,
        stated: Vec::new(),
        stated_weight: Vec::new(),
        status: Some(status(indicator.status()).to_owned()),
        measured: number(&indicator.measured)?,
        indicators: None,
        not_scored: None,
        self_missing: None,
    })
}

/// The indicators that are targets, in the order of the scheme's levels and of their ids.
fn targets(fetched: &Fetched, nodes: &[Node]) -> Result<Vec<Node>, BadAnswer> {
    let mut rows = Vec::new();
    for level in nodes.iter().filter(|node| node.kind == Kind::Targets) {
        let of_level = fetched.indicators.iter().filter(|indicator| indicator.group == level.node);
        let mut of_level: Vec<&pb::Indicator> = of_level.collect();
        of_level.sort_by_key(|indicator| natural(&indicator.indicator));
        for indicator in of_level {
            rows.push(indicator_node(indicator, Kind::Target, level.depth + 1)?);
        }
    }
    Ok(rows)
}

/// A key that sorts d2 before d10.
fn natural(path: &str) -> (String, u64, String) {
    let digits = path.len() - path.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (word, number) = path.split_at(path.len() - digits);
    (word.to_owned(), number.parse().unwrap_or(0), path.to_owned())
}

/// How an indicator stands, by the word that events use.
pub(crate) fn status(status: pb::IndicatorStatus) -> &'static str {
    match status {
        pb::IndicatorStatus::Unspecified => "",
        pb::IndicatorStatus::Met => "met",
        pb::IndicatorStatus::Unmet => "unmet",
        pb::IndicatorStatus::Scored => "scored",
        pb::IndicatorStatus::NotStarted => "not_started",
        pb::IndicatorStatus::UnitMismatch => "unit_mismatch",
        pb::IndicatorStatus::NoActual => "no_actual",
        pb::IndicatorStatus::NoValue => "no_value",
        pb::IndicatorStatus::AwaitsJudgement => "awaits_judgement",
        pb::IndicatorStatus::NotApplicable => "not_applicable",
    }
}

fn grade(grade: Option<&pb::Grade>) -> Result<Option<Grade>, BadAnswer> {
    grade
        .map(|grade| {
            Ok(Grade {
                grade: grade.grade.clone(),
                names: Named::of(grade.names.as_ref()),
                from: required(&grade.from)?,
            })
        })
        .transpose()
}

/// The path of the node above.
pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}

/// A node as the account of the difference sees it.
fn as_sum(node: &Node, nodes: &[Node]) -> Sum {
    let stated = node.stated.iter().find_map(|stated| stated.value);
    Sum {
        node: node.node.clone(),
        parent: parent(&node.node)
            .filter(|parent| nodes.iter().any(|node| node.node == *parent))
            .map(str::to_owned),
        weight: node.weight,
        targets: node.filled_weight.filter(|_| node.kind == Kind::Targets),
        rows: node.self_score.unwrap_or(Number::ZERO),
        stated,
    }
}
