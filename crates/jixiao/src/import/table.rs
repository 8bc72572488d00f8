//! Tables: CSV files with a header, read row by row, every fault with its line and column.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder};

use super::fault::{BadRow, Said};

/// What a file of the folder looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Its name in the folder, which is also the kind of file in request ids.
    pub(super) file: &'static str,
    /// Columns that its header has to have.
    pub(super) required: &'static [&'static str],
    /// Columns that may be left out.
    pub(super) optional: &'static [&'static str],
}

/// One row of a table. Blank cells are left out; a blank says: not stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The file's format.
    pub(super) format: &'static Format,
    /// The line on which it begins, from 1.
    pub(super) line: u64,
    cells: BTreeMap<&'static str, String>,
}

impl Row {
    /// A cell without the white space around it; empty where it is blank or the column is left out.
    pub(super) fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    /// A fault of one of its cells, or of the row as a whole where the column is empty.
    pub(super) fn fault(&self, column: &str, reason: Said) -> BadRow {
        BadRow { file: self.format.file.to_owned(), line: self.line, column: column.to_owned(), reason }
    }
}

impl Format {
    pub(super) fn column(&self, name: &str) -> Option<&'static str> {
        self.required.iter().chain(self.optional).copied().find(|column| *column == name)
    }

    /// Reads the bytes of such a file. What cannot be read as a row is a fault; the other rows are still read.
    pub(super) fn read(&'static self, bytes: &[u8], faults: &mut Vec<BadRow>) -> Vec<Row> {
        let fault = |line, column: &str, reason| BadRow {
            file: self.file.to_owned(),
            line,
            column: column.to_owned(),
            reason,
        };
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            faults.push(fault(
                1,
                "",
                Said::new("文件是 UTF-16，请另存为 CSV UTF-8", "the file is UTF-16: save it as CSV UTF-8"),
            ));
            return Vec::new();
        }
        let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
        let mut lines = Lines { bytes, at: 0, line: 1 };
        let mut header = None;
        let mut rows = Vec::new();
        let mut record = ByteRecord::new();
        // Reading from memory into bytes cannot fail.
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let start = record.position().map_or(0, csv::Position::byte);
            let line = lines.begin(start);
            if let Err((cell, reason)) = check_quotes(lines.record(reader.position().byte())) {
                let column = header.as_ref().and_then(|columns: &Vec<_>| columns.get(cell).copied());
                faults.push(fault(line, column.unwrap_or_default(), reason));
                if header.is_none() {
                    return Vec::new();
                }
                continue;
            }
            match &header {
                None => match self.header(&record, line, faults) {
                    Some(found) => header = Some(found),
                    None => return Vec::new(),
                },
                Some(columns) => rows.extend(self.row(columns, &record, line, faults)),
            }
        }
        if header.is_none() {
            faults.push(fault(1, "", Said::new("没有表头", "there is no header")));
        }
        rows
    }

    /// The columns in the order of the header; `None` where it cannot be used.
    fn header(&self, record: &ByteRecord, line: u64, faults: &mut Vec<BadRow>) -> Option<Vec<&'static str>> {
        let mut columns = Vec::new();
        let before = faults.len();
        let mut fault = |column: &str, reason| {
            faults.push(BadRow { file: self.file.to_owned(), line, column: column.to_owned(), reason });
        };
        for cell in record {
            let Ok(name) = std::str::from_utf8(cell) else {
                fault("", not_utf8());
                return None;
            };
            match self.column(name.trim()) {
                None => {
                    let known =
                        self.required.iter().chain(self.optional).copied().collect::<Vec<_>>().join(", ");
                    let reason = Said::new(
                        format!("没有这一列；可用的列：{known}"),
                        format!("there is no such column; there are {known}"),
                    );
                    fault(name.trim(), reason);
                }
                Some(column) if columns.contains(&column) => {
                    fault(column, Said::new("这一列出现了两次", "the column is there twice"));
                }
                Some(column) => columns.push(column),
            }
        }
        for missing in self.required.iter().filter(|column| !columns.contains(column)) {
            fault(missing, Said::new("缺少这一列", "the column is missing"));
        }
        (faults.len() == before).then_some(columns)
    }

    fn row(
        &'static self,
        columns: &[&'static str],
        record: &ByteRecord,
        line: u64,
        faults: &mut Vec<BadRow>,
    ) -> Option<Row> {
        // Spreadsheets write rows of nothing but separators below a table.
        if record.iter().all(|cell| cell.trim_ascii().is_empty()) {
            return None;
        }
        let mut row = Row { format: self, line, cells: BTreeMap::new() };
        if record.len() != columns.len() {
            let (found, expected) = (record.len(), columns.len());
            let reason = Said::new(
                format!("这一行有 {found} 个单元格，表头有 {expected} 列"),
                format!("the row has {found} cells, the header {expected}"),
            );
            faults.push(row.fault("", reason));
            return None;
        }
        let before = faults.len();
        for (column, cell) in columns.iter().copied().zip(record) {
            match std::str::from_utf8(cell) {
                Err(_) => faults.push(row.fault(column, not_utf8())),
                Ok(text) if text.contains('\0') => {
                    faults.push(
                        row.fault(column, Said::new("含有空字符 U+0000", "it holds the character U+0000")),
                    );
                }
                Ok(text) if text.trim().is_empty() => {}
                Ok(text) => {
                    row.cells.insert(column, text.trim().replace("\r\n", "\n"));
                }
            }
        }
        (faults.len() == before).then_some(row)
    }
}

