//! What is booked and counted of what is evaluated: of a fund its own sums and counts, of a project those of the project.
//!
//! | | fund | project |
//! | --- | --- | --- |
//! | original budget | as approved; zero while it is not | what is allocated to it; no value while nothing is |
//! | other money | booked for the fund or any part of it | booked for the project |
//! | filings and acceptances | how many are missing | 1 or 0; no value while nothing is recorded of it |
//! | adjustments | how many count | those of the project |

use std::collections::BTreeMap;

use jixiao_events::budget::Budget;
use jixiao_events::ledger::Scope;
use jixiao_events::registry::{FilingKind, FilingState};
use jixiao_events::scheme::Measure;
use jixiao_events::scoring::{CountQuantity, Fact, MoneyQuantity, ScopeQuantity};
use jixiao_events::targets::ScoreSubject;
use jixiao_events::{Evaluated, FundId, Money, Number, PartialDate, ProjectId};

use super::facts::{fact_fund, fact_target};
use super::measure::{count_of, money_of};
use super::state::{
    Cited, Filings, RunningSum, ScopeMoney, ScopeSum, ScoringState, count_key, filing_key, money_key,
    money_months_key, project_scope_key,
};
use super::view::View;

/// The keys of what a measure is made of, whole and by month.
pub fn keys(of: &Evaluated, measure: Measure) -> Vec<String> {
    let Evaluated { fund, project } = of;
    let Some(project) = project else {
        let money = money_of(measure).iter().map(|quantity| money_key(fund, *quantity));
        return money.chain(count_of(measure).map(|quantity| count_key(fund, quantity))).collect();
    };
    let mut keys = Vec::new();
    if !money_of(measure).is_empty() || count_of(measure) == Some(CountQuantity::Adjustments) {
        keys.push(project_scope_key(fund, project));
    }
    if count_of(measure).and_then(filing_of).is_some() {
        keys.push(filing_key(fund, project));
    }
    keys
}

/// The keys of the money that a measure is made of by month.
pub fn month_keys(of: &Evaluated, measure: Measure) -> Vec<String> {
    match of.project {
        Some(_) => keys(of, measure),
        None => money_of(measure).iter().map(|quantity| money_months_key(&of.fund, *quantity)).collect(),
    }
}

/// A sum of money, of everything or of what counts up to the end of a month, 2019-07; what has no date always counts.
pub fn money(view: &View<'_>, of: &Evaluated, quantity: MoneyQuantity, until: Option<&str>) -> Option<Money> {
    let Evaluated { fund, project } = of;
    let Some(project) = project else {
        if until.is_none() {
            return Some(view.money(fund, quantity));
        }
        let months = view.get(&money_months_key(fund, quantity)).and_then(ScoringState::as_money_months);
        return Some(up_to(months, until).map(|of| of.sum).sum());
    };
    let sum = scope_money(view, fund, project).and_then(|money| money.sums.get(&of_project(quantity)?));
    let sum = up_to(sum.map(|sum| &sum.months), until).map(|of| of.sum).sum();
    // Nobody knows the budget of a project that nothing is allocated to, be it that all of it was taken back.
    Some(sum).filter(|sum| quantity != MoneyQuantity::Original || *sum > Money::ZERO)
}

/// A sum of money by month, 2019-07; of what has no date under an empty text.
pub type Months = BTreeMap<String, RunningSum>;

/// The months that count up to one, 2019-07, or all; what has no date always counts.
pub fn up_to<'m>(months: Option<&'m Months>, until: Option<&str>) -> impl Iterator<Item = &'m RunningSum> {
    let counts = move |month: &str| until.is_none_or(|until| month <= until);
    months.into_iter().flatten().filter(move |(month, _)| counts(month)).map(|(_, sum)| sum)
}

/// Whether what counts from a date counts up to the end of a month, 2019-07.
pub fn is_within(effective: Option<PartialDate>, until: &str) -> bool {
    month_of(effective).as_str() <= until
}

/// The sums that a measure is made of, the others zero; `None` where one of them is not known.
pub fn budget(view: &View<'_>, of: &Evaluated, measure: Measure, until: Option<&str>) -> Option<Budget> {
    let made_of = money_of(measure);
    let sum = |quantity| {
        if made_of.contains(&quantity) { money(view, of, quantity, until) } else { Some(Money::ZERO) }
    };
    Some(Budget {
        original: sum(MoneyQuantity::Original)?,
        increases: sum(MoneyQuantity::Increase)?,
        decreases: sum(MoneyQuantity::Decrease)?,
        received: sum(MoneyQuantity::Received)?,
        paid: sum(MoneyQuantity::Paid)?,
    })
}

