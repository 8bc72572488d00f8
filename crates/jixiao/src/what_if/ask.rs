//! The simulations of the services, one after the other: what one answers is supposed by those that take it in.

use jixiao_proto::io::cloudevents::v1::CloudEvent;
use jixiao_proto::jixiao::eventlog::v1::{NotTakenIn, Outcome};
use jixiao_proto::jixiao::{ledger, registry, scoring, targets};
use prost::Message;
use tonic::Code;

use super::file::Supposed;
use crate::client::Client;
use crate::compose::{LOGS, Service};
use crate::evaluate::unknown_fund;
use crate::failure::Failure;
use crate::text::error as text;

/// What was answered.
#[derive(Debug)]
pub(super) struct Answered {
    /// The commands with what would come of each, in the order in which they were supposed.
    pub(super) commands: Vec<(Supposed, Outcome)>,
    /// Events of one service that another would not take in: which, and why.
    pub(super) not_taken_in: Vec<(Service, CloudEvent, NotTakenIn)>,
    /// What scoring answers.
    pub(super) scoring: scoring::v1::SimulateResponse,
}

/// Simulates commands, and what the evaluation of a fund, or of a project of it, would be after them.
pub(super) async fn ask(
    client: &Client,
    evaluated: &str,
    supposed: Vec<Supposed>,
) -> Result<Answered, Failure> {
    // Everything that was acknowledged by now is part of the answer.
    let mut heads: Vec<(String, String)> =
        client.logs().await?.into_iter().map(|log| (log.name, log.head)).collect();
    heads.retain(|(log, _)| LOGS.contains(&log.as_str()));
    let mut asked =
        Asked { client, heads, events: Vec::new(), commands: Vec::new(), not_taken_in: Vec::new() };
    let of = |service: Service| -> Vec<Supposed> {
        supposed.iter().filter(|supposed| supposed.service == service).cloned().collect()
    };
    let scoring = of(Service::Scoring);
    for service in [Service::Registry, Service::Ledger, Service::Targets] {
        asked.source(service, of(service)).await?;
    }
    let scoring = asked.scoring(evaluated, scoring).await?;
    let Asked { commands, not_taken_in, .. } = asked;
    Ok(Answered { commands, not_taken_in, scoring })
}

struct Asked<'a> {
    client: &'a Client,
    /// The logs and their heads; of those that were simulated, what the simulation rests on.
    heads: Vec<(String, String)>,
    /// The events that would be appended, by their logs.
    events: Vec<(Service, CloudEvent)>,
    commands: Vec<(Supposed, Outcome)>,
    not_taken_in: Vec<(Service, CloudEvent, NotTakenIn)>,
}

impl Asked<'_> {
    /// The positions that a service has to have come to.
    fn wait_for(&self, service: Service) -> Vec<String> {
        let sources = service.sources();
        let taken = self.heads.iter().filter(|(log, _)| sources.contains(&log.as_str()));
        taken.map(|(_, head)| head.clone()).collect()
    }

    /// The events that a service would take in.
    fn foreign(&self, service: Service) -> Vec<CloudEvent> {
        let sources = service.sources();
        let taken = self.events.iter().filter(|(of, _)| sources.contains(&of.name()));
        taken.map(|(_, event)| event.clone()).collect()
    }

    /// Simulates a service whose events others take in. One without commands has nothing to add.
    async fn source(&mut self, service: Service, supposed: Vec<Supposed>) -> Result<(), Failure> {
        if supposed.is_empty() {
            return Ok(());
        }
        let (wait_for, foreign_events) = (self.wait_for(service), self.foreign(service));
        let answer = match service {
            Service::Registry => {
                let request = registry::v1::SimulateRequest { commands: self.decoded(&supposed)?, wait_for };
                let call = || {
                    let (mut client, request) = (self.client.registry(), request.clone());
                    async move { client.simulate(request).await }
                };
                let answer = self.client.patiently(call).await?;
                (answer.outcomes, Vec::new(), answer.position)
            }
            Service::Ledger => {
                let commands = self.decoded(&supposed)?;
                let request = ledger::v1::SimulateRequest { commands, foreign_events, wait_for };
                let call = || {
                    let (mut client, request) = (self.client.ledger(), request.clone());
                    async move { client.simulate(request).await }
                };
                let answer = self.client.patiently(call).await?;
                (answer.outcomes, answer.not_taken_in, answer.position)
            }
            Service::Targets => {
                let commands = self.decoded(&supposed)?;
                let request = targets::v1::SimulateRequest { commands, foreign_events, wait_for };
                let call = || {
                    let (mut client, request) = (self.client.targets(), request.clone());
                    async move { client.simulate(request).await }
                };
                let answer = self.client.patiently(call).await?;
                (answer.outcomes, answer.not_taken_in, answer.position)
            }
            // Its events are nobody's to take in.
            Service::Scoring => return Ok(()),
        };
        let (outcomes, not_taken_in, position) = answer;
        self.note_not_taken_in(service, not_taken_in);
        if let Some((_, head)) = self.heads.iter_mut().find(|(log, _)| log == service.name()) {
            *head = position;
        }
        for outcome in outcomes.iter().filter(|outcome| !outcome.already_done) {
            self.events.extend(outcome.events.iter().map(|event| (service, event.clone())));
        }
        self.note(supposed, outcomes)
    }

    async fn scoring(
        &mut self,
        of: &str,
        supposed: Vec<Supposed>,
    ) -> Result<scoring::v1::SimulateResponse, Failure> {
        let request = scoring::v1::SimulateRequest {
            name: format!("funds/{of}"),
            commands: self.decoded(&supposed)?,
            foreign_events: self.foreign(Service::Scoring),
            wait_for: self.wait_for(Service::Scoring),
        };
        let call = || {
            let (mut client, request) = (self.client.scoring(), request.clone());
            async move { client.simulate(request).await }
        };
        let mut answer = match self.client.patiently(call).await {
            Err(Failure::Refused(status)) if status.code() == Code::NotFound => {
                return Err(unknown_fund(self.client, *status).await);
            }
            answered => answered?,
        };
        self.note_not_taken_in(Service::Scoring, std::mem::take(&mut answer.not_taken_in));
        self.note(supposed, std::mem::take(&mut answer.outcomes))?;
        Ok(answer)
    }

    fn note(&mut self, supposed: Vec<Supposed>, outcomes: Vec<Outcome>) -> Result<(), Failure> {
        if supposed.len() != outcomes.len() {
            return Err(self.bad_answer(format!(
                "{} outcomes of {} commands",
                outcomes.len(),
                supposed.len()
            )));
        }
        self.commands.extend(supposed.into_iter().zip(outcomes));
        Ok(())
    }

    fn note_not_taken_in(&mut self, service: Service, not_taken_in: Vec<NotTakenIn>) {
        let foreign = self.foreign(service);
        self.not_taken_in.extend(not_taken_in.into_iter().filter_map(|left| {
            let event = foreign.get(usize::try_from(left.index).ok()?)?.clone();
            Some((service, event, left))
        }));
    }

    /// Commands as a service's own message.
    fn decoded<M: Message + Default>(&self, supposed: &[Supposed]) -> Result<Vec<M>, Failure> {
        let decoded = supposed.iter().map(|supposed| M::decode(supposed.message.encode_to_vec().as_slice()));
        decoded.collect::<Result<_, _>>().map_err(|error| self.bad_answer(error.to_string()))
    }

    fn bad_answer(&self, what: String) -> Failure {
        Failure::Answer(text::bad_answer(self.client.language(), what))
    }
}
