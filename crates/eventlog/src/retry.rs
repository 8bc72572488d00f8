//! Retrying parked funds: everything that waits for them is taken in, in one commit, or nothing changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::batch::{Context, Failure, REFUSED, by_request, repeated};
use crate::cache::Cache;
use crate::domain::{DeliveryFault, Domain};
use crate::event::StoredEvent;
use crate::log::{Log, ReadError, Source, derive};
use crate::own::{LogEvent, ParkedFund, SourceRef, Voids, feed_in, parked_in, parked_key, retried_id};
use crate::position::Position;
use crate::run::{Derived, Run, make_safe, write};
use crate::store::{Side, StoreError, StoreTx};

/// How often what waits is read again because more came to wait meanwhile.
const TRIES: usize = 5;

/// Events read at once.
const PAGE: usize = 256;

/// What a retry came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// The funds that go on: the one asked for, and those that waited with it.
    pub funds: Vec<String>,
    /// How many events were taken in.
    pub applied: u64,
    /// The event that says so.
    pub row: StoredEvent,
}

/// Why a retry changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RetryError {
    /// The fund is not parked.
    #[error("fund {fund} is not parked in {log}")]
    NotParked {
        /// The fund.
        fund: String,
        /// The log that was asked.
        log: &'static str,
    },
    /// An event still cannot be taken in.
    #[error(
        "event {position} of the {log} log ({event_type}, {id}) still cannot be taken in: {reason}",
        position = source_event.position,
        log = source_event.log,
        event_type = source_event.event_type,
        id = source_event.id
    )]
    StillFails {
        /// The event.
        source_event: Box<SourceRef>,
        /// What went wrong.
        reason: String,
    },
    /// A source cannot be read, or does not hold what waits.
    #[error("the {log} log cannot be read: {error}")]
    Source {
        /// The source.
        log: String,
        /// What it said.
        error: ReadError,
    },
    /// More and more came to wait.
    #[error("events for the fund came faster than they could be read: try again")]
    Moved,
    /// The request id was used for other content.
    #[error("the request id {0} was used before for other content: choose a new one")]
    RequestReused(String),
    /// Not known whether it took effect, or it did not: repeat it with the same request id.
    #[error("the log is not available: repeat the request with the same request id")]
    Unavailable,
}

impl From<ReadError> for RetryError {
    fn from(_: ReadError) -> Self {
        Self::Unavailable
    }
}

impl From<StoreError> for RetryError {
    fn from(error: StoreError) -> Self {
        ReadError::from(error).into()
    }
}

/// Funds that are retried together, and the events that wait for them, in the order in which they came.
struct Waiting {
    funds: BTreeMap<String, ParkedFund>,
    events: Vec<SourceRef>,
}

impl<D: Domain> Log<D> {
    /// Takes in everything that waits for a parked fund and for those that wait with it. `sources`: the logs that feed
    /// this one.
    ///
    /// # Errors
    ///
    /// An event still cannot be taken in, or something is not available; nothing has changed then.
    pub async fn retry_parked(
        &self,
        fund: &str,
        sources: &[Arc<dyn Source>],
        context: &Context,
    ) -> Result<Resumed, RetryError> {
        for _ in 0..TRIES {
            let (mut tx, head) = self.store.begin().await?;
            let earlier = resumed_before(tx.as_mut(), context).await;
            let waiting = waiting::<D>(tx.as_mut(), head.generation, fund).await?;
            // What is there already may be answered from here on.
            make_safe(tx, &head).await?;
            if let Some(earlier) = earlier? {
                return Ok(earlier);
            }
            let waiting =
                waiting.ok_or_else(|| RetryError::NotParked { fund: fund.to_owned(), log: D::LOG })?;
            let events = read_again(sources, &waiting.events).await?;
            if let Some(resumed) = self.resume(&waiting, &events, context).await? {
                self.observe().await;
                return Ok(resumed);
            }
        }
        Err(RetryError::Moved)
    }

