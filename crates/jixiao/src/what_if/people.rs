//! A what-if for people: what would be refused, then what would be otherwise and why.

use std::collections::HashMap;

use jixiao_events::{FundId, Number};
use jixiao_proto::jixiao::eventlog::v1::Outcome;
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic_types::StatusExt;

use super::ask::Answered;
use super::figures::{self, Compared, TOTAL};
use super::file::Supposed;
use super::status;
use crate::answer::line;
use crate::evaluate::figure::short;
use crate::evaluate::{said_status, status_word};
use crate::findings::{said_severity, said_subject};
use crate::language::Language;
use crate::output::{Column, Table, refusal_lines_as, wrap};
use crate::text::{evaluation, what_if as text};

/// Decimals that a long value is shown with.
const DECIMALS: u32 = 4;

/// How far what belongs to something is indented.
const INDENT: &str = "    ";

/// The answer in lines of at most `limit` columns; `of` is what is evaluated, as it stands below `funds/`.
pub(super) fn lines(
    fund: &FundId,
    of: &str,
    answered: &Answered,
    limit: usize,
    language: Language,
) -> Vec<String> {
    let show = Show { fund: fund.as_str(), answered, limit, language, commands: commands_by_event(answered) };
    let mut lines = vec![text::title(language, of), text::nothing_written(language), String::new()];
    for part in [show.commands(), show.figures(), show.indicators(), show.findings()] {
        if !part.is_empty() {
            lines.extend(part);
            lines.push(String::new());
        }
    }
    lines.push(show.summary());
    lines
}

/// The number of the command, from 1, that each event is of.
fn commands_by_event(answered: &Answered) -> HashMap<&str, usize> {
    let commands = (1..).zip(&answered.commands);
    let events = commands.flat_map(|(number, (_, outcome))| {
        outcome.events.iter().map(move |event| (event.id.as_str(), number))
    });
    events.collect()
}

struct Show<'a> {
    fund: &'a str,
    answered: &'a Answered,
    limit: usize,
    language: Language,
    commands: HashMap<&'a str, usize>,
}

