//! The example schemes as they are, and every fault with its line.

use jixiao_events::Number;
use jixiao_events::scheme::{Basis, NodeBody, Rule};

use super::*;

pub(super) const SMART_CITY: &str = include_str!("../../../../examples/wuxi-2019/scheme-smart-city.toml");
pub(super) const E_GOVERNMENT: &str = include_str!("../../../../examples/wuxi-2019/scheme-e-government.toml");

/// A good file of few lines; line 1 is `scheme`.
pub(super) const SMALL: &str = r#"scheme = "small"
name = { zh = "小" }
fiscal_year = 2019
basis = "assumed"
total = 10
[[node]]
node = "a"
kind = "group"
name = { zh = "甲" }
weight = 10
[[node]]
node = "a.b"
kind = "indicator"
name = { zh = "乙" }
weight = 4
measure = "budget.execution_rate.adjusted"
rule = { kind = "bands", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ] }
[[node]]
node = "a.c"
kind = "each_target"
level = "detail"
name = { zh = "丙" }
weight = 6
rule = { kind = "steps", steps = [ { from = 90, factor = 0.8 }, { from = 60, factor = 0.5 } ] }
[[grade]]
grade = "good"
name = { zh = "良" }
from = 8
[[grade]]
grade = "poor"
name = { zh = "差" }
from = 0
"#;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

/// Puts `new` for `old` in the small file and expects just these faults: line and kind.
#[track_caller]
fn check(old: &str, new: &str, expected: &[(usize, FaultKind)]) {
    assert!(SMALL.contains(old), "{old}");
    let faults = parse(&SMALL.replacen(old, new, 1)).err().unwrap_or_default();
    let found: Vec<_> = faults.iter().map(|fault| (fault.line, fault.kind)).collect();
    assert_eq!(found, expected, "{new}: {faults:#?}");
}

#[test]
fn the_example_schemes_hold() {
    for (text, id, overall, detail) in [
        (SMART_CITY, "wuxi-2019-smart-city", "7", "43"),
        (E_GOVERNMENT, "wuxi-2019-e-government", "10", "40"),
    ] {
        let scheme = parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
        assert_eq!(scheme.scheme.as_str(), id);
        let weight = |node: &str| {
            scheme.nodes.iter().find(|other| other.node.as_str() == node).map(|node| node.weight.value)
        };
        for (node, points) in [
            ("management", "40"),
            ("management.funds_use", "13"),
            ("management.operation", "19"),
            ("management.operation.tracking", "10"),
            ("management.target_setting", "8"),
            ("targets", "60"),
            ("targets.overall", overall),
            ("targets.detail", detail),
        ] {
            assert_eq!(weight(node), Some(number(points)), "{id} {node}");
        }
        assert_eq!(scheme.nodes.len(), 15);
        let stored = serde_json::to_string(&scheme).unwrap();
        assert_eq!(serde_json::from_str::<Scheme>(&stored).unwrap(), scheme);
        assert_eq!(scheme.decimals, None);
        // Whatever is not published says so.
        let rates = scheme.nodes.iter().filter(|node| node.node.as_str().ends_with("_rate"));
        for node in rates {
            let NodeBody::Indicator { measure: Some(measure), rule: Rule::Bands { bands }, .. } = &node.body
            else {
                panic!("{node:?}");
            };
            assert_eq!(measure.basis, Basis::Inferred);
            assert!(
                bands.iter().all(|band| band.points.basis == Basis::Assumed && band.points.source.is_some())
            );
        }
    }
}

#[test]
fn days_in_effect_are_whole_and_in_order() {
    let dated = |lines: &str| format!("total = 10\n{lines}");
    for (lines, expected) in [
        ("effective_from = 2019-01-01\neffective_to = 2019-12-31", &[][..]),
        ("effective_from = \"2019-01-01\"", &[]),
        ("effective_to = 2019-01-01\neffective_from = 2019-01-01", &[]),
        ("effective_from = 2019-03-02\neffective_to = 2019-03-01", &[(7, FaultKind::DatesCrossed)]),
        ("effective_from = \"2019\"", &[(6, FaultKind::BadDate)]),
        ("effective_from = \"2019-02-30\"", &[(6, FaultKind::BadDate)]),
        ("effective_to = 2019-01-01T00:00:00", &[(6, FaultKind::BadDate)]),
        ("effective_to = 1900-01-01", &[(6, FaultKind::BadDate)]),
        ("effective_to = 2019", &[(6, FaultKind::WrongType)]),
    ] {
        check("total = 10", &dated(lines), expected);
    }
    let lines = dated("effective_from = 2019-01-01\neffective_to = \"2019-12-31\"");
    let scheme = parse(&SMALL.replacen("total = 10", &lines, 1)).unwrap();
    assert_eq!(scheme.effective_from, Some("2019-01-01".parse().unwrap()));
    assert_eq!(scheme.effective_to, Some("2019-12-31".parse().unwrap()));
}

