//! A sample of each event of scoring.

use std::collections::BTreeMap;
use std::sync::Arc;

use jixiao_events::bounds::Bounds;
use jixiao_events::finding::{AnswerKind, Evidence, Figure, Finding, FindingAnswer, Severity, Subject};
use jixiao_events::scheme::{
    Answer, Band, Basis, Combine, Grade, Measure, Node, NodeBody, Parameter, Rule, Scheme, Step,
};
use jixiao_events::scoring::{
    Cause, EvaluationChange, EvaluationDescribed, EvaluationKind, EvaluationRecord, EventRef, Fact, Given,
    GivenSum, GivenSumsChanged, IndicatorResult, IndicatorStatus, Input, Judgement, KnownMethod, Member,
    Method, Period, SchemeApproved, SchemeWithdrawn, ScoreRecorded, Scorer, ScoringEvent, Standing,
    SumResult,
};
use jixiao_events::targets::{ScoreSubject, TargetLevel};

use crate::facts::{FACTS, dated_facts, facts, facts_of_papers, facts_of_reasons, later_facts, split_fact};
use crate::monitoring;
use crate::schemes::every_form;
use crate::targets::target;
use crate::{Approval, names, of, some, source};

/// The sample that follows another. Exhaustive, so that a new variant does not compile without one.
pub(crate) fn after(event: Option<&ScoringEvent>) -> Option<ScoringEvent> {
    Some(match event {
        None => ScoringEvent::SourceTakenIn {
            source: source("targets", 71),
            event_type: "actual_recorded".to_owned(),
            facts: facts(),
        },
        Some(ScoringEvent::SourceTakenIn { facts, .. })
            if matches!(facts.first(), Some(Fact::Fund { agency: Some(_), .. })) =>
        {
            return None;
        }
        Some(ScoringEvent::SourceTakenIn { facts, .. }) if facts.len() == FACTS => {
            ScoringEvent::SourceTakenIn {
                source: source("registry", 72),
                event_type: "project_registered".to_owned(),
                facts: later_facts(),
            }
        }
        Some(ScoringEvent::SourceTakenIn { source: before, .. }) if before.position == 72 => {
            ScoringEvent::SourceTakenIn {
                source: source("ledger", 73),
                event_type: "payment_made".to_owned(),
                facts: dated_facts(),
            }
        }
        Some(ScoringEvent::SourceTakenIn { source: before, .. }) if before.position == 73 => {
            ScoringEvent::SourceTakenIn {
                source: source("registry", 74),
                event_type: "fund_document_added".to_owned(),
                facts: facts_of_papers(),
            }
        }
        Some(ScoringEvent::SourceTakenIn { source: before, .. }) if before.position == 74 => {
            ScoringEvent::SourceTakenIn {
                source: source("ledger", 75),
                event_type: "budget_split".to_owned(),
                facts: vec![split_fact()],
            }
        }
        Some(ScoringEvent::SourceTakenIn { source: before, .. }) if before.position == 75 => {
            ScoringEvent::SourceTakenIn {
                source: source("targets", 76),
                event_type: "miss_explained".to_owned(),
                facts: facts_of_reasons(),
            }
        }
        Some(ScoringEvent::SourceTakenIn { source: before, .. }) if before.position == 76 => {
            ScoringEvent::SourceTakenIn {
                source: source("targets", 77),
                event_type: "self_score_recorded".to_owned(),
                facts: vec![Fact::SelfScore {
                    fund: of("smart-city-2019"),
                    subject: ScoreSubject::Target { target: target() },
                    score: of("0.5"),
                    on: Some(of("2020-03")),
                    reason: some("42 of 70 departments"),
                }],
            }
        }
        Some(ScoringEvent::SourceTakenIn { .. }) => ScoringEvent::SchemeLoaded {
            version: 1,
            scheme: Arc::new(scheme()),
            text: "scheme = \"wuxi-2019-smart-city\"\n".to_owned(),
            draft: false,
        },
        Some(ScoringEvent::SchemeLoaded { scheme, .. }) if !scheme.monitoring.is_empty() => {
            monitoring::first()
        }
        Some(ScoringEvent::SchemeLoaded { version: 1, .. }) => {
            let mut scheme = scheme();
            scheme.execution_bound = Some(assumed("80"));
            if let Some(Node { body: NodeBody::Indicator { none_found, .. }, .. }) = scheme.nodes.last_mut() {
                let value = vec!["filing_missing".to_owned(), "filing_before_contract".to_owned()];
                *none_found = Some(Parameter { value, basis: Basis::Inferred, source: some("line 235") });
            }
            let text = "scheme = \"wuxi-2019-smart-city\"\nexecution_bound = 80\n".to_owned();
            ScoringEvent::SchemeLoaded { version: 2, scheme: Arc::new(scheme), text, draft: false }
        }
        Some(ScoringEvent::SchemeLoaded { version: 2, .. }) => {
            let text = "scheme = \"every-form\"\n".to_owned();
            ScoringEvent::SchemeLoaded { version: 3, scheme: Arc::new(every_form()), text, draft: false }
        }
        Some(ScoringEvent::SchemeLoaded { version: 3, .. }) => {
            let mut scheme = scheme();
            scheme.execution_bound = Some(assumed("80"));
            scheme.findings = Bounds {
                over_target: Some(assumed("130")),
                paid_when_full: Some(assumed("50")),
                progress_gap: Some(stated(of("10"))),
                tender_days: Some(Parameter { value: 60, basis: Basis::Assumed, source: None }),
                earlier_year: Some(assumed("30")),
            };
            let text = "scheme = \"wuxi-2019-smart-city\"\n[findings]\nover_target = 130\n".to_owned();
            ScoringEvent::SchemeLoaded { version: 4, scheme: Arc::new(scheme), text, draft: false }
        }
        Some(ScoringEvent::SchemeLoaded { version: 4, .. }) => {
            let mut scheme = scheme();
            (scheme.effective_from, scheme.effective_to) = (Some(of("2019-01-01")), Some(of("2019-12-31")));
            let text = "scheme = \"wuxi-2019-smart-city\"\neffective_from = 2019-01-01\n".to_owned();
            ScoringEvent::SchemeLoaded { version: 5, scheme: Arc::new(scheme), text, draft: true }
        }
        Some(ScoringEvent::SchemeLoaded { .. }) => ScoringEvent::SchemeApproved(SchemeApproved {
            scheme: of("wuxi-2019-smart-city"),
            version: 5,
            fiscal_year: 2019,
            region: some("无锡市"),
            subject: None,
            effective_from: Some(of("2019-01-01")),
            effective_to: Some(of("2019-12-31")),
            approval: Approval {
                approver: some("市财政局"),
                approved_on: Some(of("2019-03")),
                reason: some("年度绩效评价"),
            },
            document: some("锡财绩〔2018〕91号"),
        }),
        Some(ScoringEvent::SchemeApproved(_)) => ScoringEvent::SchemeWithdrawn(SchemeWithdrawn {
            scheme: of("wuxi-2019-smart-city"),
            version: 2,
            fiscal_year: 2019,
            reason: "a band is missing".to_owned(),
            on: of("2019-04-01"),
        }),
        Some(ScoringEvent::SchemeWithdrawn(_)) => ScoringEvent::EvaluationOpened {
            fund: of("smart-city-2019"),
            project: None,
            scheme: of("wuxi-2019-smart-city"),
            version: 1,
            on: None,
        },
        Some(ScoringEvent::EvaluationOpened { on: None, .. }) => ScoringEvent::EvaluationOpened {
            fund: of("smart-city-2019"),
            project: None,
            scheme: of("wuxi-2019-smart-city"),
            version: 3,
            on: Some(of("2019-12-31")),
        },
        Some(
            event @ (ScoringEvent::EvaluationOpened { project: None, .. }
            | ScoringEvent::EvaluationDescribed(EvaluationDescribed { project: None, .. })
            | ScoringEvent::IndicatorJudged {
                judgement: Judgement::Withdrawn {}, project: None, ..
            }
            | ScoringEvent::ScoreRecorded(ScoreRecorded { project: None, .. })
            | ScoringEvent::GivenSumsChanged(GivenSumsChanged { project: None, .. })
            | ScoringEvent::EvaluationChanged(EvaluationChange { project: None, .. })),
        ) => of_project(event),
        Some(event @ ScoringEvent::ManualScoreSet { project: None, .. }) if is_proven(event) => {
            of_project(event)
        }
        Some(ScoringEvent::EvaluationOpened { .. }) => {
            ScoringEvent::EvaluationDescribed(EvaluationDescribed {
                fund: of("smart-city-2019"),
                project: None,
                record: record(),
            })
        }
        Some(ScoringEvent::EvaluationDescribed(_)) => ScoringEvent::ManualScoreSet {
            fund: of("smart-city-2019"),
            project: None,
            indicator: of("management.funds_use.compliance"),
            score: of("4.5"),
            reason: "one voucher is missing".to_owned(),
            on: of("2020-06-05"),
            evidence: Vec::new(),
        },
        Some(ScoringEvent::ManualScoreSet { evidence, .. }) if evidence.is_empty() => {
            ScoringEvent::ManualScoreSet {
                fund: of("smart-city-2019"),
                project: None,
                indicator: of("management.funds_use.compliance"),
                score: of("4"),
                reason: "two vouchers are missing".to_owned(),
                on: of("2020-06-08"),
                evidence: vec!["凭证 2019-117".to_owned()],
            }
        }
        Some(ScoringEvent::ManualScoreSet { .. }) => {
            judged(Judgement::Level { level: "good".to_owned(), points: Some(of("8.5")) })
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::Level { .. }, .. }) => {
            judged(Judgement::Coefficient { coefficient: of("0.9") })
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::Coefficient { .. }, .. }) => {
            judged(Judgement::Deduction { points: of("0.5") })
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::Deduction { .. }, .. }) => {
            judged(Judgement::Answers { answers: answers() })
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::Answers { .. }, .. }) => {
            judged(Judgement::NotApplicable {})
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::NotApplicable {}, .. }) => {
            judged(Judgement::Withdrawn {})
        }
        Some(ScoringEvent::IndicatorJudged { judgement: Judgement::Withdrawn {}, .. }) => {
            ScoringEvent::ScoreRecorded(ScoreRecorded {
                fund: of("smart-city-2019"),
                project: None,
                indicator: of("targets.overall.o01"),
                by: Scorer::Reviewer,
                author: some("专家组"),
                score: of("0.5"),
                reason: "42 of 70 departments".to_owned(),
                on: of("2020-06-05"),
                sums: vec![given("targets.overall"), given("targets"), given("total")],
            })
        }
        Some(ScoringEvent::ScoreRecorded(_)) => ScoringEvent::GivenSumsChanged(GivenSumsChanged {
            fund: of("smart-city-2019"),
            project: None,
            sums: vec![given("targets.overall"), GivenSum::of_nothing(of("targets.detail"))],
        }),
        Some(ScoringEvent::GivenSumsChanged(_)) => ScoringEvent::FigureStated {
            fund: of("smart-city-2019"),
            quantity: "score.total".to_owned(),
            value: of("76.5"),
            stated: "76.5 分".to_owned(),
            unit: some("分"),
            basis: "stated".to_owned(),
            place: "report line 205".to_owned(),
        },
        Some(ScoringEvent::FigureStated { .. }) => ScoringEvent::EvaluationChanged(EvaluationChange {
            fund: of("smart-city-2019"),
            project: None,
            scheme: of("wuxi-2019-smart-city"),
            version: 1,
            cause: Cause::Source {
                log: "targets".to_owned(),
                id: "6f9d4c52-2f4e-5a3b-8c1d-0e7a5b9f3d21".to_owned(),
                event_type: "actual_recorded".to_owned(),
            },
            indicators: vec![indicator()],
            before: vec![Standing {
                indicator: of("targets.overall.o01"),
                weight: of("1"),
                self_score: Some(of("0")),
                score: Some(of("0.5")),
                status: IndicatorStatus::Unmet,
                measured: Some(of("80")),
            }],
            removed: vec![of("targets.detail.d17")],
            sums: vec![SumResult {
                node: of("targets.overall"),
                weight: of("7"),
                filled_weight: of("7"),
                self_score: of("6"),
                self_missing: 1,
                score: of("6"),
                not_scored: 1,
                indicators: 7,
                met: 6,
                self_full: 6,
                not_applicable: None,
                best_grade: None,
                below: None,
            }],
            removed_sums: vec![of("targets.former")],
            indicators_touched: 2,
            sums_touched: 3,
        }),
        Some(ScoringEvent::EvaluationChanged(_)) => {
            ScoringEvent::FindingRaised { finding: finding(), cause: Cause::Opened }
        }
        Some(ScoringEvent::FindingRaised { .. }) => ScoringEvent::FindingRevised {
            finding: finding(),
            was: None,
            cause: Cause::Stated { quantity: "score.total".to_owned(), place: "report line 205".to_owned() },
        },
        Some(ScoringEvent::FindingRevised { .. }) => {
            let indicator = of("targets.overall.o01");
            ScoringEvent::FindingCleared { finding: finding(), cause: Cause::Judged { indicator } }
        }
        Some(ScoringEvent::FindingCleared { .. }) => answered(AnswerKind::ToBeRectified, some("2020-09-30")),
        Some(ScoringEvent::FindingAnswered { answer, .. }) if answer.deadline.is_some() => {
            answered(AnswerKind::Explained, None)
        }
        Some(ScoringEvent::FindingAnswered { .. }) => monitoring::loaded(scheme()),
        Some(
            event @ (ScoringEvent::DateReached { .. }
            | ScoringEvent::WarningRaised { .. }
            | ScoringEvent::WarningChanged { .. }
            | ScoringEvent::WarningCleared { .. }
            | ScoringEvent::CategoriesChanged { .. }),
        ) => return monitoring::after(event),
    })
}

