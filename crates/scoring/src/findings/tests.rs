//! What holds of all checks.

use std::collections::BTreeSet;

use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::scoring::ScoringEvent;

use super::CHECKS;
use crate::domain::ScoringCommand;
use crate::domain::tests::{Step, World, fund_id, project, targets::*};
use crate::to_proto::finding as to_proto;

/// A fund with findings about targets and an attainment.
fn contradicted() -> (World, Vec<ScoringEvent>) {
    let mut world = opened();
    let mut events = Vec::new();
    let idle = project("idle", Membership::InFund, ProjectState::NotStarted);
    let rows = [
        row("p", "d20", "50", "42", "1"),
        row("p", "d21", "50", "42", "0"),
        row("idle", "d29", "80", "80", "1"),
    ];
    for step in std::iter::once(idle).chain(rows.into_iter().flatten()) {
        events.extend(world.step(&step).unwrap());
    }
    (world, events)
}

fn raised(events: &[ScoringEvent]) -> Vec<String> {
    let findings = events.iter().filter_map(|event| match event {
        ScoringEvent::FindingRaised { finding, .. } => Some(finding),
        _ => None,
    });
    findings.map(|finding| format!("{} {}", finding.code, to_proto(finding, Vec::new(), 0).name)).collect()
}

/// The figures that a template names.
fn places(template: &str) -> BTreeSet<&str> {
    template.split('{').skip(1).map(|part| part.split_once('}').unwrap().0).collect()
}

#[test]
fn a_check_says_all_that_it_has_to() {
    let mut codes = BTreeSet::new();
    for check in CHECKS {
        let code = check.code;
        assert!(codes.insert(code), "{code} twice");
        assert!(code.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'), "{code}");
        for text in [check.title, check.rule, check.example, check.message] {
            assert!(!text.zh.is_ascii(), "{code}: {}", text.zh);
            assert!(!text.en.is_empty() && text.en != text.zh, "{code}: {}", text.en);
        }
        let (zh, en) = (places(check.message.zh), places(check.message.en));
        assert!(!zh.is_empty(), "{code} names no figure");
        assert_eq!(zh, en, "{code} names other figures in English");
    }
}

#[test]
fn a_finding_has_the_same_id_in_every_run() {
    let (_, first) = contradicted();
    let (_, second) = contradicted();
    assert_eq!(raised(&first), raised(&second));
    let ids = [
        ("unmet_but_full", "37950964-6abc-5dd6-8879-18e11f7873c5"),
        ("unmet_unexplained", "33ed4ade-cebb-56db-b4a9-af0dbd6e7ec0"),
        ("unmet_unexplained", "f0850304-5223-5d2d-be39-9eb55eac68d3"),
        ("same_ratio_different_score", "3ce9fcaa-ca8e-5478-a6a3-3e1c3e1e07fa"),
        ("not_started_but_met", "96c64ec7-c07f-5480-9961-5ddec6b17ff1"),
    ];
    // Checks of the fund as a whole may find more in it.
    let found = raised(&first);
    for (code, id) in ids {
        let pinned = format!("{code} funds/smart-city-2019/findings/{id}");
        assert!(found.contains(&pinned), "{pinned} is not among {found:?}");
    }
}

#[test]
fn a_finding_that_comes_back_is_the_same() {
    let (mut world, events) = contradicted();
    let unmet = |events: &[ScoringEvent]| {
        let mut raised = raised(events);
        raised.retain(|finding| finding.starts_with("unmet_but_full "));
        raised
    };
    let before = unmet(&events);
    assert_eq!(before.len(), 1);
    let cleared = world.step(&scored("p", "d20", "0")).unwrap();
    let is_cleared = |event: &ScoringEvent| matches!(event, ScoringEvent::FindingCleared { finding, .. } if finding.code == "unmet_but_full");
    assert!(cleared.iter().any(is_cleared), "{cleared:?}");
    assert_eq!(unmet(&world.step(&scored("p", "d20", "1")).unwrap()), before);
}

#[test]
fn computed_anew_the_findings_are_what_they_were() {
    let (mut world, _) = contradicted();
    let before = world.canonical();
    let (log, voided) = ("ledger".to_owned(), "entry".to_owned());
    let events =
        world.step(&Step::Command(ScoringCommand::Recompute { fund: fund_id(), log, voided })).unwrap();
    assert_eq!((raised(&events).len(), world.canonical()), (0, before));
}
