//! What checks see: the facts of one fund and its evaluation, as they are once the command under way has its effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::finding::Subject;
use jixiao_events::ledger::Scope;
use jixiao_events::scheme::{NodeBody, Scheme};
use jixiao_events::scoring::{CountQuantity, IndicatorResult, MoneyQuantity, ScopeQuantity, SumResult};
use jixiao_events::{EntryId, FundId, IndicatorId, Money, Number, ProjectId, TargetId};

use super::scope::quantity_scopes;
use crate::domain::evaluate::{View, indicator_slots, target_slot};
use crate::domain::figures::Figures;
use crate::domain::papers::{Paper, paper_key};
use crate::domain::state::{
    Adjustment, Defined, Explained, Few, Filings, FundFacts, Life, Partial, ProjectFacts, ScopeMoney,
    ScoringState, StatedFigure, TargetChange, TargetFacts, adjustment_key, attained_key, count_key,
    explained_key, filing_key, finding_counts_key, fund_key, indicator_key, life_key, money_key, place_key,
    project_key, project_targets_key, scope_money_key, stated_key, stated_places_key, sum_key,
    target_changes_key, target_key,
};

/// A fund and its evaluation.
pub struct Case<'v> {
    /// The states.
    pub view: &'v View<'v>,
    /// The fund.
    pub fund: &'v FundId,
    /// The scheme that it is evaluated by.
    pub scheme: &'v Arc<Scheme>,
}

/// A target that counts.
#[derive(Debug, Clone, Copy)]
pub struct TargetCase<'v> {
    /// What is known of it.
    pub facts: &'v TargetFacts,
    /// What is to be reached.
    pub defined: &'v Defined,
    /// How it is evaluated.
    pub result: &'v IndicatorResult,
    /// Its project; `None` for a target of the fund as a whole, and while the project is not known.
    pub project: Option<&'v ProjectFacts>,
    /// The newest reason why it is not met.
    pub explained: Option<&'v Explained>,
}

impl TargetCase<'_> {
    /// The target as what a finding is about.
    pub fn subject(&self) -> Subject {
        Subject::Target { target: self.facts.target.target.clone() }
    }
}

impl<'v> Case<'v> {
    fn get<T>(&self, key: &str, kind: impl Fn(&'v ScoringState) -> Option<&'v T>) -> Option<&'v T> {
        self.view.get(key).and_then(kind)
    }

