//! One batch under way, between its lock and its commit.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::batch::{Answer, Context, DeliveryError, Done, ExecuteError, Failure, Task, Work};
use crate::broken::Broken;
use crate::cache::{Cache, evolve, meta};
use crate::domain::{Domain, Need, Row, States};
use crate::event::{MAX_PAYLOAD, StoredEvent};
use crate::key::{fund_of, may_name};
use crate::metric;
use crate::own::{FeedState, LogEvent, OwnStates, ParkedFund, SourceRef, feed_key};
use crate::position::Position;
use crate::store::{Head, StateRow, StoreError, StoreTx};
use crate::trace::TARGET;

/// The most characters that the reason of a parked fund has.
const REASON: usize = 1_000;

/// Rows that one statement writes at most: more than nearly all batches have.
const ROWS: usize = 10_000;

/// A batch under way.
pub(crate) struct Run<'c, D: Domain> {
    cache: &'c mut Cache<D>,
    prefixes: BTreeSet<String>,
    /// The head as it will be.
    pub(crate) head: Head,
    recorded_time: i64,
    broken: Option<Broken>,
    /// What deciding the delivery at hand is part of.
    recompute: tracing::Span,
    pub(crate) appended: Vec<StoredEvent>,
    pub(crate) touched: BTreeSet<String>,
    pub(crate) answers: Vec<Option<Answer<D>>>,
}

/// A delivery on its way into a batch: what became of the source's event so far.
pub(crate) struct Delivery<D: Domain> {
    /// The event.
    pub(crate) source: SourceRef,
    /// The funds that it names.
    pub(crate) funds: BTreeSet<String>,
    /// What it asks for.
    pub(crate) derived: Derived<D>,
}

/// What an event of a source asks for.
pub(crate) enum Derived<D: Domain> {
    /// This command.
    Command(D::Command),
    /// Nothing: it is about the source's own log.
    Passed,
    /// Nobody knows: what went wrong.
    Poison(String),
}

/// Why a command came to nothing.
pub(crate) enum Fault<D: Domain> {
    /// Its rules panic, or give what cannot be stored.
    Broken(String),
    /// Its rules refuse it.
    Refused(D::Refusal),
    /// One of its events has so many bytes.
    TooLarge(usize),
    /// It has to see the states of a parked fund; all the funds that it has to see.
    Parked(Box<ParkedFund>, BTreeSet<String>),
}

impl<D: Domain> Fault<D> {
    /// In words, for the reason of a parked fund.
    pub(crate) fn reason(&self) -> String {
        let reason = match self {
            Self::Broken(what) => what.clone(),
            Self::Refused(refusal) => format!("the rules refuse it: {refusal}"),
            Self::TooLarge(bytes) => {
                format!("what follows from it has {bytes} bytes, at most {MAX_PAYLOAD} are kept")
            }
            Self::Parked(parked, _) => parked.to_string(),
        };
        reason.chars().take(REASON).collect()
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<&str>().copied();
    let said = said.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the rules panic: {}", said.unwrap_or("without a word"))
}

/// An event as it will be stored, before it has its place.
struct Draft {
    keys: Vec<String>,
    event_type: &'static str,
    payload: String,
    approval: Option<String>,
    effective: Option<String>,
}

impl<'c, D: Domain> Run<'c, D> {
    pub(crate) fn new(cache: &'c mut Cache<D>, head: &Head, now: i64, broken: Option<Broken>) -> Self {
        let behind = head.recorded_time.saturating_sub(now).max(0);
        if behind > 1_000_000 {
            tracing::warn!(log = D::LOG, behind_micros = behind, "the clock is behind the log");
        }
        #[allow(clippy::cast_precision_loss, reason = "a metric")]
        metrics::gauge!(metric::CLOCK_BEHIND_SECONDS, "service" => D::LOG).set(behind as f64 / 1e6);
        Self {
            cache,
            prefixes: BTreeSet::new(),
            recorded_time: now.max(head.recorded_time),
            head: head.clone(),
            broken,
            recompute: tracing::Span::none(),
            appended: Vec::new(),
            touched: BTreeSet::new(),
            answers: Vec::new(),
        }
    }

