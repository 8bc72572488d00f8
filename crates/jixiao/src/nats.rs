//! `nats apply`: makes the streams and consumers what they have to be.

use std::time::Duration;

use jixiao_eventlog::nats::{Applied, ApplyError, Connection, Done, Limits, TlsFiles as Files, flows};
use serde::Serialize;

use crate::cli;
use crate::compose::Service;
use crate::failure::Failure;
use crate::output::{Column, Output, Table};
use crate::settings::{broker_url, shown_url};
use crate::text::{command as text, error as fault};
use crate::transport::TlsFiles;

/// What was done to a stream or consumer.
#[derive(Debug, Serialize)]
struct Line {
    stream: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer: Option<String>,
    done: &'static str,
}

/// Creates or updates all streams and consumers.
pub async fn apply(arguments: &cli::NatsApply, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let tls = TlsFiles::of(&arguments.tls, language)?;
    let secured = broker_url(&arguments.nats_url, tls.is_some(), language).map_err(|reason| {
        Failure::Usage(fault::bad_setting(language, "--nats-url", shown_url(&arguments.nats_url), reason))
    })?;
    if let Some(file) = &arguments.nats_password_file {
        if arguments.nats_user.is_none() {
            return Err(Failure::Usage(fault::nats_password_without_user(language)));
        }
        std::fs::read_to_string(file).map_err(|error| {
            Failure::Usage(fault::setting_file(language, "nats-password-file", file.display(), error))
        })?;
    }
    let connection = Connection {
        url: arguments.nats_url.clone(),
        user: arguments.nats_user.clone(),
        password_file: arguments.nats_password_file.clone(),
        tls: tls
            .filter(|_| secured)
            .map(|files| Files { ca: files.ca, identity: Some((files.cert, files.key)) }),
    };
    let limits = Limits {
        replicas: arguments.replicas.into(),
        max_age: Duration::from_secs(u64::from(arguments.max_age) * 24 * 60 * 60),
        max_bytes: arguments.max_bytes,
        ..Limits::default()
    };
    let services = Service::ALL.map(Service::uses);
    let applied =
        jixiao_eventlog::nats::apply(&connection, &flows(&services), &limits).await.map_err(|error| {
            match error {
                ApplyError::Unavailable(reason) => {
                    Failure::Unreachable(fault::broker_away(language, &arguments.nats_url, reason))
                }
                error => Failure::Answer(fault::not_applied(language, error)),
            }
        })?;
    if output.is_json() {
        let lines: Vec<_> = applied.into_iter().map(Line::from).collect();
        return Ok(output.json(&serde_json::json!({ "applied": lines }))?);
    }
    let heads = [text::stream(language), text::consumer(language), text::done(language)];
    let mut table = Table::new(&[Column::Word, Column::Word, Column::Word]).head(heads);
    for Applied { stream, consumer, done } in applied {
        let done = match done {
            Done::Created => text::created(language),
            Done::Updated => text::updated(language),
            Done::Unchanged => text::unchanged(language),
        };
        table.row([stream, consumer.unwrap_or_default(), done]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

impl From<Applied> for Line {
    fn from(applied: Applied) -> Self {
        let done = match applied.done {
            Done::Created => "created",
            Done::Updated => "updated",
            Done::Unchanged => "unchanged",
        };
        Self { stream: applied.stream, consumer: applied.consumer, done }
    }
}
