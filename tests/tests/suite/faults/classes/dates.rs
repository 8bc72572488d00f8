//! Faults of order: what came before what it has to wait for.

use super::super::fund::Fund;
use super::super::world::project_subject;
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A payment of a month before the contract.
pub fn payment_before_contract(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.has_started() && project.paid > 0)?;
    let dates = &mut fund.projects[at].dates;
    (dates.paid, dates.contracted) = (Some("2019-05"), Some("2019-06-10"));
    Some(Expected::must("payment_before_contract", project_subject(at)))
}

/// The last payment, before the work was accepted.
pub fn final_payment_before_acceptance(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.has_started() && project.paid > 0)?;
    let dates = &mut fund.projects[at].dates;
    (dates.paid, dates.accepted, dates.is_paid_last) = (Some("2019-11"), Some("2019-12-03"), true);
    Some(Expected::must("final_payment_before_acceptance", project_subject(at)))
}

/// More budget for a project that was approved later.
pub fn budget_before_approval(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.adjustments, |one| one.is_up)?;
    let project = fund.adjustments[at].project;
    fund.adjustments[at].on = "2019-11";
    fund.projects[project].dates.approved = Some("2019-12");
    Some(Expected::must("budget_before_approval", project_subject(project)))
}

/// Money that was split, with targets that are nobody's.
pub fn split_without_owner(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let has_targets = |at: usize| fund.targets.iter().any(|target| target.project == Some(at));
    let with: Vec<usize> = (0..fund.projects.len()).filter(|at| has_targets(*at)).collect();
    let at = with[pick(dice, &with, |at| fund.projects[*at].paid + fund.projects[*at].unspent > 0)?];
    fund.projects[at].dates.is_split = true;
    Some(Expected::must("split_without_owner", project_subject(at)))
}

/// A tender that opens in the next year.
pub fn tender_too_late(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| {
        project.is_carried() && !project.has_started() && project.unspent > 0
    })?;
    fund.projects[at].dates.tender = Some(("2019-12-19", "2020-01-15"));
    Some(Expected::must("tender_too_late", project_subject(at)))
}
