//! Every row decided before the first one is sent.

use std::collections::{HashMap, HashSet};

use jixiao_edge::RefusalKind;
use jixiao_events::NodeId;
use jixiao_events::scheme::NodeBody;

use super::fault::{BadRow, Said};
use super::plan::{Plan, files};
use super::server::Known;
use super::step::Step;
use super::write::{BadField, Problem};

/// A scheme that the log holds to the letter need not be loaded again, whoever loaded it.
const HARMLESS: &str = "SCHEME_UNCHANGED";

/// Checks a plan against what is known. Afterwards `known.there` names every step that need not be sent.
///
/// | phase | what |
/// | --- | --- |
/// | parse | each request by its service's own parser: all its bad fields |
/// | decide | in the order of the files, over the states that the rows before leave; a row that the log has is skipped |
/// | schemes | self-scores of indicators against the scheme that evaluates their fund or project |
pub(super) fn check(plan: &mut Plan, known: &mut Known) -> Result<(), String> {
    let mut faults = std::mem::take(&mut plan.faults);
    let mut bad_cells: HashSet<Cell> = faults.iter().map(cell_of).collect();
    let mut missing =
        Missing { broken: std::mem::take(&mut plan.broken), unread: std::mem::take(&mut plan.unread) };
    let mut made: HashMap<&str, (&'static str, u64)> = HashMap::new();
    for step in &plan.steps {
        let parsed = step.write.parse();
        let is_sound = parsed.is_ok() && step.sound;
        if let Err(Problem::Fields(fields)) = parsed {
            note_fields(step, fields, &mut faults, &mut bad_cells);
        }
        if known.there.contains(&step.request_id) {
            continue;
        }
        let is_decided = is_sound
            && match step.write.decide(&mut known.folds, &step.request_id) {
                Ok(()) => true,
                Err(Problem::Refused { reason: HARMLESS, .. }) => {
                    known.there.insert(step.request_id.clone());
                    true
                }
                Err(Problem::Fold(error)) => return Err(error),
                Err(problem) => {
                    let fault = refused(step, problem, &made, &missing);
                    bad_cells.extend(fault.as_ref().map(cell_of));
                    faults.extend(fault);
                    false
                }
            };
        if let Some(own) = &step.own {
            if is_decided {
                made.insert(own, (step.format.file, step.line));
            } else if !made.contains_key(own.as_str()) {
                missing.broken.insert(own.clone());
            }
        }
    }
    faults.extend(indicators(plan));
    in_order(&mut faults);
    plan.faults = faults;
    Ok(())
}

/// What bad rows would have made.
struct Missing {
    broken: HashSet<String>,
    unread: HashSet<&'static str>,
}

impl Missing {
    /// Whether a resource may be missing only since its row is bad.
    fn covers(&self, resource: &str) -> bool {
        let collection = resource.rsplit('/').nth(1).unwrap_or_default();
        let file = match collection {
            "agencies" => "agencies.csv",
            "funds" => "funds.csv",
            "projects" | "groups" => "projects.csv",
            "targets" => "targets.csv",
            "entries" => "budget_entries.csv",
            _ => "",
        };
        self.broken.contains(resource) || self.unread.contains(file)
    }
}

/// A cell by its file, line and column.
type Cell = (String, u64, String);

fn cell_of(fault: &BadRow) -> Cell {
    (fault.file.clone(), fault.line, fault.column.clone())
}

/// Bad fields as rows, unless the same cell is bad already.
fn note_fields(step: &Step, fields: Vec<BadField>, faults: &mut Vec<BadRow>, bad_cells: &mut HashSet<Cell>) {
    for BadField { field, is_missing, said } in fields {
        let fault = step.field_fault(&field, said);
        // What came to nothing on the way has a fault of its own; what has no column is an outcome of one that has.
        let is_outcome = !step.sound && (fault.column.is_empty() || is_missing && step.is_filled(&fault));
        if !is_outcome && bad_cells.insert(cell_of(&fault)) {
            faults.push(fault);
        }
    }
}

/// A refusal as a bad row; `None` where it only follows from another bad row.
fn refused(
    step: &Step,
    problem: Problem,
    made: &HashMap<&str, (&'static str, u64)>,
    missing: &Missing,
) -> Option<BadRow> {
    let Problem::Refused { kind, resource, field, mut said, .. } = problem else { return None };
    let resource = resource.unwrap_or_default();
    if kind == RefusalKind::NotFound && missing.covers(&resource) {
        return None;
    }
    if kind == RefusalKind::AlreadyExists
        && let Some((file, line)) =
            made.get(resource.as_str()).filter(|_| step.own.as_ref() == Some(&resource))
    {
        said.zh = format!("标识重复：{file} 第 {line} 行已使用");
        said.en = format!("the id is taken: {file}, line {line}, has it");
    }
    // A value that is wrong is told at its field; what is missing or taken, at the cell that names it.
    let by_field =
        || field.map(|field| step.field_fault(field, said.clone())).filter(|fault| !fault.column.is_empty());
    let by_name = || step.resource_fault(&resource, &said);
    let found = match kind {
        RefusalKind::NotFound | RefusalKind::AlreadyExists => by_name().or_else(by_field),
        RefusalKind::InvalidArgument | RefusalKind::FailedPrecondition => by_field().or_else(by_name),
    };
    Some(found.unwrap_or_else(|| step.field_fault("", said)))
}

/// Which indicators there are only a scheme knows: targets takes in any.
fn indicators(plan: &Plan) -> Vec<BadRow> {
    let unknown = plan.indicators.iter().filter_map(|named| {
        let scheme = plan.schemes.get(&named.of)?;
        let wanted: NodeId = named.path.parse().ok()?;
        let is_there = |body: &NodeBody| matches!(body, NodeBody::Indicator { .. });
        if scheme.nodes.iter().any(|node| node.node == wanted && is_there(&node.body)) {
            return None;
        }
        let zh = format!("评价方案 {} 没有指标 {wanted}", scheme.scheme);
        let reason = Said::new(zh, format!("the scheme {} has no indicator {wanted}", scheme.scheme));
        Some(BadRow { reason, ..named.fault.clone() })
    });
    unknown.collect()
}

/// In the order of the files, scheme files and unknown ones last; then by line.
fn in_order(faults: &mut [BadRow]) {
    let place = |name: &str| files().position(|file| file.format.file == name).unwrap_or(usize::MAX);
    faults.sort_by(|a, b| (place(&a.file), &a.file, a.line).cmp(&(place(&b.file), &b.file, b.line)));
}
