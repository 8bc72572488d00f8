//! Where the program writes: what it was asked for to standard output, everything else to standard error.

mod events;
mod json;
mod status;
mod table;

use std::io::{self, Write};

use clap::ValueEnum;
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};

pub use events::{event_lines, seconds};
pub use json::{Event, Pair};
pub use status::{refusal_json, refusal_lines, refusal_lines_as};
pub use table::{Column, Table, WIDTH, row, width, wrap};

use crate::language::Language;

/// A terminal that is said to have fewer columns is not believed.
const NARROWEST: usize = 40;

/// For whom output is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Tables and sentences for people.
    Text,
    /// JSON for programs: the same content.
    Json,
}

impl Format {
    /// The one that arguments which cannot be parsed ask for; text if none does.
    pub fn of_arguments(arguments: &[String]) -> Self {
        let given = arguments.iter().enumerate().find_map(|(at, argument)| match argument.as_str() {
            "--format" => arguments.get(at + 1).map(String::as_str),
            _ => argument.strip_prefix("--format="),
        });
        given.and_then(|given| Self::from_str(given, false).ok()).unwrap_or(Self::Text)
    }
}

/// How one run of the program speaks.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// Its language.
    pub language: Language,
    /// For whom.
    pub format: Format,
}

impl Output {
    /// Whether programs read it.
    pub fn is_json(self) -> bool {
        self.format == Format::Json
    }

    /// The columns that sentences have: a terminal's own, else no limit, since what a pipe searches is not to be cut.
    pub fn columns(self) -> usize {
        terminal_size_of(io::stdout())
            .map_or(usize::MAX, |(Width(columns), _)| usize::from(columns).max(NARROWEST))
    }

    /// Writes a text and a line's end to standard output.
    pub fn line(self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")
    }

    /// Writes a value as one line of JSON to standard output.
    pub fn json(self, value: &impl Serialize) -> io::Result<()> {
        self.line(&serde_json::to_string(value)?)
    }

    /// Writes a line to standard error, for whoever watches. A closed standard error stops nothing.
    pub fn notice(self, text: &str) {
        let mut err = io::stderr().lock();
        // Nobody is left to tell.
        let _ = err.write_all(text.as_bytes()).and_then(|()| err.write_all(b"\n"));
    }
}
