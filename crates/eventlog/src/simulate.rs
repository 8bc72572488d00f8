//! What would follow from commands, and from events of other logs: decided and folded, never written.
//!
//! A simulation is a batch that does not end in a COMMIT: the same [`Run`] decides over the same needs, in the order given,
//! each command over what those before it left. In the place of the head's lock stands a snapshot, in the place of the
//! appender's cache one of its own, so that no writer waits for it and nothing of it outlives its answer.
//!
//! | as in a batch | otherwise |
//! | --- | --- |
//! | a request id that was used gets its first answer, or is refused for other content | it does not wait its turn behind other writers |
//! | a command on a parked fund is refused; so is one whose rules panic | an event of a source need not be the next one of its feed |
//! | an event that was taken in already is dropped | what cannot be taken in parks nothing: it is told |

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tokio::sync::SemaphorePermit;

use crate::batch::{Answer, Context, DeliveryError, Done, ExecuteError, Failure, by_request, repeated};
use crate::cache::Cache;
use crate::domain::{DeliveryFault, Domain, Folded};
use crate::event::StoredEvent;
use crate::key::fund_of;
use crate::log::{Log, ReadError, derive};
use crate::moment::Moment;
use crate::position::Position;
use crate::read::{Query, Snapshot, refuse_parked};
use crate::run::{Derived, Fault, Run};
use crate::scratch::Scratch;
use crate::store::{Head, StoreTx};

/// Simulations of one log at a time: each holds a connection as long as it lasts. Others wait.
pub(crate) const AT_ONCE: usize = 2;

/// Inputs whose states are loaded together.
const LOADED: usize = 256;

/// Inputs after which others of this process get a turn.
const TURN: usize = 32;

/// Keys read at once.
const KEYS: usize = 5_000;

/// What a simulation supposes.
pub enum Supposed<D: Domain> {
    /// That this command comes, as [`Log::execute`] would get it.
    Command(D::Command, Context),
    /// That this event of a source comes, as [`Log::deliver`] would get it.
    Event(Box<StoredEvent>),
}

impl<D: Domain> std::fmt::Debug for Supposed<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Command(_, context) => f.debug_tuple("Command").field(context).finish(),
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
        }
    }
}

/// A log after what was supposed, beside the log as it is. It holds its snapshot as long as it lives.
pub struct Simulation<'l, D: Domain> {
    /// As it would be.
    scratch: Scratch<D>,
    /// As it is, as far as it was read.
    before: Folded<D>,
    touched: BTreeSet<String>,
    answers: Vec<Answer<D>>,
    _turn: Option<SemaphorePermit<'l>>,
}

/// A state that a simulation changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference<S> {
    /// Its key.
    pub key: String,
    /// As it is; `None` where there is none.
    pub before: Option<S>,
    /// As it would be; `None` where there would be none.
    pub after: Option<S>,
}

impl<D: Domain> std::fmt::Debug for Simulation<'_, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Simulation({} after {})", D::LOG, self.scratch.head.position)
    }
}

impl<D: Domain> Log<D> {
    /// Supposes commands and events in the order given, over one moment of this log. Nothing is written, nobody waits.
    ///
    /// # Errors
    ///
    /// The log cannot be read. What is refused is an answer of the simulation.
    pub async fn simulate(&self, supposed: &[Supposed<D>]) -> Result<Simulation<'_, D>, ReadError> {
        let turn = self.simulations.acquire().await.ok();
        let mut scratch = self.scratch(Moment::default()).await?;
        let head = scratch.head.clone();
        // Commands whose fold panics: what they had folded by then is lost with the scratch states, so all begins anew.
        let mut broken = BTreeMap::new();
        loop {
            let tx = scratch.tx.as_mut();
            let mut cache = Cache::at(&head);
            cache.load_own(tx).await?;
            let mut run = Run::new(&mut cache, &head, (self.clock)(), None);
            let mut answers = Vec::with_capacity(supposed.len());
            match suppose(&mut run, tx, supposed, &broken, &mut answers).await {
                Ok(()) => {
                    for answer in &mut answers {
                        // A place that only would be is none to name.
                        if let Err(ExecuteError::Refused { seen, .. }) = answer
                            && let Some(own) = seen.first_mut()
                        {
                            *own = Position {
                                log: D::LOG.to_owned(),
                                position: head.position,
                                hash: head.hash.clone(),
                            };
                        }
                    }
                    let touched = std::mem::take(&mut run.touched);
                    scratch.folded.rows = cache.rows;
                    let before = Folded::after(head.position);
                    return Ok(Simulation { scratch, before, touched, answers, _turn: turn });
                }
                Err(Failure::Panicked(reason)) => {
                    tracing::error!(log = D::LOG, reason, "a supposed command came to nothing");
                    broken.insert(answers.len(), reason);
                }
                Err(_) => return Err(ReadError::Unavailable),
            }
        }
    }
}

