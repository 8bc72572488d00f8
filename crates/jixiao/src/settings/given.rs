//! What is given for a setting, and where: flag, environment, file, in this order.

use std::path::{Path, PathBuf};

use super::shown_url;
use crate::failure::Failure;
use crate::language::Language;
use crate::text::error as text;

/// The names of all settings: `--database-url` on the command line, `JIXIAO_DATABASE_URL` in the environment,
/// `database-url` in the file.
pub(super) const NAMES: [&str; 19] = [
    "data-dir",
    "listen",
    "admin-listen",
    "database-url",
    "database-password-file",
    "nats-url",
    "nats-user",
    "nats-password-file",
    "registry-url",
    "ledger-url",
    "targets-url",
    "tls-ca",
    "tls-cert",
    "tls-key",
    "otlp-endpoint",
    "log-format",
    "log",
    "max-lag",
    "config",
];

/// Where a setting's value is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Flag,
    Environment,
    File(PathBuf),
    Default,
}

/// A setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) origin: Origin,
}

impl Given {
    /// What is wrong with it, by its name and place. The value may hold a password.
    pub(super) fn wrong(&self, language: Language, reason: impl std::fmt::Display) -> Failure {
        let shown = shown_url(&self.value);
        Failure::Usage(text::bad_setting(language, self.place(language), shown, reason))
    }

    /// Where somebody would change it.
    pub(super) fn place(&self, language: Language) -> String {
        match &self.origin {
            Origin::Flag => format!("--{}", self.name),
            Origin::Environment => variable(self.name),
            Origin::File(file) => text::setting_in_file(language, self.name, file.display()),
            Origin::Default => text::setting_by_default(language, self.name),
        }
    }
}

/// Whatever is given, by place.
pub(super) struct Sources<'a> {
    pub(super) flag: &'a dyn Fn(&str) -> Option<String>,
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) file: Option<(PathBuf, toml::Table)>,
}

impl Sources<'_> {
    /// The value of a setting; an empty variable of the environment counts as none.
    pub(super) fn find(&self, name: &'static str, language: Language) -> Result<Option<Given>, Failure> {
        if let Some(value) = (self.flag)(name) {
            return Ok(Some(Given { name, value, origin: Origin::Flag }));
        }
        if let Some(value) = (self.environment)(&variable(name)).filter(|value| !value.is_empty()) {
            return Ok(Some(Given { name, value, origin: Origin::Environment }));
        }
        let Some((file, table)) = &self.file else { return Ok(None) };
        let value = match table.get(name) {
            None => return Ok(None),
            Some(toml::Value::String(value)) => value.clone(),
            Some(toml::Value::Integer(value)) => value.to_string(),
            Some(other) => {
                let origin = Origin::File(file.clone());
                let given = Given { name, value: other.to_string(), origin };
                return Err(given.wrong(language, text::setting_type(language, other.type_str())));
            }
        };
        Ok(Some(Given { name, value, origin: Origin::File(file.clone()) }))
    }

    /// The same, with a value for where nothing is given.
    pub(super) fn or(&self, name: &'static str, usual: &str, language: Language) -> Result<Given, Failure> {
        let found = self.find(name, language)?;
        Ok(found.unwrap_or_else(|| Given { name, value: usual.to_owned(), origin: Origin::Default }))
    }
}

/// Reads a file of settings. A key that is no setting is an error: it would be a setting that is silently not in force.
pub(super) fn read_file(path: &Path, language: Language) -> Result<toml::Table, Failure> {
    let bad = |reason: String| Failure::Usage(text::bad_settings_file(language, path.display(), reason));
    let content = std::fs::read_to_string(path).map_err(|error| bad(error.to_string()))?;
    let table: toml::Table = content.parse().map_err(|error: toml::de::Error| bad(error.to_string()))?;
    let known: Vec<&str> = NAMES.into_iter().filter(|name| *name != "config").collect();
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(bad(text::unknown_setting(language, key, known.join(", ")))),
        None => Ok(table),
    }
}

/// A setting's name in the environment. `log` has the name that it has for every Rust program.
pub(super) fn variable(name: &str) -> String {
    match name {
        "log" => "RUST_LOG".to_owned(),
        _ => format!("JIXIAO_{}", name.to_ascii_uppercase().replace('-', "_")),
    }
}
