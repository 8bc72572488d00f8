//! Portfolios: one small row a fund, and the sums of its support categories, kept by differences.
//!
//! A fund's row is folded from the events that move its parts. The sums of a category cannot be: neither a payment nor an
//! indicator says of which category its project is. So they are computed where a command is decided, and come ready-made in
//! an event, as they are after it.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::States;
use jixiao_events::finding::Finding;
use jixiao_events::ledger::Scope;
use jixiao_events::portfolio::CategorySum;
use jixiao_events::registry::Membership;
use jixiao_events::scoring::{
    Cause, CountQuantity, EvaluationChange, Fact, IndicatorResult, IndicatorStatus, ScopeQuantity,
    ScoringEvent,
};
use jixiao_events::targets::TargetRef;
use jixiao_events::{FundId, Money, Number, ProjectId};

use super::evaluate::{Slot, View};
use super::facts::fact_fund;
use super::state::{
    Evaluation, PortfolioFund, PortfolioRow, ProjectFacts, ScopeMoney, ScoringState, category_key,
    indicator_key, portfolio_key, project_key, scope_money_key,
};
use crate::rules::EXACT_DECIMALS;

/// The keys of a fund's portfolio row that an event moves.
pub(super) fn keys_of(event: &ScoringEvent) -> Vec<String> {
    match event {
        ScoringEvent::EvaluationOpened { fund, project: None, .. }
        | ScoringEvent::DateReached { fund, .. } => vec![portfolio_key(fund)],
        ScoringEvent::EvaluationChanged(change) if change.project.is_none() => {
            vec![portfolio_key(&change.fund)]
        }
        ScoringEvent::FindingRaised { finding, .. }
        | ScoringEvent::FindingRevised { finding, .. }
        | ScoringEvent::FindingCleared { finding, .. } => vec![portfolio_key(&finding.fund)],
        ScoringEvent::WarningRaised { warning, .. }
        | ScoringEvent::WarningChanged { warning, .. }
        | ScoringEvent::WarningCleared { warning, .. } => vec![portfolio_key(&warning.fund)],
        ScoringEvent::CategoriesChanged { fund, categories, .. } => {
            categories.iter().map(|sum| category_key(fund, &sum.category)).collect()
        }
        _ => Vec::new(),
    }
}

/// The key of a fund's portfolio row, where a fact moves it.
pub(super) fn key_of(fact: &Fact) -> Option<String> {
    match fact {
        Fact::Fund { fund, .. }
        | Fact::YearClosed { fund, .. }
        | Fact::Money { fund, .. }
        | Fact::Count { fund, quantity: CountQuantity::Projects, .. } => Some(portfolio_key(fund)),
        _ => None,
    }
}

fn with_row(state: &mut Option<ScoringState>, change: impl FnOnce(&mut PortfolioRow)) {
    let mut row = match state.take() {
        Some(ScoringState::Portfolio(row)) => row,
        _ => Box::default(),
    };
    change(&mut row);
    *state = Some(ScoringState::Portfolio(row));
}

/// Folds a fact into a fund's row.
pub(super) fn fold_fact(state: &mut Option<ScoringState>, fact: &Fact) {
    with_row(state, |row| match fact {
        Fact::Fund { name, fiscal_year, agency, display_unit, kind, .. } => {
            row.known = Some(PortfolioFund {
                name: name.clone(),
                fiscal_year: *fiscal_year,
                agency: agency.clone(),
                display_unit: *display_unit,
                kind: *kind,
            });
        }
        Fact::YearClosed { on, .. } => row.closed = Some(*on),
        Fact::Money { quantity, change, .. } => {
            *row.money.entry(*quantity).or_insert(Money::ZERO) += *change;
        }
        Fact::Count { change, .. } => row.projects = row.projects.saturating_add(*change),
        _ => {}
    });
}

/// Folds an event into a fund's row, or into the sums of a category.
pub(super) fn fold(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent) {
    match event {
        ScoringEvent::CategoriesChanged { fund, categories, .. } => {
            if let Some(sum) = categories.iter().find(|sum| category_key(fund, &sum.category) == key) {
                let is_left =
                    CategorySum { category: sum.category.clone(), ..CategorySum::default() } != *sum;
                *state = is_left.then(|| ScoringState::Category(Box::new(sum.clone())));
            }
        }
        ScoringEvent::EvaluationOpened { scheme, version, .. } => with_row(state, |row| {
            row.evaluation = Some(Evaluation { scheme: scheme.clone(), version: *version });
        }),
        ScoringEvent::DateReached { on, .. } => with_row(state, |row| row.on = Some(*on)),
        ScoringEvent::EvaluationChanged(change) => with_row(state, |row| fold_change(row, change)),
        ScoringEvent::FindingRaised { finding, .. } => {
            with_row(state, |row| row.count(finding.severity, 1));
        }
        ScoringEvent::FindingRevised { finding: Finding { severity, .. }, was: Some(was), .. } => {
            with_row(state, |row| {
                row.count(*was, -1);
                row.count(*severity, 1);
            });
        }
        ScoringEvent::FindingCleared { finding, .. } => {
            with_row(state, |row| row.count(finding.severity, -1));
        }
        ScoringEvent::WarningRaised { warning, .. } | ScoringEvent::WarningChanged { warning, .. } => {
            with_row(state, |row| {
                row.warnings.insert(warning.monitor.clone(), warning.level);
            });
        }
        ScoringEvent::WarningCleared { warning, .. } => {
            with_row(state, |row| {
                row.warnings.remove(&warning.monitor);
            });
        }
        _ => {}
    }
}

