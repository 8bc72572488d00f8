//! What is kept of the papers about a fund: documents that it cites, annexes that it refers to, and statements that can be held
//! against targets and the year. Every row is small: what one name, one statement or one target has to do with.

pub mod names;

use std::collections::{BTreeMap, BTreeSet};

use jixiao_events::finding::Subject;
use jixiao_events::registry::{Coverage, Document, DocumentRole};
use jixiao_events::scoring::{Fact, ReasonOf};
use jixiao_events::{FundId, PartialDate, TargetId};
use serde::{Deserialize, Serialize};

pub use super::state::reasons_key;
use super::state::{Cited, ScoringState};

/// The most statements that are kept about one target, and about all of them: later ones are in the registry alone.
const STATEMENTS: usize = 100;

/// What is known of a document, a title or an annex by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Paper {
    /// The citations under this number, or with this title, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub citations: Vec<Citation>,
    /// The annex of this name; `None` where none is referred to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annex: Option<Annex>,
}

/// A document as it is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// What it is to the fund.
    pub role: DocumentRole,
    /// Its title as printed.
    pub title: String,
    /// Its number as printed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Until when it holds; `None` where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_to: Option<PartialDate>,
    /// What cites it.
    pub event: Cited,
}

/// An annex that is referred to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annex {
    /// Its name as first printed.
    pub name: String,
    /// What first refers to it.
    pub event: Cited,
    /// Whether it is there, by the newest statement that knows; `None` while none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached: Option<Attached>,
}

/// Whether an annex is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// Whether.
    pub is: bool,
    /// What says so.
    pub event: Cited,
}

/// A year that a paper says it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearStated {
    /// What is of that year.
    pub text: String,
    /// The year as printed.
    pub value: String,
    /// What states it.
    pub event: Cited,
}

/// A figure among the achievements that is of a target's actual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Achievement {
    /// Of what.
    pub text: String,
    /// The figure as printed.
    pub value: String,
    /// Its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The date that it is of; `None` where none is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<PartialDate>,
    /// What states it.
    pub event: Cited,
}

/// A sentence that all targets are met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Universal {
    /// What it says.
    pub text: String,
    /// Which targets it is about.
    pub covers: Coverage,
    /// Those that it leaves out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub excepted: BTreeSet<TargetId>,
    /// What states it.
    pub event: Cited,
}

/// Why something fell short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What it is the reason of.
    pub of: ReasonOf,
    /// The targets that it names; empty: all of the project or group.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub targets: BTreeSet<TargetId>,
    /// What is said.
    pub text: String,
    /// What says so.
    pub event: Cited,
}

/// The key of what is known by a name.
pub fn paper_key(fund: &FundId, name: &str) -> String {
    format!("paper/{fund}/{name}")
}

/// The key of a year that is stated.
pub fn year_key(fund: &FundId, statement: &str) -> String {
    format!("year/{fund}/{statement}")
}

/// The key of the achievements that are of a target's actual.
pub fn achievements_key(fund: &FundId, target: &TargetId) -> String {
    format!("achievements/{fund}/{target}")
}

/// The key of the sentences about all targets.
pub fn universals_key(fund: &FundId) -> String {
    format!("universals/{fund}/all")
}

/// The names that a document is known by: its numbers, and its title.
fn names_of(document: &Document) -> BTreeSet<String> {
    let numbers = document.number.iter().flat_map(|number| names::numbers(number));
    let title = Some(names::title(&document.title)).filter(|title| !title.is_empty());
    numbers.chain(title).collect()
}

/// The subjects that a fact about papers is looked at with; of a sentence about all targets none of its own.
pub fn subjects(fact: &Fact) -> Vec<Subject> {
    match fact {
        Fact::DocumentCited { document, .. } => {
            names_of(document).into_iter().map(|document| Subject::Document { document }).collect()
        }
        Fact::AnnexReferred { name, .. } => {
            names::annex(name).map(|document| Subject::Document { document }).into_iter().collect()
        }
        Fact::YearStated { statement, .. } => vec![Subject::Statement { statement: statement.clone() }],
        Fact::AchievementStated { target, .. } => vec![Subject::Target { target: target.clone() }],
        Fact::ReasonGiven { about, .. } | Fact::ReasonTakenBack { about, .. } => vec![about.clone()],
        _ => Vec::new(),
    }
}

