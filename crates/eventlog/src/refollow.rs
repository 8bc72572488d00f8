//! Following a source again that lost its end: the intakes that it no longer holds are voided, and every state is folded
//! without them.
//!
//! | step | where |
//! | --- | --- |
//! | the source says that it does not hold the checkpoint | - |
//! | find the last place that both histories share: own intakes, newest first | a snapshot |
//! | fold the log without the intakes after that place | beside running servers |
//! | catch up, check that the checkpoint is still that one | under the head's lock |
//! | append what voids them, and what is computed anew for the funds that they touch | the same transaction |
//! | swap the states in, commit | the same transaction |

use crate::batch::{Context, Failure, by_request, repeated};
use crate::cache::Cache;
use crate::domain::{Domain, Voided};
use crate::event::StoredEvent;
use crate::fold::Fold;
use crate::log::{Log, ReadError, Source};
use crate::own::{FeedState, LogEvent, Place, feed_in, feed_key, moved_to};
use crate::position::Position;
use crate::rebuild::RebuildError;
use crate::run::{Run, make_safe, write};
use crate::store::{Head, Side, StoreError, StoreTx};

/// How often it begins anew because the checkpoint moved.
const TRIES: usize = 3;

/// Own intakes looked at at once.
const PAGE: u32 = 500;

/// Funds and positions that the event names; the rest is counted.
const NAMED: usize = 1_000;

/// What following a source again came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refollowed {
    /// The last place that both histories share.
    pub after: Place,
    /// The last place that had been taken in.
    pub until: Place,
    /// Funds that the voided intakes touch: the first 1000.
    pub funds: Vec<String>,
    /// How many there are.
    pub fund_count: u64,
    /// Positions of this log's events that clients' commands appended for those funds since: the first 1000.
    pub decided_on_voided: Vec<u64>,
    /// How many there are.
    pub decided_on_voided_count: u64,
    /// The event that says so.
    pub row: StoredEvent,
}

/// Why a source is not followed again; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum RefollowError {
    /// The log does not take that source in.
    #[error("{log} takes in no log named {source_log}")]
    UnknownSource {
        /// The log that was asked.
        log: &'static str,
        /// The source.
        source_log: String,
    },
    /// The source holds all that was taken in.
    #[error("the {source_log} log holds everything that {log} has taken in of it: there is nothing to void")]
    NotForked {
        /// The log that was asked.
        log: &'static str,
        /// The source.
        source_log: String,
    },
    /// The source cannot be read.
    #[error("the source cannot be read: {0}")]
    Source(ReadError),
    /// The states could not be folded.
    #[error("{0}")]
    Rebuild(#[from] RebuildError),
    /// What is computed from the facts could not be computed anew.
    #[error("what is stored about {of} could not be computed anew: {reason}")]
    Recompute {
        /// The fund, or the key of no fund.
        of: String,
        /// What went wrong.
        reason: String,
    },
    /// The feed moves.
    #[error("the feed moved on meanwhile: try again")]
    Moved,
    /// The request id was used for other content.
    #[error("the request id {0} was used before for other content: choose a new one")]
    RequestReused(String),
    /// Not known whether it took effect, or it did not: repeat it with the same request id.
    #[error("the log is not available: repeat the request with the same request id")]
    Unavailable,
}

impl From<StoreError> for RefollowError {
    fn from(error: StoreError) -> Self {
        Self::Rebuild(error.into())
    }
}

