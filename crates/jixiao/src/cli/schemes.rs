//! The commands about schemes and scores, and their arguments.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand, ValueEnum};

use super::{Judge, Server};

/// Commands about schemes and scores.
#[derive(Debug, Subcommand)]
pub enum Rating {
    /// List, check, load and approve schemes: the rules of evaluations
    ///
    /// A scheme is a TOML file with the groups and indicators of a form, their weights, rules and grades. Loading it makes a
    /// version of it, a draft; once that is approved it may evaluate funds, and never changes. docs/scheme.schema.json helps
    /// editors to write one.
    #[command(after_help = "\
Examples:
  jixiao schemes check schemes/*.toml
  jixiao schemes list")]
    #[command(subcommand)]
    Schemes(Schemes),

    /// Show or record the scores of an indicator: self, reviewer, finance bureau, computed
    ///
    /// Without --by it lists every score that the indicator got and what persons said of it (jixiao judge), by whom, when and
    /// why. With --by it records a reviewer's or
    /// the finance bureau's score, which stands beside the computed one and never changes it; a later one takes the place of
    /// an earlier one.
    #[command(after_help = "\
Examples:
  jixiao score smart-city-2019 management.operation.tracking
  jixiao score smart-city-2019 management.operation.tracking --by reviewer --points 6 \\
    --reason \"7 contracts are not filed\" --on 2020-06-05")]
    Score(Score),

    /// Record what a person says of an indicator: points, a level, answers to what its rule asks
    ///
    /// The points follow from it by the scheme's rules. Which judgement an indicator takes, and within which bounds, is the
    /// scheme's matter: any other is refused. A later one takes the place of an earlier one of its kind; all of them stay in
    /// the history with author, date and reason, which `jixiao score FUND INDICATOR` lists.
    #[command(after_help = "\
Examples:
  jixiao judge smart-city-2019 management.operation.tracking --points 6 \\
    --reason \"7 contracts are not filed\" --on 2020-06-05 --evidence 锡财绩〔2020〕7号
  jixiao judge smart-city-2019 decision.plan --level 较好 --points 3.5 \\
    --reason \"no schedule\" --on 2020-06-05
  jixiao judge smart-city-2019 decision.basis --project smart-tourism --yes approved \\
    --no feasible --number documents=3 --reason \"as filed\" --on 2020-06-05
  jixiao judge smart-city-2019 effect.survey --survey satisfied=good:80,poor:20 \\
    --reason \"survey of May\" --on 2020-05")]
    Judge(Box<Judge>),
}

/// Commands of `schemes`.
#[derive(Debug, Subcommand)]
pub enum Schemes {
    /// List the schemes that the server knows
    #[command(after_help = "\
Examples:
  jixiao schemes list
  jixiao schemes list --year 2019 --all-versions")]
    List(SchemesList),

    /// Show a scheme: its life, its groups and indicators, its grades
    #[command(after_help = "\
Examples:
  jixiao schemes show wuxi-2019-smart-city
  jixiao schemes show wuxi-2019-smart-city --text > scheme.toml")]
    Show(SchemesShow),

    /// Check scheme files, without a server
    ///
    /// Reads each file as the server would and lists every fault with its line and column, all at once.
    #[command(after_help = "\
Exit code 1 where a file has a fault.

Example:
  jixiao schemes check examples/wuxi-2019/*.toml")]
    Check(SchemesCheck),

    /// Load a scheme file: a new version of its scheme, as a draft
    ///
    /// With --approver, --approved-on or --document the version is approved at once.
    #[command(after_help = "\
Examples:
  jixiao schemes load scheme.toml
  jixiao schemes load scheme.toml --approver 市财政局 --approved-on 2019-03-01 \\
    --document 锡财绩〔2019〕1号")]
    Load(SchemesLoad),

    /// Approve a draft: it may evaluate funds from now on, and never changes
    #[command(after_help = "\
Example:
  jixiao schemes approve wuxi-2019-smart-city 1 --approver 市财政局 --approved-on 2019-03-01")]
    Approve(SchemesApprove),

    /// Withdraw a version: it may begin no evaluation any more; what is evaluated by it stays so
    #[command(after_help = "\
Example:
  jixiao schemes withdraw wuxi-2019-smart-city 1 --reason \"a band is missing\" --on 2019-04-01")]
    Withdraw(SchemesWithdraw),
}

/// Arguments of `schemes list`.
#[derive(Debug, Args)]
pub struct SchemesList {
    /// Of this fiscal year only
    #[arg(long, value_name = "YEAR")]
    pub year: Option<u16>,

    /// Every version, not the newest alone
    #[arg(long)]
    pub all_versions: bool,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `schemes show`.
#[derive(Debug, Args)]
pub struct SchemesShow {
    /// The scheme's id, e.g. wuxi-2019-smart-city
    #[arg(value_name = "SCHEME", value_parser = NonEmptyStringValueParser::new())]
    pub scheme: String,

    /// Its version; else the newest
    #[arg(long = "of", value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    pub version: Option<u32>,

    /// Print its file as it was loaded, and nothing else
    #[arg(long)]
    pub text: bool,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `schemes check`.
#[derive(Debug, Args)]
pub struct SchemesCheck {
    /// The files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// On whose approval a version of a scheme is used.
#[derive(Debug, Args)]
pub struct ApprovedBy {
    /// Who approved it: an office or a role; without it, that is not stated
    #[arg(long, value_name = "NAME")]
    pub approver: Option<String>,

    /// When: 2019-03-01, 2019-03 or 2019
    #[arg(long, value_name = "DATE")]
    pub approved_on: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,

    /// The document that says so, by number or title
    #[arg(long, value_name = "DOCUMENT")]
    pub document: Option<String>,
}

/// Arguments of `schemes load`.
#[derive(Debug, Args)]
pub struct SchemesLoad {
    /// The scheme file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The approval.
    #[command(flatten)]
    pub approved: ApprovedBy,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `schemes approve`.
#[derive(Debug, Args)]
pub struct SchemesApprove {
    /// The scheme's id, e.g. wuxi-2019-smart-city
    #[arg(value_name = "SCHEME", value_parser = NonEmptyStringValueParser::new())]
    pub scheme: String,

    /// The version that was read
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: u32,

    /// The approval.
    #[command(flatten)]
    pub approved: ApprovedBy,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `schemes withdraw`.
#[derive(Debug, Args)]
pub struct SchemesWithdraw {
    /// The scheme's id, e.g. wuxi-2019-smart-city
    #[arg(value_name = "SCHEME", value_parser = NonEmptyStringValueParser::new())]
    pub scheme: String,

    /// The version
    #[arg(value_name = "VERSION", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: u32,

    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: String,

    /// When: 2019-04-01, 2019-04 or 2019
    #[arg(long, value_name = "DATE")]
    pub on: String,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `score`.
#[derive(Debug, Args)]
pub struct Score {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// The indicator's path
    #[arg(value_name = "INDICATOR", value_parser = NonEmptyStringValueParser::new())]
    pub indicator: String,

    /// Record a score as reviewer or finance; else the scores are listed
    #[arg(
        long, value_enum, value_name = "WHO", hide_possible_values = true,
        requires_all = ["points", "reason", "on"]
    )]
    pub by: Option<ScoreBy>,

    /// The points, from 0 to the indicator's weight
    #[arg(long, value_name = "POINTS", requires = "by", allow_hyphen_values = true)]
    pub points: Option<String>,

    /// Why
    #[arg(long, value_name = "TEXT", requires = "by")]
    pub reason: Option<String>,

    /// When it was scored: 2020-06-05, 2020-06 or 2020
    #[arg(long, value_name = "DATE", requires = "by")]
    pub on: Option<String>,

    /// Who scored, where that is another than the one who records it
    #[arg(long, value_name = "NAME", requires = "by")]
    pub author: Option<String>,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// As whom a score is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ScoreBy {
    /// The reviewer.
    Reviewer,
    /// The finance bureau.
    Finance,
}

impl Score {
    /// What is evaluated, as it stands below `funds/`.
    pub fn evaluated(&self) -> String {
        super::evaluated(&self.fund, self.project.as_ref())
    }
}
