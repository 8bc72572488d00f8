//! The example is right, every fault is told at its cell, and request ids are made of content.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jixiao_events::Money;
use jixiao_ledger::domain::State;
use tempfile::TempDir;

use super::fault::{BadRow, ImportError};
use super::folds::Folds;
use super::plan::Plan;
use super::server::Known;
use super::{FileReport, Import, checked};
use crate::language::Language;

mod served;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/wuxi-2019")
}

fn nothing_known() -> Known {
    Known { folds: Folds::new("test"), there: HashSet::new() }
}

/// The whole check without a server: what is known stands for what its logs say.
fn check(folder: &Path, mut known: Known) -> Result<(Vec<FileReport>, Known, Vec<String>), ImportError> {
    let mut plan = Plan::read(folder)?;
    let files = checked(&mut plan, &mut known)?;
    Ok((files, known, plan.steps.into_iter().map(|step| step.request_id).collect()))
}

#[test]
fn the_example_passes_and_a_second_run_has_nothing_to_write() {
    let (files, known, ids) = check(&example(), nothing_known()).unwrap();
    let rows: Vec<_> =
        files.iter().map(|file| (file.file.as_str(), file.rows, file.new, file.without_fund)).collect();
    let expected = [
        ("agencies.csv", 13, 13, 0),
        ("agency_changes.csv", 1, 1, 0),
        ("funds.csv", 2, 2, 0),
        ("documents.csv", 17, 17, 0),
        ("projects.csv", 37, 35, 2),
        ("tenders.csv", 1, 1, 0),
        ("filings.csv", 8, 5, 3),
        ("transfers.csv", 1, 1, 0),
        ("transfer_parts.csv", 2, 0, 0),
        ("statements.csv", 24, 24, 0),
        ("budget_entries.csv", 12, 12, 0),
        ("split_parts.csv", 4, 0, 0),
        ("money_statements.csv", 5, 5, 0),
        ("unspent_explanations.csv", 4, 4, 0),
        ("targets.csv", 83, 83, 0),
        ("management_scores.csv", 16, 16, 0),
        ("target_explanations.csv", 6, 6, 0),
        ("evaluations.csv", 2, 2, 0),
        ("evaluation_records.csv", 2, 2, 0),
        ("evaluation_team.csv", 6, 0, 0),
        ("claims.csv", 90, 88, 2),
    ];
    assert_eq!(rows, expected);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "every request has an id of its own");

    let again = Known { folds: known.folds, there: ids.into_iter().collect() };
    let (files, ..) = check(&example(), again).unwrap();
    assert_eq!(files.iter().map(|file| file.new).sum::<usize>(), 0);
    let there = |file: &FileReport| {
        file.already_there + file.without_fund == file.rows
            || ["_parts.csv", "_team.csv"].iter().any(|end| file.file.ends_with(end))
    };
    assert!(files.iter().all(there), "{files:?}");
}

#[test]
fn the_example_books_what_the_report_states() {
    let (_, known, _) = check(&example(), nothing_known()).unwrap();
    let wan = |text: &str| Money::try_from_wan(text.parse().unwrap()).unwrap();
    // Claims budget.original, .adjusted, .expenditure; lines 139 and 143.
    for (fund, original, adjusted, paid) in
        [("smart-city-2019", "4000", "3659.2", "2442.5"), ("e-government-2019", "1020", "666", "494.8")]
    {
        let Some(State::Totals(totals)) = known.folds.ledger.get(&format!("totals/{fund}")) else {
            panic!("no totals of {fund}")
        };
        let found = (totals.original, totals.budget().adjusted(), totals.paid, totals.transferred);
        assert_eq!(found, (wan(original), wan(adjusted), wan(paid), wan(original)), "{fund}");
    }
}

