//! Mutual TLS: who is let in, whom a service trusts, and certificates that change under a running server.

use std::net::Ipv4Addr;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use jixiao_tests::apart::{Apart, Node, Setup, Tls};
use jixiao_tests::nats::{Config, Nats};
use jixiao_tests::postgres::{self, Postgres};
use jixiao_tests::program::{self, Output};
use jixiao_tests::tls::Authority;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wuxi::{EXAMPLE, FUNDS};

/// A registry of its own behind TLS.
#[track_caller]
fn registry(tls: Tls) -> Apart {
    let mut apart = Apart::prepare(Setup { tls: Some(tls), ..Setup::new(postgres::shared()) });
    apart.migrate("registry").success();
    let node = apart.node("registry", 0);
    node.start();
    node.wait_ready();
    apart
}

/// Lists a server's events with a client's files.
fn events(url: &str, tls: &Tls, more: &[&str]) -> Output {
    let mut command: Command = program::command(&["events", "--server", url]);
    command.args(tls.arguments()).args(more).output().expect("jixiao starts").into()
}

#[track_caller]
fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(15), "{what}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn refused(node: &Node, reason: &str) -> f64 {
    node.metric("jixiao_tls_refused_total", &[&format!("reason=\"{reason}\"")]).unwrap_or_default()
}

#[test]
fn who_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path(), "ours");
    let theirs = Authority::new(folder.path(), "theirs");
    let mut apart = registry(ours.sign("registry"));
    let node = apart.node("registry", 0);
    let url = node.url();
    events(&url, &ours.sign("zhang.wei"), &[]).success();

    for (client, reason) in [
        (theirs.sign("zhang.wei").trusting(&ours), "unknown_authority"),
        (ours.sign_for("zhang.wei", "localhost", 2020), "expired"),
    ] {
        let before = refused(node, reason);
        let output = events(&url, &client, &[]);
        assert_eq!(output.code, Some(4), "{reason}: {output:?}");
        wait_until(reason, || refused(node, reason) > before);
        assert!(node.stderr().contains(&format!("reason=\"{reason}\"")), "{}", node.stderr());
    }
    // Neither does a client take a server of another authority, or one of another name.
    let output = events(&url, &ours.sign("zhang.wei").trusting(&theirs), &[]);
    assert!(output.code == Some(4) && output.stderr.contains("UnknownIssuer"), "{output:?}");
    let other_name = url.replace("localhost", "127.0.0.1");
    let output = events(&other_name, &ours.sign("zhang.wei"), &[]);
    assert!(output.code == Some(4) && output.stderr.contains("not valid for name"), "{output:?}");
    // In plain, or without a certificate, nobody is let in.
    let output = program::run(&["events", "--server", &url.replace("https", "http")]);
    assert_eq!(output.code, Some(4), "{output:?}");
    wait_until("no TLS", || refused(node, "no_tls") > 0.0);
    assert!(without_certificate(node.port(), &fs::read(&ours.sign("x").ca).unwrap()));
    wait_until("no certificate", || refused(node, "no_certificate") > 0.0);
    // A client that knows nothing later than TLS 1.1 is told so: a fatal alert, protocol_version. One of 1.2 is answered.
    let (alert, handshake) = (21, 22);
    let answer = hello(node.port(), 2);
    assert_eq!((answer[0], &answer[5..7]), (alert, &[2, 70][..]), "{answer:?}");
    wait_until("TLS 1.1", || refused(node, "incompatible") > 0.0);
    let answer = hello(node.port(), 3);
    assert_eq!((answer[0], answer[5]), (handshake, 2), "{answer:?}");
    // What was refused does no harm to others.
    events(&url, &ours.sign("li.na"), &[]).success();
}

/// The beginning of what is answered to a client whose latest version of TLS is 1.`minor - 1`. No library that is used here
/// speaks one that old, so this says hello itself.
fn hello(port: u16, minor: u8) -> [u8; 7] {
    use std::io::{Read, Write};
    let suites = [0xc0, 0x2b, 0xc0, 0x09]; // ECDHE_ECDSA with AES_128_GCM_SHA256, and with AES_128_CBC_SHA
    let extensions = [
        &[0, 10, 0, 4, 0, 2, 0, 23][..], // supported_groups: secp256r1
        &[0, 11, 0, 2, 1, 0],            // ec_point_formats: uncompressed
        &[0, 13, 0, 4, 0, 2, 4, 3],      // signature_algorithms: ecdsa_secp256r1_sha256
    ]
    .concat();
    // With 2 bytes of length before them.
    let sized = |bytes: &[u8]| [&[0, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let body = [&[3, minor][..], &[7; 32], &[0], &sized(&suites), &[1, 0], &sized(&extensions)].concat();
    let client_hello = [&[1, 0][..], &sized(&body)].concat();
    let record = [&[22, 3, 1][..], &sized(&client_hello)].concat();
    let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.write_all(&record).unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).unwrap();
    answer
}

/// Whether a client without a certificate gets nothing but an end.
fn without_certificate(port: u16, ca: &[u8]) -> bool {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
        let Ok(mut stream) = connector.connect(name, stream).await else { return true };
        // In TLS 1.3 a client hears of it with the first bytes that it reads.
        let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        stream.read(&mut [0; 16]).await.is_err()
    })
}

