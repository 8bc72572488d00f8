//! Moments: what was known by a recorded time, what counts by a business date, and what lies between two of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jixiao_eventlog::event::{GENESIS, recorded_text, request_hash};
use jixiao_eventlog::store::Head;
use jixiao_eventlog::{
    Clock, Log, Moment, Options, Query, ReadError, Source, StoredEvent, WHOLE_BYTES, rebuild,
};
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_tests::server::Server;
use serde_json::Value;
use tonic::Code;
use tonic_types::StatusExt;

use crate::api::{Api, increase};
use crate::orders::Streams;
use crate::requests::corpus::methods;
use crate::stores::Place;
use crate::toy::{Bank, Command, Mirror, UpgradedBank, deposit, withdraw};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

fn known_at(known_at: i64) -> Moment {
    Moment { as_of: None, known_at: Some(known_at) }
}

async fn head_of(log: &Log<Bank>) -> u64 {
    log.read(Query::new()).await.unwrap().head.position
}

/// A bank whose clock a test moves.
async fn bank(place: &Place) -> (Arc<Log<Bank>>, Arc<AtomicI64>) {
    let time = Arc::new(AtomicI64::new(0));
    let told = Arc::clone(&time);
    let clock: Clock = Arc::new(move || told.load(Ordering::SeqCst));
    let options = Options { clock: Some(clock), ..Options::default() };
    (Log::open(place.store::<Bank>().await, options).await.unwrap(), time)
}

#[tokio::test]
async fn what_was_known_by_a_time_is_the_fold_of_what_was_recorded_by_then() {
    for place in Place::all() {
        let (log, time) = bank(&place).await;
        for (now, account, amount) in [(100, "a", 5), (200, "b", 7), (300, "a", 11), (400, "c", 13)] {
            time.store(now, Ordering::SeqCst);
            deposit(&log, &format!("at {now}"), account, amount).await.unwrap();
        }
        time.store(500, Ordering::SeqCst);
        withdraw(&log, "at 500", "a", 16).await.unwrap();
        let balances = |page: &[(String, u64)]| {
            page.iter()
                .map(|(key, balance)| (key["account/".len()..].to_owned(), *balance))
                .collect::<Vec<_>>()
        };
        for (known, expected) in [
            (99, vec![]),
            (100, vec![("a", 5)]),
            (299, vec![("a", 5), ("b", 7)]),
            (300, vec![("a", 16), ("b", 7)]),
            (500, vec![("a", 0), ("b", 7), ("c", 13)]),
        ] {
            let expected: Vec<_> =
                expected.into_iter().map(|(of, balance)| (of.to_owned(), balance)).collect();
            let query = Query::new().key("account/a").page("account/", None, 10).at(known_at(known));
            let read = log.read(query).await.unwrap();
            assert_eq!(balances(&read.pages[0].rows), expected, "{}: known at {known}", place.name);
            let of_a = expected.iter().find(|(of, _)| of == "a").map(|(_, balance)| balance);
            assert_eq!(read.get("account/a"), of_a, "{}: known at {known}", place.name);
            assert!(!read.pages[0].more);
            // In pages of one, each after the last.
            let mut paged = Vec::new();
            let mut after: Option<String> = None;
            loop {
                let query = Query::new().page("account/", after.as_deref(), 1).at(known_at(known));
                let page = log.read(query).await.unwrap().pages.remove(0);
                let Some((last, _)) = page.rows.last() else { break };
                after = Some(last.clone());
                paged.extend(page.rows);
            }
            assert_eq!(balances(&paged), expected, "{}: known at {known}, page by page", place.name);
        }
        let between =
            log.between(&[], &["account/".to_owned()], u64::MAX, [known_at(200), known_at(400)]).await;
        let between: Vec<_> =
            between.unwrap().into_iter().map(|one| (one.row.position, one.is_left_out)).collect();
        assert_eq!(between, [(3, false), (4, false)], "{}", place.name);
        let back = log.between(&["account/a".to_owned()], &[], 4, [Moment::default(), known_at(100)]).await;
        let back: Vec<_> = back.unwrap().into_iter().map(|one| (one.row.position, one.is_left_out)).collect();
        assert_eq!(back, [(3, true)], "{}: up to a position", place.name);
    }
}

