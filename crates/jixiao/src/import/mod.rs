//! `jixiao import`: a folder of CSV files into a server, as a gRPC client like any other.
//!
//! | phase | what | on a fault |
//! | --- | --- | --- |
//! | read | files to rows, rows to the very requests that will be sent (`table`, `cells`, `plan`) | noted, goes on |
//! | know | the server's four logs folded to states (`server`, `folds`) | ends |
//! | check | each request parsed and decided by its service's own rules, over the states that the rows before leave (`check`) | noted, goes on; then all bad rows at once, nothing written |
//! | write | requests in the order of the files (`send`) | ends at that row; a rerun goes on |
//!
//! A request id is a UUIDv5 over the kind of file, the cells that the request is made of, and how many rows of the same
//! content came before: a second run changes nothing, two equal payments stay two. What examples/wuxi-2019/README.md says
//! of the files is what this module reads.

mod cells;
mod check;
mod claims;
mod fault;
mod folds;
mod ledger;
mod plan;
mod registry;
mod scoring;
mod send;
mod server;
mod step;
mod table;
mod targets;
#[cfg(test)]
mod tests;
mod write;

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use serde::Serialize;

pub use self::claims::{ClaimsFile, read_claims};
pub use self::fault::{BadRow, ImportError, Said};
use self::plan::Plan;
use self::server::{Known, Server};
use crate::transport::TlsFiles;

/// Who an import comes from where nobody is named: what the services call a caller without a name.
pub const NOBODY: &str = "anonymous";

/// An import of one folder.
#[derive(Debug, Clone)]
pub struct Import {
    /// The folder with the tables.
    pub folder: PathBuf,
    /// Whether to stop after the check.
    pub dry_run: bool,
    /// The server's address, `http://127.0.0.1:7500`, or one a service, `registry=URL,ledger=URL` and so on.
    pub server: String,
    /// Who sends the rows: 1 to 100 visible ASCII characters, kept with every event.
    pub actor: String,
    /// Files of transport security, for servers behind https.
    pub tls: Option<TlsFiles>,
}

/// What an import did, or after a dry run would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was written since only the check was asked for.
    pub dry_run: bool,
    /// The files, in the order in which they are written.
    pub files: Vec<FileReport>,
    /// Where the logs stood after the last row, to wait for in a read. Opaque; empty after a dry run.
    pub positions: Vec<String>,
}

/// The rows of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// All of its rows: the three sums below, and rows that go with a row of another file.
    pub rows: usize,
    /// Rows that the logs did not have, wholly or in part.
    pub new: usize,
    /// Rows that the logs had.
    pub already_there: usize,
    /// Rows without a fund: kept in the file, not imported.
    pub without_fund: usize,
}

impl Import {
    /// Reads, checks and, unless it is a dry run, writes; shows progress on a terminal if asked to.
    pub async fn run(self, progress: bool) -> Result<Report, ImportError> {
        let server = Server::open(&self.server, self.tls.as_ref(), &self.actor)?;
        let mut plan = Plan::read(&self.folder)?;
        let wanted: HashSet<&str> = plan.steps.iter().map(|step| step.request_id.as_str()).collect();
        let mut known = server.read(&self.actor, &wanted).await?;
        let files = checked(&mut plan, &mut known)?;
        let mut report = Report { dry_run: self.dry_run, files, positions: Vec::new() };
        if !self.dry_run {
            send::send(plan.steps, &known.there, &server, progress).await?;
            report.positions = server.heads(None).await?;
        }
        Ok(report)
    }
}

/// Checks a plan; what each file's rows come to, or every bad row.
fn checked(plan: &mut Plan, known: &mut Known) -> Result<Vec<FileReport>, ImportError> {
    check::check(plan, known).map_err(|error| ImportError::Refused {
        row: None,
        said: Said::new(format!("服务器的日志含有本程序不认识的内容：{error}"), error),
    })?;
    if !plan.faults.is_empty() {
        return Err(ImportError::BadRows(std::mem::take(&mut plan.faults)));
    }
    let mut rows: HashMap<(&str, u64), bool> = HashMap::new();
    for step in &plan.steps {
        let is_new = !known.there.contains(&step.request_id);
        *rows.entry((step.format.file, step.line)).or_default() |= is_new;
    }
    let count = |file: &str, wanted: bool| {
        rows.iter().filter(|((of, _), is_new)| *of == file && **is_new == wanted).count()
    };
    Ok(plan
        .files
        .iter()
        .map(|file| FileReport {
            file: file.file.to_owned(),
            rows: file.rows,
            new: count(file.file, true),
            already_there: count(file.file, false),
            without_fund: file.outside,
        })
        .collect())
}
