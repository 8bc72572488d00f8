//! The licences of dependencies against a list.

use std::collections::BTreeSet;

use crate::fault::Fault;

/// Where the list is.
pub(crate) const LIST: &str = "crates/xtask/licences.txt";

/// A dependency, direct or not.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    /// An SPDX expression.
    pub(crate) licence: Option<String>,
    /// Its line in Cargo.lock.
    pub(crate) line: usize,
}

/// The allowed licences, and the faults of the list itself.
pub(crate) fn parse_list(text: &str) -> (BTreeSet<String>, Vec<Fault>) {
    let mut allowed = BTreeSet::new();
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once(':') {
            Some((id, reason)) if !reason.trim().is_empty() => {
                if !allowed.insert(id.trim().to_owned()) {
                    faults.push(Fault::new(
                        LIST,
                        number,
                        format!("{} is there twice", id.trim()),
                        "remove one",
                    ));
                }
            }
            _ => faults.push(Fault::new(LIST, number, format!("{line} has no reason"), "write `ID: reason`")),
        }
    }
    (allowed, faults)
}

pub(crate) fn check(allowed: &BTreeSet<String>, packages: &[Package]) -> Vec<Fault> {
    packages
        .iter()
        .filter_map(|package| {
            let Package { name, version, licence, line } = package;
            let fault = |what: String, remedy| Some(Fault::new("Cargo.lock", *line, what, remedy));
            let Some(licence) = licence else {
                return fault(format!("{name} {version} states no licence"), "use another library");
            };
            match is_allowed(allowed, licence) {
                Ok(true) => None,
                Ok(false) => fault(
                    format!("{name} {version} is under {licence}"),
                    "use another library, or add the licence to crates/xtask/licences.txt with a reason",
                ),
                Err(error) => fault(
                    format!("{name} {version} has the licence `{licence}`, which does not parse: {error}"),
                    "look at the library's own files",
                ),
            }
        })
        .collect()
}

/// Whether the allowed licences satisfy an SPDX expression: `OR` (formerly `/`) binds less than `AND`.
fn is_allowed(allowed: &BTreeSet<String>, expression: &str) -> Result<bool, String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut parser = Parser { allowed, tokens: spaced.split_whitespace().peekable() };
    let holds = parser.any()?;
    match parser.tokens.next() {
        None => Ok(holds),
        Some(token) => Err(format!("unexpected {token}")),
    }
}

struct Parser<'a, T: Iterator<Item = &'a str>> {
    allowed: &'a BTreeSet<String>,
    tokens: std::iter::Peekable<T>,
}

impl<'a, T: Iterator<Item = &'a str>> Parser<'a, T> {
    fn any(&mut self) -> Result<bool, String> {
        let mut holds = self.all()?;
        while self.tokens.next_if_eq(&"OR").is_some() {
            holds |= self.all()?;
        }
        Ok(holds)
    }

    fn all(&mut self) -> Result<bool, String> {
        let mut holds = self.one()?;
        while self.tokens.next_if_eq(&"AND").is_some() {
            holds &= self.one()?;
        }
        Ok(holds)
    }

    fn one(&mut self) -> Result<bool, String> {
        match self.tokens.next() {
            Some("(") => {
                let holds = self.any()?;
                self.tokens
                    .next_if_eq(&")")
                    .map(|_| holds)
                    .ok_or_else(|| "a parenthesis stays open".to_owned())
            }
            None | Some(")" | "OR" | "AND" | "WITH") => Err("a licence is missing".to_owned()),
            Some(id) if self.tokens.next_if_eq(&"WITH").is_some() => {
                let exception = self.tokens.next().ok_or("an exception is missing")?;
                Ok(self.allowed.contains(&format!("{id} WITH {exception}")))
            }
            Some(id) => Ok(self.allowed.contains(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(expression: &str, expected: Result<bool, &str>) {
        let (allowed, faults) =
            parse_list("# a comment\nMIT: short\n\nISC: shorter\nA WITH e: an exception\n");
        assert_eq!(faults, []);
        assert_eq!(is_allowed(&allowed, expression), expected.map_err(str::to_owned), "{expression}");
    }

    #[test]
    fn expressions() {
        check_one("MIT", Ok(true));
        check_one("GPL-3.0", Ok(false));
        check_one("GPL-3.0 OR MIT", Ok(true));
        check_one("GPL-3.0/MIT", Ok(true));
        check_one("GPL-3.0 AND MIT", Ok(false));
        check_one("ISC AND MIT", Ok(true));
        check_one("GPL-3.0 AND MIT OR ISC", Ok(true));
        check_one("GPL-3.0 AND (MIT OR ISC)", Ok(false));
        check_one("(GPL-3.0 OR MIT) AND ISC", Ok(true));
        check_one("A WITH e", Ok(true));
        check_one("A", Ok(false));
        check_one("MIT WITH e", Ok(false));
        check_one("MIT OR", Err("a licence is missing"));
        check_one("(MIT", Err("a parenthesis stays open"));
        check_one("MIT ISC", Err("unexpected ISC"));
        check_one("MIT WITH", Err("an exception is missing"));
        check_one("", Err("a licence is missing"));
    }

    #[test]
    fn a_package_outside_the_list_is_a_fault() {
        let (allowed, _) = parse_list("MIT: short");
        let package = |licence: Option<&str>| Package {
            name: "x".into(),
            version: "1.0.0".into(),
            licence: licence.map(str::to_owned),
            line: 9,
        };
        let found = check(&allowed, &[package(Some("MIT")), package(Some("GPL-3.0")), package(None)]);
        let found: Vec<(usize, &str)> = found.iter().map(|fault| (fault.line, fault.what.as_str())).collect();
        assert_eq!(found, [(9, "x 1.0.0 is under GPL-3.0"), (9, "x 1.0.0 states no licence")]);
    }

    #[test]
    fn an_entry_of_the_list_has_a_reason_and_stands_once() {
        let (_, faults) = parse_list("MIT: short\nISC\nMIT: again\nZlib: \n");
        let lines: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }
}
