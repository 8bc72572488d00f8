//! The settings of a server: read from flags, environment and file, checked as a whole before anything starts.

mod given;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jixiao_eventlog::{Location, OpenError, is_this_machine, secured};

use crate::cli;
use crate::compose::Service;
use crate::failure::Failure;
use crate::language::Language;
use crate::output::Format;
use crate::text::error as text;
use crate::transport::{TlsFiles, Url};
use given::{Given, Origin, Sources, read_file};

/// Where a server listens that is not told.
const LISTEN: &str = "127.0.0.1:7500";

/// Where the data of one machine is kept where nobody says.
const DATA_DIR: &str = "jixiao-data";

/// Seconds that a feed may lag before its service is not ready, where nobody says.
const MAX_LAG: &str = "60";

/// All that a server has to know to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The one service to run; `None` for all of them in one process.
    pub service: Option<Service>,
    /// Where it serves gRPC. Beyond this machine only with [`Settings::tls`].
    pub listen: SocketAddr,
    /// Where it serves health and metrics, in plain; `None`: nowhere.
    pub admin_listen: Option<SocketAddr>,
    /// Where its logs are kept.
    pub location: Location,
    /// The broker; `None`: feeds read their sources directly and nothing is published.
    pub nats: Option<Nats>,
    /// Where the logs of other services are read, by log; each may have several servers.
    pub sources: BTreeMap<&'static str, Vec<Url>>,
    /// The files of transport security, for the server and for all that it dials.
    pub tls: Option<TlsFiles>,
    /// Where traces go.
    pub otlp_endpoint: Option<Url>,
    /// How it logs.
    pub log_format: Format,
    /// What it logs; `None`: the usual.
    pub log: Option<String>,
    /// How long a feed may not have been at its source's end until the service is not ready.
    pub max_lag: Duration,
}

/// A broker and who connects to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nats {
    /// `nats://HOST:PORT` or `tls://HOST:PORT`, several with commas between them.
    pub url: String,
    /// The user.
    pub user: Option<String>,
    /// The file with the user's password.
    pub password_file: Option<PathBuf>,
}

impl Nats {
    /// Whether the connection is secured. A list is so as a whole.
    pub fn is_tls(&self) -> bool {
        self.url.split(',').any(|url| url.trim().starts_with("tls://"))
    }
}

impl Settings {
    /// The settings of `serve`, or why they are none.
    pub fn read(
        arguments: &cli::Serve,
        global: &Global<'_>,
        environment: &dyn Fn(&str) -> Option<String>,
        language: Language,
    ) -> Result<Self, Failure> {
        let service = match arguments.service.as_deref() {
            None => None,
            Some(name) => Some(Service::of_name(name).ok_or_else(|| {
                Failure::Usage(text::no_such_service(language, name, crate::compose::LOGS.join(", ")))
            })?),
        };
        let flag = |name: &str| flag(arguments, global, name);
        let mut sources = Sources { flag: &flag, environment, file: None };
        if let Some(config) = sources.find("config", language)? {
            let path = PathBuf::from(&config.value);
            let table = read_file(&path, language)?;
            sources.file = Some((path, table));
        }
        Reader { service, sources, language }.read()
    }
}

impl Settings {
    /// The services that run in this process.
    pub fn services(&self) -> impl Iterator<Item = Service> {
        let only = self.service;
        Service::ALL.into_iter().filter(move |service| only.is_none_or(|only| only == *service))
    }
}

/// Arguments of the program that a server's settings know too.
#[derive(Debug, Clone, Copy)]
pub struct Global<'a> {
    /// `--log`.
    pub log: Option<&'a str>,
    /// `--format`, where it was given as a flag: how a server logs.
    pub format: Option<Format>,
}

/// What the command line says of a setting.
fn flag(arguments: &cli::Serve, global: &Global<'_>, name: &str) -> Option<String> {
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    match name {
        "data-dir" => path(&arguments.data_dir),
        "listen" => arguments.listen.clone(),
        "admin-listen" => arguments.admin_listen.clone(),
        "database-url" => arguments.database_url.clone(),
        "database-password-file" => path(&arguments.database_password_file),
        "nats-url" => arguments.nats_url.clone(),
        "nats-user" => arguments.nats_user.clone(),
        "nats-password-file" => path(&arguments.nats_password_file),
        "registry-url" => arguments.registry_url.clone(),
        "ledger-url" => arguments.ledger_url.clone(),
        "targets-url" => arguments.targets_url.clone(),
        "tls-ca" => path(&arguments.tls_ca),
        "tls-cert" => path(&arguments.tls_cert),
        "tls-key" => path(&arguments.tls_key),
        "otlp-endpoint" => arguments.otlp_endpoint.clone(),
        "log-format" => arguments.log_format.clone().or_else(|| match global.format? {
            Format::Text => None,
            Format::Json => Some("json".to_owned()),
        }),
        "log" => global.log.map(str::to_owned),
        "max-lag" => arguments.max_lag.clone(),
        "config" => path(&arguments.config),
        _ => None,
    }
}

