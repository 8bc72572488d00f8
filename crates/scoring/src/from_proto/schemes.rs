//! The life of schemes.

use jixiao_edge::{Call, Fields};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1::Approval;
use tonic::{Request, Status};

use super::{Write, one_line};
use crate::domain::ScoringCommand;
use crate::domain::life::{ApprovedBy, Wanted};

/// A [`ScoringCommand::OpenEvaluation`].
pub fn open_evaluation(request: Request<pb::OpenEvaluationRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let of = fields.evaluated("fund", &message.fund);
    let version = Some(message.version).filter(|version| *version > 0);
    let scheme = if message.scheme.is_empty() {
        if version.is_some() {
            fields.violation("scheme", "REQUIRED", "is required where a version is named");
        }
        None
    } else {
        if !message.region.is_empty() {
            let text = "chooses among schemes: leave it empty where one is named";
            fields.violation("region", "CONTRADICTION", text);
        }
        fields.scheme("scheme", &message.scheme)
    };
    let region = fields.text("region", &message.region, 100);
    let on = fields.optional_date("on", &message.on);
    let (of,) = fields.all((of,))?;
    let name = of.resource();
    Ok((call, name, ScoringCommand::OpenEvaluation { of, wanted: Wanted { scheme, version, region, on } }))
}

/// A [`ScoringCommand::ApproveScheme`].
pub fn approve_scheme(request: Request<pb::ApproveSchemeRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let scheme = fields.scheme("name", &message.name);
    let version = version(&mut fields, message.version);
    if message.approval.is_none() {
        fields.approval("approval", None);
    }
    let approved = approved(&mut fields, message.approval.as_ref(), &message.document);
    let (scheme, version, approved) = fields.all((scheme, version, approved))?;
    let name = scheme.resource();
    Ok((call, name, ScoringCommand::ApproveScheme { scheme, version, approved }))
}

/// A [`ScoringCommand::WithdrawScheme`].
pub fn withdraw_scheme(request: Request<pb::WithdrawSchemeRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let scheme = fields.scheme("name", &message.name);
    let version = version(&mut fields, message.version);
    let reason = fields.required_text("reason", &message.reason, 2_000);
    let on = fields.date("on", &message.on);
    let (scheme, version, reason, on) = fields.all((scheme, version, reason, on))?;
    let name = scheme.resource();
    Ok((call, name, ScoringCommand::WithdrawScheme { scheme, version, reason, on }))
}

/// On what a version is approved.
pub(super) fn approved(
    fields: &mut Fields,
    approval: Option<&Approval>,
    document: &str,
) -> Option<ApprovedBy> {
    let approval = fields.optional_approval("approval", approval);
    let document = fields.text("document", document, 200);
    let document = one_line(fields, "document", document);
    Some(ApprovedBy { approval: approval?, document })
}

/// A version that has to be named: what was read is what is decided on, not what was loaded meanwhile.
fn version(fields: &mut Fields, version: u32) -> Option<u32> {
    if version == 0 {
        fields.violation("version", "REQUIRED", "is required: name the version that was read");
    }
    Some(version).filter(|version| *version > 0)
}
