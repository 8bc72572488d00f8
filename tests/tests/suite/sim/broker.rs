//! A simulated broker: streams with expected sequences and a duplicate window, durable consumers, and all that a broker may
//! do wrong. It loses, repeats and reorders messages, forgets streams, goes back to an old copy, goes away.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jixiao_eventlog::broker::{BrokerError, End, Inbox, Message, Stream};
use jixiao_eventlog::{Position, StoredEvent};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use super::process::Process;
use super::random::Dice;
use super::trace::Trace;

/// How long a message is known again.
pub const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// After how long a message that was not acknowledged comes again.
const ACK_WAIT: Duration = Duration::from_secs(30);

/// How long a consumer waits for a message.
const PULL_WAIT: Duration = Duration::from_secs(5);

/// The most messages of one pull.
const PULL: usize = 256;

/// What goes wrong by itself, so many times of 10,000.
#[derive(Debug, Clone, Copy, Default)]
pub struct Troubles {
    /// A message is not stored, and its publisher hears nothing.
    pub lost: u64,
    /// A message is stored, and its publisher hears nothing.
    pub unanswered: u64,
    /// What a publisher gave up on arrives later all the same.
    pub late: u64,
    /// A message is not brought until it comes again.
    pub skipped: u64,
    /// A message is brought twice, or once more.
    pub repeated: u64,
    /// The messages of a pull are out of order.
    pub reordered: u64,
    /// A message comes with other bytes.
    pub garbled: u64,
    /// What a call takes, at most, in milliseconds.
    pub latency: u64,
}

/// The broker. It outlives the processes that use it.
#[derive(Debug)]
pub struct Broker {
    dice: Dice,
    trace: Trace,
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Debug)]
struct Inner {
    away: bool,
    troubles: Troubles,
    streams: BTreeMap<&'static str, Kept>,
    old: BTreeMap<&'static str, Kept>,
    calls: u64,
    tampered: bool,
}

/// One stream, with its only consumer.
#[derive(Debug, Clone, Default)]
struct Kept {
    missing: bool,
    messages: BTreeMap<u64, StoredEvent>,
    last: u64,
    known: BTreeMap<String, (u64, Instant)>,
    /// The id of the last message; `None` where it has none, or is not there.
    last_id: Option<String>,
    /// The last message that is on disk.
    synced: u64,
    /// The next message to bring, and those that were brought and not acknowledged.
    next: u64,
    open: BTreeMap<u64, Instant>,
}

fn message_id(place: &Position) -> String {
    format!("{}@{}", place.position, place.hash)
}

/// Each event with the sequence and the event that it has to follow.
fn places(
    expected: u64,
    after: Option<Position>,
    events: &[StoredEvent],
) -> impl Iterator<Item = (u64, Option<Position>, &StoredEvent)> {
    let mut last = after;
    events.iter().zip(expected..).map(move |(event, expected)| {
        let after = last.replace(Position::after(event));
        (expected, after, event)
    })
}

fn away() -> BrokerError {
    BrokerError::Unavailable("the connection is closed".to_owned())
}

/// The same event with another amount.
fn other_amount(payload: &str) -> String {
    payload.replace("amount\":", "amount\":9")
}

