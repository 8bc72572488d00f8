//! Findings: what they name and cite, and where a watch of them goes on.

use std::sync::Arc;

use jixiao_eventlog::{Moment, Position, Query};
use jixiao_events::finding::{Finding, Subject};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::scoring_service_server::ScoringService;
use tonic::{Code, Request};
use tonic_types::StatusExt;

use super::evaluated;
use crate::domain::tests::{FUND, of_indicator, of_target, self_score, target_ref};
use crate::provenance::Provenance;
use crate::service::figures_of;

#[tokio::test]
async fn a_finding_names_what_it_is_about_and_tells_of_its_events() {
    let mut client = evaluated().await;
    let procedures = "management.operation.procedures";
    client.deliver(self_score(of_indicator(procedures), "6")).await;
    client.state("score.targets.detail", "9", "分").await;
    let parent = format!("funds/{FUND}");
    let listed = |page_size, page_token: String| {
        let parent = parent.clone();
        Request::new(pb::ListFindingsRequest { parent, page_size, page_token, ..Default::default() })
    };
    let page = client.service.list_findings(listed(0, String::new())).await.unwrap().into_inner();
    let about = format!("{parent}/targets/d35");
    let finding = page.findings.iter().find(|finding| finding.subject == about).unwrap();
    assert_eq!(finding.subject_names.as_ref().unwrap().zh, "指标");
    let mut told: Vec<_> = finding.events.iter().map(|event| (&*event.r#type, &*event.actor)).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [("actual_recorded", "clerk"), ("self_score_recorded", "clerk"), ("target_set", "clerk")]
    );
    // Names of nodes, and of quantities of nodes, are the scheme's.
    let of = |subject: &str, code: &str| {
        let about = format!("{parent}/{subject}");
        let is_it = |finding: &&pb::Finding| finding.subject == about && finding.code == code;
        let finding = page.findings.iter().find(is_it).unwrap();
        let events: Vec<_> = finding.events.iter().map(|event| event.r#type.clone()).collect();
        (finding.subject_names.as_ref().unwrap().zh.clone(), events.join(" "))
    };
    assert_eq!(
        of(&format!("nodes/{procedures}"), "none_found_but_open"),
        ("项目运转程序规范".to_owned(), "self_score_recorded".to_owned())
    );
    assert_eq!(of("quantities/score.targets.detail", "stated_wrong").0, "“明细目标”得分");
    let unknown = |finding: &&pb::Finding| finding.events.iter().any(|event| event.r#type.is_empty());
    assert_eq!(page.findings.iter().find(unknown), None);

    let mut paged = Vec::new();
    let mut token = String::new();
    loop {
        let page = client.service.list_findings(listed(1, token)).await.unwrap().into_inner();
        assert_eq!(page.findings.len(), 1);
        paged.extend(page.findings);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(paged, page.findings);
}

#[tokio::test]
async fn what_is_newer_than_an_answer_is_not_cited_by_it() {
    let mut client = evaluated().await;
    client.state("score.targets.detail", "9", "分").await;
    let prefix = format!("findings/{FUND}/");
    let states = client.log.read(Query::new().whole(&prefix, None, usize::MAX)).await.unwrap();
    let of_scopes = states.pages[0].rows.iter().filter_map(|(_, state)| state.as_findings());
    let findings: Vec<_> = of_scopes.flat_map(|of_scope| of_scope.values()).cloned().collect();
    let about = |finding: &&Arc<Finding>| matches!(&finding.subject, Subject::Quantity { quantity } if quantity == "score.targets.detail");
    let finding = findings.iter().find(about).unwrap();
    let fund: jixiao_events::FundId = FUND.parse().unwrap();
    let end = states.head.position;
    let cited =
        Provenance::new(&client.log, &fund, 100, (end, Moment::default())).of_finding(finding).await.unwrap();
    assert!(!cited.0.is_empty());
    client.state("score.targets.detail", "9.5", "分").await;
    let d35 = target_ref(Some("data-sharing-interfaces"), "d35");
    client.deliver(self_score(of_target(d35), "0.4")).await;
    let again =
        Provenance::new(&client.log, &fund, 100, (end, Moment::default())).of_finding(finding).await.unwrap();
    assert_eq!(again, cited);
}

#[tokio::test]
async fn a_watch_goes_on_from_a_position_of_its_own_log_only() {
    let client = evaluated().await;
    let at =
        |log: &str, position, digit: &str| Position { log: log.to_owned(), position, hash: digit.repeat(64) };
    for (after, code, reason, says) in [
        (
            at("ledger", 3, "a"),
            Code::InvalidArgument,
            "OTHER_LOG",
            "of the ledger log; one of the scoring log is wanted",
        ),
        (at("scoring", 3, "a"), Code::Aborted, "OTHER_HISTORY", "does not hold: "),
        (at("scoring", 300, "a"), Code::OutOfRange, "PAST_HEAD", "past the end of the scoring log: "),
    ] {
        let parent = format!("funds/{FUND}");
        let message = pb::WatchFindingsRequest { parent, after: after.to_token(), ..Default::default() };
        let status = client.service.watch_findings(Request::new(message)).await.map(drop).unwrap_err();
        let details = status.get_error_details();
        let bad = &details.bad_request().unwrap().field_violations[0];
        assert_eq!((status.code(), bad.field.as_str(), bad.reason.as_str()), (code, "after", reason));
        assert!(bad.description.contains(says), "{}", bad.description);
    }
}

#[tokio::test]
async fn figures_are_read_from_pages_by_their_names() {
    let client = evaluated().await;
    let fund: jixiao_events::FundId = FUND.parse().unwrap();
    let [findings, sums] = ["findings", "sum"].map(|kind| format!("{kind}/{FUND}/"));
    let query = Query::new().whole(findings, None, usize::MAX).page(sums, None, 1_000);
    let states = client.log.read(query).await.unwrap();
    let figures = figures_of(&fund, &states, None);
    assert_eq!(figures.sums.len(), 8);
}
