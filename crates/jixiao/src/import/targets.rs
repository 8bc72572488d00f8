//! Rows that go to targets: targets with actuals and self-scores, self-scores of indicators, explanations.

use jixiao_proto::jixiao::targets::v1 as pb;
use jixiao_proto::jixiao::targets::v1::criterion::Direction;
use jixiao_proto::jixiao::targets::v1::measured::Value;

use super::cells::{Cells, not_known};
use super::fault::Said;
use super::plan::{File, Indicator, Plan, Tables};
use super::step::About;
use super::table::{Format, Row};

/// The targets' files, in order.
pub(super) const FILES: &[File] = &[
    File {
        format: Format {
            file: "targets.csv",
            required: &["fund", "id", "indicator", "weight", "direction", "target_value"],
            optional: &[
                "project",
                "class",
                "owner",
                "baseline_value",
                "baseline_on",
                "target_text",
                "target_value_max",
                "target_unit",
                "target_on",
                "actual_text",
                "actual_value",
                "actual_unit",
                "actual_on",
                "evidence",
                "self_score",
                "self_score_on",
                "self_score_reason",
                "source",
                "report_line",
                "note",
            ],
        },
        row: target,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "management_scores.csv",
            required: &["fund", "indicator", "self_score", "self_score_on"],
            optional: &["project", "self_score_reason", "source", "report_line", "note"],
        },
        row: indicator_score,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "target_explanations.csv",
            required: &["fund", "id", "reason"],
            optional: &["project", "group", "targets", "source", "report_line", "note"],
        },
        row: explanation,
        may_be_outside: false,
    },
];

const DIRECTIONS: &str = "at_least, at_most, equal, between, by_date, yes_no, qualitative";

/// A row is a target, and what was reached and what the unit gave itself where it says so. Each is a request of its own
/// with its own cells, so that a new actual in the file is a new actual and no new target.
fn target(row: &Row, _: &Tables, plan: &mut Plan) {
    set(row, plan);
    let actual = ["actual_value", "actual_text", "actual_unit", "actual_on", "evidence"];
    if actual.iter().any(|column| !row.get(column).is_empty()) {
        reached(row, plan);
    }
    if ["self_score", "self_score_on", "self_score_reason"].iter().any(|column| !row.get(column).is_empty()) {
        let mut cells = Cells::new(row);
        let fund = cells.fund();
        let name = format!("{fund}/targets/{}", cells.id("id"));
        cells.named.push((name.clone(), "id"));
        self_score(cells, plan, &name, "self_score");
    }
}

const TARGET_SCORE: &[(&str, &str)] =
    &[("name", "id"), ("score", "self_score"), ("on", "self_score_on"), ("reason", "self_score_reason")];
const INDICATOR_SCORE: &[(&str, &str)] = &[
    ("name", "indicator"),
    ("score", "self_score"),
    ("on", "self_score_on"),
    ("reason", "self_score_reason"),
];

fn about(part: &'static str, lane: &str, fields: &'static [(&'static str, &'static str)]) -> About {
    About { part, lane: lane.to_owned(), fields }
}

fn set(row: &Row, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let parent = cells.fund();
    let target_id = cells.id("id");
    let name = format!("{parent}/targets/{target_id}");
    cells.own = Some((name.clone(), "id"));
    let direction = direction(&mut cells);
    let request = pb::SetTargetRequest {
        target_id,
        project: cells.below(&parent, "projects", "project"),
        definition: Some(pb::TargetDefinition {
            title: cells.required("indicator"),
            weight: cells.required("weight"),
            criterion: Some(pb::Criterion { direction }),
            unit: cells.text("target_unit"),
            text: cells.text("target_text"),
            class: cells.text("class"),
            owner: cells.agency("owner"),
            baseline: cells.text("baseline_value"),
            baseline_on: cells.text("baseline_on"),
        }),
        on: cells.text("target_on"),
        source: cells.source(),
        parent,
        ..Default::default()
    };
    let fields = &[
        ("target_id", "id"),
        ("definition.title", "indicator"),
        ("definition.weight", "weight"),
        ("definition.criterion.between.max", "target_value_max"),
        ("definition.criterion", "target_value"),
        ("definition.unit", "target_unit"),
        ("definition.text", "target_text"),
        ("definition.class", "class"),
        ("definition.owner", "owner"),
        ("definition.baseline_on", "baseline_on"),
        ("definition.baseline", "baseline_value"),
        ("definition", "indicator"),
        ("on", "target_on"),
    ];
    plan.add(cells, about("", &name, fields), request);
}

