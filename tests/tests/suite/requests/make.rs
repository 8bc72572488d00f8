//! Requests made by chance: right ones, right ones with a few fields changed, made up ones, and bytes that are none.
//!
//! Everything is driven by the descriptors, so that a new call or field is covered by itself. The names of fields say what
//! may stand there only as far as a right request had it, or a rule of all requests says it (`request_id`, `…_id`,
//! `page_size`).

use prost::bytes::{BufMut, Bytes, BytesMut};
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage, Value,
};

use super::corpus::{Corpus, body, collections, path};
use super::wire::{Sent, first_message, framed};
use crate::sim::Dice;

/// How deep messages are made up.
const DEPTH: usize = 6;

/// Texts that have come to grief somewhere: numbers, dates, names and characters at or over an end.
const NASTY: &[&str] = &[
    "",
    " ",
    "\0",
    "a\0b",
    "\u{feff}",
    "\u{feff}2019",
    "\r\n",
    "两行\n一",
    "\u{202e}",
    "\u{1}",
    "'; DROP TABLE events; --",
    "%s%n",
    "{}",
    "null",
    "-1",
    "0",
    "-0",
    "0.01",
    "1e3",
    "1,5",
    "+1",
    "１２",
    "NaN",
    "Infinity",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "79228162514264337593543950336",
    "0.0000000000000000000000000001",
    "0.000000000000000000000000000001",
    "7.922816251426433759354395033",
    "9999999999999999999999999999",
    "123456789012345678901234567890.123456789",
    "2019-02-29",
    "2019-02-30",
    "2019-13",
    "2019-00-00",
    "2019-1-1",
    "1949",
    "2199-12-31",
    "0000",
    "9999-12-31",
    "2019-02-28T00:00:00Z",
    "funds/",
    "funds/a",
    "funds/a/projects/",
    "funds//projects/b",
    "funds/smart-city-2019/projects/../../x",
    "agencies/a",
    "a@b",
    "registry@1@00",
    "Asia/Nowhere",
];

/// Numbers at the ends of their types and near what fields take.
const WHOLE: &[i64] = &[
    0,
    1,
    2,
    3,
    7,
    100,
    1_000,
    1_001,
    1948,
    1949,
    2019,
    2199,
    2200,
    -1,
    10_000_000,
    999_999_999,
    1_000_000_000,
    -10_000_000,
    1_000_000_000_000_000,
    1_000_000_000_000_001,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    i64::MAX,
    i64::MIN,
];

/// A request that was made up.
#[derive(Debug, Clone)]
pub struct Made {
    /// What is sent.
    pub sent: Sent,
    /// What was meant, before its bytes were spoilt.
    pub message: DynamicMessage,
    /// The request id that a server may read out of it.
    pub request_id: Option<String>,
}

/// Makes the request of a number: the same for the same seed and corpus.
pub struct Maker<'a> {
    corpus: &'a Corpus,
    dice: Dice,
    /// The call.
    path: String,
    method: MethodDescriptor,
    /// What makes ids of this request its own.
    own: String,
    /// The same of a request shortly before.
    earlier: String,
}

