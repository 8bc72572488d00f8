//! Every kind of rule that published forms have, written in a scheme and scored: the table of ARCHITECTURE.md. Figures are
//! the published ones where a source has any.

use jixiao_events::ledger::StatedMoney;
use jixiao_events::scheme::Answer;
use jixiao_events::scoring::{IndicatorStatus, Judgement};

use super::alone::reversed_of;
use super::money_findings::{of_project, stated_money};
use super::*;

/// A fund that is evaluated by a scheme with these nodes, which fill the total.
pub(crate) fn evaluated(total: &str, nodes: &str) -> World {
    let text = format!(
        r#"
scheme = "kinds"
name = {{ zh = "规则" }}
fiscal_year = 2019
basis = "assumed"
total = {total}
{nodes}
[[grade]]
grade = "excellent"
name = {{ zh = "优" }}
from = 90
[[grade]]
grade = "poor"
name = {{ zh = "差" }}
from = 0
"#
    );
    let scheme = match crate::scheme::parse(&text) {
        Ok(scheme) => Arc::new(scheme),
        Err(faults) => panic!("{faults:?}"),
    };
    let mut world = World::default();
    let load = Step::Command(ScoringCommand::LoadScheme { scheme, text, approved: None });
    let wanted = Wanted { scheme: Some("kinds".parse().unwrap()), ..Wanted::default() };
    let open = Step::Command(ScoringCommand::OpenEvaluation { of: fund_id().into(), wanted });
    world.steps(&[fund(), load, open]);
    world
}

/// A node of a weight, with the rest of its form.
pub(crate) fn node(path: &str, kind: &str, weight: &str, rest: &str) -> String {
    format!(
        "\n[[node]]\nnode = \"{path}\"\nkind = \"{kind}\"\nname = {{ zh = \"{path}\" }}\nweight = {weight}\n{rest}\n"
    )
}

/// An evaluation of one indicator, `i`.
pub(crate) fn one(weight: &str, rest: &str) -> World {
    evaluated(weight, &node("i", "indicator", weight, rest))
}

/// An evaluation of overall targets, below `t`.
pub(crate) fn targets(weight: &str, rest: &str) -> World {
    evaluated(weight, &node("t", "each_target", weight, &format!("level = \"overall\"\n{rest}")))
}

/// A target of the fund with this criterion, and what was reached.
pub(crate) fn reached(id: &str, weight: &str, criterion: Criterion, value: Measured) -> [Step; 2] {
    let target = target_ref(None, id);
    let definition = TargetDefinition { criterion, ..definition(TargetLevel::Overall, weight, "1", None) };
    let actual = Step::Targets(TargetEvent::ActualRecorded {
        target: target.clone(),
        value,
        unit: None,
        unit_match: UnitMatch::Same,
        on: "2019".parse().unwrap(),
        text: None,
        evidence: Vec::new(),
        source: None,
    });
    [set(target, definition), actual]
}

pub(crate) fn at_most(value: &str) -> Criterion {
    Criterion::AtMost { value: number(value) }
}

pub(crate) fn counted(value: &str) -> Measured {
    Measured::Number { value: number(value) }
}

pub(crate) fn judged(indicator: &str, judgement: Judgement) -> Step {
    Step::Command(ScoringCommand::JudgeIndicator {
        of: fund_id().into(),
        indicator: indicator.parse().unwrap(),
        judgement,
        reason: "现场核查".to_owned(),
        on: "2020-06-05".parse().unwrap(),
        evidence: Vec::new(),
    })
}

pub(crate) fn answered(indicator: &str, answers: &[(&str, Answer)]) -> Step {
    let answers = answers.iter().map(|(ask, answer)| ((*ask).to_owned(), answer.clone())).collect();
    judged(indicator, Judgement::Answers { answers })
}

pub(crate) fn answer(value: &str) -> Answer {
    match value {
        "yes" | "no" => Answer::YesNo { yes: value == "yes" },
        _ if value.contains('-') && !value.starts_with('-') => Answer::Date { date: value.parse().unwrap() },
        _ => Answer::Number { value: number(value) },
    }
}

#[track_caller]
pub(crate) fn scores(world: &World, indicator: &str, expected: &str) {
    let found = world.indicator(indicator).unwrap();
    assert_eq!(found.score, Some(number(expected)), "{found:?}");
}

