//! A Simulate call: hypothetical commands, each read as its own call would read it, and events of other services.

use jixiao_eventlog::cloudevent::{from_cloud_event, to_cloud_event};
use jixiao_eventlog::{Domain, Log, Simulation, StoredEvent, Supposed};
use jixiao_proto::WriteRequest;
use jixiao_proto::google::rpc::Status as PbStatus;
use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1 as pb;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Extensions, Request, Status};

use crate::call::{Call, Hypothetical, wait};
use crate::fields::{Fields, Named};
use crate::status::{Refuse, read_status, status_of};

/// The most commands of one simulation.
pub const MOST_COMMANDS: usize = 1_000;

/// The most events of other services in one simulation.
pub const MOST_EVENTS: usize = 10_000;

/// The most bytes of events in an answer: clients take 4 MiB in all.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// What a Simulate call supposes, while it is read.
#[derive(Debug)]
pub struct Supposing<D: Domain> {
    metadata: MetadataMap,
    wait_for: Vec<String>,
    supposed: Vec<Supposed<D>>,
    foreign: usize,
    commands: Vec<Result<Read, Status>>,
}

/// A command that was read.
#[derive(Debug)]
struct Read {
    /// The resource that it is about.
    name: String,
    named: Named,
}

/// A simulation that was made, and what it answers.
#[derive(Debug)]
pub struct Simulated<'l, D: Domain> {
    /// What became of each command, in their order.
    pub outcomes: Vec<pb::Outcome>,
    /// The foreign events that would not be taken in.
    pub not_taken_in: Vec<pb::NotTakenIn>,
    /// What all of it rests on, for the wire.
    pub position: String,
    /// What was supposed, in the order in which it was decided, and all that would be appended for it.
    pub appended: Vec<(Option<StoredEvent>, Vec<StoredEvent>)>,
    /// The states before and after.
    pub simulation: Simulation<'l, D>,
}

impl<D: Domain> Supposing<D> {
    /// Opens a call with so many commands to come. `None`, and a violation, where there are too many commands or events,
    /// or an event is none of a log that this service takes in.
    pub fn open(
        metadata: MetadataMap,
        commands: usize,
        foreign_events: &[CloudEvent],
        wait_for: Vec<String>,
        fields: &mut Fields,
    ) -> Option<Self> {
        let faults = fields.violations().len();
        for (field, count, most) in
            [("commands", commands, MOST_COMMANDS), ("foreign_events", foreign_events.len(), MOST_EVENTS)]
        {
            if count > most {
                fields.violation(
                    field,
                    "TOO_MANY",
                    format!("holds {count}, at most {most} are simulated at once"),
                );
            }
        }
        let mut supposed = Vec::with_capacity(commands.min(MOST_COMMANDS) + foreign_events.len());
        for (at, event) in foreign_events.iter().take(MOST_EVENTS).enumerate() {
            let field = format!("foreign_events[{at}]");
            match from_cloud_event(event) {
                Ok(event) if D::SOURCES.contains(&event.log.as_str()) => {
                    supposed.push(Supposed::Event(Box::new(event)));
                }
                Ok(event) => {
                    let (of, known) = (D::LOG, D::SOURCES.join(", "));
                    let text = format!("is of the {} log; {of} takes in {known}", event.log);
                    fields.violation(&field, "OTHER_LOG", text);
                }
                Err(error) => fields.violation(&field, "BAD_EVENT", error.to_string()),
            }
        }
        let foreign = supposed.len();
        (fields.violations().len() == faults).then(|| Self {
            metadata,
            wait_for,
            supposed,
            foreign,
            commands: Vec::new(),
        })
    }

    /// Adds a command, read as its own call reads it: by its envelope and by what the service makes of its fields.
    pub fn add<T: WriteRequest + Message>(
        &mut self,
        message: T,
        read: impl FnOnce(&T, Fields) -> Result<(String, D::Command), Status>,
    ) {
        self.add_call(message, |request| {
            let (call, message, fields) = Call::open(request);
            let (name, command) = read(&message, fields)?;
            Ok((call, name, command))
        });
    }

