//! Projects that are evaluated by themselves.

use jixiao_events::{Evaluated, IndicatorId};
use proptest::prelude::*;
use proptest::sample::Index;

use super::money_findings::{filing, increase, of_project};
use super::*;
use crate::domain::given::Scored;
use jixiao_events::scoring::Scorer;

const SCHEME: &str = include_str!("alone.toml");

fn of(project: &str) -> Evaluated {
    Evaluated { fund: fund_id(), project: Some(project.parse().unwrap()) }
}

fn load_own() -> Step {
    load_text(SCHEME)
}

fn open_own(project: &str) -> Step {
    let wanted = Wanted { scheme: Some("project-self".parse().unwrap()), ..Wanted::default() };
    Step::Command(ScoringCommand::OpenEvaluation { of: of(project), wanted })
}

fn judge_own(project: &str, indicator: &str, score: &str) -> Step {
    Step::Command(ScoringCommand::SetManualScore {
        of: of(project),
        indicator: indicator.parse().unwrap(),
        score: number(score),
        reason: "抽查".to_owned(),
        on: "2020-06".parse().unwrap(),
        evidence: Vec::new(),
    })
}

fn review_own(project: &str, indicator: &str, score: &str) -> Step {
    Step::Command(ScoringCommand::RecordScore(Scored {
        of: of(project),
        indicator: indicator.parse().unwrap(),
        by: Scorer::Reviewer,
        author: None,
        score: number(score),
        reason: "复核".to_owned(),
        on: "2020-06".parse().unwrap(),
    }))
}

fn received_for(project: &str, amount: &str) -> Step {
    Step::Ledger(LedgerEvent::MoneyReceived(Booking { scope: of_project(project), ..booking(amount) }))
}

fn decrease_of(project: &str, amount: &str) -> Step {
    let booking = Booking { scope: of_project(project), ..booking(amount) };
    Step::Ledger(LedgerEvent::BudgetAdjusted { direction: Direction::Decrease, booking })
}

pub(super) fn reversed_of(project: &str, kind: EntryKind, amount: &str) -> Step {
    let booking = Booking { scope: of_project(project), ..booking(amount) };
    let of = "entry".parse().unwrap();
    Step::Ledger(LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking })
}

impl World {
    fn own(&self, project: &str, indicator: &str) -> Option<IndicatorResult> {
        let key = format!("indicator/{}/{indicator}", of(project));
        self.folded.get(&key)?.as_indicator().map(|result| IndicatorResult::clone(result))
    }

    fn own_total(&self, project: &str) -> SumResult {
        let key = format!("sum/{}/total", of(project));
        SumResult::clone(self.folded.get(&key).unwrap().as_sum().unwrap())
    }

    #[track_caller]
    fn own_score(&self, project: &str, indicator: &str, measured: &str, score: &str) {
        let found = self.own(project, indicator).unwrap();
        let text = |number: Option<Number>| number.map(|number| number.to_string()).unwrap_or_default();
        assert_eq!(
            (text(found.measured), text(found.score)),
            (measured.to_owned(), score.to_owned()),
            "{found:?}"
        );
    }
}

/// A fund with two projects, each with a target; neither is evaluated yet.
fn two_projects() -> World {
    let mut world = World::default();
    world.steps(&[
        fund(),
        project("p", Membership::InFund, ProjectState::InProgress),
        project("q", Membership::InFund, ProjectState::InProgress),
        set(target_ref(Some("p"), "d1"), definition(TargetLevel::Detail, "50", "30", Some("个"))),
        set(target_ref(Some("q"), "d2"), definition(TargetLevel::Detail, "50", "30", Some("个"))),
        load_own(),
    ]);
    world
}

#[test]
fn a_project_has_its_own_money_counts_and_targets() {
    let mut world = two_projects();
    world.steps(&[open_own("p")]);
    // Nothing is allocated and nothing recorded: no value, which is not zero.
    for indicator in ["money.execution_rate", "process.contracts", "process.adjustments"] {
        world.own_score("p", indicator, "", "");
    }
    world.steps(&[
        approved("4000"),
        allocated_to("p", "200"),
        allocated_to("q", "1000"),
        paid_for("q", "1000"),
        paid_for("p", "100"),
    ]);
    world.own_score("p", "money.execution_rate", "50", "5");
    world.steps(&[
        decrease_of("p", "100"),
        filing("p", FilingKind::ContractFiling, FilingState::NotFiled, 1),
        filing("q", FilingKind::ContractFiling, FilingState::Filed, 0),
    ]);
    world.own_score("p", "money.execution_rate", "100", "10");
    world.own_score("p", "process.contracts", "1", "0");
    world.own_score("p", "process.adjustments", "1", "9");
    world.steps(&[reversed_of("p", EntryKind::Decrease, "100"), received_for("p", "150")]);
    world.own_score("p", "process.adjustments", "0", "10");
    world.own_score("p", "money.receipt_rate", "75", "7.5");
    world.steps(&[
        filing("p", FilingKind::ContractFiling, FilingState::Filed, -1),
        actual(target_ref(Some("p"), "d1"), "15", None, UnitMatch::Assumed),
        actual(target_ref(Some("q"), "d2"), "30", None, UnitMatch::Assumed),
    ]);
    world.own_score("p", "process.contracts", "0", "10");
    world.own_score("p", "targets.d1", "50", "25");
    assert_eq!(world.own("p", "targets.d2"), None);
    assert_eq!(world.own_total("p").indicators, 6);
}

