//! The contract of a store, statement by statement, with no log above it: every adapter keeps it, the simulated one too.

use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::{GENESIS, request_hash};
use jixiao_eventlog::store::{Head, Lock, LogStore, PAGE_BYTES, Side, StateRow, StoreError, StoreTx};
use tokio::time::timeout;

use crate::stores::Place;
use crate::toy::Bank;

/// An event of a request of its own, right after another one.
fn event(position: u64, key: &str, previous_hash: &str) -> StoredEvent {
    let request_id = format!("r{position}");
    let mut event = StoredEvent {
        log: "bank".into(),
        position,
        id: StoredEvent::id_for("bank", &request_id, 0),
        keys: vec![key.into()],
        event_type: "noted".into(),
        payload: r#"{"type":"noted","text":"x"}"#.into(),
        causation: None,
        correlation: Some("c".into()),
        trace: None,
        actor: "tester".into(),
        approval: None,
        effective: Some("2019-11".into()),
        recorded_time: 1_000,
        request_hash: request_hash(request_id.as_bytes()),
        request_id,
        request_index: 0,
        previous_hash: previous_hash.into(),
        hash: String::new(),
    };
    event.hash = event.compute_hash();
    event
}

/// A chain of events, each under the key `even` or `odd`.
fn chain(from: u64, to: u64, previous: &str) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    for position in from..=to {
        let previous = events.last().map_or(previous, |last| last.hash.as_str()).to_owned();
        events.push(event(position, if position.is_multiple_of(2) { "even" } else { "odd" }, &previous));
    }
    events
}

fn row(key: &str, position: u64, state: &str) -> StateRow {
    StateRow { key: key.into(), position, state: state.into() }
}

/// Appends events and moves the head, in a transaction of its own.
async fn append(store: &Arc<dyn LogStore>, events: &[StoredEvent]) {
    let (mut tx, head) = store.begin().await.unwrap();
    tx.append(events).await.unwrap();
    let last = events.last().unwrap();
    let moved = Head { position: last.position, hash: last.hash.clone(), recorded_time: 1_000, ..head };
    tx.move_head(&moved).await.unwrap();
    tx.commit().await.unwrap();
}

fn positions(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.position).collect()
}

fn keys(rows: &[StateRow]) -> Vec<&str> {
    rows.iter().map(|row| row.key.as_str()).collect()
}

#[tokio::test]
async fn what_was_written_is_read_back_as_it_was() {
    for place in Place::all() {
        let (store, other) = (place.store::<Bank>().await, place.store::<Bank>().await);
        let events = chain(1, 7, GENESIS);
        append(&store, &events).await;
        // As a transaction of its own writes sees it, and as another process does.
        let (mut tx, _) = store.begin().await.unwrap();
        tx.append(&chain(8, 9, &events[6].hash)).await.unwrap();
        for (last, tx) in [(9, &mut tx), (7, &mut other.snapshot().await.unwrap().0)] {
            assert_eq!(tx.events_after(0, 2).await.unwrap(), events[..2], "{}", place.name);
            assert_eq!(positions(&tx.events_after(5, 100).await.unwrap()), (6..=last).collect::<Vec<_>>());
            assert_eq!(tx.hash_at(0).await.unwrap().as_deref(), Some(GENESIS));
            assert_eq!(tx.hash_at(7).await.unwrap(), Some(events[6].hash.clone()));
            assert_eq!(tx.hash_at(last + 1).await.unwrap(), None);
            let asked = ["r9".to_owned(), "r3".to_owned(), "none".to_owned(), "r2".to_owned()];
            let found = positions(&tx.requests(&asked).await.unwrap());
            assert_eq!(found, if last == 9 { vec![2, 3, 9] } else { vec![2, 3] }, "{}", place.name);
            assert_eq!(positions(&tx.history("odd", Side::After(1), 2).await.unwrap()), [3, 5]);
            assert_eq!(positions(&tx.history("odd", Side::Before(7), 2).await.unwrap()), [5, 3]);
            let newest = positions(&tx.history("odd", Side::Before(100), 1).await.unwrap());
            assert_eq!(newest, [if last == 9 { 9 } else { 7 }]);
        }
    }
}

