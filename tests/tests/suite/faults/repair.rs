//! What puts a fault right: further events and commands that make of a broken fund what it was meant to be, as far as its
//! services permit.

use jixiao_events::ledger::{Direction, EntryKind, LedgerEvent};
use jixiao_events::registry::{FilingKind, FilingState};
use jixiao_events::targets::{ScoreSubject, TargetEvent};
use jixiao_events::{Approval, EntryId};

use super::form::scheme_text;
use super::fund::{Claim, Fund, Target};
use super::papers;
use super::steps::{payment, tendered};
use super::world::{
    World, booking, definition, filing, id, miss_explained, of_ledger, of_project, of_registry, of_targets,
    paid_in_group, reached, scored, target_ref, unspent_explained,
};

/// Tells a world what the broken fund lacks. A project that papers name cannot be made unnamed: `None`.
pub fn repair(world: &mut World, broken: &Fund, whole: &Fund) -> Option<()> {
    (broken.projects.len() == whole.projects.len()).then_some(())?;
    papers::repair(world, broken, whole)?;
    super::elsewhere::repair(world, broken, whole);
    // What was evaluated by wrong weights is evaluated by another version of the scheme.
    if scheme_text(broken) != scheme_text(whole) {
        world.open(&scheme_text(whole));
    }
    for at in 0..whole.projects.len() {
        money(world, broken, whole, at);
        filings(world, broken, whole, at);
    }
    for group in 0..2 {
        let paid = whole.paid_in(group).filter(|paid| broken.paid_in(group) != Some(*paid));
        if let Some(paid) = paid {
            world.take(of_ledger(&paid_in_group("late", group, paid)));
        }
    }
    for (at, (was, is)) in broken.adjustments.iter().zip(&whole.adjustments).enumerate() {
        if (was.approver, was.on) == (is.approver, is.on) {
            continue;
        }
        let entry =
            |name: &str| booking(&format!("{name}-{at}"), of_project(is.project), is.amount, is.approver);
        let (kind, direction) = if is.is_up {
            (EntryKind::Increase, Direction::Increase)
        } else {
            (EntryKind::Decrease, Direction::Decrease)
        };
        let of: EntryId = id(&format!("adjustment-{at}"));
        let taken_back =
            jixiao_events::ledger::Booking { approval: Approval::default(), ..entry("reversal") };
        let reversed =
            LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking: taken_back };
        world.take(of_ledger(&reversed));
        world.take(of_ledger(&LedgerEvent::BudgetAdjusted { direction, booking: entry("approved") }));
    }
    for (at, (was, is)) in broken.targets.iter().zip(&whole.targets).enumerate() {
        target(world, (broken, was), (whole, is), at);
    }
    for (was, is) in broken.indicators.iter().zip(&whole.indicators) {
        if was.self_score != is.self_score {
            let subject = ScoreSubject::Indicator { indicator: id(is.node) };
            world.take(of_targets(&scored(subject, is.self_score)));
        }
    }
    // A change that was told is made, and taken back: it shows in the version before.
    for (project, value, _) in broken.changes.iter().skip(whole.changes.len()) {
        let of_project = |target: &&Target| target.project == Some(*project) && target.unit.is_some();
        let one = whole.targets.iter().find(of_project)?;
        let at = whole.targets.iter().position(|other| std::ptr::eq(other, one))?;
        for (version, value) in [(11, *value), (12, one.value)] {
            world.take(of_targets(&revised(at, one, version, value)));
        }
    }
    for (explanation, project, group) in reasons(broken, whole) {
        world.take(of_targets(&miss_explained(&explanation, project, group, Vec::new())));
    }
    report(world, broken, whole);
    Some(())
}

