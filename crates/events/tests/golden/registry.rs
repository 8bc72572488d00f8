//! A sample of each event of the registry.

use jixiao_events::FundKind;
use jixiao_events::registry::{
    Coverage, DisplayUnit, Document, DocumentRole, FilingKind, FilingState, Fund, Membership, Origin,
    Project, ProjectState, RegistryEvent, Reorganization, Statement, StatementKind, Tender, Transfer,
    TransferPart,
};

use crate::{names, of, some};

/// The sample that follows another. Exhaustive, so that a new variant does not compile without one.
pub(crate) fn after(event: Option<&RegistryEvent>) -> Option<RegistryEvent> {
    Some(match event {
        None => RegistryEvent::AgencyRegistered {
            agency: of("big-data-bureau"),
            name: names("无锡市大数据管理局", "Wuxi Big Data Bureau"),
            note: some("evaluates the two funds"),
        },
        Some(RegistryEvent::AgencyRegistered { .. }) => RegistryEvent::AgencyReorganized {
            kind: Reorganization::Renamed,
            from: vec![of("economy-informatisation-commission")],
            into: vec![of("industry-informatisation-bureau")],
            on: of("2019-02"),
            source: some("report line 105"),
        },
        Some(RegistryEvent::AgencyReorganized { .. }) => RegistryEvent::FundCreated(Fund {
            fund: of("smart-city-2019"),
            name: names(
                "无锡市信息技术产业（智慧城市）扶持资金",
                "Wuxi IT Industry (Smart City) Support Fund",
            ),
            fiscal_year: 2019,
            agency: of("big-data-bureau"),
            department: some("数据应用和安全处"),
            predecessor: Some(of("economy-informatisation-commission")),
            display_unit: DisplayUnit::WanYuan,
            time_zone: "Asia/Shanghai".to_owned(),
            documents: vec![document()],
            support_categories: vec!["智慧城市".to_owned()],
            kind: FundKind::SpecialFund,
        }),
        Some(RegistryEvent::FundCreated(fund)) if fund.kind == FundKind::SpecialFund => {
            RegistryEvent::FundCreated(Fund { kind: FundKind::AgencySpending, ..fund.clone() })
        }
        Some(RegistryEvent::FundCreated(_)) => {
            RegistryEvent::FundDocumentAdded { fund: of("smart-city-2019"), document: document() }
        }
        Some(RegistryEvent::FundDocumentAdded { document, .. }) if document.valid_to.is_none() => {
            let (valid_from, valid_to) = (Some(of("2014")), Some(of("2016")));
            let document = Document { valid_from, valid_to, ..document.clone() };
            RegistryEvent::FundDocumentAdded { fund: of("smart-city-2019"), document }
        }
        Some(RegistryEvent::FundDocumentAdded { .. }) => RegistryEvent::FundYearClosed {
            fund: of("smart-city-2019"),
            on: of("2020-01-31"),
            source: some("year-end closing"),
        },
        Some(RegistryEvent::FundYearClosed { .. }) => RegistryEvent::ProjectRegistered(Project {
            fund: of("smart-city-2019"),
            project: of("spatio-temporal-cloud"),
            name: names("智慧时空信息云基础数据维护项目", "Spatio-temporal cloud base data"),
            membership: Membership::InFund,
            origin: Origin::OtherAgency,
            implementing_agency: Some(of("land-resources-bureau")),
            second_agency: Some(of("big-data-bureau")),
            category: some("智慧城市"),
            group: Some(of("new-2019")),
            state: ProjectState::Accepted,
            state_on: Some(of("2019-12-03")),
            approved_on: None,
            carried_over: Some(false),
            note: some("carried out by another agency"),
            source: some("report line 274"),
        }),
        Some(RegistryEvent::ProjectRegistered(project)) if project.approved_on.is_none() => {
            RegistryEvent::ProjectRegistered(Project {
                project: of("top-level-design"),
                state: ProjectState::NotStarted,
                state_on: None,
                approved_on: Some(of("2019-12")),
                ..project.clone()
            })
        }
        Some(RegistryEvent::ProjectRegistered(_)) => RegistryEvent::ProjectStateChanged {
            fund: of("smart-city-2019"),
            project: of("big-data-centre-phase-3"),
            from: ProjectState::Approved,
            to: ProjectState::MovedToLaterYear,
            leaves_fund: true,
            on: Some(of("2019-10-28")),
            reason: some("policy change"),
            source: some("report line 329"),
        },
        Some(RegistryEvent::ProjectStateChanged { .. }) => RegistryEvent::TenderRecorded {
            fund: of("smart-city-2019"),
            project: of("top-level-design"),
            tender: Tender {
                notice_number: some("WXCG2019-1219"),
                method: some("公开招标"),
                noticed_on: Some(of("2019-11")),
                opened_on: Some(of("2019-12-19")),
                source: some("report line 319"),
            },
        },
        Some(RegistryEvent::TenderRecorded { .. }) => RegistryEvent::FilingRecorded {
            fund: of("smart-city-2019"),
            project: of("spatio-temporal-cloud"),
            kind: FilingKind::ContractFiling,
            state: FilingState::Waived,
            previous: Some(FilingState::NotFiled),
            on: Some(of("2019")),
            waiver: some("carried out by another agency, which files it"),
            inside_count: true,
            previous_inside_count: Some(false),
            not_filed_change: -1,
            source: some("report line 454"),
        },
        Some(RegistryEvent::FilingRecorded { .. }) => RegistryEvent::FilingCountStated {
            fund: of("smart-city-2019"),
            kind: FilingKind::ContractFiling,
            state: FilingState::NotFiled,
            count: 7,
            previous: Some(3),
            threshold: Some(of("2000000.00")),
            not_filed_change: 4,
            source: some("report line 237"),
        },
        Some(RegistryEvent::FilingCountStated { .. }) => RegistryEvent::TransferRecorded(Transfer {
            transfer: "functions-2019".to_owned(),
            from: of("economy-informatisation-commission"),
            to: of("big-data-bureau"),
            on: of("2019"),
            total: Some(of("84002099.80")),
            parts: vec![
                TransferPart {
                    fund: of("smart-city-2019"),
                    project: None,
                    amount: Some(of("40000000.00")),
                    on: Some(of("2019-02")),
                },
                TransferPart {
                    fund: of("e-government-2019"),
                    project: Some(of("informatisation-promotion")),
                    amount: None,
                    on: None,
                },
            ],
            unnamed_rest: Some(of("44002099.80")),
            source: some("report line 135"),
        }),
        Some(RegistryEvent::TransferRecorded(_)) => RegistryEvent::StatementRecorded(Statement {
            fund: of("smart-city-2019"),
            project: Some(of("data-sharing-interfaces")),
            statement: "interfaces-lowered".to_owned(),
            kind: StatementKind::TargetChange,
            text: "接口开发 lowered within the year".to_owned(),
            value: some("45"),
            previous_value: some("80"),
            unit: some("个"),
            approved_by: some("市主要分管领导"),
            on: Some(of("2019-10-28")),
            source: some("report line 331"),
            ..said("interfaces-lowered", StatementKind::TargetChange)
        }),
        Some(RegistryEvent::StatementRecorded(Statement { kind: StatementKind::TargetChange, .. })) => {
            RegistryEvent::StatementRecorded(Statement {
                text: "汇聚数据的市级部门".to_owned(),
                value: some("56"),
                unit: some("个"),
                // No statement holds all of these.
                target: Some(of("o01")),
                excepted: vec![of("o02")],
                covers: Some(Coverage::OverallTargets),
                attached: Some(false),
                ..said("achievement-departments", StatementKind::Achievement)
            })
        }
        Some(RegistryEvent::StatementRecorded(_)) => return None,
    })
}

fn said(statement: &str, kind: StatementKind) -> Statement {
    Statement {
        fund: of("smart-city-2019"),
        project: None,
        statement: statement.to_owned(),
        kind,
        text: "as said".to_owned(),
        value: None,
        previous_value: None,
        unit: None,
        approved_by: None,
        on: None,
        target: None,
        excepted: Vec::new(),
        covers: None,
        attached: None,
        source: some("report line 414"),
    }
}

fn document() -> Document {
    Document {
        role: DocumentRole::LegalBasis,
        title: "关于促进智慧城市健康发展的指导意见".to_owned(),
        number: some("发改高技〔2014〕1770号"),
        issuers: vec!["国家发改委".to_owned()],
        valid_from: None,
        valid_to: None,
        source: some("report line 81"),
    }
}
