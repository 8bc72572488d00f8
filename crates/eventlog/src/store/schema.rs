//! The schema of a log on PostgreSQL, who makes it and who may do what with it.
//!
//! | who | what |
//! | --- | --- |
//! | the database's owner | makes the schema, by `jixiao migrate`, and writes the head row |
//! | the service's role | reads and adds events, works on states, moves the head; changes nothing that is recorded |

use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::{Connection, Executor, PgConnection};

use super::postgres::MIGRATE_LOCK;
use super::{Head, StoreError, migrate, signed};

/// The schema's versions, from 1. A new one may only add: the program before it works on it too.
pub(super) const SCHEMA: &[&str] = &[include_str!("../../migrations/postgres/0001_log.sql")];

/// The rights that nobody but the owner may have on what is recorded.
const FORBIDDEN: [&str; 4] = ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER"];

/// What is recorded.
const RECORDED: [&str; 2] = ["events", "event_keys"];

/// Makes or updates a log's schema in the database that the options name, and gives a service's role what it needs.
///
/// As often as one likes, and by several at once: they wait for one another.
pub async fn migrate_database(
    log: &'static str,
    options: PgConnectOptions,
    fold_version: u32,
    role: &str,
) -> Result<(), StoreError> {
    let mut connection = PgConnection::connect_with(&options.application_name("jixiao migrate")).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(MIGRATE_LOCK).execute(&mut connection).await?;
    migrate(&mut connection, SCHEMA).await?;
    let mut tx = connection.begin().await?;
    write_head(&mut *tx, log, fold_version).await?;
    let found: String = sqlx::query_scalar("SELECT log FROM head").fetch_one(&mut *tx).await?;
    if found != log {
        return Err(StoreError::WrongLog { found, wanted: log.to_owned() });
    }
    let rights = |what: String| StoreError::Rights { log, role: role.to_owned(), what };
    let known: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_roles WHERE rolname = $1")
        .bind(role)
        .fetch_optional(&mut *tx)
        .await?;
    if known.is_none() {
        return Err(rights(format!("does not exist; make it by CREATE ROLE {} LOGIN", quoted(role))));
    }
    let database: String = sqlx::query_scalar("SELECT current_database()").fetch_one(&mut *tx).await?;
    let (to, database) = (quoted(role), quoted(&database));
    let grants = format!(
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {to};
         REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {to};
         REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {to};
         GRANT CONNECT ON DATABASE {database} TO {to};
         GRANT USAGE ON SCHEMA public TO {to};
         GRANT SELECT, INSERT ON events, event_keys TO {to};
         GRANT SELECT, INSERT, UPDATE, DELETE ON states TO {to};
         GRANT SELECT, UPDATE ON head TO {to};
         GRANT SELECT ON _sqlx_migrations TO {to};"
    );
    tx.execute(sqlx::AssertSqlSafe(grants)).await?;
    // What it may still do, it may by being another role too.
    if let Some(TooMuch::Owner(what) | TooMuch::Right(what)) = too_much(&mut *tx, role).await? {
        return Err(StoreError::WrongRole { log, role: role.to_owned(), what });
    }
    tx.commit().await?;
    // The lock goes with its session.
    connection.close().await?;
    Ok(())
}

/// Writes the head row of an empty log where there is none.
pub(super) async fn write_head<'a>(
    executor: impl Executor<'a, Database = sqlx::Postgres>,
    log: &str,
    fold_version: u32,
) -> Result<(), StoreError> {
    let empty = Head::empty(fold_version);
    sqlx::query(
        "INSERT INTO head (log, position, hash, recorded_time, generation, fold_version)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind(log)
    .bind(signed(empty.position)?)
    .bind(&empty.hash)
    .bind(empty.recorded_time)
    .bind(signed(empty.generation)?)
    .bind(i64::from(empty.fold_version))
    .execute(executor)
    .await?;
    Ok(())
}

/// Whether the schema is the one that this program works on, and the session's role the service's.
pub(super) async fn check(pool: &PgPool, log: &'static str) -> Result<(), StoreError> {
    let wanted = i64::try_from(SCHEMA.len()).unwrap_or(i64::MAX);
    let there: bool = sqlx::query_scalar("SELECT to_regclass('public._sqlx_migrations') IS NOT NULL")
        .fetch_one(pool)
        .await?;
    if !there {
        return Err(StoreError::Schema { log, found: None, wanted });
    }
    let role: String = sqlx::query_scalar("SELECT current_user::TEXT").fetch_one(pool).await?;
    let rights = |what: &str| StoreError::Rights { log, role: role.clone(), what: what.to_owned() };
    let version = sqlx::query_scalar("SELECT max(version) FROM public._sqlx_migrations WHERE success");
    let found: Option<i64> = match version.fetch_one(pool).await {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("42501") => {
            return Err(rights("has no rights on the log"));
        }
        found => found?,
    };
    // Migrations only add, and the job runs before the rollout: what is newer serves an older program too.
    match found {
        Some(found) if found > wanted => {
            tracing::warn!(log, found, wanted, "the database's schema is newer than this program");
        }
        Some(found) if found == wanted => {}
        _ => return Err(StoreError::Schema { log, found, wanted }),
    }
    let needed = [
        ("events", "SELECT, INSERT"),
        ("event_keys", "SELECT, INSERT"),
        ("states", "SELECT, INSERT, UPDATE, DELETE"),
        ("head", "SELECT, UPDATE"),
    ];
    for (table, needs) in needed {
        // With several rights in one question, having one of them would be enough.
        for right in needs.split(", ") {
            let has: bool = sqlx::query_scalar("SELECT has_table_privilege($1, $2)")
                .bind(table)
                .bind(right)
                .fetch_one(pool)
                .await?;
            if !has {
                return Err(rights(&format!("may not {right} on the table {table}")));
            }
        }
    }
    match too_much(pool, &role).await? {
        Some(TooMuch::Owner(what)) => Err(StoreError::WrongRole { log, role, what }),
        Some(TooMuch::Right(what)) => Err(rights(&what)),
        None => Ok(()),
    }
}

/// What a role may do to recorded events that a service's role must not, in words.
enum TooMuch {
    /// Everything.
    Owner(String),
    /// One thing, by a right.
    Right(String),
}

/// What a role may do too much.
async fn too_much<'a, E>(executor: E, role: &str) -> Result<Option<TooMuch>, StoreError>
where
    E: Executor<'a, Database = sqlx::Postgres>,
{
    // An owner can give itself any right, and a superuser has them all.
    let query = "SELECT t.name, r.name
         FROM UNNEST($2::TEXT[]) AS t(name)
         CROSS JOIN LATERAL (
             SELECT 'OWN' AS name FROM pg_class
             WHERE oid = t.name::regclass AND pg_has_role($1, relowner, 'MEMBER')
             UNION ALL
             SELECT name FROM UNNEST($3::TEXT[]) AS r(name) WHERE has_table_privilege($1, t.name, name)
         ) AS r LIMIT 1";
    let found: Option<(String, String)> = sqlx::query_as(query)
        .bind(role)
        .bind(&RECORDED[..])
        .bind(&FORBIDDEN[..])
        .fetch_optional(executor)
        .await?;
    Ok(found.map(|(table, right)| {
        if right == "OWN" {
            TooMuch::Owner(format!("is a superuser or has the rights of the owner of the table {table}, and a service must not be able to change what is recorded"))
        } else {
            TooMuch::Right(format!("may {right} the table {table}, and a service must not be able to change what is recorded"))
        }
    }))
}

/// A name as an identifier: it cannot be bound; quoted it cannot end early.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
