//! The clock of funds in running servers: a day is said once, by whoever leads, in the fund's own time zone.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jixiao::compose::{Plan, Services};
use jixiao_eventlog::event::recorded_from;
use jixiao_eventlog::{Clock, Location};
use jixiao_tests::postgres;
use tokio::sync::watch;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::api::Api;

const FUND: &str = "clocked-2019";

/// A clock that a test sets.
#[derive(Clone, Default)]
struct Hands(Arc<AtomicI64>);

impl Hands {
    fn set(&self, time: &str) {
        self.0.store(recorded_from(time).unwrap(), Ordering::SeqCst);
    }
}

/// A replica of all services, and where clients reach it.
async fn replica(location: &Location, hands: &Hands, ending: &watch::Sender<bool>) -> (Services, String) {
    let hands = Arc::clone(&hands.0);
    let clock: Clock = Arc::new(move || hands.load(Ordering::SeqCst));
    let plan = Plan { clock: Some(clock), ..Plan::all(location.clone(), ending.subscribe()) };
    let services = Services::open(&plan).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = Server::builder().add_routes(services.routes());
    tokio::spawn(serving.serve_with_incoming(TcpIncoming::from(listener)));
    (services, url)
}

/// The days that were said of funds: fund, day, by whom. Waits until there are so many.
async fn days(api: &mut Api, count: usize) -> Vec<String> {
    let mut days = Vec::new();
    for _ in 0..300 {
        let events = api.read("scoring").await;
        let said = events.iter().filter(|event| event.event_type == "date_reached");
        days = said
            .map(|event| {
                let json: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
                let text = |key: &str| json[key].as_str().unwrap().to_owned();
                format!("{} {} by {}", text("fund"), text("on"), event.actor)
            })
            .collect();
        if days.len() >= count {
            return days;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{count} days are not said: {days:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_day_comes_once_over_all_replicas() {
    let url = postgres::shared().url(&postgres::shared().fresh_name("clock"));
    let (location, hands) = (Location::Postgres(url), Hands::default());
    let ending = watch::Sender::new(false);
    // One minute to midnight in Shanghai.
    hands.set("2019-04-30T15:59:00Z");
    let (mut first, url) = replica(&location, &hands, &ending).await;
    let (_second, other) = replica(&location, &hands, &ending).await;
    let mut api = Api::new(&url);
    api.watched(FUND, 1_000).await;
    // A fund that nothing watches has no need of days.
    api.fund("unwatched", 1_000).await;
    let day = |on: &str| format!("{FUND} {on} by clock");
    let mut expected = vec![day("2019-04-30")];
    assert_eq!(days(&mut api, 1).await, expected, "an evaluation that opens learns the day");
    assert!(api.told(FUND).await.is_empty());
    for (time, on) in [("2019-04-30T16:00:00Z", "2019-05-01"), ("2019-07-05T04:00:00Z", "2019-07-05")] {
        hands.set(time);
        expected.push(day(on));
        assert_eq!(days(&mut api, expected.len()).await, expected);
    }
    assert_eq!(api.told(FUND).await, ["RAISED money RED by date"]);
    // Whoever leads may stop: another one goes on, and repeats nothing.
    first.stop().await;
    drop(first);
    let mut api = Api::new(&other);
    for (time, on) in [("2019-09-01T00:00:00Z", "2019-09-01"), ("2020-03-01T00:00:00Z", "2020-01-01")] {
        hands.set(time);
        expected.push(day(on));
        assert_eq!(days(&mut api, expected.len()).await, expected);
    }
    // The year is over: no later day changes anything.
    hands.set("2020-06-01T00:00:00Z");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(days(&mut api, expected.len()).await, expected);
    ending.send_replace(true);
}
