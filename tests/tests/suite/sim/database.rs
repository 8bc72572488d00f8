//! A simulated database server for one log: sessions, locks, commits and its disk.
//!
//! | of | it does |
//! | --- | --- |
//! | a commit | is written, then synced; only then others see it, its lock is freed and it is answered |
//! | a crash | ends all sessions; commits that were not synced survive as far as chance says, always as a prefix |
//! | the head's lock | one session; the others wait in the order they came, at most [`LOCK_TIMEOUT`] |
//! | an idle session | is ended once it kept others waiting for [`IDLE_TIMEOUT`] in a transaction |

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::store::{Head, Lock};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

use super::random::Dice;
use super::tables::{Tables, View, Writes};
use super::trace::Trace;

/// `lock_timeout` and `idle_in_transaction_session_timeout` of the real sessions.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);

/// How a database fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    Up,
    /// Connections are refused.
    Down,
    /// Nothing is answered, nothing is refused.
    Silent,
}

/// What goes wrong by itself, so many times of 10,000 calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The connection is cut before a statement takes effect, or after.
    pub cut: u64,
    /// COMMIT takes no effect and is not answered.
    pub commit_lost: u64,
    /// COMMIT takes effect and is not answered.
    pub commit_unanswered: u64,
    /// COMMIT takes effect here and comes back with a warning.
    pub commit_warned: u64,
    /// A wake of another process is lost.
    pub wake_lost: u64,
    /// A statement takes long.
    pub slow: u64,
    /// What a statement takes, at most, in milliseconds.
    pub latency: u64,
}

/// What a commit that has returned is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// It is synced.
    Honest,
    /// It is synced, and all before it, unless it came back with a warning: a crash promotes a standby that may lack it.
    Standby,
    /// It was written and nothing more: a crash may lose it, as with `fsync = off`.
    Lies,
}

/// One database. It outlives the processes that use it.
#[derive(Debug)]
pub struct Database {
    pub log: &'static str,
    pub dice: Dice,
    pub trace: Option<Trace>,
    inner: Mutex<Inner>,
    freed: Notify,
}

#[derive(Debug)]
struct Inner {
    tables: Tables,
    health: Health,
    faults: Faults,
    disk: Disk,
    /// The last commit that others see.
    visible: u64,
    /// The last commit that no crash loses.
    synced: u64,
    sessions: BTreeMap<u64, Session>,
    session_numbers: u64,
    head_lock: Option<u64>,
    waiting: BTreeSet<u64>,
    tickets: u64,
    locks: BTreeMap<u8, u64>,
    listeners: Vec<(u64, Weak<Wakes>)>,
    calls: u64,
    gone_back: bool,
}

#[derive(Debug)]
struct Session {
    process: u64,
    /// When the server last worked for it.
    active: Instant,
    /// Whether it works for it now.
    busy: bool,
    /// Its commit that is written and not synced.
    written: Option<u64>,
    warned: bool,
}

/// The session is no more: ended by the server, or with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone(pub &'static str);

/// Who is told of commits through one open store. A sender a receiver, so that they wake in a fixed order.
#[derive(Debug, Default)]
pub struct Wakes(Mutex<Vec<watch::Sender<u64>>>);

impl Wakes {
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        let (sender, receiver) = watch::channel(0);
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.retain(|sender| !sender.is_closed());
        senders.push(sender);
        receiver
    }

    pub fn wake(&self, head: u64) {
        for sender in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            sender.send_replace(head);
        }
    }
}

impl Database {
    pub fn new(log: &'static str, fold_version: u32, dice: Dice, trace: Option<Trace>) -> Arc<Self> {
        Arc::new(Self {
            log,
            dice,
            trace,
            inner: Mutex::new(Inner {
                tables: Tables::new(fold_version),
                health: Health::Up,
                faults: Faults::default(),
                disk: Disk::Honest,
                visible: 0,
                synced: 0,
                sessions: BTreeMap::new(),
                session_numbers: 0,
                head_lock: None,
                waiting: BTreeSet::new(),
                tickets: 0,
                locks: BTreeMap::new(),
                listeners: Vec::new(),
                calls: 0,
                gone_back: false,
            }),
            freed: Notify::new(),
        })
    }

    pub fn set_faults(&self, faults: Faults) {
        self.guard().faults = faults;
    }

    pub fn set_disk(&self, disk: Disk) {
        self.guard().disk = disk;
    }

    pub fn health(&self) -> Health {
        self.guard().health
    }

    /// Its network goes or comes back. Sessions end with it: the server rolls back what they had begun.
    pub fn set_health(&self, health: Health) {
        self.guard().health = health;
        if health != Health::Up {
            self.end_sessions(|_| true);
        }
    }

