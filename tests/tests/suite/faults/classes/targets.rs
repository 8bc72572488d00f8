//! Faults of targets and points.

use jixiao_events::finding::Subject;
use jixiao_events::registry::{Membership, Origin, ProjectState};

use super::super::fund::{Dates, Fund, Meets, Project, Target};
use super::super::world::{indicator_subject, project_subject, target_subject};
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A target's self-score above its weight.
pub fn score_above_weight(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |_| true)?;
    (!has_twin(fund, at)).then_some(())?;
    let is_idle = !fund.started(&fund.targets[at]);
    let is_unmet = !fund.is_met(&fund.targets[at]) && fund.started(&fund.targets[at]);
    let target = &mut fund.targets[at];
    target.self_score = Some(target.weight + more(dice));
    let expected = Expected::must("score_above_weight", target_subject(at));
    Some(match () {
        () if is_unmet => expected.must_also("unmet_but_full", target_subject(at)),
        () if is_idle => expected.must_also("not_started_but_met", target_subject(at)),
        () => expected,
    })
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
    (!has_twin(fund, at)).then_some(())?;
    let target = &mut fund.targets[at];
    target.self_score = Some(target.weight);
    Some(Expected::must("unmet_but_full", target_subject(at)))
}

/// Whether another target is met just as far, so that the two have to be scored alike.
pub fn has_twin(fund: &Fund, at: usize) -> bool {
    let part = |target: &Target| {
        let is_part = target.meets == Meets::AtLeast && fund.started(target) && !fund.is_met(target);
        let actual = target.actual.filter(|_| is_part)?;
        (actual > 0).then_some((actual, target.value))
    };
    let Some((actual, value)) = part(&fund.targets[at]) else { return false };
    let others = fund.targets.iter().enumerate().filter(|(other, _)| *other != at);
    others.filter_map(|(_, other)| part(other)).any(|(other, of)| other * value == actual * of)
}

/// A target that nobody says why it is missed.
pub fn unmet_unexplained(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| target.is_explained)?;
    fund.targets[at].is_explained = false;
    Some(Expected::must("unmet_unexplained", target_subject(at)))
}

/// A project that nobody says of why its targets are missed.
pub fn project_unexplained(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.reasons.0, |_| true)?;
    fund.reasons.0.remove(at);
    unexplained(fund)
}

/// The same of a group of projects.
pub fn group_unexplained(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.reasons.1, |_| true)?;
    fund.reasons.1.remove(at);
    unexplained(fund)
}

fn unexplained(fund: &Fund) -> Option<Expected> {
    let is_open = |target: &Target| target.is_missed() && !fund.is_explained(target);
    let open: Vec<usize> = (0..fund.targets.len()).filter(|at| is_open(&fund.targets[*at])).collect();
    let (first, rest) = open.split_first()?;
    let expected = Expected::must("unmet_unexplained", target_subject(*first));
    Some(
        rest.iter()
            .fold(expected, |expected, at| expected.must_also("unmet_unexplained", target_subject(*at))),
    )
}

/// An actual in another unit than its target.
pub fn unit_mismatch(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| fund.started(target) && target.meets.is_number())?;
    fund.targets[at].actual_unit = Some("条订单");
    Some(Expected::must("unit_mismatch", target_subject(at)))
}

/// A target without a unit.
pub fn unit_not_stated(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| target.meets.is_number())?;
    let target = &mut fund.targets[at];
    (target.unit, target.actual_unit) = (None, None);
    Some(Expected::must("unit_not_stated", target_subject(at)))
}

/// A blank where the actual stands.
pub fn actual_not_stated(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| fund.started(target))?;
    fund.targets[at].actual = None;
    let expected = Expected::must("actual_not_stated", target_subject(at));
    Some(if fund.is_explained(&fund.targets[at]) {
        expected
    } else {
        expected.must_also("unmet_unexplained", target_subject(at))
    })
}

/// A blank where the self-score stands, once the year is closed.
pub fn self_score_not_stated(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.is_closed = true;
    let at = dice.index(fund.targets.len());
    fund.targets[at].self_score = None;
    Some(Expected::must("self_score_not_stated", target_subject(at)))
}

/// A target of a project that never started, recorded as reached.
pub fn not_started_but_met(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| !fund.started(target))?;
    let target = &mut fund.targets[at];
    if dice.chance(7_000) {
        target.actual = Some(target.value);
    } else {
        target.self_score = Some(target.weight / 2);
    }
    Some(Expected::must("not_started_but_met", target_subject(at)))
}