#[track_caller]
fn awaits(world: &World, indicator: &str) {
    let found = world.indicator(indicator).unwrap();
    assert_eq!((found.status, found.score), (IndicatorStatus::AwaitsJudgement, None), "{found:?}");
}

/// One target of one criterion, scored by a node's form.
#[track_caller]
fn target_scores(weight: &str, form: &str, criterion: Criterion, value: Measured, expected: &str) {
    let mut world = targets(weight, form);
    world.steps(&reached("a", weight, criterion, value));
    scores(&world, "t.a", expected);
}

#[test]
fn lower_is_better_by_either_formula() {
    let by_ratio = "rule = { kind = \"pro_rata\", full_at = 100 }\nat_most = { kind = \"inverse_ratio\", full_at = 100 }";
    // 4: weight × target / actual: 10, actual 15, weight 10 -> 6.67; rounding is the scheme's.
    target_scores("10", by_ratio, at_most("10"), counted("15"), "6.666666666667");
    target_scores("10", by_ratio, at_most("10"), counted("10"), "10");
    // 5: full up to the target, then linear to 0 at twice the target: 5.00.
    let to_double = "rule = { kind = \"pro_rata\", full_at = 100 }\nat_most = { kind = \"curve\", between = \"linear\", anchors = [{ at = 100, share = 1 }, { at = 200, share = 0 }] }";
    target_scores("10", to_double, at_most("10"), counted("15"), "5");
    target_scores("10", to_double, at_most("10"), counted("20"), "0");
    target_scores("10", to_double, at_most("10"), counted("25"), "0");
    // Without a formula what is not met earns nothing.
    let plain = "rule = { kind = \"pro_rata\", full_at = 100 }";
    target_scores("10", plain, at_most("10"), counted("10.01"), "0");
    // 7: a zero target is met or not, whatever the formula divides by.
    target_scores("10", by_ratio, at_most("0"), counted("0"), "10");
    target_scores("10", by_ratio, at_most("0"), counted("1"), "0");
}

#[test]
fn equal_strictly_pro_rata_or_by_deviation() {
    let equal = |value: &str| Criterion::Equal { value: number(value) };
    let pro_rata = "rule = { kind = \"pro_rata\", full_at = 100 }";
    // 6: strict, and pro rata.
    target_scores("8", pro_rata, equal("10"), counted("9"), "0");
    let both = format!("{pro_rata}\nequal = {{ kind = \"pro_rata\", full_at = 100 }}");
    target_scores("8", &both, equal("10"), counted("9"), "7.2");
    target_scores("8", &both, equal("10"), counted("12"), "8");
    // 13: each 3 % off, on either side, loses 1 of 15.
    let deviation = format!(
        "{pro_rata}\nequal = {{ kind = \"deduct\", each = 1, per = 3, from = 100, side = \"either\", counted = \"whole\" }}"
    );
    target_scores("15", &deviation, equal("100"), counted("93"), "13");
    target_scores("15", &deviation, equal("100"), counted("107"), "13");
    target_scores("15", &deviation, equal("100"), counted("98"), "15");
    target_scores("15", &deviation, equal("100"), counted("200"), "0");
    // A range: 1 to 2; what passes it is compared with the end that it passed.
    let between = Criterion::Between { min: number("1"), max: number("2") };
    let range = format!(
        "{pro_rata}\nbetween = {{ kind = \"curve\", between = \"linear\", anchors = [{{ at = 0, share = 0 }}, {{ at = 100, share = 1 }}, {{ at = 200, share = 0 }}] }}"
    );
    target_scores("4", &range, between.clone(), counted("2"), "4");
    target_scores("4", &range, between.clone(), counted("0.5"), "2");
    target_scores("4", &range, between, counted("3"), "2");
}

