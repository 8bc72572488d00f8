//! What answers read in one snapshot, and how they look at it.

use std::sync::Arc;

use jixiao_eventlog::{Part, Query, Snapshot};
use jixiao_events::FundId;
use jixiao_proto::jixiao::scoring::v1 as pb;

use crate::domain::figures::{self, Figures};
use crate::domain::state::{
    LoadedScheme, ScoringState, StatedFigure, described_key, evaluation_key, fund_key,
};
use crate::to_proto;

/// The most stated figures that an evaluation shows; ListStatedFigures pages through all.
const STATED: usize = 1_000;

/// The most sums of an evaluation: more than a scheme may have nodes.
pub(super) const SUMS: usize = 1_000;

pub(super) type States = Snapshot<ScoringState>;
pub(super) type Page = Part<(String, ScoringState)>;

/// What an evaluation is shown from, beside its scheme.
pub(super) fn evaluation_query(fund: &FundId) -> Query {
    figures_query(fund)
        .keys([fund_key(fund), described_key(fund)])
        .page(format!("stated/{fund}/"), None, STATED)
        .page(format!("given-sum/{fund}/"), None, SUMS)
}

/// An evaluation, from what [`evaluation_query`] reads; `None` where the fund is not known.
pub(super) fn shown_evaluation(
    fund: &FundId,
    states: &States,
    loaded: &LoadedScheme,
) -> Option<pb::Evaluation> {
    let facts = states.get(&fund_key(fund)).and_then(ScoringState::as_fund)?;
    let figures = figures_of(fund, states, Some(loaded));
    let claims = rows_of(states, fund, "stated").iter().filter_map(|(_, state)| state.as_stated());
    let claims: Vec<StatedFigure> = claims.cloned().collect();
    let sums = rows_of(states, fund, "given-sum").iter().filter_map(|(_, state)| state.as_given_sum());
    let record = states.get(&described_key(fund)).and_then(ScoringState::as_described);
    let given = to_proto::Given { record, sums: sums.collect() };
    Some(to_proto::evaluation(fund, facts, loaded, &figures, &claims, &given))
}

/// What a fund's figures are read from.
pub(super) fn figures_query(fund: &FundId) -> Query {
    Query::new().key(evaluation_key(fund)).keys(figures::keys(fund)).page(format!("sum/{fund}/"), None, SUMS)
}

/// A fund's figures, from what [`figures_query`] reads.
pub(crate) fn figures_of(fund: &FundId, states: &States, loaded: Option<&LoadedScheme>) -> Figures {
    let sums = rows_of(states, fund, "sum").iter().map(|(_, state)| state);
    let scheme = loaded.map(|loaded| Arc::clone(&loaded.scheme));
    Figures::new(fund, |key| states.get(key), sums, scheme)
}

/// A page that was asked for, by its prefix.
pub(super) fn page_of<'s>(states: &'s States, prefix: &str) -> &'s Page {
    let asked = states.page(prefix);
    debug_assert!(asked.is_some(), "{prefix} was not asked for");
    asked.unwrap_or(const { &Page { rows: Vec::new(), more: false } })
}

/// The rows of one kind that a fund has, as they were asked for.
pub(super) fn rows_of<'s>(states: &'s States, fund: &FundId, kind: &str) -> &'s [(String, ScoringState)] {
    &page_of(states, &format!("{kind}/{fund}/")).rows
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
