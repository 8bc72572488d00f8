//! Rows that go to the ledger: entries, statements about money, explanations of unspent money.

use jixiao_proto::jixiao::ledger::v1 as pb;

use super::cells::{Cells, required};
use super::fault::Said;
use super::plan::{File, Plan, Tables};
use super::step::About;
use super::table::{Format, Row};

/// The ledger's files, in order.
pub(super) const FILES: &[File] = &[
    File {
        format: Format {
            file: ENTRIES,
            required: &["fund", "id", "kind", "amount", "amount_unit", "on"],
            optional: &[
                "project",
                "group",
                "approver",
                "approved_on",
                "reason",
                "agency",
                "from_agency",
                "to_agency",
                "contract",
                "refers_to",
                "final_payment",
                "source",
                "report_line",
                "note",
            ],
        },
        row: entry,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: PARTS,
            required: &["fund", "entry", "agency", "amount", "amount_unit"],
            optional: &["report_line", "note"],
        },
        row: split_part,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "money_statements.csv",
            required: &["fund", "id", "kind", "amount", "amount_unit"],
            optional: &["project", "group", "source", "report_line", "note"],
        },
        row: money_statement,
        may_be_outside: false,
    },
    File {
        format: Format {
            file: "unspent_explanations.csv",
            required: &["fund", "id", "amount", "amount_unit", "reason"],
            optional: &["project", "group", "source", "report_line", "note"],
        },
        row: unspent_explanation,
        may_be_outside: false,
    },
];

const ENTRIES: &str = "budget_entries.csv";
/// Who got how much of a split.
const PARTS: &str = "split_parts.csv";

/// The kinds of entries, as the column `kind` has them.
const KINDS: &[&str] = &[
    "original",
    "increase",
    "decrease",
    "transfer",
    "split",
    "allocation",
    "commitment",
    "receipt",
    "payment_request",
    "payment",
    "refund",
    "reversal",
];

/// Columns that only some kinds of entries have, each with those kinds.
const ONLY: &[(&str, &[&str])] = &[
    ("agency", &["original"]),
    ("from_agency", &["transfer"]),
    ("to_agency", &["transfer"]),
    ("contract", &["commitment"]),
    ("refers_to", &["payment_request", "payment", "reversal"]),
    ("final_payment", &["payment"]),
];

const FIELDS: &[(&str, &str)] = &[
    ("entry_id", "id"),
    ("name", "refers_to"),
    ("commitment", "refers_to"),
    ("payment_request", "refers_to"),
    ("parts", "amount"),
];

/// Entries of a fund are booked in the order of the file: what one may spend rests on those before it.
fn about(fund: &str) -> About {
    About { part: "", lane: fund.to_owned(), fields: FIELDS }
}

/// Fund, entry id and scope, which every row has.
fn entry_of(row: &Row) -> (Cells<'_>, String, String, String) {
    let mut cells = Cells::new(row);
    let fund = cells.fund();
    let entry_id = cells.id("id");
    cells.own = Some((format!("{fund}/entries/{entry_id}"), "id"));
    let project = cells.below(&fund, "projects", "project");
    let group = cells.below(&fund, "groups", "group");
    if !project.is_empty() && !group.is_empty() {
        cells.fault("group", Said::new("项目和项目组只能填写一个", "a project or a group, not both"));
    }
    let scope = [project, group].into_iter().find(|scope| !scope.is_empty()).unwrap_or_else(|| fund.clone());
    (cells, fund, entry_id, scope)
}

