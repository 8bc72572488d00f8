//! A log's stream, as its relay sees it.

use std::sync::Arc;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishErrorKind, RequestErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Info, RawMessage};
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Shared;
use super::settings::stream_name;
use crate::broker::{BrokerError, End, Message, Stream};
use crate::cloudevent;
use crate::event::StoredEvent;
use crate::position::Position;

/// Error codes of the JetStream API: no such stream, consumer, message.
const STREAM_NOT_FOUND: u64 = 10_059;
const CONSUMER_NOT_FOUND: u64 = 10_014;
const MESSAGE_NOT_FOUND: u64 = 10_037;

/// The type of a message's body.
const CONTENT: &str = "application/cloudevents+json";

/// A log's stream in JetStream.
pub(super) struct JetStream {
    shared: Arc<Shared>,
    log: &'static str,
    name: String,
}

impl JetStream {
    pub(super) fn new(shared: Arc<Shared>, log: &'static str) -> Self {
        Self { shared, log, name: stream_name(log) }
    }

    /// The message at a sequence, if it is there.
    async fn at(&self, context: &Context, sequence: u64) -> Result<Option<Message>, BrokerError> {
        let subject = format!("STREAM.MSG.GET.{}", self.name);
        let found: Option<Found> = ask(context, subject, &self.name, &json!({ "seq": sequence })).await?;
        Ok(found.map(|Found { message }| Message {
            sequence: message.sequence,
            position: STANDARD.decode(&message.payload).ok().and_then(|body| self.position(&body)),
        }))
    }

    /// The newest message at or before a sequence and not before another.
    async fn newest(
        &self,
        context: &Context,
        sequence: u64,
        first: u64,
    ) -> Result<Option<Message>, BrokerError> {
        let mut sequence = sequence;
        while sequence >= first.max(1) {
            if let Some(message) = self.at(context, sequence).await? {
                return Ok(Some(message));
            }
            sequence -= 1;
        }
        Ok(None)
    }

    async fn info(&self, context: &Context) -> Result<Info, BrokerError> {
        let missing = || BrokerError::Missing(format!("stream {}", self.name));
        let subject = format!("STREAM.INFO.{}", self.name);
        ask(context, subject, &self.name, &json!({})).await?.ok_or_else(missing)
    }

    /// The place in the log that a message's body is, if it is an event of it and what its hash says.
    fn position(&self, body: &[u8]) -> Option<Position> {
        let event = cloudevent::from_json(body).ok()?;
        (event.log == self.log && event.compute_hash() == event.hash).then(|| Position::after(&event))
    }
}

#[derive(Deserialize)]
struct Found {
    message: RawMessage,
}

#[async_trait]
impl Stream for JetStream {
    async fn end(&self) -> Result<End, BrokerError> {
        self.read_end().await.inspect_err(|error| self.shared.doubt(error))
    }

    async fn message(&self, sequence: u64) -> Result<Option<Message>, BrokerError> {
        self.read_message(sequence).await.inspect_err(|error| self.shared.doubt(error))
    }

    async fn publish(
        &self,
        expected: u64,
        after: Option<&Position>,
        events: &[StoredEvent],
    ) -> Result<u64, BrokerError> {
        self.send(expected, after, events).await.inspect_err(|error| self.shared.doubt(error))
    }
}

impl JetStream {
    async fn read_end(&self) -> Result<End, BrokerError> {
        let context = self.shared.context()?;
        let state = self.info(&context).await?.state;
        let last = match state.messages {
            0 => None,
            _ => self.newest(&context, state.last_sequence, state.first_sequence).await?,
        };
        Ok(End { sequence: state.last_sequence, last })
    }

    async fn read_message(&self, sequence: u64) -> Result<Option<Message>, BrokerError> {
        if sequence == 0 {
            // Before the first message; JetStream calls it a bad request.
            return Ok(None);
        }
        let context = self.shared.context()?;
        if let Some(message) = self.at(&context, sequence).await? {
            return Ok(Some(message));
        }
        let first = self.info(&context).await?.state.first_sequence;
        self.newest(&context, sequence.saturating_sub(1), first).await
    }

    async fn send(
        &self,
        expected: u64,
        after: Option<&Position>,
        events: &[StoredEvent],
    ) -> Result<u64, BrokerError> {
        let context = self.shared.context()?;
        let mut answers = Vec::with_capacity(events.len());
        let mut last = after.map(message_id);
        for (event, expected) in events.iter().zip(expected..) {
            let mut message = message(event, expected, &self.name)?;
            if let Some(last) = last.replace(message_id(&Position::after(event))) {
                // A sequence alone may be somebody else's: with this one not taken, nothing after it is.
                message = message.expected_last_message_id(last);
            }
            let sent = context.send_publish(cloudevent::subject(event), message).await;
            answers.push(sent.map_err(|error| self.failed(&error))?);
        }
        let mut sequence = expected;
        for answer in answers {
            let acknowledged = answer.await.map_err(|error| self.failed(&error))?;
            sequence += 1;
            // A message that was known again stands somewhere else: who knows where the stream ends now.
            if acknowledged.sequence != sequence || acknowledged.duplicate {
                return Err(BrokerError::Rejected);
            }
        }
        Ok(sequence)
    }

    fn failed(&self, error: &async_nats::jetstream::context::PublishError) -> BrokerError {
        match error.kind() {
            PublishErrorKind::WrongLastSequence | PublishErrorKind::WrongLastMessageId => {
                BrokerError::Rejected
            }
            PublishErrorKind::StreamNotFound => BrokerError::Missing(format!("stream {}", self.name)),
            _ => BrokerError::Unavailable(error.to_string()),
        }
    }
}

/// The id of the message that an event becomes.
fn message_id(place: &Position) -> String {
    format!("{}@{}", place.position, place.hash)
}

/// An event as a message that has to come right after a sequence of its stream.
fn message(event: &StoredEvent, expected: u64, stream: &str) -> Result<PublishMessage, BrokerError> {
    let body = cloudevent::to_json(event).map_err(|error| BrokerError::Unavailable(error.to_string()))?;
    let mut headers = HeaderMap::new();
    headers.insert("Content-Type", CONTENT);
    for (name, value) in cloudevent::headers(event) {
        headers.insert(name, value);
    }
    Ok(PublishMessage::build()
        .payload(body.into())
        .headers(headers)
        .message_id(message_id(&Position::after(event)))
        .expected_stream(stream)
        .expected_last_sequence(expected))
}

/// Asks the JetStream API; `None` where what was asked for is not there. A missing stream or consumer is an error of its
/// own: `object` names it.
pub(super) async fn ask<V: DeserializeOwned>(
    context: &Context,
    subject: String,
    object: &str,
    request: &serde_json::Value,
) -> Result<Option<V>, BrokerError> {
    match context.request(subject, request).await {
        Ok(Response::Ok(answer)) => Ok(Some(answer)),
        Ok(Response::Err { error }) => match error.error_code().0 {
            MESSAGE_NOT_FOUND => Ok(None),
            STREAM_NOT_FOUND => Err(BrokerError::Missing(format!("stream {object}"))),
            CONSUMER_NOT_FOUND => Err(BrokerError::Missing(format!("consumer {object}"))),
            _ => Err(BrokerError::Unavailable(error.to_string())),
        },
        Err(error) if error.kind() == RequestErrorKind::NoResponders => {
            Err(BrokerError::Unavailable("JetStream does not answer".to_owned()))
        }
        Err(error) => Err(BrokerError::Unavailable(error.to_string())),
    }
}
