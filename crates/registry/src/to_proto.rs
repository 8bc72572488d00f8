//! From what is known, and from refusals, to the wire.

use jixiao_edge::{RefusalKind, Refuse, pb_money, pb_names};
use jixiao_events::registry::{
    Coverage, DisplayUnit, Document, DocumentRole, FilingKind, FilingState, Fund, Membership, Origin,
    Project, ProjectState, Reorganization, Statement, StatementKind, Tender, Transfer, TransferPart,
};
use jixiao_events::{AgencyId, FundId, FundKind, ProjectId};
use jixiao_proto::jixiao::registry::v1 as pb;
use jixiao_proto::jixiao::types::v1::FundKind as PbFundKind;

use crate::domain::{
    AgencyLink, AgencyRecord, FilingRecord, FilingTally, FundRecord, MAX_DOCUMENTS, ProjectRecord,
    RegistryRefusal,
};
use crate::from_proto::{statement_name, transfer_name};

pub(crate) fn agency(record: &AgencyRecord) -> pb::Agency {
    let AgencyRecord { agency, name, note, until, predecessors, successors } = record;
    let links = |links: &[AgencyLink]| links.iter().map(link).collect();
    pb::Agency {
        name: agency.resource(),
        names: Some(pb_names(name)),
        note: written(note.as_ref()),
        until: written(until.as_ref()),
        predecessors: links(predecessors),
        successors: links(successors),
    }
}

fn link(link: &AgencyLink) -> pb::AgencyLink {
    let AgencyLink { agency, kind, on, source } = link;
    let kind = match kind {
        Reorganization::Renamed => pb::Reorganization::Renamed,
        Reorganization::Merged => pb::Reorganization::Merged,
        Reorganization::Split => pb::Reorganization::Split,
    };
    pb::AgencyLink {
        agency: agency.resource(),
        kind: kind.into(),
        on: on.to_string(),
        source: written(source.as_ref()),
    }
}

pub(crate) fn fund(record: &FundRecord) -> pb::Fund {
    let FundRecord { fund, closing, in_fund, removed, named_only } = record;
    let Fund {
        fund,
        name,
        fiscal_year,
        agency,
        department,
        predecessor,
        display_unit,
        time_zone,
        documents,
        support_categories,
        kind,
    } = fund;
    let kind = match kind {
        FundKind::SpecialFund => PbFundKind::SpecialFund,
        FundKind::AgencySpending => PbFundKind::AgencySpending,
    };
    let unit = match display_unit {
        DisplayUnit::Yuan => pb::DisplayUnit::Yuan,
        DisplayUnit::WanYuan => pb::DisplayUnit::WanYuan,
        DisplayUnit::YiYuan => pb::DisplayUnit::YiYuan,
    };
    pb::Fund {
        name: fund.resource(),
        names: Some(pb_names(name)),
        fiscal_year: (*fiscal_year).into(),
        agency: agency.resource(),
        department: written(department.as_ref()),
        predecessor: written(predecessor.as_ref().map(AgencyId::resource)),
        display_unit: unit.into(),
        time_zone: time_zone.clone(),
        documents: documents.iter().map(document).collect(),
        support_categories: support_categories.clone(),
        closed_on: written(closing.as_ref().map(|closing| closing.on)),
        closed_source: written(closing.as_ref().and_then(|closing| closing.source.as_ref())),
        project_count: *in_fund,
        removed_project_count: *removed,
        named_only_project_count: *named_only,
        kind: kind.into(),
    }
}

fn document(document: &Document) -> pb::Document {
    let Document { role, title, number, issuers, valid_from, valid_to, source } = document;
    let role = match role {
        DocumentRole::LegalBasis => pb::DocumentRole::LegalBasis,
        DocumentRole::ManagementRule => pb::DocumentRole::ManagementRule,
        DocumentRole::EvaluationBasis => pb::DocumentRole::EvaluationBasis,
        DocumentRole::BudgetReview => pb::DocumentRole::BudgetReview,
        DocumentRole::Background => pb::DocumentRole::Background,
    };
    pb::Document {
        role: role.into(),
        title: title.clone(),
        number: written(number.as_ref()),
        issuers: issuers.clone(),
        source: written(source.as_ref()),
        valid_from: written(*valid_from),
        valid_to: written(*valid_to),
    }
}

