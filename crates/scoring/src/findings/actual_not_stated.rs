//! A target that nobody says anything of.

use jixiao_events::finding::Severity;
use jixiao_events::scoring::IndicatorStatus;

use super::targets::is_due;
use super::{Case, Check, Found, Looks, TargetCase, Text};

pub(super) const CHECK: Check = Check {
    code: "actual_not_stated",
    severity: Severity::Warning,
    title: Text { zh: "未填实际完成值", en: "Actual not stated" },
    rule: Text {
        zh: "已自评或年度已关闭的目标应填写实际完成值；未实施的项目除外。",
        en: "A target that is scored, or whose year is closed, has an actual, unless its project never started.",
    },
    example: Text {
        zh: "目标 90%，实际完成值空白，自评 0 分。",
        en: "A target of 90 %, a blank actual, a self-score of 0.",
    },
    message: Text {
        zh: "目标“{name}”：目标值 {target}，未填实际完成值；自评 {self_score} 分（权重 {weight} 分）",
        en: "Target \"{name}\": {target} wanted, no actual is stated; self-score {self_score} of {weight}",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let is_missing = target.facts.actual.is_none() && target.result.status != IndicatorStatus::NotStarted;
    (is_missing && is_due(case, target)).then(|| {
        let found = Found::new(target.subject()).target(target).scores(target);
        found.because(&target.defined.event)
    })
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::{closed, project, targets::*};

    const CODE: &str = "actual_not_stated";

    #[test]
    fn a_blank_actual_that_is_scored() {
        let mut world = opened();
        world.steps(&[set_at_least("p", "d16", "90")]);
        assert_eq!(world.said(CODE), [], "the year is open and nobody scored it");
        world.steps(&[scored("p", "d16", "0")]);
        let text = "目标“指标”：目标值 ≥ 90 个，未填实际完成值；自评 0 分（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d16", text));
        assert_eq!(world.evidence(CODE), ["targets-1", "targets-2"]);
        world.steps(&[reported("p", "d16", "90")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn a_blank_actual_once_the_year_is_closed() {
        let mut world = opened();
        world.steps(&[project("idle", Membership::InFund, ProjectState::NotStarted)]);
        world.steps(&[set_at_least("p", "d16", "90"), set_at_least("idle", "d17", "90"), closed()]);
        let text = "目标“指标”：目标值 ≥ 90 个，未填实际完成值；自评 - 分（权重 1 分）";
        assert_eq!(world.said(CODE), says("target:d16", text));
    }
}
