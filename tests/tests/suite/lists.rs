//! Every list of every service, filtered and sorted by every field that it shows, on both stores: against the same done to
//! the whole list by a client.

use std::collections::BTreeMap;

use jixiao_eventlog::Position;
use jixiao_events::Number;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MethodDescriptor, ReflectMessage, Value};
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;

use crate::api::{Api, not_stated};
use crate::requests::corpus::{body, methods, path};
use crate::requests::wire::{Sent, send};
use crate::wuxi::EXAMPLE;

const FUND: &str = "funds/smart-city-2019";

/// What the example holds none of.
const EMPTY: [&str; 1] = ["ListParkedFunds"];

/// What is filled in only once a page is chosen.
const LATE: [&str; 7] =
    ["event_count", "hypotheses_fit", "hypotheses_tried", "text", "nodes", "grades", "quantities"];

/// Texts that are decimals.
const DECIMALS: [&str; 14] = [
    "jixiao.scoring.v1.PortfolioFund.execution_rate",
    "jixiao.scoring.v1.PortfolioFund.receipt_rate",
    "jixiao.scoring.v1.PortfolioFund.target_rate",
    "jixiao.scoring.v1.PortfolioFund.score",
    "jixiao.scoring.v1.PortfolioFund.full_score",
    "jixiao.scoring.v1.PortfolioFund.self_score",
    "jixiao.targets.v1.Target.percent",
    "jixiao.scoring.v1.Indicator.weight",
    "jixiao.scoring.v1.Indicator.self_score",
    "jixiao.scoring.v1.Indicator.score",
    "jixiao.scoring.v1.Indicator.measured",
    "jixiao.scoring.v1.Score.score",
    "jixiao.scoring.v1.StatedFigure.value",
    "jixiao.scoring.v1.StatedFigure.computed",
];

/// What a field holds, in the order of lists: nothing, numbers, texts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Nothing,
    Number(Number),
    Text(String),
}

/// A field's value: its place in an order, itself, and how a filter names it.
struct Held {
    key: Key,
    literal: String,
}

