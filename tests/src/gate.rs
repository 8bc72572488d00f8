//! A plain gate before a port: open it passes everything, closed it cuts every connection and refuses new ones.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running gate. It closes for good when dropped.
#[derive(Debug)]
pub struct Gate {
    port: u16,
    open: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Gate {
    /// A gate on a free loopback port before the one on `target`, which need not be there yet.
    pub async fn start(target: u16, open: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free loopback port");
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let open = watch::Sender::new(open);
        let task = tokio::spawn(accept(listener, target, open.clone()));
        Self { port, open, task }
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets connections through.
    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Cuts every connection, and refuses new ones.
    pub fn close(&self) {
        self.open.send_replace(false);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.close();
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: u16, open: watch::Sender<bool>) {
    while let Ok((mut client, _)) = listener.accept().await {
        let mut open = open.subscribe();
        tokio::spawn(async move {
            if !*open.borrow_and_update() {
                return;
            }
            let Ok(mut server) = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await
            else {
                return;
            };
            tokio::select! {
                biased;
                _ = open.wait_for(|open| !open) => {}
                _ = copy_bidirectional(&mut client, &mut server) => {}
            }
        });
    }
}