    /// The states of the log's own events.
    pub(crate) fn own(&mut self) -> &mut OwnStates {
        self.cache.own.get_or_insert_default()
    }

    /// Loads what commands need, a round at a time for all of them.
    pub(crate) async fn load(
        &mut self,
        tx: &mut dyn StoreTx,
        commands: &[&D::Command],
    ) -> Result<(), StoreError> {
        loop {
            let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
            let mut missing = BTreeSet::new();
            for command in commands {
                let needs = catch_unwind(AssertUnwindSafe(|| D::needs(command, &states)));
                missing.extend(needs.unwrap_or_default().into_iter().filter(|need| !states.has(need)));
            }
            if missing.is_empty() {
                return Ok(());
            }
            self.load_needs(tx, missing).await?;
        }
    }

    async fn load_needs(&mut self, tx: &mut dyn StoreTx, needs: BTreeSet<Need>) -> Result<(), StoreError> {
        let mut keys = Vec::new();
        for need in needs {
            match need {
                Need::Key(key) => keys.push(key),
                Need::Prefix(prefix) => {
                    self.cache.load_prefix(tx, &prefix).await?;
                    self.prefixes.insert(prefix);
                }
            }
        }
        keys.retain(|key| !self.cache.rows.contains_key(key));
        // Nothing of this batch touched them, so they are as of the locked head.
        let position = self.head.position - self.appended.len() as u64;
        // Under a prefix that was loaded, what is not here is nowhere.
        let is_nowhere = |key: &String| self.prefixes.iter().any(|prefix| key.starts_with(prefix));
        let (nowhere, unknown): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_nowhere);
        self.cache.rows.extend(nowhere.into_iter().map(|key| (key, Row { position, state: None })));
        if !unknown.is_empty() {
            self.cache.load_keys(tx, position, unknown).await?;
        }
        Ok(())
    }

    /// Decides one command and folds what follows.
    pub(crate) async fn decide(
        &mut self,
        tx: &mut dyn StoreTx,
        batch: &mut [Work<D>],
        index: usize,
    ) -> Result<(), Failure> {
        if self.answers[index].is_some() {
            return Ok(());
        }
        if let Some(earlier) = self.earlier(batch, index) {
            self.answers[index] = Some(earlier);
            return Ok(());
        }
        let Work { task, context, span, .. } = &batch[index];
        self.recompute = match task {
            Task::Delivery(_) => tracing::info_span!(target: TARGET, parent: span, "recompute", log = D::LOG),
            Task::Command(_) => tracing::Span::none(),
        };
        let answer = match task {
            Task::Delivery(delivery) => self.take_in(tx, delivery, context).await?,
            Task::Command(command) => match self.execute(tx, command, context).await? {
                Ok(rows) => Ok(Done { rows, repeated: false }),
                Err(fault) => Err(self.answer_to(fault)),
            },
        };
        if self.broken == Some(Broken::EarlyRefusal) && matches!(answer, Err(ExecuteError::Refused { .. })) {
            let (nobody, _) = oneshot::channel();
            let _ = std::mem::replace(&mut batch[index].reply, nobody).send(answer);
        } else {
            self.answers[index] = Some(answer);
        }
        Ok(())
    }

    pub(crate) fn answer_to(&self, fault: Fault<D>) -> ExecuteError<D::Refusal> {
        match fault {
            Fault::Refused(refusal) => ExecuteError::Refused { refusal, seen: self.seen() },
            Fault::TooLarge(bytes) => ExecuteError::TooLarge { bytes },
            Fault::Parked(parked, _) => ExecuteError::Parked(parked),
            Fault::Broken(what) => {
                tracing::error!(log = D::LOG, what, "a command came to nothing");
                ExecuteError::Internal
            }
        }
    }

    /// The answer of an earlier request of this batch with the same id. A refusal is not remembered.
    fn earlier(&self, batch: &[Work<D>], index: usize) -> Option<Answer<D>> {
        let context = &batch[index].context;
        let before = batch[..index].iter().zip(&self.answers);
        let (first, done) = before
            .filter(|(work, _)| work.context.request_id == context.request_id)
            .find_map(|(work, answer)| match answer {
                Some(Ok(done)) => Some((work, done)),
                _ => None,
            })?;
        if first.context.request_hash != context.request_hash {
            return Some(Err(ExecuteError::RequestReused { request_id: context.request_id.clone() }));
        }
        Some(Ok(Done { repeated: true, ..done.clone() }))
    }

