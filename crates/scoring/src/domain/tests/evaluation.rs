//! What an evaluation says.

use jixiao_events::scoring::IndicatorStatus::{
    AwaitsJudgement, Met, NoActual, NoValue, NotStarted, Scored, UnitMismatch, Unmet,
};
use jixiao_events::scoring::{Cause, IndicatorStatus};

use super::*;

const ADJUSTMENT: &str = "management.funds_use.adjustment_rate";
const EXECUTION: &str = "management.funds_use.execution_rate";
const TRACKING: &str = "management.operation.tracking";
const COMPLIANCE: &str = "management.funds_use.compliance";

/// The indicator stands so: status, points, measured value.
#[track_caller]
fn check(
    world: &World,
    indicator: &str,
    status: IndicatorStatus,
    score: Option<&str>,
    measured: Option<&str>,
) {
    let found = world.indicator(indicator).unwrap();
    assert_eq!(
        (found.status, found.score, found.measured),
        (status, score.map(number), measured.map(number)),
        "{indicator}: {found:?}"
    );
}

fn opened() -> World {
    let mut world = World::default();
    world.steps(&[fund(), load(), open()]);
    world
}

#[test]
fn money_and_filings_of_wuxi_2019() {
    let mut world = opened();
    check(&world, ADJUSTMENT, NoValue, None, None);
    check(&world, TRACKING, NoValue, None, None);
    world.steps(&[
        approved("4000"),
        adjusted(Direction::Increase, "283.2"),
        adjusted(Direction::Increase, "45"),
        adjusted(Direction::Decrease, "669"),
        paid("2442.5"),
        not_filed(7, None),
    ]);
    check(&world, ADJUSTMENT, Scored, Some("0"), Some("16.725"));
    check(&world, EXECUTION, Scored, Some("0"), Some("66.749562745955400087450808920"));
    check(&world, TRACKING, Scored, Some("7"), Some("7")); // 7 × 0.5, at most 3
    let inputs: Vec<_> = world
        .indicator(EXECUTION)
        .unwrap()
        .inputs
        .into_iter()
        .map(|input| (input.quantity, input.value.unwrap_or_default()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("budget.original", "40000000.00"),
            ("budget.adjustment_increase", "3282000.00"),
            ("budget.adjustment_decrease", "6690000.00"),
            ("budget.expenditure", "24425000.00"),
        ]
        .map(|(quantity, value)| (quantity.to_owned(), value.to_owned()))
    );
    world.steps(&[reversed(EntryKind::Decrease, "669"), paid("1885.7"), not_filed(3, Some(7))]);
    check(&world, ADJUSTMENT, Scored, Some("4"), Some("0"));
    check(&world, EXECUTION, Scored, Some("4"), Some("100"));
    check(&world, TRACKING, Scored, Some("8.5"), Some("3"));
    let money = world.folded.get(&format!("money/{FUND}/budget.adjustment_decrease")).unwrap();
    assert_eq!(money.as_money().map(|money| (money.sum, money.events)), Some((Money::ZERO, 2)));
}

