//! Rows of targets, for the tests of the checks.

use super::*;

/// A fund whose evaluation is open.
pub(crate) fn opened() -> World {
    let mut world = World::default();
    world.steps(&[fund(), load(), open()]);
    world
}

/// A row of the form: so many 个 at least, worth one point.
pub(crate) fn row(project: &str, target: &str, at_least: &str, actual: &str, score: &str) -> Vec<Step> {
    let mut steps = unscored(project, target, at_least, actual);
    steps.push(scored(project, target, score));
    steps
}

/// A row without a self-score.
pub(crate) fn unscored(project: &str, target: &str, at_least: &str, actual: &str) -> Vec<Step> {
    vec![set_at_least(project, target, at_least), reported(project, target, actual)]
}

pub(crate) fn set_at_least(project: &str, target: &str, value: &str) -> Step {
    set(target_ref(Some(project), target), definition(TargetLevel::Detail, "1", value, Some("个")))
}

pub(crate) fn set_at_most(project: &str, target: &str, value: &str) -> Step {
    let criterion = Criterion::AtMost { value: number(value) };
    let definition =
        TargetDefinition { criterion, ..definition(TargetLevel::Detail, "1", value, Some("个")) };
    set(target_ref(Some(project), target), definition)
}

pub(crate) fn revise_at_least(project: &str, target: &str, version: u32, value: &str) -> Step {
    let definition = definition(TargetLevel::Detail, "1", value, Some("个"));
    revised(target_ref(Some(project), target), version, definition)
}

pub(crate) fn reported(project: &str, target: &str, value: &str) -> Step {
    reported_of(target_ref(Some(project), target), value)
}

pub(crate) fn reported_of(target: TargetRef, value: &str) -> Step {
    actual(target, value, None, UnitMatch::Assumed)
}

pub(crate) fn scored(project: &str, target: &str, score: &str) -> Step {
    self_score(of_target(target_ref(Some(project), target)), score)
}

/// One finding: its scope and what it says.
pub(crate) fn says(scope: &str, text: &str) -> Vec<(String, String)> {
    vec![(scope.to_owned(), text.to_owned())]
}
