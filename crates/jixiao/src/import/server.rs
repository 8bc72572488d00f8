//! The server as its client sees it: one connection, calls that are tried again while it is away.

use std::collections::HashSet;
use std::error::Error;
use std::future::Future;
use std::time::Duration;

use jixiao_edge::ACTOR;
use jixiao_eventlog::Voids;
use jixiao_eventlog::cloudevent::from_cloud_event;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use jixiao_proto::jixiao::eventlog::v1::event_log_service_client::EventLogServiceClient;
use tonic::metadata::AsciiMetadataValue;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use super::NOBODY;
use super::fault::{ImportError, Said};
use super::folds::Folds;
use crate::language::Language;
use crate::settings::shown_url;
use crate::text::error as text;
use crate::transport::{Servers, TlsFiles};

/// Pauses before a call is tried again; after the last one it is given up. Some 8 s in all: a server that is restarted
/// is back by then.
const WRITE_PAUSES_MS: [u64; 8] = [50, 100, 250, 500, 1_000, 1_500, 2_000, 2_500];

/// The same before anything is written: whoever mistyped an address should not have to wait.
const READ_PAUSES_MS: [u64; 3] = [50, 100, 250];

/// How long to wait for an answer: a server waits up to 10 s for positions.
const ANSWER: Duration = Duration::from_secs(30);

/// Events asked for at once; the server's own limit.
const PAGE: i32 = 1_000;

/// The logs in the order in which they are read: each after those that take it in, so that it reaches at least as far as
/// their intakes of it.
const LOGS: [&str; 4] = ["ledger", "scoring", "targets", "registry"];

/// A server and who speaks to it.
#[derive(Debug, Clone)]
pub(super) struct Server {
    address: String,
    /// `None` where nobody was named: then a certificate says who it is.
    actor: Option<AsciiMetadataValue>,
    servers: Servers,
}

/// What the server's logs say before the import.
#[derive(Debug)]
pub(super) struct Known {
    /// The states.
    pub(super) folds: Folds,
    /// Which of the import's request ids the logs hold.
    pub(super) there: HashSet<String>,
}

impl Server {
    /// A server by its address. It is not called yet.
    pub(super) fn open(address: &str, tls: Option<&TlsFiles>, actor: &str) -> Result<Self, ImportError> {
        let bad = |zh: String, en: String| ImportError::Usage(Said::new(zh, en));
        let said = |language| {
            let opened = Servers::open(address, tls, Some(ANSWER), language);
            opened.map_err(|reason| text::bad_server(language, shown_url(address), reason))
        };
        let servers = match (said(Language::English), said(Language::Chinese)) {
            (Ok(servers), _) => servers,
            (Err(en), zh) => return Err(bad(zh.err().unwrap_or_default(), en)),
        };
        // The metadata takes visible characters only.
        let visible = actor.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let name = actor;
        let actor =
            actor.parse().ok().filter(|_| visible && (1..=100).contains(&actor.len())).ok_or_else(|| {
                bad(
                    format!("操作者“{actor}”须为 1 到 100 个可见 ASCII 字符"),
                    format!("the actor \"{actor}\" has to be 1 to 100 visible ASCII characters"),
                )
            })?;
        let actor = Some(actor).filter(|_| name != NOBODY);
        Ok(Self { address: address.to_owned(), actor, servers })
    }

    /// The connection to a service.
    pub(super) fn channel(&self, service: &str) -> Channel {
        self.servers.of(service)
    }

    /// A request with who sends it.
    pub(super) fn signed<T>(&self, mut request: Request<T>) -> Request<T> {
        if let Some(actor) = &self.actor {
            request.metadata_mut().insert(ACTOR, actor.clone());
        }
        request
    }

    /// Makes a writing call, again and again while the server is away. What a call may have done, its repetition finds
    /// done.
    pub(super) async fn write<T, F: Future<Output = Result<T, Status>>>(
        &self,
        call: impl FnMut() -> F,
    ) -> Result<T, Status> {
        self.call(&WRITE_PAUSES_MS, call).await
    }

