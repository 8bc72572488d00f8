//! Following a feed: each of its events becomes one command to the consumer's own log.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use crate::batch::{DeliveryError, ExecuteError};
use crate::domain::Domain;
use crate::feed::Feed;
use crate::feed_status::FeedStatus;
use crate::lead::{Lead, Turns};
use crate::log::{Log, ReadError};
use crate::position::Position;

/// Events asked for at once: one batch of the consumer's.
const PAGE: usize = 256;

/// How often a feed that stands still looks whether it may go on: another replica may be newer, a source restored.
const STANDING: Duration = Duration::from_secs(10);

/// How long a source may take to say where it ends.
const ANSWER: Duration = Duration::from_secs(2);

/// A running feed; dropping it ends it.
#[derive(Debug)]
pub struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What a round of deliveries came to.
enum Round {
    /// Up to a position; `repeated` if another replica was faster with some of it.
    Delivered {
        to: Position,
        repeated: bool,
    },
    NoNews(Position),
    /// Somebody has to act, or the source has to come back: looked at again after a while.
    Standing(FeedStatus),
    Failed(String),
}

/// Takes in a source's events for as long as the returned handle lives: freely while this replica leads, else now and then.
pub fn follow<D: Domain>(consumer: Arc<Log<D>>, feed: Arc<dyn Feed>, lead: Arc<Lead>) -> Following {
    Following(tokio::spawn(async move {
        let states = Arc::clone(consumer.feeds());
        let mut failures = 0;
        let mut turns = Turns::new(lead);
        let mut observed = Instant::now();
        // Where this replica's own deliveries ended.
        let mut own: Option<Position> = None;
        loop {
            let is_asked = tokio::select! {
                biased;
                () = states.end_wanted(feed.log()) => true,
                () = turns.next() => false,
            };
            if is_asked {
                ask_end(&consumer, feed.as_ref()).await;
                if !turns.are_free() {
                    continue;
                }
            }
            if observed.elapsed() >= STANDING {
                observed = Instant::now();
                consumer.observe().await;
            }
            let round = match consumer.checkpoint(feed.log()).await {
                Ok(after) => {
                    if own.as_ref().is_some_and(|own| *own != after) {
                        turns.worked(false);
                    }
                    own = Some(after.clone());
                    deliver_page(&consumer, feed.as_ref(), after).await
                }
                Err(error) => Round::Failed(error.to_string()),
            };
            let failed = if let Round::Failed(_) = round { failures + 1 } else { 0 };
            match round {
                Round::Delivered { to, repeated } => {
                    states.set(feed.log(), FeedStatus::Following);
                    turns.worked(!repeated);
                    own = Some(to);
                }
                Round::NoNews(after) => {
                    states.set(feed.log(), FeedStatus::Following);
                    if turns.are_free() {
                        tokio::select! {
                            biased;
                            () = states.end_wanted(feed.log()) => ask_end(&consumer, feed.as_ref()).await,
                            () = feed.news(&after) => {}
                        }
                    }
                }
                Round::Standing(why) => {
                    states.set(feed.log(), why);
                    if turns.are_free() {
                        let _ = timeout(STANDING, states.asked_to_look()).await;
                    }
                }
                Round::Failed(reason) => {
                    // One failure is a matter of milliseconds; and a fork is one until the source says otherwise.
                    if failures > 0 && !matches!(states.status(feed.log()), FeedStatus::Forked { .. }) {
                        states.set(feed.log(), FeedStatus::Failing { reason });
                    }
                    Turns::rest(failures).await;
                }
            }
            failures = failed;
        }
    }))
}

/// Asks the source for its end, for whoever waits until it is known to have passed a time.
async fn ask_end<D: Domain>(consumer: &Log<D>, feed: &dyn Feed) {
    let asked = (consumer.clock)();
    if let Ok(Ok(end)) = timeout(ANSWER, feed.end()).await {
        consumer.feeds().saw_end(feed.log(), asked, end.position);
    }
}

/// Delivers what follows the checkpoint, up to a page. The checkpoint was read anew: it is the truth.
async fn deliver_page<D: Domain>(consumer: &Log<D>, feed: &dyn Feed, after: Position) -> Round {
    let events = match feed.read(&after, PAGE).await {
        Ok(events) => events,
        // The source's own answer, and nothing else, makes a fork.
        Err(error @ (ReadError::OtherHistory { .. } | ReadError::PastHead { .. })) => {
            return Round::Standing(FeedStatus::Forked { reason: error.to_string() });
        }
        Err(error) => return Round::Failed(error.to_string()),
    };
    if events.is_empty() {
        return Round::NoNews(after);
    }
    // Queued in order and decided in order, so that they share batches.
    let mut answers = Vec::with_capacity(events.len());
    let mut unknown = None;
    for event in &events {
        match consumer.begin_delivery(event).await {
            Ok(Ok(answer)) => answers.push(answer),
            Ok(Err(error)) => return Round::Failed(error.to_string()),
            Err(fault) => {
                unknown = Some(fault);
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
            Ok(Err(ExecuteError::Delivery(error @ DeliveryError::Poison { .. }))) => {
                return Round::Standing(FeedStatus::Stopped { reason: error.to_string() });
            }
            // A gap, or what looks like another history, is read from the source by the next round.
            Ok(Err(error)) => return Round::Failed(error.to_string()),
            Err(_) => return Round::Failed(ExecuteError::<D::Refusal>::Unavailable.to_string()),
        }
    }
    unknown.map_or(Round::Delivered { to, repeated }, |fault| {
        Round::Standing(FeedStatus::Stopped { reason: fault.to_string() })
    })
}
