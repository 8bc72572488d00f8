//! Lists: filtered and sorted by what they show, page by page. Every list of every service is read through this.
//!
//! A plain list is read in the order of its keys, a page at a time. With a filter or an order its rows are looked at as they
//! will be shown, field by field, by their descriptors: what a client can see it can ask for. `docs/lists.md` explains the
//! language to people.

mod field;
mod filter;
mod order;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::marker::PhantomData;

use jixiao_eventlog::{Domain, Log, Moment, Part, Query, Side, StoredEvent, WHOLE_BYTES};
use jixiao_proto::ListRequest;
use prost::{Message, Name};
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::{Code, Status};

use self::field::described;
use self::filter::Filter;
use self::order::{Order, Place};
use crate::fields::Fields;
use crate::page::{Filling, Page, bad_token};
use crate::status::{read_status, said};

/// The most rows that are sorted, and the most that a filter looks at for one page.
const SORTED: usize = 50_000;
const FILTERED: usize = 10_000;

/// The most bytes of items that are sorted, as of states that are read at once.
const MOST_BYTES: usize = WHOLE_BYTES;

/// The fewest and the most events of a history that are read at once.
const FEW: usize = 100;
const CHUNK: usize = 500;

/// Why a filter or an order is none.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fault {
    reason: &'static str,
    text: String,
}

impl Fault {
    fn note(self, fields: &mut Fields, field: &str) {
        fields.violation(field, self.reason, self.text);
    }
}

/// How a list differs from a plain one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shape {
    /// The order where none is asked for; empty for that of the keys.
    pub order: &'static str,
    /// Fields of the items that are filled in only once a page is chosen: they cannot be asked for.
    pub late: &'static [&'static str],
}

/// What a list shows: any message of ours.
pub trait ListItem: Message + Name {}

impl<T: Message + Name> ListItem for T {}

/// Which items pass.
#[derive(Debug, Clone)]
pub struct Passing<T> {
    message: MessageDescriptor,
    filter: Option<Filter>,
    items: PhantomData<fn() -> T>,
}

impl<T: ListItem> Passing<T> {
    /// Reads a filter, which may be empty: then all pass.
    pub fn read(fields: &mut Fields, field: &str, text: &str, shape: Shape) -> Option<Self> {
        let message = described(&T::full_name());
        let filter = if text.trim().is_empty() {
            None
        } else {
            match Filter::parse(text, &message, shape.late) {
                Ok(filter) => Some(filter),
                Err(fault) => {
                    fault.note(fields, field);
                    return None;
                }
            }
        };
        Some(Self { message, filter, items: PhantomData })
    }

    /// Whether an item passes.
    pub fn passes(&self, item: &T) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.passes(&self.seen(item)))
    }

    /// The texts that a field is asked to be equal to, for a service that knows which there are.
    pub fn wanted(&self, path: &str) -> Vec<&str> {
        let mut found = Vec::new();
        self.filter.iter().for_each(|filter| filter.wanted(path, &mut found));
        found
    }

    /// Whether a field is asked about in any way.
    pub fn names(&self, path: &str) -> bool {
        self.filter.as_ref().is_some_and(|filter| filter.names(path))
    }

    fn seen(&self, item: &T) -> DynamicMessage {
        let mut seen = DynamicMessage::new(self.message.clone());
        seen.transcode_from(item).expect("a message is as its descriptor says");
        seen
    }
}

/// A list of `T` as it is asked for: which items, in which order, which page.
#[derive(Debug, Clone)]
pub struct Listing<T> {
    /// Which page. Its token names a key, or a place in an order.
    page: Page,
    passing: Passing<T>,
    order: Option<Order>,
    /// Where the page before ended, in an order.
    after: Option<Place>,
}

/// What is to be shown, in the order of the list.
#[derive(Debug)]
pub struct Chosen<T> {
    /// Where each row stands, for the end of a page, and what it shows: nothing, if it does not pass.
    pub rows: Vec<(String, Option<T>)>,
    /// How many pass on all pages; of a list that is read page by page, on this one.
    pub total: usize,
    /// Whether more may follow.
    pub more: bool,
}

impl<T: ListItem> Listing<T> {
    /// Reads the fields of a list request. `list` says what is listed, under which parent: a page token of another list,
    /// filter or order is refused.
    pub fn open(fields: &mut Fields, request: &impl ListRequest, list: &str) -> Option<Self> {
        Self::open_as(fields, request, list, Shape::default())
    }

