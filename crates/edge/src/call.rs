//! One write call, from the request's envelope to the answer.

use jixiao_eventlog::event::{recorded_text, request_hash};
use jixiao_eventlog::trace::{TARGET, continued, passed_on};
use jixiao_eventlog::{Context, Domain, Log, Position, ReadError};
use jixiao_proto::WriteRequest;
use jixiao_proto::jixiao::types::v1 as pb;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Status};
use tracing::{Instrument, Span};

use crate::fields::{Fields, Named};
use crate::status::{Refuse, position_status, status_of};

/// The metadata that names who sends a call. Certificates take its place where services run apart.
pub const ACTOR: &str = "jixiao-actor";

/// Who sends a call that does not say.
const NOBODY: &str = "anonymous";

/// The most positions that one call may wait for.
const MAX_WAITS: usize = 8;

/// Marks the request of a call that is only supposed: its place among those of its simulation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hypothetical {
    pub(crate) place: usize,
}

/// One write call: by which request, from whom, after what.
#[derive(Debug)]
pub struct Call {
    context: Context,
    span: Span,
    wait_for: Vec<Position>,
    named: Named,
}

impl Call {
    /// Opens a call. What is wrong with its envelope is noted in the fields that come with it.
    pub fn open<T: WriteRequest + Message>(request: Request<T>) -> (Self, T, Fields) {
        let mut fields = Fields::new();
        let (metadata, extensions, mut message) = request.into_parts();
        let hypothetical = extensions.get::<Hypothetical>();
        let waits = message.take_wait_for();
        if hypothetical.is_some() && !waits.is_empty() {
            let text = "is said once for the whole simulation, beside its commands";
            fields.violation("wait_for", "NOT_OF_A_COMMAND", text);
        }
        let wait_for = positions(&mut fields, &waits);
        // The message with its type: the same bytes sent to another method are other content.
        let hashed = [T::NAME.as_bytes(), &message.encode_to_vec()].concat();
        let request_id = match hypothetical {
            // One that no client chooses, and the same when the same is supposed again.
            Some(Hypothetical { place }) if message.request_id().is_empty() => {
                request_hash(&[place.to_string().as_bytes(), &hashed].concat())
            }
            _ => fields.required_text("request_id", message.request_id(), 200).unwrap_or_default(),
        };
        if request_id.contains(['@', '\n']) {
            // Requests of the log's own, for deliveries, have an @.
            fields.violation("request_id", "BAD_REQUEST_ID", "must not hold @ or line breaks");
        }
        let text =
            |name: &'static str| metadata.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let came_with = text("traceparent").filter(|text| text.len() <= 200);
        let span = if hypothetical.is_some() {
            Span::none()
        } else {
            tracing::info_span!(target: TARGET, "command", request = T::NAME, request_id)
        };
        let span = continued(span, came_with.as_deref());
        let context = Context {
            request_id,
            request_hash: request_hash(&hashed),
            actor: actor(&mut fields, &metadata),
            causation: None,
            correlation: text("jixiao-correlation").filter(|text| text.len() <= 200),
            trace: passed_on(&span, came_with.as_deref()),
        };
        (Self { context, span, wait_for, named: fields.named() }, message, fields)
    }

    /// By which request and from whom, and the positions to wait for.
    pub fn into_parts(self) -> (Context, Vec<Position>) {
        (self.context, self.wait_for)
    }

    /// By which request and from whom it would come, and the fields that its answer may name.
    pub(crate) fn supposed(self) -> (Context, Named) {
        (self.context, self.named)
    }

    /// Waits for the positions named, executes the command and answers with what its rows give.
    pub async fn execute<D: Domain>(
        self,
        log: &Log<D>,
        name: String,
        command: D::Command,
    ) -> Result<pb::Recorded, Status>
    where
        D::Refusal: Refuse,
    {
        log.wait_for(&self.wait_for).await.map_err(|error| wait_status(&error, &self.wait_for))?;
        let executed = log.execute(command, self.context).instrument(self.span);
        let done = executed.await.map_err(|error| status_of(&error, &self.named))?;
        Ok(pb::Recorded {
            name,
            position: done.position(D::LOG).to_token(),
            event_ids: done.rows.iter().map(|row| row.id.clone()).collect(),
            recorded_time: done.rows.last().map(|row| recorded_text(row.recorded_time)).unwrap_or_default(),
        })
    }
}

fn actor(fields: &mut Fields, metadata: &MetadataMap) -> String {
    match metadata.get(ACTOR).map(|value| value.to_str()) {
        None => NOBODY.to_owned(),
        Some(Ok(actor)) if (1..=100).contains(&actor.len()) => actor.to_owned(),
        Some(_) => {
            fields.violation(ACTOR, "BAD_ACTOR", "has to be 1 to 100 visible ASCII characters");
            NOBODY.to_owned()
        }
    }
}

pub(crate) fn positions(fields: &mut Fields, tokens: &[String]) -> Vec<Position> {
    if tokens.len() > MAX_WAITS {
        fields.violation("wait_for", "TOO_MANY", format!("holds more than {MAX_WAITS} positions"));
        return Vec::new();
    }
    tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| {
            let field = format!("wait_for[{at}]");
            Position::from_token(token)
                .map_err(|error| fields.violation(&field, "BAD_POSITION", error.to_string()))
                .ok()
        })
        .collect()
}

/// For reads of what is only to come: waits until the log reflects these positions.
pub async fn wait<D: Domain>(log: &Log<D>, wait_for: &[String]) -> Result<(), Status> {
    let mut fields = Fields::new();
    let wait_for = positions(&mut fields, wait_for);
    fields.all(())?;
    log.wait_for(&wait_for).await.map_err(|error| wait_status(&error, &wait_for))
}

/// The answer to a wait that failed: a position that is not in its log, or of a log that is not taken in here, is the
/// request's fault.
pub(crate) fn wait_status(error: &ReadError, wait_for: &[Position]) -> Status {
    let (ReadError::UnknownLog { log } | ReadError::OtherHistory { log } | ReadError::PastHead { log }) =
        error
    else {
        return position_status(error, "wait_for");
    };
    let mut of_log =
        (0..).zip(wait_for).filter(|(_, wanted)| wanted.log == *log).map(|(at, _): (usize, _)| at);
    match (of_log.next(), of_log.next()) {
        (Some(at), None) => position_status(error, &format!("wait_for[{at}]")),
        // Which of several it is, the error does not say.
        _ => position_status(error, "wait_for"),
    }
}
