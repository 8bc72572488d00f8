//! The targets service on the wire: parse, execute, answer. No rule and no SQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use jixiao_edge::{Call, Fields, ListItem, Listing, asked, not_found, read_event, read_status, unreadable};
use jixiao_eventlog::{Log, Moment, Part, Position, Query, StoredEvent};
use jixiao_events::targets::TargetEvent;
use jixiao_events::{FundId, ProjectId, TargetId};
use jixiao_proto::jixiao::targets::v1 as pb;
use jixiao_proto::jixiao::targets::v1::target_service_server::{TargetService, TargetServiceServer};
use strum::VariantNames;
use tonic::{Request, Response, Status};

use crate::domain::{TargetsState, keys};
use crate::log::TargetsDomain;
use crate::{from_proto, simulate, to_proto};

/// TargetService over the targets' log.
#[derive(Debug, Clone)]
pub struct Targets {
    log: Arc<Log<TargetsDomain>>,
}

/// TargetService, ready to be added to a server.
pub fn server(log: Arc<Log<TargetsDomain>>) -> TargetServiceServer<Targets> {
    TargetServiceServer::new(Targets::new(log))
}

impl Targets {
    /// Over a log.
    pub fn new(log: Arc<Log<TargetsDomain>>) -> Self {
        Self { log }
    }

    /// Targets by their keys, each where it is there, and what the answer reflects.
    ///
    /// Two reads: the first tells which projects they belong to, which never changes, the second takes both out of one
    /// snapshot.
    async fn targets(
        &self,
        keys: &[String],
        moment: Moment,
    ) -> Result<(Vec<Option<pb::Target>>, String), Status> {
        let query = Query::new().keys(keys.iter().cloned()).at(moment);
        let found = self.log.read(query).await.map_err(|error| read_status(&error))?;
        let projects: BTreeSet<String> = keys.iter().filter_map(|key| project_key(found.get(key)?)).collect();
        let query = Query::new().keys(keys.iter().cloned()).keys(projects).at(moment);
        let snapshot = self.log.read(query).await.map_err(|error| read_status(&error))?;
        let targets = keys.iter().map(|key| {
            let document = snapshot.get(key)?.target()?;
            let project = project_key(snapshot.get(key)?);
            let project = project.and_then(|key| snapshot.get(&key)).and_then(TargetsState::project);
            Some(to_proto::target(document, project))
        });
        Ok((targets.collect(), snapshot.position))
    }

    /// What a list needs of what a fund has under a prefix. NOT_FOUND for a fund that is not known.
    async fn listed<T: ListItem>(
        &self,
        fund: &FundId,
        prefix: &str,
        list: &Listing<T>,
        moment: Moment,
    ) -> Result<Found, Status> {
        let query = list.read(Query::new().key(keys::fund(fund)).at(moment), prefix);
        let mut snapshot = self.log.read(query).await.map_err(|error| read_status(&error))?;
        if snapshot.get(&keys::fund(fund)).is_none() {
            return Err(not_found("fund", fund.resource(), &snapshot.position));
        }
        Ok(Found { states: snapshot.pages.pop().unwrap_or_default(), position: snapshot.position })
    }

    /// Refused where the fund has no such project.
    async fn is_of_fund(&self, fund: &FundId, project: &ProjectId, moment: Moment) -> Result<(), Status> {
        let key = keys::project(fund, project);
        let snapshot =
            self.log.read(Query::new().key(&key).at(moment)).await.map_err(|error| read_status(&error))?;
        if snapshot.get(&key).is_none() {
            return Err(not_found("project", fund.project(project), &snapshot.position));
        }
        Ok(())
    }

    /// As of when a target is known.
    async fn is_known(&self, fund: &FundId, target: &TargetId, moment: Moment) -> Result<Position, Status> {
        let key = keys::target(fund, target);
        let snapshot =
            self.log.read(Query::new().key(&key).at(moment)).await.map_err(|error| read_status(&error))?;
        match snapshot.get(&key) {
            Some(_) => Ok(snapshot.head),
            None => Err(not_found("target", fund.target(target), &snapshot.position)),
        }
    }
}

/// States for a list.
struct Found {
    states: Part<(String, TargetsState)>,
    position: String,
}

fn project_key(state: &TargetsState) -> Option<String> {
    let target = &state.target()?.target;
    target.project.as_ref().map(|project| keys::project(&target.fund, project))
}

