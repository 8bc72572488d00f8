//! Findings for people.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::findings::Check;

use super::Listed;
use crate::language::Language;
use crate::output::{Column, Table, WIDTH, row, wrap};
use crate::text::finding as text;

/// How far what belongs to a finding is indented.
const INDENT: &str = "    ";

/// The findings as a table; below each its figures and events where all is asked for.
pub(super) fn lines(listed: &Listed, all: bool, language: Language) -> Vec<String> {
    let Listed { fund, counts, findings, .. } = listed;
    let mut lines = vec![text::title(language, fund)];
    if findings.is_empty() {
        lines.push(if listed.is_filtered { text::none_of_these(language) } else { text::none(language) });
        return lines;
    }
    lines.push(text::counts(language, counts.error, counts.warning, counts.notice));
    if (findings.len() as u64) < counts.all() {
        lines.push(text::shown_of(language, findings.len(), counts.all()));
    }
    lines.push(String::new());
    let columns = [Column::Word, Column::Word, Column::Text, Column::Text];
    let heads =
        [text::severity(language), text::check(language), text::subject(language), text::message(language)];
    let mut table = Table::new(&columns).head(heads);
    for finding in findings {
        table.row([
            severity(finding.severity(), language),
            finding.code.clone(),
            subject(fund, &finding.subject).to_owned(),
            language.name(finding.message.as_ref()),
        ]);
    }
    if !all {
        lines.extend(table.lines());
        return lines;
    }
    let mut blocks = table.blocks();
    lines.extend(blocks.next().into_iter().flatten());
    for (block, finding) in blocks.zip(findings) {
        lines.extend(block);
        lines.extend(detail(finding, language));
    }
    lines
}

