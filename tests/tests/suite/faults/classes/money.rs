//! Faults of money, filings and weights.

use jixiao_events::finding::Subject;

use super::super::exact::written;
use super::super::fund::Fund;
use super::super::report::is_right;
use super::super::world::{entry_subject, indicator_subject, node_subject, project_subject};
use super::{Expected, pick};
use crate::sim::random::Dice;

const PROCEDURES: &str = "management.operation.procedures";
const SETTING: &str = "management.target_setting";

/// Unspent money that nobody explains, once the year is closed.
pub fn money_unspent_unexplained(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    (fund.explained() > 0).then_some(())?;
    fund.projects.iter_mut().for_each(|project| project.explained = 0);
    Some(Expected::must("money_unspent_unexplained", Subject::Fund))
}

/// Unspent money that is explained in part.
pub fn money_unspent_explained_in_part(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.explained > 0)?;
    let explained = u64::try_from(fund.projects[at].explained).unwrap();
    fund.projects[at].explained -= i64::try_from(dice.between(1, explained)).unwrap();
    (fund.explained() > 0).then(|| Expected::must("money_unspent_explained_in_part", Subject::Fund))
}

/// Most of the money left over, with reasons for all of it.
pub fn execution_below_bound(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    let mut expected = Expected::must("execution_below_bound", Subject::Fund);
    for at in 0..fund.projects.len() {
        let by = fund.projects[at].paid * 9 / 10;
        leave(fund, at, by);
        if by > 0 && fund.adjustments.iter().any(|one| one.is_up && one.project == at) {
            expected = expected.must_also("increase_unspent", project_subject(at));
        }
    }
    Some(expected)
}

/// What an increase brought, left over, with a reason.
pub fn increase_unspent(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    let at = pick(dice, &fund.adjustments, |one| one.is_up)?;
    let increase = fund.adjustments[at].clone();
    let most = u64::try_from(increase.amount).unwrap();
    leave(fund, increase.project, i64::try_from(dice.between(1, most)).unwrap());
    Some(Expected::must("increase_unspent", project_subject(increase.project)))
}

pub fn leave(fund: &mut Fund, at: usize, by: i64) {
    let project = &mut fund.projects[at];
    project.paid -= by;
    project.unspent += by;
    project.explained += by;
}

/// An adjustment that nobody approved.
pub fn adjustment_without_approver(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = dice.index(fund.adjustments.len());
    fund.adjustments[at].approver = None;
    Some(Expected::must("adjustment_without_approver", entry_subject(at)))
}

/// An adjustment that two are said to have approved.
pub fn adjustment_two_approvers(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = dice.index(fund.adjustments.len());
    fund.adjustments[at].approver = Some("市财政局、市政府");
    Some(Expected::must("adjustment_two_approvers", entry_subject(at)))
}

/// A contract that is not filed.
pub fn filing_missing(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.contract == Some(true))?;
    fund.projects[at].contract = Some(false);
    Some(none_found(fund, Expected::must("filing_missing", project_subject(at)), "filing_missing"))
}

/// Work that is not accepted.
pub fn acceptance_missing(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.acceptance == Some(true))?;
    fund.projects[at].acceptance = Some(false);
    Some(none_found(fund, Expected::must("acceptance_missing", project_subject(at)), "acceptance_missing"))
}

/// A filing that is asked for before there is a contract.
pub fn filing_before_contract(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.projects, |project| project.is_carried() && !project.has_started())?;
    fund.projects[at].contract = Some(false);
    Some(none_found(fund, Expected::must("filing_before_contract", project_subject(at)), "filing_missing"))
}

/// The same while an indicator has all of its points for "none found".
pub fn none_found_but_open(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let procedures = fund.indicators.iter_mut().find(|one| one.node == PROCEDURES)?;
    procedures.self_score = procedures.weight;
    if dice.chance(5_000) { filing_missing(fund, dice) } else { acceptance_missing(fund, dice) }
}

/// What is counted for the fund follows, and contradicts full points for "none found".
fn none_found(fund: &Fund, expected: Expected, counted: &'static str) -> Expected {
    let expected = expected.must_also(counted, Subject::Fund);
    let is_full = fund.indicators.iter().any(|one| one.node == PROCEDURES && one.self_score >= one.weight);
    if is_full { expected.must_also("none_found_but_open", node_subject(PROCEDURES)) } else { expected }
}

/// A target whose weight its group does not have.
pub fn weights_not_group(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = dice.index(fund.targets.len());
    let by = i64::try_from(dice.between(1, 300)).unwrap() * 10;
    let target = &mut fund.targets[at];
    let (weight, own) = (target.weight, target.self_score?);
    target.weight += by;
    target.self_score = Some(if own == weight { target.weight } else { own + own * by / weight });
    // Half of it stays half of it.
    (own == 0 || own == weight || own * 2 == weight).then_some(())?;
    Some(Expected::must("weights_not_group", node_subject(super::super::fund::node_of(target.level))))
}

/// Weights below what their group has, so that points are nobody's.
pub fn weights_not_filled(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.indicators, |one| one.weight > 1_000 && one.is_manual)?;
    let indicator = &mut fund.indicators[at];
    indicator.weight -= 500;
    indicator.self_score = indicator.self_score.min(indicator.weight);
    let (group, _) = indicator.node.rsplit_once('.')?;
    fund.as_published.push(group);
    Some(Expected::must("weights_not_group", node_subject(group)))
}

/// The weights of a group where its scores belong, and the other way round.
pub fn weight_and_score_transposed(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    fund.as_published.push(SETTING);
    let mut expected = Expected::must("weight_and_score_transposed", node_subject(SETTING))
        .must_also("weights_not_group", node_subject(SETTING));
    let mut weights = 0;
    for one in fund.indicators.iter_mut().filter(|one| one.node.starts_with(SETTING)) {
        (one.weight > 1_000).then_some(())?;
        one.self_score = one.weight;
        one.weight -= 1_000;
        weights += one.weight;
        expected = expected.must_also("score_above_weight", indicator_subject(one.node));
    }
    let quantity = format!("score.{SETTING}");
    for claim in fund.report.iter_mut().filter(|claim| claim.quantity == quantity) {
        claim.stated = written(i128::from(weights), 3);
    }
    if fund.report.iter().any(|claim| claim.quantity == quantity && is_right(fund, claim) == Some(false)) {
        expected = expected.cause(&quantity, "transposed_columns", SETTING);
    }
    expected.broken.insert(quantity);
    Some(expected)
}
