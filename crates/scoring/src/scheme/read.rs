//! The form of a scheme file: which keys stand where.

use jixiao_events::scheme::{Grade, Measure, NodeBody, Parameter, Rule, Scheme};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Names, NodeId, Number, SchemeId};
use strum::VariantNames;
use toml::de::DeTable;

use super::FaultKind;
use super::toml_reader::{At, Reader, Rests, Section, Value};
use super::{check, quantities, rule};
use crate::findings::CHECKS;

/// A node as far as it could be read.
pub(super) struct ReadNode {
    pub(super) at: usize,
    pub(super) id: Option<At<NodeId>>,
    pub(super) name: Option<Names>,
    pub(super) weight: Option<At<Parameter<Number>>>,
    pub(super) kind: Option<Kind>,
    pub(super) as_published: Option<String>,
    pub(super) body: Option<NodeBody>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    EachTarget,
    Indicator,
}

/// A grade as far as it could be read.
pub(super) struct ReadGrade {
    pub(super) id: Option<At<String>>,
    pub(super) name: Option<Names>,
    pub(super) from: Option<At<Parameter<Number>>>,
}

const KINDS: &[(&str, Kind)] =
    &[("group", Kind::Group), ("each_target", Kind::EachTarget), ("indicator", Kind::Indicator)];
const LEVELS: &[(&str, TargetLevel)] = &[("overall", TargetLevel::Overall), ("detail", TargetLevel::Detail)];

/// Reads a file. `None`, with at least one fault noted, where something that has to be there is not.
pub(super) fn scheme(reader: &mut Reader<'_>, table: &DeTable<'_>) -> Option<Scheme> {
    let mut file = Section::new(table, 0);
    let rests = reader.rests(&mut file, &Rests::default());
    let id = reader.need(&mut file, "scheme").and_then(|id| reader.id::<SchemeId>(id));
    let name = reader.need(&mut file, "name").and_then(|name| reader.names(name));
    let fiscal_year = reader.need(&mut file, "fiscal_year").and_then(|year| fiscal_year(reader, year));
    let region = reader.optional_text(&mut file, "region");
    let total = reader.needed_number(&mut file, "total", &rests);
    let as_published = reader.optional_text(&mut file, "as_published");
    let execution_bound = reader.optional_number(&mut file, "execution_bound", &rests);
    if let Some(At { at, value }) = &execution_bound {
        let is_share = (Number::ZERO..=Number::from(100_i64)).contains(&value.value);
        let message = || format!("an execution bound is 0 to 100 percent, not {}", value.value);
        reader.require(is_share, *at, FaultKind::BadNumber, message);
    }
    let decimals = file.get("decimals").map(|value| reader.parameter(value, &rests, decimals));
    let nodes: Vec<ReadNode> = reader
        .need(&mut file, "node")
        .map(|nodes| reader.list(nodes))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|value| node(reader, value, &rests))
        .collect();
    let grades: Vec<ReadGrade> = reader
        .need(&mut file, "grade")
        .map(|grades| reader.list(grades))
        .unwrap_or_default()
        .into_iter()
        .filter_map(|value| grade(reader, value, &rests))
        .collect();
    let quantities = quantities::quantities(reader, &mut file, &nodes);
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
        total: total?.value,
        as_published,
        execution_bound: execution_bound.map(|read| read.value),
        decimals,
        nodes: nodes.into_iter().map(ReadNode::finish).collect::<Option<_>>()?,
        grades: grades.into_iter().map(ReadGrade::finish).collect::<Option<_>>()?,
        quantities: quantities?,
    })
}

impl ReadNode {
    fn finish(self) -> Option<jixiao_events::scheme::Node> {
        Some(jixiao_events::scheme::Node {
            node: self.id?.value,
            name: self.name?,
            weight: self.weight?.value,
            body: self.body?,
        })
    }
}

impl ReadGrade {
    fn finish(self) -> Option<Grade> {
        Some(Grade { grade: self.id?.value, name: self.name?, from: self.from?.value })
    }
}

