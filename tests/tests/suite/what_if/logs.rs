//! Simulations of a log, on every store.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_eventlog::{
    Context, DeliveryError, ExecuteError, Log, Position, Query, ReadError, Source, StoredEvent, Supposed,
};

use crate::shadow::{self, Kind, POISON, Shadow, Town};
use crate::sim::Dice;
use crate::stores::Place;
use crate::toy::{self, Bank, Command, Mirror, Refusal, Rule, balance_of, context, deposit};

/// A row without what only writing it gives: its place and time, and the hashes over them.
fn of_row(row: &StoredEvent) -> String {
    let place = StoredEvent {
        position: 0,
        recorded_time: 0,
        previous_hash: String::new(),
        hash: String::new(),
        ..row.clone()
    };
    format!("{place:?}")
}

/// An answer without what only writing gives.
fn of_answer<R: std::error::Error>(answer: &Result<jixiao_eventlog::Done, ExecuteError<R>>) -> String {
    match answer {
        Ok(done) => {
            let rows: Vec<String> = done.rows.iter().map(of_row).collect();
            format!("repeated: {}, {rows:?}", done.repeated)
        }
        Err(ExecuteError::Refused { refusal, .. }) => format!("refused: {refusal:?}"),
        Err(other) => format!("{other:?}"),
    }
}

/// Commands by chance: many that are refused, some that are repeated, with the same content and with another, and some that
/// are the program's fault.
fn commands(dice: &Dice) -> Vec<(Context, Command)> {
    let mut commands: Vec<(Context, Command)> = Vec::new();
    for number in 0..dice.between(1, 40) {
        let account = ["a", "b", "ab", "c"][dice.index(4)].to_owned();
        let amount = dice.below(60);
        let command = match dice.below(20) {
            0..7 => Command::Deposit { account, amount },
            7..14 => Command::Withdraw { account, amount },
            14 => Command::Sweep { prefix: "a".to_owned(), into: account },
            15 => Command::Note { text: "x".repeat(if dice.chance(3_000) { 300_000 } else { 10 }) },
            16 => Command::Panic([Rule::Needs, Rule::Decide, Rule::Keys, Rule::Fold][dice.index(4)]),
            17 | 18 if !commands.is_empty() => {
                commands.push(commands[dice.index(commands.len())].clone());
                continue;
            }
            _ if !commands.is_empty() => {
                let (earlier, _) = commands[dice.index(commands.len())].clone();
                let command = Command::Deposit { account, amount };
                commands.push((context(&earlier.request_id, "of other content"), command));
                continue;
            }
            _ => Command::Deposit { account, amount },
        };
        let context = context(&format!("r{}-{number}", dice.next()), &format!("{command:?}"));
        commands.push((context, command));
    }
    commands
}

#[tokio::test]
async fn what_is_simulated_is_what_is_executed() {
    for place in Place::all() {
        let dice = Dice::new(7);
        let log = place.log::<Bank>().await;
        for round in 0..25 {
            let commands = commands(&dice);
            let head = Source::head(log.as_ref()).await.unwrap();
            let supposed: Vec<_> = commands
                .iter()
                .map(|(context, command)| Supposed::Command(command.clone(), context.clone()))
                .collect();
            let mut simulation = log.simulate(&supposed).await.unwrap();
            assert_eq!(simulation.position(), head);
            let predicted: Vec<String> = simulation.answers().iter().map(of_answer).collect();
            for answer in simulation.answers() {
                // A place that is not there yet would be waited for in vain.
                if let Err(ExecuteError::Refused { seen, .. }) = answer {
                    assert_eq!(seen.as_slice(), std::slice::from_ref(&head));
                }
            }
            let all = || Query::new().page("account/", None, 1_000).key("account/a").key("account/none");
            let rows = |read: &jixiao_eventlog::Snapshot<u64>| {
                (
                    read.pages[0].rows.clone(),
                    read.get("account/a").copied(),
                    read.get("account/none").copied(),
                )
            };
            let after = rows(&simulation.after(all()).await.unwrap());
            let before = rows(&simulation.before(all()).await.unwrap());
            let differences = simulation.differences("account/").await.unwrap();
            drop(simulation);

            // Nothing was written, and what was there is what the simulation calls before.
            assert_eq!(Source::head(log.as_ref()).await.unwrap(), head);
            assert_eq!(rows(&log.read(all()).await.unwrap()), before, "{} {round}", place.name);

            let mut executed = Vec::new();
            for (context, command) in &commands {
                executed.push(of_answer(&log.execute(command.clone(), context.clone()).await));
            }
            assert_eq!(predicted, executed, "{} {round}\n{commands:?}", place.name);
            assert_eq!(rows(&log.read(all()).await.unwrap()), after, "{} {round}", place.name);
            let (before, after): (BTreeMap<_, _>, BTreeMap<_, _>) =
                (before.0.into_iter().collect(), after.0.into_iter().collect());
            let mut changed = before.clone();
            for difference in differences {
                assert_eq!(before.get(&difference.key), difference.before.as_ref());
                assert_ne!(difference.before, difference.after);
                changed.extend(difference.after.map(|after| (difference.key, after)));
            }
            assert_eq!(changed, after, "{} {round}", place.name);
        }
    }
}

