//! The feed across processes: a broker brings the events, the source's log is asked whenever those do not fit.
//!
//! | what the broker brings | what the feed does |
//! | --- | --- |
//! | the next event, continuing the history that was taken in | gives it |
//! | one that was taken in already | drops it |
//! | one after a gap | keeps it for a while, reads the gap from the source |
//! | one whose hash is not its own, or that does not continue the history | drops it, reads from the source |
//! | nothing for a while, or anew after it was away | asks the source for its head: the loss of the last message is otherwise invisible |
//! | nothing, being away | pages the source about every second |
//! | something, the source being away | gives what fits |

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::time::{Instant, sleep, sleep_until, timeout, timeout_at};

use crate::broken::Broken;
use crate::broker::Inbox;
use crate::event::StoredEvent;
use crate::feed::{Feed, QUIET};
use crate::log::{LOOK_AGAIN, ReadError, Source};
use crate::metric;
use crate::position::Position;

/// The most events that are kept for a consumer that has not come to them yet.
const KEPT: u64 = 4_096;

/// The most bytes of their payloads.
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// Brings a source's events to one consumer, by its inbox at a broker and by the source itself.
pub struct BrokerFeed {
    consumer: &'static str,
    source: Arc<dyn Source>,
    inbox: Option<Arc<dyn Inbox>>,
    broken: Option<Broken>,
    state: Mutex<State>,
}

impl std::fmt::Debug for BrokerFeed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BrokerFeed({} to {})", self.source.name(), self.consumer)
    }
}

/// What the broker brought, and what is known of the source.
struct State {
    kept: BTreeMap<u64, StoredEvent>,
    bytes: usize,
    /// The place that the consumer has come to, as it last said.
    taken_in: Position,
    /// Whether the source has to be asked where what is kept leads nowhere.
    due: Due,
    /// When the source last answered, or the next event came.
    heard: Instant,
    /// When the source was last asked.
    asked: Instant,
    /// Whether the source did not answer last time.
    failing: bool,
    /// Whether the broker answered last time.
    up: bool,
}

/// Why the source has to be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Not,
    /// Something may have been missed.
    Head,
    /// What came does not fit what was taken in.
    Unfit,
}

/// What a read comes to.
enum Next {
    Give(Vec<StoredEvent>),
    Ask { gap: bool },
    Wait,
}

impl BrokerFeed {
    /// A feed of `source` to the log `consumer`. Without an inbox the source is paged.
    pub fn new(consumer: &'static str, source: Arc<dyn Source>, inbox: Option<Arc<dyn Inbox>>) -> Arc<Self> {
        Self::broken(consumer, source, inbox, None)
    }

