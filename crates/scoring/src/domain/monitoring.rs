//! Monitoring: what the monitors of a scheme see of a fund, and the warnings that begin, change and end.
//!
//! A monitor's level is a function of the fund's sums and of the day that its clock has come to ([`look`]). Both reach this
//! place as commands, and whichever comes, what differs from the warnings that stand becomes events in the same commit
//! ([`review`]). So a warning is raised once, whatever is repeated, and stands alike whatever came first.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jixiao_eventlog::States;
use jixiao_events::budget::{Budget, Denominator};
use jixiao_events::finding::Figure;
use jixiao_events::monitoring::{
    Ahead, Elapsed, Limits, Monitor, MonthDay, TargetShare, Warning, WarningLevel, Watched,
};
use jixiao_events::scheme::{NodeBody, Parameter, Scheme};
use jixiao_events::scoring::{Cause, MoneyQuantity, ScoringEvent, SumResult};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{FundId, Money, MonitorId, NodeId, Number, PartialDate};
use strum::IntoStaticStr;

use super::evaluate::View;
use super::state::{
    Cited, Clock, ScoringState, StandingWarning, clock_key, fund_key, money_key, portfolio_key, sum_key,
    warning_changes_key, warnings_key,
};
use super::{ScoringRefusal, opened};
use crate::claims::exact::Exact;

/// What a monitor sees at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whether it warns, and how loud; or why it cannot say.
    pub level: Result<Option<WarningLevel>, NoValue>,
    /// What it was read from.
    pub figures: Vec<Figure>,
}

/// Why a monitor has no value. Nobody is accused then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
pub enum NoValue {
    /// No day has come for the fund yet.
    NoDate,
    /// The fund's year, or the part of it that is watched, has not begun.
    NotWatchedYet,
    /// None of the year has passed.
    NothingElapsed,
    /// The budget that money is measured against is not above zero.
    NoBudget,
    /// The scheme evaluates no target of the fund.
    NoTargets,
}

/// What monitors look at.
pub struct Facts<'f> {
    /// The fund's year.
    pub fiscal_year: i16,
    /// The day that its clock has come to.
    pub on: Option<Date>,
    /// Its budget.
    pub budget: Budget,
    /// The sums of its targets by level.
    pub targets: Vec<(TargetLevel, &'f SumResult)>,
}

/// The keys of what the monitors of a fund look at and change.
pub fn keys(fund: &FundId, scheme: &Scheme) -> Vec<String> {
    let money = [
        MoneyQuantity::Original,
        MoneyQuantity::Increase,
        MoneyQuantity::Decrease,
        MoneyQuantity::Received,
        MoneyQuantity::Paid,
    ];
    let mut keys = vec![
        portfolio_key(fund),
        fund_key(fund),
        clock_key(fund),
        warnings_key(fund),
        warning_changes_key(fund),
    ];
    if !scheme.monitoring.is_empty() {
        keys.extend(money.map(|quantity| money_key(fund, quantity)));
        keys.extend(target_nodes(scheme).map(|(_, node)| sum_key(fund, Some(node))));
    }
    keys
}

/// The nodes of a scheme that have an indicator for each target.
pub fn target_nodes(scheme: &Scheme) -> impl Iterator<Item = (TargetLevel, &NodeId)> {
    scheme.nodes.iter().filter_map(|node| match &node.body {
        NodeBody::EachTarget { level, .. } => Some((*level, &node.node)),
        _ => None,
    })
}

/// That a day has come for a fund, and the warnings that follow.
pub(super) fn reach(
    states: &States<'_, ScoringState>,
    fund: &FundId,
    on: Date,
) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
    let Some(known) = states.get(&fund_key(fund)).and_then(ScoringState::as_fund) else {
        return Err(ScoringRefusal::FundNotFound(fund.clone()));
    };
    let (first, last) = (first_day(known.fiscal_year), last_day(known.fiscal_year));
    if !(first..=last).contains(&on) {
        return Err(ScoringRefusal::DateOutsideYear { fund: fund.clone(), on, first, last });
    }
    let reached = states.get(&clock_key(fund)).and_then(ScoringState::as_clock);
    if let Some(reached) = reached.map(|clock| clock.on.last_day())
        && on <= reached
    {
        return Err(ScoringRefusal::DateNotLater { fund: fund.clone(), on, reached });
    }
    let on = PartialDate::Day(on);
    let come = ScoringEvent::DateReached { fund: fund.clone(), on };
    let mut view = View::new(states);
    view.fold(&come);
    let mut events = vec![come];
    if let Some((_, loaded)) = opened(states, fund) {
        events.extend(review(&mut view, fund, &loaded.scheme, &Cause::Date { on }));
    }
    Ok(events)
}

