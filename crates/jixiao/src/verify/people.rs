//! A verification for people: what is wrong first, with its proof.

use jixiao_events::{FundId, Number};
use jixiao_proto::jixiao::scoring::v1 as pb;

use super::claim;
use crate::evaluate::figure::short;
use crate::findings::hypotheses;
use crate::import::ClaimsFile;
use crate::language::Language;
use crate::output::{Column, Table, event_lines, wrap};
use crate::text::verify as text;

/// Decimals that a long value is shown with.
const DECIMALS: u32 = 4;

/// The most events that are shown of one reading; `--format json` has more.
const EVENTS: usize = 3;

/// The answer in lines of at most `limit` columns.
pub(super) fn lines(
    answer: &pb::VerifyClaimsResponse,
    file: Option<&ClaimsFile>,
    limit: usize,
    language: Language,
) -> Vec<String> {
    let show = Show { answer, limit, language };
    let mut lines = Vec::new();
    let mut section = |title: String, body: Vec<String>| {
        if !body.is_empty() {
            lines.extend([title, String::new()]);
            lines.extend(body);
            lines.push(String::new());
        }
    };
    section(text::mismatches(language), show.accused(pb::ClaimOutcome::Mismatch, EVENTS).flatten().collect());
    section(text::truncated(language), show.accused(pb::ClaimOutcome::Truncated, EVENTS).flatten().collect());
    section(text::disagreeing(language), show.relations(pb::RelationOutcome::Disagrees).flatten().collect());
    section(
        text::open_parts(language),
        show.relations(pb::RelationOutcome::PartNotStated).flatten().collect(),
    );
    section(text::matches(language), show.table(pb::ClaimOutcome::Match));
    section(text::not_computable(language), show.table(pb::ClaimOutcome::NotComputable));
    if let Some(ClaimsFile { other_funds, without_fund, .. }) = file
        && other_funds + without_fund > 0
    {
        lines.extend(wrap(&text::left_out(language, other_funds, without_fund), limit));
    }
    if answer.claims.is_empty() {
        lines.extend(wrap(&text::nothing(language), limit));
        return lines;
    }
    lines.extend(show.summary());
    lines
}

/// The summary first, then up to `most` mismatches and as many relations that do not hold.
pub(super) fn brief(
    fund: &FundId,
    answer: &pb::VerifyClaimsResponse,
    most: usize,
    limit: usize,
    language: Language,
) -> Vec<String> {
    let show = Show { answer, limit, language };
    let mut lines = vec![text::title(language, fund)];
    lines.extend(show.summary());
    let mut section = |title: String, blocks: Vec<Vec<String>>| {
        if !blocks.is_empty() {
            lines.extend([String::new(), title, String::new()]);
            let hidden = blocks.len().saturating_sub(most);
            lines.extend(blocks.into_iter().take(most).flatten());
            if hidden > 0 {
                lines.extend(show.indented(&text::more(language, hidden), 2));
            }
        }
    };
    let accused = show.accused(pb::ClaimOutcome::Mismatch, 0);
    section(text::mismatches(language), accused.collect());
    section(text::disagreeing(language), show.relations(pb::RelationOutcome::Disagrees).collect());
    lines
}

struct Show<'a> {
    answer: &'a pb::VerifyClaimsResponse,
    limit: usize,
    language: Language,
}

