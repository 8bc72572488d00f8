//! Commands simulated service by service, as a client passes one's events on to the next, and really sent.

use std::collections::BTreeMap;

use jixiao_proto::google::rpc::Status as PbStatus;
use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1::Outcome;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::server::Server;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, MethodDescriptor, ReflectMessage, Value,
};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::api::Api;
use crate::requests::corpus::{body, methods, path};
use crate::requests::wire::{Sent, framed, send};

/// The services in the order in which their events are passed on.
pub const SERVICES: [&str; 4] = ["registry", "ledger", "targets", "scoring"];

/// The logs that each takes in.
fn sources(service: &str) -> &'static [&'static str] {
    match service {
        "registry" => &[],
        "ledger" | "targets" => &["registry"],
        _ => &["registry", "ledger", "targets"],
    }
}

/// A hypothetical command: the request of a write call.
#[derive(Debug, Clone)]
pub struct Supposed {
    pub service: &'static str,
    pub method: MethodDescriptor,
    pub request: DynamicMessage,
}

/// The write calls of a service: those that can be supposed.
pub fn writes(service: &str) -> Vec<MethodDescriptor> {
    let package = format!("jixiao.{service}.v1");
    let of_service = methods().into_iter().filter(|method| {
        method.parent_service().package_name() == package
            && method.input().get_field_by_name("request_id").is_some()
    });
    of_service.collect()
}

fn pool() -> DescriptorPool {
    methods()[0].parent_pool().clone()
}

/// A server and what is supposed of it.
pub struct Chain {
    pub api: Api,
    channel: Channel,
}

/// What simulations predict.
pub struct Predicted {
    /// Of each command, by service and in the order supposed.
    pub outcomes: Vec<Outcome>,
    /// What scoring says of the evaluation.
    pub scoring: scoring::SimulateResponse,
}

impl Chain {
    pub fn of(server: &Server) -> Self {
        let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
        Self { api: Api::new(&server.url()), channel }
    }

