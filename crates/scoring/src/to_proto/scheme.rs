//! Schemes for the wire.

use jixiao_edge::pb_names;
use jixiao_events::SchemeSubject;
use jixiao_events::bounds::Bounds;
use jixiao_events::scheme::{Ask, Basis, Node, NodeBody, Override, Quantity, QuantityBody, Rule};
use jixiao_events::targets::TargetLevel;
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::life;
use crate::domain::state::LoadedScheme;
use crate::explain::{parameters, sums, words};
use crate::rules::{self, Described};

/// A scheme without nodes, grades and text, for lists.
pub(crate) fn scheme_head(loaded: &LoadedScheme) -> pb::Scheme {
    let scheme = &loaded.scheme;
    pb::Scheme {
        name: scheme.scheme.resource(),
        names: Some(pb_names(&scheme.name)),
        version: loaded.version,
        fiscal_year: scheme.fiscal_year.into(),
        region: scheme.region.clone().unwrap_or_default(),
        subject: scheme.subject.map_or(pb::SchemeSubject::Unspecified, subject).into(),
        total: Some(parameter(&Described::new("total", &scheme.total))),
        decimals: scheme.decimals.as_ref().map(|decimals| parameter(&Described::new("decimals", decimals))),
        as_published: scheme.as_published.clone().unwrap_or_default(),
        execution_bound: scheme
            .execution_bound
            .as_ref()
            .map(|bound| parameter(&Described::new("execution_bound", bound))),
        findings: bounds(&scheme.findings),
        effective_from: scheme.effective_from.map(|day| day.to_string()).unwrap_or_default(),
        effective_to: scheme.effective_to.map(|day| day.to_string()).unwrap_or_default(),
        stage: life::stage(loaded.life.stage()).into(),
        approval: loaded.life.approved.as_ref().map(life::approval),
        withdrawal: loaded.life.withdrawn.as_ref().map(life::withdrawal),
        ..Default::default()
    }
}

fn subject(subject: SchemeSubject) -> pb::SchemeSubject {
    match subject {
        SchemeSubject::Fund => pb::SchemeSubject::Fund,
        SchemeSubject::Project => pb::SchemeSubject::Project,
        SchemeSubject::Agency => pb::SchemeSubject::Agency,
    }
}

/// A whole scheme.
pub(crate) fn scheme(loaded: &LoadedScheme) -> pb::Scheme {
    let grades = loaded.scheme.grades.iter().map(|grade| pb::SchemeGrade {
        grade: grade.grade.clone(),
        names: Some(pb_names(&grade.name)),
        from: Some(parameter(&Described::new("from", &grade.from))),
    });
    pb::Scheme {
        nodes: loaded.scheme.nodes.iter().map(node).collect(),
        grades: grades.collect(),
        quantities: loaded.scheme.quantities.iter().map(quantity).collect(),
        monitoring: loaded.scheme.monitoring.iter().map(super::monitoring::scheme_monitor).collect(),
        text: loaded.text.to_string(),
        settings: sums::total_parameters(&loaded.scheme).iter().map(parameter).collect(),
        words: Some(super::words(&sums::total_words(&loaded.scheme))),
        overrides: loaded.scheme.overrides.iter().map(overriding).collect(),
        ..scheme_head(loaded)
    }
}

/// The bounds that a scheme states.
fn bounds(bounds: &Bounds) -> Vec<pb::Parameter> {
    let Bounds { over_target, paid_when_full, progress_gap, tender_days, earlier_year } = bounds;
    let described = [
        over_target.as_ref().map(|bound| Described::new("over_target", bound)),
        paid_when_full.as_ref().map(|bound| Described::new("paid_when_full", bound)),
        progress_gap.as_ref().map(|bound| Described::new("progress_gap", bound)),
        tender_days.as_ref().map(|bound| Described::new("tender_days", bound)),
        earlier_year.as_ref().map(|bound| Described::new("earlier_year", bound)),
    ];
    described.iter().flatten().map(parameter).collect()
}

