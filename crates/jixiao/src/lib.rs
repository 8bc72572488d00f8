//! The program `jixiao`: its command line, the server that it composes, and clients of that server.
//!
//! `compose` alone knows which services there are and which feeds join them. Everything else here but `serve`, `demo` and
//! `rebuild` is a gRPC client like any other.

pub mod answer;
pub mod audit;
pub mod cli;
pub mod client;
pub mod compare;
pub mod compose;
pub mod demo;
pub mod evaluate;
pub mod events;
pub mod explain;
pub mod failure;
pub mod findings;
pub mod import;
pub mod judge;
pub mod language;
pub mod load;
pub mod migrate;
pub mod nats;
pub mod output;
pub mod parked;
pub mod portfolio;
pub mod rebuild;
pub mod refollow;
mod run;
pub mod schemes;
pub mod score;
pub mod serve;
pub mod settings;
pub mod telemetry;
mod text;
pub mod transport;
pub mod verify;
pub mod warnings;
pub mod what_if;

pub use run::run;
