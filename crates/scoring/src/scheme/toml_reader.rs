//! Takes values out of TOML, noting where each stood and everything that is wrong.

use std::str::FromStr;

use jixiao_events::names::IdError;
use jixiao_events::scheme::{Basis, Parameter};
use jixiao_events::{Names, Number};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{FaultKind, SchemeFault};

/// The most characters of a text.
const MAX_TEXT: usize = 500;

/// A value of the file.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Something read and where it stood: the byte that it begins at.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

/// What a plain value rests on.
#[derive(Debug, Clone, Default)]
pub(super) struct Rests {
    basis: Option<Basis>,
    source: Option<String>,
}

/// A table that is being read.
pub(super) struct Section<'t> {
    table: &'t DeTable<'t>,
    pub(super) at: usize,
    taken: Vec<&'static str>,
    /// Whether nothing in it is looked at any further.
    is_passed: bool,
}

/// Collects faults while reading: the byte where each is, what is wrong, the same in words.
pub(super) struct Reader<'t> {
    text: &'t str,
    faults: Vec<(usize, FaultKind, String)>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, faults: Vec::new() }
    }

    pub(super) fn is_faultless(&self) -> bool {
        self.faults.is_empty()
    }

    /// The faults in the order of their places. Lines and columns are counted in one pass over the text, however many
    /// faults there are.
    pub(super) fn into_faults(mut self) -> Vec<SchemeFault> {
        self.faults.sort_by_key(|(at, ..)| *at);
        let mut characters = self.text.char_indices().peekable();
        let (mut line, mut column) = (1, 1);
        let placed = self.faults.into_iter().map(|(at, kind, message)| {
            while let Some((_, character)) = characters.next_if(|(place, _)| *place < at) {
                if character == '\n' {
                    (line, column) = (line + 1, 1);
                } else {
                    column += 1;
                }
            }
            SchemeFault { line, column, kind, message }
        });
        placed.collect()
    }

    pub(super) fn fault(&mut self, at: usize, kind: FaultKind, message: impl Into<String>) {
        self.faults.push((at, kind, message.into()));
    }

    /// Notes a fault where a condition does not hold; says whether it holds.
    pub(super) fn require(
        &mut self,
        holds: bool,
        at: usize,
        kind: FaultKind,
        message: impl FnOnce() -> String,
    ) -> bool {
        if !holds {
            self.fault(at, kind, message());
        }
        holds
    }

    /// The value of a key that has to be there.
    pub(super) fn need<'s>(&mut self, section: &mut Section<'s>, key: &'static str) -> Option<&'s Value<'s>> {
        let found = section.get(key);
        if found.is_none() {
            self.fault(section.at, FaultKind::MissingKey, format!("`{key}` is missing"));
        }
        found
    }

    /// Ends a table: whatever was not asked for does not belong there.
    pub(super) fn end(&mut self, section: &Section<'_>, what: &str) {
        for (key, _) in section.table {
            let name = key.get_ref().as_ref();
            if !section.is_passed && !section.taken.contains(&name) {
                let message = format!("`{name}` does not belong to {what}");
                self.fault(key.span().start, FaultKind::UnknownKey, message);
            }
        }
    }

    pub(super) fn table<'s>(&mut self, value: &'s Value<'s>) -> Option<Section<'s>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(Section::new(table, value.span().start)),
            other => self.wrong_type(value, "a table", other),
        }
    }

    /// The elements of an array.
    pub(super) fn list<'s>(&mut self, value: &'s Value<'s>) -> Vec<&'s Value<'s>> {
        match value.get_ref() {
            DeValue::Array(array) => array.iter().collect(),
            other => {
                self.wrong_type::<()>(value, "a list", other);
                Vec::new()
            }
        }
    }

    pub(super) fn text(&mut self, value: &Value<'_>) -> Option<At<String>> {
        let at = value.span().start;
        match value.get_ref() {
            DeValue::String(text) => {
                let bad = text.chars().find(|c| c.is_control() && *c != '\n');
                let wrong = match (text.chars().count(), bad) {
                    _ if text.trim().is_empty() => Some("the text is empty".to_owned()),
                    (_, Some(bad)) => Some(format!("the text holds the character U+{:04X}", u32::from(bad))),
                    (count, None) if count > MAX_TEXT => {
                        Some(format!("the text has {count} characters, at most {MAX_TEXT} are kept"))
                    }
                    _ => None,
                };
                match wrong {
                    None => Some(At { at, value: text.trim().to_owned() }),
                    Some(wrong) => {
                        self.fault(at, FaultKind::BadText, wrong);
                        None
                    }
                }
            }
            other => self.wrong_type(value, "a text", other),
        }
    }

    pub(super) fn optional_text(&mut self, section: &mut Section<'_>, key: &'static str) -> Option<String> {
        let value = section.get(key)?;
        self.text(value).map(|text| text.value)
    }

    pub(super) fn id<T: FromStr<Err = IdError>>(&mut self, value: &Value<'_>) -> Option<At<T>> {
        let At { at, value } = self.text(value)?;
        match value.parse() {
            Ok(value) => Some(At { at, value }),
            Err(error) => {
                self.fault(at, FaultKind::BadId, error.to_string());
                None
            }
        }
    }

    /// One word of a few.
    pub(super) fn word<T: Copy>(&mut self, value: &Value<'_>, words: &[(&str, T)]) -> Option<T> {
        let At { at, value: text } = self.text(value)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("\"{text}\" is none of: {}", words.join(", "));
            self.fault(at, FaultKind::UnknownWord, message);
        }
        found
    }

    pub(super) fn number(&mut self, value: &Value<'_>) -> Option<Number> {
        // As written: a float would not be exact.
        let text = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            other => return self.wrong_type(value, "a decimal number", other),
        };
        let bound = Number::from(1_000_000_000_i64);
        let number = text.strip_prefix('+').unwrap_or(text).parse::<Number>();
        match number {
            Ok(number) if number.abs() <= bound && number.decimal().scale() <= 12 => Some(number),
            Ok(_) => {
                let message = "a number has at most 12 decimals and is at most 1,000,000,000";
                self.fault(value.span().start, FaultKind::BadNumber, message);
                None
            }
            Err(error) => {
                self.fault(value.span().start, FaultKind::BadNumber, error.to_string());
                None
            }
        }
    }

    pub(super) fn boolean(&mut self, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            other => self.wrong_type(value, "true or false", other),
        }
    }

    pub(super) fn names(&mut self, value: &Value<'_>) -> Option<Names> {
        let mut section = self.table(value)?;
        let zh = self.need(&mut section, "zh").and_then(|zh| self.text(zh));
        let en = self.optional_text(&mut section, "en");
        self.end(&section, "a name");
        Some(Names { zh: zh?.value, en })
    }

    /// What plain values in a table rest on: what the table says, else what is said around it.
    pub(super) fn rests(&mut self, section: &mut Section<'_>, around: &Rests) -> Rests {
        // A wrong word is one fault, not one more for each value that rests on it.
        let basis = section.get("basis").map(|basis| self.word(basis, BASES).unwrap_or(Basis::Assumed));
        let source = self.optional_text(section, "source");
        match basis {
            // Another basis has another source.
            Some(basis) => Rests { basis: Some(basis), source },
            None => Rests { basis: around.basis, source: source.or_else(|| around.source.clone()) },
        }
    }

    /// A plain value, or a table of value, basis and source.
    pub(super) fn parameter<T>(
        &mut self,
        value: &Value<'_>,
        around: &Rests,
        read: impl FnOnce(&mut Self, &Value<'_>) -> Option<T>,
    ) -> Option<At<Parameter<T>>> {
        let at = value.span().start;
        let (found, at, rests) = if let DeValue::Table(table) = value.get_ref() {
            let mut section = Section::new(table, at);
            let inner = self.need(&mut section, "value");
            let rests = self.rests(&mut section, around);
            self.end(&section, "a parameter");
            let inner = inner?;
            (read(self, inner), inner.span().start, rests)
        } else {
            (read(self, value), at, around.clone())
        };
        let Some(basis) = rests.basis else {
            let message =
                "nothing says what this rests on: give a `basis` here, in the table around it or at the top";
            self.fault(at, FaultKind::BasisMissing, message);
            return None;
        };
        Some(At { at, value: Parameter { value: found?, basis, source: rests.source } })
    }

    /// A number as a parameter that may be missing.
    pub(super) fn optional_number(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
        around: &Rests,
    ) -> Option<At<Parameter<Number>>> {
        let value = section.get(key)?;
        self.parameter(value, around, Self::number)
    }

    /// A number as a parameter that has to be there.
    pub(super) fn needed_number(
        &mut self,
        section: &mut Section<'_>,
        key: &'static str,
        around: &Rests,
    ) -> Option<At<Parameter<Number>>> {
        let value = self.need(section, key)?;
        self.parameter(value, around, Self::number)
    }

    fn wrong_type<T>(&mut self, value: &Value<'_>, wanted: &str, found: &DeValue<'_>) -> Option<T> {
        let message = format!("{wanted} has to stand here, not a value of type {}", found.type_str());
        self.fault(value.span().start, FaultKind::WrongType, message);
        None
    }
}

impl<'t> Section<'t> {
    pub(super) fn new(table: &'t DeTable<'t>, at: usize) -> Self {
        Self { table, at, taken: Vec::new(), is_passed: false }
    }

    /// Whether a key is there, be its value right or not.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Passes over all keys, of a table of which it is not known what belongs into it.
    pub(super) fn take_all(&mut self) {
        self.is_passed = true;
    }

    /// The value of a key that may be missing.
    pub(super) fn get(&mut self, key: &'static str) -> Option<&'t Value<'t>> {
        self.taken.push(key);
        self.table.get(key)
    }
}

const BASES: &[(&str, Basis)] =
    &[("stated", Basis::Stated), ("inferred", Basis::Inferred), ("assumed", Basis::Assumed)];
