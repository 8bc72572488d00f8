//! Pages of a list: by key, no longer than a message, with a token that is bound to what is listed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jixiao_eventlog::event::request_hash;
use prost::Message;
use tonic::Status;

use crate::fields::Fields;

/// Items of a page where none is asked for, and at most.
const DEFAULT: usize = 100;
const MAX: usize = 1_000;

/// A page ends before its items have more bytes: gRPC clients take 4 MiB by default.
const MOST_BYTES: usize = 3 * 1024 * 1024;

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// The key that the page before ended with.
    pub(crate) after: Option<String>,
    /// At most so many items.
    pub(crate) limit: usize,
    list: String,
}

impl Page {
    /// Reads the fields of a list request. `list` says what is listed, under which parent and filter: a token of another
    /// list is refused.
    pub(crate) fn open(fields: &mut Fields, page_size: i32, page_token: &str, list: &str) -> Option<Self> {
        let limit = match usize::try_from(page_size) {
            Ok(0) => DEFAULT,
            Ok(size) => size.min(MAX),
            Err(_) => {
                fields.violation("page_size", "OUT_OF_RANGE", "must not be below zero");
                return None;
            }
        };
        let after = if page_token.is_empty() {
            None
        } else {
            let decoded =
                URL_SAFE_NO_PAD.decode(page_token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let after = decoded.as_deref().and_then(|text| text.split_once('@'));
            let is_whole =
                |(sum, after): &(&str, &str)| *sum == check_sum(list, after) && !after.contains('\0');
            let Some((_, after)) = after.filter(is_whole) else {
                bad_token(fields);
                return None;
            };
            Some(after.to_owned())
        };
        Some(Self { after, limit, list: list.to_owned() })
    }

    /// For a list in the order of positions: the one that the page before ended with, 0 for the first page.
    pub(crate) fn after_position(&self) -> Result<u64, Status> {
        let Some(after) = &self.after else { return Ok(0) };
        // Databases count in signed integers.
        after.parse::<i64>().ok().and_then(|position| u64::try_from(position).ok()).map_or_else(
            || {
                let mut fields = Fields::new();
                bad_token(&mut fields);
                fields.all((None,)).map(|(position,)| position)
            },
            Ok,
        )
    }

    /// An empty page, to be filled item by item.
    pub(crate) fn filling<T: Message>(&self) -> Filling<'_, T> {
        Filling { page: self, items: Vec::new(), bytes: 0, last: None, is_full: false }
    }
}

/// What binds a token to its list, and shows one that was cut off or changed by mistake.
fn check_sum(list: &str, after: &str) -> String {
    request_hash(format!("{list}\0{after}").as_bytes()).chars().take(16).collect()
}

/// Notes a page token that is none of the list's.
pub(crate) fn bad_token(fields: &mut Fields) {
    let text = "is not a token that this list gave out with this filter and order; begin without one";
    fields.violation("page_token", "BAD_PAGE_TOKEN", text);
}

/// A page while it is filled.
#[derive(Debug)]
pub struct Filling<'p, T> {
    page: &'p Page,
    items: Vec<T>,
    bytes: usize,
    last: Option<String>,
    is_full: bool,
}

