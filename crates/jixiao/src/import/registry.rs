//! Rows that go to the registry: agencies, funds, documents, projects, tenders, filings, transfers, statements.

use jixiao_proto::jixiao::registry::v1 as pb;
use jixiao_proto::jixiao::types::v1::FundKind;

use super::cells::{Cells, required};
use super::fault::Said;
use super::plan::{File, Plan, Tables};
use super::step::About;
use super::table::{Format, Row};

/// The registry's files, in order.
pub(super) const FILES: &[File] = &[
    File {
        format: Format { file: "agencies.csv", required: &["id", "name_zh"], optional: &["name_en", "note"] },
        row: agency,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "agency_changes.csv",
            required: &["kind", "from", "into", "on"],
            optional: &["source", "report_line", "note"],
        },
        row: agency_change,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "funds.csv",
            required: &["id", "name_zh", "fiscal_year", "agency", "display_unit", "time_zone"],
            optional: &["name_en", "department", "predecessor", "support_categories", "kind", "note"],
        },
        row: fund,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "documents.csv",
            required: &["fund", "role", "title"],
            optional: &["number", "issuers", "valid_from", "valid_to", "source", "report_line", "note"],
        },
        row: document,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "projects.csv",
            required: &["fund", "id", "name_zh", "membership"],
            optional: &[
                "name_en",
                "origin",
                "implementing_agency",
                "second_agency",
                "category",
                "group",
                "state",
                "state_on",
                "approved_on",
                "carried_over",
                "source",
                "report_line",
                "note",
            ],
        },
        row: project,
        may_be_outside: true,
    },
    File {
        format: Format {
            file: "tenders.csv",
            required: &["fund", "project"],
            optional: &[
                "notice_number",
                "method",
                "noticed_on",
                "opened_on",
                "source",
                "report_line",
                "note",
            ],
        },
        row: tender,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "filings.csv",
            required: &["fund", "kind", "project", "state"],
            optional: &[
                "on",
                "waiver",
                "inside_count",
                "count",
                "threshold",
                "threshold_unit",
                "source",
                "report_line",
                "note",
            ],
        },
        row: filing,
        may_be_outside: true,
    },
    File {
        format: Format {
            file: "transfers.csv",
            required: &["id", "from", "to", "on"],
            optional: &["total", "total_unit", "source", "report_line", "note"],
        },
        row: transfer,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: PARTS,
            required: &["transfer", "fund"],
            optional: &["project", "amount", "amount_unit", "on", "report_line", "note"],
        },
        row: transfer_part,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "statements.csv",
            required: &["fund", "id", "kind", "text"],
            optional: &[
                "project",
                "value",
                "previous_value",
                "unit",
                "approved_by",
                "on",
                "target",
                "excepted",
                "covers",
                "attached",
                "source",
                "report_line",
                "note",
            ],
        },
        row: statement,
        may_be_outside: false,
    },
];

/// The named parts of transfers.
const PARTS: &str = "transfer_parts.csv";

fn about(lane: impl Into<String>, fields: &'static [(&'static str, &'static str)]) -> About {
    About { part: "", lane: lane.into(), fields }
}

fn agency(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let agency_id = cells.id("id");
    let name = format!("agencies/{agency_id}");
    cells.own = Some((name.clone(), "id"));
    let request = pb::RegisterAgencyRequest {
        agency_id,
        names: Some(cells.names()),
        note: cells.text("note"),
        ..Default::default()
    };
    plan.add(cells, about(name, &[("agency_id", "id")]), request);
}

fn agency_change(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let kind = cells.required_choice("kind", "REORGANIZATION_", pb::Reorganization::as_str_name);
    let request = pb::ReorganizeAgenciesRequest {
        kind,
        from: cells.agencies("from"),
        into: cells.agencies("into"),
        on: cells.required("on"),
        source: cells.source(),
        ..Default::default()
    };
    // One change may rest on another.
    plan.add(cells, about("", &[]), request);
}

