//! Certificates for tests: an authority of their own, and what it signs.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose, date_time_ymd,
};

use crate::apart::Tls;

/// An authority, with a folder for the files that it makes.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A new authority. Its name is that of its files in the folder too.
    #[track_caller]
    pub fn new(folder: &Path, name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let pem = params.self_signed(&key).expect("a certificate").pem();
        let folder = folder.join(name);
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("ca.pem"), &pem).expect("a file");
        Self { folder, pem, issuer: Issuer::new(params, key) }
    }

    /// Its own certificate.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate of this subject for `localhost`, good for long.
    #[track_caller]
    pub fn sign(&self, subject: &str) -> Tls {
        self.sign_for(subject, "localhost", 2090)
    }

    /// A certificate of this subject for a host, good until the end of a year.
    #[track_caller]
    pub fn sign_for(&self, subject: &str, host: &str, year: i32) -> Tls {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![host.to_owned()]).expect("parameters");
        params.distinguished_name.push(DnType::CommonName, subject);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(year, 12, 31);
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let count = fs::read_dir(&self.folder).expect("the folder").count();
        let file = |kind: &str, content: &str| {
            let path = self.folder.join(format!("{count}.{kind}.pem"));
            fs::write(&path, content).expect("a file");
            path
        };
        Tls {
            ca: self.folder.join("ca.pem"),
            cert: file("cert", &certificate.pem()),
            key: file("key", &key.serialize_pem()),
        }
    }
}

impl Tls {
    /// The same but another authority.
    #[must_use]
    pub fn trusting(&self, authority: &Authority) -> Self {
        Self { ca: authority.folder.join("ca.pem"), ..self.clone() }
    }

    /// Copies the files to fixed places in a folder, over what is there: a rotation.
    #[track_caller]
    #[must_use]
    pub fn install(&self, folder: &Path) -> Self {
        let copy = |from: &Path, name: &str| {
            let to = folder.join(name);
            fs::copy(from, &to).expect("a copy");
            to
        };
        Self {
            ca: copy(&self.ca, "ca.pem"),
            cert: copy(&self.cert, "cert.pem"),
            key: copy(&self.key, "key.pem"),
        }
    }
}
