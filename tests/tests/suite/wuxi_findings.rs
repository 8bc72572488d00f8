//! The contradictions of the real case as docs/wuxi-2019-findings.md lists them: what the program finds, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use jixiao_tests::server::Server;
use serde_json::Value;

use crate::wuxi::{EXAMPLE, FUNDS};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/wuxi-2019-findings.md");

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn rows<'v>(answer: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    answer[list].as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

/// The line of the report that each event was imported from, by the event's id.
fn lines(server: &Server) -> BTreeMap<String, u32> {
    let mut lines = BTreeMap::new();
    for log in ["registry", "ledger", "targets", "scoring"] {
        let output = server.cli(&["events", log, "--format", "json"]).success().stdout;
        for event in output.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            let data = &event["data"];
            let of = |part: &str| text(&data[part], "source");
            let place = [text(data, "source"), text(data, "place"), of("project"), of("document")];
            let line = place.iter().find_map(|place| place.strip_prefix("line ")?.parse().ok());
            lines.extend(line.map(|line| (text(&event, "id").to_owned(), line)));
        }
    }
    lines
}

fn listed(lines: &BTreeSet<u32>) -> String {
    lines.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn json(server: &Server, args: &[&str]) -> Value {
    let output = server.cli(&[args, &["--format", "json"]].concat());
    assert_eq!(output.code, Some(1), "{output:?}");
    serde_json::from_str(&output.stdout).unwrap()
}

/// The findings of a fund: what, about what, by which lines.
fn findings(server: &Server, fund: &str, lines: &BTreeMap<String, u32>, document: &mut String) {
    let answer = json(server, &["findings", fund, "--wait"]);
    writeln!(document, "\n## {fund}: findings\n\n| severity | check | about | what was found | lines |")
        .unwrap();
    writeln!(document, "| --- | --- | --- | --- | --- |").unwrap();
    for finding in rows(&answer, "findings") {
        let events = rows(finding, "events").filter_map(|event| lines.get(text(event, "id"))).copied();
        let (severity, code) = (text(finding, "severity"), text(finding, "code"));
        let about = text(finding, "subject").trim_start_matches(&format!("funds/{fund}/"));
        let said = cell(text(&finding["message"], "zh"));
        assert!(!said.contains('?'), "a figure is missing: {said}");
        writeln!(document, "| {severity} | `{code}` | {about} | {said} | {} |", listed(&events.collect()))
            .unwrap();
    }
}

/// The claims of a fund that are wrong, and those that disagree.
fn claims(server: &Server, fund: &str, document: &mut String) {
    let answer = json(server, &["verify", fund]);
    writeln!(document, "\n## {fund}: figures that the report states\n").unwrap();
    writeln!(document, "| line | quantity | stated | by the rows |\n| --- | --- | --- | --- |").unwrap();
    for result in rows(&answer, "results").filter(|result| text(result, "outcome") == "mismatch") {
        let claim = &result["claim"];
        let right: Vec<_> = rows(result, "readings")
            .filter(|reading| !text(reading, "rounded").is_empty())
            .map(|reading| format!("{} ({})", text(reading, "rounded"), text(reading, "name")))
            .collect();
        let place = text(claim, "place").trim_start_matches("line ");
        let (quantity, stated, unit) = (text(claim, "quantity"), text(claim, "stated"), text(claim, "unit"));
        writeln!(document, "| {place} | `{quantity}` | {stated} {unit} | {} |", right.join("; ")).unwrap();
    }
    writeln!(document, "\n| figures that disagree | stated | with | would be | reproduced by |").unwrap();
    writeln!(document, "| --- | --- | --- | --- | --- |").unwrap();
    let stated = |claim: &Value| {
        let place = text(claim, "place").trim_start_matches("line ");
        format!("{} {} ({place})", text(claim, "stated"), text(claim, "unit"))
    };
    for relation in rows(&answer, "relations").filter(|relation| text(relation, "outcome") == "disagrees") {
        let claims: Vec<_> = rows(relation, "claims").map(stated).collect();
        let terms: Vec<_> = rows(relation, "terms")
            .map(|term| {
                let given = match &term["claim"] {
                    Value::Null => format!("not stated, {}", text(term, "would_be")),
                    claim => stated(claim),
                };
                format!("{} {}: {given}", text(term, "role"), text(term, "quantity"))
            })
            .collect();
        let reproduced: Vec<_> = rows(relation, "reproduced_by")
            .map(|by| format!("{} / {}", text(by, "numerator"), text(by, "denominator")))
            .collect();
        writeln!(
            document,
            "| {}: `{}` | {} | {} | {} | {} |",
            text(relation, "kind"),
            text(relation, "quantity"),
            claims.join("; "),
            terms.join("; "),
            text(relation, "expected"),
            reproduced.join("; "),
        )
        .unwrap();
    }
}

#[test]
fn the_contradictions_of_the_report_are_these() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let lines = lines(&server);
    let before = fs::read_to_string(DOCUMENT).unwrap_or_default();
    let (head, _) = before.split_once("\n## ").unwrap_or((&before, ""));
    let mut document = head.to_owned();
    for fund in FUNDS {
        findings(&server, fund, &lines, &mut document);
        claims(&server, fund, &mut document);
    }
    if std::env::var_os("JIXIAO_BLESS").is_some_and(|value| value == "1") {
        fs::write(DOCUMENT, &document).unwrap();
    }
    assert!(
        before == document,
        "docs/wuxi-2019-findings.md is not what the program finds: look at what changed, then JIXIAO_BLESS=1"
    );
}