/// The checks whose findings contradict all points of an indicator.
fn none_found(body: &NodeBody) -> Option<pb::Parameter> {
    let NodeBody::Indicator { none_found: Some(none_found), .. } = body else { return None };
    Some(pb::Parameter {
        key: "none_found".to_owned(),
        value: none_found.value.join(", "),
        basis: basis(none_found.basis).into(),
        source: none_found.source.clone().unwrap_or_default(),
    })
}

pub(crate) fn parameter(described: &Described) -> pb::Parameter {
    pb::Parameter {
        key: described.key.clone(),
        value: described.value.clone(),
        basis: basis(described.basis).into(),
        source: described.source.clone().unwrap_or_default(),
    }
}

pub(crate) fn level(level: TargetLevel) -> pb::TargetLevel {
    match level {
        TargetLevel::Overall => pb::TargetLevel::Overall,
        TargetLevel::Detail => pb::TargetLevel::Detail,
    }
}

fn basis(basis: Basis) -> pb::Basis {
    match basis {
        Basis::Stated => pb::Basis::Stated,
        Basis::Inferred => pb::Basis::Inferred,
        Basis::Assumed => pb::Basis::Assumed,
    }
}

fn quantity(quantity: &Quantity) -> pb::SchemeQuantity {
    let name = quantity.name.clone();
    match quantity.body.clone() {
        QuantityBody::Alias { is } => pb::SchemeQuantity { name, is, ..Default::default() },
        QuantityBody::Sum { parts } => pb::SchemeQuantity { name, parts, ..Default::default() },
        QuantityBody::Rate { numerator, denominator } => {
            pb::SchemeQuantity { name, numerator, denominator, ..Default::default() }
        }
        QuantityBody::Stated {} => pb::SchemeQuantity { name, ..Default::default() },
    }
}

fn node(node: &Node) -> pb::SchemeNode {
    let (kind, as_published, of_level, measure, rule) = match &node.body {
        NodeBody::Group { as_published, .. } => (pb::NodeKind::Group, as_published.clone(), None, None, None),
        NodeBody::EachTarget { level, rule, as_published, .. } => {
            (pb::NodeKind::EachTarget, as_published.clone(), Some(*level), None, Some(rule))
        }
        NodeBody::Indicator { measure, rule, .. } => {
            (pb::NodeKind::Indicator, None, None, measure.as_ref(), Some(rule))
        }
    };
    pb::SchemeNode {
        node: node.node.to_string(),
        names: Some(pb_names(&node.name)),
        kind: kind.into(),
        weight: Some(parameter(&Described::new("weight", &node.weight))),
        as_published: as_published.unwrap_or_default(),
        level: of_level.map_or(pb::TargetLevel::Unspecified, level).into(),
        measure: measure.map(|measure| pb::Parameter {
            key: "measure".to_owned(),
            value: <&str>::from(measure.value).to_owned(),
            basis: basis(measure.basis).into(),
            source: measure.source.clone().unwrap_or_default(),
        }),
        none_found: none_found(&node.body),
        rule: rule.map(|rule: &Rule| <&str>::from(rule).to_owned()).unwrap_or_default(),
        parameters: rule.map(rules::parameters).unwrap_or_default().iter().map(parameter).collect(),
        settings: parameters::of_node(node).iter().map(parameter).collect(),
        words: Some(super::words(&words::of_node(node))),
        asks: match &node.body {
            NodeBody::Indicator { asks, .. } => asks.iter().map(asked).collect(),
            NodeBody::Group { .. } | NodeBody::EachTarget { .. } => Vec::new(),
        },
    }
}

fn asked(ask: &Ask) -> pb::SchemeAsk {
    pb::SchemeAsk { ask: ask.ask.clone(), words: Some(super::words(&words::asked(ask))) }
}

fn overriding(applies: &Override) -> pb::SchemeOverride {
    pb::SchemeOverride {
        names: Some(pb_names(&applies.name)),
        when: applies.when.iter().map(ToString::to_string).collect(),
        grade: applies.grade.value.clone(),
    }
}
