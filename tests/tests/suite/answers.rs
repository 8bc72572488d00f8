//! Answers to findings over gRPC and the command line, on both stores: what is shown, filtered, refused, and what the history
//! keeps.

use std::time::Duration;

use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::FindingChangeKind::{Answered, Cleared, Raised};
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use serde_json::Value;
use tonic::{Code, Streaming};
use tonic_types::StatusExt;

use crate::api::Api;
use crate::wuxi::EXAMPLE;

const FUND: &str = "funds/smart-city-2019";
/// `unmet_but_full` about target d20.
const NAME: &str = "funds/smart-city-2019/findings/37950964-6abc-5dd6-8879-18e11f7873c5";

/// A right answer.
pub fn answer(request_id: &str, text: &str) -> pb::AnswerFindingRequest {
    pb::AnswerFindingRequest {
        request_id: request_id.to_owned(),
        name: NAME.to_owned(),
        kind: pb::AnswerKind::ToBeRectified.into(),
        text: text.to_owned(),
        deadline: "2020-09-30".to_owned(),
        on: "2020-07-01".to_owned(),
        ..Default::default()
    }
}

async fn listed(api: &mut Api, filter: &str) -> Vec<pb::Finding> {
    let (parent, wait_for) = (FUND.to_owned(), api.heads().await);
    let filter = filter.to_owned();
    let asked = pb::ListFindingsRequest { parent, page_size: 1_000, wait_for, filter, ..Default::default() };
    api.scoring.list_findings(asked).await.unwrap().into_inner().findings
}

async fn reached(api: &mut Api, value: &str) {
    let request = targets::RecordActualRequest {
        request_id: format!("answers-{value}"),
        name: format!("{FUND}/targets/d20"),
        measured: Some(targets::Measured { value: Some(targets::measured::Value::Number(value.into())) }),
        unit: "家".into(),
        on: "2019-12-31".into(),
        ..Default::default()
    };
    api.targets.record_actual(request).await.unwrap();
}

async fn next(changes: &mut Streaming<pb::WatchFindingsResponse>) -> pb::FindingChange {
    let next = tokio::time::timeout(Duration::from_secs(30), changes.message()).await;
    next.expect("a change in time").unwrap().expect("the watch goes on").change.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_stands_beside_its_finding_and_in_the_history() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("answers"));
    for server in [Server::start(), Server::start_on(&url)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        let all = listed(&mut api, "").await;
        assert!(all.iter().all(|finding| finding.answer.is_none()));
        assert_eq!(listed(&mut api, "NOT answer:*").await.len(), all.len());
        let filter = format!("finding.name = \"{NAME}\"");
        let watch = pb::WatchFindingsRequest {
            parent: FUND.to_owned(),
            filter: filter.clone(),
            ..Default::default()
        };
        let mut changes = api.scoring.watch_findings(watch).await.unwrap().into_inner();
        assert_eq!(next(&mut changes).await.kind(), Raised);

        let recorded = api.scoring.answer_finding(answer("first", "filed anew")).await.unwrap().into_inner();
        let recorded = recorded.recorded.unwrap();
        assert_eq!(recorded.name, NAME);
        let answered = next(&mut changes).await;
        let given = answered.answer.clone().unwrap();
        assert_eq!((answered.kind(), answered.cause()), (Answered, pb::CauseKind::Answered));
        assert_eq!(answered.finding.clone().unwrap().name, NAME);
        assert_eq!(
            (given.text.as_str(), given.deadline.as_str(), given.on.as_str()),
            ("filed anew", "2020-09-30", "2020-07-01")
        );
        assert_eq!(
            (vec![given.event_id.clone()], given.recorded_time.clone()),
            (recorded.event_ids, recorded.recorded_time)
        );

        // It is shown with the finding and chosen by, whatever else is not.
        let of = |findings: Vec<pb::Finding>| {
            findings.into_iter().map(|one| (one.name, one.answer)).collect::<Vec<_>>()
        };
        let shown = vec![(NAME.to_owned(), Some(given.clone()))];
        for filter in [
            "answer:*",
            "answer.kind = TO_BE_RECTIFIED",
            "answer.deadline <= 2020-12-31",
            "answer.actor:* AND answer.kind != EXPLAINED",
        ] {
            assert_eq!(of(listed(&mut api, filter).await), shown, "{filter}");
        }
        assert_eq!(listed(&mut api, "answer.kind = EXPLAINED").await, []);
        assert_eq!(listed(&mut api, "NOT answer:*").await.len(), all.len() - 1);

        // A repeat is the same answer; another takes its place, by the command line too.
        let again = api.scoring.answer_finding(answer("first", "filed anew")).await.unwrap().into_inner();
        assert_eq!(again.recorded.unwrap().event_ids, [given.event_id]);
        let id = NAME.rsplit('/').next().unwrap();
        let explained = [
            "answer",
            "smart-city-2019",
            id,
            "--as",
            "explained",
            "--text",
            "counted until May",
            "--on",
            "2020-07-02",
            "--actor",
            "zhang.wei",
        ];
        let told = server.cli(&explained).success().stdout;
        assert!(told.contains("Recorded (explained)") && told.contains(id), "{told}");
        assert_eq!(next(&mut changes).await.answer.unwrap().actor, "zhang.wei");
        let lines = server.cli(&["findings", "smart-city-2019", "--answer", "explained"]).stdout;
        assert!(
            lines.contains("answer (explained, given by zhang.wei on 2020-07-02): counted until May"),
            "{lines}"
        );
        let lines = server.cli(&["findings", "smart-city-2019", "--unanswered", "--lang", "zh"]).stdout;
        assert!(lines.contains("unmet_unexplained") && !lines.contains("答复（"), "{lines}");

        // It stays while the finding is revised, goes when it is cleared, and is not there when it is raised again.
        reached(&mut api, "43").await;
        let revised = listed(&mut api, "answer:*").await;
        assert!(revised[0].answer.as_ref().unwrap().before_revision, "{revised:?}");
        let lines = server.cli(&["findings", "smart-city-2019", "--answer", "any"]).stdout;
        assert!(lines.contains("before the finding was revised"), "{lines}");
        reached(&mut api, "51").await;
        assert_eq!(listed(&mut api, "answer:*").await, []);
        let status = api.scoring.answer_finding(answer("late", "too late")).await.unwrap_err();
        let info = status.get_error_details().error_info().unwrap().clone();
        assert_eq!((status.code(), info.reason.as_str()), (Code::NotFound, "FINDING_NOT_STANDING"));
        reached(&mut api, "41").await;
        let filter = format!("name = \"{NAME}\"");
        let raised = listed(&mut api, &filter).await;
        assert_eq!(of(raised), [(NAME.to_owned(), None)]);

        let history = server
            .cli(&[
                "findings",
                "smart-city-2019",
                "--code",
                "unmet_but_full",
                "--subject",
                "targets/d20",
                "--history",
                "--format",
                "json",
            ])
            .success()
            .stdout;
        let history: Vec<Value> = history.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let what: Vec<_> = history.iter().map(|change| change["what"].as_str().unwrap()).collect();
        assert_eq!(what, ["raised", "answered", "answered", "revised", "cleared", "raised"]);
        assert_eq!(history[2]["answer"]["kind"], "explained");
        assert_eq!(history[2]["answer"]["actor"], "zhang.wei");
        assert_eq!(history[4]["answer"], Value::Null);
        assert_eq!(next(&mut changes).await.kind(), pb::FindingChangeKind::Revised);
        assert_eq!(next(&mut changes).await.kind(), Cleared);
    }
}
