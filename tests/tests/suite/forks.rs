//! Forks: a source that lost its end is noticed, and followed again from what both histories share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jixiao_eventlog::{FeedStatus, Log, Position, ReadError, RefollowError, Side, Source, rebuild};

use crate::shadow::{
    Address, Follows, Kind, STUCK, Shadow, Town, all, applied, context, following, mend, older, pay, seen,
    settled, spend, until,
};
use crate::stores::Place;

/// A shadow that follows a town at an address, where a restored copy may take its place.
struct World {
    place: Place,
    address: Arc<Address>,
    shadow: Arc<Log<Shadow>>,
    feed: Option<Follows>,
}

impl World {
    async fn new(place: Place, town: &Arc<Log<Town<0>>>) -> Self {
        let address = Address::of(Arc::clone(town) as Arc<dyn Source>);
        let shadow: Arc<Log<Shadow>> = place.log().await;
        let feed = Some(following(&shadow, Arc::clone(&address) as Arc<dyn Source>).await);
        Self { place, address, shadow, feed }
    }

    /// Restored: what stands at the address now. The feed looks at once, as after a start.
    async fn restored(&mut self, town: &Arc<Log<Town<0>>>) {
        self.address.becomes(Arc::clone(town) as Arc<dyn Source>);
        self.feed = None;
        self.feed = Some(following(&self.shadow, Arc::clone(&self.address) as Arc<dyn Source>).await);
    }

    async fn is_forked(&self) {
        let forked = || async { matches!(self.shadow.feeds().status("town"), FeedStatus::Forked { .. }) };
        until("the fork is noticed", forked).await;
        assert_eq!(self.shadow.feeds().forked(), ["town"]);
    }

    async fn settled(&self) {
        settled(&self.shadow, self.address.as_ref()).await;
        let follows = || async { self.shadow.feeds().status("town") == FeedStatus::Following };
        until("the feed follows", follows).await;
    }

    async fn refollow(&self, request_id: &str) -> Result<jixiao_eventlog::Refollowed, RefollowError> {
        self.shadow.refollow(self.address.as_ref(), &context(request_id)).await
    }

    /// The log folds to the states in use.
    async fn folds_to_the_same(&self) {
        let rebuilt = rebuild::<Shadow>(&self.place.store::<Shadow>().await).await.unwrap();
        assert_eq!(rebuilt.differed, Vec::<String>::new(), "{}", self.place.name);
    }
}

/// The states of a run that only ever saw these events.
async fn plain(town: &Arc<Log<Town<0>>>) -> Vec<Vec<(String, u64)>> {
    let place = Place::sqlite();
    let shadow: Arc<Log<Shadow>> = place.log().await;
    let _feed = following(&shadow, Arc::clone(town) as Arc<dyn Source>).await;
    settled(&shadow, town.as_ref()).await;
    all(&shadow).await
}

