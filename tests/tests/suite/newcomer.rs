//! As a newcomer meets it: the demo, and every command that it says to try.

use std::thread;
use std::time::{Duration, Instant};

use jixiao_tests::program;
use jixiao_tests::server::{Config, Server};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// The columns of a terminal.
const COLUMNS: usize = 100;

/// A demo in this language, once it has said what to try.
fn demo(locale: &str) -> (Server, String) {
    let env = vec![("LC_ALL".to_owned(), locale.to_owned())];
    let server = Server::start_with(Config { command: "demo".into(), env, ..Config::default() });
    let began = Instant::now();
    loop {
        let said = server.stdout();
        if said.contains(" audit") {
            return (server, said);
        }
        assert!(began.elapsed() < Duration::from_mins(1), "{said}\n{}", server.stderr());
        thread::sleep(Duration::from_millis(20));
    }
}

/// The commands that it says to try, without the program.
fn suggestions(said: &str) -> Vec<Vec<&str>> {
    let commands = said.lines().filter(|line| line.starts_with("  ")).filter_map(|line| {
        let mut words = line.split_whitespace();
        words.next()?.ends_with("jixiao").then(|| words.collect::<Vec<_>>())
    });
    commands.filter(|words: &Vec<&str>| !words.is_empty()).collect()
}

#[test]
fn the_demo_fits_a_terminal_and_each_next_command_works() {
    for locale in ["en_US.UTF-8", "zh_CN.UTF-8"] {
        let (server, said) = demo(locale);
        for (published, why) in
            [("76.5", "a stated total"), ("66.5", "and its rows"), ("81", "the other"), ("71", "its rows")]
        {
            assert!(said.contains(published), "{why}");
        }
        let commands = suggestions(&said);
        assert!(commands.len() >= 4, "{said}");
        assert!(commands.iter().any(|words| words[..2] == ["findings", "--explain"]), "{said}");
        assert!(said.contains("score_above_weight"), "the heaviest findings are shown: {said}");
        for claim in ["205", "score.total  76.5分", "66.5", "score.total  81分", "132.88"] {
            assert!(said.contains(claim), "what the report states wrong is shown, {claim}: {said}");
        }
        assert!(
            commands.contains(&vec!["verify", "smart-city-2019", "--server", &server.url()]),
            "{commands:?}"
        );
        for words in &commands {
            // The server's own address is part of the command where it is not the usual one.
            let output = program::command(words).env("LC_ALL", locale).output().expect("jixiao starts");
            let output = program::Output::from(output);
            // The example holds findings of the severity error, and claims that are wrong: a negative answer.
            let is_negative = words[0] == "verify" || words[0] == "findings" && !words.contains(&"--explain");
            assert_eq!(output.code, Some(i32::from(is_negative)), "{words:?}\n{}", output.stderr);
            // What is searched for in a pipe is not cut there.
            let is_whole = words.contains(&"--canonical") || ["findings", "verify"].contains(&words[0]);
            for line in output.stdout.lines().filter(|_| !is_whole) {
                assert!(line.width() <= COLUMNS, "{words:?}: {} columns: {line}", line.width());
            }
        }
        // A command with the address of the server may be longer than a line of output.
        for line in said.lines().filter(|line| !line.contains("--server")) {
            assert!(line.width() <= COLUMNS, "{} columns: {line}", line.width());
        }
        drop(server);
    }
}

#[test]
fn the_demo_ends_when_asked_to_and_tells_exit_codes_apart() {
    let began = Instant::now();
    let output = program::run(&["demo", "--once", "--listen", "127.0.0.1:0"]).success();
    assert!(output.stdout.contains("smart-city-2019") && output.stdout.contains("e-government-2019"));
    // Whoever stands in a checkout has the file of claims.
    let mut command = program::command(&["demo", "--once", "--listen", "127.0.0.1:0", "--format", "json"]);
    let checkout = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let output = program::Output::from(command.current_dir(checkout).output().unwrap()).success();
    let answers: Vec<Value> =
        output.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let counts: Vec<_> = answers.iter().filter_map(|answer| answer["counts"]["mismatch"].as_u64()).collect();
    assert_eq!(counts, [4, 5], "both funds' claims are verified");
    let next = answers.last().unwrap()["try_next"].as_array().unwrap();
    let verify = next.iter().find(|next| next.as_str().unwrap().contains(" verify ")).unwrap();
    assert!(verify.as_str().unwrap().ends_with("--claims examples/wuxi-2019/claims.csv"), "{verify}");
    // Half a second on a free machine; this only notices what is far off.
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());

    let away = ["--server", "http://127.0.0.1:9"];
    assert_eq!(program::run(&["audit", away[0], away[1]]).code, Some(4), "not reachable");
    assert_eq!(program::run(&["evaluate"]).code, Some(2), "bad usage");
    let server = Server::start();
    let refused = server.cli(&["evaluate", "no-such-fund"]);
    assert_eq!(refused.code, Some(3), "the server refused: {}", refused.stderr);
    assert!(refused.stderr.contains("no-such-fund"), "{}", refused.stderr);
}

#[test]
fn a_rebuild_runs_beside_the_server_and_changes_nothing() {
    let server = Server::start();
    server.cli(&["import", crate::wuxi::EXAMPLE]).success();
    let before: Vec<String> =
        crate::wuxi::FUNDS.iter().map(|fund| crate::wuxi::canonical(&server, fund)).collect();
    let folder = server.data_dir();
    program::run(&["rebuild", "--data-dir", folder.to_str().unwrap()]).success();
    let after: Vec<String> =
        crate::wuxi::FUNDS.iter().map(|fund| crate::wuxi::canonical(&server, fund)).collect();
    assert_eq!(before, after);
    server.cli(&["audit"]).success();
    // One server a folder.
    let second = program::run(&["serve", "--data-dir", folder.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    assert_ne!(second.code, Some(0));
}

/// Health and reflection, as any gRPC tool asks for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_answers_health_and_reflection() {
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_check_response::ServingStatus;
    use tonic_health::pb::health_client::HealthClient;
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let server = Server::start();
    let channel = tonic::transport::Endpoint::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut health = HealthClient::new(channel.clone());
    let services = ["registry.v1.RegistryService", "ledger.v1.LedgerService", "targets.v1.TargetService"];
    let services = services.into_iter().chain(["scoring.v1.ScoringService", "eventlog.v1.EventLogService"]);
    let services: Vec<String> = services.map(|name| format!("jixiao.{name}")).collect();
    for service in services.iter().map(String::as_str).chain([""]) {
        // It is served from the start, and ready once the logs are open.
        let began = std::time::Instant::now();
        loop {
            let request = HealthCheckRequest { service: service.to_owned() };
            let status = health.check(request).await.unwrap().into_inner().status;
            if status == i32::from(ServingStatus::Serving) {
                break;
            }
            assert!(began.elapsed() < std::time::Duration::from_secs(30), "{service} is not ready");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut reflection = ServerReflectionClient::new(channel);
    let mut answers =
        reflection.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response.unwrap();
    let MessageResponse::ListServicesResponse(listed) = answer else { panic!("{answer:?}") };
    let listed: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    assert!(services.iter().all(|service| listed.contains(service)), "{listed:?}");
}
