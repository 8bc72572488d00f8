//! The log's own events, next to those of its domain: what was parked, held, passed, resumed and voided.
//!
//! Their types begin with `log_`, their states are documents of the log's own: `feed/<source>` says how far a source was
//! taken in, `parked/<fund>` why a fund stands still.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::domain::Checkpoint;
use crate::event::{GENESIS, StoredEvent};
use crate::position::Position;
use crate::store::{Side, StateRow, StoreError, StoreTx};

/// The start of the types of the log's own events.
const OWN: &str = "log_";

/// The start of the keys of parked funds.
pub(crate) const PARKED: &str = "parked/";

/// Parked funds read at once.
const PAGE: u32 = 1_000;

/// Why a fund is parked by an event that is only held: the one that parked it was voided.
const STILL_HELD: &str = "it was held while the fund was parked, and what had parked it is void";

/// What happened to the log itself. Stored for good: add variants, never change one.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::VariantNames, strum::IntoStaticStr,
)]
#[serde(tag = "type", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LogEvent {
    /// An event of a source could not be taken in. Its feed goes on; the funds that it names stand still until a retry.
    LogFundParked {
        /// The event.
        source: SourceRef,
        /// The funds that stand still from here on, by id; some may have stood still before.
        funds: Vec<String>,
        /// What went wrong.
        reason: String,
    },
    /// A later event of a source names parked funds. It waits with them.
    LogIntakeHeld {
        /// The event.
        source: SourceRef,
        /// The funds that it names, all of them parked.
        funds: Vec<String>,
    },
    /// An event of a source that is about that log itself. Nothing in it is for anybody else.
    LogIntakePassed {
        /// The event.
        source: SourceRef,
    },
    /// Everything that waited for these funds was taken in, in this same commit.
    LogFundResumed {
        /// The funds.
        funds: Vec<String>,
        /// How many events were taken in.
        applied: u64,
    },
    /// A source no longer holds what was taken in of it after a place. Those intakes, and what followed from them in the
    /// same commits, no longer count; they stay in the log.
    LogFeedVoided {
        /// The source's log.
        log: String,
        /// The last place that both histories share; taken in anew from there.
        after: Place,
        /// The last place that was taken in.
        until: Place,
        /// The funds that the voided intakes touch, by id: the first 1000.
        funds: Vec<String>,
        /// How many there are.
        fund_count: u64,
        /// Positions of this log's events that clients' commands appended for those funds after the first voided intake:
        /// the first 1000. They stand; somebody has to look at them.
        decided_on_voided: Vec<u64>,
        /// How many there are.
        decided_on_voided_count: u64,
    },
}

/// A place in a log that is named beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The position, from 1; 0 before the first event.
    pub position: u64,
    /// The hash there.
    pub hash: String,
}

/// An event of a source, enough to find it, prove it and read it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceRef {
    /// The log that holds it.
    pub log: String,
    /// Its position there, from 1.
    pub position: u64,
    /// Its id, a UUID.
    pub id: String,
    /// Its hash.
    pub hash: String,
    /// The hash of the event before it.
    pub previous_hash: String,
    /// Its type.
    pub event_type: String,
    /// When its own log recorded it: microseconds since 1970 UTC.
    pub recorded_time: i64,
}

impl SourceRef {
    /// Of an event of another log.
    pub fn of(event: &StoredEvent) -> Self {
        Self {
            log: event.log.clone(),
            position: event.position,
            id: event.id.clone(),
            hash: event.hash.clone(),
            previous_hash: event.previous_hash.clone(),
            event_type: event.event_type.clone(),
            recorded_time: event.recorded_time,
        }
    }

    pub(crate) fn checkpoint(&self) -> Checkpoint {
        Checkpoint { log: self.log.clone(), position: self.position, hash: self.hash.clone() }
    }
}

/// An event of the domain, or one of the log's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decoded<E> {
    /// Of the domain.
    Domain(E),
    /// Of the log.
    Log(LogEvent),
}

impl StoredEvent {
    /// Whether it is one of the log's own events.
    pub fn is_of_the_log(&self) -> bool {
        self.event_type.starts_with(OWN)
    }

    /// Reads the payload: the one way to read a stored event.
    ///
    /// # Errors
    ///
    /// The payload is not of its type.
    pub fn decode<E: DeserializeOwned>(&self) -> Result<Decoded<E>, serde_json::Error> {
        if self.is_of_the_log() {
            serde_json::from_str(&self.payload).map(Decoded::Log)
        } else {
            serde_json::from_str(&self.payload).map(Decoded::Domain)
        }
    }
}

