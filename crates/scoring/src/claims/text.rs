//! The text of a figure: the number that it is, if it is one, and whether a value and a unit beside it say the same.

use jixiao_events::Number;

use super::exact::Exact;
use super::rounding::{is_classifier, is_money, parts};

/// A text that is a number, or one with a unit behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// The number without separators, its decimals as written.
    pub number: String,
    /// What stands behind it; empty where nothing does.
    behind: String,
}

/// What of a figure says something else than its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// The value is not the number that is written.
    Value,
    /// The unit is not the one behind the number.
    Unit,
}

impl Plain {
    /// Reads a text: a sign, digits, with one separator at most between two of them, decimals, and what is behind. Full
    /// width is read as half width. `None` where it begins otherwise, or where digits come behind as well (`3/4`).
    pub fn read(stated: &str) -> Option<Self> {
        let text: String = stated.trim().chars().map(half_width).collect();
        let (sign, rest) = match text.strip_prefix(['-', '−', '+']) {
            Some(rest) if text.starts_with('+') => ("", rest),
            Some(rest) => ("-", rest),
            None => ("", text.as_str()),
        };
        let (mut whole, mut rest) = digits(rest.trim_start(), &|c| is_separator(c));
        let mut decimals = String::new();
        if let Some(behind) = rest.strip_prefix('.') {
            (decimals, rest) = digits(behind, &|c| is_separator(c) && c != ',');
        }
        if (whole.is_empty() && decimals.is_empty()) || rest.chars().any(char::is_numeric) {
            return None;
        }
        if whole.is_empty() {
            whole.push('0');
        }
        let point = if decimals.is_empty() { "" } else { "." };
        Some(Self { number: format!("{sign}{whole}{point}{decimals}"), behind: rest.trim().to_owned() })
    }

    /// Whether the number is a value; digits are compared, so that none is too long.
    pub fn is(&self, value: Number) -> bool {
        canonical(&self.number) == canonical(&value.to_string())
    }
}

/// What a value and a unit have against the text that they stand beside. A text that is no number (`约三成`) says nothing
/// against them. Where one is, and nothing or a unit is behind it, the value is that number. A multiple of ten, yuan or a
/// percent sign behind it is the unit's own: `10,000万` is 10000 in 万元 or 万, and not in 元.
pub fn contradictions(stated: &str, value: Number, unit: Option<&str>) -> Vec<Contradiction> {
    let Some(plain) = Plain::read(stated) else { return Vec::new() };
    let unit: String = unit.unwrap_or_default().trim().chars().map(half_width).collect();
    let (behind, unit) = (measure(&plain.behind), measure(&unit));
    let is_measure = behind.0 != Exact::from(1) || is_money(behind.1) || matches!(behind.1, "%" | "‰");
    let is_unit = |word: &str| word.is_empty() || word == unit.1 || word == "分" || is_classifier(word);
    if !is_measure && !is_unit(behind.1) {
        return Vec::new();
    }
    let is_sign = |word: &str| matches!(word, "%" | "‰");
    let is_other_sign = (is_sign(behind.1) || is_sign(unit.1)) && !behind.1.is_empty() && behind.1 != unit.1;
    let is_other_unit = is_measure && (behind.0 != unit.0 || is_other_sign);
    let value = (!plain.is(value)).then_some(Contradiction::Value);
    value.into_iter().chain(is_other_unit.then_some(Contradiction::Unit)).collect()
}

/// A unit in two, percent by its sign.
fn measure(unit: &str) -> (Exact, &str) {
    match parts(unit) {
        (scale, "百分比" | "percent") => (scale, "%"),
        parts => parts,
    }
}

/// The digits that a text begins with, and what follows them.
fn digits<'t>(text: &'t str, is_separator: &dyn Fn(char) -> bool) -> (String, &'t str) {
    let mut found = String::new();
    let mut rest = text;
    loop {
        let next = rest.strip_prefix(|c| !found.is_empty() && is_separator(c)).unwrap_or(rest);
        let Some(digit) = next.chars().next().filter(char::is_ascii_digit) else { return (found, rest) };
        found.push(digit);
        rest = &next[1..];
    }
}

/// Without zeros that say nothing.
fn canonical(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    if whole.is_empty() && decimals.is_empty() { "0".to_owned() } else { format!("{sign}{whole}.{decimals}") }
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | '，' | '\'' | '’' | '_') || (c.is_whitespace() && !c.is_control())
}

/// ４ as 4, ％ as %.
fn half_width(c: char) -> char {
    const SHIFT: u32 = 0xFEE0;
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - SHIFT).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::Contradiction::{Unit, Value};
    use super::*;

    #[test]
    fn a_value_is_the_number_that_is_written() {
        let rows: [(&str, &str, &str, &[Contradiction]); 43] = [
            ("4000", "4000", "万元", &[]),
            ("4000", "5000", "万元", &[Value]),
            ("5000", "4000", "万元", &[Value]),
            ("4000.00", "4000", "万元", &[]),
            ("04000", "4000", "万元", &[]),
            ("4,000.50", "4000.5", "万元", &[]),
            ("4,000", "5000", "万元", &[Value]),
            ("4，000", "5000", "万元", &[Value]),
            ("1,0000", "10000", "万元", &[]),
            ("4 000", "5000", "万元", &[Value]),
            ("4\u{202f}000", "4000", "万元", &[]),
            ("40,00", "5000", "万元", &[Value]),
            ("４０００．５", "4000.5", "万元", &[]),
            ("４０００", "5000", "万元", &[Value]),
            ("+4000", "4000", "万元", &[]),
            ("-669", "669", "万元", &[Value]),
            ("−669", "-669", "万元", &[]),
            ("-0", "0", "万元", &[]),
            (".5", "0.5", "%", &[]),
            ("40000000000000000000000000000001", "4000", "万元", &[Value]),
            // With its unit behind it.
            ("4000万元", "4000", "万元", &[]),
            ("4000万元", "5000", "万元", &[Value]),
            ("4000 万元", "0.4", "亿元", &[Value, Unit]),
            ("4000元", "4000", "万元", &[Unit]),
            ("4000元", "4000", "元", &[]),
            ("10,000万", "10000", "元", &[Unit]),
            ("10,000万", "100000000", "元", &[Value, Unit]),
            ("10,000万", "10000", "万元", &[]),
            ("40.28亿", "40.28", "亿条", &[]),
            ("40.28亿", "40.28", "", &[Unit]),
            ("4000万余元", "4000", "万元", &[]),
            ("66.7%", "66.7", "%", &[]),
            ("66.7％", "66.7", "percent", &[]),
            ("66.7%", "0.667", "", &[Value, Unit]),
            ("66.7%", "66.7", "‰", &[Unit]),
            ("66.7%", "66.7", "", &[Unit]),
            ("76.5分", "70", "", &[Value]),
            ("38个", "37", "项", &[Value]),
            ("61人", "62", "人", &[Value]),
            // No number.
            ("约三成", "30", "%", &[]),
            ("3成", "30", "%", &[]),
            ("2/3", "66.67", "%", &[]),
            ("1, 2", "2", "个", &[]),
        ];
        for (stated, value, unit, expected) in rows {
            let unit = Some(unit).filter(|unit| !unit.is_empty());
            assert_eq!(contradictions(stated, value.parse().unwrap(), unit), expected, "{stated} {value}");
        }
    }
}