#[test]
fn what_contradicts_an_evaluation_is_optional_and_checked() {
    let bound = |value: &str| format!("total = 10\nexecution_bound = {value}");
    check("total = 10", &bound("101"), &[(6, FaultKind::BadNumber)]);
    check("total = 10", &bound("\"high\""), &[(6, FaultKind::WrongType)]);
    check("weight = 4", "weight = 4\nnone_found = [\"filing_lost\"]", &[(16, FaultKind::UnknownWord)]);
    check("weight = 4", "weight = 4\nnone_found = []", &[(16, FaultKind::BadText)]);
    let text = SMALL
        .replace("total = 10", &bound("80"))
        .replace("weight = 4", "weight = 4\nnone_found = [\"filing_missing\"]");
    let scheme = parse(&text).unwrap();
    assert_eq!(scheme.execution_bound.map(|bound| bound.value), Some(number("80")));
    let NodeBody::Indicator { none_found: Some(checks), .. } = &scheme.nodes[1].body else {
        panic!("{:?}", scheme.nodes[1]);
    };
    assert_eq!(
        (checks.value.as_slice(), checks.basis),
        (["filing_missing".to_owned()].as_slice(), Basis::Assumed)
    );
}

#[test]
fn a_plain_value_rests_on_the_nearest_table() {
    let text = SMALL
        .replace("basis = \"assumed\"", "basis = \"stated\"\nsource = \"page 1\"")
        .replace("rule = { kind = \"bands\",", "rule = { kind = \"bands\", basis = \"assumed\",")
        .replace("weight = 6", "weight = { value = 6, source = \"page 2\" }")
        .replace("from = 8", "from = { value = 8, basis = \"inferred\" }");
    let scheme = parse(&text).unwrap();
    let rests =
        |parameter: &jixiao_events::scheme::Parameter<Number>| (parameter.basis, parameter.source.clone());
    assert_eq!(rests(&scheme.total), (Basis::Stated, Some("page 1".to_owned())));
    assert_eq!(rests(&scheme.nodes[2].weight), (Basis::Stated, Some("page 2".to_owned())));
    assert_eq!(rests(&scheme.grades[0].from), (Basis::Inferred, None));
    let NodeBody::Indicator { rule: Rule::Bands { bands }, .. } = &scheme.nodes[1].body else {
        panic!("{:?}", scheme.nodes[1]);
    };
    assert_eq!(rests(&bands[0].points), (Basis::Assumed, None));
}

#[test]
fn quantities_are_declared_once_from_what_is_known() {
    use FaultKind::{
        BadQuantity, DuplicateQuantity, KnownQuantity, MissingKey, QuantityCycle, QuantityParts,
        QuantityTwoForms, UnknownKey, UnknownQuantity, WrongType,
    };
    let quantities = |text: &str| {
        let text = format!("{SMALL}{text}");
        let found = parse(&text).map(|scheme| scheme.quantities);
        found.map_err(|faults| faults.iter().map(|fault| (fault.line, fault.kind)).collect::<Vec<_>>())
    };
    let lines = SMALL.lines().count();
    let good = "[[quantities]]\nname = \"x\"\nis = \"deduction.a.b\"\n[[quantities]]\nname = \"y\"\n\
                parts = [\"x\", \"score.a.c.d17\"]\n[[quantities]]\nname = \"score.other\"\n";
    assert_eq!(quantities(good).map(|all| all.len()), Ok(3));
    for (text, line, kind) in [
        ("is = \"score.total\"", 1, MissingKey),
        ("name = \"score.total\"", 2, KnownQuantity),
        ("name = \"budget.adjusted\"", 2, KnownQuantity),
        ("name = \"a/b\"", 2, BadQuantity),
        ("name = 7", 2, WrongType),
        ("name = \"x\"\nother = 1", 3, UnknownKey),
        ("name = \"x\"\nis = \"score.nowhere\"", 3, UnknownQuantity),
        ("name = \"x\"\nis = \"data.tables\"", 3, UnknownQuantity),
        ("name = \"x\"\nis = \"x\"", 2, QuantityCycle),
        ("name = \"x\"\nparts = [\"score.a\"]", 3, QuantityParts),
        ("name = \"x\"\nparts = \"score.a\"", 3, WrongType),
        ("name = \"x\"\nnumerator = \"score.a\"", 1, MissingKey),
        ("name = \"x\"\nis = \"score.a\"\nnumerator = \"score.a\"", 1, QuantityTwoForms),
        ("name = \"x\"\n[[quantities]]\nname = \"x\"", 4, DuplicateQuantity),
    ] {
        let found = quantities(&format!("[[quantities]]\n{text}\n")).unwrap_err();
        assert!(found.contains(&(lines + line, kind)), "{text}: {found:?}");
    }
    let cycle = "[[quantities]]\nname = \"x\"\nnumerator = \"y\"\ndenominator = \"score.a\"\n\
                 [[quantities]]\nname = \"y\"\nparts = [\"score.a\", \"x\"]\n";
    assert_eq!(quantities(cycle), Err(vec![(lines + 2, QuantityCycle), (lines + 6, QuantityCycle)]));
}

