//! Monitoring over gRPC: how monitors stand, warnings, their history, and watches.

use jixiao_edge::{Fields, Listing, Passing, Shape, asked, not_found, wait};
use jixiao_eventlog::{Decoded, Query, StoredEvent, Watch};
use jixiao_events::FundId;
use jixiao_events::scoring::ScoringEvent;
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Response;

use super::reader::Reader;
use super::{Answer, Scoring, States, figures_query};
use crate::domain::monitoring::{Facts, Seen};
use crate::domain::state::{
    Clock, LoadedScheme, ScoringState, clock_key, fund_key, warning_changes_key, warnings_key,
};
use crate::from_proto;
use crate::to_proto;

/// What the answers about warnings have only where they stand.
const CHANGES: Shape = Shape {
    order: "",
    late: &["warning.raised_time", "warning.raised_event", "warning.changed_time", "warning.changed_event"],
};

/// What monitors look at, in one snapshot.
fn query(fund: &FundId) -> Query {
    figures_query(fund).keys([fund_key(fund), clock_key(fund), warnings_key(fund)])
}

fn clock_of<'s>(states: &'s States, fund: &FundId) -> Option<&'s Clock> {
    states.get(&clock_key(fund)).and_then(ScoringState::as_clock)
}

/// What each monitor of a scheme sees in a snapshot, in their order.
fn seen(states: &States, fund: &FundId, loaded: &LoadedScheme) -> Vec<Seen> {
    let sums = states.page(&format!("sum/{fund}/")).map(|page| page.rows.as_slice()).unwrap_or_default();
    let get =
        |key: &str| states.get(key).or_else(|| sums.iter().find(|(of, _)| of == key).map(|(_, state)| state));
    let facts = Facts::from_states(fund, &loaded.scheme, get);
    loaded.scheme.monitoring.iter().map(|monitor| facts.look(monitor)).collect()
}

impl Scoring {
    pub(super) async fn monitoring(
        &self,
        request: pb::GetMonitoringRequest,
    ) -> Answer<pb::GetMonitoringResponse> {
        let fund = from_proto::fund_name(&request.name)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &fund).await?;
        let states = reader.read(query(&fund)).await?;
        let (open, loaded) = reader.opened(&fund, &states).await?;
        let monitors = loaded.scheme.monitoring.iter().zip(seen(&states, &fund, &loaded));
        let monitors = monitors.map(|(monitor, seen)| to_proto::monitor_standing(&fund, monitor, &seen));
        let monitoring = to_proto::monitoring(&fund, clock_of(&states, &fund), &open, monitors.collect());
        let (monitoring, position) = (Some(monitoring), states.position);
        Ok(Response::new(pb::GetMonitoringResponse { monitoring, position }))
    }

    pub(super) async fn warnings(
        &self,
        request: pb::ListWarningsRequest,
    ) -> Answer<pb::ListWarningsResponse> {
        let (fund, list) = from_proto::fund_list("warnings", &request, &request.parent, Shape::default())?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &fund).await?;
        let states = reader.read(query(&fund)).await?;
        let missing = || not_found("fund", fund.resource(), &states.position);
        states.get(&fund_key(&fund)).map(drop).ok_or_else(missing)?;
        let mut rows = Vec::new();
        if let Some(standing) = states.get(&warnings_key(&fund)).and_then(ScoringState::as_warnings)
            && let Some(loaded) = reader.open_scheme(&fund, &states).await?
        {
            let seen = seen(&states, &fund, &loaded);
            for (id, warning) in standing {
                let at = loaded.scheme.monitoring.iter().position(|monitor| monitor.monitor == *id);
                let figures = at.and_then(|at| seen.get(at)).map(|seen| seen.figures.as_slice());
                let (clock, figures) = (clock_of(&states, &fund), figures.unwrap_or_default());
                // What raised it is known of what is stored alone.
                let stored = moment.is_now().then_some([&warning.raised, &warning.changed]);
                let shown = to_proto::standing_warning((&fund, id), warning, stored, clock, figures);
                rows.push((id.to_string(), Some(shown)));
            }
        }
        let (warnings, next_page_token) = list.page(list.choose(rows, false)?);
        Ok(Response::new(pb::ListWarningsResponse { warnings, next_page_token, position: states.position }))
    }

    pub(super) async fn warning_changes(
        &self,
        request: pb::ListWarningChangesRequest,
    ) -> Answer<pb::ListWarningChangesResponse> {
        let (fund, list): (_, Listing<pb::WarningChange>) =
            from_proto::fund_list("changes of warnings", &request, &request.parent, CHANGES)?;
        let moment = asked(&self.log, &request).await?;
        let states = self.fund_there(&fund, moment).await?;
        let key = warning_changes_key(&fund);
        let changes = |stored: &StoredEvent| Ok(change(stored));
        let (changes, next_page_token) =
            list.history(&self.log, (&key, states.head.position, moment), changes).await?;
        let position = states.position;
        Ok(Response::new(pb::ListWarningChangesResponse { changes, next_page_token, position }))
    }

    pub(super) async fn watch_of_warnings(
        &self,
        request: pb::WatchWarningsRequest,
    ) -> Answer<Watch<pb::WatchWarningsResponse>> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let passing = Passing::read(&mut fields, "filter", &request.filter, CHANGES);
        let after = from_proto::watched_after(&mut fields, &request.after);
        let (fund, passing, after) = fields.all((fund, passing, after))?;
        wait(&self.log, &request.wait_for).await?;
        let told = move |stored: &StoredEvent, position| {
            let change = change(stored).filter(|change| passing.passes(change))?;
            Some(pb::WatchWarningsResponse { change: Some(change), position })
        };
        self.watched(&fund, warning_changes_key(&fund), after, told).await
    }
}

/// A change of a warning, if the event is one.
fn change(stored: &StoredEvent) -> Option<pb::WarningChange> {
    use pb::WarningChangeKind as Kind;
    let Ok(Decoded::Domain(event)) = stored.decode() else { return None };
    let (kind, warning, was, cause) = match event {
        ScoringEvent::WarningRaised { warning, cause } => (Kind::Raised, warning, None, cause),
        ScoringEvent::WarningChanged { warning, was, cause } => (Kind::Changed, warning, Some(was), cause),
        ScoringEvent::WarningCleared { warning, cause } => (Kind::Cleared, warning, None, cause),
        _ => return None,
    };
    Some(to_proto::warning_change(stored, kind, &warning, was, &cause))
}
