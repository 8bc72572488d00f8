//! Settings from three places.

use std::fs;

use clap::Parser;

use super::*;
use crate::cli::{Cli, Command};

/// The settings of a command line, an environment and a file of settings.
fn settings(arguments: &[&str], environment: &[(&str, &str)], file: &str) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("settings.toml");
    let mut arguments = [&["jixiao", "serve"], arguments].concat();
    let config_path = config.display().to_string();
    if !file.is_empty() {
        fs::write(&config, file).unwrap();
        arguments.extend(["--config", &config_path]);
    }
    let cli = Cli::try_parse_from(arguments).unwrap();
    let Command::Serve(serve) = &cli.command else { panic!("{cli:?}") };
    let variable =
        |name: &str| environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    let global = Global { log: None, format: None };
    Settings::read(serve, &global, &variable, Language::English).map_err(|failure| {
        assert_eq!(failure.exit_code(), 2);
        match failure {
            Failure::Usage(said) => said.replace(&config_path, "FILE"),
            other => panic!("{other:?}"),
        }
    })
}

#[test]
fn flag_before_environment_before_file_before_default() {
    let environment = [("JIXIAO_LISTEN", "127.0.0.1:2")];
    let file = "listen = \"127.0.0.1:3\"\nmax-lag = 7";
    let rows = [
        (&["--listen", "localhost:1"][..], &environment[..], file, "127.0.0.1:1"),
        (&[], &environment, file, "127.0.0.1:2"),
        (&[], &[], file, "127.0.0.1:3"),
        (&[], &[("JIXIAO_LISTEN", "")], file, "127.0.0.1:3"),
        (&[], &[], "", "127.0.0.1:7500"),
    ];
    for (arguments, environment, file, listen) in rows {
        let found = settings(arguments, environment, file).unwrap();
        assert_eq!(found.listen.to_string(), listen);
        let lag = if file.is_empty() { 60 } else { 7 };
        assert_eq!(found.max_lag, Duration::from_secs(lag));
        assert_eq!(found.location, Location::Folder("jixiao-data".into()));
    }
}

