//! The ledger: a fund's money (资金账) in double entry, with a hard stop on what is asked for.
//!
//! `domain` holds the rules, `log` binds them to the event log, `service` speaks gRPC.

pub mod domain;
pub mod from_proto;
mod log;
mod service;
mod simulate;
mod to_proto;
mod zh;

pub use log::LedgerDomain;
pub use service::{Ledger, server};
