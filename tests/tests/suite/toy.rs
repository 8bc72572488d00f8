//! Two toy services, so that the log is tested apart from any real one: a bank with a hard stop, and a mirror that takes
//! the bank's events in.

use jixiao_eventlog::{
    Checkpoint, Context, DeliveryFault, Domain, Done, ExecuteError, Log, Meta, Need, Query, States,
    StoredEvent, event::request_hash,
};
use serde::{Deserialize, Serialize};

/// A command of the bank.
#[derive(Debug, Clone)]
pub enum Command {
    Deposit {
        account: String,
        amount: u64,
    },
    Withdraw {
        account: String,
        amount: u64,
    },
    /// Moves everything under a prefix: needs the whole of it.
    Sweep {
        prefix: String,
        into: String,
    },
    /// An event with so many bytes of text.
    Note {
        text: String,
    },
    /// Panics in one of the rules.
    Panic(Rule),
}

/// A place where the bank's rules panic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    Needs,
    Decide,
    Keys,
    Fold,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Deposited { account: String, amount: u64 },
    Withdrawn { account: String, amount: u64 },
    Noted { text: String },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("{account} holds {balance}")]
    TooLittle { account: String, balance: u64 },
}

/// A note that makes the rules panic.
const PANICS: &str = "panics";

/// A note whose fold panics.
const FOLD_PANICS: &str = "panics when it is folded";

#[derive(Debug)]
pub struct Bank;

fn balance(states: &States<'_, u64>, account: &str) -> u64 {
    states.get(&format!("account/{account}")).copied().unwrap_or_default()
}

impl Domain for Bank {
    type Command = Command;
    type Event = Event;
    type State = u64;
    type Refusal = Refusal;

    const LOG: &'static str = "bank";
    const FOLD_VERSION: u32 = 1;

    fn needs(command: &Command, _: &States<'_, u64>) -> Vec<Need> {
        match command {
            Command::Deposit { account, .. } | Command::Withdraw { account, .. } => {
                vec![Need::Key(format!("account/{account}"))]
            }
            Command::Sweep { prefix, into } => {
                vec![Need::Prefix(format!("account/{prefix}")), Need::Key(format!("account/{into}"))]
            }
            Command::Panic(Rule::Needs) => panic!("as asked"),
            Command::Note { .. } | Command::Panic(_) => vec![],
        }
    }

    fn decide(states: &States<'_, u64>, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command.clone() {
            Command::Deposit { account, amount } => Ok(vec![Event::Deposited { account, amount }]),
            Command::Withdraw { account, amount } => {
                let balance = balance(states, &account);
                if balance < amount {
                    return Err(Refusal::TooLittle { account, balance });
                }
                Ok(vec![Event::Withdrawn { account, amount }])
            }
            Command::Sweep { prefix, into } => {
                let prefix = format!("account/{prefix}");
                let mut events = Vec::new();
                let mut total = 0;
                for (key, amount) in states.prefix(&prefix).filter(|(_, amount)| **amount > 0) {
                    let account = key["account/".len()..].to_owned();
                    events.push(Event::Withdrawn { account, amount: *amount });
                    total += amount;
                }
                events.push(Event::Deposited { account: into, amount: total });
                Ok(events)
            }
            Command::Note { text } => Ok(vec![Event::Noted { text }]),
            Command::Panic(Rule::Decide) => panic!("as asked"),
            Command::Panic(Rule::Needs) => Ok(vec![Event::Noted { text: "unseen".into() }]),
            Command::Panic(Rule::Fold) => Ok(vec![Event::Noted { text: FOLD_PANICS.into() }]),
            Command::Panic(Rule::Keys) => Ok(vec![Event::Noted { text: PANICS.into() }]),
        }
    }

    fn keys(event: &Event) -> Vec<String> {
        match event {
            Event::Deposited { account, .. } | Event::Withdrawn { account, .. } => {
                vec![format!("account/{account}")]
            }
            Event::Noted { text } if text == PANICS => panic!("as asked"),
            Event::Noted { text } if text == FOLD_PANICS => vec!["account/folds".into()],
            Event::Noted { .. } => vec![],
        }
    }

    fn evolve(_: &str, state: &mut Option<u64>, event: &Event, _: &Meta) {
        let balance = state.unwrap_or_default();
        match event {
            Event::Deposited { amount, .. } => *state = Some(balance + amount),
            Event::Withdrawn { amount, .. } => *state = Some(balance.saturating_sub(*amount)),
            Event::Noted { text } if text == FOLD_PANICS => panic!("as asked"),
            Event::Noted { .. } => {}
        }
    }

    fn event_type(event: &Event) -> &'static str {
        match event {
            Event::Deposited { .. } => "deposited",
            Event::Withdrawn { .. } => "withdrawn",
            Event::Noted { .. } => "noted",
        }
    }

    fn effective(_: &Event) -> Option<String> {
        None
    }

    fn approval(_: &Event) -> Option<String> {
        None
    }
}

/// The bank after an upgrade: each movement of money now also counts towards the turnover.
#[derive(Debug)]
pub struct UpgradedBank;

impl Domain for UpgradedBank {
    type Command = Command;
    type Event = Event;
    type State = u64;
    type Refusal = Refusal;

