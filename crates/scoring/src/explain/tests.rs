//! Every kind of docs/rules.md in words and values: a form, what happens, and what is said of it.

mod said;
mod sums;

use std::collections::BTreeSet;

use jixiao_events::ledger::{Booking, LedgerEvent, Scope};
use jixiao_events::scheme::Answer;
use jixiao_events::scoring::Judgement;
use jixiao_events::targets::{Criterion, Measured, TargetLevel, UnitMatch};

use strum::VariantNames;

use self::said::SAID;
use super::*;
use crate::domain::state::{ScoringState, judged_key, place_key, target_key};
use crate::domain::tests::kinds::{answer, answered, at_most, counted, judged, one, reached, targets};
use crate::domain::tests::{
    Step, World, actual, approved, booking, definition, fund_id, judge, not_filed, number, of_indicator,
    paid, self_score, set, target_ref,
};

/// Explains an indicator of a world.
fn explained(world: &World, indicator: &str) -> (Explained, IndicatorResult) {
    let result = world.indicator(indicator).unwrap();
    let scheme = world.state("scheme/kinds").and_then(ScoringState::as_scheme).unwrap().scheme.clone();
    let node = node_of(&scheme, &result).unwrap();
    let nothing = Judged::default();
    let judged = world.state(&judged_key(&fund_id(), &result.indicator)).and_then(ScoringState::as_judged);
    let place = result.indicator.target().and_then(|target| world.state(&place_key(&fund_id(), &target)));
    let target = place.and_then(ScoringState::as_place).and_then(|place| world.state(&target_key(place)));
    let known =
        Known { judged: judged.unwrap_or(&nothing), target: target.and_then(ScoringState::as_target) };
    (explain(&scheme, node, &result, &known).unwrap(), result)
}

const ASKS: &str = "measure = \"answer\"\nasks = [{ ask = \"n\", name = { zh = \"数\", en = \"Count\" }, kind = \"number\", unit = \"个\", at_least = 0 }]";
const MONEY: &str = "measure = \"budget.execution_rate.adjusted\"";

/// An indicator of a form, answered with a number.
fn asked(weight: &str, rule: &str, value: &str) -> World {
    let mut world = one(weight, &format!("{ASKS}\n{rule}"));
    world.steps(&[answered("i", &[("n", answer(value))])]);
    world
}

fn spent(weight: &str, rest: &str, of: &str, spent: &str) -> World {
    let mut world = one(weight, &format!("{MONEY}\n{rest}"));
    world.steps(&[approved(of), paid(spent)]);
    world
}

fn target(form: &str, criterion: Criterion, value: Measured) -> World {
    let mut world = targets("10", form);
    world.steps(&reached("a", "10", criterion, value));
    world
}

