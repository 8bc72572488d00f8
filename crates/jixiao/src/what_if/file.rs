//! A file of hypothetical commands, read: every fault at once, with its line and column.
//!
//! Each `[[command]]` is a call of a service, `service = "ledger"`, `command = "RecordPayment"`, and beside them the fields
//! of the call's request, in the JSON form of its proto. Which commands and fields there are is read from the descriptors,
//! so that a call that is added can be supposed without a line here.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use jixiao_proto::DESCRIPTORS;
use prost_reflect::{
    Cardinality, DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value,
};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use crate::compose::Service;
use crate::import::{BadRow, Said};

#[cfg(test)]
mod tests;

/// The most bytes of a file: a call holds 4 MiB.
const MAX_BYTES: usize = 4 * 1024 * 1024;

static POOL: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).expect("the descriptors are those of this build"));

/// A hypothetical command of a file.
#[derive(Debug, Clone)]
pub struct Supposed {
    /// Whose call it is.
    pub service: Service,
    /// The call, `RecordPayment`.
    pub command: String,
    /// The line that it begins on, from 1.
    pub line: u64,
    /// A `SimulatedCommand` of that service.
    pub message: DynamicMessage,
    /// Where each field of its request stands, `parts[0].amount`: line and column.
    pub places: BTreeMap<String, (u64, u64)>,
}

/// Reads a file: `folder` is where the files that it names are.
pub fn read(file: &str, folder: &Path, bytes: Vec<u8>) -> Result<Vec<Supposed>, Vec<BadRow>> {
    let whole = |said: Said| vec![bad(file, (0, 0), said)];
    if bytes.len() > MAX_BYTES {
        let most = MAX_BYTES / 1024 / 1024;
        return Err(whole(Said::new(
            format!("文件过大，至多 {most} MiB"),
            format!("the file is too large, at most {most} MiB are read"),
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(error.as_bytes().get(..valid).unwrap_or_default());
        let place = Places::of(&before).at(before.len());
        let said = Said::new("不是 UTF-8 编码，请另存为 UTF-8", "not UTF-8: save the file as UTF-8");
        vec![bad(file, place, said)]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let places = Places::of(text);
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { file, folder, places: &places, faults: Vec::new(), fields: BTreeMap::new() };
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let said =
            Said::new(format!("不是 TOML：{}", error.message()), format!("not TOML: {}", error.message()));
        reader.fault(at, said);
    }
    // What is left of a file with broken syntax would only be blamed for what was lost.
    let commands = if errors.is_empty() { reader.file(document.get_ref()) } else { Vec::new() };
    let mut faults = reader.faults;
    if faults.is_empty() {
        return Ok(commands);
    }
    faults.sort_by_key(|(at, _)| *at);
    Err(faults.into_iter().map(|(at, said)| bad(file, places.at(at), said)).collect())
}

fn bad(file: &str, (line, column): (u64, u64), reason: Said) -> BadRow {
    let column = if column == 0 { String::new() } else { column.to_string() };
    BadRow { file: file.to_owned(), line, column, reason }
}

/// Where the lines of a text begin.
struct Places<'t> {
    text: &'t str,
    lines: Vec<usize>,
}

impl<'t> Places<'t> {
    fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(ends).collect() }
    }

    /// The line and the character of a byte, both from 1.
    fn at(&self, byte: usize) -> (u64, u64) {
        let line = self.lines.partition_point(|begin| *begin <= byte).max(1);
        let begin = self.lines[line - 1];
        let before = self.text.get(begin..byte.min(self.text.len())).unwrap_or_default();
        (line as u64, before.chars().count() as u64 + 1)
    }
}

type Entry<'t> = (&'t Spanned<std::borrow::Cow<'t, str>>, &'t Spanned<DeValue<'t>>);

