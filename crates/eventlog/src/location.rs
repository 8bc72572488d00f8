//! Where the logs of a deployment are kept.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::domain::Domain;
use crate::store::{LogStore, PostgresStore, SqliteStore, StoreError, create_database, migrate_database};

/// Where the logs of a deployment are kept: each in a file or database of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A folder of SQLite files, `ledger.sqlite` and so on.
    Folder(PathBuf),
    /// The URL of a PostgreSQL server; each log has a database of its own, `jixiao_ledger` and so on. A database that the
    /// URL names takes the place of `jixiao` in their names.
    Postgres(String),
    /// One log in a PostgreSQL database that is there already: see [`migrate`].
    Database {
        /// The URL, which names the database in full.
        url: String,
        /// The file with the role's password, read again as it changes; without one the URL's.
        password_file: Option<PathBuf>,
    },
}

/// How often a password's file is looked at.
const PASSWORD_EVERY: Duration = Duration::from_secs(5);

/// Why a place of logs cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL does not read.
    #[error("the database URL does not read: write postgres://USER@HOST:PORT")]
    Url,
    /// The URL leads to another machine without transport security.
    #[error("the database is on another machine, and the connection would not be secured")]
    Plain,
    /// The password's file does not read.
    #[error("the password file {path}: {source}")]
    Password {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
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
                let options = options(url)?;
                let prefix = options.get_database().unwrap_or("jixiao");
                let options = options.clone().database(&format!("{prefix}_{}", D::LOG));
                create_database(&options).await?;
                Ok(Arc::new(PostgresStore::open(D::LOG, options, D::FOLD_VERSION).await?))
            }
            Self::Database { url, password_file } => {
                let mut options = options(url)?;
                let mut password = None;
                if let Some(file) = password_file {
                    let read = read_password(file)?;
                    options = options.password(&read);
                    password = Some((file.clone(), read));
                }
                let store = Arc::new(PostgresStore::join(D::LOG, options).await?);
                if let Some((file, read)) = password {
                    tokio::spawn(keep_password(Arc::downgrade(&store), file, read));
                }
                Ok(store)
            }
        }
    }
}

/// Makes or updates the schema of a log in the database that a URL names, and gives the role that its service will connect
/// as what it needs. As often as one likes, and by several at once.
pub async fn migrate<D: Domain>(
    url: &str,
    password_file: Option<&Path>,
    role: &str,
) -> Result<(), OpenError> {
    let mut options = options(url)?;
    if let Some(file) = password_file {
        options = options.password(&read_password(file)?);
    }
    Ok(migrate_database(D::LOG, options, D::FOLD_VERSION, role).await?)
}

/// The URL of a database with the files of transport security in it: the authorities, the certificate, its key. What the
/// URL says itself stays. Without security only a database on this machine is let through.
pub fn secured(url: &str, files: Option<[&Path; 3]>) -> Result<String, OpenError> {
    let parsed = options(url)?;
    let mut url = url.to_owned();
    let says = |names: &[&str]| {
        url.split_once('?').is_some_and(|(_, query)| {
            query.split('&').any(|part| names.contains(&part.split('=').next().unwrap_or_default()))
        })
    };
    let plain = |mode| matches!(mode, PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer);
    if let Some(files) = files {
        let said = says(&["sslmode", "ssl-mode"]);
        let mut add = Vec::new();
        if !said {
            add.push("sslmode=verify-full".to_owned());
        }
        if !said || !plain(parsed.get_ssl_mode()) {
            let names: [&[&str]; 3] = [
                &["sslrootcert", "ssl-root-cert", "ssl-ca"],
                &["sslcert", "ssl-cert"],
                &["sslkey", "ssl-key"],
            ];
            for (names, file) in names.into_iter().zip(files) {
                if !says(names) {
                    add.push(format!("{}={}", names[0], encoded(file)));
                }
            }
        }
        let joint = if url.contains('?') { "&" } else { "?" };
        if !add.is_empty() {
            url = format!("{url}{joint}{}", add.join("&"));
        }
    }
    let options = options(&url)?;
    let here = options.get_socket().is_some() || is_this_machine(options.get_host());
    if !here && plain(options.get_ssl_mode()) { Err(OpenError::Plain) } else { Ok(url) }
}

fn encoded(file: &Path) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte);
    let bytes = file.as_os_str().as_encoded_bytes().iter();
    bytes
        .map(|byte| if keep(*byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Whether a host is this machine itself, so that nothing leaves it.
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.starts_with('/')
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn options(url: &str) -> Result<PgConnectOptions, OpenError> {
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(OpenError::Url);
    }
    PgConnectOptions::from_str(url).map_err(|_| OpenError::Url)
}

fn read_password(file: &Path) -> Result<String, OpenError> {
    match std::fs::read_to_string(file) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(source) => Err(OpenError::Password { path: file.display().to_string(), source }),
    }
}

/// Gives a store its password anew as the file changes, for as long as the store is there.
async fn keep_password(store: Weak<PostgresStore>, file: PathBuf, mut known: String) {
    loop {
        tokio::time::sleep(PASSWORD_EVERY).await;
        let Some(store) = store.upgrade() else { return };
        match read_password(&file) {
            Ok(read) if read != known => {
                store.set_password(&read);
                known = read;
                tracing::info!("the database's password file changed; new connections use it");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the password stays as it was"),
        }
    }
}
