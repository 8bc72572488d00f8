//! A fund's budget as five sums, and the rates read from them. The same figures for whoever asks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::money::Money;
use crate::number::Number;

/// The sums of a budget, in yuan, reversals taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// The start-of-year budget (年初预算).
    pub original: Money,
    /// The adjustments up (调增), together.
    pub increases: Money,
    /// The adjustments down (调减), together, as an amount above zero.
    pub decreases: Money,
    /// What arrived from the treasury (到位).
    pub received: Money,
    /// What the treasury paid (支付).
    pub paid: Money,
}

/// How an adjustment rate (预算调整率) is read. The rules in force disagree, hence a parameter of a scheme.
///
/// Source: four definitions are in use; the reading of 财预〔2013〕53号 is [`Reading::Gross`], that of the
/// Wuxi 2019 report [`Reading::CutsOnly`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Reading {
    /// Ups and downs together over the original.
    Gross,
    /// The distance between adjusted and original over the original.
    Net,
    /// Adjusted less original over the original, with its sign.
    SignedNet,
    /// Downs over the original.
    CutsOnly,
}

/// What an execution rate (预算执行率) is taken of.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Denominator {
    /// The start-of-year budget.
    Original,
    /// The budget after its adjustments.
    Adjusted,
    /// The money that arrived.
    Received,
}

impl Budget {
    /// The adjusted budget (调整后预算), in yuan: original plus ups less downs.
    pub fn adjusted(&self) -> Money {
        self.original + self.increases - self.decreases
    }

    /// What is not paid of the adjusted budget, in yuan; below zero where more was paid.
    pub fn unspent(&self) -> Money {
        self.adjusted() - self.paid
    }

    /// The adjustment rate in percent, to 28 significant digits, unrounded otherwise.
    ///
    /// `None` while no original budget above zero is approved.
    ///
    /// Source: claim `smart-city-2019/budget.adjustment_rate` of examples/wuxi-2019 states 17 % for 4,000 with +328.2 and
    /// −669 (万元). Of the four readings (24.93, 8.52, −8.52, 16.725) only [`Reading::CutsOnly`] rounds to that.
    pub fn adjustment_rate_percent(&self, reading: Reading) -> Option<Number> {
        let change = self.increases - self.decreases;
        let moved = match reading {
            Reading::Gross => self.increases + self.decreases,
            Reading::Net if change.is_negative() => -change,
            Reading::Net | Reading::SignedNet => change,
            Reading::CutsOnly => self.decreases,
        };
        moved.percent_of(self.original)
    }

    /// The execution rate in percent: paid over one of three denominators, to 28 significant digits.
    ///
    /// `None` while the denominator is not above zero.
    ///
    /// Source: claims `budget.execution_rate` of examples/wuxi-2019 state 67 % for 2,442.5 of 3,659.2 (万元), which is
    /// 66.749…, and 74 % for 494.8 of 666, which is 74.29…; both over [`Denominator::Adjusted`].
    pub fn execution_rate_percent(&self, denominator: Denominator) -> Option<Number> {
        self.paid.percent_of(match denominator {
            Denominator::Original => self.original,
            Denominator::Adjusted => self.adjusted(),
            Denominator::Received => self.received,
        })
    }

    /// The receipt rate (资金到位率) in percent: received over adjusted budget, to 28 significant digits.
    ///
    /// `None` while the adjusted budget is not above zero. Source: 财预〔2020〕10号, framework.
    pub fn receipt_rate_percent(&self) -> Option<Number> {
        self.received.percent_of(self.adjusted())
    }

    /// The saving rate (成本节约率) in percent: what is not paid over the adjusted budget; below zero where more was paid.
    ///
    /// `None` while the adjusted budget is not above zero. Source: 财预〔2020〕10号, framework.
    pub fn saving_rate_percent(&self) -> Option<Number> {
        self.unspent().percent_of(self.adjusted())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wan(text: &str) -> Money {
        Money::try_from_wan(text.parse().unwrap()).unwrap()
    }

    fn budget(original: &str, increases: &str, decreases: &str, paid: &str) -> Budget {
        Budget {
            original: wan(original),
            increases: wan(increases),
            decreases: wan(decreases),
            received: Money::ZERO,
            paid: wan(paid),
        }
    }

    #[test]
    fn the_rates_of_wuxi_2019_in_every_reading() {
        let smart_city = budget("4000", "328.2", "669", "2442.5");
        let e_government = budget("1020", "0", "354", "494.8");
        let rows = [
            (smart_city, Reading::Gross, Some("24.93")),
            (smart_city, Reading::Net, Some("8.52")),
            (smart_city, Reading::SignedNet, Some("-8.52")),
            (smart_city, Reading::CutsOnly, Some("16.725")), // "17 %", report line 139
            (e_government, Reading::CutsOnly, Some("34.705882352941176470588235294")), // "35 %", line 143
            (budget("0", "1", "0", "0"), Reading::Gross, None),
        ];
        for (budget, reading, rate) in rows {
            let found = budget.adjustment_rate_percent(reading).map(|rate| rate.to_string());
            assert_eq!(found.as_deref(), rate, "{reading:?}");
        }
        assert_eq!((smart_city.adjusted(), e_government.adjusted()), (wan("3659.2"), wan("666")));
        assert_eq!(smart_city.unspent(), wan("1216.7"));
    }

    #[test]
    fn the_execution_rates_of_wuxi_2019() {
        let smart_city = budget("4000", "328.2", "669", "2442.5");
        let e_government = budget("1020", "0", "354", "494.8");
        let rows = [
            (smart_city, Denominator::Adjusted, Some("66.74956274595540008745080892")), // "67 %", line 139
            (e_government, Denominator::Adjusted, Some("74.294294294294294294294294294")), // "74 %", line 143
            (smart_city, Denominator::Original, Some("61.0625")),
            (smart_city, Denominator::Received, None), // no receipt is stated
        ];
        for (budget, denominator, rate) in rows {
            let found = budget.execution_rate_percent(denominator).map(|rate| rate.to_string());
            assert_eq!(found.as_deref(), rate, "{denominator:?}");
        }
    }

    #[test]
    fn named_as_a_scheme_file_names_them() {
        let readings = [Reading::Gross, Reading::Net, Reading::SignedNet, Reading::CutsOnly];
        assert_eq!(readings.map(<&str>::from), ["gross", "net", "signed_net", "cuts_only"]);
        let denominators = [Denominator::Original, Denominator::Adjusted, Denominator::Received];
        assert_eq!(denominators.map(<&str>::from), ["original", "adjusted", "received"]);
        assert_eq!("cuts_only".parse(), Ok(Reading::CutsOnly));
    }
}
