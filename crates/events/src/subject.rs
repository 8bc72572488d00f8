//! What is evaluated: a fund or one project of it by itself, what kind of money a fund is, and what a scheme is for.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use crate::names::{FundId, IndicatorId, ProjectId};

/// What is evaluated: a fund, or one of its projects by itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evaluated {
    /// The fund.
    pub fund: FundId,
    /// The project; `None`: the fund as a whole.
    pub project: Option<ProjectId>,
}

impl Evaluated {
    /// A fund, or one of its projects.
    pub fn new(fund: &FundId, project: Option<&ProjectId>) -> Self {
        Self { fund: fund.clone(), project: project.cloned() }
    }

    /// `funds/smart-city-2019`, `funds/smart-city-2019/projects/smart-tourism`
    pub fn resource(&self) -> String {
        match &self.project {
            Some(project) => self.fund.project(project),
            None => self.fund.resource(),
        }
    }

    /// `funds/smart-city-2019/projects/smart-tourism/indicators/process.funds.execution_rate`
    pub fn indicator(&self, indicator: &IndicatorId) -> String {
        format!("{}/indicators/{indicator}", self.resource())
    }

    /// In words: `fund smart-city-2019`, `project smart-tourism of fund smart-city-2019`.
    pub fn in_words(&self) -> String {
        match &self.project {
            Some(project) => format!("project {project} of fund {}", self.fund),
            None => format!("fund {}", self.fund),
        }
    }
}

impl From<&FundId> for Evaluated {
    fn from(fund: &FundId) -> Self {
        Self::new(fund, None)
    }
}

impl From<&Self> for Evaluated {
    fn from(of: &Self) -> Self {
        of.clone()
    }
}

impl From<FundId> for Evaluated {
    fn from(fund: FundId) -> Self {
        Self { fund, project: None }
    }
}

/// As one part of a key: `smart-city-2019`, `smart-city-2019:smart-tourism`. No id holds a colon.
impl fmt::Display for Evaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fund)?;
        match &self.project {
            Some(project) => write!(f, ":{project}"),
            None => Ok(()),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fund_and_its_project_are_told_apart() {
        let fund: FundId = "smart-city-2019".parse().unwrap();
        let project: ProjectId = "smart-tourism".parse().unwrap();
        let indicator = "targets.detail.d17".parse().unwrap();
        for (of, key, resource, words) in [
            (Evaluated::from(&fund), "smart-city-2019", "funds/smart-city-2019", "fund smart-city-2019"),
            (
                Evaluated::new(&fund, Some(&project)),
                "smart-city-2019:smart-tourism",
                "funds/smart-city-2019/projects/smart-tourism",
                "project smart-tourism of fund smart-city-2019",
            ),
        ] {
            assert_eq!(of.to_string(), key);
            assert_eq!(of.resource(), resource);
            assert_eq!(of.indicator(&indicator), format!("{resource}/indicators/targets.detail.d17"));
            assert_eq!(of.in_words(), words);
        }
    }
}
