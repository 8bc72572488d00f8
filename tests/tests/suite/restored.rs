//! One database restored from an older copy, as an operator does it: reported, marked stale, followed again.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_tests::server::{Config, Server};
use jixiao_tests::{postgres, postgres::Endpoint};
use serde_json::Value;

use crate::api::{Api, increase, money};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

const FUND: &str = "smart-city-2019";

/// Where a server's logs are, and how an operator keeps a copy of one.
enum Data {
    Folder,
    Postgres(String),
}

impl Data {
    fn start(&self) -> Server {
        match self {
            Self::Folder => Server::start(),
            Self::Postgres(prefix) => Server::start_on(&postgres::shared().url(prefix)),
        }
    }

    /// Copies a log, or takes the copy back. The server is stopped.
    fn copy(&self, server: &Server, log: &str, back: bool) {
        match self {
            Self::Folder => {
                let (data, copy) = (server.data_dir(), server.folder().join("copy"));
                let (from, to) = if back { (copy, data) } else { (data, copy) };
                fs::create_dir_all(&to).unwrap();
                for file in files(&to, log) {
                    fs::remove_file(file).unwrap();
                }
                for file in files(&from, log) {
                    fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
                }
            }
            Self::Postgres(prefix) => {
                let (live, copy) = (format!("{prefix}_{log}"), format!("{prefix}_{log}_copy"));
                let (from, to) = if back { (copy, live) } else { (live, copy) };
                let server: &Endpoint = postgres::shared();
                server.query("postgres", &format!("DROP DATABASE IF EXISTS \"{to}\" WITH (FORCE)"));
                server.query("postgres", &format!("CREATE DATABASE \"{to}\" TEMPLATE \"{from}\""));
            }
        }
    }
}

/// The files of a log's database.
fn files(folder: &Path, log: &str) -> Vec<std::path::PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&format!("{log}.sqlite")))
        .collect()
}

/// What a client records in a log; the number tells one round from another.
async fn record(api: &mut Api, log: &str, round: u32) {
    match log {
        "ledger" => {
            let request = increase(&format!("restored-{round}"), FUND, 1_000_000 * i64::from(round));
            api.ledger.adjust_budget(request).await.unwrap();
        }
        "targets" => {
            let number = format!("{}", 45 + round);
            let request = targets::RecordActualRequest {
                request_id: format!("restored-{round}"),
                name: format!("funds/{FUND}/targets/d20"),
                measured: Some(targets::Measured { value: Some(targets::measured::Value::Number(number)) }),
                unit: "家".into(),
                on: "2019-12-31".into(),
                ..Default::default()
            };
            api.targets.record_actual(request).await.unwrap();
        }
        _ => {
            let project = ["big-data-centre-cloud", "big-data-centre-maintenance"][round as usize % 2];
            let request = registry::RecordFilingRequest {
                request_id: format!("restored-{round}"),
                name: format!("funds/{FUND}/projects/{project}"),
                kind: registry::FilingKind::ContractFiling.into(),
                state: registry::FilingState::NotFiled.into(),
                ..Default::default()
            };
            api.registry.record_filing(request).await.unwrap();
        }
    }
}

