//! From the wire to commands: every bad field of a request at once. Public for clients that check before they write.

use jixiao_edge::Fields;
use jixiao_events::targets::{Baseline, Criterion, Measured, TargetRef};
use jixiao_events::{EntryId, Evaluated, FundId, NodeId, ProjectId, TargetId};
use jixiao_proto::jixiao::targets::v1 as pb;
use tonic::Status;

use crate::domain::{
    ExplainMiss, NewDefinition, RecordActual, RecordSelfScore, ReviseTarget, ScoreOf, SetTarget,
    TargetCommand, WithdrawTarget,
};

/// What the command is about, by name, and the command.
pub type Named = (String, TargetCommand);

/// The most characters of a name, a unit or a short text.
const SHORT: usize = 300;
/// The most characters of a reason or of a text as printed.
const LONG: usize = 4_000;
/// The most pieces of evidence: with [`SHORT`] they stay far below an event's bound.
const MAX_EVIDENCE: usize = 100;
/// The most targets that one explanation names.
const MAX_EXPLAINED: usize = 1_000;

/// A [`TargetCommand::SetTarget`].
pub fn set_target(request: &pb::SetTargetRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("parent", &request.parent);
    let target = fields.id("target_id", &request.target_id);
    let project = optional_project(&mut fields, &request.project, fund.as_ref());
    let definition = definition(&mut fields, request.definition.as_ref());
    let on = fields.optional_date("on", &request.on);
    let approval = fields.optional_approval("approval", request.approval.as_ref());
    let source = fields.text("source", &request.source, SHORT);
    let (fund, target, definition, approval) = fields.all((fund, target, definition, approval))?;
    let name = fund.target(&target);
    let target = TargetRef { fund, project, target };
    Ok((name, TargetCommand::SetTarget(SetTarget { target, definition, on, approval, source })))
}

/// A [`TargetCommand::ReviseTarget`].
pub fn revise_target(request: &pb::ReviseTargetRequest, mut fields: Fields) -> Result<Named, Status> {
    let target = fields.target("name", &request.name);
    let definition = definition(&mut fields, request.definition.as_ref());
    let on = fields.optional_date("on", &request.on);
    let approval = fields.approval("approval", request.approval.as_ref());
    let source = fields.text("source", &request.source, SHORT);
    let ((fund, target), definition, approval) = fields.all((target, definition, approval))?;
    let name = fund.target(&target);
    let command = ReviseTarget { fund, target, definition, on, approval, source };
    Ok((name, TargetCommand::ReviseTarget(command)))
}

/// A [`TargetCommand::WithdrawTarget`].
pub fn withdraw_target(request: &pb::WithdrawTargetRequest, mut fields: Fields) -> Result<Named, Status> {
    let target = fields.target("name", &request.name);
    let on = fields.optional_date("on", &request.on);
    let approval = fields.approval("approval", request.approval.as_ref());
    let source = fields.text("source", &request.source, SHORT);
    let ((fund, target), approval) = fields.all((target, approval))?;
    let name = fund.target(&target);
    Ok((name, TargetCommand::WithdrawTarget(WithdrawTarget { fund, target, on, approval, source })))
}

/// A [`TargetCommand::RecordActual`].
pub fn record_actual(request: &pb::RecordActualRequest, mut fields: Fields) -> Result<Named, Status> {
    let target = fields.target("name", &request.name);
    let value = measured(&mut fields, request.measured.as_ref());
    let unit = fields.text("unit", &request.unit, SHORT);
    let on = fields.date("on", &request.on);
    let text = fields.text("text", &request.text, LONG);
    at_most(&mut fields, "evidence", request.evidence.len(), MAX_EVIDENCE);
    let mut evidence = Vec::new();
    for (index, piece) in request.evidence.iter().enumerate().take(MAX_EVIDENCE) {
        evidence.extend(fields.required_text(&format!("evidence[{index}]"), piece, SHORT));
    }
    let source = fields.text("source", &request.source, SHORT);
    let ((fund, target), value, on) = fields.all((target, value, on))?;
    let name = fund.target(&target);
    let command = RecordActual { fund, target, value, unit, on, text, evidence, source };
    Ok((name, TargetCommand::RecordActual(command)))
}