#[tokio::test]
async fn events_of_a_simulation_are_taken_in_by_the_next_one() {
    for place in Place::all() {
        let (bank, mirror) = (place.log::<Bank>().await, place.log::<Mirror>().await);
        deposit(&bank, "r1", "a", 5).await.unwrap();
        let real = bank.read_after(&Position::beginning("bank"), 10).await.unwrap().0;
        mirror.deliver(&real[0]).await.unwrap().unwrap();

        let command = Command::Deposit { account: "b".to_owned(), amount: 7 };
        let supposed = [Supposed::Command(command.clone(), context("r2", "x"))];
        let simulation = bank.simulate(&supposed).await.unwrap();
        let rows = simulation.answers()[0].as_ref().unwrap().rows.clone();
        drop(simulation);
        // Something real comes between: what is supposed need not follow it.
        deposit(&bank, "r3", "c", 2).await.unwrap();
        let next = bank.read_after(&Position::after(&real[0]), 10).await.unwrap().0;
        mirror.deliver(&next[0]).await.unwrap().unwrap();

        // What was taken in already is not taken in twice.
        let events: Vec<_> =
            [&real[0], &rows[0], &rows[0]].map(|event| Supposed::Event(Box::new(event.clone()))).into();
        let mut simulation = mirror.simulate(&events).await.unwrap();
        let repeated = simulation.answers().iter().map(|answer| answer.as_ref().unwrap().repeated);
        assert_eq!(repeated.collect::<Vec<_>>(), [true, false, true], "{}", place.name);
        let after = simulation.after(Query::new().key("total")).await.unwrap();
        assert_eq!(after.get("total"), Some(&14), "{}", place.name);
        drop(simulation);
        assert_eq!(mirror.checkpoint("bank").await.unwrap().position, 2);
        assert_eq!(balance_of(&bank, "b").await, 0, "{}", place.name);
    }
}

