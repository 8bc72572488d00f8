//! Following a feed: each of its events becomes one command to the consumer's own log.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::batch::{DeliveryError, ExecuteError};
use crate::domain::{DeliveryFault, Domain};
use crate::feed::Feed;
use crate::lead::{Lead, Turns};
use crate::log::{Log, ReadError};
use crate::position::Position;

/// Events asked for at once: one batch of the consumer's.
const PAGE: usize = 256;

/// The pauses after failures, in milliseconds; the last one repeats.
const BACKOFF: [u64; 6] = [50, 100, 200, 500, 1_000, 2_000];

/// A running feed; dropping it ends it.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Why a feed stopped for good. Only an upgrade, or an operator, sets it going again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Stopped {
    #[error("{0}")]
    Fault(#[from] DeliveryFault),
    #[error("the source's history is not the one that was taken in: {0}")]
    Fork(String),
    #[error("the rules refuse an event that was accepted at its source: {0}")]
    Refused(String),
}

/// What a round of deliveries came to.
enum Round {
    /// Up to a position; `repeated` if another replica was faster with some of it.
    Delivered {
        to: Position,
        repeated: bool,
    },
    NoNews(Position),
    Failed,
}

/// Takes in a source's events for as long as the returned handle lives: freely while this replica leads, else now and then.
pub fn follow<D: Domain>(consumer: Arc<Log<D>>, feed: Arc<dyn Feed>, lead: Arc<Lead>) -> Following {
    Following(tokio::spawn(async move {
        let mut failures = 0;
        let mut turns = Turns::new(lead);
        // Where this replica's own deliveries ended.
        let mut own: Option<Position> = None;
        loop {
            turns.next().await;
            let round = match consumer.checkpoint(feed.log()).await {
                Ok(after) => {
                    if own.as_ref().is_some_and(|own| *own != after) {
                        turns.worked(false);
                    }
                    own = Some(after.clone());
                    deliver_page(&consumer, feed.as_ref(), after).await
                }
                Err(_) => Ok(Round::Failed),
            };
            match round {
                Ok(Round::Delivered { to, repeated }) => {
                    failures = 0;
                    turns.worked(!repeated);
                    own = Some(to);
                }
                Ok(Round::NoNews(after)) => {
                    failures = 0;
                    if turns.are_free() {
                        feed.news(&after).await;
                    }
                }
                Ok(Round::Failed) => {
                    let pause = BACKOFF[failures.min(BACKOFF.len() - 1)];
                    failures += 1;
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                Err(stopped) => {
                    tracing::error!(consumer = D::LOG, source = feed.log(), %stopped, "a feed stopped");
                    return;
                }
            }
        }
    }))
}

/// Delivers what follows the checkpoint, up to a page. The checkpoint was read anew: it is the truth.
async fn deliver_page<D: Domain>(
    consumer: &Log<D>,
    feed: &dyn Feed,
    after: Position,
) -> Result<Round, Stopped> {
    let events = match feed.read(&after, PAGE).await {
        Ok(events) => events,
        Err(error @ (ReadError::OtherHistory { .. } | ReadError::PastHead { .. })) => {
            return Err(Stopped::Fork(error.to_string()));
        }
        Err(_) => return Ok(Round::Failed),
    };
    if events.is_empty() {
        return Ok(Round::NoNews(after));
    }
    // Queued in order and decided in order, so that they share batches.
    let mut answers = Vec::with_capacity(events.len());
    let mut fault = None;
    for event in &events {
        match consumer.begin_delivery(event).await {
            Ok(Ok(answer)) => answers.push(answer),
            Ok(Err(_)) => return Ok(Round::Failed),
            Err(unknown) => {
                fault = Some(unknown);
                break;
            }
        }
    }
    let mut to = after;
    let mut repeated = false;
    for (answer, event) in answers.into_iter().zip(&events) {
        match answer.await {
            Ok(Ok(done)) => {
                to = Position::after(event);
                repeated |= done.repeated;
            }
            Ok(Err(ExecuteError::Delivery(error @ DeliveryError::Fork { .. }))) => {
                return Err(Stopped::Fork(error.to_string()));
            }
            Ok(Err(ExecuteError::Refused { refusal, .. })) => {
                return Err(Stopped::Refused(refusal.to_string()));
            }
            Ok(Err(error @ (ExecuteError::Internal | ExecuteError::TooLarge { .. }))) => {
                return Err(Stopped::Refused(error.to_string()));
            }
            // A gap is read from the source by the next round.
            Ok(Err(_)) | Err(_) => return Ok(Round::Failed),
        }
    }
    fault.map_or(Ok(Round::Delivered { to, repeated }), |fault| Err(fault.into()))
}
