//! An evaluation for people.

use jixiao_events::Number;

use super::difference::{Account, Explained};
use super::figure::{Beside, Figure, short};
use super::given::Points;
use super::report::{Grade, Kind, Named, Node, Report};
use crate::cli::evaluated;
use crate::compare::moment_words;
use crate::language::Language;
use crate::output::{Column, Table, WIDTH, width, wrap};
use crate::text::evaluation as text;
use crate::text::scheme as scheme_text;

/// The points of one who gave some to a node.
type GivenBy = fn(&Node) -> Option<&Points>;

/// Decimals of a rate. The rest is in the JSON.
const RATE: u32 = 3;

/// Decimals of points.
const POINTS: u32 = 4;

/// A report as lines of a terminal.
pub(super) fn lines(report: &Report, language: Language) -> Vec<String> {
    let show = Show { report, language };
    let mut lines = show.heading();
    if let Some(record) = &report.record {
        lines.extend(section(scheme_text::record(language)));
        lines.extend(record.lines(language));
    }
    lines.extend(section(text::money_in(language, language.pick(report.unit.zh(), report.unit.en()))));
    lines.extend(show.figures(&report.money));
    lines.extend(section(text::rates(language)));
    lines.extend(show.rates());
    lines.extend(section(text::counts(language)));
    lines.extend(show.figures(&report.counts));
    lines.extend(section(text::points(language)));
    lines.extend(show.points());
    lines.push(String::new());
    lines.extend(show.grades());
    if let Some(account) = &report.account {
        lines.extend(section(text::account(language)));
        lines.extend(show.account(account));
    }
    if !report.targets.is_empty() {
        lines.extend(section(text::targets(language)));
        lines.extend(show.targets());
    }
    lines.extend(show.stated());
    lines
}

/// A heading with a line under it.
fn section(title: String) -> Vec<String> {
    let line = "=".repeat(width(&title));
    vec![String::new(), title, line]
}

/// The name in a language.
fn name(names: &Named, language: Language) -> &str {
    match language {
        Language::English if !names.en.is_empty() => &names.en,
        _ => &names.zh,
    }
}

struct Show<'a> {
    report: &'a Report,
    language: Language,
}