#[test]
fn what_was_allocated_and_taken_back_was_never_allocated() {
    let mut world = two_projects();
    world.steps(&[
        open_own("p"),
        allocated_to("p", "200"),
        increase(of_project("p"), "40"),
        paid_for("p", "60"),
    ]);
    world.own_score("p", "money.execution_rate", "25", "2.5");
    world.steps(&[reversed_of("p", EntryKind::Allocation, "200")]);
    // Of 40 that were added to nothing known 60 are no rate.
    world.own_score("p", "money.execution_rate", "", "");
    assert_eq!(world.own("p", "money.execution_rate").unwrap().input("budget.original").unwrap().value, None);
    world.steps(&[allocated_to("p", "80")]);
    world.own_score("p", "money.execution_rate", "50", "5");
}

#[test]
fn what_changes_goes_to_the_project_that_it_is_about() {
    let mut world = two_projects();
    world.steps(&[
        load(),
        open(),
        open_own("p"),
        open_own("q"),
        allocated_to("p", "200"),
        allocated_to("q", "1000"),
    ]);
    let changes = |world: &mut World, step: &Step| -> Vec<Option<String>> {
        let events = world.step(step).unwrap();
        let changes = events.iter().filter_map(|event| match event {
            ScoringEvent::EvaluationChanged(change) => Some(change.project.as_ref().map(ToString::to_string)),
            _ => None,
        });
        changes.collect()
    };
    assert_eq!(changes(&mut world, &approved("4000")), [None]);
    assert_eq!(changes(&mut world, &paid_for("p", "100")), [None, Some("p".to_owned())]);
    let touched = actual(target_ref(Some("q"), "d2"), "30", None, UnitMatch::Assumed);
    assert_eq!(changes(&mut world, &touched), [None, Some("q".to_owned())]);
    // The same path is an indicator of the project and of no fund.
    assert_eq!(changes(&mut world, &judge_own("p", "quality", "8")), [Some("p".to_owned())]);
    assert_eq!(world.own("p", "quality").unwrap().score, Some(number("8")));
    assert_eq!(world.own("q", "quality").unwrap().score, None);
    assert!(world.step(&judge("quality", "8")).is_err());
    // Who leaves takes its targets along; what is judged stays.
    let gone = left("p", ProjectState::InProgress, ProjectState::MovedToLaterYear);
    assert_eq!(changes(&mut world, &gone), [None, Some("p".to_owned())]);
    assert_eq!(world.own("p", "targets.d1"), None);
    assert_eq!(world.own_total("p").indicators, 5);
}

#[test]
fn scores_of_people_are_kept_apart() {
    let mut world = two_projects();
    world.steps(&[open_own("p"), open_own("q"), review_own("p", "quality", "7")]);
    let given = |world: &World, project: &str| {
        let sum = world.folded.get(&format!("given-sum/{}/total", of(project)))?;
        Some(sum.as_given_sum()?.reviewer.score.to_string())
    };
    assert_eq!((given(&world, "p"), given(&world, "q")), (Some("7".to_owned()), None));
}

#[test]
fn a_projects_self_score_of_an_indicator_is_its_own() {
    let mut world = two_projects();
    world.steps(&[load(), open(), open_own("p"), open_own("q")]);
    let scores = |world: &World| {
        ["p", "q"].map(|project| {
            let found = world.own(project, "quality").unwrap();
            found.self_score.map(|score| score.to_string())
        })
    };
    assert_eq!(scores(&world), [None, None]);
    world.steps(&[self_score(of_indicator("quality"), "1")]);
    assert_eq!(scores(&world), [None, None]);
    world.steps(&[
        self_score(of_own("p", "quality"), "6"),
        self_score(of_own("p", "process.contracts"), "11"),
    ]);
    assert_eq!(scores(&world), [Some("6".to_owned()), None]);
    // As filed, above the weight too; computed points there are none, since no contract is known.
    let contracts = world.own("p", "process.contracts").unwrap();
    assert_eq!((contracts.self_score, contracts.score), (Some(number("11")), None));
    assert_eq!(world.own_total("p").self_score, number("17"));
    assert_eq!(world.own_total("q").self_score, Number::ZERO);
    // A later one takes the place of an earlier one.
    world.steps(&[self_score(of_own("p", "quality"), "5")]);
    assert_eq!(world.own_total("p").self_score, number("16"));
}

fn of_own(project: &str, indicator: &str) -> ScoreSubject {
    let (project, indicator) = (project.parse().unwrap(), indicator.parse().unwrap());
    ScoreSubject::ProjectIndicator { project, indicator }
}

