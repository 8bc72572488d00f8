//! Requests as commands and names; every bad field at once. Public for clients that check before they write.

mod answer;
mod evaluations;
mod judgement;
mod schemes;

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_edge::{Call, Fields, ListItem, Listing, Passing, Shape};
use jixiao_eventlog::Position;
use jixiao_events::finding::Subject;
use jixiao_events::{Evaluated, FundId, IndicatorId, Number, PartialDate, SchemeId};
use jixiao_proto::ListRequest;
use jixiao_proto::jixiao::scoring::v1 as pb;
use strum::VariantNames;
use tonic::{Request, Status};

pub use self::answer::answer_finding;
pub(crate) use self::evaluations::scores;
pub use self::evaluations::{describe_evaluation, record_score};
pub use self::schemes::{approve_scheme, open_evaluation, withdraw_scheme};
use crate::claims::relations::Holds;
use crate::claims::text::{Contradiction, contradictions};
use crate::claims::{Claim, Outcome};
use crate::domain::{LOG, ScoringCommand};
use crate::findings;
use crate::scheme;
use crate::verify::MAX_CLAIMS;

pub use self::judgement::judge_indicator;

/// The most bytes of descriptions of faults in one answer: an answer's details travel in its trailers, which clients
/// bound at 16 KiB and fewer. What does not fit is counted.
const MAX_FAULTS: usize = 5_000;

/// A write: its call, the name of the resource that it is about, what is asked.
pub type Write = (Call, String, ScoringCommand);

/// A [`ScoringCommand::LoadScheme`].
pub fn load_scheme(request: Request<pb::LoadSchemeRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let file = fields.text("file_name", &message.file_name, 200);
    let read = read_scheme(&mut fields, &message.text, file.as_deref());
    let approved = schemes::approved(&mut fields, message.approval.as_ref(), &message.document);
    if message.approval.is_none() && !message.document.is_empty() {
        fields.violation("approval", "REQUIRED", "is required where a document is named");
    }
    let approved = approved.filter(|_| message.approval.is_some());
    let (scheme,) = fields.all((read,))?;
    let name = scheme.scheme.resource();
    Ok((call, name, ScoringCommand::LoadScheme { scheme: Arc::new(scheme), text: message.text, approved }))
}

fn read_scheme(fields: &mut Fields, text: &str, file: Option<&str>) -> Option<jixiao_events::scheme::Scheme> {
    let faults = match scheme::parse(text) {
        Ok(scheme) => return Some(scheme),
        Err(faults) => faults,
    };
    let file = file.map(|file| format!(" of {file}")).unwrap_or_default();
    let mut bytes = 0;
    let mut fitting = 0;
    for fault in &faults {
        let description = fault.to_string();
        bytes += description.len() + 40;
        if bytes > MAX_FAULTS && fitting > 0 {
            break;
        }
        fields.violation("text", fault.kind.into(), description);
        fitting += 1;
    }
    if fitting < faults.len() {
        let left = faults.len() - fitting;
        fields.violation("text", "MORE_FAULTS", format!("and {left} more faults{file}"));
    }
    None
}

/// A [`ScoringCommand::ReachDate`].
pub fn reach_date(request: Request<pb::ReachDateRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let fund = fields.fund("fund", &message.fund);
    let on = fields.date("on", &message.on).and_then(|on| match on {
        PartialDate::Day(day) => Some(day),
        PartialDate::Year(_) | PartialDate::Month(..) => {
            fields.violation("on", "NOT_A_DAY", format!("{on} is no day: write it as 2019-05-01"));
            None
        }
    });
    let (fund, on) = fields.all((fund, on))?;
    Ok((call, fund.resource(), ScoringCommand::ReachDate { fund, on }))
}

/// The place that a watch goes on from.
pub(crate) fn watched_after(fields: &mut Fields, token: &str) -> Option<Position> {
    if token.is_empty() {
        return Some(Position::beginning(LOG));
    }
    match Position::from_token(token) {
        Ok(position) if position.log == LOG => Some(position),
        Ok(Position { log, .. }) => {
            let text = format!("is a position of the {log} log; one of the {LOG} log is wanted");
            fields.violation("after", "OTHER_LOG", text);
            None
        }
        Err(error) => {
            fields.violation("after", "BAD_POSITION", error.to_string());
            None
        }
    }
}