    /// Waits until every log has taken in all that the others hold.
    pub async fn settle(&mut self) {
        let heads = self.api.heads().await;
        let not_scoring: Vec<String> = heads.into_iter().filter(|head| of_log(head) != "scoring").collect();
        for fund in ["smart-city-2019", "e-government-2019"] {
            let name = format!("funds/{fund}");
            let request =
                scoring::GetEvaluationRequest { name, wait_for: not_scoring.clone(), ..Default::default() };
            self.api.scoring.get_evaluation(request).await.unwrap();
        }
        let mut before = self.api.heads().await;
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let now = self.api.heads().await;
            if now == before {
                return;
            }
            before = now;
        }
    }

    /// Simulates commands, each service's after those that it takes in, and the evaluation of a fund.
    pub async fn simulate(&mut self, fund: &str, supposed: &[Supposed]) -> Predicted {
        let mut events: Vec<(&str, CloudEvent)> = Vec::new();
        let mut outcomes = Vec::new();
        let mut heads = self.api.heads().await;
        let mut answered = scoring::SimulateResponse::default();
        for service in SERVICES {
            let commands = supposed.iter().filter(|supposed| supposed.service == service);
            let foreign: Vec<CloudEvent> = events
                .iter()
                .filter(|(log, _)| sources(service).contains(log))
                .map(|(_, event)| event.clone())
                .collect();
            let wait_for: Vec<String> = heads
                .iter()
                .filter(|head| sources(service).contains(&of_log(head).as_str()))
                .cloned()
                .collect();
            let commands = commands.map(|supposed| supposed.request.clone()).collect();
            let answer = self.ask(service, fund, commands, foreign, wait_for).await.unwrap();
            assert!(answer.not_taken_in.is_empty(), "{service}: {:?}", answer.not_taken_in);
            for outcome in answer.outcomes.iter().filter(|outcome| !outcome.already_done) {
                events.extend(outcome.events.iter().map(|event| (service, event.clone())));
            }
            outcomes.extend(answer.outcomes.iter().cloned());
            heads.retain(|head| of_log(head) != service);
            heads.push(answer.position.clone());
            answered = answer;
        }
        Predicted { outcomes, scoring: answered }
    }

    /// One Simulate call. Every service's answer reads as scoring's, which holds more.
    pub async fn ask(
        &self,
        service: &str,
        fund: &str,
        requests: Vec<DynamicMessage>,
        foreign_events: Vec<CloudEvent>,
        wait_for: Vec<String>,
    ) -> Result<scoring::SimulateResponse, Status> {
        let pool = pool();
        let package = format!("jixiao.{service}.v1");
        let command = pool.get_message_by_name(&format!("{package}.SimulatedCommand")).unwrap();
        let commands = requests.into_iter().map(|request| {
            // Descriptors that were read twice are not the same.
            let of = request.descriptor().full_name().to_owned();
            let request_of = |field: &FieldDescriptor| field.kind().as_message().cloned();
            let field =
                command.fields().find(|field| request_of(field).is_some_and(|kind| kind.full_name() == of));
            let field = field.unwrap();
            let bytes = request.encode_to_vec();
            let request = DynamicMessage::decode(request_of(&field).unwrap(), bytes.as_slice()).unwrap();
            let mut supposed = DynamicMessage::new(command.clone());
            supposed.set_field(&field, Value::Message(request));
            Value::Message(supposed)
        });
        let mut request =
            DynamicMessage::new(pool.get_message_by_name(&format!("{package}.SimulateRequest")).unwrap());
        request.set_field_by_name("commands", Value::List(commands.collect()));
        request.set_field_by_name("wait_for", Value::List(wait_for.into_iter().map(Value::String).collect()));
        if service == "scoring" {
            request.set_field_by_name("name", Value::String(format!("funds/{fund}")));
        }
        if !sources(service).is_empty() {
            let of = pool.get_message_by_name("io.cloudevents.v1.CloudEvent").unwrap();
            let dynamic = |event: &CloudEvent| {
                Value::Message(DynamicMessage::decode(of.clone(), event.encode_to_vec().as_slice()).unwrap())
            };
            let events = foreign_events.iter().map(dynamic).collect();
            request.set_field_by_name("foreign_events", Value::List(events));
        }
        let of = request.descriptor();
        let method =
            methods().into_iter().find(|method| method.input().full_name() == of.full_name()).unwrap();
        let sent = Sent { path: path(&method), body: body(&request), encoding: None };
        let answer = send(&self.channel, &sent, true).await;
        match answer.status.code() {
            Code::Ok => Ok(scoring::SimulateResponse::decode(answer.message.unwrap()).unwrap()),
            _ => Err(answer.status),
        }
    }

    /// Really sends commands, each service's after those that it takes in: of each, by service, what was recorded or why not.
    pub async fn send(&mut self, supposed: &[Supposed]) -> Vec<Result<Recorded, Status>> {
        let mut answers = Vec::new();
        for service in SERVICES {
            for supposed in supposed.iter().filter(|supposed| supposed.service == service) {
                let body = framed(&supposed.request.encode_to_vec());
                let sent = Sent { path: path(&supposed.method), body, encoding: None };
                let answer = send(&self.channel, &sent, true).await;
                answers.push(match answer.status.code() {
                    Code::Ok => {
                        let message = answer.message.unwrap();
                        let output = DynamicMessage::decode(supposed.method.output(), message).unwrap();
                        let recorded = output.get_field_by_name("recorded").unwrap().into_owned();
                        let recorded = recorded.as_message().unwrap().encode_to_vec();
                        Ok(Recorded::decode(recorded.as_slice()).unwrap())
                    }
                    _ => Err(answer.status),
                });
            }
            self.settle().await;
        }
        answers
    }

    /// Holds what was predicted of commands against what came of them.
    pub async fn expect(
        &mut self,
        supposed: &[Supposed],
        outcomes: &[Outcome],
        answers: &[Result<Recorded, Status>],
    ) {
        let mut rows = BTreeMap::new();
        for log in SERVICES {
            rows.extend(self.api.read(log).await.into_iter().map(|event| (event.id.clone(), event)));
        }
        let by_service = SERVICES
            .iter()
            .flat_map(|service| supposed.iter().filter(move |supposed| supposed.service == *service));
        assert_eq!(outcomes.len(), answers.len());
        for ((supposed, outcome), answer) in by_service.zip(outcomes).zip(answers) {
            let shown = format!("{} {:?}", supposed.method.name(), supposed.request);
            match (&outcome.refusal, answer) {
                (Some(refusal), Err(status)) => {
                    assert_eq!(said(&as_status(refusal)), said(status), "{shown}");
                }
                (None, Ok(recorded)) => {
                    assert_eq!(outcome.name, recorded.name, "{shown}");
                    let ids: Vec<&str> = outcome.events.iter().map(|event| event.id.as_str()).collect();
                    assert_eq!(ids, recorded.event_ids, "{shown}");
                    for event in &outcome.events {
                        let event = jixiao_eventlog::cloudevent::from_cloud_event(event).unwrap();
                        let row = &rows[&event.id];
                        assert_eq!(event.payload, row.payload, "{shown}");
                        assert_eq!(
                            (&event.event_type, &event.keys, &event.effective, &event.approval, &event.actor),
                            (&row.event_type, &row.keys, &row.effective, &row.approval, &row.actor),
                            "{shown}"
                        );
                    }
                }
                (predicted, answer) => panic!("{shown}\npredicted: {predicted:?}\nanswered: {answer:?}"),
            }
        }
    }
}

