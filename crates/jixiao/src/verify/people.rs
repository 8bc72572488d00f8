//! A verification for people: what is wrong first, with its proof.

use jixiao_events::Number;
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::claim;
use crate::evaluate::figure::short;
use crate::import::ClaimsFile;
use crate::language::Language;
use crate::output::{Column, Table, WIDTH, wrap};
use crate::text::verify as text;

/// Decimals that a long value is shown with.
const DECIMALS: u32 = 4;

/// The most events that are shown of one reading; `--format json` has more.
const EVENTS: usize = 3;

/// The answer as lines.
pub(super) fn lines(
    answer: &pb::VerifyClaimsResponse,
    file: Option<&ClaimsFile>,
    language: Language,
) -> Vec<String> {
    let show = Show { answer, language };
    let mut lines = Vec::new();
    let mut section = |title: String, body: Vec<String>| {
        if !body.is_empty() {
            lines.extend([title, String::new()]);
            lines.extend(body);
            lines.push(String::new());
        }
    };
    section(text::mismatches(language), show.accused(pb::ClaimOutcome::Mismatch));
    section(text::truncated(language), show.accused(pb::ClaimOutcome::Truncated));
    section(text::disagreeing(language), show.relations(pb::RelationOutcome::Disagrees));
    section(text::open_parts(language), show.relations(pb::RelationOutcome::PartNotStated));
    section(text::matches(language), show.table(pb::ClaimOutcome::Match));
    section(text::not_computable(language), show.table(pb::ClaimOutcome::NotComputable));
    if let Some(ClaimsFile { other_funds, without_fund, .. }) = file
        && other_funds + without_fund > 0
    {
        lines.extend(wrap(&text::left_out(language, other_funds, without_fund), WIDTH));
    }
    if answer.claims.is_empty() {
        lines.extend(wrap(&text::nothing(language), WIDTH));
        return lines;
    }
    let counts = answer.counts.unwrap_or_default();
    let (matched, open) = (counts.r#match, counts.not_computable);
    lines.extend(wrap(&text::summary(language, matched, counts.truncated, counts.mismatch, open), WIDTH));
    let said = text::relations(language, counts.agrees, counts.disagrees, counts.part_not_stated);
    lines.extend(wrap(&said, WIDTH));
    lines
}

struct Show<'a> {
    answer: &'a pb::VerifyClaimsResponse,
    language: Language,
}

