//! Schemes that are wrong: over gRPC and in an import, with the same words at the same place.

use std::fmt::Write as _;
use std::fs;

use jixiao_proto::jixiao::scoring::v1 as scoring;
use tonic::Code::InvalidArgument;

use super::files::{import, refused};
use super::{Case, Served, case};

/// A right scheme.
const SCHEME: &str = r#"scheme = "small"
name = { zh = "小" }
fiscal_year = 2026
basis = "assumed"
total = 10
[[node]]
node = "a"
kind = "group"
name = { zh = "甲" }
weight = 10
[[node]]
node = "a.b"
kind = "indicator"
name = { zh = "乙" }
weight = 4
measure = "budget.execution_rate.adjusted"
rule = { kind = "bands", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ] }
[[node]]
node = "a.c"
kind = "each_target"
level = "detail"
name = { zh = "丙" }
weight = 6
rule = { kind = "steps", steps = [ { from = 90, factor = 0.8 }, { from = 60, factor = 0.5 } ] }
[[grade]]
grade = "good"
name = { zh = "良" }
from = 8
[[grade]]
grade = "poor"
name = { zh = "差" }
from = 0
"#;

/// What is wrong, the text that stands for another in the right scheme, where, the reason and a part of the words.
const WRONG: &[(&str, &str, &str, usize, usize, &str, &str)] = &[
    ("wrong weights", "weight = 6", "weight = 5", 10, 10, "GROUP_NOT_FILLED", "add up to 9, not to 10"),
    ("a wrong total", "total = 10", "total = 100", 5, 9, "TOTAL_NOT_FILLED", "add up to 10, not to 100"),
    ("a negative weight", "weight = 4", "weight = -4", 15, 10, "WEIGHT_NOT_POSITIVE", "above 0, not -4"),
    (
        "30 decimal places",
        "weight = 4",
        "weight = 4.000000000000000000000000000001",
        15,
        10,
        "BAD_NUMBER",
        "significant digits",
    ),
    (
        "13 decimal places",
        "factor = 0.5",
        "factor = 0.5000000000001",
        24,
        87,
        "BAD_NUMBER",
        "at most 12 decimals",
    ),
    (
        "the end of the decimal range",
        "total = 10",
        "total = 79228162514264337593543950335",
        5,
        9,
        "BAD_NUMBER",
        "at most 1,000,000,000",
    ),
    ("not a number", "from = 8", "from = \"eight\"", 28, 8, "WRONG_TYPE", "a decimal number"),
    (
        "a gap above the bands",
        "{ points = 4 } ]",
        "{ below = 95, points = 4 } ]",
        17,
        102,
        "LAST_BAND_NOT_OPEN",
        "the last band has no end",
    ),
    ("a gap below the grades", "from = 0", "from = 1", 32, 8, "LAST_GRADE_NOT_ZERO", "begins at 0"),
    (
        "bands that overlap",
        "up_to = 90",
        "up_to = 70",
        17,
        74,
        "BANDS_NOT_ASCENDING",
        "not above the one before",
    ),
    (
        "a band never reached",
        "up_to = 90, points = 2",
        "points = 2",
        17,
        64,
        "OPEN_BAND_NOT_LAST",
        "never reached",
    ),
    (
        "steps that overlap",
        "from = 60",
        "from = 95",
        24,
        74,
        "STEPS_NOT_DESCENDING",
        "not below the one before",
    ),
    (
        "an unknown input",
        "budget.execution_rate.adjusted",
        "budget.rate",
        16,
        11,
        "UNKNOWN_MEASURE",
        "\"budget.rate\" is no measure",
    ),
    (
        "an input that the rule cannot use",
        "kind = \"bands\", bands = [ { below = 80, points = 0 }, { up_to = 90, points = 2 }, { points = 4 } ]",
        "kind = \"deduct_per_finding\", each = 1",
        17,
        8,
        "MEASURE_NOT_FOR_RULE",
        "no count of findings",
    ),
    // A node's place is its name, so that a cycle is a node before, or below, one that it stands under.
    (
        "a cycle",
        "node = \"a\"\n",
        "node = \"a.c.a\"\n",
        7,
        8,
        "PARENT_MISSING",
        "its parent a.c has to stand before it",
    ),
    (
        "a node below an indicator",
        "node = \"a.c\"",
        "node = \"a.b.c\"",
        19,
        8,
        "PARENT_NOT_GROUP",
        "a.b is no group",
    ),
    (
        "a node twice",
        "node = \"a.c\"",
        "node = \"a.b\"",
        19,
        8,
        "DUPLICATE_NODE",
        "another node is called a.b",
    ),
    (
        "a bonus out of other points",
        "[[grade]]\ngrade = \"good\"",
        "[[node]]\nnode = \"d\"\nkind = \"group\"\nname = { zh = \"加分\" }\nweight = 2\noutside = \"bonus\"\nout_of = 4\n[[grade]]\ngrade = \"good\"",
        31,
        10,
        "OUTSIDE_COMBINED",
        "leave `out_of` out",
    ),
    ("a key twice", "total = 10", "total = 10\ntotal = 10", 6, 1, "SYNTAX", "duplicate key"),
    ("an unknown choice", "kind = \"group\"", "kind = \"sum\"", 8, 8, "UNKNOWN_WORD", "\"sum\" is none of"),
    ("a missing key", "fiscal_year = 2026\n", "", 1, 1, "MISSING_KEY", "`fiscal_year` is missing"),
    ("an unknown key", "total = 10", "totl = 10", 5, 1, "UNKNOWN_KEY", "`totl`"),
    ("no TOML", "total = 10", "total = ", 5, 9, "SYNTAX", "not TOML"),
    ("U+0000", "小", "小\0", 2, 17, "NULL_CHARACTER", "U+0000"),
    ("a control character", "小", "小\\u0001", 2, 15, "BAD_TEXT", "U+0001"),
    ("a line break that is none", "total = 10\n", "total = 10\r", 5, 12, "SYNTAX", "carriage return"),
    ("a text too long", "小", "SIX HUNDRED", 2, 15, "BAD_TEXT", "600 characters, at most 500"),
];

