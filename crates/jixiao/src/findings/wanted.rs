//! Which findings are asked for. What names nothing is refused here: a list that is empty for a slip of the pen would pass
//! for good news.

use std::str::FromStr;

use jixiao_events::{EntryId, GroupId, IndicatorId, NodeId, Number, ProjectId, TargetId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::findings::{CHECKS, check};

use crate::cli;
use crate::client::quoted;
use crate::failure::Failure;
use crate::language::Language;
use crate::text::finding as text;

/// What a finding may be about, as it is written below a fund.
const FORMS: &str = "fund, targets/ID, projects/ID, groups/ID, indicators/PATH, entries/ID, nodes/PATH, \
quantities/NAME, attainments/PERCENT, documents/NAME, statements/ID";

/// Which findings are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) at_least: Option<pb::Severity>,
    pub(super) codes: Vec<String>,
    pub(super) subject: Option<String>,
    pub(super) answer: Option<Answer>,
}

/// How findings have to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Not at all.
    None,
    /// In any way.
    Any,
    /// So.
    Is(pb::AnswerKind),
}

impl Answer {
    fn of(arguments: &cli::Findings) -> Option<Self> {
        match arguments.answer.map(pb::AnswerKind::from) {
            None => arguments.unanswered.then_some(Self::None),
            Some(pb::AnswerKind::Unspecified) => Some(Self::Any),
            Some(kind) => Some(Self::Is(kind)),
        }
    }

    fn filter(self) -> String {
        match self {
            Self::None => "NOT answer:*".to_owned(),
            Self::Any => "answer:*".to_owned(),
            Self::Is(kind) => format!("answer.kind = {}", kind.as_str_name()),
        }
    }
}

impl Wanted {
    /// As the arguments say. A code that no check has and a subject of no known form are bad usage.
    pub(super) fn of(arguments: &cli::Findings, fund: &str, language: Language) -> Result<Self, Failure> {
        let codes = &arguments.codes;
        let unknown: Vec<&str> =
            codes.iter().map(String::as_str).filter(|code| check(code).is_none()).collect();
        if !unknown.is_empty() {
            let known = CHECKS.iter().map(|check| check.code).collect::<Vec<_>>().join(", ");
            let unknown = clipped(&unknown.join(", "));
            return Err(Failure::Usage(text::unknown_codes(language, unknown, known)));
        }
        let subject = match &arguments.subject {
            None => None,
            Some(given) => Some(
                name(given, fund)
                    .ok_or_else(|| Failure::Usage(text::no_subject(language, clipped(given), FORMS)))?,
            ),
        };
        let (at_least, answer) = (arguments.severity.map(Into::into), Answer::of(arguments));
        Ok(Self { at_least, codes: codes.clone(), subject, answer })
    }

    /// The same as the server reads it; `before` is the path of the finding in what is listed.
    pub(super) fn filter(&self, before: &str) -> String {
        let equal = |field: &str, text: &String| format!("{before}{field} = {}", quoted(text));
        let least = self.at_least.map(|least| format!("{before}severity >= {}", least.as_str_name()));
        let codes: Vec<String> = self.codes.iter().map(|code| equal("code", code)).collect();
        let codes = (!codes.is_empty()).then(|| codes.join(" OR "));
        let subject = self.subject.iter().map(|subject| equal("subject", subject));
        let answer = self.answer.map(Answer::filter);
        least.into_iter().chain(codes).chain(subject).chain(answer).collect::<Vec<_>>().join(" AND ")
    }
}

/// The resource name of a subject, given as that or as it is written below the fund.
fn name(given: &str, fund: &str) -> Option<String> {
    let whole = format!("funds/{fund}");
    if given == "fund" || given == whole {
        return Some(whole);
    }
    let below = given.strip_prefix(&format!("{whole}/")).unwrap_or(given);
    let (collection, id) = below.split_once('/')?;
    let is_one = match collection {
        "targets" => is::<TargetId>(id),
        "projects" => is::<ProjectId>(id),
        "groups" => is::<GroupId>(id),
        "indicators" => is::<IndicatorId>(id),
        "entries" | "statements" => is::<EntryId>(id),
        "nodes" => is::<NodeId>(id),
        "quantities" | "documents" => !id.trim().is_empty() && !id.contains('/'),
        "attainments" => is::<Number>(id),
        _ => false,
    };
    is_one.then(|| format!("{whole}/{below}"))
}