    /// Loses power and starts again at once: of what was not synced, as much survives as chance says.
    pub fn crash(&self) {
        let mut inner = self.guard();
        let written = inner.sessions.values().filter_map(|session| session.written).max();
        let last = written.unwrap_or(inner.visible).max(inner.visible);
        let kept = self.dice.between(inner.synced, last);
        if let Some(trace) = &self.trace {
            trace.note(format_args!("{} crashes: commits {kept} of {last} kept", self.log));
        }
        inner.gone_back |= kept < inner.visible;
        inner.tables.forget_after(kept);
        (inner.visible, inner.synced) = (kept, kept);
        inner.sessions.clear();
        inner.locks.clear();
        inner.head_lock = None;
        drop(inner);
        self.freed.notify_waiters();
    }

    /// Whether no crash would lose anything that others see.
    pub fn is_safe(&self) -> bool {
        let inner = self.guard();
        inner.synced == inner.visible
    }

    /// Whether a crash took back what others had seen.
    pub fn has_gone_back(&self) -> bool {
        self.guard().gone_back
    }

    /// Statements asked for so far.
    pub fn calls(&self) -> u64 {
        self.guard().calls
    }

    /// All events that are committed, for a judge.
    pub fn events(&self) -> Vec<StoredEvent> {
        let inner = self.guard();
        let own = Writes::default();
        let view = View { tables: &inner.tables, commit: inner.visible, own: &own };
        let mut events: Vec<StoredEvent> = Vec::new();
        loop {
            let page = view.events_after(events.last().map_or(0, |event| event.position), u32::MAX);
            if page.is_empty() {
                return events;
            }
            events.extend(page);
        }
    }

    /// The states in use, for a judge: keys and JSON.
    pub fn states(&self) -> BTreeMap<String, String> {
        let inner = self.guard();
        let own = Writes::default();
        let view = View { tables: &inner.tables, commit: inner.visible, own: &own };
        let generation = view.head().map_or(0, |head| head.generation);
        view.page(generation, "", "", u32::MAX).into_iter().map(|row| (row.key, row.state)).collect()
    }

    pub(super) fn listen(&self, process: u64, wakes: &Arc<Wakes>) {
        self.guard().listeners.push((process, Arc::downgrade(wakes)));
    }

    /// Counts a call; what may go wrong with it.
    pub(super) fn called(&self) -> (Health, Faults) {
        let mut inner = self.guard();
        inner.calls += 1;
        (inner.health, inner.faults)
    }

    pub(super) fn open_session(&self, process: u64) -> u64 {
        let mut inner = self.guard();
        inner.session_numbers += 1;
        let number = inner.session_numbers;
        let session = Session { process, active: Instant::now(), busy: true, written: None, warned: false };
        inner.sessions.insert(number, session);
        number
    }

    /// The server begins or ends to work for a session.
    pub(super) fn works(&self, session: u64, busy: bool) -> Result<(), Gone> {
        let mut inner = self.guard();
        inner.end_idle();
        let found = inner.sessions.get_mut(&session).ok_or(Gone("the session has ended"))?;
        (found.active, found.busy) = (Instant::now(), busy);
        Ok(())
    }

    /// Ends a session: what it had not committed is undone, what it had locked is free. A commit that is written goes on
    /// without it.
    pub(super) fn close_session(&self, session: u64) {
        self.end_sessions(|number| number == session);
    }

    pub(super) fn end_sessions_of(&self, process: u64) {
        let numbers: BTreeSet<u64> = {
            let inner = self.guard();
            let of = inner.sessions.iter().filter(|(_, session)| session.process == process);
            of.map(|(number, _)| *number).collect()
        };
        self.end_sessions(|number| numbers.contains(&number));
    }

    fn end_sessions(&self, ends: impl Fn(u64) -> bool) {
        let mut inner = self.guard();
        let ended: Vec<u64> = inner.sessions.keys().copied().filter(|number| ends(*number)).collect();
        for number in &ended {
            inner.end(*number);
        }
        drop(inner);
        if !ended.is_empty() {
            self.freed.notify_waiters();
        }
    }

