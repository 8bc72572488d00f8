//! The services of a simulation: two tills with a hard stop, and an office that takes both in and has a stop of its own.

use jixiao_eventlog::{
    Checkpoint, Context, DeliveryFault, Domain, Meta, Need, States, StoredEvent, event::request_hash,
};
use serde::{Deserialize, Serialize};

/// The names of the tills' logs.
pub const TILLS: [&str; 2] = ["north", "south"];

/// One of the two tills.
#[derive(Debug)]
pub struct Till<const N: usize>;

/// A command to a till.
#[derive(Debug, Clone)]
pub enum Ask {
    Deposit {
        fund: String,
        amount: u64,
    },
    Withdraw {
        fund: String,
        amount: u64,
    },
    Move {
        from: String,
        to: String,
        amount: u64,
    },
    /// Moves all that there is to one fund: as many events as there are others.
    Sweep {
        into: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Change {
    Deposited { fund: String, amount: u64 },
    Withdrawn { fund: String, amount: u64 },
    Moved { from: String, to: String, amount: u64 },
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{fund} has {left}")]
pub struct TooLittle {
    pub fund: String,
    pub left: i64,
}

pub fn key(fund: &str) -> String {
    format!("fund/{fund}")
}

impl Change {
    /// What each fund gains.
    fn gains(&self) -> Vec<(String, i64)> {
        let signed = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        match self {
            Self::Deposited { fund, amount } => vec![(fund.clone(), signed(*amount))],
            Self::Withdrawn { fund, amount } => vec![(fund.clone(), -signed(*amount))],
            Self::Moved { from, to, amount } => {
                vec![(from.clone(), -signed(*amount)), (to.clone(), signed(*amount))]
            }
        }
    }
}

impl<const N: usize> Domain for Till<N> {
    type Command = Ask;
    type Event = Change;
    type State = u64;
    type Refusal = TooLittle;

    const LOG: &'static str = TILLS[N];
    const FOLD_VERSION: u32 = 1;

    fn needs(command: &Ask, _: &States<'_, u64>) -> Vec<Need> {
        match command {
            Ask::Deposit { fund, .. } | Ask::Withdraw { fund, .. } => vec![Need::Key(key(fund))],
            Ask::Move { from, to, .. } => vec![Need::Key(key(from)), Need::Key(key(to))],
            Ask::Sweep { into } => vec![Need::Prefix(key("")), Need::Key(key(into))],
        }
    }

    fn decide(states: &States<'_, u64>, command: &Ask) -> Result<Vec<Change>, TooLittle> {
        let enough = |fund: &str, amount: u64| {
            let left = states.get(&key(fund)).copied().unwrap_or_default();
            let left = i64::try_from(left).unwrap_or(i64::MAX);
            if i64::try_from(amount).is_ok_and(|amount| amount <= left) {
                Ok(())
            } else {
                Err(TooLittle { fund: fund.to_owned(), left })
            }
        };
        Ok(match command.clone() {
            Ask::Deposit { fund, amount } => vec![Change::Deposited { fund, amount }],
            Ask::Withdraw { fund, amount } => {
                enough(&fund, amount)?;
                vec![Change::Withdrawn { fund, amount }]
            }
            Ask::Move { from, to, amount } => {
                enough(&from, amount)?;
                vec![Change::Moved { from, to, amount }]
            }
            Ask::Sweep { into } => {
                let prefix = key("");
                let others = states.prefix(&prefix).filter(|(key, amount)| **amount > 0 && key[5..] != into);
                let mut moved: Vec<Change> = others
                    .map(|(key, amount)| Change::Moved {
                        from: key[5..].to_owned(),
                        to: into.clone(),
                        amount: *amount,
                    })
                    .collect();
                // An accepted command has an event.
                moved.push(Change::Deposited { fund: into, amount: 1 });
                moved
            }
        })
    }

    fn keys(event: &Change) -> Vec<String> {
        event.gains().iter().map(|(fund, _)| key(fund)).collect()
    }

    fn evolve(at: &str, state: &mut Option<u64>, event: &Change, _: &Meta) {
        for (_, gain) in event.gains().iter().filter(|(fund, _)| key(fund) == at) {
            *state = Some(state.unwrap_or_default().saturating_add_signed(*gain));
        }
    }

    fn event_type(event: &Change) -> &'static str {
        match event {
            Change::Deposited { .. } => "deposited",
            Change::Withdrawn { .. } => "withdrawn",
            Change::Moved { .. } => "moved",
        }
    }

    fn effective(_: &Change) -> Option<String> {
        None
    }

    fn approval(_: &Change) -> Option<String> {
        None
    }
}

/// Knows what both tills hold of a fund, and gives it out.
#[derive(Debug)]
pub struct Office;

/// A command to the office.
#[derive(Debug, Clone)]
pub enum OfficeAsk {
    TakeIn { checkpoint: Checkpoint, gains: Vec<(String, i64)> },
    Reserve { fund: String, amount: u64 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OfficeEvent {
    TakenIn { checkpoint: Checkpoint, gains: Vec<(String, i64)> },
    Reserved { fund: String, amount: u64 },
}

/// A fund as the office knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub held: i64,
    pub reserved: i64,
}

impl Domain for Office {
    type Command = OfficeAsk;
    type Event = OfficeEvent;
    type State = Known;
    type Refusal = TooLittle;

    const LOG: &'static str = "office";
    const FOLD_VERSION: u32 = 1;
    const SOURCES: &'static [&'static str] = &TILLS;

    fn needs(command: &OfficeAsk, _: &States<'_, Known>) -> Vec<Need> {
        match command {
            OfficeAsk::TakeIn { gains, .. } => gains.iter().map(|(fund, _)| Need::Key(key(fund))).collect(),
            OfficeAsk::Reserve { fund, .. } => vec![Need::Key(key(fund))],
        }
    }

    fn decide(states: &States<'_, Known>, command: &OfficeAsk) -> Result<Vec<OfficeEvent>, TooLittle> {
        match command.clone() {
            OfficeAsk::TakeIn { checkpoint, gains } => Ok(vec![OfficeEvent::TakenIn { checkpoint, gains }]),
            OfficeAsk::Reserve { fund, amount } => {
                let known = states.get(&key(&fund)).cloned().unwrap_or_default();
                let left = known.held - known.reserved;
                if i64::try_from(amount).is_ok_and(|amount| amount <= left) {
                    Ok(vec![OfficeEvent::Reserved { fund, amount }])
                } else {
                    Err(TooLittle { fund, left })
                }
            }
        }
    }

    fn keys(event: &OfficeEvent) -> Vec<String> {
        match event {
            OfficeEvent::TakenIn { gains, .. } => gains.iter().map(|(fund, _)| key(fund)).collect(),
            OfficeEvent::Reserved { fund, .. } => vec![key(fund)],
        }
    }

    fn evolve(at: &str, state: &mut Option<Known>, event: &OfficeEvent, _: &Meta) {
        let known = state.get_or_insert_default();
        match event {
            OfficeEvent::TakenIn { gains, .. } => {
                known.held +=
                    gains.iter().filter(|(fund, _)| key(fund) == at).map(|(_, gain)| gain).sum::<i64>();
            }
            OfficeEvent::Reserved { amount, .. } => {
                known.reserved += i64::try_from(*amount).unwrap_or(i64::MAX);
            }
        }
    }

    fn event_type(event: &OfficeEvent) -> &'static str {
        match event {
            OfficeEvent::TakenIn { .. } => "taken_in",
            OfficeEvent::Reserved { .. } => "reserved",
        }
    }

    fn effective(_: &OfficeEvent) -> Option<String> {
        None
    }

    fn approval(_: &OfficeEvent) -> Option<String> {
        None
    }

    fn delivery(source: &StoredEvent) -> Result<OfficeAsk, DeliveryFault> {
        let unreadable = |error: serde_json::Error| DeliveryFault::Unreadable {
            log: source.log.clone(),
            position: source.position,
            reason: error.to_string(),
        };
        let change: Change = serde_json::from_str(&source.payload).map_err(unreadable)?;
        let checkpoint =
            Checkpoint { log: source.log.clone(), position: source.position, hash: source.hash.clone() };
        Ok(OfficeAsk::TakeIn { checkpoint, gains: change.gains() })
    }

    fn checkpoint(event: &OfficeEvent) -> Option<Checkpoint> {
        match event {
            OfficeEvent::TakenIn { checkpoint, .. } => Some(checkpoint.clone()),
            OfficeEvent::Reserved { .. } => None,
        }
    }
}

/// What a client says with a command.
pub fn context(request_id: &str, content: &str) -> Context {
    Context {
        request_id: request_id.to_owned(),
        request_hash: request_hash(content.as_bytes()),
        actor: "client".to_owned(),
        causation: None,
        correlation: None,
        trace: None,
    }
}