#[tokio::test]
async fn histories_come_by_key_and_position() {
    for place in Place::all() {
        let store = place.store::<Bank>().await;
        let mut events = chain(1, 6, GENESIS);
        for (event, keys) in events.iter_mut().zip([
            &["a/1", "b/1"][..],
            &["a/2"],
            &["a/1", "a/2"],
            &["c"],
            &["a/1", "a"],
            &["a/中"],
        ]) {
            event.keys = keys.iter().map(|key| (*key).to_owned()).collect();
        }
        append(&store, &events).await;
        let (mut tx, head) = store.begin().await.unwrap();
        let at = |found: &[(String, StoredEvent)]| {
            found.iter().map(|(key, event)| (key.clone(), event.position)).collect::<Vec<_>>()
        };
        let places =
            |of: &[(&str, u64)]| of.iter().map(|(key, at)| ((*key).to_owned(), *at)).collect::<Vec<_>>();
        let under = places(&[("a/1", 1), ("a/1", 3), ("a/1", 5), ("a/2", 2), ("a/2", 3), ("a/中", 6)]);
        let all = tx.histories("a/", ("", 0), 100).await.unwrap();
        assert_eq!(at(&all), under, "{}", place.name);
        assert_eq!(all[3].1.payload, events[1].payload, "{}", place.name);
        for from in 1..under.len() {
            let (key, position) = &under[from - 1];
            let rest = tx.histories("a/", (key, *position), 2).await.unwrap();
            let until = (from + 2).min(under.len());
            assert_eq!(at(&rest), under[from..until], "{}: after {key} {position}", place.name);
        }
        let beyond = tx.histories("a/", ("a/1", u64::MAX >> 1), 1).await.unwrap();
        assert_eq!(at(&beyond), under[3..4], "{}", place.name);
        // Keys that a later program gives to what is there: once, however often they are told.
        let more = places(&[("a/3", 4), ("a/1", 1)]);
        tx.index(&more).await.unwrap();
        tx.index(&more).await.unwrap();
        tx.move_head(&head).await.unwrap();
        tx.commit().await.unwrap();
        let (mut tx, _) = store.snapshot().await.unwrap();
        let found = tx.histories("a/", ("a/2", 3), 100).await.unwrap();
        assert_eq!(at(&found), places(&[("a/3", 4), ("a/中", 6)]), "{}", place.name);
        assert_eq!(positions(&tx.history("a/1", Side::After(0), 100).await.unwrap()), [1, 3, 5]);
        assert_eq!(positions(&tx.history("a/3", Side::After(0), 100).await.unwrap()), [4]);
    }
}