#[test]
fn targets_by_status_and_steps() {
    let mut world = opened();
    let overall = target_ref(None, "o01");
    world.steps(&[set(overall.clone(), definition(TargetLevel::Overall, "1", "70", Some("个")))]);
    let o01 = "targets.overall.o01";
    check(&world, o01, NoActual, None, None);
    assert_eq!(world.sum("targets").not_scored, 1);
    for (value, unit, matching, status, score, percent) in [
        ("42", Some("个"), UnitMatch::Same, Unmet, Some("0.5"), Some("60")), // the assumed bound counts it as half
        ("41.9", Some("个"), UnitMatch::Same, Unmet, Some("0"), Some("59.857142857142857142857142857")),
        ("61", Some("条订单"), UnitMatch::Different, UnitMismatch, None, None), // as smart-city d17
        ("70", None, UnitMatch::Assumed, Met, Some("1"), Some("100")),
    ] {
        world.steps(&[actual(overall.clone(), value, unit, matching)]);
        check(&world, o01, status, score, percent);
    }
    // The last was without a unit: it was measured in 个, whatever later versions say.
    world.steps(&[revised(overall.clone(), 2, definition(TargetLevel::Overall, "1", "7", Some("万个")))]);
    check(&world, o01, UnitMismatch, None, None);
    // Another level is another indicator.
    world.steps(&[revised(overall.clone(), 3, definition(TargetLevel::Detail, "2", "70", Some("个")))]);
    assert_eq!(world.indicator(o01), None);
    check(&world, "targets.detail.o01", Met, Some("2"), Some("100"));
    assert_eq!((world.sum("targets.overall").indicators, world.sum("targets.detail").met), (0, 1));
    world.steps(&[withdrawn(overall)]);
    assert_eq!(world.indicator("targets.detail.o01"), None);
    assert_eq!(world.sum("total").filled_weight, number("40"));
}

#[test]
fn a_project_that_has_not_started_has_met_nothing() {
    let mut world = opened();
    let d48 = target_ref(Some("sunshine-poverty-relief"), "d48");
    world.steps(&[
        set(d48.clone(), definition(TargetLevel::Detail, "0.5", "1", Some("次"))),
        actual(d48.clone(), "1", None, UnitMatch::Assumed),
    ]);
    check(&world, "targets.detail.d48", Met, Some("0.5"), Some("100"));
    let not_started = project("sunshine-poverty-relief", Membership::InFund, ProjectState::NotStarted);
    let change = world.change(&not_started);
    check(&world, "targets.detail.d48", NotStarted, Some("0"), None);
    assert_eq!((change.indicators_touched, change.sums_touched), (1, 3));
    assert_eq!(change.before.first().map(|before| before.score), Some(Some(number("0.5"))));
    world.steps(&[moved("sunshine-poverty-relief", ProjectState::NotStarted, ProjectState::InProgress)]);
    check(&world, "targets.detail.d48", Met, Some("0.5"), Some("100"));
}

#[test]
fn the_targets_of_a_project_that_leaves_are_withdrawn() {
    use ProjectState::{Approved, Cancelled, MovedToLaterYear, Removed};
    for to in [MovedToLaterYear, Removed] {
        let mut world = opened();
        let empty = world.sum("total");
        let d1 = target_ref(Some("big-data-centre-phase-3"), "d1");
        world.steps(&[
            project("big-data-centre-phase-3", Membership::InFund, Approved),
            set(d1.clone(), definition(TargetLevel::Detail, "2", "1", Some("个"))),
            actual(d1.clone(), "1", None, UnitMatch::Assumed),
            self_score(of_target(d1.clone()), "2"),
        ]);
        check(&world, "targets.detail.d1", Met, Some("2"), Some("100"));
        let change = world.change(&left("big-data-centre-phase-3", Approved, to));
        assert_eq!(change.removed, ["targets.detail.d1".parse().unwrap()]);
        assert_eq!(world.indicator("targets.detail.d1"), None);
        assert_eq!(world.sum("total"), empty);
        // Neither what becomes of the project nor what is still said of the target brings it back.
        world.steps(&[
            moved("big-data-centre-phase-3", to, Cancelled),
            revised(d1.clone(), 2, definition(TargetLevel::Detail, "3", "1", Some("个"))),
            actual(d1, "5", None, UnitMatch::Assumed),
        ]);
        assert_eq!(world.indicator("targets.detail.d1"), None);
        assert_eq!(world.sum("total"), empty);
    }
    // Registered as one that had left: its targets never count.
    let mut world = opened();
    let d1 = target_ref(Some("gone"), "d1");
    world.steps(&[set(d1, definition(TargetLevel::Detail, "2", "1", Some("个")))]);
    assert!(world.indicator("targets.detail.d1").is_some());
    world.steps(&[project("gone", Membership::Removed, Approved)]);
    assert_eq!(world.indicator("targets.detail.d1"), None);
}

