//! The form of a node.

use std::collections::BTreeSet;

use jixiao_events::scheme::{
    Ask, AskKind, ByHand, Choice, Combine, Condition, CriterionRules, Gate, LateIn, Measure, Node, NodeBody,
    Outside, Parameter, Rule,
};
use jixiao_events::targets::TargetLevel;
use jixiao_events::{Names, NodeId, Number};
use strum::VariantNames;

use super::toml_reader::{At, Reader, Rests, Section, Value};
use super::{FaultKind, rule};
use crate::findings::CHECKS;
use crate::rules::equal_parts;

/// A node as far as it could be read.
pub(super) struct ReadNode {
    pub(super) at: usize,
    pub(super) id: Option<At<NodeId>>,
    pub(super) name: Option<Names>,
    pub(super) weight: Option<At<Parameter<Number>>>,
    pub(super) kind: Option<Kind>,
    pub(super) as_published: Option<String>,
    pub(super) outside: Option<At<Parameter<Outside>>>,
    optional: Option<At<Parameter<bool>>>,
    pub(super) equal_parts: Option<Parameter<u32>>,
    has_weight: bool,
    pub(super) body: Option<NodeBody>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    EachTarget,
    Indicator,
}

const KINDS: &[(&str, Kind)] =
    &[("group", Kind::Group), ("each_target", Kind::EachTarget), ("indicator", Kind::Indicator)];
pub(super) const LEVELS: &[(&str, TargetLevel)] =
    &[("overall", TargetLevel::Overall), ("detail", TargetLevel::Detail)];
const OUTSIDE: &[(&str, Outside)] = &[("bonus", Outside::Bonus), ("penalty", Outside::Penalty)];
const BY_HAND: &[(&str, ByHand)] = &[("replace", ByHand::Replace), ("deduct", ByHand::Deduct)];
const LATE_IN: &[(&str, LateIn)] =
    &[("days", LateIn::Days), ("months", LateIn::Months), ("percent", LateIn::Percent)];

impl ReadNode {
    pub(super) fn finish(self) -> Option<Node> {
        Some(Node {
            node: self.id?.value,
            name: self.name?,
            weight: self.weight?.value,
            body: self.body?,
            outside: self.outside.map(|outside| outside.value),
            optional: self.optional.map(|optional| optional.value),
        })
    }

    /// How what is below it comes together; plain for an indicator.
    pub(super) fn combine(&self) -> Combine {
        match &self.body {
            Some(NodeBody::Group { combine, .. } | NodeBody::EachTarget { combine, .. }) => combine.clone(),
            Some(NodeBody::Indicator { .. }) | None => Combine::default(),
        }
    }
}

/// Reads a node.
pub(super) fn read(reader: &mut Reader<'_>, value: &Value<'_>, around: &Rests) -> Option<ReadNode> {
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, around);
    let id = reader.need(&mut section, "node").and_then(|id| reader.id::<NodeId>(id));
    let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
    let has_weight = section.has("weight");
    let weight = reader.optional_number(&mut section, "weight", &rests);
    if let Some(weight) = &weight {
        let message = || format!("a weight is above 0, not {}", weight.value.value);
        reader.require(weight.value.value > Number::ZERO, weight.at, FaultKind::WeightNotPositive, message);
    }
    let outside = word(reader, &mut section, "outside", &rests, OUTSIDE);
    let kind = reader.need(&mut section, "kind").and_then(|kind| reader.word(kind, KINDS));
    let mut as_published = None;
    let mut optional = None;
    let mut parts = None;
    let body = match kind {
        None => {
            // Of an unknown kind nothing is known to be out of place.
            section.take_all();
            None
        }
        Some(Kind::Group) => {
            as_published = reader.optional_text(&mut section, "as_published");
            let combine = combine(reader, &mut section, &rests, outside.is_some());
            parts = parameter(reader, &mut section, "equal_parts", &rests, decimals);
            Some(NodeBody::Group { as_published: as_published.clone(), combine })
        }
        Some(Kind::EachTarget) => {
            as_published = reader.optional_text(&mut section, "as_published");
            each_target(reader, &mut section, &rests, as_published.clone(), outside.is_some())
        }
        Some(Kind::Indicator) => {
            optional =
                section.get("optional").and_then(|value| reader.parameter(value, &rests, Reader::boolean));
            indicator(reader, &mut section, &rests, weight.as_ref().map(|weight| weight.value.value))
        }
    };
    let what = match kind {
        Some(Kind::Group) => "a group",
        Some(Kind::EachTarget) => "a node of kind each_target",
        Some(Kind::Indicator) => "an indicator",
        None => "a node",
    };
    reader.end(&section, what);
    let equal_parts = parts.map(|parts| parts.value);
    let at = section.at;
    Some(ReadNode {
        at,
        id,
        name,
        weight,
        kind,
        as_published,
        outside,
        optional,
        equal_parts,
        has_weight,
        body,
    })
}

