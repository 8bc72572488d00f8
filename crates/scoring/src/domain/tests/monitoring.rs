//! Monitoring: thresholds with published figures, each warning exactly once, alike in every order.

use jixiao_events::monitoring::{Warning, WarningLevel};
use jixiao_events::scoring::Cause;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::domain::monitoring::{Facts, NoValue};

const RED: Option<WarningLevel> = Some(WarningLevel::Red);
const YELLOW: Option<WarningLevel> = Some(WarningLevel::Yellow);
const GREEN: Option<WarningLevel> = None;

/// Sichuan 2025: spending below 25 % in January to April, 40 % to June, 60 % to August, 80 % to October; the gap between the
/// progress of targets and of money over 10 points. A provincial product: progress against months under 60 red, 60 to 80
/// yellow, 80 and over green.
const MONITORING: &str = r#"
[[monitoring]]
monitor = "money"
name = { zh = "支出进度", en = "Money progress" }
watches = "money"
of = "adjusted"
checkpoints = [
  { from = "05-01", yellow_below = 25 },
  { from = "07-01", yellow_below = 40 },
  { from = "09-01", yellow_below = 60 },
  { from = "11-01", yellow_below = 80, red_below = 50 },
]
[[monitoring]]
monitor = "pace"
name = { zh = "支出与时间", en = "Money against time" }
watches = "money"
of = "original"
time_proportional = { elapsed = "months_passed", red_below = 60, yellow_below = 80 }
[[monitoring]]
monitor = "gap"
name = { zh = "进度差", en = "Gap" }
watches = "gap"
of = "adjusted"
by = "met"
level = "detail"
ahead = "either"
from = "03-01"
yellow_above = 10
red_above = 30
"#;

fn watching() -> Arc<Scheme> {
    Arc::new(crate::scheme::parse(&format!("{SMART_CITY}{MONITORING}")).unwrap())
}

fn load_watching() -> Step {
    Step::Command(ScoringCommand::LoadScheme {
        scheme: watching(),
        text: MONITORING.to_owned(),
        approved: None,
    })
}

fn date(on: &str) -> Step {
    Step::Command(ScoringCommand::ReachDate { fund: fund_id(), on: on.parse().unwrap() })
}

