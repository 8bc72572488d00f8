//! One service's log: execute commands, read states, wait for positions.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use jiff::Timestamp;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep, timeout_at};

use crate::batch::{Answer, Appender, Clock, Context, Done, ExecuteError, Task, Work};
use crate::broken::Broken;
use crate::domain::{DeliveryFault, Domain};
use crate::event::{GENESIS, StoredEvent, recorded_text};
use crate::feed_status::FeedStates;
use crate::key::fund_of;
use crate::metric;
use crate::own::{ParkedFund, SourceRef, feed_in, parked_in};
use crate::position::Position;
use crate::rebuild::{RebuildError, rebuild};
use crate::run::{Delivery, Derived, panic_text};
use crate::simulate::AT_ONCE;
use crate::store::{LogStore, StoreError};
use crate::trace::{TARGET, continued, passed_on};

/// The most commands of one batch.
const BATCH: usize = 256;

/// Commands that may wait for their batch; more wait to be let in.
const QUEUE: usize = 1_024;

/// How long a request waits for a position that it names.
pub(crate) const WAIT: Duration = Duration::from_secs(10);

/// How often the log is looked at where a wake may have been lost.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The most scratch copies that live at once: fewer than a store has connections, since their answers read beside them.
const SCRATCHES: usize = 3;

/// The most parked funds that are counted.
const COUNTED: usize = 100_000;

/// What a log is opened with.
#[derive(Clone, Default)]
pub struct Options {
    /// The clock; `None` takes the machine's.
    pub clock: Option<Clock>,
    /// A step to leave out. Tests alone set it.
    pub broken: Option<Broken>,
}

/// One service's log. Cheap to share; its appender ends with the last handle.
pub struct Log<D: Domain> {
    pub(crate) store: Arc<dyn LogStore>,
    pub(crate) clock: Clock,
    pub(crate) broken: Option<Broken>,
    /// Turns of simulations.
    pub(crate) simulations: Semaphore,
    queue: mpsc::Sender<Work<D>>,
    feeds: Arc<FeedStates>,
    /// Turns of scratch copies.
    pub(crate) scratches: Arc<Semaphore>,
}

/// Why a log cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The position's hash is not in the log.
    #[error("the position is of a history that the {log} log does not hold")]
    OtherHistory {
        /// The log.
        log: String,
    },
    /// The position lies beyond the log's end.
    #[error("the position lies past the end of the {log} log")]
    PastHead {
        /// The log.
        log: String,
    },
    /// The position names a log that is not known here.
    #[error("there is no log named {log} here")]
    UnknownLog {
        /// The log.
        log: String,
    },
    /// Not taken in within the time that a request waits.
    #[error("not taken in yet: {log} up to {position}")]
    NotYet {
        /// The source's log.
        log: String,
        /// The position waited for.
        position: u64,
    },
    /// Not known to have passed a time within the time that a request waits: something recorded before it may come yet.
    #[error("{log} is not known to have passed {} yet", recorded_text(*known_at))]
    NotPassed {
        /// The log, or the source of it.
        log: String,
        /// The time, in microseconds since 1970 UTC.
        known_at: i64,
        /// When asking again may help.
        retry: Duration,
    },
    /// What has to be read for an answer is more than is read at once.
    #[error(
        "the history that this asks for is longer than is read at once (64 MiB): ask for less of it, or without as_of and known_at"
    )]
    TooMuch,
    /// As many answers about moments and suppositions are being made as are made at once, for longer than a request waits.
    #[error(
        "as many answers about moments and suppositions are being made as this service makes at once: ask again in a while"
    )]
    Busy,
    /// It is about a fund that is parked.
    #[error("{0}")]
    Parked(Box<ParkedFund>),
    /// The database is away.
    #[error("the log is not available")]
    Unavailable,
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a read failed");
        Self::Unavailable
    }
}

impl<D: Domain> std::fmt::Debug for Log<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Log({})", D::LOG)
    }
}

