//! What holds for every command: exit codes as docs/cli.md has them, help with examples, colours, closed pipes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use jixiao_tests::program::{self, Output};
use jixiao_tests::server::Server;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use crate::wuxi::{EXAMPLE, FUNDS};

/// A scheme file without a fault.
const SCHEME: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/wuxi-2019/scheme-smart-city.toml");

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Every command that does something, as it is called.
fn commands() -> Vec<String> {
    below("")
}

/// The commands below one; itself where there are none.
fn below(command: &str) -> Vec<String> {
    let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
    let help = program::run(&words).success().stdout;
    let Some((_, rest)) = help.split_once("\nCommands:\n") else { return vec![command.to_owned()] };
    let listed = rest.lines().take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.flat_map(|line| below(&format!("{command} {}", line.split_whitespace().next().unwrap()))).collect()
}

/// A what-if of which commands would be refused.
const OVERSPEND: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/wuxi-2019/what-if-overspend.toml");

/// What a command of the words needs besides flags to be understood.
fn operands(command: &str) -> &'static [&'static str] {
    match command.trim() {
        "import" => &[EXAMPLE],
        "evaluate" | "findings" | "verify" | "warnings" | "parked show" | "parked retry" => &[FUNDS[0]],
        "explain" => &[FUNDS[0], "adjustment_rate"],
        "compare" => &[FUNDS[0], "--from", "2019-10"],
        "answer" => &[
            FUNDS[0],
            "37950964-6abc-5dd6-8879-18e11f7873c5",
            "--as",
            "accepted",
            "--text",
            "x",
            "--on",
            "2020",
        ],
        "what-if" => &[FUNDS[0], OVERSPEND],
        "refollow" => &["ledger"],
        "schemes show" => &["wuxi-2019-smart-city"],
        "schemes check" | "schemes load" => &[SCHEME],
        "schemes approve" => &["wuxi-2019-smart-city", "1"],
        "schemes withdraw" => &["wuxi-2019-smart-city", "1", "--reason", "有误", "--on", "2020"],
        "judge" => {
            &[FUNDS[0], "management.operation.tracking", "--points", "5", "--reason", "x", "--on", "2020"]
        }
        "score" => &[FUNDS[0], "management.funds_use.execution_rate"],
        _ => &[],
    }
}

/// Runs a command with its operands and these flags.
fn run(command: &str, flags: &[&str]) -> Output {
    let words: Vec<&str> = command.split_whitespace().chain(operands(command).iter().copied()).collect();
    program::run(&[&words, flags].concat())
}

/// The commands that have a flag.
fn with_flag(flag: &str) -> Vec<String> {
    let has = |command: &String| {
        let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        program::run(&words).success().stdout.contains(&format!("{flag} <"))
    };
    commands().into_iter().filter(has).collect()
}

/// The rows of a table of docs/cli.md whose head begins so, by their first cell.
fn documented(head: &str) -> BTreeSet<String> {
    let doc = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/cli.md")).unwrap();
    let table = doc.lines().skip_while(|line| !line.starts_with(&format!("| {head} |"))).skip(2);
    let rows = table.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('|').nth(1).unwrap().trim().trim_matches('`').to_owned()).collect()
}

#[test]
fn every_command_has_help_with_an_example() {
    let all = commands();
    assert!(all.len() >= 15 && all.contains(&" findings".to_owned()), "{all:?}");
    let groups = [String::new(), " nats".to_owned(), " parked".to_owned()];
    for command in all.iter().chain(&groups[1..]) {
        for (locale, heading) in [("en_US.UTF-8", "Example"), ("zh_CN.UTF-8", "示例")] {
            let words: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
            let output: Output = program::command(&words).env("LC_ALL", locale).output().unwrap().into();
            let help = output.success().stdout;
            let (_, examples) = help.rsplit_once(heading).unwrap_or_else(|| panic!("{command}: {help}"));
            assert!(examples.contains(&format!("\n  jixiao{command}")), "{command}: {examples}");
        }
    }
}

