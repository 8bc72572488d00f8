//! Rates that were once accused and are right: what mended each stays so.

use super::*;

/// Money of the smart city with more quantities of the scheme: a rate, and what it divides.
fn with_share() -> Figures {
    let more = "\n[[quantities]]\nname = \"data.part\"\n[[quantities]]\nname = \"data.all\"\n\
                [[quantities]]\nname = \"data.share\"\nnumerator = \"data.part\"\ndenominator = \"data.all\"\n";
    let scheme = crate::scheme::parse(&format!("{SMART_CITY}{more}")).unwrap();
    Figures { scheme: Some(Arc::new(scheme)), ..smart_city() }
}

#[test]
fn a_rate_of_the_scheme_is_a_percentage_of_its_figures() {
    let share = |stated: &str, unit: &str| {
        let claims = [
            claim("data.part", "30", "亿条", "1"),
            claim("data.all", "120", "亿条", "1"),
            claim("data.share", stated, unit, "1"),
        ];
        verify(&claims, &with_share()).relations.iter().map(written).collect::<Vec<_>>()
    };
    assert_eq!(share("25", "%"), ["rate data.share agrees"]);
    assert_eq!(share("0.25", ""), ["rate data.share agrees"]);
    assert_eq!(share("27", "%"), ["rate data.share disagrees 25"]);
}

#[test]
fn a_whole_number_without_a_unit_is_a_fraction_only_where_nothing_was_rounded() {
    let mut fund = smart_city();
    // 66.75 %.
    for (stated, outcome) in [
        ("0", Outcome::Mismatch),
        ("1", Outcome::Mismatch),
        ("0.7", Outcome::Match),
        ("0.6", Outcome::Truncated),
        ("1.0", Outcome::Mismatch),
        ("67", Outcome::Match),
    ] {
        let checked = check(&claim("budget.execution_rate.adjusted", stated, "", "1"), &fund);
        assert_eq!(checked.outcome, outcome, "{stated}");
    }
    let wan = |text: &str| Money::try_from_wan(number(text)).unwrap();
    for (paid, stated, outcome) in [
        ("3659.2", "1", Outcome::Match),
        ("3659.1", "1", Outcome::Mismatch),
        ("0", "0", Outcome::Match),
        ("0", "1", Outcome::Mismatch),
        // 0.27 % and 0.82 %.
        ("10", "0", Outcome::Match),
        ("30", "1", Outcome::Match),
    ] {
        fund.money.insert(MoneyQuantity::Paid, wan(paid));
        let checked = check(&claim("budget.execution_rate.adjusted", stated, "", "1"), &fund);
        assert_eq!(checked.outcome, outcome, "{paid} {stated}");
    }
    let said = |rate: &str| {
        let claims = [
            claim("budget.adjusted", "3659.2", "万元", "1"),
            claim("budget.expenditure", "2442.5", "万元", "1"),
            claim("budget.execution_rate.adjusted", rate, "", "1"),
        ];
        verify(&claims, &smart_city()).relations.iter().map(written).collect::<Vec<_>>()
    };
    assert_eq!(said("0.7"), ["rate budget.execution_rate.adjusted agrees"]);
    for rate in ["0", "1"] {
        assert_eq!(said(rate), ["rate budget.execution_rate.adjusted disagrees 0.667"]);
    }
}

#[test]
fn a_small_rate_without_a_unit_may_be_a_percentage() {
    // 0.5 is a half, and half a percent as well.
    let of_decrease = |stated: &str| {
        let claims = [
            claim("budget.original", "4000", "万元", "1"),
            claim("budget.adjustment_decrease", "20", "万元", "1"),
            claim("budget.adjustment_rate.cuts_only", stated, "", "1"),
        ];
        verify(&claims, &smart_city()).relations.iter().map(written).collect::<Vec<_>>()
    };
    for (stated, holds) in [("0.5", true), ("0.005", true), ("0.6", false)] {
        let said = of_decrease(stated);
        let agrees = said == ["rate budget.adjustment_rate.cuts_only agrees"];
        assert_eq!(agrees, holds, "{stated}: {said:?}");
    }
}

