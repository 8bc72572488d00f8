//! Tables that are wrong, imported by the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jixiao_tests::program::Output;

use super::Served;

/// Right tables: with a byte order mark, CR LF and a line break in quotation marks, as spreadsheets write them.
const RIGHT: [(&str, &str); 5] = [
    ("agencies.csv", "\u{feff}id,name_zh,note\r\na,\"甲\r\n局\",\"he said \"\"no\"\"\"\r\n"),
    ("funds.csv", "id,name_zh,fiscal_year,agency,display_unit,time_zone\nc,F,2019,a,yuan,Asia/Shanghai\n"),
    ("projects.csv", "fund,id,name_zh,membership\nc,p,P,in_fund\n"),
    ("budget_entries.csv", "fund,id,kind,project,amount,amount_unit,on\nc,o,original,,100,yuan,2019\n"),
    ("targets.csv", "fund,id,indicator,weight,direction,target_value\nc,t,T,1,at_least,5\n"),
];

/// Imports a folder with the program.
pub fn import(served: &Served, folder: &Path) -> Output {
    served.server.cli(&["import", folder.to_str().unwrap()])
}

/// What the program says of a folder that it refuses, without a trace in the logs.
pub async fn refused(served: &mut Served, kind: &str, folder: &Path) -> String {
    let before = served.api.heads().await;
    let Output { code, stdout, stderr } = import(served, folder);
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{kind}: {stderr}");
    assert!(stderr.contains("nothing was written"), "{kind}: {stderr}");
    assert_eq!(served.api.heads().await, before, "{kind}: something was written\n{stderr}");
    stderr
}

