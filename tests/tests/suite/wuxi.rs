//! The real case: two funds of Wuxi 2019, imported and evaluated by the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jixiao_tests::server::Server;
use serde_json::Value;

/// The example's folder.
pub const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/wuxi-2019");

/// Its funds.
pub const FUNDS: [&str; 2] = ["smart-city-2019", "e-government-2019"];

/// The canonical evaluation of all that was acknowledged before.
pub fn canonical(server: &Server, fund: &str) -> String {
    server.cli(&["evaluate", fund, "--canonical", "--wait"]).success().stdout
}

fn evaluation(server: &Server, fund: &str) -> Value {
    let output = server.cli(&["evaluate", fund, "--wait", "--all", "--format", "json"]).success();
    serde_json::from_str(&output.stdout).unwrap()
}

/// The values of a list of figures, by quantity and definition.
fn figures(evaluation: &Value, list: &str) -> BTreeMap<String, String> {
    let figures = evaluation[list].as_array().unwrap().iter().map(|figure| {
        let definition = figure["definition"].as_str().map(|definition| format!(".{definition}"));
        let name = format!("{}{}", figure["quantity"].as_str().unwrap(), definition.unwrap_or_default());
        (name, figure["value"].as_str().unwrap_or_default().to_owned())
    });
    figures.collect()
}

fn assert_figures(evaluation: &Value, list: &str, expected: &[(&str, &str)]) {
    let found = figures(evaluation, list);
    for (name, value) in expected {
        assert_eq!(found.get(*name).map(String::as_str), Some(*value), "{name}");
    }
}

/// Which definitions of a rate give the stated figure.
fn reproduced(evaluation: &Value, quantity: &str) -> Vec<String> {
    let rates = evaluation["rates"].as_array().unwrap().iter();
    rates
        .filter(|rate| rate["quantity"] == quantity)
        .filter(|rate| rate["stated"].as_array().unwrap().iter().any(|stated| stated["reproduced"] == true))
        .map(|rate| rate["definition"].as_str().unwrap().to_owned())
        .collect()
}

/// Self-scores by node.
fn self_scores(evaluation: &Value) -> BTreeMap<&str, &str> {
    let nodes = evaluation["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| (node["node"].as_str().unwrap(), node["self_score"].as_str().unwrap_or_default()))
        .collect()
}

/// Stated less rows, by group.
fn differences(evaluation: &Value) -> BTreeMap<&str, &str> {
    let groups = evaluation["account"]["groups"].as_array().unwrap().iter();
    groups.map(|group| (group["node"].as_str().unwrap(), group["difference"].as_str().unwrap())).collect()
}

#[test]
fn the_published_figures_of_smart_city() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let evaluation = evaluation(&server, "smart-city-2019");
    assert_figures(
        &evaluation,
        "money",
        &[
            ("budget.original", "4000"),
            ("budget.adjustment_increase", "328.2"),
            ("budget.adjustment_decrease", "669"),
            ("budget.adjusted", "3659.2"),
            ("budget.expenditure", "2442.5"),
            ("budget.unspent", "1216.7"),
            ("budget.unspent_explained", "628.2"),
        ],
    );
    assert_figures(
        &evaluation,
        "rates",
        &[
            ("budget.adjustment_rate.gross", "24.93"),
            ("budget.adjustment_rate.net", "8.52"),
            ("budget.adjustment_rate.signed_net", "-8.52"),
            ("budget.adjustment_rate.cuts_only", "16.725"),
            ("budget.execution_rate.adjusted", "66.74956274595540008745080892"),
        ],
    );
    assert_eq!(reproduced(&evaluation, "budget.adjustment_rate"), ["cuts_only"], "17 %");
    assert_eq!(reproduced(&evaluation, "budget.execution_rate"), ["adjusted"], "67 %");
    assert_figures(
        &evaluation,
        "counts",
        &[
            ("projects.total", "19"),
            ("filings.contract_filing.not_filed", "7"),
            ("targets.total", "55"),
            ("targets.overall.total", "7"),
            ("targets.detail.total", "48"),
            ("targets.self_full", "38"),
        ],
    );
    let selves = self_scores(&evaluation);
    for (node, score) in [
        ("management", "29"),
        ("management.operation", "16"),
        ("targets.overall", "6"),
        ("targets.detail", "31.5"),
    ] {
        assert_eq!(selves[node], score, "{node}");
    }
    let total = &evaluation["total"];
    assert_eq!(
        (&total["self_score"], &total["filled_weight"], &total["weight"]),
        (&"66.5".into(), &"90".into(), &"100".into())
    );
    let account = &evaluation["account"];
    let of = |name: &str| account[name].as_str().unwrap();
    assert_eq!((of("stated_total"), of("rows_total"), of("difference")), ("76.5", "66.5", "10"));
    assert_eq!((of("groups_stated"), of("unallocated_total")), ("68.5", "10"));
    let differences = differences(&evaluation);
    assert_eq!((differences["management.operation"], differences["targets.detail"]), ("-1", "3"));
    assert_eq!(differences.values().filter(|difference| **difference != "0").count(), 2);
    assert_eq!(account["explained_by"]["node"], "targets");
}

