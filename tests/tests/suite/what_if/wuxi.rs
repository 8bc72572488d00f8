//! The what-ifs of examples/wuxi-2019: the explained money spent, all of it spent, more than there is.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jixiao::what_if::file;
use jixiao_tests::server::Server;
use prost_reflect::{ReflectMessage, Value as Field};
use serde_json::Value;
use tonic_types::StatusExt;

use super::chain::{Chain, Seen, Supposed, as_status, expect_evaluation, said, writes};
use crate::wuxi::{EXAMPLE, canonical};

const FUND: &str = "smart-city-2019";

/// The commands of a file of the example, as their calls get them.
fn commands(name: &str) -> Vec<Supposed> {
    commands_of(&Path::new(EXAMPLE).join(name))
}

/// The commands of a file, as their calls get them, each under a request id that is made of the file's name.
pub fn commands_of(path: &Path) -> Vec<Supposed> {
    let (name, folder) = (path.file_name().unwrap().to_str().unwrap(), path.parent().unwrap());
    let read = file::read(name, folder, fs::read(path).unwrap()).unwrap();
    let commands = read.into_iter().enumerate().map(|(number, supposed)| {
        let service = supposed.service.name();
        let (_, request) = supposed.message.fields().next().unwrap();
        let mut request = request.as_message().unwrap().clone();
        request.set_field_by_name("request_id", Field::String(format!("{name}-{number}")));
        let of = request.descriptor();
        let method = writes(service).into_iter().find(|method| method.input().full_name() == of.full_name());
        let method = method.unwrap();
        Supposed { service, method, request }
    });
    commands.collect()
}

fn what_if(server: &Server, name: &str, code: i32) -> Value {
    let output = server.cli(&["what-if", FUND, &format!("{EXAMPLE}/{name}"), "--format", "json"]);
    assert_eq!(output.code, Some(code), "{output:?}");
    serde_json::from_str(&output.stdout).unwrap()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn rows<'v>(answer: &'v Value, list: &str) -> impl Iterator<Item = &'v Value> {
    answer[list].as_array().unwrap().iter()
}

/// The figures that differ: quantity, before, after.
fn differing(answer: &Value) -> Vec<(&str, &str, &str)> {
    let differing = rows(answer, "figures").filter(|figure| figure["differs"] == true);
    differing
        .map(|figure| (text(figure, "quantity"), text(figure, "before"), text(figure, "after")))
        .collect()
}

/// That some findings differ, among others: what, check, about what.
fn assert_findings(answer: &Value, expected: &[(&str, &str, &str)]) {
    let found: Vec<_> = rows(answer, "findings")
        .map(|difference| {
            let finding = &difference["finding"];
            (text(difference, "what"), text(finding, "code"), text(finding, "subject"))
        })
        .collect();
    for finding in expected {
        assert!(found.contains(finding), "{finding:?}\n{found:?}");
    }
}

fn positions(server: &Server) -> String {
    server.cli(&["audit", "--format", "json"]).success().stdout
}

