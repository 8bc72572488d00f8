//! Rust text without what is no code: comments, the inside of literals, tests. Line by line in its place.

/// The text with comments and the inside of string and character literals blanked out; lines stay where they are.
pub(crate) fn strip(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out: Vec<char> = Vec::with_capacity(chars.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => find(&chars, at, |rest| rest[0] == '\n'),
            ('/', Some('*')) => end_of_block(&chars, at),
            ('"', _) => end_of_string(&chars, at, '"'),
            ('r', Some('"' | '#')) if !follows_word(&chars, at) => end_of_raw(&chars, at).unwrap_or(at),
            ('b' | 'c', Some('r')) if !follows_word(&chars, at) => end_of_raw(&chars, at + 1).unwrap_or(at),
            ('\'', Some('\\')) => end_of_string(&chars, at, '\''),
            // A lifetime has no closing quote.
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out.into_iter().collect()
}

/// Stripped text without the items under `#[cfg(test)]`; lines stay where they are.
pub(crate) fn without_tests(stripped: &str) -> String {
    let mut out = String::with_capacity(stripped.len());
    let mut rest = stripped;
    while let Some(at) = rest.find(CFG_TEST) {
        out.push_str(&rest[..at]);
        let end = at + CFG_TEST.len() + end_of_item(&rest[at + CFG_TEST.len()..]);
        out.extend(rest[at..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The modules that stripped text declares under `#[cfg(test)]` and that are files of their own.
pub(crate) fn test_modules(stripped: &str) -> Vec<&str> {
    stripped
        .match_indices(CFG_TEST)
        .filter_map(|(at, _)| {
            let item = &stripped[at + CFG_TEST.len()..];
            let item = item[..end_of_item(item)].strip_suffix(';')?;
            item.split_once("mod ").map(|(_, name)| name.trim())
        })
        .collect()
}

/// The words of a line of code with what stands before and after each.
pub(crate) fn words(line: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + line[from..].find(is_word)?;
        let end = line[start..].find(|c| !is_word(c)).map_or(line.len(), |length| start + length);
        from = end;
        Some((&line[..start], &line[start..end], &line[end..]))
    })
}

const CFG_TEST: &str = "#[cfg(test)]";

/// The length of an item: to its semicolon or through its block, whichever comes first.
fn end_of_item(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            ';' if depth == 0 => return at + 1,
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    text.len()
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| found(&chars[*at..])).unwrap_or(chars.len())
}

fn follows_word(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

/// Block comments nest.
fn end_of_block(chars: &[char], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => {
                depth += 1;
                at += 2;
            }
            ('*', Some('/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    chars.len()
}

fn end_of_string(chars: &[char], from: usize, quote: char) -> usize {
    let mut at = from + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a raw string that begins with the `r` here; `None` if it is something else, e.g. `r#type`.
fn end_of_raw(chars: &[char], from: usize) -> Option<usize> {
    let open = find(chars, from + 1, |rest| rest[0] != '#');
    let hashes = open - from - 1;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes =
        |rest: &[char]| rest[0] == '"' && rest.iter().skip(1).take_while(|c| **c == '#').count() >= hashes;
    Some((find(chars, open + 1, closes) + 1 + hashes).min(chars.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_strip(text: &str, expected: &str) {
        let stripped = strip(text);
        assert_eq!(stripped.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
        assert_eq!(stripped.matches('\n').count(), text.matches('\n').count(), "lines stay");
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        check_strip("a // b\nc", "a c");
        check_strip("a /* b /* c */\n d */ e", "a e");
        check_strip("a \"b \\\" c\" d", "a d");
        check_strip("a r#\"b \" c\"# d", "a d");
        check_strip("a br\"b\\\" d", "a d");
        check_strip("r#type for\"x\"", "r#type for");
        check_strip("'\"' a '\\'' b 'c d", "a b 'c d");
        check_strip("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn tests_are_no_code_of_the_product() {
        let text = "a\n#[cfg(test)]\nmod tests {\n  { b }\n}\nc\n#[cfg(test)]\nmod cases;\nd\n";
        let left = without_tests(text);
        assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["a", "c", "d"]);
        assert_eq!(left.lines().count(), text.lines().count());
        assert_eq!(test_modules(text), ["cases"]);
    }

    #[test]
    fn words_have_surroundings() {
        let found: Vec<_> = words("x.y_1(2)").collect();
        assert_eq!(found, [("", "x", ".y_1(2)"), ("x.", "y_1", "(2)"), ("x.y_1(", "2", ")")]);
    }
}
