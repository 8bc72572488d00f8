//! Scores side by side, and the record of an evaluation.

use jixiao_edge::{Shape, asked, not_found};
use jixiao_eventlog::{Decoded, Query, StoredEvent};
use jixiao_events::scoring::{EvaluationDescribed, Fact, IndicatorResult, Scorer, ScoringEvent};
use jixiao_events::targets::ScoreSubject;
use jixiao_events::{Evaluated, IndicatorId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Response, Status};

use super::reader::Reader;
use super::{Answer, Scoring, States};
use crate::domain::state::{
    Cited, ScoringState, SelfScore, described_key, evaluation_key, fund_key, given_key, indicator_key,
    judged_key, place_key, project_key, self_key, target_key,
};
use crate::{from_proto, to_proto};

/// The scores that people gave to an indicator.
#[derive(Default)]
pub(super) struct Beside {
    /// Its unit.
    pub(super) own: Option<pb::Score>,
    /// The reviewer.
    pub(super) reviewer: Option<pb::Score>,
    /// The finance bureau.
    pub(super) finance: Option<pb::Score>,
}

impl Beside {
    /// Those of reviewer and finance bureau, from a state.
    pub(super) fn given(state: Option<&ScoringState>) -> Self {
        let Some(given) = state.and_then(ScoringState::as_given) else { return Self::default() };
        let by = |by: Scorer| given.by(by).map(|given| to_proto::given_score(by, given));
        Self { own: None, reviewer: by(Scorer::Reviewer), finance: by(Scorer::Finance) }
    }

    /// An indicator with them.
    pub(super) fn put(self, mut indicator: pb::Indicator) -> pb::Indicator {
        (indicator.self_given, indicator.reviewer, indicator.finance) =
            (self.own, self.reviewer, self.finance);
        indicator
    }
}

/// The self-score that an indicator has, among states that were read: its own, or its target's.
fn own_score<'s>(states: &'s States, of: &Evaluated, indicator: &IndicatorId) -> Option<&'s SelfScore> {
    let own = states.get(&self_key(of, indicator)).and_then(ScoringState::as_self_score);
    own.or_else(|| {
        let place = states.get(&place_key(&of.fund, &indicator.target()?))?.as_place()?;
        states.get(&target_key(place))?.as_target()?.self_score.as_ref()
    })
}

/// The self-scores of indicators, in their order, with author, date and reason. Two reads, however many there are.
pub(super) async fn own_scores(
    reader: &Reader<'_>,
    of: &Evaluated,
    results: &[&IndicatorResult],
) -> Result<Vec<Option<pb::Score>>, Status> {
    let with = results.iter().filter(|result| result.self_score.is_some());
    let with: Vec<_> = with.map(|result| &result.indicator).collect();
    if with.is_empty() {
        return Ok(vec![None; results.len()]);
    }
    let places: Vec<_> =
        with.iter().filter_map(|indicator| Some(place_key(&of.fund, &indicator.target()?))).collect();
    let places_read = reader.read(Query::new().keys(places.clone())).await?;
    let targets = places.iter().filter_map(|key| places_read.get(key)?.as_place()).map(target_key);
    let query = Query::new().keys(with.iter().map(|indicator| self_key(of, indicator)));
    let states = reader.read(query.keys(targets.collect::<Vec<_>>()).keys(places)).await?;
    let score = |result: &&IndicatorResult| {
        let own = own_score(&states, of, &result.indicator)?;
        // A later one than the answer is of is not shown with it.
        (Some(own.score) == result.self_score).then(|| to_proto::self_score(own))
    };
    Ok(results.iter().map(score).collect())
}

