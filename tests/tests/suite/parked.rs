//! Poison: an event that cannot be taken in parks the funds that it names, and nothing else.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::store::Head;
use jixiao_eventlog::{
    DeliveryError, Domain, ExecuteError, FeedStatus, Location, Log, LogEvent, Meta, Need, Query, ReadError,
    RetryError, Side, Source, States, StoredEvent, metric, rebuild,
};
use jixiao_proto::jixiao::ledger::v1::GetBudgetRequest;
use jixiao_tests::apart::get;
use jixiao_tests::server::{Config, Server};

use crate::api::Api;
use crate::shadow::{
    Kind, POISON, Shadow, Town, all, applied, context, events, following, long_key, mend, pay, seen, settled,
    spend, until,
};
use crate::stores::Place;
use crate::wuxi::{EXAMPLE, canonical};

/// A shadow and its two towns, each in a place of its own.
struct World {
    place: Place,
    town: Arc<Log<Town<0>>>,
    village: Arc<Log<Town<1>>>,
}

impl World {
    async fn new(place: Place) -> Self {
        let (town, village) = (place.log().await, place.log().await);
        Self { place, town, village }
    }

    async fn shadow(&self) -> Arc<Log<Shadow>> {
        self.place.log().await
    }

    fn sources(&self) -> Vec<Arc<dyn Source>> {
        vec![Arc::clone(&self.town) as Arc<dyn Source>, Arc::clone(&self.village) as Arc<dyn Source>]
    }

    /// Takes in all that both hold, one after the other.
    async fn take_in(&self, shadow: &Arc<Log<Shadow>>) {
        for source in self.sources() {
            let _feed = following(shadow, Arc::clone(&source)).await;
            settled(shadow, source.as_ref()).await;
        }
    }
}

fn is_parked<T: std::fmt::Debug>(read: Result<T, ReadError>, fund: &str) -> String {
    match read {
        Err(ReadError::Parked(parked)) if parked.fund == fund => parked.to_string(),
        other => panic!("{fund} is not parked: {other:?}"),
    }
}