/// A folder of small right tables with some of them replaced, or others beside them.
fn folder(tables: &[(&str, &[u8])]) -> TempDir {
    let right: [(&str, &[u8]); 5] = [
        ("agencies.csv", b"id,name_zh\na,A\n"),
        (
            "funds.csv",
            b"id,name_zh,fiscal_year,agency,display_unit,time_zone\nf,F,2019,a,yuan,Asia/Shanghai\n",
        ),
        ("projects.csv", b"fund,id,name_zh,membership,group\nf,p,P,in_fund,g\n"),
        ("budget_entries.csv", b"fund,id,kind,amount,amount_unit,on\nf,o,original,100,yuan,2019\n"),
        ("targets.csv", b"fund,id,project,indicator,weight,direction,target_value\nf,t,p,T,1,at_least,5\n"),
    ];
    let mut files: BTreeMap<&str, &[u8]> = right.into();
    files.extend(tables.iter().copied());
    let folder = tempfile::tempdir().unwrap();
    for (file, bytes) in files {
        std::fs::write(folder.path().join(file), bytes).unwrap();
    }
    folder
}

fn bad_rows(tables: &[(&str, &[u8])]) -> Vec<BadRow> {
    match check(folder(tables).path(), nothing_known()) {
        Ok(_) => Vec::new(),
        Err(ImportError::BadRows(rows)) => rows,
        Err(error) => panic!("{error}"),
    }
}

/// The places of the bad rows, and of the only one a part of its reason.
fn check_bad(file: &str, text: impl AsRef<[u8]>, places: &[(u64, &str)], reason: &str) {
    let rows = bad_rows(&[(file, text.as_ref())]);
    let found: Vec<_> = rows.iter().map(|row| (row.line, row.column.as_str())).collect();
    let shown = || rows.iter().map(|row| row.text(Language::English)).collect::<Vec<_>>().join("\n");
    assert_eq!(found, places, "{file}\n{}", shown());
    assert!(rows.iter().all(|row| row.file == file), "{}", shown());
    assert!(rows.first().is_none_or(|row| row.reason.en.contains(reason)), "{reason}\n{}", shown());
    assert!(rows.iter().all(|row| !row.reason.zh.is_empty()), "{}", shown());
}

#[test]
fn what_spreadsheets_write_is_read() {
    for text in [
        "\u{feff}id,name_zh\r\na,\"A\r\nand B\"\r\n,\r\n",
        "name_zh , id\n 单位 , a \n\n\n",
        "id,name_zh,note\na,\"a \"\"b\"\", c\",\n",
    ] {
        check_bad("agencies.csv", text, &[], "");
    }
}

#[test]
fn bad_tables() {
    let row = |text: &str| format!("id,name_zh\n{text}\n");
    check_bad("agencies.csv", "", &[(1, "")], "no header");
    check_bad("agencies.csv", b"\xff\xfei\0d\0", &[(1, "")], "UTF-16");
    check_bad(
        "agencies.csv",
        "id,nam\na,A\n",
        &[(1, "nam"), (1, "name_zh")],
        "no such column; there are id, name_zh",
    );
    check_bad("agencies.csv", "id,id,name_zh\na,a,A\n", &[(1, "id")], "twice");
    check_bad("agencies.csv", b"id,name_zh\na,A\nb,\xb5\xa5\n", &[(3, "name_zh")], "not UTF-8");
    check_bad("agencies.csv", row("a,A\nb,B,\nc"), &[(3, ""), (4, "")], "3 cells, the header 2");
    check_bad("agencies.csv", row("a,A\n\n\nb,\"B\nc,C"), &[(5, "name_zh")], "no partner");
    for bad in ["b,\"B\"b", "b,B\"b\"", "b, \"B\"", "b,\"B\" ", "b,B\"", "b,\"B\"\"\"b\""] {
        check_bad("agencies.csv", row(&format!("a,A\n{bad}\nc,C")), &[(3, "name_zh")], "out of place");
    }
    check_bad("agencies.csv", "id,\"name\"_zh\na,A\n", &[(1, "")], "out of place");
    check_bad("agencies.csv", "id,name_zh\ra,\"A\rA\"\rb,\r", &[(4, "name_zh")], "must not be blank");
    check_bad("agencies.csv", row("a,A\nb,B\0"), &[(3, "name_zh")], "U+0000");
    check_bad("agencies.csv", row("a,\"A\r\nA\"\r\nb,"), &[(4, "name_zh")], "must not be blank");
    check_bad("agenices.csv", row("a,A"), &[(0, "")], "no such table");
}

