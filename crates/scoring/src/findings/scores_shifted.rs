//! A column of self-scores that slipped by some rows.

use jixiao_events::ProjectId;
use jixiao_events::finding::{Severity, Subject};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus};

use super::{Case, Check, Found, Looks, Text};
use crate::domain::evolve::PROJECT_TARGETS;

/// The most targets of a project that are looked at together.
pub(crate) const MAX_ROWS: usize = PROJECT_TARGETS;

/// At least so many scores that do not fit their own rows have to fit those that they would come to: one fits by chance.
const LEAST: usize = 2;

pub(super) const CHECK: Check = Check {
    code: "scores_shifted",
    severity: Severity::Warning,
    title: Text { zh: "自评分疑似错行", en: "Self-scores shifted" },
    rule: Text {
        zh: "项目内的自评分与各自的目标不符（完成而未得满分，未完成却得满分），整体移动若干行后却都相符。",
        en: "Within a project, self-scores that do not fit their own targets (met but not full, not met but full) all fit once the column is moved by some rows.",
    },
    example: Text {
        zh: "目标 50 家实际 42 家得满分，目标 200 家实际 205 家得 0 分：0 分上移了两行。",
        en: "42 of 50 is full and 205 of 200 is zero, two rows above: the zero belongs to the former.",
    },
    message: Text {
        zh: "项目“{project}”有 {wrong} 项自评分与目标完成情况不符；自评分移动 {shift} 行（正数为下移）即与 {rows} 行全部相符，疑似错行；同样相符的其他移动有 {others} 种",
        en: "{wrong} self-scores of project \"{project}\" do not fit their targets; moved by {shift} rows (down is positive) they fit all of {rows} rows; {others} other moves fit as well",
    },
    looks: Looks::Project(find),
};

/// A row: whether its target is met, and whether its score is full. `None` where that cannot be said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    met: Option<bool>,
    full: Option<bool>,
}

impl Row {
    pub(crate) fn of(result: &IndicatorResult) -> Self {
        let met = match result.status {
            IndicatorStatus::Met => Some(true),
            // What cannot be compared earns nothing.
            IndicatorStatus::Unmet
            | IndicatorStatus::UnitMismatch
            | IndicatorStatus::NotStarted
            | IndicatorStatus::NoActual => Some(false),
            IndicatorStatus::Scored
            | IndicatorStatus::NoValue
            | IndicatorStatus::AwaitsJudgement
            | IndicatorStatus::NotApplicable => None,
        };
        Self { met, full: result.self_score.map(|score| score >= result.weight) }
    }

    fn is_wrong(self) -> bool {
        differ(self.met, self.full)
    }
}

fn differ(met: Option<bool>, full: Option<bool>) -> bool {
    met.is_some_and(|met| full.is_some_and(|full| met != full))
}

fn find(case: &Case<'_>, project: &ProjectId) -> Vec<Found> {
    let mut targets = case.targets_of(project);
    targets.sort_by_cached_key(|target| natural(target.facts.target.target.as_str()));
    let rows: Vec<_> = targets.iter().map(|target| Row::of(target.result)).collect();
    let wrong = rows.iter().filter(|row| row.is_wrong()).count();
    let fits = fitting(&rows);
    let (Some(known), Some((best, others))) = (case.project(project), fits.split_first()) else {
        return Vec::new();
    };
    let shift = if *best > 0 { format!("+{best}") } else { best.to_string() };
    let found = Found::new(Subject::Project { project: project.clone() })
        .figure("project", &known.name.zh)
        .figure("wrong", &wrong)
        .figure("shift", &shift)
        .figure("rows", &rows.len().saturating_sub(best.unsigned_abs()))
        .figure("others", &others.len());
    let wrong = targets.iter().zip(&rows).filter(|(_, row)| row.is_wrong()).map(|(target, _)| target);
    let events = wrong.flat_map(|target| {
        let facts = target.facts;
        let actual = facts.actual.as_ref().map(|actual| &actual.event);
        let score = facts.self_score.as_ref().map(|score| &score.event);
        [Some(&target.defined.event), actual, score].into_iter().flatten()
    });
    vec![events.fold(found, Found::because)]
}

