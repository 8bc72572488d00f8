//! The servers of a system as a client is told of them: one for everything, or one a service.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use jixiao_eventlog::is_this_machine;
use tonic::transport::{Channel, Endpoint};

use super::{TlsFiles, Url, channel};
use crate::compose::Service;
use crate::language::Language;
use crate::text::error as text;

/// Connections to the servers of a system. They are made at the first call.
#[derive(Debug, Clone)]
pub struct Servers {
    all: Option<Channel>,
    by_service: BTreeMap<&'static str, Channel>,
}

impl Servers {
    /// The servers that a text names: one URL, or `registry=URL,ledger=URL,…`; else what is wrong with it. An answer may
    /// take so long, if at all limited.
    pub fn open(
        given: &str,
        tls: Option<&TlsFiles>,
        answer: Option<Duration>,
        language: Language,
    ) -> Result<Self, String> {
        let dial = |text: &str| {
            let url = Url::parse(text).ok_or_else(|| text::bad_url(language))?;
            if url.is_tls() && tls.is_none() {
                return Err(text::tls_files_missing(language));
            }
            if !url.is_tls() && !is_this_machine(url.host()) {
                return Err(text::dials_in_plain(language, "https://"));
            }
            Ok(channel(vec![url], tls.cloned(), answer))
        };
        if !given.contains('=') {
            return Ok(Self { all: Some(dial(given)?), by_service: BTreeMap::new() });
        }
        let mut by_service = BTreeMap::new();
        for part in given.split(',') {
            let (name, url) = part.split_once('=').ok_or_else(|| text::bad_servers(language))?;
            let service = Service::of_name(name.trim()).ok_or_else(|| text::bad_servers(language))?;
            by_service.insert(service.name(), dial(url)?);
        }
        Ok(Self { all: None, by_service })
    }

    /// A connection to the server of a service. Where none was named, calls on it fail and say so.
    pub fn of(&self, service: &str) -> Channel {
        let known = self.all.as_ref().or_else(|| self.by_service.get(service));
        known.cloned().unwrap_or_else(|| {
            let missing = format!("--server names no {service}: add {service}=URL");
            Endpoint::from_static("http://nowhere.invalid").connect_with_connector_lazy(tower::service_fn(
                move |_: http::Uri| {
                    let error = io::Error::new(io::ErrorKind::NotFound, missing.clone());
                    async move { Err::<hyper_util::rt::TokioIo<tokio::net::TcpStream>, _>(error) }
                },
            ))
        })
    }

    /// A connection to the servers of these services; one, where one server is for all.
    pub fn of_all(&self, services: impl Iterator<Item = Service>) -> Vec<Channel> {
        match &self.all {
            Some(channel) => vec![channel.clone()],
            None => services.map(|service| self.of(service.name())).collect(),
        }
    }

    /// Every server once, with the service that it is for; `None` where it is for all.
    pub fn each(&self) -> Vec<(Option<&'static str>, Channel)> {
        let one = self.by_service.iter().map(|(service, channel)| (Some(*service), channel.clone()));
        self.all.iter().map(|channel| (None, channel.clone())).chain(one).collect()
    }
}