#[test]
fn the_published_figures_of_e_government() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let evaluation = evaluation(&server, "e-government-2019");
    assert_figures(
        &evaluation,
        "money",
        &[("budget.original", "1020"), ("budget.adjusted", "666"), ("budget.expenditure", "494.8")],
    );
    assert!(figures(&evaluation, "rates")["budget.execution_rate.adjusted"].starts_with("74.29429"));
    assert!(reproduced(&evaluation, "budget.adjustment_rate").contains(&"cuts_only".to_owned()), "35 %");
    assert_eq!(reproduced(&evaluation, "budget.execution_rate"), ["adjusted"], "74 %");
    assert_figures(
        &evaluation,
        "counts",
        &[
            ("projects.total", "14"),
            ("targets.total", "28"),
            ("targets.overall.total", "5"),
            ("targets.detail.total", "23"),
        ],
    );
    let account = &evaluation["account"];
    let of = |name: &str| account[name].as_str().unwrap();
    assert_eq!((of("stated_total"), of("rows_total"), of("difference")), ("81", "71", "10"));
    assert_eq!(
        (of("groups_stated"), of("unallocated_total")),
        ("71", "12"),
        "10 of the targets, 2 of 目标设置"
    );
    let unallocated: BTreeMap<&str, &str> = account["unallocated"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["node"].as_str().unwrap(), node["points"].as_str().unwrap()))
        .collect();
    assert_eq!(unallocated, BTreeMap::from([("management.target_setting", "2"), ("targets", "10")]));
    assert_eq!(account["explained_by"]["node"], "targets");
}

/// Copies the example, with one text replaced in one of its files.
fn changed(file: &str, from: &str, to: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(EXAMPLE).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.matches(from).count(), 1, "{from} stands once in {file}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
    folder
}

fn import_of(folder: &Path) -> Server {
    let server = Server::start();
    server.cli(&["import", folder.to_str().unwrap()]).success();
    server
}

#[test]
fn a_changed_row_changes_what_follows_from_it() {
    // The whole year's payment, 100 万元 less.
    let row = |amount: &str| {
        let text = fs::read_to_string(format!("{EXAMPLE}/budget_entries.csv")).unwrap();
        let line = text.lines().find(|line| line.contains(",2442.5,")).unwrap().to_owned();
        (line.clone(), line.replace(",2442.5,", &format!(",{amount},")))
    };
    let (from, to) = row("2342.5");
    let server = import_of(changed("budget_entries.csv", &from, &to).path());
    let evaluation = evaluation(&server, "smart-city-2019");
    assert_figures(&evaluation, "money", &[("budget.expenditure", "2342.5"), ("budget.unspent", "1316.7")]);
    assert_eq!(
        reproduced(&evaluation, "budget.execution_rate"),
        Vec::<String>::new(),
        "64 % is not the stated 67 %"
    );

    // A stated total that agrees with its rows leaves no difference.
    let server = import_of(
        changed("claims.csv", "smart-city-2019,score.total,76.5", "smart-city-2019,score.total,66.5").path(),
    );
    let evaluation = self::evaluation(&server, "smart-city-2019");
    assert_eq!(evaluation["account"]["difference"], "0");
}

#[test]
fn an_import_changes_nothing_the_second_time_and_a_dry_run_nothing_at_all() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE, "--dry-run"]).success();
    let events = |server: &Server| server.cli(&["audit", "--format", "json"]).success().stdout;
    let empty = events(&server);
    server.cli(&["import", EXAMPLE]).success();
    for fund in FUNDS {
        canonical(&server, fund);
    }
    let first = events(&server);
    assert_ne!(first, empty);
    server.cli(&["import", EXAMPLE]).success();
    assert_eq!(events(&server), first);
}

#[test]
fn bad_rows_are_all_named_and_nothing_is_written() {
    let folder = changed("budget_entries.csv", ",2442.5,", ",2442.1234567,");
    let targets = folder.path().join("targets.csv");
    let text = fs::read_to_string(&targets).unwrap();
    fs::write(&targets, text.replacen("2019-12-03", "2019-02-30", 1)).unwrap();
    let server = Server::start();
    let before = server.cli(&["audit", "--format", "json"]).success().stdout;
    let output = server.cli(&["import", folder.path().to_str().unwrap()]);
    assert_eq!(output.code, Some(1), "{}{}", output.stdout, output.stderr);
    let told = format!("{}{}", output.stdout, output.stderr);
    assert!(told.contains("budget_entries.csv") && told.contains("targets.csv"), "{told}");
    assert!(told.contains("2019-02-30"), "{told}");
    assert_eq!(server.cli(&["audit", "--format", "json"]).success().stdout, before);
}
