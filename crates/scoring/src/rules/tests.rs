//! One row a case. Published figures carry their source.

use jixiao_events::scheme::{Band, Basis, Parameter, Rule, Step};

use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

fn parameter(text: &str) -> Parameter<Number> {
    Parameter { value: number(text), basis: Basis::Assumed, source: None }
}

fn steps(rows: &[(&str, &str)]) -> Rule {
    let step = |(from, factor): &(&str, &str)| Step { from: parameter(from), factor: parameter(factor) };
    Rule::Steps { steps: rows.iter().map(step).collect() }
}

/// `"<= 10"`, `"< 10"` or `""` for the open band, each with its points.
fn bands(rows: &[(&str, &str)]) -> Rule {
    let band = |(end, points): &(&str, &str)| {
        let end = end.split_once(' ');
        Band {
            up_to: end.map(|(_, bound)| parameter(bound)),
            inclusive: end.is_some_and(|(sign, _)| sign == "<="),
            points: parameter(points),
            at_least: None,
        }
    };
    Rule::Bands { bands: rows.iter().map(band).collect() }
}

fn deduct(each: &str, cap: Option<&str>, floor: Option<&str>) -> Rule {
    Rule::DeductPerFinding { each: parameter(each), cap: cap.map(parameter), floor: floor.map(parameter) }
}

fn threshold(at_least: Option<&str>, at_most: Option<&str>) -> Rule {
    Rule::AllOrNothing { at_least: at_least.map(parameter), at_most: at_most.map(parameter) }
}

#[track_caller]
fn check(rule: &Rule, weight: &str, measured: &str, expected: Option<&str>) {
    let found = points(rule, number(weight), number(measured)).map(|points| points.to_string());
    assert_eq!(found.as_deref(), expected, "{rule:?} {weight} {measured}");
}

#[test]
fn all_or_nothing_within_thresholds() {
    check(&threshold(None, None), "1", "60", Some("0")); // 42 of 70, smart-city o01
    check(&threshold(Some("70"), None), "10", "76", Some("10")); // target 70 %, actual 76 % -> full
    check(&threshold(Some("70"), None), "10", "70", Some("10"));
    check(&threshold(Some("70"), None), "10", "69.99", Some("0"));
    check(&threshold(None, Some("3")), "5", "3", Some("5")); // adjustment rate at most 3 % -> full
    check(&threshold(None, Some("3")), "5", "3.01", Some("0"));
    check(&threshold(Some("1"), Some("2")), "1", "0", Some("0"));
    check(&threshold(Some("1"), Some("2")), "1", "2", Some("1"));
}

#[test]
fn steps_take_the_highest_that_is_reached() {
    let half = steps(&[("60", "0.5")]);
    check(&half, "1", "90", Some("0.5")); // smart-city d33
    check(&half, "1", "70", Some("0.5")); // smart-city d32
    check(&half, "1", "60", Some("0.5")); // smart-city d35, 18 of 30
    check(&half, "1", "59.999", Some("0"));
    check(&half, "0.5", "60", Some("0.25"));
    let two = steps(&[("90", "0.8"), ("60", "0.5")]);
    check(&two, "10", "95", Some("8"));
    check(&two, "10", "89", Some("5"));
    check(&steps(&[("100", "1")]), "10", "250", Some("10"));
}

#[test]
fn pro_rata_is_capped() {
    let linear = Rule::ProRata { full_at: parameter("100") };
    check(&linear, "10", "86.18", Some("8.618")); // published 8.62
    check(&linear, "10", "45.17", Some("4.517")); // published 4.52
    check(&linear, "20", "97.75", Some("19.55")); // published 19.55
    check(&linear, "10", "306.05", Some("10")); // 2000 -> 6121: the weight is the ceiling
    check(&linear, "10", "0", Some("0"));
    check(&linear, "10", "-5", Some("0"));
    check(&Rule::ProRata { full_at: parameter("90") }, "9", "45", Some("4.5"));
    check(&linear, "10", "79000000000000000000000000000", None); // beyond the decimal range
}

