//! Events over a real nats-server: what it loses, repeats, reorders and makes up.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream;
use async_trait::async_trait;
use jixiao_eventlog::broker::{BrokerError, End, Message, Stream};
use jixiao_eventlog::nats::{Broker, BrokerState, Limits};
use jixiao_eventlog::store::Lock;
use jixiao_eventlog::{
    Broken, Clock, Lead, Log, Options, Position, RelayOptions, Source, StoredEvent, cloudevent, metric, relay,
};
use tokio::sync::Semaphore;

use crate::joined::{BANK, DAY, Remote, SOON, World, comes_to, counted, now_micros, until};
use crate::stores::Place;
use crate::toy::{Bank, Mirror};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_come_through_nats() {
    for place in Place::all() {
        let world = World::with(place, None).await;
        let fed = world.feed().await;
        comes_to(&fed.broker, |state| *state == BrokerState::Up).await;
        let _relay = world.relay().await;
        world.deposits(1).await;
        world.converges(SOON).await.unwrap();
        // From here on the source cannot be read: all that comes came through NATS.
        world.remote.away.store(true, Ordering::SeqCst);
        world.deposits(599).await;
        world.converges(SOON).await.unwrap();
        world.streams((1..=600).collect(), SOON).await.unwrap();
        // What was taken in is acknowledged, so that it does not come again.
        let context = world.admin().await;
        let acknowledged = until(SOON, async || {
            let consumer: jetstream::consumer::PullConsumer =
                context.get_consumer_from_stream("mirror", "JixiaoBank").await.unwrap();
            let info = consumer.cached_info();
            info.num_ack_pending == 0 && info.num_pending == 0
        });
        acknowledged.await.unwrap();
    }
}

