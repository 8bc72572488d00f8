//! Connections to gRPC servers.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};

use super::{TlsFiles, Url, files};

/// How long one address of a host may take to accept a connection, and the handshake on it.
const CONNECT: Duration = Duration::from_secs(3);

/// How long all of it may take.
const ALL: Duration = Duration::from_secs(10);

/// How often a connection that is in use is asked whether the other side is there.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A channel to a server. It connects at the first call and again whenever the connection was lost; each time the name is
/// looked up and the files are read anew. A name with several addresses is tried from another one each time.
pub fn channel(url: &Url, tls: Option<TlsFiles>) -> Channel {
    let endpoint = Endpoint::from(url.uri().clone())
        .connect_timeout(ALL)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(Duration::from_secs(10));
    let (url, tls) = (Arc::new(url.clone()), Arc::new(tls));
    let begin = Arc::new(AtomicUsize::new(0));
    endpoint.connect_with_connector_lazy(tower::service_fn(move |_: http::Uri| {
        let (url, tls, begin) = (Arc::clone(&url), Arc::clone(&tls), Arc::clone(&begin));
        async move { connect(&url, tls.as_ref().as_ref(), &begin).await.map(TokioIo::new) }
    }))
}

async fn connect(url: &Url, tls: Option<&TlsFiles>, begin: &AtomicUsize) -> io::Result<Box<dyn Wire>> {
    let stream = reach(url, begin).await?;
    if !url.is_tls() {
        return Ok(Box::new(stream));
    }
    let files = tls.ok_or_else(|| io::Error::other("https needs --tls-ca, --tls-cert and --tls-key"))?;
    let config = files::client_config(files)?;
    let name = rustls::pki_types::ServerName::try_from(url.host().to_owned()).map_err(io::Error::other)?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let handshake = timeout(CONNECT, connector.connect(name, stream)).await;
    Ok(Box::new(handshake.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
}

/// Connects to the first address that accepts.
async fn reach(url: &Url, begin: &AtomicUsize) -> io::Result<TcpStream> {
    let mut addresses: Vec<_> = lookup_host((url.host(), url.port())).await?.collect();
    if !addresses.is_empty() {
        let first = begin.fetch_add(1, Ordering::Relaxed) % addresses.len();
        addresses.rotate_left(first);
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in addresses {
        match timeout(CONNECT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(error)) => last = error,
            Err(_) => last = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(last)
}