/// A [`ScoringCommand::SetManualScore`].
pub fn set_manual_score(request: Request<pb::SetManualScoreRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let name = fields.evaluated_indicator("name", &message.name);
    let score = fields.points("score", &message.score);
    let reason = fields.required_text("reason", &message.reason, 2_000);
    let on = fields.date("on", &message.on);
    let evidence = judgement::evidence(&mut fields, &message.evidence);
    let ((of, indicator), score, reason, on, evidence) = fields.all((name, score, reason, on, evidence))?;
    let name = of.indicator(&indicator);
    Ok((call, name, ScoringCommand::SetManualScore { of, indicator, score, reason, on, evidence }))
}

/// A [`ScoringCommand::StateFigure`].
pub fn state_figure(request: Request<pb::StateFigureRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let fund = fields.fund("fund", &message.fund);
    let figure = [&message.quantity, &message.stated, &message.value, &message.unit];
    let Figure { quantity, stated, value, unit } = self::figure(&mut fields, "", figure);
    let basis = fields.required_text("basis", &message.basis, 20).filter(|basis| {
        let is_known = matches!(basis.as_str(), "stated" | "derived");
        if !is_known {
            fields.violation("basis", "UNKNOWN_BASIS", "has to be stated or derived");
        }
        is_known
    });
    let place = key_part(&mut fields, "place", &message.place);
    let (fund, quantity, stated, value, basis, place) =
        fields.all((fund, quantity, stated, value, basis, place))?;
    let name = fund.resource();
    Ok((call, name, ScoringCommand::StateFigure { fund, quantity, value, stated, unit, basis, place }))
}

/// A stated figure as far as it could be read.
struct Figure {
    quantity: Option<String>,
    stated: Option<String>,
    value: Option<Number>,
    unit: Option<String>,
}

/// Reads quantity, stated text, value and unit; `at` is what stands before the fields' names.
fn figure(fields: &mut Fields, at: &str, [quantity, stated, value, unit]: [&String; 4]) -> Figure {
    let name = format!("{at}quantity");
    let quantity = key_part(fields, &name, quantity).filter(|quantity| {
        let is_one = !quantity.contains('/');
        if !is_one {
            fields.violation(&name, "BAD_QUANTITY", "must not hold /");
        }
        is_one
    });
    let text = key_part(fields, &format!("{at}stated"), stated);
    let unit_name = format!("{at}unit");
    let read_unit = fields.text(&unit_name, unit, 40);
    let read_unit = one_line(fields, &unit_name, read_unit);
    let number = match (value.is_empty(), &text) {
        (false, _) => fields.number(&format!("{at}value"), value),
        (true, Some(text)) => fields.number(&format!("{at}stated"), text),
        // What is wrong with the text is said already.
        (true, None) => None,
    };
    if let (Some(text), Some(number)) = (&text, number)
        && (unit.is_empty() || read_unit.is_some())
    {
        for contradiction in contradictions(text, number, read_unit.as_deref()) {
            let (name, other, right) = match contradiction {
                Contradiction::Value => {
                    (format!("{at}value"), value, "the value is the number that is written")
                }
                Contradiction::Unit => (unit_name.clone(), unit, "the unit is what stands behind the number"),
            };
            fields.violation(&name, "CONTRADICTION", format!("\"{other}\" contradicts \"{text}\": {right}"));
        }
    }
    Figure { quantity, stated: text, value: number, unit: read_unit }
}

/// Which results and relations are asked for; nothing named means all.
#[derive(Debug, Clone, Default)]
pub struct ClaimFilter {
    /// Results.
    pub outcomes: BTreeSet<Outcome>,
    /// Relations.
    pub relations: BTreeSet<Holds>,
    /// What their quantities begin with.
    pub quantity_prefix: String,
}

/// The fund, the claims, and which of their results to answer.
pub type Verify = (FundId, Vec<Claim>, ClaimFilter);