#[test]
fn bad_cells() {
    let agencies = |text: &str| format!("id,name_zh,name_en\na,A,\n{text}\n");
    check_bad("agencies.csv", agencies("B,B,"), &[(3, "id")], "\"B\" is no id");
    check_bad(
        "agencies.csv",
        agencies(&format!("b,B,{}", "x".repeat(201))),
        &[(3, "name_en")],
        "201 characters",
    );
    check_bad("agencies.csv", agencies("b,B,\u{1}"), &[(3, "name_en")], "U+0001");

    let fund = |text: &str| format!("id,name_zh,fiscal_year,agency,display_unit,time_zone\nf,F,{text}\n");
    check_bad("funds.csv", fund("19x,a,yuan,Asia/Shanghai"), &[(2, "fiscal_year")], "not a whole number");
    check_bad("funds.csv", fund("1900,a,yuan,Asia/Shanghai"), &[(2, "fiscal_year")], "1949 to 2199");
    check_bad("funds.csv", fund("2019,a,千元,Asia/Shanghai"), &[(2, "display_unit")], "\"千元\" is none of");
    check_bad("funds.csv", fund("2019,a,yuan,Wuxi"), &[(2, "time_zone")], "no IANA time zone");
    check_bad("funds.csv", fund("2019,z,yuan,Asia/Shanghai"), &[(2, "agency")], "there is no agencies/z");

    let project = |text: &str| {
        format!("fund,id,name_zh,membership,state,carried_over,report_line\nf,p,P,in_fund,,,\n{text}\n")
    };
    check_bad(
        "projects.csv",
        "fund,id,name_zh,membership,group\nf,p,P,in_fund,g\nf,q,Q,in,\n",
        &[(3, "membership")],
        "none of in_fund, removed",
    );
    check_bad(
        "projects.csv",
        project("f,q,Q,in_fund,begun,,"),
        &[(3, "state")],
        "none of not_stated, proposed",
    );
    check_bad("projects.csv", project("f,q,Q,in_fund,,maybe,"), &[(3, "carried_over")], "none of yes, no");
    check_bad("projects.csv", project("f,q,Q,in_fund,,,p. 3"), &[(3, "report_line")], "not a line");
    check_bad("projects.csv", project("e,q,Q,in_fund,,,"), &[(3, "fund")], "there is no funds/e");
    check_bad(
        "projects.csv",
        project("f,p,Q,in_fund,,,"),
        &[(3, "id")],
        "the id is taken: projects.csv, line 2, has it",
    );

    let filing = |text: &str| format!("fund,kind,project,state,on,count\n{text}\n");
    check_bad("filings.csv", filing("f,contract_filing,p,filed,2019-02-29,"), &[(2, "on")], "is no date");
    check_bad(
        "filings.csv",
        filing("f,contract_filing,p,not_filed,2019,"),
        &[(2, "on")],
        "a date belongs to",
    );
    check_bad("filings.csv", filing("f,contract_filing,p,filed,,3"), &[(2, "count")], "no project");
    check_bad("filings.csv", filing("f,contract_filing,,filed,,-3"), &[(2, "count")], "not a whole number");
    check_bad("filings.csv", filing("f,contract_filing,,filed,,"), &[(2, "project")], "a project or a count");
    check_bad("filings.csv", filing(",contract_filing,,filed,,"), &[], "");
}

