//! In which order a list is shown: `state, names.zh desc`.

use std::cmp::Ordering;

use prost_reflect::{DynamicMessage, MessageDescriptor};
use serde::{Deserialize, Serialize};

use super::Fault;
use super::field::{Field, Leaf, Value};

/// The most fields that a list is sorted by.
const MOST_FIELDS: usize = 8;

/// Fields, the first one first, each with whether it runs backwards. What none of them tells apart stands in the order of
/// the list's keys.
#[derive(Debug, Clone)]
pub(super) struct Order(Vec<(Field, bool)>);

/// Where an item stands in an order; goes into page tokens. What is left out comes before all else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    by: Vec<Option<Value>>,
    key: String,
}

impl Order {
    pub(super) fn parse(text: &str, message: &MessageDescriptor, late: &[&str]) -> Result<Self, Fault> {
        let bad = |text: String| Fault { reason: "BAD_ORDER", text };
        let mut order = Vec::new();
        for part in text.split(',') {
            let shown: String = part.trim().chars().take(60).collect();
            let mut words = part.split_whitespace();
            let (path, direction, none) = (words.next(), words.next(), words.next());
            let is_backwards = match (direction, none) {
                (None | Some("asc"), None) => false,
                (Some("desc"), None) => true,
                _ => {
                    return Err(bad(format!("\"{shown}\" is no field with ` desc` behind it or nothing")));
                }
            };
            let path = path.ok_or_else(|| bad("names no field between two commas".to_owned()))?;
            let field = Field::find(path, message, late)?;
            if field.is_many {
                return Err(bad(format!("\"{shown}\" may have several values; a list is sorted by one")));
            }
            if field.leaf == Leaf::Message {
                return Err(bad(format!("\"{shown}\" has parts of its own: name one of them")));
            }
            order.push((field, is_backwards));
        }
        if order.len() > MOST_FIELDS {
            return Err(bad(format!("names {} fields, at most {MOST_FIELDS} are used", order.len())));
        }
        Ok(Self(order))
    }

    /// Where an item stands; `key` is its place in the list's own order.
    pub(super) fn place(&self, item: &DynamicMessage, key: String) -> Place {
        Place { by: self.0.iter().map(|(field, _)| field.values(item).pop()).collect(), key }
    }

    pub(super) fn compare(&self, a: &Place, b: &Place) -> Ordering {
        let by = self
            .0
            .iter()
            .zip(a.by.iter().zip(&b.by))
            .map(|((_, is_backwards), (a, b))| if *is_backwards { b.cmp(a) } else { a.cmp(b) });
        by.fold(Ordering::Equal, Ordering::then).then_with(|| a.key.cmp(&b.key))
    }

    /// The place that a page token names.
    pub(super) fn read_place(&self, token: &str) -> Option<Place> {
        let place: Place = serde_json::from_str(token).ok()?;
        (place.by.len() == self.0.len()).then_some(place)
    }
}

impl Place {
    /// As a page token names it.
    pub(super) fn write(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
