//! `warnings`: how the monitors of a fund stand, and what became of their warnings.

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;
use tokio_stream::StreamExt;
use tonic::Code;

use crate::cli;
use crate::client::{Client, PAGE_SIZE};
use crate::evaluate::{heads, unknown_fund};
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Column, Output, Pair, Table};
use crate::serve::stop_signal;
use crate::text::warning as text;

/// Shows how monitors stand, lists the history of their warnings, or watches them.
pub async fn run(arguments: &cli::Warnings, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let mut wait_for = if arguments.wait { heads(&client).await? } else { Vec::new() };
    let done = async {
        if let Some(on) = &arguments.reach {
            wait_for.push(reach(&client, &arguments.fund, on, &wait_for).await?);
        }
        let asked = Asked { client: &client, parent: format!("funds/{}", arguments.fund), wait_for };
        if arguments.watch {
            watch(&asked, arguments.history, output).await
        } else if arguments.history {
            history(&asked, output).await
        } else {
            standing(&asked, output).await
        }
    }
    .await;
    client.tell_stale(output);
    match done {
        Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
            Err(unknown_fund(&client, *status).await)
        }
        done => done,
    }
}

/// Notes that a day has come. Gives the position to wait for.
async fn reach(client: &Client, fund: &str, on: &str, wait_for: &[String]) -> Result<String, Failure> {
    let request = pb::ReachDateRequest {
        request_id: format!("reach {fund} {on}"),
        wait_for: wait_for.to_vec(),
        fund: format!("funds/{fund}"),
        on: on.to_owned(),
    };
    let call = || {
        let (mut scoring, request) = (client.scoring(), request.clone());
        async move { scoring.reach_date(request).await }
    };
    let recorded = client.patiently(call).await?.recorded;
    Ok(recorded.map(|recorded| recorded.position).unwrap_or_default())
}

/// What is asked of which server.
struct Asked<'a> {
    client: &'a Client,
    parent: String,
    wait_for: Vec<String>,
}

impl Asked<'_> {
    async fn monitoring(&self) -> Result<pb::GetMonitoringResponse, Failure> {
        let request = pb::GetMonitoringRequest {
            name: self.parent.clone(),
            wait_for: self.wait_for.clone(),
            ..Default::default()
        };
        let call = || {
            let (mut scoring, request) = (self.client.scoring(), request.clone());
            async move { scoring.get_monitoring(request).await }
        };
        self.client.patiently(call).await
    }

    async fn warnings(&self) -> Result<Vec<pb::Warning>, Failure> {
        let mut request = pb::ListWarningsRequest {
            parent: self.parent.clone(),
            page_size: PAGE_SIZE,
            wait_for: self.wait_for.clone(),
            ..Default::default()
        };
        let mut all = Vec::new();
        loop {
            let page = self.client.answer(self.client.scoring().list_warnings(request.clone()).await)?;
            all.extend(page.warnings);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                return Ok(all);
            }
        }
    }
}

