//! A server's certificate and authorities, read again when their files change.

use std::io;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::Duration;

use jixiao_eventlog::metric;
use rustls::ServerConfig;
use tokio::time::sleep;
use x509_parser::parse_x509_certificate;

use super::TlsFiles;
use super::files::{certificates, said, server_config};

/// How often the files are looked at.
const EVERY: Duration = Duration::from_secs(1);

/// What a server proves itself with. Kept up to date as long as it lives.
#[derive(Debug)]
pub struct Identity {
    config: RwLock<Arc<ServerConfig>>,
}

impl Identity {
    /// Reads the files; fails where they are not usable. `service` labels the metric.
    pub fn open(files: &TlsFiles, service: &'static str) -> io::Result<Arc<Self>> {
        let content = read(files)?;
        let config = RwLock::new(Arc::new(server_config(files)?));
        tell_end(files, service);
        let identity = Arc::new(Self { config });
        tokio::spawn(keep(Arc::downgrade(&identity), files.clone(), content, service));
        Ok(identity)
    }

    /// For the next connection.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn keep(identity: Weak<Identity>, files: TlsFiles, mut known: [Vec<u8>; 3], service: &'static str) {
    loop {
        sleep(EVERY).await;
        let Some(identity) = identity.upgrade() else { return };
        let Ok(content) = read(&files) else { continue };
        if content == known {
            continue;
        }
        // Whatever comes of it is told once.
        known = content;
        match server_config(&files) {
            Ok(config) => {
                *identity.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                tell_end(&files, service);
                tracing::info!("the certificate files changed; new connections use them");
            }
            Err(error) => {
                tracing::error!(%error, "the certificate files changed and cannot be used; those before stay in use");
            }
        }
    }
}

fn read(files: &TlsFiles) -> io::Result<[Vec<u8>; 3]> {
    let read = |file: &Path| std::fs::read(file).map_err(|error| said(file, error));
    Ok([read(&files.ca)?, read(&files.cert)?, read(&files.key)?])
}

/// Says when the certificate ends.
#[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are exact in a float")]
fn tell_end(files: &TlsFiles, service: &'static str) {
    let Ok(chain) = certificates(&files.cert) else { return };
    if let Some(Ok((_, certificate))) = chain.first().map(|certificate| parse_x509_certificate(certificate)) {
        let end = certificate.validity().not_after.timestamp();
        metrics::gauge!(metric::CERTIFICATE_END, "service" => service).set(end as f64);
    }
}
