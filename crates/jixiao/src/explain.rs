//! `explain`: where the points of one indicator come from.

mod sum;

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;
use tonic::Code;

use crate::cli;
use crate::client::{Client, PAGE_SIZE, quoted};
use crate::evaluate::unknown_fund;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::{Column, Event, Output, Pair, Table, WIDTH, event_lines, wrap};
use crate::text::{command as text, error as fault};

/// More characters than the path of an indicator has.
const LONGEST_PATH: usize = 128;

/// An explanation for programs.
#[derive(Debug, Serialize)]
struct Explained<'a> {
    indicator: &'a str,
    names: Pair<'a>,
    group: &'a str,
    weight: &'a str,
    self_score: &'a str,
    score: &'a str,
    unrounded: &'a str,
    status: &'static str,
    scheme: &'a str,
    scheme_version: u32,
    rule: &'a str,
    rule_text: Pair<'a>,
    measure: &'a str,
    measured: &'a str,
    formula: Pair<'a>,
    result: Pair<'a>,
    steps: Vec<Pair<'a>>,
    rounding: Pair<'a>,
    parameters: Vec<Parameter<'a>>,
    inputs: Vec<Input<'a>>,
    position: &'a str,
}

#[derive(Debug, Serialize)]
struct Parameter<'a> {
    key: &'a str,
    value: &'a str,
    basis: &'static str,
    source: &'a str,
}

impl<'a> Parameter<'a> {
    fn of(parameter: &'a pb::Parameter) -> Self {
        let pb::Parameter { key, value, source, .. } = parameter;
        Self { key, value, basis: parameter.basis().as_str_name(), source }
    }
}

#[derive(Debug, Serialize)]
struct Input<'a> {
    quantity: &'a str,
    value: &'a str,
    unit: &'a str,
    event_count: u64,
    events: Vec<Event<'a>>,
}

impl<'a> Input<'a> {
    fn of(input: &'a pb::Input) -> Self {
        let pb::Input { quantity, value, unit, event_count, events } = input;
        let events = events.iter().map(Event::of).collect();
        Self { quantity, value, unit, event_count: *event_count, events }
    }
}

/// Explains an indicator of a fund.
pub async fn run(arguments: &cli::Explain, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let client = Client::open(&arguments.server, language)?;
    let name = format!("funds/{}/indicators/{}", arguments.evaluated(), arguments.indicator);
    let mut asked = ask(&client, name, &arguments.moment).await;
    // What was given may be the last part of a path.
    let is_missing = |status: &tonic::Status| matches!(status.code(), Code::NotFound | Code::InvalidArgument);
    if let Some(refused) = asked.as_ref().err().filter(|status| is_missing(status)).cloned() {
        let path = find(&client, arguments, refused).await?;
        let name = format!("funds/{}/indicators/{path}", arguments.evaluated());
        asked = ask(&client, name, &arguments.moment).await;
    }
    let answer = client.answer(asked);
    client.tell_stale(output);
    let answer = answer?;
    let missing = || Failure::Answer(fault::bad_answer(language, "explanation"));
    let explanation = answer.explanation.as_ref().ok_or_else(missing)?;
    if let Some(sum) = &explanation.sum {
        if output.is_json() {
            return Ok(output.json(&sum::explained(explanation, sum, &answer.position))?);
        }
        for line in sum::lines(explanation, sum, language) {
            output.line(&line)?;
        }
        return Ok(());
    }
    let indicator = explanation.indicator.as_ref().ok_or_else(missing)?;
    if output.is_json() {
        return Ok(output.json(&explained(explanation, indicator, &answer.position))?);
    }
    for line in lines(explanation, indicator, language) {
        output.line(&line)?;
    }
    Ok(())
}

async fn ask(
    client: &Client,
    name: String,
    moment: &cli::Moment,
) -> Result<tonic::Response<pb::ExplainIndicatorResponse>, tonic::Status> {
    let (as_of, known_at) = moment.fields();
    let request = pb::ExplainIndicatorRequest { name, wait_for: Vec::new(), as_of, known_at };
    client.scoring().explain_indicator(request).await
}

