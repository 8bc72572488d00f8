//! An actual that counts something else than its target.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "unit_mismatch",
    severity: Severity::Warning,
    title: Text { zh: "单位不一致", en: "Unit mismatch" },
    rule: Text {
        zh: "实际值应与目标值同一口径、同一单位，否则无法判断是否完成。",
        en: "An actual is of the kind and in the unit of its target; otherwise nobody can say whether it is met.",
    },
    example: Text {
        zh: "目标 10000 人，实际 61 条订单；目标 800 人天，实际 104 人。",
        en: "10,000 persons wanted, 61 orders counted; 800 person-days wanted, 104 persons counted.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，单位不一致，无法比较；自评 {self_score} 分（权重 {weight} 分）",
        en: "Target \"{name}\": {target} wanted, {actual} reached, which cannot be compared; self-score {self_score} of {weight}",
    },
    looks: Looks::Target(find),
};

fn find(_: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    (target.result.status == IndicatorStatus::UnitMismatch)
        .then(|| Found::new(target.subject()).target(target).scores(target))
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{TargetLevel, UnitMatch};

    use crate::domain::tests::{actual, definition, revised, target_ref, targets::*};

    #[test]
    fn orders_are_no_persons_until_the_actual_is_given_in_persons() {
        let mut world = opened();
        let d17 = target_ref(Some("p"), "d17");
        world.steps(&[
            set_at_least("p", "d17", "10000"),
            actual(d17.clone(), "61", Some("条订单"), UnitMatch::Different),
        ]);
        world.steps(&[scored("p", "d17", "1")]);
        let text =
            "目标“指标”：目标值 ≥ 10000 个，实际 61 条订单，单位不一致，无法比较；自评 1 分（权重 1 分）";
        assert_eq!(world.said("unit_mismatch"), says("target:d17", text));
        assert_eq!(world.evidence("unit_mismatch"), ["targets-1", "targets-2", "targets-3"]);
        // A target in orders would do as well as an actual in persons.
        let in_orders = definition(TargetLevel::Detail, "1", "10000", Some("条订单"));
        world.steps(&[revised(d17.clone(), 2, in_orders)]);
        assert_eq!(world.said("unit_mismatch"), []);
        world.steps(&[revised(d17, 3, definition(TargetLevel::Detail, "1", "10000", Some("个")))]);
        assert_eq!(world.said("unit_mismatch").len(), 1);
    }

    #[test]
    fn a_unit_that_is_not_repeated_is_the_targets() {
        let mut world = opened();
        let actual = actual(target_ref(Some("p"), "d24"), "550", None, UnitMatch::Assumed);
        world.steps(&[set_at_least("p", "d24", "500"), actual]);
        assert_eq!(world.said("unit_mismatch"), []);
    }
}
