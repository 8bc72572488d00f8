//! A row for every kind of fault: what is put in the place of something in a good file, and where it is told.

use std::collections::BTreeSet;

use strum::VariantNames;

use super::tests::SMALL;
use super::*;

/// A good file with something of every rule and modifier; line 1 is `scheme`.
const WIDE: &str = r#"scheme = "wide"
name = { zh = "全" }
fiscal_year = 2019
basis = "assumed"
total = 60
[[node]]
node = "curve"
kind = "indicator"
name = { zh = "插值" }
weight = 10
measure = "budget.execution_rate.adjusted"
month = 7
rule = { kind = "curve", between = "linear", anchors = [{ at = 0, share = 0 }, { at = 90, share = 1 }] }
gates = [{ when = ["budget.adjustments > 3"], at_most = 5 }]
[[node]]
node = "deduct"
kind = "indicator"
name = { zh = "扣分" }
weight = 10
measure = "answer"
asks = [{ ask = "days", name = { zh = "天数" }, kind = "number", at_least = 0, at_most = 365 }]
rule = { kind = "deduct", each = 1, per = 2, from = 0, side = "above", counted = "begun", cap = 8, floor = 1 }
[[node]]
node = "levels"
kind = "indicator"
name = { zh = "等次" }
weight = 10
rule = { kind = "levels", levels = [{ level = "a", name = { zh = "优" }, to = 1, from = 0.8 }, { level = "b", name = { zh = "良" }, to = 0.8 }] }
[[node]]
node = "list"
kind = "indicator"
name = { zh = "清单" }
weight = 10
rule = { kind = "checklist", items = [{ item = "x", name = { zh = "甲" }, points = 4 }, { item = "y", name = { zh = "乙" }, points = 6 }] }
[[node]]
node = "case"
kind = "indicator"
name = { zh = "情形" }
weight = 10
asks = [{ ask = "met", name = { zh = "达标" }, kind = "yes_no" }, { ask = "heard", name = { zh = "满意" }, kind = "survey", choices = [{ choice = "yes", name = { zh = "是" }, share = 1 }, { choice = "no", name = { zh = "否" }, share = 0 }] }]
rule = { kind = "cases", cases = [{ when = ["answer.met = yes"], points = 10 }], otherwise = 0 }
[[node]]
node = "best"
kind = "group"
name = { zh = "择优" }
weight = 10
best_of = true
[[node]]
node = "best.one"
kind = "indicator"
name = { zh = "其一" }
weight = 10
measure = "budget.adjustment_rate.gross"
rule = { kind = "inverse_ratio", full_at = 20 }
[[node]]
node = "extra"
kind = "group"
name = { zh = "加分" }
weight = 4
outside = "bonus"
equal_parts = 1
[[node]]
node = "extra.one"
kind = "indicator"
name = { zh = "加分项" }
rule = { kind = "manual", self_score_stands = false, coefficient = true }
[[node]]
node = "fine"
kind = "each_target"
name = { zh = "扣罚" }
weight = 3
outside = "penalty"
level = "detail"
rule = { kind = "pro_rata", full_at = 100 }
qualitative = { kind = "levels", levels = [{ level = "z", name = { zh = "好" }, to = 1 }] }
[[grade]]
grade = "good"
name = { zh = "良" }
from = 50
[[grade]]
grade = "poor"
name = { zh = "差" }
from = 0
[[override]]
name = { zh = "否决" }
when = ["answer.case.met = no"]
grade = "poor"
"#;

/// The faults of the file with `new` for `old`: line and kind.
fn faults_with(old: &str, new: &str) -> Vec<(usize, FaultKind)> {
    assert_eq!(WIDE.matches(old).count(), 1, "{old}");
    let faults = parse(&WIDE.replacen(old, new, 1)).err().unwrap_or_default();
    faults.iter().map(|fault| (fault.line, fault.kind)).collect()
}

#[test]
fn the_wide_file_is_good() {
    parse(WIDE).unwrap_or_else(|faults| panic!("{faults:#?}"));
}

