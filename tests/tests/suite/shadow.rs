//! Two toy services that show parked funds and forks: towns pay accounts, each account a fund; a shadow takes in two towns,
//! keeps their sums, and stores something computed from them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jixiao_eventlog::{
    Checkpoint, Context, DeliveryFault, Domain, Done, ExecuteError, InProcessFeed, Lead, Log, Meta, Need,
    Position, Query, ReadError, Source, States, StoredEvent, Voided, event::request_hash, follow,
};
use jixiao_eventlog::{Decoded, Following};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::stores::Place;

/// Accounts whose poison was mended: the upgrade that an operator would make.
static MENDED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Mends the program for an account. Tests run beside each other, so that each has accounts of its own.
pub fn mend(account: &str) {
    MENDED.lock().unwrap_or_else(PoisonError::into_inner).insert(account.to_owned());
}

fn is_mended(accounts: &[String]) -> bool {
    let mended = MENDED.lock().unwrap_or_else(PoisonError::into_inner);
    // What names nobody is mended under this name.
    accounts.iter().any(|account| mended.contains(account))
        || (accounts.is_empty() && mended.contains("nobody"))
}

/// What the shadow does with a payment; all but the first are poison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Plain,
    Unreadable,
    DeliveryPanics,
    NeedsPanic,
    DecidePanics,
    KeysPanic,
    FoldPanics,
    Refused,
    TooLarge,
    Nothing,
    /// PostgreSQL refuses its key, which fits no index; others keep it.
    LongKey,
}

pub const POISON: [Kind; 9] = [
    Kind::Unreadable,
    Kind::DeliveryPanics,
    Kind::NeedsPanic,
    Kind::DecidePanics,
    Kind::KeysPanic,
    Kind::FoldPanics,
    Kind::Refused,
    Kind::TooLarge,
    Kind::Nothing,
];

/// What a town does: one payment to each of some accounts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Paid {
    Paid { accounts: Vec<String>, amount: u64, kind: Kind },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("there is too little, or it is poison")]
pub struct No;

/// A town; each number is a log of its own.
#[derive(Debug)]
pub struct Town<const N: usize>;

impl<const N: usize> Domain for Town<N> {
    type Command = Paid;
    type Event = Paid;
    type State = u64;
    type Refusal = No;

    const LOG: &'static str = if N == 0 { "town" } else { "village" };
    const FOLD_VERSION: u32 = 1;

    fn needs(_: &Paid, _: &States<'_, u64>) -> Vec<Need> {
        vec![]
    }

    fn decide(_: &States<'_, u64>, command: &Paid) -> Result<Vec<Paid>, No> {
        Ok(vec![command.clone()])
    }

    fn keys(event: &Paid) -> Vec<String> {
        let Paid::Paid { accounts, .. } = event;
        accounts.iter().map(|account| format!("account/{account}")).collect()
    }

    fn evolve(_: &str, state: &mut Option<u64>, event: &Paid, _: &Meta) {
        let Paid::Paid { amount, .. } = event;
        *state = Some(state.unwrap_or_default() + amount);
    }

    fn event_type(_: &Paid) -> &'static str {
        "paid"
    }

    fn effective(_: &Paid) -> Option<String> {
        None
    }

    fn approval(_: &Paid) -> Option<String> {
        None
    }
}

/// Takes in both towns.
#[derive(Debug)]
pub struct Shadow;

