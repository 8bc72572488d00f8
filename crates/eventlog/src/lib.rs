//! The event log: append, group commit, rebuild, feeds, consumers. Knows no domain.
//!
//! A service is a [`Domain`]: pure functions over keyed states. Its [`Log`] executes commands in batches, reads states in
//! snapshots and takes in other logs' events. Where it is kept is a [`store::LogStore`]; what it says to others goes
//! through [`EventLog`].

mod batch;
mod broken;
pub mod broker;
mod broker_feed;
mod cache;
pub mod cloudevent;
mod domain;
pub mod event;
mod feed;
mod follow;
mod key;
mod lead;
mod location;
mod log;
pub mod metric;
pub mod nats;
mod position;
mod rebuild;
mod relay;
mod remote;
mod run;
mod service;
pub mod store;
pub mod trace;

pub use batch::{Clock, Context, DeliveryError, Done, ExecuteError};
pub use broken::Broken;
pub use broker_feed::BrokerFeed;
pub use domain::{Checkpoint, DeliveryFault, Domain, Folded, Meta, Need, States};
pub use event::StoredEvent;
pub use feed::{Feed, InProcessFeed};
pub use follow::{Following, follow};
pub use key::fund_of;
pub use lead::Lead;
pub use location::{Location, OpenError, is_this_machine, migrate, secured};
pub use log::{Log, Options, Query, ReadError, Snapshot, Source};
pub use position::{Position, PositionError};
pub use rebuild::{RebuildError, Rebuilt, rebuild};
pub use relay::{RelayOptions, Relaying, relay};
pub use remote::RemoteSource;
pub use service::{ERROR_DOMAIN, EventLog, read_status};