/// A [`TargetCommand::RecordSelfScore`].
pub fn record_self_score(request: &pb::RecordSelfScoreRequest, mut fields: Fields) -> Result<Named, Status> {
    // The third part of the name, or the fifth below a project, tells targets from indicators; what is neither is reported
    // as no target.
    let parts: Vec<_> = request.name.split('/').skip(2).step_by(2).collect();
    let subject = if matches!(parts.as_slice(), ["indicators", ..] | ["projects", "indicators", ..]) {
        fields.evaluated_indicator("name", &request.name).map(|(of, indicator)| {
            let Evaluated { fund, project } = of.clone();
            (of.indicator(&indicator), fund, ScoreOf::Indicator(project, indicator))
        })
    } else {
        fields
            .target("name", &request.name)
            .map(|(fund, target)| (fund.target(&target), fund, ScoreOf::Target(target)))
    };
    let score = fields.points("score", &request.score);
    let on = fields.date("on", &request.on);
    let reason = fields.text("reason", &request.reason, LONG);
    let source = fields.text("source", &request.source, SHORT);
    let ((name, fund, subject), score, on) = fields.all((subject, score, on))?;
    let command = RecordSelfScore { fund, subject, score, on, reason, source };
    Ok((name, TargetCommand::RecordSelfScore(command)))
}

/// A [`TargetCommand::ExplainMiss`].
pub fn explain_miss(request: &pb::ExplainMissRequest, mut fields: Fields) -> Result<Named, Status> {
    let fund = fields.fund("parent", &request.parent);
    // An explanation's id is a slug like any other that a caller chooses.
    let explanation = fields.id::<EntryId>("explanation_id", &request.explanation_id);
    let project = optional_project(&mut fields, &request.project, fund.as_ref());
    let mut group = None;
    if !request.group.is_empty()
        && let Some((of, named)) = fields.group("group", &request.group)
    {
        group = same_fund(&mut fields, "group", fund.as_ref(), &of).map(|()| named);
    }
    at_most(&mut fields, "targets", request.targets.len(), MAX_EXPLAINED);
    let mut targets: Vec<TargetId> = Vec::new();
    for (index, name) in request.targets.iter().enumerate().take(MAX_EXPLAINED) {
        let field = format!("targets[{index}]");
        if let Some((of, target)) = fields.target(&field, name) {
            targets.extend(same_fund(&mut fields, &field, fund.as_ref(), &of).map(|()| target));
        }
    }
    let reason = fields.required_text("reason", &request.reason, LONG);
    let source = fields.text("source", &request.source, SHORT);
    let (fund, explanation, reason) = fields.all((fund, explanation, reason))?;
    let explanation = explanation.to_string();
    let name = explanation_name(&fund, &explanation);
    let command = ExplainMiss { fund, explanation, project, group, targets, reason, source };
    Ok((name, TargetCommand::ExplainMiss(command)))
}

/// A project of the fund, where one is named. `None` where none is, and, with a violation, where it does not read.
pub(crate) fn optional_project(fields: &mut Fields, name: &str, fund: Option<&FundId>) -> Option<ProjectId> {
    if name.is_empty() {
        return None;
    }
    let (of, project) = fields.project("project", name)?;
    same_fund(fields, "project", fund, &of).map(|()| project)
}

/// `funds/smart-city-2019/explanations/smart-tourism`
pub(crate) fn explanation_name(fund: &FundId, explanation: &str) -> String {
    format!("{}/explanations/{explanation}", fund.resource())
}

