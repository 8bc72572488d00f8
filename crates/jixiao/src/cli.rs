//! The command line. Doc comments here are the English help; the Chinese one is in `text/help.rs`.

mod answer;
mod findings;
mod judge;
mod moment;
mod nats;
mod parked;
mod portfolio;
mod schemes;
mod serve;
mod warnings;
mod what_if;

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Parser, Subcommand};

pub use self::answer::{Answer, Kind as AnswerKind};
pub use self::findings::{Answered, AtLeast, Findings};
pub use self::judge::{Judge, Survey};
pub use self::moment::{Compare, Moment};
pub use self::nats::{Nats, NatsApply};
pub use self::parked::{Parked, ParkedFund, ParkedList};
pub use self::portfolio::{By, Portfolio};
pub use self::schemes::{
    ApprovedBy, Rating, Schemes, SchemesApprove, SchemesCheck, SchemesList, SchemesLoad, SchemesShow,
    SchemesWithdraw, Score, ScoreBy,
};
pub use self::serve::Serve;
pub use self::warnings::Warnings;
pub use self::what_if::WhatIf;
use crate::language::Language;
use crate::output::Format;

/// Evaluates public special funds: every point computed from events and traceable to them
///
/// Jixiao keeps what happens to a fund (its projects, its money, its targets) as events in four services, and computes the
/// fund's evaluation from them. One program holds the server and its clients. Begin with `jixiao demo`: it needs nothing
/// else, loads two real funds and prints their evaluations.
#[derive(Debug, Parser)]
#[command(
    name = "jixiao",
    disable_help_subcommand = true,
    version,
    max_term_width = 100,
    after_help = "\
Exit codes: 0 done; 1 the answer is no (findings, verify, what-if, audit, import and
schemes check alone); 2 the command line
is wrong, or what it names cannot be used here; 3 the server refused; 4 no server or database answers."
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// For people, or for programs: the same content
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub format: Format,

    /// zh or en; else the locale decides (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true, value_enum, value_name = "LANGUAGE", hide_possible_values = true)]
    pub lang: Option<Language>,

    /// What to log to standard error: error, warn, info, debug, or a filter such as jixiao_eventlog=debug
    #[arg(long, global = true, env = "RUST_LOG", value_name = "FILTER", hide_env_values = true)]
    pub log: Option<String>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server: all services in one process, or one of them
    ///
    /// Without SERVICE it runs registry, ledger, targets and scoring in one process and keeps their four event logs as
    /// SQLite files in a data folder, or in four databases of one PostgreSQL server. With SERVICE it runs that one alone, on
    /// a PostgreSQL database of its own that `jixiao migrate` prepared, and reads the logs that it takes in from the
    /// services that hold them. Nothing is lost by stopping it, or by a crash: what was acknowledged is on disk. Beyond this
    /// machine it listens with certificates only.
    #[command(after_help = "\
