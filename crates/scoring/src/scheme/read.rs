//! The form of a scheme file: which keys stand where.

use std::collections::BTreeSet;

use jixiao_events::scheme::{AskKind, Grade, Measure, NodeBody, Override, Parameter, Scheme, Term};
use jixiao_events::{Names, NodeId, Number, SchemeId, SchemeSubject};
use toml::de::DeTable;

use super::FaultKind;
use super::node::{self, ReadNode};
use super::toml_reader::{At, Reader, Rests, Section, Value};
use super::{bounds, check, dates, monitoring, quantities};

/// A grade as far as it could be read.
pub(super) struct ReadGrade {
    pub(super) id: Option<At<String>>,
    pub(super) name: Option<Names>,
    pub(super) from: Option<At<Parameter<Number>>>,
}

const SUBJECTS: &[(&str, SchemeSubject)] =
    &[("fund", SchemeSubject::Fund), ("project", SchemeSubject::Project), ("agency", SchemeSubject::Agency)];

/// Reads a file. `None`, with at least one fault noted, where something that has to be there is not.
pub(super) fn scheme(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Option<Scheme> {
    let mut file = Section::new(table, 0);
    let rests = reader.rests(&mut file, &Rests::default());
    let id = reader.need(&mut file, "scheme").and_then(|id| reader.id::<SchemeId>(id));
    let name = reader.need(&mut file, "name").and_then(|name| reader.names(name));
    let fiscal_year = reader.need(&mut file, "fiscal_year").and_then(|year| fiscal_year(reader, year));
    let region = reader.optional_text(&mut file, "region");
    let subject = file.get("subject").and_then(|subject| reader.word(subject, SUBJECTS));
    let (effective_from, effective_to) = dates::effective(reader, &mut file);
    let total = reader.needed_number(&mut file, "total", &rests);
    let as_published = reader.optional_text(&mut file, "as_published");
    let execution_bound = reader.optional_number(&mut file, "execution_bound", &rests);
    if let Some(At { at, value }) = &execution_bound {
        let is_share = (Number::ZERO..=Number::from(100_i64)).contains(&value.value);
        let message = || format!("an execution bound is 0 to 100 percent, not {}", value.value);
        reader.require(is_share, *at, FaultKind::BadNumber, message);
    }
    let findings = bounds::bounds(reader, &mut file, &rests);
    let decimals = file.get("decimals").map(|value| reader.parameter(value, &rests, decimals));
    let redistribute = node::parameter(reader, &mut file, "redistribute", &rests, Reader::boolean);
    let mut nodes: Vec<ReadNode> = reader
        .need(&mut file, "node")
        .map(|nodes| reader.list(nodes))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|value| node::read(reader, value, &rests))
        .collect();
    node::divide(reader, &mut nodes);
    let grades: Vec<ReadGrade> = reader
        .need(&mut file, "grade")
        .map(|grades| reader.list(grades))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|value| grade(reader, value, &rests))
        .collect();
    let overrides = overrides(reader, &mut file, &rests, &nodes, &grades);
    let quantities = quantities::quantities(reader, &mut file, &nodes);
    let monitoring = monitoring::monitoring(reader, &mut file, &rests, &nodes);
    reader.end(&file, "a scheme");

    check::total(reader, total.as_ref(), as_published.as_deref(), &nodes);
    check::tree(reader, &nodes);
    check::grades(reader, &grades);
    let decimals = match decimals {
        None => None,
        Some(read) => Some(read?.value),
    };
    Some(Scheme {
        scheme: id?.value,
        name: name?,
        fiscal_year: fiscal_year?,
        region,
        subject,
        effective_from,
        effective_to,
        total: total?.value,
        as_published,
        execution_bound: execution_bound.map(|read| read.value),
        findings: findings?,
        decimals,
        nodes: nodes.into_iter().map(ReadNode::finish).collect::<Option<_>>()?,
        grades: grades.into_iter().map(ReadGrade::finish).collect::<Option<_>>()?,
        redistribute: redistribute.map(|read| read.value),
        overrides: overrides?,
        quantities: quantities?,
        monitoring: monitoring?,
    })
}

