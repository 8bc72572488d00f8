//! The JSON Schema of scheme files, for editors: `docs/scheme.schema.json`.
//!
//! It is made of the schema of a scheme as events hold it, so that a new kind of rule, measure or question is in it without
//! a line here. What differs between both forms is said here: parameters may be plain values, what a node, a rule or a
//! question is stands in its own table, conditions are texts, bands end with `up_to` or `below`.

use jixiao_events::scheme::Scheme;
use serde_json::{Map, Value, json};

use crate::findings::CHECKS;

type Definitions = Map<String, Value>;

/// The schema of scheme files.
pub fn schema() -> Value {
    let mut root = serde_json::to_value(schemars::schema_for!(Scheme)).unwrap_or_default();
    let mut of = match root.get_mut("$defs").map(Value::take) {
        Some(Value::Object(definitions)) => definitions,
        _ => Definitions::new(),
    };
    for definition in of.values_mut().chain([&mut root]) {
        without_null(definition);
    }
    parameters(&mut of);
    of.insert("Number".to_owned(), json!({ "description": "A decimal.", "type": "number" }));
    of.insert(
        "Condition".to_owned(),
        json!({ "description": "A comparison, \"value < 100\".", "type": "string" }),
    );
    of.insert(
        "Scale".to_owned(),
        json!({ "description": "A number or a date.", "anyOf": [{ "type": "number" }, { "type": "string" }] }),
    );
    band(&mut of);
    rule(&mut of);
    flatten(&mut of, "Ask", "kind", "AskKind", &[]);
    flatten(&mut of, "Quantity", "body", "QuantityBody", &["kind"]);
    node(&mut of);
    monitor(&mut of);
    for rests in ["Grade", "Override", "Bounds", "Checkpoint"] {
        of.get_mut(rests).into_iter().for_each(with_basis);
    }
    file(&mut root);
    for definition in of.values_mut().chain([&mut root]) {
        closed(definition);
    }
    reachable(&root, &mut of);
    let mut whole = Map::new();
    let about = "A scheme of Jixiao: the rules of an evaluation. docs/schemes.md explains it.";
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("title".to_owned(), json!("Scheme"));
    if let Value::Object(root) = root {
        whole.extend(root.into_iter().filter(|(key, _)| !key.starts_with('$') && key != "title"));
    }
    whole.insert("description".to_owned(), json!(about));
    whole.insert("$defs".to_owned(), Value::Object(of));
    Value::Object(whole)
}

