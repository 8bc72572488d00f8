//! Reads for one answer: of the stored states now, or at a moment of a scratch copy on which everything that is computed
//! is computed anew, by the very rules that compute it when an evaluation is opened.

use jixiao_edge::{not_found, read_status};
use jixiao_eventlog::{self as eventlog, Log, Moment, Query, Scratch, Side, StoredEvent};
use jixiao_events::{Evaluated, FundId};
use tokio::sync::Mutex;
use tonic::Status;

use super::States;
use crate::domain::ScoringCommand;
use crate::domain::state::{
    Evaluation, HasEvaluation, LoadedScheme, ScoringState, evaluation_key, scheme_version_key,
};
use crate::log::ScoringDomain;

/// Reads the states of one answer.
pub(super) struct Reader<'a> {
    log: &'a Log<ScoringDomain>,
    scratch: Option<Mutex<Scratch<ScoringDomain>>>,
}

impl<'a> Reader<'a> {
    /// Of what was loaded, recorded and taken in: nothing that is computed, unless the moment is now.
    pub(super) async fn facts(log: &'a Log<ScoringDomain>, moment: Moment) -> Result<Self, Status> {
        let scratch = if moment.is_now() {
            None
        } else {
            Some(Mutex::new(log.scratch(moment).await.map_err(|error| read_status(&error))?))
        };
        Ok(Self { log, scratch })
    }

    /// Of all that is known of a fund: its evaluation and findings, and its projects' evaluations, by the scheme that was open and known then.
    pub(super) async fn of_fund(
        log: &'a Log<ScoringDomain>,
        moment: Moment,
        fund: &FundId,
    ) -> Result<Self, Status> {
        Self::facts(log, moment).await?.computed(moment, fund).await
    }

    /// The same, of a scratch copy now too: [`Reader::follow`] goes by what is loaded of one.
    pub(super) async fn of_copy(
        log: &'a Log<ScoringDomain>,
        moment: Moment,
        fund: &FundId,
    ) -> Result<Self, Status> {
        let scratch = log.scratch(moment).await.map_err(|error| read_status(&error))?;
        Self { log, scratch: Some(Mutex::new(scratch)) }.computed(moment, fund).await
    }

    /// Of a scratch copy as it is.
    pub(super) fn of_scratch(log: &'a Log<ScoringDomain>, scratch: Scratch<ScoringDomain>) -> Self {
        Self { log, scratch: Some(Mutex::new(scratch)) }
    }

    async fn computed(self, moment: Moment, fund: &FundId) -> Result<Self, Status> {
        if !moment.is_now() {
            self.compute(fund).await?;
        }
        Ok(self)
    }

    /// Computes on a copy what is computed of a fund: needed where the copy is not of now.
    pub(super) async fn compute(&self, fund: &FundId) -> Result<(), Status> {
        let Some(scratch) = &self.scratch else { return Ok(()) };
        // Its cause is told by no answer.
        let (fund, log, voided) = (fund.clone(), crate::domain::LOG.to_owned(), String::new());
        let command = ScoringCommand::Recompute { fund, log, voided };
        let computed = scratch.lock().await.compute(&command).await;
        computed.map_err(|error| read_status(&error))?.map_err(|refusal| {
            tracing::error!(error = &refusal as &dyn std::error::Error, "a moment is not computed");
            Status::internal("the evaluation of this moment cannot be computed: see the server's log")
        })
    }

    /// The keys that a function names of the states of a copy, each leading to the next; none of the stored states.
    pub(super) async fn follow(
        &self,
        keys: impl Fn(&eventlog::States<'_, ScoringState>) -> Vec<String> + Send,
    ) -> Result<Vec<String>, Status> {
        match &self.scratch {
            None => Ok(Vec::new()),
            Some(scratch) => scratch.lock().await.follow(keys).await.map_err(|error| read_status(&error)),
        }
    }

    /// Reads states, all of them of one snapshot at a moment.
    pub(super) async fn read(&self, query: Query) -> Result<States, Status> {
        let read = match &self.scratch {
            None => self.log.read(query).await,
            Some(scratch) => scratch.lock().await.read(query).await,
        };
        read.map_err(|error| read_status(&error))
    }

    /// The first events of a key's history that count.
    pub(super) async fn history(&self, key: &str, most: usize) -> Result<Vec<StoredEvent>, Status> {
        let read = self.log.history(key, Side::After(0), most).await;
        Ok(read.map_err(|error| read_status(&error))?.rows)
    }

    /// A version of a scheme. It never changes, so that it may be read after what names it.
    pub(super) async fn version(&self, open: &Evaluation) -> Result<Option<LoadedScheme>, Status> {
        let key = scheme_version_key(&open.scheme, open.version);
        let found = self.read(Query::new().key(&key)).await?;
        Ok(found.get(&key).and_then(ScoringState::as_scheme).cloned())
    }

    /// The scheme that a fund or a project is evaluated by, as a snapshot has it; `None` where no evaluation is open.
    pub(super) async fn open_scheme(
        &self,
        of: &impl HasEvaluation,
        states: &States,
    ) -> Result<Option<LoadedScheme>, Status> {
        match states.get(&evaluation_key(of)).and_then(ScoringState::as_evaluation) {
            Some(open) => self.version(open).await,
            None => Ok(None),
        }
    }

    /// The same for an answer that needs one.
    pub(super) async fn opened(
        &self,
        of: impl Into<Evaluated> + Send,
        states: &States,
    ) -> Result<(Evaluation, LoadedScheme), Status> {
        let of = of.into();
        let missing = || not_found("evaluation", of.resource(), &states.position);
        let open =
            states.get(&evaluation_key(&of)).and_then(ScoringState::as_evaluation).ok_or_else(missing)?;
        let loaded = self.version(open).await?.ok_or_else(missing)?;
        Ok((open.clone(), loaded))
    }
}