#[test]
fn a_rate_is_not_accused_of_a_movement_that_its_report_leaves_out() {
    let of = |quantity: &str, stated: &str| {
        let claims = [
            claim("budget.original", "4000", "万元", "1"),
            claim("budget.adjustment_decrease", "669", "万元", "1"),
            claim(quantity, stated, "%", "1"),
        ];
        verify(&claims, &smart_city()).relations.iter().map(written).collect::<Vec<_>>()
    };
    // The budget also rose by 328.2: 24.93 % is right by gross, and no stated figure gives it.
    assert_eq!(of("budget.adjustment_rate.gross", "24.93"), [""; 0]);
    assert_eq!(of("budget.adjustment_rate", "24.93"), [""; 0]);
    // What no definition gives is one that disagrees with the cuts.
    assert_eq!(of("budget.adjustment_rate", "30"), ["rate budget.adjustment_rate disagrees 16.725"]);
    // Where nothing rose, the cuts are all that moved.
    let mut fund = smart_city();
    fund.money.remove(&MoneyQuantity::Increase);
    let claims = [
        claim("budget.original", "4000", "万元", "1"),
        claim("budget.adjustment_decrease", "669", "万元", "1"),
        claim("budget.adjustment_rate.gross", "30", "%", "1"),
    ];
    let said: Vec<_> = verify(&claims, &fund).relations.iter().map(written).collect();
    assert_eq!(said, ["rate budget.adjustment_rate.gross disagrees 16.725"]);
}

#[test]
fn a_rate_by_a_definition_that_the_report_does_not_state_is_not_accused() {
    let of = |stated: &str| {
        let claims = [
            claim("budget.adjusted", "3659.2", "万元", "1"),
            claim("budget.expenditure", "2442.5", "万元", "1"),
            claim("budget.execution_rate", stated, "%", "1"),
        ];
        verify(&claims, &smart_city()).relations.iter().map(written).collect::<Vec<_>>()
    };
    // 61.06 % of the original budget, which the report does not state.
    assert_eq!(of("61.06"), [""; 0]);
    assert_eq!(of("66.75"), ["rate budget.execution_rate agrees"]);
    assert_eq!(of("70"), ["rate budget.execution_rate disagrees 66.75"]);
}

#[test]
fn one_share_in_two_ways_is_the_same() {
    let same = |first: (&str, &str), second: (&str, &str)| -> String {
        let quantity = "budget.execution_rate.adjusted";
        let claims = [claim(quantity, first.0, first.1, "1"), claim(quantity, second.0, second.1, "2")];
        let relations = verify(&claims, &smart_city()).relations;
        let both = [relations[0].kind == Kind::Same, relations[0].outcome == Holds::Agrees];
        assert_eq!((relations.len(), both[0]), (1, true));
        if both[1] { "agrees".to_owned() } else { "disagrees".to_owned() }
    };
    for (first, second, outcome) in [
        // Without a unit a half, or half a percent.
        (("0.5", ""), ("0.5", "%"), "agrees"),
        (("0.5", "%"), ("0.5", ""), "agrees"),
        (("0.5", ""), ("50", "%"), "agrees"),
        (("0.5", ""), ("5", "‰"), "agrees"),
        (("0.5", ""), ("0.6", "%"), "disagrees"),
        (("0.5", ""), ("60", "%"), "disagrees"),
        (("0.5", ""), ("50", ""), "agrees"),
        (("1", ""), ("100", "%"), "agrees"),
        (("1.2", ""), ("120", "%"), "agrees"),
        (("1", ""), ("1", "%"), "agrees"),
        (("1", ""), ("66.7", "%"), "disagrees"),
        (("0", ""), ("0.3", "%"), "agrees"),
        (("67", ""), ("0.67", "%"), "disagrees"),
        (("66.5", "%"), ("66", "%"), "agrees"),
        (("66.6", "%"), ("66", "%"), "disagrees"),
        (("66.5", "%"), ("67", "%"), "agrees"),
    ] {
        assert_eq!(same(first, second), outcome, "{first:?} {second:?}");
    }
    // All of them at once have to stand for one.
    let claims = ["%", "", ""].map(|unit| claim("budget.execution_rate", "0.5", unit, "1"));
    let relations = verify(&claims, &smart_city()).relations;
    assert_eq!(relations[0].outcome, Holds::Agrees);
    let claims = [("0.5", "%"), ("0.5", ""), ("50", "%")];
    let claims = claims.map(|(stated, unit)| claim("budget.execution_rate", stated, unit, "1"));
    let relations = verify(&claims, &smart_city()).relations;
    assert_eq!(relations[0].outcome, Holds::Disagrees);
}
