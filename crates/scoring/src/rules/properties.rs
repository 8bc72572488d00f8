//! What holds of the points of every measured rule, whatever its numbers and the value.

use jixiao_events::scheme::{Anchor, Band, Basis, Between, Counted, Parameter, Rule, Scale, Side, Step};
use proptest::prelude::*;

use super::*;

/// A number of hundredths.
fn number(hundredths: i64) -> Number {
    Number::from(hundredths).checked_div(Number::HUNDRED).unwrap()
}

fn of<T>(value: T) -> Parameter<T> {
    Parameter { value, basis: Basis::Assumed, source: None }
}

fn hundredths(hundredths: i64) -> Parameter<Number> {
    of(number(hundredths))
}

/// The weight of all of them, in hundredths of a point.
const WEIGHT: i64 = 1_250;

/// Rising values, each with a share of a hundred that does not fall.
fn rising() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::btree_map(-20_000_i64..20_000, 0_i64..=100, 2..6).prop_map(|rows| {
        let mut shares: Vec<i64> = rows.values().copied().collect();
        shares.sort_unstable();
        rows.into_keys().zip(shares).collect()
    })
}

/// Rules of which more is never worth less.
fn higher_is_better() -> impl Strategy<Value = Rule> {
    let least = any::<i16>()
        .prop_map(|at| Rule::AllOrNothing { at_least: Some(hundredths(i64::from(at))), at_most: None });
    let ratio = (1_i64..30_000).prop_map(|at| Rule::ProRata { full_at: hundredths(at) });
    let steps = rising().prop_map(|rows| {
        let step = |(from, factor): (i64, i64)| Step { from: hundredths(from), factor: hundredths(factor) };
        Rule::Steps { steps: rows.into_iter().rev().map(step).collect() }
    });
    let curve = (rising(), any::<bool>()).prop_map(|(rows, is_linear)| {
        let anchor = |(at, share)| Anchor { at: of(Scale::Number(number(at))), share: hundredths(share) };
        let between = of(if is_linear { Between::Linear } else { Between::Step });
        Rule::Curve { anchors: rows.into_iter().map(anchor).collect(), between }
    });
    let bands = (rising(), any::<bool>()).prop_map(|(rows, inclusive)| {
        let top = rows.len() - 1;
        let band = |(at, (up_to, share)): (usize, (i64, i64))| Band {
            up_to: (at < top).then(|| hundredths(up_to)),
            inclusive: inclusive && at < top,
            points: hundredths(share * WEIGHT / 100),
            at_least: None,
        };
        Rule::Bands { bands: rows.into_iter().enumerate().map(band).collect() }
    });
    prop_oneof![least, ratio, steps, curve, bands]
}

/// Rules of which more is never worth more, each with the fewest points that it leaves.
fn lower_is_better() -> impl Strategy<Value = (Rule, i64)> {
    let most = any::<i16>()
        .prop_map(|at| (Rule::AllOrNothing { at_least: None, at_most: Some(hundredths(i64::from(at))) }, 0));
    let ratio = (1_i64..30_000).prop_map(|at| (Rule::InverseRatio { full_at: hundredths(at) }, 0));
    let limits = || (prop::option::of(0..=WEIGHT), prop::option::of(0..=WEIGHT));
    let least =
        |cap: Option<i64>, floor: Option<i64>| floor.unwrap_or(0).max(cap.map_or(0, |cap| WEIGHT - cap));
    let findings = (1_i64..500, limits()).prop_map(move |(each, (cap, floor))| {
        let rule = Rule::DeductPerFinding {
            each: hundredths(each),
            cap: cap.map(hundredths),
            floor: floor.map(hundredths),
        };
        (rule, least(cap, floor))
    });
    let counted = prop::option::of(prop_oneof![
        Just(Counted::InProportion),
        Just(Counted::Begun),
        Just(Counted::Whole)
    ]);
    let from = prop::option::of(-20_000_i64..20_000);
    let deduct = (1_i64..500, prop::option::of(1_i64..1_000), from, counted, limits()).prop_map(
        move |(each, per, from, counted, (cap, floor))| {
            let rule = Rule::Deduct {
                each: hundredths(each),
                per: per.map(hundredths),
                from: from.map(|from| of(Scale::Number(number(from)))),
                side: Some(of(Side::Above)),
                counted: counted.map(of),
                cap: cap.map(hundredths),
                floor: floor.map(hundredths),
            };
            (rule, least(cap, floor))
        },
    );
    prop_oneof![most, ratio, findings, deduct]
}

fn earned(rule: &Rule, value: i64) -> Number {
    points(rule, number(WEIGHT), number(value)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn more_is_never_worth_less(rule in higher_is_better(), one in -50_000_i64..50_000, more in 0_i64..50_000) {
        let (few, many) = (earned(&rule, one), earned(&rule, one + more));
        prop_assert!(few <= many, "{rule:?}: {few} for {one}, {many} for {}", one + more);
        prop_assert!(few >= Number::ZERO && many <= number(WEIGHT), "{rule:?}: {few}, {many}");
    }

    #[test]
    fn less_is_never_worth_less((rule, least) in lower_is_better(), one in 1_i64..50_000, more in 0_i64..50_000) {
        let (many, few) = (earned(&rule, one), earned(&rule, one + more));
        prop_assert!(few <= many, "{rule:?}: {many} for {one}, {few} for {}", one + more);
        prop_assert!(few >= number(least) && many <= number(WEIGHT), "{rule:?}: {few}, {many}, floor {least}");
    }

    #[test]
    fn whatever_is_off_by_as_much_on_either_side_loses_as_much(
        each in 1_i64..500, at in -20_000_i64..20_000, off in 0_i64..20_000,
    ) {
        let rule = Rule::Deduct {
            each: hundredths(each),
            per: None,
            from: Some(of(Scale::Number(number(at)))),
            side: Some(of(Side::Either)),
            counted: None,
            cap: None,
            floor: None,
        };
        prop_assert_eq!(earned(&rule, at - off), earned(&rule, at + off));
    }

    #[test]
    fn equal_ratios_score_equally(
        rule in higher_is_better(), actual in 0_i64..100_000, target in 1_i64..100_000, times in 1_i64..1_000,
    ) {
        let percent = |actual: i64, target: i64| {
            number(actual).checked_mul(Number::HUNDRED).unwrap().checked_div(number(target)).unwrap()
        };
        let weight = number(WEIGHT);
        let one = points(&rule, weight, percent(actual, target));
        prop_assert_eq!(one, points(&rule, weight, percent(actual * times, target * times)));
    }

    #[test]
    fn equal_parts_add_up_exactly(weight in 0_i64..1_000_000, among in 1_usize..400, decimals in 0_u32..=4) {
        let weight = number(weight);
        let parts = equal_parts(weight, among, decimals);
        prop_assert_eq!(parts.len(), among);
        let whole: Number = parts.iter().copied().sum();
        prop_assert_eq!(whole, weight);
        // They differ in what is left after rounding down alone, and the first get it.
        prop_assert!(parts.windows(2).all(|pair| pair[0] >= pair[1]));
    }
}
