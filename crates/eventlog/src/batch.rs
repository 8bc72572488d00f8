//! Writing: the serial batch state machine.
//!
//! | step | statements | why there |
//! | --- | --- | --- |
//! | gather the waiting commands | - | no timer: whatever came while the last batch ran |
//! | load what the cache lacks | a snapshot, one SELECT a round | outside the lock, so that others wait less |
//! | BEGIN, lock the head | 2 | other writers wait here |
//! | read the events after the cache's position | 1 a page | another replica may have written |
//! | look up the request ids | 1 | a repeated request gets its first answer |
//! | load what is still missing | 1 a round, 1 a prefix | one need may lead to the next |
//! | decide each command in order, fold what follows | - | pure |
//! | append, upsert states, move the head | 5 | everything together or nothing |
//! | COMMIT, or ROLLBACK of a batch without events on an end that is safe | 1 | once, whatever the batch's size; one that comes back with a warning is none |
//! | answer all | - | refusals too: one decided on a stale cache never meets a fence |
//!
//! A batch works on the cache itself. Whatever fails between BEGIN and COMMIT drops the whole cache, so that nothing
//! uncommitted is ever decided on.
//!
//! No answer rests on what may be lost: if the log's end is not the one of this appender's last clean COMMIT (at the start,
//! after a COMMIT whose end is not known, after another replica's, which may have come back with a warning there), a batch
//! commits, be there events or not. Once that came back clean, all that the log holds is as safe as it.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::broken::Broken;
use crate::cache::Cache;
use crate::domain::{Domain, Need, States};
use crate::event::{MAX_PAYLOAD, StoredEvent};
use crate::metric;
use crate::own::ParkedFund;
use crate::position::Position;
use crate::run::{Delivery, Derived, Run, make_safe, write};
use crate::store::{Head, LogStore, StateRow, StoreError, StoreTx};
use crate::trace::TARGET;

/// A cache further behind the head than this is dropped, not caught up under the lock.
const FAR_BEHIND: u64 = 2_000;

/// Events read at once when a cache is caught up.
const CATCH_UP_PAGE: u32 = 500;

/// A cache with more rows than this is emptied after a batch.
const CACHE_ROWS: usize = 200_000;

/// Why a delivery is poison whose rows the database does not take. What the database said is in the program's log alone.
pub(crate) const REFUSED: &str = "the database refuses the content of what follows from it";

/// Who asks for a command, and by which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The request's id, chosen by the client: a repeat takes effect once.
    pub request_id: String,
    /// The hash of the request's content: the same id with other content is an error.
    pub request_hash: String,
    /// Who sends it.
    pub actor: String,
    /// The event that led to it.
    pub causation: Option<String>,
    /// What it belongs to, over several services.
    pub correlation: Option<String>,
    /// The trace that it is part of.
    pub trace: Option<String>,
}

/// What an accepted command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The rows that it appended.
    pub rows: Vec<StoredEvent>,
    /// Whether an earlier request did it.
    pub repeated: bool,
}

/// Why a command took no effect, or may not have.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExecuteError<R: std::error::Error> {
    /// The rules refuse it.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: R,
        /// What the decision had seen: the log's own head, then the place in each feed.
        seen: Vec<Position>,
    },
    /// The request id was used for other content.
    #[error("the request id {request_id} was used before for other content: choose a new one")]
    RequestReused {
        /// The id.
        request_id: String,
    },
    /// An event would be too large.
    #[error("the request makes an event of {bytes} bytes, at most {MAX_PAYLOAD} are kept")]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// A delivery does not follow what was taken in, or cannot be taken in.
    #[error("{0}")]
    Delivery(DeliveryError),
    /// It has to see the states of a parked fund.
    #[error("{0}")]
    Parked(Box<ParkedFund>),
    /// Not known whether it took effect, or it did not: repeat it with the same request id.
    #[error("the log is not available: repeat the request with the same request id")]
    Unavailable,
    /// A fault of the program on this one command; nothing was written.
    #[error("an internal fault on this request; nothing was written")]
    Internal,
}