/// The one indicator of a fund whose path ends so; where there is none, the refusal stands that the whole path met.
async fn find(client: &Client, arguments: &cli::Explain, refused: tonic::Status) -> Result<String, Failure> {
    let (fund, given) = (&arguments.evaluated(), arguments.indicator.as_str());
    let (as_of, known_at) = arguments.moment.fields();
    let language = client.language();
    // More than a path may have is not looked for; it matches nothing.
    let searched: String = given.chars().take(LONGEST_PATH).collect();
    let mut matching = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListIndicatorsRequest {
            parent: format!("funds/{fund}"),
            page_size: PAGE_SIZE,
            page_token,
            filter: format!("indicator:{}", quoted(&searched)),
            as_of: as_of.clone(),
            known_at: known_at.clone(),
            ..Default::default()
        };
        let page = match client.scoring().list_indicators(request).await {
            Err(status) if status.code() == Code::NotFound => return Err(unknown_fund(client, status).await),
            answered => client.answer(answered)?,
        };
        let ends_so = |indicator: &pb::Indicator| {
            let rest = indicator.indicator.strip_suffix(given);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        matching.extend(page.indicators.into_iter().filter(ends_so).map(|indicator| indicator.indicator));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    match matching.len() {
        1 => Ok(matching.remove(0)),
        0 => Err(Failure::RefusedWith(Box::new(refused), fault::no_such_indicator(language, fund, searched))),
        _ => Err(Failure::Usage(fault::several_indicators(language, given, matching.join(", ")))),
    }
}

fn explained<'a>(
    explanation: &'a pb::Explanation,
    indicator: &'a pb::Indicator,
    position: &'a str,
) -> Explained<'a> {
    Explained {
        indicator: &indicator.indicator,
        names: Pair::of(indicator.names.as_ref()),
        group: &indicator.group,
        weight: &indicator.weight,
        self_score: &indicator.self_score,
        score: &indicator.score,
        unrounded: &explanation.unrounded,
        status: indicator.status().as_str_name(),
        scheme: &explanation.scheme,
        scheme_version: explanation.scheme_version,
        rule: &indicator.rule,
        rule_text: Pair::of(explanation.rule.as_ref()),
        measure: &indicator.measure,
        measured: &indicator.measured,
        formula: Pair::of(explanation.formula.as_ref()),
        result: Pair::of(explanation.result.as_ref()),
        steps: explanation.steps.iter().map(|step| Pair::of(Some(step))).collect(),
        rounding: Pair::of(explanation.rounding.as_ref()),
        parameters: explanation.parameters.iter().map(Parameter::of).collect(),
        inputs: indicator.inputs.iter().map(Input::of).collect(),
        position,
    }
}

fn lines(explanation: &pb::Explanation, indicator: &pb::Indicator, language: Language) -> Vec<String> {
    let mut lines = wrap(&language.name(indicator.names.as_ref()), WIDTH);
    lines.extend(wrap(&indicator.name, WIDTH));
    lines.push(String::new());

    let scheme = explanation.scheme.strip_prefix("schemes/").unwrap_or(&explanation.scheme);
    let mut table = Table::new(&[Column::Word, Column::Text]);
    let rows = [
        (text::weight(language), indicator.weight.clone()),
        (text::self_score(language), indicator.self_score.clone()),
        (text::computed(language), indicator.score.clone()),
        (text::status(language), status(indicator.status(), language)),
        (text::measured(language), indicator.measured.clone()),
        (text::rule(language), language.name(explanation.rule.as_ref())),
        (text::formula(language), language.name(explanation.formula.as_ref())),
        (text::result_head(language), language.name(explanation.result.as_ref())),
        (text::rounding(language), language.name(explanation.rounding.as_ref())),
        (text::unrounded(language), explanation.unrounded.clone()),
        (text::group(language), indicator.group.clone()),
        (text::scheme_head(language), text::scheme(language, scheme, explanation.scheme_version)),
    ];
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([label, value]);
    }
    for (at, step) in explanation.steps.iter().enumerate() {
        let label = if at == 0 { text::steps(language) } else { String::new() };
        table.row([label, language.name(Some(step))]);
    }
    lines.extend(table.lines());

    lines.extend(parameters(&explanation.parameters, language));

    lines.extend(inputs(&indicator.inputs, language));
    lines.extend(events_behind(indicator, language));
    lines
}

