//! The arguments of `what-if`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::Server;

/// Arguments of `what-if`.
#[derive(Debug, Args)]
pub struct WhatIf {
    /// The fund whose evaluation is asked for, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// The commands to suppose, in TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}
