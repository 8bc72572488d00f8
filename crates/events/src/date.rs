//! Calendar dates as precisely as a source gives them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::Number;

/// A day, a month or a year of the fund's own calendar, as given: `2019-10-28`, `2019-11`, `2019`.
///
/// Kept as given and counted from its last day: what is only known to be of 2019 is not known before the year's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PartialDate {
    /// A whole year.
    Year(i16),
    /// A month of a year.
    Month(i16, i8),
    /// One day.
    Day(Date),
}

/// Why a text is no [`PartialDate`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no date: write 2019-10-28, 2019-10 or 2019, years 1949 to 2199")]
pub struct DateError(String);

impl PartialDate {
    /// The first day that it may mean.
    pub fn first_day(self) -> Date {
        match self {
            Self::Year(year) => Date::constant(year, 1, 1),
            Self::Month(year, month) => Date::constant(year, month, 1),
            Self::Day(day) => day,
        }
    }

    /// The first day that so many days after it may be.
    pub fn days_after(self, days: u32) -> Option<Self> {
        self.first_day().checked_add(jiff::Span::new().try_days(days).ok()?).ok().map(Self::Day)
    }

    /// Whether it is before another, whichever days the two mean.
    pub fn is_before(self, other: Self) -> bool {
        self.last_day() < other.first_day()
    }

    /// The last day that it may mean; from that day on it counts.
    pub fn last_day(self) -> Date {
        match self {
            Self::Year(year) => Date::constant(year, 12, 31),
            Self::Month(year, month) => Date::constant(year, month, 1).last_of_month(),
            Self::Day(day) => day,
        }
    }

    /// The days from 1970-01-01 to its last day.
    pub fn day_number(self) -> Number {
        // Within a few thousand years a difference of dates in days always is one.
        let days = Date::constant(1970, 1, 1).until(self.last_day()).map_or(0, |span| span.get_days());
        Number::from(i64::from(days))
    }

    /// The calendar year that it lies in.
    pub fn year(self) -> i16 {
        match self {
            Self::Year(year) | Self::Month(year, _) => year,
            Self::Day(day) => day.year(),
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Day(day) => write!(f, "{day}"),
        }
    }
}

impl FromStr for PartialDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.chars().take(30).collect());
        let part = |part: &str, digits: usize| {
            if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) {
                part.parse::<i16>().map_err(|_| error())
            } else {
                Err(error())
            }
        };
        let mut parts = text.split('-');
        let year = part(parts.next().unwrap_or_default(), 4)?;
        let month = parts.next().map(|text| part(text, 2)).transpose()?;
        let day = parts.next().map(|text| part(text, 2)).transpose()?;
        if parts.next().is_some() || !(1949..=2199).contains(&year) {
            return Err(error());
        }
        let small = |value: i16| i8::try_from(value).map_err(|_| error());
        match (month, day) {
            (None, _) => Ok(Self::Year(year)),
            (Some(month), None) if (1..=12).contains(&month) => Ok(Self::Month(year, small(month)?)),
            (Some(month), Some(day)) => {
                Date::new(year, small(month)?, small(day)?).map(Self::Day).map_err(|_| error())
            }
            (Some(_), None) => Err(error()),
        }
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for PartialDate {
    fn schema_name() -> Cow<'static, str> {
        "PartialDate".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A day, a month or a year, as precisely as known.",
            "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_as_given_and_counted_from_the_last_day() {
        for (text, last) in [("2019", "2019-12-31"), ("2019-02", "2019-02-28"), ("2020-02", "2020-02-29")] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!((date.to_string().as_str(), date.last_day().to_string().as_str()), (text, last));
        }
        assert_eq!("2019-12-03".parse::<PartialDate>().unwrap().to_string(), "2019-12-03");
    }

    #[test]
    fn before_only_where_no_day_leaves_a_doubt() {
        for (one, other, expected) in [
            ("2019-10-28", "2019-10-29", true),
            ("2019-10-28", "2019-10-28", false),
            ("2019-10", "2019-11-01", true),
            ("2019-10", "2019-10-31", false),
            ("2019", "2019-12", false),
            ("2019", "2020", true),
            ("2018-12", "2019", true),
        ] {
            let date = |text: &str| text.parse::<PartialDate>().unwrap();
            assert_eq!(date(one).is_before(date(other)), expected, "{one} {other}");
        }
        let later = "2019-12".parse::<PartialDate>().unwrap().days_after(31).unwrap();
        assert_eq!(later.to_string(), "2020-01-01");
    }

    #[test]
    fn refuses_dates_that_do_not_exist() {
        for text in [
            "2019-02-29",
            "2019-13",
            "2019-00",
            "19",
            "2019-1-1",
            "2019-01-01-01",
            "0000",
            "",
            "2019-",
            "+019",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }
}
