//! `audit`: verifies the event logs as a client, believing the server nothing.

use jixiao_eventlog::cloudevent::from_cloud_event;
use jixiao_eventlog::event::GENESIS;
use jixiao_eventlog::{Position, StoredEvent};
use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use serde::Serialize;

use crate::cli;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, Table};
use crate::text::command as text;

/// Events read at once: as many as a page may have.
const PAGE: i32 = 1_000;

/// What is wrong at a place of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum Fault {
    /// It does not read as an event of this log.
    Unreadable {
        /// What is wrong.
        reason: String,
    },
    /// Events are missing, or in another order.
    NotNext {
        /// The position that should come here.
        expected: u64,
        /// The one that came.
        found: u64,
    },
    /// It names another hash than that of the event before.
    PreviousHash,
    /// Its content is not what its hash says.
    Hash,
    /// Its id is not the one that log, request and index make.
    Id,
    /// It was recorded before the event before it.
    Time,
    /// The server names another end than the events lead to.
    Head,
}

/// What became of one log.
#[derive(Debug, Serialize)]
pub struct Audited {
    /// The log.
    log: String,
    /// The events that were verified.
    events: u64,
    /// The hash of the last one of them.
    hash: String,
    /// The position of the first break; absent in a whole chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    fault: Option<Fault>,
}

/// A walk along a chain: what the next event has to follow.
#[derive(Debug)]
pub struct Chain {
    log: String,
    events: u64,
    hash: String,
    recorded_time: i64,
}

impl Chain {
    /// Before the first event of a log.
    pub fn new(log: &str) -> Self {
        Self { log: log.to_owned(), events: 0, hash: GENESIS.to_owned(), recorded_time: i64::MIN }
    }

    /// Takes the next event, if it is whole and follows.
    pub fn follow(&mut self, event: &CloudEvent) -> Result<StoredEvent, Fault> {
        let event =
            from_cloud_event(event).map_err(|error| Fault::Unreadable { reason: error.to_string() })?;
        if event.log != self.log {
            return Err(Fault::Unreadable { reason: format!("{} != {}", event.log, self.log) });
        }
        if event.position != self.events + 1 {
            return Err(Fault::NotNext { expected: self.events + 1, found: event.position });
        }
        if event.hash != event.compute_hash() {
            return Err(Fault::Hash);
        }
        if event.previous_hash != self.hash {
            return Err(Fault::PreviousHash);
        }
        if event.id != StoredEvent::id_for(&self.log, &event.request_id, event.request_index) {
            return Err(Fault::Id);
        }
        if event.recorded_time < self.recorded_time {
            return Err(Fault::Time);
        }
        self.events = event.position;
        self.hash.clone_from(&event.hash);
        self.recorded_time = event.recorded_time;
        Ok(event)
    }

    /// The place that the walk has come to.
    pub fn position(&self) -> Position {
        Position { log: self.log.clone(), position: self.events, hash: self.hash.clone() }
    }

    fn end(self, fault: Option<Fault>) -> Audited {
        let broken_at = fault.as_ref().map(|fault| match fault {
            Fault::Head => self.events,
            _ => self.events + 1,
        });
        Audited { log: self.log, events: self.events, hash: self.hash, broken_at, fault }
    }
}

/// Verifies every log of the server.
pub async fn run(arguments: &cli::Audit, output: Output) -> Result<(), Failure> {
    let client = Client::open(&arguments.server, output.language)?;
    let mut audited = Vec::new();
    for log in client.logs().await? {
        audited.push(audit(&client, log).await?);
    }
    let whole = audited.iter().all(|log| log.fault.is_none());
    if output.is_json() {
        output.json(&serde_json::json!({ "whole": whole, "logs": audited }))?;
    } else {
        show(output, &audited)?;
    }
    if whole { Ok(()) } else { Err(Failure::Negative) }
}

/// Walks one log to the end that it had when the audit began, or further.
async fn audit(client: &Client, log: pb::Log) -> Result<Audited, Failure> {
    let mut chain = Chain::new(&log.name);
    let Ok(mut head) = Position::from_token(&log.head) else { return Ok(chain.end(Some(Fault::Head))) };
    let mut after = String::new();
    loop {
        let request = pb::ReadEventsRequest { log: log.name.clone(), after, page_size: PAGE };
        let page = client.answer(client.event_log(&log.name).read_events(request).await)?;
        for event in &page.events {
            if let Err(fault) = chain.follow(event) {
                return Ok(chain.end(Some(fault)));
            }
            // The log may have grown since it named its head: that place lies on the way.
            if chain.events == head.position && chain.position() != head {
                return Ok(chain.end(Some(Fault::Head)));
            }
        }
        if page.events.is_empty() {
            // What the page's answer calls the head is where this walk ended, and no event named before is missing.
            let last = Position::from_token(&page.head).ok();
            let fault =
                (chain.events < head.position || last != Some(chain.position())).then_some(Fault::Head);
            return Ok(chain.end(fault));
        }
        if let Ok(grown) = Position::from_token(&page.head)
            && grown.position > chain.events
        {
            head = grown;
        }
        after = chain.position().to_token();
    }
}

