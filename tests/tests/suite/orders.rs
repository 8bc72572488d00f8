//! All orders of the three feeds give the same canonical bytes.

use std::sync::Arc;

use jixiao_eventlog::{Context, ExecuteError, Log, StoredEvent};
use jixiao_events::Evaluated;
use jixiao_events::scoring::{EvaluationDescribed, ScoringEvent};
use jixiao_scoring::ScoringDomain;
use jixiao_scoring::domain::answer::AnswerFinding;
use jixiao_scoring::domain::given::Scored;
use jixiao_scoring::domain::life::{ApprovedBy, Wanted};
use jixiao_scoring::domain::{ScoringCommand, ScoringRefusal};
use jixiao_scoring::findings::finding_id;
use jixiao_tests::program;
use jixiao_tests::server::Server;
use tonic::transport::server::TcpIncoming;

use crate::api::Api;
use crate::stores::Place;
use crate::wuxi::{EXAMPLE, FUNDS, canonical};

/// The streams by number: registry, ledger, targets, and scoring's own commands.
const REGISTRY: usize = 0;
const OWN: usize = 3;

/// What reaches scoring: the three feeds, and its own commands.
pub struct Streams {
    feeds: [Vec<StoredEvent>; 3],
    own: Vec<(Context, ScoringCommand)>,
}

impl Streams {
    /// All that the logs of a server hold, up to a recorded time.
    pub async fn until(api: &mut Api, known_at: i64) -> Self {
        let mut read = Vec::new();
        for log in ["registry", "ledger", "targets", "scoring"] {
            let mut events = api.read(log).await;
            events.retain(|event| event.recorded_time <= known_at);
            read.push(events);
        }
        let own = read.pop().unwrap();
        let own = own.iter().filter_map(|event| Some((context_of(event), command(event)?))).collect();
        Self { feeds: read.try_into().unwrap(), own }
    }

    /// What a scoring log of its own answers that took in the feeds one after the other, and then its commands.
    pub async fn answer(&self) -> Vec<String> {
        run(self, |left| (0..4).find(|stream| left[*stream] > 0).unwrap()).await
    }
}

/// Who asked for it, by which request.
fn context_of(event: &StoredEvent) -> Context {
    Context {
        request_id: event.request_id.clone(),
        request_hash: event.request_hash.clone(),
        actor: event.actor.clone(),
        causation: event.causation.clone(),
        correlation: event.correlation.clone(),
        trace: event.trace.clone(),
    }
}

/// The command that led to an event of scoring's own.
fn command(event: &StoredEvent) -> Option<ScoringCommand> {
    match serde_json::from_str(&event.payload).unwrap() {
        // The import loads and approves by one request.
        ScoringEvent::SchemeLoaded { scheme, text, .. } => {
            Some(ScoringCommand::LoadScheme { scheme, text, approved: Some(ApprovedBy::default()) })
        }
        ScoringEvent::EvaluationOpened { fund, project, scheme, version, .. } => {
            let of = Evaluated { fund, project };
            Some(ScoringCommand::OpenEvaluation { of, wanted: Wanted::version(&scheme, version) })
        }
        ScoringEvent::EvaluationDescribed(EvaluationDescribed { fund, project, record }) => {
            Some(ScoringCommand::DescribeEvaluation { of: Evaluated { fund, project }, record })
        }
        ScoringEvent::ScoreRecorded(recorded) => Some(ScoringCommand::RecordScore(Scored {
            of: Evaluated { fund: recorded.fund, project: recorded.project },
            indicator: recorded.indicator,
            by: recorded.by,
            author: recorded.author,
            score: recorded.score,
            reason: recorded.reason,
            on: recorded.on,
        })),
        ScoringEvent::FigureStated { fund, quantity, value, stated, unit, basis, place } => {
            Some(ScoringCommand::StateFigure { fund, quantity, value, stated, unit, basis, place })
        }
        ScoringEvent::ManualScoreSet { fund, project, indicator, score, reason, on, evidence } => {
            let of = Evaluated { fund, project };
            Some(ScoringCommand::SetManualScore { of, indicator, score, reason, on, evidence })
        }
        ScoringEvent::IndicatorJudged { fund, project, indicator, judgement, reason, on, evidence } => {
            let of = Evaluated { fund, project };
            Some(ScoringCommand::JudgeIndicator { of, indicator, judgement, reason, on, evidence })
        }
        ScoringEvent::FindingAnswered { finding, answer } => {
            let id = finding_id(&finding).parse().unwrap();
            Some(ScoringCommand::AnswerFinding(AnswerFinding { fund: finding.fund, finding: id, answer }))
        }
        ScoringEvent::SourceTakenIn { .. }
        | ScoringEvent::SchemeApproved(_)
        | ScoringEvent::SchemeWithdrawn(_)
        | ScoringEvent::GivenSumsChanged(_)
        | ScoringEvent::EvaluationChanged(_)
        | ScoringEvent::FindingRaised { .. }
        | ScoringEvent::FindingRevised { .. }
        | ScoringEvent::FindingCleared { .. }
        | ScoringEvent::DateReached { .. }
        | ScoringEvent::WarningRaised { .. }
        | ScoringEvent::WarningChanged { .. }
        | ScoringEvent::WarningCleared { .. }
        | ScoringEvent::CategoriesChanged { .. } => None,
    }
}

