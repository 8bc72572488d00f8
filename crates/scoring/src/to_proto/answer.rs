//! Answers to findings, and why they are refused.

use jixiao_edge::{RefusalKind, Refuse};
use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::event::recorded_text;
use jixiao_events::finding::{AnswerKind, FindingAnswer};
use jixiao_proto::jixiao::scoring::v1 as pb;

use crate::domain::answer::{AnswerRefusal, Given};

/// An answer that holds.
pub(crate) fn given(given: &Given) -> pb::FindingAnswer {
    pb::FindingAnswer {
        actor: given.event.actor.clone(),
        event_id: given.event.id.clone(),
        recorded_time: recorded_text(given.event.recorded_time),
        before_revision: given.before_revision,
        ..said(&given.answer)
    }
}

/// An answer as its event holds it.
pub(super) fn answer(stored: &StoredEvent, answer: &FindingAnswer) -> pb::FindingAnswer {
    pb::FindingAnswer {
        actor: stored.actor.clone(),
        event_id: stored.id.clone(),
        recorded_time: stored.recorded_text(),
        ..said(answer)
    }
}

fn said(answer: &FindingAnswer) -> pb::FindingAnswer {
    let kind = match answer.kind {
        AnswerKind::Explained => pb::AnswerKind::Explained,
        AnswerKind::Accepted => pb::AnswerKind::Accepted,
        AnswerKind::ToBeRectified => pb::AnswerKind::ToBeRectified,
    };
    pb::FindingAnswer {
        kind: kind.into(),
        text: answer.text.clone(),
        deadline: answer.deadline.map(|day| day.to_string()).unwrap_or_default(),
        on: answer.on.to_string(),
        ..Default::default()
    }
}

impl Refuse for AnswerRefusal {
    fn kind(&self) -> RefusalKind {
        match self {
            Self::DeadlineMissing | Self::DeadlineNotNeeded { .. } | Self::DeadlineBeforeAnswer { .. } => {
                RefusalKind::InvalidArgument
            }
            Self::FundNotFound(_) | Self::NotStanding { .. } => RefusalKind::NotFound,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::DeadlineMissing => "DEADLINE_MISSING",
            Self::DeadlineNotNeeded { .. } => "DEADLINE_NOT_NEEDED",
            Self::DeadlineBeforeAnswer { .. } => "DEADLINE_BEFORE_ANSWER",
            Self::FundNotFound(_) => "FUND_NOT_FOUND",
            Self::NotStanding { .. } => "FINDING_NOT_STANDING",
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::DeadlineMissing => "问题待整改，须给出整改期限".to_owned(),
            Self::DeadlineNotNeeded { deadline } => {
                format!("只有待整改的问题才有期限：请去掉期限 {deadline}，或改为待整改")
            }
            Self::DeadlineBeforeAnswer { deadline, on } => {
                format!("整改期限 {deadline} 早于答复日期 {on}")
            }
            Self::FundNotFound(fund) => format!("此处尚无专项资金 {fund}"),
            Self::NotStanding { fund, finding } => {
                format!("专项资金 {fund} 现无问题 {finding}：从未提出，或已消除")
            }
        }
    }

    fn resource(&self) -> Option<(&'static str, String)> {
        match self {
            Self::FundNotFound(fund) => Some(("fund", fund.resource())),
            Self::NotStanding { fund, finding } => Some(("finding", fund.finding(finding))),
            Self::DeadlineMissing | Self::DeadlineNotNeeded { .. } | Self::DeadlineBeforeAnswer { .. } => {
                None
            }
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::DeadlineMissing | Self::DeadlineNotNeeded { .. } | Self::DeadlineBeforeAnswer { .. } => {
                "deadline"
            }
            Self::FundNotFound(_) | Self::NotStanding { .. } => "name",
        })
    }
}
