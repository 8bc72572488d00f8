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

/// A channel to a service, whose servers may be several; an answer may take so long. It connects at the first call and
/// again whenever the connection was lost; each time names are looked up and files are read anew, and of several addresses
/// another one is tried first.
pub fn channel(urls: Vec<Url>, tls: Option<TlsFiles>, answer: Option<Duration>) -> Channel {
    let authority = urls
        .first()
        .map_or_else(|| http::Uri::from_static("http://nowhere.invalid"), |url| url.uri().clone());
    let mut endpoint = Endpoint::from(authority)
        .connect_timeout(ALL)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .keep_alive_timeout(Duration::from_secs(10));
    if let Some(answer) = answer {
        endpoint = endpoint.timeout(answer);
    }
    let dial = Arc::new(Dial { urls, tls, begin: AtomicUsize::new(0) });
    endpoint.connect_with_connector_lazy(tower::service_fn(move |_: http::Uri| {
        let dial = Arc::clone(&dial);
        async move { dial.connect().await.map(TokioIo::new) }
    }))
}

struct Dial {
    urls: Vec<Url>,
    tls: Option<TlsFiles>,
    begin: AtomicUsize,
}

impl Dial {
    /// Connects to the first server that accepts.
    async fn connect(&self) -> io::Result<Box<dyn Wire>> {
        let begin = self.begin.fetch_add(1, Ordering::Relaxed);
        let mut last = io::Error::new(io::ErrorKind::NotFound, "there is no address");
        for turn in 0..self.urls.len() {
            let url = &self.urls[(begin + turn) % self.urls.len()];
            match connect(url, self.tls.as_ref(), begin).await {
                Err(error) => last = error,
                connected => return connected,
            }
        }
        Err(last)
    }
}

async fn connect(url: &Url, tls: Option<&TlsFiles>, begin: usize) -> io::Result<Box<dyn Wire>> {
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
async fn reach(url: &Url, begin: usize) -> io::Result<TcpStream> {
    let mut addresses: Vec<_> = lookup_host((url.host(), url.port())).await?.collect();
    if !addresses.is_empty() {
        let first = begin % addresses.len();
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