impl Show<'_> {
    /// How many claims came to what, and how many relations hold.
    fn summary(&self) -> Vec<String> {
        let counts = self.answer.counts.unwrap_or_default();
        let (matched, open) = (counts.r#match, counts.not_computable);
        let claims = text::summary(self.language, matched, counts.truncated, counts.mismatch, open);
        let (agree, disagree, open) = (counts.agrees, counts.disagrees, counts.part_not_stated);
        let relations = text::relations(self.language, agree, disagree, open);
        [claims, relations].iter().flat_map(|said| wrap(said, self.limit)).collect()
    }

    /// A text as lines that begin with so many spaces.
    fn indented(&self, text: &str, spaces: usize) -> Vec<String> {
        wrap(&format!("{}{text}", " ".repeat(spaces)), self.limit)
    }

    fn results(&self, outcome: pb::ClaimOutcome) -> impl Iterator<Item = (&pb::Claim, &pb::ClaimResult)> {
        let of_outcome = self.answer.results.iter().filter(move |result| result.outcome() == outcome);
        of_outcome.filter_map(|result| Some((claim(self.answer, result.claim)?, result)))
    }

    /// Claims that are wrong: each with the right figure by every reading, and up to so many of the events behind it.
    fn accused(&self, outcome: pb::ClaimOutcome, events: usize) -> impl Iterator<Item = Vec<String>> {
        self.results(outcome).map(move |(claim, result)| {
            let name = self.language.name(result.quantity_names.as_ref()).clone();
            let head = [self.place(&claim.place), claim.quantity.clone(), figure(claim), name];
            let head: Vec<_> = head.into_iter().filter(|part| !part.is_empty()).collect();
            let mut lines = wrap(&head.join("  "), self.limit);
            for reading in &result.readings {
                let said = self.reading(reading, &format!("{} ", text::right(self.language)));
                lines.extend(self.indented(&said, 2));
                lines.extend(self.events(reading, events));
            }
            let (fit, tried) = (result.hypotheses_fit, result.hypotheses_tried);
            lines.extend(self.hypotheses(&result.hypotheses, fit, tried));
            lines
        })
    }

    /// One reading: what it is by it, from what, after some words; else what is missing for it.
    fn reading(&self, reading: &pb::ClaimReading, words: &str) -> String {
        let said = if reading.missing.is_empty() {
            format!("{words}{}", self.computed(reading))
        } else {
            self.missing(reading)
        };
        if reading.name.is_empty() { said } else { format!("{}: {said}", reading.name) }
    }

    /// A figure, rounded as the claim is, and from what.
    fn computed(&self, reading: &pb::ClaimReading) -> String {
        let mut from = Vec::new();
        if !reading.denominator.is_empty() {
            let value = cut(&reading.value);
            from.push(format!("{} / {} = {value}", reading.numerator, reading.denominator));
        } else if reading.value != reading.rounded {
            from.push(cut(&reading.value));
        }
        if reading.incomplete > 0 {
            from.push(text::incomplete(self.language, reading.incomplete));
        }
        let from = from.join(self.language.pick("；", "; "));
        if from.is_empty() { reading.rounded.clone() } else { self.with(&reading.rounded, &from) }
    }

    /// A text and what is said of it in brackets.
    fn with(&self, text: &str, more: &str) -> String {
        self.language.pick(format!("{text}（{more}）"), format!("{text} ({more})"))
    }

    fn events(&self, reading: &pb::ClaimReading, most: usize) -> Vec<String> {
        if reading.event_count == 0 || most == 0 {
            return Vec::new();
        }
        let mut lines = self.indented(&text::events(self.language, reading.event_count), 4);
        let shown = reading.events.len().min(most);
        let events =
            event_lines(reading.events.iter().take(most), false, self.limit.saturating_sub(6), self.language);
        lines.extend(events.into_iter().map(|line| format!("      {line}")));
        let hidden = reading.event_count.saturating_sub(u64::try_from(shown).unwrap_or(u64::MAX));
        if hidden > 0 {
            lines.extend(self.indented(&text::more_events(self.language, hidden), 6));
        }
        lines
    }

    fn missing(&self, reading: &pb::ClaimReading) -> String {
        let names = reading.missing_text.clone().unwrap_or_default();
        self.language.pick(names.zh, names.en)
    }

    fn relations(&self, outcome: pb::RelationOutcome) -> impl Iterator<Item = Vec<String>> {
        let of_outcome = self.answer.relations.iter().filter(move |relation| relation.outcome() == outcome);
        of_outcome.map(|relation| {
            let (fit, tried) = (relation.hypotheses_fit, relation.hypotheses_tried);
            let hypotheses = self.hypotheses(&relation.hypotheses, fit, tried);
            [self.indented(&self.relation(relation), 2), hypotheses].concat()
        })
    }

    fn hypotheses(&self, found: &[pb::Hypothesis], fit: u32, tried: u32) -> Vec<String> {
        hypotheses(found, fit, tried, self.language).flat_map(|said| self.indented(&said, 4)).collect()
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
        let mut table = Table::new(&columns).within(self.limit).head(head);
        for (claim, result) in self.results(outcome) {
            let gives = |reading: &&pb::ClaimReading| reading.fit() == pb::ClaimFit::Rounds;
            let last: Vec<String> = if is_match {
                result.readings.iter().filter(gives).map(|reading| reading.name.clone()).collect()
            } else {
                result.readings.iter().map(|reading| self.reading(reading, "")).collect()
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