/// The keys of a fact about papers.
pub(super) fn keys(fact: &Fact) -> Vec<String> {
    match fact {
        Fact::DocumentCited { fund, document } => {
            names_of(document).iter().map(|name| paper_key(fund, name)).collect()
        }
        Fact::AnnexReferred { fund, name, .. } => {
            names::annex(name).map(|name| paper_key(fund, &name)).into_iter().collect()
        }
        Fact::YearStated { fund, statement, .. } => vec![year_key(fund, statement)],
        Fact::AchievementStated { fund, target, .. } => vec![achievements_key(fund, target)],
        Fact::UniversalStated { fund, .. } => vec![universals_key(fund)],
        Fact::ReasonGiven { fund, about, .. } | Fact::ReasonTakenBack { fund, about, .. } => {
            vec![reasons_key(fund, about)]
        }
        _ => Vec::new(),
    }
}

/// Folds a fact about papers.
pub(super) fn fold(state: &mut Option<ScoringState>, fact: &Fact, cited: &Cited) {
    match fact {
        Fact::DocumentCited { document, .. } => with_paper(state, |paper| {
            let Document { role, title, number, valid_to, .. } = document.clone();
            paper.citations.push(Citation { role, title, number, valid_to, event: cited.clone() });
        }),
        Fact::AnnexReferred { name, attached, .. } => with_paper(state, |paper| {
            let annex = paper.annex.get_or_insert_with(|| Annex {
                name: name.clone(),
                event: cited.clone(),
                attached: None,
            });
            if let Some(is) = *attached {
                annex.attached = Some(Attached { is, event: cited.clone() });
            }
        }),
        Fact::YearStated { text, value, .. } => {
            let (text, value, event) = (text.clone(), value.clone(), cited.clone());
            *state = Some(ScoringState::YearStated(YearStated { text, value, event }));
        }
        Fact::AchievementStated { statement, text, value, unit, on, .. } => {
            let mut all = state.as_ref().and_then(ScoringState::as_achievements).cloned().unwrap_or_default();
            let (text, value, unit) = (text.clone(), value.clone(), unit.clone());
            keep(&mut all, statement, Achievement { text, value, unit, on: *on, event: cited.clone() });
            *state = Some(ScoringState::Achievements(all));
        }
        Fact::UniversalStated { statement, text, covers, excepted, .. } => {
            let mut all = state.as_ref().and_then(ScoringState::as_universals).cloned().unwrap_or_default();
            let (text, excepted) = (text.clone(), excepted.iter().cloned().collect());
            let universal = Universal { text, covers: *covers, excepted, event: cited.clone() };
            keep(&mut all, statement, universal);
            *state = Some(ScoringState::Universals(all));
        }
        Fact::ReasonGiven { reason, of, targets, text, .. } => {
            let mut all = state.as_ref().and_then(ScoringState::as_reasons).cloned().unwrap_or_default();
            let (targets, text) = (targets.iter().cloned().collect(), text.clone());
            keep(&mut all, &tag(*of, reason), Reason { of: *of, targets, text, event: cited.clone() });
            *state = Some(ScoringState::Reasons(all));
        }
        Fact::ReasonTakenBack { reason, .. } => {
            let mut all = state.as_ref().and_then(ScoringState::as_reasons).cloned().unwrap_or_default();
            all.remove(&tag(ReasonOf::Unspent, reason));
            *state = Some(all).filter(|all| !all.is_empty()).map(ScoringState::Reasons);
        }
        _ => {}
    }
}

fn with_paper(state: &mut Option<ScoringState>, change: impl FnOnce(&mut Paper)) {
    let mut paper = state.as_ref().and_then(ScoringState::as_paper).cloned().unwrap_or_default();
    change(&mut paper);
    *state = Some(ScoringState::Paper(paper));
}

/// Explanations and entries are named apart from each other.
fn tag(of: ReasonOf, reason: &str) -> String {
    match of {
        ReasonOf::Misses => format!("misses/{reason}"),
        ReasonOf::Unspent => format!("unspent/{reason}"),
    }
}

fn keep<T>(all: &mut BTreeMap<String, T>, statement: &str, said: T) {
    if all.len() < STATEMENTS || all.contains_key(statement) {
        all.insert(statement.to_owned(), said);
    }
}

/// The events that a row of papers came from.
pub fn events(state: &ScoringState) -> Vec<&Cited> {
    match state {
        ScoringState::Paper(paper) => {
            let annex = paper.annex.iter().flat_map(|annex| {
                std::iter::once(&annex.event).chain(annex.attached.iter().map(|attached| &attached.event))
            });
            paper.citations.iter().map(|citation| &citation.event).chain(annex).collect()
        }
        ScoringState::YearStated(stated) => vec![&stated.event],
        ScoringState::Achievements(all) => all.values().map(|achievement| &achievement.event).collect(),
        ScoringState::Universals(all) => all.values().map(|universal| &universal.event).collect(),
        ScoringState::Reasons(all) => all.values().map(|reason| &reason.event).collect(),
        _ => Vec::new(),
    }
}