/// The same of a project that is evaluated by itself.
fn of_project(event: &ScoringEvent) -> ScoringEvent {
    let mut event = event.clone();
    match &mut event {
        ScoringEvent::EvaluationOpened { project, .. }
        | ScoringEvent::EvaluationDescribed(EvaluationDescribed { project, .. })
        | ScoringEvent::ManualScoreSet { project, .. }
        | ScoringEvent::IndicatorJudged { project, .. }
        | ScoringEvent::ScoreRecorded(ScoreRecorded { project, .. })
        | ScoringEvent::GivenSumsChanged(GivenSumsChanged { project, .. })
        | ScoringEvent::EvaluationChanged(EvaluationChange { project, .. }) => {
            *project = Some(of("smart-tourism"));
        }
        other => unreachable!("{other:?} is of no evaluation"),
    }
    event
}

fn is_proven(event: &ScoringEvent) -> bool {
    matches!(event, ScoringEvent::ManualScoreSet { evidence, .. } if !evidence.is_empty())
}

fn judged(judgement: Judgement) -> ScoringEvent {
    ScoringEvent::IndicatorJudged {
        fund: of("smart-city-2019"),
        project: None,
        indicator: of("management.funds_use.compliance"),
        judgement,
        reason: "seen on site".to_owned(),
        on: of("2020-06-05"),
        evidence: vec!["现场照片 12".to_owned()],
    }
}

