//! Findings: checks over an evaluation and the facts that it rests on. One file a check.
//!
//! A check looks at one scope: a target, a project, a group of projects, an indicator, an entry of the ledger, the targets
//! of one attainment, or the fund as a whole by its sums and stated figures. When facts change, the checks of the scopes
//! that they touch run anew ([`review`]), and what differs from the findings that stand becomes events, in the same commit
//! as the evaluation's own changes. A change costs what depends on it: no scope grows with the fund, but for the number of
//! stated figures.
//!
//! No check names a fund. What a check cannot know for sure it does not call an error.

mod actual_not_stated;
mod case;
mod lowered_target_old_scored;
mod met_not_full;
mod name_not_in_fund;
mod not_started_but_met;
mod same_ratio_different_score;
mod scope;
mod score_above_weight;
mod scores_shifted;
mod self_score_not_stated;
mod target_change_not_reflected;
mod target_without_project;
mod targets;
mod unit_mismatch;
mod unit_not_stated;
mod unmet_but_full;
mod unmet_unexplained;

use std::collections::{BTreeMap, BTreeSet};

use jixiao_events::finding::{Evidence, Figure, Finding, Severity, Subject};
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Cause, ScoringEvent};
use jixiao_events::{EntryId, FundId, GroupId, IndicatorId, Number, ProjectId};

pub use self::case::{Case, TargetCase};
pub use self::scope::{all, needs, prefixes, touched};
use crate::domain::evaluate::View;
use crate::domain::state::{Cited, ScoringState, finding_tag, findings_key};

