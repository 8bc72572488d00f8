//! The points of the first case whose conditions hold.

use jixiao_events::Number;
use jixiao_events::scheme::{Case, Condition, Parameter};

use super::{Described, Holds, Outcome, Seen, Words, holds, within};

/// While it is not known whether a case holds, those after it are not looked at: what they would give may not count.
pub(super) fn outcome(cases: &[Case], otherwise: Number, seen: &Seen<'_>) -> Outcome {
    for case in cases {
        match holds(&case.when, seen) {
            Holds::Yes => return Outcome::Points(within(case.points.value, seen.weight)),
            Holds::No => {}
            Holds::Awaits => return Outcome::Awaits,
            Holds::NoValue => return Outcome::NoValue,
        }
    }
    Outcome::Points(within(otherwise, seen.weight))
}

pub(super) fn parameters(cases: &[Case], otherwise: &Parameter<Number>) -> Vec<Described> {
    let of_case = |(at, case): (usize, &Case)| Described {
        key: format!("cases[{at}]: {}", conditions(&case.when, " and ")),
        ..Described::new("", &case.points)
    };
    let cases = cases.iter().enumerate().map(of_case);
    cases.chain([Described::new("otherwise", otherwise)]).collect()
}

/// Conditions as they are written.
pub(super) fn conditions(when: &[Condition], and: &str) -> String {
    when.iter().map(ToString::to_string).collect::<Vec<_>>().join(and)
}

pub(super) fn words(cases: &[Case], otherwise: Number) -> Words {
    let each = cases.iter().map(|case| {
        let points = case.points.value;
        Words {
            zh: format!("{} 得 {points} 分", conditions(&case.when, " 且 ")),
            en: format!("{}: {points}", conditions(&case.when, " and ")),
        }
    });
    let Words { zh, en } = Words::joined(each, "，", ", ");
    Words {
        zh: format!("取第一个成立的情形：{zh}，其余得 {otherwise} 分"),
        en: format!("by the first case that holds: {en}, else {otherwise}"),
    }
}
