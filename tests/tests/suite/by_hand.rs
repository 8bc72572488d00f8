//! What persons say of indicators, over gRPC and the command line, of a fund and of a project by itself, on both stores.

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::judgement_said::Judgement as Said;
use jixiao_tests::postgres;
use jixiao_tests::program::Output;
use jixiao_tests::server::Server;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

use crate::api::{Api, not_stated};
use crate::wuxi::EXAMPLE;

const FUND: &str = "funds/smart-city-2019";
const PROJECT: &str = "funds/smart-city-2019/projects/smart-tourism";

/// An indicator for each way in which a person may say something, and one of which nobody may.
const SCHEME: &str = r#"
scheme = "by-hand"
name = { zh = "人工评定" }
fiscal_year = 2019
basis = "assumed"
total = 60

[[node]]
node = "points"
kind = "indicator"
name = { zh = "分数" }
weight = 10
rule = { kind = "manual", self_score_stands = false }
evidence = true

[[node]]
node = "levels"
kind = "indicator"
name = { zh = "等次" }
weight = 10
rule = { kind = "levels", levels = [{ level = "好", name = { zh = "好" }, to = 1, from = 0.8 }, { level = "差", name = { zh = "差" }, to = 0 }] }

[[node]]
node = "share"
kind = "indicator"
name = { zh = "系数" }
weight = 10
rule = { kind = "manual", self_score_stands = false, coefficient = true }

[[node]]
node = "asked"
kind = "indicator"
name = { zh = "问答" }
weight = 10
optional = true
measure = "answer"
asks = [
  { ask = "satisfied", name = { zh = "满意度" }, kind = "survey", choices = [{ choice = "good", name = { zh = "满意" }, share = 1 }, { choice = "poor", name = { zh = "不满意" }, share = 0 }] },
  { ask = "visits", name = { zh = "回访" }, kind = "number", at_least = 0 },
  { ask = "held", name = { zh = "开展日期" }, kind = "date" },
  { ask = "honest", name = { zh = "真实" }, kind = "yes_no" },
  { ask = "leading", name = { zh = "诱导" }, kind = "yes_no" },
]
rule = { kind = "pro_rata", full_at = 100 }
gates = [{ when = ["answer.honest = no"], at_most = 0 }, { when = ["answer.leading = yes"], at_most = 5 }]

[[node]]
node = "off"
kind = "indicator"
name = { zh = "扣分" }
weight = 10
measure = "filings.contract_filing.not_filed"
rule = { kind = "all_or_nothing", at_least = 0 }
by_hand = "deduct"

[[node]]
node = "computed"
kind = "indicator"
name = { zh = "计算" }
weight = 10
measure = "filings.contract_filing.not_filed"
rule = { kind = "all_or_nothing", at_least = 0 }

[[grade]]
grade = "poor"
name = { zh = "差" }
from = 0
"#;

async fn open(api: &mut Api) {
    let (text, approval) = (SCHEME.to_owned(), not_stated());
    let load = pb::LoadSchemeRequest { request_id: "load".into(), text, approval, ..Default::default() };
    api.scoring.load_scheme(load).await.unwrap();
    for of in [FUND, PROJECT] {
        let request = pb::OpenEvaluationRequest {
            request_id: format!("open {of}"),
            fund: of.to_owned(),
            scheme: "schemes/by-hand".to_owned(),
            wait_for: api.heads().await,
            ..Default::default()
        };
        api.scoring.open_evaluation(request).await.unwrap();
    }
}

fn points(of: &str, indicator: &str, score: &str) -> pb::SetManualScoreRequest {
    pb::SetManualScoreRequest {
        request_id: format!("{of} {indicator} {score}"),
        name: format!("{of}/indicators/{indicator}"),
        score: score.to_owned(),
        reason: "现场核查".to_owned(),
        on: "2020-06-05".to_owned(),
        evidence: vec!["锡财绩〔2020〕7号".to_owned()],
        ..Default::default()
    }
}

/// What `jixiao judge` says of an indicator.
fn judge(server: &Server, of: &[&str], words: &[&str]) -> Output {
    let reason = ["--reason", "复核", "--on", "2020-06", "--actor", "zhang.wei", "--lang", "en"];
    server.cli(&[&["judge", "smart-city-2019"], words, of, &reason].concat())
}

async fn score(api: &mut Api, of: &str, indicator: &str) -> (pb::IndicatorStatus, String) {
    let found = api.indicator(&format!("{of}/indicators/{indicator}"), &[]).await;
    (found.status(), found.score)
}

