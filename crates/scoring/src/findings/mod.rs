//! Findings: checks over an evaluation and the facts that it rests on. One file a check.
//!
//! A check looks at one scope: a target, a project, a group of projects, an indicator, an entry of the ledger, the targets
//! of one attainment, or the fund as a whole by its sums and stated figures. When facts change, the checks of the scopes
//! that they touch run anew ([`review`]), and what differs from the findings that stand becomes events, in the same commit
//! as the evaluation's own changes. A change costs what depends on it: no scope grows with the fund, but for the number of
//! stated figures.
//!
//! No check names a fund. What a check cannot know for sure it does not call an error.

mod acceptance_missing;
mod achievement_not_actual;
mod actual_before_revision;
mod actual_not_stated;
mod adjustment_two_approvers;
mod adjustment_without_approver;
mod annex_missing;
mod bounds;
mod budget_before_approval;
mod case;
mod copied_between_funds;
mod document_lapsed;
mod document_two_numbers;
mod document_two_titles;
mod execution_below_bound;
mod filing_before_contract;
mod filing_missing;
mod filings;
mod final_payment_before_acceptance;
mod full_but_unpaid;
mod increase_unspent;
mod lowered_target_old_scored;
mod measure_counted_twice;
mod measure_drifts;
mod met_not_full;
mod money_unspent_explained_in_part;
mod money_unspent_unexplained;
mod name;
mod name_not_in_fund;
mod namesakes;
mod none_found_but_open;
mod not_started_but_met;
mod old_version_scored;
mod over_target_unexplained;
mod parts_exceed_overall;
mod parts_not_whole;
mod payment_before_contract;
mod progress;
mod progress_gap;
mod rate_not_reproduced;
mod reason_told_twice;
mod same_ratio_different_score;
mod same_reason_different_points;
mod scope;
mod score_above_weight;
pub(crate) mod scores_shifted;
mod self_score_not_stated;
mod split_without_owner;
mod stated;
mod stated_twice;
mod stated_wrong;
mod target_change_not_reflected;
mod target_not_measurable;
mod target_off_earlier_year;
mod target_without_project;
mod targets;
mod tender_too_late;
mod unit_mismatch;
mod unit_not_stated;
mod universal_untrue;
mod unmet_but_full;
mod unmet_unexplained;
mod weight_and_score_transposed;
mod weights_not_group;
mod year_not_funds;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_events::finding::{Evidence, Figure, Finding, Severity, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Cause, IndicatorResult, MoneyQuantity, ScoringEvent};
use jixiao_events::{EntryId, FundId, IndicatorId, Money, Number, ProjectId};

pub use self::case::{Case, TargetCase};
pub use self::name::{finding_id, subject_name};
pub(crate) use self::namesakes::few;
pub use self::scope::{all, needs, prefixes, touched};
use self::stated::Stated;
use crate::domain::evaluate::View;
use crate::domain::state::{Cited, ScoringState, finding_tag, findings_key, subject_scope};

/// Every check, in the order in which a reader would want them.
pub const CHECKS: &[&Check] = &[
    &score_above_weight::CHECK,
    &met_not_full::CHECK,
    &unmet_but_full::CHECK,
    &not_started_but_met::CHECK,
    &same_ratio_different_score::CHECK,
    &scores_shifted::CHECK,
    &lowered_target_old_scored::CHECK,
    &old_version_scored::CHECK,
    &actual_before_revision::CHECK,
    &target_change_not_reflected::CHECK,
    &unit_mismatch::CHECK,
    &unmet_unexplained::CHECK,
    &over_target_unexplained::CHECK,
    &target_not_measurable::CHECK,
    &target_off_earlier_year::CHECK,
    &measure_counted_twice::CHECK,
    &measure_drifts::CHECK,
    &parts_exceed_overall::CHECK,
    &target_without_project::CHECK,
    &name_not_in_fund::CHECK,
    &split_without_owner::CHECK,
    &actual_not_stated::CHECK,
    &self_score_not_stated::CHECK,
    &unit_not_stated::CHECK,
    // Money, filings, weights.
    &money_unspent_unexplained::CHECK,
    &money_unspent_explained_in_part::CHECK,
    &execution_below_bound::CHECK,
    &increase_unspent::CHECK,
    &full_but_unpaid::CHECK,
    &progress_gap::CHECK,
    &adjustment_without_approver::CHECK,
    &adjustment_two_approvers::CHECK,
    &budget_before_approval::CHECK,
    &payment_before_contract::CHECK,
    &final_payment_before_acceptance::CHECK,
    &tender_too_late::CHECK,
    &filing_missing::CHECK,
    &filing_before_contract::CHECK,
    &acceptance_missing::CHECK,
    &none_found_but_open::CHECK,
    &weights_not_group::CHECK,
    &weight_and_score_transposed::CHECK,
    // Stated figures.
    &stated_wrong::CHECK,
    &stated_twice::CHECK,
    &rate_not_reproduced::CHECK,
    &parts_not_whole::CHECK,
    // What a report says and cites.
    &year_not_funds::CHECK,
    &universal_untrue::CHECK,
    &achievement_not_actual::CHECK,
    &document_two_titles::CHECK,
    &document_two_numbers::CHECK,
    &document_lapsed::CHECK,
    &annex_missing::CHECK,
    &reason_told_twice::CHECK,
    &same_reason_different_points::CHECK,
    &copied_between_funds::CHECK,
];

