//! The life of a project (项目).

use jixiao_events::registry::ProjectState;

/// The regular course, in order. Sources are incomplete, so stages may be skipped.
const COURSE: [ProjectState; 7] = [
    ProjectState::Proposed,
    ProjectState::Approved,
    ProjectState::Procured,
    ProjectState::Contracted,
    ProjectState::InProgress,
    ProjectState::Accepted,
    ProjectState::Closed,
];

/// Whether a project in the state `from` may enter the state `to`. Never the same state, and never back to not stated.
///
/// | from | to |
/// | --- | --- |
/// | not stated | any |
/// | proposed, approved, procured, contracted | any later stage, carried over, moved to a later year, cancelled, removed |
/// | in progress | accepted, closed, carried over, cancelled, removed |
/// | accepted | closed, carried over (the work is done, its last payment is not) |
/// | not started | any stage, carried over, moved to a later year, cancelled, removed |
/// | carried over | any stage, cancelled, removed |
/// | moved to a later year | cancelled |
/// | closed, cancelled, removed | none |
pub fn may_follow(from: ProjectState, to: ProjectState) -> bool {
    use ProjectState as State;
    let stage = |state: State| COURSE.iter().position(|stage| *stage == state);
    if to == State::NotStated || from == to {
        return false;
    }
    match from {
        State::NotStated => true,
        State::Closed | State::Cancelled | State::Removed => false,
        State::NotStarted => to != State::NotStarted,
        State::CarriedOver => stage(to).is_some() || matches!(to, State::Cancelled | State::Removed),
        State::MovedToLaterYear => to == State::Cancelled,
        State::Proposed
        | State::Approved
        | State::Procured
        | State::Contracted
        | State::InProgress
        | State::Accepted => match to {
            State::CarriedOver => true,
            State::MovedToLaterYear => stage(from) < stage(State::InProgress),
            State::Cancelled | State::Removed => from != State::Accepted,
            _ => stage(to) > stage(from),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state's letter: proposed to closed P A R C I X L, not stated N, not started S, carried over O, moved M,
    /// cancelled K, removed V.
    const LETTERS: [(ProjectState, char); 13] = [
        (ProjectState::NotStated, 'N'),
        (ProjectState::Proposed, 'P'),
        (ProjectState::Approved, 'A'),
        (ProjectState::Procured, 'R'),
        (ProjectState::Contracted, 'C'),
        (ProjectState::InProgress, 'I'),
        (ProjectState::Accepted, 'X'),
        (ProjectState::Closed, 'L'),
        (ProjectState::NotStarted, 'S'),
        (ProjectState::CarriedOver, 'O'),
        (ProjectState::MovedToLaterYear, 'M'),
        (ProjectState::Cancelled, 'K'),
        (ProjectState::Removed, 'V'),
    ];

    fn check(from: char, expect: &str) {
        let from = LETTERS.iter().find(|(_, letter)| *letter == from).map(|(state, _)| *state).unwrap();
        let found: String =
            LETTERS.iter().filter(|(to, _)| may_follow(from, *to)).map(|(_, letter)| *letter).collect();
        assert_eq!(found, expect, "from {from:?}");
    }

    #[test]
    fn where_each_state_may_lead() {
        check('N', "PARCIXLSOMKV");
        check('P', "ARCIXLOMKV");
        check('A', "RCIXLOMKV");
        check('R', "CIXLOMKV");
        check('C', "IXLOMKV");
        check('I', "XLOKV");
        check('X', "LO");
        check('L', "");
        check('S', "PARCIXLOMKV");
        check('O', "PARCIXLKV");
        check('M', "K");
        check('K', "");
        check('V', "");
    }
}
