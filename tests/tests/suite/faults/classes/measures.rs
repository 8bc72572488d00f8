//! One measure among the overall and the detail targets.

use jixiao_events::targets::TargetLevel;

use super::super::fund::{Fund, Meets, Target};
use super::super::world::target_subject;
use super::{Expected, pick};
use crate::sim::random::Dice;

/// An overall target that is met, and detail targets of projects that started, met as well and free to be changed.
fn free(fund: &Fund, dice: &Dice) -> Option<(usize, Vec<usize>)> {
    let is_free = |target: &Target| {
        target.meets == Meets::AtLeast
            && target.before.is_none()
            && fund.is_met(target)
            && target.unit != Some("%")
    };
    let overall =
        pick(dice, &fund.targets, |target| target.level == TargetLevel::Overall && is_free(target))?;
    let details = (0..fund.targets.len()).filter(|at| {
        let target = &fund.targets[*at];
        target.level == TargetLevel::Detail && is_free(target)
    });
    Some((overall, details.collect()))
}

/// Makes a detail target tell of the same as an overall one.
fn tell_again(fund: &mut Fund, overall: usize, detail: usize) {
    let of = fund.targets[overall].clone();
    let target = &mut fund.targets[detail];
    (target.named_as, target.value, target.actual) = (Some(overall), of.value, of.actual);
    (target.unit, target.actual_unit) = (of.unit, of.actual_unit);
}

/// A detail target that is an overall one too.
pub fn measure_counted_twice(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let (overall, details) = free(fund, dice)?;
    let detail = details[dice.index(Some(details.len()).filter(|count| *count > 0)?)];
    tell_again(fund, overall, detail);
    Some(Expected::must("measure_counted_twice", target_subject(overall)))
}

/// The same, with another target, or another actual.
pub fn measure_drifts(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let expected = measure_counted_twice(fund, dice)?;
    let detail = fund.targets.iter().position(|target| target.named_as.is_some())?;
    let target = &mut fund.targets[detail];
    if dice.chance(5_000) {
        target.actual = target.actual.map(|actual| actual + 1);
    } else {
        target.value -= 1;
    }
    let overall = target.named_as?;
    Some(expected.must_also("measure_drifts", target_subject(overall)))
}

/// Two projects that have more of it than the fund as a whole.
pub fn parts_exceed_overall(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let (overall, details) = free(fund, dice)?;
    let (one, other) = (*details.first()?, *details.last()?);
    (one != other).then_some(())?;
    for detail in [one, other] {
        tell_again(fund, overall, detail);
    }
    fund.targets[other].value -= 1;
    (fund.targets[overall].value > 1).then_some(())?;
    Some(Expected::must("parts_exceed_overall", target_subject(overall)))
}