    /// Takes the events in and resumes the funds; `None` if something else waits by now.
    async fn resume(
        &self,
        waiting: &Waiting,
        events: &[StoredEvent],
        context: &Context,
    ) -> Result<Option<Resumed>, RetryError> {
        let still = |event: &StoredEvent, reason: String| {
            let source_event = Box::new(SourceRef::of(event));
            RetryError::StillFails { source_event, reason }
        };
        let mut commands = Vec::with_capacity(events.len());
        for event in events {
            match derive::<D>(event) {
                Ok(Derived::Command(command)) => commands.push(command),
                Ok(Derived::Passed) => return Err(still(event, "it is about the source's log".to_owned())),
                Ok(Derived::Poison(reason)) => return Err(still(event, reason)),
                Err(fault @ (DeliveryFault::UnknownType { .. } | DeliveryFault::Unreadable { .. })) => {
                    return Err(still(event, fault.to_string()));
                }
            }
        }
        let (mut tx, head) = self.store.begin().await?;
        if head.fold_version != D::FOLD_VERSION {
            return Err(RetryError::Unavailable);
        }
        let earlier = resumed_before(tx.as_mut(), context).await;
        if !matches!(earlier, Ok(None)) {
            make_safe(tx, &head).await?;
            return earlier;
        }
        let mut cache = Cache::<D>::at(&head);
        cache.load_own(tx.as_mut()).await?;
        let mut run = Run::new(&mut cache, &head, (self.clock)(), self.broken);
        // From here on they are as if they were not parked, unless this transaction comes to nothing.
        let unchanged =
            waiting.funds.iter().all(|(fund, seen)| run.own().parked.remove(fund).as_ref() == Some(seen));
        if !unchanged {
            tx.rollback().await?;
            return Ok(None);
        }
        let all: Vec<_> = commands.iter().collect();
        run.load(tx.as_mut(), &all).await?;
        for (event, command) in events.iter().zip(&commands) {
            let place = Position::after(event);
            let delivery = Context {
                request_id: retried_id(&run.own().feed(&event.log).delivery_id(&place)),
                request_hash: event.hash.clone(),
                actor: event.actor.clone(),
                causation: Some(event.id.clone()),
                correlation: event.correlation.clone(),
                trace: event.trace.clone(),
            };
            match run.execute(tx.as_mut(), command, &delivery).await {
                Ok(Ok(_)) => {}
                Ok(Err(fault)) => return Err(still(event, fault.reason())),
                Err(Failure::Panicked(reason)) => return Err(still(event, reason)),
                Err(Failure::Content) => return Err(still(event, REFUSED.to_owned())),
                Err(_) => return Err(RetryError::Unavailable),
            }
        }
        let funds: Vec<String> = waiting.funds.keys().cloned().collect();
        let applied = events.len() as u64;
        let resumed = LogEvent::LogFundResumed { funds: funds.clone(), applied };
        let rows = run.note_at(context, 0, &resumed).map_err(|_| RetryError::Unavailable)?;
        let states = run.touched_rows()?;
        let Run { appended, head: moved, .. } = run;
        if let Err(error) = write(tx.as_mut(), &appended, &states, &moved).await {
            return Err(match (Failure::from(error), events.first()) {
                // Which one it is the database does not say: the first is what had parked the fund.
                (Failure::Content, Some(first)) => still(first, REFUSED.to_owned()),
                _ => RetryError::Unavailable,
            });
        }
        self.commit_alone(tx, context, moved.position).await.map_err(|()| RetryError::Unavailable)?;
        tracing::info!(log = D::LOG, ?funds, applied, "parked funds go on");
        Ok(rows.into_iter().next().map(|row| Resumed { funds, applied, row }))
    }

    /// Commits a transaction that is no batch of the appender's, and makes sure how it ended.
    pub(crate) async fn commit_alone(
        &self,
        tx: Box<dyn StoreTx>,
        context: &Context,
        position: u64,
    ) -> Result<(), ()> {
        if let Err(error) = tx.commit().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a commit failed; looking how it ended");
            // The lock waits for that transaction's end; only what lies before a clean COMMIT is acknowledged.
            let found = async {
                let (mut tx, head) = self.store.begin().await?;
                let found = tx.requests(std::slice::from_ref(&context.request_id)).await?;
                make_safe(tx, &head).await?;
                Ok::<_, StoreError>(!found.is_empty())
            };
            if !found.await.unwrap_or(false) {
                return Err(());
            }
        }
        self.store.wake(position);
        self.feeds().look_again();
        Ok(())
    }
}