    async fn call<T, F: Future<Output = Result<T, Status>>>(
        &self,
        pauses_ms: &[u64],
        mut call: impl FnMut() -> F,
    ) -> Result<T, Status> {
        for pause in pauses_ms {
            match call().await {
                Err(status) if is_away(&status) => {
                    let asked =
                        status.get_details_retry_info().and_then(|info| info.retry_delay).unwrap_or_default();
                    tokio::time::sleep(asked.min(ANSWER).max(Duration::from_millis(*pause))).await;
                }
                other => return other,
            }
        }
        call().await
    }

    /// Why the import ends where a call failed; `row` is what it was for.
    pub(super) fn failed(&self, status: &Status, row: Option<(String, u64)>) -> ImportError {
        if is_away(status) {
            let said = Said::of_status(status);
            ImportError::NotReachable { server: self.address.clone(), row, said }
        } else {
            ImportError::Refused { row, said: Said::of_status(status) }
        }
    }

    /// Reads all logs and folds them. Of the request ids in them only those in `wanted` are kept.
    pub(super) async fn read(&self, actor: &str, wanted: &HashSet<&str>) -> Result<Known, ImportError> {
        let mut known = Known { folds: Folds::new(actor), there: HashSet::new() };
        for log in LOGS {
            let mut voids = Voids::default();
            // What is void stands before the event that says so: then the log is read anew.
            while self.read_log(log, wanted, &mut known, &mut voids).await? {
                known.folds.forget(log);
            }
        }
        Ok(known)
    }

    /// Reads one log and folds what is not void; whether some of it turned out to be void after all.
    async fn read_log(
        &self,
        log: &str,
        wanted: &HashSet<&str>,
        known: &mut Known,
        voids: &mut Voids,
    ) -> Result<bool, ImportError> {
        let mut again = false;
        let mut after = String::new();
        loop {
            let page = self.call(&READ_PAUSES_MS, || self.page(log, &after)).await;
            let page = page.map_err(|status| self.failed(&status, None))?;
            for event in &page.events {
                let stored = from_cloud_event(event).map_err(|error| strange(&error.to_string()))?;
                if wanted.contains(stored.request_id.as_str()) {
                    known.there.insert(stored.request_id.clone());
                }
                again |= voids.note(&stored);
                if !voids.covers(&stored) {
                    known.folds.stored(&stored).map_err(|error| strange(&error))?;
                }
            }
            if page.events.is_empty() || page.next == page.head {
                return Ok(again);
            }
            after = page.next;
        }
    }

    async fn page(&self, log: &str, after: &str) -> Result<pb::ReadEventsResponse, Status> {
        let request = pb::ReadEventsRequest { log: log.to_owned(), after: after.to_owned(), page_size: PAGE };
        let mut client = EventLogServiceClient::new(self.channel(log));
        client.read_events(self.signed(Request::new(request))).await.map(tonic::Response::into_inner)
    }

    /// The heads of the logs, to wait for; of one log where it is named.
    pub(super) async fn heads(&self, log: Option<&str>) -> Result<Vec<String>, ImportError> {
        let mut heads = Vec::new();
        for (service, channel) in self.servers.each() {
            if service.is_some() && log.is_some() && service != log {
                continue;
            }
            let listed = self.call(&WRITE_PAUSES_MS, || async {
                let mut client = EventLogServiceClient::new(channel.clone());
                client.list_logs(self.signed(Request::new(pb::ListLogsRequest::default()))).await
            });
            let listed = listed.await.map_err(|status| self.failed(&status, None))?.into_inner();
            let wanted = |found: &pb::Log| log.or(service).is_none_or(|name| found.name == name);
            heads.extend(listed.logs.into_iter().filter(wanted).map(|log| log.head));
        }
        Ok(heads)
    }
}

/// Whether the server did not answer, or answers that it cannot now. A status that came from a server has no source; one
/// made here of a lost connection has.
fn is_away(status: &Status) -> bool {
    status.code() == Code::Unavailable || status.source().is_some()
}

/// The server's log is not what this program knows.
fn strange(error: &str) -> ImportError {
    let zh = format!("服务器的日志含有本程序不认识的内容：{error}");
    ImportError::Refused {
        row: None,
        said: Said::new(zh, format!("the server's log is not what this program knows: {error}")),
    }
}
