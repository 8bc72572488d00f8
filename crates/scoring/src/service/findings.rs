//! Findings over gRPC: lists, their history, and watches.

use std::collections::BTreeMap;

use jixiao_edge::{Fields, Listing, Passing, Shape, asked, not_found, pb_names, read_status, wait};
use jixiao_eventlog::{Decoded, Moment, Query, StoredEvent, Watch};
use jixiao_events::FundId;
use jixiao_events::finding::Finding;
use jixiao_events::scoring::{Cause, ScoringEvent};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Response, Status};

use super::hypotheses as tried;
use super::reader::Reader;
use super::{Answer, EVENTS_LISTED, SUMS, Scoring, States, figures_of, page_of};
use crate::domain::answer::Answers;
use crate::domain::figures;
use crate::domain::state::{
    ScoringState, answers_key, evaluation_key, finding_changes_key, finding_tag, fund_key,
};
use crate::findings::CHECKS;
use crate::from_proto::{self, CHANGES, FINDINGS, known_findings};
use crate::hypotheses;
use crate::provenance::Provenance;
use crate::to_proto;

impl Scoring {
    /// A snapshot in which a fund is known.
    pub(super) async fn fund_there(&self, fund: &FundId, moment: Moment) -> Result<States, Status> {
        let query = Query::new().key(fund_key(fund)).at(moment);
        let states = self.log.read(query).await.map_err(|error| read_status(&error))?;
        let there = states.get(&fund_key(fund)).is_some();
        if there { Ok(states) } else { Err(not_found("fund", fund.resource(), &states.position)) }
    }

    pub(super) fn checks(request: &pb::ListChecksRequest) -> Answer<pb::ListChecksResponse> {
        let list = from_proto::list("checks", request, Shape::default())?;
        let rows =
            (0_u32..).zip(CHECKS).map(|(at, check)| (format!("{at:04}"), Some(to_proto::check(check))));
        let (checks, next_page_token) = list.page(list.choose(rows, false)?);
        Ok(Response::new(pb::ListChecksResponse { checks, next_page_token }))
    }

