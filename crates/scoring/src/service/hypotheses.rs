//! What hypotheses are tried on, read for findings and for claims alike.

use jixiao_eventlog::Query;
use jixiao_events::FundId;
use jixiao_events::scoring::IndicatorResult;

use super::{States, whole_of};
use crate::domain::figures::Figures;
use crate::domain::state::{ScoringState, place_key, project_key};
use crate::hypotheses::{Facts, Known, Row};
use crate::verify::MAX_ROWS;

/// The kinds of rows that [`add_scopes`] and [`facts`] look at. The places of targets tell the project of each row.
pub(super) const KINDS: [&str; 4] = ["indicator", "project", "scope-money", "target-place"];

/// All rows of these kinds besides what a query asks for.
pub(super) fn rows(query: Query, fund: &FundId, kinds: &[&str]) -> Query {
    kinds.iter().fold(query, |query, kind| query.whole(format!("{kind}/{fund}/"), None, MAX_ROWS))
}

/// Adds the money of projects and groups to a fund's figures. Of a fund with more than was read none is used rather
/// than half of it.
pub(super) fn add_scopes(figures: &mut Figures, states: &States) {
    let prefix = format!("scope-money/{}/", figures.fund);
    for (key, state) in whole_of(states, &figures.fund, "scope-money").unwrap_or_default() {
        if let (Some(scope), Some(money)) = (key.strip_prefix(&prefix), state.as_scope_money()) {
            figures.add_scope(scope, money);
        }
    }
}

/// The rows and projects of a fund, with its figures.
pub(super) fn facts<'s>(states: &'s States, figures: &'s Figures) -> Facts<'s> {
    let fund = &figures.fund;
    let [indicators, projects, places] =
        ["indicator", "project", "target-place"].map(|kind| whole_of(states, fund, kind).unwrap_or_default());
    let prefix = format!("project/{fund}/");
    let known = |(key, state): &'s (String, ScoringState)| {
        Some(Known { id: key.strip_prefix(&prefix)?, facts: state.as_project()? })
    };
    let at_key = |rows: &'s [(String, ScoringState)], key: &str| {
        rows.get(rows.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?)
    };
    let project_of = |result: &IndicatorResult| {
        let (_, place) = at_key(places, &place_key(fund, &result.indicator.target()?))?;
        known(at_key(projects, &project_key(fund, place.as_place()?.project.as_ref()?))?)
    };
    let results = indicators.iter().filter_map(|(_, state)| state.as_indicator());
    let rows = results.map(|result| Row { result, project: project_of(result) }).collect();
    Facts { figures, rows, projects: projects.iter().filter_map(known).collect() }
}
