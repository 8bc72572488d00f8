//! The life of schemes, and which version evaluates a fund.

use jixiao_events::{PartialDate, SchemeId, SchemeSubject};

use super::super::life::ApprovedBy;
use super::super::state::Stage;
use super::*;

/// A scheme of two lines of points, with what stands between its year and its total.
fn text(id: &str, year: i16, lines: &str) -> String {
    format!(
        r#"scheme = "{id}"
name = {{ zh = "小" }}
fiscal_year = {year}
{lines}
basis = "assumed"
total = 10
[[node]]
node = "rate"
kind = "indicator"
name = {{ zh = "率" }}
weight = 10
measure = "budget.execution_rate.adjusted"
rule = {{ kind = "pro_rata", full_at = 100 }}
[[grade]]
grade = "any"
name = {{ zh = "无" }}
from = 0
"#
    )
}

fn draft(id: &str, year: i16, lines: &str) -> Step {
    let text = text(id, year, lines);
    let scheme = Arc::new(crate::scheme::parse(&text).unwrap());
    Step::Command(ScoringCommand::LoadScheme { scheme, text, approved: None })
}

fn id(text: &str) -> SchemeId {
    text.parse().unwrap()
}

fn day(text: &str) -> PartialDate {
    text.parse().unwrap()
}

fn approve(scheme: &str, version: u32) -> Step {
    let approval =
        Approval {
            approver: Some("财政局".to_owned()), approved_on: Some(day("2019-03-01")), reason: None
        };
    let document = Some("锡财绩〔2019〕1号".to_owned());
    let approved = ApprovedBy { approval, document };
    Step::Command(ScoringCommand::ApproveScheme { scheme: id(scheme), version, approved })
}

fn withdraw(scheme: &str, version: u32) -> Step {
    let (reason, on) = ("有误".to_owned(), day("2019-06"));
    Step::Command(ScoringCommand::WithdrawScheme { scheme: id(scheme), version, reason, on })
}

/// Opens by what is wanted: scheme, version, region, day; an empty text says nothing.
fn wanted([scheme, region, on]: [&str; 3], version: Option<u32>) -> Step {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let wanted = Wanted {
        scheme: some(scheme).map(|scheme| id(&scheme)),
        version,
        region: some(region),
        on: some(on).map(|on| day(&on)),
    };
    Step::Command(ScoringCommand::OpenEvaluation { of: fund_id().into(), wanted })
}

fn drafts() -> World {
    let mut world = World { keeps_drafts: true, ..World::default() };
    world.steps(&[fund()]);
    world
}

#[track_caller]
fn refused(world: &mut World, step: &Step, expected: ScoringRefusal) {
    assert_eq!(world.step(step), Err(expected), "{step:?}");
}

/// The version that a step opens, and how.
#[track_caller]
fn opens(world: &mut World, step: &Step, scheme: &str, version: u32) {
    let events = world.step(step).unwrap();
    let Some(ScoringEvent::EvaluationOpened { scheme: of, version: found, .. }) = events.first() else {
        panic!("{events:?}")
    };
    assert_eq!((of.as_str(), *found), (scheme, version), "{step:?}");
}

fn stage(world: &World, key: &str) -> Stage {
    world.folded.get(key).unwrap().as_scheme().unwrap().life.stage()
}

#[test]
fn a_draft_is_approved_used_and_withdrawn() {
    let mut world = drafts();
    world.steps(&[draft("a", 2019, "")]);
    let (scheme, version) = (id("a"), 1);
    refused(&mut world, &approve("b", 1), ScoringRefusal::SchemeNotFound(id("b")));
    let missing = ScoringRefusal::SchemeVersionNotFound { scheme: id("a"), version: 2, newest: 1 };
    refused(&mut world, &approve("a", 2), missing.clone());
    refused(&mut world, &withdraw("a", 2), missing);
    let not_approved = ScoringRefusal::SchemeNotApproved { scheme: scheme.clone(), version };
    refused(&mut world, &wanted(["a", "", ""], None), not_approved.clone());
    refused(&mut world, &wanted(["a", "", ""], Some(1)), not_approved);
    assert_eq!(stage(&world, "scheme-version/a/1"), Stage::Draft);
    world.steps(&[approve("a", 1)]);
    assert_eq!(stage(&world, "scheme-version/a/1"), Stage::Approved);
    assert_eq!(stage(&world, "scheme/a"), Stage::Approved);
    let approved = ScoringRefusal::SchemeApproved { scheme: scheme.clone(), version };
    refused(&mut world, &approve("a", 1), approved);
    // A new version is a draft of its own: the approved one stands.
    world.steps(&[draft("a", 2019, "region = \"无锡\"")]);
    assert_eq!(stage(&world, "scheme/a"), Stage::Draft);
    opens(&mut world, &wanted(["a", "", ""], None), "a", 1);
    world.steps(&[withdraw("a", 1)]);
    let withdrawn = ScoringRefusal::SchemeWithdrawn { scheme, version };
    refused(&mut world, &withdraw("a", 1), withdrawn.clone());
    refused(&mut world, &approve("a", 1), withdrawn.clone());
    refused(&mut world, &wanted(["a", "", ""], Some(1)), withdrawn);
    // What is evaluated by it follows its facts as before.
    let change = world.change(&approved_and_paid());
    assert_eq!((change.scheme.as_str(), change.version), ("a", 1));
    assert_eq!(world.folded.get("scheme-year/2019/a"), None);
}

