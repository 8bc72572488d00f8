//! What a stream brings to one consumer: a durable pull consumer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::{Subject, Subscriber};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::Shared;
use super::settings::{MAX_ACK_PENDING, stream_name};
use crate::broker::{BrokerError, Inbox};
use crate::cloudevent;
use crate::event::StoredEvent;

/// Messages of one pull: one batch of the consumer's.
const PULL: usize = 256;

/// The most bytes of one pull.
const PULL_BYTES: usize = 8 * 1024 * 1024;

/// How long the broker holds a pull without a message.
const PULL_WAIT: Duration = Duration::from_secs(5);

/// Says that a message is done with; and that it is not to come again, whatever it was.
const ACK: &str = "+ACK";
const TERM: &str = "+TERM not an event of this log";

/// One consumer's inbox in JetStream.
pub(super) struct PullInbox {
    shared: Arc<Shared>,
    log: &'static str,
    stream: String,
    consumer: &'static str,
    pull: Mutex<Option<Pull>>,
    /// Where to acknowledge what was brought, by position; a position may come more than once.
    open: Mutex<BTreeMap<(u64, u64), Subject>>,
}

/// A pull under way.
struct Pull {
    messages: Subscriber,
    left: usize,
    until: Instant,
    connection: u64,
}

/// What a message of a pull is.
enum Brought {
    Event(Box<StoredEvent>, Option<Subject>),
    Garbage(Option<Subject>),
    Nothing,
    /// The pull came to its end: its time, its messages or its bytes.
    End,
    /// The pull was refused, or cut short.
    Refused(String),
    Missing,
}

impl PullInbox {
    pub(super) fn new(shared: Arc<Shared>, log: &'static str, consumer: &'static str) -> Self {
        let (pull, open) = (Mutex::new(None), Mutex::new(BTreeMap::new()));
        Self { shared, log, stream: stream_name(log), consumer, pull, open }
    }

    /// Asks for messages.
    async fn begin(&self, context: &Context) -> Result<Pull, BrokerError> {
        let client = context.client();
        let unavailable = |error: &dyn std::error::Error| BrokerError::Unavailable(error.to_string());
        let connection = self.shared.connection();
        let inbox = client.new_inbox();
        let messages = client.subscribe(inbox.clone()).await.map_err(|error| unavailable(&error))?;
        let subject = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", self.stream, self.consumer);
        let expires = u64::try_from(PULL_WAIT.as_nanos()).unwrap_or(u64::MAX);
        let request = json!({ "batch": PULL, "max_bytes": PULL_BYTES, "expires": expires }).to_string();
        let sent = client.publish_with_reply(subject, inbox, request.into()).await;
        sent.map_err(|error| unavailable(&error))?;
        // The broker ends a pull in time; a second more is for the way.
        let until = Instant::now() + PULL_WAIT + Duration::from_secs(1);
        Ok(Pull { messages, left: PULL, until, connection })
    }

    fn read(&self, message: async_nats::Message) -> Brought {
        let Some(status) = message.status else {
            return match cloudevent::from_json(&message.payload) {
                Ok(event) if event.log == self.log => Brought::Event(Box::new(event), message.reply),
                _ => Brought::Garbage(message.reply),
            };
        };
        let why = message.description.unwrap_or_default();
        match status.as_u16() {
            100 => Brought::Nothing,
            503 => Brought::Missing,
            409 if why.contains("Deleted") => Brought::Missing,
            // 404 no messages, 408 its time is over.
            404 | 408 => Brought::End,
            409 if why.contains("MaxBytes") || why.contains("Batch Completed") => Brought::End,
            status => Brought::Refused(format!("{status} {why}")),
        }
    }

    /// Ends the pull under way for good.
    fn fail(&self, under_way: &mut Option<Pull>, error: BrokerError) -> BrokerError {
        *under_way = None;
        self.shared.doubt(&error);
        error
    }
}

#[async_trait]
impl Inbox for PullInbox {
    async fn receive(&self) -> Result<Vec<StoredEvent>, BrokerError> {
        let context = self.shared.context()?;
        // Dropped in the middle, nothing is lost: what a pull has left waits in it.
        let mut under_way = self.pull.lock().await;
        if under_way.as_ref().is_some_and(|pull| pull.connection != self.shared.connection()) {
            // The connection that the broker would have answered on is gone.
            *under_way = None;
        }
        let pull = match &mut *under_way {
            Some(pull) => pull,
            none => none.insert(self.begin(&context).await?),
        };
        let mut events = Vec::new();
        let mut ended = false;
        while !ended {
            let next = if events.is_empty() {
                timeout_at(pull.until, pull.messages.next()).await.ok()
            } else {
                pull.messages.next().now_or_never()
            };
            let message = match next {
                // Its time is over and the broker did not say so, or there is no more for now.
                None => {
                    ended = events.is_empty();
                    break;
                }
                Some(None) => {
                    let closed = BrokerError::Unavailable("the connection is closed".to_owned());
                    return Err(self.fail(&mut under_way, closed));
                }
                Some(Some(message)) => message,
            };
            match self.read(message) {
                Brought::Event(event, reply) => {
                    pull.left -= 1;
                    self.note(&event, reply).await;
                    events.push(*event);
                }
                Brought::Garbage(reply) => {
                    pull.left -= 1;
                    tracing::warn!(stream = self.stream, "a message is no event of the log: left out");
                    if let Some(reply) = reply {
                        let _ = context.client().publish(reply, TERM.into()).await;
                    }
                }
                Brought::Nothing => {}
                Brought::End => ended = true,
                // What came before is given first; the next pull is refused again.
                Brought::Refused(_) | Brought::Missing if !events.is_empty() => ended = true,
                Brought::Refused(why) => {
                    return Err(self.fail(&mut under_way, BrokerError::Unavailable(why)));
                }
                Brought::Missing => {
                    let name = format!("consumer {} of the stream {}", self.consumer, self.stream);
                    return Err(self.fail(&mut under_way, BrokerError::Missing(name)));
                }
            }
            ended |= pull.left == 0;
        }
        if ended {
            *under_way = None;
        }
        Ok(events)
    }

    async fn taken_in(&self, position: u64) {
        let mut open = self.open.lock().await;
        let later = open.split_off(&(position.saturating_add(1), 0));
        let taken_in = std::mem::replace(&mut *open, later);
        drop(open);
        // Away, nothing is acknowledged: it comes again and is dropped then.
        let Ok(context) = self.shared.context() else { return };
        for reply in taken_in.into_values() {
            let _ = context.client().publish(reply, ACK.into()).await;
        }
    }
}

impl PullInbox {
    /// Notes where to acknowledge an event.
    async fn note(&self, event: &StoredEvent, reply: Option<Subject>) {
        let Some(reply) = reply else { return };
        // `$JS.ACK.STREAM.CONSUMER.DELIVERED.SEQUENCE.…`, maybe with a domain and an account before.
        let parts: Vec<&str> = reply.split('.').collect();
        let sequence = parts.len().checked_sub(4).and_then(|at| parts[at].parse().ok()).unwrap_or_default();
        let mut open = self.open.lock().await;
        open.insert((event.position, sequence), reply);
        // The broker itself sends no more than so many; more are of a consumer that was made anew.
        while open.len() > 2 * usize::try_from(MAX_ACK_PENDING).unwrap_or(usize::MAX) {
            open.pop_last();
        }
    }
}
