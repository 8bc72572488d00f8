//! What holds between the parts of a scheme.

use std::collections::{BTreeMap, BTreeSet};

use jixiao_events::scheme::{NodeBody, Parameter};
use jixiao_events::{NodeId, Number};

use super::FaultKind;
use super::node::{Kind, ReadNode};
use super::read::ReadGrade;
use super::toml_reader::{At, Reader};
use crate::domain::state::TOTAL;

/// The most nodes of a scheme: the longest published forms have fewer than a hundred.
const MAX_NODES: usize = 500;

/// The nodes at the top fill the total.
pub(super) fn total(
    reader: &mut Reader<'_>,
    total: Option<&At<Parameter<Number>>>,
    as_published: Option<&str>,
    nodes: &[ReadNode],
) {
    let Some(At { at, value: total }) = total else {
        return;
    };
    if !reader.require(total.value > Number::ZERO, *at, FaultKind::WeightNotPositive, || {
        format!("a total is above 0, not {}", total.value)
    }) || as_published.is_some()
    {
        return;
    }
    let top = |node: &&ReadNode| {
        node.outside.is_none() && node.id.as_ref().is_some_and(|id| id.value.parent().is_none())
    };
    if let Some(sum) = sum(nodes.iter().filter(top))
        && nodes.iter().all(|node| node.id.is_some())
    {
        let message = || {
            format!(
                "the nodes at the top add up to {sum}, not to {}; where it was published so, say why in `as_published`",
                total.value
            )
        };
        reader.require(sum == total.value, *at, FaultKind::TotalNotFilled, message);
    }
}

/// The nodes make a tree, and each group is filled by its children.
pub(super) fn tree(reader: &mut Reader<'_>, nodes: &[ReadNode]) {
    if let Some(first) = nodes.get(MAX_NODES) {
        reader.fault(first.at, FaultKind::TooManyNodes, format!("a scheme has at most {MAX_NODES} nodes"));
    }
    reader.require(!nodes.is_empty(), 0, FaultKind::NoNodes, || {
        "a scheme has at least one `[[node]]`".to_owned()
    });
    let mut known: BTreeMap<&NodeId, Option<Kind>> = BTreeMap::new();
    let mut levels = BTreeSet::new();
    let mut children: BTreeMap<NodeId, Vec<&ReadNode>> = BTreeMap::new();
    for node in nodes {
        if let Some(NodeBody::EachTarget { level, class, .. }) = &node.body
            && !levels.insert((*level, class.as_ref().map(|class| class.value.clone())))
        {
            let message = "another node has the targets of this level and class: each would count twice";
            reader.fault(node.at, FaultKind::LevelTwice, message);
        }
        let Some(At { at, value: id }) = &node.id else {
            continue;
        };
        if known.contains_key(id) {
            reader.fault(*at, FaultKind::DuplicateNode, format!("another node is called {id}"));
            continue;
        }
        if id.as_str() == TOTAL {
            reader.fault(*at, FaultKind::ReservedNode, format!("{TOTAL} is the sum of everything"));
        }
        if let (Some(outside), Some(_)) = (&node.outside, id.parent()) {
            let message = "only at the top a node is outside of the total: what is below goes with it";
            reader.fault(outside.at, FaultKind::OutsideNotAtTop, message);
        }
        if let Some(parent) = id.parent() {
            match known.get(&parent) {
                None => {
                    let message = format!("its parent {parent} has to stand before it");
                    reader.fault(*at, FaultKind::ParentMissing, message);
                }
                Some(Some(Kind::EachTarget | Kind::Indicator)) => {
                    let message = format!("{parent} is no group: nothing stands below it");
                    reader.fault(*at, FaultKind::ParentNotGroup, message);
                }
                Some(Some(Kind::Group) | None) => {}
            }
            children.entry(parent).or_default().push(node);
        }
        known.insert(id, node.kind);
    }
    // A child without a readable id may belong anywhere: what is filled cannot be said then.
    if nodes.iter().any(|node| node.id.is_none()) {
        return;
    }
    let is_filled = |node: &&ReadNode| {
        node.kind == Some(Kind::Group) && node.as_published.is_none() && node.outside.is_none()
    };
    for node in nodes.iter().filter(is_filled) {
        let (Some(id), Some(weight)) = (&node.id, &node.weight) else {
            continue;
        };
        let below = children.get(&id.value).map(Vec::as_slice).unwrap_or_default();
        let combine = node.combine();
        if combine.is_best_of() {
            for child in below.iter().filter_map(|child| child.weight.as_ref()) {
                let stated = weight.value.value;
                let message =
                    || format!("only the best below {} counts: each has its weight of {stated}", id.value);
                reader.require(child.value.value == stated, child.at, FaultKind::BestOf, message);
            }
            continue;
        }
        if let Some(sum) = sum(below.iter().copied()) {
            let stated = combine.out_of.as_ref().map_or(weight.value.value, |out_of| out_of.value);
            let message = || {
                let id = &id.value;
                format!(
                    "the nodes below {id} add up to {sum}, not to {stated}; where it was published so, say why in `as_published`"
                )
            };
            reader.require(sum == stated, weight.at, FaultKind::GroupNotFilled, message);
        }
    }
}

/// Grades descend to 0, so that every total has one.
pub(super) fn grades(reader: &mut Reader<'_>, grades: &[ReadGrade]) {
    reader.require(!grades.is_empty(), 0, FaultKind::NoGrades, || {
        "a scheme has at least one `[[grade]]`".to_owned()
    });
    let mut ids = BTreeSet::new();
    let mut last: Option<Number> = None;
    for (place, grade) in grades.iter().enumerate() {
        if let Some(At { at, value }) = &grade.id {
            let message = || format!("another grade is called {value}");
            reader.require(ids.insert(value.as_str()), *at, FaultKind::DuplicateGrade, message);
        }
        let Some(At { at, value: from }) = &grade.from else {
            continue;
        };
        let descends = last.is_none_or(|last| from.value < last);
        reader.require(descends, *at, FaultKind::GradesNotDescending, || {
            "grades begin with the best: this one is not below the one before".to_owned()
        });
        last = Some(from.value);
        if place + 1 == grades.len() {
            reader.require(from.value.is_zero(), *at, FaultKind::LastGradeNotZero, || {
                "the last grade begins at 0, so that every total has one".to_owned()
            });
        }
    }
}

/// The sum of weights; `None` where one could not be read.
fn sum<'n>(nodes: impl Iterator<Item = &'n ReadNode>) -> Option<Number> {
    nodes.map(|node| node.weight.as_ref().map(|weight| weight.value.value)).sum()
}
