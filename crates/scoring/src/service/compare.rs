//! An evaluation at two moments: what differs, and the events that count at one of them and not at the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_edge::{Fields, Listing, Shape, not_found, pb_names, reached, read_status, wait};
use jixiao_eventlog::{Between, Decoded, Domain, Moment};
use jixiao_events::scoring::{IndicatorResult, ScoringEvent};
use jixiao_events::{Evaluated, IndicatorId, Names, NodeId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Response, Status};

use super::reader::Reader;
use super::{Answer, Scoring, figures_of, figures_query, rows_of};
use crate::domain::change::stood;
use crate::domain::evaluate::{Slot, final_grade, grade, indicator_slots, target_slots};
use crate::domain::figures::Figures;
use crate::domain::measure::is_of;
use crate::domain::recorded;
use crate::domain::state::{
    LoadedScheme, TOTAL, fund_key, is_computed, project_key, rows, scheme_version_key,
};
use crate::log::ScoringDomain;
use crate::to_proto;

/// The most events of one difference that are answered.
const EVENTS: usize = 100;

/// What is looked for only once a page is chosen.
const DIFFERENCES: Shape = Shape { order: "", late: &["events", "event_count"] };

/// How often two moments are read anew because the log went on between them.
const ATTEMPTS: usize = 5;

/// An evaluation at a moment; without a scheme where none was open.
struct Side {
    position: (String, u64),
    is_known: bool,
    loaded: Option<LoadedScheme>,
    figures: Figures,
    indicators: BTreeMap<IndicatorId, Arc<IndicatorResult>>,
    /// What each is computed from.
    keys: BTreeMap<IndicatorId, Vec<String>>,
}

impl Scoring {
    pub(super) async fn compare(
        &self,
        request: pb::CompareEvaluationsRequest,
    ) -> Answer<pb::CompareEvaluationsResponse> {
        let mut fields = Fields::new();
        let of = fields.evaluated("name", &request.name);
        let of_field = |fields: &mut Fields, name: &str, moment: &Option<pb::Moment>| {
            let pb::Moment { as_of, known_at } = moment.clone().unwrap_or_default();
            let names = [format!("{name}.as_of"), format!("{name}.known_at")];
            fields.moment([&names[0], &names[1]], [&as_of, &known_at])
        };
        let from = of_field(&mut fields, "from", &request.from);
        let to = of_field(&mut fields, "to", &request.to);
        let list = format!("differences of {} {:?}", request.name, (from, to));
        let list = Listing::<pb::IndicatorDifference>::open_as(&mut fields, &request, &list, DIFFERENCES);
        let (of, from, to, list) = fields.all((of, from, to, list))?;
        wait(&self.log, &request.wait_for).await?;
        reached(&self.log, from, "from.known_at").await?;
        reached(&self.log, to, "to.known_at").await?;

        let mut sides = [self.side(&of, from).await?, self.side(&of, to).await?];
        for _ in 1..ATTEMPTS {
            if sides[0].position == sides[1].position {
                break;
            }
            sides = [self.side(&of, from).await?, self.side(&of, to).await?];
        }
        let [before, after] = &sides;
        let position = after.position.0.clone();
        let is_open = |side: &Side| side.loaded.is_some();
        if !sides.iter().any(is_open) {
            let unknown = if of.project.is_some() { "project" } else { "fund" };
            let what = if sides.iter().any(|side| side.is_known) { "evaluation" } else { unknown };
            return Err(not_found(what, of.resource(), &position));
        }

        let all: BTreeSet<&IndicatorId> = before.indicators.keys().chain(after.indicators.keys()).collect();
        let mut differences = Vec::new();
        let mut changed = Vec::new();
        for indicator in all {
            let [was, is] = sides.each_ref().map(|side| side.indicators.get(indicator));
            if was.map(|result| stood(result)) != is.map(|result| stood(result)) {
                changed.push(indicator);
                differences.push((indicator.to_string(), difference(&of, indicator, was, is)));
            }
        }
        let chosen = list.choose(differences, false)?;
        let total_size = i64::try_from(chosen.total).unwrap_or(i64::MAX);
        let between = self.between(&of, &sides, [from, to]).await?;
        let keys_of = |indicator: &IndicatorId| -> BTreeSet<&String> {
            sides.iter().filter_map(|side| side.keys.get(indicator)).flatten().collect()
        };
        let keys_by_indicator: BTreeMap<&IndicatorId, BTreeSet<&String>> =
            changed.iter().map(|indicator| (*indicator, keys_of(indicator))).collect();
        let of_changed: BTreeSet<&String> = keys_by_indicator.values().flatten().copied().collect();
        let of_scheme = |event: &Event| event.keys.iter().any(|key| is_of_scheme(key));
        let is_other =
            |event: &Event| !of_scheme(event) && !event.keys.iter().any(|key| of_changed.contains(key));
        let mut filling = list.filling();
        for (key, shown) in chosen.rows {
            let whole = match shown {
                Some(mut shown) => {
                    let indicator = shown.indicator.parse::<IndicatorId>().ok();
                    let keys = indicator.and_then(|indicator| keys_by_indicator.get(&indicator));
                    let is_behind = |event: &Event| {
                        event.keys.iter().any(|key| keys.is_some_and(|keys| keys.contains(key)))
                    };
                    (shown.events, shown.event_count) = first(&between, is_behind);
                    Some(shown)
                }
                None => None,
            };
            if !filling.add(key, whole) {
                break;
            }
        }
        let (indicators, next_page_token) = filling.end(chosen.more);
        let (scheme_events, _) = first(&between, of_scheme);
        let (other_events, other_event_count) = first(&between, is_other);
        Ok(Response::new(pb::CompareEvaluationsResponse {
            from: at(before),
            to: at(after),
            scheme_events,
            sums: sums(&sides, &changed),
            indicators,
            next_page_token,
            total_size,
            position,
            other_events,
            other_event_count,
        }))
    }