/// Gives the nodes below a group that is divided equally their weights; every other node has to have its own.
pub(super) fn divide(reader: &mut Reader<'_>, nodes: &mut [ReadNode]) {
    let parent = |node: &ReadNode| node.id.as_ref().and_then(|id| id.value.parent());
    let divided: Vec<_> = nodes
        .iter()
        .filter_map(|node| {
            let path = node.id.as_ref()?.value.clone();
            Some((path, node.equal_parts.clone()?, node.weight.as_ref()?.value.value))
        })
        .collect();
    for (path, decimals, weight) in &divided {
        let below =
            |node: &&mut ReadNode| node.id.as_ref().and_then(|id| id.value.parent()).as_ref() == Some(path);
        let mut children: Vec<_> = nodes.iter_mut().filter(below).collect();
        let parts = equal_parts(*weight, children.len(), decimals.value);
        for (child, part) in children.iter_mut().zip(parts) {
            if child.has_weight {
                let message = format!("{path} is divided equally: leave the weight out");
                reader.fault(child.at, FaultKind::WeightOfPart, message);
            }
            let (basis, source) = (decimals.basis, decimals.source.clone());
            child.weight = Some(At { at: child.at, value: Parameter { value: part, basis, source } });
        }
    }
    for node in nodes.iter().filter(|node| !node.has_weight) {
        let is_part = parent(node).is_some_and(|parent| divided.iter().any(|(path, ..)| *path == parent));
        // Of a node whose id could not be read nothing is known of the group above it.
        if !is_part && node.id.is_some() {
            reader.fault(node.at, FaultKind::MissingKey, "`weight` is missing here");
        }
    }
}

fn combine(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests, is_outside: bool) -> Combine {
    let out_of = reader.optional_number(section, "out_of", rests);
    if let Some(At { at, value }) = &out_of {
        let message = || format!("points are filled above 0, not {}", value.value);
        reader.require(value.value > Number::ZERO, *at, FaultKind::WeightNotPositive, message);
    }
    let redistribute = parameter(reader, section, "redistribute", rests, Reader::boolean);
    let best_of = parameter(reader, section, "best_of", rests, Reader::boolean);
    let is_said = |read: &&At<Parameter<bool>>| read.value.value;
    let of_total = [
        ("out_of", out_of.as_ref().map(|read| read.at)),
        ("redistribute", redistribute.as_ref().filter(is_said).map(|read| read.at)),
        ("best_of", best_of.as_ref().filter(is_said).map(|read| read.at)),
    ];
    for (key, at) in of_total.into_iter().filter(|_| is_outside) {
        let message = format!(
            "points outside of the total are added or taken off as they are: leave `{key}` out, or put it on a group below"
        );
        if let Some(at) = at {
            reader.fault(at, FaultKind::OutsideCombined, &message);
        }
    }
    let combine = Combine {
        out_of: out_of.map(|read| read.value),
        redistribute: redistribute.map(|read| read.value),
        best_of: best_of.map(|read| read.value),
    };
    if combine.is_best_of() && (combine.out_of.is_some() || combine.redistributes()) {
        let message = "only the best counts: nothing is filled or redistributed below it";
        reader.fault(section.at, FaultKind::BestOf, message);
    }
    combine
}

