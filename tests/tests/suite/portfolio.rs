//! Portfolios over the wire: many funds side by side and rolled up, against sums made here.

use std::collections::BTreeMap;
use std::time::Instant;

use jixiao_eventlog::event::recorded_text;
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_tests::server::Server;
use tonic::Code;

use crate::api::{Api, money, names, not_stated};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

const AGENCIES: i64 = 7;

fn funds() -> i64 {
    if std::env::var_os("JIXIAO_LONG").is_some() { 2_000 } else { 200 }
}

/// The original budget of a fund in yuan, and what is paid of it.
fn amounts(number: i64) -> (i64, i64) {
    (1_000 + 10 * number, 3 * number)
}

fn year(number: i64) -> i32 {
    2019 + i32::try_from(number % 3).unwrap()
}

async fn make(mut api: Api, number: i64, registered: String) {
    let fund = format!("fund-{number:04}");
    let create = registry::CreateFundRequest {
        request_id: fund.clone(),
        fund_id: fund.clone(),
        names: names("资金"),
        fiscal_year: year(number),
        agency: format!("agencies/agency-{}", number % AGENCIES),
        display_unit: registry::DisplayUnit::WanYuan.into(),
        time_zone: "Asia/Shanghai".to_owned(),
        wait_for: vec![registered],
        ..Default::default()
    };
    let created = api.registry.create_fund(create).await.unwrap().into_inner().recorded.unwrap();
    let (original, paid) = amounts(number);
    let approve = ledger::ApproveBudgetRequest {
        request_id: format!("original {fund}"),
        wait_for: vec![created.position],
        scope: format!("funds/{fund}"),
        entry_id: "original".to_owned(),
        amount: money(original),
        on: format!("{}-01-01", year(number)),
        approval: not_stated(),
        agency: format!("agencies/agency-{}", number % AGENCIES),
        ..Default::default()
    };
    let mut tries = 0;
    while let Err(status) = api.ledger.approve_budget(approve.clone()).await {
        tries += 1;
        assert!(status.code() == Code::Unavailable && tries < 12, "{status}");
    }
    if paid > 0 {
        api.pay(&fund, "paid", paid, &format!("{}-06-01", year(number))).await;
    }
}

