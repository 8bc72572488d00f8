//! What hypotheses are tried on, read for findings and for claims alike.

use jixiao_eventlog::Query;
use jixiao_events::FundId;
use jixiao_events::scoring::IndicatorResult;

use super::{States, rows_of};
use crate::domain::figures::Figures;
use crate::domain::state::{ScoringState, place_key, project_key};
use crate::hypotheses::{Facts, Known, Row};
use crate::verify::MAX_ROWS;

/// The pages of a snapshot that hold the rows of an evaluation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pages {
    pub(super) indicators: usize,
    pub(super) projects: usize,
    pub(super) places: usize,
    pub(super) scopes: usize,
}

impl Pages {
    /// What all of them hold, behind what a query asks for.
    pub(super) fn rows(query: Query, fund: &FundId) -> Query {
        let of_kind = |query: Query, kind: &str| query.whole(format!("{kind}/{fund}/"), None, MAX_ROWS);
        let rows = ["indicator", "project", "scope-money"].into_iter().fold(query, of_kind);
        Self::places(rows, fund)
    }

    /// The places of targets, which tell the project of each row.
    pub(super) fn places(query: Query, fund: &FundId) -> Query {
        query.whole(format!("target-place/{fund}/"), None, MAX_ROWS)
    }

    /// Adds the money of projects and groups to a fund's figures. Of a fund with more than was read none is used rather
    /// than half of it.
    pub(super) fn add_scopes(self, figures: &mut Figures, states: &States) {
        let prefix = format!("scope-money/{}/", figures.fund);
        for (key, state) in Self::whole(states, self.scopes) {
            if let (Some(scope), Some(money)) = (key.strip_prefix(&prefix), state.as_scope_money()) {
                figures.add_scope(scope, money);
            }
        }
    }

    /// The rows and projects of a fund, with its figures.
    pub(super) fn facts<'s>(self, states: &'s States, figures: &'s Figures) -> Facts<'s> {
        let fund = &figures.fund;
        let [indicators, projects, places] =
            [self.indicators, self.projects, self.places].map(|page| Self::whole(states, page));
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

    /// A page that was read to its end.
    fn whole(states: &States, page: usize) -> &[(String, ScoringState)] {
        if states.pages[page].more { &[] } else { rows_of(states, page) }
    }
}
