//! A target that is far from what was reached in an earlier year.

use jixiao_events::Number;
use jixiao_events::finding::Severity;
use jixiao_events::targets::Criterion;

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "target_off_earlier_year",
    severity: Severity::Warning,
    title: Text { zh: "目标与往年实际差距过大", en: "Target far from an earlier year" },
    rule: Text {
        zh: "目标值应与往年实际完成值相衔接：目标值与所载往年实际值（大于零）之差，占往年实际值的比例不超过评价方案的上限。",
        en: "A target follows on what was reached before: it differs from the actual of an earlier year, where one above zero is told, by no more of that actual than the scheme allows.",
    },
    example: Text {
        zh: "2018 年实际 80%，2019 年目标只有 45%，相差 43.75%，方案上限 30%。",
        en: "80 % reached in 2018, 45 % wanted in 2019: 43.75 % less, where the scheme allows 30 %.",
    },
    message: Text {
        zh: "目标“{name}”的目标值为 {target}，而 {earlier_on} 实际为 {earlier}，相差 {deviation}，超过方案上限 {bound}（依据：{basis}）",
        en: "Target \"{name}\" is {target}, while {earlier} was reached in {earlier_on}: {deviation} apart, more than the bound {bound} of the scheme ({basis})",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let bound = case.scheme.findings.earlier_year.as_ref()?;
    let definition = &target.defined.definition;
    let earlier = definition.baseline.as_ref().filter(|earlier| earlier.value > Number::ZERO)?;
    if earlier.on.year() >= case.facts()?.fiscal_year {
        return None;
    }
    let (Criterion::AtLeast { value } | Criterion::AtMost { value } | Criterion::Equal { value }) =
        definition.criterion
    else {
        return None;
    };
    let apart = value.checked_sub(earlier.value)?.abs();
    let deviation = apart.checked_mul(Number::HUNDRED)?.checked_div(earlier.value)?;
    (deviation > bound.value).then(|| {
        Found::new(target.subject())
            .figure("name", &target.result.name.zh)
            .figure_in("target", &value, definition.unit.as_deref())
            .figure("earlier_on", &earlier.on)
            .figure_in("earlier", &earlier.value, definition.unit.as_deref())
            .figure_in("deviation", &deviation.round_half_up(2), Some("%"))
            .bound(bound, Some("%"))
            .because(&target.defined.event)
    })
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{Baseline, TargetDefinition, TargetLevel};

    use crate::domain::tests::{SMART_CITY, targets::says};
    use crate::domain::tests::{World, definition, fund, load_text, number, open, set, target_ref};

    const CODE: &str = "target_off_earlier_year";

    fn world() -> World {
        let mut world = World::default();
        let text = SMART_CITY.replace("tender_days = {", "earlier_year = 30\ntender_days = {");
        world.steps(&[fund(), load_text(&text), open()]);
        world
    }

    fn told(world: &mut World, value: &str, earlier: &str, on: &str) {
        let baseline = Some(Baseline { value: number(earlier), on: on.parse().unwrap() });
        let defined = TargetDefinition { baseline, ..definition(TargetLevel::Detail, "1", value, Some("%")) };
        world.steps(&[set(target_ref(Some("p"), "d14"), defined)]);
    }

    #[test]
    fn forty_five_after_eighty() {
        let mut world = world();
        told(&mut world, "45", "80", "2018");
        let text =
            "目标“指标”的目标值为 45%，而 2018 实际为 80%，相差 43.75%，超过方案上限 30%（依据：assumed）";
        assert_eq!(world.said(CODE), says("target:d14", text));
        assert_eq!(world.evidence(CODE), ["targets-1"]);
    }

    #[test]
    fn near_enough_of_this_year_or_of_nothing() {
        for (value, earlier, on, expected) in [
            ("56", "80", "2018", 0),
            ("55", "80", "2018", 1),
            ("105", "80", "2018-12", 1),
            ("45", "80", "2019", 0),
            ("45", "0", "2018", 0),
        ] {
            let mut world = world();
            told(&mut world, value, earlier, on);
            assert_eq!(world.said(CODE).len(), expected, "{value} {earlier} {on}");
        }
    }
}
