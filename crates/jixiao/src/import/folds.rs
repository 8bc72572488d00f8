//! The four services' states as far as they are known: folded over the logs, then over the rows.

use std::collections::HashMap;

use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::{Decoded, Domain, Folded, StoredEvent};
use jixiao_events::ledger::LedgerEvent;
use jixiao_events::registry::RegistryEvent;
use jixiao_events::scoring::ScoringEvent;
use jixiao_events::targets::TargetEvent;
use jixiao_ledger::LedgerDomain;
use jixiao_registry::RegistryDomain;
use jixiao_scoring::ScoringDomain;
use jixiao_targets::TargetsDomain;

/// How far a log has taken in another: by the consumer's and the source's name.
type TakenIn = HashMap<(&'static str, String), u64>;

/// States of all four services. What the registry says reaches the other three as it will on the server, and what targets
/// says reaches scoring.
///
/// Scoring takes in no events of the ledger here: nothing that an import writes is refused for what they say.
#[derive(Debug)]
pub(super) struct Folds {
    pub(super) registry: Folded<RegistryDomain>,
    pub(super) ledger: Folded<LedgerDomain>,
    pub(super) targets: Folded<TargetsDomain>,
    pub(super) scoring: Folded<ScoringDomain>,
    /// Who will send the rows.
    actor: String,
    /// The ends of the logs that others take in, with the rows folded so far.
    ends: HashMap<&'static str, (u64, String)>,
    /// How far a log has taken in another.
    taken_in: TakenIn,
}

impl Folds {
    /// Nothing is known yet.
    pub(super) fn new(actor: &str) -> Self {
        Self {
            registry: Folded::default(),
            ledger: Folded::default(),
            targets: Folded::default(),
            scoring: Folded::default(),
            actor: actor.to_owned(),
            ends: HashMap::new(),
            taken_in: TakenIn::new(),
        }
    }

    /// Folds an event that a log holds. A log comes after those that take it in: they say how far they have.
    pub(super) fn stored(&mut self, event: &StoredEvent) -> Result<(), String> {
        match event.log.as_str() {
            RegistryDomain::LOG => {
                self.registry.fold_stored(event).map_err(|error| unreadable(event, &error))?;
                self.ends.insert(RegistryDomain::LOG, (event.position, event.hash.clone()));
                self.deliver(event)
            }
            LedgerDomain::LOG => own(&mut self.ledger, &mut self.taken_in, event),
            TargetsDomain::LOG => {
                own(&mut self.targets, &mut self.taken_in, event)?;
                self.ends.insert(TargetsDomain::LOG, (event.position, event.hash.clone()));
                take_in(&mut self.scoring, &mut self.taken_in, event, &self.actor)
            }
            ScoringDomain::LOG => own(&mut self.scoring, &mut self.taken_in, event),
            _ => Ok(()),
        }
    }

    /// Forgets what a log said, to read it anew.
    pub(super) fn forget(&mut self, log: &str) {
        self.taken_in.retain(|(consumer, _), _| *consumer != log);
        match log {
            LedgerDomain::LOG => self.ledger = Folded::default(),
            TargetsDomain::LOG => self.targets = Folded::default(),
            ScoringDomain::LOG => self.scoring = Folded::default(),
            _ => {}
        }
    }

    /// An event as its log will hold it, behind the end that is known.
    fn stored_after<D: Domain>(
        &mut self,
        event: &D::Event,
        request_id: &str,
        index: u32,
    ) -> Result<StoredEvent, String> {
        let end = self.ends.get(D::LOG).cloned();
        let (position, previous_hash) = end.unwrap_or_else(|| (0, GENESIS.to_owned()));
        let mut stored = StoredEvent {
            log: D::LOG.to_owned(),
            position: position + 1,
            id: StoredEvent::id_for(D::LOG, request_id, index),
            keys: D::keys(event),
            event_type: D::event_type(event).to_owned(),
            payload: serde_json::to_string(event).map_err(|error| error.to_string())?,
            causation: None,
            correlation: None,
            trace: None,
            actor: self.actor.clone(),
            approval: D::approval(event),
            effective: D::effective(event),
            recorded_time: 0,
            request_id: request_id.to_owned(),
            request_index: index,
            request_hash: String::new(),
            previous_hash,
            hash: String::new(),
        };
        stored.hash = stored.compute_hash();
        self.ends.insert(D::LOG, (stored.position, stored.hash.clone()));
        Ok(stored)
    }

    fn deliver(&mut self, event: &StoredEvent) -> Result<(), String> {
        let Self { ledger, targets, scoring, taken_in, actor, .. } = self;
        take_in(ledger, taken_in, event, actor)?;
        take_in(targets, taken_in, event, actor)?;
        take_in(scoring, taken_in, event, actor)
    }
}

/// Folding what a row appends to one of the logs.
pub(super) trait Append<E> {
    /// Folds the events of one request; an error is one that this program makes and cannot take in.
    fn append(&mut self, events: &[E], request_id: &str) -> Result<(), String>;
}

/// The registry's events are delivered to the others too.
impl Append<RegistryEvent> for Folds {
    fn append(&mut self, events: &[RegistryEvent], request_id: &str) -> Result<(), String> {
        for (index, event) in (0..).zip(events) {
            let stored = self.stored_after::<RegistryDomain>(event, request_id, index)?;
            self.registry.fold(event, &stored.id, &self.actor);
            self.deliver(&stored)?;
        }
        Ok(())
    }
}

impl Append<LedgerEvent> for Folds {
    fn append(&mut self, events: &[LedgerEvent], request_id: &str) -> Result<(), String> {
        append(&mut self.ledger, events, request_id, &self.actor);
        Ok(())
    }
}

impl Append<TargetEvent> for Folds {
    fn append(&mut self, events: &[TargetEvent], request_id: &str) -> Result<(), String> {
        for (index, event) in (0..).zip(events) {
            let stored = self.stored_after::<TargetsDomain>(event, request_id, index)?;
            self.targets.fold(event, &stored.id, &self.actor);
            take_in(&mut self.scoring, &mut self.taken_in, &stored, &self.actor)?;
        }
        Ok(())
    }
}

impl Append<ScoringEvent> for Folds {
    fn append(&mut self, events: &[ScoringEvent], request_id: &str) -> Result<(), String> {
        append(&mut self.scoring, events, request_id, &self.actor);
        Ok(())
    }
}

fn append<D: Domain>(folded: &mut Folded<D>, events: &[D::Event], request_id: &str, actor: &str) {
    for (index, event) in (0..).zip(events) {
        folded.fold(event, &StoredEvent::id_for(D::LOG, request_id, index), actor);
    }
}

/// Folds an event of a consumer's own log and notes how far it had taken in another.
fn own<D: Domain>(
    folded: &mut Folded<D>,
    taken_in: &mut TakenIn,
    stored: &StoredEvent,
) -> Result<(), String> {
    let place = match stored.decode::<D::Event>().map_err(|error| unreadable(stored, &error))? {
        Decoded::Domain(event) => {
            folded.fold(&event, &stored.id, &stored.actor);
            D::checkpoint(&event)
        }
        Decoded::Log(event) => event.checkpoint(),
    };
    if let Some(checkpoint) = place {
        // An intake that was held and retried comes after later ones.
        let known = taken_in.entry((D::LOG, checkpoint.log)).or_default();
        *known = checkpoint.position.max(*known);
    }
    Ok(())
}

/// Has a consumer take in an event of another log, unless its own holds that already.
fn take_in<D: Domain>(
    folded: &mut Folded<D>,
    taken_in: &mut TakenIn,
    event: &StoredEvent,
    actor: &str,
) -> Result<(), String> {
    let known = taken_in.entry((D::LOG, event.log.clone())).or_default();
    if event.is_of_the_log() || event.position <= *known {
        return Ok(());
    }
    let command = D::delivery(event).map_err(|fault| fault.to_string())?;
    folded.execute(&command, actor).map_err(|refusal| refusal.to_string())?;
    *known = event.position;
    Ok(())
}

fn unreadable(event: &StoredEvent, error: &serde_json::Error) -> String {
    format!("event {} of the {} log does not read: {error}", event.position, event.log)
}