/// Parameters with what they rest on, under a heading.
fn parameters(parameters: &[pb::Parameter], language: Language) -> Vec<String> {
    let mut table = Table::new(&[Column::Text, Column::Text, Column::Word, Column::Text]).head([
        text::parameter(language),
        text::value(language),
        text::basis(language),
        text::source(language),
    ]);
    let mut above = None;
    for parameter in parameters {
        let basis = match parameter.basis() {
            pb::Basis::Stated => text::basis_stated(language),
            pb::Basis::Inferred => text::basis_inferred(language),
            pb::Basis::Assumed => text::basis_assumed(language),
            pb::Basis::Unspecified => text::basis_unspecified(language),
        };
        // Said once for the parameters below each other that rest on the same.
        let rests_on = Some((basis, parameter.source.clone()));
        let (basis, source) =
            if rests_on == above { Default::default() } else { rests_on.clone().unwrap_or_default() };
        above = rests_on;
        table.row([parameter.key.clone(), parameter.value.clone(), basis, source]);
    }
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), text::parameters(language)];
    lines.extend(table.lines());
    lines
}

/// Inputs with how many events are behind each, under a heading.
fn inputs(inputs: &[pb::Input], language: Language) -> Vec<String> {
    let mut table = Table::new(&[Column::Text, Column::Text, Column::Text, Column::Figure]).head([
        text::quantity(language),
        text::value(language),
        text::unit(language),
        text::event_count(language),
    ]);
    for input in inputs {
        table.row([
            input.quantity.clone(),
            input.value.clone(),
            input.unit.clone(),
            input.event_count.to_string(),
        ]);
    }
    if table.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), text::inputs(language)];
    lines.extend(table.lines());
    lines
}

/// The events behind all inputs, each once, in the order in which the inputs name them.
fn events_behind(indicator: &pb::Indicator, language: Language) -> Vec<String> {
    let mut events: Vec<&pb::EventRef> = Vec::new();
    for event in indicator.inputs.iter().flat_map(|input| &input.events) {
        if !events.iter().any(|seen| (&seen.log, &seen.id) == (&event.log, &event.id)) {
            events.push(event);
        }
    }
    if events.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![String::new(), text::caused_by(language)];
    lines.extend(event_lines(events, true, WIDTH, language));
    let hidden = indicator
        .inputs
        .iter()
        .map(|input| input.event_count.saturating_sub(input.events.len() as u64))
        .max();
    if let Some(hidden) = hidden.filter(|hidden| *hidden > 0) {
        lines.push(text::more_events(language, hidden));
    }
    lines
}

/// How an indicator stands, in words.
pub(crate) fn status(status: pb::IndicatorStatus, language: Language) -> String {
    use crate::text::evaluation as text;
    match status {
        pb::IndicatorStatus::Unspecified => String::new(),
        pb::IndicatorStatus::Met => text::met_status(language),
        pb::IndicatorStatus::Unmet => text::unmet_status(language),
        pb::IndicatorStatus::Scored => text::scored_status(language),
        pb::IndicatorStatus::NotStarted => text::not_started_status(language),
        pb::IndicatorStatus::UnitMismatch => text::unit_mismatch_status(language),
        pb::IndicatorStatus::NoActual => text::no_actual_status(language),
        pb::IndicatorStatus::NoValue => text::no_value_status(language),
        pb::IndicatorStatus::AwaitsJudgement => text::awaits_judgement_status(language),
        pb::IndicatorStatus::NotApplicable => text::not_applicable_status(language),
    }
}
