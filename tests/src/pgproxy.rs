//! A proxy before a PostgreSQL server that knows its protocol, and breaks connections where a test says: before BEGIN,
//! within a writing transaction, at COMMIT, on the way there or on the way back.
//!
//! A fault hits one connection once: the first that comes to its place after it was set.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// A step of a writing transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Its BEGIN.
    Begin,
    /// Its first statement after BEGIN.
    Statement,
    /// Its COMMIT.
    Commit,
}

/// On which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server: it has not seen the step.
    There,
    /// Back to the client: the server has taken the step.
    Back,
}

/// What happens to a message, and to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is swallowed and the connection is cut on both sides.
    Cut,
    /// It is swallowed, every connection is cut, and no new one is taken until [`PgProxy::open`].
    Dark,
    /// Half of it arrives, then the connection is cut on both sides.
    Halve,
    /// It and all that follows is swallowed in silence, on both ways; nobody hangs up.
    HalfOpen,
    /// It arrives so much later.
    Delay(Duration),
}

/// A fault that waits for its place: the end of a database's name, the step, the way.
type Armed = (String, Step, Way, Fault);

#[derive(Debug, Default)]
struct Shared {
    armed: Mutex<Vec<Armed>>,
    hits: watch::Sender<u64>,
    closed: watch::Sender<bool>,
}

impl Shared {
    fn armed(&self) -> MutexGuard<'_, Vec<Armed>> {
        self.armed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a fault that was set for this place.
    fn take(&self, database: &str, step: Step, way: Way) -> Option<Fault> {
        let mut armed = self.armed();
        let at =
            armed.iter().position(|(of, at, on, _)| database.ends_with(of) && (*at, *on) == (step, way))?;
        let (.., fault) = armed.remove(at);
        self.hits.send_modify(|hits| *hits += 1);
        Some(fault)
    }
}

/// A running proxy. It ends, with all its connections, when dropped.
#[derive(Debug)]
pub struct PgProxy {
    port: u16,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl PgProxy {
    /// A proxy on a free loopback port before the server on `target`.
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free loopback port");
        let port = listener.local_addr().expect("the address of a bound socket").port();
        let shared = Arc::new(Shared::default());
        let task = tokio::spawn(accept(listener, target, Arc::clone(&shared)));
        Self { port, shared, task }
    }

    /// The URL of a database behind it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Sets a fault for the next writing transaction that comes to a place, in a database whose name ends so.
    pub fn arm(&self, database: &str, step: Step, way: Way, fault: Fault) {
        self.shared.armed().push((database.to_owned(), step, way, fault));
    }

    /// Takes back the faults that have not hit yet.
    pub fn disarm(&self) {
        self.shared.armed().clear();
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many faults have hit a connection so far.
    pub fn hits(&self) -> u64 {
        *self.shared.hits.borrow()
    }

    /// Waits until so many faults have hit; fails the test after 20 s.
    pub async fn hit(&self, count: u64) {
        let mut hits = self.shared.hits.subscribe();
        let hit = timeout(Duration::from_secs(20), hits.wait_for(|hits| *hits >= count)).await;
        assert!(
            hit.is_ok(),
            "waited 20 s for fault {count}: no transaction came to {:?}",
            self.shared.armed()
        );
    }

    /// Cuts every connection, and takes no new one until [`Self::open`].
    pub fn close(&self) {
        self.shared.closed.send_replace(true);
    }

    /// Takes connections again.
    pub fn open(&self) {
        self.shared.closed.send_replace(false);
    }
}

impl Drop for PgProxy {
    fn drop(&mut self) {
        self.close();
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: u16, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut closed = shared.closed.subscribe();
            if *closed.borrow_and_update() {
                return;
            }
            tokio::select! {
                biased;
                // Both sides see the end, whatever ended it.
                _ = closed.wait_for(|closed| *closed) => {}
                _ = carry(client, target, &shared) => {}
            }
        });
    }
}

/// Where a connection is.
#[derive(Debug, Default)]
struct Place {
    /// The database of the session.
    database: String,
    /// The step whose answer is awaited.
    awaited: Option<Step>,
    /// The step that comes next in a writing transaction.
    next: Option<Step>,
    /// Nothing is let through any more.
    silent: bool,
}

