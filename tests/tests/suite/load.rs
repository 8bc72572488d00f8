//! Clients that write to every service through all its replicas, near the limits of accounts, and remember what they were
//! told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jixiao_proto::jixiao::ledger::v1 as ledger;
use jixiao_proto::jixiao::registry::v1 as registry;
use jixiao_proto::jixiao::targets::v1 as targets;
use jixiao_proto::jixiao::types::v1::Recorded;
use jixiao_tests::judge::Acknowledged;
use tokio::task::JoinHandle;
use tonic::Code;

use crate::api::{Api, increase, money, names, not_stated, payment_request};
use crate::judged::acknowledged;

/// How long a client repeats one request before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The funds whose accounts are near their limit, 1,000 yuan each at first.
pub const NEAR: [&str; 4] = ["near-a", "near-b", "near-c", "near-d"];

/// The example's fund whose evaluation the load moves.
const EVALUATED: &str = "smart-city-2019";

/// A request of the load.
#[derive(Debug, Clone)]
enum Request {
    Agency(registry::RegisterAgencyRequest),
    Filing(registry::RecordFilingRequest),
    Adjust(ledger::AdjustBudgetRequest),
    Ask(ledger::RequestPaymentRequest),
    Commit(ledger::CommitMoneyRequest),
    Pay(ledger::RecordPaymentRequest),
    Reverse(ledger::ReverseEntryRequest),
    Actual(targets::RecordActualRequest),
}

/// A running load.
pub struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    clients: Vec<JoinHandle<Vec<Acknowledged>>>,
}

impl Load {
    /// Creates the funds near their limit; returns what was acknowledged.
    pub async fn prepare(api: &mut Api) -> Vec<Acknowledged> {
        let mut told = Vec::new();
        for fund in NEAR {
            told.push(acknowledged(&format!("original {fund}"), &api.fund(fund, 1_000).await));
        }
        told
    }

