//! Monitoring over the wire: days come, data arrive, warnings are raised, changed and cleared, each once.

mod clock;
mod synthetic;

use std::time::Duration;

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use tonic::Code;
use tonic_types::StatusExt;

use crate::api::{Api, money, names, not_stated};

/// A scheme that watches money, targets and the gap between them.
pub const SCHEME: &str = include_str!("scheme.toml");

const FUND: &str = "watched-2019";

impl Api {
    /// A fund of 2019 with this original budget, evaluated by [`SCHEME`].
    pub async fn watched(&mut self, fund: &str, yuan: i64) {
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
            names: names("合成资金"),
            fiscal_year: 2019,
            agency: format!("agencies/agency-{fund}"),
            display_unit: registry::DisplayUnit::WanYuan.into(),
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
            on: "2019-01-01".to_owned(),
            approval: not_stated(),
            agency: format!("agencies/agency-{fund}"),
            ..Default::default()
        };
        self.ledger.approve_budget(approve).await.unwrap();
        let load = pb::LoadSchemeRequest {
            request_id: "scheme".to_owned(),
            text: SCHEME.to_owned(),
            file_name: "scheme.toml".to_owned(),
            approval: not_stated(),
            ..Default::default()
        };
        self.scoring.load_scheme(load).await.unwrap();
        let open = pb::OpenEvaluationRequest {
            request_id: format!("open {fund}"),
            wait_for: self.sources().await,
            fund: format!("funds/{fund}"),
            scheme: "schemes/synthetic-2019".to_owned(),
            ..Default::default()
        };
        self.scoring.open_evaluation(open).await.unwrap();
    }

    /// The heads of the logs that scoring takes in.
    pub async fn sources(&mut self) -> Vec<String> {
        let of = |head: &String| {
            let log = jixiao_eventlog::Position::from_token(head).unwrap().log;
            ["registry", "ledger", "targets"].contains(&log.as_str())
        };
        self.heads().await.into_iter().filter(of).collect()
    }

    /// A payment, in yuan.
    pub async fn pay(&mut self, fund: &str, entry: &str, yuan: i64, on: &str) {
        let pay = ledger::RecordPaymentRequest {
            request_id: format!("{fund} {entry}"),
            scope: format!("funds/{fund}"),
            entry_id: entry.to_owned(),
            amount: money(yuan),
            on: on.to_owned(),
            approval: not_stated(),
            ..Default::default()
        };
        self.ledger.record_payment(pay).await.unwrap();
    }

    /// A day comes, after all that the other services hold.
    pub async fn reach(&mut self, fund: &str, on: &str) -> Result<pb::ReachDateResponse, tonic::Status> {
        let request = pb::ReachDateRequest {
            request_id: format!("{fund} {on}"),
            wait_for: self.sources().await,
            fund: format!("funds/{fund}"),
            on: on.to_owned(),
        };
        Ok(self.scoring.reach_date(request).await?.into_inner())
    }

    /// What happened to a fund's warnings: kind, monitor, level, cause.
    pub async fn told(&mut self, fund: &str) -> Vec<String> {
        let wait_for = self.sources().await;
        let parent = format!("funds/{fund}");
        let request =
            pb::ListWarningChangesRequest { parent, wait_for, page_size: 1_000, ..Default::default() };
        let answer = self.scoring.list_warning_changes(request).await.unwrap().into_inner();
        answer.changes.iter().map(said).collect()
    }
}

