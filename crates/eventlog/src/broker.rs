//! What a relay and a feed need of a broker. JetStream gives it in a cluster; a simulation gives it under a seed.
//!
//! Whatever is behind it may lose, repeat and reorder messages, and may forget all of them.

use async_trait::async_trait;

use crate::event::StoredEvent;
use crate::position::Position;

/// The stream of one log, as its relay sees it.
#[async_trait]
pub trait Stream: Send + Sync + 'static {
    /// Where the stream ends.
    async fn end(&self) -> Result<End, BrokerError>;

    /// The newest message whose sequence is at most `sequence`; `None` where there is none.
    async fn message(&self, sequence: u64) -> Result<Option<Message>, BrokerError>;

    /// Publishes events one after the other, each right after the one before it, the first right after the message
    /// `expected`: after that very event where `after` names one. Returns the sequence of the last one once all are
    /// acknowledged; [`BrokerError::Rejected`] if one was not taken at its place: then those before it may have been.
    async fn publish(
        &self,
        expected: u64,
        after: Option<&Position>,
        events: &[StoredEvent],
    ) -> Result<u64, BrokerError>;
}

/// Where a stream ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// The sequence of the last message, be it there still or not; 0 in a new stream.
    pub sequence: u64,
    /// The last message, if it is there still.
    pub last: Option<Message>,
}

/// A message of a stream, as far as a relay looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its sequence in the stream.
    pub sequence: u64,
    /// The place in the log that it says it is; `None` where it is no event of the log.
    pub position: Option<Position>,
}

/// What the stream of a source brings to one consumer.
#[async_trait]
pub trait Inbox: Send + Sync + 'static {
    /// Waits for messages and returns those that are there: at most one page, in the order of the stream as far as the
    /// broker kept it, hashes not checked. A message that is no event is left out. Returns an empty page after a while
    /// without news.
    async fn receive(&self) -> Result<Vec<StoredEvent>, BrokerError>;

    /// Says that everything up to a position was taken in, so that it need not be brought again.
    async fn taken_in(&self, position: u64);
}

/// Why a broker did not do as asked. None of these is a reason to stop: the log is the truth and is read instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokerError {
    /// The broker is away or does not answer.
    #[error("the broker is not available: {0}")]
    Unavailable(String),
    /// The stream or the consumer is not there.
    #[error("the broker has no {0}: run `jixiao nats apply`")]
    Missing(String),
    /// A message was not taken at its place: somebody else published.
    #[error("the stream has moved on")]
    Rejected,
}
