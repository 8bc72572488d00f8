//! How points come together: weights within weights, alternatives, what is not applicable, bonuses and penalties.

use jixiao_events::scoring::{IndicatorStatus, Judgement};
use proptest::prelude::*;

use super::kinds::{answer, answered, evaluated, judged, node};
use super::*;

const MANUAL: &str = "rule = { kind = \"manual\", self_score_stands = false }";
const OPTIONAL: &str = "rule = { kind = \"manual\", self_score_stands = false }\noptional = true";

fn not_applicable(indicator: &str) -> Step {
    judged(indicator, Judgement::NotApplicable {})
}

/// The sum of a node: its points, the weight that it fills, what is not applicable.
#[track_caller]
fn sums(world: &World, node: &str, expected: [&str; 3]) {
    let sum = world.sum(node);
    let found = [sum.score, sum.filled_weight, sum.not_applicable.unwrap_or_default()];
    assert_eq!(found, expected.map(number), "{node}: {sum:?}");
}

#[test]
fn weights_within_weights() {
    // 26: the level-1 weight × the level-2 points out of 100.
    let nodes = node("a", "group", "40", "out_of = 100")
        + &node("a.x", "indicator", "70", MANUAL)
        + &node("a.y", "indicator", "30", MANUAL)
        + &node("b", "indicator", "60", MANUAL);
    let mut world = evaluated("100", &nodes);
    world.steps(&[judge("a.x", "70"), judge("a.y", "15"), judge("b", "30")]);
    sums(&world, "a", ["34", "40", "0"]);
    sums(&world, "total", ["64", "100", "0"]);
    world.steps(&[judge("a.y", "0")]);
    sums(&world, "total", ["58", "100", "0"]);
}

#[test]
fn one_of_two_is_assessed() {
    // 23: either of two rates, each for the whole weight; the better one counts.
    let rate =
        |measure: &str| format!("measure = \"{measure}\"\nrule = {{ kind = \"pro_rata\", full_at = 100 }}");
    let nodes = node("a", "group", "10", "best_of = true")
        + &node("a.original", "indicator", "10", &rate("budget.execution_rate.original"))
        + &node("a.adjusted", "indicator", "10", &rate("budget.execution_rate.adjusted"));
    let mut world = evaluated("10", &nodes);
    world.steps(&[approved("100"), paid("60"), adjusted(Direction::Decrease, "20")]);
    sums(&world, "a", ["7.5", "10", "0"]);
    world.steps(&[adjusted(Direction::Increase, "60")]);
    sums(&world, "total", ["6", "10", "0"]);
    assert_eq!(world.sum("a").not_scored, 0);
}

#[test]
fn what_is_not_applicable_is_redistributed_or_shown() {
    // 24: left out, and the rest fills the points that are there.
    let group = |rest: &str| {
        node("a", "group", "40", rest)
            + &node("a.x", "indicator", "10", OPTIONAL)
            + &node("a.y", "indicator", "30", OPTIONAL)
            + &node("b", "indicator", "60", MANUAL)
    };
    let mut world = evaluated("100", &group("redistribute = true"));
    world.steps(&[judge("a.y", "15"), judge("b", "60")]);
    assert!(matches!(world.step(&not_applicable("b")), Err(ScoringRefusal::NotOptional { .. })));
    sums(&world, "a", ["15", "40", "0"]);
    world.steps(&[not_applicable("a.x")]);
    sums(&world, "a", ["20", "40", "10"]);
    sums(&world, "total", ["80", "100", "0"]);
    assert_eq!(world.indicator("a.x").unwrap().status, IndicatorStatus::NotApplicable);
    // Nothing is left of the group: nothing to be had, and nothing that waits.
    world.steps(&[not_applicable("a.y")]);
    sums(&world, "a", ["0", "0", "40"]);
    sums(&world, "total", ["60", "60", "40"]);
    assert_eq!(world.sum("total").not_scored, 0);
    // Whoever judges it says that it is applicable.
    world.steps(&[judge("a.x", "5")]);
    sums(&world, "a", ["20", "40", "30"]);
    // Without redistribution it is only shown; at the top it may be.
    let mut world = evaluated("100", &group(""));
    world.steps(&[judge("a.y", "30"), judge("b", "60"), not_applicable("a.x")]);
    sums(&world, "total", ["90", "90", "10"]);
    let mut world = evaluated("100\nredistribute = true", &group(""));
    world.steps(&[judge("a.y", "30"), judge("b", "42"), not_applicable("a.x")]);
    sums(&world, "total", ["80", "100", "10"]);
}

