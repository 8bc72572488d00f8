//! The sandbox of the end-to-end tests: private servers on free loopback ports in temporary folders.
//!
//! | module | what a test takes from it |
//! | --- | --- |
//! | [`server`] | a running `jixiao`, to stop, kill and start again, and its client commands |
//! | [`apart`] | the services apart, a process each or several, to stop, kill and start again |
//! | [`postgres`] | the PostgreSQL shared by the whole run, or one of its own to kill |
//! | [`nats`] | a nats-server of its own, to kill, freeze, empty and start again |
//! | [`sql`] | statements on a PostgreSQL, past every layer of the product |
//! | [`judge`] | whether the logs that survived a fault agree with all that was acknowledged and answered |
//! | [`tls`] | certificates, good and bad |
//! | [`pgproxy`], [`gate`] | connections that break where a test says |
//! | [`program`] | where the `jixiao` binary is, and a finished command's output |
//!
//! Everything that a test starts ends with it, also when the test's process is killed: see [`cleanup`].
//!
//! Nothing here returns an error: a sandbox that does not come up fails the test where it was asked for, with the logs.
#![allow(
    clippy::missing_panics_doc,
    reason = "test code: it panics wherever something goes wrong, with the reason"
)]

pub mod apart;
pub mod cleanup;
mod fold;
pub mod gate;
pub mod judge;
pub mod nats;
pub mod pgproxy;
pub mod port;
pub mod postgres;
pub mod program;
pub mod server;
pub mod sql;
pub mod tls;
