//! Long outages, and disks that lose what they had acknowledged.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::database::{Database, Disk, Health};
use super::judge;
use super::nemesis::Nemesis;
use super::world::{World, simulated};

const TEN_MINUTES: Duration = Duration::from_mins(10);

/// The calls a second that a database or broker which is away may get from two replicas of each service together.
const CALLS: u64 = 12;

/// A world in which some has happened.
async fn busy(seed: u64) -> (Arc<World>, Nemesis) {
    let world = World::new(seed, None);
    let nemesis = Nemesis::new(&world);
    world.start();
    world.clients(4, 6).await;
    world.converges().await.unwrap();
    (world, nemesis)
}

fn databases(world: &World) -> [&Arc<Database>; 3] {
    [&world.north.database, &world.south.database, &world.office.database]
}

/// All is taken in, and the judge has nothing to object to: nothing parked among it.
async fn is_well(world: &World) {
    world.converges().await.unwrap();
    assert_eq!(judge::judge(world), Vec::<String>::new());
}

#[test]
fn ten_minutes_without_any_database_park_nothing() {
    for health in [Health::Down, Health::Silent] {
        simulated(async {
            let (world, nemesis) = busy(1).await;
            // In the middle of work.
            let clients = tokio::spawn({
                let world = Arc::clone(&world);
                async move { world.clients(4, 6).await }
            });
            sleep(Duration::from_secs(1)).await;
            for database in databases(&world) {
                database.set_health(health);
            }
            sleep(Duration::from_secs(30)).await;
            let calls = databases(&world).map(|database| database.calls());
            sleep(TEN_MINUTES).await;
            for (database, before) in databases(&world).into_iter().zip(calls) {
                let calls = database.calls() - before;
                assert!(calls > 60, "{} {health:?}: nobody looks whether it is back", database.log);
                assert!(calls < CALLS * TEN_MINUTES.as_secs(), "{} {health:?}: {calls} calls", database.log);
            }
            nemesis.heal();
            clients.await.unwrap();
            is_well(&world).await;
        });
    }
}

#[test]
fn ten_minutes_without_the_consumers_database_park_nothing() {
    for health in [Health::Down, Health::Silent] {
        simulated(async {
            let (world, nemesis) = busy(2).await;
            let office = &world.office.database;
            office.set_health(health);
            // The others go on: all that they do waits for the office.
            let done = tokio::time::timeout(Duration::from_mins(1), world.deposits(40)).await;
            assert!(done.is_ok(), "a till waits for the office");
            let before = office.calls();
            sleep(TEN_MINUTES).await;
            let calls = office.calls() - before;
            assert!(calls > 60 && calls < CALLS * TEN_MINUTES.as_secs(), "{health:?}: {calls} calls");
            assert_eq!(judge::behind(&world).len(), 2, "both tills went on");
            nemesis.heal();
            is_well(&world).await;
        });
    }
}

#[test]
fn ten_minutes_without_the_broker_delay_little() {
    simulated(async {
        let (world, nemesis) = busy(3).await;
        world.broker.set_away(true);
        world.deposits(40).await;
        // Feeds read the sources meanwhile.
        sleep(Duration::from_secs(10)).await;
        assert_eq!(judge::behind(&world), Vec::<String>::new());
        let calls = || databases(&world).map(|database| database.calls()).iter().sum::<u64>();
        let (stores, broker) = (calls(), world.broker.calls());
        sleep(TEN_MINUTES).await;
        let (stores, broker) = (calls() - stores, world.broker.calls() - broker);
        assert!(broker > 60 && broker < CALLS * TEN_MINUTES.as_secs(), "{broker} calls of the broker");
        assert!(stores < 100 * TEN_MINUTES.as_secs(), "{stores} calls of the databases");
        nemesis.heal();
        is_well(&world).await;
    });
}

/// That a simulated crash loses what was not synced shows in a world whose disk acknowledges too early.
#[test]
fn a_disk_that_lies_is_found_out() {
    let mut objections = 0;
    for seed in 0..10 {
        simulated(async {
            let (world, nemesis) = busy(seed).await;
            world.north.database.set_disk(Disk::Lies);
            world.deposits(10).await;
            world.north.database.crash();
            sleep(Duration::from_secs(1)).await;
            nemesis.heal();
            objections += usize::from(!judge::judge(&world).is_empty());
        });
    }
    // Now and then all of the ten survive.
    assert!(objections >= 5, "acknowledged deposits were lost in {objections} of 10 crashes");
}