    const LOG: &'static str = Bank::LOG;
    const FOLD_VERSION: u32 = Bank::FOLD_VERSION + 1;

    fn needs(command: &Command, states: &States<'_, u64>) -> Vec<Need> {
        Bank::needs(command, states)
    }

    fn decide(states: &States<'_, u64>, command: &Command) -> Result<Vec<Event>, Refusal> {
        Bank::decide(states, command)
    }

    fn keys(event: &Event) -> Vec<String> {
        let mut keys = Bank::keys(event);
        keys.push("turnover".into());
        keys
    }

    fn evolve(key: &str, state: &mut Option<u64>, event: &Event, meta: &Meta) {
        match event {
            Event::Deposited { amount, .. } | Event::Withdrawn { amount, .. } if key == "turnover" => {
                *state = Some(state.unwrap_or_default() + amount);
            }
            _ => Bank::evolve(key, state, event, meta),
        }
    }

    fn event_type(event: &Event) -> &'static str {
        Bank::event_type(event)
    }

    fn effective(event: &Event) -> Option<String> {
        Bank::effective(event)
    }

    fn approval(event: &Event) -> Option<String> {
        Bank::approval(event)
    }
}

/// Takes the bank's events in and adds up all deposits.
#[derive(Debug)]
pub struct Mirror;

#[derive(Debug, Clone)]
pub struct TakeIn {
    checkpoint: Checkpoint,
    recorded_time: i64,
    event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MirrorEvent {
    TakenIn { checkpoint: Checkpoint, recorded_time: i64, deposited: u64 },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("nothing is refused")]
pub struct Never;

impl Domain for Mirror {
    type Command = TakeIn;
    type Event = MirrorEvent;
    type State = u64;
    type Refusal = Never;

    const LOG: &'static str = "mirror";
    const FOLD_VERSION: u32 = 1;
    const SOURCES: &'static [&'static str] = &["bank"];

    fn needs(_: &TakeIn, _: &States<'_, u64>) -> Vec<Need> {
        vec![Need::Key("total".into())]
    }

    fn decide(_: &States<'_, u64>, command: &TakeIn) -> Result<Vec<MirrorEvent>, Never> {
        let deposited = match &command.event {
            Event::Deposited { amount, .. } => *amount,
            Event::Withdrawn { .. } | Event::Noted { .. } => 0,
        };
        let TakeIn { checkpoint, recorded_time, .. } = command.clone();
        Ok(vec![MirrorEvent::TakenIn { checkpoint, recorded_time, deposited }])
    }

    fn keys(_: &MirrorEvent) -> Vec<String> {
        vec!["total".into()]
    }

    fn evolve(_: &str, state: &mut Option<u64>, event: &MirrorEvent, _: &Meta) {
        let MirrorEvent::TakenIn { deposited, .. } = event;
        *state = Some(state.unwrap_or_default() + deposited);
    }

    fn event_type(_: &MirrorEvent) -> &'static str {
        "taken_in"
    }

    fn effective(_: &MirrorEvent) -> Option<String> {
        None
    }

    fn approval(_: &MirrorEvent) -> Option<String> {
        None
    }

    fn delivery(source: &StoredEvent) -> Result<TakeIn, DeliveryFault> {
        let event = serde_json::from_str(&source.payload).map_err(|_| DeliveryFault::UnknownType {
            log: source.log.clone(),
            event_type: source.event_type.clone(),
        })?;
        let checkpoint =
            Checkpoint { log: source.log.clone(), position: source.position, hash: source.hash.clone() };
        Ok(TakeIn { checkpoint, recorded_time: source.recorded_time, event })
    }

    fn source_time(event: &MirrorEvent) -> Option<i64> {
        let MirrorEvent::TakenIn { recorded_time, .. } = event;
        Some(*recorded_time)
    }

    fn checkpoint(event: &MirrorEvent) -> Option<Checkpoint> {
        let MirrorEvent::TakenIn { checkpoint, .. } = event;
        Some(checkpoint.clone())
    }
}

pub fn context(request_id: &str, content: &str) -> Context {
    Context {
        request_id: request_id.to_owned(),
        request_hash: request_hash(content.as_bytes()),
        actor: "tester".to_owned(),
        causation: None,
        correlation: None,
        trace: None,
    }
}

pub type Answer = Result<Done, ExecuteError<Refusal>>;

pub async fn send(log: &Log<Bank>, request_id: &str, command: Command) -> Answer {
    let content = format!("{command:?}");
    log.execute(command, context(request_id, &content)).await
}

pub async fn deposit(log: &Log<Bank>, request_id: &str, account: &str, amount: u64) -> Answer {
    send(log, request_id, Command::Deposit { account: account.to_owned(), amount }).await
}

pub async fn withdraw(log: &Log<Bank>, request_id: &str, account: &str, amount: u64) -> Answer {
    send(log, request_id, Command::Withdraw { account: account.to_owned(), amount }).await
}

/// The balance as a reader sees it.
pub async fn balance_of(log: &Log<Bank>, account: &str) -> u64 {
    let key = format!("account/{account}");
    let snapshot = log.read(Query::new().key(key.clone())).await.unwrap();
    snapshot.get(&key).copied().unwrap_or_default()
}
