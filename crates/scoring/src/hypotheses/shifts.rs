//! A target's score that another row should have: the whole column of its project slipped.

use super::{Difference, Facts, Hypotheses, Kind, Row, Said, Trial};
use crate::claims::exact::Exact;
use crate::claims::rounding::Written;
use crate::findings::scores_shifted::{self, MAX_ROWS, fitting, natural};

/// Tries every move of the self-scores of a target's project that brings another score to it.
pub(super) fn of_target(target: &str, facts: &Facts<'_>) -> Hypotheses {
    let id = |row: &Row<'_>| row.result.indicator.target().map(|target| target.to_string());
    let own = facts.rows.iter().find(|row| id(row).as_deref() == Some(target));
    let Some(project) = own.and_then(|row| row.project) else { return Hypotheses::default() };
    let is_of_project = |row: &&Row<'_>| row.project.is_some_and(|of| of.id == project.id);
    let mut rows: Vec<(String, &Row<'_>)> =
        facts.rows.iter().filter(is_of_project).filter_map(|row| Some((id(row)?, row))).collect();
    if rows.len() > MAX_ROWS {
        return Hypotheses::default();
    }
    rows.sort_by_cached_key(|(id, _)| natural(id));
    let Some(at) = rows.iter().position(|(id, _)| id == target) else { return Hypotheses::default() };
    let column: Vec<_> = rows.iter().map(|(_, row)| scores_shifted::Row::of(row.result)).collect();
    let fits = fitting(&column);
    // No figure is compared: a move fits with all of the column or not at all.
    let nothing = Difference::of_points(Written { value: Exact::zero(), decimals: 0 }, Exact::zero());
    let mut trial = Trial::new(&nothing);
    let most = isize::try_from(rows.len()).unwrap_or(0);
    for shift in (1..most).flat_map(|rows| [rows, -rows]) {
        let Some(from) = at.checked_add_signed(-shift).filter(|from| *from < rows.len()) else { continue };
        trial.tried(fits.contains(&shift), || {
            let (name, down) = (&project.facts.name.zh, shift > 0);
            let by = shift.unsigned_abs();
            let of = rows.get(from).map(|(id, _)| id.as_str()).unwrap_or_default();
            let words = [
                format!(
                    "“{name}”的自评分{}移 {by} 行所致：本行应得 {of} 的自评分",
                    if down { "上" } else { "下" }
                ),
                format!(
                    "a column of self-scores of {} that slipped {} by {by}: this row's is that of {of}",
                    project.id,
                    if down { "up" } else { "down" },
                ),
            ];
            let sign = if down { "+" } else { "" };
            let said = Said {
                kind: Kind::ShiftedScores,
                about: format!("project:{}", project.id),
                measure: format!("{sign}{shift}"),
                parts: Vec::new(),
                words,
            };
            (String::new(), said)
        });
    }
    trial.all
}