fn fold_change(row: &mut PortfolioRow, change: &EvaluationChange) {
    row.fold_sums(change.sums.iter());
    row.below.retain(|node, _| !change.removed_sums.contains(node));
}

/// The projects whose money or registration some facts about a fund change.
fn projects_of<'f>(facts: &'f [Fact], fund: &FundId) -> BTreeSet<&'f ProjectId> {
    let of_fund = facts.iter().filter(|fact| fact_fund(fact) == fund);
    of_fund
        .filter_map(|fact| match fact {
            Fact::Project { project, .. }
            | Fact::ProjectState { project, .. }
            | Fact::ScopeMoney { scope: Scope::Project { project }, .. } => Some(project),
            _ => None,
        })
        .collect()
}

/// What has to be seen to keep the sums of categories, for some facts about a fund and the indicators that may change.
pub(super) fn keys(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    facts: &[Fact],
    slots: &[Slot<'_>],
) -> Vec<String> {
    let of_facts = projects_of(facts, fund).into_iter().cloned();
    let of_slots = slots.iter().filter_map(|slot| target_of(slot)?.project.clone());
    let projects: BTreeSet<ProjectId> = of_facts.chain(of_slots).collect();
    let mut keys = Vec::new();
    for project in projects {
        let key = project_key(fund, &project);
        let known = states.get(&key).and_then(ScoringState::as_project);
        keys.extend(
            known.and_then(|known| known.category.as_deref()).map(|category| category_key(fund, category)),
        );
        keys.extend([key, scope_money_key(fund, &Scope::Project { project })]);
    }
    for fact in facts.iter().filter(|fact| fact_fund(fact) == fund) {
        if let Fact::Project { category: Some(category), .. } = fact {
            keys.push(category_key(fund, category));
        }
    }
    keys
}

fn target_of<'s>(slot: &'s Slot<'_>) -> Option<&'s TargetRef> {
    match slot {
        Slot::Node(_) => None,
        Slot::Target(_, target) => Some(target),
    }
}

/// The sums of categories that some facts, and the changes of the evaluation that follow, move: as they are now.
pub(super) fn review(
    view: &mut View<'_>,
    fund: &FundId,
    facts: &[Fact],
    slots: &[Slot<'_>],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let before = view.before();
    let mut sums = Sums::new(fund);
    for project in projects_of(facts, fund) {
        let (was, is) = (project_of(&before, fund, project), project_of(view, fund, project));
        sums.add_project(view, &before, project, was, -1);
        sums.add_project(view, view, project, is, 1);
    }
    // Of a project that comes, all targets that are there already are among them.
    for slot in slots {
        sums.add_indicator(view, &before, slot, -1);
        sums.add_indicator(view, view, slot, 1);
    }
    let events = sums.events(view, cause);
    for event in &events {
        view.fold(event);
    }
    events
}

/// The same from scratch, over all rows of a fund.
pub(super) fn review_all(
    view: &mut View<'_>,
    states: &States<'_, ScoringState>,
    fund: &FundId,
    slots: &[Slot<'_>],
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut sums = Sums::new(fund);
    let prefix = format!("category/{fund}/");
    for (_, state) in states.prefix(&prefix) {
        if let Some(sum) = state.as_category() {
            let category = sum.category.clone();
            sums.now.insert(category.clone(), CategorySum { category, ..CategorySum::default() });
        }
    }
    let prefix = format!("project/{fund}/");
    for (key, state) in states.prefix(&prefix) {
        if let Some(project) = key.strip_prefix(&prefix).and_then(|id| id.parse().ok())
            && let Some(facts) = state.as_project()
        {
            let zero =
                |category: &String| CategorySum { category: category.clone(), ..CategorySum::default() };
            if let Some(category) = &facts.category {
                sums.now.entry(category.clone()).or_insert_with(|| zero(category));
            }
            sums.add_project(view, view, &project, Some(facts), 1);
        }
    }
    for slot in slots {
        sums.add_indicator(view, view, slot, 1);
    }
    let events = sums.events(view, cause);
    for event in &events {
        view.fold(event);
    }
    events
}

fn project_of<'v>(view: &'v View<'_>, fund: &FundId, project: &ProjectId) -> Option<&'v ProjectFacts> {
    view.get(&project_key(fund, project)).and_then(ScoringState::as_project)
}

/// What is arranged and paid for a project: booked, else stated.
fn money_of(money: Option<&ScopeMoney>) -> [Money; 2] {
    let sum = |quantity| money.and_then(|money| money.sum(quantity)).map(|sum| sum.sum);
    let moved = [ScopeQuantity::Allocated, ScopeQuantity::Increase, ScopeQuantity::Decrease].map(sum);
    let arranged = if moved.iter().any(Option::is_some) {
        let [allocated, up, down] = moved.map(|sum| sum.unwrap_or(Money::ZERO));
        Some(allocated + up - down)
    } else {
        sum(ScopeQuantity::StatedArranged)
    };
    let paid = sum(ScopeQuantity::Paid).or_else(|| sum(ScopeQuantity::StatedPaid));
    [arranged, paid].map(|sum| sum.unwrap_or(Money::ZERO))
}

/// Sums of categories as they are being moved.
struct Sums<'f> {
    fund: &'f FundId,
    now: BTreeMap<String, CategorySum>,
}

impl<'f> Sums<'f> {
    fn new(fund: &'f FundId) -> Self {
        Self { fund, now: BTreeMap::new() }
    }

    /// The sum of a category, as it stood before unless it was moved already.
    fn sum(&mut self, view: &View<'_>, category: &str) -> &mut CategorySum {
        let key = category_key(self.fund, category);
        self.now.entry(category.to_owned()).or_insert_with(|| {
            let stood = view.get(&key).and_then(ScoringState::as_category);
            let zero = || CategorySum { category: category.to_owned(), ..CategorySum::default() };
            stood.map_or_else(zero, CategorySum::clone)
        })
    }

    /// Adds a project and its money, or takes it off, as `from` has it.
    fn add_project(
        &mut self,
        view: &View<'_>,
        from: &View<'_>,
        project: &ProjectId,
        facts: Option<&ProjectFacts>,
        sign: i32,
    ) {
        let Some(facts) = facts else { return };
        let Some(category) = &facts.category else { return };
        let key = scope_money_key(self.fund, &Scope::Project { project: project.clone() });
        let [arranged, paid] = money_of(from.get(&key).and_then(ScoringState::as_scope_money));
        let is_carried = i32::from(facts.membership == Membership::InFund);
        let sum = self.sum(view, category);
        sum.projects = sum.projects.saturating_add_signed(sign * is_carried);
        (sum.arranged, sum.paid) = if sign < 0 {
            (sum.arranged - arranged, sum.paid - paid)
        } else {
            (sum.arranged + arranged, sum.paid + paid)
        };
    }

    /// Adds the target of a project, or takes it off, as `from` has it.
    fn add_indicator(&mut self, view: &View<'_>, from: &View<'_>, slot: &Slot<'_>, sign: i32) {
        let Some(project) = target_of(slot).and_then(|target| target.project.as_ref()) else { return };
        let facts = project_of(from, self.fund, project);
        let Some(category) = facts.and_then(|facts| facts.category.as_ref()) else { return };
        let key = indicator_key(self.fund, &slot.indicator());
        let result = from.get(&key).and_then(ScoringState::as_indicator).map(AsRef::as_ref);
        let Some(IndicatorResult { weight, score, status, .. }) = result else { return };
        let sum = self.sum(view, category);
        let is_met = i32::from(*status == IndicatorStatus::Met);
        sum.targets = sum.targets.saturating_add_signed(sign);
        sum.met = sum.met.saturating_add_signed(sign * is_met);
        let signed = |number: Number| if sign < 0 { -number } else { number };
        sum.weight += signed(summand(*weight));
        sum.points += signed(summand(score.unwrap_or_default()));
    }

    /// What differs from what stands.
    fn events(self, view: &View<'_>, cause: &Cause) -> Vec<ScoringEvent> {
        let zero = |category: &str| CategorySum { category: category.to_owned(), ..CategorySum::default() };
        let differs = |sum: &CategorySum| {
            let stood = view.get(&category_key(self.fund, &sum.category)).and_then(ScoringState::as_category);
            stood.map_or_else(|| *sum != zero(&sum.category), |stood| stood != sum)
        };
        let changed: Vec<CategorySum> = self.now.values().filter(|sum| differs(sum)).cloned().collect();
        // A sum is of about 300 bytes and a name: so many fit one event.
        changed
            .chunks(MOST)
            .map(|sums| ScoringEvent::CategoriesChanged {
                fund: self.fund.clone(),
                categories: sums.to_vec(),
                cause: cause.clone(),
            })
            .collect()
    }
}

/// The most categories in one event.
const MOST: usize = 100;

/// A value as it enters a sum: exact, as in those of the evaluation.
fn summand(value: Number) -> Number {
    let limit = Number::from(1_000_000_000_i64);
    value.round_half_up(EXACT_DECIMALS).min(limit).max(-limit)
}