#[test]
fn two_is_bad_usage_and_four_is_nobody_there() {
    for command in commands() {
        let unknown = run(&command, &["--no-such-flag"]);
        assert_eq!(unknown.code, Some(2), "{command}: {}", unknown.stderr);
        assert!(unknown.stderr.contains("--no-such-flag") && unknown.stdout.is_empty(), "{command}");
        for language in ["en", "zh"] {
            let unknown = run(&command, &["--no-such-flag", "--format", "json", "--lang", language]);
            let told: serde_json::Value = serde_json::from_str(&unknown.stderr).unwrap();
            assert_eq!((unknown.code, told["error"]["code"].as_str()), (Some(2), Some("USAGE")), "{told}");
            let message = told["error"]["message"].as_str().unwrap();
            assert!(message.contains("--no-such-flag") && !message.starts_with("error"), "{told}");
        }
    }
    let nothing = program::run(&["--format=json"]);
    let told: serde_json::Value = serde_json::from_str(&nothing.stderr).unwrap();
    assert_eq!((nothing.code, told["error"]["code"].as_str()), (Some(2), Some("USAGE")), "{told}");
    // A slip that would make an empty list is none: no server is asked.
    for (words, named) in [
        (["findings", "", "--server", NOWHERE, "--lang", "en"].as_slice(), "FUND"),
        (&["evaluate", "", "--server", NOWHERE, "--lang", "zh"], "FUND"),
        (&["findings", FUNDS[0], "--server", NOWHERE, "--subject", ""], "targets/ID"),
        (&["findings", FUNDS[0], "--server", NOWHERE, "--subject", "nonsense"], "targets/ID"),
        (&["findings", FUNDS[0], "--server", NOWHERE, "--code", "met_not_ful"], "findings --explain"),
    ] {
        let slip = program::run(words);
        assert_eq!(slip.code, Some(2), "{words:?}: {}", slip.stderr);
        assert!(slip.stderr.contains(named) && slip.stdout.is_empty(), "{words:?}: {}", slip.stderr);
    }
    let clients = with_flag("--server");
    assert!(clients.len() >= 10, "{clients:?}");
    for command in clients {
        let away = run(&command, &["--server", NOWHERE]);
        assert_eq!(away.code, Some(4), "{command}: {}", away.stderr);
        assert!(away.stderr.contains("127.0.0.1:9"), "{command}: {}", away.stderr);
    }
    let database = ["--database-url", "postgres://nobody@127.0.0.1:9/nothing"];
    for (command, flags) in [
        ("serve", database.as_slice()),
        ("rebuild", &database),
        ("migrate ledger", &[database[0], database[1], "--role", "nobody"]),
        ("nats apply", &["--nats-url", "nats://127.0.0.1:9"]),
    ] {
        let away = run(command, flags);
        assert_eq!(away.code, Some(4), "{command}: {}", away.stderr);
    }
    let codes: BTreeSet<String> = (0..=4).map(|code| code.to_string()).collect();
    assert_eq!(documented("code"), codes);
}

#[test]
fn what_cannot_be_used_on_this_machine_is_two() {
    let server = Server::start();
    let listen = server.listen();
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().to_str().unwrap();
    let held = server.data_dir();
    for words in [
        vec!["serve", "--data-dir", empty, "--listen", &listen],
        vec!["serve", "--data-dir", held.to_str().unwrap(), "--listen", "127.0.0.1:0"],
        vec!["demo", "--once", "--listen", &listen],
        vec!["rebuild", "--data-dir", empty],
        vec!["import", "/no/such/folder"],
        vec!["findings", "--explain", "no_such_check"],
    ] {
        let output = server.cli(&words);
        assert_eq!(output.code, Some(2), "{words:?}: {}", output.stderr);
        assert!(!output.stderr.is_empty(), "{words:?}");
    }
    let known = server.cli(&["findings", "--explain", "no_such_check"]).stderr;
    assert!(known.contains("score_above_weight") && known.contains("met_not_full"), "{known}");
}

#[test]
fn three_is_a_refusal_and_names_what_was_refused() {
    let server = Server::start();
    for words in [
        vec!["evaluate", "no-such-fund"],
        vec!["explain", "no-such-fund", "total"],
        vec!["findings", "no-such-fund"],
        vec!["findings", "no-such-fund", "--history"],
        vec!["findings", "no-such-fund", "--watch"],
        vec!["verify", "no-such-fund"],
        vec!["parked", "show", "no-such-fund"],
        vec!["parked", "retry", "no-such-fund"],
    ] {
        let output = server.cli(&words);
        assert_eq!(output.code, Some(3), "{words:?}: {}", output.stderr);
        assert!(output.stderr.contains("no-such-fund"), "{words:?}: {}", output.stderr);
        assert_eq!(output.stdout, "", "{words:?}");
    }
    let order = server.cli(&["findings", "no-such-fund", "--order", "weight"]);
    assert_eq!(order.code, Some(3), "{}", order.stderr);
    assert!(order.stderr.contains("order_by") && order.stderr.contains("weight"), "{}", order.stderr);
}

