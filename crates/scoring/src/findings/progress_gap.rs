//! Money and targets that have not come equally far.

use jixiao_events::budget::Denominator;
use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::ledger::Scope;
use jixiao_events::registry::Membership;
use jixiao_events::scheme::NodeBody;
use jixiao_events::scoring::MoneyQuantity;
use jixiao_events::{Number, ProjectId};

use super::execution_below_bound::is_told;
use super::money_unspent_unexplained::SPENDING;
use super::{Case, Check, Found, Looks, Text, progress};
use crate::domain::state::scope_subject;

/// The most targets whose events are cited.
const CITED: usize = 10;

pub(super) const CHECK: Check = Check {
    code: "progress_gap",
    severity: Severity::Warning,
    title: Text { zh: "资金进度与目标进度不匹配", en: "Money and targets apart" },
    rule: Text {
        zh: "年度结束后，或报告已载明支付情况时，资金执行进度与目标完成进度之差不超过评价方案的上限。资金的目标进度为已完成目标数占比；项目的目标进度按权重加权各目标完成率（超过 100% 按 100% 计），完成情况不明的目标按 0 至 100% 计，只指出无论如何都超限的差距。",
        en: "Once the year is closed, or a report states what was paid, the progress of money and that of targets are no farther apart than the scheme allows. Of a fund, targets have come as far as the share of them that is met; of a project, as far as their attainments, weighed by weight, at most 100 % each. What is not known of a target may be anything from 0 to 100 %: only a gap that is there in any case is found.",
    },
    example: Text {
        zh: "资金执行率 74.29%，目标完成率 24/28 = 85.71%，相差 11.42 个百分点，方案上限 10 个百分点。",
        en: "74.29 % is paid and 24 of 28 targets, 85.71 %, are met: 11.42 points apart, where the scheme allows 10.",
    },
    message: Text {
        zh: "“{name}”资金进度 {rate}，目标进度 {progress}，相差不少于 {gap} 个百分点，超过方案上限 {bound}（依据：{basis}）",
        en: "\"{name}\": {rate} of the money is paid and {progress} of the targets is reached, at least {gap} points apart, more than the bound {bound} of the scheme ({basis})",
    },
    looks: Looks::Scope(find),
};

fn find(case: &Case<'_>, scope: &Scope) -> Option<Found> {
    match scope {
        Scope::Fund => of_fund(case),
        Scope::Project { project } => of_project(case, project),
        Scope::Group { .. } => None,
    }
}

fn of_fund(case: &Case<'_>) -> Option<Found> {
    case.money(MoneyQuantity::Original)?;
    case.money(MoneyQuantity::Paid).filter(|_| is_told(case))?;
    let rate = case.view.budget(case.fund).execution_rate_percent(Denominator::Adjusted)?;
    let levels = case.scheme.nodes.iter().filter(|node| matches!(node.body, NodeBody::EachTarget { .. }));
    let (mut met, mut open, mut all) = (0_i64, 0_i64, 0_i64);
    let mut evidence = Vec::new();
    for node in levels {
        let sum = case.sum(node.node.as_str())?;
        met += i64::from(sum.met);
        open += i64::from(sum.not_scored);
        all += i64::from(sum.indicators);
        evidence.push(Evidence::Node { node: node.node.clone() });
    }
    let share = |targets: i64| {
        Number::from(targets)
            .checked_mul(Number::HUNDRED)?
            .checked_div(Some(Number::from(all)).filter(|all| !all.is_zero())?)
    };
    let found = apart(case, Subject::Fund, &case.facts()?.name.zh, rate, (share(met)?, share(met + open)?))?;
    let found = found.figure("met", &met).figure("targets", &all);
    let found = SPENDING.into_iter().fold(found, Found::summed);
    Some(evidence.into_iter().fold(found, Found::by))
}

fn of_project(case: &Case<'_>, project: &ProjectId) -> Option<Found> {
    let known = case.project(project).filter(|known| known.membership == Membership::InFund)?;
    let targets = case.targets_of(project);
    let paid = progress::paid(case, project)?;
    let subject = scope_subject(&Scope::Project { project: project.clone() });
    let reached = progress::of_targets(&targets)?;
    let found = apart(case, subject, &known.name.zh, paid.percent, reached)?.paid_share(case, &paid);
    let cited = targets.iter().take(CITED);
    Some(cited.fold(found, |found, target| found.set_by(target.result, &["target", "actual"])))
}