Every setting may stand in three places, the first that has it counts: the flag (--database-url), the
environment (JIXIAO_DATABASE_URL), the file of --config (database-url = \"…\", TOML); else its default.

Examples:
  jixiao serve
  jixiao serve --data-dir /srv/jixiao --listen 127.0.0.1:7600
  jixiao serve --database-url postgres://jixiao@127.0.0.1:5432
  jixiao serve ledger --config /etc/jixiao/ledger.toml")]
    Serve(Box<Serve>),

    /// Prepare the database of a service
    ///
    /// Makes or updates the schema of the service's event log as the database's owner, and gives the service's role just what
    /// it needs: it reads and adds events and works on states; it cannot change or remove what is recorded. Run it before
    /// the service of a new version starts; running it again, or twice at once, does no harm.
    #[command(after_help = "\
Example:
  jixiao migrate ledger --database-url postgres://owner@127.0.0.1/ledger --role ledger")]
    Migrate(Migrate),

    /// Manage the streams in NATS
    ///
    /// Events go to other services and to subscribers by streams of NATS JetStream, one a log. The streams are managed by
    /// this command; the services themselves may not create, change or remove any.
    #[command(after_help = "\
Example:
  jixiao nats apply --nats-url nats://127.0.0.1:4222")]
    #[command(subcommand)]
    Nats(Nats),

    /// Start everything, load the example, print its evaluations, findings and claims
    ///
    /// Starts a server on a temporary folder, imports the two special funds of Wuxi 2019 through its gRPC services, prints
    /// both evaluations, what contradicts itself in them, how the figures of the published report compare, and what to try
    /// next. Then it keeps serving until you stop it with Ctrl-C.
    #[command(after_help = "\
Examples:
  jixiao demo
  jixiao demo --once")]
    Demo(Demo),

    /// Load a folder of CSV files into the server
    ///
    /// Reads a folder such as examples/wuxi-2019 (its README documents the format). Before the first write it checks every
    /// row, by itself and against what the server knows, and names each bad one with file, line, column and reason. A
    /// second run changes nothing: a row that is recorded already is skipped, so after an interruption simply run it again.
    #[command(after_help = "\
Examples:
  jixiao import examples/wuxi-2019 --dry-run
  jixiao import examples/wuxi-2019 --actor zhang.wei")]
    Import(ImportFolder),

    /// Print the evaluation of a fund
    ///
    /// Shows the fund's money and rates, its projects and targets, the points of every group as the unit gave them itself,
    /// as computed from events and as its report states them, and an account of where these differ. The evaluation follows
    /// the events by itself; nothing has to be started.
    #[command(after_help = "\
Examples:
  jixiao evaluate smart-city-2019
  jixiao evaluate smart-city-2019 --all
  jixiao evaluate smart-city-2019 --as-of 2019-10-28
  jixiao evaluate smart-city-2019 --project smart-tourism
  jixiao evaluate smart-city-2019 --canonical | sha256sum")]
    Evaluate(Evaluate),

    /// Compare the evaluation of a fund at two moments
    ///
    /// Lists each indicator whose points, status or measured value differ, before and after, with the events that count at
    /// one of the moments and not at the other; the sums, the total and the grade of both; and the scheme, where another
    /// version was open. A moment is a date (what counts by it), a time (what was recorded by it), both with a comma between
    /// them, or now.
    #[command(after_help = "\
Examples:
  jixiao compare smart-city-2019 --from 2019-10-27 --to 2019-10-28
  jixiao compare smart-city-2019 --from 2019-12-02 --to 2019-12-31 --format json
  jixiao compare smart-city-2019 --from 2026-11-24T18:00:00+08:00
  jixiao compare smart-city-2019 --from 2019-11,2026-11-24T18:00:00+08:00 --to 2019-11")]
    Compare(Compare),

    /// Explain the points of one indicator, of a group, or the total
    ///
    /// Shows the rule with its parameters and what each of them rests on, the inputs with their values, how the points come
    /// from them, and the events behind every input: who recorded what, and when. INDICATOR is a path as `jixiao evaluate
    /// FUND --all` lists it; its last part is enough where it is unique. The path of a group, or `total`, shows how its points come
    /// from their parts, and of the total how the grade was decided.
    #[command(after_help = "\
Examples:
  jixiao explain smart-city-2019 management.funds_use.execution_rate
  jixiao explain smart-city-2019 total
  jixiao explain smart-city-2019 execution_rate --format json")]
    Explain(Explain),

    /// List where a fund's figures contradict each other
    ///
    /// Checks look at targets, projects, money, points and stated figures whenever these change; what they find stands until
    /// its cause is gone. Each finding is listed with what it is about; --all adds its figures and the events that they come
    /// from, --history how findings were raised and cleared, --explain what a check looks for.
    #[command(after_help = "\
Exit code 1 where an error is listed; warnings and notices are none.

Examples:
  jixiao findings smart-city-2019
  jixiao findings smart-city-2019 --severity error --order subject --all
  jixiao findings smart-city-2019 --code met_not_full --format json
  jixiao findings smart-city-2019 --subject targets/d2 --history
  jixiao findings smart-city-2019 --unanswered
  jixiao findings smart-city-2019 --watch
  jixiao findings --explain met_not_full")]
    Findings(Findings),

    /// Answer a finding
    ///
    /// Records what whoever is responsible says to a finding that stands: there is a reason for it, it is left as it is, or it
    /// is put right by a day. The answer is shown with the finding, which stands until its cause is gone. A later answer takes
    /// the place of an earlier one; `findings --history` has all of them.
    #[command(after_help = "\
Examples:
  jixiao answer smart-city-2019 37950964-6abc-5dd6-8879-18e11f7873c5 --as explained \\
    --text \"full points by the rule of 2018\" --on 2020-07-01
  jixiao answer smart-city-2019 37950964-6abc-5dd6-8879-18e11f7873c5 --as to-be-rectified \\
    --text \"the score is filed anew\" --on 2020-07-01 --deadline 2020-09-30")]
    Answer(Answer),

    /// Show how a fund's money and targets progress within the year
    ///
    /// A scheme may watch the progress of money, that of targets and the gap between them, against checkpoints of the year or
    /// in proportion to time. What lags is warned of, yellow or red, as days come and data arrive; --history lists how
    /// warnings were raised, changed and cleared. A monitor without a value, such as one of a budget of zero, accuses nobody.
    #[command(after_help = "\