    /// Takes in the next event of a source: applied, held with the parked funds that it names, or parking them.
    async fn take_in(
        &mut self,
        tx: &mut dyn StoreTx,
        delivery: &Delivery<D>,
        context: &Context,
    ) -> Result<Answer<D>, Failure> {
        let Delivery { source, funds, derived } = delivery;
        if let Err(error) = self.follows(source) {
            return Ok(Err(ExecuteError::Delivery(error)));
        }
        let (funds, reason) = match derived {
            Derived::Passed => {
                let passed = LogEvent::LogIntakePassed { source: source.clone() };
                return self.note(context, &passed).map(Ok);
            }
            _ if self.own().parked_of(funds).is_some() => (funds.clone(), None),
            Derived::Poison(reason) => (funds.clone(), Some(reason.clone())),
            Derived::Command(command) => match self.execute(tx, command, context).await? {
                Ok(rows) => return Ok(Ok(Done { rows, repeated: false })),
                Err(Fault::Parked(_, seen)) => (funds | &seen, None),
                Err(fault) => (funds.clone(), Some(fault.reason())),
            },
        };
        if let Some(parked) = self.own().parked_of(&funds).cloned() {
            // An event is applied whole or not at all: what else it names waits with them.
            let joins = funds.iter().any(|fund| !self.own().parked.contains_key(fund));
            let funds: Vec<_> = funds.into_iter().collect();
            let source = source.clone();
            let held = if joins {
                let first = &parked.source;
                let reason = format!(
                    "it also names fund {}, which is parked by event {} of the {} log",
                    parked.fund, first.position, first.log
                );
                tracing::error!(log = D::LOG, ?funds, reason, "funds are parked");
                LogEvent::LogFundParked { source, funds, reason }
            } else {
                LogEvent::LogIntakeHeld { source, funds }
            };
            return self.note(context, &held).map(Ok);
        }
        let reason = reason.unwrap_or_default();
        let SourceRef { log: from, position, event_type, .. } = source;
        if funds.is_empty() {
            let (log, event_type) = (from.clone(), event_type.clone());
            let poison = DeliveryError::Poison { log, position: *position, event_type, reason };
            return Ok(Err(ExecuteError::Delivery(poison)));
        }
        tracing::error!(
            log = D::LOG,
            source = from,
            position,
            event_type,
            ?funds,
            reason,
            "an event cannot be taken in: its funds are parked"
        );
        let funds = funds.into_iter().collect();
        self.note(context, &LogEvent::LogFundParked { source: source.clone(), funds, reason }).map(Ok)
    }

    /// A delivery has to be the very next event of the history that was taken in.
    fn follows(&mut self, source: &SourceRef) -> Result<(), DeliveryError> {
        let known = self.own().feed(&source.log).checkpoint;
        let accepts = |step| self.broken == Some(step);
        let fork = || Err(DeliveryError::Fork { log: source.log.clone(), position: source.position });
        if source.position <= known.position {
            // Its request id was not found, so that this is no repeat of what was taken in.
            return if accepts(Broken::DuplicateNotDropped) { Ok(()) } else { fork() };
        }
        if source.position > known.position + 1 {
            let gap = DeliveryError::Gap { log: source.log.clone(), expected: known.position + 1 };
            return if accepts(Broken::GapAccepted) { Ok(()) } else { Err(gap) };
        }
        if source.previous_hash == known.hash || accepts(Broken::HashNotCompared) { Ok(()) } else { fork() }
    }

    /// What follows from a command: decided, stored and folded, or why it is not.
    pub(crate) async fn execute(
        &mut self,
        tx: &mut dyn StoreTx,
        command: &D::Command,
        context: &Context,
    ) -> Result<Result<Vec<StoredEvent>, Fault<D>>, Failure> {
        self.execute_from(tx, command, context, 0).await
    }

