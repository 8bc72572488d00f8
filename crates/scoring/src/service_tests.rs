//! The service over a real log on SQLite: what a client sends and sees.

mod explained;
mod findings;

use std::sync::Arc;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::{Location, Log, Options, StoredEvent};
use jixiao_events::ledger::Direction;
use jixiao_events::registry::{Membership, ProjectState};
use jixiao_events::targets::{TargetLevel, UnitMatch};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::scoring_service_server::ScoringService;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::domain::tests::{
    FUND, SMART_CITY, Step, actual, adjusted, approved, definition, fund, not_filed, of_indicator, of_target,
    paid, project, self_score, set, target_ref,
};
use crate::{Scoring, ScoringDomain};

/// A scoring service and the ends of the logs that it is fed.
struct Client {
    service: Scoring,
    log: Arc<Log<ScoringDomain>>,
    ends: [(u64, String); 3],
    requests: u64,
    /// The day that delivered events count from.
    on: &'static str,
    _folder: tempfile::TempDir,
}

impl Client {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Location::Folder(folder.path().to_owned()).open::<ScoringDomain>().await.unwrap();
        let log = Log::open(store, Options::default()).await.unwrap();
        let ends = [0, 0, 0].map(|position| (position, GENESIS.to_owned()));
        Self {
            service: Scoring::new(Arc::clone(&log)),
            log,
            ends,
            requests: 0,
            on: "2019-10-28",
            _folder: folder,
        }
    }

    /// Delivers an event as its feed would.
    async fn deliver(&mut self, step: Step) {
        let (log, at, event_type, payload) = match &step {
            Step::Registry(event) => ("registry", 0, <&str>::from(event), serde_json::to_string(event)),
            Step::Ledger(event) => ("ledger", 1, <&str>::from(event), serde_json::to_string(event)),
            Step::Targets(event) => ("targets", 2, <&str>::from(event), serde_json::to_string(event)),
            Step::Command(_) => panic!("{step:?} comes by a call"),
        };
        let (position, previous_hash) = self.ends[at].clone();
        let position = position + 1;
        let mut stored = StoredEvent {
            log: log.to_owned(),
            position,
            id: format!("{log}-{position}"),
            keys: Vec::new(),
            event_type: event_type.to_owned(),
            payload: payload.unwrap(),
            causation: None,
            correlation: None,
            trace: None,
            actor: "clerk".to_owned(),
            approval: None,
            effective: Some(self.on.to_owned()),
            recorded_time: 0,
            request_id: format!("{position}"),
            request_index: 0,
            request_hash: String::new(),
            previous_hash,
            hash: String::new(),
        };
        stored.hash = stored.compute_hash();
        self.log.deliver(&stored).await.unwrap().unwrap();
        self.ends[at] = (position, stored.hash);
    }

    fn request_id(&mut self) -> String {
        self.requests += 1;
        self.requests.to_string()
    }

    async fn load(&mut self, text: &str) -> Result<(), Status> {
        let request_id = self.request_id();
        let message = pb::LoadSchemeRequest { request_id, text: text.to_owned(), ..Default::default() };
        self.service.load_scheme(Request::new(message)).await?;
        self.approve(0).await
    }

    /// Approves a version of the scheme; 0: the newest.
    async fn approve(&mut self, version: u32) -> Result<(), Status> {
        let name = "schemes/wuxi-2019-smart-city".to_owned();
        let asked = pb::GetSchemeRequest { name: name.clone(), version, ..Default::default() };
        let found = self.service.get_scheme(Request::new(asked)).await?.into_inner();
        let message = pb::ApproveSchemeRequest {
            request_id: self.request_id(),
            name,
            version: found.scheme.unwrap().version,
            approval: Some(jixiao_proto::jixiao::types::v1::Approval {
                approver: "财政局".to_owned(),
                approved_on: "2019-03".to_owned(),
                reason: "年度评价".to_owned(),
                ..Default::default()
            }),
            ..Default::default()
        };
        self.service.approve_scheme(Request::new(message)).await.map(drop)
    }

    async fn open(&mut self) -> Result<(), Status> {
        let message = pb::OpenEvaluationRequest {
            request_id: self.request_id(),
            fund: format!("funds/{FUND}"),
            scheme: "schemes/wuxi-2019-smart-city".to_owned(),
            ..Default::default()
        };
        self.service.open_evaluation(Request::new(message)).await.map(drop)
    }

    async fn state(&mut self, quantity: &str, stated: &str, unit: &str) {
        let message = pb::StateFigureRequest {
            request_id: self.request_id(),
            fund: format!("funds/{FUND}"),
            quantity: quantity.to_owned(),
            stated: stated.to_owned(),
            unit: unit.to_owned(),
            basis: "stated".to_owned(),
            place: "report line 207".to_owned(),
            ..Default::default()
        };
        self.service.state_figure(Request::new(message)).await.unwrap();
    }

    async fn evaluation(&self) -> Result<pb::Evaluation, Status> {
        let message = pb::GetEvaluationRequest { name: format!("funds/{FUND}"), ..Default::default() };
        let answer = self.service.get_evaluation(Request::new(message)).await?;
        Ok(answer.into_inner().evaluation.unwrap())
    }

    async fn explain(&self, indicator: &str) -> Result<pb::Explanation, Status> {
        let name = format!("funds/{FUND}/indicators/{indicator}");
        let message = pb::ExplainIndicatorRequest { name, ..Default::default() };
        let answer = self.service.explain_indicator(Request::new(message)).await?;
        Ok(answer.into_inner().explanation.unwrap())
    }
}

