//! NATS JetStream as the broker: one stream a log, one durable consumer a service that takes it in.
//!
//! What a service's user may do, and nothing else. `LOG` is its own, `SOURCE` each one that it takes in:
//!
//! | direction | subject | what for |
//! | --- | --- | --- |
//! | publish | `jixiao.LOG.>` | its own events |
//! | publish | `$JS.API.STREAM.INFO.JixiaoLog` | where its own stream ends, and its settings |
//! | publish | `$JS.API.STREAM.MSG.GET.JixiaoLog` | what its own stream ends with |
//! | publish | `$JS.API.STREAM.INFO.JixiaoSource` | the settings of the streams that it takes in |
//! | publish | `$JS.API.CONSUMER.INFO.JixiaoSource.LOG` | the settings of its own consumer |
//! | publish | `$JS.API.CONSUMER.MSG.NEXT.JixiaoSource.LOG` | pulling |
//! | publish | `$JS.ACK.JixiaoSource.LOG.>` | acknowledging |
//! | subscribe | `_INBOX_LOG.>` | answers, to itself alone |
//!
//! [`permissions`] is this table; deploy/ writes the same into its server's configuration.

mod apply;
mod check;
mod inbox;
mod settings;
mod stream;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State as Connected;
use async_nats::jetstream::Context;
use async_nats::{Auth, AuthError, Client, ConnectOptions, Event, ServerAddr};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::broker::{BrokerError, Inbox, Stream};
use crate::metric;

pub use apply::{Applied, ApplyError, Done, apply};
pub use check::BrokerFault;
pub use settings::{
    BACKOFF, DUPLICATE_WINDOW, Flow, Limits, MAX_ACK_PENDING, MAX_AGE, MAX_BYTES, MAX_MESSAGE, MAX_WAITING,
    SERVER, consumer, flows, stream, stream_name,
};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How often what was missing or did not answer is looked for again.
const CHECK_AGAIN: Duration = Duration::from_secs(2);

/// The longest pause between two attempts to connect.
const RECONNECT: Duration = Duration::from_secs(2);

/// Commands that may wait for the connection, and messages for their reader.
const CAPACITY: usize = 1_024;

/// How a broker is reached.
#[derive(Debug, Clone, Default)]
pub struct Connection {
    /// `nats://HOST:PORT` or `tls://HOST:PORT`, several with commas between.
    pub url: String,
    /// The user; `None` where the certificate says who it is, or nobody asks.
    pub user: Option<String>,
    /// The file that holds the user's password. Read at each connect, so that it can be changed.
    pub password_file: Option<PathBuf>,
    /// Files of transport security. Read at each connect, so that they can be changed.
    pub tls: Option<TlsFiles>,
}

/// PEM files of transport security.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// Who signs the broker's certificate.
    pub ca: PathBuf,
    /// The own certificate, with its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// What a service uses of the broker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uses {
    /// The service, and its log.
    pub service: &'static str,
    /// Whether it publishes its own log.
    pub publishes: bool,
    /// The logs that it takes in.
    pub takes_in: &'static [&'static str],
}

/// The subjects that a user may publish to and subscribe to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// To publish to.
    pub publish: Vec<String>,
    /// To subscribe to.
    pub subscribe: Vec<String>,
}

/// What a service's user has to be allowed, and nothing else: the table above.
pub fn permissions(uses: &Uses) -> Permissions {
    let service = uses.service;
    let mut publish = Vec::new();
    if uses.publishes {
        let stream = stream_name(service);
        publish.push(format!("jixiao.{service}.>"));
        publish.push(format!("$JS.API.STREAM.INFO.{stream}"));
        publish.push(format!("$JS.API.STREAM.MSG.GET.{stream}"));
    }
    for source in uses.takes_in {
        let stream = stream_name(source);
        publish.push(format!("$JS.API.STREAM.INFO.{stream}"));
        publish.push(format!("$JS.API.CONSUMER.INFO.{stream}.{service}"));
        publish.push(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{service}"));
        publish.push(format!("$JS.ACK.{stream}.{service}.>"));
    }
    Permissions { publish, subscribe: vec![format!("{}.>", inbox_prefix(service))] }
}

/// Where answers go: a name of its own, so that no other user may listen there.
fn inbox_prefix(service: &str) -> String {
    format!("_INBOX_{service}")
}

/// How it stands with the broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrokerState {
    /// Not connected, or not compared yet.
    Away,
    /// Connected, but a stream or consumer is not there: its feeds and relay do without.
    Missing(String),
    /// Connected, and all is as it should be.
    Up,
    /// Cannot be used until somebody acts.
    Fault(BrokerFault),
}