    /// The events about a fund and its schemes that count at one of two moments.
    async fn between(
        &self,
        of: &Evaluated,
        sides: &[Side; 2],
        moments: [Moment; 2],
    ) -> Result<Vec<Event>, Status> {
        let (mut keys, prefixes) = recorded(of);
        let versions = sides.iter().filter_map(|side| side.loaded.as_ref());
        keys.extend(versions.map(|loaded| scheme_version_key(&loaded.scheme.scheme, loaded.version)));
        let read = self.log.between(&keys, &prefixes, sides[1].position.1, moments).await;
        let event = |Between { row, is_left_out }: Between| {
            let (keys, event) = match row.decode() {
                Ok(Decoded::Domain(event)) => (ScoringDomain::keys(&event), Some(event)),
                _ => (row.keys.clone(), None),
            };
            let event = match event {
                Some(ScoringEvent::SourceTakenIn { source, event_type, .. }) => {
                    to_proto::source(&source, &event_type)
                }
                _ => to_proto::own(&row),
            };
            let between = pb::EventBetween { event: Some(event), is_left_out };
            Event { keys: keys.into_iter().collect(), between }
        };
        Ok(read.map_err(|error| read_status(&error))?.into_iter().map(event).collect())
    }

    /// The evaluation of a fund at a moment.
    async fn side(&self, of: &Evaluated, moment: Moment) -> Result<Side, Status> {
        // Of a copy, and given back before the other moment is read: no request holds two of the log's connections.
        let reader = Reader::of_copy(&self.log, moment, &of.fund).await?;
        let [indicators, places] = [rows("indicator", of), rows("target-place", &of.fund)];
        let known = match &of.project {
            Some(project) => project_key(&of.fund, project),
            None => fund_key(&of.fund),
        };
        let query = figures_query(of).key(&known).whole(&indicators, None, usize::MAX).whole(
            &places,
            None,
            usize::MAX,
        );
        let states = reader.read(query).await?;
        let loaded = reader.open_scheme(of, &states).await?;
        let figures = figures_of(of, &states, loaded.as_ref());
        let results = rows_of(&states, of, "indicator").iter();
        let results = results.filter_map(|(_, state)| state.as_indicator());
        let indicators: BTreeMap<_, _> =
            results.map(|result| (result.indicator.clone(), Arc::clone(result))).collect();
        let targets =
            rows_of(&states, &of.fund, "target-place").iter().filter_map(|(_, state)| state.as_place());
        let targets = targets.filter(|target| is_of(of, target));
        let mut slots: BTreeMap<IndicatorId, Slot<'_>> = BTreeMap::new();
        if let Some(LoadedScheme { scheme, .. }) = &loaded {
            let of_targets = targets.flat_map(|target| target_slots(scheme, target));
            let all = indicator_slots(scheme).chain(of_targets).map(|slot| (slot.indicator(), slot));
            slots.extend(all.filter(|(indicator, _)| indicators.contains_key(indicator)));
        }
        // All at once, so that each round of keys is one read.
        reader.follow(|states| slots.values().flat_map(|slot| slot.keys(of, states)).collect()).await?;
        let mut keys = BTreeMap::new();
        for (indicator, slot) in &slots {
            let mut of_slot = reader.follow(|states| slot.keys(of, states)).await?;
            of_slot.retain(|key| !is_computed(key));
            keys.insert(indicator.clone(), of_slot);
        }
        let is_known = states.get(&known).is_some();
        let position = (states.position.clone(), states.head.position);
        Ok(Side { position, is_known, loaded, figures, indicators, keys })
    }
}

