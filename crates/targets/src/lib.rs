//! The targets service: performance targets (绩效目标) with versions, actuals, self-scores and explanations.
//!
//! `domain` holds the rules, `log` binds them to the event log, `service` speaks gRPC.

pub mod domain;
pub mod from_proto;
mod log;
mod service;
mod simulate;
mod to_proto;

pub use log::TargetsDomain;
pub use service::{Targets, server};
