//! The arguments of `warnings`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::Server;

/// Arguments of `warnings`.
#[derive(Debug, Args)]
pub struct Warnings {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// List how warnings were raised, changed and cleared, and why
    #[arg(long)]
    pub history: bool,

    /// Show warnings as they are raised, changed and cleared, until stopped with Ctrl-C; with --history from the first on
    #[arg(long)]
    pub watch: bool,

    /// First note that this day has come for the fund, to play a year that is over; the clock never goes back
    #[arg(long, value_name = "DATE", conflicts_with_all = ["history", "watch"])]
    pub reach: Option<String>,

    /// First wait until everything that the other services have acknowledged is part of it
    #[arg(long)]
    pub wait: bool,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}