/// Changes an event behind the server's back.
async fn tamper(log: &Path) {
    let mut file = SqliteConnection::connect(&format!("sqlite://{}", log.display())).await.unwrap();
    for statement in ["DROP TRIGGER events_no_update", "UPDATE events SET actor = 'x' WHERE position = 3"] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut file).await.unwrap();
    }
    file.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_a_negative_answer_of_some_commands_alone() {
    let mut server = Server::start();
    let import = |server: &Server, folder: &str| server.cli(&["import", folder]);
    let mut negative = BTreeSet::new();
    let mut told = |command: &str, output: Output| {
        assert_eq!(output.code, Some(1), "{command}: {}{}", output.stdout, output.stderr);
        negative.insert(command.to_owned());
    };

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("funds.csv"), "no,such,head\n1,2,3\n").unwrap();
    told("import", import(&server, folder.path().to_str().unwrap()));
    import(&server, EXAMPLE).success();

    // The same commands, asked what nothing speaks against.
    server.cli(&["evaluate", FUNDS[0], "--wait"]).success();
    server.cli(&["explain", FUNDS[0], "adjustment_rate"]).success();
    let endless = server.cli(&["explain", FUNDS[0], &"a".repeat(2_000)]);
    assert_eq!(endless.code, Some(3), "{}", endless.stderr);
    assert!(endless.stderr.contains("nor does the path of any indicator end in aaa"), "{}", endless.stderr);
    assert!(endless.stderr.len() < 1_000 && !endless.stderr.contains("TOO_LONG"), "{}", endless.stderr);
    server.cli(&["events", "ledger"]).success();
    server.cli(&["parked", "list"]).success();
    server.cli(&["refollow", "ledger"]).success();
    server.cli(&["audit"]).success();
    server.cli(&["findings", FUNDS[0], "--subject", "targets/d1", "--severity", "error"]).success();
    server.cli(&["findings", FUNDS[0], "--history"]).success();
    server.cli(&["findings", "--explain", "met_not_full"]).success();
    import(&server, EXAMPLE).success();

    let found = server.cli(&["findings", FUNDS[0]]);
    assert!(found.stdout.contains("unmet_but_full") && found.stderr.is_empty(), "{found:?}");
    told("findings", found);
    if commands().contains(&" verify".to_owned()) {
        told("verify", server.cli(&["verify", FUNDS[0]]));
    }
    let all = OVERSPEND.replace("overspend", "spend-all");
    server.cli(&["what-if", FUNDS[0], &all]).success();
    told("what-if", server.cli(&["what-if", FUNDS[0], OVERSPEND]));
    let folder = tempfile::tempdir().unwrap();
    let faulty = folder.path().join("faulty.toml");
    let text = fs::read_to_string(SCHEME).unwrap();
    fs::write(&faulty, text.replacen("fiscal_year = 2019", "fiscal_year = 19\neffective_from = 2019", 1))
        .unwrap();
    let checked = server.cli(&["schemes", "check", SCHEME, faulty.to_str().unwrap(), "--lang", "en"]);
    assert!(checked.stdout.contains("faulty.toml: 2 faults\n  line "), "{}", checked.stdout);
    told("schemes check", checked);
    server.cli(&["schemes", "check", SCHEME]).success();
    server.stop();
    tamper(&server.data_dir().join("registry.sqlite")).await;
    server.restart();
    told("audit", server.cli(&["audit"]));

    assert_eq!(documented("command"), negative);
}

#[test]
fn a_closed_pipe_ends_a_command_in_silence() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    server.cli(&["evaluate", FUNDS[0], "--wait"]).success();
    for words in [
        vec!["--help"],
        vec!["import", "--help"],
        vec!["evaluate", FUNDS[0], "--all"],
        vec!["evaluate", FUNDS[0], "--canonical"],
        vec!["explain", FUNDS[0], "adjustment_rate"],
        vec!["events"],
        vec!["events", "--format", "json"],
        vec!["events", "ledger", "--follow", "--format", "json"],
        vec!["findings", FUNDS[0], "--all"],
        vec!["findings", FUNDS[0], "--history", "--format", "json"],
        vec!["findings", FUNDS[0], "--history", "--watch", "--format", "json"],
        vec!["findings", "--explain", "met_not_full"],
        vec!["verify", FUNDS[0]],
        vec!["verify", FUNDS[0], "--format", "json"],
        vec!["audit"],
        vec!["import", EXAMPLE, "--dry-run", "--format", "json"],
        vec!["demo", "--once", "--listen", "127.0.0.1:0", "--format", "json"],
        vec!["parked", "list"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = server.command(&words);
        let child = command.stdout(Stdio::from(writer)).stderr(Stdio::piped()).spawn().unwrap();
        drop(command);
        let output = Output::from(child.wait_with_output().unwrap());
        assert_eq!(output.code, Some(0), "{words:?}: {}", output.stderr);
        let mut said = output.stderr.lines();
        // The demo tells of its progress; nothing tells of the pipe.
        assert!(
            said.all(|line| words[0] == "demo" && !line.contains("error")),
            "{words:?}: {}",
            output.stderr
        );
    }
}

#[test]
fn no_colour_where_nobody_sees_it_or_wants_it() {
    let server = Server::start();
    let coloured = |words: &[&str], env: &[(&str, &str)]| {
        let mut command = server.command(words);
        let output = Output::from(command.envs(env.iter().copied()).output().unwrap());
        output.stdout.contains('\u{1b}') || output.stderr.contains('\u{1b}')
    };
    let force = ("CLICOLOR_FORCE", "1");
    for words in [vec!["--help"], vec!["findings", "--no-such-flag"], vec!["findings", "no-such-fund"]] {
        assert!(!coloured(&words, &[]), "into a pipe: {words:?}");
        assert!(!coloured(&words, &[force, ("NO_COLOR", "1")]), "{words:?}");
    }
    assert!(coloured(&["--help"], &[force]), "else this test sees nothing");
}