#[tokio::test]
async fn a_source_that_was_restored_is_followed_again() {
    for place in Place::all() {
        let name = place.name;
        let town: Arc<Log<Town<0>>> = place.log().await;
        for n in 1..=10 {
            pay(&town, &format!("{n}"), &[["a", "b"][n % 2], "c"], 10, Kind::Plain).await;
        }
        let mut world = World::new(place, &town).await;
        settled(&world.shadow, town.as_ref()).await;
        assert!(matches!(world.refollow("early").await, Err(RefollowError::NotForked { .. })));
        let tenth = town.head().await.unwrap();
        // A command that rests on what will be void, one that does not, and one before all of it.
        let other: Arc<Log<Town<1>>> = world.place.log().await;
        pay(&other, "v1", &["other"], 5, Kind::Plain).await;
        let other_feed = following(&world.shadow, Arc::clone(&other) as Arc<dyn Source>).await;
        settled(&world.shadow, other.as_ref()).await;
        let on_voided = spend(&world.shadow, "s1", "a", 45).await.unwrap().rows;
        spend(&world.shadow, "s2", "other", 1).await.unwrap();

        let (_copy, restored) = older(&town, 6).await;
        world.restored(&restored).await;
        world.is_forked().await;
        // Past the end, and on another history: both are the source's own answer.
        assert!(world.shadow.feeds().status("town").reason().contains("past the end"));
        pay(&restored, "7 anew", &["b"], 1, Kind::Plain).await;
        assert_eq!(world.shadow.checkpoint("town").await.unwrap(), tenth, "nothing is taken in of it");
        assert_eq!(
            seen(&world.shadow, "c").await.unwrap(),
            (100, 200),
            "nothing changes before somebody acts"
        );

        let refollowed = world.refollow("f1").await.unwrap();
        assert_eq!((refollowed.after.position, refollowed.until.position), (6, 10), "{name}");
        assert_eq!(refollowed.funds, ["a", "b", "c"]);
        let flagged: Vec<_> = on_voided.iter().map(|row| row.position).collect();
        assert_eq!(refollowed.decided_on_voided, flagged, "what rests on void intakes is flagged");
        assert_eq!(world.refollow("f1").await.unwrap(), refollowed, "a repeat gets the first answer");
        world.settled().await;
        // 30 came before the fork; what was spent stands, as far as there is something to spend.
        assert_eq!(seen(&world.shadow, "a").await.unwrap(), (0, 0), "{name}");
        assert_eq!(seen(&world.shadow, "b").await.unwrap(), (31, 62), "{name}");
        assert_eq!(seen(&world.shadow, "c").await.unwrap(), (60, 120), "{name}");
        assert_eq!(seen(&world.shadow, "other").await.unwrap(), (4, 8), "the other feed is not touched");
        world.folds_to_the_same().await;

        // Positions of the lost history are known to be of another; those of the new one are waited for.
        pay(&restored, "8 anew", &["b"], 1, Kind::Plain).await;
        for n in 9..=11 {
            pay(&restored, &format!("{n} anew"), &["c"], 1, Kind::Plain).await;
        }
        world.settled().await;
        let lost = world.shadow.wait_for(std::slice::from_ref(&tenth)).await;
        assert_eq!(lost, Err(ReadError::OtherHistory { log: "town".into() }));
        world.shadow.wait_for(&[restored.head().await.unwrap()]).await.unwrap();
        let sixth = Source::read_after(town.as_ref(), &Position::beginning("town"), 6).await.unwrap().0;
        world.shadow.wait_for(&[Position::after(&sixth[5])]).await.unwrap();

        // A history holds what counts: 6 payments to c before the fork, 3 after it.
        let history = world.shadow.history("copy/c", Side::After(0), 100).await.unwrap().rows;
        assert_eq!(history.len(), 9, "{name}");
        let page = world.shadow.history("copy/c", Side::After(0), 7).await.unwrap().rows;
        assert_eq!(page, history[..7], "a page is full whatever it leaves out");
        let newest = world.shadow.history("copy/c", Side::NEWEST, 7).await.unwrap().rows;
        assert!(newest.iter().eq(history.iter().rev().take(7)), "{name}: the same, the newest first");
        drop(other_feed);
        world.folds_to_the_same().await;
    }
}

#[tokio::test]
async fn a_source_may_be_restored_again_to_a_newer_copy() {
    for place in Place::all() {
        let name = place.name;
        let town: Arc<Log<Town<0>>> = place.log().await;
        for n in 1..=10 {
            pay(&town, &format!("{n}"), &["a"], 1 << n, Kind::Plain).await;
        }
        let mut world = World::new(place, &town).await;
        settled(&world.shadow, town.as_ref()).await;
        let (_first, restored) = older(&town, 6).await;
        world.restored(&restored).await;
        world.is_forked().await;
        world.refollow("f1").await.unwrap();
        world.settled().await;
        assert_eq!(all(&world.shadow).await, plain(&restored).await);

        // The newer copy continues what is left: events 7 to 10 come again, with the hashes that they had.
        world.restored(&town).await;
        world.settled().await;
        assert_eq!(seen(&world.shadow, "a").await.unwrap(), (2_046, 4_092), "{name}");
        assert_eq!(all(&world.shadow).await, plain(&town).await);
        world.shadow.wait_for(&[town.head().await.unwrap()]).await.unwrap();
        world.folds_to_the_same().await;

        // And once more, with events in between: a second void over the first one's range.
        pay(&restored, "7 anew", &["a"], 3, Kind::Plain).await;
        world.restored(&restored).await;
        world.is_forked().await;
        let refollowed = world.refollow("f2").await.unwrap();
        assert_eq!((refollowed.after.position, refollowed.until.position), (6, 10), "{name}");
        world.settled().await;
        assert_eq!(all(&world.shadow).await, plain(&restored).await);
        world.restored(&town).await;
        world.is_forked().await;
        let refollowed = world.refollow("f3").await.unwrap();
        assert_eq!((refollowed.after.position, refollowed.until.position), (6, 7), "{name}");
        world.settled().await;
        assert_eq!(all(&world.shadow).await, plain(&town).await);
        world.folds_to_the_same().await;
        // Each event of the surviving history counts once, though it was applied up to three times.
        assert_eq!(world.shadow.history("copy/a", Side::After(0), 100).await.unwrap().rows.len(), 10);
        let seventh = applied(&world.shadow).await.iter().filter(|(_, position)| *position == 7).count();
        assert_eq!(seventh, 4, "the log keeps them all");
    }
}

