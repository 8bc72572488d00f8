//! What befalls a world: deaths at any step, frozen processes, faults of databases and of the broker, rebuilds beside.

use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::{Domain, StoredEvent};
use tokio::time::sleep;

use super::broker::Troubles;
use super::database::{Database, Disk, Faults, Health};
use super::domain::TILLS;
use super::judge;
use super::process::Process;
use super::random::Dice;
use super::service::Service;
use super::world::World;

/// Blows of one run.
const BLOWS: u64 = 24;

pub struct Nemesis {
    world: Arc<World>,
    dice: Dice,
}

/// A database that is well: it takes its time, and wakes are hints.
pub const WELL: Faults = Faults {
    cut: 0,
    commit_lost: 0,
    commit_unanswered: 0,
    commit_warned: 0,
    wake_lost: 500,
    slow: 0,
    latency: 3,
};

/// A broker that is well.
const CALM: Troubles = Troubles {
    lost: 0,
    unanswered: 0,
    late: 0,
    skipped: 0,
    repeated: 100,
    reordered: 100,
    garbled: 0,
    latency: 3,
};

impl Nemesis {
    pub fn new(world: &Arc<World>) -> Self {
        let nemesis = Self { world: Arc::clone(world), dice: world.dice.fork() };
        nemesis.heal();
        // Nobody takes the office in, so that what it loses forks nobody's history.
        world.office.database.set_disk(Disk::Standby);
        nemesis
    }

    fn databases(&self) -> [&Arc<Database>; 3] {
        let World { north, south, office, .. } = self.world.as_ref();
        [&north.database, &south.database, &office.database]
    }

    fn process(&self) -> Option<Arc<Process>> {
        let replica = self.dice.index(2);
        match self.dice.below(3) {
            0 => self.world.north.process(replica),
            1 => self.world.south.process(replica),
            _ => self.world.office.process(replica),
        }
    }

    /// Makes everything well.
    pub fn heal(&self) {
        for database in self.databases() {
            database.set_health(Health::Up);
            database.set_faults(WELL);
        }
        self.world.broker.set_away(false);
        self.world.broker.set_troubles(CALM);
        for log in TILLS {
            if self.world.broker.is_missing(log) {
                self.world.broker.set_missing(log, false);
            }
        }
        let World { north, south, office, .. } = self.world.as_ref();
        for replica in 0..2 {
            let processes = [north.process(replica), south.process(replica), office.process(replica)];
            for process in processes.into_iter().flatten() {
                process.die_never();
                process.thaw();
            }
        }
    }

