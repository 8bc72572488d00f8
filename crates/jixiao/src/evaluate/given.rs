//! What people say of an evaluation beside what is computed: its record, a reviewer's and the finance bureau's scores.

use jixiao_events::Number;
use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;

use super::figure::{BadAnswer, number};
use super::report::Named;
use crate::language::Language;
use crate::output::{Column, Table};
use crate::text::scheme as text;

/// Points that a reviewer or the finance bureau gave, to an indicator or in a sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Points {
    /// The points.
    pub score: Number,
    /// Of a sum: indicators without a score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<u32>,
    /// Of an indicator: who scored, or who recorded it where nobody else is named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub author: String,
    /// Of an indicator: when.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub on: String,
    /// Of an indicator: why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

impl Points {
    /// Of an indicator.
    pub fn of(score: Option<&pb::Score>) -> Result<Option<Self>, BadAnswer> {
        let Some(score) = score else { return Ok(None) };
        let author = if score.author.is_empty() { &score.actor } else { &score.author };
        let points = number(&score.score)?;
        Ok(points.map(|points| Self {
            score: points,
            missing: None,
            author: author.clone(),
            on: score.on.clone(),
            reason: score.reason.clone(),
        }))
    }

    /// Of a sum with so many indicators; `None` where nobody gave any.
    pub fn of_sum(sum: Option<&pb::ScoreSum>, indicators: u32) -> Result<Option<Self>, BadAnswer> {
        let Some(sum) = sum.filter(|sum| sum.missing < indicators) else { return Ok(None) };
        let nothing = String::new;
        Ok(number(&sum.score)?.map(|score| Self {
            score,
            missing: Some(sum.missing),
            author: nothing(),
            on: nothing(),
            reason: nothing(),
        }))
    }
}

/// What an evaluation is for, what it rests on and who makes it.
#[derive(Debug, Clone, Serialize)]
pub struct Record {
    /// `unit_self`, `department` or `finance`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub kind: &'static str,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// What it covers.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub scope: String,
    /// The documents that it rests on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub basis: Vec<String>,
    /// How it is made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<Method>,
    /// When its making began.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub period_from: String,
    /// When it ended.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub period_to: String,
    /// Who makes it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub team: Vec<Member>,
    /// The date of its report.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub report_date: String,
}

/// A method.
#[derive(Debug, Clone, Serialize)]
pub struct Method {
    /// Its word in the vocabulary.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub method: String,
    /// What it is called.
    pub names: Named,
}

/// A member of the team.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// The name.
    pub name: String,
    /// The role.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub role: String,
    /// For whom they work.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organisation: String,
}

impl Record {
    /// As the server tells it.
    pub fn of(record: &pb::EvaluationRecord) -> Self {
        let methods = record
            .methods
            .iter()
            .map(|method| Method { method: method.method.clone(), names: Named::of(method.names.as_ref()) });
        let team = record.team.iter().map(|member| Member {
            name: member.name.clone(),
            role: member.role.clone(),
            organisation: member.organisation.clone(),
        });
        Self {
            kind: match record.kind() {
                pb::EvaluationKind::Unspecified => "",
                pb::EvaluationKind::UnitSelf => "unit_self",
                pb::EvaluationKind::Department => "department",
                pb::EvaluationKind::Finance => "finance",
            },
            purpose: record.purpose.clone(),
            scope: record.scope.clone(),
            basis: record.basis.clone(),
            methods: methods.collect(),
            period_from: record.period_from.clone(),
            period_to: record.period_to.clone(),
            team: team.collect(),
            report_date: record.report_date.clone(),
        }
    }

    /// For people: what is stated, a line each.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let mut table = Table::new(&[Column::Word, Column::Text]);
        let mut row = |name: String, value: String| {
            if !value.is_empty() {
                table.row([name, value]);
            }
        };
        let separator = language.pick("；", "; ");
        let kind = match self.kind {
            "unit_self" => text::unit_self(language),
            "department" => text::department(language),
            "finance" => text::finance_kind(language),
            _ => String::new(),
        };
        row(text::kind(language), kind);
        row(text::purpose(language), self.purpose.clone());
        row(text::scope(language), self.scope.clone());
        row(text::basis(language), self.basis.join(separator));
        let methods = self.methods.iter().map(|method| match language {
            Language::English if !method.names.en.is_empty() => method.names.en.as_str(),
            _ => method.names.zh.as_str(),
        });
        row(text::methods(language), methods.collect::<Vec<_>>().join(separator));
        let period = match (self.period_from.as_str(), self.period_to.as_str()) {
            ("", _) => String::new(),
            (from, "") => text::from(language, from),
            (from, to) => text::between(language, from, to),
        };
        row(text::period(language), period);
        let team = self.team.iter().map(|member| {
            let rest = [&member.role, &member.organisation].map(String::as_str);
            let rest: Vec<_> = rest.into_iter().filter(|part| !part.is_empty()).collect();
            match rest.as_slice() {
                [] => member.name.clone(),
                rest => format!("{} ({})", member.name, rest.join(", ")),
            }
        });
        row(text::team(language), team.collect::<Vec<_>>().join(separator));
        row(text::report_date(language), self.report_date.clone());
        table.lines()
    }
}