fn fund(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund_id = cells.id("id");
    let name = format!("funds/{fund_id}");
    cells.own = Some((name.clone(), "id"));
    cells.required("fiscal_year");
    cells.required("agency");
    let request = pb::CreateFundRequest {
        fund_id,
        names: Some(cells.names()),
        fiscal_year: cells.count("fiscal_year").unwrap_or_default(),
        agency: cells.agency("agency"),
        department: cells.text("department"),
        predecessor: cells.agency("predecessor"),
        display_unit: cells.display_unit("display_unit"),
        time_zone: cells.required("time_zone"),
        support_categories: cells.list("support_categories"),
        kind: cells.choice("kind", "FUND_KIND_", FundKind::as_str_name),
        ..Default::default()
    };
    plan.add(cells, about(name, &[("fund_id", "id")]), request);
}

fn document(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let name = cells.fund();
    let document = pb::Document {
        role: cells.required_choice("role", "DOCUMENT_ROLE_", pb::DocumentRole::as_str_name),
        title: cells.required("title"),
        number: cells.text("number"),
        issuers: cells.list("issuers"),
        source: cells.source(),
        valid_from: cells.text("valid_from"),
        valid_to: cells.text("valid_to"),
    };
    // A fund keeps them in the order in which they come.
    let about = about(name.clone(), &[("name", "fund")]);
    plan.add(
        cells,
        about,
        pb::AddFundDocumentRequest { name, document: Some(document), ..Default::default() },
    );
}

fn project(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let parent = cells.fund();
    let project_id = cells.id("id");
    let name = format!("{parent}/projects/{project_id}");
    cells.own = Some((name.clone(), "id"));
    let group = cells.optional_id("group");
    let origin = cells.choice("origin", "ORIGIN_", pb::Origin::as_str_name);
    let state = cells.choice("state", "PROJECT_STATE_", pb::ProjectState::as_str_name);
    let request = pb::CreateProjectRequest {
        project_id,
        names: Some(cells.names()),
        membership: cells.required_choice("membership", "MEMBERSHIP_", pb::Membership::as_str_name),
        origin: if origin == 0 { pb::Origin::NotStated.into() } else { origin },
        implementing_agency: cells.agency("implementing_agency"),
        second_agency: cells.agency("second_agency"),
        category: cells.text("category"),
        group: if group.is_empty() { group } else { format!("{parent}/groups/{group}") },
        state: if state == 0 { pb::ProjectState::NotStated.into() } else { state },
        state_on: cells.text("state_on"),
        approved_on: cells.text("approved_on"),
        carried_over: cells.yes_no("carried_over"),
        note: cells.text("note"),
        source: cells.source(),
        parent,
        ..Default::default()
    };
    plan.add(cells, about(name, &[("project_id", "id")]), request);
}

fn tender(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    cells.required("project");
    let name = cells.below(&fund, "projects", "project");
    let tender = pb::Tender {
        notice_number: cells.text("notice_number"),
        method: cells.text("method"),
        noticed_on: cells.text("noticed_on"),
        opened_on: cells.text("opened_on"),
        source: cells.source(),
    };
    let about = about(name.clone(), &[("name", "project")]);
    plan.add(cells, about, pb::RecordTenderRequest { name, tender: Some(tender), ..Default::default() });
}