pub(crate) fn project(record: &ProjectRecord) -> pb::Project {
    let ProjectRecord { project, state_reason, tender } = record;
    let Project {
        fund,
        project,
        name,
        membership,
        origin,
        implementing_agency,
        second_agency,
        category,
        group,
        state,
        state_on,
        approved_on,
        carried_over,
        note,
        source,
    } = project;
    let membership = match membership {
        Membership::InFund => pb::Membership::InFund,
        Membership::Removed => pb::Membership::Removed,
        Membership::NamedOnly => pb::Membership::NamedOnly,
    };
    let origin = match origin {
        Origin::StartOfYear => pb::Origin::StartOfYear,
        Origin::TakenOver => pb::Origin::TakenOver,
        Origin::NewInYear => pb::Origin::NewInYear,
        Origin::OtherAgency => pb::Origin::OtherAgency,
        Origin::NotStated => pb::Origin::NotStated,
    };
    pb::Project {
        name: fund.project(project),
        names: Some(pb_names(name)),
        membership: membership.into(),
        origin: origin.into(),
        implementing_agency: written(implementing_agency.as_ref().map(AgencyId::resource)),
        second_agency: written(second_agency.as_ref().map(AgencyId::resource)),
        category: written(category.as_ref()),
        group: written(group.as_ref().map(|group| fund.group(group))),
        state: project_state(*state).into(),
        state_on: written(state_on.as_ref()),
        approved_on: written(approved_on.as_ref()),
        state_reason: written(state_reason.as_ref()),
        carried_over: *carried_over,
        tender: tender.as_ref().map(tendered),
        note: written(note.as_ref()),
        source: written(source.as_ref()),
    }
}

fn project_state(state: ProjectState) -> pb::ProjectState {
    match state {
        ProjectState::NotStated => pb::ProjectState::NotStated,
        ProjectState::Proposed => pb::ProjectState::Proposed,
        ProjectState::Approved => pb::ProjectState::Approved,
        ProjectState::Procured => pb::ProjectState::Procured,
        ProjectState::Contracted => pb::ProjectState::Contracted,
        ProjectState::InProgress => pb::ProjectState::InProgress,
        ProjectState::Accepted => pb::ProjectState::Accepted,
        ProjectState::Closed => pb::ProjectState::Closed,
        ProjectState::NotStarted => pb::ProjectState::NotStarted,
        ProjectState::CarriedOver => pb::ProjectState::CarriedOver,
        ProjectState::MovedToLaterYear => pb::ProjectState::MovedToLaterYear,
        ProjectState::Cancelled => pb::ProjectState::Cancelled,
        ProjectState::Removed => pb::ProjectState::Removed,
    }
}

fn tendered(tender: &Tender) -> pb::Tender {
    let Tender { notice_number, method, noticed_on, opened_on, source } = tender;
    pb::Tender {
        notice_number: written(notice_number.as_ref()),
        method: written(method.as_ref()),
        noticed_on: written(noticed_on.as_ref()),
        opened_on: written(opened_on.as_ref()),
        source: written(source.as_ref()),
    }
}

pub(crate) fn filing(record: &FilingRecord) -> pb::Filing {
    let FilingRecord { fund, project, kind, state, on, waiver, inside_count, source } = record;
    pb::Filing {
        project: fund.project(project),
        kind: filing_kind(*kind).into(),
        state: filing_state(*state).into(),
        on: written(on.as_ref()),
        waiver: written(waiver.as_ref()),
        inside_count: *inside_count,
        source: written(source.as_ref()),
    }
}

pub(crate) fn filing_count(tally: &FilingTally) -> pb::FilingCount {
    let FilingTally { kind, state, stated, named, moved_on, beside } = tally;
    let stated = stated.as_ref();
    pb::FilingCount {
        kind: filing_kind(*kind).into(),
        state: filing_state(*state).into(),
        stated_count: stated.map(|stated| stated.count),
        named_count: *named,
        moved_on_count: *moved_on,
        unnamed_count: tally.unnamed(),
        beside_count: *beside,
        known_count: tally.known(),
        threshold: stated.and_then(|stated| stated.threshold).map(pb_money),
        source: written(stated.and_then(|stated| stated.source.as_ref())),
    }
}