/// Decides and folds all that is supposed, one after the other; the answers are in that order.
async fn suppose<D: Domain>(
    run: &mut Run<'_, D>,
    tx: &mut dyn StoreTx,
    supposed: &[Supposed<D>],
    broken: &BTreeMap<usize, String>,
    answers: &mut Vec<Answer<D>>,
) -> Result<(), Failure> {
    let asked: Vec<Asked<'_, D>> = supposed.iter().map(|supposed| Asked::of(run, supposed)).collect();
    let ids: Vec<String> = asked.iter().map(|asked| asked.context.request_id.clone()).collect();
    let mut found: HashMap<String, Vec<StoredEvent>> = HashMap::new();
    for ids in ids.chunks(KEYS) {
        found.extend(by_request(tx.requests(ids).await?));
    }
    for (at, Asked { context, what }) in asked.iter().enumerate() {
        if at.is_multiple_of(LOADED) {
            let next = asked[at..].iter().take(LOADED).filter_map(|asked| asked.what.command());
            run.load(tx, &next.collect::<Vec<_>>()).await?;
        }
        if at.is_multiple_of(TURN) {
            tokio::task::yield_now().await;
        }
        let answer = match (repeated(&found, context), broken.get(&at)) {
            (Some(earlier), _) => earlier,
            (None, Some(reason)) => what.nothing(reason.clone()),
            (None, None) => what.decide(run, tx, context).await?,
        };
        if let Ok(Done { rows, repeated: false }) = &answer {
            found.insert(context.request_id.clone(), rows.clone());
        }
        answers.push(answer);
    }
    Ok(())
}

/// Something supposed, by which request.
struct Asked<'s, D: Domain> {
    context: Context,
    what: What<'s, D>,
}