/// A service's connection to the broker. It comes and goes by itself; dropping this ends it.
#[derive(Debug)]
pub struct Broker {
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

/// What streams and inboxes need of it.
#[derive(Debug)]
struct Shared {
    context: Context,
    state: watch::Sender<BrokerState>,
    /// Counts the connections made.
    connections: watch::Receiver<u64>,
}

impl Shared {
    /// To ask the broker with, once it was found to be as it should be.
    fn context(&self) -> Result<Context, BrokerError> {
        if self.context.client().connection_state() != Connected::Connected {
            // What is sent now would wait in memory, and come at the wrong time.
            return Err(BrokerError::Unavailable("not connected".to_owned()));
        }
        match &*self.state.borrow() {
            BrokerState::Up | BrokerState::Missing(_) => Ok(self.context.clone()),
            BrokerState::Away => Err(BrokerError::Unavailable("not connected".to_owned())),
            BrokerState::Fault(fault) => Err(BrokerError::Unavailable(fault.to_string())),
        }
    }

    /// Takes note of what a stream or inbox met: what is missing is looked for from now on.
    fn doubt(&self, error: &BrokerError) {
        if let BrokerError::Missing(what) = error {
            self.state.send_if_modified(|state| {
                let new = *state == BrokerState::Up;
                if new {
                    *state = BrokerState::Missing(what.clone());
                }
                new
            });
        }
    }

    /// Which connection this is.
    fn connection(&self) -> u64 {
        *self.connections.borrow()
    }
}

impl Broker {
    /// Begins to connect, in the background, and to compare settings at each connect. Fails only on what can never work:
    /// an address that does not read, a file that is not there.
    pub async fn connect(connection: &Connection, uses: Uses) -> Result<Arc<Self>, String> {
        let (count, connections) = watch::channel(0);
        let state = watch::Sender::new(BrokerState::Away);
        let went = state.clone();
        let options =
            options(connection, uses.service)?.retry_on_initial_connect().event_callback(move |event| {
                match event {
                    Event::Connected => count.send_modify(|count| *count += 1),
                    Event::Disconnected | Event::Closed => {
                        went.send_if_modified(|state| {
                            let usable = matches!(state, BrokerState::Up | BrokerState::Missing(_));
                            if usable {
                                *state = BrokerState::Away;
                            }
                            usable
                        });
                    }
                    Event::ServerError(error) => tracing::warn!(%error, "the broker complains"),
                    Event::ClientError(error) => tracing::debug!(%error, "no connection to the broker"),
                    Event::SlowConsumer(_) | Event::LameDuckMode | Event::Draining => {}
                }
                std::future::ready(())
            });
        let client = options.connect(addresses(&connection.url)?).await.map_err(|error| error.to_string())?;
        let context = context(client.clone());
        let shared = Arc::new(Shared { context, state, connections });
        let task = tokio::spawn(watch_over(client, Arc::clone(&shared), uses));
        Ok(Arc::new(Self { shared, task }))
    }

    /// The stream of a log, for its relay.
    pub fn stream(&self, log: &'static str) -> Arc<dyn Stream> {
        Arc::new(stream::JetStream::new(Arc::clone(&self.shared), log))
    }

    /// What a log's stream brings to a consumer.
    pub fn inbox(&self, log: &'static str, consumer: &'static str) -> Arc<dyn Inbox> {
        Arc::new(inbox::PullInbox::new(Arc::clone(&self.shared), log, consumer))
    }

    /// Sends what waits to be sent and ends the connection. Returns within a second.
    pub async fn close(&self) {
        self.task.abort();
        let client = self.shared.context.client();
        if client.connection_state() == Connected::Connected {
            let _ = timeout(Duration::from_secs(1), client.flush()).await;
            let _ = client.drain().await;
        }
        self.shared.state.send_replace(BrokerState::Away);
    }

    /// How it stands.
    pub fn state(&self) -> BrokerState {
        self.shared.state.borrow().clone()
    }

    /// Changes with [`Broker::state`].
    pub fn watch(&self) -> watch::Receiver<BrokerState> {
        self.shared.state.subscribe()
    }

