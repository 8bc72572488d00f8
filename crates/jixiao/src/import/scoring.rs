//! Rows that go to scoring: which scheme evaluates a fund, and figures that a report states.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::scheme;

use super::cells::Cells;
use super::cells::required;
use super::fault::{BadRow, Said};
use super::plan::{File, Plan, SchemeFile, Tables};
use super::step::About;
use super::table::{Format, Row};

/// Figures that a report states.
pub(super) const CLAIMS: Format = Format {
    file: "claims.csv",
    required: &["fund", "quantity", "stated"],
    optional: &["value", "unit", "basis", "source", "report_line", "note"],
};

/// Scoring's files, in order.
pub(super) const FILES: &[File] = &[
    File {
        format: Format {
            file: "evaluations.csv",
            required: &["fund", "scheme_file"],
            optional: &[
                "project",
                "evaluated_on",
                "approver",
                "approved_on",
                "reason",
                "approval_document",
                "note",
            ],
        },
        row: evaluation,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: RECORDS,
            required: &["fund"],
            optional: &[
                "project",
                "kind",
                "purpose",
                "scope",
                "basis",
                "methods",
                "period_from",
                "period_to",
                "report_date",
                "note",
            ],
        },
        row: record,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: TEAM,
            required: &["fund", "name"],
            optional: &["project", "role", "organisation", "note"],
        },
        row: member,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "review_scores.csv",
            required: &["fund", "indicator", "by", "score", "score_reason", "scored_on"],
            optional: &["project", "author", "note"],
        },
        row: score,
        may_be_outside: false,
    },
    File { format: CLAIMS, row: claim, may_be_outside: true },
];

/// The records of evaluations, and who makes them.
const RECORDS: &str = "evaluation_records.csv";
const TEAM: &str = "evaluation_team.csv";

/// A row loads a scheme file and has the fund, or a project of it by itself, evaluated by that. A changed file is another
/// version, and what it evaluates is evaluated anew.
fn evaluation(row: &Row, tables: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let of = cells.evaluated();
    let file = cells.required("scheme_file");
    let read = if cells.faults.is_empty() { scheme_file(&mut cells, tables, plan, &file) } else { None };
    let (text, scheme) = read.map_or_else(Default::default, |read| (read.text, Some(read.scheme)));
    let name = scheme.as_ref().map(|scheme| scheme.scheme.resource()).unwrap_or_default();
    // The text is the content, and the fund has no part in it.
    let mut loading = Cells::new(row);
    loading.required("scheme_file");
    loading.used.insert("text".to_owned(), text.clone());
    // What evaluates a fund was approved by somebody: what the row leaves out of that is not stated.
    let (approval, document) = (loading.approval(true), loading.text("approval_document"));
    let is_first = scheme.is_some() && plan.loaded.insert(text.clone());
    // Loading before opening, and a version before the next.
    let about = |part| About {
        part,
        lane: String::new(),
        fields: &[
            ("text", "scheme_file"),
            ("scheme", "scheme_file"),
            ("version", "scheme_file"),
            ("document", "approval_document"),
            ("on", "evaluated_on"),
        ],
    };
    if is_first {
        loading.own = Some((name.clone(), "scheme_file"));
        plan.add(
            loading,
            about("scheme"),
            pb::LoadSchemeRequest {
                text: text.clone(),
                file_name: file,
                approval,
                document,
                ..Default::default()
            },
        );
    }
    cells.used.insert("text".to_owned(), text);
    cells.named.push((name.clone(), "scheme_file"));
    if let Some(scheme) = scheme {
        plan.schemes.insert(of.clone(), scheme);
    }
    let on = cells.text("evaluated_on");
    let request = pb::OpenEvaluationRequest { fund: of, scheme: name, on, ..Default::default() };
    plan.add(cells, about(""), request);
}

