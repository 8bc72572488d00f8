//! The form of a rule.

use jixiao_events::Number;
use jixiao_events::scheme::{Band, Measure, Parameter, Rule, Step};

use super::toml_reader::{At, Reader, Rests, Section, Value};
use super::{FaultKind, rules};
use crate::domain::measure::count_of;

/// What a rule scores.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    /// Each target of a level, with its own weight.
    Target,
    /// Targets of one kind of criterion that are not met.
    Missed,
    /// Targets whose criterion is in words.
    Words,
    /// An indicator.
    Indicator {
        /// Its weight, as far as it could be read.
        weight: Option<Number>,
        /// Its measure, as far as it could be read.
        measure: Option<Measure>,
    },
}

/// What a rule is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    AllOrNothing,
    Steps,
    ProRata,
    Bands,
    DeductPerFinding,
    Manual,
    InverseRatio,
    Curve,
    Deduct,
    Levels,
    Checklist,
    Cases,
}

pub(super) const KINDS: &[(&str, Kind)] = &[
    ("all_or_nothing", Kind::AllOrNothing),
    ("steps", Kind::Steps),
    ("pro_rata", Kind::ProRata),
    ("bands", Kind::Bands),
    ("deduct_per_finding", Kind::DeductPerFinding),
    ("manual", Kind::Manual),
    ("inverse_ratio", Kind::InverseRatio),
    ("curve", Kind::Curve),
    ("deduct", Kind::Deduct),
    ("levels", Kind::Levels),
    ("checklist", Kind::Checklist),
    ("cases", Kind::Cases),
];

/// Reads a rule and checks it by itself.
pub(super) fn read(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests, of: Of) -> Option<Rule> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let kind = reader.need(&mut section, "kind").and_then(|kind| reader.word(kind, KINDS))?;
    let by_person = matches!(kind, Kind::Checklist | Kind::Cases | Kind::Levels);
    let fits = match of {
        Of::Target => !by_person,
        Of::Missed => !by_person && !matches!(kind, Kind::Manual | Kind::AllOrNothing),
        Of::Words => matches!(kind, Kind::Levels),
        Of::Indicator { .. } => true,
    };
    if !fits {
        let message = match of {
            Of::Words => "targets in words are scored by levels",
            _ => "this kind of rule cannot score targets here",
        };
        reader.fault(section.at, FaultKind::RuleNotForTargets, message);
    }
    let rule = match kind {
        Kind::AllOrNothing => Some(all_or_nothing(reader, &mut section, &rests, of)),
        Kind::Steps => steps(reader, &mut section, &rests),
        Kind::ProRata => pro_rata(reader, &mut section, &rests),
        Kind::Bands => bands(reader, &mut section, &rests, of),
        Kind::DeductPerFinding => deduct_per_finding(reader, &mut section, &rests, of),
        Kind::Manual => {
            let stands = reader.need(&mut section, "self_score_stands");
            let coefficient =
                super::node::parameter(reader, &mut section, "coefficient", &rests, Reader::boolean);
            stands.and_then(|stands| reader.parameter(stands, &rests, Reader::boolean)).map(|stands| {
                let coefficient = coefficient.map(|read| read.value);
                Rule::Manual { self_score_stands: stands.value, coefficient }
            })
        }
        Kind::InverseRatio => rules::inverse_ratio(reader, &mut section, &rests),
        Kind::Curve => rules::curve(reader, &mut section, &rests),
        Kind::Deduct => rules::deduct(reader, &mut section, &rests, of),
        Kind::Levels => rules::levels(reader, &mut section, &rests),
        Kind::Checklist => rules::checklist(reader, &mut section, &rests, of),
        Kind::Cases => rules::cases(reader, &mut section, &rests, of),
    };
    reader.end(&section, "this kind of rule");
    rule
}

