//! Findings for people.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::findings::Check;

use super::Listed;
use crate::language::Language;
use crate::output::{Column, Table, WIDTH, event_lines, row, seconds, width, wrap};
use crate::text::finding as text;

/// How far what belongs to a finding is indented.
const INDENT: &str = "    ";

/// The findings in lines of at most `limit` columns: a row of a table each, what it says below; then its figures and events
/// where all is asked for.
pub(super) fn lines(listed: &Listed, all: bool, limit: usize, language: Language) -> Vec<String> {
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
    let heads = [text::severity(language), text::check(language), text::subject(language)];
    let mut table = Table::new(&[Column::Word, Column::Word, Column::Text]).within(limit).head(heads);
    for finding in findings {
        let name = language.name(finding.subject_names.as_ref());
        let about = format!("{}  {name}", subject(fund, &finding.subject));
        let severity = severity(finding.severity(), language);
        table.row([severity, finding.code.clone(), about.trim_end().to_owned()]);
    }
    let mut blocks = table.blocks();
    lines.extend(blocks.next().into_iter().flatten());
    for (block, finding) in blocks.zip(findings) {
        lines.extend(block);
        lines.extend(wrap(&format!("{INDENT}{}", language.name(finding.message.as_ref())), limit));
        lines.extend(answer(finding.answer.as_ref(), limit, language));
        if all {
            lines.extend(detail(finding, limit, language));
        }
    }
    lines
}

/// What whoever is responsible says to it.
fn answer(answer: Option<&pb::FindingAnswer>, limit: usize, language: Language) -> Vec<String> {
    answer
        .map(|answer| wrap(&format!("{INDENT}{}", crate::answer::line(answer, language)), limit))
        .unwrap_or_default()
}

/// A finding's figures, what would explain their difference, its id and its events.
fn detail(finding: &pb::Finding, limit: usize, language: Language) -> Vec<String> {
    let figures = finding.figures.iter().map(|figure| match figure.unit.as_str() {
        "" => format!("{}={}", figure.name, figure.value),
        "%" => format!("{}={}%", figure.name, figure.value),
        unit => format!("{}={} {unit}", figure.name, figure.value),
    });
    let figures = format!("{INDENT}{}: {}", text::figures(language), figures.collect::<Vec<_>>().join("; "));
    let mut lines = wrap(&figures, limit);
    let (fit, tried) = (finding.hypotheses_fit, finding.hypotheses_tried);
    for said in hypotheses(&finding.hypotheses, fit, tried, language) {
        lines.extend(wrap(&format!("{INDENT}{said}"), limit));
    }
    let name = finding.name.rsplit('/').next().unwrap_or_default();
    lines.push(format!("{INDENT}{}: {name}", text::finding(language)));
    let events = event_lines(&finding.events, false, limit.saturating_sub(INDENT.len()), language);
    lines.extend(events.into_iter().map(|line| format!("{INDENT}{line}")));
    let hidden = finding.event_count.saturating_sub(finding.events.len() as u64);
    if hidden > 0 {
        lines.push(format!("{INDENT}{}", text::more(language, hidden)));
    }
    lines.push(String::new());
    lines
}

/// What would explain a difference, a text each, with how many fit of how many.
pub(crate) fn hypotheses(
    found: &[pb::Hypothesis],
    fit: u32,
    tried: u32,
    language: Language,
) -> impl Iterator<Item = String> {
    found.iter().map(move |one| text::hypothesis(language, language.name(one.message.as_ref()), fit, tried))
}

/// The columns of changes before what each is about. Their widths are fixed: changes are shown as they come.
const COLUMNS: [(Column, usize); 4] =
    [(Column::Word, 19), (Column::Word, 7), (Column::Word, 8), (Column::Word, 31)];

/// The head of a list of changes.
pub(super) fn heads(limit: usize, language: Language) -> Vec<String> {
    let heads =
        [text::recorded(language), text::what(language), text::severity(language), text::check(language)];
    let mut lines = beside(&heads, &text::subject(language), limit);
    lines.push("-".repeat(WIDTH.min(limit)));
    lines
}

/// The columns, and what a change is about beside them; below them where it is too long.
fn beside(cells: &[String; 4], about: &str, limit: usize) -> Vec<String> {
    let mut lines: Vec<String> = row(cells, &COLUMNS).lines().map(str::to_owned).collect();
    let columns: usize = COLUMNS.iter().map(|(_, width)| width + 2).sum();
    match lines.first_mut() {
        Some(first) if columns + width(about) <= limit => {
            first.push_str(&" ".repeat(columns.saturating_sub(width(first))));
            first.push_str(about);
        }
        _ => lines.extend(wrap(&format!("{INDENT}{about}"), limit)),
    }
    lines
}