/// A row describes the evaluation of a fund or project, together with the team's rows of that.
fn record(row: &Row, tables: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let of = cells.evaluated();
    let (mut team, mut members) = (Vec::new(), Vec::new());
    for row in tables.find(TEAM, EVALUATED, &evaluated_of(row)) {
        let mut cells = Cells::new(row);
        let (name, role) = (cells.required("name"), cells.text("role"));
        team.push(pb::TeamMember { name, role, organisation: cells.text("organisation") });
        members.push(cells);
    }
    let request = pb::DescribeEvaluationRequest {
        fund: of.clone(),
        kind: cells.choice("kind", "EVALUATION_KIND_", pb::EvaluationKind::as_str_name),
        purpose: cells.text("purpose"),
        scope: cells.text("scope"),
        basis: cells.list("basis"),
        methods: cells.list("methods"),
        period_from: cells.text("period_from"),
        period_to: cells.text("period_to"),
        team,
        report_date: cells.text("report_date"),
        ..Default::default()
    };
    // A later record takes the place of an earlier one.
    plan.add_with_parts(cells, members, About { part: "", lane: of, fields: &[] }, request);
}

/// A member goes with the record of the same evaluation; alone it is a fault.
fn member(row: &Row, tables: &Tables, plan: &mut Plan) {
    let [fund, project] = evaluated_of(row);
    if fund.is_empty() {
        plan.faults.push(row.fault("fund", required()));
    } else if tables.find(RECORDS, EVALUATED, &[fund, project]).next().is_none() {
        let said = if project.is_empty() {
            let en = format!("{RECORDS} has no row of the fund \"{fund}\"");
            ("fund", Said::new(format!("{RECORDS} 中没有“{fund}”"), en))
        } else {
            let en = format!("{RECORDS} has no row of the project \"{project}\" of \"{fund}\"");
            ("project", Said::new(format!("{RECORDS} 中没有“{fund}”的项目“{project}”"), en))
        };
        plan.faults.push(row.fault(said.0, said.1));
    }
}

/// The columns that say what is evaluated.
const EVALUATED: &[&str] = &["fund", "project"];

fn evaluated_of(row: &Row) -> [&str; 2] {
    [row.get("fund"), row.get("project")]
}

fn score(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let of = cells.evaluated();
    let indicator = cells.required("indicator");
    let request = pb::RecordScoreRequest {
        name: format!("{of}/indicators/{indicator}"),
        by: cells.required_choice("by", "SCORER_", pb::Scorer::as_str_name),
        score: cells.required("score"),
        reason: cells.required("score_reason"),
        on: cells.required("scored_on"),
        author: cells.text("author"),
        ..Default::default()
    };
    let about = About {
        part: "",
        lane: format!("{of} {indicator}"),
        fields: &[("name", "indicator"), ("reason", "score_reason"), ("on", "scored_on")],
    };
    plan.add(cells, about, request);
}

/// A scheme file of the folder. Its faults are rows of their own, told once, however many funds name the file.
fn scheme_file(cells: &mut Cells<'_>, tables: &Tables, plan: &mut Plan, file: &str) -> Option<SchemeFile> {
    if !plan.scheme_files.contains_key(file) {
        let bytes = match tables.bytes(file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let (zh, en) = (format!("无法读取：{error}"), format!("it cannot be read: {error}"));
                cells.fault("scheme_file", Said::new(zh, en));
                return None;
            }
        };
        let text = scheme::text_of(bytes).map_err(|fault| vec![fault]);
        let read = text.and_then(|text| Ok(SchemeFile { scheme: scheme::parse(&text)?, text }));
        let read = read.map_err(|faults| {
            plan.faults.extend(faults.into_iter().map(|fault| BadRow {
                file: file.to_owned(),
                line: u64::try_from(fault.line).unwrap_or(u64::MAX),
                column: fault.column.to_string(),
                reason: Said::new(fault.message.clone(), fault.message),
            }));
        });
        plan.scheme_files.insert(file.to_owned(), read.ok());
    }
    let read = plan.scheme_files.get(file).cloned().flatten();
    if read.is_none() {
        let zh = "评价方案文件有错误，见该文件的各行";
        cells.fault("scheme_file", Said::new(zh, "the scheme file has faults, told with its lines"));
    }
    read
}

fn claim(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    let quantity = cells.required("quantity");
    let basis = cells.text("basis");
    let request = pb::StateFigureRequest {
        quantity: quantity.clone(),
        stated: cells.required("stated"),
        value: cells.text("value"),
        unit: cells.text("unit"),
        basis: if basis.is_empty() { "stated".to_owned() } else { basis },
        place: cells.source(),
        fund: fund.clone(),
        ..Default::default()
    };
    // A later figure takes the place of an earlier one of the same quantity at the same place.
    let about = About { part: "", lane: format!("{fund} {quantity}"), fields: &[("place", "report_line")] };
    plan.add(cells, about, request);
}