#[test]
fn bad_entries() {
    let entry = |text: &str| {
        format!(
            "fund,id,kind,project,group,amount,amount_unit,on,approved_on,refers_to\nf,o,original,,,100,yuan,2019,,\n{text}\n"
        )
    };
    for (text, column, reason) in [
        ("f,e,increase,,,1e3,yuan,2019,,", "amount", "not a decimal number"),
        ("f,e,increase,,,0.0000001,万元,2019,,", "amount", "finer than 0.01"),
        ("f,e,increase,,,0,yuan,2019,,", "amount", "above zero"),
        ("f,e,increase,,,5,块,2019,,", "amount_unit", "\"块\" is none of"),
        ("f,e,increase,,,5,,2019,,", "amount_unit", "must not be blank"),
        ("f,e,increase,,,5,yuan,,,", "on", "must not be blank"),
        ("f,e,increase,,,5,yuan,2019-13,,", "on", "is no date"),
        ("f,e,increase,,,5,yuan,2019,2019-02-30,", "approved_on", "is no date"),
        ("f,e,rise,,,5,yuan,2019,,", "kind", "\"rise\" is none of"),
        ("f,e,increase,q,,5,yuan,2019,,", "project", "q"),
        ("f,e,increase,,h,5,yuan,2019,,", "group", "h"),
        ("f,e,increase,p,g,5,yuan,2019,,", "group", "not both"),
        ("f,e,increase,,,5,yuan,2019,,o", "refers_to", "belongs to the kinds payment_request"),
        ("f,e,reversal,,,5,yuan,2019,,o", "amount", "amount of the entry on line 2"),
        ("f,e,reversal,,,5,yuan,2019,,x", "refers_to", "x"),
        ("f,o,decrease,,,5,yuan,2019,,", "id", "the id is taken: budget_entries.csv, line 2"),
        ("f,e,allocation,p,,101,yuan,2019,,", "amount", "exceed"),
    ] {
        check_bad("budget_entries.csv", entry(text), &[(3, column)], reason);
    }
    check_bad("budget_entries.csv", entry("f,e,payment,,,500,yuan,2019,,"), &[], "");
    check_bad(
        "split_parts.csv",
        "fund,entry,agency,amount,amount_unit\nf,o,a,5,yuan\n",
        &[(2, "entry")],
        "kind split",
    );
    check_bad("transfer_parts.csv", "transfer,fund\nx,f\n", &[(2, "transfer")], "no row with the id");
    let parts: &[u8] = b"transfer,fund,project,amount,amount_unit\nx,f,q,5,yuan\nx,f,,-1,yuan\n";
    let transfers: &[u8] = b"id,from,to,on\nx,a,b,2019\n";
    let rows = bad_rows(&[
        ("transfers.csv", transfers),
        ("transfer_parts.csv", parts),
        ("agencies.csv", b"id,name_zh\na,A\nb,B\n"),
    ]);
    let found: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.line, row.column.as_str())).collect();
    assert_eq!(found, [("transfers.csv", 2, "total")], "{rows:?}");
}

#[test]
fn bad_targets() {
    let head = "fund,id,project,indicator,weight,direction,target_value,target_value_max,actual_value,actual_on,self_score,self_score_on";
    for (text, places, reason) in [
        ("f,t,,T,0,at_least,5,,,,,", &[(2, "weight")][..], "above zero"),
        ("f,t,,T,x,at_least,five,,,,,", &[(2, "weight"), (2, "target_value")], "not a decimal number"),
        ("f,t,,T,1,more,5,,,,,", &[(2, "direction")], "\"more\" is none of at_least"),
        ("f,t,,T,1,at_least,5,6,,,,", &[(2, "target_value_max")], "direction between"),
        ("f,t,,T,1,between,5,,,,,", &[(2, "target_value_max")], "must not be blank"),
        ("f,t,,T,1,between,5,4,,,,", &[(2, "target_value")], "empty"),
        ("f,t,,T,1,by_date,2019-02-29,,,,,", &[(2, "target_value")], "is no date"),
        ("f,t,,T,1,yes_no,perhaps,,,,,", &[(2, "target_value")], "none of yes, no"),
        ("f,t,,T,1,at_least,5,,five,2019,,", &[(2, "actual_value")], "not a decimal number"),
        ("f,t,,T,1,at_least,5,,5,,,", &[(2, "actual_on")], "must not be blank"),
        ("f,t,,T,1,at_least,5,,,,-1,2020", &[(2, "self_score")], "below zero"),
        ("f,t,,T,1,at_least,5,,,,3,2020", &[], ""),
        // One fault of a target is told once, though its actual and self-score have nothing to stand on.
        ("f,t,q,T,1,at_least,5,,4,2019,1,2020", &[(2, "project")], "no project q"),
    ] {
        check_bad("targets.csv", format!("{head}\n{text}\n"), places, reason);
    }
    let explained = |text: &str| format!("fund,id,project,targets,reason\n{text}\n");
    check_bad("target_explanations.csv", explained("f,e,p,t;u,late"), &[(2, "targets")], "no target u");
    check_bad("target_explanations.csv", explained("f,e,,,late"), &[(2, "project")], "none of them");
    check_bad(
        "claims.csv",
        "fund,quantity,stated,report_line\nf,score.total,many,7\n",
        &[(2, "stated")],
        "not a decimal number",
    );
    check_bad(
        "claims.csv",
        "fund,quantity,stated,report_line\nf,score.total,76.5,\n",
        &[(2, "report_line")],
        "required",
    );
}

