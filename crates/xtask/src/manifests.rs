//! Versions pinned once: members name a dependency and say `workspace = true`.

use crate::fault::Fault;

pub(crate) fn check(path: &str, text: &str) -> Vec<Fault> {
    let fault = |line, name: &str| {
        let what = format!("the dependency {name} does not take its version from the workspace");
        Fault::new(path, line, what, "pin it in [workspace.dependencies] and write `workspace = true` here")
    };
    entries(text).filter(|entry| !entry.is_inherited).map(|entry| fault(entry.line, entry.name)).collect()
}

/// The line of a dependency, 1 if the manifest does not name it.
pub(crate) fn line_of(text: &str, name: &str) -> usize {
    entries(text).find(|entry| entry.name == name).map_or(1, |entry| entry.line)
}

struct Entry<'a> {
    name: &'a str,
    line: usize,
    is_inherited: bool,
}

/// The dependencies of a manifest: `name = …` and `name.workspace = true` in a table of dependencies, and tables like
/// `[dependencies.name]`.
fn entries(text: &str) -> impl Iterator<Item = Entry<'_>> {
    let mut found: Vec<Entry<'_>> = Vec::new();
    let mut table = Table::Other;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            table = table_of(header.0);
            if let Table::One(name) = table {
                found.push(Entry { name, line: number, is_inherited: false });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let (key, value) = (key.trim(), value.trim());
        match table {
            Table::Other => {}
            Table::One(_) => {
                if let Some(entry) = found.last_mut() {
                    entry.is_inherited |= key == "workspace" && value.starts_with("true");
                }
            }
            Table::Dependencies => {
                let (name, attribute) = key.split_once('.').unwrap_or((key, ""));
                // A line that goes on with an array is no key.
                if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')) {
                    continue;
                }
                let is_inherited = match attribute {
                    "workspace" => value.starts_with("true"),
                    _ => value.replace(' ', "").contains("workspace=true"),
                };
                found.push(Entry { name, line: number, is_inherited });
            }
        }
    }
    found.into_iter()
}

#[derive(Clone, Copy)]
enum Table<'a> {
    Dependencies,
    One(&'a str),
    Other,
}

fn table_of(header: &str) -> Table<'_> {
    const KINDS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];
    // `target.'cfg(unix)'.dependencies` holds dependencies like any other.
    if KINDS.iter().any(|kind| header == *kind || header.ends_with(&format!(".{kind}"))) {
        return Table::Dependencies;
    }
    match header.rsplit_once('.') {
        Some((kind, name))
            if KINDS.iter().any(|known| kind == *known || kind.ends_with(&format!(".{known}"))) =>
        {
            Table::One(name)
        }
        _ => Table::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_lines(text: &str, expected: &[usize]) {
        let found: Vec<usize> = check("Cargo.toml", text).iter().map(|fault| fault.line).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_version_outside_the_root_is_a_fault() {
        check_lines("[package]\nversion = \"1\"\n\n[dependencies]\nserde.workspace = true\n", &[]);
        check_lines("[dependencies]\nserde = { workspace = true, features = [\"rc\"] }\n", &[]);
        check_lines("[dependencies]\nserde = { workspace = true, features = [\n  \"a=b\",\n] }\n", &[]);
        check_lines("[dependencies]\nserde = \"1\"\ntokio = { version = \"1\" }\n", &[2, 3]);
        check_lines("[dev-dependencies]\nserde = { path = \"x\" }\n", &[2]);
        check_lines("[target.'cfg(unix)'.build-dependencies]\nserde.version = \"1\"\n", &[2]);
        check_lines("[dependencies.serde]\nworkspace = true\n[dependencies.tokio]\nversion = \"1\"\n", &[3]);
        check_lines("[features]\ndefault = []\n", &[]);
    }

    #[test]
    fn a_dependency_has_a_line() {
        assert_eq!(line_of("[dependencies]\na.workspace = true\nb.workspace = true\n", "b"), 3);
        assert_eq!(line_of("[dependencies]\na.workspace = true\n", "c"), 1);
    }
}