/// Why a delivery was not taken in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliveryError {
    /// Events between were not delivered.
    #[error("a gap: the next event of {log} to take in is {expected}")]
    Gap {
        /// The source's log.
        log: String,
        /// The position that has to come next.
        expected: u64,
    },
    /// The event does not continue the history that was taken in.
    #[error("event {position} of {log} does not continue the history that was taken in")]
    Fork {
        /// The source's log.
        log: String,
        /// The position.
        position: u64,
    },
    /// Nothing can be derived from the event, and it names no fund that could stand still instead of the feed.
    #[error("event {position} of {log} ({event_type}) cannot be taken in and names no fund: {reason}")]
    Poison {
        /// The source's log.
        log: String,
        /// The position.
        position: u64,
        /// The event's type.
        event_type: String,
        /// What went wrong.
        reason: String,
    },
}

/// The answer to a command.
pub type Answer<D> = Result<Done, ExecuteError<<D as Domain>::Refusal>>;

/// A command that waits for its batch.
pub(crate) struct Work<D: Domain> {
    pub(crate) task: Task<D>,
    pub(crate) context: Context,
    /// What it is part of, for traces.
    pub(crate) span: tracing::Span,
    pub(crate) reply: oneshot::Sender<Answer<D>>,
    pub(crate) queued: Instant,
}

/// What a batch is asked for.
pub(crate) enum Task<D: Domain> {
    /// A client's command.
    Command(D::Command),
    /// An event of a source. Its request id is made under the lock.
    Delivery(Delivery<D>),
}

impl<D: Domain> Work<D> {
    fn is_delivery(&self) -> bool {
        matches!(self.task, Task::Delivery(_))
    }

    /// What has to be decided, if that is known.
    pub(crate) fn command(&self) -> Option<&D::Command> {
        match &self.task {
            Task::Command(command) | Task::Delivery(Delivery { derived: Derived::Command(command), .. }) => {
                Some(command)
            }
            Task::Delivery(_) => None,
        }
    }
}

/// Tells the time: microseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Appends to one log, batch by batch.
pub(crate) struct Appender<D: Domain> {
    pub(crate) store: Arc<dyn LogStore>,
    pub(crate) clock: Clock,
    pub(crate) broken: Option<Broken>,
    pub(crate) cache: Option<Cache<D>>,
    /// The hash at the log's end when a COMMIT of this appender last came back clean: up to there the log is safe.
    pub(crate) safe: Option<String>,
}

/// Why a batch failed as a whole.
pub(crate) enum Failure {
    /// The database refuses the content of some command.
    Content,
    /// A row stands already where one was to be written: the log is not what it was taken for, whatever the content.
    Taken,
    /// Some command's fold panics: what it said.
    Panicked(String),
    /// The database is away; nothing was committed.
    Unavailable,
    /// COMMIT was asked for and its end is not known.
    CommitUnknown,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a batch could not be written");
        match error {
            StoreError::Content(sqlx::Error::Database(cause)) if cause.is_unique_violation() => Self::Taken,
            StoreError::Content(_) => Self::Content,
            _ => Self::Unavailable,
        }
    }
}

impl<D: Domain> Appender<D> {
    /// Executes a batch and answers each of its commands.
    pub(crate) async fn run(&mut self, mut batch: Vec<Work<D>>) {
        #[allow(clippy::cast_precision_loss, reason = "a metric")]
        metrics::histogram!(metric::BATCH_COMMANDS, "service" => D::LOG).record(batch.len() as f64);
        let failure = match self.attempt(&mut batch).await {
            Ok(answers) => return answer(batch, answers),
            Err(failure) => failure,
        };
        if self.broken != Some(Broken::KeepCacheAfterFailedCommit) {
            self.cache = None;
        }
        match failure {
            Failure::Content | Failure::Taken | Failure::Panicked(_) if batch.len() > 1 => {
                // One command's content must not fail the others: each on its own.
                for work in batch {
                    Box::pin(self.run(vec![work])).await;
                }
            }
            Failure::Panicked(reason) => self.without(batch, reason).await,
            Failure::Content => self.without(batch, REFUSED.to_owned()).await,
            Failure::Taken => {
                tracing::error!(log = D::LOG, "a row stands already where a command's was to be written");
                answer(batch, vec![Some(Err(ExecuteError::Internal))]);
            }
            Failure::Unavailable => {
                let answers = batch.iter().map(|_| Some(Err(ExecuteError::Unavailable))).collect();
                answer(batch, answers);
            }
            Failure::CommitUnknown => {
                let answers = self.look_up(&batch).await;
                answer(batch, answers);
            }
        }
    }

