//! A figure as computed beside what is stated about it.

use jixiao_events::{Money, Number};
use jixiao_proto::google::r#type::Money as PbMoney;
use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;

/// What of a server's answer does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAnswer(pub String);

/// An exact decimal of an answer; `None` for an empty text.
pub fn number(text: &str) -> Result<Option<Number>, BadAnswer> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| BadAnswer(format!("\"{text}\"")))
}

/// An exact decimal that an answer has to hold.
pub fn required(text: &str) -> Result<Number, BadAnswer> {
    number(text)?.ok_or_else(|| BadAnswer("\"\"".to_owned()))
}

/// Money of an answer; nothing where it is left out. Sums may exceed the limit of a single amount.
pub fn money(amount: Option<&PbMoney>) -> Money {
    amount.map_or(Money::ZERO, |amount| {
        Money::from_fen(i128::from(amount.units) * 100 + i128::from(amount.nanos / 10_000_000))
    })
}

/// A unit that people read money in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 元.
    Yuan,
    /// 万元, 10,000 yuan.
    WanYuan,
    /// 亿元, 100,000,000 yuan.
    YiYuan,
}

impl Unit {
    /// A fund's display unit; yuan where it has none.
    pub fn of(unit: pb::DisplayUnit) -> Self {
        match unit {
            pb::DisplayUnit::WanYuan => Self::WanYuan,
            pb::DisplayUnit::YiYuan => Self::YiYuan,
            pb::DisplayUnit::Yuan | pb::DisplayUnit::Unspecified => Self::Yuan,
        }
    }

    /// As it is written in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Yuan => "元",
            Self::WanYuan => "万元",
            Self::YiYuan => "亿元",
        }
    }

    /// As it is written in English.
    pub fn en(self) -> &'static str {
        match self {
            Self::Yuan => "yuan",
            Self::WanYuan => "10,000 yuan (万元)",
            Self::YiYuan => "100,000,000 yuan (亿元)",
        }
    }

    /// An amount in this unit, exact; `None` beyond the decimal range.
    pub fn amount(self, money: Money) -> Option<Number> {
        match self {
            Self::Yuan => money.yuan(),
            Self::WanYuan => money.wan(),
            Self::YiYuan => money.wan()?.checked_div(Number::from(10_000_i64)),
        }
    }
}

/// A figure as a report states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stated {
    /// What quantity, `budget.adjusted`.
    pub quantity: String,
    /// As written.
    pub stated: String,
    /// Its value; absent where the text is no figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// Its unit as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// stated or derived.
    pub basis: String,
    /// Where.
    pub place: String,
    /// The same quantity as the server computes it, unrounded; absent where it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub computed: Option<Number>,
    /// Whether the computed one, rounded to the stated one's decimals, is the stated one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agrees: Option<bool>,
}

impl Stated {
    /// From an answer.
    pub fn of(figure: &pb::StatedFigure) -> Result<Self, BadAnswer> {
        let mut stated = Self {
            quantity: figure.quantity.clone(),
            stated: figure.stated.clone(),
            value: number(&figure.value)?,
            unit: figure.unit.clone(),
            basis: figure.basis.clone(),
            place: figure.place.clone(),
            computed: number(&figure.computed)?,
            agrees: None,
        };
        stated.agrees = stated.computed.map(|computed| stated.is_reproduced_by(computed));
        Ok(stated)
    }

    /// Whether a computed value, rounded half up to the decimals that are written, is this figure.
    pub fn is_reproduced_by(&self, computed: Number) -> bool {
        self.value == Some(computed.round_half_up(self.decimals()))
    }

    /// The decimals as written: 17 has none, 3.0 has one.
    fn decimals(&self) -> u32 {
        let written = if self.stated.parse::<Number>().is_ok() {
            self.stated.clone()
        } else {
            self.value.map(|value| value.to_string()).unwrap_or_default()
        };
        let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        u32::try_from(decimals).unwrap_or(u32::MAX)
    }
}

/// A figure of an evaluation beside what is stated about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What quantity, `budget.adjusted`.
    pub quantity: String,
    /// By which of several definitions, `cuts_only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<&'static str>,
    /// Its value, exact; absent where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Number>,
    /// Of money: in yuan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub yuan: Option<Money>,
    /// What is stated about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<Beside>,
}

/// A stated figure beside a computed one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// As written.
    pub stated: String,
    /// Its unit as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Where.
    pub place: String,
    /// Whether the computed one, rounded to its decimals, is the stated one.
    pub reproduced: bool,
}

impl Figure {
    /// A figure with those stated about one of some quantities.
    pub fn new(
        quantity: impl Into<String>,
        definition: Option<&'static str>,
        value: Option<Number>,
        stated: &[Stated],
        quantities: &[&str],
    ) -> Self {
        let beside = |stated: &Stated| Beside {
            stated: stated.stated.clone(),
            unit: stated.unit.clone(),
            place: stated.place.clone(),
            reproduced: value.is_some_and(|value| stated.is_reproduced_by(value)),
        };
        let stated = stated.iter().filter(|stated| quantities.contains(&stated.quantity.as_str()));
        Self {
            quantity: quantity.into(),
            definition,
            value,
            yuan: None,
            stated: stated.map(beside).collect(),
        }
    }
}

/// A figure with at most so many decimals for people: cut, never rounded, and marked where digits are left out.
pub fn short(value: Number, decimals: u32) -> String {
    let cut = Number::new(value.decimal().trunc_with_scale(decimals));
    if cut == value {
        value.to_string()
    } else {
        format!("{}…", value.decimal().trunc_with_scale(decimals))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stated(text: &str) -> Stated {
        let figure = pb::StatedFigure { stated: text.into(), value: text.into(), ..Default::default() };
        Stated::of(&figure).unwrap()
    }

    #[test]
    fn reproduced_means_equal_when_rounded_half_up_to_the_decimals_written() {
        let rows = [
            ("17", "16.725", true), // smart-city-2019/budget.adjustment_rate, cuts only
            ("17", "24.93", false),
            ("17", "8.52", false),
            ("35", "34.705882352941176470588235294", true),
            ("67", "66.74956274595540008745080892", true),
            ("88.89", "88.888888", true),
            ("86.96", "90.909", false),
            ("3.0", "3.04", true),
            ("3.0", "3.06", false),
            ("17", "16.5", true),
        ];
        for (text, computed, reproduced) in rows {
            assert_eq!(
                stated(text).is_reproduced_by(computed.parse().unwrap()),
                reproduced,
                "{text} {computed}"
            );
        }
    }

    #[test]
    fn long_figures_are_cut_and_marked() {
        let rows = [
            ("66.74956274595540008745080892", "66.749…"),
            ("74.294294294294294294294294294", "74.294…"),
            ("16.725", "16.725"),
            ("-34.7058", "-34.705…"),
            ("0.00001", "0.000…"),
            ("35", "35"),
        ];
        for (value, written) in rows {
            assert_eq!(short(value.parse().unwrap(), 3), written);
        }
    }

    #[test]
    fn money_in_the_funds_unit() {
        let amount = PbMoney { currency_code: "CNY".into(), units: 36_592_000, nanos: 0 };
        let amount = money(Some(&amount));
        let in_unit = |unit: Unit| unit.amount(amount).map(|amount| amount.to_string());
        assert_eq!(in_unit(Unit::Yuan).as_deref(), Some("36592000"));
        assert_eq!(in_unit(Unit::WanYuan).as_deref(), Some("3659.2"));
        assert_eq!(in_unit(Unit::YiYuan).as_deref(), Some("0.36592"));
    }
}