#[test]
fn deadlines_by_days_months_and_share_of_the_planned_time() {
    let by = |date: &str| Criterion::ByDate { by: date.parse().unwrap() };
    let done = |date: &str| Measured::Date { done: date.parse().unwrap() };
    let pro_rata = "rule = { kind = \"pro_rata\", full_at = 100 }";
    // 20: on time full, late one less.
    let late =
        format!("{pro_rata}\nby_date = {{ kind = \"deduct\", each = 1, cap = 1, counted = \"begun\" }}");
    target_scores("2", &late, by("2019-12-31"), done("2019-12-03"), "2");
    target_scores("2", &late, by("2019-06-30"), done("2019-07-01"), "1");
    target_scores("2", &late, by("2019-06-30"), done("2019-12-31"), "1");
    // Each 4 % of the planned time late loses 1: planned are 181 days to the end of June, 8 days late are 4.4 %.
    let share = format!(
        "{pro_rata}\nlate_in = \"percent\"\nby_date = {{ kind = \"deduct\", each = 1, per = 4, counted = \"whole\" }}"
    );
    target_scores("10", &share, by("2019-06-30"), done("2019-07-07"), "10");
    target_scores("10", &share, by("2019-06-30"), done("2019-07-08"), "9");
    // 9: months of delay.
    let months = format!(
        "{pro_rata}\nlate_in = \"months\"\nby_date = {{ kind = \"bands\", bands = [{{ up_to = 1, points = 9 }}, {{ up_to = 3, points = 7 }}, {{ points = 0 }}] }}"
    );
    target_scores("10", &months, by("2019-06-30"), done("2019-07-31"), "9");
    target_scores("10", &months, by("2019-06-30"), done("2019-08"), "7");
    target_scores("10", &months, by("2019-06-15"), done("2019-06-16"), "9");
    target_scores("10", &months, by("2019-06-30"), done("2019-12"), "0");
}

#[test]
fn anchors_of_values_and_dates() {
    // 21: 90 / 80 / 78 / 75 / 70 earn 100 / 90 / 80 / 70 / 60 %, and between them the lower one or in proportion.
    let anchors = "anchors = [{ at = 70, share = 0.6 }, { at = 75, share = 0.7 }, { at = 78, share = 0.8 }, { at = 80, share = 0.9 }, { at = 90, share = 1 }]";
    let asks =
        "measure = \"answer\"\nasks = [{ ask = \"value\", name = { zh = \"值\" }, kind = \"number\" }]";
    let mut step =
        one("10", &format!("{asks}\nrule = {{ kind = \"curve\", between = \"step\", {anchors} }}"));
    let mut linear =
        one("10", &format!("{asks}\nrule = {{ kind = \"curve\", between = \"linear\", {anchors} }}"));
    for (value, by_step, in_proportion) in [
        ("90", "10", "10"),
        ("95", "10", "10"),
        ("85", "9", "9.5"),
        ("80", "9", "9"),
        ("77", "7", "7.666666666667"),
        ("70", "6", "6"),
        ("50", "6", "6"),
    ] {
        for (world, expected) in [(&mut step, by_step), (&mut linear, in_proportion)] {
            world.steps(&[answered("i", &[("value", answer(value))])]);
            scores(world, "i", expected);
        }
    }
    // Dates of the same form: 2013-12-31 … 2014-03-31.
    let dates = "measure = \"answer\"\nasks = [{ ask = \"done\", name = { zh = \"完成日期\" }, kind = \"date\" }]\nrule = { kind = \"curve\", between = \"step\", anchors = [{ at = 2013-12-31, share = 1 }, { at = 2014-01-31, share = 0.9 }, { at = 2014-02-28, share = 0.8 }, { at = 2014-03-31, share = 0 }] }";
    let mut world = one("5", dates);
    awaits(&world, "i");
    for (done, expected) in [("2013-12-31", "5"), ("2014-01", "4.5"), ("2014-02-01", "4"), ("2015-01", "0")] {
        world.steps(&[answered("i", &[("done", answer(done))])]);
        scores(&world, "i", expected);
    }
}

#[test]
fn bands_in_which_a_person_chooses() {
    // 10: a band allows an interval, a person picks inside; out of it is refused.
    let form = "measure = \"answer\"\nasks = [{ ask = \"months\", name = { zh = \"延迟月数\" }, kind = \"number\" }]\nrule = { kind = \"bands\", bands = [{ up_to = 0, points = 10 }, { up_to = 2, points = 9, at_least = 8 }, { points = 7, at_least = 0 }] }";
    let mut world = one("10", form);
    world.steps(&[answered("i", &[("months", answer("0"))])]);
    scores(&world, "i", "10");
    world.steps(&[answered("i", &[("months", answer("2"))])]);
    awaits(&world, "i");
    let (least, most) = (number("8"), number("9"));
    assert_eq!(
        world.step(&judge("i", "7.5")),
        Err(ScoringRefusal::ScoreOutOfRange { score: number("7.5"), least, most })
    );
    world.steps(&[judge("i", "8.5")]);
    scores(&world, "i", "8.5");
    // What was chosen in another band counts no longer.
    world.steps(&[answered("i", &[("months", answer("3"))])]);
    awaits(&world, "i");
}

