//! Sets that are kept while they are small.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// A set that is kept while it is small enough to be looked at whole for each change of a member. That it grew too large
/// depends on its members alone, not on their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Few<T: Ord> {
    /// The members.
    Members(BTreeSet<T>),
    /// Too many.
    Many,
}

impl<T: Ord> Default for Few<T> {
    fn default() -> Self {
        Self::Members(BTreeSet::new())
    }
}

impl<T: Ord> Few<T> {
    /// Adds a member to a set of at most `most`.
    pub fn insert(&mut self, member: T, most: usize) {
        if let Self::Members(members) = self {
            members.insert(member);
            if members.len() > most {
                *self = Self::Many;
            }
        }
    }

    /// The members; none where they are too many.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let members = match self {
            Self::Members(members) => Some(members),
            Self::Many => None,
        };
        members.into_iter().flatten()
    }
}
