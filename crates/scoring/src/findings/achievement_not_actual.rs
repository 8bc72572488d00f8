//! A figure among the achievements that is not what its target's actual is.

use jixiao_events::finding::Severity;
use jixiao_events::targets::Measured;
use jixiao_events::{Number, PartialDate};

use super::{Case, Check, Found, Looks, TargetCase, Text};
use crate::domain::papers::{Achievement, achievements_key};
use crate::domain::state::{Actual, ScoringState};

pub(super) const CHECK: Check = Check {
    code: "achievement_not_actual",
    severity: Severity::Warning,
    title: Text { zh: "成效数字与目标实际值不符", en: "An achievement that is not the actual" },
    rule: Text {
        zh: "“主要成效”中属于某一目标的数字，应与该目标的实际值一致（四舍五入和截尾之差不计）；只比较登记为该目标、单位相同的确数，“不低于”“约”之类不比较，登记了不同时点的也不比较。",
        en: "A figure among the achievements that is of a target is the target's actual, but for rounding. Only exact figures are compared that are recorded as that target's, in its unit, and not as of another day.",
    },
    example: Text {
        zh: "目标表中汇聚部门实际 42 个，主要成效写 56 个。",
        en: "The table of targets has 42 departments reached, the achievements name 56.",
    },
    message: Text {
        zh: "目标“{name}”：实际 {actual}，主要成效中“{text}”为 {stated}",
        en: "Target \"{name}\": {actual} reached; among the achievements, \"{text}\" is {stated}",
    },
    looks: Looks::Target(find),
};

/// Words by which a figure is no exact one.
const ROUGHLY: [&str; 22] = [
    "不低于",
    "不少于",
    "不小于",
    "超过",
    "以上",
    "以下",
    "不超过",
    "不高于",
    "至少",
    "至多",
    "约",
    "近",
    "余",
    "多",
    "about",
    "over",
    "at least",
    "at most",
    "nearly",
    "more than",
    "less than",
    "up to",
];

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let about = &target.facts.target.target;
    let stated =
        case.view.get(&achievements_key(case.fund, about)).and_then(ScoringState::as_achievements)?;
    let actual = target.facts.actual.as_ref()?;
    let mut differing = stated.values().filter(|achievement| differs(achievement, actual)).peekable();
    let first = differing.peek()?;
    let found = Found::new(target.subject()).target(target).figure("text", &first.text).figure_in(
        "stated",
        &first.value.trim(),
        first.unit.as_deref(),
    );
    Some(differing.fold(found, |found, achievement| found.because(&achievement.event)))
}

/// Whether an achievement is for sure another figure than an actual.
fn differs(achievement: &Achievement, actual: &Actual) -> bool {
    let Measured::Number { value } = actual.value else { return false };
    let is_rough = |text: &str| ROUGHLY.iter().any(|word| text.contains(word));
    let last_day = |on: Option<PartialDate>| on.map(PartialDate::last_day);
    let is_of_another_day =
        achievement.on.is_some() && last_day(achievement.on) != last_day(actual.event.effective);
    if is_rough(&achievement.text) || is_of_another_day {
        return false;
    }
    // Whatever is no plain number, 7*24 or 98以上, is not compared.
    let Ok(stated) = achievement.value.trim().parse::<Number>() else { return false };
    let Some(value) = in_unit(value, actual.unit.as_deref(), achievement.unit.as_deref()) else {
        return false;
    };
    !is_rounded(stated, achievement.value.trim(), value)
}

/// A value in another unit, if that is one of the same things: 115 亿条 are 11,500,000,000 条.
fn in_unit(value: Number, unit: Option<&str>, wanted: Option<&str>) -> Option<Number> {
    let (scale, of) = scaled(unit.unwrap_or_default());
    let (wanted_scale, wanted_of) = scaled(wanted.unwrap_or_default());
    (of == wanted_of).then(|| value.checked_mul(scale)?.checked_div(wanted_scale))?
}

/// How many of a thing a unit counts at once, and the thing.
fn scaled(unit: &str) -> (Number, &str) {
    let unit = unit.trim();
    let scales = [("万亿", 1_000_000_000_000_i64), ("亿", 100_000_000), ("万", 10_000)];
    let scale = scales.into_iter().find_map(|(word, scale)| Some((scale, unit.strip_prefix(word)?)));
    let (scale, of) = scale.unwrap_or((1, unit));
    (Number::from(scale), of.trim())
}