#[test]
fn projects_count_while_the_fund_carries_them() {
    let mut world = opened();
    let count = |world: &World| {
        let state = world.folded.get(&format!("count/{FUND}/projects.total"));
        state.and_then(ScoringState::as_count).map_or(0, |count| count.count)
    };
    for (step, expected) in [
        (project("a", Membership::InFund, ProjectState::Approved), 1),
        (project("b", Membership::InFund, ProjectState::NotStarted), 2),
        (project("c", Membership::Removed, ProjectState::MovedToLaterYear), 2),
        (project("d", Membership::NamedOnly, ProjectState::NotStarted), 2),
        (moved("a", ProjectState::Approved, ProjectState::Contracted), 2),
        (left("a", ProjectState::Contracted, ProjectState::Removed), 1),
        (moved("d", ProjectState::NotStarted, ProjectState::MovedToLaterYear), 1),
        (left("b", ProjectState::NotStarted, ProjectState::MovedToLaterYear), 0),
        (moved("b", ProjectState::MovedToLaterYear, ProjectState::Cancelled), 0),
    ] {
        world.steps(std::slice::from_ref(&step));
        assert_eq!(count(&world), expected, "{step:?}");
    }
}

#[test]
fn a_person_judges_what_only_a_person_can() {
    let mut world = opened();
    check(&world, COMPLIANCE, AwaitsJudgement, None, None);
    world.steps(&[self_score(of_indicator(COMPLIANCE), "6")]);
    check(&world, COMPLIANCE, Scored, Some("5"), None); // the self-score stands, at most the weight
    assert_eq!(world.sum("management.funds_use").self_score, number("6"));
    let change = world.change(&judge(COMPLIANCE, "3.5"));
    assert_eq!(change.cause, Cause::Judged { indicator: COMPLIANCE.parse().unwrap() });
    check(&world, COMPLIANCE, Scored, Some("3.5"), None);
    world.steps(&[self_score(of_indicator(COMPLIANCE), "4")]);
    check(&world, COMPLIANCE, Scored, Some("3.5"), None);
    // A target in words, too.
    let words = target_ref(None, "o09");
    let mut in_words = definition(TargetLevel::Overall, "2", "1", None);
    in_words.criterion = Criterion::Qualitative { expected: "较好".to_owned() };
    let level = Step::Targets(TargetEvent::ActualRecorded {
        target: words.clone(),
        value: Measured::Level { level: "好".to_owned() },
        unit: None,
        unit_match: UnitMatch::Same,
        on: "2019".parse().unwrap(),
        text: None,
        evidence: Vec::new(),
        source: None,
    });
    world.steps(&[set(words, in_words), level]);
    check(&world, "targets.overall.o09", AwaitsJudgement, None, None);
    world.steps(&[judge("targets.overall.o09", "1.5")]);
    check(&world, "targets.overall.o09", Scored, Some("1.5"), None);
}

#[test]
fn sums_show_what_is_missing_and_what_is_left() {
    let mut world = opened();
    let target = |id| target_ref(None, id);
    world.steps(&[
        set(target("o01"), definition(TargetLevel::Overall, "1", "1", None)),
        set(target("o02"), definition(TargetLevel::Overall, "6", "1", None)),
        self_score(of_target(target("o01")), "1"),
        actual(target("o02"), "1", None, UnitMatch::Same),
        self_score(of_indicator(ADJUSTMENT), "0"),
    ]);
    let overall = world.sum("targets.overall");
    assert_eq!((overall.weight, overall.filled_weight), (number("7"), number("7")));
    assert_eq!((overall.self_score, overall.self_missing, overall.self_full), (number("1"), 1, 1));
    assert_eq!((overall.score, overall.not_scored, overall.met, overall.indicators), (number("6"), 1, 1, 2));
    let targets = world.sum("targets");
    assert_eq!((targets.weight, targets.filled_weight), (number("60"), number("7"))); // 53 are not allocated yet
    let total = world.sum("total");
    assert_eq!((total.weight, total.filled_weight, total.indicators), (number("100"), number("47"), 10));
}

