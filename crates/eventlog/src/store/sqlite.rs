//! The log in a SQLite file.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use futures::{Stream, TryStreamExt};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row, Sqlite, Transaction};
use tokio::sync::watch;

use super::{
    Head, HeldLock, Lock, LogStore, PAGE_BYTES, Side, StateRow, StoreError, StoreTx, migrate, read_event,
    signed, unsigned,
};
use crate::event::{GENESIS, StoredEvent};

/// A log in a SQLite file of its own: one connection that writes, some that read.
#[derive(Debug)]
pub struct SqliteStore {
    log: &'static str,
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    wakes: watch::Sender<u64>,
}

impl SqliteStore {
    /// Opens or creates the file, brings the schema up to date and checks the settings that acknowledged events depend on.
    pub async fn open(log: &'static str, path: &Path, fold_version: u32) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10));
        let pool = |connections| {
            SqlitePoolOptions::new().max_connections(connections).acquire_timeout(Duration::from_secs(10))
        };
        let writer = pool(1).connect_with(options.clone()).await?;
        check_durable(&writer).await?;
        migrate(&writer, &[include_str!("../../migrations/sqlite/0001_log.sql")]).await?;
        let empty = Head::empty(fold_version);
        sqlx::query(
            "INSERT INTO head (one, log, position, hash, recorded_time, generation, fold_version)
             VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        )
        .bind(log)
        .bind(signed(empty.position)?)
        .bind(&empty.hash)
        .bind(empty.recorded_time)
        .bind(signed(empty.generation)?)
        .bind(i64::from(empty.fold_version))
        .execute(&writer)
        .await?;
        let found: String = sqlx::query_scalar("SELECT log FROM head").fetch_one(&writer).await?;
        if found != log {
            return Err(StoreError::WrongLog { found, wanted: log.to_owned() });
        }
        let readers = pool(4).connect_with(options.read_only(true)).await?;
        Ok(Self { log, path: path.to_owned(), writer, readers, wakes: watch::Sender::new(0) })
    }
}

/// Refuses settings under which an acknowledged commit can vanish.
async fn check_durable(pool: &SqlitePool) -> Result<(), StoreError> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(pool).await?;
    if journal != "wal" {
        return Err(StoreError::NotDurable { setting: "journal_mode", found: journal, wanted: "wal" });
    }
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(pool).await?;
    if synchronous < 2 {
        let found = synchronous.to_string();
        return Err(StoreError::NotDurable { setting: "synchronous", found, wanted: "2 (FULL)" });
    }
    Ok(())
}

#[async_trait]
impl LogStore for SqliteStore {
    async fn begin(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        // IMMEDIATE: a deferred transaction that reads and then writes fails instead of waiting.
        let mut tx = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let head = read_head(&mut tx).await?;
        Ok((Box::new(SqliteTx { log: self.log, tx }), head))
    }

    async fn snapshot(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        let mut tx = self.readers.begin().await?;
        let head = read_head(&mut tx).await?;
        Ok((Box::new(SqliteTx { log: self.log, tx }), head))
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.subscribe()
    }

    fn wake(&self, head: u64) {
        self.wakes.send_replace(head);
    }

    async fn lock(&self, what: Lock) -> Result<Option<Box<dyn HeldLock>>, StoreError> {
        let path = self.path.with_extension(match what {
            Lock::Rebuild => "rebuild-lock",
            Lock::Lead => "lead-lock",
        });
        let error = |source| StoreError::File { path: path.display().to_string(), source };
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(error)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Box::new(FileLock(file)))),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(source)) => Err(error(source)),
        }
    }
}

