//! What may not be where the rules are: they must give the same answer for the same events, today and in ten years.

use crate::code;
use crate::fault::Fault;

/// Crates that a domain knows nothing of.
const CRATES: &[&str] = &["tonic", "sqlx", "tokio"];

/// Sources of chance.
const RANDOM: &[&str] = &["rand", "fastrand", "getrandom", "thread_rng", "new_v4", "now_v7"];

/// Whether a file holds rules: the domains of the services, and all of the published language.
pub(crate) fn is_domain(path: &str) -> bool {
    if path.starts_with("crates/events/src/") {
        return true;
    }
    ["registry", "ledger", "targets", "scoring"].iter().any(|service| {
        path.strip_prefix("crates/").and_then(|rest| rest.strip_prefix(service)).is_some_and(|rest| {
            rest == "/src/domain.rs"
                || ["domain", "rules", "findings", "claims", "scheme"].iter().any(|room| {
                    rest == format!("/src/{room}.rs") || rest.starts_with(&format!("/src/{room}/"))
                })
        })
    })
}

/// Whether a file holds tests only: by its name, or as one of [`test_only_paths`].
pub(crate) fn is_test(path: &str, test_only: &[String]) -> bool {
    let stem = path.strip_suffix(".rs").unwrap_or(path);
    stem.ends_with("tests")
        || path.contains("/tests/")
        || test_only.iter().any(|module| {
            stem.strip_prefix(module.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// The modules that some file declares under `#[cfg(test)]`: their paths without `.rs`.
pub(crate) fn test_only_paths(files: &[(String, String)]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files {
        let folder = match path.rsplit_once('/') {
            Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
            _ => path.strip_suffix(".rs").unwrap_or(path),
        };
        found.extend(code::test_modules(&code::strip(text)).iter().map(|name| format!("{folder}/{name}")));
    }
    found
}

pub(crate) fn check(path: &str, text: &str) -> Vec<Fault> {
    let code = code::without_tests(&code::strip(text));
    let mut faults = Vec::new();
    for (number, line) in (1..).zip(code.lines()) {
        for (before, word, after) in code::words(line) {
            if let Some((what, remedy)) = forbidden(before, word, after) {
                faults.push(Fault::new(path, number, what, remedy));
            }
        }
    }
    faults
}

fn forbidden(before: &str, word: &str, after: &str) -> Option<(String, &'static str)> {
    let found = |kind: &str, remedy| Some((format!("{kind} in a domain module: {word}"), remedy));
    if CRATES.contains(&word) {
        return found("input and output", "move it to service.rs, the domain decides on values alone");
    }
    if word == "SystemTime" || word == "now" && before.ends_with("::") && after.starts_with('(') {
        return found("a clock", "take the time as an argument");
    }
    if RANDOM.contains(&word) {
        return found("randomness", "take the value as an argument");
    }
    if is_float(before, word, after) {
        return found("a float", "use Money, Percent or Decimal");
    }
    let is_call = before.ends_with('.') || before.ends_with("::");
    if is_call && matches!(word, "unwrap" | "expect" | "unwrap_err" | "expect_err")
        || word == "panic" && after.starts_with('!')
    {
        return found("a panic", "return a refusal, or make the case impossible by a type");
    }
    None
}

/// A float type, a conversion to or from one, or a literal.
fn is_float(before: &str, word: &str, after: &str) -> bool {
    let starts_with_digit = word.starts_with(|c: char| c.is_ascii_digit());
    ["f32", "f64"].iter().any(|float| {
        word.strip_suffix(float)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('_') || starts_with_digit)
    }) || {
        // `1.5`, not the fields of a tuple in `x.0.1`, nor the range `1..5`.
        let is_number = starts_with_digit && word.chars().all(|c| c.is_ascii_digit() || c == '_');
        let has_fraction =
            after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        let is_field = before.ends_with('.') && !before.ends_with("..");
        is_number && has_fraction && !is_field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_line(line: &str, expected: Option<&str>) {
        let text = format!("//! A module.\n{line}\n");
        let faults = check("crates/ledger/src/domain.rs", &text);
        let found: Vec<(usize, &str)> =
            faults.iter().map(|fault| (fault.line, fault.what.as_str())).collect();
        let expected: Vec<(usize, &str)> = expected.map(|what| (2, what)).into_iter().collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn nothing_but_values() {
        check_line("use tonic::Status;", Some("input and output in a domain module: tonic"));
        check_line("let x = sqlx::query(y);", Some("input and output in a domain module: sqlx"));
        check_line("use tokio::sync::Mutex;", Some("input and output in a domain module: tokio"));
        check_line("fn f(x: &SystemTime) {}", Some("a clock in a domain module: SystemTime"));
        check_line("let x = Instant::now();", Some("a clock in a domain module: now"));
        check_line("let x = Zoned::now();", Some("a clock in a domain module: now"));
        check_line("let x = jiff::Timestamp::now();", Some("a clock in a domain module: now"));
        check_line("let now = x.now;", None);
        check_line("let x = rand::random();", Some("randomness in a domain module: rand"));
        check_line("let x = Uuid::new_v4();", Some("randomness in a domain module: new_v4"));
        check_line("let operand = brand;", None);
    }

    #[test]
    fn no_floats() {
        check_line("fn f(x: f64) {}", Some("a float in a domain module: f64"));
        check_line("let x = 1_f32;", Some("a float in a domain module: 1_f32"));
        check_line("let x = 2f64;", Some("a float in a domain module: 2f64"));
        check_line("let x = y.to_f64();", Some("a float in a domain module: to_f64"));
        check_line("let x = 0.17;", Some("a float in a domain module: 0"));
        check_line("let x = y.0.1;", None);
        check_line("for x in 0..5 {}", None);
        check_line("let x = buf64;", None);
    }

    #[test]
    fn no_panics() {
        check_line("let x = y.unwrap();", Some("a panic in a domain module: unwrap"));
        check_line("let x = y.map(Option::unwrap);", Some("a panic in a domain module: unwrap"));
        check_line("let x = y.expect(z);", Some("a panic in a domain module: expect"));
        check_line("panic!(x);", Some("a panic in a domain module: panic"));
        check_line("let x = y.unwrap_or_default();", None);
        check_line("#[expect(clippy::x, reason = \"y\")]", None);
    }

    #[test]
    fn words_in_comments_literals_and_tests_are_free() {
        check_line("// tokio, f64, unwrap()", None);
        check_line("let x = \"tokio 1.5\";", None);
        check_line("#[cfg(test)] mod tests { fn f() { x.unwrap() } }", None);
        check_line("#[cfg(test)] mod tests;\nfn f() { x.map(y) }", None);
    }

    #[test]
    fn where_the_rules_are() {
        for path in [
            "crates/events/src/money.rs",
            "crates/ledger/src/domain.rs",
            "crates/registry/src/domain/fund.rs",
            "crates/scoring/src/rules/bands.rs",
            "crates/scoring/src/findings/weights.rs",
            "crates/scoring/src/scheme/mod.rs",
            "crates/scoring/src/scheme.rs",
        ] {
            assert!(is_domain(path), "{path}");
        }
        for path in
            ["crates/ledger/src/service.rs", "crates/eventlog/src/lib.rs", "crates/events/tests/golden.rs"]
        {
            assert!(!is_domain(path), "{path}");
        }
    }

    #[test]
    fn files_of_tests_are_free() {
        let files = [
            ("crates/ledger/src/domain/mod.rs".to_owned(), "#[cfg(test)]\nmod cases;\nmod state;".to_owned()),
            ("crates/ledger/src/domain/state.rs".to_owned(), "#[cfg(test)]\nmod table;".to_owned()),
        ];
        let test_only = test_only_paths(&files);
        assert!(is_test("crates/ledger/src/domain/cases.rs", &test_only));
        assert!(is_test("crates/ledger/src/domain/state/table.rs", &test_only));
        assert!(is_test("crates/ledger/src/domain/tests.rs", &[]));
        assert!(is_test("crates/ledger/src/domain/tests/refusals.rs", &[]));
        assert!(!is_test("crates/ledger/src/domain/state.rs", &test_only));
        assert!(!is_test("crates/ledger/src/domain/cases_of_law.rs", &test_only));
    }
}
