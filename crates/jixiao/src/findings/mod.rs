//! `findings`: where a fund's figures contradict each other, by the server's checks.

mod json;
mod people;
mod wanted;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::findings::{CHECKS, Check, check};
use serde::Serialize;
use tokio_stream::StreamExt;
use tonic::Code;

pub(crate) use self::json::{Finding, Hypothesis};
pub(crate) use self::people::{hypotheses, severity as said_severity, subject as said_subject};
use self::wanted::Wanted;
use crate::cli;
use crate::client::{Client, PAGE_SIZE};
use crate::evaluate::{heads, unknown_fund};
use crate::failure::Failure;
use crate::output::Output;
use crate::serve::stop_signal;
use crate::text::finding as text;

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Two figures cannot both be right, or a rule was broken.
    pub error: u64,
    /// Something that the rules ask for is missing.
    pub warning: u64,
    /// Worth a look.
    pub notice: u64,
}

impl Counts {
    fn all(self) -> u64 {
        self.error + self.warning + self.notice
    }
}

/// Findings that stand.
#[derive(Debug)]
pub struct Listed {
    fund: String,
    counts: Counts,
    findings: Vec<pb::Finding>,
    position: String,
    is_filtered: bool,
}

impl Listed {
    /// The check that found the first of them.
    pub fn first_code(&self) -> Option<&str> {
        self.findings.first().map(|finding| finding.code.as_str())
    }
}

/// Lists findings, shows how they change, or says what a check looks for.
pub async fn run(arguments: &cli::Findings, output: Output) -> Result<(), Failure> {
    let language = output.language;
    if let Some(code) = &arguments.explain {
        return explain(code, output);
    }
    let fund = arguments.fund.as_deref().unwrap_or_default();
    let wanted = Wanted::of(arguments, fund, language)?;
    let client = Client::open(&arguments.server, language)?;
    let wait_for = if arguments.wait { heads(&client).await? } else { Vec::new() };
    let asked = Asked { client: &client, fund, wanted, wait_for };
    let done = if arguments.watch {
        watch(&asked, arguments, output).await
    } else if arguments.history {
        history(&asked, arguments, output).await
    } else {
        list(&asked, arguments, output).await
    };
    client.tell_stale(output);
    match done {
        Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
            Err(unknown_fund(&client, *status).await)
        }
        done => done,
    }
}

/// The heaviest findings of a fund, up to so many, and how many there are in all.
pub async fn heaviest(client: &Client, fund: &str, most: i32) -> Result<Listed, Failure> {
    let asked = Asked { client, fund, wanted: Wanted::default(), wait_for: Vec::new() };
    // A page of each least severity says how many there are; the last one, of all, is the one that is shown.
    let error = asked.page(1, Some(pb::Severity::Error)).await?.total_size;
    let warning = asked.page(1, Some(pb::Severity::Warning)).await?.total_size;
    let page = asked.page(most, None).await?;
    let of = |more: i64, less: i64| u64::try_from(more - less).unwrap_or(0);
    let counts =
        Counts { error: of(error, 0), warning: of(warning, error), notice: of(page.total_size, warning) };
    Ok(Listed {
        fund: fund.to_owned(),
        counts,
        findings: page.findings,
        position: page.position,
        is_filtered: false,
    })
}

/// Prints findings, for people in lines of at most `limit` columns.
pub fn show(listed: &Listed, all: bool, limit: usize, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return Ok(output.json(&json::AllStanding::of(listed))?);
    }
    for line in people::lines(listed, all, limit, output.language) {
        output.line(&line)?;
    }
    Ok(())
}

/// What is asked of which server.
struct Asked<'a> {
    client: &'a Client,
    fund: &'a str,
    wanted: Wanted,
    wait_for: Vec<String>,
}

impl Asked<'_> {
    fn parent(&self) -> String {
        format!("funds/{}", self.fund)
    }

    async fn findings(&self, request: pb::ListFindingsRequest) -> Result<pb::ListFindingsResponse, Failure> {
        let call = || {
            let (mut scoring, request) = (self.client.scoring(), request.clone());
            async move { scoring.list_findings(request).await }
        };
        self.client.patiently(call).await
    }

    /// One page of those that weigh enough, in the usual order.
    async fn page(
        &self,
        page_size: i32,
        least: Option<pb::Severity>,
    ) -> Result<pb::ListFindingsResponse, Failure> {
        let wanted = Wanted { at_least: least.or(self.wanted.at_least), ..self.wanted.clone() };
        let request = pb::ListFindingsRequest {
            parent: self.parent(),
            page_size,
            wait_for: self.wait_for.clone(),
            filter: wanted.filter(""),
            ..Default::default()
        };
        self.findings(request).await
    }
}

