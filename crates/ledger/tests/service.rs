//! The service over a real log in a SQLite file.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::sync::Arc;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::{Location, Log, Options, StoredEvent};
use jixiao_events::Names;
use jixiao_events::registry::{DisplayUnit, Fund, Membership, Origin, Project, ProjectState, RegistryEvent};
use jixiao_ledger::{Ledger, LedgerDomain};
use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::ledger::v1 as pb;
use jixiao_proto::jixiao::ledger::v1::ledger_service_server::LedgerService;
use jixiao_proto::jixiao::types::v1::{Approval, ApprovalPart, Recorded};
use tempfile::TempDir;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

const FUND: &str = "funds/smart-city-2019";
const TOURISM: &str = "funds/smart-city-2019/projects/smart-tourism";

/// A service, and the folder that its log is in.
struct World {
    service: Ledger,
    _folder: TempDir,
}

impl World {
    /// The registry's facts of the smart-city fund are taken in.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Location::Folder(folder.path().to_owned()).open::<LedgerDomain>().await.unwrap();
        let log = Log::open(store, Options::default()).await.unwrap();
        let mut last = GENESIS.to_owned();
        for (position, event) in (1..).zip(registry()) {
            let row = stored(position, &event, last.clone());
            log.deliver(&row).await.unwrap().unwrap();
            last = row.hash;
        }
        Self { service: Ledger::new(Arc::clone(&log)), _folder: folder }
    }

    async fn approve(&self, entry: &str, wan: i64) -> Result<Recorded, Status> {
        let request = pb::ApproveBudgetRequest {
            request_id: format!("import-{entry}"),
            scope: FUND.to_owned(),
            entry_id: entry.to_owned(),
            amount: yuan(wan * 10_000),
            on: "2019-01-01".to_owned(),
            source: "report line 139".to_owned(),
            ..pb::ApproveBudgetRequest::default()
        };
        Ok(self.service.approve_budget(Request::new(request)).await?.into_inner().recorded.unwrap())
    }

    async fn adjust(&self, entry: &str, scope: &str, direction: pb::Direction, yuan_: i64) -> Recorded {
        let request = pb::AdjustBudgetRequest {
            request_id: format!("import-{entry}"),
            scope: scope.to_owned(),
            entry_id: entry.to_owned(),
            amount: yuan(yuan_),
            on: "2019".to_owned(),
            approval: Some(Approval {
                approver: "分管市领导".to_owned(),
                approved_on: "2019-10-28".to_owned(),
                not_stated: vec![ApprovalPart::Reason.into()],
                ..Approval::default()
            }),
            direction: direction.into(),
            ..pb::AdjustBudgetRequest::default()
        };
        self.service.adjust_budget(Request::new(request)).await.unwrap().into_inner().recorded.unwrap()
    }

    async fn pay(&self, entry: &str, scope: &str, yuan_: i64) -> Recorded {
        let request = pb::RecordPaymentRequest {
            request_id: format!("import-{entry}"),
            scope: scope.to_owned(),
            entry_id: entry.to_owned(),
            amount: yuan(yuan_),
            on: "2019".to_owned(),
            ..pb::RecordPaymentRequest::default()
        };
        self.service.record_payment(Request::new(request)).await.unwrap().into_inner().recorded.unwrap()
    }

    async fn budget(&self) -> pb::Budget {
        let request = pb::GetBudgetRequest { name: FUND.to_owned(), ..Default::default() };
        self.service.get_budget(Request::new(request)).await.unwrap().into_inner().budget.unwrap()
    }
}