    /// Goes on without what a command asks for: a delivery is poison, any other comes to nothing.
    async fn without(&mut self, mut batch: Vec<Work<D>>, reason: String) {
        if let Task::Delivery(delivery) = &mut batch[0].task {
            match &delivery.derived {
                Derived::Command(_) => {
                    delivery.derived = Derived::Poison(reason);
                    return Box::pin(self.run(batch)).await;
                }
                // Its funds cannot even be parked: then the feed has to stand still.
                Derived::Poison(_) if !delivery.funds.is_empty() => {
                    delivery.funds.clear();
                    return Box::pin(self.run(batch)).await;
                }
                Derived::Poison(_) | Derived::Passed => {}
            }
        }
        tracing::error!(log = D::LOG, reason, "a command came to nothing");
        answer(batch, vec![Some(Err(ExecuteError::Internal))]);
    }

    /// After a COMMIT whose end is not known: takes the lock anew, which waits for that transaction's end, looks, and
    /// commits once more: only what lies before a clean COMMIT is acknowledged.
    async fn look_up(&mut self, batch: &[Work<D>]) -> Vec<Option<Answer<D>>> {
        self.safe = None;
        let found = async {
            let (mut tx, head) = self.store.begin().await?;
            let found = tx.requests(&request_ids(batch)).await?;
            make_safe(tx, &head).await?;
            self.safe = Some(head.hash.clone());
            self.moved(head.position);
            Ok::<_, StoreError>(found)
        };
        let found = found.await.unwrap_or_else(|error| {
            tracing::warn!(error = &error as &dyn std::error::Error, "cannot see how a commit ended");
            Vec::new()
        });
        let found = by_request(found);
        batch
            .iter()
            .map(|work| Some(repeated(&found, &work.context).unwrap_or(Err(ExecuteError::Unavailable))))
            .collect()
    }

