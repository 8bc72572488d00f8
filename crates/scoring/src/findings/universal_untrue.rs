//! A sentence that all targets are met, and a target that is not.

use jixiao_events::finding::Severity;
use jixiao_events::registry::Coverage;
use jixiao_events::scoring::IndicatorStatus;
use jixiao_events::targets::TargetLevel;

use super::targets::earned_by;
use super::{Case, Check, Found, Looks, TargetCase, Text};
use crate::domain::papers::{Universal, universals_key};
use crate::domain::state::ScoringState;

pub(super) const CHECK: Check = Check {
    code: "universal_untrue",
    severity: Severity::Error,
    title: Text { zh: "“均已实现”与目标表不符", en: "All met, says the report" },
    rule: Text {
        zh: "报告称某类目标“均已实现”或“除……外均已实现”的，该类中除所列例外以外的目标都应完成；没有实际值、单位不一致的目标不判断。",
        en: "Where a report says that all targets of a kind are met, or all but some, every other one is. Targets without an actual, or in another unit, are not judged.",
    },
    example: Text {
        zh: "报告称“其他绩效总目标均实现”，而“VPN 授权用户数”目标 12000 个，实际 0 个。",
        en: "\"All other overall targets are met\", says the report; of 12,000 users none was reached.",
    },
    message: Text {
        zh: "报告称“{text}”，而目标“{name}”：目标值 {target}，实际 {actual}，未完成",
        en: "\"{text}\", says the report; target \"{name}\": {target} wanted, {actual} reached, not met",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let universals = case.view.get(&universals_key(case.fund)).and_then(ScoringState::as_universals)?;
    let is_missed = match target.result.status {
        IndicatorStatus::Unmet => true,
        // What such a project reports as reached is a contradiction of its own.
        IndicatorStatus::NotStarted => {
            earned_by(case, target, &target.defined.definition).is_some_and(|(_, met)| !met)
        }
        _ => false,
    };
    let mut untrue = universals.values().filter(|said| is_missed && covers(said, target)).peekable();
    let first = untrue.peek()?;
    let found = Found::new(target.subject()).target(target).figure("text", &first.text);
    Some(untrue.fold(found, |found, said| found.because(&said.event)))
}

/// Whether a sentence is about a target.
fn covers(said: &Universal, target: &TargetCase<'_>) -> bool {
    let level = target.defined.definition.level;
    let is_of_kind = match said.covers {
        Coverage::Targets => true,
        Coverage::OverallTargets => level == TargetLevel::Overall,
        Coverage::DetailTargets => level == TargetLevel::Detail,
    };
    is_of_kind && !said.excepted.contains(&target.facts.target.target)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use super::*;
    use crate::domain::tests::papers::all_met;
    use crate::domain::tests::{actual, definition, project, set, target_ref, targets::*};
    use jixiao_events::targets::UnitMatch;

    fn overall(target: &str, reached: Option<&str>) -> Vec<crate::domain::tests::Step> {
        let of = target_ref(None, target);
        let set = set(of.clone(), definition(TargetLevel::Overall, "1", "12000", Some("个")));
        let reached = reached.map(|value| actual(of, value, Some("个"), UnitMatch::Same));
        std::iter::once(set).chain(reached).collect()
    }

    #[test]
    fn all_are_met_but_those_that_are_left_out() {
        let said = "报告称“其他目标均实现”，而目标“指标”：目标值 ≥ 12000 个，实际 0 个，未完成";
        for (covers, excepted, found) in [
            (Some(Coverage::OverallTargets), &["o01"][..], vec!["target:o02"]),
            (Some(Coverage::OverallTargets), &["o01", "o02"], vec![]),
            (Some(Coverage::DetailTargets), &[], vec!["target:d35"]),
            (Some(Coverage::Targets), &["o01"], vec!["target:d35", "target:o02"]),
            (None, &[], vec![]),
        ] {
            for is_first in [true, false] {
                let mut world = opened();
                let all_met = [all_met(covers, excepted)];
                if is_first {
                    world.steps(&all_met);
                }
                for rows in [
                    overall("o01", Some("1")),
                    overall("o02", Some("0")),
                    overall("o03", Some("12000")),
                    overall("o04", None),
                    row("p", "d35", "30", "18", "0.5"),
                    row("p", "d36", "30", "30", "1"),
                ] {
                    world.steps(&rows);
                }
                if !is_first {
                    world.steps(&all_met);
                }
                let scopes: Vec<_> = world.said(CHECK.code).into_iter().map(|(scope, _)| scope).collect();
                assert_eq!(scopes, found, "{covers:?} {excepted:?}");
                if found == ["target:o02"] {
                    assert_eq!(world.said(CHECK.code), says("target:o02", said));
                    world.steps(&overall("o02", Some("12001"))[1..]);
                    assert_eq!(world.said(CHECK.code), []);
                }
            }
        }
    }

    #[test]
    fn what_nobody_knows_is_no_contradiction() {
        let mut world = opened();
        world.steps(&[all_met(Some(Coverage::Targets), &[])]);
        let other = actual(target_ref(Some("p"), "d17"), "61", Some("条订单"), UnitMatch::Different);
        world.steps(&[set_at_least("p", "d17", "10000"), other, set_at_least("p", "d18", "5")]);
        assert_eq!(world.said(CHECK.code), []);
        // Of a project that has not started, what is reported as reached is a contradiction of its own.
        world.steps(&[project("idle", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&row("idle", "d29", "80", "80", "1"));
        assert_eq!(world.said(CHECK.code), []);
        world.steps(&row("idle", "d30", "80", "0", "0"));
        assert_eq!(world.said(CHECK.code).len(), 1);
    }
}