fn answers() -> BTreeMap<String, Answer> {
    let counts = BTreeMap::from([("satisfied".to_owned(), 81), ("not_satisfied".to_owned(), 9)]);
    BTreeMap::from([
        ("complete".to_owned(), Answer::YesNo { yes: true }),
        ("delay".to_owned(), Answer::Number { value: of("3") }),
        ("finished".to_owned(), Answer::Date { date: of("2019-12-03") }),
        ("survey".to_owned(), Answer::Survey { counts }),
    ])
}

fn answered(kind: AnswerKind, deadline: Option<String>) -> ScoringEvent {
    let text = "the score is corrected with the next filing".to_owned();
    let answer = FindingAnswer { kind, text, deadline: deadline.map(|day| of(&day)), on: of("2020-07-01") };
    ScoringEvent::FindingAnswered { finding: finding(), answer }
}

fn given(node: &str) -> GivenSum {
    let reviewer = Given { score: of("0.5"), indicators: 1 };
    GivenSum { node: of(node), reviewer, finance: Given::default() }
}

fn record() -> EvaluationRecord {
    EvaluationRecord {
        kind: Some(EvaluationKind::Department),
        purpose: some("考核资金使用绩效"),
        scope: some("2019 年度全部项目"),
        basis: vec!["锡政办发〔2018〕59号".to_owned()],
        methods: vec![
            Method::Known { method: KnownMethod::TargetComparison },
            Method::Other { name: "抽查".to_owned() },
        ],
        period: Some(Period { from: of("2020-03-01"), to: Some(of("2020-05")) }),
        team: vec![Member {
            name: "评价组".to_owned(),
            role: some("组长"),
            organisation: some("大数据管理局"),
        }],
        report_date: Some(of("2020-06")),
    }
}

