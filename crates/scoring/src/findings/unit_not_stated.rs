//! A target whose value is a number of nothing.

use jixiao_events::finding::Severity;
use jixiao_events::targets::Criterion;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "unit_not_stated",
    severity: Severity::Notice,
    title: Text { zh: "目标值未写单位", en: "Unit not stated" },
    rule: Text { zh: "数值型目标应写明单位。", en: "A target that is a number says of what." },
    example: Text {
        zh: "目标值 36，未写是份、次还是篇。", en: "A target of 36, of what is not said."
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，未写单位",
        en: "Target \"{name}\": {target} wanted, without a unit",
    },
    looks: Looks::Target(find),
};

fn find(_: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let definition = &target.defined.definition;
    let is_number = match definition.criterion {
        Criterion::AtLeast { .. }
        | Criterion::AtMost { .. }
        | Criterion::Equal { .. }
        | Criterion::Between { .. } => true,
        Criterion::ByDate { .. } | Criterion::YesNo { .. } | Criterion::Qualitative { .. } => false,
    };
    let has_unit = definition.unit.as_deref().is_some_and(|unit| !unit.trim().is_empty());
    (is_number && !has_unit).then(|| Found::new(target.subject()).target(target))
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{Criterion, TargetDefinition, TargetLevel};

    use crate::domain::tests::{definition, revised, set, target_ref, targets::*};

    const CODE: &str = "unit_not_stated";

    #[test]
    fn a_number_without_a_unit_until_one_is_given() {
        let mut world = opened();
        let d10 = target_ref(Some("p"), "d10");
        world.steps(&[set(d10.clone(), definition(TargetLevel::Detail, "1", "36", None))]);
        assert_eq!(world.said(CODE), says("target:d10", "目标“指标”：目标值 ≥ 36，未写单位"));
        assert_eq!(world.evidence(CODE), ["targets-1"]);
        world.steps(&[revised(d10, 2, definition(TargetLevel::Detail, "1", "36", Some("份")))]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn a_date_has_no_unit() {
        let mut world = opened();
        let by = Criterion::ByDate { by: "2019-12-31".parse().unwrap() };
        let by_date = TargetDefinition { criterion: by, ..definition(TargetLevel::Detail, "1", "0", None) };
        world.steps(&[set(target_ref(Some("p"), "d03"), by_date)]);
        assert_eq!(world.said(CODE), []);
    }
}