    /// Returns when the broker is found to be one that must not be used: the process should stop and say so.
    pub async fn fault(&self) -> BrokerFault {
        let mut state = self.watch();
        loop {
            if let BrokerState::Fault(fault) = &*state.borrow_and_update() {
                return fault.clone();
            }
            if state.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Compares settings at each connect, and looks again for what was missing.
async fn watch_over(client: Client, shared: Arc<Shared>, uses: Uses) {
    let up = metrics::gauge!(metric::BROKER_UP, "service" => uses.service);
    up.set(0.0);
    let mut connections = shared.connections.clone();
    let mut state = shared.state.subscribe();
    loop {
        connections.borrow_and_update();
        state.borrow_and_update();
        let found = look(&client, &shared.context, &uses).await;
        // What was found of a connection that is gone says nothing.
        if let Some(found) = found
            && client.connection_state() == Connected::Connected
            && !connections.has_changed().unwrap_or(true)
        {
            shared.state.send_if_modified(|state| {
                let changed = *state != found;
                if changed {
                    say(uses.service, &found);
                    *state = found.clone();
                }
                changed
            });
        }
        let now = shared.state.borrow().clone();
        up.set(if now == BrokerState::Up { 1.0 } else { 0.0 });
        match now {
            BrokerState::Fault(_) => return,
            BrokerState::Up => {
                tokio::select! {
                    biased;
                    changed = connections.changed() => {
                        if changed.is_err() {
                            return;
                        }
                    }
                    _ = state.wait_for(|state| *state != BrokerState::Up) => up.set(0.0),
                }
            }
            BrokerState::Missing(_) | BrokerState::Away => {
                tokio::select! {
                    biased;
                    changed = connections.changed() => {
                        if changed.is_err() {
                            return;
                        }
                    }
                    () = sleep(CHECK_AGAIN) => {}
                }
            }
        }
    }
}

/// How it stands now; `None` while not connected.
async fn look(client: &Client, context: &Context, uses: &Uses) -> Option<BrokerState> {
    if client.connection_state() != Connected::Connected {
        return None;
    }
    // What the server said of itself is known once it has answered.
    timeout(ANSWER, client.flush()).await.ok()?.ok()?;
    let info = client.try_server_info()?;
    if let Err(fault) = check::check_version(&info.version) {
        return Some(BrokerState::Fault(fault));
    }
    match check::check(context, uses).await {
        check::Checked::Fine => Some(BrokerState::Up),
        check::Checked::Missing(what) => Some(BrokerState::Missing(what)),
        check::Checked::Fault(fault) => Some(BrokerState::Fault(fault)),
        check::Checked::Unavailable(reason) => {
            tracing::info!(service = uses.service, reason, "the broker does not answer yet");
            None
        }
    }
}

fn say(service: &str, state: &BrokerState) {
    match state {
        BrokerState::Up => tracing::info!(service, "the broker is up"),
        BrokerState::Away => tracing::warn!(service, "the broker is away"),
        BrokerState::Missing(what) => {
            tracing::warn!(service, "the broker has no {what}: run `jixiao nats apply`");
        }
        BrokerState::Fault(fault) => tracing::error!(service, %fault, "the broker cannot be used"),
    }
}

/// Connects once, for a command.
async fn connect_once(connection: &Connection) -> Result<Client, String> {
    let options = options(connection, "apply")?;
    options.connect(addresses(&connection.url)?).await.map_err(|error| error.to_string())
}

fn context(client: Client) -> Context {
    async_nats::jetstream::ContextBuilder::new().timeout(ANSWER).max_ack_inflight(CAPACITY).build(client)
}

fn addresses(url: &str) -> Result<Vec<ServerAddr>, String> {
    let parse = |address: &str| {
        address.trim().parse().map_err(|_| {
            format!("the NATS URL \"{address}\" does not read: write nats://HOST:PORT or tls://HOST:PORT")
        })
    };
    url.split(',').map(parse).collect()
}

fn options(connection: &Connection, name: &str) -> Result<ConnectOptions, String> {
    let mut options = match (&connection.user, &connection.password_file) {
        (None, None) => ConnectOptions::new(),
        (None, Some(_)) => return Err("a NATS password without a user".to_owned()),
        (Some(user), password) => {
            if let Some(file) = password {
                read_password(file).map_err(|error| format!("{}: {error}", file.display()))?;
            }
            let (user, password) = (user.clone(), password.clone());
            ConnectOptions::with_auth_callback(move |_| {
                let mut auth = Auth::new();
                auth.username = Some(user.clone());
                let read = password.as_deref().map(read_password).transpose();
                std::future::ready(match read {
                    Ok(password) => {
                        auth.password = password;
                        Ok(auth)
                    }
                    Err(error) => Err(AuthError::new(error)),
                })
            })
        }
    };
    if let Some(tls) = &connection.tls {
        options = options.require_tls(true).add_root_certificates(tls.ca.clone());
        if let Some((certificate, key)) = &tls.identity {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
    }
    Ok(options
        .name(format!("jixiao {name}"))
        .custom_inbox_prefix(inbox_prefix(name))
        .client_capacity(CAPACITY)
        .subscription_capacity(CAPACITY)
        .connection_timeout(ANSWER)
        .request_timeout(Some(ANSWER))
        .ping_interval(Duration::from_secs(10))
        .max_reconnects(None)
        .reconnect_delay_callback(|attempts| {
            // None at first: the broker may only have been restarted.
            Duration::from_millis(100)
                .saturating_mul(u32::try_from(attempts).unwrap_or(u32::MAX))
                .min(RECONNECT)
        }))
}

fn read_password(file: &std::path::Path) -> std::io::Result<String> {
    Ok(std::fs::read_to_string(file)?.trim_end_matches(['\r', '\n']).to_owned())
}