impl<D: Domain> Log<D> {
    /// Opens a log over its store. States of an older fold version are rebuilt first.
    pub async fn open(store: Arc<dyn LogStore>, options: Options) -> Result<Arc<Self>, RebuildError> {
        bring_up_to_date::<D>(&store).await?;
        let (queue, mut waiting) = mpsc::channel(QUEUE);
        let clock = options.clock.unwrap_or_else(|| Arc::new(|| Timestamp::now().as_microsecond()));
        let mut appender = Appender::<D> {
            store: Arc::clone(&store),
            clock: Arc::clone(&clock),
            broken: options.broken,
            cache: None,
            safe: None,
        };
        tokio::spawn(async move {
            let mut batch = Vec::new();
            while waiting.recv_many(&mut batch, BATCH).await > 0 {
                let run = appender.run(std::mem::take(&mut batch));
                // A panic outside the guarded rules must not end the log's only writer.
                if AssertUnwindSafe(run).catch_unwind().await.is_err() {
                    tracing::error!(log = D::LOG, "a batch panicked");
                    (appender.cache, appender.safe) = (None, None);
                }
            }
        });
        let feeds = Arc::new(FeedStates::new(D::LOG, D::SOURCES));
        let log = Arc::new(Self {
            store,
            clock,
            broken: options.broken,
            simulations: Semaphore::new(AT_ONCE),
            queue,
            feeds,
            scratches: Arc::new(Semaphore::new(SCRATCHES)),
        });
        log.observe().await;
        Ok(log)
    }

    /// What this process knows of the feeds that it takes in.
    pub fn feeds(&self) -> &Arc<FeedStates> {
        &self.feeds
    }

    /// Executes a command: decided, appended and committed when this returns, or refused on the log's true end.
    pub async fn execute(&self, command: D::Command, context: Context) -> Answer<D> {
        self.submit(Task::Command(command), context, tracing::Span::current())
            .await?
            .await
            .unwrap_or(Err(ExecuteError::Unavailable))
    }

    /// Takes in an event of one of the sources: one command like any other.
    pub async fn deliver(&self, source: &StoredEvent) -> Result<Answer<D>, DeliveryFault> {
        let answer = self.begin_delivery(source).await?;
        Ok(match answer {
            Ok(answer) => answer.await.unwrap_or(Err(ExecuteError::Unavailable)),
            Err(error) => Err(error),
        })
    }

    /// Queues the delivery of a source event; deliveries queued in order are decided in order.
    pub(crate) async fn begin_delivery(
        &self,
        source: &StoredEvent,
    ) -> Result<Result<oneshot::Receiver<Answer<D>>, ExecuteError<D::Refusal>>, DeliveryFault> {
        let derived = derive::<D>(source)?;
        let came_with = source.trace.as_deref();
        let span = tracing::info_span!(
            target: TARGET,
            "intake",
            log = D::LOG,
            source = source.log,
            position = source.position
        );
        let span = continued(span, came_with);
        let context = Context {
            request_id: String::new(),
            request_hash: source.hash.clone(),
            actor: source.actor.clone(),
            causation: Some(source.id.clone()),
            correlation: source.correlation.clone(),
            trace: passed_on(&span, came_with),
        };
        let funds = source.keys.iter().filter_map(|key| fund_of(key)).map(str::to_owned).collect();
        let delivery = Delivery { source: SourceRef::of(source), funds, derived };
        Ok(self.submit(Task::Delivery(delivery), context, span).await)
    }

