//! The schema for editors against the reader, in both directions.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Map, Value, json};
use toml::de::{DeTable, DeValue};

use super::schema::schema;
use super::tests::{E_GOVERNMENT, SMALL, SMART_CITY};
use super::{FaultKind, parse};

pub(super) const NATIONAL: &str = include_str!("../../../../schemes/national-self-evaluation.toml");
pub(super) const DEPARTMENT: &str = include_str!("../../../../schemes/department-evaluation.toml");

pub(super) const MONITORED: &str = include_str!("../../../../tests/tests/suite/monitoring/scheme.toml");

/// A file as the schema sees it.
pub(super) fn json_of(text: &str) -> Value {
    let table = DeTable::parse(text).unwrap();
    table_of(table.get_ref())
}

fn table_of(table: &DeTable<'_>) -> Value {
    let parts = table.iter().map(|(key, value)| (key.get_ref().to_string(), value_of(value.get_ref())));
    Value::Object(parts.collect::<Map<_, _>>())
}

fn value_of(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(number) => json!(number.as_str().parse::<i64>().unwrap()),
        DeValue::Float(number) => serde_json::from_str(number.as_str()).unwrap(),
        DeValue::Boolean(is) => json!(is),
        DeValue::Datetime(date) => json!(date.to_string()),
        DeValue::Array(list) => list.iter().map(|value| value_of(value.get_ref())).collect(),
        DeValue::Table(table) => table_of(table),
    }
}

/// What of a value is not as the schema says.
pub(super) fn faults(root: &Value, of: &Value, value: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let parts = of.as_object().unwrap();
    for (word, said) in parts {
        let wrong = |is: bool, what: &str| (!is).then(|| format!("{at}: {what} {said}"));
        match word.as_str() {
            "$ref" => {
                let definition = root.pointer(said.as_str().unwrap().trim_start_matches('#')).unwrap();
                found.extend(faults(root, definition, value, at));
            }
            "type" => {
                let is = match said.as_str().unwrap() {
                    "string" => value.is_string(),
                    "number" => value.is_number(),
                    "integer" => value.is_i64(),
                    "boolean" => value.is_boolean(),
                    "array" => value.is_array(),
                    "object" => value.is_object(),
                    other => panic!("unknown type {other}"),
                };
                found.extend(wrong(is, "is no"));
            }
            "const" => found.extend(wrong(value == said, "is not")),
            "enum" => found.extend(wrong(said.as_array().unwrap().contains(value), "is none of")),
            "minimum" => {
                found.extend(wrong(value.as_i64().is_none_or(|it| it >= said.as_i64().unwrap()), "is below"));
            }
            "maximum" => {
                found.extend(wrong(value.as_i64().is_none_or(|it| it <= said.as_i64().unwrap()), "is above"));
            }
            "minItems" => {
                let is = value.as_array().is_none_or(|it| it.len() as u64 >= said.as_u64().unwrap());
                found.extend(wrong(is, "has fewer than"));
            }
            "anyOf" | "oneOf" => {
                let of_branches: Vec<_> =
                    said.as_array().unwrap().iter().map(|branch| faults(root, branch, value, at)).collect();
                let fit = of_branches.iter().filter(|faults| faults.is_empty()).count();
                if fit == 0 {
                    found.extend(of_branches.into_iter().min_by_key(Vec::len).unwrap());
                }
                assert!(word == "anyOf" || fit < 2, "{at} fits {fit} branches");
            }
            "required" => {
                let missing = said
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|name| value.get(name.as_str().unwrap()).is_none());
                found.extend(missing.map(|name| format!("{at}: {name} is missing")));
            }
            "properties" => {
                for (name, of) in said.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(faults(root, of, value, &format!("{at}.{name}")));
                    }
                }
            }
            "additionalProperties" => {
                assert_eq!(said, &json!(false));
                let known = parts["properties"].as_object().unwrap();
                let unknown =
                    value.as_object().into_iter().flatten().filter(|(name, _)| !known.contains_key(*name));
                found.extend(unknown.map(|(name, _)| format!("{at}: {name} does not belong here")));
            }
            "items" => {
                for (place, value) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(faults(root, said, value, &format!("{at}[{place}]")));
                }
            }
            "$schema" | "$defs" | "title" | "description" | "format" | "pattern" => {}
            other => panic!("unknown word {other}"),
        }
    }
    found
}

#[test]
fn the_published_schema_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/scheme.schema.json");
    let written = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("JIXIAO_BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, &written).unwrap();
    }
    // Key by key: their order hangs on what else is built with it.
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    let stored: Option<Value> = serde_json::from_str(&stored).ok();
    assert!(
        stored == Some(schema()),
        "docs/scheme.schema.json is not that of the code: run with JIXIAO_BLESS=1"
    );
}