#[test]
fn a_certificate_that_is_rotated() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Authority::new(folder.path(), "old"), Authority::new(folder.path(), "new"));
    let installed = old.sign_for("registry", "localhost", 2080).install(folder.path());
    let mut apart = registry(installed.clone());
    let node = apart.node("registry", 0);
    let url = node.url();
    let end = |node: &Node| node.metric("jixiao_certificate_end_seconds", &["registry"]).unwrap();
    let before = end(node);
    events(&url, &old.sign("zhang.wei"), &[]).success();

    // Half of a rotation, or a broken file: what was in use stays.
    fs::write(&installed.cert, "no certificate").unwrap();
    wait_until("it is told", || node.stderr().contains("those before stay in use"));
    events(&url, &old.sign("zhang.wei"), &[]).success();

    let _ = new.sign_for("registry", "localhost", 2090).install(folder.path());
    wait_until("the new one is in use", || end(node) > before);
    events(&url, &new.sign("zhang.wei"), &[]).success();
    assert_eq!(events(&url, &old.sign("zhang.wei").trusting(&new), &[]).code, Some(4));
    assert!(node.is_running());
}

#[test]
fn the_actor_is_whom_the_certificate_names() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path(), "ours");
    let mut apart = registry(ours.sign("registry"));
    let url = apart.node("registry", 0).url();
    // A call in another's name is refused, whatever it asks for; so is a certificate that names nobody.
    let zhang = ours.sign("zhang.wei");
    let another = events(&url, &zhang, &["--actor", "li.na"]);
    assert!(another.code == Some(3) && another.stderr.contains("has to be zhang.wei"), "{another:?}");
    let nobody = events(&url, &ours.sign("张伟"), &[]);
    assert!(nobody.code == Some(3) && nobody.stderr.contains("UNAUTHENTICATED"), "{nobody:?}");

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let channel = channel(&url, &zhang);
        let mut registry =
            jixiao_proto::jixiao::registry::v1::registry_service_client::RegistryServiceClient::new(channel);
        let request = jixiao_proto::jixiao::registry::v1::RegisterAgencyRequest {
            request_id: "one".to_owned(),
            agency_id: "one".to_owned(),
            names: crate::api::names("局"),
            ..Default::default()
        };
        registry.register_agency(request).await.unwrap();
    });
    let listed = events(&url, &zhang, &["registry", "--format", "json"]).success().stdout;
    assert!(listed.contains("\"actor\":\"zhang.wei\""), "{listed}");
}

/// A connection with a client's files.
fn channel(url: &str, tls: &Tls) -> tonic::transport::Channel {
    let files =
        jixiao::transport::TlsFiles { ca: tls.ca.clone(), cert: tls.cert.clone(), key: tls.key.clone() };
    jixiao::transport::channel(vec![jixiao::transport::Url::parse(url).unwrap()], Some(files), None)
}

#[test]
fn what_leaves_the_machine_is_secured_or_refused() {
    let serve = |args: &[&str]| {
        let all = [&["serve", "ledger", "--listen", "127.0.0.1:0"], args].concat();
        program::run(&all)
    };
    let database = "postgres://a@127.0.0.1:1/a";
    let rows: &[(&[&str], &str)] = &[
        (
            &["--database-url", database, "--registry-url", "http://registry:7500"],
            "--registry-url \"http://registry:7500\"",
        ),
        (
            &["--database-url", "postgres://a:secret@db/a", "--registry-url", "http://localhost:1"],
            "--database-url",
        ),
        (
            &["--database-url", "postgres://a@db/a?sslmode=prefer", "--registry-url", "http://localhost:1"],
            "sslmode=verify-full",
        ),
        (
            &[
                "--database-url",
                database,
                "--registry-url",
                "http://localhost:1",
                "--nats-url",
                "nats://nats:4222",
            ],
            "tls://",
        ),
        (
            &["--database-url", database, "--registry-url", "https://registry:7500"],
            "--tls-ca, --tls-cert and --tls-key",
        ),
        (
            &["--database-url", database, "--registry-url", "http://localhost:1", "--tls-ca", "ca.pem"],
            "belong together",
        ),
    ];
    for (args, said) in rows {
        let output = serve(args);
        assert!(output.code == Some(2) && output.stderr.contains(said), "{args:?}: {output:?}");
        assert!(!output.stderr.contains("secret"), "{output:?}");
    }
    let output = program::run(&["serve", "--listen", "0.0.0.0:0"]);
    assert!(output.code == Some(2) && output.stderr.contains("--tls-ca"), "{output:?}");
    let output = program::run(&["events", "--server", "http://registry.example:7500"]);
    assert!(output.code == Some(2) && output.stderr.contains("https://"), "{output:?}");
}