async fn history(api: &mut Api, of: &str, indicator: &str, filter: &str) -> Vec<pb::Score> {
    let (parent, filter) = (format!("{of}/indicators/{indicator}"), filter.to_owned());
    let request = pb::ListScoresRequest { parent, filter, ..Default::default() };
    api.scoring.list_scores(request).await.unwrap().into_inner().scores
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn points_by_hand_are_recorded_refused_and_kept_with_their_authors() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("by_hand"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        open(&mut api).await;
        for of in [FUND, PROJECT] {
            // Out of the interval, without evidence, of what is computed, of nothing: refused, and nothing is there.
            let refused = [
                (points(of, "points", "10.5"), Code::InvalidArgument, "SCORE_OUT_OF_RANGE"),
                (points(of, "points", "-0.1"), Code::InvalidArgument, "SCORE_OUT_OF_RANGE"),
                (
                    pb::SetManualScoreRequest { evidence: Vec::new(), ..points(of, "points", "9") },
                    Code::InvalidArgument,
                    "EVIDENCE_MISSING",
                ),
                (points(of, "computed", "5"), Code::FailedPrecondition, "INDICATOR_COMPUTED"),
                (points(of, "levels", "5"), Code::FailedPrecondition, "LEVEL_MISSING"),
                (points(of, "share", "5"), Code::FailedPrecondition, "NOT_JUDGED_SO"),
                (points(of, "nothing", "5"), Code::NotFound, "INDICATOR_NOT_FOUND"),
            ];
            for (request, code, reason) in refused {
                let told = format!("{} {}", request.name, request.score);
                let status = api.scoring.set_manual_score(request).await.unwrap_err();
                let details = status.get_error_details();
                let own = details.error_info().map(|info| info.reason.clone());
                let field = details.bad_request().map(|bad| bad.field_violations[0].reason.clone());
                let is_so = own.as_deref() == Some(reason) || field.as_deref() == Some(reason);
                assert!(status.code() == code && is_so, "{told}: {status:?}");
            }
            assert_eq!(
                score(&mut api, of, "points").await,
                (pb::IndicatorStatus::AwaitsJudgement, String::new())
            );
            assert_eq!(history(&mut api, of, "points", "by = JUDGED").await, []);

            let given = api.scoring.set_manual_score(points(of, "points", "9")).await.unwrap().into_inner();
            let given = given.recorded.unwrap();
            assert_eq!(given.name, format!("{of}/indicators/points"));
            assert_eq!(score(&mut api, of, "points").await, (pb::IndicatorStatus::Scored, "9".to_owned()));
            // A repeat is the same answer.
            let again = api.scoring.set_manual_score(points(of, "points", "9")).await.unwrap().into_inner();
            assert_eq!(again.recorded.unwrap().event_ids, given.event_ids);
            let later =
                pb::SetManualScoreRequest { reason: "补充材料".into(), ..points(of, "points", "9.5") };
            api.scoring.set_manual_score(later).await.unwrap();
            assert_eq!(score(&mut api, of, "points").await.1, "9.5");

            // Both stay, by whom, when, why and by what proof; the computed points follow each.
            let all = history(&mut api, of, "points", "").await;
            let told = all.iter().map(|one| (one.by(), one.score.as_str(), one.reason.as_str()));
            assert_eq!(
                told.collect::<Vec<_>>(),
                [
                    (pb::Scorer::Computed, "", ""),
                    (pb::Scorer::Judged, "9", "现场核查"),
                    (pb::Scorer::Computed, "9", ""),
                    (pb::Scorer::Judged, "9.5", "补充材料"),
                    (pb::Scorer::Computed, "9.5", ""),
                ]
            );
            let first = &all[1];
            assert_eq!(
                (first.on.as_str(), first.evidence.as_slice(), &first.said),
                ("2020-06-05", ["锡财绩〔2020〕7号".to_owned()].as_slice(), &None)
            );
            assert_eq!((&first.event_id, first.log.as_str()), (&given.event_ids[0], "scoring"));
            assert!(!first.actor.is_empty() && first.recorded_time == given.recorded_time, "{first:?}");
        }
        let scores = ["score", "smart-city-2019", "points", "--project", "smart-tourism", "--lang", "zh"];
        let listed = server.cli(&scores).success().stdout;
        assert!(
            listed.contains("人工评定") && listed.contains("补充材料（依据：锡财绩〔2020〕7号）"),
            "{listed}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_judgement_is_given_on_the_command_line() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("judge_cli"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        open(&mut api).await;
        for (of, own) in [(FUND, [].as_slice()), (PROJECT, &["--project", "smart-tourism"])] {
            let judge = |words: &[&str]| judge(&server, own, words);
            // The words, the points that follow, and what the history says of them.
            let given: [(&[&str], &str, &str); 9] = [
                (&["points", "--points", "7.5", "--evidence", "照片"], "7.5", "复核 (evidence: 照片)"),
                (&["levels", "--level", "好", "--points", "8"], "8", "level 好 (8 points);"),
                (&["levels", "--level", "差"], "0", "level 差;"),
                (&["share", "--coefficient", "0.85"], "8.5", "coefficient 0.85;"),
                (&["off", "--deduct", "1.5"], "8.5", "1.5 points off;"),
                (
                    &["asked", "--survey", "satisfied=good:80,poor:20", "--yes", "honest", "--no", "leading"],
                    "8",
                    "honest: yes; leading: no;",
                ),
                (
                    &["asked", "--number", "visits=12", "--date", "held=2019-10", "--yes", "leading"],
                    "5",
                    "held: 2019-10; leading:",
                ),
                (&["asked", "--not-applicable"], "", "not applicable; 复核"),
                (&["asked", "--withdraw"], "", "what was said before"),
            ];
            for (words, points, told) in given {
                let said = judge(words).success().stdout;
                assert_eq!(said.trim(), format!("The judgement of {} is recorded", words[0]));
                assert_eq!(score(&mut api, of, words[0]).await.1, points, "{words:?}");
                let scores =
                    server.cli(&[&["score", "smart-city-2019", words[0], "--lang", "en"], own].concat());
                let listed = scores.success().stdout;
                let begins = format!("zhang.wei  {told}");
                assert!(listed.contains("judged") && listed.contains(&begins), "{words:?}: {listed}");
            }
            let said = &history(&mut api, of, "asked", "said.not_applicable:*").await[0].said;
            assert!(matches!(said.as_ref().unwrap().judgement, Some(Said::NotApplicable(_))), "{said:?}");
            let scores = ["score", "smart-city-2019", "asked", "--format", "json"];
            let listed: Value = serde_json::from_str(&server.cli(&[&scores, own].concat()).stdout).unwrap();
            let judged = listed["scores"].as_array().unwrap().iter().filter(|one| one["by"] == "judged");
            let said: Vec<_> = judged.map(|one| one["said"].clone()).collect();
            assert_eq!(
                said,
                [
                    json!({ "answers": { "satisfied": { "good": 80, "poor": 20 }, "honest": true, "leading": false } }),
                    json!({ "answers": { "visits": "12", "held": "2019-10", "leading": true } }),
                    json!({ "not_applicable": true }),
                    json!({ "withdrawn": true }),
                ]
            );
            let told = judge(&["share", "--coefficient", "1", "--format", "json"]).success().stdout;
            let told: Value = serde_json::from_str(&told).unwrap();
            assert_eq!(told["name"], format!("{of}/indicators/share"));
            let given = history(&mut api, of, "share", "said.coefficient = 1").await;
            assert_eq!(told["event_ids"][0], given[0].event_id, "{told}");

            // What is refused is told as the server says it, and changes nothing.
            let refused: [(&[&str], &str); 6] = [
                (&["points", "--points", "11"], "11 is not from 0 to 10"),
                (&["points", "--points", "7"], "EVIDENCE_MISSING"),
                (&["levels", "--level", "好", "--points", "7.9"], "7.9 is not from 8 to 10"),
                (&["off", "--deduct", "10.5"], "10.5 is not from 0 to 10"),
                (&["share", "--coefficient", "1.01"], "1.01 is not from 0 to 1"),
                (&["computed", "--points", "3"], "INDICATOR_COMPUTED"),
            ];
            for (words, told) in refused {
                let said = judge(words);
                assert_eq!(said.code, Some(3), "{words:?}: {}", said.stderr);
                assert!(said.stderr.contains(told) && said.stdout.is_empty(), "{words:?}: {}", said.stderr);
            }
            assert_eq!(score(&mut api, of, "points").await.1, "7.5");
            let words =
                ["judge", "smart-city-2019", "points", "--points", "11", "--reason", "x", "--on", "2020"];
            let said = server.cli(&[&words, own, &["--lang", "zh"]].concat()).stderr;
            assert!(said.contains("服务器拒绝") && said.contains("SCORE_OUT_OF_RANGE"), "{said}");
        }
    }
    // What says nothing, or two things, asks no server.
    let nowhere = ["--server", "http://127.0.0.1:9", "--reason", "x", "--on", "2020", "--format", "json"];
    for words in [
        ["points"].as_slice(),
        &["points", "--points", "1", "--deduct", "1"],
        &["points", "--level", "好", "--withdraw"],
        &["points", "--not-applicable", "--yes", "a"],
        &["points", "--number", "a"],
        &["points", "--survey", "a=b"],
    ] {
        let said = jixiao_tests::program::run(&[&["judge", "f"], words, &nowhere].concat());
        assert_eq!(said.code, Some(2), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains("USAGE"), "{}", said.stderr);
    }
}
