//! `refollow`: voids what services took in of a log that lost it, and follows it anew.

use jixiao_proto::jixiao::eventlog::v1 as pb;
use serde::Serialize;
use tonic::Status;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::cli;
use crate::client::Client;
use crate::compose::LOGS;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{command as text, error as fault};

/// What one service came to, for programs.
#[derive(Debug, Serialize)]
struct Refollowed {
    service: String,
    after: u64,
    until: u64,
    funds: Vec<String>,
    fund_count: u64,
    decided_on_voided: Vec<u64>,
    decided_on_voided_count: u64,
    position: String,
}

/// Has every service whose feed of the log hangs on a lost history follow it again. What was done is told, even where not
/// all could be.
pub async fn run(arguments: &cli::Refollow, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let log = arguments.log.as_str();
    if !LOGS.contains(&log) {
        return Err(Failure::Usage(fault::no_such_log(language, log, LOGS.join(", "))));
    }
    let client = Client::open(&arguments.server, output.language)?;
    let mut all = Vec::new();
    let ended = refollow(&client, log, &mut all).await;
    match ended {
        Err(failure) if all.is_empty() => Err(failure),
        ended => tell(log, &all, output).and(ended),
    }
}

async fn refollow(client: &Client, log: &str, all: &mut Vec<Refollowed>) -> Result<(), Failure> {
    for mut feeds in client.feeds() {
        let listed = client.answer(feeds.list_feeds(pb::ListFeedsRequest::default()).await)?;
        let forked = |feed: &pb::Feed| feed.source == log && feed.status() == pb::FeedStatus::Forked;
        for feed in listed.feeds.into_iter().filter(forked) {
            let request_id = Uuid::new_v4().to_string();
            let call = || {
                let mut feeds = feeds.clone();
                let request = pb::RefollowFeedRequest {
                    consumer: feed.consumer.clone(),
                    source: feed.source.clone(),
                    request_id: request_id.clone(),
                    wait_for: Vec::new(),
                };
                async move { feeds.refollow_feed(request).await }
            };
            let done = match client.patiently(call).await {
                // Somebody else was quicker, or this server by another of its addresses: it is as asked for.
                Err(Failure::Refused(status)) if is_not_forked(&status) => continue,
                answered => answered?,
            };
            all.push(Refollowed {
                service: feed.consumer,
                after: done.after,
                until: done.until,
                funds: done.funds,
                fund_count: done.fund_count,
                decided_on_voided: done.decided_on_voided,
                decided_on_voided_count: done.decided_on_voided_count,
                position: done.position,
            });
        }
    }
    Ok(())
}

fn is_not_forked(status: &Status) -> bool {
    status.get_details_error_info().is_some_and(|info| info.reason == "NOT_FORKED")
}

fn tell(log: &str, all: &[Refollowed], output: Output) -> Result<(), Failure> {
    let language = output.language;
    if output.is_json() {
        return Ok(output.json(&serde_json::json!({ "refollowed": all }))?);
    }
    if all.is_empty() {
        return Ok(output.line(&text::no_fork(language, log))?);
    }
    for done in all {
        output.line(&text::refollowed(
            language,
            &done.service,
            log,
            done.after + 1,
            done.until,
            done.fund_count,
        ))?;
        if done.decided_on_voided_count > 0 {
            let named: Vec<_> = done.decided_on_voided.iter().map(ToString::to_string).collect();
            let count = done.decided_on_voided_count;
            output.line(&text::decided_on_voided(language, &done.service, count, named.join(", ")))?;
        }
    }
    Ok(())
}
