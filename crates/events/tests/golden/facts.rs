//! Samples of the facts that scoring takes in.

use jixiao_events::FundId;
use jixiao_events::finding::Subject;
use jixiao_events::ledger::{Direction, Scope, Share};
use jixiao_events::registry::{
    Coverage, DisplayUnit, Document, DocumentRole, FilingKind, FilingState, Membership, Origin, ProjectState,
};
use jixiao_events::scoring::{CountQuantity, DatedKind, Fact, MoneyQuantity, ReasonOf, ScopeQuantity};
use jixiao_events::targets::{Measured, ScoreSubject, UnitMatch};

use crate::targets::{definition, target};
use crate::{names, of, some};

/// How many facts the first sample of an intake has.
pub(crate) const FACTS: usize = 10;

/// One fact of each kind that there was at first.
pub(crate) fn facts() -> Vec<Fact> {
    let fund = || of("smart-city-2019");
    vec![
        Fact::Fund {
            fund: fund(),
            name: names(
                "无锡市信息技术产业（智慧城市）扶持资金",
                "Wuxi IT Industry (Smart City) Support Fund",
            ),
            fiscal_year: 2019,
            display_unit: DisplayUnit::WanYuan,
            time_zone: "Asia/Shanghai".to_owned(),
            agency: None,
            kind: jixiao_events::FundKind::SpecialFund,
        },
        Fact::YearClosed { fund: fund(), on: of("2020-01-31") },
        Fact::Project {
            fund: fund(),
            project: of("smart-tourism"),
            name: names("智慧旅游", "Smart tourism"),
            membership: Membership::InFund,
            origin: Origin::StartOfYear,
            state: ProjectState::InProgress,
            group: None,
            state_on: None,
            approved_on: None,
            category: None,
            agency: None,
        },
        Fact::ProjectState {
            fund: fund(),
            project: of("smart-tourism"),
            state: ProjectState::Accepted,
            leaves_fund: false,
            on: None,
        },
        Fact::Money { fund: fund(), quantity: MoneyQuantity::Decrease, change: of("-6690000.00") },
        Fact::Count { fund: fund(), quantity: CountQuantity::ContractsNotFiled, change: -1 },
        Fact::Target { target: target(), version: 1, definition: definition() },
        Fact::TargetWithdrawn { target: target() },
        Fact::Actual {
            target: target(),
            value: Measured::Date { done: of("2019-12-03") },
            unit: some("date"),
            unit_match: UnitMatch::Different,
            on: of("2019-12-03"),
        },
        Fact::SelfScore {
            fund: fund(),
            subject: ScoreSubject::Indicator { indicator: of("management.funds_use.execution_rate") },
            score: of("0"),
            on: None,
            reason: None,
        },
    ]
}

/// One of each kind that came later, and of those that say more since.
pub(crate) fn later_facts() -> Vec<Fact> {
    let fund = || of("smart-city-2019");
    vec![
        Fact::Project {
            fund: fund(),
            project: of("open-data-platform"),
            name: names("公共数据开放平台", "Open data platform"),
            membership: Membership::InFund,
            origin: Origin::NewInYear,
            state: ProjectState::NotStarted,
            group: Some(of("new-2019")),
            state_on: None,
            approved_on: None,
            category: None,
            agency: None,
        },
        Fact::Filing {
            fund: fund(),
            project: of("smart-tourism"),
            kind: FilingKind::ContractFiling,
            state: FilingState::NotFiled,
            on: None,
        },
        Fact::MissExplained {
            fund: fund(),
            explanation: "new-2019".to_owned(),
            project: Some(of("smart-tourism")),
            group: Some(of("new-2019")),
            targets: vec![of("d42")],
        },
        Fact::Adjustment {
            fund: fund(),
            entry: of("decrease-2019-10-28"),
            direction: Direction::Decrease,
            scope: Scope::Fund,
            amount: of("6690000.00"),
            on: of("2019-10-28"),
            approver: some("分管市领导"),
        },
        Fact::AdjustmentReversed { fund: fund(), entry: of("decrease-2019-10-28") },
        Fact::ScopeMoney {
            fund: fund(),
            scope: Scope::Group { group: of("new-2019") },
            quantity: ScopeQuantity::StatedUnspent,
            amount: of("2832000.00"),
        },
        Fact::TargetChangeStated {
            fund: fund(),
            project: Some(of("data-sharing-interfaces")),
            statement: "interfaces-lowered".to_owned(),
            text: "接口开发目标调低".to_owned(),
            value: some("45"),
            previous_value: some("80"),
            unit: some("个"),
        },
    ]
}

