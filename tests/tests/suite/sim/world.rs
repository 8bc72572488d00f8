//! The world of a run: services, broker, clients, and what befalls them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jixiao_eventlog::{Broken, BrokerFeed, Lead, Log, Options, RelayOptions, Source, follow, relay};
use tokio::time::{Instant, sleep, timeout};

use super::broker::{Broker, DUPLICATE_WINDOW};
use super::clients::Client;
use super::domain::{Office, TILLS, Till};
use super::history::History;
use super::judge;
use super::nemesis::Nemesis;
use super::process::Process;
use super::random::Dice;
use super::service::{Service, Work};
use super::source::Remote;
use super::trace::Trace;

/// How long all may take to converge once everything is well again.
const CONVERGES: Duration = Duration::from_secs(30);

/// How long clients may take to be answered once everything is well again.
const ANSWERED: Duration = Duration::from_mins(1);

/// What a run is made of.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub clients: usize,
    pub requests: usize,
    /// A step to leave out.
    pub broken: Option<Broken>,
}

/// What a run came to.
#[derive(Debug)]
pub struct Report {
    /// What the judge objects to.
    pub violations: Vec<String>,
    pub digest: String,
    pub steps: u64,
    /// The last steps, a line each.
    pub end: String,
    pub events: usize,
    pub acknowledged: usize,
    pub refused: usize,
}

pub struct World {
    pub dice: Dice,
    pub trace: Trace,
    pub broker: Arc<Broker>,
    pub north: Arc<Service<Till<0>>>,
    pub south: Arc<Service<Till<1>>>,
    pub office: Arc<Service<Office>>,
    pub history: History,
    pub broken: Option<Broken>,
    numbers: AtomicUsize,
}

/// Runs a plan.
pub fn run(plan: Plan) -> Report {
    simulated(simulate(plan))
}

/// Runs something on a runtime of its own, under a paused clock.
pub fn simulated<T>(run: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(run)
}

async fn simulate(plan: Plan) -> Report {
    let world = World::new(plan.seed, plan.broken);
    world.start();
    let clients = world.clients(plan.clients, plan.requests);
    let nemesis = Nemesis::new(&world);
    tokio::pin!(clients);
    let mut violations = Vec::new();
    let answered = tokio::select! {
        biased;
        () = &mut clients => true,
        found = nemesis.run() => {
            violations = found;
            false
        }
    };
    nemesis.heal();
    if !answered && timeout(ANSWERED, &mut clients).await.is_err() {
        violations.push(format!("clients are without an answer {ANSWERED:?} after all is well again"));
    }
    world.trace.note(format_args!("all is well and all are answered"));
    if let Err(behind) = world.converges().await {
        violations.push(behind);
    }
    violations.extend(judge::judge(&world));
    let seen = world.history.seen();
    Report {
        violations,
        digest: world.trace.digest(),
        steps: world.trace.steps(),
        end: world.trace.end(),
        events: world.north.database.events().len() + world.south.database.events().len(),
        acknowledged: seen.acknowledged.len(),
        refused: seen.refused.len(),
    }
}

impl World {
    pub fn new(seed: u64, broken: Option<Broken>) -> Arc<Self> {
        let (dice, trace) = (Dice::new(seed), Trace::new());
        Arc::new(Self {
            broker: Broker::new(&TILLS, dice.fork(), trace.clone()),
            north: Service::new(&dice, &trace, broken),
            south: Service::new(&dice, &trace, broken),
            office: Service::new(&dice, &trace, broken),
            history: History::default(),
            broken,
            numbers: AtomicUsize::new(0),
            dice,
            trace,
        })
    }

    /// Runs clients to their end.
    pub async fn clients(self: &Arc<Self>, clients: usize, requests: usize) {
        let run = |_| tokio::spawn(self.client().run(requests));
        futures::future::join_all((0..clients).map(run).collect::<Vec<_>>()).await;
    }

    /// The next client.
    fn client(self: &Arc<Self>) -> Client {
        let number = self.numbers.fetch_add(1, Ordering::SeqCst);
        Client { number, world: Arc::clone(self), dice: self.dice.fork() }
    }

    /// So many deposits at each till.
    pub async fn deposits(self: &Arc<Self>, deposits: usize) {
        self.client().deposit(deposits).await;
    }

    /// Starts two replicas of each service.
    pub fn start(self: &Arc<Self>) {
        for replica in 0..2 {
            let world = Arc::clone(self);
            tokio::spawn(Arc::clone(&self.north).run(replica, move |process, log, lead, options| {
                world.relays(process, Arc::clone(log) as Arc<dyn Source>, lead, options)
            }));
            let world = Arc::clone(self);
            tokio::spawn(Arc::clone(&self.south).run(replica, move |process, log, lead, options| {
                world.relays(process, Arc::clone(log) as Arc<dyn Source>, lead, options)
            }));
            let world = Arc::clone(self);
            tokio::spawn(
                Arc::clone(&self.office)
                    .run(replica, move |process, log, lead, _| world.follows(process, log, lead)),
            );
        }
    }

    /// What a replica of a till does: it relays.
    fn relays(
        &self,
        process: &Arc<Process>,
        log: Arc<dyn Source>,
        lead: &Arc<Lead>,
        options: Options,
    ) -> Work {
        let stream = self.broker.stream(log.name(), process);
        let options = RelayOptions { clock: options.clock, broken: self.broken, ..RelayOptions::default() };
        Box::new(relay(log, stream, Arc::clone(lead), options))
    }

    /// What a replica of the office does: it follows both tills.
    fn follows(&self, process: &Arc<Process>, log: &Arc<Log<Office>>, lead: &Arc<Lead>) -> Work {
        let sources: [Arc<dyn Source>; 2] = [
            Remote::new(&self.north, process, self.dice.fork()),
            Remote::new(&self.south, process, self.dice.fork()),
        ];
        let follows = sources.map(|source| {
            let inbox = self.broker.stream(source.name(), process);
            let feed = BrokerFeed::broken("office", source, Some(inbox), self.broken);
            follow(Arc::clone(log), feed, Arc::clone(lead))
        });
        Box::new(follows)
    }

    /// Waits until the office has taken in all that is committed, and the streams hold it; what is missing in the end.
    pub async fn converges(&self) -> Result<(), String> {
        self.until(CONVERGES, judge::behind).await?;
        // A stream that was left with nothing but what somebody else published does not take again what it knows still.
        let tampered = if self.broker.is_tampered_with() { DUPLICATE_WINDOW } else { Duration::ZERO };
        self.until(CONVERGES + tampered, judge::unpublished).await
    }

    async fn until(&self, within: Duration, missing: fn(&Self) -> Vec<String>) -> Result<(), String> {
        let deadline = Instant::now() + within;
        loop {
            let found = missing(self);
            if found.is_empty() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(format!("{within:?} after all is well again: {}", found.join("; ")));
            }
            sleep(Duration::from_millis(250)).await;
        }
    }
}