impl Show<'_> {
    fn results(&self, outcome: pb::ClaimOutcome) -> impl Iterator<Item = (&pb::Claim, &pb::ClaimResult)> {
        let of_outcome = self.answer.results.iter().filter(move |result| result.outcome() == outcome);
        of_outcome.filter_map(|result| Some((claim(self.answer, result.claim)?, result)))
    }

    /// Claims that are wrong: each with the right figure by every reading, and the events behind it.
    fn accused(&self, outcome: pb::ClaimOutcome) -> Vec<String> {
        let mut lines = Vec::new();
        for (claim, result) in self.results(outcome) {
            let place = self.place(&claim.place);
            let head = [place, claim.quantity.clone(), figure(claim)];
            let head: Vec<_> = head.into_iter().filter(|part| !part.is_empty()).collect();
            lines.extend(wrap(&head.join("  "), WIDTH));
            for reading in &result.readings {
                let said = format!("{} {}", text::right(self.language), self.reading(reading));
                lines.extend(indented(&said, 2));
                lines.extend(self.events(reading));
            }
        }
        lines
    }

    /// One reading: what it would be, from what.
    fn reading(&self, reading: &pb::ClaimReading) -> String {
        let language = self.language;
        if !reading.missing.is_empty() {
            let missing = self.missing(reading);
            return if reading.name.is_empty() { missing } else { format!("{}: {missing}", reading.name) };
        }
        let mut from = Vec::new();
        if !reading.denominator.is_empty() {
            let value = cut(&reading.value);
            from.push(format!("{} / {} = {value}", reading.numerator, reading.denominator));
        } else if reading.value != reading.rounded {
            from.push(cut(&reading.value));
        }
        if reading.incomplete > 0 {
            from.push(text::incomplete(language, reading.incomplete));
        }
        let (from, rounded) = (from.join(language.pick("；", "; ")), &reading.rounded);
        let figure = if from.is_empty() { rounded.clone() } else { self.with(rounded, &from) };
        if reading.name.is_empty() { figure } else { format!("{}: {figure}", reading.name) }
    }

    /// A text and what is said of it in brackets.
    fn with(&self, text: &str, more: &str) -> String {
        self.language.pick(format!("{text}（{more}）"), format!("{text} ({more})"))
    }

    fn events(&self, reading: &pb::ClaimReading) -> Vec<String> {
        if reading.event_count == 0 {
            return Vec::new();
        }
        let mut lines = indented(&text::events(self.language, reading.event_count), 4);
        let shown = reading.events.iter().take(EVENTS);
        let line = |event: &pb::EventRef| {
            let parts =
                [event.log.as_str(), event.r#type.as_str(), event.effective.as_str(), event.id.as_str()];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            indented(&parts.join(" "), 6)
        };
        lines.extend(shown.flat_map(line));
        let shown = u64::try_from(reading.events.len().min(EVENTS)).unwrap_or(u64::MAX);
        if reading.event_count > shown {
            lines.extend(indented(&text::more_events(self.language, reading.event_count - shown), 6));
        }
        lines
    }

    fn missing(&self, reading: &pb::ClaimReading) -> String {
        let names = reading.missing_text.clone().unwrap_or_default();
        self.language.pick(names.zh, names.en)
    }

    fn relations(&self, outcome: pb::RelationOutcome) -> Vec<String> {
        let of_outcome = self.answer.relations.iter().filter(|relation| relation.outcome() == outcome);
        of_outcome.flat_map(|relation| indented(&self.relation(relation), 2)).collect()
    }

    fn relation(&self, relation: &pb::ClaimRelation) -> String {
        let language = self.language;
        let stated = |at: u32| {
            claim(self.answer, at).map(|claim| {
                let figure = figure(claim);
                if claim.place.is_empty() { figure } else { self.with(&figure, &self.place(&claim.place)) }
            })
        };
        let of_claims: Vec<String> = relation.claims.iter().filter_map(|at| stated(*at)).collect();
        let joined = of_claims.join(language.pick("；", "; "));
        if relation.kind() == pb::RelationKind::Same {
            return text::same(language, &relation.quantity, joined);
        }
        let mut sum = String::new();
        let mut open = Vec::new();
        for term in &relation.terms {
            let Some(claim) = term.claim.and_then(|at| claim(self.answer, at)) else {
                open.push(if term.would_be.is_empty() {
                    text::unstated(language, &term.quantity)
                } else {
                    text::part(language, &term.quantity, &term.would_be)
                });
                continue;
            };
            let sign = match term.role() {
                pb::TermRole::Minus => " − ",
                pb::TermRole::Denominator => " / ",
                _ if sum.is_empty() => "",
                _ => " + ",
            };
            sum.push_str(sign);
            sum.push_str(&figure(claim));
        }
        let subject = format!("{} {joined}", relation.quantity);
        let expected = cut(&relation.expected);
        let mut said = format!("{subject}{}{sum} = {expected}", language.pick("：", ": "));
        open.extend(relation.reproduced_by.iter().map(|candidate| {
            let figure = format!("{} {}", candidate.quantity, candidate.value);
            let place =
                candidate.claim.and_then(|at| claim(self.answer, at)).map(|claim| self.place(&claim.place));
            let figure = match place {
                Some(place) => self.with(&figure, &place),
                None => text::computed(language, figure),
            };
            text::reproduced(language, figure)
        }));
        for part in open {
            said.push_str(language.pick("；", "; "));
            said.push_str(&part);
        }
        said
    }

    fn table(&self, outcome: pb::ClaimOutcome) -> Vec<String> {
        let language = self.language;
        let is_match = outcome == pb::ClaimOutcome::Match;
        let last = if is_match { text::reading(language) } else { text::missing(language) };
        let head = [text::place(language), text::quantity(language), text::stated(language), last];
        let columns = [Column::Text, Column::Text, Column::Figure, Column::Text];
        let mut table = Table::new(&columns).head(head);
        for (claim, result) in self.results(outcome) {
            let gives = |reading: &&pb::ClaimReading| reading.fit() == pb::ClaimFit::Rounds;
            let last: Vec<String> = if is_match {
                result.readings.iter().filter(gives).map(|reading| reading.name.clone()).collect()
            } else {
                result.readings.iter().map(|reading| self.reading(reading)).collect()
            };
            let last = last.join(language.pick("、", ", "));
            table.row([self.place(&claim.place), claim.quantity.clone(), figure(claim), last]);
        }
        if table.is_empty() { Vec::new() } else { table.lines() }
    }

    fn place(&self, place: &str) -> String {
        match place.strip_prefix("line ") {
            Some(line) => text::line(self.language, line),
            None => place.to_owned(),
        }
    }
}

/// A figure as written, with its unit.
fn figure(claim: &pb::Claim) -> String {
    let unit = if claim.stated.ends_with(&claim.unit) { "" } else { claim.unit.as_str() };
    format!("{}{unit}", claim.stated)
}

/// A long value cut for people, and marked.
fn cut(value: &str) -> String {
    value.parse::<Number>().map_or_else(|_| value.to_owned(), |value| short(value, DECIMALS))
}

/// A text as lines that begin with so many spaces.
fn indented(text: &str, spaces: usize) -> Vec<String> {
    let indent = " ".repeat(spaces);
    wrap(text, WIDTH - spaces).into_iter().map(|line| format!("{indent}{line}")).collect()
}