/// What happens to warnings in a step: kind, monitor, level.
fn told(events: &[ScoringEvent]) -> Vec<String> {
    let said = |kind: &str, warning: &Warning, was: &str| {
        format!("{kind} {} {was}{}", warning.monitor, <&str>::from(warning.level))
    };
    let of = |event: &ScoringEvent| match event {
        ScoringEvent::WarningRaised { warning, .. } => Some(said("raised", warning, "")),
        ScoringEvent::WarningChanged { warning, was, .. } => {
            Some(said("changed", warning, &format!("{} to ", <&str>::from(was))))
        }
        ScoringEvent::WarningCleared { warning, .. } => Some(said("cleared", warning, "")),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

impl World {
    #[track_caller]
    fn tells(&mut self, step: &Step, expected: &[&str]) -> Vec<ScoringEvent> {
        let events = self.step(step).unwrap();
        assert_eq!(told(&events), expected, "{step:?}");
        events
    }

    fn standing(&self) -> Vec<(String, WarningLevel)> {
        let warnings = self.folded.get(&format!("warnings/{FUND}")).and_then(ScoringState::as_warnings);
        let warnings = warnings.into_iter().flatten();
        warnings.map(|(monitor, standing)| (monitor.to_string(), standing.level)).collect()
    }
}

/// The level of a monitor of the scheme above, by day and by money paid of 1,000 adjusted and 1,250 original.
#[track_caller]
fn level(monitor: &str, on: &str, paid: &str, expected: Result<Option<WarningLevel>, NoValue>) {
    let scheme = watching();
    let monitor = scheme.monitoring.iter().find(|other| other.monitor.as_str() == monitor).unwrap();
    let budget = jixiao_events::budget::Budget {
        original: wan("1250"),
        decreases: wan("250"),
        paid: wan(paid),
        ..Default::default()
    };
    let facts = Facts { fiscal_year: 2019, on: on.parse().ok(), budget, targets: Vec::new() };
    let seen = facts.look(monitor);
    assert_eq!(seen.level, expected, "{on} {paid}: {:?}", seen.figures);
}

#[test]
fn checkpoints_of_sichuan_2025() {
    level("money", "2018-12-31", "0", Err(NoValue::NotWatchedYet));
    level("money", "2019-04-30", "0", Err(NoValue::NotWatchedYet));
    level("money", "2019-05-01", "249.999999", Ok(YELLOW));
    level("money", "2019-05-01", "250", Ok(GREEN));
    level("money", "2019-06-30", "250", Ok(GREEN));
    level("money", "2019-07-01", "399.99", Ok(YELLOW));
    level("money", "2019-07-01", "400", Ok(GREEN));
    level("money", "2019-09-01", "599.99", Ok(YELLOW));
    level("money", "2019-09-01", "600", Ok(GREEN));
    level("money", "2019-11-01", "799.99", Ok(YELLOW));
    level("money", "2019-11-01", "499.99", Ok(RED));
    level("money", "2019-11-01", "500", Ok(YELLOW));
    level("money", "2019-12-31", "800", Ok(GREEN));
    level("money", "2020-01-01", "799.99", Ok(YELLOW));
}

#[test]
fn progress_against_months() {
    // 1,250 original: a twelfth of it each month.
    level("pace", "2019-01-31", "0", Err(NoValue::NothingElapsed));
    level("pace", "2019-02-01", "0", Ok(RED));
    // Half of the year: 60 % of it is 375, 80 % of it 500.
    level("pace", "2019-07-01", "374.99", Ok(RED));
    level("pace", "2019-07-01", "375", Ok(YELLOW));
    level("pace", "2019-07-31", "499.999999", Ok(YELLOW));
    level("pace", "2019-07-31", "500", Ok(GREEN));
    // A third of it, where no decimal is exact: 60 % is 250.
    level("pace", "2019-05-01", "249.999999", Ok(RED));
    level("pace", "2019-05-01", "250", Ok(YELLOW));
    level("pace", "2020-01-01", "749.99", Ok(RED));
    level("pace", "2020-01-01", "1000", Ok(GREEN));
}

#[test]
fn what_has_no_value_accuses_nobody() {
    let mut world = World::default();
    world.steps(&[fund(), load_watching(), open()]);
    // No budget, no target: no warning, whatever day comes.
    for day in ["2019-02-01", "2019-11-01", "2020-01-01"] {
        world.tells(&date(day), &[]);
    }
    // A budget, and nothing paid of it.
    world.tells(&approved("100"), &["raised money red", "raised pace red"]);
    // All of it is taken away again.
    world.tells(&adjusted(Direction::Decrease, "100"), &["cleared money red"]);
    world.tells(&reversed(EntryKind::OriginalBudget, "100"), &["cleared pace red"]);
}

#[test]
fn each_warning_comes_once() {
    let mut world = World::default();
    world.steps(&[fund(), load_watching(), open(), approved("1000")]);
    world.tells(&date("2019-02-01"), &["raised pace red"]);
    world.tells(&date("2019-02-02"), &[]);
    world.tells(&paid("50"), &["changed pace red to yellow"]);
    world.tells(&paid("50"), &["cleared pace yellow"]);
    // The day comes, nothing is paid.
    let events = world.tells(&date("2019-05-01"), &["raised money yellow", "raised pace red"]);
    let on = "2019-05-01".parse().unwrap();
    for event in &events {
        if let ScoringEvent::WarningRaised { cause, warning } = event {
            assert_eq!((cause, warning.on), (&Cause::Date { on }, on));
        }
    }
    world.tells(&date("2019-05-02"), &[]);
    let events = world.tells(&paid("150"), &["cleared money yellow", "changed pace red to yellow"]);
    let is_data = |event: &ScoringEvent| match event {
        ScoringEvent::WarningCleared { cause: Cause::Source { log, event_type, .. }, .. } => {
            log == "ledger" && event_type == "payment_made"
        }
        _ => false,
    };
    assert!(events.iter().any(is_data));
    world.tells(&reversed(EntryKind::Payment, "0.01"), &["raised money yellow"]);
    assert_eq!(
        world.standing(),
        [("money".to_owned(), WarningLevel::Yellow), ("pace".to_owned(), WarningLevel::Yellow)]
    );
    // Another scheme watches nothing.
    world.steps(&[load()]);
    world.tells(&open(), &["cleared money yellow", "cleared pace yellow"]);
    world.tells(&date("2019-11-01"), &[]);
}

#[test]
fn targets_count_as_the_same_change_leaves_them() {
    let mut world = World::default();
    world.steps(&[fund(), load_watching(), open(), approved("1000"), paid("500")]);
    world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
    let d = |at: u8| target_ref(Some("p"), &format!("d{at}"));
    for at in 1..=4 {
        world.steps(&[set(d(at), definition(TargetLevel::Detail, "1", "10", None))]);
    }
    world.tells(&date("2019-02-28"), &[]);
    // 50 % of the money, none of the targets.
    world.tells(&date("2019-03-01"), &["raised gap red"]);
    // 25 %: 25 points apart.
    world.tells(&actual(d(1), "10", None, UnitMatch::Same), &["changed gap red to yellow"]);
    world.tells(&actual(d(2), "10", None, UnitMatch::Same), &["cleared gap yellow"]);
    // 3 of 5: just 10 points, which is not over 10.
    world.steps(&[set(d(5), definition(TargetLevel::Detail, "1", "10", None))]);
    world.tells(&actual(d(3), "10", None, UnitMatch::Same), &[]);
    world.tells(&actual(d(4), "10", None, UnitMatch::Same), &["raised gap yellow"]);
}

#[test]
fn the_clock_never_goes_back() {
    let mut world = World::default();
    let refused = |world: &mut World, on: &str, expected: &str| {
        assert_eq!(world.step(&date(on)).unwrap_err().to_string(), expected);
    };
    refused(&mut world, "2019-05-01", "fund smart-city-2019 is not known here");
    world.steps(&[fund(), date("2019-05-01")]);
    let reached = "the clock of fund smart-city-2019 has come to 2019-05-01 already";
    refused(&mut world, "2019-05-01", &format!("{reached}: 2019-05-01 is not later"));
    refused(&mut world, "2019-04-30", &format!("{reached}: 2019-04-30 is not later"));
    let runs = "is no day of fund smart-city-2019: its clock runs from 2019-01-01 to 2020-01-01";
    refused(&mut world, "2018-12-31", &format!("2018-12-31 {runs}"));
    refused(&mut world, "2020-01-02", &format!("2020-01-02 {runs}"));
    world.steps(&[date("2020-01-01")]);
}

/// Feeds and the clock, each in its own order.
fn feeds() -> [Vec<Step>; 4] {
    let d = |at: u8| target_ref(Some("p"), &format!("d{at}"));
    let mut of_targets: Vec<_> =
        (1..=4).map(|at| set(d(at), definition(TargetLevel::Detail, "1", "10", None))).collect();
    of_targets.extend([
        actual(d(1), "10", None, UnitMatch::Same),
        actual(d(2), "5", None, UnitMatch::Same),
        actual(d(2), "10", None, UnitMatch::Same),
        withdrawn(d(4)),
    ]);
    [
        vec![approved("1000"), paid("100"), adjusted(Direction::Decrease, "200"), paid("150"), paid("40")],
        of_targets,
        vec![date("2019-02-01"), date("2019-05-01"), date("2019-07-01"), date("2019-09-01")],
        vec![load_watching(), open()],
    ]
}

fn run(order: &[usize]) -> World {
    let mut feeds = feeds().map(Vec::into_iter);
    let mut world = World::default();
    world.steps(&[fund(), project("p", Membership::InFund, ProjectState::InProgress)]);
    for at in order {
        if let Some(step) = feeds[*at].next() {
            world.step(&step).unwrap();
        }
    }
    for feed in feeds {
        world.steps(&feed.collect::<Vec<_>>());
    }
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn data_and_clock_in_any_order_leave_the_same_warnings(order in prop::collection::vec(any::<Index>(), 30)) {
        let order: Vec<_> = order.iter().map(|index| index.index(4)).collect();
        let wanted = [("money".to_owned(), WarningLevel::Yellow), ("pace".to_owned(), WarningLevel::Red)];
        // 290 of 800 adjusted: 36.25 %, of 1,000 original 29 % in two thirds of the year; two of three targets: a gap of 30.4.
        let gap = ("gap".to_owned(), WarningLevel::Red);
        prop_assert_eq!(run(&order).standing(), [vec![gap], wanted.to_vec()].concat());
    }
}