impl<D: Domain> Log<D> {
    /// Voids the intakes that a source no longer holds and folds every state without them; the feed then goes on from
    /// the last place that both histories share.
    ///
    /// # Errors
    ///
    /// The source holds all of it, or something is not available; nothing has changed then.
    pub async fn refollow(
        &self,
        source: &dyn Source,
        context: &Context,
    ) -> Result<Refollowed, RefollowError> {
        let name = source.name();
        if !D::SOURCES.contains(&name) {
            return Err(RefollowError::UnknownSource { log: D::LOG, source_log: name.to_owned() });
        }
        for _ in 0..TRIES {
            let (mut tx, head) = self.store.begin().await?;
            let earlier = refollowed_before(tx.as_mut(), context).await;
            let feed = feed_in(tx.as_mut(), head.generation, name).await?;
            // What is there already may be answered from here on.
            make_safe(tx, &head).await?;
            if let Some(earlier) = earlier? {
                return Ok(earlier);
            }
            if holds(source, &feed.place()).await? {
                return Err(RefollowError::NotForked { log: D::LOG, source_log: name.to_owned() });
            }
            let after = self.common_ancestor(source, &feed, &head).await?;
            if let Some(refollowed) = self.void(name, &feed, after, context).await? {
                return Ok(refollowed);
            }
        }
        Err(RefollowError::Moved)
    }

    /// The last place taken in that the source still holds.
    async fn common_ancestor(
        &self,
        source: &dyn Source,
        feed: &FeedState,
        head: &Head,
    ) -> Result<Position, RefollowError> {
        let voids = feed.own_voids();
        let mut side = Side::Before(head.position + 1);
        loop {
            // A snapshot of its own each time: the source's answers take their time.
            let (mut tx, _) = self.store.snapshot().await?;
            let page = tx.history(&feed_key(source.name()), side, PAGE).await?;
            tx.rollback().await?;
            let Some(last) = page.last() else { return Ok(Position::beginning(source.name())) };
            side = side.beyond(last);
            // The newest first; retried intakes moved nothing, and neither did what was voided before.
            let counting = page.iter().filter(|row| !voids.covers(row));
            let places: Vec<_> = counting.filter_map(|row| moved_to(&row.request_id)).collect();
            let Some(oldest) = places.last() else { continue };
            if !holds(source, oldest).await? {
                continue;
            }
            // What holds an event holds all before it.
            let (mut lacks, mut has) = (0, places.len() - 1);
            while lacks < has {
                let middle = usize::midpoint(lacks, has);
                if holds(source, &places[middle]).await? {
                    has = middle;
                } else {
                    lacks = middle + 1;
                }
            }
            return Ok(places[has].clone());
        }
    }

    /// Records the void and swaps the states without it in; `None` if the feed moved meanwhile.
    async fn void(
        &self,
        source: &'static str,
        feed: &FeedState,
        after: Position,
        context: &Context,
    ) -> Result<Option<Refollowed>, RefollowError> {
        let mut fold = Fold::begin::<D>(&self.store, Some((source, after.position))).await?;
        let voided = self.swap(&mut fold, source, feed, after, context).await;
        match voided {
            Ok(Some(_)) => fold.end(&self.store).await,
            Ok(None) | Err(_) => fold.abandon().await,
        }
        voided
    }