fn show(output: Output, audited: &[Audited]) -> Result<(), Failure> {
    let language = output.language;
    let mut table = Table::new(&[Column::Word, Column::Figure, Column::Word, Column::Text]).head([
        text::log(language),
        text::events(language),
        text::last_hash(language),
        text::result(language),
    ]);
    for log in audited {
        let result = match &log.fault {
            None => text::whole(language),
            Some(_) => text::broken(language),
        };
        table.row([log.log.clone(), log.events.to_string(), log.hash.chars().take(16).collect(), result]);
    }
    for line in table.lines() {
        output.line(&line)?;
    }
    let mut broken = false;
    for log in audited {
        if let (Some(at), Some(fault)) = (log.broken_at, &log.fault) {
            broken = true;
            let said = match fault {
                Fault::Unreadable { reason } => text::fault_unreadable(language, reason),
                Fault::NotNext { expected, found } => text::fault_not_next(language, expected, found),
                Fault::PreviousHash => text::fault_previous_hash(language),
                Fault::Hash => text::fault_hash(language),
                Fault::Id => text::fault_id(language),
                Fault::Time => text::fault_time(language),
                Fault::Head => text::fault_head(language),
            };
            output.line(&text::broken_at(language, &log.log, at, said))?;
        }
    }
    output.line(&if broken { text::audit_broken(language) } else { text::audit_whole(language) })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use jixiao_eventlog::cloudevent::to_cloud_event;

    use super::*;

    fn stored(position: u64, previous_hash: &str) -> StoredEvent {
        let mut event = StoredEvent {
            log: "ledger".into(),
            position,
            id: StoredEvent::id_for("ledger", &format!("r{position}"), 0),
            keys: vec!["fund/a".into()],
            event_type: "budget_approved".into(),
            payload: "{}".into(),
            causation: None,
            correlation: None,
            trace: None,
            actor: "anonymous".into(),
            approval: None,
            effective: Some("2019".into()),
            recorded_time: 1_000_000 + i64::try_from(position).unwrap(),
            request_id: format!("r{position}"),
            request_index: 0,
            request_hash: "00".into(),
            previous_hash: previous_hash.into(),
            hash: String::new(),
        };
        event.hash = event.compute_hash();
        event
    }

    /// The first fault of a chain of three whose second event was changed.
    fn check(change: impl FnOnce(&mut StoredEvent), expected: Option<&Fault>) {
        let first = stored(1, GENESIS);
        let mut second = stored(2, &first.hash);
        let third = stored(3, &second.hash);
        change(&mut second);
        let mut chain = Chain::new("ledger");
        let fault =
            [first, second, third].iter().find_map(|event| chain.follow(&to_cloud_event(event)).err());
        assert_eq!(fault.as_ref(), expected);
    }

    #[test]
    fn every_kind_of_break_is_found() {
        let rehash = |event: &mut StoredEvent| event.hash = event.compute_hash();
        check(|_| {}, None);
        check(|event| event.payload = r#"{"amount":"1"}"#.into(), Some(&Fault::Hash));
        check(|event| event.actor = "somebody".into(), Some(&Fault::Hash));
        check(|event| event.keys = vec!["fund/b".into()], Some(&Fault::Hash));
        // A change with its hash made anew is found at the event after it.
        let changed = |event: &mut StoredEvent| {
            event.payload = r#"{"amount":"1"}"#.into();
            rehash(event);
        };
        check(changed, Some(&Fault::PreviousHash));
        check(|event| event.position = 3, Some(&Fault::NotNext { expected: 2, found: 3 }));
        let renamed = |event: &mut StoredEvent| {
            event.id = StoredEvent::id_for("ledger", "other", 0);
            rehash(event);
        };
        check(renamed, Some(&Fault::Id));
        let earlier = |event: &mut StoredEvent| {
            event.recorded_time = 1;
            rehash(event);
        };
        check(earlier, Some(&Fault::Time));
    }
}