/// The keys of an event of monitoring.
pub(super) fn keys_of(event: &ScoringEvent) -> Vec<String> {
    match event {
        ScoringEvent::DateReached { fund, .. } => vec![clock_key(fund)],
        ScoringEvent::WarningRaised { warning, .. }
        | ScoringEvent::WarningChanged { warning, .. }
        | ScoringEvent::WarningCleared { warning, .. } => {
            vec![warnings_key(&warning.fund), warning_changes_key(&warning.fund)]
        }
        _ => Vec::new(),
    }
}

/// Folds an event of monitoring; `cited` is the event itself. The history of the warnings has no state.
pub(super) fn fold(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent, cited: Cited) {
    match event {
        ScoringEvent::DateReached { on, .. } if key.starts_with("clock/") => {
            *state = Some(ScoringState::Clock(Clock { on: *on, event: cited }));
        }
        ScoringEvent::WarningRaised { warning, .. } if key.starts_with("warnings/") => {
            let Warning { monitor, name, level, .. } = warning.clone();
            let standing = StandingWarning { name, level, raised: cited.clone(), changed: cited };
            with_warnings(state, |warnings| drop(warnings.insert(monitor, standing)));
        }
        ScoringEvent::WarningChanged { warning, .. } if key.starts_with("warnings/") => {
            with_warnings(state, |warnings| {
                if let Some(standing) = warnings.get_mut(&warning.monitor) {
                    (standing.name, standing.level) = (warning.name.clone(), warning.level);
                    standing.changed = cited;
                }
            });
        }
        ScoringEvent::WarningCleared { warning, .. } if key.starts_with("warnings/") => {
            with_warnings(state, |warnings| drop(warnings.remove(&warning.monitor)));
        }
        _ => {}
    }
}

fn with_warnings(
    state: &mut Option<ScoringState>,
    change: impl FnOnce(&mut BTreeMap<MonitorId, StandingWarning>),
) {
    let mut warnings = match state.take() {
        Some(ScoringState::Warnings(warnings)) => warnings,
        _ => BTreeMap::new(),
    };
    change(&mut warnings);
    *state = Some(warnings).filter(|warnings| !warnings.is_empty()).map(ScoringState::Warnings);
}