fn registry() -> Vec<RegistryEvent> {
    let names = |zh: &str| Names { zh: zh.to_owned(), en: None };
    vec![
        RegistryEvent::AgencyRegistered {
            agency: "big-data-bureau".parse().unwrap(),
            name: names("无锡市大数据管理局"),
            note: None,
        },
        RegistryEvent::FundCreated(Fund {
            fund: "smart-city-2019".parse().unwrap(),
            name: names("无锡市信息技术产业（智慧城市）扶持资金"),
            fiscal_year: 2019,
            agency: "big-data-bureau".parse().unwrap(),
            department: None,
            predecessor: None,
            display_unit: DisplayUnit::WanYuan,
            time_zone: "Asia/Shanghai".to_owned(),
            documents: Vec::new(),
            support_categories: Vec::new(),
            kind: jixiao_events::FundKind::SpecialFund,
        }),
        RegistryEvent::ProjectRegistered(Project {
            fund: "smart-city-2019".parse().unwrap(),
            project: "smart-tourism".parse().unwrap(),
            name: names("智慧全域旅游项目"),
            membership: Membership::InFund,
            origin: Origin::OtherAgency,
            implementing_agency: None,
            second_agency: None,
            category: None,
            group: Some("new-2019".parse().unwrap()),
            state: ProjectState::NotStated,
            state_on: None,
            approved_on: None,
            carried_over: None,
            note: None,
            source: None,
        }),
    ]
}

fn stored(position: u64, event: &RegistryEvent, previous_hash: String) -> StoredEvent {
    let request_id = format!("registry-{position}");
    let mut row = StoredEvent {
        log: "registry".to_owned(),
        position,
        id: StoredEvent::id_for("registry", &request_id, 0),
        keys: Vec::new(),
        event_type: <&str>::from(event).to_owned(),
        payload: serde_json::to_string(event).unwrap(),
        causation: None,
        correlation: None,
        trace: None,
        actor: "import".to_owned(),
        approval: None,
        effective: None,
        recorded_time: 0,
        request_id,
        request_index: 0,
        request_hash: String::new(),
        previous_hash,
        hash: String::new(),
    };
    row.hash = row.compute_hash();
    row
}

/// As a field of a message.
#[allow(clippy::unnecessary_wraps, reason = "message fields are optional")]
fn yuan(units: i64) -> Option<Money> {
    Some(Money { currency_code: "CNY".to_owned(), units, nanos: 0 })
}

#[tokio::test]
async fn the_smart_city_fund_of_wuxi_2019() {
    let world = World::open().await;
    let first = world.approve("original", 4_000).await.unwrap();
    assert_eq!(first.name, "funds/smart-city-2019/entries/original");
    assert_eq!(world.approve("original", 4_000).await.unwrap(), first, "a repeat gets the first answer");
    world
        .adjust("new-2019", "funds/smart-city-2019/groups/new-2019", pb::Direction::Increase, 2_832_000)
        .await;
    world.adjust("top-level-design", FUND, pb::Direction::Increase, 450_000).await;
    world.adjust("2019-10-28", FUND, pb::Direction::Decrease, 6_690_000).await;
    world.pay("expenditure", FUND, 24_425_000).await;
    let budget = world.budget().await;
    assert_eq!((budget.adjusted, budget.unspent), (yuan(36_592_000), yuan(12_167_000)));
    let adjustment = budget.adjustment_rates.unwrap();
    let rates = [adjustment.gross, adjustment.net, adjustment.signed_net, adjustment.cuts_only];
    assert_eq!(rates, ["24.93", "8.52", "-8.52", "16.725"]);
    let execution = budget.execution_rates.unwrap();
    let rates = [execution.original, execution.adjusted, execution.received];
    assert_eq!(rates, ["61.0625", "66.74956274595540008745080892", ""]); // no receipt is stated
}