#[test]
fn all_at_once_and_what_only_follows_is_left_out() {
    let rows = bad_rows(&[
        ("agencies.csv", b"id,name_zh\na,A\n\xff,B\n"),
        ("projects.csv", b"fund,id,name_zh,membership,group\nf,p,P,in_fund,g\nf,q,Q,perhaps,\n"),
        ("budget_entries.csv", b"fund,id,kind,project,amount,amount_unit,on\nf,o,original,,100,yuan,2019\nf,e,increase,q,x,yuan,2019\n"),
        ("targets.csv", b"fund,id,project,indicator,weight,direction,target_value\nf,t,q,T,1,at_least,5\nf,u,r,U,1,at_least,5\n"),
    ]);
    let found: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.line, row.column.as_str())).collect();
    // The target t of the bad project q is not bad itself.
    let expected = [
        ("agencies.csv", 3, "id"),
        ("projects.csv", 3, "membership"),
        ("budget_entries.csv", 3, "amount"),
        ("targets.csv", 3, "project"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn bad_schemes() {
    let evaluations: (&str, &[u8]) = ("evaluations.csv", b"fund,scheme_file\nf,s.toml\n");
    let rows = bad_rows(&[evaluations]);
    assert_eq!((rows.len(), rows[0].line, rows[0].column.as_str()), (1, 2, "scheme_file"));
    // Not below the folder, or nothing that ends: named, not read.
    for file in ["/dev/zero", "../s.toml", "."] {
        let row = format!("fund,scheme_file\nf,{file}\n");
        let rows = bad_rows(&[("evaluations.csv", row.as_bytes())]);
        assert_eq!((rows[0].line, rows[0].column.as_str()), (2, "scheme_file"), "{file}");
    }
    let rows = bad_rows(&[evaluations, ("s.toml", b"scheme = \"s\"\nname = 5\n")]);
    let found = |file: &str, line: u64, column: &str| {
        rows.iter().any(|row| (row.file.as_str(), row.line, row.column.as_str()) == (file, line, column))
    };
    assert!(found("evaluations.csv", 2, "scheme_file") && found("s.toml", 2, "8"), "{rows:?}");

    let mut scores = std::fs::read_to_string(example().join("scheme-smart-city.toml")).unwrap();
    let scheme: (&str, &[u8]) = ("s.toml", scores.as_bytes());
    let named: (&str, &[u8]) = ("management_scores.csv", b"fund,indicator,self_score,self_score_on\nf,management.funds_use.compliance,5,2020\nf,management.funds_use,5,2020\n");
    let rows = bad_rows(&[evaluations, scheme, named]);
    let found: Vec<_> = rows.iter().map(|row| (row.file.as_str(), row.line, row.column.as_str())).collect();
    assert_eq!(found, [("management_scores.csv", 3, "indicator")], "a group is no indicator");
    scores.push('\n');
    let ids = |text: &str| {
        check(folder(&[evaluations, ("s.toml", text.as_bytes())]).path(), nothing_known()).unwrap().2
    };
    let (before, after) = (ids(scores.trim_end()), ids(&scores));
    assert_eq!(before[..5], after[..5]);
    assert!(before[5] != after[5] && before[6] != after[6], "a changed scheme is loaded and opened anew");
}

#[test]
fn request_ids_are_made_of_content() {
    let ids = |text: &str| {
        check(folder(&[("claims.csv", text.as_bytes())]).path(), nothing_known()).unwrap().2.split_off(5)
    };
    let before = ids("fund,quantity,stated,report_line,note\nf,q,1,7,\nf,q,1,7,\nf,r,1,7,\n");
    assert_eq!(before.len(), 3);
    assert_eq!(before.iter().collect::<HashSet<_>>().len(), 3, "two equal rows stay two");
    let moved = ids("note,report_line,stated,unit,quantity,fund\nnew,7,1,,r,f\n,7,1,,q,f\n,7,1,,q,f\n");
    assert_eq!(
        moved,
        [before[2].clone(), before[0].clone(), before[1].clone()],
        "order, blanks and notes are no content"
    );
    let changed = ids("fund,quantity,stated,report_line\nf,q,2,7\nf,q,1,7\nf,r,1,8\n");
    assert!(changed[1] == before[0] && !before.contains(&changed[0]) && !before.contains(&changed[2]));
    // Written into every log that was ever imported into: they stay what they are.
    assert_eq!(before[0], "5e2241cd-a987-5256-b0f3-935ebe3aff29");
}

#[tokio::test]
async fn wrong_use_and_no_server() {
    let import = |folder: &Path, server: &str, actor: &str| Import {
        folder: folder.to_owned(),
        dry_run: true,
        server: server.to_owned(),
        actor: actor.to_owned(),
        tls: None,
    };
    let empty = tempfile::tempdir().unwrap();
    let nobody = "http://127.0.0.1:9";
    for (import, code) in [
        (import(empty.path(), nobody, "a"), 2),
        (import(&empty.path().join("x"), nobody, "a"), 2),
        (import(&example(), "not an address", "a"), 2),
        (import(&example(), nobody, "张"), 2),
        (import(&example(), nobody, ""), 2),
        (import(&example(), nobody, "a"), 4),
    ] {
        let error = import.clone().run(false).await.unwrap_err();
        assert_eq!(error.exit_code(), code, "{import:?} {error}");
    }
}

#[test]
fn said_in_both_languages() {
    let rows = bad_rows(&[("agencies.csv", b"id,name_zh\na,\n")]);
    assert_eq!(rows[0].text(Language::Chinese), "agencies.csv 第 2 行，列 name_zh：必须填写");
    assert_eq!(rows[0].text(Language::English), "agencies.csv, line 2, column name_zh: it must not be blank");
    let error = ImportError::BadRows(rows);
    assert!(error.text(Language::Chinese).starts_with("有 1 处错误，没有写入任何数据："));
    assert!(error.to_string().starts_with("1 fault, nothing was written:\n  agencies.csv"));
}

#[test]
fn twenty_thousand_bad_rows_are_told_at_once() {
    let lines = |head: &str, line: &dyn Fn(usize) -> String| {
        std::iter::once(format!("{head}\n")).chain((0..20_000).map(line)).collect::<String>()
    };
    let entries = "fund,id,kind,amount,amount_unit,on,refers_to";
    let entry = |kind, on| {
        lines(entries, &move |at| {
            format!("f,e{at},{kind},1,yuan,{on},{}\n", if kind == "reversal" { "x" } else { "" })
        })
    };
    let reversals = entry("reversal", "2019");
    let dates = entry("increase", "2019-13");
    let splits = lines("fund,entry,agency,amount,amount_unit", &|at| format!("f,s{at},a,1,yuan\n"));
    let transfers = lines("id,from,to,on", &|at| format!("t{at},a,a,2019\n"));
    let parts = lines("transfer,fund,amount,amount_unit", &|at| format!("t{at},f,1,yuan\n"));
    let scheme = "k\n".repeat(20_000);
    let cases: [&[(&str, &[u8])]; 5] = [
        &[("budget_entries.csv", reversals.as_bytes())],
        &[("budget_entries.csv", dates.as_bytes())],
        &[("split_parts.csv", splits.as_bytes())],
        &[("transfers.csv", transfers.as_bytes()), ("transfer_parts.csv", parts.as_bytes())],
        &[("evaluations.csv", b"fund,scheme_file\nf,s.toml\n"), ("s.toml", scheme.as_bytes())],
    ];
    for tables in cases {
        let began = Instant::now();
        let found = bad_rows(tables).len();
        assert!(found >= 20_000, "{found} of {}", tables[0].0);
        // A second each; where each row looked at all others, most of these took minutes.
        assert!(began.elapsed() < Duration::from_secs(20), "{} took {:?}", tables[0].0, began.elapsed());
    }
}