/// A count, and the event that set it where that is one; `None` while nothing is recorded: "none" is not known then.
pub fn counted<'v>(
    view: &'v View<'_>,
    of: &Evaluated,
    quantity: CountQuantity,
) -> Option<(Number, Option<&'v Cited>)> {
    let Evaluated { fund, project } = of;
    let Some(project) = project else {
        let count = view.get(&count_key(fund, quantity)).and_then(ScoringState::as_count)?;
        return Some((Number::from(count.count), None));
    };
    if let Some(kind) = filing_of(quantity) {
        let filings = view.get(&filing_key(fund, project)).and_then(ScoringState::as_filings)?;
        let (missing, event) = missing(filings, kind)?;
        return Some((Number::from(missing), Some(event)));
    }
    let adjustments = scope_money(view, fund, project)?.adjustments?;
    (quantity == CountQuantity::Adjustments).then(|| (Number::from(adjustments), None))
}

/// Whether a project's filing is missing, 1 or 0, and what says so; `None` where it is not known.
pub fn missing(filings: &Filings, kind: FilingKind) -> Option<(i64, &Cited)> {
    let filing = match kind {
        FilingKind::ContractFiling => filings.contract.as_ref(),
        FilingKind::Acceptance => filings.acceptance.as_ref(),
    }?;
    match filing.state {
        FilingState::NotFiled => Some((1, &filing.event)),
        FilingState::Filed | FilingState::Waived => Some((0, &filing.event)),
        FilingState::Unknown => None,
    }
}

fn scope_money<'v>(view: &'v View<'_>, fund: &FundId, project: &ProjectId) -> Option<&'v ScopeMoney> {
    view.get(&project_scope_key(fund, project)).and_then(ScoringState::as_scope_money)
}

/// The sum of a project that stands for one of its fund: its original budget is what is allocated to it.
pub fn of_project(quantity: MoneyQuantity) -> Option<ScopeQuantity> {
    match quantity {
        MoneyQuantity::Original => Some(ScopeQuantity::Allocated),
        MoneyQuantity::Increase => Some(ScopeQuantity::Increase),
        MoneyQuantity::Decrease => Some(ScopeQuantity::Decrease),
        MoneyQuantity::Received => Some(ScopeQuantity::Received),
        MoneyQuantity::Paid => Some(ScopeQuantity::Paid),
        MoneyQuantity::UnspentExplained => Some(ScopeQuantity::UnspentExplained),
        MoneyQuantity::Refunded => None,
    }
}

/// The filings that a count is of.
pub fn filing_of(quantity: CountQuantity) -> Option<FilingKind> {
    match quantity {
        CountQuantity::ContractsNotFiled => Some(FilingKind::ContractFiling),
        CountQuantity::AcceptancesNotFiled => Some(FilingKind::Acceptance),
        CountQuantity::Projects | CountQuantity::Adjustments => None,
    }
}

/// Whether a measure of a project moves with a sum of its money.
pub fn uses(measure: Measure, quantity: ScopeQuantity) -> bool {
    let is_adjustment = matches!(quantity, ScopeQuantity::Increase | ScopeQuantity::Decrease);
    money_of(measure).iter().any(|of_fund| of_project(*of_fund) == Some(quantity))
        || is_adjustment && count_of(measure) == Some(CountQuantity::Adjustments)
}

/// The project whose own evaluation a fact may change.
pub fn project_of(fact: &Fact) -> Option<Evaluated> {
    let project = match fact {
        Fact::Project { project, .. }
        | Fact::ProjectState { project, .. }
        | Fact::Filing { project, .. }
        | Fact::SelfScore { subject: ScoreSubject::ProjectIndicator { project, .. }, .. }
        | Fact::ScopeMoney { scope: Scope::Project { project }, .. } => Some(project),
        _ => fact_target(fact).and_then(|target| target.project.as_ref()),
    };
    Some(Evaluated::new(fact_fund(fact), Some(project?)))
}

/// Folds a change, or a statement, of a sum of a project or group.
pub fn fold(money: &mut ScopeMoney, quantity: ScopeQuantity, amount: Money, cited: &Cited) {
    let mut sum = match money.sums.remove(&quantity) {
        Some(sum) if !quantity.is_stated() => sum,
        _ => ScopeSum { sum: Money::ZERO, event: cited.clone(), events: 0, months: BTreeMap::new() },
    };
    sum.sum += amount;
    sum.event = cited.clone();
    sum.events += 1;
    if !quantity.is_stated() {
        let month = sum.months.entry(month_of(cited.effective)).or_default();
        month.sum += amount;
        month.events += 1;
    }
    money.sums.insert(quantity, sum);
    if matches!(quantity, ScopeQuantity::Increase | ScopeQuantity::Decrease) {
        // What is taken back is below zero.
        let change = if amount < Money::ZERO { -1 } else { 1 };
        let count = money.adjustments.get_or_insert(0);
        *count = count.saturating_add(change);
    }
}

/// The month that something counts from, 2019-07; empty without a date.
pub fn month_of(effective: Option<PartialDate>) -> String {
    effective.map(|date| date.last_day().strftime("%Y-%m").to_string()).unwrap_or_default()
}
