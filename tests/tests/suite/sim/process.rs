//! A process: what it does passes a gate at each of its steps, so that it can be frozen or killed there.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::database::Database;
use super::trace::Trace;

/// More steps than any run takes: one that takes more is busy with nothing, and nothing moves any more.
const STEPS: u64 = 2_000_000;

/// A process of a run. Killed, nothing of it goes on: its tasks wait for ever at their next step, its sessions are gone.
#[derive(Debug)]
pub struct Process {
    pub number: u64,
    pub name: String,
    state: Mutex<State>,
    changed: Notify,
    /// Steps until it dies; 0 while it is not meant to.
    fuse: AtomicU64,
    databases: Mutex<Vec<Weak<Database>>>,
    trace: Option<Trace>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    Runs,
    Frozen,
    Dead,
}

/// The number of the next process: it tells sessions apart and is in no trace.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

impl Process {
    pub fn start(name: String, trace: Option<Trace>) -> Arc<Self> {
        Arc::new(Self {
            number: NUMBERS.fetch_add(1, Ordering::SeqCst),
            name,
            state: Mutex::new(State::Runs),
            changed: Notify::new(),
            fuse: AtomicU64::new(0),
            databases: Mutex::default(),
            trace,
        })
    }

    /// A step begins or ends here. Does not return while the process is frozen, nor ever after its death.
    pub async fn step(&self) {
        if self.trace.as_ref().is_some_and(|trace| trace.step() > STEPS) {
            pending::<()>().await;
        }
        if self.fuse.load(Ordering::SeqCst) > 0 && self.fuse.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.kill();
        }
        self.pass().await;
    }

    /// As [`Process::step`], not counted.
    pub async fn pass(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            match self.state() {
                State::Runs => return,
                State::Frozen => changed.await,
                State::Dead => pending().await,
            }
        }
    }

    /// Does not return if it is dead: what it had sent was never sent.
    pub async fn lives(&self) {
        if self.is_dead() {
            pending::<()>().await;
        }
    }

    /// Dies at the step after so many others.
    pub fn die_after(&self, steps: u64) {
        self.fuse.store(steps.max(1), Ordering::SeqCst);
    }

    /// Does not die at a step after all.
    pub fn die_never(&self) {
        self.fuse.store(0, Ordering::SeqCst);
    }

    pub fn kill(&self) {
        self.set(State::Dead);
        let databases: Vec<_> = self.databases.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for database in databases.iter().filter_map(Weak::upgrade) {
            database.end_sessions_of(self.number);
        }
    }

    pub fn freeze(&self) {
        if self.state() == State::Runs {
            self.set(State::Frozen);
        }
    }

    pub fn thaw(&self) {
        if self.state() == State::Frozen {
            self.set(State::Runs);
        }
    }

    pub fn is_dead(&self) -> bool {
        self.state() == State::Dead
    }

    /// Waits for its death.
    pub async fn died(&self) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if self.is_dead() {
                return;
            }
            changed.await;
        }
    }

    /// Its sessions of this database end with it.
    pub fn uses(&self, database: &Arc<Database>) {
        self.databases.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(database));
    }

    fn state(&self) -> State {
        *self.guard()
    }

    fn set(&self, state: State) {
        {
            let mut now = self.guard();
            if *now == State::Dead {
                return;
            }
            *now = state;
        }
        self.changed.notify_waiters();
    }

    fn guard(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
