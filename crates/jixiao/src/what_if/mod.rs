//! `what-if`: what a fund's evaluation would be after commands that nobody sent.

mod ask;
mod figures;
pub mod file;
mod json;
mod nearest;
mod people;

use std::path::Path;

use jixiao_events::FundId;
use jixiao_proto::google::rpc::Status as PbStatus;
use jixiao_proto::jixiao::eventlog::v1::Outcome;
use prost::Message;
use tonic::{Code, Status};

use self::ask::ask;
use crate::cli;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::{error as text, what_if};

/// Answers what would follow from the commands of a file. Ends with a negative answer where one would be refused.
pub async fn run(arguments: &cli::WhatIf, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let fund: FundId = arguments
        .fund
        .parse()
        .map_err(|error| Failure::Usage(text::bad_fund_id(language, &arguments.fund, error)))?;
    let path = &arguments.file;
    let shown = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|error| Failure::Usage(what_if::no_file(language, &shown, error)))?;
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let supposed =
        file::read(&shown, folder, bytes).map_err(|rows| Failure::File(what_if::bad_file(language), rows))?;
    let client = Client::open(&arguments.server, language)?;
    let of = cli::evaluated(fund.as_str(), arguments.project.as_ref());
    let answered = ask(&client, &of, supposed).await;
    client.tell_stale(output);
    let answered = answered?;
    if output.is_json() {
        output.json(&json::written(&fund, arguments.project.as_deref(), &answered))?;
    } else {
        for line in people::lines(&fund, &of, &answered, output.columns(), language) {
            output.line(&line)?;
        }
    }
    let is_refused = |outcome: &Outcome| outcome.refusal.is_some();
    let refused = answered.commands.iter().any(|(_, outcome)| is_refused(outcome));
    if refused || !answered.not_taken_in.is_empty() { Err(Failure::Negative) } else { Ok(()) }
}

/// The status that a real call would have given.
fn status(of: &PbStatus) -> Status {
    Status::with_details(Code::from(of.code), of.message.clone(), of.encode_to_vec().into())
}
