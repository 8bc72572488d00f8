//! Findings over gRPC, on both stores: lists, their order and pages, what raises and clears them, and bad requests.

use std::collections::BTreeSet;
use std::time::Duration;

use jixiao_eventlog::Position;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::FindingChangeKind::{Cleared, Raised};
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use serde_json::Value;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

use crate::api::Api;
use crate::wuxi::{EXAMPLE, FUNDS};

const FUND: &str = "funds/smart-city-2019";
const TARGET: &str = "funds/smart-city-2019/targets/d20";
const CODE: &str = "unmet_but_full";

/// What findings are sorted by.
type Read = fn(&pb::Finding) -> String;

/// What the example's figures hold whatever other checks there are.
const KNOWN: [(&str, &str); 6] = [
    ("score_above_weight", "funds/e-government-2019/indicators/management.target_setting.clarity"),
    ("score_above_weight", "funds/e-government-2019/indicators/management.target_setting.reasonableness"),
    ("met_not_full", "funds/e-government-2019/targets/d14"),
    ("met_not_full", "funds/smart-city-2019/targets/d15"),
    ("met_not_full", "funds/smart-city-2019/targets/d18"),
    (CODE, TARGET),
];

/// A server on each store with the example, and a client.
fn servers() -> Vec<Server> {
    let url = postgres::shared().url(&postgres::shared().fresh_name("findings"));
    let servers = vec![Server::start(), Server::start_on(&url)];
    for server in &servers {
        server.cli(&["import", EXAMPLE]).success();
    }
    servers
}

/// Asks for all findings of a fund, once all that the other services hold is taken in.
async fn request(api: &mut Api, parent: &str) -> pb::ListFindingsRequest {
    let (parent, wait_for) = (parent.to_owned(), api.heads().await);
    pb::ListFindingsRequest { parent, page_size: 1_000, wait_for, ..Default::default() }
}

async fn list(api: &mut Api, request: &pb::ListFindingsRequest) -> pb::ListFindingsResponse {
    api.scoring.list_findings(request.clone()).await.unwrap().into_inner()
}

fn names(findings: &[pb::Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.name.as_str()).collect()
}

/// Records what the target reached.
async fn reached(api: &mut Api, value: &str) -> Recorded {
    let request = targets::RecordActualRequest {
        request_id: format!("findings-{value}"),
        name: TARGET.to_owned(),
        measured: Some(targets::Measured { value: Some(targets::measured::Value::Number(value.into())) }),
        unit: "家".into(),
        on: "2019-12-31".into(),
        ..Default::default()
    };
    api.targets.record_actual(request).await.unwrap().into_inner().recorded.unwrap()
}

