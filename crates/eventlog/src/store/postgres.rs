//! The log on PostgreSQL, 15 or later.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, Postgres, Row, Transaction};
use tokio::sync::watch;
use tokio::time::timeout;

use super::notices::Notices;
use super::{
    Head, HeldLock, Lock, LogStore, PAGE_BYTES, Side, StateRow, StoreError, StoreTx, migrate, read_event,
    schema, signed, unsigned,
};
use crate::event::{GENESIS, StoredEvent};

/// The advisory locks: "jixiao" as a number, and the next one.
const REBUILD_LOCK: i64 = 0x6a69_7869_616f;
const LEAD_LOCK: i64 = REBUILD_LOCK + 1;
pub(super) const MIGRATE_LOCK: i64 = REBUILD_LOCK + 2;

/// How long a server may take to let somebody in.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a wake may be lost before the listener is looked at again.
const LISTENER_RETRY: Duration = Duration::from_secs(1);

/// Longer than the server lets a statement run or wait: by then the server is gone, or a COMMIT waits for a standby.
const ANSWER: Duration = Duration::from_secs(40);

/// A log in a PostgreSQL database of its own.
#[derive(Debug)]
pub struct PostgresStore {
    log: &'static str,
    pool: PgPool,
    wakes: Arc<watch::Sender<u64>>,
    listener: tokio::task::JoinHandle<()>,
    notices: Notices,
}

impl PostgresStore {
    /// Connects, brings the schema up to date and checks the settings that acknowledged events depend on.
    pub async fn open(
        log: &'static str,
        options: PgConnectOptions,
        fold_version: u32,
    ) -> Result<Self, StoreError> {
        let pool = connect(options).await?;
        check_durable(&pool).await?;
        migrate(&pool, schema::SCHEMA).await?;
        schema::write_head(&pool, log, fold_version).await?;
        Self::over(log, pool).await
    }

    /// Connects as a service's own role: creates and changes nothing. The schema has to be there, the role has to hold the
    /// rights that `jixiao migrate` gives and no right to change what is recorded.
    pub async fn join(log: &'static str, options: PgConnectOptions) -> Result<Self, StoreError> {
        let pool = connect(options).await?;
        schema::check(&pool, log).await?;
        check_durable(&pool).await?;
        Self::over(log, pool).await
    }

    /// New connections are made with this password from now on.
    pub fn set_password(&self, password: &str) {
        let options = self.pool.connect_options().as_ref().clone();
        self.pool.set_connect_options(options.password(password));
    }

    async fn over(log: &'static str, pool: PgPool) -> Result<Self, StoreError> {
        let found: String = sqlx::query_scalar("SELECT log FROM head").fetch_one(&pool).await?;
        if found != log {
            return Err(StoreError::WrongLog { found, wanted: log.to_owned() });
        }
        let wakes = Arc::new(watch::Sender::new(0));
        let listener = tokio::spawn(listen(pool.clone(), log, Arc::clone(&wakes)));
        Ok(Self { log, pool, wakes, listener, notices: Notices::new() })
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

async fn connect(options: PgConnectOptions) -> Result<PgPool, StoreError> {
    let options = options.application_name("jixiao").options([
        // A writer that hangs must not hold the head for ever; neither may one that waits for it.
        ("idle_in_transaction_session_timeout", "10s"),
        ("lock_timeout", "10s"),
        ("statement_timeout", "30s"),
        ("tcp_user_timeout", "10s"),
        ("tcp_keepalives_idle", "10"),
    ]);
    // A pool tries again until its time is up, and does not say why.
    reach(&options).await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(8).acquire_timeout(CONNECT);
    Ok(pool.connect_with(options).await?)
}

/// One connection, at once or not at all.
async fn reach(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    match timeout(CONNECT, PgConnection::connect_with(options)).await {
        Ok(connected) => Ok(connected?),
        Err(_) => Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)),
    }
}

