//! `evaluate`: the evaluation of a fund, for people, for programs, and in its one canonical form.

mod canonical;
pub mod difference;
mod fetch;
pub mod figure;
pub mod given;
mod people;
pub mod report;

pub use canonical::canonical;
pub use fetch::{Extent, Fetched, Holder, fetch, heads, holder, known_funds, unknown_fund};
pub(crate) use people::said_status;
pub(crate) use report::status as status_word;
pub use report::{Report, report};

use crate::cli;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::Output;
use crate::text::error as text;

/// Prints the evaluation of a fund.
pub async fn run(arguments: &cli::Evaluate, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let extent = match (arguments.canonical, arguments.all) {
        (true, _) => Extent::OneMoment,
        (false, true) => Extent::Everything,
        (false, false) => Extent::Nodes,
    };
    let fetched = fetch(&client, &arguments.evaluated(), arguments.wait, extent, &arguments.moment).await;
    client.tell_stale(output);
    let fetched = fetched?;
    if arguments.canonical {
        return Ok(output.line(&canonical(&fetched))?);
    }
    let holder = holder(&client, &fetched).await?;
    show(&fetched, &holder, arguments.all, output)
}

/// Prints an evaluation that was read.
pub fn show(fetched: &Fetched, holder: &Holder, all: bool, output: Output) -> Result<(), Failure> {
    let report = report(fetched, holder, all)
        .map_err(|figure::BadAnswer(what)| Failure::Answer(text::bad_answer(output.language, what)))?;
    if output.is_json() {
        return Ok(output.json(&report)?);
    }
    for line in people::lines(&report, output.language) {
        output.line(&line)?;
    }
    Ok(())
}

/// The fund of what is evaluated, and the id of its project where it is one by itself, else empty: `funds/smart-city-2019`
/// and `smart-tourism`.
pub(crate) fn fund_and_project(name: &str) -> (&str, &str) {
    name.split_once("/projects/").unwrap_or((name, ""))
}
