//! Source files that can be read: short enough, with names that say something, finished.

use crate::code;
use crate::fault::Fault;

/// The most lines of a file.
const MOST_LINES: usize = 600;

/// Names under which anything may hide.
const EMPTY_NAMES: &[&str] = &["utils", "helpers", "common", "manager"];

/// Marks of unfinished work. Put together here, so that this file holds none.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

pub(crate) fn check(path: &str, text: &str) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        let what = format!("the file has {lines} lines");
        faults.push(Fault::new(path, MOST_LINES + 1, what, "at most 600: split it by what it does"));
    }
    let empty_name = |line, name: &str| {
        let what = format!("a module called {name}");
        Fault::new(path, line, what, "name it after what it holds, or move its parts to their users")
    };
    for part in path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part)) {
        if EMPTY_NAMES.contains(&part) {
            faults.push(empty_name(1, part));
        }
    }
    for (number, line) in (1..).zip(text.lines()) {
        for mark in code::words(line).map(|(_, word, _)| word).filter(|word| MARKS.contains(word)) {
            faults.push(Fault::new(
                path,
                number,
                format!("{mark} in the text"),
                "do it, or file it as an issue",
            ));
        }
    }
    for (number, line) in (1..).zip(code::strip(text).lines()) {
        for (before, word, after) in code::words(line) {
            if matches!(word, "todo" | "unimplemented") && after.starts_with('!') {
                faults.push(Fault::new(path, number, format!("{word}! in the code"), "write it"));
            }
            if word == "ignore" && before.trim_end().ends_with("#[") {
                faults.push(Fault::new(
                    path,
                    number,
                    "an ignored test",
                    "mend it, remove it, or run it with --long",
                ));
            }
            // Of a module in a file of its own the file tells already.
            if EMPTY_NAMES.contains(&word)
                && before.trim_end().ends_with("mod")
                && after.trim_start().starts_with('{')
            {
                faults.push(empty_name(number, word));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_file(path: &str, text: &str, expected: &[(usize, &str)]) {
        let faults = check(path, text);
        let found: Vec<(usize, &str)> =
            faults.iter().map(|fault| (fault.line, fault.what.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn long_files() {
        check_file("a.rs", &"x\n".repeat(600), &[]);
        check_file("a.rs", &"x\n".repeat(601), &[(601, "the file has 601 lines")]);
    }

    #[test]
    fn empty_names() {
        check_file("src/utils.rs", "", &[(1, "a module called utils")]);
        check_file("src/common/mod.rs", "", &[(1, "a module called common")]);
        check_file("src/a.rs", "x\nmod helpers {}\n", &[(2, "a module called helpers")]);
        check_file("src/a.rs", "let manager = x;\nmod helpers;\n", &[]);
        check_file("src/commonly.rs", "", &[]);
    }

    #[test]
    fn unfinished_work() {
        let (later, broken) = (MARKS[0], MARKS[1]);
        check_file("a.rs", &format!("x\n// {later}: y\n"), &[(2, &format!("{later} in the text"))]);
        check_file("a.rs", &format!("\"{broken}\""), &[(1, &format!("{broken} in the text"))]);
        check_file("a.rs", "todo!()\n", &[(1, "todo! in the code")]);
        check_file("a.rs", "unimplemented!()\n", &[(1, "unimplemented! in the code")]);
        check_file("a.rs", "#[test]\n#[ignore]\nfn f() {}\n", &[(2, "an ignored test")]);
        check_file("a.rs", "#[ignore = \"slow\"]\n", &[(1, "an ignored test")]);
        check_file("a.rs", "fn f() { let ignore = \"todo!\"; }\n", &[]);
    }
}
