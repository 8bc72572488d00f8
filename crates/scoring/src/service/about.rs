//! What findings are about: the names of it, and more of the single events behind them than their ids.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::{Decoded, Query};
use jixiao_events::finding::{Evidence, Finding, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::ScoringEvent;
use jixiao_events::targets::TargetLevel;
use jixiao_events::{FundId, IndicatorId, Names};
use tonic::Status;

use super::hypotheses::rows;
use super::reader::Reader;
use super::rows_of;
use crate::claims::names::names;
use crate::domain::evaluate::indicator_slots;
use crate::domain::papers::{self, achievements_key, paper_key, reasons_key, universals_key, year_key};
use crate::domain::state::{
    Cited, Defined, ScoringState, adjustment_key, attained_key, explained_key, filing_key, fund_key,
    indicator_key, life_key, named_targets_key, place_key, project_key, project_targets_key, scope_money_key,
    self_key, target_changes_key, target_key,
};
use crate::domain::wordings::{self, wording_key};
use crate::findings::few;
use crate::provenance::Provenance;

/// The most targets of attainments that are read for a page: a percent may be that of all targets of a fund. Events of
/// others are told by log and id.
const MAX_OF_ATTAINMENTS: usize = 2_000;

/// The most events of a project's life that are read for a page. Others are told by log and id.
const MAX_OF_A_LIFE: usize = 500;

/// The facts that some findings rest on, by key.
pub(super) struct About<'s> {
    fund: &'s FundId,
    scheme: Option<&'s Scheme>,
    states: BTreeMap<String, ScoringState>,
    /// Events that no state says more of than their ids.
    dated: Vec<Cited>,
}

impl Reader<'_> {
    /// Reads what some findings of a fund rest on.
    pub(super) async fn about<'s>(
        &self,
        fund: &'s FundId,
        scheme: Option<&'s Scheme>,
        findings: impl Iterator<Item = &Finding> + Clone + Send,
    ) -> Result<About<'s>, Status> {
        let mut about = About { fund, scheme, states: BTreeMap::new(), dated: Vec::new() };
        let mut wanted: BTreeSet<String> =
            findings.clone().flat_map(|finding| about.of_subject(&finding.subject)).collect();
        let (mut asked, mut left) = (BTreeSet::new(), MAX_OF_ATTAINMENTS);
        while !wanted.is_empty() {
            let states = self.read(Query::new().keys(wanted.iter().cloned())).await?;
            let known = wanted.iter().filter_map(|key| Some((key.clone(), states.get(key)?.clone())));
            let known: Vec<_> = known.collect();
            asked.append(&mut wanted);
            let further = known.iter().flat_map(|(_, state)| about.beyond(state, &mut left));
            wanted = further.filter(|key| !asked.contains(key)).collect();
            about.states.extend(known);
        }
        // A stated figure may rest on any row.
        if findings.clone().any(|finding| is_about_quantity(finding) && names_event(finding)) {
            let kinds = ["project", "target", "scope-money"];
            let states = self.read(rows(Query::new(), fund, &kinds)).await?;
            about.states.extend(kinds.iter().flat_map(|kind| rows_of(&states, fund, kind)).cloned());
        }
        // What a project's life is told by is kept by id alone: its rows grow with its payments.
        let known: BTreeSet<&str> =
            about.states.values().flat_map(cited).map(|event| event.id.as_str()).collect();
        let is_unknown = |evidence: &Evidence| match evidence {
            Evidence::Event(event) => !known.contains(event.id.as_str()),
            Evidence::Sum { .. } | Evidence::Stated { .. } | Evidence::Node { .. } => false,
        };
        let projects: BTreeSet<_> = findings
            .filter(|finding| finding.evidence.iter().any(is_unknown))
            .filter_map(|finding| match &finding.subject {
                Subject::Project { project } => Some(project),
                _ => None,
            })
            .collect();
        for project in projects {
            for stored in self.history(&life_key(fund, project), MAX_OF_A_LIFE).await? {
                if let Ok(Decoded::Domain(ScoringEvent::SourceTakenIn { source, event_type, .. })) =
                    stored.decode()
                {
                    about.dated.push(Cited::source(&source, &event_type));
                }
            }
        }
        Ok(about)
    }
}