/// Worlds of every kind of rule, and the indicator to explain.
fn worlds() -> Vec<(&'static str, World, &'static str)> {
    let curve = |between: &str| {
        format!(
            "rule = {{ kind = \"curve\", between = \"{between}\", anchors = [{{ at = 70, share = 0.6 }}, {{ at = 75, share = 0.7 }}, {{ at = 78, share = 0.8 }}] }}"
        )
    };
    let bands = "rule = { kind = \"bands\", bands = [{ up_to = 0, points = 10 }, { up_to = 2, points = 9, at_least = 8 }, { points = 7 }] }";
    let late = |late_in: &str| {
        format!(
            "rule = {{ kind = \"pro_rata\", full_at = 100 }}\nlate_in = \"{late_in}\"\nby_date = {{ kind = \"deduct\", each = 1, per = 4, counted = \"whole\", cap = 3 }}"
        )
    };
    let by = |date: &str| Criterion::ByDate { by: date.parse().unwrap() };
    let done = |date: &str| Measured::Date { done: date.parse().unwrap() };
    let pro = "rule = { kind = \"pro_rata\", full_at = 100 }";
    let ratio = format!("{pro}\nat_most = {{ kind = \"inverse_ratio\", full_at = 100 }}");
    let items = "rule = { kind = \"checklist\", items = [{ item = \"a\", name = { zh = \"甲\", en = \"A\" }, points = 4, gate = true }, { item = \"b\", name = { zh = \"乙\", en = \"B\" }, points = 6 }] }";
    let mut list = one("10", items);
    list.steps(&[answered("i", &[("a", answer("yes")), ("b", answer("no"))])]);
    let mut none = one("10", items);
    none.steps(&[answered("i", &[("a", answer("no"))])]);
    let mut open = one("10", items);
    open.steps(&[answered("i", &[("a", answer("yes"))])]);
    let equal = items.replace(", points = 4, gate = true", "").replace(", points = 6", "");
    let mut parts = one("10", &equal);
    parts.steps(&[answered("i", &[("a", answer("yes")), ("b", answer("no"))])]);
    let mut chosen = asked("10", bands, "2");
    chosen.steps(&[judge("i", "8.5")]);
    let gate = "rule = { kind = \"pro_rata\", full_at = 100 }\nasks = [{ ask = \"harm\", name = { zh = \"造成影响\", en = \"Harm done\" }, kind = \"yes_no\" }]\ngates = [{ when = [\"value < 100\", \"answer.harm = yes\", \"budget.receipt_rate < 50\"], at_most = 2 }]";
    let mut gated = spent("10", gate, "1000", "900");
    gated.steps(&[answered("i", &[("harm", answer("yes"))])]);
    let mut replaced = spent("10", &format!("{pro}\nby_hand = \"replace\""), "100", "50");
    replaced.steps(&[judge("i", "4")]);
    let mut off = spent("10", &format!("{pro}\nby_hand = \"deduct\""), "100", "50");
    off.steps(&[judged("i", Judgement::Deduction { points: number("1.5") })]);
    let levels = "rule = { kind = \"levels\", levels = [{ level = \"好\", name = { zh = \"好\", en = \"Good\" }, to = 1, from = 0.8 }, { level = \"差\", name = { zh = \"差\", en = \"Poor\" }, to = 0.5 }] }";
    let mut good = one("10", levels);
    good.steps(&[judged("i", Judgement::Level { level: "好".to_owned(), points: Some(number("9")) })]);
    let mut poor = one("10", levels);
    poor.steps(&[judged("i", Judgement::Level { level: "差".to_owned(), points: None })]);
    let mut coefficient = one(
        "8",
        "rule = { kind = \"manual\", self_score_stands = false, coefficient = true }\nevidence = false\noptional = true",
    );
    coefficient.steps(&[judged("i", Judgement::Coefficient { coefficient: number("0.85") })]);
    let mut own = one("8", "rule = { kind = \"manual\", self_score_stands = true }");
    own.steps(&[self_score(of_indicator("i"), "9")]);
    let mut manual = one("8", "rule = { kind = \"manual\", self_score_stands = true }");
    manual.steps(&[judge("i", "7")]);
    let cases = "rule = { kind = \"cases\", otherwise = 0, cases = [{ when = [\"value = 0\"], points = 3 }, { when = [\"value <= answer.last\"], points = 2 }] }";
    let cases = format!(
        "{}\n{cases}",
        ASKS.replace(
            "}]",
            "}, { ask = \"last\", name = { zh = \"上年\", en = \"Last year\" }, kind = \"number\" }]"
        )
    );
    let mut case = one("3", &cases);
    case.steps(&[answered("i", &[("n", answer("8")), ("last", answer("9"))])]);
    let mut otherwise = one("3", &cases);
    otherwise.steps(&[answered("i", &[("n", answer("8")), ("last", answer("7"))])]);
    let mut filed = one(
        "5",
        "measure = \"filings.contract_filing.not_filed\"\nrule = { kind = \"deduct_per_finding\", each = 2, cap = 3 }",
    );
    filed.steps(&[not_filed(2, None)]);
    let mut month =
        one("7", &format!("{MONEY}\nmonth = 7\nrule = {{ kind = \"all_or_nothing\", at_least = 40 }}"));
    month.step_on(&approved("1000"), "2019-01-15");
    month.step_on(&paid("400"), "2019-07-31");
    month.step_on(&paid("402"), "2019-08-01");
    let survey = "measure = \"answer\"\nasks = [{ ask = \"survey\", name = { zh = \"满意度\", en = \"Satisfaction\" }, kind = \"survey\", choices = [{ choice = \"very\", name = { zh = \"很满意\", en = \"Very\" }, share = 1 }, { choice = \"quite\", name = { zh = \"基本满意\", en = \"Quite\" }, share = 0.5 }] }]";
    let mut asked_all = one("10", &format!("{survey}\nrule = {{ kind = \"pro_rata\", full_at = 90 }}"));
    let counts = [("very", 50), ("quite", 30)].map(|(choice, count)| (choice.to_owned(), count)).into();
    asked_all.steps(&[answered("i", &[("survey", Answer::Survey { counts })])]);
    let mut over = one(
        "10",
        "measure = \"targets.over_projects\"\ntargets = \"指标\"\nrule = { kind = \"pro_rata\", full_at = 100 }",
    );
    for (project, id, got, money) in [("p", "a", "100", "300"), ("q", "b", "50", "100")] {
        let target = target_ref(Some(project), id);
        let scope = Scope::Project { project: project.parse().unwrap() };
        over.steps(&[
            set(target.clone(), definition(TargetLevel::Detail, "1", "100", Some("%"))),
            actual(target, got, Some("%"), UnitMatch::Same),
            Step::Ledger(LedgerEvent::BudgetAllocated(Booking { scope, ..booking(money) })),
        ]);
    }
    let form_of_dates = "measure = \"answer\"\nasks = [{ ask = \"done\", name = { zh = \"完成日期\" }, kind = \"date\" }]\nrule = { kind = \"curve\", between = \"linear\", anchors = [{ at = 2013-12-31, share = 1 }, { at = 2014-01-31, share = 0.9 }] }";
    let mut by_dates = one("5", form_of_dates);
    by_dates.steps(&[answered("i", &[("done", answer("2014-01-10"))])]);
    let mut equal_weights =
        targets("15", "rule = { kind = \"steps\", steps = [{ from = 50, factor = 0.5 }] }\nequal_parts = 0");
    for id in ["a", "b", "c", "d"] {
        equal_weights.steps(&reached(
            id,
            "1",
            Criterion::AtLeast { value: number("10") },
            counted(if id == "a" { "6" } else { "1" }),
        ));
    }
    let words = format!(
        "{pro}\nqualitative = {{ kind = \"levels\", levels = [{{ level = \"达到\", name = {{ zh = \"达到目标\" }}, to = 0.8 }}] }}"
    );
    let expected = || Criterion::Qualitative { expected: "达到".to_owned() };
    let rated = || Measured::Level { level: "达到".to_owned() };
    let mut by_words = target(pro, expected(), rated());
    by_words.steps(&[judge("t.a", "7")]);
    let nodes = crate::domain::tests::kinds::node(
        "a",
        "indicator",
        "10",
        "rule = { kind = \"manual\", self_score_stands = false }",
    ) + &crate::domain::tests::kinds::node(
        "f",
        "indicator",
        "4",
        "rule = { kind = \"manual\", self_score_stands = false }\noutside = \"penalty\"",
    );
    let mut penalty = crate::domain::tests::kinds::evaluated("10", &nodes);
    penalty.steps(&[judge("f", "1")]);
    vec![
        (
            "all",
            spent("5", "rule = { kind = \"all_or_nothing\", at_least = 80, at_most = 100 }", "100", "90"),
            "i",
        ),
        ("nothing", spent("5", "rule = { kind = \"all_or_nothing\", at_least = 95 }", "100", "90"), "i"),
        ("steps", equal_weights, "t.a"),
        ("pro", spent("10", pro, "300", "200"), "i"),
        ("pro over", asked("10", "rule = { kind = \"pro_rata\", full_at = 5 }", "6"), "i"),
        ("inverse", target(&ratio, at_most("10"), counted("15")), "t.a"),
        ("curve linear", asked("10", &curve("linear"), "77"), "i"),
        ("curve step", asked("10", &curve("step"), "77"), "i"),
        ("curve at", asked("10", &curve("step"), "75"), "i"),
        ("curve below", asked("10", &curve("step"), "5"), "i"),
        ("curve above", asked("10", &curve("step"), "99"), "i"),
        ("dates", by_dates, "i"),
        ("bands", asked("10", bands, "5"), "i"),
        ("bands chosen", chosen, "i"),
        ("bands open", asked("10", bands, "2"), "i"),
        (
            "deduct",
            asked(
                "10",
                "rule = { kind = \"deduct\", each = 0.5, from = 100, counted = \"begun\", per = 2 }",
                "105",
            ),
            "i",
        ),
        (
            "deduct floor",
            asked(
                "10",
                "rule = { kind = \"deduct\", each = 0.5, from = 90, side = \"below\", floor = 6 }",
                "80",
            ),
            "i",
        ),
        (
            "deduct none",
            asked("10", "rule = { kind = \"deduct\", each = 0.5, from = 90, side = \"below\" }", "95"),
            "i",
        ),
        (
            "deduct either",
            asked("10", "rule = { kind = \"deduct\", each = 1, from = 90, side = \"either\" }", "95"),
            "i",
        ),
        ("per finding", filed, "i"),
        ("case", case, "i"),
        ("otherwise", otherwise, "i"),
        ("list", list, "i"),
        ("list gate", none, "i"),
        ("list open", open, "i"),
        ("list equal", parts, "i"),
        ("gate", gated, "i"),
        ("replace", replaced, "i"),
        ("off", off, "i"),
        ("good", good, "i"),
        ("poor", poor, "i"),
        ("coefficient", coefficient, "i"),
        ("own", own, "i"),
        ("manual", manual, "i"),
        ("month", month, "i"),
        ("survey", asked_all, "i"),
        ("over", over, "i"),
        ("late days", target(&late("days"), by("2019-06-30"), done("2019-07-20")), "t.a"),
        ("late percent", target(&late("percent"), by("2019-06-30"), done("2019-07-20")), "t.a"),
        ("late months", target(&late("months"), by("2019-06-30"), done("2019-12-20")), "t.a"),
        (
            "between",
            target(
                &format!("{pro}\nbetween = {{ kind = \"pro_rata\", full_at = 100 }}"),
                Criterion::Between { min: number("1"), max: number("2") },
                counted("0.5"),
            ),
            "t.a",
        ),
        ("equal without", target(pro, Criterion::Equal { value: number("10") }, counted("9")), "t.a"),
        ("met", target(pro, at_most("10"), counted("9")), "t.a"),
        ("in words", target(&words, expected(), rated()), "t.a"),
        ("in words by hand", by_words, "t.a"),
        ("penalty", penalty, "f"),
    ]
}

