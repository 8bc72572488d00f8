//! Whether a target is met, and how far.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

use crate::number::Number;
use crate::registry::{Membership, ProjectState};
use crate::targets::{Criterion, Measured, TargetDefinition, UnitMatch};

/// What can be said of a target from its definition, its actual and its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Whether it is met, or why that cannot be said.
    pub status: Attainment,
    /// Actual by target, in percent, to 28 or 29 significant digits, not rounded and not capped: 42 of 70 are 60.
    ///
    /// Only for [`Criterion::AtLeast`] a value above zero, once there is a comparable actual. All other directions have
    /// none: the usual formulas for lower-is-better differ, and choosing one is a scheme's matter, not the target's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<Number>,
}

/// Whether a target is met, or why that cannot be said.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Attainment {
    /// The actual meets the criterion.
    Met,
    /// The actual does not meet the criterion.
    Unmet,
    /// Its project was removed from the fund or moved to a later year: the target is withdrawn with it.
    Left,
    /// Its project has not started, is carried over or was cancelled: no direction can turn that into met.
    NotStarted,
    /// The actual is in another unit, or of another kind, than the target: never compared.
    UnitMismatch,
    /// No actual is reported.
    NoActual,
    /// The criterion is in words; only a person can say.
    NeedsJudgement,
}

/// Judges a target. `actual` comes with its unit as compared by [`unit_match`]; `project` is `None` for a target of the
/// fund as a whole.
///
/// The first of these that holds: the project left ([`Attainment::Left`]), it has not begun ([`Attainment::NotStarted`]),
/// there is no actual, its unit differs, the criterion is in words, met or unmet.
pub fn judge(
    definition: &TargetDefinition,
    actual: Option<(&Measured, UnitMatch)>,
    project: Option<ProjectState>,
) -> Judgement {
    let without_percent = |status| Judgement { status, percent: None };
    if project.is_some_and(ProjectState::has_left) {
        return without_percent(Attainment::Left);
    }
    if project.is_some_and(never_met) {
        return without_percent(Attainment::NotStarted);
    }
    let Some((value, units)) = actual else {
        return without_percent(Attainment::NoActual);
    };
    if units == UnitMatch::Different {
        return without_percent(Attainment::UnitMismatch);
    }
    let met = match (&definition.criterion, value) {
        (Criterion::AtLeast { value: target }, Measured::Number { value }) => value >= target,
        (Criterion::AtMost { value: target }, Measured::Number { value }) => value <= target,
        (Criterion::Equal { value: target }, Measured::Number { value }) => value == target,
        (Criterion::Between { min, max }, Measured::Number { value }) => min <= value && value <= max,
        // What is known to the month counts from its last day, on both sides.
        (Criterion::ByDate { by }, Measured::Date { done }) => done.last_day() <= by.last_day(),
        (Criterion::YesNo { expected }, Measured::YesNo { yes }) => expected == yes,
        (Criterion::Qualitative { .. }, Measured::Level { .. }) => {
            return without_percent(Attainment::NeedsJudgement);
        }
        _ => return without_percent(Attainment::UnitMismatch),
    };
    let status = if met { Attainment::Met } else { Attainment::Unmet };
    Judgement { status, percent: percent(&definition.criterion, value) }
}

/// Compares the kind and unit of an actual with its target's.
///
/// Another kind of value is [`UnitMatch::Different`]. Dates, answers and levels have no unit: of the same kind they are
/// [`UnitMatch::Same`]. For numbers, spaces around a unit aside: equal texts, or none on either side, are the same; a
/// missing unit of the actual means the target's ([`UnitMatch::Assumed`]); everything else is different. That includes
/// an actual with a unit for a target without one: nothing says that the two are the same.
pub fn unit_match(definition: &TargetDefinition, value: &Measured, unit: Option<&str>) -> UnitMatch {
    let written =
        |unit: Option<&'_ str>| unit.map(str::trim).filter(|unit| !unit.is_empty()).map(str::to_owned);
    match (&definition.criterion, value) {
        (
            Criterion::AtLeast { .. }
            | Criterion::AtMost { .. }
            | Criterion::Equal { .. }
            | Criterion::Between { .. },
            Measured::Number { .. },
        ) => match (written(definition.unit.as_deref()), written(unit)) {
            (target, actual) if target == actual => UnitMatch::Same,
            (Some(_), None) => UnitMatch::Assumed,
            _ => UnitMatch::Different,
        },
        (Criterion::ByDate { .. }, Measured::Date { .. })
        | (Criterion::YesNo { .. }, Measured::YesNo { .. })
        | (Criterion::Qualitative { .. }, Measured::Level { .. }) => UnitMatch::Same,
        _ => UnitMatch::Different,
    }
}

