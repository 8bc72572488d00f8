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

    /// The commands to suppose, in TOML
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}
