//! Runs to judge: their logs straight from the databases, what clients were told, what the services answer at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use jixiao_eventlog::Position;
use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::judge::{Acknowledged, Answers, Case, Event, read_log};
use jixiao_tests::postgres::Endpoint;
use jixiao_tests::program;
use jixiao_tests::server::Server;
use serde_json::Value;

use crate::api::{Api, increase, payment_request};
use crate::wuxi::{EXAMPLE, FUNDS};

pub const LOGS: [&str; 4] = ["registry", "ledger", "targets", "scoring"];

/// What an answer acknowledges.
pub fn acknowledged(request_id: &str, recorded: &Recorded) -> Acknowledged {
    let position = Position::from_token(&recorded.position).unwrap();
    Acknowledged {
        log: position.log,
        request_id: request_id.to_owned(),
        event_ids: recorded.event_ids.clone(),
        position: position.position,
        hash: position.hash,
    }
}

/// Where each log is: the server and the database, in the order of [`LOGS`].
pub type Places = [(Endpoint, String); 4];

/// The logs of one server that runs everything.
pub fn places(server: &Endpoint, prefix: &str) -> Places {
    LOGS.map(|log| (server.clone(), format!("{prefix}_{log}")))
}

/// The four logs, straight from their databases.
#[track_caller]
pub fn logs(places: &Places) -> BTreeMap<String, Vec<Event>> {
    let logs = LOGS.into_iter().zip(places);
    logs.map(|(log, (server, database))| (log.to_owned(), read_log(server, database, log))).collect()
}

