//! Where a log is kept: one contract, an adapter a database.

mod notices;
mod postgres;
mod schema;
mod sqlite;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::event::{GENESIS, StoredEvent};

pub use postgres::{PostgresStore, create_database};
pub use schema::migrate_database;
pub use sqlite::SqliteStore;

/// A page ends once the payloads of its events, or its states, have so many bytes.
pub const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A store of one log. Its contract is the suite in `tests/tests/suite/contract.rs`, which every adapter passes.
#[async_trait]
pub trait LogStore: Send + Sync + 'static {
    /// Begins a writing transaction and takes the lock of the head row: other writers wait at this call.
    async fn begin(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError>;

    /// Begins a read-only transaction: all its reads see one moment.
    async fn snapshot(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError>;

    /// Changes with every commit that this store learns of, its own or another process's. A hint: a wake may be lost.
    fn wakes(&self) -> watch::Receiver<u64>;

    /// Says that a commit of this process moved the head.
    fn wake(&self, head: u64);

    /// Takes a lock that one holder at a time has, over all processes; `None` while another holds it. Dropping it gives it
    /// back.
    async fn lock(&self, what: Lock) -> Result<Option<Box<dyn HeldLock>>, StoreError>;
}

/// One transaction of a store. Dropped without [`StoreTx::commit`], nothing of it stays.
#[async_trait]
pub trait StoreTx: Send {
    /// Events after a position, in order: up to `limit`, and fewer once their payloads have [`PAGE_BYTES`]. None only
    /// where there is none.
    async fn events_after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError>;

    /// The hash at a position; `None` where there is no event. Position 0 has the hash of the beginning.
    async fn hash_at(&mut self, position: u64) -> Result<Option<String>, StoreError>;

    /// The events that answer these requests, in order of position.
    async fn requests(&mut self, request_ids: &[String]) -> Result<Vec<StoredEvent>, StoreError>;

    /// The state rows under these keys; a key without a row is left out.
    async fn states(&mut self, generation: u64, keys: &[String]) -> Result<Vec<StateRow>, StoreError>;

    /// Up to `limit` state rows whose keys begin with `prefix` and come after `after`, in key order, and fewer once they
    /// have [`PAGE_BYTES`]. Absent states (`null`) are left out.
    async fn page(
        &mut self,
        generation: u64,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StateRow>, StoreError>;

    /// Up to `limit` events that belong to a key, on one side of a position, the nearest to it first, and fewer once
    /// their payloads have [`PAGE_BYTES`].
    async fn history(&mut self, key: &str, side: Side, limit: u32) -> Result<Vec<StoredEvent>, StoreError>;

    /// Up to `limit` events of the histories of all keys that begin with `prefix`, each with its key, in the order of keys
    /// and positions, after a place in that order, and fewer once their payloads have [`PAGE_BYTES`]. An event comes once
    /// for each of its keys.
    async fn histories(
        &mut self,
        prefix: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Vec<(String, StoredEvent)>, StoreError>;

    /// Appends events, with the keys that they belong to.
    async fn append(&mut self, events: &[StoredEvent]) -> Result<(), StoreError>;

    /// Adds keys to the index of histories, each with the position of an event that is there; what is there already stays
    /// as it is. For a program that gives recorded events more keys than the one which appended them.
    async fn index(&mut self, places: &[(String, u64)]) -> Result<(), StoreError>;

    /// Writes state rows of a generation.
    async fn upsert(&mut self, generation: u64, rows: &[StateRow]) -> Result<(), StoreError>;

    /// Removes up to `limit` state rows of a generation; how many it removed.
    async fn remove_states(&mut self, generation: u64, limit: u32) -> Result<u64, StoreError>;

    /// Writes the head row.
    async fn move_head(&mut self, head: &Head) -> Result<(), StoreError>;

    /// Ends the transaction. After an error it is not known whether it took effect, or whether the effect stays.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;

    /// Ends the transaction without effect.
    async fn rollback(self: Box<Self>) -> Result<(), StoreError>;
}

/// Which events of a history are read, from a position on in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those after a position, the oldest first; 0 for all.
    After(u64),
    /// Those before a position, the newest first.
    Before(u64),
}

impl Side {
    /// All, the newest first. No log has so many events.
    pub const NEWEST: Self = Self::Before(i64::MAX.unsigned_abs());

    /// The same direction, beyond an event that was read.
    #[must_use]
    pub fn beyond(self, event: &StoredEvent) -> Self {
        match self {
            Self::After(_) => Self::After(event.position),
            Self::Before(_) => Self::Before(event.position),
        }
    }
}

/// A log's one head row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The position of the last event; 0 in an empty log.
    pub position: u64,
    /// Its hash.
    pub hash: String,
    /// When it was recorded: microseconds since 1970 UTC.
    pub recorded_time: i64,
    /// The generation of states that is in use.
    pub generation: u64,
    /// The fold version that made it.
    pub fold_version: u32,
}

impl Head {
    /// The head of an empty log.
    pub(crate) fn empty(fold_version: u32) -> Self {
        Self { position: 0, hash: GENESIS.to_owned(), recorded_time: 0, generation: 1, fold_version }
    }
}

/// A state as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateRow {
    /// Its key.
    pub key: String,
    /// The position that it reflects.
    pub position: u64,
    /// The state as JSON; `null` where it was and is no more.
    pub state: String,
}

/// What a lock of a log is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// One rebuild at a time.
    Rebuild,
    /// The replica that follows the feeds and relays, for speed; correctness does not rest on it.
    Lead,
}

/// A lock that is held.
#[async_trait]
pub trait HeldLock: Send {
    /// Whether it is held still: a lock of a session is gone with its connection.
    async fn check(&mut self) -> Result<(), StoreError>;

