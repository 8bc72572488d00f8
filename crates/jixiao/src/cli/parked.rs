//! The arguments of `parked`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

use super::Server;

/// Commands of `parked`.
#[derive(Debug, Subcommand)]
pub enum Parked {
    /// List the parked funds of all services
    #[command(after_help = "\
Example:
  jixiao parked list")]
    List(ParkedList),

    /// Show why a fund is parked and what waits
    #[command(after_help = "\
Example:
  jixiao parked show smart-city-2019")]
    Show(ParkedFund),

    /// Take in what waits for a fund
    ///
    /// Takes in every event that waits, in each service in which the fund stands still: all of them in one commit, or none.
    /// Where one still cannot be taken in, nothing changes and the refusal names it.
    #[command(after_help = "\
Example:
  jixiao parked retry smart-city-2019")]
    Retry(ParkedFund),
}

/// Arguments of `parked list`.
#[derive(Debug, Args)]
pub struct ParkedList {
    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `parked show` and `parked retry`.
#[derive(Debug, Args)]
pub struct ParkedFund {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}