enum What<'s, D: Domain> {
    Command(&'s D::Command),
    Event(&'s StoredEvent, Result<Derived<D>, DeliveryFault>),
}

impl<'s, D: Domain> Asked<'s, D> {
    fn of(run: &mut Run<'_, D>, supposed: &'s Supposed<D>) -> Self {
        match supposed {
            Supposed::Command(command, context) => {
                Self { context: context.clone(), what: What::Command(command) }
            }
            Supposed::Event(source) => {
                let place = Position::after(source);
                let context = Context {
                    request_id: run.own().feed(&source.log).delivery_id(&place),
                    request_hash: source.hash.clone(),
                    actor: source.actor.clone(),
                    causation: Some(source.id.clone()),
                    correlation: source.correlation.clone(),
                    trace: None,
                };
                Self { context, what: What::Event(source, derive::<D>(source)) }
            }
        }
    }
}

impl<D: Domain> What<'_, D> {
    fn command(&self) -> Option<&D::Command> {
        match self {
            Self::Command(command) => Some(command),
            Self::Event(_, Ok(Derived::Command(command))) => Some(command),
            Self::Event(..) => None,
        }
    }

    async fn decide(
        &self,
        run: &mut Run<'_, D>,
        tx: &mut dyn StoreTx,
        context: &Context,
    ) -> Result<Answer<D>, Failure> {
        let done = |rows| Ok(Done { rows, repeated: false });
        let (source, derived) = match self {
            Self::Command(command) => {
                return Ok(match run.execute(tx, command, context).await? {
                    Ok(rows) => done(rows),
                    Err(fault) => Err(run.answer_to(fault)),
                });
            }
            Self::Event(source, derived) => (source, derived),
        };
        let funds: Vec<String> =
            source.keys.iter().filter_map(|key| fund_of(key)).map(str::to_owned).collect();
        if let Some(parked) = run.own().parked_of(&funds) {
            return Ok(Err(ExecuteError::Parked(Box::new(parked.clone()))));
        }
        Ok(match derived {
            Ok(Derived::Passed) => done(Vec::new()),
            Ok(Derived::Poison(reason)) => self.nothing(reason.clone()),
            Err(fault) => self.nothing(fault.to_string()),
            Ok(Derived::Command(command)) => match run.execute(tx, command, context).await? {
                Ok(rows) => done(rows),
                Err(Fault::Parked(parked, _)) => Err(ExecuteError::Parked(parked)),
                Err(fault) => self.nothing(fault.reason()),
            },
        })
    }

    /// The answer where nothing can follow.
    fn nothing(&self, reason: String) -> Answer<D> {
        match self {
            Self::Command(_) => Err(ExecuteError::Internal),
            Self::Event(source, _) => Err(ExecuteError::Delivery(DeliveryError::Poison {
                log: source.log.clone(),
                position: source.position,
                event_type: source.event_type.clone(),
                reason,
            })),
        }
    }
}

impl<D: Domain> Simulation<'_, D> {
    /// What became of each thing supposed, in that order.
    pub fn answers(&self) -> &[Answer<D>] {
        &self.answers
    }

    /// The same, to keep: they are not here any more then.
    pub fn take_answers(&mut self) -> Vec<Answer<D>> {
        std::mem::take(&mut self.answers)
    }

    /// The place in the log that all of it rests on.
    pub fn position(&self) -> Position {
        let Head { position, hash, .. } = &self.scratch.head;
        Position { log: D::LOG.to_owned(), position: *position, hash: hash.clone() }
    }

    /// Reads states as they are: of the moment that the simulation rests on.
    pub async fn before(&mut self, query: Query) -> Result<Snapshot<D::State>, ReadError> {
        std::mem::swap(&mut self.scratch.folded, &mut self.before);
        let read = self.after(query).await;
        std::mem::swap(&mut self.scratch.folded, &mut self.before);
        read
    }

    /// Reads states as they would be. What is parked is refused as [`Log::read`] refuses it.
    pub async fn after(&mut self, query: Query) -> Result<Snapshot<D::State>, ReadError> {
        let named = query.keys.iter().chain(query.pages.iter().map(|wanted| &wanted.prefix));
        let named: BTreeSet<String> = named.filter_map(|key| fund_of(key)).map(str::to_owned).collect();
        let read = self.scratch.read(query).await?;
        let shown = read.pages.iter().flat_map(|page| &page.rows).filter_map(|(key, _)| fund_of(key));
        let funds: BTreeSet<&str> = shown.chain(named.iter().map(String::as_str)).collect();
        refuse_parked::<D>(self.scratch.tx.as_mut(), &self.scratch.head, funds).await?;
        Ok(read)
    }

    /// The states as they would be, for whatever else is read of them.
    pub fn into_after(self) -> Scratch<D> {
        self.scratch
    }

    /// The states that change under keys that begin so, in the order of the keys.
    pub async fn differences(&mut self, prefix: &str) -> Result<Vec<Difference<D::State>>, ReadError> {
        let from = self.touched.range(prefix.to_owned()..);
        let keys: Vec<String> = from.take_while(|key| key.starts_with(prefix)).cloned().collect();
        let before = self.before(Query::new().keys(keys.iter().cloned())).await?;
        let differences = keys.into_iter().filter_map(|key| {
            let (before, after) = (before.get(&key), self.scratch.folded.get(&key));
            (before != after).then(|| Difference { before: before.cloned(), after: after.cloned(), key })
        });
        Ok(differences.collect())
    }
}
