//! What would differ.

use jixiao_edge::pb_names;
use jixiao_events::Evaluated;
use jixiao_events::finding::{Evidence, Finding};
use jixiao_events::scoring::IndicatorResult;
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::{finding, given, number, reference, status};
use crate::domain::answer::Given;

/// An indicator as it stands.
fn standing(result: &IndicatorResult) -> pb::Standing {
    pb::Standing {
        weight: result.weight.to_string(),
        self_score: number(result.self_score),
        score: number(result.score),
        status: status(result.status).into(),
        measured: number(result.measured),
    }
}

/// An indicator that would stand otherwise; `None` where it stands as it did, whatever else it rests on by then.
pub(crate) fn indicator_difference(
    of: &Evaluated,
    before: Option<&IndicatorResult>,
    after: Option<&IndicatorResult>,
    causes: Vec<pb::EventRef>,
) -> Option<pb::SimulatedIndicator> {
    let shown = after.or(before)?;
    let name = of.indicator(&shown.indicator);
    let names = Some(pb_names(&shown.name));
    let (before, after) = (before.map(standing), after.map(standing));
    (before != after).then_some(pb::SimulatedIndicator { name, names, before, after, causes })
}

/// A finding that would be raised, revised, answered or cleared, each time with the answer that it has; `None` where there
/// is neither before nor after.
pub(crate) fn finding_difference(
    before: Option<&(Finding, Option<Given>)>,
    after: Option<&(Finding, Option<Given>)>,
    causes: Vec<pb::EventRef>,
) -> Option<pb::SimulatedFinding> {
    let kind = match (before, after) {
        (None, Some(_)) => pb::FindingChangeKind::Raised,
        (Some((before, _)), Some((after, _))) if before == after => pb::FindingChangeKind::Answered,
        (Some(_), Some(_)) => pb::FindingChangeKind::Revised,
        (Some(_), None) => pb::FindingChangeKind::Cleared,
        (None, None) => return None,
    };
    let shown = |(found, answer): &(Finding, Option<Given>)| pb::Finding {
        answer: answer.as_ref().map(given),
        ..with_events(found)
    };
    Some(pb::SimulatedFinding {
        kind: kind.into(),
        finding: after.or(before).map(shown),
        before: before.filter(|_| after.is_some()).map(shown),
        causes,
    })
}

/// A finding with the events that it names itself.
fn with_events(found: &Finding) -> pb::Finding {
    let events = found.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Event(event) => Some(reference(event)),
        Evidence::Sum { .. } | Evidence::Stated { .. } | Evidence::Node { .. } => None,
    });
    let events: Vec<_> = events.collect();
    let count = u64::try_from(events.len()).unwrap_or(u64::MAX);
    finding(found, events, count)
}
