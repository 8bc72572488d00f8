//! The registry's rules as its log needs them.

use jixiao_eventlog::{Domain, Meta, Need, States};
use jixiao_events::Approval;
use jixiao_events::registry::{RegistryEvent, Statement};

use crate::domain::{self, RegistryCommand, RegistryRefusal, RegistryState};

/// The registry: `registry` is its log, it takes in no other.
#[derive(Debug)]
pub struct RegistryDomain;

impl Domain for RegistryDomain {
    type Command = RegistryCommand;
    type Event = RegistryEvent;
    type State = RegistryState;
    type Refusal = RegistryRefusal;

    const LOG: &'static str = "registry";
    const FOLD_VERSION: u32 = 1;

    fn needs(command: &RegistryCommand, states: &States<'_, RegistryState>) -> Vec<Need> {
        domain::needs(command, states).into_iter().map(Need::Key).collect()
    }

    fn decide(
        states: &States<'_, RegistryState>,
        command: &RegistryCommand,
    ) -> Result<Vec<RegistryEvent>, RegistryRefusal> {
        domain::decide(states, command).map(|event| vec![event])
    }

    fn keys(event: &RegistryEvent) -> Vec<String> {
        domain::keys_of(event)
    }

    fn evolve(key: &str, state: &mut Option<RegistryState>, event: &RegistryEvent, _: &Meta) {
        domain::evolve(key, state, event);
    }

    fn event_type(event: &RegistryEvent) -> &'static str {
        event.into()
    }

    fn effective(event: &RegistryEvent) -> Option<String> {
        domain::effective(event).map(|date| date.to_string())
    }

    fn approval(event: &RegistryEvent) -> Option<String> {
        match event {
            RegistryEvent::StatementRecorded(Statement { approved_by: Some(approver), .. }) => {
                let approval = Approval { approver: Some(approver.clone()), ..Approval::default() };
                serde_json::to_string(&approval).ok()
            }
            _ => None,
        }
    }
}