#[test]
fn every_kind_is_said_in_words_and_values() {
    let worlds = worlds();
    let names: Vec<_> = worlds.iter().map(|(what, ..)| *what).collect();
    assert_eq!(names, SAID.iter().map(|(what, _)| *what).collect::<Vec<_>>());
    let mut kinds = BTreeSet::new();
    for ((what, world, indicator), (_, expected)) in worlds.iter().zip(SAID) {
        let (found, result) = explained(world, indicator);
        let steps = Words::joined(found.steps.clone(), " | ", " | ");
        let formula = found.formula.clone().unwrap_or(both("", ""));
        let keys: Vec<_> = found.parameters.iter().map(|one| format!("{}={}", one.key, one.value)).collect();
        let said = [
            &found.rule.zh,
            &found.rule.en,
            &formula.zh,
            &formula.en,
            &steps.zh,
            &steps.en,
            &keys.join(", "),
        ];
        assert_eq!(said, *expected, "{what}");
        // Whatever is said ends in just the points.
        match (result.score, found.steps.last()) {
            (Some(score), Some(last)) => {
                let ending = format!(" = {score}");
                assert!(
                    last.zh.ends_with(&ending) && last.en.ends_with(&ending),
                    "{what}: {last:?} of {score}"
                );
            }
            (None, None) => {}
            (score, last) => panic!("{what}: {score:?} and {last:?}"),
        }
        kinds.insert(result.rule.clone());
    }
    let all: BTreeSet<_> = Rule::VARIANTS.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(kinds, all);
}

#[test]
fn what_waits_says_for_what() {
    for (what, zh, en) in [
        ("list open", "等待填报：“乙”", "waits for an answer: \"B\""),
        ("bands open", "等待人工评定", "a person has to judge"),
        ("list", "按规则得 4 分（权重 10）", "4 of 10 by the rule"),
    ] {
        let (_, world, indicator) = worlds().into_iter().find(|(name, ..)| *name == what).unwrap();
        assert_eq!(explained(&world, indicator).0.result, both(zh, en), "{what}");
    }
}