    /// One pass over the table above. The answers are in the order of the batch; `None` was sent already.
    async fn attempt(&mut self, batch: &mut [Work<D>]) -> Result<Vec<Option<Answer<D>>>, Failure> {
        self.prefetch(batch).await?;
        if self.broken == Some(Broken::RefusalFromStaleCache) {
            self.refuse_by_cache(batch);
        }
        let (mut tx, head) = self.store.begin().await?;
        if head.fold_version != D::FOLD_VERSION {
            tracing::error!(
                log = D::LOG,
                found = head.fold_version,
                "another version of the program owns the states"
            );
            return Err(Failure::Unavailable);
        }
        self.catch_up(tx.as_mut(), &head).await?;
        let cache = self.cache.as_mut().ok_or(Failure::Unavailable)?;
        for work in batch.iter_mut() {
            if let Task::Delivery(delivery) = &work.task {
                // Under the lock alone it is known how often the feed was voided.
                let feed = cache.own.as_ref().map(|own| own.feed(&delivery.source.log));
                let place = delivery.source.checkpoint().into();
                work.context.request_id = feed.map(|feed| feed.delivery_id(&place)).unwrap_or_default();
            }
        }
        let found = match self.broken {
            Some(Broken::NoRequestLookup) => Vec::new(),
            Some(Broken::DuplicateNotDropped) if batch.iter().any(Work::is_delivery) => Vec::new(),
            _ => tx.requests(&request_ids(batch)).await?,
        };
        let mut run = Run::new(cache, &head, (self.clock)(), self.broken);
        let found = by_request(found);
        run.answers = batch.iter().map(|work| repeated(&found, &work.context)).collect();
        let waiting = batch.iter().zip(&run.answers).filter(|(_, answer)| answer.is_none());
        let commands: Vec<_> = waiting.filter_map(|(work, _)| work.command()).collect();
        run.load(tx.as_mut(), &commands).await?;
        for index in 0..batch.len() {
            run.decide(tx.as_mut(), batch, index).await?;
        }
        let rows = run.touched_rows()?;
        let Run { appended, mut answers, head: moved, .. } = run;
        if appended.is_empty() && self.safe.as_ref() == Some(&head.hash) {
            if let Err(error) = tx.rollback().await {
                tracing::debug!(error = &error as &dyn std::error::Error, "a rollback failed");
            }
        } else {
            if self.broken == Some(Broken::CheckpointBeforeEffect) {
                tx = self.move_checkpoints_first(tx, &head, &rows).await?;
            }
            write(tx.as_mut(), &appended, &rows, &moved).await?;
            if self.broken == Some(Broken::AckBeforeCommit) {
                for (work, answer) in batch.iter_mut().zip(&mut answers) {
                    let (nobody, _) = oneshot::channel();
                    if let Some(answer) = answer.take() {
                        let _ = std::mem::replace(&mut work.reply, nobody).send(answer);
                    }
                }
            }
            let asked = Instant::now();
            let commits = commit_spans(batch, &answers, moved.position);
            let committed = tx.commit().await;
            drop(commits);
            if let Err(error) = committed {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a commit failed; looking how it ended"
                );
                return Err(Failure::CommitUnknown);
            }
            metrics::histogram!(metric::COMMIT_SECONDS, "service" => D::LOG)
                .record(asked.elapsed().as_secs_f64());
            self.safe = Some(moved.hash.clone());
            if let Some(cache) = &mut self.cache {
                cache.move_to(&moved);
            }
            self.moved(moved.position);
        }
        if self.cache.as_ref().is_some_and(|cache| cache.rows.len() > CACHE_ROWS) {
            self.cache = None;
        }
        Ok(answers)
    }

    /// Says that the log ends there now.
    fn moved(&self, position: u64) {
        #[allow(clippy::cast_precision_loss, reason = "a metric")]
        metrics::gauge!(metric::LOG_POSITION, "service" => D::LOG).set(position as f64);
        self.store.wake(position);
    }

    /// The broken variant of a test: refuses what the cache refuses, be it as old as it may.
    fn refuse_by_cache(&self, batch: &mut [Work<D>]) {
        let Some(cache) = &self.cache else { return };
        let states = States { rows: &cache.rows, prefixes: &BTreeSet::new() };
        let seen = Position { log: D::LOG.to_owned(), position: cache.position, hash: cache.hash.clone() };
        for work in batch {
            if let Task::Command(command) = &work.task
                && let Err(refusal) = D::decide(&states, command)
            {
                let refused = ExecuteError::Refused { refusal, seen: vec![seen.clone()] };
                let (nobody, _) = oneshot::channel();
                let _ = std::mem::replace(&mut work.reply, nobody).send(Err(refused));
            }
        }
    }

    /// The broken variant of a test: commits the checkpoints, and only then begins with what belongs to them.
    async fn move_checkpoints_first(
        &self,
        tx: Box<dyn StoreTx>,
        head: &Head,
        rows: &[StateRow],
    ) -> Result<Box<dyn StoreTx>, StoreError> {
        tx.rollback().await?;
        let feeds: Vec<_> = rows.iter().filter(|row| row.key.starts_with("feed/")).cloned().collect();
        let (mut tx, _) = self.store.begin().await?;
        tx.upsert(head.generation, &feeds).await?;
        tx.commit().await?;
        Ok(self.store.begin().await?.0)
    }

    /// Loads what the batch will need and the cache lacks, before the lock.
    async fn prefetch(&mut self, batch: &[Work<D>]) -> Result<(), Failure> {
        if let Some(cache) = &self.cache {
            let none = BTreeSet::new();
            let states = States { rows: &cache.rows, prefixes: &none };
            if missing_keys::<D>(batch, &states).is_empty() {
                return Ok(());
            }
        }
        let (mut tx, head) = self.store.snapshot().await?;
        let fits = |cache: &Cache<D>| {
            cache.generation == head.generation && head.position.saturating_sub(cache.position) <= FAR_BEHIND
        };
        if !self.cache.as_ref().is_some_and(fits) {
            self.cache = Some(Cache::at(&head));
        }
        let Some(cache) = self.cache.as_mut() else { return Ok(()) };
        let none = BTreeSet::new();
        loop {
            let missing = missing_keys::<D>(batch, &States { rows: &cache.rows, prefixes: &none });
            if missing.is_empty() {
                break;
            }
            cache.load_keys(tx.as_mut(), head.position, missing).await?;
        }
        tx.rollback().await?;
        Ok(())
    }

    /// Brings the cache to the locked head.
    async fn catch_up(&mut self, tx: &mut dyn StoreTx, head: &Head) -> Result<(), Failure> {
        let usable = |cache: &Cache<D>| {
            cache.generation == head.generation
                && (cache.position < head.position
                    || (cache.position == head.position && cache.hash == head.hash))
                && head.position - cache.position <= FAR_BEHIND
        };
        if !self.cache.as_ref().is_some_and(usable) {
            self.cache = Some(Cache::at(head));
        }
        let Some(cache) = self.cache.as_mut() else { return Ok(()) };
        if self.broken == Some(Broken::NoCatchUp) {
            cache.move_to(head);
        }
        while cache.position < head.position {
            let events = tx.events_after(cache.position, CATCH_UP_PAGE).await?;
            let follows = events.first().is_some_and(|event| event.previous_hash == cache.hash);
            if !follows {
                *cache = Cache::at(head);
                break;
            }
            for event in events {
                cache.apply(&event, self.broken)?;
            }
        }
        cache.load_own(tx).await?;
        Ok(())
    }
}