fn each_target(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    as_published: Option<String>,
    is_outside: bool,
) -> Option<NodeBody> {
    let level = reader.need(section, "level").and_then(|level| reader.word(level, LEVELS));
    let class = parameter(reader, section, "class", rests, |reader, value| {
        reader.id::<NodeId>(value).map(|id| id.value.to_string())
    });
    let rule = needed_rule(reader, section, rests, rule::Of::Target);
    let of = |reader: &mut Reader<'_>, section: &mut Section<'_>, key: &'static str, of: rule::Of| {
        section.get(key).and_then(|value| rule::read(reader, value, rests, of))
    };
    let at_most = of(reader, section, "at_most", rule::Of::Missed);
    let equal = of(reader, section, "equal", rule::Of::Missed);
    let between = of(reader, section, "between", rule::Of::Missed);
    let by_date = of(reader, section, "by_date", rule::Of::Missed);
    let qualitative = of(reader, section, "qualitative", rule::Of::Words);
    let late_in = word(reader, section, "late_in", rests, LATE_IN);
    let parts = parameter(reader, section, "equal_parts", rests, decimals);
    let combine = combine(reader, section, rests, is_outside);
    if combine.is_best_of() {
        reader.fault(section.at, FaultKind::BestOf, "targets are not alternatives of each other");
    }
    let late_in = late_in.map(|read| read.value);
    let rules = CriterionRules { at_most, equal, between, by_date, late_in, qualitative };
    Some(NodeBody::EachTarget {
        level: level?,
        class: class.map(|read| read.value),
        rule: rule?,
        rules: Box::new(rules),
        equal_parts: parts.map(|read| read.value),
        combine,
        as_published,
    })
}

fn indicator(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    weight: Option<Number>,
) -> Option<NodeBody> {
    let at = section.at;
    let read_measure = section.get("measure").map(|value| {
        let value_at = value.span().start;
        (value_at, reader.parameter(value, rests, measure))
    });
    let known = read_measure.as_ref().and_then(|(_, read)| read.as_ref()).map(|read| read.value.value);
    let month = parameter(reader, section, "month", rests, |reader, value| {
        super::read::whole(reader, value, 1, 12, "a month is a whole number from 1 to 12")
    });
    if let (Some(month), Some(measure)) = (&month, known) {
        let is_money = !crate::domain::measure::money_of(measure).is_empty();
        let message = || format!("{} is not counted by month", <&str>::from(measure));
        reader.require(is_money, month.at, FaultKind::MonthNotForMeasure, message);
    }
    let targets = parameter(reader, section, "targets", rests, |reader, value| {
        reader.text(value).map(|text| text.value)
    });
    if known == Some(Measure::OverProjects) && !section.has("targets") {
        let message = "`targets` has to name the targets that are taken together";
        reader.fault(at, FaultKind::MissingKey, message);
    } else if let Some(targets) = &targets
        && known.is_some_and(|measure| measure != Measure::OverProjects)
    {
        let message = "`targets` belongs to the measure targets.over_projects";
        reader.fault(targets.at, FaultKind::UnknownKey, message);
    }
    let asks = asks(reader, section, rests);
    if known == Some(Measure::Answer) && !section.has("asks") {
        reader.fault(at, FaultKind::MissingKey, "`asks` has to say what a person is asked for");
    }
    let of = rule::Of::Indicator { weight, measure: known };
    let rule = needed_rule(reader, section, rests, of);
    let gates = gates(reader, section, rests);
    let by_hand = word(reader, section, "by_hand", rests, BY_HAND);
    let evidence = parameter(reader, section, "evidence", rests, Reader::boolean);
    let none_found = section.get("none_found").and_then(|value| reader.parameter(value, rests, checks));
    let by_person = rule.as_ref().and_then(judged_by_person);
    match (&read_measure, by_person) {
        (Some((at, _)), Some(what)) => {
            let message = format!("a {what} rule measures nothing: leave `measure` out");
            reader.fault(*at, FaultKind::ManualWithMeasure, message);
        }
        (None, None) if rule.as_ref().is_some_and(|rule| !matches!(rule, Rule::Cases { .. })) => {
            reader.fault(at, FaultKind::MeasureMissing, "this rule needs a `measure`");
        }
        _ => {}
    }
    let (asks, gates) = (asks?, gates?);
    let rule = rule?;
    check_conditions(reader, at, &asks, &rule, &gates, read_measure.is_some());
    Some(NodeBody::Indicator {
        measure: read_measure.and_then(|(_, read)| read).map(|read| read.value),
        month: month.map(|read| read.value),
        targets: targets.map(|read| read.value),
        asks,
        rule,
        gates,
        by_hand: by_hand.map(|read| read.value),
        evidence: evidence.map(|read| read.value),
        none_found: none_found.map(|read| read.value),
    })
}

/// The name of a rule that only a person's say decides.
fn judged_by_person(rule: &Rule) -> Option<&'static str> {
    match rule {
        Rule::Manual { .. } => Some("manual"),
        Rule::Levels { .. } => Some("levels"),
        Rule::Checklist { .. } => Some("checklist"),
        _ => None,
    }
}

