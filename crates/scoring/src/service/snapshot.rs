//! What answers read in one snapshot, and how they look at it.

use std::sync::Arc;

use jixiao_eventlog::{Part, Query, Snapshot};
use jixiao_events::{Evaluated, FundId};
use jixiao_proto::jixiao::scoring::v1 as pb;

use crate::domain::figures::{self, Figures};
use crate::domain::state::{
    HasEvaluation, LoadedScheme, ScoringState, StatedFigure, described_key, evaluation_key, fund_key,
    project_key, rows,
};
use crate::to_proto;

/// The most stated figures that an evaluation shows; ListStatedFigures pages through all.
const STATED: usize = 1_000;

/// The most sums of an evaluation: more than a scheme may have nodes.
pub(super) const SUMS: usize = 1_000;

pub(super) type States = Snapshot<ScoringState>;
pub(super) type Page = Part<(String, ScoringState)>;

/// What an evaluation is shown from, beside its scheme.
pub(super) fn evaluation_query(of: &Evaluated) -> Query {
    let Evaluated { fund, project } = of;
    let query = figures_query(of)
        .keys([fund_key(fund), described_key(of)])
        .keys(project.as_ref().map(|project| project_key(fund, project)))
        .page(rows("given-sum", of), None, SUMS);
    // What reports state is of funds.
    if project.is_none() { query.page(rows("stated", of), None, STATED) } else { query }
}

/// An evaluation, from what [`evaluation_query`] reads; `None` where the fund or the project is not known.
pub(super) fn shown_evaluation(
    of: &Evaluated,
    states: &States,
    loaded: &LoadedScheme,
) -> Option<pb::Evaluation> {
    let facts = states.get(&fund_key(&of.fund)).and_then(ScoringState::as_fund)?;
    let names = match &of.project {
        Some(project) => &states.get(&project_key(&of.fund, project))?.as_project()?.name,
        None => &facts.name,
    };
    let figures = figures_of(of, states, Some(loaded));
    let claims = states.page(&rows("stated", of)).into_iter().flat_map(|page| &page.rows);
    let claims: Vec<StatedFigure> = claims.filter_map(|(_, state)| state.as_stated()).cloned().collect();
    let sums = rows_of(states, of, "given-sum").iter().filter_map(|(_, state)| state.as_given_sum());
    let record = states.get(&described_key(of)).and_then(ScoringState::as_described);
    let given = to_proto::Given { record, sums: sums.collect() };
    let head = to_proto::Head { of, names, facts, loaded };
    Some(to_proto::evaluation(&head, &figures, &claims, &given))
}

/// What the figures of a fund or a project are read from.
pub(super) fn figures_query(of: impl Into<Evaluated>) -> Query {
    let of = of.into();
    sums_query(&of).keys(figures::keys(&of))
}

/// By what a fund or a project is evaluated, and its sums.
pub(super) fn sums_query(of: &Evaluated) -> Query {
    Query::new().key(evaluation_key(of)).page(rows("sum", of), None, SUMS)
}

/// The figures of a fund or a project, from what [`figures_query`] reads.
pub(crate) fn figures_of(
    of: impl Into<Evaluated>,
    states: &States,
    loaded: Option<&LoadedScheme>,
) -> Figures {
    let of = of.into();
    let sums = rows_of(states, &of, "sum").iter().map(|(_, state)| state);
    let scheme = loaded.map(|loaded| Arc::clone(&loaded.scheme));
    Figures::new(&of, |key| states.get(key), sums, scheme)
}

/// A page that was asked for, by its prefix.
pub(super) fn page_of<'s>(states: &'s States, prefix: &str) -> &'s Page {
    let asked = states.page(prefix);
    debug_assert!(asked.is_some(), "{prefix} was not asked for");
    asked.unwrap_or(const { &Page { rows: Vec::new(), more: false } })
}

/// The rows of one kind that a fund or a project has, as they were asked for.
pub(super) fn rows_of<'s>(
    states: &'s States,
    of: &impl HasEvaluation,
    kind: &str,
) -> &'s [(String, ScoringState)] {
    &page_of(states, &rows(kind, of)).rows
}

/// The same, if those are all that there are.
pub(super) fn whole_of<'s>(
    states: &'s States,
    fund: &FundId,
    kind: &str,
) -> Option<&'s [(String, ScoringState)]> {
    let page = page_of(states, &format!("{kind}/{fund}/"));
    (!page.more).then_some(page.rows.as_slice())
}
