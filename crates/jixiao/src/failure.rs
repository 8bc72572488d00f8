//! Why a command did not do what it was asked, and the exit code that says so.

use std::error::Error;
use std::io;

use tonic::{Code, Status};

use crate::import::{BadRow, ImportError};
use crate::language::Language;
use crate::output::{Format, Output, refusal_json, refusal_lines};
use crate::text::error as text;

/// Why a command ends with another exit code than 0.
#[derive(Debug)]
pub enum Failure {
    /// The answer is no, and the output says so: a finding that is an error, a broken chain, rows that cannot be imported.
    Negative,
    /// What the command line names cannot be used on this machine: a port in use, a folder that another server holds.
    Local(String),
    /// The command line does not say what to do.
    Usage(String),
    /// The server refused.
    Refused(Box<Status>),
    /// A server or broker answered, but not so that it helps.
    Answer(String),
    /// The server refused, and more is known about what to do.
    RefusedWith(Box<Status>, String),
    /// An import ended before its end.
    Import(ImportError),
    /// A file of claims has bad rows.
    Claims(Vec<BadRow>),
    /// A file has faults: what was not done therefore, and each of them.
    File(String, Vec<BadRow>),
    /// No server, or no database, answers.
    Unreachable(String),
    /// The output could not be written.
    Output(io::Error),
}

impl Failure {
    /// The exit code: 1 a negative answer alone, 2 bad usage or what cannot be used here, 3 refused, 4 not reachable. A reader
    /// that has seen enough (`jixiao events | head`) is no failure. docs/cli.md has the table.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Negative => 1,
            Self::Usage(_) | Self::Claims(_) | Self::File(..) | Self::Local(_) | Self::Output(_) => 2,
            Self::Refused(_) | Self::RefusedWith(..) | Self::Answer(_) => 3,
            Self::Unreachable(_) => 4,
            Self::Import(error) => error.exit_code(),
        }
    }

    /// What a server's status means: UNAVAILABLE is not reachable for now, anything else a refusal.
    pub fn of_status(language: Language, status: Status) -> Self {
        match status.code() {
            Code::Unavailable | Code::DeadlineExceeded => {
                Self::Unreachable(refusal_lines(language, &status).join("\n"))
            }
            _ => Self::Refused(Box::new(status)),
        }
    }

    /// Tells standard error.
    pub fn tell(&self, output: Output) {
        let language = output.language;
        let mut json = None;
        let lines = match self {
            Self::Negative => return,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return,
            Self::Output(error) => vec![text::not_written(language, error)],
            Self::Local(said) | Self::Usage(said) | Self::Answer(said) | Self::Unreachable(said) => {
                vec![said.clone()]
            }
            Self::Import(error) => {
                if let ImportError::BadRows(rows) = error {
                    json = Some(serde_json::json!({
                        "error": { "code": self.kind(), "message": "bad rows", "bad_rows": rows }
                    }));
                }
                vec![error.text(language)]
            }
            Self::File(said, rows) => {
                json = Some(serde_json::json!({
                    "error": { "code": self.kind(), "message": said, "bad_rows": rows }
                }));
                let rows = rows.iter().map(|row| format!("  {}", row.text(language)));
                std::iter::once(said.clone()).chain(rows).collect()
            }
            Self::Claims(rows) => {
                json = Some(serde_json::json!({
                    "error": { "code": self.kind(), "message": "bad rows", "bad_rows": rows }
                }));
                let rows = rows.iter().map(|row| format!("  {}", row.text(language)));
                std::iter::once(text::bad_claims(language)).chain(rows).collect()
            }
            Self::Refused(status) => {
                json = Some(refusal_json(status));
                refusal_lines(language, status)
            }
            Self::RefusedWith(status, more) => {
                json = Some(refusal_json(status));
                let mut lines = refusal_lines(language, status);
                lines.push(more.clone());
                lines
            }
        };
        match output.format {
            Format::Text => output.notice(&text::error(language, lines.join("\n"))),
            Format::Json => {
                let json = json.unwrap_or_else(
                    || serde_json::json!({ "error": { "code": self.kind(), "message": lines.join("\n") } }),
                );
                output.notice(&json.to_string());
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Negative => "NEGATIVE",
            Self::Local(_) | Self::Output(_) => "LOCAL",
            Self::Usage(_) => "USAGE",
            Self::Refused(_) | Self::RefusedWith(..) => "REFUSED",
            Self::Answer(_) => "ANSWER",
            Self::Unreachable(_) => "UNREACHABLE",
            Self::Claims(_) | Self::File(..) | Self::Import(ImportError::BadRows(_)) => "BAD_ROWS",
            Self::Import(_) => "IMPORT",
        }
    }
}

/// The innermost cause of an error: what the system said.
pub fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

impl From<ImportError> for Failure {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes() {
        let refused = |code| Failure::of_status(Language::English, Status::new(code, "no"));
        let rows = [
            (Failure::Negative, 1),
            (Failure::Local(String::new()), 2),
            (Failure::Answer(String::new()), 3),
            (Failure::Usage(String::new()), 2),
            (refused(Code::NotFound), 3),
            (refused(Code::InvalidArgument), 3),
            (refused(Code::Internal), 3),
            (refused(Code::Unavailable), 4),
            (refused(Code::DeadlineExceeded), 4),
            (Failure::Unreachable(String::new()), 4),
            (Failure::Claims(Vec::new()), 2),
            (Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)), 0),
            (Failure::from(io::Error::from(io::ErrorKind::StorageFull)), 2),
        ];
        for (failure, code) in rows {
            assert_eq!(failure.exit_code(), code, "{failure:?}");
        }
    }
}