/// A change in a few words.
fn said(change: &pb::WarningChange) -> String {
    let warning = change.warning.clone().unwrap();
    let word = |level: pb::MonitorLevel| level.as_str_name().trim_start_matches("MONITOR_LEVEL_").to_owned();
    let kind = change.kind().as_str_name().trim_start_matches("WARNING_CHANGE_KIND_");
    format!("{kind} {} {} by {}", warning.monitor, word(warning.level()), change.cause)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_and_payments_raise_and_clear_warnings_once() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("monitoring"));
    for server in [Server::start(), Server::start_on(&url)] {
        let mut api = Api::new(&server.url());
        api.watched(FUND, 1_000).await;
        // Before a day has come nothing warns, and the monitors say why.
        let parent = format!("funds/{FUND}");
        let asked = || pb::GetMonitoringRequest { name: parent.clone(), ..Default::default() };
        let standing = api.scoring.get_monitoring(asked()).await.unwrap().into_inner().monitoring.unwrap();
        assert!(standing.on.is_empty());
        assert!(standing.monitors.iter().all(|monitor| monitor.no_value == "NO_DATE"), "{standing:?}");

        let watch = pb::WatchWarningsRequest { parent: parent.clone(), ..Default::default() };
        let mut watched = api.scoring.watch_warnings(watch).await.unwrap().into_inner();
        let first = api.reach(FUND, "2019-05-01").await.unwrap();
        // The same request again gets the first answer, another one for the same day is refused.
        let again = pb::ReachDateRequest {
            request_id: format!("{FUND} 2019-05-01"),
            wait_for: Vec::new(),
            fund: parent.clone(),
            on: "2019-05-01".to_owned(),
        };
        assert_eq!(api.scoring.reach_date(again.clone()).await.unwrap().into_inner(), first);
        let other = pb::ReachDateRequest { request_id: "other".to_owned(), ..again };
        let refused = api.scoring.reach_date(other).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused}");
        assert_eq!(refused.get_details_error_info().unwrap().reason, "DATE_NOT_LATER");

        api.pay(FUND, "one", 150, "2019-05-06").await;
        api.pay(FUND, "two", 100, "2019-05-07").await;
        api.reach(FUND, "2019-07-01").await.unwrap();
        let expected = [
            "RAISED money RED by date",
            "CHANGED money YELLOW by source",
            "CLEARED money YELLOW by source",
            "RAISED money YELLOW by date",
        ];
        assert_eq!(api.told(FUND).await, expected);
        for expected in expected {
            let next = tokio::time::timeout(Duration::from_secs(20), watched.message()).await;
            let change = next.unwrap().unwrap().unwrap().change.unwrap();
            assert_eq!(said(&change), expected);
        }

        let list = |filter: &str| pb::ListWarningsRequest {
            parent: parent.clone(),
            filter: filter.to_owned(),
            ..Default::default()
        };
        let warnings = api.scoring.list_warnings(list("")).await.unwrap().into_inner().warnings;
        let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
        assert_eq!(warning.name, format!("{parent}/warnings/money"));
        let says = warning.message.clone().unwrap();
        assert_eq!(
            (says.zh.as_str(), says.en.as_str()),
            (
                "支出进度：支付进度 25%，自 07-01 起，低于 20% 为红色，低于 40% 为黄色",
                "Money progress: money 25%, from 07-01 on, red below 20%, yellow below 40%"
            )
        );
        assert!(
            api.scoring.list_warnings(list("level = RED")).await.unwrap().into_inner().warnings.is_empty()
        );

        // Nothing of it is computed when states are folded anew.
        let events = api.events().await.unwrap();
        let data = match server.url() {
            _ if server.data_dir().join("scoring.sqlite").exists() => {
                vec!["rebuild".to_owned(), "--data-dir".to_owned(), server.data_dir().display().to_string()]
            }
            _ => vec!["rebuild".to_owned(), "--database-url".to_owned(), url.clone()],
        };
        let data: Vec<&str> = data.iter().map(String::as_str).collect();
        let rebuilt = server.cli(&[&data[..], &["--lang", "en"]].concat()).success();
        assert!(!rebuilt.stdout.contains("differed from"), "{}", rebuilt.stdout);
        assert_eq!(api.events().await.unwrap(), events);
        assert_eq!(api.told(FUND).await.len(), 4);

        for (language, expected) in
            [("zh", "监控：watched-2019，日期 2019-07-01"), ("en", "Monitoring: watched-2019, on 2019-07-01")]
        {
            let shown = server.cli(&["warnings", FUND, "--lang", language]).success().stdout;
            assert!(shown.starts_with(expected), "{shown}");
            assert_eq!(shown.lines().count(), 6, "{shown}");
        }
        let shown = server.cli(&["warnings", FUND, "--format", "json"]).success().stdout;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        let levels: Vec<_> =
            shown["monitors"].as_array().unwrap().iter().map(|monitor| &monitor["level"]).collect();
        assert_eq!(
            levels,
            ["yellow".into(), serde_json::Value::Null, serde_json::Value::Null].iter().collect::<Vec<_>>()
        );
        let reached =
            server.cli(&["warnings", FUND, "--reach", "2019-09-01", "--lang", "en"]).success().stdout;
        assert!(reached.contains("on 2019-09-01"), "{reached}");
        let history = server.cli(&["warnings", FUND, "--history", "--lang", "en"]).success().stdout;
        assert!(history.contains("changed (yellow to red)  the day 2019-09-01 came"), "{history}");
    }
}
