//! A plain gate before the ports of a service's replicas: open it passes each connection to one that is there, closed it
//! cuts every connection and refuses new ones.

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
    /// A gate on a free loopback port before others, which need not be there yet.
    pub async fn start(targets: Vec<u16>, open: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free loopback port");
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let open = watch::Sender::new(open);
        let task = tokio::spawn(accept(listener, targets, open.clone()));
        Self { port, open, task }
    }

    /// Its own port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where it is reached by gRPC.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
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

async fn accept(listener: TcpListener, targets: Vec<u16>, open: watch::Sender<bool>) {
    let mut turn = 0;
    while let Ok((mut client, _)) = listener.accept().await {
        turn += 1;
        let mut open = open.subscribe();
        let mut targets = targets.clone();
        let first = turn % targets.len().max(1);
        targets.rotate_left(first);
        tokio::spawn(async move {
            if !*open.borrow_and_update() {
                return;
            }
            let Some(mut server) = connect(&targets).await else { return };
            tokio::select! {
                biased;
                _ = open.wait_for(|open| !open) => {}
                _ = copy_bidirectional(&mut client, &mut server) => {}
            }
        });
    }
}

/// A connection to the first that takes one.
async fn connect(targets: &[u16]) -> Option<TcpStream> {
    for target in targets {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *target));
        if let Ok(stream) = TcpStream::connect(address).await {
            stream.set_nodelay(true).ok();
            return Some(stream);
        }
    }
    None
}
