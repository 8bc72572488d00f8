//! Claims of the real case, verified by the program.

use std::fs;

use jixiao_tests::server::Server;
use serde_json::Value;

use crate::wuxi::EXAMPLE;

fn claims_file() -> String {
    format!("{EXAMPLE}/claims.csv")
}

fn imported() -> Server {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    // All that was acknowledged is taken in.
    for fund in ["smart-city-2019", "e-government-2019"] {
        server.cli(&["evaluate", fund, "--wait"]).success();
    }
    server
}

fn verified(server: &Server, args: &[&str]) -> Value {
    let args = [&["verify"], args, &["--format", "json"]].concat();
    let output = server.cli(&args);
    assert_eq!(output.code, Some(1), "{output:?}");
    serde_json::from_str(&output.stdout).unwrap()
}

fn rows<'v>(answer: &'v Value, list: &str, outcome: &str) -> Vec<&'v Value> {
    answer[list].as_array().unwrap().iter().filter(|row| row["outcome"] == outcome).collect()
}

/// Claims of an outcome: `line quantity stated: readings`, each reading with what would be right.
fn accused(answer: &Value, outcome: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let written = |row: &&Value| {
        let claim = &row["claim"];
        let readings = row["readings"].as_array().unwrap().iter();
        let readings: Vec<_> = readings
            .map(|reading| format!("{}={}", text(&reading["name"]), text(&reading["rounded"])))
            .collect();
        let place = text(&claim["place"]).replace("line ", "");
        format!("{place} {} {}: {}", text(&claim["quantity"]), text(&claim["stated"]), readings.join(" "))
    };
    rows(answer, "results", outcome).iter().map(written).collect()
}

/// Claims that match: `line quantity: the readings that give it`.
fn matching(answer: &Value) -> Vec<String> {
    let written = |row: &&Value| {
        let readings = row["readings"].as_array().unwrap().iter();
        let giving: Vec<_> = readings
            .filter(|reading| reading["fit"] == "rounds")
            .map(|reading| reading["name"].as_str().unwrap())
            .collect();
        let (place, quantity) = (&row["claim"]["place"], &row["claim"]["quantity"]);
        let place = place.as_str().unwrap().replace("line ", "");
        format!("{place} {}: {}", quantity.as_str().unwrap(), giving.join(" "))
    };
    rows(answer, "results", "match").iter().map(written).collect()
}

/// Relations of an outcome: `kind quantity expected`, and what would give a rate or fill a sum.
fn relations(answer: &Value, outcome: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let written = |row: &&Value| {
        let mut written =
            format!("{} {} {}", text(&row["kind"]), text(&row["quantity"]), text(&row["expected"]));
        for candidate in row["reproduced_by"].as_array().unwrap() {
            written = format!("{written} by {}", text(&candidate["value"]));
        }
        for term in row["terms"].as_array().unwrap().iter().filter(|term| term["claim"].is_null()) {
            written = format!("{written} {}?{}", text(&term["quantity"]), text(&term["would_be"]));
        }
        written
    };
    rows(answer, "relations", outcome).iter().map(written).collect()
}

