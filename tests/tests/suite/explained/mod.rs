//! What an explanation lists is what its answer rests on: whatever listed event is left out, points or inputs change;
//! whatever other is, neither does. Held against a fold of the same events without one of them, evaluated at last: over
//! evaluations by chance (`oracle::listed`) and over the facts of Wuxi 2019.

mod prints;
mod shown;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_eventlog::Folded;
use jixiao_events::scheme::Scheme;
use jixiao_events::scoring::{Fact, ScoringEvent};
use jixiao_events::{FundId, SchemeId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use jixiao_scoring::ScoringDomain;
use jixiao_scoring::domain::ScoringCommand;
use jixiao_scoring::domain::life::{ApprovedBy, Wanted};
use jixiao_tests::server::Server;

use self::prints::Prints;
use crate::api::Api;
use crate::wuxi::{EXAMPLE, FUNDS};

/// What a scoring log was told of a fund, in order, and by which scheme it is evaluated.
pub struct Told {
    pub fund: FundId,
    pub scheme: Arc<Scheme>,
    /// Each event by the id that explanations name it by.
    pub events: Vec<(String, ScoringEvent)>,
}

/// What an explanation lists of the events behind it.
pub struct Explained {
    pub path: String,
    pub events: BTreeSet<String>,
}

impl Explained {
    pub fn new(path: &str, explanation: &pb::Explanation) -> Self {
        let own = explanation.indicator.iter().flat_map(|indicator| &indicator.inputs);
        let of_inputs = own.chain(&explanation.inputs).flat_map(|input| {
            assert_eq!(input.event_count, input.events.len() as u64, "{path}: {input:?}");
            &input.events
        });
        let events = of_inputs.chain(&explanation.events).map(|event| event.id.clone()).collect();
        Self { path: path.to_owned(), events }
    }
}

/// The id that an event is named by, where it is one that somebody told; none of what is computed.
pub fn told_by(event: &ScoringEvent, own: &str) -> Option<String> {
    match event {
        ScoringEvent::SourceTakenIn { source, .. } => Some(source.id.clone()),
        ScoringEvent::ManualScoreSet { .. } | ScoringEvent::IndicatorJudged { .. } => Some(own.to_owned()),
        _ => None,
    }
}

/// Whether everything rests on an event, and no explanation lists it, as with the scheme and the opening: the fund's own.
fn is_ground(event: &ScoringEvent) -> bool {
    let ScoringEvent::SourceTakenIn { facts, .. } = event else { return false };
    facts.iter().any(|fact| matches!(fact, Fact::Fund { .. }))
}

impl Told {
    /// The evaluation of everything but one event.
    fn evaluated(&self, without: Option<usize>) -> Prints {
        let mut world = Folded::<ScoringDomain>::default();
        for (at, (id, event)) in self.events.iter().enumerate() {
            if without != Some(at) {
                world.fold(event, id, "teller");
            }
        }
        let (scheme, text) = (Arc::clone(&self.scheme), String::new());
        let of: SchemeId = scheme.scheme.clone();
        let loaded = ScoringCommand::LoadScheme { scheme, text, approved: Some(ApprovedBy::default()) };
        let wanted = Wanted { scheme: Some(of), ..Wanted::default() };
        let opened = ScoringCommand::OpenEvaluation { of: self.fund.clone().into(), wanted };
        for command in [loaded, opened] {
            // Without the fund there is no evaluation.
            if world.execute(&command, "teller").is_err() {
                break;
            }
        }
        Prints::of(&world, &self.fund, &self.scheme)
    }

    /// The paths of everything that is evaluated.
    pub fn paths(&self) -> Vec<String> {
        self.evaluated(None).paths()
    }

    /// Where explanations list what changes nothing, or not what does; of the events at some places.
    pub fn faults(&self, explained: &[Explained], places: impl Iterator<Item = usize>) -> Vec<String> {
        let whole = self.evaluated(None);
        let mut faults = Vec::new();
        for at in places {
            let (id, event) = &self.events[at];
            if is_ground(event) {
                continue;
            }
            let other = self.evaluated(Some(at));
            for Explained { path, events } in explained {
                let (changed, listed) = (whole.differ(&other, path), events.contains(id));
                if changed != listed {
                    let text = serde_json::to_string(event).unwrap();
                    faults.push(format!("{path}: listed {listed}, changed {changed}: {id} {text}"));
                }
            }
        }
        faults
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_of_wuxi_makes_its_points() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let mut api = Api::new(&server.url());
    let wait_for = api.heads().await;
    let stored = api.read("scoring").await;
    let events: Vec<(String, ScoringEvent)> = stored
        .iter()
        .filter_map(|stored| Some((stored.id.clone(), serde_json::from_str(&stored.payload).ok()?)))
        .collect();
    let schemes: BTreeMap<SchemeId, Arc<Scheme>> = events
        .iter()
        .filter_map(|(_, event)| match event {
            ScoringEvent::SchemeLoaded { scheme, .. } => Some((scheme.scheme.clone(), scheme.clone())),
            _ => None,
        })
        .collect();
    // Each event of so many: the others by the long setting.
    let step = if std::env::var_os("JIXIAO_LONG").is_some() { 1 } else { 23 };
    for fund in FUNDS {
        let fund: FundId = fund.parse().unwrap();
        let opened = events.iter().find_map(|(_, event)| match event {
            ScoringEvent::EvaluationOpened { fund: of, scheme, .. } => {
                schemes.get(scheme).filter(|_| *of == fund)
            }
            _ => None,
        });
        let told = events.iter().filter_map(|(own, event)| Some((told_by(event, own)?, event.clone())));
        let told = Told { fund: fund.clone(), scheme: Arc::clone(opened.unwrap()), events: told.collect() };
        let mut explained = Vec::new();
        for path in told.paths() {
            let name = format!("{}/indicators/{path}", fund.resource());
            let request =
                pb::ExplainIndicatorRequest { name, wait_for: wait_for.clone(), ..Default::default() };
            let answer = api.scoring.explain_indicator(request).await.unwrap().into_inner();
            explained.push(Explained::new(&path, &answer.explanation.unwrap()));
        }
        assert!(explained.len() > 40, "{fund}: {}", explained.len());
        let faults = told.faults(&explained, (0..told.events.len()).step_by(step));
        assert!(
            faults.is_empty(),
            "{fund}: {} faults\n{}",
            faults.len(),
            faults[..faults.len().min(30)].join("\n")
        );
    }
}
