//! Faults of targets and points.

use super::super::fund::Fund;
use super::super::world::{indicator_subject, target_subject};
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A target's self-score above its weight.
pub fn score_above_weight(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |_| true)?;
    let is_unmet = !fund.is_met(&fund.targets[at]) && fund.started(&fund.targets[at]);
    let target = &mut fund.targets[at];
    target.self_score = Some(target.weight + more(dice));
    let expected = Expected::must("score_above_weight", target_subject(at));
    Some(if is_unmet { expected.may("unmet_but_full", target_subject(at)) } else { expected })
}

/// The same of an indicator that is no target.
pub fn points_above_weight(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = dice.index(fund.indicators.len());
    let indicator = &mut fund.indicators[at];
    indicator.self_score = indicator.weight + more(dice);
    Some(Expected::must("score_above_weight", indicator_subject(indicator.node)))
}

fn more(dice: &Dice) -> i64 {
    i64::try_from(dice.between(1, 3_000)).unwrap()
}

/// A target that is met with some or none of its points.
pub fn met_not_full(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| fund.is_met(target))?;
    let target = &mut fund.targets[at];
    target.self_score = Some(if dice.chance(5_000) { target.weight / 2 } else { 0 });
    Some(Expected::must("met_not_full", target_subject(at)))
}

/// A target that is not met with all of its points.
pub fn unmet_but_full(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| fund.started(target) && !fund.is_met(target))?;
    let target = &mut fund.targets[at];
    target.self_score = Some(target.weight);
    Some(Expected::must("unmet_but_full", target_subject(at)))
}
