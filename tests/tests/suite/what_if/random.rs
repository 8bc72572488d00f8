//! Commands by chance, of every write call of every service: what is predicted of them is what comes of them.

use std::collections::BTreeMap;

use jixiao_tests::postgres;
use jixiao_tests::server::Server;
use prost_reflect::Value;

use super::chain::{Chain, SERVICES, Seen, Supposed, expect_evaluation, writes};
use crate::requests::corpus::Corpus;
use crate::requests::make::Maker;

const FUND: &str = "smart-city-2019";

/// Commands of each service in a round.
const COMMANDS: usize = 30;

/// Rounds on one server: each begins with what the one before left.
const ROUNDS: u64 = 3;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_predicted_of_commands_comes_of_them() {
    let seed: u64 = std::env::var("JIXIAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let shared = postgres::shared();
    let url = shared.url(&shared.fresh_name("what-if"));
    for server in [Server::start(), Server::start_on(&url)] {
        let corpus = Corpus::record(&server).await;
        let mut chain = Chain::of(&server);
        chain.settle().await;
        let mut outcomes: BTreeMap<&str, u64> = BTreeMap::new();
        for round in 0..ROUNDS {
            let supposed = commands(&corpus, seed.wrapping_add(round));
            let (heads, before) = (chain.api.heads().await, Seen::of(&mut chain, FUND).await);
            let predicted = chain.simulate(FUND, &supposed).await;
            assert_eq!(chain.api.heads().await, heads, "nothing is written");
            assert_eq!(Seen::of(&mut chain, FUND).await, before, "nothing changes");
            let answers = chain.send(&supposed).await;
            chain.expect(&supposed, &predicted.outcomes, &answers).await;
            expect_evaluation(&mut chain, FUND, &before, &predicted.scoring).await;
            for outcome in &predicted.outcomes {
                let became = match outcome {
                    outcome if outcome.refusal.is_some() => "refused",
                    outcome if outcome.already_done => "done before",
                    _ => "accepted",
                };
                *outcomes.entry(became).or_default() += 1;
            }
        }
        // Chance found all of them.
        for became in ["refused", "accepted", "done before"] {
            assert!(outcomes.get(became).is_some_and(|count| *count > 5), "seed {seed}: {outcomes:?}");
        }
    }
}

/// Commands of all services, by chance from right ones.
fn commands(corpus: &Corpus, seed: u64) -> Vec<Supposed> {
    let mut commands: Vec<Supposed> = Vec::new();
    for service in SERVICES {
        let writes = writes(service);
        for number in 0..COMMANDS as u64 {
            let (method, made) = Maker::new(corpus, &writes, seed, number).request();
            let mut request = made.message;
            request.clear_field_by_name("wait_for");
            // What has no id of its own gets one by the simulation, and none by the call.
            let id = request.get_field_by_name("request_id").and_then(|id| id.as_str().map(str::to_owned));
            if id.is_none_or(|id| id.is_empty()) {
                request.set_field_by_name("request_id", Value::String(format!("{seed}-{service}-{number}")));
            }
            commands.push(Supposed { service, method, request });
        }
        // Some come twice.
        let of_service: Vec<Supposed> =
            commands.iter().filter(|supposed| supposed.service == service).cloned().collect();
        commands.extend(of_service.into_iter().step_by(5));
    }
    commands
}