    /// The same as a part of a request: its events have indices from `first`. Only the first part needs an event.
    pub(crate) async fn execute_from(
        &mut self,
        tx: &mut dyn StoreTx,
        command: &D::Command,
        context: &Context,
        first: u32,
    ) -> Result<Result<Vec<StoredEvent>, Fault<D>>, Failure> {
        // What an earlier command of the batch did may lead to needs that the first rounds did not see.
        loop {
            let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
            // Never decided on less than it has to see.
            let needs = match catch_unwind(AssertUnwindSafe(|| D::needs(command, &states))) {
                Ok(needs) => needs,
                Err(panic) => return Ok(Err(Fault::Broken(panic_text(panic.as_ref())))),
            };
            if let Some(parked) = self.cache.own.as_ref().and_then(|own| parked_need(own, &needs)) {
                let keys = needs.iter().filter_map(|need| match need {
                    Need::Key(key) => fund_of(key),
                    Need::Prefix(prefix) => fund_of(prefix),
                });
                let mut funds: BTreeSet<String> = keys.map(str::to_owned).collect();
                funds.insert(parked.fund.clone());
                return Ok(Err(Fault::Parked(Box::new(parked.clone()), funds)));
            }
            let missing: BTreeSet<_> = needs.into_iter().filter(|need| !states.has(need)).collect();
            if missing.is_empty() {
                break;
            }
            self.load_needs(tx, missing).await?;
        }
        let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
        let recompute = &self.recompute;
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let events = recompute.in_scope(|| D::decide(&states, command)).map_err(Fault::Refused)?;
            if events.is_empty() && first == 0 {
                return Err(Fault::Broken("it is accepted without an event".to_owned()));
            }
            let drafts: Result<Vec<_>, _> = events.iter().map(draft::<D>).collect();
            Ok((events, drafts?))
        }));
        let (events, drafts) = match decided {
            Ok(Ok(decided)) => decided,
            Ok(Err(fault)) => return Ok(Err(fault)),
            Err(panic) => return Ok(Err(Fault::Broken(panic_text(panic.as_ref())))),
        };
        let rows = self.rows(context, first, drafts);
        for (event, row) in events.iter().zip(&rows) {
            self.fold(tx, event, row).await?;
        }
        self.appended.extend_from_slice(&rows);
        Ok(Ok(rows))
    }

    /// Appends an event of the log's own.
    fn note(&mut self, context: &Context, event: &LogEvent) -> Result<Done, Failure> {
        self.note_at(context, 0, event).map(|rows| Done { rows, repeated: false })
    }

    /// Appends an event of the log's own as one of several of its request.
    pub(crate) fn note_at(
        &mut self,
        context: &Context,
        index: u32,
        event: &LogEvent,
    ) -> Result<Vec<StoredEvent>, Failure> {
        let payload = serde_json::to_string(event).map_err(|_| Failure::Content)?;
        let draft = Draft {
            keys: event.keys(),
            event_type: event.event_type(),
            payload,
            approval: None,
            effective: None,
        };
        let rows = self.rows(context, index, vec![draft]);
        for row in &rows {
            let touched = self.own().fold(event, row);
            self.touched.extend(touched);
            self.move_head(row);
        }
        self.appended.extend_from_slice(&rows);
        Ok(rows)
    }

    /// The rows that a command's events become, from an index of its request.
    fn rows(&self, context: &Context, first: u32, drafts: Vec<Draft>) -> Vec<StoredEvent> {
        let mut previous_hash = self.head.hash.clone();
        let request_id = match self.broken {
            // The database itself refuses a second row of one request.
            Some(Broken::DuplicateNotDropped) => format!("{}#{}", context.request_id, self.head.position),
            _ => context.request_id.clone(),
        };
        let mut rows = Vec::with_capacity(drafts.len());
        for (draft, index) in drafts.into_iter().zip(0_u32..) {
            let Draft { mut keys, event_type, payload, approval, effective } = draft;
            keys.sort();
            keys.dedup();
            let mut row = StoredEvent {
                log: D::LOG.to_owned(),
                position: self.head.position + 1 + u64::from(index),
                id: StoredEvent::id_for(D::LOG, &request_id, first + index),
                keys,
                event_type: event_type.to_owned(),
                payload,
                causation: context.causation.clone(),
                correlation: context.correlation.clone(),
                trace: context.trace.clone(),
                actor: context.actor.clone(),
                approval,
                effective,
                recorded_time: self.recorded_time,
                request_id: request_id.clone(),
                request_index: first + index,
                request_hash: context.request_hash.clone(),
                previous_hash: previous_hash.clone(),
                hash: String::new(),
            };
            row.hash = row.compute_hash();
            previous_hash.clone_from(&row.hash);
            rows.push(row);
        }
        rows
    }

    /// Folds a new event of the domain into the cache and marks what it touches.
    async fn fold(
        &mut self,
        tx: &mut dyn StoreTx,
        event: &D::Event,
        stored: &StoredEvent,
    ) -> Result<(), Failure> {
        let keys = D::keys(event);
        let unseen = keys.iter().filter(|key| !self.cache.rows.contains_key(*key)).cloned().map(Need::Key);
        let unseen: BTreeSet<_> = unseen.collect();
        if !unseen.is_empty() {
            self.load_needs(tx, unseen).await?;
        }
        for key in keys {
            if let Some(row) = self.cache.rows.get_mut(&key) {
                // Folds are total; should one panic all the same, it is this command's fault alone.
                let fold = AssertUnwindSafe(|| evolve::<D>(&key, row, event, &meta(stored), None));
                catch_unwind(fold).map_err(|panic| Failure::Panicked(panic_text(panic.as_ref())))?;
            }
            self.touched.insert(key);
        }
        if let Some(checkpoint) = D::checkpoint(event) {
            let moved = self.own().intake(&checkpoint);
            self.touched.extend(moved);
        }
        self.move_head(stored);
        Ok(())
    }

    fn move_head(&mut self, stored: &StoredEvent) {
        self.head.position = stored.position;
        self.head.hash.clone_from(&stored.hash);
        self.head.recorded_time = self.recorded_time;
    }

    /// The touched states as they are stored.
    pub(crate) fn touched_rows(&self) -> Result<Vec<StateRow>, StoreError> {
        self.cache.rows_of(&self.touched)
    }

    fn seen(&self) -> Vec<Position> {
        let own =
            Position { log: D::LOG.to_owned(), position: self.head.position, hash: self.head.hash.clone() };
        let feeds = self.cache.own.iter().flat_map(|own| own.feeds.values()).map(FeedState::place);
        std::iter::once(own).chain(feeds).collect()
    }
}