    pub(super) async fn findings(
        &self,
        request: pb::ListFindingsRequest,
    ) -> Answer<pb::ListFindingsResponse> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let name = format!("findings of {}", request.parent);
        let list = Listing::<pb::Finding>::open_as(&mut fields, &request, &name, FINDINGS);
        let known = known_findings(&mut fields, list.as_ref().map(Listing::passing), "");
        let (fund, list, ()) = fields.all((fund, list, known))?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &fund).await?;
        // An order over all of them needs all of them.
        let query = Query::new()
            .key(fund_key(&fund))
            .key(evaluation_key(&fund))
            .keys(figures::keys(&fund))
            .whole(format!("findings/{fund}/"), None, usize::MAX)
            .whole(format!("answers/{fund}/"), None, usize::MAX);
        let query = if request.hypotheses {
            tried::rows(query.page(format!("sum/{fund}/"), None, SUMS), &fund, &tried::KINDS)
        } else {
            query
        };
        let states = reader.read(query).await?;
        let missing = || not_found("fund", fund.resource(), &states.position);
        states.get(&fund_key(&fund)).map(drop).ok_or_else(missing)?;
        let whole = page_of(&states, &format!("findings/{fund}/"));
        let of_scopes = whole.rows.iter().filter_map(|(_, state)| ScoringState::as_findings(state));
        let (mut heads, mut by_name) = (Vec::new(), BTreeMap::new());
        let answers = answers(&states, &fund);
        let answer = |finding: &Finding| {
            let of_scope = answers.get(answers_key(&fund, &finding.subject).as_str())?;
            of_scope.get(&finding_tag(finding)).map(to_proto::given)
        };
        for finding in of_scopes.flat_map(|of_scope| of_scope.values().map(AsRef::as_ref)) {
            // Events are looked for where a finding is on this page.
            let mut head = to_proto::finding(finding, Vec::new(), 0);
            head.answer = answer(finding);
            by_name.insert(head.name.clone(), finding);
            heads.push((format!("{} {}", head.subject, head.code), Some(head)));
        }
        let chosen = list.choose(heads, whole.more)?;
        let total_size = i64::try_from(chosen.total).unwrap_or(i64::MAX);
        let finding = |(key, head): (String, Option<pb::Finding>)| Some((key, *by_name.get(&head?.name)?));
        let page: Vec<(String, &Finding)> = chosen.rows.into_iter().filter_map(finding).collect();
        let mut provenance = Provenance::new(&self.log, &fund, EVENTS_LISTED, (states.head.position, moment));
        for key in figures::keys(&fund) {
            if let Some(state) = states.get(&key) {
                provenance.state(key, state);
            }
        }
        let loaded = reader.open_scheme(&fund, &states).await?;
        let scheme = loaded.as_ref().map(|loaded| loaded.scheme.as_ref());
        let about = reader.about(&fund, scheme, page.iter().map(|(_, finding)| *finding)).await?;
        about.cite(&mut provenance);
        let figures = request.hypotheses.then(|| {
            let mut figures = figures_of(&fund, &states, loaded.as_ref());
            tried::add_scopes(&mut figures, &states);
            figures
        });
        let facts = figures.as_ref().map(|figures| tried::facts(&states, figures));
        let mut filling = list.filling();
        for (key, finding) in page {
            let (events, event_count) = provenance.of_finding(finding).await?;
            let mut shown = to_proto::finding(finding, events, event_count);
            shown.answer = answer(finding);
            shown.subject_names = about.name(&finding.subject).as_ref().map(pb_names);
            if let Some(facts) = &facts {
                shown = to_proto::explained(shown, hypotheses::of_finding(finding, facts));
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
        let name = format!("changes of findings of {}", request.parent);
        let list = Listing::<pb::FindingChange>::open_as(&mut fields, &request, &name, CHANGES);
        let known = known_findings(&mut fields, list.as_ref().map(Listing::passing), "finding.");
        let (fund, list, ()) = fields.all((fund, list, known))?;
        let moment = asked(&self.log, &request).await?;
        let states = self.fund_there(&fund, moment).await?;
        let key = finding_changes_key(&fund);
        let changes = |stored: &StoredEvent| Ok(change(stored));
        let (changes, next_page_token) =
            list.history(&self.log, (&key, states.head.position, moment), changes).await?;
        let position = states.position;
        Ok(Response::new(pb::ListFindingChangesResponse { changes, next_page_token, position }))
    }

    pub(super) async fn watch(
        &self,
        request: pb::WatchFindingsRequest,
    ) -> Answer<Watch<pb::WatchFindingsResponse>> {
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let passing = Passing::read(&mut fields, "filter", &request.filter, CHANGES);
        let known = known_findings(&mut fields, passing.as_ref(), "finding.");
        let after = from_proto::watched_after(&mut fields, &request.after);
        let (fund, passing, (), after) = fields.all((fund, passing, known, after))?;
        wait(&self.log, &request.wait_for).await?;
        let told = move |stored: &StoredEvent, position| {
            let change = change(stored).filter(|change| passing.passes(change))?;
            Some(pb::WatchFindingsResponse { change: Some(change), position })
        };
        self.watched(&fund, finding_changes_key(&fund), after, told).await
    }
}

/// The answers that hold, by the key of their findings' scope.
fn answers<'s>(states: &'s States, fund: &FundId) -> BTreeMap<&'s str, &'s Answers> {
    let rows = page_of(states, &format!("answers/{fund}/")).rows.iter();
    rows.filter_map(|(key, state)| Some((key.as_str(), state.as_answers()?))).collect()
}

/// A change of a finding, if the event is one.
fn change(stored: &StoredEvent) -> Option<pb::FindingChange> {
    use pb::FindingChangeKind as Kind;
    let Ok(Decoded::Domain(event)) = stored.decode() else { return None };
    let (kind, finding, cause): (Kind, Finding, Cause) = match event {
        ScoringEvent::FindingRaised { finding, cause } => (Kind::Raised, finding, cause),
        ScoringEvent::FindingRevised { finding, cause, .. } => (Kind::Revised, finding, cause),
        ScoringEvent::FindingCleared { finding, cause } => (Kind::Cleared, finding, cause),
        ScoringEvent::FindingAnswered { finding, answer } => {
            return Some(to_proto::finding_answered(stored, &finding, &answer));
        }
        _ => return None,
    };
    Some(to_proto::finding_change(stored, kind, &finding, &cause))
}
