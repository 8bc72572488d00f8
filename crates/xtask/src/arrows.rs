//! Who may depend on whom. The picture is in ARCHITECTURE.md; this is its text.

use crate::fault::Fault;

/// One dependency that a manifest declares.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) kind: Kind,
    pub(crate) manifest: String,
    pub(crate) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of the product, or of its build.
    Normal,
    /// Of tests only.
    Test,
}

const SERVICES: &[&str] = &["jixiao-registry", "jixiao-ledger", "jixiao-targets", "jixiao-scoring"];

/// Crates of tests and checks: they may use anything, nothing may use them.
const OUTSIDE: &[&str] = &["jixiao-tests", "jixiao-xtask"];

/// The whole picture: a crate and what it may point at.
const ARROWS: &[(&str, &[&str])] = &[
    ("jixiao-events", &[]),
    ("jixiao-proto", &[]),
    ("jixiao-eventlog", &["jixiao-proto"]),
    ("jixiao-edge", &["jixiao-eventlog", "jixiao-proto", "jixiao-events"]),
    ("jixiao-registry", SERVICE),
    ("jixiao-ledger", SERVICE),
    ("jixiao-targets", SERVICE),
    ("jixiao-scoring", SERVICE),
    (
        "jixiao",
        &[
            "jixiao-events",
            "jixiao-proto",
            "jixiao-eventlog",
            "jixiao-edge",
            "jixiao-registry",
            "jixiao-ledger",
            "jixiao-targets",
            "jixiao-scoring",
        ],
    ),
];

const SERVICE: &[&str] = &["jixiao-edge", "jixiao-eventlog", "jixiao-proto", "jixiao-events"];

/// Libraries with one home.
const HOMES: &[(&str, &str)] = &[("sqlx", "jixiao-eventlog"), ("async-nats", "jixiao-eventlog")];

/// Libraries that a crate must do without: families by their first word.
const WITHOUT: &[(&str, &[&str])] = &[("jixiao-events", &["tonic", "prost", "tokio", "sqlx"])];

pub(crate) fn check(dependencies: &[Dependency]) -> Vec<Fault> {
    dependencies.iter().filter_map(fault).collect()
}

fn fault(dependency: &Dependency) -> Option<Fault> {
    let Dependency { from, to, kind, manifest, line } = dependency;
    let (from, to) = (from.as_str(), to.as_str());
    let fault = |what: String, remedy| Some(Fault::new(manifest, *line, what, remedy));
    if OUTSIDE.contains(&to) {
        return fault(format!("{from} points at {to}"), "nothing may depend on tests and checks");
    }
    if SERVICES.contains(&from) && SERVICES.contains(&to) {
        let remedy = "services never point at each other: read the other's events from its feed";
        return fault(format!("{from} points at {to}"), remedy);
    }
    // Tests look past every layer; a service's own tests do not.
    let away = |home: &str| from != home && !OUTSIDE.contains(&from);
    if let Some((_, home)) = HOMES.iter().find(|(library, home)| is_of(to, library) && away(home)) {
        return fault(format!("{from} uses {to}, whose only home is {home}"), "go through the event log");
    }
    if WITHOUT.iter().any(|(name, families)| from == *name && families.iter().any(|family| is_of(to, family)))
    {
        return fault(format!("{from} uses {to}"), "the published language is pure: convert at the edge");
    }
    if *kind == Kind::Test || OUTSIDE.contains(&from) || !is_ours(to) {
        return None;
    }
    match ARROWS.iter().find(|(name, _)| *name == from) {
        Some((_, allowed)) if allowed.contains(&to) => None,
        Some(_) => {
            fault(format!("{from} points at {to}"), "this arrow is not in the picture of ARCHITECTURE.md")
        }
        None => fault(
            format!("{from} is in no picture and points at {to}"),
            "draw the crate in ARCHITECTURE.md and in crates/xtask/src/arrows.rs first",
        ),
    }
}

fn is_ours(name: &str) -> bool {
    name == "jixiao" || name.starts_with("jixiao-")
}

/// Whether a library belongs to a family: `tonic`, `tonic-prost`.
fn is_of(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_one(from: &str, to: &str, kind: Kind, expected: Option<&str>) {
        let manifest = "crates/x/Cargo.toml".to_owned();
        let found = check(&[Dependency { from: from.into(), to: to.into(), kind, manifest, line: 3 }]);
        let found: Vec<&str> = found.iter().map(|fault| fault.what.as_str()).collect();
        assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn only_the_arrows_of_the_picture() {
        use Kind::{Normal, Test};
        check_one("jixiao", "jixiao-scoring", Normal, None);
        check_one("jixiao-ledger", "jixiao-edge", Normal, None);
        check_one("jixiao-eventlog", "jixiao-proto", Normal, None);
        check_one(
            "jixiao-eventlog",
            "jixiao-events",
            Normal,
            Some("jixiao-eventlog points at jixiao-events"),
        );
        check_one("jixiao-eventlog", "jixiao-events", Test, None);
        check_one("jixiao-events", "jixiao-proto", Normal, Some("jixiao-events points at jixiao-proto"));
        check_one("jixiao-edge", "jixiao", Normal, Some("jixiao-edge points at jixiao"));
        check_one(
            "jixiao-new",
            "jixiao-edge",
            Normal,
            Some("jixiao-new is in no picture and points at jixiao-edge"),
        );
    }

    #[test]
    fn services_never_point_at_each_other_not_even_in_tests() {
        let expected = Some("jixiao-scoring points at jixiao-ledger");
        check_one("jixiao-scoring", "jixiao-ledger", Kind::Normal, expected);
        check_one("jixiao-scoring", "jixiao-ledger", Kind::Test, expected);
    }

    #[test]
    fn tests_and_checks_point_anywhere_and_nothing_at_them() {
        check_one("jixiao-tests", "jixiao-scoring", Kind::Normal, None);
        check_one("jixiao-xtask", "jixiao-events", Kind::Normal, None);
        check_one("jixiao", "jixiao-tests", Kind::Test, Some("jixiao points at jixiao-tests"));
        check_one("jixiao-tests", "jixiao-xtask", Kind::Normal, Some("jixiao-tests points at jixiao-xtask"));
    }

    #[test]
    fn libraries_stay_at_home() {
        let ledger = Some("jixiao-ledger uses sqlx, whose only home is jixiao-eventlog");
        check_one("jixiao-eventlog", "sqlx", Kind::Normal, None);
        check_one("jixiao-ledger", "sqlx", Kind::Normal, ledger);
        check_one("jixiao-ledger", "sqlx", Kind::Test, ledger);
        check_one("jixiao-tests", "sqlx", Kind::Normal, None);
        check_one("jixiao-events", "tonic-types", Kind::Normal, Some("jixiao-events uses tonic-types"));
        check_one("jixiao-ledger", "tonic-types", Kind::Normal, None);
    }
}
