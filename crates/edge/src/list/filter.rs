//! Which items a list shows: a subset of the filter language of AIP-160, over the fields of the items.
//!
//! | what | how |
//! | --- | --- |
//! | filter | factor, and with `AND` others |
//! | factor | term, and with `OR` others: `OR` binds tighter than `AND`, as AIP-160 has it |
//! | term | `NOT` or `-` before it or not; a restriction, or a filter in parentheses |
//! | restriction | field, one of `=` `!=` `<` `<=` `>` `>=` `:`, and a value: a word, or a text in quotes |

use prost_reflect::{DynamicMessage, EnumDescriptor, MessageDescriptor};

use super::Fault;
use super::field::{Field, Leaf, Value};

/// The longest filter, in characters, and the deepest parentheses.
const MOST_CHARS: usize = 2_000;
const DEEPEST: usize = 20;

/// What an item has to pass.
#[derive(Debug, Clone)]
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Test(Test),
}

/// One comparison.
#[derive(Debug, Clone)]
pub(super) struct Test {
    path: String,
    field: Field,
    how: How,
    value: Wanted,
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

/// The signs, those first that begin with another.
const HOWS: [(&str, How); 7] = [
    ("!=", How::NotEqual),
    ("<=", How::LessOrEqual),
    (">=", How::GreaterOrEqual),
    ("=", How::Equal),
    ("<", How::Less),
    (">", How::Greater),
    (":", How::Has),
];

/// What values are compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    /// Anything at all: `:*`.
    Anything,
    /// A value of the field's kind.
    Value(Value),
}

impl Filter {
    pub(super) fn parse(text: &str, message: &MessageDescriptor, late: &[&str]) -> Result<Self, Fault> {
        let chars = text.chars().count();
        if chars > MOST_CHARS {
            let text = format!("has {chars} characters, at most {MOST_CHARS} are read");
            return Err(Fault { reason: "TOO_LONG", text });
        }
        let mut parser = Parser { text, at: 0, message, late, depth: 0 };
        let filter = parser.filter()?;
        if parser.rest().is_empty() { Ok(filter) } else { Err(parser.expected("AND, OR or the end")) }
    }

    pub(super) fn passes(&self, item: &DynamicMessage) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.passes(item)),
            Self::Any(parts) => parts.iter().any(|part| part.passes(item)),
            Self::Not(part) => !part.passes(item),
            Self::Test(test) => test.passes(item),
        }
    }

    /// Whether a field is asked about.
    pub(super) fn names(&self, path: &str) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.names(path)),
            Self::Not(part) => part.names(path),
            Self::Test(test) => test.path == path,
        }
    }

    /// The texts that a field is compared with for being equal.
    pub(super) fn wanted<'f>(&'f self, path: &str, found: &mut Vec<&'f str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.wanted(path, found)),
            Self::Not(part) => part.wanted(path, found),
            Self::Test(test) => {
                if let (true, How::Equal | How::NotEqual, Wanted::Value(Value::Text(text))) =
                    (test.path == path, test.how, &test.value)
                {
                    found.push(text);
                }
            }
        }
    }
}

impl Test {
    fn passes(&self, item: &DynamicMessage) -> bool {
        let values = self.field.values(item);
        let Wanted::Value(wanted) = &self.value else { return !values.is_empty() };
        // An empty text is what is left out.
        let is_empty = values.is_empty() && matches!(wanted, Value::Text(text) if text.is_empty());
        match self.how {
            How::Equal => is_empty || values.contains(wanted),
            How::NotEqual => !is_empty && !values.contains(wanted),
            how => values.iter().any(|value| is_so(value, how, wanted)),
        }
    }
}

fn is_so(value: &Value, how: How, wanted: &Value) -> bool {
    match (value, wanted, how) {
        (Value::Text(value), Value::Text(part), How::Has) => value.contains(part),
        (value, wanted, How::Equal | How::Has) => value == wanted,
        (value, wanted, How::NotEqual) => value != wanted,
        (value, wanted, How::Less) => value < wanted,
        (value, wanted, How::LessOrEqual) => value <= wanted,
        (value, wanted, How::Greater) => value > wanted,
        (value, wanted, How::GreaterOrEqual) => value >= wanted,
    }
}

/// Reads a filter from left to right.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    message: &'t MessageDescriptor,
    late: &'t [&'t str],
    depth: usize,
}

impl<'t> Parser<'t> {
    fn rest(&mut self) -> &'t str {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    /// Takes a word of the language, if it is next.
    fn takes(&mut self, word: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(word) else { return false };
        let is_whole = !word.ends_with(char::is_alphabetic)
            || after.chars().next().is_none_or(|next| next.is_whitespace() || next == '(');
        if is_whole {
            self.at += word.len();
        }
        is_whole
    }

    fn expected(&mut self, what: &str) -> Fault {
        let rest: String = self.rest().chars().take(30).collect();
        let place = self.text[..self.at].chars().count() + 1;
        let found = if rest.is_empty() { "it ends".to_owned() } else { format!("there is \"{rest}\"") };
        Fault { reason: "BAD_FILTER", text: format!("character {place}: {what} is expected, {found}") }
    }