#[test]
fn the_explained_money_spent_and_all_of_it() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let evaluated = canonical(&server, FUND);
    let logs = positions(&server);

    let explained = what_if(&server, "what-if-spend-explained.toml", 0);
    assert!(rows(&explained, "commands").all(|command| command["accepted"] == true));
    assert_eq!(
        differing(&explained),
        [
            ("score.total", "66", "67"),
            ("score.management", "29", "30"),
            ("score.management.funds_use", "5", "6"),
            ("budget.expenditure", "2442.5", "3070.7"),
            ("budget.execution_rate.original", "61.0625", "76.7675"),
            // 3070.7 of 3659.2.
            (
                "budget.execution_rate.adjusted",
                "66.74956274595540008745080892",
                "83.91724967205946655006558811"
            ),
        ]
    );
    let indicators: Vec<_> = rows(&explained, "indicators").collect();
    let [rate] = indicators.as_slice() else { panic!("{indicators:?}") };
    assert!(text(rate, "name").ends_with("/management.funds_use.execution_rate"));
    assert_eq!((text(&rate["before"], "score"), text(&rate["after"], "score")), ("0", "1"));
    // The three payments are why, each known by the event that it would append.
    let paid: Vec<&str> = rows(&explained, "commands")
        .filter(|command| command["command"] == "RecordPayment")
        .map(|command| text(&command["events"][0], "id"))
        .collect();
    let causes: Vec<&str> = rows(rate, "causes").map(|cause| text(cause, "id")).collect();
    assert_eq!(paid.len(), 3);
    assert_eq!(paid, causes);
    assert_findings(
        &explained,
        &[
            ("cleared", "money_unspent_explained_in_part", "funds/smart-city-2019"),
            ("raised", "stated_wrong", "funds/smart-city-2019/quantities/budget.expenditure"),
            ("revised", "execution_below_bound", "funds/smart-city-2019"),
        ],
    );

    let all = what_if(&server, "what-if-spend-all.toml", 0);
    let figures: BTreeMap<_, _> =
        differing(&all).into_iter().map(|(quantity, _, after)| (quantity, after)).collect();
    assert_eq!(figures["budget.expenditure"], "3659.2");
    assert_eq!(figures["budget.execution_rate.adjusted"], "100");
    assert_eq!(figures["score.total"], "70");
    assert_findings(
        &all,
        &[
            ("cleared", "execution_below_bound", "funds/smart-city-2019"),
            ("cleared", "money_unspent_explained_in_part", "funds/smart-city-2019"),
            ("raised", "stated_wrong", "funds/smart-city-2019/quantities/budget.expenditure"),
        ],
    );

    // All of that, and nothing was written.
    assert_eq!(positions(&server), logs);
    assert_eq!(canonical(&server, FUND), evaluated);
    for (lang, said) in [("en", "Nothing was written."), ("zh", "什么都没有写入。")] {
        let file = format!("{EXAMPLE}/what-if-spend-all.toml");
        let shown = server.cli(&["what-if", FUND, &file, "--lang", lang]).success().stdout;
        assert!(shown.contains(said) && shown.contains("3659.2"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_predicted_comes_of_the_commands_once_they_are_sent() {
    for name in [
        "what-if-spend-explained.toml",
        "what-if-spend-all.toml",
        "what-if-overspend.toml",
        "what-if-adjust-together.toml",
    ] {
        let server = Server::start();
        server.cli(&["import", EXAMPLE]).success();
        let mut chain = Chain::of(&server);
        chain.settle().await;
        let supposed = commands(name);
        let before = Seen::of(&mut chain, FUND).await;
        let predicted = chain.simulate(FUND, &supposed).await;
        let answers = chain.send(&supposed).await;
        chain.expect(&supposed, &predicted.outcomes, &answers).await;
        expect_evaluation(&mut chain, FUND, &before, &predicted.scoring).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_there_is_is_refused_in_the_same_words() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let answer = what_if(&server, "what-if-overspend.toml", 1);
    let accepted: Vec<bool> = rows(&answer, "commands").map(|command| command["accepted"] == true).collect();
    assert_eq!(accepted, [false, true, false, false]);
    assert_eq!((rows(&answer, "indicators").count(), rows(&answer, "findings").count()), (0, 0));

    let mut chain = Chain::of(&server);
    chain.settle().await;
    let supposed = commands("what-if-overspend.toml");
    let predicted = chain.simulate(FUND, &supposed).await;
    let answers = chain.send(&supposed).await;
    let file = format!("{EXAMPLE}/what-if-overspend.toml");
    let [zh, en] = ["zh", "en"].map(|lang| {
        // On a server of its own: here the money is asked for by now.
        let server = Server::start();
        server.cli(&["import", EXAMPLE]).success();
        server.cli(&["what-if", FUND, &file, "--lang", lang]).stdout
    });
    let mut refused = 0;
    for (outcome, answer) in predicted.outcomes.iter().zip(&answers) {
        let Err(status) = answer else { continue };
        refused += 1;
        assert_eq!(said(&as_status(outcome.refusal.as_ref().unwrap())), said(status));
        let in_chinese = status.get_details_localized_message().unwrap().message;
        assert!(zh.contains(&in_chinese), "{in_chinese}\n{zh}");
        assert!(en.contains(status.message()), "{}\n{en}", status.message());
    }
    assert_eq!(refused, 3);
}

#[test]
fn money_and_target_adjusted_together() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let logs = positions(&server);
    let answer = what_if(&server, "what-if-adjust-together.toml", 1);
    let refused = rows(&answer, "commands").filter(|command| command["accepted"] == false);
    let refused: Vec<_> = refused
        .map(|command| (command["line"].as_u64().unwrap(), text(&command["refusal"], "reason")))
        .collect();
    assert_eq!(refused, [(21, "AVAILABLE_EXCEEDED"), (41, "NOTHING_CHANGES"), (50, "TARGET_NOT_FOUND")]);
    let moved: Vec<_> = rows(&answer, "indicators")
        .map(|one| {
            let path = text(one, "name").rsplit('/').next().unwrap();
            (path, text(&one["before"], "score"), text(&one["after"], "score"))
        })
        .collect();
    assert_eq!(
        moved,
        [
            ("management.funds_use.adjustment_rate", "0", "0"),
            ("management.funds_use.execution_rate", "0", "1"),
            ("targets.overall.o01", "0.5", "1"),
        ]
    );
    assert_findings(
        &answer,
        &[
            ("answered", "unmet_but_full", "funds/smart-city-2019/targets/d20"),
            ("cleared", "unmet_unexplained", "funds/smart-city-2019/targets/o01"),
            ("cleared", "money_unspent_explained_in_part", "funds/smart-city-2019"),
            ("raised", "measure_drifts", "funds/smart-city-2019/targets/o01"),
            ("raised", "stated_wrong", "funds/smart-city-2019/quantities/budget.adjusted"),
            ("revised", "execution_below_bound", "funds/smart-city-2019"),
        ],
    );
    let file = format!("{EXAMPLE}/what-if-adjust-together.toml");
    let shown = server.cli(&["what-if", FUND, &file, "--lang", "en"]).stdout;
    // As docs/cli.md shows it.
    let doc = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md")).unwrap();
    let (_, worked) = doc.split_once("Of its output:\n\n").unwrap();
    let (worked, _) = worked.split_once("\nA finding is").unwrap();
    let lines: Vec<&str> = shown.lines().collect();
    let worked: Vec<&str> = worked.lines().filter(|line| !line.is_empty()).collect();
    assert!(worked.len() > 15, "{worked:?}");
    for line in worked {
        let line = line.strip_prefix("    ").unwrap();
        assert!(lines.contains(&line), "{line}\n{shown}");
    }
    for line in [
        "Total, self-scores                                  66.5      67.5          +1",
        "budget.adjustment_rate.cuts_only, %               16.725     32.43     +15.705",
        "Grade (computed): Fair, as it is",
        "    answer (to be rectified, by 2020-09-30, given by anonymous on 2020-07-01): the score is filed anew",
        "4 commands would be accepted, 3 refused; 3 indicators and 17 findings would change.",
    ] {
        assert!(lines.contains(&line), "{line}\n{shown}");
    }
    let shown = server.cli(&["what-if", FUND, &file, "--lang", "zh"]).stdout;
    assert!(shown.contains("答复（待整改，期限 2020-09-30，anonymous 答于 2020-07-01）"), "{shown}");
    assert_eq!(positions(&server), logs);
}

#[test]
fn a_file_with_faults_and_a_fund_that_is_not_there() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let logs = positions(&server);
    let file = server.folder().join("what-if.toml");
    fs::write(&file, "[[command]]\nservice = \"ledger\"\ncommand = \"RecordPaymnt\"\n").unwrap();
    let path = file.to_str().unwrap();
    let output = server.cli(&["what-if", FUND, path]);
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stderr.contains("line 3, column 11"), "{output:?}");
    assert!(output.stderr.contains("did you mean RecordPayment?"), "{output:?}");
    let output = server.cli(&["what-if", FUND, path, "--format", "json"]);
    let error: Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(error["error"]["bad_rows"][0]["line"], 3);
    let output = server.cli(&["what-if", FUND, "nowhere.toml"]);
    assert_eq!(output.code, Some(2), "{output:?}");

    // Of a fund that nobody knows there is nothing to say; one may be supposed all the same.
    let spend = format!("{EXAMPLE}/what-if-overspend.toml");
    let output = server.cli(&["what-if", "nowhere", &spend, "--lang", "en"]);
    assert_eq!(output.code, Some(1), "{output:?}");
    assert!(output.stdout.contains("No evaluation is open, and none would be."), "{output:?}");
    assert_eq!(positions(&server), logs);
}

#[test]
fn a_new_fund_with_another_scheme_is_evaluated_though_nothing_of_it_is_there() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let file = server.folder().join("what-if.toml");
    fs::copy(format!("{EXAMPLE}/scheme-smart-city.toml"), server.folder().join("scheme.toml")).unwrap();
    let scheme = fs::read_to_string(server.folder().join("scheme.toml")).unwrap();
    let scheme = scheme.replacen("scheme = \"", "scheme = \"other-", 1);
    fs::write(server.folder().join("scheme.toml"), &scheme).unwrap();
    let id = scheme.lines().find_map(|line| line.strip_prefix("scheme = \"")?.strip_suffix('"')).unwrap();
    let commands = format!(
        r#"
[[command]]
service = "scoring"
command = "LoadScheme"
text = {{ file = "scheme.toml" }}

[[command]]
service = "scoring"
command = "ApproveScheme"
name = "schemes/{id}"
version = 1
approval = {{ approver = "市财政局", approved_on = "2019-03-01", reason = "supposed" }}
document = "supposed"

[[command]]
service = "scoring"
command = "OpenEvaluation"
fund = "funds/new"
scheme = "schemes/{id}"

[[command]]
service = "ledger"
command = "ApproveBudget"
scope = "funds/new"
entry_id = "original"
amount = {{ currencyCode = "CNY", units = "1000" }}
on = "2019-01-01"

[[command]]
service = "registry"
command = "CreateFund"
fund_id = "new"
names = {{ zh = "新资金" }}
fiscal_year = 2019
agency = "agencies/big-data-bureau"
display_unit = "DISPLAY_UNIT_YUAN"
time_zone = "Asia/Shanghai"

[[command]]
service = "ledger"
command = "RecordPayment"
scope = "funds/new"
entry_id = "paid"
amount = {{ currency_code = "CNY", units = 950 }}
on = "2019-06-01"
"#
    );
    fs::write(&file, commands).unwrap();
    let logs = positions(&server);
    let output = server.cli(&["what-if", "new", file.to_str().unwrap(), "--format", "json"]).success();
    let answer: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(answer["scheme"]["before"], Value::Null);
    assert_eq!(text(&answer["scheme"]["after"], "scheme"), format!("schemes/{id}"));
    let figures: BTreeMap<_, _> =
        differing(&answer).into_iter().map(|(quantity, _, after)| (quantity, after)).collect();
    assert_eq!(figures["budget.execution_rate.adjusted"], "95");
    let rate =
        rows(&answer, "indicators").find(|row| text(row, "name").ends_with(".execution_rate")).unwrap();
    assert_eq!((&rate["before"], text(&rate["after"], "score")), (&Value::Null, "4"));
    assert_eq!(positions(&server), logs);
}