/// Has a server take TLS with client certificates of this authority alone, besides plain connections of the test's own.
fn secure_database(database: &Postgres, tls: &Tls) {
    let row = database.query("postgres", "SHOW data_directory");
    let data = Path::new(row[0][0].as_deref().unwrap()).to_owned();
    let owner = fs::metadata(&data).unwrap();
    for (from, name) in [(&tls.ca, "ca.pem"), (&tls.cert, "cert.pem"), (&tls.key, "key.pem")] {
        let to = data.join(name);
        fs::copy(from, &to).unwrap();
        chown(&to, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&to, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let rules = fs::read_to_string(data.join("pg_hba.conf")).unwrap();
    let first = "hostssl all all 127.0.0.1/32 trust clientcert=verify-ca\nhostssl all all ::1/128 trust clientcert=verify-ca\n";
    fs::write(data.join("pg_hba.conf"), format!("{first}{rules}")).unwrap();
    for statement in [
        "ALTER SYSTEM SET ssl_ca_file = 'ca.pem'",
        "ALTER SYSTEM SET ssl_cert_file = 'cert.pem'",
        "ALTER SYSTEM SET ssl_key_file = 'key.pem'",
        "ALTER SYSTEM SET ssl = on",
        "SELECT pg_reload_conf()",
    ] {
        database.query("postgres", statement);
    }
    wait_until("the server takes TLS", || {
        database.query("postgres", "SHOW ssl") == [[Some("on".to_owned())]]
    });
}

#[test]
fn services_databases_and_the_broker_prove_themselves_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new(folder.path(), "ours");
    let theirs = Authority::new(folder.path(), "theirs");
    let database = Postgres::start();
    secure_database(&database, &ours.sign("postgres"));
    let broker = ours.sign("nats");
    let tls = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\", ca_file: \"{}\", verify: true, timeout: 5 }}",
        broker.cert.display(),
        broker.key.display(),
        broker.ca.display()
    );
    let nats = Nats::start_with(Config { more: tls, ..Config::default() });
    let nats_url = format!("tls://localhost:{}", nats.port());
    let service = ours.sign("services");
    let applied = program::command(&["nats", "apply", "--nats-url", &nats_url])
        .args(service.arguments())
        .output()
        .unwrap();
    Output::from(applied).success();

    let url =
        |of: &str| (of.to_owned(), format!("postgres://{{role}}@localhost:{}/{{database}}", database.port()));
    let urls = jixiao_tests::apart::SERVICES.map(|service| (service, url(service).1)).to_vec();
    let mut apart = Apart::start(Setup {
        tls: Some(service.clone()),
        nats_url: Some(nats_url),
        database_urls: urls,
        ..Setup::new(&database)
    });
    apart.cli(&["import", EXAMPLE]).success();
    let evaluation = apart.cli(&["evaluate", FUNDS[0], "--canonical", "--wait"]).success().stdout;
    assert!(evaluation.contains(FUNDS[0]));
    for node in apart.nodes() {
        wait_until("the broker is up", || node.metric("jixiao_broker_up", &[node.service()]) == Some(1.0));
    }
    let plain = "SELECT count(*)::TEXT FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                 WHERE application_name = 'jixiao' AND NOT ssl";
    assert_eq!(database.query("postgres", plain), [[Some("0".to_owned())]], "every connection is secured");

    // A service that trusts another authority reads neither its database nor its source.
    let ledger = apart.node("ledger", 0);
    ledger.stop();
    ledger.set_tls(ours.sign("ledger").trusting(&theirs));
    ledger.start();
    wait_until("the database's certificate is refused", || {
        ledger.stderr().contains("UnknownIssuer") && ledger.health("") == Some(false)
    });
    ledger.kill9();
    // Nor does one whose certificate is another authority's.
    ledger.set_tls(theirs.sign("ledger").trusting(&ours));
    ledger.start();
    wait_until("the database refuses the certificate", || {
        ledger.stderr().matches("does not open").count() > 2 && ledger.health("") == Some(false)
    });
    ledger.kill9();
    // Nor one that is sent to a server of another name.
    ledger.set_tls(service);
    let registry = apart.node("registry", 0).url().replace("localhost", "127.0.0.1");
    let ledger = apart.node("ledger", 0);
    ledger.set_source("registry", &registry);
    ledger.start();
    wait_until("the source's name is another", || ledger.stderr().contains("not valid for name"));
}
