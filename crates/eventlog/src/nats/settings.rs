//! How the streams and consumers are set, as data. Each setting has its reason.

use std::time::Duration;

use async_nats::jetstream::consumer::pull::Config as ConsumerConfig;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, ReplayPolicy};
use async_nats::jetstream::stream::{Config as StreamConfig, DiscardPolicy, RetentionPolicy, StorageType};

use super::Uses;

/// The oldest server that keeps all of these settings. Older ones drop some without a word.
pub const SERVER: (i64, i64, i64) = (2, 15, 0);

/// How long a stream keeps a message: a consumer that was away for longer reads the log itself.
pub const MAX_AGE: Duration = Duration::from_hours(7 * 24);

/// The most bytes of a stream. What it drops first is the oldest, which the log still has.
pub const MAX_BYTES: i64 = 4 * 1024 * 1024 * 1024;

/// How long a broker knows a message again. A help, never the guarantee: that is the expected sequence.
pub const DUPLICATE_WINDOW: Duration = Duration::from_mins(2);

/// The most bytes of a message: a payload has at most 256 KiB, its attributes less than as much again.
pub const MAX_MESSAGE: i32 = 1024 * 1024;

/// After how long a message that was not taken in is brought again: first, second, third time and on. Longer than it
/// takes to take a page in.
pub const BACKOFF: [Duration; 3] = [Duration::from_secs(30), Duration::from_mins(1), Duration::from_mins(2)];

/// The most messages on their way to one consumer: its feed keeps more.
pub const MAX_ACK_PENDING: i64 = 1_024;

/// The most pulls that wait at once: a few replicas, and those that a killed one left behind.
pub const MAX_WAITING: i64 = 64;

/// What whoever applies the streams may choose. Services work with any of it, so it is not compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Copies of each stream: 1 on one machine, 3 in a cluster.
    pub replicas: usize,
    /// How long a stream keeps a message.
    pub max_age: Duration,
    /// The most bytes of a stream.
    pub max_bytes: i64,
    /// How long a broker knows a message again.
    pub duplicate_window: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { replicas: 1, max_age: MAX_AGE, max_bytes: MAX_BYTES, duplicate_window: DUPLICATE_WINDOW }
    }
}

/// A log and the services that take it in: a stream and its consumers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The log.
    pub log: &'static str,
    /// The services, each a durable consumer of that name.
    pub consumers: Vec<&'static str>,
}

/// The flows between services.
pub fn flows(services: &[Uses]) -> Vec<Flow> {
    let takes_in = |log: &'static str| {
        let consumers = services.iter().filter(|uses| uses.takes_in.contains(&log));
        Flow { log, consumers: consumers.map(|uses| uses.service).collect() }
    };
    services.iter().filter(|uses| uses.publishes).map(|uses| takes_in(uses.service)).collect()
}

/// The name of a log's stream: `JixiaoLedger`.
pub fn stream_name(log: &str) -> String {
    let mut letters = log.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    format!("Jixiao{}{}", first.map(String::from).unwrap_or_default(), letters.as_str())
}

/// A log's stream.
pub fn stream(log: &str, limits: &Limits) -> StreamConfig {
    StreamConfig {
        name: stream_name(log),
        description: Some(format!("The events of the {log} log, for services and subscribers")),
        subjects: vec![format!("jixiao.{log}.>")],
        // Kept by age and size, not by who has read it: subscribers come and go.
        retention: RetentionPolicy::Limits,
        // A restart of the broker must not empty it.
        storage: StorageType::File,
        // Refusing new messages would stop the relay once the stream is full.
        discard: DiscardPolicy::Old,
        max_age: limits.max_age,
        max_bytes: limits.max_bytes,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_message_size: MAX_MESSAGE,
        max_consumers: -1,
        num_replicas: limits.replicas,
        duplicate_window: limits.duplicate_window,
        // Nobody edits history: not on the stream either.
        deny_delete: true,
        deny_purge: true,
        allow_rollup: false,
        // Only a stream's leader answers what the stream ends with.
        allow_direct: false,
        ..StreamConfig::default()
    }
}

/// A service's consumer of a stream.
pub fn consumer(service: &str, limits: &Limits) -> ConsumerConfig {
    ConsumerConfig {
        durable_name: Some(service.to_owned()),
        name: Some(service.to_owned()),
        description: Some(format!("Brings events to {service}")),
        // What was taken in already is dropped by the feed.
        deliver_policy: DeliverPolicy::All,
        replay_policy: ReplayPolicy::Instant,
        // Each message on its own: a gap is not acknowledged along with what follows it.
        ack_policy: AckPolicy::Explicit,
        ack_wait: BACKOFF[0],
        backoff: BACKOFF.to_vec(),
        // What is set aside is decided by the consumer's rules, never by a count.
        max_deliver: -1,
        max_ack_pending: MAX_ACK_PENDING,
        max_waiting: MAX_WAITING,
        num_replicas: limits.replicas,
        ..ConsumerConfig::default()
    }
}

/// A setting that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) name: &'static str,
    pub(super) value: String,
}

fn setting(name: &'static str, value: impl std::fmt::Debug) -> Setting {
    Setting { name, value: format!("{value:?}") }
}

/// What of a stream has to be as written here.
pub(super) fn compared_of_stream(config: &StreamConfig) -> Vec<Setting> {
    vec![
        setting("subjects", &config.subjects),
        setting("retention", config.retention),
        setting("storage", config.storage),
        setting("discard", config.discard),
        setting("max_msgs", config.max_messages),
        setting("max_msgs_per_subject", config.max_messages_per_subject),
        setting("max_msg_size", config.max_message_size),
        setting("max_consumers", config.max_consumers),
        setting("no_ack", config.no_ack),
        setting("sealed", config.sealed),
        setting("deny_delete", config.deny_delete),
        setting("deny_purge", config.deny_purge),
        setting("allow_rollup_hdrs", config.allow_rollup),
        setting("allow_direct", config.allow_direct),
        setting("mirror", config.mirror.is_some()),
        setting("sources", config.sources.as_ref().is_some_and(|sources| !sources.is_empty())),
        setting("subject_transform", config.subject_transform.is_some()),
        setting("max_age_unlimited", config.max_age.is_zero()),
        setting("max_bytes_unlimited", config.max_bytes <= 0),
    ]
}

/// What of a consumer has to be as written here.
pub(super) fn compared_of_consumer(config: &ConsumerConfig) -> Vec<Setting> {
    vec![
        setting("deliver_policy", config.deliver_policy),
        setting("replay_policy", config.replay_policy),
        setting("ack_policy", config.ack_policy),
        setting("ack_wait", config.ack_wait),
        setting("backoff", &config.backoff),
        setting("max_deliver", config.max_deliver),
        setting("max_ack_pending", config.max_ack_pending),
        setting("max_waiting", config.max_waiting),
        setting("filter_subject", &config.filter_subject),
        setting("filter_subjects", &config.filter_subjects),
        setting("headers_only", config.headers_only),
        setting("rate_limit_bps", config.rate_limit),
        setting("inactive_threshold", config.inactive_threshold),
    ]
}
