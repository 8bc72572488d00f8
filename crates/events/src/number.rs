//! Exact decimals with one written form.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An exact decimal: a score, a weight, a value, a percentage. Always normalized, so that 1.50 and 1.5 have one form.
///
/// Written as a decimal string. 28 significant digits always fit, 29 up to 7.9 × 10^28; a longer text is refused, never
/// rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Number(Decimal);

/// Why a text is no [`Number`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Not plain decimal notation.
    #[error("\"{0}\" is not a decimal number such as 12.5")]
    Syntax(String),
    /// More digits than are kept exactly.
    #[error("\"{0}\" has more significant digits than the 28 that are kept exactly")]
    TooLong(String),
}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// One.
    pub const ONE: Self = Self(Decimal::ONE);
    /// One hundred.
    pub const HUNDRED: Self = Self(Decimal::ONE_HUNDRED);

    /// From a decimal, normalized.
    pub fn new(value: Decimal) -> Self {
        // Decimal keeps the sign of a zero apart; one written form means there is only one zero.
        if value.is_zero() { Self::ZERO } else { Self(value.normalize()) }
    }

    /// The decimal itself.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The sum; `None` beyond the decimal range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self::new)
    }

    /// The difference; `None` beyond the decimal range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self::new)
    }

    /// The product; `None` beyond the decimal range.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        self.0.checked_mul(other.0).map(Self::new)
    }

    /// The quotient, to 28 or 29 significant digits; `None` for a zero divisor or beyond the decimal range.
    pub fn checked_div(self, other: Self) -> Option<Self> {
        self.0.checked_div(other.0).map(Self::new)
    }

    #[must_use]
    /// Rounded half up (away from zero) to so many decimals.
    pub fn round_half_up(self, decimals: u32) -> Self {
        Self::new(
            self.0.round_dp_with_strategy(decimals, rust_decimal::RoundingStrategy::MidpointAwayFromZero),
        )
    }

    /// One unit of a decimal place: 0.01 of two decimals.
    pub fn unit(decimals: u32) -> Self {
        Self::new(Decimal::new(1, decimals.min(28)))
    }

    #[must_use]
    /// The greatest whole number that is not above it.
    pub fn floor(self) -> Self {
        Self::new(self.0.floor())
    }

    #[must_use]
    /// The least whole number that is not below it.
    pub fn ceil(self) -> Self {
        Self::new(self.0.ceil())
    }

    #[must_use]
    /// The absolute value.
    pub fn abs(self) -> Self {
        Self(self.0.abs())
    }
}

/// Saturates at the ends of the decimal range: folds must be total. Inputs are bounded at the edge far below that.
impl Add for Number {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::new(self.0.saturating_add(other.0))
    }
}

impl Sub for Number {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::new(self.0.saturating_sub(other.0))
    }
}

impl Neg for Number {
    type Output = Self;
    fn neg(self) -> Self {
        Self::new(-self.0)
    }
}

impl AddAssign for Number {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Number {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::new(Decimal::from(value))
    }
}

impl From<u32> for Number {
    fn from(value: u32) -> Self {
        Self::new(Decimal::from(value))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let mut parts = digits.split('.');
        let (whole, fraction) = (parts.next().unwrap_or_default(), parts.next());
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || fraction.is_some_and(|part| !plain(part)) || parts.next().is_some() {
            return Err(NumberError::Syntax(text.chars().take(60).collect()));
        }
        // Quotients may have a 29th digit. What is written must read, so only the decimal itself sets the limit.
        let value = Decimal::from_str_exact(text)
            .map_err(|_| NumberError::TooLong(text.chars().take(60).collect()))?;
        Ok(Self::new(value))
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Number {
    fn schema_name() -> Cow<'static, str> {
        "Number".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "An exact decimal without trailing zeros.",
            "pattern": "^-?[0-9]+(\\.[0-9]*[1-9])?$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_written_form() {
        for (text, written) in [("1.50", "1.5"), ("-0.0", "0"), ("100", "100"), ("007", "7"), ("0.10", "0.1")]
        {
            assert_eq!(text.parse::<Number>().unwrap().to_string(), written, "{text}");
        }
    }

    #[test]
    fn whatever_is_written_reads() {
        let number = |text: &str| text.parse::<Number>().unwrap();
        let most = Number::new(Decimal::MAX);
        for (value, written) in [
            (number("10000").checked_div(number("99.95")), "100.05002501250625312656328164"),
            (Number::ONE.checked_div(number("3")), "0.3333333333333333333333333333"),
            (number("-2").checked_div(number("3")), "-0.6666666666666666666666666667"),
            (Some(most), "79228162514264337593543950335"),
            (Some(most + most), "79228162514264337593543950335"),
        ] {
            let value = value.unwrap();
            assert_eq!((value.to_string().as_str(), value.to_string().parse()), (written, Ok(value)));
        }
        assert!("1.2345678901234567890123456789012".parse::<Number>().is_err(), "never rounded");
    }

    #[test]
    fn refuses_what_is_no_plain_decimal() {
        for text in ["", "-", "1.", ".5", "1e3", "1_000", "+1", "１", "1.2.3", " 1", "NaN"] {
            assert!(matches!(text.parse::<Number>(), Err(NumberError::Syntax(_))), "{text}");
        }
        let long = "0.123456789012345678901234567890";
        assert!(matches!(long.parse::<Number>(), Err(NumberError::TooLong(_))));
        assert!("99999999999999999999999999999999".parse::<Number>().is_err());
    }
}
