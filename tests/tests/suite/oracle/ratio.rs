//! Exact fractions: a quotient is never cut, so that what is rounded is rounded just once.

use std::ops::{Add, Mul, Neg, Sub};

use jixiao_events::Number;

/// A fraction in lowest terms, its denominator above zero. Beyond 38 digits it panics: the generator stays far below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ratio {
    top: i128,
    less_one: i128,
}

fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { gcd(b, a % b) }
}

impl Ratio {
    pub const ZERO: Self = Self { top: 0, less_one: 0 };

    pub fn new(top: i128, bottom: i128) -> Self {
        assert_ne!(bottom, 0, "nothing is divided by zero");
        let common = gcd(top, bottom) * bottom.signum();
        Self { top: top / common, less_one: bottom / common - 1 }
    }

    pub fn whole(value: i128) -> Self {
        Self::new(value, 1)
    }

    fn bottom(self) -> i128 {
        self.less_one + 1
    }

    /// The quotient; `None` by zero.
    pub fn over(self, other: Self) -> Option<Self> {
        let inverse = || Self::new(other.bottom(), other.top);
        (other.top != 0).then(|| self * inverse())
    }

    pub fn abs(self) -> Self {
        Self { top: self.top.abs(), ..self }
    }

    pub fn floor(self) -> Self {
        Self::whole(self.top.div_euclid(self.bottom()))
    }

    pub fn ceil(self) -> Self {
        -(-self).floor()
    }

    /// Half up, away from zero.
    pub fn rounded(self, decimals: u32) -> Self {
        let scale = Self::whole(10_i128.pow(decimals));
        let half = Self::new(1, 2);
        let whole = (self.abs() * scale + half).floor();
        let rounded = whole.over(scale).unwrap();
        if self.top < 0 { -rounded } else { rounded }
    }

    /// Whether a decimal of 28 digits is this fraction, cut where it has no end.
    pub fn is(self, found: Number) -> bool {
        let close = Number::unit(20);
        let [top, bottom] = [self.top, self.bottom()].map(|part| part.to_string().parse::<Number>().unwrap());
        let near = top.checked_div(bottom).is_some_and(|own| (own - found).abs() < close);
        let scale = [0_u32, 4, 8, 12].into_iter().map(|decimals| 10_i128.pow(decimals));
        let ends = scale.into_iter().any(|scale| scale % self.bottom() == 0);
        near && (!ends || Self::from(found) == self)
    }
}

impl From<Number> for Ratio {
    fn from(number: Number) -> Self {
        let decimal = number.decimal();
        Self::new(decimal.mantissa(), 10_i128.pow(decimal.scale()))
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.less_one == 0 { self.top.fmt(f) } else { write!(f, "{}/{}", self.top, self.bottom()) }
    }
}

impl Add for Ratio {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let common = gcd(self.bottom(), other.bottom());
        let (by, of_other) = (other.bottom() / common, self.bottom() / common);
        Self::new(self.top * by + other.top * of_other, self.bottom() * by)
    }
}

impl Neg for Ratio {
    type Output = Self;
    fn neg(self) -> Self {
        Self { top: -self.top, ..self }
    }
}

impl Sub for Ratio {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Ratio {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let (left, right) = (gcd(self.top, other.bottom()).max(1), gcd(other.top, self.bottom()).max(1));
        Self::new((self.top / left) * (other.top / right), (self.bottom() / right) * (other.bottom() / left))
    }
}

impl std::iter::Sum for Ratio {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ratio {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (*self - *other).top.cmp(&0)
    }
}

#[test]
fn fractions_are_exact() {
    let third = Ratio::new(1, 3);
    assert_eq!(third + third + third, Ratio::whole(1));
    assert_eq!(
        (Ratio::new(1, -8).rounded(2), Ratio::new(1, 8).rounded(2)),
        (Ratio::new(-13, 100), Ratio::new(13, 100))
    );
    assert_eq!((Ratio::new(-1, 2).floor(), Ratio::new(-1, 2).ceil()), (Ratio::whole(-1), Ratio::ZERO));
    assert!(
        Ratio::new(2, 3) > Ratio::new(66, 100) && third.is("0.3333333333333333333333333333".parse().unwrap())
    );
    assert!(
        !third.is("0.3333".parse().unwrap())
            && !Ratio::new(1, 8).is("0.1250000000000000000000001".parse().unwrap())
    );
}