#[tokio::test]
async fn states_are_kept_by_generation_and_paged_by_key() {
    for place in Place::all() {
        let store = place.store::<Bank>().await;
        let (mut tx, head) = store.begin().await.unwrap();
        let rows = ["a/1", "a/2", "a/3", "a", "b/1"].map(|key| row(key, 1, "1"));
        tx.upsert(1, &rows).await.unwrap();
        tx.upsert(2, &[row("a/1", 5, "5")]).await.unwrap();
        tx.upsert(1, &[row("a/2", 2, "null"), row("a/3", 3, "3")]).await.unwrap();
        tx.move_head(&head).await.unwrap();
        tx.commit().await.unwrap();
        let (mut tx, _) = store.snapshot().await.unwrap();
        let mut found = tx.states(1, &["a/2".into(), "none".into(), "a/3".into()]).await.unwrap();
        found.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(found, [row("a/2", 2, "null"), row("a/3", 3, "3")], "{}", place.name);
        assert_eq!(
            keys(&tx.page(1, "a/", "", 10).await.unwrap()),
            ["a/1", "a/3"],
            "absent states are left out"
        );
        assert_eq!(keys(&tx.page(1, "", "a/1", 2).await.unwrap()), ["a/3", "b/1"]);
        assert_eq!(keys(&tx.page(1, "", "", 2).await.unwrap()), ["a", "a/1"]);
        assert_eq!(tx.page(2, "", "", 10).await.unwrap(), [row("a/1", 5, "5")]);
        drop(tx);
        let (mut tx, _) = store.begin().await.unwrap();
        assert_eq!(tx.remove_states(1, 3).await.unwrap(), 3, "{}", place.name);
        assert_eq!(tx.remove_states(1, 3).await.unwrap(), 2);
        assert_eq!(tx.remove_states(1, 3).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let (mut tx, _) = store.snapshot().await.unwrap();
        assert_eq!(tx.page(1, "", "", 10).await.unwrap(), []);
        assert_eq!(tx.page(2, "", "", 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_page_ends_once_it_has_its_bytes() {
    const ROWS: u64 = 30;
    let long = "x".repeat(200_000);
    // As many as come to the bytes of a page; the rest is for the next.
    let fit = PAGE_BYTES.div_ceil(200_000) as u64;
    assert!(fit < ROWS);
    for place in Place::all() {
        let store = place.store::<Bank>().await;
        let mut events: Vec<StoredEvent> = Vec::new();
        for position in 1..=ROWS {
            let previous = events.last().map_or(GENESIS, |last| &last.hash).to_owned();
            let mut event = StoredEvent { payload: long.clone(), ..event(position, "long", &previous) };
            event.hash = event.compute_hash();
            events.push(event);
        }
        for some in events.chunks(10) {
            append(&store, some).await;
        }
        let (mut tx, head) = store.begin().await.unwrap();
        let rows: Vec<_> =
            (1..=ROWS).map(|number| row(&format!("long/{number:02}"), number, &long)).collect();
        tx.upsert(1, &rows).await.unwrap();
        tx.move_head(&head).await.unwrap();
        tx.commit().await.unwrap();
        let (mut tx, _) = store.snapshot().await.unwrap();
        let first: Vec<_> = (1..=fit).collect();
        let rest: Vec<_> = (fit + 1..=ROWS).collect();
        assert_eq!(positions(&tx.events_after(0, 100).await.unwrap()), first, "{}", place.name);
        assert_eq!(positions(&tx.events_after(fit, 100).await.unwrap()), rest);
        assert_eq!(
            positions(&tx.history("long", Side::After(0), 100).await.unwrap()),
            first,
            "{}",
            place.name
        );
        assert_eq!(positions(&tx.history("long", Side::After(fit), 100).await.unwrap()), rest);
        assert_eq!(positions(&tx.history("long", Side::After(0), 3).await.unwrap()), [1, 2, 3]);
        let newest: Vec<_> = (ROWS - fit + 1..=ROWS).rev().collect();
        assert_eq!(
            positions(&tx.history("long", Side::Before(ROWS + 1), 100).await.unwrap()),
            newest,
            "{}",
            place.name
        );
        let events_of = |found: &[(String, StoredEvent)]| {
            found.iter().map(|(_, event)| event.position).collect::<Vec<_>>()
        };
        assert_eq!(events_of(&tx.histories("lo", ("", 0), 100).await.unwrap()), first, "{}", place.name);
        assert_eq!(events_of(&tx.histories("lo", ("long", fit), 100).await.unwrap()), rest);
        let reflected = |rows: &[StateRow]| rows.iter().map(|row| row.position).collect::<Vec<_>>();
        assert_eq!(reflected(&tx.page(1, "long/", "", 100).await.unwrap()), first, "{}", place.name);
        let after = format!("long/{fit:02}");
        assert_eq!(reflected(&tx.page(1, "long/", &after, 100).await.unwrap()), rest);
        assert_eq!(reflected(&tx.page(1, "long/", "", 3).await.unwrap()), [1, 2, 3]);
    }
}

#[tokio::test]
async fn a_writer_waits_for_the_other_and_sees_what_it_did() {
    for place in Place::all() {
        let (one, other) = (place.store::<Bank>().await, place.store::<Bank>().await);
        let (mut tx, head) = one.begin().await.unwrap();
        let waits = tokio::spawn(async move {
            let (mut tx, head) = other.begin().await.unwrap();
            (positions(&tx.events_after(0, 10).await.unwrap()), head.position)
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(!waits.is_finished(), "{}: two writers at once", place.name);
        // A reader does not wait, sees nothing of it, and goes on seeing its own moment.
        let (mut reader, seen) = one.snapshot().await.unwrap();
        let event = event(1, "odd", GENESIS);
        tx.append(std::slice::from_ref(&event)).await.unwrap();
        let moved = Head { position: 1, hash: event.hash.clone(), recorded_time: 1_000, ..head };
        tx.move_head(&moved).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(waits.await.unwrap(), (vec![1], 1), "{}", place.name);
        assert_eq!((seen.position, reader.events_after(0, 10).await.unwrap()), (0, vec![]));
        let (mut reader, seen) = one.snapshot().await.unwrap();
        assert_eq!((seen.position, reader.events_after(0, 10).await.unwrap()), (1, vec![event]));
    }
}

/// What ends a transaction without effect.
type End = fn(Box<dyn StoreTx>) -> futures::future::BoxFuture<'static, ()>;

#[tokio::test]
async fn nothing_stays_of_a_transaction_that_is_not_committed() {
    let dropped: End = |tx| Box::pin(async move { drop(tx) });
    let rolled_back: End = |tx| Box::pin(async move { tx.rollback().await.unwrap() });
    for place in Place::all() {
        for end in [dropped, rolled_back] {
            let store = place.store::<Bank>().await;
            let (mut tx, head) = store.begin().await.unwrap();
            tx.append(&chain(1, 3, GENESIS)).await.unwrap();
            tx.upsert(1, &[row("a", 3, "3")]).await.unwrap();
            tx.move_head(&Head { position: 3, ..head }).await.unwrap();
            end(tx).await;
            // And its lock is free, soon.
            let begun = timeout(Duration::from_secs(5), store.begin()).await;
            let (mut tx, head) = begun.expect("the lock is given back").unwrap();
            assert_eq!(head.position, 0, "{}", place.name);
            assert_eq!(tx.events_after(0, 10).await.unwrap(), []);
            assert_eq!(tx.history("odd", Side::After(0), 10).await.unwrap(), []);
            assert_eq!(tx.states(1, &["a".into()]).await.unwrap(), []);
        }
    }
}

#[tokio::test]
async fn what_must_be_unique_is_refused_as_content() {
    for place in Place::all() {
        let store = place.store::<Bank>().await;
        let events = chain(1, 2, GENESIS);
        append(&store, &events).await;
        let next = || event(3, "odd", &events[1].hash);
        let bad = [
            StoredEvent { position: 2, ..next() },
            StoredEvent { id: events[0].id.clone(), ..next() },
            StoredEvent { request_id: "r1".into(), ..next() },
            StoredEvent { position: 0, ..next() },
            StoredEvent { payload: "x".repeat(262_145), ..next() },
            StoredEvent { keys: vec!["odd".into(), "odd".into()], ..next() },
        ];
        for (number, bad) in bad.iter().enumerate() {
            let (mut tx, _) = store.begin().await.unwrap();
            let refused = tx.append(std::slice::from_ref(bad)).await;
            assert!(matches!(refused, Err(StoreError::Content(_))), "{} {number}: {refused:?}", place.name);
        }
        let (mut tx, _) = store.begin().await.unwrap();
        let twice = tx.append(&[next(), next()]).await;
        assert!(matches!(twice, Err(StoreError::Content(_))), "{}: {twice:?}", place.name);
        drop(tx);
        // Another index of a request is another event.
        let (mut tx, _) = store.begin().await.unwrap();
        tx.append(&[StoredEvent { request_id: "r1".into(), request_index: 1, ..next() }]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_has_one_holder_over_all_processes() {
    for place in Place::all() {
        let (one, other) = (place.store::<Bank>().await, place.store::<Bank>().await);
        let mut lead = one.lock(Lock::Lead).await.unwrap().expect("nobody has it");
        assert!(other.lock(Lock::Lead).await.unwrap().is_none(), "{}", place.name);
        assert!(one.lock(Lock::Lead).await.unwrap().is_none(), "{}", place.name);
        let rebuild = other.lock(Lock::Rebuild).await.unwrap();
        assert!(rebuild.is_some(), "{}: the two have nothing to do with each other", place.name);
        lead.check().await.unwrap();
        lead.release().await.unwrap();
        assert!(other.lock(Lock::Lead).await.unwrap().is_some(), "{}", place.name);
    }
}
