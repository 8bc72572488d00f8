//! Exact values: fractions of whole numbers of any size. 20 / 23 stays 20 / 23 until it is compared.

use std::fmt;

use jixiao_events::{Money, Number};
use num_rational::BigRational;
use rust_decimal::Decimal;

/// The most decimals that a [`Number`] may have.
const MAX_DECIMALS: u32 = 28;

/// An exact value. No step of a verification rounds it; only what is shown of it has an end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(BigRational);

impl Exact {
    /// Zero.
    pub fn zero() -> Self {
        Self::from(0)
    }

    /// Ten to the power of so many decimals below the point: 0.01 for 2.
    pub fn decimal(decimals: u32) -> Self {
        Self(BigRational::from_integer(power(decimals).into()).recip())
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self(&self.0 + &other.0)
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self(&self.0 - &other.0)
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self(&self.0 * &other.0)
    }

    /// The quotient; `None` for a divisor of zero.
    pub fn over(&self, divisor: &Self) -> Option<Self> {
        (*divisor != Self::zero()).then(|| Self(&self.0 / &divisor.0))
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() { Self::zero().minus(self) } else { self.clone() }
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        *self < Self::zero()
    }

    /// Rounded half up (away from zero) to so many decimals.
    #[must_use]
    pub fn half_up(&self, decimals: u32) -> Self {
        let scale = BigRational::from_integer(power(decimals).into());
        Self((&self.0 * &scale).round() / scale)
    }

    /// Cut off after so many decimals.
    #[must_use]
    pub fn cut(&self, decimals: u32) -> Self {
        let scale = BigRational::from_integer(power(decimals).into());
        Self((&self.0 * &scale).trunc() / scale)
    }

    /// As a decimal, with as many digits as one keeps: 28 significant ones at least. `None` beyond the decimal range.
    pub fn number(&self) -> Option<Number> {
        let fits = |decimals: u32| {
            let scaled = (&self.0 * BigRational::from_integer(power(decimals).into())).round();
            let mantissa = i128::try_from(scaled.to_integer()).ok()?;
            Decimal::try_from_i128_with_scale(mantissa, decimals).ok()
        };
        (0..=MAX_DECIMALS).rev().find_map(fits).map(Number::new)
    }
}

/// Ten to a power. Decimals of texts and numbers are bounded by [`MAX_DECIMALS`], which an i128 holds.
fn power(decimals: u32) -> i128 {
    10_i128.pow(decimals.min(MAX_DECIMALS))
}

impl From<Number> for Exact {
    fn from(value: Number) -> Self {
        let decimal = value.decimal();
        Self(BigRational::new(decimal.mantissa().into(), power(decimal.scale()).into()))
    }
}

macro_rules! from_whole {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Exact {
            fn from(value: $whole) -> Self {
                Self(BigRational::from_integer(value.into()))
            }
        }
    )*};
}

from_whole!(i32, i64, u32);

/// In yuan.
impl From<Money> for Exact {
    fn from(money: Money) -> Self {
        Self(BigRational::new(money.fen().into(), 100.into()))
    }
}

/// The decimal, or beyond its range the fraction.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => number.fmt(f),
            None => self.0.fmt(f),
        }
    }
}