    /// What is known of the fund.
    pub fn facts(&self) -> Option<&'v FundFacts> {
        self.get(&fund_key(self.fund), ScoringState::as_fund)
    }

    /// What people call another fund.
    pub fn fund_name(&self, fund: &FundId) -> String {
        let known = self.get(&fund_key(fund), ScoringState::as_fund);
        known.map_or_else(|| fund.to_string(), |known| known.name.zh.clone())
    }

    /// Whether its year is closed.
    pub fn is_closed(&self) -> bool {
        self.facts().is_some_and(|fund| fund.closed.is_some())
    }

    /// A running sum of the fund; `None` while nothing moved it.
    pub fn money(&self, quantity: MoneyQuantity) -> Option<Money> {
        self.get(&money_key(self.fund, quantity), ScoringState::as_money).map(|sum| sum.sum)
    }

    /// A running count of the fund; `None` while nothing moved it.
    pub fn count(&self, quantity: CountQuantity) -> Option<i64> {
        self.get(&count_key(self.fund, quantity), ScoringState::as_count).map(|count| count.count)
    }

    /// A project.
    pub fn project(&self, project: &ProjectId) -> Option<&'v ProjectFacts> {
        self.get(&project_key(self.fund, project), ScoringState::as_project)
    }

    /// A target that counts.
    pub fn target(&self, target: &TargetId) -> Option<TargetCase<'v>> {
        let place = self.get(&place_key(self.fund, target), ScoringState::as_place)?;
        let facts = self.get(&target_key(place), |state| state.as_target())?;
        let slot = target_slot(self.scheme, facts)?;
        let result = self.indicator(&slot.indicator())?;
        let project = place.project.as_ref().and_then(|project| self.project(project));
        Some(TargetCase {
            facts,
            defined: facts.defined.as_ref()?,
            result,
            project,
            explained: self.explained(facts, project),
        })
    }

    /// The newest reason for a target itself, else for its project, else for its project's group.
    fn explained(&self, facts: &TargetFacts, project: Option<&ProjectFacts>) -> Option<&'v Explained> {
        let target = Subject::Target { target: facts.target.target.clone() };
        let of_project = facts.target.project.clone().map(|project| Subject::Project { project });
        let of_group =
            project.and_then(|project| project.group.clone()).map(|group| Subject::Group { group });
        let mut subjects = [Some(target), of_project, of_group].into_iter().flatten();
        subjects.find_map(|subject| self.get(&explained_key(self.fund, &subject), ScoringState::as_explained))
    }

    /// The targets of a project that count, by id; none where they are too many to be looked at together.
    pub fn targets_of(&self, project: &ProjectId) -> Vec<TargetCase<'v>> {
        let few = self.get(&project_targets_key(self.fund, project), ScoringState::as_project_targets);
        few.into_iter().flat_map(Few::iter).filter_map(|target| self.target(target)).collect()
    }

    /// What an indicator is to a finding: the target that it stands for, else itself.
    pub fn subject_of(&self, indicator: &IndicatorId) -> Subject {
        let is_target = indicator.group().is_some_and(|group| {
            let node = self.scheme.nodes.iter().find(|node| node.node == group);
            node.is_some_and(|node| matches!(node.body, NodeBody::EachTarget { .. }))
        });
        match indicator.target().filter(|_| is_target) {
            Some(target) => Subject::Target { target },
            None => Subject::Indicator { indicator: indicator.clone() },
        }
    }

    /// An indicator as it is evaluated.
    pub fn indicator(&self, indicator: &IndicatorId) -> Option<&'v IndicatorResult> {
        self.get(&indicator_key(self.fund, indicator), |state| state.as_indicator().map(AsRef::as_ref))
    }

    /// A sum of the evaluation, `targets.detail`, `total`.
    pub fn sum(&self, node: &str) -> Option<&'v SumResult> {
        let key = sum_key(self.fund, Some(&node.parse().ok()?));
        self.get(&key, |state| state.as_sum().map(AsRef::as_ref))
    }

    /// The money of a project or group.
    pub fn scope_money(&self, scope: &Scope) -> Option<&'v ScopeMoney> {
        self.get(&scope_money_key(self.fund, scope), ScoringState::as_scope_money)
    }

    /// A sum of money of a project or group; `None` while nothing that stands moved or stated it.
    pub fn scope_sum(&self, scope: &Scope, quantity: ScopeQuantity) -> Option<Money> {
        self.scope_money(scope)?.sum(quantity).map(|sum| sum.sum)
    }

    /// The dated steps of a project's life.
    pub fn life(&self, project: &ProjectId) -> Option<&'v Life> {
        self.get(&life_key(self.fund, project), ScoringState::as_life)
    }

    /// A project's filings.
    pub fn filings(&self, project: &ProjectId) -> Option<&'v Filings> {
        self.get(&filing_key(self.fund, project), ScoringState::as_filings)
    }

    /// An adjustment that was not taken back.
    pub fn adjustment(&self, entry: &EntryId) -> Option<&'v Adjustment> {
        self.get(&adjustment_key(self.fund, entry), ScoringState::as_adjustment)
    }

    /// What a report says of changes of a project's targets, by statement.
    pub fn target_changes(&self, project: &ProjectId) -> Option<&'v BTreeMap<String, TargetChange>> {
        self.get(&target_changes_key(self.fund, Some(project)), ScoringState::as_target_changes)
    }

    /// The targets that are met in part, and just so far, with what their units gave them.
    pub fn attained(&self, percent: Number) -> Option<&'v BTreeMap<IndicatorId, Partial>> {
        self.get(&attained_key(self.fund, percent), ScoringState::as_attained)
    }

    /// What is known of a document or annex by one of its names.
    pub fn paper(&self, name: &str) -> Option<&'v Paper> {
        self.get(&paper_key(self.fund, name), ScoringState::as_paper)
    }

    /// The figures that reports state, by quantity and place; none where they are too many to be looked at together.
    pub fn stated(&self) -> Vec<&'v StatedFigure> {
        let places = self.get(&stated_places_key(self.fund), ScoringState::as_stated_places);
        let figure = |(quantity, place): &(String, String)| {
            self.get(&stated_key(self.fund, quantity, place), ScoringState::as_stated)
        };
        places.into_iter().flat_map(Few::iter).filter_map(figure).collect()
    }

    /// The figures that stated ones are checked against: all but single targets and projects, of which there may be many.
    pub fn figures(&self) -> Figures {
        let groups = self.scheme.nodes.iter().map(|node| Some(&node.node)).chain([None]);
        let sums = groups.filter_map(|node| self.view.get(&sum_key(self.fund, node)));
        let scheme = Some(Arc::clone(self.scheme));
        let mut figures = Figures::new(self.fund, |key| self.view.get(key), sums, scheme);
        let indicators = indicator_slots(self.scheme).filter_map(|slot| {
            let key = indicator_key(self.fund, &slot.indicator());
            self.get(&key, ScoringState::as_indicator).cloned()
        });
        figures.rows = Some(indicators.collect());
        let stated = self.stated();
        let names = stated.iter().map(|figure| figure.quantity.as_str());
        for scope in quantity_scopes(self.scheme, names) {
            let key = format!("scope-money/{}/{scope}", self.fund);
            if let Some(money) = self.get(&key, ScoringState::as_scope_money) {
                figures.add_scope(&scope, money);
            }
        }
        figures
    }

    /// How many findings of a check stand.
    pub fn standing(&self, code: &str) -> u64 {
        let counts = self.get(&finding_counts_key(self.fund), ScoringState::as_finding_counts);
        counts.and_then(|counts| counts.get(code)).copied().unwrap_or(0)
    }
}
