//! From a folder to the requests to send, in order, and every row that does not read.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::io::Error;
use std::path::{Component, Path, PathBuf};

use jixiao_events::scheme::Scheme;

use super::cells::Cells;
use super::fault::{BadRow, ImportError, Said};
use super::step::{About, Step, Steps};
use super::table::{Format, Row};
use super::write::Write;
use super::{ledger, registry, scoring, targets};

/// The most bytes that a file beside the tables may have: what one message holds.
const MAX_FILE: u64 = 1024 * 1024;

/// A kind of file and what becomes of its rows.
pub(super) struct File {
    /// Its format.
    pub(super) format: Format,
    /// What becomes of a row.
    pub(super) row: fn(&Row, &Tables, &mut Plan),
    /// Whether rows without a fund are kept in the file and not imported.
    pub(super) may_be_outside: bool,
}

/// Every kind of file, in the order in which they are written: what a row names comes from a file before it.
pub(super) fn files() -> impl Iterator<Item = &'static File> {
    [registry::FILES, ledger::FILES, targets::FILES, scoring::FILES].into_iter().flatten()
}

/// The tables of a folder.
#[derive(Debug, Default)]
pub(super) struct Tables {
    folder: PathBuf,
    rows: BTreeMap<&'static str, Vec<Row>>,
    found: RefCell<HashMap<(&'static str, &'static [&'static str]), Places>>,
}

/// Which rows of a file have which cells.
type Places = HashMap<Vec<String>, Vec<usize>>;

impl Tables {
    /// The rows of a file with these texts in these columns, in order; none where the file is not there.
    pub(super) fn find<'s>(
        &'s self,
        file: &'static str,
        columns: &'static [&'static str],
        texts: &[&str],
    ) -> impl Iterator<Item = &'s Row> + use<'s> {
        let rows = self.rows.get(file).map_or(&[][..], Vec::as_slice);
        let mut found = self.found.borrow_mut();
        let places = found.entry((file, columns)).or_insert_with(|| {
            let mut places = Places::new();
            for (place, row) in rows.iter().enumerate() {
                let texts = columns.iter().map(|column| row.get(column).to_owned());
                places.entry(texts.collect()).or_default().push(place);
            }
            places
        });
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        places.get(&texts).cloned().unwrap_or_default().into_iter().filter_map(|place| rows.get(place))
    }

    /// A file of the folder that is no table: a regular one, of no more than a message holds.
    pub(super) fn bytes(&self, file: &str) -> std::io::Result<Vec<u8>> {
        let within = Path::new(file).components().all(|part| matches!(part, Component::Normal(_)));
        if !within {
            return Err(Error::other("it is not in this folder"));
        }
        let path = self.folder.join(file);
        let metadata = fs::metadata(&path)?;
        if !metadata.is_file() || metadata.len() > MAX_FILE {
            return Err(Error::other(format!("it is no regular file of at most {MAX_FILE} bytes")));
        }
        fs::read(path)
    }
}

/// What an import would do.
#[derive(Default)]
pub(super) struct Plan {
    /// The files that are there, how many rows each has, how many of those are not imported.
    pub(super) files: Vec<FileRows>,
    /// The requests, in order.
    pub(super) steps: Vec<Step>,
    /// What does not read.
    pub(super) faults: Vec<BadRow>,
    /// Resources that no request makes since their rows do not read.
    pub(super) broken: HashSet<String>,
    /// Files of which rows could not even be taken apart: whose they are is not known.
    pub(super) unread: HashSet<&'static str>,
    /// Indicators of schemes that rows name.
    pub(super) indicators: Vec<Indicator>,
    /// The schemes that funds and projects are evaluated by, by resource name; only those that read.
    pub(super) schemes: BTreeMap<String, Scheme>,
    /// The scheme files that were read, however many funds name them; `None` for those with faults, which are told.
    pub(super) scheme_files: HashMap<String, Option<SchemeFile>>,
    /// The scheme texts that are loaded.
    pub(super) loaded: HashSet<String>,
    made: Steps,
}

