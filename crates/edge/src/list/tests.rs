use std::fmt::Write as _;

use jixiao_proto::google::r#type::Money;
use jixiao_proto::jixiao::ledger::v1::{Entry, EntryKind};
use jixiao_proto::jixiao::registry::v1::{ListProjectsRequest, Origin, Project, ProjectState, Tender};
use jixiao_proto::jixiao::scoring::v1::Indicator;
use jixiao_proto::jixiao::types::v1::Names;
use prost_reflect::Kind;

use super::*;

fn project(id: &str) -> Project {
    Project { name: format!("funds/f/projects/{id}"), ..Default::default() }
}

/// A tendered project, one without anything, one that is carried over, one with a number for a category.
fn projects() -> Vec<(String, Option<Project>)> {
    let tender = Tender { noticed_on: "2019-10-28".into(), ..Default::default() };
    let names = Names { zh: "城市大数据中心".into(), en: "Data \"Centre\"".into() };
    let rows = [
        Project {
            names: Some(names),
            tender: Some(tender),
            state: ProjectState::Contracted.into(),
            ..project("a")
        },
        project("b"),
        Project { carried_over: Some(true), state: ProjectState::InProgress.into(), ..project("c") },
        Project {
            carried_over: Some(false),
            category: "007".into(),
            origin: Origin::NewInYear.into(),
            ..project("d")
        },
    ];
    rows.into_iter().map(|row| (row.name.clone(), Some(row))).collect()
}

fn open<T: ListItem>(
    filter: &str,
    order_by: &str,
) -> Result<Listing<T>, Vec<(String, &'static str, String)>> {
    asked(&ListProjectsRequest { filter: filter.into(), order_by: order_by.into(), ..Default::default() })
}

fn asked<T: ListItem>(
    request: &ListProjectsRequest,
) -> Result<Listing<T>, Vec<(String, &'static str, String)>> {
    let mut fields = Fields::new();
    let list = Listing::open(&mut fields, request, "items");
    list.ok_or_else(|| fields.violations().to_vec())
}

/// The last parts of the names of what a page shows.
fn shown(page: &[Project]) -> String {
    page.iter().map(|project| project.name.rsplit('/').next().unwrap()).collect()
}

fn listed(filter: &str, order_by: &str) -> String {
    let list = open::<Project>(filter, order_by).unwrap_or_else(|faults| panic!("{filter}: {faults:?}"));
    shown(&list.page(list.choose(projects(), false).unwrap()).0)
}

