//! The replica that leads: it follows the feeds and relays, for speed. Correctness does not rest on it.
//!
//! | replica | works |
//! | --- | --- |
//! | holds the lock | freely |
//! | does not | a round every [`STAND_BY`]; freely while nobody else does the work, so that a leader that hangs only slows things down |

use std::fmt::{Debug, Formatter};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::metric;
use crate::store::{HeldLock, Lock, LogStore};

/// How often a replica that does not lead tries to.
const TRY: Duration = Duration::from_secs(1);

/// How often the leader looks whether its lock is there still.
const CHECK: Duration = Duration::from_secs(3);

/// How often a replica that does not lead works all the same.
pub(crate) const STAND_BY: Duration = Duration::from_secs(10);

/// The pauses after failed rounds, in milliseconds; the last one repeats.
const BACKOFF: [u64; 6] = [50, 100, 250, 500, 1_000, 2_000];

/// A replica's place in the lead of one log: it tries to take the lock for as long as this lives, and gives it back when
/// this is dropped.
pub struct Lead {
    log: &'static str,
    held: Arc<Held>,
    stop: watch::Sender<bool>,
}

/// Whether the lock is held. Not a `watch` channel: that one wakes those who wait in an order of its own.
#[derive(Default)]
struct Held {
    now: AtomicBool,
    changed: Notify,
}

impl Held {
    fn set(&self, now: bool) {
        self.now.store(now, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    fn is(&self, wanted: bool) -> bool {
        self.now.load(Ordering::SeqCst) == wanted
    }

    /// Waits until it is, or is not, held.
    async fn until(&self, wanted: bool) {
        loop {
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            if self.is(wanted) {
                return;
            }
            changed.await;
        }
    }
}

impl Debug for Lead {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lead({}, held: {})", self.log, self.is_held())
    }
}

impl Lead {
    /// Begins to try for the lead of a log, in the background.
    pub fn start(log: &'static str, store: Arc<dyn LogStore>) -> Arc<Self> {
        let held = Arc::<Held>::default();
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(run(log, store, Arc::clone(&held), stopped));
        Arc::new(Self { log, held, stop })
    }

    /// Whether this replica leads now.
    pub fn is_held(&self) -> bool {
        self.held.is(true)
    }

    /// Gives the lead back and does not try again, so that another replica takes over at once. Returns when it is given
    /// back, or after a second.
    pub async fn release(&self) {
        self.stop.send_replace(true);
        let _ = timeout(Duration::from_secs(1), self.held.until(false)).await;
    }
}

/// Tries, holds, and tries again, until told to stop.
async fn run(log: &'static str, store: Arc<dyn LogStore>, held: Arc<Held>, mut stop: watch::Receiver<bool>) {
    let leads = metrics::gauge!(metric::LEADS, "service" => log);
    leads.set(0.0);
    loop {
        // Never cut short: a lock that was granted must not be lost with its answer.
        match store.lock(Lock::Lead).await {
            Ok(Some(lock)) => {
                tracing::info!(log, "this replica leads");
                leads.set(1.0);
                held.set(true);
                hold(log, lock, &mut stop, &held).await;
                leads.set(0.0);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(log, error = &error as &dyn std::error::Error, "cannot try for the lead");
            }
        }
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return,
            () = sleep(TRY) => {}
        }
    }
}

/// Returns once told to stop, or once nobody is left to tell.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Holds the lock until it is lost or given back.
async fn hold(log: &'static str, mut lock: Box<dyn HeldLock>, stop: &mut watch::Receiver<bool>, held: &Held) {
    loop {
        tokio::select! {
            biased;
            () = stopped(stop) => {
                if let Err(error) = lock.release().await {
                    tracing::debug!(log, error = &error as &dyn std::error::Error, "the lead ends with its session");
                }
                held.set(false);
                return;
            }
            () = sleep(CHECK) => {}
        }
        if let Err(error) = lock.check().await {
            held.set(false);
            tracing::warn!(log, error = &error as &dyn std::error::Error, "this replica lost the lead");
            return;
        }
    }
}

/// When it is a replica's turn to work.
pub(crate) struct Turns {
    lead: Arc<Lead>,
    alone: bool,
}

impl Turns {
    pub(crate) fn new(lead: Arc<Lead>) -> Self {
        Self { lead, alone: false }
    }

    /// Whether to go on without a pause, and to wait for news rather than for the next look.
    pub(crate) fn are_free(&self) -> bool {
        self.alone || self.lead.is_held()
    }

    /// Waits for the next turn.
    pub(crate) async fn next(&self) {
        if !self.are_free() {
            // Leading begins at once, whatever is left of the pause.
            let _ = timeout(STAND_BY, self.lead.held.until(true)).await;
        }
    }

    /// Says whether a round's work was this replica's alone: while it is, nobody leads, or whoever does hangs.
    pub(crate) fn worked(&mut self, alone: bool) {
        self.alone = alone;
    }

    /// Pauses after a round that failed, `failures` before it having failed too.
    pub(crate) async fn rest(failures: usize) {
        let pause = BACKOFF[failures.min(BACKOFF.len() - 1)];
        sleep(Duration::from_millis(pause)).await;
    }
}