#[tokio::test]
async fn a_fork_may_lie_far_back_or_at_the_very_beginning() {
    let place = Place::sqlite();
    let town: Arc<Log<Town<0>>> = place.log().await;
    for n in 1..=1_300 {
        pay(&town, &format!("{n}"), &["a"], 1, Kind::Plain).await;
    }
    let mut world = World::new(place, &town).await;
    settled(&world.shadow, town.as_ref()).await;
    let (_copy, restored) = older(&town, 123).await;
    world.restored(&restored).await;
    world.is_forked().await;
    assert_eq!(world.refollow("f1").await.unwrap().after.position, 123);
    world.settled().await;
    assert_eq!(seen(&world.shadow, "a").await.unwrap(), (123, 246));
    // Another log under the same name shares nothing with it.
    let elsewhere = Place::sqlite();
    let new: Arc<Log<Town<0>>> = elsewhere.log().await;
    pay(&new, "another", &["b"], 5, Kind::Plain).await;
    world.restored(&new).await;
    world.is_forked().await;
    let refollowed = world.refollow("f2").await.unwrap();
    assert_eq!((refollowed.after.position, refollowed.until.position), (0, 123));
    world.settled().await;
    assert_eq!(seen(&world.shadow, "a").await.unwrap(), (0, 0));
    assert_eq!(seen(&world.shadow, "b").await.unwrap(), (5, 10));
    world.folds_to_the_same().await;
}

#[tokio::test]
async fn what_was_parked_and_held_may_be_void_too() {
    let place = Place::sqlite();
    let (town, village): (Arc<Log<Town<0>>>, Arc<Log<Town<1>>>) = (place.log().await, place.log().await);
    let (a, b) = ("void-a", "void-b");
    pay(&town, "1", &[a, b], 1, Kind::Plain).await;
    pay(&town, "2", &[b], 10, Kind::Refused).await;
    let (_copy, restored) = older(&town, 2).await;
    pay(&town, "3", &[a], 100, Kind::Refused).await;
    pay(&town, "4", &[b], 1_000, Kind::Plain).await;
    let mut world = World::new(place, &town).await;
    settled(&world.shadow, town.as_ref()).await;
    // The other feed's event waits because of one that will be void.
    pay(&village, "5", &[a], 10_000, Kind::Plain).await;
    let other = following(&world.shadow, Arc::clone(&village) as Arc<dyn Source>).await;
    settled(&world.shadow, village.as_ref()).await;
    let waiting = |parked: Vec<jixiao_eventlog::ParkedFund>| {
        parked.into_iter().map(|parked| (parked.fund, parked.waiting)).collect::<Vec<_>>()
    };
    let parked = world.shadow.parked("", 10).await.unwrap();
    assert_eq!(waiting(parked), [(a.to_owned(), 2), (b.to_owned(), 2)]);

    world.restored(&restored).await;
    world.is_forked().await;
    world.refollow("f1").await.unwrap();
    world.settled().await;
    // What is left waits on; nothing of it is lost.
    let parked = world.shadow.parked("", 10).await.unwrap();
    assert!(parked[0].reason.contains("what had parked it is void"), "{}", parked[0].reason);
    assert_eq!(waiting(parked), [(a.to_owned(), 1), (b.to_owned(), 1)]);
    world.folds_to_the_same().await;
    let sources = [Arc::clone(&world.address) as Arc<dyn Source>, village.clone()];
    world.shadow.retry_parked(a, &sources, &context("r1")).await.unwrap();
    assert_eq!(seen(&world.shadow, a).await.unwrap(), (10_001, 20_002));
    mend(b);
    world.shadow.retry_parked(b, &sources, &context("r2")).await.unwrap();
    assert_eq!(seen(&world.shadow, b).await.unwrap(), (11, 22));
    world.folds_to_the_same().await;

    // A retried intake is void with what it took in, although it was recorded after all else.
    let (_empty, earlier) = older(&restored, 1).await;
    pay(&earlier, "2 anew", &[b], 7, Kind::Plain).await;
    world.restored(&earlier).await;
    world.is_forked().await;
    world.refollow("f2").await.unwrap();
    world.settled().await;
    assert_eq!(seen(&world.shadow, b).await.unwrap(), (8, 16));
    assert_eq!(seen(&world.shadow, a).await.unwrap(), (10_001, 20_002));
    assert!(world.shadow.parked("", 10).await.unwrap().is_empty());
    drop(other);
    world.folds_to_the_same().await;
}

