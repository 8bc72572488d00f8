//! Computes indicators from facts. The same facts give the same result, whatever led to them.

use jixiao_events::scheme::{ByHand, Grade, Outside, Rule, Scheme};
use jixiao_events::scoring::{IndicatorResult, IndicatorStatus, SumResult};
use jixiao_events::{Evaluated, Number};

use super::measure;
use super::sight::{Sight, Standing, input, look};
pub use super::slot::{Slot, indicator_slots, target_slot, target_slots, total};
pub use super::view::View;
use crate::rules::{self, Outcome};

/// The best grade that a total earns, unrounded; `None` below the lowest.
pub fn grade(scheme: &Scheme, total: Number) -> Option<&Grade> {
    scheme.grades.iter().find(|grade| total >= grade.from.value)
}

/// The grade of an evaluation by the sum of everything: what its points earn, or what overrides leave of it.
pub fn final_grade<'s>(scheme: &'s Scheme, total: &SumResult) -> Option<&'s Grade> {
    let place = |id: &str| scheme.grades.iter().position(|grade| grade.grade == id);
    let by_points = grade(scheme, total.score)?;
    let left = total.best_grade.as_deref().and_then(place);
    let place = left.max(place(&by_points.grade))?;
    scheme.grades.get(place)
}

/// Computes an indicator; `None` for a target that is not defined, withdrawn, of another node, or of a project that left
/// the fund.
pub fn compute(view: &View<'_>, of: &Evaluated, scheme: &Scheme, slot: &Slot<'_>) -> Option<IndicatorResult> {
    let mut seen = look(view, of, scheme, slot)?;
    let (status, points) = score(view, of, &mut seen);
    let is_penalty = scheme.outside(&slot.node().node) == Some(Outside::Penalty);
    // What a penalty's line loses is taken off the total; what it earns is no gain.
    let points = if is_penalty { points.map(|points| points - seen.weight) } else { points };
    let score = points.map(|points| rules::rounded(scheme, points));
    let Sight { name, weight, self_score, measured, rule, mut inputs, .. } = seen;
    if let (Some(points), Some(score)) = (points, score)
        && points != score
    {
        inputs.push(input("unrounded", Some(points.to_string()), None, None));
    }
    let indicator = slot.indicator();
    let rule = <&str>::from(rule).to_owned();
    Some(IndicatorResult { indicator, name, weight, self_score, score, status, rule, measured, inputs })
}

/// The points that a person may give it, from the least to the most; `None` where none may be given.
pub fn allowed(
    view: &View<'_>,
    of: &Evaluated,
    scheme: &Scheme,
    slot: &Slot<'_>,
) -> Option<(Number, Number)> {
    let sight = look(view, of, scheme, slot)?;
    let whole = (Number::ZERO, sight.weight);
    match (sight.standing, sight.by_hand) {
        (_, Some(ByHand::Replace)) | (Standing::Words, _) => Some(whole),
        // Whoever judges what is not applicable says that it is.
        (Standing::Needs | Standing::NotApplicable, _) => {
            let figure = |measure| measure::figure(view, of, measure);
            sight.with(&figure, rules::allowed)
        }
        (Standing::Decided(..), _) => None,
    }
}

/// Status and points, before they are rounded.
fn score(view: &View<'_>, of: &Evaluated, sight: &mut Sight<'_>) -> (IndicatorStatus, Option<Number>) {
    let is_target = sight.inputs.first().is_some_and(|input| input.quantity == "target");
    // A person's points know no met or unmet.
    let is_by_value = is_target && !matches!(sight.rule, Rule::Manual { .. });
    let without = if is_by_value { IndicatorStatus::Unmet } else { IndicatorStatus::Scored };
    let (status, points) = match sight.standing {
        Standing::NotApplicable => return (IndicatorStatus::NotApplicable, None),
        Standing::Decided(status, points) => (status, points),
        Standing::Words => match sight.given {
            Some(points) => (IndicatorStatus::Scored, Some(points.min(sight.weight).max(Number::ZERO))),
            None => (IndicatorStatus::AwaitsJudgement, None),
        },
        Standing::Needs => {
            let figure = |measure| measure::figure(view, of, measure);
            let outcome = sight.with(&figure, |rule, seen| match rules::outcome(rule, seen) {
                Outcome::Points(points) => rules::gated(sight.gates, points, seen),
                other => other,
            });
            let is_measured = sight.measured.is_some();
            match outcome {
                Outcome::Points(points) if is_measured => (without, Some(points)),
                Outcome::Points(points) => (IndicatorStatus::Scored, Some(points)),
                Outcome::Awaits => (IndicatorStatus::AwaitsJudgement, None),
                Outcome::NoValue => (IndicatorStatus::NoValue, None),
            }
        }
    };
    match (sight.by_hand, sight.given, &sight.judged.deduction) {
        (Some(ByHand::Replace), Some(given), _) => {
            sight.inputs.extend(points.map(|points| input("computed", Some(points.to_string()), None, None)));
            (IndicatorStatus::Scored, Some(given.min(sight.weight)))
        }
        (Some(ByHand::Deduct), _, Some(said)) => {
            (status, points.map(|points| (points - said.value).max(Number::ZERO)))
        }
        _ => (status, points),
    }
}