/// Carries a connection until one side ends it or a fault does.
async fn carry(mut client: TcpStream, target: u16, shared: &Shared) -> io::Result<()> {
    let mut server = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, target))).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let Some(database) = greet(&mut client, &mut server).await? else { return Ok(()) };
    let place = Mutex::new(Place { database, ..Place::default() });
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    tokio::select! {
        biased;
        ended = pass(&mut from_client, &mut to_server, Way::There, &place, shared) => ended,
        ended = pass(&mut from_server, &mut to_client, Way::Back, &place, shared) => ended,
    }
}

/// The start of a connection, whose messages have no type. Encryption is refused: the proxy has to read. Returns the
/// database; `None`: it was no session.
async fn greet(client: &mut TcpStream, server: &mut TcpStream) -> io::Result<Option<String>> {
    const SSL: u32 = 80_877_103;
    const GSS: u32 = 80_877_104;
    const CANCEL: u32 = 80_877_102;
    loop {
        let length = client.read_u32().await?;
        let mut body = vec![0; (length as usize).saturating_sub(4)];
        client.read_exact(&mut body).await?;
        let code = body.first_chunk().map(|code| u32::from_be_bytes(*code));
        if matches!(code, Some(SSL | GSS)) {
            client.write_all(b"N").await?;
            continue;
        }
        server.write_all(&[&length.to_be_bytes()[..], &body].concat()).await?;
        // After the version: names and values, each ended by a zero.
        let mut parameters = body.get(4..).unwrap_or_default().split(|byte| *byte == 0);
        let database = parameters.find(|name| *name == b"database").and_then(|_| parameters.next());
        let database = String::from_utf8_lossy(database.unwrap_or_default()).into_owned();
        return Ok((code != Some(CANCEL)).then_some(database));
    }
}

/// Passes messages on in one direction.
async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    way: Way,
    place: &Mutex<Place>,
    shared: &Shared,
) -> io::Result<()> {
    let at = || place.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let message = read(from).await?;
        let step = match way {
            Way::There => asked(&message, &mut at()),
            Way::Back => at().awaited,
        };
        let fault = step.and_then(|step| shared.take(&at().database, step, way));
        match fault {
            Some(Fault::Cut) => return Ok(()),
            Some(Fault::Dark) => {
                shared.closed.send_replace(true);
                return Ok(());
            }
            Some(Fault::Halve) => {
                to.write_all(&message[..message.len() / 2]).await?;
                return to.flush().await;
            }
            Some(Fault::HalfOpen) => at().silent = true,
            Some(Fault::Delay(time)) => sleep(time).await,
            None => {}
        }
        if at().silent {
            continue;
        }
        if way == Way::There && step.is_some() {
            at().awaited = step;
        }
        if way == Way::Back && message[0] == b'Z' {
            at().awaited = None;
        }
        to.write_all(&message).await?;
    }
}

/// One whole message, with its head.
async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut message = vec![0; 5];
    from.read_exact(&mut message).await?;
    let length = u32::from_be_bytes([message[1], message[2], message[3], message[4]]) as usize;
    message.resize(1 + length.max(4), 0);
    from.read_exact(&mut message[5..]).await?;
    Ok(message)
}

/// The step that a client's message is, if it is one of a writing transaction.
fn asked(message: &[u8], place: &mut Place) -> Option<Step> {
    let statement = match message {
        [b'Q', _, _, _, _, text @ .., 0] => String::from_utf8_lossy(text).to_uppercase(),
        // What prepares or starts a statement; what follows belongs to it.
        [b'P' | b'B', ..] => String::new(),
        _ => return None,
    };
    if statement.starts_with("BEGIN") && statement.contains("READ WRITE") {
        place.next = Some(Step::Statement);
        return Some(Step::Begin);
    }
    let next = place.next?;
    if statement.starts_with("COMMIT") || statement.starts_with("ROLLBACK") {
        place.next = None;
        return statement.starts_with("COMMIT").then_some(Step::Commit);
    }
    place.next = Some(Step::Commit);
    (next == Step::Statement).then_some(Step::Statement)
}
