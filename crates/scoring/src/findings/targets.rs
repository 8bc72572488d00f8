//! What the checks of targets share.

use jixiao_events::Number;
use jixiao_events::attainment::{Attainment, judge, unit_match};
use jixiao_events::scheme::{NodeBody, Rule};
use jixiao_events::targets::TargetDefinition;

use super::{Case, Found, TargetCase};
use crate::rules;

impl Found {
    /// With a target's self-score and weight.
    #[must_use]
    pub(super) fn scores(self, target: &TargetCase<'_>) -> Self {
        let self_score = target.result.self_score.map_or("-".to_owned(), |score| score.to_string());
        self.figure("self_score", &self_score).figure("weight", &target.result.weight)
    }
}

/// Whether a target has to be answered for: its unit scored it, or the year is over.
pub(super) fn is_due(case: &Case<'_>, target: &TargetCase<'_>) -> bool {
    target.facts.self_score.is_some() || case.is_closed()
}

/// The rule of the targets of a target's level.
pub(super) fn rule_of<'v>(case: &Case<'v>, definition: &TargetDefinition) -> Option<&'v Rule> {
    match &case.scheme.each_target(definition.level, definition.class.as_deref())?.body {
        NodeBody::EachTarget { rule, .. } => Some(rule),
        _ => None,
    }
}

/// What a target's actual would earn by another definition: that, and whether it would meet it. `None` where that
/// cannot be said.
pub(super) fn earned_by(
    case: &Case<'_>,
    target: &TargetCase<'_>,
    definition: &TargetDefinition,
) -> Option<(Number, bool)> {
    let actual = target.facts.actual.as_ref()?;
    let units = unit_match(definition, &actual.value, actual.unit.as_deref());
    let judged = judge(definition, Some((&actual.value, units)), None);
    match judged.status {
        Attainment::Met => Some((definition.weight, true)),
        Attainment::Unmet => {
            let points = match judged.percent {
                Some(percent) => rules::points(rule_of(case, definition)?, definition.weight, percent)?,
                None => Number::ZERO,
            };
            Some((rules::rounded(case.scheme, points), false))
        }
        _ => None,
    }
}
