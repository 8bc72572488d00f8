//! `events`: lists events, and follows them.

use jixiao_eventlog::cloudevent::from_cloud_event;
use jixiao_eventlog::{Position, StoredEvent};
use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tonic::Status;

use crate::cli;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, WIDTH, row, wrap};
use crate::serve::stop_signal;
use crate::text::{command as text, error as fault};

/// Events of a page.
const PAGE: i32 = 500;

/// Events of followed logs that may wait to be shown.
const WAITING: usize = 64;

/// An event for programs.
#[derive(Debug, Serialize)]
struct Line<'a> {
    log: &'a str,
    number: u64,
    id: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    recorded_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<&'a str>,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Box<RawValue>>,
    keys: &'a [String],
    request_id: &'a str,
    request_index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<&'a str>,
    previous_hash: &'a str,
    hash: &'a str,
    /// To go on from, with `--after`.
    position: String,
    /// As stored, byte for byte.
    data: Box<RawValue>,
}

/// Lists or follows one log, or all.
pub async fn run(arguments: &cli::Events, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let known = client.logs().await?;
    let places = places(&client, arguments, &known).await?;
    if !output.is_json() {
        output.line(&row(&heads(output), &COLUMNS))?;
        output.line(&"-".repeat(WIDTH))?;
    }
    if arguments.follow {
        return follow(&client, places, output).await;
    }
    let mut shown = 0;
    for (log, after) in places {
        shown += list(&client, &log, after, output).await?;
    }
    if shown == 0 && !output.is_json() {
        output.line(&text::no_events(output.language))?;
    }
    Ok(())
}

/// The logs to show, each with the position to begin after; empty for its beginning.
async fn places(
    client: &Client,
    arguments: &cli::Events,
    known: &[pb::Log],
) -> Result<Vec<(String, String)>, Failure> {
    let language = client.language();
    if let Some(log) = &arguments.log
        && !known.iter().any(|known| known.name == *log)
    {
        let names: Vec<&str> = known.iter().map(|known| known.name.as_str()).collect();
        return Err(Failure::Usage(fault::no_such_log(language, log, names.join(", "))));
    }
    let Some(after) = &arguments.after else {
        let logs = known.iter().map(|known| known.name.clone());
        let asked = logs.filter(|name| arguments.log.as_ref().is_none_or(|log| log == name));
        return Ok(asked.map(|name| (name, String::new())).collect());
    };
    if let Ok(number) = after.parse() {
        let Some(log) = &arguments.log else { return Err(Failure::Usage(fault::after_needs_log(language))) };
        return Ok(vec![(log.clone(), numbered(client, log, number).await?)]);
    }
    let position =
        Position::from_token(after).map_err(|_| Failure::Usage(fault::bad_position(language, after)))?;
    match &arguments.log {
        Some(log) if *log != position.log => {
            Err(Failure::Usage(fault::position_of_other_log(language, position.log, log)))
        }
        _ => Ok(vec![(position.log, after.clone())]),
    }
}

/// The position after the event with a number: read on the way there, since a position holds that event's hash.
async fn numbered(client: &Client, log: &str, number: u64) -> Result<String, Failure> {
    let mut after = String::new();
    let mut read = 0;
    while read < number {
        let page_size = i32::try_from(number - read).unwrap_or(i32::MAX).min(1_000);
        let request = pb::ReadEventsRequest { log: log.to_owned(), after, page_size };
        let page = client.answer(client.event_log(log).read_events(request).await)?;
        if page.events.is_empty() {
            return Err(Failure::Usage(fault::past_end(client.language(), number, log, read)));
        }
        read += page.events.len() as u64;
        after = page.next;
    }
    Ok(after)
}

/// Shows a log to its end; how many events there were.
async fn list(client: &Client, log: &str, mut after: String, output: Output) -> Result<usize, Failure> {
    let mut shown = 0;
    loop {
        let request = pb::ReadEventsRequest { log: log.to_owned(), after, page_size: PAGE };
        let page = client.answer(client.event_log(log).read_events(request).await)?;
        if page.events.is_empty() {
            return Ok(shown);
        }
        for event in &page.events {
            show(event, output)?;
        }
        shown += page.events.len();
        after = page.next;
    }
}

