//! EventLogService: the one implementation, over every log of the process.

use std::sync::Arc;

use jixiao_proto::jixiao::eventlog::v1 as pb;
use jixiao_proto::jixiao::eventlog::v1::event_log_service_server::{EventLogService, EventLogServiceServer};
use prost::Message;
use tokio::sync::watch::{Receiver, Sender};
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::cloudevent::to_cloud_event;
use crate::event::StoredEvent;
use crate::log::{ReadError, Source};
use crate::own::ParkedFund;
use crate::position::Position;
use crate::watch::{Watch, watch};

/// The domain of every `ErrorInfo`.
pub const ERROR_DOMAIN: &str = "jixiao";

/// Events of a page where none is asked for, and at most.
const DEFAULT_PAGE: usize = 200;
const MAX_PAGE: usize = 1_000;

/// A page ends before it has more bytes: gRPC clients take 4 MiB by default.
const PAGE_BYTES: usize = 3 * 1024 * 1024;

/// Events read at once for a watcher.
const WATCH_PAGE: usize = 200;

/// The logs of a process, to read and to follow.
pub struct EventLog {
    logs: Vec<Arc<dyn Source>>,
    ending: Receiver<bool>,
}

impl std::fmt::Debug for EventLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.logs.iter().map(|log| log.name())).finish()
    }
}

impl EventLog {
    /// Over these logs.
    pub fn new(mut logs: Vec<Arc<dyn Source>>) -> Self {
        logs.sort_by_key(|log| log.name());
        // Without a sender it never changes.
        Self { logs, ending: Sender::new(false).subscribe() }
    }

    /// Ends watches, which have no end of their own, once this turns true: whoever watches goes on at another server.
    #[must_use]
    pub fn ending(self, ending: Receiver<bool>) -> Self {
        Self { ending, ..self }
    }

    /// As a gRPC service.
    pub fn server(self) -> EventLogServiceServer<Self> {
        EventLogServiceServer::new(self)
    }

    fn log(&self, name: &str) -> Result<&Arc<dyn Source>, Status> {
        self.logs.iter().find(|log| log.name() == name).ok_or_else(|| {
            let known: Vec<_> = self.logs.iter().map(|log| log.name()).collect();
            let name: String = name.chars().take(80).collect();
            bad_field("log", format!("there is no log named \"{name}\" here; there are {}", known.join(", ")))
        })
    }

    fn place(&self, log: &str, token: &str) -> Result<(Arc<dyn Source>, Position), Status> {
        let source = self.log(log)?;
        if token.is_empty() {
            return Ok((Arc::clone(source), Position::beginning(source.name())));
        }
        let position = Position::from_token(token).map_err(|error| bad_field("after", error.to_string()))?;
        if position.log != log {
            return Err(bad_field(
                "after",
                format!("the position is of the {} log, not of {log}", position.log),
            ));
        }
        Ok((Arc::clone(source), position))
    }
}

fn bad_field(field: &str, description: impl Into<String>) -> Status {
    let description = description.into();
    let mut details = ErrorDetails::with_bad_request_violation(field, &description);
    details.set_error_info("INVALID_ARGUMENT", ERROR_DOMAIN, [("field".to_owned(), field.to_owned())]);
    Status::with_error_details(Code::InvalidArgument, format!("{field}: {description}"), details)
}

/// The answer to a read that failed: one reason each.
pub fn read_status(error: &ReadError) -> Status {
    let (code, reason) = match error {
        ReadError::Parked(parked) => return parked_status(parked),
        ReadError::OtherHistory { .. } => (Code::Aborted, "OTHER_HISTORY"),
        ReadError::PastHead { .. } => (Code::OutOfRange, "PAST_HEAD"),
        ReadError::UnknownLog { .. } => (Code::InvalidArgument, "UNKNOWN_LOG"),
        ReadError::NotYet { .. } => (Code::Unavailable, "NOT_TAKEN_IN_YET"),
        ReadError::NotPassed { .. } => (Code::Unavailable, "KNOWN_AT_NOT_PASSED"),
        ReadError::TooMuch => (Code::ResourceExhausted, "HISTORY_TOO_LONG"),
        ReadError::Busy => (Code::Unavailable, "BUSY"),
        ReadError::Unavailable => (Code::Unavailable, "LOG_UNAVAILABLE"),
    };
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, []);
    if code == Code::Unavailable {
        let retry = match error {
            ReadError::NotPassed { retry, .. } => *retry,
            _ => std::time::Duration::from_millis(500),
        };
        details.set_retry_info(Some(retry));
    }
    Status::with_error_details(code, error.to_string(), details)
}