Examples:
  jixiao warnings smart-city-2026
  jixiao warnings smart-city-2026 --history --format json
  jixiao warnings smart-city-2026 --watch
  jixiao warnings smart-city-2019 --reach 2019-05-01")]
    Warnings(Warnings),

    /// List funds side by side, or roll them up
    ///
    /// One row a fund: money, targets met, points and grade, findings and warnings that stand, with the total below. --by
    /// rolls up by agency, year, grade or support category. Rates are those of the sums, never means of rates.
    #[command(after_help = "\
Examples:
  jixiao portfolio --year 2019 --order 'execution_rate'
  jixiao portfolio --agency big-data-bureau --filter 'findings_error > 0'
  jixiao portfolio --by category --format json")]
    Portfolio(Portfolio),

    /// Check the figures that a report states
    ///
    /// Compares each claim with what the events give, by every documented definition: a claim is a mismatch only where none
    /// of them gives it. Then it compares the claims with each other: figures stated twice, rates with what they divide, parts
    /// with their whole. Without --claims it checks the figures that were imported. FILE is a table as examples/wuxi-2019/
    /// claims.csv; docs/claims.md has the vocabulary.
    #[command(after_help = "\
Exit code 1 where a claim is a mismatch or claims disagree; what cannot be computed is no mismatch.

Examples:
  jixiao verify smart-city-2019
  jixiao verify smart-city-2019 --claims examples/wuxi-2019/claims.csv
  jixiao verify smart-city-2019 --claims claims.csv --format json")]
    Verify(Verify),

    /// Answer what an evaluation would be after commands that nobody sent
    ///
    /// Supposes the commands of FILE, any call of any service, over what the server holds: which would be refused and why,
    /// points and grade before and after, each indicator and finding that would change, with the command that changes it.
    /// Nothing is written. The commands of a service are supposed in the file's order, those of the registry first, then
    /// ledger, targets and scoring; docs/cli.md has the form of the file.
    #[command(after_help = "\
Exit code 1 where a command would be refused: the answer is then without it.

Examples:
  jixiao what-if smart-city-2019 examples/wuxi-2019/what-if-spend-explained.toml
  jixiao what-if smart-city-2019 what-if.toml --format json")]
    WhatIf(WhatIf),

    /// Schemes and scores.
    #[command(flatten)]
    Rating(Rating),

    /// List events, or follow them as they come
    ///
    /// Events are what the services keep: everything else is computed from them. Without LOG all logs are listed, one after
    /// the other; with --follow each new event is shown when it is recorded. JSON output is one event a line, with its data
    /// byte for byte as stored and the position to go on from.
    #[command(after_help = "\
Examples:
  jixiao events ledger
  jixiao events registry --after 120
  jixiao events --follow --format json")]
    Events(Events),

    /// Verify the event logs
    ///
    /// Reads every event of every log from the server and computes its hash anew: each has to follow the one before without
    /// a gap, name that one's hash, and be what its own hash says. Nothing has to be believed of the server. Ends with exit
    /// code 1 and the place where a log is broken.
    #[command(after_help = "\
Example:
  jixiao audit --server http://127.0.0.1:7500")]
    Audit(Audit),

    /// Compute the states anew from the logs
    ///
    /// States are only a fold of the events. This computes them anew from the logs alone, compares them with those in use,
    /// names every difference and puts the new ones in their place. It may run beside a server.
    #[command(after_help = "\
Examples:
  jixiao rebuild --data-dir jixiao-data
  jixiao rebuild --database-url postgres://jixiao@127.0.0.1:5432 scoring")]
    Rebuild(Rebuild),

    /// Funds that stand still because an event could not be taken in
    ///
    /// An event of another service that cannot be taken in (a fault of the program) parks the funds that it names, in that
    /// service alone: their later events wait, reads and commands on them are refused with FUND_PARKED; everything else goes
    /// on. Once the fault is mended, usually by an upgrade, retry takes in all that waits.
    #[command(after_help = "\
Example:
  jixiao parked list")]
    #[command(subcommand)]
    Parked(Parked),

    /// Follow a log again that lost its end
    ///
    /// After a database was restored from an older copy, or a standby was promoted that was behind, services hold events of
    /// LOG that it no longer has: their feeds of it stand still and their answers are marked stale. This finds the last event
    /// that both still share, voids what was taken in after it, computes every state anew without that, and follows LOG from
    /// there. What clients recorded in the meantime stays and is listed, for somebody to look at.
    #[command(after_help = "\
Example:
  jixiao refollow ledger")]
    Refollow(Refollow),
}

/// Arguments of `refollow`.
#[derive(Debug, Args)]
pub struct Refollow {
    /// The log that lost its end: registry, ledger or targets
    #[arg(value_name = "LOG")]
    pub log: String,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Where clients find the server, and on whose behalf they speak.
#[derive(Debug, Clone, Default, Args)]
pub struct Server {
    /// The server to talk to; where services run apart, one a service: registry=URL,ledger=URL,targets=URL,scoring=URL
    #[arg(
        long,
        env = "JIXIAO_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:7500",
        hide_env_values = true
    )]
    pub server: String,

    /// Who you are: 1 to 100 visible ASCII characters, kept with every event that you cause
    #[arg(long, env = "JIXIAO_ACTOR", value_name = "NAME", hide_env_values = true)]
    pub actor: Option<String>,

    /// Transport security.
    #[command(flatten)]
    pub tls: Tls,
}

