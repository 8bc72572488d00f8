//! Quantities that a scheme declares: other names, sums and rates of what reports state.

use std::collections::BTreeMap;

use jixiao_events::scheme::{Quantity, QuantityBody};

use super::FaultKind;
use super::node::{Kind, ReadNode};
use super::toml_reader::{At, Reader, Section, Value};
use crate::claims::quantity::Quantity as Known;
use crate::domain::state::TOTAL;

/// The most quantities of a scheme, and the most parts of one.
const MAX_QUANTITIES: usize = 200;
const MAX_PARTS: usize = 50;

/// The most bytes of a name: with a claim's place it becomes part of a key.
const MAX_NAME: usize = 200;

/// A quantity as far as it could be read, with the place of each name in it.
struct Read {
    name: At<String>,
    body: QuantityBody,
    uses: Vec<At<String>>,
}

/// Reads `[[quantities]]`. `None`, with at least one fault noted, where one is wrong.
pub(super) fn quantities(
    reader: &mut Reader<'_>,
    file: &mut Section<'_>,
    nodes: &[ReadNode],
) -> Option<Vec<Quantity>> {
    let Some(value) = file.get("quantities") else {
        return Some(Vec::new());
    };
    let values = reader.list(value);
    let count = values.len();
    let message = || format!("a scheme has at most {MAX_QUANTITIES} quantities");
    reader.require(count <= MAX_QUANTITIES, value.span().start, FaultKind::TooManyQuantities, message);
    let read: Vec<Read> = values.into_iter().filter_map(|value| quantity(reader, value)).collect();
    check(reader, &read, nodes);
    let all = read.into_iter().map(|read| Quantity { name: read.name.value, body: read.body });
    let all: Vec<Quantity> = all.collect();
    (all.len() == count).then_some(all)
}

fn quantity(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Read> {
    let mut section = reader.table(value)?;
    let name = reader.need(&mut section, "name").and_then(|name| self::name(reader, name));
    let at = section.at;
    let forms =
        [section.has("is"), section.has("parts"), section.has("numerator") || section.has("denominator")];
    if forms.iter().filter(|form| **form).count() > 1 {
        let message =
            "a quantity is either `is` another, or has `parts`, or a `numerator` and a `denominator`";
        reader.fault(at, FaultKind::QuantityTwoForms, message);
        return None;
    }
    let (body, uses) = match forms {
        [true, ..] => {
            let is = reader.need(&mut section, "is").and_then(|is| self::name(reader, is))?;
            (QuantityBody::Alias { is: is.value.clone() }, vec![is])
        }
        [_, true, _] => {
            let parts = reader.need(&mut section, "parts")?;
            let list = reader.list(parts);
            let fits = (2..=MAX_PARTS).contains(&list.len());
            let message = || format!("a sum has 2 to {MAX_PARTS} parts");
            reader.require(fits, parts.span().start, FaultKind::QuantityParts, message);
            let parts: Vec<_> = list.into_iter().filter_map(|part| self::name(reader, part)).collect();
            (QuantityBody::Sum { parts: parts.iter().map(|part| part.value.clone()).collect() }, parts)
        }
        [.., true] => {
            let numerator = reader.need(&mut section, "numerator").and_then(|one| self::name(reader, one));
            let denominator =
                reader.need(&mut section, "denominator").and_then(|one| self::name(reader, one));
            let (numerator, denominator) = (numerator?, denominator?);
            let body = QuantityBody::Rate {
                numerator: numerator.value.clone(),
                denominator: denominator.value.clone(),
            };
            (body, vec![numerator, denominator])
        }
        _ => (QuantityBody::Stated {}, Vec::new()),
    };
    reader.end(&section, "a quantity");
    Some(Read { name: name?, body, uses })
}

fn name(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<At<String>> {
    let name = reader.text(value)?;
    let is_good = name.value.len() <= MAX_NAME && !name.value.contains(['/', '\n']);
    let message = || format!("the name of a quantity has at most {MAX_NAME} bytes, no / and no line break");
    reader.require(is_good, name.at, FaultKind::BadQuantity, message).then_some(name)
}

/// Names are new, what they use is known, and nothing is made of itself.
fn check(reader: &mut Reader<'_>, read: &[Read], nodes: &[ReadNode]) {
    let mut declared: BTreeMap<&str, &Read> = BTreeMap::new();
    for one in read {
        let name = one.name.value.as_str();
        if is_known(name, nodes) {
            let message = format!("{name} is a quantity already and cannot be another one");
            reader.fault(one.name.at, FaultKind::KnownQuantity, message);
        } else if declared.insert(name, one).is_some() {
            let message = format!("another quantity is called {name}");
            reader.fault(one.name.at, FaultKind::DuplicateQuantity, message);
        }
    }
    for used in read.iter().flat_map(|one| &one.uses) {
        let name = used.value.as_str();
        let is_there = declared.contains_key(name) || is_known(name, nodes);
        let message = || {
            format!(
                "neither the vocabulary nor this scheme has {name}; if it is only stated, declare it with a `name` alone"
            )
        };
        reader.require(is_there, used.at, FaultKind::UnknownQuantity, message);
    }
    for one in read {
        if makes(&declared, one, &one.name.value, &mut Vec::new()) {
            let message = format!("{} is made of itself", one.name.value);
            reader.fault(one.name.at, FaultKind::QuantityCycle, message);
        }
    }
}

/// Whether the vocabulary has a quantity. That of a node is one where the scheme has the node: itself, everything, or a
/// target below it.
fn is_known(name: &str, nodes: &[ReadNode]) -> bool {
    let is_node = |node: &str| {
        let parent = node.rsplit_once('.').map(|(parent, _)| parent);
        node == TOTAL
            || nodes.iter().any(|other| {
                let id = other.id.as_ref().map(|id| id.value.as_str());
                id == Some(node) || (other.kind == Some(Kind::EachTarget) && id == parent)
            })
    };
    match Known::parse(name) {
        None => false,
        Some(Known::Score(node) | Known::Weight(node) | Known::Deduction(node)) => is_node(&node),
        Some(_) => true,
    }
}

/// Whether a quantity is used, at whatever depth, by another.
fn makes<'r>(declared: &BTreeMap<&str, &'r Read>, of: &'r Read, name: &str, seen: &mut Vec<&'r str>) -> bool {
    of.uses.iter().any(|used| {
        let used = used.value.as_str();
        if used == name {
            return true;
        }
        if seen.contains(&used) {
            return false;
        }
        seen.push(used);
        declared.get(used).is_some_and(|next| makes(declared, next, name, seen))
    })
}
