//! The log's store on a simulated database, as one process has it open.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::store::{Head, HeldLock, Lock, LogStore, Side, StateRow, StoreError, StoreTx};
use tokio::sync::watch;
use tokio::time::sleep;

use super::database::{Database, Faults, Gone, Health, Wakes};
use super::process::Process;
use super::tables::{View, Writes};

/// How long a real store waits for an answer, and for a connection.
const ANSWER: Duration = Duration::from_secs(40);
const CONNECT: Duration = Duration::from_secs(10);

/// A log in a simulated database.
#[derive(Debug, Clone)]
pub struct SimStore {
    database: Arc<Database>,
    process: Arc<Process>,
    wakes: Arc<Wakes>,
}

fn failed(why: &str) -> StoreError {
    StoreError::Unavailable(sqlx::Error::Io(std::io::Error::other(why.to_owned())))
}

impl From<Gone> for StoreError {
    fn from(Gone(why): Gone) -> Self {
        failed(why)
    }
}

impl SimStore {
    pub fn open(database: &Arc<Database>, process: &Arc<Process>) -> Self {
        let wakes = Arc::new(Wakes::default());
        database.listen(process.number, &wakes);
        process.uses(database);
        Self { database: Arc::clone(database), process: Arc::clone(process), wakes }
    }

    fn note(&self, what: &str, outcome: &str) {
        if let Some(trace) = &self.database.trace {
            trace.note(format_args!("{} {}: {what}{outcome}", self.process.name, self.database.log));
        }
    }

    /// The way to the server: what may go wrong on it.
    async fn reach(&self, what: &str, patience: Duration) -> Result<Faults, StoreError> {
        self.process.step().await;
        let (health, faults) = self.database.called();
        let dice = &self.database.dice;
        if health == Health::Silent {
            sleep(patience).await;
            self.process.pass().await;
            self.note(what, ": no answer");
            return Err(failed("no answer in time"));
        }
        if faults.latency > 0 {
            let least = if dice.chance(faults.slow) { 100 * faults.latency } else { 0 };
            sleep(Duration::from_millis(least + dice.below(faults.latency + 1))).await;
        }
        self.process.lives().await;
        if health == Health::Down || self.database.health() == Health::Down {
            self.process.step().await;
            self.note(what, ": refused");
            return Err(failed("connection refused"));
        }
        Ok(faults)
    }

    /// One statement of a session.
    async fn statement<T>(
        &self,
        session: u64,
        what: &str,
        effect: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let faults = self.reach(what, ANSWER).await?;
        let cut = self.database.dice.chance(faults.cut);
        let before = cut && self.database.dice.chance(5_000);
        if before {
            self.database.close_session(session);
        }
        self.database.works(session, true)?;
        let result = effect.await;
        if cut {
            self.database.close_session(session);
        }
        let worked = self.database.works(session, false);
        self.process.step().await;
        let result = worked.map_err(StoreError::from).and(result);
        self.note(what, if result.is_ok() { "" } else { ": failed" });
        result
    }

    async fn transaction(&self, what: &str, writes: bool) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        self.reach("connect", CONNECT).await?;
        let session =
            Session { store: self.clone(), number: self.database.open_session(self.process.number) };
        let database = &self.database;
        let head = self
            .statement(session.number, what, async {
                if writes {
                    return Ok((database.lock_head(session.number).await?, None));
                }
                let at = database.snapshot();
                let own = Writes::default();
                let head = database.view(Some(at), &own, |view: &View<'_>| View::head(view));
                Ok((head.ok_or_else(|| failed("no head row"))?, Some(at)))
            })
            .await;
        let (head, at) = head?;
        let tx = SimTx { session, at, writes: Writes::default(), failed: false };
        Ok((Box::new(tx), head))
    }
}

#[async_trait]
impl LogStore for SimStore {
    async fn begin(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        self.transaction("begin", true).await
    }

    async fn snapshot(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        self.transaction("snapshot", false).await
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.subscribe()
    }

    fn wake(&self, head: u64) {
        self.wakes.wake(head);
    }

    async fn lock(&self, what: Lock) -> Result<Option<Box<dyn HeldLock>>, StoreError> {
        self.reach("connect", CONNECT).await?;
        let session =
            Session { store: self.clone(), number: self.database.open_session(self.process.number) };
        let number = session.number;
        let locked =
            self.statement(number, "lock", async { Ok(self.database.try_lock(what, number)?) }).await?;
        Ok(if locked { Some(Box::new(SimLock(session))) } else { None })
    }
}

/// A session that ends when it is dropped.
struct Session {
    store: SimStore,
    number: u64,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.store.database.close_session(self.number);
    }
}

struct SimLock(Session);

#[async_trait]
impl HeldLock for SimLock {
    async fn check(&mut self) -> Result<(), StoreError> {
        self.0.store.statement(self.0.number, "check", async { Ok(()) }).await
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        self.0.store.statement(self.0.number, "release", async { Ok(()) }).await
    }
}

struct SimTx {
    session: Session,
    /// The snapshot of a reader; a writer sees what is committed, statement by statement.
    at: Option<u64>,
    writes: Writes,
    /// After an error nothing but the end of the transaction is taken.
    failed: bool,
}