fn is<T: FromStr>(id: &str) -> bool {
    id.parse::<T>().is_ok()
}

/// As much of what was given as a message needs to name it.
fn clipped(given: &str) -> String {
    given.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn wanted(flags: &[&str]) -> Result<Wanted, Failure> {
        let cli = Cli::try_parse_from(["jixiao", "findings", "f"].iter().chain(flags)).unwrap();
        let Command::Findings(arguments) = cli.command else { panic!("{flags:?}") };
        Wanted::of(&arguments, "f", Language::English)
    }

    #[test]
    fn a_subject_is_of_a_known_form() {
        for (given, is) in [
            ("fund", Some("funds/f")),
            ("funds/f", Some("funds/f")),
            ("targets/d2", Some("funds/f/targets/d2")),
            ("funds/f/targets/d2", Some("funds/f/targets/d2")),
            ("projects/smart-tourism", Some("funds/f/projects/smart-tourism")),
            ("groups/new-2019", Some("funds/f/groups/new-2019")),
            ("indicators/management.funds_use.rate", Some("funds/f/indicators/management.funds_use.rate")),
            ("entries/e1", Some("funds/f/entries/e1")),
            ("nodes/targets.detail", Some("funds/f/nodes/targets.detail")),
            ("quantities/score.total", Some("funds/f/quantities/score.total")),
            ("attainments/62.5", Some("funds/f/attainments/62.5")),
            ("documents/锡政发〔2014〕45号", Some("funds/f/documents/锡政发〔2014〕45号")),
            ("statements/achievements-year", Some("funds/f/statements/achievements-year")),
            ("statements/A", None),
            ("", None),
            ("nonsense", None),
            ("a\\", None),
            ("target/d2", None),
            ("targets/", None),
            ("targets/D2", None),
            ("targets/d2 ", None),
            ("targets/d2/x", None),
            ("quantities/", None),
            ("attainments/most", None),
            ("funds/g", None),
            ("funds/g/targets/d2", None),
        ] {
            match (wanted(&["--subject", given]), is) {
                (Ok(found), Some(is)) => assert_eq!(found.subject.as_deref(), Some(is)),
                (Err(Failure::Usage(said)), None) => {
                    assert!(said.contains("targets/ID") && said.contains(given), "{said}");
                }
                (found, _) => panic!("{given}: {found:?}"),
            }
        }
    }

    #[test]
    fn an_answer_is_asked_for_as_the_server_reads_it() {
        for (flags, filter) in [
            (&["--unanswered"][..], "NOT answer:*"),
            (&["--answer", "any"], "answer:*"),
            (&["--answer", "to-be-rectified"], "answer.kind = ANSWER_KIND_TO_BE_RECTIFIED"),
            (
                &["--answer", "explained", "--subject", "fund"],
                "subject = \"funds/f\" AND answer.kind = ANSWER_KIND_EXPLAINED",
            ),
        ] {
            assert_eq!(wanted(flags).unwrap().filter(""), filter);
        }
    }

    #[test]
    fn a_code_is_of_a_check_that_there_is() {
        assert_eq!(wanted(&["--code", "met_not_full,stated_wrong"]).unwrap().codes.len(), 2);
        for (given, named) in [("met_not_ful", "met_not_ful"), ("stated_wrong,x,y", "x, y"), ("", "\"\"")] {
            let Err(Failure::Usage(said)) = wanted(&["--code", given]) else { panic!("{given}") };
            assert!(said.contains(named) && said.contains("jixiao findings --explain"), "{said}");
        }
    }
}