fn finding() -> Finding {
    Finding {
        fund: of("smart-city-2019"),
        subject: Subject::Target { target: of("d20") },
        code: "unmet_but_full".to_owned(),
        severity: Severity::Error,
        figures: vec![Figure { name: "target".to_owned(), value: "≥ 50".to_owned(), unit: some("家") }],
        evidence: vec![
            Evidence::Event(EventRef {
                log: "targets".to_owned(),
                id: "6f9d4c52-2f4e-5a3b-8c1d-0e7a5b9f3d21".to_owned(),
            }),
            Evidence::Sum { quantity: "budget.expenditure".to_owned() },
            Evidence::Stated { quantity: "score.total".to_owned(), place: "report line 205".to_owned() },
            Evidence::Node { node: of("targets.overall") },
        ],
    }
}

fn indicator() -> IndicatorResult {
    IndicatorResult {
        indicator: of("targets.overall.o01"),
        name: names("城市大数据中心数据汇聚部门总数", "Departments whose data are collected"),
        weight: of("1"),
        self_score: Some(of("0")),
        score: Some(of("0")),
        status: IndicatorStatus::Unmet,
        rule: "steps".to_owned(),
        measured: Some(of("60")),
        inputs: vec![Input {
            quantity: "actual".to_owned(),
            value: some("42"),
            unit: some("个"),
            event: Some(EventRef {
                log: "targets".to_owned(),
                id: "6f9d4c52-2f4e-5a3b-8c1d-0e7a5b9f3d21".to_owned(),
            }),
        }],
    }
}

