//! The dated steps of a project's life: what may not come before what.

use std::collections::BTreeMap;

use jixiao_events::ledger::Share;
use jixiao_events::registry::{FilingKind, FilingState, ProjectState};
use jixiao_events::scoring::{DatedKind, EventRef, Fact};
use jixiao_events::{EntryId, FundId, Money, PartialDate, ProjectId};
use serde::{Deserialize, Serialize};

use super::{Cited, ScoringState};

/// The most entries, and the most tenders, that a project may have for them to be looked at.
pub(crate) const ENTRIES: usize = 100;

/// What is known of a project by date. Its parts come from one log each, so that it does not matter how the logs interleave.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Life {
    /// When it was approved (立项): the earliest day that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<Since>,
    /// When its contract was signed: the earliest day that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contracted: Option<Since>,
    /// When it was accepted (验收): the earliest day that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Since>,
    /// Its tenders, in the order in which they were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tenders: Vec<Tendered>,
    /// Its increases and payments. What was taken back stays, marked so: that they grew too many depends on what was
    /// booked alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub entries: BTreeMap<EntryId, Entry>,
    /// How its money was split between agencies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub splits: BTreeMap<EntryId, Divided>,
    /// Whether there were more tenders or entries than are kept: then none of the kind is.
    #[serde(default, skip_serializing_if = "TooMany::is_nothing")]
    pub too_many: TooMany,
}

/// From when something is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Since {
    /// The day, month or year.
    pub on: PartialDate,
    /// What says so.
    pub event: EventRef,
}

/// A tender.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tendered {
    /// When its notice was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noticed_on: Option<PartialDate>,
    /// From when bids are opened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_on: Option<PartialDate>,
    /// What says so.
    pub event: EventRef,
}

/// An entry of the ledger for the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is.
    pub kind: DatedKind,
    /// How much.
    pub amount: Money,
    /// The business date.
    pub on: PartialDate,
    /// Whether it was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// What booked it.
    pub event: EventRef,
}

/// A split of the project's money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Divided {
    /// Who got how much.
    pub parts: Vec<Share>,
    /// Whether it was taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reversed: bool,
    /// What booked it.
    pub event: EventRef,
}

/// Of what there is more than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TooMany {
    /// Tenders.
    pub tenders: bool,
    /// Entries.
    pub entries: bool,
    /// Splits.
    pub splits: bool,
}

