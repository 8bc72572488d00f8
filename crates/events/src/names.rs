//! Ids and resource names: `funds/smart-city-2019/projects/smart-tourism`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is no id: {rule}")]
pub struct IdError {
    text: String,
    rule: &'static str,
}

const SLUG: &str = "1 to 63 of a-z, 0-9 and -, starting with a letter or digit";
const PATH: &str =
    "1 to 127 of a-z, 0-9, -, _ and ., starting with a letter or digit, no empty part between dots";

fn slug(text: &str) -> bool {
    text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn node_path(text: &str) -> bool {
    text.len() <= 127 && path(text)
}

/// A node's path and a target's id below it.
fn indicator_path(text: &str) -> bool {
    text.len() <= 127 + 1 + 63 && path(text)
}

fn path(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'))
    })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $valid:ident, $rule:ident, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                if $valid(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError { text: text.chars().take(80).collect(), rule: $rule })
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "pattern": $pattern })
            }
        }
    };
}

id!(/// A special fund of one fiscal year, `smart-city-2019`.
    FundId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A project within its fund, `smart-tourism`.
    ProjectId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A group of projects within a fund that money is stated for, `new-2019`.
    GroupId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// An agency or implementing unit, `big-data-bureau`.
    AgencyId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A performance target within its fund, `d17`.
    TargetId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// An entry of a fund's ledger, named by whoever books it, `2019-10-28-decrease`.
    EntryId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A finding within its fund, `37950964-6abc-5dd6-8879-18e11f7873c5`.
    FindingId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A scheme: the rules of an evaluation, `wuxi-2019-smart-city`.
    SchemeId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A monitor of a scheme, `money-progress`.
    MonitorId, slug, SLUG, "^[a-z0-9][a-z0-9-]{0,62}$");
id!(/// A node (group or indicator) of a scheme by its path, `management.funds_use`.
    NodeId, node_path, PATH, "^[a-z0-9][a-z0-9_-]*(\\.[a-z0-9][a-z0-9_-]*)*$");
id!(/// An indicator of an evaluation by its path, `management.funds_use.execution_rate`, `targets.detail.d17`.
    IndicatorId, indicator_path, PATH, "^[a-z0-9][a-z0-9_-]*(\\.[a-z0-9][a-z0-9_-]*)*$");

impl NodeId {
    /// The node above it; `None` for a node at the top.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('.').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The indicator that stands for one target below this node.
    pub fn target(&self, target: &TargetId) -> IndicatorId {
        IndicatorId(format!("{}.{target}", self.0))
    }
}

impl IndicatorId {
    /// The group that it stands in; `None` for one at the top.
    pub fn group(&self) -> Option<NodeId> {
        self.0.rsplit_once('.').map(|(group, _)| NodeId(group.to_owned()))
    }

    /// The target that it stands for if it stands for one: the last part of its path.
    pub fn target(&self) -> Option<TargetId> {
        self.0.rsplit('.').next()?.parse().ok()
    }

    /// Whether it is a node, by the node's path, or below it.
    pub fn is_within(&self, node: &str) -> bool {
        let rest = self.0.strip_prefix(node);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl From<NodeId> for IndicatorId {
    fn from(node: NodeId) -> Self {
        Self(node.0)
    }
}

impl FundId {
    /// `funds/smart-city-2019`
    pub fn resource(&self) -> String {
        format!("funds/{self}")
    }

    /// `funds/smart-city-2019/projects/smart-tourism`
    pub fn project(&self, project: &ProjectId) -> String {
        format!("funds/{self}/projects/{project}")
    }

    /// `funds/smart-city-2019/targets/d17`
    pub fn target(&self, target: &TargetId) -> String {
        format!("funds/{self}/targets/{target}")
    }

    /// `funds/smart-city-2019/entries/2019-10-28-decrease`
    pub fn entry(&self, entry: &EntryId) -> String {
        format!("funds/{self}/entries/{entry}")
    }

    /// `funds/smart-city-2019/findings/37950964-6abc-5dd6-8879-18e11f7873c5`
    pub fn finding(&self, finding: &FindingId) -> String {
        format!("funds/{self}/findings/{finding}")
    }

    /// `funds/smart-city-2019/groups/new-2019`
    pub fn group(&self, group: &GroupId) -> String {
        format!("funds/{self}/groups/{group}")
    }

    /// `funds/smart-city-2019/indicators/targets.detail.d17`
    pub fn indicator(&self, indicator: &IndicatorId) -> String {
        format!("funds/{self}/indicators/{indicator}")
    }
}

impl AgencyId {
    /// `agencies/big-data-bureau`
    pub fn resource(&self) -> String {
        format!("agencies/{self}")
    }
}

impl SchemeId {
    /// `schemes/wuxi-2019-smart-city`
    pub fn resource(&self) -> String {
        format!("schemes/{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ascii_slugs() {
        for good in ["smart-city-2019", "a", "4k"] {
            assert!(good.parse::<FundId>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "A", "智慧", "a/b", "a.b", "a b", "a\0", &"a".repeat(64)] {
            assert!(bad.parse::<FundId>().is_err(), "{bad}");
        }
        for bad in ["", ".", "a.", ".a", "a..b", "a.-b", "a/b"] {
            assert!(bad.parse::<NodeId>().is_err(), "{bad}");
        }
        let node: NodeId = "targets.detail".parse().unwrap();
        let indicator = node.target(&"d17".parse().unwrap());
        assert_eq!(indicator.target(), "d17".parse().ok());
        assert_eq!(indicator.group(), Some(node));
        for (within, expected) in [("targets.detail.d17", true), ("targets", true), ("targets.det", false)] {
            assert_eq!(indicator.is_within(within), expected, "{within}");
        }
    }
}