    /// Starts so many clients over two or more replicas of each service. Each request is sent to two of them at once, and
    /// again until one answers it.
    pub fn start(name: &str, replicas: &[Api], clients: usize) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let clients = (0..clients).map(|client| {
            let (name, stop, done) =
                (format!("{name}-{client}"), Arc::clone(&stop), Arc::clone(&acknowledged));
            let mut two = [0, 1].map(|at| replicas[(client + at) % replicas.len()].clone());
            tokio::spawn(async move {
                let mut told = Vec::new();
                for n in 0.. {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let id = format!("{name}-{n}");
                    let request = make(&id, &name, client, n);
                    if let Some(recorded) = settle(&mut two, &id, &request).await {
                        told.push(self::acknowledged(&id, &recorded));
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                    two.swap(0, 1);
                    // Many clients, not many requests: two cores run all of it.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                told
            })
        });
        let clients = clients.collect();
        Self { stop, acknowledged, clients }
    }

    /// Requests acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until so many more were acknowledged than now; fails the test after a bound.
    pub async fn goes_on(&self, more: u64, bound: Duration, during: &str) {
        let (from, began) = (self.acknowledged(), Instant::now());
        while self.acknowledged() < from + more {
            assert!(
                began.elapsed() < bound,
                "waited {bound:?} for {more} acknowledged requests {during}: {} came",
                self.acknowledged() - from
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Lets every client end its request and returns all that was acknowledged.
    pub async fn end(self) -> Vec<Acknowledged> {
        self.stop.store(true, Ordering::SeqCst);
        let mut told = Vec::new();
        for client in self.clients {
            told.extend(client.await.unwrap());
        }
        told
    }
}

/// The n-th request of a client.
fn make(id: &str, name: &str, client: usize, n: u64) -> Request {
    let fund = NEAR[client % NEAR.len()];
    let on = "2019-12-20".to_owned();
    let before = |n: u64| format!("{name}-{}", n.saturating_sub(1));
    match (n + client as u64) % 10 {
        0 => Request::Adjust(increase(id, fund, 40)),
        1 | 2 => Request::Ask(payment_request(id, fund, 30)),
        // The request before, if it was let in.
        3 => Request::Pay(ledger::RecordPaymentRequest {
            request_id: id.to_owned(),
            scope: format!("funds/{fund}"),
            entry_id: id.to_owned(),
            amount: money(30),
            on,
            approval: not_stated(),
            payment_request: format!("funds/{fund}/entries/{}", before(n)),
            ..Default::default()
        }),
        4 => Request::Commit(ledger::CommitMoneyRequest {
            request_id: id.to_owned(),
            scope: format!("funds/{fund}"),
            entry_id: id.to_owned(),
            amount: money(20),
            on,
            approval: not_stated(),
            contract: id.to_owned(),
            ..Default::default()
        }),
        // The commitment before.
        5 => Request::Reverse(ledger::ReverseEntryRequest {
            request_id: id.to_owned(),
            name: format!("funds/{fund}/entries/{}", before(n)),
            entry_id: id.to_owned(),
            on,
            approval: not_stated(),
            ..Default::default()
        }),
        6 => Request::Pay(ledger::RecordPaymentRequest {
            request_id: id.to_owned(),
            scope: format!("funds/{EVALUATED}"),
            entry_id: id.to_owned(),
            amount: money(1_000 + i64::try_from(n).unwrap()),
            on,
            approval: not_stated(),
            ..Default::default()
        }),
        7 => Request::Actual(targets::RecordActualRequest {
            request_id: id.to_owned(),
            name: format!("funds/{EVALUATED}/targets/d20"),
            measured: Some(targets::Measured {
                value: Some(targets::measured::Value::Number((n % 60).to_string())),
            }),
            unit: "家".into(),
            on,
            ..Default::default()
        }),
        8 => Request::Filing(registry::RecordFilingRequest {
            request_id: id.to_owned(),
            name: format!("funds/{EVALUATED}/projects/smart-tourism"),
            kind: registry::FilingKind::ContractFiling.into(),
            // Each client takes back what it filed.
            state: if n % 20 < 10 { registry::FilingState::Filed } else { registry::FilingState::NotFiled }
                .into(),
            on: if n % 20 < 10 { on } else { String::new() },
            inside_count: true,
            ..Default::default()
        }),
        _ => Request::Agency(registry::RegisterAgencyRequest {
            request_id: id.to_owned(),
            agency_id: id.to_owned(),
            names: names("另一单位"),
            ..Default::default()
        }),
    }
}

/// Sends a request to both until it is acknowledged or refused. What was refused by one may be let in by the other.
async fn settle(two: &mut [Api; 2], id: &str, request: &Request) -> Option<Recorded> {
    let began = Instant::now();
    loop {
        let [one, other] = two;
        let (a, b) = tokio::join!(send(one, request), send(other, request));
        let statuses = match (a, b) {
            (Ok(a), Ok(b)) => {
                assert_eq!(a, b, "{id}: both give the same answer");
                return Some(a);
            }
            (Ok(done), Err(_)) | (Err(_), Ok(done)) => return Some(done),
            (Err(a), Err(b)) => [a, b],
        };
        // An answer that was lost may have been an acknowledgement: only two refusals end it without one.
        if statuses.iter().all(is_refusal) {
            return None;
        }
        assert!(began.elapsed() < PATIENCE, "{id}: repeated for {PATIENCE:?}, at last {statuses:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn is_refusal(status: &tonic::Status) -> bool {
    match status.code() {
        Code::FailedPrecondition | Code::NotFound | Code::AlreadyExists => true,
        Code::InvalidArgument => panic!("a request of the load is no request: {status}"),
        _ => false,
    }
}

async fn send(api: &mut Api, request: &Request) -> Result<Recorded, tonic::Status> {
    let recorded = match request.clone() {
        Request::Agency(request) => api.registry.register_agency(request).await?.into_inner().recorded,
        Request::Filing(request) => api.registry.record_filing(request).await?.into_inner().recorded,
        Request::Adjust(request) => api.ledger.adjust_budget(request).await?.into_inner().recorded,
        Request::Ask(request) => api.ledger.request_payment(request).await?.into_inner().recorded,
        Request::Commit(request) => api.ledger.commit_money(request).await?.into_inner().recorded,
        Request::Pay(request) => api.ledger.record_payment(request).await?.into_inner().recorded,
        Request::Reverse(request) => api.ledger.reverse_entry(request).await?.into_inner().recorded,
        Request::Actual(request) => api.targets.record_actual(request).await?.into_inner().recorded,
    };
    Ok(recorded.unwrap())
}
