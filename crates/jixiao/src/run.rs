//! One run of the program: from its arguments to its exit code.

use std::process::ExitCode;

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, FromArgMatches};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, Nats, Rating};
use crate::compose::Service;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Format, Output};
use crate::settings::{Global, Settings};
use crate::telemetry::Telemetry;
use crate::text::{error as text, help};
use crate::transport::channel;
use crate::{
    answer, audit, compare, demo, evaluate, events, explain, findings, judge, load, migrate, nats, parked,
    portfolio, rebuild, refollow, schemes, score, serve, verify, warnings, what_if,
};

/// Runs the program with this process's arguments, environment and output.
pub fn run() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let language = Language::of(&arguments, |name| std::env::var(name).ok());
    let mut command = help::localized(Cli::command(), language);
    let parsed =
        command.try_get_matches_from_mut(std::env::args_os()).and_then(|found| Cli::from_arg_matches(&found));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return usage(&error, Output { language, format: Format::of_arguments(&arguments) }),
    };
    let output = Output { language, format: cli.format };
    match perform(&cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell(output);
            ExitCode::from(failure.exit_code())
        }
    }
}

fn perform(cli: &Cli, output: Output) -> Result<(), Failure> {
    let settings = match &cli.command {
        Command::Serve(arguments) => {
            let format = (cli.format == Format::Json).then_some(Format::Json);
            let global = Global { log: cli.log.as_deref(), format };
            let variable = |name: &str| std::env::var(name).ok();
            Some(Settings::read(arguments, &global, &variable, output.language)?)
        }
        _ => None,
    };
    let filter = log_filter(cli, settings.as_ref(), output)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Local(text::no_runtime(output.language, error)))?;
    let result = runtime.block_on(async {
        let format = settings.as_ref().map_or(output.format, |settings| settings.log_format);
        let collector = settings.as_ref().and_then(|settings| {
            let url = settings.otlp_endpoint.clone()?;
            let service = settings.service.map_or("all", Service::name);
            Some((channel(vec![url], settings.tls.clone(), None), service))
        });
        let telemetry = Telemetry::start(filter, format, collector);
        let result = match &cli.command {
            Command::Serve(_) => match &settings {
                Some(settings) => serve::run(settings, output).await,
                None => Ok(()),
            },
            Command::Migrate(arguments) => migrate::run(arguments, output).await,
            Command::Parked(arguments) => parked::run(arguments, output).await,
            Command::Refollow(arguments) => refollow::run(arguments, output).await,
            Command::Nats(Nats::Apply(arguments)) => nats::apply(arguments, output).await,
            Command::Demo(arguments) => demo::run(arguments, output).await,
            Command::Import(arguments) => load::run(arguments, output).await,
            Command::Evaluate(arguments) => evaluate::run(arguments, output).await,
            Command::Compare(arguments) => compare::run(arguments, output).await,
            Command::Explain(arguments) => explain::run(arguments, output).await,
            Command::Findings(arguments) => findings::run(arguments, output).await,
            Command::Answer(arguments) => answer::run(arguments, output).await,
            Command::Portfolio(arguments) => portfolio::run(arguments, output).await,
            Command::Warnings(arguments) => warnings::run(arguments, output).await,
            Command::Verify(arguments) => verify::run(arguments, output).await,
            Command::WhatIf(arguments) => what_if::run(arguments, output).await,
            Command::Rating(Rating::Schemes(arguments)) => schemes::run(arguments, output).await,
            Command::Rating(Rating::Score(arguments)) => score::run(arguments, output).await,
            Command::Rating(Rating::Judge(arguments)) => judge::run(arguments, output).await,
            Command::Events(arguments) => events::run(arguments, output).await,
            Command::Audit(arguments) => audit::run(arguments, output).await,
            Command::Rebuild(arguments) => rebuild::run(arguments, output).await,
        };
        telemetry.end().await;
        result
    });
    // Whatever still runs, a watch that nobody ends, does not hold up the end.
    runtime.shutdown_background();
    result
}

/// What is logged: a server's warnings and where it listens, a client's errors.
fn log_filter(cli: &Cli, settings: Option<&Settings>, output: Output) -> Result<EnvFilter, Failure> {
    let usual = match cli.command {
        Command::Serve(_) => "warn,jixiao::serve=info",
        Command::Demo(_) => "warn",
        _ => "error",
    };
    let given = settings.map_or(cli.log.as_deref(), |settings| settings.log.as_deref());
    let filter = given.filter(|filter| !filter.is_empty()).unwrap_or(usual);
    EnvFilter::try_new(filter)
        .map_err(|error| Failure::Usage(text::bad_log_filter(output.language, filter, error)))
}

/// Help and version go to standard output; what is wrong with the command line to standard error, in the language and
/// format asked for.
fn usage(error: &clap::Error, output: Output) -> ExitCode {
    let language = output.language;
    let told = match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => return shown(error, 0),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if output.is_json() => {
            text::usage_missing(language, "<COMMAND>")
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => return shown(error, 2),
        _ if language == Language::English && output.is_json() => {
            let said = error.render().to_string();
            said.trim().trim_start_matches("error: ").to_owned()
        }
        _ if language == Language::English => return shown(error, 2),
        kind => {
            let part = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
            let argument = part(ContextKind::InvalidArg);
            let mut lines = vec![match kind {
                ErrorKind::UnknownArgument => text::usage_unknown_argument(language, argument),
                ErrorKind::InvalidSubcommand => {
                    text::usage_unknown_command(language, part(ContextKind::InvalidSubcommand))
                }
                ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                    let expected = match part(ContextKind::ValidValue) {
                        values if values.is_empty() => String::new(),
                        values => text::usage_expected(language, values),
                    };
                    text::usage_invalid_value(language, part(ContextKind::InvalidValue), argument, expected)
                }
                ErrorKind::MissingRequiredArgument => text::usage_missing(language, argument),
                ErrorKind::ArgumentConflict => {
                    text::usage_conflict(language, argument, part(ContextKind::PriorArg))
                }
                kind => text::usage_other(language, kind),
            }];
            let suggested =
                [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
            let suggested = suggested.into_iter().map(part).find(|suggestion| !suggestion.is_empty());
            lines.extend(suggested.map(|suggestion| text::usage_suggestion(language, suggestion)));
            lines.push(text::usage_help(language, "jixiao"));
            lines.join("\n")
        }
    };
    let failure = Failure::Usage(told);
    failure.tell(output);
    ExitCode::from(failure.exit_code())
}

fn shown(error: &clap::Error, code: u8) -> ExitCode {
    // A closed output stops nothing here.
    let _ = error.print();
    ExitCode::from(code)
}
