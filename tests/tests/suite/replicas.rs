//! Two servers on one PostgreSQL: two appenders of each log, each with its own cache.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_eventlog::StoredEvent;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use serde_json::Value;
use tonic::Code;

use crate::api::{Api, increase, payment_request};

/// What the ledger's log alone says: a plain fold of its postings. Fails where an account is overdrawn at any position.
fn balances(events: &[StoredEvent]) -> BTreeMap<String, i64> {
    let mut accounts: BTreeMap<String, i64> = BTreeMap::new();
    let mut requests = BTreeSet::new();
    for event in events {
        assert!(
            requests.insert((event.request_id.clone(), event.request_index)),
            "{} took effect twice",
            event.request_id
        );
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let fund = payload["fund"].as_str().unwrap_or_default();
        for posting in payload["postings"].as_array().into_iter().flatten() {
            let fen: i64 = posting["amount"].as_str().unwrap().replace('.', "").parse().unwrap();
            assert!(fen > 0, "an amount is above zero");
            for (side, sign) in [("debit", 1), ("credit", -1)] {
                let account = &posting[side];
                let name = format!("{fund} {} {}", account["holder"], account["kind"]);
                let balance = accounts.entry(name.clone()).or_default();
                *balance += sign * fen;
                let limited =
                    ["available", "committed", "requested"].iter().any(|kind| account["kind"] == *kind);
                assert!(!limited || *balance >= 0, "{name} is overdrawn at {}", event.position);
            }
        }
    }
    accounts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hard_stop_holds_over_two_appenders() {
    let database = postgres::shared().url(&postgres::shared().fresh_name("replicas"));
    let servers = [Server::start_on(&database), Server::start_on(&database)];
    let [one, other] = servers.each_ref().map(|server| Api::new(&server.url()));
    let mut setup = one.clone();
    for fund in ["near", "chain"] {
        setup.fund(fund, 1_000).await;
    }

    // Near the limit: 100 requests of 30 on 1,000 and 20 increases of 50, each sent to both at once.
    let mut tasks = Vec::new();
    for n in 0..120 {
        let (mut one, mut other) = (one.clone(), other.clone());
        tasks.push(tokio::spawn(async move {
            let id = format!("near-{n}");
            if n % 6 == 0 {
                let request = increase(&id, "near", 50);
                let (a, b) = tokio::join!(
                    one.ledger.adjust_budget(request.clone()),
                    other.ledger.adjust_budget(request)
                );
                let (a, b) = (a.unwrap().into_inner().recorded, b.unwrap().into_inner().recorded);
                assert_eq!(a, b, "both give the same answer");
                return (50, a.map(|recorded| recorded.event_ids));
            }
            let request = payment_request(&id, "near", 30);
            let (a, b) = tokio::join!(
                one.ledger.request_payment(request.clone()),
                other.ledger.request_payment(request)
            );
            match (a, b) {
                (Ok(a), Ok(b)) => {
                    let (a, b) = (a.into_inner().recorded, b.into_inner().recorded);
                    assert_eq!(a, b, "both give the same answer");
                    (-30, a.map(|recorded| recorded.event_ids))
                }
                // A refusal is not remembered: an increase between the two lets the second in.
                (Ok(done), Err(refused)) | (Err(refused), Ok(done)) => {
                    assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
                    (-30, done.into_inner().recorded.map(|recorded| recorded.event_ids))
                }
                (Err(a), Err(b)) => {
                    assert_eq!(
                        (a.code(), b.code()),
                        (Code::FailedPrecondition, Code::FailedPrecondition),
                        "{a} {b}"
                    );
                    (0, None)
                }
            }
        }));
    }
    let mut acknowledged = Vec::new();
    let mut left = 1_000;
    for task in tasks {
        let (change, ids) = task.await.unwrap();
        left += change;
        acknowledged.extend(ids.into_iter().flatten());
    }
    assert!(left >= 0, "more was let in than there was: {left} left");

    // What one has acknowledged can be spent through the other at once, again and again.
    let (mut one, mut other) = (one, other);
    other.ledger.request_payment(payment_request("chain-all", "chain", 1_000)).await.unwrap();
    for n in 0..40 {
        let added = one.ledger.adjust_budget(increase(&format!("chain-up-{n}"), "chain", 7)).await.unwrap();
        acknowledged.extend(added.into_inner().recorded.unwrap().event_ids);
        let spent =
            other.ledger.request_payment(payment_request(&format!("chain-down-{n}"), "chain", 7)).await;
        acknowledged.extend(spent.unwrap().into_inner().recorded.unwrap().event_ids);
        std::mem::swap(&mut one, &mut other);
    }
    let refused = one.ledger.request_payment(payment_request("chain-over", "chain", 1)).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);

    let events = one.read("ledger").await;
    let there: BTreeSet<_> = events.iter().map(|event| event.id.as_str()).collect();
    assert!(acknowledged.iter().all(|id| there.contains(id.as_str())), "every acknowledged event is there");
    let accounts = balances(&events);
    let available = |fund: &str| accounts[&format!("{fund} {{\"of\":\"fund\"}} \"available\"")];
    assert_eq!((available("near"), available("chain")), (left * 100, 0));
    // One intake for each event of the registry, though two servers deliver.
    let intakes = events.iter().filter(|event| event.event_type == "registry_taken_in").count();
    assert_eq!(intakes, one.read("registry").await.len());
}