#[tokio::test]
async fn a_scratch_copy_is_decided_over_and_leaves_nothing() {
    for place in Place::all() {
        let (log, time) = bank(&place).await;
        time.store(100, Ordering::SeqCst);
        deposit(&log, "r1", "a", 5).await.unwrap();
        time.store(200, Ordering::SeqCst);
        deposit(&log, "r2", "b", 7).await.unwrap();
        let head = head_of(&log).await;
        for (moment, a, b) in [(Moment::default(), 5, 7), (known_at(100), 5, 0)] {
            let mut scratch = log.scratch(moment).await.unwrap();
            let sweep = Command::Sweep { prefix: String::new(), into: "all".to_owned() };
            scratch.execute(&sweep, "scratch", "tester").await.unwrap().unwrap();
            let refused = Command::Withdraw { account: "a".to_owned(), amount: 1 };
            assert!(scratch.execute(&refused, "scratch 2", "tester").await.unwrap().is_err());
            assert_eq!(scratch.get("account/all").await.unwrap(), Some(&(a + b)), "{}", place.name);
            let read = scratch.read(Query::new().page("account/", None, 10)).await.unwrap();
            let balances: BTreeMap<_, _> = read.pages[0].rows.iter().cloned().collect();
            assert_eq!(balances.get("account/all"), Some(&(a + b)), "{}: {moment}", place.name);
            assert_eq!(balances.get("account/a"), Some(&0), "{}: {moment}", place.name);
            // What a scratch copy has not seen yet is read beneath what was folded.
            let mut scratch = log.scratch(moment).await.unwrap();
            let deposit = Command::Deposit { account: "0".to_owned(), amount: 3 };
            scratch.execute(&deposit, "scratch 3", "tester").await.unwrap().unwrap();
            let first = scratch.read(Query::new().page("account/", None, 2)).await.unwrap();
            let keys: Vec<_> = first.pages[0].rows.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!(keys, ["account/0", "account/a"], "{}: {moment}", place.name);
        }
        assert_eq!(head_of(&log).await, head, "{}: nothing was written", place.name);
    }
}