/// A span each for the commands that a commit makes true.
fn commit_spans<D: Domain>(
    batch: &[Work<D>],
    answers: &[Option<Answer<D>>],
    head: u64,
) -> Vec<tracing::Span> {
    let done = batch
        .iter()
        .zip(answers)
        .filter(|(work, answer)| !work.span.is_disabled() && answer.as_ref().is_some_and(Result::is_ok));
    let commands = batch.len();
    done.map(|(work, _)| {
        tracing::info_span!(target: TARGET, parent: &work.span, "commit", log = D::LOG, commands, head)
    })
    .collect()
}

fn request_ids<D: Domain>(batch: &[Work<D>]) -> Vec<String> {
    batch.iter().map(|work| work.context.request_id.clone()).collect()
}

pub(crate) fn by_request(rows: Vec<StoredEvent>) -> HashMap<String, Vec<StoredEvent>> {
    let mut found: HashMap<String, Vec<StoredEvent>> = HashMap::new();
    for row in rows {
        found.entry(row.request_id.clone()).or_default().push(row);
    }
    found
}

/// The answer to a request that the log has answered before.
pub(crate) fn repeated<R: std::error::Error>(
    found: &HashMap<String, Vec<StoredEvent>>,
    context: &Context,
) -> Option<Result<Done, ExecuteError<R>>> {
    let rows = found.get(&context.request_id)?;
    if rows.iter().any(|row| row.request_hash != context.request_hash) {
        return Some(Err(ExecuteError::RequestReused { request_id: context.request_id.clone() }));
    }
    Some(Ok(Done { rows: rows.clone(), repeated: true }))
}

fn answer<D: Domain>(batch: Vec<Work<D>>, answers: Vec<Option<Answer<D>>>) {
    for (work, answer) in batch.into_iter().zip(answers) {
        if let Some(answer) = answer {
            count(&work, &answer);
            // Whoever asked may have gone; the command is done all the same.
            let _ = work.reply.send(answer);
        }
    }
}

/// Counts an answer.
fn count<D: Domain>(work: &Work<D>, answer: &Answer<D>) {
    if let Task::Delivery(delivery) = &work.task {
        if matches!(answer, Ok(Done { repeated: true, .. })) {
            let source = delivery.source.log.clone();
            metrics::counter!(metric::DUPLICATES_DROPPED, "service" => D::LOG, "source" => source)
                .increment(1);
        }
        return;
    }
    let outcome = match answer {
        Ok(Done { repeated: false, .. }) => "accepted",
        Ok(Done { repeated: true, .. }) => "repeated",
        Err(ExecuteError::Unavailable) => "unavailable",
        Err(ExecuteError::Internal) => "failed",
        Err(
            ExecuteError::Refused { .. }
            | ExecuteError::RequestReused { .. }
            | ExecuteError::TooLarge { .. }
            | ExecuteError::Parked(_)
            | ExecuteError::Delivery(_),
        ) => "refused",
    };
    metrics::counter!(metric::COMMANDS, "service" => D::LOG, "outcome" => outcome).increment(1);
    metrics::histogram!(metric::COMMAND_SECONDS, "service" => D::LOG)
        .record(work.queued.elapsed().as_secs_f64());
}

/// The keys that a batch needs and that were not loaded. A panic shows again under the lock, where it is answered.
fn missing_keys<D: Domain>(batch: &[Work<D>], states: &States<'_, D::State>) -> Vec<String> {
    let mut missing = BTreeSet::new();
    for work in batch {
        let Some(command) = work.command() else { continue };
        for need in catch_unwind(AssertUnwindSafe(|| D::needs(command, states))).unwrap_or_default() {
            if let Need::Key(key) = need
                && !states.is_loaded(&key)
            {
                missing.insert(key);
            }
        }
    }
    missing.into_iter().collect()
}
