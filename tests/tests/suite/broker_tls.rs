//! Transport security between a service and its broker.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::Duration;

use jixiao_eventlog::nats::{self, Broker, BrokerState, Connection, Limits, TlsFiles};
use jixiao_tests::nats::{Config, Nats};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, SanType, date_time_ymd};

use crate::joined::{BANK, MIRROR, comes_to};

/// An authority, and what it signs.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(vec![]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Writes `NAME.pem` and `NAME.key` for this machine's address, and `ca.pem` of this authority.
    fn write(&self, folder: &Path, name: &str, expired: bool) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.subject_alt_names.push(SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        if expired {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        fs::write(folder.join("ca.pem"), &self.pem).unwrap();
    }
}

/// The configuration of a server that asks for its clients' certificates.
fn server_config(folder: &Path) -> Config {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key, ca) = (file("server.pem"), file("server.key"), file("ca.pem"));
    let more = format!(
        "tls {{ cert_file: \"{certificate}\", key_file: \"{key}\", ca_file: \"{ca}\", verify: true, timeout: 5 }}"
    );
    Config { more, ..Config::default() }
}

fn connection(nats: &Nats, folder: &Path, identity: Option<&str>) -> Connection {
    let identity =
        identity.map(|name| (folder.join(format!("{name}.pem")), folder.join(format!("{name}.key"))));
    Connection {
        url: nats.url().replace("nats://", "tls://"),
        tls: Some(TlsFiles { ca: folder.join("ca.pem"), identity }),
        ..Connection::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_only_used_over_certificates_that_fit() {
    let (authority, other) = (Authority::new(), Authority::new());
    let folder = tempfile::tempdir().unwrap();
    let foreign = tempfile::tempdir().unwrap();
    for (name, expired) in [("server", false), ("bank", false), ("late", true)] {
        authority.write(folder.path(), name, expired);
    }
    other.write(foreign.path(), "bank", false);
    let mut nats = Nats::start_with(server_config(folder.path()));

    let right = connection(&nats, folder.path(), Some("bank"));
    nats::apply(&right, &nats::flows(&[BANK, MIRROR]), &Limits::default()).await.unwrap();
    let broker = Broker::connect(&right, BANK).await.unwrap();
    comes_to(&broker, |state| *state == BrokerState::Up).await;

    // None of these gets in; to try again does not help.
    let mut wrong_identity = right.clone();
    let tls = wrong_identity.tls.as_mut().unwrap();
    tls.identity = Some((foreign.path().join("bank.pem"), foreign.path().join("bank.key")));
    let wrong = [
        ("another authority's server", connection(&nats, foreign.path(), Some("bank"))),
        ("another authority's client", wrong_identity),
        ("an expired certificate", connection(&nats, folder.path(), Some("late"))),
        ("no certificate", connection(&nats, folder.path(), None)),
        ("no security", Connection { url: nats.url(), ..Connection::default() }),
    ];
    let mut brokers = Vec::new();
    for (what, connection) in &wrong {
        let refused = nats::apply(connection, &nats::flows(&[BANK]), &Limits::default()).await;
        assert!(refused.is_err(), "{what} was taken");
        brokers.push((what, Broker::connect(connection, BANK).await.unwrap()));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (what, broker) in brokers {
        assert_eq!(broker.state(), BrokerState::Away, "{what} was taken");
    }

    // Both sides get certificates of another authority; the service is not restarted.
    nats.stop();
    comes_to(&broker, |state| *state == BrokerState::Away).await;
    for name in ["server", "bank"] {
        other.write(folder.path(), name, false);
    }
    nats.restart();
    comes_to(&broker, |state| *state == BrokerState::Up).await;
}