fn direction(cells: &mut Cells<'_>) -> Option<Direction> {
    let direction = cells.required("direction");
    let value = cells.required("target_value");
    if direction != "between" {
        let zh = "只用于 between，其他方向只有一个值";
        cells.blank(&["target_value_max"], zh, "it belongs to the direction between; others have one value");
    }
    match direction.as_str() {
        "at_least" => Some(Direction::AtLeast(pb::Threshold { value })),
        "at_most" => Some(Direction::AtMost(pb::Threshold { value })),
        "equal" => Some(Direction::Equal(pb::Threshold { value })),
        "between" => {
            Some(Direction::Between(pb::Range { min: value, max: cells.required("target_value_max") }))
        }
        "by_date" => Some(Direction::ByDate(pb::Deadline { by: value })),
        "yes_no" => {
            let expected = cells.yes_no("target_value");
            expected.map(|expected| Direction::YesNo(pb::Answer { expected }))
        }
        "qualitative" => Some(Direction::Qualitative(pb::Level { expected: value })),
        "" => None,
        _ => {
            cells.fault("direction", not_known(&direction, DIRECTIONS));
            None
        }
    }
}

/// The kind of value follows from the direction.
fn reached(row: &Row, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    let name = format!("{fund}/targets/{}", cells.id("id"));
    cells.named.push((name.clone(), "id"));
    let direction = cells.text("direction");
    let value = cells.required("actual_value");
    let value = match direction.as_str() {
        "by_date" => Some(Value::Done(value)),
        "yes_no" => cells.yes_no("actual_value").map(Value::Yes),
        "qualitative" => Some(Value::Level(value)),
        _ => Some(Value::Number(value)),
    };
    let request = pb::RecordActualRequest {
        name: name.clone(),
        measured: Some(pb::Measured { value }),
        unit: cells.text("actual_unit"),
        on: cells.required("actual_on"),
        text: cells.text("actual_text"),
        evidence: cells.list("evidence"),
        source: cells.source(),
        ..Default::default()
    };
    let fields = &[
        ("name", "id"),
        ("measured", "actual_value"),
        ("unit", "actual_unit"),
        ("on", "actual_on"),
        ("text", "actual_text"),
    ];
    plan.add(cells, about("actual", &name, fields), request);
}

/// Of a target, whose row it shares, or of an indicator, where the part is empty.
fn self_score(mut cells: Cells<'_>, plan: &mut Plan, name: &str, part: &'static str) {
    let request = pb::RecordSelfScoreRequest {
        score: cells.required("self_score"),
        on: cells.required("self_score_on"),
        reason: cells.text("self_score_reason"),
        source: cells.source(),
        name: name.to_owned(),
        ..Default::default()
    };
    let fields = if part.is_empty() { INDICATOR_SCORE } else { TARGET_SCORE };
    plan.add(cells, about(part, name, fields), request);
}

fn indicator_score(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let of = cells.evaluated();
    let indicator = cells.required("indicator");
    if !indicator.is_empty() {
        let fault = row.fault("indicator", Said::new("", ""));
        plan.indicators.push(Indicator { of: of.clone(), path: indicator.clone(), fault });
    }
    self_score(cells, plan, &format!("{of}/indicators/{indicator}"), "");
}

fn explanation(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let parent = cells.fund();
    let explanation_id = cells.id("id");
    let name = format!("{parent}/explanations/{explanation_id}");
    cells.own = Some((name.clone(), "id"));
    let mut targets = Vec::new();
    for target in cells.ids("targets") {
        let target = format!("{parent}/targets/{target}");
        cells.named.push((target.clone(), "targets"));
        targets.push(target);
    }
    let request = pb::ExplainMissRequest {
        explanation_id,
        project: cells.below(&parent, "projects", "project"),
        group: cells.below(&parent, "groups", "group"),
        targets,
        reason: cells.required("reason"),
        source: cells.source(),
        parent,
        ..Default::default()
    };
    plan.add(cells, about("", &name, &[("explanation_id", "id")]), request);
}