fn filing_kind(kind: FilingKind) -> pb::FilingKind {
    match kind {
        FilingKind::ContractFiling => pb::FilingKind::ContractFiling,
        FilingKind::Acceptance => pb::FilingKind::Acceptance,
    }
}

fn filing_state(state: FilingState) -> pb::FilingState {
    match state {
        FilingState::Filed => pb::FilingState::Filed,
        FilingState::NotFiled => pb::FilingState::NotFiled,
        FilingState::Waived => pb::FilingState::Waived,
        FilingState::Unknown => pb::FilingState::Unknown,
    }
}

pub(crate) fn transfer(transfer: &Transfer) -> pb::Transfer {
    let Transfer { transfer, from, to, on, total, parts, unnamed_rest, source } = transfer;
    pb::Transfer {
        name: transfer_name(transfer),
        from: from.resource(),
        to: to.resource(),
        on: on.to_string(),
        total: total.map(pb_money),
        parts: parts.iter().map(part).collect(),
        unnamed_rest: unnamed_rest.map(pb_money),
        source: written(source.as_ref()),
    }
}

fn part(part: &TransferPart) -> pb::TransferPart {
    let TransferPart { fund, project, amount, on } = part;
    pb::TransferPart {
        resource: project.as_ref().map_or_else(|| fund.resource(), |project| fund.project(project)),
        amount: amount.map(pb_money),
        on: written(on.as_ref()),
    }
}

pub(crate) fn statement(statement: &Statement) -> pb::Statement {
    let Statement {
        fund,
        project,
        statement,
        kind,
        text,
        value,
        previous_value,
        unit,
        approved_by,
        on,
        target,
        excepted,
        covers,
        attached,
        source,
    } = statement;
    let kind = match kind {
        StatementKind::Achievement => pb::StatementKind::Achievement,
        StatementKind::Universal => pb::StatementKind::Universal,
        StatementKind::Annex => pb::StatementKind::Annex,
        StatementKind::Year => pb::StatementKind::Year,
        StatementKind::Date => pb::StatementKind::Date,
        StatementKind::TargetChange => pb::StatementKind::TargetChange,
        StatementKind::Other => pb::StatementKind::Other,
    };
    pb::Statement {
        name: statement_name(fund, statement),
        project: written(project.as_ref().map(|project| fund.project(project))),
        kind: kind.into(),
        text: text.clone(),
        value: written(value.as_ref()),
        previous_value: written(previous_value.as_ref()),
        unit: written(unit.as_ref()),
        approved_by: written(approved_by.as_ref()),
        on: written(on.as_ref()),
        source: written(source.as_ref()),
        target: written(target.as_ref().map(|target| fund.target(target))),
        excepted: excepted.iter().map(|target| fund.target(target)).collect(),
        covers: covers.map_or(pb::Coverage::Unspecified, coverage).into(),
        attached: *attached,
    }
}

fn coverage(covers: Coverage) -> pb::Coverage {
    match covers {
        Coverage::Targets => pb::Coverage::Targets,
        Coverage::OverallTargets => pb::Coverage::OverallTargets,
        Coverage::DetailTargets => pb::Coverage::DetailTargets,
    }
}