/// What another replica finds in the log may have been committed with a warning there, and be lost with that server.
#[tokio::test]
async fn a_repeat_at_another_replica_rests_on_a_commit_of_its_own() {
    for place in Place::all() {
        let town: Arc<Log<Town<0>>> = place.log().await;
        pay(&town, "1", &["a"], 1, Kind::Plain).await;
        let (_copy, restored) = older(&town, 1).await;
        pay(&town, "2", &["a"], 2, Kind::Plain).await;
        let mut world = World::new(place, &town).await;
        settled(&world.shadow, town.as_ref()).await;
        world.restored(&restored).await;
        world.is_forked().await;
        let refollowed = world.refollow("f1").await.unwrap();

        let (replica, faults) = world.place.faulty::<Shadow>(None).await;
        let refollow = async |id: &str| {
            faults.lose_answer.store(true, Ordering::SeqCst);
            let unsure = replica.refollow(world.address.as_ref(), &context(id)).await;
            assert!(
                matches!(unsure, Err(RefollowError::Rebuild(_))),
                "{} {id}: {unsure:?}",
                world.place.name
            );
            replica.refollow(world.address.as_ref(), &context(id)).await
        };
        assert_eq!(refollow("f1").await.unwrap(), refollowed);
        assert!(matches!(refollow("f2").await, Err(RefollowError::NotForked { .. })));
    }
}

#[tokio::test]
async fn a_refollow_that_fails_gives_its_lock_back_at_once() {
    for place in Place::all() {
        let account = format!("{STUCK}{}", place.name);
        let town: Arc<Log<Town<0>>> = place.log().await;
        pay(&town, "1", &[&account], 1, Kind::Plain).await;
        let (_copy, restored) = older(&town, 1).await;
        pay(&town, "2", &[&account], 2, Kind::Plain).await;
        let mut world = World::new(place, &town).await;
        settled(&world.shadow, town.as_ref()).await;
        world.restored(&restored).await;
        world.is_forked().await;
        let (shadow, faults) = world.place.faulty::<Shadow>(None).await;
        let refollow = async || shadow.refollow(world.address.as_ref(), &context("f1")).await;
        let refused = refollow().await;
        assert!(
            matches!(&refused, Err(RefollowError::Recompute { of, .. }) if *of == account),
            "{refused:?}"
        );
        assert_eq!(faults.locks.load(Ordering::SeqCst), 0, "{account}");
        mend(&account);
        refollow().await.unwrap();
        assert_eq!(faults.locks.load(Ordering::SeqCst), 0, "{account}");
        assert_eq!(seen(&shadow, &account).await.unwrap(), (1, 2));
    }
}

#[tokio::test]
async fn a_source_that_does_not_answer_is_no_fork() {
    let (place, elsewhere) = (Place::sqlite(), Place::postgres());
    let town: Arc<Log<Town<0>>> = elsewhere.log().await;
    pay(&town, "1", &["a"], 1, Kind::Plain).await;
    let world = World::new(place, &town).await;
    settled(&world.shadow, town.as_ref()).await;
    let jixiao_eventlog::Location::Postgres(url) = &elsewhere.location() else { unreachable!() };
    let name = format!("{}_town", url.rsplit('/').next().unwrap());
    let postgres = jixiao_tests::postgres::shared();
    postgres.query("postgres", &format!("ALTER DATABASE \"{name}\" WITH ALLOW_CONNECTIONS false"));
    let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'");
    postgres.query("postgres", &end);
    let refused = world.refollow("f1").await;
    assert!(matches!(refused, Err(RefollowError::Source(ReadError::Unavailable))), "{refused:?}");
    assert_eq!(world.shadow.feeds().forked(), Vec::<&str>::new());
    postgres.query("postgres", &format!("ALTER DATABASE \"{name}\" WITH ALLOW_CONNECTIONS true"));
    assert_eq!(seen(&world.shadow, "a").await.unwrap(), (1, 2));
}
