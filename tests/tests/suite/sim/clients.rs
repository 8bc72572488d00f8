//! Clients: they send commands near the limit, repeat them at the other replica, and keep what they were told.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use jixiao_eventlog::{Domain, Done, ExecuteError, Log, Position, Query, ReadError};
use tokio::time::sleep;

use super::domain::{Ask, Office, OfficeAsk, TooLittle, context, key};
use super::history::{Read, Refused};
use super::process::Process;
use super::service::Service;
use super::world::World;

/// After how long a client asks again.
const PATIENCE: Duration = Duration::from_secs(8);

/// The funds. Few, so that clients meet.
const FUNDS: [&str; 3] = ["a", "b", "c"];

/// One client.
pub struct Client {
    pub number: usize,
    pub world: Arc<World>,
    pub dice: super::random::Dice,
}

/// A command with what a refusal of it is about.
#[derive(Clone)]
struct Request<C> {
    id: String,
    command: C,
    amount: u64,
}

impl Client {
    /// Sends so many requests, one after the other.
    pub async fn run(self, requests: usize) {
        for n in 0..requests {
            sleep(Duration::from_millis(self.dice.below(1_500))).await;
            let id = format!("c{}-{n}", self.number);
            let (fund, other) = (self.fund(), self.fund());
            match self.dice.below(10) {
                0..=2 => self.reserve(id, fund).await,
                3..=6 => self.ask_till(&self.world.north, id, fund, other).await,
                _ => self.ask_till(&self.world.south, id, fund, other).await,
            }
        }
    }

    /// Deposits at each till, one after the other.
    pub async fn deposit(self, requests: usize) {
        for n in 0..requests {
            let (fund, amount) = (self.fund(), self.dice.between(1, 60));
            let command = Ask::Deposit { fund: fund.clone(), amount };
            let request = Request { id: format!("c{}-{n}", self.number), command, amount };
            self.send(&self.world.north, request.clone()).await;
            self.send(&self.world.south, request).await;
        }
    }

    fn fund(&self) -> String {
        FUNDS[self.dice.index(FUNDS.len())].to_owned()
    }

    async fn ask_till<D>(&self, till: &Arc<Service<D>>, id: String, fund: String, other: String)
    where
        D: Domain<Command = Ask, Refusal = TooLittle, State = u64>,
    {
        let amount = self.dice.between(1, 60);
        let command = match self.dice.below(10) {
            0..=2 => Ask::Withdraw { fund: fund.clone(), amount },
            3..=4 if fund != other => Ask::Move { from: fund.clone(), to: other, amount },
            5 => Ask::Sweep { into: fund.clone() },
            _ => Ask::Deposit { fund: fund.clone(), amount },
        };
        let Some(done) = self.send(till, Request { id, command, amount }).await else {
            return;
        };
        match self.dice.below(4) {
            0 => self.read(till, &fund, &[done]).await,
            1 => self.read(&self.world.office, &fund, &[done]).await,
            _ => {}
        }
    }

    async fn reserve(&self, id: String, fund: String) {
        let amount = self.dice.between(1, 40);
        let command = OfficeAsk::Reserve { fund: fund.clone(), amount };
        let request = Request { id, command, amount };
        if let Some(done) = self.send::<Office>(&self.world.office, request).await
            && self.dice.chance(2_500)
        {
            self.read(&self.world.office, &fund, &[done]).await;
        }
    }

    /// Sends a request until it is answered, now and then to both replicas, now and then once more when it was; the
    /// place after it.
    async fn send<D>(&self, service: &Arc<Service<D>>, request: Request<D::Command>) -> Option<Position>
    where
        D: Domain<Refusal = TooLittle>,
        D::Command: Clone + Debug,
    {
        let patience = if self.dice.chance(500) { self.dice.between(1, 3) } else { u64::MAX };
        let mut done = None;
        if self.dice.chance(2_000) {
            // Both at once: they have to agree.
            let answers =
                futures::join!(self.attempt(service, 0, &request), self.attempt(service, 1, &request));
            done = answers.0.or(answers.1);
        }
        let mut tries = 0;
        while done.is_none() {
            if tries == patience {
                return None;
            }
            tries += 1;
            done = self.attempt(service, self.dice.index(2), &request).await;
            if done.is_none() {
                sleep(Duration::from_millis(self.dice.between(20, 1_500))).await;
            }
        }
        let done = done??;
        if self.dice.chance(3_000) {
            self.attempt(service, self.dice.index(2), &request).await;
        }
        Some(done.position(D::LOG))
    }

    /// Sends a request once. `None` if it was not answered, `Some(None)` if it was refused.
    async fn attempt<D>(
        &self,
        service: &Arc<Service<D>>,
        replica: usize,
        request: &Request<D::Command>,
    ) -> Option<Option<Done>>
    where
        D: Domain<Refusal = TooLittle>,
        D::Command: Clone + Debug,
    {
        let history = &self.world.history;
        let known = history.head(D::LOG);
        let (process, log) = service.replica(replica)?;
        let content = format!("{:?}", request.command);
        let asked = log.execute(request.command.clone(), context(&request.id, &content));
        let answer = answered(&process, asked).await?;
        self.world.trace.note(format_args!("{} {}: {}", request.id, process.name, told(&answer)));
        match answer {
            Ok(done) => {
                history.acknowledge(D::LOG, &request.id, done.rows.clone());
                Some(Some(done))
            }
            Err(ExecuteError::Refused { refusal, mut seen }) => {
                history.seen().refused.push(Refused {
                    request: request.id.clone(),
                    seen: seen.swap_remove(0),
                    known,
                    fund: refusal.fund,
                    asked: request.amount,
                    left: refusal.left,
                });
                Some(None)
            }
            Err(ExecuteError::Unavailable) => None,
            Err(error) => {
                history.seen().faults.push(format!("{} was told: {error}", request.id));
                Some(None)
            }
        }
    }

    /// Reads a fund, with positions that have to be reflected.
    async fn read<D: Domain>(&self, service: &Arc<Service<D>>, fund: &str, positions: &[Position]) {
        let Some((process, log)) = service.some_replica(&self.dice) else { return };
        let read = async |log: &Log<D>| {
            log.wait_for(positions).await?;
            log.read(Query::new().key(key(fund))).await
        };
        match answered(&process, read(&log)).await {
            None | Some(Err(ReadError::Unavailable | ReadError::NotYet { .. })) => {}
            Some(Ok(snapshot)) => {
                let state = snapshot.get(&key(fund)).map(serde_json::to_string);
                let state = state.and_then(Result::ok).unwrap_or_else(|| "null".to_owned());
                let waited_for = positions.to_vec();
                let read = Read { at: snapshot.head, fund: fund.to_owned(), state, waited_for };
                self.world.history.seen().read.push(read);
            }
            Some(Err(error)) => {
                let fault = format!("a read of {} after {positions:?} was told: {error}", D::LOG);
                self.world.history.seen().faults.push(fault);
            }
        }
    }
}

/// The answer of a process, unless it dies before, or takes too long.
async fn answered<T>(process: &Process, asked: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = process.died() => None,
        answer = async { let answer = asked.await; process.pass().await; answer } => Some(answer),
        () = sleep(PATIENCE) => None,
    }
}

fn told(answer: &Result<Done, ExecuteError<TooLittle>>) -> String {
    match answer {
        Ok(done) => {
            let positions: Vec<u64> = done.rows.iter().map(|row| row.position).collect();
            format!("done at {positions:?}{}", if done.repeated { ", repeated" } else { "" })
        }
        Err(error) => error.to_string(),
    }
}
