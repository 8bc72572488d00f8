//! What a server tells of itself: its log, its metrics, its traces.

pub mod metrics;