/// A file leaves out what is not there: nothing in it is null.
fn without_null(schema: &mut Value) {
    let branches = schema.get("anyOf").and_then(Value::as_array).cloned().unwrap_or_default();
    let is_null = |branch: &Value| *branch == json!({ "type": "null" });
    if let ([other], true) = (
        branches.iter().filter(|branch| !is_null(branch)).collect::<Vec<_>>().as_slice(),
        branches.iter().any(is_null),
    ) && let (Some(schema), Some(other)) = (schema.as_object_mut(), other.as_object())
    {
        schema.remove("anyOf");
        schema.extend(other.clone());
    }
    match schema {
        Value::Object(parts) => {
            if let Some(Value::Array(types)) = parts.get_mut("type") {
                types.retain(|one| one != "null");
                if let [one] = types.as_slice() {
                    let one = one.clone();
                    parts.insert("type".to_owned(), one);
                }
            }
            if let Some(Value::String(text)) = parts.get_mut("description") {
                *text = text.replace("`None`", "left out");
            }
            parts.remove("default");
            parts.values_mut().for_each(without_null);
        }
        Value::Array(parts) => parts.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// A parameter is a plain value, or a table of value, basis and source.
fn parameters(of: &mut Definitions) {
    let codes: Vec<&str> = CHECKS.iter().map(|check| check.code).collect();
    for (name, definition) in of.iter_mut().filter(|(name, _)| name.starts_with("Parameter")) {
        let Some(mut value) = definition.pointer("/properties/value").cloned() else { continue };
        if let Some(value) = value.as_object_mut() {
            value.remove("description");
            // The only list of texts that a parameter holds is one of checks.
            if value.get("items") == Some(&json!({ "type": "string" })) {
                value.insert("items".to_owned(), json!({ "type": "string", "enum": codes }));
                value.insert("minItems".to_owned(), json!(1));
            }
        }
        let table = json!({
            "type": "object",
            "properties": {
                "value": value.clone(),
                "basis": { "$ref": "#/$defs/Basis" },
                "source": { "type": "string", "description": "Where it is stated, from what it is inferred, or why it is assumed." },
            },
            "required": ["value"],
        });
        let about = format!("A value, or a table of value, basis and source ({name}).");
        *definition = json!({ "description": about, "anyOf": [value, table] });
    }
}

/// A band ends with `up_to`, which it includes, or with `below`, which it does not.
fn band(of: &mut Definitions) {
    let Some(band) = of.get_mut("Band") else { return };
    if let Some(properties) = band.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("inclusive");
        if let Some(mut end) = properties.get("up_to").cloned() {
            end["description"] = json!("Its upper end, which does not belong to it.");
            properties.insert("below".to_owned(), end);
        }
    }
    require(band, |name| name != "inclusive");
}

/// A rule says its kind by `kind`.
fn rule(of: &mut Definitions) {
    let Some(branches) =
        of.get_mut("Rule").and_then(|rule| rule.get_mut("oneOf")).and_then(Value::as_array_mut)
    else {
        return;
    };
    for branch in branches {
        if let Some(properties) = branch.get_mut("properties").and_then(Value::as_object_mut)
            && let Some(kind) = properties.remove("rule")
        {
            properties.insert("kind".to_owned(), kind);
        }
        if let Some(required) = branch.get_mut("required").and_then(Value::as_array_mut) {
            required.iter_mut().filter(|name| *name == "rule").for_each(|name| *name = json!("kind"));
        }
        with_basis(branch);
    }
}

/// Puts what a table is by its `body` into the table itself, a branch each, without some keys.
fn flatten(of: &mut Definitions, table: &str, body: &str, bodies: &str, without: &[&str]) {
    let (Some(own), Some(branches)) = (
        of.get(table).cloned(),
        of.get(bodies).and_then(|of| of.get("oneOf")).and_then(Value::as_array).cloned(),
    ) else {
        return;
    };
    let merged = branches.into_iter().map(|branch| {
        let mut whole = own.clone();
        if let Some(properties) = whole.get_mut("properties").and_then(Value::as_object_mut) {
            properties.remove(body);
            properties
                .extend(branch.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
            properties.retain(|name, _| !without.contains(&name.as_str()));
        }
        let more = branch.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        if let Some(required) = whole.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|name| name != body);
            required.extend(more.into_iter().filter(|name| !required_twice(&own, body, name)));
        }
        require(&mut whole, |name| !without.contains(&name));
        if let Some(about) = branch.get("description") {
            whole["description"] = about.clone();
        }
        if table == "Ask" {
            with_basis(&mut whole);
        }
        whole
    });
    let merged: Vec<Value> = merged.collect();
    of.insert(table.to_owned(), json!({ "oneOf": merged }));
}

/// Whether a key is required by the table itself already.
fn required_twice(own: &Value, body: &str, name: &Value) -> bool {
    let required = own.get("required").and_then(Value::as_array);
    name != body && required.is_some_and(|required| required.contains(name))
}

/// A node holds what its kind has; how the points below it come together, and the rules of single criteria, stand in it.
fn node(of: &mut Definitions) {
    let parts = |of: &Definitions, name: &str| {
        of.get(name)
            .and_then(|of| of.get("properties"))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    };
    let (combine, rules) = (parts(of, "Combine"), parts(of, "CriterionRules"));
    let equal = json!({ "description": "To how many decimals its weight is divided equally among what is below it.", "type": "integer" });
    flatten(of, "Node", "body", "NodeBody", &[]);
    let branches = of.get_mut("Node").and_then(|node| node.get_mut("oneOf")).and_then(Value::as_array_mut);
    for branch in branches.into_iter().flatten() {
        let is = |kind: &str| branch.pointer("/properties/kind/const") == Some(&json!(kind));
        let (is_group, is_indicator) = (is("group"), is("indicator"));
        let of_targets = is("each_target");
        if let Some(properties) = branch.get_mut("properties").and_then(Value::as_object_mut) {
            if properties.remove("combine").is_some() {
                properties.extend(combine.clone());
            }
            if properties.remove("rules").is_some() {
                properties.extend(rules.clone());
            }
            if is_group {
                let decimals = properties.get("equal_parts").cloned().unwrap_or_else(|| equal.clone());
                properties.insert("equal_parts".to_owned(), decimals);
            }
            if !is_indicator {
                properties.remove("optional");
            }
            // Targets are not alternatives of each other.
            if of_targets {
                properties.remove("best_of");
            }
        }
        // What is divided equally has no weight of its own.
        require(branch, |name| !["combine", "rules", "weight"].contains(&name));
        with_basis(branch);
    }
}

