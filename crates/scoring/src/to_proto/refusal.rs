//! Refusals for the wire.

use jixiao_edge::{RefusalKind, Refuse};
use jixiao_events::Evaluated;

use crate::domain::{ScoringRefusal, versions};

impl Refuse for ScoringRefusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::Answer(refusal) => refusal.kind(),
            Self::SchemeTooLarge { .. }
            | Self::EvaluationDateMissing { .. }
            | Self::ScoreOutOfRange { .. }
            | Self::NotAsked { .. }
            | Self::AnswerDoesNotFit { .. }
            | Self::LevelNotFound { .. }
            | Self::PointsMissing { .. }
            | Self::EvidenceMissing { .. }
            | Self::DateOutsideYear { .. } => RefusalKind::InvalidArgument,
            Self::SchemeUnchanged { .. }
            | Self::SchemeApproved { .. }
            | Self::EvaluationUnchanged { .. }
            | Self::RecordUnchanged(_) => RefusalKind::AlreadyExists,
            Self::FundNotFound(_)
            | Self::ProjectNotFound { .. }
            | Self::SchemeNotFound(_)
            | Self::SchemeVersionNotFound { .. }
            | Self::IndicatorNotFound { .. } => RefusalKind::NotFound,
            Self::FiscalYearDiffers { .. }
            | Self::SubjectDiffers { .. }
            | Self::ProjectNotInFund { .. }
            | Self::SchemeNotApproved { .. }
            | Self::SchemeWithdrawn { .. }
            | Self::SchemeNotInEffect { .. }
            | Self::NoSchemeFits { .. }
            | Self::SeveralSchemesFit { .. }
            | Self::EvaluationNotOpen(_)
            | Self::IndicatorComputed { .. }
            | Self::NotJudgedSo { .. }
            | Self::NotOptional { .. }
            | Self::LevelMissing { .. }
            | Self::DateNotLater { .. } => RefusalKind::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Answer(refusal) => refusal.reason(),
            Self::SchemeTooLarge { .. } => "SCHEME_TOO_LARGE",
            Self::SchemeUnchanged { .. } => "SCHEME_UNCHANGED",
            Self::FundNotFound(_) => "FUND_NOT_FOUND",
            Self::DateOutsideYear { .. } => "DATE_OUTSIDE_YEAR",
            Self::DateNotLater { .. } => "DATE_NOT_LATER",
            Self::SchemeNotFound(_) => "SCHEME_NOT_FOUND",
            Self::SchemeVersionNotFound { .. } => "SCHEME_VERSION_NOT_FOUND",
            Self::FiscalYearDiffers { .. } => "FISCAL_YEAR_DIFFERS",
            Self::SchemeNotApproved { .. } => "SCHEME_NOT_APPROVED",
            Self::SchemeApproved { .. } => "SCHEME_APPROVED",
            Self::SchemeWithdrawn { .. } => "SCHEME_WITHDRAWN",
            Self::EvaluationDateMissing { .. } => "EVALUATION_DATE_MISSING",
            Self::SchemeNotInEffect { .. } => "SCHEME_NOT_IN_EFFECT",
            Self::NoSchemeFits { .. } => "NO_SCHEME_FITS",
            Self::SeveralSchemesFit { .. } => "SEVERAL_SCHEMES_FIT",
            Self::SubjectDiffers { .. } => "SUBJECT_DIFFERS",
            Self::ProjectNotFound { .. } => "PROJECT_NOT_FOUND",
            Self::ProjectNotInFund { .. } => "PROJECT_NOT_IN_FUND",
            Self::EvaluationUnchanged { .. } => "EVALUATION_UNCHANGED",
            Self::RecordUnchanged(_) => "RECORD_UNCHANGED",
            Self::EvaluationNotOpen(_) => "EVALUATION_NOT_OPEN",
            Self::IndicatorNotFound { .. } => "INDICATOR_NOT_FOUND",
            Self::IndicatorComputed { .. } => "INDICATOR_COMPUTED",
            Self::NotJudgedSo { .. } => "NOT_JUDGED_SO",
            Self::NotOptional { .. } => "NOT_OPTIONAL",
            Self::NotAsked { .. } => "NOT_ASKED",
            Self::AnswerDoesNotFit { .. } => "ANSWER_DOES_NOT_FIT",
            Self::LevelNotFound { .. } => "LEVEL_NOT_FOUND",
            Self::LevelMissing { .. } => "LEVEL_MISSING",
            Self::PointsMissing { .. } => "POINTS_MISSING",
            Self::ScoreOutOfRange { .. } => "SCORE_OUT_OF_RANGE",
            Self::EvidenceMissing { .. } => "EVIDENCE_MISSING",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Answer(refusal) => refusal.zh(),
            Self::SchemeTooLarge { bytes } => {
                format!("评价方案保存后为 {bytes} 字节，超过上限 {} 字节", crate::domain::MAX_SCHEME_BYTES)
            }
            Self::SchemeUnchanged { scheme, version } => {
                format!("评价方案 {scheme} 的第 {version} 版已是相同内容")
            }
            Self::FundNotFound(fund) => format!("此处尚无专项资金 {fund}"),
            Self::DateOutsideYear { fund, on, first, last } => {
                format!("{on} 不在专项资金 {fund} 的日期范围内：应为 {first} 至 {last}")
            }
            Self::DateNotLater { fund, on, reached } => {
                format!("专项资金 {fund} 的日期已到 {reached}，{on} 并不更晚：日期不倒退")
            }
            Self::SchemeNotFound(scheme) => format!("尚未载入评价方案 {scheme}"),
            Self::SchemeVersionNotFound { scheme, version, newest } => {
                format!("评价方案 {scheme} 没有第 {version} 版，最新为第 {newest} 版")
            }
            Self::FiscalYearDiffers { fund, fund_year, scheme, scheme_year } => {
                format!("评价方案 {scheme} 适用于 {scheme_year} 年度，专项资金 {fund} 属于 {fund_year} 年度")
            }
            Self::ProjectNotFound { fund, project } => {
                format!("此处尚无专项资金 {fund} 的项目 {project}，请先在登记服务中登记")
            }
            Self::ProjectNotInFund { fund, project } => {
                format!(
                    "项目 {project} 不是专项资金 {fund} 的项目，请在其所属专项资金下评价，或先登记为其项目"
                )
            }
            Self::EvaluationUnchanged { of, scheme, version } => {
                let of = in_chinese(of);
                format!("{of} 已按评价方案 {scheme} 第 {version} 版评价")
            }
            Self::SchemeNotApproved { scheme, version } => {
                format!("评价方案 {scheme} 第 {version} 版尚为草案，请先批准（ApproveScheme）")
            }
            Self::SchemeApproved { scheme, version } => {
                format!("评价方案 {scheme} 第 {version} 版已批准，不再变更；如需修改请载入新版")
            }
            Self::SchemeWithdrawn { scheme, version } => {
                format!("评价方案 {scheme} 第 {version} 版已停用，请使用其他版本或载入新版")
            }
            Self::EvaluationDateMissing { scheme, version } => {
                format!("评价方案 {scheme} 第 {version} 版只在一定期间有效，请在 on 中给出评价日期")
            }
            Self::SchemeNotInEffect { scheme, version, on, from, to } => {
                let from = from.map(|from| format!("自 {from} ")).unwrap_or_default();
                let to = to.map(|to| format!("至 {to} ")).unwrap_or_default();
                format!("评价方案 {scheme} 第 {version} 版{from}{to}有效，{on} 不在有效期内")
            }
            Self::SubjectDiffers { of, subject, scheme, version, of_scheme } => {
                let [[is, _], [of_scheme, _]] = [subject, of_scheme].map(|subject| subject.names());
                let of = in_chinese(of);
                format!("评价方案 {scheme} 第 {version} 版用于评价{of_scheme}，{of} 属于{is}：请指定其他方案")
            }
            Self::NoSchemeFits { year, subject, region, on, approved } => {
                let [subject, _] = subject.names();
                let region = region.as_ref().map(|region| format!("、地区 {region}")).unwrap_or_default();
                let on = on.map(|on| format!("、日期 {on}")).unwrap_or_default();
                let approved = match versions(approved) {
                    named if named.is_empty() => {
                        "该年度尚无已批准的方案，请载入并批准，或指定方案".to_owned()
                    }
                    named => format!("该年度已批准的方案：{named}"),
                };
                format!("没有适用于 {year} 年度{region}{on}、用于评价{subject}的已批准评价方案：{approved}")
            }
            Self::SeveralSchemesFit { year, subject, schemes } => {
                let [subject, _] = subject.names();
                format!(
                    "适用于 {year} 年度、用于评价{subject}的已批准评价方案不止一个，请指定其一：{}",
                    versions(schemes)
                )
            }
            Self::RecordUnchanged(of) => format!("{} 的评价说明已是相同内容", in_chinese(of)),
            Self::EvaluationNotOpen(of) => {
                format!("{} 尚未开始评价，请先指定评价方案", in_chinese(of))
            }
            Self::IndicatorNotFound { of, indicator } => {
                format!("{} 的评价没有指标 {indicator}", in_chinese(of))
            }
            Self::IndicatorComputed { indicator, .. } => format!("指标 {indicator} 按规则计算，不由人工评定"),
            Self::NotJudgedSo { indicator, by, instead } => {
                format!("指标 {indicator} 不以{}评定，请给出{}", judged_by(by), judged_by(instead))
            }
            Self::NotOptional { indicator } => {
                format!("评价方案未允许指标 {indicator} 不适用")
            }
            Self::NotAsked { indicator, ask, asks } => {
                format!("指标 {indicator} 不需填报 {ask}，需填报的为：{}", asks.join("、"))
            }
            Self::AnswerDoesNotFit { ask, wanted } => format!("填报项 {ask} 的值不符合要求（{wanted}）"),
            Self::LevelNotFound { level, levels } => {
                format!("没有等次“{level}”，可用的为：{}", levels.join("、"))
            }
            Self::LevelMissing { indicator, .. } => {
                format!("指标 {indicator} 尚未评定等次，请连同等次给出分值")
            }
            Self::PointsMissing { level } => format!("等次“{level}”的分值是一个区间，请给出区间内的分值"),
            Self::ScoreOutOfRange { score, least, most } => {
                format!("{score} 不在允许的 {least} 至 {most} 之间")
            }
            Self::EvidenceMissing { indicator } => {
                format!("评定指标 {indicator} 须注明佐证材料")
            }
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::Answer(refusal) => refusal.resource(),
            Self::SchemeUnchanged { scheme, .. }
            | Self::SchemeNotFound(scheme)
            | Self::SchemeNotApproved { scheme, .. }
            | Self::SchemeApproved { scheme, .. }
            | Self::SchemeWithdrawn { scheme, .. }
            | Self::EvaluationDateMissing { scheme, .. }
            | Self::SchemeNotInEffect { scheme, .. }
            | Self::SchemeVersionNotFound { scheme, .. } => Some(("scheme", scheme.resource())),
            Self::FundNotFound(fund)
            | Self::DateOutsideYear { fund, .. }
            | Self::DateNotLater { fund, .. } => Some(("fund", fund.resource())),
            Self::FiscalYearDiffers { fund, .. } => Some(("evaluation", fund.resource())),
            Self::ProjectNotFound { fund, project } | Self::ProjectNotInFund { fund, project } => {
                Some(("project", fund.project(project)))
            }
            Self::EvaluationUnchanged { of, .. }
            | Self::SubjectDiffers { of, .. }
            | Self::RecordUnchanged(of)
            | Self::EvaluationNotOpen(of) => Some(("evaluation", of.resource())),
            Self::IndicatorNotFound { of, indicator }
            | Self::IndicatorComputed { of, indicator }
            | Self::LevelMissing { of, indicator } => Some(("indicator", of.indicator(indicator))),
            Self::NoSchemeFits { .. }
            | Self::SeveralSchemesFit { .. }
            | Self::SchemeTooLarge { .. }
            | Self::ScoreOutOfRange { .. }
            | Self::NotJudgedSo { .. }
            | Self::NotOptional { .. }
            | Self::NotAsked { .. }
            | Self::AnswerDoesNotFit { .. }
            | Self::LevelNotFound { .. }
            | Self::PointsMissing { .. }
            | Self::EvidenceMissing { .. } => None,
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Answer(refusal) => refusal.field(),
            Self::SchemeTooLarge { .. } | Self::SchemeUnchanged { .. } => Some("text"),
            Self::FundNotFound(_)
            | Self::RecordUnchanged(_)
            | Self::ProjectNotFound { .. }
            | Self::ProjectNotInFund { .. } => Some("fund"),
            Self::SchemeNotFound(_)
            | Self::EvaluationUnchanged { .. }
            | Self::NoSchemeFits { .. }
            | Self::SeveralSchemesFit { .. }
            | Self::SubjectDiffers { .. }
            | Self::FiscalYearDiffers { .. } => Some("scheme"),
            Self::SchemeVersionNotFound { .. }
            | Self::SchemeNotApproved { .. }
            | Self::SchemeApproved { .. }
            | Self::SchemeWithdrawn { .. } => Some("version"),
            Self::EvaluationDateMissing { .. }
            | Self::SchemeNotInEffect { .. }
            | Self::DateOutsideYear { .. }
            | Self::DateNotLater { .. } => Some("on"),
            Self::EvaluationNotOpen(_)
            | Self::IndicatorNotFound { .. }
            | Self::IndicatorComputed { .. }
            | Self::NotJudgedSo { .. }
            | Self::NotOptional { .. }
            | Self::LevelMissing { .. } => Some("name"),
            Self::NotAsked { .. } | Self::AnswerDoesNotFit { .. } => Some("answers"),
            Self::LevelNotFound { .. } | Self::PointsMissing { .. } => Some("level"),
            Self::ScoreOutOfRange { .. } => Some("score"),
            Self::EvidenceMissing { .. } => Some("evidence"),
        }
    }
}

/// What is evaluated.
fn in_chinese(of: &Evaluated) -> String {
    match &of.project {
        Some(project) => format!("专项资金 {} 的项目 {project}", of.fund),
        None => format!("专项资金 {}", of.fund),
    }
}

/// What a person may judge by.
fn judged_by(by: &str) -> &str {
    match by {
        "points" => "分值",
        "level" => "等次",
        "coefficient" => "系数",
        "deduction" => "扣分",
        "answers" => "填报项",
        other => other,
    }
}
