//! A connection to a server, for the commands that are clients of it.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jixiao_proto::jixiao::eventlog::v1 as eventlog;
use jixiao_proto::jixiao::eventlog::v1::event_log_service_client::EventLogServiceClient;
use jixiao_proto::jixiao::eventlog::v1::feed_service_client::FeedServiceClient;
use jixiao_proto::jixiao::ledger::v1::ledger_service_client::LedgerServiceClient;
use jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient;
use jixiao_proto::jixiao::scoring::v1::scoring_service_client::ScoringServiceClient;
use jixiao_proto::jixiao::targets::v1::target_service_client::TargetServiceClient;
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use tonic_types::StatusExt;

use crate::cli;
use crate::compose::Service;
use crate::failure::{Failure, root_cause};
use crate::language::Language;
use crate::output::Output;
use crate::settings::shown_url;
use crate::text::error as text;
use crate::transport::{Servers, TlsFiles};

/// How long a server is asked again for what it has not taken in yet.
const PATIENCE: Duration = Duration::from_mins(1);

/// Entries of a page that a list is read in.
pub const PAGE_SIZE: i32 = 500;

/// A connection on which every call names its actor.
pub type Wire = InterceptedService<Channel, Actor>;

/// The feeds of a server.
pub type FeedClient = FeedServiceClient<Wire>;

/// Names the actor of every call.
#[derive(Debug, Clone)]
pub struct Actor(Option<MetadataValue<Ascii>>);

impl Interceptor for Actor {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(actor) = &self.0 {
            request.metadata_mut().insert(jixiao_edge::ACTOR, actor.clone());
        }
        Ok(request)
    }
}

/// A connected client.
#[derive(Debug, Clone)]
pub struct Client {
    servers: Servers,
    actor: Actor,
    server: String,
    language: Language,
    /// The sources whose lost history answers rested on.
    stale: Arc<Mutex<BTreeSet<String>>>,
}

impl Client {
    /// A client of the servers that the command line names. They are not called yet.
    pub fn open(to: &cli::Server, language: Language) -> Result<Self, Failure> {
        let tls = TlsFiles::of(&to.tls, language)?;
        let servers = Servers::open(&to.server, tls.as_ref(), None, language)
            .map_err(|reason| Failure::Usage(text::bad_server(language, shown_url(&to.server), reason)))?;
        let actor = match &to.actor {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| Failure::Usage(text::bad_actor(language)))?),
        };
        let (server, stale) = (to.server.clone(), Arc::default());
        Ok(Self { servers, actor: Actor(actor), server, language, stale })
    }

    fn wire(&self, service: &str) -> Wire {
        InterceptedService::new(self.servers.of(service), self.actor.clone())
    }

    /// The language of its failures.
    pub fn language(&self) -> Language {
        self.language
    }

    /// The registry.
    pub fn registry(&self) -> RegistryServiceClient<Wire> {
        RegistryServiceClient::new(self.wire("registry"))
    }

    /// The ledger.
    pub fn ledger(&self) -> LedgerServiceClient<Wire> {
        LedgerServiceClient::new(self.wire("ledger"))
    }

    /// Targets.
    pub fn targets(&self) -> TargetServiceClient<Wire> {
        TargetServiceClient::new(self.wire("targets"))
    }

    /// Scoring.
    pub fn scoring(&self) -> ScoringServiceClient<Wire> {
        ScoringServiceClient::new(self.wire("scoring"))
    }

    /// The event log of a service, at the server that holds it.
    pub fn event_log(&self, log: &str) -> EventLogServiceClient<Wire> {
        EventLogServiceClient::new(self.wire(log))
    }

    /// The feeds of every service that has some. Calls on one whose server was not named fail and say so: an answer that
    /// leaves one out would pass for the whole.
    pub fn feeds(&self) -> Vec<FeedClient> {
        let fed = Service::ALL.into_iter().filter(|service| !service.sources().is_empty());
        let wire = |channel| InterceptedService::new(channel, self.actor.clone());
        self.servers.of_all(fed).into_iter().map(|channel| FeedServiceClient::new(wire(channel))).collect()
    }

    /// Warns of answers that rested on a history that its source no longer holds.
    pub fn tell_stale(&self, output: Output) {
        let stale: Vec<_> =
            self.stale.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect();
        if stale.is_empty() {
            return;
        }
        let said = text::stale(output.language, stale.join(", "), &stale[0]);
        if output.is_json() {
            let warning = serde_json::json!({ "code": "STALE", "sources": stale, "message": said });
            output.notice(&serde_json::json!({ "warning": warning }).to_string());
        } else {
            output.notice(&said);
        }
    }

    fn note(&self, metadata: &MetadataMap) {
        if let Some(sources) = metadata.get(jixiao_edge::STALE).and_then(|value| value.to_str().ok()) {
            let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
            stale.extend(sources.split(',').map(str::to_owned));
        }
    }

    /// What a call's status means to whoever called.
    pub fn failure(&self, status: Status) -> Failure {
        self.note(status.metadata());
        let transport = status.source().is_some_and(<dyn Error + 'static>::is::<tonic::transport::Error>);
        match status.source() {
            Some(source) if transport => {
                Failure::Unreachable(text::unreachable(self.language, &self.server, root_cause(source)))
            }
            _ => Failure::of_status(self.language, status),
        }
    }

    /// The answer to a call.
    pub fn answer<T>(&self, answered: Result<Response<T>, Status>) -> Result<T, Failure> {
        let response = answered.map_err(|status| self.failure(status))?;
        self.note(response.metadata());
        Ok(response.into_inner())
    }

    /// The answer to a call that waits for positions: asked again while the server has not taken them in.
    pub async fn patiently<T, F>(&self, call: impl Fn() -> F) -> Result<T, Failure>
    where
        F: Future<Output = Result<Response<T>, Status>>,
    {
        let end = Instant::now() + PATIENCE;
        loop {
            match call().await {
                Err(status) if Instant::now() < end => match retry_delay(&status) {
                    Some(delay) => tokio::time::sleep(delay).await,
                    None => return Err(self.failure(status)),
                },
                answered => return self.answer(answered),
            }
        }
    }

    /// The logs of the servers with their heads, by name.
    pub async fn logs(&self) -> Result<Vec<eventlog::Log>, Failure> {
        let mut logs = Vec::new();
        for (service, channel) in self.servers.each() {
            let mut client = EventLogServiceClient::new(InterceptedService::new(channel, self.actor.clone()));
            let mut page_token = String::new();
            loop {
                let request = eventlog::ListLogsRequest { page_size: PAGE_SIZE, page_token };
                let page = self.answer(client.list_logs(request).await)?;
                logs.extend(page.logs.into_iter().filter(|log| service.is_none_or(|name| log.name == name)));
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    break;
                }
            }
        }
        logs.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(logs)
    }
}

/// When to ask again, if the server says that asking again will help.
fn retry_delay(status: &Status) -> Option<Duration> {
    let said = status.get_details_retry_info()?.retry_delay?;
    Some(said.clamp(Duration::from_millis(10), Duration::from_secs(5)))
}

/// A text as a filter of a list has it.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
