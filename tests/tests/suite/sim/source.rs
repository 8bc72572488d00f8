//! A source's log as another process reads it: by a call to either of its replicas.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jixiao_eventlog::{Domain, Log, Position, ReadError, Source, StoredEvent};
use tokio::sync::watch;
use tokio::time::sleep;

use super::process::Process;
use super::random::Dice;
use super::service::Service;

/// How long a call waits for its answer.
const DEADLINE: Duration = Duration::from_secs(10);

/// What a call takes, at most, in milliseconds.
const LATENCY: u64 = 4;

/// The calls that fail by themselves, of 10,000.
const CUT: u64 = 100;

pub struct Remote<D: Domain> {
    service: Arc<Service<D>>,
    caller: Arc<Process>,
    dice: Dice,
    wakes: watch::Sender<u64>,
}

impl<D: Domain> Remote<D> {
    pub fn new(service: &Arc<Service<D>>, caller: &Arc<Process>, dice: Dice) -> Arc<Self> {
        let (service, caller) = (Arc::clone(service), Arc::clone(caller));
        Arc::new(Self { service, caller, dice, wakes: watch::Sender::new(0) })
    }

    /// Calls a replica that runs, as a client's balancer finds one.
    async fn call<T, A>(&self, asked: impl FnOnce(Arc<Log<D>>) -> A + Send) -> Result<T, ReadError>
    where
        A: Future<Output = Result<T, ReadError>> + Send,
    {
        self.caller.step().await;
        sleep(Duration::from_millis(self.dice.below(LATENCY + 1))).await;
        let answer = match self.service.some_replica(&self.dice) {
            None => Err(ReadError::Unavailable),
            Some(_) if self.dice.chance(CUT) => Err(ReadError::Unavailable),
            Some((process, log)) => tokio::select! {
                biased;
                () = process.died() => Err(ReadError::Unavailable),
                answer = asked(log) => answer,
                () = sleep(DEADLINE) => Err(ReadError::Unavailable),
            },
        };
        self.caller.step().await;
        answer
    }
}

#[async_trait]
impl<D: Domain> Source for Remote<D> {
    fn name(&self) -> &'static str {
        D::LOG
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.call(async move |log| Source::head(log.as_ref()).await).await
    }

    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
        let after = after.clone();
        self.call(async move |log| log.read_after(&after, limit).await).await
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.subscribe()
    }
}