    async fn submit(
        &self,
        task: Task<D>,
        context: Context,
        span: tracing::Span,
    ) -> Result<oneshot::Receiver<Answer<D>>, ExecuteError<D::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let work = Work { task, context, span, reply, queued: Instant::now() };
        self.queue.send(work).await.map_err(|_| ExecuteError::Unavailable)?;
        Ok(answer)
    }

    /// How far a source was taken in.
    pub async fn checkpoint(&self, source: &str) -> Result<Position, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        let known = feed_in(tx.as_mut(), head.generation, source).await?;
        tx.rollback().await?;
        Ok(known.place())
    }

    /// Why a fund is parked; `None` if it is not.
    pub async fn parked_fund(&self, fund: &str) -> Result<Option<ParkedFund>, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        let parked = parked_in(tx.as_mut(), head.generation, &BTreeSet::from([fund])).await?.pop();
        tx.rollback().await?;
        Ok(parked)
    }

    /// Says in the metrics where this log stands, whoever wrote it.
    pub(crate) async fn observe(&self) {
        let Ok(head) = self.head().await else { return };
        let Ok(parked) = self.parked("", COUNTED).await else { return };
        #[allow(clippy::cast_precision_loss, reason = "a metric")]
        metrics::gauge!(metric::LOG_POSITION, "service" => D::LOG).set(head.position as f64);
        if !D::SOURCES.is_empty() {
            let parked = u32::try_from(parked.len()).unwrap_or(u32::MAX);
            metrics::gauge!(metric::PARKED_FUNDS, "service" => D::LOG).set(f64::from(parked));
        }
    }

    /// Waits until this log reflects every one of these positions, its own or a source's: read your writes.
    pub async fn wait_for(&self, positions: &[Position]) -> Result<(), ReadError> {
        let deadline = Instant::now() + WAIT;
        for wanted in positions {
            let own = wanted.log == D::LOG;
            if !own && !D::SOURCES.contains(&wanted.log.as_str()) {
                return Err(ReadError::UnknownLog { log: wanted.log.clone() });
            }
            let mut wakes = self.store.wakes();
            loop {
                wakes.mark_unchanged();
                if self.reflects(wanted, own).await? {
                    break;
                }
                if own {
                    return Err(ReadError::PastHead { log: wanted.log.clone() });
                }
                let look_again = (Instant::now() + LOOK_AGAIN).min(deadline);
                let _ = timeout_at(look_again, wakes.changed()).await;
                if Instant::now() >= deadline {
                    return Err(ReadError::NotYet { log: wanted.log.clone(), position: wanted.position });
                }
            }
        }
        Ok(())
    }

    /// Whether this log has come to a position, of its own or of a source.
    async fn reflects(&self, wanted: &Position, own: bool) -> Result<bool, ReadError> {
        let (mut tx, head) = self.store.snapshot().await?;
        let feed = if own { None } else { Some(feed_in(tx.as_mut(), head.generation, &wanted.log).await?) };
        let come_to = wanted.position <= feed.as_ref().map_or(head.position, |feed| feed.checkpoint.position);
        // A place that was passed has to be one of this history.
        let same = match &feed {
            _ if !come_to || *wanted == Position::beginning(&wanted.log) => true,
            None => tx.hash_at(wanted.position).await?.as_ref() == Some(&wanted.hash),
            Some(feed) => !tx.requests(&feed.counting_ids(wanted)).await?.is_empty(),
        };
        tx.rollback().await?;
        if same { Ok(come_to) } else { Err(ReadError::OtherHistory { log: wanted.log.clone() }) }
    }
}

/// What an event of a source asks for.
pub(crate) fn derive<D: Domain>(source: &StoredEvent) -> Result<Derived<D>, DeliveryFault> {
    if source.is_of_the_log() {
        return Ok(Derived::Passed);
    }
    match catch_unwind(AssertUnwindSafe(|| D::delivery(source))) {
        Ok(Ok(command)) => Ok(Derived::Command(command)),
        Ok(Err(fault @ DeliveryFault::UnknownType { .. })) => Err(fault),
        Ok(Err(fault @ DeliveryFault::Unreadable { .. })) => Ok(Derived::Poison(fault.to_string())),
        Err(panic) => Ok(Derived::Poison(panic_text(panic.as_ref()))),
    }
}

