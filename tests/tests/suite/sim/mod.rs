//! A simulation: the real log, relay, feeds and consumers over a simulated database and broker, under a clock that stands
//! still while they think, all chance from one seed.

pub mod database;
mod process;
mod random;
mod store;
mod tables;
mod trace;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jixiao_eventlog::Domain;

use self::database::Database;
use self::process::Process;
use self::random::Dice;
use self::store::SimStore;

/// Simulated databases without faults, one a log: a third place for the contract of a log.
#[derive(Debug, Default)]
pub struct Databases(Mutex<BTreeMap<&'static str, Arc<Database>>>);

impl Databases {
    /// A store of the log, as if opened by a process of its own.
    pub fn store<D: Domain>(&self) -> SimStore {
        let mut databases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let database =
            databases.entry(D::LOG).or_insert_with(|| Database::new(D::LOG, D::FOLD_VERSION, Dice::new(0), None));
        SimStore::open(database, &Process::start(D::LOG.to_owned()))
    }
}
