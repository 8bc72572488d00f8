//! A sample of each event of monitoring.

use std::sync::Arc;

use jixiao_events::budget::Denominator;
use jixiao_events::finding::Figure;
use jixiao_events::monitoring::{
    Ahead, Checkpoint, Elapsed, Limits, Monitor, TargetShare, Warning, WarningLevel, Watched,
};
use jixiao_events::portfolio::CategorySum;
use jixiao_events::registry::{DisplayUnit, Membership, Origin, ProjectState};
use jixiao_events::scheme::{Basis, Parameter, Scheme};
use jixiao_events::scoring::{Cause, Fact, ScoringEvent};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Money, Number};

use crate::{names, of, some, source};

/// A scheme that watches what there is to watch.
pub(crate) fn loaded(mut scheme: Scheme) -> ScoringEvent {
    scheme.monitoring = vec![
        Monitor {
            monitor: of("money"),
            name: names("支出进度", "Money progress"),
            watched: Watched::Money { of: stated(Denominator::Adjusted) },
            limits: Limits::Checkpoints {
                checkpoints: vec![
                    Checkpoint {
                        from: stated(of("05-01")),
                        yellow_below: Some(number("25")),
                        red_below: None,
                    },
                    Checkpoint {
                        from: stated(of("07-01")),
                        yellow_below: Some(number("40")),
                        red_below: Some(number("20")),
                    },
                ],
            },
        },
        Monitor {
            monitor: of("targets"),
            name: names("目标进度", "Target progress"),
            watched: Watched::Targets { by: stated(TargetShare::Met), level: Some(TargetLevel::Detail) },
            limits: Limits::TimeProportional {
                elapsed: stated(Elapsed::MonthsPassed),
                from: Some(stated(of("04-01"))),
                yellow_below: Some(number("80")),
                red_below: Some(number("60")),
            },
        },
        Monitor {
            monitor: of("gap"),
            name: names("进度差", "Gap"),
            watched: Watched::Gap {
                of: stated(Denominator::Received),
                by: stated(TargetShare::Points),
                level: None,
                ahead: stated(Ahead::Either),
            },
            limits: Limits::Distance { from: None, yellow_above: Some(number("10")), red_above: None },
        },
    ];
    let text = "scheme = \"wuxi-2019-smart-city\"\n[[monitoring]]\nmonitor = \"money\"\n".to_owned();
    ScoringEvent::SchemeLoaded { version: 3, scheme: Arc::new(scheme), text, draft: false }
}

/// The first of them.
pub(crate) fn first() -> ScoringEvent {
    ScoringEvent::DateReached { fund: of("smart-city-2019"), on: of("2019-05-01") }
}

/// The sample that follows another.
pub(crate) fn after(event: &ScoringEvent) -> Option<ScoringEvent> {
    match event {
        ScoringEvent::DateReached { .. } => Some(ScoringEvent::WarningRaised {
            warning: warning(WarningLevel::Yellow),
            cause: Cause::Date { on: of("2019-05-01") },
        }),
        ScoringEvent::WarningRaised { .. } => Some(ScoringEvent::WarningChanged {
            warning: warning(WarningLevel::Red),
            was: WarningLevel::Yellow,
            cause: Cause::Opened,
        }),
        ScoringEvent::WarningChanged { .. } => Some(ScoringEvent::WarningCleared {
            warning: Warning { figures: Vec::new(), ..warning(WarningLevel::Red) },
            cause: Cause::Opened,
        }),
        ScoringEvent::WarningCleared { .. } => Some(ScoringEvent::CategoriesChanged {
            fund: of("smart-city-2019"),
            categories: vec![CategorySum {
                category: "大数据应用".to_owned(),
                projects: 3,
                arranged: Money::try_from_wan(of("120.5")).unwrap(),
                paid: Money::try_from_wan(of("80")).unwrap(),
                targets: 7,
                met: 5,
                weight: of("10"),
                points: of("7.5"),
            }],
            cause: Cause::Opened,
        }),
        // What facts and events may hold since.
        ScoringEvent::CategoriesChanged { .. } => Some(ScoringEvent::SourceTakenIn {
            source: source("registry", 73),
            event_type: "project_registered".to_owned(),
            facts: vec![
                Fact::Fund {
                    fund: of("smart-city-2019"),
                    name: names("智慧城市扶持资金", "Smart city fund"),
                    fiscal_year: 2019,
                    display_unit: DisplayUnit::WanYuan,
                    time_zone: "Asia/Shanghai".to_owned(),
                    agency: Some(of("big-data-bureau")),
                    kind: jixiao_events::FundKind::SpecialFund,
                },
                Fact::Project {
                    fund: of("smart-city-2019"),
                    project: of("smart-tourism"),
                    name: names("智慧旅游", "Smart tourism"),
                    membership: Membership::InFund,
                    origin: Origin::StartOfYear,
                    state: ProjectState::InProgress,
                    group: None,
                    state_on: None,
                    approved_on: None,
                    category: some("大数据应用"),
                    agency: Some(of("tourism-bureau")),
                },
            ],
        }),
        _ => None,
    }
}

fn warning(level: WarningLevel) -> Warning {
    let figure = |name: &str, value: &str, unit: Option<&str>| Figure {
        name: name.to_owned(),
        value: value.to_owned(),
        unit: unit.map(str::to_owned),
    };
    Warning {
        fund: of("smart-city-2019"),
        monitor: of("money"),
        name: names("支出进度", "Money progress"),
        level,
        on: of("2019-05-01"),
        figures: vec![
            figure("paid", "8000000.00", Some("CNY")),
            figure("adjusted", "40000000.00", Some("CNY")),
            figure("money_progress", "20", Some("%")),
            figure("checkpoint", "05-01", None),
        ],
    }
}

fn stated<T>(value: T) -> Parameter<T> {
    Parameter { value, basis: Basis::Stated, source: some("line 12") }
}

fn number(value: &str) -> Parameter<Number> {
    stated(of(value))
}
