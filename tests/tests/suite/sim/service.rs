//! A service of a simulation: one database, two replicas that are started anew whenever they die.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jixiao_eventlog::store::LogStore;
use jixiao_eventlog::{Broken, Domain, Lead, Log, Options, rebuild_with};
use tokio::time::{Instant, sleep};

use super::database::Database;
use super::process::Process;
use super::random::Dice;
use super::store::SimStore;
use super::trace::Trace;

/// The time at which every run begins: microseconds since 1970 UTC.
const BEGINNING: i64 = 1_790_000_000_000_000;

/// A service: what lasts of it, and its replicas.
pub struct Service<D: Domain> {
    pub database: Arc<Database>,
    replicas: [Replica<D>; 2],
    dice: Dice,
    trace: Trace,
    began: Instant,
    broken: Option<Broken>,
}

struct Replica<D: Domain> {
    name: String,
    /// The process that was started last, and its log once it is open.
    process: Mutex<Option<Arc<Process>>>,
    log: Mutex<Option<Arc<Log<D>>>>,
}

/// What a replica does beside answering.
pub type Work = Box<dyn Any + Send>;

fn locked<T: Clone>(value: &Mutex<T>) -> T {
    value.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn set<T>(value: &Mutex<T>, to: T) {
    *value.lock().unwrap_or_else(PoisonError::into_inner) = to;
}

impl<D: Domain> Service<D> {
    pub fn new(dice: &Dice, trace: &Trace, broken: Option<Broken>) -> Arc<Self> {
        let replica = |name: &str| Replica {
            name: format!("{}-{name}", D::LOG),
            process: Mutex::new(None),
            log: Mutex::new(None),
        };
        Arc::new(Self {
            database: Database::new(D::LOG, D::FOLD_VERSION, dice.fork(), Some(trace.clone())),
            replicas: [replica("a"), replica("b")],
            dice: dice.fork(),
            trace: trace.clone(),
            began: Instant::now(),
            broken,
        })
    }

    /// Runs a replica for ever: starts it, and starts it again some time after each death.
    pub async fn run(
        self: Arc<Self>,
        replica: usize,
        begin: impl Fn(&Arc<Process>, &Arc<Log<D>>, &Arc<Lead>, Options) -> Work,
    ) {
        let replica = &self.replicas[replica];
        for life in 1.. {
            let process = Process::start(format!("{}{life}", replica.name), Some(self.trace.clone()));
            set(&replica.process, Some(Arc::clone(&process)));
            tokio::select! {
                biased;
                () = process.died() => {}
                () = self.live(replica, &process, &begin) => {}
            }
            set(&replica.log, None);
            self.trace.note(format_args!("{} died", process.name));
            sleep(Duration::from_millis(self.dice.between(10, 3_000))).await;
        }
    }

    /// One life of a replica, as a program lives it: waits for its database, opens its log, works.
    async fn live(
        &self,
        replica: &Replica<D>,
        process: &Arc<Process>,
        begin: impl Fn(&Arc<Process>, &Arc<Log<D>>, &Arc<Lead>, Options) -> Work,
    ) {
        let store: Arc<dyn LogStore> = Arc::new(SimStore::open(&self.database, process));
        let options = self.options();
        let log = loop {
            match Log::<D>::open(Arc::clone(&store), options.clone()).await {
                Ok(log) => break log,
                Err(_) => sleep(Duration::from_millis(500)).await,
            }
        };
        let lead = Lead::start(D::LOG, store);
        let _work = begin(process, &log, &lead, options);
        set(&replica.log, Some(log));
        process.died().await;
    }

    /// The options of a process, with a clock that is a little off.
    fn options(&self) -> Options {
        let (began, off) = (self.began, self.dice.between(0, 4_000_000));
        let micros = move || u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let clock = move || BEGINNING.saturating_add_unsigned(micros() + off);
        Options { clock: Some(Arc::new(clock)), broken: self.broken }
    }

    /// A process of either replica, whether or not its log is open yet.
    pub fn process(&self, replica: usize) -> Option<Arc<Process>> {
        locked(&self.replicas[replica].process)
    }

    /// A replica that can be called.
    pub fn replica(&self, replica: usize) -> Option<(Arc<Process>, Arc<Log<D>>)> {
        let process = locked(&self.replicas[replica].process)?;
        let log = locked(&self.replicas[replica].log)?;
        (!process.is_dead()).then_some((process, log))
    }

    /// Any replica that can be called.
    pub fn some_replica(&self, dice: &Dice) -> Option<(Arc<Process>, Arc<Log<D>>)> {
        let first = dice.index(2);
        self.replica(first).or_else(|| self.replica(1 - first))
    }

    /// Runs a rebuild beside, in a process of its own that may die at any step.
    pub async fn rebuild_or_die(self: Arc<Self>) {
        let dies = self.dice.chance(5_000).then(|| self.dice.between(1, 60));
        self.rebuild_until(dies).await;
    }

    /// Runs a rebuild beside.
    pub async fn rebuild(self: Arc<Self>) {
        self.rebuild_until(None).await;
    }

    async fn rebuild_until(&self, dies: Option<u64>) {
        let process = Process::start(format!("{}-rebuild", D::LOG), Some(self.trace.clone()));
        if let Some(step) = dies {
            process.die_after(step);
        }
        let store: Arc<dyn LogStore> = Arc::new(SimStore::open(&self.database, &process));
        let rebuilt = tokio::select! {
            biased;
            () = process.died() => "died".to_owned(),
            rebuilt = rebuild_with::<D>(&store, self.broken) => match rebuilt {
                Ok(rebuilt) => format!("{rebuilt:?}"),
                Err(error) => error.to_string(),
            },
        };
        self.trace.note(format_args!("{}: {rebuilt}", process.name));
    }
}
