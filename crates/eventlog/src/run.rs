//! One batch under way, between its lock and its commit.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use crate::batch::{Answer, Context, DeliveryError, Done, ExecuteError, Failure, Work};
use crate::broken::Broken;
use crate::cache::{Cache, evolve, feed_key, meta};
use crate::domain::{Domain, Need, States};
use crate::event::{MAX_PAYLOAD, StoredEvent};
use crate::position::Position;
use crate::store::{Head, StoreError, StoreTx};
use crate::trace::TARGET;

/// A batch under way.
pub(crate) struct Run<'c, D: Domain> {
    cache: &'c mut Cache<D>,
    prefixes: BTreeSet<String>,
    /// The head as it will be.
    pub(crate) head: Head,
    recorded_time: i64,
    broken: Option<Broken>,
    pub(crate) appended: Vec<StoredEvent>,
    pub(crate) touched: BTreeSet<String>,
    pub(crate) answers: Vec<Option<Answer<D>>>,
}

impl<'c, D: Domain> Run<'c, D> {
    pub(crate) fn new(cache: &'c mut Cache<D>, head: &Head, now: i64, broken: Option<Broken>) -> Self {
        if now < head.recorded_time && head.recorded_time - now > 1_000_000 {
            tracing::warn!(
                log = D::LOG,
                behind_micros = head.recorded_time - now,
                "the clock is behind the log"
            );
        }
        Self {
            cache,
            prefixes: BTreeSet::new(),
            recorded_time: now.max(head.recorded_time),
            head: head.clone(),
            broken,
            appended: Vec::new(),
            touched: BTreeSet::new(),
            answers: Vec::new(),
        }
    }