fn money(world: &mut World, broken: &Fund, whole: &Fund, at: usize) {
    let (was, is) = (&broken.projects[at], &whole.projects[at]);
    if is.paid > was.paid {
        let booking = booking(&format!("paid-late-{at}"), of_project(at), is.paid - was.paid, None);
        world.take(of_ledger(&LedgerEvent::PaymentMade {
            request: None,
            over_limit: None,
            is_final: false,
            booking,
        }));
    }
    // What was paid before its time is taken back and paid in time.
    if was.dates.paid != is.dates.paid {
        world.take(of_ledger(&LedgerEvent::EntryReversed {
            of: id(&format!("payment-{at}")),
            kind: EntryKind::Payment,
            gives_back: None,
            over_limit: None,
            booking: booking(&format!("payment-back-{at}"), of_project(at), was.paid, None),
        }));
        world.take(of_ledger(&payment(&format!("payment-anew-{at}"), at, is.paid, &is.dates)));
    }
    if was.dates.is_split && !is.dates.is_split {
        world.take(of_ledger(&LedgerEvent::EntryReversed {
            of: id(&format!("split-{at}")),
            kind: EntryKind::Split,
            gives_back: None,
            over_limit: None,
            booking: booking(&format!("split-back-{at}"), of_project(at), was.paid + was.unspent, None),
        }));
    }
    if was.dates.tender != is.dates.tender {
        world.take(of_registry(&tendered(at, "2019-03-01", "2019-04-01")));
    }
    if is.explained > was.explained {
        let explained = unspent_explained(&format!("reason-late-{at}"), at, is.explained - was.explained);
        world.take(of_ledger(&explained));
    }
    if is.explained < was.explained {
        let booking = booking(&format!("reason-gone-{at}"), of_project(at), was.explained, None);
        let of: EntryId = id(&format!("reason-{at}"));
        let kind = EntryKind::UnspentExplanation;
        let reversed = LedgerEvent::EntryReversed { of, kind, gives_back: None, over_limit: None, booking };
        world.take(of_ledger(&reversed));
        if is.explained > 0 {
            world.take(of_ledger(&unspent_explained(&format!("reason-anew-{at}"), at, is.explained)));
        }
    }
}

fn filings(world: &mut World, broken: &Fund, whole: &Fund, at: usize) {
    let (was, is) = (&broken.projects[at], &whole.projects[at]);
    let kinds = [
        (FilingKind::ContractFiling, was.contract, is.contract),
        (FilingKind::Acceptance, was.acceptance, is.acceptance),
    ];
    for (kind, was, is) in kinds.into_iter().filter(|(_, was, is)| was != is) {
        // What was asked for before its time is waived.
        let state = if is.is_some() { FilingState::Filed } else { FilingState::Waived };
        assert_eq!(was, Some(false), "a class breaks filings by leaving one out");
        world.take(of_registry(&filing(at, kind, state, -1)));
    }
}

fn target(world: &mut World, (broken, was): (&Fund, &Target), (whole, is): (&Fund, &Target), at: usize) {
    if (was.value, was.unit, was.weight, was.meets, was.named_as)
        != (is.value, is.unit, is.weight, is.meets, is.named_as)
    {
        world.take(of_targets(&revised(at, is, 9, is.value)));
    }
    if (was.actual, was.actual_unit, was.days) != (is.actual, is.actual_unit, is.days)
        || was.meets != is.meets
    {
        world.take(of_targets(&reached(at, is, is.actual.unwrap())));
    }
    if was.self_score != is.self_score {
        let subject = ScoreSubject::Target { target: target_ref(at, is) };
        world.take(of_targets(&scored(subject, is.self_score.unwrap())));
    }
    if whole.is_explained(is) && is.is_explained && !broken.is_explained(was) {
        let targets = vec![target_ref(at, is).target];
        world.take(of_targets(&miss_explained(&format!("reason-late-{at}"), None, None, targets)));
    }
}

fn revised(at: usize, one: &Target, version: u32, value: i64) -> TargetEvent {
    TargetEvent::TargetRevised {
        target: target_ref(at, one),
        version,
        definition: definition(at, one, value),
        on: None,
        approval: Approval::default(),
        source: None,
    }
}

/// The reasons for whole projects and groups that are missing.
fn reasons(broken: &Fund, whole: &Fund) -> Vec<(String, Option<usize>, Option<usize>)> {
    let missing =
        |of: &[usize], there: &[usize]| of.iter().copied().filter(|at| !there.contains(at)).collect();
    let projects: Vec<usize> = missing(&whole.reasons.0, &broken.reasons.0);
    let groups: Vec<usize> = missing(&whole.reasons.1, &broken.reasons.1);
    let of_projects = projects.into_iter().map(|at| (format!("late-p{at}"), Some(at), None));
    of_projects.chain(groups.into_iter().map(|at| (format!("late-g{at}"), None, Some(at)))).collect()
}

/// States the report anew, as it was meant. What was stated once too often, at a place of its own, is stated like the rest.
fn report(world: &mut World, broken: &Fund, whole: &Fund) {
    let meant = |claim: &Claim| {
        let same = whole.report.iter().filter(|one| one.quantity == claim.quantity);
        let here = same.clone().find(|one| one.place == claim.place);
        here.or_else(|| same.clone().next()).map(|one| Claim { place: claim.place.clone(), ..one.clone() })
    };
    let changed = broken.report.iter().filter_map(|claim| meant(claim).filter(|meant| meant != claim));
    let is_there = |claim: &&Claim| {
        broken.report.iter().any(|one| (&one.quantity, &one.place) == (&claim.quantity, &claim.place))
    };
    let missing = whole.report.iter().filter(|claim| !is_there(claim)).cloned();
    world.state(&changed.chain(missing).collect::<Vec<_>>());
}