/// A lock that this process's open file holds.
struct FileLock(#[allow(dead_code, reason = "held for its drop")] File);

#[async_trait]
impl HeldLock for FileLock {
    async fn check(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn release(self: Box<Self>) -> Result<(), StoreError> {
        Ok(())
    }
}

async fn read_head(tx: &mut Transaction<'static, Sqlite>) -> Result<Head, StoreError> {
    let row = sqlx::query("SELECT * FROM head").fetch_one(&mut **tx).await?;
    let fold_version: i64 = row.try_get("fold_version")?;
    Ok(Head {
        position: unsigned(row.try_get("position")?)?,
        hash: row.try_get("hash")?,
        recorded_time: row.try_get("recorded_time")?,
        generation: unsigned(row.try_get("generation")?)?,
        fold_version: u32::try_from(fold_version)
            .map_err(|_| StoreError::Corrupt("fold_version".to_owned()))?,
    })
}

struct SqliteTx {
    log: &'static str,
    tx: Transaction<'static, Sqlite>,
}

impl SqliteTx {
    async fn events(
        &mut self,
        query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = query.fetch_all(&mut *self.tx).await?;
        rows.iter().map(|row| read_event(self.log, row)).collect()
    }

    /// The same, until their payloads have [`PAGE_BYTES`].
    async fn page_of_events(
        &mut self,
        query: sqlx::query::Query<'_, Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let log = self.log;
        let rows = query.fetch(&mut *self.tx);
        page_of(rows, |row| read_event(log, row), |event| event.payload.len()).await
    }
}

/// Takes rows until they have [`PAGE_BYTES`].
async fn page_of<T>(
    mut rows: impl Stream<Item = Result<SqliteRow, sqlx::Error>> + Unpin,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    bytes_of: impl Fn(&T) -> usize,
) -> Result<Vec<T>, StoreError> {
    let mut page = Vec::new();
    let mut bytes = 0;
    while bytes < PAGE_BYTES
        && let Some(row) = rows.try_next().await?
    {
        let found = read(&row)?;
        bytes += bytes_of(&found);
        page.push(found);
    }
    Ok(page)
}

fn state_from(row: &SqliteRow) -> Result<StateRow, StoreError> {
    Ok(StateRow {
        key: row.try_get("key")?,
        position: unsigned(row.try_get("position")?)?,
        state: row.try_get("state")?,
    })
}

/// Rows as one JSON text: a statement then has one parameter for all of them.
fn json<T: serde::Serialize>(rows: &[T]) -> Result<String, StoreError> {
    serde_json::to_string(rows).map_err(|error| StoreError::Corrupt(error.to_string()))
}

#[async_trait]
impl StoreTx for SqliteTx {
    async fn events_after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let query = sqlx::query("SELECT * FROM events WHERE position > ? ORDER BY position LIMIT ?")
            .bind(signed(position)?)
            .bind(i64::from(limit));
        self.page_of_events(query).await
    }

    async fn hash_at(&mut self, position: u64) -> Result<Option<String>, StoreError> {
        if position == 0 {
            return Ok(Some(GENESIS.to_owned()));
        }
        let query = sqlx::query_scalar("SELECT hash FROM events WHERE position = ?").bind(signed(position)?);
        Ok(query.fetch_optional(&mut *self.tx).await?)
    }

    async fn requests(&mut self, request_ids: &[String]) -> Result<Vec<StoredEvent>, StoreError> {
        let query = sqlx::query(
            "SELECT * FROM events WHERE request_id IN (SELECT value FROM json_each(?)) ORDER BY position",
        )
        .bind(json(request_ids)?);
        self.events(query).await
    }

    async fn states(&mut self, generation: u64, keys: &[String]) -> Result<Vec<StateRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, position, state FROM states
             WHERE generation = ? AND key IN (SELECT value FROM json_each(?))",
        )
        .bind(signed(generation)?)
        .bind(json(keys)?)
        .fetch_all(&mut *self.tx)
        .await?;
        rows.iter().map(state_from).collect()
    }

    async fn page(
        &mut self,
        generation: u64,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StateRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT key, position, state FROM states
             WHERE generation = ? AND key >= ? AND key < ? AND key > ? AND state <> 'null'
             ORDER BY key LIMIT ?",
        )
        .bind(signed(generation)?)
        .bind(prefix)
        .bind(format!("{prefix}\u{10ffff}"))
        .bind(after)
        .bind(i64::from(limit))
        .fetch(&mut *self.tx);
        page_of(rows, state_from, |row| row.state.len()).await
    }

    async fn history(&mut self, key: &str, side: Side, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let (query, position) = match side {
            Side::After(position) => (
                "SELECT events.* FROM event_keys JOIN events USING (position)
                 WHERE key = ? AND event_keys.position > ? ORDER BY event_keys.position LIMIT ?",
                position,
            ),
            Side::Before(position) => (
                "SELECT events.* FROM event_keys JOIN events USING (position)
                 WHERE key = ? AND event_keys.position < ? ORDER BY event_keys.position DESC LIMIT ?",
                position,
            ),
        };
        let query = sqlx::query(query).bind(key).bind(signed(position)?).bind(i64::from(limit));
        self.page_of_events(query).await
    }

    async fn histories(
        &mut self,
        prefix: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Vec<(String, StoredEvent)>, StoreError> {
        let (key, position) = after;
        let rows = sqlx::query(
            "SELECT event_keys.key AS of_key, events.* FROM event_keys JOIN events USING (position)
             WHERE key >= ? AND key < ? AND (key, event_keys.position) > (?, ?)
             ORDER BY key, event_keys.position LIMIT ?",
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10ffff}"))
        .bind(key)
        .bind(signed(position)?)
        .bind(i64::from(limit))
        .fetch(&mut *self.tx);
        let log = self.log;
        let read = |row: &SqliteRow| Ok((row.try_get("of_key")?, read_event(log, row)?));
        page_of(rows, read, |(_, event): &(String, StoredEvent)| event.payload.len()).await
    }

    async fn append(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        let rows: Vec<_> = events
            .iter()
            .map(|event| {
                serde_json::json!([
                    event.position,
                    event.id,
                    event.keys_text(),
                    event.event_type,
                    event.payload,
                    event.causation,
                    event.correlation,
                    event.trace,
                    event.actor,
                    event.approval,
                    event.effective,
                    event.recorded_time,
                    event.request_id,
                    event.request_index,
                    event.request_hash,
                    event.previous_hash,
                    event.hash,
                ])
            })
            .collect();
        sqlx::query(
            "INSERT INTO events (position, id, keys, type, payload, causation, correlation, trace, actor, approval,
                                 effective, recorded_time, request_id, request_index, request_hash, previous_hash, hash)
             SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                    value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13,
                    value ->> 14, value ->> 15, value ->> 16
             FROM json_each(?)",
        )
        .bind(json(&rows)?)
        .execute(&mut *self.tx)
        .await?;
        let keys: Vec<_> = events
            .iter()
            .flat_map(|event| event.keys.iter().map(|key| (key.as_str(), event.position)))
            .collect();
        sqlx::query(
            "INSERT INTO event_keys (key, position) SELECT value ->> 0, value ->> 1 FROM json_each(?)",
        )
        .bind(json(&keys)?)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn index(&mut self, places: &[(String, u64)]) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO event_keys (key, position) SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE TRUE
             ON CONFLICT DO NOTHING",
        )
        .bind(json(places)?)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn upsert(&mut self, generation: u64, rows: &[StateRow]) -> Result<(), StoreError> {
        let rows: Vec<_> =
            rows.iter().map(|row| (row.key.as_str(), row.position, row.state.as_str())).collect();
        sqlx::query(
            "INSERT INTO states (generation, key, position, state)
             SELECT ?, value ->> 0, value ->> 1, value ->> 2 FROM json_each(?) WHERE TRUE
             ON CONFLICT (generation, key) DO UPDATE SET position = excluded.position, state = excluded.state",
        )
        .bind(signed(generation)?)
        .bind(json(&rows)?)
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn remove_states(&mut self, generation: u64, limit: u32) -> Result<u64, StoreError> {
        let removed = sqlx::query(
            "DELETE FROM states WHERE generation = ?1
             AND key IN (SELECT key FROM states WHERE generation = ?1 ORDER BY key LIMIT ?2)",
        )
        .bind(signed(generation)?)
        .bind(i64::from(limit))
        .execute(&mut *self.tx)
        .await?;
        Ok(removed.rows_affected())
    }

    async fn move_head(&mut self, head: &Head) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE head SET position = ?, hash = ?, recorded_time = ?, generation = ?, fold_version = ?",
        )
        .bind(signed(head.position)?)
        .bind(&head.hash)
        .bind(head.recorded_time)
        .bind(signed(head.generation)?)
        .bind(i64::from(head.fold_version))
        .execute(&mut *self.tx)
        .await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.commit().await?)
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        Ok(self.tx.rollback().await?)
    }
}
