//! kill -9 of the server in the middle of imports.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jixiao_proto::jixiao::registry::v1::RegisterAgencyRequest;
use jixiao_tests::postgres;
use jixiao_tests::server::{Config, Server};

use crate::api::{Api, names};
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

/// Kills, each at a random moment of an import; `./test --long` has more.
fn kills_wanted() -> u32 {
    if std::env::var_os("JIXIAO_LONG").is_some() { 40 } else { 10 }
}

/// A small generator of its own, so that a printed seed says all.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Another client beside the import, that remembers what it was acknowledged. Agencies touch no evaluation.
fn other_client(url: &str, prefix: String, stop: Arc<AtomicBool>) -> tokio::task::JoinHandle<Vec<String>> {
    let mut api = Api::new(url);
    tokio::spawn(async move {
        let mut acknowledged = Vec::new();
        for n in 0.. {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            let request = RegisterAgencyRequest {
                request_id: format!("{prefix}-{n}"),
                agency_id: format!("{prefix}-{n}"),
                names: names("另一单位"),
                ..Default::default()
            };
            match api.registry.register_agency(request).await {
                Ok(done) => {
                    acknowledged.extend(done.into_inner().recorded.unwrap().event_ids);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        acknowledged
    })
}

async fn survives_kills(database_url: Option<String>, undisturbed: &[String]) {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos();
    let mut random = Random(u64::from(seed));
    let mut server = Server::start_with(Config { database_url, ..Config::default() });
    let mut acknowledged = Vec::new();
    let mut kills = 0;
    let mut imports = 0;
    while kills < kills_wanted() {
        let stop = Arc::new(AtomicBool::new(false));
        let other = other_client(&server.url(), format!("round-{kills}"), Arc::clone(&stop));
        let mut api = Api::new(&server.url());
        let start = api.events().await.unwrap();
        let after = start + 10 + random.below(50);
        let mut import = server.command(&["import", EXAMPLE]).spawn().unwrap();
        // Killed when so many events more are there, or a moment later.
        let mut done = false;
        while !done && api.events().await.is_ok_and(|events| events < after) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            done = import.try_wait().unwrap().is_some();
        }
        tokio::time::sleep(Duration::from_millis(random.below(5))).await;
        server.kill9();
        imports += u32::from(import.try_wait().unwrap().is_none());
        // It would go on over a restart; here each import ends with its server.
        import.kill().unwrap();
        import.wait().unwrap();
        stop.store(true, Ordering::SeqCst);
        acknowledged.extend(other.await.unwrap());
        kills += 1;
        server.restart();
        server.cli(&["audit"]).success();
        let mut api = Api::new(&server.url());
        let there: Vec<String> = api.read("registry").await.into_iter().map(|event| event.id).collect();
        for id in &acknowledged {
            assert!(there.contains(id), "the acknowledged event {id} is gone (seed {seed})");
        }
    }
    assert!(imports >= 3, "only {imports} of {kills} kills were in the middle of an import (seed {seed})");
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let events = api.events().await.unwrap();
    server.cli(&["import", EXAMPLE]).success();
    assert_eq!(api.events().await.unwrap(), events, "a repeated import changes nothing");
    server.cli(&["audit"]).success();
    for (fund, expected) in FUNDS.iter().zip(undisturbed) {
        assert_eq!(&canonical(&server, fund), expected, "{fund} (seed {seed})");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_is_killed_ten_times_ends_the_same() {
    let undisturbed: Vec<String> = {
        let server = Server::start();
        server.cli(&["import", EXAMPLE]).success();
        FUNDS.iter().map(|fund| canonical(&server, fund)).collect()
    };
    survives_kills(None, &undisturbed).await;
    let database = postgres::shared().url(&postgres::shared().fresh_name("crash"));
    survives_kills(Some(database), &undisturbed).await;
}