/// The unit of money.
const YUAN: &str = "CNY";

/// A text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

/// A rule that finds contradictions.
#[derive(Debug)]
pub struct Check {
    /// Its name for programs, `met_not_full`; stays for good.
    pub code: &'static str,
    /// How much what it finds weighs.
    pub severity: Severity,
    /// Its name for people.
    pub title: Text,
    /// What it checks, in one or two sentences.
    pub rule: Text,
    /// An example with figures.
    pub example: Text,
    /// What a finding says. `{weight}` stands for the figure of that name with its unit.
    pub message: Text,
    /// What it looks at.
    pub looks: Looks,
}

/// What a check looks at, and how.
#[derive(Debug, Clone, Copy)]
pub enum Looks {
    /// The fund as a whole: its sums, its groups, its stated figures.
    Fund(fn(&Case<'_>) -> Vec<Found>),
    /// What a report states of the fund, as verified.
    Stated(fn(&Stated<'_>) -> Vec<Found>),
    /// The fund as a whole, after all other checks: how many of their findings stand.
    After(fn(&Case<'_>) -> Vec<Found>),
    /// The fund as a whole, a project, a group of projects: whatever has money and filings.
    Scope(fn(&Case<'_>, &Scope) -> Option<Found>),
    /// A project, with its few targets, filings and money.
    Project(fn(&Case<'_>, &ProjectId) -> Vec<Found>),
    /// A target that counts.
    Target(fn(&Case<'_>, &TargetCase<'_>) -> Option<Found>),
    /// Whatever earns points: a target, or an indicator that is none.
    Points(fn(&Case<'_>, &IndicatorId) -> Option<Found>),
    /// An adjustment of the budget.
    Entry(fn(&Case<'_>, &EntryId) -> Option<Found>),
    /// The targets of one attainment between nothing and everything, in percent.
    Attainment(fn(&Case<'_>, Number) -> Option<Found>),
    /// A document or annex by one of its names, written one way.
    Document(fn(&Case<'_>, &str) -> Option<Found>),
    /// A target, a project or a group by why it fell short.
    Reasons(fn(&Case<'_>, &Subject) -> Option<Found>),
    /// An indicator, a target, a project or a group by what is said of it.
    Wording(fn(&Case<'_>, &Subject) -> Option<Found>),
    /// A statement by its id.
    Statement(fn(&Case<'_>, &str) -> Option<Found>),
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    subject: Subject,
    severity: Option<Severity>,
    figures: Vec<Figure>,
    evidence: BTreeSet<Evidence>,
}

impl Found {
    /// Something about a subject.
    pub fn new(subject: Subject) -> Self {
        Self { subject, severity: None, figures: Vec::new(), evidence: BTreeSet::new() }
    }

    /// Weighing other than what the check finds usually does.
    #[must_use]
    pub fn weighing(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// With a figure.
    #[must_use]
    pub fn figure(self, name: &str, value: &dyn ToString) -> Self {
        self.figure_in(name, value, None)
    }

    /// With a figure in a unit.
    #[must_use]
    pub fn figure_in(mut self, name: &str, value: &dyn ToString, unit: Option<&str>) -> Self {
        let (value, unit) = (value.to_string(), unit.map(str::to_owned));
        self.figures.push(Figure { name: name.to_owned(), value, unit });
        self
    }

    /// With a target's name, value and actual, and the events that set them and its self-score.
    #[must_use]
    pub fn target(self, target: &TargetCase<'_>) -> Self {
        let result = target.result;
        let mut found = self.figure("name", &result.name.zh);
        for quantity in ["target", "actual"] {
            if let Some(input) = result.input(quantity) {
                let value = input.value.as_deref().unwrap_or("-");
                found = found.figure_in(quantity, &value, input.unit.as_deref());
            }
        }
        found.set_by(result, &["target", "actual", "self_score"])
    }

    /// Since events set some inputs of an indicator.
    #[must_use]
    pub fn set_by(self, result: &IndicatorResult, quantities: &[&str]) -> Self {
        let events = quantities.iter().filter_map(|quantity| result.event(quantity));
        events.cloned().map(Evidence::Event).fold(self, Self::by)
    }

    /// With an amount of money.
    #[must_use]
    pub fn yuan(self, name: &str, money: Money) -> Self {
        self.figure_in(name, &money, Some(YUAN))
    }

    /// Since a running sum of the fund says so.
    #[must_use]
    pub fn summed(self, quantity: MoneyQuantity) -> Self {
        self.by(Evidence::Sum { quantity: <&str>::from(quantity).to_owned() })
    }

    /// Since an event says so.
    #[must_use]
    pub fn because(mut self, event: &Cited) -> Self {
        self.evidence.insert(Evidence::Event(event.reference()));
        self
    }

    /// Since something else says so.
    #[must_use]
    pub fn by(mut self, evidence: Evidence) -> Self {
        self.evidence.insert(evidence);
        self
    }
}

impl Check {
    fn pass(&self) -> Pass {
        match self.looks {
            Looks::Stated(_) => Pass::Stated,
            Looks::After(_) => Pass::After,
            _ => Pass::Facts,
        }
    }

    /// Runs on a scope, if that is what it looks at. `target` is the one that the scope is.
    fn run(&self, case: &Case<'_>, scope: &Subject, target: Option<&TargetCase<'_>>) -> Vec<Found> {
        match (self.looks, scope) {
            (Looks::Fund(check) | Looks::After(check), Subject::Fund) => check(case),
            (Looks::Scope(check), scope) => {
                subject_scope(scope).and_then(|scope| check(case, &scope)).into_iter().collect()
            }
            (Looks::Project(check), Subject::Project { project }) => check(case, project),
            (Looks::Target(check), Subject::Target { .. }) => {
                target.and_then(|target| check(case, target)).into_iter().collect()
            }
            (Looks::Points(check), Subject::Target { .. }) => {
                target.and_then(|target| check(case, &target.result.indicator)).into_iter().collect()
            }
            (Looks::Points(check), Subject::Indicator { indicator }) => {
                check(case, indicator).into_iter().collect()
            }
            (Looks::Entry(check), Subject::Entry { entry }) => check(case, entry).into_iter().collect(),
            (Looks::Attainment(check), Subject::Attainment { percent }) => {
                check(case, *percent).into_iter().collect()
            }
            (Looks::Document(check), Subject::Document { document }) => {
                check(case, document).into_iter().collect()
            }
            (
                Looks::Reasons(check),
                Subject::Project { .. } | Subject::Group { .. } | Subject::Target { .. },
            ) => check(case, scope).into_iter().collect(),
            (
                Looks::Wording(check),
                Subject::Indicator { .. }
                | Subject::Project { .. }
                | Subject::Group { .. }
                | Subject::Target { .. },
            ) => check(case, scope).into_iter().collect(),
            (Looks::Statement(check), Subject::Statement { statement }) => {
                check(case, statement).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a finding of this check says.
    pub fn say(&self, finding: &Finding) -> [String; 2] {
        [filled(self.message.zh, finding, in_chinese), filled(self.message.en, finding, plainly)]
    }
}

/// The check of a code.
pub fn check(code: &str) -> Option<&'static Check> {
    CHECKS.iter().copied().find(|check| check.code == code)
}

/// A template with a finding's figures in it.
fn filled(template: &str, finding: &Finding, written: fn(&Figure) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = from.split_once('}') else { break };
        match finding.figures.iter().find(|figure| figure.name == name) {
            Some(figure) => text.push_str(&written(figure)),
            None => text.push('?'),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// A figure with its unit.
fn plainly(Figure { value, unit, .. }: &Figure) -> String {
    match unit.as_deref() {
        None => value.clone(),
        Some("%") => format!("{value}%"),
        Some(unit) => format!("{value} {unit}"),
    }
}

/// The same as Chinese reports write it: money in 万元, whole cents aside; a line of the report as that.
fn in_chinese(figure: &Figure) -> String {
    if figure.name.ends_with("place")
        && let Some(line) = figure.value.strip_prefix("line ")
    {
        return format!("第 {line} 行");
    }
    let money = Some(figure).filter(|figure| figure.unit.as_deref() == Some(YUAN));
    let money = money.and_then(|figure| Money::try_from_yuan(figure.value.parse().ok()?).ok());
    match money.and_then(Money::wan) {
        Some(wan) => format!("{wan} 万元"),
        None => plainly(figure),
    }
}

/// When a check runs. All that a scope was found with by the checks of a pass is compared at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pass {
    /// Whenever facts touch its scope.
    Facts,
    /// When a figure that a report may state changed, or one that a report states: those that it may have
    /// brought to another end.
    Stated,
    /// When all others have run.
    After,
}

/// Runs the checks of some scopes of a fund; what differs from the findings that stand, as events. The fund as a whole
/// comes last: its checks see how many findings the others left standing.
pub fn review(
    view: &mut View<'_>,
    fund: &FundId,
    scheme: &Arc<Scheme>,
    scopes: &BTreeSet<Subject>,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut events = Vec::new();
    for scope in scopes.iter().filter(|scope| **scope != Subject::Fund) {
        events.extend(run(view, fund, scheme, scope, Pass::Facts, cause));
    }
    if scopes.contains(&Subject::Fund) {
        for pass in [Pass::Facts, Pass::Stated, Pass::After] {
            events.extend(run(view, fund, scheme, &Subject::Fund, pass, cause));
        }
    }
    events
}

/// Runs the checks of one pass on a scope.
fn run(
    view: &mut View<'_>,
    fund: &FundId,
    scheme: &Arc<Scheme>,
    scope: &Subject,
    pass: Pass,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let seen = Case { view, fund, scheme };
    let stated = if pass == Pass::Stated {
        let Some(stated) = Stated::of(&seen, cause) else { return Vec::new() };
        Some(stated)
    } else {
        None
    };
    let findings = find(&seen, scope, pass, stated.as_ref());
    let none = BTreeMap::new();
    let key = findings_key(fund, scope);
    let standing = view.get(&key).and_then(ScoringState::as_findings).unwrap_or(&none);
    let mut changes = Vec::new();
    for (tag, finding) in &findings {
        let (finding, cause) = (finding.clone(), cause.clone());
        match standing.get(tag) {
            None => changes.push(ScoringEvent::FindingRaised { finding, cause }),
            Some(before) if **before != finding => {
                let was = Some(before.severity).filter(|was| *was != finding.severity);
                changes.push(ScoringEvent::FindingRevised { finding, was, cause });
            }
            Some(_) => {}
        }
    }
    // What a check found that is there no longer is cleared with those of the facts.
    let is_looked_at = |finding: &Finding| {
        check(&finding.code).map_or(Pass::Facts, Check::pass) == pass
            && stated.as_ref().is_none_or(|stated| stated.covers(&finding.subject))
    };
    let gone = standing.iter().filter(|(tag, before)| is_looked_at(before) && !findings.contains_key(*tag));
    for (_, before) in gone {
        let (finding, cause) = (Finding::clone(before), cause.clone());
        changes.push(ScoringEvent::FindingCleared { finding, cause });
    }
    for event in &changes {
        view.fold(event);
    }
    changes
}

/// What the checks of a pass find in a scope, by what tells findings of one scope apart.
fn find(
    case: &Case<'_>,
    scope: &Subject,
    pass: Pass,
    stated: Option<&Stated<'_>>,
) -> BTreeMap<String, Finding> {
    // Looked up once for all of them.
    let target = match scope {
        Subject::Target { target } => case.target(target),
        _ => None,
    };
    let mut findings = BTreeMap::new();
    for check in CHECKS.iter().filter(|check| check.pass() == pass) {
        let found = match (check.looks, stated) {
            (Looks::Stated(look), Some(stated)) => look(stated),
            _ => check.run(case, scope, target.as_ref()),
        };
        for Found { subject, severity, figures, evidence } in found {
            let finding = Finding {
                fund: case.fund.clone(),
                subject,
                code: check.code.to_owned(),
                severity: severity.unwrap_or(check.severity),
                figures,
                evidence: evidence.into_iter().collect(),
            };
            findings.insert(finding_tag(&finding), finding);
        }
    }
    findings
}