#[test]
fn bonuses_and_penalties_stand_outside_the_hundred() {
    // 28: points for and against, each with its cap.
    let nodes = node("a", "indicator", "100", MANUAL)
        + &node("bonus", "group", "5", "outside = \"bonus\"")
        + &node("bonus.x", "indicator", "4", MANUAL)
        + &node("bonus.y", "indicator", "4", MANUAL)
        + &node("penalty", "group", "10", "outside = \"penalty\"")
        + &node(
            "penalty.x",
            "indicator",
            "8",
            "measure = \"filings.contract_filing.not_filed\"\nrule = { kind = \"deduct\", each = 2 }",
        )
        + &node("penalty.y", "indicator", "8", MANUAL);
    let mut world = evaluated("100", &nodes);
    world.steps(&[judge("a", "90"), judge("bonus.x", "3"), not_filed(2, None), judge("penalty.y", "8")]);
    sums(&world, "bonus", ["3", "8", "0"]);
    sums(&world, "penalty", ["-4", "16", "0"]);
    sums(&world, "total", ["89", "100", "0"]);
    world.steps(&[judge("bonus.y", "4"), judge("penalty.y", "0")]);
    sums(&world, "bonus", ["5", "8", "0"]);
    sums(&world, "penalty", ["-10", "16", "0"]);
    sums(&world, "total", ["85", "100", "0"]);
    // The total is never below zero.
    world.steps(&[judge("a", "2"), judge("bonus.x", "0"), judge("bonus.y", "0")]);
    sums(&world, "total", ["0", "100", "0"]);
}

#[test]
fn a_bonus_is_what_it_is_whatever_is_redistributed() {
    let nodes = node("a", "indicator", "40", MANUAL)
        + &node("b", "indicator", "60", OPTIONAL)
        + &node("bonus", "indicator", "5", &format!("outside = \"bonus\"\n{MANUAL}"))
        + &node("penalty", "indicator", "5", &format!("outside = \"penalty\"\n{MANUAL}"));
    let mut world = evaluated("100\nredistribute = true", &nodes);
    world.steps(&[judge("a", "20"), judge("b", "45"), judge("bonus", "4"), judge("penalty", "3")]);
    sums(&world, "total", ["67", "100", "0"]);
    // 20 of 40 are 50 of 100; 4 points more and 2 less stay just that.
    world.steps(&[not_applicable("b")]);
    sums(&world, "total", ["52", "100", "60"]);
}

#[test]
fn a_sum_that_has_nothing_left_is_as_at_first() {
    let form = "level = \"overall\"\nrule = { kind = \"pro_rata\", full_at = 100 }\nout_of = 20";
    let mut world = evaluated("15", &node("t", "each_target", "15", form));
    let before = world.sum("t");
    world.steps(&[set(target_ref(None, "a"), definition(TargetLevel::Overall, "1", "10", None))]);
    world.steps(&[withdrawn(target_ref(None, "a"))]);
    assert_eq!(world.sum("t"), before);
}

