//! The forms of rules that see more than a percentage or a count.

use jixiao_events::scheme::{Anchor, Between, Case, Counted, Item, Level, Parameter, Rule, Scale, Side};
use jixiao_events::{NodeId, Number};

use super::FaultKind;
use super::node::{conditions, parameter, word};
use super::rule::{Of, is_share, within_weight};
use super::toml_reader::{At, Reader, Rests, Section, Value};

const BETWEEN: &[(&str, Between)] = &[("linear", Between::Linear), ("step", Between::Step)];
const SIDES: &[(&str, Side)] = &[("above", Side::Above), ("below", Side::Below), ("either", Side::Either)];
const COUNTED: &[(&str, Counted)] =
    &[("in_proportion", Counted::InProportion), ("begun", Counted::Begun), ("whole", Counted::Whole)];

pub(super) fn inverse_ratio(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
) -> Option<Rule> {
    let full_at = reader.needed_number(section, "full_at", rests);
    above_zero(reader, full_at.as_ref(), "`full_at`");
    Some(Rule::InverseRatio { full_at: full_at?.value })
}

pub(super) fn curve(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Rule> {
    let between = reader
        .need(section, "between")
        .and_then(|value| reader.parameter(value, rests, |reader, value| reader.word(value, BETWEEN)));
    let list = reader.need(section, "anchors")?;
    let values = reader.list(list);
    let count = values.len();
    reader.require(count > 0, list.span().start, FaultKind::NoAnchors, || {
        "there has to be at least one anchor".to_owned()
    });
    let mut anchors: Vec<Anchor> = Vec::new();
    for value in values {
        let Some(mut anchor) = reader.table(value) else { continue };
        let at = reader.need(&mut anchor, "at").and_then(|at| reader.parameter(at, rests, scale));
        let share = reader.needed_number(&mut anchor, "share", rests);
        reader.end(&anchor, "an anchor");
        is_share(reader, share.as_ref());
        let (Some(at), Some(share)) = (at, share) else { continue };
        if let Some(previous) = anchors.last() {
            let is_alike =
                matches!(previous.at.value, Scale::Number(_)) == matches!(at.value.value, Scale::Number(_));
            let ascends = is_alike && previous.at.value.number() < at.value.value.number();
            reader.require(ascends, at.at, FaultKind::AnchorsNotAscending, || {
                "anchors begin with the lowest value, all numbers or all dates: this one is not above the one before"
                    .to_owned()
            });
        }
        anchors.push(Anchor { at: at.value, share: share.value });
    }
    let between = between?.value;
    (count > 0 && anchors.len() == count).then_some(Rule::Curve { anchors, between })
}

pub(super) fn deduct(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: Of,
) -> Option<Rule> {
    let each = reader.needed_number(section, "each", rests);
    let per = reader.optional_number(section, "per", rests);
    let from = parameter(reader, section, "from", rests, scale);
    let side = word(reader, section, "side", rests, SIDES);
    let counted = word(reader, section, "counted", rests, COUNTED);
    let cap = reader.optional_number(section, "cap", rests);
    let floor = reader.optional_number(section, "floor", rests);
    above_zero(reader, each.as_ref(), "a deduction");
    above_zero(reader, per.as_ref(), "`per`");
    above_zero(reader, cap.as_ref(), "a cap");
    within_weight(reader, cap.as_ref(), of, "a cap");
    within_weight(reader, floor.as_ref(), of, "a floor");
    Some(Rule::Deduct {
        each: each?.value,
        per: per.map(|read| read.value),
        from: from.map(|read| read.value),
        side: side.map(|read| read.value),
        counted: counted.map(|read| read.value),
        cap: cap.map(|read| read.value),
        floor: floor.map(|read| read.value),
    })
}

pub(super) fn levels(reader: &mut Reader<'_>, section: &mut Section<'_>, rests: &Rests) -> Option<Rule> {
    let list = reader.need(section, "levels")?;
    let values = reader.list(list);
    let count = values.len();
    reader.require(count > 0, list.span().start, FaultKind::NoLevels, || {
        "there has to be at least one level".to_owned()
    });
    let mut levels: Vec<Level> = Vec::new();
    for value in values {
        let Some(mut level) = reader.table(value) else { continue };
        let id = reader.need(&mut level, "level").and_then(|id| reader.text(id));
        let name = reader.need(&mut level, "name").and_then(|name| reader.names(name));
        let to = reader.needed_number(&mut level, "to", rests);
        let from = reader.optional_number(&mut level, "from", rests);
        reader.end(&level, "a level");
        is_share(reader, to.as_ref());
        is_share(reader, from.as_ref());
        if let (Some(from), Some(to)) = (&from, &to) {
            let message = || "`from` is not below `to`: then leave it out".to_owned();
            let is_range = from.value.value < to.value.value;
            reader.require(is_range, from.at, FaultKind::LevelsNotDescending, message);
        }
        let (Some(id), Some(name), Some(to)) = (id, name, to) else { continue };
        if let Some(previous) = levels.last() {
            let descends = to.value.value < previous.to.value
                || to.value.value == previous.to.value && previous.from.is_some();
            reader.require(descends, to.at, FaultKind::LevelsNotDescending, || {
                "levels begin with the best: this one is not below the one before".to_owned()
            });
        }
        if levels.iter().any(|other| other.level == id.value) {
            reader.fault(id.at, FaultKind::DuplicateAsk, format!("another level is called {}", id.value));
        }
        let from = from.map(|read| read.value);
        levels.push(Level { level: id.value, name, to: to.value, from });
    }
    (count > 0 && levels.len() == count).then_some(Rule::Levels { levels })
}

pub(super) fn checklist(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: Of,
) -> Option<Rule> {
    let list = reader.need(section, "items")?;
    let values = reader.list(list);
    let count = values.len();
    let at = list.span().start;
    reader.require(count > 0, at, FaultKind::NoItems, || "there has to be at least one item".to_owned());
    let mut items: Vec<Item> = Vec::new();
    for value in values {
        let Some(mut item) = reader.table(value) else { continue };
        let id = reader.need(&mut item, "item").and_then(|id| reader.id::<NodeId>(id));
        let name = reader.need(&mut item, "name").and_then(|name| reader.names(name));
        let points = reader.optional_number(&mut item, "points", rests);
        let gate = parameter(reader, &mut item, "gate", rests, Reader::boolean);
        reader.end(&item, "an item");
        above_zero(reader, points.as_ref(), "points");
        let (Some(id), Some(name)) = (id, name) else { continue };
        let key = id.value.to_string();
        if items.iter().any(|other| other.item == key) {
            reader.fault(id.at, FaultKind::DuplicateAsk, format!("another item is called {key}"));
        }
        let (points, gate) = (points.map(|read| read.value), gate.map(|read| read.value));
        items.push(Item { item: key, name, points, gate });
    }
    let with_points = items.iter().filter(|item| item.points.is_some()).count();
    reader.require(with_points == 0 || with_points == items.len(), at, FaultKind::ItemsNotFilled, || {
        "give `points` to all items, or to none: then each has an equal part".to_owned()
    });
    if let Of::Indicator { weight: Some(weight), .. } = of
        && with_points > 0
        && items.len() == count
    {
        let sum: Number =
            items.iter().filter_map(|item| item.points.as_ref()).map(|points| points.value).sum();
        let message = || format!("the items add up to {sum}, not to the weight of {weight}");
        reader.require(sum == weight, at, FaultKind::ItemsNotFilled, message);
    }
    (count > 0 && items.len() == count).then_some(Rule::Checklist { items })
}

pub(super) fn cases(
    reader: &mut Reader<'_>,
    section: &mut Section<'_>,
    rests: &Rests,
    of: Of,
) -> Option<Rule> {
    let otherwise = reader.needed_number(section, "otherwise", rests);
    within_weight(reader, otherwise.as_ref(), of, "points");
    let list = reader.need(section, "cases")?;
    let values = reader.list(list);
    let count = values.len();
    reader.require(count > 0, list.span().start, FaultKind::NoCases, || {
        "there has to be at least one case".to_owned()
    });
    let mut cases = Vec::new();
    for value in values {
        let Some(mut case) = reader.table(value) else { continue };
        let when = conditions(reader, &mut case);
        let points = reader.needed_number(&mut case, "points", rests);
        reader.end(&case, "a case");
        within_weight(reader, points.as_ref(), of, "points");
        let (Some(when), Some(points)) = (when, points) else { continue };
        cases.push(Case { when, points: points.value });
    }
    let otherwise = otherwise?.value;
    (count > 0 && cases.len() == count).then_some(Rule::Cases { cases, otherwise })
}

fn above_zero(reader: &mut Reader<'_>, number: Option<&At<Parameter<Number>>>, what: &str) {
    let Some(At { at, value }) = number else { return };
    let message = || format!("{what} is above 0, not {}", value.value);
    reader.require(value.value > Number::ZERO, *at, FaultKind::PointsOutOfRange, message);
}

/// A number, or a date as TOML or as text: 2019-07-31, "2019-07".
fn scale(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Scale> {
    match value.get_ref() {
        toml::de::DeValue::String(text) => match text.parse() {
            Ok(date) => Some(Scale::Date(date)),
            Err(error) => {
                reader.fault(value.span().start, FaultKind::BadNumber, error.to_string());
                None
            }
        },
        toml::de::DeValue::Datetime(date) => match date.to_string().parse() {
            Ok(date) => Some(Scale::Date(date)),
            Err(error) => {
                reader.fault(value.span().start, FaultKind::BadNumber, error.to_string());
                None
            }
        },
        _ => reader.number(value).map(Scale::Number),
    }
}