/// What people call a node of a scheme.
pub(super) fn node_names(scheme: &Scheme, path: &str) -> Option<Names> {
    scheme.nodes.iter().find(|node| node.node.as_str() == path).map(|node| node.name.clone())
}

fn is_about_quantity(finding: &Finding) -> bool {
    matches!(finding.subject, Subject::Quantity { .. })
}

fn names_event(finding: &Finding) -> bool {
    finding.evidence.iter().any(|evidence| matches!(evidence, Evidence::Event(_)))
}

impl About<'_> {
    /// Makes the events known.
    pub(super) fn cite(&self, provenance: &mut Provenance<'_>) {
        provenance.cite_all(self.states.values().flat_map(cited).chain(&self.dated));
    }

    /// What people call what a finding is about; `None` where it has no name.
    pub(super) fn name(&self, subject: &Subject) -> Option<Names> {
        let state = |key: String| self.states.get(&key);
        match subject {
            Subject::Fund => Some(state(fund_key(self.fund))?.as_fund()?.name.clone()),
            Subject::Node { node } => self.node(node.as_str()),
            Subject::Quantity { quantity } => names(quantity, &|node| self.node(node)),
            Subject::Project { project } => {
                Some(state(project_key(self.fund, project))?.as_project()?.name.clone())
            }
            Subject::Target { target } => {
                let place = state(place_key(self.fund, target))?.as_place()?;
                let defined = state(target_key(place))?.as_target()?.defined.as_ref()?;
                Some(Names { zh: defined.definition.name.clone(), en: None })
            }
            Subject::Indicator { indicator } => {
                Some(state(indicator_key(self.fund, indicator))?.as_indicator()?.name.clone())
            }
            Subject::Group { .. }
            | Subject::Entry { .. }
            | Subject::Attainment { .. }
            | Subject::Document { .. }
            | Subject::Statement { .. } => None,
        }
    }

    fn node(&self, path: &str) -> Option<Names> {
        node_names(self.scheme?, path)
    }

    /// The keys to begin with.
    fn of_subject(&self, subject: &Subject) -> Vec<String> {
        let fund = self.fund;
        match subject {
            Subject::Fund => vec![fund_key(fund)],
            Subject::Quantity { .. } => Vec::new(),
            Subject::Node { node } => {
                let slots = self.scheme.into_iter().flat_map(indicator_slots).map(|slot| slot.indicator());
                let below = slots.filter(|indicator| indicator.is_within(node.as_str()));
                below.map(|indicator| self_key(fund, &indicator)).collect()
            }
            Subject::Project { project } => vec![
                project_key(fund, project),
                scope_money_key(fund, &Scope::Project { project: project.clone() }),
                explained_key(fund, subject),
                filing_key(fund, project),
                target_changes_key(fund, Some(project)),
                project_targets_key(fund, project),
                reasons_key(fund, subject),
            ],
            Subject::Group { group } => vec![
                scope_money_key(fund, &Scope::Group { group: group.clone() }),
                explained_key(fund, subject),
                reasons_key(fund, subject),
            ],
            Subject::Target { target } => vec![
                place_key(fund, target),
                explained_key(fund, subject),
                achievements_key(fund, target),
                universals_key(fund),
                reasons_key(fund, subject),
            ],
            Subject::Document { document } => vec![paper_key(fund, document)],
            Subject::Statement { statement } => vec![year_key(fund, statement)],
            Subject::Indicator { indicator } => {
                vec![indicator_key(fund, indicator), self_key(fund, indicator)]
            }
            Subject::Entry { entry } => vec![adjustment_key(fund, entry)],
            Subject::Attainment { percent } => vec![attained_key(fund, *percent)],
        }
    }

    /// The keys that a state leads on to; of the targets of attainments as many as are left to be read.
    fn beyond(&self, state: &ScoringState, left: &mut usize) -> Vec<String> {
        let fund = self.fund;
        match state {
            ScoringState::Place(target) => {
                let project = target.project.iter().map(|project| project_key(fund, project));
                project.chain([target_key(target)]).collect()
            }
            ScoringState::ProjectTargets(few) => few.iter().map(|target| place_key(fund, target)).collect(),
            ScoringState::Attained(targets) => {
                let targets = targets.keys().filter_map(IndicatorId::target).take(*left);
                let places: Vec<String> = targets.map(|target| place_key(fund, &target)).collect();
                *left -= places.len();
                places
            }
            ScoringState::Adjustment(adjustment) => vec![scope_money_key(fund, &adjustment.scope)],
            ScoringState::Target(target) => {
                let named = target.defined.iter().filter_map(|defined| named_alike(defined, fund));
                let filed =
                    target.self_score.iter().filter_map(|filed| wording_key(filed.reason.as_deref()?));
                named.chain(filed).collect()
            }
            ScoringState::SelfScore(filed) => {
                filed.reason.as_deref().and_then(wording_key).into_iter().collect()
            }
            ScoringState::Reasons(all) => {
                all.values().filter_map(|reason| wording_key(&reason.text)).collect()
            }
            ScoringState::Wording(places) => {
                let places = places.iter().filter(|place| place.fund != *fund);
                places.flat_map(|place| wordings::own_keys(&place.fund, &place.about)).collect()
            }
            ScoringState::NamedTargets(targets) => few(Some(targets)).map(target_key).collect(),
            ScoringState::Explained(reason) => {
                reason.project.iter().map(|project| project_key(fund, project)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The key of the targets that an overall one is compared with, being called alike.
fn named_alike(defined: &Defined, fund: &FundId) -> Option<String> {
    let definition = &defined.definition;
    (definition.level == TargetLevel::Overall).then(|| named_targets_key(fund, &definition.name))
}

/// The events of a state that say more than their ids.
pub(super) fn cited(state: &ScoringState) -> Vec<&Cited> {
    match state {
        ScoringState::Project(project) => {
            std::iter::once(&project.event).chain(&project.registered).chain(&project.removed).collect()
        }
        ScoringState::SelfScore(filed) => vec![&filed.event],
        ScoringState::ScopeMoney(money) => money.sums.values().map(|sum| &sum.event).collect(),
        ScoringState::Explained(reason) => vec![&reason.event],
        ScoringState::Adjustment(adjustment) => vec![&adjustment.event],
        ScoringState::TargetChanges(changes) => changes.values().map(|change| &change.event).collect(),
        ScoringState::Filings(filings) => {
            filings.contract.iter().chain(&filings.acceptance).map(|filing| &filing.event).collect()
        }
        ScoringState::Target(target) => {
            let versions = target.defined.iter().chain(&target.previous).map(|defined| &defined.event);
            let withdrawn = target.withdrawn.iter().map(|withdrawn| &withdrawn.event);
            let actual = target
                .actual
                .iter()
                .flat_map(|actual| std::iter::once(&actual.event).chain(&actual.unit_from));
            versions
                .chain(withdrawn)
                .chain(actual)
                .chain(target.self_score.iter().map(|filed| &filed.event))
                .collect()
        }
        _ => papers::events(state),
    }
}

#[cfg(test)]
mod tests {
    use jixiao_events::Number;

    use super::*;
    use crate::domain::state::Partial;

    #[test]
    fn of_the_targets_of_attainments_a_bounded_number_is_read() {
        let fund = "f".parse().unwrap();
        let about = About { fund: &fund, scheme: None, states: BTreeMap::new(), dated: Vec::new() };
        let attained = |from: usize| {
            let name = Names { zh: "目标".to_owned(), en: None };
            let (weight, self_score) = (Number::ZERO, Number::ZERO);
            let target = Partial { name, weight, self_score, event: None };
            let targets = (from..from + 1_500).map(|at| format!("targets.detail.d{at}").parse().unwrap());
            ScoringState::Attained(targets.map(|indicator| (indicator, target.clone())).collect())
        };
        let mut left = MAX_OF_ATTAINMENTS;
        let read = [attained(0), attained(1_500), attained(3_000)]
            .map(|state| about.beyond(&state, &mut left).len());
        assert_eq!((read, left), ([1_500, 500, 0], 0));
    }
}