/// A request to verify claims.
pub fn verify_claims(request: &pb::VerifyClaimsRequest) -> Result<Verify, Status> {
    let mut fields = Fields::new();
    let fund = fields.fund("fund", &request.fund);
    bounded(request.claims.len())?;
    let mut claims = Vec::with_capacity(request.claims.len());
    for (at, claim) in request.claims.iter().enumerate() {
        let at = format!("claims[{at}].");
        let figure = [&claim.quantity, &claim.stated, &claim.value, &claim.unit];
        let Figure { quantity, stated, value, unit } = self::figure(&mut fields, &at, figure);
        let name = format!("{at}place");
        let place = fields.text(&name, &claim.place, 200);
        let place = one_line(&mut fields, &name, place).unwrap_or_default();
        if let (Some(quantity), Some(stated), Some(value)) = (quantity, stated, value) {
            claims.push(Claim { quantity, stated, value, unit, place });
        }
    }
    let asked = request.filter.clone().unwrap_or_default();
    let mut filter = ClaimFilter { quantity_prefix: asked.quantity_prefix, ..Default::default() };
    for (at, outcome) in asked.outcomes.iter().enumerate() {
        let read = |outcome| match outcome {
            pb::ClaimOutcome::Match => Some(Outcome::Match),
            pb::ClaimOutcome::Truncated => Some(Outcome::Truncated),
            pb::ClaimOutcome::Mismatch => Some(Outcome::Mismatch),
            pb::ClaimOutcome::NotComputable => Some(Outcome::NotComputable),
            pb::ClaimOutcome::Unspecified => None,
        };
        filter.outcomes.extend(fields.choice(&format!("filter.outcomes[{at}]"), *outcome, read));
    }
    for (at, outcome) in asked.relation_outcomes.iter().enumerate() {
        let read = |outcome| match outcome {
            pb::RelationOutcome::Agrees => Some(Holds::Agrees),
            pb::RelationOutcome::Disagrees => Some(Holds::Disagrees),
            pb::RelationOutcome::PartNotStated => Some(Holds::PartNotStated),
            pb::RelationOutcome::Unspecified => None,
        };
        filter.relations.extend(fields.choice(&format!("filter.relation_outcomes[{at}]"), *outcome, read));
    }
    let (fund,) = fields.all((fund,))?;
    Ok((fund, claims, filter))
}

/// Refuses more claims than one request may have, be they sent or stored.
pub(crate) fn bounded(count: usize) -> Result<(), Status> {
    let mut fields = Fields::new();
    if count > MAX_CLAIMS {
        let message = format!("more than the {MAX_CLAIMS} that one request verifies: send them in parts");
        fields.violation("claims", "TOO_MANY_CLAIMS", message);
    }
    fields.all(())
}

/// A text as people sort it: line 9 before line 10.
pub(crate) fn natural(text: &str) -> Vec<(String, String)> {
    let mut parts: Vec<(String, String)> = Vec::new();
    let mut was_digit = true;
    for c in text.chars() {
        if !c.is_ascii_digit() && was_digit {
            parts.push((String::new(), String::new()));
        }
        was_digit = c.is_ascii_digit();
        match parts.last_mut() {
            Some((words, digits)) => {
                if was_digit {
                    digits.push(c);
                } else {
                    words.push(c);
                }
            }
            None => parts.push((String::new(), c.to_string())),
        }
    }
    for (_, digits) in &mut parts {
        *digits = format!("{digits:0>200}");
    }
    parts
}

/// A text that has to be given and is one line.
fn key_part(fields: &mut Fields, field: &str, value: &str) -> Option<String> {
    let text = fields.required_text(field, value, 200);
    one_line(fields, field, text)
}

/// A text in one line that reads as it is stored: no line breaks, no tabs, nothing that turns the direction of what follows.
fn one_line(fields: &mut Fields, field: &str, text: Option<String>) -> Option<String> {
    let text = text?;
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let turns = |c: &char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.contains(is_break) {
        fields.violation(field, "LINE_BREAK", "must not hold line breaks or tabs");
        return None;
    }
    if let Some(bad) = text.chars().find(turns) {
        let bad = format!("holds the control character U+{:04X}", u32::from(bad));
        fields.violation(field, "CONTROL_CHARACTER", bad);
        return None;
    }
    Some(text)
}