fn entry(row: &Row, tables: &Tables, plan: &mut Plan) {
    let (mut cells, fund, entry_id, scope) = entry_of(row);
    let kind = cells.required("kind");
    cells.required("amount");
    let amount = cells.money("amount", "amount_unit");
    let on = cells.required("on");
    let source = cells.source();
    let adjusts = matches!(kind.as_str(), "increase" | "decrease" | "reversal");
    let approval = cells.approval(adjusts);
    for (column, kinds) in ONLY.iter().filter(|(_, kinds)| !kinds.contains(&kind.as_str())) {
        let kinds = kinds.join(", ");
        cells.blank(&[column], &format!("只用于 {kinds}"), &format!("it belongs to the kinds {kinds}"));
    }
    let about = about(&fund);
    match kind.as_str() {
        "original" => {
            let agency = cells.agency("agency");
            let request = pb::ApproveBudgetRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                agency,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "increase" | "decrease" => {
            let direction =
                if kind == "increase" { pb::Direction::Increase } else { pb::Direction::Decrease }.into();
            let request = pb::AdjustBudgetRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                direction,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "transfer" => {
            cells.required("from_agency");
            cells.required("to_agency");
            let request = pb::TransferBudgetRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                from_agency: cells.agency("from_agency"),
                to_agency: cells.agency("to_agency"),
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "split" => {
            let (parts, part_cells) = parts_of(tables, row);
            let request = pb::SplitBudgetRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                parts,
                ..Default::default()
            };
            plan.add_with_parts(cells, part_cells, about, request);
        }
        "allocation" => {
            let request = pb::AllocateBudgetRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "commitment" => {
            let contract = cells.required("contract");
            let request = pb::CommitMoneyRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                contract,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "receipt" => {
            let request = pb::RecordReceiptRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "payment_request" => {
            let commitment = cells.below(&fund, "entries", "refers_to");
            let request = pb::RequestPaymentRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                commitment,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "payment" => {
            let payment_request = cells.below(&fund, "entries", "refers_to");
            let request = pb::RecordPaymentRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                payment_request,
                final_payment: cells.yes_no("final_payment").unwrap_or_default(),
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "refund" => {
            let request = pb::RecordRefundRequest {
                scope,
                entry_id,
                amount,
                on,
                approval,
                source,
                ..Default::default()
            };
            plan.add(cells, about, request);
        }
        "reversal" => {
            cells.required("refers_to");
            let name = cells.below(&fund, "entries", "refers_to");
            same_amount(&mut cells, tables);
            let request =
                pb::ReverseEntryRequest { name, entry_id, on, approval, source, ..Default::default() };
            plan.add(cells, about, request);
        }
        _ => {
            if !kind.is_empty() {
                cells.fault("kind", super::cells::not_known(&kind, &KINDS.join(", ")));
            }
            plan.broken.extend(cells.own.map(|(name, _)| name));
            plan.faults.append(&mut cells.faults);
        }
    }
}

/// A reversal takes back a whole entry: where that stands in the file, the amounts have to agree.
fn same_amount(cells: &mut Cells<'_>, tables: &Tables) {
    let row = cells.row;
    let of = tables.find(ENTRIES, &["fund", "id"], &[row.get("fund"), row.get("refers_to")]).next();
    if let Some(of) = of {
        let mut other = Cells::new(of);
        let (whole, stated) = (other.money("amount", "amount_unit"), cells.money("amount", "amount_unit"));
        if whole.is_some() && stated.is_some() && whole != stated {
            let line = of.line;
            let zh = format!("冲销须与第 {line} 行的金额相同");
            cells.fault(
                "amount",
                Said::new(zh, format!("a reversal has the amount of the entry on line {line}")),
            );
        }
    }
}

/// The shares of a split, and the rows that they stand in.
fn parts_of<'t>(tables: &'t Tables, split: &Row) -> (Vec<pb::Share>, Vec<Cells<'t>>) {
    let mut parts = Vec::new();
    let mut part_cells = Vec::new();
    for row in tables.find(PARTS, &["fund", "entry"], &[split.get("fund"), split.get("id")]) {
        let mut cells = Cells::new(row);
        for column in ["agency", "amount"] {
            cells.required(column);
        }
        parts
            .push(pb::Share { agency: cells.agency("agency"), amount: cells.money("amount", "amount_unit") });
        part_cells.push(cells);
    }
    (parts, part_cells)
}

/// A part goes with its split; alone it is a fault.
fn split_part(row: &Row, tables: &Tables, plan: &mut Plan) {
    for column in ["fund", "entry"] {
        if row.get(column).is_empty() {
            plan.faults.push(row.fault(column, required()));
        }
    }
    let entry = row.get("entry");
    let splits = tables.find(ENTRIES, &["fund", "id", "kind"], &[row.get("fund"), entry, "split"]);
    if !entry.is_empty() && splits.count() == 0 {
        let zh = format!("{ENTRIES} 中该资金没有类别为 split 的“{entry}”");
        let en = format!("{ENTRIES} has no row of the kind split with the id \"{entry}\" for this fund");
        plan.faults.push(row.fault("entry", Said::new(zh, en)));
    }
}

fn money_statement(row: &Row, _: &Tables, plan: &mut Plan) {
    let (mut cells, fund, entry_id, scope) = entry_of(row);
    cells.required("amount");
    let request = pb::StateMoneyRequest {
        scope,
        entry_id,
        amount: cells.money("amount", "amount_unit"),
        kind: cells.required_choice("kind", "STATED_MONEY_", pb::StatedMoney::as_str_name),
        source: cells.source(),
        ..Default::default()
    };
    plan.add(cells, about(&fund), request);
}

fn unspent_explanation(row: &Row, _: &Tables, plan: &mut Plan) {
    let (mut cells, fund, entry_id, scope) = entry_of(row);
    cells.required("amount");
    let request = pb::ExplainUnspentRequest {
        scope,
        entry_id,
        amount: cells.money("amount", "amount_unit"),
        reason: cells.required("reason"),
        source: cells.source(),
        ..Default::default()
    };
    plan.add(cells, about(&fund), request);
}