/// A fund with some money, a target and self-scores, evaluated.
async fn evaluated() -> Client {
    let mut client = Client::start().await;
    let d35 = target_ref(Some("data-sharing-interfaces"), "d35");
    for step in [
        fund(),
        project("data-sharing-interfaces", Membership::InFund, ProjectState::InProgress),
        not_filed(7, None),
        approved("4000"),
        adjusted(Direction::Increase, "328.2"),
        adjusted(Direction::Decrease, "600"),
        adjusted(Direction::Decrease, "69"),
        paid("2442.5"),
        set(d35.clone(), definition(TargetLevel::Detail, "1", "30", Some("个"))),
        actual(d35.clone(), "18", Some("个"), UnitMatch::Same),
        self_score(of_target(d35), "0.5"),
        self_score(of_indicator("management.funds_use.compliance"), "5"),
    ] {
        client.deliver(step).await;
    }
    client.load(SMART_CITY).await.unwrap();
    client.open().await.unwrap();
    client
}

#[tokio::test]
async fn an_evaluation_shows_money_sums_and_stated_figures() {
    let mut client = evaluated().await;
    client.state("score.total", "76.5", "分").await;
    client.state("budget.adjusted", "3659.2", "万元").await;
    client.state("budget.adjustment_rate", "17", "%").await;
    client.state("data.departments", "56", "个").await;
    let evaluation = client.evaluation().await.unwrap();
    let budget = evaluation.budget.unwrap();
    assert_eq!(budget.adjusted.unwrap().units, 36_592_000);
    assert_eq!(budget.adjustment_rate_cuts_only, "16.725");
    assert_eq!(budget.execution_rate_adjusted, "66.74956274595540008745080892");
    assert_eq!(budget.execution_rate_received, "");
    assert_eq!((evaluation.projects, evaluation.contracts_not_filed), (1, 7));
    let nodes: Vec<_> = evaluation.sums.iter().map(|sum| sum.node.as_str()).collect();
    assert_eq!(
        nodes,
        [
            "total",
            "management",
            "management.funds_use",
            "management.operation",
            "management.target_setting",
            "targets",
            "targets.overall",
            "targets.detail"
        ]
    );
    let total = &evaluation.sums[0];
    assert_eq!((total.weight.as_str(), total.filled_weight.as_str()), ("100", "41"));
    assert_eq!((total.unallocated_weight.as_str(), total.self_score.as_str()), ("59", "5.5"));
    assert_eq!(total.score, "12.5"); // 5 by the self-score, 7 of 10 for the filings, half of the target
    let stated = &total.stated_figures[0];
    assert_eq!((stated.stated.as_str(), stated.computed.as_str()), ("76.5", "5.5"));
    assert!(!evaluation.sums[5].as_published.is_empty());
    assert_eq!(evaluation.grade.unwrap().grade, "poor");
    let beside: Vec<_> = evaluation
        .stated_figures
        .iter()
        .map(|figure| (figure.quantity.as_str(), figure.computed.as_str()))
        .collect();
    assert_eq!(
        beside,
        [("budget.adjusted", "3659.2"), ("budget.adjustment_rate", "16.725"), ("data.departments", "")]
    );
    let message =
        pb::ListStatedFiguresRequest { parent: format!("funds/{FUND}"), page_size: 3, ..Default::default() };
    let page = client.service.list_stated_figures(Request::new(message)).await.unwrap().into_inner();
    assert_eq!((page.stated_figures.len(), page.next_page_token.is_empty()), (3, false));
}

