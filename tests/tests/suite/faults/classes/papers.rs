//! Faults of what papers say and cite.

use jixiao_events::finding::Subject;

use super::super::elsewhere::Elsewhere;
use super::super::fund::{Fund, Indicator};
use super::super::papers::{Citation, document_subject, number};
use super::super::world::{indicator_subject, target_subject};
use super::{Expected, pick};
use crate::sim::random::Dice;

/// A document that is cited once more, with another title.
pub fn document_two_titles(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.papers.citations, |citation| !citation.numbers.is_empty())?;
    let cited = fund.papers.citations[at].clone();
    let title = cited.title.replace("办法", "细则");
    // What stands under a number of a joint issue alone is of that number.
    let numbers = vec![cited.numbers[0]];
    let subject = document_subject(number(numbers[0]));
    fund.papers.citations.push(Citation { numbers, title, ..cited });
    Some(Expected::must("document_two_titles", subject))
}

/// A document that is cited once more, under another number: of another office, or another serial.
pub fn document_two_numbers(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.papers.citations, |citation| !citation.numbers.is_empty())?;
    let cited = fund.papers.citations[at].clone();
    let (office, serial) = cited.numbers[0];
    let other = if dice.chance(5_000) { ("市办发", serial) } else { (office, serial + 500) };
    let subject = document_subject(cited.title.clone());
    fund.papers.citations.push(Citation { numbers: vec![other], valid_to: None, ..cited });
    Some(Expected::must("document_two_numbers", subject))
}

/// A document that had lapsed, wherever it is cited.
pub fn document_lapsed(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.papers.citations, Citation::is_relied_on)?;
    let title = fund.papers.citations[at].title.clone();
    let of_it = fund.papers.citations.iter_mut().filter(|citation| citation.title == title);
    let subjects: Vec<Subject> = of_it
        .map(|citation| {
            citation.valid_to = Some("2018-12");
            citation.subject()
        })
        .collect();
    // Under one number of a joint issue and under both it is told apart.
    let must = subjects
        .into_iter()
        .fold(Expected::default(), |expected, subject| expected.must_also("document_lapsed", subject));
    Some(must)
}

/// An annex that is referred to and not there.
pub fn annex_missing(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.papers.annexes, |_| true)?;
    fund.papers.annexes[at] = Some(false);
    Some(Expected::must("annex_missing", document_subject(format!("附表{at}"))))
}

/// Another year than the fund's.
pub fn year_not_funds(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    fund.papers.year = [2018, 2020][dice.index(2)];
    Some(Expected::must("year_not_funds", Subject::Statement { statement: "year".to_owned() }))
}

/// A figure among the achievements that is not its target's actual.
pub fn achievement_not_actual(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = dice.index(fund.papers.achievements.len().max(1));
    let (target, off) = fund.papers.achievements.get_mut(at)?;
    *off = i64::try_from(dice.between(1, 30)).unwrap();
    Some(Expected::must("achievement_not_actual", target_subject(*target)))
}

/// "All others are met", and one that is not.
pub fn universal_untrue(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let said = fund.papers.all_met.clone()?;
    let at = pick(dice, &fund.targets, |target| said.covers(target) && target.is_missed())?;
    fund.papers.all_met.as_mut()?.forgets = Some(at);
    Some(Expected::must("universal_untrue", target_subject(at)))
}

/// A target's miss that is explained twice, by two reasons.
pub fn reason_told_twice(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let at = pick(dice, &fund.targets, |target| target.is_explained)?;
    fund.papers.retold = Some(at);
    Some(Expected::must("reason_told_twice", target_subject(at)))
}

/// A self-score for which another fund gives the same reason, and the same points where it is evaluated.
pub fn copied_between_funds(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let (indicator, one) = one_of(fund, dice)?;
    let (points, node) = (one.self_score, one.node);
    fund.papers.elsewhere = Some(Elsewhere { indicator, points, is_evaluated: dice.chance(5_000) });
    Some(Expected::must("copied_between_funds", indicator_subject(node)))
}

/// The same with other points.
pub fn same_reason_different_points(fund: &mut Fund, dice: &Dice) -> Option<Expected> {
    let (indicator, one) = one_of(fund, dice)?;
    let (points, node) = (one.self_score + 1_000, one.node);
    fund.papers.elsewhere = Some(Elsewhere { indicator, points, is_evaluated: true });
    let must = Expected::must("same_reason_different_points", indicator_subject(node));
    Some(must.must_also("copied_between_funds", indicator_subject(node)))
}

fn one_of<'f>(fund: &'f Fund, dice: &Dice) -> Option<(usize, &'f Indicator)> {
    let at = pick(dice, &fund.indicators, |_| true)?;
    Some((at, fund.indicators.get(at)?))
}