    /// The same for a list that is not a plain one.
    pub fn open_as(
        fields: &mut Fields,
        request: &impl ListRequest,
        list: &str,
        shape: Shape,
    ) -> Option<Self> {
        let sorted = match request.order_by().trim() {
            "" => shape.order,
            sorted => sorted,
        };
        let mut list = format!("{list}\0{}\0{sorted}", request.filter().trim());
        // Pages of another moment are of another list.
        for of_moment in request.moment().into_iter().filter(|text| !text.is_empty()) {
            list = format!("{list}\0{of_moment}");
        }
        let page = Page::open(fields, request.page_size(), request.page_token(), &list);
        let passing = Passing::read(fields, "filter", request.filter(), shape);
        let order = match sorted {
            "" => None,
            sorted => match Order::parse(sorted, &described(&T::full_name()), shape.late) {
                Ok(order) => Some(order),
                Err(fault) => {
                    fault.note(fields, "order_by");
                    return None;
                }
            },
        };
        let (page, passing) = (page?, passing?);
        let mut after = None;
        if let Some((token, order)) = page.after.as_deref().zip(order.as_ref()) {
            after = order.read_place(token);
            if after.is_none() {
                bad_token(fields);
                return None;
            }
        }
        Some(Self { page, passing, order, after })
    }

    /// Which items pass.
    pub fn passing(&self) -> &Passing<T> {
        &self.passing
    }

    /// The key that the page before ended with: what comes up to it is not needed. None where a list is sorted.
    pub fn after(&self) -> Option<&str> {
        self.page.after.as_deref().filter(|_| self.order.is_none())
    }

    /// How many rows have to be read: those of a page, or as many as a filter or an order looks at.
    pub fn rows(&self) -> usize {
        match (&self.order, &self.passing.filter) {
            (None, None) => self.page.limit,
            (None, Some(_)) => FILTERED,
            (Some(_), _) => SORTED,
        }
    }

    /// What has to be read of the rows under a prefix: a page, or all that a filter or an order has to see.
    #[must_use]
    pub fn read(&self, query: Query, prefix: impl Into<String>) -> Query {
        self.read_beside(query, prefix, self.after(), self.page.limit)
    }

    /// The same of rows that stand beside those of the list, with keys in the same order; a page holds `most` at most.
    #[must_use]
    pub fn read_beside(
        &self,
        query: Query,
        prefix: impl Into<String>,
        after: Option<&str>,
        most: usize,
    ) -> Query {
        if self.is_plain() {
            query.page(prefix, after, self.rows().min(most))
        } else {
            query.whole(prefix, after, self.rows())
        }
    }

    fn is_plain(&self) -> bool {
        self.passing.filter.is_none() && self.order.is_none()
    }

    /// Chooses of rows in the order of their keys what passes and comes after the page before, in the list's order. `more`:
    /// whether rows may follow that were not read.
    pub fn choose(
        &self,
        rows: impl IntoIterator<Item = (String, Option<T>)>,
        more: bool,
    ) -> Result<Chosen<T>, Status> {
        let after = self.after();
        let rows = rows.into_iter().filter(|(key, _)| after.is_none_or(|after| key.as_str() > after));
        // One more than a page takes says that another one follows.
        let most = self.page.limit.saturating_add(1);
        let Some(order) = &self.order else {
            let mut chosen = Chosen { rows: Vec::new(), total: 0, more };
            for (key, item) in rows {
                let item = item.filter(|item| self.passing.passes(item));
                chosen.total += usize::from(item.is_some());
                chosen.rows.push((key, item));
                if chosen.total == most {
                    break;
                }
            }
            return Ok(chosen);
        };
        if more {
            return Err(too_long());
        }
        let (mut chosen, mut bytes) = (Vec::new(), 0);
        for (key, item) in rows {
            let Some(item) = item else { continue };
            let seen = self.passing.seen(&item);
            if self.passing.filter.as_ref().is_none_or(|filter| filter.passes(&seen)) {
                bytes += item.encoded_len();
                chosen.push((order.place(&seen, key), item));
            }
            if bytes > MOST_BYTES {
                return Err(too_long());
            }
        }
        let total = chosen.len();
        chosen
            .retain(|(place, _)| self.after.as_ref().is_none_or(|after| order.compare(place, after).is_gt()));
        chosen.sort_by(|(a, _), (b, _)| order.compare(a, b));
        chosen.truncate(most);
        let rows = chosen.into_iter().map(|(place, item)| (place.write(), Some(item))).collect();
        Ok(Chosen { rows, total, more: false })
    }

