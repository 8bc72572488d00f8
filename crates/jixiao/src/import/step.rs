//! One request made of a row: its id, its place, and which cell each of its fields came from.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::cells::Cells;
use super::fault::{BadRow, Said};
use super::table::Format;
use super::write::Write;

/// The namespace of the import's request ids: UUIDv5 of the DNS namespace and `import.jixiao`.
const REQUEST_IDS: Uuid = Uuid::from_u128(0x5c61_f24e_1e5c_5b1d_93a5_6b9f_25ad_13e7);

/// Fields that stand for the same columns in all files.
const FIELDS: &[(&str, &str)] = &[
    ("parent", "fund"),
    ("scope", "project"),
    ("names.zh", "name_zh"),
    ("names.en", "name_en"),
    ("names", "name_zh"),
    ("source", "report_line"),
];

/// One request, in the order of the files and rows.
pub(super) struct Step {
    /// The file's format.
    pub(super) format: &'static Format,
    /// The line of its row.
    pub(super) line: u64,
    /// Steps of one lane are sent one after another.
    pub(super) lane: String,
    /// Made of the row's content: the same on every run.
    pub(super) request_id: String,
    /// The request.
    pub(super) write: Box<dyn Write>,
    /// Whether its row reads; if not, its faults are known already.
    pub(super) sound: bool,
    /// The resource that it makes, by name.
    pub(super) own: Option<String>,
    /// The resources that its cells name, its own first.
    named: Vec<(String, Cell)>,
    fields: &'static [(&'static str, &'static str)],
    parts: Vec<(&'static Format, u64)>,
    /// The cells that are not blank: file, line, column.
    filled: HashSet<(&'static str, u64, String)>,
}

/// A cell by its place.
#[derive(Debug, Clone, Copy)]
struct Cell {
    format: &'static Format,
    line: u64,
    column: &'static str,
}

impl Cell {
    fn fault(self, reason: Said) -> BadRow {
        let Self { format, line, column } = self;
        BadRow { file: format.file.to_owned(), line, column: column.to_owned(), reason }
    }
}

/// What is said of a request beside its cells.
pub(super) struct About {
    /// What the row becomes, where one row becomes several requests: part of the request id. Empty elsewhere.
    pub(super) part: &'static str,
    /// Steps of one lane are sent one after another.
    pub(super) lane: String,
    /// Fields of the request and the columns that they come from, where the names differ. A field stands for what is
    /// below it too.
    pub(super) fields: &'static [(&'static str, &'static str)],
}

/// Makes steps, counting rows of the same content.
#[derive(Debug, Default)]
pub(super) struct Steps {
    seen: HashMap<Vec<u8>, u32>,
}

impl Steps {
    /// A step of a row and of the rows that hold its parts.
    pub(super) fn step(
        &mut self,
        mut cells: Cells<'_>,
        parts: Vec<Cells<'_>>,
        about: About,
        write: impl Write + 'static,
    ) -> (Step, Vec<BadRow>) {
        let format = cells.row.format;
        let mut content = Vec::new();
        // Length-prefixed, so that no two contents read the same.
        let mut add = |text: &str| {
            content.extend((text.len() as u64).to_be_bytes());
            content.extend(text.as_bytes());
        };
        add(format.file);
        add(about.part);
        let mut faults = std::mem::take(&mut cells.faults);
        let mut named = Vec::new();
        for row in std::iter::once(&cells).chain(&parts) {
            let cell = |column| Cell { format: row.row.format, line: row.row.line, column };
            named
                .extend(row.own.iter().chain(&row.named).map(|(name, column)| (name.clone(), cell(*column))));
        }
        let mut filled = HashSet::new();
        for row in std::iter::once(&cells).chain(&parts) {
            filled.extend(row.used.keys().map(|column| (row.row.format.file, row.row.line, column.clone())));
        }
        let part_rows = parts.iter().map(|part| (part.row.format, part.row.line)).collect();
        for used in std::iter::once(&cells.used).chain(parts.iter().map(|part| &part.used)) {
            add("row");
            for (column, text) in used {
                add(column);
                add(text);
            }
        }
        for part in parts {
            faults.extend(part.faults);
        }
        let occurrence = self.seen.entry(content.clone()).or_insert(0);
        *occurrence += 1;
        content.extend(occurrence.to_be_bytes());
        let step = Step {
            format,
            line: cells.row.line,
            lane: about.lane,
            request_id: Uuid::new_v5(&REQUEST_IDS, &content).to_string(),
            write: Box::new(write),
            sound: faults.is_empty(),
            own: cells.own.map(|(name, _)| name),
            named,
            fields: about.fields,
            parts: part_rows,
            filled,
        };
        (step, faults)
    }
}

impl Step {
    /// The file and line, for messages.
    pub(super) fn row(&self) -> (String, u64) {
        (self.format.file.to_owned(), self.line)
    }

    /// A fault of a field of the request, at the cell that it came from.
    pub(super) fn field_fault(&self, field: &str, reason: Said) -> BadRow {
        let (format, line, field) = match self.part_of(field) {
            Some(((format, line), rest)) => (format, line, rest),
            None => (self.format, self.line, field),
        };
        let below = |key: &str| {
            field.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let last = field.rsplit('.').next().unwrap_or_default();
        let first = field.split(['.', '[']).next().unwrap_or_default();
        let known = |column: &str| format.column(column);
        let column = (self.fields.iter().find(|(key, _)| below(key)).and_then(|(_, column)| known(column)))
            .or_else(|| known(last))
            .or_else(|| FIELDS.iter().find(|(key, _)| below(key)).and_then(|(_, column)| known(column)))
            .or_else(|| known(first));
        let column = column.unwrap_or_default().to_owned();
        BadRow { file: format.file.to_owned(), line, column, reason }
    }

    /// Whether a fault is of a cell that is not blank.
    pub(super) fn is_filled(&self, fault: &BadRow) -> bool {
        self.filled.iter().any(|(file, line, column)| {
            (*file, *line, column) == (fault.file.as_str(), fault.line, &fault.column)
        })
    }

    /// `parts[2].amount` is `amount` of the third row of parts.
    fn part_of<'f>(&self, field: &'f str) -> Option<((&'static Format, u64), &'f str)> {
        let (index, rest) = field.strip_prefix("parts[")?.split_once(']')?;
        let part = self.parts.get(index.parse::<usize>().ok()?)?;
        Some((*part, rest.strip_prefix('.').unwrap_or(rest)))
    }

    /// A fault about a resource, at the cell that names it; `None` where no cell does.
    pub(super) fn resource_fault(&self, resource: &str, reason: &Said) -> Option<BadRow> {
        let (_, cell) = self.named.iter().find(|(name, _)| name == resource)?;
        Some(cell.fault(reason.clone()))
    }
}
