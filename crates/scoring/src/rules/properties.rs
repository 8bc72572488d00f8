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

/// Actual by target in percent, as targets are measured: cut where it has no end.
fn percent(actual: i64, target: i64) -> Number {
    number(actual).checked_mul(Number::HUNDRED).unwrap().checked_div(number(target)).unwrap()
}

/// Small numbers, of which many quotients make halves, and large ones.
fn quotient() -> impl Strategy<Value = (i64, i64)> {
    prop_oneof![(1_i64..100, 1_i64..100), (1_i64..1_000_000_000_000, 1_i64..1_000_000_000_000)]
}

fn of_number(hundredths: i64) -> Parameter<Scale> {
    of(Scale::Number(number(hundredths)))
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
        let weight = number(WEIGHT);
        let one = points(&rule, weight, percent(actual, target));
        prop_assert_eq!(one, points(&rule, weight, percent(actual * times, target * times)));
    }

    /// What has no end stands for what it is: points that are just a half of the last decimal are rounded up.
    #[test]
    fn points_are_rounded_as_the_fractions_that_they_are(
        form in 0_usize..5, (actual, target) in quotient(), halves in 1_i64..60, of in 1_i64..40, decimals in 0_u32..=4,
    ) {
        let (measured, weight) = (percent(actual, target), number(halves * 50));
        let [a, b, w, n] = [actual, target, halves, of].map(i128::from);
        // Weights are of halves, shares and what is lost of hundredths.
        let (rule, top, bottom) = match form {
            0 => (Rule::ProRata { full_at: hundredths(of * 1_000) }, w * a * 10, 2 * b * n),
            1 => (Rule::InverseRatio { full_at: hundredths(of * 1_000) }, w * n * b, 2 * a * 10),
            2 | 3 => {
                // From 10 % on, to the whole weight at 10 % × (1 + n), or the other way round.
                let anchor = |at: i64, share: i64| Anchor {
                    at: of_number(at * 1_000),
                    share: hundredths(share * 100),
                };
                let rising = form == 2;
                let anchors = vec![anchor(1, i64::from(!rising)), anchor(1 + of, i64::from(rising))];
                let along = (100 * a - 10 * b).clamp(0, 10 * n * b);
                let share = if rising { along } else { 10 * n * b - along };
                (Rule::Curve { anchors, between: self::of(Between::Linear) }, w * share, 2 * 10 * n * b)
            }
            _ => {
                let rule = Rule::Deduct {
                    each: hundredths(of),
                    per: None,
                    from: Some(of_number(1_000)),
                    side: Some(self::of(Side::Either)),
                    counted: None,
                    cap: None,
                    floor: None,
                };
                // w / 2 − n / 100 × |100 a / b − 10|
                (rule, w * 50 * b - n * (100 * a - 10 * b).abs(), 100 * b)
            }
        };
        let (top, bottom) = (top.clamp(0, w * bottom / 2), bottom);
        let scale = 10_i128.pow(decimals);
        let expected = (2 * top * scale + bottom) / (2 * bottom);
        let found = points(&rule, weight, measured).unwrap().round_half_up(decimals);
        let expected = Number::new(rust_decimal::Decimal::from_i128_with_scale(expected, decimals));
        prop_assert_eq!(found, expected, "{:?}: {} / {}", rule, top, bottom);
    }

    /// Whether a value reaches a threshold is decided as if it had not been cut.
    #[test]
    fn thresholds_are_compared_as_fractions(
        (actual, target) in quotient(), off in -2_i64..=2, decimals in 0_u32..=12,
    ) {
        let (a, b, scale) = (i128::from(actual), i128::from(target), 10_i128.pow(decimals));
        // At the value, cut to so many decimals, and next to it.
        let at = 100 * a * scale / b + i128::from(off);
        let bound = Number::new(rust_decimal::Decimal::from_i128_with_scale(at, decimals));
        prop_assert_eq!(percent(actual, target).cmp(&bound), (100 * a * scale).cmp(&(at * b)));
        prop_assert_eq!(percent(actual * 7, target * 7), percent(actual, target));
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
