//! The ledger's rules as its log needs them.

use jixiao_eventlog::{Checkpoint, DeliveryFault, Domain, Meta, Need, States, StoredEvent};
use jixiao_events::ledger::{Booking, LedgerEvent};
use jixiao_events::registry::RegistryEvent;
use strum::VariantNames;

use crate::domain::{self, LedgerCommand, LedgerRefusal, State};

/// The ledger: `ledger` is its log, it takes in the registry's.
#[derive(Debug)]
pub struct LedgerDomain;

impl Domain for LedgerDomain {
    type Command = LedgerCommand;
    type Event = LedgerEvent;
    type State = State;
    type Refusal = LedgerRefusal;

    const LOG: &'static str = "ledger";
    const FOLD_VERSION: u32 = 1;
    const SOURCES: &'static [&'static str] = &["registry"];

    fn needs(command: &LedgerCommand, states: &States<'_, State>) -> Vec<Need> {
        domain::needs(command, states)
    }

    fn decide(
        states: &States<'_, State>,
        command: &LedgerCommand,
    ) -> Result<Vec<LedgerEvent>, LedgerRefusal> {
        domain::decide(states, command)
    }

    fn keys(event: &LedgerEvent) -> Vec<String> {
        domain::keys(event)
    }

    fn evolve(key: &str, state: &mut Option<State>, event: &LedgerEvent, meta: &Meta) {
        domain::evolve(key, state, event, meta);
    }

    fn event_type(event: &LedgerEvent) -> &'static str {
        event.into()
    }

    fn effective(event: &LedgerEvent) -> Option<String> {
        match event {
            LedgerEvent::RegistryTakenIn { source, .. } => source.effective.map(|on| on.to_string()),
            other => booking(other).map(|booking| booking.on.to_string()),
        }
    }

    fn approval(event: &LedgerEvent) -> Option<String> {
        booking(event).and_then(|booking| serde_json::to_string(&booking.approval).ok())
    }

    fn delivery(source: &StoredEvent) -> Result<LedgerCommand, DeliveryFault> {
        let event: RegistryEvent = jixiao_edge::read_event(source, RegistryEvent::VARIANTS)?;
        Ok(LedgerCommand::TakeIn { source: jixiao_edge::source_event(source), fact: domain::fact(&event) })
    }

    fn source_time(event: &LedgerEvent) -> Option<i64> {
        match event {
            LedgerEvent::RegistryTakenIn { source, .. } => Some(source.recorded_time),
            _ => None,
        }
    }

    fn checkpoint(event: &LedgerEvent) -> Option<Checkpoint> {
        match event {
            LedgerEvent::RegistryTakenIn { source, .. } => Some(jixiao_edge::checkpoint(source)),
            _ => None,
        }
    }
}

/// What an entry with a date and an approval says; `None` for intakes, explanations and statements.
fn booking(event: &LedgerEvent) -> Option<&Booking> {
    match event {
        LedgerEvent::BudgetApproved(booking)
        | LedgerEvent::BudgetAdjusted { booking, .. }
        | LedgerEvent::BudgetTransferred { booking, .. }
        | LedgerEvent::BudgetSplit { booking, .. }
        | LedgerEvent::BudgetAllocated(booking)
        | LedgerEvent::MoneyCommitted { booking, .. }
        | LedgerEvent::MoneyReceived(booking)
        | LedgerEvent::PaymentRequested { booking, .. }
        | LedgerEvent::PaymentMade { booking, .. }
        | LedgerEvent::MoneyRefunded(booking)
        | LedgerEvent::EntryReversed { booking, .. } => Some(booking),
        LedgerEvent::RegistryTakenIn { .. }
        | LedgerEvent::UnspentExplained { .. }
        | LedgerEvent::MoneyStated { .. } => None,
    }
}
