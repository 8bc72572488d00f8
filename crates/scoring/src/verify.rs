//! Claims verified over gRPC: what is read for them, and the answer in its order and bounds.

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_edge::pb_names;
use jixiao_events::Names;
use jixiao_proto::jixiao::scoring::v1 as pb;
use prost::Message;
use tonic::Status;

use crate::claims::names::names;
use crate::claims::relations::{Holds, Relation};
use crate::claims::rounding::Fit;
use crate::claims::{Claim, Outcome, Verification};
use crate::from_proto::{ClaimFilter, natural};
use crate::hypotheses;
use crate::provenance::Provenance;
use crate::to_proto::claims as to_proto;
use crate::to_proto::hypotheses as hypotheses_to_proto;
use jixiao_events::scoring::IndicatorResult;

/// The most claims of one request.
pub const MAX_CLAIMS: usize = 500;

/// The most rows (indicators, projects) that are read for claims.
pub(crate) const MAX_ROWS: usize = 20_000;

/// The most events behind one reading.
pub(crate) const MAX_EVENTS: u64 = 100;

/// The most bytes of events in one answer, so that it fits a message of 4 MiB with the rest; those behind mismatches
/// come first.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// The answer: filtered, sorted, with the events behind each reading. `node` knows the names of the scheme's nodes.
pub(crate) async fn answer(
    claims: Vec<Claim>,
    verified: &Verification,
    filter: &ClaimFilter,
    mut provenance: Provenance<'_>,
    rows: &[Arc<IndicatorResult>],
    facts: Option<&hypotheses::Facts<'_>>,
    node: &(dyn Fn(&str) -> Option<Names> + Sync),
) -> Result<pb::VerifyClaimsResponse, Status> {
    let claim = |at: usize| claims.get(at);
    let sort_key = |at: usize| claim(at).map(|claim| (natural(&claim.place), claim.quantity.clone()));
    let mut shown: Vec<usize> = (0..claims.len())
        .filter(|at| {
            let outcome = verified.results.get(*at).map(|result| result.outcome);
            let quantity = claim(*at).map(|claim| claim.quantity.as_str()).unwrap_or_default();
            filter.has_quantity(quantity) && outcome.is_some_and(|outcome| filter.has_outcome(outcome))
        })
        .collect();
    shown.sort_by_cached_key(|at| (sort_key(*at), verified.results.get(*at).map(|result| result.outcome)));

    let mut results: Vec<pb::ClaimResult> = Vec::with_capacity(shown.len());
    let mut evidence = Vec::new();
    for at in &shown {
        let (Some(claim), Some(checked)) = (claim(*at), verified.results.get(*at)) else { continue };
        let mut readings: Vec<_> = checked.readings.iter().collect();
        readings.sort_by_key(|compared| (compared.value.is_err(), compared.fit));
        for (place, compared) in readings.iter().enumerate() {
            // What accuses is proved first, then what gives a claim, then the rest.
            let urgency = match (checked.outcome, compared.fit) {
                (Outcome::Mismatch, _) => 0,
                (_, Fit::Rounds | Fit::Cuts) => 1,
                _ => 2,
            };
            evidence.push((urgency, results.len(), place, compared.reading.evidence.clone()));
        }
        let explained = facts.map(|facts| hypotheses::of_claim(claim, checked, facts)).unwrap_or_default();
        let (hypotheses, hypotheses_fit, hypotheses_tried) = hypotheses_to_proto(explained);
        results.push(pb::ClaimResult {
            claim: to_proto::place(*at),
            outcome: to_proto::outcome(checked.outcome).into(),
            readings: readings.iter().map(|compared| to_proto::reading(claim, compared)).collect(),
            hypotheses,
            hypotheses_fit,
            hypotheses_tried,
            quantity_names: names(&claim.quantity, node).as_ref().map(pb_names),
        });
    }
    evidence.sort_by_key(|(urgency, result, place, _)| (*urgency, *result, *place));
    let mut bytes = 0;
    for (_, result, place, evidence) in evidence {
        let (events, count) = provenance.of_evidence(&evidence, rows).await?;
        let reading = results.get_mut(result).and_then(|result| result.readings.get_mut(place));
        if let Some(reading) = reading {
            reading.event_count = count;
            for event in events {
                bytes += event.encoded_len() + 4;
                if bytes > MAX_EVENT_BYTES {
                    break;
                }
                reading.events.push(event);
            }
        }
    }

    let mut relations: Vec<&Relation> = verified
        .relations
        .iter()
        .filter(|relation| filter.has_quantity(&relation.quantity) && filter.has_relation(relation.outcome))
        .collect();
    relations.sort_by_cached_key(|relation| {
        let first = relation.claims.first().and_then(|at| sort_key(*at)).map(|(place, _)| place);
        (first, relation.quantity.clone(), relation.outcome, relation.kind)
    });
    let relation = |relation: &Relation| {
        let explained = facts.map(|facts| hypotheses::of_relation(relation, &claims, facts));
        let (hypotheses, hypotheses_fit, hypotheses_tried) =
            hypotheses_to_proto(explained.unwrap_or_default());
        let shown = to_proto::relation(relation);
        pb::ClaimRelation { hypotheses, hypotheses_fit, hypotheses_tried, ..shown }
    };
    let relations = relations.into_iter().map(relation).collect();
    let counts = Some(counts(verified));
    let claims = claims.iter().map(to_proto::claim).collect();
    Ok(pb::VerifyClaimsResponse { claims, results, relations, counts, position: String::new() })
}

fn counts(verified: &Verification) -> pb::ClaimCounts {
    let results = |outcome: Outcome| {
        to_proto::place(verified.results.iter().filter(|result| result.outcome == outcome).count())
    };
    let relations = |outcome: Holds| {
        to_proto::place(verified.relations.iter().filter(|relation| relation.outcome == outcome).count())
    };
    pb::ClaimCounts {
        r#match: results(Outcome::Match),
        truncated: results(Outcome::Truncated),
        mismatch: results(Outcome::Mismatch),
        not_computable: results(Outcome::NotComputable),
        agrees: relations(Holds::Agrees),
        disagrees: relations(Holds::Disagrees),
        part_not_stated: relations(Holds::PartNotStated),
    }
}

impl ClaimFilter {
    fn has_quantity(&self, quantity: &str) -> bool {
        quantity.starts_with(&self.quantity_prefix)
    }

    fn has_outcome(&self, outcome: Outcome) -> bool {
        has(&self.outcomes, &outcome)
    }

    fn has_relation(&self, outcome: Holds) -> bool {
        has(&self.relations, &outcome)
    }
}

/// Nothing named means all.
fn has<T: Ord>(named: &BTreeSet<T>, one: &T) -> bool {
    named.is_empty() || named.contains(one)
}
