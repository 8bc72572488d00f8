//! Findings over gRPC: lists, their history, and watches.

use std::cmp::Ordering;
use std::sync::Arc;

use jixiao_edge::{Fields, Page, not_found, pb_names, read_status, wait};
use jixiao_eventlog::{Decoded, Position, Query, Source, StoredEvent, Watch};
use jixiao_events::FundId;
use jixiao_events::finding::{Finding, Severity};
use jixiao_events::scoring::{Cause, IndicatorResult, ScoringEvent};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Response;

use super::{Answer, EVENTS_LISTED, Scoring, States};
use crate::domain::figures;
use crate::domain::state::{
    ScoringState, evaluation_key, finding_changes_key, fund_key, place_key, project_key,
};
use crate::findings::CHECKS;
use crate::from_proto::finding_filter;
use crate::hypotheses::{self, Row};
use crate::provenance::Provenance;
use crate::to_proto;
use crate::verify::MAX_ROWS;

/// Changes of findings read at once.
const PAGE: usize = 200;

/// Which findings are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) at_least: Option<Severity>,
    pub(crate) codes: Vec<String>,
    pub(crate) subject: String,
    pub(crate) subject_kind: String,
}

impl Filter {
    fn passes(&self, finding: &Finding) -> bool {
        self.at_least.is_none_or(|least| finding.severity >= least)
            && (self.codes.is_empty() || self.codes.contains(&finding.code))
            && (self.subject.is_empty() || self.subject == to_proto::subject(&finding.fund, &finding.subject))
            && (self.subject_kind.is_empty() || self.subject_kind == <&str>::from(&finding.subject))
    }
}

/// What findings are sorted by, and whether backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Severity,
    Code,
    Subject,
}

/// An order of findings: what is asked for, then whatever makes it total.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Order(Vec<(By, bool)>);

impl Order {
    fn read(fields: &mut Fields, text: &str) -> Option<Self> {
        let text = if text.trim().is_empty() { "severity desc, code" } else { text };
        let mut order = Vec::new();
        for part in text.split(',') {
            let mut words = part.split_whitespace();
            let by = match words.next() {
                Some("severity") => By::Severity,
                Some("code") => By::Code,
                Some("subject") => By::Subject,
                _ => return Self::bad(fields, part),
            };
            let is_backwards = match words.next() {
                None | Some("asc") => false,
                Some("desc") => true,
                Some(_) => return Self::bad(fields, part),
            };
            if words.next().is_some() {
                return Self::bad(fields, part);
            }
            order.push((by, is_backwards));
        }
        Some(Self(order))
    }

    fn bad(fields: &mut Fields, part: &str) -> Option<Self> {
        let part: String = part.trim().chars().take(40).collect();
        let message =
            format!("\"{part}\" is none of severity, code and subject, with ` desc` behind it or not");
        fields.violation("order_by", "BAD_ORDER", message);
        None
    }

    fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let by = |(by, is_backwards): &(By, bool)| {
            let order = match by {
                By::Severity => a.severity.cmp(&b.severity),
                By::Code => a.code.cmp(&b.code),
                By::Subject => a.subject.cmp(&b.subject),
            };
            if *is_backwards { order.reverse() } else { order }
        };
        let asked = self.0.iter().map(by).find(|order| order.is_ne()).unwrap_or(Ordering::Equal);
        asked.then_with(|| (&a.subject, &a.code).cmp(&(&b.subject, &b.code)))
    }
}

/// What places a finding in an order; goes into page tokens.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Place {
    severity: Severity,
    code: String,
    subject: String,
}

impl Place {
    fn of(finding: &Finding) -> Self {
        let subject = to_proto::subject(&finding.fund, &finding.subject);
        Self { severity: finding.severity, code: finding.code.clone(), subject }
    }
}

impl Scoring {
    pub(super) fn checks() -> pb::ListChecksResponse {
        pb::ListChecksResponse { checks: CHECKS.iter().map(|check| to_proto::check(check)).collect() }
    }