fn folder(changed: &str, bytes: &[u8]) -> tempfile::TempDir {
    let mut files: BTreeMap<&str, &[u8]> =
        RIGHT.iter().map(|(file, text)| (*file, text.as_bytes())).collect();
    files.insert(changed, bytes);
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in files {
        fs::write(folder.path().join(file), bytes).unwrap();
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn tables() {
    let mut served = Served::start().await;
    let entry = |row: &str| {
        format!("fund,id,kind,project,amount,amount_unit,on\nc,o,original,,100,yuan,2019\n{row}\n")
    };
    let target =
        |row: &str| format!("fund,id,indicator,weight,direction,target_value\nc,t,T,1,at_least,5\n{row}\n");
    let thirty = "0.000000000000000000000000000001";
    let most = "79228162514264337593543950335";
    let long = "长".repeat(1_700_000);
    let targets = "targets.csv";
    let entries = "budget_entries.csv";
    let agencies = "agencies.csv";
    // What is wrong, the file and what it holds, then the place and a part of the words.
    let cases: Vec<(&str, &str, Vec<u8>, &str, &str)> = vec![
        (
            "unknown fund",
            targets,
            target("z,u,U,1,at_least,5").into(),
            "line 3, column fund",
            "no fund z is known",
        ),
        (
            "negative amount",
            entries,
            entry("c,e,payment,,-5,yuan,2019").into(),
            "line 3, column amount",
            "above zero, got -5",
        ),
        (
            "not a number",
            entries,
            entry("c,e,payment,,five,yuan,2019").into(),
            "line 3, column amount",
            "\"five\" is not a decimal number",
        ),
        (
            "30 decimal places",
            entries,
            entry(&format!("c,e,payment,,{thirty},yuan,2019")).into(),
            "line 3, column amount",
            "significant digits",
        ),
        (
            "30 decimal places",
            targets,
            target(&format!("c,u,U,{thirty},at_least,5")).into(),
            "line 3, column weight",
            "significant digits",
        ),
        (
            "13 decimal places",
            targets,
            target("c,u,U,0.0000000000001,at_least,5").into(),
            "line 3, column weight",
            "at most 12",
        ),
        (
            "the end of the range",
            entries,
            entry(&format!("c,e,payment,,{most},亿元,2019")).into(),
            "line 3, column amount",
            "beyond 1,000,000,000,000,000",
        ),
        (
            "the end of the range",
            targets,
            target(&format!("c,u,U,1,at_least,{most}")).into(),
            "line 3, column target_value",
            "beyond",
        ),
        (
            "over the hard stop",
            entries,
            entry("c,e,allocation,p,101,yuan,2019").into(),
            "line 3, column amount",
            "101.00 exceed the 100.00",
        ),
        (
            "unknown choice",
            entries,
            entry("c,e,rise,,5,yuan,2019").into(),
            "line 3, column kind",
            "\"rise\" is none of",
        ),
        (
            "missing cell",
            entries,
            entry("c,,payment,,5,yuan,2019").into(),
            "line 3, column id",
            "must not be blank",
        ),
        ("missing column", agencies, "id\na\n".into(), "line 1, column name_zh", "the column is missing"),
        (
            "too few cells",
            agencies,
            "id,name_zh\na,A\nb\n".into(),
            "line 3",
            "the row has 1 cells, the header 2",
        ),
        (
            "a cell of 5 MB",
            agencies,
            format!("id,name_zh\na,{long}\n").into(),
            "line 2, column name_zh",
            "1700000 characters, at most 200",
        ),
        ("U+0000", agencies, "id,name_zh\na,A\nb,B\0\n".into(), "line 3, column name_zh", "U+0000"),
        (
            "a control character",
            agencies,
            "id,name_zh\na,A\nb,\u{1}\n".into(),
            "line 3, column name_zh",
            "U+0001",
        ),
        (
            "invalid UTF-8",
            agencies,
            b"id,name_zh\na,A\nb,\xbc\xd7\n".into(),
            "line 3, column name_zh",
            "not UTF-8",
        ),
        ("UTF-16", agencies, b"\xff\xfei\0d\0".into(), "line 1", "UTF-16"),
        (
            "a byte order mark in a cell",
            agencies,
            "id,name_zh\n\u{feff}a,A\n".into(),
            "line 2, column id",
            "is no id",
        ),
        (
            "after CR LF and quoted line breaks",
            agencies,
            "id,name_zh\r\na,\"A\r\nA\"\r\nb,\r\n".into(),
            "line 4, column name_zh",
            "must not be blank",
        ),
        (
            "a quotation mark without partner",
            agencies,
            "id,name_zh\na,A\nb,\"B\nc,C\n".into(),
            "line 3, column name_zh",
            "no partner",
        ),
        (
            "text after a quotation mark",
            agencies,
            "id,name_zh\na,\"a\"b\n".into(),
            "line 2, column name_zh",
            "out of place",
        ),
        (
            "an id twice",
            agencies,
            "id,name_zh\na,A\na,B\n".into(),
            "line 3, column id",
            "the id is taken: agencies.csv, line 2, has it",
        ),
        (
            "a day that is none",
            entries,
            entry("c,e,payment,,5,yuan,2019-02-30").into(),
            "line 3, column on",
            "\"2019-02-30\" is no date",
        ),
        (
            "a month that is none",
            entries,
            entry("c,e,payment,,5,yuan,2019-13").into(),
            "line 3, column on",
            "\"2019-13\" is no date",
        ),
        ("a file of another name", "target.csv", "id\n".into(), "", "there is no such table"),
    ];
    for (kind, file, bytes, place, says) in cases {
        let said = refused(&mut served, kind, folder(file, &bytes).path()).await;
        let begins = if place.is_empty() { format!("  {file}: ") } else { format!("  {file}, {place}: ") };
        let found = said.lines().any(|line| line.starts_with(&begins) && line.contains(says));
        let shown: String = said.chars().take(2_000).collect();
        assert!(found, "{kind}: no \"{begins}… {says}\" in\n{shown}");
    }
    import(&served, folder("agencies.csv", RIGHT[0].1.as_bytes()).path()).success();
}
