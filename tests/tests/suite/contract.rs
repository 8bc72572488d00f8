//! The contract of a log, on every store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::store::PAGE_BYTES;
use jixiao_eventlog::{
    DeliveryError, ExecuteError, InProcessFeed, Lead, Log, Position, Query, ReadError, Side, Source,
    StoredEvent, follow, rebuild,
};

use crate::stores::Place;
use crate::toy::{Bank, Command, Event, Mirror, Refusal, Rule, balance_of, context, deposit, send, withdraw};

async fn all_events(log: &Log<Bank>) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let after = events.last().map_or_else(|| Position::beginning("bank"), Position::after);
        let page = log.read_after(&after, 100_000).await.unwrap().0;
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

/// What the log alone says: an independent fold of its payloads, and a check of its chain.
pub async fn judge(log: &Log<Bank>) -> BTreeMap<String, u64> {
    let mut balances: BTreeMap<String, u64> = BTreeMap::new();
    let mut previous = GENESIS.to_owned();
    for (event, position) in all_events(log).await.into_iter().zip(1..) {
        assert_eq!((event.position, event.previous_hash.as_str()), (position, previous.as_str()));
        assert_eq!(event.compute_hash(), event.hash);
        assert_eq!(event.id, StoredEvent::id_for("bank", &event.request_id, event.request_index));
        previous = event.hash;
        match serde_json::from_str(&event.payload).unwrap() {
            Event::Deposited { account, amount } => *balances.entry(account).or_default() += amount,
            Event::Withdrawn { account, amount } => {
                let balance = balances.entry(account).or_default();
                *balance = balance.checked_sub(amount).expect("no account goes below zero at any position");
            }
            Event::Noted { .. } => {}
        }
    }
    for (account, balance) in &balances {
        assert_eq!(balance_of(log, account).await, *balance, "state of {account}");
    }
    balances
}

#[tokio::test]
async fn appends_in_order_and_answers_a_repeat_alike() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        let first = deposit(&log, "r1", "a", 100).await.unwrap();
        assert!(!first.repeated);
        let refused = withdraw(&log, "r2", "a", 101).await.unwrap_err();
        assert!(matches!(
            refused,
            ExecuteError::Refused { refusal: Refusal::TooLittle { balance: 100, .. }, .. }
        ));
        withdraw(&log, "r3", "a", 100).await.unwrap();
        let repeat = deposit(&log, "r1", "a", 100).await.unwrap();
        assert!(repeat.repeated);
        assert_eq!(repeat.rows, first.rows, "{}", place.name);
        let other_content = deposit(&log, "r1", "a", 101).await.unwrap_err();
        assert!(matches!(other_content, ExecuteError::RequestReused { .. }), "{other_content}");
        // A refusal is not remembered: the same request may succeed later.
        deposit(&log, "r4", "a", 500).await.unwrap();
        withdraw(&log, "r2", "a", 101).await.unwrap();
        assert_eq!(judge(&log).await, BTreeMap::from([("a".to_owned(), 399)]));
        // All of it is there for the next process.
        drop(log);
        let log = place.log::<Bank>().await;
        assert_eq!(judge(&log).await, BTreeMap::from([("a".to_owned(), 399)]));
        assert_eq!(deposit(&log, "r1", "a", 100).await.unwrap().rows, first.rows);
    }
}

