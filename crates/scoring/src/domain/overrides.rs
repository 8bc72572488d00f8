//! Grades that stand whatever the total is (一票否决).

use jixiao_events::scheme::{Condition, Scheme, Term};
use jixiao_events::{Evaluated, IndicatorId, Number};

use super::slot::total;
use super::state::{ScoringState, judged_key, sum_key};
use super::view::View;
use super::{booked, measure};
use crate::rules;

/// The keys of what the overrides of a scheme look at, and of the sum that holds their effect.
pub(super) fn keys(of: &Evaluated, scheme: &Scheme) -> Vec<String> {
    let mut keys = Vec::new();
    for condition in scheme.overrides.iter().flat_map(|applies| &applies.when) {
        for term in [&condition.left, &condition.right] {
            match term {
                Term::Measure { measure } => {
                    keys.extend(booked::keys(of, *measure));
                }
                Term::Answer { node: Some(node), .. } => {
                    keys.push(judged_key(of, &IndicatorId::from(node.clone())));
                }
                Term::Answer { node: None, .. } | Term::Value {} | Term::Total {} | Term::Number { .. } => {}
            }
        }
        keys.extend(total().map(|node| sum_key(of, Some(&node))));
    }
    keys
}

/// The best grade that the overrides which apply leave, the worst of theirs; `None` where none applies. One whose
/// conditions are not all known to hold does not.
pub(super) fn best_grade(view: &View<'_>, of: &Evaluated, scheme: &Scheme, total: Number) -> Option<String> {
    let holds = |Condition { left, op, right }: &Condition| {
        let both = value_of(view, of, total, left).zip(value_of(view, of, total, right));
        both.is_some_and(|(left, right)| op.holds(left, right))
    };
    let applying = scheme.overrides.iter().filter(|applies| applies.when.iter().all(holds));
    let place = |grade: &str| scheme.grades.iter().position(|other| other.grade == grade);
    applying.map(|applies| &applies.grade.value).max_by_key(|grade| place(grade)).cloned()
}

fn value_of(view: &View<'_>, of: &Evaluated, total: Number, term: &Term) -> Option<Number> {
    match term {
        Term::Total {} => Some(total),
        Term::Number { number } => Some(*number),
        Term::Measure { measure } => measure::figure(view, of, *measure),
        Term::Answer { node: Some(node), ask } => {
            let judged = view.get(&judged_key(of, &IndicatorId::from(node.clone())));
            rules::answered(&judged.and_then(ScoringState::as_judged)?.answers.get(ask)?.value)
        }
        // No scheme that was checked has these here.
        Term::Answer { node: None, .. } | Term::Value {} => None,
    }
}
