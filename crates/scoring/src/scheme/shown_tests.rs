//! Every key that a scheme file may have is written by a file of these tests, and is to be seen in what GetScheme shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::parse;
use super::schema::schema;
use super::schema_tests::{DEPARTMENT, MONITORED, NATIONAL, faults, json_of};
use super::tests::{E_GOVERNMENT, SMALL, SMART_CITY};
use crate::domain::state::{LoadedScheme, SchemeLife};
use crate::to_proto;

/// A scheme of what no scheme in use has.
const EVERYTHING: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/scheme/everything.toml");

/// Keys that cannot be changed alone: nothing that is shown rests on these, and what is below a group begins with its path.
const ALONE: [&str; 5] =
    ["Ask[date].basis", "Ask[date].source", "Ask[yes_no].basis", "Ask[yes_no].source", "Node[group].node"];

/// Keys by what they belong to, `Rule[deduct].cap`, and where a file has each.
type Keys = BTreeMap<String, Vec<String>>;

/// What a definition is called: all parameters are written alike.
fn owner_of(reference: &str) -> &str {
    let name = reference.rsplit('/').next().unwrap();
    if name.starts_with("Parameter") { "Parameter" } else { name }
}

fn defined<'s>(root: &'s Value, reference: &Value) -> &'s Value {
    root.pointer(reference.as_str().unwrap().trim_start_matches('#')).unwrap()
}

/// What tells a branch from the others: `kind` of a rule, `watches` of a monitor.
fn tag(branch: &Value) -> Option<(&str, &str)> {
    let properties = branch.get("properties")?.as_object()?;
    properties.iter().find_map(|(key, of)| Some((key.as_str(), of.get("const")?.as_str()?)))
}

fn branch_owner(owner: &str, branch: &Value) -> String {
    tag(branch).map_or_else(|| owner.to_owned(), |(_, kind)| format!("{owner}[{kind}]"))
}

fn branches(of: &Value) -> impl Iterator<Item = &Value> {
    ["anyOf", "oneOf"].into_iter().filter_map(|word| of.get(word)?.as_array()).flatten()
}

/// Every key that the schema has.
fn all_keys(root: &Value, of: &Value, owner: &str, seen: &mut BTreeSet<String>, keys: &mut BTreeSet<String>) {
    if let Some(reference) = of.get("$ref")
        && seen.insert(reference.to_string())
    {
        all_keys(root, defined(root, reference), owner_of(reference.as_str().unwrap()), seen, keys);
    }
    for branch in branches(of) {
        all_keys(root, branch, &branch_owner(owner, branch), seen, keys);
    }
    for (key, of) in of.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if of.get("const").is_none() {
            let id = format!("{owner}.{key}");
            all_keys(root, of, &id, seen, keys);
            keys.insert(id);
        }
    }
    if let Some(items) = of.get("items") {
        all_keys(root, items, owner, seen, keys);
    }
}

/// The keys that a file has.
fn keys_in(root: &Value, of: &Value, owner: &str, value: &Value, at: &str, keys: &mut Keys) {
    if let Some(reference) = of.get("$ref") {
        let owner = owner_of(reference.as_str().unwrap());
        keys_in(root, defined(root, reference), owner, value, at, keys);
    }
    if let Some(branch) = branches(of).find(|branch| faults(root, branch, value, at).is_empty()) {
        keys_in(root, branch, &branch_owner(owner, branch), value, at, keys);
    }
    for (key, of) in of.get("properties").and_then(Value::as_object).into_iter().flatten() {
        if let Some(value) = value.get(key).filter(|_| of.get("const").is_none()) {
            let (id, at) = (format!("{owner}.{key}"), format!("{at}/{key}"));
            keys_in(root, of, &id, value, &at, keys);
            keys.entry(id).or_default().push(at);
        }
    }
    if let Some(items) = of.get("items") {
        for (place, value) in value.as_array().into_iter().flatten().enumerate() {
            keys_in(root, items, owner, value, &format!("{at}/{place}"), keys);
        }
    }
}