fn wrong(old: &str, new: &str) -> String {
    assert!(SCHEME.contains(old), "{old}");
    SCHEME.replacen(old, &new.replace("SIX HUNDRED", &"小".repeat(600)), 1)
}

fn load(text: String) -> scoring::LoadSchemeRequest {
    scoring::LoadSchemeRequest { request_id: "load".to_owned(), text, ..Default::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc() {
    let mut served = Served::start().await;
    let mut cases: Vec<Case> = Vec::new();
    for (kind, old, new, line, column, reason, says) in WRONG {
        let request = load(wrong(old, new));
        let mut case = case(kind, "scoring.LoadScheme", &request, (InvalidArgument, reason), "text", says);
        case.says.push(format!("line {line}, column {column}: "));
        cases.push(case);
    }
    let too_large = format!("{SCHEME}#{}", "x".repeat(131_072));
    for (kind, text, reason, says) in [
        ("no text", "", "EMPTY", "the file is empty"),
        ("a mark and nothing else", "\u{feff}\r\n", "EMPTY", "the file is empty"),
        ("too large", too_large.as_str(), "TOO_LARGE", "at most 131072 are kept"),
    ] {
        let request = load(text.to_owned());
        cases.push(case(kind, "scoring.LoadScheme", &request, (InvalidArgument, reason), "text", says));
    }
    served.expect(&cases).await;
    served.accept("scoring.LoadScheme", &load(format!("\u{feff}{}", SCHEME.replace('\n', "\r\n")))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_an_import() {
    let mut served = Served::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut evaluations = "fund,scheme_file\n".to_owned();
    let mut expected = Vec::new();
    let mut add = |file: String, bytes: &[u8], place: (usize, usize), says: &str| {
        fs::write(folder.path().join(&file), bytes).unwrap();
        writeln!(evaluations, "f,{file}").unwrap();
        expected.push((format!("  {file}, line {}, column {}: ", place.0, place.1), says.to_owned()));
    };
    for (number, (_, old, new, line, column, _, says)) in WRONG.iter().enumerate() {
        add(format!("s{number:02}.toml"), wrong(old, new).as_bytes(), (*line, *column), says);
    }
    let gbk = [&SCHEME.as_bytes()[..SCHEME.find('小').unwrap()], b"\xd0\xa1\" }\n\xbc\xd7"].concat();
    add("gbk.toml".to_owned(), &gbk, (3, 1), "the byte 0xbc is not UTF-8");
    add("empty.toml".to_owned(), b"", (1, 1), "the file is empty");
    let evaluations_line = expected.len();
    fs::write(folder.path().join("evaluations.csv"), evaluations).unwrap();
    let said = refused(&mut served, "schemes", folder.path()).await;
    for (place, says) in expected {
        let found = said.lines().any(|line| line.starts_with(&place) && line.contains(&says));
        assert!(found, "{place} {says}\n{said}");
    }
    // And the row that names each file.
    let rows = said
        .lines()
        .filter(|line| line.contains("evaluations.csv, line ") && line.contains("column scheme_file"));
    assert_eq!(rows.count(), evaluations_line, "{said}");

    let right = tempfile::tempdir().unwrap();
    fs::write(right.path().join("evaluations.csv"), "fund,scheme_file\nf,s.toml\n").unwrap();
    fs::write(right.path().join("s.toml"), format!("\u{feff}{}", SCHEME.replace('\n', "\r\n"))).unwrap();
    import(&served, right.path()).success();
}