impl<T: Message> Filling<'_, T> {
    /// Adds what stands under the next key, if it shows anything. No more is to be added once this says no: what did not
    /// fit begins the next page. A page has one item at least, however long.
    pub fn add(&mut self, key: impl Into<String>, item: Option<T>) -> bool {
        // A tag and a length go before each item.
        let bytes = item.as_ref().map_or(0, |item| item.encoded_len() + 6);
        let fits = self.items.is_empty() || self.bytes + bytes <= MOST_BYTES;
        self.is_full |= item.is_some() && (!fits || self.items.len() == self.page.limit);
        if !self.is_full {
            self.bytes += bytes;
            self.items.extend(item);
            self.last = Some(key.into());
        }
        !self.is_full
    }

    /// The items and the token of the next page, which is empty at the end. `more`: whether more may follow what was added.
    pub fn end(self, more: bool) -> (Vec<T>, String) {
        let last = self.last.filter(|_| more || self.is_full);
        let token =
            |key: String| URL_SAFE_NO_PAD.encode(format!("{}@{key}", check_sum(&self.page.list, &key)));
        let token = last.map(token);
        (self.items, token.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of rows of items with so many bytes.
    fn fill(page: &Page, rows: &[(&str, usize)], more: bool) -> (Vec<String>, String) {
        let mut filling = page.filling();
        for (key, size) in rows {
            if !filling.add(*key, (*size > 0).then(|| "x".repeat(*size))) {
                break;
            }
        }
        filling.end(more)
    }

    /// How many items a page has, and the key that the next one begins after.
    fn filled(limit: i32, rows: &[(&str, usize)], more: bool) -> (usize, Option<String>) {
        let mut fields = Fields::new();
        let page = Page::open(&mut fields, limit, "", "list").unwrap();
        let (items, token) = fill(&page, rows, more);
        (items.len(), Page::open(&mut fields, limit, &token, "list").unwrap().after)
    }

    #[test]
    fn a_page_ends_before_a_message_does() {
        const MIB: usize = 1024 * 1024;
        let after = |key: &str| Some(key.to_owned());
        for (limit, rows, more, expected) in [
            (9, &[][..], false, (0, None)),
            (9, &[("a", 1), ("b", 1)], false, (2, None)),
            (9, &[("a", 1), ("b", 1)], true, (2, after("b"))),
            (1, &[("a", 1), ("b", 1)], false, (1, after("a"))),
            (9, &[("a", MIB), ("b", MIB), ("c", MIB), ("d", 1)], false, (2, after("b"))),
            (9, &[("a", 3 * MIB - 20), ("b", 1)], false, (2, None)),
            (9, &[("a", 5 * MIB), ("b", 1)], false, (1, after("a"))),
            (9, &[("a", 1), ("b", 5 * MIB)], false, (1, after("a"))),
            // What shows nothing takes no place, and is passed all the same.
            (1, &[("a", 1), ("b", 0)], true, (1, after("b"))),
            (9, &[("a", 0), ("b", 0)], true, (0, after("b"))),
        ] {
            assert_eq!(filled(limit, rows, more), expected, "{limit} {rows:?} {more}");
        }
    }

    #[test]
    fn a_position_in_a_token_is_checked() {
        let page =
            |after: Option<&str>| Page { after: after.map(str::to_owned), limit: 1, list: String::new() };
        assert_eq!(page(None).after_position().unwrap(), 0);
        assert_eq!(page(Some("7")).after_position().unwrap(), 7);
        for forged in ["18446744073709551615", "-1", "zzzz", ""] {
            let status = page(Some(forged)).after_position().unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument, "{forged}");
        }
    }

    #[test]
    fn a_token_is_bound_to_its_list() {
        let mut fields = Fields::new();
        let page = Page::open(&mut fields, 2, "", "projects of funds/a").unwrap();
        let (_, token) = fill(&page, &[("project/a/x", 1)], true);
        let next = Page::open(&mut fields, 2, &token, "projects of funds/a").unwrap();
        assert_eq!(next.after.as_deref(), Some("project/a/x"));
        assert!(fields.violations().is_empty());
        assert_eq!(Page::open(&mut fields, 2, &token, "projects of funds/b"), None);
        assert_eq!(Page::open(&mut fields, 2, &token[..token.len() - 4], "projects of funds/a"), None);
        assert_eq!(Page::open(&mut fields, 2, "!", "projects of funds/a"), None);
        assert_eq!(Page::open(&mut fields, -1, "", "projects of funds/a"), None);
        assert_eq!(fields.violations().len(), 4);
    }
}
