//! `serve`: the server, from its lock and its port to its end.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use jixiao_eventlog::{Location, OpenError};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::cli;
use crate::compose::{ComposeError, Services};
use crate::failure::{Failure, root_cause};
use crate::language::Language;
use crate::output::Output;
use crate::text::error as text;

/// How long calls under way may take once the server stops. Watches have no end of their own.
const GRACE: Duration = Duration::from_secs(3);

/// The file that says which server a folder belongs to.
const LOCK: &str = "jixiao.lock";

/// A server that runs until it is stopped.
#[derive(Debug)]
pub struct Running {
    /// Where clients reach it.
    pub address: SocketAddr,
    services: Services,
    health: HealthReporter,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<(), tonic::transport::Error>>,
    // Held as long as the server runs.
    _lock: Option<File>,
}

/// Runs a server until it is told to stop.
pub async fn run(arguments: &cli::Serve, output: Output) -> Result<(), Failure> {
    let language = output.language;
    let address = parse_address(&arguments.listen, language)?;
    let location = match &arguments.database_url {
        Some(url) => Location::Postgres(url.clone()),
        None => Location::Folder(arguments.data_dir.clone()),
    };
    let listener = bind(address, language).await?;
    let mut server = start(&location, listener, language).await?;
    tracing::info!("listening on {}", server.address);
    tokio::select! {
        () = stop_signal() => {}
        fault = server.fault() => {
            return Err(Failure::Local(text::server_fault(language, fault)));
        }
    }
    server.stop().await;
    Ok(())
}

/// Reads an address to listen on. Only this machine's own are taken.
pub fn parse_address(text: &str, language: Language) -> Result<SocketAddr, Failure> {
    let bad = || Failure::Usage(text::bad_listen(language, text));
    let address: SocketAddr = match text.strip_prefix("localhost:") {
        Some(port) => SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port.parse().map_err(|_| bad())?),
        None => text.parse().map_err(|_| bad())?,
    };
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(Failure::Usage(text::not_loopback(language, address)))
    }
}

/// Takes the port.
pub async fn bind(address: SocketAddr, language: Language) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::Local(if error.kind() == io::ErrorKind::AddrInUse {
            text::port_in_use(language, address)
        } else {
            text::cannot_listen(language, address, error)
        })
    })
}

/// Opens the logs and serves them on a port that is taken already.
pub async fn start(
    location: &Location,
    listener: TcpListener,
    language: Language,
) -> Result<Running, Failure> {
    let unusable = |error: io::Error| Failure::Local(text::server_fault(language, error));
    let lock = match location {
        Location::Folder(folder) => Some(lock(folder, language)?),
        // Several servers may share logs on PostgreSQL.
        Location::Postgres(_) => None,
    };
    let services =
        Services::open(location).await.map_err(|error| compose_failure(&error, location, language))?;
    let address = listener.local_addr().map_err(unusable)?;
    let (health, health_server) = tonic_health::server::health_reporter();
    for name in services.names() {
        health.set_service_status(*name, ServingStatus::Serving).await;
    }
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(jixiao_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| Failure::Local(text::server_fault(language, error)))?;
    let routes = services.routes().add_service(health_server).add_service(reflection);
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        let until = async {
            // A dropped sender stops the server too.
            let _ = stopped.await;
        };
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        // Keeps watchers that went away without a word from holding on to their streams.
        let mut server = Server::builder().http2_keepalive_interval(Some(Duration::from_secs(30)));
        server.add_routes(routes).serve_with_incoming_shutdown(incoming, until).await
    });
    Ok(Running { address, services, health, stop, task, _lock: lock })
}

