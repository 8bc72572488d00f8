//! The generated gRPC code of Jixiao and nothing else.
#![allow(missing_docs, unreachable_pub, clippy::pedantic, reason = "generated code")]

include!(concat!(env!("OUT_DIR"), "/all.rs"));

/// The descriptors of every proto, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// A request message that writes: it has a `request_id` and a `wait_for`.
pub trait WriteRequest {
    /// Its full name, `jixiao.ledger.v1.AdjustBudgetRequest`.
    const NAME: &'static str;

    /// Its request id.
    fn request_id(&self) -> &str;

    /// Takes the positions to wait for out: they are no part of its content.
    fn take_wait_for(&mut self) -> Vec<String>;
}

/// A request message that asks for a page of a list.
pub trait ListRequest {
    /// At most so many items; 0 for the server's choice.
    fn page_size(&self) -> i32;

    /// Where the page before ended; empty for the first one.
    fn page_token(&self) -> &str;

    /// Which items; empty for all.
    fn filter(&self) -> &str;

    /// In which order; empty for the list's own.
    fn order_by(&self) -> &str;

    /// At which moment, its `as_of` and `known_at`: each empty where there is none.
    fn moment(&self) -> [&str; 2];
}

/// A request message that reads at a moment.
pub trait ReadRequest {
    /// The positions to wait for.
    fn wait_for(&self) -> &[String];

    /// The last business date that counts; empty for all.
    fn as_of(&self) -> &str;

    /// The last recorded time that counts; empty for now.
    fn known_at(&self) -> &str;
}

include!(concat!(env!("OUT_DIR"), "/requests.rs"));