/// Refuses settings under which an acknowledged commit can vanish.
async fn check_durable(pool: &PgPool) -> Result<(), StoreError> {
    for (setting, query, wanted) in [
        ("fsync", "SHOW fsync", "on"),
        ("full_page_writes", "SHOW full_page_writes", "on"),
        ("synchronous_commit", "SHOW synchronous_commit", "on"),
    ] {
        let found: String = sqlx::query_scalar(query).fetch_one(pool).await?;
        // synchronous_commit may also be stronger or name the kind of standby; only "off" acknowledges before fsync.
        let durable = found == wanted || (setting == "synchronous_commit" && found != "off");
        if !durable {
            return Err(StoreError::NotDurable { setting, found, wanted });
        }
    }
    Ok(())
}

/// Passes other processes' wakes on. A lost connection loses wakes, which are only hints.
async fn listen(pool: PgPool, log: &'static str, wakes: Arc<watch::Sender<u64>>) {
    let channel = channel(log);
    loop {
        let mut listener = match PgListener::connect_with(&pool).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::debug!(log, %error, "no connection to listen for commits of other processes");
                tokio::time::sleep(LISTENER_RETRY).await;
                continue;
            }
        };
        if listener.listen(&channel).await.is_ok() {
            // What came before may have been missed; the same after each loss of the connection.
            wakes.send_modify(|_| ());
            while let Ok(wake) = listener.try_recv().await {
                match wake {
                    Some(wake) => drop(wakes.send_replace(wake.payload().parse().unwrap_or_default())),
                    None => wakes.send_modify(|_| ()),
                }
            }
        }
        tokio::time::sleep(LISTENER_RETRY).await;
    }
}

fn channel(log: &str) -> String {
    format!("jixiao_{log}")
}

#[async_trait]
impl LogStore for PostgresStore {
    async fn begin(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        // Each statement has to see what was committed up to its own start, whatever the server's default.
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
        let mut tx = answered(self.pool.begin_with(begin)).await?;
        let head = read_head(&mut tx, "SELECT * FROM head FOR UPDATE").await?;
        Ok((Box::new(PostgresTx { log: self.log, tx, notices: self.notices.clone() }), head))
    }

    async fn snapshot(&self) -> Result<(Box<dyn StoreTx>, Head), StoreError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let mut tx = answered(self.pool.begin_with(begin)).await?;
        let head = read_head(&mut tx, "SELECT * FROM head").await?;
        Ok((Box::new(PostgresTx { log: self.log, tx, notices: self.notices.clone() }), head))
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.subscribe()
    }

    fn wake(&self, head: u64) {
        self.wakes.send_replace(head);
    }

    async fn lock(&self, what: Lock) -> Result<Option<Box<dyn HeldLock>>, StoreError> {
        let number = match what {
            Lock::Rebuild => REBUILD_LOCK,
            Lock::Lead => LEAD_LOCK,
        };
        let mut connection = self.pool.acquire().await?;
        let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(number);
        let locked: bool = match answered(lock.fetch_one(&mut *connection)).await {
            Ok(locked) => locked,
            Err(error) => {
                // It may hold the lock by now: it must not go back among the others.
                drop(connection.detach());
                return Err(error);
            }
        };
        // The lock belongs to its session: a connection that is closed with it, never given back.
        Ok(if locked {
            Some(Box::new(SessionLock { connection: connection.detach(), number }))
        } else {
            None
        })
    }
}

/// A lock that its session holds.
struct SessionLock {
    connection: PgConnection,
    number: i64,
}

#[async_trait]
impl HeldLock for SessionLock {
    async fn check(&mut self) -> Result<(), StoreError> {
        answered(self.connection.ping()).await
    }

    async fn release(mut self: Box<Self>) -> Result<(), StoreError> {
        let unlock = sqlx::query("SELECT pg_advisory_unlock($1)").bind(self.number);
        answered(unlock.execute(&mut self.connection)).await?;
        answered(self.connection.close()).await
    }
}

/// Waits for the server, but not for ever: a network that swallows everything gives no error for a quarter of an hour.
async fn answered<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match timeout(ANSWER, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(StoreError::Unavailable(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))),
    }
}

