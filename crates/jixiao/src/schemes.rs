//! `schemes`: the rules of evaluations, from their files to their approval.

use std::path::Path;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::types::v1 as types;
use jixiao_scoring::scheme::{self, SchemeFault};
use serde::Serialize;
use uuid::Uuid;

use crate::cli;
use crate::client::{Client, PAGE_SIZE};
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Column, Output, Pair, Table, WIDTH, wrap};
use crate::text::{command as command_text, scheme as text};

/// Lists, shows, checks, loads, approves or withdraws schemes.
pub async fn run(arguments: &cli::Schemes, output: Output) -> Result<(), Failure> {
    match arguments {
        cli::Schemes::List(arguments) => list(arguments, output).await,
        cli::Schemes::Show(arguments) => show(arguments, output).await,
        cli::Schemes::Check(arguments) => check(arguments, output),
        cli::Schemes::Load(arguments) => load(arguments, output).await,
        cli::Schemes::Approve(arguments) => approve(arguments, output).await,
        cli::Schemes::Withdraw(arguments) => withdraw(arguments, output).await,
    }
}

/// A scheme for programs, without its rules.
#[derive(Debug, Serialize)]
struct Head<'a> {
    scheme: &'a str,
    version: u32,
    names: Pair<'a>,
    fiscal_year: i32,
    region: &'a str,
    effective_from: &'a str,
    effective_to: &'a str,
    stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    approval: Option<Approval<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawal: Option<Withdrawal<'a>>,
}

/// An approval for programs; what is not stated is empty.
#[derive(Debug, Serialize)]
struct Approval<'a> {
    approver: &'a str,
    approved_on: &'a str,
    reason: &'a str,
    document: &'a str,
    actor: &'a str,
    recorded_time: &'a str,
}

/// A withdrawal for programs.
#[derive(Debug, Serialize)]
struct Withdrawal<'a> {
    reason: &'a str,
    on: &'a str,
    actor: &'a str,
    recorded_time: &'a str,
}

/// A group or an indicator for programs.
#[derive(Debug, Serialize)]
struct TreeNode<'a> {
    node: &'a str,
    names: Pair<'a>,
    weight: &'a str,
    measure: &'a str,
    rule: &'a str,
    parameters: Vec<Parameter<'a>>,
    words: Pair<'a>,
    settings: Vec<Parameter<'a>>,
}

/// A parameter for programs.
#[derive(Debug, Serialize)]
struct Parameter<'a> {
    key: &'a str,
    value: &'a str,
    basis: &'static str,
    source: &'a str,
}

/// A grade for programs.
#[derive(Debug, Serialize)]
struct GradeBand<'a> {
    grade: &'a str,
    names: Pair<'a>,
    from: &'a str,
}

impl<'a> Head<'a> {
    fn of(scheme: &'a pb::Scheme) -> Self {
        Self {
            scheme: id(&scheme.name),
            version: scheme.version,
            names: Pair::of(scheme.names.as_ref()),
            fiscal_year: scheme.fiscal_year,
            region: &scheme.region,
            effective_from: &scheme.effective_from,
            effective_to: &scheme.effective_to,
            stage: match scheme.stage() {
                pb::SchemeStage::Draft => "draft",
                pb::SchemeStage::Approved => "approved",
                pb::SchemeStage::Withdrawn => "withdrawn",
                pb::SchemeStage::Unspecified => "",
            },
            approval: scheme.approval.as_ref().map(|of| {
                let part = |read: fn(&types::Approval) -> &str| of.approval.as_ref().map_or("", read);
                Approval {
                    approver: part(|approval| &approval.approver),
                    approved_on: part(|approval| &approval.approved_on),
                    reason: part(|approval| &approval.reason),
                    document: &of.document,
                    actor: &of.actor,
                    recorded_time: &of.recorded_time,
                }
            }),
            withdrawal: scheme.withdrawal.as_ref().map(|of| Withdrawal {
                reason: &of.reason,
                on: &of.on,
                actor: &of.actor,
                recorded_time: &of.recorded_time,
            }),
        }
    }
}