#[tokio::test]
async fn accounts_and_entries_page_by_key() {
    let world = World::open().await;
    world.approve("original", 4_000).await.unwrap();
    let paid = world.pay("over", TOURISM, 5).await;
    let list = |page_token: String, page_size| pb::ListAccountsRequest {
        parent: FUND.to_owned(),
        page_size,
        page_token,
        wait_for: vec![paid.position.clone()],
        ..Default::default()
    };
    let first = world.service.list_accounts(Request::new(list(String::new(), 2))).await.unwrap().into_inner();
    let holders: Vec<_> = first.accounts.iter().map(|row| row.holder.as_str()).collect();
    assert_eq!(holders, ["agencies/big-data-bureau", FUND]);
    let rest = list(first.next_page_token, 2);
    let rest = world.service.list_accounts(Request::new(rest)).await.unwrap().into_inner();
    assert_eq!((rest.accounts[0].holder.as_str(), rest.next_page_token.as_str()), (TOURISM, ""));
    let available = pb::Balance {
        kind: pb::AccountKind::Available.into(),
        normal_side: pb::NormalSide::Debit.into(),
        amount: yuan(-5),
    };
    assert_eq!(rest.accounts[0].balances[0], available);

    let list = pb::ListEntriesRequest { parent: FUND.to_owned(), ..pb::ListEntriesRequest::default() };
    let entries = world.service.list_entries(Request::new(list)).await.unwrap().into_inner().entries;
    assert_eq!(entries.len(), 2);
    let get = pb::GetEntryRequest { name: format!("{FUND}/entries/over"), ..Default::default() };
    let entry = world.service.get_entry(Request::new(get)).await.unwrap().into_inner().entry.unwrap();
    assert_eq!(entry, entries[1]);
    assert_eq!((entry.over_limit, entry.event_id), (yuan(5), paid.event_ids[0].clone()));
    assert_eq!(world.budget().await.over_limit_payments, [entry.name]);
}

#[tokio::test]
async fn a_refusal_names_what_holds_the_money() {
    let world = World::open().await;
    world.approve("original", 1).await.unwrap();
    let commit = |entry: &str, units| pb::CommitMoneyRequest {
        request_id: format!("import-{entry}"),
        scope: FUND.to_owned(),
        entry_id: entry.to_owned(),
        amount: yuan(units),
        on: "2019".to_owned(),
        contract: "2019-7".to_owned(),
        ..pb::CommitMoneyRequest::default()
    };
    world.service.commit_money(Request::new(commit("c1", 9_000))).await.unwrap();
    let refused = world.service.commit_money(Request::new(commit("c2", 1_001))).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(
        refused.message(),
        "1001.00 exceed the 1000.00 that funds/smart-city-2019 has available; held by commitments 9000.00 (c1, contract \
         2019-7: 9000.00)"
    );
    assert_eq!(refused.get_details_error_info().unwrap().reason, "AVAILABLE_EXCEEDED");
    assert_eq!(refused.get_details_resource_info().unwrap().resource_name, FUND);
    assert!(refused.get_details_localized_message().unwrap().message.contains("承诺 9000.00 元"));
}

#[tokio::test]
async fn every_bad_field_at_once() {
    let world = World::open().await;
    let request = pb::AdjustBudgetRequest {
        request_id: "import-1".to_owned(),
        scope: "funds/smart-city-2019/projects".to_owned(),
        entry_id: "Not an id".to_owned(),
        amount: Some(Money { currency_code: "CNY".to_owned(), units: 1, nanos: 1_000_000 }),
        on: "2019-13".to_owned(),
        ..pb::AdjustBudgetRequest::default()
    };
    let refused = world.service.adjust_budget(Request::new(request)).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let violations = refused.get_details_bad_request().unwrap().field_violations;
    let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
    assert_eq!(fields, ["scope", "entry_id", "amount", "on", "approval", "direction"]);

    let request = pb::RecordPaymentRequest {
        request_id: "import-2".to_owned(),
        scope: FUND.to_owned(),
        entry_id: "p1".to_owned(),
        amount: yuan(1),
        on: "2019".to_owned(),
        payment_request: "funds/e-government-2019/entries/r1".to_owned(),
        ..pb::RecordPaymentRequest::default()
    };
    let refused = world.service.record_payment(Request::new(request)).await.unwrap_err();
    assert_eq!(refused.get_details_error_info().unwrap().reason, "OTHER_FUND");

    let unknown = pb::GetBudgetRequest { name: "funds/nothing".to_owned(), ..Default::default() };
    assert_eq!(world.service.get_budget(Request::new(unknown)).await.unwrap_err().code(), Code::NotFound);
}
