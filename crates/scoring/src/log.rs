//! Scoring as its log sees it.

use jixiao_edge::{checkpoint, read_event, source_event};
use jixiao_eventlog::{Checkpoint, DeliveryFault, Domain, Meta, Need, States, StoredEvent, Voided};
use jixiao_events::ledger::LedgerEvent;
use jixiao_events::registry::RegistryEvent;
use jixiao_events::scoring::{SchemeApproved, ScoringEvent};
use jixiao_events::targets::TargetEvent;
use strum::VariantNames;

use crate::domain::state::ScoringState;
use crate::domain::{self, ScoringCommand, ScoringRefusal, facts, wordings};

/// The scoring service to its log.
#[derive(Debug)]
pub struct ScoringDomain;

impl Domain for ScoringDomain {
    type Command = ScoringCommand;
    type Event = ScoringEvent;
    type State = ScoringState;
    type Refusal = ScoringRefusal;

    const LOG: &'static str = domain::LOG;
    const FOLD_VERSION: u32 = 3;
    const SOURCES: &'static [&'static str] = &["registry", "ledger", "targets"];

    fn needs(command: &ScoringCommand, states: &States<'_, ScoringState>) -> Vec<Need> {
        domain::needs(command, states)
    }

    fn decide(
        states: &States<'_, ScoringState>,
        command: &ScoringCommand,
    ) -> Result<Vec<ScoringEvent>, ScoringRefusal> {
        domain::decide(states, command)
    }

    fn keys(event: &ScoringEvent) -> Vec<String> {
        domain::evolve::keys(event)
    }

    fn evolve(key: &str, state: &mut Option<ScoringState>, event: &ScoringEvent, meta: &Meta) {
        domain::evolve::evolve(key, state, event, meta);
    }

    fn event_type(event: &ScoringEvent) -> &'static str {
        event.into()
    }

    fn effective(event: &ScoringEvent) -> Option<String> {
        match event {
            ScoringEvent::SourceTakenIn { source, .. } => source.effective.map(|on| on.to_string()),
            ScoringEvent::ManualScoreSet { on, .. }
            | ScoringEvent::IndicatorJudged { on, .. }
            | ScoringEvent::DateReached { on, .. } => Some(on.to_string()),
            ScoringEvent::FindingAnswered { answer, .. } => Some(answer.on.to_string()),
            ScoringEvent::ScoreRecorded(recorded) => Some(recorded.on.to_string()),
            ScoringEvent::SchemeApproved(SchemeApproved { approval, .. }) => {
                approval.approved_on.map(|on| on.to_string())
            }
            ScoringEvent::SchemeWithdrawn(withdrawn) => Some(withdrawn.on.to_string()),
            // Which version evaluates a fund is asked for by what is known; its day only chooses among versions.
            ScoringEvent::SchemeLoaded { .. }
            | ScoringEvent::EvaluationOpened { .. }
            | ScoringEvent::EvaluationDescribed(_)
            | ScoringEvent::GivenSumsChanged(_)
            | ScoringEvent::FigureStated { .. }
            | ScoringEvent::EvaluationChanged(_)
            | ScoringEvent::FindingRaised { .. }
            | ScoringEvent::FindingRevised { .. }
            | ScoringEvent::FindingCleared { .. }
            | ScoringEvent::WarningRaised { .. }
            | ScoringEvent::WarningChanged { .. }
            | ScoringEvent::WarningCleared { .. }
            | ScoringEvent::CategoriesChanged { .. } => None,
        }
    }

    fn approval(event: &ScoringEvent) -> Option<String> {
        match event {
            ScoringEvent::SchemeApproved(approved) => serde_json::to_string(&approved.approval).ok(),
            _ => None,
        }
    }

    fn delivery(source: &StoredEvent) -> Result<ScoringCommand, DeliveryFault> {
        let facts = match source.log.as_str() {
            "registry" => facts::of_registry(&read_event(source, RegistryEvent::VARIANTS)?),
            "ledger" => facts::of_ledger(&read_event(source, LedgerEvent::VARIANTS)?),
            "targets" => facts::of_targets(&read_event(source, TargetEvent::VARIANTS)?),
            _ => {
                let (log, event_type) = (source.log.clone(), source.event_type.clone());
                return Err(DeliveryFault::UnknownType { log, event_type });
            }
        };
        let event_type = source.event_type.clone();
        Ok(ScoringCommand::TakeIn { source: source_event(source), event_type, facts })
    }

    fn source_time(event: &ScoringEvent) -> Option<i64> {
        match event {
            ScoringEvent::SourceTakenIn { source, .. } => Some(source.recorded_time),
            _ => None,
        }
    }

    fn is_result(event: &ScoringEvent) -> bool {
        matches!(
            event,
            ScoringEvent::EvaluationChanged(_)
                | ScoringEvent::FindingRaised { .. }
                | ScoringEvent::FindingRevised { .. }
                | ScoringEvent::FindingCleared { .. }
        )
    }

    fn is_computed(key: &str) -> bool {
        domain::state::is_computed(key)
    }

    fn recompute(fund: &str, voided: &Voided<'_>) -> Option<ScoringCommand> {
        let Voided { source, event } = *voided;
        let fund = fund.parse().ok()?;
        Some(ScoringCommand::Recompute { fund, log: source.to_owned(), voided: event.to_owned() })
    }

    fn recompute_shared(key: &str, voided: &Voided<'_>) -> Option<ScoringCommand> {
        let (log, voided) = (voided.source.to_owned(), voided.event.to_owned());
        wordings::is_key(key).then(|| ScoringCommand::RecheckWording { wording: key.to_owned(), log, voided })
    }

    fn checkpoint(event: &ScoringEvent) -> Option<Checkpoint> {
        match event {
            ScoringEvent::SourceTakenIn { source, .. } => Some(checkpoint(source)),
            ScoringEvent::SchemeLoaded { .. }
            | ScoringEvent::SchemeApproved(_)
            | ScoringEvent::SchemeWithdrawn(_)
            | ScoringEvent::EvaluationOpened { .. }
            | ScoringEvent::EvaluationDescribed(_)
            | ScoringEvent::ScoreRecorded(_)
            | ScoringEvent::GivenSumsChanged(_)
            | ScoringEvent::ManualScoreSet { .. }
            | ScoringEvent::IndicatorJudged { .. }
            | ScoringEvent::FigureStated { .. }
            | ScoringEvent::EvaluationChanged(_)
            | ScoringEvent::FindingRaised { .. }
            | ScoringEvent::FindingRevised { .. }
            | ScoringEvent::FindingAnswered { .. }
            | ScoringEvent::FindingCleared { .. }
            | ScoringEvent::DateReached { .. }
            | ScoringEvent::WarningRaised { .. }
            | ScoringEvent::WarningChanged { .. }
            | ScoringEvent::WarningCleared { .. }
            | ScoringEvent::CategoriesChanged { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use jixiao_eventlog::fund_of;
    use serde_json::Value;

    use super::*;

    /// The funds that an event names, wherever.
    fn named(value: &Value, funds: &mut BTreeSet<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| named(value, funds)),
            Value::Object(fields) => {
                funds.extend(fields.get("fund").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| named(value, funds));
            }
            _ => {}
        }
    }

    /// By its keys an event is published under its fund, parked with it, and computed anew with it.
    #[test]
    fn the_keys_of_an_event_belong_to_the_funds_that_it_names() {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/golden/scoring");
        let mut seen = BTreeSet::new();
        for file in fs::read_dir(golden).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap();
            let event: ScoringEvent = serde_json::from_str(&text).unwrap();
            let mut funds = BTreeSet::new();
            named(&serde_json::from_str(&text).unwrap(), &mut funds);
            let keys = ScoringDomain::keys(&event);
            let of_keys: BTreeSet<_> =
                keys.iter().filter_map(|key| fund_of(key)).map(str::to_owned).collect();
            assert!(of_keys.is_subset(&funds), "{}: {keys:?}", path.display());
            seen.extend(
                keys.iter()
                    .filter(|key| fund_of(key).is_none())
                    .map(|key| key.split('/').next().unwrap().to_owned()),
            );
            seen.extend(keys.into_iter().filter(|key| key.contains(':')).map(|_| "of a project".to_owned()));
        }
        for kind in ["of a project", "wording", "openings", "scheme"] {
            assert!(seen.contains(kind), "no sample has {kind}: {seen:?}");
        }
    }
}
