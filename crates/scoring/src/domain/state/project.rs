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
    /// Its state before that; `None` while it has the one that it was registered with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ProjectState>,
    /// What registered it; `None` while that set the state too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<Cited>,
    /// What took it from the fund's projects; `None` while nothing did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Cited>,
}

impl ProjectFacts {
    /// Whether it left its fund.
    pub fn has_left(&self) -> bool {
        standing(Some(self.membership), self.state).has_left()
    }

    /// Moves it to another state; `leaves` where the fund carries it no longer.
    pub fn moved(&mut self, to: ProjectState, leaves: bool, event: &Cited) {
        self.before = Some(std::mem::replace(&mut self.state, to));
        let before = std::mem::replace(&mut self.event, event.clone());
        self.registered.get_or_insert(before);
        if leaves {
            self.membership = Membership::Removed;
            self.removed.get_or_insert_with(|| event.clone());
        }
    }

    /// The events without any one of which its fund would have it where it has left, and not have it where it has not. One
    /// that nothing registered has not left.
    pub fn decided_by(&self) -> Vec<&Cited> {
        let registered = self.registered.as_ref().unwrap_or(&self.event);
        let left_without = |event: &Cited| {
            let state = if event == &self.event { self.before.unwrap_or(self.state) } else { self.state };
            let is_removal = self.removed.as_ref() == Some(event);
            let is_out = self.membership == Membership::Removed && !is_removal;
            event != registered && (is_out || state.has_left())
        };
        let mut events = vec![registered];
        events.extend(self.registered.as_ref().map(|_| &self.event));
        events.extend(self.removed.as_ref().filter(|removed| **removed != self.event));
        events.retain(|event| left_without(event) != self.has_left());
        events
    }
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::Membership::{InFund, NamedOnly, Removed};
    use jixiao_events::registry::ProjectState::{InProgress, MovedToLaterYear};
    use jixiao_events::registry::{self};

    use super::*;

    fn cited(id: usize) -> Cited {
        Cited {
            log: "registry".to_owned(),
            id: id.to_string(),
            event_type: String::new(),
            effective: None,
            actor: String::new(),
            recorded_time: 0,
        }
    }

    #[test]
    fn what_made_a_project_leave_or_stay() {
        type Row<'a> = (Membership, ProjectState, &'a [(ProjectState, bool)], &'a [&'a str]);
        let gone = registry::ProjectState::Removed;
        let table: [Row<'_>; 9] = [
            (InFund, InProgress, &[], &[]),
            (InFund, InProgress, &[(gone, true)], &["0", "1"]),
            (Removed, InProgress, &[], &["0"]),
            // Whatever became of it later.
            (InFund, InProgress, &[(gone, true), (InProgress, false)], &["0", "1"]),
            // Each of two took it away.
            (InFund, InProgress, &[(MovedToLaterYear, true), (gone, false)], &["0"]),
            (NamedOnly, MovedToLaterYear, &[], &["0"]),
            (NamedOnly, InProgress, &[(MovedToLaterYear, false)], &["0", "1"]),
            // Back again.
            (NamedOnly, MovedToLaterYear, &[(InProgress, false)], &["1"]),
            (NamedOnly, MovedToLaterYear, &[(InProgress, false), (InProgress, false)], &[]),
        ];
        for (membership, state, moves, expected) in table {
            let mut project = ProjectFacts {
                name: Names { zh: "项目".to_owned(), en: None },
                membership,
                origin: Origin::NotStated,
                state,
                group: None,
                category: None,
                agency: None,
                event: cited(0),
                before: None,
                registered: None,
                removed: None,
            };
            for (at, (to, leaves)) in moves.iter().enumerate() {
                project.moved(*to, *leaves, &cited(at + 1));
            }
            let found: Vec<_> = project.decided_by().iter().map(|event| event.id.as_str()).collect();
            assert_eq!(found, expected, "{membership:?} {state:?} {moves:?}");
        }
    }
}
