//! Answers to findings: refusals in order of precedence, and what becomes of an answer.

use jixiao_events::finding::{AnswerKind, FindingAnswer};
use jixiao_events::{FindingId, PartialDate};

use super::targets::*;
use super::*;
use crate::domain::answer::{AnswerFinding, AnswerRefusal, Given};
use crate::findings::finding_id;

/// The id of `unmet_but_full` about target d20.
const UNMET_BUT_FULL: &str = "37950964-6abc-5dd6-8879-18e11f7873c5";

fn day(text: &str) -> PartialDate {
    text.parse().unwrap()
}

fn answer(id: &str, kind: AnswerKind, text: &str, deadline: Option<&str>) -> Step {
    let (fund, finding) = (fund_id(), id.parse().unwrap());
    let deadline = deadline.map(day);
    let answer = FindingAnswer { kind, text: text.to_owned(), deadline, on: day("2020-07-01") };
    Step::Command(ScoringCommand::AnswerFinding(AnswerFinding { fund, finding, answer }))
}

fn explain(text: &str) -> Step {
    answer(UNMET_BUT_FULL, AnswerKind::Explained, text, None)
}

/// Full points for 42 of 50, and half of them to come.
fn contradicted() -> World {
    let mut world = opened();
    world.steps(&row("p", "d20", "50", "42", "1"));
    world
}

/// The answers that hold: text, and whether it was given before a revision.
fn held(world: &World) -> Vec<(String, bool)> {
    let rows = world.folded.prefix("answers/").filter_map(|(_, state)| state.as_answers());
    rows.flat_map(BTreeMap::values).map(|given| (given.answer.text.clone(), given.before_revision)).collect()
}

fn hold(text: &str, before_revision: bool) -> Vec<(String, bool)> {
    vec![(text.to_owned(), before_revision)]
}

#[test]
fn refusals_in_order() {
    use AnswerKind::{Accepted, Explained, ToBeRectified};
    let refused = |world: &mut World, step: Step, expected: ScoringRefusal| {
        assert_eq!(world.step(&step), Err(expected), "{step:?}");
    };
    let unknown = "00000000-0000-5000-8000-000000000000";
    let mut world = World::default();
    refused(&mut world, answer(unknown, ToBeRectified, "-", None), AnswerRefusal::DeadlineMissing.into());
    for kind in [Explained, Accepted] {
        let refusal = AnswerRefusal::DeadlineNotNeeded { deadline: day("2020-06-30") };
        refused(&mut world, answer(unknown, kind, "-", Some("2020-06-30")), refusal.into());
    }
    // A deadline counts from its last day, as every date does.
    for (deadline, fits) in
        [("2020-06-30", false), ("2020-06", false), ("2019", false), ("2020-07", true), ("2020-07-01", true)]
    {
        let step = answer(unknown, ToBeRectified, "-", Some(deadline));
        let (deadline, on) = (day(deadline), day("2020-07-01"));
        let refusal = if fits {
            AnswerRefusal::FundNotFound(fund_id()).into()
        } else {
            AnswerRefusal::DeadlineBeforeAnswer { deadline, on }.into()
        };
        refused(&mut world, step, refusal);
    }
    let not_standing = |id: &str| {
        let (fund, finding): (_, FindingId) = (fund_id(), id.parse().unwrap());
        ScoringRefusal::from(AnswerRefusal::NotStanding { fund, finding })
    };
    let mut world = contradicted();
    refused(&mut world, answer(unknown, Accepted, "-", None), not_standing(unknown));
    world.steps(&[explain("seen"), scored("p", "d20", "0")]);
    refused(&mut world, explain("late"), not_standing(UNMET_BUT_FULL));
}

#[test]
fn an_answer_is_an_event_with_its_finding() {
    let mut world = contradicted();
    let step = answer(UNMET_BUT_FULL, AnswerKind::ToBeRectified, "to be filed anew", Some("2020-09-30"));
    let events = world.step(&step).unwrap();
    let [ScoringEvent::FindingAnswered { finding, answer }] = &events[..] else { panic!("{events:?}") };
    assert_eq!((finding.code.as_str(), finding_id(finding).as_str()), ("unmet_but_full", UNMET_BUT_FULL));
    assert_eq!(answer.deadline, Some(day("2020-09-30")));
    let rows: Vec<_> = world.folded.prefix("answers/").collect();
    let [(key, state)] = rows[..] else { panic!("{rows:?}") };
    assert_eq!(key, format!("answers/{FUND}/target:d20"));
    let given: &Given = &state.as_answers().unwrap()["unmet_but_full"];
    assert_eq!((given.event.actor.as_str(), given.event.effective), ("tester", Some(day("2020-07-01"))));
    // The finding stands as before.
    assert_eq!(world.said("unmet_but_full").len(), 1);
}

#[test]
fn a_later_answer_takes_the_place_of_an_earlier_one() {
    let mut world = contradicted();
    world.steps(&[explain("first"), explain("second")]);
    assert_eq!(held(&world), hold("second", false));
}

#[test]
fn what_becomes_of_an_answer_with_its_finding() {
    let mut world = contradicted();
    world.steps(&[explain("first")]);
    // Another finding of the same scope, and one that is not answered, are nothing to it.
    assert!(world.said("unmet_unexplained").len() == 1);
    world.steps(&[reported("p", "d20", "43")]);
    assert_eq!(held(&world), hold("first", true));
    world.steps(&[explain("second")]);
    assert_eq!(held(&world), hold("second", false));
    world.steps(&[scored("p", "d20", "0")]);
    assert_eq!((held(&world), world.said("unmet_but_full")), (vec![], vec![]));
    world.steps(&[scored("p", "d20", "1")]);
    assert_eq!((held(&world), world.said("unmet_but_full").len()), (vec![], 1));
    world.steps(&[explain("third")]);
    let (log, voided) = ("ledger".to_owned(), "entry".to_owned());
    world.steps(&[Step::Command(ScoringCommand::Recompute { fund: fund_id(), log, voided })]);
    assert_eq!(held(&world), hold("third", false));
}

#[test]
fn an_answer_stays_where_its_finding_is_computed_anew() {
    // As the fold has it at a moment, or where the event that raised the finding was lost: the answer alone is left.
    let mut world = contradicted();
    let events = world.step(&explain("first")).unwrap();
    let mut anew = opened();
    anew.folded.fold(&events[0], "answer", "tester");
    anew.steps(&row("p", "d20", "50", "42", "1"));
    assert_eq!((held(&anew), anew.said("unmet_but_full").len()), (hold("first", false), 1));
    anew.steps(&[scored("p", "d20", "0"), scored("p", "d20", "1")]);
    assert_eq!((held(&anew), anew.said("unmet_but_full").len()), (vec![], 1));
}
