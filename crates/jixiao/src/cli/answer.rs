//! The arguments of `answer`.

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum};
use jixiao_proto::jixiao::scoring::v1::AnswerKind;

use super::Server;

/// Arguments of `answer`.
#[derive(Debug, Args)]
pub struct Answer {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// The finding's id, as findings --all lists it
    #[arg(value_name = "FINDING", value_parser = NonEmptyStringValueParser::new())]
    pub finding: String,

    /// What becomes of it: explained, accepted or to-be-rectified
    #[arg(long = "as", value_enum, value_name = "KIND", hide_possible_values = true)]
    pub kind: Kind,

    /// Why it is so, or what will be done
    #[arg(long, value_name = "TEXT")]
    pub text: String,

    /// Until when it is put right, e.g. 2020-09-30; of what is to be rectified, and of nothing else
    #[arg(long, value_name = "DAY")]
    pub deadline: Option<String>,

    /// When the answer was given, e.g. 2020-07-01
    #[arg(long, value_name = "DAY")]
    pub on: String,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// There is a reason for it.
    Explained,
    /// It is left as it is.
    Accepted,
    /// It will be put right.
    ToBeRectified,
}

impl From<Kind> for AnswerKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Explained => Self::Explained,
            Kind::Accepted => Self::Accepted,
            Kind::ToBeRectified => Self::ToBeRectified,
        }
    }
}