    /// Loads what the commands that are not answered yet need, a round at a time for all of them.
    pub(crate) async fn load(&mut self, tx: &mut dyn StoreTx, batch: &[Work<D>]) -> Result<(), StoreError> {
        loop {
            let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
            let mut missing = BTreeSet::new();
            for (work, answer) in batch.iter().zip(&self.answers) {
                if answer.is_none() {
                    let needs = catch_unwind(AssertUnwindSafe(|| D::needs(&work.command, &states)));
                    missing.extend(needs.unwrap_or_default().into_iter().filter(|need| !states.has(need)));
                }
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
        if !keys.is_empty() {
            // Nothing of this batch touched them, so they are as of the locked head.
            let position = self.head.position - self.appended.len() as u64;
            self.cache.load_keys(tx, position, keys).await?;
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
        if let Some(answer) = self.check_delivery(&batch[index]) {
            self.answers[index] = Some(answer);
            return Ok(());
        }
        // What an earlier command of the batch did may lead to needs that the first rounds did not see.
        loop {
            let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
            let needs = catch_unwind(AssertUnwindSafe(|| D::needs(&batch[index].command, &states)));
            let Ok(needs) = needs else {
                // Never decided on less than it has to see.
                self.panicked(index);
                return Ok(());
            };
            let missing: BTreeSet<_> = needs.into_iter().filter(|need| !states.has(need)).collect();
            if missing.is_empty() {
                break;
            }
            self.load_needs(tx, missing).await?;
        }
        let states = States { rows: &self.cache.rows, prefixes: &self.prefixes };
        let work = &batch[index];
        let decide = || D::decide(&states, &work.command);
        let decided = catch_unwind(AssertUnwindSafe(|| match &work.source {
            None => decide(),
            Some(_) => tracing::info_span!(target: TARGET, parent: &work.span, "recompute", log = D::LOG)
                .in_scope(decide),
        }));
        let events = match decided {
            Ok(Ok(events)) => events,
            Ok(Err(refusal)) => {
                let refused = Err(ExecuteError::Refused { refusal, seen: self.seen() });
                if self.broken == Some(Broken::EarlyRefusal) {
                    let (nobody, _) = oneshot::channel();
                    let reply = std::mem::replace(&mut batch[index].reply, nobody);
                    let _ = reply.send(refused);
                    return Ok(());
                }
                self.answers[index] = Some(refused);
                return Ok(());
            }
            Err(_) => {
                self.panicked(index);
                return Ok(());
            }
        };
        match catch_unwind(AssertUnwindSafe(|| self.rows(&batch[index].context, &events))) {
            Err(_) => self.panicked(index),
            Ok(Err(error)) => self.answers[index] = Some(Err(error)),
            Ok(Ok(rows)) => {
                self.fold(tx, &events, &rows).await?;
                self.appended.extend_from_slice(&rows);
                self.answers[index] = Some(Ok(Done { rows, repeated: false }));
            }
        }
        Ok(())
    }

    fn panicked(&mut self, index: usize) {
        tracing::error!(log = D::LOG, "a command made the rules panic");
        self.answers[index] = Some(Err(ExecuteError::Internal));
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

    /// A delivery has to be the very next event of the history that was taken in.
    fn check_delivery(&self, work: &Work<D>) -> Option<Answer<D>> {
        let (source, previous_hash) = work.source.as_ref()?;
        let known = self.cache.feeds.get(&source.log)?;
        let fork = || {
            let error = DeliveryError::Fork { log: source.log.clone(), position: source.position };
            Some(Err(ExecuteError::Delivery(error)))
        };
        let accepts = |step| self.broken == Some(step);
        if source.position <= known.position {
            // Its request id was not found, so that this is no repeat of what was taken in.
            return if accepts(Broken::DuplicateNotDropped) { None } else { fork() };
        }
        if source.position > known.position + 1 {
            let error = DeliveryError::Gap { log: source.log.clone(), expected: known.position + 1 };
            let gap = Some(Err(ExecuteError::Delivery(error)));
            return if accepts(Broken::GapAccepted) { None } else { gap };
        }
        if *previous_hash == known.hash || accepts(Broken::HashNotCompared) { None } else { fork() }
    }

    /// The rows that a command's events become.
    fn rows(
        &self,
        context: &Context,
        events: &[D::Event],
    ) -> Result<Vec<StoredEvent>, ExecuteError<D::Refusal>> {
        if events.is_empty() {
            tracing::error!(log = D::LOG, "a command was accepted without an event");
            return Err(ExecuteError::Internal);
        }
        let mut previous_hash =
            self.appended.last().map_or_else(|| self.head.hash.clone(), |row| row.hash.clone());
        let mut rows = Vec::with_capacity(events.len());
        for (event, index) in events.iter().zip(0_u32..) {
            let payload = serde_json::to_string(event).map_err(|_| ExecuteError::Internal)?;
            if payload.len() > MAX_PAYLOAD {
                return Err(ExecuteError::TooLarge { bytes: payload.len() });
            }
            let mut keys = D::keys(event);
            keys.extend(D::checkpoint(event).map(|checkpoint| feed_key(&checkpoint.log)));
            keys.sort();
            keys.dedup();
            let mut row = StoredEvent {
                log: D::LOG.to_owned(),
                position: self.head.position + 1 + u64::from(index),
                id: StoredEvent::id_for(D::LOG, &context.request_id, index),
                keys,
                event_type: D::event_type(event).to_owned(),
                payload,
                causation: context.causation.clone(),
                correlation: context.correlation.clone(),
                trace: context.trace.clone(),
                actor: context.actor.clone(),
                approval: D::approval(event),
                effective: D::effective(event),
                recorded_time: self.recorded_time,
                request_id: context.request_id.clone(),
                request_index: index,
                request_hash: context.request_hash.clone(),
                previous_hash: previous_hash.clone(),
                hash: String::new(),
            };
            row.hash = row.compute_hash();
            previous_hash.clone_from(&row.hash);
            rows.push(row);
        }
        Ok(rows)
    }

    /// Folds new events into the cache and marks what they touch.
    async fn fold(
        &mut self,
        tx: &mut dyn StoreTx,
        events: &[D::Event],
        rows: &[StoredEvent],
    ) -> Result<(), Failure> {
        for (event, stored) in events.iter().zip(rows) {
            let keys = D::keys(event);
            let unseen =
                keys.iter().filter(|key| !self.cache.rows.contains_key(*key)).cloned().map(Need::Key);
            let unseen: BTreeSet<_> = unseen.collect();
            if !unseen.is_empty() {
                self.load_needs(tx, unseen).await?;
            }
            for key in keys {
                if let Some(row) = self.cache.rows.get_mut(&key) {
                    // Folds are total; should one panic all the same, it is this command's fault alone.
                    let fold = AssertUnwindSafe(|| evolve::<D>(&key, row, event, &meta(stored), None));
                    catch_unwind(fold).map_err(|_| Failure::Content)?;
                }
                self.touched.insert(key);
            }
            if let Some(checkpoint) = D::checkpoint(event) {
                self.touched.insert(feed_key(&checkpoint.log));
                self.cache.feeds.insert(checkpoint.log.clone(), checkpoint);
            }
            self.head.position = stored.position;
            self.head.hash.clone_from(&stored.hash);
            self.head.recorded_time = self.recorded_time;
        }
        Ok(())
    }

    fn seen(&self) -> Vec<Position> {
        let own =
            Position { log: D::LOG.to_owned(), position: self.head.position, hash: self.head.hash.clone() };
        let feeds = D::SOURCES.iter().filter_map(|source| self.cache.feeds.get(*source)).map(|known| {
            Position { log: known.log.clone(), position: known.position, hash: known.hash.clone() }
        });
        std::iter::once(own).chain(feeds).collect()
    }
}
