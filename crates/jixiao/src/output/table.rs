//! Tables for a terminal: aligned by display width, in which a Chinese character takes two columns.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The most columns that a line of output takes.
pub const WIDTH: usize = 100;

/// Columns between two columns of a table.
const GAP: usize = 2;

/// The least width that a column is squeezed to.
const NARROW: usize = 8;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Text, flush left. Wrapped where the table would be too wide.
    Text,
    /// Text that is not wrapped.
    Word,
    /// A figure, flush right. Not wrapped.
    Figure,
}

/// A table. Rows may have fewer cells than there are columns.
#[derive(Debug, Clone)]
pub struct Table {
    columns: Vec<Column>,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
    limit: usize,
}

impl Table {
    /// An empty table.
    pub fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), head: Vec::new(), rows: Vec::new(), limit: WIDTH }
    }

    /// Sets how many columns its lines take at most, [`WIDTH`] otherwise.
    #[must_use]
    pub fn within(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Sets the heads of the columns.
    #[must_use]
    pub fn head<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        self.head = cells.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a row. Leading spaces of a cell indent all of its lines.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// The same table but for its last column.
    #[must_use]
    pub fn without_last(mut self) -> Self {
        self.columns.pop();
        let left = self.columns.len();
        self.head.truncate(left);
        self.rows.iter_mut().for_each(|row| row.truncate(left));
        self
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines of at most so many columns, as far as its words and figures allow.
    pub fn lines(&self) -> Vec<String> {
        self.blocks().flatten().collect()
    }

    /// The lines of the head, which are none without one, then those of each row.
    pub fn blocks(&self) -> impl Iterator<Item = Vec<String>> {
        let widths = self.widths();
        let mut head = Vec::new();
        if !self.head.is_empty() {
            head = self.row_lines(&self.head, &widths);
            let all: usize = widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum();
            head.push("-".repeat(all.saturating_sub(GAP)));
        }
        std::iter::once(head).chain(self.rows.iter().map(move |row| self.row_lines(row, &widths)))
    }

    /// The width of each column; zero for one that is empty throughout, which is left out.
    fn widths(&self) -> Vec<usize> {
        let widest = |rows: &mut dyn Iterator<Item = &Vec<String>>, at: usize| {
            rows.filter_map(|row| row.get(at)).map(|cell| width(cell)).max().unwrap_or(0)
        };
        let columns = 0..self.columns.len();
        let mut widths: Vec<usize> = columns
            .clone()
            .map(|at| match widest(&mut self.rows.iter(), at) {
                0 => 0,
                cells => cells.max(self.head.get(at).map_or(0, |head| width(head))),
            })
            .collect();
        // The widest text gives way first, a column at a time, so that texts of a table end up alike.
        let limit = self.limit.saturating_add(GAP);
        while widths.iter().filter(|width| **width > 0).map(|width| width + GAP).sum::<usize>() > limit {
            let squeezed =
                columns.clone().filter(|at| self.columns[*at] == Column::Text && widths[*at] > NARROW);
            let Some(at) = squeezed.max_by_key(|at| widths[*at]) else { break };
            widths[at] -= 1;
        }
        widths
    }

    fn row_lines(&self, row: &[String], widths: &[usize]) -> Vec<String> {
        let cells: Vec<Vec<String>> = widths
            .iter()
            .enumerate()
            .map(|(at, &limit)| match row.get(at).filter(|_| limit > 0) {
                Some(cell) if self.columns[at] == Column::Text || width(cell) > limit => wrap(cell, limit),
                Some(cell) => vec![cell.clone()],
                None => Vec::new(),
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        (0..height)
            .map(|line| {
                let mut text = String::new();
                for (at, &limit) in widths.iter().enumerate().filter(|(_, width)| **width > 0) {
                    let cell = cells[at].get(line).map_or("", String::as_str);
                    let space = " ".repeat(limit.saturating_sub(width(cell)));
                    if self.columns[at] == Column::Figure {
                        text.push_str(&space);
                        text.push_str(cell);
                    } else {
                        text.push_str(cell);
                        text.push_str(&space);
                    }
                    text.push_str(&" ".repeat(GAP));
                }
                text.truncate(text.trim_end().len());
                text
            })
            .collect()
    }
}

/// A row of columns of fixed widths, for rows that are shown one by one: a line, or several where a text does not fit.
pub fn row<const N: usize>(cells: &[String; N], columns: &[(Column, usize); N]) -> String {
    let columns_of = columns.iter().map(|(column, _)| *column).collect();
    let widths: Vec<usize> = columns.iter().map(|(_, width)| *width).collect();
    let table = Table { columns: columns_of, head: Vec::new(), rows: Vec::new(), limit: WIDTH };
    table.row_lines(cells, &widths).join("\n")
}

/// How many columns of a terminal a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// A text in lines of at most `limit` columns. Breaks at spaces and around Chinese characters, a longer word anywhere;
/// closing punctuation does not begin a line. Leading spaces indent every line.
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let body = text.trim_start_matches(' ');
    let indent = (text.len() - body.len()).min(limit.saturating_sub(1));
    let limit = limit.saturating_sub(indent).max(1);
    let mut lines = Vec::new();
    // The width of the line is carried along: to measure it at each character would take the square of a long line's time.
    let (mut line, mut taken) = (String::new(), 0);
    let mut push = |line: &mut String, taken: &mut usize| {
        lines.push(format!("{}{}", " ".repeat(indent), line.trim_end()));
        line.clear();
        *taken = 0;
    };
    for paragraph in body.split('\n') {
        for piece in pieces(paragraph) {
            if width(piece.trim_end()).saturating_add(taken) > limit && !line.is_empty() {
                push(&mut line, &mut taken);
            }
            let piece = if line.is_empty() { piece.trim_start() } else { piece };
            for c in piece.chars() {
                let columns = c.width().unwrap_or(0);
                if taken + columns > limit && c != ' ' && !line.is_empty() {
                    push(&mut line, &mut taken);
                }
                line.push(c);
                taken += columns;
            }
        }
        push(&mut line, &mut taken);
    }
    lines
}

/// A line cut where it may be broken: words with the spaces after them, Chinese characters one by one.
fn pieces(text: &str) -> Vec<&str> {
    let is_wide = |c: char| c.width() == Some(2);
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut pieces = Vec::new();
    let mut from = 0;
    for pair in chars.windows(2) {
        let ((_, before), (at, after)) = (pair[0], pair[1]);
        let breaks = (before == ' ' && after != ' ') || is_wide(before) || is_wide(after);
        if breaks
            && after != ' '
            && !"，。、；：？！）」』》】”’,.;:?!)%…".contains(after)
            && !"（「『《【“‘(".contains(before)
        {
            pieces.push(&text[from..at]);
            from = at;
        }
    }
    pieces.push(&text[from..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_and_english_align() {
        let mut table =
            Table::new(&[Column::Text, Column::Figure, Column::Text]).head(["项目", "金额", "note"]);
        table.row(["年初预算", "4000", "ok"]);
        table.row(["paid", "2442.5", "好"]);
        table.row(["  其中"]);
        assert_eq!(
            table.lines(),
            [
                "项目        金额  note",
                "----------------------",
                "年初预算    4000  ok",
                "paid      2442.5  好",
                "  其中",
            ]
        );
    }

    #[test]
    fn never_wider_than_the_terminal_and_every_figure_in_its_column() {
        let mut table = Table::new(&[Column::Text, Column::Word, Column::Figure, Column::Text]);
        let long =
            "城市大数据中心数据汇聚部门总数达到五十个以上并且逐步实现跨部门共享交换和业务协同的总体绩效目标";
        table.row([
            long,
            "targets.overall.o1",
            "0.5",
            "The actual is in another unit than the target: not compared.",
        ]);
        table.row(["short", "d17", "12", "met"]);
        let lines = table.lines();
        let ends: Vec<usize> = lines
            .iter()
            .filter_map(|line| {
                ["0.5", " 12 "].iter().find_map(|f| line.find(f).map(|at| (line, at + f.trim_end().len())))
            })
            .map(|(line, at)| width(&line[..at]))
            .collect();
        assert_eq!(ends.len(), 2);
        assert_eq!(ends[0], ends[1]);
        assert!(lines.iter().all(|line| width(line) <= WIDTH), "{lines:#?}");
    }

    #[test]
    fn a_column_without_cells_is_left_out() {
        let mut table =
            Table::new(&[Column::Text, Column::Figure, Column::Text]).head(["a", "long head", "c"]);
        table.row(["1", "", "x"]);
        assert_eq!(table.lines(), ["a  c", "----", "1  x"]);
    }

    #[test]
    fn a_long_line_takes_time_that_grows_with_it() {
        let text = "绩效 target ".repeat(50_000);
        let began = std::time::Instant::now();
        assert_eq!(wrap(&text, usize::MAX), [text.trim_end()]);
        // Measured at each character, it would take minutes.
        assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
    }

    #[test]
    fn wraps_where_a_line_may_break() {
        let rows: &[(&str, usize, &[&str])] = &[
            ("", 10, &[""]),
            ("one two three", 7, &["one two", "three"]),
            ("one two three", 8, &["one two", "three"]),
            ("绩效目标，完成", 8, &["绩效目", "标，完成"]),
            ("绩效targets目标", 8, &["绩效", "targets", "目标"]),
            ("abcdefghij", 4, &["abcd", "efgh", "ij"]),
            ("  绩效目标", 6, &["  绩效", "  目标"]),
            ("a\nb", 5, &["a", "b"]),
        ];
        for (text, limit, lines) in rows {
            assert_eq!(wrap(text, *limit), *lines, "{text} in {limit}");
        }
    }
}
