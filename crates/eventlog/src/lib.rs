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
mod consumer;
mod domain;
pub mod event;
mod feed;
mod feed_status;
mod fold;
mod follow;
mod key;
mod lead;
mod location;
mod log;
pub mod metric;
mod moment;
pub mod nats;
mod own;
mod position;
mod read;
mod rebuild;
mod refollow;
mod relay;
mod remote;
mod retry;
mod run;
mod scratch;
mod service;
mod simulate;
pub mod store;
pub mod trace;
mod watch;

pub use batch::{Answer, Clock, Context, DeliveryError, Done, ExecuteError};
pub use broken::Broken;
pub use broker_feed::BrokerFeed;
pub use consumer::{Consumer, Fed, FeedReport};
pub use domain::{Checkpoint, DeliveryFault, Domain, Folded, Meta, Need, States, Voided};
pub use event::StoredEvent;
pub use feed::{Feed, InProcessFeed};
pub use feed_status::{FeedStates, FeedStatus};
pub use follow::{Following, follow};
pub use key::fund_of;
pub use lead::Lead;
pub use location::{Location, OpenError, is_this_machine, migrate, secured};
pub use log::{Log, Options, ReadError, Source};
pub use moment::{Between, Moment};
pub use own::{Decoded, LogEvent, ParkedFund, Place, SourceRef, Voids};
pub use position::{Position, PositionError};
pub use read::{Part, Query, Snapshot, WHOLE_BYTES};
pub use rebuild::{RebuildError, Rebuilt, rebuild, rebuild_with};
pub use refollow::{RefollowError, Refollowed};
pub use relay::{RelayOptions, Relaying, relay};
pub use remote::RemoteSource;
pub use retry::{Resumed, RetryError};
pub use scratch::Scratch;
pub use service::{ERROR_DOMAIN, EventLog, parked_status, read_status};
pub use simulate::{Difference, Simulation, Supposed};
pub use store::Side;
pub use watch::{Watch, watch};
