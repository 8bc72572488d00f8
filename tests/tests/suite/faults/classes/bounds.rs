//! Faults against the bounds of a scheme, and targets scored or reported by an earlier version.

use jixiao_events::finding::Subject;

use super::super::fund::{Fund, Meets, Target};
use super::super::world::{project_subject, target_subject};
use super::targets::has_twin;
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A percent in billionths.
const PERCENT: i128 = 1_000_000_000;

/// Targets far exceeded for which nobody says why.
pub fn over_target_unexplained(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let bound = i64::try_from(dice.between(101, 300)).unwrap();
    fund.bounds.push(format!("over_target = {bound}"));
    let is_over = |target: &Target| {
        let is_compared = target.meets == Meets::AtLeast && fund.is_met(target);
        is_compared && target.actual.is_some_and(|actual| actual * 100 >= target.value * bound)
    };
    let over = (0..fund.targets.len()).filter(|at| {
        let target = &fund.targets[*at];
        is_over(target) && !fund.is_explained(target)
    });
    all("over_target_unexplained", over.map(target_subject))
}

/// Targets that are full while most of their project's money is left.
pub fn full_but_unpaid(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    fund.bounds.push("paid_when_full = 50".to_owned());
    let is_full = |at: usize| {
        let mut of = fund.targets.iter().filter(|target| target.project == Some(at));
        of.any(|target| fund.is_met(target) && target.self_score == Some(target.weight))
    };
    let full: Vec<bool> = (0..fund.projects.len()).map(|at| is_full(at) && fund.allocated(at) > 0).collect();
    let at = pick(dice, &full, |is_full| *is_full)?;
    let by = fund.projects[at].paid * 9 / 10;
    super::money::leave(fund, at, by);
    let mut expected = Expected::must("full_but_unpaid", project_subject(at));
    if fund.adjustments.iter().any(|one| one.is_up && one.project == at) {
        expected = expected.must_also("increase_unspent", project_subject(at));
    }
    if fund.paid() * 100 < fund.adjusted() * 60 {
        expected = expected.must_also("execution_below_bound", Subject::Fund);
    }
    Some(expected)
}

/// Money and targets farther apart than a scheme allows.
pub fn progress_gap(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    let bound = i128::from(dice.between(1, 60));
    fund.bounds.push(format!("progress_gap = {bound}"));
    let money = |above: i64, below: i64| i128::from(above) * 100 * PERCENT / i128::from(below);
    let (met, count) = (fund.targets.iter().filter(|target| fund.is_met(target)).count(), fund.targets.len());
    let share = met as i128 * 100 * PERCENT / count as i128;
    let mut gaps = vec![(Subject::Fund, money(fund.paid(), fund.adjusted()), share, share)];
    for (at, project) in fund.projects.iter().enumerate() {
        let of: Vec<&Target> = fund.targets.iter().filter(|target| target.project == Some(at)).collect();
        if of.is_empty() || !project.is_carried() || project.paid == 0 || fund.allocated(at) <= 0 {
            continue;
        }
        let whole: i128 = of.iter().map(|target| i128::from(target.weight)).sum();
        let (mut low, mut high) = (0, 0);
        for target in of {
            let (least, most) = reached(fund, target);
            low += i128::from(target.weight) * least;
            high += i128::from(target.weight) * most;
        }
        let rate = money(project.paid, project.paid + project.unspent);
        gaps.push((project_subject(at), rate, low / whole, high / whole));
    }
    let wide = |(rate, low, high): (i128, i128, i128)| (rate - high).max(low - rate) - bound * PERCENT;
    // What is cut off of a billionth decides nothing.
    gaps.iter().all(|(_, rate, low, high)| wide((*rate, *low, *high)).abs() > 1_000).then_some(())?;
    let apart = gaps.into_iter().filter(|(_, rate, low, high)| wide((*rate, *low, *high)) > 0);
    all("progress_gap", apart.map(|(subject, ..)| subject))
}

/// How far a target is reached, at least and at most.
fn reached(fund: &Fund, target: &Target) -> (i128, i128) {
    let whole = 100 * PERCENT;
    if !fund.started(target) {
        return (0, 0);
    }
    if fund.is_met(target) {
        return (whole, whole);
    }
    match (target.meets, target.actual) {
        (Meets::AtLeast, Some(actual)) => {
            let part = i128::from(actual) * whole / i128::from(target.value);
            (part, part)
        }
        _ => (0, whole),
    }
}

fn all(code: &'static str, subjects: impl Iterator<Item = Subject>) -> Option<Expected> {
    let must: Vec<_> = subjects.map(|subject| (code, subject)).collect();
    (!must.is_empty()).then(|| Expected { must, ..Expected::default() })
}

/// Targets that are far from what was reached the year before, and some that are near.
pub fn target_off_earlier_year(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let bound = i64::try_from(dice.between(5, 60)).unwrap();
    fund.bounds.push(format!("earlier_year = {bound}"));
    let mut off = Vec::new();
    for at in 0..fund.targets.len() {
        let target = &mut fund.targets[at];
        if target.meets != Meets::AtLeast || dice.chance(5_000) {
            continue;
        }
        let earlier = i64::try_from(dice.between(1, 1_000)).unwrap();
        target.baseline = Some(earlier);
        if (target.value - earlier).abs() * 100 > earlier * bound {
            off.push(target_subject(at));
        }
    }
    all("target_off_earlier_year", off.into_iter())
}

/// A target in words.
pub fn target_not_measurable(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| fund.started(target) && target.before.is_none())?;
    let target = &mut fund.targets[at];
    (target.meets, target.unit, target.actual_unit) = (Meets::Words, None, None);
    Some(Expected::must("target_not_measurable", target_subject(at)))
}

/// A target that was raised once it was scored.
pub fn old_version_scored(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| {
        let is_free = target.before.is_none() && target.meets == Meets::AtLeast;
        is_free && fund.is_met(target) && target.actual == Some(target.value)
    })
    .or_else(|| {
        pick(dice, &fund.targets, |target| {
            target.before.is_none() && target.meets == Meets::AtLeast && fund.is_met(target)
        })
    })?;
    let target = &mut fund.targets[at];
    target.before = Some(target.value);
    target.value = target.actual? * 2 + 1;
    target.is_scored_first = true;
    (!has_twin(fund, at)).then_some(())?;
    let expected = Expected::must("old_version_scored", target_subject(at))
        .must_also("unmet_but_full", target_subject(at));
    Some(if fund.is_explained(&fund.targets[at]) {
        expected
    } else {
        expected.must_also("unmet_unexplained", target_subject(at))
    })
}

/// A target that was changed after the day that its actual is of.
pub fn actual_before_revision(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    let at = pick(dice, &fund.targets, |target| target.before.is_some())?;
    fund.targets[at].days = Some(("2019-06", "2019-10-28"));
    Some(Expected::must("actual_before_revision", target_subject(at)))
}