/// Appends events, writes the states that they touch and the head.
pub(crate) async fn write(
    tx: &mut dyn StoreTx,
    appended: &[StoredEvent],
    rows: &[StateRow],
    head: &Head,
) -> Result<(), StoreError> {
    for events in appended.chunks(ROWS) {
        tx.append(events).await?;
    }
    for rows in rows.chunks(ROWS) {
        tx.upsert(head.generation, rows).await?;
    }
    tx.move_head(head).await
}

/// Ends a transaction that only looked with a COMMIT of its own: what it saw is as safe as that, also where another
/// replica's COMMIT before it came back with a warning.
pub(crate) async fn make_safe(mut tx: Box<dyn StoreTx>, head: &Head) -> Result<(), StoreError> {
    tx.move_head(head).await?;
    tx.commit().await
}

/// The parked fund whose states some needs name.
fn parked_need<'o>(own: &'o OwnStates, needs: &[Need]) -> Option<&'o ParkedFund> {
    if own.parked.is_empty() {
        return None;
    }
    needs.iter().find_map(|need| match need {
        Need::Key(key) => own.parked.get(fund_of(key)?),
        Need::Prefix(prefix) => own.parked.values().find(|parked| may_name(prefix, &parked.fund)),
    })
}

/// An event of the domain as it will be stored.
fn draft<D: Domain>(event: &D::Event) -> Result<Draft, Fault<D>> {
    let payload = serde_json::to_string(event).map_err(|error| Fault::Broken(error.to_string()))?;
    if payload.len() > MAX_PAYLOAD {
        return Err(Fault::TooLarge(payload.len()));
    }
    let mut keys = D::keys(event);
    keys.extend(D::checkpoint(event).map(|checkpoint| feed_key(&checkpoint.log)));
    Ok(Draft {
        keys,
        event_type: D::event_type(event),
        payload,
        approval: D::approval(event),
        effective: D::effective(event),
    })
}
