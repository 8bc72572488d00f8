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
use jixiao_events::{Evaluated, IndicatorId, ProjectId, SourceEvent};
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

/// The most events that are read at once.
const PAGE: usize = 500;

/// The fewest: not every event of a key is wanted.
const FEW: usize = 50;

/// The keys of the running sums and counts of what is evaluated that inputs come from.
pub(crate) fn keys(of: &Evaluated) -> Vec<String> {
    let mut keys = figures::keys(of);
    if of.project.is_none() {
        keys.push(count_key(&of.fund, CountQuantity::Adjustments));
        keys.extend(figures::MONEY.map(|quantity| money_months_key(&of.fund, quantity)));
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
    /// What else an event rests on, by its id: that a project has a state on its registration, an actual on the version
    /// that gave it its unit, a target of a project that came back on what brought it back.
    beside: BTreeMap<String, Vec<Cited>>,
    /// What is asked for of histories, by what it is called: the first events of a sum, the last of any other key.
    histories: BTreeMap<String, Vec<pb::EventRef>>,
}

/// Events, each once, and how many more there are.
#[derive(Default)]
pub(crate) struct Found {
    events: Vec<pb::EventRef>,
    seen: BTreeSet<(String, String)>,
    sums: BTreeSet<String>,
    unread: u64,
}

impl Found {
    /// Adds events and how many there are.
    pub(crate) fn add(&mut self, (events, count): (Vec<pb::EventRef>, u64)) {
        self.unread += count.saturating_sub(u64::try_from(events.len()).unwrap_or(count));
        for event in events {
            if self.seen.insert((event.log.clone(), event.id.clone())) {
                self.events.push(event);
            }
        }
    }

    /// Whether a sum that several may ask for is asked for the first time.
    pub(crate) fn is_new(&mut self, quantity: &str) -> bool {
        !is_sum(quantity) || self.sums.insert(quantity.to_owned())
    }

    /// At most so many of them, and how many there are.
    pub(crate) fn cut(mut self, most: u64) -> (Vec<pb::EventRef>, u64) {
        let count = u64::try_from(self.events.len()).unwrap_or(u64::MAX).saturating_add(self.unread);
        self.events.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        (self.events, count)
    }
}

/// Whether a quantity is a running sum or count of what is evaluated, maybe up to a month.
fn is_sum(quantity: &str) -> bool {
    let (whole, _) = quantity.split_once('@').unwrap_or((quantity, ""));
    whole.parse::<MoneyQuantity>().is_ok() || whole.parse::<CountQuantity>().is_ok()
}

impl<'a> Provenance<'a> {
    /// Of the answer to a request about a moment, whose snapshot of the log ends at the position `end`.
    pub(crate) fn new(
        log: &'a Log<ScoringDomain>,
        of: impl Into<Evaluated>,
        most: u64,
        (end, moment): (u64, Moment),
    ) -> Self {
        let (states, known, beside, histories) = Default::default();
        Self { log, of: of.into(), most, end, moment, states, known, beside, histories }
    }

    /// A state of the snapshot.
    pub(crate) fn state(&mut self, key: String, state: &ScoringState) {
        match state {
            ScoringState::Project(project) => self.rests_on(&project.event, &project.registered),
            ScoringState::Target(target) => {
                if let Some(actual) = &target.actual {
                    self.rests_on(&actual.event, &actual.unit_from);
                }
            }
            _ => {}
        }
        self.states.insert(key, state.clone());
    }

    /// More about an event.
    pub(crate) fn cite(&mut self, event: &Cited) {
        self.known.insert(event.id.clone(), event.clone());
    }

    /// Makes known what else an event rests on: with it, these are behind an input that it set.
    pub(crate) fn rests_on<'e>(&mut self, event: &Cited, others: impl IntoIterator<Item = &'e Cited>) {
        self.beside.entry(event.id.clone()).or_default().extend(others.into_iter().cloned());
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
        if let Some((quantity, project)) = scope_sum(&input.quantity)
            && self.states.contains_key(&project_scope_key(&self.of.fund, &project))
        {
            return self.of_scope(&project, None, &[quantity]).await;
        }
        if let Some(event) = &input.event {
            let mut found = Found::default();
            found.add((vec![self.event(event)], 1));
            for other in self.beside.get(&event.id).into_iter().flatten() {
                found.add((vec![to_proto::cited(other)], 1));
            }
            return Ok(found.cut(self.most));
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
        if let Some(project) = self.of.project.clone() {
            let sum = booked::of_project(quantity);
            return self.of_scope(&project, Some(until), sum.as_slice()).await;
        }
        let key = money_months_key(&self.of.fund, quantity);
        let months = self.states.get(&key).and_then(ScoringState::as_money_months);
        let count = booked::up_to(months, Some(until)).map(|sum| sum.events).sum();
        let name = format!("{key}@{until}");
        self.first(&name, &key, count, |source, _| booked::is_within(source.effective, until)).await
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
        self.first(key, key, count, |_, fact| match fact {
            Fact::Count { fund, quantity, change } if is_moved => {
                *change != 0 && count_key(fund, *quantity) == key
            }
            _ => !is_moved,
        })
        .await
    }

    /// The events behind a sum of a project's money, or behind the count of its adjustments.
    async fn of_project(
        &mut self,
        project: &ProjectId,
        quantity: &str,
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        use ScopeQuantity::{Decrease, Increase};
        if quantity.parse() == Ok(CountQuantity::Adjustments) {
            return self.of_scope(project, None, &[Increase, Decrease]).await;
        }
        let sum = quantity.parse::<MoneyQuantity>().ok().and_then(booked::of_project);
        self.of_scope(project, None, sum.as_slice()).await
    }

    /// The events behind sums of a project's money, of everything or up to the end of a month: one row holds all sums.
    async fn of_scope(
        &mut self,
        project: &ProjectId,
        until: Option<&str>,
        wanted: &[ScopeQuantity],
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let key = project_scope_key(&self.of.fund, project);
        let money = self.states.get(&key).and_then(ScoringState::as_scope_money);
        let sums = wanted.iter().filter_map(|quantity| money?.sums.get(quantity));
        let count = sums.flat_map(|sum| booked::up_to(Some(&sum.months), until)).map(|sum| sum.events).sum();
        let name = format!("{key} {wanted:?}@{until:?}");
        let scope = Scope::Project { project: project.clone() };
        self.first(&name, &key, count, |source, fact| match fact {
            Fact::ScopeMoney { scope: of, quantity, .. } => {
                *of == scope
                    && wanted.contains(quantity)
                    && until.is_none_or(|until| booked::is_within(source.effective, until))
            }
            _ => false,
        })
        .await
    }

    /// One event, with what is known of it.
    fn event(&self, event: &EventRef) -> pb::EventRef {
        self.known.get(&event.id).map_or_else(|| to_proto::reference(event), to_proto::cited)
    }

    /// The events behind a finding, and how many there are.
    pub(crate) async fn of_finding(&mut self, finding: &Finding) -> Result<(Vec<pb::EventRef>, u64), Status> {
        let mut found = Found::default();
        for evidence in &finding.evidence {
            found.add(match evidence {
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
            });
        }
        Ok(found.cut(u64::MAX))
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
        let mut found = Found::default();
        for one in evidence {
            match one {
                Evidence::Event(event) => found.add((vec![self.event(event)], 1)),
                Evidence::Key(key) => found.add(self.of_key(key).await?),
                Evidence::Rows { node, inputs } => {
                    let is_within = |row: &&Arc<IndicatorResult>| {
                        node.as_ref().is_none_or(|node| row.indicator.is_within(node))
                    };
                    for row in rows.iter().filter(is_within) {
                        self.add_row(&mut found, row, inputs).await?;
                    }
                }
            }
        }
        Ok(found.cut(self.most))
    }

    /// Adds the events behind some inputs of an indicator, behind all where none is named.
    pub(crate) async fn add_row(
        &mut self,
        found: &mut Found,
        row: &IndicatorResult,
        inputs: &[&str],
    ) -> Result<(), Status> {
        for input in &row.inputs {
            let is_used = inputs.is_empty() || inputs.contains(&input.quantity.as_str());
            if is_used && (input.event.is_some() || found.is_new(&input.quantity)) {
                found.add(self.of_input(row, input).await?);
            }
        }
        Ok(())
    }

    fn sum_key(&self, quantity: &str) -> Option<String> {
        let money = quantity.parse::<MoneyQuantity>().ok().map(|quantity| money_key(&self.of.fund, quantity));
        money.or_else(|| {
            quantity.parse::<CountQuantity>().ok().map(|quantity| count_key(&self.of.fund, quantity))
        })
    }

    /// The first events of a key's history of which a fact is wanted, remembered by a name, and how many there are. As many
    /// as the key's state counts: later ones came after the snapshot.
    async fn first(
        &mut self,
        name: &str,
        key: &str,
        count: u64,
        is_wanted: impl Fn(&SourceEvent, &Fact) -> bool,
    ) -> Result<(Vec<pb::EventRef>, u64), Status> {
        if let Some(found) = self.histories.get(name) {
            return Ok((found.clone(), count));
        }
        let wanted = usize::try_from(count.min(self.most)).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut side = Side::After(0);
        while found.len() < wanted {
            let limit = (wanted - found.len()).clamp(FEW, PAGE);
            let page = self.log.history(key, side, limit).await;
            let page = page.map_err(|error| jixiao_edge::read_status(&error))?;
            let Some(last) = page.rows.last() else { break };
            side = side.beyond(last);
            let counting = page.rows.iter().filter(|row| self.log.counts(self.moment, row));
            for stored in counting {
                if found.len() < wanted
                    && let Ok(Decoded::Domain(ScoringEvent::SourceTakenIn { source, event_type, facts })) =
                        stored.decode()
                    && facts.iter().any(|fact| is_wanted(&source, fact))
                {
                    found.push(to_proto::source(&source, &event_type));
                }
            }
        }
        self.histories.insert(name.to_owned(), found.clone());
        Ok((found, count))
    }
}

/// The sum of a project's money that an input is, by what it is called; `None` for what a report states, which one event
/// says.
fn scope_sum(quantity: &str) -> Option<(ScopeQuantity, ProjectId)> {
    let (sum, project) = quantity.split_once(' ')?;
    let sum = sum.parse::<ScopeQuantity>().ok().filter(|sum| !sum.is_stated())?;
    Some((sum, project.parse().ok()?))
}