#[test]
fn deductions_for_each_unit_beyond_a_value() {
    // 11: each percentage point over 100 % loses 0.5.
    let form = "measure = \"budget.execution_rate.adjusted\"\nrule = { kind = \"deduct\", each = 0.5, from = 100, counted = \"begun\" }";
    let mut world = one("5", form);
    world.steps(&[approved("1000"), paid("1000")]);
    scores(&world, "i", "5");
    world.steps(&[paid("15")]);
    scores(&world, "i", "4");
    // Below a value: each point below 90 % loses 0.1, in proportion, down to a floor of 1.
    let form = "measure = \"budget.execution_rate.adjusted\"\nrule = { kind = \"deduct\", each = 0.1, from = 90, side = \"below\", floor = 1 }";
    let mut world = one("5", form);
    world.steps(&[approved("1000"), paid("855")]);
    scores(&world, "i", "4.55");
    world.steps(&[reversed(EntryKind::Payment, "855")]);
    scores(&world, "i", "1");
    // 27: each place after the first loses 0.25; and a table of places.
    let place = "measure = \"answer\"\nasks = [{ ask = \"place\", name = { zh = \"名次\" }, kind = \"number\", at_least = 1 }]";
    let mut world = one("3", &format!("{place}\nrule = {{ kind = \"deduct\", each = 0.25, from = 1 }}"));
    world.steps(&[answered("i", &[("place", answer("4"))])]);
    scores(&world, "i", "2.25");
    let table = "rule = { kind = \"bands\", bands = [{ up_to = 1, points = 60 }, { up_to = 2, points = 57 }, { up_to = 3, points = 54 }, { up_to = 4, points = 51 }, { up_to = 5, points = 48 }, { points = 0 }] }";
    let mut world = one("60", &format!("{place}\n{table}"));
    world.steps(&[answered("i", &[("place", answer("3"))])]);
    scores(&world, "i", "54");
    assert!(matches!(
        world.step(&answered("i", &[("place", answer("0"))])),
        Err(ScoringRefusal::AnswerDoesNotFit { .. })
    ));
}

#[test]
fn checklists_with_equal_and_unequal_parts_and_gates() {
    let item = |id: &str, rest: &str| format!("{{ item = \"{id}\", name = {{ zh = \"{id}\" }}{rest} }}");
    let form =
        |items: &[String]| format!("rule = {{ kind = \"checklist\", items = [{}] }}", items.join(", "));
    let yes_no = |answers: &[(&str, &str)]| {
        let answers: Vec<_> = answers.iter().map(|(ask, value)| (*ask, answer(value))).collect();
        answered("i", &answers)
    };
    // 14: five of equal parts; unequal parts 1 + 0.5 + 0.5.
    let five: Vec<_> = ["a", "b", "c", "d", "e"].map(|id| item(id, "")).into();
    let mut world = one("5", &form(&five));
    world.steps(&[yes_no(&[("a", "yes"), ("b", "yes"), ("c", "no"), ("d", "yes")])]);
    awaits(&world, "i");
    world.steps(&[yes_no(&[("e", "yes")])]);
    scores(&world, "i", "4");
    let three = [item("a", ", points = 1"), item("b", ", points = 0.5"), item("c", ", points = 0.5")];
    let mut world = one("2", &form(&three));
    world.steps(&[yes_no(&[("a", "yes"), ("b", "no"), ("c", "yes")])]);
    scores(&world, "i", "1.5");
    // 15: without a target the whole indicator is 0; the others are 20 % each.
    let gated = [
        item("target", ", points = 4, gate = true"),
        item("relevant", ", points = 2"),
        item("normal", ", points = 2"),
        item("money", ", points = 2"),
    ];
    let mut world = one("10", &form(&gated));
    world.steps(&[yes_no(&[("target", "yes"), ("relevant", "yes"), ("normal", "no"), ("money", "yes")])]);
    scores(&world, "i", "8");
    world.steps(&[yes_no(&[("target", "no")])]);
    scores(&world, "i", "0");
    // 15: receipt below 100 % and harm done: 0, whatever the formula gives.
    let form = "measure = \"budget.receipt_rate\"\nasks = [{ ask = \"harm\", name = { zh = \"造成影响\" }, kind = \"yes_no\" }]\nrule = { kind = \"pro_rata\", full_at = 100 }\ngates = [{ when = [\"value < 100\", \"answer.harm = yes\"], at_most = 0 }]";
    let mut world = one("4", form);
    let received = |amount: &str| Step::Ledger(LedgerEvent::MoneyReceived(booking(amount)));
    world.steps(&[approved("1000"), received("900")]);
    awaits(&world, "i");
    world.steps(&[answered("i", &[("harm", answer("no"))])]);
    scores(&world, "i", "3.6");
    world.steps(&[answered("i", &[("harm", answer("yes"))])]);
    scores(&world, "i", "0");
    world.steps(&[received("100")]);
    scores(&world, "i", "4");
}

