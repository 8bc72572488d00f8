//! Points that are just a half, though what was measured has no end: rounded up, whatever the rule. Any other numbers are a
//! property of rules.

use jixiao_events::ledger::StatedMoney;
use jixiao_events::scheme::Answer;
use jixiao_events::scoring::Judgement;

use super::kinds::{answered, at_most, counted, evaluated, judged, node, reached, scores};
use super::money_findings::{of_project, stated_money};
use super::*;

/// One indicator or node of targets, `i`, of a form that is rounded to whole points.
fn whole(kind: &str, weight: &str, form: &str) -> World {
    let nodes = node("i", kind, weight, form);
    evaluated(&format!("{weight}\ndecimals = 0"), &nodes)
}

#[track_caller]
fn target_scores(weight: &str, form: &str, criterion: Criterion, actual: &str, expected: &str) {
    let mut world = whole("each_target", weight, &format!("level = \"overall\"\n{form}"));
    world.steps(&reached("a", weight, criterion, counted(actual)));
    scores(&world, "i.a", expected);
}

fn at_least(value: &str) -> Criterion {
    Criterion::AtLeast { value: number(value) }
}

#[test]
fn of_a_target() {
    let pro_rata = "rule = { kind = \"pro_rata\", full_at = 100 }";
    // 1.5 × 1/3 = 0.5, 10.5 × 1/7 = 1.5, 4.5 × 1/9 = 0.5: never 0.4999…
    for (weight, wanted, expected) in [("1.5", "3", "1"), ("10.5", "7", "2"), ("4.5", "9", "1")] {
        target_scores(weight, pro_rata, at_least(wanted), "1", expected);
    }
    // Next to a half it is not one: 1.49 × 1/3.
    target_scores("1.49", pro_rata, at_least("3"), "1", "0");
    let curve = "rule = { kind = \"curve\", between = \"linear\", anchors = [{ at = 0, share = 0 }, { at = 100, share = 1 }] }";
    target_scores("1.5", curve, at_least("3"), "1", "1");
    // 9.5 × 7 / 9.5 is 7; 4.5 × 7/9 = 3.5.
    let inverse = format!("{pro_rata}\nat_most = {{ kind = \"inverse_ratio\", full_at = 100 }}");
    target_scores("4.5", &inverse, at_most("7"), "9", "4");
    // 10 − 0.0225 × 66.66…7 = 8.5.
    let deduct = "rule = { kind = \"deduct\", each = 0.0225 }";
    target_scores("10", deduct, at_least("3"), "2", "9");
}

#[test]
fn of_a_quotient_by_what_was_cut() {
    // 10.5 × 70 / (98 / 86 in percent) = 6.45, where 113.95348837209302325581395349 is a trifle too much.
    let form = "level = \"overall\"\nrule = { kind = \"steps\", steps = [{ from = 0, factor = 0 }] }\nat_most = { kind = \"inverse_ratio\", full_at = 70 }";
    let mut world = evaluated("10.5\ndecimals = 1", &node("i", "each_target", "10.5", form));
    world.steps(&reached("a", "10.5", at_most("86"), counted("98")));
    scores(&world, "i.a", "6.5");
    assert_eq!(world.indicator("i.a").unwrap().input("unrounded").unwrap().value.as_deref(), Some("6.45"));
}

#[test]
fn of_an_equal_part() {
    // Of 3 in two parts, 1.5 each, a third.
    let form = "level = \"overall\"\nequal_parts = 2\nrule = { kind = \"pro_rata\", full_at = 100 }";
    let mut world = whole("each_target", "3", form);
    for id in ["a", "b"] {
        world.steps(&reached(id, "7", at_least("3"), counted("1")));
    }
    scores(&world, "i.a", "1");
    scores(&world, "i.b", "1");
}

#[test]
fn of_money() {
    let form = "measure = \"budget.execution_rate.original\"\nrule = { kind = \"pro_rata\", full_at = 100 }";
    let mut world = whole("indicator", "1.5", form);
    world.steps(&[approved("3000"), paid("1000")]);
    scores(&world, "i", "1");
    // A gate of just as much takes nothing off.
    let mut world =
        whole("indicator", "1.5", &format!("{form}\ngates = [{{ when = [\"value < 50\"], at_most = 0.5 }}]"));
    world.steps(&[approved("3000"), paid("1000")]);
    scores(&world, "i", "1");
}

#[test]
fn of_targets_that_are_weighed_by_money() {
    let form = "measure = \"targets.over_projects\"\ntargets = \"指标\"\nrule = { kind = \"pro_rata\", full_at = 100 }";
    let mut world = whole("indicator", "1.5", form);
    for (project, wanted, got, money) in [("p", "60", "40", "100"), ("q", "90", "10", "200")] {
        // 4,000 + 2,000 of 6,000 + 18,000 are a quarter: with 8,000 of 24,000 a third.
        let target = target_ref(Some(project), project);
        let definition = definition(TargetLevel::Detail, "1", wanted, Some("%"));
        world.steps(&[
            set(target.clone(), definition),
            actual(target, got, Some("%"), UnitMatch::Same),
            stated_money(of_project(project), StatedMoney::Arranged, money),
        ]);
    }
    scores(&world, "i", "0"); // 0.375
    world.steps(&[actual(target_ref(Some("q"), "q"), "20", Some("%"), UnitMatch::Same)]);
    scores(&world, "i", "1"); // 0.5
}

#[test]
fn of_a_survey_a_checklist_and_what_is_taken_off_by_hand() {
    let survey = r#"
measure = "answer"
asks = [{ ask = "s", kind = "survey", name = { zh = "满意吗" }, choices = [
    { choice = "yes", name = { zh = "满意" }, share = 1 }, { choice = "no", name = { zh = "不满意" }, share = 0 }] }]
rule = { kind = "pro_rata", full_at = 100 }
by_hand = "deduct""#;
    let mut world = whole("indicator", "4.5", survey);
    let counts = [("yes".to_owned(), 1), ("no".to_owned(), 2)].into();
    world.steps(&[answered("i", &[("s", Answer::Survey { counts })])]);
    scores(&world, "i", "2"); // 1.5
    world.steps(&[judged("i", Judgement::Deduction { points: number("1") })]);
    scores(&world, "i", "1"); // 0.5
}

#[test]
fn of_a_penalty() {
    let line = node(
        "i",
        "indicator",
        "1.5",
        "outside = \"penalty\"\nmeasure = \"budget.execution_rate.original\"\nrule = { kind = \"pro_rata\", full_at = 100 }",
    );
    let rest = node("r", "indicator", "10", "rule = { kind = \"manual\", self_score_stands = false }");
    let mut world = evaluated("10\ndecimals = 0", &format!("{rest}{line}"));
    world.steps(&[approved("3000"), paid("2000")]);
    // 0.5 of 1.5 is lost: away from zero.
    scores(&world, "i", "-1");
}