#[tokio::test]
async fn indicators_list_the_events_behind_them() {
    let client = evaluated().await;
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let parent = format!("funds/{FUND}");
        let message = pb::ListIndicatorsRequest { parent, page_size: 4, page_token, ..Default::default() };
        let page = client.service.list_indicators(Request::new(message)).await.unwrap().into_inner();
        found.extend(page.indicators);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let ids: Vec<_> = found.iter().map(|indicator| indicator.indicator.clone()).collect();
    assert_eq!((ids.len(), ids.is_sorted()), (9, true), "{ids:?}");
    let rate = found.iter().find(|indicator| indicator.indicator.ends_with("adjustment_rate")).unwrap();
    assert_eq!(rate.measure, "budget.adjustment_rate.cuts_only");
    let events: Vec<Vec<&str>> = rate
        .inputs
        .iter()
        .map(|input| input.events.iter().map(|event| event.id.as_str()).collect())
        .collect();
    assert_eq!(events, [vec!["ledger-1"], vec!["ledger-3", "ledger-4"]]);
    let target = found.iter().find(|indicator| indicator.indicator == "targets.detail.d35").unwrap();
    let inputs: Vec<_> = target
        .inputs
        .iter()
        .map(|input| (input.quantity.as_str(), input.value.as_str(), input.events[0].id.as_str()))
        .collect();
    assert_eq!(
        inputs,
        [
            ("target", "≥ 30", "targets-1"),
            ("actual", "18", "targets-2"),
            ("project_state", "in_progress", "registry-2"),
            ("self_score", "0.5", "targets-3"),
        ]
    );
}

