//! Exact values: fractions of whole numbers of any size. 20 / 23 stays 20 / 23 until it is compared.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use jixiao_events::{Money, Number};
use num_rational::BigRational;
use rust_decimal::Decimal;

/// The most decimals that a [`Number`] may have.
pub(super) const MAX_DECIMALS: u32 = 28;

/// An exact value. No step of a verification rounds it; only what is shown of it has an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact(Form);

/// A fraction in lowest terms. Nearly all are short: whoever verifies a report computes thousands of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// Of two numbers that fit 64 bits, neither of them the lowest; the divisor is above zero.
    Short(i64, i64),
    /// Any that is not short, so that equal values have one form.
    Long(BigRational),
}

impl Exact {
    /// Zero.
    pub fn zero() -> Self {
        Self(Form::Short(0, 1))
    }

    /// Ten to the power of so many decimals below the point: 0.01 for 2.
    pub fn decimal(decimals: u32) -> Self {
        Self::fraction(1, power(decimals))
    }

    /// The sum.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        let short = |a, b, c, d| if b == d { (a + c, b) } else { (a * d + c * b, b * d) };
        self.with(other, short, |a, b| a + b)
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let short = |a, b, c, d| if b == d { (a - c, b) } else { (a * d - c * b, b * d) };
        self.with(other, short, |a, b| a - b)
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        self.with(other, |a, b, c, d| (a * c, b * d), |a, b| a * b)
    }

    /// The quotient; `None` for a divisor of zero.
    pub fn over(&self, divisor: &Self) -> Option<Self> {
        let is_zero = *divisor == Self::zero();
        (!is_zero).then(|| self.with(divisor, |a, b, c, d| (a * d * c.signum(), b * c.abs()), |a, b| a / b))
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
        self.at(decimals, |whole, rest, below| {
            whole + if 2 * rest.abs() >= below { rest.signum() } else { 0 }
        })
        .unwrap_or_else(|| {
            let scale = BigRational::from_integer(power(decimals).into());
            Self::long((self.big().as_ref() * &scale).round() / scale)
        })
    }

    /// Cut off after so many decimals.
    #[must_use]
    pub fn cut(&self, decimals: u32) -> Self {
        self.at(decimals, |whole, _, _| whole).unwrap_or_else(|| {
            let scale = BigRational::from_integer(power(decimals).into());
            Self::long((self.big().as_ref() * &scale).trunc() / scale)
        })
    }

    /// As a decimal, with as many digits as one keeps: 28 significant ones at least. `None` beyond the decimal range.
    pub fn number(&self) -> Option<Number> {
        self.finite().or_else(|| {
            let value = self.big();
            let fits = |decimals: u32| {
                let scaled = (value.as_ref() * BigRational::from_integer(power(decimals).into())).round();
                let mantissa = i128::try_from(scaled.to_integer()).ok()?;
                Decimal::try_from_i128_with_scale(mantissa, decimals).ok()
            };
            (0..=MAX_DECIMALS).rev().find_map(fits).map(Number::new)
        })
    }

    /// As the decimal that it is, if it is short and one with few decimals.
    fn finite(&self) -> Option<Number> {
        const FEW: u32 = 12;
        let Form::Short(above, below) = &self.0 else { return None };
        let of = |decimals: u32| {
            Some(power(decimals) / i128::from(*below))
                .filter(|times| times * i128::from(*below) == power(decimals))
        };
        let (decimals, times) = (0..=FEW).find_map(|decimals| Some((decimals, of(decimals)?)))?;
        Decimal::try_from_i128_with_scale(i128::from(*above) * times, decimals).ok().map(Number::new)
    }

    /// Of two values: short where both and the result are. Products of two numbers of 64 bits, and sums of two such, fit 128.
    fn with(
        &self,
        other: &Self,
        short: impl Fn(i128, i128, i128, i128) -> (i128, i128),
        long: impl Fn(&BigRational, &BigRational) -> BigRational,
    ) -> Self {
        if let (Form::Short(a, b), Form::Short(c, d)) = (&self.0, &other.0) {
            let (above, below) = short((*a).into(), (*b).into(), (*c).into(), (*d).into());
            if let Some(short) = Self::short(above, below) {
                return short;
            }
        }
        Self::long(long(&self.big(), &other.big()))
    }

    /// Rounded to so many decimals: what `round` makes of the whole part, the rest and the divisor. `None` where that does
    /// not fit.
    fn at(&self, decimals: u32, round: impl Fn(i128, i128, i128) -> i128) -> Option<Self> {
        let Form::Short(above, below) = &self.0 else { return None };
        let (above, below) = (i128::from(*above).checked_mul(power(decimals))?, i128::from(*below));
        Self::short(round(above / below, above % below, below), power(decimals))
    }

    /// A fraction with a divisor above zero.
    fn fraction(above: i128, below: i128) -> Self {
        Self::short(above, below).unwrap_or_else(|| Self::long(BigRational::new(above.into(), below.into())))
    }

    /// The same, if it is short in lowest terms.
    fn short(above: i128, below: i128) -> Option<Self> {
        let common = i128::try_from(common_divisor(above.unsigned_abs(), below.unsigned_abs())).ok()?;
        let above = i64::try_from(above / common).ok().filter(|above| *above != i64::MIN)?;
        Some(Self(Form::Short(above, i64::try_from(below / common).ok()?)))
    }

    /// A fraction in lowest terms.
    fn long(value: BigRational) -> Self {
        let above = i64::try_from(value.numer()).ok().filter(|above| *above != i64::MIN);
        match above.zip(i64::try_from(value.denom()).ok()) {
            Some((above, below)) => Self(Form::Short(above, below)),
            None => Self(Form::Long(value)),
        }
    }

    fn big(&self) -> Cow<'_, BigRational> {
        match &self.0 {
            Form::Short(above, below) => Cow::Owned(BigRational::new_raw((*above).into(), (*below).into())),
            Form::Long(value) => Cow::Borrowed(value),
        }
    }
}