impl TooMany {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The key of a project's life.
pub fn life_key(fund: &FundId, project: &ProjectId) -> String {
    format!("life/{fund}/{project}")
}

/// The key of the life that a fact tells a dated step of; `None` for one that tells none.
pub fn told_life(fact: &Fact) -> Option<String> {
    let (fund, project) = match fact {
        Fact::Project { fund, project, state, state_on, approved_on, .. } => {
            (approved_on.is_some() || is_dated(*state) && state_on.is_some()).then_some((fund, project))?
        }
        Fact::ProjectState { fund, project, state, on, .. } => {
            (is_dated(*state) && on.is_some()).then_some((fund, project))?
        }
        Fact::Filing {
            fund,
            project,
            kind: FilingKind::Acceptance,
            state: FilingState::Filed,
            on: Some(_),
        }
        | Fact::Tender { fund, project, .. }
        | Fact::Dated { fund, project, .. }
        | Fact::Split { fund, project, .. }
        | Fact::DatedReversed { fund, project, .. } => (fund, project),
        _ => return None,
    };
    Some(life_key(fund, project))
}

/// Whether it matters since when a project is in a state.
fn is_dated(state: ProjectState) -> bool {
    matches!(state, ProjectState::Approved | ProjectState::Contracted | ProjectState::Accepted)
}

/// Folds a fact into a life.
pub fn fold_life(state: &mut Option<ScoringState>, fact: &Fact, cited: &Cited) {
    let mut life = state.as_ref().and_then(ScoringState::as_life).cloned().unwrap_or_default();
    let event = || cited.reference();
    match fact {
        Fact::Project { state, state_on, approved_on, .. } => {
            life.enters(*state, *state_on, cited);
            life.enters(ProjectState::Approved, *approved_on, cited);
        }
        Fact::ProjectState { state, on, .. } => life.enters(*state, *on, cited),
        Fact::Filing { on, .. } => life.enters(ProjectState::Accepted, *on, cited),
        Fact::Tender { noticed_on, opened_on, .. } => {
            if life.tenders.len() >= ENTRIES || life.too_many.tenders {
                life.too_many.tenders = true;
                life.tenders.clear();
            } else {
                let (noticed_on, opened_on) = (*noticed_on, *opened_on);
                life.tenders.push(Tendered { noticed_on, opened_on, event: event() });
            }
        }
        Fact::Dated { entry, kind, amount, on, .. } => {
            if life.entries.len() >= ENTRIES || life.too_many.entries {
                life.too_many.entries = true;
                life.entries.clear();
            } else {
                let booked = Entry { kind: *kind, amount: *amount, on: *on, reversed: false, event: event() };
                life.entries.insert(entry.clone(), booked);
            }
        }
        Fact::Split { entry, parts, .. } => {
            if life.splits.len() >= ENTRIES || life.too_many.splits {
                life.too_many.splits = true;
                life.splits.clear();
            } else {
                let split = Divided { parts: parts.clone(), reversed: false, event: event() };
                life.splits.insert(entry.clone(), split);
            }
        }
        Fact::DatedReversed { entry, .. } => {
            if let Some(split) = life.splits.get_mut(entry) {
                split.reversed = true;
            }
            if let Some(entry) = life.entries.get_mut(entry) {
                entry.reversed = true;
            }
        }
        _ => {}
    }
    *state = Some(ScoringState::Life(Box::new(life)));
}

impl Life {
    /// The project came to a state; of several days that are told, the earliest counts.
    fn enters(&mut self, state: ProjectState, on: Option<PartialDate>, cited: &Cited) {
        let since = match state {
            ProjectState::Approved => &mut self.approved,
            ProjectState::Contracted => &mut self.contracted,
            ProjectState::Accepted => &mut self.accepted,
            _ => return,
        };
        let Some(on) = on else { return };
        let days = |on: PartialDate| (on.last_day(), on.first_day());
        if since.as_ref().is_none_or(|known| days(on) < days(known.on)) {
            *since = Some(Since { on, event: cited.reference() });
        }
    }

    /// The entries of a kind that were not taken back, by date.
    pub fn booked(&self, is_it: impl Fn(DatedKind) -> bool) -> Vec<&Entry> {
        let mut entries: Vec<_> =
            self.entries.values().filter(|entry| is_it(entry.kind) && !entry.reversed).collect();
        entries.sort_by_key(|entry| (entry.on.last_day(), entry.on.first_day()));
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(life: &mut Option<ScoringState>, fact: &Fact) {
        let cited = Cited {
            log: "ledger".to_owned(),
            id: "1".to_owned(),
            event_type: String::new(),
            effective: None,
            actor: String::new(),
            recorded_time: 0,
        };
        fold_life(life, fact, &cited);
    }

    #[test]
    fn too_many_entries_are_none_whatever_was_taken_back() {
        let (fund, project): (FundId, ProjectId) = ("f".parse().unwrap(), "p".parse().unwrap());
        let mut state = None;
        let entry = |at: usize| format!("e{at}").parse::<EntryId>().unwrap();
        let paid = |at: usize| Fact::Dated {
            fund: fund.clone(),
            project: project.clone(),
            entry: entry(at),
            kind: DatedKind::Payment,
            amount: Money::ZERO,
            on: PartialDate::Year(2019),
        };
        for at in 0..ENTRIES {
            told(&mut state, &paid(at));
        }
        let back = Fact::DatedReversed { fund: fund.clone(), project: project.clone(), entry: entry(7) };
        told(&mut state, &back);
        let life = |state: &Option<ScoringState>| state.as_ref().unwrap().as_life().unwrap().clone();
        assert_eq!((life(&state).entries.len(), life(&state).booked(|_| true).len()), (ENTRIES, ENTRIES - 1));
        told(&mut state, &paid(ENTRIES));
        told(&mut state, &paid(3));
        assert_eq!((life(&state).entries.len(), life(&state).too_many.entries), (0, true));
    }
}