/// A monitor says in its own table what it watches, and its limits: bounds of a distance, or progress by checkpoints or in
/// proportion to time.
fn monitor(of: &mut Definitions) {
    let branches = |of: &Definitions, name: &str| {
        of.get(name).and_then(|of| of.get("oneOf")).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let is = |branch: &Value, key: &str, word: &str| {
        branch.get("properties").and_then(|of| of.get(key)).and_then(|of| of.get("const"))
            == Some(&json!(word))
    };
    let (watched, limits) = (branches(of, "Watched"), branches(of, "Limits"));
    let limit = |word: &str| {
        let found = limits.iter().find(|limits| is(limits, "limits", word));
        let mut properties =
            found.and_then(|of| of.get("properties")).and_then(Value::as_object).cloned().unwrap_or_default();
        properties.remove("limits");
        properties
    };
    let mut in_time =
        json!({ "type": "object", "properties": limit("time_proportional"), "required": ["elapsed"] });
    with_basis(&mut in_time);
    let checkpoints = limit("checkpoints");
    let Some(own) = of.get("Monitor").and_then(|of| of.get("properties")).and_then(Value::as_object).cloned()
    else {
        return;
    };
    let of_kind = watched.iter().map(|watched| {
        let mut properties = own.clone();
        properties.remove("watched");
        properties.remove("limits");
        let more = watched.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
        properties.extend(more);
        let what = properties.remove("watches").unwrap_or_default();
        if what.get("const") == Some(&json!("gap")) {
            properties.extend(limit("distance"));
        } else {
            properties.extend(checkpoints.clone());
            properties.insert("time_proportional".to_owned(), in_time.clone());
        }
        properties.insert("watches".to_owned(), what);
        let own = ["monitor", "name", "watches"].map(|name| json!(name));
        let more = watched.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let more = more.into_iter().filter(|name| name != "watches");
        let required: Vec<Value> = own.into_iter().chain(more).collect();
        let mut branch = json!({ "type": "object", "properties": properties, "required": required });
        with_basis(&mut branch);
        branch
    });
    let of_kind: Vec<Value> = of_kind.collect();
    of.insert("Monitor".to_owned(), json!({ "oneOf": of_kind }));
}

/// The file: its lists have names in the singular.
fn file(root: &mut Value) {
    let singular = [("nodes", "node"), ("grades", "grade"), ("overrides", "override")];
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        for (many, one) in singular {
            if let Some(list) = properties.remove(many) {
                properties.insert(one.to_owned(), list);
            }
        }
        if let Some(year) = properties.get_mut("fiscal_year") {
            *year = json!({ "description": "The fiscal year that it is for.", "type": "integer", "minimum": 1949, "maximum": 2199 });
        }
    }
    for name in root.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some((_, one)) = singular.iter().find(|(many, _)| name == many) {
            *name = json!(one);
        }
    }
    with_basis(root);
}

/// What plain values in a table rest on.
fn with_basis(table: &mut Value) {
    if let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("basis".to_owned(), json!({ "$ref": "#/$defs/Basis" }));
        properties.insert("source".to_owned(), json!({ "type": "string" }));
    }
}

/// Leaves only some of what is required.
fn require(table: &mut Value, keep: impl Fn(&str) -> bool) {
    if let Some(required) = table.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_some_and(&keep));
    }
}

/// No table has other keys than those named.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(parts) => {
            parts.values_mut().for_each(closed);
            if parts.get("properties").is_some_and(Value::is_object)
                && parts.get("type") == Some(&json!("object"))
            {
                parts.insert("additionalProperties".to_owned(), json!(false));
            }
        }
        Value::Array(parts) => parts.iter_mut().for_each(closed),
        _ => {}
    }
}

/// Drops definitions that nothing refers to.
fn reachable(root: &Value, of: &mut Definitions) {
    let mut known = Vec::new();
    let mut open = Vec::new();
    referred(root, &mut open);
    while let Some(name) = open.pop() {
        if !known.contains(&name) {
            of.get(&name).into_iter().for_each(|definition| referred(definition, &mut open));
            known.push(name);
        }
    }
    of.retain(|name, _| known.contains(name));
}

fn referred(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Object(parts) => {
            let name = parts.get("$ref").and_then(Value::as_str).and_then(|at| at.strip_prefix("#/$defs/"));
            found.extend(name.map(str::to_owned));
            parts.values().for_each(|part| referred(part, found));
        }
        Value::Array(parts) => parts.iter().for_each(|part| referred(part, found)),
        _ => {}
    }
}