#[tokio::test]
async fn many_commands_share_a_batch() {
    for place in Place::all() {
        let (log, faults) = place.faulty::<Bank>(None).await;
        let gate = faults.gate.acquire().await.unwrap();
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let log = Arc::clone(&log);
                tokio::spawn(async move { deposit(&log, &format!("r{n}"), &format!("a{}", n % 7), 1).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(gate);
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let begun = faults.begun.load(Ordering::SeqCst);
        assert!(begun <= 5, "{}: {begun} transactions for 200 commands", place.name);
        assert_eq!(judge(&log).await.values().sum::<u64>(), 200);
    }
}

#[tokio::test]
async fn one_commands_fault_is_its_own() {
    for place in Place::all() {
        let (log, faults) = place.faulty::<Bank>(None).await;
        let gate = faults.gate.acquire().await.unwrap();
        let spawn = |id: &str, command: Command, actor: &str| {
            let (log, id, actor) = (Arc::clone(&log), id.to_owned(), actor.to_owned());
            tokio::spawn(async move {
                let mut context = context(&id, &format!("{command:?}"));
                context.actor = actor;
                log.execute(command, context).await
            })
        };
        let good = spawn("good", Command::Deposit { account: "a".into(), amount: 1 }, "x");
        let panics = [Rule::Needs, Rule::Decide, Rule::Keys, Rule::Fold]
            .map(|rule| spawn(&format!("panics in {rule:?}"), Command::Panic(rule), "x"));
        let large = spawn("large", Command::Note { text: "x".repeat(300_000) }, "x");
        let fits = spawn("fits", Command::Note { text: "x".repeat(250_000) }, "x");
        // SQLite alone keeps the row: either way the others are not touched.
        let odd = spawn("odd", Command::Note { text: "odd".into() }, "x\0y");
        tokio::time::sleep(Duration::from_millis(100)).await;
        drop(gate);
        assert!(good.await.unwrap().is_ok());
        for panics in panics {
            assert_eq!(panics.await.unwrap(), Err(ExecuteError::Internal));
        }
        assert!(matches!(large.await.unwrap(), Err(ExecuteError::TooLarge { .. })));
        assert!(fits.await.unwrap().is_ok());
        assert_eq!(odd.await.unwrap().is_err(), place.name != "sqlite");
        assert_eq!(judge(&log).await, BTreeMap::from([("a".to_owned(), 1)]));
    }
}

#[tokio::test]
async fn a_request_that_is_repeated_within_a_batch_takes_effect_once() {
    for place in Place::all() {
        let (log, faults) = place.faulty::<Bank>(None).await;
        deposit(&log, "r1", "a", 5).await.unwrap();
        let gate = faults.gate.acquire().await.unwrap();
        let holds = tokio::spawn({
            let log = Arc::clone(&log);
            async move { deposit(&log, "holds", "b", 1).await }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let begun = faults.begun.load(Ordering::SeqCst);
        // Refused, made possible, accepted, repeated, repeated with other content: in this order, in one batch.
        let mut asked = Vec::new();
        for (id, deposited, amount) in
            [("r2", false, 10), ("r3", true, 10), ("r2", false, 10), ("r2", false, 10), ("r2", false, 11)]
        {
            let log = Arc::clone(&log);
            asked.push(tokio::spawn(async move {
                if deposited {
                    deposit(&log, id, "a", amount).await
                } else {
                    withdraw(&log, id, "a", amount).await
                }
            }));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(gate);
        holds.await.unwrap().unwrap();
        let mut answers = Vec::new();
        for asked in asked {
            answers.push(asked.await.unwrap());
        }
        assert!(matches!(answers[0], Err(ExecuteError::Refused { .. })), "{:?}", answers[0]);
        let (accepted, repeated) = (answers[2].as_ref().unwrap(), answers[3].as_ref().unwrap());
        assert_eq!((&accepted.rows, accepted.repeated, repeated.repeated), (&repeated.rows, false, true));
        assert!(matches!(answers[4], Err(ExecuteError::RequestReused { .. })), "{:?}", answers[4]);
        assert_eq!(faults.begun.load(Ordering::SeqCst), begun + 2, "{}: one batch", place.name);
        assert_eq!(judge(&log).await["a"], 5);
    }
}

#[tokio::test]
async fn a_page_of_events_is_bounded_in_bytes() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        for n in 0..40 {
            send(&log, &format!("r{n}"), Command::Note { text: "x".repeat(250_000) }).await.unwrap();
        }
        let (page, head) = log.read_after(&Position::beginning("bank"), 1_000).await.unwrap();
        assert_eq!((page.len(), head.position), (PAGE_BYTES / 250_000 + 1, 40), "{}", place.name);
        assert_eq!(all_events(&log).await.len(), 40);
        // Nobody who pages by it takes a short page for the end.
        let rebuilt = rebuild::<Bank>(&place.store::<Bank>().await).await.unwrap();
        assert_eq!(rebuilt.events, 40);
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_looked_up() {
    for place in Place::all() {
        let (log, faults) = place.faulty::<Bank>(None).await;
        deposit(&log, "r1", "a", 10).await.unwrap();
        faults.lose_answer.store(true, Ordering::SeqCst);
        let done = deposit(&log, "r2", "a", 10).await.unwrap();
        assert!(done.repeated, "{}: found in the log", place.name);
        faults.lose_commit.store(true, Ordering::SeqCst);
        assert_eq!(deposit(&log, "r3", "a", 10).await, Err(ExecuteError::Unavailable), "{}", place.name);
        assert_eq!(judge(&log).await, BTreeMap::from([("a".to_owned(), 20)]));
        deposit(&log, "r3", "a", 10).await.unwrap();
        assert_eq!(judge(&log).await, BTreeMap::from([("a".to_owned(), 30)]));
    }
}

#[tokio::test]
async fn a_prefix_is_loaded_whole() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        for n in 0..30 {
            deposit(&log, &format!("r{n}"), &format!("x/{n:02}"), n + 1).await.unwrap();
        }
        deposit(&log, "other", "y", 5).await.unwrap();
        // A cold cache beside a warm one: both sweep the same.
        let cold = place.log::<Bank>().await;
        send(&cold, "s1", Command::Sweep { prefix: "x/".into(), into: "sum".into() }).await.unwrap();
        deposit(&log, "late", "x/99", 7).await.unwrap();
        let done =
            send(&log, "s2", Command::Sweep { prefix: "x/".into(), into: "sum".into() }).await.unwrap();
        assert_eq!(done.rows.len(), 2, "{}: only the late one is left", place.name);
        let balances = judge(&log).await;
        assert_eq!((balances["sum"], balances["y"]), ((1..=30).sum::<u64>() + 7, 5));
    }
}

#[tokio::test]
async fn reads_page_by_key_and_positions_are_checked() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        for n in 0..25 {
            deposit(&log, &format!("r{n}"), &format!("p/{n:02}"), 1).await.unwrap();
        }
        let mut seen = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let snapshot = log.read(Query::new().page("account/p/", after.as_deref(), 10)).await.unwrap();
            let page = snapshot.pages.into_iter().next().unwrap();
            let Some((last, _)) = page.rows.last() else { break };
            after = Some(last.clone());
            seen.extend(page.rows.into_iter().map(|(key, _)| key));
        }
        assert_eq!(seen, (0..25).map(|n| format!("account/p/{n:02}")).collect::<Vec<_>>());

        let events = all_events(&log).await;
        let past = Position { position: 26, ..Position::after(&events[24]) };
        assert_eq!(log.read_after(&past, 1).await, Err(ReadError::PastHead { log: "bank".into() }));
        let other = Position { hash: "0".repeat(64), ..Position::after(&events[3]) };
        assert_eq!(log.read_after(&other, 1).await, Err(ReadError::OtherHistory { log: "bank".into() }));
        assert_eq!(log.history("account/p/07", Side::After(0), 10).await.unwrap().rows, events[7..8]);
    }
}