#[test]
fn bands_have_open_and_closed_ends() {
    let adjustment = bands(&[("<= 0", "3"), ("<= 10", "2"), ("<= 20", "1"), ("<= 30", "0.5"), ("", "0")]);
    check(&adjustment, "3", "0", Some("3")); // =0: 3; (0,10%]: 2; (10,20%]: 1; (20,30%]: 0.5; >30%: 0
    check(&adjustment, "3", "0.01", Some("2"));
    check(&adjustment, "3", "10", Some("2"));
    check(&adjustment, "3", "16.725", Some("1"));
    check(&adjustment, "3", "30", Some("0.5"));
    check(&adjustment, "3", "34.7", Some("0"));
    let execution = bands(&[("< 80", "0"), ("< 95", "2"), ("", "4")]);
    check(&execution, "4", "79.99", Some("0"));
    check(&execution, "4", "80", Some("2"));
    check(&execution, "4", "95", Some("4"));
    check(&execution, "3", "95", Some("3")); // never above the weight
    check(&bands(&[("<= 1", "1")]), "1", "2", None);
}

#[test]
fn deductions_have_a_cap_and_a_floor() {
    check(&deduct("0.5", Some("3"), None), "10", "7", Some("7")); // 7 not filed, 3 points deducted
    check(&deduct("0.5", Some("3"), None), "10", "6", Some("7"));
    check(&deduct("0.5", Some("3"), None), "10", "5", Some("7.5"));
    check(&deduct("0.5", None, None), "1", "3", Some("0")); // each missing −0.5, floor 0
    check(&deduct("0.5", None, Some("2")), "10", "100", Some("2"));
    check(&deduct("0.5", None, None), "10", "-3", Some("10"));
    check(&deduct("0.5", None, None), "10", "0", Some("10"));
}

#[test]
fn a_person_or_the_self_score() {
    for (stands, judged, self_score, expected) in [
        (true, None, Some("4"), Some("3")), // e-government, 4 of 3: at most the weight
        (true, Some("2"), Some("4"), Some("2")),
        (false, None, Some("3"), None),
        (true, None, None, None),
        (false, Some("0"), None, Some("0")),
        (true, None, Some("-1"), Some("0")),
    ] {
        let found = manual_points(stands, number("3"), judged.map(number), self_score.map(number));
        assert_eq!(found, expected.map(number), "{stands} {judged:?} {self_score:?}");
    }
    let manual = Rule::Manual {
        self_score_stands: Parameter { value: true, basis: Basis::Assumed, source: None },
        coefficient: None,
    };
    check(&manual, "3", "1", None);
}

#[test]
fn every_rule_has_words_and_parameters() {
    for (rule, keys, en) in [
        (threshold(Some("70"), None), vec!["at_least"], "the whole weight when at least 70, else nothing"),
        (
            steps(&[("60", "0.5")]),
            vec!["steps[0].from", "steps[0].factor"],
            "the whole weight when met; 0.5 of it from 60 % on; else nothing",
        ),
        (
            Rule::ProRata { full_at: parameter("100") },
            vec!["full_at"],
            "in proportion, the whole weight from 100 % on",
        ),
        (
            bands(&[("<= 0", "4"), ("< 5", "3"), ("", "0")]),
            vec!["bands[0].up_to", "bands[0].points", "bands[1].below", "bands[1].points", "bands[2].points"],
            "by band: up to 0: 4, below 5: 3, beyond: 0",
        ),
        (deduct("0.5", Some("3"), None), vec!["each", "cap"], "0.5 less for each finding, at most 3 less"),
    ] {
        let found: Vec<_> = parameters(&rule).into_iter().map(|described| described.key).collect();
        assert_eq!(
            (found.iter().map(String::as_str).collect::<Vec<_>>(), words(&rule, Some("%")).en.as_str()),
            (keys, en)
        );
    }
}

#[test]
fn words_have_the_unit_of_what_is_measured() {
    let (ratio, parts) = (Rule::ProRata { full_at: parameter("5") }, steps(&[("3", "0.5")]));
    for (rule, unit, zh, en) in [
        (&ratio, Some("%"), "按比例得分，达到 5% 得满分", "in proportion, the whole weight from 5 % on"),
        (&ratio, Some("个"), "按比例得分，达到 5 个得满分", "in proportion, the whole weight from 5 个 on"),
        (&ratio, None, "按比例得分，达到 5 得满分", "in proportion, the whole weight from 5 on"),
        (
            &parts,
            Some("%"),
            "达到目标得满分；达到 3% 及以上得权重的 0.5 倍；其余不得分",
            "the whole weight when met; 0.5 of it from 3 % on; else nothing",
        ),
        (
            &parts,
            None,
            "达到目标得满分；达到 3 及以上得权重的 0.5 倍；其余不得分",
            "the whole weight when met; 0.5 of it from 3 on; else nothing",
        ),
    ] {
        assert_eq!(words(rule, unit), Words { zh: zh.to_owned(), en: en.to_owned() });
    }
}
