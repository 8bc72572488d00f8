//! A comparison as lines of a terminal.

use jixiao_events::Number;
use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::Compared;
use crate::evaluate::figure::money;
use crate::explain::status;
use crate::language::Language;
use crate::output::{Column, Table, WIDTH, event_lines, wrap};
use crate::text::{compare as text, evaluation};

/// The most events of one change that are listed where not all are asked for.
const EVENTS: usize = 5;

/// Decimals of points and measured values.
const DECIMALS: u32 = 4;

pub(super) fn lines(compared: &Compared, all: bool, language: Language) -> Vec<String> {
    let Compared { fund, moments: [from, to], answer } = compared;
    let mut lines = wrap(&text::heading(language, fund, moment(from, language), moment(to, language)), WIDTH);
    for (at, moment_of) in [(&answer.from, from), (&answer.to, to)] {
        if at.is_none() {
            lines.extend(wrap(&text::none_open(language, moment(moment_of, language)), WIDTH));
        }
    }
    lines.extend(schemes(answer, language));
    let table = figures(answer, language);
    if !table.is_empty() {
        lines.push(String::new());
        lines.extend(table.lines());
    }
    if answer.indicators.is_empty() {
        lines.extend([String::new(), text::no_difference(language)]);
    }
    for difference in &answer.indicators {
        lines.push(String::new());
        lines.extend(changed(difference, language));
        lines.extend(events(&difference.events, difference.event_count, all, language));
    }
    if answer.other_event_count > 0 {
        lines.extend([String::new(), text::others(language)]);
        lines.extend(events(&answer.other_events, answer.other_event_count, all, language));
    }
    lines
}

fn moment(moment: &pb::Moment, language: Language) -> String {
    moment_words(&moment.as_of, &moment.known_at, language)
}

/// A moment in words.
pub(crate) fn moment_words(as_of: &str, known_at: &str, language: Language) -> String {
    match (as_of, known_at) {
        ("", "") => text::now(language),
        (_, "") => text::as_of(language, as_of),
        ("", _) => text::known_at(language, known_at),
        _ => text::as_of_known_at(language, as_of, known_at),
    }
}

/// The schemes, where another one was open, and the events that made it so.
fn schemes(answer: &pb::CompareEvaluationsResponse, language: Language) -> Vec<String> {
    let named = |at: &Option<pb::EvaluationAt>| {
        let at = at.as_ref()?;
        let scheme = at.scheme.strip_prefix("schemes/").unwrap_or(&at.scheme);
        Some(evaluation::scheme(language, scheme, at.scheme_version))
    };
    let (before, after) = (named(&answer.from), named(&answer.to));
    if before == after {
        return before.map(|scheme| wrap(&scheme, WIDTH)).unwrap_or_default();
    }
    let none = || text::nothing(language);
    let said = format!("{} → {}", before.unwrap_or_else(none), after.unwrap_or_else(none));
    let mut lines = wrap(&said, WIDTH);
    let count = answer.scheme_events.len();
    lines.extend(events(&answer.scheme_events, u64::try_from(count).unwrap_or(u64::MAX), true, language));
    lines
}

/// What an amount is called, and where a budget has it.
type Amount = (String, fn(&pb::Budget) -> Option<&Money>);

/// Money, points and grades that differ.
fn figures(answer: &pb::CompareEvaluationsResponse, language: Language) -> Table {
    let columns = [Column::Text, Column::Figure, Column::Figure, Column::Figure];
    let mut table = Table::new(&columns).head([
        evaluation::item(language),
        text::before(language),
        text::after(language),
        text::change(language),
    ]);
    let budgets = [&answer.from, &answer.to].map(|at| at.as_ref().and_then(|at| at.budget.clone()));
    let [before, after] = budgets.map(Option::unwrap_or_default);
    let amounts: [Amount; 7] = [
        (evaluation::original(language), |budget| budget.original.as_ref()),
        (evaluation::increase(language), |budget| budget.increase.as_ref()),
        (evaluation::decrease(language), |budget| budget.decrease.as_ref()),
        (evaluation::adjusted(language), |budget| budget.adjusted.as_ref()),
        (evaluation::received(language), |budget| budget.received.as_ref()),
        (evaluation::paid(language), |budget| budget.paid.as_ref()),
        (evaluation::refunded(language), |budget| budget.refunded.as_ref()),
    ];
    for (label, of) in amounts {
        let (was, is) = (money(of(&before)), money(of(&after)));
        if was != is {
            let label = format!("{label}{}", text::yuan(language));
            table.row([label, was.to_string(), is.to_string(), signed((is - was).to_string())]);
        }
    }
    for sum in &answer.sums {
        let name = language.name(sum.names.as_ref());
        let figure = |of: fn(&pb::SumChange) -> &String| {
            [&sum.before, &sum.after].map(|sum| sum.as_ref().map(of).map(String::as_str).unwrap_or_default())
        };
        let rows = [
            (name.clone(), figure(|sum| &sum.score)),
            (format!("{name}{}", text::by_units(language)), figure(|sum| &sum.self_score)),
        ];
        for (label, [was, is]) in rows.into_iter().filter(|(_, [was, is])| was != is) {
            table.row([label, short(was), short(is), change(was, is)]);
        }
    }
    let grade = |at: &Option<pb::EvaluationAt>| {
        let grade = at.as_ref().and_then(|at| at.grade.as_ref());
        grade.map_or_else(|| text::nothing(language), |grade| language.name(grade.names.as_ref()))
    };
    let (was, is) = (grade(&answer.from), grade(&answer.to));
    if was != is {
        table.row([text::grade(language), was, is]);
    }
    table
}