/// A finding's id, figures and events.
fn detail(finding: &pb::Finding, language: Language) -> Vec<String> {
    let figures = finding.figures.iter().map(|figure| match figure.unit.as_str() {
        "" => format!("{}={}", figure.name, figure.value),
        "%" => format!("{}={}%", figure.name, figure.value),
        unit => format!("{}={} {unit}", figure.name, figure.value),
    });
    let figures = format!("{INDENT}{}: {}", text::figures(language), figures.collect::<Vec<_>>().join("; "));
    let mut lines = wrap(&figures, WIDTH);
    for fits in &finding.hypotheses {
        let said = language.name(fits.message.as_ref());
        let said = text::hypothesis(language, said, finding.hypotheses_fit, finding.hypotheses_tried);
        lines.extend(wrap(&format!("{INDENT}{said}"), WIDTH));
    }
    let mut table = Table::new(&[Column::Word, Column::Word, Column::Text, Column::Word, Column::Text]);
    let name = finding.name.rsplit('/').next().unwrap_or_default();
    lines.push(format!("{INDENT}{}: {name}", text::finding(language)));
    for event in &finding.events {
        let cells = [&event.log, &event.id, &event.r#type, &event.effective, &event.actor];
        table.row(cells.into_iter().enumerate().map(|(at, cell)| match at {
            0 => format!("{INDENT}{cell}"),
            _ => cell.clone(),
        }));
    }
    lines.extend(table.lines());
    let hidden = finding.event_count.saturating_sub(finding.events.len() as u64);
    if hidden > 0 {
        lines.push(format!("{INDENT}{}", text::more(language, hidden)));
    }
    lines.push(String::new());
    lines
}

/// The columns of changes. Their widths are fixed: changes are shown as they come.
const COLUMNS: [(Column, usize); 5] =
    [(Column::Word, 19), (Column::Word, 7), (Column::Word, 8), (Column::Text, 31), (Column::Text, 27)];

/// The head of a list of changes.
pub(super) fn heads(language: Language) -> [String; 2] {
    let heads = [
        text::recorded(language),
        text::what(language),
        text::severity(language),
        text::check(language),
        text::subject(language),
    ];
    [row(&heads, &COLUMNS), "-".repeat(WIDTH)]
}

/// Something that happened to a finding: a row, what it says, and why it came to be.
pub(super) fn change(fund: &str, change: &pb::FindingChange, all: bool, language: Language) -> Vec<String> {
    let Some(finding) = &change.finding else { return Vec::new() };
    let what = match change.kind() {
        pb::FindingChangeKind::Raised => text::raised(language),
        pb::FindingChangeKind::Revised => text::revised(language),
        pb::FindingChangeKind::Cleared => text::cleared(language),
        pb::FindingChangeKind::Unspecified => text::not_given(language),
    };
    // Seconds will do for people; the date and time without their T and Z.
    let recorded = change.recorded_time.chars().take(19).collect::<String>().replace('T', " ");
    let cells = [
        recorded,
        what,
        severity(finding.severity(), language),
        finding.code.clone(),
        subject(fund, &finding.subject).to_owned(),
    ];
    let mut lines = vec![row(&cells, &COLUMNS)];
    lines.extend(wrap(&format!("{INDENT}{}", language.name(finding.message.as_ref())), WIDTH));
    let because = match (change.cause(), &change.source) {
        (pb::CauseKind::Opened, _) => text::by_opening(language),
        (pb::CauseKind::Judged, _) => text::by_judgement(language),
        (pb::CauseKind::Stated, _) => text::by_statement(language),
        (pb::CauseKind::Voided, _) => text::by_voiding(language),
        (_, Some(event)) => text::by_event(language, &event.log, &event.r#type, &event.id),
        (_, None) => text::not_given(language),
    };
    lines.extend(wrap(&format!("{INDENT}{}: {because}", text::because(language)), WIDTH));
    if all {
        lines.extend(detail(finding, language));
    }
    lines
}

/// What a check looks for.
pub(super) fn check(check: &Check, language: Language) -> Vec<String> {
    let said = |text: jixiao_scoring::findings::Text| language.pick(text.zh, text.en).to_owned();
    let weighs = match check.severity {
        jixiao_events::finding::Severity::Error => pb::Severity::Error,
        jixiao_events::finding::Severity::Warning => pb::Severity::Warning,
        jixiao_events::finding::Severity::Notice => pb::Severity::Notice,
    };
    let mut table = Table::new(&[Column::Word, Column::Text]);
    table.row([text::severity(language), severity(weighs, language)]);
    table.row([text::rule(language), said(check.rule)]);
    table.row([text::example(language), said(check.example)]);
    let head = [format!("{}  {}", check.code, said(check.title)), String::new()];
    head.into_iter().chain(table.lines()).collect()
}

fn severity(severity: pb::Severity, language: Language) -> String {
    match severity {
        pb::Severity::Error => text::of_error(language),
        pb::Severity::Warning => text::of_warning(language),
        pb::Severity::Notice => text::of_notice(language),
        pb::Severity::Unspecified => text::not_given(language),
    }
}

/// What a finding is about, as it may be given back to `--subject`.
fn subject<'a>(fund: &str, name: &'a str) -> &'a str {
    let below = name.strip_prefix("funds/").and_then(|rest| rest.strip_prefix(fund));
    match below {
        Some("") => "fund",
        Some(below) => below.strip_prefix('/').unwrap_or(name),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::width;

    #[test]
    fn a_subject_is_told_below_its_fund() {
        for (name, told) in [
            ("funds/a", "fund"),
            ("funds/a/targets/d2", "targets/d2"),
            ("funds/ab/targets/d2", "funds/ab/targets/d2"),
        ] {
            assert_eq!(subject("a", name), told);
        }
    }

    #[test]
    fn changes_and_checks_fit_the_terminal() {
        let finding = pb::Finding {
            code: "money_unspent_explained_in_part".to_owned(),
            subject: "funds/a/projects/a-project-whose-id-is-longer-than-its-column".to_owned(),
            message: Some(jixiao_proto::jixiao::types::v1::Names {
                zh: "很长".repeat(80),
                en: String::new(),
            }),
            figures: vec![pb::FindingFigure {
                name: "value".into(),
                value: "1 2 ".repeat(60),
                unit: "%".into(),
            }],
            ..Default::default()
        };
        let changed = pb::FindingChange {
            recorded_time: "2026-11-24T10:00:00.000000Z".to_owned(),
            kind: pb::FindingChangeKind::Raised.into(),
            finding: Some(finding),
            cause: pb::CauseKind::Voided.into(),
            ..Default::default()
        };
        for language in [Language::Chinese, Language::English] {
            let mut lines = heads(language).to_vec();
            lines.extend(change("a", &changed, true, language));
            lines.extend(jixiao_scoring::findings::CHECKS.iter().flat_map(|of| check(of, language)));
            for line in lines.iter().flat_map(|line| line.lines()) {
                assert!(width(line) <= WIDTH, "{line}");
            }
        }
    }

    #[test]
    fn a_column_holds_every_code() {
        for check in jixiao_scoring::findings::CHECKS {
            assert!(check.code.len() <= COLUMNS[3].1, "{}", check.code);
        }
    }
}
