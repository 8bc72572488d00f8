//! The registry: funds (专项资金), their projects and agencies, filings (备案), acceptances (验收), transfers.
//!
//! What it records, ledger, targets and scoring learn by its feed; it takes in no other log.

pub mod domain;
pub mod from_proto;
mod log;
mod service;
mod simulate;
mod to_proto;

pub use domain::{RegistryCommand, RegistryRefusal, RegistryState};
pub use log::RegistryDomain;
pub use service::{Registry, server};
