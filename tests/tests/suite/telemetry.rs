//! Traces: one runs from a command through its commit, its publication and its intake to what was computed anew.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jixiao_eventlog::nats::{Connection, Flow, Limits, apply};
use jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient;
use jixiao_proto::jixiao::registry::v1::{CreateFundRequest, DisplayUnit, RegisterAgencyRequest};
use jixiao_tests::apart::{Apart, Setup};
use jixiao_tests::nats::Nats;
use jixiao_tests::postgres;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Endpoint, Server};
use tonic::{Request, Response, Status};

use crate::api::names;

/// A span as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Arrived {
    service: String,
    name: String,
    id: Vec<u8>,
    parent: Vec<u8>,
}

/// Collects the spans of one trace.
#[derive(Clone)]
struct Collector {
    trace: Vec<u8>,
    spans: Arc<Mutex<BTreeSet<Arrived>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for of_process in request.into_inner().resource_spans {
            let attributes = of_process.resource.map(|resource| resource.attributes).unwrap_or_default();
            let service = attributes.into_iter().find(|attribute| attribute.key == "service.name");
            let service = match service.and_then(|attribute| attribute.value).and_then(|value| value.value) {
                Some(Value::StringValue(service)) => service,
                other => panic!("a process without a name: {other:?}"),
            };
            for span in of_process.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                if span.trace_id == self.trace {
                    let service = service.clone();
                    let (name, id, parent) = (span.name, span.span_id, span.parent_span_id);
                    self.spans.lock().unwrap().insert(Arrived { service, name, id, parent });
                }
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    fn all(&self) -> Vec<Arrived> {
        self.spans.lock().unwrap().iter().cloned().collect()
    }

    /// Who is whose child, by service and name: each way from the trace's first span down.
    fn ways(&self) -> BTreeSet<String> {
        let all = self.all();
        let label = |span: &Arrived| {
            format!("{} {}", span.service.strip_prefix("jixiao-").unwrap_or(&span.service), span.name)
        };
        let way = |span: &Arrived| {
            let mut way = vec![label(span)];
            let mut at = span.clone();
            while let Some(parent) = all.iter().find(|other| other.id == at.parent) {
                way.push(label(parent));
                at = parent.clone();
            }
            way.reverse();
            way.join(" > ")
        };
        all.iter().map(way).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_runs_from_a_command_to_what_follows_elsewhere() {
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let caller = "00f067aa0ba902b7";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let bytes = |hex: &str| {
        let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect::<Vec<_>>()
    };
    let collector = Collector { trace: bytes(trace), spans: Arc::default() };
    let service = TraceServiceServer::new(collector.clone());
    tokio::spawn(
        Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener)),
    );

    let nats = Nats::start();
    let connection = Connection { url: nats.url(), ..Connection::default() };
    let flows = [Flow { log: "registry", consumers: vec!["ledger", "targets", "scoring"] }];
    apply(&connection, &flows, &Limits::default()).await.unwrap();
    let mut setup = Setup::new(postgres::shared());
    setup.nats_url = Some(nats.url());
    setup.args = ["--otlp-endpoint".to_owned(), format!("http://{address}")].into();
    setup.env = vec![("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "100".to_owned())];
    let mut apart = tokio::task::spawn_blocking(move || Apart::start(setup)).await.unwrap();

    let url = apart.node("registry", 0).url();
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    let mut registry = RegistryServiceClient::new(channel);
    let agency = RegisterAgencyRequest {
        request_id: "agency".to_owned(),
        agency_id: "bureau".to_owned(),
        names: names("局"),
        ..Default::default()
    };
    registry.register_agency(agency).await.unwrap();
    let mut create = Request::new(CreateFundRequest {
        request_id: "fund".to_owned(),
        fund_id: "traced".to_owned(),
        names: names("资金"),
        fiscal_year: 2026,
        agency: "agencies/bureau".to_owned(),
        display_unit: DisplayUnit::Yuan.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        ..Default::default()
    });
    create.metadata_mut().insert("traceparent", format!("00-{trace}-{caller}-01").parse().unwrap());
    registry.create_fund(create).await.unwrap();

    let mut expected: BTreeSet<String> =
        ["command", "command > registry commit", "command > registry publish"]
            .map(|way| format!("registry {way}"))
            .into();
    for service in ["ledger", "targets", "scoring"] {
        let intake = format!("registry command > {service} intake");
        expected.extend([
            format!("{intake} > {service} commit"),
            format!("{intake} > {service} recompute"),
            intake,
        ]);
    }
    let began = Instant::now();
    // There are more: scoring also takes in what ledger and targets took in.
    while !expected.is_subset(&collector.ways()) {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "the spans that came:\n{:#?}\nexpected:\n{expected:#?}",
            collector.ways()
        );
        sleep(Duration::from_millis(100)).await;
    }
    // The first one continues the caller's.
    let first = collector.all().into_iter().find(|span| span.name == "command").unwrap();
    assert_eq!(first.parent, bytes(caller));
}