/// How each monitor stands.
async fn standing(asked: &Asked<'_>, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let answer = asked.monitoring().await?;
    let monitoring = answer.monitoring.unwrap_or_default();
    let warnings = asked.warnings().await?;
    let raised = |monitor: &str| warnings.iter().find(|warning| warning.monitor == monitor);
    if output.is_json() {
        let monitors =
            monitoring.monitors.iter().map(|monitor| json_standing(monitor, raised(&monitor.monitor)));
        return Ok(output.json(&serde_json::json!({
            "fund": asked.parent.trim_start_matches("funds/"),
            "on": monitoring.on,
            "scheme": monitoring.scheme,
            "scheme_version": monitoring.scheme_version,
            "monitors": monitors.collect::<Vec<_>>(),
            "position": answer.position,
        }))?);
    }
    let fund = asked.parent.trim_start_matches("funds/");
    let on = if monitoring.on.is_empty() { text::no_day(language) } else { monitoring.on.clone() };
    output.line(&text::title(language, fund, on))?;
    if monitoring.monitors.is_empty() {
        return Ok(output.line(&text::not_monitored(language))?);
    }
    let heads = [text::level(language), text::monitor(language), text::since(language), text::says(language)];
    let columns = [Column::Word, Column::Text, Column::Word, Column::Text];
    let mut table = Table::new(&columns).head(heads).within(output.columns());
    for monitor in &monitoring.monitors {
        let since = raised(&monitor.monitor).map(|warning| moment(&warning.changed_time)).unwrap_or_default();
        let says = match &monitor.no_value_text {
            Some(reason) => language.name(Some(reason)),
            None => figures(&monitor.figures, language),
        };
        let name = language.name(monitor.names.as_ref());
        table.row([level(monitor.level(), language), name, since, says]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

/// Lists what happened to warnings.
async fn history(asked: &Asked<'_>, output: Output) -> Result<(), Failure> {
    let mut request = pb::ListWarningChangesRequest {
        parent: asked.parent.clone(),
        page_size: PAGE_SIZE,
        wait_for: asked.wait_for.clone(),
        ..Default::default()
    };
    let mut any = false;
    loop {
        let call = || {
            let (mut scoring, request) = (asked.client.scoring(), request.clone());
            async move { scoring.list_warning_changes(request).await }
        };
        let page = asked.client.patiently(call).await?;
        for change in &page.changes {
            any = true;
            show(change, None, output)?;
        }
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    if !any && !output.is_json() {
        output.line(&text::no_changes(output.language))?;
    }
    Ok(())
}

/// Shows changes as they come, from now on or from the first one, until somebody stops it.
async fn watch(asked: &Asked<'_>, from_first: bool, output: Output) -> Result<(), Failure> {
    let now = asked.monitoring().await?.position;
    let request = pb::WatchWarningsRequest {
        parent: asked.parent.clone(),
        after: if from_first { String::new() } else { now },
        ..Default::default()
    };
    let mut changes = asked.client.answer(asked.client.scoring().watch_warnings(request).await)?;
    if !output.is_json() {
        output.notice(&crate::text::finding::watching(output.language));
    }
    loop {
        tokio::select! {
            () = stop_signal() => return Ok(()),
            next = changes.next() => match next {
                Some(Ok(watched)) => {
                    if let Some(change) = &watched.change {
                        show(change, Some(&watched.position), output)?;
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

/// One change, as one line of JSON or as a line and a sentence.
fn show(change: &pb::WarningChange, position: Option<&str>, output: Output) -> Result<(), Failure> {
    let language = output.language;
    if output.is_json() {
        return Ok(output.json(&json_change(change, position))?);
    }
    let warning = change.warning.clone().unwrap_or_default();
    let now = level(warning.level(), language);
    let what = match change.kind() {
        pb::WarningChangeKind::Changed => text::changed(language, level(change.was(), language), now),
        pb::WarningChangeKind::Cleared => text::cleared(language, now),
        pb::WarningChangeKind::Raised | pb::WarningChangeKind::Unspecified => text::raised(language, now),
    };
    let because = match change.cause.as_str() {
        "date" => text::by_date(language, &warning.on),
        "source" => text::by_event(language, &change.source_log, &change.source_type),
        "judged" => crate::text::finding::by_judgement(language),
        "voided" => crate::text::finding::by_voiding(language),
        _ => crate::text::finding::by_opening(language),
    };
    let recorded = moment(&change.recorded_time);
    output.line(&format!("{recorded}  {}  {}  {what}  {because}", warning.on, warning.monitor))?;
    Ok(output.line(&format!("    {}", language.name(warning.message.as_ref())))?)
}

/// A recorded time to the second, as people read it.
fn moment(recorded: &str) -> String {
    recorded.get(..19).unwrap_or_default().replace('T', " ")
}

fn level(level: pb::MonitorLevel, language: Language) -> String {
    match level {
        pb::MonitorLevel::Green => text::green(language),
        pb::MonitorLevel::Yellow => text::yellow(language),
        pb::MonitorLevel::Red => text::red(language),
        pb::MonitorLevel::Unspecified => text::no_value(language),
    }
}

/// The figures that a person would look at, two decimals each.
fn figures(figures: &[pb::MonitorFigure], language: Language) -> String {
    let said = figures.iter().filter_map(|figure| {
        let name = match figure.name.as_str() {
            "money_progress" => text::money_progress(language),
            "target_progress" => text::target_progress(language),
            "gap" => text::gap(language),
            "elapsed" => text::elapsed(language),
            "pace" => text::pace(language),
            "checkpoint" => text::checkpoint(language),
            "yellow_below" => text::yellow_below(language),
            "red_below" => text::red_below(language),
            "yellow_above" => text::yellow_above(language),
            "red_above" => text::red_above(language),
            _ => return None,
        };
        let value = figure.value.parse::<jixiao_events::Number>();
        let value = value.map_or_else(|_| figure.value.clone(), |number| number.round_half_up(2).to_string());
        let unit = if figure.unit == "%" { "%" } else { "" };
        Some(format!("{name} {value}{unit}"))
    });
    said.collect::<Vec<_>>().join(language.pick("，", ", "))
}

/// A figure for programs.
#[derive(Debug, Serialize)]
struct Figure<'a> {
    name: &'a str,
    value: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    unit: &'a str,
}

fn json_figures(figures: &[pb::MonitorFigure]) -> Vec<Figure<'_>> {
    figures.iter().map(|pb::MonitorFigure { name, value, unit }| Figure { name, value, unit }).collect()
}

fn word(level: pb::MonitorLevel) -> Option<&'static str> {
    match level {
        pb::MonitorLevel::Green => Some("green"),
        pb::MonitorLevel::Yellow => Some("yellow"),
        pb::MonitorLevel::Red => Some("red"),
        pb::MonitorLevel::Unspecified => None,
    }
}

fn json_standing(monitor: &pb::MonitorStanding, raised: Option<&pb::Warning>) -> serde_json::Value {
    serde_json::json!({
        "name": monitor.name,
        "monitor": monitor.monitor,
        "names": Pair::of(monitor.names.as_ref()),
        "level": word(monitor.level()),
        "no_value": Some(&monitor.no_value).filter(|reason| !reason.is_empty()),
        "figures": json_figures(&monitor.figures),
        "raised_time": raised.map(|warning| &warning.raised_time),
        "raised_event": raised.map(|warning| &warning.raised_event),
        "changed_time": raised.map(|warning| &warning.changed_time),
        "changed_event": raised.map(|warning| &warning.changed_event),
    })
}

fn json_change(change: &pb::WarningChange, position: Option<&str>) -> serde_json::Value {
    let warning = change.warning.as_ref();
    let figures = warning.map(|warning| json_figures(&warning.figures));
    serde_json::json!({
        "event_id": change.event_id,
        "recorded_time": change.recorded_time,
        "what": match change.kind() {
            pb::WarningChangeKind::Raised => "raised",
            pb::WarningChangeKind::Changed => "changed",
            pb::WarningChangeKind::Cleared => "cleared",
            pb::WarningChangeKind::Unspecified => "",
        },
        "name": warning.map(|warning| &warning.name),
        "monitor": warning.map(|warning| &warning.monitor),
        "level": warning.and_then(|warning| word(warning.level())),
        "was": word(change.was()),
        "on": warning.map(|warning| &warning.on),
        "message": Pair::of(warning.and_then(|warning| warning.message.as_ref())),
        "figures": figures,
        "cause": change.cause,
        "source": (!change.source_id.is_empty()).then(|| serde_json::json!({
            "log": change.source_log,
            "id": change.source_id,
            "type": change.source_type,
        })),
        "position": position,
    })
}