    pub(super) async fn findings(
        &self,
        request: pb::ListFindingsRequest,
    ) -> Answer<pb::ListFindingsResponse> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let filter = finding_filter(&mut fields, request.filter.as_ref());
        let order = Order::read(&mut fields, &request.order_by);
        let list = format!("findings of {} {filter:?} {order:?}", request.parent);
        let page = Page::open(&mut fields, request.page_size, &request.page_token, &list);
        let after = page.as_ref().and_then(|page| page.after.clone());
        let after: Option<Option<Place>> = match after.map(|after| serde_json::from_str(&after)) {
            None => Some(None),
            Some(Ok(place)) => Some(Some(place)),
            Some(Err(_)) => {
                fields.violation("page_token", "BAD_PAGE_TOKEN", "is not a token that this list gave out");
                None
            }
        };
        let (fund, filter, order, page, after) = fields.all((fund, filter, order, page, after))?;
        wait(&self.log, &request.wait_for).await?;
        // An order over all of them needs all of them.
        let query = Query::new()
            .key(fund_key(&fund))
            .keys(figures::keys(&fund))
            .whole(format!("findings/{fund}/"), usize::MAX);
        let query = if request.hypotheses { with_rows(query, &fund) } else { query };
        let states = self.read(query).await?;
        let missing = || not_found("fund", fund.resource(), &states.position);
        states.get(&fund_key(&fund)).map(drop).ok_or_else(missing)?;
        let of_scopes =
            super::rows_of(&states, 0).iter().filter_map(|(_, state)| ScoringState::as_findings(state));
        let mut passing: Vec<(Place, &Finding)> = of_scopes
            .flat_map(|of_scope| of_scope.values().map(AsRef::as_ref))
            .filter(|finding| filter.passes(finding))
            .map(|finding| (Place::of(finding), finding))
            .collect();
        passing.sort_by(|(a, _), (b, _)| order.compare(a, b));
        let total_size = i64::try_from(passing.len()).unwrap_or(i64::MAX);
        let is_after = |(place, _): &(Place, &Finding)| {
            after.as_ref().is_none_or(|after| order.compare(place, after).is_gt())
        };
        // One more than the page takes says whether another one follows.
        let rest: Vec<_> = passing.into_iter().filter(is_after).take(page.limit.saturating_add(1)).collect();
        let mut provenance = Provenance::new(&self.log, &fund, EVENTS_LISTED);
        for key in figures::keys(&fund) {
            if let Some(state) = states.get(&key) {
                provenance.state(key, state);
            }
        }
        let open = states.get(&evaluation_key(&fund)).and_then(ScoringState::as_evaluation);
        let loaded = match open {
            Some(open) => self.version(open).await?,
            None => None,
        };
        let scheme = loaded.as_ref().map(|loaded| loaded.scheme.as_ref());
        let about = self.about(&fund, scheme, rest.iter().map(|(_, finding)| *finding)).await?;
        about.cite(&mut provenance);
        let rows = if request.hypotheses { rows(&states, &fund) } else { Vec::new() };
        let mut filling = page.filling();
        for (place, finding) in rest {
            let (events, event_count) = provenance.of_finding(finding).await?;
            let key = serde_json::to_string(&place).unwrap_or_default();
            let mut shown = to_proto::finding(finding, events, event_count);
            shown.subject_names = about.name(&finding.subject).as_ref().map(pb_names);
            if let Some(scheme) = scheme.filter(|_| request.hypotheses) {
                let hypotheses = hypotheses::of_finding(finding, scheme, &rows);
                shown = to_proto::explained(shown, hypotheses);
            }
            if !filling.add(key, Some(shown)) {
                break;
            }
        }
        let (findings, next_page_token) = filling.end(false);
        let position = states.position.clone();
        Ok(Response::new(pb::ListFindingsResponse { findings, next_page_token, position, total_size }))
    }

    pub(super) async fn finding_changes(
        &self,
        request: pb::ListFindingChangesRequest,
    ) -> Answer<pb::ListFindingChangesResponse> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let filter = finding_filter(&mut fields, request.filter.as_ref());
        let list = format!("changes of findings of {} {filter:?}", request.parent);
        let page = Page::open(&mut fields, request.page_size, &request.page_token, &list);
        let (fund, filter, page) = fields.all((fund, filter, page))?;
        wait(&self.log, &request.wait_for).await?;
        let states = self.read(Query::new()).await?;
        self.fund_there(&fund, &states.position).await?;
        let history = self.log.history(&finding_changes_key(&fund), page.after_position()?, page.limit).await;
        let history = history.map_err(|error| read_status(&error))?;
        let mut filling = page.filling();
        // What came after the snapshot is for the next page.
        for stored in history.rows.iter().filter(|stored| stored.position <= states.head.position) {
            if !filling.add(stored.position.to_string(), change(stored, &filter)) {
                break;
            }
        }
        let (changes, next_page_token) = filling.end(history.more);
        let position = states.position;
        Ok(Response::new(pb::ListFindingChangesResponse { changes, next_page_token, position }))
    }

    pub(super) async fn watch(
        &self,
        request: pb::WatchFindingsRequest,
    ) -> Answer<Watch<pb::WatchFindingsResponse>> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let filter = finding_filter(&mut fields, request.filter.as_ref());
        let after = match request.after.as_str() {
            "" => Some(Position::beginning(crate::domain::LOG)),
            token => match Position::from_token(token) {
                Ok(position) => Some(position),
                Err(error) => {
                    fields.violation("after", "BAD_POSITION", error.to_string());
                    None
                }
            },
        };
        let (fund, filter, after) = fields.all((fund, filter, after))?;
        wait(&self.log, &request.wait_for).await?;
        self.fund_there(&fund, "").await?;
        // A position that is not in the log is refused right away.
        Source::read_after(self.log.as_ref(), &after, 1).await.map_err(|error| read_status(&error))?;
        let (log, key) = (Arc::clone(&self.log), finding_changes_key(&fund));
        let wakes = log.wakes();
        let next = move |after: u64| {
            let (log, key, filter) = (Arc::clone(&log), key.clone(), filter.clone());
            async move {
                let history = log.history(&key, after, PAGE).await.map_err(|error| read_status(&error))?.rows;
                let response = |stored: &StoredEvent| {
                    let position = Position::after(stored).to_token();
                    Some(pb::WatchFindingsResponse { change: Some(change(stored, &filter)?), position })
                };
                let place = history.last().map_or(after, |stored| stored.position);
                Ok((history.iter().filter_map(response).collect(), place))
            }
        };
        Ok(Response::new(jixiao_eventlog::watch(after.position, wakes, self.ending.clone(), next)))
    }
}