fn all_or_nothing(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests, of: Of) -> Rule {
    let at_least = reader.optional_number(section, "at_least", rests);
    let at_most = reader.optional_number(section, "at_most", rests);
    let is_bounded = section.has("at_least") || section.has("at_most");
    match of {
        Of::Target => {
            let message =
                || "a target says itself when it is met: no `at_least`, no `at_most` here".to_owned();
            reader.require(!is_bounded, section.at, FaultKind::Threshold, message);
        }
        Of::Missed | Of::Words => {}
        Of::Indicator { .. } => {
            let message = || "`at_least` or `at_most` has to say when it is met".to_owned();
            reader.require(is_bounded, section.at, FaultKind::Threshold, message);
        }
    }
    if let (Some(low), Some(high)) = (&at_least, &at_most) {
        let message = || "`at_least` is above `at_most`: nothing meets both".to_owned();
        reader.require(low.value.value <= high.value.value, high.at, FaultKind::Threshold, message);
    }
    Rule::AllOrNothing {
        at_least: at_least.map(|bound| bound.value),
        at_most: at_most.map(|bound| bound.value),
    }
}

fn steps(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Rule> {
    let list = reader.need(section, "steps")?;
    let values = reader.list(list);
    reader.require(!values.is_empty(), list.span().start, FaultKind::NoSteps, || {
        "there has to be at least one step".to_owned()
    });
    let mut steps: Vec<Step> = Vec::new();
    let mut is_whole = !values.is_empty();
    let mut previous: Option<Number> = None;
    for value in values {
        let Some(mut step) = reader.table(value) else {
            is_whole = false;
            continue;
        };
        let from = reader.needed_number(&mut step, "from", rests);
        let factor = reader.needed_number(&mut step, "factor", rests);
        reader.end(&step, "a step");
        if let Some(At { at, value }) = &from {
            let message = || "steps begin with the highest: this one is not below the one before".to_owned();
            let descends = previous.is_none_or(|previous| value.value < previous);
            reader.require(descends, *at, FaultKind::StepsNotDescending, message);
            previous = Some(value.value);
        }
        is_share(reader, factor.as_ref());
        match from.zip(factor) {
            Some((from, factor)) => steps.push(Step { from: from.value, factor: factor.value }),
            None => is_whole = false,
        }
    }
    is_whole.then_some(Rule::Steps { steps })
}

fn pro_rata(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Rule> {
    let At { at, value: full_at } = reader.needed_number(section, "full_at", rests)?;
    let message = || format!("`full_at` is above 0, not {}", full_at.value);
    reader.require(full_at.value > Number::ZERO, at, FaultKind::BadNumber, message);
    Some(Rule::ProRata { full_at })
}

fn bands(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests, of: Of) -> Option<Rule> {
    let list = reader.need(section, "bands")?;
    let values = reader.list(list);
    reader.require(!values.is_empty(), list.span().start, FaultKind::NoBands, || {
        "there has to be at least one band".to_owned()
    });
    let count = values.len();
    let mut bands: Vec<Band> = Vec::new();
    let mut is_whole = count > 0;
    // The end of the band before: its value, and whether it belongs to that band.
    let mut previous: Option<(Number, bool)> = None;
    for (place, value) in values.into_iter().enumerate() {
        let Some(mut band) = reader.table(value) else {
            is_whole = false;
            continue;
        };
        let up_to = reader.optional_number(&mut band, "up_to", rests);
        let below = reader.optional_number(&mut band, "below", rests);
        let points = reader.needed_number(&mut band, "points", rests);
        let at_least = reader.optional_number(&mut band, "at_least", rests);
        reader.end(&band, "a band");
        if let (Some(least), Some(most)) = (&at_least, &points) {
            let message = || "`at_least` is not below `points`: then there is nothing to choose".to_owned();
            let is_range = least.value.value < most.value.value;
            reader.require(is_range, least.at, FaultKind::PointsOutOfRange, message);
        }
        within_weight(reader, at_least.as_ref(), of, "points");
        if band.has("up_to") && band.has("below") {
            let message =
                "a band ends with `up_to`, which it includes, or `below`, which it does not: give one";
            reader.fault(band.at, FaultKind::BandsNotAscending, message);
        }
        let inclusive = up_to.is_some();
        let end = up_to.or(below);
        if let Some(At { at, value }) = &end {
            let ascends = previous.is_none_or(|(previous, was_inclusive)| {
                // Once more the same end, now included: a band of that one value.
                value.value > previous || value.value == previous && !was_inclusive && inclusive
            });
            let message = || "bands begin with the lowest: this end is not above the one before".to_owned();
            reader.require(ascends, *at, FaultKind::BandsNotAscending, message);
            previous = Some((value.value, inclusive));
            let message = || "the last band has no end, so that every value has its points".to_owned();
            reader.require(place + 1 < count, *at, FaultKind::LastBandNotOpen, message);
        } else if !band.has("up_to") && !band.has("below") {
            let message = || "only the last band has no end: those after it are never reached".to_owned();
            reader.require(place + 1 == count, band.at, FaultKind::OpenBandNotLast, message);
        }
        within_weight(reader, points.as_ref(), of, "points");
        match points.filter(|_| end.is_some() || place + 1 == count) {
            Some(points) => {
                bands.push(Band {
                    up_to: end.map(|end| end.value),
                    inclusive,
                    points: points.value,
                    at_least: at_least.map(|least| least.value),
                });
            }
            None => is_whole = false,
        }
    }
    is_whole.then_some(Rule::Bands { bands })
}

fn deduct_per_finding(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: Of,
) -> Option<Rule> {
    let each = reader.needed_number(section, "each", rests);
    let cap = reader.optional_number(section, "cap", rests);
    let floor = reader.optional_number(section, "floor", rests);
    for points in [&each, &cap].into_iter().flatten() {
        let message = || format!("a deduction is above 0, not {}", points.value.value);
        reader.require(points.value.value > Number::ZERO, points.at, FaultKind::PointsOutOfRange, message);
    }
    within_weight(reader, cap.as_ref(), of, "a cap");
    within_weight(reader, floor.as_ref(), of, "a floor");
    match of {
        Of::Target | Of::Missed | Of::Words => {
            let message = "a target has no findings: use steps, pro_rata, bands or all_or_nothing";
            reader.fault(section.at, FaultKind::RuleNotForTargets, message);
        }
        Of::Indicator { measure: Some(measure), .. } if count_of(measure).is_none() => {
            let message = format!("{} is no count of findings", <&str>::from(measure));
            reader.fault(section.at, FaultKind::MeasureNotForRule, message);
        }
        Of::Indicator { .. } => {}
    }
    Some(Rule::DeductPerFinding {
        each: each?.value,
        cap: cap.map(|cap| cap.value),
        floor: floor.map(|floor| floor.value),
    })
}

pub(super) fn within_weight(
    reader: &mut Reader<'_>,
    points: Option<&At<Parameter<Number>>>,
    of: Of,
    what: &str,
) {
    let Some(At { at, value: Parameter { value, .. } }) = points else {
        return;
    };
    let weight = match of {
        Of::Target | Of::Missed | Of::Words => None,
        Of::Indicator { weight, .. } => weight,
    };
    let is_within = *value >= Number::ZERO && weight.is_none_or(|weight| *value <= weight);
    let message = || match weight {
        Some(weight) => format!("{what}: from 0 to the weight of {weight}, not {value}"),
        None => format!("{what}: not below 0, as {value} is"),
    };
    reader.require(is_within, *at, FaultKind::PointsOutOfRange, message);
}

/// Whether a share is from 0 to 1.
pub(super) fn is_share(reader: &mut Reader<'_>, share: Option<&At<Parameter<Number>>>) {
    let Some(At { at, value }) = share else { return };
    let message = || format!("a share is from 0 to 1, not {}", value.value);
    let is_share = (Number::ZERO..=Number::ONE).contains(&value.value);
    reader.require(is_share, *at, FaultKind::FactorOutOfRange, message);
}