/// Whether a figure is a value, rounded or cut off to as many decimals as the figure has.
fn is_rounded(stated: Number, written: &str, value: Number) -> bool {
    let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = u32::try_from(decimals).unwrap_or(u32::MAX);
    let ten = Number::from(10_i64);
    let one = (0..decimals.min(12)).fold(Number::from(1_i64), |one, _| one.checked_div(ten).unwrap_or(one));
    let is_cut = stated.abs() <= value.abs()
        && (stated.is_zero() || (stated < Number::ZERO) == (value < Number::ZERO))
        && value.checked_sub(stated).is_some_and(|gap| gap.abs() < one);
    stated == value.round_half_up(decimals) || is_cut
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::Statement;

    use super::*;
    use crate::domain::tests::number;
    use crate::domain::tests::papers::{achieved, states};
    use crate::domain::tests::targets::*;

    #[test]
    fn a_rounded_figure_is_the_same() {
        for (written, value, same) in [
            ("130", "130.26", true),
            ("130.3", "130.26", true),
            ("130.2", "130.26", true),
            ("130.26", "130.26", true),
            ("130.25", "130.26", false),
            ("131", "130.26", false),
            ("116", "115.6", true),
            ("115", "115.6", true),
            ("114", "115.6", false),
            ("0", "0.6", true),
            ("-3", "-3.4", true),
            ("-4", "-3.4", false),
            ("3", "-3.4", false),
            ("56", "42", false),
        ] {
            assert_eq!(is_rounded(number(written), written, number(value)), same, "{written} of {value}");
        }
    }

    #[test]
    fn units_count_the_same_things_by_other_scales() {
        for (value, unit, wanted, same) in [
            ("11500000000", Some("条"), Some("亿条"), Some("115")),
            ("115", Some("亿 条"), Some("条"), Some("11500000000")),
            ("3", Some("万亿元"), Some("亿元"), Some("30000")),
            ("42", Some("个"), Some(" 个"), Some("42")),
            ("42", Some("个"), Some("家"), None),
            ("42", None, Some("个"), None),
            ("42", None, None, Some("42")),
        ] {
            assert_eq!(in_unit(number(value), unit, wanted), same.map(number), "{value} {unit:?} {wanted:?}");
        }
    }

    #[test]
    fn an_achievement_of_a_target_is_its_actual() {
        let mut world = opened();
        world.steps(&row("p", "o01", "70", "42", "0"));
        world.steps(&[
            states(achieved("a", "o01", "42", "个")),
            states(achieved("b", "o01", "7*24", "个")),
            states(achieved("c", "o01", "56", "家")),
            states(achieved("d", "other", "56", "个")),
            states(Statement { text: "不低于".to_owned(), ..achieved("e", "o01", "40", "个") }),
            states(Statement { on: Some("2020-05".parse().unwrap()), ..achieved("f", "o01", "56", "个") }),
            states(Statement { target: None, ..achieved("g", "o01", "56", "个") }),
        ]);
        assert_eq!(world.said(CHECK.code), []);
        world.steps(&[states(achieved("h", "o01", "56", "个"))]);
        let text = "目标“指标”：实际 42 个，主要成效中“汇聚部门”为 56 个";
        assert_eq!(world.said(CHECK.code), says("target:o01", text));
        assert_eq!(world.evidence(CHECK.code), ["registry-9", "targets-1", "targets-2", "targets-3"]);
        world.steps(&[reported("p", "o01", "56")]);
        let text = "目标“指标”：实际 56 个，主要成效中“汇聚部门”为 42 个";
        assert_eq!(world.said(CHECK.code), says("target:o01", text));
    }

    #[test]
    fn it_may_come_before_the_target() {
        let mut world = opened();
        world.steps(&[states(achieved("h", "o01", "56", "个"))]);
        assert_eq!(world.said(CHECK.code), []);
        world.steps(&row("p", "o01", "70", "42", "0"));
        assert_eq!(world.said(CHECK.code).len(), 1);
    }
}