#[derive(Debug, Clone)]
pub enum ShadowCommand {
    TakeIn {
        source: Checkpoint,
        accounts: Vec<String>,
        amount: u64,
        kind: Kind,
    },
    Spend {
        account: String,
        amount: u64,
    },
    /// Computes what is stored about an account anew.
    Recompute {
        account: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ShadowEvent {
    TakenIn {
        source: Checkpoint,
        accounts: Vec<String>,
        amount: u64,
        kind: Kind,
        text: String,
    },
    Spent {
        account: String,
        amount: u64,
    },
    /// Stored as a value, not as a difference: like an evaluation.
    Doubled {
        account: String,
        doubled: u64,
    },
}

/// The start of the accounts for which nothing can be computed anew before they are mended.
pub const STUCK: &str = "stuck-";

fn copy_key(account: &str) -> String {
    format!("copy/{account}")
}

/// Longer than an index of PostgreSQL takes, even compressed.
pub fn long_key() -> String {
    (0_u8..100).map(|n| request_hash(&[n])).collect()
}

fn double_key(account: &str) -> String {
    format!("double/{account}")
}

fn poison(kind: Kind, here: Kind, accounts: &[String]) -> bool {
    kind == here && !is_mended(accounts)
}

impl Domain for Shadow {
    type Command = ShadowCommand;
    type Event = ShadowEvent;
    type State = u64;
    type Refusal = No;

    const LOG: &'static str = "shadow";
    const FOLD_VERSION: u32 = 1;
    const SOURCES: &'static [&'static str] = &["town", "village"];

    fn needs(command: &ShadowCommand, _: &States<'_, u64>) -> Vec<Need> {
        let of = |account: &str| [copy_key(account), double_key(account)].map(Need::Key);
        match command {
            ShadowCommand::TakeIn { accounts, kind, .. } => {
                assert!(!poison(*kind, Kind::NeedsPanic, accounts), "needs, as asked");
                accounts.iter().flat_map(|account| of(account)).collect()
            }
            ShadowCommand::Spend { account, .. } | ShadowCommand::Recompute { account } => of(account).into(),
        }
    }

    fn decide(states: &States<'_, u64>, command: &ShadowCommand) -> Result<Vec<ShadowEvent>, No> {
        let held = |account: &str| states.get(&copy_key(account)).copied().unwrap_or_default();
        match command.clone() {
            ShadowCommand::TakeIn { source, accounts, amount, kind } => {
                assert!(!poison(kind, Kind::DecidePanics, &accounts), "decide, as asked");
                if poison(kind, Kind::Refused, &accounts) {
                    return Err(No);
                }
                if poison(kind, Kind::Nothing, &accounts) {
                    return Ok(vec![]);
                }
                let bytes = if poison(kind, Kind::TooLarge, &accounts) { 300_000 } else { 0 };
                let doubled = accounts.iter().map(|account| ShadowEvent::Doubled {
                    account: account.clone(),
                    doubled: 2 * (held(account) + amount),
                });
                let doubled: Vec<_> = doubled.collect();
                let taken = ShadowEvent::TakenIn { source, accounts, amount, kind, text: "x".repeat(bytes) };
                Ok(std::iter::once(taken).chain(doubled).collect())
            }
            ShadowCommand::Spend { account, amount } => {
                if held(&account) < amount {
                    return Err(No);
                }
                let doubled = 2 * (held(&account) - amount);
                Ok(vec![
                    ShadowEvent::Spent { account: account.clone(), amount },
                    ShadowEvent::Doubled { account, doubled },
                ])
            }
            ShadowCommand::Recompute { account } => {
                if account.starts_with(STUCK) && !is_mended(std::slice::from_ref(&account)) {
                    return Err(No);
                }
                let doubled = 2 * held(&account);
                Ok(vec![ShadowEvent::Doubled { account, doubled }])
            }
        }
    }

    fn keys(event: &ShadowEvent) -> Vec<String> {
        match event {
            ShadowEvent::TakenIn { accounts, kind, .. } => {
                assert!(!poison(*kind, Kind::KeysPanic, accounts), "keys, as asked");
                let long = *kind == Kind::LongKey && (accounts.is_empty() || !is_mended(accounts));
                accounts.iter().map(|account| copy_key(account)).chain(long.then(long_key)).collect()
            }
            ShadowEvent::Spent { account, .. } => vec![copy_key(account)],
            ShadowEvent::Doubled { account, .. } => vec![double_key(account)],
        }
    }

    fn evolve(_: &str, state: &mut Option<u64>, event: &ShadowEvent, _: &Meta) {
        match event {
            ShadowEvent::TakenIn { accounts, amount, kind, .. } => {
                assert!(!poison(*kind, Kind::FoldPanics, accounts), "a fold, as asked");
                *state = Some(state.unwrap_or_default() + amount);
            }
            ShadowEvent::Spent { amount, .. } => {
                *state = Some(state.unwrap_or_default().saturating_sub(*amount));
            }
            ShadowEvent::Doubled { doubled, .. } => *state = Some(*doubled),
        }
    }

    fn event_type(event: &ShadowEvent) -> &'static str {
        match event {
            ShadowEvent::TakenIn { .. } => "taken_in",
            ShadowEvent::Spent { .. } => "spent",
            ShadowEvent::Doubled { .. } => "doubled",
        }
    }

