//! Pages of a list: by key, with a token that is bound to what is listed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jixiao_eventlog::event::request_hash;
use tonic::Status;

use crate::fields::Fields;

/// Items of a page where none is asked for, and at most.
const DEFAULT: usize = 100;
const MAX: usize = 1_000;

/// Which page of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The key that the page before ended with.
    pub after: Option<String>,
    /// At most so many items.
    pub limit: usize,
    list: String,
}

impl Page {
    /// Reads the fields of a list request. `list` says what is listed, under which parent and filter: a token of another
    /// list is refused.
    pub fn open(fields: &mut Fields, page_size: i32, page_token: &str, list: &str) -> Option<Self> {
        let limit = match usize::try_from(page_size) {
            Ok(0) => DEFAULT,
            Ok(size) => size.min(MAX),
            Err(_) => {
                fields.violation("page_size", "OUT_OF_RANGE", "must not be below zero");
                return None;
            }
        };
        let list: String = request_hash(list.as_bytes()).chars().take(16).collect();
        let after = if page_token.is_empty() {
            None
        } else {
            let decoded =
                URL_SAFE_NO_PAD.decode(page_token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let after = decoded
                .as_deref()
                .and_then(|text| text.strip_prefix(&list))
                .and_then(|text| text.strip_prefix('@'));
            let Some(after) = after.filter(|after| !after.contains('\0')) else {
                fields.violation("page_token", "BAD_PAGE_TOKEN", "is not a token that this list gave out");
                return None;
            };
            Some(after.to_owned())
        };
        Some(Self { after, limit, list })
    }

    /// For a list in the order of positions: the one that the page before ended with, 0 for the first page.
    pub fn after_position(&self) -> Result<u64, Status> {
        let Some(after) = &self.after else { return Ok(0) };
        // Databases count in signed integers.
        after.parse::<i64>().ok().and_then(|position| u64::try_from(position).ok()).map_or_else(
            || {
                let mut fields = Fields::new();
                fields.violation("page_token", "BAD_PAGE_TOKEN", "is not a token that this list gave out");
                fields.all((None,)).map(|(position,)| position)
            },
            Ok,
        )
    }

    /// The token of the next page: after the last key of a full page, empty at the end.
    pub fn next(&self, last_key: Option<&str>) -> String {
        last_key.map(|key| URL_SAFE_NO_PAD.encode(format!("{}@{key}", self.list))).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let token = page.next(Some("project/a/x"));
        let next = Page::open(&mut fields, 2, &token, "projects of funds/a").unwrap();
        assert_eq!(next.after.as_deref(), Some("project/a/x"));
        assert!(fields.violations().is_empty());
        assert_eq!(Page::open(&mut fields, 2, &token, "projects of funds/b"), None);
        assert_eq!(Page::open(&mut fields, 2, "!", "projects of funds/a"), None);
        assert_eq!(Page::open(&mut fields, -1, "", "projects of funds/a"), None);
        assert_eq!(fields.violations().len(), 3);
    }
}
