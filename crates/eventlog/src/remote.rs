//! A log of another process, read over gRPC.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use jixiao_proto::jixiao::eventlog::v1::event_log_service_client::EventLogServiceClient;
use tokio::sync::watch;
use tokio::time::timeout;
use tonic::transport::Channel;
use tonic::{Code, Response, Status};

use crate::cloudevent::from_cloud_event;
use crate::event::StoredEvent;
use crate::log::{ReadError, Source};
use crate::position::Position;

/// How long an answer may take: a network that swallows everything gives no error for a quarter of an hour.
const ANSWER: Duration = Duration::from_secs(10);

/// The log of another service, as that service's EventLogService gives it.
///
/// What it gives was checked: events of that log, in order and without a gap after the position asked for, each with the
/// hash that its content makes.
#[derive(Debug)]
pub struct RemoteSource {
    log: &'static str,
    client: EventLogServiceClient<Channel>,
    /// Whether the last call was answered; told when it changes.
    reached: AtomicBool,
    wakes: watch::Sender<u64>,
}

impl RemoteSource {
    /// The log of that name behind a connection, which need not be there yet.
    pub fn new(log: &'static str, channel: Channel) -> Arc<Self> {
        let client = EventLogServiceClient::new(channel);
        // Nobody tells of a commit over there: whoever follows it looks again by itself.
        let wakes = watch::Sender::new(0);
        Arc::new(Self { log, client, reached: AtomicBool::new(true), wakes })
    }

    /// Waits for the answer to a call. That a source is away is told once, and once that it is back.
    async fn answer<T>(
        &self,
        call: impl Future<Output = Result<Response<T>, Status>> + Send,
    ) -> Result<T, ReadError> {
        let answer = match timeout(ANSWER, call).await {
            Ok(answer) => answer.map(Response::into_inner),
            Err(_) => Err(Status::deadline_exceeded("no answer within 10 s")),
        };
        match answer {
            Ok(answer) => {
                if !self.reached.swap(true, Ordering::Relaxed) {
                    tracing::info!(source = self.log, "the source answers again");
                }
                Ok(answer)
            }
            Err(status) => {
                let error = self.error_of(&status);
                if error == ReadError::Unavailable && self.reached.swap(false, Ordering::Relaxed) {
                    tracing::warn!(
                        source = self.log,
                        code = ?status.code(),
                        error = &status as &dyn std::error::Error,
                        "the source does not answer; its feed waits"
                    );
                }
                Err(error)
            }
        }
    }

    fn error_of(&self, status: &Status) -> ReadError {
        let log = self.log.to_owned();
        match status.code() {
            // Only the source's own answer makes a fork.
            Code::Aborted => ReadError::OtherHistory { log },
            Code::OutOfRange => ReadError::PastHead { log },
            Code::InvalidArgument => ReadError::UnknownLog { log },
            _ => ReadError::Unavailable,
        }
    }

    /// An answer that makes no sense is as good as none: it is asked for again.
    fn strange(&self, what: &str) -> ReadError {
        tracing::error!(source = self.log, "the source's answer does not read: {what}");
        ReadError::Unavailable
    }

    fn position(&self, token: &str) -> Result<Position, ReadError> {
        Position::from_token(token)
            .ok()
            .filter(|position| position.log == self.log)
            .ok_or_else(|| self.strange("a position is none of this log"))
    }
}

#[async_trait]
impl Source for RemoteSource {
    fn name(&self) -> &'static str {
        self.log
    }

    async fn head(&self) -> Result<Position, ReadError> {
        let mut client = self.client.clone();
        let listed = self.answer(client.list_logs(pb::ListLogsRequest::default())).await?;
        let log = listed.logs.into_iter().find(|log| log.name == self.log);
        self.position(&log.ok_or_else(|| ReadError::UnknownLog { log: self.log.to_owned() })?.head)
    }

    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
        let request = pb::ReadEventsRequest {
            log: self.log.to_owned(),
            after: after.to_token(),
            page_size: i32::try_from(limit).unwrap_or(i32::MAX),
        };
        let mut client = self.client.clone();
        let page = self.answer(client.read_events(request)).await?;
        let head = self.position(&page.head)?;
        let mut events: Vec<StoredEvent> = Vec::with_capacity(page.events.len());
        for wire in &page.events {
            let event = from_cloud_event(wire).map_err(|error| self.strange(&error.to_string()))?;
            let (position, hash) =
                events.last().map_or((after.position, &after.hash), |before| (before.position, &before.hash));
            let follows = event.position == position + 1 && event.previous_hash == *hash;
            if event.log != self.log || !follows || event.compute_hash() != event.hash {
                return Err(self.strange(&format!(
                    "event {} of {} is not the one that follows {position}, or not what its hash says",
                    event.position, event.log
                )));
            }
            events.push(event);
        }
        Ok((events, head))
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.wakes.subscribe()
    }
}
