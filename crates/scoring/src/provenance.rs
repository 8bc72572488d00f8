//! The events behind the inputs of an indicator, and behind a reading of a claim.
//!
//! An input that one event set names it. A running sum came from many: they are found by the history of its key, as the
//! intakes that they are kept in, and answered as the events of the logs that they came from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jixiao_eventlog::{Decoded, Log, Moment, Side};
use jixiao_events::finding::{Evidence as Shown, Finding};
use jixiao_events::ledger::Scope;
use jixiao_events::scoring::{
    CountQuantity, EventRef, Fact, IndicatorResult, Input, MoneyQuantity, ScopeQuantity, ScoringEvent,
};
use jixiao_events::{Evaluated, IndicatorId, ProjectId};
use jixiao_proto::jixiao::scoring::v1 as pb;
use tonic::Status;

use crate::claims::reading::Evidence;
use crate::domain::state::{
    Cited, ScoringState, count_key, judged_key, manual_key, money_key, money_months_key, project_scope_key,
    stated_key, sum_key,
};
use crate::domain::{booked, figures};
use crate::log::ScoringDomain;
use crate::to_proto;

/// Events read at once.
const PAGE: usize = 500;

/// The keys of the running sums and counts of what is evaluated that inputs come from.
pub(crate) fn keys(of: &Evaluated) -> Vec<String> {
    let mut keys = figures::keys(of);
    if of.project.is_none() {
        keys.push(count_key(&of.fund, CountQuantity::Adjustments));
    }
    keys
}

/// Finds the events behind inputs; remembers those behind running sums, which many indicators share.
pub(crate) struct Provenance<'a> {
    log: &'a Log<ScoringDomain>,
    of: Evaluated,
    /// At most so many events an input.
    most: u64,
    /// Where the answer's snapshot of the log ends.
    end: u64,
    /// The moment that is asked about: what does not count then is not behind the answer.
    moment: Moment,
    /// The running sums and judgements as the answer's snapshot has them: an event after it is not behind the answer.
    states: BTreeMap<String, ScoringState>,
    /// What more is known of events by id.
    known: BTreeMap<String, Cited>,
    /// What is asked for of histories, by key: the first events of a running sum, the last of any other.
    histories: BTreeMap<String, Vec<pb::EventRef>>,
    /// The events behind sums up to a month, and how many there are.
    months: BTreeMap<String, (Vec<pb::EventRef>, u64)>,
}

impl<'a> Provenance<'a> {
    /// Of the answer to a request about a moment, whose snapshot of the log ends at the position `end`.
    pub(crate) fn new(
        log: &'a Log<ScoringDomain>,
        of: impl Into<Evaluated>,
        most: u64,
        (end, moment): (u64, Moment),
    ) -> Self {
        let (states, known, histories, months) = Default::default();
        Self { log, of: of.into(), most, end, moment, states, known, histories, months }
    }

    /// A state of the snapshot.
    pub(crate) fn state(&mut self, key: String, state: &ScoringState) {
        self.states.insert(key, state.clone());
    }

    /// More about an event.
    pub(crate) fn cite(&mut self, event: &Cited) {
        self.known.insert(event.id.clone(), event.clone());
    }