fn definition(fields: &mut Fields, given: Option<&pb::TargetDefinition>) -> Option<NewDefinition> {
    let Some(given) = given else {
        fields.violation("definition", "REQUIRED", "is required: say what is to be reached");
        return None;
    };
    let name = fields.required_text("definition.title", &given.title, SHORT);
    let weight = fields.points("definition.weight", &given.weight);
    let criterion = criterion(fields, given.criterion.as_ref());
    let unit = fields.text("definition.unit", &given.unit, SHORT);
    let text = fields.text("definition.text", &given.text, LONG);
    // A path of ids, as that of a node of a scheme.
    let class = fields.optional_id::<NodeId>("definition.class", &given.class);
    if class.is_none() && !given.class.is_empty() {
        return None;
    }
    let class = class.map(|class| class.to_string());
    let owner = match given.owner.as_str() {
        "" => None,
        owner => Some(fields.agency("definition.owner", owner)?),
    };
    let baseline = if given.baseline.is_empty() && given.baseline_on.is_empty() {
        None
    } else {
        let value = fields.number("definition.baseline", &given.baseline);
        let on = fields.date("definition.baseline_on", &given.baseline_on);
        Some(Baseline { value: value?, on: on? })
    };
    Some(NewDefinition {
        name: name?,
        weight: weight?,
        class,
        criterion: criterion?,
        unit,
        text,
        owner,
        baseline,
    })
}

fn criterion(fields: &mut Fields, given: Option<&pb::Criterion>) -> Option<Criterion> {
    use pb::criterion::Direction;
    let Some(direction) = given.and_then(|criterion| criterion.direction.as_ref()) else {
        let remedy = "is required: say when the target is met, e.g. at_least with a value";
        fields.violation("definition.criterion", "REQUIRED", remedy);
        return None;
    };
    Some(match direction {
        Direction::AtLeast(pb::Threshold { value }) => {
            Criterion::AtLeast { value: fields.number("definition.criterion.at_least.value", value)? }
        }
        Direction::AtMost(pb::Threshold { value }) => {
            Criterion::AtMost { value: fields.number("definition.criterion.at_most.value", value)? }
        }
        Direction::Equal(pb::Threshold { value }) => {
            Criterion::Equal { value: fields.number("definition.criterion.equal.value", value)? }
        }
        Direction::Between(pb::Range { min, max }) => {
            let min = fields.number("definition.criterion.between.min", min);
            let max = fields.number("definition.criterion.between.max", max);
            Criterion::Between { min: min?, max: max? }
        }
        Direction::ByDate(pb::Deadline { by }) => {
            Criterion::ByDate { by: fields.date("definition.criterion.by_date.by", by)? }
        }
        Direction::YesNo(pb::Answer { expected }) => Criterion::YesNo { expected: *expected },
        Direction::Qualitative(pb::Level { expected }) => {
            let field = "definition.criterion.qualitative.expected";
            Criterion::Qualitative { expected: fields.required_text(field, expected, SHORT)? }
        }
    })
}

fn measured(fields: &mut Fields, given: Option<&pb::Measured>) -> Option<Measured> {
    use pb::measured::Value;
    let Some(value) = given.and_then(|measured| measured.value.as_ref()) else {
        fields.violation("measured", "REQUIRED", "is required: say what was reached, e.g. a number");
        return None;
    };
    Some(match value {
        Value::Number(value) => Measured::Number { value: fields.number("measured.number", value)? },
        Value::Done(done) => Measured::Date { done: fields.date("measured.done", done)? },
        Value::Yes(yes) => Measured::YesNo { yes: *yes },
        Value::Level(level) => {
            Measured::Level { level: fields.required_text("measured.level", level, SHORT)? }
        }
    })
}

/// What a request names must be of its fund. `None`, with a violation, if it is of another one.
fn same_fund(fields: &mut Fields, field: &str, fund: Option<&FundId>, of: &FundId) -> Option<()> {
    match fund {
        Some(fund) if fund != of => {
            fields.violation(
                field,
                "OTHER_FUND",
                format!("is of {}, not of {}", of.resource(), fund.resource()),
            );
            None
        }
        _ => Some(()),
    }
}

fn at_most(fields: &mut Fields, field: &str, count: usize, most: usize) {
    if count > most {
        fields.violation(field, "TOO_MANY", format!("{count} are given, at most {most} are taken"));
    }
}
