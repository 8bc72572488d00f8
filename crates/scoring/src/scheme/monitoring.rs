//! Monitoring as a scheme file has it: `[[monitoring]]`, what is watched within the year and from where on it warns.

use std::collections::BTreeSet;

use jixiao_events::budget::Denominator;
use jixiao_events::monitoring::{
    Ahead, Checkpoint, Elapsed, Limits, Monitor, MonthDay, TargetShare, Watched,
};
use jixiao_events::scheme::Parameter;
use jixiao_events::targets::TargetLevel;
use jixiao_events::{MonitorId, Number};

use super::FaultKind;
use super::node::{Kind, LEVELS, ReadNode};
use super::toml_reader::{At, Reader, Rests, Section, Value};

/// The most monitors of a scheme, and the most checkpoints of one: a day each would be 366.
const MAX_MONITORS: usize = 20;
const MAX_CHECKPOINTS: usize = 100;

/// What is watched, as a file says it.
#[derive(Clone, Copy)]
enum Watches {
    Money,
    Targets,
    Gap,
}

const WATCHES: &[(&str, Watches)] =
    &[("money", Watches::Money), ("targets", Watches::Targets), ("gap", Watches::Gap)];
const DENOMINATORS: &[(&str, Denominator)] = &[
    ("original", Denominator::Original),
    ("adjusted", Denominator::Adjusted),
    ("received", Denominator::Received),
];
const SHARES: &[(&str, TargetShare)] = &[("points", TargetShare::Points), ("met", TargetShare::Met)];
const AHEAD: &[(&str, Ahead)] =
    &[("either", Ahead::Either), ("money", Ahead::Money), ("targets", Ahead::Targets)];
const ELAPSED: &[(&str, Elapsed)] = &[
    ("days", Elapsed::Days),
    ("months_passed", Elapsed::MonthsPassed),
    ("months_begun", Elapsed::MonthsBegun),
];

/// Reads `[[monitoring]]`. `None`, with at least one fault noted, where one is wrong.
pub(super) fn monitoring(
    reader: &mut Reader<'_>,
    file: &mut Section<'_>,
    rests: &Rests,
    nodes: &[ReadNode],
) -> Option<Vec<Monitor>> {
    let Some(value) = file.get("monitoring") else {
        return Some(Vec::new());
    };
    let values = reader.list(value);
    let count = values.len();
    let message = || format!("a scheme has at most {MAX_MONITORS} monitors");
    reader.require(count <= MAX_MONITORS, value.span().start, FaultKind::TooManyMonitors, message);
    let mut ids = BTreeSet::new();
    let read: Vec<Monitor> = values
        .into_iter()
        .filter_map(|value| {
            let At { at, value: monitor } = monitor(reader, value, rests, nodes)?;
            let message = || format!("another monitor is called {}", monitor.monitor);
            reader
                .require(ids.insert(monitor.monitor.clone()), at, FaultKind::DuplicateMonitor, message)
                .then_some(monitor)
        })
        .collect();
    (read.len() == count).then_some(read)
}

fn monitor(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    around: &Rests,
    nodes: &[ReadNode],
) -> Option<At<Monitor>> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let id = reader.need(&mut section, "monitor").and_then(|id| reader.id::<MonitorId>(id));
    let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
    // Of what is not known nothing is known to be out of place.
    let kind = reader.need(&mut section, "watches").and_then(|value| reader.word(value, WATCHES))?;
    let watched = match kind {
        Watches::Money => {
            let of = of(reader, &mut section, &rests);
            of.map(|of| Watched::Money { of })
        }
        Watches::Targets => {
            let (by, level) = (by(reader, &mut section, &rests), level(reader, &mut section, nodes));
            by.map(|by| Watched::Targets { by, level })
        }
        Watches::Gap => {
            let of = of(reader, &mut section, &rests);
            let (by, level) = (by(reader, &mut section, &rests), level(reader, &mut section, nodes));
            let ahead = needed_word(reader, &mut section, "ahead", AHEAD, &rests);
            of.zip(by).zip(ahead).map(|((of, by), ahead)| Watched::Gap { of, by, level, ahead })
        }
    };
    let limits = match kind {
        Watches::Gap => distance(reader, &mut section, &rests),
        Watches::Money | Watches::Targets => progress(reader, &mut section, &rests),
    };
    reader.end(&section, "a monitor");
    let At { at, value: monitor } = id?;
    Some(At { at, value: Monitor { monitor, name: name?, watched: watched?, limits: limits? } })
}