impl Show<'_> {
    fn indented(&self, text: &str) -> Vec<String> {
        wrap(&format!("{INDENT}{text}"), self.limit)
    }

    /// Each command with what would come of it.
    fn commands(&self) -> Vec<String> {
        let language = self.language;
        let mut lines = vec![text::commands(language)];
        for (number, (supposed, outcome)) in (1..).zip(&self.answered.commands) {
            let Supposed { service, command, line, .. } = supposed;
            let head = text::command(language, number, line, service.name(), command);
            let became = match outcome {
                Outcome { refusal: Some(_), .. } => text::is_refused(language),
                Outcome { already_done: true, .. } => text::is_done(language),
                Outcome { events, .. } => {
                    let kinds =
                        events.iter().map(|event| event.r#type.rsplit('.').next().unwrap_or_default());
                    text::is_accepted(language, kinds.collect::<Vec<_>>().join(", "))
                }
            };
            lines.extend(wrap(&format!("  {head}{became}"), self.limit));
            if let Some(refusal) = &outcome.refusal {
                let status = status(refusal);
                for line in refusal_lines_as(language, &status, text::because_of_refusal) {
                    lines.extend(self.indented(&line));
                }
                for (line, column, field) in places(supposed, &status) {
                    lines.extend(self.indented(&text::place(language, field, line, column)));
                }
            }
        }
        for (service, event, left) in &self.answered.not_taken_in {
            let kind = event.r#type.rsplit('.').next().unwrap_or_default();
            lines.extend(wrap(
                &format!("  {}", text::not_taken_in(language, service.name(), kind)),
                self.limit,
            ));
            let reason = left.reason.as_ref().map(status);
            for line in
                reason.iter().flat_map(|status| refusal_lines_as(language, status, text::because_of_refusal))
            {
                lines.extend(self.indented(&line));
            }
        }
        lines
    }

    /// Points and grades as a whole, then other figures that would change.
    fn figures(&self) -> Vec<String> {
        let (answer, language) = (&self.answered.scoring, self.language);
        let columns = [Column::Text, Column::Figure, Column::Figure, Column::Figure];
        let heads = [
            text::figure(language),
            text::before(language),
            text::after(language),
            evaluation::difference(language),
        ];
        let mut table = Table::new(&columns).within(self.limit.min(crate::output::WIDTH)).head(heads);
        let mut row = |name: String, figure: &Compared| {
            let [before, after] = [&figure.before, &figure.after].map(|value| shown(value));
            table.row([name, before, after, moved(figure)]);
        };
        let points = figures::points(answer);
        for figure in &points {
            match figure.quantity.split_once('.') {
                Some(("score", TOTAL)) => row(text::total(language), figure),
                Some(("self_score", TOTAL)) => row(text::self_total(language), figure),
                Some(("score", node)) if figure.differs() => row(format!("  {node}"), figure),
                Some((_, node)) if figure.differs() => {
                    row(format!("  {}", text::self_of(language, node)), figure);
                }
                _ => {}
            }
        }
        let unit = figures::unit(answer);
        for figure in figures::budget(answer, unit).iter().filter(|figure| figure.differs()) {
            let unit =
                if figure.quantity.contains("_rate") { "%" } else { language.pick(unit.zh(), unit.en()) };
            let (open, close) = language.pick(("（", "）"), (", ", ""));
            row(format!("{}{open}{unit}{close}", figure.quantity), figure);
        }
        if table.is_empty() {
            return vec![text::no_evaluation(language)];
        }
        let mut lines = table.lines();
        for (own, which) in
            [(false, evaluation::computed(language)), (true, evaluation::self_score(language))]
        {
            let [before, after] =
                [&answer.before, &answer.after].map(|evaluation| self.grade(evaluation.as_ref(), own));
            lines.push(if before == after {
                text::grade_stays(language, which, after)
            } else {
                text::grade_moves(language, which, before, after)
            });
        }
        lines
    }

    fn grade(&self, of: Option<&pb::Evaluation>, is_own: bool) -> String {
        let grade = of.and_then(|of| if is_own { of.self_grade.as_ref() } else { of.grade.as_ref() });
        grade.map_or_else(
            || evaluation::grade_none(self.language),
            |grade| self.language.name(grade.names.as_ref()),
        )
    }

    /// The indicators that would change, each with the commands that change it.
    fn indicators(&self) -> Vec<String> {
        let (answer, language) = (&self.answered.scoring, self.language);
        if answer.indicators.is_empty() {
            return vec![text::no_indicators(language)];
        }
        let mut lines = vec![text::indicators(language)];
        for difference in &answer.indicators {
            let path = difference.name.rsplit('/').next().unwrap_or_default();
            let name = language.name(difference.names.as_ref());
            lines.extend(wrap(&format!("  {path}  {name}"), self.limit));
            let [before, after] =
                [&difference.before, &difference.after].map(|standing| self.standing(standing.as_ref()));
            lines.extend(self.indented(&format!("{before} → {after}")));
            lines.extend(self.because(&difference.causes));
        }
        let count = usize::try_from(answer.indicator_count).unwrap_or_default();
        if count > answer.indicators.len() {
            lines.extend(self.indented(&text::more(language, count - answer.indicators.len())));
        }
        lines
    }

    /// Points, status and what is measured.
    fn standing(&self, standing: Option<&pb::Standing>) -> String {
        let language = self.language;
        let Some(standing) = standing else { return text::not_there(language) };
        let score =
            if standing.score.is_empty() { text::no_points(language) } else { shown(&standing.score) };
        let points = text::of_weight(language, score, shown(&standing.weight));
        let status = said_status(status_word(standing.status()), language);
        let mut parts = vec![points, status];
        if !standing.measured.is_empty() {
            parts.push(text::measured(language, shown(&standing.measured)));
        }
        parts.join(language.pick("，", ", "))
    }

    /// Which commands it is because of.
    fn because(&self, causes: &[pb::EventRef]) -> Vec<String> {
        let language = self.language;
        let causes = causes.iter().map(|cause| match self.commands.get(cause.id.as_str()) {
            Some(number) => text::by_command(language, number, &cause.r#type),
            None => format!("{} {}", cause.log, cause.r#type),
        });
        let causes: Vec<String> = causes.collect();
        if causes.is_empty() {
            return Vec::new();
        }
        self.indented(&text::because(language, causes.join(language.pick("、", ", "))))
    }

    /// The findings that would be raised, revised or cleared.
    fn findings(&self) -> Vec<String> {
        let (answer, language) = (&self.answered.scoring, self.language);
        if answer.findings.is_empty() {
            return vec![text::no_findings(language)];
        }
        let mut lines = vec![text::findings(language)];
        for difference in &answer.findings {
            let Some(finding) = &difference.finding else { continue };
            let what = match difference.kind() {
                pb::FindingChangeKind::Raised => text::raised(language),
                pb::FindingChangeKind::Revised => text::revised(language),
                pb::FindingChangeKind::Cleared => text::cleared(language),
                pb::FindingChangeKind::Answered => text::answered(language),
                pb::FindingChangeKind::Unspecified => String::new(),
            };
            let about = said_subject(self.fund, &finding.subject);
            let name = language.name(finding.subject_names.as_ref());
            let severity = said_severity(finding.severity(), language);
            let head = format!("  {what}  {severity}  {}  {about}  {name}", finding.code);
            lines.extend(wrap(head.trim_end(), self.limit));
            let said = |finding: &pb::Finding| language.name(finding.message.as_ref());
            let answered = |finding: &pb::Finding| finding.answer.as_ref().map(|given| line(given, language));
            if let Some(before) = &difference.before {
                let is_revised = difference.kind() == pb::FindingChangeKind::Revised;
                let was = is_revised.then(|| said(before)).or_else(|| answered(before));
                lines.extend(was.iter().flat_map(|was| self.indented(&text::was(language, was))));
            }
            lines.extend(self.indented(&said(finding)));
            lines.extend(answered(finding).iter().flat_map(|answer| self.indented(answer)));
            lines.extend(self.because(&difference.causes));
        }
        let count = usize::try_from(answer.finding_count).unwrap_or_default();
        if count > answer.findings.len() {
            lines.extend(self.indented(&text::more(language, count - answer.findings.len())));
        }
        lines
    }

    fn summary(&self) -> String {
        let commands = &self.answered.commands;
        let refused = commands.iter().filter(|(_, outcome)| outcome.refusal.is_some()).count();
        text::summary(
            self.language,
            commands.len() - refused,
            refused,
            self.answered.scoring.indicator_count,
            self.answered.scoring.finding_count,
        )
    }
}

/// Where the fields that a refusal names stand in the file.
fn places<'s>(supposed: &'s Supposed, status: &tonic::Status) -> Vec<(u64, u64, &'s str)> {
    let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
    let of_refusal = status.get_details_error_info().and_then(|info| info.metadata.get("field").cloned());
    let mut fields: Vec<String> = violations.into_iter().map(|violation| violation.field).collect();
    fields.extend(of_refusal);
    let mut places: Vec<_> = fields
        .iter()
        .filter_map(|field| supposed.places.get_key_value(field.as_str()))
        .map(|(field, (line, column))| (*line, *column, field.as_str()))
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// A figure, long ones cut.
fn shown(value: &str) -> String {
    value.parse().map_or_else(|_| value.to_owned(), |number| short(number, DECIMALS))
}

/// The difference of a figure, with its sign; empty where one of both is missing.
fn moved(figure: &Compared) -> String {
    let (Ok(before), Ok(after)) = (figure.before.parse::<Number>(), figure.after.parse::<Number>()) else {
        return String::new();
    };
    let moved = after - before;
    let sign = if moved > Number::ZERO { "+" } else { "" };
    format!("{sign}{}", short(moved, DECIMALS))
}
