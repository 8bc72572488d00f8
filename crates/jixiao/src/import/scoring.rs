//! Rows that go to scoring: which scheme evaluates a fund, and figures that a report states.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::scheme;

use super::cells::Cells;
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
        format: Format { file: "evaluations.csv", required: &["fund", "scheme_file"], optional: &["note"] },
        row: evaluation,
        may_be_outside: false,
    },
    File { format: CLAIMS, row: claim, may_be_outside: true },
];

/// A row loads a scheme file and has the fund evaluated by it. A changed file is another version, and the fund is
/// evaluated anew by that.
fn evaluation(row: &Row, tables: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    let file = cells.required("scheme_file");
    let read = if cells.faults.is_empty() { scheme_file(&mut cells, tables, plan, &file) } else { None };
    let (text, scheme) = read.map_or_else(Default::default, |read| (read.text, Some(read.scheme)));
    let name = scheme.as_ref().map(|scheme| scheme.scheme.resource()).unwrap_or_default();
    // The text is the content, and the fund has no part in it.
    let mut loading = Cells::new(row);
    loading.required("scheme_file");
    loading.used.insert("text".to_owned(), text.clone());
    let is_first = scheme.is_some() && plan.loaded.insert(text.clone());
    // Loading before opening, and a version before the next.
    let about = |part| About {
        part,
        lane: String::new(),
        fields: &[("text", "scheme_file"), ("scheme", "scheme_file")],
    };
    if is_first {
        loading.own = Some((name.clone(), "scheme_file"));
        plan.add(
            loading,
            about("scheme"),
            pb::LoadSchemeRequest { text: text.clone(), file_name: file, ..Default::default() },
        );
    }
    cells.used.insert("text".to_owned(), text);
    cells.named.push((name.clone(), "scheme_file"));
    if let Some(scheme) = scheme {
        plan.schemes.insert(fund.clone(), scheme);
    }
    plan.add(cells, about(""), pb::OpenEvaluationRequest { fund, scheme: name, ..Default::default() });
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