/// An event that counts at one of the moments, with the keys that it belongs to.
struct Event {
    keys: BTreeSet<String>,
    between: pb::EventBetween,
}

/// The first of the events of one kind, and how many there are.
fn first(events: &[Event], wanted: impl Fn(&Event) -> bool) -> (Vec<pb::EventBetween>, u64) {
    let found: Vec<_> = events.iter().filter(|event| wanted(event)).collect();
    let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
    (found.into_iter().take(EVENTS).map(|event| event.between.clone()).collect(), count)
}

/// Whether a key says which scheme is open, or what it is.
fn is_of_scheme(key: &str) -> bool {
    ["evaluation/", "scheme-version/"].iter().any(|kind| key.starts_with(kind))
}

/// What an indicator was and is; its events come once it is on a page.
fn difference(
    of: &Evaluated,
    indicator: &IndicatorId,
    was: Option<&Arc<IndicatorResult>>,
    is: Option<&Arc<IndicatorResult>>,
) -> Option<pb::IndicatorDifference> {
    let name = &is.or(was)?.name;
    let points =
        |result: Option<&Arc<IndicatorResult>>| result.and_then(|result| result.score).unwrap_or_default();
    Some(pb::IndicatorDifference {
        name: of.indicator(indicator),
        indicator: indicator.to_string(),
        names: Some(pb_names(name)),
        before: was.map(|result| to_proto::standing(&stood(result))),
        after: is.map(|result| to_proto::standing(&stood(result))),
        score_change: (points(is) - points(was)).to_string(),
        events: Vec::new(),
        event_count: 0,
    })
}

/// An evaluation in short; `None` where none was open.
fn at(side: &Side) -> Option<pb::EvaluationAt> {
    let loaded = side.loaded.as_ref()?;
    let scheme = &loaded.scheme;
    let total = side.figures.total();
    Some(pb::EvaluationAt {
        scheme: scheme.scheme.resource(),
        scheme_version: loaded.version,
        scheme_names: Some(pb_names(&scheme.name)),
        budget: Some(to_proto::budget(&side.figures)),
        total: total.map(to_proto::sum_change),
        grade: total.and_then(|total| final_grade(scheme, total)).map(to_proto::pb_grade),
        self_grade: total.and_then(|total| grade(scheme, total.self_score)).map(to_proto::pb_grade),
    })
}

/// The sums that differ: of everything first, then in the order of the schemes.
fn sums(sides: &[Side; 2], changed: &[&IndicatorId]) -> Vec<pb::SumDifference> {
    let everything = Names { zh: "合计".to_owned(), en: Some("Total".to_owned()) };
    let mut nodes: Vec<(&str, &Names)> = vec![(TOTAL, &everything)];
    for side in sides.iter().rev() {
        for node in side.loaded.iter().flat_map(|loaded| &loaded.scheme.nodes) {
            if !nodes.iter().any(|(known, _)| *known == node.node.as_str()) {
                nodes.push((node.node.as_str(), &node.name));
            }
        }
    }
    let difference = |(node, name): (&str, &Names)| {
        let id: NodeId = node.parse().ok()?;
        let [before, after] =
            sides.each_ref().map(|side| side.figures.sums.get(&id).map(|sum| to_proto::sum_change(sum)));
        let below = changed.iter().filter(|indicator| node == TOTAL || indicator.is_within(node));
        let indicators = u32::try_from(below.count()).unwrap_or(u32::MAX);
        (before != after).then(|| pb::SumDifference {
            node: node.to_owned(),
            names: Some(pb_names(name)),
            before,
            after,
            indicators,
        })
    };
    nodes.into_iter().filter_map(difference).collect()
}