/// How the list of findings differs from a plain one.
pub(crate) const FINDINGS: Shape = Shape {
    order: "severity desc, code",
    late: &["subject_names", "events", "event_count", "hypotheses", "hypotheses_fit", "hypotheses_tried"],
};

/// How the history of findings differs from a plain list: a change tells of its finding what its event holds.
pub(crate) const CHANGES: Shape = Shape {
    order: "",
    late: &[
        "finding.answer",
        "finding.subject_names",
        "finding.hypotheses",
        "finding.hypotheses_fit",
        "finding.hypotheses_tried",
    ],
};

/// The most characters of a support category, as in the registry.
pub(crate) const CATEGORY: usize = 200;

/// How the list of schemes differs from a plain one: it shows heads.
pub(crate) const SCHEMES: Shape =
    Shape { order: "", late: &["nodes", "grades", "text", "quantities", "monitoring"] };

/// How the list of indicators differs from a plain one.
pub(crate) const INDICATORS: Shape =
    Shape { order: "", late: &["inputs.events", "inputs.event_count", "self_given"] };

/// A filter of findings that asks for a check or kind of subject which there is none of is a mistake of whoever asks.
/// `before`: the path of the finding in what is listed, `finding.` or nothing.
pub(crate) fn known_findings<T: ListItem>(
    fields: &mut Fields,
    passing: Option<&Passing<T>>,
    before: &str,
) -> Option<()> {
    let passing = passing?;
    let mut are_known = true;
    let mut refuse = |reason, text| {
        are_known = false;
        fields.violation("filter", reason, text);
    };
    for code in passing.wanted(&format!("{before}code")) {
        if findings::check(code).is_none() {
            let code: String = code.chars().take(80).collect();
            refuse("UNKNOWN_CHECK", format!("there is no check \"{code}\": ListChecks lists them"));
        }
    }
    let kinds = Subject::VARIANTS;
    for kind in passing.wanted(&format!("{before}subject_kind")) {
        if !kinds.contains(&kind) {
            refuse("UNKNOWN_KIND", format!("subject_kind is one of {}", kinds.join(", ")));
        }
    }
    are_known.then_some(())
}

pub(crate) fn scheme_name(name: &str) -> Result<SchemeId, Status> {
    let mut fields = Fields::new();
    let scheme = fields.scheme("name", name);
    fields.all((scheme,)).map(|(scheme,)| scheme)
}

pub(crate) fn fund_name(name: &str) -> Result<FundId, Status> {
    let mut fields = Fields::new();
    let fund = fields.fund("name", name);
    fields.all((fund,)).map(|(fund,)| fund)
}

pub(crate) fn evaluated_name(name: &str) -> Result<Evaluated, Status> {
    let mut fields = Fields::new();
    let of = fields.evaluated("name", name);
    fields.all((of,)).map(|(of,)| of)
}

pub(crate) fn indicator_name(name: &str) -> Result<(Evaluated, IndicatorId), Status> {
    let mut fields = Fields::new();
    let name = fields.evaluated_indicator("name", name);
    fields.all((name,)).map(|(name,)| name)
}

/// A list of what belongs to a fund; `what` says of what.
pub(crate) fn fund_list<T: ListItem>(
    what: &str,
    request: &impl ListRequest,
    parent: &str,
    shape: Shape,
) -> Result<(FundId, Listing<T>), Status> {
    let mut fields = Fields::new();
    let fund = fields.fund("parent", parent);
    let list = Listing::open_as(&mut fields, request, &format!("{what} of {parent}"), shape);
    fields.all((fund, list))
}

/// A list of what belongs to an evaluation; `what` says of what.
pub(crate) fn evaluated_list<T: ListItem>(
    what: &str,
    request: &impl ListRequest,
    parent: &str,
    shape: Shape,
) -> Result<(Evaluated, Listing<T>), Status> {
    let mut fields = Fields::new();
    let of = fields.evaluated("parent", parent);
    let list = Listing::open_as(&mut fields, request, &format!("{what} of {parent}"), shape);
    fields.all((of, list))
}