/// Something that happened to a finding: a row, then in lines of at most `limit` columns what it says, and why it came to be.
pub(super) fn change(
    fund: &str,
    change: &pb::FindingChange,
    all: bool,
    limit: usize,
    language: Language,
) -> Vec<String> {
    let Some(finding) = &change.finding else { return Vec::new() };
    let what = match change.kind() {
        pb::FindingChangeKind::Raised => text::raised(language),
        pb::FindingChangeKind::Revised => text::revised(language),
        pb::FindingChangeKind::Cleared => text::cleared(language),
        pb::FindingChangeKind::Answered => text::answered(language),
        pb::FindingChangeKind::Unspecified => text::not_given(language),
    };
    let cells =
        [seconds(&change.recorded_time), what, severity(finding.severity(), language), finding.code.clone()];
    let mut lines = beside(&cells, subject(fund, &finding.subject), limit);
    lines.extend(wrap(&format!("{INDENT}{}", language.name(finding.message.as_ref())), limit));
    lines.extend(answer(change.answer.as_ref(), limit, language));
    let because = match (change.cause(), &change.source) {
        // The answer says all that there is to say.
        (pb::CauseKind::Answered, _) => String::new(),
        (pb::CauseKind::Opened, _) => text::by_opening(language),
        (pb::CauseKind::Judged, _) => text::by_judgement(language),
        (pb::CauseKind::Stated, _) => text::by_statement(language),
        (pb::CauseKind::Date, _) => text::by_date(language),
        (pb::CauseKind::Voided, _) => text::by_voiding(language),
        (_, Some(event)) => text::by_event(language, &event.log, &event.r#type, &event.id),
        (_, None) => text::not_given(language),
    };
    if !because.is_empty() {
        lines.extend(wrap(&format!("{INDENT}{}: {because}", text::because(language)), limit));
    }
    if all {
        lines.extend(detail(finding, limit, language));
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

pub(crate) fn severity(severity: pb::Severity, language: Language) -> String {
    match severity {
        pb::Severity::Error => text::of_error(language),
        pb::Severity::Warning => text::of_warning(language),
        pb::Severity::Notice => text::of_notice(language),
        pb::Severity::Unspecified => text::not_given(language),
    }
}

/// What a finding is about, as it may be given back to `--subject`.
pub(crate) fn subject<'a>(fund: &str, name: &'a str) -> &'a str {
    let below = name.strip_prefix("funds/").and_then(|rest| rest.strip_prefix(fund));
    match below {
        Some("") => "fund",
        Some(below) => below.strip_prefix('/').unwrap_or(name),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use jixiao_proto::jixiao::types::v1::Names;

    use super::*;

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

    fn named(zh: &str) -> Names {
        Names { zh: zh.to_owned(), en: String::new() }
    }

    fn listed(message: &str) -> Listed {
        let finding = |severity: pb::Severity, code: &str, subject: &str, name: &str| pb::Finding {
            code: code.to_owned(),
            severity: severity.into(),
            subject: format!("funds/a/{subject}"),
            subject_names: Some(named(name)),
            message: Some(named(message)),
            ..Default::default()
        };
        Listed {
            fund: "a".to_owned(),
            counts: super::super::Counts { error: 1, warning: 1, notice: 0 },
            findings: vec![
                finding(pb::Severity::Error, "met_not_full", "targets/d15", "有效网评数据的抓取和分析数"),
                finding(pb::Severity::Warning, "adjustment_without_approver", "entries/decrease", ""),
            ],
            position: String::new(),
            is_filtered: false,
        }
    }

    #[test]
    fn a_finding_is_a_row_with_its_message_below() {
        assert_eq!(
            lines(&listed("实际 205 家，自评 0 分"), false, usize::MAX, Language::Chinese)[3..],
            [
                "程度  规则                         对象",
                "--------------------------------------------------------------------------",
                "错误  met_not_full                 targets/d15  有效网评数据的抓取和分析数",
                "    实际 205 家，自评 0 分",
                "警告  adjustment_without_approver  entries/decrease",
                "    实际 205 家，自评 0 分",
            ]
        );
    }

    #[test]
    fn a_terminal_wraps_it_and_a_pipe_does_not() {
        let long = "目标值不小于二百家而实际达到二百零五家，".repeat(10);
        for columns in [60, 80, 120] {
            let shown = lines(&listed(&long), true, columns, Language::Chinese);
            assert!(shown.iter().all(|line| width(line) <= columns), "{columns}: {shown:#?}");
            assert!(shown.iter().any(|line| width(line) > columns - 4), "{columns}: {shown:#?}");
        }
        let piped = lines(&listed(&long), false, usize::MAX, Language::Chinese);
        assert_eq!(piped.iter().filter(|line| line.ends_with(&long)).count(), 2);
    }

    #[test]
    fn changes_and_checks_fit_the_terminal() {
        let finding = pb::Finding {
            code: "money_unspent_explained_in_part".to_owned(),
            subject: "funds/a/projects/a-project-whose-id-is-longer-than-its-column".to_owned(),
            message: Some(named(&"很长".repeat(80))),
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
            for limit in [80, 120] {
                let shown = heads(limit, language).into_iter();
                for line in shown.chain(change("a", &changed, true, limit, language)) {
                    assert!(width(&line) <= limit, "{line}");
                }
            }
            for line in jixiao_scoring::findings::CHECKS.iter().flat_map(|of| check(of, language)) {
                assert!(width(&line) <= WIDTH, "{line}");
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