struct Reader<'a> {
    service: Option<Service>,
    sources: Sources<'a>,
    language: Language,
}

impl Reader<'_> {
    fn read(&self) -> Result<Settings, Failure> {
        let language = self.language;
        let tls = self.tls()?;
        let listen = self.sources.or("listen", LISTEN, language)?;
        let address = self.address(&listen)?;
        if tls.is_none() && !address.ip().is_loopback() {
            return Err(listen.wrong(language, text::not_loopback(language)));
        }
        let admin_listen = self.find("admin-listen")?;
        let log_format = self.sources.or("log-format", "text", language)?;
        let max_lag = self.sources.or("max-lag", MAX_LAG, language)?;
        Ok(Settings {
            service: self.service,
            listen: address,
            admin_listen: admin_listen.map(|given| self.address(&given)).transpose()?,
            location: self.location(tls.as_ref())?,
            nats: self.nats(tls.as_ref())?,
            sources: self.source_urls(tls.as_ref())?,
            otlp_endpoint: self
                .find("otlp-endpoint")?
                .map(|given| self.url(&given, &given.value, tls.as_ref()))
                .transpose()?,
            log_format: match log_format.value.as_str() {
                "text" => Format::Text,
                "json" => Format::Json,
                _ => return Err(log_format.wrong(language, text::text_or_json(language))),
            },
            log: self.find("log")?.map(|given| given.value),
            max_lag: match max_lag.value.parse() {
                Ok(seconds @ 1..=86_400) => Duration::from_secs(seconds),
                _ => return Err(max_lag.wrong(language, text::seconds(language, 86_400))),
            },
            tls,
        })
    }

    fn find(&self, name: &'static str) -> Result<Option<Given>, Failure> {
        self.sources.find(name, self.language)
    }

    fn path(&self, name: &'static str) -> Result<Option<PathBuf>, Failure> {
        Ok(self.find(name)?.map(|given| PathBuf::from(given.value)))
    }

    fn address(&self, given: &Given) -> Result<SocketAddr, Failure> {
        parse_address(&given.value).ok_or_else(|| given.wrong(self.language, text::bad_listen(self.language)))
    }

    /// All three files or none.
    fn tls(&self) -> Result<Option<TlsFiles>, Failure> {
        let files = [self.path("tls-ca")?, self.path("tls-cert")?, self.path("tls-key")?];
        match files {
            [None, None, None] => Ok(None),
            [Some(ca), Some(cert), Some(key)] => Ok(Some(TlsFiles { ca, cert, key })),
            _ => Err(Failure::Usage(text::tls_incomplete(self.language))),
        }
    }

    fn url(&self, given: &Given, url: &str, tls: Option<&TlsFiles>) -> Result<Url, Failure> {
        let language = self.language;
        let url = Url::parse(url).ok_or_else(|| given.wrong(language, text::bad_url(language)))?;
        if url.is_tls() && tls.is_none() {
            return Err(given.wrong(language, text::tls_files_missing(language)));
        }
        if !url.is_tls() && !is_this_machine(url.host()) {
            return Err(given.wrong(language, text::dials_in_plain(language, "https://")));
        }
        Ok(url)
    }

    /// Where the sources of the one service are. Others' addresses, in a file that all services share, are not looked at.
    fn source_urls(&self, tls: Option<&TlsFiles>) -> Result<BTreeMap<&'static str, Vec<Url>>, Failure> {
        let mut urls = BTreeMap::new();
        let Some(service) = self.service else { return Ok(urls) };
        for source in service.sources() {
            let name = match *source {
                "registry" => "registry-url",
                "ledger" => "ledger-url",
                _ => "targets-url",
            };
            let Some(given) = self.find(name)? else {
                return Err(self.missing(name, &text::needs_source(self.language, service.name(), source)));
            };
            let servers = given.value.split(',').map(|url| self.url(&given, url, tls));
            urls.insert(*source, servers.collect::<Result<_, _>>()?);
        }
        Ok(urls)
    }

    fn missing(&self, name: &str, what: &str) -> Failure {
        Failure::Usage(text::setting_missing(self.language, name, given::variable(name), what))
    }

    fn location(&self, tls: Option<&TlsFiles>) -> Result<Location, Failure> {
        let language = self.language;
        let folder = self.sources.or("data-dir", DATA_DIR, language)?;
        let Some(given) = self.find("database-url")? else {
            let Some(service) = self.service else {
                return Ok(Location::Folder(PathBuf::from(folder.value)));
            };
            return Err(self.missing("database-url", &text::needs_database(language, service.name())));
        };
        if self.service.is_some() && folder.origin == Origin::Flag {
            return Err(Failure::Usage(text::usage_conflict(language, "--data-dir", "SERVICE")));
        }
        // What all services together keep is in one of the two: the other would be passed over.
        if self.service.is_none() && folder.origin != Origin::Default {
            let (folder, database) = (folder.place(language), given.place(language));
            return Err(Failure::Usage(text::usage_conflict(language, &folder, &database)));
        }
        let url = self.database_url(&given, tls)?;
        let password_file = self.path("database-password-file")?;
        Ok(match self.service {
            Some(_) => Location::Database { url, password_file },
            None => Location::Postgres(match password_file {
                None => url,
                Some(file) => with_password(&url, &file)
                    .map_err(|error| self.file_fault("database-password-file", &file, &error))?,
            }),
        })
    }

    /// The database's URL with the files of transport security in it, unless it says itself how to connect.
    fn database_url(&self, given: &Given, tls: Option<&TlsFiles>) -> Result<String, Failure> {
        let files = tls.map(|files| [files.ca.as_path(), files.cert.as_path(), files.key.as_path()]);
        secured(&given.value, files).map_err(|error| {
            let language = self.language;
            match error {
                OpenError::Plain => given.wrong(language, text::database_in_plain(language)),
                error => given.wrong(language, error),
            }
        })
    }

    fn file_fault(&self, name: &str, file: &Path, error: &std::io::Error) -> Failure {
        Failure::Usage(text::setting_file(self.language, name, file.display(), error))
    }

    fn nats(&self, tls: Option<&TlsFiles>) -> Result<Option<Nats>, Failure> {
        let language = self.language;
        let Some(given) = self.find("nats-url")? else { return Ok(None) };
        if self.service.is_none() {
            return Err(given.wrong(language, text::nats_needs_service(language)));
        }
        broker_url(&given.value, tls.is_some(), language).map_err(|reason| given.wrong(language, reason))?;
        let user = self.find("nats-user")?.map(|given| given.value);
        let password_file = self.path("nats-password-file")?;
        if user.is_none() && password_file.is_some() {
            return Err(Failure::Usage(text::nats_password_without_user(language)));
        }
        Ok(Some(Nats { url: given.value, user, password_file }))
    }
}