/// What conditions name is asked, or measured.
fn check_conditions(
    reader: &mut Reader<'_>,
    at: usize,
    asks: &[Ask],
    rule: &Rule,
    gates: &[Gate],
    has_measure: bool,
) {
    use jixiao_events::scheme::Term;
    let cases = match rule {
        Rule::Cases { cases, .. } => cases.as_slice(),
        _ => &[],
    };
    let items: BTreeSet<&str> = match rule {
        Rule::Checklist { items } => items.iter().map(|item| item.item.as_str()).collect(),
        _ => BTreeSet::new(),
    };
    for ask in asks.iter().filter(|ask| items.contains(ask.ask.as_str())) {
        let message = format!("{} is both an item of the checklist and asked for", ask.ask);
        reader.fault(at, FaultKind::DuplicateAsk, message);
    }
    let when = cases.iter().map(|case| &case.when).chain(gates.iter().map(|gate| &gate.when));
    for condition in when.flatten() {
        for term in [&condition.left, &condition.right] {
            match term {
                Term::Answer { node: None, ask } => {
                    let kind = asks.iter().find(|other| other.ask == *ask).map(|ask| &ask.kind);
                    let is_number = kind.is_some_and(|kind| !matches!(kind, AskKind::Survey { .. }));
                    reader.require(
                        is_number || items.contains(ask.as_str()),
                        at,
                        FaultKind::BadCondition,
                        || format!("`{condition}`: {ask} is not asked for here, or has no one value"),
                    );
                }
                Term::Answer { node: Some(_), .. } | Term::Total {} => {
                    let message =
                        format!("`{condition}`: an indicator knows its own answers and measures only");
                    reader.fault(at, FaultKind::BadCondition, message);
                }
                Term::Value {} => {
                    let message = || format!("`{condition}`: the indicator has no measure");
                    reader.require(has_measure, at, FaultKind::BadCondition, message);
                }
                Term::Measure { measure } => {
                    let is_figure = !matches!(measure, Measure::Answer | Measure::OverProjects);
                    let message = || format!("`{condition}`: {term} is no figure of the fund");
                    reader.require(is_figure, at, FaultKind::BadCondition, message);
                }
                Term::Number { .. } => {}
            }
        }
    }
}