/// What hypotheses are tried on, besides the findings: the rows of the evaluation and their projects.
fn with_rows(query: Query, fund: &FundId) -> Query {
    query
        .key(evaluation_key(fund))
        .whole(format!("indicator/{fund}/"), MAX_ROWS)
        .whole(format!("project/{fund}/"), MAX_ROWS)
        .whole(format!("target-place/{fund}/"), MAX_ROWS)
}

/// The rows that [`with_rows`] read. Of a fund with more than that none are used rather than half of them.
fn rows<'s>(states: &'s States, fund: &FundId) -> Vec<Row<'s>> {
    if states.pages[1..=3].iter().any(|page| page.more) {
        return Vec::new();
    }
    let [indicators, projects, places] = [1, 2, 3].map(|page| super::rows_of(states, page));
    let at_key = |rows: &'s [(String, ScoringState)], key: &str| {
        let at = rows.binary_search_by(|(other, _)| other.as_str().cmp(key)).ok()?;
        rows.get(at).map(|(_, state)| state)
    };
    let project_of = |result: &IndicatorResult| {
        let place = at_key(places, &place_key(fund, &result.indicator.target()?))?.as_place()?;
        at_key(projects, &project_key(fund, place.project.as_ref()?))?.as_project()
    };
    let results = indicators.iter().filter_map(|(_, state)| state.as_indicator());
    results.map(|result| Row { result, project: project_of(result) }).collect()
}

/// A change of a finding, if it passes.
fn change(stored: &StoredEvent, filter: &Filter) -> Option<pb::FindingChange> {
    use pb::FindingChangeKind as Kind;
    let Ok(Decoded::Domain(event)) = stored.decode() else { return None };
    let (kind, finding, cause): (Kind, Finding, Cause) = match event {
        ScoringEvent::FindingRaised { finding, cause } => (Kind::Raised, finding, cause),
        ScoringEvent::FindingRevised { finding, cause } => (Kind::Revised, finding, cause),
        ScoringEvent::FindingCleared { finding, cause } => (Kind::Cleared, finding, cause),
        _ => return None,
    };
    filter.passes(&finding).then(|| to_proto::finding_change(stored, kind, &finding, &cause))
}
