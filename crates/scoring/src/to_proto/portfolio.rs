//! Portfolios for the wire. Rates are of sums.

use std::collections::BTreeMap;

use jixiao_edge::{pb_money, pb_names};
use jixiao_events::budget::Denominator;
use jixiao_events::finding::Severity;
use jixiao_events::monitoring::WarningLevel;
use jixiao_events::portfolio::CategorySum;
use jixiao_events::{AgencyId, FundKind, Money, Number};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::{FundKind as PbFundKind, Names};

use super::number;
use crate::domain::evaluate::grade;
use crate::domain::monitoring::target_nodes;
use crate::domain::state::{LoadedScheme, PortfolioRow};

/// A fund of a portfolio. `None` while the registry's word of it has not come.
pub(crate) fn fund(
    fund: &str,
    row: &PortfolioRow,
    loaded: Option<&LoadedScheme>,
    category: Option<&CategorySum>,
) -> Option<pb::PortfolioFund> {
    let known = row.known.as_ref()?;
    let budget = row.budget();
    let points = row.points.as_ref().filter(|_| loaded.is_some());
    let reached = points.zip(loaded).and_then(|(points, loaded)| grade(&loaded.scheme, points.score));
    let (mut targets, mut met) = (0_u32, 0_u32);
    for (_, node) in loaded.into_iter().flat_map(|loaded| target_nodes(&loaded.scheme)) {
        let [all, of_them] = row.below.get(node).copied().unwrap_or_default();
        (targets, met) = (targets.saturating_add(all), met.saturating_add(of_them));
    }
    let findings = |severity| row.findings.get(&severity).copied().unwrap_or(0);
    let warnings = |level| {
        u32::try_from(row.warnings.values().filter(|other| **other == level).count()).unwrap_or(u32::MAX)
    };
    Some(pb::PortfolioFund {
        name: format!("funds/{fund}"),
        names: Some(pb_names(&known.name)),
        agency: known.agency.as_ref().map(AgencyId::resource).unwrap_or_default(),
        fiscal_year: known.fiscal_year.into(),
        year_closed_on: row.closed.map(|on| on.to_string()).unwrap_or_default(),
        on: row.on.map(|on| on.to_string()).unwrap_or_default(),
        scheme: loaded.map(|loaded| loaded.scheme.scheme.resource()).unwrap_or_default(),
        scheme_version: loaded.map_or(0, |loaded| loaded.version),
        original: Some(pb_money(budget.original)),
        adjusted: Some(pb_money(budget.adjusted())),
        received: Some(pb_money(budget.received)),
        paid: Some(pb_money(budget.paid)),
        execution_rate: number(budget.execution_rate_percent(Denominator::Adjusted)),
        receipt_rate: number(budget.received.percent_of(budget.adjusted())),
        projects: row.projects,
        targets,
        targets_met: met,
        target_rate: share(met.into(), targets.into()),
        score: number(points.map(|points| points.score)),
        full_score: number(points.and(loaded).map(|loaded| loaded.scheme.total.value)),
        self_score: number(points.map(|points| points.self_score)),
        not_scored: points.map_or(0, |points| points.not_scored),
        grade: reached.map(|grade| grade.grade.clone()).unwrap_or_default(),
        grade_names: reached.map(|grade| pb_names(&grade.name)),
        findings_error: findings(Severity::Error),
        findings_warning: findings(Severity::Warning),
        findings_notice: findings(Severity::Notice),
        warnings_red: warnings(WarningLevel::Red),
        warnings_yellow: warnings(WarningLevel::Yellow),
        category: category.map(|sum| Category::of(sum).shown()),
        kind: kind(known.kind).into(),
    })
}

fn kind(kind: FundKind) -> PbFundKind {
    match kind {
        FundKind::SpecialFund => PbFundKind::SpecialFund,
        FundKind::AgencySpending => PbFundKind::AgencySpending,
    }
}

/// One number of another, in percent; empty where there is none of the other.
fn share(part: u64, whole: u64) -> String {
    let number_of = |count: u64| Number::from(i64::try_from(count).unwrap_or(i64::MAX));
    rate(number_of(part), number_of(whole))
}

fn rate(part: Number, whole: Number) -> String {
    if whole <= Number::ZERO {
        return String::new();
    }
    number(part.checked_mul(Number::HUNDRED).and_then(|hundredfold| hundredfold.checked_div(whole)))
}

/// A portfolio as it is rolled up.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    total: Sum,
    by_agency: BTreeMap<String, Sum>,
    by_fiscal_year: BTreeMap<i32, Sum>,
    by_grade: BTreeMap<String, Sum>,
    by_category: BTreeMap<String, Category>,
}

impl Summary {
    /// Adds a fund.
    pub(crate) fn add(&mut self, fund: &pb::PortfolioFund) {
        self.total.add(fund);
        self.by_agency.entry(fund.agency.clone()).or_default().add(fund);
        self.by_fiscal_year.entry(fund.fiscal_year).or_default().add(fund);
        let of_grade = self.by_grade.entry(fund.grade.clone()).or_default();
        of_grade.add(fund);
        of_grade.names.clone_from(&fund.grade_names);
    }