/// Whether a broker's URL is one of secured connections; else why it is none.
pub(crate) fn broker_url(urls: &str, tls: bool, language: Language) -> Result<bool, String> {
    for url in urls.split(',') {
        let Some((scheme, host)) = nats_parts(url) else {
            return Err(text::bad_nats_url(language));
        };
        if scheme == "tls" && !tls {
            return Err(text::tls_files_missing(language));
        }
        if scheme == "nats" && urls.contains("tls://") {
            return Err(text::nats_mixed(language));
        }
        if scheme == "nats" && !is_this_machine(&host) {
            return Err(text::dials_in_plain(language, "tls://"));
        }
    }
    Ok(urls.contains("tls://"))
}

/// Scheme and host of a broker's URL.
fn nats_parts(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.trim().split_once("://")?;
    let uri: http::Uri = format!("http://{rest}").parse().ok()?;
    let plain = ["nats", "tls"].contains(&scheme) && !rest.contains('@') && uri.path() == "/";
    plain.then_some((scheme, uri.host()?.trim_matches(['[', ']']).to_owned()))
}

/// The URL of a database with the password that a file holds.
fn with_password(url: &str, file: &Path) -> std::io::Result<String> {
    let password = std::fs::read_to_string(file)?;
    let joint = if url.contains('?') { '&' } else { '?' };
    let mut url = format!("{url}{joint}password=");
    for byte in password.trim_end_matches(['\r', '\n']).bytes() {
        // Writing to a text does not fail.
        let _ = write!(url, "%{byte:02X}");
    }
    Ok(url)
}

/// What may be a URL, without user and password, which may stand before the host or after a question mark.
pub(crate) fn shown_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (user, host) = match rest.rsplit_once('@') {
        // Which part is whose is not clear.
        _ if query.contains('@') => ("…", ""),
        Some((_, host)) => ("…@", host),
        None => ("", rest),
    };
    format!("{scheme}://{user}{host}{}", if query.is_empty() { "" } else { "?…" })
}

/// Reads an address to listen on.
pub(crate) fn parse_address(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().ok()?)),
        None => text.parse().ok(),
    }
}