/// Every check, in the order in which a reader would want them.
pub const CHECKS: &[&Check] = &[
    &score_above_weight::CHECK,
    &met_not_full::CHECK,
    &unmet_but_full::CHECK,
    &not_started_but_met::CHECK,
    &same_ratio_different_score::CHECK,
    &scores_shifted::CHECK,
    &lowered_target_old_scored::CHECK,
    &target_change_not_reflected::CHECK,
    &unit_mismatch::CHECK,
    &unmet_unexplained::CHECK,
    &target_without_project::CHECK,
    &name_not_in_fund::CHECK,
    &actual_not_stated::CHECK,
    &self_score_not_stated::CHECK,
    &unit_not_stated::CHECK,
];

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
    /// A project, with its few targets, filings and money.
    Project(fn(&Case<'_>, &ProjectId) -> Vec<Found>),
    /// A group of projects, with its money.
    Group(fn(&Case<'_>, &GroupId) -> Vec<Found>),
    /// A target that counts.
    Target(fn(&Case<'_>, &TargetCase<'_>) -> Option<Found>),
    /// An indicator that is no target.
    Indicator(fn(&Case<'_>, &IndicatorId) -> Option<Found>),
    /// Both of the two above: whatever earns points.
    Points(fn(&Case<'_>, &IndicatorId) -> Option<Found>),
    /// An adjustment of the budget.
    Entry(fn(&Case<'_>, &EntryId) -> Option<Found>),
    /// The targets of one attainment between nothing and everything, in percent.
    Attainment(fn(&Case<'_>, Number) -> Option<Found>),
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    subject: Subject,
    figures: Vec<Figure>,
    evidence: BTreeSet<Evidence>,
}

impl Found {
    /// Something about a subject.
    pub fn new(subject: Subject) -> Self {
        Self { subject, figures: Vec::new(), evidence: BTreeSet::new() }
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
        let input = |quantity: &str| result.inputs.iter().find(|input| input.quantity == quantity);
        let mut found = self.figure("name", &result.name.zh);
        for quantity in ["target", "actual"] {
            if let Some(input) = input(quantity) {
                let value = input.value.as_deref().unwrap_or("-");
                found = found.figure_in(quantity, &value, input.unit.as_deref());
            }
        }
        let events = ["target", "actual", "self_score"].into_iter().filter_map(input);
        events
            .filter_map(|input| input.event.clone())
            .fold(found, |found, event| found.by(Evidence::Event(event)))
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
    /// Runs on a scope, if that is what it looks at.
    fn run(&self, case: &Case<'_>, scope: &Subject) -> Vec<Found> {
        match (self.looks, scope) {
            (Looks::Fund(check), Subject::Fund) => check(case),
            (Looks::Project(check), Subject::Project { project }) => check(case, project),
            (Looks::Group(check), Subject::Group { group }) => check(case, group),
            (Looks::Target(check), Subject::Target { target }) => {
                case.target(target).and_then(|target| check(case, &target)).into_iter().collect()
            }
            (Looks::Points(check), Subject::Target { target }) => case
                .target(target)
                .and_then(|target| check(case, &target.result.indicator))
                .into_iter()
                .collect(),
            (Looks::Indicator(check) | Looks::Points(check), Subject::Indicator { indicator }) => {
                check(case, indicator).into_iter().collect()
            }
            (Looks::Entry(check), Subject::Entry { entry }) => check(case, entry).into_iter().collect(),
            (Looks::Attainment(check), Subject::Attainment { percent }) => {
                check(case, *percent).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// What a finding of this check says.
    pub fn say(&self, finding: &Finding) -> [String; 2] {
        [self.message.zh, self.message.en].map(|template| filled(template, finding))
    }
}

/// The check of a code.
pub fn check(code: &str) -> Option<&'static Check> {
    CHECKS.iter().copied().find(|check| check.code == code)
}

/// A template with a finding's figures in it.
fn filled(template: &str, finding: &Finding) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, from)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = from.split_once('}') else { break };
        match finding.figures.iter().find(|figure| figure.name == name) {
            Some(Figure { value, unit, .. }) => {
                text.push_str(value);
                let gap = if unit.as_deref() == Some("%") { "" } else { " " };
                if let Some(unit) = unit {
                    text.extend([gap, unit]);
                }
            }
            None => text.push('?'),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Runs the checks of some scopes of a fund; what differs from the findings that stand, as events. The fund as a whole
/// comes last: its checks see how many findings the others left standing.
pub fn review(
    view: &mut View<'_>,
    fund: &FundId,
    scheme: &Scheme,
    scopes: &BTreeSet<Subject>,
    cause: &Cause,
) -> Vec<ScoringEvent> {
    let mut events = Vec::new();
    let last = |scope: &&Subject| matches!(scope, Subject::Fund);
    for scope in scopes.iter().filter(|scope| !last(scope)).chain(scopes.iter().filter(last)) {
        let findings = find(&Case { view, fund, scheme }, scope);
        let none = BTreeMap::new();
        let key = findings_key(fund, scope);
        let standing = view.get(&key).and_then(ScoringState::as_findings).unwrap_or(&none);
        let mut changes = Vec::new();
        for (tag, finding) in &findings {
            let (finding, cause) = (finding.clone(), cause.clone());
            match standing.get(tag) {
                None => changes.push(ScoringEvent::FindingRaised { finding, cause }),
                Some(before) if **before != finding => {
                    changes.push(ScoringEvent::FindingRevised { finding, cause });
                }
                Some(_) => {}
            }
        }
        for (_, before) in standing.iter().filter(|(tag, _)| !findings.contains_key(*tag)) {
            let (finding, cause) = (Finding::clone(before), cause.clone());
            changes.push(ScoringEvent::FindingCleared { finding, cause });
        }
        for event in &changes {
            view.fold(event);
        }
        events.extend(changes);
    }
    events
}

/// What the checks find in a scope, by what tells findings of one scope apart.
fn find(case: &Case<'_>, scope: &Subject) -> BTreeMap<String, Finding> {
    let mut findings = BTreeMap::new();
    for check in CHECKS {
        for Found { subject, figures, evidence } in check.run(case, scope) {
            let finding = Finding {
                fund: case.fund.clone(),
                subject,
                code: check.code.to_owned(),
                severity: check.severity,
                figures,
                evidence: evidence.into_iter().collect(),
            };
            findings.insert(finding_tag(&finding), finding);
        }
    }
    findings
}