#[tokio::test]
async fn a_delivery_takes_effect_once_and_in_order() {
    for place in Place::all() {
        let bank = place.log::<Bank>().await;
        for n in 0..6 {
            deposit(&bank, &format!("r{n}"), "a", 1 << n).await.unwrap();
        }
        let events = all_events(&bank).await;
        let mirror = place.log::<Mirror>().await;
        let total = async || {
            let snapshot = mirror.read(Query::new().key("total")).await.unwrap();
            snapshot.get("total").copied().unwrap_or_default()
        };
        let deliver = async |event: &StoredEvent| mirror.deliver(event).await.unwrap();
        assert!(!deliver(&events[0]).await.unwrap().repeated);
        assert!(deliver(&events[0]).await.unwrap().repeated, "a duplicate is dropped");
        let gap = deliver(&events[2]).await.unwrap_err();
        assert_eq!(gap, ExecuteError::Delivery(DeliveryError::Gap { log: "bank".into(), expected: 2 }));
        deliver(&events[1]).await.unwrap();
        let mut forged = events[2].clone();
        forged.previous_hash = "f".repeat(64);
        forged.hash = forged.compute_hash();
        let fork = deliver(&forged).await.unwrap_err();
        assert!(matches!(fork, ExecuteError::Delivery(DeliveryError::Fork { position: 3, .. })));
        let mut replaced = events[0].clone();
        replaced.payload = replaced.payload.replace('1', "9");
        replaced.hash = replaced.compute_hash();
        let fork = deliver(&replaced).await.unwrap_err();
        assert!(matches!(fork, ExecuteError::Delivery(DeliveryError::Fork { position: 1, .. })));
        for event in &events[2..] {
            deliver(event).await.unwrap();
        }
        assert_eq!(total().await, 63);
        assert_eq!(mirror.checkpoint("bank").await.unwrap(), Position::after(&events[5]));
        // To wait for a place of another history is in vain, passed or not; of another log too.
        for (position, reflected) in [(0, true), (3, true), (6, true)] {
            let mut place = events.get(position).map_or_else(
                || Position::after(&events[5]),
                |event| Position {
                    position: event.position - 1,
                    hash: event.previous_hash.clone(),
                    log: "bank".into(),
                },
            );
            assert_eq!(bank.wait_for(std::slice::from_ref(&place)).await.is_ok(), reflected);
            assert_eq!(mirror.wait_for(std::slice::from_ref(&place)).await.is_ok(), reflected);
            place.hash = "e".repeat(64);
            let other = Err(ReadError::OtherHistory { log: "bank".into() });
            assert_eq!(bank.wait_for(std::slice::from_ref(&place)).await, other, "{position}");
            assert_eq!(mirror.wait_for(&[place]).await, other, "{position}");
        }
    }
}