#[tonic::async_trait]
impl TargetService for Targets {
    async fn set_target(
        &self,
        request: Request<pb::SetTargetRequest>,
    ) -> Result<Response<pb::SetTargetResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::set_target(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::SetTargetResponse { recorded }))
    }

    async fn revise_target(
        &self,
        request: Request<pb::ReviseTargetRequest>,
    ) -> Result<Response<pb::ReviseTargetResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::revise_target(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::ReviseTargetResponse { recorded }))
    }

    async fn withdraw_target(
        &self,
        request: Request<pb::WithdrawTargetRequest>,
    ) -> Result<Response<pb::WithdrawTargetResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::withdraw_target(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::WithdrawTargetResponse { recorded }))
    }

    async fn record_actual(
        &self,
        request: Request<pb::RecordActualRequest>,
    ) -> Result<Response<pb::RecordActualResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_actual(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordActualResponse { recorded }))
    }

    async fn record_self_score(
        &self,
        request: Request<pb::RecordSelfScoreRequest>,
    ) -> Result<Response<pb::RecordSelfScoreResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::record_self_score(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::RecordSelfScoreResponse { recorded }))
    }

    async fn explain_miss(
        &self,
        request: Request<pb::ExplainMissRequest>,
    ) -> Result<Response<pb::ExplainMissResponse>, Status> {
        let (call, request, fields) = Call::open(request);
        let (name, command) = from_proto::explain_miss(&request, fields)?;
        let recorded = Some(call.execute(&self.log, name, command).await?);
        Ok(Response::new(pb::ExplainMissResponse { recorded }))
    }

    async fn get_target(
        &self,
        request: Request<pb::GetTargetRequest>,
    ) -> Result<Response<pb::GetTargetResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let named = fields.target("name", &request.name);
        let ((fund, target),) = fields.all((named,))?;
        let moment = asked(&self.log, &request).await?;
        let (targets, position) = self.targets(&[keys::target(&fund, &target)], moment).await?;
        match targets.into_iter().flatten().next() {
            Some(target) => Ok(Response::new(pb::GetTargetResponse { target: Some(target), position })),
            None => Err(not_found("target", fund.target(&target), &position)),
        }
    }

    async fn list_targets(
        &self,
        request: Request<pb::ListTargetsRequest>,
    ) -> Result<Response<pb::ListTargetsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let project = from_proto::optional_project(&mut fields, &request.project, fund.as_ref());
        let name = format!("targets of {} {}", request.parent, request.project);
        let list = Listing::open(&mut fields, &request, &name);
        let (fund, list) = fields.all((fund, list))?;
        let moment = asked(&self.log, &request).await?;
        let prefix = match &project {
            Some(project) => keys::targets_of_project(&fund, project),
            None => keys::targets(&fund),
        };
        let Found { states, position: _ } = self.listed(&fund, &prefix, &list, moment).await?;
        let keys = states.rows.iter().map(|(key, state)| target_key(&fund, key, state)).collect::<Vec<_>>();
        // Target and project out of one moment, that of the answer.
        let (targets, position) = self.targets(&keys, moment).await?;
        let rows = states.rows.into_iter().map(|(key, _)| key).zip(targets);
        let (targets, next_page_token) = list.page(list.choose(rows, states.more)?);
        Ok(Response::new(pb::ListTargetsResponse { targets, next_page_token, position }))
    }

    async fn list_target_versions(
        &self,
        request: Request<pb::ListTargetVersionsRequest>,
    ) -> Result<Response<pb::ListTargetVersionsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let named = fields.target("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("versions of {}", request.parent));
        let ((fund, target), list) = fields.all((named, list))?;
        let moment = asked(&self.log, &request).await?;
        let head = self.is_known(&fund, &target, moment).await?;
        let key = keys::target(&fund, &target);
        let version = |row: &StoredEvent| {
            let event: TargetEvent =
                read_event(row, TargetEvent::VARIANTS).map_err(|fault| unreadable(&fault))?;
            Ok(to_proto::version(&event, row))
        };
        let wanted = (key.as_str(), head.position, moment);
        let (versions, next_page_token) = list.history(&self.log, wanted, version).await?;
        let position = head.to_token();
        Ok(Response::new(pb::ListTargetVersionsResponse { versions, next_page_token, position }))
    }

    async fn list_indicator_scores(
        &self,
        request: Request<pb::ListIndicatorScoresRequest>,
    ) -> Result<Response<pb::ListIndicatorScoresResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let of = fields.evaluated("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("indicator scores of {}", request.parent));
        let (of, list) = fields.all((of, list))?;
        let moment = asked(&self.log, &request).await?;
        if let Some(project) = &of.project {
            self.is_of_fund(&of.fund, project, moment).await?;
        }
        let Found { states, position } =
            self.listed(&of.fund, &keys::indicator_scores(&of), &list, moment).await?;
        let (indicator_scores, next_page_token) = list.fill(&states, |state| match state {
            TargetsState::IndicatorScore { indicator, score } => {
                Some(to_proto::indicator_score(of.indicator(indicator), score))
            }
            _ => None,
        })?;
        Ok(Response::new(pb::ListIndicatorScoresResponse { indicator_scores, next_page_token, position }))
    }

    async fn list_explanations(
        &self,
        request: Request<pb::ListExplanationsRequest>,
    ) -> Result<Response<pb::ListExplanationsResponse>, Status> {
        let request = request.into_inner();
        let mut fields = Fields::new();
        let fund = fields.fund("parent", &request.parent);
        let list = Listing::open(&mut fields, &request, &format!("explanations of {}", request.parent));
        let (fund, list) = fields.all((fund, list))?;
        let moment = asked(&self.log, &request).await?;
        let Found { states, position } =
            self.listed(&fund, &keys::explanations(&fund), &list, moment).await?;
        let (explanations, next_page_token) = list.fill(&states, |state| match state {
            TargetsState::Explanation(explanation) => Some(to_proto::explanation(explanation)),
            _ => None,
        })?;
        Ok(Response::new(pb::ListExplanationsResponse { explanations, next_page_token, position }))
    }

    async fn simulate(
        &self,
        request: Request<pb::SimulateRequest>,
    ) -> Result<Response<pb::SimulateResponse>, Status> {
        simulate::simulate(&self.log, request).await
    }
}

/// The key of the target that a row of a list stands for.
fn target_key(fund: &FundId, key: &str, state: &TargetsState) -> String {
    if let TargetsState::TargetOfProject { target } = state {
        keys::target(fund, target)
    } else {
        key.to_owned()
    }
}
