//! The arguments of a moment, which every reading command has, and those of `compare`.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::Server;

/// What is asked about: by which business date, as it was known when.
#[derive(Debug, Clone, Default, Args)]
pub struct Moment {
    /// Only what counts by this day, month or year: 2019-10-28, 2019-10, 2019; what has no date always counts
    #[arg(long, value_name = "DATE")]
    pub as_of: Option<String>,

    /// Only what was recorded by this time: 2026-11-24T18:00:00+08:00
    #[arg(long, value_name = "TIME")]
    pub known_at: Option<String>,
}

impl Moment {
    /// `as_of` and `known_at` as requests have them.
    pub fn fields(&self) -> (String, String) {
        (self.as_of.clone().unwrap_or_default(), self.known_at.clone().unwrap_or_default())
    }
}

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct Compare {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// The earlier moment: a date, a time, both with a comma between them, or now
    #[arg(long, value_name = "MOMENT")]
    pub from: String,

    /// The later moment, in the same way
    #[arg(long, value_name = "MOMENT", default_value = "now")]
    pub to: String,

    /// List every event of each change, not only the first ones
    #[arg(long)]
    pub all: bool,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

impl Compare {
    /// What is evaluated, as it stands below `funds/`.
    pub fn evaluated(&self) -> String {
        super::evaluated(&self.fund, self.project.as_ref())
    }
}
