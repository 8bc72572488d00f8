//! A bank and its mirror, joined by nothing but the bank's log and a nats-server.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_trait::async_trait;
use jixiao_eventlog::broker::Stream;
use jixiao_eventlog::nats::{self, Broker, BrokerState, Connection, Limits, Uses};
use jixiao_eventlog::{
    Broken, BrokerFeed, Following, Lead, Log, Position, Query, ReadError, RelayOptions, Relaying, Side,
    Source, StoredEvent, cloudevent, follow, relay,
};
use jixiao_tests::nats::Nats;
use tokio::sync::watch;

use crate::stores::Place;
use crate::toy::{Bank, Mirror, deposit};

/// How long what takes no time may take on a busy machine.
pub const SOON: Duration = Duration::from_secs(20);

pub const BANK: Uses = Uses { service: "bank", publishes: true, takes_in: &[] };
pub const MIRROR: Uses = Uses { service: "mirror", publishes: false, takes_in: &["bank"] };

/// What this process counted so far under a name, over all series whose labels hold all of these. Counting begins with the
/// first call.
pub fn counted(name: &str, labels: &[&str]) -> f64 {
    static RENDER: OnceLock<Box<dyn Fn() -> String + Send + Sync>> = OnceLock::new();
    let render = RENDER.get_or_init(|| {
        let metrics = jixiao::telemetry::metrics::install().unwrap();
        Box::new(move || metrics.render())
    });
    let text = render();
    let series =
        text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{')));
    let series = series.filter(|line| labels.iter().all(|label| line.contains(&format!("=\"{label}\""))));
    series.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// A source as a feed sees it across processes: it can be cut off, and counts what it is asked.
pub struct Remote {
    pub log: Arc<Log<Bank>>,
    pub away: AtomicBool,
    pub reads: AtomicU64,
    never: watch::Sender<u64>,
}

impl Remote {
    pub fn new(log: &Arc<Log<Bank>>) -> Arc<Self> {
        let (away, reads) = (AtomicBool::new(false), AtomicU64::new(0));
        Arc::new(Self { log: Arc::clone(log), away, reads, never: watch::Sender::new(0) })
    }
}

#[async_trait]
impl Source for Remote {
    fn name(&self) -> &'static str {
        "bank"
    }

    async fn head(&self) -> Result<Position, ReadError> {
        if self.away.load(Ordering::SeqCst) {
            return Err(ReadError::Unavailable);
        }
        Source::head(self.log.as_ref()).await
    }

    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(ReadError::Unavailable);
        }
        self.log.read_after(after, limit).await
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.never.subscribe()
    }
}

/// How a user of a server connects, by the server's URL and the user's name.
pub type AsUser = Box<dyn Fn(String, &str) -> Connection + Send + Sync>;

/// Both, with what joins them.
pub struct World {
    pub place: Place,
    pub bank: Arc<Log<Bank>>,
    pub mirror: Arc<Log<Mirror>>,
    pub remote: Arc<Remote>,
    pub nats: Nats,
    pub broken: Option<Broken>,
    as_user: Option<AsUser>,
}

impl World {
    pub async fn new() -> Self {
        Self::with(Place::sqlite(), None).await
    }

    pub async fn with(place: Place, broken: Option<Broken>) -> Self {
        Self::on(place, Nats::start(), broken, None).await
    }

    /// On a server whose users are `admin` and each service by its name, where `as_user` is given.
    pub async fn on(place: Place, nats: Nats, broken: Option<Broken>, as_user: Option<AsUser>) -> Self {
        let (bank, mirror) = (place.log::<Bank>().await, place.broken::<Mirror>(broken).await);
        let remote = Remote::new(&bank);
        let world = Self { place, bank, mirror, remote, nats, broken, as_user };
        world.apply(&Limits::default()).await;
        world
    }

    pub fn connection(&self) -> Connection {
        self.as_service("admin")
    }

    pub fn as_service(&self, service: &str) -> Connection {
        match &self.as_user {
            Some(as_user) => as_user(self.nats.url(), service),
            None => Connection { url: self.nats.url(), ..Connection::default() },
        }
    }

    pub async fn apply(&self, limits: &Limits) {
        nats::apply(&self.connection(), &nats::flows(&[BANK, MIRROR]), limits).await.unwrap();
    }

    /// To ask the server with, past every rule of the product.
    pub async fn admin(&self) -> jetstream::Context {
        let options = match self.as_user {
            Some(_) => async_nats::ConnectOptions::with_user_and_password("admin".into(), "secret".into()),
            None => async_nats::ConnectOptions::new(),
        };
        jetstream::new(options.connect(self.nats.url()).await.unwrap())
    }

