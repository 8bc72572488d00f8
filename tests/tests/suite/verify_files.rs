//! Files of claims that are wrong, or only look so, given to the program.

use std::fs;
use std::path::Path;

use jixiao_tests::program::Output;
use jixiao_tests::server::Server;

use crate::wuxi::{EXAMPLE, FUNDS};

const FUND: &str = FUNDS[0];

/// A file with these rows below the usual head.
fn rows(rows: &str) -> Vec<u8> {
    format!("fund,quantity,stated,value,unit,report_line\n{rows}\n").into_bytes()
}

/// A right row.
const RIGHT: &str = "smart-city-2019,budget.original,4000,,万元,139";

fn verify(server: &Server, fund: &str, file: &Path) -> Output {
    server.cli(&["verify", fund, "--claims", file.to_str().unwrap()])
}

#[test]
fn a_bad_file_is_told_by_line_and_column() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.csv");
    let thirty = "0.000000000000000000000000000001";
    let long = "长".repeat(1_700_000);
    let many = |count: usize| rows(&vec![RIGHT; count].join("\n"));
    // What is wrong, what the file holds, then the place and a part of the words.
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("empty", Vec::new(), "line 1", "there is no header"),
        ("blank lines alone", b"\r\n\n".into(), "line 1", "there is no header"),
        ("missing column", b"fund,quantity\na,b\n".into(), "line 1, column stated", "the column is missing"),
        (
            "unknown column",
            b"fund,quantity,stated,colour\n".into(),
            "line 1, column colour",
            "there is no such column",
        ),
        ("a column twice", b"fund,quantity,stated,fund\n".into(), "line 1, column fund", "is there twice"),
        (
            "too few cells",
            rows(&format!("{RIGHT}\n{FUND},score.total")),
            "line 3",
            "has 2 cells, the header 6",
        ),
        ("missing field", rows(&format!("{FUND},,1,,,")), "line 2, column quantity", "must not be blank"),
        (
            "missing field",
            rows(&format!("{FUND},score.total,,,,")),
            "line 2, column stated",
            "must not be blank",
        ),
        (
            "no quantity",
            rows(&format!("{FUND},score/total,1,,,")),
            "line 2, column quantity",
            "must not hold /",
        ),
        (
            "not a number",
            rows(&format!("{RIGHT}\n{FUND},score.total,约七成,,,")),
            "line 3, column stated",
            "\"约七成\" is not a decimal number",
        ),
        (
            "a value that is no number",
            rows(&format!("{FUND},score.total,约七成,1e3,,")),
            "line 2, column value",
            "\"1e3\" is not a decimal number",
        ),
        (
            "30 decimals",
            rows(&format!("{FUND},score.total,{thirty},,,")),
            "line 2, column stated",
            "significant digits",
        ),
        (
            "13 decimals",
            rows(&format!("{FUND},score.total,0.0000000000001,,,")),
            "line 2, column stated",
            "at most 12",
        ),
        (
            "too large",
            rows(&format!("{FUND},score.total,79228162514264337593543950335,,,")),
            "line 2, column stated",
            "beyond",
        ),
        (
            "a cell of 5 MB",
            rows(&format!("{FUND},score.total,{long},,,")),
            "line 2, column stated",
            "1700000 characters, at most 200",
        ),
        (
            "no line",
            rows(&format!("{FUND},score.total,1,,,first")),
            "line 2, column report_line",
            "not a line",
        ),
        ("U+0000", rows(&format!("{FUND},score.total,1\0,,,")), "line 2, column stated", "U+0000"),
        (
            "a control character",
            rows(&format!("{FUND},score.total,1,,\u{1},")),
            "line 2, column unit",
            "U+0001",
        ),
        (
            "invalid UTF-8",
            [rows(RIGHT), b"smart-city-2019,score.total,1,,\xb7\xd6,\n".into()].concat(),
            "line 3, column unit",
            "not UTF-8",
        ),
        ("UTF-16", b"\xff\xfef\0u\0".into(), "line 1", "UTF-16"),
        (
            "after CR LF and quoted line breaks",
            format!(
                "fund,quantity,stated,note\r\n{FUND},score.total,76.5,\"two\r\nlines\"\r\n{FUND},x,y,\r\n"
            )
            .into(),
            "line 4, column stated",
            "\"y\" is not a decimal number",
        ),
        (
            "a quotation mark without partner",
            rows(&format!("{FUND},\"score.total,1,,,\n{RIGHT}")),
            "line 2, column quantity",
            "no partner",
        ),
        (
            "text after a quotation mark",
            rows(&format!("{FUND},score.total,\"1\"2,,,")),
            "line 2, column stated",
            "out of place",
        ),
        ("more than are verified at once", many(501), "line 502", "at most 500"),
        ("many more", many(100_000), "line 502", "at most 500"),
    ];
    for (kind, bytes, place, says) in cases {
        fs::write(&file, bytes).unwrap();
        let Output { code, stdout, stderr } = verify(&server, FUND, &file);
        let shown: String = stderr.chars().take(2_000).collect();
        assert_eq!((code, stdout.as_str()), (Some(2), ""), "{kind}: {shown}");
        let begins = format!("  {}, {place}: ", file.display());
        let faults: Vec<&str> = stderr.lines().filter(|line| line.starts_with("  ")).collect();
        assert!(faults.len() == 1 && faults[0].starts_with(&begins), "{kind}: no {begins} in\n{shown}");
        assert!(faults[0].contains(says), "{kind}: no {says} in\n{shown}");
    }

    // Every bad row is named, for programs too.
    fs::write(&file, rows(&format!("{FUND},x,many,,,\n").repeat(20_000))).unwrap();
    let output = server.cli(&["verify", FUND, "--claims", file.to_str().unwrap(), "--format", "json"]);
    assert_eq!(output.code, Some(2));
    let told: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    let faults = told["error"]["bad_rows"].as_array().unwrap();
    assert_eq!(faults.len(), 20_001, "and that there are too many");
    let last = &faults[20_000];
    assert_eq!((&last["line"], &last["column"]), (&20_001.into(), &"stated".into()), "{last}");

    // What is not there at all.
    for path in [folder.path().join("none.csv"), folder.path().to_owned()] {
        let output = verify(&server, FUND, &path);
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stderr.contains(path.to_str().unwrap()), "{}", output.stderr);
    }
    // A fund that is not there, whether or not the file has claims about it.
    for about in [FUND, "nowhere-2019"] {
        fs::write(&file, rows(&RIGHT.replace(FUND, about))).unwrap();
        let output = verify(&server, "nowhere-2019", &file);
        assert_eq!((output.code, output.stdout.as_str()), (Some(3), ""), "{about}: {output:?}");
        assert!(output.stderr.contains("funds/nowhere-2019") && output.stderr.contains(FUND), "{output:?}");
    }
}

