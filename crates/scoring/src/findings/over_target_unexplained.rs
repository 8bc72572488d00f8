//! A target that is far exceeded, for no reason given.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;
use jixiao_events::targets::Criterion;

use super::targets::is_due;
use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "over_target_unexplained",
    severity: Severity::Warning,
    title: Text { zh: "超额完成未说明原因", en: "Far above target without a reason" },
    rule: Text {
        zh: "已自评或年度已关闭的目标，实际值与目标值之比达到评价方案的比例的，应说明原因：目标可能定得过低。原因可针对目标、项目或项目组，也可写在自评理由中。",
        en: "A target that is scored, or whose year is closed, and whose actual / target reaches the share that the scheme states needs a reason, since it may have been set too low: for itself, its project or its group, or as the reason of its self-score.",
    },
    example: Text {
        zh: "目标 2000 场，实际 6121 场，为目标的 306.05%，未说明原因。",
        en: "2000 wanted, 6121 reached, 306.05 % of it, and no reason is given.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，实际 {actual}，为目标的 {rate}，达到方案所定 {bound}（依据：{basis}），未说明原因",
        en: "Target \"{name}\": {target} wanted, {actual} reached, {rate} of it, where the scheme asks for a reason from {bound} on ({basis}), and none is given",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let bound = case.scheme.findings.over_target.as_ref()?;
    // Of another criterion what is measured is no attainment.
    let is_share = matches!(target.defined.definition.criterion, Criterion::AtLeast { .. });
    let is_met = target.result.status == IndicatorStatus::Met;
    let rate = target.result.measured.filter(|_| is_share && is_met)?;
    let has_reason = || {
        let own = target.facts.self_score.as_ref().and_then(|score| score.reason.as_ref());
        target.explained.is_some() || own.is_some_and(|reason| !reason.trim().is_empty())
    };
    (rate >= bound.value && is_due(case, target) && !has_reason()).then(|| {
        let rate = rate.round_half_up(2);
        Found::new(target.subject())
            .target(target)
            .figure_in("rate", &rate, Some("%"))
            .bound(bound, Some("%"))
    })
}

#[cfg(test)]
mod tests {
    use jixiao_events::targets::TargetEvent;

    use crate::domain::tests::{Step, closed, explained, targets::*};

    const CODE: &str = "over_target_unexplained";

    #[test]
    fn six_thousand_of_two_thousand() {
        let mut world = opened();
        world.steps(&row("p", "d25", "2000", "6121", "1"));
        let text = "目标“指标”：目标值 ≥ 2000 个，实际 6121 个，为目标的 306.05%，达到方案所定 130%（依据：assumed），未说明原因";
        assert_eq!(world.said(CODE), says("target:d25", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3"]);
        world.steps(&[explained(None, None, &["d25"])]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn the_reason_of_the_score_is_one() {
        let mut world = opened();
        world.steps(&unscored("p", "d25", "2000", "6121"));
        assert_eq!(world.said(CODE), [], "the year is not over");
        let Step::Targets(TargetEvent::SelfScoreRecorded {
            fund,
            subject,
            score,
            above_weight,
            on,
            source,
            ..
        }) = scored("p", "d25", "1")
        else {
            unreachable!("scored makes a self-score")
        };
        let reason = Some("直播需求增加".to_owned());
        let with_reason =
            TargetEvent::SelfScoreRecorded { fund, subject, score, above_weight, on, reason, source };
        world.steps(&[Step::Targets(with_reason), closed()]);
        assert_eq!(world.said(CODE), []);
        world.steps(&[scored("p", "d25", "1")]);
        assert_eq!(world.said(CODE).len(), 1);
    }

    #[test]
    fn the_bound_is_reached_from_below_only() {
        for (actual, expected) in [("129", 0), ("130", 1), ("100", 0), ("40", 0)] {
            let mut world = opened();
            world.steps(&row("p", "d1", "100", actual, "1"));
            assert_eq!(world.said(CODE).len(), expected, "{actual}");
        }
        // Where less is better, nothing is exceeded; and half of nothing has no share.
        let mut world = opened();
        world.steps(&[set_at_most("p", "d2", "10"), reported("p", "d2", "1"), scored("p", "d2", "1")]);
        world.steps(&row("p", "d3", "0", "50", "1"));
        assert_eq!(world.said(CODE), []);
    }
}