/// A gap that is wider than the scheme allows wherever between the two ends the targets are.
fn apart(
    case: &Case<'_>,
    subject: Subject,
    name: &str,
    rate: Number,
    (low, high): (Number, Number),
) -> Option<Found> {
    let bound = case.scheme.findings.progress_gap.as_ref()?;
    let gap = rate.checked_sub(high)?.max(low.checked_sub(rate)?);
    if gap <= bound.value {
        return None;
    }
    let (low, high) = (low.round_half_up(2), high.round_half_up(2));
    let progress = if low == high { format!("{low}%") } else { format!("{low}%–{high}%") };
    let found = Found::new(subject)
        .figure("name", &name)
        .figure_in("rate", &rate.round_half_up(2), Some("%"))
        .figure("progress", &progress)
        .figure("gap", &gap.round_half_up(2));
    Some(found.bound(bound, None))
}

#[cfg(test)]
mod tests {
    use jixiao_events::ledger::StatedMoney;
    use jixiao_events::registry::{Membership, ProjectState};

    use crate::domain::tests::money_findings::{of_project, stated, stated_money};
    use crate::domain::tests::{World, approved, closed, paid, project, targets::*};

    const CODE: &str = "progress_gap";

    fn with_money_of(arranged: &str, paid: &str) -> World {
        let mut world = opened();
        world.steps(&[
            project("p", Membership::InFund, ProjectState::InProgress),
            stated_money(of_project("p"), StatedMoney::Arranged, arranged),
            stated_money(of_project("p"), StatedMoney::Paid, paid),
        ]);
        world
    }

    #[test]
    fn a_project_paid_far_beyond_what_it_reached() {
        let mut world = with_money_of("100", "99");
        world.steps(&row("p", "d01", "100", "48", "0"));
        let text = "“p”资金进度 99%，目标进度 48%，相差不少于 51 个百分点，超过方案上限 10（依据：assumed）";
        assert_eq!(world.said(CODE), says("project:p", text));
        assert_eq!(world.evidence(CODE), ["ledger-1", "ledger-2", "targets-1", "targets-2"]);
        world.steps(&[reported("p", "d01", "89")]);
        assert_eq!(world.said(CODE), [], "ten points are the bound");
        // More than the target is no more than the target.
        world.steps(&[reported("p", "d01", "500")]);
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn what_is_not_known_accuses_nobody() {
        let mut world = with_money_of("100", "40");
        world.steps(&row("p", "d01", "100", "100", "1"));
        world.steps(&[set_at_most("p", "d02", "3"), reported("p", "d02", "4")]);
        // One is met and of the other it is not known how far it is: 50 to 100 % are reached.
        assert_eq!(world.said(CODE), []);
        world.steps(&[stated_money(of_project("p"), StatedMoney::Paid, "30")]);
        assert!(
            world.said(CODE)[0].1.contains("目标进度 50%–100%，相差不少于 20 个"),
            "{:?}",
            world.said(CODE)
        );
    }

    #[test]
    fn a_fund_by_the_share_of_its_targets_that_is_met() {
        let mut world = opened();
        world.steps(&[approved("1000"), paid("740")]);
        for (target, actual) in [("d1", "5"), ("d2", "5"), ("d3", "4")] {
            world.steps(&row("p", target, "5", actual, "1"));
        }
        assert_eq!(world.said(CODE), [], "the year is not over, and no report states what was paid");
        let mut told = opened();
        told.steps(&[stated("budget.expenditure", "740", "万元", "第139行"), approved("1000"), paid("740")]);
        for (target, actual) in [("d1", "5"), ("d2", "5"), ("d3", "4")] {
            told.steps(&row("p", target, "5", actual, "1"));
        }
        world.steps(&[closed()]);
        for world in [&world, &told] {
            assert_eq!(world.said(CODE), []);
        }
        world.steps(&[reported("p", "d2", "1")]);
        let text = "“智慧城市扶持资金”资金进度 74%，目标进度 33.33%，相差不少于 40.67 个百分点，超过方案上限 10（依据：assumed）";
        assert_eq!(world.said(CODE), says("fund", text));
        // One without an actual may be met.
        world.steps(&[set_at_least("p", "d4", "7")]);
        assert!(
            world.said(CODE)[0].1.contains("目标进度 25%–50%，相差不少于 24 个"),
            "{:?}",
            world.said(CODE)
        );
    }
}
