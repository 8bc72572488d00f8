//! The relay: what a log holds and its stream lacks is published. It keeps no position of its own.
//!
//! | the stream ends with | the relay goes on |
//! | --- | --- |
//! | an event of the log | after it |
//! | nothing: new, emptied, or all of it too old | from the oldest event that is younger than the stream's `max_age` |
//! | what the log does not hold | a fork: alarm, then after the newest message that the log does hold |
//!
//! Each message says the sequence that it has to follow. So a twin can do no harm, be it paused for however long: what it
//! sends late is rejected, and after any rejection the stream's end is read anew.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::batch::Clock;
use crate::broken::Broken;
use crate::broker::{BrokerError, End, Stream};
use crate::event::StoredEvent;
use crate::lead::{Lead, STAND_BY, Turns};
use crate::log::{LOOK_AGAIN, ReadError, Source};
use crate::metric;
use crate::position::Position;
use crate::trace::{TARGET, continued};

/// Events published at once, pipelined.
const PAGE: usize = 256;

/// What a relay is started with.
#[derive(Clone)]
pub struct RelayOptions {
    /// How long the stream keeps a message: what is older is not published.
    pub max_age: Duration,
    /// The clock; `None` takes the machine's.
    pub clock: Option<Clock>,
    /// A step to leave out. Tests alone set it.
    pub broken: Option<Broken>,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self { max_age: crate::nats::MAX_AGE, clock: None, broken: None }
    }
}

impl std::fmt::Debug for RelayOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RelayOptions(max_age: {:?}, broken: {:?})", self.max_age, self.broken)
    }
}

/// A running relay; dropping it ends it.
#[derive(Debug)]
pub struct Relaying(JoinHandle<()>);