#[test]
fn a_file_is_taken_as_spreadsheets_and_people_write_it() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.csv");
    let row = format!("4000,{FUND},budget.original,万元,\"two\r\nlines, and \"\"marks\"\"\"");
    let spreadsheet = format!("\u{feff}stated,fund,quantity,unit,note\r\n{row}\r\n");
    let others = "other,budget.original,not even read,,,\n".repeat(100_000);
    // What it is, what the file holds, and a part of the answer.
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a byte order mark, CR LF, quoted line breaks, another order", spreadsheet.into(), "1 match"),
        ("empty rows below the table", rows(&format!("{RIGHT}\n,,,,,\n\n")), "1 match"),
        ("no line end at the end", rows(RIGHT).strip_suffix(b"\n").unwrap().into(), "1 match"),
        ("a row twice", rows(&format!("{RIGHT}\n{RIGHT}")), "2 match"),
        ("words with their value", rows(&format!("{FUND},budget.original,四千,4000,万元,")), "1 match"),
        ("a quantity that is none", rows(&format!("{FUND},data.unheard_of,4,,,")), "1 not computable"),
        ("as many as are verified at once", rows(&vec![RIGHT; 500].join("\n")), "500 match"),
        ("100,000 rows about another fund", rows(&format!("{others}{RIGHT}")), "1 match"),
        ("a head alone", rows(""), "There are no claims to verify"),
    ];
    for (kind, bytes, says) in cases {
        fs::write(&file, bytes).unwrap();
        let output = verify(&server, FUND, &file);
        let shown: String = format!("{}{}", output.stdout, output.stderr).chars().take(2_000).collect();
        assert_eq!((output.code, output.stderr.as_str()), (Some(0), ""), "{kind}: {shown}");
        assert!(output.stdout.contains(says), "{kind}: no {says} in\n{shown}");
    }
}
