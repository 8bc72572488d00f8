//! `parked`: funds that stand still because an event could not be taken in.

use jixiao_proto::jixiao::eventlog::v1 as pb;
use serde::Serialize;
use tonic::Code;
use uuid::Uuid;

use crate::cli;
use crate::client::{Client, FeedClient, PAGE_SIZE};
use crate::failure::Failure;
use crate::output::{Column, Output, Table};
use crate::text::command as text;

/// A parked fund for programs.
#[derive(Debug, Serialize)]
struct Parked<'a> {
    fund: &'a str,
    service: &'a str,
    log: &'a str,
    position: u64,
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    recorded_time: &'a str,
    reason: &'a str,
    #[serde(rename = "parked_time")]
    since: &'a str,
    waiting: u64,
    with: Vec<&'a str>,
}

/// What a retry came to, for programs.
#[derive(Debug, Serialize)]
struct Resumed {
    service: String,
    funds: Vec<String>,
    applied: u64,
    position: String,
}

/// Lists, shows or retries parked funds.
pub async fn run(arguments: &cli::Parked, output: Output) -> Result<(), Failure> {
    match arguments {
        cli::Parked::List(arguments) => list(arguments, output).await,
        cli::Parked::Show(arguments) => show(arguments, output).await,
        cli::Parked::Retry(arguments) => retry(arguments, output).await,
    }
}

async fn list(arguments: &cli::ParkedList, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let mut found = Vec::new();
    for mut feeds in client.feeds() {
        let mut page_token = String::new();
        loop {
            let request =
                pb::ListParkedFundsRequest { page_size: PAGE_SIZE, page_token, ..Default::default() };
            let page = client.answer(feeds.list_parked_funds(request).await)?;
            found.extend(page.parked_funds);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }
    if output.is_json() {
        let parked: Vec<_> = found.iter().map(parked).collect();
        return Ok(output.json(&serde_json::json!({ "parked": parked }))?);
    }
    if found.is_empty() {
        return Ok(output.line(&text::nothing_parked(output.language))?);
    }
    let language = output.language;
    let heads = [
        text::fund(language),
        text::service(language),
        text::waiting(language),
        text::parked_by(language),
        text::since(language),
        text::reason(language),
    ];
    let columns = [Column::Word, Column::Word, Column::Figure, Column::Text, Column::Text, Column::Text];
    let mut table = Table::new(&columns).head(heads);
    for fund in &found {
        let parked = parked(fund);
        table.row([
            id(parked.fund).to_owned(),
            parked.service.to_owned(),
            parked.waiting.to_string(),
            format!("{} {} {}", parked.log, parked.position, parked.kind),
            parked.since.get(..19).unwrap_or_default().replace('T', " "),
            parked.reason.to_owned(),
        ]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

async fn show(arguments: &cli::ParkedFund, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let found: Vec<_> =
        places(&client, &arguments.fund).await?.into_iter().map(|(_, parked)| parked).collect();
    if output.is_json() {
        let parked: Vec<_> = found.iter().map(parked).collect();
        return Ok(output.json(&serde_json::json!({ "parked": parked }))?);
    }
    let language = output.language;
    for (at, fund) in found.iter().enumerate() {
        if at > 0 {
            output.line("")?;
        }
        let parked = parked(fund);
        let mut table = Table::new(&[Column::Word, Column::Text]);
        let mut row = |name: String, value: String| table.row([name, value]);
        row(text::fund(language), id(parked.fund).to_owned());
        row(text::service(language), parked.service.to_owned());
        row(text::parked_by(language), format!("{} {} {}", parked.log, parked.position, parked.kind));
        row(text::event_id(language), parked.id.to_owned());
        row(text::recorded(language), parked.recorded_time.to_owned());
        row(text::since(language), parked.since.to_owned());
        row(text::reason(language), parked.reason.to_owned());
        row(text::waiting(language), parked.waiting.to_string());
        if !parked.with.is_empty() {
            let with: Vec<_> = parked.with.iter().map(|name| id(name)).collect();
            row(text::retried_with(language), with.join(", "));
        }
        for line in table.lines() {
            output.line(&line)?;
        }
    }
    Ok(output.line(&text::how_to_retry(language, &arguments.fund))?)
}

async fn retry(arguments: &cli::ParkedFund, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let mut all = Vec::new();
    let ended = resume(&client, &arguments.fund, &mut all).await;
    if ended.is_err() && all.is_empty() {
        return ended;
    }
    // What was done is told, even where not all could be.
    if output.is_json() {
        output.json(&serde_json::json!({ "resumed": all }))?;
        return ended;
    }
    for done in &all {
        let funds: Vec<_> = done.funds.iter().map(|name| id(name)).collect();
        output.line(&text::resumed(output.language, &done.service, funds.join(", "), done.applied))?;
    }
    ended
}

async fn resume(client: &Client, fund: &str, all: &mut Vec<Resumed>) -> Result<(), Failure> {
    for (feeds, parked) in places(client, fund).await? {
        let request_id = Uuid::new_v4().to_string();
        let call = || {
            let mut feeds = feeds.clone();
            let request = pb::RetryParkedFundRequest {
                name: parked.fund.clone(),
                consumer: parked.consumer.clone(),
                request_id: request_id.clone(),
                wait_for: Vec::new(),
            };
            async move { feeds.retry_parked_fund(request).await }
        };
        let done = client.patiently(call).await?;
        all.push(Resumed {
            service: parked.consumer,
            funds: done.funds,
            applied: done.applied,
            position: done.position,
        });
    }
    Ok(())
}

/// Where a fund stands still. A fund that stands still nowhere is a refusal.
async fn places(client: &Client, fund: &str) -> Result<Vec<(FeedClient, pb::ParkedFund)>, Failure> {
    let mut all = Vec::new();
    let mut missing = None;
    for mut feeds in client.feeds() {
        let request = pb::GetParkedFundRequest { name: format!("funds/{fund}") };
        match feeds.get_parked_fund(request).await {
            Err(status) if status.code() == Code::NotFound => missing = Some(status),
            answered => {
                let parked = client.answer(answered)?.parked_funds;
                all.extend(parked.into_iter().map(|parked| (feeds.clone(), parked)));
            }
        }
    }
    match missing {
        Some(status) if all.is_empty() => Err(client.failure(status)),
        _ => Ok(all),
    }
}

fn parked(fund: &pb::ParkedFund) -> Parked<'_> {
    let source = fund.source.as_ref();
    let of = |read: fn(&pb::SourceEvent) -> &str| source.map_or("", read);
    Parked {
        fund: &fund.fund,
        service: &fund.consumer,
        log: of(|source| &source.log),
        position: source.map_or(0, |source| source.position),
        id: of(|source| &source.id),
        kind: of(|source| &source.r#type),
        recorded_time: of(|source| &source.recorded_time),
        reason: &fund.reason,
        since: &fund.parked_time,
        waiting: fund.waiting,
        with: fund.with.iter().map(String::as_str).collect(),
    }
}

/// The last part of a resource name.
fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
