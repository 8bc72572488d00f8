//! The names of all metrics, in one place: alert rules in deploy/ are checked against what a server exports.
//!
//! A service is labelled `service`, a source that it takes in `source`.

/// Counter: commands answered, by `outcome`: `accepted`, `repeated`, `refused`, `unavailable`, `failed`.
pub const COMMANDS: &str = "jixiao_commands_total";
/// Histogram, seconds: from the queue to the answer of a command.
pub const COMMAND_SECONDS: &str = "jixiao_command_seconds";
/// Histogram: commands of one batch.
pub const BATCH_COMMANDS: &str = "jixiao_batch_commands";
/// Histogram, seconds: COMMIT alone.
pub const COMMIT_SECONDS: &str = "jixiao_commit_seconds";
/// Gauge: the position of the log's last event, as this process knows it.
pub const LOG_POSITION: &str = "jixiao_log_position";
/// Gauge: events that the stream lacks.
pub const RELAY_LAG_EVENTS: &str = "jixiao_relay_lag_events";
/// Gauge, seconds: the age of the oldest event that the stream lacks; 0 without one.
pub const RELAY_LAG_SECONDS: &str = "jixiao_relay_lag_seconds";
/// Counter: events published and acknowledged by the broker.
pub const RELAYED: &str = "jixiao_relayed_events_total";
/// Counter: times that the stream ended with what the log does not hold.
pub const RELAY_FORKS: &str = "jixiao_relay_forks_total";
/// Gauge: events of a source that are not taken in yet.
pub const FEED_LAG_EVENTS: &str = "jixiao_feed_lag_events";
/// Gauge, seconds: how long a feed has not been at its source's end; 0 at the end.
pub const FEED_LAG_SECONDS: &str = "jixiao_feed_lag_seconds";
/// Counter: gaps in what the broker delivered, read from the source.
pub const GAPS_FILLED: &str = "jixiao_gaps_filled_total";
/// Counter: deliveries dropped because they were taken in already.
pub const DUPLICATES_DROPPED: &str = "jixiao_duplicates_dropped_total";
/// Gauge: funds that are parked.
pub const PARKED_FUNDS: &str = "jixiao_parked_funds";
/// Gauge: 1 while the history taken in of a source is not the one that it holds, else 0.
pub const FORKS: &str = "jixiao_forks";
/// Gauge: 1 while a feed stands still until somebody acts (unknown type, poison without a fund), else 0.
pub const FEED_STOPPED: &str = "jixiao_feed_stopped";
/// Gauge: 1 while this replica leads (follows feeds and relays), else 0.
pub const LEADS: &str = "jixiao_leads";
/// Gauge: 1 while the broker is connected and its streams are as they should be, else 0.
pub const BROKER_UP: &str = "jixiao_broker_up";
/// Gauge: 1 while the database answers, else 0.
pub const DATABASE_UP: &str = "jixiao_database_up";
/// Counter: states that a rebuild found to differ from the log.
pub const REBUILD_DIFFERENCES: &str = "jixiao_rebuild_differences_total";
/// Gauge, seconds: how far the clock is behind the log; 0 when it is not.
pub const CLOCK_BEHIND_SECONDS: &str = "jixiao_clock_behind_seconds";
/// Counter: connections refused by transport security, by `reason`.
pub const TLS_REFUSED: &str = "jixiao_tls_refused_total";
/// Gauge, seconds since 1970: when the certificate in use ends.
pub const CERTIFICATE_END: &str = "jixiao_certificate_end_seconds";