#[test]
fn a_filter_passes_what_it_says() {
    for (filter, expected) in [
        ("", "abcd"),
        ("state = CONTRACTED", "a"),
        ("state = project_state_contracted", "a"),
        ("state != CONTRACTED", "bcd"),
        ("state > CONTRACTED", "c"),
        ("state:*", "ac"),
        ("carried_over = true", "c"),
        ("carried_over = false", "d"),
        ("carried_over != true", "abd"),
        ("carried_over:*", "cd"),
        ("NOT carried_over:*", "ab"),
        ("-carried_over:*", "ab"),
        ("tender:*", "a"),
        ("tender.noticed_on >= 2019-10", "a"),
        ("tender.noticed_on >= 2019", "a"),
        ("tender.noticed_on < 2019-11-01", "a"),
        ("tender.noticed_on < 2019-10-28", ""),
        ("names.zh:大数据", "a"),
        ("names.zh = 大数据", ""),
        (r#"names.en = "Data \"Centre\"""#, "a"),
        (r#"names.en = 'Data "Centre"'"#, "a"),
        ("names.en = \"\"", "bcd"),
        ("names.en != ''", "a"),
        ("category = 7", ""),
        ("category = 007", "d"),
        ("category = \"007\"", "d"),
        ("category:0", "d"),
        ("name = funds/f/projects/b", "b"),
        ("state = CONTRACTED OR state = IN_PROGRESS", "ac"),
        // OR binds tighter.
        ("state:* AND carried_over = true OR carried_over = false", "c"),
        ("(state:* AND carried_over = true) OR carried_over = false", "cd"),
        ("NOT (state:* OR origin = NEW_IN_YEAR)", "b"),
        ("  (  ( name:/b ) )  ", "b"),
        ("name:\"/b\"AND name:b", "b"),
    ] {
        assert_eq!(listed(filter, ""), expected, "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_refused_with_its_place() {
    let deep = "(".repeat(21);
    let long = format!("name:{}", "x".repeat(2_000));
    for (filter, reason, says) in [
        ("=", "BAD_FILTER", "character 1: a field is expected, there is \"=\""),
        ("state", "BAD_FILTER", "character 6: one of = != < <= > >= : is expected, it ends"),
        ("state =", "BAD_FILTER", "character 8: a word, or a text in \" or ', is expected, it ends"),
        ("state = CONTRACTED and name:x", "BAD_FILTER", "character 20: AND, OR or the end is expected"),
        ("state = CONTRACTED AND", "BAD_FILTER", "character 23: a field is expected, it ends"),
        ("(state = CONTRACTED", "BAD_FILTER", "AND, OR or ) is expected, it ends"),
        ("state = CONTRACTED)", "BAD_FILTER", "character 19: AND, OR or the end is expected, there is \")\""),
        ("名 = 1", "BAD_FILTER", "character 1: a field"),
        ("name = \"x", "BAD_FILTER", "the closing \" is expected"),
        (&deep, "BAD_FILTER", "no more than 20 parentheses"),
        (&long, "TOO_LONG", "at most 2000"),
        (
            "colour = red",
            "UNKNOWN_FIELD",
            "\"colour\" is no field of Project; Project has name, names.…, membership",
        ),
        ("name.zh = x", "UNKNOWN_FIELD", "\"name.zh\" is no field of Project"),
        ("names.fr = x", "UNKNOWN_FIELD", "\"names.fr\" is no field of Project; Names has zh, en"),
        ("name ==x", "BAD_FILTER", "character 7: a word, or a text in"),
        ("name <>x", "BAD_FILTER", "character 7: a word, or a text in"),
        ("name::x", "BAD_FILTER", "character 6: a word, or a text in"),
        ("names.zh:“旅游”", "BAD_FILTER", "character 10: a word, or a text in"),
        ("(name = (a)", "BAD_FILTER", "character 9: a word, or a text in"),
        ("name = fund*", "BAD_FILTER", "a word without *"),
        ("name = *", "BAD_VALUE", "behind : only"),
        ("state = DONE", "BAD_VALUE", "state has no value \"DONE\"; there are NOT_STATED, "),
        ("carried_over = yes", "BAD_VALUE", "true or false"),
        ("carried_over > true", "BAD_VALUE", "true or false"),
        ("names = x", "BAD_VALUE", "names has parts of its own"),
    ] {
        let faults = open::<Project>(filter, "").unwrap_err();
        let [(field, found, text)] = faults.as_slice() else { panic!("{filter}: {faults:?}") };
        assert_eq!((field.as_str(), *found), ("filter", reason), "{filter}: {text}");
        assert!(text.contains(says), "{filter}: {text}");
    }
}

#[test]
fn money_and_decimals_are_numbers() {
    let entry = |id: &str, units, nanos| Entry {
        name: id.into(),
        kind: EntryKind::Payment.into(),
        amount: Some(Money { currency_code: "CNY".into(), units, nanos }),
        ..Default::default()
    };
    let rows = [entry("x", 9, 500_000_000), entry("y", 10, 0), entry("z", 100, 0)];
    let rows = || rows.iter().map(|row| (row.name.clone(), Some(row.clone())));
    for (filter, order_by, expected) in [
        ("amount >= 10", "", "yz"),
        ("amount = 9.5", "", "x"),
        ("amount < 10.00", "amount desc", "x"),
        ("kind = PAYMENT", "amount desc", "zyx"),
        ("", "amount", "xyz"),
    ] {
        let list = open::<Entry>(filter, order_by).unwrap();
        let (page, _) = list.page(list.choose(rows(), false).unwrap());
        assert_eq!(
            page.iter().map(|row| row.name.as_str()).collect::<String>(),
            expected,
            "{filter} {order_by}"
        );
    }
    for bad in ["much", "1e5", "1,000", "50%", "+50", ".5", "99999999999999999999999999999999"] {
        for (faults, field) in [
            (open::<Entry>(&format!("amount < {bad}"), "").unwrap_err(), "amount"),
            (open::<Indicator>(&format!("weight < {bad}"), "").unwrap_err(), "weight"),
        ] {
            assert!(faults[0].2.contains(&format!("{field} is a number; \"{bad}\" is none")), "{faults:?}");
        }
    }
    let weights =
        ["10", "9", "", "2.50"].map(|weight| Indicator { weight: weight.into(), ..Default::default() });
    let rows = || (0..).zip(&weights).map(|(at, row): (u32, _)| (at.to_string(), Some(row.clone())));
    for (filter, expected) in
        [("weight > 2.5", "10 9"), ("weight >= 2.5", "10 9 2.50"), ("weight:*", "10 9 2.50")]
    {
        let list = open::<Indicator>(filter, "weight desc").unwrap();
        let (page, _) = list.page(list.choose(rows(), false).unwrap());
        assert_eq!(
            page.iter().map(|row| row.weight.as_str()).collect::<Vec<_>>().join(" "),
            expected,
            "{filter}"
        );
    }
}

#[test]
fn an_order_sorts_and_keys_decide_between_equals() {
    for (order_by, expected) in [
        ("name", "abcd"),
        ("name desc", "dcba"),
        ("state", "bdac"),
        ("state desc, name desc", "cadb"),
        ("carried_over", "abdc"),
        (" tender.noticed_on  desc , category desc", "adbc"),
    ] {
        assert_eq!(listed("", order_by), expected, "{order_by}");
    }
    for (order_by, says) in [
        ("name,", "names no field"),
        ("name down", "\"name down\" is no field with ` desc` behind it or nothing"),
        ("name desc desc", "is no field with"),
        ("colour", "\"colour\" is no field of Project"),
        ("names", "has parts of its own"),
        ("name,name,name,name,name,name,name,name,name", "at most 8"),
    ] {
        let faults = open::<Project>("", order_by).unwrap_err();
        let [(field, _, text)] = faults.as_slice() else { panic!("{order_by}: {faults:?}") };
        assert_eq!(field, "order_by");
        assert!(text.contains(says), "{order_by}: {text}");
    }
    // Several values have no order, but can be asked for.
    assert!(open::<Entry>("", "postings.amount").unwrap_err()[0].2.contains("may have several values"));
    assert!(open::<Entry>("parts:*", "").is_ok());
}

#[test]
fn pages_of_any_order_are_the_whole() {
    for (filter, order_by) in
        [("", ""), ("state:* OR carried_over:*", ""), ("", "state desc"), ("-state:*", "name desc")]
    {
        let mut request = ListProjectsRequest {
            page_size: 1,
            filter: filter.into(),
            order_by: order_by.into(),
            ..Default::default()
        };
        let mut paged = String::new();
        for _ in 0..9 {
            let list = asked::<Project>(&request).unwrap();
            let (page, token) = list.page(list.choose(projects(), false).unwrap());
            paged += &shown(&page);
            request.page_token = token;
            if request.page_token.is_empty() {
                break;
            }
            // What is listed differently is another list.
            for other in [
                ListProjectsRequest { order_by: "state".into(), ..request.clone() },
                ListProjectsRequest { filter: "name:*".into(), ..request.clone() },
            ] {
                assert_eq!(asked::<Project>(&other).unwrap_err()[0].0, "page_token");
            }
        }
        assert_eq!(paged, listed(filter, order_by), "{filter} {order_by}");
    }
}

#[test]
fn what_was_not_read_is_not_sorted() {
    let list = open::<Project>("", "name").unwrap();
    let refused = list.choose(projects(), true).unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    // A filter alone goes on with the next rows, on the next page.
    let list = open::<Project>("state = IN_PROGRESS", "").unwrap();
    let (page, token) = list.page(list.choose(projects(), true).unwrap());
    assert_eq!((shown(&page).as_str(), token.is_empty()), ("c", false));
}

#[test]
fn late_fields_cannot_be_asked_for() {
    let shape = Shape { order: "weight desc", late: &["inputs"] };
    for (filter, is_right) in [("inputs.quantity:budget", false), ("inputs:*", false), ("weight > 1", true)] {
        let mut fields = Fields::new();
        let request = ListProjectsRequest { filter: filter.into(), ..Default::default() };
        let list = Listing::<Indicator>::open_as(&mut fields, &request, "indicators", shape);
        assert_eq!(list.is_some(), is_right, "{filter}");
        let said: String = fields.violations().iter().map(|(_, reason, _)| *reason).collect();
        assert_eq!(said, if is_right { "" } else { "LATE_FIELD" }, "{filter}");
    }
}

/// The comments of the protos show a filter and an order for each list: they have to be right.
#[test]
fn the_examples_of_the_protos_are_right() {
    let mut examples = 0;
    for (package, text) in [
        ("registry", include_str!("../../../../proto/jixiao/registry/v1/registry.proto")),
        ("ledger", include_str!("../../../../proto/jixiao/ledger/v1/ledger.proto")),
        ("targets", include_str!("../../../../proto/jixiao/targets/v1/targets.proto")),
        ("scoring", include_str!("../../../../proto/jixiao/scoring/v1/scoring.proto")),
        ("eventlog", include_str!("../../../../proto/jixiao/eventlog/v1/feeds.proto")),
    ] {
        let mut request = String::new();
        let mut comment = "";
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("message ").and_then(|rest| rest.split("Request ").next()) {
                request.clear();
                let _ = write!(request, "jixiao.{package}.v1.{name}");
            }
            let is_list = request.contains(".List") || request.contains(".Watch");
            if is_list && (line.starts_with("string filter =") || line.starts_with("string order_by =")) {
                let answer = described(&format!("{request}Response"));
                let item = answer.fields().find_map(|field| match field.kind() {
                    Kind::Message(item) => Some(item),
                    _ => None,
                });
                let item = item.unwrap();
                let fault = if line.contains("filter") {
                    Filter::parse(comment, &item, &[]).err()
                } else {
                    Order::parse(comment, &item, &[]).err()
                };
                assert_eq!(fault, None, "{request}: {comment}");
                examples += 1;
            }
            comment = line.strip_prefix("// ").unwrap_or_default();
        }
    }
    assert_eq!(examples, 43, "each list has a filter and an order, the watch a filter");
}