#[test]
fn equal_parts_add_up() {
    // 25: 15 points by the number of indicators, whole points.
    let form = "level = \"overall\"\nrule = { kind = \"pro_rata\", full_at = 100 }\nequal_parts = 0";
    let mut world = evaluated("15", &node("t", "each_target", "15", form));
    let target = |id: &str| set(target_ref(None, id), definition(TargetLevel::Overall, "1", "10", None));
    let reached = |id: &str| actual(target_ref(None, id), "10", None, UnitMatch::Same);
    for id in ["a", "b", "c", "d"] {
        world.steps(&[target(id), reached(id)]);
    }
    let weights = |world: &World| {
        ["a", "b", "c", "d"].map(|id| world.indicator(&format!("t.{id}")).map(|row| row.weight))
    };
    assert_eq!(weights(&world), ["4", "4", "4", "3"].map(|part| Some(number(part))));
    sums(&world, "t", ["15", "15", "0"]);
    world.steps(&[withdrawn(target_ref(None, "b"))]);
    assert_eq!(weights(&world), [Some(number("5")), None, Some(number("5")), Some(number("5"))]);
    sums(&world, "t", ["15", "15", "0"]);
    // A group of indicators is divided when its scheme is read.
    let parts = |path: &str| {
        let with = node(path, "indicator", "1", MANUAL);
        with.replace("weight = 1\n", "")
    };
    let nodes = node("a", "group", "10", "equal_parts = 2") + &parts("a.x") + &parts("a.y") + &parts("a.z");
    let mut world = evaluated("10", &nodes);
    world.steps(&[judge("a.x", "3.34"), judge("a.y", "3.33"), judge("a.z", "3.33")]);
    sums(&world, "total", ["10", "10", "0"]);
}

#[test]
fn classes_of_targets_have_nodes_of_their_own() {
    let of = |path: &str, weight: &str, class: &str| {
        node(
            path,
            "each_target",
            weight,
            &format!(
                "level = \"overall\"\nclass = \"{class}\"\nrule = {{ kind = \"pro_rata\", full_at = 100 }}"
            ),
        )
    };
    let nodes =
        of("output", "50", "output") + &of("cost", "10", "output.cost") + &of("benefit", "40", "benefit");
    let mut world = evaluated("100", &nodes);
    for (id, class, weight) in
        [("a", "output.quantity", "50"), ("b", "output.cost", "10"), ("c", "benefit.social", "40")]
    {
        let class = Some(class.to_owned());
        let definition = TargetDefinition { class, ..definition(TargetLevel::Overall, weight, "10", None) };
        world.steps(&[
            set(target_ref(None, id), definition),
            actual(target_ref(None, id), "5", None, UnitMatch::Same),
        ]);
    }
    for (node, score) in [("output", "25"), ("cost", "5"), ("benefit", "20"), ("total", "50")] {
        assert_eq!(world.sum(node).score, number(score), "{node}");
    }
}

/// A scheme with every way of coming together, all of whose indicators a person judges.
fn mixed() -> World {
    let nodes = node("a", "group", "30", "out_of = 100")
        + &node("a.x", "indicator", "60", OPTIONAL)
        + &node("a.y", "indicator", "40", MANUAL)
        + &node("b", "group", "20", "redistribute = true")
        + &node("b.x", "indicator", "5", OPTIONAL)
        + &node("b.y", "indicator", "15", OPTIONAL)
        + &node("c", "group", "10", "best_of = true")
        + &node("c.x", "indicator", "10", OPTIONAL)
        + &node("c.y", "indicator", "10", OPTIONAL)
        + &node("d", "group", "40", "")
        + &node("d.x", "group", "25", "redistribute = true")
        + &node("d.x.p", "indicator", "20", OPTIONAL)
        + &node("d.x.q", "indicator", "5", OPTIONAL)
        + &node("d.y", "indicator", "15", OPTIONAL)
        + &node("e", "group", "5", "outside = \"bonus\"")
        + &node("e.x", "indicator", "8", MANUAL)
        + &node("f", "group", "9", "outside = \"penalty\"")
        + &node("f.x", "indicator", "12", MANUAL);
    evaluated("100\nredistribute = true", &nodes)
}

