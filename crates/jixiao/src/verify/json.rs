//! A verification for programs.

use jixiao_events::FundId;
use jixiao_proto::jixiao::scoring::v1 as pb;
use serde_json::{Value, json};

use super::claim;
use crate::findings::Hypothesis;
use crate::import::ClaimsFile;
use crate::output::Event;

/// The whole answer as one value.
pub(super) fn written(fund: &FundId, answer: &pb::VerifyClaimsResponse, file: Option<&ClaimsFile>) -> Value {
    let counts = answer.counts.unwrap_or_default();
    json!({
        "fund": fund,
        "results": answer.results.iter().map(|result| self::result(answer, result)).collect::<Vec<_>>(),
        "relations": answer.relations.iter().map(|one| relation(answer, one)).collect::<Vec<_>>(),
        "counts": {
            "match": counts.r#match,
            "truncated": counts.truncated,
            "mismatch": counts.mismatch,
            "not_computable": counts.not_computable,
            "agrees": counts.agrees,
            "disagrees": counts.disagrees,
            "part_not_stated": counts.part_not_stated,
        },
        "left_out": {
            "other_funds": file.map_or(0, |file| file.other_funds),
            "without_fund": file.map_or(0, |file| file.without_fund),
        },
        "position": answer.position,
    })
}

fn stated(answer: &pb::VerifyClaimsResponse, at: u32) -> Value {
    claim(answer, at).map_or(Value::Null, |claim| {
        json!({
            "quantity": claim.quantity,
            "stated": claim.stated,
            "value": claim.value,
            "unit": claim.unit,
            "place": claim.place,
        })
    })
}

fn result(answer: &pb::VerifyClaimsResponse, result: &pb::ClaimResult) -> Value {
    let readings = result.readings.iter().map(|reading| {
        let text = reading.missing_text.clone().unwrap_or_default();
        json!({
            "name": reading.name,
            "value": reading.value,
            "rounded": reading.rounded,
            "fit": word(reading.fit().as_str_name(), "CLAIM_FIT_"),
            "numerator": reading.numerator,
            "denominator": reading.denominator,
            "incomplete": reading.incomplete,
            "missing": reading.missing,
            "missing_text": { "zh": text.zh, "en": text.en },
            "event_count": reading.event_count,
            "events": reading.events.iter().map(Event::of).collect::<Vec<_>>(),
        })
    });
    let names = result.quantity_names.clone().unwrap_or_default();
    json!({
        "claim": stated(answer, result.claim),
        "quantity_names": { "zh": names.zh, "en": names.en },
        "outcome": word(result.outcome().as_str_name(), "CLAIM_OUTCOME_"),
        "readings": readings.collect::<Vec<_>>(),
        "hypotheses": result.hypotheses.iter().map(Hypothesis::of).collect::<Vec<_>>(),
        "hypotheses_fit": result.hypotheses_fit,
        "hypotheses_tried": result.hypotheses_tried,
    })
}

fn relation(answer: &pb::VerifyClaimsResponse, relation: &pb::ClaimRelation) -> Value {
    let at = |claim: Option<u32>| claim.map_or(Value::Null, |claim| stated(answer, claim));
    let terms = relation.terms.iter().map(|term| {
        json!({
            "quantity": term.quantity,
            "role": word(term.role().as_str_name(), "TERM_ROLE_"),
            "claim": at(term.claim),
            "would_be": term.would_be,
        })
    });
    let reproduced = relation.reproduced_by.iter().map(|candidate| {
        json!({
            "quantity": candidate.quantity,
            "role": word(candidate.role().as_str_name(), "TERM_ROLE_"),
            "value": candidate.value,
            "claim": at(candidate.claim),
            "reading": candidate.reading,
        })
    });
    json!({
        "kind": word(relation.kind().as_str_name(), "RELATION_KIND_"),
        "quantity": relation.quantity,
        "outcome": word(relation.outcome().as_str_name(), "RELATION_OUTCOME_"),
        "claims": relation.claims.iter().map(|claim| stated(answer, *claim)).collect::<Vec<_>>(),
        "terms": terms.collect::<Vec<_>>(),
        "expected": relation.expected,
        "reproduced_by": reproduced.collect::<Vec<_>>(),
        "hypotheses": relation.hypotheses.iter().map(Hypothesis::of).collect::<Vec<_>>(),
        "hypotheses_fit": relation.hypotheses_fit,
        "hypotheses_tried": relation.hypotheses_tried,
    })
}

/// A value of an enum as programs read it: `not_computable`.
fn word(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_ascii_lowercase()
}
