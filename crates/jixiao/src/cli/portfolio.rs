//! The arguments of `portfolio`.

use clap::{Args, ValueEnum};

use super::{Moment, Server};

/// Arguments of `portfolio`.
#[derive(Debug, Args)]
pub struct Portfolio {
    /// Only funds of this competent agency, by its id
    #[arg(long, value_name = "AGENCY")]
    pub agency: Option<String>,

    /// Only funds of this fiscal year
    #[arg(long, value_name = "YEAR")]
    pub year: Option<i32>,

    /// Only funds with projects of this support category
    #[arg(long, value_name = "CATEGORY")]
    pub category: Option<String>,

    /// Only funds that pass this, over the fields of a fund, such as findings_error > 0 (docs/lists.md)
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,

    /// The order: fields of a fund, each with " desc" to run backwards, with commas between them
    #[arg(long, value_name = "ORDER", conflicts_with = "by")]
    pub order: Option<String>,

    /// Roll up by agency, year, grade or category instead of listing each fund
    #[arg(long, value_enum, value_name = "WHAT", hide_possible_values = true)]
    pub by: Option<By>,

    /// First wait until everything that the other services have acknowledged is part of it
    #[arg(long)]
    pub wait: bool,

    /// The moment that is asked about.
    #[command(flatten)]
    pub moment: Moment,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// What a portfolio is rolled up by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The competent agency.
    Agency,
    /// The fiscal year.
    Year,
    /// The grade.
    Grade,
    /// The support category.
    Category,
}
