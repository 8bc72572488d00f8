//! What TLS is made of, from files.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::TlsFiles;

/// The one protocol spoken.
const HTTP2: &[u8] = b"h2";

/// How a server proves itself and whom it takes: clients whose certificate an authority of `ca` made, TLS 1.2 or later.
pub(crate) fn server_config(files: &TlsFiles) -> io::Result<ServerConfig> {
    let roots = Arc::new(authorities(&files.ca)?);
    let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
        .build()
        .map_err(|error| said(&files.ca, error))?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&files.cert)?, key(&files.key)?)
        .map_err(|error| said(&files.cert, error))?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    // Nothing is resumed: each connection shows its certificate anew.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// How a client proves itself and which servers it takes.
pub(crate) fn client_config(files: &TlsFiles) -> io::Result<ClientConfig> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(authorities(&files.ca)?)
        .with_client_auth_cert(certificates(&files.cert)?, key(&files.key)?)
        .map_err(|error| said(&files.cert, error))?;
    config.alpn_protocols = vec![HTTP2.to_vec()];
    Ok(config)
}

/// The certificates of a file, its owner's first.
pub(crate) fn certificates(file: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> =
        CertificateDer::pem_file_iter(file).and_then(Iterator::collect).map_err(|error| said(file, error))?;
    if found.is_empty() { Err(said(file, "holds no certificate in PEM form")) } else { Ok(found) }
}

fn key(file: &Path) -> io::Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| said(file, error))
}

fn authorities(file: &Path) -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| said(file, error))?;
    }
    Ok(roots)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

pub(super) fn said(file: &Path, error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {error}", file.display()))
}