/// The files of transport security.
#[derive(Debug, Clone, Default, Args)]
pub struct Tls {
    /// The authority of both sides' certificates, a PEM file
    #[arg(long, env = "JIXIAO_TLS_CA", value_name = "FILE", hide_env_values = true)]
    pub tls_ca: Option<PathBuf>,

    /// One's own certificate, a PEM file
    #[arg(long, env = "JIXIAO_TLS_CERT", value_name = "FILE", hide_env_values = true)]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file
    #[arg(long, env = "JIXIAO_TLS_KEY", value_name = "FILE", hide_env_values = true)]
    pub tls_key: Option<PathBuf>,
}

/// Arguments of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// The service: registry, ledger, targets or scoring
    #[arg(value_name = "SERVICE")]
    pub service: String,

    /// The database, as its owner
    #[arg(long, env = "JIXIAO_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: String,

    /// The file with the owner's password
    #[arg(long, env = "JIXIAO_DATABASE_PASSWORD_FILE", value_name = "FILE", hide_env_values = true)]
    pub database_password_file: Option<PathBuf>,

    /// The role that the service connects as; it has to exist
    #[arg(
        long,
        env = "JIXIAO_ROLE",
        value_name = "ROLE",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub role: String,

    /// Transport security.
    #[command(flatten)]
    pub tls: Tls,
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// End after the evaluations instead of serving on
    #[arg(long)]
    pub once: bool,

    /// Keep the data in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The address to listen on [default: 127.0.0.1:7500, or a free port if that is taken]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportFolder {
    /// The folder with the files
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,

    /// Only check; write nothing
    #[arg(long)]
    pub dry_run: bool,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `evaluate`.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// List every target, and every stated figure
    #[arg(long)]
    pub all: bool,

    /// Print the whole evaluation as JSON in one written form: the same bytes for the same events, whatever order and time
    /// they came in
    #[arg(long)]
    pub canonical: bool,

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

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// One project of the fund by itself, e.g. smart-tourism
    #[arg(long, value_name = "PROJECT", value_parser = NonEmptyStringValueParser::new())]
    pub project: Option<String>,

    /// The indicator's path, or its last part; the path of a group; total
    #[arg(value_name = "INDICATOR")]
    pub indicator: String,

    /// The moment that is asked about.
    #[command(flatten)]
    pub moment: Moment,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The fund's id, e.g. smart-city-2019
    #[arg(value_name = "FUND", value_parser = NonEmptyStringValueParser::new())]
    pub fund: String,

    /// A table of claims (fund, quantity, stated, unit, report_line …); rows of other funds are left out
    #[arg(long, value_name = "FILE")]
    pub claims: Option<PathBuf>,

    /// The moment that is asked about.
    #[command(flatten)]
    pub moment: Moment,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `events`.
#[derive(Debug, Args)]
pub struct Events {
    /// One log only: registry, ledger, targets or scoring
    #[arg(value_name = "LOG")]
    pub log: Option<String>,

    /// Show new events as they are recorded, until stopped with Ctrl-C
    #[arg(long)]
    pub follow: bool,

    /// Begin after this event: its number in LOG, or a position that a server gave
    #[arg(long, value_name = "POSITION")]
    pub after: Option<String>,

    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `audit`.
#[derive(Debug, Args)]
pub struct Audit {
    /// The server.
    #[command(flatten)]
    pub server: Server,
}

/// Arguments of `rebuild`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("place").required(true).args(["data_dir", "database_url"])))]
pub struct Rebuild {
    /// One log only: registry, ledger, targets or scoring
    #[arg(value_name = "LOG")]
    pub log: Option<String>,

    /// The data folder of the logs
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,

    /// The PostgreSQL server of the logs
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// What is evaluated, as it stands below `funds/`: a fund, or one of its projects.
pub(crate) fn evaluated(fund: &str, project: Option<&String>) -> String {
    project.map_or_else(|| fund.to_owned(), |project| format!("{fund}/projects/{project}"))
}

impl Evaluate {
    /// What is evaluated, as it stands below `funds/`.
    pub fn evaluated(&self) -> String {
        evaluated(&self.fund, self.project.as_ref())
    }
}

impl Explain {
    /// What is evaluated, as it stands below `funds/`.
    pub fn evaluated(&self) -> String {
        evaluated(&self.fund, self.project.as_ref())
    }
}