/// A row with a project says of that one, a row with a count says how many.
fn filing(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    let project = cells.below(&fund, "projects", "project");
    let kind = cells.required_choice("kind", "FILING_KIND_", pb::FilingKind::as_str_name);
    let state = cells.required_choice("state", "FILING_STATE_", pb::FilingState::as_str_name);
    // Counts and what is inside them depend on each other.
    let lane = fund.clone();
    if project.is_empty() {
        let zh = "只用于写明项目的行";
        cells.blank(&["on", "waiver", "inside_count"], zh, "it belongs to rows that name a project");
        if row.get("count").is_empty() {
            cells.fault("project", Said::new("须填写项目或数目", "a project or a count has to be given"));
        }
        let request = pb::StateFilingCountRequest {
            name: fund,
            kind,
            state,
            count: cells.count("count").unwrap_or_default(),
            threshold: cells.money("threshold", "threshold_unit"),
            source: cells.source(),
            ..Default::default()
        };
        plan.add(cells, about(lane, &[("name", "fund")]), request);
    } else {
        let zh = "只用于没有写明项目、只有数目的行";
        cells.blank(&["count", "threshold"], zh, "it belongs to rows with a count and no project");
        let request = pb::RecordFilingRequest {
            name: project,
            kind,
            state,
            on: cells.text("on"),
            waiver: cells.text("waiver"),
            inside_count: cells.yes_no("inside_count").unwrap_or_default(),
            source: cells.source(),
            ..Default::default()
        };
        plan.add(cells, about(lane, &[("name", "project")]), request);
    }
}

fn transfer(row: &Row, tables: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let transfer_id = cells.id("id");
    let name = format!("transfers/{transfer_id}");
    cells.own = Some((name.clone(), "id"));
    for column in ["from", "to"] {
        cells.required(column);
    }
    let mut parts = Vec::new();
    let mut part_cells = Vec::new();
    for row in tables.find(PARTS, &["transfer"], &[&transfer_id]) {
        let mut cells = Cells::new(row);
        let fund = cells.fund();
        let project = cells.below(&fund, "projects", "project");
        parts.push(pb::TransferPart {
            resource: if project.is_empty() { fund } else { project },
            amount: cells.money("amount", "amount_unit"),
            on: cells.text("on"),
        });
        part_cells.push(cells);
    }
    let request = pb::RecordTransferRequest {
        transfer_id,
        from: cells.agency("from"),
        to: cells.agency("to"),
        on: cells.required("on"),
        total: cells.money("total", "total_unit"),
        parts,
        source: cells.source(),
        ..Default::default()
    };
    let fields = &[("transfer_id", "id"), ("resource", "fund"), ("parts", "total")];
    plan.add_with_parts(cells, part_cells, about(name, fields), request);
}

/// A part goes with its transfer; alone it is a fault.
fn transfer_part(row: &Row, tables: &Tables, plan: &mut Plan) {
    let transfer = row.get("transfer");
    if transfer.is_empty() {
        plan.faults.push(row.fault("transfer", required()));
    } else if tables.find("transfers.csv", &["id"], &[transfer]).next().is_none() {
        let zh = format!("transfers.csv 中没有“{transfer}”");
        let en = format!("transfers.csv has no row with the id \"{transfer}\"");
        plan.faults.push(row.fault("transfer", Said::new(zh, en)));
    }
}

fn statement(row: &Row, _: &Tables, plan: &mut Plan) {
    let mut cells = Cells::new(row);
    let parent = cells.fund();
    let statement_id = cells.id("id");
    let name = format!("{parent}/statements/{statement_id}");
    cells.own = Some((name.clone(), "id"));
    let request = pb::RecordStatementRequest {
        statement_id,
        project: cells.below(&parent, "projects", "project"),
        kind: cells.required_choice("kind", "STATEMENT_KIND_", pb::StatementKind::as_str_name),
        text: cells.required("text"),
        value: cells.text("value"),
        previous_value: cells.text("previous_value"),
        unit: cells.text("unit"),
        approved_by: cells.text("approved_by"),
        on: cells.text("on"),
        target: cells.below(&parent, "targets", "target"),
        excepted: cells.all_below(&parent, "targets", "excepted"),
        covers: cells.choice("covers", "COVERAGE_", pb::Coverage::as_str_name),
        attached: cells.yes_no("attached"),
        source: cells.source(),
        parent,
        ..Default::default()
    };
    plan.add(cells, about(name, &[("statement_id", "id")]), request);
}
