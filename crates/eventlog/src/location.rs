//! Where the logs of a deployment are kept.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;

use crate::domain::Domain;
use crate::store::{LogStore, PostgresStore, SqliteStore, StoreError, create_database};

/// Where the logs of a deployment are kept: each in a file or database of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of SQLite files, `ledger.sqlite` and so on.
    Folder(PathBuf),
    /// The URL of a PostgreSQL server; each log has a database of its own, `jixiao_ledger` and so on. A database that the
    /// URL names takes the place of `jixiao` in their names.
    Postgres(String),
}

/// Why a place of logs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL does not read.
    #[error("the database URL does not read: write postgres://USER@HOST:PORT")]
    Url,
    /// The store failed.
    #[error("{0}")]
    Store(#[from] StoreError),
}

impl Location {
    /// Opens the store of one log, creating it where it is missing.
    pub async fn open<D: Domain>(&self) -> Result<Arc<dyn LogStore>, OpenError> {
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|source| StoreError::File { path: folder.display().to_string(), source })?;
                let path = folder.join(format!("{}.sqlite", D::LOG));
                Ok(Arc::new(SqliteStore::open(D::LOG, &path, D::FOLD_VERSION).await?))
            }
            Self::Postgres(url) => {
                if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
                    return Err(OpenError::Url);
                }
                let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)?;
                let prefix = options.get_database().unwrap_or("jixiao");
                let options = options.clone().database(&format!("{prefix}_{}", D::LOG));
                create_database(&options).await?;
                Ok(Arc::new(PostgresStore::open(D::LOG, options, D::FOLD_VERSION).await?))
            }
        }
    }
}