/// The moves after which every score fits the row that it comes to, the shortest first. Scores that leave the project
/// and rows that get none say nothing; so a move counts only where at least [`LEAST`] wrong scores come to fit.
pub(crate) fn fitting(rows: &[Row]) -> Vec<isize> {
    let most = isize::try_from(rows.len()).unwrap_or(0);
    let fits = |shift: isize| {
        let pairs = || {
            let to = move |from: usize| rows.get(from.checked_add_signed(shift)?);
            rows.iter().enumerate().filter_map(move |(from, row)| Some((row, to(from)?)))
        };
        let mended = pairs().filter(|(row, to)| row.is_wrong() && to.met.is_some()).count();
        mended >= LEAST && !pairs().any(|(row, to)| differ(to.met, row.full))
    };
    (1..most).flat_map(|rows| [rows, -rows]).filter(|shift| fits(*shift)).collect()
}

/// Ids in the order in which a person numbers rows: `d9` before `d10`.
pub(crate) fn natural(id: &str) -> (String, u64, String) {
    let head = id.trim_end_matches(|end: char| end.is_ascii_digit());
    let number = id.get(head.len()..).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    (head.to_owned(), number, id.to_owned())
}

#[cfg(test)]
mod tests {
    use jixiao_events::registry::{Membership, ProjectState};
    use jixiao_events::targets::UnitMatch;

    use super::{Row, fitting};
    use crate::domain::tests::{World, actual, project, target_ref, targets::*};

    const CODE: &str = "scores_shifted";

    /// The rows of smart tourism, scored as given.
    fn tourism(scores: [&str; 7]) -> World {
        let targets = ["181", "100000", "6", "10000", "200", "30", "50"];
        let actuals = ["181", "100000", "7", "61", "205", "30", "42"];
        let mut world = opened();
        world.steps(&[project("tourism", Membership::InFund, ProjectState::InProgress)]);
        for (at, score) in scores.into_iter().enumerate() {
            let id = format!("d{}", at + 8);
            let of = target_ref(Some("tourism"), &id);
            let (unit, units) =
                if at == 3 { (Some("条订单"), UnitMatch::Different) } else { (None, UnitMatch::Assumed) };
            world.steps(&[set_at_least("tourism", &id, targets[at]), actual(of, actuals[at], unit, units)]);
            world.steps(&[scored("tourism", &id, score)]);
        }
        world
    }

    #[test]
    fn two_zeros_two_rows_too_high() {
        let mut world = tourism(["1", "0", "1", "1", "0", "1", "1"]);
        let text = "项目“tourism”有 4 项自评分与目标完成情况不符；自评分移动 +2 行（正数为下移）即与 5 行全部相符，\
                    疑似错行；同样相符的其他移动有 0 种";
        assert_eq!(world.said(CODE), says("project:tourism", text));
        assert_eq!(world.evidence(CODE).len(), 12, "definition, actual and score of four rows");
        for (id, score) in [("d9", "1"), ("d11", "0"), ("d12", "1"), ("d14", "0")] {
            world.steps(&[scored("tourism", id, score)]);
        }
        assert_eq!(world.said(CODE), []);
    }

    #[test]
    fn scores_that_fit_and_a_single_slip_are_no_shift() {
        assert_eq!(tourism(["1", "1", "1", "0", "1", "1", "0.5"]).said(CODE), []);
        assert_eq!(tourism(["1", "0", "1", "0", "1", "1", "0.5"]).said(CODE), []);
        assert_eq!(tourism(["0", "0", "0", "0", "0", "0", "0"]).said(CODE), [], "wrong, but no shift");
        assert_eq!(tourism(["1", "1", "1", "1", "1", "1", "1"]).said(CODE), []);
    }

    #[test]
    fn all_moves_that_fit_are_counted() {
        let rows = |met: &str, full: &str| {
            let of = |text: char| match text {
                '1' => Some(true),
                '0' => Some(false),
                _ => None,
            };
            met.chars().zip(full.chars()).map(|(met, full)| Row { met: of(met), full: of(full) }).collect()
        };
        for (met, full, expected) in [
            ("1110110", "1011011", vec![2]),
            ("1011011", "1110110", vec![-2]),
            ("10101010", "01010101", vec![1, -1, 3, -3, 5, -5]),
            ("110011", "110011", vec![]),
            ("1?10", "1?10", vec![]),
            ("", "", vec![]),
        ] {
            let rows: Vec<Row> = rows(met, full);
            assert_eq!(fitting(&rows), expected, "{met} {full}");
        }
    }
}