/// Rebuilds states of an older fold version, or waits while another process does.
async fn bring_up_to_date<D: Domain>(store: &Arc<dyn LogStore>) -> Result<(), RebuildError> {
    loop {
        let (tx, head) = store.snapshot().await?;
        tx.rollback().await?;
        let (found, known) = (head.fold_version, D::FOLD_VERSION);
        if found > known {
            return Err(RebuildError::NewerStates { log: D::LOG, found, known });
        }
        if found == known {
            return Ok(());
        }
        match rebuild::<D>(store).await {
            Ok(_) => {}
            Err(RebuildError::Running) => {
                tracing::info!(log = D::LOG, "another process rebuilds the states: waiting for its end");
                sleep(LOOK_AGAIN).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// A log as others read it: its events, in order. Knows nothing of what they mean.
#[async_trait]
pub trait Source: Send + Sync + 'static {
    /// The log's name.
    fn name(&self) -> &'static str;

    /// The position of its last event.
    async fn head(&self) -> Result<Position, ReadError>;

    /// Events after a position, up to `limit` or a few megabytes, and the head seen with them.
    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError>;

    /// Whether the log has this place. A place of another log it has not.
    async fn holds(&self, place: &Position) -> Result<bool, ReadError> {
        match self.read_after(place, 1).await {
            Ok(_) => Ok(true),
            Err(
                ReadError::OtherHistory { .. } | ReadError::PastHead { .. } | ReadError::UnknownLog { .. },
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The place before the first event that was recorded at or after a time, in microseconds since 1970 UTC; the end
    /// where all are older.
    async fn before(&self, recorded_time: i64) -> Result<Position, ReadError> {
        let mut place = Position::beginning(self.name());
        loop {
            let (events, _) = self.read_after(&place, BATCH).await?;
            let younger = events.iter().position(|event| event.recorded_time >= recorded_time);
            let older = younger.unwrap_or(events.len());
            if let Some(last) = events[..older].last() {
                place = Position::after(last);
            }
            if younger.is_some() || events.is_empty() {
                return Ok(place);
            }
        }
    }

    /// Changes when there may be more: a hint.
    fn wakes(&self) -> watch::Receiver<u64>;
}

impl<D: Domain> Log<D> {
    async fn head(&self) -> Result<Position, ReadError> {
        let (tx, head) = self.store.snapshot().await?;
        tx.rollback().await?;
        Ok(Position { log: D::LOG.to_owned(), position: head.position, hash: head.hash })
    }
}

#[async_trait]
impl<D: Domain> Source for Log<D> {
    fn name(&self) -> &'static str {
        D::LOG
    }

    async fn head(&self) -> Result<Position, ReadError> {
        Self::head(self).await
    }

    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
        if after.log != D::LOG {
            return Err(ReadError::UnknownLog { log: after.log.clone() });
        }
        let (mut tx, head) = self.store.snapshot().await?;
        if after.position > head.position {
            return Err(ReadError::PastHead { log: after.log.clone() });
        }
        let known =
            if after.position == 0 { Some(GENESIS.to_owned()) } else { tx.hash_at(after.position).await? };
        if known.as_deref() != Some(after.hash.as_str()) {
            return Err(ReadError::OtherHistory { log: after.log.clone() });
        }
        let events = tx.events_after(after.position, u32::try_from(limit).unwrap_or(u32::MAX)).await?;
        tx.rollback().await?;
        let head = Position { log: D::LOG.to_owned(), position: head.position, hash: head.hash };
        Ok((events, head))
    }

    async fn before(&self, recorded_time: i64) -> Result<Position, ReadError> {
        // Recorded times never fall: halve the part of the log that the place is in.
        let (mut tx, head) = self.store.snapshot().await?;
        let mut low = Position::beginning(D::LOG);
        let mut high = head.position;
        while low.position < high {
            let middle = low.position.midpoint(high);
            match tx.events_after(middle, 1).await?.first() {
                Some(event) if event.recorded_time < recorded_time => low = Position::after(event),
                _ => high = middle,
            }
        }
        tx.rollback().await?;
        Ok(low)
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.store.wakes()
    }
}

/// The rows that answer a request, for those who only have the row's types.
impl Done {
    /// The place after the command's last event.
    pub fn position(&self, log: &str) -> Position {
        self.rows.last().map_or_else(|| Position::beginning(log), Position::after)
    }
}
