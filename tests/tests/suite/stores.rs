//! All stores, fresh for a test, and a store that fails where a test says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use async_trait::async_trait;
use jixiao_eventlog::store::{Head, HeldLock, Lock, LogStore, Side, StateRow, StoreError, StoreTx};
use jixiao_eventlog::{Broken, Domain, Location, Log, Options, StoredEvent};
use jixiao_tests::postgres;
use tokio::sync::{Semaphore, watch};

use crate::sim::Databases;

/// A place for logs that lives as long as the test.
pub struct Place {
    pub name: &'static str,
    at: At,
}

enum At {
    Folder(tempfile::TempDir),
    Postgres(String),
    Simulated(Databases),
}

impl Place {
    pub fn sqlite() -> Self {
        Self { name: "sqlite", at: At::Folder(tempfile::tempdir().unwrap()) }
    }

    /// Databases of this place's own on the run's PostgreSQL.
    pub fn postgres() -> Self {
        let url = postgres::shared().url(&postgres::shared().fresh_name("place"));
        Self { name: "postgres", at: At::Postgres(url) }
    }

    /// Databases in this process's memory, without faults.
    pub fn simulated() -> Self {
        Self { name: "simulated", at: At::Simulated(Databases::default()) }
    }

    pub fn all() -> [Self; 3] {
        [Self::sqlite(), Self::postgres(), Self::simulated()]
    }

    /// Where a real store of this place is.
    pub fn location(&self) -> Location {
        match &self.at {
            At::Folder(folder) => Location::Folder(folder.path().to_owned()),
            At::Postgres(url) => Location::Postgres(url.clone()),
            At::Simulated(_) => panic!("a simulated store is nowhere"),
        }
    }

    /// Another connection to the same log.
    pub async fn store<D: Domain>(&self) -> Arc<dyn LogStore> {
        match &self.at {
            At::Simulated(databases) => Arc::new(databases.store::<D>()),
            _ => self.location().open::<D>().await.unwrap(),
        }
    }

    pub async fn log<D: Domain>(&self) -> Arc<Log<D>> {
        Log::open(self.store::<D>().await, Options::default()).await.unwrap()
    }

    pub async fn broken<D: Domain>(&self, broken: Option<Broken>) -> Arc<Log<D>> {
        Log::open(self.store::<D>().await, Options { broken, ..Options::default() }).await.unwrap()
    }

    /// A log whose store fails where the test says.
    pub async fn faulty<D: Domain>(&self, broken: Option<Broken>) -> (Arc<Log<D>>, Arc<Faults>) {
        let (store, faults) = self.faulty_store::<D>().await;
        (Log::open(store, Options { broken, ..Options::default() }).await.unwrap(), faults)
    }

    /// The store alone.
    pub async fn faulty_store<D: Domain>(&self) -> (Arc<dyn LogStore>, Arc<Faults>) {
        let faults = Arc::new(Faults::default());
        let store = Faulty { inner: self.store::<D>().await, faults: Arc::clone(&faults) };
        (Arc::new(store), faults)
    }
}

/// Where a store fails or waits.
pub struct Faults {
    /// The next COMMIT takes no effect and its answer is lost.
    pub lose_commit: AtomicBool,
    /// The next COMMIT takes effect and its answer is lost.
    pub lose_answer: AtomicBool,
    /// Writing transactions begun.
    pub begun: AtomicU64,
    /// Locks that were taken and not given back at once.
    pub locks: AtomicU64,
    /// Each BEGIN takes one permit; a test closes the gate by taking them all.
    pub gate: Semaphore,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            lose_commit: AtomicBool::new(false),
            lose_answer: AtomicBool::new(false),
            begun: AtomicU64::new(0),
            locks: AtomicU64::new(0),
            gate: Semaphore::new(1),
        }
    }
}

struct Faulty {
    inner: Arc<dyn LogStore>,
    faults: Arc<Faults>,
}

fn lost() -> StoreError {
    StoreError::Unavailable(sqlx::Error::Io(std::io::Error::other("the connection was cut")))
}

#[async_trait]
impl LogStore for Faulty {
    async fn begin(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        drop(self.faults.gate.acquire().await);
        self.faults.begun.fetch_add(1, Ordering::SeqCst);
        let (inner, head) = self.inner.begin().await?;
        Ok((Box::new(FaultyTx { inner, faults: Arc::clone(&self.faults) }), head))
    }

    async fn snapshot(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        self.inner.snapshot().await
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.inner.wakes()
    }

    fn wake(&self, head: u64) {
        self.inner.wake(head);
    }

    async fn lock(&self, what: Lock) -> Result<Option<Box<dyn HeldLock>>, StoreError> {
        let lock = self.inner.lock(what).await?;
        Ok(lock.map(|inner| {
            self.faults.locks.fetch_add(1, Ordering::SeqCst);
            Box::new(FaultyLock { inner, faults: Arc::clone(&self.faults) }) as Box<dyn HeldLock>
        }))
    }
}

struct FaultyLock {
    inner: Box<dyn HeldLock>,
    faults: Arc<Faults>,
}

#[async_trait]
impl HeldLock for FaultyLock {
    async fn check(&mut self) -> Result<(), StoreError> {
        self.inner.check().await
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        self.faults.locks.fetch_sub(1, Ordering::SeqCst);
        self.inner.release().await
    }
}

struct FaultyTx {
    inner: Box<dyn StoreTx>,
    faults: Arc<Faults>,
}

#[async_trait]
impl StoreTx for FaultyTx {
    async fn events_after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.events_after(position, limit).await
    }

    async fn hash_at(&mut self, position: u64) -> Result<Option<String>, StoreError> {
        self.inner.hash_at(position).await
    }

    async fn requests(&mut self, request_ids: &[String]) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.requests(request_ids).await
    }

    async fn states(&mut self, generation: u64, keys: &[String]) -> Result<Vec<StateRow>, StoreError> {
        self.inner.states(generation, keys).await
    }

    async fn page(
        &mut self,
        generation: u64,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StateRow>, StoreError> {
        self.inner.page(generation, prefix, after, limit).await
    }

    async fn history(&mut self, key: &str, side: Side, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        self.inner.history(key, side, limit).await
    }

    async fn histories(
        &mut self,
        prefix: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Vec<(String, StoredEvent)>, StoreError> {
        self.inner.histories(prefix, after, limit).await
    }

    async fn append(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        self.inner.append(events).await
    }

    async fn index(&mut self, places: &[(String, u64)]) -> Result<(), StoreError> {
        self.inner.index(places).await
    }

    async fn upsert(&mut self, generation: u64, rows: &[StateRow]) -> Result<(), StoreError> {
        self.inner.upsert(generation, rows).await
    }

    async fn remove_states(&mut self, generation: u64, limit: u32) -> Result<u64, StoreError> {
        self.inner.remove_states(generation, limit).await
    }

    async fn move_head(&mut self, head: &Head) -> Result<(), StoreError> {
        self.inner.move_head(head).await
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        if self.faults.lose_commit.swap(false, Ordering::SeqCst) {
            self.inner.rollback().await?;
            return Err(lost());
        }
        self.inner.commit().await?;
        if self.faults.lose_answer.swap(false, Ordering::SeqCst) { Err(lost()) } else { Ok(()) }
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        self.inner.rollback().await
    }
}