/// Shows the events of several logs as they come, until somebody stops it or a log cannot be followed any more.
async fn follow(client: &Client, places: Vec<(String, String)>, output: Output) -> Result<(), Failure> {
    let (sender, mut receiver) = mpsc::channel::<Result<CloudEvent, Status>>(WAITING);
    for (log, after) in places {
        let request = pb::WatchEventsRequest { log, after };
        let mut events = client.answer(client.event_log(&request.log).watch_events(request).await)?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                let event = event.map(|watched| watched.event.unwrap_or_default());
                if sender.send(event).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    if !output.is_json() {
        output.notice(&text::following(output.language));
    }
    loop {
        tokio::select! {
            () = stop_signal() => return Ok(()),
            next = receiver.recv() => match next {
                Some(Ok(event)) => show(&event, output)?,
                Some(Err(status)) => return Err(client.failure(status)),
                // The server ended every watch: it stops.
                None => return Err(client.failure(Status::unavailable("the server stopped"))),
            },
        }
    }
}

fn show(event: &CloudEvent, output: Output) -> Result<(), Failure> {
    let bad = |reason: String| Failure::Answer(fault::bad_answer(output.language, reason));
    let event = from_cloud_event(event).map_err(|error| bad(error.to_string()))?;
    if !output.is_json() {
        output.line(&row(&cells(&event), &COLUMNS))?;
        for line in content(&event.payload) {
            output.line(&line)?;
        }
        return Ok(());
    }
    let raw = |text: &String| RawValue::from_string(text.clone()).map_err(|error| bad(error.to_string()));
    output.json(&Line {
        log: &event.log,
        number: event.position,
        id: &event.id,
        event_type: &event.event_type,
        recorded_time: event.recorded_text(),
        effective: event.effective.as_deref(),
        actor: &event.actor,
        approval: event.approval.as_ref().map(raw).transpose()?,
        keys: &event.keys,
        request_id: &event.request_id,
        request_index: event.request_index,
        causation: event.causation.as_deref(),
        correlation: event.correlation.as_deref(),
        previous_hash: &event.previous_hash,
        hash: &event.hash,
        position: Position::after(&event).to_token(),
        data: raw(&event.payload)?,
    })?;
    Ok(())
}

/// The columns. Their widths are fixed: lines are shown as events come.
const COLUMNS: [(Column, usize); 6] = [
    (Column::Word, 8),
    (Column::Figure, 6),
    (Column::Word, 19),
    (Column::Text, 20),
    (Column::Text, 10),
    (Column::Text, 27),
];

fn heads(output: Output) -> [String; 6] {
    let language = output.language;
    [
        text::log(language),
        text::position(language),
        text::recorded(language),
        text::kind(language),
        text::actor(language),
        text::subject(language),
    ]
}

fn cells(event: &StoredEvent) -> [String; 6] {
    // Seconds will do for people; the date and time without their T and Z.
    let recorded = event.recorded_text().chars().take(19).collect::<String>().replace('T', " ");
    // What it is about: the most particular of its keys that is not a feed's.
    let subject =
        event.keys.iter().filter(|key| !key.starts_with("feed/")).max_by_key(|key| key.matches('/').count());
    [
        event.log.clone(),
        event.position.to_string(),
        recorded,
        event.event_type.clone(),
        event.actor.clone(),
        subject.cloned().unwrap_or_default(),
    ]
}

/// Lines of an event's content at most; the whole of it is in the JSON.
const CONTENT: usize = 2;

/// What an event says, as `name=value`, cut where it is long.
fn content(payload: &str) -> Vec<String> {
    let mut parts = Vec::new();
    if let Ok(Value::Object(fields)) = serde_json::from_str(payload) {
        for (name, value) in fields.iter().filter(|(name, _)| *name != "type") {
            flatten(name, value, &mut parts);
        }
    }
    let mut lines = wrap(&format!("    {}", parts.join("  ")), WIDTH - 1);
    if lines.len() > CONTENT {
        lines.truncate(CONTENT);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    if parts.is_empty() { Vec::new() } else { lines }
}

fn flatten(name: &str, value: &Value, parts: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (inner, value) in fields {
                flatten(&format!("{name}.{inner}"), value, parts);
            }
        }
        Value::Array(items) => {
            let plain: Vec<String> = items.iter().filter(|item| !item.is_object()).map(plain).collect();
            let shown = if plain.len() == items.len() { plain.join(",") } else { items.len().to_string() };
            parts.push(format!("{name}=[{shown}]"));
        }
        value => parts.push(format!("{name}={}", plain(value))),
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), |text| text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::output::{Format, width};

    #[test]
    fn content_is_flat_and_cut() {
        let payload = r#"{"type":"x","amount":"1.00","approval":{"approver":null,"reason":"a  b"},"ids":["c","d"],"rows":[{}]}"#;
        assert_eq!(content(payload), ["    amount=1.00  approval.reason=a b  ids=[c,d]  rows=[1]"]);
        assert_eq!(content(r#"{"type":"x"}"#), Vec::<String>::new());
        let long = format!(r#"{{"text":"{}"}}"#, "很长".repeat(300));
        let lines = content(&long);
        assert_eq!(lines.len(), CONTENT);
        assert!(lines.iter().all(|line| width(line) <= WIDTH));
    }

    #[test]
    fn a_line_fits_the_terminal() {
        let output = Output { language: Language::Chinese, format: Format::Text };
        let long = "funds/smart-city-2019/projects/a-rather-long-project-id/filings";
        let cells = ["registry", "123456", "2026-11-24 10:00:00", "contract_filing_recorded", "zhang", long]
            .map(String::from);
        for line in [row(&heads(output), &COLUMNS), row(&cells, &COLUMNS)].iter().flat_map(|row| row.lines())
        {
            assert!(width(line) <= WIDTH, "{line}");
        }
    }
}