    /// The same of several.
    pub(crate) fn cite_all<'e>(&mut self, events: impl IntoIterator<Item = &'e Cited>) {
        for event in events {
            self.cite(event);
        }
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
            return Ok((vec![self.event(event)], 1));
        }
        if input.quantity == "manual_score" {
            let judged = self.states.get(&manual_key(&self.of, &result.indicator));
            let event = judged.and_then(ScoringState::as_manual).map(|judged| to_proto::cited(&judged.event));
            let count = u64::from(event.is_some());
            return Ok((event.into_iter().collect(), count));
        }
        let judged = self.of_judged(&result.indicator, &input.quantity);
        if judged.1 > 0 {
            return Ok(judged);
        }
        if let Some((quantity, until)) = input.quantity.split_once('@')
            && let Ok(quantity) = quantity.parse::<MoneyQuantity>()
        {
            return self.of_months(quantity, until).await;
        }
        self.of_quantity(&input.quantity).await
    }

    /// The event behind what a person said of an indicator, by what the input is called.
    pub(crate) fn of_judged(&self, indicator: &IndicatorId, quantity: &str) -> (Vec<pb::EventRef>, u64) {
        let judged = self.states.get(&judged_key(&self.of, indicator)).and_then(ScoringState::as_judged);
        match judged.and_then(|judged| judged.event(quantity)) {
            Some(event) => (vec![to_proto::cited(event)], 1),
            None => (Vec::new(), 0),
        }
    }

    /// The events behind a running sum or count of the fund.
    pub(crate) async fn of_quantity(&mut self, quantity: &str) -> Result<(Vec<pb::EventRef>, u64), Status> {
        if let Some(project) = self.of.project.clone() {
            return self.of_project(&project, quantity).await;
        }
        match self.sum_key(quantity) {
            Some(key) => self.of_key(&key).await,
            None => Ok((Vec::new(), 0)),
        }
    }

    /// The events behind a sum up to the end of a month, 2019-07, and how many there are: those that count from a day up
    /// to its last one, and those that have none.
    async fn of_months(
        &mut self,
        quantity: MoneyQuantity,
        until: &str,
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let asked = format!("{}@{until}", <&str>::from(quantity));
        if let Some((found, count)) = self.months.get(&asked) {
            return Ok((found.clone(), *count));
        }
        let key = match &self.of.project {
            None => money_months_key(&self.of.fund, quantity),
            Some(project) => project_scope_key(&self.of.fund, project),
        };
        let moves = self.moves(quantity);
        let (mut found, mut count, mut side) = (Vec::new(), 0_u64, Side::After(0));
        loop {
            let page = self.log.history(&key, side, PAGE).await;
            let page = page.map_err(|error| jixiao_edge::read_status(&error))?;
            let Some(last) = page.rows.last() else { break };
            let is_past = last.position > self.end;
            side = side.beyond(last);
            let counting = page.rows.iter().filter(|row| row.position <= self.end);
            for stored in counting.filter(|row| self.log.counts(self.moment, row)) {
                let Ok(Decoded::Domain(ScoringEvent::SourceTakenIn { source, event_type, facts })) =
                    stored.decode()
                else {
                    continue;
                };
                let month = source.effective.map(|date| date.last_day().strftime("%Y-%m").to_string());
                if month.is_none_or(|month| month.as_str() <= until) && facts.iter().any(&moves) {
                    count = count.saturating_add(1);
                    if count <= self.most {
                        found.push(to_proto::source(&source, &event_type));
                    }
                }
            }
            if is_past {
                break;
            }
        }
        self.months.insert(asked, (found.clone(), count));
        Ok((found, count))
    }

    /// Whether a fact moves a sum: of a fund each that stands in its history, of a project those of that sum.
    fn moves(&self, quantity: MoneyQuantity) -> impl Fn(&Fact) -> bool + use<> {
        let scope = self.of.project.clone().map(|project| Scope::Project { project });
        let sum = booked::of_project(quantity);
        move |fact| match (fact, &scope) {
            (_, None) => true,
            (Fact::ScopeMoney { scope: of, quantity, .. }, Some(scope)) => {
                of == scope && Some(*quantity) == sum
            }
            _ => false,
        }
    }

    /// The events behind a running sum or count, and how many there are: of a count those that moved it, or, where none
    /// did, those that say that it is nothing.
    async fn of_key(&mut self, key: &str) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let (count, is_moved) = match self.states.get(key) {
            Some(ScoringState::Money(money)) => (money.events, false),
            Some(ScoringState::Count(count)) if count.events > 0 => (count.events, count.still > 0),
            Some(ScoringState::Count(count)) => (count.still, false),
            _ => (0, false),
        };
        if !self.histories.contains_key(key) {
            let wanted = |fact: &Fact| match fact {
                Fact::Count { fund, quantity, change } if is_moved => {
                    *change != 0 && count_key(fund, *quantity) == key
                }
                _ => !is_moved,
            };
            let events = self.history(key, count.min(self.most), wanted).await?;
            self.histories.insert(key.to_owned(), events);
        }
        Ok((self.histories.get(key).cloned().unwrap_or_default(), count))
    }

    /// The events behind a sum of a project's money, or behind the count of its adjustments: one row holds all of them.
    async fn of_project(
        &mut self,
        project: &ProjectId,
        quantity: &str,
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        use ScopeQuantity::{Decrease, Increase};
        let sum = quantity.parse::<MoneyQuantity>().ok().and_then(booked::of_project);
        let wanted: Vec<ScopeQuantity> = match sum {
            Some(sum) => vec![sum],
            None if quantity.parse() == Ok(CountQuantity::Adjustments) => vec![Increase, Decrease],
            None => return Ok((Vec::new(), 0)),
        };
        let key = project_scope_key(&self.of.fund, project);
        let money = self.states.get(&key).and_then(ScoringState::as_scope_money);
        let sums = wanted.iter().filter_map(|quantity| money?.sums.get(quantity));
        let count: u64 = sums.map(|sum| sum.events).sum();
        let name = format!("{key} {quantity}");
        if !self.histories.contains_key(&name) {
            let scope = Scope::Project { project: project.clone() };
            let moves = |fact: &Fact| {
                let Fact::ScopeMoney { scope: of, quantity, .. } = fact else { return false };
                *of == scope && wanted.contains(quantity)
            };
            let events = self.history(&key, count.min(self.most), moves).await?;
            self.histories.insert(name.clone(), events);
        }
        Ok((self.histories.get(&name).cloned().unwrap_or_default(), count))
    }

    /// One event, with what is known of it.
    fn event(&self, event: &EventRef) -> pb::EventRef {
        self.known.get(&event.id).map_or_else(|| to_proto::reference(event), to_proto::cited)
    }

    /// The events behind a finding, and how many there are.
    pub(crate) async fn of_finding(&mut self, finding: &Finding) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let mut found = Vec::new();
        let mut count = 0;
        for evidence in &finding.evidence {
            let (events, all) = match evidence {
                Shown::Event(event) => (vec![self.event(event)], 1),
                Shown::Sum { quantity } => match self.sum_key(quantity) {
                    Some(key) => self.of_key(&key).await?,
                    None => (Vec::new(), 0),
                },
                Shown::Stated { quantity, place } => {
                    self.newest(&stated_key(&self.of.fund, quantity, place)).await?
                }
                // As of a date a sum is computed for the answer: no event of this log set it.
                Shown::Node { .. } if self.moment.as_of.is_some() => (Vec::new(), 0),
                Shown::Node { node } => self.newest(&sum_key(&self.of, Some(node))).await?,
            };
            for event in events {
                if !found.contains(&event) {
                    found.push(event);
                }
            }
            count += all;
        }
        Ok((found, count))
    }

    /// The last event of a key's history up to the snapshot, if there is one: what the key is there came from that one.
    /// Several findings may ask for the same.
    async fn newest(&mut self, key: &str) -> Result<(Vec<pb::EventRef>, u64), Status> {
        if !self.histories.contains_key(key) {
            let mut side = Side::Before(self.end.saturating_add(1));
            let newest = loop {
                let limit = if self.moment.is_now() { 1 } else { PAGE };
                let page = self.log.history(key, side, limit).await;
                let page = page.map_err(|error| jixiao_edge::read_status(&error))?;
                let counting = page.rows.iter().find(|row| self.log.counts(self.moment, row));
                match page.rows.last() {
                    Some(last) if counting.is_none() => side = side.beyond(last),
                    _ => break counting.map(to_proto::own),
                }
            };
            self.histories.insert(key.to_owned(), newest.into_iter().collect());
        }
        let events = self.histories.get(key).cloned().unwrap_or_default();
        let count = u64::from(!events.is_empty());
        Ok((events, count))
    }

    /// The events behind a reading of a claim, each once, and how many there are. `rows` are the fund's indicators.
    pub(crate) async fn of_evidence(
        &mut self,
        evidence: &[Evidence],
        rows: &[Arc<IndicatorResult>],
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let mut found: BTreeMap<String, pb::EventRef> = BTreeMap::new();
        let (mut order, mut unread, mut sums) = (Vec::new(), 0_u64, BTreeSet::new());
        let mut add = |(events, count): (Vec<pb::EventRef>, u64)| {
            unread += count - u64::try_from(events.len()).unwrap_or(count).min(count);
            for event in events {
                if found.insert(event.id.clone(), event.clone()).is_none() {
                    order.push(event);
                }
            }
        };
        for one in evidence {
            match one {
                Evidence::Event(event) => add((vec![self.event(event)], 1)),
                Evidence::Key(key) => add(self.of_key(key).await?),
                Evidence::Rows { node, inputs } => {
                    for row in rows
                        .iter()
                        .filter(|row| node.as_ref().is_none_or(|node| row.indicator.is_within(node)))
                    {
                        let used =
                            |input: &&Input| inputs.is_empty() || inputs.contains(&input.quantity.as_str());
                        for input in row.inputs.iter().filter(used) {
                            // A running sum that several rows share counts once.
                            let is_shared = input.event.is_none() && self.sum_key(&input.quantity).is_some();
                            if !is_shared || sums.insert(input.quantity.clone()) {
                                add(self.of_input(row, input).await?);
                            }
                        }
                    }
                }
            }
        }
        let count = u64::try_from(order.len()).unwrap_or(u64::MAX).saturating_add(unread);
        order.truncate(usize::try_from(self.most).unwrap_or(usize::MAX));
        Ok((order, count))
    }

    fn sum_key(&self, quantity: &str) -> Option<String> {
        let money = quantity.parse::<MoneyQuantity>().ok().map(|quantity| money_key(&self.of.fund, quantity));
        money.or_else(|| {
            quantity.parse::<CountQuantity>().ok().map(|quantity| count_key(&self.of.fund, quantity))
        })
    }

    /// The first events of a key's history of which a fact is wanted. As many as its state counts: later ones came after
    /// the snapshot.
    async fn history(
        &self,
        key: &str,
        wanted: u64,
        is_wanted: impl Fn(&Fact) -> bool,
    ) -> Result<Vec<pb::EventRef>, Status> {
        let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut side = Side::After(0);
        while found.len() < wanted {
            let limit = if self.moment.is_now() { PAGE.min(wanted - found.len()) } else { PAGE };
            let page = self.log.history(key, side, limit).await;
            let page = page.map_err(|error| jixiao_edge::read_status(&error))?;
            let Some(last) = page.rows.last() else { break };
            side = side.beyond(last);
            let counting = page.rows.iter().filter(|row| self.log.counts(self.moment, row));
            for stored in counting {
                if found.len() < wanted
                    && let Ok(Decoded::Domain(ScoringEvent::SourceTakenIn { source, event_type, facts })) =
                        stored.decode()
                    && facts.iter().any(&is_wanted)
                {
                    found.push(to_proto::source(&source, &event_type));
                }
            }
        }
        Ok(found)
    }
}