/// What an earlier call with the same request id came to.
async fn resumed_before(tx: &mut dyn StoreTx, context: &Context) -> Result<Option<Resumed>, RetryError> {
    let rows = tx.requests(std::slice::from_ref(&context.request_id)).await?;
    let rows = match repeated::<std::fmt::Error>(&by_request(rows), context) {
        None => return Ok(None),
        Some(Err(_)) => return Err(RetryError::RequestReused(context.request_id.clone())),
        Some(Ok(done)) => done.rows,
    };
    let row = rows.into_iter().next();
    Ok(row.and_then(|row| match serde_json::from_str(&row.payload) {
        Ok(LogEvent::LogFundResumed { funds, applied }) => Some(Resumed { funds, applied, row }),
        _ => None,
    }))
}

/// What waits for a fund and for those that wait with it; `None` if it is not parked.
async fn waiting<D: Domain>(
    tx: &mut dyn StoreTx,
    generation: u64,
    fund: &str,
) -> Result<Option<Waiting>, StoreError> {
    let mut funds: BTreeMap<String, ParkedFund> = BTreeMap::new();
    let mut more = BTreeSet::from([fund.to_owned()]);
    while !more.is_empty() {
        let asked: BTreeSet<&str> = more.iter().map(String::as_str).collect();
        let parked = parked_in(tx, generation, &asked).await?;
        more = parked.iter().flat_map(|parked| parked.with.iter().cloned()).collect();
        funds.extend(parked.into_iter().map(|parked| (parked.fund.clone(), parked)));
        more.retain(|fund| !funds.contains_key(fund));
    }
    if !funds.contains_key(fund) {
        return Ok(None);
    }
    let mut voids = Voids::default();
    for source in D::SOURCES {
        let feed = feed_in(tx, generation, source).await?;
        voids.extend(&feed);
    }
    let mut events: BTreeMap<u64, SourceRef> = BTreeMap::new();
    for parked in funds.values() {
        let mut side = Side::After(parked.first - 1);
        loop {
            let page = tx.history(&parked_key(&parked.fund), side, 500).await?;
            let Some(last) = page.last() else { break };
            side = side.beyond(last);
            for row in page.iter().filter(|row| !voids.covers(row)) {
                let event = serde_json::from_str(&row.payload)
                    .map_err(|error| StoreError::Corrupt(format!("event {}: {error}", row.position)))?;
                if let LogEvent::LogFundParked { source, .. } | LogEvent::LogIntakeHeld { source, .. } = event
                {
                    events.insert(row.position, source);
                }
            }
        }
    }
    Ok(Some(Waiting { funds, events: events.into_values().collect() }))
}

/// Reads the events that wait from their sources, in the same order.
async fn read_again(
    sources: &[Arc<dyn Source>],
    waiting: &[SourceRef],
) -> Result<Vec<StoredEvent>, RetryError> {
    let mut found: BTreeMap<(&str, u64), StoredEvent> = BTreeMap::new();
    let mut wanted: BTreeMap<&str, BTreeMap<u64, &SourceRef>> = BTreeMap::new();
    for event in waiting {
        wanted.entry(&event.log).or_default().insert(event.position, event);
    }
    for (log, mut wanted) in wanted {
        let failed = |error| RetryError::Source { log: log.to_owned(), error };
        let source = sources.iter().find(|source| source.name() == log);
        let source = source.ok_or_else(|| failed(ReadError::UnknownLog { log: log.to_owned() }))?;
        while let Some((first, event)) = wanted.first_key_value() {
            let first = *first;
            let hash = event.previous_hash.clone();
            let after = Position { log: log.to_owned(), position: first - 1, hash };
            // One page brings the neighbours that wait too.
            let near = wanted.range(..first + PAGE as u64).next_back().map_or(first, |(last, _)| *last);
            let limit = usize::try_from(near - first + 1).unwrap_or(PAGE);
            let (page, _) = source.read_after(&after, limit).await.map_err(failed)?;
            for event in page {
                if let Some(asked) = wanted.remove(&event.position) {
                    if asked.hash != event.hash {
                        return Err(failed(ReadError::OtherHistory { log: log.to_owned() }));
                    }
                    found.insert((&asked.log, asked.position), event);
                }
            }
            if wanted.contains_key(&first) {
                return Err(failed(ReadError::PastHead { log: log.to_owned() }));
            }
        }
    }
    Ok(waiting.iter().filter_map(|event| found.remove(&(event.log.as_str(), event.position))).collect())
}
