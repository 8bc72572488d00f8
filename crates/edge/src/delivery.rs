//! Reading the events of a log.

use jixiao_eventlog::{Checkpoint, DeliveryFault, StoredEvent};
use jixiao_events::SourceEvent;
use serde::de::DeserializeOwned;

/// What an intake keeps of the event that it takes in.
pub fn source_event(stored: &StoredEvent) -> SourceEvent {
    SourceEvent {
        log: stored.log.clone(),
        position: stored.position,
        id: stored.id.clone(),
        hash: stored.hash.clone(),
        recorded_time: stored.recorded_time,
        effective: stored.effective.as_deref().and_then(|date| date.parse().ok()),
        actor: stored.actor.clone(),
    }
}

/// Where an intake leaves its feed.
pub fn checkpoint(source: &SourceEvent) -> Checkpoint {
    Checkpoint { log: source.log.clone(), position: source.position, hash: source.hash.clone() }
}

/// Reads an event of a log, another's or the own one; `known` are the types that this program knows.
pub fn read_event<E: DeserializeOwned>(stored: &StoredEvent, known: &[&str]) -> Result<E, DeliveryFault> {
    if !known.contains(&stored.event_type.as_str()) {
        return Err(DeliveryFault::UnknownType {
            log: stored.log.clone(),
            event_type: stored.event_type.clone(),
        });
    }
    serde_json::from_str(&stored.payload).map_err(|error| DeliveryFault::Unreadable {
        log: stored.log.clone(),
        position: stored.position,
        reason: error.to_string(),
    })
}