#[test]
fn cases_against_another_year_and_yes_or_no() {
    // 16: no surplus 3, not above last year's 2, above 0.
    let form = "measure = \"answer\"\nasks = [{ ask = \"surplus\", name = { zh = \"结转结余\" }, kind = \"number\", unit = \"万元\" }, { ask = \"last_year\", name = { zh = \"上年\" }, kind = \"number\", unit = \"万元\" }]\nrule = { kind = \"cases\", otherwise = 0, cases = [{ when = [\"value = 0\"], points = 3 }, { when = [\"value <= answer.last_year\"], points = 2 }] }";
    let mut world = one("3", form);
    world.steps(&[answered("i", &[("surplus", answer("0"))])]);
    scores(&world, "i", "3");
    world.steps(&[answered("i", &[("surplus", answer("8"))])]);
    awaits(&world, "i");
    world.steps(&[answered("i", &[("last_year", answer("8"))])]);
    scores(&world, "i", "2");
    world.steps(&[answered("i", &[("surplus", answer("8.5"))])]);
    scores(&world, "i", "0");
    // 19: breaches, expected no: 13 or nothing.
    let form = "measure = \"answer\"\nasks = [{ ask = \"breach\", name = { zh = \"是否存在违规行为\" }, kind = \"yes_no\" }]\nrule = { kind = \"all_or_nothing\", at_most = 0 }";
    let mut world = one("13", form);
    world.steps(&[answered("i", &[("breach", answer("no"))])]);
    scores(&world, "i", "13");
    world.steps(&[answered("i", &[("breach", answer("yes"))])]);
    scores(&world, "i", "0");
}