/// The state that counts for the targets of a project: one that left its fund has left, whatever became of it later.
pub fn standing(membership: Option<Membership>, state: ProjectState) -> ProjectState {
    match membership {
        Some(Membership::Removed) if !state.has_left() => ProjectState::Removed,
        Some(Membership::Removed | Membership::InFund | Membership::NamedOnly) | None => state,
    }
}

/// Whether no target of a project in this state can be met within the year.
fn never_met(state: ProjectState) -> bool {
    match state {
        ProjectState::NotStarted | ProjectState::CarriedOver | ProjectState::Cancelled => true,
        ProjectState::MovedToLaterYear
        | ProjectState::Removed
        | ProjectState::NotStated
        | ProjectState::Proposed
        | ProjectState::Approved
        | ProjectState::Procured
        | ProjectState::Contracted
        | ProjectState::InProgress
        | ProjectState::Accepted
        | ProjectState::Closed => false,
    }
}

fn percent(criterion: &Criterion, actual: &Measured) -> Option<Number> {
    let (Criterion::AtLeast { value: target }, Measured::Number { value: actual }) = (criterion, actual)
    else {
        return None;
    };
    if *target <= Number::ZERO {
        return None;
    }
    // The product first: 1/3 × 100 is 33.33…, but 2/3 of it would already be cut.
    actual.checked_mul(Number::HUNDRED)?.checked_div(*target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TargetLevel;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    fn target(criterion: Criterion, unit: &str) -> TargetDefinition {
        TargetDefinition {
            class: None,
            owner: None,
            baseline: None,
            level: TargetLevel::Overall,
            name: "城市大数据中心数据汇聚部门总数".to_owned(),
            weight: Number::ONE,
            criterion,
            unit: Some(unit.to_owned()).filter(|unit| !unit.is_empty()),
            text: None,
        }
    }

    fn at_least(value: &str, unit: &str) -> TargetDefinition {
        target(Criterion::AtLeast { value: number(value) }, unit)
    }

    fn count(value: &str) -> Measured {
        Measured::Number { value: number(value) }
    }

    fn day(text: &str) -> Measured {
        Measured::Date { done: text.parse().unwrap() }
    }

    fn level(text: &str) -> Measured {
        Measured::Level { level: text.to_owned() }
    }

    #[track_caller]
    fn check(
        definition: &TargetDefinition,
        actual: Option<(Measured, &str)>,
        project: ProjectState,
        expected: (Attainment, Option<&str>),
    ) {
        let actual = actual.map(|(value, unit)| {
            let units = unit_match(definition, &value, Some(unit));
            (value, units)
        });
        let judged = judge(definition, actual.as_ref().map(|(value, units)| (value, *units)), Some(project));
        let (status, percent) = expected;
        assert_eq!(judged, Judgement { status, percent: percent.map(number) }, "{definition:?} {actual:?}");
    }

    #[test]
    fn targets_of_wuxi_2019() {
        use Attainment::{Left, Met, NeedsJudgement, NoActual, NotStarted, UnitMismatch, Unmet};
        use ProjectState::{
            Accepted, Cancelled, CarriedOver, InProgress, MovedToLaterYear, NotStarted as Idle, NotStated,
            Removed,
        };
        let o01 = at_least("70", "个");
        let d17 = at_least("10000", "人");
        let d03 = target(Criterion::ByDate { by: "2019-12-31".parse().unwrap() }, "date");
        let d21 = target(Criterion::Between { min: number("1"), max: number("2") }, "个");
        let d48 = at_least("1", "次");
        let e16 = at_least("90", "%");

        check(&o01, Some((count("42"), "个")), Accepted, (Unmet, Some("60")));
        check(&at_least("1000", "个"), Some((count("1010"), "个")), Accepted, (Met, Some("101")));
        check(
            &at_least("99.95", "%"),
            Some((count("100"), "%")),
            NotStated,
            (Met, Some("100.05002501250625312656328164")),
        );
        check(
            &at_least("10000000000", "条"),
            Some((count("11500000000"), "条")),
            Accepted,
            (Met, Some("115")),
        );
        check(&at_least("50", "家"), Some((count("42"), "家")), InProgress, (Unmet, Some("84")));
        check(&at_least("5", ""), Some((count("5"), "")), Accepted, (Met, Some("100")));
        check(&d17, Some((count("61"), "条订单")), Accepted, (UnitMismatch, None));
        check(&d17, Some((day("2019-12-03"), "")), Accepted, (UnitMismatch, None));
        check(&d03, Some((day("2019-12-03"), "date")), Accepted, (Met, None));
        check(&d03, Some((day("2019"), "")), Accepted, (Met, None));
        check(&d03, Some((day("2020-01"), "")), Accepted, (Unmet, None));
        check(&d03, Some((count("1"), "date")), Accepted, (UnitMismatch, None));
        check(&d21, Some((count("2"), "")), Accepted, (Met, None));
        check(&d21, Some((count("1"), "")), Accepted, (Met, None));
        check(&d21, Some((count("3"), "")), Accepted, (Unmet, None));
        check(&d21, Some((count("0"), "")), Accepted, (Unmet, None));
        let at_most = target(Criterion::AtMost { value: number("1") }, "次");
        for (state, expected) in [
            (Idle, NotStarted),
            (CarriedOver, NotStarted),
            (Cancelled, NotStarted),
            (MovedToLaterYear, Left),
            (Removed, Left),
        ] {
            check(&d48, Some((count("0"), "")), state, (expected, None));
            check(&d48, None, state, (expected, None));
            check(&at_most, Some((count("0"), "")), state, (expected, None));
        }
        check(&d48, Some((count("0"), "")), Accepted, (Unmet, Some("0")));
        check(&e16, None, Accepted, (NoActual, None));
        let good = target(Criterion::Qualitative { expected: "较好".to_owned() }, "");
        check(&good, Some((level("好"), "")), Accepted, (NeedsJudgement, None));
        check(&good, Some((count("1"), "")), Accepted, (UnitMismatch, None));
        check(&good, None, Accepted, (NoActual, None));
    }

    #[test]
    fn other_directions_have_no_percent() {
        use Attainment::{Met, Unmet};
        let at_most = target(Criterion::AtMost { value: number("10") }, "天");
        let equal = target(Criterion::Equal { value: number("1") }, "套");
        let yes = target(Criterion::YesNo { expected: true }, "");
        check(&at_most, Some((count("10"), "天")), ProjectState::Accepted, (Met, None));
        check(&at_most, Some((count("10.01"), "天")), ProjectState::Accepted, (Unmet, None));
        check(&equal, Some((count("1"), "套")), ProjectState::Accepted, (Met, None));
        check(&equal, Some((count("2"), "套")), ProjectState::Accepted, (Unmet, None));
        check(&yes, Some((Measured::YesNo { yes: true }, "")), ProjectState::Accepted, (Met, None));
        check(&yes, Some((Measured::YesNo { yes: false }, "")), ProjectState::Accepted, (Unmet, None));
        check(&at_least("0", "次"), Some((count("3"), "次")), ProjectState::Accepted, (Met, None));
        check(&at_least("-5", "%"), Some((count("-6"), "%")), ProjectState::Accepted, (Unmet, None));
    }

    #[test]
    fn units_are_compared_as_written() {
        use UnitMatch::{Assumed, Different, Same};
        for (target, actual, expected) in [
            ("个", Some("个"), Same),
            ("个", Some(" 个 "), Same),
            ("个", None, Assumed),
            ("个", Some(" "), Assumed),
            ("人", Some("条订单"), Different),
            ("人天", Some("人"), Different),
            ("", None, Same),
            ("", Some("个"), Different),
        ] {
            let definition = at_least("1", target);
            assert_eq!(unit_match(&definition, &count("1"), actual), expected, "{target} {actual:?}");
        }
    }

    #[test]
    fn a_project_that_left_has_left_whatever_became_of_it() {
        use Membership::{InFund, NamedOnly, Removed as Gone};
        use ProjectState::{Cancelled, InProgress, MovedToLaterYear, Removed};
        for (membership, state, expected) in [
            (Some(Gone), InProgress, Removed),
            (Some(Gone), Cancelled, Removed),
            (Some(Gone), MovedToLaterYear, MovedToLaterYear),
            (Some(InFund), InProgress, InProgress),
            (Some(InFund), Cancelled, Cancelled),
            (Some(NamedOnly), InProgress, InProgress),
            (None, InProgress, InProgress),
        ] {
            assert_eq!(standing(membership, state), expected, "{membership:?} {state:?}");
        }
    }
}