    /// The same with a step left out. Tests alone do so.
    pub fn broken(
        consumer: &'static str,
        source: Arc<dyn Source>,
        inbox: Option<Arc<dyn Inbox>>,
        broken: Option<Broken>,
    ) -> Arc<Self> {
        let now = Instant::now();
        let state = State {
            kept: BTreeMap::new(),
            bytes: 0,
            taken_in: Position::beginning(source.name()),
            due: Due::Head,
            heard: now,
            asked: now,
            failing: false,
            up: false,
        };
        Arc::new(Self { consumer, source, inbox, broken, state: Mutex::new(state) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, name: &'static str) {
        metrics::counter!(name, "service" => self.consumer, "source" => self.source.name()).increment(1);
    }

    /// Keeps what came, as far as it is of use. Whether a read now comes to anything.
    fn keep(&self, events: Vec<StoredEvent>) -> bool {
        let mut state = self.state();
        let mut news = false;
        for event in events {
            if event.position <= state.taken_in.position && self.broken != Some(Broken::DuplicateNotDropped) {
                self.count(metric::DUPLICATES_DROPPED);
                if event.position == state.taken_in.position && event.hash != state.taken_in.hash {
                    // Either it or what was taken in is not the source's: only the source can tell.
                    state.miss();
                    news = true;
                }
                continue;
            }
            let own_hash = self.broken == Some(Broken::HashNotCompared) || event.compute_hash() == event.hash;
            if event.log != self.source.name() || !own_hash {
                tracing::warn!(
                    consumer = self.consumer,
                    source = self.source.name(),
                    position = event.position,
                    "the broker brought an event whose hash is not its own: asking the source"
                );
                (state.due, news) = (Due::Unfit, true);
                continue;
            }
            match state.kept.get(&event.position) {
                Some(known) if known.hash == event.hash => {
                    self.count(metric::DUPLICATES_DROPPED);
                    continue;
                }
                Some(_) => {
                    // Two events at one position: neither is believed.
                    state.forget(event.position);
                    (state.due, news) = (Due::Unfit, true);
                    continue;
                }
                None => {}
            }
            // What is far ahead comes again, or is read from the source.
            if event.position.saturating_sub(state.taken_in.position) > KEPT
                || state.bytes + event.payload.len() > KEPT_BYTES
            {
                continue;
            }
            news = true;
            state.bytes += event.payload.len();
            state.kept.insert(event.position, event);
        }
        news
    }

    /// What to do for what follows a position.
    fn next(&self, after: &Position, limit: usize) -> Next {
        let mut state = self.state();
        state.taken_in = after.clone();
        if self.broken != Some(Broken::DuplicateNotDropped) {
            while let Some((&position, _)) = state.kept.first_key_value()
                && position <= after.position
            {
                state.forget(position);
            }
        }
        let mut events: Vec<StoredEvent> = Vec::new();
        let mut unfit = None;
        for event in state.kept.values() {
            let (position, hash) =
                events.last().map_or((after.position, &after.hash), |last| (last.position, &last.hash));
            let follows = event.position == position + 1
                || (self.broken == Some(Broken::GapAccepted) && event.position > position)
                || (self.broken == Some(Broken::DuplicateNotDropped) && event.position <= after.position);
            if !follows || events.len() >= limit {
                break;
            }
            if event.previous_hash != *hash
                && event.position == position + 1
                && self.broken != Some(Broken::HashNotCompared)
            {
                unfit = Some(event.position);
                break;
            }
            events.push(event.clone());
        }
        if let Some(position) = unfit {
            tracing::warn!(
                consumer = self.consumer,
                source = self.source.name(),
                position,
                "the broker brought an event that does not continue the history: asking the source"
            );
            state.forget(position);
            state.due = Due::Unfit;
        }
        if !events.is_empty() {
            for event in &events {
                state.forget(event.position);
            }
            state.heard = Instant::now();
            return Next::Give(events);
        }
        let gap = !state.kept.is_empty() || state.due == Due::Unfit;
        if gap || state.due == Due::Head || state.heard.elapsed() >= QUIET {
            Next::Ask { gap }
        } else {
            Next::Wait
        }
    }

    /// Asks the source for what follows a position.
    async fn ask(&self, after: &Position, limit: usize, gap: bool) -> Result<Vec<StoredEvent>, ReadError> {
        let rest = {
            let state = self.state();
            state.failing && state.asked.elapsed() < LOOK_AGAIN
        };
        let answer = if rest {
            Err(ReadError::Unavailable)
        } else {
            self.state().asked = Instant::now();
            self.source.read_after(after, limit).await
        };
        self.state().failing = answer == Err(ReadError::Unavailable);
        let (events, head) = match answer {
            Err(ReadError::Unavailable) => return self.without_source(after, limit).await,
            answer => answer?,
        };
        if events.iter().any(|event| event.compute_hash() != event.hash)
            && self.broken != Some(Broken::HashNotCompared)
        {
            tracing::error!(
                consumer = self.consumer,
                source = self.source.name(),
                "the source gave an event whose hash is not its own: run `jixiao audit`"
            );
            return Err(ReadError::Unavailable);
        }
        let mut state = self.state();
        let to = events.last().map_or(after.position, |last| last.position);
        state.heard = Instant::now();
        // As long as pages lack the end, the broker need not be waited for.
        state.due = if to < head.position { Due::Head } else { Due::Not };
        while let Some((&position, _)) = state.kept.last_key_value()
            && position > head.position
        {
            // The source does not know it: of a lost history, or forged.
            state.forget(position);
        }
        drop(state);
        if gap && !events.is_empty() {
            self.count(metric::GAPS_FILLED);
        }
        Ok(events)
    }
}

impl BrokerFeed {
    /// What the broker alone can bring while the source is away.
    async fn without_source(&self, after: &Position, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        if let Some(inbox) = &self.inbox
            && let Ok(Ok(events)) = timeout(LOOK_AGAIN, inbox.receive()).await
        {
            self.keep(events);
            if let Next::Give(events) = self.next(after, limit) {
                return Ok(events);
            }
        }
        Err(ReadError::Unavailable)
    }
}

impl State {
    /// Something may have been missed.
    fn miss(&mut self) {
        self.due = self.due.max(Due::Head);
    }

    fn forget(&mut self, position: u64) {
        if let Some(event) = self.kept.remove(&position) {
            self.bytes -= event.payload.len();
        }
    }
}

#[async_trait]
impl Feed for BrokerFeed {
    fn log(&self) -> &'static str {
        self.source.name()
    }

    async fn read(&self, after: &Position, limit: usize) -> Result<Vec<StoredEvent>, ReadError> {
        if let Some(inbox) = &self.inbox {
            // The consumer has committed this far.
            inbox.taken_in(after.position).await;
        }
        match self.next(after, limit) {
            Next::Give(events) => Ok(events),
            Next::Wait => Ok(Vec::new()),
            Next::Ask { gap } => self.ask(after, limit, gap).await,
        }
    }

    async fn end(&self) -> Result<Position, ReadError> {
        let end = self.source.head().await?;
        let mut state = self.state();
        if end.position > state.taken_in.position {
            // Whoever asked waits for it: the broker need not bring it first.
            state.miss();
        }
        Ok(end)
    }

    async fn news(&self, _: &Position) {
        let Some(inbox) = &self.inbox else {
            sleep(LOOK_AGAIN).await;
            self.state().due = Due::Head;
            return;
        };
        loop {
            let quiet = self.state().heard + QUIET;
            match timeout_at(quiet, inbox.receive()).await {
                Err(_) => return,
                Ok(Ok(events)) => {
                    let only_repeats = !events.is_empty();
                    let came_back = !std::mem::replace(&mut self.state().up, true);
                    if came_back {
                        self.state().miss();
                    }
                    if self.keep(events) || came_back {
                        return;
                    }
                    let mut state = self.state();
                    // Behind a tail of repeats there may be news for long.
                    if only_repeats && state.asked.elapsed() >= LOOK_AGAIN {
                        state.miss();
                        return;
                    }
                }
                Ok(Err(error)) => {
                    let again = {
                        let mut state = self.state();
                        if std::mem::replace(&mut state.up, false) {
                            tracing::info!(
                                consumer = self.consumer,
                                source = self.source.name(),
                                %error,
                                "no events from the broker: reading the source"
                            );
                        }
                        state.miss();
                        state.asked + LOOK_AGAIN
                    };
                    sleep_until(again.max(Instant::now() + LOOK_AGAIN / 2)).await;
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;

    /// A source that never answers.
    struct Away(watch::Sender<u64>);

    #[async_trait]
    impl Source for Away {
        fn name(&self) -> &'static str {
            "bank"
        }

        async fn head(&self) -> Result<Position, ReadError> {
            Err(ReadError::Unavailable)
        }

        async fn read_after(
            &self,
            _: &Position,
            _: usize,
        ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
            Err(ReadError::Unavailable)
        }

        fn wakes(&self) -> watch::Receiver<u64> {
            self.0.subscribe()
        }
    }

    fn event(position: u64, bytes: usize) -> StoredEvent {
        let mut event = StoredEvent {
            log: "bank".into(),
            position,
            id: position.to_string(),
            keys: vec![],
            event_type: "noted".into(),
            payload: format!("\"{}\"", "x".repeat(bytes)),
            causation: None,
            correlation: None,
            trace: None,
            actor: "a".into(),
            approval: None,
            effective: None,
            recorded_time: 0,
            request_id: position.to_string(),
            request_index: 0,
            request_hash: String::new(),
            previous_hash: String::new(),
            hash: String::new(),
        };
        event.hash = event.compute_hash();
        event
    }

    fn feed() -> Arc<BrokerFeed> {
        BrokerFeed::new("mirror", Arc::new(Away(watch::Sender::new(0))), None)
    }

    #[tokio::test]
    async fn what_is_kept_is_bounded_and_let_go() {
        // The first event never comes, and neither does the source's answer.
        let many = feed();
        for position in 2..=3 * KEPT {
            many.keep(vec![event(position, 1)]);
        }
        assert_eq!(many.state().kept.len() as u64, KEPT - 1);
        let large = feed();
        for position in 2..200 {
            large.keep(vec![event(position, 256 * 1024)]);
        }
        assert!(large.state().bytes <= KEPT_BYTES);
        assert_eq!(large.read(&Position::beginning("bank"), 10).await, Err(ReadError::Unavailable));
        // Once the consumer has come past them by the source, nothing of them is left.
        for feed in [many, large] {
            let last = feed.state().kept.last_key_value().map(|(_, event)| Position::after(event)).unwrap();
            assert!(matches!(feed.next(&last, 10), Next::Ask { gap: false }));
            let state = feed.state();
            assert_eq!((state.kept.len(), state.bytes), (0, 0));
        }
    }

    #[tokio::test]
    async fn what_continues_the_history_is_given_once() {
        let feed = feed();
        let mut events: Vec<StoredEvent> = (1..=3).map(|position| event(position, 1)).collect();
        let mut after = Position::beginning("bank");
        for event in &mut events {
            event.previous_hash.clone_from(&after.hash);
            event.hash = event.compute_hash();
            after = Position::after(event);
        }
        // In another order and twice, with one in between that says what it is not.
        let mut lie = events[1].clone();
        lie.actor = "b".into();
        feed.keep(vec![events[2].clone(), lie, events[0].clone(), events[0].clone(), events[1].clone()]);
        let Next::Give(given) = feed.next(&Position::beginning("bank"), 10) else { panic!("nothing given") };
        assert_eq!(given, events);
        assert!(!matches!(feed.next(&after, 10), Next::Give(_)));
        assert!(!feed.keep(events), "what was taken in already is no news");
    }
}