/// An indicator, before and after.
fn changed(difference: &pb::IndicatorDifference, language: Language) -> Vec<String> {
    let name = language.name(difference.names.as_ref());
    let mut lines = wrap(&format!("{name}  {}", difference.indicator), WIDTH);
    let columns = [Column::Text, Column::Figure, Column::Figure, Column::Figure];
    let mut table = Table::new(&columns);
    let side = |standing: &Option<pb::Standing>, of: fn(&pb::Standing) -> &String| {
        standing.as_ref().map(of).cloned().unwrap_or_default()
    };
    let sides = |of| [side(&difference.before, of), side(&difference.after, of)];
    let rows = [
        (evaluation::computed(language), sides(|standing| &standing.score)),
        (evaluation::self_score(language), sides(|standing| &standing.self_score)),
        (text::measured(language), sides(|standing| &standing.measured)),
        (evaluation::weight(language), sides(|standing| &standing.weight)),
    ];
    for (label, [was, is]) in rows.into_iter().filter(|(_, [was, is])| was != is) {
        let none = |text: String| if text.is_empty() { text::nothing(language) } else { text };
        table.row([format!("  {label}"), none(short(&was)), none(short(&is)), change(&was, &is)]);
    }
    let stands = |standing: &Option<pb::Standing>| match standing {
        None => text::no_part(language),
        Some(standing) => status(standing.status(), language),
    };
    let (was, is) = (stands(&difference.before), stands(&difference.after));
    if was != is {
        table.row([format!("  {}", evaluation::status(language)), was, is]);
    }
    lines.extend(table.lines());
    lines
}

/// Events that count at one of the moments: those that came, then those that no longer count.
fn events(between: &[pb::EventBetween], count: u64, all: bool, language: Language) -> Vec<String> {
    let most = if all { usize::MAX } else { EVENTS };
    let mut lines = Vec::new();
    for (is_left_out, head) in [(false, text::came(language)), (true, text::left_out(language))] {
        let of_side = between.iter().filter(|one| one.is_left_out == is_left_out);
        let shown: Vec<&pb::EventRef> = of_side.filter_map(|one| one.event.as_ref()).take(most).collect();
        if !shown.is_empty() {
            lines.push(format!("  {head}"));
            let told = event_lines(shown, false, WIDTH - 4, language);
            lines.extend(told.into_iter().map(|line| format!("    {line}")));
        }
    }
    let left_out = between.iter().filter(|one| one.is_left_out).count();
    let told = (between.len() - left_out).min(most) + left_out.min(most);
    let hidden = count.saturating_sub(u64::try_from(told).unwrap_or(u64::MAX));
    if hidden > 0 {
        lines.push(format!("    {}", text::more_events(language, hidden)));
    }
    lines
}

/// A decimal with few decimals; anything else as it is.
fn short(text: &str) -> String {
    text.parse::<Number>()
        .map_or_else(|_| text.to_owned(), |number| number.round_half_up(DECIMALS).to_string())
}

/// How a decimal moved; empty where one of both is none.
fn change(was: &str, is: &str) -> String {
    match (was.parse::<Number>(), is.parse::<Number>()) {
        (Ok(was), Ok(is)) => signed((is - was).round_half_up(DECIMALS).to_string()),
        _ => String::new(),
    }
}

fn signed(text: String) -> String {
    if text.starts_with('-') { text } else { format!("+{text}") }
}