fn not_utf8() -> Said {
    Said::new("不是 UTF-8，请另存为 CSV UTF-8", "it is not UTF-8: save the file as CSV UTF-8")
}

/// Counts lines up to where records begin: the reader's own position lies before the blank lines that it skips.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of the record that the reader began to look for at a byte.
    fn begin(&mut self, start: u64) -> u64 {
        let start = usize::try_from(start).unwrap_or(usize::MAX).clamp(self.at, self.bytes.len());
        let blank = |bytes: &[u8]| bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let begin = start + blank(self.bytes.get(start..).unwrap_or_default());
        let passed = self.bytes.get(self.at..begin).unwrap_or_default();
        // A line ends with LF, CR LF or, on old systems, CR.
        let ends = passed.iter().zip(passed.iter().skip(1).map(Some).chain([self.bytes.get(begin)]));
        let is_end =
            |(byte, next): &(&u8, Option<&u8>)| **byte == b'\n' || **byte == b'\r' && *next != Some(&b'\n');
        self.line += ends.filter(is_end).map(|_| 1).sum::<u64>();
        self.at = begin;
        self.line
    }

    /// The bytes of the record that was begun last and ends at a byte, with its line end.
    fn record(&self, end: u64) -> &[u8] {
        let end = usize::try_from(end).unwrap_or(usize::MAX).min(self.bytes.len());
        self.bytes.get(self.at..end).unwrap_or_default()
    }
}

/// Where in a cell a byte stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// At its beginning.
    Beginning,
    /// In a cell without quotation marks.
    Plain,
    /// Between quotation marks.
    Quoted,
    /// After a quotation mark that ends the cell, or is the first of two.
    Ended,
}

/// Checks that quotation marks stand as they do in CSV, around a whole cell and doubled inside it. The reader itself takes
/// anything: it would keep a part of a cell, or have one swallow all that follows. On a fault the cell's number, from 0.
fn check_quotes(record: &[u8]) -> Result<(), (usize, Said)> {
    let mut cell = 0;
    let mut within = Within::Beginning;
    for byte in record {
        within = match (within, byte) {
            (Within::Quoted, b'"') => Within::Ended,
            (Within::Quoted, _) | (Within::Beginning | Within::Ended, b'"') => Within::Quoted,
            (_, b',') => {
                cell += 1;
                Within::Beginning
            }
            (_, b'\r' | b'\n') => break,
            (Within::Plain, b'"') | (Within::Ended, _) => {
                let zh = "引号位置不对：引号须括住整个单元格，其中的引号须写两次";
                let en = "a quotation mark is out of place: they enclose a whole cell, and one inside it is doubled";
                return Err((cell, Said::new(zh, en)));
            }
            (Within::Beginning | Within::Plain, _) => Within::Plain,
        };
    }
    if within == Within::Quoted {
        return Err((cell, Said::new("引号没有成对", "a quotation mark has no partner")));
    }
    Ok(())
}