/// Lists findings; an error among them is a negative answer.
async fn list(asked: &Asked<'_>, arguments: &cli::Findings, output: Output) -> Result<(), Failure> {
    let (as_of, known_at) = arguments.moment.fields();
    let mut request = pb::ListFindingsRequest {
        parent: asked.parent(),
        page_size: PAGE_SIZE,
        page_token: String::new(),
        wait_for: asked.wait_for.clone(),
        filter: asked.wanted.filter(""),
        order_by: arguments.order.clone(),
        hypotheses: arguments.all || output.is_json(),
        as_of,
        known_at,
    };
    let mut listed = Listed {
        fund: asked.fund.to_owned(),
        counts: Counts::default(),
        findings: Vec::new(),
        position: String::new(),
        is_filtered: asked.wanted != Wanted::default(),
    };
    loop {
        let page = asked.findings(request.clone()).await?;
        for finding in &page.findings {
            match finding.severity() {
                pb::Severity::Error => listed.counts.error += 1,
                pb::Severity::Warning => listed.counts.warning += 1,
                pb::Severity::Notice | pb::Severity::Unspecified => listed.counts.notice += 1,
            }
        }
        listed.findings.extend(page.findings);
        listed.position = page.position;
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    show(&listed, arguments.all, output.columns(), output)?;
    if listed.counts.error > 0 { Err(Failure::Negative) } else { Ok(()) }
}

/// Lists what happened to findings.
async fn history(asked: &Asked<'_>, arguments: &cli::Findings, output: Output) -> Result<(), Failure> {
    let mut request = pb::ListFindingChangesRequest {
        parent: asked.parent(),
        page_size: PAGE_SIZE,
        page_token: String::new(),
        wait_for: asked.wait_for.clone(),
        filter: asked.wanted.filter("finding."),
        known_at: arguments.moment.fields().1,
        ..Default::default()
    };
    let mut shown = Changes::new(asked.fund, arguments.all, output);
    loop {
        let call = || {
            let (mut scoring, request) = (asked.client.scoring(), request.clone());
            async move { scoring.list_finding_changes(request).await }
        };
        let page = asked.client.patiently(call).await?;
        for change in &page.changes {
            shown.show(change, None)?;
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    if !shown.any && !output.is_json() {
        output.line(&text::no_changes(output.language))?;
    }
    Ok(())
}

/// Shows changes as they come, from now on or from the first one, until somebody stops it.
async fn watch(asked: &Asked<'_>, arguments: &cli::Findings, output: Output) -> Result<(), Failure> {
    let now = asked.page(1, None).await?.position;
    let request = pb::WatchFindingsRequest {
        parent: asked.parent(),
        after: if arguments.history { String::new() } else { now },
        wait_for: Vec::new(),
        filter: asked.wanted.filter("finding."),
    };
    let mut changes = asked.client.answer(asked.client.scoring().watch_findings(request).await)?;
    let mut shown = Changes::new(asked.fund, arguments.all, output);
    if !output.is_json() {
        output.notice(&text::watching(output.language));
    }
    loop {
        tokio::select! {
            () = stop_signal() => return Ok(()),
            next = changes.next() => match next {
                Some(Ok(watched)) => {
                    if let Some(change) = &watched.change {
                        shown.show(change, Some(&watched.position))?;
                    }
                }
                Some(Err(status)) => return Err(asked.client.failure(status)),
                None => {
                    let ended = tonic::Status::unavailable("the server stopped");
                    return Err(asked.client.failure(ended));
                }
            },
        }
    }
}

/// Shows changes one by one.
struct Changes<'a> {
    fund: &'a str,
    all: bool,
    output: Output,
    any: bool,
}

impl<'a> Changes<'a> {
    fn new(fund: &'a str, all: bool, output: Output) -> Self {
        Self { fund, all, output, any: false }
    }

    fn show(&mut self, change: &pb::FindingChange, position: Option<&str>) -> Result<(), Failure> {
        let language = self.output.language;
        let is_first = !std::mem::replace(&mut self.any, true);
        if self.output.is_json() {
            return Ok(self.output.json(&json::Change::of(change, position))?);
        }
        let limit = self.output.columns();
        let heads = people::heads(limit, language).into_iter().filter(|_| is_first);
        for line in heads.chain(people::change(self.fund, change, self.all, limit, language)) {
            self.output.line(&line)?;
        }
        Ok(())
    }
}

/// Says what a check looks for. This program's checks are its servers'.
fn explain(code: &str, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let Some(found) = check(code) else {
        let title = |check: &Check| language.pick(check.title.zh, check.title.en);
        let known = CHECKS.iter().map(|check| format!("  {}  {}", check.code, title(check)));
        let known = known.collect::<Vec<_>>().join("\n");
        return Err(Failure::Usage(text::no_such_check(language, code, known)));
    };
    if output.is_json() {
        return Ok(output.json(&json::check(found))?);
    }
    for line in people::check(found, language) {
        output.line(&line)?;
    }
    Ok(())
}
