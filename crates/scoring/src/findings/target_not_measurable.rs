//! A target that nothing can be measured against.

use jixiao_events::finding::Severity;
use jixiao_events::scheme::{NodeBody, Rule};
use jixiao_events::targets::{Criterion, TargetDefinition};

use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "target_not_measurable",
    severity: Severity::Notice,
    title: Text { zh: "目标无法衡量", en: "Target not measurable" },
    rule: Text {
        zh: "目标应细化、量化、可衡量：目标值只有定性文字，其中没有任何数字，也没有单位，评价方案又未规定各档得分的，无从判断是否完成。",
        en: "A target is specific, in figures, measurable: one that is only words, without any number in them, without a unit and without levels in the scheme, leaves open whether it is met.",
    },
    example: Text {
        zh: "目标“提升服务水平”的目标值为“明显提高”。",
        en: "The target \"better service\" asks for \"clearly better\".",
    },
    message: Text {
        zh: "目标“{name}”（权重 {weight} 分）的目标值“{target}”只有定性文字，没有数字和单位，无法衡量",
        en: "Target \"{name}\" (weight {weight}) asks for \"{target}\": words without a number and without a unit, which nothing can be measured against",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let TargetDefinition { criterion: Criterion::Qualitative { expected }, unit, text, .. } =
        &target.defined.definition
    else {
        return None;
    };
    let has_unit = unit.as_ref().is_some_and(|unit| !unit.trim().is_empty());
    let has_number = [Some(expected), text.as_ref()].into_iter().flatten().any(|words| is_a_number_in(words));
    (!has_unit && !has_number && !has_levels(case, &target.defined.definition)).then(|| {
        Found::new(target.subject())
            .figure("name", &target.result.name.zh)
            .figure("target", expected)
            .figure("weight", &target.result.weight)
            .because(&target.defined.event)
    })
}

/// Whether the scheme says what each level in words earns.
fn has_levels(case: &Case<'_>, definition: &TargetDefinition) -> bool {
    let node = case.scheme.each_target(definition.level, definition.class.as_deref());
    node.is_some_and(|node| match &node.body {
        NodeBody::EachTarget { rule, rules, .. } => [Some(rule), rules.qualitative.as_ref()]
            .into_iter()
            .flatten()
            .any(|rule| matches!(rule, Rule::Levels { .. })),
        _ => false,
    })
}

/// Whether words may hold a number. A character that is one may also be part of a word: nobody is accused for that.
fn is_a_number_in(words: &str) -> bool {
    words.chars().any(|letter| letter.is_numeric() || "〇零一二两三四五六七八九十百千万亿半".contains(letter))
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{Criterion, TargetDefinition, TargetLevel};

    use crate::domain::tests::{definition, revised, set, target_ref, targets::*};

    const CODE: &str = "target_not_measurable";

    fn asked(expected: &str, unit: Option<&str>, text: Option<&str>) -> TargetDefinition {
        let criterion = Criterion::Qualitative { expected: expected.to_owned() };
        let text = text.map(str::to_owned);
        TargetDefinition { criterion, text, ..definition(TargetLevel::Detail, "2", "1", unit) }
    }

    #[test]
    fn words_and_nothing_else() {
        let mut world = opened();
        let target = target_ref(Some("p"), "d1");
        world.steps(&[set(target.clone(), asked("明显提高", None, None))]);
        let text = "目标“指标”（权重 2 分）的目标值“明显提高”只有定性文字，没有数字和单位，无法衡量";
        assert_eq!(world.said(CODE), says("target:d1", text));
        assert_eq!(world.evidence(CODE), ["targets-1"]);
        world.steps(&[revised(target, 2, definition(TargetLevel::Detail, "2", "90", Some("%")))]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn a_number_or_a_unit_is_something_to_measure_by() {
        for (expected, unit, text) in [
            ("≥90%", None, None),
            ("每半年更新", None, None),
            ("九成以上", None, None),
            ("较好", Some("分"), None),
            ("较好", None, Some("满意度 85 分以上")),
        ] {
            let mut world = opened();
            world.steps(&[set(target_ref(Some("p"), "d1"), asked(expected, unit, text))]);
            assert_eq!(world.said(CODE), [], "{expected}");
        }
        let mut world = opened();
        world.steps(&[set(target_ref(Some("p"), "d1"), asked("好", Some(" "), Some("好")))]);
        assert_eq!(world.said(CODE).len(), 1);
    }
}