impl LogEvent {
    /// The type as stored.
    pub fn event_type(&self) -> &'static str {
        self.into()
    }

    /// The event of a source that it is about, if it took one in.
    pub(crate) fn source(&self) -> Option<&SourceRef> {
        match self {
            Self::LogFundParked { source, .. }
            | Self::LogIntakeHeld { source, .. }
            | Self::LogIntakePassed { source } => Some(source),
            Self::LogFundResumed { .. } | Self::LogFeedVoided { .. } => None,
        }
    }

    /// The keys whose state or history it belongs to.
    pub(crate) fn keys(&self) -> Vec<String> {
        let parked = |funds: &[String]| funds.iter().map(|fund| parked_key(fund)).collect::<Vec<_>>();
        match self {
            Self::LogFundParked { source, funds, .. } | Self::LogIntakeHeld { source, funds } => {
                let mut keys = parked(funds);
                keys.push(feed_key(&source.log));
                keys
            }
            Self::LogIntakePassed { source } => vec![feed_key(&source.log)],
            Self::LogFundResumed { funds, .. } => parked(funds),
            Self::LogFeedVoided { log, .. } => vec![feed_key(log), void_key(log)],
        }
    }

    /// Where it leaves its feed, if it is an intake.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        match self {
            Self::LogFundParked { source, .. }
            | Self::LogIntakeHeld { source, .. }
            | Self::LogIntakePassed { source } => Some(source.checkpoint()),
            Self::LogFundResumed { .. } | Self::LogFeedVoided { .. } => None,
        }
    }
}

/// Why a fund stands still, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedFund {
    /// The fund, by id.
    pub fund: String,
    /// The event that could not be taken in.
    pub source: SourceRef,
    /// What went wrong.
    pub reason: String,
    /// When it was parked: microseconds since 1970 UTC.
    pub since: i64,
    /// The position of this log's event that says so.
    pub first: u64,
    /// The position of this log's last event that holds something back for it.
    pub last: u64,
    /// How many events of sources wait, that one included.
    pub waiting: u64,
    /// Other funds that the waiting events name: they are retried together.
    pub with: BTreeSet<String>,
}

impl std::fmt::Display for ParkedFund {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let SourceRef { log, position, event_type, id, .. } = &self.source;
        let fund = &self.fund;
        write!(
            f,
            "fund {fund} is parked: event {position} of the {log} log ({event_type}, {id}) could not be taken in; \
             see `jixiao parked show {fund}`"
        )
    }
}

impl ParkedFund {
    /// The same as [`std::fmt::Display`], in Chinese.
    pub fn zh(&self) -> String {
        let SourceRef { log, position, event_type, id, .. } = &self.source;
        let fund = &self.fund;
        format!(
            "专项资金 {fund} 已暂停处理：{log} 日志的第 {position} 个事件（{event_type}，{id}）无法接收；\
             详情请运行 `jixiao parked show {fund}`。"
        )
    }
}

/// How far a source was taken in, and which of its intakes no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FeedState {
    #[serde(flatten)]
    pub(crate) checkpoint: Checkpoint,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) voids: Vec<Void>,
}

/// The intakes of a feed after a place that were recorded before a position of this log: void.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Void {
    /// The position of this log's event that voids them.
    pub(crate) at: u64,
    /// The source's position after which they are void.
    pub(crate) after: u64,
}

impl FeedState {
    pub(crate) fn beginning(log: &str) -> Self {
        let checkpoint = Checkpoint { log: log.to_owned(), position: 0, hash: GENESIS.to_owned() };
        Self { checkpoint, voids: Vec::new() }
    }

    pub(crate) fn place(&self) -> Position {
        let Checkpoint { log, position, hash } = self.checkpoint.clone();
        Position { log, position, hash }
    }

    /// Which of its intakes no longer count.
    pub(crate) fn own_voids(&self) -> Voids {
        let mut voids = Voids::default();
        voids.extend(self);
        voids
    }

    /// The request id by which an event of this feed is taken in now. After a void an event that was taken in before
    /// comes anew, so that it has another one.
    pub(crate) fn delivery_id(&self, source: &Position) -> String {
        delivery_id(source, self.voids.len())
    }

    /// The request ids by which an event of this feed may have been taken in so that it still counts.
    pub(crate) fn counting_ids(&self, source: &Position) -> Vec<String> {
        let voided = self.voids.iter().rposition(|void| void.after < source.position);
        let first = voided.map_or(0, |last| last + 1);
        (first..=self.voids.len()).map(|voids| delivery_id(source, voids)).collect()
    }
}

