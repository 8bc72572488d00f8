//! Fields of what a list shows: found by their path in the message, read as values that compare.

use std::sync::LazyLock;

use jixiao_events::Number;
use jixiao_proto::DESCRIPTORS;
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor, FieldDescriptor, Kind,
    MessageDescriptor, ReflectMessage, Value as Raw,
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

/// The option of a field whose text is a decimal.
static DECIMAL: LazyLock<ExtensionDescriptor> = LazyLock::new(|| {
    POOL.get_extension_by_name("jixiao.types.v1.decimal").expect("the option is one of this build's protos")
});

/// What a field holds. A field has values of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Value {
    Bool(bool),
    Number(Number),
    Text(String),
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
    /// An integer, money, or a text that is a decimal.
    Number,
    Bool,
    Enum(EnumDescriptor),
    /// Parts of its own: only whether it is there can be asked.
    Message,
}

impl Field {
    /// The field at a path such as `names.zh`. `late`: those that cannot be asked for.
    pub(super) fn find(path: &str, message: &MessageDescriptor, late: &[&str]) -> Result<Self, Fault> {
        let shown: String = path.chars().take(60).collect();
        let (mut at, mut found, mut is_many) = (Some(message.clone()), Vec::new(), false);
        for name in path.split('.') {
            let within = at.take().filter(|_| found.len() < DEEPEST);
            let field = within.as_ref().and_then(|within| within.get_field_by_name(name));
            let Some((field, kind)) = field.and_then(|field| Some((field.clone(), leaf(&field)?))) else {
                let within = within.as_ref().map_or_else(String::new, |within| {
                    format!("; {} has {}", within.name(), offered(within).join(", "))
                });
                let text = format!("\"{shown}\" is no field of {}{within}", message.name());
                return Err(Fault { reason: "UNKNOWN_FIELD", text });
            };
            is_many |= field.is_list();
            at = match (kind, field.kind()) {
                (Leaf::Message, Kind::Message(parts)) => Some(parts),
                _ => None,
            };
            found.push(field);
        }
        if is_late(path, late) {
            let text = format!("\"{shown}\" is looked for once a page is chosen, and cannot be asked for");
            return Err(Fault { reason: "LATE_FIELD", text });
        }
        let leaf = found.last().and_then(leaf).unwrap_or(Leaf::Message);
        Ok(Self { path: found, leaf, is_many })
    }

    /// What an item holds there: nothing where it is left out, several where it repeats.
    pub(super) fn values(&self, item: &DynamicMessage) -> Vec<Value> {
        let mut values = Vec::new();
        self.collect(item, &self.path, &mut values);
        values
    }

    fn collect(&self, message: &DynamicMessage, path: &[FieldDescriptor], values: &mut Vec<Value>) {
        let [field, rest @ ..] = path else { return };
        if field.supports_presence() && !message.has_field(field) {
            return;
        }
        match &*message.get_field(field) {
            Raw::List(list) => list.iter().for_each(|one| self.take(one, rest, values)),
            one => self.take(one, rest, values),
        }
    }

    fn take(&self, raw: &Raw, rest: &[FieldDescriptor], values: &mut Vec<Value>) {
        let value = match raw {
            Raw::Message(parts) if parts.descriptor().full_name() == MONEY => money(parts),
            Raw::Message(parts) if !rest.is_empty() => return self.collect(parts, rest, values),
            Raw::Message(_) => Some(Value::Bool(true)),
            Raw::Bool(is) => Some(Value::Bool(*is)),
            Raw::I32(number) => Some(Value::Number(i64::from(*number).into())),
            Raw::I64(number) => Some(Value::Number((*number).into())),
            Raw::U32(number) => Some(Value::Number((*number).into())),
            Raw::U64(number) => Some(Value::Number(Number::new(Decimal::from(*number)))),
            // What is not specified is left out.
            Raw::EnumNumber(number) => (*number != 0).then(|| Value::Number(i64::from(*number).into())),
            Raw::String(text) if self.leaf == Leaf::Number => text.parse().ok().map(Value::Number),
            Raw::String(text) => (!text.is_empty()).then(|| Value::Text(text.clone())),
            Raw::F32(_) | Raw::F64(_) | Raw::Bytes(_) | Raw::List(_) | Raw::Map(_) => None,
        };
        values.extend(value);
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
        Kind::String if field.options().get_extension(&DECIMAL).as_bool() == Some(true) => Some(Leaf::Number),
        Kind::String => Some(Leaf::Text),
        Kind::Bool => Some(Leaf::Bool),
        Kind::Enum(of) => Some(Leaf::Enum(of)),
        Kind::Message(message) if message.full_name() == MONEY => Some(Leaf::Number),
        Kind::Message(_) => Some(Leaf::Message),
        Kind::Double | Kind::Float | Kind::Bytes => None,
        _ => Some(Leaf::Number),
    }
}

/// The fields of a message, for a person to choose from; of those with parts that they have some.
fn offered(message: &MessageDescriptor) -> Vec<String> {
    let named = |field: FieldDescriptor| match leaf(&field)? {
        Leaf::Message => Some(format!("{}.…", field.name())),
        _ => Some(field.name().to_owned()),
    };
    message.fields().filter_map(named).collect()
}

fn money(parts: &DynamicMessage) -> Option<Value> {
    let units = parts.get_field_by_name("units")?.as_i64()?;
    let nanos = parts.get_field_by_name("nanos")?.as_i32()?;
    Some(Value::Number(Number::from(units) + Number::new(Decimal::new(nanos.into(), 9))))
}