/// The log that a position is of.
fn of_log(token: &str) -> String {
    jixiao_eventlog::Position::from_token(token).unwrap().log
}

pub fn as_status(status: &PbStatus) -> Status {
    Status::with_details(Code::from(status.code), status.message.clone(), status.encode_to_vec().into())
}

/// Everything that a refusal says, but for the positions that it had seen.
pub fn said(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().map(|info| {
        let metadata: BTreeMap<_, _> = info.metadata.iter().filter(|(key, _)| *key != "seen").collect();
        format!("{} {} {metadata:?}", info.reason, info.domain)
    });
    format!(
        "{:?} {} {info:?} {:?} {:?} {:?} {:?}",
        status.code(),
        status.message(),
        details.bad_request(),
        details.precondition_failure(),
        details.resource_info(),
        details.localized_message(),
    )
}

/// An evaluation without what only recording gives.
pub fn unrecorded(evaluation: &scoring::Evaluation) -> scoring::Evaluation {
    let mut evaluation = evaluation.clone();
    if let Some(record) = &mut evaluation.record {
        record.recorded_time.clear();
    }
    let of_sums = evaluation.sums.iter_mut().flat_map(|sum| &mut sum.stated_figures);
    for event in
        evaluation.stated_figures.iter_mut().chain(of_sums).filter_map(|stated| stated.event.as_mut())
    {
        event.recorded_time.clear();
    }
    evaluation
}

/// The evaluation of a fund; `None` while none is open.
pub async fn evaluation(api: &mut Api, fund: &str) -> Option<scoring::Evaluation> {
    let request = scoring::GetEvaluationRequest { name: format!("funds/{fund}"), ..Default::default() };
    let answer = api.scoring.get_evaluation(request).await;
    answer.ok().and_then(|answer| answer.into_inner().evaluation)
}

/// The findings of a fund by name, without the events behind them; none of a project, since they are about funds.
pub async fn findings(api: &mut Api, fund: &str) -> BTreeMap<String, scoring::Finding> {
    let mut listed = BTreeMap::new();
    if fund.contains('/') {
        return listed;
    }
    let mut page_token = String::new();
    loop {
        let request = scoring::ListFindingsRequest {
            parent: format!("funds/{fund}"),
            page_size: 200,
            page_token,
            ..Default::default()
        };
        let page = api.scoring.list_findings(request).await.unwrap().into_inner();
        listed.extend(page.findings.iter().map(|finding| (finding.name.clone(), without_events(finding))));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return listed;
        }
    }
}

