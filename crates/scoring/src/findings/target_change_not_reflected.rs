//! A change of a target that no target shows.

use jixiao_events::finding::{Severity, Subject};
use jixiao_events::targets::Criterion;
use jixiao_events::{Number, ProjectId};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::{Defined, TargetChange};
use crate::domain::texts::criterion;

/// The most targets that are listed.
const LISTED: usize = 10;

pub(super) const CHECK: Check = Check {
    code: "target_change_not_reflected",
    severity: Severity::Warning,
    title: Text { zh: "目标调整未体现", en: "Change of a target not reflected" },
    rule: Text {
        zh: "所述的目标调整应在项目的目标表中体现：调整后的数值应是该项目某一目标的目标值。",
        en: "A change that is stated shows in the table: one of the project's targets has the value after it.",
    },
    example: Text {
        zh: "称接口开发目标由 80 个调为 45 个，表中该项目各目标为 5、30、8、60。",
        en: "The target is said to have been lowered from 80 to 45; the project's targets are 5, 30, 8 and 60.",
    },
    message: Text {
        zh: "项目“{project}”称目标已调整（{change}），其各目标均无此值（现为 {targets}）",
        en: "Project \"{project}\" states a change of a target ({change}) that none of its targets shows (they are {targets})",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let targets = case.targets_of(project);
    let (Some(changes), Some(known)) = (case.target_changes(project), case.project(project)) else {
        return Vec::new();
    };
    if targets.is_empty() {
        return Vec::new();
    }
    // What was changed once more shows in the version before.
    let has = |value: Number| {
        let versions =
            targets.iter().flat_map(|target| [Some(target.defined), target.facts.previous.as_ref()]);
        versions.flatten().any(|version| values(version).contains(&value))
    };
    let hidden: Vec<_> = changes
        .values()
        .filter(|change| {
            let value = change.value.as_deref().and_then(|value| value.trim().parse::<Number>().ok());
            value.is_some_and(|value| !has(value))
        })
        .collect();
    if hidden.is_empty() {
        return Vec::new();
    }
    let shown = targets.iter().take(LISTED).map(|target| with_unit(target.defined));
    let more = (targets.len() > LISTED).then(|| "…".to_owned());
    let found = Found::new(Subject::Project { project: project.clone() })
        .figure("project", &known.name.zh)
        .figure("change", &hidden.iter().map(|change| described(change)).collect::<Vec<_>>().join("；"))
        .figure("targets", &shown.chain(more).collect::<Vec<_>>().join("、"));
    let found = hidden.iter().fold(found, |found, change| found.because(&change.event));
    vec![targets.iter().take(LISTED).fold(found, |found, target| found.because(&target.defined.event))]
}

/// The numbers of a criterion.
fn values(version: &Defined) -> Vec<Number> {
    match version.definition.criterion {
        Criterion::AtLeast { value } | Criterion::AtMost { value } | Criterion::Equal { value } => {
            vec![value]
        }
        Criterion::Between { min, max } => vec![min, max],
        Criterion::ByDate { .. } | Criterion::YesNo { .. } | Criterion::Qualitative { .. } => Vec::new(),
    }
}

fn with_unit(version: &Defined) -> String {
    let value = criterion(&version.definition.criterion);
    version.definition.unit.as_ref().map_or_else(|| value.clone(), |unit| format!("{value} {unit}"))
}

fn described(change: &TargetChange) -> String {
    let TargetChange { value, previous_value, unit, .. } = change;
    let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
    let unit = unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    format!("{} → {}{unit}", text(previous_value), text(value))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::{Step, project, target_change, targets::*};

    const CODE: &str = "target_change_not_reflected";

    fn stated(value: Option<&str>) -> Step {
        target_change("interfaces", value, "80")
    }

    #[test]
    fn forty_five_that_no_target_has() {
        let mut world = opened();
        world.steps(&[
            project("interfaces", Membership::InFund, ProjectState::InProgress),
            stated(Some("45")),
        ]);
        assert_eq!(world.said(CODE), [], "no target is known yet");
        world.steps(&[set_at_least("interfaces", "d35", "30"), set_at_least("interfaces", "d37", "60")]);
        let text = "项目“interfaces”称目标已调整（80 → 45 个），其各目标均无此值（现为 ≥ 30 个、≥ 60 个）";
        assert_eq!(world.said(CODE), says("project:interfaces", text));
        assert_eq!(world.evidence(CODE), ["registry-3", "targets-1", "targets-2"]);
        world.steps(&[revise_at_least("interfaces", "d37", 2, "45")]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[revise_at_least("interfaces", "d37", 3, "40")]);
        assert_eq!(world.said(CODE), [], "changed once more");
    }

    #[test]
    fn a_change_without_a_number_says_nothing_that_could_be_missing() {
        for value in [None, Some("取消")] {
            let mut world = opened();
            world
                .steps(&[project("interfaces", Membership::InFund, ProjectState::InProgress), stated(value)]);
            world.steps(&[set_at_least("interfaces", "d35", "30")]);
            assert_eq!(world.said(CODE), []);
        }
    }
}