    /// Adds the sums of a category of a fund.
    pub(crate) fn add_category(&mut self, sum: &CategorySum) {
        self.by_category.entry(sum.category.clone()).or_default().add(sum);
    }

    /// As an answer.
    pub(crate) fn answer(self, position: String) -> pb::SummarizePortfolioResponse {
        pb::SummarizePortfolioResponse {
            total: Some(self.total.shown(String::new())),
            by_agency: self.by_agency.into_iter().map(|(key, sum)| sum.shown(key)).collect(),
            by_fiscal_year: self
                .by_fiscal_year
                .into_iter()
                .map(|(year, sum)| sum.shown(year.to_string()))
                .collect(),
            by_grade: self.by_grade.into_iter().map(|(key, sum)| sum.shown(key)).collect(),
            by_category: self.by_category.into_values().map(|category| category.shown()).collect(),
            position,
        }
    }
}

/// Funds, summed.
#[derive(Debug, Default)]
struct Sum {
    names: Option<Names>,
    funds: u32,
    evaluated: u32,
    /// Original, adjusted, received, paid.
    money: [Money; 4],
    projects: i64,
    targets: u64,
    targets_met: u64,
    /// Computed, full and own points.
    points: [Number; 3],
    /// Errors, warnings and notices; red and yellow warnings of monitors.
    counts: [u64; 5],
    grades: BTreeMap<String, u32>,
}

impl Sum {
    fn add(&mut self, fund: &pb::PortfolioFund) {
        self.funds += 1;
        self.evaluated += u32::from(!fund.score.is_empty());
        let money = [&fund.original, &fund.adjusted, &fund.received, &fund.paid];
        for (sum, part) in self.money.iter_mut().zip(money) {
            *sum += yuan(part.as_ref());
        }
        self.projects = self.projects.saturating_add(fund.projects);
        self.targets += u64::from(fund.targets);
        self.targets_met += u64::from(fund.targets_met);
        for (sum, text) in self.points.iter_mut().zip([&fund.score, &fund.full_score, &fund.self_score]) {
            *sum += text.parse().unwrap_or_default();
        }
        let counts = [
            fund.findings_error,
            fund.findings_warning,
            fund.findings_notice,
            fund.warnings_red.into(),
            fund.warnings_yellow.into(),
        ];
        self.counts.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        if !fund.grade.is_empty() {
            *self.grades.entry(fund.grade.clone()).or_default() += 1;
        }
    }

    fn shown(self, key: String) -> pb::PortfolioSum {
        let [original, adjusted, received, paid] = self.money;
        let [score, full_score, self_score] = self.points;
        let [findings_error, findings_warning, findings_notice, warnings_red, warnings_yellow] = self.counts;
        let points = |value: Number| if self.evaluated == 0 { String::new() } else { value.to_string() };
        pb::PortfolioSum {
            key,
            names: self.names,
            funds: self.funds,
            evaluated: self.evaluated,
            original: Some(pb_money(original)),
            adjusted: Some(pb_money(adjusted)),
            received: Some(pb_money(received)),
            paid: Some(pb_money(paid)),
            execution_rate: number(paid.percent_of(adjusted)),
            receipt_rate: number(received.percent_of(adjusted)),
            projects: self.projects,
            targets: self.targets,
            targets_met: self.targets_met,
            target_rate: share(self.targets_met, self.targets),
            score: points(score),
            full_score: points(full_score),
            score_rate: rate(score, full_score),
            self_score: points(self_score),
            findings_error,
            findings_warning,
            findings_notice,
            warnings_red,
            warnings_yellow,
            grades: self.grades,
        }
    }
}

fn yuan(money: Option<&PbMoney>) -> Money {
    money.and_then(|money| Money::try_from_parts(money.units, money.nanos).ok()).unwrap_or(Money::ZERO)
}

/// The projects of a category, summed over funds.
#[derive(Debug, Default)]
struct Category {
    funds: u32,
    projects: u64,
    targets: u64,
    met: u64,
    sum: CategorySum,
}

impl Category {
    fn of(sum: &CategorySum) -> Self {
        let mut one = Self::default();
        one.add(sum);
        one
    }

    fn add(&mut self, sum: &CategorySum) {
        self.funds += 1;
        self.projects += u64::from(sum.projects);
        self.targets += u64::from(sum.targets);
        self.met += u64::from(sum.met);
        self.sum.category.clone_from(&sum.category);
        self.sum.arranged += sum.arranged;
        self.sum.paid += sum.paid;
        self.sum.weight += sum.weight;
        self.sum.points += sum.points;
    }

    fn shown(&self) -> pb::PortfolioCategory {
        let CategorySum { category, arranged, paid, weight, points, .. } = &self.sum;
        pb::PortfolioCategory {
            category: category.clone(),
            funds: self.funds,
            projects: self.projects,
            arranged: Some(pb_money(*arranged)),
            paid: Some(pb_money(*paid)),
            execution_rate: number(paid.percent_of(*arranged)),
            targets: self.targets,
            targets_met: self.met,
            target_rate: share(self.met, self.targets),
            points: points.to_string(),
            weight: weight.to_string(),
            point_rate: rate(*points, *weight),
        }
    }
}