impl Running {
    /// Returns if the server ends by itself, with the reason.
    pub async fn fault(&mut self) -> String {
        match (&mut self.task).await {
            Ok(Ok(())) => String::new(),
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Says that it is going, takes no more calls, lets those under way end, ends.
    pub async fn stop(self) {
        let Self { services, health, stop, mut task, .. } = self;
        for name in services.names() {
            health.set_service_status(*name, ServingStatus::NotServing).await;
        }
        health.set_service_status("", ServingStatus::NotServing).await;
        // Nobody is there to be told if it has ended already.
        let _ = stop.send(());
        if timeout(GRACE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// Returns when somebody asks the program to stop: Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// What a failed composition means: a database that does not answer is not reachable, a folder fails here.
pub fn compose_failure(error: &ComposeError, location: &Location, language: Language) -> Failure {
    let cause = root_cause(error);
    let mut reason = error.to_string();
    if !reason.contains(&cause) {
        reason = format!("{reason}: {cause}");
    }
    let said = match location {
        Location::Folder(_) => text::log_not_opened(language, error.log(), reason),
        // Without the user and password, which may stand before the host or after a question mark.
        Location::Postgres(url) => {
            let host = url.rsplit('@').next().unwrap_or_default();
            let host = host.split('?').next().unwrap_or_default();
            text::database_not_opened(language, error.log(), host, reason)
        }
    };
    match location {
        Location::Postgres(_) if matches!(error, ComposeError::Open { source: OpenError::Url, .. }) => {
            Failure::Usage(said)
        }
        Location::Folder(_) => Failure::Local(said),
        Location::Postgres(_) => Failure::Unreachable(said),
    }
}

/// Takes a folder for this process, until the file is dropped or the process ends, however it ends.
fn lock(folder: &Path, language: Language) -> Result<File, Failure> {
    let unusable = |error: io::Error| Failure::Local(text::folder_fault(language, folder.display(), error));
    fs::create_dir_all(folder).map_err(unusable)?;
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(folder.join(LOCK))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Only for the message.
            let _ = file.read_to_string(&mut holder);
            let holder = match holder.trim() {
                "" => text::process_unknown(language),
                id => text::process(language, id),
            };
            return Err(Failure::Local(text::folder_locked(language, folder.display(), holder)));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    file.set_len(0).map_err(unusable)?;
    file.seek(SeekFrom::Start(0)).map_err(unusable)?;
    writeln!(file, "{}", std::process::id()).map_err(unusable)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_to() {
        let rows = [
            ("127.0.0.1:7500", Some("127.0.0.1:7500")),
            ("localhost:0", Some("127.0.0.1:0")),
            ("[::1]:7500", Some("[::1]:7500")),
            ("0.0.0.0:7500", None),
            ("192.168.1.5:7500", None),
            ("7500", None),
            ("localhost", None),
        ];
        for (text, address) in rows {
            let parsed = parse_address(text, Language::English);
            assert_eq!(parsed.as_ref().ok().map(ToString::to_string).as_deref(), address, "{text}");
            assert!(parsed.is_ok() || parsed.is_err_and(|failure| failure.exit_code() == 2));
        }
    }

    #[test]
    fn one_server_per_folder() {
        let folder = tempfile::tempdir().unwrap();
        let held = lock(folder.path(), Language::English).unwrap();
        let Err(Failure::Local(said)) = lock(folder.path(), Language::English) else {
            panic!("locked twice")
        };
        assert!(said.contains(&std::process::id().to_string()), "{said}");
        drop(held);
        lock(folder.path(), Language::English).unwrap();
    }

    #[tokio::test]
    async fn health_and_reflection_know_every_service() {
        use tonic_health::pb::HealthCheckRequest;
        use tonic_health::pb::health_client::HealthClient;
        use tonic_reflection::pb::v1::ServerReflectionRequest;
        use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

        let folder = tempfile::tempdir().unwrap();
        let location = Location::Folder(folder.path().to_owned());
        let listener = bind("127.0.0.1:0".parse().unwrap(), Language::English).await.unwrap();
        let server = start(&location, listener, Language::English).await.unwrap();
        let endpoint = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
        let channel = endpoint.connect().await.unwrap();
        let names: Vec<String> = server.services.names().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), 6);
        for service in names.iter().cloned().chain([String::new()]) {
            let health =
                HealthClient::new(channel.clone()).check(HealthCheckRequest { service }).await.unwrap();
            assert_eq!(health.into_inner().status, 1);
        }
        let list = ServerReflectionRequest {
            host: String::new(),
            message_request: Some(MessageRequest::ListServices(String::new())),
        };
        let mut reflection = ServerReflectionClient::new(channel.clone());
        let mut answers =
            reflection.server_reflection_info(tokio_stream::once(list)).await.unwrap().into_inner();
        let answer = answers.message().await.unwrap().and_then(|answer| answer.message_response);
        let Some(MessageResponse::ListServicesResponse(listed)) = answer else { panic!("{answer:?}") };
        for name in &names {
            assert!(listed.service.iter().any(|service| service.name == *name), "{name}");
        }
        drop((answers, reflection, channel));
        server.stop().await;
        assert!(endpoint.connect().await.is_err());
    }

    #[tokio::test]
    async fn a_taken_port_is_said_to_be_in_use() {
        let first = bind("127.0.0.1:0".parse().unwrap(), Language::English).await.unwrap();
        for language in [Language::English, Language::Chinese] {
            let second = bind(first.local_addr().unwrap(), language).await;
            let Err(Failure::Local(said)) = second else { panic!("taken twice") };
            assert!(said.contains("in use"), "{said}");
        }
    }
}
