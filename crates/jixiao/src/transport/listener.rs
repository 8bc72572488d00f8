//! Connections from clients: plain ones on this machine, proven ones from anywhere.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use jixiao_eventlog::metric;
use rustls::CertificateError;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::caller::Caller;
use super::reload::Identity;

/// Connections that may be proving themselves at once; more wait to be accepted.
const HANDSHAKES: usize = 128;

/// How long each may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long nothing is accepted after the system refused to: it has run out of something.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// A connection that was let in.
#[derive(Debug)]
pub struct Accepted {
    wire: Wire,
    caller: Caller,
}

#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// The connections that are let in, until the stream is dropped: then the port is closed.
pub fn incoming(
    listener: TcpListener,
    identity: Option<Arc<Identity>>,
) -> ReceiverStream<Result<Accepted, io::Error>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(accept(listener, identity, sender));
    ReceiverStream::new(receiver)
}

type Sender = mpsc::Sender<Result<Accepted, io::Error>>;

async fn accept(listener: TcpListener, identity: Option<Arc<Identity>>, sender: Sender) {
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let next = async || {
        // The semaphore is never closed.
        let permit = Arc::clone(&handshakes).acquire_owned().await.ok();
        (permit, listener.accept().await)
    };
    loop {
        let (permit, accepted) = tokio::select! {
            biased;
            () = sender.closed() => return,
            next = next() => next,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections");
                sleep(EXHAUSTED).await;
                continue;
            }
        };
        // An answer is not to wait for more to send.
        let _ = stream.set_nodelay(true);
        let (sender, identity) = (sender.clone(), identity.clone());
        tokio::spawn(async move {
            let accepted = match identity {
                None => Ok(Accepted { wire: Wire::Plain(stream), caller: Caller::unproven() }),
                Some(identity) => shake_hands(stream, &identity).await,
            };
            drop(permit);
            match accepted {
                // The server may be stopping.
                Ok(accepted) => drop(sender.send(Ok(accepted)).await),
                Err(error) => refused(address, &error),
            }
        });
    }
}

async fn shake_hands(stream: TcpStream, identity: &Identity) -> io::Result<Accepted> {
    let acceptor = TlsAcceptor::from(identity.config());
    let stream = timeout(HANDSHAKE, acceptor.accept(stream))
        .await
        .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "no handshake within 5 s"))??;
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let caller = certificate.map_or_else(Caller::unproven, |certificate| Caller::proven_by(certificate));
    Ok(Accepted { wire: Wire::Tls(Box::new(stream)), caller })
}

fn refused(address: SocketAddr, error: &io::Error) {
    let reason = reason(error);
    metrics::counter!(metric::TLS_REFUSED, "reason" => reason).increment(1);
    tracing::warn!(peer = %address, reason, %error, "a connection was refused");
}

/// What a handshake failed for, in one word.
fn reason(error: &io::Error) -> &'static str {
    let Some(cause) = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) else {
        return if error.kind() == io::ErrorKind::TimedOut { "timeout" } else { "closed" };
    };
    match cause {
        rustls::Error::NoCertificatesPresented => "no_certificate",
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => "expired",
            CertificateError::UnknownIssuer | CertificateError::BadSignature => "unknown_authority",
            _ => "bad_certificate",
        },
        rustls::Error::AlertReceived(_) => "refused_by_client",
        rustls::Error::PeerIncompatible(_) => "incompatible",
        _ => "no_tls",
    }
}

/// The words of [`reason`].
pub(crate) const REASONS: [&str; 9] = [
    "timeout",
    "closed",
    "no_certificate",
    "expired",
    "unknown_authority",
    "bad_certificate",
    "refused_by_client",
    "incompatible",
    "no_tls",
];

impl Connected for Accepted {
    type ConnectInfo = Caller;

    fn connect_info(&self) -> Caller {
        self.caller.clone()
    }
}

impl AsyncRead for Accepted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Accepted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.wire {
            Wire::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, slices),
            Wire::Tls(stream) => Pin::new(stream.as_mut()).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
