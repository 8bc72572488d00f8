//! The days that a scheme is in effect.

use jixiao_events::PartialDate;
use toml::de::DeValue;

use super::FaultKind;
use super::toml_reader::{Reader, Section, Value};

/// Reads `effective_from` and `effective_to`, each a TOML date or the same as a text.
pub(super) fn effective(
    reader: &mut Reader<'_>,
    file: &mut Section<'_>,
) -> (Option<PartialDate>, Option<PartialDate>) {
    let from = file.get("effective_from").and_then(|value| day(reader, value));
    let until = file.get("effective_to");
    let to = until.and_then(|value| day(reader, value));
    if let (Some(from), Some(to), Some(until)) = (from, to, until) {
        let message =
            || format!("the last day, {to}, is before the first, {from}: the scheme is never in effect");
        let ascends = from.last_day() <= to.last_day();
        reader.require(ascends, until.span().start, FaultKind::DatesCrossed, message);
    }
    (from, to)
}

/// A whole day: of a month or a year nobody could say whether it is the first or the last of its days.
fn day(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<PartialDate> {
    let at = value.span().start;
    let text = match value.get_ref() {
        DeValue::Datetime(date) => date.to_string(),
        _ => reader.text(value)?.value,
    };
    let day = text.parse().ok().filter(|date| matches!(date, PartialDate::Day(_)));
    if day.is_none() {
        reader.fault(at, FaultKind::BadDate, format!("\"{text}\" is no day: write 2019-03-01"));
    }
    day
}