fn approved_and_paid() -> Step {
    super::approved("100")
}

#[test]
fn what_is_loaded_with_an_approval_is_no_draft() {
    let mut world = drafts();
    let Step::Command(ScoringCommand::LoadScheme { scheme, text, .. }) = draft("a", 2019, "") else {
        unreachable!("draft loads")
    };
    let approved = Some(ApprovedBy::default());
    let events = world.step(&Step::Command(ScoringCommand::LoadScheme { scheme, text, approved })).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(stage(&world, "scheme/a"), Stage::Approved);
    opens(&mut world, &wanted(["", "", ""], None), "a", 1);
}

#[test]
fn versions_of_before_approvals_may_be_used() {
    let mut world = drafts();
    let old = text("a", 2019, "");
    let scheme = crate::scheme::parse(&old).unwrap();
    let stored = serde_json::json!({ "type": "scheme_loaded", "version": 1, "scheme": scheme, "text": old });
    world.folded.fold(&serde_json::from_value(stored).unwrap(), "old", "tester");
    assert_eq!(stage(&world, "scheme/a"), Stage::Approved);
    opens(&mut world, &wanted(["", "", ""], None), "a", 1);
}

#[test]
fn a_version_is_in_effect_on_the_day_of_the_evaluation() {
    let mut world = drafts();
    let lines = |from: &str, to: &str| format!("effective_from = {from}\neffective_to = {to}");
    world.steps(&[
        draft("a", 2019, &lines("2019-01-01", "2019-06-30")),
        approve("a", 1),
        draft("a", 2019, &lines("2019-07-01", "2020-06-30")),
        approve("a", 2),
    ]);
    let undated = |version| ScoringRefusal::EvaluationDateMissing { scheme: id("a"), version };
    refused(&mut world, &wanted(["a", "", ""], None), undated(2));
    refused(&mut world, &wanted(["a", "", ""], Some(1)), undated(1));
    refused(&mut world, &wanted(["", "", ""], None), undated(2));
    let not_in_effect = |version, on, from, to| ScoringRefusal::SchemeNotInEffect {
        scheme: id("a"),
        version,
        on: day(on),
        from: Some(day(from)),
        to: Some(day(to)),
    };
    let expected = not_in_effect(1, "2019-07-01", "2019-01-01", "2019-06-30");
    assert!(expected.to_string().ends_with("in effect from 2019-01-01 until 2019-06-30, not on 2019-07-01"));
    refused(&mut world, &wanted(["a", "", "2019-07-01"], Some(1)), expected);
    let expected = not_in_effect(2, "2018", "2019-07-01", "2020-06-30");
    refused(&mut world, &wanted(["a", "", "2018"], None), expected);
    opens(&mut world, &wanted(["a", "", "2019-06-30"], None), "a", 1);
    // A month counts from its last day.
    opens(&mut world, &wanted(["a", "", "2019-07"], None), "a", 2);
    opens(&mut world, &wanted(["", "", "2019-01-01"], None), "a", 1);
}

#[test]
fn the_one_scheme_that_fits_is_chosen() {
    let mut world = drafts();
    let none = |region: Option<&str>, approved: &[(&str, u32)]| ScoringRefusal::NoSchemeFits {
        subject: SchemeSubject::Fund,
        year: 2019,
        region: region.map(str::to_owned),
        on: None,
        approved: approved.iter().map(|(scheme, version)| (id(scheme), *version)).collect(),
    };
    world.steps(&[draft("draft", 2019, ""), draft("other-year", 2020, ""), approve("other-year", 1)]);
    refused(&mut world, &wanted(["", "", ""], None), none(None, &[]));
    world.steps(&[draft("wuxi", 2019, "region = \"无锡\""), approve("wuxi", 1)]);
    let missed = none(Some("苏州"), &[("wuxi", 1)]);
    assert!(missed.to_string().ends_with("the year 2019, the region 苏州: approved of that year: wuxi (1)"));
    refused(&mut world, &wanted(["", "苏州", ""], None), missed);
    opens(&mut world, &wanted(["", "无锡", ""], None), "wuxi", 1);
    world.steps(&[draft("national", 2019, ""), approve("national", 1)]);
    let schemes = vec![(id("national"), 1), (id("wuxi"), 1)];
    let several = ScoringRefusal::SeveralSchemesFit { year: 2019, subject: SchemeSubject::Fund, schemes };
    refused(&mut world, &wanted(["", "无锡", ""], None), several.clone());
    refused(&mut world, &wanted(["", "", ""], None), several);
    opens(&mut world, &wanted(["", "苏州", ""], None), "national", 1);
    world.steps(&[withdraw("national", 1)]);
    opens(&mut world, &wanted(["", "", ""], None), "wuxi", 1);
}