impl Show<'_> {
    fn name<'n>(&self, names: &'n Named) -> &'n str {
        name(names, self.language)
    }

    /// A node's name by its path.
    fn node_name(&self, path: &str) -> String {
        if path == self.report.total.node {
            return text::total(self.language);
        }
        let node = self.report.nodes.iter().find(|node| node.node == path);
        node.map_or_else(|| path.to_owned(), |node| self.name(&node.names).to_owned())
    }

    /// Where something is stated: lines of a report in words, anything else as it is.
    fn place(&self, place: &str) -> String {
        match place.strip_prefix("line ") {
            Some(line) => text::report_line(self.language, line),
            None => place.to_owned(),
        }
    }

    fn heading(&self) -> Vec<String> {
        let (report, language) = (self.report, self.language);
        let mut lines = wrap(self.name(&report.names), WIDTH);
        let other = match language {
            Language::Chinese => &report.names.en,
            Language::English if report.names.en.is_empty() => "",
            Language::English => &report.names.zh,
        };
        if !other.is_empty() {
            lines.extend(wrap(other, WIDTH));
        }
        let fund = report.fund.strip_prefix("funds/").unwrap_or(&report.fund);
        let project = Some(report.project.clone()).filter(|project| !project.is_empty());
        let of = evaluated(fund, project.as_ref());
        let scheme = report.scheme.strip_prefix("schemes/").unwrap_or(&report.scheme);
        let mut agency = self.name(&report.agency).to_owned();
        if !report.department.is_empty() {
            agency = format!("{agency}{}{}", language.pick("，", ", "), report.department);
        }
        let closed = match report.year_closed_on.as_str() {
            "" => String::new(),
            on => text::closed(language, on),
        };
        let subject = match report.subject {
            "project" => text::of_project(language),
            "agency" => text::of_agency(language),
            _ => text::of_fund(language),
        };
        let parts = [of, subject, text::year(language, report.fiscal_year), closed, agency];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        lines.extend(wrap(&parts.join(" | "), WIDTH));
        lines.extend(wrap(&text::scheme(language, scheme, report.scheme_version), WIDTH));
        if !(report.as_of.is_empty() && report.known_at.is_empty()) {
            lines.extend(wrap(&moment_words(&report.as_of, &report.known_at, language), WIDTH));
        }
        lines
    }

    /// Money and counts: computed beside stated.
    fn figures(&self, figures: &[Figure]) -> Vec<String> {
        let language = self.language;
        let mut table = Table::new(&[Column::Text, Column::Figure, Column::Figure, Column::Text]).head([
            text::item(language),
            text::computed(language),
            text::stated(language),
            text::remark(language),
        ]);
        for figure in figures {
            let value = figure.value.map(|value| value.to_string()).unwrap_or_default();
            let remarks = figure
                .stated
                .iter()
                .filter(|beside| !beside.reproduced)
                .map(|beside| text::stated_at(language, with_percent(beside), self.place(&beside.place)));
            let remarks: Vec<String> = remarks.collect();
            table.row([
                self.label(figure),
                value,
                stated(&figure.stated),
                remarks.join(language.pick("；", "; ")),
            ]);
        }
        table.lines()
    }

    /// The rates by every definition, and which of them gives the stated one.
    fn rates(&self) -> Vec<String> {
        let language = self.language;
        let mut table = Table::new(&[Column::Text, Column::Figure, Column::Text]).head([
            text::item(language),
            text::computed(language),
            text::remark(language),
        ]);
        for figure in self.report.rates.iter().filter(|figure| figure.value.is_some()) {
            let value = figure.value.map(|value| short(value, RATE)).unwrap_or_default();
            let reproduced = figure.stated.iter().filter(|beside| beside.reproduced);
            let remarks: Vec<String> = reproduced
                .map(|beside| text::reproduces(language, with_percent(beside), self.place(&beside.place)))
                .collect();
            table.row([self.label(figure), value, remarks.join(language.pick("；", "; "))]);
        }
        let mut lines = table.lines();
        for beside in self.given_by_no_definition() {
            let said = text::no_definition(language, with_percent(beside), self.place(&beside.place));
            lines.extend(wrap(&said, WIDTH));
        }
        lines
    }

    /// The stated rates that no definition gives, each once.
    fn given_by_no_definition(&self) -> Vec<&Beside> {
        let rates = &self.report.rates;
        let is_given = |quantity: &str, place: &str, stated: &str| {
            rates.iter().filter(|figure| figure.quantity == quantity).any(|figure| {
                let same = |beside: &&Beside| beside.place == place && beside.stated == stated;
                figure.stated.iter().filter(same).any(|beside| beside.reproduced)
            })
        };
        let mut seen: Vec<&Beside> = Vec::new();
        for figure in rates {
            for beside in figure.stated.iter().filter(|beside| !beside.reproduced) {
                if !is_given(&figure.quantity, &beside.place, &beside.stated) && !seen.contains(&beside) {
                    seen.push(beside);
                }
            }
        }
        seen
    }

    /// What a figure is called.
    fn label(&self, figure: &Figure) -> String {
        let language = self.language;
        let named = match (figure.quantity.as_str(), figure.definition.unwrap_or_default()) {
            ("budget.original", _) => text::original,
            ("budget.adjustment_increase", _) => text::increase,
            ("budget.adjustment_decrease", _) => text::decrease,
            ("budget.adjusted", _) => text::adjusted,
            ("budget.received", _) => text::received,
            ("budget.expenditure", _) => text::paid,
            ("budget.refunded", _) => text::refunded,
            ("budget.unspent", _) => text::unspent,
            ("budget.unspent_explained", _) => text::unspent_explained,
            ("budget.adjustment_rate", "gross") => text::adjustment_gross,
            ("budget.adjustment_rate", "net") => text::adjustment_net,
            ("budget.adjustment_rate", "signed_net") => text::adjustment_signed_net,
            ("budget.adjustment_rate", _) => text::adjustment_cuts_only,
            ("budget.execution_rate", "original") => text::execution_original,
            ("budget.execution_rate", "received") => text::execution_received,
            ("budget.execution_rate", _) => text::execution_adjusted,
            ("projects.total", _) => text::projects,
            ("filings.contract_filing.not_filed", _) => text::contracts_not_filed,
            ("filings.acceptance.not_filed", _) => text::acceptances_not_filed,
            ("targets.total", _) => text::targets_all,
            ("targets.overall.total", _) => text::targets_overall,
            ("targets.detail.total", _) => text::targets_detail,
            (quantity, _) if quantity.rsplit('.').next() == Some("met") => text::met,
            (quantity, _) if quantity.rsplit('.').next() == Some("self_full") => text::self_full,
            (quantity, _) => return quantity.to_owned(),
        };
        named(language)
    }

    /// Groups and management indicators, self-scored, computed and stated.
    fn points(&self) -> Vec<String> {
        let language = self.language;
        let report = self.report;
        let given = self.given();
        let figures = 4 + given.len();
        let columns: Vec<Column> = [Column::Text, Column::Word]
            .into_iter()
            .chain(std::iter::repeat_n(Column::Figure, figures))
            .chain([Column::Text])
            .collect();
        let heads = [text::item(language), text::path(language), text::weight(language)];
        let heads = heads.into_iter().chain([text::self_score(language)]);
        let heads = heads.chain(given.iter().map(|(name, _)| name.clone()));
        let rest = [text::computed(language), text::stated(language), text::remark(language)];
        let mut table = Table::new(&columns).head(heads.chain(rest));
        for node in report.nodes.iter().chain([&report.total]) {
            let is_total = node.kind == Kind::Total;
            let label = if is_total { text::total(language) } else { self.name(&node.names).to_owned() };
            let last = node.node.rsplit('.').next().unwrap_or_default();
            let indent = "  ".repeat(node.depth);
            let besides: Vec<Beside> = node
                .stated
                .iter()
                .map(|stated| Beside {
                    stated: stated.stated.clone(),
                    unit: String::new(),
                    place: String::new(),
                    reproduced: false,
                })
                .collect();
            let row = [
                format!("{indent}{label}"),
                if is_total { String::new() } else { last.to_owned() },
                points(Some(node.weight)),
                points(node.self_score),
            ];
            let of_given = given.iter().map(|(_, of)| points(of(node).map(|given| given.score)));
            let rest = [points(node.score), stated(&besides), self.remark(node)];
            table.row(row.into_iter().chain(of_given).chain(rest));
        }
        table.lines()
    }

    /// Whose scores stand beside the computed ones: those who gave any.
    fn given(&self) -> Vec<(String, GivenBy)> {
        let (total, language) = (&self.report.total, self.language);
        let reviewer: GivenBy = |node| node.reviewer.as_ref();
        let finance: GivenBy = |node| node.finance.as_ref();
        [(scheme_text::by_reviewer(language), reviewer), (scheme_text::by_finance(language), finance)]
            .into_iter()
            .filter(|(_, of)| of(total).is_some())
            .collect()
    }

    fn remark(&self, node: &Node) -> String {
        let language = self.language;
        let mut remarks = Vec::new();
        if let (Kind::Targets, Some(count)) = (node.kind, node.indicators) {
            remarks.push(text::of_targets(language, count));
        }
        if let Some(unallocated) = node.unallocated.filter(|points| !points.is_zero()) {
            remarks.push(if unallocated < Number::ZERO {
                text::overallocated(language, -unallocated)
            } else {
                text::unallocated(language, unallocated)
            });
        }
        for stated in node.stated_weight.iter().filter(|stated| stated.value != Some(node.weight)) {
            remarks.push(text::stated_weight(language, &stated.stated));
        }
        match node.status.as_deref() {
            None | Some("scored" | "met" | "unmet") => {}
            Some(status) => remarks.push(said_status(status, self.language)),
        }
        if node.status.is_some() && node.self_score.is_some_and(|score| score > node.weight) {
            remarks.push(text::above_weight(language));
        }
        for (count, said) in [
            (node.self_missing, text::self_missing as fn(Language, u32) -> String),
            (node.not_scored, text::not_scored as fn(Language, u32) -> String),
        ] {
            // Said where the rows are, and of everything; the groups between would only repeat it.
            let count = count.filter(|count| *count > 0 && node.kind != Kind::Group);
            remarks.extend(count.map(|count| said(language, count)));
        }
        remarks.join(language.pick("；", "; "))
    }

    /// Totals on the scheme's full score, with what can be earned and the grade.
    fn grades(&self) -> Vec<String> {
        let (report, language) = (self.report, self.language);
        let full = points(Some(report.full));
        let reached = |grade: &Option<Grade>| match grade {
            Some(grade) => text::grade_reached(language, self.name(&grade.names), points(Some(grade.from))),
            None => text::grade_none(language),
        };
        let separator = language.pick("；", "; ");
        let filled =
            report.total.filled_weight.map(|filled| text::grade_filled(language, points(Some(filled))));
        let line = |which: String, score: Option<Number>, rest: Vec<String>| {
            let said = text::grade_line(language, which, points(score), &full);
            [vec![said], rest].concat().join(separator)
        };
        let computed = filled.iter().cloned().chain([reached(&report.grades.computed)]).collect();
        let mut lines = vec![
            line(text::by_computed(language), report.total.score, computed),
            line(
                text::by_self_scores(language),
                report.total.self_score,
                vec![reached(&report.grades.by_self_scores)],
            ),
        ];
        let grades = [&report.grades.reviewer, &report.grades.finance];
        for ((name, of), grade) in self.given().into_iter().zip(grades_of(&report.total, grades)) {
            let given = of(&report.total);
            let rest = match given.and_then(|given| given.missing).filter(|missing| *missing > 0) {
                Some(missing) => text::given_missing(language, missing),
                None => reached(grade),
            };
            lines.push(line(text::by_given(language, name), given.map(|given| given.score), vec![rest]));
        }
        for stated in &report.total.stated {
            let place = vec![self.place(&stated.place)];
            lines.push(line(text::by_report(language), stated.value, place));
        }
        lines.into_iter().flat_map(|line| wrap(&line, WIDTH)).collect()
    }

    /// Why the stated total is not the sum of its rows.
    fn account(&self, account: &Account) -> Vec<String> {
        let language = self.language;
        let mut table = Table::new(&[Column::Text, Column::Figure, Column::Figure, Column::Figure]).head([
            text::item(language),
            text::stated(language),
            text::rows(language),
            text::difference(language),
        ]);
        for group in &account.groups {
            table.row([
                self.node_name(&group.node),
                points(Some(group.stated)),
                points(Some(group.rows)),
                signed(group.difference),
            ]);
        }
        let groups_difference = account.groups_stated - account.rows_total;
        let rows = points(Some(account.rows_total));
        table.row([
            text::groups_sum(language),
            points(Some(account.groups_stated)),
            rows.clone(),
            signed(groups_difference),
        ]);
        table.row([
            text::stated_total(language),
            points(Some(account.stated_total)),
            rows,
            signed(account.difference),
        ]);
        let mut lines = table.lines();
        lines.push(String::new());
        let mut say = |said: String| lines.extend(wrap(&said, WIDTH));
        if !account.difference.is_zero() && !account.total_less_groups.is_zero() {
            let apart = account.total_less_groups;
            let said = points(Some(apart.abs()));
            say(if apart > Number::ZERO {
                text::above_groups(language, said)
            } else {
                text::below_groups(language, said)
            });
        }
        for gap in &account.unallocated {
            let parts: Vec<String> = gap.parts.iter().map(|part| points(Some(*part))).collect();
            let (name, weight, parts) =
                (self.node_name(&gap.node), points(Some(gap.weight)), parts.join(" + "));
            say(if gap.points < Number::ZERO {
                text::overfilled(language, name, weight, parts, points(Some(-gap.points)))
            } else {
                text::unfilled(language, name, weight, parts, points(Some(gap.points)))
            });
        }
        if !account.difference.is_zero() {
            let said = points(Some(account.difference.abs()));
            say(if account.difference > Number::ZERO {
                text::above_rows(language, said)
            } else {
                text::below_rows(language, said)
            });
        }
        say(match &account.explained_by {
            Explained::Nothing => text::no_difference(language),
            Explained::Groups => text::explained_by_groups(language),
            Explained::Node { node } => text::explained_by_node(language, self.node_name(node)),
            Explained::AllUnallocated => text::explained_by_all(language),
            Explained::Unknown => text::unexplained(language),
        });
        lines
    }

    fn targets(&self) -> Vec<String> {
        let language = self.language;
        let columns =
            [Column::Text, Column::Word, Column::Figure, Column::Figure, Column::Figure, Column::Text];
        let mut table = Table::new(&columns).head([
            text::item(language),
            text::path(language),
            text::weight(language),
            text::self_score(language),
            text::computed(language),
            text::status(language),
        ]);
        for target in &self.report.targets {
            let status =
                target.status.as_deref().map(|status| said_status(status, self.language)).unwrap_or_default();
            table.row([
                self.name(&target.names).to_owned(),
                target.node.clone(),
                points(Some(target.weight)),
                points(target.self_score),
                points(target.score),
                status,
            ]);
        }
        table.lines()
    }

    /// Stated figures that stand nowhere else.
    fn stated(&self) -> Vec<String> {
        let (report, language) = (self.report, self.language);
        let (title, figures) = if report.stated_figures.is_empty() {
            (text::differing(language), &report.differing)
        } else {
            (text::stated_figures(language), &report.stated_figures)
        };
        let mut lines = Vec::new();
        if !figures.is_empty() {
            let mut table = Table::new(&[Column::Text, Column::Figure, Column::Figure, Column::Text]).head([
                text::quantity(language),
                text::stated(language),
                text::computed(language),
                text::place(language),
            ]);
            for figure in figures {
                let computed = figure.computed.map(|computed| short(computed, RATE)).unwrap_or_default();
                let stated = format!("{}{}", figure.stated, figure.unit);
                table.row([figure.quantity.clone(), stated, computed, self.place(&figure.place)]);
            }
            lines.extend(section(title));
            lines.extend(table.lines());
        }
        if report.not_computed > 0 && report.stated_figures.is_empty() {
            lines.push(String::new());
            lines.extend(wrap(&text::not_computed(language, report.not_computed), WIDTH));
        }
        lines
    }
}

