//! How far the money and the targets of a project have come.

use jixiao_events::finding::Severity;
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::{IndicatorStatus, ScopeQuantity};
use jixiao_events::targets::Criterion;
use jixiao_events::{Money, Number, ProjectId};

use super::{Case, Found, TargetCase};

/// What of a project's money is paid.
pub(super) struct PaidPart {
    /// What is arranged for it.
    pub(super) arranged: Money,
    /// What of it is paid.
    pub(super) paid: Money,
    /// The same in percent.
    pub(super) percent: Number,
    /// How much what follows from it weighs: what is only booked for the project may not be all that was paid for it.
    pub(super) severity: Severity,
    scope: Scope,
    used: Vec<ScopeQuantity>,
}

/// The paid share of a project's money, as a report states it, or as it is booked once the year is closed. `None` where
/// that is not known.
pub(super) fn paid(case: &Case<'_>, project: &ProjectId) -> Option<PaidPart> {
    use ScopeQuantity::{
        Allocated, Decrease, Increase, Paid as Booked, StatedArranged, StatedPaid, StatedUnspent,
    };
    let scope = Scope::Project { project: project.clone() };
    let sum = |quantity| case.scope_sum(&scope, quantity);
    let or_nothing = |quantity| sum(quantity).unwrap_or(Money::ZERO);
    let (arranged, mut used) = if let Some(arranged) = sum(StatedArranged) {
        (arranged, vec![StatedArranged])
    } else {
        // Without an allocation it is not known what an adjustment adds to.
        let moved = sum(Allocated)? + or_nothing(Increase) - or_nothing(Decrease);
        (moved, vec![Allocated, Increase, Decrease])
    };
    let (paid, severity, of) = if let Some(paid) = sum(StatedPaid) {
        (paid, Severity::Warning, StatedPaid)
    } else if let Some(unspent) = sum(StatedUnspent) {
        (arranged - unspent, Severity::Warning, StatedUnspent)
    } else {
        // What was paid may also be booked for the fund or the group as a whole.
        (sum(Booked).filter(|_| case.is_closed())?, Severity::Notice, Booked)
    };
    used.push(of);
    let percent = paid.percent_of(arranged)?;
    Some(PaidPart { arranged, paid, percent, severity, scope, used })
}

impl Found {
    /// With what of a project's money is paid, and the events that say so.
    #[must_use]
    pub(super) fn paid_share(self, case: &Case<'_>, paid: &PaidPart) -> Self {
        let found = self
            .yuan("arranged", paid.arranged)
            .yuan("paid", paid.paid)
            .figure_in("rate", &paid.percent.round_half_up(2), Some("%"))
            .weighing(paid.severity);
        let sums = case.scope_money(&paid.scope).map(|money| &money.sums);
        let used = paid.used.iter().filter_map(|quantity| sums?.get(quantity));
        used.fold(found, |found, sum| found.because(&sum.event))
    }
}

/// How far the targets of a project have come, weighed by their weights, in percent: at least, and at most, since of some
/// it may not be known. What is beyond a target counts as the target. `None` where there are none.
pub(super) fn of_targets(targets: &[TargetCase<'_>]) -> Option<(Number, Number)> {
    let (mut low, mut high, mut whole) = (Number::ZERO, Number::ZERO, Number::ZERO);
    for target in targets {
        let weight = target.result.weight;
        let (least, most) = reached(target);
        low = low.checked_add(weight.checked_mul(least)?)?;
        high = high.checked_add(weight.checked_mul(most)?)?;
        whole = whole.checked_add(weight)?;
    }
    low.checked_div(whole).zip(high.checked_div(whole))
}

/// How far a target is reached, at least and at most.
fn reached(target: &TargetCase<'_>) -> (Number, Number) {
    let all = Number::HUNDRED;
    // What other criteria measure is no share of what is to be reached.
    let is_share = matches!(target.defined.definition.criterion, Criterion::AtLeast { .. });
    match (target.result.status, target.result.measured.filter(|_| is_share)) {
        (IndicatorStatus::Met, _) => (all, all),
        (IndicatorStatus::NotStarted, _) => (Number::ZERO, Number::ZERO),
        (IndicatorStatus::Unmet, Some(percent)) => {
            let percent = percent.clamp(Number::ZERO, all);
            (percent, percent)
        }
        _ => (Number::ZERO, all),
    }
}
