//! Scoring as its log sees it.

use jixiao_edge::{checkpoint, read_event, source_event};
use jixiao_eventlog::{Checkpoint, DeliveryFault, Domain, Meta, Need, States, StoredEvent, Voided};
use jixiao_events::ledger::LedgerEvent;
use jixiao_events::registry::RegistryEvent;
use jixiao_events::scoring::{SchemeApproved, ScoringEvent};
use jixiao_events::targets::TargetEvent;
use strum::VariantNames;

use crate::domain::state::ScoringState;
use crate::domain::{self, ScoringCommand, ScoringRefusal, facts};

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