    /// Strikes again and again; what the judge found between two blows.
    pub async fn run(&self) -> Vec<String> {
        for _ in 0..BLOWS {
            sleep(Duration::from_millis(self.dice.between(1, 2_000))).await;
            self.strike();
            let found = judge::states(&self.world);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.world.trace.note(format_args!("=== {what}"));
    }

    /// Something later undoes it.
    fn later(&self, most: u64, undo: impl FnOnce(&World) + Send + 'static) {
        let (world, delay) = (Arc::clone(&self.world), self.dice.between(10, most));
        tokio::spawn(async move {
            sleep(Duration::from_millis(delay)).await;
            undo(&world);
        });
    }

    fn strike(&self) {
        match self.dice.below(18) {
            0..=1 => self.kill(),
            2..=4 => self.arm(),
            5 => self.kill_both(),
            6..=7 => self.freeze(),
            8 => self.databases()[self.dice.index(3)].crash(),
            9 => self.outage(),
            10..=11 => self.trouble_database(),
            12..=14 => self.rebuild(),
            15 => self.trouble_broker(),
            _ => self.strike_broker(),
        }
    }

    fn kill(&self) {
        if let Some(process) = self.process() {
            self.note(format_args!("{} is killed", process.name));
            process.kill();
        }
    }

    fn arm(&self) {
        if let Some(process) = self.process() {
            let steps = self.dice.between(1, 80);
            self.note(format_args!("{} dies at step {steps}", process.name));
            process.die_after(steps);
        }
    }

    fn kill_both(&self) {
        self.note(format_args!("both replicas of one are killed"));
        let World { north, south, office, .. } = self.world.as_ref();
        let both = match self.dice.below(3) {
            0 => [north.process(0), north.process(1)],
            1 => [south.process(0), south.process(1)],
            _ => [office.process(0), office.process(1)],
        };
        for process in both.into_iter().flatten() {
            process.kill();
        }
    }

    fn freeze(&self) {
        if let Some(process) = self.process() {
            self.note(format_args!("{} is frozen", process.name));
            process.freeze();
            self.later(25_000, move |_| process.thaw());
        }
    }

    fn outage(&self) {
        let database = Arc::clone(self.databases()[self.dice.index(3)]);
        let health = if self.dice.chance(5_000) { Health::Down } else { Health::Silent };
        self.note(format_args!("{} is {health:?}", database.log));
        database.set_health(health);
        self.later(15_000, move |_| database.set_health(Health::Up));
    }

    fn trouble_database(&self) {
        let database = Arc::clone(self.databases()[self.dice.index(3)]);
        self.note(format_args!("{} has troubles", database.log));
        let some = |most: u64| if self.dice.chance(5_000) { self.dice.below(most) } else { 0 };
        database.set_faults(Faults {
            cut: some(600),
            commit_lost: some(3_000),
            commit_unanswered: some(4_000),
            commit_warned: some(3_000),
            wake_lost: some(10_000),
            slow: some(1_000),
            latency: self.dice.between(1, 50),
        });
        self.later(8_000, move |_| database.set_faults(WELL));
    }

    fn rebuild(&self) {
        self.note(format_args!("a rebuild begins"));
        let World { north, south, office, .. } = self.world.as_ref();
        match self.dice.below(3) {
            0 => drop(tokio::spawn(Arc::clone(north).rebuild_or_die())),
            1 => drop(tokio::spawn(Arc::clone(south).rebuild_or_die())),
            _ => drop(tokio::spawn(Arc::clone(office).rebuild_or_die())),
        }
    }

    fn trouble_broker(&self) {
        self.note(format_args!("the broker has troubles"));
        let some = |most: u64| if self.dice.chance(5_000) { self.dice.below(most) } else { 0 };
        self.world.broker.set_troubles(Troubles {
            lost: some(3_000),
            unanswered: some(3_000),
            late: some(5_000),
            skipped: some(5_000),
            repeated: some(10_000),
            reordered: some(10_000),
            garbled: some(4_000),
            latency: self.dice.between(1, 100),
        });
        self.later(10_000, |world| world.broker.set_troubles(CALM));
    }

    fn strike_broker(&self) {
        let log = TILLS[self.dice.index(2)];
        let blow = self.dice.below(9);
        self.note(format_args!("blow {blow} to the broker, {log}"));
        let broker = &self.world.broker;
        match blow {
            0 => broker.crash(),
            1 => {
                broker.set_away(true);
                self.later(15_000, |world| world.broker.set_away(false));
            }
            2 => broker.forget(log),
            3 => {
                broker.set_missing(log, true);
                self.later(15_000, move |world| {
                    if world.broker.is_missing(log) {
                        world.broker.set_missing(log, false);
                    }
                });
            }
            4 => broker.back_up(log),
            5 => broker.restore(log),
            6 => {
                broker.flush();
                broker.trim(log);
            }
            7 => broker.purge(log),
            _ => {
                let service: &dyn Events =
                    if log == TILLS[0] { &*self.world.north } else { &*self.world.south };
                // Only what was taken in already: an event that comes first with a whole chain is true to its reader.
                let safe = self.world.office.database.is_safe();
                let taken_in = if safe { judge::taken_in(&self.world, log) } else { 0 };
                let events = service.events();
                if let Some(event) = events.get(self.dice.index(taken_in.max(1))).filter(|_| taken_in > 0) {
                    broker.forge(event.clone());
                }
            }
        }
    }
}

/// The events of any service.
trait Events {
    fn events(&self) -> Vec<StoredEvent>;
}

impl<D: Domain> Events for Service<D> {
    fn events(&self) -> Vec<StoredEvent> {
        self.database.events()
    }
}
