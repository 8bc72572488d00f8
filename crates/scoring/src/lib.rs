//! The scoring service: schemes, evaluations, and where each point came from. A vertical slice.
//!
//! [`domain`], [`rules`] and [`scheme`] are pure; [`Scoring`] is the gRPC service over them.

pub mod claims;
mod clock;
pub mod domain;
mod explain;
pub mod findings;
pub mod from_proto;
pub mod hypotheses;
mod log;
mod provenance;
pub mod rules;
pub mod scheme;
mod service;
#[cfg(test)]
mod service_tests;
mod to_proto;
mod verify;

pub use clock::{Clocks, keep_clocks};
pub use log::ScoringDomain;
pub use service::{Scoring, server};
pub use verify::MAX_CLAIMS;