fn delivery_id(source: &Position, voids: usize) -> String {
    let Position { log, position, hash } = source;
    match voids {
        0 => format!("{log}@{position}@{hash}"),
        _ => format!("{log}@{position}@{hash}@{voids}"),
    }
}

/// The end of the request id by which an event that was held is taken in at last.
const RETRIED: &str = "@retried";

/// The request id by which an event that was held is taken in at last.
pub(crate) fn retried_id(delivery_id: &str) -> String {
    format!("{delivery_id}{RETRIED}")
}

/// The place that an intake moved its feed to, by its request id; `None` for any other request.
pub(crate) fn moved_to(request_id: &str) -> Option<Position> {
    let (log, position) = delivered(request_id)?;
    let hash = request_id.split('@').nth(2)?;
    let place = Position { log: log.to_owned(), position, hash: hash.to_owned() };
    (!request_id.ends_with(RETRIED)).then_some(place)
}

/// The source and position that a delivery's request id names; `None` for any other request. Clients' ids hold no @.
pub(crate) fn delivered(request_id: &str) -> Option<(&str, u64)> {
    let mut parts = request_id.splitn(4, '@');
    let (log, position, hash) = (parts.next()?, parts.next()?, parts.next()?);
    if hash.len() == GENESIS.len() { Some((log, position.parse().ok()?)) } else { None }
}

/// Which rows of a log no longer count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Voids(Vec<(String, Void)>);

impl Voids {
    /// Notes what one more event of the log says; whether that is news.
    pub fn note(&mut self, row: &StoredEvent) -> bool {
        if row.is_of_the_log()
            && let Ok(LogEvent::LogFeedVoided { log, after, .. }) = serde_json::from_str(&row.payload)
        {
            let void = (log, Void { at: row.position, after: after.position });
            let is_new = !self.0.contains(&void);
            self.0.extend(is_new.then_some(void));
            return is_new;
        }
        false
    }

    /// Whether a row no longer counts: a voided intake, or what followed from one.
    pub fn covers(&self, row: &StoredEvent) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some((log, position)) = delivered(&row.request_id) else { return false };
        self.0.iter().any(|(of, void)| of == log && row.position < void.at && position > void.after)
    }

    pub(crate) fn extend(&mut self, feed: &FeedState) {
        feed.voids.iter().for_each(|void| self.add(&feed.checkpoint.log, *void));
    }

    pub(crate) fn add(&mut self, log: &str, void: Void) {
        self.0.push((log.to_owned(), void));
    }

    /// All that the log says, for a fold that starts at its beginning.
    pub(crate) async fn read(tx: &mut dyn StoreTx, sources: &[&str]) -> Result<Self, StoreError> {
        let mut voids = Self::default();
        for source in sources {
            let key = void_key(source);
            let mut side = Side::After(0);
            loop {
                let page = tx.history(&key, side, PAGE).await?;
                let Some(last) = page.last() else { break };
                side = side.beyond(last);
                for row in &page {
                    voids.note(row);
                }
            }
        }
        Ok(voids)
    }
}

/// The states of the log's own events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct OwnStates {
    pub(crate) feeds: BTreeMap<String, FeedState>,
    pub(crate) parked: BTreeMap<String, ParkedFund>,
}

impl OwnStates {
    /// As a generation of states has them.
    pub(crate) async fn load(
        tx: &mut dyn StoreTx,
        generation: u64,
        sources: &[&str],
    ) -> Result<Self, StoreError> {
        let mut own = Self::default();
        if sources.is_empty() {
            return Ok(own);
        }
        for source in sources {
            let feed = feed_in(tx, generation, source).await?;
            own.feeds.insert((*source).to_owned(), feed);
        }
        let mut after = String::new();
        loop {
            let page = tx.page(generation, PARKED, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(own) };
            after.clone_from(&last.key);
            for row in &page {
                if let Some(parked) = read_parked(row)? {
                    own.parked.insert(parked.fund.clone(), parked);
                }
            }
        }
    }

    /// The feed of a source.
    pub(crate) fn feed(&self, source: &str) -> FeedState {
        self.feeds.get(source).cloned().unwrap_or_else(|| FeedState::beginning(source))
    }

