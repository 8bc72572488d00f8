//! Scores that people give beside the computed ones.

use jixiao_events::scoring::{GivenSum, Scorer};

use super::super::given::Scored;
use super::*;

const O01: &str = "targets.overall.o01";
const TRACKING: &str = "management.operation.tracking";

fn score(by: Scorer, indicator: &str, score: &str) -> Step {
    Step::Command(ScoringCommand::RecordScore(Scored {
        of: fund_id().into(),
        indicator: indicator.parse().unwrap(),
        by,
        author: None,
        score: number(score),
        reason: "复核".to_owned(),
        on: "2020-06-05".parse().unwrap(),
    }))
}

fn reviewed(indicator: &str, points: &str) -> Step {
    score(Scorer::Reviewer, indicator, points)
}

fn evaluated() -> World {
    let mut world = World::default();
    world.steps(&[
        fund(),
        load(),
        set(target_ref(None, "o01"), definition(TargetLevel::Overall, "2", "10", Some("个"))),
        open(),
    ]);
    world
}

/// What is given at a node: points and indicators of the reviewer, then of the finance bureau.
#[track_caller]
fn check(world: &World, node: &str, expected: [(&str, u32); 2]) {
    let state = world.folded.get(&format!("given-sum/{FUND}/{node}"));
    let sum = state.and_then(ScoringState::as_given_sum);
    let nothing = GivenSum::of_nothing(node.parse().unwrap());
    let sum = sum.unwrap_or(&nothing);
    let found = [sum.reviewer, sum.finance].map(|given| (given.score.to_string(), given.indicators));
    assert_eq!(found, expected.map(|(score, indicators)| (score.to_owned(), indicators)), "{node}");
}

#[test]
fn refusals() {
    let mut world = World::default();
    let refused = |world: &mut World, step: &Step, expected: ScoringRefusal| {
        assert_eq!(world.step(step), Err(expected), "{step:?}");
    };
    refused(&mut world, &reviewed(O01, "1"), ScoringRefusal::EvaluationNotOpen(fund_id().into()));
    let mut world = evaluated();
    let (fund, indicator) = (fund_id(), "targets.overall.o02".parse().unwrap());
    let missing = ScoringRefusal::IndicatorNotFound { of: fund.into(), indicator };
    refused(&mut world, &reviewed("targets.overall.o02", "1"), missing);
    for points in ["-0.1", "2.01"] {
        let expected =
            ScoringRefusal::ScoreOutOfRange { score: number(points), least: Number::ZERO, most: number("2") };
        refused(&mut world, &reviewed(O01, points), expected);
    }
    for points in ["0", "2"] {
        world.steps(&[reviewed(O01, points)]);
    }
}

#[test]
fn sums_move_by_the_difference_and_computed_points_never() {
    let mut world = evaluated();
    let computed = |world: &World| {
        let of =
            |(key, _): &(String, String)| ["indicator/", "sum/"].iter().any(|kind| key.starts_with(kind));
        world.canonical().into_iter().filter(of).collect::<Vec<_>>()
    };
    let before = computed(&world);
    world.steps(&[
        reviewed(O01, "1.5"),
        reviewed(TRACKING, "7"),
        score(Scorer::Finance, TRACKING, "6.25"),
        // A later one takes the place of an earlier one.
        reviewed(TRACKING, "8"),
    ]);
    assert_eq!(computed(&world), before);
    check(&world, "targets.overall", [("1.5", 1), ("0", 0)]);
    check(&world, "management.operation", [("8", 1), ("6.25", 1)]);
    check(&world, "total", [("9.5", 2), ("6.25", 1)]);
    check(&world, "targets.detail", [("0", 0), ("0", 0)]);
    let row = world.folded.get(&format!("given/{FUND}/{TRACKING}")).unwrap().as_given().unwrap();
    let reviewer = row.by(Scorer::Reviewer).unwrap();
    assert_eq!((reviewer.score, reviewer.event.actor.as_str()), (number("8"), "tester"));
    assert_eq!(row.by(Scorer::Finance).unwrap().score, number("6.25"));
}

#[test]
fn sums_follow_indicators_that_go_and_come_back() {
    let mut world = evaluated();
    world.steps(&[reviewed(O01, "1.5"), score(Scorer::Finance, O01, "1"), reviewed(TRACKING, "7")]);
    let withdrawn = TargetEvent::TargetWithdrawn {
        target: target_ref(None, "o01"),
        on: None,
        approval: Approval::default(),
        source: None,
    };
    world.steps(&[Step::Targets(withdrawn)]);
    assert_eq!(world.indicator(O01), None);
    check(&world, "total", [("7", 1), ("0", 0)]);
    assert_eq!(world.folded.get(&format!("given-sum/{FUND}/targets.overall")), None);
    world.steps(&[revised(
        target_ref(None, "o01"),
        3,
        definition(TargetLevel::Overall, "2", "5", Some("个")),
    )]);
    check(&world, "total", [("8.5", 2), ("1", 1)]);
    check(&world, "targets.overall", [("1.5", 1), ("1", 1)]);
    // Another version of the scheme: what it has no indicator for does not count, and does again with the first.
    let text = SMART_CITY.replace("management.operation.tracking", "management.operation.following");
    let scheme = Arc::new(crate::scheme::parse(&text).unwrap());
    world.steps(&[Step::Command(ScoringCommand::LoadScheme { scheme, text, approved: None }), open()]);
    check(&world, "total", [("1.5", 1), ("1", 1)]);
    let wanted = Wanted::version(&"wuxi-2019-smart-city".parse().unwrap(), 1);
    world.steps(&[Step::Command(ScoringCommand::OpenEvaluation { of: fund_id().into(), wanted })]);
    check(&world, "total", [("8.5", 2), ("1", 1)]);
    check(&world, "management.operation", [("7", 1), ("0", 0)]);
}