impl SimTx {
    async fn read<T: Send>(
        &mut self,
        what: &str,
        read: impl FnOnce(&View<'_>) -> T + Send,
    ) -> Result<T, StoreError> {
        let Self { session, at, writes, failed } = self;
        let database = &session.store.database;
        let effect = async { if *failed { Err(aborted()) } else { Ok(database.view(*at, writes, read)) } };
        session.store.statement(session.number, what, effect).await
    }

    async fn write<T: Send>(
        &mut self,
        what: &str,
        write: impl FnOnce(&Database, &mut Writes) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let Self { session, at, writes, failed } = self;
        let effect = async {
            if *failed {
                return Err(aborted());
            }
            if at.is_some() {
                return Err(self::failed("cannot execute this in a read-only transaction"));
            }
            write(&session.store.database, writes).inspect_err(|_| *failed = true)
        };
        session.store.statement(session.number, what, effect).await
    }
}

fn aborted() -> StoreError {
    failed("current transaction is aborted, commands ignored until end of transaction block")
}

#[async_trait]
impl StoreTx for SimTx {
    async fn events_after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.read("events", |view| view.events_after(position, limit)).await
    }

    async fn hash_at(&mut self, position: u64) -> Result<Option<String>, StoreError> {
        self.read("hash", |view| view.hash_at(position)).await
    }

    async fn requests(&mut self, request_ids: &[String]) -> Result<Vec<StoredEvent>, StoreError> {
        self.read("requests", |view| view.requests(request_ids)).await
    }

    async fn states(&mut self, generation: u64, keys: &[String]) -> Result<Vec<StateRow>, StoreError> {
        self.read("states", |view| view.states(generation, keys)).await
    }

    async fn page(
        &mut self,
        generation: u64,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StateRow>, StoreError> {
        self.read("page", |view| view.page(generation, prefix, after, limit)).await
    }

    async fn history(&mut self, key: &str, side: Side, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.read("history", |view| view.history(key, side, limit)).await
    }

    async fn histories(
        &mut self,
        prefix: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Vec<(String, StoredEvent)>, StoreError> {
        self.read("histories", |view| view.histories(prefix, after, limit)).await
    }

    async fn append(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        self.write("append", |database, writes| {
            for event in events {
                if let Some(why) = database.refuses(writes, event) {
                    return Err(StoreError::Content(sqlx::Error::Protocol(why.to_owned())));
                }
                writes.events.push(Arc::new(event.clone()));
            }
            Ok(())
        })
        .await
    }

    async fn index(&mut self, places: &[(String, u64)]) -> Result<(), StoreError> {
        self.write("index", |_, writes| {
            writes.index.extend(places.iter().cloned());
            Ok(())
        })
        .await
    }

    async fn upsert(&mut self, generation: u64, rows: &[StateRow]) -> Result<(), StoreError> {
        self.write("upsert", |_, writes| {
            for row in rows {
                let value = Some((row.position, row.state.clone()));
                writes.states.insert((generation, row.key.clone()), value);
            }
            Ok(())
        })
        .await
    }

    async fn remove_states(&mut self, generation: u64, limit: u32) -> Result<u64, StoreError> {
        self.write("remove", |database, writes| {
            let keys = database.view(None, writes, |view| view.some_keys(generation, limit));
            let removed = keys.len() as u64;
            writes.states.extend(keys.into_iter().map(|key| (key, None)));
            Ok(removed)
        })
        .await
    }

    async fn move_head(&mut self, head: &Head) -> Result<(), StoreError> {
        self.write("head", |_, writes| {
            writes.head = Some(head.clone());
            Ok(())
        })
        .await
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        let store = self.session.store.clone();
        let (database, number) = (&store.database, self.session.number);
        let faults = store.reach("commit", ANSWER).await?;
        let dice = &database.dice;
        if dice.chance(faults.commit_lost) {
            database.close_session(number);
            store.process.step().await;
            store.note("commit", ": lost");
            return Err(failed("connection reset"));
        }
        database.works(number, true)?;
        let writes = std::mem::take(&mut self.writes);
        let moved = writes.head.as_ref().map(|head| head.position);
        let warned = dice.chance(faults.commit_warned);
        if self.failed || writes.is_empty() {
            // A transaction that failed is rolled back, whatever is asked for; PostgreSQL calls it no error.
            database.close_session(number);
        } else {
            database.write(number, writes)?;
            if faults.latency > 0 {
                sleep(Duration::from_millis(1 + dice.below(faults.latency + 1))).await;
            }
            database.sync(number, warned)?;
            if let Some(head) = moved {
                database.notify(head, &faults);
            }
        }
        store.process.step().await;
        if dice.chance(faults.commit_unanswered) {
            store.note("commit", ": not answered");
            return Err(failed("connection reset"));
        }
        store.note("commit", if warned { ": warned" } else { "" });
        if warned {
            Err(StoreError::Warned("canceling wait for synchronous replication".to_owned()))
        } else {
            Ok(())
        }
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        let session = &self.session;
        session.store.statement(session.number, "rollback", async { Ok(()) }).await
    }
}
