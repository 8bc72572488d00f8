//! How a figure is written, and whether an exact value is what is written: in which unit, to which decimals.

use jixiao_events::Number;

use super::exact::{Exact, MAX_DECIMALS};
use super::text::Plain;

/// Whether an exact value gives a written figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Rounded half up to the decimals that are written.
    Rounds,
    /// Only when cut off there instead of rounded.
    Cuts,
    /// Neither.
    No,
}

/// A figure as written: its value and its decimals. 3.0 has one, 3 has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The value.
    pub value: Exact,
    /// The decimals that are written.
    pub decimals: u32,
}

impl Written {
    /// A figure from its text and its value. The decimals are those of the number in the text that is the value; where no
    /// number in it is (`约三成`), those of the value.
    pub fn new(stated: &str, value: Number) -> Self {
        let plain = Plain::read(stated).filter(|plain| plain.is(value)).map(|plain| plain.number);
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',' | '-');
        let numbers = stated.split(|c| !is_part(c)).map(|part| part.replace(',', ""));
        let text = plain.or_else(|| numbers.into_iter().find(|part| part.parse() == Ok(value)));
        let text = text.unwrap_or_else(|| value.to_string());
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        Self { value: value.into(), decimals: u32::try_from(decimals).unwrap_or(u32::MAX) }
    }

    /// Whether a value in the figure's own unit gives it.
    pub fn fit(&self, exact: &Exact) -> Fit {
        if exact.half_up(self.decimals) == self.value {
            Fit::Rounds
        } else if exact.cut(self.decimals) == self.value {
            Fit::Cuts
        } else {
            Fit::No
        }
    }

    /// The same where it is a share in this scale. A fraction that is written without decimals (0, 1) was not rounded: else
    /// 1 would be every share above a half.
    #[must_use]
    pub fn of_share(mut self, scale: &Exact) -> Self {
        if self.decimals == 0 && *scale == Exact::from(1) {
            self.decimals = MAX_DECIMALS;
        }
        self
    }

    /// What the figure may stand for when it was rounded: from, to.
    pub fn range(&self) -> (Exact, Exact) {
        let half = Exact::decimal(self.decimals).times(&half());
        (self.value.minus(&half), self.value.plus(&half))
    }
}

fn half() -> Exact {
    Exact::from(Number::ONE).over(&Exact::from(2)).unwrap_or_else(Exact::zero)
}

/// What a quantity is measured in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Yuan.
    Money,
    /// A share of a whole: 1 is 100 %.
    Share,
    /// Points.
    Points,
    /// Things that are counted, whatever their classifier.
    Count,
    /// The unit of a target; `None` where it has none.
    Own(Option<String>),
}

/// How many of the quantity's units one of the written unit is, in order of preference. Empty: the two do not compare.
///
/// | quantity | written | one is |
/// | --- | --- | --- |
/// | money | 元, 万元, 百万元, 亿元 … | 1, 10,000 … yuan; without a unit it is not known |
/// | share | %, ‰ | 0.01, 0.001 |
/// | share | nothing | 0.01, or else 1: 0.67 and 67 both happen |
/// | points | 分, nothing | 1 |
/// | count | any classifier, 万 or 亿 before it, nothing | 1, 10,000 … |
/// | a target's | its own unit, a classifier or 万 before it aside: 亿条 for 条, 订单 for 条订单 | the ratio of the two |
pub fn scales(unit: &Unit, written: Option<&str>) -> Vec<Exact> {
    let written = written.map(str::trim).filter(|text| !text.is_empty());
    let one = Exact::from(1);
    let percent = || Exact::decimal(2);
    let (scale, base) = parts(written.unwrap_or_default());
    match unit {
        Unit::Money => Vec::from_iter(is_money(base).then_some(scale)),
        Unit::Share => match written {
            None => vec![percent(), one],
            Some("%" | "％" | "百分比" | "percent") => vec![percent()],
            Some("‰") => vec![Exact::decimal(3)],
            Some(_) => Vec::new(),
        },
        Unit::Points => Vec::from_iter(matches!(written, None | Some("分" | "points")).then_some(one)),
        Unit::Count => {
            let is_other = is_money(base) || matches!(base, "%" | "％" | "‰" | "分");
            Vec::from_iter((!is_other).then_some(scale))
        }
        Unit::Own(own) => {
            let (own_scale, own_base) = parts(own.as_deref().map(str::trim).unwrap_or_default());
            let is_same = without_classifier(base) == without_classifier(own_base);
            is_same.then(|| scale.over(&own_scale)).flatten().into_iter().collect()
        }
    }
}