/// Takes everything in, whichever stream `next` names, until all are empty; then asks for the canonical evaluations.
async fn run(streams: &Streams, mut next: impl FnMut([usize; 4]) -> usize) -> Vec<String> {
    let place = Place::sqlite();
    let log: Arc<Log<ScoringDomain>> = place.log().await;
    let mut at = [0; 4];
    let length = |stream: usize| streams.feeds.get(stream).map_or(streams.own.len(), Vec::len);
    loop {
        let left = std::array::from_fn(|stream| length(stream) - at[stream]);
        if left == [0; 4] {
            break;
        }
        let mut stream = next(left);
        if stream == OWN {
            let (context, command) = &streams.own[at[OWN]];
            match log.execute(command.clone(), context.clone()).await {
                Ok(_) => at[OWN] += 1,
                // As a client would: once the registry's event is there, again.
                Err(ExecuteError::Refused { refusal: ScoringRefusal::FundNotFound(_), .. }) => {
                    stream = REGISTRY;
                }
                Err(error) => panic!("{context:?}: {error}"),
            }
        }
        if let Some(feed) = streams.feeds.get(stream) {
            log.deliver(&feed[at[stream]]).await.unwrap().unwrap();
            at[stream] += 1;
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (_ending, ends) = tokio::sync::watch::channel(false);
    let server = tonic::transport::Server::builder().add_service(jixiao_scoring::server(log, ends));
    let serving = tokio::spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
    let mut canonical = Vec::new();
    for fund in FUNDS {
        let url = url.clone();
        let ask = move || program::run(&["evaluate", fund, "--canonical", "--server", &url]).success().stdout;
        canonical.push(tokio::task::spawn_blocking(ask).await.unwrap());
    }
    serving.abort();
    canonical
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_order_of_the_feeds_gives_the_same_bytes() {
    let server = Server::start();
    server.cli(&["import", EXAMPLE]).success();
    let expected: Vec<String> = FUNDS.iter().map(|fund| canonical(&server, fund)).collect();
    let mut api = Api::new(&server.url());
    let streams = Streams::until(&mut api, i64::MAX).await;
    assert!(streams.feeds.iter().all(|feed| feed.len() > 10) && streams.own.len() > 10);

    // Whole feeds one after the other, in all six orders; scoring's own commands first, or last.
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for own_first in [true, false] {
            let got = run(&streams, |left| {
                let all = if own_first {
                    [OWN, order[0], order[1], order[2]]
                } else {
                    [order[0], order[1], order[2], OWN]
                };
                all.into_iter().find(|stream| left[*stream] > 0).unwrap()
            })
            .await;
            assert_eq!(got, expected, "feeds {order:?}, own commands first: {own_first}");
        }
    }
    // And interleaved, by a generator whose seed is its number; `./test --long` has more.
    let seeds = if std::env::var_os("JIXIAO_LONG").is_some() { 40 } else { 4 };
    for seed in 0..seeds {
        let mut state: u64 = seed;
        let got = run(&streams, |left| {
            loop {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let stream = usize::try_from((state >> 33) % 4).unwrap();
                if left[stream] > 0 {
                    return stream;
                }
            }
        })
        .await;
        assert_eq!(got, expected, "interleaved by seed {seed}");
    }
}