/// A scheme with a node of each body and a rule of each kind.
pub(crate) fn scheme() -> Scheme {
    Scheme {
        scheme: of("wuxi-2019-smart-city"),
        name: names("无锡市智慧城市扶持资金绩效评价", "Evaluation of the Wuxi smart city fund"),
        fiscal_year: 2019,
        region: some("无锡市"),
        subject: None,
        effective_from: None,
        effective_to: None,
        total: stated(of("100")),
        as_published: some("the published form fills less"),
        execution_bound: None,
        findings: Bounds::default(),
        decimals: Some(Parameter { value: 2, basis: Basis::Assumed, source: some("no score has more") }),
        nodes: vec![
            node(
                "management",
                NodeBody::Group {
                    as_published: some("60 = 7 + 43 and 10 + 40"),
                    combine: Combine::default(),
                },
            ),
            node(
                "targets",
                NodeBody::each_target(
                    TargetLevel::Detail,
                    Rule::Steps { steps: vec![Step { from: assumed("60"), factor: assumed("0.5") }] },
                    some("its targets fill 43"),
                ),
            ),
            measured(
                "management.execution_rate",
                Measure::ExecutionRateAdjusted,
                Rule::Bands {
                    bands: vec![
                        Band {
                            up_to: Some(assumed("80")),
                            inclusive: true,
                            points: assumed("0"),
                            at_least: None,
                        },
                        Band { up_to: None, inclusive: true, points: assumed("4"), at_least: None },
                    ],
                },
            ),
            measured(
                "management.contracts",
                Measure::ContractsNotFiled,
                Rule::DeductPerFinding {
                    each: assumed("0.5"),
                    cap: Some(assumed("3")),
                    floor: Some(assumed("0")),
                },
            ),
            measured(
                "management.receipt",
                Measure::ExecutionRateReceived,
                Rule::ProRata { full_at: assumed("100") },
            ),
            measured(
                "management.adjustment",
                Measure::AdjustmentRateCutsOnly,
                Rule::AllOrNothing { at_least: Some(assumed("0")), at_most: Some(assumed("10")) },
            ),
            node(
                "management.compliance",
                NodeBody::indicator(
                    None,
                    Rule::Manual {
                        self_score_stands: Parameter { value: true, basis: Basis::Assumed, source: None },
                        coefficient: None,
                    },
                ),
            ),
        ],
        grades: vec![Grade { grade: "good".to_owned(), name: names("良", "Good"), from: stated(of("80")) }],
        redistribute: None,
        overrides: Vec::new(),
        quantities: Vec::new(),
        monitoring: Vec::new(),
    }
}

pub(crate) fn node(id: &str, body: NodeBody) -> Node {
    Node {
        node: of(id),
        name: names("资金使用情况", "Use of funds"),
        weight: stated(of("4")),
        body,
        outside: None,
        optional: None,
    }
}

fn measured(id: &str, measure: Measure, rule: Rule) -> Node {
    let measure = Some(Parameter { value: measure, basis: Basis::Inferred, source: some("17 % and 67 %") });
    node(id, NodeBody::indicator(measure, rule))
}

fn stated(value: jixiao_events::Number) -> Parameter<jixiao_events::Number> {
    Parameter { value, basis: Basis::Stated, source: some("report line 225") }
}

pub(crate) fn assumed(value: &str) -> Parameter<jixiao_events::Number> {
    Parameter { value: of(value), basis: Basis::Assumed, source: some("not published") }
}