#[tokio::test]
async fn a_poison_parks_its_fund_alone_and_a_retry_makes_up_for_it() {
    let of_postgres = [Kind::KeysPanic, Kind::FoldPanics, Kind::LongKey];
    for (place, kinds) in Place::all().into_iter().zip([&POISON[..], &of_postgres, &POISON[..]]) {
        let world = World::new(place).await;
        let shadow = world.shadow().await;
        let name = world.place.name;
        for kind in kinds {
            let (a, b) = (format!("{name}-{kind:?}-a"), format!("{name}-{kind:?}-b"));
            let id = |n: u32| format!("{kind:?}-{n}");
            let before = world.town.head().await.unwrap().position;
            pay(&world.town, &id(1), &[&a], 5, Kind::Plain).await;
            pay(&world.town, &id(2), &[&b], 7, Kind::Plain).await;
            pay(&world.town, &id(3), &[&a], 11, *kind).await;
            pay(&world.town, &id(4), &[&a], 3, Kind::Plain).await;
            pay(&world.village, &id(5), &[&a], 4, Kind::Plain).await;
            pay(&world.town, &id(6), &[&b], 2, Kind::Plain).await;
            world.take_in(&shadow).await;

            // The other fund goes on; this one stands still and says why.
            assert_eq!(seen(&shadow, &b).await.unwrap(), (9, 18), "{kind:?}");
            let said = is_parked(seen(&shadow, &a).await, &a);
            let poison = before + 3;
            assert!(said.contains(&format!("event {poison} of the town log (paid, ")), "{said}");
            assert!(said.contains(&format!("jixiao parked show {a}")), "{said}");
            is_parked(shadow.history(&format!("copy/{a}"), Side::After(0), 10).await, &a);
            is_parked(shadow.read(Query::new().page(format!("copy/{a}/"), None, 10)).await, &a);
            is_parked(shadow.read(Query::new().page("copy/", None, 10_000)).await, &a);
            assert!(shadow.read(Query::new().page("copy/", Some(&format!("copy/{a}")), 1)).await.is_ok());
            let refused = spend(&shadow, &id(7), &a, 1).await;
            assert!(matches!(refused, Err(ExecuteError::Parked(parked)) if parked.fund == a), "{kind:?}");
            spend(&shadow, &id(8), &b, 1).await.unwrap();
            let parked = shadow.parked_fund(&a).await.unwrap().unwrap();
            assert_eq!((parked.waiting, parked.source.position), (3, poison), "{kind:?}");
            let reason = match kind {
                Kind::Unreadable => "does not read: as asked",
                Kind::DeliveryPanics => "the rules panic: delivery, as asked",
                Kind::NeedsPanic => "the rules panic: needs, as asked",
                Kind::DecidePanics => "the rules panic: decide, as asked",
                Kind::KeysPanic => "the rules panic: keys, as asked",
                Kind::FoldPanics => "the rules panic: a fold, as asked",
                Kind::Refused => "the rules refuse it",
                Kind::LongKey => "the database refuses the content",
                Kind::TooLarge => "bytes, at most 262144 are kept",
                _ => "accepted without an event",
            };
            assert!(parked.reason.contains(reason), "{kind:?}: {}", parked.reason);
            assert!(shadow.parked_fund(&b).await.unwrap().is_none());

            // As long as nothing is mended, a retry changes nothing.
            let head = Source::head(shadow.as_ref()).await.unwrap();
            let retry = async |id: &str| shadow.retry_parked(&a, &world.sources(), &context(id)).await;
            let Err(RetryError::StillFails { source_event, .. }) = retry(&id(9)).await else {
                panic!("retried though nothing is mended: {kind:?}")
            };
            assert_eq!(source_event.position, poison);
            assert_eq!(Source::head(shadow.as_ref()).await.unwrap(), head, "{kind:?}");

            mend(&a);
            let resumed = retry(&id(10)).await.unwrap();
            assert_eq!((resumed.funds.clone(), resumed.applied), (vec![a.clone()], 3), "{kind:?}");
            assert_eq!(retry(&id(10)).await.unwrap(), resumed, "a repeat gets the first answer");
            assert!(matches!(retry(&id(11)).await, Err(RetryError::NotParked { .. })));
            assert_eq!(seen(&shadow, &a).await.unwrap(), (23, 46), "{kind:?}");
            // It goes on as if nothing had been.
            pay(&world.town, &id(12), &[&a], 1, Kind::Plain).await;
            world.take_in(&shadow).await;
            spend(&shadow, &id(13), &a, 2).await.unwrap();
            assert_eq!(seen(&shadow, &a).await.unwrap(), (22, 44), "{kind:?}");
        }
        // One applied intake for each event of each source.
        let mut places = applied(&shadow).await;
        places.sort();
        let of = |log: &str, count: u64| (1..=count).map(|n| (log.to_owned(), n)).collect::<Vec<_>>();
        let kinds = kinds.len() as u64;
        assert_eq!(places, [of("town", 6 * kinds), of("village", kinds)].concat());

        // The log folds to just these states, and they are those of a run that never met a poison.
        let states = all(&shadow).await;
        let rebuilt = rebuild::<Shadow>(&world.place.store::<Shadow>().await).await.unwrap();
        assert_eq!(rebuilt.differed, Vec::<String>::new(), "{name}");
        let elsewhere = Place::sqlite();
        let plain: Arc<Log<Shadow>> = elsewhere.log().await;
        world.take_in(&plain).await;
        for (n, account) in states[0].iter().map(|(key, _)| &key["copy/".len()..]).enumerate() {
            spend(&plain, &format!("s{n}"), account, if account.ends_with("-a") { 2 } else { 1 })
                .await
                .unwrap();
        }
        assert_eq!(all(&plain).await, states, "{name}");
        assert!(plain.parked("", 10).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_poison_without_a_fund_stops_the_feed() {
    let stopped = || crate::joined::counted(metric::FEED_STOPPED, &["shadow", "town"]);
    assert!(stopped() < 1.0);
    let world = World::new(Place::sqlite()).await;
    let shadow = world.shadow().await;
    pay(&world.town, "1", &["stops-a"], 5, Kind::Plain).await;
    pay(&world.town, "2", &[], 0, Kind::DecidePanics).await;
    pay(&world.town, "3", &["stops-a"], 2, Kind::Plain).await;
    pay(&world.village, "4", &["stops-a"], 1, Kind::Plain).await;
    let [town, village] = world.sources().try_into().ok().unwrap();
    let feeds = (following(&shadow, town).await, following(&shadow, village).await);
    let is_stopped = || async { matches!(shadow.feeds().status("town"), FeedStatus::Stopped { .. }) };
    until("the feed stopped", is_stopped).await;
    settled(&shadow, world.village.as_ref()).await;
    let status = shadow.feeds().status("town");
    let expected =
        "event 2 of town (paid) cannot be taken in and names no fund: the rules panic: decide, as asked";
    assert_eq!(status.reason(), expected);
    assert!(stopped() > 0.0, "the alarm is on");
    assert_eq!(shadow.feeds().status("village"), FeedStatus::Following);
    assert_eq!(shadow.checkpoint("town").await.unwrap().position, 1);
    assert_eq!(seen(&shadow, "stops-a").await.unwrap(), (6, 12));
    // The upgrade that mends it comes with a start.
    drop(feeds);
    mend("nobody");
    world.take_in(&shadow).await;
    assert_eq!(seen(&shadow, "stops-a").await.unwrap(), (8, 16));
}

#[tokio::test]
async fn what_the_database_refuses_stops_the_feed_where_no_fund_can_be_parked() {
    let (place, elsewhere) = (Place::postgres(), Place::sqlite());
    let shadow: Arc<Log<Shadow>> = place.log().await;
    let town: Arc<Log<Town<0>>> = elsewhere.log().await;
    // It names none; the fund that it names fits no index either.
    for accounts in [vec![], vec![long_key()]] {
        let accounts: Vec<&str> = accounts.iter().map(String::as_str).collect();
        let paid = pay(&town, &accounts.len().to_string(), &accounts, 1, Kind::LongKey).await;
        let head = StoredEvent { position: 1, previous_hash: GENESIS.to_owned(), ..paid.rows[0].clone() };
        let refused = shadow.deliver(&head).await.unwrap();
        let is_poison = |error: &_| matches!(error, ExecuteError::Delivery(DeliveryError::Poison { .. }));
        assert!(refused.as_ref().is_err_and(is_poison), "{refused:?}");
    }
    assert!(shadow.parked("", 10).await.unwrap().is_empty());
    assert_eq!(shadow.checkpoint("town").await.unwrap().position, 0);
}

#[tokio::test]
async fn funds_that_an_event_joins_are_parked_and_retried_together() {
    for place in Place::all() {
        let name = place.name;
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|account| format!("joined-{name}-{account}"));
        let world = World::new(place).await;
        let shadow = world.shadow().await;
        pay(&world.town, "1", &[&a], 1, Kind::Refused).await;
        pay(&world.town, "2", &[&c], 8, Kind::Plain).await;
        // Names one that is parked: applied whole or not at all.
        pay(&world.town, "3", &[&a, &b], 10, Kind::Plain).await;
        pay(&world.town, "4", &[&b], 100, Kind::Plain).await;
        // Another poison of the other source, apart from those.
        pay(&world.village, "5", &[&d], 2, Kind::Refused).await;
        world.take_in(&shadow).await;
        assert_eq!(seen(&shadow, &c).await.unwrap(), (8, 16));
        let parked = shadow.parked("", 10).await.unwrap();
        let waiting: Vec<_> = parked.iter().map(|parked| (parked.fund.clone(), parked.waiting)).collect();
        assert_eq!(waiting, [(a.clone(), 2), (b.clone(), 2), (d.clone(), 1)], "{name}");
        assert_eq!(parked[1].source.position, 3);
        assert!(parked[1].reason.contains(&format!("it also names fund {a}")), "{}", parked[1].reason);
        assert_eq!(shadow.parked(&b, 10).await.unwrap().len(), 1);

        // A restart in between, and a rebuild: they are still parked, for a replica too.
        drop(shadow);
        let shadow = world.shadow().await;
        let rebuilt = rebuild::<Shadow>(&world.place.store::<Shadow>().await).await.unwrap();
        assert_eq!(rebuilt.differed, Vec::<String>::new(), "{name}");
        assert_eq!(shadow.parked("", 10).await.unwrap(), parked);
        pay(&world.village, "6", &[&b], 1_000, Kind::Plain).await;
        world.take_in(&shadow).await;
        is_parked(seen(&shadow, &b).await, &b);

        // Mended for one of the two only: the poison is the other's.
        let replica = world.shadow().await;
        assert!(matches!(spend(&replica, "s0", &b, 1).await, Err(ExecuteError::Parked(_))));
        mend(&a);
        let resumed = shadow.retry_parked(&b, &world.sources(), &context("r1")).await.unwrap();
        assert_eq!((resumed.funds, resumed.applied), (vec![a.clone(), b.clone()], 4), "{name}");
        assert_eq!(seen(&shadow, &a).await.unwrap(), (11, 22));
        assert_eq!(seen(&shadow, &b).await.unwrap(), (1_110, 2_220));
        // The replica's cache learns of it under the lock.
        spend(&replica, "s1", &b, 1_110).await.unwrap();
        is_parked(seen(&shadow, &d).await, &d);
        mend(&d);
        shadow.retry_parked(&d, &world.sources(), &context("r2")).await.unwrap();
        assert_eq!(seen(&shadow, &d).await.unwrap(), (2, 4));
        let rebuilt = rebuild::<Shadow>(&world.place.store::<Shadow>().await).await.unwrap();
        assert_eq!(rebuilt.differed, Vec::<String>::new(), "{name}");
    }
}

#[tokio::test]
async fn a_database_that_is_away_parks_nothing() {
    let world = World::new(Place::sqlite()).await;
    let (shadow, faults) = world.place.faulty::<Shadow>(None).await;
    let _feed = following(&shadow, Arc::clone(&world.town) as Arc<dyn Source>).await;
    for n in 0..6 {
        faults.lose_commit.store(n % 2 == 0, Ordering::SeqCst);
        pay(&world.town, &format!("{n}"), &["away-a"], 1, Kind::Plain).await;
        until("a commit is lost", || async { !faults.lose_commit.load(Ordering::SeqCst) }).await;
    }
    settled(&shadow, world.town.as_ref()).await;
    assert_eq!(seen(&shadow, "away-a").await.unwrap(), (6, 12));
    assert!(shadow.parked("", 10).await.unwrap().is_empty());
}

/// What another replica finds in the log may have been committed with a warning there, and be lost with that server.
#[tokio::test]
async fn a_repeat_at_another_replica_rests_on_a_commit_of_its_own() {
    for place in Place::all() {
        let account = format!("repeat-{}", place.name);
        let world = World::new(place).await;
        let shadow = world.shadow().await;
        pay(&world.town, "1", &[&account], 1, Kind::Refused).await;
        world.take_in(&shadow).await;
        mend(&account);
        let sources = world.sources();
        let resumed = shadow.retry_parked(&account, &sources, &context("r1")).await.unwrap();

        let (replica, faults) = world.place.faulty::<Shadow>(None).await;
        let retry = async |id: &str| {
            faults.lose_answer.store(true, Ordering::SeqCst);
            let unsure = replica.retry_parked(&account, &sources, &context(id)).await;
            assert_eq!(unsure, Err(RetryError::Unavailable), "{account} {id}");
            replica.retry_parked(&account, &sources, &context(id)).await
        };
        assert_eq!(retry("r1").await.unwrap(), resumed);
        assert!(matches!(retry("r2").await, Err(RetryError::NotParked { .. })));
    }
}

#[tokio::test]
async fn events_of_a_sources_own_log_are_passed() {
    // The shadow as a source: its log holds what it parked. Whoever follows it takes no notice.
    let world = World::new(Place::sqlite()).await;
    let shadow = world.shadow().await;
    pay(&world.town, "1", &["passed-a"], 1, Kind::Refused).await;
    world.take_in(&shadow).await;
    mend("passed-a");
    shadow.retry_parked("passed-a", &world.sources(), &context("r")).await.unwrap();
    let own: Vec<_> = events(shadow.as_ref()).await;
    let types: Vec<_> = own.iter().map(|event| event.event_type.as_str()).collect();
    assert_eq!(types, ["log_fund_parked", "taken_in", "doubled", "log_fund_resumed"]);
    // Brought under a source's name, as a consumer of that log would see it.
    let elsewhere = Place::sqlite();
    let consumer: Arc<Log<Shadow>> = elsewhere.log().await;
    let mut brought = own[0].clone();
    brought.log = "town".into();
    consumer.deliver(&brought).await.unwrap().unwrap();
    let taken = events(consumer.as_ref()).await;
    assert!(matches!(
        serde_json::from_str(&taken[0].payload).unwrap(),
        LogEvent::LogIntakePassed { source } if source.hash == own[0].hash
    ));
    assert_eq!(consumer.checkpoint("town").await.unwrap().position, 1);
    assert!(consumer.parked("", 10).await.unwrap().is_empty());
}

/// The ledger's log as a store sees it.
#[derive(Debug)]
struct RawLedger;

impl Domain for RawLedger {
    type Command = ();
    type Event = ();
    type State = ();
    type Refusal = crate::shadow::No;

    const LOG: &'static str = "ledger";
    const FOLD_VERSION: u32 = 1;

    fn needs((): &(), _: &States<'_, ()>) -> Vec<Need> {
        vec![]
    }

    fn decide(_: &States<'_, ()>, (): &()) -> Result<Vec<()>, Self::Refusal> {
        Ok(vec![])
    }

    fn keys((): &()) -> Vec<String> {
        vec![]
    }

    fn evolve(_: &str, _: &mut Option<()>, (): &(), _: &Meta) {}

    fn event_type((): &()) -> &'static str {
        ""
    }

    fn effective((): &()) -> Option<String> {
        None
    }

    fn approval((): &()) -> Option<String> {
        None
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_shows_a_parked_fund_and_refuses_what_is_asked_of_it() {
    let admin = jixiao_tests::port::free();
    let args = vec!["--admin-listen".to_owned(), format!("127.0.0.1:{admin}")];
    let mut server = Server::start_with(Config { args, ..Config::default() });
    server.cli(&["import", EXAMPLE]).success();
    let other = canonical(&server, "e-government-2019");
    assert_eq!(server.cli(&["parked", "list"]).success().stdout.trim(), "no fund is parked");
    let missing = server.cli(&["parked", "show", "smart-city-2019"]);
    assert_eq!(missing.code, Some(3), "{missing:?}");
    server.stop();

    // An event that the ledger should never have written: its payload is not what its type says.
    let store = Location::Folder(server.data_dir()).open::<RawLedger>().await.unwrap();
    let (mut tx, head) = store.begin().await.unwrap();
    let last = tx.events_after(head.position - 1, 1).await.unwrap().remove(0);
    let mut event = StoredEvent {
        position: head.position + 1,
        id: StoredEvent::id_for("ledger", "poison", 0),
        keys: vec!["totals/smart-city-2019".into()],
        event_type: "budget_adjusted".into(),
        payload: r#"{"type":"budget_adjusted"}"#.into(),
        request_id: "poison".into(),
        request_index: 0,
        previous_hash: head.hash.clone(),
        ..last
    };
    event.hash = event.compute_hash();
    let moved = Head { position: event.position, hash: event.hash.clone(), ..head };
    tx.append(std::slice::from_ref(&event)).await.unwrap();
    tx.move_head(&moved).await.unwrap();
    tx.commit().await.unwrap();
    drop(store);

    server.restart();
    let parked_now = || server.cli(&["parked", "list", "--format", "json"]).success().stdout;
    until("the fund is parked", || async { parked_now().contains("smart-city-2019") }).await;
    let counted =
        || async { get(admin, "/metrics").contains("jixiao_parked_funds{service=\"scoring\"} 1\n") };
    until("the parked fund is counted", counted).await;
    let parked: serde_json::Value = serde_json::from_str(&parked_now()).unwrap();
    let parked = &parked["parked"][0];
    assert_eq!(parked["service"], "scoring");
    assert_eq!(parked["position"], event.position);
    assert_eq!(parked["waiting"], 1);
    let shown = server.cli(&["parked", "show", "smart-city-2019", "--lang", "zh"]).success().stdout;
    assert!(shown.contains(&event.id) && shown.contains("jixiao parked retry smart-city-2019"), "{shown}");
    for (args, said) in [
        (["evaluate", "smart-city-2019", "--lang", "en"], "fund smart-city-2019 is parked"),
        (["evaluate", "smart-city-2019", "--lang", "zh"], "已暂停处理"),
        (["parked", "retry", "smart-city-2019", "--lang=en"], "still cannot be taken in"),
        (["parked", "retry", "smart-city-2019", "--lang=zh"], "仍无法接收"),
    ] {
        let refused = server.cli(&args);
        assert_eq!(refused.code, Some(3), "{args:?}: {refused:?}");
        assert!(refused.stderr.contains(said), "{args:?}: {}", refused.stderr);
    }
    let explained = server.cli(&["explain", "smart-city-2019", "execution_rate"]);
    assert_eq!(explained.code, Some(3), "{explained:?}");
    assert_eq!(canonical(&server, "e-government-2019"), other, "the other fund goes on");
    // The ledger itself took nothing in: it is not parked there.
    let mut api = Api::new(&server.url());
    let request = GetBudgetRequest { name: "funds/smart-city-2019".into(), ..Default::default() };
    api.ledger.get_budget(request).await.unwrap();
}
