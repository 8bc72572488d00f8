//! Exact money in yuan and 分.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number::Number;

/// An amount of Chinese yuan (CNY), exact to the 分 (0.01 yuan).
///
/// Written as yuan with two decimals, `"36592000.00"`. One amount that comes in from outside is at most
/// [`Money::LIMIT`] either way; sums of them have room for 10^20 of those.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money {
    fen: i128,
}

/// Why a text or number is no amount of [`Money`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not plain decimal notation.
    #[error("\"{0}\" is not an amount such as 1200.50")]
    Syntax(String),
    /// Finer than 0.01 yuan; refused, never rounded.
    #[error("{0} yuan is finer than 0.01 yuan (分)")]
    TooFine(String),
    /// Beyond [`Money::LIMIT`].
    #[error("the amount is beyond 1,000,000,000,000,000 yuan")]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self { fen: 0 };
    /// The largest amount taken in from outside: 10^15 yuan.
    pub const LIMIT: Self = Self { fen: 100_000_000_000_000_000 };
    /// Yuan in one 万元.
    const WAN: i64 = 10_000;

    /// From 分 (0.01 yuan).
    pub fn from_fen(fen: i128) -> Self {
        Self { fen }
    }

    /// In 分 (0.01 yuan).
    pub fn fen(self) -> i128 {
        self.fen
    }

    /// From yuan and billionths of a yuan of the same sign, the form of `google.type.Money`.
    pub fn try_from_parts(units: i64, nanos: i32) -> Result<Self, MoneyError> {
        let written = || format!("{units}.{:09}", nanos.unsigned_abs());
        if (units > 0 && nanos < 0) || (units < 0 && nanos > 0) || nanos.unsigned_abs() >= 1_000_000_000 {
            return Err(MoneyError::Syntax(written()));
        }
        if nanos % 10_000_000 != 0 {
            return Err(MoneyError::TooFine(written()));
        }
        Self::bounded(i128::from(units) * 100 + i128::from(nanos / 10_000_000))
    }

    /// As yuan and billionths of a yuan; `None` where the yuan do not fit an i64.
    pub fn parts(self) -> Option<(i64, i32)> {
        let nanos = i32::try_from(self.fen % 100).ok()? * 10_000_000;
        Some((i64::try_from(self.fen / 100).ok()?, nanos))
    }

    /// From an amount in 万元 (10,000 yuan).
    pub fn try_from_wan(wan: Number) -> Result<Self, MoneyError> {
        let yuan = wan.checked_mul(Number::from(Self::WAN)).ok_or(MoneyError::TooLarge)?;
        Self::try_from_yuan(yuan)
    }

    /// From an amount in yuan.
    pub fn try_from_yuan(yuan: Number) -> Result<Self, MoneyError> {
        let fen = yuan.checked_mul(Number::HUNDRED).ok_or(MoneyError::TooLarge)?.decimal();
        if !fen.is_integer() {
            return Err(MoneyError::TooFine(yuan.to_string()));
        }
        Self::bounded(fen.normalize().mantissa())
    }

    fn bounded(fen: i128) -> Result<Self, MoneyError> {
        if fen.abs() > Self::LIMIT.fen { Err(MoneyError::TooLarge) } else { Ok(Self { fen }) }
    }

    /// In yuan, as an exact decimal; `None` beyond the decimal range.
    pub fn yuan(self) -> Option<Number> {
        Decimal::try_from_i128_with_scale(self.fen, 2).ok().map(Number::new)
    }

    /// In 万元, as an exact decimal; `None` beyond the decimal range.
    pub fn wan(self) -> Option<Number> {
        Decimal::try_from_i128_with_scale(self.fen, 6).ok().map(Number::new)
    }

    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.fen < 0
    }

    /// The share of `whole` in percent, to 28 significant digits; `None` while `whole` is not above zero.
    pub fn percent_of(self, whole: Self) -> Option<Number> {
        if whole.fen <= 0 {
            return None;
        }
        // The product first: one division, one rounding in the 28th digit.
        self.yuan()?.checked_mul(Number::HUNDRED)?.checked_div(whole.yuan()?)
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { fen: self.fen.saturating_add(other.fen) }
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { fen: self.fen.saturating_sub(other.fen) }
    }
}

impl Neg for Money {
    type Output = Self;
    fn neg(self) -> Self {
        Self { fen: self.fen.saturating_neg() }
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.fen < 0 { "-" } else { "" };
        let fen = self.fen.unsigned_abs();
        write!(f, "{sign}{}.{:02}", fen / 100, fen % 100)
    }
}

/// An amount in yuan, any number of decimals up to two.
impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let yuan = text.parse().map_err(|_| MoneyError::Syntax(text.chars().take(60).collect()))?;
        Self::try_from_yuan(yuan)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Stored sums may exceed LIMIT, which bounds what comes in from outside; hence not `from_str`.
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("\"{text}\" is not yuan with two decimals"));
        let (yuan, fen) = text.split_once('.').ok_or_else(wrong)?;
        if fen.len() != 2 || !fen.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        format!("{yuan}{fen}").parse().map(Self::from_fen).map_err(|_| wrong())
    }
}

impl JsonSchema for Money {
    fn schema_name() -> Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "Chinese yuan (CNY) with two decimals.",
            "pattern": "^-?[0-9]+\\.[0-9]{2}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wan(text: &str) -> Money {
        Money::try_from_wan(text.parse().unwrap()).unwrap()
    }

    #[test]
    fn keeps_every_fen() {
        assert_eq!(wan("8400.20998").to_string(), "84002099.80"); // transfers.csv, line 135
        assert_eq!((wan("4000") + wan("328.2") - wan("669")).wan().unwrap().to_string(), "3659.2");
        assert_eq!(
            wan("2442.5").percent_of(wan("3659.2")).unwrap().to_string(),
            "66.74956274595540008745080892"
        );
        assert_eq!(Money::ZERO.percent_of(Money::ZERO), None);
    }

    #[test]
    fn refuses_what_it_could_only_round() {
        assert_eq!(Money::try_from_parts(1, 5_000_000), Err(MoneyError::TooFine("1.005000000".into())));
        assert_eq!(Money::try_from_parts(-1, -500_000_000).unwrap().to_string(), "-1.50");
        assert_eq!("1000000000000000.01".parse::<Money>(), Err(MoneyError::TooLarge));
        assert!(matches!("12.345".parse::<Money>(), Err(MoneyError::TooFine(_))));
    }

    #[test]
    fn written_and_read_back() {
        for fen in [0, 1, -1, -99, 100, 123_456, i128::from(i64::MAX) * 1000] {
            let money = Money::from_fen(fen);
            let json = serde_json::to_string(&money).unwrap();
            assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money, "{json}");
        }
    }
}