fn needed_word<T: Copy>(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    key: &'static str,
    words: &[(&str, T)],
    rests: &Rests,
) -> Option<Parameter<T>> {
    let value = reader.need(section, key)?;
    reader.parameter(value, rests, |reader, value| reader.word(value, words)).map(|read| read.value)
}

/// The budget that money is measured against.
fn of(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Parameter<Denominator>> {
    needed_word(reader, section, "of", DENOMINATORS, rests)
}

/// How the attainment of targets is counted.
fn by(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Parameter<TargetShare>> {
    needed_word(reader, section, "by", SHARES, rests)
}

/// The level of targets, if one is named. The scheme has to evaluate it, or any where none is named.
fn level(reader: &mut Reader<'_>, section: &mut Section<'_>, nodes: &[ReadNode]) -> Option<TargetLevel> {
    let at = section.at;
    let (at, level) = match section.get("level") {
        None => (at, None),
        Some(value) => (value.span().start, Some(reader.word(value, LEVELS)?)),
    };
    // A node that does not read may be of any level.
    let is_there = nodes.iter().any(|node| node.body.is_none() && node.kind != Some(Kind::Group))
        || nodes.iter().any(|node| node.level().is_some_and(|of| level.is_none_or(|level| level == of)));
    let message = || "the scheme evaluates no such targets: it has no node of kind each_target for them";
    reader.require(is_there, at, FaultKind::NoSuchTargets, || message().to_owned());
    level
}

/// The limits of progress: checkpoints, or in proportion to time.
fn progress(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Limits> {
    let at = section.at;
    let (by_day, by_time) = (section.get("checkpoints"), section.get("time_proportional"));
    match (by_day, by_time) {
        (Some(value), None) => checkpoints(reader, value, rests),
        (None, Some(value)) => time_proportional(reader, value, rests),
        (Some(_), Some(_)) | (None, None) => {
            let message = "a monitor of progress has either `checkpoints` or `time_proportional`";
            reader.fault(at, FaultKind::MonitorLimits, message);
            None
        }
    }
}

fn checkpoints(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests) -> Option<Limits> {
    let values = reader.list(value);
    let count = values.len();
    let message = || format!("there are 1 to {MAX_CHECKPOINTS} checkpoints");
    let fits = (1..=MAX_CHECKPOINTS).contains(&count);
    reader.require(fits, value.span().start, FaultKind::MonitorLimits, message);
    let mut last: Option<MonthDay> = None;
    let mut read = Vec::new();
    for value in values {
        let Some(mut section) = reader.table(value) else { continue };
        let rests = reader.rests(&mut section, around);
        let from =
            reader.need(&mut section, "from").and_then(|value| reader.parameter(value, &rests, month_day));
        let bounds = bounds(reader, &mut section, &rests, ["yellow_below", "red_below"], Order::Falling);
        reader.end(&section, "a checkpoint");
        if let Some(At { at, value }) = &from {
            let ascends = last.is_none_or(|last| last < value.value);
            reader.require(ascends, *at, FaultKind::CheckpointsNotAscending, || {
                "checkpoints follow the year: this one is not after the one before".to_owned()
            });
            last = Some(value.value);
        }
        if let (Some(from), Some([yellow_below, red_below])) = (from, bounds) {
            read.push(Checkpoint { from: from.value, yellow_below, red_below });
        }
    }
    (fits && read.len() == count).then_some(Limits::Checkpoints { checkpoints: read })
}

fn time_proportional(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests) -> Option<Limits> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let elapsed = needed_word(reader, &mut section, "elapsed", ELAPSED, &rests);
    let from = from(reader, &mut section, &rests);
    let bounds = bounds(reader, &mut section, &rests, ["yellow_below", "red_below"], Order::Falling);
    reader.end(&section, "limits in proportion to time");
    let (elapsed, [yellow_below, red_below]) = (elapsed?, bounds?);
    Some(Limits::TimeProportional { elapsed, from, yellow_below, red_below })
}

fn distance(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Limits> {
    let from = from(reader, section, rests);
    let bounds = bounds(reader, section, rests, ["yellow_above", "red_above"], Order::Rising);
    let [yellow_above, red_above] = bounds?;
    Some(Limits::Distance { from, yellow_above, red_above })
}

/// The day from which on it is watched, if one is named.
fn from(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Parameter<MonthDay>> {
    section.get("from").and_then(|value| reader.parameter(value, rests, month_day)).map(|read| read.value)
}

fn month_day(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<MonthDay> {
    let At { at, value } = reader.text(value)?;
    match value.parse() {
        Ok(day) => Some(day),
        Err(error) => {
            reader.fault(at, FaultKind::BadDay, format!("{error}"));
            None
        }
    }
}

/// Which way it gets worse.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Red is the lower bound.
    Falling,
    /// Red is the higher bound.
    Rising,
}

/// Bounds of yellow and red: at least one, none below zero, and red beyond yellow.
fn bounds(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    [yellow, red]: [&'static str; 2],
    order: Order,
) -> Option<[Option<Parameter<Number>>; 2]> {
    let at = section.at;
    let is_there = section.has(yellow) || section.has(red);
    let bounds = [yellow, red].map(|key| reader.optional_number(section, key, rests));
    if !reader.require(is_there, at, FaultKind::MonitorLimits, || {
        format!("nothing ever warns: give `{yellow}`, `{red}` or both")
    }) {
        return None;
    }
    let mut is_good =
        [yellow, red].iter().zip(&bounds).all(|(key, read)| read.is_some() || !section.has(key));
    for At { at, value } in bounds.iter().flatten() {
        let fits = (Number::ZERO..=Number::from(1_000_i64)).contains(&value.value);
        let message = || format!("a bound is 0 to 1000 percent, not {}", value.value);
        is_good &= reader.require(fits, *at, FaultKind::BadNumber, message);
    }
    if let [Some(first), Some(second)] = &bounds {
        let (yellow_at, red_at) = (first.value.value, second.value.value);
        let is_beyond = if order == Order::Falling { red_at < yellow_at } else { red_at > yellow_at };
        let message =
            || format!("red begins beyond yellow: `{red}` {red_at} is not beyond `{yellow}` {yellow_at}");
        is_good &= reader.require(is_beyond, second.at, FaultKind::MonitorLimits, message);
    }
    is_good.then(|| bounds.map(|read| read.map(|read| read.value)))
}

impl ReadNode {
    /// The level of the targets below it.
    fn level(&self) -> Option<TargetLevel> {
        match &self.body {
            Some(jixiao_events::scheme::NodeBody::EachTarget { level, .. }) => Some(*level),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use jixiao_events::scheme::{Basis, Scheme};

    use super::*;
    use crate::scheme::parse;

    /// A good file; line 1 is `scheme`, the monitors begin in line 24.
    const SMALL: &str = r#"scheme = "small"
name = { zh = "小" }
fiscal_year = 2019
basis = "assumed"
total = 10
[[node]]
node = "a"
kind = "indicator"
name = { zh = "乙" }
weight = 4
measure = "budget.execution_rate.adjusted"
rule = { kind = "pro_rata", full_at = 100 }
[[node]]
node = "b"
kind = "each_target"
level = "detail"
name = { zh = "丙" }
weight = 6
rule = { kind = "all_or_nothing" }
[[grade]]
grade = "all"
name = { zh = "全" }
from = 0
[[monitoring]]
monitor = "money"
name = { zh = "支出进度" }
watches = "money"
of = { value = "adjusted", basis = "stated", source = "第3条" }
checkpoints = [
  { from = "05-01", yellow_below = 25 },
  { from = "07-01", yellow_below = 40, red_below = 20 },
]
[[monitoring]]
monitor = "gap"
name = { zh = "进度差" }
watches = "gap"
of = "received"
by = "points"
ahead = "money"
yellow_above = 10
[[monitoring]]
monitor = "targets"
name = { zh = "目标进度" }
watches = "targets"
by = "met"
level = "detail"
time_proportional = { elapsed = "days", from = "03-01", red_below = 60, yellow_below = 80 }
"#;

    fn read() -> Scheme {
        parse(SMALL).unwrap_or_else(|faults| panic!("{faults:#?}"))
    }

    #[test]
    fn what_is_watched_is_read_with_its_basis() {
        let monitors = read().monitoring;
        let ids: Vec<_> = monitors.iter().map(|monitor| monitor.monitor.as_str()).collect();
        assert_eq!(ids, ["money", "gap", "targets"]);
        let Watched::Money { of } = &monitors[0].watched else { panic!("{:?}", monitors[0]) };
        assert_eq!(
            (of.value, of.basis, of.source.as_deref()),
            (Denominator::Adjusted, Basis::Stated, Some("第3条"))
        );
        let Limits::Checkpoints { checkpoints } = &monitors[0].limits else { panic!("{:?}", monitors[0]) };
        assert_eq!(checkpoints[1].from.value.to_string(), "07-01");
        assert_eq!(checkpoints[1].red_below.as_ref().map(|bound| bound.basis), Some(Basis::Assumed));
        assert!(matches!(&monitors[1].watched, Watched::Gap { ahead, .. } if ahead.value == Ahead::Money));
        assert!(matches!(&monitors[2].watched, Watched::Targets { level: Some(TargetLevel::Detail), .. }));
        assert!(parse(SMALL.split_once("[[monitoring]]").unwrap().0).unwrap().monitoring.is_empty());
    }

    #[test]
    fn each_fault_is_told_at_its_place() {
        use FaultKind::*;
        for (old, new, expected) in [
            (r#"watches = "gap""#, r#"watches = "weather""#, &[(36, UnknownWord)][..]),
            (r#"watches = "gap""#, "", &[(33, MissingKey)]),
            (r#"of = "received""#, r#"of = "spent""#, &[(37, UnknownWord)]),
            (r#"by = "points""#, "", &[(33, MissingKey)]),
            (r#"ahead = "money""#, "ahead = 1", &[(39, WrongType)]),
            ("yellow_above = 10", "", &[(33, MonitorLimits)]),
            ("yellow_above = 10", "yellow_above = -1", &[(40, BadNumber)]),
            ("yellow_above = 10", "yellow_above = 10\nred_above = 10", &[(41, MonitorLimits)]),
            ("yellow_above = 10", "yellow_above = 10\nyellow_below = 5", &[(41, UnknownKey)]),
            (r#"monitor = "gap""#, r#"monitor = "money""#, &[(34, DuplicateMonitor)]),
            (r#"monitor = "gap""#, r#"monitor = "Gap!""#, &[(34, BadId)]),
            (r#"from = "05-01""#, r#"from = "13-01""#, &[(30, BadDay)]),
            (r#"from = "05-01""#, r#"from = "07-01""#, &[(31, CheckpointsNotAscending)]),
            (
                "yellow_below = 40, red_below = 20",
                "yellow_below = 40, red_below = 50",
                &[(31, MonitorLimits)],
            ),
            (r#"{ from = "05-01", yellow_below = 25 }"#, r#"{ from = "05-01" }"#, &[(30, MonitorLimits)]),
            (r#"elapsed = "days", "#, "", &[(47, MissingKey)]),
            (
                r#"level = "detail"
time"#,
                r#"level = "overall"
time"#,
                &[(46, NoSuchTargets)],
            ),
            ("time_proportional = {", "unknown = {", &[(41, MonitorLimits), (47, UnknownKey)]),
        ] {
            assert!(SMALL.contains(old), "{old}");
            let faults = parse(&SMALL.replacen(old, new, 1)).err().unwrap_or_default();
            let found: Vec<_> = faults.iter().map(|fault| (fault.line, fault.kind)).collect();
            assert_eq!(found, expected, "{new}: {faults:#?}");
        }
        let many = "[[monitoring]]\nmonitor = \"m\"\n".repeat(MAX_MONITORS);
        let faults = parse(&format!("{SMALL}{many}")).unwrap_err();
        assert!(faults.iter().any(|fault| fault.kind == TooManyMonitors));
    }
}
