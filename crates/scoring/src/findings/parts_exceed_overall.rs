//! Detail targets that together are more than the overall target that they are parts of.

use jixiao_events::Number;
use jixiao_events::finding::{Evidence, Severity};
use jixiao_events::targets::{Criterion, Measured};

use super::{Case, Check, Found, Looks, TargetCase, Text, namesakes};

pub(super) const CHECK: Check = Check {
    code: "parts_exceed_overall",
    severity: Severity::Warning,
    title: Text { zh: "明细之和大于总体", en: "Parts exceed the overall target" },
    rule: Text {
        zh: "几个项目有与总体目标同名同单位的计数指标（率、比例和频次除外）的，各项目目标值之和、实际值之和不应大于总体目标的；各项目都与总体相同的，是同一数字重复列示，不在此列。",
        en: "Where several projects have a count (no rate, share or frequency) of the name and unit of an overall target, neither their targets nor their actuals add up to more than the overall one's. Where all of them are what the overall one is, it is one figure told again.",
    },
    example: Text {
        zh: "总体目标培训 100 人，两个项目的明细目标为 80 人和 60 人。",
        en: "100 trained overall, 80 and 60 in two projects.",
    },
    message: Text {
        zh: "总体目标“{name}”为目标值 {target}、实际 {actual}，{parts} 个项目的同名明细目标合计为目标值 {targets_sum}、实际 {actuals_sum}",
        en: "The overall target \"{name}\" is {target}, reached {actual}; the targets of that name of {parts} projects add up to {targets_sum}, reached {actuals_sum}",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let details = namesakes::details(case, target);
    let definition = &target.defined.definition;
    if details.len() < 2 || !is_count(&definition.name, definition.unit.as_deref()) {
        return None;
    }
    let (targets, targets_sum) = exceeds(wanted(target), details.iter().map(wanted));
    let (actuals, actuals_sum) = exceeds(reached(target), details.iter().map(reached));
    if !targets && !actuals {
        return None;
    }
    let written = |sum: Option<Number>| sum.map_or_else(|| "-".to_owned(), |sum| sum.to_string());
    let unit = definition.unit.as_deref();
    let found = Found::new(target.subject())
        .target(target)
        .figure("parts", &details.len())
        .figure_in("targets_sum", &written(targets_sum), unit)
        .figure_in("actuals_sum", &written(actuals_sum), unit);
    let found = if target.facts.actual.is_some() { found } else { found.figure("actual", &"-") };
    let events = details.iter().flat_map(|detail| {
        ["target", "actual"].into_iter().filter_map(|quantity| detail.result.event(quantity).cloned())
    });
    Some(events.map(Evidence::Event).fold(found, Found::by))
}

/// Whether parts are more than the whole, and their sum; no sum where one is not told.
fn exceeds(whole: Option<Number>, parts: impl Iterator<Item = Option<Number>>) -> (bool, Option<Number>) {
    let Some(parts) = parts.collect::<Option<Vec<Number>>>() else { return (false, None) };
    let sum = parts.iter().try_fold(Number::ZERO, |sum, part| sum.checked_add(*part));
    let exceeds = whole.zip(sum).is_some_and(|(whole, sum)| {
        // One part that is more than the whole is not the same figure told again.
        sum > whole && parts.iter().any(|part| *part != whole)
    });
    (exceeds, sum)
}

fn wanted(target: &TargetCase<'_>) -> Option<Number> {
    match target.defined.definition.criterion {
        Criterion::AtLeast { value } | Criterion::Equal { value } => Some(value),
        _ => None,
    }
}

fn reached(target: &TargetCase<'_>) -> Option<Number> {
    let actual = target.facts.actual.as_ref()?;
    let is_same =
        actual.unit.as_deref().map(str::trim) == target.defined.definition.unit.as_deref().map(str::trim);
    match actual.value {
        Measured::Number { value } if is_same => Some(value),
        _ => None,
    }
}

/// Whether figures of a name and unit add up.
fn is_count(name: &str, unit: Option<&str>) -> bool {
    let name = name.trim_end_matches(['）', ')']);
    let is_rate = ["率", "度", "占比", "比例", "比重", "频率", "频次"].iter().any(|end| name.ends_with(end));
    unit.is_some_and(|unit| !unit.contains(['%', '％', '‰', '/'])) && !is_rate
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{TargetDefinition, TargetLevel};

    use crate::domain::tests::{Step, World, actual, definition, set, target_ref, targets::*};

    const CODE: &str = "parts_exceed_overall";

    fn told(name: &str, unit: &str, rows: &[(&str, &str, &str)]) -> World {
        let mut world = opened();
        for (target, value, reached) in rows {
            let project = (*target != "o1").then(|| format!("project-of-{target}"));
            let level = if *target == "o1" { TargetLevel::Overall } else { TargetLevel::Detail };
            let name = name.to_owned();
            let of = target_ref(project.as_deref(), target);
            let defined = TargetDefinition { name, ..definition(level, "1", value, Some(unit)) };
            let steps: [Step; 2] = [
                set(of.clone(), defined),
                actual(of, reached, None, jixiao_events::targets::UnitMatch::Assumed),
            ];
            world.steps(&steps);
        }
        world
    }

    #[test]
    fn eighty_and_sixty_of_a_hundred() {
        let world = told("培训人数", "人", &[("o1", "100", "120"), ("d1", "80", "80"), ("d2", "60", "30")]);
        let text = "总体目标“培训人数”为目标值 ≥ 100 人、实际 120 人，2 个项目的同名明细目标合计为目标值 140 人、实际 110 人";
        assert_eq!(world.said(CODE), says("target:o1", text));
        let world = told("培训人数", "人", &[("d2", "60", "30"), ("d1", "40", "91"), ("o1", "100", "120")]);
        assert_eq!(world.said(CODE).len(), 1, "the actuals alone");
    }

    #[test]
    fn parts_that_fit_rates_and_the_same_figure_told_again() {
        for (name, unit, rows) in [
            ("培训人数", "人", [("o1", "100", "100"), ("d1", "60", "60"), ("d2", "40", "40")]),
            ("培训人数", "人", [("o1", "100", "100"), ("d1", "30", "30"), ("d2", "40", "40")]),
            ("培训人数", "人", [("o1", "100", "100"), ("d1", "100", "100"), ("d2", "100", "100")]),
            ("覆盖率", "个", [("o1", "90", "90"), ("d1", "60", "60"), ("d2", "80", "80")]),
            ("合格", "%", [("o1", "90", "90"), ("d1", "60", "60"), ("d2", "80", "80")]),
            ("更新", "次/年", [("o1", "2", "2"), ("d1", "2", "2"), ("d2", "1", "1")]),
        ] {
            assert_eq!(told(name, unit, &rows).said(CODE), [], "{name} {rows:?}");
        }
    }
}