/// Money that was split.
pub(crate) fn split_fact() -> Fact {
    Fact::Split {
        fund: of("e-government-2019"),
        project: of("informatisation-promotion"),
        entry: of("split-informatisation-promotion"),
        parts: vec![
            Share { agency: of("big-data-bureau"), amount: of("671800.00") },
            Share { agency: of("industry-informatisation-bureau"), amount: of("254000.00") },
        ],
    }
}

/// Facts with dates.
pub(crate) fn dated_facts() -> Vec<Fact> {
    let fund: FundId = of("smart-city-2019");
    let project = || of("top-level-design");
    vec![
        Fact::Project {
            fund: fund.clone(),
            project: project(),
            name: names("新型智慧城市顶层设计项目", "Top-level design"),
            membership: Membership::InFund,
            origin: Origin::StartOfYear,
            state: ProjectState::NotStarted,
            group: None,
            state_on: Some(of("2019-12-31")),
            approved_on: Some(of("2019-12")),
            category: None,
            agency: None,
        },
        Fact::ProjectState {
            fund: fund.clone(),
            project: project(),
            state: ProjectState::Contracted,
            leaves_fund: false,
            on: Some(of("2020-02")),
        },
        Fact::Filing {
            fund: fund.clone(),
            project: project(),
            kind: FilingKind::Acceptance,
            state: FilingState::Filed,
            on: Some(of("2020-12-01")),
        },
        Fact::Tender {
            fund: fund.clone(),
            project: project(),
            noticed_on: Some(of("2019-12-19")),
            opened_on: Some(of("2020-01-15")),
        },
        Fact::Dated {
            fund: fund.clone(),
            project: project(),
            entry: of("increase-top-level-design"),
            kind: DatedKind::Increase,
            amount: of("450000.00"),
            on: of("2019-11"),
        },
        Fact::DatedReversed {
            fund: fund.clone(),
            project: project(),
            entry: of("increase-top-level-design"),
        },
    ]
}

/// What papers say: no event holds all of it.
pub(crate) fn facts_of_papers() -> Vec<Fact> {
    let fund = || of("smart-city-2019");
    vec![
        Fact::DocumentCited {
            fund: fund(),
            document: Document {
                role: DocumentRole::LegalBasis,
                title: "智慧无锡建设三年行动纲要（2014-2016年）".to_owned(),
                number: some("锡政发〔2014〕45号"),
                issuers: vec!["无锡市人民政府".to_owned()],
                valid_from: Some(of("2014")),
                valid_to: Some(of("2016")),
                source: some("report line 85"),
            },
        },
        Fact::AnnexReferred {
            fund: fund(),
            statement: "schedule-1".to_owned(),
            name: "附表1".to_owned(),
            attached: Some(false),
        },
        Fact::YearStated {
            fund: fund(),
            statement: "achievements-year".to_owned(),
            text: "主要成效所属的资金年度".to_owned(),
            value: "2018".to_owned(),
        },
        Fact::AchievementStated {
            fund: fund(),
            statement: "achievement-departments".to_owned(),
            target: of("o01"),
            text: "汇聚数据的市级部门".to_owned(),
            value: "56".to_owned(),
            unit: some("个"),
            on: Some(of("2020-05")),
        },
        Fact::UniversalStated {
            fund: fund(),
            statement: "overall-targets-met".to_owned(),
            text: "其他绩效总目标均实现".to_owned(),
            covers: Coverage::OverallTargets,
            excepted: vec![of("o01")],
        },
    ]
}

/// Why targets were missed, and an entry that gave a reason and is no more.
pub(crate) fn facts_of_reasons() -> Vec<Fact> {
    let fund = || of("smart-city-2019");
    vec![
        Fact::ReasonGiven {
            fund: fund(),
            about: Subject::Project { project: of("top-level-design") },
            reason: "top-level-design".to_owned(),
            of: ReasonOf::Misses,
            targets: vec![of("d38")],
            text: "工作规划调整".to_owned(),
        },
        Fact::ReasonTakenBack {
            fund: fund(),
            about: Subject::Group { group: of("new-2019") },
            reason: "why-unspent-new-2019".to_owned(),
        },
        Fact::SelfScore {
            fund: fund(),
            subject: ScoreSubject::ProjectIndicator {
                project: of("smart-tourism"),
                indicator: of("process.funds.execution_rate"),
            },
            score: of("7.5"),
            on: Some(of("2020-06-05")),
            reason: some("as filed"),
        },
    ]
}