fn yuan(money: Option<&jixiao_proto::google::r#type::Money>) -> i64 {
    money.unwrap().units
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_funds_are_listed_and_rolled_up() {
    let server = Server::start();
    let mut api = Api::new(&server.url());
    let mut registered = String::new();
    for agency in 0..AGENCIES {
        let register = registry::RegisterAgencyRequest {
            request_id: format!("agency {agency}"),
            agency_id: format!("agency-{agency}"),
            names: names("局"),
            ..Default::default()
        };
        let answer = api.registry.register_agency(register).await.unwrap().into_inner();
        registered = answer.recorded.unwrap().position;
    }
    let count = funds();
    let mut making = tokio::task::JoinSet::new();
    for number in 0..count {
        if making.len() == 32 {
            making.join_next().await.unwrap().unwrap();
        }
        making.spawn(make(api.clone(), number, registered.clone()));
    }
    making.join_all().await;

    let wait_for = api.sources().await;
    let asked = |filter: &str| pb::SummarizePortfolioRequest {
        wait_for: wait_for.clone(),
        filter: filter.to_owned(),
        ..Default::default()
    };
    while let Err(status) = api.scoring.summarize_portfolio(asked("")).await {
        assert_eq!(status.code(), Code::Unavailable, "{status}");
    }
    let began = Instant::now();
    let summary = api.scoring.summarize_portfolio(asked("")).await.unwrap().into_inner();
    println!("{count} funds rolled up in {:?}", began.elapsed());
    // By agency and in all, against sums made here; rates are those of the sums.
    let mut expected: BTreeMap<String, (i64, i64, u32)> = BTreeMap::new();
    for number in 0..count {
        let (original, paid) = amounts(number);
        for key in [String::new(), format!("agencies/agency-{}", number % AGENCIES)] {
            let sum = expected.entry(key).or_default();
            *sum = (sum.0 + original, sum.1 + paid, sum.2 + 1);
        }
    }
    let total = summary.total.as_ref().unwrap();
    let found: BTreeMap<String, (i64, i64, u32)> = std::iter::once(total)
        .chain(&summary.by_agency)
        .map(|sum| (sum.key.clone(), (yuan(sum.adjusted.as_ref()), yuan(sum.paid.as_ref()), sum.funds)))
        .collect();
    assert_eq!(found, expected);
    let rate: jixiao_events::Number = total.execution_rate.parse().unwrap();
    let (original, paid, _) = expected[""];
    let exact = jixiao_events::Money::from_fen(i128::from(paid) * 100)
        .percent_of(jixiao_events::Money::from_fen(i128::from(original) * 100));
    assert_eq!(Some(rate), exact);
    let years: Vec<_> = summary.by_fiscal_year.iter().map(|sum| sum.key.as_str()).collect();
    assert_eq!(years, ["2019", "2020", "2021"]);

    // Filtered and sorted on the server, page by page.
    let filter = "agency = \"agencies/agency-3\" AND fiscal_year = 2020";
    let mut request = pb::ListPortfolioRequest {
        page_size: 5,
        filter: filter.to_owned(),
        order_by: "execution_rate desc".to_owned(),
        ..Default::default()
    };
    let mut listed = Vec::new();
    loop {
        let began = Instant::now();
        let page = api.scoring.list_portfolio(request.clone()).await.unwrap().into_inner();
        println!("a page of {} in {:?}", page.funds.len(), began.elapsed());
        listed.extend(page.funds);
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    let mut wanted: Vec<i64> =
        (0..count).filter(|number| number % AGENCIES == 3 && year(*number) == 2020).collect();
    // What is paid of what: it grows with the number.
    wanted.reverse();
    let names: Vec<_> = listed.iter().map(|fund| fund.name.clone()).collect();
    assert_eq!(names, wanted.iter().map(|number| format!("funds/fund-{number:04}")).collect::<Vec<_>>());
    let few = api.scoring.summarize_portfolio(asked(filter)).await.unwrap().into_inner();
    assert_eq!(few.total.unwrap().funds, u32::try_from(wanted.len()).unwrap());
    let bad = api.scoring.summarize_portfolio(asked("weather = 1")).await.unwrap_err();
    assert_eq!(bad.code(), Code::InvalidArgument, "{bad}");

    for (language, head) in [("zh", "主管部门"), ("en", "agency")] {
        let shown = server.cli(&["portfolio", "--by", "agency", "--lang", language]).success().stdout;
        assert!(shown.starts_with(head), "{shown}");
        assert_eq!(shown.lines().count(), 3 + usize::try_from(AGENCIES).unwrap(), "{shown}");
    }
    let shown = server.cli(&["portfolio", "--agency", "agency-3", "--year", "2020", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown.success().stdout).unwrap();
    assert_eq!(shown["funds"].as_array().unwrap().len(), wanted.len());
    assert_eq!(shown["total"]["funds"], wanted.len());
    let none = server.cli(&["portfolio", "--category", "none", "--lang", "en"]).success().stdout;
    assert_eq!(none.trim(), "no such fund");
}

/// A portfolio at a moment: the funds, and the whole of what they are rolled up to.
async fn portfolio_at(
    api: &mut Api,
    [as_of, known_at]: [&str; 2],
) -> (Vec<pb::PortfolioFund>, pb::SummarizePortfolioResponse) {
    let (as_of, known_at) = (as_of.to_owned(), known_at.to_owned());
    let list = pb::ListPortfolioRequest {
        as_of: as_of.clone(),
        known_at: known_at.clone(),
        order_by: "name".to_owned(),
        ..Default::default()
    };
    let funds = api.scoring.list_portfolio(list).await.unwrap().into_inner().funds;
    let roll = pb::SummarizePortfolioRequest { as_of, known_at, ..Default::default() };
    let rolled = api.scoring.summarize_portfolio(roll).await.unwrap().into_inner();
    (funds, pb::SummarizePortfolioResponse { position: String::new(), ..rolled })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portfolio_at_a_moment_is_made_of_its_evaluations_then() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    for fund in FUNDS {
        canonical(&server, fund);
    }
    let mut api = Api::new(&server.url());
    let last = api.read("scoring").await.iter().map(|event| event.recorded_time).max().unwrap();
    let last = recorded_text(last);
    let now = portfolio_at(&mut api, ["", ""]).await;
    assert_eq!(now.0.len(), FUNDS.len());
    assert!(now.0.iter().all(|fund| fund.findings_error > 0 && !fund.score.is_empty()), "{:#?}", now.0);
    assert_eq!(portfolio_at(&mut api, ["", &last]).await, now, "all that is known is what is stored");

    // Before anything was recorded there is nothing; by each date each row is its fund's evaluation of that date.
    let (none, rolled) = portfolio_at(&mut api, ["", "2000-01-01T00:00:00Z"]).await;
    assert_eq!((none.len(), rolled.total.unwrap().funds), (0, 0));
    let mut adjusted = Vec::new();
    for as_of in ["2019-10-27", "2019-10-28", "2019-11", "2019"] {
        let (funds, rolled) = portfolio_at(&mut api, [as_of, ""]).await;
        for fund in &funds {
            let (name, as_of) = (fund.name.clone(), as_of.to_owned());
            let ask =
                pb::GetEvaluationRequest { name: name.clone(), as_of: as_of.clone(), ..Default::default() };
            let then = api.scoring.get_evaluation(ask).await.unwrap().into_inner().evaluation.unwrap();
            let total = then.sums.iter().find(|sum| sum.node == "total").unwrap();
            let total = (total.score.clone(), total.self_score.clone());
            assert_eq!((fund.score.clone(), fund.self_score.clone()), total, "{name} as of {as_of}");
            let budget = then.budget.unwrap();
            assert_eq!(
                (&fund.adjusted, &fund.paid),
                (&budget.adjusted, &budget.paid),
                "{name} as of {as_of}"
            );
            let ask = pb::ListFindingsRequest { parent: name, page_size: 1_000, as_of, ..Default::default() };
            let found = api.scoring.list_findings(ask).await.unwrap().into_inner().findings;
            let errors = found.iter().filter(|finding| finding.severity() == pb::Severity::Error).count();
            assert_eq!(fund.findings_error, errors as u64);
            let all = fund.findings_error + fund.findings_warning + fund.findings_notice;
            assert_eq!(all, found.len() as u64);
        }
        let total = rolled.total.unwrap();
        let sum = |of: fn(&pb::PortfolioFund) -> i64| funds.iter().map(of).sum::<i64>();
        assert_eq!(yuan(total.adjusted.as_ref()), sum(|fund| yuan(fund.adjusted.as_ref())));
        assert_eq!(total.findings_error, funds.iter().map(|fund| fund.findings_error).sum::<u64>());
        adjusted.push(
            funds.iter().find(|fund| fund.name.ends_with(FUNDS[0])).map(|fund| yuan(fund.adjusted.as_ref())),
        );
    }
    assert_eq!(adjusted, [40_000_000, 33_310_000, 33_760_000, 36_592_000].map(Some));
    let shown = server.cli(&["portfolio", "--as-of", "2019-10-28", "--lang", "zh"]).success().stdout;
    assert!(shown.starts_with("截至 2019-10-28"), "{shown}");
    assert!(shown.contains("3331 "), "{shown}");
}
