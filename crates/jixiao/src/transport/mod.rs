//! Transport: what a server and a client need of TCP and TLS.

mod caller;
mod dial;
mod files;
mod listener;
mod reload;
mod servers;
mod url;

use std::path::PathBuf;

use crate::cli;
use crate::failure::Failure;
use crate::language::Language;
use crate::text::error as text;

pub use caller::Caller;
pub use dial::channel;
pub(crate) use listener::REASONS;
pub use listener::{Accepted, incoming};
pub use reload::Identity;
pub use servers::Servers;
pub use url::Url;

/// The PEM files of transport security. The same serve a server and whatever it dials; they are read again when they
/// change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The authorities whose certificates are taken.
    pub ca: PathBuf,
    /// The certificate, with those between it and the authority behind it.
    pub cert: PathBuf,
    /// The certificate's private key.
    pub key: PathBuf,
}

impl TlsFiles {
    /// The files that a command line names; all three or none. They have to be usable now.
    pub fn of(arguments: &cli::Tls, language: Language) -> Result<Option<Self>, Failure> {
        match (&arguments.tls_ca, &arguments.tls_cert, &arguments.tls_key) {
            (None, None, None) => Ok(None),
            (Some(ca), Some(cert), Some(key)) => {
                let found = Self { ca: ca.clone(), cert: cert.clone(), key: key.clone() };
                files::client_config(&found)
                    .map_err(|error| Failure::Usage(text::tls_unusable(language, error)))?;
                Ok(Some(found))
            }
            _ => Err(Failure::Usage(text::tls_incomplete(language))),
        }
    }
}
