//! One measure among the overall and the detail targets.

use jixiao_events::finding::Severity;

use super::{Case, Check, Found, Looks, TargetCase, Text, namesakes};

pub(super) const CHECK: Check = Check {
    code: "measure_counted_twice",
    severity: Severity::Notice,
    title: Text { zh: "同一指标重复计入", en: "One measure counted twice" },
    rule: Text {
        zh: "总体目标与某一项目的明细目标名称、单位相同，且只有这一个项目有此指标的，同一指标在两级各计一次分、各计一个目标。几个项目分担的总体目标不在此列。",
        en: "An overall target has the name and the unit of the detail target of one project, and of no other: one measure earns points, and counts as a target, at both levels. An overall target that several projects share is not meant.",
    },
    example: Text {
        zh: "“云服务可靠性”既是总体目标（1 分），又是项目的明细目标（1 分）。",
        en: "\"Reliability of the cloud\" is an overall target (1 point) and a project's detail target (1 point).",
    },
    message: Text {
        zh: "目标“{name}”在总体目标（权重 {weight} 分）与项目“{project}”的明细目标（权重 {detail_weight} 分）中各计一次",
        en: "Target \"{name}\" counts among the overall targets (weight {weight}) and among the detail targets of project \"{project}\" (weight {detail_weight})",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let [detail] = <[TargetCase<'_>; 1]>::try_from(namesakes::details(case, target)).ok()?;
    Some(Found::new(target.subject()).target(target).scores(target).detail(&detail))
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};
    use jixiao_events::targets::{TargetDefinition, TargetLevel};

    use crate::domain::tests::{
        Step, definition, left, project, revised, set, target_ref, targets::*, withdrawn,
    };

    const CODE: &str = "measure_counted_twice";

    fn overall(name: &str, unit: &str) -> Step {
        let name = name.to_owned();
        set(
            target_ref(None, "o1"),
            TargetDefinition { name, ..definition(TargetLevel::Overall, "2", "70", Some(unit)) },
        )
    }

    #[test]
    fn one_name_at_both_levels_in_any_order() {
        let told = [
            project("p", Membership::InFund, ProjectState::InProgress),
            overall("指标", "个"),
            set_at_least("p", "d1", "70"),
        ];
        for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
            let mut world = opened();
            world.steps(&order.map(|at| told[at].clone()));
            let text = "目标“指标”在总体目标（权重 2 分）与项目“p”的明细目标（权重 1 分）中各计一次";
            assert_eq!(world.said(CODE), says("target:o1", text), "{order:?}");
            // Several projects that share it are parts of it.
            world.steps(&[set_at_least("q", "d2", "30")]);
            assert_eq!(world.said(CODE), []);
            world.steps(&[withdrawn(target_ref(Some("q"), "d2"))]);
            assert_eq!(world.said(CODE).len(), 1);
            world.steps(&[left("p", ProjectState::InProgress, ProjectState::Removed)]);
            assert_eq!(world.said(CODE), []);
        }
    }

    #[test]
    fn another_name_or_unit_is_another_measure() {
        for (name, unit) in [("别的指标", "个"), ("指标", "%")] {
            let mut world = opened();
            world.steps(&[overall(name, unit), set_at_least("p", "d1", "70")]);
            assert_eq!(world.said(CODE), []);
            // It is renamed to the other's name, and back.
            let same = definition(TargetLevel::Overall, "2", "70", Some("个"));
            world.steps(&[revised(target_ref(None, "o1"), 2, same)]);
            assert_eq!(world.said(CODE).len(), 1);
            let other = TargetDefinition {
                name: name.to_owned(),
                ..definition(TargetLevel::Overall, "2", "70", Some(unit))
            };
            world.steps(&[revised(target_ref(None, "o1"), 3, other)]);
            assert_eq!(world.said(CODE), []);
        }
    }
}
