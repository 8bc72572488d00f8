//! What a broker has to be before it is used, and what its users may do.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull::Config as ConsumerConfig;
use jixiao::compose::Service;
use jixiao_eventlog::nats::{
    self, Applied, ApplyError, Broker, BrokerFault, BrokerState, Connection, Done, Limits, permissions,
};
use jixiao_tests::nats::{Config, Nats, User};
use jixiao_tests::program;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::joined::{BANK, MIRROR, SOON, World, comes_to};
use crate::stores::Place;

/// The bank's stream with its one consumer.
fn flows() -> Vec<nats::Flow> {
    nats::flows(&[BANK, MIRROR])
}

/// The fault that a broker comes to.
async fn fault(broker: &Broker) -> BrokerFault {
    timeout(SOON, broker.fault()).await.expect("a fault")
}

fn differs(object: &str, setting: &'static str, found: &str, wanted: &str) -> BrokerFault {
    BrokerFault::Differs {
        object: object.to_owned(),
        setting,
        found: found.to_owned(),
        wanted: wanted.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_settings_are_named_and_applied_away() {
    let world = World::new().await;
    let context = world.admin().await;
    let mut stream = nats::stream("bank", &Limits::default());
    stream.max_message_size = 1_000;
    context.update_stream(&stream).await.unwrap();
    let consumer = ConsumerConfig { max_deliver: 5, ..nats::consumer("mirror", &Limits::default()) };
    context.create_consumer_on_stream(consumer, "JixiaoBank").await.unwrap();

    let bank = Broker::connect(&world.connection(), BANK).await.unwrap();
    let found = fault(&bank).await;
    assert_eq!(found, differs("stream JixiaoBank", "max_msg_size", "1000", "1048576"));
    let said = found.to_string();
    assert!(said.contains("max_msg_size") && said.contains("jixiao nats apply"), "{said}");

    stream.max_message_size = nats::MAX_MESSAGE;
    context.update_stream(&stream).await.unwrap();
    let mirror = Broker::connect(&world.connection(), MIRROR).await.unwrap();
    let found = fault(&mirror).await;
    assert_eq!(found, differs("consumer mirror of the stream JixiaoBank", "max_deliver", "5", "-1"));

    // What whoever applies may choose is no fault.
    let limits = Limits { max_age: Duration::from_hours(1), max_bytes: 1 << 20, ..Limits::default() };
    let applied = nats::apply(&world.connection(), &flows(), &limits).await.unwrap();
    assert_eq!(applied.iter().map(|applied| applied.done).collect::<Vec<_>>(), [Done::Updated; 2]);
    for uses in [BANK, MIRROR] {
        let broker = Broker::connect(&world.connection(), uses).await.unwrap();
        comes_to(&broker, |state| *state == BrokerState::Up).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_compared_again_at_each_connect() {
    let mut world = World::new().await;
    let broker = Broker::connect(&world.connection(), MIRROR).await.unwrap();
    comes_to(&broker, |state| *state == BrokerState::Up).await;
    let consumer = ConsumerConfig { max_ack_pending: 7, ..nats::consumer("mirror", &Limits::default()) };
    world.admin().await.create_consumer_on_stream(consumer, "JixiaoBank").await.unwrap();
    world.nats.restart();
    let found = fault(&broker).await;
    assert_eq!(found, differs("consumer mirror of the stream JixiaoBank", "max_ack_pending", "7", "1024"));
}

#[tokio::test]
async fn an_old_server_is_refused_by_its_version() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    // As much of a server as says its version and answers a ping.
    let _server = tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let info = r#"INFO {"server_id":"OLD","server_name":"old","version":"2.9.10","go":"go1.19","host":"127.0.0.1","port":4222,"headers":true,"max_payload":1048576,"proto":1}"#;
                client.write_all(format!("{info}\r\n").as_bytes()).await.unwrap();
                let mut bytes = [0; 4_096];
                while let Ok(read @ 1..) = client.read(&mut bytes).await {
                    if bytes[..read].windows(4).any(|word| word == b"PING") {
                        client.write_all(b"PONG\r\n").await.unwrap();
                    }
                }
            });
        }
    });
    let connection = Connection { url, ..Connection::default() };
    let broker = Broker::connect(&connection, BANK).await.unwrap();
    let found = fault(&broker).await;
    assert_eq!(found, BrokerFault::Version { found: "2.9.10".to_owned() });
    assert!(found.to_string().contains("2.15.0"), "{found}");
    let refused = nats::apply(&connection, &flows(), &Limits::default()).await;
    assert_eq!(refused, Err(ApplyError::Fault(found)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applying_twice_or_by_two_at_once_changes_nothing_more() {
    let nats = Nats::start();
    let connection = Connection { url: nats.url(), ..Connection::default() };
    let limits = Limits::default();
    let flows = flows();
    let apply = || nats::apply(&connection, &flows, &limits);
    let (one, other) = tokio::join!(apply(), apply());
    let done = |applied: Vec<Applied>| applied.into_iter().map(|applied| applied.done).collect::<Vec<_>>();
    let (one, other) = (done(one.unwrap()), done(other.unwrap()));
    assert!([&one, &other].iter().any(|done| done.contains(&Done::Created)), "{one:?} {other:?}");
    let again = apply().await.unwrap();
    let named: Vec<_> =
        again.iter().map(|applied| (applied.stream.as_str(), applied.consumer.as_deref())).collect();
    assert_eq!(named, [("JixiaoBank", None), ("JixiaoBank", Some("mirror"))]);
    assert_eq!(done(again), [Done::Unchanged; 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_least_privilege_suffices_and_manages_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let user = |uses: &nats::Uses| {
        let allowed = permissions(uses);
        User::limited(uses.service, "secret", allowed.publish, allowed.subscribe)
    };
    let config = Config {
        users: vec![User::admin("admin", "secret"), user(&BANK), user(&MIRROR)],
        ..Config::default()
    };
    let password = folder.path().join("password");
    fs::write(&password, "secret\n").unwrap();
    let as_user = move |url: String, user: &str| Connection {
        url,
        user: Some(user.to_owned()),
        password_file: Some(password.clone()),
        tls: None,
    };
    let world = World::on(Place::sqlite(), Nats::start_with(config), None, Some(Box::new(as_user))).await;
    let (fed, _relay) = (world.feed().await, world.relay().await);
    comes_to(&fed.broker, |state| *state == BrokerState::Up).await;
    world.deposits(1).await;
    world.converges(SOON).await.unwrap();
    world.remote.away.store(true, Ordering::SeqCst);
    world.deposits(299).await;
    world.converges(SOON).await.unwrap();
    world.streams((1..=300).collect(), SOON).await.unwrap();

    // What each may not do gets no answer.
    let subjects = [
        ("bank", "$JS.API.STREAM.CREATE.Other"),
        ("bank", "$JS.API.STREAM.UPDATE.JixiaoBank"),
        ("bank", "$JS.API.STREAM.DELETE.JixiaoBank"),
        ("bank", "$JS.API.STREAM.PURGE.JixiaoBank"),
        ("bank", "$JS.API.STREAM.MSG.DELETE.JixiaoBank"),
        ("bank", "$JS.API.CONSUMER.DELETE.JixiaoBank.mirror"),
        ("bank", "$JS.API.CONSUMER.MSG.NEXT.JixiaoBank.mirror"),
        ("bank", "jixiao.mirror._.noted"),
        ("mirror", "jixiao.bank._.noted"),
        ("mirror", "$JS.API.STREAM.DELETE.JixiaoBank"),
        ("mirror", "$JS.API.STREAM.MSG.GET.JixiaoBank"),
        ("mirror", "$JS.API.CONSUMER.CREATE.JixiaoBank.other"),
        ("mirror", "$JS.API.CONSUMER.MSG.NEXT.JixiaoBank.other"),
    ];
    let mut asked = Vec::new();
    for (user, subject) in subjects {
        let url = world.nats.url();
        asked.push(async move {
            let options = async_nats::ConnectOptions::with_user_and_password(user.into(), "secret".into());
            let client = options.custom_inbox_prefix(format!("_INBOX_{user}")).connect(url).await.unwrap();
            let answer = timeout(Duration::from_secs(1), client.request(subject, "{}".into())).await;
            let answered = answer.is_ok_and(|answer| answer.is_ok());
            assert!(!answered, "{user} may use {subject}");
        });
    }
    futures::future::join_all(asked).await;
    let log = world.nats.log();
    for (user, subject) in subjects {
        let refused = log.lines().any(|line| line.contains("Violation") && line.contains(subject));
        assert!(refused, "{user} was not refused {subject}, it got no answer for another reason");
    }
    // And nothing of it took effect.
    world.streams((1..=300).collect(), SOON).await.unwrap();
    let refused =
        nats::apply(&world.as_service("bank"), &flows(), &Limits { max_age: SOON, ..Limits::default() })
            .await;
    assert!(refused.is_err(), "a service applied streams");
    let mut stream: jetstream::stream::Stream = world.admin().await.get_stream("JixiaoBank").await.unwrap();
    assert_eq!(stream.info().await.unwrap().config.max_age, nats::MAX_AGE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_applies_what_the_services_compare() {
    let nats = Nats::start();
    let applied = |more: &[&str]| {
        let url = nats.url();
        let arguments = [&["--format", "json", "nats", "apply", "--nats-url", &url], more].concat();
        let output = program::run(&arguments).success();
        let said: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
        let done = said["applied"].as_array().unwrap().iter();
        done.map(|line| line["done"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // Four streams; registry has three consumers, ledger and targets one each.
    assert_eq!(applied(&[]), ["created"; 9]);
    assert_eq!(applied(&[]), ["unchanged"; 9]);
    let connection = Connection { url: nats.url(), ..Connection::default() };
    for service in Service::ALL {
        let broker = Broker::connect(&connection, service.uses()).await.unwrap();
        comes_to(&broker, |state| *state == BrokerState::Up).await;
    }
    let changed = applied(&["--max-age", "1"]);
    assert_eq!(changed.iter().filter(|done| *done == "updated").count(), 4, "{changed:?}");

    let away = program::run(&["nats", "apply", "--nats-url", "nats://127.0.0.1:1"]);
    assert_eq!(away.code, Some(4), "{}", away.stderr);
    let plain = program::run(&["nats", "apply", "--nats-url", "nats://nats.example.com:4222"]);
    assert_eq!(plain.code, Some(2), "{}", plain.stderr);
    assert!(plain.stderr.contains("tls://"), "{}", plain.stderr);
    let copies = program::run(&["nats", "apply", "--nats-url", &nats.url(), "--replicas", "3"]);
    assert_eq!(copies.code, Some(3), "{}", copies.stderr);
    assert!(
        copies.stderr.contains("JixiaoRegistry") && copies.stderr.contains("replicas"),
        "{}",
        copies.stderr
    );
}

#[tokio::test]
async fn what_can_never_connect_is_said_at_once() {
    let bad = |url: &str| Connection { url: url.to_owned(), ..Connection::default() };
    let error = Broker::connect(&bad("not a url"), BANK).await.unwrap_err();
    assert!(error.contains("nats://HOST:PORT"), "{error}");
    let missing = Connection {
        user: Some("bank".into()),
        password_file: Some("/nowhere/password".into()),
        ..bad("nats://127.0.0.1:1")
    };
    let error = Broker::connect(&missing, BANK).await.unwrap_err();
    assert!(error.contains("/nowhere/password"), "{error}");
    // Away is no error: it may come.
    let broker = Broker::connect(&bad("nats://127.0.0.1:1"), BANK).await.unwrap();
    assert_eq!(broker.state(), BrokerState::Away);
}