/// A scheme file that reads.
#[derive(Debug, Clone)]
pub(super) struct SchemeFile {
    /// Its text.
    pub(super) text: String,
    /// What it says.
    pub(super) scheme: Scheme,
}

/// The rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileRows {
    /// Its name.
    pub(super) file: &'static str,
    /// How many rows.
    pub(super) rows: usize,
    /// How many of them have no fund.
    pub(super) outside: usize,
}

/// An indicator that a row names.
#[derive(Debug, Clone)]
pub(super) struct Indicator {
    /// The fund or project, by resource name.
    pub(super) of: String,
    /// Its path.
    pub(super) path: String,
    /// The cell's file, line and column, as a fault without its reason.
    pub(super) fault: BadRow,
}

impl Plan {
    /// Reads a folder.
    pub(super) fn read(folder: &Path) -> Result<Self, ImportError> {
        let unreadable = |path: &Path, error: &std::io::Error| {
            let path = path.display();
            ImportError::Usage(Said::new(
                format!("无法读取 {path}：{error}"),
                format!("{path} cannot be read: {error}"),
            ))
        };
        let mut plan = Self::default();
        let mut tables = Tables { folder: folder.to_owned(), ..Tables::default() };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))? {
            let entry = entry.map_err(|error| unreadable(folder, &error))?;
            names.extend(entry.file_name().into_string());
        }
        names.sort();
        for file in files() {
            let format = &file.format;
            if names.iter().any(|name| name == format.file) {
                let path = folder.join(format.file);
                let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, &error))?;
                let before = plan.faults.len();
                tables.rows.insert(format.file, format.read(&bytes, &mut plan.faults));
                if plan.faults.len() > before {
                    plan.unread.insert(format.file);
                }
            }
        }
        plan.note_unknown(&names);
        if tables.rows.is_empty() && plan.faults.is_empty() {
            let known = files().map(|file| file.format.file).collect::<Vec<_>>().join(", ");
            let folder = folder.display();
            return Err(ImportError::Usage(Said::new(
                format!("{folder} 中没有可导入的表；可用的表：{known}"),
                format!("there is no table to import in {folder}; tables are {known}"),
            )));
        }
        for file in files() {
            plan.add_rows(file, &tables);
        }
        Ok(plan)
    }

    /// A misspelt name must not leave a table out unnoticed. What editors leave behind begins with . or ~.
    fn note_unknown(&mut self, names: &[String]) {
        let table = |name: &&String| {
            Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"))
        };
        let known = |name: &str| files().any(|file| file.format.file == name);
        for name in names.iter().filter(table).filter(|name| !known(name) && !name.starts_with(['.', '~'])) {
            let files = files().map(|file| file.format.file).collect::<Vec<_>>().join(", ");
            let reason = Said::new(
                format!("没有这种表；可用的表：{files}"),
                format!("there is no such table; tables are {files}"),
            );
            self.faults.push(BadRow { file: name.clone(), line: 0, column: String::new(), reason });
        }
    }

    fn add_rows(&mut self, file: &File, tables: &Tables) {
        let Some(rows) = tables.rows.get(file.format.file) else { return };
        let mut outside = 0;
        for row in rows {
            if file.may_be_outside && row.get("fund").is_empty() {
                outside += 1;
            } else {
                (file.row)(row, tables, self);
            }
        }
        self.files.push(FileRows { file: file.format.file, rows: rows.len(), outside });
    }

    /// Adds a request made of a row.
    pub(super) fn add(&mut self, cells: Cells<'_>, about: About, write: impl Write + 'static) {
        self.add_with_parts(cells, Vec::new(), about, write);
    }

    /// Adds a request made of a row and the rows that hold its parts.
    pub(super) fn add_with_parts(
        &mut self,
        cells: Cells<'_>,
        parts: Vec<Cells<'_>>,
        about: About,
        write: impl Write + 'static,
    ) {
        let (step, faults) = self.made.step(cells, parts, about, write);
        self.faults.extend(faults);
        self.steps.push(step);
    }
}