#[test]
fn what_the_reader_takes_the_schema_takes() {
    let schema = schema();
    let dated = SMALL.replacen("total = 10", "total = 10\neffective_from = 2019-01-01\nregion = \"无锡\"", 1);
    let with_basis =
        SMALL.replacen("weight = 4", "weight = { value = 4, basis = \"stated\", source = \"第 3 条\" }", 1);
    for text in [SMART_CITY, E_GOVERNMENT, NATIONAL, DEPARTMENT, MONITORED, SMALL, &dated, &with_basis] {
        parse(text).unwrap_or_else(|faults| panic!("{faults:#?}"));
        let found = faults(&schema, &schema, &json_of(text), "");
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn what_a_schema_can_see_both_refuse() {
    let schema = schema();
    for (old, new) in [
        ("scheme = \"small\"\n", ""),
        ("fiscal_year = 2019", "fiscal_year = \"2019\""),
        ("fiscal_year = 2019", "fiscal_year = 1900"),
        ("total = 10", "total = \"10\""),
        ("total = 10", "total = 10\nextra = 1"),
        ("basis = \"assumed\"", "basis = \"guessed\""),
        ("kind = \"group\"", "kind = \"heap\""),
        ("kind = \"group\"", "kind = \"group\"\nmeasure = \"budget.execution_rate.adjusted\""),
        ("level = \"detail\"", "level = \"middle\""),
        ("level = \"detail\"\n", ""),
        ("measure = \"budget.execution_rate.adjusted\"", "measure = \"budget.execution_rate\""),
        ("kind = \"bands\"", "kind = \"bends\""),
        ("below = 80, points = 0", "below = 80"),
        ("below = 80, points = 0", "below = 80, points = 0, pints = 1"),
        ("factor = 0.8", "factor = \"0.8\""),
        ("name = { zh = \"小\" }", "name = { en = \"small\" }"),
        ("weight = 4", "weight = { value = 4, base = \"stated\" }"),
        ("weight = 4", "weight = 4\nnone_found = [\"no_such_check\"]"),
        ("weight = 4", "weight = 4\nnone_found = []"),
        ("from = 8", "form = 8"),
    ] {
        assert!(SMALL.contains(old), "{old}");
        let text = SMALL.replacen(old, new, 1);
        assert!(parse(&text).is_err(), "the reader takes {new}");
        assert!(!faults(&schema, &schema, &json_of(&text), "").is_empty(), "the schema takes {new}");
    }
}

/// The kinds of a definition and the keys that each may have.
fn branches(schema: &Value, definition: &str) -> Vec<(String, Vec<String>)> {
    branches_by(schema, definition, "kind")
}

fn branches_by(schema: &Value, definition: &str, tag: &str) -> Vec<(String, Vec<String>)> {
    let branches = schema["$defs"][definition]["oneOf"].as_array().unwrap();
    let of = |branch: &Value| {
        let properties = branch["properties"].as_object().unwrap();
        let kind = properties[tag]["const"].as_str().unwrap().to_owned();
        (kind, properties.keys().cloned().collect())
    };
    branches.iter().map(of).collect()
}

/// Whether the reader says that a key does not belong where it stands.
#[track_caller]
fn is_known(text: &str, key: &str) -> bool {
    let faults = parse(text).unwrap_err();
    let said = format!("`{key}` does not belong");
    !faults.iter().any(|fault| fault.kind == FaultKind::UnknownKey && fault.message.starts_with(&said))
}

#[test]
fn every_key_of_the_schema_is_one_that_the_reader_knows() {
    let schema = schema();
    let rules = branches(&schema, "Rule");
    let kinds: BTreeSet<&str> = rules.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(kinds, super::rule::KINDS.iter().map(|(word, _)| *word).collect(), "kinds of rules");
    let node = "node = \"a.b\"\nkind = \"indicator\"\nname = { zh = \"乙\" }\nweight = 4\nmeasure = \"budget.execution_rate.adjusted\"\nrule = { kind = \"bands\", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ] }\n";
    assert!(SMALL.contains(node));
    for (kind, keys) in &rules {
        for key in keys.iter().filter(|key| *key != "kind") {
            let rule = format!(
                "node = \"a.b\"\nkind = \"indicator\"\nrule = {{ kind = \"{kind}\", {key} = {{}} }}\n"
            );
            assert!(is_known(&SMALL.replacen(node, &rule, 1), key), "{key} of {kind}");
            let unknown = rule.replacen(&format!("{key} ="), "unheard_of =", 1);
            assert!(!is_known(&SMALL.replacen(node, &unknown, 1), "unheard_of"), "{kind}");
        }
    }
    for (kind, keys) in branches(&schema, "Node") {
        for key in keys.iter().filter(|key| !["kind", "node"].contains(&key.as_str())) {
            let other = format!("node = \"a.b\"\nkind = \"{kind}\"\n{key} = {{}}\n");
            assert!(is_known(&SMALL.replacen(node, &other, 1), key), "{key} of {kind}");
        }
    }
    for (watches, keys) in branches_by(&schema, "Monitor", "watches") {
        for key in keys.iter().filter(|key| *key != "watches") {
            let text = format!("{SMALL}[[monitoring]]\nwatches = \"{watches}\"\n{key} = {{}}\n");
            assert!(is_known(&text, key), "{key} of a monitor of {watches}");
        }
    }
}
