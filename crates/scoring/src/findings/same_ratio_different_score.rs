//! The same attainment, scored differently.

use std::collections::BTreeMap;

use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::scheme::{NodeBody, Rule};
use jixiao_events::{IndicatorId, Number};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::state::Partial;
use crate::rules;

/// The most events that a finding cites.
const CITED: usize = 50;

pub(super) const CHECK: Check = Check {
    code: "same_ratio_different_score",
    severity: Severity::Error,
    title: Text { zh: "完成率相同、得分不同", en: "Same ratio, different score" },
    rule: Text {
        zh: "同一评分规则下，完成率相同的目标，得分占权重的比例应相同。",
        en: "Under one rule, targets of the same attainment earn the same share of their weights.",
    },
    example: Text {
        zh: "42/70 = 60%，得 0 分；18/30 = 60%，得一半。",
        en: "42 of 70 is 60 % and got nothing; 18 of 30 is 60 % and got half.",
    },
    message: Text {
        zh: "完成率同为 {percent}：“{low_name}”自评 {low} 分（权重 {low_weight} 分），“{high_name}”自评 {high} 分（权重 {high_weight} 分）；共 {rows} 项",
        en: "At the same {percent}, \"{low_name}\" has {low} of {low_weight} and \"{high_name}\" has {high} of {high_weight}; {rows} targets in all",
    },
    looks: Looks::Attainment(find),
};

fn find(case: &Case<'_>, percent: Number) -> Option<Found> {
    // Only targets that the scheme would give the same share are compared.
    let mut by_share: BTreeMap<Number, Vec<(Number, &IndicatorId, &Partial)>> = BTreeMap::new();
    for (indicator, partial) in case.attained(percent)? {
        let due = rule_of(case, indicator).and_then(|rule| rules::points(rule, Number::ONE, percent));
        if let (Some(due), Some(given)) = (due, partial.self_score.checked_div(partial.weight)) {
            by_share.entry(due).or_default().push((given, indicator, partial));
        }
    }
    by_share.into_values().find_map(|mut rows| {
        rows.sort_by_key(|(given, indicator, _)| (*given, *indicator));
        let ((least, _, low), (most, _, high)) = (rows.first()?, rows.last()?);
        if least == most {
            return None;
        }
        let found = Found::new(Subject::Attainment { percent })
            .figure_in("percent", &percent.round_half_up(2), Some("%"))
            .figure("low_name", &low.name.zh)
            .figure("low", &low.self_score)
            .figure("low_weight", &low.weight)
            .figure("high_name", &high.name.zh)
            .figure("high", &high.self_score)
            .figure("high_weight", &high.weight)
            .figure("rows", &rows.len());
        let ends = [low, high].into_iter().copied();
        let cited = ends.chain(rows.iter().map(|(_, _, partial)| *partial)).take(CITED);
        let events = cited.filter_map(|partial| partial.event.clone());
        Some(events.fold(found, |found, event| found.by(Evidence::Event(event))))
    })
}

/// The rule of the node that a target's indicator is below.
fn rule_of<'v>(case: &Case<'v>, indicator: &IndicatorId) -> Option<&'v Rule> {
    let group = indicator.group()?;
    case.scheme.nodes.iter().find(|node| node.node == group).and_then(|node| match &node.body {
        NodeBody::EachTarget { rule, .. } => Some(rule),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::{
        Criterion, Measured, TargetDefinition, TargetEvent, TargetLevel, UnitMatch,
    };

    use crate::domain::tests::{Step, definition, of_target, self_score, set, target_ref, targets::*};

    const CODE: &str = "same_ratio_different_score";

    #[test]
    fn sixty_percent_for_nothing_and_for_half() {
        let mut world = opened();
        world.steps(&row("p", "d02", "70", "42", "0"));
        assert_eq!(world.said(CODE), []);
        world.steps(&row("p", "d35", "30", "18", "0.5"));
        let text = "完成率同为 60%：“指标”自评 0 分（权重 1 分），“指标”自评 0.5 分（权重 1 分）；共 2 项";
        assert_eq!(world.said(CODE), says("attainment:60", text));
        assert_eq!(world.evidence(CODE), ["targets-3", "targets-6"]);
        // An overall target of the same attainment is under the same rule.
        let o01 = target_ref(None, "o01");
        world.steps(&[set(o01.clone(), definition(TargetLevel::Overall, "2", "70", Some("个")))]);
        world.steps(&[reported_of(o01.clone(), "42"), self_score(of_target(o01), "0")]);
        assert!(world.said(CODE)[0].1.ends_with("共 3 项"), "{:?}", world.said(CODE));
        // Half for one and half for both others.
        world.steps(&[scored("p", "d02", "0.5")]);
        assert_eq!(world.said(CODE).len(), 1);
        world.steps(&[self_score(of_target(target_ref(None, "o01")), "1")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn other_ratios_and_other_weights_are_no_contradiction() {
        let mut world = opened();
        world.steps(&row("p", "d02", "70", "42", "0.5"));
        world.steps(&row("p", "d03", "70", "43", "0"));
        world.steps(&[set(
            target_ref(Some("p"), "d04"),
            definition(TargetLevel::Detail, "2", "30", Some("个")),
        )]);
        world.steps(&[reported("p", "d04", "18"), scored("p", "d04", "1")]);
        // Everything and nothing are never compared: met is met, and nothing is nothing.
        world.steps(&row("p", "d05", "10", "10", "1"));
        world.steps(&row("p", "d06", "10", "10", "0"));
        world.steps(&row("p", "d07", "10", "0", "0"));
        world.steps(&row("p", "d08", "10", "0", "1"));
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn eight_days_late_are_not_eight_percent() {
        let mut world = opened();
        world.steps(&row("p", "d1", "100", "8", "0"));
        let (late, by) = (target_ref(Some("p"), "d2"), "2019-06-01".parse().unwrap());
        let by_date = TargetDefinition {
            criterion: Criterion::ByDate { by },
            ..definition(TargetLevel::Detail, "1", "1", None)
        };
        let reached = TargetEvent::ActualRecorded {
            target: late.clone(),
            value: Measured::Date { done: "2019-06-09".parse().unwrap() },
            unit: None,
            unit_match: UnitMatch::Same,
            on: "2019".parse().unwrap(),
            text: None,
            evidence: Vec::new(),
            source: None,
        };
        world.steps(&[set(late, by_date), Step::Targets(reached), scored("p", "d2", "1")]);
        assert_eq!(world.said(CODE), []);
        world.steps(&row("p", "d3", "50", "4", "1"));
        assert_eq!(world.said(CODE).len(), 1);
    }

    #[test]
    fn thirds_are_the_same_however_they_are_written() {
        let mut world = opened();
        world.steps(&row("p", "d1", "3", "2", "0"));
        world.steps(&row("p", "d2", "300", "200", "0.5"));
        assert!(world.said(CODE)[0].1.starts_with("完成率同为 66.67%："), "{:?}", world.said(CODE));
    }
}
