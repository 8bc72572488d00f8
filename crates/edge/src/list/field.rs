//! Fields of what a list shows: found by their path in the message, read as values that compare.

use std::sync::LazyLock;

use jixiao_events::Number;
use jixiao_proto::DESCRIPTORS;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage,
    Value as Raw,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Fault;

/// Money is one value: the yuan.
const MONEY: &str = "google.type.Money";

/// The deepest path that is offered.
const DEEPEST: usize = 4;

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the descriptors are those of this build"));

/// The descriptor of a message of ours.
pub(super) fn described(full_name: &str) -> MessageDescriptor {
    POOL.get_message_by_name(full_name).expect("every message is described")
}

/// What a field holds, in the order of kinds: numbers come before texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Value {
    Bool(bool),
    Number(Number),
    Text(String),
}

impl Value {
    /// A number where a text is written as one: decimals travel as texts.
    pub(super) fn or_number(self) -> Self {
        match &self {
            Self::Text(text) => text.parse().map_or(self, Self::Number),
            Self::Bool(_) | Self::Number(_) => self,
        }
    }
}

/// A field of the items of a list.
#[derive(Debug, Clone)]
pub(super) struct Field {
    path: Vec<FieldDescriptor>,
    pub(super) leaf: Leaf,
    /// Whether it may have several values.
    pub(super) is_many: bool,
}

/// What kind of value a field holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaf {
    Text,
    Number,
    Bool,
    Enum(EnumDescriptor),
    /// Parts of its own: only whether it is there can be asked.
    Message,
}

impl Field {
    /// The field at a path such as `names.zh`. `late`: those that cannot be asked for.
    pub(super) fn find(path: &str, message: &MessageDescriptor, late: &[&str]) -> Result<Self, Fault> {
        let unknown = || {
            let mut names = Vec::new();
            offer(message, "", late, &mut names);
            let path: String = path.chars().take(60).collect();
            let text =
                format!("\"{path}\" is no field of {}; there are {}", message.name(), names.join(", "));
            Fault { reason: "UNKNOWN_FIELD", text }
        };
        let (mut at, mut found, mut is_many) = (Some(message.clone()), Vec::new(), false);
        for name in path.split('.') {
            let field =
                at.as_ref().and_then(|message| message.get_field_by_name(name)).ok_or_else(unknown)?;
            is_many |= field.is_list();
            at = match field.kind() {
                Kind::Message(message) if message.full_name() != MONEY => Some(message),
                _ => None,
            };
            found.push(field);
        }
        let leaf = found.last().and_then(leaf).ok_or_else(unknown)?;
        if found.len() > DEEPEST || is_late(path, late) {
            return Err(unknown());
        }
        Ok(Self { path: found, leaf, is_many })
    }

    /// What an item holds there: nothing where it is left out, several where it repeats.
    pub(super) fn values(&self, item: &DynamicMessage) -> Vec<Value> {
        let mut values = Vec::new();
        collect(item, &self.path, &mut values);
        values
    }
}

fn is_late(path: &str, late: &[&str]) -> bool {
    late.iter()
        .any(|late| path.strip_prefix(late).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

/// What kind of value a field holds; none for one that is never offered.
fn leaf(field: &FieldDescriptor) -> Option<Leaf> {
    if field.is_map() {
        return None;
    }
    match field.kind() {
        Kind::String => Some(Leaf::Text),
        Kind::Bool => Some(Leaf::Bool),
        Kind::Enum(of) => Some(Leaf::Enum(of)),
        Kind::Message(message) if message.full_name() == MONEY => Some(Leaf::Number),
        Kind::Message(_) => Some(Leaf::Message),
        Kind::Double | Kind::Float | Kind::Bytes => None,
        _ => Some(Leaf::Number),
    }
}

/// The paths that can be asked for, for a person to choose from.
fn offer(message: &MessageDescriptor, before: &str, late: &[&str], names: &mut Vec<String>) {
    for field in message.fields() {
        let path = format!("{before}{}", field.name());
        match (leaf(&field), field.kind()) {
            _ if is_late(&path, late) => {}
            (Some(Leaf::Message), Kind::Message(parts)) => {
                if path.split('.').count() < DEEPEST {
                    offer(&parts, &format!("{path}."), late, names);
                }
            }
            (Some(_), _) => names.push(path),
            (None, _) => {}
        }
    }
}

fn collect(message: &DynamicMessage, path: &[FieldDescriptor], values: &mut Vec<Value>) {
    let [field, rest @ ..] = path else { return };
    if field.supports_presence() && !message.has_field(field) {
        return;
    }
    match &*message.get_field(field) {
        Raw::List(list) => list.iter().for_each(|one| take(one, rest, values)),
        one => take(one, rest, values),
    }
}

fn take(raw: &Raw, rest: &[FieldDescriptor], values: &mut Vec<Value>) {
    let value = match raw {
        Raw::Message(parts) if parts.descriptor().full_name() == MONEY => money(parts),
        Raw::Message(parts) if !rest.is_empty() => return collect(parts, rest, values),
        Raw::Message(_) => Some(Value::Bool(true)),
        Raw::Bool(is) => Some(Value::Bool(*is)),
        Raw::I32(number) => Some(Value::Number(i64::from(*number).into())),
        Raw::I64(number) => Some(Value::Number((*number).into())),
        Raw::U32(number) => Some(Value::Number((*number).into())),
        Raw::U64(number) => Some(Value::Number(Number::new(Decimal::from(*number)))),
        // What is not specified is left out.
        Raw::EnumNumber(number) => (*number != 0).then(|| Value::Number(i64::from(*number).into())),
        Raw::String(text) => (!text.is_empty()).then(|| Value::Text(text.clone())),
        Raw::F32(_) | Raw::F64(_) | Raw::Bytes(_) | Raw::List(_) | Raw::Map(_) => None,
    };
    values.extend(value);
}

fn money(parts: &DynamicMessage) -> Option<Value> {
    let units = parts.get_field_by_name("units")?.as_i64()?;
    let nanos = parts.get_field_by_name("nanos")?.as_i32()?;
    Some(Value::Number(Number::from(units) + Number::new(Decimal::new(nanos.into(), 9))))
}