async fn read_head(tx: &mut Transaction<'static, Postgres>, query: &'static str) -> Result<Head, StoreError> {
    let row = answered(sqlx::query(query).fetch_one(&mut **tx)).await?;
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

struct PostgresTx {
    log: &'static str,
    tx: Transaction<'static, Postgres>,
    notices: Notices,
}

impl PostgresTx {
    async fn events(
        &mut self,
        query: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = answered(query.fetch_all(&mut *self.tx)).await?;
        rows.iter().map(|row| read_event(self.log, row)).collect()
    }

    async fn execute(
        &mut self,
        query: sqlx::query::Query<'_, Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<u64, StoreError> {
        Ok(answered(query.execute(&mut *self.tx)).await?.rows_affected())
    }
}

fn state_from(row: &sqlx::postgres::PgRow) -> Result<StateRow, StoreError> {
    Ok(StateRow {
        key: row.try_get("key")?,
        position: unsigned(row.try_get("position")?)?,
        state: row.try_get("state")?,
    })
}

#[async_trait]
impl StoreTx for PostgresTx {
    async fn events_after(&mut self, position: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let query = sqlx::query(
            "SELECT * FROM (SELECT *, SUM(OCTET_LENGTH(payload)) OVER (ORDER BY position) AS bytes
                            FROM (SELECT * FROM events WHERE position > $1 ORDER BY position LIMIT $2) AS page) AS page
             WHERE bytes - OCTET_LENGTH(payload) < $3 ORDER BY position",
        )
        .bind(signed(position)?)
        .bind(i64::from(limit))
        .bind(signed(PAGE_BYTES as u64)?);
        self.events(query).await
    }

    async fn hash_at(&mut self, position: u64) -> Result<Option<String>, StoreError> {
        if position == 0 {
            return Ok(Some(GENESIS.to_owned()));
        }
        let query = sqlx::query_scalar("SELECT hash FROM events WHERE position = $1").bind(signed(position)?);
        answered(query.fetch_optional(&mut *self.tx)).await
    }

    async fn requests(&mut self, request_ids: &[String]) -> Result<Vec<StoredEvent>, StoreError> {
        let query = sqlx::query("SELECT * FROM events WHERE request_id = ANY($1) ORDER BY position")
            .bind(request_ids);
        self.events(query).await
    }

    async fn states(&mut self, generation: u64, keys: &[String]) -> Result<Vec<StateRow>, StoreError> {
        let query =
            sqlx::query("SELECT key, position, state FROM states WHERE generation = $1 AND key = ANY($2)")
                .bind(signed(generation)?)
                .bind(keys);
        let rows = answered(query.fetch_all(&mut *self.tx)).await?;
        rows.iter().map(state_from).collect()
    }

    async fn page(
        &mut self,
        generation: u64,
        prefix: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<StateRow>, StoreError> {
        let query = sqlx::query(
            "SELECT * FROM (SELECT *, SUM(OCTET_LENGTH(state)) OVER (ORDER BY key) AS bytes
                            FROM (SELECT key, position, state FROM states
                                  WHERE generation = $1 AND key >= $2 AND key < $3 AND key > $4 AND state <> 'null'
                                  ORDER BY key LIMIT $5) AS page) AS page
             WHERE bytes - OCTET_LENGTH(state) < $6 ORDER BY key",
        )
        .bind(signed(generation)?)
        .bind(prefix)
        .bind(format!("{prefix}\u{10ffff}"))
        .bind(after)
        .bind(i64::from(limit))
        .bind(signed(PAGE_BYTES as u64)?);
        let rows = answered(query.fetch_all(&mut *self.tx)).await?;
        rows.iter().map(state_from).collect()
    }

    async fn history(&mut self, key: &str, side: Side, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let (query, position) = match side {
            Side::After(position) => (
                "SELECT * FROM (SELECT *, SUM(OCTET_LENGTH(payload)) OVER (ORDER BY position) AS bytes
                                FROM (SELECT events.* FROM event_keys JOIN events USING (position)
                                      WHERE key = $1 AND position > $2 ORDER BY position LIMIT $3) AS page) AS page
                 WHERE bytes - OCTET_LENGTH(payload) < $4 ORDER BY position",
                position,
            ),
            Side::Before(position) => (
                "SELECT * FROM (SELECT *, SUM(OCTET_LENGTH(payload)) OVER (ORDER BY position DESC) AS bytes
                                FROM (SELECT events.* FROM event_keys JOIN events USING (position)
                                      WHERE key = $1 AND position < $2 ORDER BY position DESC LIMIT $3) AS page) AS page
                 WHERE bytes - OCTET_LENGTH(payload) < $4 ORDER BY position DESC",
                position,
            ),
        };
        let query = sqlx::query(query)
            .bind(key)
            .bind(signed(position)?)
            .bind(i64::from(limit))
            .bind(signed(PAGE_BYTES as u64)?);
        self.events(query).await
    }

    async fn histories(
        &mut self,
        prefix: &str,
        after: (&str, u64),
        limit: u32,
    ) -> Result<Vec<(String, StoredEvent)>, StoreError> {
        let (key, position) = after;
        let query = sqlx::query(
            "SELECT * FROM (SELECT *, SUM(OCTET_LENGTH(payload)) OVER (ORDER BY of_key, position) AS bytes
                            FROM (SELECT event_keys.key AS of_key, events.* FROM event_keys JOIN events USING (position)
                                  WHERE key >= $1 AND key < $2 AND (key, position) > ($3, $4)
                                  ORDER BY key, position LIMIT $5) AS page) AS page
             WHERE bytes - OCTET_LENGTH(payload) < $6 ORDER BY of_key, position",
        )
        .bind(prefix)
        .bind(format!("{prefix}\u{10ffff}"))
        .bind(key)
        .bind(signed(position)?)
        .bind(i64::from(limit))
        .bind(signed(PAGE_BYTES as u64)?);
        let rows = answered(query.fetch_all(&mut *self.tx)).await?;
        rows.iter().map(|row| Ok((row.try_get("of_key")?, read_event(self.log, row)?))).collect()
    }

    async fn append(&mut self, events: &[StoredEvent]) -> Result<(), StoreError> {
        fn column<'e, T>(events: &'e [StoredEvent], of: impl Fn(&'e StoredEvent) -> T) -> Vec<T> {
            events.iter().map(of).collect()
        }
        let positions = events.iter().map(|event| signed(event.position)).collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query(
            "INSERT INTO events (position, id, keys, type, payload, causation, correlation, trace, actor, approval,
                                 effective, recorded_time, request_id, request_index, request_hash, previous_hash, hash)
             SELECT * FROM UNNEST($1::BIGINT[], $2::TEXT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::TEXT[],
                                  $8::TEXT[], $9::TEXT[], $10::TEXT[], $11::TEXT[], $12::BIGINT[], $13::TEXT[],
                                  $14::BIGINT[], $15::TEXT[], $16::TEXT[], $17::TEXT[])",
        )
        .bind(positions)
        .bind(column(events, |event| event.id.as_str()))
        .bind(column(events, StoredEvent::keys_text))
        .bind(column(events, |event| event.event_type.as_str()))
        .bind(column(events, |event| event.payload.as_str()))
        .bind(column(events, |event| event.causation.as_deref()))
        .bind(column(events, |event| event.correlation.as_deref()))
        .bind(column(events, |event| event.trace.as_deref()))
        .bind(column(events, |event| event.actor.as_str()))
        .bind(column(events, |event| event.approval.as_deref()))
        .bind(column(events, |event| event.effective.as_deref()))
        .bind(column(events, |event| event.recorded_time))
        .bind(column(events, |event| event.request_id.as_str()))
        .bind(column(events, |event| i64::from(event.request_index)))
        .bind(column(events, |event| event.request_hash.as_str()))
        .bind(column(events, |event| event.previous_hash.as_str()))
        .bind(column(events, |event| event.hash.as_str()));
        self.execute(query).await?;
        let mut keys = Vec::new();
        let mut positions = Vec::new();
        for event in events {
            for key in &event.keys {
                keys.push(key.as_str());
                positions.push(signed(event.position)?);
            }
        }
        let insert = "INSERT INTO event_keys (key, position) SELECT * FROM UNNEST($1::TEXT[], $2::BIGINT[])";
        self.execute(sqlx::query(insert).bind(keys).bind(positions)).await?;
        Ok(())
    }

    async fn index(&mut self, places: &[(String, u64)]) -> Result<(), StoreError> {
        let positions = places.iter().map(|(_, at)| signed(*at)).collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query(
            "INSERT INTO event_keys (key, position) SELECT * FROM UNNEST($1::TEXT[], $2::BIGINT[])
             ON CONFLICT DO NOTHING",
        )
        .bind(places.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>())
        .bind(positions);
        self.execute(query).await?;
        Ok(())
    }

    async fn upsert(&mut self, generation: u64, rows: &[StateRow]) -> Result<(), StoreError> {
        let positions = rows.iter().map(|row| signed(row.position)).collect::<Result<Vec<_>, _>>()?;
        let query = sqlx::query(
            "INSERT INTO states (generation, key, position, state)
             SELECT $1, * FROM UNNEST($2::TEXT[], $3::BIGINT[], $4::TEXT[])
             ON CONFLICT (generation, key) DO UPDATE SET position = EXCLUDED.position, state = EXCLUDED.state",
        )
        .bind(signed(generation)?)
        .bind(rows.iter().map(|row| row.key.as_str()).collect::<Vec<_>>())
        .bind(positions)
        .bind(rows.iter().map(|row| row.state.as_str()).collect::<Vec<_>>());
        self.execute(query).await?;
        Ok(())
    }

    async fn remove_states(&mut self, generation: u64, limit: u32) -> Result<u64, StoreError> {
        let query = sqlx::query(
            "DELETE FROM states WHERE generation = $1
             AND key IN (SELECT key FROM states WHERE generation = $1 ORDER BY key LIMIT $2)",
        )
        .bind(signed(generation)?)
        .bind(i64::from(limit));
        self.execute(query).await
    }

    async fn move_head(&mut self, head: &Head) -> Result<(), StoreError> {
        let query = sqlx::query(
            "UPDATE head SET position = $1, hash = $2, recorded_time = $3, generation = $4, fold_version = $5",
        )
        .bind(signed(head.position)?)
        .bind(&head.hash)
        .bind(head.recorded_time)
        .bind(signed(head.generation)?)
        .bind(i64::from(head.fold_version));
        self.execute(query).await?;
        // One NOTIFY a batch: it takes a lock of the whole server at commit.
        let notify = "SELECT pg_notify($1, $2)";
        self.execute(sqlx::query(notify).bind(channel(self.log)).bind(head.position.to_string())).await?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        let (committed, warning) = self.notices.listen(answered(self.tx.commit())).await;
        committed?;
        // Such as: committed here, but the wait for the standby was cut short.
        warning.map_or(Ok(()), |warning| Err(StoreError::Warned(warning)))
    }

    async fn rollback(self: Box<Self>) -> Result<(), StoreError> {
        answered(self.tx.rollback()).await
    }
}

/// Creates the database that a URL names where it is missing, through the server's `postgres` database.
pub async fn create_database(options: &PgConnectOptions) -> Result<(), StoreError> {
    let Some(database) = options.get_database() else { return Ok(()) };
    let mut connection = reach(&options.clone().database("postgres")).await?;
    let there: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(database)
        .fetch_optional(&mut connection)
        .await?;
    if there.is_none() {
        // A name cannot be bound; quoted as an identifier it cannot end early.
        let statement = format!("CREATE DATABASE \"{}\"", database.replace('"', "\"\""));
        match connection.execute(sqlx::AssertSqlSafe(statement)).await {
            Ok(_) => {}
            // Another process was faster.
            Err(sqlx::Error::Database(error))
                if matches!(error.code().as_deref(), Some("42P04" | "23505")) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(connection.close().await?)
}
