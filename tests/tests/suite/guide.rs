//! The examples of docs/subscribers.md, run from its own text against services apart.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::nats::{Connection, Flow, Limits, apply};
use jixiao_tests::apart::{Apart, SERVICES, Setup};
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;
use tempfile::TempDir;

use crate::api::Api;
use crate::wuxi::EXAMPLE;

const GUIDE: &str = include_str!("../../../docs/subscribers.md");

/// How long an example may take.
const LONGEST: Duration = Duration::from_mins(1);

/// An example's text.
#[track_caller]
fn text(name: &str) -> String {
    let marker = format!("<!-- example: {name} -->\n");
    let (_, rest) = GUIDE.split_once(&marker).unwrap_or_else(|| panic!("the guide has no example {name}"));
    let (_, code) = rest.split_once('\n').unwrap();
    code.split_once("\n```").unwrap().0.to_owned()
}

/// The Python that ./test made with docs/requirements.txt.
fn python() -> PathBuf {
    let python = env::var_os("JIXIAO_GUIDE_PYTHON").map(PathBuf::from);
    python.filter(|python| python.exists()).expect(
        "JIXIAO_GUIDE_PYTHON names a Python with docs/requirements.txt installed: ./test makes one, or \
         python3 -m venv V && V/bin/pip install --require-hashes -r docs/requirements.txt",
    )
}

/// Runs an example to its end: what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the example starts");
    let began = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LONGEST {
            child.kill().unwrap();
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{status}\n{stdout}\n{stderr}");
    stdout.into_owned()
}

/// The example that build.rs took from the guide and cargo built beside this test.
fn rust_example() -> Command {
    let test = env::current_exe().unwrap();
    let target = test.parent().and_then(|deps| deps.parent()).unwrap();
    let example = target.join("examples/subscriber");
    assert!(example.exists(), "{} is not built: cargo build --examples -p jixiao-tests", example.display());
    Command::new(example)
}

fn lines<'a>(events: impl IntoIterator<Item = &'a StoredEvent>) -> Vec<String> {
    let line = |event: &StoredEvent| {
        format!("{} jixiao.{}.v1.{} {}", event.position, event.log, event.event_type, event.id)
    };
    events.into_iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_guide_do_what_it_says() {
    let nats = Nats::start();
    let connection = Connection { url: nats.url(), ..Connection::default() };
    let flow = |log, consumers: &[&'static str]| Flow { log, consumers: consumers.to_vec() };
    // The stream of the targets is too small for its log, so that whoever follows it has a gap to fill.
    let small = Limits { max_bytes: 64 * 1024, ..Limits::default() };
    let flows = [flow("registry", &["ledger", "targets", "scoring"]), flow("ledger", &["scoring"])];
    apply(&connection, &[flow("targets", &["scoring"])], &small).await.unwrap();
    apply(&connection, &flows, &Limits::default()).await.unwrap();
    let mut setup = Setup::new(postgres::shared());
    setup.nats_url = Some(nats.url());
    let (mut apart, imported) = tokio::task::spawn_blocking(move || {
        let apart = Apart::start(setup);
        let imported = apart.cli(&["import", EXAMPLE]);
        (apart, imported)
    })
    .await
    .unwrap();
    imported.success();
    let urls = SERVICES.map(|service| apart.node(service, 0).url());
    let registry = Api::new(&urls[0]).read("registry").await;
    let ledger = Api::new(&urls[1]).read("ledger").await;
    let targets = Api::new(&urls[2]).read("targets").await;

    let folder = TempDir::new().unwrap();
    // A broker without users lets everybody in who says who they are.
    let password = folder.path().join("password");
    fs::write(&password, "secret\n").unwrap();

    // Rust: everything, in order, and once, be it in the stream or not.
    let servers = SERVICES.iter().zip(&urls).map(|(service, url)| format!("{service}={url}"));
    let servers = servers.collect::<Vec<_>>().join(",");
    for (log, server, events) in [("targets", &urls[2], &targets), ("ledger", &servers, &ledger)] {
        let mut subscriber = rust_example();
        subscriber.env("JIXIAO_NATS_URL", nats.url()).env("JIXIAO_SERVER", server).env("JIXIAO_LOG", log);
        subscriber.env("JIXIAO_NATS_USER", "report").env("JIXIAO_NATS_PASSWORD_FILE", &password);
        subscriber.env("JIXIAO_EXAMPLE_EVENTS", events.len().to_string());
        let heard = tokio::task::spawn_blocking(move || run(&mut subscriber)).await.unwrap();
        assert_eq!(heard.lines().collect::<Vec<_>>(), lines(events), "{log}");
    }
    let held = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let held = held.get_stream("JixiaoTargets").await.unwrap().cached_info().state.messages;
    assert!(held < targets.len() as u64, "all {held} events fit: there was no gap to fill");

    // Python over NATS: what its subjects name.
    let python = |name: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text(name)).unwrap();
        let mut command = Command::new(python());
        command.arg(&file).current_dir(folder.path());
        command
    };
    let subjects = ["budget_adjusted", "payment_made", "filing_recorded"];
    let named = |event: &&StoredEvent| subjects.contains(&event.event_type.as_str());
    let mut expected: Vec<String> = ledger
        .iter()
        .chain(&registry)
        .filter(named)
        .map(|event| {
            let fund = event.keys.iter().find_map(|key| jixiao_eventlog::fund_of(key)).unwrap();
            format!("jixiao.{}.v1.{} {} {fund} {}", event.log, event.event_type, event.position, event.actor)
        })
        .collect();
    for subject in subjects {
        assert!(expected.iter().any(|line| line.contains(subject)), "no {subject} in {expected:?}");
    }
    let mut subscriber = python("subscriber.py");
    subscriber.env("JIXIAO_NATS_URL", nats.url()).env("JIXIAO_EXAMPLE_EVENTS", expected.len().to_string());
    subscriber.env("JIXIAO_NATS_USER", "report").env("JIXIAO_NATS_PASSWORD_FILE", &password);
    let heard = tokio::task::spawn_blocking(move || run(&mut subscriber)).await.unwrap();
    let mut heard: Vec<_> = heard.lines().map(str::to_owned).collect();
    // Several consumers at once: each in its order, together in any.
    expected.sort();
    heard.sort();
    assert_eq!(heard, expected);

    // Python over gRPC, with stubs made as the guide says.
    let bin = self::python().parent().unwrap().to_owned();
    let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap());
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    std::os::unix::fs::symlink(root.join("proto"), folder.path().join("proto")).unwrap();
    let mut stubs = Command::new("sh");
    stubs.args(["-ec", &text("stubs.sh")]).current_dir(folder.path()).env("PATH", path);
    tokio::task::spawn_blocking(move || run(&mut stubs)).await.unwrap();
    let mut client = python("client.py");
    client.env("JIXIAO_TARGET", urls[0].strip_prefix("http://").unwrap());
    client.env("JIXIAO_EXAMPLE_EVENTS", (registry.len() + 1).to_string());
    let said = tokio::task::spawn_blocking(move || run(&mut client)).await.unwrap();
    let said: Vec<_> = said.lines().collect();
    assert!(said[0].starts_with("INVALID_ARGUMENT - "), "{}", said[0]);
    assert_eq!(said[1], "指南局");
    let now = Api::new(&urls[0]).read("registry").await;
    let watched = now.iter().map(|event| format!("jixiao.registry.v1.{} {}", event.event_type, event.id));
    assert_eq!(said[2..], watched.collect::<Vec<_>>());
    assert_eq!(now.last().unwrap().actor, "zhang.wei");
}
