//! Steps of the log that must not be left out. Each scenario holds as it is, and fails with its step left out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jixiao_eventlog::{Broken, ExecuteError};

use crate::stores::Place;
use crate::toy::{Bank, Refusal, balance_of, deposit, withdraw};

/// What a scenario came to: what was violated, if anything.
type Outcome = Result<(), String>;

fn expect(holds: bool, violated: &str) -> Outcome {
    if holds { Ok(()) } else { Err(violated.to_owned()) }
}

/// What one appender acknowledged can be spent at once through another whose cache is warm.
async fn spent_through_the_other(place: &Place, broken: Option<Broken>) -> Outcome {
    let (one, other) = (place.broken::<Bank>(broken).await, place.broken::<Bank>(broken).await);
    deposit(&one, "r1", "a", 10).await.unwrap();
    expect(withdraw(&other, "r2", "a", 10).await.is_ok(), "the other saw the first deposit")?;
    deposit(&one, "r3", "a", 5).await.map_err(|error| error.to_string())?;
    for n in 0..20 {
        deposit(&one, &format!("d{n}"), "a", 5).await.map_err(|error| error.to_string())?;
        let spent = withdraw(&other, &format!("w{n}"), "a", 5).await;
        expect(spent.is_ok(), "an acknowledged increase was refused to be spent")?;
    }
    Ok(())
}

/// Nothing is decided on what a failed commit did not keep.
async fn nothing_of_a_failed_commit_stays(place: &Place, broken: Option<Broken>) -> Outcome {
    let (log, faults) = place.faulty::<Bank>(broken).await;
    deposit(&log, "r1", "a", 10).await.unwrap();
    faults.lose_commit.store(true, Ordering::SeqCst);
    let lost = deposit(&log, "r2", "a", 100).await;
    expect(lost == Err(ExecuteError::Unavailable), "a lost commit was answered as done")?;
    let spent = withdraw(&log, "r3", "a", 50).await;
    expect(spent.is_err(), "money was spent that no event gave")
}

/// A request that is sent to both takes effect once, and both give the same answer.
async fn a_request_takes_effect_once(place: &Place, broken: Option<Broken>) -> Outcome {
    let (one, other) = (place.broken::<Bank>(broken).await, place.broken::<Bank>(broken).await);
    let first = deposit(&one, "r1", "a", 10).await.map_err(|error| error.to_string())?;
    let second = deposit(&other, "r1", "a", 10).await.map_err(|error| error.to_string())?;
    expect(first.rows == second.rows, "a repeated request got another answer")?;
    expect(balance_of(&one, "a").await == 10, "a repeated request took effect twice")
}

/// A state that was loaded already reflects an event that the cache has yet to read.
async fn an_event_is_folded_once(place: &Place, broken: Option<Broken>) -> Outcome {
    let (one, other) = (place.broken::<Bank>(broken).await, place.broken::<Bank>(broken).await);
    deposit(&one, "r1", "warm", 1).await.unwrap();
    deposit(&other, "r2", "a", 10).await.unwrap();
    // The first cache is at event 1; it loads the account as of event 2 and then reads event 2.
    let refused = withdraw(&one, "r3", "a", 15).await;
    let Err(ExecuteError::Refused { refusal: Refusal::TooLittle { balance, .. }, .. }) = refused else {
        return Err("more was spent than there was".to_owned());
    };
    expect(balance == 10, "an event was folded twice")
}

/// A refusal is only true once the transaction that it was decided in has ended.
async fn a_refusal_waits_for_the_end(place: &Place, broken: Option<Broken>) -> Outcome {
    let (log, faults) = place.faulty::<Bank>(broken).await;
    deposit(&log, "r1", "a", 10).await.unwrap();
    let gate = faults.gate.acquire().await.unwrap();
    let ask = |id: &'static str, amount| {
        let log = Arc::clone(&log);
        tokio::spawn(async move { withdraw(&log, id, "a", amount).await })
    };
    // The first holds the appender at the gate, so that the next two share a batch.
    let holds = ask("hold", 1_000);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let first = ask("r2", 10);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let second = ask("r3", 10);
    tokio::time::sleep(Duration::from_millis(50)).await;
    // The batch of two ends in a commit that is lost: the first withdrawal never was.
    faults.lose_commit.store(true, Ordering::SeqCst);
    drop(gate);
    let _ = holds.await;
    let (first, second) = (first.await.unwrap(), second.await.unwrap());
    expect(first == Err(ExecuteError::Unavailable), "a lost commit was answered as done")?;
    expect(second == Err(ExecuteError::Unavailable), "a refusal rested on what was never committed")
}

async fn run(scenario: &str, place: &Place, broken: Option<Broken>) -> Outcome {
    match scenario {
        "spent through the other" => spent_through_the_other(place, broken).await,
        "nothing of a failed commit stays" => nothing_of_a_failed_commit_stays(place, broken).await,
        "a request takes effect once" => a_request_takes_effect_once(place, broken).await,
        "an event is folded once" => an_event_is_folded_once(place, broken).await,
        "a refusal waits for the end" => a_refusal_waits_for_the_end(place, broken).await,
        other => panic!("no scenario {other}"),
    }
}

#[tokio::test]
async fn each_scenario_holds_and_fails_without_its_step() {
    let scenarios = [
        ("spent through the other", Broken::NoCatchUp),
        ("spent through the other", Broken::RefusalFromStaleCache),
        ("nothing of a failed commit stays", Broken::KeepCacheAfterFailedCommit),
        ("nothing of a failed commit stays", Broken::AckBeforeCommit),
        ("a request takes effect once", Broken::NoRequestLookup),
        ("an event is folded once", Broken::NoRowPositions),
        ("a refusal waits for the end", Broken::EarlyRefusal),
    ];
    for (scenario, step) in scenarios {
        for place in Place::all() {
            let outcome = run(scenario, &place, None).await;
            assert_eq!(outcome, Ok(()), "{scenario} on {}", place.name);
        }
        for place in Place::all() {
            let outcome = run(scenario, &place, Some(step)).await;
            assert!(
                outcome.is_err(),
                "{scenario} on {} holds without {step:?}: the test sees nothing",
                place.name
            );
        }
    }
}
