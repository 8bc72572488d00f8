//! What every service's gRPC edge shares: reading fields, naming every bad one, pages, positions, statuses.
//!
//! Knows the wire and the published language, and no rule of any service.

mod call;
mod delivery;
mod feeds;
mod fields;
mod list;
mod malformed;
mod moment;
mod page;
mod simulate;
mod stale;
mod status;
mod wire;

pub use call::{ACTOR, Call, wait};
pub use delivery::{checkpoint, read_event, source_event};
pub use feeds::Feeds;
pub use fields::{AllOf, Fields};
pub use list::{Chosen, ListItem, Listing, Passing, Shape};
pub use malformed::say_malformed;
pub use moment::{asked, reached};
pub use page::Filling;
pub use simulate::{MOST_COMMANDS, MOST_EVENTS, Simulated, Supposing};
pub use stale::{STALE, Stale};
pub use status::{RefusalKind, Refuse, not_found, position_status, read_status, said, unreadable};
pub use wire::{pb_approval, pb_money, pb_names};
