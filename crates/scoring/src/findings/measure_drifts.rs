//! One measure that is told differently among the overall and the detail targets.

use jixiao_events::finding::Severity;

use super::{Case, Check, Found, Looks, TargetCase, Text, namesakes};

pub(super) const CHECK: Check = Check {
    code: "measure_drifts",
    severity: Severity::Warning,
    title: Text { zh: "同一指标两级不一致", en: "One measure told differently" },
    rule: Text {
        zh: "总体目标与唯一一个项目的明细目标名称、单位相同的，目标值、实际值及得分占权重的比例应一致。未填的不比较。",
        en: "An overall target and the only detail target of its name and unit agree in target, actual and the share of the weight that they earn. What is not told is not compared.",
    },
    example: Text {
        zh: "总体目标实际 115 亿条，项目的同名明细目标实际 130 亿条。",
        en: "115 reached by the overall target, 130 by the project's target of the same name.",
    },
    message: Text {
        zh: "目标“{name}”在总体目标中为目标值 {target}、实际 {actual}、自评 {self_score}/{weight} 分，在项目“{project}”的明细目标中为目标值 {detail_target}、实际 {detail_actual}、自评 {detail_self_score}/{detail_weight} 分",
        en: "Target \"{name}\" is {target}, reached {actual}, scored {self_score} of {weight} among the overall targets, and {detail_target}, reached {detail_actual}, scored {detail_self_score} of {detail_weight} in project \"{project}\"",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let [detail] = <[TargetCase<'_>; 1]>::try_from(namesakes::details(case, target)).ok()?;
    let criteria = [target, &detail].map(|one| &one.defined.definition.criterion);
    let actuals =
        [target, &detail].map(|one| one.facts.actual.as_ref().map(|actual| (&actual.value, &actual.unit)));
    let shares = [target, &detail].map(namesakes::share);
    let is_apart = criteria[0] != criteria[1] || differ(actuals) || differ(shares);
    is_apart.then(|| {
        let found = Found::new(target.subject()).target(target);
        // A blank is told as such.
        let found = if target.facts.actual.is_some() { found } else { found.figure("actual", &"-") };
        found.scores(target).detail(&detail)
    })
}

/// Whether two are told and differ.
fn differ<T: PartialEq>([one, other]: [Option<T>; 2]) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};
    use jixiao_events::targets::TargetLevel;

    use crate::domain::tests::{
        World, definition, of_target, project, self_score, set, target_ref, targets::*,
    };

    const CODE: &str = "measure_drifts";

    fn told() -> World {
        let mut world = opened();
        let o1 = target_ref(None, "o1");
        world.steps(&[project("p", Membership::InFund, ProjectState::InProgress)]);
        world.steps(&[set(o1.clone(), definition(TargetLevel::Overall, "2", "70", Some("个")))]);
        world.steps(&[reported_of(o1.clone(), "42"), self_score(of_target(o1), "0")]);
        world.steps(&row("p", "d1", "70", "42", "0"));
        world
    }

    #[test]
    fn the_same_twice_is_no_difference() {
        assert_eq!(told().said(CODE), []);
    }

    #[test]
    fn another_actual_target_or_share() {
        let mut world = told();
        world.steps(&[reported("p", "d1", "56")]);
        let text = "目标“指标”在总体目标中为目标值 ≥ 70 个、实际 42 个、自评 0/2 分，在项目“p”的明细目标中为目标值 ≥ 70 个、实际 56 个、自评 0/1 分";
        assert_eq!(world.said(CODE), says("target:o1", text));
        for step in [scored("p", "d1", "0.5"), revise_at_least("p", "d1", 2, "60")] {
            let mut world = told();
            world.steps(&[step]);
            assert_eq!(world.said(CODE).len(), 1);
        }
        // Half of each is the same share.
        let mut world = told();
        world.steps(&[scored("p", "d1", "0.5"), self_score(of_target(target_ref(None, "o1")), "1")]);
        assert_eq!(world.said(CODE), []);
    }
}