    /// The same once most is folded.
    async fn swap(
        &self,
        fold: &mut Fold,
        source: &'static str,
        feed: &FeedState,
        after: Position,
        context: &Context,
    ) -> Result<Option<Refollowed>, RefollowError> {
        let (mut tx, head) = self.store.begin().await?;
        fold.finish::<D>(tx.as_mut(), &head).await?;
        let seen = feed_in(tx.as_mut(), head.generation, source).await?;
        if head.fold_version != D::FOLD_VERSION || seen != *feed {
            tx.rollback().await?;
            return Ok(None);
        }
        let (funds, shared, decided) = fold
            .touched()
            .map(|touched| (Vec::from_iter(touched.funds.clone()), touched.shared.clone(), touched.decided()))
            .unwrap_or_default();
        let head = Head { generation: fold.generation, ..head };
        let mut cache = Cache::<D>::at(&head);
        cache.own = Some(std::mem::take(&mut fold.own));
        let mut run = Run::new(&mut cache, &head, (self.clock)(), self.broken);
        let first = |all: &[u64]| all.iter().take(NAMED).copied().collect::<Vec<_>>();
        let voided = LogEvent::LogFeedVoided {
            log: source.to_owned(),
            after: Place { position: after.position, hash: after.hash },
            until: Place { position: feed.checkpoint.position, hash: feed.checkpoint.hash.clone() },
            funds: funds.iter().take(NAMED).cloned().collect(),
            fund_count: funds.len() as u64,
            decided_on_voided: first(&decided),
            decided_on_voided_count: decided.len() as u64,
        };
        let rows = run.note_at(context, 0, &voided).map_err(|_| RefollowError::Unavailable)?;
        let Some(row) = rows.into_iter().next() else { return Err(RefollowError::Unavailable) };
        // Parked funds too: what is stored about them rests on facts that are gone.
        let parked = std::mem::take(&mut run.own().parked);
        let mut index = 1;
        let voided_by = Voided { source, event: &row.id };
        let of_funds = funds.iter().map(|fund| (fund, D::recompute(fund, &voided_by)));
        let of_shared = shared.iter().map(|key| (key, D::recompute_shared(key, &voided_by)));
        for (of, command) in of_funds.chain(of_shared) {
            let Some(command) = command else { continue };
            let failed = |reason| RefollowError::Recompute { of: of.clone(), reason };
            match run.execute_from(tx.as_mut(), &command, context, index).await {
                Ok(Ok(rows)) => index += u32::try_from(rows.len()).unwrap_or(u32::MAX),
                Ok(Err(fault)) => return Err(failed(fault.reason())),
                Err(Failure::Panicked(reason)) => return Err(failed(reason)),
                Err(_) => return Err(RefollowError::Unavailable),
            }
        }
        run.own().parked = parked;
        let states = run.touched_rows()?;
        let Run { appended, head: moved, .. } = run;
        write(tx.as_mut(), &appended, &states, &moved).await?;
        self.commit_alone(tx, context, moved.position).await.map_err(|()| RefollowError::Unavailable)?;
        self.observe().await;
        tracing::warn!(
            log = D::LOG,
            source,
            after = after.position,
            until = feed.checkpoint.position,
            funds = funds.len(),
            decided_on_voided = decided.len(),
            "intakes of a lost history are void"
        );
        Ok(refollowed(&voided, row))
    }
}

/// What the event of a void says.
fn refollowed(event: &LogEvent, row: StoredEvent) -> Option<Refollowed> {
    let LogEvent::LogFeedVoided {
        after,
        until,
        funds,
        fund_count,
        decided_on_voided,
        decided_on_voided_count,
        ..
    } = event.clone()
    else {
        return None;
    };
    Some(Refollowed { after, until, funds, fund_count, decided_on_voided, decided_on_voided_count, row })
}

/// What an earlier call with the same request id came to.
async fn refollowed_before(
    tx: &mut dyn StoreTx,
    context: &Context,
) -> Result<Option<Refollowed>, RefollowError> {
    let rows = tx.requests(std::slice::from_ref(&context.request_id)).await?;
    let rows = match repeated::<std::fmt::Error>(&by_request(rows), context) {
        None => return Ok(None),
        Some(Err(_)) => return Err(RefollowError::RequestReused(context.request_id.clone())),
        Some(Ok(done)) => done.rows,
    };
    let row = rows.into_iter().next();
    Ok(row.and_then(|row| serde_json::from_str(&row.payload).ok().and_then(|event| refollowed(&event, row))))
}

/// Whether a source holds a place. Only its own answer counts.
async fn holds(source: &dyn Source, place: &Position) -> Result<bool, RefollowError> {
    match source.read_after(place, 1).await {
        Ok(_) => Ok(true),
        Err(ReadError::OtherHistory { .. } | ReadError::PastHead { .. }) => Ok(false),
        Err(error) => Err(RefollowError::Source(error)),
    }
}