    /// Waits for the lock of the head row; the head as it is then.
    pub(super) async fn lock_head(&self, session: u64) -> Result<Head, Gone> {
        let mut place = Waiting { database: self, ticket: self.guard().ticket() };
        let deadline = Instant::now() + LOCK_TIMEOUT;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            let look_again = {
                let mut inner = self.guard();
                inner.end_idle();
                if !inner.sessions.contains_key(&session) {
                    return Err(Gone("the session has ended"));
                }
                if inner.head_lock.is_none() && inner.waiting.first() == Some(&place.ticket) {
                    inner.head_lock = Some(session);
                    let head = View { tables: &inner.tables, commit: inner.visible, own: &Writes::default() };
                    let head = head.head().ok_or(Gone("no head row"));
                    drop(inner);
                    place.leave();
                    return head;
                }
                let holder = inner.head_lock.and_then(|holder| inner.sessions.get(&holder));
                holder.filter(|holder| !holder.busy).map_or(deadline, |holder| holder.active + IDLE_TIMEOUT)
            };
            if Instant::now() >= deadline {
                return Err(Gone("canceling statement due to lock timeout"));
            }
            tokio::select! {
                biased;
                () = freed => {}
                () = sleep_until(look_again.min(deadline)) => {}
            }
        }
    }

    /// What a session sees now; `at` is its snapshot, without one it sees all that is committed.
    pub(super) fn view<T>(&self, at: Option<u64>, own: &Writes, read: impl FnOnce(&View<'_>) -> T) -> T {
        let inner = self.guard();
        read(&View { tables: &inner.tables, commit: at.unwrap_or(inner.visible), own })
    }

    pub(super) fn snapshot(&self) -> u64 {
        self.guard().visible
    }

    pub(super) fn refuses(&self, own: &Writes, event: &StoredEvent) -> Option<&'static str> {
        self.guard().tables.refuses(own, event)
    }

    /// Writes a transaction to disk, not synced yet.
    pub(super) fn write(&self, session: u64, writes: Writes) -> Result<(), Gone> {
        let mut inner = self.guard();
        let commit = inner.visible + 1;
        let found = inner.sessions.get_mut(&session).ok_or(Gone("the session has ended"))?;
        found.written = Some(commit);
        inner.tables.write(commit, writes);
        Ok(())
    }

    /// Syncs what a session has written: others see it, its lock is free. With a warning, no standby has it.
    pub(super) fn sync(&self, session: u64, warned: bool) -> Result<(), Gone> {
        let mut inner = self.guard();
        let found = inner.sessions.get_mut(&session).ok_or(Gone("the session has ended"))?;
        found.warned = warned;
        inner.end(session);
        drop(inner);
        self.freed.notify_waiters();
        Ok(())
    }

    /// Tells all that listen of a commit, except those whose wake is lost.
    pub(super) fn notify(&self, head: u64, faults: &Faults) {
        let listeners: Vec<Arc<Wakes>> = {
            let mut inner = self.guard();
            inner.listeners.retain(|(_, wakes)| wakes.strong_count() > 0);
            inner.listeners.iter().filter_map(|(_, wakes)| wakes.upgrade()).collect()
        };
        for wakes in listeners {
            if !self.dice.chance(faults.wake_lost) {
                wakes.wake(head);
            }
        }
    }

    /// Takes an advisory lock if nobody has it.
    pub(super) fn try_lock(&self, what: Lock, session: u64) -> Result<bool, Gone> {
        let mut inner = self.guard();
        if !inner.sessions.contains_key(&session) {
            return Err(Gone("the session has ended"));
        }
        let number = match what {
            Lock::Rebuild => 0,
            Lock::Lead => 1,
        };
        if inner.locks.contains_key(&number) {
            return Ok(false);
        }
        inner.locks.insert(number, session);
        Ok(true)
    }

    fn guard(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.waiting.insert(self.tickets);
        self.tickets
    }

    fn end(&mut self, number: u64) {
        let Some(session) = self.sessions.remove(&number) else { return };
        if let Some(commit) = session.written {
            self.visible = commit;
            let safe = match self.disk {
                Disk::Honest => true,
                Disk::Standby => !session.warned,
                Disk::Lies => false,
            };
            if safe {
                self.synced = commit;
            }
        }
        if self.head_lock == Some(number) {
            self.head_lock = None;
        }
        self.locks.retain(|_, holder| *holder != number);
    }

    /// Ends the session that holds the head's lock and does nothing.
    fn end_idle(&mut self) {
        let Some(number) = self.head_lock else { return };
        let idle = |session: &Session| !session.busy && session.active.elapsed() >= IDLE_TIMEOUT;
        if self.sessions.get(&number).is_some_and(idle) {
            self.end(number);
        }
    }
}

/// A place in the queue for the head's lock.
struct Waiting<'a> {
    database: &'a Database,
    ticket: u64,
}

impl Waiting<'_> {
    fn leave(&mut self) {
        self.database.guard().waiting.remove(&self.ticket);
        self.database.freed.notify_waiters();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}