#[test]
fn sums_stay_exact_whatever_comes_and_goes() {
    let fine = |world: &mut World| {
        let weight = "0.3333333333333333333333333333";
        world.steps(&[set(target_ref(None, "fine"), definition(TargetLevel::Overall, weight, "1", None))]);
    };
    let huge = target_ref(None, "huge");
    let large = definition(TargetLevel::Overall, "70000000.0000000000000000001", "1", None);
    let mut alone = opened();
    fine(&mut alone);
    let mut world = opened();
    fine(&mut world);
    world.steps(&[set(huge.clone(), large.clone()), withdrawn(huge.clone())]);
    assert_eq!(world.sum("total"), alone.sum("total"));
    let mut other_way = opened();
    other_way.steps(&[set(huge.clone(), large)]);
    fine(&mut other_way);
    other_way.steps(&[withdrawn(huge)]);
    assert_eq!(other_way.sum("total"), alone.sum("total"));
}

#[test]
fn another_scheme_takes_the_place_of_the_first() {
    let mut world = opened();
    world.steps(&[
        set(target_ref(None, "o01"), definition(TargetLevel::Overall, "1", "1", None)),
        judge(COMPLIANCE, "4"),
    ]);
    let text = r#"
scheme = "wuxi-2019-smart-city"
name = { zh = "简" }
fiscal_year = 2019
basis = "assumed"
total = 5
decimals = 0
[[node]]
node = "management.funds_use.compliance"
"#
    .replace("management.funds_use.compliance", "money")
        + r#"
kind = "group"
name = { zh = "资金" }
weight = 5
[[node]]
node = "money.rate"
kind = "indicator"
name = { zh = "率" }
weight = 5
measure = "budget.execution_rate.original"
rule = { kind = "pro_rata", full_at = 100 }
[[grade]]
grade = "any"
name = { zh = "无" }
from = 0
"#;
    let second = Arc::new(crate::scheme::parse(&text).unwrap());
    world.steps(&[
        Step::Command(ScoringCommand::LoadScheme { scheme: second, text, approved: None }),
        approved("4000"),
        paid("2442.5"),
    ]);
    check(&world, EXECUTION, Scored, Some("0"), Some("61.0625")); // still by the version that was opened
    let events = world.step(&open()).unwrap();
    let Some(ScoringEvent::EvaluationChanged(change)) = events.get(1) else { panic!("{events:?}") };
    assert_eq!((change.version, change.removed.len(), change.removed_sums.len()), (2, 9, 7));
    let found: Vec<_> = world.folded.prefix("indicator/").map(|(key, _)| key.to_owned()).collect();
    assert_eq!(found, [format!("indicator/{FUND}/money.rate")]);
    check(&world, "money.rate", Scored, Some("3"), Some("61.0625"));
    let unrounded = world.indicator("money.rate").unwrap().inputs.pop().unwrap();
    assert_eq!((unrounded.quantity.as_str(), unrounded.value.as_deref()), ("unrounded", Some("3.053125")));
    assert_eq!(world.folded.prefix("sum/").count(), 2);
    // And back again: as if it had never been left.
    let mut straight = opened();
    straight.steps(&[
        set(target_ref(None, "o01"), definition(TargetLevel::Overall, "1", "1", None)),
        judge(COMPLIANCE, "4"),
        approved("4000"),
        paid("2442.5"),
    ]);
    let wanted = Wanted::version(&"wuxi-2019-smart-city".parse().unwrap(), 1);
    world.steps(&[Step::Command(ScoringCommand::OpenEvaluation { of: fund_id().into(), wanted })]);
    let results = |world: &World| {
        let kept = |(key, _): &(String, String)| key.starts_with("indicator/") || key.starts_with("sum/");
        world.canonical().into_iter().filter(kept).collect::<Vec<_>>()
    };
    let found = results(&world);
    assert_eq!(found, results(&straight));
}
