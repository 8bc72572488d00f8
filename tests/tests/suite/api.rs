//! The services as a client of another agency calls them.

use std::time::Duration;

use jixiao_eventlog::StoredEvent;
use jixiao_eventlog::cloudevent::from_cloud_event;
use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::eventlog::v1::event_log_service_client::EventLogServiceClient;
use jixiao_proto::jixiao::eventlog::v1::{ListLogsRequest, ReadEventsRequest};
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::ledger::v1::ledger_service_client::LedgerServiceClient;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient;
use jixiao_proto::jixiao::scoring::v1 as scoring;
use jixiao_proto::jixiao::scoring::v1::scoring_service_client::ScoringServiceClient;
use jixiao_proto::jixiao::targets::v1::target_service_client::TargetServiceClient;
use jixiao_proto::jixiao::types::v1::{Approval, ApprovalPart, Names, Recorded};
use tonic::transport::{Channel, Endpoint};

/// A client of every service of one server.
#[derive(Debug, Clone)]
pub struct Api {
    pub registry: RegistryServiceClient<Channel>,
    pub ledger: LedgerServiceClient<Channel>,
    pub targets: TargetServiceClient<Channel>,
    pub scoring: ScoringServiceClient<Channel>,
    pub logs: EventLogServiceClient<Channel>,
}

impl Api {
    /// Connects when it is first used, and again after the server was away.
    pub fn new(url: &str) -> Self {
        let endpoint = Endpoint::from_shared(url.to_owned()).unwrap().connect_timeout(Duration::from_secs(5));
        let channel = endpoint.connect_lazy();
        Self {
            registry: RegistryServiceClient::new(channel.clone()),
            ledger: LedgerServiceClient::new(channel.clone()),
            targets: TargetServiceClient::new(channel.clone()),
            scoring: ScoringServiceClient::new(channel.clone()),
            logs: EventLogServiceClient::new(channel),
        }
    }

    /// A client of services apart: registry, ledger, targets, scoring. No call takes longer than told, so that a server that
    /// is frozen or cut off is given up.
    pub fn apart(urls: [&str; 4], longest: Duration) -> Self {
        let [registry, ledger, targets, scoring] = urls.map(|url| {
            let endpoint = Endpoint::from_shared(url.to_owned()).unwrap();
            endpoint.connect_timeout(Duration::from_secs(5)).timeout(longest).connect_lazy()
        });
        Self {
            logs: EventLogServiceClient::new(registry.clone()),
            registry: RegistryServiceClient::new(registry),
            ledger: LedgerServiceClient::new(ledger),
            targets: TargetServiceClient::new(targets),
            scoring: ScoringServiceClient::new(scoring),
        }
    }

    /// How many events all logs hold.
    pub async fn events(&mut self) -> Result<u64, tonic::Status> {
        let logs = self.logs.list_logs(ListLogsRequest::default()).await?.into_inner().logs;
        Ok(logs.iter().map(|log| log.events).sum())
    }

    /// The heads of all logs, to wait for.
    pub async fn heads(&mut self) -> Vec<String> {
        let logs = self.logs.list_logs(ListLogsRequest::default()).await.unwrap().into_inner().logs;
        logs.into_iter().map(|log| log.head).collect()
    }

    /// Every event of a log.
    pub async fn read(&mut self, log: &str) -> Vec<StoredEvent> {
        let mut events = Vec::new();
        let mut after = String::new();
        loop {
            let request = ReadEventsRequest { log: log.to_owned(), after, page_size: 1_000 };
            let page = self.logs.read_events(request).await.unwrap().into_inner();
            events.extend(page.events.iter().map(|event| from_cloud_event(event).unwrap()));
            after = page.next;
            if after == page.head {
                return events;
            }
        }
    }

    /// One indicator, as it is after these positions.
    pub async fn indicator(&mut self, name: &str, wait_for: &[&Recorded]) -> scoring::Indicator {
        let wait_for = wait_for.iter().map(|recorded| recorded.position.clone()).collect();
        let request =
            scoring::ExplainIndicatorRequest { name: name.to_owned(), wait_for, ..Default::default() };
        let explanation = self.scoring.explain_indicator(request).await.unwrap().into_inner().explanation;
        explanation.unwrap().indicator.unwrap()
    }

    /// A fund with this original budget in yuan, of an agency of its own.
    pub async fn fund(&mut self, fund: &str, yuan: i64) -> Recorded {
        let agency = registry::RegisterAgencyRequest {
            request_id: format!("agency {fund}"),
            agency_id: format!("agency-{fund}"),
            names: names("局"),
            ..Default::default()
        };
        self.registry.register_agency(agency).await.unwrap();
        let create = registry::CreateFundRequest {
            request_id: format!("fund {fund}"),
            fund_id: fund.to_owned(),
            names: names("资金"),
            fiscal_year: 2026,
            agency: format!("agencies/agency-{fund}"),
            display_unit: registry::DisplayUnit::Yuan.into(),
            time_zone: "Asia/Shanghai".to_owned(),
            ..Default::default()
        };
        let created = self.registry.create_fund(create).await.unwrap().into_inner().recorded.unwrap();
        let approve = ledger::ApproveBudgetRequest {
            request_id: format!("original {fund}"),
            wait_for: vec![created.position],
            scope: format!("funds/{fund}"),
            entry_id: "original".to_owned(),
            amount: money(yuan),
            on: "2026-01-01".to_owned(),
            approval: not_stated(),
            agency: format!("agencies/agency-{fund}"),
            ..Default::default()
        };
        self.ledger.approve_budget(approve).await.unwrap().into_inner().recorded.unwrap()
    }
}

pub fn names(zh: &str) -> Option<Names> {
    Some(Names { zh: zh.to_owned(), en: String::new() })
}

pub fn money(yuan: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units: yuan, nanos: 0 })
}

/// An approval of which the source says nothing.
pub fn not_stated() -> Option<Approval> {
    let not_stated = [ApprovalPart::Approver, ApprovalPart::ApprovedOn, ApprovalPart::Reason];
    Some(Approval { not_stated: not_stated.map(i32::from).to_vec(), ..Default::default() })
}

/// An increase of a fund's budget.
pub fn increase(request_id: &str, fund: &str, yuan: i64) -> ledger::AdjustBudgetRequest {
    ledger::AdjustBudgetRequest {
        request_id: request_id.to_owned(),
        scope: format!("funds/{fund}"),
        entry_id: request_id.to_owned(),
        amount: money(yuan),
        on: "2026-06-01".to_owned(),
        approval: not_stated(),
        direction: ledger::Direction::Increase.into(),
        ..Default::default()
    }
}

/// A payment request on what a fund has available.
pub fn payment_request(request_id: &str, fund: &str, yuan: i64) -> ledger::RequestPaymentRequest {
    ledger::RequestPaymentRequest {
        request_id: request_id.to_owned(),
        scope: format!("funds/{fund}"),
        entry_id: request_id.to_owned(),
        amount: money(yuan),
        on: "2026-06-02".to_owned(),
        approval: not_stated(),
        ..Default::default()
    }
}
