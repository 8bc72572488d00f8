//! Targets of a project whose money was split between agencies, and that nobody answers for.

use std::collections::BTreeSet;

use jixiao_events::ProjectId;
use jixiao_events::finding::{Evidence, Severity, Subject};
use jixiao_events::ledger::Share;

use super::{Case, Check, Found, Looks, Text};

/// The most targets whose events are cited.
const CITED: usize = 20;

pub(super) const CHECK: Check = Check {
    code: "split_without_owner",
    severity: Severity::Warning,
    title: Text { zh: "资金已划分目标未划分", en: "Money split, targets without an owner" },
    rule: Text {
        zh: "项目资金在几家单位之间划分的，其目标也应划分：每一目标应注明责任单位。",
        en: "Where the money of a project is split between agencies, its targets are too: each of them names the agency that answers for it.",
    },
    example: Text {
        zh: "信息化推进工作 92.58 万元划分为 67.18 万元和 25.4 万元，其两项目标未划分责任单位。",
        en: "92.58 were split into 67.18 and 25.4 for two bureaus; neither of the project's two targets says whose it is.",
    },
    message: Text {
        zh: "项目“{project}”的资金在 {agencies} 家单位之间划分（{parts}），其 {targets} 项目标（“{name}”等）未注明责任单位",
        en: "The money of project \"{project}\" was split between {agencies} agencies ({parts}); {targets} of its targets, \"{name}\" first, name none that answers for them",
    },
    looks: Looks::Project(find),
};

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let found = || {
        let (known, life) = (case.project(project)?, case.life(project)?);
        let is_between_several = |parts: &[Share]| {
            let agencies: BTreeSet<_> = parts.iter().map(|part| &part.agency).collect();
            agencies.len() > 1
        };
        let split = life.splits.values().find(|split| !split.reversed && is_between_several(&split.parts))?;
        let mut targets = case.targets_of(project);
        targets.retain(|target| target.defined.definition.owner.is_none());
        let first = targets.first()?;
        let parts: Vec<String> = split.parts.iter().map(written).collect();
        let found = Found::new(Subject::Project { project: project.clone() })
            .figure("project", &known.name.zh)
            .figure("agencies", &parts.len())
            .figure("parts", &parts.join("、"))
            .figure("targets", &targets.len())
            .figure("name", &first.result.name.zh)
            .by(Evidence::Event(split.event.clone()));
        let cited = targets.iter().take(CITED);
        Some(cited.fold(found, |found, target| found.because(&target.defined.event)))
    };
    found().into_iter().collect()
}

fn written(part: &Share) -> String {
    let yuan = part.amount.wan().map_or_else(|| part.amount.to_string(), |wan| format!("{wan} 万元"));
    format!("{} {yuan}", part.agency)
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};
    use jixiao_events::targets::{TargetDefinition, TargetLevel};

    use crate::domain::tests::dated::{split, taken_back_as};
    use crate::domain::tests::{definition, project, revised, target_ref, targets::*};

    const CODE: &str = "split_without_owner";

    #[test]
    fn two_bureaus_and_targets_that_are_nobodys() {
        let told = [
            project("p", Membership::InFund, ProjectState::InProgress),
            split("p", &[("one", "67.18"), ("other", "25.4")]),
            set_at_least("p", "d1", "800"),
        ];
        for order in [[0, 1, 2], [2, 1, 0]] {
            let mut world = opened();
            world.steps(&order.map(|at| told[at].clone()));
            let text = "项目“p”的资金在 2 家单位之间划分（one 67.18 万元、other 25.4 万元），其 1 项目标（“指标”等）未注明责任单位";
            assert_eq!(world.said(CODE), says("project:p", text));
            assert_eq!(world.evidence(CODE), ["ledger-1", "targets-1"]);
            let owner = Some("one".parse().unwrap());
            let answered =
                TargetDefinition { owner, ..definition(TargetLevel::Detail, "1", "800", Some("个")) };
            world.steps(&[revised(target_ref(Some("p"), "d1"), 2, answered)]);
            assert_eq!(world.said(CODE), []);
            world.steps(&[set_at_least("p", "d2", "1")]);
            assert_eq!(world.said(CODE).len(), 1, "another one is nobody's");
            world.steps(&[taken_back_as("p", "split", jixiao_events::ledger::EntryKind::Split)]);
            assert_eq!(world.said(CODE), []);
        }
    }

    #[test]
    fn what_stays_with_one_agency_needs_no_owner() {
        let mut world = opened();
        world.steps(&[
            project("p", Membership::InFund, ProjectState::InProgress),
            set_at_least("p", "d1", "1"),
        ]);
        world.steps(&[
            split("p", &[("one", "60"), ("one", "7")]),
            split("q", &[("one", "60"), ("other", "7")]),
        ]);
        assert_eq!(world.said(CODE), []);
    }
}