impl Scoring {
    /// The history of an indicator's scores.
    pub(super) async fn scores(&self, request: pb::ListScoresRequest) -> Answer<pb::ListScoresResponse> {
        let (of, indicator, list) = from_proto::scores(&request)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &of.fund).await?;
        let own = [indicator_key(&of, &indicator), given_key(&of, &indicator)];
        let place = indicator.target().map(|target| place_key(&of.fund, &target));
        let query = Query::new().key(evaluation_key(&of)).keys(own.clone()).keys(place.clone());
        let states = reader.read(query).await?;
        let is_there = own.iter().any(|key| states.get(key).is_some());
        if !is_there {
            return Err(not_found("indicator", of.indicator(&indicator), &states.position));
        }
        let result = states.get(&own[0]).and_then(ScoringState::as_indicator);
        // A node's own self-score is under its path; a target's with its target.
        let mut keys = own.to_vec();
        keys.push(judged_key(&of, &indicator));
        keys.push(self_key(&of, &indicator));
        let place = place.and_then(|place| states.get(&place)).and_then(ScoringState::as_place);
        let is_target = result.is_none_or(|result| result.input("target").is_some());
        keys.extend(place.filter(|_| is_target).map(target_key));
        let shown = |stored: &StoredEvent| {
            Ok(match stored.decode() {
                Ok(Decoded::Domain(event)) => score_of(stored, &event, &indicator),
                _ => None,
            })
        };
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let wanted = (keys.as_slice(), states.head.position, moment);
        let (scores, next_page_token) = list.histories(&self.log, wanted, shown).await?;
        Ok(Response::new(pb::ListScoresResponse { scores, next_page_token, position: states.position }))
    }

    /// How an evaluation was described.
    pub(super) async fn records(
        &self,
        request: pb::ListEvaluationRecordsRequest,
    ) -> Answer<pb::ListEvaluationRecordsResponse> {
        let (of, list) =
            from_proto::evaluated_list("evaluation records", &request, &request.parent, Shape::default())?;
        let fund = &of.fund;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::facts(&self.log, moment).await?;
        let known = match &of.project {
            Some(project) => project_key(fund, project),
            None => fund_key(fund),
        };
        let states = reader.read(Query::new().key(&known)).await?;
        if states.get(&known).is_none() {
            let what = if of.project.is_some() { "project" } else { "fund" };
            return Err(not_found(what, of.resource(), &states.position));
        }
        let shown = |stored: &StoredEvent| {
            Ok(match stored.decode() {
                Ok(Decoded::Domain(ScoringEvent::EvaluationDescribed(EvaluationDescribed {
                    record,
                    ..
                }))) => Some(to_proto::record(&record, &stored.actor, &stored.id, stored.recorded_text())),
                _ => None,
            })
        };
        let key = described_key(&of);
        let wanted = (key.as_str(), states.head.position, moment);
        let (records, next_page_token) = list.history(&self.log, wanted, shown).await?;
        let position = states.position;
        Ok(Response::new(pb::ListEvaluationRecordsResponse { records, next_page_token, position }))
    }
}

/// What an event says of an indicator's scores; `None` where it says nothing.
fn score_of(stored: &StoredEvent, event: &ScoringEvent, indicator: &IndicatorId) -> Option<pb::Score> {
    match event {
        ScoringEvent::ScoreRecorded(recorded) if recorded.indicator == *indicator => {
            Some(to_proto::recorded_score(stored, recorded))
        }
        ScoringEvent::ManualScoreSet { score, reason, on, evidence, .. } => {
            Some(to_proto::judged_score(stored, Some(*score), None, (reason, *on, evidence)))
        }
        ScoringEvent::IndicatorJudged { judgement, reason, on, evidence, .. } => {
            Some(to_proto::judged_score(stored, None, Some(judgement), (reason, *on, evidence)))
        }
        ScoringEvent::EvaluationChanged(change) => {
            let now = change.indicators.iter().find(|now| now.indicator == *indicator)?;
            let before = change.before.iter().find(|before| before.indicator == *indicator);
            let moved = before.is_none_or(|before| before.score != now.score);
            moved.then(|| to_proto::computed_score(stored, now.score))
        }
        ScoringEvent::SourceTakenIn { source, event_type, facts } => {
            // Of a project or of its fund: the histories that are read are of one of both.
            let is_own = |subject: &ScoreSubject| match subject {
                ScoreSubject::Target { target } => indicator.target().as_ref() == Some(&target.target),
                ScoreSubject::Indicator { indicator: of }
                | ScoreSubject::ProjectIndicator { indicator: of, .. } => of == indicator,
            };
            facts.iter().find_map(|fact| match fact {
                Fact::SelfScore { subject, score, on, reason, .. } if is_own(subject) => {
                    let (reason, event) = (reason.clone(), Cited::source(source, event_type));
                    let (score, on, version) = (*score, *on, None);
                    Some(to_proto::self_score(&SelfScore { score, reason, version, on, event }))
                }
                _ => None,
            })
        }
        _ => None,
    }
}
