//! The rules of targets, bound to their log.

use jixiao_edge::{checkpoint, read_event, source_event};
use jixiao_eventlog::{Checkpoint, DeliveryFault, Domain, Meta, Need, States, StoredEvent};
use jixiao_events::registry::RegistryEvent;
use jixiao_events::targets::TargetEvent;
use strum::VariantNames;

use crate::domain::{self, TargetCommand, TargetRefusal, TargetsState};

/// The targets service as its log sees it.
#[derive(Debug, Clone, Copy)]
pub struct TargetsDomain;

impl Domain for TargetsDomain {
    type Command = TargetCommand;
    type Event = TargetEvent;
    type State = TargetsState;
    type Refusal = TargetRefusal;

    const LOG: &'static str = "targets";
    const FOLD_VERSION: u32 = 1;
    const SOURCES: &'static [&'static str] = &["registry"];

    fn needs(command: &TargetCommand, _: &States<'_, TargetsState>) -> Vec<Need> {
        domain::needs(command)
    }

    fn decide(
        states: &States<'_, TargetsState>,
        command: &TargetCommand,
    ) -> Result<Vec<TargetEvent>, TargetRefusal> {
        domain::decide(states, command)
    }

    fn keys(event: &TargetEvent) -> Vec<String> {
        domain::keys_of(event)
    }

    fn evolve(key: &str, state: &mut Option<TargetsState>, event: &TargetEvent, meta: &Meta) {
        domain::evolve(key, state, event, &meta.id);
    }

    fn event_type(event: &TargetEvent) -> &'static str {
        event.into()
    }

    fn effective(event: &TargetEvent) -> Option<String> {
        let on = match event {
            TargetEvent::RegistryTakenIn { source, .. } => source.effective,
            TargetEvent::TargetSet { on, .. }
            | TargetEvent::TargetRevised { on, .. }
            | TargetEvent::TargetWithdrawn { on, .. } => *on,
            TargetEvent::ActualRecorded { on, .. } | TargetEvent::SelfScoreRecorded { on, .. } => Some(*on),
            TargetEvent::MissExplained { .. } => None,
        };
        on.map(|on| on.to_string())
    }

    fn approval(event: &TargetEvent) -> Option<String> {
        match event {
            TargetEvent::TargetSet { approval, .. }
            | TargetEvent::TargetRevised { approval, .. }
            | TargetEvent::TargetWithdrawn { approval, .. } => serde_json::to_string(approval).ok(),
            TargetEvent::RegistryTakenIn { .. }
            | TargetEvent::ActualRecorded { .. }
            | TargetEvent::SelfScoreRecorded { .. }
            | TargetEvent::MissExplained { .. } => None,
        }
    }

    fn delivery(source: &StoredEvent) -> Result<TargetCommand, DeliveryFault> {
        let event: RegistryEvent = read_event(source, RegistryEvent::VARIANTS)?;
        Ok(TargetCommand::TakeIn { source: source_event(source), fact: domain::fact(&event) })
    }

    fn source_time(event: &TargetEvent) -> Option<i64> {
        match event {
            TargetEvent::RegistryTakenIn { source, .. } => Some(source.recorded_time),
            _ => None,
        }
    }

    fn checkpoint(event: &TargetEvent) -> Option<Checkpoint> {
        match event {
            TargetEvent::RegistryTakenIn { source, .. } => Some(checkpoint(source)),
            TargetEvent::TargetSet { .. }
            | TargetEvent::TargetRevised { .. }
            | TargetEvent::TargetWithdrawn { .. }
            | TargetEvent::ActualRecorded { .. }
            | TargetEvent::SelfScoreRecorded { .. }
            | TargetEvent::MissExplained { .. } => None,
        }
    }
}