/// What a finding says and the answer that it has, without the events behind it and when the answer was recorded, and without
/// what people call what it is about, which may get another name while the finding stays what it is.
pub fn without_events(finding: &scoring::Finding) -> scoring::Finding {
    let answer = finding.answer.clone();
    scoring::Finding {
        events: Vec::new(),
        event_count: 0,
        answer: answer.map(|answer| scoring::FindingAnswer { recorded_time: String::new(), ..answer }),
        subject_names: None,
        ..finding.clone()
    }
}

/// Every indicator of a fund as it stands.
pub async fn indicators(api: &mut Api, fund: &str) -> BTreeMap<String, scoring::Standing> {
    let mut listed = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = scoring::ListIndicatorsRequest {
            parent: format!("funds/{fund}"),
            page_size: 200,
            page_token,
            ..Default::default()
        };
        let Ok(page) = api.scoring.list_indicators(request).await else { return listed };
        let page = page.into_inner();
        listed.extend(page.indicators.into_iter().map(|indicator| {
            let standing = scoring::Standing {
                weight: indicator.weight,
                self_score: indicator.self_score,
                score: indicator.score,
                status: indicator.status,
                measured: indicator.measured,
            };
            (indicator.name, standing)
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return listed;
        }
    }
}

/// Holds what was predicted of an evaluation, and how it differs from `before`, against what it came to.
pub async fn expect_evaluation(
    chain: &mut Chain,
    fund: &str,
    before: &Seen,
    predicted: &scoring::SimulateResponse,
) {
    let after = Seen::of(chain, fund).await;
    assert_eq!(predicted.before.as_ref().map(unrecorded), before.evaluation);
    assert_eq!(predicted.after.as_ref().map(unrecorded), after.evaluation);

    let mut indicators = before.indicators.clone();
    for difference in &predicted.indicators {
        assert_eq!(difference.before.as_ref(), before.indicators.get(&difference.name));
        assert_ne!(difference.before, difference.after);
        assert!(!difference.causes.is_empty(), "{}", difference.name);
        match &difference.after {
            Some(after) => drop(indicators.insert(difference.name.clone(), after.clone())),
            None => drop(indicators.remove(&difference.name)),
        }
    }
    assert_eq!(indicators, after.indicators);

    let mut findings = before.findings.clone();
    for difference in &predicted.findings {
        let finding = without_events(difference.finding.as_ref().unwrap());
        assert!(!difference.causes.is_empty(), "{finding:?}");
        let known = before.findings.get(&finding.name);
        match difference.kind() {
            scoring::FindingChangeKind::Raised => {
                assert!(known.is_none(), "{finding:?}");
                findings.insert(finding.name.clone(), finding);
            }
            scoring::FindingChangeKind::Revised | scoring::FindingChangeKind::Answered => {
                assert_eq!(difference.before.as_ref().map(without_events).as_ref(), known);
                findings.insert(finding.name.clone(), finding);
            }
            scoring::FindingChangeKind::Cleared => {
                assert_eq!(known, Some(&finding));
                findings.remove(&finding.name);
            }
            scoring::FindingChangeKind::Unspecified => panic!("{finding:?}"),
        }
    }
    assert_eq!(findings, after.findings);
    let count = |len: usize| i32::try_from(len).unwrap();
    assert_eq!(predicted.indicator_count, count(predicted.indicators.len()));
    assert_eq!(predicted.finding_count, count(predicted.findings.len()));
}

/// All of an evaluation that is compared.
#[derive(Debug, PartialEq)]
pub struct Seen {
    evaluation: Option<scoring::Evaluation>,
    indicators: BTreeMap<String, scoring::Standing>,
    findings: BTreeMap<String, scoring::Finding>,
}

impl Seen {
    pub async fn of(chain: &mut Chain, fund: &str) -> Self {
        Self {
            evaluation: evaluation(&mut chain.api, fund).await.as_ref().map(unrecorded),
            indicators: indicators(&mut chain.api, fund).await,
            findings: findings(&mut chain.api, fund).await,
        }
    }
}