/// A target that was lowered so that it is met, scored as before.
pub fn lowered_target_old_scored(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| {
        fund.is_met(target) && target.before.is_none() && target.meets == Meets::AtLeast
    })?;
    let target = &mut fund.targets[at];
    let actual = target.actual?;
    let before = actual * 3 / 2;
    (before > actual).then_some(())?;
    target.before = Some(before);
    target.self_score = Some(if actual * 100 >= before * 60 { target.weight / 2 } else { 0 });
    let expected = Expected::must("lowered_target_old_scored", target_subject(at));
    Some(expected.must_also("met_not_full", target_subject(at)))
}

/// A change of a target that is told and that no target shows.
pub fn target_change_not_reflected(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| target.project.is_some() && target.meets == Meets::AtLeast)?;
    let project = fund.targets[at].project?;
    fund.changes.push((project, 100_000, fund.targets[at].value));
    Some(Expected::must("target_change_not_reflected", project_subject(project)))
}

/// A project that papers name and that the fund does not have.
pub fn name_not_in_fund(fund: &mut Fund, _: &Dice) -> Option<Expected> {
    fund.projects.push(named_only());
    Some(Expected::must("name_not_in_fund", project_subject(fund.projects.len() - 1)))
}

/// A target of such a project.
pub fn target_without_project(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let is_free = |target: &Target| {
        let needs_no_reason = fund.is_met(target) || target.is_explained;
        target.project.is_some() && fund.started(target) && target.before.is_none() && needs_no_reason
    };
    let at = pick(dice, &fund.targets, is_free)?;
    fund.projects.push(named_only());
    let project = fund.projects.len() - 1;
    fund.targets[at].project = Some(project);
    let expected = Expected::must("target_without_project", target_subject(at));
    Some(expected.must_also("name_not_in_fund", project_subject(project)))
}

fn named_only() -> Project {
    Project {
        origin: Origin::NotStated,
        state: ProjectState::InProgress,
        membership: Membership::NamedOnly,
        group: None,
        paid: 0,
        unspent: 0,
        explained: 0,
        contract: None,
        acceptance: None,
        dates: Dates::default(),
    }
}

/// Two targets of one attainment, scored half and nothing.
pub fn same_ratio_different_score(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let is_free = |target: &Target| {
        let is_missed = fund.started(target) && !fund.is_met(target) && target.meets == Meets::AtLeast;
        is_missed && target.before.is_none() && target.weight > 10
    };
    let free: Vec<usize> = (0..fund.targets.len()).filter(|at| is_free(&fund.targets[*at])).collect();
    let (one, other) = (*free.first()?, *free.last()?);
    (one != other).then_some(())?;
    let percent = i64::try_from(dice.between(60, 99)).unwrap();
    for (at, times) in [(one, 1), (other, i64::try_from(dice.between(1, 3)).unwrap())] {
        let target = &mut fund.targets[at];
        (target.value, target.actual) = (100 * times, Some(percent * times));
        target.self_score = Some(if at == one { target.weight / 2 } else { 0 });
    }
    Some(Expected::must("same_ratio_different_score", Subject::Attainment { percent: percent.into() }))
}

/// The column of a project's self-scores moved up by some rows.
pub fn scores_shifted(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let of = |project: usize| {
        let rows = fund.targets.iter().enumerate().filter(move |(_, target)| target.project == Some(project));
        rows.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let project = pick(dice, &fund.projects, Project::has_started)?;
    let rows = of(project);
    let shift = dice.index(2) + 1;
    let met: Vec<bool> = rows.iter().map(|at| fund.is_met(&fund.targets[*at])).collect();
    let wrong: Vec<usize> =
        (0..rows.len().saturating_sub(shift)).filter(|row| met[*row] != met[row + shift]).collect();
    (wrong.len() >= 2 && !wrong.iter().any(|row| has_twin(fund, rows[*row]))).then_some(())?;
    let mut expected = Expected::must("scores_shifted", project_subject(project));
    for row in wrong {
        let at = rows[row];
        let target = &mut fund.targets[at];
        let code = if met[row] { "met_not_full" } else { "unmet_but_full" };
        target.self_score = Some(if met[row] { 0 } else { target.weight });
        expected = expected.must_also(code, target_subject(at));
        // Another score comes to each row of the column but the first ones.
        if row >= shift {
            let about = format!("project:p{project}");
            expected.causes.push((code, target_subject(at), "shifted_scores", about));
        }
    }
    Some(expected)
}