#[test]
fn the_claims_of_wuxi_2019() {
    let server = imported();
    let file = claims_file();
    let smart_city = verified(&server, &["smart-city-2019", "--claims", &file]);
    assert_eq!(
        accused(&smart_city, "mismatch"),
        [
            "205 targets.attainment_rate 70: by_value=65 by_full_self_score=69",
            "207 score.total 76.5: by_self_scores=66.5 by_rules=66",
            "231 score.management.operation 15: by_self_scores=16 by_rules=16",
            "260 score.targets.detail 34.5: by_self_scores=31.5 by_rules=30.5",
            "260 targets.detail.total 55: =48",
        ]
    );
    assert_eq!(
        matching(&smart_city),
        [
            "139 budget.adjusted: ",
            "139 budget.adjustment_decrease: ",
            "139 budget.adjustment_increase: ",
            "139 budget.adjustment_rate: cuts_only",
            "139 budget.execution_rate: adjusted",
            "139 budget.expenditure: ",
            "139 budget.original: ",
            "165 projects.total: ",
            "205 targets.attained: by_full_self_score",
            "205 targets.detail.attained: by_full_self_score",
            "205 targets.detail.attainment_rate: by_full_self_score",
            "205 targets.detail.total: ",
            "205 targets.overall.attained: by_value by_full_self_score",
            "205 targets.overall.attainment_rate: by_value by_full_self_score",
            "205 targets.overall.total: ",
            "205 targets.total: ",
            "221 weight.management: by_scheme by_rows",
            "223 score.management.funds_use: by_self_scores by_rules",
            "237 filings.missing: ",
            "237 score.deduction.filings: by_self_scores by_rules",
            "239 score.management.target_setting: by_self_scores by_rules",
            "245 weight.targets: by_scheme",
            "249 score.targets.overall: by_self_scores",
            "249 weight.targets.overall: by_scheme by_rows",
            "260 weight.targets.detail: by_scheme by_rows",
            "319 budget.adjustment_increase.project:top-level-design: booked",
            "414 targets.unmet_overall_only:城市大数据中心数据汇聚部门总数: by_value",
            "438 budget.unspent.group:new-2019: stated",
            "438 budget.unspent.project:smart-work-safety: stated",
            "438 budget.unspent.project:top-level-design: stated",
            "444 target.actual:提供出游服务人数: targets.detail.d17",
        ]
    );
    assert_eq!(accused(&smart_city, "truncated"), [""; 0]);
    assert_eq!(
        relations(&smart_city, "disagrees"),
        [
            "rate targets.attainment_rate 69.090909090909090909090909091",
            "same targets.detail.total ",
            "whole score.total 68.5",
            "whole weight.targets 50",
            "whole data.records_total 132.88",
        ]
    );
    assert_eq!(relations(&smart_city, "part_not_stated"), ["whole projects.total 20 projects.removed?1"]);

    let e_government = verified(&server, &["e-government-2019", "--claims", &file]);
    assert_eq!(
        accused(&e_government, "mismatch"),
        [
            "211 targets.total 27: =28",
            "213 targets.detail.total 22: =23",
            "215 score.total 81: by_self_scores=71 by_rules=70",
            "372 score.targets.detail 37: by_self_scores=35 by_rules=36",
        ]
    );
    let matching = matching(&e_government);
    for expected in [
        "143 budget.adjustment_rate: cuts_only gross net",
        "143 budget.execution_rate: adjusted",
        "211 targets.attainment_rate: from_claims",
        "213 targets.overall.attainment_rate: by_value by_full_self_score",
        "213 targets.detail.attainment_rate: by_value",
        "353 score.management.target_setting: by_rules",
    ] {
        assert!(matching.iter().any(|row| row == expected), "{expected}: {matching:#?}");
    }
    assert_eq!(
        relations(&e_government, "disagrees"),
        [
            "whole projects.total 13 projects.new?1",
            "rate targets.detail.attainment_rate 90.90909090909090909090909091 by 23",
            "same targets.detail.total ",
            "whole score.total 71",
            "whole weight.targets 50",
        ]
    );
    // The events behind a mismatch are those of its rows: 48 targets were set.
    let total = &rows(&smart_city, "results", "mismatch")[4]["readings"][0];
    assert_eq!(
        (total["event_count"].as_u64(), total["events"].as_array().map(Vec::len)),
        (Some(48), Some(48))
    );
    assert_eq!(smart_city["left_out"], serde_json::json!({ "other_funds": 40, "without_fund": 2 }));

    // What was imported from the file is verified alike without it.
    for (fund, of_file) in [("smart-city-2019", smart_city), ("e-government-2019", e_government)] {
        let stored = verified(&server, &[fund]);
        assert_eq!((&stored["results"], &stored["counts"]), (&of_file["results"], &of_file["counts"]));
        // In a pipe each sentence is one line, however long: whatever is searched for in it is not cut.
        for language in ["en", "zh"] {
            let told = server.cli(&["verify", fund, "--lang", language]);
            assert_eq!(told.code, Some(1));
            let is_event = |line: &&str| line.contains("self_score_recorded");
            let event = told.stdout.lines().find(is_event).unwrap();
            assert!(event.contains("2020-06-05") && event.contains("anonymous"), "{event}");
            assert!(event.split('-').count() >= 9, "two dates and an id: {event}");
        }
    }
}

/// Every event of an answer, wherever it stands.
fn events(answer: &Value) -> Vec<&Value> {
    match answer {
        Value::Array(values) => values.iter().flat_map(events).collect(),
        Value::Object(fields) => {
            let listed = fields.get("events").and_then(Value::as_array);
            let further = fields.iter().filter(|(name, _)| *name != "events");
            listed.into_iter().flatten().chain(further.flat_map(|(_, value)| events(value))).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn an_event_is_told_alike_and_whole_wherever_it_is_named() {
    let server = imported();
    for words in [
        vec!["findings", "smart-city-2019"],
        vec!["findings", "e-government-2019"],
        vec!["verify", "smart-city-2019"],
        vec!["verify", "e-government-2019"],
        vec!["explain", "smart-city-2019", "d17"],
        vec!["explain", "smart-city-2019", "adjustment_rate"],
    ] {
        let output = server.cli(&[&words, &["--format", "json"][..]].concat());
        let answer: Value = serde_json::from_str(&output.stdout).unwrap();
        let events = events(&answer);
        assert!(events.len() >= 3, "{words:?}: {answer}");
        for event in events {
            let fields: Vec<&str> = event.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(fields, ["actor", "effective", "id", "log", "recorded_time", "type"], "{words:?}");
            for known in ["actor", "id", "log", "recorded_time", "type"] {
                assert!(!event[known].as_str().unwrap().is_empty(), "{words:?}: {event}");
            }
        }
    }
}

#[test]
fn exit_codes_say_what_came_of_it() {
    let server = imported();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.csv");
    let file = path.to_str().unwrap();
    for (rows, code) in [
        ("smart-city-2019,budget.original,4000,万元,139", 0),
        ("smart-city-2019,data.unheard_of,4000,万元,139", 0),
        ("other,budget.original,1,万元,139", 0),
        ("smart-city-2019,budget.original,4001,万元,139", 1),
        ("smart-city-2019,data.tables,1,张,1\nsmart-city-2019,data.tables,2,张,2", 1),
        ("smart-city-2019,budget.original,many,万元,139", 2),
        ("smart-city-2019,budget.original", 2),
    ] {
        fs::write(&path, format!("fund,quantity,stated,unit,report_line\n{rows}\n")).unwrap();
        let output = server.cli(&["verify", "smart-city-2019", "--claims", file]);
        assert_eq!(output.code, Some(code), "{rows}: {output:?}");
    }
    let output = server.cli(&["verify", "smart-city-2019", "--claims", file, "--lang", "en"]);
    assert!(output.stderr.contains("mine.csv, line 2: "), "{}", output.stderr);
    for (args, code) in [
        (&["verify", "nowhere-2019"][..], 3),
        (&["verify", "No Fund"], 2),
        (&["verify", "smart-city-2019", "--claims", "/no/such/file.csv"], 2),
        (&["verify", "smart-city-2019", "--server", "http://127.0.0.1:1"], 4),
    ] {
        let output = server.cli(args);
        assert_eq!(output.code, Some(code), "{args:?}: {output:?}");
    }
}