#[tokio::test]
async fn an_explanation_says_rule_formula_and_result() {
    let mut client = evaluated().await;
    let rate = client.explain("management.funds_use.adjustment_rate").await.unwrap();
    let evaluation = client.evaluation().await.unwrap();
    assert_eq!((&rate.scheme, rate.scheme_version), (&evaluation.scheme, 1));
    assert_eq!(
        rate.formula.unwrap().en,
        "decreases / original budget × 100 = 6690000.00 / 40000000.00 × 100 = 16.725 %"
    );
    assert_eq!(rate.result.unwrap().zh, "测得 16.725：按规则得 0 分（权重 4）");
    assert_eq!(rate.parameters[1].value, "budget.adjustment_rate.cuts_only");
    assert_eq!(rate.parameters[1].basis(), pb::Basis::Inferred);
    let decreases = &rate.indicator.unwrap().inputs[1];
    let event = &decreases.events[1];
    assert_eq!(decreases.event_count, 2);
    assert_eq!(
        (event.r#type.as_str(), event.effective.as_str(), event.actor.as_str()),
        ("budget_adjusted", "2019-10-28", "clerk")
    );
    let target = client.explain("targets.detail.d35").await.unwrap();
    assert_eq!(target.formula.unwrap().zh, "实际值 / 目标值 × 100 = 18 / 30 × 100 = 60 %");
    assert_eq!(target.result.unwrap().en, "not met: 0.5 of 1 by the rule");
    assert_eq!(target.indicator.unwrap().inputs[1].events[0].r#type, "actual_recorded");

    let compliance = "management.funds_use.compliance";
    let stands = client.explain(compliance).await.unwrap().result.unwrap().en;
    assert_eq!(stands, "not judged yet: the self-score of 5 stands, at most 5: 5");
    let message = pb::SetManualScoreRequest {
        request_id: client.request_id(),
        name: format!("funds/{FUND}/indicators/{compliance}"),
        score: "4".to_owned(),
        reason: "抽查发现一笔超范围支出".to_owned(),
        on: "2020-07".to_owned(),
        ..Default::default()
    };
    let recorded =
        client.service.set_manual_score(Request::new(message)).await.unwrap().into_inner().recorded.unwrap();
    let judged = client.explain(compliance).await.unwrap();
    assert_eq!(judged.result.unwrap().en, "judged by a person: 4 of 5");
    let input = &judged.indicator.unwrap().inputs[0];
    assert_eq!((input.quantity.as_str(), &input.events[0].id), ("manual_score", &recorded.event_ids[0]));
    let missing = client.explain("targets.detail.d36").await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
}

#[tokio::test]
async fn changes_say_why() {
    let mut client = evaluated().await;
    client.deliver(not_filed(6, Some(7))).await; // still at the cap: the points stay, the measured value moves
    client.deliver(not_filed(2, Some(6))).await;
    let list = |page_size, page_token| {
        let parent = format!("funds/{FUND}");
        Request::new(pb::ListChangesRequest { parent, page_size, page_token, ..Default::default() })
    };
    let first = client.service.list_changes(list(2, String::new())).await.unwrap().into_inner();
    assert_eq!(first.changes[0].cause(), pb::CauseKind::Opened);
    assert_eq!((first.changes[0].indicators.len(), first.changes[0].sums.len()), (9, 8));
    assert_eq!(first.changes[1].source.as_ref().unwrap().id, "registry-4");
    let second = client.service.list_changes(list(2, first.next_page_token)).await.unwrap().into_inner();
    assert_eq!(second.next_page_token, "");
    let change = &second.changes[0];
    assert_eq!(change.source.as_ref().unwrap().r#type, "filing_count_stated");
    assert_eq!((change.indicators_touched, change.sums_touched), (1, 3));
    let indicator = &change.indicators[0];
    let (before, after) = (indicator.before.as_ref().unwrap(), indicator.after.as_ref().unwrap());
    assert_eq!((before.score.as_str(), after.score.as_str(), after.measured.as_str()), ("7", "9", "2"));
}

#[tokio::test]
async fn refusals_name_what_is_wrong() {
    let mut client = Client::start().await;
    let faulty = SMART_CITY.replace("value = 13,", "value = 12,").replace("each = 0.5", "each = 0");
    let refused = client.load(&faulty).await.unwrap_err();
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let found: Vec<_> =
        violations.iter().map(|violation| (violation.field.as_str(), violation.reason.as_str())).collect();
    assert_eq!(
        found,
        [("text", "GROUP_NOT_FILLED"), ("text", "GROUP_NOT_FILLED"), ("text", "POINTS_OUT_OF_RANGE")]
    );
    assert!(violations[0].description.starts_with("line 57, column 20: "), "{violations:?}");
    client.load(SMART_CITY).await.unwrap();
    assert_eq!(client.evaluation().await.unwrap_err().code(), Code::NotFound);
    let refused = client.open().await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(refused.get_details_error_info().unwrap().reason, "FUND_NOT_FOUND");
    let message =
        pb::StateFigureRequest { basis: "guessed".to_owned(), stated: "x".to_owned(), ..Default::default() };
    let refused = client.service.state_figure(Request::new(message)).await.unwrap_err();
    let fields: Vec<_> = refused
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|violation| violation.field)
        .collect();
    assert_eq!(fields, ["request_id", "fund", "quantity", "stated", "basis", "place"]);
}

#[tokio::test]
async fn schemes_are_listed_and_read() {
    let mut client = Client::start().await;
    client.load(SMART_CITY).await.unwrap();
    client.load(&format!("{SMART_CITY}\n")).await.unwrap();
    let list = client.service.list_schemes(Request::new(pb::ListSchemesRequest::default())).await.unwrap();
    let heads: Vec<_> = list
        .into_inner()
        .schemes
        .into_iter()
        .map(|scheme| (scheme.name, scheme.version, scheme.nodes.len()))
        .collect();
    assert_eq!(heads, [("schemes/wuxi-2019-smart-city".to_owned(), 2, 0)]);
    let message = pb::GetSchemeRequest { name: heads[0].0.clone(), version: 1, ..Default::default() };
    let scheme = client.service.get_scheme(Request::new(message)).await.unwrap().into_inner().scheme.unwrap();
    assert_eq!((scheme.text.as_str(), scheme.nodes.len(), scheme.grades.len()), (SMART_CITY, 15, 4));
    let tracking = scheme.nodes.iter().find(|node| node.node.ends_with("tracking")).unwrap();
    assert_eq!(tracking.parameters[0].key, "each");
    assert_eq!(tracking.parameters[0].basis(), pb::Basis::Assumed);
}

fn stated(quantity: &str, stated: &str, unit: &str, place: &str) -> pb::Claim {
    let [quantity, stated, unit, place] = [quantity, stated, unit, place].map(str::to_owned);
    pb::Claim { quantity, stated, unit, place, ..Default::default() }
}

impl Client {
    async fn verify(
        &self,
        claims: Vec<pb::Claim>,
        filter: Option<pb::ClaimFilter>,
    ) -> Result<pb::VerifyClaimsResponse, Status> {
        let fund = format!("funds/{FUND}");
        let message = pb::VerifyClaimsRequest { fund, claims, filter, ..Default::default() };
        Ok(self.service.verify_claims(Request::new(message)).await?.into_inner())
    }
}

/// Results as `place quantity OUTCOME first reading rounded (events of count)`.
fn results(answer: &pb::VerifyClaimsResponse) -> Vec<String> {
    let written = |result: &pb::ClaimResult| {
        let claim = &answer.claims[usize::try_from(result.claim).unwrap()];
        let first = &result.readings[0];
        let what = if first.missing.is_empty() { &first.rounded } else { &first.missing };
        let (events, count) = (first.events.len(), first.event_count);
        let outcome = result.outcome().as_str_name().trim_start_matches("CLAIM_OUTCOME_");
        format!("{} {} {outcome} {}={what} {events}/{count}", claim.place, claim.quantity, first.name)
    };
    answer.results.iter().map(written).collect()
}

#[tokio::test]
async fn claims_are_verified_with_the_events_behind_them() {
    let mut client = Client::start().await;
    client.deliver(fund()).await;
    client.deliver(approved("4000")).await;
    client.deliver(adjusted(Direction::Increase, "328.2")).await;
    client.deliver(adjusted(Direction::Decrease, "600")).await;
    client.deliver(adjusted(Direction::Decrease, "69")).await;
    client.deliver(project("smart-tourism", Membership::InFund, ProjectState::InProgress)).await;
    let target = target_ref(Some("smart-tourism"), "d17");
    client.deliver(set(target.clone(), definition(TargetLevel::Detail, "1", "10", Some("人")))).await;
    client.deliver(actual(target.clone(), "61", Some("人"), UnitMatch::Same)).await;
    client.deliver(self_score(of_target(target), "0.5")).await;
    let unopened = client.verify(vec![stated("score.targets.detail", "1", "分", "")], None).await.unwrap();
    assert_eq!(results(&unopened), [" score.targets.detail NOT_COMPUTABLE =NO_EVALUATION 0/0"]);
    client.load(SMART_CITY).await.unwrap();
    client.open().await.unwrap();

    let claims = vec![
        stated("score.targets.detail", "0.7", "分", "line 260"),
        stated("budget.adjustment_rate", "17", "%", "line 139"),
        stated("budget.adjusted", "3660.2", "万元", "line 139"),
        stated("projects.new", "3", "个", "line 9"),
        stated("budget.original", "4000", "万元", "line 139"),
        stated("budget.adjustment_increase", "328.2", "万元", "line 139"),
        stated("budget.adjustment_decrease", "669", "万元", "line 139"),
        stated("targets.detail.attained", "1", "个", "line 10"),
    ];
    let answer = client.verify(claims.clone(), None).await.unwrap();
    assert_eq!(
        results(&answer),
        [
            "line 9 projects.new NOT_COMPUTABLE =ORIGIN_NOT_STATED 0/0",
            "line 10 targets.detail.attained MATCH by_value=1 3/3",
            "line 139 budget.adjusted MISMATCH =3659.2 4/4",
            "line 139 budget.adjustment_decrease MATCH =669 2/2",
            "line 139 budget.adjustment_increase MATCH =328.2 1/1",
            "line 139 budget.adjustment_rate MATCH cuts_only=17 4/4",
            "line 139 budget.original MATCH =4000 1/1",
            "line 260 score.targets.detail MISMATCH by_self_scores=0.5 1/1",
        ]
    );
    // The event that is cited is the one that was delivered.
    let result = answer.results.iter().find(|result| result.claim == 0).unwrap();
    assert_eq!(result.readings[0].events[0].id, "targets-3");
    let rate = answer.results.iter().find(|result| result.claim == 1).unwrap();
    assert_eq!(rate.readings[0].value, "16.725");
    assert_eq!(
        (rate.readings[0].numerator.as_str(), rate.readings[0].denominator.as_str()),
        ("6690000", "40000000")
    );
    let counts = answer.counts.unwrap();
    assert_eq!((counts.r#match, counts.mismatch, counts.not_computable), (5, 2, 1));
    let relation = |relation: &pb::ClaimRelation| {
        (relation.quantity.clone(), relation.outcome().as_str_name().to_owned(), relation.expected.clone())
    };
    let relations: Vec<_> = answer.relations.iter().map(relation).collect();
    let expected = [
        ("budget.adjusted", "RELATION_OUTCOME_DISAGREES", "3659.2"),
        ("budget.adjustment_rate", "RELATION_OUTCOME_AGREES", "16.725"),
    ];
    assert_eq!(
        relations,
        expected.map(|(quantity, outcome, value)| (quantity.into(), outcome.into(), value.into()))
    );

    let filter = pb::ClaimFilter {
        outcomes: vec![pb::ClaimOutcome::Mismatch.into()],
        relation_outcomes: vec![pb::RelationOutcome::Disagrees.into()],
        quantity_prefix: "score.".to_owned(),
    };
    let answer = client.verify(claims, Some(filter)).await.unwrap();
    assert_eq!(results(&answer), ["line 260 score.targets.detail MISMATCH by_self_scores=0.5 1/1"]);
    assert!(answer.relations.is_empty() && answer.counts == Some(counts));
}

#[tokio::test]
async fn without_claims_the_stored_figures_are_verified() {
    let mut client = Client::start().await;
    client.deliver(fund()).await;
    client.deliver(approved("4000")).await;
    assert!(client.verify(Vec::new(), None).await.unwrap().results.is_empty());
    client.state("budget.original", "4001", "万元").await;
    let answer = client.verify(Vec::new(), None).await.unwrap();
    assert_eq!(results(&answer), ["report line 207 budget.original MISMATCH =4000 1/1"]);
}

#[tokio::test]
async fn bad_claims_are_named_field_by_field() {
    let client = Client::start().await;
    let found = client.verify(vec![stated("budget.original", "1", "万元", "")], None).await.unwrap_err();
    assert_eq!(found.code(), Code::NotFound);
    let mut claims = vec![
        stated("budget.original", "1", "万元", ""),
        stated("", "1", "", ""),
        stated("a/b", "1", "", ""),
        stated("score.total", "七十", "分", ""),
        stated("score.total", "0.123456789012345678901234567891", "分", ""),
        stated("score.total", "1\0", "分", ""),
        stated("score.total", "", "分", ""),
        stated("score.total", "1", "分", "\u{1}"),
    ];
    claims.push(pb::Claim { value: "1e3".to_owned(), ..stated("score.total", "一千", "分", "") });
    let filter = pb::ClaimFilter { outcomes: vec![99], relation_outcomes: vec![0], ..Default::default() };
    let status = client.verify(claims, Some(filter)).await.unwrap_err();
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap().field_violations;
    let found: Vec<_> = violations.iter().map(|one| (one.field.as_str(), one.reason.as_str())).collect();
    assert_eq!(
        found,
        [
            ("claims[1].quantity", "REQUIRED"),
            ("claims[2].quantity", "BAD_QUANTITY"),
            ("claims[3].stated", "BAD_NUMBER"),
            ("claims[4].stated", "BAD_NUMBER"),
            ("claims[5].stated", "CONTROL_CHARACTER"),
            ("claims[6].stated", "REQUIRED"),
            ("claims[7].place", "CONTROL_CHARACTER"),
            ("claims[8].value", "BAD_NUMBER"),
            ("filter.outcomes[0]", "UNKNOWN_VALUE"),
            ("filter.relation_outcomes[0]", "REQUIRED"),
        ]
    );
    let many = vec![stated("score.total", "1", "分", ""); 501];
    let status = client.verify(many, None).await.unwrap_err();
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "TOO_MANY_CLAIMS");
}