/// A value as a file has it.
fn toml_of(value: &Value, is_date: bool) -> String {
    match value {
        Value::Object(table) => {
            let parts = table.iter().map(|(key, value)| format!("{key} = {}", toml_of(value, false)));
            format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => {
            let parts: Vec<_> = list.iter().map(|value| toml_of(value, false)).collect();
            format!("[{}]", parts.join(", "))
        }
        Value::String(date) if is_date => date.clone(),
        other => other.to_string(),
    }
}

fn file_of(file: &Value) -> String {
    let lines = file
        .as_object()
        .unwrap()
        .iter()
        .map(|(key, value)| format!("{key} = {}\n", toml_of(value, key.starts_with("effective_"))));
    lines.collect()
}

/// What GetScheme shows of a file, but for the file itself; `None` where it is refused.
fn shown(file: &Value) -> Option<String> {
    let scheme = Arc::new(parse(&file_of(file)).ok()?);
    let loaded = LoadedScheme { version: 1, scheme, text: "".into(), life: SchemeLife::default() };
    Some(format!("{:?}", to_proto::scheme(&loaded)))
}

/// Other values that a key may have.
fn others(value: &Value) -> Vec<Value> {
    let mut others = Vec::new();
    match value {
        Value::Bool(is) => others.push(json!(!is)),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => others.extend([json!(whole + 1), json!(whole - 1)]),
            None => others.push(json!(1)),
        },
        Value::String(text) => {
            others.push(json!(format!("{text}x")));
            // The last digit is another one.
            if let Some((at, digit)) = text.char_indices().rev().find(|(_, letter)| letter.is_ascii_digit()) {
                let next = if digit == '1' { "2" } else { "1" };
                others.push(json!(format!("{}{next}{}", &text[..at], &text[at + 1..])));
            }
            let words = [
                "stated",
                "overall",
                "detail",
                "days",
                "months_begun",
                "met",
                "points",
                "either",
                "money",
                "original",
                "received",
                "adjusted",
                "linear",
                "step",
                "begun",
                "whole",
                "below",
                "above",
                "budget.received",
                "budget.original",
                "budget.paid",
                "yes_no",
                "agency",
                "weak",
            ];
            others.extend(words.map(|word| json!(word)));
        }
        Value::Array(list) if list.len() > 1 => others.push(json!(list[1..])),
        Value::Object(table) => {
            let changed = table.iter().flat_map(|(key, value)| {
                let put = |other: Value| {
                    let mut table: Map<String, Value> = table.clone();
                    table.insert(key.clone(), other);
                    Value::Object(table)
                };
                others_of_parts(value).into_iter().map(put).collect::<Vec<_>>()
            });
            others.extend(changed);
        }
        _ => {}
    }
    // What is a plain value rests on something else.
    others.push(json!({ "value": value, "basis": "stated", "source": "别处" }));
    others
}

fn others_of_parts(value: &Value) -> Vec<Value> {
    if value.is_object() || value.is_array() { Vec::new() } else { others(value) }
}

/// Whether a key of a file is to be seen: without it, or with another value, something else is shown.
fn is_shown(file: &Value, at: &str, before: &str) -> bool {
    let (above, key) = at.rsplit_once('/').unwrap();
    let differs = |file: &Value| shown(file).is_some_and(|after| after != before);
    let mut without = file.clone();
    let parent = without.pointer_mut(above).and_then(Value::as_object_mut).unwrap();
    let value = parent.remove(key).unwrap();
    differs(&without)
        || others(&value).into_iter().any(|other| {
            let mut with = file.clone();
            *with.pointer_mut(at).unwrap() = other;
            differs(&with)
        })
}

#[test]
fn every_key_of_the_schema_is_written_and_shown() {
    let schema = schema();
    let mut wanted = BTreeSet::new();
    all_keys(&schema, &schema, "Scheme", &mut BTreeSet::new(), &mut wanted);
    assert!(wanted.len() > 120, "{}", wanted.len());
    let (mut written, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let everything = std::fs::read_to_string(EVERYTHING).unwrap();
    for text in [&everything, SMALL, MONITORED, SMART_CITY, E_GOVERNMENT, NATIONAL, DEPARTMENT] {
        let file = json_of(text);
        let before = shown(&file).unwrap_or_else(|| panic!("{:#?}", parse(&file_of(&file))));
        let mut keys = Keys::new();
        keys_in(&schema, &schema, "Scheme", &file, "", &mut keys);
        for (key, places) in keys {
            let is_new = !seen.contains(&key);
            if is_new && places.iter().take(8).any(|at| is_shown(&file, at, &before)) {
                seen.insert(key.clone());
            }
            written.insert(key);
        }
    }
    let missing: Vec<_> = wanted.difference(&written).collect();
    let unseen: Vec<_> = wanted.difference(&seen).filter(|key| !ALONE.contains(&key.as_str())).collect();
    assert!(
        missing.is_empty() && unseen.is_empty(),
        "no file of the tests has {missing:#?}; GetScheme does not show {unseen:#?}"
    );
}