impl<'a> Maker<'a> {
    pub fn new(corpus: &'a Corpus, methods: &[MethodDescriptor], seed: u64, number: u64) -> Self {
        let dice = Dice::new(seed ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let earlier = number.saturating_sub(1 + dice.below(100));
        let method = methods[dice.index(methods.len())].clone();
        let (own, earlier) = (format!("{seed}-{number}"), format!("{seed}-{earlier}"));
        Self { corpus, dice, path: path(&method), method, own, earlier }
    }

    pub fn request(self) -> (MethodDescriptor, Made) {
        let known = self.corpus.requests.get(&self.path).filter(|known| !known.is_empty());
        let mut message = match known {
            Some(known) if self.dice.chance(7_500) => {
                let mut message = known[self.dice.index(known.len())].clone();
                self.renew(&mut message);
                for _ in 0..self.dice.below(4) {
                    self.change(&mut message);
                }
                message
            }
            _ => self.message(&self.method.input(), 0),
        };
        // A wait is for what is there: one for what is not takes its time.
        if let Some(waits) = message.descriptor().get_field_by_name("wait_for")
            && self.dice.chance(8_000)
        {
            message.clear_field(&waits);
        }
        let sent = self.spoil(Sent { path: self.path.clone(), body: body(&message), encoding: None });
        let request_id = read_id(&self.method, &sent.body);
        (self.method, Made { sent, message, request_id })
    }

    fn pick<'t, T>(&self, of: &'t [T]) -> Option<&'t T> {
        if of.is_empty() { None } else { of.get(self.dice.index(of.len())) }
    }

    /// A message made up.
    fn message(&self, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
        if depth > 0
            && let Some(known) = self.corpus.parts.get(of.full_name()).and_then(|known| self.pick(known))
            && self.dice.chance(5_000)
        {
            return known.clone();
        }
        let mut message = DynamicMessage::new(of.clone());
        for field in of.fields().filter(|field| field.containing_oneof().is_none_or(|one| one.is_synthetic()))
        {
            if self.dice.chance(9_500) {
                self.set(&mut message, &field, depth);
            }
        }
        for one in of.oneofs().filter(|one| !one.is_synthetic()) {
            let fields: Vec<_> = one.fields().collect();
            if let Some(field) = self.pick(&fields).filter(|_| self.dice.chance(9_500)) {
                self.set(&mut message, field, depth);
            }
        }
        message
    }

    fn set(&self, message: &mut DynamicMessage, field: &FieldDescriptor, depth: usize) {
        if depth >= DEPTH && matches!(field.kind(), Kind::Message(_)) {
            return;
        }
        let value = if field.is_list() {
            let many = if self.dice.chance(50) { 1_200 } else { 3 };
            Value::List((0..self.dice.below(many)).map(|_| self.value(field, depth)).collect())
        } else if field.is_map() {
            return;
        } else {
            self.value(field, depth)
        };
        // A value of another type than the field's would be the test's own fault.
        message.set_field(field, value);
    }

    fn value(&self, field: &FieldDescriptor, depth: usize) -> Value {
        // Long pages take their time and are a test of their own.
        if field.name() == "page_size" && self.dice.chance(9_500) {
            return Value::I32(i32::from(1 + self.dice.byte() % 5));
        }
        if !matches!(field.kind(), Kind::Message(_) | Kind::String | Kind::Bytes)
            && let Some(known) = self.corpus.scalars.get(field.full_name()).and_then(|known| self.pick(known))
            && self.dice.chance(4_000)
        {
            return known.clone();
        }
        let whole = || {
            if self.dice.chance(5_000) {
                i64::from(self.dice.byte() % 10)
            } else {
                WHOLE[self.dice.index(WHOLE.len())]
            }
        };
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "any number will do")]
        match field.kind() {
            Kind::Message(of) => Value::Message(self.message(&of, depth + 1)),
            Kind::Enum(of) => {
                let values: Vec<_> = of.values().map(|value| value.number()).collect();
                let known = self.pick(&values).copied().unwrap_or_default();
                Value::EnumNumber(if self.dice.chance(9_500) { known } else { whole() as i32 })
            }
            Kind::String => Value::String(self.text(field.name())),
            Kind::Bytes => Value::Bytes(self.text(field.name()).into()),
            Kind::Bool => Value::Bool(self.dice.chance(5_000)),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(whole() as i32),
            Kind::Uint32 | Kind::Fixed32 => Value::U32(whole() as u32),
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(whole()),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(whole() as u64),
            Kind::Float => Value::F32(f32::from(whole() as i16)),
            Kind::Double => Value::F64(f64::from(whole() as i32)),
        }
    }

    fn text(&self, field: &str) -> String {
        if field == "request_id" {
            return match self.dice.below(100) {
                0..92 => self.own.clone(),
                92..97 => self.earlier.clone(),
                _ => self.nasty(),
            };
        }
        // Few lists would be answered at all if each were filtered and sorted by chance.
        let is_moment = matches!(field, "as_of" | "known_at");
        if (is_moment && self.dice.chance(9_000))
            || (matches!(field, "filter" | "order_by") && self.dice.chance(7_000))
        {
            return String::new();
        }
        if field.ends_with("_id") && self.dice.chance(6_000) {
            return format!("x{}", self.own);
        }
        let wanted =
            self.corpus.wanted.get(&format!("{} {field}", self.path)).and_then(|wanted| self.pick(wanted));
        if let Some(name) =
            wanted.and_then(|wanted| self.corpus.names.get(wanted)).and_then(|names| self.pick(names))
            && self.dice.chance(6_000)
        {
            return name.clone();
        }
        let known = self.corpus.texts.get(field).and_then(|known| self.pick(known));
        let names: Vec<_> = self.corpus.names.values().collect();
        let any = || self.pick(&names).and_then(|names| self.pick(names)).cloned();
        match (self.dice.below(100), known) {
            (0..45, Some(known)) => known.clone(),
            // Another resource of the same kind, or of any.
            (45..75, Some(known)) => match self.corpus.names.get(&collections(known)) {
                Some(names) => self.pick(names).unwrap_or(known).clone(),
                None => known.clone(),
            },
            (0..94, _) => any().unwrap_or_else(|| self.nasty()),
            _ => self.nasty(),
        }
    }

    fn nasty(&self) -> String {
        match self.dice.below(20) {
            0 => "长".repeat(1 + self.dice.index(5_000)),
            1 => format!("{}.{}", self.dice.next(), self.dice.next()),
            2 => {
                format!("{:04}-{:02}-{:02}", self.dice.below(3_000), self.dice.below(15), self.dice.below(35))
            }
            _ => self.pick(NASTY).copied().unwrap_or_default().to_owned(),
        }
    }

    /// Another request of the same content: what has to be its own becomes so.
    fn renew(&self, message: &mut DynamicMessage) {
        let ids: Vec<_> = message
            .descriptor()
            .fields()
            .filter(|field| {
                matches!(field.kind(), Kind::String) && field.name().ends_with("_id") && !field.is_list()
            })
            .collect();
        for field in ids {
            message.set_field(&field, Value::String(self.text(field.name())));
        }
    }

    /// Changes one field of a message, or of a message in it.
    fn change(&self, message: &mut DynamicMessage) {
        let fields: Vec<_> = message.descriptor().fields().collect();
        let Some(field) = self.pick(&fields) else { return };
        if self.dice.chance(1_500) {
            message.clear_field(field);
            return;
        }
        if message.has_field(field)
            && self.dice.chance(7_000)
            && let Value::Message(part) = message.get_field_mut(field)
        {
            self.change(part);
            return;
        }
        self.set(message, field, 1);
    }

    /// Spoils the bytes of some requests, and the frames of fewer.
    fn spoil(&self, mut sent: Sent) -> Sent {
        let dice = &self.dice;
        if dice.chance(4_000) {
            let mut bytes = sent.body.slice(5..).to_vec();
            for _ in 0..=dice.below(3) {
                let at = dice.index(bytes.len() + 1);
                match dice.below(6) {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, dice.byte()),
                    2 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
                    3 if at < bytes.len() => bytes[at] = dice.byte(),
                    4 => {
                        let part = bytes[at..].to_vec();
                        bytes.extend(part.into_iter().take(dice.index(64)));
                    }
                    _ => {
                        let many = dice.index(9);
                        bytes.splice(at..at, (0..many).map(|_| dice.byte()));
                    }
                }
            }
            sent.body = framed(&bytes);
        }
        if dice.chance(200) {
            let mut body = BytesMut::from(&sent.body[..]);
            match dice.below(7) {
                0 => body[0] = dice.byte(),
                1 => {
                    body[0] = 1;
                    sent.encoding = Some("gzip");
                }
                2 => sent.encoding = Some("snappy"),
                3 => body[1 + dice.index(4)] = dice.byte(),
                4 => body.truncate(dice.index(sent.body.len() + 1)),
                5 => body.put_slice(&sent.body),
                _ => body.put_u8(0),
            }
            sent.body = Bytes::from(body);
        }
        sent
    }
}

/// The request id in the bytes of a call, as a server reads it.
fn read_id(method: &MethodDescriptor, body: &[u8]) -> Option<String> {
    let field = method.input().get_field_by_name("request_id")?;
    let message = DynamicMessage::decode(method.input(), first_message(body)?).ok()?;
    message.get_field(&field).as_str().map(str::to_owned)
}

/// A message as it reads, `amount: {units: 5}`.
pub fn text_of(message: &DynamicMessage) -> String {
    fn value_text(value: &Value) -> String {
        match value {
            Value::Message(message) => format!("{{{}}}", text_of(message)),
            Value::List(values) => {
                format!("[{}]", values.iter().map(value_text).collect::<Vec<_>>().join(", "))
            }
            other => format!("{other:?}"),
        }
    }
    let fields = message.fields().map(|(field, value)| format!("{}: {}", field.name(), value_text(value)));
    fields.collect::<Vec<_>>().join(", ")
}