    fn effective(_: &ShadowEvent) -> Option<String> {
        None
    }

    fn approval(_: &ShadowEvent) -> Option<String> {
        None
    }

    fn delivery(event: &StoredEvent) -> Result<ShadowCommand, DeliveryFault> {
        let Ok(Paid::Paid { accounts, amount, kind }) = serde_json::from_str(&event.payload) else {
            let (log, event_type) = (event.log.clone(), event.event_type.clone());
            return Err(DeliveryFault::UnknownType { log, event_type });
        };
        assert!(!poison(kind, Kind::DeliveryPanics, &accounts), "delivery, as asked");
        if poison(kind, Kind::Unreadable, &accounts) {
            let (log, position) = (event.log.clone(), event.position);
            return Err(DeliveryFault::Unreadable { log, position, reason: "as asked".into() });
        }
        let source =
            Checkpoint { log: event.log.clone(), position: event.position, hash: event.hash.clone() };
        Ok(ShadowCommand::TakeIn { source, accounts, amount, kind })
    }

    fn checkpoint(event: &ShadowEvent) -> Option<Checkpoint> {
        match event {
            ShadowEvent::TakenIn { source, .. } => Some(source.clone()),
            ShadowEvent::Spent { .. } | ShadowEvent::Doubled { .. } => None,
        }
    }

    fn recompute(fund: &str, _: &Voided<'_>) -> Option<ShadowCommand> {
        Some(ShadowCommand::Recompute { account: fund.to_owned() })
    }
}

pub fn context(request_id: &str) -> Context {
    Context {
        request_id: request_id.to_owned(),
        request_hash: request_hash(request_id.as_bytes()),
        actor: "tester".to_owned(),
        causation: None,
        correlation: None,
        trace: None,
    }
}

/// Has a town pay.
pub async fn pay<const N: usize>(
    town: &Log<Town<N>>,
    request_id: &str,
    accounts: &[&str],
    amount: u64,
    kind: Kind,
) -> Done {
    let accounts = accounts.iter().map(ToString::to_string).collect();
    town.execute(Paid::Paid { accounts, amount, kind }, context(request_id)).await.unwrap()
}

pub async fn spend(
    shadow: &Log<Shadow>,
    request_id: &str,
    account: &str,
    amount: u64,
) -> Result<Done, ExecuteError<No>> {
    let command = ShadowCommand::Spend { account: account.to_owned(), amount };
    shadow.execute(command, context(request_id)).await
}

/// Follows one source, as the replica that leads. The lead is of a store of its own: others may follow beside it.
pub struct Follows {
    _following: Following,
    _store: Place,
}

pub async fn following(shadow: &Arc<Log<Shadow>>, source: Arc<dyn Source>) -> Follows {
    let store = Place::sqlite();
    let lead = Lead::start(Shadow::LOG, store.store::<Shadow>().await);
    until("the lead is taken", || async { lead.is_held() }).await;
    Follows { _following: follow(Arc::clone(shadow), InProcessFeed::new(source), lead), _store: store }
}

