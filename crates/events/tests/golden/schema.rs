//! Whether a JSON value is as a schema says: the part of JSON Schema that the events' schemas use.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What is not as the schema says, each with its place; empty where all is. Patterns are left to the types, which
/// check more.
pub(crate) fn faults(root: &Value, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    Check { root }.value(root, value, "", true, &mut faults);
    faults
}

struct Check<'a> {
    root: &'a Value,
}

impl<'a> Check<'a> {
    /// `is_whole`: the schema names all properties that the value may have; one that another refers to may not.
    fn value(&self, schema: &'a Value, value: &Value, place: &str, is_whole: bool, faults: &mut Vec<String>) {
        let Some(schema) = schema.as_object() else { return };
        for (word, rule) in schema {
            match word.as_str() {
                "$ref" => {
                    let is_whole = is_whole && !schema.contains_key("properties");
                    self.value(self.definition(rule), value, place, is_whole, faults);
                }
                "type" => faults.extend(wrong_type(rule, value).map(|found| format!("{place}: {found}"))),
                "const" if rule != value => faults.push(format!("{place}: is not {rule}")),
                "enum" if !rule.as_array().is_some_and(|values| values.contains(value)) => {
                    faults.push(format!("{place}: is none of {rule}"));
                }
                "oneOf" | "anyOf" => self.branch(word, rule, value, place, faults),
                "required" => {
                    for name in rule.as_array().into_iter().flatten().filter_map(Value::as_str) {
                        if value.get(name).is_none() {
                            faults.push(format!("{place}: {name} is missing"));
                        }
                    }
                }
                "properties" => {
                    for (name, rule) in rule.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.value(rule, value, &format!("{place}.{name}"), true, faults);
                        }
                    }
                }
                "items" => {
                    for (at, value) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(rule, value, &format!("{place}[{at}]"), true, faults);
                    }
                }
                // A map: its keys are data.
                "additionalProperties" if !schema.contains_key("properties") => {
                    for (name, value) in value.as_object().into_iter().flatten() {
                        self.value(rule, value, &format!("{place}.{name}"), true, faults);
                    }
                }
                "minimum" if value.as_i64() < rule.as_i64() => {
                    faults.push(format!("{place}: is below {rule}"));
                }
                "maximum" if value.as_i64() > rule.as_i64() => {
                    faults.push(format!("{place}: is above {rule}"));
                }
                "$schema" | "$defs" | "title" | "description" | "default" | "format" | "pattern"
                | "const" | "enum" | "minimum" | "maximum" => {}
                other => faults.push(format!("{place}: this check does not know the word {other}")),
            }
        }
        if let Some(object) = value.as_object().filter(|_| is_whole) {
            let known = self.properties(schema);
            let unknown = object.keys().filter(|name| !known.contains(name.as_str()));
            // Where branches decide, the branch that fits has its own look.
            if !known.is_empty() {
                faults.extend(unknown.map(|name| format!("{place}: {name} is no property")));
            }
        }
    }

    /// One branch has to fit, and for `oneOf` only one. Otherwise says what ails the nearest.
    fn branch(&self, word: &str, branches: &'a Value, value: &Value, place: &str, faults: &mut Vec<String>) {
        let mut found: Vec<Vec<String>> = Vec::new();
        for branch in branches.as_array().into_iter().flatten() {
            let mut faults = Vec::new();
            self.value(branch, value, place, true, &mut faults);
            found.push(faults);
        }
        let fitting = found.iter().filter(|faults| faults.is_empty()).count();
        if fitting == 0 {
            faults.extend(found.into_iter().min_by_key(Vec::len).unwrap_or_default());
        } else if word == "oneOf" && fitting > 1 {
            faults.push(format!("{place}: fits {fitting} branches"));
        }
    }

    /// The properties that a schema names, those that it refers to included.
    fn properties(&self, schema: &'a Map<String, Value>) -> BTreeSet<&'a str> {
        let own = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        let mut names: BTreeSet<&str> = own.map(|(name, _)| name.as_str()).collect();
        if let Some(referred) = schema.get("$ref").and_then(|name| self.definition(name).as_object()) {
            names.extend(self.properties(referred));
        }
        names
    }

    fn definition(&self, reference: &Value) -> &'a Value {
        let name = reference.as_str().and_then(|text| text.strip_prefix('#')).unwrap_or_default();
        self.root.pointer(name).unwrap_or(&Value::Null)
    }
}

fn wrong_type(rule: &Value, value: &Value) -> Option<String> {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer", // no event holds a float
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_allowed =
        rule == found || rule.as_array().is_some_and(|types| types.iter().any(|allowed| allowed == found));
    (!is_allowed).then(|| format!("is {found}, not {rule}"))
}

#[test]
fn finds_what_is_not_as_the_schema_says() {
    let schema = serde_json::json!({
        "$defs": { "Booking": { "type": "object", "properties": { "entry": { "type": "string" } }, "required": ["entry"] } },
        "oneOf": [
            { "type": "object", "properties": { "type": { "const": "paid" } }, "$ref": "#/$defs/Booking", "required": ["type"] },
            { "type": "object", "properties": { "type": { "const": "none" }, "count": { "type": ["integer", "null"] } }, "required": ["type"] }
        ]
    });
    for (value, expected) in [
        (serde_json::json!({ "type": "paid", "entry": "e1" }), true),
        (serde_json::json!({ "type": "paid" }), false),
        (serde_json::json!({ "type": "none", "count": null }), true),
        (serde_json::json!({ "type": "none", "count": "1" }), false),
        (serde_json::json!({ "type": "none", "entry": "e1" }), false),
        (serde_json::json!({ "type": "other" }), false),
        (serde_json::json!(null), false),
    ] {
        assert_eq!(faults(&schema, &value).is_empty(), expected, "{value}");
    }
}
