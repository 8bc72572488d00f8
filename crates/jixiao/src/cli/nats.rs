//! The arguments of `nats`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Tls;

/// Commands of `nats`.
#[derive(Debug, Subcommand)]
pub enum Nats {
    /// Create or update all streams and consumers
    ///
    /// Creates the streams and durable consumers that are missing, updates those that are set otherwise, and lists what it
    /// did to each. Running it again, or twice at once, does no harm. Run it before the services start and at each upgrade;
    /// and where streams were lost: the services fill them anew by themselves.
    #[command(after_help = "\
Examples:
  jixiao nats apply --nats-url nats://127.0.0.1:4222
  jixiao nats apply --nats-url tls://nats-0:4222,tls://nats-1:4222 --nats-user admin \\
    --nats-password-file nats-admin --tls-ca ca.pem --tls-cert admin.pem --tls-key admin.key \\
    --replicas 3")]
    Apply(NatsApply),
}

/// Arguments of `nats apply`.
#[derive(Debug, Args)]
pub struct NatsApply {
    /// The NATS servers, with commas between them
    #[arg(
        long,
        env = "JIXIAO_NATS_URL",
        value_name = "URL",
        default_value = "nats://127.0.0.1:4222",
        hide_env_values = true
    )]
    pub nats_url: String,

    /// The NATS user, one that may manage streams
    #[arg(long, env = "JIXIAO_NATS_USER", value_name = "NAME", hide_env_values = true)]
    pub nats_user: Option<String>,

    /// The file with that user's password
    #[arg(long, env = "JIXIAO_NATS_PASSWORD_FILE", value_name = "FILE", hide_env_values = true)]
    pub nats_password_file: Option<PathBuf>,

    /// Copies of each stream: 1 on one machine, 3 in a cluster
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub replicas: u8,

    /// Days that a stream keeps a message; the logs themselves keep everything
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub max_age: u32,

    /// The most bytes of each stream
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = jixiao_eventlog::nats::MAX_BYTES,
        value_parser = clap::value_parser!(i64).range(1 << 20..)
    )]
    pub max_bytes: i64,

    /// Transport security.
    #[command(flatten)]
    pub tls: Tls,
}