#[test]
fn a_file_may_serve_all_services_and_the_environment_name_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("all.toml");
    let urls = "registry-url = \"http://localhost:1\"\nledger-url = \"http://localhost:2,http://[::1]:2\"\n";
    fs::write(&config, format!("{urls}targets-url = \"http://localhost:3\"\nlog-format = \"json\"\n"))
        .unwrap();
    let config = config.display().to_string();
    let environment =
        [("JIXIAO_CONFIG", config.as_str()), ("JIXIAO_DATABASE_URL", "postgres://a@127.0.0.1/a")];
    for (service, sources) in [
        ("registry", &[][..]),
        ("ledger", &[("registry", 1)]),
        ("scoring", &[("ledger", 2), ("registry", 1), ("targets", 1)]),
    ] {
        let found = settings(&[service], &environment, "").unwrap();
        let counts: Vec<_> = found.sources.iter().map(|(source, urls)| (*source, urls.len())).collect();
        assert_eq!(counts, sources);
        assert_eq!(found.log_format, Format::Json);
        let url = "postgres://a@127.0.0.1/a".to_owned();
        assert_eq!(found.location, Location::Database { url, password_file: None });
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_remedy() {
    type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str, &'a [&'a str]);
    let database = ("JIXIAO_DATABASE_URL", "postgres://a:secret@db.example/a");
    let database_here = ("JIXIAO_DATABASE_URL", "postgres://a@[::1]/a");
    let rows: &[Row<'_>] = &[
        (&["--listen", "7500"], &[], "", &["--listen \"7500\"", "127.0.0.1:7500"]),
        (&["--listen", "0.0.0.0:7500"], &[], "", &["--listen", "--tls-ca, --tls-cert and --tls-key"]),
        (&[], &[("JIXIAO_LISTEN", "[::]:7500")], "", &["JIXIAO_LISTEN \"[::]:7500\"", "--tls-ca"]),
        (&[], &[], "listen = \"nowhere\"", &["listen in FILE \"nowhere\""]),
        (&[], &[], "listen = true", &["listen in FILE \"true\"", "string or an integer"]),
        (&[], &[], "lisen = \"a\"", &["FILE", "there is no setting lisen", "admin-listen"]),
        (&[], &[], "listen", &["FILE"]),
        (&["--max-lag", "0"], &[], "", &["--max-lag \"0\"", "1 to 86400"]),
        (&[], &[("JIXIAO_LOG_FORMAT", "xml")], "", &["JIXIAO_LOG_FORMAT \"xml\"", "text or json"]),
        (&["money"], &[], "", &["no service money", "registry, ledger, targets, scoring"]),
        (&["registry"], &[], "", &["--database-url is missing", "JIXIAO_DATABASE_URL"]),
        (&["registry"], &[database], "", &["JIXIAO_DATABASE_URL", "…@db.example", "sslmode=verify-full"]),
        (&["ledger"], &[database_here], "", &["--registry-url is missing", "JIXIAO_REGISTRY_URL"]),
        (
            &["--data-dir", "a", "--database-url", "postgres://a@[::1]/a"],
            &[],
            "",
            &["--data-dir", "--database-url", "cannot be used with"],
        ),
        (&["--data-dir", "a"], &[database_here], "", &["--data-dir", "JIXIAO_DATABASE_URL"]),
        (&[], &[database_here], "data-dir = \"a\"", &["data-dir in FILE", "JIXIAO_DATABASE_URL"]),
        (&["registry", "--data-dir", "a"], &[database_here], "", &["--data-dir", "SERVICE"]),
        (
            &["registry", "--database-url", "postgres://db.example/a?user=a&password=secret"],
            &[],
            "",
            &["--database-url \"postgres://db.example/a?…\"", "sslmode=verify-full"],
        ),
        (
            &["registry", "--database-url", "mysql://a:secret?secret@db.example/a"],
            &[],
            "",
            &["--database-url \"mysql://…?…\"", "postgres://"],
        ),
        (
            &["ledger", "--registry-url", "http://a:secret@localhost:1"],
            &[database_here],
            "",
            &["--registry-url \"http://…@localhost:1\"", "http://HOST:PORT"],
        ),
        (
            &["registry", "--nats-url", "nats://a:secret@localhost:1,nats://b:secret@localhost:2"],
            &[database_here],
            "",
            &["--nats-url \"nats://…@localhost:2\"", "--nats-user"],
        ),
        (&["--nats-url", "nats://localhost:1"], &[], "", &["--nats-url", "serve ledger"]),
        (
            &["registry", "--nats-url", "nats://localhost:1", "--nats-password-file", "/a"],
            &[database_here],
            "",
            &["--nats-password-file", "--nats-user"],
        ),
        (&["--tls-ca", "a"], &[], "", &["belong together"]),
        (
            &["--otlp-endpoint", "collector:4317"],
            &[],
            "",
            &["--otlp-endpoint \"collector:4317\"", "http://HOST:PORT"],
        ),
    ];
    for (arguments, environment, file, said) in rows {
        let error = settings(arguments, environment, file).expect_err(&said.join(" "));
        for part in *said {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn a_database_is_secured_by_the_same_files_unless_its_url_says_otherwise() {
    let tls = ["--tls-ca", "/t/ca.crt", "--tls-cert", "/t/a b.crt", "--tls-key", "/t/key"];
    let files = "sslrootcert=/t/ca.crt&sslcert=/t/a%20b.crt&sslkey=/t/key";
    let rows = [
        ("postgres://a@db/a", format!("postgres://a@db/a?sslmode=verify-full&{files}")),
        ("postgres://a@db/a?sslmode=verify-ca", format!("postgres://a@db/a?sslmode=verify-ca&{files}")),
        (
            "postgres://a@db/a?sslrootcert=/x&application_name=b",
            "postgres://a@db/a?sslrootcert=/x&application_name=b&sslmode=verify-full&sslcert=/t/a%20b.crt&sslkey=/t/key"
                .to_owned(),
        ),
        ("postgres://a@127.0.0.1/a?sslmode=disable", "postgres://a@127.0.0.1/a?sslmode=disable".to_owned()),
    ];
    for (given, url) in rows {
        let arguments = [&["registry", "--database-url", given], &tls[..]].concat();
        let found = settings(&arguments, &[], "").unwrap();
        assert_eq!(found.location, Location::Database { url, password_file: None });
    }
    let plain = [&["registry", "--database-url", "postgres://a@db/a?sslmode=disable"], &tls[..]].concat();
    assert!(settings(&plain, &[], "").unwrap_err().contains("sslmode=verify-full"));
}