async fn list(arguments: &cli::SchemesList, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let client = Client::open(&arguments.server, language)?;
    let filter = arguments.year.map(|year| format!("fiscal_year = {year}")).unwrap_or_default();
    let (mut schemes, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListSchemesRequest {
            page_size: PAGE_SIZE,
            page_token,
            filter: filter.clone(),
            all_versions: arguments.all_versions,
            ..Default::default()
        };
        let page = client.answer(client.scoring().list_schemes(request).await)?;
        schemes.extend(page.schemes);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    client.tell_stale(output);
    // Version 9 before version 10.
    schemes.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
    if output.is_json() {
        let schemes: Vec<_> = schemes.iter().map(Head::of).collect();
        return Ok(output.json(&serde_json::json!({ "schemes": schemes }))?);
    }
    if schemes.is_empty() {
        return Ok(output.line(&text::none(language))?);
    }
    let columns = [
        Column::Word,
        Column::Figure,
        Column::Figure,
        Column::Text,
        Column::Text,
        Column::Text,
        Column::Text,
    ];
    let mut table = Table::new(&columns).head([
        text::scheme(language),
        text::version(language),
        text::year(language),
        text::region(language),
        text::stage(language),
        text::in_effect(language),
        text::name(language),
    ]);
    for scheme in &schemes {
        table.row([
            id(&scheme.name).to_owned(),
            scheme.version.to_string(),
            scheme.fiscal_year.to_string(),
            region(scheme, language),
            stage(scheme, language),
            in_effect(scheme, language),
            named(scheme.names.as_ref(), language).to_owned(),
        ]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    Ok(())
}

/// A version of a scheme, as the server has it.
async fn read(client: &Client, scheme: &str, version: u32) -> Result<pb::Scheme, Failure> {
    let request = pb::GetSchemeRequest { name: format!("schemes/{scheme}"), version, ..Default::default() };
    let found = client.answer(client.scoring().get_scheme(request).await)?.scheme;
    found.ok_or_else(|| Failure::Answer(crate::text::error::bad_answer(client.language(), "scheme")))
}

async fn show(arguments: &cli::SchemesShow, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let client = Client::open(&arguments.server, language)?;
    let scheme = read(&client, &arguments.scheme, arguments.version.unwrap_or_default()).await?;
    client.tell_stale(output);
    if output.is_json() {
        let nodes: Vec<_> = scheme.nodes.iter().map(node).collect();
        let settings: Vec<_> = scheme.settings.iter().map(parameter).collect();
        let grades: Vec<_> = scheme
            .grades
            .iter()
            .map(|grade| GradeBand {
                grade: &grade.grade,
                names: Pair::of(grade.names.as_ref()),
                from: grade.from.as_ref().map_or("", |from| from.value.as_str()),
            })
            .collect();
        let head = serde_json::to_value(Head::of(&scheme)).map_err(std::io::Error::from)?;
        let total = scheme.total.as_ref().map_or("", |total| total.value.as_str());
        return Ok(output.json(&serde_json::json!({
            "scheme": head, "total": total, "nodes": nodes, "grades": grades, "text": scheme.text,
            "words": Pair::of(scheme.words.as_ref()), "settings": settings,
        }))?);
    }
    if arguments.text {
        return Ok(output.line(scheme.text.trim_end())?);
    }
    for line in lines(&scheme, language) {
        output.line(&line)?;
    }
    Ok(())
}

fn node(node: &pb::SchemeNode) -> TreeNode<'_> {
    TreeNode {
        node: &node.node,
        names: Pair::of(node.names.as_ref()),
        weight: node.weight.as_ref().map_or("", |weight| weight.value.as_str()),
        measure: node.measure.as_ref().map_or("", |measure| measure.value.as_str()),
        rule: &node.rule,
        parameters: node.parameters.iter().map(parameter).collect(),
        words: Pair::of(node.words.as_ref()),
        settings: node.settings.iter().map(parameter).collect(),
    }
}

fn parameter(parameter: &pb::Parameter) -> Parameter<'_> {
    Parameter {
        key: &parameter.key,
        value: &parameter.value,
        basis: match parameter.basis() {
            pb::Basis::Unspecified => "",
            pb::Basis::Stated => "stated",
            pb::Basis::Inferred => "inferred",
            pb::Basis::Assumed => "assumed",
        },
        source: &parameter.source,
    }
}

/// A scheme for people.
fn lines(scheme: &pb::Scheme, language: Language) -> Vec<String> {
    let mut lines = wrap(named(scheme.names.as_ref(), language), WIDTH);
    let mut table = Table::new(&[Column::Word, Column::Text]);
    let mut row = |name: String, value: String| {
        if !value.is_empty() {
            table.row([name, value]);
        }
    };
    row(text::scheme(language), format!("{} {}", id(&scheme.name), scheme.version));
    row(text::year(language), scheme.fiscal_year.to_string());
    row(text::region(language), region(scheme, language));
    row(text::in_effect(language), in_effect(scheme, language));
    row(text::stage(language), stage(scheme, language));
    row(text::approval(language), approval(scheme, language));
    if let Some(withdrawal) = &scheme.withdrawal {
        let by = text::recorded_by(language, &withdrawal.actor);
        let parts = [withdrawal.on.clone(), withdrawal.reason.clone(), by];
        row(text::withdrawal(language), parts.join(language.pick("；", "; ")));
    }
    row(text::total(language), scheme.total.as_ref().map(|total| total.value.clone()).unwrap_or_default());
    lines.extend(table.lines());
    lines.extend([String::new(), text::nodes(language)]);
    let mut table = Table::new(&[Column::Text, Column::Figure, Column::Text]);
    for node in &scheme.nodes {
        let indent = "  ".repeat(node.node.matches('.').count() + 1);
        let rule = match (node.kind(), node.measure.as_ref()) {
            (pb::NodeKind::EachTarget, _) => format!("{}, {}", text::each_target(language), node.rule),
            (_, Some(measure)) => format!("{} ({})", node.rule, measure.value),
            (_, None) => node.rule.clone(),
        };
        table.row([
            format!("{indent}{}", named(node.names.as_ref(), language)),
            node.weight.as_ref().map(|weight| weight.value.clone()).unwrap_or_default(),
            rule,
        ]);
    }
    lines.extend(table.lines());
    for node in &scheme.nodes {
        let head = format!("{} {}", node.node, named(node.names.as_ref(), language));
        let asks = node.asks.iter().map(|ask| format!("{}: {}", ask.ask, language.name(ask.words.as_ref())));
        let said = std::iter::once(language.name(node.words.as_ref())).chain(asks);
        lines.extend(written(&head, said, &node.settings, language));
    }
    let said = std::iter::once(language.name(scheme.words.as_ref()));
    lines.extend(written(&text::total(language), said, &scheme.settings, language));
    let grades = scheme.grades.iter().map(|grade| {
        let from = grade.from.as_ref().map_or("", |from| from.value.as_str());
        format!("{} {}", named(grade.names.as_ref(), language), text::points_from(language, from))
    });
    let grades = grades.collect::<Vec<_>>().join(language.pick("；", "; "));
    lines.extend([String::new(), text::grades(language)]);
    lines.extend(wrap(&grades, WIDTH - 2).into_iter().map(|line| format!("  {line}")));
    lines
}

/// What is said under a head: in words, and values with what they rest on.
fn written(
    head: &str,
    words: impl Iterator<Item = String>,
    settings: &[pb::Parameter],
    language: Language,
) -> Vec<String> {
    let mut lines = vec![String::new()];
    lines.extend(wrap(head, WIDTH));
    let settings = settings.iter().map(|setting| {
        let basis = match setting.basis() {
            pb::Basis::Unspecified => command_text::basis_unspecified(language),
            pb::Basis::Stated => command_text::basis_stated(language),
            pb::Basis::Inferred => command_text::basis_inferred(language),
            pb::Basis::Assumed => command_text::basis_assumed(language),
        };
        format!("{} = {} ({basis})", setting.key, setting.value)
    });
    for line in words.chain(settings).filter(|line| !line.is_empty()) {
        lines.extend(wrap(&line, WIDTH - 2).into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// On whose approval it is used; empty for a draft.
fn approval(scheme: &pb::Scheme, language: Language) -> String {
    let Some(approval) = &scheme.approval else {
        return match scheme.stage() {
            pb::SchemeStage::Approved => text::not_kept(language),
            _ => String::new(),
        };
    };
    let of = approval.approval.clone().unwrap_or_default();
    let mut parts: Vec<String> = [of.approver, of.approved_on, approval.document.clone(), of.reason]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    if parts.is_empty() {
        parts.push(text::not_stated(language));
    }
    parts.push(text::recorded_by(language, &approval.actor));
    parts.join(language.pick("；", "; "))
}

fn region(scheme: &pb::Scheme, language: Language) -> String {
    if scheme.region.is_empty() { text::any_region(language) } else { scheme.region.clone() }
}

fn stage(scheme: &pb::Scheme, language: Language) -> String {
    match scheme.stage() {
        pb::SchemeStage::Draft => text::draft(language),
        pb::SchemeStage::Approved => text::approved(language),
        pb::SchemeStage::Withdrawn => text::withdrawn(language),
        pb::SchemeStage::Unspecified => String::new(),
    }
}

fn in_effect(scheme: &pb::Scheme, language: Language) -> String {
    match (scheme.effective_from.as_str(), scheme.effective_to.as_str()) {
        ("", "") => text::always(language),
        (from, "") => text::from(language, from),
        ("", to) => text::until(language, to),
        (from, to) => text::between(language, from, to),
    }
}

/// The faults of a file for programs.
#[derive(Debug, Serialize)]
struct Checked {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<String>,
    faults: Vec<Fault>,
}

/// A fault for programs.
#[derive(Debug, Serialize)]
struct Fault {
    line: usize,
    column: usize,
    reason: &'static str,
    message: String,
}

impl From<SchemeFault> for Fault {
    fn from(SchemeFault { line, column, kind, message }: SchemeFault) -> Self {
        Self { line, column, reason: kind.into(), message }
    }
}

fn check(arguments: &cli::SchemesCheck, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let mut checked = Vec::new();
    for file in &arguments.files {
        let bytes = bytes(file, language)?;
        let read = scheme::text_of(bytes).map_err(|fault| vec![fault]).and_then(|text| scheme::parse(&text));
        let (scheme, faults) = match read {
            Ok(scheme) => (Some(scheme.scheme.to_string()), Vec::new()),
            Err(faults) => (None, faults.into_iter().map(Fault::from).collect()),
        };
        checked.push(Checked { file: file.display().to_string(), scheme, faults });
    }
    if output.is_json() {
        output.json(&serde_json::json!({ "files": checked }))?;
    } else {
        for Checked { file, scheme, faults } in &checked {
            match scheme {
                Some(scheme) => output.line(&text::file_is_right(language, file, scheme))?,
                None => output.line(&text::faults(language, file, faults.len()))?,
            }
            for Fault { line, column, message, .. } in faults {
                output.line(&text::fault(language, line, column, message))?;
            }
        }
    }
    if checked.iter().all(|checked| checked.faults.is_empty()) { Ok(()) } else { Err(Failure::Negative) }
}

fn bytes(file: &Path, language: Language) -> Result<Vec<u8>, Failure> {
    let read = std::fs::read(file);
    read.map_err(|error| Failure::Usage(text::unreadable(language, file.display(), error)))
}

/// The approval that arguments give; what they leave out is not stated.
fn approval_of(given: &cli::ApprovedBy) -> types::Approval {
    let parts = [
        (types::ApprovalPart::Approver, &given.approver),
        (types::ApprovalPart::ApprovedOn, &given.approved_on),
        (types::ApprovalPart::Reason, &given.why),
    ];
    let not_stated = parts.iter().filter(|(_, text)| text.is_none()).map(|(part, _)| i32::from(*part));
    let not_stated = not_stated.collect();
    let [approver, approved_on, reason] = parts.map(|(_, text)| text.clone().unwrap_or_default());
    types::Approval { approver, approved_on, reason, not_stated }
}

/// What was done to a version, for programs.
fn done(
    output: Output,
    scheme: &str,
    version: u32,
    stage: &str,
    recorded: Option<types::Recorded>,
) -> Result<(), Failure> {
    let recorded = recorded.unwrap_or_default();
    let (event_ids, position) = (recorded.event_ids, recorded.position);
    Ok(output.json(&serde_json::json!({
        "scheme": scheme, "version": version, "stage": stage, "event_ids": event_ids, "position": position,
    }))?)
}

async fn load(arguments: &cli::SchemesLoad, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let client = Client::open(&arguments.server, language)?;
    let bytes = bytes(&arguments.file, language)?;
    let text_of = scheme::text_of(bytes);
    let file = arguments.file.display();
    let text_of = text_of.map_err(|fault| Failure::Usage(text::unreadable(language, &file, fault)))?;
    let given = &arguments.approved;
    let is_approved = [&given.approver, &given.approved_on, &given.why, &given.document];
    let is_approved = is_approved.into_iter().any(Option::is_some);
    let name = arguments.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let request = pb::LoadSchemeRequest {
        request_id: Uuid::new_v4().to_string(),
        text: text_of,
        file_name: name.unwrap_or_default(),
        approval: is_approved.then(|| approval_of(given)),
        document: given.document.clone().unwrap_or_default(),
        ..Default::default()
    };
    let recorded = client.answer(client.scoring().load_scheme(request).await)?.recorded;
    // Which version it became is what the scheme says at that position.
    let of = recorded.clone().unwrap_or_default();
    let asked = pb::GetSchemeRequest { name: of.name, wait_for: vec![of.position], ..Default::default() };
    let scheme = client.answer(client.scoring().get_scheme(asked).await)?.scheme.unwrap_or_default();
    let (name, version) = (id(&scheme.name), scheme.version);
    if output.is_json() {
        let stage = if is_approved { "approved" } else { "draft" };
        return done(output, name, version, stage, recorded);
    }
    output.line(&text::loaded(language, name, version))?;
    let next = if is_approved { text::now_approved } else { text::as_draft };
    Ok(output.line(&next(language, name, version))?)
}

async fn approve(arguments: &cli::SchemesApprove, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let request = pb::ApproveSchemeRequest {
        request_id: Uuid::new_v4().to_string(),
        name: format!("schemes/{}", arguments.scheme),
        version: arguments.number,
        approval: Some(approval_of(&arguments.approved)),
        document: arguments.approved.document.clone().unwrap_or_default(),
        ..Default::default()
    };
    let recorded = client.answer(client.scoring().approve_scheme(request).await)?.recorded;
    if output.is_json() {
        return done(output, &arguments.scheme, arguments.number, "approved", recorded);
    }
    Ok(output.line(&text::now_approved(output.language, &arguments.scheme, arguments.number))?)
}

async fn withdraw(arguments: &cli::SchemesWithdraw, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let request = pb::WithdrawSchemeRequest {
        request_id: Uuid::new_v4().to_string(),
        name: format!("schemes/{}", arguments.scheme),
        version: arguments.number,
        reason: arguments.reason.clone(),
        on: arguments.on.clone(),
        ..Default::default()
    };
    let recorded = client.answer(client.scoring().withdraw_scheme(request).await)?.recorded;
    if output.is_json() {
        return done(output, &arguments.scheme, arguments.number, "withdrawn", recorded);
    }
    Ok(output.line(&text::now_withdrawn(output.language, &arguments.scheme, arguments.number))?)
}

/// The name in a language.
fn named(names: Option<&types::Names>, language: Language) -> &str {
    names.map_or("", |names| match language {
        Language::English if !names.en.is_empty() => &names.en,
        _ => &names.zh,
    })
}

/// The last part of a resource name.
fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