#[tokio::test]
async fn keys_of_a_later_program_are_there_for_what_was_recorded_before_it() {
    for place in Place::all() {
        let (log, time) = bank(&place).await;
        for (now, amount) in [(100, 5), (200, 7)] {
            time.store(now, Ordering::SeqCst);
            deposit(&log, &format!("at {now}"), "a", amount).await.unwrap();
        }
        drop(log);
        // Opening it folds everything anew, by the keys of this program.
        let log = place.log::<UpgradedBank>().await;
        for _ in 0..2 {
            let query = Query::new().key("turnover").at(known_at(100));
            let read = log.read(query).await.unwrap();
            assert_eq!(read.get("turnover"), Some(&5), "{}", place.name);
            rebuild::<UpgradedBank>(&place.store::<UpgradedBank>().await).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_history_that_is_too_long_is_refused() {
    let place = Place::sqlite();
    let store = place.store::<Bank>().await;
    let pad = "x".repeat(250_000);
    let mut previous = GENESIS.to_owned();
    let mut position = 0;
    while usize::try_from(position).unwrap() * pad.len() <= WHOLE_BYTES {
        let (mut tx, head) = store.begin().await.unwrap();
        let mut events = Vec::new();
        for _ in 0..50 {
            position += 1;
            let request_id = format!("r{position}");
            let mut event = StoredEvent {
                log: "bank".into(),
                position,
                id: StoredEvent::id_for("bank", &request_id, 0),
                keys: vec!["account/a".into()],
                event_type: "deposited".into(),
                payload: format!(r#"{{"type":"deposited","account":"a","amount":1,"pad":"{pad}"}}"#),
                causation: None,
                correlation: None,
                trace: None,
                actor: "tester".into(),
                approval: None,
                effective: None,
                recorded_time: 1,
                request_hash: request_hash(request_id.as_bytes()),
                request_id,
                request_index: 0,
                previous_hash: previous.clone(),
                hash: String::new(),
            };
            event.hash = event.compute_hash();
            previous.clone_from(&event.hash);
            events.push(event);
        }
        tx.append(&events).await.unwrap();
        tx.move_head(&Head { position, hash: previous.clone(), recorded_time: 1, ..head }).await.unwrap();
        tx.commit().await.unwrap();
    }
    let log = place.log::<Bank>().await;
    for query in [Query::new().key("account/a"), Query::new().page("account/", None, 1)] {
        assert_eq!(log.read(query.clone().at(known_at(1))).await.unwrap_err(), ReadError::TooMuch);
        log.read(query).await.unwrap();
    }
    let between = log.between(&["account/a".to_owned()], &[], u64::MAX, [known_at(0), known_at(1)]).await;
    assert_eq!(between.unwrap_err(), ReadError::TooMuch);
}

#[tokio::test]
async fn a_time_that_a_source_is_not_known_to_have_passed_is_waited_for() {
    let (place, source) = (Place::sqlite(), Place::sqlite());
    let (bank, time) = bank(&source).await;
    time.store(100, Ordering::SeqCst);
    deposit(&bank, "r1", "a", 5).await.unwrap();
    time.store(200, Ordering::SeqCst);
    deposit(&bank, "r2", "a", 7).await.unwrap();
    let events = bank.read_after(&jixiao_eventlog::Position::beginning("bank"), 10).await.unwrap().0;
    // Nobody follows the bank: only what it recorded says how far its time has come.
    let mirror = place.log::<Mirror>().await;
    mirror.deliver(&events[0]).await.unwrap().unwrap();
    mirror.wait_until_passed(99).await.unwrap();
    let begun = Instant::now();
    let early = mirror.wait_until_passed(100).await.unwrap_err();
    assert!(matches!(&early, ReadError::NotPassed { log, known_at: 100, .. } if log == "bank"), "{early}");
    assert!(begun.elapsed() >= Duration::from_secs(9), "it waits: {:?}", begun.elapsed());
    mirror.deliver(&events[1]).await.unwrap().unwrap();
    mirror.wait_until_passed(199).await.unwrap();
    // A time far ahead is refused at once, with when to come again.
    let begun = Instant::now();
    let ahead = i64::MAX / 2;
    let refused = mirror.wait_until_passed(ahead).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert!(matches!(refused, ReadError::NotPassed { retry, .. } if retry == Duration::from_hours(1)));
}

/// What a program is told.
fn json(server: &Server, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    serde_json::from_str(&server.cli(&arguments).success().stdout).unwrap()
}

#[test]
fn the_year_2019_of_wuxi_before_and_after_each_date() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    canonical(&server, FUNDS[0]);
    let smart =
        |from: &str, to: &str| json(&server, &["compare", "smart-city-2019", "--from", from, "--to", to]);
    let side = |compared: &Value, side: &str| {
        let evaluation = &compared[side]["evaluation"];
        let text = |at: &Value| at.as_str().unwrap().to_owned();
        [&evaluation["budget"]["adjusted"], &evaluation["budget"]["paid"], &evaluation["score"]].map(text)
    };
    let points = |compared: &Value| {
        let indicators = compared["indicators"].as_array().unwrap().iter();
        let change = |one: &Value| {
            let events = one["events"].as_array().unwrap().iter();
            let events: Vec<_> = events
                .map(|event| {
                    assert_eq!(event["is_left_out"], false);
                    format!("{} {}", event["type"].as_str().unwrap(), event["effective"].as_str().unwrap())
                })
                .collect();
            (
                one["indicator"].as_str().unwrap().to_owned(),
                one["score_change"].as_str().unwrap().to_owned(),
                events,
            )
        };
        indicators.map(change).collect::<Vec<_>>()
    };
    let others = |compared: &Value| {
        let events = compared["other_events"].as_array().unwrap().iter();
        let told = |event: &Value| {
            format!("{} {}", event["type"].as_str().unwrap(), event["effective"].as_str().unwrap())
        };
        events.map(told).collect::<Vec<_>>()
    };
    let text = |of: [&str; 3]| of.map(str::to_owned);

    // The transfer between agencies moves no money of the fund and no point.
    let transfer = smart("2019-01", "2019-02");
    assert_eq!(points(&transfer), [], "{transfer:#}");
    assert_eq!(
        others(&transfer),
        <[String; 0]>::default(),
        "who holds the money is no fact of an evaluation"
    );

    // The cut of 669 on 28 October: a rate of 16.725 % takes all 4 points of the adjustment.
    let cut = smart("2019-10-27", "2019-10-28");
    assert_eq!(side(&cut, "from"), text(["40000000.00", "0.00", "11"]));
    assert_eq!(side(&cut, "to"), text(["33310000.00", "0.00", "7"]));
    let rate = "management.funds_use.adjustment_rate".to_owned();
    assert_eq!(points(&cut), [(rate, "-4".to_owned(), vec!["budget_adjusted 2019-10-28".to_owned()])]);
    let adjusted = &cut["indicators"][0];
    assert_eq!((&adjusted["before"]["score"], &adjusted["after"]["score"]), (&"4".into(), &"0".into()));
    assert_eq!(adjusted["after"]["measured"], "16.725");

    // November counts from its last day: 45 more, and the rate by cuts alone stays.
    assert_eq!(points(&smart("2019-10-28", "2019-11-29")), []);
    let november = smart("2019-11-29", "2019-11-30");
    assert_eq!(side(&november, "to"), text(["33760000.00", "0.00", "7"]));
    assert_eq!(points(&november), []);
    assert!(others(&november).iter().any(|event| event == "budget_adjusted 2019-11"), "{november:#}");

    // On 3 December the second phase is accepted; what was reached is known of the year alone.
    let accepted = smart("2019-12-02", "2019-12-03");
    assert_eq!(points(&accepted), []);
    assert!(others(&accepted).iter().any(|event| event.ends_with(" 2019-12-03")), "{accepted:#}");

    // What is known of 2019 counts at its end: payments, the rest of the increase, what targets came to.
    let end = smart("2019-12-30", "2019-12-31");
    assert_eq!(side(&end, "from"), text(["33760000.00", "0.00", "7"]));
    assert_eq!(side(&end, "to")[..2], text(["36592000.00", "24425000.00", ""])[..2]);
    let changed = points(&end);
    let execution = changed.iter().find(|(path, ..)| path == "management.funds_use.execution_rate").unwrap();
    assert_eq!(execution.2, ["budget_adjusted 2019", "payment_made 2019"]);
    let execution = end["indicators"].as_array().unwrap().iter();
    let execution =
        execution.clone().find(|one| one["indicator"] == "management.funds_use.execution_rate").unwrap();
    assert_eq!(execution["before"]["measured"], "0");
    assert_eq!(execution["after"]["measured"], "66.74956274595540008745080892");
    assert!(changed.iter().filter(|(path, ..)| path.starts_with("targets.detail.")).count() > 30);
    let moved: Vec<_> =
        end["sums"].as_array().unwrap().iter().map(|sum| sum["node"].as_str().unwrap()).collect();
    assert_eq!(moved, ["total", "targets", "targets.overall", "targets.detail"]);

    // And that is the evaluation of everything that is dated.
    // The units scored themselves on 5 June 2020.
    let year = smart("2020-06-05", "now");
    assert_eq!(points(&year), [], "{year:#}");
    let by_date =
        server.cli(&["evaluate", FUNDS[0], "--canonical", "--as-of", "2020-06-05"]).success().stdout;
    let now = canonical(&server, FUNDS[0]);
    let of = |text: &str| serde_json::from_str::<Value>(text).unwrap()["sums"].clone();
    assert_eq!(of(&by_date), of(&now));

    // People are told the same, in both languages.
    for (language, told) in [("en", "Budget adjustment rate"), ("zh", "预算调整率")] {
        let arguments =
            ["compare", FUNDS[0], "--from", "2019-10-27", "--to", "2019-10-28", "--lang", language];
        let said = server.cli(&arguments).success().stdout;
        assert!(said.contains(told) && said.contains("2019-10-28") && said.contains("16.725"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_known_at_a_time_is_what_a_server_that_stopped_then_says() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    // A history beyond the import: money, and a person's judgement.
    for n in 0..3 {
        let more = increase(&format!("more-{n}"), FUNDS[0], 1_000 * (n + 1));
        api.ledger.adjust_budget(more).await.unwrap();
        let judged = scoring::SetManualScoreRequest {
            request_id: format!("judged-{n}"),
            name: format!("funds/{}/indicators/management.funds_use.compliance", FUNDS[0]),
            score: format!("{}", 3 + n % 2),
            reason: "查阅账簿".to_owned(),
            on: "2020-03".to_owned(),
            ..Default::default()
        };
        api.scoring.set_manual_score(judged).await.unwrap();
    }
    let now: Vec<String> = FUNDS.iter().map(|fund| canonical(&server, fund)).collect();
    let mut times = Vec::new();
    for log in ["ledger", "scoring"] {
        times.extend(api.read(log).await.iter().map(|event| event.recorded_time));
    }
    let opened = api.read("scoring").await;
    let opened = opened.iter().filter(|event| event.event_type == "evaluation_opened");
    let opened = opened.map(|event| event.recorded_time).max().unwrap();
    times.retain(|time| *time >= opened);
    times.sort_unstable();
    times.dedup();
    let ask = |fund: &str, known_at: &str| {
        server.cli(&["evaluate", fund, "--canonical", "--known-at", known_at]).success().stdout
    };
    let last = *times.last().unwrap();
    for (fund, stored) in FUNDS.iter().zip(&now) {
        assert_eq!(ask(fund, &recorded_text(last)), *stored, "{fund}: all that is known is what is stored");
    }
    let step = (times.len() / 6).max(1);
    let mut seen = std::collections::BTreeSet::new();
    for time in times.iter().step_by(step).chain([&last]) {
        let stopped = Streams::until(&mut api, *time).await.answer().await;
        for (fund, stopped) in FUNDS.iter().zip(&stopped) {
            assert_eq!(
                ask(fund, &recorded_text(*time)),
                *stopped,
                "{fund}: known at {}",
                recorded_text(*time)
            );
        }
        seen.insert(stopped[0].clone());
    }
    assert!(seen.len() > 3, "the times tell different evaluations apart: {}", seen.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moments_are_read_alike_by_every_service_and_wrong_ones_named() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let ahead = scoring::GetEvaluationRequest {
        name: "funds/smart-city-2019".to_owned(),
        known_at: "2199-01-01T00:00:00Z".to_owned(),
        ..Default::default()
    };
    let early = api.scoring.get_evaluation(ahead).await.unwrap_err();
    assert_eq!(early.code(), Code::Unavailable, "{early}");
    assert_eq!(early.get_details_error_info().unwrap().reason, "KNOWN_AT_NOT_PASSED");
    assert!(early.get_details_retry_info().unwrap().retry_delay.is_some());
    let wrong = scoring::CompareEvaluationsRequest {
        name: "funds/smart-city-2019".to_owned(),
        from: Some(scoring::Moment { as_of: "2019-13".to_owned(), known_at: "yesterday".to_owned() }),
        ..Default::default()
    };
    let wrong = api.scoring.compare_evaluations(wrong).await.unwrap_err();
    let violations = wrong.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|one| (one.field.as_str(), one.reason.as_str())).collect();
    assert_eq!(fields, [("from.as_of", "BAD_DATE"), ("from.known_at", "BAD_TIME")]);
    // Before anything was recorded nothing is known, by any service.
    let (name, known_at) = ("funds/smart-city-2019".to_owned(), "2020-01-01T00:00:00Z".to_owned());
    let asked = jixiao_proto::jixiao::registry::v1::GetFundRequest { name, known_at, ..Default::default() };
    assert_eq!(api.registry.get_fund(asked.clone()).await.unwrap_err().code(), Code::NotFound);
    let (name, known_at) = (asked.name, asked.known_at);
    let asked = jixiao_proto::jixiao::ledger::v1::GetBudgetRequest { name, known_at, ..Default::default() };
    assert_eq!(api.ledger.get_budget(asked.clone()).await.unwrap_err().code(), Code::NotFound);
    let (parent, known_at) = (asked.name, asked.known_at);
    let asked =
        jixiao_proto::jixiao::targets::v1::ListTargetsRequest { parent, known_at, ..Default::default() };
    assert_eq!(api.targets.list_targets(asked.clone()).await.unwrap_err().code(), Code::NotFound);
    // The transfer of February, with which the money moves to another agency.
    let entries = |as_of: &str| jixiao_proto::jixiao::ledger::v1::ListEntriesRequest {
        parent: asked.parent.clone(),
        as_of: as_of.to_owned(),
        ..Default::default()
    };
    let mut named = Vec::new();
    for as_of in ["2019-02-27", "2019-02"] {
        let listed = api.ledger.list_entries(entries(as_of)).await.unwrap().into_inner().entries;
        named.push(listed.into_iter().map(|entry| entry.name).collect::<Vec<_>>());
    }
    // What has no date counts at any.
    let [before, after] = <[Vec<String>; 2]>::try_from(named).unwrap();
    let came: Vec<_> = after.into_iter().filter(|entry| !before.contains(entry)).collect();
    assert_eq!(came, [format!("{}/entries/transfer-2019-02", asked.parent)]);
    assert!(before.contains(&format!("{}/entries/original", asked.parent)), "{before:?}");
    // The ledger by a date: the cut of October is there, the payments of the year are not.
    let (name, as_of) = (asked.parent, "2019-10".to_owned());
    let asked = jixiao_proto::jixiao::ledger::v1::GetBudgetRequest { name, as_of, ..Default::default() };
    let budget = api.ledger.get_budget(asked).await.unwrap().into_inner().budget.unwrap();
    assert_eq!(budget.adjusted.unwrap().units, 33_310_000);
    assert_eq!(budget.paid.map_or(0, |paid| paid.units), 0);
    // A page of one moment is no page of another.
    let list = |as_of: &str, page_token: String| scoring::ListIndicatorsRequest {
        parent: "funds/smart-city-2019".to_owned(),
        page_size: 2,
        as_of: as_of.to_owned(),
        page_token,
        ..Default::default()
    };
    let page = api.scoring.list_indicators(list("2019-10", String::new())).await.unwrap().into_inner();
    let next = page.next_page_token;
    api.scoring.list_indicators(list("2019-10", next.clone())).await.unwrap();
    let other = api.scoring.list_indicators(list("2019-11", next)).await.unwrap_err();
    assert_eq!(other.code(), Code::InvalidArgument, "{other}");
}

/// The reads that take no moment or half of one, each with the reason.
const WITHOUT: [(&str, &[&str], &str); 18] = [
    ("ListChanges", &["as_of"], "what was said of an evaluation has no business date"),
    ("ListFindingChanges", &["as_of"], "what was said of findings has no business date"),
    ("ListEvaluationRecords", &["as_of"], "a record is recorded; its dates are what it says"),
    ("ListScores", &["as_of"], "what was said of an indicator; the dates are what it says"),
    ("CompareEvaluations", &["as_of", "known_at"], "it has two of them"),
    ("WatchFindings", &["as_of", "known_at"], "a watch is about what is to come"),
    ("Simulate", &["as_of", "known_at"], "it supposes what follows from now on"),
    ("ListWarningChanges", &["as_of"], "what was said of warnings has no business date"),
    ("WatchWarnings", &["as_of", "known_at"], "a watch is about what is to come"),
    ("ListChecks", &["as_of", "known_at"], "checks are the program's"),
    ("ListLogs", &["as_of", "known_at"], "about logs"),
    ("ReadEvents", &["as_of", "known_at"], "by positions"),
    ("WatchEvents", &["as_of", "known_at"], "by positions"),
    ("ListFeeds", &["as_of", "known_at"], "how feeds fare"),
    ("ListParkedFunds", &["as_of", "known_at"], "what stands still"),
    ("GetParkedFund", &["as_of", "known_at"], "what stands still"),
    ("RetryParkedFund", &["as_of", "known_at"], "it writes"),
    ("RefollowFeed", &["as_of", "known_at"], "it writes"),
];

#[test]
fn every_call_that_reads_takes_a_moment_or_says_why_not() {
    for method in methods() {
        let request = method.input();
        let has = |field: &str| request.get_field_by_name(field).is_some();
        let lacks: Vec<_> = ["as_of", "known_at"].into_iter().filter(|field| !has(field)).collect();
        let known = WITHOUT.iter().find(|(name, ..)| *name == method.name());
        let expected = match known {
            Some((_, lacks, _)) => lacks.to_vec(),
            None if has("request_id") => vec!["as_of", "known_at"],
            None => vec![],
        };
        assert_eq!(lacks, expected, "{}", method.full_name());
    }
}