/// Takes in what a town holds and is not taken in yet.
async fn deliver(shadow: &Log<Shadow>, town: &Log<Town<0>>) {
    let after = shadow.checkpoint("town").await.unwrap();
    for event in town.read_after(&after, 100).await.unwrap().0 {
        // One whose fund is parked is taken in as well.
        shadow.deliver(&event).await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn poison_is_told_and_parks_nothing_and_what_is_parked_is_refused() {
    let of_postgres = [Kind::DecidePanics, Kind::FoldPanics, Kind::Refused];
    for (place, kinds) in Place::all().into_iter().zip([&POISON[..], &of_postgres, &POISON[..]]) {
        let (town, shadow): (Arc<Log<Town<0>>>, Arc<Log<Shadow>>) = (place.log().await, place.log().await);
        // What a database refuses shows when it is written alone.
        for kind in kinds.iter().filter(|kind| **kind != Kind::LongKey) {
            let (a, b) = (format!("w-{}-{kind:?}-a", place.name), format!("w-{}-{kind:?}-b", place.name));
            let id = |n: u32| format!("{kind:?}-{n}");
            shadow::pay(&town, &id(1), &[&a], 5, Kind::Plain).await;
            shadow::pay(&town, &id(2), &[&b], 7, Kind::Plain).await;
            deliver(&shadow, &town).await;
            let poison = shadow::pay(&town, &id(3), &[&a], 11, *kind).await.rows.remove(0);
            let plain = shadow::pay(&town, &id(4), &[&a, &b], 2, Kind::Plain).await.rows.remove(0);
            let events = [&poison, &plain].map(|event| Supposed::Event(Box::new(event.clone())));
            let mut simulation = shadow.simulate(&events).await.unwrap();
            let Err(ExecuteError::Delivery(DeliveryError::Poison { reason, .. })) = &simulation.answers()[0]
            else {
                panic!("{kind:?}: {:?}", simulation.answers()[0])
            };
            let reason = reason.clone();
            assert!(simulation.answers()[1].is_ok(), "{kind:?}");
            let key = format!("copy/{a}");
            let after = simulation.after(Query::new().key(&key)).await.unwrap();
            assert_eq!(after.get(&key), Some(&7), "{kind:?}: the other event alone");
            drop(simulation);
            assert!(shadow.parked_fund(&a).await.unwrap().is_none(), "{kind:?}");

            deliver(&shadow, &town).await;
            let parked = shadow.parked_fund(&a).await.unwrap().unwrap();
            assert_eq!(parked.reason, reason, "{kind:?}");
            let spend = shadow::ShadowCommand::Spend { account: a.clone(), amount: 1 };
            let supposed = [
                Supposed::Command(spend, shadow::context(&id(5))),
                Supposed::Event(Box::new(StoredEvent { hash: "0".repeat(64), ..plain })),
            ];
            let mut simulation = shadow.simulate(&supposed).await.unwrap();
            for answer in simulation.answers() {
                assert!(matches!(answer, Err(ExecuteError::Parked(_))), "{kind:?}: {answer:?}");
            }
            let read = simulation.after(Query::new().key(&key)).await;
            assert!(matches!(read, Err(ReadError::Parked(_))), "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_list_after_a_simulation_is_that_of_the_log_with_what_was_supposed() {
    for place in Place::all() {
        let log = place.log::<Bank>().await;
        for number in [1, 3, 5, 7] {
            deposit(&log, &format!("r{number}"), &format!("x{number}"), number).await.unwrap();
        }
        let deposit = |account: &str| {
            let command = Command::Deposit { account: account.to_owned(), amount: 9 };
            Supposed::Command(command, context(account, account))
        };
        let supposed = ["x0", "x3", "x4", "x8", "y"].map(deposit);
        let mut simulation = log.simulate(&supposed).await.unwrap();
        for (after, limit, expected, more) in [
            (
                "",
                100,
                vec![("x0", 9), ("x1", 1), ("x3", 12), ("x4", 9), ("x5", 5), ("x7", 7), ("x8", 9)],
                false,
            ),
            ("", 2, vec![("x0", 9), ("x1", 1)], true),
            ("account/x1", 3, vec![("x3", 12), ("x4", 9), ("x5", 5)], true),
            ("account/x4", 3, vec![("x5", 5), ("x7", 7), ("x8", 9)], false),
            ("account/x7", 3, vec![("x8", 9)], false),
            ("account/x8", 3, vec![], false),
        ] {
            let after = Some(after).filter(|after| !after.is_empty());
            let page = simulation.after(Query::new().page("account/x", after, limit)).await.unwrap();
            let page = page.pages.into_iter().next().unwrap();
            let rows: Vec<(String, u64)> = page.rows;
            let rows: Vec<(&str, u64)> =
                rows.iter().map(|(key, amount)| (&key["account/".len()..], *amount)).collect();
            assert_eq!(rows, expected, "{} after {after:?}", place.name);
            // A page that may have a next one may say so too early, never too late.
            assert!(page.more || !more, "{} after {after:?}", place.name);
        }
        let before = simulation.before(Query::new().page("account/x", None, 100)).await.unwrap();
        assert_eq!(before.pages[0].rows.len(), 4, "{}", place.name);
    }
}

#[tokio::test]
async fn a_refusal_of_what_was_supposed_before() {
    let place = Place::sqlite();
    let log = place.log::<Bank>().await;
    let withdraw = |id: &str, amount| {
        let command = Command::Withdraw { account: "a".to_owned(), amount };
        Supposed::Command(command, context(id, id))
    };
    deposit(&log, "r1", "a", 10).await.unwrap();
    let simulation = log.simulate(&[withdraw("r2", 6), withdraw("r3", 6), withdraw("r4", 4)]).await.unwrap();
    let refused: Vec<_> = simulation
        .answers()
        .iter()
        .map(|answer| match answer {
            Err(ExecuteError::Refused { refusal: Refusal::TooLittle { balance, .. }, .. }) => Some(*balance),
            _ => None,
        })
        .collect();
    assert_eq!(refused, [None, Some(4), None]);
    drop(simulation);
    assert_eq!(toy::balance_of(&log, "a").await, 10);
}