/// A unit in two: how many, of what. 万元 is 10,000 of 元.
pub fn parts(unit: &str) -> (Exact, &str) {
    const SCALES: [(&str, i64); 8] = [
        ("万亿", 1_000_000_000_000),
        ("千万", 10_000_000),
        ("百万", 1_000_000),
        ("十万", 100_000),
        ("亿", 100_000_000),
        ("万", 10_000),
        ("千", 1_000),
        ("百", 100),
    ];
    let found = SCALES.iter().find_map(|(prefix, scale)| {
        let base = unit.strip_prefix(prefix)?;
        // 百分比 is no hundred of 分比, 千米 and 千克 are units of their own.
        (!base.starts_with("分") && !matches!(base, "米" | "克" | "瓦")).then_some((*scale, base))
    });
    let (scale, base) = found.unwrap_or((1, unit));
    (Exact::from(scale), base.trim())
}

/// Whether a unit is yuan.
pub fn is_money(base: &str) -> bool {
    matches!(base, "元" | "人民币" | "人民币元" | "yuan" | "CNY")
}

const CLASSIFIERS: [char; 14] =
    ['个', '条', '家', '次', '项', '张', '份', '套', '件', '起', '场', '台', '户', '名'];

/// Whether a unit is a classifier and nothing else.
pub fn is_classifier(base: &str) -> bool {
    base.strip_prefix(CLASSIFIERS).is_some_and(str::is_empty)
}

/// A noun after its classifier: 订单 of 条订单. A classifier alone stays.
fn without_classifier(base: &str) -> &str {
    let noun = base.strip_prefix(CLASSIFIERS).unwrap_or_default();
    if noun.is_empty() { base } else { noun }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[track_caller]
    fn check(stated: &str, numerator: &str, denominator: &str, fit: Fit) {
        let exact = Exact::from(number(numerator)).over(&Exact::from(number(denominator))).unwrap();
        let value = stated.trim_end_matches(['%', '分']).replace(',', "");
        assert_eq!(Written::new(stated, number(&value)).fit(&exact), fit, "{stated} {exact}");
    }

    #[test]
    fn a_value_fits_half_up_at_the_decimals_written() {
        check("17", "66900", "4000", Fit::Rounds); // 16.725, claim smart-city-2019/budget.adjustment_rate
        check("67", "244250", "3659.2", Fit::Rounds); // 66.749…
        check("74", "49480", "666", Fit::Rounds); // 74.29…
        check("35", "35400", "1020", Fit::Rounds); // 34.70…
        check("88.89", "2400", "27", Fit::Rounds);
        check("86.96", "2000", "23", Fit::Rounds); // 86.9565…
        check("86.95", "2000", "23", Fit::Cuts);
        check("86.96", "2000", "22", Fit::No); // 90.909…
        check("70", "3800", "55", Fit::No); // 69.0909…
        check("69", "3800", "55", Fit::Rounds);
        check("3.0", "304", "100", Fit::Rounds);
        check("3.0", "306", "100", Fit::Cuts);
        check("3", "35", "10", Fit::Cuts);
        check("4", "35", "10", Fit::Rounds);
        check("-4", "-35", "10", Fit::Rounds);
        check("-3", "-35", "10", Fit::Cuts);
        check("8,400.2分", "8400.20998", "1", Fit::Rounds);
        // The last digit of 28 does not decide: a third is not 0.333…3.
        check("0.3333333333333333333333333333", "1", "3", Fit::Rounds);
        check("0.3333333333333333333333333334", "1", "3", Fit::No);
        // Beyond what decimals can multiply.
        check("100", "79228162514264337593543950335", "792281625142643375935439503.35", Fit::Rounds);
    }

    #[test]
    fn units_of_one_kind_convert() {
        let own = |unit: &str| Unit::Own(Some(unit.to_owned()));
        let rows: [(Unit, &str, &[&str]); 20] = [
            (Unit::Money, "万元", &["10000"]),
            (Unit::Money, "亿元", &["100000000"]),
            (Unit::Money, "元", &["1"]),
            (Unit::Money, "", &[]),
            (Unit::Money, "个", &[]),
            (Unit::Share, "%", &["0.01"]),
            (Unit::Share, "", &["0.01", "1"]),
            (Unit::Share, "万元", &[]),
            (Unit::Points, "分", &["1"]),
            (Unit::Points, "%", &[]),
            (Unit::Count, "个", &["1"]),
            (Unit::Count, "万人", &["10000"]),
            (Unit::Count, "", &["1"]),
            (Unit::Count, "万元", &[]),
            (own("条"), "亿条", &["100000000"]),
            (own("万人"), "人", &["0.0001"]),
            (own("条订单"), "订单", &["1"]),
            (own("人"), "订单", &[]),
            (own("个"), "家", &[]),
            (Unit::Own(None), "", &["1"]),
        ];
        for (unit, written, expected) in rows {
            let found: Vec<_> = scales(&unit, Some(written)).iter().map(Exact::to_string).collect();
            assert_eq!(found, expected, "{unit:?} {written}");
        }
    }
}