#[tokio::test]
async fn two_consumers_follow_one_feed_without_doubling() {
    for place in Place::all() {
        let bank = place.log::<Bank>().await;
        let first = place.log::<Mirror>().await;
        let second = place.log::<Mirror>().await;
        // Both lead, each by a lock of another store: the worst case.
        let elsewhere = Place::sqlite();
        let leads = [
            Lead::start("mirror", place.store::<Mirror>().await),
            Lead::start("mirror", elsewhere.store::<Mirror>().await),
        ];
        let [one, other] = leads;
        let _following = (
            follow(Arc::clone(&first), InProcessFeed::new(bank.clone()), one),
            follow(Arc::clone(&second), InProcessFeed::new(bank.clone()), other),
        );
        let mut last = None;
        for n in 0..300 {
            last = Some(deposit(&bank, &format!("r{n}"), "a", 1).await.unwrap());
        }
        let position = last.unwrap().position("bank");
        first.wait_for(std::slice::from_ref(&position)).await.unwrap();
        second.wait_for(&[position]).await.unwrap();
        let snapshot = second.read(Query::new().key("total")).await.unwrap();
        assert_eq!(snapshot.get("total"), Some(&300), "{}", place.name);
        let intakes = first.history("feed/bank", Side::After(0), 1_000).await.unwrap();
        assert_eq!(intakes.rows.len(), 300, "{}: one intake an event", place.name);
        let newest = first.history("feed/bank", Side::NEWEST, 1).await.unwrap();
        assert_eq!((newest.rows.as_slice(), newest.more), (&intakes.rows[299..], true), "{}", place.name);
        let side = Side::NEWEST.beyond(&newest.rows[0]);
        let older = first.history("feed/bank", side, 1_000).await.unwrap();
        assert!(older.rows.iter().eq(intakes.rows[..299].iter().rev()), "{}: the newest first", place.name);
        assert!(!older.more);
    }
}

#[tokio::test]
async fn events_cannot_be_changed() {
    let place = Place::sqlite();
    let log = place.log::<Bank>().await;
    deposit(&log, "r1", "a", 1).await.unwrap();
    let jixiao_eventlog::Location::Folder(folder) = place.location() else { unreachable!() };
    let url = format!("sqlite://{}", folder.join("bank.sqlite").display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    for statement in ["UPDATE events SET actor = 'x'", "DELETE FROM events", "DELETE FROM event_keys"] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err().to_string();
        assert!(error.contains("append only"), "{statement}: {error}");
    }

    let place = Place::postgres();
    let log = place.log::<Bank>().await;
    deposit(&log, "r1", "a", 1).await.unwrap();
    let jixiao_eventlog::Location::Postgres(url) = place.location() else { unreachable!() };
    let pool = sqlx::PgPool::connect(&format!("{url}_bank")).await.unwrap();
    for statement in ["UPDATE events SET actor = 'x'", "DELETE FROM events", "TRUNCATE event_keys"] {
        let error = sqlx::query(statement).execute(&pool).await.unwrap_err().to_string();
        assert!(error.contains("append only"), "{statement}: {error}");
    }
}