#[test]
fn decimals_stay_exact() {
    let scheme = parse(&SMALL.replace("factor = 0.5", "factor = 0.333333333333")).unwrap();
    let NodeBody::EachTarget { rule: Rule::Steps { steps }, .. } = &scheme.nodes[2].body else {
        panic!("{:?}", scheme.nodes[2]);
    };
    assert_eq!(steps[1].factor.value.to_string(), "0.333333333333");
}

#[test]
fn faults_of_form() {
    use FaultKind::{BadId, BadNumber, BadText, MissingKey, Syntax, UnknownKey, UnknownWord, WrongType};
    check("scheme = \"small\"", "scheme = \"small\"", &[]);
    check("total = 10", "total = ", &[(5, Syntax)]);
    check("scheme = \"small\"", "scheme = \"Small\"", &[(1, BadId)]);
    check("name = { zh = \"小\" }", "name = { zh = \"\" }", &[(2, BadText)]);
    check("name = { zh = \"小\" }", "name = { zh = \"小\", fr = \"p\" }", &[(2, UnknownKey)]);
    check("name = { zh = \"小\" }", "name = \"小\"", &[(2, WrongType)]);
    check("fiscal_year = 2019", "fiscal_year = 19", &[(3, BadNumber)]);
    check("fiscal_year = 2019", "fiscal_year = \"2019\"", &[(3, WrongType)]);
    check("fiscal_year = 2019\n", "", &[(1, MissingKey)]);
    check("basis = \"assumed\"", "basis = \"guessed\"", &[(4, UnknownWord)]);
    check("basis = \"assumed\"\n", "", &without_basis());
    check("total = 10", "total = 1e1", &[(5, BadNumber)]);
    check("total = 10", "total = 0xa", &[(5, WrongType)]);
    check("total = 10", "total = 10\nfull = 1", &[(6, UnknownKey)]);
    check("kind = \"group\"", "kind = \"sum\"", &[(8, UnknownWord)]);
    check("weight = 10", "weight = 10\nlevel = \"detail\"", &[(11, UnknownKey)]);
    check("level = \"detail\"", "level = \"some\"", &[(21, UnknownWord)]);
    check("level = \"detail\"\n", "", &[(18, MissingKey)]);
    check("kind = \"bands\"", "kind = \"bonds\"", &[(17, UnknownWord)]);
    check("kind = \"bands\", bands", "kind = \"bands\", extra = 1, bands", &[(17, UnknownKey)]);
    check("from = 8", "from = true", &[(28, WrongType)]);
}

/// Without a basis, every plain parameter of the small file is blamed; the line of the basis is gone.
fn without_basis() -> Vec<(usize, FaultKind)> {
    let lines = [4, 9, 14, 15, 16, 16, 16, 16, 16, 22, 23, 23, 23, 23, 27, 31];
    lines.map(|line| (line, FaultKind::BasisMissing)).to_vec()
}