    /// An empty page, to be filled with what was chosen.
    pub fn filling(&self) -> Filling<'_, T> {
        self.page.filling()
    }

    /// A page of what was chosen: the items and the token of the next page.
    pub fn page(&self, chosen: Chosen<T>) -> (Vec<T>, String) {
        let mut filling = self.filling();
        for (key, item) in chosen.rows {
            if !filling.add(key, item) {
                break;
            }
        }
        filling.end(chosen.more)
    }

    /// A page of the states that were read for it: the items and the token of the next page.
    pub fn fill<S>(
        &self,
        part: &Part<(String, S)>,
        mut item: impl FnMut(&S) -> Option<T>,
    ) -> Result<(Vec<T>, String), Status> {
        let rows = part.rows.iter().map(|(key, state)| (key.clone(), item(state)));
        Ok(self.page(self.choose(rows, part.more)?))
    }

    /// A page of the events of a key up to the position `head` that count at a moment, oldest first where no other order
    /// is asked for.
    pub async fn history<D: Domain>(
        &self,
        log: &Log<D>,
        (key, head, moment): (&str, u64, Moment),
        item: impl FnMut(&StoredEvent) -> Result<Option<T>, Status>,
    ) -> Result<(Vec<T>, String), Status> {
        self.histories(log, (&[key], head, moment), item).await
    }

    /// The same of several keys together, in the order of the log.
    pub async fn histories<D: Domain>(
        &self,
        log: &Log<D>,
        (keys, head, moment): (&[&str], u64, Moment),
        mut item: impl FnMut(&StoredEvent) -> Result<Option<T>, Status>,
    ) -> Result<(Vec<T>, String), Status> {
        let mut side = Side::After(if self.order.is_none() { self.page.after_position()? } else { 0 });
        // One more than a page takes, where each event shows something.
        let chunk = if self.is_plain() { self.page.limit.saturating_add(1).clamp(FEW, CHUNK) } else { CHUNK };
        let (mut filling, mut rows, mut seen, mut bytes) = (self.filling(), Vec::new(), 0, 0);
        loop {
            let read = merged(log, keys, side, chunk).await?;
            // What came after the head is for a later answer.
            let shown = read.rows.iter().take_while(|stored| stored.position <= head).count();
            for stored in &read.rows[..shown] {
                side = side.beyond(stored);
                // In the order of positions, as keys of texts.
                let place = format!("{:020}", stored.position);
                let item = if log.counts(moment, stored) { item(stored)? } else { None };
                if self.order.is_some() {
                    bytes += item.as_ref().map_or(0, Message::encoded_len);
                    rows.push((place, item));
                } else if !filling.add(place, item.filter(|item| self.passing.passes(item))) {
                    return Ok(filling.end(true));
                }
            }
            seen += shown;
            let more = read.more && shown == read.rows.len();
            match &self.order {
                None if !more || seen >= FILTERED => return Ok(filling.end(more)),
                Some(_) if !more || seen >= SORTED || bytes > MOST_BYTES => {
                    return Ok(self.page(self.choose(rows, more)?));
                }
                _ => {}
            }
        }
    }
}

/// The next events of several keys, each once, in the order of the log.
async fn merged<D: Domain>(
    log: &Log<D>,
    keys: &[impl AsRef<str>],
    side: Side,
    chunk: usize,
) -> Result<Part<StoredEvent>, Status> {
    let (mut rows, mut until) = (BTreeMap::new(), None);
    for key in keys {
        let read = log.history(key.as_ref(), side, chunk).await.map_err(|error| read_status(&error))?;
        if read.more {
            // What another key has beyond this comes after what this one has there.
            let last = read.rows.last().map_or(0, |last| last.position);
            until = Some(until.map_or(last, |until: u64| until.min(last)));
        }
        rows.extend(read.rows.into_iter().map(|row| (row.position, row)));
    }
    let rows = rows.into_values().filter(|row| until.is_none_or(|until| row.position <= until)).collect();
    Ok(Part { rows, more: until.is_some() })
}

/// The answer to an order over more than can be sorted.
fn too_long() -> Status {
    const MIB: usize = MOST_BYTES / 1024 / 1024;
    let text = format!(
        "order_by sorts at most {SORTED} rows of {MIB} MiB together, and there are more: leave it out and page through the list"
    );
    let zh =
        format!("排序（order_by）最多处理 {SORTED} 行、共 {MIB} MiB，该列表更长：请去掉排序后分页读取。");
    said(Code::FailedPrecondition, "LIST_TOO_LONG", text, zh)
}