/// The storage of the broker is lost while the consumer is behind: nobody writes, nobody applies.
async fn storage_is_lost(broken: Option<Broken>) -> Result<(), String> {
    let mut world = World::with(Place::sqlite(), broken).await;
    let _relay = world.relay().await;
    world.deposits(50).await;
    world.streams((1..=50).collect(), SOON).await?;
    world.nats.kill9();
    world.nats.wipe();
    world.nats.restart();
    let fed = world.feed().await;
    world.converges(Duration::from_secs(30)).await?;
    comes_to(&fed.broker, |state| matches!(state, BrokerState::Missing(_))).await;
    // Once the stream is there again, it is filled anew and used again.
    world.apply(&Limits::default()).await;
    world.streams((1..=50).collect(), SOON).await?;
    comes_to(&fed.broker, |state| *state == BrokerState::Up).await;
    world.deposits(1).await;
    world.converges(SOON).await?;
    world.streams((1..=51).collect(), SOON).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_storage_is_filled_anew() {
    assert_eq!(storage_is_lost(None).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_trusts_its_own_position_is_seen() {
    let outcome = storage_is_lost(Some(Broken::RelayTrustsOwnPosition)).await;
    assert!(outcome.is_err(), "the test sees nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_restored_from_an_old_copy_goes_on() {
    let mut world = World::new().await;
    let _relay = world.relay().await;
    world.deposits(30).await;
    world.streams((1..=30).collect(), SOON).await.unwrap();
    world.nats.stop();
    let copy = world.nats.save();
    world.nats.restart();
    world.deposits(30).await;
    world.streams((1..=60).collect(), SOON).await.unwrap();
    world.nats.stop();
    world.nats.restore(&copy);
    world.nats.restart();
    let _fed = world.feed().await;
    world.converges(Duration::from_secs(30)).await.unwrap();
    // Nobody writes, and yet the stream comes to the log's end.
    world.streams((1..=60).collect(), SOON).await.unwrap();
}

/// A stream that hangs before it publishes, for as long as the test holds the permit.
struct Pausable {
    inner: Arc<dyn Stream>,
    gate: Arc<Semaphore>,
    rejected: Arc<AtomicU64>,
}

#[async_trait]
impl Stream for Pausable {
    async fn end(&self) -> Result<End, BrokerError> {
        self.inner.end().await
    }

    async fn message(&self, sequence: u64) -> Result<Option<Message>, BrokerError> {
        self.inner.message(sequence).await
    }

    async fn publish(
        &self,
        expected: u64,
        after: Option<&Position>,
        events: &[StoredEvent],
    ) -> Result<u64, BrokerError> {
        drop(self.gate.acquire().await);
        let published = self.inner.publish(expected, after, events).await;
        if published == Err(BrokerError::Rejected) {
            self.rejected.fetch_add(1, Ordering::SeqCst);
        }
        published
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_relay_does_no_harm_when_it_wakes() {
    let world = World::new().await;
    let window = Duration::from_millis(500);
    world.apply(&Limits { duplicate_window: window, ..Limits::default() }).await;
    let brokers = [
        Broker::connect(&world.connection(), BANK).await.unwrap(),
        Broker::connect(&world.connection(), BANK).await.unwrap(),
    ];
    let (gate, rejected) = (Arc::new(Semaphore::new(1)), Arc::new(AtomicU64::new(0)));
    let frozen = Pausable {
        inner: brokers[0].stream("bank"),
        gate: Arc::clone(&gate),
        rejected: Arc::clone(&rejected),
    };
    let held = gate.acquire().await.unwrap();
    let _frozen = world.relay_over(Arc::new(frozen), RelayOptions::default()).await;
    world.deposits(40).await;
    // It has read the end, an empty stream, and hangs; then its twin publishes everything. Both lead: the worst case.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let elsewhere = Place::sqlite();
    let lead = Lead::start("bank", elsewhere.store::<Bank>().await);
    let source = Arc::clone(&world.bank) as Arc<dyn Source>;
    let _twin = relay(source, brokers[1].stream("bank"), lead, RelayOptions::default());
    world.streams((1..=40).collect(), SOON).await.unwrap();
    tokio::time::sleep(window * 3).await;
    drop(held);
    world.deposits(10).await;
    world.streams((1..=50).collect(), SOON).await.unwrap();
    assert!(
        rejected.load(Ordering::SeqCst) > 0,
        "the frozen relay published into a stream that had moved on"
    );
}

/// Publishes past every rule, without an expected sequence and without an id.
async fn smuggle(context: &jetstream::Context, event: &StoredEvent) {
    let body = cloudevent::to_json(event).unwrap();
    context.publish(cloudevent::subject(event), body.into()).await.unwrap().await.unwrap();
}

/// The same position with other content.
fn forged(event: &StoredEvent, own_hash: bool) -> StoredEvent {
    let mut forged = event.clone();
    forged.payload = event.payload.replace("\"amount\":1", "\"amount\":1000");
    assert_ne!(forged.payload, event.payload);
    if own_hash {
        forged.hash = forged.compute_hash();
    }
    forged
}

/// Brings the events of a bank as a broken broker may, with no relay, and expects the mirror to come right.
async fn brought(
    broken: Option<Broken>,
    order: impl AsyncFn(&jetstream::Context, &[StoredEvent]),
) -> Result<(), String> {
    let world = World::with(Place::sqlite(), broken).await;
    world.deposits(10).await;
    let context = world.admin().await;
    order(&context, &world.events().await).await;
    // At first the feed asks the source; what it has to do with what came shows only while it cannot.
    world.remote.away.store(true, Ordering::SeqCst);
    let fed = world.feed().await;
    comes_to(&fed.broker, |state| *state == BrokerState::Up).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // All of it once more, now that some was taken in.
    order(&context, &world.events().await).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.remote.away.store(false, Ordering::SeqCst);
    world.converges(SOON).await
}

async fn with_gaps(context: &jetstream::Context, events: &[StoredEvent]) {
    // 6 comes late, 3 never; the last two are lost.
    for at in [1, 2, 4, 5, 7, 6, 8] {
        smuggle(context, &events[at - 1]).await;
    }
}

async fn with_repeats(context: &jetstream::Context, events: &[StoredEvent]) {
    for at in [1, 2, 1, 2, 2, 3, 1, 3, 4, 5, 4, 6] {
        smuggle(context, &events[at - 1]).await;
    }
}

async fn forged_before_and_after(context: &jetstream::Context, events: &[StoredEvent]) {
    for event in events {
        match event.position {
            // Its hash is not its own; and one that continues the history as well as the true one.
            3 | 5 => smuggle(context, &forged(event, event.position == 5)).await,
            _ => {}
        }
        smuggle(context, event).await;
        match event.position {
            4 | 6 => smuggle(context, &forged(event, event.position == 6)).await,
            _ => {}
        }
    }
}

async fn with_garbage(context: &jetstream::Context, events: &[StoredEvent]) {
    for event in events {
        context.publish("jixiao.bank._.noted", "not JSON".into()).await.unwrap().await.unwrap();
        let mut foreign = event.clone();
        foreign.log = "mirror".into();
        foreign.hash = foreign.compute_hash();
        let body = cloudevent::to_json(&foreign).unwrap();
        context.publish("jixiao.bank._.noted", body.into()).await.unwrap().await.unwrap();
        smuggle(context, event).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_broker_loses_repeats_or_makes_up_changes_nothing() {
    let count = |name| counted(name, &["mirror", "bank"]);
    let before = [metric::GAPS_FILLED, metric::DUPLICATES_DROPPED].map(count);
    let outcomes = tokio::join!(
        brought(None, with_gaps),
        brought(None, with_repeats),
        brought(None, forged_before_and_after),
        brought(None, with_garbage),
    );
    assert_eq!(outcomes, (Ok(()), Ok(()), Ok(()), Ok(())));
    let [gaps, duplicates] = [metric::GAPS_FILLED, metric::DUPLICATES_DROPPED].map(count);
    assert!(gaps > before[0], "no gap was counted");
    // Of the repeats alone, each time that they are brought.
    assert!(duplicates >= before[1] + 12.0, "{duplicates} duplicates were counted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_feed_with_a_step_left_out_is_seen() {
    let outcomes = tokio::join!(
        brought(Some(Broken::GapAccepted), with_gaps),
        brought(Some(Broken::DuplicateNotDropped), with_repeats),
        brought(Some(Broken::HashNotCompared), forged_before_and_after),
    );
    assert!(outcomes.0.is_err(), "an accepted gap is not seen");
    assert!(outcomes.1.is_err(), "a repeat that is taken in is not seen");
    assert!(outcomes.2.is_err(), "other content is not seen");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_ends_with_what_the_log_does_not_hold_is_gone_on_with() {
    let count = |name| counted(name, &["bank"]);
    let before = [metric::RELAYED, metric::RELAY_FORKS].map(count);
    let world = World::new().await;
    let first = world.relay().await;
    world.deposits(5).await;
    world.streams((1..=5).collect(), SOON).await.unwrap();
    drop(first);
    world.deposits(5).await;
    let context = world.admin().await;
    let events = world.events().await;
    // Of a history that was lost, no event at all, of another log; and one that says what it is not.
    smuggle(&context, &forged(&events[5], true)).await;
    context.publish("jixiao.bank._.noted", "not JSON".into()).await.unwrap().await.unwrap();
    smuggle(&context, &forged(&events[9], false)).await;
    let _second = world.relay().await;
    world.streams(vec![1, 2, 3, 4, 5, 6, 0, 10, 6, 7, 8, 9, 10], SOON).await.unwrap();
    let [relayed, forks] = [metric::RELAYED, metric::RELAY_FORKS].map(count);
    assert!(relayed >= before[0] + 10.0, "{relayed} events were counted");
    assert!(forks > before[1], "the fork was not counted");
    let _fed = world.feed().await;
    world.converges(SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_holds_nothing_of_the_log_is_filled() {
    let world = World::new().await;
    world.deposits(3).await;
    let context = world.admin().await;
    // Its first message too is none of the log: there is nothing to go back to.
    context.publish("jixiao.bank._.noted", "not JSON".into()).await.unwrap().await.unwrap();
    let _relay = world.relay().await;
    world.streams(vec![0, 1, 2, 3], SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_of_the_same_length_is_not_taken_for_the_relays_own() {
    let world = World::new().await;
    let _relay = world.relay().await;
    world.deposits(5).await;
    world.streams((1..=5).collect(), SOON).await.unwrap();
    // Before the relay looks again, another stream is in the place of what it published, and ends at the same sequence.
    let context = world.admin().await;
    context.delete_stream("JixiaoBank").await.unwrap();
    world.apply(&Limits::default()).await;
    for _ in 0..5 {
        context.publish("jixiao.bank._.noted", "not JSON".into()).await.unwrap().await.unwrap();
    }
    world.deposits(1).await;
    world.streams(vec![0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6], SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_what_is_young_enough_is_published() {
    let place = Place::sqlite();
    let now = now_micros();
    let (old, young) = (now - 8 * DAY, now - DAY);
    let time = Arc::new(AtomicI64::new(old));
    let told = Arc::clone(&time);
    let clock: Clock = Arc::new(move || told.load(Ordering::SeqCst));
    let options = Options { clock: Some(clock), ..Options::default() };
    let bank = Log::<Bank>::open(place.store::<Bank>().await, options).await.unwrap();
    let mut world = World::with(place, None).await;
    world.bank = Arc::clone(&bank);
    world.remote = Remote::new(&bank);
    world.deposits(300).await;
    assert_eq!(bank.before(old).await.unwrap().position, 0);
    assert_eq!(bank.before(old + 1).await.unwrap().position, 300);
    time.store(young, Ordering::SeqCst);
    world.deposits(300).await;
    assert_eq!(bank.before(old + 1).await.unwrap().position, 300);
    assert_eq!(bank.before(young).await.unwrap().position, 300);
    assert_eq!(bank.before(now).await.unwrap().position, 600);
    let _relay = world.relay().await;
    world.streams((301..=600).collect(), SOON).await.unwrap();
    // The consumer reads from the log what the stream lacks.
    let _fed = world.feed().await;
    world.converges(SOON).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_stream_the_source_is_paged() {
    let mut world = World::new().await;
    world.nats.stop();
    world.nats.wipe();
    world.nats.restart();
    let (fed, _relay) = (world.feed().await, world.relay().await);
    comes_to(&fed.broker, |state| matches!(state, BrokerState::Missing(_))).await;
    for _ in 0..3 {
        world.deposits(1).await;
        world.converges(Duration::from_secs(4)).await.unwrap();
    }
    // About once a second, not more.
    let before = world.remote.reads.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(4)).await;
    let reads = world.remote.reads.load(Ordering::SeqCst) - before;
    assert!((2..=8).contains(&reads), "{reads} reads of the source in 4 s");
    // The server goes away altogether: the same.
    world.nats.stop();
    world.deposits(1).await;
    world.converges(Duration::from_secs(4)).await.unwrap();
    comes_to(&fed.broker, |state| *state == BrokerState::Away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_hangs_only_slows_things_down() {
    let world = World::new().await;
    // Somebody holds both leads and does nothing.
    let _bank = world.place.store::<Bank>().await.lock(Lock::Lead).await.unwrap().unwrap();
    let _mirror = world.place.store::<Mirror>().await.lock(Lock::Lead).await.unwrap().unwrap();
    let (_fed, _relay) = (world.feed().await, world.relay().await);
    world.deposits(10).await;
    world.converges(Duration::from_secs(25)).await.unwrap();
    world.streams((1..=10).collect(), Duration::from_secs(25)).await.unwrap();
    // While nobody else does the work it goes on without pauses.
    for _ in 0..3 {
        world.deposits(1).await;
        world.converges(Duration::from_secs(2)).await.unwrap();
    }
}
