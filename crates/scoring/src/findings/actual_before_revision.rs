//! An actual that is older than the version of its target.

use jixiao_events::finding::Severity;

use super::{Case, Check, Found, Looks, TargetCase, Text};
use crate::domain::texts::criterion;

pub(super) const CHECK: Check = Check {
    code: "actual_before_revision",
    severity: Severity::Notice,
    title: Text { zh: "实际值早于现行目标", en: "Actual older than its target" },
    rule: Text {
        zh: "年度已关闭的目标，实际完成值应反映现行目标生效之后的情况：实际值的日期早于目标最近一次修订（目标值或单位有变）生效之日，其后未再填报的，予以指出。",
        en: "Once the year is closed, an actual tells what came of the target in force: it is dated before the day from which the newest revision of value or unit counts, and none was reported since.",
    },
    example: Text {
        zh: "目标于 2019-10-28 由 80 个调为 45 个，实际值为 2019-06 的，其后未再填报。",
        en: "80 was lowered to 45 as of 2019-10-28; the actual is of 2019-06, and none was reported since.",
    },
    message: Text {
        zh: "目标“{name}”自 {revised_on} 起由 {old_target} 改为 {target}，实际 {actual}，却是 {reached_on} 的，其后未再填报",
        en: "Target \"{name}\" was changed from {old_target} to {target} as of {revised_on}, yet the actual {actual} is of {reached_on}, and none was reported since",
    },
    looks: Looks::Target(find),
};

fn find(case: &Case<'_>, target: &TargetCase<'_>) -> Option<Found> {
    let old = target.facts.previous.as_ref().filter(|_| case.is_closed())?;
    let (before, now) = (&old.definition, &target.defined.definition);
    let reached_on = target.facts.actual.as_ref()?.event.effective?;
    let revised_on = target.defined.event.effective?;
    let is_other = (&before.criterion, &before.unit) != (&now.criterion, &now.unit);
    (is_other && reached_on.is_before(revised_on)).then(|| {
        Found::new(target.subject())
            .target(target)
            .figure_in("old_target", &criterion(&before.criterion), before.unit.as_deref())
            .figure("revised_on", &revised_on)
            .figure("reached_on", &reached_on)
            .because(&old.event)
    })
}

#[cfg(test)]
mod tests {
    use crate::domain::tests::{closed, targets::*};

    const CODE: &str = "actual_before_revision";

    #[test]
    fn reported_in_june_and_revised_in_october() {
        for (reached, revised, expected) in [
            ("2019-06", "2019-10-28", 1),
            ("2019", "2019-10-28", 0),
            ("2019-10-28", "2019-10-28", 0),
            ("2019-12-31", "2019-10-28", 0),
        ] {
            let mut world = opened();
            world.steps(&[set_at_least("p", "d35", "80"), closed()]);
            world.step_on(&reported("p", "d35", "50"), reached);
            world.step_on(&revise_at_least("p", "d35", 2, "45"), revised);
            assert_eq!(world.said(CODE).len(), expected, "{reached} {revised}");
            if expected == 1 {
                let text = "目标“指标”自 2019-10-28 起由 ≥ 80 个 改为 ≥ 45 个，实际 50 个，却是 2019-06 的，其后未再填报";
                assert_eq!(world.said(CODE), says("target:d35", text));
                assert_eq!(world.evidence(CODE), ["targets-1", "targets-2", "targets-3"]);
                world.step_on(&reported("p", "d35", "50"), "2019-12-31");
                assert_eq!(world.said(CODE), []);
            }
        }
    }

    #[test]
    fn an_open_year_or_the_same_target_waits() {
        let mut world = opened();
        world.steps(&[set_at_least("p", "d35", "80")]);
        world.step_on(&reported("p", "d35", "50"), "2019-06");
        world.step_on(&revise_at_least("p", "d35", 2, "45"), "2019-10");
        assert_eq!(world.said(CODE), []);
        world.steps(&[closed()]);
        assert_eq!(world.said(CODE).len(), 1);
        world.step_on(&revise_at_least("p", "d35", 3, "45"), "2019-11");
        assert_eq!(world.said(CODE), [], "nothing of what is to be reached was changed last");
    }
}
