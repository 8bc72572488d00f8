//! Requests to answer a finding.

use jixiao_edge::Call;
use jixiao_events::finding::{AnswerKind, FindingAnswer};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Request, Status};

use super::Write;
use crate::domain::ScoringCommand;
use crate::domain::answer::AnswerFinding;

/// The most characters of an answer.
const MAX_CHARS: usize = 2_000;

/// A [`ScoringCommand::AnswerFinding`].
pub fn answer_finding(request: Request<pb::AnswerFindingRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let name = fields.finding("name", &message.name);
    let kind = fields.choice("kind", message.kind, |kind| match kind {
        pb::AnswerKind::Explained => Some(AnswerKind::Explained),
        pb::AnswerKind::Accepted => Some(AnswerKind::Accepted),
        pb::AnswerKind::ToBeRectified => Some(AnswerKind::ToBeRectified),
        pb::AnswerKind::Unspecified => None,
    });
    let text = fields.required_text("text", &message.text, MAX_CHARS);
    let deadline = fields.optional_date("deadline", &message.deadline);
    let on = fields.date("on", &message.on);
    let ((fund, finding), kind, text, on) = fields.all((name, kind, text, on))?;
    let name = fund.finding(&finding);
    let answer = FindingAnswer { kind, text, deadline, on };
    Ok((call, name, ScoringCommand::AnswerFinding(AnswerFinding { fund, finding, answer })))
}
