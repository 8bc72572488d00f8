//! Two funds that may say the same.

use super::*;

pub(crate) const FIRST: &str = FUND;
pub(crate) const SECOND: &str = "second-2019";
pub(crate) const SUPPORT: &str = "management.operation.support_measures";
pub(crate) const PROCEDURES: &str = "management.operation.procedures";
pub(crate) const TRACKING: &str = "management.operation.tracking";

/// Two funds that are evaluated by one scheme.
pub(crate) fn two_funds() -> World {
    let mut world = told_before(&[]);
    world.steps(&[opened(FIRST), opened(SECOND)]);
    world
}

/// The same, not evaluated yet, with what is told before.
pub(crate) fn told_before(steps: &[Step]) -> World {
    let Step::Registry(RegistryEvent::FundCreated(first)) = fund() else { unreachable!() };
    let second = Fund { fund: SECOND.parse().unwrap(), name: names("另一项资金"), ..first };
    let mut world = World::default();
    world.steps(&[fund(), Step::Registry(RegistryEvent::FundCreated(second)), load()]);
    world.steps(steps);
    world
}

pub(crate) fn opened(fund: &str) -> Step {
    let scheme = Some("wuxi-2019-smart-city".parse().unwrap());
    let wanted = Wanted { scheme, ..Wanted::default() };
    Step::Command(ScoringCommand::OpenEvaluation { of: fund.parse::<FundId>().unwrap().into(), wanted })
}

/// A self-score and its reason.
pub(crate) fn filed(fund: &str, indicator: &str, score: &str, reason: &str) -> Step {
    Step::Targets(TargetEvent::SelfScoreRecorded {
        fund: fund.parse().unwrap(),
        subject: of_indicator(indicator),
        score: number(score),
        above_weight: false,
        on: "2020-06-05".parse().unwrap(),
        reason: Some(reason.to_owned()),
        source: None,
    })
}

/// Why a project of a fund fell short.
pub(crate) fn missed_in(fund: &str, project: &str, why: &str) -> Step {
    Step::Targets(TargetEvent::MissExplained {
        fund: fund.parse().unwrap(),
        explanation: "why".to_owned(),
        project: Some(project.parse().unwrap()),
        group: None,
        targets: Vec::new(),
        reason: why.to_owned(),
        source: None,
    })
}