    pub async fn relay(&self) -> Relay {
        let broker = Broker::connect(&self.as_service("bank"), BANK).await.unwrap();
        let stream = broker.stream("bank");
        Relay { _relay: self.relay_over(stream, RelayOptions::default()).await, _broker: Some(broker) }
    }

    pub async fn relay_over(&self, stream: Arc<dyn Stream>, options: RelayOptions) -> Relaying {
        let lead = Lead::start("bank", self.place.store::<Bank>().await);
        let options = RelayOptions { broken: self.broken, ..options };
        relay(Arc::clone(&self.bank) as Arc<dyn Source>, stream, lead, options)
    }

    pub async fn feed(&self) -> Fed {
        let broker = Broker::connect(&self.as_service("mirror"), MIRROR).await.unwrap();
        let inbox = broker.inbox("bank", "mirror");
        let source = Arc::clone(&self.remote) as Arc<dyn Source>;
        let feed = BrokerFeed::broken("mirror", source, Some(inbox), self.broken);
        let lead = Lead::start("mirror", self.place.store::<Mirror>().await);
        Fed { _following: follow(Arc::clone(&self.mirror), feed, lead), broker }
    }

    /// So many more deposits of 1.
    pub async fn deposits(&self, more: u64) {
        let from = Source::head(self.bank.as_ref()).await.unwrap().position;
        for n in from..from + more {
            deposit(&self.bank, &format!("r{n}"), "a", 1).await.unwrap();
        }
    }

    /// All events of the bank.
    pub async fn events(&self) -> Vec<StoredEvent> {
        self.bank.read_after(&Position::beginning("bank"), 100_000).await.unwrap().0
    }

    /// The positions of the bank that the mirror has taken in, in order.
    async fn intakes(&self) -> Vec<u64> {
        let intakes = self.mirror.history("feed/bank", Side::After(0), 100_000).await.unwrap();
        assert!(!intakes.more, "all of them");
        let intakes = intakes.rows;
        let position = |intake: &StoredEvent| {
            let payload: serde_json::Value = serde_json::from_str(&intake.payload).unwrap();
            payload["checkpoint"]["position"].as_u64().unwrap()
        };
        intakes.iter().map(position).collect()
    }

    /// Returns once the mirror has taken in all events of the bank, each once and as it is there; an error after a time.
    pub async fn converges(&self, within: Duration) -> Result<(), String> {
        let head = Source::head(self.bank.as_ref()).await.unwrap();
        let came = until(within, async || self.mirror.checkpoint("bank").await.unwrap() == head).await;
        let intakes = self.intakes().await;
        if came.is_err() {
            return Err(format!("{} of {} events within {within:?}", intakes.len(), head.position));
        }
        if intakes != (1..=head.position).collect::<Vec<_>>() {
            return Err(format!("not one intake for each event: {intakes:?}"));
        }
        // Each deposit is of 1: what was taken in with other content shows.
        let snapshot = self.mirror.read(Query::new().key("total")).await.unwrap();
        let total = snapshot.get("total").copied();
        if total == Some(head.position) { Ok(()) } else { Err(format!("{total:?}, not {}", head.position)) }
    }

    /// What the stream holds: positions, in order of the stream.
    pub async fn streamed(&self) -> Vec<u64> {
        let context = self.admin().await;
        let mut positions = Vec::new();
        let Ok(mut stream) = context.get_stream("JixiaoBank").await else { return positions };
        let state = stream.info().await.unwrap().state.clone();
        for sequence in state.first_sequence..=state.last_sequence {
            let Ok(message) = stream.get_raw_message(sequence).await else { continue };
            positions.push(cloudevent::from_json(&message.payload).map_or(0, |event| event.position));
        }
        positions
    }

    pub async fn streams(&self, positions: Vec<u64>, within: Duration) -> Result<(), String> {
        let streamed = || self.streamed();
        let held = until(within, async || streamed().await == positions).await;
        match held {
            Ok(()) => Ok(()),
            Err(()) => Err(format!("the stream holds {:?}, not {positions:?}", self.streamed().await)),
        }
    }
}

pub struct Relay {
    _relay: Relaying,
    _broker: Option<Arc<Broker>>,
}

pub struct Fed {
    _following: Following,
    pub broker: Arc<Broker>,
}

pub const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Microseconds since 1970.
pub fn now_micros() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_micros()).unwrap()
}

pub async fn until(within: Duration, mut holds: impl AsyncFnMut() -> bool) -> Result<(), ()> {
    let began = Instant::now();
    while !holds().await {
        if began.elapsed() > within {
            return Err(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

pub async fn comes_to(broker: &Broker, wanted: impl Fn(&BrokerState) -> bool) {
    let mut state = broker.watch();
    let came = tokio::time::timeout(Duration::from_secs(20), state.wait_for(|state| wanted(state))).await;
    assert!(came.is_ok_and(|state| state.is_ok()), "the broker stays {:?}", broker.state());
}
