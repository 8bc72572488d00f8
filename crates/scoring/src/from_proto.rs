//! Requests as commands and names; every bad field at once. Public for clients that check before they write.

use std::sync::Arc;

use jixiao_edge::{Call, Fields, Page};
use jixiao_events::{FundId, IndicatorId, SchemeId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Request, Status};

use crate::domain::ScoringCommand;
use crate::scheme;

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
    let (scheme,) = fields.all((read,))?;
    let name = scheme.scheme.resource();
    Ok((call, name, ScoringCommand::LoadScheme { scheme: Arc::new(scheme), text: message.text }))
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

/// A [`ScoringCommand::OpenEvaluation`].
pub fn open_evaluation(request: Request<pb::OpenEvaluationRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let fund = fields.fund("fund", &message.fund);
    let scheme = fields.scheme("scheme", &message.scheme);
    let (fund, scheme) = fields.all((fund, scheme))?;
    let version = Some(message.version).filter(|version| *version > 0);
    Ok((call, fund.resource(), ScoringCommand::OpenEvaluation { fund, scheme, version }))
}

/// A [`ScoringCommand::SetManualScore`].
pub fn set_manual_score(request: Request<pb::SetManualScoreRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let name = fields.indicator("name", &message.name);
    let score = fields.points("score", &message.score);
    let reason = fields.required_text("reason", &message.reason, 2_000);
    let on = fields.date("on", &message.on);
    let ((fund, indicator), score, reason, on) = fields.all((name, score, reason, on))?;
    let name = fund.indicator(&indicator);
    Ok((call, name, ScoringCommand::SetManualScore { fund, indicator, score, reason, on }))
}

/// A [`ScoringCommand::StateFigure`].
pub fn state_figure(request: Request<pb::StateFigureRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let fund = fields.fund("fund", &message.fund);
    let quantity = key_part(&mut fields, "quantity", &message.quantity).filter(|quantity| {
        let is_one = !quantity.contains('/');
        if !is_one {
            fields.violation("quantity", "BAD_QUANTITY", "must not hold /");
        }
        is_one
    });
    let stated = fields.required_text("stated", &message.stated, 200);
    let value = if message.value.is_empty() {
        fields.number("stated", &message.stated)
    } else {
        fields.number("value", &message.value)
    };
    let unit = fields.text("unit", &message.unit, 40);
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

/// A text that becomes part of a key: no line breaks.
fn key_part(fields: &mut Fields, field: &str, value: &str) -> Option<String> {
    fields.required_text(field, value, 200).filter(|text| {
        let is_line = !text.chars().any(char::is_control);
        if !is_line {
            fields.violation(field, "LINE_BREAK", "must not hold line breaks or tabs");
        }
        is_line
    })
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

pub(crate) fn indicator_name(name: &str) -> Result<(FundId, IndicatorId), Status> {
    let mut fields = Fields::new();
    let name = fields.indicator("name", name);
    fields.all((name,)).map(|(name,)| name)
}

/// A page of what belongs to a fund.
pub(crate) fn fund_page(
    list: &str,
    parent: &str,
    page_size: i32,
    page_token: &str,
) -> Result<(FundId, Page), Status> {
    let mut fields = Fields::new();
    let fund = fields.fund("parent", parent);
    let page = Page::open(&mut fields, page_size, page_token, &format!("{list} of {parent}"));
    fields.all((fund, page))
}

pub(crate) fn page(list: &str, page_size: i32, page_token: &str) -> Result<Page, Status> {
    let mut fields = Fields::new();
    let page = Page::open(&mut fields, page_size, page_token, list);
    fields.all((page,)).map(|(page,)| page)
}