impl Drop for Relaying {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Publishes a log's events to its stream for as long as the returned handle lives: freely while this replica leads, else
/// now and then.
pub fn relay(
    source: Arc<dyn Source>,
    stream: Arc<dyn Stream>,
    lead: Arc<Lead>,
    options: RelayOptions,
) -> Relaying {
    let clock = options.clock.unwrap_or_else(|| Arc::new(|| Timestamp::now().as_microsecond()));
    let relay = Relay {
        log: source.name(),
        source,
        stream,
        max_age: i64::try_from(options.max_age.as_micros()).unwrap_or(i64::MAX),
        clock,
        broken: options.broken,
        place: None,
        had: None,
        fork: None,
    };
    Relaying(tokio::spawn(relay.run(Turns::new(lead))))
}

/// Why a round came to nothing. The next one begins with the stream's end.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("{0}")]
    Read(#[from] ReadError),
    #[error("{0}")]
    Broker(#[from] BrokerError),
}

/// Where the stream ends, as it said or as its acknowledgements since then say.
#[derive(Debug, Clone)]
struct Place {
    sequence: u64,
    /// What of the log it has.
    after: Position,
    /// Whether that is its last message, published by this relay: no other message may have taken its place. Not asked of
    /// a message that was found there: a server that was started anew knows the ids of young ones alone.
    is_own: bool,
    seen: Instant,
}

struct Relay {
    log: &'static str,
    source: Arc<dyn Source>,
    stream: Arc<dyn Stream>,
    max_age: i64,
    clock: Clock,
    broken: Option<Broken>,
    place: Option<Place>,
    /// What the stream last had, for the metrics alone.
    had: Option<Position>,
    /// The sequence of the last message that the alarm was raised for.
    fork: Option<u64>,
}

impl Relay {
    async fn run(mut self, mut turns: Turns) {
        let mut failures = 0;
        loop {
            turns.next().await;
            let mut wakes = self.source.wakes();
            // Subscribed first, then looked: a commit between the two is seen either way.
            wakes.mark_unchanged();
            match self.round().await {
                Ok(published) => {
                    failures = 0;
                    if published > 0 {
                        turns.worked(true);
                    } else if turns.are_free() {
                        // A wake may be lost: the log itself is looked at all the same.
                        let _ = timeout_at(Instant::now() + LOOK_AGAIN, wakes.changed()).await;
                    }
                }
                Err(fault) => {
                    if let Fault::Broker(BrokerError::Rejected) = fault {
                        turns.worked(false);
                    }
                    if self.broken != Some(Broken::RelayTrustsOwnPosition) {
                        self.place = None;
                    }
                    if failures == 0 {
                        tracing::info!(log = self.log, %fault, "the relay waits");
                    }
                    self.lag_behind().await;
                    Turns::rest(failures).await;
                    failures += 1;
                }
            }
        }
    }

    /// Publishes what follows the stream's end, up to a page; how many it were.
    async fn round(&mut self) -> Result<usize, Fault> {
        let place = match self.place.take() {
            Some(place) if place.seen.elapsed() < STAND_BY => place,
            Some(place) if self.broken == Some(Broken::RelayTrustsOwnPosition) => place,
            _ => self.look().await?,
        };
        self.place = Some(place.clone());
        self.had = Some(place.after.clone());
        let (mut events, mut head) = self.source.read_after(&place.after, PAGE).await?;
        let oldest = (self.clock)().saturating_sub(self.max_age);
        if events.first().is_some_and(|event| event.recorded_time < oldest) {
            // The stream would drop these at once.
            let young = self.source.before(oldest).await?;
            (events, head) = self.source.read_after(&young, PAGE).await?;
            if events.is_empty() {
                self.place = Some(Place { after: young, is_own: false, ..place });
            }
        }
        self.lag(events.first(), head.position.saturating_sub(place.after.position));
        let Some(last) = events.last() else { return Ok(0) };
        let spans: Vec<_> = events.iter().map(publish_span).collect();
        let own = place.is_own.then_some(&place.after);
        let sequence = self.stream.publish(place.sequence, own, &events).await?;
        drop(spans);
        metrics::counter!(metric::RELAYED, "service" => self.log).increment(events.len() as u64);
        let after = Position::after(last);
        self.lag(None, head.position.saturating_sub(after.position));
        self.had = Some(after.clone());
        self.place = Some(Place { sequence, after, is_own: true, seen: place.seen });
        Ok(events.len())
    }

    /// Finds where to go on: reads the stream's end, and further back where that is not of this log.
    async fn look(&mut self) -> Result<Place, Fault> {
        let End { sequence, last } = self.stream.end().await?;
        let seen = Instant::now();
        let place = |after| Ok(Place { sequence, after, is_own: false, seen });
        let Some(last) = last else { return place(self.oldest().await?) };
        let mut next = last.clone();
        loop {
            if let Some(position) = &next.position
                && self.source.holds(position).await?
            {
                return place(position.clone());
            }
            if self.fork != Some(sequence) {
                self.fork = Some(sequence);
                metrics::counter!(metric::RELAY_FORKS, "service" => self.log).increment(1);
                tracing::error!(
                    log = self.log,
                    sequence,
                    position = last.position.as_ref().map(|last| last.position),
                    hash = last.position.as_ref().map(|last| last.hash.as_str()),
                    "the stream ends with what the log does not hold: going on after the newest event that it does hold"
                );
            }
            match self.stream.message(next.sequence.saturating_sub(1)).await? {
                // A broker that does not go back would hold the relay for ever.
                Some(message) if message.sequence < next.sequence => next = message,
                _ => return place(self.oldest().await?),
            }
        }
    }

    /// The place before the oldest event that the stream would keep.
    async fn oldest(&self) -> Result<Position, ReadError> {
        self.source.before((self.clock)().saturating_sub(self.max_age)).await
    }

    /// Tells how far the stream is behind while it cannot be asked.
    async fn lag_behind(&self) {
        let had = match &self.had {
            Some(had) => had.clone(),
            None => match self.oldest().await {
                Ok(oldest) => oldest,
                Err(_) => return,
            },
        };
        // What fails here fails in the next round too, and is told there.
        if let Ok((events, head)) = self.source.read_after(&had, 1).await {
            self.lag(events.first(), head.position.saturating_sub(had.position));
        }
    }

    /// Tells how far the stream is behind.
    fn lag(&self, oldest: Option<&StoredEvent>, events: u64) {
        #[allow(clippy::cast_precision_loss, reason = "metrics are floats")]
        let (events, seconds) = {
            let micros = oldest.map_or(0, |event| (self.clock)().saturating_sub(event.recorded_time).max(0));
            (events as f64, micros as f64 / 1e6)
        };
        metrics::gauge!(metric::RELAY_LAG_EVENTS, "service" => self.log).set(events);
        metrics::gauge!(metric::RELAY_LAG_SECONDS, "service" => self.log).set(seconds);
    }
}

/// The span of an event's publication, part of the trace that it came from.
fn publish_span(event: &StoredEvent) -> tracing::Span {
    let span = tracing::info_span!(target: TARGET, "publish", log = event.log, position = event.position);
    continued(span, event.trace.as_deref())
}