    /// The same for a service that opens its calls itself.
    pub fn add_call<T: WriteRequest + Message>(
        &mut self,
        message: T,
        read: impl FnOnce(Request<T>) -> Result<(Call, String, D::Command), Status>,
    ) {
        let mut extensions = Extensions::new();
        extensions.insert(Hypothetical { place: self.commands.len() });
        let read = read(Request::from_parts(self.metadata.clone(), extensions, message));
        self.commands.push(read.map(|(call, name, command)| {
            let (context, named) = call.supposed();
            self.supposed.push(Supposed::Command(command, context));
            Read { name, named }
        }));
    }

    /// Adds a command that is missing.
    pub fn add_nothing(&mut self) {
        let mut fields = Fields::new();
        fields.violation("command", "REQUIRED", "is required: one of the requests of this service");
        self.commands.push(fields.all(()).map(|()| Read { name: String::new(), named: Named::default() }));
    }

    /// Waits for the positions named, and simulates.
    ///
    /// # Errors
    ///
    /// The log cannot be read, or the answer would be too large. What is refused is an outcome.
    pub async fn run(self, log: &Log<D>) -> Result<Simulated<'_, D>, Status>
    where
        D::Refusal: Refuse,
    {
        wait(log, &self.wait_for).await?;
        let mut simulation = log.simulate(&self.supposed).await.map_err(|error| read_status(&error))?;
        let mut answers = simulation.take_answers().into_iter();
        let mut not_taken_in = Vec::new();
        let mut appended = Vec::with_capacity(self.supposed.len());
        let events = self.supposed.into_iter().take(self.foreign).zip(answers.by_ref());
        for (index, (supposed, answer)) in (0..).zip(events) {
            let Supposed::Event(event) = supposed else { break };
            match answer {
                Ok(done) if done.repeated => {}
                Ok(done) => appended.push((Some(*event), done.rows)),
                Err(error) => {
                    let reason = Some(pb_status(&status_of(&error, &Named::default())));
                    not_taken_in.push(pb::NotTakenIn { index, reason });
                }
            }
        }
        let mut outcomes = Vec::with_capacity(self.commands.len());
        for read in self.commands {
            let Read { name, named } = match read {
                Ok(read) => read,
                Err(status) => {
                    outcomes.push(pb::Outcome { refusal: Some(pb_status(&status)), ..Default::default() });
                    continue;
                }
            };
            let Some(answer) = answers.next() else { break };
            outcomes.push(match answer {
                Ok(done) => {
                    let events = done.rows.iter().map(to_cloud_event).collect();
                    if !done.repeated {
                        appended.push((None, done.rows));
                    }
                    pb::Outcome { name, events, refusal: None, already_done: done.repeated }
                }
                Err(error) => {
                    let refusal = Some(pb_status(&status_of(&error, &named)));
                    pb::Outcome { name, refusal, ..Default::default() }
                }
            });
        }
        let bytes: usize = outcomes.iter().map(Message::encoded_len).sum();
        if bytes > MOST_BYTES {
            let mut fields = Fields::new();
            let text = format!(
                "lead to an answer of {bytes} bytes, at most {MOST_BYTES} are sent: simulate fewer at once"
            );
            fields.violation("commands", "TOO_LARGE", text);
            fields.all(())?;
        }
        let position = simulation.position().to_token();
        Ok(Simulated { outcomes, not_taken_in, position, appended, simulation })
    }
}

/// A status as a message: what its trailers would hold, or what little it says without details.
fn pb_status(status: &Status) -> PbStatus {
    match PbStatus::decode(status.details()) {
        Ok(whole) if whole.code != 0 => whole,
        _ => {
            PbStatus { code: status.code().into(), message: status.message().to_owned(), details: Vec::new() }
        }
    }
}