    /// The first parked fund among some.
    pub(crate) fn parked_of<'f>(&self, funds: impl IntoIterator<Item = &'f String>) -> Option<&ParkedFund> {
        funds.into_iter().find_map(|fund| self.parked.get(fund))
    }

    /// Moves a feed forward; the key that this touches. An intake that was held and is retried moves nothing.
    pub(crate) fn intake(&mut self, checkpoint: &Checkpoint) -> Option<String> {
        let log = &checkpoint.log;
        let feed = self.feeds.entry(log.clone()).or_insert_with(|| FeedState::beginning(log));
        if checkpoint.position <= feed.checkpoint.position {
            return None;
        }
        feed.checkpoint.clone_from(checkpoint);
        Some(feed_key(log))
    }

    /// Folds an event of the log's own; the keys that it touches.
    pub(crate) fn fold(&mut self, event: &LogEvent, row: &StoredEvent) -> Vec<String> {
        match event {
            LogEvent::LogFundParked { source, funds, reason } => self.hold(source, funds, reason, row),
            LogEvent::LogIntakeHeld { source, funds } => self.hold(source, funds, STILL_HELD, row),
            LogEvent::LogIntakePassed { source } => self.intake(&source.checkpoint()).into_iter().collect(),
            LogEvent::LogFundResumed { funds, .. } => {
                self.parked.retain(|fund, _| !funds.contains(fund));
                funds.iter().map(|fund| parked_key(fund)).collect()
            }
            LogEvent::LogFeedVoided { log, after, .. } => {
                let feed = self.feeds.entry(log.clone()).or_insert_with(|| FeedState::beginning(log));
                let Place { position, hash } = after.clone();
                feed.checkpoint = Checkpoint { log: log.clone(), position, hash };
                feed.voids.push(Void { at: row.position, after: position });
                vec![feed_key(log)]
            }
        }
    }

    fn hold(&mut self, source: &SourceRef, funds: &[String], reason: &str, row: &StoredEvent) -> Vec<String> {
        let mut touched: Vec<String> = self.intake(&source.checkpoint()).into_iter().collect();
        for fund in funds {
            let parked = self.parked.entry(fund.clone()).or_insert_with(|| ParkedFund {
                fund: fund.clone(),
                source: source.clone(),
                reason: reason.to_owned(),
                since: row.recorded_time,
                first: row.position,
                last: row.position,
                waiting: 0,
                with: BTreeSet::new(),
            });
            parked.waiting += 1;
            parked.last = row.position;
            parked.with.extend(funds.iter().filter(|other| *other != fund).cloned());
            touched.push(parked_key(fund));
        }
        touched
    }

    /// A state as stored; `None` for a key that is not the log's own.
    pub(crate) fn row(&self, key: &str) -> Result<Option<StateRow>, StoreError> {
        let json = |state: Result<String, serde_json::Error>| state.map_err(|error| corrupt(key, &error));
        let (position, state) =
            if let Some(feed) = key.strip_prefix("feed/").and_then(|log| self.feeds.get(log)) {
                (feed.checkpoint.position, json(serde_json::to_string(feed))?)
            } else if let Some(fund) = key.strip_prefix(PARKED) {
                let parked = self.parked.get(fund);
                (parked.map_or(0, |parked| parked.last), json(serde_json::to_string(&parked))?)
            } else {
                return Ok(None);
            };
        Ok(Some(StateRow { key: key.to_owned(), position, state }))
    }
}

/// The key of a feed's checkpoint.
pub(crate) fn feed_key(source: &str) -> String {
    format!("feed/{source}")
}

/// The key of a feed's voids: a history without a state.
pub(crate) fn void_key(source: &str) -> String {
    format!("void/{source}")
}

/// The key of a parked fund.
pub(crate) fn parked_key(fund: &str) -> String {
    format!("{PARKED}{fund}")
}

pub(crate) fn corrupt(key: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("the state {key} does not read: {error}"))
}

/// Reads the row of a parked fund; `None` for one that was resumed.
pub(crate) fn read_parked(row: &StateRow) -> Result<Option<ParkedFund>, StoreError> {
    serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, &error))
}

/// The parked ones among some funds.
pub(crate) async fn parked_in(
    tx: &mut dyn StoreTx,
    generation: u64,
    funds: &BTreeSet<&str>,
) -> Result<Vec<ParkedFund>, StoreError> {
    if funds.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<_> = funds.iter().map(|fund| parked_key(fund)).collect();
    let mut rows = tx.states(generation, &keys).await?;
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    rows.iter().filter_map(|row| read_parked(row).transpose()).collect()
}

/// How far a source was taken in, as a transaction sees it.
pub(crate) async fn feed_in(
    tx: &mut dyn StoreTx,
    generation: u64,
    source: &str,
) -> Result<FeedState, StoreError> {
    match tx.states(generation, &[feed_key(source)]).await?.pop() {
        None => Ok(FeedState::beginning(source)),
        Some(row) => serde_json::from_str(&row.state).map_err(|error| corrupt(&row.key, &error)),
    }
}