/// What differs between the warnings that stand and what the monitors see now, as events.
pub fn review(view: &mut View<'_>, fund: &FundId, scheme: &Scheme, cause: &Cause) -> Vec<ScoringEvent> {
    let none = BTreeMap::new();
    let standing = view.get(&warnings_key(fund)).and_then(ScoringState::as_warnings).unwrap_or(&none);
    // Until a day has come nothing warns.
    let Some(on) = view.get(&clock_key(fund)).and_then(ScoringState::as_clock).map(|clock| clock.on) else {
        return Vec::new();
    };
    let facts = Facts::of(view, fund, scheme);
    let mut events = Vec::new();
    for monitor in &scheme.monitoring {
        let Seen { level, figures } = facts.look(monitor);
        let before = standing.get(&monitor.monitor).map(|standing| standing.level);
        let warning = |level| Warning {
            fund: fund.clone(),
            monitor: monitor.monitor.clone(),
            name: monitor.name.clone(),
            level,
            on,
            figures: figures.clone(),
        };
        let cause = cause.clone();
        match (before, level.ok().flatten()) {
            (None, Some(level)) => {
                events.push(ScoringEvent::WarningRaised { warning: warning(level), cause });
            }
            (Some(was), Some(level)) if was != level => {
                events.push(ScoringEvent::WarningChanged { warning: warning(level), was, cause });
            }
            (Some(was), None) => {
                events.push(ScoringEvent::WarningCleared { warning: warning(was), cause });
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
    let is_watched = |id: &MonitorId| scheme.monitoring.iter().any(|monitor| monitor.monitor == *id);
    for (id, gone) in standing.iter().filter(|(id, _)| !is_watched(id)) {
        let warning = Warning {
            fund: fund.clone(),
            monitor: id.clone(),
            name: gone.name.clone(),
            level: gone.level,
            on,
            figures: Vec::new(),
        };
        events.push(ScoringEvent::WarningCleared { warning, cause: cause.clone() });
    }
    for event in &events {
        view.fold(event);
    }
    events
}

impl<'v> Facts<'v> {
    fn of(view: &'v View<'_>, fund: &FundId, scheme: &Scheme) -> Self {
        Self::from_states(fund, scheme, |key| view.get(key))
    }

    /// From states: `get` looks one of [`keys`] up.
    pub fn from_states(
        fund: &FundId,
        scheme: &Scheme,
        get: impl Fn(&str) -> Option<&'v ScoringState>,
    ) -> Self {
        let money = |quantity| {
            let state = get(&money_key(fund, quantity)).and_then(ScoringState::as_money);
            state.map_or(Money::ZERO, |money| money.sum)
        };
        let budget = Budget {
            original: money(MoneyQuantity::Original),
            increases: money(MoneyQuantity::Increase),
            decreases: money(MoneyQuantity::Decrease),
            received: money(MoneyQuantity::Received),
            paid: money(MoneyQuantity::Paid),
        };
        let known = get(&fund_key(fund)).and_then(ScoringState::as_fund);
        let clock = get(&clock_key(fund)).and_then(ScoringState::as_clock);
        let targets = target_nodes(scheme).filter_map(|(level, node)| {
            let sum = get(&sum_key(fund, Some(node))).and_then(ScoringState::as_sum)?;
            Some((level, sum.as_ref()))
        });
        Self {
            fiscal_year: known.map_or(scheme.fiscal_year, |fund| fund.fiscal_year),
            on: clock.map(|clock| clock.on.last_day()),
            budget,
            targets: targets.collect(),
        }
    }

    /// What a monitor sees. Compared exactly: only the figures that are shown have an end.
    pub fn look(&self, monitor: &Monitor) -> Seen {
        let mut figures = Vec::new();
        let level = self.level(monitor, &mut figures);
        Seen { level, figures }
    }

    fn level(&self, monitor: &Monitor, figures: &mut Vec<Figure>) -> Result<Option<WarningLevel>, NoValue> {
        let on = self.on.ok_or(NoValue::NoDate)?;
        if on.year() < self.fiscal_year {
            return Err(NoValue::NotWatchedYet);
        }
        match &monitor.limits {
            Limits::Checkpoints { checkpoints } => {
                let come =
                    checkpoints.iter().rev().find(|checkpoint| self.has_come(on, checkpoint.from.value));
                let checkpoint = come.ok_or(NoValue::NotWatchedYet)?;
                let progress = self.watched(&monitor.watched, figures)?;
                figures.push(text("checkpoint", checkpoint.from.value.to_string()));
                Ok(below(&progress, checkpoint.yellow_below.as_ref(), checkpoint.red_below.as_ref(), figures))
            }
            Limits::TimeProportional { elapsed, from, yellow_below, red_below } => {
                self.begun(on, from.as_ref())?;
                let progress = self.watched(&monitor.watched, figures)?;
                let (passed, all) = self.elapsed(on, elapsed.value);
                let share = Exact::from(passed).over(&Exact::from(all)).ok_or(NoValue::NothingElapsed)?;
                figures.push(percent("elapsed", &share.times(&hundred())));
                let pace = progress.over(&share).ok_or(NoValue::NothingElapsed)?;
                figures.push(percent("pace", &pace));
                Ok(below(&pace, yellow_below.as_ref(), red_below.as_ref(), figures))
            }
            Limits::Distance { from, yellow_above, red_above } => {
                self.begun(on, from.as_ref())?;
                let gap = self.watched(&monitor.watched, figures)?;
                Ok(above(&gap, yellow_above.as_ref(), red_above.as_ref(), figures))
            }
        }
    }

    /// Whether a day of the fund's year has come.
    fn has_come(&self, on: Date, day: MonthDay) -> bool {
        on.year() > self.fiscal_year || (on.month(), on.day()) >= day.parts()
    }

    fn begun(&self, on: Date, from: Option<&Parameter<MonthDay>>) -> Result<(), NoValue> {
        let has_begun = from.is_none_or(|from| self.has_come(on, from.value));
        if has_begun { Ok(()) } else { Err(NoValue::NotWatchedYet) }
    }

    /// How much of the year has passed when a day begins, and the whole of it. A year that is over has passed whole.
    fn elapsed(&self, on: Date, by: Elapsed) -> (Number, Number) {
        let is_over = on.year() > self.fiscal_year;
        let (passed, all) = match by {
            Elapsed::Days => (i64::from(on.day_of_year()) - 1, i64::from(on.days_in_year())),
            Elapsed::MonthsPassed => (i64::from(on.month()) - 1, 12),
            Elapsed::MonthsBegun => (i64::from(on.month()), 12),
        };
        (Number::from(if is_over { all } else { passed }), Number::from(all))
    }

    /// Progress in percent, a gap in percentage points.
    fn watched(&self, watched: &Watched, figures: &mut Vec<Figure>) -> Result<Exact, NoValue> {
        match watched {
            Watched::Money { of } => self.money(of.value, figures),
            Watched::Targets { by, level } => self.attained(by.value, *level, figures),
            Watched::Gap { of, by, level, ahead } => {
                let money = self.money(of.value, figures)?;
                let targets = self.attained(by.value, *level, figures)?;
                let gap = match ahead.value {
                    Ahead::Either => money.minus(&targets).abs(),
                    Ahead::Money => money.minus(&targets),
                    Ahead::Targets => targets.minus(&money),
                };
                figures.push(figure("gap", &gap, "pp"));
                Ok(gap)
            }
        }
    }

    fn money(&self, of: Denominator, figures: &mut Vec<Figure>) -> Result<Exact, NoValue> {
        let whole = match of {
            Denominator::Original => self.budget.original,
            Denominator::Adjusted => self.budget.adjusted(),
            Denominator::Received => self.budget.received,
        };
        figures.push(yuan("paid", self.budget.paid));
        figures.push(yuan(of.into(), whole));
        if whole <= Money::ZERO {
            return Err(NoValue::NoBudget);
        }
        let progress = Exact::from(self.budget.paid).over(&Exact::from(whole)).ok_or(NoValue::NoBudget)?;
        let progress = progress.times(&hundred());
        figures.push(percent("money_progress", &progress));
        Ok(progress)
    }

    fn attained(
        &self,
        by: TargetShare,
        level: Option<TargetLevel>,
        figures: &mut Vec<Figure>,
    ) -> Result<Exact, NoValue> {
        let of_level = self.targets.iter().filter(|(of, _)| level.is_none_or(|level| level == *of));
        let part = |sum: &SumResult| match by {
            TargetShare::Points => (sum.score, sum.filled_weight),
            TargetShare::Met => (Number::from(i64::from(sum.met)), Number::from(i64::from(sum.indicators))),
        };
        let (mut reached, mut whole) = (Exact::zero(), Exact::zero());
        for (_, sum) in of_level {
            let (part, of) = part(sum);
            (reached, whole) = (reached.plus(&Exact::from(part)), whole.plus(&Exact::from(of)));
        }
        let names = match by {
            TargetShare::Points => ["points", "points_whole"],
            TargetShare::Met => ["targets_met", "targets"],
        };
        for (name, value) in names.into_iter().zip([&reached, &whole]) {
            figures.push(plain(name, value));
        }
        let progress = reached.over(&whole).ok_or(NoValue::NoTargets)?.times(&hundred());
        figures.push(percent("target_progress", &progress));
        Ok(progress)
    }
}

fn hundred() -> Exact {
    Exact::from(Number::from(100_i64))
}

/// Red below the one bound, yellow below the other. The bound that counts is noted, or the next one that would.
fn below(
    value: &Exact,
    yellow: Option<&Parameter<Number>>,
    red: Option<&Parameter<Number>>,
    figures: &mut Vec<Figure>,
) -> Option<WarningLevel> {
    warns(yellow, red, figures, "below", |bound| *value < Exact::from(bound))
}

fn above(
    value: &Exact,
    yellow: Option<&Parameter<Number>>,
    red: Option<&Parameter<Number>>,
    figures: &mut Vec<Figure>,
) -> Option<WarningLevel> {
    warns(yellow, red, figures, "above", |bound| *value > Exact::from(bound))
}

fn warns(
    yellow: Option<&Parameter<Number>>,
    red: Option<&Parameter<Number>>,
    figures: &mut Vec<Figure>,
    side: &str,
    is_beyond: impl Fn(Number) -> bool,
) -> Option<WarningLevel> {
    for (level, bound) in [(WarningLevel::Yellow, yellow), (WarningLevel::Red, red)] {
        if let Some(bound) = bound {
            let name = format!("{}_{side}", <&str>::from(level));
            figures.push(text(&name, bound.value.to_string()));
        }
    }
    let is_beyond = |bound: Option<&Parameter<Number>>| bound.is_some_and(|bound| is_beyond(bound.value));
    if is_beyond(red) { Some(WarningLevel::Red) } else { is_beyond(yellow).then_some(WarningLevel::Yellow) }
}

/// The most decimals of a figure that has no end.
const SHOWN: u32 = 12;

fn figure(name: &str, value: &Exact, unit: &str) -> Figure {
    Figure { unit: Some(unit.to_owned()), ..plain(name, value) }
}

fn plain(name: &str, value: &Exact) -> Figure {
    let shown = value.half_up(SHOWN).number().map(|number| number.to_string()).unwrap_or_default();
    Figure { name: name.to_owned(), value: shown, unit: None }
}

fn percent(name: &str, value: &Exact) -> Figure {
    figure(name, value, "%")
}

fn yuan(name: &str, money: Money) -> Figure {
    Figure { name: name.to_owned(), value: money.to_string(), unit: Some("CNY".to_owned()) }
}

fn text(name: &str, value: String) -> Figure {
    Figure { name: name.to_owned(), value, unit: None }
}

/// The last day that a fund's clock may come to: the first after its year, from which on nothing changes any more.
pub fn last_day(fiscal_year: i16) -> Date {
    Date::new(fiscal_year.saturating_add(1), 1, 1).unwrap_or(Date::MAX)
}

/// The first day that a fund's clock may come to.
pub fn first_day(fiscal_year: i16) -> Date {
    Date::new(fiscal_year, 1, 1).unwrap_or(Date::MIN)
}
