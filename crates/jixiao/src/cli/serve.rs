//! The arguments of `serve`.

use std::path::PathBuf;

use clap::Args;

/// Arguments of `serve`. What is not given here may be given in the environment or in a file: see `settings`.
#[derive(Debug, Default, Args)]
pub struct Serve {
    /// The one service to run: registry, ledger, targets or scoring; all of them where none is named
    #[arg(value_name = "SERVICE")]
    pub service: Option<String>,

    /// A TOML file with settings
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// The folder for the event logs, made where it is missing; one server per folder [default: jixiao-data]
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The address to serve gRPC on [default: 127.0.0.1:7500]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,

    /// A plain port for gRPC health and GET /metrics, and nothing else [default: none]
    #[arg(long, value_name = "ADDR")]
    pub admin_listen: Option<String>,

    /// Keep the logs in PostgreSQL: with SERVICE in the database that the URL names, without in databases jixiao_registry
    /// and so on of the server
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,

    /// The file with the database user's password
    #[arg(long, value_name = "FILE")]
    pub database_password_file: Option<PathBuf>,

    /// The NATS servers, with commas between them; without, services read each other's logs directly
    #[arg(long, value_name = "URL")]
    pub nats_url: Option<String>,

    /// The NATS user
    #[arg(long, value_name = "NAME")]
    pub nats_user: Option<String>,

    /// The file with the NATS user's password
    #[arg(long, value_name = "FILE")]
    pub nats_password_file: Option<PathBuf>,

    /// Where ledger, targets and scoring read the registry's log
    #[arg(long, value_name = "URL")]
    pub registry_url: Option<String>,

    /// Where scoring reads the ledger's log
    #[arg(long, value_name = "URL")]
    pub ledger_url: Option<String>,

    /// Where scoring reads the targets' log
    #[arg(long, value_name = "URL")]
    pub targets_url: Option<String>,

    /// The authority of both sides' certificates, a PEM file: for the server and for all that it dials
    #[arg(long, value_name = "FILE")]
    pub tls_ca: Option<PathBuf>,

    /// The server's certificate, a PEM file
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// Where traces go, by OTLP over gRPC [default: nowhere]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// How to log to standard error, text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,

    /// Seconds that a feed may lag before the service is not ready [default: 60]
    #[arg(long, value_name = "SECONDS")]
    pub max_lag: Option<String>,
}