#[test]
fn faults_of_the_tree() {
    use FaultKind::{
        DuplicateGrade, DuplicateNode, GradesNotDescending, GroupNotFilled, LastGradeNotZero, LevelTwice,
        MissingKey, ParentMissing, ParentNotGroup, ReservedNode, TotalNotFilled, WeightNotPositive,
    };
    check("total = 10", "total = 100", &[(5, TotalNotFilled)]);
    check("total = 10", "total = 100\nas_published = \"line 1\"", &[]);
    check("total = 10", "total = 0", &[(5, WeightNotPositive)]);
    check("weight = 10", "weight = 0", &[(5, TotalNotFilled), (10, WeightNotPositive), (10, GroupNotFilled)]);
    check("weight = 6", "weight = 5", &[(10, GroupNotFilled)]);
    check("weight = 6", "weight = -6", &[(10, GroupNotFilled), (23, WeightNotPositive)]);
    check("weight = 10", "weight = 10\nas_published = \"line 1\"", &[]);
    check("node = \"a.c\"", "node = \"a.b\"", &[(10, GroupNotFilled), (19, DuplicateNode)]);
    check("node = \"a.c\"", "node = \"d.c\"", &[(10, GroupNotFilled), (19, ParentMissing)]);
    check("node = \"a.c\"", "node = \"a.b.c\"", &[(10, GroupNotFilled), (19, ParentNotGroup)]);
    check(
        "node = \"a\"\n",
        "node = \"total\"\n",
        &[(7, ReservedNode), (10, GroupNotFilled), (12, ParentMissing), (19, ParentMissing)],
    );
    let twice = "kind = \"each_target\"\nlevel = \"detail\"\nrule = { kind = \"all_or_nothing\" }\nas_published = \"x\"";
    let old = "kind = \"indicator\"\nname = { zh = \"乙\" }\nweight = 4\nmeasure = \"budget.execution_rate.adjusted\"\nrule = { kind = \"bands\", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ] }";
    check(old, &format!("{twice}\nname = {{ zh = \"乙\" }}\nweight = 4"), &[(19, LevelTwice)]);
    check("from = 8", "from = 0", &[(32, GradesNotDescending)]);
    check("from = 0", "from = 1", &[(32, LastGradeNotZero)]);
    check("grade = \"poor\"", "grade = \"good\"", &[(30, DuplicateGrade)]);
    check("from = 0\n", "", &[(29, MissingKey)]);
}

#[test]
fn faults_of_rules() {
    use FaultKind::{
        BandsNotAscending, FactorOutOfRange, LastBandNotOpen, ManualWithMeasure, MeasureMissing,
        MeasureNotForRule, NoBands, NoSteps, OpenBandNotLast, PointsOutOfRange, RuleNotForTargets,
        StepsNotDescending, Threshold, UnknownMeasure,
    };
    check("budget.execution_rate.adjusted", "budget.rate", &[(16, UnknownMeasure)]);
    check("measure = \"budget.execution_rate.adjusted\"\n", "", &[(11, MeasureMissing)]);
    check("up_to = 90", "up_to = 70", &[(17, BandsNotAscending)]);
    check("up_to = 90", "up_to = 80", &[]); // (…, 80) and then just 80
    check("up_to = 90", "below = 80", &[(17, BandsNotAscending)]);
    check("up_to = 90,", "up_to = 90, below = 95,", &[(17, BandsNotAscending)]);
    check("{ points = 4 } ]", "{ below = 95, points = 4 } ]", &[(17, LastBandNotOpen)]);
    check("up_to = 90, points = 2", "points = 2", &[(17, OpenBandNotLast)]);
    check("{ points = 4 } ]", "{ points = 4.5 } ]", &[(17, PointsOutOfRange)]);
    check("points = 0 }", "points = -1 }", &[(17, PointsOutOfRange)]);
    check("from = 60", "from = 95", &[(24, StepsNotDescending)]);
    check("factor = 0.5", "factor = 1.5", &[(24, FactorOutOfRange)]);
    check("[ { from = 90, factor = 0.8 }, { from = 60, factor = 0.5 } ]", "[]", &[(24, NoSteps)]);
    check(
        "[ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ]",
        "[]",
        &[(17, NoBands)],
    );
    let bands = "rule = { kind = \"bands\", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ] }";
    let steps =
        "rule = { kind = \"steps\", steps = [ { from = 90, factor = 0.8 }, { from = 60, factor = 0.5 } ] }";
    check(bands, "rule = { kind = \"manual\", self_score_stands = true }", &[(16, ManualWithMeasure)]);
    check(bands, "rule = { kind = \"all_or_nothing\" }", &[(17, Threshold)]);
    check(bands, "rule = { kind = \"all_or_nothing\", at_least = 9, at_most = 8 }", &[(17, Threshold)]);
    check(bands, "rule = { kind = \"deduct_per_finding\", each = 1 }", &[(17, MeasureNotForRule)]);
    check(steps, "rule = { kind = \"deduct_per_finding\", each = 1 }", &[(24, RuleNotForTargets)]);
    check(steps, "rule = { kind = \"all_or_nothing\", at_least = 1 }", &[(24, Threshold)]);
    check(steps, "rule = { kind = \"pro_rata\", full_at = 100 }", &[]);
    let counted = SMALL.replace("budget.execution_rate.adjusted", "filings.contract_filing.not_filed");
    for (rule, expected) in [
        ("each = 0.5, cap = 3", None),
        ("each = 0", Some(PointsOutOfRange)),
        ("each = 0.5, cap = 4.5", Some(PointsOutOfRange)),
        ("each = 0.5, floor = -1", Some(PointsOutOfRange)),
    ] {
        let rule = format!("rule = {{ kind = \"deduct_per_finding\", {rule} }}");
        let found = parse(&counted.replace(bands, &rule)).err().map(|faults| faults[0].kind);
        assert_eq!(found, expected, "{rule}");
    }
}

