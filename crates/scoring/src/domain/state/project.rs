//! What is known of a project.

use jixiao_events::attainment::standing;
use jixiao_events::registry::{Membership, Origin, ProjectState};
use jixiao_events::{AgencyId, GroupId, Names};
use serde::{Deserialize, Serialize};

use super::Cited;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectFacts {
    /// Its names.
    pub name: Names,
    /// Whether the fund carries it.
    pub membership: Membership,
    /// How it came into the year.
    pub origin: Origin,
    /// Its state.
    pub state: ProjectState,
    /// The group that it is in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Its support category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Who carries it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<AgencyId>,
    /// What set the state.
    pub event: Cited,
    /// What registered it; `None` while that set the state too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Cited>,
    /// What made it leave the fund; `None` while it has not left, or was registered as one that had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<Cited>,
}

impl ProjectFacts {
    /// Whether it left its fund.
    pub fn has_left(&self) -> bool {
        standing(Some(self.membership), self.state).has_left()
    }

    /// Moves it to another state; `leaves` where the fund carries it no longer.
    pub fn moved(&mut self, to: ProjectState, leaves: bool, event: &Cited) {
        let had_left = self.has_left();
        self.state = to;
        if leaves {
            self.membership = Membership::Removed;
        }
        let before = std::mem::replace(&mut self.event, event.clone());
        self.registered.get_or_insert(before);
        match (had_left, self.has_left()) {
            (false, true) => self.left = Some(event.clone()),
            (_, false) => self.left = None,
            (true, true) => {}
        }
    }

    /// The events without any one of which it would not have left its fund: none while it has not. A project that was
    /// never registered has not left; one that left twice would have left without either.
    pub fn departure(&self) -> impl Iterator<Item = &Cited> {
        let registered = self.registered.as_ref().unwrap_or(&self.event);
        let left = self.left.as_ref().filter(|left| **left == self.event || !self.state.has_left());
        std::iter::once(registered).chain(left).filter(|_| self.has_left())
    }
}
