//! From what is known, and from refusals, to the wire.

use jixiao_edge::{RefusalKind, Refuse, pb_approval};
use jixiao_eventlog::StoredEvent;
use jixiao_events::AgencyId;
use jixiao_events::FundId;
use jixiao_events::attainment::Attainment;
use jixiao_events::targets::{Criterion, Measured, TargetDefinition, TargetEvent, TargetLevel, UnitMatch};
use jixiao_proto::jixiao::targets::v1 as pb;

use crate::domain::{
    ActualDocument, Explanation, ProjectDocument, ScoreDocument, Standing, TargetDocument, TargetRefusal,
    Withdrawal,
};
use crate::from_proto::explanation_name;

pub(crate) fn target(document: &TargetDocument, project: Option<&ProjectDocument>) -> pb::Target {
    let Standing { project: project_state, unit_match, status, percent } = document.standing(project);
    let TargetDocument {
        target,
        version,
        definition: defined,
        on,
        approval,
        source,
        withdrawal,
        actual,
        self_score,
    } = document;
    pb::Target {
        name: target.fund.target(&target.target),
        project: written(target.project.as_ref().map(|project| target.fund.project(project))),
        level: level(defined.level).into(),
        definition: Some(definition(defined)),
        version: *version,
        on: written(on.as_ref()),
        approval: Some(pb_approval(approval)),
        source: written(source.as_ref()),
        withdrawal: withdrawal.as_ref().map(withdrawn),
        actual: actual.as_ref().map(|filed| actual_of(filed, unit_match)),
        self_score: self_score.as_ref().map(|filed| score(filed, document.is_scored_above_weight())),
        project_state: written(project_state.map(<&'static str>::from)),
        state: state(status).into(),
        percent: written(percent),
    }
}

/// A version of a target from the event that made it; `None` for any other event.
pub(crate) fn version(event: &TargetEvent, row: &StoredEvent) -> Option<pb::TargetVersion> {
    let (version, defined, on, approval, source) = match event {
        TargetEvent::TargetSet { definition, on, approval, source, target: _ } => {
            (1, definition, on, approval, source)
        }
        TargetEvent::TargetRevised { version, definition, on, approval, source, target: _ } => {
            (*version, definition, on, approval, source)
        }
        TargetEvent::RegistryTakenIn { .. }
        | TargetEvent::TargetWithdrawn { .. }
        | TargetEvent::ActualRecorded { .. }
        | TargetEvent::SelfScoreRecorded { .. }
        | TargetEvent::MissExplained { .. } => return None,
    };
    Some(pb::TargetVersion {
        version,
        definition: Some(definition(defined)),
        on: written(on.as_ref()),
        approval: Some(pb_approval(approval)),
        source: written(source.as_ref()),
        actor: row.actor.clone(),
        recorded_time: row.recorded_text(),
        event_id: row.id.clone(),
    })
}

pub(crate) fn indicator_score(name: String, filed: &ScoreDocument) -> pb::IndicatorScore {
    pb::IndicatorScore { name, self_score: Some(score(filed, false)) }
}

pub(crate) fn explanation(given: &Explanation) -> pb::Explanation {
    let Explanation { fund, explanation, project, group, targets, reason, source, event } = given;
    pb::Explanation {
        name: explanation_name(fund, explanation),
        project: written(project.as_ref().map(|project| fund.project(project))),
        group: written(group.as_ref().map(|group| fund.group(group))),
        targets: targets.iter().map(|target| fund.target(target)).collect(),
        reason: reason.clone(),
        source: written(source.as_ref()),
        event_id: event.clone(),
    }
}

fn definition(defined: &TargetDefinition) -> pb::TargetDefinition {
    let TargetDefinition { level: _, class, name, weight, criterion: when, unit, text, owner, baseline } =
        defined;
    pb::TargetDefinition {
        title: name.clone(),
        weight: weight.to_string(),
        criterion: Some(criterion(when)),
        unit: written(unit.as_ref()),
        text: written(text.as_ref()),
        class: written(class.as_ref()),
        owner: written(owner.as_ref().map(AgencyId::resource)),
        baseline: written(baseline.as_ref().map(|baseline| baseline.value)),
        baseline_on: written(baseline.as_ref().map(|baseline| baseline.on)),
    }
}

fn criterion(criterion: &Criterion) -> pb::Criterion {
    use pb::criterion::Direction;
    let direction = match criterion {
        Criterion::AtLeast { value } => Direction::AtLeast(pb::Threshold { value: value.to_string() }),
        Criterion::AtMost { value } => Direction::AtMost(pb::Threshold { value: value.to_string() }),
        Criterion::Equal { value } => Direction::Equal(pb::Threshold { value: value.to_string() }),
        Criterion::Between { min, max } => {
            Direction::Between(pb::Range { min: min.to_string(), max: max.to_string() })
        }
        Criterion::ByDate { by } => Direction::ByDate(pb::Deadline { by: by.to_string() }),
        Criterion::YesNo { expected } => Direction::YesNo(pb::Answer { expected: *expected }),
        Criterion::Qualitative { expected } => {
            Direction::Qualitative(pb::Level { expected: expected.clone() })
        }
    };
    pb::Criterion { direction: Some(direction) }
}

fn measured(value: &Measured) -> pb::Measured {
    use pb::measured::Value;
    let value = match value {
        Measured::Number { value } => Value::Number(value.to_string()),
        Measured::Date { done } => Value::Done(done.to_string()),
        Measured::YesNo { yes } => Value::Yes(*yes),
        Measured::Level { level } => Value::Level(level.clone()),
    };
    pb::Measured { value: Some(value) }
}

fn withdrawn(withdrawal: &Withdrawal) -> pb::Withdrawal {
    let Withdrawal { on, approval, source } = withdrawal;
    pb::Withdrawal {
        on: written(on.as_ref()),
        approval: Some(pb_approval(approval)),
        source: written(source.as_ref()),
    }
}

fn actual_of(filed: &ActualDocument, units: Option<UnitMatch>) -> pb::Actual {
    let ActualDocument { value, unit, on, text, evidence, source, event } = filed;
    let unit_match = match units {
        None => pb::UnitMatch::Unspecified,
        Some(UnitMatch::Same) => pb::UnitMatch::Same,
        Some(UnitMatch::Assumed) => pb::UnitMatch::Assumed,
        Some(UnitMatch::Different) => pb::UnitMatch::Different,
    };
    pb::Actual {
        measured: Some(measured(value)),
        unit: written(unit.as_ref()),
        unit_match: unit_match.into(),
        on: on.to_string(),
        text: written(text.as_ref()),
        evidence: evidence.clone(),
        source: written(source.as_ref()),
        event_id: event.clone(),
    }
}

fn score(filed: &ScoreDocument, above_weight: bool) -> pb::SelfScore {
    let ScoreDocument { score, on, reason, source, event } = filed;
    pb::SelfScore {
        score: score.to_string(),
        above_weight,
        on: on.to_string(),
        reason: written(reason.as_ref()),
        source: written(source.as_ref()),
        event_id: event.clone(),
    }
}

fn level(level: TargetLevel) -> pb::TargetLevel {
    match level {
        TargetLevel::Overall => pb::TargetLevel::Overall,
        TargetLevel::Detail => pb::TargetLevel::Detail,
    }
}

fn state(status: Option<Attainment>) -> pb::TargetState {
    match status {
        None | Some(Attainment::Left) => pb::TargetState::Withdrawn,
        Some(Attainment::NotStarted) => pb::TargetState::NotStarted,
        Some(Attainment::UnitMismatch) => pb::TargetState::UnitMismatch,
        Some(Attainment::NoActual) => pb::TargetState::NoActual,
        Some(Attainment::Met) => pb::TargetState::Met,
        Some(Attainment::Unmet) => pb::TargetState::Unmet,
        Some(Attainment::NeedsJudgement) => pb::TargetState::NeedsJudgement,
    }
}

/// Empty where there is nothing.
fn written(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Refuse for TargetRefusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::WeightNotPositive(_)
            | Self::RangeReversed { .. }
            | Self::ScoreNegative(_)
            | Self::NothingExplained
            | Self::ProjectAndGroup
            | Self::TargetRepeated(_) => RefusalKind::InvalidArgument,
            Self::FundNotFound(_)
            | Self::ProjectNotFound { .. }
            | Self::GroupNotFound { .. }
            | Self::TargetNotFound { .. } => RefusalKind::NotFound,
            Self::TargetExists { .. } | Self::ExplanationExists { .. } => RefusalKind::AlreadyExists,
            Self::TargetWithdrawn { .. } | Self::NothingChanges { .. } => RefusalKind::FailedPrecondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::WeightNotPositive(_) => "WEIGHT_NOT_POSITIVE",
            Self::RangeReversed { .. } => "RANGE_REVERSED",
            Self::ScoreNegative(_) => "SCORE_NEGATIVE",
            Self::NothingExplained => "NOTHING_EXPLAINED",
            Self::ProjectAndGroup => "PROJECT_AND_GROUP",
            Self::TargetRepeated(_) => "TARGET_REPEATED",
            Self::FundNotFound(_) => "FUND_NOT_FOUND",
            Self::ProjectNotFound { .. } => "PROJECT_NOT_FOUND",
            Self::GroupNotFound { .. } => "GROUP_NOT_FOUND",
            Self::TargetNotFound { .. } => "TARGET_NOT_FOUND",
            Self::TargetExists { .. } => "TARGET_EXISTS",
            Self::ExplanationExists { .. } => "EXPLANATION_EXISTS",
            Self::TargetWithdrawn { .. } => "TARGET_WITHDRAWN",
            Self::NothingChanges { .. } => "NOTHING_CHANGES",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::WeightNotPositive(weight) => format!("权重须大于零，实为 {weight}"),
            Self::RangeReversed { min, max } => format!("目标区间 {min} 至 {max} 为空：下限大于上限"),
            Self::ScoreNegative(score) => format!("自评得分不得为负，实为 {score}"),
            Self::NothingExplained => "说明须针对项目、项目组或绩效目标，此处均未指明".to_owned(),
            Self::ProjectAndGroup => "一条说明只针对项目或项目组之一，此处两者都有".to_owned(),
            Self::TargetRepeated(target) => format!("说明中重复列出绩效目标 {target}"),
            Self::FundNotFound(fund) => format!("未找到专项资金 {fund}"),
            Self::ProjectNotFound { fund, project } => format!("专项资金 {fund} 没有项目 {project}"),
            Self::GroupNotFound { fund, group } => format!("专项资金 {fund} 没有项目属于项目组 {group}"),
            Self::TargetNotFound { fund, target } => format!("专项资金 {fund} 没有绩效目标 {target}"),
            Self::TargetExists { fund, target } => format!("专项资金 {fund} 已有绩效目标 {target}"),
            Self::ExplanationExists { fund, explanation } => {
                format!("专项资金 {fund} 已有说明 {explanation}")
            }
            Self::TargetWithdrawn { fund, target } => format!("专项资金 {fund} 的绩效目标 {target} 已撤销"),
            Self::NothingChanges { fund, target, version } => {
                format!("专项资金 {fund} 的绩效目标 {target} 第 {version} 版已是如此，没有变化")
            }
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        let target = |fund: &FundId, target| Some(("target", fund.target(target)));
        match self {
            Self::WeightNotPositive(_)
            | Self::RangeReversed { .. }
            | Self::ScoreNegative(_)
            | Self::NothingExplained
            | Self::ProjectAndGroup
            | Self::TargetRepeated(_) => None,
            Self::FundNotFound(fund) => Some(("fund", fund.resource())),
            Self::ProjectNotFound { fund, project } => Some(("project", fund.project(project))),
            Self::GroupNotFound { fund, group } => Some(("group", fund.group(group))),
            Self::TargetNotFound { fund, target: named }
            | Self::TargetExists { fund, target: named }
            | Self::TargetWithdrawn { fund, target: named }
            | Self::NothingChanges { fund, target: named, version: _ } => target(fund, named),
            Self::ExplanationExists { fund, explanation } => {
                Some(("explanation", explanation_name(fund, explanation)))
            }
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::WeightNotPositive(_) => Some("definition.weight"),
            Self::RangeReversed { .. } => Some("definition.criterion.between"),
            Self::ScoreNegative(_) => Some("score"),
            Self::NothingExplained | Self::ProjectAndGroup => Some("project"),
            Self::TargetRepeated(_) => Some("targets"),
            Self::FundNotFound(_)
            | Self::ProjectNotFound { .. }
            | Self::GroupNotFound { .. }
            | Self::TargetNotFound { .. }
            | Self::TargetExists { .. }
            | Self::ExplanationExists { .. }
            | Self::TargetWithdrawn { .. }
            | Self::NothingChanges { .. } => None,
        }
    }
}
