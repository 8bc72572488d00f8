//! The record of an evaluation, and the scores that people give in it.

use std::collections::BTreeSet;

use jixiao_edge::{Call, Fields, Listing, Shape};
use jixiao_events::scoring::{EvaluationKind, EvaluationRecord, Member, Method, Period, Scorer};
use jixiao_events::{Evaluated, IndicatorId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::{Request, Status};

use super::{Write, one_line};
use crate::domain::ScoringCommand;
use crate::domain::given::Scored;

/// The most documents, methods and members of a record.
const MOST_DOCUMENTS: usize = 100;
const MOST_METHODS: usize = 30;
const MOST_MEMBERS: usize = 100;

/// A [`ScoringCommand::DescribeEvaluation`].
pub fn describe_evaluation(request: Request<pb::DescribeEvaluationRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let of = fields.evaluated("fund", &message.fund);
    let kind = match message.kind {
        0 => None,
        kind => fields.choice("kind", kind, evaluation_kind),
    };
    let purpose = fields.text("purpose", &message.purpose, 2_000);
    let scope = fields.text("scope", &message.scope, 2_000);
    let basis = texts(&mut fields, "basis", &message.basis, MOST_DOCUMENTS);
    let methods = texts(&mut fields, "methods", &message.methods, MOST_METHODS);
    let methods = methods.iter().map(|name| Method::called(name)).collect::<Vec<_>>();
    let mut known = BTreeSet::new();
    for (at, method) in methods.iter().enumerate() {
        if !known.insert(method) {
            fields.violation(&format!("methods[{at}]"), "TWICE", "is named already");
        }
    }
    let period = period(&mut fields, &message);
    let team = team(&mut fields, &message.team);
    let report_date = fields.optional_date("report_date", &message.report_date);
    if let (Some(report), Some(Period { from, .. })) = (report_date, period)
        && report.last_day() < from.last_day()
    {
        let text = format!("{report} is before the evaluation began on {from}");
        fields.violation("report_date", "BEFORE_PERIOD", text);
    }
    let record = EvaluationRecord { kind, purpose, scope, basis, methods, period, team, report_date };
    if record == EvaluationRecord::default() && fields.violations().is_empty() {
        fields.violation("purpose", "REQUIRED", "says nothing: give at least one part of the record");
    }
    let (of,) = fields.all((of,))?;
    let name = of.resource();
    Ok((call, name, ScoringCommand::DescribeEvaluation { of, record }))
}

fn period(fields: &mut Fields, message: &pb::DescribeEvaluationRequest) -> Option<Period> {
    let from = fields.optional_date("period_from", &message.period_from);
    let to = fields.optional_date("period_to", &message.period_to);
    if message.period_from.is_empty() && !message.period_to.is_empty() {
        fields.violation("period_from", "REQUIRED", "is required where period_to is given");
    }
    if let (Some(from), Some(to)) = (from, to)
        && to.last_day() < from.last_day()
    {
        fields.violation("period_to", "BEFORE_START", format!("{to} is before {from}"));
    }
    from.map(|from| Period { from, to })
}

fn team(fields: &mut Fields, members: &[pb::TeamMember]) -> Vec<Member> {
    bounded(fields, "team", members.len(), MOST_MEMBERS);
    let read = members.iter().take(MOST_MEMBERS).enumerate().filter_map(|(at, member)| {
        let mut line =
            |part: &str, text: Option<String>| one_line(fields, &format!("team[{at}].{part}"), text);
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let role = line("role", given(&member.role));
        let organisation = line("organisation", given(&member.organisation));
        let name = line("name", given(&member.name));
        for (part, text, most) in [
            ("name", &member.name, 100),
            ("role", &member.role, 200),
            ("organisation", &member.organisation, 200),
        ] {
            let field = format!("team[{at}].{part}");
            if part == "name" {
                fields.required_text(&field, text, most);
            } else {
                fields.text(&field, text, most);
            }
        }
        Some(Member { name: name?, role, organisation })
    });
    read.collect()
}

/// Texts of one line, each given and none twice.
fn texts(fields: &mut Fields, field: &str, texts: &[String], most: usize) -> Vec<String> {
    bounded(fields, field, texts.len(), most);
    let mut known = BTreeSet::new();
    let read = texts.iter().take(most).enumerate().filter_map(|(at, text)| {
        let field = format!("{field}[{at}]");
        let text = fields.required_text(&field, text, 200);
        let text = one_line(fields, &field, text)?;
        if !known.insert(text.clone()) {
            fields.violation(&field, "TWICE", "is named already");
            return None;
        }
        Some(text)
    });
    read.collect()
}

fn bounded(fields: &mut Fields, field: &str, count: usize, most: usize) {
    if count > most {
        fields.violation(field, "TOO_MANY", format!("holds {count}, at most {most} are kept"));
    }
}

fn evaluation_kind(kind: pb::EvaluationKind) -> Option<EvaluationKind> {
    match kind {
        pb::EvaluationKind::Unspecified => None,
        pb::EvaluationKind::UnitSelf => Some(EvaluationKind::UnitSelf),
        pb::EvaluationKind::Department => Some(EvaluationKind::Department),
        pb::EvaluationKind::Finance => Some(EvaluationKind::Finance),
    }
}

/// A [`ScoringCommand::RecordScore`].
pub fn record_score(request: Request<pb::RecordScoreRequest>) -> Result<Write, Status> {
    let (call, message, mut fields) = Call::open(request);
    let name = fields.evaluated_indicator("name", &message.name);
    let by = match pb::Scorer::try_from(message.by) {
        Ok(pb::Scorer::Reviewer) => Some(Scorer::Reviewer),
        Ok(pb::Scorer::Finance) => Some(Scorer::Finance),
        Ok(pb::Scorer::Unspecified) => {
            fields.violation("by", "REQUIRED", "is required");
            None
        }
        Ok(pb::Scorer::Self_) => {
            let text =
                "is the reviewer or the finance bureau: a unit's own score goes to the targets service";
            fields.violation("by", "NOT_A_REVIEW", text);
            None
        }
        Ok(pb::Scorer::Judged) => {
            let text =
                "is the reviewer or the finance bureau: what the rules count with goes by JudgeIndicator";
            fields.violation("by", "NOT_A_REVIEW", text);
            None
        }
        Ok(pb::Scorer::Computed) => {
            fields.violation(
                "by",
                "NOT_A_REVIEW",
                "is the reviewer or the finance bureau: nobody gives computed points",
            );
            None
        }
        Err(_) => {
            fields.violation("by", "UNKNOWN_VALUE", format!("{} is not a known value", message.by));
            None
        }
    };
    let score = fields.points("score", &message.score);
    let reason = fields.required_text("reason", &message.reason, 2_000);
    let on = fields.date("on", &message.on);
    let author = fields.text("author", &message.author, 100);
    let author = one_line(&mut fields, "author", author);
    let ((of, indicator), by, score, reason, on) = fields.all((name, by, score, reason, on))?;
    let name = of.indicator(&indicator);
    Ok((call, name, ScoringCommand::RecordScore(Scored { of, indicator, by, author, score, reason, on })))
}

/// The scores of an indicator as they are asked for.
pub(crate) fn scores(
    request: &pb::ListScoresRequest,
) -> Result<(Evaluated, IndicatorId, Listing<pb::Score>), Status> {
    let mut fields = Fields::new();
    let parent = fields.evaluated_indicator("parent", &request.parent);
    let list =
        Listing::open_as(&mut fields, request, &format!("scores of {}", request.parent), Shape::default());
    let ((of, indicator), list) = fields.all((parent, list))?;
    Ok((of, indicator, list))
}