/// A decision of scoring's own that a person makes while the lost events count.
async fn state_a_figure(api: &mut Api) {
    let wait_for = api.heads().await.into_iter().take(3).collect();
    let request = scoring::StateFigureRequest {
        request_id: "restored-figure".into(),
        wait_for,
        fund: format!("funds/{FUND}"),
        quantity: "budget.adjusted".into(),
        stated: "1".into(),
        value: "1".into(),
        basis: "stated".into(),
        place: "a report of today".into(),
        ..Default::default()
    };
    api.scoring.state_figure(request).await.unwrap();
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(30), "never came: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

async fn a_restored_log(data: Data, log: &str) {
    let mut server = data.start();
    server.cli(&["import", EXAMPLE]).success();
    let before = FUNDS.map(|fund| canonical(&server, fund));
    server.stop();
    data.copy(&server, log, false);

    // What the log will have lost, and a decision that rests on it.
    server.restart();
    let mut api = Api::new(&server.url());
    record(&mut api, log, 1).await;
    state_a_figure(&mut api).await;
    let lost = canonical(&server, FUND);
    assert_ne!(lost, before[0], "{log}");
    let figure = canonical(&server, FUNDS[1]);
    assert_eq!(figure, before[1]);
    let whole = server.cli(&["evaluate", FUND]).success();
    assert!(!whole.stderr.contains("jixiao refollow"), "{}", whole.stderr);
    server.stop();

    data.copy(&server, log, true);
    server.restart();
    // Reported, and every answer that rests on it is marked.
    let stale =
        || server.cli(&["evaluate", FUND]).success().stderr.contains(&format!("jixiao refollow {log}"));
    until("the answers are marked stale", stale);
    assert!(server.stderr().contains("the source lost its end"), "{}", server.stderr());
    let explained = server.cli(&["explain", FUND, "execution_rate", "--lang", "zh"]).success();
    assert!(explained.stderr.contains("已过时"), "{}", explained.stderr);
    // Other funds are marked too: nobody knows which the lost events named.
    let mut api = Api::new(&server.url());
    let request = scoring::GetEvaluationRequest { name: format!("funds/{}", FUNDS[1]), ..Default::default() };
    let answer = api.scoring.get_evaluation(request).await.unwrap();
    assert_eq!(answer.metadata().get("jixiao-stale").unwrap(), log);
    let request = scoring::GetEvaluationRequest { name: "funds/nowhere".into(), ..Default::default() };
    let refused = api.scoring.get_evaluation(request).await.unwrap_err();
    assert_eq!(refused.metadata().get("jixiao-stale").unwrap(), log, "refusals too");
    // The log goes on, and nothing of it is mixed with what is lost.
    record(&mut api, log, 2).await;
    assert_eq!(server.cli(&["evaluate", FUND, "--canonical"]).success().stdout, lost, "{log}");
    // Each service notices for itself.
    let consumers: usize = if log == "registry" { 3 } else { 1 };
    until("every consumer has noticed", || {
        server.stderr().matches("the source lost its end").count() == consumers
    });

    // A server that is not named would be left out without a word; one that is away takes nothing of what was done from the
    // answer.
    let (url, away) = (server.url(), "http://127.0.0.1:9");
    let servers = format!("ledger={url},targets={url}");
    let left_out = server.cli(&["refollow", "scoring", "--server", &servers]);
    assert_eq!(left_out.code, Some(4), "{left_out:?}");
    assert!(left_out.stderr.contains("add scoring=URL"), "{left_out:?}");
    let servers = format!("{servers},scoring={away}");
    let partly = server.cli(&["refollow", log, "--format", "json", "--server", &servers]);
    assert_eq!(partly.code, Some(4), "{partly:?}");
    let told: Value = serde_json::from_str(&partly.stdout).unwrap();
    let told = told["refollowed"].as_array().unwrap();
    assert_eq!(told.len(), consumers, "{told:?}");
    for done in told {
        let place = |name: &str| done[name].as_u64().unwrap();
        assert_eq!(place("until"), place("after") + 1, "{log}: one event is lost");
        // Ledger and targets use nothing of a filing.
        let is_touched = log != "registry" || done["service"] == "scoring";
        let funds: Vec<_> = is_touched.then(|| format!("funds/{FUND}")).into_iter().collect();
        assert_eq!(done["funds"], serde_json::json!(funds));
        // The stated figure stands and is flagged.
        let flagged = u64::from(done["service"] == "scoring");
        assert_eq!(place("decided_on_voided_count"), flagged, "{done}");
    }
    let anew = FUNDS.map(|fund| canonical(&server, fund));
    let calm = server.cli(&["evaluate", FUND]).success();
    assert!(!calm.stderr.contains("jixiao refollow"), "{}", calm.stderr);
    assert!(server.cli(&["refollow", log]).success().stdout.contains("nothing to do"));
    server.cli(&["audit"]).success();

    // A run that only ever saw what survived.
    let reference = Server::start_with(Config::default());
    reference.cli(&["import", EXAMPLE]).success();
    let mut other = Api::new(&reference.url());
    state_a_figure(&mut other).await;
    record(&mut other, log, 2).await;
    assert_eq!(FUNDS.map(|fund| canonical(&reference, fund)), anew, "{log}");
    assert_ne!(anew[0], lost);

    // And the folds agree: what was voided stays void.
    let rebuilt = match &data {
        Data::Folder => {
            server.stop();
            server.cli(&["rebuild", "--data-dir", server.data_dir().to_str().unwrap(), "--format", "json"])
        }
        Data::Postgres(prefix) => {
            let url = postgres::shared().url(prefix);
            server.cli(&["rebuild", "--database-url", &url, "--format", "json"])
        }
    };
    let rebuilt: Value = serde_json::from_str(&rebuilt.success().stdout).unwrap();
    for line in rebuilt["logs"].as_array().unwrap() {
        assert_eq!(line["differed"], serde_json::json!([]), "{line}");
    }
    // An import reads the logs with their voids.
    server.restart();
    server.cli(&["import", EXAMPLE, "--dry-run"]).success();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_ledger_is_followed_again() {
    a_restored_log(Data::Folder, "ledger").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_registry_is_followed_again() {
    a_restored_log(Data::Folder, "registry").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restored_targets_are_followed_again() {
    a_restored_log(Data::Folder, "targets").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_ledger_on_postgres_is_followed_again() {
    a_restored_log(Data::Postgres(postgres::shared().fresh_name("restored")), "ledger").await;
}

/// What is said of an indicator of a fund.
async fn say(api: &mut Api, fund: &str, words: &str) {
    let request = targets::RecordSelfScoreRequest {
        request_id: format!("{fund} says {words}"),
        name: format!("funds/{fund}/indicators/management.operation.tracking"),
        score: "2".into(),
        on: "2020-06-05".into(),
        reason: words.into(),
        ..Default::default()
    };
    api.targets.record_self_score(request).await.unwrap();
}

/// What is copied between the funds in some words, by the funds that have a finding about it.
fn copies(server: &Server, words: &str) -> Vec<bool> {
    let found = FUNDS.iter().map(|fund| {
        let found =
            server.cli(&["findings", fund, "--code", "copied_between_funds", "--wait", "--lang", "zh"]);
        assert!(matches!(found.code, Some(0 | 1)), "{found:?}");
        found.stdout.contains(words)
    });
    found.collect()
}

/// The words of one fund that are lost, and those that stand again, are compared with the other's, of which nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_fund_says_is_compared_again() {
    const THEIRS: &str = "跟踪办法已经备案";
    const EARLIER: &str = "跟踪记录齐全";
    let data = Data::Folder;
    let mut server = data.start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    say(&mut api, FUNDS[1], EARLIER).await;
    assert_eq!((copies(&server, THEIRS), copies(&server, EARLIER)), (vec![false; 2], vec![false; 2]));
    server.stop();
    data.copy(&server, "targets", false);
    server.restart();
    let mut api = Api::new(&server.url());
    say(&mut api, FUNDS[1], THEIRS).await;
    assert_eq!(copies(&server, THEIRS), [false; 2]);
    // The other fund says it later, in a log that loses nothing: what raised its finding stays.
    let explained = ledger::ExplainUnspentRequest {
        request_id: "their words".into(),
        scope: format!("funds/{}/projects/smart-work-safety", FUNDS[0]),
        entry_id: "their-words".into(),
        amount: money(1),
        reason: THEIRS.into(),
        ..Default::default()
    };
    api.ledger.explain_unspent(explained).await.unwrap();
    assert_eq!(copies(&server, THEIRS), [true; 2]);
    server.stop();
    data.copy(&server, "targets", true);
    server.restart();
    until("the fork is noticed", || server.stderr().contains("the source lost its end"));
    server.cli(&["refollow", "targets"]).success();
    assert_eq!(copies(&server, THEIRS), [false; 2], "what is lost is copied from nobody");
    // And what stands again is compared: it was taken away by what is lost.
    let mut api = Api::new(&server.url());
    say(&mut api, FUNDS[0], EARLIER).await;
    assert_eq!(copies(&server, EARLIER), [true; 2]);
    server.cli(&["audit"]).success();
}
