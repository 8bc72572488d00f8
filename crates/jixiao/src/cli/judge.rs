//! The arguments of `judge`.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};

use super::Server;

/// Arguments of `judge`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("answers").multiple(true).args(["number", "date", "yes", "no", "survey"])))]
pub struct Judge {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// The indicator's path
    #[arg(value_name = "INDICATOR", value_parser = NonEmptyStringValueParser::new())]
    pub indicator: String,

    /// The points, within what the rule allows; with --level those within that level
    #[arg(
        long, value_name = "POINTS", allow_hyphen_values = true,
        conflicts_with_all = ["coefficient", "deduct", "answers", "not_applicable", "withdraw"]
    )]
    pub points: Option<String>,

    /// The level that was reached, in the words of the scheme
    #[arg(
        long, value_name = "LEVEL", value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["coefficient", "deduct", "answers", "not_applicable", "withdraw"]
    )]
    pub level: Option<String>,

    /// The share of the weight, from 0 to 1
    #[arg(
        long, value_name = "SHARE", allow_hyphen_values = true,
        conflicts_with_all = ["deduct", "answers", "not_applicable", "withdraw"]
    )]
    pub coefficient: Option<String>,

    /// Points off what is computed
    #[arg(
        long, value_name = "POINTS", allow_hyphen_values = true,
        conflicts_with_all = ["answers", "not_applicable", "withdraw"]
    )]
    pub deduct: Option<String>,

    /// A number that the indicator asks for, e.g. visits=12; may be given several times
    #[arg(
        long, value_name = "ASKED=NUMBER", value_parser = pair,
        conflicts_with_all = ["not_applicable", "withdraw"]
    )]
    pub number: Vec<(String, String)>,

    /// A date that it asks for, e.g. opened=2019-10; may be given several times
    #[arg(
        long, value_name = "ASKED=DATE", value_parser = pair,
        conflicts_with_all = ["not_applicable", "withdraw"]
    )]
    pub date: Vec<(String, String)>,

    /// What it asks is so; may be given several times
    #[arg(
        long, value_name = "ASKED", value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["not_applicable", "withdraw"]
    )]
    pub yes: Vec<String>,

    /// What it asks is not so; may be given several times
    #[arg(
        long, value_name = "ASKED", value_parser = NonEmptyStringValueParser::new(),
        conflicts_with_all = ["not_applicable", "withdraw"]
    )]
    pub no: Vec<String>,

    /// How many chose each answer of a survey, e.g. satisfied=good:80,poor:20; may be given several times
    #[arg(
        long, value_name = "ASKED=CHOICE:COUNT,…", value_parser = survey,
        conflicts_with_all = ["not_applicable", "withdraw"]
    )]
    pub survey: Vec<Survey>,

    /// The indicator is not applicable
    #[arg(long, conflicts_with = "withdraw")]
    pub not_applicable: bool,

    /// What persons said of it so far counts no longer
    #[arg(long)]
    pub withdraw: bool,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// When it was judged: 2020-06-05, 2020-06 or 2020
    #[arg(long, value_name = "DATE")]
    pub on: String,

    /// What proves it: a document's number, an address or a place; may be given several times
    #[arg(long, value_name = "EVIDENCE", value_parser = NonEmptyStringValueParser::new())]
    pub evidence: Vec<String>,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// How many chose each answer of a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// What was asked.
    pub asked: String,
    /// Each choice with its count.
    pub counts: Vec<(String, i64)>,
}

impl Judge {
    /// What is evaluated, as it stands below `funds/`.
    pub fn evaluated(&self) -> String {
        super::evaluated(&self.fund, self.project.as_ref())
    }
}

/// `visits=12`. What stands behind the sign is the server's to read.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((asked, said)) if !asked.is_empty() && !said.is_empty() => {
            Ok((asked.to_owned(), said.to_owned()))
        }
        _ => Err("ASKED=ANSWER".to_owned()),
    }
}

/// `satisfied=good:80,poor:20`. A choice may hold a colon: the last one counts.
fn survey(text: &str) -> Result<Survey, String> {
    let (asked, counted) = pair(text)?;
    let count = |part: &str| {
        let (choice, count) = part.rsplit_once(':')?;
        let count = count.trim().parse().ok()?;
        (!choice.is_empty()).then(|| (choice.to_owned(), count))
    };
    let counts: Option<Vec<_>> = counted.split([',', '，']).map(count).collect();
    counts.map(|counts| Survey { asked, counts }).ok_or_else(|| "ASKED=CHOICE:COUNT,CHOICE:COUNT".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_are_written() {
        let text = |pairs: &[(&str, i64)]| {
            Ok(Survey {
                asked: "satisfied".to_owned(),
                counts: pairs.iter().map(|(choice, count)| ((*choice).to_owned(), *count)).collect(),
            })
        };
        assert_eq!(pair("visits=12"), Ok(("visits".to_owned(), "12".to_owned())));
        assert_eq!(pair("share=a=b"), Ok(("share".to_owned(), "a=b".to_owned())));
        for wrong in ["visits", "=12", "visits="] {
            assert_eq!(pair(wrong), Err("ASKED=ANSWER".to_owned()), "{wrong}");
        }
        assert_eq!(survey("satisfied=good:80,poor:20"), text(&[("good", 80), ("poor", 20)]));
        assert_eq!(survey("satisfied=好:80，差:-1"), text(&[("好", 80), ("差", -1)]));
        for wrong in ["satisfied=good", "satisfied=good:many", "satisfied=:3", "satisfied=good:1,"] {
            assert_eq!(survey(wrong), Err("ASKED=CHOICE:COUNT,CHOICE:COUNT".to_owned()), "{wrong}");
        }
    }
}
