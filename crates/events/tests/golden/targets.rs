//! A sample of each event of targets.

use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::targets::{
    Baseline, Criterion, Measured, ScoreSubject, TargetDefinition, TargetEvent, TargetFact, TargetLevel,
    TargetRef, UnitMatch,
};

use crate::{approval, of, some, source};

/// The sample that follows another. Exhaustive, so that a new variant does not compile without one.
pub(crate) fn after(event: Option<&TargetEvent>) -> Option<TargetEvent> {
    Some(match event {
        None => TargetEvent::RegistryTakenIn {
            source: source("registry", 14),
            fact: Some(TargetFact::Project {
                fund: of("smart-city-2019"),
                project: of("smart-tourism"),
                membership: Some(Membership::InFund),
                group: Some(of("new-2019")),
                state: ProjectState::Accepted,
            }),
        },
        Some(TargetEvent::RegistryTakenIn { .. }) => TargetEvent::TargetSet {
            target: target(),
            definition: definition(),
            on: Some(of("2019-01-01")),
            approval: approval("start of year"),
            source: some("report line 280"),
        },
        Some(TargetEvent::TargetSet { definition: set, .. }) if set.owner.is_none() => {
            TargetEvent::TargetSet {
                target: target(),
                definition: TargetDefinition {
                    owner: Some(of("tourism-bureau")),
                    baseline: Some(Baseline { value: of("8000"), on: of("2018") }),
                    ..definition()
                },
                on: None,
                approval: approval("the split of the project"),
                source: None,
            }
        }
        Some(TargetEvent::TargetSet { .. }) => TargetEvent::TargetRevised {
            target: target(),
            version: 2,
            definition: TargetDefinition {
                criterion: Criterion::Between { min: of("5000"), max: of("10000.5") },
                ..definition()
            },
            on: Some(of("2019-10-28")),
            approval: approval("policy change"),
            source: some("report line 331"),
        },
        Some(TargetEvent::TargetRevised { .. }) => TargetEvent::TargetWithdrawn {
            target: target(),
            on: Some(of("2019-10-28")),
            approval: approval("moved to a later year"),
            source: some("report line 329"),
        },
        Some(TargetEvent::TargetWithdrawn { .. }) => TargetEvent::ActualRecorded {
            target: target(),
            value: Measured::Number { value: of("61") },
            unit: some("条订单"),
            unit_match: UnitMatch::Different,
            on: of("2019"),
            text: some("61 条订单"),
            evidence: vec!["订单导出 2019".to_owned()],
            source: some("report line 280"),
        },
        Some(TargetEvent::ActualRecorded { .. }) => TargetEvent::SelfScoreRecorded {
            fund: of("smart-city-2019"),
            subject: ScoreSubject::Target { target: target() },
            score: of("1.5"),
            above_weight: true,
            on: of("2020-06-05"),
            reason: some("as filed"),
            source: some("report line 280"),
        },
        Some(TargetEvent::SelfScoreRecorded { subject: ScoreSubject::Target { .. }, .. }) => {
            TargetEvent::SelfScoreRecorded {
                fund: of("smart-city-2019"),
                subject: ScoreSubject::ProjectIndicator {
                    project: of("smart-tourism"),
                    indicator: of("process.funds.execution_rate"),
                },
                score: of("7.5"),
                above_weight: false,
                on: of("2020-06-05"),
                reason: None,
                source: None,
            }
        }
        Some(TargetEvent::SelfScoreRecorded { .. }) => TargetEvent::MissExplained {
            fund: of("smart-city-2019"),
            explanation: "tourism-orders".to_owned(),
            project: Some(of("smart-tourism")),
            group: Some(of("new-2019")),
            targets: vec![of("d17"), of("d20")],
            reason: "orders were counted, not persons".to_owned(),
            source: some("report line 444"),
        },
        Some(TargetEvent::MissExplained { .. }) => return None,
    })
}

pub(crate) fn target() -> TargetRef {
    TargetRef { fund: of("smart-city-2019"), project: Some(of("smart-tourism")), target: of("d17") }
}

pub(crate) fn definition() -> TargetDefinition {
    TargetDefinition {
        class: None,
        owner: None,
        baseline: None,
        level: TargetLevel::Detail,
        name: "提供出游服务人数".to_owned(),
        weight: of("1"),
        criterion: Criterion::AtLeast { value: of("10000") },
        unit: some("人"),
        text: some("1 万"),
    }
}