#[test]
fn every_fault_at_once_with_its_place_in_words() {
    let text = SMALL
        .replace("total = 10", "total = 11")
        .replace("weight = 6", "weight = 5")
        .replace("factor = 0.5", "factor = 5")
        .replace("from = 0", "from = 1");
    let faults = parse(&text).unwrap_err();
    let lines: Vec<_> = faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [5, 10, 24, 32]);
    assert_eq!(
        faults[1].to_string(),
        "line 10, column 10: the nodes below a add up to 9, not to 10; where it was published so, say why in `as_published`"
    );
    assert_eq!(<&str>::from(faults[1].kind), "GROUP_NOT_FILLED");
}

#[test]
fn a_text_that_is_no_file_is_told_by_kind_and_place() {
    use FaultKind::{BadText, Empty, NotUtf8, NullCharacter, TooLarge};
    let of_bytes = |bytes: &[u8]| match text_of(bytes.to_vec()) {
        Ok(text) => parse(&text).err().unwrap_or_default(),
        Err(fault) => vec![fault],
    };
    let too_long = format!("{SMALL}#{}", "x".repeat(MAX_BYTES));
    let null = SMALL.replace("total = 10", "total = 10 # 总\0");
    let gbk = [&SMALL.as_bytes()[..SMALL.find("小").unwrap()], b"\xbc\xd7\" }\n"].concat();
    let long = SMALL.replace("小", &"小".repeat(501));
    for (bytes, place, kind, message) in [
        (&b""[..], (1, 1), Empty, "empty"),
        ("\u{feff} \r\n".as_bytes(), (1, 1), Empty, "empty"),
        (too_long.as_bytes(), (1, 1), TooLarge, "bytes, at most 131072 are kept"),
        (null.as_bytes(), (5, 15), NullCharacter, "U+0000"),
        (&gbk, (2, 16), NotUtf8, "the byte 0xbc is not UTF-8"),
        (long.as_bytes(), (2, 15), BadText, "501 characters, at most 500"),
        (SMALL.replace("\"小\"", "\"\"").as_bytes(), (2, 15), BadText, "the text is empty"),
        (SMALL.replace("小", "小\\u0001").as_bytes(), (2, 15), BadText, "the character U+0001"),
    ] {
        let faults = of_bytes(bytes);
        let found: Vec<_> = faults.iter().map(|fault| ((fault.line, fault.column), fault.kind)).collect();
        assert_eq!(found, [(place, kind)], "{faults:?}");
        assert!(faults[0].message.contains(message), "{faults:?}");
    }
    for text in [
        format!("\u{feff}{SMALL}"),
        SMALL.replace('\n', "\r\n"),
        format!("\u{feff}{}", SMALL.replace('\n', "\r\n")),
    ] {
        parse(&text).unwrap_or_else(|faults| panic!("{faults:#?}"));
    }
    let marked = parse(&format!("\u{feff}{}", SMALL.replace("\"small\"", "\"Small\""))).unwrap_err();
    assert_eq!((marked[0].line, marked[0].column), (1, 10), "the mark takes no place");
}

#[test]
fn ten_thousand_faults_are_told_each_at_its_place() {
    let text = (1..=10_000).map(|number| format!("k{number} = 1\n")).collect::<Vec<_>>().concat();
    let faults = parse(&text).unwrap_err();
    let unknown = faults.iter().filter(|fault| fault.kind == FaultKind::UnknownKey);
    let places: Vec<_> = unknown.map(|fault| (fault.line, fault.column)).collect();
    assert_eq!(places, (1..=10_000).map(|line| (line, 1)).collect::<Vec<_>>());
}

#[test]
fn an_empty_or_broken_file_is_refused_without_a_panic() {
    for text in
        ["", "\u{feff}", "[[node]]", "node = 1", "[[[", "a.b = {", "total = { value = 1 }", "node = [1, {}]"]
    {
        assert!(!parse(text).unwrap_err().is_empty(), "{text}");
    }
}
