//! What kind of money a fund is, and what a scheme is for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

/// What kind of money a registered fund is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    IntoStaticStr,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FundKind {
    /// A special fund (专项资金).
    #[default]
    SpecialFund,
    /// All that an agency spends in a year (部门整体支出), special funds that it carries out among it.
    AgencySpending,
}

impl FundKind {
    /// Whether it is what a fund is where nothing else is said.
    pub fn is_special_fund(&self) -> bool {
        *self == Self::SpecialFund
    }
}

/// What a scheme evaluates.
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
pub enum SchemeSubject {
    /// A special fund as a whole.
    Fund,
    /// One project by itself.
    Project,
    /// All that an agency spends in a year (部门整体支出).
    Agency,
}

impl SchemeSubject {
    /// What it is called, in Chinese and in English.
    pub fn names(self) -> [&'static str; 2] {
        match self {
            Self::Fund => ["专项资金", "special funds"],
            Self::Project => ["项目", "projects"],
            Self::Agency => ["部门整体支出", "an agency's whole spending"],
        }
    }
}
