//! The events behind the inputs of an indicator.
//!
//! An input that one event set names it. A running sum came from many: they are found by the history of its key, as the
//! intakes that they are kept in, and answered as the events of the logs that they came from.

use std::collections::BTreeMap;

use jixiao_eventlog::{Decoded, Log};
use jixiao_events::FundId;
use jixiao_events::scoring::{CountQuantity, IndicatorResult, Input, MoneyQuantity, ScoringEvent};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Status;

use crate::domain::state::{Cited, ScoringState, count_key, manual_key, money_key};
use crate::log::ScoringDomain;
use crate::to_proto;

/// Events read at once.
const PAGE: usize = 500;

/// Finds the events behind inputs; remembers those behind running sums, which many indicators share.
pub(crate) struct Provenance<'a> {
    log: &'a Log<ScoringDomain>,
    fund: &'a FundId,
    /// At most so many events an input.
    most: u64,
    /// The running sums and judgements as the answer's snapshot has them: an event after it is not behind the answer.
    states: BTreeMap<String, ScoringState>,
    /// What more is known of events by id.
    known: BTreeMap<String, Cited>,
    histories: BTreeMap<String, Vec<pb::EventRef>>,
}

impl<'a> Provenance<'a> {
    pub(crate) fn new(log: &'a Log<ScoringDomain>, fund: &'a FundId, most: u64) -> Self {
        let (states, known, histories) = Default::default();
        Self { log, fund, most, states, known, histories }
    }

    /// A state of the snapshot.
    pub(crate) fn state(&mut self, key: String, state: &ScoringState) {
        self.states.insert(key, state.clone());
    }

    /// More about an event.
    pub(crate) fn cite(&mut self, event: &Cited) {
        self.known.insert(event.id.clone(), event.clone());
    }

    /// The events behind each input, and how many there are.
    pub(crate) async fn of(
        &mut self,
        result: &IndicatorResult,
    ) -> Result<Vec<(Vec<pb::EventRef>, u64)>, Status> {
        let mut found = Vec::with_capacity(result.inputs.len());
        for input in &result.inputs {
            found.push(self.of_input(result, input).await?);
        }
        Ok(found)
    }

    async fn of_input(
        &mut self,
        result: &IndicatorResult,
        input: &Input,
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        if let Some(event) = &input.event {
            let reference = self.known.get(&event.id).map_or_else(
                || pb::EventRef { log: event.log.clone(), id: event.id.clone(), ..Default::default() },
                to_proto::cited,
            );
            return Ok((vec![reference], 1));
        }
        if input.quantity == "manual_score" {
            let judged = self.states.get(&manual_key(self.fund, &result.indicator));
            let event = judged.and_then(ScoringState::as_manual).map(|judged| to_proto::cited(&judged.event));
            let count = u64::from(event.is_some());
            return Ok((event.into_iter().collect(), count));
        }
        let Some(key) = self.sum_key(&input.quantity) else {
            return Ok((Vec::new(), 0));
        };
        let count = match self.states.get(&key) {
            Some(ScoringState::Money(money)) => money.events,
            Some(ScoringState::Count(count)) => count.events,
            _ => 0,
        };
        if !self.histories.contains_key(&key) {
            let events = self.history(&key, count.min(self.most)).await?;
            self.histories.insert(key.clone(), events);
        }
        Ok((self.histories.get(&key).cloned().unwrap_or_default(), count))
    }

    fn sum_key(&self, quantity: &str) -> Option<String> {
        let money = quantity.parse::<MoneyQuantity>().ok().map(|quantity| money_key(self.fund, quantity));
        money
            .or_else(|| quantity.parse::<CountQuantity>().ok().map(|quantity| count_key(self.fund, quantity)))
    }

    /// The first events of a key's history. As many as its state counts: later ones came after the snapshot.
    async fn history(&self, key: &str, wanted: u64) -> Result<Vec<pb::EventRef>, Status> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut after = 0;
        while found.len() < wanted {
            let limit = PAGE.min(wanted - found.len());
            let page = self
                .log
                .history(key, after, limit)
                .await
                .map_err(|error| jixiao_edge::read_status(&error))?;
            let Some(last) = page.rows.last() else { break };
            after = last.position;
            for stored in &page.rows {
                if let Ok(Decoded::Domain(ScoringEvent::SourceTakenIn { source, event_type, .. })) =
                    stored.decode()
                {
                    found.push(to_proto::source(&source, &event_type));
                }
            }
        }
        Ok(found)
    }
}
