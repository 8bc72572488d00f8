//! The arguments of `findings`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use jixiao_proto::jixiao::scoring::v1::{AnswerKind, Severity};

use super::{Moment, Server};

/// Arguments of `findings`.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Findings {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", required_unless_present = "explain", value_parser = NonEmptyStringValueParser::new())]
    pub fund: Option<String>,

    /// At least so heavy: error, warning or notice
    #[arg(long, value_enum, value_name = "SEVERITY", hide_possible_values = true)]
    pub severity: Option<AtLeast>,

    /// Found by these checks only, with commas between them
    #[arg(long = "code", value_name = "CODE", value_delimiter = ',')]
    pub codes: Vec<String>,

    /// About this only, as listed: targets/d2, projects/smart-tourism, fund
    #[arg(long, value_name = "SUBJECT")]
    pub subject: Option<String>,

    /// Answered so only: any, explained, accepted or to-be-rectified
    #[arg(long, value_enum, value_name = "KIND", hide_possible_values = true, conflicts_with_all = ["history", "watch"])]
    pub answer: Option<Answered>,

    /// Not answered yet only
    #[arg(long, conflicts_with_all = ["answer", "history", "watch"])]
    pub unanswered: bool,

    /// The order: severity, code and subject, each with " desc" to run backwards, with commas between them
    #[arg(long, value_name = "ORDER", default_value = "severity desc, code", conflicts_with_all = ["history", "watch"])]
    pub order: String,

    /// List the figures of each finding, and the events that they come from
    #[arg(long)]
    pub all: bool,

    /// List how findings were raised, revised, answered and cleared, and why
    #[arg(long, conflicts_with = "as_of")]
    pub history: bool,

    /// Show findings as they are raised, revised, answered and cleared, until stopped with Ctrl-C; with --history from the first on
    #[arg(long, conflicts_with_all = ["as_of", "known_at"])]
    pub watch: bool,

    /// First wait until everything that the other services have acknowledged is part of it
    #[arg(long)]
    pub wait: bool,

    /// Say what a check looks for, with an example; no server is needed
    #[arg(long, value_name = "CODE", conflicts_with_all = [
        "fund", "severity", "codes", "subject", "answer", "unanswered", "order", "all", "history", "watch", "wait",
        "as_of", "known_at",
    ])]
    pub explain: Option<String>,

    /// The moment that is asked about.
    #[command(flatten)]
    pub moment: Moment,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// The least that a finding weighs to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AtLeast {
    /// Errors only.
    Error,
    /// Errors and warnings.
    Warning,
    /// All of them.
    Notice,
}

impl From<AtLeast> for Severity {
    fn from(least: AtLeast) -> Self {
        match least {
            AtLeast::Error => Self::Error,
            AtLeast::Warning => Self::Warning,
            AtLeast::Notice => Self::Notice,
        }
    }
}

/// How findings are answered to be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Answered {
    /// In any way.
    Any,
    /// There is a reason for it.
    Explained,
    /// It is left as it is.
    Accepted,
    /// It will be put right.
    ToBeRectified,
}

impl From<Answered> for AnswerKind {
    /// Any is none in particular.
    fn from(answered: Answered) -> Self {
        match answered {
            Answered::Any => Self::Unspecified,
            Answered::Explained => Self::Explained,
            Answered::Accepted => Self::Accepted,
            Answered::ToBeRectified => Self::ToBeRectified,
        }
    }
}