/// Empty where nothing is given, as proto3 has it.
fn written(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Refuse for RegistryRefusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::FiscalYearOutOfRange(_)
            | Self::ReorganizationSides { .. }
            | Self::AgencyNamedTwice(_)
            | Self::LeftYetInFund
            | Self::TenderEmpty
            | Self::WaiverWithoutText
            | Self::TextWithoutWaiver(_)
            | Self::DateWithoutFiling(_)
            | Self::TransferToItself(_)
            | Self::TransferEmpty
            | Self::AmountNotPositive(_)
            | Self::PartsOverlap(_)
            | Self::PartsAboveTotal { .. } => RefusalKind::InvalidArgument,
            Self::FundNotFound(_) | Self::ProjectNotFound { .. } | Self::AgencyNotFound(_) => {
                RefusalKind::NotFound
            }
            Self::AgencyExists(_)
            | Self::FundExists(_)
            | Self::ProjectExists { .. }
            | Self::TransferExists(_)
            | Self::StatementExists { .. }
            | Self::DocumentExists { .. } => RefusalKind::AlreadyExists,
            Self::TooManyDocuments { .. }
            | Self::AgencyEnded { .. }
            | Self::SuccessorEnded { .. }
            | Self::YearClosed { .. }
            | Self::CloseBeforeYear { .. }
            | Self::StateUnchanged { .. }
            | Self::TransitionNotAllowed { .. }
            | Self::NotInFund { .. }
            | Self::TenderUnchanged { .. }
            | Self::FilingUnchanged { .. }
            | Self::CountUnchanged { .. } => RefusalKind::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::FiscalYearOutOfRange(_) => "FISCAL_YEAR_OUT_OF_RANGE",
            Self::ReorganizationSides { .. } => "REORGANIZATION_SIDES",
            Self::AgencyNamedTwice(_) => "AGENCY_NAMED_TWICE",
            Self::LeftYetInFund => "LEFT_YET_IN_FUND",
            Self::TenderEmpty => "TENDER_EMPTY",
            Self::WaiverWithoutText => "WAIVER_WITHOUT_TEXT",
            Self::TextWithoutWaiver(_) => "TEXT_WITHOUT_WAIVER",
            Self::DateWithoutFiling(_) => "DATE_WITHOUT_FILING",
            Self::TransferToItself(_) => "TRANSFER_TO_ITSELF",
            Self::TransferEmpty => "TRANSFER_EMPTY",
            Self::AmountNotPositive(_) => "AMOUNT_NOT_POSITIVE",
            Self::PartsOverlap(_) => "PARTS_OVERLAP",
            Self::PartsAboveTotal { .. } => "PARTS_ABOVE_TOTAL",
            Self::FundNotFound(_) => "FUND_NOT_FOUND",
            Self::ProjectNotFound { .. } => "PROJECT_NOT_FOUND",
            Self::AgencyNotFound(_) => "AGENCY_NOT_FOUND",
            Self::AgencyExists(_) => "AGENCY_EXISTS",
            Self::FundExists(_) => "FUND_EXISTS",
            Self::ProjectExists { .. } => "PROJECT_EXISTS",
            Self::TransferExists(_) => "TRANSFER_EXISTS",
            Self::StatementExists { .. } => "STATEMENT_EXISTS",
            Self::DocumentExists { .. } => "DOCUMENT_EXISTS",
            Self::TooManyDocuments { .. } => "TOO_MANY_DOCUMENTS",
            Self::AgencyEnded { .. } => "AGENCY_ENDED",
            Self::SuccessorEnded { .. } => "SUCCESSOR_ENDED",
            Self::YearClosed { .. } => "YEAR_CLOSED",
            Self::CloseBeforeYear { .. } => "CLOSE_BEFORE_YEAR",
            Self::StateUnchanged { .. } => "STATE_UNCHANGED",
            Self::TransitionNotAllowed { .. } => "TRANSITION_NOT_ALLOWED",
            Self::NotInFund { .. } => "NOT_IN_FUND",
            Self::TenderUnchanged { .. } => "TENDER_UNCHANGED",
            Self::FilingUnchanged { .. } => "FILING_UNCHANGED",
            Self::CountUnchanged { .. } => "COUNT_UNCHANGED",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::FiscalYearOutOfRange(year) => format!("预算年度须在 1949 至 2199 之间，实为 {year}"),
            Self::ReorganizationSides { kind, from, into } => {
                let rule = match kind {
                    Reorganization::Renamed => "更名是一个单位变为一个单位",
                    Reorganization::Merged => "合并是多个单位变为一个单位",
                    Reorganization::Split => "拆分是一个单位变为多个单位",
                };
                format!("{rule}，此处由 {from} 个变为 {into} 个")
            }
            Self::AgencyNamedTwice(agency) => format!("单位 {agency} 在同一次调整中出现两次"),
            Self::LeftYetInFund => {
                "已调出或移至以后年度的项目不能仍在专项资金内，请将其归属填为已调出".to_owned()
            }
            Self::TenderEmpty => "招标信息至少须有公告编号、采购方式、公告日期、开标日期之一".to_owned(),
            Self::WaiverWithoutText => "免予备案（验收）须说明理由及由谁决定".to_owned(),
            Self::TextWithoutWaiver(state) => {
                format!("免予理由只用于“免予”状态，此处为“{}”", zh_filing_state(*state))
            }
            Self::DateWithoutFiling(state) => {
                format!("日期只用于已备案（验收）或免予，此处为“{}”", zh_filing_state(*state))
            }
            Self::TransferToItself(agency) => format!("划转须在两个单位之间，此处都是 {agency}"),
            Self::TransferEmpty => "划转须有总额或至少一个明细".to_owned(),
            Self::AmountNotPositive(amount) => format!("划转金额须大于零，实为 {amount} 元"),
            Self::PartsOverlap(name) => format!("划转明细重复计入 {name}"),
            Self::PartsAboveTotal { parts, total } => format!("划转明细合计 {parts} 元，超过总额 {total} 元"),
            Self::FundNotFound(fund) => format!("未找到专项资金 {fund}"),
            Self::ProjectNotFound { fund, project } => format!("专项资金 {fund} 没有项目 {project}"),
            Self::AgencyNotFound(agency) => format!("未找到单位 {agency}，请先登记"),
            Self::AgencyExists(agency) => format!("单位 {agency} 已登记"),
            Self::FundExists(fund) => format!("专项资金 {fund} 已存在"),
            Self::ProjectExists { fund, project } => format!("专项资金 {fund} 已有项目 {project}"),
            Self::TransferExists(transfer) => format!("划转 {transfer} 已存在"),
            Self::StatementExists { fund, statement } => format!("专项资金 {fund} 已有陈述 {statement}"),
            Self::DocumentExists { fund, title } => {
                format!("专项资金 {fund} 已有同一作用、同一文号的文件“{title}”")
            }
            Self::TooManyDocuments { fund } => format!("专项资金 {fund} 的文件不得超过 {MAX_DOCUMENTS} 份"),
            Self::AgencyEnded { agency, until } => format!("单位 {agency} 已于 {until} 终止"),
            Self::SuccessorEnded { agency, until, on } => {
                format!("单位 {agency} 已于 {until} 终止，早于 {on}，不能作为承接单位")
            }
            Self::YearClosed { fund, on } => format!("专项资金 {fund} 的预算年度已于 {on} 关闭"),
            Self::CloseBeforeYear { fund, fiscal_year, on } => {
                format!("{on} 早于专项资金 {fund} 的预算年度 {fiscal_year}")
            }
            Self::StateUnchanged { fund, project, state } => {
                format!("专项资金 {fund} 的项目 {project} 已是“{}”", zh_project_state(*state))
            }
            Self::TransitionNotAllowed { fund, project, from, to } => format!(
                "专项资金 {fund} 的项目 {project} 为“{}”，不能变为“{}”",
                zh_project_state(*from),
                zh_project_state(*to)
            ),
            Self::NotInFund { fund, project } => {
                format!("项目 {project} 不是专项资金 {fund} 的项目，不能从中调出")
            }
            Self::TenderUnchanged { fund, project } => {
                format!("专项资金 {fund} 的项目 {project} 已记录这一招标信息")
            }
            Self::FilingUnchanged { fund, project, kind } => {
                format!("专项资金 {fund} 的项目 {project} 的{}已是如此，没有变化", zh_filing_kind(*kind))
            }
            Self::CountUnchanged { fund, kind, state } => format!(
                "专项资金 {fund} 的{}“{}”数量已是如此，没有变化",
                zh_filing_kind(*kind),
                zh_filing_state(*state)
            ),
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let of_fund = |fund: &FundId| Some(("fund", fund.resource()));
        let of_project = |fund: &FundId, project: &ProjectId| Some(("project", fund.project(project)));
        match self {
            Self::FiscalYearOutOfRange(_)
            | Self::ReorganizationSides { .. }
            | Self::LeftYetInFund
            | Self::TenderEmpty
            | Self::WaiverWithoutText
            | Self::TextWithoutWaiver(_)
            | Self::DateWithoutFiling(_)
            | Self::TransferEmpty
            | Self::AmountNotPositive(_)
            | Self::PartsOverlap(_)
            | Self::PartsAboveTotal { .. } => None,
            Self::AgencyNamedTwice(agency)
            | Self::TransferToItself(agency)
            | Self::AgencyNotFound(agency)
            | Self::AgencyExists(agency)
            | Self::AgencyEnded { agency, .. }
            | Self::SuccessorEnded { agency, .. } => Some(("agency", agency.resource())),
            Self::FundNotFound(fund)
            | Self::FundExists(fund)
            | Self::DocumentExists { fund, .. }
            | Self::TooManyDocuments { fund }
            | Self::YearClosed { fund, .. }
            | Self::CloseBeforeYear { fund, .. }
            | Self::CountUnchanged { fund, .. } => of_fund(fund),
            Self::ProjectNotFound { fund, project }
            | Self::ProjectExists { fund, project }
            | Self::StateUnchanged { fund, project, .. }
            | Self::TransitionNotAllowed { fund, project, .. }
            | Self::NotInFund { fund, project }
            | Self::TenderUnchanged { fund, project }
            | Self::FilingUnchanged { fund, project, .. } => of_project(fund, project),
            Self::TransferExists(transfer) => Some(("transfer", transfer_name(transfer))),
            Self::StatementExists { fund, statement } => Some(("statement", statement_name(fund, statement))),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::FiscalYearOutOfRange(_) => Some("fiscal_year"),
            Self::ReorganizationSides { .. } => Some("kind"),
            Self::AgencyNamedTwice(_) | Self::SuccessorEnded { .. } => Some("into"),
            Self::AgencyEnded { .. } => Some("from"),
            Self::LeftYetInFund => Some("membership"),
            Self::TenderEmpty => Some("tender"),
            Self::WaiverWithoutText | Self::TextWithoutWaiver(_) => Some("waiver"),
            Self::DateWithoutFiling(_) | Self::CloseBeforeYear { .. } => Some("on"),
            Self::TransferToItself(_) => Some("to"),
            Self::TransferEmpty => Some("total"),
            Self::AmountNotPositive(_) | Self::PartsOverlap(_) | Self::PartsAboveTotal { .. } => {
                Some("parts")
            }
            Self::StateUnchanged { .. } | Self::TransitionNotAllowed { .. } | Self::NotInFund { .. } => {
                Some("state")
            }
            Self::FundNotFound(_)
            | Self::ProjectNotFound { .. }
            | Self::AgencyNotFound(_)
            | Self::AgencyExists(_)
            | Self::FundExists(_)
            | Self::ProjectExists { .. }
            | Self::TransferExists(_)
            | Self::StatementExists { .. }
            | Self::DocumentExists { .. }
            | Self::TooManyDocuments { .. }
            | Self::YearClosed { .. }
            | Self::TenderUnchanged { .. }
            | Self::FilingUnchanged { .. }
            | Self::CountUnchanged { .. } => None,
        }
    }
}

fn zh_project_state(state: ProjectState) -> &'static str {
    match state {
        ProjectState::NotStated => "未说明",
        ProjectState::Proposed => "申报",
        ProjectState::Approved => "立项",
        ProjectState::Procured => "已采购",
        ProjectState::Contracted => "已签约",
        ProjectState::InProgress => "实施中",
        ProjectState::Accepted => "已验收",
        ProjectState::Closed => "已结项",
        ProjectState::NotStarted => "未实施",
        ProjectState::CarriedOver => "结转",
        ProjectState::MovedToLaterYear => "移至以后年度",
        ProjectState::Cancelled => "已取消",
        ProjectState::Removed => "已调出",
    }
}

fn zh_filing_kind(kind: FilingKind) -> &'static str {
    match kind {
        FilingKind::ContractFiling => "合同备案",
        FilingKind::Acceptance => "验收",
    }
}

fn zh_filing_state(state: FilingState) -> &'static str {
    match state {
        FilingState::Filed => "已完成",
        FilingState::NotFiled => "未完成",
        FilingState::Waived => "免予",
        FilingState::Unknown => "不详",
    }
}