fn held(item: &DynamicMessage, field: &FieldDescriptor) -> Held {
    let nothing = Held { key: Key::Nothing, literal: "\"\"".to_owned() };
    let number = |number: i64| Held { key: Key::Number(number.into()), literal: number.to_string() };
    if field.supports_presence() && !item.has_field(field) {
        return nothing;
    }
    match (&*item.get_field(field), field.kind()) {
        (Value::String(text), _) if text.is_empty() => nothing,
        (Value::String(text), _) => {
            let key = if DECIMALS.contains(&field.full_name()) {
                Key::Number(text.parse().unwrap())
            } else {
                Key::Text(text.clone())
            };
            Held { key, literal: format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")) }
        }
        (Value::EnumNumber(0), _) => nothing,
        (Value::EnumNumber(of), Kind::Enum(names)) => {
            let literal = names.get_value(*of).unwrap().name().to_owned();
            Held { literal, ..number((*of).into()) }
        }
        (Value::Bool(is), _) => Held { literal: is.to_string(), ..number(i64::from(*is)) },
        (Value::I32(of), _) => number((*of).into()),
        (Value::U32(of), _) => number((*of).into()),
        (Value::I64(of), _) => number(*of),
        (Value::U64(of), _) => number(i64::try_from(*of).unwrap()),
        (Value::Message(money), _) => {
            let part = |name: &str| money.get_field_by_name(name).unwrap().into_owned();
            let (units, nanos) = (part("units").as_i64().unwrap(), part("nanos").as_i32().unwrap());
            let text = format!(
                "{}{}.{:09}",
                if units + i64::from(nanos) < 0 { "-" } else { "" },
                units.abs(),
                nanos.abs()
            );
            Held { key: Key::Number(text.parse().unwrap()), literal: text }
        }
        (other, _) => panic!("{}: {other:?}", field.full_name()),
    }
}

/// The fields of an item that have one value.
fn fields(method: &MethodDescriptor) -> Vec<FieldDescriptor> {
    let item = method.output().fields().find_map(|field| match field.kind() {
        Kind::Message(item) if field.is_list() => Some(item),
        _ => None,
    });
    let is_one = |field: &FieldDescriptor| match field.kind() {
        Kind::Message(message) => message.full_name() == "google.type.Money",
        _ => true,
    };
    item.unwrap().fields().filter(|field| !field.is_list() && !field.is_map() && is_one(field)).collect()
}

/// Lists of one server.
struct Lists {
    channel: Channel,
    heads: Vec<String>,
}

impl Lists {
    /// The positions of what a service takes in.
    fn waits(&self, method: &MethodDescriptor) -> Vec<String> {
        let sources: &[&str] = match method.parent_service().name() {
            "ScoringService" => &["registry", "ledger", "targets"],
            "LedgerService" | "TargetService" => &["registry"],
            _ => &[],
        };
        let is_source = |head: &&String| sources.contains(&Position::from_token(head).unwrap().log.as_str());
        self.heads.iter().filter(is_source).cloned().collect()
    }

    /// All that a list shows, page by page; or the field and reason of a refusal.
    async fn all(
        &self,
        method: &MethodDescriptor,
        page_size: i32,
        filter: &str,
        order_by: &str,
    ) -> Result<Vec<DynamicMessage>, (String, String)> {
        let mut request = DynamicMessage::new(method.input());
        let parent = match method.name() {
            "ListTargetVersions" => format!("{FUND}/targets/d17"),
            "ListScores" => format!("{FUND}/indicators/targets.detail.d17"),
            _ => FUND.into(),
        };
        for (name, value) in [
            ("parent", Value::String(parent)),
            ("page_size", Value::I32(page_size)),
            ("filter", Value::String(filter.to_owned())),
            ("order_by", Value::String(order_by.to_owned())),
            ("wait_for", Value::List(self.waits(method).into_iter().map(Value::String).collect())),
        ] {
            if request.descriptor().get_field_by_name(name).is_some() {
                request.set_field_by_name(name, value);
            }
        }
        let mut all = Vec::new();
        loop {
            let sent = Sent { path: path(method), body: body(&request), encoding: None };
            let answer = send(&self.channel, &sent, true).await;
            if answer.status.code() == Code::InvalidArgument {
                let details = answer.status.get_details_bad_request();
                let bad = details
                    .unwrap_or_else(|| panic!("{}: {:?}", method.name(), answer.status))
                    .field_violations
                    .remove(0);
                return Err((bad.field, bad.description));
            }
            assert_eq!(answer.status.code(), Code::Ok, "{}: {:?}", method.name(), answer.status);
            let answer = DynamicMessage::decode(method.output(), answer.message.unwrap()).unwrap();
            let items = answer.descriptor().fields().find(|field| {
                field.is_list() && matches!(field.kind(), Kind::Message(_)) && field.number() == 1
            });
            let page = answer.get_field(&items.unwrap()).into_owned();
            let page: Vec<_> =
                page.as_list().unwrap().iter().map(|item| item.as_message().unwrap().clone()).collect();
            assert!(page.len() <= usize::try_from(page_size).unwrap());
            all.extend(page);
            let token = answer.get_field_by_name("next_page_token").unwrap().into_owned();
            if token.as_str().unwrap().is_empty() {
                return Ok(all);
            }
            request.set_field_by_name("page_token", token);
        }
    }
}

/// Has the example's fund monitored, so that it has warnings: its year as the clock would have told it.
async fn watch_example(api: &mut Api) {
    let text = std::fs::read_to_string(format!("{EXAMPLE}/scheme-smart-city.toml")).unwrap();
    let (_, monitoring) = crate::monitoring::SCHEME.split_once("# Sichuan 2025").unwrap();
    let load = pb::LoadSchemeRequest {
        request_id: "watching".to_owned(),
        text: format!("{text}\n# {monitoring}"),
        approval: not_stated(),
        ..Default::default()
    };
    api.scoring.load_scheme(load).await.unwrap();
    let open = pb::OpenEvaluationRequest {
        request_id: "watched".to_owned(),
        wait_for: api.sources().await,
        fund: FUND.to_owned(),
        scheme: "schemes/wuxi-2019-smart-city".to_owned(),
        ..Default::default()
    };
    api.scoring.open_evaluation(open).await.unwrap();
    for day in ["2019-05-01", "2019-11-01", "2020-01-01"] {
        api.reach(FUND.trim_start_matches("funds/"), day).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_list_is_filtered_and_sorted_by_every_field() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("lists"));
    // The fields are the same on both; three of each say that the other store reads whole lists as well.
    for (server, most) in [(Server::start(), usize::MAX), (Server::start_on(&url), 3)] {
        server.cli(&["import", EXAMPLE]).success();
        let mut api = Api::new(&server.url());
        watch_example(&mut api).await;
        let heads = api.heads().await;
        let lists = Lists { channel: Endpoint::from_shared(server.url()).unwrap().connect_lazy(), heads };
        let is_list =
            |method: &MethodDescriptor| method.name().starts_with("List") && method.name() != "ListLogs";
        let mut tried = BTreeMap::new();
        for method in methods().into_iter().filter(is_list) {
            tried.insert(method.name().to_owned(), check(&lists, &method, most).await);
        }
        let none: Vec<_> =
            tried.iter().filter(|(_, fields)| **fields == 0).map(|(name, _)| name.as_str()).collect();
        assert_eq!(none, EMPTY, "each list was tried by some field: {tried:?}");
    }
}

/// Tries a list by its fields, up to so many; says by how many.
async fn check(lists: &Lists, method: &MethodDescriptor, most: usize) -> usize {
    let list = method.name();
    let whole = lists.all(method, 1_000, "", "").await.unwrap();
    let Some(middle) = whole.get(whole.len() / 2) else { return 0 };
    let page_size = i32::try_from(whole.len() / 3).unwrap().max(1);
    assert_eq!(lists.all(method, page_size, "", "").await.unwrap(), whole, "{list}: pages are the whole");
    let mut tried = 0;
    for field in fields(method).into_iter().take(most) {
        let name = field.name();
        let keys = |items: &[DynamicMessage]| -> Vec<Key> {
            items.iter().map(|item| held(item, &field).key).collect()
        };
        let up = match lists.all(method, page_size, "", name).await {
            Ok(up) => up,
            Err((at, text)) => {
                assert!(at == "order_by" && LATE.contains(&name), "{list} by {name}: {at} {text}");
                continue;
            }
        };
        let down = lists.all(method, page_size, "", &format!("{name} desc")).await.unwrap();
        assert!(keys(&up).is_sorted(), "{list} by {name}: {:?}", keys(&up));
        assert!(keys(&down).iter().rev().is_sorted(), "{list} by {name} desc: {:?}", keys(&down));
        for sorted in [&up, &down] {
            assert_eq!(sorted.len(), whole.len(), "{list} by {name}");
            assert!(whole.iter().all(|item| sorted.contains(item)), "{list} by {name} shows the same");
        }
        let Held { key, literal } = held(middle, &field);
        let is_decimal = DECIMALS.contains(&field.full_name());
        if key == Key::Nothing && (is_decimal || !matches!(field.kind(), Kind::String)) {
            continue;
        }
        let is = |item: &DynamicMessage| held(item, &field).literal == literal;
        let passing = |passes: &dyn Fn(&DynamicMessage) -> bool| -> Vec<DynamicMessage> {
            whole.iter().filter(|item| passes(item)).cloned().collect()
        };
        let is_there = |item: &DynamicMessage| held(item, &field).key != Key::Nothing;
        let mut filters = vec![
            (format!("{name} = {literal}"), passing(&is)),
            (format!("{name} != {literal}"), passing(&|item| !is(item))),
            (format!("NOT {name} = {literal} OR {name}:*"), passing(&|item| !is(item) || is_there(item))),
        ];
        if !matches!(field.kind(), Kind::Bool) {
            let at_least = |item: &DynamicMessage| is_there(item) && held(item, &field).key >= key;
            filters.push((format!("{name} >= {literal}"), passing(&at_least)));
        }
        for (filter, expected) in filters {
            let found = lists.all(method, page_size, &filter, "").await.unwrap();
            assert_eq!(found, expected, "{list}: {filter}");
        }
        tried += 1;
    }
    let (at, text) = lists.all(method, 1, "no_such_field = 1", "").await.unwrap_err();
    assert!(at == "filter" && text.contains("no field of"), "{list}: {at} {text}");
    tried
}