#[test]
fn levels_coefficients_and_surveys() {
    let level = |level: &str, points: Option<&str>| {
        judged("i", Judgement::Level { level: level.to_owned(), points: points.map(number) })
    };
    // 17: three levels of 100–80, 80–60 and 60–0 % of the points.
    let form = "rule = { kind = \"levels\", levels = [{ level = \"达成\", name = { zh = \"达成预期指标\" }, to = 1, from = 0.8 }, { level = \"部分\", name = { zh = \"部分达成\" }, to = 0.8, from = 0.6 }, { level = \"未达\", name = { zh = \"未达成\" }, to = 0.6, from = 0 }] }";
    let mut world = one("10", form);
    awaits(&world, "i");
    assert!(matches!(world.step(&judge("i", "9")), Err(ScoringRefusal::LevelMissing { .. })));
    assert!(matches!(world.step(&level("好", Some("9"))), Err(ScoringRefusal::LevelNotFound { .. })));
    assert!(matches!(world.step(&level("部分", None)), Err(ScoringRefusal::PointsMissing { .. })));
    let (score, least, most) = (number("8.5"), number("6"), number("8"));
    assert_eq!(
        world.step(&level("部分", Some("8.5"))),
        Err(ScoringRefusal::ScoreOutOfRange { score, least, most })
    );
    world.steps(&[level("部分", Some("7"))]);
    scores(&world, "i", "7");
    // Points alone are given within the level.
    world.steps(&[judge("i", "6.5")]);
    scores(&world, "i", "6.5");
    world.steps(&[level("达成", Some("10"))]);
    scores(&world, "i", "10");
    world.steps(&[judged("i", Judgement::Withdrawn {})]);
    awaits(&world, "i");
    // A target in words by the level that its unit reports; 35: a rating is a level with points of its own.
    let ratings = "rule = { kind = \"pro_rata\", full_at = 100 }\nqualitative = { kind = \"levels\", levels = [{ level = \"显著高于\", name = { zh = \"显著高于目标\" }, to = 1 }, { level = \"达到\", name = { zh = \"达到目标\" }, to = 0.8 }, { level = \"低于\", name = { zh = \"低于目标\" }, to = 0.4 }] }";
    let expected = || Criterion::Qualitative { expected: "达到".to_owned() };
    let rated = |level: &str| Measured::Level { level: level.to_owned() };
    target_scores("5", ratings, expected(), rated("达到"), "4");
    target_scores("5", ratings, expected(), rated("显著高于目标"), "5");
    // 18: the weight times a coefficient that a person gives.
    let form = "rule = { kind = \"manual\", self_score_stands = false, coefficient = true }";
    let mut world = one("8", form);
    assert!(matches!(world.step(&judge("i", "4")), Err(ScoringRefusal::NotJudgedSo { .. })));
    let coefficient = |value: &str| judged("i", Judgement::Coefficient { coefficient: number(value) });
    assert!(matches!(world.step(&coefficient("1.1")), Err(ScoringRefusal::ScoreOutOfRange { .. })));
    world.steps(&[coefficient("0.85")]);
    scores(&world, "i", "6.8");
    // 32: the share of the satisfied; a threshold of 70 %, and in proportion.
    let survey = "measure = \"answer\"\nasks = [{ ask = \"survey\", name = { zh = \"满意度\" }, kind = \"survey\", choices = [{ choice = \"very\", name = { zh = \"很满意\" }, share = 1 }, { choice = \"quite\", name = { zh = \"基本满意\" }, share = 0.5 }, { choice = \"not\", name = { zh = \"不满意\" }, share = 0 }] }]";
    let counts = |very: u64, quite: u64, not: u64| {
        let counts = [("very", very), ("quite", quite), ("not", not)];
        let counts = counts.into_iter().map(|(choice, count)| (choice.to_owned(), count)).collect();
        answered("i", &[("survey", Answer::Survey { counts })])
    };
    let mut threshold =
        one("10", &format!("{survey}\nrule = {{ kind = \"all_or_nothing\", at_least = 70 }}"));
    let mut linear = one("10", &format!("{survey}\nrule = {{ kind = \"pro_rata\", full_at = 90 }}"));
    for world in [&mut threshold, &mut linear] {
        world.steps(&[counts(50, 30, 20)]);
    }
    scores(&threshold, "i", "0");
    scores(&linear, "i", "7.222222222222");
    threshold.steps(&[counts(60, 20, 20)]);
    scores(&threshold, "i", "10");
    // Nobody answered: there is no share.
    threshold.steps(&[counts(0, 0, 0)]);
    awaits(&threshold, "i");
}

#[test]
fn checkpoints_within_the_year() {
    // 22: by July 40 % earn 7, by November 80.21 % earn 8; what comes later changes nothing.
    let checkpoint = |path: &str, weight: &str, month: u32, bound: &str| {
        node(
            path,
            "indicator",
            weight,
            &format!(
                "measure = \"budget.execution_rate.adjusted\"\nmonth = {month}\nrule = {{ kind = \"all_or_nothing\", at_least = {bound} }}"
            ),
        )
    };
    let nodes = checkpoint("july", "7", 7, "40") + &checkpoint("november", "8", 11, "80.21");
    let mut world = evaluated("15", &nodes);
    world.step_on(&approved("1000"), "2019-01-15");
    world.step_on(&paid("399"), "2019-07-31");
    scores(&world, "july", "0");
    world.step_on(&paid("1"), "2019-07");
    scores(&world, "july", "7");
    world.step_on(&paid("402"), "2019-08-01");
    scores(&world, "july", "7");
    scores(&world, "november", "0");
    world.step_on(&paid("0.1"), "2019-11-30");
    scores(&world, "november", "8");
    let july = world.indicator("july").unwrap();
    assert_eq!(july.measured, Some(number("40")));
    assert_eq!(july.input("budget.expenditure@2019-07").unwrap().value.as_deref(), Some("4000000.00"));
}

