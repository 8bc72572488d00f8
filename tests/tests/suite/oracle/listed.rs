//! The explanations of evaluations by chance: what they list is what makes the points.

use std::fmt::Write;
use std::sync::Arc;

use jixiao_eventlog::{Context, Location, Log, Options};
use jixiao_events::scoring::ScoringEvent;
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_proto::jixiao::scoring::v1::scoring_service_server::ScoringService;
use jixiao_scoring::{Scoring, ScoringDomain};
use tonic::Request;

use super::history::{FUND, id};
use super::{World, generated};
use crate::explained::{Explained, Told, told_by};

/// What explanations of a seed list in vain, or leave out.
async fn faults(seed: u64) -> Vec<String> {
    let (schemes, steps) = generated(seed);
    let mut world = World::new(&schemes);
    for step in &steps {
        world.step(step);
    }
    let Some(open) = world.open else { return Vec::new() };
    let folder = tempfile::tempdir().unwrap();
    let store = Location::Folder(folder.path().to_owned()).open::<ScoringDomain>().await.unwrap();
    let log = Log::open(store, Options::default()).await.unwrap();
    let mut events = Vec::new();
    for (at, command) in world.commands.iter().enumerate() {
        let context = Context {
            request_id: at.to_string(),
            request_hash: at.to_string(),
            actor: "generator".to_owned(),
            causation: None,
            correlation: None,
            trace: None,
        };
        for row in log.execute(command.clone(), context).await.unwrap().rows {
            let event: ScoringEvent = serde_json::from_str(&row.payload).unwrap();
            events.extend(told_by(&event, &row.id).map(|id| (id, event)));
        }
    }
    let told = Told { fund: id(FUND), scheme: Arc::clone(&schemes[open].0), events };
    let service = Scoring::new(Arc::clone(&log));
    let mut explained = Vec::new();
    for path in told.paths() {
        let name = format!("funds/{FUND}/indicators/{path}");
        let request = pb::ExplainIndicatorRequest { name, ..Default::default() };
        let answer = service.explain_indicator(Request::new(request)).await.unwrap().into_inner();
        explained.push(Explained::new(&path, &answer.explanation.unwrap()));
    }
    told.faults(&explained, 0..told.events.len())
}

/// What is wrong with a seed, and how to see it again.
async fn report(seed: u64) -> Option<String> {
    let faults = faults(seed).await;
    if faults.is_empty() {
        return None;
    }
    let mut text =
        format!("seed {seed}, {} faults\n{}\n", faults.len(), faults[..faults.len().min(12)].join("\n"));
    for (_, scheme) in generated(seed).0 {
        writeln!(text, "{scheme}").unwrap();
    }
    writeln!(text, "to see it again: JIXIAO_SEED={seed} cargo nextest run -p jixiao-tests listed::one_seed")
        .unwrap();
    Some(text)
}

#[tokio::test]
async fn what_is_listed_makes_the_points() {
    let seeds: u64 = if std::env::var_os("JIXIAO_LONG").is_some() { 400 } else { 5 };
    let seeds = std::env::var("JIXIAO_SEEDS").ok().and_then(|seeds| seeds.parse().ok()).unwrap_or(seeds);
    let mut wrong = Vec::new();
    for seed in 1..=seeds {
        wrong.extend(report(seed).await);
    }
    assert!(wrong.is_empty(), "{} seeds\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// The seed that `JIXIAO_SEED` names.
#[tokio::test]
async fn one_seed() {
    let seed = std::env::var("JIXIAO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    if let Some(wrong) = report(seed).await {
        panic!("{wrong}");
    }
}