#[test]
fn faults_of_each_rule() {
    use FaultKind::{
        AnchorsNotAscending, BadNumber, DuplicateAsk, FactorOutOfRange, ItemsNotFilled, LevelsNotDescending,
        ManualWithMeasure, MissingKey, NoAnchors, NoCases, NoItems, NoLevels, PointsOutOfRange,
        RuleNotForTargets, UnknownKey, UnknownWord, WrongType,
    };
    let rows = [
        // curve
        ("between = \"linear\", ", "", 13, MissingKey),
        ("between = \"linear\"", "between = \"spline\"", 13, UnknownWord),
        ("[{ at = 0, share = 0 }, { at = 90, share = 1 }]", "[]", 13, NoAnchors),
        ("at = 90", "at = 0", 13, AnchorsNotAscending),
        ("at = 90", "at = 2019-12-31", 13, AnchorsNotAscending),
        ("at = 90", "at = \"2019-13\"", 13, BadNumber),
        ("at = 90, share = 1 }", "at = 90, share = 1.1 }", 13, FactorOutOfRange),
        ("at = 90, share = 1 }", "at = 90, share = 1, points = 1 }", 13, UnknownKey),
        // deduct
        ("each = 1,", "each = 0,", 22, PointsOutOfRange),
        ("each = 1, ", "", 22, MissingKey),
        ("per = 2", "per = 0", 22, PointsOutOfRange),
        ("from = 0, side", "from = true, side", 22, WrongType),
        ("side = \"above\"", "side = \"left\"", 22, UnknownWord),
        ("counted = \"begun\"", "counted = \"half\"", 22, UnknownWord),
        ("cap = 8", "cap = 0", 22, PointsOutOfRange),
        ("cap = 8", "cap = 11", 22, PointsOutOfRange),
        ("floor = 1", "floor = -1", 22, PointsOutOfRange),
        // levels
        ("to = 1, from = 0.8 }", "to = 1, from = 1 }", 28, LevelsNotDescending),
        ("to = 1, from = 0.8 }", "to = 0.7 }", 28, LevelsNotDescending),
        ("to = 1, from = 0.8 }", "to = 2 }", 28, FactorOutOfRange),
        ("level = \"b\"", "level = \"a\"", 28, DuplicateAsk),
        ("[{ level = \"z\", name = { zh = \"好\" }, to = 1 }]", "[]", 75, NoLevels),
        // checklist
        (
            "{ item = \"x\", name = { zh = \"甲\" }, points = 4 }, { item = \"y\", name = { zh = \"乙\" }, points = 6 }",
            "",
            34,
            NoItems,
        ),
        ("points = 6", "points = 5", 34, ItemsNotFilled),
        (", points = 6", "", 34, ItemsNotFilled),
        ("item = \"y\"", "item = \"x\"", 34, DuplicateAsk),
        ("points = 4", "gate = 1", 34, WrongType),
        // cases
        ("[{ when = [\"answer.met = yes\"], points = 10 }]", "[]", 41, NoCases),
        (", otherwise = 0", "", 41, MissingKey),
        ("otherwise = 0", "otherwise = 11", 41, PointsOutOfRange),
        ("points = 10 }", "points = 10.5 }", 41, PointsOutOfRange),
        // inverse ratio, manual
        ("full_at = 20", "full_at = 0", 54, PointsOutOfRange),
        ("full_at = 100", "full_at = 0", 74, BadNumber),
        ("coefficient = true", "coefficient = 1", 66, WrongType),
        (
            "rule = { kind = \"manual\"",
            "measure = \"answer\"\nasks = [{ ask = \"q\", name = { zh = \"问\" }, kind = \"date\" }]\nrule = { kind = \"manual\"",
            66,
            ManualWithMeasure,
        ),
        // of targets
        (
            "rule = { kind = \"pro_rata\", full_at = 100 }",
            "rule = { kind = \"cases\", otherwise = 0, cases = [{ when = [\"value > 1\"], points = 1 }] }",
            74,
            RuleNotForTargets,
        ),
        (
            "qualitative = {",
            "qualitative = { kind = \"pro_rata\", full_at = 100 }\nat_most = {",
            75,
            RuleNotForTargets,
        ),
    ];
    let wrong: Vec<_> = rows
        .into_iter()
        .map(|(old, new, line, kind)| (new, (line, kind), faults_with(old, new)))
        .filter(|(_, told, found)| !found.contains(told))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn faults_of_what_stands_around_rules() {
    use FaultKind::{
        BadCondition, BadNumber, BadText, BestOf, DuplicateAsk, GroupNotFilled, LevelTwice, MissingKey,
        MonthNotForMeasure, OutsideCombined, OutsideNotAtTop, PointsOutOfRange, Threshold, UnknownKey,
        UnknownWord, WeightNotPositive, WeightOfPart, WrongType,
    };
    let mut wrong = Vec::new();
    let mut check = |old: &str, new: &str, expected: &[(usize, FaultKind)]| {
        let found = faults_with(old, new);
        if found != expected {
            wrong.push((new.to_owned(), found));
        }
    };
    // Months, answers, conditions, gates.
    check("month = 7", "month = 13", &[(12, BadNumber)]);
    check(
        "budget.execution_rate.adjusted\"\nmonth",
        "filings.acceptance.not_filed\"\nmonth",
        &[(12, MonthNotForMeasure)],
    );
    check("at_least = 0, at_most = 365", "at_least = 9, at_most = 8", &[(21, Threshold)]);
    check(
        "asks = [{ ask = \"days\", name = { zh = \"天数\" }, kind = \"number\", at_least = 0, at_most = 365 }]\n",
        "",
        &[(15, MissingKey)],
    );
    check("ask = \"heard\"", "ask = \"met\"", &[(40, DuplicateAsk)]);
    check("choice = \"no\"", "choice = \"yes\"", &[(40, DuplicateAsk)]);
    check(", { choice = \"no\", name = { zh = \"否\" }, share = 0 }", "", &[(40, BadText)]);
    check("kind = \"yes_no\"", "kind = \"maybe\"", &[(40, UnknownWord)]);
    check("when = [\"budget.adjustments > 3\"]", "when = []", &[(14, BadCondition)]);
    check("budget.adjustments > 3", "budget.adjustments", &[(14, BadCondition)]);
    check("budget.adjustments > 3", "answer.other = yes", &[(6, BadCondition)]);
    check("budget.adjustments > 3", "total > 3", &[(6, BadCondition)]);
    check("budget.adjustments > 3", "targets.over_projects > 3", &[(6, BadCondition)]);
    check("answer.met = yes", "value > 1", &[(35, BadCondition)]);
    check("at_most = 5 }]", "at_most = -5 }]", &[(14, PointsOutOfRange)]);
    check("month = 7", "month = 7\ntargets = \"共同\"", &[(13, UnknownKey)]);
    check("month = 7", "month = 7\nby_hand = \"more\"", &[(13, UnknownWord)]);
    check("month = 7", "month = 7\nevidence = \"yes\"", &[(13, WrongType)]);
    check("month = 7", "month = 7\noptional = 1", &[(13, WrongType)]);
    check("best_of = true", "best_of = true\noptional = true", &[(48, UnknownKey)]);
    // Groups.
    check("weight = 10\nbest_of", "weight = 10\nredistribute = true\nbest_of", &[(42, BestOf)]);
    check("weight = 10\nbest_of", "weight = 10\nout_of = 10\nbest_of", &[(42, BestOf)]);
    check("best_of = true", "out_of = 20", &[(46, GroupNotFilled)]);
    check("best_of = true", "out_of = 0", &[(46, GroupNotFilled), (47, WeightNotPositive)]);
    check(
        "weight = 10\nmeasure = \"budget.adjustment_rate.gross\"",
        "weight = 9\nmeasure = \"budget.adjustment_rate.gross\"",
        &[(52, BestOf)],
    );
    check("name = { zh = \"加分项\" }", "name = { zh = \"加分项\" }\nweight = 4", &[(62, WeightOfPart)]);
    check("equal_parts = 1", "equal_parts = 13", &[(61, BadNumber), (62, MissingKey)]);
    // Outside of the total nothing is brought into proportion, and nothing chosen.
    for key in ["out_of = 8", "redistribute = true", "best_of = true"] {
        check("weight = 4\n", &format!("weight = 4\n{key}\n"), &[(60, OutsideCombined)]);
    }
    check("weight = 3\n", "weight = 3\nredistribute = true\n", &[(72, OutsideCombined)]);
    check("weight = 3\n", "weight = 3\nout_of = 6\n", &[(72, OutsideCombined)]);
    check("weight = 4\n", "weight = 4\nredistribute = false\n", &[]);
    check("outside = \"bonus\"", "outside = \"gift\"", &[(5, FaultKind::TotalNotFilled), (60, UnknownWord)]);
    check(
        "name = { zh = \"其一\" }",
        "name = { zh = \"其一\" }\noutside = \"bonus\"",
        &[(52, OutsideNotAtTop)],
    );
    let twice = "[[node]]\nnode = \"more\"\nkind = \"each_target\"\nname = { zh = \"又\" }\nweight = 1\noutside = \"bonus\"\nlevel = \"detail\"\nrule = { kind = \"all_or_nothing\" }\n[[grade]]\ngrade = \"good\"";
    check("[[grade]]\ngrade = \"good\"", twice, &[(76, LevelTwice)]);
    // Overrides.
    check("answer.case.met = no", "answer.case.other = no", &[(84, BadCondition)]);
    check("answer.case.met = no", "answer.met = no", &[(84, BadCondition)]);
    check("answer.case.met = no", "answer.case.heard > 1", &[(84, BadCondition)]);
    check("answer.case.met = no", "value > 1", &[(84, BadCondition)]);
    check("name = { zh = \"否决\" }\n", "", &[(84, MissingKey)]);
    let other = "when = [\"answer.case.met = no\"]\ngrade = \"worst\"";
    check("when = [\"answer.case.met = no\"]\ngrade = \"poor\"", other, &[(87, UnknownWord)]);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_to_do_is_said_with_the_fault() {
    let faults = parse(&WIDE.replacen("weight = 4\n", "weight = 4\nout_of = 8\n", 1)).unwrap_err();
    assert_eq!(
        faults[0].to_string(),
        "line 60, column 10: points outside of the total are added or taken off as they are: leave `out_of` out, or put it on a group below"
    );
}

#[test]
fn too_many_or_none() {
    use FaultKind::{NoGrades, NoNodes, TooManyNodes, TooManyQuantities};
    let kinds = |text: &str| -> BTreeSet<&str> {
        parse(text).err().unwrap_or_default().iter().map(|fault| fault.kind.into()).collect()
    };
    let has = |text: &str, kind: FaultKind| assert!(kinds(text).contains(<&str>::from(kind)), "{kind:?}");
    let (head, nodes) = SMALL.split_once("[[node]]").unwrap();
    let (nodes, _) = nodes.split_once("[[grade]]").unwrap();
    has(head, NoNodes);
    has(&format!("{head}[[node]]{nodes}"), NoGrades);
    has(&format!("{SMALL}{}", "[[node]]\n".repeat(501)), TooManyNodes);
    has(&format!("{SMALL}{}", "[[quantities]]\nname = \"x\"\n".repeat(2_000)), TooManyQuantities);
}

/// A kind of fault that no test of this folder names is one that nobody has seen.
#[test]
fn every_kind_of_fault_has_a_row() {
    let (_, of_monitoring) = include_str!("monitoring.rs").split_once("mod tests {").unwrap();
    // What is imported is not yet in a row.
    let rows = |text: &str| -> String {
        let (first, rest) = text.split_once("use FaultKind::{").unwrap_or((text, ""));
        let rest = rest.split("use FaultKind::{").filter_map(|part| Some(part.split_once("};")?.1));
        std::iter::once(first).chain(rest).collect()
    };
    let tests = [include_str!("tests.rs"), include_str!("fault_tests.rs"), of_monitoring].map(rows);
    let is_named = |kind: &&&str| {
        let word = |word: &str| format!("{}{}", &word[..1], word[1..].to_lowercase());
        let name: String = kind.split('_').map(word).collect();
        let is_whole = |text: &str, at: usize| !text[at + name.len()..].starts_with(char::is_alphanumeric);
        tests.iter().any(|text| text.match_indices(&name).any(|(at, _)| is_whole(text, at)))
    };
    let missing: Vec<_> = FaultKind::VARIANTS.iter().filter(|kind| !is_named(kind)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