/// Waits until every intake is there that should be; fails after a bound.
pub async fn converged(places: &Places, bound: Duration) -> BTreeMap<String, Vec<Event>> {
    let began = tokio::time::Instant::now();
    loop {
        let logs = logs(places);
        // Intakes alone: with answers it would be judged whole.
        let case = Case { logs, answers: Some(Answers::default()), ..Case::default() };
        let behind: Vec<String> =
            case.objections().into_iter().filter(|objection| objection.contains(" took in ")).collect();
        if behind.is_empty() {
            return case.logs;
        }
        assert!(began.elapsed() < bound, "waited {bound:?} for the feeds: {behind:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the services say of these funds. `server` is what `--server` takes; funds without an evaluation have none.
pub async fn answers(api: &mut Api, server: &str, funds: &[String], evaluated: &[&str]) -> Answers {
    let mut answers = Answers::default();
    for fund in funds {
        let parent = format!("funds/{fund}");
        accounts(api, &mut answers, fund).await;
        let request = ledger::GetBudgetRequest { name: parent.clone(), ..Default::default() };
        if let Ok(budget) = api.ledger.get_budget(request).await {
            totals(&mut answers, fund, &budget.into_inner().budget.unwrap());
        }
        let mut page_token = String::new();
        loop {
            let request = registry::ListProjectsRequest {
                parent: parent.clone(),
                page_size: 500,
                page_token,
                ..Default::default()
            };
            let page = api.registry.list_projects(request).await.unwrap().into_inner();
            for project in page.projects {
                let state = project.state().as_str_name().trim_start_matches("PROJECT_STATE_").to_lowercase();
                let id = project.name.rsplit('/').next().unwrap_or_default().to_owned();
                answers.projects.insert((fund.clone(), id), state);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }
    for fund in evaluated {
        let args = ["evaluate", fund, "--canonical", "--server", server].map(str::to_owned);
        let ask = move || program::run(&args.each_ref().map(String::as_str)).success().stdout;
        let canonical = tokio::task::spawn_blocking(ask).await.unwrap();
        answers.evaluations.insert((*fund).to_owned(), serde_json::from_str(&canonical).unwrap());
    }
    answers
}

fn fen(amount: Option<&jixiao_proto::google::r#type::Money>) -> i64 {
    amount.map_or(0, |money| money.units * 100 + i64::from(money.nanos / 10_000_000))
}

async fn accounts(api: &mut Api, answers: &mut Answers, fund: &str) {
    let mut page_token = String::new();
    loop {
        let parent = format!("funds/{fund}");
        let request =
            ledger::ListAccountsRequest { parent, page_size: 500, page_token, ..Default::default() };
        let page = api.ledger.list_accounts(request).await.unwrap().into_inner();
        for accounts in page.accounts {
            for balance in accounts.balances.iter().filter(|balance| fen(balance.amount.as_ref()) != 0) {
                let kind = balance.kind().as_str_name().trim_start_matches("ACCOUNT_KIND_").to_lowercase();
                let key = (fund.to_owned(), accounts.holder.clone(), kind);
                answers.balances.insert(key, fen(balance.amount.as_ref()));
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return;
        }
    }
}

fn totals(answers: &mut Answers, fund: &str, budget: &ledger::Budget) {
    for (name, amount) in [
        ("original", &budget.original),
        ("increases", &budget.increases),
        ("decreases", &budget.decreases),
        ("transferred", &budget.transferred),
        ("allocated", &budget.allocated),
        ("available", &budget.available),
        ("committed", &budget.committed),
        ("requested", &budget.requested),
        ("received", &budget.received),
        ("paid", &budget.paid),
        ("refunded", &budget.refunded),
        ("unspent_explained", &budget.unspent_explained),
    ] {
        let fen = fen(amount.as_ref());
        if fen != 0 {
            answers.totals.insert((fund.to_owned(), name.to_owned()), fen);
        }
    }
}

/// The funds that the registry's log creates.
pub fn funds(logs: &BTreeMap<String, Vec<Event>>) -> Vec<String> {
    let created = logs["registry"].iter().filter(|event| event.kind() == "fund_created");
    created.map(|event| event.payload["fund"].as_str().unwrap().to_owned()).collect()
}

/// A good run: the example, and payments beside it.
async fn good() -> Case {
    let postgres = jixiao_tests::postgres::shared();
    let prefix = postgres.fresh_name("judged");
    let server = Server::start_on(&postgres.url(&prefix));
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let mut told = vec![acknowledged("original near", &api.fund("near", 1_000).await)];
    let raised = api.ledger.adjust_budget(increase("up", "near", 50)).await.unwrap().into_inner();
    told.push(acknowledged("up", &raised.recorded.unwrap()));
    let asked = api.ledger.request_payment(payment_request("ask", "near", 1_040)).await.unwrap().into_inner();
    told.push(acknowledged("ask", &asked.recorded.unwrap()));
    api.ledger.request_payment(payment_request("too much", "near", 11)).await.unwrap_err();
    let logs = converged(&places(postgres, &prefix), Duration::from_secs(20)).await;
    let answers = Some(answers(&mut api, &server.url(), &funds(&logs), &FUNDS).await);
    Case { logs, acknowledged: told, answers }
}

/// Changes an event's column and hashes the log anew from there on, so that only what it says gives it away.
fn forge(case: &mut Case, log: &str, at: usize, column: usize, text: &str) {
    let log = case.logs.get_mut(log).unwrap();
    log[at].tamper(column, text);
    for position in at..log.len() {
        if position > 0 {
            let previous = log[position - 1].hash().to_owned();
            log[position].tamper(14, &previous);
        }
        let hash = log[position].true_hash();
        log[position].tamper(15, &hash);
    }
}

/// Forges a payload by a change of its JSON.
fn forge_payload(case: &mut Case, log: &str, at: usize, change: impl FnOnce(&mut Value)) {
    let mut payload = case.logs[log][at].payload.clone();
    change(&mut payload);
    forge(case, log, at, 4, &payload.to_string());
}

/// The last event of a type in a log.
fn last(case: &Case, log: &str, kind: &str) -> usize {
    case.logs[log].iter().rposition(|event| event.kind() == kind).unwrap()
}

const PAYLOAD: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_judge_lets_a_good_run_pass_and_objects_to_each_tampering() {
    let good = good().await;
    assert_eq!(good.objections(), Vec::<String>::new());
    let check = |name: &str, expected: &str, tamper: &dyn Fn(&mut Case)| {
        let mut case = good.clone();
        tamper(&mut case);
        let objections = case.objections();
        assert!(
            objections.iter().any(|objection| objection.contains(expected)),
            "{name}: nobody objects with \"{expected}\", but {objections:#?}"
        );
    };
    // The chain.
    check("an event is edited", "hash is not of its content", &|case| {
        case.logs.get_mut("ledger").unwrap()[3].tamper(PAYLOAD, "{}");
    });
    check("an event is edited and hashed anew", "follows another event", &|case| {
        let event = &mut case.logs.get_mut("ledger").unwrap()[3];
        event.tamper(7, "somebody else");
        let hash = event.true_hash();
        event.tamper(15, &hash);
    });
    check("an event is lost", "has position", &|case| drop(case.logs.get_mut("targets").unwrap().remove(5)));
    check("time goes back", "recorded before", &|case| forge(case, "registry", 5, 10, "1"));
    // Effects and acknowledgements.
    check("a request takes effect twice", "took effect twice", &|case| {
        let again =
            case.logs["ledger"][last(case, "ledger", "payment_requested") - 1].request_id().to_owned();
        let at = last(case, "ledger", "payment_requested");
        forge(case, "ledger", at, 11, &again);
    });
    check("an acknowledged event is lost", "not there as acknowledged", &|case| {
        let at = last(case, "ledger", "payment_requested");
        case.logs.get_mut("ledger").unwrap().truncate(at);
    });
    check("it is at another position", "not there as acknowledged", &|case| {
        case.acknowledged[1].position -= 1;
    });
    // Intakes.
    check("an intake is missing", "took in", &|case| {
        let at = last(case, "scoring", "source_taken_in");
        case.logs.get_mut("scoring").unwrap().truncate(at);
    });
    check("an intake comes twice", "follows", &|case| {
        let payload = case.logs["targets"][3].payload.to_string();
        forge(case, "targets", 4, PAYLOAD, &payload);
    });
    check("an intake names another hash", "names another event", &|case| {
        let at = last(case, "ledger", "registry_taken_in");
        forge_payload(case, "ledger", at, |payload| payload["source"]["hash"] = "0".repeat(64).into());
    });
    check("an intake answers another request", " answers ", &|case| {
        let at = last(case, "ledger", "registry_taken_in");
        forge(case, "ledger", at, 11, "registry@1@0");
    });
    check("what was held is never taken in", "still holds", &|case| {
        let at = last(case, "ledger", "registry_taken_in");
        forge(case, "ledger", at, 3, "log_intake_held");
    });
    check("what was not held is retried", "retried and not held", &|case| {
        let at = last(case, "ledger", "registry_taken_in");
        let retried = format!("{}@retried", case.logs["ledger"][at].request_id());
        forge(case, "ledger", at, 11, &retried);
    });
    check("what the source still holds is voided", "took in", &|case| {
        let last = last(case, "ledger", "registry_taken_in");
        let void = r#"{"log":"registry","after":{"position":1,"hash":""}}"#;
        forge(case, "ledger", last + 1, 3, "log_feed_voided");
        forge(case, "ledger", last + 1, PAYLOAD, void);
    });
    // Money.
    check("an account is overdrawn", "is overdrawn", &|case| {
        let at = last(case, "ledger", "payment_requested");
        forge_payload(case, "ledger", at, |payload| payload["postings"][0]["amount"] = "1050.01".into());
    });
    check("money comes from nowhere", "no posting", &|case| {
        let at = last(case, "ledger", "budget_adjusted");
        let to_cash = |payload: &mut Value| payload["postings"][0]["credit"]["kind"] = "treasury".into();
        forge_payload(case, "ledger", at, to_cash);
    });
    check("a balance differs", "balance", &|case| {
        *case.answers.as_mut().unwrap().balances.values_mut().next().unwrap() += 1;
    });
    check("a total differs", "total", &|case| {
        let key = ("near".to_owned(), "increases".to_owned());
        *case.answers.as_mut().unwrap().totals.get_mut(&key).unwrap() -= 1;
    });
    check("a project is in another state", "project", &|case| {
        *case.answers.as_mut().unwrap().projects.values_mut().next().unwrap() = "removed".into();
    });
    // Evaluations.
    check("a sum is not its parts", "its parts give", &|case| {
        let at = last(case, "scoring", "evaluation_changed");
        forge_payload(case, "scoring", at, |payload| payload["sums"][0]["score"] = "99".into());
    });
    check("an indicator rests on old money", "rests on another budget.", &|case| {
        let at = last(case, "ledger", "payment_made");
        forge_payload(case, "ledger", at, |payload| payload["amount"] = "1.00".into());
    });
    check("an indicator rests on an old actual", "rests on another actual", &|case| {
        let at = last(case, "targets", "actual_recorded");
        forge(case, "targets", at, 1, "another id");
    });
    check("a canonical score differs", "score of ", &|case| {
        let evaluation = case.answers.as_mut().unwrap().evaluations.get_mut(FUNDS[0]).unwrap();
        evaluation["indicators"][0]["score"] = "0.123".into();
    });
    check("a canonical indicator is missing", "other indicators", &|case| {
        let evaluation = case.answers.as_mut().unwrap().evaluations.get_mut(FUNDS[0]).unwrap();
        evaluation["indicators"].as_array_mut().unwrap().pop();
    });
    check("a canonical budget differs", "not the ledger's", &|case| {
        let evaluation = case.answers.as_mut().unwrap().evaluations.get_mut(FUNDS[0]).unwrap();
        evaluation["budget"]["paid"] = "1.00".into();
    });
    check("a canonical count differs", "contracts_not_filed is", &|case| {
        let evaluation = case.answers.as_mut().unwrap().evaluations.get_mut(FUNDS[0]).unwrap();
        evaluation["contracts_not_filed"] = 99.into();
    });
}
