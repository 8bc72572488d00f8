//! Monitoring within the year (绩效运行监控): what a scheme watches, and the warnings that come of it.
//!
//! Source: 财预〔2019〕136号 watches the progress of targets and of money together (双监控).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::budget::Denominator;
use crate::date::PartialDate;
use crate::finding::Figure;
use crate::names::{FundId, MonitorId};
use crate::number::Number;
use crate::scheme::Parameter;
use crate::source::Names;
use crate::targets::TargetLevel;

/// What a scheme watches within the year, and from where on it warns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Monitor {
    /// Its id within the scheme: a warning is of the same monitor over all versions.
    pub monitor: MonitorId,
    /// Its names.
    pub name: Names,
    /// What is watched.
    pub watched: Watched,
    /// From where on it warns.
    pub limits: Limits,
}

/// What is watched. Progress is in percent, a gap in percentage points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "watches", rename_all = "snake_case")]
pub enum Watched {
    /// Money: what is paid of a budget.
    Money {
        /// Of which.
        of: Parameter<Denominator>,
    },
    /// Targets: what is attained of those that the scheme evaluates.
    Targets {
        /// How attainment is counted.
        by: Parameter<TargetShare>,
        /// Those of one level; `None`: of all levels that the scheme evaluates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<TargetLevel>,
    },
    /// How far the progress of targets and that of money are apart.
    Gap {
        /// Money: of which budget.
        of: Parameter<Denominator>,
        /// Targets: how attainment is counted.
        by: Parameter<TargetShare>,
        /// Targets: those of one level; `None`: of all levels that the scheme evaluates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<TargetLevel>,
        /// Which side has to be ahead for the gap to count.
        ahead: Parameter<Ahead>,
    },
}

/// How the attainment of targets is counted.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum TargetShare {
    /// The points that the targets earn by the scheme's rules over their weights.
    Points,
    /// The targets that are met over all that count.
    Met,
}

/// Which side of a gap is ahead.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Ahead {
    /// Either.
    Either,
    /// Money: it is paid while targets lag behind.
    Money,
    /// Targets: they are attained while money lags behind.
    Targets,
}

/// From where on a monitor warns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "limits", rename_all = "snake_case")]
pub enum Limits {
    /// Progress below what has to be reached by some days of the year.
    Checkpoints {
        /// The days, in the order of the year. Each counts until the next one comes.
        checkpoints: Vec<Checkpoint>,
    },
    /// Progress against the share of the year that has passed: progress / share, in percent.
    TimeProportional {
        /// How the share of the year is counted.
        elapsed: Parameter<Elapsed>,
        /// Watched from this day of the year on; `None`: from its first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Parameter<MonthDay>>,
        /// Yellow below this; `None`: never yellow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        yellow_below: Option<Parameter<Number>>,
        /// Red below this; `None`: never red.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        red_below: Option<Parameter<Number>>,
    },
    /// A gap beyond what is allowed.
    Distance {
        /// Watched from this day of the year on; `None`: from its first.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Parameter<MonthDay>>,
        /// Yellow above this, in percentage points; `None`: never yellow.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        yellow_above: Option<Parameter<Number>>,
        /// Red above this, in percentage points; `None`: never red.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        red_above: Option<Parameter<Number>>,
    },
}

/// What has to be reached by a day of the year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checkpoint {
    /// From the beginning of this day on: what was to be reached by the end of April is asked for from 05-01 on.
    pub from: Parameter<MonthDay>,
    /// Yellow below this progress; `None`: never yellow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yellow_below: Option<Parameter<Number>>,
    /// Red below this progress; `None`: never red.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red_below: Option<Parameter<Number>>,
}

/// How the share of the year that has passed is counted, at the beginning of a day.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Elapsed {
    /// Days that have passed over the days of the year.
    Days,
    /// Whole months that have passed over 12.
    MonthsPassed,
    /// Months that have begun over 12.
    MonthsBegun,
}

/// A day of any year, as `MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

/// Why a text is no [`MonthDay`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no day of the year: write its month and its day as 05-01")]
pub struct MonthDayError(String);

impl MonthDay {
    /// The month, 1 to 12, and the day of it.
    pub fn parts(self) -> (i8, i8) {
        (self.month, self.day)
    }
}

impl FromStr for MonthDay {
    type Err = MonthDayError;

    fn from_str(text: &str) -> Result<Self, MonthDayError> {
        // 02-29 is a day of some years, hence one of a leap year.
        match format!("2000-{text}").parse() {
            Ok(PartialDate::Day(date)) if text.len() == 5 => {
                Ok(Self { month: date.month(), day: date.day() })
            }
            _ => Err(MonthDayError(text.chars().take(30).collect())),
        }
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MonthDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for MonthDay {
    fn schema_name() -> Cow<'static, str> {
        "MonthDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A day of any year.", "pattern": "^[0-9]{2}-[0-9]{2}$" })
    }
}

/// How loud a warning is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum WarningLevel {
    /// It lags.
    Yellow,
    /// It lags far.
    Red,
}

/// A warning of a monitor. Fund and monitor make it the same warning over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Warning {
    /// The fund.
    pub fund: FundId,
    /// The monitor.
    pub monitor: MonitorId,
    /// The monitor's names.
    pub name: Names,
    /// How loud it is.
    pub level: WarningLevel,
    /// The day that the fund's clock had come to.
    pub on: PartialDate,
    /// The figures that show it, in the order in which a person would name them. None where the monitor is gone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub figures: Vec<Figure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_of_the_year_is_month_and_day() {
        for (text, wanted) in [
            ("05-01", Some((5, 1))),
            ("02-29", Some((2, 29))),
            ("12-31", Some((12, 31))),
            ("02-30", None),
            ("13-01", None),
            ("5-1", None),
            ("05", None),
            ("", None),
            ("05-01-01", None),
        ] {
            assert_eq!(text.parse::<MonthDay>().ok().map(MonthDay::parts), wanted, "{text}");
        }
        let day: MonthDay = "05-01".parse().unwrap();
        assert_eq!(serde_json::to_string(&day).unwrap(), "\"05-01\"");
        assert!(day < "10-01".parse().unwrap());
    }
}