/// A list of what belongs to nothing.
pub(crate) fn list<T: ListItem>(
    what: &str,
    request: &impl ListRequest,
    shape: Shape,
) -> Result<Listing<T>, Status> {
    let mut fields = Fields::new();
    let list = Listing::open_as(&mut fields, request, what, shape);
    fields.all((list,)).map(|(list,)| list)
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;

    /// What is wrong with a figure, as a claim and as a stated figure: fields, reasons, descriptions.
    fn violations([stated, value, unit, place]: [&str; 4]) -> Vec<(String, String, String)> {
        let text = str::to_owned;
        let (stated, value, unit, place) = (text(stated), text(value), text(unit), text(place));
        let (fund, quantity) = (text("funds/a"), text("budget.original"));
        let named = |status: Status| {
            let violations = status.get_details_bad_request().unwrap().field_violations.into_iter();
            let violations = violations.map(|one| {
                let field = one.field.strip_prefix("claims[0].").unwrap_or(&one.field).to_owned();
                (field, one.reason, one.description)
            });
            violations.collect::<Vec<_>>()
        };
        let stating = pb::StateFigureRequest {
            request_id: text("5f0f2f6c-53f5-4b8f-9a1a-0d6f3c8b7e11"),
            fund: fund.clone(),
            quantity: quantity.clone(),
            stated: stated.clone(),
            value: value.clone(),
            unit: unit.clone(),
            place: place.clone(),
            basis: text("stated"),
            ..Default::default()
        };
        let mut stating = Request::new(stating);
        stating.metadata_mut().insert("jixiao-actor", "tester".parse().unwrap());
        let of_stating = state_figure(stating).err().map(named).unwrap_or_default();
        let claims = vec![pb::Claim { quantity, stated, value, unit, place }];
        let of_claim = verify_claims(&pb::VerifyClaimsRequest { fund, claims, ..Default::default() });
        assert_eq!(of_claim.err().map(named).unwrap_or_default(), of_stating);
        of_stating
    }

    #[test]
    fn stated_unit_and_place_are_one_line() {
        for (figure, field, expected) in [
            (["4001\rMATCH", "4001", "万元", "1"], "stated", "LINE_BREAK"),
            (["4001\t", "4001", "万元", "1"], "stated", "LINE_BREAK"),
            (["4001\u{2028}", "4001", "万元", "1"], "stated", "LINE_BREAK"),
            (["4001\u{202e}", "4001", "万元", "1"], "stated", "CONTROL_CHARACTER"),
            (["4001", "", "万\n元", "1"], "unit", "LINE_BREAK"),
            (["4001", "", "万元\u{2066}", "1"], "unit", "CONTROL_CHARACTER"),
            (["4001", "", "万元", "line\n1"], "place", "LINE_BREAK"),
            (["4001", "", "万元", "line \u{2069}1"], "place", "CONTROL_CHARACTER"),
        ] {
            let found = violations(figure);
            let found: Vec<_> =
                found.iter().map(|(field, reason, _)| (field.as_str(), reason.as_str())).collect();
            assert_eq!(found, [(field, expected)], "{figure:?}");
        }
    }

    #[test]
    fn a_value_or_a_unit_that_contradicts_the_text_is_refused() {
        for (figure, expected) in [
            (["4000", "4000", "万元", "1"], vec![]),
            (["约四千", "4000", "万元", "1"], vec![]),
            (["5000", "4000", "万元", "1"], vec![("value", "\"4000\" contradicts \"5000\"")]),
            (["10,000万", "10000", "元", "1"], vec![("unit", "\"元\" contradicts \"10,000万\"")]),
        ] {
            let found = violations(figure);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            for ((field, reason, description), (expected_field, begin)) in found.iter().zip(expected) {
                assert_eq!((field.as_str(), reason.as_str()), (expected_field, "CONTRADICTION"));
                assert!(description.starts_with(begin), "{description}");
            }
        }
    }
}