impl Broker {
    pub fn new(logs: &[&'static str], dice: Dice, trace: Trace) -> Arc<Self> {
        let streams = logs.iter().map(|log| (*log, Kept { next: 1, ..Kept::default() })).collect();
        let (troubles, old) = (Troubles::default(), BTreeMap::new());
        let inner = Mutex::new(Inner { away: false, troubles, streams, old, calls: 0, tampered: false });
        Arc::new(Self { dice, trace, inner, arrived: Notify::new() })
    }

    pub fn set_troubles(&self, troubles: Troubles) {
        self.guard().troubles = troubles;
    }

    pub fn set_away(&self, away: bool) {
        self.guard().away = away;
        self.arrived.notify_waiters();
    }

    /// Loses power: what was acknowledged and is not on disk survives as far as chance says.
    pub fn crash(&self) {
        for (log, kept) in &mut self.guard().streams {
            let last = self.dice.between(kept.synced.min(kept.last), kept.last);
            self.trace.note(format_args!("broker: {log} crashes, {last} of {} kept", kept.last));
            kept.cut(last);
        }
        self.arrived.notify_waiters();
    }

    /// Flushes its files, as it does now and then.
    pub fn flush(&self) {
        for kept in self.guard().streams.values_mut() {
            kept.synced = kept.last;
        }
    }

    /// Starts with an empty stream, its consumer anew.
    pub fn forget(&self, log: &'static str) {
        self.guard().streams.insert(log, Kept { next: 1, ..Kept::default() });
        self.arrived.notify_waiters();
    }

    /// Has no such stream any more, or has it again, empty.
    pub fn set_missing(&self, log: &'static str, missing: bool) {
        self.guard().streams.insert(log, Kept { missing, next: 1, ..Kept::default() });
        self.arrived.notify_waiters();
    }

    pub fn is_missing(&self, log: &str) -> bool {
        self.guard().streams.get(log).is_some_and(|kept| kept.missing)
    }

    /// Keeps a copy of a stream, for [`Broker::restore`].
    pub fn back_up(&self, log: &'static str) {
        let mut inner = self.guard();
        if let Some(kept) = inner.streams.get(log).cloned() {
            inner.old.insert(log, kept);
        }
    }

    /// Puts the copy of a stream in its place, if there is one.
    pub fn restore(&self, log: &'static str) {
        let mut inner = self.guard();
        if let Some(kept) = inner.old.get(log).cloned() {
            inner.streams.insert(log, kept);
        }
        drop(inner);
        self.arrived.notify_waiters();
    }

    /// Drops the oldest messages, as a full stream does: never the last.
    pub fn trim(&self, log: &'static str) {
        if let Some(kept) = self.guard().streams.get_mut(log) {
            for _ in 1..self.dice.between(1, kept.messages.len().max(1) as u64) {
                kept.messages.pop_first();
            }
        }
    }

    /// Drops all messages, as an operator can. It counts on, and knows none of them again.
    pub fn purge(&self, log: &'static str) {
        let mut inner = self.guard();
        inner.tampered = true;
        if let Some(kept) = inner.streams.get_mut(log) {
            kept.messages.clear();
            kept.known.clear();
            kept.last_id = None;
        }
    }

    /// Whether somebody published or purged past the relay.
    pub fn is_tampered_with(&self) -> bool {
        self.guard().tampered
    }

    /// Publishes other content at a position of the log, past every check.
    pub fn forge(&self, mut event: StoredEvent) {
        event.payload = other_amount(&event.payload);
        event.hash = event.compute_hash();
        let mut inner = self.guard();
        inner.tampered = true;
        if let Some(kept) = inner.streams.values_mut().find(|kept| {
            !kept.missing && kept.messages.values().next().is_some_and(|message| message.log == event.log)
        }) {
            kept.last += 1;
            kept.last_id = None;
            kept.messages.insert(kept.last, event);
        }
        drop(inner);
        self.arrived.notify_waiters();
    }

    /// The positions and hashes that a stream holds, for a judge.
    pub fn held(&self, log: &str) -> Vec<(u64, String)> {
        let inner = self.guard();
        let kept = inner.streams.get(log);
        let messages = kept.into_iter().flat_map(|kept| kept.messages.values());
        messages.map(|event| (event.position, event.hash.clone())).collect()
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.guard().calls
    }

    /// A stream as a process sees it.
    pub fn stream(self: &Arc<Self>, log: &'static str, process: &Arc<Process>) -> Arc<Seen> {
        Arc::new(Seen {
            broker: Arc::clone(self),
            process: Arc::clone(process),
            log,
            brought: Mutex::default(),
        })
    }

    fn guard(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored(
        &self,
        log: &str,
        expected: u64,
        after: Option<Position>,
        event: &StoredEvent,
    ) -> Result<u64, BrokerError> {
        let mut inner = self.guard();
        let kept = inner.streams.get_mut(log).filter(|kept| !kept.missing);
        let kept = kept.ok_or_else(|| BrokerError::Missing(format!("stream {log}")))?;
        let id = message_id(&Position::after(event));
        kept.known.retain(|_, (_, at)| at.elapsed() < DUPLICATE_WINDOW);
        let fits = after.is_none_or(|after| kept.last_id == Some(message_id(&after)));
        // A message that is known again is acknowledged with the place that it has.
        if kept.known.contains_key(&id) || kept.last != expected || !fits {
            return Err(BrokerError::Rejected);
        }
        kept.last += 1;
        kept.last_id = Some(id.clone());
        kept.known.insert(id, (kept.last, Instant::now()));
        kept.messages.insert(kept.last, event.clone());
        let sequence = kept.last;
        drop(inner);
        self.arrived.notify_waiters();
        Ok(sequence)
    }
}

impl Kept {
    fn cut(&mut self, last: u64) {
        self.messages.retain(|sequence, _| *sequence <= last);
        self.known.retain(|_, (sequence, _)| *sequence <= last);
        self.open.retain(|sequence, _| *sequence <= last);
        if last != self.last {
            // Of a message that was published past every check nothing is known.
            let id = self.known.iter().find(|(_, (sequence, _))| *sequence == last);
            self.last_id = id.map(|(id, _)| id.clone());
        }
        self.last = last;
        self.synced = last;
        self.next = self.next.min(last + 1);
    }
}

/// A stream as one process sees it: what its relay publishes to, or what its consumer is brought.
#[derive(Debug)]
pub struct Seen {
    broker: Arc<Broker>,
    process: Arc<Process>,
    log: &'static str,
    /// The sequences at which this process was brought a position.
    brought: Mutex<BTreeMap<u64, Vec<u64>>>,
}

impl Seen {
    /// The way to the broker.
    async fn reach(&self) -> Result<Troubles, BrokerError> {
        self.process.step().await;
        let troubles = {
            let mut inner = self.broker.guard();
            inner.calls += 1;
            inner.troubles
        };
        if troubles.latency > 0 {
            sleep(Duration::from_millis(self.broker.dice.below(troubles.latency + 1))).await;
            self.process.step().await;
        }
        let inner = self.broker.guard();
        if inner.away {
            return Err(away());
        }
        if inner.streams.get(self.log).is_none_or(|kept| kept.missing) {
            return Err(BrokerError::Missing(format!("stream {}", self.log)));
        }
        Ok(troubles)
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.broker.trace.note(format_args!("{} stream {}: {what}", self.process.name, self.log));
    }

    fn message(event: &StoredEvent, sequence: u64) -> Message {
        Message { sequence, position: Some(Position::after(event)) }
    }

    /// The messages that are to be brought now, with their sequences.
    fn due(&self, troubles: &Troubles) -> Vec<StoredEvent> {
        let dice = &self.broker.dice;
        let mut inner = self.broker.guard();
        let Some(kept) = inner.streams.get_mut(self.log).filter(|kept| !kept.missing) else {
            return Vec::new();
        };
        let now = Instant::now();
        let again = kept.open.iter().filter(|(_, due)| **due <= now).map(|(sequence, _)| *sequence);
        let new = kept.messages.range(kept.next..).map(|(sequence, _)| *sequence);
        let sequences: Vec<u64> = again.chain(new).take(PULL).collect();
        let mut page = Vec::new();
        for sequence in sequences {
            kept.next = kept.next.max(sequence + 1);
            kept.open.insert(sequence, now + ACK_WAIT);
            let Some(event) = kept.messages.get(&sequence) else {
                kept.open.remove(&sequence);
                continue;
            };
            if dice.chance(troubles.skipped) {
                continue;
            }
            let mut brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
            brought.entry(event.position).or_default().push(sequence);
            let mut event = event.clone();
            if dice.chance(troubles.garbled) {
                event.payload = other_amount(&event.payload);
            }
            page.push(event);
            if dice.chance(troubles.repeated) {
                // Itself, or any older one.
                let other = kept.messages.range(..=sequence).nth_back(dice.index(4)).map(|(_, event)| event);
                page.extend(other.cloned());
            }
        }
        if page.len() > 1 && dice.chance(troubles.reordered) {
            for at in 1..page.len() {
                page.swap(at, dice.index(at + 1));
            }
        }
        page
    }
}

#[async_trait]
impl Stream for Seen {
    async fn end(&self) -> Result<End, BrokerError> {
        self.reach().await?;
        let inner = self.broker.guard();
        let kept = inner.streams.get(self.log).ok_or_else(away)?;
        let last = kept.messages.get(&kept.last).map(|event| Self::message(event, kept.last));
        let end = End { sequence: kept.last, last };
        drop(inner);
        self.note(format_args!("ends at {}", end.sequence));
        Ok(end)
    }

    async fn message(&self, sequence: u64) -> Result<Option<Message>, BrokerError> {
        self.reach().await?;
        let inner = self.broker.guard();
        let kept = inner.streams.get(self.log).ok_or_else(away)?;
        let found = kept.messages.range(..=sequence).next_back();
        Ok(found.map(|(sequence, event)| Self::message(event, *sequence)))
    }

    async fn publish(
        &self,
        expected: u64,
        after: Option<&Position>,
        events: &[StoredEvent],
    ) -> Result<u64, BrokerError> {
        let troubles = self.reach().await?;
        let dice = &self.broker.dice;
        if dice.chance(troubles.late) {
            // The publisher gives up, and what it sent arrives when it likes.
            let (broker, log, events) = (Arc::clone(&self.broker), self.log, events.to_vec());
            let after = after.cloned();
            let delay = Duration::from_millis(dice.between(1, 20_000));
            tokio::spawn(async move {
                sleep(delay).await;
                for (expected, after, event) in places(expected, after, &events) {
                    let _ = broker.stored(log, expected, after, event);
                }
            });
            self.note(format_args!("events sent, late"));
            return Err(away());
        }
        // All are sent before the first answer is waited for.
        let mut answers = Vec::with_capacity(events.len());
        for (expected, after, event) in places(expected, after.cloned(), events) {
            if dice.chance(troubles.lost) {
                answers.push(Err(away()));
                continue;
            }
            let stored = self.broker.stored(self.log, expected, after, event);
            answers.push(if dice.chance(troubles.unanswered) { Err(away()) } else { stored });
        }
        self.process.step().await;
        let answer = answers.into_iter().try_fold(expected, |_, answer| answer);
        self.note(format_args!("{} after {expected}: {answer:?}", events.len()));
        answer
    }
}

#[async_trait]
impl Inbox for Seen {
    async fn receive(&self) -> Result<Vec<StoredEvent>, BrokerError> {
        let troubles = self.reach().await?;
        let until = Instant::now() + PULL_WAIT;
        loop {
            let arrived = self.broker.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable();
            if self.broker.guard().away {
                return Err(away());
            }
            let page = self.due(&troubles);
            if !page.is_empty() {
                self.process.step().await;
                let positions: Vec<u64> = page.iter().map(|event| event.position).collect();
                self.note(format_args!("brings {positions:?}"));
                return Ok(page);
            }
            if timeout_at(until, arrived).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    async fn taken_in(&self, position: u64) {
        let mut brought = self.brought.lock().unwrap_or_else(PoisonError::into_inner);
        let later = brought.split_off(&position.saturating_add(1));
        let done = std::mem::replace(&mut *brought, later);
        drop(brought);
        let mut inner = self.broker.guard();
        if inner.away {
            return;
        }
        if let Some(kept) = inner.streams.get_mut(self.log) {
            for sequence in done.into_values().flatten() {
                kept.open.remove(&sequence);
            }
        }
    }
}
