//! What can be wrong with an import, in both languages.

use serde::Serialize;
use tonic::Status;
use tonic_types::StatusExt;

use crate::language::Language;

/// The same thing said in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Said {
    /// In both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// What a server says: in English, and in Chinese where it gives that too.
    pub fn of_status(status: &Status) -> Self {
        let en = status.message().to_owned();
        let zh = status.get_details_localized_message().filter(|said| said.locale.starts_with("zh"));
        Self { zh: zh.map_or_else(|| en.clone(), |said| said.message), en }
    }

    /// In one language.
    pub fn text(&self, language: Language) -> &str {
        language.pick(&self.zh, &self.en)
    }
}

/// A row that cannot be imported, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file, by its name in the folder.
    pub file: String,
    /// The line on which the row begins, from 1; 0 where the fault is the whole file's.
    pub line: u64,
    /// The column by its name in the header; of a scheme file, the character of the line. Empty where it is the row's.
    pub column: String,
    /// What is wrong.
    pub reason: Said,
}

impl BadRow {
    /// `targets.csv, line 12, column weight: …`
    pub fn text(&self, language: Language) -> String {
        let Self { file, line, column, reason } = self;
        let line = if *line == 0 {
            String::new()
        } else {
            language.pick(format!(" 第 {line} 行"), format!(", line {line}"))
        };
        let column = match column.as_str() {
            "" => String::new(),
            column => language.pick(format!("，列 {column}"), format!(", column {column}")),
        };
        format!("{file}{line}{column}{}{}", language.pick("：", ": "), reason.text(language))
    }
}

/// Why an import ended before its end. What was written until then is there, and a rerun goes on after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportError {
    /// The folder or the server's address cannot be used.
    Usage(Said),
    /// Rows are bad, all of them, by file and line. Nothing was written.
    BadRows(Vec<BadRow>),
    /// The server refused a row that the check let pass, or does not answer as expected; the import stopped there.
    Refused {
        /// The row's file and line; `None` where it was not about a row.
        row: Option<(String, u64)>,
        /// What the server said.
        said: Said,
    },
    /// The server cannot be reached, or not any more.
    NotReachable {
        /// Its address.
        server: String,
        /// The row's file and line; `None` before the first row.
        row: Option<(String, u64)>,
        /// What went wrong.
        said: Said,
    },
}

impl ImportError {
    /// The program's exit status: 1 bad rows, 2 wrong use, 3 refused by the server, 4 server not reachable.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadRows(_) => 1,
            Self::Usage(_) => 2,
            Self::Refused { .. } => 3,
            Self::NotReachable { .. } => 4,
        }
    }

    /// For people, bad rows a line each.
    pub fn text(&self, language: Language) -> String {
        let at = |row: &Option<(String, u64)>| match row {
            None => String::new(),
            Some((file, line)) => {
                language.pick(format!("{file} 第 {line} 行："), format!("{file}, line {line}: "))
            }
        };
        match self {
            Self::Usage(said) => said.text(language).to_owned(),
            Self::BadRows(rows) => {
                let count = rows.len();
                let faults = if count == 1 { "fault" } else { "faults" };
                let head = language.pick(
                    format!("有 {count} 处错误，没有写入任何数据："),
                    format!("{count} {faults}, nothing was written:"),
                );
                let lines = rows.iter().map(|row| format!("\n  {}", row.text(language)));
                head + &lines.collect::<String>()
            }
            Self::Refused { row, said } => at(row) + &language.pick(
                format!("服务器拒绝：{}\n此前的行已写入；改正后重新导入即可继续。", said.zh),
                format!("the server refused: {}\nThe rows before are written; correct it and import again to go on.", said.en),
            ),
            Self::NotReachable { server, row, said } => at(row) + &language.pick(
                format!("无法连接服务器 {server}：{}\n重新导入会从中断处继续。", said.zh),
                format!("the server {server} cannot be reached: {}\nImport again to go on from there.", said.en),
            ),
        }
    }
}

/// In English; [`ImportError::text`] says it in either language.
impl std::fmt::Display for ImportError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

impl std::error::Error for ImportError {}