    fn filter(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.factor()?];
        while self.takes("AND") {
            parts.push(self.factor()?);
        }
        Ok(Filter::All(parts))
    }

    fn factor(&mut self) -> Result<Filter, Fault> {
        let mut parts = vec![self.term()?];
        while self.takes("OR") {
            parts.push(self.term()?);
        }
        Ok(Filter::Any(parts))
    }

    fn term(&mut self) -> Result<Filter, Fault> {
        if self.takes("NOT") || self.takes("-") {
            return Ok(Filter::Not(Box::new(self.simple()?)));
        }
        self.simple()
    }

    fn simple(&mut self) -> Result<Filter, Fault> {
        if !self.takes("(") {
            return self.test().map(Filter::Test);
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.expected(&format!("no more than {DEEPEST} parentheses in each other")));
        }
        let filter = self.filter()?;
        self.depth -= 1;
        if self.takes(")") { Ok(filter) } else { Err(self.expected("AND, OR or )")) }
    }

    fn test(&mut self) -> Result<Test, Fault> {
        let rest = self.rest();
        let is_path = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.');
        let path = &rest[..rest.find(|char| !is_path(char)).unwrap_or(rest.len())];
        if path.is_empty() {
            return Err(self.expected("a field"));
        }
        let field = Field::find(path, self.message, self.late)?;
        self.at += path.len();
        let how = HOWS.iter().find(|(sign, _)| self.takes(sign)).map(|(_, how)| *how);
        let how = how.ok_or_else(|| self.expected("one of = != < <= > >= :"))?;
        let (written, is_quoted) = self.value()?;
        let value = wanted(path, &field.leaf, how, written, is_quoted)?;
        Ok(Test { path: path.to_owned(), field, how, value })
    }

    /// A value as it is written, and whether in quotes.
    fn value(&mut self) -> Result<(String, bool), Fault> {
        let rest = self.rest();
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
            let word =
                &rest[..rest.find(|char: char| char.is_whitespace() || char == ')').unwrap_or(rest.len())];
            // A slip, rather than the beginning of a value.
            let is_slip = |char: char| "=<>~:(!“”‘’「」『』《》".contains(char);
            if word.is_empty() || word.starts_with(is_slip) {
                return Err(self.expected("a word, or a text in \" or ',"));
            }
            if word.contains('*') && word != "*" {
                return Err(self.expected("a word without * (field:part looks for a part)"));
            }
            self.at += word.len();
            return Ok((word.to_owned(), false));
        };
        let (mut text, mut is_escaped) = (String::new(), false);
        for (at, char) in rest.char_indices().skip(1) {
            match char {
                _ if is_escaped => {
                    text.push(char);
                    is_escaped = false;
                }
                '\\' => is_escaped = true,
                _ if char == quote => {
                    self.at += at + 1;
                    return Ok((text, true));
                }
                _ => text.push(char),
            }
        }
        self.at = self.text.len();
        Err(self.expected(&format!("the closing {quote}")))
    }
}

/// What a value means beside a field of some kind.
fn wanted(path: &str, leaf: &Leaf, how: How, written: String, is_quoted: bool) -> Result<Wanted, Fault> {
    let fault = |what: String| Fault { reason: "BAD_VALUE", text: format!("{path} {what}") };
    let shown: String = written.chars().take(60).collect();
    if written == "*" && !is_quoted {
        let anything = (how == How::Has).then_some(Wanted::Anything);
        return anything.ok_or_else(|| fault("is compared with *, which stands behind : only".to_owned()));
    }
    match leaf {
        Leaf::Text => Ok(Wanted::Value(Value::Text(written))),
        Leaf::Number => match written.parse() {
            Ok(number) => Ok(Wanted::Value(Value::Number(number))),
            Err(_) => {
                Err(fault(format!("is a number; \"{shown}\" is none such as 12.5, with 28 digits at most")))
            }
        },
        Leaf::Bool => match (written.as_str(), how) {
            ("true" | "false", How::Equal | How::NotEqual | How::Has) => {
                Ok(Wanted::Value(Value::Bool(written == "true")))
            }
            _ => Err(fault("is compared with true or false, by = or !=".to_owned())),
        },
        Leaf::Enum(of) => match named(of, &written) {
            Ok(number) => Ok(Wanted::Value(Value::Number(i64::from(number).into()))),
            Err(names) => Err(fault(format!("has no value \"{shown}\"; there are {names}"))),
        },
        Leaf::Message => {
            Err(fault("has parts of its own: name one of them, or ask by :* whether it is there".to_owned()))
        }
    }
}

/// The number of an enum's value by its name, with or without what all of them begin with; else the names that there are.
fn named(of: &EnumDescriptor, name: &str) -> Result<i32, String> {
    let prefix = of.get_value(0).map(|none| none.name().trim_end_matches("UNSPECIFIED").to_owned());
    let prefix = prefix.unwrap_or_default();
    let short = |full: &str| full.strip_prefix(&prefix).unwrap_or(full).to_owned();
    let mut names = Vec::new();
    for value in of.values().filter(|value| value.number() != 0) {
        if value.name().eq_ignore_ascii_case(name) || short(value.name()).eq_ignore_ascii_case(name) {
            return Ok(value.number());
        }
        names.push(short(value.name()));
    }
    Err(names.join(", "))
}