fn node(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests) -> Option<ReadNode> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let id = reader.need(&mut section, "node").and_then(|id| reader.id::<NodeId>(id));
    let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
    let weight = reader.needed_number(&mut section, "weight", &rests);
    if let Some(weight) = &weight {
        let message = || format!("a weight is above 0, not {}", weight.value.value);
        reader.require(weight.value.value > Number::ZERO, weight.at, FaultKind::WeightNotPositive, message);
    }
    let kind = reader.need(&mut section, "kind").and_then(|kind| reader.word(kind, KINDS));
    let mut as_published = None;
    let body = match kind {
        None => {
            // Of an unknown kind nothing is known to be out of place.
            for key in ["as_published", "level", "measure", "rule", "none_found"] {
                section.get(key);
            }
            None
        }
        Some(Kind::Group) => {
            as_published = reader.optional_text(&mut section, "as_published");
            Some(NodeBody::Group { as_published: as_published.clone() })
        }
        Some(Kind::EachTarget) => {
            as_published = reader.optional_text(&mut section, "as_published");
            let level = reader.need(&mut section, "level").and_then(|level| reader.word(level, LEVELS));
            let rule = needed_rule(reader, &mut section, &rests, rule::Of::Target);
            level.zip(rule).map(|(level, rule)| NodeBody::EachTarget {
                level,
                rule,
                as_published: as_published.clone(),
            })
        }
        Some(Kind::Indicator) => {
            let at = section.at;
            let read_measure = section.get("measure").map(|value| {
                let value_at = value.span().start;
                (value_at, reader.parameter(value, &rests, measure))
            });
            let of = rule::Of::Indicator {
                weight: weight.as_ref().map(|weight| weight.value.value),
                measure: read_measure
                    .as_ref()
                    .and_then(|(_, read)| read.as_ref())
                    .map(|read| read.value.value),
            };
            let rule = needed_rule(reader, &mut section, &rests, of);
            let none_found =
                section.get("none_found").and_then(|value| reader.parameter(value, &rests, checks));
            let is_manual = matches!(rule, Some(Rule::Manual { .. }));
            match &read_measure {
                Some((at, _)) if is_manual => {
                    let message = "a manual rule measures nothing: leave `measure` out";
                    reader.fault(*at, FaultKind::ManualWithMeasure, message);
                }
                None if rule.is_some() && !is_manual => {
                    reader.fault(at, FaultKind::MeasureMissing, "this rule needs a `measure`");
                }
                _ => {}
            }
            rule.map(|rule| NodeBody::Indicator {
                measure: read_measure.and_then(|(_, read)| read).map(|read| read.value),
                rule,
                none_found: none_found.map(|read| read.value),
            })
        }
    };
    let what = match kind {
        Some(Kind::Group) => "a group",
        Some(Kind::EachTarget) => "a node of kind each_target",
        Some(Kind::Indicator) => "an indicator",
        None => "a node",
    };
    reader.end(&section, what);
    Some(ReadNode { at: section.at, id, name, weight, kind, as_published, body })
}

/// Names of checks.
fn checks(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<String>> {
    let codes: Vec<(&str, &str)> = CHECKS.iter().map(|check| (check.code, check.code)).collect();
    let values = reader.list(value);
    if values.is_empty() {
        reader.fault(value.span().start, FaultKind::BadText, "at least one check has to stand here");
        return None;
    }
    values.into_iter().map(|value| reader.word(value, &codes).map(str::to_owned)).collect()
}

fn needed_rule(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: rule::Of,
) -> Option<Rule> {
    let value = reader.need(section, "rule")?;
    rule::read(reader, value, rests, of)
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

fn fiscal_year(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i16> {
    let year = whole(reader, value, 1949, 2199, "a fiscal year is a whole number from 1949 to 2199")?;
    i16::try_from(year).ok()
}

fn decimals(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<u32> {
    whole(reader, value, 0, 12, "points are rounded to 0 to 12 decimals")
}

fn whole(reader: &mut Reader<'_>, value: &Value<'_>, from: u32, to: u32, message: &str) -> Option<u32> {
    let number = reader.number(value)?;
    let found = number.to_string().parse::<u32>().ok().filter(|whole| (from..=to).contains(whole));
    if found.is_none() {
        reader.fault(value.span().start, FaultKind::BadNumber, message);
    }
    found
}

fn measure(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Measure> {
    let At { at, value } = reader.text(value)?;
    let found = value.parse().ok();
    if found.is_none() {
        let message = format!("\"{value}\" is no measure; there are: {}", Measure::VARIANTS.join(", "));
        reader.fault(at, FaultKind::UnknownMeasure, message);
    }
    found
}