async fn next(changes: &mut Streaming<pb::WatchFindingsResponse>) -> pb::WatchFindingsResponse {
    let next = tokio::time::timeout(Duration::from_secs(30), changes.message()).await;
    next.expect("a change in time").unwrap().expect("the watch goes on")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_are_filtered_sorted_and_paged_alike_on_both_stores() {
    let mut of_stores = Vec::new();
    for server in servers() {
        let mut api = Api::new(&server.url());
        let mut all = Vec::new();
        for fund in FUNDS {
            let asked = request(&mut api, &format!("funds/{fund}")).await;
            let answer = list(&mut api, &asked).await;
            assert_eq!(answer.total_size, i64::try_from(answer.findings.len()).unwrap());
            all.extend(answer.findings);
        }
        let is_there = |(code, subject): &(&str, &str)| {
            all.iter().any(|finding| finding.code == *code && finding.subject == *subject)
        };
        for known in KNOWN {
            assert!(is_there(&known), "{known:?}");
        }
        for finding in &all {
            let message = finding.message.clone().unwrap();
            assert!(!message.zh.is_empty() && !message.en.is_empty(), "{finding:?}");
            assert!(finding.event_count > 0 && !finding.events.is_empty(), "has evidence: {finding:?}");
            assert!(
                finding.events.iter().all(|event| !event.log.is_empty() && !event.id.is_empty()),
                "{finding:?}"
            );
        }

        let asked = request(&mut api, FUND).await;
        let whole = list(&mut api, &asked).await.findings;
        let weights: Vec<i32> = whole.iter().map(|finding| finding.severity).collect();
        assert!(weights.is_sorted_by(|a, b| a >= b), "the heaviest first: {weights:?}");
        let expect = |passes: &dyn Fn(&pb::Finding) -> bool| {
            let passing = whole.iter().filter(|finding| passes(finding));
            passing.map(|finding| finding.name.clone()).collect::<Vec<_>>()
        };
        let filters = [
            ("severity >= ERROR".to_owned(), expect(&|finding| finding.severity() == pb::Severity::Error)),
            (
                format!("code = met_not_full OR code = {CODE}"),
                expect(&|finding| ["met_not_full", CODE].contains(&finding.code.as_str())),
            ),
            (format!("subject = \"{TARGET}\""), expect(&|finding| finding.subject == TARGET)),
            ("subject_kind = target".to_owned(), expect(&|finding| finding.subject.contains("/targets/"))),
            (format!("code = score_above_weight AND subject = \"{TARGET}\""), Vec::new()),
        ];
        for (filter, expected) in filters {
            let asked = pb::ListFindingsRequest { filter: filter.clone(), ..asked.clone() };
            let answer = list(&mut api, &asked).await;
            assert_eq!(names(&answer.findings), expected, "{filter:?}");
            assert_eq!(answer.total_size, i64::try_from(expected.len()).unwrap(), "{filter:?}");
        }

        let by = |read: fn(&pb::Finding) -> String, is_backwards: bool| {
            let mut keys: Vec<String> = whole.iter().map(read).collect();
            keys.sort();
            if is_backwards {
                keys.reverse();
            }
            keys
        };
        let subject = |finding: &pb::Finding| finding.subject.clone();
        let code = |finding: &pb::Finding| finding.code.clone();
        let orders: [(&str, Read, bool); 4] = [
            ("subject", subject, false),
            ("subject desc", subject, true),
            ("code, subject desc", code, false),
            (" code  desc ", code, true),
        ];
        for (order_by, read, is_backwards) in orders {
            let asked = pb::ListFindingsRequest { order_by: order_by.into(), ..asked.clone() };
            let sorted = list(&mut api, &asked).await.findings;
            assert_eq!(sorted.iter().map(read).collect::<Vec<_>>(), by(read, is_backwards), "{order_by}");

            // Pages of one are the whole, in the same order.
            let mut paged = Vec::new();
            let mut asked = pb::ListFindingsRequest { page_size: 1, ..asked };
            loop {
                let page = list(&mut api, &asked).await;
                assert_eq!((page.findings.len(), page.total_size), (1, i64::try_from(whole.len()).unwrap()));
                paged.extend(page.findings);
                asked.page_token = page.next_page_token;
                if asked.page_token.is_empty() {
                    break;
                }
            }
            assert_eq!(names(&paged), names(&sorted), "{order_by}");
        }
        let checks =
            api.scoring.list_checks(pb::ListChecksRequest::default()).await.unwrap().into_inner().checks;
        assert!(all.iter().all(|finding| checks.iter().any(|check| check.code == finding.code)));
        of_stores.push(all.iter().map(|finding| finding.name.clone()).collect::<BTreeSet<_>>());
    }
    assert_eq!(of_stores[0], of_stores[1], "ids do not depend on the store");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_clears_a_finding_another_raises_it_and_the_history_keeps_both() {
    for server in servers() {
        let mut api = Api::new(&server.url());
        let mut asked = request(&mut api, FUND).await;
        asked.filter = format!("code = {CODE} AND subject = \"{TARGET}\"");
        let filter = format!("finding.code = {CODE} AND finding.subject = \"{TARGET}\"");
        let before = list(&mut api, &asked).await;
        let [stands] = before.findings.as_slice() else { panic!("{before:?}") };
        let watch = |after: String| pb::WatchFindingsRequest {
            parent: FUND.to_owned(),
            after,
            filter: filter.clone(),
            ..Default::default()
        };
        let mut changes = api.scoring.watch_findings(watch(before.position)).await.unwrap().into_inner();

        let met = reached(&mut api, "51").await;
        let cleared = next(&mut changes).await;
        let change = cleared.change.unwrap();
        assert_eq!(change.kind(), Cleared);
        assert_eq!(change.finding.clone().unwrap().name, stands.name);
        assert_eq!(change.cause(), pb::CauseKind::Source);
        assert!(
            met.event_ids.contains(&change.source.clone().unwrap().id),
            "the event that cleared it is named"
        );
        asked.wait_for = vec![met.position];
        assert_eq!(list(&mut api, &asked).await.findings, []);

        let unmet = reached(&mut api, "41").await;
        let raised = next(&mut changes).await.change.unwrap();
        assert_eq!(raised.kind(), Raised);
        let finding = raised.finding.clone().unwrap();
        assert_eq!(finding.name, stands.name, "the same finding over time");
        assert!(finding.figures.iter().any(|figure| figure.name == "actual" && figure.value == "41"));
        assert!(unmet.event_ids.contains(&raised.source.clone().unwrap().id));
        asked.wait_for = vec![unmet.position];
        let after = list(&mut api, &asked).await.findings;
        assert_eq!(names(&after), [stands.name.as_str()]);
        assert!(after[0].events.iter().any(|event| unmet.event_ids.contains(&event.id)));

        // A watch goes on where another ended, and the history holds all of it.
        let mut again = api.scoring.watch_findings(watch(cleared.position)).await.unwrap().into_inner();
        assert_eq!(next(&mut again).await.change.unwrap(), raised);
        let mut asked = pb::ListFindingChangesRequest {
            parent: FUND.to_owned(),
            page_size: 7,
            filter: filter.clone(),
            ..Default::default()
        };
        let mut history = Vec::new();
        loop {
            let page = api.scoring.list_finding_changes(asked.clone()).await.unwrap().into_inner();
            history.extend(page.changes);
            asked.page_token = page.next_page_token;
            if asked.page_token.is_empty() {
                break;
            }
        }
        let kinds: Vec<_> = history.iter().map(pb::FindingChange::kind).collect();
        assert!(kinds.ends_with(&[Raised, Cleared, Raised]), "{kinds:?}");
        let mut whole = api.scoring.watch_findings(watch(String::new())).await.unwrap().into_inner();
        for change in &history {
            assert_eq!(next(&mut whole).await.change.as_ref(), Some(change));
        }

        // The command line tells the same.
        let told =
            server.cli(&["findings", FUNDS[0], "--code", CODE, "--subject", "targets/d20", "--history"]);
        let lines = told.success().stdout;
        assert!(lines.contains("cleared") && lines.contains("41"), "{lines}");
        let listed = server.cli(&["findings", FUNDS[0], "--subject", "targets/d20", "--format", "json"]);
        assert_eq!(listed.code, Some(1), "{}", listed.stderr);
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        let listed = listed["findings"].as_array().unwrap();
        assert!(listed.iter().any(|finding| finding["name"] == stands.name.as_str()), "{listed:?}");
        let innocent = server.cli(&["findings", FUNDS[0], "--code", "score_above_weight"]);
        assert_eq!(innocent.code, Some(0), "{}", innocent.stdout);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_requests_say_what_is_wrong_and_where() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let good = request(&mut api, FUND).await;
    let first = pb::ListFindingsRequest { page_size: 1, ..good.clone() };
    let token = list(&mut api, &first).await.next_page_token;
    assert!(!token.is_empty());
    let with = |filter: &str| pb::ListFindingsRequest { filter: filter.into(), ..good.clone() };
    let by = |order_by: &str| pb::ListFindingsRequest { order_by: order_by.into(), ..good.clone() };
    let rows = [
        (with("severity >= DREADFUL"), "filter"),
        (with("code = met_not_full OR code = no_such"), "filter"),
        (with("subject_kind = weather"), "filter"),
        (with("event_count > 1"), "filter"),
        (with("severity >= ERROR code = x"), "filter"),
        (by("weight"), "order_by"),
        (by("severity down"), "order_by"),
        (by("severity desc desc"), "order_by"),
        (by("severity,"), "order_by"),
        (pb::ListFindingsRequest { parent: "fund/x".into(), ..good.clone() }, "parent"),
        (pb::ListFindingsRequest { page_size: -1, ..good.clone() }, "page_size"),
        (pb::ListFindingsRequest { page_token: "no token".into(), ..good.clone() }, "page_token"),
        // One of another order, and of another filter.
        (pb::ListFindingsRequest { page_token: token.clone(), ..by("subject") }, "page_token"),
        (
            pb::ListFindingsRequest { page_token: token.clone(), ..with("subject_kind = target") },
            "page_token",
        ),
    ];
    for (request, field) in rows {
        let refused = api.scoring.list_findings(request.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{request:?}: {refused:?}");
        let bad = refused.get_details_bad_request().unwrap();
        let fields: Vec<&str> = bad.field_violations.iter().map(|bad| bad.field.as_str()).collect();
        assert_eq!(fields, [field], "{request:?}");
    }
    let elsewhere = pb::ListFindingsRequest { parent: "funds/no-such-fund".into(), ..good.clone() };
    assert_eq!(api.scoring.list_findings(elsewhere).await.unwrap_err().code(), Code::NotFound);

    let watch = |after: String| pb::WatchFindingsRequest { parent: FUND.into(), after, ..Default::default() };
    let garbage = api.scoring.watch_findings(watch("garbage".into())).await.unwrap_err();
    assert_eq!(garbage.code(), Code::InvalidArgument, "{garbage:?}");
    let mut position = Position::from_token(&list(&mut api, &good).await.position).unwrap();
    position.position += 1_000_000;
    let past = api.scoring.watch_findings(watch(position.to_token())).await.unwrap_err();
    assert_eq!(past.code(), Code::OutOfRange, "{past:?}");
}

/// Whether one of some hypotheses is of a kind, about something, and of something of it.
fn has(found: &[pb::Hypothesis], kind: &str, about: &str, measure: &str) -> bool {
    found
        .iter()
        .any(|one| (one.kind.as_str(), one.about.as_str(), one.measure.as_str()) == (kind, about, measure))
}

/// What would explain the differences of the real case, asked of both calls and of the command line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hypotheses_say_what_would_explain_a_difference() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    // Subject, what has to be among those that fit, and what it comes to.
    let rows = [
        (FUNDS[0], "quantities/score.total", ("unallocated_weight", "targets", "weight"), "10"),
        (FUNDS[0], "quantities/weight.targets", ("unallocated_weight", "targets", "weight"), "10"),
        (FUNDS[0], "quantities/targets.detail.total", ("subset", "targets.overall", "rows"), "7"),
        (FUNDS[0], "targets/d18", ("shifted_scores", "project:smart-tourism", "+2"), ""),
        (FUNDS[0], "targets/d20", ("shifted_scores", "project:smart-tourism", "+2"), ""),
        (FUNDS[1], "quantities/score.total", ("unallocated_weight", "targets", "weight"), "10"),
        (FUNDS[1], "quantities/projects.total", ("subset", "membership:named_only", "projects"), "1"),
        (
            FUNDS[1],
            "nodes/management.target_setting",
            ("transposed_columns", "management.target_setting", "self_score"),
            "2",
        ),
    ];
    for fund in FUNDS {
        let asked = request(&mut api, &format!("funds/{fund}")).await;
        let plain = list(&mut api, &asked).await.findings;
        assert!(plain.iter().all(|finding| finding.hypotheses_tried == 0 && finding.hypotheses.is_empty()));
        let explained = list(&mut api, &pb::ListFindingsRequest { hypotheses: true, ..asked }).await.findings;
        assert_eq!(names(&explained), names(&plain), "hypotheses change no finding");
        for (_, subject, (kind, about, measure), value) in rows.iter().filter(|(of, ..)| *of == fund) {
            let subject = format!("funds/{fund}/{subject}");
            let of_subject: Vec<_> = explained.iter().filter(|finding| finding.subject == subject).collect();
            let fits = of_subject.iter().flat_map(|finding| &finding.hypotheses);
            let fits: Vec<pb::Hypothesis> = fits.cloned().collect();
            assert!(has(&fits, kind, about, measure), "{subject}: {fits:?}");
            let one = fits.iter().find(|one| one.kind == *kind && one.about == *about).unwrap();
            assert_eq!(one.value, *value, "{subject}: {one:?}");
            let message = one.message.clone().unwrap();
            assert!(!message.zh.is_empty() && !message.en.is_empty(), "{one:?}");
        }
        for finding in &explained {
            let fit = usize::try_from(finding.hypotheses_fit).unwrap();
            assert_eq!(finding.hypotheses.len(), fit.min(20), "{finding:?}");
            assert!(finding.hypotheses_fit <= finding.hypotheses_tried, "{finding:?}");
        }

        // The same of the stated figures, verified.
        let verify = pb::VerifyClaimsRequest { fund: format!("funds/{fund}"), ..Default::default() };
        let plain = api.scoring.verify_claims(verify.clone()).await.unwrap().into_inner();
        assert!(plain.results.iter().all(|result| result.hypotheses_tried == 0));
        let verify = pb::VerifyClaimsRequest { hypotheses: true, ..verify };
        let answer = api.scoring.verify_claims(verify).await.unwrap().into_inner();
        for result in &answer.results {
            let is_mismatch = result.outcome() == pb::ClaimOutcome::Mismatch;
            assert!(is_mismatch || result.hypotheses_tried == 0, "accuses nobody: {result:?}");
        }
        let total = |claim: u32| answer.claims[claim as usize].quantity == "score.total";
        let result = answer.results.iter().find(|result| total(result.claim)).unwrap();
        assert!(has(&result.hypotheses, "unallocated_weight", "targets", "weight"), "{result:?}");
        let disagrees = |quantity: &str| {
            let mut relations = answer.relations.iter();
            let is_it = |relation: &&pb::ClaimRelation| {
                relation.quantity == quantity && relation.outcome() == pb::RelationOutcome::Disagrees
            };
            relations.find(is_it).unwrap().hypotheses.clone()
        };
        assert!(has(&disagrees("weight.targets"), "unallocated_weight", "targets", "weight"));
        if fund == FUNDS[1] {
            assert!(has(&disagrees("score.total"), "unallocated_weight", "targets", "weight"));
            assert!(has(&disagrees("projects.total"), "subset", "membership:named_only", "projects"));
        }

        // The command line tells the same, of both.
        let said = "what the parts of targets leave of its weight (60 − 50): 10";
        for args in [&["findings", fund, "--all", "--lang", "en"][..], &["verify", fund, "--lang", "en"]] {
            let told = server.cli(args);
            assert_eq!(told.code, Some(1), "{}", told.stderr);
            let told = told.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains(said), "{args:?}: {told}");
        }
        for (args, list) in [(["findings", fund], "findings"), (["verify", fund], "results")] {
            let told = server.cli(&[&args[..], &["--format", "json"]].concat()).stdout;
            let told: Value = serde_json::from_str(&told).unwrap();
            let rows = told[list].as_array().unwrap().iter();
            let mut fits = rows.filter_map(|row| row["hypotheses"].as_array()).flatten();
            assert!(fits.any(|one| one["kind"] == "unallocated_weight" && one["value"] == "10"), "{args:?}");
        }
    }
}