/// Waits until something holds.
pub async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "never came: {what}");
}

/// Waits until the shadow has come to a source's end.
pub async fn settled(shadow: &Log<Shadow>, source: &dyn Source) {
    let head = source.head().await.unwrap();
    until(&format!("{} up to {}", head.log, head.position), || async {
        shadow.checkpoint(source.name()).await.unwrap() == head
    })
    .await;
}

/// What an account holds and what is computed from it, as a reader sees it.
pub async fn seen(shadow: &Log<Shadow>, account: &str) -> Result<(u64, u64), ReadError> {
    let (copy, double) = (copy_key(account), double_key(account));
    let states = shadow.read(Query::new().key(&copy).key(&double)).await?;
    let state = |key: &str| states.get(key).copied().unwrap_or_default();
    Ok((state(&copy), state(&double)))
}

/// All states of the domain.
pub async fn all(shadow: &Log<Shadow>) -> Vec<Vec<(String, u64)>> {
    let query = Query::new().page("copy/", None, 10_000).page("double/", None, 10_000);
    shadow.read(query).await.unwrap().pages.into_iter().map(|page| page.rows).collect()
}

/// Every event of a log.
pub async fn events(log: &dyn Source) -> Vec<StoredEvent> {
    let mut found = Vec::new();
    let mut after = Position::beginning(log.name());
    loop {
        let (page, _) = log.read_after(&after, 1_000).await.unwrap();
        let Some(last) = page.last() else { return found };
        after = Position::after(last);
        found.extend(page);
    }
}

/// The places of the sources whose intakes were applied, in the order in which they were.
pub async fn applied(shadow: &Log<Shadow>) -> Vec<(String, u64)> {
    let place = |event: &StoredEvent| match event.decode().unwrap() {
        Decoded::Domain(ShadowEvent::TakenIn { source, .. }) => Some((source.log, source.position)),
        _ => None,
    };
    events(shadow).await.iter().filter_map(place).collect()
}

/// A source at an address: what stands behind it changes when its database is restored.
pub struct Address {
    source: Mutex<Arc<dyn Source>>,
}

impl Address {
    pub fn of(source: Arc<dyn Source>) -> Arc<Self> {
        Arc::new(Self { source: Mutex::new(source) })
    }

    pub fn now(&self) -> Arc<dyn Source> {
        Arc::clone(&self.source.lock().unwrap())
    }

    pub fn becomes(&self, source: Arc<dyn Source>) {
        *self.source.lock().unwrap() = source;
    }
}

#[async_trait]
impl Source for Address {
    fn name(&self) -> &'static str {
        self.now().name()
    }

    async fn head(&self) -> Result<Position, ReadError> {
        self.now().head().await
    }

    async fn read_after(
        &self,
        after: &Position,
        limit: usize,
    ) -> Result<(Vec<StoredEvent>, Position), ReadError> {
        self.now().read_after(after, limit).await
    }

    fn wakes(&self) -> watch::Receiver<u64> {
        self.now().wakes()
    }
}

/// A database as it was when a log held so many events: the same bytes.
pub async fn older<D: Domain>(log: &Log<D>, count: u64) -> (Place, Arc<Log<D>>) {
    let mut events = events(log).await;
    events.truncate(usize::try_from(count).unwrap());
    // Of the same kind it need not be: rows are rows.
    let place = Place::sqlite();
    let store = place.store::<D>().await;
    let (mut tx, head) = store.begin().await.unwrap();
    tx.append(&events).await.unwrap();
    let last = events.last().unwrap();
    let (position, hash, recorded_time) = (last.position, last.hash.clone(), last.recorded_time);
    let moved = jixiao_eventlog::store::Head { position, hash, recorded_time, ..head };
    tx.move_head(&moved).await.unwrap();
    tx.commit().await.unwrap();
    jixiao_eventlog::rebuild::<D>(&store).await.unwrap();
    let log = place.log::<D>().await;
    (place, log)
}