#[test]
fn money_rates_and_counts_of_the_framework() {
    let rate =
        |measure: &str| format!("measure = \"{measure}\"\nrule = {{ kind = \"pro_rata\", full_at = 100 }}");
    // 8: 10 × 86.18 % is 8.618; the saving rate, and how often the budget was adjusted: target 0.
    let mut world = one("10", &rate("budget.execution_rate.adjusted"));
    world.steps(&[approved("100"), paid("86.18")]);
    scores(&world, "i", "8.618");
    let mut world = one("10", &rate("budget.saving_rate"));
    world.steps(&[approved("100"), paid("86.18")]);
    scores(&world, "i", "1.382");
    let form = "measure = \"budget.adjustments\"\nrule = { kind = \"all_or_nothing\", at_most = 0 }";
    let mut world = one("2", form);
    world.steps(&[approved("100")]);
    scores(&world, "i", "2");
    world.steps(&[adjusted(Direction::Increase, "5")]);
    scores(&world, "i", "0");
    world.steps(&[reversed(EntryKind::Increase, "5")]);
    scores(&world, "i", "2");
}

#[test]
fn what_a_person_may_do_to_computed_points() {
    // 30: a deduction after the computed score, at least 0.
    let form = |by_hand: &str| {
        format!(
            "measure = \"budget.execution_rate.adjusted\"\nrule = {{ kind = \"pro_rata\", full_at = 100 }}\nby_hand = \"{by_hand}\""
        )
    };
    let mut world = one("10", &form("deduct"));
    world.steps(&[approved("100"), paid("50")]);
    let off = |points: &str| judged("i", Judgement::Deduction { points: number(points) });
    world.steps(&[off("1.5")]);
    scores(&world, "i", "3.5");
    world.steps(&[off("9")]);
    scores(&world, "i", "0");
    assert!(matches!(world.step(&judge("i", "5")), Err(ScoringRefusal::IndicatorComputed { .. })));
    let mut world = one("10", &form("replace"));
    world.steps(&[approved("100"), paid("50"), judge("i", "4")]);
    scores(&world, "i", "4");
    let found = world.indicator("i").unwrap();
    assert_eq!(found.input("computed").unwrap().value.as_deref(), Some("5"));
    // Evidence, where the scheme asks for it.
    let mut world = one("10", "rule = { kind = \"manual\", self_score_stands = false }\nevidence = true");
    assert!(matches!(world.step(&judge("i", "5")), Err(ScoringRefusal::EvidenceMissing { .. })));
}

#[test]
fn aggregates_over_projects() {
    // 31: values add up first; percentages are weighed by the money of their projects.
    let form = "measure = \"targets.over_projects\"\ntargets = \"指标\"\nrule = { kind = \"pro_rata\", full_at = 100 }";
    let of = |project: &str, id: &str, wanted: &str, got: &str, unit: &str| {
        let target = target_ref(Some(project), id);
        let definition = definition(TargetLevel::Detail, "1", wanted, Some(unit));
        [set(target.clone(), definition), actual(target, got, Some(unit), UnitMatch::Same)]
    };
    let allocated = |project: &str, amount: &str| {
        let scope = Scope::Project { project: project.parse().unwrap() };
        Step::Ledger(LedgerEvent::BudgetAllocated(Booking { scope, ..booking(amount) }))
    };
    let mut world = one("10", form);
    world.steps(&of("p", "a", "100", "120", "人"));
    scores(&world, "i", "10");
    world.steps(&of("q", "b", "300", "180", "人"));
    // 300 of 400, not the mean of 120 % and 60 %.
    scores(&world, "i", "7.5");
    let mut world = one("10", form);
    world.steps(&of("p", "a", "100", "100", "%"));
    world.steps(&of("q", "b", "100", "50", "%"));
    assert_eq!(world.indicator("i").unwrap().status, IndicatorStatus::NoValue);
    world.steps(&[allocated("p", "300"), allocated("q", "100")]);
    scores(&world, "i", "8.75");
    // What is allocated and taken back was never allocated: what a report states counts, as it did before.
    world.steps(&[reversed_of("q", EntryKind::Allocation, "100")]);
    let found = world.indicator("i").unwrap();
    assert_eq!((found.status, found.score), (IndicatorStatus::NoValue, None));
    assert_eq!(found.input("budget.allocated q").unwrap().value, None);
    world.steps(&[stated_money(of_project("q"), StatedMoney::Arranged, "300")]);
    scores(&world, "i", "7.5");
    world.steps(&[allocated("q", "100")]);
    scores(&world, "i", "8.75");
    // A target that left its name, or its fund, counts no longer.
    world.steps(&[withdrawn(target_ref(Some("q"), "b"))]);
    scores(&world, "i", "10");
}
