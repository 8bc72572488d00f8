//! Explanations: of an indicator, of a group, and of everything.

use jixiao_edge::{asked, not_found};
use jixiao_eventlog::Query;
use jixiao_events::scheme::{Node, NodeBody};
use jixiao_events::scoring::IndicatorResult;
use jixiao_events::{Evaluated, IndicatorId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Response, Status};

use super::explained_sum::is_sum;
use super::members::Members;
use super::reader::Reader;
use super::scores::{Beside, own_scores};
use super::{Answer, Scoring, States, about, measure_of};
use crate::domain::state::{
    Judged, LoadedScheme, ScoringState, TargetFacts, evaluation_key, given_key, indicator_key, judged_key,
    manual_key, place_key, project_key, self_key, target_key,
};
use crate::provenance::{self, Provenance};
use crate::{explain, from_proto, to_proto};

/// The most events behind one input of an explanation.
const EVENTS: u64 = 1_000;

impl Scoring {
    /// Why an indicator has its points.
    pub(super) async fn explained(
        &self,
        request: pb::ExplainIndicatorRequest,
    ) -> Answer<pb::ExplainIndicatorResponse> {
        let (of, indicator) = from_proto::indicator_name(&request.name)?;
        let moment = asked(&self.log, &request).await?;
        let reader = Reader::of_fund(&self.log, moment, &of.fund).await?;
        let states = whole(&reader, &of, &indicator).await?;
        let (open, loaded) = reader.opened(&of, &states).await?;
        if is_sum(&loaded.scheme, &indicator) {
            return self.explained_sum(&reader, moment, &of, &indicator).await;
        }
        let missing = || not_found("indicator", of.indicator(&indicator), &states.position);
        let result = states.get(&indicator_key(&of, &indicator)).and_then(ScoringState::as_indicator);
        let result = result.ok_or_else(missing)?;
        let node = explain::node_of(&loaded.scheme, result).ok_or_else(missing)?;

        let mut provenance = Provenance::new(&self.log, &of, EVENTS, (states.head.position, moment));
        for (key, state) in
            own_keys(&of, &indicator).into_iter().filter_map(|key| Some((key.clone(), states.get(&key)?)))
        {
            provenance.cite_all(about::cited(state));
            provenance.state(key, state);
        }
        let target = target_of(&states, &of, node, &indicator);
        if let Some(facts) = target {
            let project = facts.target.project.as_ref().map(|project| project_key(&of.fund, project));
            let keys = [target_key(&facts.target)].into_iter().chain(project);
            for (key, state) in keys.filter_map(|key| Some((key.clone(), states.get(&key)?))) {
                provenance.cite_all(about::cited(state));
                provenance.state(key, state);
            }
        }
        let members = Members::of_node(&reader, &of, node, &mut provenance).await?;
        let events = provenance.of(result).await?;
        let nothing = Judged::default();
        let judged = states.get(&judged_key(&of, &indicator)).and_then(ScoringState::as_judged);
        let known = explain::Known { judged: judged.unwrap_or(&nothing), target };
        let explained = explain::explain(&loaded.scheme, node, result, &known).ok_or_else(missing)?;
        let mut indicator = shown(&reader, &of, &states, &loaded, result, events).await?;
        indicator.inputs.extend(members.sharing(&loaded.scheme, node, EVENTS));
        indicator.inputs.extend(members.gone_from(&loaded.scheme, &[node], EVENTS));
        let explanation = Some(to_proto::explanation(&open, indicator, &explained));
        let position = states.position.clone();
        Ok(Response::new(pb::ExplainIndicatorResponse { explanation, position }))
    }
}

/// The keys of what an indicator's inputs come from, beside its target.
fn own_keys(of: &Evaluated, indicator: &IndicatorId) -> Vec<String> {
    let own = [manual_key(of, indicator), judged_key(of, indicator), self_key(of, indicator)];
    own.into_iter().chain(provenance::keys(of)).collect()
}

/// Everything that an explanation of an indicator needs, of one snapshot. Where the indicator is a target, its place is
/// read before, and again if it moved in between.
async fn whole(reader: &Reader<'_>, of: &Evaluated, indicator: &IndicatorId) -> Result<States, Status> {
    let place_key = indicator.target().map(|target| place_key(&of.fund, &target));
    let mut target = None;
    loop {
        let query = Query::new()
            .key(evaluation_key(of))
            .key(indicator_key(of, indicator))
            .key(given_key(of, indicator))
            .keys(own_keys(of, indicator))
            .keys(place_key.clone());
        let of_target = target.iter().map(target_key).collect::<Vec<_>>();
        let project =
            target.iter().filter_map(|target: &jixiao_events::targets::TargetRef| target.project.as_ref());
        let projects = project.map(|project| project_key(&of.fund, project)).collect::<Vec<_>>();
        let states = reader.read(query.keys(of_target).keys(projects)).await?;
        let place = place_key.as_ref().and_then(|key| states.get(key)).and_then(ScoringState::as_place);
        if place == target.as_ref() {
            return Ok(states);
        }
        target = place.cloned();
    }
}

/// The target that an indicator of a node is of, as it was read with it.
fn target_of<'s>(
    states: &'s States,
    of: &Evaluated,
    node: &Node,
    indicator: &IndicatorId,
) -> Option<&'s TargetFacts> {
    if !matches!(node.body, NodeBody::EachTarget { .. }) {
        return None;
    }
    let place = states.get(&place_key(&of.fund, &indicator.target()?)).and_then(ScoringState::as_place)?;
    states.get(&target_key(place)).and_then(ScoringState::as_target)
}

/// An indicator with its inputs and what people gave it.
async fn shown(
    reader: &Reader<'_>,
    of: &Evaluated,
    states: &States,
    loaded: &LoadedScheme,
    result: &IndicatorResult,
    events: Vec<(Vec<pb::EventRef>, u64)>,
) -> Result<pb::Indicator, Status> {
    let indicator = to_proto::indicator(of, result, measure_of(loaded, result), events);
    let mut beside = Beside::given(states.get(&given_key(of, &result.indicator)));
    beside.own = own_scores(reader, of, &[result]).await?.into_iter().next().flatten();
    Ok(beside.put(indicator))
}