/// The answer to whoever asks something of a parked fund.
pub fn parked_status(parked: &ParkedFund) -> Status {
    let (reason, text) = ("FUND_PARKED", parked.to_string());
    let metadata = [
        ("fund", parked.fund.clone()),
        ("log", parked.source.log.clone()),
        ("position", parked.source.position.to_string()),
        ("event", parked.source.id.clone()),
    ];
    let metadata = metadata.map(|(name, value)| (name.to_owned(), value));
    let mut details = ErrorDetails::with_error_info(reason, ERROR_DOMAIN, metadata);
    let name = format!("funds/{}", parked.fund);
    details.add_precondition_failure_violation(reason, name.clone(), text.clone());
    details.set_resource_info("fund", name, "", text.clone());
    details.set_localized_message("zh-CN", parked.zh());
    Status::with_error_details(Code::FailedPrecondition, text, details)
}

/// What a watch says when its server ends: whoever watches goes on at another one.
pub(crate) fn server_ends() -> Status {
    let mut details = ErrorDetails::with_error_info("SERVER_STOPS", ERROR_DOMAIN, []);
    details.set_retry_info(Some(std::time::Duration::from_millis(500)));
    let text = "the server stops: go on from the last position at another one";
    Status::with_error_details(Code::Unavailable, text, details)
}

#[tonic::async_trait]
impl EventLogService for EventLog {
    async fn list_logs(
        &self,
        request: Request<pb::ListLogsRequest>,
    ) -> Result<Response<pb::ListLogsResponse>, Status> {
        let request = request.into_inner();
        if request.page_size < 0 {
            return Err(bad_field("page_size", "must not be below zero"));
        }
        // The token is the name of the last log shown.
        if !request.page_token.is_empty() && !self.logs.iter().any(|log| log.name() == request.page_token) {
            return Err(bad_field("page_token", "is not a token that this list gave out"));
        }
        let limit = usize::try_from(request.page_size).ok().filter(|size| *size > 0).unwrap_or(usize::MAX);
        let rest = self.logs.iter().filter(|log| log.name() > request.page_token.as_str());
        let mut logs = Vec::new();
        let mut next_page_token = String::new();
        for log in rest {
            if logs.len() == limit {
                next_page_token = logs.last().map(|log: &pb::Log| log.name.clone()).unwrap_or_default();
                break;
            }
            let head = log.head().await.map_err(|error| read_status(&error))?;
            logs.push(pb::Log { name: head.log.clone(), head: head.to_token(), events: head.position });
        }
        Ok(Response::new(pb::ListLogsResponse { logs, next_page_token }))
    }

    async fn read_events(
        &self,
        request: Request<pb::ReadEventsRequest>,
    ) -> Result<Response<pb::ReadEventsResponse>, Status> {
        let request = request.into_inner();
        let limit = match usize::try_from(request.page_size) {
            Err(_) => return Err(bad_field("page_size", "must not be below zero")),
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(MAX_PAGE),
        };
        let (source, after) = self.place(&request.log, &request.after)?;
        let (stored, head) = source.read_after(&after, limit).await.map_err(|error| read_status(&error))?;
        let mut events = Vec::with_capacity(stored.len());
        let mut next = after;
        let mut bytes = 0;
        for event in &stored {
            let wire = to_cloud_event(event);
            bytes += wire.encoded_len();
            if bytes > PAGE_BYTES && !events.is_empty() {
                break;
            }
            events.push(wire);
            next = Position::after(event);
        }
        Ok(Response::new(pb::ReadEventsResponse { events, next: next.to_token(), head: head.to_token() }))
    }

    type WatchEventsStream = Watch<pb::WatchEventsResponse>;

    async fn watch_events(
        &self,
        request: Request<pb::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let request = request.into_inner();
        let (source, after) = self.place(&request.log, &request.after)?;
        // A position that is not in the log is refused right away.
        source.read_after(&after, 1).await.map_err(|error| read_status(&error))?;
        let wakes = source.wakes();
        let next = move |after: Position| {
            let source = Arc::clone(&source);
            async move {
                let read = source.read_after(&after, WATCH_PAGE).await;
                let (events, _) = read.map_err(|error| read_status(&error))?;
                let place = events.last().map_or(after, Position::after);
                let response = |event: StoredEvent| pb::WatchEventsResponse {
                    event: Some(to_cloud_event(&event)),
                    position: Position::after(&event).to_token(),
                };
                Ok((events.into_iter().map(response).collect(), place))
            }
        };
        Ok(Response::new(watch(after, wakes, self.ending.clone(), next)))
    }
}