#[test]
fn refusals() {
    let mut world = two_projects();
    let refused = |world: &mut World, step: &Step, words: &str| {
        let refusal = world.step(step).unwrap_err();
        assert!(refusal.to_string().contains(words), "{refusal}");
    };
    refused(&mut world, &open_own("nowhere"), "project nowhere of fund smart-city-2019 is not known here");
    refused(
        &mut world,
        &judge_own("p", "quality", "8"),
        "project p of fund smart-city-2019 has no evaluation",
    );
    refused(
        &mut world,
        &review_own("p", "quality", "8"),
        "project p of fund smart-city-2019 has no evaluation",
    );
    world.steps(&[project("cloud", Membership::NamedOnly, ProjectState::NotStarted), open_own("p")]);
    refused(&mut world, &open_own("cloud"), "does not carry project cloud");
    refused(&mut world, &open_own("p"), "project p of fund smart-city-2019 is evaluated by version 1");
    let other = "targets.d2".parse::<IndicatorId>().unwrap();
    assert_eq!(
        world.step(&judge_own("p", "targets.d2", "1")).unwrap_err(),
        ScoringRefusal::IndicatorNotFound { of: of("p"), indicator: other }
    );
}

#[test]
fn a_year_is_cut_at_its_month() {
    let mut world = two_projects();
    world.steps(&[load_text(&SCHEME.replace("# month", "month = 6 #")), open_own("p")]);
    world.step_on(&allocated_to("p", "200"), "2019-01-10");
    world.step_on(&paid_for("p", "50"), "2019-06-30");
    world.step_on(&paid_for("p", "100"), "2019-07-01");
    world.own_score("p", "money.execution_rate", "25", "2.5");
}

/// What happens to a project, and a place at which its evaluation may be opened.
fn facts_of_p() -> Vec<Step> {
    let d1 = target_ref(Some("p"), "d1");
    vec![
        allocated_to("p", "200"),
        increase(of_project("p"), "40"),
        reversed_of("p", EntryKind::Allocation, "200"),
        paid_for("p", "30"),
        decrease_of("p", "20"),
        received_for("p", "90"),
        reversed_of("p", EntryKind::Decrease, "20"),
        filing("p", FilingKind::ContractFiling, FilingState::NotFiled, 1),
        filing("p", FilingKind::ContractFiling, FilingState::Filed, -1),
        filing("p", FilingKind::Acceptance, FilingState::Unknown, 0),
        moved("p", ProjectState::InProgress, ProjectState::NotStarted),
        moved("p", ProjectState::NotStarted, ProjectState::InProgress),
        actual(d1.clone(), "18", None, UnitMatch::Assumed),
        self_score(of_target(d1.clone()), "20"),
        self_score(of_own("p", "quality"), "6"),
        self_score(of_own("p", "process.contracts"), "11"),
        self_score(of_own("q", "quality"), "3"),
        self_score(of_indicator("quality"), "1"),
        revised(d1.clone(), 2, definition(TargetLevel::Detail, "40", "20", Some("个"))),
        set(target_ref(Some("p"), "d3"), definition(TargetLevel::Detail, "10", "1", None)),
        withdrawn(d1),
        allocated_to("q", "70"),
        paid_for("q", "7"),
        left("q", ProjectState::InProgress, ProjectState::MovedToLaterYear),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, failure_persistence: None, ..ProptestConfig::default() })]

    /// It does not matter when an evaluation is opened, nor in what order facts come that are not about the same: what is
    /// moved step by step is what is computed from nothing.
    #[test]
    fn opened_early_is_opened_late(
        picks in prop::collection::vec((any::<Index>(), any::<bool>()), 0..30),
        at in any::<Index>(),
        equal in any::<bool>(),
    ) {
        let text = if equal { SCHEME.replace("# equal", "equal_parts = 2 #") } else { SCHEME.to_owned() };
        let all = facts_of_p();
        let steps: Vec<&Step> = picks.iter().map(|(pick, _)| pick.get(&all)).collect();
        let at = at.index(steps.len() + 1);
        let fresh = || {
            let mut world = two_projects();
            if equal {
                world.steps(&[load_text(&text)]);
            }
            world.steps(&[load(), open()]);
            world
        };
        let (mut early, mut late) = (fresh(), fresh());
        for (place, step) in steps.iter().enumerate() {
            if place == at {
                early.steps(&[open_own("p")]);
            }
            early.step(step).unwrap();
            late.step(step).unwrap();
        }
        if at == steps.len() {
            early.steps(&[open_own("p")]);
        }
        late.steps(&[open_own("p")]);
        prop_assert_eq!(early.canonical(), late.canonical());
        // Nothing of the project's own evaluation stands among the rows of the fund.
        let own = early.canonical().keys().filter(|key| key.contains(":p/")).count();
        prop_assert!(own > 6, "{}", own);
        let computed = ScoringCommand::Recompute {
            fund: fund_id(),
            log: "ledger".to_owned(),
            voided: String::new(),
        };
        let events = early.step(&Step::Command(computed)).unwrap();
        prop_assert_eq!(events, Vec::<ScoringEvent>::new());
    }
}