    /// Gives it back at once: a server takes a while to notice that a session was dropped.
    async fn release(self: Box<Self>) -> Result<(), StoreError>;
}

/// Why a store failed. The source is kept for the log; it never reaches a client as text.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// What was written does not fit: the content of some command is at fault.
    #[error("the database refused the content of a row")]
    Content(#[source] sqlx::Error),
    /// The database is away, slow or failing.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// What was committed may not outlive this server.
    #[error("the database committed with a warning: {0}")]
    Warned(String),
    /// The schema could not be brought up to date.
    #[error("the database's schema could not be brought up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// A setting would lose acknowledged events.
    #[error("{setting} is {found}, and acknowledged events could be lost: set it to {wanted}")]
    NotDurable {
        /// The setting.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: &'static str,
    },
    /// The schema is missing, or older than this program needs.
    #[error("{}", schema_text(.log, *.found, *.wanted))]
    Schema {
        /// The log.
        log: &'static str,
        /// The version found; `None` where there is none yet.
        found: Option<i64>,
        /// The version wanted.
        wanted: i64,
    },
    /// The service's role lacks a right, or has one that can be taken from it.
    #[error(
        "the role {role} {what}: run `jixiao migrate {log} --role {role}` with the URL of the database's owner"
    )]
    Rights {
        /// The log.
        log: &'static str,
        /// The role.
        role: String,
        /// What is wrong with it.
        what: String,
    },
    /// The service's role has rights that nobody can take from it here: it is somebody else's too.
    #[error(
        "the role {role} {what}: make a role for this service alone (CREATE ROLE {log} LOGIN, say) and run `jixiao migrate {log} --role` with its name and the URL of the database's owner"
    )]
    WrongRole {
        /// The log.
        log: &'static str,
        /// The role.
        role: String,
        /// What is wrong with it.
        what: String,
    },
    /// The database holds another log.
    #[error("this database holds the log of {found}, not of {wanted}: check the URL or the data folder")]
    WrongLog {
        /// What it holds.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// A row does not read.
    #[error("a row of the database does not read: {0}")]
    Corrupt(String),
    /// A file could not be opened or locked.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl StoreError {
    /// Whether waiting may help: the database comes back, or somebody runs `jixiao migrate`.
    pub fn may_heal(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::Schema { .. } | Self::Rights { .. } | Self::WrongRole { .. }
        )
    }
}

fn schema_text(log: &str, found: Option<i64>, wanted: i64) -> String {
    let migrate = format!("run `jixiao migrate {log}` of this program's version");
    match found {
        None => format!("the database holds no log yet: {migrate}"),
        Some(found) => format!(
            "the database's schema has version {found}, older than {wanted}, which this program needs: {migrate}"
        ),
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let content = match &error {
            // 22 data exception, 23 constraint violation, 54 program limit exceeded; SQLite: TOOBIG, CONSTRAINT, MISMATCH.
            sqlx::Error::Database(cause) => cause.code().is_some_and(|code| {
                let class = code.as_ref();
                if class.len() == 5 {
                    ["22", "23", "54"].iter().any(|prefix| class.starts_with(prefix))
                } else {
                    class.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 18..=20))
                }
            }),
            sqlx::Error::Encode(_) => true,
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                return Self::Corrupt(error.to_string());
            }
            _ => false,
        };
        if content { Self::Content(error) } else { Self::Unavailable(error) }
    }
}

/// A position or count as the database holds it.
fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} is out of range")))
}

/// A position or count as read.
fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} is below zero")))
}

/// Reads an event's row, whatever database it is from.
fn read_event<R>(log: &str, row: &R) -> Result<StoredEvent, StoreError>
where
    R: sqlx::Row,
    for<'a> &'a str: sqlx::ColumnIndex<R>,
    for<'a> i64: sqlx::Decode<'a, R::Database> + sqlx::Type<R::Database>,
    for<'a> String: sqlx::Decode<'a, R::Database> + sqlx::Type<R::Database>,
    for<'a> Option<String>: sqlx::Decode<'a, R::Database> + sqlx::Type<R::Database>,
{
    let keys: String = row.try_get("keys")?;
    let request_index: i64 = row.try_get("request_index")?;
    Ok(StoredEvent {
        log: log.to_owned(),
        position: unsigned(row.try_get("position")?)?,
        id: row.try_get("id")?,
        keys: keys.split('\n').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        event_type: row.try_get("type")?,
        payload: row.try_get("payload")?,
        causation: row.try_get("causation")?,
        correlation: row.try_get("correlation")?,
        trace: row.try_get("trace")?,
        actor: row.try_get("actor")?,
        approval: row.try_get("approval")?,
        effective: row.try_get("effective")?,
        recorded_time: row.try_get("recorded_time")?,
        request_id: row.try_get("request_id")?,
        request_index: u32::try_from(request_index)
            .map_err(|_| StoreError::Corrupt("a request index is out of range".to_owned()))?,
        request_hash: row.try_get("request_hash")?,
        previous_hash: row.try_get("previous_hash")?,
        hash: row.try_get("hash")?,
    })
}

/// Brings a schema up to date: version 1 is the first of these statements, and so on.
async fn migrate<'a, A>(pool: A, schema: &[&'static str]) -> Result<(), StoreError>
where
    A: sqlx::Acquire<'a>,
    <A::Connection as std::ops::Deref>::Target: sqlx::migrate::Migrate,
{
    use sqlx::SqlSafeStr;
    use sqlx::migrate::{Migration, MigrationType, Migrator};

    let versions = (1_i64..).zip(schema);
    let migrations = versions.map(|(version, sql)| {
        Migration::new(version, "log".into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect()).run(pool).await.map_err(StoreError::Migration)
}