impl ReadGrade {
    fn finish(self) -> Option<Grade> {
        Some(Grade { grade: self.id?.value, name: self.name?, from: self.from?.value })
    }
}

fn grade(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests) -> Option<ReadGrade> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let id = reader.need(&mut section, "grade").and_then(|id| reader.id::<NodeId>(id));
    let id = id.map(|id| At { at: id.at, value: id.value.to_string() });
    let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
    let from = reader.needed_number(&mut section, "from", &rests);
    reader.end(&section, "a grade");
    Some(ReadGrade { id, name, from })
}

/// Grades that stand whatever the total is.
fn overrides(
    reader: &mut Reader<'_>,
    file: &mut Section<'_>,
    rests: &Rests,
    nodes: &[ReadNode],
    grades: &[ReadGrade],
) -> Option<Vec<Override>> {
    let Some(list) = file.get("override") else { return Some(Vec::new()) };
    let known: BTreeSet<&str> =
        grades.iter().filter_map(|grade| Some(grade.id.as_ref()?.value.as_str())).collect();
    let values = reader.list(list);
    let count = values.len();
    let mut overrides = Vec::new();
    for value in values {
        let Some(mut section) = reader.table(value) else { continue };
        let rests = reader.rests(&mut section, rests);
        let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
        let when = node::conditions(reader, &mut section);
        let grade = reader.need(&mut section, "grade").and_then(|grade| {
            reader.parameter(grade, &rests, |reader, value| reader.text(value).map(|text| text.value))
        });
        reader.end(&section, "an override");
        if let Some(At { at, value }) = &grade {
            let message = || format!("there is no grade {}", value.value);
            reader.require(known.contains(value.value.as_str()), *at, FaultKind::UnknownWord, message);
        }
        for condition in when.iter().flatten() {
            for term in [&condition.left, &condition.right] {
                let is_known = match term {
                    Term::Total {} | Term::Number { .. } => true,
                    Term::Measure { measure } => !matches!(measure, Measure::Answer | Measure::OverProjects),
                    Term::Value {} | Term::Answer { node: None, .. } => false,
                    Term::Answer { node: Some(node), ask } => nodes.iter().any(|read| {
                        read.id.as_ref().is_some_and(|id| id.value == *node) && asks_for(read, ask)
                    }),
                };
                reader.require(is_known, section.at, FaultKind::BadCondition, || {
                    format!("`{condition}`: {term} is neither the total, a figure of the fund nor what an indicator asks for")
                });
            }
        }
        let (Some(name), Some(when), Some(grade)) = (name, when, grade) else { continue };
        overrides.push(Override { name, when, grade: grade.value });
    }
    (overrides.len() == count).then_some(overrides)
}

/// Whether an indicator asks for something that has one value.
fn asks_for(read: &ReadNode, ask: &str) -> bool {
    let Some(NodeBody::Indicator { asks, rule, .. }) = &read.body else {
        // What could not be read has faults of its own.
        return read.body.is_none();
    };
    let is_asked = asks.iter().any(|other| other.ask == ask && !matches!(other.kind, AskKind::Survey { .. }));
    let is_item = matches!(rule, jixiao_events::scheme::Rule::Checklist { items } if items.iter().any(|item| item.item == ask));
    is_asked || is_item
}

fn fiscal_year(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i16> {
    let year = whole(reader, value, 1949, 2199, "a fiscal year is a whole number from 1949 to 2199")?;
    i16::try_from(year).ok()
}

fn decimals(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<u32> {
    whole(reader, value, 0, 12, "points are rounded to 0 to 12 decimals")
}

pub(super) fn whole(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    from: u32,
    to: u32,
    message: &str,
) -> Option<u32> {
    let number = reader.number(value)?;
    let found = number.to_string().parse::<u32>().ok().filter(|whole| (from..=to).contains(whole));
    if found.is_none() {
        reader.fault(value.span().start, FaultKind::BadNumber, message);
    }
    found
}
