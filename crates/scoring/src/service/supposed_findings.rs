//! What a simulation would change about findings: raised, revised, cleared, and answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_edge::read_status;
use jixiao_eventlog::{Query, Simulation};
use jixiao_events::FundId;
use jixiao_events::finding::Finding;
use tonic::Status;

use super::States;
use super::simulate::differences;
use crate::domain::answer::{Answers, Given};
use crate::domain::state::ScoringState;
use crate::log::ScoringDomain;

/// A finding of one scope, as it is and as it would be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Changed {
    /// The finding as it is, and the answer that it has.
    pub(super) before: Option<(Finding, Option<Given>)>,
    /// As it would be.
    pub(super) after: Option<(Finding, Option<Given>)>,
}

impl Changed {
    /// The finding that is shown: as it would be; as it is, where it would be cleared.
    pub(super) fn shown(&self) -> Option<&Finding> {
        self.after.as_ref().or(self.before.as_ref()).map(|(finding, _)| finding)
    }
}

/// The findings about a fund that would differ, or have another answer; by scope, then by what tells them apart there.
pub(super) async fn changed(
    simulation: &mut Simulation<'_, ScoringDomain>,
    fund: &FundId,
) -> Result<Vec<Changed>, Status> {
    let (findings, answers) = (format!("findings/{fund}/"), format!("answers/{fund}/"));
    let mut scopes = BTreeSet::new();
    for prefix in [&findings, &answers] {
        let differ = differences(simulation, prefix).await?;
        scopes.extend(differ.iter().filter_map(|row| Some(row.key.strip_prefix(prefix)?.to_owned())));
    }
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    let keys = scopes.iter().flat_map(|scope| [format!("{findings}{scope}"), format!("{answers}{scope}")]);
    let query = Query::new().keys(keys.collect::<Vec<_>>());
    let before = simulation.before(query.clone()).await.map_err(|error| read_status(&error))?;
    let after = simulation.after(query).await.map_err(|error| read_status(&error))?;
    let mut changed = Vec::new();
    for scope in &scopes {
        let of_scope = |states: &States| -> BTreeMap<String, (Finding, Option<Given>)> {
            let answers = states.get(&format!("{answers}{scope}")).and_then(ScoringState::as_answers);
            let standing = states.get(&format!("{findings}{scope}")).and_then(ScoringState::as_findings);
            let answered = |tag: &String| answers.and_then(|answers: &Answers| answers.get(tag)).cloned();
            let with_answer = |(tag, finding): (&String, &Arc<Finding>)| {
                (tag.clone(), (Finding::clone(finding), answered(tag)))
            };
            standing.into_iter().flatten().map(with_answer).collect()
        };
        let (mut before, mut after) = (of_scope(&before), of_scope(&after));
        let tags: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
        let pairs = tags.iter().map(|tag| Changed { before: before.remove(tag), after: after.remove(tag) });
        changed.extend(pairs.filter(|pair| pair.before != pair.after));
    }
    Ok(changed)
}