impl Ord for Exact {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Form::Short(a, b), Form::Short(c, d)) => {
                (i128::from(*a) * i128::from(*d)).cmp(&(i128::from(*c) * i128::from(*b)))
            }
            _ => self.big().cmp(&other.big()),
        }
    }
}

impl PartialOrd for Exact {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The greatest common divisor; the other of a number and zero.
fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        // Divisions of 64 bits are many times faster.
        if let (Ok(mut x), Ok(mut y)) = (u64::try_from(a), u64::try_from(b)) {
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return x.into();
        }
        (a, b) = (b, a % b);
    }
    a
}

/// Ten to a power. Decimals of texts and numbers are bounded by [`MAX_DECIMALS`], which an i128 holds.
fn power(decimals: u32) -> i128 {
    10_i128.pow(decimals.min(MAX_DECIMALS))
}

impl From<Number> for Exact {
    fn from(value: Number) -> Self {
        let decimal = value.decimal();
        Self::fraction(decimal.mantissa(), power(decimal.scale()))
    }
}

macro_rules! from_whole {
    ($($whole:ty),*) => {$(
        impl From<$whole> for Exact {
            fn from(value: $whole) -> Self {
                Self::fraction(value.into(), 1)
            }
        }
    )*};
}

from_whole!(i32, i64, u32);

/// In yuan.
impl From<Money> for Exact {
    fn from(money: Money) -> Self {
        Self::fraction(money.fen(), 100)
    }
}

/// The decimal, or beyond its range the fraction.
impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => number.fmt(f),
            None => self.big().fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the arithmetic of any size alone has it.
    fn plain(value: &Exact) -> BigRational {
        value.big().into_owned()
    }

    /// Small ones, some at the ends of 64 bits and of a decimal, and fractions of them, of both signs.
    fn values() -> Vec<Exact> {
        let ends = [0, 1, 2, 3, 7, 10, 99, 100, 328, 66_900, i64::MAX - 1, i64::MAX].map(i128::from);
        let longer = [i128::from(i64::MAX) + 1, u64::MAX.into(), power(28), i128::from(i64::MAX) * 3];
        let whole: Vec<i128> = ends.into_iter().chain(longer).flat_map(|end| [end, -end]).collect();
        let below = [1, 2, 3, 100, 4_000, i128::from(i64::MAX), power(19), power(28)];
        whole.iter().flat_map(|above| below.map(|below| Exact::fraction(*above, below))).collect()
    }

    #[track_caller]
    fn check(found: &Exact, expected: &BigRational) {
        assert_eq!(plain(found), *expected);
        assert_eq!(*found, Exact::long(expected.clone()), "one form");
    }

    #[test]
    fn short_and_long_values_compute_alike() {
        let values = values();
        assert!(values.iter().any(|value| matches!(value.0, Form::Long(_))));
        for a in &values {
            for b in &values {
                let (x, y) = (plain(a), plain(b));
                check(&a.plus(b), &(&x + &y));
                check(&a.minus(b), &(&x - &y));
                check(&a.times(b), &(&x * &y));
                assert_eq!(a.cmp(b), x.cmp(&y), "{a:?} {b:?}");
                match a.over(b) {
                    Some(quotient) => check(&quotient, &(&x / &y)),
                    None => assert_eq!(*b, Exact::zero()),
                }
            }
        }
    }

    #[test]
    fn short_and_long_values_round_and_show_alike() {
        for value in values() {
            let exact = plain(&value);
            for decimals in [0, 1, 2, 4, 12, 19, 28, 40] {
                let scale = BigRational::from_integer(power(decimals).into());
                check(&value.half_up(decimals), &((&exact * &scale).round() / &scale));
                check(&value.cut(decimals), &((&exact * &scale).trunc() / &scale));
            }
            check(&value.abs(), &if exact < plain(&Exact::zero()) { -exact.clone() } else { exact.clone() });
            let long = Exact(Form::Long(exact));
            assert_eq!(value.number(), long.number());
        }
    }
}