const LEAVES: [(&str, i64); 12] = [
    ("a.x", 60),
    ("a.y", 40),
    ("b.x", 5),
    ("b.y", 15),
    ("c.x", 10),
    ("c.y", 10),
    ("d.x.p", 20),
    ("d.x.q", 5),
    ("d.y", 15),
    ("e.x", 8),
    ("f.x", 12),
    ("a.x", 60),
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever was judged in whatever order: opened anew, the evaluation is the same, and every sum is within its weight.
    #[test]
    fn sums_that_moved_are_those_computed_anew(steps in proptest::collection::vec((0..LEAVES.len(), 0..=40_u32, any::<bool>()), 1..30)) {
        let mut world = mixed();
        for (leaf, quarters, left_out) in steps {
            let (indicator, weight) = LEAVES[leaf];
            let step = if left_out {
                not_applicable(indicator)
            } else {
                let score = Number::from(weight).checked_mul(quarters.into()).unwrap().checked_div(number("40")).unwrap();
                judge(indicator, &score.to_string())
            };
            // What is not optional is refused, and changes nothing.
            let _ = world.step(&step);
            for node in ["a", "b", "c", "d", "d.x", "total"] {
                let Some(sum) = world.folded.get(&format!("sum/{FUND}/{node}")).and_then(ScoringState::as_sum) else { continue };
                let most = if node == "total" { number("105") } else { sum.weight };
                prop_assert!(sum.score >= Number::ZERO && sum.score <= most, "{node}: {sum:?}");
            }
        }
        let moved = world.canonical();
        let recompute = ScoringCommand::Recompute { fund: fund_id(), log: "ledger".to_owned(), voided: "none".to_owned() };
        let events = world.step(&Step::Command(recompute)).unwrap();
        prop_assert_eq!(events.len(), 0, "{:?}", events);
        prop_assert_eq!(moved, world.canonical());
    }
}

#[test]
fn an_answer_to_what_is_not_asked_is_refused() {
    let asks = "measure = \"answer\"\nasks = [{ ask = \"n\", name = { zh = \"数\" }, kind = \"number\", at_most = 5 }]\nrule = { kind = \"pro_rata\", full_at = 5 }";
    let mut world = evaluated("5", &node("i", "indicator", "5", asks));
    assert!(matches!(
        world.step(&answered("i", &[("m", answer("1"))])),
        Err(ScoringRefusal::NotAsked { .. })
    ));
    for wrong in ["6", "yes", "2019-01-01"] {
        let refused = world.step(&answered("i", &[("n", answer(wrong))]));
        assert!(matches!(refused, Err(ScoringRefusal::AnswerDoesNotFit { .. })), "{wrong}: {refused:?}");
    }
    world.steps(&[answered("i", &[("n", answer("5"))])]);
    assert_eq!(world.indicator("i").unwrap().score, Some(number("5")));
}

#[test]
fn a_veto_decides_the_grade_whatever_the_total() {
    // 33: whatever the score, a serious breach leaves the worst grade.
    let asks = "asks = [{ ask = \"breach\", name = { zh = \"严重违规\" }, kind = \"yes_no\" }]";
    let nodes = node("a", "indicator", "100", &format!("{MANUAL}\n{asks}"))
        + "\n[[override]]\nname = { zh = \"一票否决\" }\nwhen = [\"answer.a.breach = yes\"]\ngrade = \"poor\"\n";
    let mut world = evaluated("100", &nodes);
    let grade = |world: &World| {
        let state = world.folded.get(&format!("sum/{FUND}/total")).and_then(ScoringState::as_sum).unwrap();
        state.best_grade.clone()
    };
    world.steps(&[judge("a", "95"), answered("a", &[("breach", answer("no"))])]);
    assert_eq!(grade(&world), None);
    world.steps(&[answered("a", &[("breach", answer("yes"))])]);
    assert_eq!(grade(&world), Some("poor".to_owned()));
    assert_eq!(world.sum("total").score, number("95"));
    let scheme =
        world.folded.prefix("scheme/").find_map(|(_, state)| state.as_scheme()).unwrap().scheme.clone();
    let final_grade = |world: &World| {
        let total = world.sum("total");
        super::super::evaluate::final_grade(&scheme, &total).map(|grade| grade.grade.clone())
    };
    assert_eq!(final_grade(&world), Some("poor".to_owned()));
    world.steps(&[judged("a", Judgement::Withdrawn {}), judge("a", "95")]);
    assert_eq!(final_grade(&world), Some("excellent".to_owned()));
}