fn asks(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Vec<Ask>> {
    let Some(list) = section.get("asks") else { return Some(Vec::new()) };
    let values = reader.list(list);
    let count = values.len();
    let read: Vec<Ask> = values.into_iter().filter_map(|value| ask(reader, value, rests)).collect();
    let mut ids = BTreeSet::new();
    for ask in &read {
        if !ids.insert(ask.ask.as_str()) {
            reader.fault(list.span().start, FaultKind::DuplicateAsk, format!("{} is asked twice", ask.ask));
        }
    }
    (read.len() == count).then_some(read)
}

fn ask(reader: &mut Reader<'_>, value: &Value<'_>, rests: &Rests) -> Option<Ask> {
    #[derive(Clone, Copy)]
    enum Form {
        Number,
        Date,
        YesNo,
        Survey,
    }
    let forms =
        [("number", Form::Number), ("date", Form::Date), ("yes_no", Form::YesNo), ("survey", Form::Survey)];
    let mut section = reader.table(value)?;
    let rests = reader.rests(&mut section, rests);
    let id = reader.need(&mut section, "ask").and_then(|id| reader.id::<NodeId>(id));
    let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
    let form = reader.need(&mut section, "kind").and_then(|kind| reader.word(kind, &forms));
    let kind = match form {
        None => {
            section.take_all();
            None
        }
        Some(Form::Number) => {
            let unit = reader.optional_text(&mut section, "unit");
            let at_least = reader.optional_number(&mut section, "at_least", &rests);
            let at_most = reader.optional_number(&mut section, "at_most", &rests);
            if let (Some(low), Some(high)) = (&at_least, &at_most) {
                let message = || "`at_least` is above `at_most`: no answer fits".to_owned();
                reader.require(low.value.value <= high.value.value, high.at, FaultKind::Threshold, message);
            }
            let (at_least, at_most) = (at_least.map(|read| read.value), at_most.map(|read| read.value));
            Some(AskKind::Number { unit, at_least, at_most })
        }
        Some(Form::Date) => Some(AskKind::Date {}),
        Some(Form::YesNo) => Some(AskKind::YesNo {}),
        Some(Form::Survey) => {
            choices(reader, &mut section, &rests).map(|choices| AskKind::Survey { choices })
        }
    };
    reader.end(&section, "what is asked for");
    Some(Ask { ask: id?.value.to_string(), name: name?, kind: kind? })
}

fn choices(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Vec<Choice>> {
    let list = reader.need(section, "choices")?;
    let values = reader.list(list);
    let count = values.len();
    reader.require(count > 1, list.span().start, FaultKind::BadText, || {
        "a survey has at least two `choices`".to_owned()
    });
    let mut ids = BTreeSet::new();
    let mut choices = Vec::new();
    for value in values {
        let Some(mut section) = reader.table(value) else { continue };
        let id = reader.need(&mut section, "choice").and_then(|id| reader.id::<NodeId>(id));
        let name = reader.need(&mut section, "name").and_then(|name| reader.names(name));
        let share = reader.needed_number(&mut section, "share", rests);
        reader.end(&section, "a choice");
        rule::is_share(reader, share.as_ref());
        let (Some(id), Some(name), Some(share)) = (id, name, share) else { continue };
        let choice = id.value.to_string();
        if !ids.insert(choice.clone()) {
            reader.fault(id.at, FaultKind::DuplicateAsk, format!("another choice is called {choice}"));
        }
        choices.push(Choice { choice, name, share: share.value });
    }
    (choices.len() == count).then_some(choices)
}

fn gates(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Vec<Gate>> {
    let Some(list) = section.get("gates") else { return Some(Vec::new()) };
    let values = reader.list(list);
    let count = values.len();
    let mut gates = Vec::new();
    for value in values {
        let Some(mut section) = reader.table(value) else { continue };
        let when = conditions(reader, &mut section);
        let at_most = reader.needed_number(&mut section, "at_most", rests);
        reader.end(&section, "a gate");
        if let Some(At { at, value }) = &at_most {
            let message = || format!("points are not below 0, as {} is", value.value);
            reader.require(value.value >= Number::ZERO, *at, FaultKind::PointsOutOfRange, message);
        }
        let (Some(when), Some(at_most)) = (when, at_most) else { continue };
        gates.push(Gate { when, at_most: at_most.value });
    }
    (gates.len() == count).then_some(gates)
}

/// Conditions under `when`.
pub(super) fn conditions(reader: &mut Reader<'_>, section: &mut Section<'_>) -> Option<Vec<Condition>> {
    let list = reader.need(section, "when")?;
    let values = reader.list(list);
    let count = values.len();
    reader.require(count > 0, list.span().start, FaultKind::BadCondition, || {
        "at least one condition has to stand here".to_owned()
    });
    let mut all = Vec::new();
    for value in values {
        let Some(At { at, value }) = reader.text(value) else { continue };
        match value.parse::<Condition>() {
            Ok(condition) => all.push(condition),
            Err(error) => reader.fault(at, FaultKind::BadCondition, error.to_string()),
        }
    }
    (count > 0 && all.len() == count).then_some(all)
}

/// A parameter that may be missing.
pub(super) fn parameter<'t, T>(
    reader: &mut Reader<'t>,
    section: &mut Section<'_>,
    key: &'static str,
    rests: &Rests,
    read: impl FnOnce(&mut Reader<'t>, &Value<'_>) -> Option<T>,
) -> Option<At<Parameter<T>>> {
    let value = section.get(key)?;
    reader.parameter(value, rests, read)
}

/// A parameter that is one of some words and may be missing.
pub(super) fn word<T: Copy>(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    key: &'static str,
    rests: &Rests,
    words: &[(&str, T)],
) -> Option<At<Parameter<T>>> {
    parameter(reader, section, key, rests, |reader, value| reader.word(value, words))
}

fn decimals(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<u32> {
    super::read::whole(reader, value, 0, 12, "equal parts have 0 to 12 decimals")
}

/// Names of checks.
fn checks(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Vec<String>> {
    let codes: Vec<(&str, &str)> = CHECKS.iter().map(|check| (check.code, check.code)).collect();
    let values = reader.list(value);
    if values.is_empty() {
        reader.fault(value.span().start, FaultKind::BadText, "at least one check has to stand here");
        return None;
    }
    values.into_iter().map(|value| reader.word(value, &codes).map(str::to_owned)).collect()
}

fn needed_rule(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: rule::Of,
) -> Option<Rule> {
    let value = reader.need(section, "rule")?;
    rule::read(reader, value, rests, of)
}

fn measure(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Measure> {
    let At { at, value } = reader.text(value)?;
    let found = value.parse().ok();
    if found.is_none() {
        let message = format!("\"{value}\" is no measure; there are: {}", Measure::VARIANTS.join(", "));
        reader.fault(at, FaultKind::UnknownMeasure, message);
    }
    found
}
