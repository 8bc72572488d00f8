//! Explanations of a group's points, and of the total.

use jixiao_proto::jixiao::scoring::v1 as pb;
use serde::Serialize;

use super::{Input, Parameter, inputs, parameters};
use crate::language::Language;
use crate::output::{Column, Event, Pair, Table, WIDTH, event_lines, wrap};
use crate::text::command as text;

/// An explanation of a sum for programs.
#[derive(Debug, Serialize)]
pub(super) struct Explained<'a> {
    node: &'a str,
    names: Pair<'a>,
    weight: &'a str,
    score: &'a str,
    indicators: u32,
    not_scored: u32,
    scheme: &'a str,
    scheme_version: u32,
    rule_text: Pair<'a>,
    result: Pair<'a>,
    steps: Vec<Pair<'a>>,
    rounding: Pair<'a>,
    grade: &'a str,
    grade_steps: Vec<Pair<'a>>,
    parts: Vec<Part<'a>>,
    more_parts: u32,
    parameters: Vec<Parameter<'a>>,
    inputs: Vec<Input<'a>>,
    event_count: u64,
    indicators_read: u32,
    events: Vec<Event<'a>>,
    position: &'a str,
}

#[derive(Debug, Serialize)]
struct Part<'a> {
    path: &'a str,
    names: Pair<'a>,
    weight: &'a str,
    score: &'a str,
    not_applicable: &'a str,
    not_scored: u32,
    outside: &'a str,
}

pub(super) fn explained<'a>(
    explanation: &'a pb::Explanation,
    sum: &'a pb::SumExplanation,
    position: &'a str,
) -> Explained<'a> {
    Explained {
        node: &sum.node,
        names: Pair::of(sum.names.as_ref()),
        weight: &sum.weight,
        score: &sum.score,
        indicators: sum.indicators,
        not_scored: sum.not_scored,
        scheme: &explanation.scheme,
        scheme_version: explanation.scheme_version,
        rule_text: Pair::of(explanation.rule.as_ref()),
        result: Pair::of(explanation.result.as_ref()),
        steps: explanation.steps.iter().map(|step| Pair::of(Some(step))).collect(),
        rounding: Pair::of(explanation.rounding.as_ref()),
        grade: &sum.grade,
        grade_steps: sum.grade_steps.iter().map(|step| Pair::of(Some(step))).collect(),
        parts: sum
            .parts
            .iter()
            .map(|part| Part {
                path: &part.path,
                names: Pair::of(part.names.as_ref()),
                weight: &part.weight,
                score: &part.score,
                not_applicable: &part.not_applicable,
                not_scored: part.not_scored,
                outside: &part.outside,
            })
            .collect(),
        more_parts: sum.more_parts,
        parameters: explanation.parameters.iter().map(Parameter::of).collect(),
        inputs: explanation.inputs.iter().map(Input::of).collect(),
        event_count: explanation.event_count,
        indicators_read: sum.indicators_read,
        events: explanation.events.iter().map(Event::of).collect(),
        position,
    }
}

pub(super) fn lines(
    explanation: &pb::Explanation,
    sum: &pb::SumExplanation,
    language: Language,
) -> Vec<String> {
    let mut lines = wrap(&language.name(sum.names.as_ref()), WIDTH);
    lines.extend([sum.node.clone(), String::new()]);
    let scheme = explanation.scheme.strip_prefix("schemes/").unwrap_or(&explanation.scheme);
    let mut table = Table::new(&[Column::Word, Column::Text]);
    let rows = [
        (text::weight(language), sum.weight.clone()),
        (text::computed(language), sum.score.clone()),
        (text::rule(language), language.name(explanation.rule.as_ref())),
        (text::result_head(language), language.name(explanation.result.as_ref())),
        (text::rounding(language), language.name(explanation.rounding.as_ref())),
        (text::scheme_head(language), text::scheme(language, scheme, explanation.scheme_version)),
    ];
    for (label, value) in rows.into_iter().filter(|(_, value)| !value.is_empty()) {
        table.row([label, value]);
    }
    let steps = explanation.steps.iter().chain(&sum.grade_steps).enumerate();
    for (at, step) in steps {
        let label = if at == 0 { text::steps(language) } else { String::new() };
        table.row([label, language.name(Some(step))]);
    }
    lines.extend(table.lines());

    let mut table = Table::new(&[Column::Text, Column::Text, Column::Figure, Column::Figure]).head([
        text::part(language),
        String::new(),
        text::weight(language),
        text::computed(language),
    ]);
    for part in &sum.parts {
        let name = language.name(part.names.as_ref());
        table.row([part.path.clone(), name, part.weight.clone(), part.score.clone()]);
    }
    if !table.is_empty() {
        lines.extend([String::new(), text::parts(language)]);
        lines.extend(table.lines());
    }
    if sum.more_parts > 0 {
        lines.push(text::more_parts(language, sum.more_parts));
    }
    lines.extend(parameters(&explanation.parameters, language));
    lines.extend(inputs(&explanation.inputs, language));
    if !explanation.events.is_empty() {
        lines.extend([String::new(), text::caused_by(language)]);
        lines.extend(event_lines(&explanation.events, true, WIDTH, language));
    }
    let hidden = explanation.event_count.saturating_sub(explanation.events.len() as u64);
    if hidden > 0 {
        lines.push(text::more_events(language, hidden));
    }
    let unread = sum.indicators.saturating_sub(sum.indicators_read);
    if unread > 0 {
        lines.push(text::indicators_unread(language, unread));
    }
    lines
}
