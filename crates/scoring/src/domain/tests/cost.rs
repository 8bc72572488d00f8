//! A change costs what depends on it, not the size of the fund.

use super::*;

const TARGETS_PER_PROJECT: usize = 10;

/// A fund of so many targets, ten a project, all met, evaluated.
fn fund_of(targets: usize) -> World {
    let mut world = World::default();
    world.steps(&[fund(), load(), approved("4000")]);
    for at in 0..targets {
        let target = nth(at);
        world.steps(&[
            set(target.clone(), definition(TargetLevel::Detail, "0.01", "10", Some("个"))),
            actual(target, "10", Some("个"), UnitMatch::Same),
        ]);
    }
    world.steps(&[open()]);
    world
}

fn nth(at: usize) -> TargetRef {
    target_ref(Some(&format!("p{}", at / TARGETS_PER_PROJECT)), &format!("d{at}"))
}

#[track_caller]
fn touched(change: &EvaluationChange) -> (u32, u32) {
    (change.indicators_touched, change.sums_touched)
}

#[test]
fn one_change_in_a_small_and_a_large_fund() {
    for targets in [10, 10_000] {
        let mut world = fund_of(targets);
        assert_eq!(world.sum("targets.detail").met, u32::try_from(targets).unwrap());
        let change = world.change(&actual(nth(3), "7", Some("个"), UnitMatch::Same));
        assert_eq!(touched(&change), (1, 3), "one target; targets.detail, targets, total");
        assert_eq!((change.indicators.len(), change.sums.len()), (1, 3));
        let change =
            world.change(&revised(nth(3), 2, definition(TargetLevel::Detail, "0.02", "5", Some("个"))));
        assert_eq!(touched(&change), (1, 3));
        let change = world.change(&adjusted(Direction::Decrease, "669"));
        assert_eq!(touched(&change), (2, 3), "both rates; management.funds_use, management, total");
        let change = world.change(&not_filed(7, None));
        assert_eq!(touched(&change), (1, 3));
        let change = world.change(&project("p0", Membership::InFund, ProjectState::NotStarted));
        assert_eq!(touched(&change), (10, 3), "the targets of one project");
        let total = world.sum("total");
        assert_eq!(total.met, u32::try_from(targets).unwrap() - 10, "{targets}");
        // What changes nothing touches, but says nothing.
        let events = world.step(&paid("0.01")).unwrap();
        assert_eq!(events.len(), 2);
        let events = world.step(&Step::Ledger(LedgerEvent::MoneyReceived(booking("1")))).unwrap();
        assert_eq!(events.len(), 1, "no measure of this scheme uses what was received");
    }
}

#[test]
fn an_evaluation_too_large_for_one_event_is_split() {
    let mut world = World::default();
    world.steps(&[fund(), load()]);
    for at in 0..2_000 {
        world.steps(&[set(nth(at), definition(TargetLevel::Detail, "0.01", "10", Some("个")))]);
    }
    let events = world.step(&open()).unwrap();
    assert!(events.len() > 3, "{}", events.len());
    for event in &events {
        let bytes = serde_json::to_string(event).unwrap().len();
        assert!(bytes < jixiao_eventlog::event::MAX_PAYLOAD, "{bytes}");
    }
    let touched: u32 = events
        .iter()
        .map(|event| match event {
            ScoringEvent::EvaluationChanged(change) => change.indicators_touched,
            _ => 0,
        })
        .sum();
    assert_eq!((touched, world.sum("targets.detail").indicators), (2_008, 2_000));
    assert_eq!(world.sum("total").filled_weight, number("60"));
}