/// The status of an indicator in words.
pub(crate) fn said_status(status: &str, language: Language) -> String {
    let said = match status {
        "met" => text::met_status,
        "unmet" => text::unmet_status,
        "scored" => text::scored_status,
        "not_started" => text::not_started_status,
        "unit_mismatch" => text::unit_mismatch_status,
        "no_actual" => text::no_actual_status,
        "no_value" => text::no_value_status,
        "awaits_judgement" => text::awaits_judgement_status,
        "not_applicable" => text::not_applicable_status,
        other => return other.to_owned(),
    };
    said(language)
}

/// The grades of those who gave any points.
fn grades_of<'g>(total: &Node, [reviewer, finance]: [&'g Option<Grade>; 2]) -> Vec<&'g Option<Grade>> {
    let reviewer = total.reviewer.as_ref().map(|_| reviewer);
    let finance = total.finance.as_ref().map(|_| finance);
    reviewer.into_iter().chain(finance).collect()
}

/// Points for people; empty where there are none.
fn points(points: Option<Number>) -> String {
    points.map(|points| short(points, POINTS)).unwrap_or_default()
}

/// A difference with its sign.
fn signed(difference: Number) -> String {
    if difference > Number::ZERO {
        format!("+{}", short(difference, POINTS))
    } else {
        short(difference, POINTS)
    }
}

/// Stated figures in one cell: each different one once.
fn stated(besides: &[Beside]) -> String {
    let mut texts: Vec<&str> = Vec::new();
    for beside in besides {
        if !texts.contains(&beside.stated.as_str()) {
            texts.push(&beside.stated);
        }
    }
    texts.join("; ")
}

/// A percent sign stands at its figure; other units are in the heading.
fn with_percent(beside: &Beside) -> String {
    let sign = if beside.unit == "%" { "%" } else { "" };
    format!("{}{sign}", beside.stated)
}
