//! `rebuild`: computes the states anew from the logs.

use jixiao_eventlog::Location;
use serde::Serialize;

use crate::cli;
use crate::compose::{LOGS, log_file, rebuild_log};
use crate::failure::Failure;
use crate::output::{Column, Output, Table};
use crate::serve::compose_failure;
use crate::text::{command as text, error as fault};

/// What a rebuild of one log came to.
#[derive(Debug, Serialize)]
struct Line {
    log: String,
    events: u64,
    states: u64,
    differed: Vec<String>,
}

/// Rebuilds one log or all of them.
pub async fn run(arguments: &cli::Rebuild, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let logs: Vec<&str> = match arguments.log.as_deref() {
        None => LOGS.to_vec(),
        Some(log) if LOGS.contains(&log) => vec![log],
        Some(log) => return Err(Failure::Usage(fault::no_such_log(language, log, LOGS.join(", ")))),
    };
    let location = match (&arguments.data_dir, &arguments.database_url) {
        (Some(folder), _) => {
            // Opening a log makes what is missing; here that would hide a mistyped folder.
            if let Some(missing) = logs.iter().map(|log| log_file(folder, log)).find(|file| !file.is_file()) {
                return Err(Failure::Local(fault::no_log_file(language, missing.display())));
            }
            Location::Folder(folder.clone())
        }
        (None, Some(url)) => Location::Postgres(url.clone()),
        (None, None) => {
            return Err(Failure::Usage(fault::usage_missing(language, "--data-dir | --database-url")));
        }
    };
    let mut lines = Vec::new();
    for log in logs {
        let Some(rebuilt) = rebuild_log(&location, log).await else { continue };
        let rebuilt = rebuilt.map_err(|error| compose_failure(&error, &location, language))?;
        lines.push(Line {
            log: log.to_owned(),
            events: rebuilt.events,
            states: rebuilt.states,
            differed: rebuilt.differed,
        });
    }
    if output.is_json() {
        return Ok(output.json(&serde_json::json!({ "logs": lines }))?);
    }
    let heads =
        [text::log(language), text::events(language), text::states(language), text::differed(language)];
    let columns = [Column::Word, Column::Figure, Column::Figure, Column::Figure];
    let mut table = Table::new(&columns).head(heads);
    for line in &lines {
        table.row([
            line.log.clone(),
            line.events.to_string(),
            line.states.to_string(),
            line.differed.len().to_string(),
        ]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    for line in &lines {
        for key in &line.differed {
            output.line(&text::state_differed(language, &line.log, key))?;
        }
    }
    Ok(())
}