struct Reader<'r> {
    file: &'r str,
    folder: &'r Path,
    places: &'r Places<'r>,
    /// The byte where each is.
    faults: Vec<(usize, Said)>,
    /// Where the fields of the command at hand stand.
    fields: BTreeMap<String, (u64, u64)>,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, said: Said) {
        self.faults.push((at, said));
    }

    /// A key or word that is not known, with the nearest one that is.
    fn unknown(&mut self, at: usize, found: &str, (zh, en): (&str, &str), known: &[String]) {
        let found: String = found.chars().take(80).collect();
        let (zh_hint, en_hint) = match nearest(&found, known) {
            Some(near) => (format!("；是否想写 {near}？"), format!("; did you mean {near}?")),
            None if known.is_empty() => (String::new(), String::new()),
            None => (format!("；有：{}", known.join("、")), format!("; there are: {}", known.join(", "))),
        };
        let said = Said::new(
            format!("没有{zh} \"{found}\"{zh_hint}"),
            format!("there is no {en} \"{found}\"{en_hint}"),
        );
        self.fault(at, said);
    }

    fn file(&mut self, table: &DeTable<'_>) -> Vec<Supposed> {
        let mut commands = Vec::new();
        let mut is_there = false;
        for (key, value) in table {
            if key.get_ref() != "command" {
                self.unknown(key.span().start, key.get_ref(), ("键", "key"), &["command".to_owned()]);
                continue;
            }
            is_there = true;
            let DeValue::Array(list) = value.get_ref() else {
                let said = Said::new("每条命令写成一个 [[command]]", "each command is a table [[command]]");
                self.fault(value.span().start, said);
                continue;
            };
            for command in list {
                match command.get_ref() {
                    DeValue::Table(table) => commands.extend(self.command(table, command.span().start)),
                    _ => self.wrong_type(command, ("表", "a table")),
                }
            }
        }
        if !is_there && table.is_empty() {
            let (zh, en) =
                ("没有命令：每条写成一个 [[command]]", "there is no command: each is a table [[command]]");
            self.fault(0, Said::new(zh, en));
        }
        commands
    }

    fn command(&mut self, table: &DeTable<'_>, at: usize) -> Option<Supposed> {
        let faults = self.faults.len();
        self.fields = BTreeMap::new();
        let services: Vec<String> = Service::ALL.iter().map(|service| service.name().to_owned()).collect();
        let service = self.word(table, at, "service", ("服务", "service"), &services);
        let service = service.and_then(|name| Service::of_name(&name))?;
        let (of, oneof) = calls(service);
        let names: Vec<String> = oneof.keys().cloned().collect();
        let (zh, en) = (format!("{} 的命令", service.name()), format!("command of {}", service.name()));
        let command = self.word(table, at, "command", (&zh, &en), &names)?;
        let field = oneof.get(&command)?;
        let Kind::Message(request) = field.kind() else { return None };
        let fields =
            table.iter().filter(|(key, _)| !["service", "command"].contains(&key.get_ref().as_ref()));
        let request = self.message(&request, fields, "");
        let mut message = DynamicMessage::new(of);
        message.set_field(field, Value::Message(request));
        let places = std::mem::take(&mut self.fields);
        let line = self.places.at(at).0;
        (self.faults.len() == faults).then_some(Supposed { service, command, line, message, places })
    }

    /// One of some words that has to be there.
    fn word(
        &mut self,
        table: &DeTable<'_>,
        at: usize,
        key: &str,
        what: (&str, &str),
        known: &[String],
    ) -> Option<String> {
        let Some(value) = table.get(key) else {
            let said = Said::new(
                format!("缺少 {key}；有：{}", known.join("、")),
                format!("`{key}` is missing; there are: {}", known.join(", ")),
            );
            self.fault(at, said);
            return None;
        };
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(value, ("文字", "a text"));
            return None;
        };
        if !known.iter().any(|known| known == text.as_ref()) {
            self.unknown(value.span().start, text, what, known);
            return None;
        }
        Some(text.clone().into_owned())
    }

    /// A message out of a table; `path` is what stands before the names of its fields.
    fn message<'t>(
        &mut self,
        of: &MessageDescriptor,
        table: impl Iterator<Item = Entry<'t>>,
        path: &str,
    ) -> DynamicMessage {
        let mut message = DynamicMessage::new(of.clone());
        // As they stand in the file: a table has them by name.
        let mut table: Vec<Entry<'t>> = table.collect();
        table.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in table {
            let (name, at) = (key.get_ref().as_ref(), key.span().start);
            let found = of.get_field_by_name(name).or_else(|| of.get_field_by_json_name(name));
            let Some(field) = found else {
                let known: Vec<String> = of.fields().map(|field| field.name().to_owned()).collect();
                self.unknown(at, name, ("字段", "field"), &known);
                continue;
            };
            if path.is_empty() && field.name() == "wait_for" {
                let (zh, en) = (
                    "假设的命令不等待：去掉 wait_for",
                    "what is supposed waits for nothing: leave wait_for out",
                );
                self.fault(at, Said::new(zh, en));
                continue;
            }
            if message.has_field(&field) {
                let said = Said::new(format!("{name} 写了两次"), format!("`{name}` stands here twice"));
                self.fault(at, said);
                continue;
            }
            if let Some(other) = chosen_before(&message, &field) {
                let said = Said::new(
                    format!("{name} 与 {other} 只能写一个"),
                    format!("only one of `{other}` and `{name}` may stand here"),
                );
                self.fault(at, said);
                continue;
            }
            let path = format!("{path}{}", field.name());
            self.fields.insert(path.clone(), self.places.at(value.span().start));
            if let Some(value) = self.field(&field, value, &path) {
                message.set_field(&field, value);
            }
        }
        message
    }

    fn field(&mut self, field: &FieldDescriptor, value: &Spanned<DeValue<'_>>, path: &str) -> Option<Value> {
        if field.cardinality() != Cardinality::Repeated {
            return self.single(&field.kind(), value, path);
        }
        let DeValue::Array(list) = value.get_ref() else {
            self.wrong_type(value, ("列表", "a list"));
            return None;
        };
        let mut values = Vec::new();
        for (at, value) in list.iter().enumerate() {
            let path = format!("{path}[{at}]");
            self.fields.insert(path.clone(), self.places.at(value.span().start));
            values.extend(self.single(&field.kind(), value, &path));
        }
        Some(Value::List(values))
    }

    fn single(&mut self, kind: &Kind, value: &Spanned<DeValue<'_>>, path: &str) -> Option<Value> {
        match (kind, value.get_ref()) {
            (Kind::String, DeValue::String(text)) => Some(Value::String(text.clone().into_owned())),
            (Kind::String, DeValue::Table(table)) => self.text_of_file(table, value).map(Value::String),
            (Kind::String, DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_)) => {
                let said = Said::new("须为文字：加上引号", "a text has to stand here: write it in quotes");
                self.fault(value.span().start, said);
                None
            }
            (Kind::Bool, DeValue::Boolean(is)) => Some(Value::Bool(*is)),
            (Kind::Message(of), DeValue::Table(table)) => {
                Some(Value::Message(self.message(of, table.iter(), &format!("{path}."))))
            }
            (Kind::Enum(of), DeValue::String(word)) => {
                let known = of.get_value_by_name(word).filter(|value| value.number() != 0);
                if known.is_none() {
                    let names = of.values().filter(|value| value.number() != 0);
                    let names: Vec<String> = names.map(|value| value.name().to_owned()).collect();
                    self.unknown(value.span().start, word, ("值", "value"), &names);
                }
                known.map(|value| Value::EnumNumber(value.number()))
            }
            (
                Kind::Int32
                | Kind::Sint32
                | Kind::Sfixed32
                | Kind::Int64
                | Kind::Sint64
                | Kind::Sfixed64
                | Kind::Uint32
                | Kind::Fixed32
                | Kind::Uint64
                | Kind::Fixed64,
                DeValue::Integer(_) | DeValue::String(_),
            ) => self.integer(kind, value),
            (Kind::Bool, _) => self.none(value, ("true 或 false", "true or false")),
            (Kind::Message(_), _) => self.none(value, ("表", "a table")),
            (Kind::String | Kind::Enum(_), _) => self.none(value, ("文字", "a text")),
            (Kind::Bytes | Kind::Float | Kind::Double, _) => {
                self.none(value, ("本程序能读的内容", "what this program can read"))
            }
            _ => self.none(value, ("整数", "a whole number")),
        }
    }

    /// A whole number; as in JSON, a long one may be written as a text.
    fn integer(&mut self, kind: &Kind, value: &Spanned<DeValue<'_>>) -> Option<Value> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => {
                let digits: String = number.as_str().chars().filter(|char| *char != '_').collect();
                i128::from_str_radix(&digits, number.radix()).ok()
            }
            DeValue::String(text) => text.parse::<i128>().ok(),
            _ => None,
        };
        let read = number.and_then(|number| match kind {
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => i32::try_from(number).ok().map(Value::I32),
            Kind::Uint32 | Kind::Fixed32 => u32::try_from(number).ok().map(Value::U32),
            Kind::Uint64 | Kind::Fixed64 => u64::try_from(number).ok().map(Value::U64),
            _ => i64::try_from(number).ok().map(Value::I64),
        });
        if read.is_none() {
            let said = Said::new("不是此处允许的整数", "not a whole number that may stand here");
            self.fault(value.span().start, said);
        }
        read
    }

    /// A long text in a file of its own, `{ file = "scheme.toml" }`.
    fn text_of_file(&mut self, table: &DeTable<'_>, value: &Spanned<DeValue<'_>>) -> Option<String> {
        let mut name = None;
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("file", DeValue::String(text)) => name = Some((text, value.span().start)),
                ("file", _) => self.wrong_type(value, ("文字", "a text")),
                (other, _) => self.unknown(key.span().start, other, ("键", "key"), &["file".to_owned()]),
            }
        }
        let Some((name, at)) = name else {
            if table.is_empty() {
                let said = Said::new(
                    "须为文字，或另一个文件的内容：{ file = \"…\" }",
                    "a text has to stand here, or that of another file: { file = \"…\" }",
                );
                self.fault(value.span().start, said);
            }
            return None;
        };
        let read = std::fs::read_to_string(self.folder.join(name.as_ref()));
        let text = read.map_err(|error| {
            let said = Said::new(
                format!("无法读取 {name}（{} 所在目录下）：{error}", self.file),
                format!("{name}, in the folder of {}, cannot be read: {error}", self.file),
            );
            self.fault(at, said);
        });
        text.ok()
    }

    fn none(&mut self, value: &Spanned<DeValue<'_>>, wanted: (&str, &str)) -> Option<Value> {
        self.wrong_type(value, wanted);
        None
    }

    fn wrong_type(&mut self, value: &Spanned<DeValue<'_>>, (zh, en): (&str, &str)) {
        let found = value.get_ref().type_str();
        let said = Said::new(
            format!("此处须为{zh}，而不是 {found}"),
            format!("{en} has to stand here, not a value of type {found}"),
        );
        self.fault(value.span().start, said);
    }
}

/// Another field of the same choice, if it has a value.
fn chosen_before(message: &DynamicMessage, field: &FieldDescriptor) -> Option<String> {
    let choice = field.containing_oneof().filter(|choice| !choice.is_synthetic())?;
    let other = choice.fields().find(|other| other != field && message.has_field(other))?;
    Some(other.name().to_owned())
}

/// The message of a service's hypothetical commands, and for each of its calls the field that holds the call's request.
fn calls(service: Service) -> (MessageDescriptor, BTreeMap<String, FieldDescriptor>) {
    let package = format!("jixiao.{}.v1", service.name());
    let of = POOL.get_message_by_name(&format!("{package}.SimulatedCommand"));
    let of = of.expect("every service simulates");
    let methods = POOL.get_service_by_name(service.grpc_name()).expect("every service is described");
    let fields = methods.methods().filter_map(|method| {
        let input = Kind::Message(method.input());
        let field = of.fields().find(|field| field.kind() == input)?;
        Some((method.name().to_owned(), field))
    });
    let fields = fields.collect();
    (of, fields)
}
